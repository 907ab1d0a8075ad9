#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each way in which an address of a server can fail, at each place among its addresses, for each service, all at once:

    unshare -n turns.py FOLDER      for root; prints a table, and exits with 1 if one is wrong

Where another address works, the post, the event, the answer or the date has to come within two attempts; where none does, the reason has
to be said. One agent stands for each fault and place."""
import os
import re
import shutil
import socket
import ssl
import struct
import sys
import threading
import time
import traceback
from pathlib import Path

import real
from pki import Pki
from wire import Wire, source, udp_port

FAULTS = {      # the last part of the address that has the fault, and how it is told
    "no TCP": (11, "no connection within"),
    "no handshake": (12, "connected, but no answer to our hello"),
    "silence": (13, "did not answer within"),
    "reset": (14, "reset the connection"),
    "bad certificate": (15, "certificate verification failed"),
    "MTU hole": (16, "packet size"),
}
V4, V6 = "10.77.0.", "fd77::"
PLACES = {      # the addresses of the name: family, and whether it is the one that works; IPv6 is tried first
    "first address": ((V6, False), (V4, True)),
    "second address": ((V6, True), (V4, False)),
    "first of one family": ((V4, False), (V4, True)),
    "IPv6 only": ((V6, False),),
}
NTP_FAULTS = ("no TCP", "silence", "reset")
WORKS, TOO_LARGE = 1, 1300
FIXTURES = real.ROOT / "fixtures" / "soap"
HTTPS, NTP, DNS = 8443, 8123, 8053


def answer(body=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


ANSWERS = {b"/manager": answer((FIXTURES / "event-answer-empty.xml").read_bytes()),
           b"/book": answer((FIXTURES / "search-answer.xml").read_bytes())}


class Server:
    """HTTPS at one address."""

    def __init__(self, address, fault, context):
        self.fault, self.context = fault, context
        self.listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, HTTPS))
        self.listener.listen(128)
        self.held = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            if self.fault == "no handshake":
                self.held.append(connection)
            elif self.fault == "reset":
                connection.recv(1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            else:
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.settimeout(60)
            with self.context.wrap_socket(connection, server_side=True) as s:
                said = b""
                while more := s.recv(65536):
                    said += more
                    while (request := re.match(rb"POST (\S+) HTTP/1.1\r\n.*?Content-Length: (\d+)\r\n(?:.*?\r\n)?\r\n", said, re.S)) and \
                            len(said) >= request.end() + int(request.group(2)):
                        said = said[request.end() + int(request.group(2)):]
                        if self.fault != "silence":
                            s.sendall(ANSWERS.get(request.group(1), answer()))
        except OSError:
            pass


def udp(address, port, reply):
    """Answers each packet by what reply(packet) gives."""
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))

    def run():
        while True:
            packet, who = s.recvfrom(4096)
            said = reply(packet)
            if said:
                s.sendto(said, who)
    threading.Thread(target=run, daemon=True).start()


def time_of(packet):
    now = time.time() + 2208988800
    stamp = struct.pack("!II", int(now), int(now % 1 * 2 ** 32))
    return bytes([0x24, 2, 6, 0xec]) + struct.pack("!II", 0x100, 0x200) + b"\x7f\0\0\1" + stamp + packet[40:48] + stamp + stamp


class Names:
    def __init__(self):
        self.known = {}

    def reply(self, packet):
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode())
            at += packet[at] + 1
        kind, = struct.unpack("!H", packet[at + 1:at + 3])
        found = self.known.get(".".join(labels).lower(), ())
        data = [socket.inet_pton(socket.AF_INET6 if ":" in a else socket.AF_INET, a) for a in found if (kind == 28) == (":" in a)]
        head = packet[:2] + struct.pack("!5H", 0x8180, 1, len(data), 0, 0) + packet[12:at + 5]
        return head + b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 86400, len(d)) + d for d in data)


class Agent(real.Agent):
    """In the other namespace; nsenter becomes the agent itself."""

    @property
    def pid(self):
        return self.process.pid


class Pair:
    """One agent, for one fault at one place; what became of each of its services."""

    def __init__(self, world, fault, place, number):
        self.fault, self.place, self.number, self.results = fault, place, number, {}
        self.world, self.last_words = world, ""
        self.ntp = NTP + 1 + number     # so the world can tell whose questions they are
        self.is_lost = not any(works for _, works in PLACES[place])
        addresses = [f"{family}{WORKS if works else FAULTS[fault][0]}" for family, works in PLACES[place]]
        for service in "mbfn":
            world.names.known[f"{service}{number}.test"] = addresses
        world.names.known[f"n{number}.test"] = addresses if self.asks_time() else [V4 + str(WORKS)]

    def asks_time(self):
        return self.fault in NTP_FAULTS and not self.is_lost

    def run(self):
        try:
            self.begin()
            with_search = threading.Thread(target=self.search)
            with_search.start()
            self.events()
            with_search.join()
            self.agent.stop()
        except Exception:       # it is told in the table, with what the agent logged
            self.last_words = traceback.format_exc() + self.log.tail()

    def begin(self):
        folder = self.world.folder / f"agent{self.number}"
        folder.mkdir()
        self.log = real.Syslog(folder)
        n = self.number
        self.agent = Agent(folder, self.log, [
            "NetworkServices NTP Mode: Manual", f'NetworkServices NTP Server 1 Address: "n{n}.test:{self.ntp}"',
            f'Network 1 DNS Server 1 Address: "10.77.0.1:{DNS}"', "NetworkServices HTTPS AnswerTimeout: 2",
            f'Provisioning ExternalManager Address: "m{n}.test:{HTTPS}"', 'Provisioning ExternalManager Path: "manager"',
            f'Phonebook Server 1 URL: "https://b{n}.test:{HTTPS}/book"', "Phonebook Server 1 Type: TMS", "Provisioning Mode: TMS",
        ], wrap=self.world.wire.wrap)
        shutil.copytree(self.world.state, self.agent.state)
        self.agent.start()
        self.agent.register(f"https://f{n}.test:{HTTPS}/feed")
        self.log.wait("clock: synchronised", seconds=20)
        asked = self.world.questions.count(self.ntp)
        self.agent.publish_event("one")
        if self.asks_time():
            self.note("NTP", 1 <= asked <= 2, f"{asked} questions\n{self.log.tail()}")

    def note(self, service, is_right, why=""):
        self.results[service] = "" if is_right else why or "wrong"

    def expected(self):
        return FAULTS[self.fault][1]

    def search(self):
        said = [self.agent.run("xCommand Phonebook Search", expect=None) for _ in range(2)]
        last = said[-1] if self.is_lost else said[0] + said[1]
        self.note("phone book", re.search(self.expected() if self.is_lost else "Contact 1 Name|Folder 1 Name", last), last)

    def events(self):
        for service, failed, good in (("feedback", "not delivered: .*(" + self.expected() + ")", None),
                                      ("manager", "manager: .* failed: .*(" + self.expected() + ")", "manager: .* accepted Boot")):
            if self.is_lost:
                self.log.wait(failed, seconds=30)
            elif good:
                self.log.wait(good, seconds=30)
            else:
                self.agent.wait_delivered(seconds=30)
            prefix = "HttpFeedback 1" if service == "feedback" else "manager"
            failures = [int(n) for line in self.log.lines for n in re.findall(rf"{prefix}: recovered after (\d+)", line)]
            # The manager's attempts before there was a date do not count.
            undated = len(self.log.find("VerifyResult=50=.*service=ExternalManager")) if service == "manager" else 0
            self.note(service, sum(failures) <= 1 + undated, f"{failures} failed attempts\n{self.log.tail()}")


class World:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.wire = Wire()
        holes = {f"{family}{FAULTS['MTU hole'][0]}" for family in (V4, V6)}
        self.wire.lost = lambda packet: len(packet) > TOO_LARGE and source(packet) in holes
        self.questions = []     # the ports that packets of the agents went to
        self.wire.seen = lambda packet: self.questions.append(udp_port(packet))
        self.names = Names()
        self.pairs = [Pair(self, fault, place, n) for n, (fault, place) in enumerate((f, p) for f in FAULTS for p in PLACES)]
        pki = Pki(self.folder / "pki")
        root = pki.root("Root")
        # So many names that the certificate does not fit into one packet that passes the hole.
        names = [f"DNS:{name}" for name in self.names.known] + [f"DNS:another-name-{n}-of-the-server.test" for n in range(20)]
        good, bad = (self.context(pki.leaf("server.test", issuer, names=", ".join(names))) for issuer in (root, pki.root("Stranger")))
        udp("10.77.0.1", DNS, self.names.reply)
        for fault, last in [(None, WORKS)] + [(f, n) for f, (n, _) in FAULTS.items() if f != "no TCP"]:
            for address in (f"{V4}{last}", f"{V6}{last}"):
                if fault:
                    self.wire.address(address + ("/128" if ":" in address else "/32"), "w0")
                Server(address, fault, bad if fault == "bad certificate" else good)
                for pair in self.pairs if fault in (None, "silence") else ():
                    udp(address, pair.ntp, (lambda packet: None) if fault else time_of)
        self.state = self.trusting(root)

    @staticmethod
    def context(leaf):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(leaf.path, leaf.key)
        return c

    def trusting(self, root):
        """The state of an agent that has the root, to be copied for all."""
        log = real.Syslog(self.folder)
        agent = Agent(self.folder, log, ["NetworkServices NTP Mode: Off", "Provisioning Mode: Off"], name="template")
        agent.start()
        agent.upload(root)
        agent.stop()
        return agent.state

    def run(self):
        threads = [threading.Thread(target=c.run) for c in self.pairs]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        wrong = 0
        for c in self.pairs:
            wanted = ["manager", "phone book", "feedback"] + (["NTP"] if c.asks_time() else [])
            for service in wanted:
                why = c.results.get(service, "no result")
                wrong += why != ""
                print(f"{c.fault:16} {c.place:20} {service:11} {'right' if not why else 'WRONG: ' + why}")
            print(c.last_words, end="")
        return wrong

    def close(self):
        for c in self.pairs:
            if hasattr(c, "agent") and c.agent.process and c.agent.process.running():
                c.agent.kill()
        self.wire.close()


def main():
    world = World(sys.argv[1])
    try:
        wrong = world.run()
    finally:
        world.close()
    sys.stdout.flush()
    os._exit(wrong > 0)     # threads that serve do not end


if __name__ == "__main__":
    main()
