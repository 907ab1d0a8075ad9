# SPDX-License-Identifier: MIT
"""One member of the group who may open the control socket does what he likes: the others, and root, are served all the same."""
import grp
import os
import subprocess
import sys

import pytest

import real

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")

NOBODY = 65534
SESSIONS = 64           # of one user

# Opens sessions, says how each began, and holds them until its input ends.
HOLD = """
import select, socket, sys
open_ones, refused = [], []
for _ in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.settimeout(20)
    try:
        s.sendall(b"xStatus Time State\\n")
    except OSError:
        pass
    try:
        said = s.recv(4096)
    except OSError:
        said = b""
    (open_ones if said.startswith(b"*s Time State") else refused).append((s, said))
print(len(open_ones), len(refused), flush=True)
print(repr(refused[0][1] if refused else b""), flush=True)
sys.stdin.read()
"""


class Member:
    def __init__(self, tmp_path, log):
        self.group = grp.getgrgid(os.stat("/").st_gid + 1)
        for folder in [tmp_path, *tmp_path.parents]:
            if folder.owner() == "root" and folder.stat().st_mode & 0o7 == 0:
                folder.chmod(folder.stat().st_mode | 0o755)
        self.agent = real.Agent(tmp_path, log, name="member")
        self.agent.folder.chmod(0o755)
        self.processes = []
        self.agent.process = real.Process([self.agent.build / "sealpostd", "-c", self.agent.config, "-s", self.agent.state,
                                           "-S", self.agent.control, "-l", log.path, "-g", self.group.gr_name],
                                          self.agent.folder, self.agent.env, "sealpostd")
        real.wait_for(self.agent.answers, "it answers", explain=self.agent.process.explain)

    def python(self, program, *args):
        def become():
            os.setgroups([self.group.gr_gid])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        p = subprocess.Popen(["/usr/bin/python3", "-c", program, str(self.agent.control), *map(str, args)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=sys.stderr, text=True, cwd="/", preexec_fn=become)
        self.processes.append(p)
        return p

    def close(self):
        for p in self.processes:
            p.stdin.close()
            p.wait(real.PATIENCE)
            p.stdout.close()
        self.agent.stop()


@pytest.fixture
def log(tmp_path):
    log = real.Syslog(tmp_path)
    yield log
    log.stop()


@pytest.fixture
def member(tmp_path, log):
    m = Member(tmp_path, log)
    yield m
    m.close()


def test_sessions_of_one_user_are_bounded(member, log):
    flood = member.python(HOLD, 300)
    assert flood.stdout.readline().split() == [str(SESSIONS), str(300 - SESSIONS)]
    assert "Too many sessions: this user has 64 already" in flood.stdout.readline()
    assert "Time State" in member.agent.sealpost("xStatus", "Time", "State")
    log.wait(f"control: a session of uid {NOBODY} was refused: too many sessions: this user has 64 already")


def test_half_sent_bodies_take_bounded_memory(member):
    """60 sessions of 3 MB each that end nowhere: the agent holds some of them and cuts the others."""
    program = """
import socket, sys
cut, keep = 0, []
for _ in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.settimeout(20)
    keep.append(s)
    try:
        s.sendall(b"{4000000}\\n" + b"A" * 3000000)
        s.sendall(b"A")
    except OSError:
        cut += 1
print(cut, flush=True)
sys.stdin.read()
"""
    before = resident(member.agent.pid)
    flood = member.python(program)
    assert int(flood.stdout.readline()) > 40
    assert "Time State" in member.agent.sealpost("xStatus", "Time", "State")
    assert resident(member.agent.pid) - before < 100 << 10


def test_the_status_of_one_user_is_bounded(member):
    """One user publishes without end: refused in words and with 75 when its half is full. The others publish on."""
    program = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(20)
s.sendall(b"xPreferences framing on\\n")
for i in range(40):
    text = "xPublish\\n<Status>" + "".join(f"<A item='{i * 1000 + n + 1}'><V>x</V></A>" for n in range(1000)) + "</Status>"
    s.sendall(b"{%d}\\n" % len(text) + text.encode())
s.shutdown(socket.SHUT_WR)
said = b""
while chunk := s.recv(65536):
    said += chunk
print(said.count(b"\\x1e0 ") - 1, said.count(b"\\x1e75 "), b"as much status as one user may" in said, flush=True)
sys.stdin.read()
"""
    assert member.python(program).stdout.readline().split() == ["12", "28", "True"]
    member.agent.publish("<Status><Room><Light>On</Light></Room></Status>")
    assert "On" in member.agent.sealpost("xStatus", "Room", "Light")


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
