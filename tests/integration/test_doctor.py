# SPDX-License-Identifier: MIT
"""`sealpost doctor`: for every fault of the lab, the first failure names what is wrong."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from person import Person
from real import PATIENCE, Agent, Syslog, free_port, wait_for
from world import Lab, faults

FAILS, OK = 1, 0
NTP = "NetworkServices NTP Server 1 Address"
MANAGER = "ExternalManager: "

# What fails first, and what is found, for every fault of the lab; None: all is well.
TABLE = {
    "tls": {
        **dict.fromkeys("good good-rsa good-ed25519 direct sends-root wrong-order extra long wildcard cross-signed tls1.2".split()),
        "cn-only": ("Phonebook: Certificate Name", "62="),     # the name is the manager's alone
        **{fault: (f"{MANAGER}Certificate {check}", f"{code}=") for check, some in {
            "Chain": {"self-signed": 18, "missing-intermediate": 20, "unknown-issuer": 20, "unknown-root-sent": 19},
            "Signatures": {"bad-signature": 7, "impostor": 7, "intermediate-bad-signature": 7},
            "Dates": {"expired": 10, "not-yet-valid": 9, "expired-intermediate": 10, "future-intermediate": 9},
            "Name": {"wrong-name": 62, "wildcard-deep": 62, "wildcard-partial": 62, "no-san": 62, "cn-beside-san": 62, "address-only": 62,
                     "nul-in-name": 53, "name-constraint": 47, "name-excluded": 48},
            "Purpose": {"wrong-purpose": 26, "any-purpose": 26, "wrong-key-usage": 26, "netscape-client": 26, "intermediate-purpose": 26,
                        "ca-false": 79, "v1-intermediate": 79, "no-certsign": 32, "path-length": 25},
            "Strength": {"weak-key": 66, "sha1": 68, "intermediate-weak-key": 67, "intermediate-sha1": 68},
            "Form": {"unknown-critical-extension": 34, "broken-extension": 41, "repeated-extension": 41,
                     "intermediate-critical-extension": 34},
            "Revocation": {"revoked": 23, "intermediate-revoked": 23},
        }.items() for fault, code in some.items()},
        "huge-chain": (MANAGER + "TLS", "sends more than 100 KiB of certificates"),
        "tls1.0": (MANAGER + "TLS", "speaks no TLS version that is accepted"),
        "tls1.1": (MANAGER + "TLS", "speaks no TLS version that is accepted"),
        "no-shared-cipher": (MANAGER + "TLS", "no TLS version, cipher or signature in common"),
        "ask-client": (MANAGER + "(TLS|HTTP)", "client certificate"),
        "plain-http": (MANAGER + "TLS", "other than TLS"),
        "garbage": (MANAGER + "TLS", "other than TLS"),
        "close": (MANAGER + "TLS", "closed the connection"),
        "reset": (MANAGER + "TLS", "reset the connection"),
        "hang": (MANAGER + "TLS", "no answer to our hello"),
    },
    "http": {
        "good": None, "late": None,
        "status": (MANAGER + "HTTP", "503"),
        "slow": (MANAGER + "Application", "no complete answer within"),
        "hang": (MANAGER + "HTTP", "did not answer within"),
        "reset": (MANAGER + "HTTP", "reset the connection"),
        "huge": (MANAGER + "Application", "longer than"),
        "truncated": (MANAGER + "Application", "closed the connection before"),
        "redirect": (MANAGER + "HTTP", "302"),
        "redirect-http": (MANAGER + "HTTP", "302"),
        "bad-xml": (MANAGER + "Application", "no XML document"),
        "xml-bomb": (MANAGER + "Application", "DOCTYPE"),
        "soap-fault": (MANAGER + "HTTP", "500"),
        "wrong-type": (MANAGER + "Application", "text/html"),
        "empty": (MANAGER + "Application", "found nothing"),
    },
    "dns": {
        **dict.fromkeys("good ipv6 ipv6-only cname cname-last slow tcp edns-dropped edns-formerr edns-formerr-bare edns-formerr-aaaa "
                        "aaaa-silent aaaa-nxdomain aaaa-servfail aaaa-refused a-servfail".split()),
        "dead-first": (MANAGER + "TCP 127.0.0.9", "refused"),
        "wrong-address": (MANAGER + "TCP 127.0.0.9", "refused"),
        **{fault: ("DNS: Name feedback.sealpost.test", said) for fault, said in {
            "nxdomain": "no such name", "servfail": "SERVFAIL", "servfail-bare": "SERVFAIL", "refused": "REFUSED", "refused-bare": "REFUSED",
            "formerr": "FORMERR", "notimp": "NOTIMP", "empty": "no address", "silent": "no DNS server answered",
            "wrong-id": "no DNS server answered", "truncated": "none over TCP", "garbage": "damaged"}.items()},
    },
    "ntp": {
        "good": None,
        "wrong": (MANAGER + "Certificate Dates", "10="),       # nobody can know: the only server says so
        "bad-mac": None, "no-mac": None,                       # no key is used
        **{fault: ("NTP: Answer", "date is not known: .*" + said) for fault, said in {
            "silent": "no answer within", "unsynchronised": "not synchronised", "stratum16": "not synchronised", "rate": "kiss-o'-death",
            "deny": "kiss-o'-death", "rstr": "kiss-o'-death", "init": "INIT", "step": "STEP", "unknown-kiss": "kiss", "wrong-originate": "no valid answer",
            "no-transmit": "transmit", "wrong-mode": "no valid answer", "far": "", "short": "no valid answer"}.items()},
    },
}
VALUES = {"status": ["503"], "wrong": [str(10 * 365 * 24 * 3600)]}


class World:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.agent = self.lab.agent(folder, self.log, ["NetworkServices NTP Wait: 1", "NetworkServices HTTPS AnswerTimeout: 4"]).start()
        self.lab.upload_root(self.agent)
        self.agent.sealpost("xCommand", "Security", "Certificates", "CRL", "Add", stdin=self.lab.crl.read_text())
        self.agent.set("Security Revocation Mode", "Soft")
        self.agent.wait_date()
        self.agent.register(self.lab.url())

    def doctor(self, *words):
        """Exit status and lines."""
        r = self.agent.call("doctor", *words, seconds=2 * PATIENCE)
        return r.returncode, r.stdout.splitlines() or r.stderr.splitlines()

    def forget_date(self, part, fault):
        """Another server takes the place of the one that may have been held since it asked not to be asked."""
        self.agent.set(NTP, "")
        if fault:
            self.lab.set(part, *fault)
        self.agent.set(NTP, f"127.0.0.1:{self.lab.ntp}")

    def close(self):
        try:
            self.agent.stop()
        finally:
            self.lab.stop()
            self.log.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("doctor"))
    yield w
    w.close()


@pytest.fixture
def world(shared):
    shared.lab.reset()
    return shared


def test_the_table_is_complete():
    assert {(f["part"], f["name"]) for f in faults()} == {(part, name) for part, rows in TABLE.items() for name in rows}


@pytest.mark.parametrize("part, fault", [(part, fault) for part, rows in TABLE.items() for fault in rows])
def test_the_first_failure_names_it(world, part, fault):
    expected = TABLE[part][fault]
    words = [fault, *VALUES.get(fault, [])]
    if part == "ntp":
        world.forget_date(part, words)
    else:
        world.lab.set(part, *words)
    try:
        status, lines = world.doctor()
        shown = "\n".join(lines)
        if expected is None:
            assert status == OK and lines[0] == "ok    all is well (5 of 5 well)", shown
            return
        first, found = expected
        assert status == FAILS and re.match(rf"FAIL  {first}\b", lines[0]), shown
        assert re.match(rf"      Found: .*{found}", lines[1]), shown
        assert re.match("      To do: .{10}", lines[2]) and not lines[3], shown
    finally:
        if part == "ntp":
            world.lab.reset()
            world.agent.sealpost("xCommand", "Time", "Floor", "Reset", expect=None)     # the wrong date has become the floor
            world.forget_date(part, None)
            world.agent.wait_date()


@pytest.fixture(scope="module")
def streams(tmp_path_factory):
    """The log server and a server of keys for NTS are the lab's server, which has every fault. The date comes with a key."""
    w = World(tmp_path_factory.mktemp("streams"))
    w.agent.run("xCommand HttpFeedback Deregister FeedbackSlot: 1")
    w.lab.streams(w.agent)
    yield w
    w.close()


