# SPDX-License-Identifier: MIT
"""Bad input from every side: each gets its own clear sentence, and the agent goes on."""
import re
import subprocess
import time
from pathlib import Path

import pytest

import real
from pki import Pki

BOMB = ('<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
        + "".join(f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi"))
        + "]><Event><Test><Mark>&i;</Mark></Test></Event>")


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"))
        self.root = self.pki.root("TestRoot")
        self.leaf = self.pki.leaf("good.test", self.root)
        self.port = self.serve([self.leaf])
        self.url = f"https://good.test:{self.port}"
        self.nginx.start()
        self.agent.start()
        self.synchronised()
        self.agent.upload(self.root)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("bad_input"))
    yield w
    w.close()


@pytest.fixture
def world(shared):
    """Whatever a test does: the same process still answers and delivers afterwards."""
    pid = shared.agent.pid
    yield shared
    assert shared.agent.process.running(), shared.agent.process.explain()
    assert shared.agent.pid == pid
    shared.agent.set("SystemUnit Name", "well")
    assert shared.agent.get("SystemUnit Name") == "well"


def refused(world, *lines, said):
    """All these lines are refused, with these words."""
    out = world.agent.run(*lines, expect=None)
    assert re.search(said, out), f"expected {said}:\n{out}"
    with pytest.raises(real.Failed):
        world.agent.run(*lines)
    return out


# --- settings ----------------------------------------------------------------------------------------------------

def test_unknown_setting_names_the_nearest(world):
    refused(world, "xConfiguration SystemUnit Nmae: x", said="(?i)SystemUnit Name|No match on address expression")
    refused(world, "xConfiguration Nonsense Whatever: x", said="(?i)no match|unknown")


def test_values_out_of_range(world):
    for line in ("xConfiguration NetworkServices NTP Mode: Sometimes", "xConfiguration NetworkServices NTP Server 4 Address: a",
                 f'xConfiguration SystemUnit Name: "{"x" * 51}"', "xConfiguration HttpFeedback TlsVerify: Perhaps"):
        refused(world, line, said="(?i)illegal|expected|no match|range")
    assert world.agent.get("HttpFeedback TlsVerify") == "On"


def check_config(world, data):
    path = world.folder / "candidate.conf"
    path.write_bytes(data)
    r = subprocess.run([world.agent.build / "sealpostd", "--check-config", path], capture_output=True, text=True,
                       errors="replace", env=world.agent.env, timeout=real.PATIENCE)
    return r.returncode, r.stderr.replace(str(path), "FILE"), r.stdout


@pytest.mark.parametrize("data, said", [
    (b"xConfiguration SystemUnit Nmae: x\n", r"FILE:1:27: .*Name\b"),
    (b"# fine\r\nxConfiguration SystemUnit Name: ok\r\nNetworkServices NTP Mode: Sometimes\r\n", r"FILE:3:\d+: .*Auto"),
    (b"xConfiguration NetworkServices HTTP Mode: On\n", r"FILE:1:\d+: "),
    (b'Phonebook Server 1 URL: "http://a.test/b"\n', r"FILE:1:\d+: .*https://a\.test/b"),
    (b"SystemUnit Name\n", r"FILE:1:\d+: "),
    (b'SystemUnit Name: "open\n', r'FILE:1:\d+: .*closing "'),
    (b"SystemUnit Name: a\0b\n", r"FILE:1:\d+: "),
    (b"SystemUnit Name: \xff\xfe\n", r"FILE:1:\d+: "),
    (b"SystemUnit Name: " + b"x" * 10_000_000 + b"\n", r"FILE(:1:\d+)?: .*(long|large|bytes|size|character)"),
], ids=["unknown", "range", "refused mode", "http", "no value", "open quote", "NUL", "not UTF-8", "10 MB line"])
def test_settings_file(world, data, said):
    status, err, _ = check_config(world, data)
    assert status == 78 and re.search(said, err), err[:2000]
    assert len(err) < 4000, "the complaint repeats the input"


