# SPDX-License-Identifier: MIT
"""What is wrong with a connection, step by step, and how ready the device is: in the lab, whose servers misbehave."""
import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import threading

import pytest

from namespaces import Namespace
from pki import Pki
from real import BUILD, Agent, Syslog, free_port, wait_for
from world import Lab, faults

CHECKS = ["Chain", "Signatures", "Dates", "Name", "Purpose", "Strength", "Form", "Revocation"]


class World:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.agent = self.lab.agent(folder, self.log).start()
        self.lab.upload_root(self.agent)
        self.agent.wait_date()
        self.agent.register(self.lab.url())

    def ask(self, *words):
        """The answer; the exit status says, too, whether what was checked is good."""
        r = self.agent.call("--json", "xCommand", *words)
        answer = json.loads(r.stdout)["CommandResponse"]
        result, = answer.values()
        assert r.returncode == (result["Outcome"]["Value"] == "Fail"), r
        return answer

    def diagnose(self, *words):
        """Outcome and step of each check; the first failure."""
        r = self.ask("Diagnostics", "Connection", *words)["DiagnosticsConnectionResult"]
        assert list(r)[:2] == ["status", "Outcome"] and list(r)[-1] in ("Step", "Certificate"), "what matters comes first"
        assert (r["Outcome"]["Value"] == "Fail") == ("FirstFailure" in r)
        steps = [{k: v["Value"] for k, v in s.items() if isinstance(v, dict)} for s in r["Step"]]
        # A check that fails in several ways has several steps; the first is the one that is looked at.
        assert all(v not in ("", "0") for s in steps for k, v in s.items() if k != "id"), steps
        failed = next((s for s in steps if s["Outcome"] == "Fail" and s["Check"] == r["FirstFailure"]["Value"]), {})
        assert all(failed.get(k) == r.get(k, {}).get("Value") for k in ("Found", "Hint")), r
        return {s["Check"]: s["Outcome"] for s in steps}, {s["Check"]: s for s in reversed(steps)}, r.get("FirstFailure", {}).get("Value")

    def readiness(self):
        """Outcome of each item, and the level, which the status has, too; it may change between two questions."""
        before = self.agent.status("Security Level")
        r = self.ask("Security", "Readiness", "Show")["ReadinessShowResult"]
        level = int(r["Level"]["Value"])
        assert {"Security Level": str(level)} in (before, self.agent.status("Security Level")), r
        return {i["Name"]["Value"]: i["Outcome"]["Value"] for i in r["Item"]}, level

    def close(self):
        try:
            self.agent.stop()
        finally:
            self.lab.stop()
            self.log.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("diagnose"))
    yield w
    w.close()


@pytest.fixture
def world(shared):
    shared.lab.reset()
    return shared


def test_all_is_well(world):
    before = len(world.lab.posts(service="feedback"))
    outcomes, steps, first = world.diagnose("Url:", world.lab.url())
    assert first is None
    wanted = ["Settings", "Time", "Roots", "DNS", f"TCP 127.0.0.1 port {world.lab.https}", "TLS"] + [f"Certificate {c}" for c in CHECKS] + \
        ["HTTP", "Application"]
    assert list(outcomes) == wanted
    skipped = {"Certificate Revocation", "HTTP", "Application"}
    assert {c for c, o in outcomes.items() if o == "Skip"} == skipped
    assert len(world.lab.posts(service="feedback")) == before, "nothing is posted to a URL"
    assert all(s.get("Milliseconds", "1").isdigit() for s in steps.values())


