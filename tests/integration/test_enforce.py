# SPDX-License-Identifier: MIT
"""The step from Level 3 to Level 4 cannot strand a device: with each of the lab's TLS faults it is told before, and nothing is changed. A
setting that is typed alone takes effect, and says what it cuts off."""
import random
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import real
from pki import Pki
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
    lab.streams(agent)
    ready(lab, agent)
    for fault in SETTLED:
        lab.set("tls", fault["name"])
        # the lab's certificates are for the manager's name, some of them for no other
        answer = enforce(agent, "Level:", "4", *(["DryRun:", "True"] if fault["code"] == 0 else []), expect=None)
        row = real.servers(answer)["ExternalManager"]
        assert row["Code"].startswith(f"{fault['code']}=") and row["Host"].startswith("manager.sealpost.test"), (fault, answer)
        log, keys = real.servers(answer)["Logging"], real.servers(answer)["NTS 2"]
        assert log["Host"] == keys["Host"] == f"manager.sealpost.test:{lab.https}"
        assert log["Code"].startswith(f"{fault['code']}="), (fault, answer)
        if fault["name"] != "tls1.2":       # keys for NTS want TLS 1.3; they are always verified
            assert keys["Code"].startswith(f"{fault['code']}=") and keys["Before"] == keys["After"], (fault, answer)
            assert keys["After"] == ("Trusted" if fault["code"] == 0 else "Refused"), (fault, answer)
        if fault["code"] == 0:
            assert row["After"] == log["After"] == "Trusted", (fault, answer)
            continue
        assert (log["Before"], log["After"]) == ("Unverified", "Refused") and log["Hint"], (fault, answer)
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
        row = real.servers(answer)["HttpFeedback 1"]
        assert (row["Before"], row["After"]) == ("Unreachable", "Unreachable") and row["Hint"], (name, answer)


def test_level_4_verifies_the_log_server(world):
    lab, agent = world
    lab.streams(agent)
    agent.set("Logging External TlsVerify", "Off")
    ready(lab, agent)
    lab.set("tls", "expired")
    agent.set("SystemUnit Name", "another")     # the line of which needs a new connection
    agent.log.wait('10=CERT_HAS_EXPIRED.*service=Logging')
    told = agent.run("xConfiguration Logging External TlsVerify: On")
    assert re.search(r"This cuts off Logging, .*10=CERT_HAS_EXPIRED.*To go back: xConfiguration Logging External TlsVerify: .*Off", told), told
    agent.set("Logging External TlsVerify", "Off")
    lab.set("tls", "good")
    answer = enforce(agent, "Level:", "4")
    assert said(answer, "Changed") == "True" and agent.get("Logging External TlsVerify") == "On", answer


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
    assert real.servers(answer)["ExternalManager"]["After"] == "Refused" and said(answer, "Changed") == "False", answer
    assert (agent.get(VERIFY), agent.get("Security Verification CommonName")) == ("Off", "On")
    lab.set("tls", "good")
    document = "<Configuration><NetworkServices><HTTPS><VerifyServerCertificate>On</VerifyServerCertificate></HTTPS></NetworkServices></Configuration>"
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=document)
    assert real.servers(answer)["HttpFeedback 1"]["After"] == "Trusted", answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="NetworkServices NTP Server 1 Address: nowhere.sealpost.test\n", expect=1)
    assert real.servers(answer)["NTP"]["After"] == "Unreachable" and real.servers(answer)["NTP"]["Hint"], answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="Network 1 DNS Server 1 Address: 127.0.0.1:9\n", expect=1)
    assert real.servers(answer)["HttpFeedback 1"]["After"] == "Unreachable" and real.servers(answer)["HttpFeedback 1"]["Before"] == "Trusted", answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=f"{VERIFY}: On\nPhonebook Server 1 URL: https://127.0.0.1:{lab.https}/\n"
                            "Phonebook Server 1 Type: TMS\n", expect=None)
    assert "host name" in real.servers(answer)["Phonebook"]["Hint"], answer
    for wrong, line in (("nonsense: On", "line 1"), (f"\n{VERIFY}: Maybe", "line 2"), ("<Configuration><Quantum>On</Quantum></Configuration>", "Quantum"),
                        ("<Status/>", "whose root is Configuration")):
        assert line in agent.sealpost("xCommand", "Configuration", "Try", stdin=wrong, expect=None)


