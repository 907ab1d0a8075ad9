# SPDX-License-Identifier: MIT
"""The networks in which devices live: half-dead addresses, slow and chatty servers, balancers with nobody behind them, captive portals."""
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import real
from pki import Pki
from turns import Names, udp
from wire import has_tun


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make network namespaces and packet interfaces")
@pytest.mark.skipif(not has_tun(), reason="packet interfaces need /dev/net/tun, which this machine does not have")
def test_every_address_has_its_turn(tmp_path):
    """All faults, at all places among a server's addresses, for all services, at once: turns.py prints the table."""
    script = Path(__file__).with_name("turns.py")
    r = subprocess.run(["unshare", "-n", sys.executable, script, tmp_path], text=True, capture_output=True, timeout=150)
    table = r.stdout + r.stderr
    assert r.returncode == 0, table
    assert len(re.findall(" right$", table, re.M)) == 6 * 4 * 3 + 3 * 3, table


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"))
        self.root = self.pki.root("TestRoot")
        self.port = self.serve([self.pki.leaf("good.test", self.root)])
        self.nginx.start()
        self.agent.start()
        self.agent.upload(self.root)
        self.synchronised()

    def feed(self, port=None):
        self.agent.register(f"https://good.test:{port or self.port}/feed")

    def marks(self):
        """Without the gaps that are told of the tests before."""
        return [mark for mark in (real.mark_of(p) for p in self.receiver.to("/feed")) if mark]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("networks"))
    yield w
    w.close()


@pytest.fixture
def world(site):
    yield site
    site.agent.deregister(expect=None)
    site.receiver.posts.clear()
    site.receiver.answer = lambda post: (200, {}, b"")


def test_a_post_is_taken_whatever_the_body_of_its_answer(world):
    world.receiver.answer = lambda post: (200, {"Content-Type": "text/html"}, b"x" * 300000)
    world.feed()
    for mark in "ab":
        world.agent.publish_event(mark)
    world.agent.wait_delivered()
    assert world.marks() == ["a", "b"]
    # A refusal counts, too, however long its explanation is.
    world.receiver.answer = lambda post: (422, {"Content-Type": "text/html"}, b"x" * 300000)
    world.agent.publish_event("c")
    real.wait_for(lambda: world.agent.status("HttpFeedback 1")["HttpFeedback 1 Delivery Dead"] == "1", "a dead letter")


def test_a_server_has_the_time_that_is_set_for_its_answer(world):
    def late(post):
        time.sleep(2.5)
        return 200, {}, b""
    world.receiver.answer = late
    world.agent.set("NetworkServices HTTPS AnswerTimeout", 1)
    world.feed()
    since = world.log.mark()
    world.agent.publish_event("a")
    world.log.wait("has the post, but did not answer within 1000 ms", since)
    world.agent.set("NetworkServices HTTPS AnswerTimeout", 60)
    longer = time.monotonic()
    world.agent.wait_delivered()
    # It was taken the first time. One that had begun before, whose post came later, may have been given up.
    assert len([p for p in world.receiver.to("/feed") if p.at > longer]) <= 2 and set(world.marks()) == {"a"}
    assert "300" in world.agent.set("NetworkServices HTTPS AnswerTimeout", 301, expect=None)


def test_a_balancer_without_servers_is_no_connection(world):
    """It takes connections and closes them. Nobody has to mend the certificates, so the waits are the short ones."""
    closes = socket.create_server((real.HOST, 0))
    taken = []

    def run():
        while True:
            try:
                connection, _ = closes.accept()
            except OSError:
                return
            taken.append(time.monotonic())
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
    threading.Thread(target=run, daemon=True).start()
    world.feed(closes.getsockname()[1])
    since = world.log.mark()
    world.agent.publish_event("a")
    told = world.log.wait("not delivered: .*closed the connection during the TLS handshake", since)
    assert re.search("next in [01] s", told), told
    real.wait_for(lambda: len(taken) >= 3, "two more attempts")
    status = world.agent.status("HttpFeedback 1")
    assert "HttpFeedback 1 Delivery LastVerdict" not in status or "REFUSED" not in status["HttpFeedback 1 Delivery LastVerdict"], status
    closes.shutdown(socket.SHUT_RDWR)
    closes.close()


def test_what_a_captive_portal_says_of_a_name_is_not_kept(world):
    """It answers each name with itself, for a day, and shows a certificate of its own. Then somebody logs in."""
    portal = subprocess.Popen(["openssl", "s_server", "-quiet", "-accept", f"127.0.0.9:{world.port}",
                               "-cert", (leaf := world.pki.leaf("portal.test", world.pki.root("Portal"))).path, "-key", leaf.key],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    names, port = Names(), real.free_port()
    names.known["good.test"] = ["127.0.0.9"]
    udp(real.HOST, port, names.reply)
    try:
        real.wait_for(lambda: socket.socket().connect_ex(("127.0.0.9", world.port)) == 0, "the portal listens")
        before = world.agent.get("Network 1 DNS Server 1 Address")
        world.agent.set("Network 1 DNS Server 1 Address", f"{real.HOST}:{port}")
        world.feed()
        since = world.log.mark()
        world.agent.publish_event("a")
        world.log.wait("VerifyResult=20=", since)
        names.known["good.test"] = [real.HOST]
        world.agent.run("xCommand HttpFeedback Queue Replay FeedbackSlot: 1")
        world.agent.wait_delivered()
        assert world.marks() == ["a"]
        world.agent.set("Network 1 DNS Server 1 Address", before)
    finally:
        portal.kill()
        portal.wait()


def test_a_server_of_http_2_only_is_called_so(world):
    script = ("import socket, ssl, sys\n"
              "c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1], sys.argv[2]); c.set_alpn_protocols(['h2'])\n"
              "l = socket.create_server(('127.0.0.1', int(sys.argv[3])))\n"
              "while True:\n"
              "    try:\n"
              "        s = c.wrap_socket(l.accept()[0], server_side=True); s.recv(65536)\n"
              "        s.sendall(bytes.fromhex('00000604000000000000030000006400000807000000000000000000000000' + '01'))\n"
              "    except OSError: pass\n")
    leaf, port = world.pki.leaf("good.test", world.root), real.free_port()
    server = subprocess.Popen([sys.executable, "-c", script, leaf.path, leaf.key, str(port)])
    try:
        real.wait_for(lambda: real.accepts(port), "the server listens")
        world.feed(port)
        since = world.log.mark()
        world.agent.publish_event("a")
        world.log.wait("not delivered: .* speaks HTTP/2 only", since)
    finally:
        server.kill()
        server.wait()
