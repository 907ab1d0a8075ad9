# SPDX-License-Identifier: MIT
"""Roots, own certificates and revocation lists at the terminal: tried before they are changed, told before they end."""
import json
import re
import subprocess

import pytest

from real import Process, Syslog, free_port, wait_for
from world import Lab


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
    agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot:", "1", "ServerUrl:", lab.url(), "Expression:", "/Event/Test")
    yield agent
    agent.kill()
    log.stop()


def certificate(folder, name, *options):
    """A self-signed root of its own."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
                    folder / f"{name}.pem", "-subj", f"/CN={name}", *options], check=True, capture_output=True, timeout=30)
    return (folder / f"{name}.pem").read_text()


def certificates(agent, words, stdin="", expect=0):
    out = agent.sealpost("--json", "xCommand", "Security", *words, stdin=stdin, expect=expect)
    return next(iter(json.JSONDecoder().raw_decode(out)[0]["CommandResponse"].values()))


def value(node, *path):
    for name in path:
        node = node[name]
    return node["Value"]


def roots(agent):
    return [value(d, "SubjectName") for d in certificates(agent, ["Certificates", "CA", "Show"]).get("Details", [])]


LAB_ROOT = "/O=sealpost lab/CN=sealpost lab root"


def test_the_older_systems_list(agent, tmp_path):
    """`certificate list`, also without its last word, holds what openssl reads; keys are never in it."""
    own = certificate(tmp_path, "device", "-days", "30", "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=CA:FALSE")
    certificates(agent, ["Certificates", "Services", "Add"], stdin=own + (tmp_path / "device.key").read_text())

    def read(line):
        out = agent.run(line)
        assert "*r CertificateResult (status=OK):\n" in out and "PRIVATE" not in out
        told = subprocess.run("openssl crl2pkcs7 -nocrl -certfile /dev/stdin | openssl pkcs7 -print_certs -noout", shell=True, input=out,
                              text=True, capture_output=True, check=True).stdout
        return out, re.findall("^subject=(.*)$", told, re.M)
    out, subjects = read("certificate list root")
    assert subjects == ["O = sealpost lab, CN = sealpost lab root"] and "Details 1 SubjectName" in out
    assert read("certificate list cert")[1] == ["CN = device"]
    out, subjects = read("certificate list")
    assert subjects == ["O = sealpost lab, CN = sealpost lab root", "CN = device"]
    assert 'Root Details 1 SubjectName: "/O=sealpost lab/CN=sealpost lab root"' in out and 'Cert Details 1 SubjectName: "/CN=device"' in out
    listed = json.loads(agent.sealpost("--json", "certificate", "list"))["CommandResponse"]["CertificateResult"]
    assert listed["PEM"]["Value"].count("BEGIN CERTIFICATE") == 2
    agent.run("certificate del cert")
    assert read("certificate list cert")[1] == []


def test_a_dry_run_judges_every_configured_server_and_changes_nothing(agent, tmp_path):
    other = certificate(tmp_path, "other", "-days", "400")
    answer = certificates(agent, ["Certificates", "CA", "Upload", "DryRun:", "True"], stdin=other)
    servers = {value(s, "Service"): (value(s, "Before"), value(s, "After")) for s in answer["Server"]}
    assert set(servers) == {"HttpFeedback 1", "ExternalManager", "Phonebook"}
    assert set(servers.values()) == {("0=OK", "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY")}
    assert roots(agent) == [LAB_ROOT]


def test_a_list_that_loses_a_server_is_refused_unless_forced_and_can_be_brought_back(agent, tmp_path):
    other = certificate(tmp_path, "other", "-days", "400")
    answer = certificates(agent, ["Certificates", "CA", "Upload"], stdin=other, expect=78)
    assert "HttpFeedback 1" in value(answer, "Reason") and "20=UNABLE" in value(answer, "Reason")
    assert roots(agent) == [LAB_ROOT]
    certificates(agent, ["Certificates", "CA", "Upload", "Force:", "True"], stdin=other)
    assert roots(agent) == ["/CN=other"]
    certificates(agent, ["Certificates", "CA", "Restore"])
    assert roots(agent) == [LAB_ROOT]
    certificates(agent, ["Certificates", "CA", "Restore"])
    assert roots(agent) == ["/CN=other"]


def test_a_root_that_servers_need_is_not_deleted_by_accident(agent, tmp_path):
    certificates(agent, ["Certificates", "CA", "Add"], stdin=certificate(tmp_path, "other", "-days", "400"))
    shown = {value(d, "SubjectName"): value(d, "Fingerprint") for d in certificates(agent, ["Certificates", "CA", "Show"])["Details"]}
    delete = ["Certificates", "CA", "Delete", "Fingerprint:"]
    certificates(agent, [*delete, shown[LAB_ROOT]], expect=78)
    certificates(agent, [*delete, shown["/CN=other"]])
    assert roots(agent) == [LAB_ROOT]
    certificates(agent, [*delete, shown[LAB_ROOT], "Force:", "True"])
    assert roots(agent) == []


def test_a_root_has_a_name(agent, tmp_path):
    """Given with CA Add, shown, audited, kept when the root comes again without one, and taken back with a change of it."""
    def names():
        return {value(d, "SubjectName"): d.get("Name", {}).get("Value") for d in certificates(agent, ["Certificates", "CA", "Show"])["Details"]}
    add, pem = ["Certificates", "CA", "Add"], certificate(tmp_path, "other", "-days", "400")
    for wrong, why in (("Pins", "cannot be the name of a root"), ("a,b", "expected a name of at most 64 characters")):
        assert why in value(certificates(agent, [*add, "Name:", wrong], stdin=pem, expect=65), "Reason")
    answer = certificates(agent, [*add, "Name:", "Example CA"], stdin=pem)
    assert value(answer["Certificate"][0]).endswith(': added, its name is "Example CA"')
    agent.log.wait(r"audit: root SHA-256 [0-9a-f]{64} added: \"/CN=other\" with the name \"Example CA\"")
    assert names() == {LAB_ROOT: None, "/CN=other": "Example CA"}
    certificates(agent, add, stdin=pem)
    lab_root = agent.sealpost("xCommand", "Security", "Certificates", "CA", "Show", "Format:", "PEM")
    certificates(agent, ["Certificates", "CA", "Upload"], stdin=lab_root)
    assert names() == {LAB_ROOT: None, "/CN=other": "Example CA"}
    answer = certificates(agent, [*add, "Name:", "new", "ConfirmWithin:", "5", "GiveBack:", "True"], stdin=pem)
    assert value(answer["Window"]["Before"][0]).endswith(', /CN=other: loaded with the name "Example CA"'), answer
    agent.log.wait(r"audit: root SHA-256 [0-9a-f]{64}: from \"/CN=other\" with the name \"Example CA\" to \"/CN=other\" with the name \"new\"")
    assert names()["/CN=other"] == "new"
    agent.restart()
    assert names()["/CN=other"] == "new"
    agent.run("xCommand Configuration Confirm TakeBack: True")
    assert names()["/CN=other"] == "Example CA"


def test_a_server_that_cannot_be_asked_stops_no_change(agent, lab, tmp_path):
    lab.set("listen", "off")
    certificates(agent, ["Certificates", "CA", "Upload"], stdin=certificate(tmp_path, "other", "-days", "400"))
    assert roots(agent) == ["/CN=other"]


def shown_by(lab):
    out = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{lab.https}", "-servername", "feedback.sealpost.test"],
                         input="", text=True, capture_output=True, timeout=15).stdout
    return re.search(r"-----BEGIN.*?-----END CERTIFICATE-----\n", out, re.S).group()


def result_of(agent, lab, **where):
    return value(certificates(agent, ["Verify", "Url:", lab.url(**where)], expect=None), "VerifyResult")


def test_a_pinned_certificate_is_believed_for_its_host_alone(agent, lab):
    lab.set("tls", "self-signed")
    leaf = shown_by(lab)
    certificates(agent, ["Certificates", "CA", "Add", "Pin:", "True", "Host:", "feedback.sealpost.test"], stdin=leaf)
    assert result_of(agent, lab) == "0=OK"
    assert result_of(agent, lab, host="phonebook.sealpost.test") != "0=OK"


def test_a_self_signed_server_is_trusted_when_uploaded_and_only_by_guide(agent, lab):
    lab.set("tls", "self-signed")
    assert result_of(agent, lab) == "18=DEPTH_ZERO_SELF_SIGNED_CERT", "nobody uploaded it"
    told = certificates(agent, ["Certificates", "CA", "Add"], stdin=shown_by(lab))
    assert "trusted only as the server " in told["Certificate"][0]["Value"]
    assert result_of(agent, lab) == "0=OK"
    agent.log.wait(r'VerifyResult=0=OK.*note="trusted as uploaded, for the names that it carries')
    agent.set("Security Verification Profile", "Strict")
    assert result_of(agent, lab) == "18=DEPTH_ZERO_SELF_SIGNED_CERT"


def test_a_bundle_with_an_ended_root_gives_its_good_ones(agent, tmp_path):
    good, weak = certificate(tmp_path, "good", "-days", "400"), certificate(tmp_path, "weak", "-newkey", "rsa:1024", "-days", "400")
    answer = certificates(agent, ["Certificates", "CA", "Add"], stdin=weak + good)
    lines = [c["Value"] for c in answer["Certificate"]]
    assert "67=CA_KEY_TOO_SMALL" in lines[0] and lines[0].endswith("left out") and lines[1].endswith("added")
    assert roots(agent) == [LAB_ROOT, "/CN=good"]
    refused = certificates(agent, ["Certificates", "CA", "Add"], stdin=weak + weak, expect=None)
    assert refused["status"] != "OK" and value(refused, "Reason").count("67=CA_KEY_TOO_SMALL") == 2, "all at once"


def test_verify_tells_the_day_it_will_fail_and_sends_nothing(agent, lab):
    before = len(lab.posts(service="feedback"))
    answer = certificates(agent, ["Verify", "Url:", lab.url()])
    assert value(answer, "VerifyResult") == "0=OK" and value(answer, "NameCheck") == "Match"
    assert value(answer, "FirstFailure", "VerifyResult") == "10=CERT_HAS_EXPIRED"
    assert value(answer, "FirstFailure", "Date") > value(answer, "ValidUntil")
    for long_ago in ("0", "1970-01-01T00:00:00Z"):
        earlier = certificates(agent, ["Verify", "Url:", lab.url(), "At:", long_ago], expect=None)
        assert value(earlier, "VerifyResult") == "9=CERT_NOT_YET_VALID", earlier
    later = certificates(agent, ["Verify", "Url:", lab.url(), "At:", "2090-01-01T00:00:00Z"], expect=None)
    assert value(later, "VerifyResult") == "10=CERT_HAS_EXPIRED" and value(later, "JudgedAt") == "2090-01-01T00:00:00Z"
    assert {value(f, "Depth") for f in later["Finding"]} >= {"0", "1"}, "every certificate that has ended is told"
    assert len(lab.posts(service="feedback")) == before


def test_shadow_verdict_while_verification_is_off(agent, lab):
    agent.set("NetworkServices HTTPS VerifyServerCertificate", "Off")
    lab.set("tls", "wrong-name")
    agent.publish_event("one")
    lab.wait_posts(1, service="feedback")
    agent.log.wait(r"VerifyResult=62=HOSTNAME_MISMATCH.*On would have refused")

    def shadow():
        """What xStatus says of the server of the first slot; the external manager's stands there, too."""
        status = agent.sealpost("xStatus", "Security", "Server")
        item = re.search(r'Server (\d+) Service: "HttpFeedback 1"', status).group(1)
        return [line for line in status.splitlines() if f" Server {item} " in line]
    status = "\n".join(shadow())
    assert 'VerifyResult: "62=HOSTNAME_MISMATCH"' in status and "Verification: Off" in status and "SafeSince" not in status
    lab.set("tls", "good")
    agent.publish_event("two")
    wait_for(lambda: "SafeSince" in "\n".join(shadow()), "the server is safe again")


