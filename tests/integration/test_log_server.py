# SPDX-License-Identifier: MIT
"""Log lines to real log servers over TLS: rsyslog with GnuTLS, and syslog-ng; with outages, and with kill -9 of either end."""
import os
import re
import shutil
import signal
import socket
import sqlite3
import threading
import time

import pytest

import real
from pki import Pki

PROBE = real.BUILD / "probe"
COUNT = 3000     # tests/slow sends 100,000


def example(name, instead):
    """What docs/log-server.md shows for this server, with other files and another port."""
    text = re.search(rf"^For {name.removesuffix('d')}\b.*\n\n((?:    .*\n)+)", (real.ROOT / "docs" / "log-server.md").read_text(), re.M)[1]
    assert all(text.count(word) == 1 for word in instead)
    return re.sub("|".join(map(re.escape, instead)), lambda m: str(instead[m[0]]), text)


class Server:
    """One log server, which can be killed and started again; its lines are added to one file."""

    def __init__(self, folder, cert, ca, port=None, demands=False, bundle=None):
        self.folder = folder / self.name
        self.folder.mkdir()
        self.cert, self.ca = cert, ca
        self.shown = bundle or cert.path
        self.demands = demands      # a certificate of the client
        self.port = port or real.free_port()
        self.out = self.folder / "lines"
        self.process = None
        self.configure()
        self.start()

    def start(self):
        self.process = real.Process(self.argv(), self.folder, name=self.name)
        real.wait_for(lambda: real.accepts(self.port) or not self.process.running(), f"{self.name} listens", 60,
                      self.process.explain)
        assert self.process.running(), self.process.explain()

    def kill(self):
        self.process.kill()

    def stop(self):
        if self.process.running():
            self.process.kill()

    def text(self):
        return self.out.read_text(errors="replace") if self.out.exists() else ""

    def numbers(self):
        return [int(n) for n in re.findall(r"line (\d+) of the probe", self.text())]


class Rsyslog(Server):
    name = "rsyslogd"

    def configure(self):
        page = example(self.name, {"ca.pem": self.ca, "cert.pem": self.shown, "key.pem": self.cert.key, "6514": self.port})
        (self.folder / "conf").write_text(f"""
global(workDirectory="{self.folder}" maxMessageSize="64k")
{page}
template(name="all" type="string" string="%pri% %timestamp:::date-rfc3339% %hostname% %app-name% %msgid% %structured-data% %msg%\\n")
action(type="omfile" file="{self.out}" template="all" asyncWriting="off" flushOnTXEnd="on")
""")

    def argv(self):
        """It cannot be installed beside syslog-ng, so .ci/setup unpacks it."""
        (self.folder / "pid").unlink(missing_ok=True)
        options = ["-n", "-f", self.folder / "conf", "-i", self.folder / "pid"]
        if shutil.which("rsyslogd", path="/usr/sbin"):
            return ["/usr/sbin/rsyslogd", *options]
        place = real.ROOT / "build" / "rsyslog"
        assert place.exists(), "rsyslog is not unpacked: make setup-check"
        lib = next(place.glob("usr/lib/*-linux-gnu*"))
        return ["env", f"LD_LIBRARY_PATH={lib}", place / "usr" / "sbin" / "rsyslogd", "-M", lib / "rsyslog", *options]


class SyslogNg(Server):
    name = "syslog-ng"

    def configure(self):
        verify = f'required-trusted) ca-file("{self.ca}"' if self.demands else "optional-untrusted"
        page = example(self.name, {"key.pem": self.cert.key, "cert.pem": self.shown, "6514": self.port, "optional-untrusted": verify})
        (self.folder / "conf").write_text(f"""@version: 3.38
options {{ flush-lines(1); stats-freq(0); }};
{page}
destination d {{ file("{self.out}" template("$PRI $ISODATE $HOST $PROGRAM $MSGID $SDATA $MSG\\n")); }};
log {{ source(codecs); destination(d); }};
""")

    def argv(self):
        f = self.folder
        return [real.program("syslog-ng"), "-F", "-f", f / "conf", "--persist-file", f / "persist", "--pidfile", f / "pid",
                "--control", f / "control", "--no-caps"]


SERVERS = {"rsyslog": Rsyslog, "syslog-ng": SyslogNg}


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"))
        self.root = self.pki.root("TestRoot", days=(-2, 900))

    def server(self, kind, host="logs.test", issuer=None, days=(-2, 300), **options):
        issuer = issuer or self.root
        return self.keep(SERVERS[kind](self.folder, self.pki.leaf(host, issuer, days=days), issuer.path, **options))

    def probe(self, port, first, last, name="probe"):
        return real.Process([PROBE, "syslog", self.dns.address, "logs.test", port, self.root.path, self.folder / "lines.db",
                             first, last], self.folder, name=name)

    def finish(self, probe, seconds=120):
        real.wait_for(lambda: not probe.running(), "all lines were taken", seconds, lambda: probe.said()[-500:])
        assert "done" in probe.said()[-100:], probe.said()[-2000:]

    def stored(self):
        """Numbers of the lines that are in the store of a probe that was killed."""
        with sqlite3.connect(self.folder / "lines.db") as db:
            rows = db.execute("SELECT message FROM syslog ORDER BY n").fetchall()
        db.close()
        return [int(re.search(rb"line (\d+) of", row[0]).group(1)) for row in rows]


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_every_line_arrives_in_order(world, kind):
    server = world.server(kind)
    world.finish(world.probe(server.port, 1, COUNT))
    real.wait_for(lambda: len(server.numbers()) >= COUNT, "all are written", explain=lambda: server.text()[-300:])
    assert server.numbers() == list(range(1, COUNT + 1))


