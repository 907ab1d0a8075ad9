# SPDX-License-Identifier: MIT
"""Security Trust Service: a manager that is trusted by one root, a feedback server by another, each limited to its own; and what becomes of
lists that are wrong, of roots that go, and of those who may change them."""
import re
import time

import pytest

import real
from pki import Pki
from test_log_server import Rsyslog
from test_nts import NtsChrony
from world import Lab

FEEDBACK, MANAGER = 'Security Trust Service 2', 'Security Trust Service 1'
NOBODY = "none of the roots is loaded"


class World:
    """The lab's manager, phone book and time, by the lab's root; feedback servers by another one."""

    def __init__(self, folder):
        self.log, self.lab, self.pki = real.Syslog(folder), Lab(folder), Pki(folder / "pki")
        self.receiver = real.Receiver(folder)
        self.nginx = real.Nginx(folder, self.receiver)
        self.root = self.pki.root("Site", days=(-400, 9000))
        chain = [self.pki.leaf("feedback.sealpost.test", self.root)]
        self.port = self.nginx.site(chain, self.pki.bundle(chain))
        self.url = f"https://feedback.sealpost.test:{self.port}/site"
        self.agent = self.lab.agent(folder, self.log)

    def start(self):
        self.nginx.start()
        self.agent.start()
        self.add(self.lab.root.read_text(), "lab")
        self.add(self.root.pem, "site")
        self.log.wait("clock: synchronised")
        return self

    def add(self, pem, name):
        return self.agent.sealpost("xCommand", "Security", "Certificates", "CA", "Add", "Name:", name, stdin=pem)

    def delete(self, name, *words, expect=0):
        shown = self.agent.run("xCommand Security Certificates CA Show")
        item = re.search(rf'Details (\d+) Name: "{name}"', shown).group(1)
        digest = re.search(rf'Details {item} FingerprintSHA256: "(\w+)"', shown).group(1)
        return self.agent.sealpost("xCommand", "Security", "Certificates", "CA", "Delete", "Fingerprint:", digest, *words, expect=expect)

    def limit(self, setting, service, roots):
        return self.agent.run(f'xConfiguration {setting} Name: {service}', f'xConfiguration {setting} Roots: "{roots}"')

    def roots(self, setting, roots, expect=0):
        return self.agent.run(f'xConfiguration {setting} Roots: "{roots}"', expect=expect)

    def deliver(self, text):
        self.agent.publish_event(text)
        self.agent.wait_delivered()

    def messages(self, kind):
        return [m["Description"] for m in self.agent.messages().values() if m["Type"] == kind]

    def close(self):
        try:
            self.agent.stop()
        finally:
            self.agent.kill()
            self.nginx.stop()
            self.receiver.stop()
            self.lab.stop()
            self.log.stop()


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def test_each_service_by_its_own_root(world):
    agent = world.start().agent
    world.limit(MANAGER, "ExternalManager", "lab")
    world.limit(FEEDBACK, "HttpFeedback1", "site")
    agent.register(world.url)
    agent.publish_event("one")
    world.receiver.wait("/site", 1, explain=world.log.tail)
    agent.wait_delivered()
    mark = world.log.mark()
    agent.provision()
    world.log.wait("manager: .* accepted Register", mark)

    # Another list: the connection that is open ends, nothing is sent on a new one, and it is said which root it is.
    mark, posts = world.log.mark(), len(world.receiver.posts)
    answer = world.roots(FEEDBACK, "lab")
    why = "this root is loaded, but Security Trust Service 2 does not allow it for HttpFeedback 1"
    assert "This cuts off HttpFeedback 1" in answer and "27=CERT_UNTRUSTED" in answer and why in answer, answer
    assert 'To go back: xConfiguration Security Trust Service 2 Roots: \\"site\\"' in answer, answer
    assert "Warning" not in agent.run('xConfiguration SystemUnit Name: "another"'), "it is told once"
    agent.publish_event("two")
    line = world.log.wait('SSL: socklib_sslHandshake: VerifyResult=27=CERT_UNTRUSTED.*service="HttpFeedback 1"', mark)
    assert 'depth=1, subject="/CN=Site"' in line and why in line, line
    agent.publish_event("three")
    time.sleep(1)
    assert len(world.receiver.posts) == posts, "nothing is sent"
    found = agent.sealpost("xCommand", "Diagnostics", "Connection", "Service:", "HttpFeedback", "FeedbackSlot:", "1", expect=1)
    assert 'FirstFailure: "Certificate Chain"' in found and why in found, found
    assert "2 loaded; Security Trust Service 2 allows 1 for HttpFeedback 1" in found, found
    found = agent.sealpost("doctor", expect=None)
    assert re.search("FAIL +HttpFeedback 1: Certificate Chain", found) and why in found, found
    verify = ["xCommand", "Security", "Verify", "Url:", world.url]
    agent.sealpost(*verify)
    agent.sealpost(*verify, "Service:", "HttpFeedback2")
    assert "27=CERT_UNTRUSTED" in agent.sealpost(*verify, "Service:", "HttpFeedback1", expect=1)
    real.wait_for(lambda: world.messages("CertificateRefused"), "a message")
    assert world.lab.posts(service="manager"), "the manager is as before"

    # With verification Off the verdict is the same, and only its consequence is missing.
    mark = world.log.mark()
    agent.set("HttpFeedback TlsVerify", "Off")
    world.log.wait("VerifyResult=27=CERT_UNTRUSTED.*verification is Off", mark)
    agent.wait_delivered()
    agent.set("HttpFeedback TlsVerify", "On")

    # And back.
    world.roots(FEEDBACK, "lab, site")
    agent.sealpost("xCommand", "HttpFeedback", "Enable", "FeedbackSlot:", "1", expect=None)
    world.deliver("four")