@pytest.mark.parametrize("form", ["PEM", "PKCS#7"])
def test_ten_thousand_certificates(agent, tmp_path, form):
    """Refused in one sentence that names the limit, as roots and as an own certificate, before much work is done; nothing is kept."""
    pem = certificate(tmp_path, "many", "-days", "400")

    def file(n):
        if form == "PEM":
            return pem * n
        (tmp_path / "many.pem").write_text(pem * n)
        return subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", tmp_path / "many.pem"], text=True, capture_output=True, check=True).stdout

    limit = "more than 1000 certificates in one file" if form == "PEM" else "PKCS#7 (p7b) of more than 1 MiB, which is not read"
    for n, what, said in ((10000, "CA", "longer than 4194304 bytes"), (10000, "Services", "longer than 4194304 bytes"),
                          (3600, "CA", limit), (3600, "Services", "at most 262144 bytes")):
        answer = agent.sealpost("xCommand", "Security", "Certificates", what, "Add", stdin=file(n), expect=None)
        assert said in answer and len(answer.splitlines()) == 1, (what, n, answer)
    assert roots(agent) == [LAB_ROOT]


def test_what_ends_soon_is_told_once(agent, tmp_path):
    certificates(agent, ["Certificates", "CA", "Add"], stdin=certificate(tmp_path, "short", "-days", "1"))
    agent.log.wait(r'security: Root "/CN=short" ends on .* in [01] days')
    assert 'Kind: Root' in agent.sealpost("xStatus", "Security", "Expiring")
    mark = agent.log.mark()
    agent.restart()
    agent.log.wait("clock: synchronised", since=mark)
    certificates(agent, ["Certificates", "CA", "Add"], stdin=certificate(tmp_path, "other", "-days", "400"))
    assert not agent.log.find(r'"/CN=short" ends on', since=mark)


