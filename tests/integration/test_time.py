# SPDX-License-Identifier: MIT
"""Time from a real NTP server, chronyd: plain and with keys, true and false, silent and late."""
import socket
import sqlite3
import time

import pytest

import real
from pki import Pki

YEAR = 365 * 86400
SECRETS = {"SHA1": "a-password-for-one", "SHA256": "HEX:" + "0123456789abcdef" * 4}
SOON = "NetworkServices NTP Wait: 2"        # for an answer that does not come
KEYS = (f"1 SHA1 ASCII:{SECRETS['SHA1']}\n2 SHA256 {SECRETS['SHA256']}\n3 SHA256 ASCII:another\n")


class World(real.Site):
    def __init__(self, folder, settings=()):
        super().__init__(folder, Pki(folder / "pki"), start_ntp=False, settings=settings)
        self.root = self.pki.root("TestRoot", days=(-2, 9000))
        self.port = self.serve([self.pki.leaf("good.test", self.root, days=(-2, 900))])
        self.nginx.start()
        self.url = f"https://good.test:{self.port}/good"

    def chrony(self, name="chrony", **options):
        return self.keep(real.Chrony(self.folder, name=name, **options))

    def begin(self, *servers, settings=()):
        """Starts the agent with these NTP servers, a registration and one event that waits."""
        self.agent.write_settings([
            "NetworkServices NTP Mode: Manual", f"Network 1 DNS Server 1 Address: {self.dns.address}",
            *(f"NetworkServices NTP Server {i} {name}: {value}" for i, server in enumerate(servers, 1)
              for name, value in server.items()), *settings])
        self.agent.start()
        self.agent.upload(self.root)
        self.agent.register(self.url)
        self.agent.publish_event("waits for a date")

    def state(self):
        return self.agent.status("Time").get("Time State")

    def delivered(self, seconds=real.PATIENCE):
        return self.receiver.wait("/good", seconds=seconds, explain=self.log.tail)

    def assert_nothing_sent(self):
        assert self.receiver.posts == [] and self.nginx.requests(self.port) == []


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def silent_port():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((real.HOST, real.free_port()))
    return s, s.getsockname()[1]


