# SPDX-License-Identifier: MIT
"""Where devices live: their network comes and goes, its name servers are others after a move, boards have no number, the way to a time
server is long. Networks are namespaces of the test's own."""
import os
import re
import tempfile
import time
from pathlib import Path

import pytest

import real
from namespaces import Namespace, Relay
from pki import Pki
from real import wait_for
from test_goes_on import Receiver
from wire import has_tun
from world import Lab

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make networks")


class World:
    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sealpost-network-")
        self.folder = Path(self.temporary.name)
        self.folder.chmod(0o755)
        self.kept = []
        self.log = self.keep(real.Syslog(self.folder))

    def keep(self, thing):
        self.kept.append(thing)
        return thing

    def namespace(self):
        return self.keep(Namespace())

    def lab(self):
        lab = self.keep(Lab(self.folder))
        lab.set("ttl", 3600)
        return lab

    def agent(self, settings=()):
        return self.keep(real.Agent(self.folder, self.log, settings))

    def resolv_conf(self, namespace, text):
        """What stands there is that namespace's /etc/resolv.conf, also when it is written again."""
        path = self.folder / "resolv.conf"
        path.write_text(text)
        namespace.replace("/etc/resolv.conf", path)
        return path

    def close(self):
        for thing in reversed(self.kept):
            thing.stop()
        self.temporary.cleanup()


@pytest.fixture
def world():
    a_world = World()
    try:
        yield a_world
    finally:
        a_world.close()


def without(lines, *words):
    return [line for line in lines if not any(word in line for word in words)]


def ready(agent, lab):
    """Starts it; it has the date and a root."""
    agent.start()
    lab.upload_root(agent)
    agent.log.wait("clock: synchronised")
    return agent


def next_attempt(agent):
    """Seconds until the slot's next try, 0: none is planned."""
    return int(agent.status("HttpFeedback 1").get("HttpFeedback 1 Delivery NextAttempt", "0"))


def last_error(agent):
    return agent.status("HttpFeedback 1").get("HttpFeedback 1 Delivery LastError", "")


def provisioning(agent):
    return agent.status("Provisioning Status").get("Provisioning Status", "")


class Device:
    """The lab's servers at 10.77.0.1, and an agent at the other end of a wire, 10.77.0.2."""

    def __init__(self, world):
        self.servers, self.device = world.namespace(), world.namespace()
        self.servers.ip("link add v0 type veth peer name v1")
        self.servers.ip("addr add 10.77.0.1/24 dev v0")
        self.servers.ip("link set v0 up")
        self.servers.ip(f"link set v1 netns {self.device.holder.pid}")
        self.up()
        with self.servers:
            self.lab = world.lab()
            self.dns = world.keep(real.Dnsmasq(world.folder, ("--address=/sealpost.test/10.77.0.1", "--address=/test/127.0.0.1",
                                                              "--local-ttl=3600")))
            for port in (self.lab.https, self.lab.ntp, self.dns.port):
                world.keep(Relay(port, "10.77.0.1"))
        self.settings = [line.replace(f"127.0.0.1:{self.lab.dns}", f"10.77.0.1:{self.dns.port}").replace("127.0.0.1", "10.77.0.1")
                         for line in self.lab.settings()]

    def up(self):
        for line in ("link set v1 up", "addr replace 10.77.0.2/24 dev v1", "route replace default via 10.77.0.1"):
            self.device.ip(line)

    def down(self):
        for line in ("addr flush dev v1", "link set v1 down"):
            self.device.ip(line)

    def connections(self, agent):
        """To the servers' HTTPS port."""
        table = Path(f"/proc/{agent.pid}/net/tcp").read_text().splitlines()[1:]
        return [line for line in table if f":{self.lab.https:04X} 01 " in line]


@pytest.fixture
def device(world):
    return Device(world)