def test_revocation_lists_revoke(agent, lab):
    lab.set("tls", "revoked")
    agent.set("Security Revocation Mode", "Hard")
    assert value(certificates(agent, ["Verify", "Url:", lab.url()], expect=None), "VerifyResult") == "3=UNABLE_TO_GET_CRL"
    certificates(agent, ["Certificates", "CRL", "Add"], stdin=lab.crl.read_text())
    assert value(certificates(agent, ["Verify", "Url:", lab.url()], expect=None), "VerifyResult") == "23=CERT_REVOKED"
    lists = certificates(agent, ["Certificates", "CRL", "Show"])["Details"]
    assert len(lists) == 2
    for one in lists:
        certificates(agent, ["Certificates", "CRL", "Delete", "Fingerprint:", value(one, "Fingerprint")])
    assert "Details" not in certificates(agent, ["Certificates", "CRL", "Show"])


def test_an_encrypted_key_never_lies_open_on_disk(agent, tmp_path):
    own = certificate(tmp_path, "own", "-days", "400")
    key = subprocess.run(["openssl", "pkcs8", "-topk8", "-in", tmp_path / "own.key", "-passout", "pass:secret words"], check=True,
                         text=True, capture_output=True, timeout=30).stdout
    add = ["Certificates", "Services", "Add"]
    wrong = certificates(agent, [*add, "PrivateKeyPassword:", "not it"], stdin=own + key, expect=None)
    assert wrong["status"] != "OK"
    fingerprint = value(certificates(agent, [*add, "PrivateKeyPassword:", "secret words"], stdin=own + key), "Fingerprint")
    activate = ["Certificates", "Services", "Activate", "Fingerprint:", fingerprint, "Purpose:", "HttpClient"]
    assert "passphrase" in str(certificates(agent, activate, expect=None))      # only keys of active certificates are in memory
    certificates(agent, [*activate, "PrivateKeyPassword:", "secret words"])
    plain = (tmp_path / "own.key").read_bytes().splitlines()[5]
    for file in tmp_path.rglob("*"):
        if file.is_file() and "agent" in str(file):
            assert plain not in file.read_bytes() and b"secret words" not in file.read_bytes(), file
    agent.restart()
    shown = certificates(agent, ["Certificates", "Services", "Show"])["Details"][0]
    assert value(shown, "Key") == "Locked" and value(shown, "UsedFor") == "HttpClient"
    certificates(agent, ["Certificates", "Services", "Unlock", "Fingerprint:", fingerprint, "PrivateKeyPassword:", "secret words"])
    assert value(certificates(agent, ["Certificates", "Services", "Show"])["Details"][0], "Key") == "Encrypted"
    assert not agent.log.find("secret words")


