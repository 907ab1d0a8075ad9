# SPDX-License-Identifier: MIT
"""NTS (RFC 8915) against chronyd, by name, with a chain of an authority of our own; and with somebody on the way."""
import re
import socket
import ssl
import subprocess
import threading
import time
import types

import pytest

import real
from pki import Pki

DAY = 86400
HEADER = 48
PROBE = real.BUILD / "probe"


class NtsChrony(real.Chrony):
    """chronyd that establishes keys, too. relayed: it names 127.0.0.2 as its NTP server, where a Relay is."""

    def __init__(self, folder, pki, chain, name="chrony", relayed=False, **options):
        self.ke_port = real.free_port()
        extra = (f"ntsport {self.ke_port}\nntsserverkey {chain[0].key}\nntsservercert {pki.bundle(chain)}\nntsprocesses 0\n"
                 + ("ntsntpserver 127.0.0.2\n" if relayed else ""))
        super().__init__(folder, name=name, extra=extra, **options)

    def start(self, offset_s=0):
        super().start(offset_s)
        real.wait_for(lambda: real.accepts(self.ke_port), "chronyd establishes keys", explain=self.process.explain)


class Relay:
    """Between the client and chronyd's NTP port, at the same port of 127.0.0.2. What change(packet) gives for an answer is sent
    on: a list of packets."""

    def __init__(self, port):
        self.change = lambda packet: [packet]
        self.requests = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.2", port))
        self.port = port
        self.ends = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        self.socket.settimeout(0.1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.settimeout(0.5)
            while not self.ends:
                try:
                    request, client = self.socket.recvfrom(2048)
                except OSError:
                    continue
                self.requests.append(request)
                try:
                    server.sendto(request, (real.HOST, self.port))
                    answers = self.change(server.recv(2048))
                except OSError:
                    continue
                for answer in answers:
                    self.socket.sendto(answer, client)

    def stop(self):
        self.ends = True
        self.thread.join(5)
        self.socket.close()


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), start_ntp=False)
        self.root = self.pki.root("TestRoot", days=(-400, 9000))
        self.issuer = self.pki.intermediate("TestIssuer", self.root, days=(-400, 9000))
        self.port = self.serve([self.pki.leaf("good.test", self.root, days=(-2, 900))])
        self.nginx.start()
        self.url = f"https://good.test:{self.port}/good"

    def chrony(self, days=(-2, 300), host="time.test", issuer=None, **options):
        chain = [self.pki.leaf(host, issuer or self.issuer, days=days), issuer or self.issuer]
        return self.keep(NtsChrony(self.folder, self.pki, chain, **options))

    def begin(self, ntp, *more, host="time.test", number=1):
        """Starts the agent with NTS from this server, a registration and one event that waits."""
        self.agent.write_settings([
            "NetworkServices NTP Mode: Manual", f"Network 1 DNS Server 1 Address: {self.dns.address}",
            f"NetworkServices NTP Server {number} Address: {host}", f"NetworkServices NTP Server {number} NTS: On",
            f"NetworkServices NTP Server {number} NTSPort: {ntp.ke_port}", "NetworkServices NTP Wait: 1", *more])
        self.agent.start()
        self.agent.upload(self.root)
        self.agent.register(self.url)
        self.agent.publish_event("waits for a date")

    def end_pauses(self):
        """Of the clock, after failures: with another root, keys are asked for at once, and an administrator has the time asked for."""
        self.agent.upload(self.pki.root("Further", days=(-2, 9000)))
        self.agent.sealpost("doctor", "ntp", expect=None, seconds=60)

    def state(self):
        return self.agent.status("Time").get("Time State")

    def says(self, pattern, seconds=40):
        """Waits until the last round of questions failed for this reason."""
        def found():
            return re.search(pattern, self.agent.status("NetworkServices NTP").get("NetworkServices NTP LastError", ""))
        real.wait_for(found, f"the last error is {pattern}", seconds, self.log.tail)

    def delivered(self, seconds=real.PATIENCE):
        return self.receiver.wait("/good", seconds=seconds, explain=self.log.tail)

    def probe(self, ntp, count, timeout_ms=10000, host="time.test", root=None):
        """What so many questions came to: (words of the last line, the lines before)."""
        r = subprocess.run([PROBE, "nts", self.dns.address, host, str(ntp.ke_port), (root or self.root).path, str(count),
                            str(timeout_ms)], text=True, capture_output=True, timeout=120)
        assert r.returncode == 0, r.stdout + r.stderr
        lines = r.stdout.splitlines()
        assert lines[-1].startswith("ok "), r.stdout
        return [int(n) for n in lines[-1].split()[1:]], lines[:-1]


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def test_a_thousand_exchanges(world):
    """Eight cookies at the beginning and after each answer, one establishment of keys for all of them."""
    ntp = world.chrony()
    (good, establishments, least), trouble = world.probe(ntp, 1000)
    assert (good, establishments, least) == (1000, 1, 8), trouble


