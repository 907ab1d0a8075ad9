# SPDX-License-Identifier: MIT
"""The receivers of docs/receivers.md: signatures, repeats, order, and a restart; by hand, against an agent whose connection is cut, and against
a fleet."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import real
from pki import Pki
from test_jsxapi import install_package

PAGE = (real.ROOT / "docs" / "receivers.md").read_text()
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "receiver.test"


class Receiver:
    """One of the page's, as a process."""

    def __init__(self, folder, language, pki):
        self.folder, self.language = Path(folder), language
        self.pki, self.root = pki, pki.root("root")
        self.leaf = pki.leaf(NAME, self.root)
        self.bundle = pki.bundle([self.leaf])
        self.port = real.free_port()
        code = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S).group(1)
        if language == "python":
            self.script = self.folder / "receiver.py"
            self.command = [sys.executable, self.script]
        else:
            # Node.js looks for packages above the file.
            self.script = install_package("standardwebhooks", "1.1.1") / f"receiver-{os.getpid()}-{self.port}.mjs"
            self.command = [real.program("node"), self.script]
        self.script.write_text(code)
        self.process = None
        self.start()

    def start(self):
        self.process = real.Process([*self.command, self.bundle, self.leaf.key, str(self.port), self.folder / "state"], self.folder,
                                    {**os.environ, "WEBHOOK_SECRET": KEY}, f"receiver{random.randrange(1 << 30)}")
        real.wait_for(lambda: real.accepts(self.port) or not self.process.running(), "the receiver listens", explain=self.process.explain)
        assert self.process.running(), self.process.explain()

    def stop(self):
        self.process.kill()
        self.script.unlink(missing_ok=True)

    def delivered(self):
        return [json.loads(line) for line in self.process.said().splitlines() if line.startswith("{")]

    def said_repeats(self):
        return len(re.findall("came before", self.process.said()))

    def post(self, body, **headers):
        """One post by hand: its status."""
        context = ssl._create_unverified_context()
        c = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=real.PATIENCE)
        try:
            c.request("POST", "/oslo", body, {k.replace("_", "-"): str(v) for k, v in headers.items()})
            return c.getresponse().status
        finally:
            c.close()


def signed(name, body, stamp=None, key=KEY, **more):
    stamp = stamp or int(time.time())
    secret = base64.b64decode(key.removeprefix("whsec_"))
    code = base64.b64encode(hmac.new(secret, f"{name}.{stamp}.{body}".encode(), hashlib.sha256).digest()).decode()
    return {"webhook_id": name, "webhook_timestamp": stamp, "webhook_signature": f"v1,{code}", **more}


@pytest.fixture(params=["python", "javascript"])
def receiver(request, tmp_path):
    r = Receiver(tmp_path, request.param, Pki(tmp_path / "pki"))
    yield r
    r.stop()


def bodies(receiver):
    return [d["body"] for d in receiver.delivered()]


def test_only_what_is_signed_and_new_is_taken(receiver):
    good = signed("a", "first", Sealpost_Sequence=1)
    now = int(time.time())
    assert receiver.post("first", **{**good, "webhook_signature": "v1,AAAA"}) == 401
    assert receiver.post("second", **good) == 401, "the signature is another body's"
    assert receiver.post("first", **{**good, "webhook_id": "b"}) == 401
    assert receiver.post("first", **signed("a", "first", now - 400, Sealpost_Sequence=1)) == 401, "it was recorded"
    assert receiver.post("first", **signed("a", "first", now + 400, Sealpost_Sequence=1)) == 401
    assert receiver.post("first", **signed("a", "first", key="whsec_" + base64.b64encode(b"k" * 24).decode(), Sealpost_Sequence=1)) == 401
    assert receiver.post("first") == 401
    assert receiver.delivered() == []
    assert [receiver.post("first", **good), receiver.post("first", **good), receiver.post("first", **signed("a", "first", Sealpost_Sequence=1))] == [204] * 3
    real.wait_for(lambda: receiver.said_repeats() == 2, "repeats are told")
    assert bodies(receiver) == ["first"]
    try:
        assert receiver.post("x" * (1 << 20 | 1), **signed("c", "x")) == 413
    except OSError:
        pass        # it closes the connection while we still write
    assert receiver.post("second", **signed("d", "second", Sealpost_Sequence=2)) == 204 and bodies(receiver) == ["first", "second"]


