# SPDX-License-Identifier: MIT
"""sealpost metrics: the agent's numbers in Prometheus' text format. Debian's promtool reads them in tests/slow."""
import os
import re
import stat
import time

import pytest

import real

SECRETS = ("Tr0ub4dor", "s3cret-of-the-hook")
SAMPLE = re.compile(r'([a-z_]+)(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (-?\d+)')


@pytest.fixture
def agent(tmp_path):
    log = real.Syslog(tmp_path)
    a = real.Agent(tmp_path, log, [
        "Provisioning ExternalManager Address: manager.sealpost.test", "Provisioning Mode: TMS",
        "Provisioning LoginName: admin", f"Provisioning Password: {SECRETS[0]}"]).start()
    a.register("https://user-token.sealpost.test/" + SECRETS[1], 2, ["/Status/Audio"])
    yield a
    a.stop()
    log.stop()


def metrics(agent, *words):
    return agent.call("metrics", *words)


def families(text):
    """Reads the format strictly: HELP, TYPE, then that family's samples; returns {name: (type, [sample])}."""
    found, name = {}, None
    lines = text.splitlines()
    for line in lines:
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name not in found, f"{name} comes twice"
            found[name] = [None, []]
        elif line.startswith("# TYPE "):
            _, _, of, kind = line.split()
            assert of == name and kind in ("gauge", "counter") and found[name][0] is None
            assert (kind == "counter") == name.endswith("_total")
            found[name][0] = kind
        else:
            m = SAMPLE.fullmatch(line)
            assert m and m.group(1) == name, line
            assert line.rsplit(" ", 1)[0] not in [s.rsplit(" ", 1)[0] for s in found[name][1]], f"a series comes twice: {line}"
            found[name][1].append(line)
    return found


def test_numbers_of_the_status_are_metrics(agent):
    r = metrics(agent)
    assert (r.returncode, r.stderr) == (0, "")
    found = families(r.stdout)
    assert found["sealpost_time_state"][1] == ['sealpost_time_state{state="Unknown"} 0', 'sealpost_time_state{state="Floor"} 1',
                                               'sealpost_time_state{state="Synchronised"} 0']
    assert found["sealpost_http_feedback_queue_items"] == ["gauge", ['sealpost_http_feedback_queue_items{http_feedback="2"} 0']]
    assert found["sealpost_http_feedback_delivery_delivered_total"][0] == "counter"
    assert found["sealpost_http_feedback_delivery_parked"][1] == ['sealpost_http_feedback_delivery_parked{http_feedback="2"} 0']
    assert 0 <= int(found["sealpost_system_unit_uptime_seconds"][1][0].split()[1]) < 3600
    for secret in SECRETS:
        assert secret not in r.stdout
    assert "http" not in re.sub(r"http_feedback|_https_|HTTP 410|HTTP|HttpFeedback", "", r.stdout), "a URL is shown"


def test_file_is_replaced_whole_and_everybody_may_read_it(agent, tmp_path):
    old_mask = os.umask(0o077)
    try:
        folder = tmp_path / "textfile"
        folder.mkdir()
        file = folder / "sealpost.prom"
        for _ in range(2):
            assert metrics(agent, str(file)).returncode == 0
            assert families(file.read_text())
            assert stat.S_IMODE(file.stat().st_mode) == 0o644
            assert [p.name for p in folder.iterdir()] == ["sealpost.prom"]
        before = file.read_text()
        r = metrics(agent, str(folder / "missing" / "sealpost.prom"))
        assert r.returncode == 73 and r.stderr == f"sealpost: metrics: {folder}/missing/sealpost.prom: cannot be made, because the folder above it does not exist\n"
        agent.stop()
        r = metrics(agent, str(file))
        assert r.returncode == 69 and "agent" in r.stderr, r.stderr
        assert file.read_text() == before
    finally:
        os.umask(old_mask)


def test_alert_rules_ask_for_metrics_that_exist(agent):
    rules = (real.ROOT / "conf" / "sealpost-alerts.yml").read_text()
    asked = set(re.findall(r"\bsealpost_[a-z_]+", rules))
    found = set(families(metrics(agent).stdout))
    # These appear with the first certificate that is near its end, and with the first handshake: tests/unit/test_status.c.
    later = {"sealpost_security_expiring_left_seconds", "sealpost_security_server_verification"}
    assert asked - later <= found and later < asked


def test_reading_them_takes_no_longer_than_xstatus(agent):
    def seconds(*words):
        begun = time.monotonic()
        agent.sealpost(*words)
        return time.monotonic() - begun
    times = []
    # The quickest of each counts. On a busy machine few are undisturbed, so more are tried.
    while len(times) < 15 or (len(times) < 150 and min(m for m, _ in times) > 1.2 * min(s for _, s in times)):
        times.append((seconds("metrics"), seconds("xStatus")))
    assert min(m for m, _ in times) <= 1.2 * min(s for _, s in times)