def test_a_list_whose_roots_are_gone_trusts_nobody(world):
    agent = world.start().agent
    world.limit(FEEDBACK, "HttpFeedback", "site")
    agent.register(world.url)
    world.deliver("one")
    # The last root of a list is not deleted by accident, and who insists is told.
    refused = world.delete("site", expect=78)
    assert "it takes the last root that Security Trust Service 2 allows" in refused, refused
    mark = world.log.mark()
    said = world.delete("site", "Force:", "True")
    cut = f"This cuts off HttpFeedback 1, .*{NOBODY} that Security Trust Service 2 allows.*CA Restore"
    item = "Security Trust Service 2: none of the roots that it allows for HttpFeedback is loaded .site."
    assert re.search(cut, said) and re.search(item, said), said
    world.log.wait(cut, mark)
    world.log.wait(item, mark)
    # Nothing is opened, although another root is loaded.
    requests = len(world.nginx.requests(world.port))
    agent.publish_event("two")
    world.log.wait(f'VerifyResult=50=APPLICATION_VERIFICATION.*service="HttpFeedback 1".*{NOBODY}', mark)
    assert len(world.nginx.requests(world.port)) == requests
    status = agent.status("Security Trust")
    assert status == {"Security Trust Service 2 Loaded": "0", "Security Trust Service 2 Missing": "site",
                      "Security Trust Service 2 Name": "HttpFeedback"}, status
    real.wait_for(lambda: any(re.search(item, m) for m in world.messages("TrustList")), "a message", explain=lambda: str(world.messages("TrustList")))
    ready = agent.run("xCommand Security Readiness Show", expect=1)
    number = re.search(r'Item (\d+) Name: "TrustLists"', ready).group(1)
    assert f"Item {number} Outcome: Fail" in ready and NOBODY.split(" is")[0] in ready, ready
    assert "no root is loaded" not in agent.run("xCommand Diagnostics Connection Service: HttpFeedback", expect=1)
    agent.restart()
    world.log.wait(item, mark)
    # With the root all is well again.
    world.add(world.root.pem, "site")
    agent.sealpost("xCommand", "HttpFeedback", "Enable", "FeedbackSlot:", "1", expect=None)
    agent.wait_delivered()
    real.wait_for(lambda: not world.messages("TrustList"), "no message")
    # Another name takes it from the list as well, and is asked of the servers first.
    assert "it takes the last root" in agent.sealpost("xCommand", "Security", "Certificates", "CA", "Add", "Name:", "new",
                                                      stdin=world.root.pem, expect=78)


def test_what_a_list_may_be(world):
    agent = world.start().agent
    for wrong, why in (("a;b", "expected a name"), ("12:34", "SHA-256 fingerprint"), ("Pins, lab", "Pins stands alone")):
        assert why in world.roots(FEEDBACK, wrong, expect=65)
    assert "Warning" not in world.roots(FEEDBACK, "site, nowhere"), "it is nobody's list yet"
    answer = agent.run(f"xConfiguration {FEEDBACK} Name: Phonebook")
    assert "no root with this name or fingerprint is loaded" in answer and "nowhere" in answer, answer
    assert "Warning" not in agent.run("xConfiguration SystemUnit Name: another"), "it is told once"
    answer = agent.run(f"xConfiguration {FEEDBACK} Name: Books", expect=65)
    assert "None/ExternalManager/HttpFeedback" in answer
    # Two items hold both: what they have in common is trusted, and it is told where that is nothing.
    world.limit("Security Trust Service 3", "Phonebook", "lab, site")
    assert agent.status("Security Trust Service 3")["Security Trust Service 3 Loaded"] == "2"
    answer = world.roots("Security Trust Service 3", "lab")
    assert "Security Trust Service 2 and 3: each of them limits Phonebook" in answer, answer
    assert "Warning" not in world.roots(FEEDBACK, "Pins") and not world.messages("TrustList"), "that is as it was wanted"