def test_good_settings_file(world):
    text = "\n# a comment\nxConfiguration SystemUnit Name: \"a b\"\r\nnetworkservices ntp mode: auto\n\n"
    status, err, out = check_config(world, text.encode())
    assert status == 0 and "OK" in out and not err
    status, err, _ = check_config(world, text.replace("auto", "x").encode() + b"Nonsense: y\n")
    assert status == 78 and len(err.strip().splitlines()) == 2, "all that is wrong is told at once"


def test_agent_does_not_start_with_a_wrong_file_nor_takes_one(world):
    other = real.Agent(world.folder, world.log, ["SystemUnit Nmae: x"], name="wrong")
    other.launch()
    assert real.wait_for(lambda: other.process.popen.poll(), "the agent gives up") == 78
    good = world.agent.config.read_text()
    world.agent.config.write_text(good + "xConfiguration SystemUnit Nmae: x\n")
    since = world.log.mark()
    world.agent.process.popen.send_signal(real.signal.SIGHUP)
    world.log.wait("not reloaded", since)
    world.agent.config.write_text(good)
    since = world.log.mark()
    world.agent.process.popen.send_signal(real.signal.SIGHUP)
    world.log.wait("settings reloaded", since)


# --- the terminal ------------------------------------------------------------------------------------------------

def memory(world):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{world.agent.pid}/status").read_text()).group(1))


def test_line_of_10_megabytes(world):
    before = memory(world)
    out = world.agent.sealpost(stdin=b'xConfiguration SystemUnit Name: "' + b"x" * 10_000_000 + b'"\nxConfiguration SystemUnit Name\n',
                               expect=None)
    assert re.search("(?i)too long|longer than|at most", out), out[:2000]
    assert len(out) < 8000
    if "san" not in str(real.BUILD):
        assert memory(world) - before < 4096


def test_body_without_end(world):
    """A multi-line body that never ends is given up at its ceiling."""
    line = b"A" * 76 + b"\n"
    out = world.agent.sealpost(stdin=b"xCommand Security Certificates CA Add\n" + line * 150_000 + b".\n", expect=None,
                               seconds=60)
    assert re.search("(?i)too long|longer than|at most|more than", out), out[:2000]


