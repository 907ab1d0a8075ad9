# SPDX-License-Identifier: MIT
"""What was changed, when, and by whom: an auditor's questions are answered from the log alone, and from the lines that the agent
keeps. No secret stands in either."""
import json
import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path

import pytest

from real import Syslog, program, wait_for
from test_users import WEB_USER, Session
from world import Lab, openssl

STRANGER = 64321        # a user without an account or group
LINE = re.compile(r"^(\d+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (trusted|system) (.*)$")


class World:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.lab.set("heartbeat", 10)
        self.agent = self.lab.agent(folder, self.log)
        self.open = Path(tempfile.mkdtemp())        # where another user comes to the control socket
        self.open.chmod(0o755)
        self.agent.control = self.open / "control"
        for env in (self.agent.env, self.agent.command_env):
            env["SEALPOST_SOCKET"] = str(self.agent.control)

    def start(self):
        self.agent.start()
        self.agent.control.chmod(0o666)
        return self

    def audit(self, pattern, since=0):
        return self.log.wait(f"audit: {pattern}", since)

    def kept(self):
        """The lines of the file: [(number, time, clock, text)]."""
        return [LINE.match(line).groups() for line in (self.agent.state / "audit.log").read_text().splitlines()]

    def as_stranger(self, *lines):
        """Lines of a user without any role but that of a reader."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            os.seteuid(STRANGER)
            try:
                s.connect(str(self.agent.control))
            finally:
                os.seteuid(0)
            s.sendall("".join(line + "\n" for line in (*lines, "bye")).encode())
            said = b""
            while chunk := s.recv(65536):
                said += chunk
            return said.decode()

    def close(self):
        try:
            self.agent.stop()
        finally:
            if self.agent.process and self.agent.process.running():
                self.agent.kill()
            self.lab.stop()
            self.log.stop()
            shutil.rmtree(self.open, ignore_errors=True)


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def fingerprint(path):
    return openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha256").split("=")[1].strip().replace(":", "").lower()


def who(line):
    return line.split("; by ")[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_an_auditors_questions(world):
    """Who switched verification off, when, from where? Which roots were added, by whom? What was refused?"""
    world.start()
    me = re.escape(f'"root" (uid 0), administrator, process ')
    # Roots: by whom.
    world.lab.upload_root(world.agent)
    line = world.audit("root SHA-256")
    assert f"root SHA-256 {fingerprint(world.lab.root)} added: \"/" in line and re.search(me + r"\d+", who(line))
    wait_for(lambda: world.agent.status("Provisioning").get("Provisioning Status") == "Provisioned", "a manager", 30, world.log.tail)
    # Verification off: at the terminal, with the time, the user and his process.
    before = int(time.time())
    world.agent.set("HttpFeedback TlsVerify", "Off")
    line = world.audit("setting HttpFeedback TlsVerify")
    assert 'from "On" to "Off"' in line and re.search(me + r"\d+", who(line))
    assert world.kept()[0][2] == "system", "what was found when the agent started, before any time server had answered"
    number, when, clock, text = next(k for k in world.kept() if "HttpFeedback TlsVerify" in k[3])
    assert abs(time.mktime(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone - before) < 3600 * 24 and clock == "trusted"
    world.agent.set("HttpFeedback TlsVerify", "On")
    # ... by the manager, which is named with its verdict: refused, and once it may, changed.
    offer = "<Configuration><Phonebook><Server><TlsVerify>Off</TlsVerify></Server></Phonebook></Configuration>"
    mark = world.log.mark()
    world.lab.order("offer", "configuration", "-", stdin=offer)
    world.agent.provision()
    line = world.audit("refused: .*Phonebook Server 1 TlsVerify", mark)
    assert re.search(r"the manager manager\.sealpost\.test \(its certificate: 0=X?5?0?9?_?V?_?OK, verification On\)", who(line)), line
    world.agent.set("Provisioning ExternalManager MayWeaken", "On")
    mark = world.log.mark()
    world.lab.order("offer", "configuration", "-", stdin=offer)
    world.agent.provision()
    line = world.audit("setting Phonebook Server 1 TlsVerify", mark)
    assert 'from "On" to "Off"' in line and who(line).startswith("the manager manager.sealpost.test (its certificate: 0=")
    # ... by the settings file, while the agent runs.
    mark = world.log.mark()
    config = world.agent.config.read_text()
    world.agent.config.write_text(config + "xConfiguration Provisioning TlsVerify: Off\n")
    os.kill(world.agent.pid, 1)
    line = world.audit("setting Provisioning TlsVerify", mark)
    assert 'from "On" to "Off"' in line and "the settings files, which were read again" in who(line)
    # ... and while it does not run.
    world.agent.stop()
    world.agent.config.write_text(config)
    mark = world.log.mark()
    world.start()
    line = world.audit("setting Provisioning TlsVerify", mark)
    assert 'from "Off" to "On"' in line and "the files that the agent found when it started" in who(line)
    assert not world.log.find("audit: root", mark), "the roots are those of before"
    # What was refused: roles, values that cannot be, roots that are none.
    mark = world.log.mark()
    assert "Access denied" in world.as_stranger("xConfiguration HttpFeedback TlsVerify: Off")
    assert f"uid {STRANGER}, publisher" in who(world.audit('refused: setting HttpFeedback TlsVerify to "Off": Access denied', mark))
    world.as_stranger("xCommand SystemUnit Boot")
    assert f"uid {STRANGER}" in who(world.audit("refused: command SystemUnit Boot: Access denied", mark))
    world.agent.set("Provisioning TlsVerify", "Perhaps", expect=65)
    assert "expected <Off/On>" in world.audit('refused: setting Provisioning TlsVerify to "Perhaps"', mark)
    world.agent.run("xCommand Security Certificates CA Add", "no certificate", ".", expect=65)
    world.audit("refused: command Security Certificates CA Add", mark)
    world.agent.config.write_text(config + "xConfiguration Provisioning TlsVerify: Never\n")
    os.kill(world.agent.pid, 1)
    world.audit("refused: the settings of the files: ", mark)
    world.agent.config.write_text(config)
    # The agent keeps the same lines, over a death without warning too, and shows them.
    logged = [line.split("audit: ", 1)[1] for line in world.log.lines if "audit: " in line]
    world.agent.kill()
    world.start()
    assert [k[3] for k in world.kept()] == logged and [int(k[0]) for k in world.kept()] == list(range(1, len(logged) + 1))
    shown = world.agent.run("xCommand Security Audit Show Lines: 1000")
    assert [line.split(" ", 1)[1] for line in shown.splitlines() if " " in line and line[:2] == "20"] == logged
    some = json.loads(world.agent.sealpost("-j", "xCommand", "Security", "Audit", "Show", "Contains: phonebook"))
    assert all("Phonebook" in line["Text"]["Value"] for line in some["CommandResponse"]["AuditShowResult"]["Line"])
    assert "sealpostd " in world.agent.run("xCommand Logging Show Contains: RUNS")


def test_every_kind_of_change_leaves_a_line(world, tmp_path):
    world.start()
    agent = world.agent
    agent.set("SystemUnit Name", "anew")
    world.audit('setting SystemUnit Name: from "lab-codec" to "anew"')
    agent.run("xCommand Security Certificates CA Add", *world.lab.root.read_text().splitlines(), ".")
    digest = fingerprint(world.lab.root)
    agent.run(f"xCommand Security Certificates CA Delete Fingerprint: {digest} Force: True")
    world.audit(f'root SHA-256 {digest} deleted: "/')
    mark = world.log.mark()
    agent.run("xCommand Security Certificates CA Restore")
    world.audit(f"root SHA-256 {digest} added", mark)
    agent.run("xCommand Security Certificates CA Add Pin: True Host: pinned.sealpost.test", *world.lab.root.read_text().splitlines(), ".")
    world.audit(f"pin SHA-256 {digest} added: .* for pinned.sealpost.test;")
    agent.run("xCommand Security Certificates CRL Add", *world.lab.crl.read_text().splitlines(), ".")
    world.audit('revocation list SHA-256 [0-9a-f]{64} added: of "/')
    agent.run("xCommand Security Certificates CSR Create Name: renewal CommonName: device.sealpost.test")
    world.audit('certificate request renewal added: for "/CN=device.sealpost.test"')
    agent.run("xCommand Security Certificates CSR Delete Name: renewal")
    world.audit("certificate request renewal deleted")
    said = agent.run("xCommand Security Certificates Services SelfSigned Create CommonName: device.sealpost.test")
    own = re.search(r'Fingerprint: "?([0-9a-f]{40})', said)[1]
    world.audit('own certificate SHA-256 [0-9a-f]{64} added: "/CN=device.sealpost.test" that serves nothing')
    agent.run(f"xCommand Security Certificates Services Activate Fingerprint: {own} Purpose: HTTPS")
    world.audit("own certificate SHA-256 [0-9a-f]{64}: from .* that serves nothing to .* that serves HTTPS")
    agent.run(f'xCommand Security Certificates Services Backup Fingerprint: {own} Password: "s3cret-of-the-backup"')
    world.audit(f'command Security Certificates Services Backup Fingerprint: "{own}" Password: "\\*\\*\\*"')
    agent.run(f"xCommand Security Certificates Services Delete Fingerprint: {own}")
    world.audit("own certificate SHA-256 [0-9a-f]{64} deleted")
    for password, said in (("s3cret-of-the-administrator", r"added: Admin, password \*\*\*"),
                           ("another-s3cret-of-the-administrator", r": from Admin, password \*\*\* to Admin, password"), ("", "deleted")):
        mark = world.log.mark()
        agent.run(f'xCommand SystemUnit AdminPassword Set Password: "{password}"')
        world.audit(f"user admin:? ?{said}", mark)
    agent.set("Provisioning Password", "s3cret-of-the-manager")
    world.audit('setting Provisioning Password: from "" to "\\*\\*\\*"')
    agent.set("Provisioning Password", "another-s3cret-of-the-manager")
    world.audit('setting Provisioning Password: from "\\*\\*\\*" to "\\*\\*\\*"')
    agent.register("https://feedback.sealpost.test/hook/s3cretoken0123456789?key=s3cret-of-the-hook")
    world.audit(r"feedback slot 1 added: https://feedback.sealpost.test/hook/\*\*\*\?key=\*\*\*, XML, for /Event/Test, /Status/Test")
    agent.register("https://feedback.sealpost.test/hook/s3cretoken0123456789?key=another-s3cret-of-the-hook")
    world.audit("feedback slot 1: from ")
    agent.publish_event("to be purged")
    for command in ("Queue Purge", "Queue Replay"):
        agent.run(f"xCommand HttpFeedback {command} FeedbackSlot: 1")
        world.audit(f'command HttpFeedback {command} FeedbackSlot: "1"')
    agent.deregister()
    world.audit("feedback slot 1 deleted")
    agent.run("xCommand Time Floor Reset")
    world.audit("command Time Floor Reset;")
    everything = "\n".join(world.log.lines) + (agent.state / "audit.log").read_text() + (agent.state / "audited").read_text()
    assert "s3cret" not in everything


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_what_waits_to_be_confirmed(world):
    """Who has made a change that waits, of what; who has confirmed it, who has taken another one back; who could not."""
    world.start()
    me = '"root" (uid 0), administrator, process '
    later = {"Logging External Server Address": ("", "logs.sealpost.test"), "Logging External TlsVerify": ("On", "Off"),
             "NetworkServices HTTPS Mode": ("Off", "On"), "NetworkServices HTTPS VerifyClientCertificate": ("Off", "On"),
             "NetworkServices NTP Server 2 Address": ("", "time.sealpost.test"), "NetworkServices NTP Server 2 NTS": ("Off", "On")}
    lines = [f"xConfiguration {path}: {value}" for path, (_, value) in later.items()]

    def made(mark):
        world.agent.run("xCommand Configuration Try ConfirmWithin: 30 Force: True", *lines, ".", expect=None)
        for path, (before, after) in later.items():
            assert who(world.audit(f'setting {path}: from "{before}" to "{after}"', mark)).startswith(me)
        assert who(world.audit("a change that waits 30 minutes to be confirmed", mark)).startswith(me)
    mark = world.log.mark()
    made(mark)
    assert "Access denied" in world.as_stranger("xCommand Configuration Confirm")
    assert f"uid {STRANGER}" in who(world.audit("refused: command Configuration Confirm: Access denied", mark))
    world.agent.run("xCommand Configuration Confirm TakeBack: True")
    assert who(world.audit("taking back the change by user ", mark)).startswith(me)
    for path, (before, after) in later.items():
        line = world.audit(f'setting {path}: from "{after}" to "{before}"', mark)
        assert who(line).startswith(("the agent, which took back", me)), line
    mark = world.log.mark()
    made(mark)
    world.agent.run("xCommand Configuration Confirm")
    assert who(world.audit("the confirmation of the change by user ", mark)).startswith(me)
    assert not world.log.find("audit: setting .*took back", mark)


def test_the_facility_is_its_own(world):
    world.start()
    world.agent.run("xConfiguration Logging Audit Facility: authpriv", "xConfiguration Logging Level: Error")
    mark = world.log.mark()
    world.agent.set("SystemUnit Name", "quiet")
    line = world.audit("setting SystemUnit Name", mark)       # though no other line of its level is written
    assert line.startswith("<85>"), "authpriv, notice"
    world.agent.set("Provisioning TlsVerify", "Perhaps", expect=65)
    assert world.audit("refused: setting Provisioning TlsVerify", mark).startswith("<84>"), "authpriv, warning"
    world.agent.set("Logging Audit Facility", "Same")
    assert world.audit("setting Logging Audit Facility", mark).startswith("<29>"), "daemon, notice"


def test_half_a_line_costs_only_itself(world):
    """As a power cut may leave it."""
    world.start()
    agent, file = world.agent, world.agent.state / "audit.log"
    agent.kill()
    before = file.read_text()
    file.write_text(before + "2000 2026-01-01T0")
    world.start()
    agent.set("SystemUnit Name", "whole again")
    lines = file.read_text().splitlines()
    assert LINE.match(lines[-1]) and lines[-1].split()[0] == str(int(before.splitlines()[-1].split()[0]) + 1)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_line_that_is_not_durable_is_told(world):
    """A disk that takes lines and loses them: fdatasync of the file fails, and of nothing else."""
    world.start()
    agent = world.agent
    agent.stop()
    agent.wrap = [program("strace"), "-qq", "-o", os.devnull, "-P", agent.state / "audit.log", "-e", "trace=fdatasync", "-e",
                  "inject=fdatasync:error=EIO"]
    world.start()
    mark = world.log.mark()
    agent.set("SystemUnit Name", "lost")
    world.log.wait("audit: lines are not kept: .*audit.log: cannot be made durable", mark)
    assert world.audit("setting SystemUnit Name", mark)
    assert agent.get("SystemUnit Name") == "lost"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_flood_of_refusals_pushes_nothing_out(world):
    world.start()
    world.agent.set("SystemUnit Name", "kept")
    for _ in range(3):
        world.as_stranger(*[f"xConfiguration SystemUnit Name: {i}" for i in range(500)])
    world.audit("refused: setting SystemUnit Name")
    assert len(world.log.find("audit: refused")) < 40
    assert 'to "kept"' in world.agent.run('xCommand Security Audit Show Contains: "SystemUnit Name: from"')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can log users in from the network")
def test_log_ins_and_what_they_do_are_kept(world):
    """Who has logged in from the network, who was refused, and who has added, changed and deleted users."""
    world.agent.options += ["--web-user", WEB_USER]
    world.start()
    world.agent.run('xCommand SystemUnit AdminPassword Set Password: "the-s3cret-of-the-administrator"')
    sessions = []

    def log_in(name, password, address):
        sessions.append(Session(world.open, WEB_USER))
        return sessions[-1], sessions[-1].log_in(name, password, address)

    try:
        session, answer = log_in("admin", "the-s3cret-of-the-administrator", "192.0.2.7")
        assert answer["exit"] == 0
        for line, expected in (
                ('xCommand UserManagement User Add Username: tom Passphrase: "the-s3cret-of-tom" Role: User YourPassphrase: "the-s3cret-of-the-administrator"', r"user tom added: User, .*password \*\*\*"),
                ('xCommand UserManagement User Passphrase Set Username: tom NewPassphrase: "another-s3cret-of-tom" YourPassphrase: "the-s3cret-of-the-administrator"', r"user tom: from User, .* to User"),
                ("xCommand UserManagement User Delete Username: tom", "user tom deleted: ")):
            mark = world.log.mark()
            assert session.ask(line)[0] == 0, line
            assert re.match(r'"admin", administrator, from 192\.0\.2\.7, process \d+', who(world.audit(expected, mark))), world.log.tail()
        # The same at the control socket; and what is refused there.
        mark = world.log.mark()
        world.agent.run('xCommand UserManagement User Add Username: ann Passphrase: "the-s3cret-of-ann" Role: User')
        assert who(world.audit("user ann added", mark)).startswith('"root" (uid 0), administrator, process ')
        world.as_stranger("xCommand UserManagement User Delete Username: ann")
        assert f"uid {STRANGER}" in who(world.audit("refused: command UserManagement User Delete", mark))
        # Strangers who guess: each has a line in the log, and few are kept.
        for i in range(15):
            assert log_in(f"guess{i}", "the-s3cret-of-nobody", f"198.51.100.{i}")[1]["exit"] != 0
        world.audit('a log-in failed: user "guess14" from "198.51.100.14"')
        kept = [k[3] for k in world.kept()]
        assert any(re.match(r'user admin has logged in from "192\.0\.2\.7"', k) for k in kept)
        failed = [k for k in kept if "a log-in failed" in k]
        assert 1 <= len(failed) <= 12 and 'user "guess0" from "198.51.100.0"' in failed[0]
        assert "a log-in failed" in world.agent.run('xCommand Security Audit Show Contains: "log-in failed"')
        assert "s3cret" not in "\n".join(kept + world.log.lines)
    finally:
        for s in sessions:
            s.close()
