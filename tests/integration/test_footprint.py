# SPDX-License-Identifier: MIT
"""What the agent costs: one thread, little memory, no needless wake-up, a quick start. By the build without sanitizers."""
import re
import time
from pathlib import Path

import pytest

import real
from pki import Pki
from test_goes_on import ANSWER
from test_log_server import SyslogNg
from test_nts import NtsChrony

PLAIN = real.ROOT / "build"
pytestmark = pytest.mark.skipif(not (PLAIN / "sealpostd").exists(),
                                reason="no build without sanitizers here: make programs")


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), build=PLAIN)
        self.root = self.pki.root("TestRoot", "rsa")
        self.port = self.serve([self.pki.leaf("good.test", self.root, kind="rsa")])
        self.url = f"https://good.test:{self.port}/feed"
        self.nginx.start()
        self.agent.start()
        self.agent.upload(self.root)
        self.synchronised()
        self.agent.register(self.url)


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def kilobytes(text, *names):
    return sum(int(n) for name in names for n in re.findall(rf"^{name}:\s+(\d+) kB", text, re.M))


def test_idle(world):
    for i in range(3):
        world.agent.publish_event(str(i))
    world.receiver.wait("/feed", 3, explain=world.log.tail)
    time.sleep(4)       # what its start and the posts left behind is put away a few seconds later
    proc = Path(f"/proc/{world.agent.pid}")

    def idle_seconds():
        """How often it was woken in five seconds, and the clock ticks of CPU time that it took in them."""
        def now():
            counts = re.findall(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", (proc / "status").read_text(), re.M)
            return sum(map(int, counts)), sum(map(int, (proc / "stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        before = now()
        time.sleep(5)
        return tuple(b - a for a, b in zip(before, now()))
    # One of three: a timer of minutes may fall into one of them, and another process may take the processor away.
    for _ in range(3):
        woken, ticks = idle_seconds()
        if woken <= 2 and ticks <= 1:
            break
    status = (proc / "status").read_text()
    assert re.search(r"^Threads:\s+1$", status, re.M)
    assert woken <= 2, f"woken {woken} times in 5 idle seconds"
    assert ticks <= 1, f"{ticks} clock ticks of CPU time while idle"
    resident = kilobytes(status, "VmRSS")
    assert resident < 20 << 10, f"resident {resident} kB"
    private = private_of(proc)
    print(f"idle: {private} kB private, {resident} kB resident, woken {woken} times in 5 s")
    assert private < 8 << 10, f"private {private} kB"


def private_of(proc):
    try:
        # Clean pages of programs and libraries are the page cache's: whether they count as private depends on who else runs them.
        return kilobytes((proc / "smaps_rollup").read_text(), "Private_Dirty")
    except PermissionError:
        pytest.skip("an ordinary user may not read the memory map of a process that allows no dump")


def test_idle_with_all_that_can_be_configured(world):
    """NTS, a log server, the manager, its alternate, the phone book and four slots: each has shown its chain, which is kept, and most
    have a connection that is kept, too."""
    agent, issuer = world.agent, world.pki.intermediate("Issuer", world.root, kind="rsa")

    def chain(host):
        return [world.pki.leaf(host, issuer, kind="rsa"), issuer]
    ntp = world.keep(NtsChrony(world.folder, world.pki, chain("time.test"), name="nts"))
    shown = chain("logs.test")
    logs = world.keep(SyslogNg(world.folder, shown[0], world.root.path, bundle=world.pki.bundle(shown)))
    world.receiver.answer = lambda post: (200, {"Content-Type": "text/xml; charset=utf-8"}, ANSWER)
    for slot in (2, 3, 4):
        agent.register(f"https://good.test:{world.port}/feed{slot}", slot=slot)
    manager = f"good.test:{world.port}"
    agent.run(*(f"xConfiguration {line}" for line in (
        f"Provisioning ExternalManager AlternateAddress: {manager}", f"Provisioning ExternalManager Address: {manager}",
        "Provisioning ExternalManager Path: manager", "Provisioning Mode: TMS",
        f"Phonebook Server 1 URL: https://{manager}/book", "Phonebook Server 1 Type: TMS",
        "Logging External Server Address: logs.test", f"Logging External Server Port: {logs.port}", "Logging External Mode: On",
        f"NetworkServices NTP Server 2 NTSPort: {ntp.ke_port}", "NetworkServices NTP Server 2 Address: time.test",
        "NetworkServices NTP Server 2 NTS: On")))
    agent.run("xCommand Phonebook Search", expect=None)
    for i in range(3):
        agent.publish_event(str(i))
    world.receiver.wait("/manager", explain=world.log.tail)
    for slot in ("", "2", "3", "4"):
        world.receiver.wait(f"/feed{slot}", 3, explain=world.log.tail)
    services = {"NTS 2", "Logging", "ExternalManager", "Phonebook", *(f"HttpFeedback {n}" for n in (1, 2, 3, 4))}

    def all_verified():
        status = agent.status("Security Server")
        return services <= {v for k, v in status.items() if k.endswith("Service")}
    real.wait_for(all_verified, "each has shown its certificate", 30, world.log.tail)
    real.wait_for(lambda: agent.status("Time State")["Time State"] == "Synchronised" and logs.text(), "the date, and lines", 30, world.log.tail)
    time.sleep(8)       # what this left behind is put away
    private = private_of(Path(f"/proc/{agent.pid}"))
    print(f"idle with all services: {private} kB private")
    assert private < 8 << 10, f"private {private} kB"


def test_memory_does_not_grow_with_the_backlog(world):
    """Events wait on disk, not in memory."""
    world.nginx.stop()
    body = "<Event><Test><Mark>" + "x" * 20000 + "</Mark></Test></Event>"
    for _ in range(5):
        world.agent.publish(body)
    proc = Path(f"/proc/{world.agent.pid}/status")
    before = kilobytes(proc.read_text(), "VmRSS")
    for _ in range(120):
        world.agent.publish(body)
    assert world.agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "125"
    assert kilobytes(proc.read_text(), "VmRSS") - before < 1500


def test_start_to_first_delivery(world):
    """An event waits from before; with time and name answering at once it is delivered within a second."""
    world.nginx.stop()
    world.agent.publish_event("from before")
    world.agent.stop()
    world.nginx.start()
    took = []
    for _ in range(3):
        world.receiver.posts.clear()
        started = time.monotonic()
        world.agent.launch()
        took.append(world.receiver.wait("/feed", explain=world.log.tail)[0].at - started)
        real.wait_for(world.agent.answers, "the control socket")
        world.nginx.stop()
        world.agent.publish_event("for the next time")
        world.agent.stop()
        world.nginx.start()
    print("start to first delivery:", ", ".join(f"{t * 1000:.0f} ms" for t in took))
    assert min(took) < 1.0, took
