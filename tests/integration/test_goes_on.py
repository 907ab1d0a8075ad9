# SPDX-License-Identifier: MIT
"""Heartbeat and feedback go on, at the pace of before, whatever time servers with NTS and log servers do meanwhile."""
import itertools
import socket
import ssl
import threading
import time
from collections import deque

import pytest

import real
import test_nts

BEAT_S = 10     # the shortest interval
CALM_S, FAULT_S = 4, 2.5
ANSWER = (real.ROOT / "fixtures" / "soap" / "event-answer-empty.xml").read_bytes().replace(b">420<", f">{BEAT_S}<".encode())


class Receiver:
    """A log server; what it does with a connection is `manner`, which may change."""

    def __init__(self, cert, bundle):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(bundle, cert.key)
        self.manner = self.takes_all
        self.taken = self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection, self.manner), daemon=True).start()

    def serve(self, connection, manner):
        connection.settimeout(FAULT_S)
        try:
            with connection:
                manner(connection)
        except OSError:
            pass

    def handshake(self, connection):
        stream = self.context.wrap_socket(connection, server_side=True)
        stream.settimeout(FAULT_S)
        return stream

    def takes_all(self, connection):
        stream = self.handshake(connection)
        stream.settimeout(None)
        while self.manner == self.takes_all and (got := len(stream.recv(65536))):
            self.taken += got

    def silent(self, connection):
        time.sleep(FAULT_S)

    def silent_after_the_handshake(self, connection):
        self.handshake(connection)
        time.sleep(FAULT_S)

    def slow(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stream = self.handshake(connection)
        end = time.monotonic() + FAULT_S
        while time.monotonic() < end and stream.recv(1):
            time.sleep(0.05)

    def floods(self, connection):
        stream = self.handshake(connection)
        end = time.monotonic() + FAULT_S
        while time.monotonic() < end:
            stream.sendall(b"x" * 65536)

    def no_tls(self, connection):
        connection.sendall(b"<34>1 - - - - - - hello\n" * 1000)

    def bytewise(self, connection):
        """The first bytes of a TLS record that never ends, one by one."""
        for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(100):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    def resets(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def resets_after_the_handshake(self, connection):
        self.handshake(connection).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def stop(self):
        self.listener.close()


HOSTILE = ["silent", "silent_after_the_handshake", "slow", "floods", "no_tls", "bytewise", "resets", "resets_after_the_handshake"]
NTS = {**{name: (lambda packet, change=change: [change(packet)]) for name, (change, _) in test_nts.ATTACKS.items()},
       "silence": lambda packet: [], "a forged NAK": lambda packet: [test_nts.nak(packet)],
       "a flood": lambda packet: [packet[:-1] + b"x"] * 500, "a replay": None, "keys refused": None}


class World(test_nts.World):
    def __init__(self, folder):
        super().__init__(folder)
        leaf = self.pki.leaf("logs.test", self.root, days=(-2, 900))
        self.log_server = self.keep(Receiver(leaf, self.pki.bundle([leaf])))
        self.chrony_server = self.chrony(relayed=True)
        self.relay = self.keep(test_nts.Relay(self.chrony_server.port))
        self.receiver.answer = lambda post: (200, {"Content-Type": "text/xml; charset=utf-8"},
                                             ANSWER if post.path == "/manager" else b"<Ok/>")
        self.n = 0
        self.begin(self.chrony_server, f"Provisioning ExternalManager Address: good.test:{self.port}",
                   "Provisioning ExternalManager Path: manager", "Provisioning Mode: TMS", "Logging External Server Address: logs.test",
                   f"Logging External Server Port: {self.log_server.port}", "Logging External Mode: On")
        self.delivered()
        real.wait_for(lambda: self.log_server.taken and self.receiver.to("/manager"), "lines and a beat arrive", 30, self.log.tail)

    def begin_fault(self, name):
        kept = deque(maxlen=1)

        def replay(packet):
            kept or kept.append(packet)
            return list(kept)
        self.relay.change = {"a replay": replay, "keys refused": lambda packet: []}.get(name) or NTS[name]
        if name == "keys refused":
            self.chrony_server.stop()

    def end_fault(self, name):
        if name == "keys refused":
            self.chrony_server.start()

    def pace(self, seconds):
        """Has the time servers asked for so long, again and again, and meanwhile publishes one event after the other has been
        delivered: how many those were a second. Another root, and the log server anew, end the waits after the failures of before."""
        self.agent.upload(self.pki.root(f"Further{self.n}", days=(-2, 900)))
        self.agent.run("xConfiguration Logging External Mode: Off", "xConfiguration Logging External Mode: On")
        asked = self.agent.begin("xCommand", "Diagnostics", "Services", "Service:", "NTP")
        before, end = self.n, time.monotonic() + seconds
        began = time.monotonic()
        while time.monotonic() < end:
            self.n += 1
            self.agent.publish_event(f"event {self.n}")
            self.receiver.wait("/good", self.n + 1, explain=self.log.tail)      # one came before
            if asked.poll() is not None:
                asked = self.agent.begin("xCommand", "Diagnostics", "Services", "Service:", "NTP")
        asked.wait(real.PATIENCE * 2)
        return (self.n - before) / (time.monotonic() - began)


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def test_everything_goes_on(world):
    paces, calm = {}, [world.pace(CALM_S)]
    for fault, manner in zip(NTS, itertools.cycle(HOSTILE)):
        asked, connections = len(world.relay.requests), world.log_server.connections
        world.begin_fault(fault)
        world.log_server.manner = getattr(world.log_server, manner)
        paces[f"{fault}, {manner}"] = world.pace(FAULT_S)
        world.end_fault(fault)
        assert world.log_server.connections > connections and (len(world.relay.requests) > asked or fault == "keys refused"), fault
    world.relay.change, world.log_server.manner = (lambda packet: [packet]), world.log_server.takes_all
    calm.append(world.pace(CALM_S))
    print("events a second:", calm, paces)
    assert min(paces.values()) > min(calm) / 6, (calm, paces)
    assert [real.mark_of(p) for p in world.receiver.to("/good")[1:]] == [f"event {i + 1}" for i in range(world.n)], "each once, in order"
    beats = [p.at for p in world.receiver.to("/manager")]
    late = [b - a for a, b in zip(beats, beats[1:])]
    assert len(beats) >= (time.monotonic() - beats[0]) / (BEAT_S * 1.5) and max(late) < 2 * BEAT_S, late
    assert world.state() == "Synchronised", "a date that is known goes on"
    taken = world.log_server.taken      # and lines come again
    world.agent.set("SystemUnit Name", "afterwards")
    real.wait_for(lambda: world.log_server.taken > taken, "lines arrive again", 60, world.log.tail)