def of_streams(fault):
    """What is found of NTS 2 and of Logging: None, or (check, found). TLS is all that is said there."""
    expected = TABLE["tls"][fault]
    log = expected and (re.sub(".*: ", "", expected[0]).replace("(TLS|HTTP)", "TLS"), expected[1])
    if fault == "cn-only":      # the name is the manager's
        log = None
    return (("TLS", "does not speak TLS 1.3") if fault in ("tls1.0", "tls1.1", "tls1.2", "no-shared-cipher") else log), log


@pytest.mark.parametrize("fault", TABLE["tls"])
def test_nts_and_the_log_server_are_tried_too(streams, fault):
    """By the handshake alone, with each fault: the first failure names it."""
    def posts():
        """Without heartbeats, which come when they will."""
        return [p["number"] for p in streams.lab.posts() if p["service"] != "manager"]
    streams.lab.set("tls", fault)
    before = posts()
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(streams.doctor, ("nts", "log")))
    for (status, lines), name, expected in zip(answers, ("NTS 2", "Logging"), of_streams(fault)):
        shown = "\n".join(lines)
        if expected is None:
            assert status == OK and lines[0] == "ok    all is well (1 of 1 well)", shown
            continue
        assert status == FAILS and re.match(rf"FAIL  {name}: {expected[0]}\b", lines[0]), shown
        assert re.match(rf"      Found: .*{expected[1]}", lines[1]) and re.match("      To do: .{10}", lines[2]), shown
    assert posts() == before, "nothing is sent"