def test_certificates_are_shown(world):
    """Names, uses and fingerprints of the good ones, too, as openssl reads them; PEM on demand."""
    line = ("Diagnostics", "Connection", "Url:", world.lab.url())
    shown = world.ask(*line)["DiagnosticsConnectionResult"]
    assert "PEM" not in json.dumps(shown)
    pems = re.findall("-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n",
                      world.agent.run("xCommand " + " ".join(line) + " Format: PEM"), re.S)
    assert len(pems) == len(shown["Certificate"]) > 0
    for pem, cert in zip(pems, shown["Certificate"]):
        cert = {k: v["Value"] for k, v in cert.items() if isinstance(v, dict)}
        der = ssl.PEM_cert_to_DER_cert(pem)
        assert cert["Fingerprint"].replace(":", "").lower() == hashlib.sha1(der).hexdigest()
        assert cert["FingerprintSHA256"].replace(":", "").lower() == hashlib.sha256(der).hexdigest()
        said = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName,extendedKeyUsage"], input=pem, text=True, capture_output=True,
                              check=True).stdout
        for name in re.findall(r"DNS:([^,\s]+)", said):
            assert name in cert["SubjectAltName"]
        assert ("TLS Web Server Authentication" in said) == ("server" in cert.get("ExtendedKeyUsage", "").lower()), (said, cert)
    assert "SubjectAltName" in shown["Certificate"][0] and "ExtendedKeyUsage" in shown["Certificate"][0]


@pytest.mark.parametrize("words, service, part, said", [
    (("HttpFeedback", "1"), "feedback", "<Service item=\"1\">HttpFeedback 1</Service>", "took the post"),
    (("ExternalManager",), "manager", "<Event>Beat</Event>", "a PostEventResponse"),
    (("Phonebook",), "phonebook", "<Search>", "entries")])
def test_services(world, words, service, part, said):
    since = max((p["number"] for p in world.lab.posts()), default=0)
    outcomes, steps, first = world.diagnose("Service:", *words)
    assert first is None, steps
    assert outcomes["HTTP"] == outcomes["Application"] == "Pass" and said in steps["Application"]["Found"]
    assert any(part in p["body"] for p in world.lab.posts(since, service))


# What the check is called that each of the lab's bad servers fails; where several fail, the first.
FAILS = {"expired": "Dates", "not-yet-valid": "Dates", "expired-intermediate": "Dates", "wrong-name": "Name", "no-san": "Name",
         "name-constraint": "Name", "self-signed": "Chain", "unknown-issuer": "Chain", "missing-intermediate": "Chain",
         "wrong-purpose": "Purpose", "ca-false": "Purpose", "path-length": "Purpose", "weak-key": "Strength", "sha1": "Strength",
         "bad-signature": "Signatures", "impostor": "Signatures", "broken-extension": "Form", "unknown-critical-extension": "Form"}


@pytest.mark.parametrize("fault", sorted(FAILS))
def test_certificates(world, fault):
    since = max((p["number"] for p in world.lab.posts()), default=0)
    world.lab.set("tls", fault)
    code = next(f for f in faults("tls") if f["name"] == fault)
    outcomes, steps, first = world.diagnose("Service:", "HttpFeedback", "1")
    failed = [c for c, o in outcomes.items() if o == "Fail"]
    assert f"Certificate {FAILS[fault]}" in failed, failed
    assert first == f"Certificate {FAILS[fault]}" and all(c.startswith("Certificate") for c in failed)
    assert any(f"{code['code']}={code['symbol']}" in steps[c]["Found"] for c in failed)
    assert all(steps[c]["Hint"] for c in failed)
    assert outcomes["TLS"] == "Pass" and outcomes["HTTP"] == outcomes["Application"] == "Skip"
    assert not world.lab.posts(since, "feedback"), "nothing is sent to a server that is not trusted"


@pytest.mark.parametrize("part, fault, check, said", [
    ("tls", ("plain-http",), "TLS", "other than TLS"), ("tls", ("tls1.0",), "TLS", "TLS version"), ("tls", ("close",), "TLS", "closed"),
    ("http", ("status", 404), "HTTP", "404"), ("http", ("status", 503), "HTTP", "503"), ("http", ("reset",), "HTTP", "reset"),
    ("http", ("redirect",), "HTTP", "302"),
])
def test_tls_and_http(world, part, fault, check, said):
    world.lab.set(part, *fault)
    outcomes, steps, first = world.diagnose("Service:", "HttpFeedback", "1")
    assert first == check and said in steps[check]["Found"] and steps[check]["Hint"], steps[check]
    assert [c for c, o in outcomes.items() if o == "Fail"] == [check]


