# SPDX-License-Identifier: MIT
"""The log in the native protocol of systemd's journal, and the catalog that explains its kinds of lines."""
import re
import shutil
import socket
import subprocess

from real import ROOT, Syslog, wait_for
from world import Lab

CATALOG = ROOT / "conf" / "sealpost.catalog"
KINDS = dict(re.findall(r'\[LOG_KIND_(\w+)\] = "([0-9a-f]{32})"', (ROOT / "src/base/log_kind.c").read_text()))


def test_the_catalog_explains_each_kind(tmp_path):
    entries = CATALOG.read_text().split("\n-- ")[1:]
    assert sorted(e.split("\n")[0] for e in entries) == sorted(KINDS.values())
    assert all(re.match(r"[0-9a-f]{32}\nSubject: .+\nDefined-By: sealpost\n", e) and e.rstrip().endswith(".") for e in entries)
    if not shutil.which("journalctl"):
        return
    # systemd's own reader, where there is one, in a root of its own.
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    shutil.copy(CATALOG, folder)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    subprocess.run(["journalctl", f"--root={tmp_path}", "--update-catalog"], check=True, capture_output=True, timeout=30)
    listed = subprocess.run(["journalctl", f"--root={tmp_path}", "--list-catalog"], check=True, capture_output=True, text=True, timeout=30)
    assert all(number in listed.stdout for number in KINDS.values())


def test_lines_have_their_fields(tmp_path):
    log, lab = Syslog(tmp_path), Lab(tmp_path)
    packets = []
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(str(tmp_path / "journal"))
    journal.setblocking(False)

    def line(text):
        """The fields of the first line of the journal that has this text."""
        def look():
            while True:
                try:
                    packets.append(dict(field.split("=", 1) for field in journal.recv(65536).decode().splitlines()))
                except BlockingIOError:
                    break
            return next((p for p in packets if text in p["MESSAGE"]), None)
        return wait_for(look, f"a line with {text}", explain=lambda: "\n".join(map(str, packets)))

    agent = lab.agent(tmp_path, log)
    program, agent.build = agent.build, tmp_path / "programs"
    agent.build.mkdir()
    (agent.build / "sealpost").symlink_to(program / "sealpost")
    (agent.build / "sealpostd").write_text(f'#!/bin/sh\nexec {program / "sealpostd"} "$@" --journal {tmp_path / "journal"}\n')
    (agent.build / "sealpostd").chmod(0o755)
    try:
        agent.start()
        assert line("runs")["MESSAGE_ID"] == KINDS["AGENT_STARTED"]
        refused = line("SSL: socklib_sslHandshake: ")
        assert refused["MESSAGE_ID"] == KINDS["VERDICT_REFUSED"] and refused["PRIORITY"] == "4"
        assert refused["SEALPOST_HOST"] == "manager.sealpost.test" and refused["SEALPOST_SERVICE"] == "ExternalManager"
        assert refused["SEALPOST_VERIFY_RESULT"] == "50=APPLICATION_VERIFICATION" and refused["SYSLOG_IDENTIFIER"] == "sealpostd"
        agent.run("xConfiguration Logging Audit Facility: authpriv")
        changed = line("audit: setting Logging Audit Facility")
        assert changed["MESSAGE_ID"] == KINDS["AUDIT_CHANGED"] and changed["SYSLOG_FACILITY"] == "10" and "SEALPOST_HOST" not in changed
        agent.set("Provisioning TlsVerify", "Perhaps", expect=65)
        assert line("audit: refused")["MESSAGE_ID"] == KINDS["AUDIT_REFUSED"]
        lab.upload_root(agent)
        accepted = line("VerifyResult=0=OK")
        assert accepted["MESSAGE_ID"] == KINDS["VERDICT_ACCEPTED"] and accepted["SEALPOST_VERIFY_RESULT"] == "0=OK"
        assert not log.lines, "what the journal has, syslog does not get"
        journal.close()
        agent.set("SystemUnit Name", "elsewhere")       # the journal has gone
        log.wait("audit: setting SystemUnit Name")
    finally:
        agent.stop()
        lab.stop()
        log.stop()
