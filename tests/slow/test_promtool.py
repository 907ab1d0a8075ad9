# SPDX-License-Identifier: MIT
"""Debian's promtool reads the metrics and the alerting rules."""
import subprocess

import real


def test_promtool_accepts_metrics_and_alerts(tmp_path):
    log = real.Syslog(tmp_path)
    agent = real.Agent(tmp_path, log, ["Provisioning ExternalManager Address: manager.sealpost.test", "Provisioning Mode: TMS"]).start()
    try:
        agent.register("https://receiver.sealpost.test/", 1, ["/Status/Audio"])
        text = subprocess.run([agent.build / "sealpost", "metrics"], env=agent.command_env, capture_output=True, text=True, check=True).stdout
        r = subprocess.run([real.program("promtool"), "check", "metrics"], input=text, text=True, capture_output=True)
        assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
        rules = real.ROOT / "conf" / "sealpost-alerts.yml"
        r = subprocess.run([real.program("promtool"), "check", "rules", rules], text=True, capture_output=True)
        assert r.returncode == 0 and "6 rules found" in r.stdout, r.stdout + r.stderr
    finally:
        agent.stop()
        log.stop()
