# SPDX-License-Identifier: MIT
"""Proof from outside that nothing leaves before verification has passed: by the system calls of sealpostd, and by what
arrives on the wire."""
import os
import re
import shutil
import socket
import time
from pathlib import Path

import pytest

import real
from pki import Pki

PROXY_VARIABLES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class World(real.Site):
    """A trusted server and an unknown one, each behind a tap."""

    def __init__(self, folder, start=True, **options):
        super().__init__(folder, Pki(folder / "pki"), **options)
        self.root = self.pki.root("TestRoot")
        self.stranger = self.pki.root("StrangerRoot")
        self.good = self.keep(real.Tap(self.serve([self.pki.leaf("good.test", self.root)])))
        self.bad = self.keep(real.Tap(self.serve([self.pki.leaf("bad.test", self.stranger)])))
        self.expired = self.keep(real.Tap(self.serve([self.pki.leaf("old.test", self.root, days=(-9, -2))])))
        self.nginx.start()
        if start:
            self.agent.start()

    def url(self, name, tap, path=None):
        return f"https://{name}.test:{tap.port}/{path or name}"


@pytest.fixture
def make(tmp_path):
    worlds = []

    def build(**options):
        worlds.append(World(tmp_path, **options))
        return worlds[-1]
    yield build
    for w in worlds:
        w.close()


# --- by system calls ---------------------------------------------------------------------------------------------

class Trace:
    """What strace wrote of sealpostd's system calls."""

    def __init__(self, path):
        self.path = Path(path)
        self.wrap = [shutil.which("strace"), "-f", "-qq", "-e", "trace=network,process,openat", "-o", path]

    def text(self):
        return self.path.read_text(errors="replace")

    def is_readable(self):
        """strace of an ordinary user sees the calls, not the addresses, of a process that allows no dump."""
        return "sin_port=" in self.text()

    def connects(self, port):
        return [line for line in self.text().splitlines() if "connect(" in line and f"sin_port=htons({port})" in line]

    def families(self):
        """(family, type) of every socket made."""
        return set(re.findall(r"socket\((AF_\w+), (SOCK_\w+)", self.text()))

    def ports(self):
        return {int(p) for line in self.text().splitlines() if "connect(" in line
                for p in re.findall(r"sin6?_port=htons\((\d+)\)", line)}


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_no_socket_before_date_and_anchor(tmp_path, make):
    trace = Trace(tmp_path / "trace")
    w = make(start_ntp=False, wrap=trace.wrap, settings=["NetworkServices NTP Wait: 2"])
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind((real.HOST, 0))
    silent_port = silent.getsockname()[1]
    w.agent.set("NetworkServices NTP Server 1 Address", f"{real.HOST}:{silent_port}")
    w.agent.register(w.url("good", w.good))
    w.agent.publish_event("held")

    # No date, then a date but no root: the server is not called. What is called later is looked at with its time, at the end.
    w.log.wait("clock: no time from NTP")
    w.log.wait(r"VerifyResult=50=APPLICATION_VERIFICATION.*date")
    assert trace.connects(w.good.port) == [] and w.good.connections == []
    silent.close()
    since = w.log.mark()
    ntp = w.keep(real.Chrony(tmp_path))
    w.agent.set("NetworkServices NTP Server 1 Address", ntp.address)
    w.synchronised(since)
    w.log.wait(r"VerifyResult=50=APPLICATION_VERIFICATION.*(root|anchor|CA)", since)
    assert trace.connects(w.good.port) == [] and w.good.connections == []

    # Both: it calls and delivers what was held.
    uploaded = time.monotonic()
    w.agent.upload(w.root)
    assert real.mark_of(w.receiver.wait("/good", explain=w.log.tail)[0]) == "held"
    assert all(c.at >= uploaded for c in w.good.connections), "it called before there was a root"
    assert len(trace.connects(w.good.port)) == len(w.good.connections) or not trace.is_readable()

    # An address in place of a name: no socket for that either, whatever its certificate may say.
    since = w.log.mark()
    w.agent.register(f"https://{real.HOST}:{w.bad.port}/address", slot=2)
    w.agent.publish_event("to an address")
    w.log.wait(rf"VerifyResult=(50|64)=.*{real.HOST}", since)
    w.agent.publish_event("after it")
    w.receiver.wait("/good", 3, explain=w.log.tail)
    assert trace.connects(w.bad.port) == [] and w.bad.connections == []

    w.agent.stop()
    # Over its whole life: TCP only to the trusted server, no listening socket, no other process, no system's trust store.
    assert not [line for line in trace.text().splitlines() if re.search(r"\b(clone3?|v?fork)\(", line)]
    assert len(re.findall(r"listen\(\d+,", trace.text())) == 1, "only the control socket"
    assert trace.families() <= {("AF_INET", "SOCK_STREAM"), ("AF_INET", "SOCK_DGRAM"), ("AF_INET6", "SOCK_DGRAM"),
                                ("AF_INET6", "SOCK_STREAM"), ("AF_UNIX", "SOCK_STREAM"), ("AF_UNIX", "SOCK_DGRAM"),
                                ("AF_NETLINK", "SOCK_RAW")}
    if not trace.is_readable():
        pytest.skip("all is well on the wire; only root may see the addresses in the trace, too")
    # A datagram socket that is connected to the port "discard" sends nothing: it asks the kernel for the address that it would send from.
    assert trace.ports() - {9} <= {w.good.port, w.dns.port, ntp.port, silent_port}
    assert not re.search(r'openat\([^"]*"(/etc/ssl/certs|/usr/lib/ssl/certs|/usr/share/ca-certificates)', trace.text())