def test_the_agents_date_is_authenticated(world):
    ntp = world.chrony()
    plain = world.keep(real.Chrony(world.folder, name="plain"))
    world.begin(ntp, f"NetworkServices NTP Server 2 Address: {plain.address}")
    world.delivered()
    assert world.state() == "Synchronised"
    status = world.agent.status("NetworkServices NTP")
    assert status["NetworkServices NTP Authentication"] == "NTS"
    assert status["NetworkServices NTP Server 1 Cookies"] == "8"
    assert "authenticated (NTS)" in world.agent.run("xCommand Security Readiness Show")
    assert world.log.find(rf"NTP server {plain.address} is not asked: it has no key and no NTS")
    assert world.log.find(r'VerifyResult=0=OK, NameCheck: Match, service="NTS 1", host=time.test')


def test_who_gave_the_date_is_told_beside_one_that_lies(world):
    """A server with a key that tells another date than two with NTS is outvoted, and the date is said to be NTS's."""
    secret = "ASCII:open-sesame"
    lies = world.keep(real.Chrony(world.folder, name="lies", keys=f"7 SHA1 {secret}\n", offset_s=400 * DAY))
    first, second = world.chrony(name="first"), world.chrony(name="second")
    world.begin(first, "NetworkServices NTP Server 2 Address: time.test", "NetworkServices NTP Server 2 NTS: On",
                f"NetworkServices NTP Server 2 NTSPort: {second.ke_port}", f"NetworkServices NTP Server 1 Address: {lies.address}",
                f"NetworkServices NTP Server 1 Key: {secret}", "NetworkServices NTP Server 1 KeyId: 7",
                "NetworkServices NTP Server 1 KeyAlgorithm: SHA1", number=3)
    world.agent.restart()       # before it had the root, only the key could be used
    world.delivered()
    world.log.wait(f"clock: {lies.address} tells another time than the majority")
    status = world.agent.status("NetworkServices NTP")
    assert status["NetworkServices NTP Authentication"] == "NTS" and status["NetworkServices NTP CurrentAddress"] == "time.test", status
    assert status["NetworkServices NTP Server 1 Authentication"] == "Key"


def test_without_nts_readiness_says_so(world):
    plain = world.keep(real.Chrony(world.folder, name="plain"))
    world.agent.write_settings(["NetworkServices NTP Mode: Manual", f"Network 1 DNS Server 1 Address: {world.dns.address}",
                                f"NetworkServices NTP Server 1 Address: {plain.address}"])
    world.agent.start()
    world.synchronised()
    assert "not authenticated" in world.agent.run("xCommand Security Readiness Show", expect=1)
    assert world.agent.status("NetworkServices NTP")["NetworkServices NTP Authentication"] == "None"