def test_raw_bytes_on_the_control_socket(world):
    for data in (bytes(range(256)) * 20, b"\0" * 5000, b"\r\n" * 3000, b"{99999999999}\n", b"{10} \nabc", b"xCommand\n.\n" * 500,
                 b'"' * 3000 + b"\n", b"x" * 200_000, "xConfiguration SystemUnit Name: \u202e\ufffd\n".encode()):
        with real.socket.socket(real.socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(str(world.agent.control))
            try:
                s.sendall(data)
                s.shutdown(real.socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except OSError:
                pass


def test_session_that_never_reads(world):
    """Its output stays bounded, and others are served meanwhile."""
    with real.socket.socket(real.socket.AF_UNIX) as s:
        s.settimeout(0.5)
        s.connect(str(world.agent.control))
        try:
            for _ in range(3000):
                s.sendall(b"xConfiguration ??\nxStatus\n")
        except OSError:
            pass
        started = time.monotonic()
        assert world.agent.get("NetworkServices NTP Mode") == "Manual"
        assert time.monotonic() - started < 5


def test_unknown_commands(world):
    refused(world, "xCommand Dila", said="Unknown command")
    refused(world, "frobnicate", said="(?i)unknown|no such")
    refused(world, "xCommand HttpFeedback Register FeedbackSlot: 9 ServerUrl: https://a.test/ Expression: /Event",
            said="(?i)1\\.\\.4|ParameterError|1 to 4")
    refused(world, "xCommand HttpFeedback Register FeedbackSlot: 1 Expression: /Event", said="(?i)ServerUrl|ParameterError")
    refused(world, f"xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: {world.url}/ Expression: \"/Event/[\"",
            said="(?i)expression|ParameterError")
    refused(world, "xStatus No Such Thing", said="No match on address expression")


# --- certificates ------------------------------------------------------------------------------------------------

def certificate_cases(w):
    pem = w.root.pem
    key = w.leaf.key.read_text()
    lines = pem.splitlines(keepends=True)
    damaged = "".join([*lines[:3], lines[3][:10] + "!!" + lines[3][12:], *lines[4:]])
    return {
        "truncated": ("".join(lines[:len(lines) // 2]), "(?i)end|incomplete|damaged|truncated"),
        "damaged": (damaged, "(?i)damaged|base64|line"),
        "key": (key, "(?i)private key"),
        "certificate and key": (pem + key, "(?i)private key"),
        "leaf": (w.leaf.pem, "(?i)not a (CA|certificate authority)|authority|CA"),
        "expired": (w.pki.root("Expired", days=(-9, -2)).pem, "(?i)expired"),
        "future": (w.pki.root("Future", days=(2, 9)).pem, "(?i)not yet valid"),
        "nothing": ("just some words\n", "(?i)no certificate|nothing|found"),
        "good and damaged": (w.pki.root("Fine").pem + damaged, "(?i)base64"),
    }


def test_certificates(world):
    sentences = {}
    before = world.agent.status("Security")["Security Certificates CA Count"]
    for name, (text, said) in certificate_cases(world).items():
        with pytest.raises(real.Failed) as failed:
            world.agent.upload(text)
        reason = re.search(r'Reason: "(.*)"', str(failed.value))
        assert reason and re.search(said, reason.group(1)), f"{name}: {failed.value}"
        sentences[name] = reason.group(1)
        assert "BEGIN" not in reason.group(1) or len(reason.group(1)) < 300
        assert world.agent.status("Security")["Security Certificates CA Count"] == before, f"{name}: half applied"
    for a, b in (("truncated", "key"), ("key", "leaf"), ("expired", "future"), ("nothing", "truncated")):
        assert sentences[a] != sentences[b], f"{a} and {b} have the same sentence"
    assert not world.log.find("PRIVATE KEY")


# --- documents ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("document, said", [
    (BOMB, "(?i)doctype|entit"),
    ("<Event><Test>", "(?i)end|incomplete|premature|closed|parse|well-formed|line"),
    ("", "(?i)empty|document|root"),
    ("not xml at all", "(?i)xml|start|document|<"),
    ("<Nonsense><a>1</a></Nonsense>", "(?i)Status, Event or Configuration|root"),
    ('<?xml version="1.0" encoding="UTF-8"?><Event><Test>\xff</Test></Event>'.encode("latin-1"), "(?i)utf-8|encod|byte|xml"),
    ("<Event>" + "<a>" * 5000 + "</a>" * 5000 + "</Event>", "(?i)deep|nest|depth|level"),
    ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><Event><Test>x</Test></Event>', "(?i)doctype|entit"),
    ("<Event><Test><Mark>" + "x" * 5_000_000 + "</Mark></Test></Event>", "(?i)long|large|bytes|at most|more than"),
], ids=["bomb", "cut", "empty", "text", "root", "encoding", "deep", "external", "5 MB"])
def test_documents(world, document, said):
    started = time.monotonic()
    out = world.agent.publish(document, expect=None)
    assert re.search(said, out), out[:2000]
    with pytest.raises(real.Failed):
        world.agent.publish(document)
    assert time.monotonic() - started < 10


# --- answers of a trusted server --------------------------------------------------------------------------------

def gigabyte(declared, count):
    def stream(post, write):
        length = f"Content-Length: {1 << 30}\r\n" if declared else ""
        write(f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{length}Connection: close\r\n\r\n".encode())
        for _ in range(1 << 14):
            write(b"x" * 65536)
            count[0] += 65536
    return stream


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "endless"])
def test_answer_of_a_gigabyte(world, declared):
    count = [0]
    path = f"/gigabyte{declared}"
    world.receiver.stream = gigabyte(declared, count)
    try:
        world.agent.register(world.url + path, slot=2)
        world.agent.publish_event("1 GB please")
        # The status counts, whatever its body.
        real.wait_for(lambda: world.agent.status("HttpFeedback 2").get("HttpFeedback 2 Queue Count") == "0", "delivery",
                      explain=world.log.tail)
    finally:
        world.receiver.stream = None
    assert count[0] < 64 << 20, "it read far more than it keeps"
    world.agent.deregister(2)
