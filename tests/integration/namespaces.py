# SPDX-License-Identifier: MIT
"""Networks of a test's own, for root: what is started within one lives in it.

    net = Namespace()                       a network and mounts of its own, loopback is up
    with net: agent.start()                 sockets opened and programs started here are in it
    net.ip("link add v0 type veth ...")     the ip command in it
    Relay(port, "10.77.0.1")                made within one: that port there leads to the same port of its loopback"""
import ctypes
import os
import select
import socket
import subprocess
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_FS, CLONE_NEWNS, CLONE_NEWNET = 0x200, 0x20000, 0x40000000


def must(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def here():
    return [os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in ("net", "mnt")]


def go(places):
    """Takes this thread there; it stays in the same folder."""
    folder = os.getcwd()
    must(libc.unshare(CLONE_FS))        # threads that share it cannot change their mounts
    for place in places:
        must(libc.setns(place, 0))
    os.chdir(folder)


class Namespace:
    def __init__(self):
        home = here()
        must(libc.unshare(CLONE_NEWNET | CLONE_NEWNS))
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.places, self.homes = here(), []
        self.holder = subprocess.Popen(["sleep", "600"])        # by its number `ip link set ... netns` finds the place
        go(home)
        self.close(home)

    def __enter__(self):
        self.homes.append(here())
        go(self.places)
        return self

    def __exit__(self, *_):
        home = self.homes.pop()
        go(home)
        self.close(home)

    def run(self, *words):
        with self:
            return subprocess.run(list(map(str, words)), check=True, text=True, capture_output=True).stdout

    def ip(self, line):
        return self.run("ip", *line.split())

    def replace(self, path, file):
        """What stands in `file` is to be found at `path`."""
        self.run("mount", "--bind", file, os.path.realpath(path))

    @staticmethod
    def close(places):
        for place in places:
            os.close(place)

    def stop(self):
        self.holder.kill()
        self.holder.wait()
        self.close(self.places)


class Relay:
    """TCP and UDP from an address to a port of 127.0.0.1; delay: seconds of UDP's way there and back."""

    def __init__(self, port, address, delay=0, listen_port=None):
        self.to, self.delay = ("127.0.0.1", port), delay
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        place = socket.getaddrinfo(address, listen_port or port, family, socket.SOCK_DGRAM)[0][4]      # with the interface's number
        self.tcp = socket.socket(family)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(place)
        self.tcp.listen(16)
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.bind(place)
        self.questions = 0
        for run in (self.accept, self.datagrams):
            threading.Thread(target=run, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.tcp.accept()
                threading.Thread(target=self.carry, args=(client,), daemon=True).start()
            except OSError:
                return

    def carry(self, client):
        try:
            with client, socket.create_connection(self.to, 10) as server:
                while True:
                    for one in select.select([client, server], [], [])[0]:
                        data = one.recv(65536)
                        if not data:
                            return
                        (server if one is client else client).sendall(data)
        except OSError:
            pass

    def datagrams(self):
        while True:
            try:
                data, who = self.udp.recvfrom(65536)
            except OSError:
                return
            self.questions += 1
            threading.Thread(target=self.ask, args=(data, who), daemon=True).start()

    def ask(self, data, who):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            try:
                time.sleep(self.delay / 2)
                s.sendto(data, self.to)
                answer = s.recv(65536)
                time.sleep(self.delay / 2)
                self.udp.sendto(answer, who)
            except OSError:
                pass

    def stop(self):
        for s in (self.tcp, self.udp):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