@only_root
def test_the_log_server_in_an_outage(world, device):
    """A connection that the network carried is ended when it goes, and made anew when it comes back; lines wait meanwhile."""
    pki = Pki(world.folder / "pki")
    leaf = pki.leaf("logs.sealpost.test", pki.root("Root"))
    with device.servers:
        logs = world.keep(Receiver(leaf, pki.bundle([leaf])))
        world.keep(Relay(logs.port, "10.77.0.1"))
    agent = world.agent([*device.settings, "Logging External Server Address: logs.sealpost.test", f"Logging External Server Port: {logs.port}",
                         "Logging External TlsVerify: Off", "Logging External Mode: On"])
    with device.device:
        ready(agent, device.lab)

    def status(name):
        return agent.status("Logging External").get(f"Logging External {name}", "")
    wait_for(lambda: logs.taken and status("Queued") == "0", "lines were taken", explain=agent.log.tail)
    assert status("Status") == "Connected"
    device.down()
    wait_for(lambda: status("Status") != "Connected", "the connection was given up", 10, agent.log.tail)
    agent.set("SystemUnit Name", "meanwhile")
    wait_for(lambda: int(status("Queued")), "a line waits")
    device.up()
    wait_for(lambda: status("Queued") == "0" and status("Status") == "Connected", "lines are taken again", explain=agent.log.tail)


@only_root
def test_an_outage(world, device):
    """What waits is tried within seconds of the network's return, however long its waiting time is, and what the network carried is
    ended when it goes."""
    agent = world.agent(device.settings)
    with device.device:
        ready(agent, device.lab)
    agent.register(device.lab.url())
    agent.publish_event("before")
    device.lab.wait_posts(1, service="feedback")
    assert device.connections(agent)
    assert agent.status("Network 1 IPv4 Address") == {"Network 1 IPv4 Address": "10.77.0.2"}
    device.lab.set("http", "hang")
    agent.publish_event("under way")
    wait_for(lambda: len(device.lab.posts(service="feedback")) == 2, "the server has it, and does not answer")
    device.down()
    agent.log.wait("not delivered: .*lost the network address or the route", seconds=4)      # an answer would be waited for for longer
    wait_for(lambda: not device.connections(agent), "the manager's connection is closed, too")
    assert agent.status("Network 1 IPv4 Address") == {"Network 1 IPv4 Address": ""}
    device.lab.reset()
    wait_for(lambda: provisioning(agent) == "Failed", "the manager cannot be told the new address", explain=agent.log.tail)
    wait_for(lambda: next_attempt(agent) >= 10, "it waits for long", seconds=40)       # the waits grow at random
    left = next_attempt(agent)
    device.up()
    back = time.monotonic()
    device.lab.wait_posts(2, service="feedback")
    assert time.monotonic() - back < left - 1, left             # long before its time
    wait_for(lambda: provisioning(agent) == "Provisioned", "the manager hears of the device again", explain=agent.log.tail)
    assert agent.status("Network 1 IPv4 Address") == {"Network 1 IPv4 Address": "10.77.0.2"}


@only_root
@pytest.mark.parametrize("what", ["carrier", "other way", "other router"])
def test_a_connection_that_is_dead(world, device, what):
    """The address stays, and what is sent from it arrives nowhere: the cable is out, or the default route leads elsewhere, or to a router
    on the same link that does not know the connection."""
    if what == "other router":
        for router in ("10.77.0.3", "10.77.0.4"):
            device.servers.ip(f"addr add {router}/24 dev v0")
        device.device.ip("route add 10.77.0.1/32 via 10.77.0.3")
    agent = world.agent(device.settings)
    with device.device:
        ready(agent, device.lab)
    agent.register(device.lab.url())
    agent.publish_event("one")
    device.lab.wait_posts(1, service="feedback")
    assert device.connections(agent)
    if what == "carrier":
        device.servers.ip("link set v0 down")
    elif what == "other router":
        device.device.ip("route replace 10.77.0.1/32 via 10.77.0.4")
    else:
        device.device.ip("link add other type veth peer name beyond")
        device.device.ip("link set beyond up")
        device.device.ip("link set other up")
        device.device.ip("addr add 192.168.3.2/24 dev other")
        wait_for(lambda: agent.status("Network 1 IPv4 Address"), "another network is none of its business")
        assert device.connections(agent)
        device.device.ip("route add 10.77.0.1/32 dev other")
    wait_for(lambda: not device.connections(agent), "the connection is closed", 5)
    agent.publish_event("two")
    if what == "carrier":
        device.servers.ip("link set v0 up")
    elif what == "other way":
        device.device.ip("link del other")
    device.lab.wait_posts(2, service="feedback", seconds=10)


@only_root
def test_the_date_is_learned_when_the_network_comes(world, device):
    agent = world.agent(device.settings)
    device.down()
    with device.device:
        agent.start()
    agent.log.wait("clock: no time from NTP")
    time.sleep(4)                               # the pause between rounds has grown
    device.up()
    agent.log.wait("clock: synchronised", seconds=5)