OLDER = "ExternalManager Server Certificate Verify Mode"     # stands for two
BOTH = ["Provisioning TlsVerify", "HttpFeedback TlsVerify"]


def test_what_the_terminal_shows_is_tried_and_made(world):
    """Lines of xConfiguration's answer, and a name of older systems for two settings; what is refused leaves a line in the audit."""
    lab, agent = world
    ready(lab, agent)
    shown = [line for line in agent.run("xConfiguration").splitlines() if line.startswith("*c ")]
    document = f"<Configuration>{''.join(f'<{w}>' for w in OLDER.split())}On{''.join(f'</{w}>' for w in reversed(OLDER.split()))}</Configuration>"
    for body in ("\n".join([*shown, f"*c xConfiguration {OLDER}: On"]), document):
        agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", stdin=body)
        assert [agent.get(path) for path in BOTH] == ["On", "On"]
        assert set(BOTH) <= set(agent.window()["Holds"].split(", "))
        agent.run("xCommand Configuration Confirm TakeBack: True")
        assert [agent.get(path) for path in BOTH] == ["Off", "Off"]
    answer = agent.sealpost("xPutxml", stdin=document)
    assert "<Success" in answer and [agent.get(path) for path in BOTH] == ["On", "On"], answer
    mark = agent.log.mark()
    agent.sealpost("xCommand", "Configuration", "Try", stdin="Quantum: On\n", expect=None)
    agent.log.wait("audit: refused: command Configuration Try: nothing is changed, since the settings have 1 mistake", mark)
    agent.run("xCommand Configuration Confirm", expect=None)
    agent.log.wait("audit: refused: command Configuration Confirm: no change waits", mark)
    lab.set("tls", "expired")
    agent.set(VERIFY, "Off")
    for path in BOTH:
        agent.run(f'xCommand Configuration Reset Path: "{path}"')
    assert said(enforce(agent, "Level:", "4", expect=1), "Changed") == "False"       # a fault that is found is no refusal
    enforce(agent, "Level:", "4", "Force:", "True", "ConfirmWithin:", "60", expect=1)
    mark = agent.log.mark()
    enforce(agent, "Level:", "3", "ConfirmWithin:", "60", expect=None)
    agent.log.wait('audit: refused: command Security Enforce Level: "3".*waits to be confirmed', mark)
    assert not agent.log.find("audit: refused: command Security Enforce Level: .4")


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
    real.wait_for(lambda: "CutOff" in str(agent.messages()), "the message", explain=lambda: str(agent.messages()))
    assert "Warning" not in agent.run(f"xConfiguration {VERIFY}: Off")
    real.wait_for(lambda: "CutOff" not in str(agent.messages()), "no message", explain=lambda: str(agent.messages()))


