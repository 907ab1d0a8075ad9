# SPDX-License-Identifier: MIT
"""sealpost-web under load: many WebSocket clients, a flood of wrong passwords, slow connections. Ratios within one run."""
import contextlib
import itertools
import multiprocessing
import os
import re
import signal
import socket
import statistics
import threading
import time
from pathlib import Path

import pytest

import real
import test_delivery
from web_device import ADMIN, NAME, Device, basic
from world import Lab

PLAIN = real.ROOT / "build"
pytestmark = pytest.mark.skipif(not (PLAIN / "sealpost-web").exists(), reason="no sealpost-web without sanitizers here: make programs")
CLIENTS, CHANGES, RATE = 100, 200, 20
LATENCY_S, WINDOW_S, BACKLOG, BEAT_S = 0.01, 16, 9000, 10


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
    before = private(device.web.pid)
    try:
        for i in range(5000):       # so much that it cannot all wait on the way
            stuck.send({"jsonrpc": "2.0", "id": i, "method": "xGet", "params": {"Path": ["Configuration"]}})
    except (TimeoutError, OSError):
        pass
    stuck_since = time.monotonic()
    assert (grown := private(device.web.pid) - before) < 8 << 10, f"{grown} kB for a client that does not read"
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


# --- feedback and heartbeat beside the clients

def relay(listening, target, is_open):
    """Passes on to the server, once it may. What the server says comes a little later, as over a network, so that the rate of posts in
    strict order says how soon the agent goes on, and not how busy the processor is."""
    def forward(source, sink, wait_s):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(wait_s)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
    is_open.wait()
    while True:
        client, _ = listening.accept()
        server = socket.create_connection((real.HOST, target), real.PATIENCE)
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ends in ((client, server, 0), (server, client, LATENCY_S)):
            threading.Thread(target=forward, args=ends, daemon=True).start()


def listen_to_all(device, ready, counts):
    """Clients that read, in a process of their own, which takes the processor only when nobody else wants it."""
    os.nice(19)

    def follow(client):
        while True:
            client.event()
            with lock:
                n[0] += 1
                counts.value = n[0]
    lock, n = threading.Lock(), [0]
    clients = [device.websocket() for _ in range(CLIENTS)]
    for c in clients:
        c.result("xFeedback/Subscribe", Query=["Status"])
        threading.Thread(target=follow, args=(c,), daemon=True).start()
    ready.set()
    time.sleep(real.PATIENCE * 20)


class Publisher:
    """Codec software, on one connection."""

    def __init__(self, device):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(str(device.agent.control))
        self.s.settimeout(real.PATIENCE)
        self.s.sendall(b"xPreferences framing on\n")
        self.reader = self.s.makefile("rb")
        self.until_mark()
        self.n = 0

    def until_mark(self):
        while (line := self.reader.readline()) and not line.startswith(b"\x1e"):
            pass
        assert line.startswith(b"\x1e0 "), line

    def publish_until(self, ends):
        """RATE changes a second, each of which is durable before the next."""
        begun, made = time.monotonic(), 0
        while time.time() < ends:
            self.n, made = self.n + 1, made + 1
            unit = f"xPublish\n<Status><Audio><Volume>{self.n}</Volume></Audio></Status>"
            self.s.sendall(f"{{{len(unit)}}}\n{unit}".encode())
            self.until_mark()
            time.sleep(max(0, begun + made / RATE - time.monotonic()))
        return made