@only_root
def test_other_name_servers(world):
    """The device moves: resolv.conf names another server, by which the name is elsewhere. What the first one said had an hour to live."""
    net = world.namespace()
    with net:
        lab = world.lab()
        net.ip("addr add 10.9.9.1/32 dev lo")
        elsewhere = world.keep(real.Dnsmasq(world.folder, ("--address=/sealpost.test/127.0.0.9", "--address=/test/127.0.0.1",
                                                           "--local-ttl=3600")))
        here, there = "127.0.1.1", "127.0.1.2"
        world.keep(Relay(elsewhere.port, here, listen_port=53))
        home = world.keep(Relay(lab.dns, there, listen_port=53))
        conf = world.resolv_conf(net, f"nameserver {here}\n")
        agent = ready(world.agent(without(lab.settings(), "DNS")), lab)
    agent.register(lab.url())
    agent.publish_event("one")
    wait_for(lambda: "127.0.0.9" in last_error(agent), "it is sent to where nobody listens", explain=lambda: last_error(agent))
    assert agent.status("Network 1 DNS Server 1 Address") == {"Network 1 DNS Server 1 Address": here}
    conf.write_text(f"nameserver {there}\n")
    lab.wait_posts(1, seconds=6)
    assert home.questions and agent.status("Network 1 DNS Server 1 Address") == {"Network 1 DNS Server 1 Address": there}


@only_root
@pytest.mark.parametrize("where", ["resolv.conf", "settings"])
def test_a_name_server_of_the_link(world, where):
    """fe80::53%eth0, as a router advertises it: two links may have a server with that address."""
    net = world.namespace()
    for name, far in (("eth0", "far0"), ("eth1", "far1")):
        net.ip(f"link add {name} type veth peer name {far}")
        net.ip(f"link set {name} up")
        net.ip(f"link set {far} up")
        net.ip(f"addr add fe80::53/64 dev {far} nodad")
        net.ip(f"addr add fe80::2/64 dev {name} nodad")
    net.ip("addr add 192.168.7.2/24 dev eth0")
    with net:
        lab = world.lab()
        asked = {}
        for far in ("far0", "far1"):
            asked[far] = world.keep(Relay(lab.dns, "fe80::53%" + far, listen_port=53))
        settings = without(lab.settings(), "DNS Server")
        named = ["Network 1 DNS Server 1 Address: fe80::53%eth1"] if where == "settings" else []
        world.resolv_conf(net, "nameserver fe80::53%eth1\n" if where == "resolv.conf" else "nameserver 127.0.0.77\n")
        agent = ready(world.agent([*settings, *named]), lab)
    agent.register(lab.url())
    agent.publish_event("one")
    lab.wait_posts(1)
    assert asked["far1"].questions and not asked["far0"].questions
    assert agent.status("Network 1 DNS Server 1 Address") == {"Network 1 DNS Server 1 Address": "fe80::53%eth1"}


@only_root
def test_no_name_server(world):
    """None is named, so none is asked: not even one that listens on 127.0.0.1."""
    net = world.namespace()
    with net:
        lab = world.lab()
        local = world.keep(Relay(lab.dns, "127.0.0.1", listen_port=53))
        world.resolv_conf(net, "# nobody\n")
        agent = ready(world.agent(without(lab.settings(), "DNS Server")), lab)
    agent.register(lab.url())
    agent.publish_event("one")
    wait_for(lambda: "no name server is known: neither /etc/resolv.conf nor" in last_error(agent), "it is said")
    assert not local.questions
    agent.set("Network 1 DNS Server 1 Address", "127.0.0.1")
    lab.wait_posts(1)
    assert local.questions


def identity(agent):
    lines = agent.run("xStatus SystemUnit", "xStatus Network")
    wanted = {"MacAddress", "MacAddressSource", "IPAddress", "IPAddressSource", "SerialNumber", "SerialNumberSource"}
    return {m[1]: m[2] for m in re.finditer(r'(\w+): "?([^"\r\n]*)', lines) if m[1] in wanted}


def restarted(agent, net):
    agent.stop()
    with net:
        agent.start()
    return identity(agent)