def test_each_change_says_what_it_cuts_off(world):
    """All roots deleted at once, a document of settings, a revocation list added or deleted; not what changes nothing."""
    lab, agent = world
    certificates = ["xCommand", "Security", "Certificates"]
    lists = [*certificates, "CRL"]
    document = "<Configuration><Security><Revocation><Mode>Hard</Mode></Revocation></Security></Configuration>"

    def warns(answer, code):
        told = re.findall(r'Warning.*This cuts off HttpFeedback 1, .*?(\d+)=.*To go back', answer)
        assert told == ([str(code)] if code else []), (code, answer)
    ready(lab, agent)
    warns(agent.run(f"xConfiguration {VERIFY}: On"), None)
    warns(agent.run("certificate del root"), 50)
    warns(agent.run("certificate del root"), None)
    warns(agent.sealpost(*certificates, "CA", "Restore"), None)
    answer = agent.sealpost("xPutxml", stdin=document)
    assert "<Success" in answer
    warns(answer, None)
    for digest, code in zip(re.findall(r' Fingerprint: "(\w+)"', agent.sealpost(*lists, "Show")), (3, None), strict=True):
        warns(agent.sealpost(*lists, "Delete", "Fingerprint:", digest), code)       # whom the first has cut off, the second does not
    agent.run("xConfiguration Security Revocation Mode: Soft")
    answer = agent.sealpost("xPutxml", stdin=document)
    assert "<Success" in answer
    warns(answer, 3)
    agent.run("xConfiguration Security Revocation Mode: Soft")
    lab.set("tls", "revoked")
    agent.publish_event("under a certificate that nobody has revoked yet")
    agent.wait_delivered()
    warns(agent.sealpost(*lists, "Add", stdin=lab.crl.read_text()), 23)
    warns(agent.sealpost(*lists, "Add", stdin=lab.crl.read_text()), None)


# --- changes that are taken back unless they are confirmed

def forced(agent, *words):
    """Level 4 although the server's certificate has expired, for a minute."""
    return enforce(agent, "Level:", "4", "Force:", "True", "ConfirmWithin:", "1", *words, expect=1)


def not_confirmed(lab, agent):
    """Of a minute; tests/slow calls it."""
    ready(lab, agent)
    lab.set("tls", "expired")
    answer = forced(agent)
    assert said(answer, "Changed") == "True" and f"Window Before 1: \"{VERIFY}: not set\"" in answer, answer
    assert agent.get(VERIFY) == "On" and agent.window()["State"] == "Open" and "VerifyServerCertificate" in agent.window()["Holds"]
    assert "waits to be confirmed" in enforce(agent, "Level:", "4", "ConfirmWithin:", "1", "Force:", "True", expect=None)
    agent.kill()        # time off does not count
    agent.start()
    assert agent.get(VERIFY) == "On" and agent.window()["State"] == "Open"
    agent.wait_window("Closed", 90)
    assert agent.get(VERIFY) == "Off"
    agent.log.wait("configuration: the change by .* was not confirmed: what it changed has its previous values again")
    agent.log.wait("audit: .*VerifyServerCertificate.*the agent, which took back what was not confirmed")
    assert not (agent.state / "window").exists()
    agent.publish_event("after")
    agent.wait_delivered()


TRIED = ["SystemUnit Identification ProductID", "SystemUnit Identification ProductType", "SystemUnit Identification SoftwareVersion"]


def play(agent, rng, number, longest):
    """A change that waits, with kill -9 at any moment of it; then its confirmation or its end, with another one. All or nothing of it."""
    def values():
        return [agent.get(path) for path in TRIED]

    def killed(command, *words, stdin=""):
        p = agent.begin("xCommand", "Configuration", command, *words, stdin=stdin)
        time.sleep(rng.random() * longest)
        agent.kill()
        p.wait()
        agent.start()
    before, after = values(), [f"{number}-{i}" for i in range(len(TRIED))]
    killed("Try", "ConfirmWithin:", "60", stdin="".join(f"{path}: {value}\n" for path, value in zip(TRIED, after)))
    assert values() in (before, after), values()
    assert agent.window()["State"] == ("Open" if values() == after else "Closed")
    if values() == before:
        return "not made"
    if rng.random() < 0.3:
        agent.set(TRIED[0], "another")
        before, after = ["another", *before[1:]], ["another", *after[1:]]
    confirms = rng.random() < 0.5
    killed("Confirm", *([] if confirms else ["TakeBack:", "True"]))
    open_still = agent.window()["State"] == "Open"
    assert values() == after if confirms or open_still else values() == before, (values(), agent.window())
    if open_still:
        agent.run("xCommand Configuration Confirm TakeBack: True")
        assert values() == before
    assert not (agent.state / "window").exists()
    return "confirmed" if confirms else "taken back"