class Answers(threading.Thread):
    """Answers each hello with the same bytes and closes."""

    def __init__(self, said):
        super().__init__(daemon=True)
        self.said = said
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    if connection.recv(4096):
                        connection.sendall(self.said)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(4096):
                            pass
                except OSError:
                    pass


@pytest.mark.parametrize("said, words", [
    (bytes([21, 3, 3, 0, 2, 2, 40]), "no TLS version, cipher or signature in common"),
    (bytes([21, 3, 3, 0, 2, 2, 112]), "does not know this host name"),
    (bytes([21, 3, 3, 0, 2, 2, 116]), "asks for a client certificate"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "something other than TLS"),
])
def test_what_is_no_handshake(world, said, words):
    """Diagnostics, and sealpost verify --url at the same server, in the same words."""
    server = Answers(said)
    url = f"https://host{free_port()}.sealpost.test:{server.port}/"
    outcomes, steps, first = world.diagnose("Url:", url)
    verified = subprocess.run([BUILD / "sealpost", "verify", "--roots", world.lab.root, "--url", url,
                               "--connect", f"127.0.0.1:{server.port}"], capture_output=True, text=True, timeout=30)
    server.listener.close()
    assert first == "TLS" and words in steps["TLS"]["Found"] and steps["TLS"]["Hint"], steps["TLS"]
    assert verified.returncode == 69 and words in verified.stderr, verified


@pytest.mark.parametrize("fault", ["bad-xml", "soap-fault", "wrong-type", "empty"])
def test_application(world, fault):
    world.lab.set("http", fault)
    outcomes, steps, first = world.diagnose("Service:", "ExternalManager")
    assert first == ("HTTP" if fault == "soap-fault" else "Application"), steps


def other_name(world):
    """A URL whose name is not in the cache yet."""
    return world.lab.url(host=f"host{free_port()}.sealpost.test")


@pytest.mark.parametrize("fault", ["nxdomain", "servfail", "empty"])
def test_dns(world, fault):
    world.lab.set("dns", fault)
    outcomes, steps, first = world.diagnose("Url:", other_name(world))
    assert first == "DNS" and {o for c, o in outcomes.items() if c not in ("Settings", "Time", "Roots", "DNS")} == {"Skip"}


def test_every_address(world):
    """One that nobody answers is told, and the connection is made to the other one all the same."""
    world.lab.set("dns", "dead-first")
    outcomes, steps, first = world.diagnose("Url:", other_name(world))
    tcp = {c: o for c, o in outcomes.items() if c.startswith("TCP")}
    assert tcp.pop(f"TCP 127.0.0.9 port {world.lab.https}") == "Fail"
    assert outcomes["TLS"] == ("Pass" if "Pass" in tcp.values() else "Skip")
    assert "refused" in steps[f"TCP 127.0.0.9 port {world.lab.https}"]["Found"]


def test_nobody_listens(world):
    outcomes, steps, first = world.diagnose("Url:", f"https://feedback.sealpost.test:{free_port()}/")
    assert first.startswith("TCP 127.0.0.1") and outcomes["TLS"] == "Skip"


@pytest.mark.parametrize("words, said", [
    (("Url:", "http://feedback.sealpost.test/"), "https"), (("Service:", "HttpFeedback", "4"), "not registered")])
def test_settings(world, words, said):
    outcomes, steps, first = world.diagnose(*words)
    assert first == "Settings" and said in steps["Settings"]["Found"] and outcomes["DNS"] == "Skip"