@pytest.mark.parametrize("kind", SERVERS)
def test_outages_lose_what_the_server_had_taken_at_most(world, kind):
    """The server is killed again and again. Each kill loses at most a run of lines that its TCP had acknowledged; all else
    arrives, and may arrive twice."""
    server = world.server(kind)
    probe = world.probe(server.port, 1, COUNT)
    for _ in range(3):
        real.wait_for(lambda: server.numbers() or not probe.running(), "some arrive", explain=server.text)
        time.sleep(0.1)
        server.kill()
        time.sleep(0.1)
        server.start()
    world.finish(probe)
    world.finish(world.probe(server.port, COUNT + 1, COUNT + 1, name="last"))       # the last ones of before may be lost, too
    real.wait_for(lambda: COUNT + 1 in server.numbers(), "the last is written", explain=lambda: server.text()[-300:])
    missing = sorted(set(range(1, COUNT + 1)) - set(server.numbers()))
    runs = sum(1 for i, n in enumerate(missing) if i == 0 or missing[i - 1] != n - 1)
    assert runs <= 3, f"{len(missing)} lines in {runs} runs are missing: {missing[:20]}"


def test_a_killed_agent_loses_nothing_that_was_stored(world):
    """kill -9 while lines are sent, and while the server is away: what is in the store then arrives after the restart."""
    server = world.server("rsyslog")
    first, must = 1, set()
    for turn in range(6):
        if turn % 2:
            server.kill()
        probe = world.probe(server.port, first, first + COUNT, name=f"probe{turn}")
        time.sleep(0.8)
        os.kill(probe.pid, signal.SIGKILL)
        probe.popen.wait(10)
        must |= set(world.stored())
        first += COUNT + 1
        if turn % 2:
            server.start()
    world.finish(world.probe(server.port, first, first, name="last"))
    real.wait_for(lambda: first in server.numbers(), "the last is written", explain=lambda: server.text()[-300:])
    assert must, "nothing was ever stored"
    assert not must - set(server.numbers())


def configure(world, server, *more):
    world.agent.run("xConfiguration Logging External Server Address: logs.test",
                    f"xConfiguration Logging External Server Port: {server.port}", *more,
                    "xConfiguration Logging External Mode: On")


@pytest.mark.parametrize("kind", SERVERS)
def test_the_agents_lines_and_verdicts(world, kind):
    server = world.server(kind)
    good = world.serve([world.pki.leaf("good.test", world.root)])
    bad = world.serve([world.pki.leaf("other.test", world.root)])
    world.nginx.start()
    world.agent.start()
    world.agent.upload(world.root)
    world.synchronised()
    configure(world, server)
    world.agent.register(f"https://good.test:{bad}/x")
    world.agent.publish_event("one")
    real.wait_for(lambda: "HOSTNAME_MISMATCH" in server.text(), "the verdict arrives", 30, world.log.tail)
    line = next(x for x in server.text().splitlines() if "HOSTNAME_MISMATCH" in x)
    assert 'verdict@32473' in line and 'service="HttpFeedback 1"' in line and 'host="good.test"' in line, line
    assert 'result="62=HOSTNAME_MISMATCH"' in line, line
    assert " sealpostd Verdict " in line and line.startswith("28 20"), line
    assert world.agent.status("Logging")["Logging External Status"] == "Connected"
    world.agent.set("SystemUnit Name", "another")
    real.wait_for(lambda: 'audit@32473 outcome="changed"] audit: setting SystemUnit Name' in server.text(), "the audit line arrives", 30,
                  server.text)
    assert "service=Logging" not in server.text(), "the verdict on the log server itself is not sent to it"
    assert world.log.find('VerifyResult=0=OK, NameCheck: Match, service=Logging, host=logs.test')
    assert good