# --- on the wire -------------------------------------------------------------------------------------------------

def test_no_byte_of_a_document_to_a_server_that_is_not_trusted(make):
    w = make()
    w.synchronised()
    w.agent.upload(w.root)
    for name, tap in (("bad", w.bad), ("old", w.expired)):
        since = w.log.mark()
        w.agent.register(w.url(name, tap))
        w.agent.publish_event("secret")
        w.log.wait(real.VERDICT.pattern, since)
        w.log.wait("not delivered", since)
        real.wait_for(lambda: tap.connections, "a connection")
        w.agent.deregister()
    # The measure itself: a trusted server gets bytes, and it shows. It comes after all that went to the others.
    w.agent.register(w.url("good", w.good))
    w.agent.publish_event("welcome")
    w.receiver.wait("/good")
    for c in w.bad.connections + w.expired.connections:
        assert c.sent[:2] == b"\x16\x03", "not a TLS handshake"
        assert c.application_bytes() == 0, c.records()
        assert len(c.records()) <= 4 and sum(n for _, n in c.records()) < 1500, c.records()
    assert [p.path for p in w.receiver.posts] == ["/good"]
    assert w.good.connections[0].application_bytes() > 400


def test_verification_off_delivers_and_tells(make):
    w = make(settings=["HttpFeedback TlsVerify: Off"])
    w.synchronised()
    w.agent.upload(w.root)
    for name, tap, code in (("old", w.expired, "10=CERT_HAS_EXPIRED"), ("bad", w.bad, "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY")):
        since = w.log.mark()
        w.agent.register(w.url(name, tap))
        w.agent.publish_event("anyway")
        w.receiver.wait(f"/{name}", explain=w.log.tail)
        w.agent.wait_delivered()
        line = w.log.wait(real.VERDICT.pattern, since)
        assert f"VerifyResult={code}" in line and "verification is Off, On would have refused" in line
    # Back On: the connection that was made unverified is not used again.
    w.agent.set("HttpFeedback TlsVerify", "On")
    before, since = len(w.receiver.posts), w.log.mark()
    w.agent.publish_event("not any more")
    w.log.wait("not delivered", since)
    assert len(w.receiver.posts) == before
    # Off again: it arrives, once and not before.
    off = time.monotonic()
    w.agent.set("HttpFeedback TlsVerify", "Off")
    w.agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    w.agent.wait_delivered()
    assert [real.mark_of(p) for p in w.receiver.posts[before:]] == ["not any more"] and w.receiver.posts[-1].at >= off