def test_an_address_is_no_name(world):
    outcomes, steps, first = world.diagnose("Url:", f"https://127.0.0.1:{world.lab.https}/")
    assert first == "Settings" and outcomes["TCP"] == "Skip"


def test_verification_off(world):
    """Production talks to it all the same, so the diagnosis does; and says what On would have refused."""
    world.lab.set("tls", "expired")
    world.agent.set("HttpFeedback TlsVerify", "Off")
    try:
        outcomes, steps, first = world.diagnose("Service:", "HttpFeedback", "1")
        assert first == "Certificate Dates" and outcomes["HTTP"] == outcomes["Application"] == "Pass"
        items, level = world.readiness()
        assert items["Verification"] == "Fail" and level == 3
    finally:
        world.agent.set("HttpFeedback TlsVerify", "On")


def test_both_or_neither(world):
    for words in ([], ["Url:", "https://a/", "Service:", "Phonebook"]):
        out = world.agent.sealpost("xCommand", "Diagnostics", "Connection", *words, expect=65)
        assert "expected either Url or Service" in out


def test_ready(world):
    world.agent.sealpost("publish", stdin="<Event><Test><A>1</A></Test></Event>")
    wait_for(lambda: world.readiness()[1] == 4, "level 4", explain=lambda: str(world.readiness()))
    items, level = world.readiness()
    assert {n for n, o in items.items() if o != "Pass"} <= {"HostName", "OwnCertificate"}


def found(world, name):
    """An item of the checklist: (outcome, what was found)."""
    r = world.ask("Security", "Readiness", "Show")["ReadinessShowResult"]
    item = next(i for i in r["Item"] if i["Name"]["Value"] == name)
    return item["Outcome"]["Value"], item["Found"]["Value"]


def test_the_device_is_known_by_its_name_and_domain(world):
    agent = world.agent
    agent.run("xConfiguration SystemUnit Identification IPAddress: 127.0.0.1", "xConfiguration SystemUnit Name: manager",
              "xConfiguration Network 1 DNS Domain Name: sealpost.test")
    try:
        assert found(world, "HostName") == ("Pass", "manager.sealpost.test is 127.0.0.1, this device 127.0.0.1")
        agent.set("SystemUnit Identification IPAddress", "")       # in a network namespace without interfaces it has none
        assert re.fullmatch("manager.sealpost.test is 127.0.0.1, this device ([0-9a-f.:]+|has no address)", found(world, "HostName")[1])
        agent.set("SystemUnit Identification IPAddress", "127.0.0.1")
        agent.set("SystemUnit Name", "manager.sealpost.test")
        assert found(world, "HostName")[0] == "Pass", "a name with its domain gets no other one"
        agent.run("xConfiguration SystemUnit Name: nobody", "xConfiguration Network 1 DNS Domain Name: elsewhere.invalid")
        outcome, what = found(world, "HostName")
        assert outcome == "Fail" and "nobody.elsewhere.invalid" in what
        agent.set("SystemUnit Name", "Room 4")
        assert found(world, "HostName") == ("Fail", 'SystemUnit Name "Room 4" is no host name')
    finally:
        agent.run(*(f'xConfiguration {path}: ""' for path in ("SystemUnit Identification IPAddress", "SystemUnit Name",
                                                            "Network 1 DNS Domain Name")))


def test_all_offenders_are_named(world):
    agent = world.agent
    urls = ["https://127.0.0.1:9/a", "https://[::1]:9/b"]
    for slot, url in enumerate(urls, 3):
        agent.register(url, slot=slot)
    try:
        outcome, what = found(world, "HostNames")
        assert outcome == "Fail" and what == "; ".join(f"HttpFeedback {slot}: {url}" for slot, url in enumerate(urls, 3))
        agent.set("HttpFeedback TlsVerify", "Off")
        outcome, what = found(world, "Verification")
        assert outcome == "Fail" and [part.split(":")[0] for part in what.split("; ")] == ["HttpFeedback 1", "HttpFeedback 3", "HttpFeedback 4"]
    finally:
        agent.set("HttpFeedback TlsVerify", "On")
        for slot in (3, 4):
            agent.run(f"xCommand HttpFeedback Deregister FeedbackSlot: {slot}")


