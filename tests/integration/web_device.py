# SPDX-License-Identifier: MIT
"""A device with its own HTTPS side: an agent and sealpost-web, users with passwords, and clients that speak HTTP and WebSocket byte by
byte, since a library would not send what must be refused."""
import base64
import json
import os
import pwd
import select
import socket
import ssl
import struct
import subprocess

import real
import under_unit
from pki import Pki

UNIT = real.ROOT / "conf/sealpost-web.service"

ADMIN, READER = ("admin", "Längliches Kennwort 4"), ("reader", "another one")
NAME = "codec.example"


def lines(headers):
    return "".join(f"{k}: {v}\r\n" for k, v in headers.items())


def basic(user):
    return {"Authorization": "Basic " + base64.b64encode(":".join(user).encode()).decode()}


class Device:
    """By default no rate is a limit, and the certificate is one that was uploaded: a self-signed one follows the device's name."""

    def __init__(self, folder, log, settings=(), own=True, build=real.BUILD, web_user=None):
        self.folder, self.log, self.build = folder, log, build
        self.port = real.free_port()
        me = pwd.getpwuid(os.geteuid()).pw_name
        quick = [f"NetworkServices HTTPS RateLimit {kind} Rate: 10000" for kind in ("Basic", "Session")]
        self.agent = real.Agent(folder, log, [*quick, f"NetworkServices HTTPS Server Port: {self.port}", "NetworkServices HTTPS Mode: On",
                                              f"SystemUnit Name: {NAME}", *settings], build=build)
        self.agent.options = ["-w", web_user or me]
        self.agent.start()
        self.pki = Pki(folder / "pki")
        self.root = self.pki.root("WebRoot")
        self.leaf = self.activate(self.pki.leaf(NAME, self.root)) if own else None
        self.agent.run(f'xCommand SystemUnit AdminPassword Set Password: "{ADMIN[1]}"')
        self.web = None

    def activate(self, leaf):
        self.agent.sealpost("xCommand", "Security", "Certificates", "Services", "Add", stdin=leaf.pem + leaf.key.read_text())
        self.agent.run(f"xCommand Security Certificates Services Activate Purpose: HTTPS Fingerprint: {fingerprint(leaf.pem)}")
        return leaf

    def launch(self):
        """Under the system call rules of its unit."""
        self.web = real.Process([self.build / "sealpost-web", "-S", self.agent.control, "-p", real.ROOT / "src/web/pages", "-l", self.log.path],
                                self.folder, self.agent.env, rules=under_unit.rules(UNIT, real.SANITIZERS_CALLS))
        return self

    def start(self):
        self.launch()
        real.wait_for(lambda: not self.web.running() or real.accepts(self.port), "sealpost-web listens", explain=self.web.explain)
        assert self.web.running(), self.web.explain() + self.log.tail()
        return self

    def add_reader(self):
        self.agent.run(f'xCommand UserManagement User Add Username: {READER[0]} Passphrase: "{READER[1]}" Role: User')

    def stop(self):
        status = self.web.stop() if self.web else 0
        self.agent.stop()
        assert status == 0, f"sealpost-web ended with {status}\n{self.web.said()[-6000:]}\n{self.log.tail()}"

    # --- clients

    def connect(self, source="127.0.0.1", **more):
        raw = socket.create_connection((real.HOST, self.port), real.PATIENCE, source_address=(source, 0))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        for name, value in more.items():
            setattr(context, name, value)
        return context.wrap_socket(raw, server_hostname=NAME)

    def raw(self, data, source="127.0.0.1"):
        """Sends these bytes on a connection of their own; all that comes until it is closed, or the answer is whole."""
        with self.connect(source) as s:
            s.sendall(data)
            return read_answer(s)

    def ask(self, method, target, headers=None, body=b"", user=None, host=NAME, source="127.0.0.1"):
        """One request on a connection of its own: (status, {header: value}, body)."""
        body = body.encode() if isinstance(body, str) else body
        sent = {"Host": host, **(basic(user) if user else {}), **(headers or {})}
        if body or method == "POST":
            sent.setdefault("Content-Length", str(len(body)))
        head = f"{method} {target} HTTP/1.1\r\n" + lines(sent) + "\r\n"
        return parse(self.raw(head.encode() + body, source))

    def logged(self):
        return "\n".join(self.log.lines)

    def get(self, location, user=ADMIN, headers=None):
        status, _, body = self.ask("GET", f"/getxml?location={location}", headers, user=user)
        assert status == 200, (status, body)
        return body

    def put(self, document, user=ADMIN, headers=None):
        status, _, body = self.ask("POST", "/putxml", {"Content-Type": "text/xml", **(headers or {})}, document, user)
        assert status == 200, (status, body)
        return body

    def websocket(self, user=ADMIN, **more):
        return WebSocket(self, user, **more)