def test_kills_at_any_moment(world):
    lab, agent = world
    rng = random.Random(19)
    begun = time.monotonic()
    agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", stdin="SystemUnit Name: undisturbed\n")
    longest = max(0.15, time.monotonic() - begun)       # a command takes longer where much else runs
    agent.run("xCommand Configuration Confirm TakeBack: True")
    assert len({play(agent, rng, number, longest) for number in range(10)}) >= 2


def test_confirmed_and_taken_back_by_hand(world):
    lab, agent = world
    ready(lab, agent)
    assert "no change waits" in agent.run("xCommand Configuration Confirm", expect=None)
    enforce(agent, "Level:", "4", "ConfirmWithin:", "60")
    opened_by = agent.window()["OpenedBy"]
    answer = agent.run("xCommand Configuration Confirm")       # whoever confirms may not have seen the change
    assert f'Window After 1: "{VERIFY}: On"' in answer and f'Window OpenedBy: "{opened_by}"' in answer, answer
    assert agent.get(VERIFY) == "On" and agent.window()["State"] == "Closed" and not (agent.state / "window").exists()
    body = "SystemUnit Name: new\nSystemUnit Identification ProductID: new\n"
    agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", stdin=body)
    agent.set("SystemUnit Identification ProductID", "another")     # not the window's any more
    answer = agent.run("xCommand Configuration Confirm TakeBack: True")
    assert 'Before 1: "SystemUnit Name: not set"' in answer and "Before 2" not in answer, answer
    assert (agent.get("SystemUnit Name"), agent.get("SystemUnit Identification ProductID")) == ("lab-codec", "another")


def test_what_somebody_else_changes_meanwhile_is_not_overwritten(world):
    """The attempt waits for a time server that says nothing for long."""
    lab, agent = world
    ready(lab, agent)
    ntp = agent.get("NetworkServices NTP Server 1 Address")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, ThreadPoolExecutor() as pool:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(real.PATIENCE)
        body = (f"NetworkServices NTP Server 1 Address: 127.0.0.1:{silent.getsockname()[1]}\nNetworkServices NTP Wait: 40\n"
                "SystemUnit Name: tried\nSystemUnit Identification ProductID: tried\n")
        for others, told in (({"Name": "another"}, "SystemUnit Name was changed by somebody else"), ({"Name": "tried"}, None)):
            attempt = pool.submit(agent.sealpost, "xCommand", "Configuration", "Try", "Force:", "True", "ConfirmWithin:", "60", stdin=body,
                                  expect=None)
            asked, by = silent.recvfrom(100)
            for name, value in others.items():
                agent.set(f"SystemUnit {name}", value)
            silent.sendto(real.denied(asked), by)
            answer = attempt.result()
            if told:
                assert told in answer, answer
                assert (agent.get("SystemUnit Name"), agent.get("SystemUnit Identification ProductID")) == ("another", "")
                assert agent.get("NetworkServices NTP Server 1 Address") == ntp and agent.window()["State"] == "Closed"
            else:
                assert said(answer, "Changed") == "True" and agent.get("SystemUnit Identification ProductID") == "tried", answer


def test_roots_that_somebody_else_changes_meanwhile(world, tmp_path):
    """A change of roots waits for a server that says nothing, and is tried against the roots that there were when it began."""
    lab, agent = world
    ready(lab, agent)
    pki = Pki(tmp_path / "pki")
    other, third = pki.root("Other").pem, pki.root("Third").pem
    delete = ["xCommand", "Security", "Certificates", "CA", "Delete", "Fingerprint:"]
    add = ["xCommand", "Security", "Certificates", "CA", "Add"]
    digest = re.search(r"SHA-256 (\w+)", agent.sealpost(*add, stdin=other)).group(1)
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor() as pool:
        silent.settimeout(real.PATIENCE)
        agent.register(f"https://feedback.sealpost.test:{silent.getsockname()[1]}/", 2)
        attempt = pool.submit(agent.sealpost, *delete, digest, expect=None)
        connection, _ = silent.accept()
        agent.sealpost(*add, stdin=third)
        connection.close()
        answer = attempt.result()
    assert "certificates were changed by somebody else while this change was tried" in answer, answer
    assert len(re.findall("FingerprintSHA256", agent.run("xCommand Security Certificates CA Show"))) == 3
    agent.sealpost(*delete, digest)