@pytest.mark.parametrize("way", ["sealpost", "xCommand", "script"])
def test_binary_files_arrive_whole(agent, tmp_path, way):
    """As files come: no line ends to rely on, and the bytes of a body's end in the midst of it."""
    certificate(tmp_path, "own", "-days", "400")
    subprocess.run(["openssl", "pkcs12", "-export", "-in", tmp_path / "own.pem", "-inkey", tmp_path / "own.key", "-out",
                    tmp_path / "own.pfx", "-passout", "pass:secret"], check=True, capture_output=True, timeout=30)
    certificate(tmp_path, "ca\n.\nand more", "-days", "400")
    der = subprocess.run(["openssl", "x509", "-in", tmp_path / "ca\n.\nand more.pem", "-outform", "DER"], check=True,
                         capture_output=True, timeout=30).stdout
    assert b"\n.\n" in der
    link = tmp_path / "xCommand"
    link.symlink_to((agent.build / "sealpost").resolve())
    for data, words in ((der, ["CA", "Add"]), ((tmp_path / "own.pfx").read_bytes(), ["Services", "Add", "PrivateKeyPassword:", "secret"])):
        words = ["Security", "Certificates", *words]
        if way == "script":
            line = ("xCommand " + " ".join(words)).encode()
            out = agent.sealpost("--stop-on-error", stdin=line + b"\n{%d}\n" % len(data) + data + b"\nxStatus SystemUnit Uptime\n")
            assert "*s SystemUnit Uptime" in out, "what follows the body is the next line"
        elif way == "sealpost":
            out = agent.sealpost("xCommand", *words, stdin=data)
        else:
            r = subprocess.run([link, *words], input=data, env=agent.command_env, capture_output=True, timeout=30)
            out = r.stdout.decode() + r.stderr.decode()
            assert r.returncode == 0, out
        assert "status=OK" in out and ": added" in out
    assert roots(agent) == [LAB_ROOT, "/CN=ca\\x0A.\\x0Aand more"]
    assert len(certificates(agent, ["Certificates", "Services", "Show"])["Details"]) == 1