def test_it_is_tried_with_the_others(world):
    """By doctor, and when settings or roots are changed: with the handshake alone, and told before it would be cut off."""
    ntp = world.chrony()
    world.begin(ntp)
    world.delivered()
    assert "all is well (1 of 1 well)" in world.agent.sealpost("doctor", "nts")
    answer = world.agent.sealpost("xCommand", "Configuration", "Try", stdin="Security Revocation Mode: Hard\n", expect=1)
    assert real.servers(answer)["NTS 1"]["Code"] == "3=UNABLE_TO_GET_CRL", answer
    answer = world.agent.sealpost("xCommand", "Configuration", "Try", stdin="NetworkServices NTP Server 1 NTSPort: 9\n", expect=1)
    tried = real.servers(answer)
    assert (tried["NTS 1"]["After"], tried["NTS 1"]["Before"]) == ("Unreachable", "Trusted") and tried["NTP"]["After"] == "Unreachable", answer
    other = world.pki.root("Other", days=(-2, 900))
    refused = world.agent.sealpost("xCommand", "Security", "Certificates", "CA", "Upload", "DryRun:", "True", stdin=other.pem, expect=None)
    assert re.search("Server 2 After: .(19|20)=", refused) and re.search("Server 2 Before: .0=OK", refused), refused
    told = world.agent.run("xConfiguration Security Revocation Mode: Hard")
    assert "This cuts off NTS 1, " in told and "3=UNABLE_TO_GET_CRL" in told, told
    assert "This cuts off" not in world.agent.run("xConfiguration Security Revocation Mode: Off")
    # Another time server has the date forgotten: that cuts no server of keys off, which is verified by the floor then.
    told = world.agent.run("xConfiguration NetworkServices NTP Server 2 NTS: On", "xConfiguration NetworkServices NTP Server 2 Address: two.test")
    assert "cuts off NTS" not in told, told


@pytest.mark.parametrize("fault, said", [
    ("none", None), ("other name", "62=HOSTNAME_MISMATCH"), ("ended before the floor", "10=CERT_HAS_EXPIRED")])
def test_it_is_tried_while_the_date_is_unknown(world, fault, said):
    """By the rule that holds then, with the port of NTP closed: the handshake is all."""
    options = {"none": {}, "other name": {"host": "bad.test"}, "ended before the floor": {"days": (-300, -200)}}[fault]
    ntp = world.chrony(relayed=True, **options)     # where nobody relays
    world.begin(ntp)
    told = world.agent.sealpost("doctor", "nts", expect=None)
    assert world.state() in ("Unknown", "Floor")
    assert ("all is well (1 of 1 well)" if said is None else said) in told, told
    assert "the date is not known yet" in told or said is None, told


@pytest.mark.parametrize("fault, said", [
    ("other root", "19=SELF_SIGNED_CERT_IN_CHAIN"), ("other name", "62=HOSTNAME_MISMATCH"),
    ("ended before the floor", "10=CERT_HAS_EXPIRED")])
def test_a_server_that_is_not_trusted_gives_no_date(world, fault, said):
    """While the date is unknown, too: the floor is the moment at which this program was built."""
    options = {"other root": {"issuer": world.pki.root("Other", days=(-400, 9000))}, "other name": {"host": "bad.test"},
               "ended before the floor": {"days": (-300, -200)}}[fault]
    ntp = world.chrony(**options)
    world.begin(ntp)
    world.log.wait(rf'VerifyResult={said}, NameCheck: \w+, service="NTS 1"')
    world.says(f"no keys for NTS: time.test: certificate verification failed: {said}")
    assert world.state() in ("Unknown", "Floor")
    assert world.receiver.posts == []


def test_a_date_after_the_chain_does_not_count(world):
    """Somebody with the server's key, or the server itself, says a date on which its own certificate is no longer valid."""
    ntp = world.chrony(days=(-2, 20), offset_s=30 * DAY)
    world.begin(ntp)
    world.log.wait("clock: time.test: .*on that date its own certificate is not trusted: 10=CERT_HAS_EXPIRED")
    assert world.state() in ("Unknown", "Floor")
    assert world.receiver.posts == []
    ntp.set_date(time.time())
    world.end_pauses()
    world.delivered(60)


def test_a_date_before_the_chain_does_not_count(world):
    ntp = world.chrony(days=(10, 300))
    world.begin(ntp)
    world.log.wait("clock: time.test: .*on that date its own certificate is not trusted: 9=CERT_NOT_YET_VALID")
    assert world.receiver.posts == []
    ntp.set_date(time.time() + 11 * DAY)
    world.end_pauses()
    world.delivered(60)


def test_a_server_that_forgets_its_keys(world):
    """chronyd keeps none of its keys here: after a restart it knows no cookie, and says so; keys are established anew."""
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    answers = []

    def restart(answer):
        answers.append(answer)
        if len(answers) == 5:
            ntp.stop()
            ntp.start()
        return [answer]
    relay.change = restart
    (good, establishments, _), trouble = world.probe(ntp, 10, timeout_ms=5000)
    assert (good, establishments) == (9, 2), trouble
    assert "NTS NAK" in trouble[0], trouble


