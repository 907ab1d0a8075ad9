# SPDX-License-Identifier: MIT
"""The agent under the rules of the unit that is installed (conf/sealpostd.service), as an ordinary user: all that it does on a device
must be possible with the system calls that the unit leaves it. A call outside them kills the process, so no test here needs to look
for it. All other integration tests run the agent under these rules, too, with sanitizers. The unit itself, under systemd, is in tests/slow."""
import grp
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import real
from real import wait_for
from world import Lab

UNDER = Path(__file__).with_name("under_unit.py")
PLAIN = real.ROOT / "build"                     # sanitizers make system calls of their own
NOBODY = 65534
EVENT = "<Event><Test><N>{}</N><Text>{}</Text></Test></Event>"
STATUS = "<Status><Audio><Volume>{}</Volume></Audio></Status>"

pytestmark = pytest.mark.skipif(not (PLAIN / "sealpostd").exists(), reason="needs the programs without sanitizers: make programs")


class Confined(real.Agent):
    """An agent that runs as an ordinary user under the unit's rules. `groups`: its group and further ones."""

    def __init__(self, folder, log, settings, groups=(NOBODY,), group=None):
        super().__init__(folder, log, settings, build=PLAIN)
        self.group = group
        self.program = self.folder / "sealpostd"
        shutil.copy(PLAIN / "sealpostd", self.program)      # the checkout may lie where that user cannot enter
        self.user = ["--user", f"{NOBODY}:{','.join(map(str, groups))}"] if os.geteuid() == 0 else []
        if self.user:
            self.state.mkdir(exist_ok=True)
            for path in (self.folder, self.state):
                os.chown(path, NOBODY, groups[0])

    def launch(self):
        options = ["-c", self.config, "-s", self.state, "-S", self.control, "-l", self.log.path]
        options += ["--group", grp.getgrgid(self.group).gr_name] if self.group is not None else []
        self.process = real.Process([UNDER, real.UNIT, *self.user, self.program, *options], self.folder, self.env, "sealpostd")
        return self


@pytest.fixture
def lab():
    folder = Path(tempfile.mkdtemp(prefix="sealpost-unit-"))
    folder.chmod(0o755)
    a_lab = log = None
    try:
        log = real.Syslog(folder)
        os.chmod(log.path, 0o777)
        a_lab = Lab(folder, build=PLAIN)
        a_lab.log = log
        yield a_lab
    finally:
        for started in (a_lab, log):
            if started:
                started.stop()
        shutil.rmtree(folder)


def register(agent, lab):
    agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot: 1", f"ServerUrl: {lab.url()}", "Expression.1: /Status/Audio", "Expression.2: /Event")


def test_all_that_an_agent_does(lab):
    agent = Confined(lab.folder.parent, lab.log, lab.settings()).start()
    try:
        lab.upload_root(agent)
        register(agent, lab)
        agent.sealpost("publish", stdin=STATUS.format(1))
        lab.wait_posts(1)
        lab.set("http", "status", "503")                                          # an outage
        agent.sealpost("publish", stdin=STATUS.format(2))
        lab.log.wait("HttpFeedback 1: .*503")
        lab.reset()
        agent.sealpost("xCommand", "HttpFeedback", "Queue", "Replay", "FeedbackSlot: 1", expect=None)
        agent.sealpost("xCommand", "HttpFeedback", "Enable", "FeedbackSlot: 1", expect=None)
        lab.wait_posts(2)
        os.kill(agent.pid, 1)                                           # reload
        lab.log.wait("agent: settings reloaded")
        agent.sealpost("xCommand", "SystemUnit", "AdminPassword", "Set", "Password: correct-horse-battery")
        agent.sealpost("xCommand", "Phonebook", "Search", "PhonebookType: Corporate", "SearchString: auditorium")
        agent.sealpost("xCommand", "Diagnostics", "Connection", f"Url: {lab.url()}")
        agent.sealpost("xStatus")
        at = lab.log.mark()
        agent.sealpost("xCommand", "Boot", expect=None)
        lab.log.wait("agent: sealpostd .* runs", at)
        agent.sealpost("publish", stdin=STATUS.format(3))
        lab.wait_posts(3)
    finally:
        agent.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process further groups")
@pytest.mark.parametrize("groups", [(100,), (NOBODY, 100)], ids=["of the process", "a further one"])
def test_the_control_socket_belongs_to_a_group(lab, groups):
    agent = Confined(lab.folder.parent, lab.log, lab.settings(), groups, group=100).start()
    try:
        assert agent.control.stat().st_gid == 100 and agent.control.stat().st_mode & 0o777 == 0o660
    finally:
        agent.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk(lab):
    agent = Confined(lab.folder.parent, lab.log, lab.settings())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=2m,mode=700,uid={NOBODY},gid={NOBODY}", "sealpost-test", agent.state],
                   check=True)
    try:
        agent.start()
        try:
            lab.upload_root(agent)
            register(agent, lab)
            lab.set("http", "status", "503")
            for n in range(200):                                         # more than fits
                agent.sealpost("publish", stdin=EVENT.format(n, "x" * 15_000), expect=None)
            lab.reset()
            agent.sealpost("xCommand", "HttpFeedback", "Queue", "Replay", "FeedbackSlot: 1", expect=None)
            wait_for(lambda: "not published" not in agent.sealpost("publish", stdin=STATUS.format(7), expect=None), "room is made")
            wait_for(lambda: [p for p in lab.posts() if "<Volume" in p["body"] and p["status"] == 200], "the last arrives")
        finally:
            agent.stop()
    finally:
        subprocess.run(["umount", agent.state], check=True)


@pytest.mark.parametrize("unit", ["sealpostd", "sealpost-web"])
def test_the_unit_is_started_again_however_often_it_failed(unit):
    text = (real.ROOT / f"conf/{unit}.service").read_text()
    assert "\nRestart=on-failure\n" in text and "\nStartLimitIntervalSec=0\n" in text and "StartLimitBurst" not in text


def test_the_unit_lets_it_read_the_names_of_processes_for_audit_lines():
    assert not [line for line in real.UNIT.read_text().splitlines() if line.startswith(("ProtectProc=", "ProcSubset="))]


def test_a_call_outside_the_rules_kills():
    """The tests above would notice: a call that the unit forbids ends the process."""
    for call in ("import os; os.setpriority(os.PRIO_PROCESS, 0, 5)", "import socket; socket.socket(socket.AF_PACKET)",
                 "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)"):
        r = subprocess.run([UNDER, real.UNIT, "/usr/bin/python3", "-c", call], timeout=30)
        assert r.returncode == -31, (call, r.returncode)       # SIGSYS
    assert subprocess.run([UNDER, real.UNIT, "/usr/bin/python3", "-c", "print(1)"], capture_output=True, timeout=30).returncode == 0


def test_systemd_finds_less_exposure_of_the_https_side():
    """What is left: the network, one port below 1024, local sockets, and the calls by which it gives up its rights."""
    r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", real.ROOT / "conf/sealpost-web.service"],
                       text=True, capture_output=True, timeout=60)
    assert r.returncode == 0 and "Overall exposure level" in r.stdout, r.stdout[-3000:] + r.stderr


def test_systemd_finds_little_exposure():
    """What is left: the network and local sockets, which it is for; other users and the names of their processes, since the control
    socket asks who they are; the kernel's clock, which is read; chown, for the control socket's group."""
    r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=18", "--no-pager", real.UNIT], text=True,
                       capture_output=True, timeout=60)
    assert r.returncode == 0 and "Overall exposure level" in r.stdout, r.stdout[-3000:] + r.stderr
