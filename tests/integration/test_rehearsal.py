# SPDX-License-Identifier: MIT
"""A certificate's whole life beside services that go on, in the lab: the server demands a client certificate and lets nobody else through.
The request is made on the device, signed, added, activated; it is renewed with the old key, and the old one goes; then the lab's root is
rotated with overlap. From the first certificate on no heartbeat fails, and no event is lost."""
import re
import subprocess

import pytest

from real import Syslog, wait_for
from test_certificates import SERVICES, activate, certificates, own, requests
from test_trust_store import value
from world import Lab


class World:
    def __init__(self, folder):
        self.folder, self.log, self.lab = folder, Syslog(folder), Lab(folder)
        # Beats come when the test asks for them: the lab closes all connections when its certificate changes, and one that is under way just
        # then would be sent again.
        self.lab.set("heartbeat", 300)
        self.lab.set("tls", "ask-client")
        self.agent = self.lab.agent(folder, self.log)
        self.sent = 0

    def event(self, n=1):
        for _ in range(n):
            self.sent += 1
            self.agent.publish_event(f"number-{self.sent}")

    def arrived(self):
        bodies = "".join(p["body"] for p in self.lab.posts(service="feedback") if 200 <= p["status"] < 300)
        return [int(n) for n in re.findall("number-([0-9]+)", bodies)]

    def all_arrived(self):
        wait_for(lambda: self.arrived() == list(range(1, self.sent + 1)), f"{self.sent} events, each once and in order", 60,
                 lambda: f"{self.arrived()}\n{self.log.tail()}")

    def beat(self):
        """A heartbeat now, and its arrival."""
        before = len(self.lab.posts(service="manager"))
        self.agent.provision()
        wait_for(lambda: len(self.lab.posts(service="manager")) > before, "a heartbeat", 30, self.log.tail)

    def sign(self, request):
        file = self.folder / "request.csr"
        file.write_text(request)
        return self.lab.order("sign", file)

    def upload_roots(self):
        certificates(self.agent, ["Certificates", "CA", "Upload"], stdin=self.lab.root.read_text())

    def close(self):
        self.agent.kill()
        self.lab.stop()
        self.log.stop()


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def create(world, name, *words):
    return value(certificates(world.agent, ["Certificates", "CSR", "Create", "Name:", name, *words]), "PEM")


def dry_run(world, text):
    answer = certificates(world.agent, [*SERVICES, "Add", "DryRun:", "True"], stdin=text)
    return {value(s, "ClientCertificate") for s in answer["Server"]}


def public_key(text):
    return subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=text, text=True, check=True, capture_output=True).stdout


def renew(world, name, old):
    """A request with the old key, its answer added and activated, the old certificate deleted; posts go on all the while."""
    agent = world.agent
    world.event(2)
    answer = world.sign(create(world, name, "Fingerprint:", old))
    world.event(2)
    assert dry_run(world, answer) == {"Accepted"}
    new = value(certificates(agent, [*SERVICES, "Add"], stdin=answer), "Fingerprint")
    world.event(2)
    assert old in value(activate(agent, new), "Replaced")
    world.event(2)
    certificates(agent, [*SERVICES, "Delete", "Fingerprint:", old])
    world.event(2)
    world.beat()
    world.all_arrived()
    assert [value(d, "Fingerprint") for d in own(agent)] == [new] and requests(agent) == []
    return new, answer


def test_from_the_first_request_to_a_new_root(world):
    agent = world.agent
    agent.start()
    world.log.wait("clock: synchronised")
    world.lab.upload_root(agent)
    agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot:", "1", "ServerUrl:", world.lab.url(), "Expression:", "/Event",
                   expect=None)
    world.event()
    world.log.wait("HttpFeedback 1: post .* not delivered")
    assert world.arrived() == [] and world.lab.posts(service="manager") == []

    # the first certificate
    answer = world.sign(create(world, "first", "CommonName:", "codec.sealpost.test"))
    assert dry_run(world, answer) == {"Accepted"}
    first = value(certificates(agent, ["Certificates", "CSR", "Link"], stdin=answer), "Fingerprint")
    activate(agent, first)
    world.all_arrived()
    world.beat()
    mark = world.log.mark()

    second, again = renew(world, "renewal", first)
    assert public_key(answer) == public_key(again)
    assert world.lab.posts()[-1]["client"].endswith("/CN=codec.sealpost.test")

    # the root: the new one comes beside the old one, the server changes, the device's certificate follows, the old root goes
    world.lab.order("rotate", "begin")
    world.upload_roots()
    world.event(2)
    world.beat()
    world.lab.order("rotate", "switch")
    world.event(2)
    world.beat()
    world.all_arrived()
    third, _ = renew(world, "below-the-new-root", second)
    world.lab.order("rotate", "end")
    world.upload_roots()
    assert len(certificates(agent, ["Certificates", "CA", "Show"])["Details"]) == 1
    world.event(2)
    world.beat()
    world.all_arrived()

    # nothing failed from the first certificate on
    assert [line for line in world.log.lines[mark:] if re.search(r"(manager|HttpFeedback \d): .*failed|VerifyResult=[^0]", line)] == []
    assert agent.status("Provisioning")["Provisioning Status"] == "Provisioned"
    agent.restart()     # and all of it is what a restart finds
    assert [value(d, "Fingerprint") for d in own(agent)] == [third]
    world.event(2)
    world.all_arrived()