def test_feedback_and_heartbeat_keep_their_rate(tmp_path):
    """Posts that wait in strict order go on at 0.8 of their rate or more, and heartbeats come in time, beside 100 clients that are told of 20
    changes a second. Quiet and busy windows take turns, in one run."""
    log, lab = real.Syslog(tmp_path), Lab(tmp_path, build=PLAIN)
    lab.set("heartbeat", BEAT_S)
    device = Device(tmp_path, log, [*lab.settings(), "Security Session MaxSessionsPerUser: 200", "Security Session MaxTotalSessions: 200",
                                    f"HttpFeedback Queue MaxCount: {BACKLOG * 2}"], build=PLAIN)
    listening = socket.create_server((real.HOST, real.free_port()))
    is_open, ready, told = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Value("l", 0)
    helpers = [multiprocessing.Process(target=relay, args=(listening, lab.https, is_open), daemon=True),
               multiprocessing.Process(target=listen_to_all, args=(device, ready, told), daemon=True)]
    try:
        lab.upload_root(device.agent)
        device.start()
        helpers[0].start()
        device.agent.register(f"https://feedback.sealpost.test:{listening.getsockname()[1]}/feedback", expressions=["/Event/Test"])
        test_delivery.publish_all(device, [real.event(f"n{i}") for i in range(BACKLOG)])
        publisher, windows = Publisher(device), []
        is_open.set()
        lab.wait_posts(100, service="feedback")

        def window(publish):
            begun = time.time()
            if publish:
                assert publisher.publish_until(begun + WINDOW_S) >= 0.8 * RATE * WINDOW_S
            else:
                time.sleep(WINDOW_S)
            windows.append((publish, begun, time.time()))
        window(False)
        helpers[1].start()
        assert ready.wait(real.PATIENCE * 4), log.tail()
        for publish in (True, False, True):
            before = told.value
            window(publish)
            assert not publish or told.value - before >= 0.8 * CLIENTS * RATE * WINDOW_S, told.value - before
        posts = lab.posts(service="feedback")
        assert len(posts) < BACKLOG, "all that waited was delivered before the last window ended: make BACKLOG larger"
        rates = {publish: sum(sum(a <= p["time"] < b for p in posts) for busy, a, b in windows if busy == publish) /
                 sum(b - a for busy, a, b in windows if busy == publish) for publish in (False, True)}
        beats = [p["time"] for p in lab.posts(service="manager") if "<Event>Beat<" in p["body"]]
        between = [b - a for a, b in itertools.pairwise(beats)]
        said = f"{rates[False]:.1f} posts a second alone, {rates[True]:.1f} with clients; seconds between beats: {[round(b, 2) for b in between]}"
        print(said)
        assert rates[True] >= 0.8 * rates[False] and len(between) >= 4 and 0.8 * max(between) <= min(between), said
    finally:
        for h in helpers:
            if h.is_alive():
                h.kill()
        device.stop()
        lab.stop()
        log.stop()


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


def test_clients_that_fall_silent(device):
    """One that sends nothing more is closed: first between two requests, then in the midst of a body, last a WebSocket that answers no ping."""
    closed, login = [], "".join(f"{k}: {v}\r\n" for k, v in basic(ADMIN).items())

    def wait(name, s):
        s.settimeout(150)
        while s.recv(65536):
            pass
        closed.append(name)
    ws, body, idle = device.websocket(), device.connect(), device.connect()
    ws.s.settimeout(150)
    body.sendall(f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\n{login}Content-Length: 100\r\n\r\n<Command>".encode())
    idle.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
    threads = [threading.Thread(target=wait, args=a, daemon=True) for a in (("body", body), ("idle", idle))]
    for t in threads:
        t.start()
    assert ws.closed() == (1001, "the client answers no ping")
    assert closed == ["idle", "body"]
    ws.close()


def test_large_requests_of_a_busy_agent(device):
    """While the agent takes nothing, a client's requests stay with the client: memory grows by a few messages, and others are served."""
    w = device.websocket()
    assert device.ask("GET", "/")[0] == 200
    before, body = private(device.web.pid), "x" * (4 << 20)
    os.kill(device.agent.pid, signal.SIGSTOP)
    try:
        w.s.settimeout(3)
        with pytest.raises(OSError):
            for i in range(40):
                w.send({"jsonrpc": "2.0", "id": i, "method": "xCommand/Security/Certificates/CA/Add", "params": {"body": body}})
        assert device.ask("GET", "/")[0] == 200
        grown = private(device.web.pid) - before
        assert grown < 48 << 10, f"{grown} kB more"
    finally:
        os.kill(device.agent.pid, signal.SIGCONT)
    w.close()
    assert device.ask("GET", "/status.xml", user=ADMIN)[0] == 200


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
