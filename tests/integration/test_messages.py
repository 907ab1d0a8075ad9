# SPDX-License-Identifier: MIT
"""xStatus Diagnostics Message: what is wrong with the device now, with its cure; told by xFeedback, too, and gone when it is mended."""
import subprocess

import pytest

import real
from pki import Pki
from world import Lab


@pytest.fixture
def world(tmp_path):
    log = real.Syslog(tmp_path)
    lab = Lab(tmp_path)
    agent = lab.agent(tmp_path, log).start()
    yield lab, agent
    agent.stop()
    lab.stop()
    log.stop()


def messages(agent):
    """Type to (level, description, number) of each message that the status has now."""
    found = agent.messages()
    for m in found.values():
        assert set(m) == {"Description", "Level", "References", "Type"} and all(m.values()), m
        assert m["Description"].endswith(".") and m["References"].split()[0] in ("xStatus", "xConfiguration", "xCommand"), m
    return {m["Type"]: (m["Level"], m["Description"], number) for number, m in found.items()}


def waits(agent, condition, what):
    return real.wait_for(lambda: condition(messages(agent)), what, explain=lambda: str(agent.messages()))


def test_from_the_first_start_to_good(world):
    lab, agent = world
    waits(agent, lambda m: m.get("NoRoots", ("",))[0] == "Critical", "no root is told")
    lab.upload_root(agent)
    agent.provision(expect=None)
    waits(agent, lambda m: not m, "all is well")


def test_they_come_and_go(world, tmp_path):
    lab, agent = world
    lab.upload_root(agent)
    agent.register(lab.url())
    waits(agent, lambda m: not m, "all is well")
    with open(tmp_path / "told", "w") as told:
        follower = subprocess.Popen([agent.build / "sealpost", "--follow", "xFeedback", "Register", "/Status/Diagnostics"], stdout=told,
                                    env=agent.command_env)
    try:
        lab.set("tls", "expired")
        agent.publish_event("one")
        m = waits(agent, lambda m: m if {"CertificateRefused", "FeedbackFailed"} <= set(m) else None, "a refused server is told")
        assert m["CertificateRefused"][0] == m["FeedbackFailed"][0] == "Error" and "10=CERT_HAS_EXPIRED" in m["CertificateRefused"][1]
        assert min(number for _, _, number in m.values()) == 101, "below are the numbers of codec software"
        real.wait_for(lambda: "Level: Error\n" in (tmp_path / "told").read_text(), "xFeedback tells it")
        agent.set("HttpFeedback TlsVerify", "Off")
        off = waits(agent, lambda m: m.get("VerificationOff"), "verification that is off is told")
        assert off[0] == "Warning" and "HttpFeedback 1" in off[1]
        agent.set("HttpFeedback TlsVerify", "On")
        lab.set("tls", "good")
        agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
        agent.publish_event("two")      # after which there is a new verdict
        waits(agent, lambda m: not m, "all is well again")
        real.wait_for(lambda: "Diagnostics Message 101 (ghost=True)" in (tmp_path / "told").read_text(), "xFeedback tells that it is gone")
    finally:
        follower.kill()
        follower.wait()


def test_what_software_publishes_stays(world):
    lab, agent = world
    lab.upload_root(agent)
    agent.publish("<Status><Diagnostics><Message item=\"1\" maxOccurrence=\"n\"><Level>Error</Level><Type>SpeakerTrack</Type>"
                  "<Description>The array is loose.</Description><References>xStatus Cameras</References></Message></Diagnostics></Status>")
    agent.set("Provisioning TlsVerify", "Off")
    m = waits(agent, lambda m: m if "VerificationOff" in m else None, "the agent's own message")
    assert m["SpeakerTrack"] == ("Error", "The array is loose.", 1) and m["VerificationOff"][2] > 100
    agent.set("Provisioning TlsVerify", "On")
    waits(agent, lambda m: set(m) == {"SpeakerTrack"}, "the software's message alone")


def test_ends_and_own_certificates(world, tmp_path):
    lab, agent = world
    lab.upload_root(agent)
    short = Pki(tmp_path / "pki").root("Short", days=(-30, 3))
    agent.upload(short)
    m = waits(agent, lambda m: m.get("CertificateExpiry"), "a root that ends soon")
    assert m[0] == "Error" and "/CN=Short" in m[1] and "have it renewed" in m[1]
    said = agent.sealpost("xCommand", "Security", "Certificates", "Services", "SelfSigned", "Create", "CommonName:", "self.test")
    fingerprint = said.split('Fingerprint: "')[1].split('"')[0]
    agent.run(f"xCommand Security Certificates Services Activate Fingerprint: {fingerprint} Purpose: HTTPS")
    assert waits(agent, lambda m: m.get("SelfSignedHttps"), "a self-signed certificate for HTTPS")[0] == "Warning"


def test_dead_letters_and_queues(world):
    lab, agent = world
    lab.upload_root(agent)
    agent.register(lab.url())
    lab.set("http", "status", "400")
    agent.publish_event("one")
    assert waits(agent, lambda m: m.get("DeadLetters"), "a post that was refused for good")[0] == "Warning"
    agent.run("xCommand HttpFeedback DeadLetters Purge FeedbackSlot: 1")
    lab.set("http", "wrong-type")
    agent.publish_event("page")
    assert waits(agent, lambda m: m.get("FeedbackPage"), "a post that was answered by a page")[0] == "Warning"
    assert len(agent.log.find("HttpFeedback 1: post .* was answered with HTTP 200 and an HTML page")) == 1
    lab.set("http", "status", "404")
    agent.publish_event("nowhere")
    agent.log.wait("not delivered: the server answered HTTP 404: there is nothing at this path .ServerUrl of xCommand HttpFeedback Register")
    lab.set("http", "status", "503")
    agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    for i in range(101):
        agent.publish_event(f"more {i}")
    assert waits(agent, lambda m: m.get("QueueGrowing"), "a queue that grows")[0] == "Warning"


def test_the_manager_and_the_date(world):
    lab, agent = world
    lab.upload_root(agent)
    waits(agent, lambda m: not m, "all is well")
    agent.set("Time Zone", "Europe/Olso")
    m = waits(agent, lambda m: m.get("TimeZone"), "a time zone that is none")
    assert m[0] == "Warning" and 'Europe/Olso' in m[1]
    agent.set("Time Zone", "Etc/UTC")
    waits(agent, lambda m: not m, "all is well")
    lab.set("http", "status", "503")
    agent.provision(expect=None)
    m = waits(agent, lambda m: m.get("ManagerUnreachable"), "a manager that is away")
    assert m[0] == "Error" and "503" in m[1]
    agent.set("NetworkServices NTP Server 1 Address", "127.0.0.1:9")
    assert waits(agent, lambda m: m.get("DateUnknown"), "no date")[0] == "Critical"
