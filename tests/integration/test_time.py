"""Time from a real NTP server, chronyd: plain and with keys, true and false, silent and late."""
import socket
import time

import pytest

import real
from pki import Pki

YEAR = 365 * 86400
SECRETS = {"SHA1": "a-password-for-one", "SHA256": "HEX:" + "0123456789abcdef" * 4}
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

    def begin(self, *servers):
        """Starts the agent with these NTP servers, a registration and one event that waits."""
        self.agent.write_settings([
            "NetworkServices NTP Mode: Manual", f"Network 1 DNS Server 1 Address: {self.dns.address}",
            *(f"NetworkServices NTP Server {i} {name}: {value}" for i, server in enumerate(servers, 1)
              for name, value in server.items())])
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
    s.bind((real.HOST, 0))
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
    world.begin({"Address": ntp.address, "Key": f'"{secret}"', "KeyId": key, "KeyAlgorithm": "SHA256"})
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
    """The system's clock says that the certificate is good; NTP says that it has expired. NTP is believed."""
    ntp = world.chrony(offset_s=5 * YEAR)
    world.begin({"Address": ntp.address})
    assert "VerifyResult=10=CERT_HAS_EXPIRED" in world.log.wait(real.VERDICT.pattern)
    assert "Match" in world.log.find(real.VERDICT.pattern)[0]
    world.assert_nothing_sent()


def test_date_below_the_floor_is_refused(world):
    """Once a date was believed, an earlier one is not, also after a restart."""
    ntp = world.chrony()
    world.begin({"Address": ntp.address})
    world.delivered()
    world.agent.stop()
    ntp.stop()
    ntp.start(offset_s=-7 * YEAR)
    since = world.log.mark()
    world.agent.start()
    line = world.log.wait(r"clock: no time from NTP", since)
    assert "floor" in line.lower() or "earlier" in line.lower() or "before" in line.lower(), line
    assert world.state() == "Floor"
    world.agent.publish_event("not on a day that has passed")
    time.sleep(1)
    assert len(world.receiver.posts) == 1


def test_a_floor_from_the_future_can_be_forgotten(world):
    """A wrong date that was believed once must not lock a device out of the true one for ever."""
    chrony = world.chrony(offset_s=YEAR)
    world.begin({"Address": chrony.address})
    world.log.wait("clock: synchronised")
    world.agent.stop()
    chrony.set_date(int(time.time()))
    mark = world.log.mark()
    world.agent.start()
    world.log.wait("clock: no time from NTP.*before", since=mark)
    assert world.state() == "Floor"
    world.agent.run("xCommand Time Floor Reset")
    world.log.wait("clock: synchronised", since=mark)
    assert world.state() == "Synchronised"


def test_silence_then_time(world):
    """Nothing is sent while the date is not known; the queue grows; all is delivered soon after it is known."""
    keep, port = silent_port()
    world.begin({"Address": f"{real.HOST}:{port}"})
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
    assert posts[-1].at - started < 2, "delivery took longer than 2 s after the date was known"
    assert [real.mark_of(p) for p in posts] == ["waits for a date"] + [f"waiting {i}" for i in range(5)]


def test_mode_off(world):
    ntp = world.chrony()
    world.begin({"Address": ntp.address})
    world.delivered()
    since = world.log.mark()
    world.agent.set("NetworkServices NTP Mode", "Off")
    world.log.wait("NTP Mode is Off", since)
    world.agent.publish_event("held")
    world.log.wait(r"VerifyResult=50=APPLICATION_VERIFICATION", since)
    time.sleep(0.5)
    assert len(world.receiver.posts) == 1
    world.agent.set("NetworkServices NTP Mode", "Manual")
    world.receiver.wait("/good", 2, explain=world.log.tail)


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