def test_global_switch_and_own_switch(make):
    """A service's own TlsVerify wins; where it is not set, VerifyServerCertificate holds."""
    w = make(settings=["NetworkServices HTTPS VerifyServerCertificate: Off"])
    w.synchronised()
    w.agent.upload(w.root)
    w.agent.register(w.url("bad", w.bad))
    w.agent.publish_event("global Off")
    w.receiver.wait("/bad", explain=w.log.tail)
    w.agent.wait_delivered()
    w.agent.set("HttpFeedback TlsVerify", "On")
    since = w.log.mark()
    w.agent.publish_event("own On")
    w.log.wait("not delivered", since)
    assert len(w.receiver.to("/bad")) == 1


def test_taken_away_root_ends_the_kept_connection(make):
    w = make()
    w.synchronised()
    w.agent.upload(w.root)
    w.agent.register(w.url("good", w.good))
    w.agent.publish_event("1")
    w.agent.publish_event("2")
    posts = w.receiver.wait("/good", 2, explain=w.log.tail)
    w.agent.wait_delivered()
    assert posts[1].headers["X-Requests"] == "2" and len(w.good.connections) == 1, "the connection is kept"
    shown = w.agent.run("xCommand Security Certificates CA Show")
    w.agent.upload(w.stranger)
    take_away = f"xCommand Security Certificates CA Delete Fingerprint: {re.search(r'[0-9a-f]{40}', shown).group()}"
    assert "trusted now and would not be: 20=" in w.agent.run(take_away, expect=78)
    w.agent.run(take_away + " Force: True")
    since = w.log.mark()
    w.agent.publish_event("3")
    assert "VerifyResult=20=" in w.log.wait(real.VERDICT.pattern, since)
    assert len(w.receiver.to("/good")) == 2
    uploaded = time.monotonic()
    w.agent.upload(w.root)
    third = w.receiver.wait("/good", 3, explain=w.log.tail)[2]
    assert real.mark_of(third) == "3" and third.at >= uploaded


def test_redirects_are_not_followed(make):
    w = make()
    w.synchronised()
    w.agent.upload(w.root)
    plain = w.keep(real.Tap(respond=lambda client, c: setattr(c, "sent", client.recv(4096))))
    targets = {301: f"http://good.test:{plain.port}/elsewhere", 302: w.url("good", w.good, "elsewhere"),
               307: w.url("bad", w.bad, "elsewhere"), 308: f"http://good.test:{plain.port}/elsewhere"}
    for status, target in targets.items():
        w.receiver.answer = lambda post: ((status, {"Location": target}, b"") if post.path == "/good" else (200, {}, b""))
        since = w.log.mark()
        w.agent.register(w.url("good", w.good))
        w.agent.publish_event(f"redirected {status}")
        assert str(status) in w.log.wait("not delivered", since)
        w.agent.deregister()
    w.receiver.answer = lambda post: (200, {}, b"")
    w.agent.register(w.url("good", w.good, "after"))
    w.agent.publish_event("after them")
    w.receiver.wait("/after", explain=w.log.tail)
    assert w.receiver.to("/elsewhere") == [] and plain.connections == [] and w.bad.connections == []