def records(*some):
    return b"".join(kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body for kind, body in some)


GOOD = records((0x8001, b"\0\0"), (0x8004, b"\0\x0f"), (5, bytes(100)), (0x8000, b""))


def drips(stream):
    for byte in GOOD:
        stream.sendall(bytes([byte]))


def floods(stream):
    while True:
        stream.sendall(records((0x7f01, b"")) * 1000)


# What servers of keys do, and what is said of it.
KEY_SERVERS = {
    "ends at once": (lambda s: None, "before it had sent all of its answer|closed the connection"),
    "ends half way": (lambda s: s.sendall(GOOD[:50]), "before it had sent all of its answer|closed the connection"),
    "speaks HTTP": (lambda s: s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "before it had sent all of its answer|closed the connection"),
    "refuses": (lambda s: s.sendall(records((0x8002, b"\0\1"), (0x8000, b""))), r"it calls our request bad \(error 1\)"),
    "has another cipher": (lambda s: s.sendall(GOOD.replace(b"\0\x0f", b"\0\x1e")), "does not offer AEAD_AES_SIV_CMAC_256"),
    "has no cookie": (lambda s: s.sendall(records((0x8001, b"\0\0"), (0x8004, b"\0\x0f"), (0x8000, b""))), "sent no cookie"),
    "floods": (floods, "longer than 16384 bytes"),
    "says nothing": (lambda s: time.sleep(12), "not done within 10000 ms"),
    "drips": (drips, ""),
    "speaks no NTS": (None, "does not speak ntske/1"),
    "speaks TLS 1.2": (None, "does not speak TLS 1.3"),
}


@pytest.mark.parametrize("manner", KEY_SERVERS)
def test_servers_of_keys_that_are_no_good(world, manner):
    speaks, said = KEY_SERVERS[manner]
    leaf = world.pki.leaf("time.test", world.root, days=(-2, 300))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.path, leaf.key)
    if manner != "speaks no NTS":
        context.set_alpn_protocols(["ntske/1"])
    if manner == "speaks TLS 1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve():
            try:
                with context.wrap_socket(listener.accept()[0], server_side=True) as stream:
                    stream.recv(100)
                    speaks(stream)
                    stream.unwrap()
            except (OSError, TypeError, ValueError):
                pass
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        (good, establishments, _), trouble = world.probe(types.SimpleNamespace(ke_port=listener.getsockname()[1]), 1, timeout_ms=200)
        thread.join(15)
    assert (good, establishments) == (0, int(manner == "drips")), trouble
    assert len(trouble) == 1 and re.search(said, trouble[0]), trouble


def test_no_answers_use_up_the_cookies(world):
    """Eight questions without an answer: then keys are established anew, and all is well when the way is free again."""
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    asked = []

    def silent(packet):
        asked.append(1)
        return [] if len(asked) <= 8 else [packet]
    relay.change = silent
    (good, establishments, least), trouble = world.probe(ntp, 10, timeout_ms=500)
    assert (good, establishments) == (2, 2), trouble
    assert len({request[-32:] for request in relay.requests}) == 10, "no request is sent twice"


def fields(packet):
    """(type, begin, end) of each extension field."""
    at = HEADER
    while at + 4 <= len(packet):
        length = int.from_bytes(packet[at + 2:at + 4], "big")
        yield int.from_bytes(packet[at:at + 2], "big"), at, at + length
        at += length


def without(packet, kind):
    begin, end = next((b, e) for k, b, e in fields(packet) if k == kind)
    return packet[:begin] + packet[end:]


def later(packet, seconds=400 * DAY):
    """With another transmit timestamp."""
    stamp = int.from_bytes(packet[40:44], "big") + seconds
    return packet[:40] + stamp.to_bytes(4, "big") + packet[44:]


