# SPDX-License-Identifier: MIT
"""The step from Level 3 to Level 4 cannot strand a device: with each of the lab's TLS faults it is told before, and nothing is changed. A
setting that is typed alone takes effect, and says what it cuts off."""
import re

import pytest

import real
from world import Lab, faults

VERIFY = "NetworkServices HTTPS VerifyServerCertificate"
SETTLED = [f for f in faults("tls") if f["code"] >= 0 and f["name"] != "ask-client"]
SILENT = ["plain-http", "close", "tls1.1"]


@pytest.fixture
def world(tmp_path):
    log = real.Syslog(tmp_path)
    lab = Lab(tmp_path)
    agent = lab.agent(tmp_path, log, [f"{VERIFY}: Off", "Security Revocation Mode: Soft"]).start()
    yield lab, agent
    agent.stop()
    lab.stop()
    log.stop()


def servers(answer):
    """Service to {After, Before, Code, Hint, Host} of each server of the table."""
    rows = {}
    for number, name, text in re.findall(r'^\*r \S+ Server (\d+) (\w+): "?(.*?)"?\r?$', answer, re.M):
        rows.setdefault(number, {})[name] = text
    return {r["Service"]: r for r in rows.values()}


def said(answer, name):
    found = re.search(rf'^\*r \S+ {name}: "?(.*?)"?\r?$', answer, re.M)
    return found and found.group(1)


def enforce(agent, *words, expect=0):
    return agent.sealpost("xCommand", "Security", "Enforce", *words, expect=expect)


def ready(lab, agent):
    lab.upload_root(agent)
    agent.sealpost("xCommand", "Security", "Certificates", "CRL", "Add", stdin=lab.crl.read_text())
    agent.register(lab.url())
    agent.publish_event("first")
    agent.wait_delivered()


def test_each_fault_is_told_before(world):
    lab, agent = world
    ready(lab, agent)
    for fault in SETTLED:
        lab.set("tls", fault["name"])
        # the lab's certificates are for the manager's name, some of them for no other
        answer = enforce(agent, "Level:", "4", *(["DryRun:", "True"] if fault["code"] == 0 else []), expect=None)
        row = servers(answer)["ExternalManager"]
        assert row["Code"].startswith(f"{fault['code']}=") and row["Host"].startswith("manager.sealpost.test"), (fault, answer)
        if fault["code"] == 0:
            assert row["After"] == "Trusted", (fault, answer)
            continue
        assert said(answer, "Outcome") == "Fail" and said(answer, "Changed") == "False", (fault, answer)
        assert (row["Before"], row["After"]) == ("Unverified", "Refused") and row["Hint"], (fault, answer)
        assert agent.get(VERIFY) == "Off"
    agent.publish_event("last")     # the last fault is still there, and nothing is stranded
    agent.wait_delivered()


def test_who_cannot_be_asked_is_told(world):
    lab, agent = world
    ready(lab, agent)
    for name in SILENT:
        lab.set("tls", name)
        answer = enforce(agent, "Level:", "4", "DryRun:", "True")
        row = servers(answer)["HttpFeedback 1"]
        assert (row["Before"], row["After"]) == ("Unreachable", "Unreachable") and row["Hint"], (name, answer)


def test_the_step_and_back(world):
    lab, agent = world
    ready(lab, agent)
    before = len(lab.posts())
    answer = enforce(agent, "Level:", "4")
    assert said(answer, "Outcome") == "Pass" and said(answer, "Changed") == "True" and said(answer, "CutOff") == "0", answer
    assert len([p for p in lab.posts()[before:] if p["service"] == "feedback"]) == 0, "nothing is sent"
    assert agent.get(VERIFY) == "On" and agent.get("Provisioning TlsVerify") == "On"
    agent.publish_event("verified")
    agent.wait_delivered()
    lab.set("tls", "expired")
    assert said(enforce(agent, "Level:", "3"), "Changed") == "True" and agent.get(VERIFY) == "Off"


def test_settings_are_tried(world):
    lab, agent = world
    ready(lab, agent)
    lab.set("tls", "cn-only")
    lines = [f"xConfiguration {VERIFY}: On", "# a comment", "Security Verification CommonName: Off"]
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="\n".join(lines), expect=1)
    assert servers(answer)["ExternalManager"]["After"] == "Refused" and said(answer, "Changed") == "False", answer
    assert (agent.get(VERIFY), agent.get("Security Verification CommonName")) == ("Off", "On")
    lab.set("tls", "good")
    document = "<Configuration><NetworkServices><HTTPS><VerifyServerCertificate>On</VerifyServerCertificate></HTTPS></NetworkServices></Configuration>"
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=document)
    assert servers(answer)["HttpFeedback 1"]["After"] == "Trusted", answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="NetworkServices NTP Server 1 Address: nowhere.sealpost.test\n", expect=1)
    assert servers(answer)["NTP"]["After"] == "Unreachable" and servers(answer)["NTP"]["Hint"], answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="Network 1 DNS Server 1 Address: 127.0.0.1:9\n", expect=1)
    assert servers(answer)["HttpFeedback 1"]["After"] == "Unreachable" and servers(answer)["HttpFeedback 1"]["Before"] == "Trusted", answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=f"{VERIFY}: On\nPhonebook Server 1 URL: https://127.0.0.1:{lab.https}/\n"
                            "Phonebook Server 1 Type: TMS\n", expect=None)
    assert "host name" in servers(answer)["Phonebook"]["Hint"], answer
    for wrong, line in (("nonsense: On", "line 1"), (f"\n{VERIFY}: Maybe", "line 2")):
        assert line in agent.sealpost("xCommand", "Configuration", "Try", stdin=wrong, expect=None)


def test_one_setting_says_what_it_cuts_off(world):
    lab, agent = world
    ready(lab, agent)
    lab.set("tls", "expired")
    agent.publish_event("accepted all the same")
    agent.wait_delivered()
    agent.log.wait("10=CERT_HAS_EXPIRED.*HttpFeedback 1")
    lab.stop()      # nobody can be asked
    pasted = agent.run(*(f'xConfiguration SystemUnit Name: "{i}"' for i in range(39)), f"xConfiguration {VERIFY}: On")
    told = re.findall(r'^\*r \S+ Warning (\d+): "(.*)"\r?$', pasted, re.M)
    assert any("HttpFeedback 1" in text and "10=CERT_HAS_EXPIRED" in text for _, text in told), pasted
    assert all("To go back: xCommand Configuration Reset Path: " in text for _, text in told), told
    assert agent.get(VERIFY) == "On", "it takes effect all the same"
    agent.log.wait("configuration: This cuts off HttpFeedback 1, .*feedback.sealpost.test.*10=CERT_HAS_EXPIRED.*To go back")

    def messages():
        return [v for k, v in agent.status("Diagnostics").items() if k.endswith("Type")]
    real.wait_for(lambda: "CutOff" in messages(), "the message", explain=lambda: str(agent.status("Diagnostics")))
    assert "Warning" not in agent.run(f"xConfiguration {VERIFY}: Off")
    real.wait_for(lambda: "CutOff" not in messages(), "no message", explain=lambda: str(agent.status("Diagnostics")))