def test_tried_and_taken_back(world):
    agent = world.start().agent
    agent.register(world.url)
    world.deliver("one")
    lines = f"{FEEDBACK} Name: HttpFeedback1\n{FEEDBACK} Roots: lab\n"
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=lines, expect=1)
    row = real.servers(answer)["HttpFeedback 1"]
    assert (row["After"], row["Before"]) == ("Refused", "Trusted"), answer
    assert "27=CERT_UNTRUSTED" in answer and "add its name or fingerprint to the Roots of Security Trust Service 2" in answer, answer
    assert 'Outcome: Pass' in agent.sealpost("xCommand", "Configuration", "Try", stdin=lines.replace("lab", "site"))
    assert agent.get(f"{FEEDBACK} Name") == "None"
    agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", "Force:", "True", stdin=lines, expect=1)
    assert (agent.get(f"{FEEDBACK} Name"), agent.get(f"{FEEDBACK} Roots")) == ("HttpFeedback1", "lab")
    agent.publish_event("two")
    world.log.wait("VerifyResult=27=CERT_UNTRUSTED")
    agent.kill()
    agent.start()
    agent.run("xCommand Configuration Confirm TakeBack: True")
    assert (agent.get(f"{FEEDBACK} Name"), agent.get(f"{FEEDBACK} Roots")) == ("None", "")
    agent.sealpost("xCommand", "HttpFeedback", "Enable", "FeedbackSlot:", "1", expect=None)
    agent.wait_delivered()


def test_another_name_is_given_back_only_where_that_is_wanted(world):
    """It takes the last root from a list, and taking it back would trust that root again."""
    agent = world.start().agent
    agent.register(world.url)
    world.limit(FEEDBACK, "HttpFeedback1", "site")
    world.deliver("one")
    rename = ["xCommand", "Security", "Certificates", "CA", "Add", "Name:", "new", "Force:", "True", "ConfirmWithin:", "60"]

    def names():
        return re.findall(r'Name: "(lab|site|new)"', agent.run("xCommand Security Certificates CA Show"))
    refused = agent.sealpost(*rename, stdin=world.root.pem, expect=78)
    assert "it takes away trust (root " in refused and "loses the name by which" in refused and names() == ["lab", "site"], refused
    assert agent.status("Configuration")["Configuration Window State"] == "Closed"
    made = agent.sealpost(*rename, "GiveBack:", "True", stdin=world.root.pem)
    assert 'loaded with the name \\"site\\"' in made and names() == ["lab", "new"], made
    agent.run("xCommand Configuration Confirm TakeBack: True")
    assert names() == ["lab", "site"]
    # The same name, and a first one, take nothing away.
    other = world.pki.root("Other").pem
    world.add(other, "")
    agent.sealpost(*rename[:6], "other", *rename[7:], stdin=other)
    agent.run("xCommand Configuration Confirm TakeBack: True")


@pytest.mark.parametrize("roots", ["Pins", "nowhere"])
def test_a_list_that_trusts_nobody_is_tried(world, roots):
    agent = world.start().agent
    agent.register(world.url)
    world.deliver("one")
    lines = f"{FEEDBACK} Name: HttpFeedback1\n{FEEDBACK} Roots: {roots}\n"
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=lines, expect=1)
    row = real.servers(answer)["HttpFeedback 1"]
    assert (row["After"], row["Before"]) == ("Refused", "Trusted"), answer
    assert row["Code"] == "50=APPLICATION_VERIFICATION" and "CutOff: 1" in answer, answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", "ConfirmWithin:", "60", stdin=lines, expect=1)
    assert "Changed: False" in answer and agent.get(f"{FEEDBACK} Name") == "None", answer
    # From one such list to another nobody more is cut off.
    world.limit(FEEDBACK, "HttpFeedback1", roots)
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=lines.replace(roots, "elsewhere"))
    assert real.servers(answer)["HttpFeedback 1"]["Before"] == "Refused" and "CutOff: 0" in answer, answer
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin=lines.replace(roots, "site"))
    row = real.servers(answer)["HttpFeedback 1"]
    assert (row["After"], row["Before"]) == ("Trusted", "Refused"), answer