@only_root
@pytest.mark.skipif(not has_tun(), reason="packet interfaces need /dev/net/tun, which this machine does not have")
def test_who_the_device_is(world):
    net = world.namespace()
    net.ip("link add br0 type bridge")
    net.ip("link set br0 up")
    net.ip("addr add 172.17.0.1/16 dev br0")
    net.ip("link add wan0 type veth peer name far")
    net.ip("link set wan0 address 02:11:22:33:44:55")
    net.ip("link set wan0 up")
    net.ip("link set far up")
    net.ip("addr add 2001:db8:5::22/64 dev wan0 nodad")
    net.ip("route add default via 2001:db8:5::1 dev wan0")
    agent = world.agent()
    with net:
        agent.start()
    seen = identity(agent)
    assert (seen["IPAddress"], seen["IPAddressSource"]) == ("2001:db8:5::22", "DefaultRoute")
    assert (seen["MacAddress"], seen["MacAddressSource"]) == ("02:11:22:33:44:55", "wan0")
    # A modem takes over: it has no MAC address, and the device has the one that it had. The status follows.
    net.ip("tuntap add dev wwan0 mode tun")
    net.ip("link set wwan0 up")
    net.ip("addr add 10.64.0.9/32 dev wwan0")
    net.ip("link set wan0 down")
    net.ip("route add default dev wwan0")
    wait_for(lambda: identity(agent)["IPAddress"] == "10.64.0.9", "the status follows", explain=lambda: str(identity(agent)))
    assert identity(agent)["MacAddress"] == "02:11:22:33:44:55"
    assert restarted(agent, net)["MacAddress"] == "02:11:22:33:44:55"
    net.ip("link set wwan0 down")
    wait_for(lambda: identity(agent)["IPAddress"] == "172.17.0.1", "an address that leads nowhere is better than none",
             explain=lambda: str(identity(agent)))
    for name in ("far", "br0"):
        net.ip(f"link set {name} down")
    wait_for(lambda: identity(agent)["IPAddress"] == "", "loopback is nobody's address", explain=lambda: str(identity(agent)))
    assert identity(agent)["IPAddressSource"] == "None"


@only_root
def test_a_board_without_a_number(world):
    net = world.namespace()
    net.run("mount", "-t", "tmpfs", "none", "/sys/class")
    net.run("mkdir", "-p", "/sys/class/dmi/id")
    machine_id = world.folder / "machine-id"
    machine_id.write_text("0123456789abcdef0123456789abcdef\n")
    net.replace("/etc/machine-id", machine_id)

    def board(text):
        with net:
            Path("/sys/class/dmi/id/product_serial").write_text(text + "\n")

    agent = world.agent()
    board("To be filled by O.E.M.")
    with net:
        agent.start()
    seen = identity(agent)
    assert (seen["SerialNumber"], seen["SerialNumberSource"]) == ("0123456789ab", "MachineId")
    machine_id.write_text("uninitialized\n")
    seen = restarted(agent, net)
    assert (seen["SerialNumber"], seen["SerialNumberSource"], seen["MacAddress"]) == ("", "None", "")
    board("5CD1234ABC")
    seen = restarted(agent, net)
    assert (seen["SerialNumber"], seen["SerialNumberSource"]) == ("5CD1234ABC", "DMI")


def test_a_time_server_that_is_far(world):
    """The way there and back takes 2.4 s. Half of it counts for how wrong the time may be, and 3 s are allowed."""
    lab = world.lab()
    far = world.keep(Relay(lab.ntp, "127.0.0.1", delay=2.4, listen_port=real.free_port()))
    port = far.udp.getsockname()[1]
    agent = world.agent([*without(lab.settings(), "NTP Server"), f"NetworkServices NTP Server 1 Address: 127.0.0.1:{port}",
                         "NetworkServices NTP Wait: 1"]).start()
    agent.log.wait("clock: no time from NTP: .*no answer within 1000 ms")
    agent.set("NetworkServices NTP Wait", "6")
    agent.log.wait("clock: synchronised")


@pytest.mark.parametrize("order", ["HttpFeedback Queue Replay FeedbackSlot: 1", "HttpFeedback Enable FeedbackSlot: 1", "Network DNS Flush"])
def test_a_person_has_dns_asked_anew(world, order):
    """An address that nobody has was answered, with an hour to live."""
    lab = world.lab()
    agent = ready(world.agent(lab.settings()), lab)
    lab.set("dns", "wrong-address")
    agent.register(lab.url())
    agent.publish_event("one")
    wait_for(lambda: "127.0.0.9" in last_error(agent), "it is sent to where nobody listens", explain=lambda: last_error(agent))
    lab.set("dns", "good")
    agent.run("xCommand " + order)
    lab.wait_posts(1)