ATTACKS = {
    "another date": (lambda a: later(a), "its authenticator is not what the server's key gives"),
    "no extension fields": (lambda a: a[:HEADER], "no unique identifier in it"),
    "no authenticator": (lambda a: without(a, 0x0404), "it is not authenticated"),
    "no unique identifier": (lambda a: without(a, 0x0104), "no unique identifier in it"),
    "a key's MAC in its place": (lambda a: a[:HEADER] + bytes(24), "damaged extension field"),
    "cut short": (lambda a: a[:-8], "damaged extension field"),
    "a bit of the cookies": (lambda a: a[:-1] + bytes([a[-1] ^ 1]), "its authenticator is not what the server's key gives"),
    "a kiss of death": (lambda a: a[:1] + b"\0" + a[2:12] + b"DENY" + a[16:], "its authenticator is not"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_changed_on_the_way_does_not_count(world, attack):
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    change, said = ATTACKS[attack]
    relay.change = lambda answer: [change(answer)]
    (good, establishments, _), trouble = world.probe(ntp, 3, timeout_ms=700)
    assert good == 0 and establishments == 1
    assert all(said in line for line in trouble), trouble
    relay.change = lambda answer: [change(answer), answer]      # and beside the true answer it does no harm
    (good, establishments, least), trouble = world.probe(ntp, 20, timeout_ms=5000)
    assert (good, establishments, least) == (20, 1, 8), trouble


def test_replayed_answers_do_not_count(world):
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    kept = []

    def replay(answer):
        kept.append(answer)
        return [kept[0]]
    relay.change = replay
    (good, _, _), trouble = world.probe(ntp, 4, timeout_ms=700)
    assert good == 1 and len(trouble) == 3
    assert all("its originate timestamp is not what was sent" in line for line in trouble), trouble


def nak(answer):
    """What a server says that does not know the keys: without an authenticator, so anybody can."""
    unique = next((b, e) for k, b, e in fields(answer) if k == 0x0104)
    return answer[:1] + b"\0" + answer[2:12] + b"NTSN" + answer[16:HEADER] + answer[unique[0]:unique[1]]


def test_a_forged_nak(world):
    """Beside the true answer it does nothing. Alone it has keys established anew, from the verified server."""
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    relay.change = lambda answer: [nak(answer), nak(answer), answer]
    (good, establishments, least), trouble = world.probe(ntp, 20, timeout_ms=5000)
    assert (good, establishments, least) == (20, 1, 8), trouble
    relay.change = lambda answer: [nak(answer)]
    (good, establishments, _), trouble = world.probe(ntp, 3, timeout_ms=700)
    assert (good, establishments) == (0, 3)
    assert all("NTS NAK" in line for line in trouble), trouble


def poll(world):
    """Has the time servers asked, and gives what the round came to: "" or why there is no time."""
    world.agent.sealpost("doctor", "ntp", expect=None)
    return world.agent.status("NetworkServices NTP").get("NetworkServices NTP LastError", "")


def test_the_agent_outlives_a_restart_of_its_server(world):
    """Its cookies are unknown then: the date goes on, and after a pause there are keys anew, without that anybody does anything."""
    ntp = world.chrony(relayed=True)
    world.keep(Relay(ntp.port))
    world.begin(ntp)
    world.delivered()
    for restarts in range(1, 6):    # the pause is of a random length, and may end before it is seen
        ntp.stop()
        ntp.start()
        assert "NTS NAK" in poll(world) and world.state() == "Synchronised"
        said = poll(world)
        real.wait_for(lambda: poll(world) == "", "keys are there again", 40, world.log.tail)
        if said:
            break
    assert "the keys for NTS were of no use; keys for NTS are asked for again in" in said
    assert len(world.log.find("clock: keys for NTS were established")) == restarts + 1


def test_no_secret_is_written(world):
    """Cookies, which can be seen on the way, are in no file and no line; nor is anything named for keys."""
    ntp = world.chrony(relayed=True)
    relay = world.keep(Relay(ntp.port))
    world.begin(ntp)
    world.delivered()
    poll(world)
    assert len(relay.requests) >= 2
    cookies = [request[begin + 4:end] for request in relay.requests for kind, begin, end in fields(request) if kind == 0x0204]
    world.agent.stop()      # what it would keep, it has kept
    files = [p for p in world.agent.state.rglob("*") if p.is_file()]
    assert any(p.name == "store.db" for p in files) and cookies
    for p in [*files, world.folder / "agent.out"]:
        text = p.read_bytes() if p.exists() else b""
        assert not [c for c in cookies if c[:16] in text or c[:16].hex().encode() in text.lower()], p
    assert not [p.name for p in files if "nts" in p.name.lower() or "cookie" in p.name.lower()], files
