# SPDX-License-Identifier: MIT
"""The whole round of the vendor's guide to secure management: a device is locked down, added, enforced and verified, at Level 3
(encrypted) and at Level 4 (encrypted and verified), by a management server in secure-only mode. test_secure_device.py has the same round with the
steps that are done in a browser."""
import pytest

from real import Agent, Syslog, wait_for
from world import Lab

DEVICE = "rm204-bld5"
# What the guide has an administrator paste, with the lab's servers in place of its own.
LEVEL_3 = """xconfig networkservices http mode: off
xconfig networkservices https mode: on
xconfig networkservices telnet mode: off
xconfig networkservices snmp mode: off
xconfig networkservices ssh mode: on
xconfig networkservices https verifyservercertificate: off
xconfig provisioning externalmanager address: 127.0.0.1
xconfig provisioning externalmanager protocol: https
xconfig provisioning externalservices mode: off
xconfig phonebook server 1 url: 127.0.0.1
xconfig systemunit name: rm204-bld5"""
LEVEL_4 = """xconfig networkservices ntp mode: on
xconfig networkservices ntp address: {ntp}
xconfig network 1 dns server 1 address: {dns}
xconfig network 1 dns domain name: sealpost.test"""


class Round:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.lab.set("heartbeat", 10)
        self.agent = Agent(folder, self.log).start()
        self.agent.run(*LEVEL_3.splitlines())
        self.agent.run(*LEVEL_4.format(ntp=f"127.0.0.1:{self.lab.ntp}", dns=f"127.0.0.1:{self.lab.dns}").splitlines())
        self.log.wait("manager: idle: .*127.0.0.1")

    def point(self):
        """The administrator lets it talk to the manager."""
        self.agent.run(f"xconfig provisioning externalmanager address: manager.sealpost.test:{self.lab.https}")

    def now(self):
        self.agent.provision()

    def wait_device(self, state, seconds=30):
        return wait_for(lambda: (lambda d: d if d.get("state") == state else None)(self.lab.device(DEVICE)),
                        f"{DEVICE} {state}", seconds, lambda: f"{self.lab.order('devices')}{self.log.tail()}")

    def close(self):
        try:
            self.agent.stop()
        finally:
            if self.agent.process.running():
                self.agent.kill()
            self.lab.stop()
            self.log.stop()


@pytest.fixture
def world(tmp_path):
    w = Round(tmp_path)
    yield w
    w.close()


def test_level_3_then_level_4(world):
    lab, agent = world.lab, world.agent
    lab.set("secure-only", "level3")
    world.point()
    world.wait_device("Registered")     # heard of, but nobody's business before it is added
    assert not lab.device(DEVICE)["added"]
    lab.order("add", DEVICE)
    world.now()
    device = world.wait_device("Verified")
    assert device["added"] and device["mac"].count(":") == 5
    assert agent.get("NetworkServices HTTPS VerifyServerCertificate") == "Off"
    assert agent.get("Phonebook Server 1 URL").startswith("https://phonebook.sealpost.test")
    assert "code.aspx" in agent.run("xStatus HttpFeedback 3 URL")
    # Level 4: the root first, then the server enforces verification.
    lab.upload_root(agent)
    lab.set("secure-only", "level4")
    world.now()
    wait_for(lambda: agent.get("NetworkServices HTTPS VerifyServerCertificate") == "On", "verification", 30, world.log.tail)
    world.wait_device("Verified")
    wait_for(lambda: agent.status("Provisioning").get("Provisioning VerifyResult") == "0", "a verdict on the manager", explain=world.log.tail)
    # A server that goes bad hears nothing more, and knows why.
    lab.set("tls", "expired")
    posts = lab.status()["posts"]
    world.now()
    ticket = wait_for(lambda: lab.tickets(), "a ticket", 30, world.log.tail)[0]
    assert ticket["device"] == DEVICE and ticket["kind"] == "certificate validation error" and "expired" in ticket["detail"]
    assert lab.status()["posts"] == posts
    lab.set("tls", "good")
    world.now()
    wait_for(lambda: not lab.tickets(), "the ticket solved", 60, world.log.tail)
    assert lab.tickets(only_open=False)[0]["solved"]


def test_level_4_wants_what_a_weaker_push_cannot_take(world):
    """A device that verifies is not talked out of it; the server sees that it differs."""
    lab, agent = world.lab, world.agent
    lab.upload_root(agent)
    agent.run("xconfig networkservices https verifyservercertificate: on")
    lab.set("secure-only", "level3")
    lab.order("add", DEVICE)
    assert lab.device(DEVICE)["state"] == "Waiting"
    world.point()
    device = world.wait_device("Differs")
    assert "VerifyServerCertificate" in device["differs"]
    assert agent.get("NetworkServices HTTPS VerifyServerCertificate") == "On"


def test_a_device_that_falls_silent(world):
    lab, agent = world.lab, world.agent
    lab.upload_root(agent)
    lab.order("add", DEVICE)
    world.point()
    world.wait_device("Registered")
    agent.run("xconfig provisioning externalmanager address: 127.0.0.1")
    assert not lab.tickets()
    lab.set("heartbeat", 1)             # shorter than the agent can beat: the server's patience ends after 7.5 s instead of 30
    ticket = wait_for(lambda: lab.tickets(), "a ticket", 45)[0]
    assert ticket["kind"] == "HTTPS connection failure" and "no event for" in ticket["detail"]
    assert "open" in lab.order("tickets") and DEVICE in lab.order("devices")
    lab.set("heartbeat", 10)
    world.point()
    wait_for(lambda: not lab.tickets(), "the ticket solved", 20)