@pytest.mark.parametrize("fault", ["other root", "other name", "expired", "no TLS"])
def test_a_log_server_that_is_not_trusted_gets_nothing(world, fault):
    """And everything else goes on: the lines wait on disk."""
    heard = []
    if fault == "no TLS":
        s = socket.create_server(("127.0.0.1", 0))
        port = s.getsockname()[1]

        def listen():
            while True:
                c, _ = s.accept()
                with c:
                    heard.append(c.recv(4096))
        threading.Thread(target=listen, daemon=True).start()
        server = type("Plain", (), {"port": port, "text": lambda self: ""})()
    else:
        server = world.server("rsyslog", **{"other root": {"issuer": world.pki.root("Other")}, "other name": {"host": "x.test"},
                                            "expired": {"days": (-9, -1)}}[fault])
    world.agent.start()
    world.agent.upload(world.root)
    world.synchronised()
    since = world.log.mark()
    configure(world, server)
    world.agent.run("xConfiguration Logging Level: Debug", "xConfiguration Logging Level: Info")
    world.agent.register("https://good.test:1/x")
    world.log.wait("logging: no lines are sent to logs.test", since)
    assert world.agent.status("Logging")["Logging External Status"] == "Failed", "during a further attempt, too"
    assert int(world.agent.status("Logging")["Logging External Queued"]) >= 1
    assert server.text() == "" and all(h[:1] == b"\x16" for h in heard), "only a TLS hello was sent"
    assert len(world.log.find('service=Logging', since)) <= 10, "its verdicts do not make each other"


def test_a_server_that_asks_for_a_certificate_gets_the_devices(world):
    """syslog-ng demands one of its authority; the device's own is active for HttpClient. Without it the server refuses."""
    server = world.server("syslog-ng", demands=True)
    own = world.pki.leaf("codec7.test", world.root,
                         extensions=["basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature",
                                     "extendedKeyUsage = clientAuth"])
    world.agent.start()
    world.agent.upload(world.root)
    world.synchronised()
    configure(world, server)
    world.agent.register("https://good.test:1/x")
    world.log.wait("logging: no lines are sent to logs.test port .*certificate")
    assert server.text() == ""
    added = world.agent.sealpost("xCommand", "Security", "Certificates", "Services", "Add", stdin=own.pem + own.key.read_text())
    fingerprint = re.search(r'Fingerprint: "(\w+)"', added)[1]
    world.agent.run(f"xCommand Security Certificates Services Activate Fingerprint: {fingerprint} Purpose: HttpClient")
    real.wait_for(lambda: "HttpFeedback 1" in server.text(), "the lines that waited arrive", 30, world.log.tail)


def test_readiness_wants_the_log_server_verified(world):
    server = world.server("syslog-ng")
    world.agent.start()
    world.agent.upload(world.root)
    world.synchronised()
    configure(world, server)

    def found(name):
        shown = world.agent.run("xCommand Security Readiness Show", expect=None)
        number = re.search(rf'Item (\d+) Name: "{name}"', shown)[1]
        return re.search(rf'Item {number} Found: "(.*?)"', shown)[1]
    assert found("Verification") == found("HostNames") == "all 1"
    world.agent.run("xConfiguration Logging External TlsVerify: Off")
    assert found("Verification") == f"Logging: logs.test:{server.port}"
    world.agent.run("xConfiguration Logging External Server Address: 127.0.0.1")
    assert found("HostNames") == f"Logging: 127.0.0.1:{server.port}"


@pytest.mark.parametrize("kind", SERVERS)
def test_it_is_tried_with_the_others(world, kind):
    """By doctor, and when settings or roots are changed: with the handshake alone, and told before it would be cut off."""
    server = world.server(kind)
    world.agent.start()
    world.agent.upload(world.root)
    world.synchronised()
    configure(world, server)
    real.wait_for(lambda: server.text(), "lines arrive", explain=world.log.tail)
    assert "all is well (1 of 1 well)" in world.agent.sealpost("doctor", "logging")
    answer = world.agent.sealpost("xCommand", "Configuration", "Try", stdin="Security Revocation Mode: Hard\n", expect=1)
    row = real.servers(answer)["Logging"]
    assert [row[k] for k in ("Host", "Before", "After", "Code")] == [f"logs.test:{server.port}", "Trusted", "Refused", "3=UNABLE_TO_GET_CRL"], answer
    other = world.pki.root("Other", days=(-2, 900))
    refused = world.agent.sealpost("xCommand", "Security", "Certificates", "CA", "Upload", stdin=other.pem, expect=None)
    assert f"Logging (logs.test:{server.port}) is trusted now and would not be" in refused, refused
    told = world.agent.run("xConfiguration Security Revocation Mode: Hard")
    assert "This cuts off Logging, " in told and "3=UNABLE_TO_GET_CRL" in told, told
    # its next handshake, which is under way, fails, and that is a message of its own
    real.wait_for(lambda: re.search("A change has cut off Logging, |The certificate of Logging, .* is refused: 3=",
                                    world.agent.run("xStatus Diagnostics Message")), "the message", explain=world.log.tail)
    assert "A change has cut off" not in world.agent.run("xConfiguration Security Revocation Mode: Off")


def test_udp_and_plain_tcp_are_refused(world):
    world.agent.start()
    said = world.agent.run("xConfiguration Logging External Protocol: Syslog", expect=65)
    assert "write SyslogTLS" in said