def test_the_manager_may_not(world):
    agent = world.start().agent
    world.limit(MANAGER, "ExternalManager", "lab")

    def push(xml):
        return world.lab.push(agent, xml)
    xml = '<Security><Trust><Service item="1"><Roots>lab, other</Roots></Service><Service item="3"><Name>Logging</Name></Service></Trust></Security>'
    assert "2 guarded" in push(xml)
    assert (agent.get(f"{MANAGER} Roots"), agent.get("Security Trust Service 3 Name")) == ("lab", "None")
    world.log.wait("audit: refused: .*Security Trust Service 1 Roots")
    agent.set("Provisioning ExternalManager Released", "Security Trust Service Name")
    said = push(xml)
    assert "1 set" in said and "1 guarded" in said, said
    assert (agent.get(f"{MANAGER} Roots"), agent.get("Security Trust Service 3 Name")) == ("lab", "Logging")
    # What is released it may make narrower, and not wider.
    agent.set("Provisioning ExternalManager Released", "Security Trust")
    item = '<Security><Trust><Service item="1">{}</Service></Trust></Security>'.format
    assert "0 set, 0 as before; 2 guarded" in push(item("<Name>None</Name><Roots></Roots>"))
    assert "0 set, 1 as before; 1 guarded" in push(item("<Name>ExternalManager</Name><Roots>lab, site</Roots>"))
    world.roots(MANAGER, "lab, site")
    assert "1 set, 0 as before" in push(item("<Roots>lab</Roots>"))
    assert (agent.get(f"{MANAGER} Name"), agent.get(f"{MANAGER} Roots")) == ("ExternalManager", "lab")
    agent.set("Provisioning ExternalManager MayWeaken", "On")
    assert "2 set" in push(item("<Name>None</Name><Roots></Roots>"))
    assert (agent.get(f"{MANAGER} Name"), agent.get(f"{MANAGER} Roots")) == ("None", "")


class Alone(real.Site):
    """Without the lab: a time server with NTS and a log server, whose certificates come from one root, and another root."""

    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), start_ntp=False)
        self.root = self.pki.root("Good", days=(-400, 9000))
        self.other = self.pki.root("Other", days=(-400, 9000))

    def chain(self, host):
        return [self.pki.leaf(host, self.root, days=(-2, 300))]


@pytest.fixture
def alone(tmp_path):
    w = Alone(tmp_path)
    yield w
    w.close()


def test_time_and_log_servers(alone):
    agent, log = alone.agent, alone.log
    ntp = alone.keep(NtsChrony(alone.folder, alone.pki, alone.chain("time.test")))
    server = alone.keep(Rsyslog(alone.folder, alone.chain("logs.test")[0], alone.root.path))
    agent.write_settings([
        "NetworkServices NTP Mode: Manual", f"Network 1 DNS Server 1 Address: {alone.dns.address}", "NetworkServices NTP Wait: 1",
        "NetworkServices NTP Server 1 Address: time.test", "NetworkServices NTP Server 1 NTS: On",
        f"NetworkServices NTP Server 1 NTSPort: {ntp.ke_port}", "Security Trust Service 1 Name: NTS", "Security Trust Service 1 Roots: other"])
    agent.start()
    for root, name in ((alone.root, "good"), (alone.other, "other")):
        agent.sealpost("xCommand", "Security", "Certificates", "CA", "Add", "Name:", name, stdin=root.pem)
    log.wait('VerifyResult=27=CERT_UNTRUSTED.*service="NTS 1".*Security Trust Service 1 does not allow it for NTS')
    assert agent.status("Time")["Time State"] in ("Unknown", "Floor")
    agent.set("Security Trust Service 1 Roots", "good")
    alone.synchronised()
    # Keys that were established go with the list. The date stays while its server is still trusted, even if it is away now.
    mark = log.mark()
    ntp.stop()
    for path, value in (("Security Trust Service 1 Roots", "good, other"), ("Security Verification CommonName", "Off")):
        agent.set(path, value)
        real.wait_for(lambda: agent.status("NetworkServices NTP").get("NetworkServices NTP LastError"), "it is asked", explain=log.tail)
        assert agent.status("Time")["Time State"] == "Synchronised"
    log.wait("no time from NTP: .*no keys for NTS.*the date that was known before is carried on", mark)
    ntp.start()
    agent.set("Security Trust Service 1 Roots", "good")
    real.wait_for(lambda: not agent.status("NetworkServices NTP").get("NetworkServices NTP LastError"), "new keys", explain=log.tail)
    mark = log.mark()
    answer = agent.sealpost("xCommand", "Configuration", "Try", stdin="Security Trust Service 1 Roots: other\n", expect=1)
    assert 'Service: "NTS 1"' in answer and "After: Refused" in answer and "27=CERT_UNTRUSTED" in answer, answer
    agent.set("Security Trust Service 1 Roots", "other")
    real.wait_for(lambda: "27=CERT_UNTRUSTED" in agent.status("NetworkServices NTP").get("NetworkServices NTP LastError", ""), "no keys",
                  explain=log.tail)
    assert agent.status("Time")["Time State"] != "Synchronised"
    agent.set("Security Trust Service 1 Roots", "good, other")
    alone.synchronised(mark)

    agent.run("xConfiguration Logging External Server Address: logs.test", f"xConfiguration Logging External Server Port: {server.port}",
              "xConfiguration Logging External Mode: On")
    real.wait_for(server.text, "lines arrive", 30, log.tail)
    mark = log.mark()
    agent.run("xConfiguration Security Trust Service 2 Name: Logging", "xConfiguration Security Trust Service 2 Roots: other")
    agent.run('xConfiguration SystemUnit Name: "unheard"')
    log.wait('VerifyResult=27=CERT_UNTRUSTED.*service=Logging', mark)
    assert "unheard" not in server.text()
    agent.set("Security Trust Service 2 Roots", "good")
    real.wait_for(lambda: "unheard" in server.text(), "what was kept arrives", 60, log.tail)


