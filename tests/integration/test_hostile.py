# SPDX-License-Identifier: MIT
"""A server that verified correctly and means ill: manager, phone book and receiver of documents at once. Whatever it sends, the
agent neither stumbles, stalls, grows nor becomes weaker, and its other work goes on."""
import re
import ssl
import socket
import threading
import time
from pathlib import Path

import pytest

import real
from pki import Pki

TEXT = b"Content-Type: text/xml; charset=utf-8\r\n"
GROWTH_KB = 20 << 10            # 1 MiB of answer becomes some MB of tree; sanitizers make it more
SENT_MAX = 12 << 20             # of what has no end: what fits into the agent's bound, buffers on the way, and no more


def answer(body, status="200 OK", headers=TEXT):
    body = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n".encode() + headers + b"\r\n" + body


def soap(management="", heartbeat=3600):
    return answer(f"<PostEventResult><Management>{management}</Management><HeartBeatInterval>{heartbeat}</HeartBeatInterval>"
                  "</PostEventResult>")


def configuration(xml):
    return f"<Configuration><Configuration>{xml}</Configuration></Configuration>"


def found(entries):
    return answer(f"<SearchResult>{entries}</SearchResult>")


class Hostile:
    """Speaks TLS 1.2 and 1.3 as one should, and whatever `say` gives above it: chunks for one request, without end if it likes.
    A chunk may be a list: TLS records that arrive together."""

    def __init__(self, chain, bundle):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(bundle, chain[0].key)
        self.say = {}                   # first part of the path: function(request) that yields bytes
        self.asked = []                 # paths, in order
        self.sent = 0                   # the most that one request was answered
        self.ended = threading.Event()
        self.socket = socket.create_server((real.HOST, 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            client.settimeout(40)
            with self.context.wrap_socket(client, server_side=True) as tls, tls.makefile("rb") as lines:
                while self._one(tls, lines):
                    pass
        except (OSError, ValueError):
            pass

    def _one(self, tls, lines):
        first = lines.readline().split()
        if len(first) < 2:
            return False
        length, line = 0, lines.readline()
        while line.strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            line = lines.readline()
        lines.read(length)
        path = first[1].decode()
        self.asked.append(path)
        sent = 0
        try:
            for chunk in self.say[path.split("/")[1]](path):
                if self.ended.is_set():
                    return False
                records = chunk if isinstance(chunk, list) else [chunk]
                tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                for record in records:
                    tls.sendall(record)
                    sent += len(record)
                tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        finally:
            self.sent = max(self.sent, sent)
        return True

    def count(self, beginning):
        return len([p for p in list(self.asked) if p.startswith(beginning)])

    def stop(self):
        self.ended.set()
        self.socket.close()


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), env={
            "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"})
        self.root = self.pki.root("TestRoot")
        leaf = [self.pki.leaf("good.test", self.root, names="DNS:hostile.test,DNS:good.test")]
        self.good = self.serve(leaf)
        self.nginx.start()
        self.hostile = self.keep(Hostile(leaf, self.pki.bundle(leaf)))
        self.place = f"hostile.test:{self.hostile.port}"
        self.behave()
        self.agent.start()
        self.synchronised()
        self.agent.upload(self.root)
        self.agent.register(f"https://good.test:{self.good}/feed")
        self.agent.run("xConfiguration Provisioning ExternalManager Path: manager/x",
                       f"xConfiguration Phonebook Server 1 URL: https://{self.place}/book/x",
                       "xConfiguration Phonebook Server 1 Type: TMS", "xConfiguration HttpFeedback Order: Strict",
                       f"xConfiguration Provisioning ExternalManager Address: {self.place}")
        self.wait("Status", "^Provisioned$")

    def behave(self, manager=None, book=None, document=None):
        """None: as one should."""
        self.hostile.say = {"manager": manager or (lambda path: [soap()]), "document": document or (lambda path: [answer("<OK/>")]),
                            "book": book or (lambda path: [found("<Entry><Name>Ada</Name><Id>e_1</Id><IsLast>true</IsLast></Entry>")])}
        self.hostile.sent = 0

    def wait(self, what, value, seconds=real.PATIENCE):
        path = f"Provisioning {what}"
        return real.wait_for(lambda: re.search(value, self.agent.status("Provisioning").get(path, "")), f"{path} like {value}", seconds,
                             lambda: f"{self.agent.status('Provisioning')}\n{self.log.tail()}")

    def event(self):
        self.agent.provision()

    def resident_kb(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.agent.pid}/status").read_text()).group(1))

    def ask_document(self):
        """The manager, good for this once, asks for a document that goes to the hostile place."""
        before = self.hostile.count("/document")
        self.hostile.say["manager"] = lambda path: [soap("<DocumentsToPost><DocumentToPost><Location>/Status/SystemUnit</Location><URL>"
                                                         f"https://{self.place}/document/x</URL></DocumentToPost></DocumentsToPost>")]
        self.event()
        real.wait_for(lambda: self.hostile.count("/document") > before, "the document is posted", explain=self.log.tail)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("hostile"))
    yield w
    w.close()