@pytest.mark.parametrize("seed", [1, 2])
def test_posts_come_in_their_order(receiver, seed):
    """Sequences 3 and 4 were merged into 7, 9 and 10 are in a gap; 5, 6 and 8 are posts of their own. The first is known, then any order."""
    gap = ('<Event><HttpFeedback item="1"><Gap item="1"><Dropped item="1">2</Dropped><FirstSequence item="1">9</FirstSequence>'
           '<LastSequence item="1">10</LastSequence></Gap></HttpFeedback></Event>')
    posts = [("2", {"Sealpost_Sequence": 2}), ("5", {"Sealpost_Sequence": 5}), ("6", {"Sealpost_Sequence": 6}),
             ("7", {"Sealpost_Sequence": 7, "Sealpost_Coalesced": "first=3, count=2"}), ("8", {"Sealpost_Sequence": 8}),
             (gap, {"Sealpost_Gap": 10}), ("11", {"Sealpost_Sequence": 11}), ("12", {"Sealpost_Sequence": 12})]
    random.Random(seed).shuffle(posts)
    receiver.before = []
    for number, (body, headers) in enumerate([("1", {"Sealpost_Sequence": 1}), *posts]):
        assert receiver.post(body, **signed(f"id-{number}-{body[:2]}", body, **headers)) == 204
        found = [int(b) for b in receiver.before + bodies(receiver) if b.isdigit()]
        assert found == sorted(found) and found[:1] == [1]
        if number == 4:     # what waits is not lost
            receiver.process.kill()
            receiver.before = bodies(receiver)
            receiver.start()
    real.wait_for(lambda: len(receiver.before + bodies(receiver)) == 9, "all are handed on", explain=receiver.process.explain)
    assert [b for b in receiver.before + bodies(receiver) if b.isdigit()] == ["1", "2", "5", "6", "7", "8", "11", "12"]


class Cutter:
    """Stands between agent and receiver, and ends a connection when the receiver's answer comes, so that it is lost."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.behind, self.cuts_left, self.cut = self.listener.getsockname()[1], port, 0, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.behind))
            state = {"posted": False}
            for a, b, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.copy, args=(a, b, up, state), daemon=True).start()

    def copy(self, a, b, up, state):
        try:
            while data := a.recv(65536):
                if up and len(data) > 500 and data[0] == 23:        # TLS application data that is as long as a post
                    state["posted"] = True
                if not up and state["posted"] and self.cuts_left:
                    self.cuts_left -= 1
                    self.cut += 1
                    break
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


@pytest.mark.parametrize("order", ["Strict", "Window"])
def test_an_agent_whose_connection_is_cut(receiver, tmp_path, order):
    site = real.Site(tmp_path, receiver.pki, [f"HttpFeedback Slot 1 Secret: {KEY}", f"HttpFeedback Order: {order}", "HttpFeedback Window: 4"])
    cutter = site.keep(Cutter(receiver.port))
    try:
        site.agent.start()
        site.agent.upload(receiver.root)
        site.synchronised()
        site.agent.register(f"https://{NAME}:{cutter.port}/oslo", expressions=["/Event"])
        cutter.cuts_left = 2
        for n in range(12):
            site.agent.publish(f"<Event><UserInterface><Number>{n}</Number></UserInterface></Event>")
        real.wait_for(lambda: len(receiver.delivered()) >= 12, "all posts are handed on", explain=lambda: site.log.tail() + receiver.process.explain())
        real.wait_for(lambda: cutter.cut == 2 and receiver.said_repeats() >= 1, "the answers that were lost make repeats",
                      explain=lambda: site.log.tail() + receiver.process.explain())
        numbers = [int(re.search(r"<Number[^>]*>(\d+)<", b).group(1)) for b in bodies(receiver)]
        assert numbers == list(range(12))
    finally:
        site.close()


def test_a_fleet_has_nothing_to_say_against_them(receiver, tmp_path):
    (tmp_path / "key").write_text(KEY)
    r = subprocess.run([real.BUILD / "sealpost-lab", "fleet", "10", "--feedback", f"https://{NAME}/oslo", "--connect", f"127.0.0.1:{receiver.port}",
                        "--roots", receiver.root.path, "--secret-file", tmp_path / "key", "--faults", "100", "--seconds", "4", "--every", "1",
                        "--ramp", "1", "--json"], text=True, capture_output=True, timeout=60)
    assert r.returncode == 0, r.stdout + r.stderr
    report = json.loads(r.stdout)
    assert report["faults"]["forged"] > 0 and report["forged_accepted"] == 0 and report["accepted"] > 10
    names = [d["id"] for d in receiver.delivered()]
    assert len(names) == len(set(names)) and not any(n.endswith("-forged") for n in names)
