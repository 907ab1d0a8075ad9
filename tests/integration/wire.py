# SPDX-License-Identifier: MIT
"""Two network namespaces joined by a wire that this process is, packet by packet. For root.

    wire = Wire()                    this process's namespace has w0: 10.77.0.1 and fd77::1; the other one w1: 10.77.0.2 and fd77::2
    wire.wrap                        words to put in front of a program that is to run in the other namespace
    wire.lost = lambda packet: ...   which packets of this side never arrive there
    wire.seen = lambda packet: ...   is called with each packet of the other side

To be used in a process that has a namespace of its own (unshare -n)."""
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000


def has_tun():
    """Can packet interfaces be made? A container may lack the device, or may not be allowed to open it."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC))
        return True
    except OSError:
        return False


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def ip(*words, wrap=()):
    subprocess.run([*wrap, "ip", *words], check=True, capture_output=True, timeout=30)


class Wire:
    def __init__(self):
        self.lost = lambda packet: False
        self.seen = lambda packet: None
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        while not self.entered():
            time.sleep(0.01)
        self.wrap = ["nsenter", "-t", str(self.holder.pid), "-n"]
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self.holder.pid}/ns/net", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        near = tun("w0")
        assert libc.setns(there, 0) == 0
        far = tun("w1")
        assert libc.setns(here, 0) == 0
        ip("link", "set", "lo", "up")
        ip("link", "set", "lo", "up", wrap=self.wrap)
        self.address("10.77.0.1/24", "w0")
        self.address("fd77::1/64", "w0")
        self.address("10.77.0.2/24", "w1", self.wrap)
        self.address("fd77::2/64", "w1", self.wrap)
        ip("link", "set", "w0", "up")
        ip("link", "set", "w1", "up", wrap=self.wrap)
        for a, b, to_far in ((near, far, True), (far, near, False)):
            threading.Thread(target=self.carry, args=(a, b, to_far), daemon=True).start()

    def entered(self):
        return os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net")

    @staticmethod
    def address(text, device, wrap=()):
        ip("addr", "add", text, "dev", device, *(["nodad"] if ":" in text else []), wrap=wrap)

    def carry(self, a, b, to_far):
        while True:
            packet = os.read(a, 65536)
            if to_far and self.lost(packet):
                continue
            if not to_far:
                self.seen(packet)
            try:
                os.write(b, packet)
            except OSError:
                pass        # that end is down

    def close(self):
        self.holder.kill()
        self.holder.wait()


def udp_port(packet):
    """The port that it goes to; None: it is not UDP. (There are no options and no fragments here.)"""
    kind, at = (packet[9], 20) if packet[0] >> 4 == 4 else (packet[6], 40)
    return int.from_bytes(packet[at + 2:at + 4], "big") if kind == socket.IPPROTO_UDP else None


def source(packet):
    """Where it comes from, as text."""
    if packet[0] >> 4 == 4:
        return socket.inet_ntop(socket.AF_INET, packet[12:16])
    return socket.inet_ntop(socket.AF_INET6, packet[8:24])