def test_environment_is_not_asked(make, tmp_path):
    """Proxies, other trust stores, key logs: what an environment may say to libcurl and OpenSSL counts for nothing."""
    proxy = real.Tap(respond=lambda client, c: setattr(c, "sent", client.recv(4096)))
    env = dict.fromkeys(PROXY_VARIABLES, f"http://{real.HOST}:{proxy.port}")
    pki = Pki(tmp_path / "other")
    other = pki.root("OtherRoot")
    hashed = tmp_path / "certs"
    hashed.mkdir()
    (hashed / "ca.pem").write_text(other.pem)
    pki._openssl("rehash", hashed)
    keys = tmp_path / "keys.log"
    env.update({"SSL_CERT_FILE": str(other.path), "SSL_CERT_DIR": str(hashed), "CURL_CA_BUNDLE": str(other.path),
                "SSLKEYLOGFILE": str(keys), "NO_PROXY": "", "no_proxy": "", "HOME": str(tmp_path)})
    (tmp_path / ".netrc").write_text("machine good.test login me password secret\n")
    w = make(env=env, start=False)
    w.keep(proxy)
    trap = w.nginx.site([leaf := pki.leaf("trap.test", other)], pki.bundle([leaf]))
    w.nginx.stop()
    w.nginx.start()
    w.agent.start()
    w.synchronised()
    w.agent.upload(w.root)
    w.agent.register(w.url("good", w.good))
    w.agent.register(f"https://trap.test:{trap}/trap", slot=2)
    since = w.log.mark()
    w.agent.publish_event("straight")
    post = w.receiver.wait("/good", explain=w.log.tail)[0]
    assert "Authorization" not in post.headers and "Proxy-Authorization" not in post.headers
    assert "VerifyResult=20=" in w.log.wait(r"VerifyResult=.*trap\.test", since)
    assert proxy.connections == [] and w.receiver.to("/trap") == []
    assert not keys.exists(), "TLS keys were written to a file"


# --- http:// has no way in ---------------------------------------------------------------------------------------

def test_http_urls_are_refused(make):
    w = make()
    for line in ('xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: "http://good.test/feedback" Expression: "/Event"',
                 'xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: "HTTP://good.test/feedback" Expression: "/Event"',
                 'xConfiguration Phonebook Server 1 URL: "http://good.test/book"'):
        with pytest.raises(real.Failed):
            w.agent.run(line)
        said = w.agent.run(line, expect=None)
        assert re.search(r"https://good\.test/", said, re.I), f"the https form is not shown: {said}"
    for line in ("xConfiguration Provisioning ExternalManager Protocol: HTTP", "xConfiguration NetworkServices HTTP Mode: On",
                 "xConfiguration NetworkServices Telnet Mode: On", "xConfiguration NetworkServices FTP Mode: On"):
        with pytest.raises(real.Failed):
            w.agent.run(line)
    assert "HttpFeedback 1" not in w.agent.run("xStatus HttpFeedback", expect=None)
    check = w.folder / "http.conf"
    check.write_text('xConfiguration Phonebook Server 1 URL: "http://good.test/book"\n')
    assert_config_refused(w.agent, check, "https://good.test/book")


def assert_config_refused(agent, path, text):
    r = real.subprocess.run([agent.build / "sealpostd", "--check-config", path], capture_output=True, text=True, env=agent.env,
                            timeout=real.PATIENCE)
    assert r.returncode == 78 and f"{path}:1:" in r.stderr and text in r.stderr, r.stderr


# --- what the running process is ---------------------------------------------------------------------------------

def test_one_process_one_thread_no_listening_socket(make):
    w = make()
    w.synchronised()
    w.agent.upload(w.root)
    w.agent.register(w.url("good", w.good))
    w.agent.publish_event("busy once")
    w.receiver.wait("/good", explain=w.log.tail)
    pid = w.agent.pid
    status = Path(f"/proc/{pid}/status").read_text()
    assert re.search(r"^Threads:\s+1$", status, re.M)
    assert not Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    try:
        held = {os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")}
    except PermissionError:
        pytest.skip("an ordinary user may not look at the descriptors of a process that allows no dump")
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if f"socket:[{columns[9]}]" in held:
                assert columns[3] != "0A", f"a listening TCP socket: {row}"
    for table in ("udp", "udp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if f"socket:[{columns[9]}]" in held:
                assert columns[3] == "01", f"a UDP socket that takes packets from anyone: {row}"