def test_no_request_goes_out_on_a_connection_judged_before(agent, lab, tmp_path):
    """The trust epoch: whatever changes what is trusted ends every connection that was trusted before."""
    def deliver():
        before = len(lab.posts(service="feedback"))
        agent.publish_event("x")
        return lab.wait_posts(before + 1, service="feedback")[-1]["connection"]

    def crl_fingerprint():
        return value(certificates(agent, ["Certificates", "CRL", "Show"])["Details"][0], "Fingerprint")

    first = deliver()
    assert deliver() == first, "as long as nothing changes the connection is kept"
    other = certificate(tmp_path, "other", "-days", "400")
    changes = [
        lambda: certificates(agent, ["Certificates", "CA", "Add"], stdin=other),
        lambda: certificates(agent, ["Certificates", "CA", "Restore"]),
        lambda: certificates(agent, ["Certificates", "CA", "Upload", "Force:", "True"], stdin=lab.root.read_text() + other),
        lambda: certificates(agent, ["Certificates", "CRL", "Add"], stdin=lab.crl.read_text()),
        lambda: certificates(agent, ["Certificates", "CRL", "Delete", "Fingerprint:", crl_fingerprint()]),
        lambda: agent.set("Security Verification CommonName", "Off"),
        lambda: agent.set("NetworkServices HTTPS VerifyServerCertificate", "Off"),
        lambda: agent.set("NetworkServices HTTPS VerifyServerCertificate", "On"),
    ]
    seen = [first]
    for change in changes:
        change()
        seen.append(deliver())
    assert len(set(seen)) == len(seen), seen


def test_a_server_that_asks_for_a_certificate_gets_the_activated_one(lab, agent, tmp_path):
    own = certificate(tmp_path, "own", "-days", "400")
    port = free_port()
    leaf = tmp_path / "server.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", leaf, "-out", tmp_path / "server.crt",
                    "-subj", "/CN=feedback.sealpost.test", "-days", "30"], check=True, capture_output=True, timeout=30)
    certificates(agent, ["Certificates", "CA", "Add", "Pin:", "True", "Host:", "feedback.sealpost.test"],
                 stdin=(tmp_path / "server.crt").read_text())
    server = Process(["openssl", "s_server", "-accept", str(port), "-cert", tmp_path / "server.crt", "-key", leaf, "-Verify", "1",
                      "-CAfile", tmp_path / "own.pem", "-verify_return_error", "-www"], tmp_path, name="s_server")
    try:
        wait_for(lambda: "ACCEPT" in server.said(), "s_server listens")
        # Of TLS 1.3 a client knows only later that its certificate was missed: the server's own words count.
        certificates(agent, ["Verify", "Url:", f"https://feedback.sealpost.test:{port}/"], expect=None)
        wait_for(lambda: "peer did not return a certificate" in server.said(), "the server misses a certificate")
        add = certificates(agent, ["Certificates", "Services", "Add"], stdin=own + (tmp_path / "own.key").read_text())
        certificates(agent, ["Certificates", "Services", "Activate", "Fingerprint:", value(add, "Fingerprint"), "Purpose:",
                             "HttpClient"])
        answer = certificates(agent, ["Verify", "Url:", f"https://feedback.sealpost.test:{port}/"])
        assert value(answer, "VerifyResult") == "0=OK"
        wait_for(lambda: "CN = own" in server.said() or "CN=own" in server.said(), "the server sees our certificate",
                 explain=server.said)
    finally:
        server.kill()
