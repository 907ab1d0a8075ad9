# SPDX-License-Identifier: MIT
"""sealpost-web under load: many WebSocket clients, a flood of wrong passwords, slow connections. Ratios within one run."""
import multiprocessing
import os
import re
import socket
import statistics
import threading
import time
from pathlib import Path

import pytest

import real
from web_device import ADMIN, Device

PLAIN = real.ROOT / "build"
pytestmark = pytest.mark.skipif(not (PLAIN / "sealpost-web").exists(), reason="no sealpost-web without sanitizers here: make programs")
CLIENTS, CHANGES, RATE = 100, 200, 20


@pytest.fixture
def device(tmp_path):
    log = real.Syslog(tmp_path)
    d = Device(tmp_path, log, ["Security Session MaxSessionsPerUser: 200", "Security Session MaxTotalSessions: 200",
                               "NetworkServices HTTPS RateLimit Basic Queue: 1000"], build=PLAIN).start()
    yield d
    d.stop()
    log.stop()


def private(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M))


def asked(device):
    """How long a terminal's xStatus takes: the median of some."""
    times = []
    for _ in range(9):
        begun = time.monotonic()
        device.agent.run("xStatus Time")
        times.append(time.monotonic() - begun)
    return statistics.median(times)


def publish_at_a_rate(device, slowest):
    """CHANGES of the status, RATE a second; how long the slowest took to be durable."""
    begun = time.monotonic()
    for i in range(CHANGES):
        at = time.monotonic()
        device.agent.publish(f"<Status><Audio><Volume>{i}</Volume></Audio></Status>")
        slowest.append(time.monotonic() - at)
        time.sleep(max(0, begun + (i + 1) / RATE - time.monotonic()))
    return time.monotonic() - begun


def volumes(client, until):
    """The numbers that the client is told, up to the last."""
    found = []
    while not found or found[-1] != until:
        status = client.event()["Status"]
        if "Audio" in status:
            found.append(status["Audio"]["Volume"])
    return found


def test_many_clients(device):
    """Those that read lose no change, whatever one does that does not read; publishing keeps 0.8 of its rate."""
    alone = publish_at_a_rate(device, [])
    clients = [device.websocket() for _ in range(CLIENTS)]
    for c in clients:
        c.result("xFeedback/Subscribe", Query=["Status"])
    stuck = device.websocket(receive_buffer=4096)
    stuck.result("xFeedback/Subscribe", Query=["Status"])
    stuck.s.settimeout(2)
    try:
        for i in range(5000):       # so much that it cannot all wait on the way
            stuck.send({"jsonrpc": "2.0", "id": i, "method": "xGet", "params": {"Path": ["Configuration"]}})
    except (TimeoutError, OSError):
        pass
    stuck_since = time.monotonic()
    seen = {}

    def follow(number, client):
        seen[number] = volumes(client, CHANGES - 1)
    threads = [threading.Thread(target=follow, args=(n, c), daemon=True) for n, c in enumerate(clients)]
    for t in threads:
        t.start()
    together = publish_at_a_rate(device, [])
    for t in threads:
        t.join(60)
    assert len(seen) == CLIENTS and all(v == list(range(CHANGES)) for v in seen.values())
    assert alone >= 0.8 * together, f"{alone:.1f} s alone, {together:.1f} s with clients"
    time.sleep(max(0, 16 - (time.monotonic() - stuck_since)))
    stuck.s.settimeout(60)
    assert stuck.close_code() == 1008
    assert clients[0].result("xGet", Path=["Status", "Audio", "Volume"]) == CHANGES - 1
    for c in clients:
        c.close()


def guess(device, queue):
    """In a process of its own, which takes the processor only when nobody else wants it: what is measured is the device."""
    os.nice(19)
    left, lock = [10000], threading.Lock()

    def one():
        while True:
            with lock:
                if not left[0]:
                    return
                left[0] -= 1
                n = left[0]
            try:
                status = device.ask("GET", "/status.xml", user=("admin", f"guess {n}"), source="127.0.1.1")[0]
            except (OSError, AssertionError, ValueError):
                status = 0      # closed: too many
            queue.put(status)
    threads = [threading.Thread(target=one, daemon=True) for _ in range(100)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    queue.put(None)


def test_wrong_passwords(device):
    """10,000 by 100 connections of one address: nobody gets in, and the terminal hardly notices."""
    quiet = asked(device)
    queue = multiprocessing.Queue()
    flood = multiprocessing.Process(target=guess, args=(device, queue), daemon=True)
    flood.start()
    try:
        answers = [queue.get(timeout=60) for _ in range(200)]
        busy = asked(device)
        assert flood.is_alive()
        while (status := queue.get(timeout=120)) is not None:
            answers.append(status)
    finally:
        flood.kill()
    assert len(answers) == 10000 and set(answers) <= {0, 401, 503} and 401 in answers, {a: answers.count(a) for a in set(answers)}
    assert busy <= 3 * quiet, f"xStatus took {quiet:.3f} s, and {busy:.3f} s in the flood"
    assert device.ask("GET", "/status.xml", user=ADMIN, source="127.0.0.9")[0] == 200


def test_slow_connections(device):
    """1,000 from one address: those over the bound are closed, memory stays, and the page loads from another address."""
    assert device.ask("GET", "/")[0] == 200
    before = private(device.web.pid)
    slow, begun = [], time.monotonic()
    for _ in range(1000):
        s = socket.create_connection((real.HOST, device.port), real.PATIENCE)
        s.setblocking(False)
        slow.append(s)
    assert device.ask("GET", "/", source="127.0.0.9")[0] == 200
    grown = private(device.web.pid) - before

    def is_open(s):
        try:
            return s.recv(1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
    waiting = sum(map(is_open, slow))
    assert waiting <= 64 and grown < 20 << 10, f"{waiting} are open, {grown} kB more"
    assert time.monotonic() - begun < 60
    # Those that say nothing are closed after some seconds, and their places are free.
    real.wait_for(lambda: sum(map(is_open, slow)) == 0, "the silent ones are closed", 30)
    assert device.ask("GET", "/")[0] == 200
    # And those that send a byte now and then.
    dripping = [device.connect(source="127.0.0.8") for _ in range(20)]
    ends = time.monotonic() + 30
    while dripping and time.monotonic() < ends:
        for s in list(dripping):
            try:
                s.send(b"G")
            except OSError:
                dripping.remove(s)
        time.sleep(0.5)
    assert not dripping
    for s in slow:
        s.close()
