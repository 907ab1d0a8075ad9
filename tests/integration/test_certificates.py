# SPDX-License-Identifier: MIT
"""Own certificates from the request to the backup, with openssl and NSS on the other side."""
import base64
import json
import os
import re
import subprocess

import pytest

from real import Process, Syslog, free_port, wait_for
from test_trust_store import certificate, value
from world import Lab

SERVICES = ["Certificates", "Services"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def agent(lab, tmp_path):
    lab.reset()
    log = Syslog(tmp_path)
    agent = lab.agent(tmp_path, log)
    agent.log = log
    agent.start()
    log.wait("clock: synchronised")
    lab.upload_root(agent)
    yield agent
    agent.kill()
    log.stop()


def certificates(agent, words, stdin="", expect=0):
    """Keys and derivations take their time on a machine that does much else."""
    out = agent.sealpost("--json", "xCommand", "Security", *words, stdin=stdin, expect=expect, seconds=60)
    return next(iter(json.JSONDecoder().raw_decode(out)[0]["CommandResponse"].values()))


class Authority:
    """A certification authority by openssl, which takes over what a request asks for."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        certificate(folder, name, "-days", "1000")
        self.pem = folder / f"{name}.pem"

    def sign(self, request, *usages, days=90):
        extensions = self.folder / "extensions"
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={','.join(usages or ['clientAuth'])}\n")
        return subprocess.run(["openssl", "x509", "-req", "-CA", self.pem, "-CAkey", self.folder / f"{self.name}.key", "-days", str(days),
                               "-copy_extensions", "copy", "-extfile", extensions, "-CAcreateserial"], input=request, text=True,
                              check=True, capture_output=True, timeout=30).stdout


def openssl(*words, stdin=""):
    return subprocess.run(["openssl", *words], input=stdin, text=True, check=True, capture_output=True, timeout=60).stdout


def create(agent, name, *words, expect=0):
    return certificates(agent, ["Certificates", "CSR", "Create", "Name:", name, *words], expect=expect)


def own(agent):
    return certificates(agent, [*SERVICES, "Show"]).get("Details", [])


def requests(agent):
    return [value(r, "Name") for r in certificates(agent, ["Certificates", "CSR", "List"]).get("Request", [])]


def activate(agent, fingerprint, purpose="HttpClient", *words, expect=0):
    return certificates(agent, [*SERVICES, "Activate", "Fingerprint:", fingerprint, "Purpose:", purpose, *words], expect=expect)


@pytest.mark.parametrize("key, printed", [("P-256", "ASN1 OID: prime256v1"), ("P-384", "ASN1 OID: secp384r1"), ("RSA-2048", "(2048 bit)")])
def test_requests_are_what_openssl_takes(agent, key, printed):
    answer = create(agent, "codec", "CommonName:", "codec.example.com", "SubjectAltName:", "codec, 192.0.2.7,2001:db8::7", "Organization:",
                    "Example Ltd", "OrganizationalUnit:", "Møterom", "Locality:", "Oslo", "State:", "Oslo", "Country:", "NO", "Email:",
                    "it@example.com", "Key:", key)
    request = value(answer, "PEM")
    assert request == certificates(agent, ["Certificates", "Services", "CSR", "Show", "Name:", "codec"])["PEM"]["Value"]
    shown = subprocess.run(["openssl", "req", "-verify", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"], input=request, text=True,
                           check=True, capture_output=True, timeout=30)
    assert "verify OK" in shown.stdout + shown.stderr
    assert "CN=codec.example.com,OU=Møterom,O=Example Ltd,L=Oslo,ST=Oslo,C=NO,emailAddress=it@example.com" in shown.stdout
    assert "DNS:codec.example.com, DNS:codec, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7" in shown.stdout
    assert printed in shown.stdout
    terminal = agent.sealpost("xCommand", "Security", "Certificates", "CSR", "Show")
    assert openssl("req", "-noout", "-subject", stdin=terminal)


def test_from_request_to_backup_and_back(agent, tmp_path):
    authority = Authority(tmp_path)
    agent.set("SystemUnit Name", "room-7")
    agent.set("Network 1 DNS Domain Name", "example.com")
    request = value(create(agent, "first"), "PEM")       # all by default
    assert "CN = room-7.example.com" in openssl("req", "-noout", "-subject", stdin=request)
    assert requests(agent) == ["first"]
    stranger = Authority(tmp_path, "stranger")
    answer = certificates(agent, [*SERVICES, "Add"], stdin=stranger.pem.read_text(), expect=None)
    assert "it belongs to no key here: requests that wait for their certificate: first" in value(answer, "Reason")
    added = certificates(agent, ["Certificates", "CSR", "Link"], stdin=authority.sign(request))
    assert "its private key is that of request first" in value(added["Certificate"][0])
    assert requests(agent) == []
    shown = own(agent)[0]
    assert value(shown, "ExtendedKeyUsage") == "clientAuth" and value(shown, "SubjectAltName") == "DNS:room-7.example.com"
    assert value(shown, "DaysLeft") in ("89", "90") and value(shown["NotUsableFor"][0]).startswith("HTTPS: wanted extended key usage serverAuth")
    assert "SelfSigned" not in shown
    assert "extended key usage serverAuth" in value(activate(agent, value(added, "Fingerprint"), "HTTPS", expect=None), "Reason")
    assert "Replaced" not in activate(agent, value(added, "Fingerprint"))

    backup = [*SERVICES, "Backup", "Fingerprint:", value(added, "Fingerprint"), "Password:"]
    assert "at least 12 characters" in value(certificates(agent, [*backup, "elevenchars"], expect=None), "Reason")
    document = (f'<Command><Security><Certificates><Services><Backup><Fingerprint>{value(added, "Fingerprint")}</Fingerprint>'
                '<Password>twelve chars</Password></Backup></Services></Certificates></Security></Command>')
    refused = agent.sealpost("xPutxml", stdin=document, expect=None)
    assert "at the device's own terminal only" in refused and "PKCS12" not in refused
    pem = agent.sealpost("xCommand", "Security", *backup, "twelve chars")
    body = re.search("-----BEGIN PKCS12-----\n(.*)-----END PKCS12-----", pem, re.S).group(1)
    file = tmp_path / "backup.p12"
    file.write_bytes(base64.b64decode(body))
    told = subprocess.run(["openssl", "pkcs12", "-in", file, "-info", "-nodes", "-passin", "pass:twelve chars"], check=True, text=True,
                          capture_output=True, timeout=30)
    assert "AES-256-CBC" in told.stderr and "BEGIN PRIVATE KEY" in told.stdout and "CN = room-7.example.com" in told.stdout
    nss = tmp_path / "nss"
    nss.mkdir()
    subprocess.run(["certutil", "-N", "-d", nss, "--empty-password"], check=True, timeout=30)
    subprocess.run(["pk12util", "-i", file, "-d", nss, "-W", "twelve chars"], check=True, capture_output=True, timeout=60)
    assert "room-7.example.com" in subprocess.run(["certutil", "-L", "-d", nss], check=True, capture_output=True, text=True, timeout=30).stdout
    subprocess.run(["pk12util", "-o", tmp_path / "nss.p12", "-n", "room-7.example.com", "-d", nss, "-W", "another password"], check=True,
                   capture_output=True, timeout=60)
    for text, password in [(pem, "twelve chars"), (base64.b64encode((tmp_path / "nss.p12").read_bytes()).decode(), "another password")]:
        certificates(agent, [*SERVICES, "Delete", "Fingerprint:", value(added, "Fingerprint")])
        again = certificates(agent, [*SERVICES, "Add", "PrivateKeyPassword:", password], stdin=text)
        assert value(again, "Fingerprint") == value(added, "Fingerprint")
    assert not agent.log.find("twelve chars")


def test_self_signed_certificates_are_marked(agent):
    answer = certificates(agent, [*SERVICES, "SelfSigned", "Create", "CommonName:", "room-7.example.com", "Days:", "30"])
    assert "self-signed" in value(answer["Certificate"][0])
    shown = own(agent)[0]
    assert value(shown, "SelfSigned") == "True" and value(shown, "ExtendedKeyUsage") == "serverAuth, clientAuth" and "NotUsableFor" not in shown
    assert "self-signed" in value(activate(agent, value(answer, "Fingerprint"), "HTTPS"), "Note")
    second = certificates(agent, [*SERVICES, "SelfSigned", "Create", "CommonName:", "room-8.example.com"])
    replaced = value(activate(agent, value(second, "Fingerprint"), "HTTPS"), "Replaced")
    assert "CN=room-7.example.com" in replaced and value(answer, "Fingerprint") in replaced
    assert [d.get("UsedFor", {}).get("Value") for d in own(agent)] == [None, "HTTPS"]


def test_what_cannot_be_is_named_and_leaves_nothing(agent, tmp_path):
    for words, sentence in [
            (["Name:", "a.b"], "letters, digits and hyphens"),
            (["Name:", "a", "CommonName:", "a\nb"], "control or invisible characters"),
            (["Name:", "a", "CommonName:", "a\u202eb"], "control or invisible characters"),
            (["Name:", "a", "CommonName:", "x" * 65], "64"),
            (["Name:", "a", "Country:", "1!"], "code of two letters"),
            (["Name:", "a", "Email:", "ø@example.com"], "other than ASCII"),
            (["Name:", "a", "SubjectAltName:", "not a name"], "neither a host name nor an address"),
            (["Name:", "a", "SubjectAltName:", "300.1.2.3"], "neither a host name nor an address"),
            (["Name:", "a", "Key:", "RSA-1024"], "RSA-2048"),
            (["Name:", "a", "Fingerprint:", "00"], "this device has no certificate with fingerprint"),
            (["Name:", "a", "Fingerprint:", "00", "Key:", "P-256"], "a renewal has the old key")]:
        assert sentence in str(certificates(agent, ["Certificates", "CSR", "Create", *words], expect=None)), words
    weak = certificate(tmp_path, "strong", "-days", "30")
    key = (tmp_path / "strong.key").read_text()
    other = certificate(tmp_path, "other", "-days", "30")
    for text, sentence in [
            (other + key, "the private key belongs to another certificate"),
            (weak + key[:len(key) // 2], "has no END line"),
            (key, "no certificate in it"),
            ("x" * (300 << 10), "at most"),
            (weak * 10 + key, "at most 8 certificates")]:
        assert sentence in str(certificates(agent, [*SERVICES, "Add"], stdin=text, expect=None)), sentence
    assert own(agent) == [] and requests(agent) == []
    agent.restart()
    assert own(agent) == [] and requests(agent) == []


def memory_of(pid):
    """Everything that the process can write to."""
    found = []
    with open(f"/proc/{pid}/mem", "rb") as mem:
        for line in open(f"/proc/{pid}/maps"):
            start, end, rights = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
            if rights.startswith("rw") and "[v" not in line and int(end, 16) - int(start, 16) < 1 << 30:
                try:
                    mem.seek(int(start, 16))
                    found.append(mem.read(int(end, 16) - int(start, 16)))
                except OSError:
                    pass
    return b"".join(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="another process's memory is read by root")
def test_only_active_keys_are_in_memory(lab, agent, tmp_path):
    """Neither the text of a key that is not in use, nor its numbers, are in the agent's memory, in the log or in the status."""
    text = certificate(tmp_path, "device", "-days", "30", "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=CA:FALSE")
    key = (tmp_path / "device.key").read_text()
    fingerprint = value(certificates(agent, [*SERVICES, "Add"], stdin=text + key), "Fingerprint")
    numbers = openssl("rsa", "-in", str(tmp_path / "device.key"), "-noout", "-text")
    prime = bytes.fromhex(re.sub("[^0-9a-f]", "", re.search("prime1:(.*)prime2:", numbers, re.S).group(1))).lstrip(b"\0")
    forms = [key.splitlines()[7].encode(), prime, prime[::-1]]
    agent.restart()

    def seen():
        memory = memory_of(agent.process.pid)
        return [form in memory for form in forms]
    assert seen() == [False, False, False]
    activate(agent, fingerprint)
    assert seen()[0] is False and any(seen()[1:])
    certificates(agent, [*SERVICES, "Deactivate", "Fingerprint:", fingerprint, "Purpose:", "HttpClient"])
    create(agent, "another")
    assert seen() == [False, False, False]
    assert not agent.log.find(re.escape(key.splitlines()[7])) and key.splitlines()[7] not in agent.sealpost("xStatus")


def test_a_dry_run_says_what_servers_would_say(lab, agent, tmp_path):
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    port, tls12 = free_port(), free_port()
    certificate(tmp_path, "server", "-days", "30", "-subj", "/CN=feedback.sealpost.test", "-addext", "basicConstraints=CA:FALSE")
    certificates(agent, ["Certificates", "CA", "Add", "Pin:", "True", "Host:", "feedback.sealpost.test"], stdin=(tmp_path / "server.pem").read_text())
    servers = [Process(["openssl", "s_server", "-accept", str(p), "-cert", tmp_path / "server.pem", "-key", tmp_path / "server.key", "-Verify",
                        "1", "-CAfile", authority.pem, "-verify_return_error", "-www", *more], tmp_path, name=f"s_server{p}")
               for p, more in [(port, []), (tls12, ["-tls1_2"])]]
    try:
        wait_for(lambda: all("ACCEPT" in s.said() for s in servers), "s_server listens")
        for slot, url in enumerate([f"https://feedback.sealpost.test:{port}/", f"https://feedback.sealpost.test:{tls12}/", lab.url()], 1):
            agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot:", str(slot), "ServerUrl:", url, "Expression:", "/Event/Test",
                           expect=None)
        request = value(create(agent, "codec", "CommonName:", "codec.example.com"), "PEM")

        def outcomes(text):
            answer = certificates(agent, [*SERVICES, "Add", "DryRun:", "True"], stdin=text)
            return {value(s, "URL"): value(s, "ClientCertificate") for s in answer["Server"] if "feedback" in value(s, "URL")}
        assert outcomes(authority.sign(request)) == {f"https://feedback.sealpost.test:{port}/": "Accepted",
                                                     f"https://feedback.sealpost.test:{tls12}/": "Accepted", lab.url(): "NotAsked"}
        assert outcomes(stranger.sign(request)) == {f"https://feedback.sealpost.test:{port}/": "Refused",
                                                    f"https://feedback.sealpost.test:{tls12}/": "Refused", lab.url(): "NotAsked"}
        assert own(agent) == [] and requests(agent) == ["codec"]
    finally:
        for server in servers:
            server.kill()