def test_answers_say_that_a_list_trusts_nobody(world):
    """Whatever has made it so: roots that were restored, or settings that were applied from a file."""
    agent = world.start().agent
    agent.register(world.url)
    world.limit(FEEDBACK, "HttpFeedback1", "site")
    world.deliver("one")
    answer = agent.run("xCommand Security Certificates CA Restore")
    assert "CARestoreResult Warning 1: " in answer and "none of the roots is loaded" in answer, answer
    answer = agent.sealpost("xCommand", "Configuration", "Apply", stdin=f"{MANAGER} Name: Phonebook\n{MANAGER} Roots: gone\n", expect=None)
    assert "ConfigurationApplyResult Warning 1: " in answer and "gone" in answer, answer


def test_full_lists_do_not_hold_up_a_change(world):
    """Every change of a setting compares all lists with all roots."""
    agent = world.start().agent

    def shortest():
        times = []
        for i in range(3):
            begin = time.monotonic()
            agent.run(*(f'xConfiguration SystemUnit Name: "name {i} {k}"' for k in range(30)))     # so that starting the program counts little
            times.append(time.monotonic() - begin)
        return min(times)

    world.add("".join(world.pki.root(f"R{i}", days=(-400, 9000)).pem for i in range(150)), "many")
    without = shortest()
    services = ["ExternalManager", "HttpFeedback", "Phonebook", "Logging", "NTS", "HttpFeedback1", "HttpFeedback2", "HttpFeedback3"]
    for n, service in enumerate(services, 1):
        world.limit(f"Security Trust Service {n}", service, ",".join(f"Name of root {k}" for k in range(32)))
    assert shortest() < 8 * without


def test_another_cause_is_not_put_down_to_the_list(world):
    agent = world.start().agent
    agent.sealpost("xCommand", "Security", "Certificates", "CA", "Add", "Pin:", "True", "Host:", "feedback.sealpost.test", stdin=world.root.pem)
    world.limit(FEEDBACK, "HttpFeedback1", "Pins")
    agent.register(world.url)
    world.deliver("one")
    answer = agent.run("xConfiguration Security Revocation Mode: Hard")
    assert re.search("This cuts off HttpFeedback 1, .*3=UNABLE_TO_GET_CRL", answer) and NOBODY not in answer, answer


def test_nobody_is_cut_off_while_the_time_is_asked_for(world):
    agent = world.start().agent
    agent.register(world.url)
    world.deliver("one")
    mark = world.log.mark()
    told = agent.run("xConfiguration NetworkServices NTP Server 2 Address: two.test")
    assert "cuts off" not in told, told
    world.log.wait("clock: synchronised", mark)
    told = agent.run("xConfiguration NetworkServices NTP Mode: Off")
    assert re.search("This cuts off HttpFeedback 1, .*50=APPLICATION_VERIFICATION", told), told
    agent.run("xConfiguration NetworkServices NTP Mode: Manual")
    agent.run("xConfiguration NetworkServices NTP Server 1 Address: three.test")
    real.wait_for(lambda: any("HttpFeedback 1" in m for m in world.messages("CutOff")), "the time servers have not answered", 60, world.log.tail)