def test_the_own_certificate_is_verified(world, tmp_path):
    pki = Pki(tmp_path / "pki")
    issuer = pki.root("device issuer")
    good = pki.leaf("device.test", issuer)
    later = pki.leaf("later.test", issuer, days=(2, 30))
    assert found(world, "OwnCertificate")[0] == "Skip"
    prints = []

    def add(cert):
        said = world.agent.sealpost("xCommand", "Security", "Certificates", "Services", "Add", stdin=cert.pem + cert.key.read_text())
        prints.append(said.split('Fingerprint: "')[1].split('"')[0])
    try:
        add(good)
        assert found(world, "OwnCertificate") == ("Pass", "1 loaded"), "its issuer need not be a root of servers"
        said = world.agent.sealpost("xCommand", "Security", "Certificates", "Services", "SelfSigned", "Create", "CommonName:", "self.test")
        prints.append(said.split('Fingerprint: "')[1].split('"')[0])
        assert found(world, "OwnCertificate") == ("Pass", "2 loaded, 1 of them self-signed, which others trust only where they keep that "
                                                  "very certificate")
        add(later)
        assert found(world, "OwnCertificate") == ("Fail", "/CN=later.test: 9=CERT_NOT_YET_VALID")
    finally:
        for p in prints:
            world.agent.run(f"xCommand Security Certificates Services Delete Fingerprint: {p}")
    assert found(world, "OwnCertificate")[0] == "Skip"


def test_rows_of_servers(world):
    """Verification is what is set now, whatever the last verdict was made under; a test post is no server's business."""
    agent = world.agent
    agent.publish_event("rows")
    wait_for(lambda: any(v == "HttpFeedback 1" for v in agent.status("Security Server").values()), "a verdict")

    def rows():
        return agent.status("Security Server")
    before = rows()
    out = agent.run("xCommand HttpFeedback Test FeedbackSlot: 1")
    assert "VerifyResult" in out
    assert rows() == before
    number = next(k.split()[2] for k, v in before.items() if v == "HttpFeedback 1")
    for value in ("Off", "On"):
        agent.set("HttpFeedback TlsVerify", value)
        assert rows()[f"Security Server {number} Verification"] == value


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make networks")
def test_plain_services_lower_the_level(world):
    """A program of the device that listens where plain HTTP or SNMP is expected; none on loopback counts. In a network of its own, since
    every agent on the same device has that level then."""
    net = Namespace()
    agent = Agent(world.lab.folder, world.log, world.lab.settings(), name="plain")
    try:
        with net, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("0.0.0.0", 161))
            agent.start()
            r = json.loads(agent.sealpost("--json", "xCommand Security Readiness Show", expect=1))["CommandResponse"]["ReadinessShowResult"]
        assert (r["Level"]["Value"], [i["Found"]["Value"] for i in r["Item"] if i["Name"]["Value"] == "PlainServices"]) == ("2", ["SNMP on port 161"])
    finally:
        agent.stop()
        net.stop()


def test_nothing_set(tmp_path):
    log = Syslog(tmp_path)
    agent = Agent(tmp_path, log).start()
    try:
        r = json.loads(agent.sealpost("--json", "xCommand Diagnostics Connection Url: https://a.example/", expect=1))
        steps = {s["Check"]["Value"]: s["Outcome"]["Value"] for s in r["CommandResponse"]["DiagnosticsConnectionResult"]["Step"]}
        assert steps["Roots"] == "Fail" and steps["TLS"] == "Skip"
        assert agent.status("Security Level")["Security Level"] in "123"
    finally:
        agent.stop()
        log.stop()