def test_the_third_start_takes_back(world):
    lab, agent = world
    ready(lab, agent)
    enforce(agent, "Level:", "4", "ConfirmWithin:", "60")
    for start in (1, 2, 3):
        assert agent.get(VERIFY) == "On"
        agent.kill()
        agent.start()
    assert agent.get(VERIFY) == "Off" and agent.window()["State"] == "Closed"


def test_the_manager_confirms(world):
    lab, agent = world
    ready(lab, agent)
    agent.log.wait("accepted Boot")
    enforce(agent, "Level:", "4", "ConfirmWithin:", "60", "ConfirmBy:", "Manager")
    agent.wait_window("Closed", 90)
    assert agent.get(VERIFY) == "On"
    agent.log.wait("configuration: the change by .* is confirmed")


def test_roots_are_given_back_only_where_that_is_wanted(world, tmp_path):
    lab, agent = world
    other = Pki(tmp_path / "pki").root("Other").pem
    lab.upload_root(agent)
    upload = ["xCommand", "Security", "Certificates", "CA", "Upload", "Force:", "True", "ConfirmWithin:", "60"]

    def roots():
        return re.findall(r'FingerprintSHA256: "(.*?)"', agent.run("xCommand Security Certificates CA Show"))
    before = roots()
    refused = agent.sealpost(*upload, stdin=other, expect=None)
    assert "takes away trust" in refused and roots() == before, refused
    both = other + lab.root.read_text()
    agent.sealpost(*upload, stdin=both)     # takes nothing away
    assert len(roots()) == 2
    added = next(root for root in roots() if root not in before).lower().replace(":", "")
    assert agent.window()["Holds"] == f"root {added}", agent.window()
    answer = agent.run("xCommand Configuration Confirm TakeBack: True")
    assert re.search(f'Window Before 1: "root {added}, /.*CN=.*: not loaded"', answer), answer
    assert roots() == before
    agent.sealpost(*upload, "GiveBack:", "True", stdin=other)
    assert roots() != before
    agent.run("xCommand Configuration Confirm TakeBack: True")
    assert roots() == before


def test_trust_that_a_pin_has_taken_is_given_back_only_where_that_is_wanted(world, tmp_path):
    """A host that is trusted by its pins alone would be trusted by all roots again."""
    lab, agent = world
    pki = Pki(tmp_path / "pki")
    first, second = pki.root("First").pem, pki.root("Second").pem
    lab.upload_root(agent)
    pin = ["xCommand", "Security", "Certificates", "CA", "Add", "Pin:", "True", "Host:", "pinned.test"]
    waits, only, back = ["ConfirmWithin:", "60"], ["Only:", "True"], "xCommand Configuration Confirm TakeBack: True"

    def pins():
        return re.findall(r'Only: (\w+)', agent.run("xCommand Security Certificates CA Show"))

    def is_refused():
        answer = agent.sealpost(*pin, *only, *waits, stdin=first, expect=None)
        assert "takes away trust" in answer and "trusted by its pins alone" in answer and pins() == [], answer
    is_refused()
    agent.sealpost(*pin, *only, *waits, "GiveBack:", "True", stdin=first)
    assert pins() == ["True"]
    agent.run(back)
    agent.sealpost(*pin, *waits, stdin=first)       # takes nothing away
    agent.run("xCommand Configuration Confirm")
    is_refused()        # from a pin beside the roots to the pin alone
    agent.sealpost(*pin, *only, stdin=first)
    agent.sealpost(*pin, *only, *waits, stdin=second)       # the host was trusted by its pins alone before
    assert pins() == ["True", "True"]
    agent.run(back)
    assert pins() == ["True"]