def fingerprint(pem):
    out = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha1"], input=pem, text=True, capture_output=True, check=True).stdout
    return out.strip().split("=")[1].replace(":", "")


def read_answer(s):
    """All bytes of one answer; of one without a length, or that closes, until the end."""
    said = b""
    while True:
        head, found, body = said.partition(b"\r\n\r\n")
        if found and head.startswith((b"HTTP/1.1 101", b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return said
        if found and head.startswith(b"HTTP/1.1 100"):
            said = body
            continue
        length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        if found and length and len(body) >= length[0]:
            return said
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            return said
        if not more:
            return said
        said += more


def everything(s):
    """All that comes until the device closes."""
    said = b""
    try:
        while more := s.recv(65536):
            said += more
    except (ConnectionResetError, ssl.SSLError):
        pass
    return said


def is_closed(s):
    """By the device, with nothing said."""
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def parse(said):
    assert said.startswith(b"HTTP/1.1 "), said
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body.decode()


class WebSocket:
    def __init__(self, device, user=ADMIN, *, subprotocol=False, headers=None, path="/ws", receive_buffer=0, source="127.0.0.1"):
        self.said, self.events, self.last_id = b"", [], 0
        self.s = device.connect(source)
        if receive_buffer:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sent = {"Host": NAME, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}
        if user and subprotocol:
            sent["Sec-WebSocket-Protocol"] = "auth-" + base64.urlsafe_b64encode(":".join(user).encode()).decode().rstrip("=")
        elif user:
            sent |= basic(user)
        sent |= headers or {}
        self.sent = sent
        self.s.sendall(f"GET {path} HTTP/1.1\r\n{lines(sent)}\r\n".encode())
        head, end, behind = read_answer(self.s).partition(b"\r\n\r\n")
        self.status, self.headers, _ = parse(head + end)
        if self.status == 101:
            self.said = behind
        else:
            self.s.close()

    def framed(self, opcode, data, fin=True, mask=b"\x01\x02\x03\x04", reserved=0):
        length = len(data)
        head = bytes([fin << 7 | reserved << 4 | opcode])
        head += (bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length) if length < 1 << 16 else
                 b"\xff" + struct.pack(">Q", length))
        return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)) if length < 1 << 16 else head + bytes(4) + data

    def frame(self, *frame, **more):
        self.s.sendall(self.framed(*frame, **more))

    def send(self, message):
        self.frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def _need(self, n):
        while len(self.said) < n:
            more = self.s.recv(65536)
            if not more:
                raise EOFError
            self.said += more

    def receive(self):
        """The next frame: (opcode, data)."""
        self._need(2)
        opcode, length, at = self.said[0] & 15, self.said[1], 2
        assert self.said[0] & 0xf0 == 0x80 and length < 128, "a server's frames are whole and not masked"
        if length > 125:
            size = 2 if length == 126 else 8
            self._need(2 + size)
            length, at = int.from_bytes(self.said[2:2 + size], "big"), 2 + size
        self._need(at + length)
        data, self.said = self.said[at:at + length], self.said[at + length:]
        return opcode, data

    def message(self):
        """The next text, as JSON. Pings are answered, as clients do."""
        while True:
            opcode, data = self.receive()
            if opcode == 9:
                self.frame(10, data)
            else:
                assert opcode == 1, (opcode, data)
                return json.loads(data)

    def closed(self):
        """Code and reason of the close frame that comes, with what came before dropped."""
        while True:
            opcode, data = self.receive()
            if opcode == 8:
                return int.from_bytes(data[:2], "big"), data[2:].decode()

    def close_code(self):
        return self.closed()[0]

    def call(self, method, **params):
        """A request and its whole answer; events that come before are kept."""
        self.last_id += 1
        self.send({"jsonrpc": "2.0", "id": self.last_id, "method": method, **({"params": params} if params else {})})
        while True:
            m = self.message()
            if "id" in m:
                assert m["id"] == self.last_id and m["jsonrpc"] == "2.0", m
                return m
            self.events.append(m)

    def result(self, method, **params):
        answer = self.call(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    def error(self, method, **params):
        answer = self.call(method, **params)
        assert "error" in answer, answer
        return answer["error"]

    def event(self):
        m = self.events.pop(0) if self.events else self.message()
        assert m["method"] == "xFeedback/Event" and "id" not in m, m
        return m["params"]

    def is_silent(self, seconds=0):
        return not self.said and not self.s.pending() and not select.select([self.s], [], [], seconds)[0]

    def close(self):
        self.s.close()