@pytest.fixture
def world(shared):
    """Anew: events have a pace, and memory is measured from here."""
    shared.behave()
    shared.agent.restart()
    shared.wait("Status", "^Provisioned$")
    yield shared
    assert shared.agent.process.running(), shared.agent.process.explain()


# --- what it says ------------------------------------------------------------------------------------------------

def for_ever(beginning, chunk):
    def say(path):
        yield beginning
        while True:
            yield chunk
    return say


def one(data):
    return lambda path: [data]


def slow(path):
    for c in answer("<PostEventResult/>"):
        yield bytes([c])
        time.sleep(0.2)


def redirects(path):
    yield answer("", "307 Temporary Redirect", f"Location: /elsewhere{path}\r\n".encode())


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + TEXT + b"\r\n"
DEEP = "<PostEventResult>" + "<Management>" * 80000
WIDE = "<PostEventResult><Management>" + "<Configuration/>" * 60000 + "</Management></PostEventResult>"
ATTRIBUTES = "<PostEventResult " + " ".join(f"a{i}='1'" for i in range(60000)) + "/>"

# name: what it says, and what the manager's last error and the phone book's answer then are
BEHAVIOURS = {
    "huge": (for_ever(CHUNKED, b"10000\r\n" + b" " * 0x10000 + b"\r\n"), "longer than", "BadResponse"),
    "deep": (one(answer(DEEP)), "no XML document", "BadResponse"),
    "wide": (one(answer(WIDE)), "no XML document", "BadResponse"),
    "attributes": (one(answer(ATTRIBUTES)), "no XML document", "BadResponse"),
    "slow": (slow, None, "Unreachable"),
    "endless headers": (for_ever(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"x" * 500 + b"\r\n"), "headers", "BadResponse"),
    "one endless header": (for_ever(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 0x1000), "too long|headers", "BadResponse"),
    "endless continues": (for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50), "headers", "BadResponse"),
    "endless small chunks": (for_ever(CHUNKED, b"1\r\n \r\n" * 1000), "longer than", "BadResponse"),
    "redirecting": (redirects, "redirects are not followed", "BadResponse"),
    "downgrading": (one(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"), None, "Unreachable"),
    "to plain http": (one(answer("", "301 Moved", b"Location: http://good.test/\r\n")), "redirects are not followed", "BadResponse"),
}


@pytest.mark.parametrize("what", BEHAVIOURS)
def test_whatever_it_says(world, what):
    say, error, cause = BEHAVIOURS[what]
    world.behave(document=say)
    before, log_before = world.agent.run("xConfiguration"), world.log.mark()
    world.ask_document()
    resident = world.resident_kb()
    world.hostile.say.update(manager=say, book=say)
    asked = world.hostile.count("/manager")
    world.event()
    real.wait_for(lambda: world.hostile.count("/manager") > asked, "it is asked", explain=world.log.tail)
    # While all three are under way: a post of another server's, and the terminal.
    delivered = len(world.receiver.posts)
    begun = time.monotonic()
    world.agent.publish_event(what)
    real.wait_for(lambda: len(world.receiver.posts) > delivered, "another server's post", explain=world.log.tail)
    out = world.agent.run("xCommand Phonebook Search SearchString: a", expect=None)
    assert time.monotonic() - begun < 15, "the phone book's deadline is five seconds"
    said = re.search(r"Cause: (\w+)", out)
    assert said and said.group(1) == cause, out
    if error:
        world.wait("LastError", error)
    assert world.resident_kb() - resident < GROWTH_KB, f"grew by {world.resident_kb() - resident} kB"
    assert world.hostile.sent < SENT_MAX, "it is cut off"
    assert len(world.log.lines) - log_before < 40, world.log.tail()
    assert not world.hostile.count("/elsewhere")
    assert world.agent.run("xConfiguration") == before
    # And when it behaves, all is well.
    world.behave()
    world.agent.run("xConfiguration Provisioning ExternalManager AlternateAddress: missing.test",
                    "xConfiguration Provisioning ExternalManager AlternateAddress: \"\"")
    world.wait("Status", "^Provisioned$")
    assert 'Contact 1 Name: "Ada"' in world.agent.run("xCommand Phonebook Search SearchString: a")


# --- what it asks for --------------------------------------------------------------------------------------------

WEAKER = ("<NetworkServices><HTTPS><VerifyServerCertificate>Off</VerifyServerCertificate></HTTPS><HTTP><Mode>On</Mode></HTTP>"
          "</NetworkServices><Provisioning><TlsVerify>Off</TlsVerify><ExternalManager><Protocol>HTTP</Protocol><MayWeaken>On</MayWeaken>"
          "<Guarded></Guarded></ExternalManager></Provisioning><Phonebook><Server><TlsVerify>Off</TlsVerify></Server></Phonebook>"
          "<HttpFeedback><TlsVerify>Off</TlsVerify></HttpFeedback><Security><Verification><Profile>Guide</Profile><CommonName>On"
          "</CommonName></Verification><Revocation><Mode>Off</Mode></Revocation></Security>")


def test_it_asks_for_weakness(world):
    """In a push, in commands, and by addresses of plain http."""
    world.agent.run("xConfiguration Security Verification Profile: Strict", "xConfiguration Security Verification CommonName: Off",
                    "xConfiguration Security Revocation Mode: Soft")
    before = world.agent.run("xConfiguration")
    roots = world.agent.run("xCommand Security Certificates CA Show")
    world.behave(manager=lambda path: [soap(
        configuration(WEAKER) + "<Command><Command><Security><Certificates><CA><DeleteAll/><Clear/></CA></Certificates></Security>"
        "<HttpFeedback><Register><FeedbackSlot>4</FeedbackSlot><ServerUrl>http://good.test/</ServerUrl><Expression>/Status</Expression>"
        "</Register></HttpFeedback></Command><Feedback><URL>http://good.test/</URL></Feedback></Command><DocumentsToPost>"
        "<DocumentToPost><Location>/Configuration</Location><URL>http://good.test/</URL></DocumentToPost></DocumentsToPost>")])
    mark = world.log.mark()
    world.event()
    world.log.wait(r"configuration: 0 set.*guarded", mark)
    world.log.wait(r"results of its commands go with the next event", mark)
    world.wait("Commands Failed", "^1$")
    world.wait("Commands Refused", "^2$")
    assert world.agent.run("xConfiguration") == before
    assert world.agent.run("xCommand Security Certificates CA Show") == roots
    assert world.agent.status("HttpFeedback 4") == {}
    world.agent.run("xConfiguration Security Verification Profile: Guide", "xConfiguration Security Verification CommonName: On",
                    "xConfiguration Security Revocation Mode: Off")


def test_its_answers_do_not_chase_each_other(world):
    """Each answer contradicts the one before, and asks for the next event at once."""
    names = iter(range(10 ** 9))

    def contradict(path):
        n = next(names)
        yield soap(configuration(f"<SystemUnit><Name>{n}</Name></SystemUnit><Provisioning><ExternalManager><AlternateAddress>a{n}.test"
                                 f"</AlternateAddress></ExternalManager></Provisioning>") +
                   "<Command><Command><Provisioning><StartProvisioning/></Provisioning></Command></Command>", heartbeat=1)
    world.behave(manager=contradict)
    before, mark = world.hostile.count("/manager"), world.log.mark()
    resident = world.resident_kb()
    world.event()
    end = time.monotonic() + 6
    while time.monotonic() < end:
        world.agent.publish_event("meanwhile")
        time.sleep(0.2)
    events, took = world.hostile.count("/manager") - before, time.monotonic() - end + 6
    assert 10 < events <= 22 + took / 10, f"{events} events in {took:.0f} seconds"
    assert len(world.log.lines) - mark < 150
    assert world.resident_kb() - resident < GROWTH_KB
    assert world.agent.get("Provisioning TlsVerify") == "On"
    world.agent.wait_delivered(1)
    world.agent.run("xConfiguration Provisioning ExternalManager AlternateAddress: \"\"", "xConfiguration SystemUnit Name: tested")


def named(value, prefix="soap", space="http://schemas.xmlsoap.org/soap/envelope/", header="", declaration='<?xml version="1.0"?>'):
    """A push of this name in a whole envelope."""
    push = configuration(f"<SystemUnit><Name>{value}</Name></SystemUnit>")
    return (f'{declaration}<{prefix}:Envelope xmlns:{prefix}="{space}">{header}<{prefix}:Body><m:PostEventResponse xmlns:m="'
            'http://www.tandberg.net/2004/11/SystemManagementService/"><m:PostEventResult><m:HeartBeatInterval>3600</m:HeartBeatInterval>'
            f"<m:Management>{push}</m:Management></m:PostEventResult></m:PostEventResponse></{prefix}:Body></{prefix}:Envelope>")


CLOSES = b"Connection: close\r\n\r\n"
# Other servers than ours, which mean well. Each pushes its name.
OTHERS = {
    "soap-1.2": answer(named("soap-1.2", "s", "http://www.w3.org/2003/05/soap-envelope"),
                       headers=b'Content-Type: application/soap+xml; charset=utf-8; action="x"\r\n'),
    "header": answer(named("header", header='<soap:Header><x:Id xmlns:x="urn:x" soap:mustUnderstand="1">7</x:Id></soap:Header>')),
    "mark": answer(b"\xef\xbb\xbf" + named("mark").encode()),
    "empty-lines": answer("\r\n\n" + named("empty-lines")),
    "utf-16-declared": answer(named("utf-16-declared", declaration='<?xml version="1.0" encoding="utf-16"?>')),
    "instructions": answer(named("instructions", declaration='<?xml version="1.0"?><?xml-stylesheet href="x"?><!-- c -->')),
    "indented": answer(named("\n    indented\n  ")),
    "cdata": answer(named("<![CDATA[cdata]]>")),
    "no-type": answer(named("no-type"), headers=b""),
    "cookies": answer(named("cookies"), headers=TEXT + b"Set-Cookie: ASP.NET_SessionId=a; path=/\r\nSet-Cookie: b=c\r\n"),
    "early-hints": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(named("early-hints")),
    "no-reason": answer(named("no-reason"), "200"),
    "no-length": b"HTTP/1.1 200 OK\r\n" + TEXT + CLOSES + named("no-length").encode(),
    "http-1.0": b"HTTP/1.0 200 OK\r\n" + TEXT + b"\r\n" + named("http-1.0").encode(),
    "closes-after": answer(named("closes-after")),
}


def test_others_who_mean_well(world):
    """What real servers and SOAP libraries send differently: each answer is understood, whatever was before."""
    def say(data, closes):
        yield data
        if closes:
            raise OSError("closes")
    for name, data in OTHERS.items():
        world.behave(manager=lambda path, d=data, c=name in ("no-length", "http-1.0", "closes-after"): say(d, c))
        world.event()
        real.wait_for(lambda: world.agent.get("SystemUnit Name") == name, name, explain=world.log.tail)
    # Nothing to say to a heartbeat, which is what the diagnosis sends.
    world.behave(manager=lambda path: [answer("", "204 No Content", b"")])
    said = world.agent.call("xCommand", "Diagnostics", "Connection", "Service:", "ExternalManager")
    assert said.returncode == 0 and "nothing to be done (HTTP 204)" in said.stdout, said.stdout
    world.behave()
    world.agent.run("xConfiguration SystemUnit Name: tested")


def test_an_answer_that_nobody_asked_for(world):
    """On the kept connection, after the one that was asked for: it is not the answer to the next event."""
    def name(value):
        return soap(configuration(f"<SystemUnit><Name>{value}</Name></SystemUnit>"))

    world.behave(manager=lambda path: [[name("asked for"), name("not asked for")]])
    world.event()
    real.wait_for(lambda: world.agent.get("SystemUnit Name") == "asked for", "the first answer", explain=world.log.tail)
    world.behave(manager=lambda path: [name("next")])
    world.event()
    real.wait_for(lambda: world.agent.get("SystemUnit Name") != "asked for", "its answer", explain=world.log.tail)
    assert world.agent.get("SystemUnit Name") == "next"
    world.agent.run("xConfiguration SystemUnit Name: tested")


def test_it_restarts_the_agent_for_ever(world):
    """It answers each Boot with the command to boot: after a while that is refused, and the agent goes on."""
    boot = soap("<Command><Command><SystemUnit><Boot/></SystemUnit></Command></Command>")
    world.behave(manager=lambda path: [boot])
    mark = world.log.mark()
    world.event()
    world.log.wait("its command is refused: xCommand SystemUnit Boot: the manager has restarted this agent 10 times in a row", mark, 60)
    assert len(world.log.find("agent: restarts as asked for", mark)) == 10
    world.behave()
    world.event()
    world.wait("Status", "^Provisioned$")
    world.agent.publish_event("after all")
    world.agent.wait_delivered(1)


def test_pages_that_go_in_circles(world):
    """A phone book whose pages have no end: each says that there is more. The same ones again end it; every entry anew is bounded."""
    numbers = iter(range(10 ** 9))

    def entries(ids):
        return found("".join(f"<Entry><Name>n</Name><Id>e_{i}</Id></Entry>" for i in ids) + "<NoOfEntries>-7</NoOfEntries>")
    world.behave(book=lambda path: [entries(range(100))])
    out = world.agent.run("xCommand Phonebook Search Limit: 1000", expect=None)
    assert "(status=OK)" in out and out.count("ContactId") == 100 and "TotalRows: 100" in out
    world.behave(book=lambda path: [entries([next(numbers)])])
    resident, begun = world.resident_kb(), time.monotonic()
    out = world.agent.run("xCommand Phonebook Search Limit: 1000 Offset: 60000", expect=None)
    assert "Cause: BadResponse" in out or "Cause: Unreachable" in out
    assert time.monotonic() - begun < 12 and world.resident_kb() - resident < GROWTH_KB