def test_plain(world):
    system_before = time.time() - time.monotonic()
    ntp = world.chrony()
    world.begin({"Address": ntp.address})
    world.delivered()
    assert world.state() == "Synchronised"
    date = world.agent.status("Time")["Time TrustedDate"]
    trusted = time.mktime(time.strptime(date, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert abs(trusted - time.time()) < 5
    assert abs(time.time() - time.monotonic() - system_before) < 1, "somebody has set the system's clock"


def test_server_with_umlaut(world):
    """Names as people write them: DNS is asked for the A-label, and that is what the setting says then."""
    ntp = world.chrony()
    port = ntp.address.split(":")[1]
    world.begin({"Address": f"Zeit.Bücher.test:{port}"})
    world.delivered()
    assert world.state() == "Synchronised"
    assert world.agent.get("NetworkServices NTP Server 1 Address") == f"zeit.xn--bcher-kva.test:{port}"


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256"])
def test_key(world, algorithm):
    ntp = world.chrony(keys=KEYS)
    key = {"SHA1": 1, "SHA256": 2}[algorithm]
    world.begin({"Address": ntp.address, "Key": f'"{SECRETS[algorithm]}"', "KeyId": key, "KeyAlgorithm": algorithm})
    world.delivered()
    assert world.state() == "Synchronised"
    shown = world.agent.run("xConfiguration NetworkServices NTP Server 1")
    assert SECRETS[algorithm] not in shown and "***" in shown, "a key is shown"
    assert not world.log.find(SECRETS[algorithm][-12:])


@pytest.mark.parametrize("wrong", ["secret", "id"])
def test_wrong_key_is_no_time(world, wrong):
    ntp = world.chrony(keys=KEYS)
    secret, key = ("wrong", 2) if wrong == "secret" else (SECRETS["SHA256"], 9)
    world.begin({"Address": ntp.address, "Key": f'"{secret}"', "KeyId": key, "KeyAlgorithm": "SHA256"}, settings=[SOON])
    world.log.wait("clock: no time from NTP")
    assert world.state() in ("Unknown", "Floor")
    world.assert_nothing_sent()


def test_false_ticker_is_outvoted(world):
    true = [world.chrony("a"), world.chrony("b")]
    false = world.chrony("false", offset_s=3 * YEAR)    # by its date the server's certificate has long expired
    world.begin({"Address": false.address}, *({"Address": t.address} for t in true))
    world.delivered()
    assert abs(int(world.agent.status("Time")["Time TrustedDate"][:4]) - time.gmtime().tm_year) <= 1


def test_servers_that_disagree_give_no_date(world):
    a, b = world.chrony("a"), world.chrony("b", offset_s=3600)
    world.begin({"Address": a.address}, {"Address": b.address})
    world.log.wait(r"clock: no time from NTP: .*(disagree|agree)")
    assert world.state() in ("Unknown", "Floor")
    world.assert_nothing_sent()
    # One of them comes to its senses.
    b.set_date(time.time())
    world.delivered(40)


def test_date_of_the_future_judges(world):
    """The system's clock says that the certificate is good; NTP says that it has expired. NTP counts."""
    ntp = world.chrony(offset_s=5 * YEAR)
    world.begin({"Address": ntp.address})
    assert "VerifyResult=10=CERT_HAS_EXPIRED" in world.log.wait(real.VERDICT.pattern)
    assert "Match" in world.log.find(real.VERDICT.pattern)[0]
    world.assert_nothing_sent()


def store_floor(world, unix):
    """As if a date had stood for long enough to become the floor; the agent is stopped."""
    with sqlite3.connect(world.agent.state / "store.db") as db:
        db.execute("INSERT OR REPLACE INTO value VALUES ('trusted_date', ?)", (int(unix),))
    db.close()


WAY_OUT = r"which has certainly passed: refused \(if that later date was wrong, \"xCommand Time Floor Reset\" forgets it\)"


def test_date_below_the_floor_is_refused(world):
    """What has stood for long is the floor: an earlier date is not taken, also after a restart."""
    ntp = world.chrony()
    world.begin({"Address": ntp.address})
    world.delivered()
    world.agent.stop()
    store_floor(world, time.time())
    ntp.stop()
    ntp.start(offset_s=-86400)
    since = world.log.mark()
    world.agent.start()
    line = world.log.wait(r"clock: no time from NTP", since)
    assert real.re.search(rf"{real.re.escape(ntp.address)}: [0-9TZ:-]+ lies 2[34] h before [0-9TZ:-]+, {WAY_OUT}", line), line
    assert world.state() == "Floor"
    world.agent.publish_event("not on a day that has passed")
    world.log.wait(r"HttpFeedback 1: post .* not delivered: the date is not known", since)
    assert len(world.receiver.posts) == 1
    known = time.monotonic()
    ntp.set_date(time.time())
    posts = world.receiver.wait("/good", 2, seconds=90, explain=world.log.tail)
    assert posts[1].at >= known, "it was sent before the date was known"


def test_a_wrong_date_that_was_believed_once_is_no_floor(world):
    """One answer years ahead holds the deliveries only for as long as it is the newest."""
    ntp = world.chrony(offset_s=5 * YEAR)
    world.begin({"Address": ntp.address})
    assert "10=CERT_HAS_EXPIRED" in world.log.wait(real.VERDICT.pattern)
    world.assert_nothing_sent()
    world.agent.stop()
    ntp.set_date(time.time())
    world.agent.start()
    world.delivered()


def test_a_floor_from_the_future_can_be_forgotten(world):
    """A wrong date that has stood for long must not lock a device out of the true one for ever."""
    chrony = world.chrony()
    world.begin({"Address": chrony.address})
    world.log.wait("clock: synchronised")
    world.agent.stop()
    store_floor(world, time.time() + YEAR)
    mark = world.log.mark()
    world.agent.start()
    world.log.wait(rf"clock: no time from NTP.*lies 36[45] days before .*{WAY_OUT}", since=mark)
    assert world.state() == "Floor"
    world.agent.run("xCommand Time Floor Reset")
    world.log.wait("clock: synchronised", since=mark)
    assert world.state() == "Synchronised"


def test_servers_without_a_key_do_not_outvote_one_with(world):
    """Somebody who may set time servers, and answers for them, adds two that tell a day on which the server's certificate was good,
    and has the floor forgotten. By the server that has a key it has expired."""
    honest = world.chrony("honest", keys=KEYS, offset_s=5 * YEAR)
    liars = [world.chrony(name) for name in ("liar1", "liar2")]
    world.begin({"Address": honest.address, "Key": f'"{SECRETS["SHA1"]}"', "KeyId": 1, "KeyAlgorithm": "SHA1"})
    world.log.wait("VerifyResult=10=CERT_HAS_EXPIRED")
    since = world.log.mark()
    for i, liar in enumerate(liars, 2):
        world.agent.set(f"NetworkServices NTP Server {i} Address", liar.address)
        world.log.wait(f"clock: NTP server {liar.address} is not asked: it has no key and no NTS, and another server has", since)
    since = world.log.mark()
    world.agent.run("xCommand Time Floor Reset")
    world.log.wait(f"clock: synchronised by {honest.address}", since)
    world.log.wait("VerifyResult=10=CERT_HAS_EXPIRED", since)      # tried anew since the date is known again
    assert world.state() == "Synchronised"
    world.assert_nothing_sent()


def test_server_that_starts_with_the_device(world):
    """Power comes back for both: the server answers INIT until it has found its own source, and refuses its port before."""
    ntp = world.chrony()
    relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    relay.bind((real.HOST, 0))
    starting = world.keep(Starting(relay, ntp.port))
    world.begin({"Address": f"{real.HOST}:{relay.getsockname()[1]}"})
    world.log.wait(r"clock: no time from NTP: .*it was just started \(INIT\)")
    real.wait_for(lambda: starting.asked >= 3, "it is asked again", explain=world.log.tail)
    world.assert_nothing_sent()
    has_time = starting.set()
    world.log.wait("clock: synchronised")
    assert time.monotonic() - has_time < 10


def test_silence_then_time(world):
    """Nothing is sent while the date is not known; the queue grows; all is delivered soon after it is known."""
    keep, port = silent_port()
    world.begin({"Address": f"{real.HOST}:{port}"}, settings=[SOON])
    for i in range(5):
        world.agent.publish_event(f"waiting {i}")
    world.log.wait(r"clock: no time from NTP: .*nothing that needs verification is sent")
    queue = world.agent.status("HttpFeedback")
    assert queue["HttpFeedback 1 Queue Count"] == "6"
    world.assert_nothing_sent()
    keep.close()
    since = world.log.mark()
    world.chrony(port=port)
    world.log.wait("clock: synchronised", since, 20)
    started = time.monotonic()
    posts = world.receiver.wait("/good", 6, explain=world.log.tail)
    assert posts[-1].at - started < 8, "the delivery waited longer, although the date was known"
    assert [real.mark_of(p) for p in posts] == ["waits for a date"] + [f"waiting {i}" for i in range(5)]


def test_mode_off(world):
    ntp = world.chrony()
    world.begin({"Address": ntp.address})
    world.delivered()
    since = world.log.mark()
    world.agent.set("NetworkServices NTP Mode", "Off")
    world.log.wait("NTP Mode is Off", since)
    world.agent.publish_event("held")
    world.log.wait(r"HttpFeedback 1: post .* not delivered: the date is not known", since)
    assert len(world.receiver.posts) == 1
    asked_again = time.monotonic()
    world.agent.set("NetworkServices NTP Mode", "Manual")
    posts = world.receiver.wait("/good", 2, explain=world.log.tail)
    assert posts[1].at >= asked_again and real.mark_of(posts[1]) == "held"


def test_packets_that_nobody_asked_for(world):
    """A packet from elsewhere, or with another originate timestamp, is no answer: the true server's counts."""
    ntp = world.chrony()
    relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    relay.bind((real.HOST, 0))
    stop = world.keep(Liar(relay, ntp.port))
    world.begin({"Address": f"{real.HOST}:{relay.getsockname()[1]}"})
    world.delivered()
    assert stop.lies >= 2
    assert int(world.agent.status("Time")["Time TrustedDate"][:4]) < 2030 or time.gmtime().tm_year >= 2030


class Starting:
    """A time server that has no time itself (stratum 0, INIT, leap indicator 3, as ntpd answers) until set() is called."""

    def __init__(self, relay, target):
        self.relay, self.target, self.asked, self.has_time = relay, target, 0, False
        real.threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                packet, client = self.relay.recvfrom(512)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.settimeout(1)
                    s.connect((real.HOST, self.target))
                    s.send(packet)
                    true = s.recv(512)
                self.asked += 1
                self.relay.sendto(true if self.has_time else b"\xe4\0" + true[2:12] + b"INIT" + true[16:], client)
            except OSError:
                if self.relay.fileno() < 0:
                    return

    def set(self):
        self.has_time = True
        return time.monotonic()

    def stop(self):
        self.relay.close()


class Liar:
    """Relays NTP; before each true answer it sends wrong ones for the year 2035: another originate timestamp, a client's mode,
    and one from a port of its own."""

    def __init__(self, relay, target):
        self.relay, self.target, self.lies = relay, target, 0
        real.threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                packet, client = self.relay.recvfrom(512)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.settimeout(1)
                    s.connect((real.HOST, self.target))
                    s.send(packet)
                    true = s.recv(512)
                    false = true[:32] + (b"\xff\0\0\0" + bytes(4)) * 2      # receive and transmit: 2035
                    s2 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    s2.sendto(false, client)
                    s2.close()
                    for lie in (false[:24] + bytes(8) + false[32:], b"\x23" + false[1:], false[:20]):
                        self.relay.sendto(lie, client)
                        self.lies += 1
                    self.relay.sendto(true, client)
            except OSError:
                if self.relay.fileno() < 0:
                    return

    def stop(self):
        self.relay.close()