def test_all_are_tried_with_nts_and_a_log_server(streams):
    streams.lab.set("tls", "good")
    status, lines = streams.doctor()
    assert [re.split("  +", line)[1] for line in lines[2:] if re.match("(ok|FAIL) ", line)] == [
        "DNS", "NTS 2", "NTP", "ExternalManager", "Phonebook", "Logging"], lines
    steps = [re.split("  +", line.strip())[1] for line in streams.doctor("--all", "logging")[1] if line.startswith("  ")]
    assert steps == ["Settings", "Time", "Roots", "DNS", f"TCP 127.0.0.1 port {streams.lab.https}", "TLS",
                     *(f"Certificate {c}" for c in ("Chain", "Signatures", "Dates", "Name", "Purpose", "Strength", "Form", "Revocation"))]
    for word, found in (("NTS 1", "has no NTS"), ("NTS 3", "has no NTS")):
        status, lines = streams.doctor(word)
        assert status == FAILS and found in lines[1], lines
    assert "NTS with one from 1 to 3" in streams.doctor("NTS 4")[1][0]
    shown = streams.agent.run("xCommand Diagnostics Connection Service: NTS TimeServer: 2")
    assert 'Outcome: Pass' in shown and f'manager.sealpost.test:{streams.lab.https}' in shown, shown
    assert 'Outcome: Pass' in streams.agent.run("xCommand Diagnostics Connection Service: Logging")


def test_a_step_a_line(world):
    world.lab.set("http", "status", "404")
    status, lines = world.doctor("phone", world.lab.url())
    assert status == FAILS and lines[0] == "FAIL  Phonebook: HTTP (1 of 2 well)"
    steps = [line for line in lines if re.match("  (ok|FAIL|skip|warn) ", line)]
    assert [re.split("  +", line.strip())[1] for line in steps] == [
        "Settings", "Time", "Roots", "DNS", f"TCP 127.0.0.1 port {world.lab.https}", "TLS",
        *(f"Certificate {c}" for c in ("Chain", "Signatures", "Dates", "Name", "Purpose", "Strength", "Form", "Revocation")), "HTTP",
        "Application"]
    assert steps[-2].startswith("  FAIL  HTTP ") and steps[-1].startswith("  skip  Application ") and lines[-1].startswith("ok    https://")
    assert len(world.doctor("--all", world.lab.url())[1]) == 2 + 1 + 16
    world.lab.set("tls", "hang")
    with ThreadPoolExecutor() as pool:
        briefly, at_length = pool.map(lambda words: world.doctor(*words)[1], (["phone"], ["phone", "--all"]))
    assert briefly[-1].split(maxsplit=4)[:4] == ["skip", "Certificate", "Chain", "to"] and "Application  there is no connection" in briefly[-1], briefly
    assert len(at_length) == 4 + 1 + 16


