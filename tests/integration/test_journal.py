# SPDX-License-Identifier: MIT
"""The log in the native protocol of systemd's journal, and the catalog that explains its kinds of lines."""
import re
import shutil
import subprocess

from real import ROOT, Datagrams, Syslog, wait_for
from world import Lab

CATALOG = ROOT / "conf" / "sealpost.catalog"
KINDS = dict(re.findall(r'\[LOG_KIND_(\w+)\] = "([0-9a-f]{32})"', (ROOT / "src/base/log_kind.c").read_text()))


class Journal(Datagrams):
    """The journal's socket. Datagrams as their fields."""

    def __init__(self, path):
        super().__init__(path, lambda packet: dict(field.split("=", 1) for field in packet.decode().splitlines()))


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
    journal = Journal(tmp_path / "journal")

    def line(text):
        """The fields of the first line of the journal that has this text."""
        return wait_for(lambda: next((p for p in journal.so_far() if text in p["MESSAGE"]), None), f"a line with {text}",
                        explain=lambda: "\n".join(map(str, journal.so_far())))

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
        # The manager, a feedback server and the date come and go.
        assert line("clock: synchronised by ")["MESSAGE_ID"] == KINDS["DATE_KNOWN"]
        lost = line("manager: Boot to ")
        assert lost["MESSAGE_ID"] == KINDS["MANAGER_LOST"] and lost["SEALPOST_HOST"] == "manager.sealpost.test"
        registered = line("accepted Boot")
        assert registered["SEALPOST_HOST"] == "manager.sealpost.test"
        assert registered["MESSAGE_ID"] == KINDS["MANAGER_REGISTERED"] and registered["SEALPOST_SERVICE"] == "ExternalManager"
        lab.set("http", "status", "503")
        agent.run("xConfiguration HttpFeedback Queue MaxCount: 2")
        agent.register(lab.url(), slot=2)
        for i in range(5):
            agent.publish_event(f"number {i}")
        failed = line("not delivered: ")
        assert failed["MESSAGE_ID"] == KINDS["FEEDBACK_FAILED"] and failed["SEALPOST_SERVICE"] == "HttpFeedback 2"
        assert failed["SEALPOST_HOST"] == "feedback.sealpost.test"
        dropped = line("were dropped and will not be delivered")
        assert dropped["MESSAGE_ID"] == KINDS["FEEDBACK_DROPPED"] and dropped["MESSAGE"].startswith("HttpFeedback 2: ")
        lab.set("http", "good")
        agent.run("xCommand HttpFeedback Queue Replay FeedbackSlot: 2")
        assert line("HttpFeedback 2: recovered after")["MESSAGE_ID"] == KINDS["FEEDBACK_DELIVERED"]
        agent.set("NetworkServices NTP Server 1 Address", "")
        assert line("no server is configured: ")["MESSAGE_ID"] == KINDS["DATE_UNKNOWN"]
        assert not log.lines, "what the journal has, syslog does not get"
        journal.stop()
        agent.set("SystemUnit Name", "elsewhere")       # the journal has gone
        log.wait("audit: setting SystemUnit Name")
    finally:
        agent.stop()
        lab.stop()
        log.stop()