def test_fetching_shows_what_to_pin(lab, agent, tmp_path):
    """Without roots and by its own words: what Fetch prints is what openssl shows, and pins the server."""
    agent.run("certificate del root")
    lab.set("tls", "no-intermediate") if "no-intermediate" in str(lab.status()) else None
    text = agent.sealpost("xCommand", "Security", "Certificates", "Fetch", "Url:", lab.url())
    leaf = openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=text).strip().split("=")[1].replace(":", "").lower()
    assert leaf in text and "VerifyResult" in text
    assert certificates(agent, ["Certificates", "CA", "Show"]).get("Details", []) == []
    pem = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", text, re.S).group(0)
    pin = ["Certificates", "CA", "Add", "Pin:", "True", "Only:", "True", "Host:", "feedback.sealpost.test"]
    certificates(agent, pin, stdin=pem)
    shown = certificates(agent, ["Certificates", "CA", "Show"])["Details"][0]
    assert value(shown, "Only") == "True" and value(shown, "UsedFor") == "feedback.sealpost.test"
    answer = certificates(agent, ["Verify", "Url:", lab.url(), "Format:", "PEM"])
    assert value(answer, "VerifyResult") == "0=OK" and value(answer["Certificate"][0], "FingerprintSHA256") == leaf
    assert value(answer["Certificate"][0], "SubjectAltName") and pem in value(answer, "PEM")
    """Another pin alone does not do, whatever roots there are."""
    agent.run("certificate del root")
    lab.upload_root(agent)
    other = certificate(tmp_path, "other", "-days", "30", "-subj", "/CN=feedback.sealpost.test", "-addext", "basicConstraints=CA:FALSE")
    agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot:", "1", "ServerUrl:", lab.url(), "Expression:", "/Event/Test")
    refused = certificates(agent, pin, stdin=other, expect=None)
    assert "is trusted now and would not be" in str(refused)
    certificates(agent, [*pin, "Force:", "True"], stdin=other)
    answer = certificates(agent, ["Verify", "Url:", lab.url()], expect=None)
    assert value(answer, "VerifyResult") != "0=OK" and "pins alone" in str(answer)