def test_what_may_be_named(world):
    names = {"DNS": ["DNS"], "ntp": ["NTP"], "manager": ["ExternalManager"], "Feedback": ["HttpFeedback 1"], "HttpFeedback 1": ["HttpFeedback 1"]}
    for word, expected in names.items():
        status, lines = world.doctor(word)
        assert status == OK and [re.split("  +", line)[1] for line in lines[2:]] == expected, lines
    assert world.doctor("HttpFeedback", "1")[1][2:] == world.doctor("HttpFeedback 1")[1][2:]
    status, lines = world.doctor("HttpFeedback", "2")
    assert status == FAILS and "not registered" in lines[1]
    status, lines = world.doctor("Fax")
    assert status == 65 and "expected DNS, NTS, NTP" in lines[0]
    assert world.doctor("--fast")[0] == 64


def test_warnings_are_no_failure(world):
    world.agent.set("HttpFeedback TlsVerify", "Off")
    try:
        status, lines = world.doctor("HttpFeedback")
        assert status == OK and lines[0] == "warn  HttpFeedback 1: Settings (0 of 1 well)" and "verification Off" in lines[1]
    finally:
        world.agent.set("HttpFeedback TlsVerify", "On")
    world.lab.set("http", "wrong-type")     # which feedback servers may well send
    status, lines = world.doctor("HttpFeedback")
    assert status == OK and lines[0].startswith("warn  HttpFeedback 1: Application") and "HTML page" in lines[1] and "log-in page" in lines[2]


def test_a_parked_slot_is_not_well(world):
    """The server would take posts again, but nothing goes to it."""
    world.lab.set("http", "status", "410")
    world.agent.publish_event("gone")
    wait_for(lambda: "Parked: True" in world.agent.run("xStatus HttpFeedback 1 Delivery"), "the slot is parked", explain=world.log.tail)
    world.lab.reset()
    status, lines = world.doctor("HttpFeedback")
    assert status == FAILS and lines[0].startswith("FAIL  HttpFeedback 1: Application") and "parked" in lines[1] and "Enable" in lines[2], lines
    world.agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    assert world.doctor("HttpFeedback")[0] == OK


def test_programs_get_the_same(world):
    world.lab.set("tls", "expired")
    r = world.agent.call("--json", "doctor")
    answer = json.loads(r.stdout)["CommandResponse"]["DiagnosticsServicesResult"]
    assert r.returncode == FAILS and answer["FirstFailure"]["Value"] == "ExternalManager: Certificate Dates"
    assert [s["Name"]["Value"] for s in answer["Service"]] == ["DNS", "NTP", "ExternalManager", "Phonebook", "HttpFeedback 1"]
    assert list(answer) == ["status", "Outcome", "FirstFailure", "Found", "Hint", "Service"]


def test_at_a_terminal(world, tmp_path):
    """Symbols and colours, and lines that fit; and typed as a line, in a session and as a login shell's."""
    world.lab.set("tls", "expired")
    p = Person(world.agent, tmp_path, env={"LANG": "C.UTF-8"})
    p.sees("sealpost> ")
    p.resize(24, 72)
    p.types("doctor\r")
    shown = p.sees("sealpost> $").split("\r\n")
    assert any(line.startswith("\x1b[31m✗\x1b[0m ExternalManager: Certificate Dates") for line in shown), shown
    assert all(len(re.sub("\x1b\\[[0-9;]*m", "", line)) <= 72 for line in shown[1:]), shown
    assert any(line == "\x1b[32m✓\x1b[0m DNS" for line in shown)
    p.types("bye\r")
    assert p.ended() == 0
    r = world.agent.call("-c", "doctor dns")
    assert r.returncode == OK and r.stdout.startswith("ok    all is well (1 of 1 well)\n\nok    DNS\n")


def test_nothing_is_set(tmp_path):
    log = Syslog(tmp_path)
    agent = Agent(tmp_path, log, ["NetworkServices NTP Mode: Off", f'Network 1 DNS Server 1 Address: "127.0.0.1:{free_port()}"']).start()
    try:
        r = agent.call("doctor")
        assert r.returncode == FAILS and "NTP: Answer" in r.stdout and "no manager, phone book or feedback registration is set" in r.stdout
    finally:
        agent.stop()
        log.stop()
