# SPDX-License-Identifier: MIT
"""Real servers for the tests, on loopback, each in its own temporary folder and ended by its process id.

    Nginx      TLS on one port for each site; requests go on to a Receiver, which keeps them
    Chrony     NTP server; serves any date without touching the system's clock
    Dnsmasq    DNS server; every name under .test is 127.0.0.1
    Syslog     the datagram socket that sealpostd logs to; collects lines
    Tap        a TCP relay that counts what a client really sends, record by record
    Agent      sealpostd, under the system call rules of its unit, and the sealpost command

Every wait has a limit. A server that does not come up fails the test with its own log."""
import contextlib
import ctypes
import functools
import http.server
import os
import pwd
import random
import re
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path

import under_unit

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
ROOT = Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("BUILD", "build")).resolve()
UNIT = ROOT / "conf" / "sealpostd.service"
SANITIZERS_CALLS = ("ptrace",)                  # by which leaks are looked for at the end
HOST = "127.0.0.1"
USER = pwd.getpwuid(os.geteuid()).pw_name       # servers that would become somebody else stay who they are
# Sanitizers make everything a few times slower; a wait that succeeds never takes this long.
PATIENCE = 30.0
VERDICT = re.compile(r"SSL: socklib_sslHandshake: VerifyResult=(\d+)=(\w+), NameCheck: (\w+)")


def wait_for(condition, what, seconds=PATIENCE, explain=lambda: ""):
    """What condition gives once it is true; fails with what was waited for. A condition that takes its time (it runs a command)
    is asked less often: waiting must not keep a processor from what is waited for."""
    end = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        result = condition()
        if result:
            return result
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}\n{explain()}")
        time.sleep(min(max(0.01, 2 * (now - asked)), 0.3))


_given = set()


def free_port():
    """One that nobody uses for TCP or UDP, not given out before: its server may start much later. From below the range that
    the kernel takes ports of outgoing connections from, so that none of these gets it first. Each pytest worker has its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        port = random.SystemRandom().randrange(10240, 32000)
        if port in _given or port % workers != worker:
            continue
        _given.add(port)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind((HOST, port))
            return port
        except OSError:
            pass


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Process:
    """One program that this test started; its output lies in the folder."""

    def __init__(self, argv, folder, env=None, name=None, rules=None):
        """rules: those that under_unit.rules gives, for it to obey."""
        def before_exec():
            _die_with_parent()
            if rules:
                under_unit.obey(rules)
        self.argv = [str(a) for a in argv]
        self.output = Path(folder) / f"{name or Path(self.argv[0]).name}.out"
        with self.output.open("ab") as out:
            self.popen = subprocess.Popen(self.argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          preexec_fn=before_exec)
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def said(self):
        return self.output.read_text(errors="replace")

    def kill(self):
        self.popen.kill()
        self.popen.wait(PATIENCE)

    def stop(self, seconds=PATIENCE):
        """SIGTERM, and the exit status."""
        if self.running():
            self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.argv[0]} did not stop within {seconds:g} s\n{self.said()[-2000:]}") from None

    def explain(self):
        return f"{' '.join(self.argv)}: {'runs' if self.running() else self.popen.returncode}\n{self.said()[-3000:]}"


def program(name):
    """Debian keeps servers where an ordinary user's PATH does not look."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    assert found, f"{name} is not installed: .ci/setup check"
    return found


def accepts(port):
    try:
        socket.create_connection((HOST, port), 1).close()
        return True
    except OSError:
        return False


# --- the management server ---------------------------------------------------------------------------------------

class Post:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body, self.at = method, path, headers, body, time.monotonic()

    def __repr__(self):
        return f"<{self.method} {self.path} {len(self.body)} bytes>"


class Receiver:
    """What stands behind nginx: takes every request, keeps it, answers as `answer` says."""

    def __init__(self, folder):
        self.socket = str(Path(folder) / "receiver.sock")
        self.posts = []
        self.answer = lambda post: (200, {"Content-Type": "text/xml"}, b"<Ok/>")
        self.stream = None      # or a function(post, write) that writes the whole answer itself
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                post = Post(self.command, self.path, self.headers, body)
                receiver.posts.append(post)
                if receiver.stream:
                    self.close_connection = True
                    receiver.stream(post, self.wfile.write)
                    return
                status, headers, body = receiver.answer(post)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET = do_PUT = do_HEAD = do_OPTIONS = do_CONNECT = take

            def address_string(self):
                return "nginx"

            def log_message(self, *args):
                pass

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def handle_error(self, request, client_address):
                pass    # a client that goes away is no concern of ours

        self.server = Server(self.socket, Handler)
        os.chmod(self.socket, 0o666)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def to(self, path):
        return [p for p in list(self.posts) if p.path == path]

    def wait(self, path, n=1, seconds=PATIENCE, explain=lambda: ""):
        return wait_for(lambda: (lambda got: got if len(got) >= n else None)(self.to(path)), f"{n} posts to {path}",
                        seconds, explain)


class Nginx:
    """Lax on purpose: it serves any certificate and any key, so that only the client can refuse."""

    def __init__(self, folder, receiver):
        self.folder = Path(folder) / "nginx"
        self.folder.mkdir()
        self.receiver = receiver
        self.sites = {}
        self.process = None

    def site(self, chain, bundle, port=None, extra="", tls=True):
        """A port that shows chain (the leaf first; bundle is the file with all of them). Takes effect at start."""
        port = port or free_port()
        show = f"ssl_certificate {bundle}; ssl_certificate_key {chain[0].key};" if tls else ""
        self.sites[port] = (f"server {{ listen {HOST}:{port}{' ssl' if tls else ''}; server_name _; {show} {extra}\n"
                            f"    location / {{ proxy_pass http://behind; }} }}\n")
        return port

    def start(self):
        f = self.folder
        temp = "".join(f"{kind}_temp_path {f}/temp;\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (f / "openssl.cnf").write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                                       "[c]\nCipherString = DEFAULT:@SECLEVEL=0\n")
        (f / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {f}/pid; error_log {f}/error.log info;\n"
            "events { worker_connections 512; }\nhttp {\n" + temp +
            "log_format plain '$server_port $ssl_protocol $request_length $status \"$request\"';\n"
            f"access_log {f}/access.log plain;\n"
            "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT:@SECLEVEL=0; ssl_session_timeout 10m;\n"
            "keepalive_timeout 60s; client_max_body_size 64m; server_tokens off; lingering_close off;\n"
            "proxy_buffering off; proxy_request_buffering on; proxy_http_version 1.1; proxy_set_header Connection \"\";\n"
            "proxy_set_header X-Port $server_port; proxy_set_header X-Tls $ssl_protocol;\n"
            "proxy_set_header X-Requests $connection_requests; proxy_set_header X-Host $http_host;\n"
            f"upstream behind {{ server unix:{self.receiver.socket}; }}\n" + "".join(self.sites.values()) + "}\n")
        env = dict(os.environ, OPENSSL_CONF=str(f / "openssl.cnf"))
        self.process = Process([program("nginx"), "-p", f, "-c", f / "nginx.conf", "-e", f / "error.log"], f, env)
        wait_for(lambda: not self.process.running() or all(map(accepts, self.sites)), "nginx answers",
                 explain=self.process.explain)
        assert self.process.running(), self.process.explain() + self.errors()
        return self

    def errors(self):
        log = self.folder / "error.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def requests(self, port):
        """Lines of the access log: every request line that nginx could read, also refused ones."""
        log = self.folder / "access.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return [line for line in lines if line.startswith(f"{port} ")]

    def stop(self):
        if self.process:
            self.process.kill()


# --- names and time ----------------------------------------------------------------------------------------------

class Dnsmasq:
    def __init__(self, folder, records=("--address=/test/127.0.0.1",)):
        self.port = free_port()
        self.address = f"{HOST}:{self.port}"
        self.log = Path(folder) / "dnsmasq.log"
        self.process = Process(
            [program("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", f"--port={self.port}", "--no-resolv",
             f"--listen-address={HOST}", "--bind-interfaces", "--no-hosts", "--pid-file=", "--log-queries",
             f"--log-facility={self.log}", "--local=/test/", f"--user={USER}", *records], folder)
        wait_for(self.answers, "dnsmasq answers", explain=self.process.explain)

    def answers(self):
        question = b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0\5ready\4test\0\0\1\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            try:
                s.connect((HOST, self.port))
                s.send(question)
                return s.recv(512)[:2] == b"\x12\x34"
            except OSError:
                return False

    def stop(self):
        self.process.stop()


class Chrony:
    """NTP server. -x: the system's clock is left alone; what it serves can be set to any date nevertheless."""

    def __init__(self, folder, port=None, keys="", offset_s=0, name="chrony", extra=""):
        self.folder = Path(folder) / name
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.port = port or free_port()
        self.address = f"{HOST}:{self.port}"
        f = self.folder
        (f / "keys").write_text(keys)
        (f / "keys").chmod(0o600)
        (f / "chrony.conf").write_text(
            f"port {self.port}\nbindaddress {HOST}\nallow {HOST}\nlocal stratum 5\nmanual\nmaxslewrate 100000\n"
            f"cmdport 0\nbindcmdaddress {f}/control\npidfile {f}/pid\nkeyfile {f}/keys\n{extra}")
        self.process = None
        self.start(offset_s)

    def start(self, offset_s=0):
        self.process = Process([program("chronyd"), "-x", "-U", "-u", USER, "-d", "-F", "0", "-f", self.folder / "chrony.conf"],
                               self.folder)
        wait_for(lambda: self.date() is not None, "chronyd answers", explain=self.process.explain)
        if offset_s:
            self.set_date(time.time() + offset_s)

    def set_date(self, unix):
        """chronyd slews a clock of its own there, for us alone; at its rate limit a decade takes no time."""
        text = time.strftime("%b %d, %Y %H:%M:%S", time.gmtime(unix))
        for order in (("manual", "reset"), ("settime", text)):
            r = subprocess.run([program("chronyc"), "-h", self.folder / "control", *order], text=True, capture_output=True,
                               timeout=10, env=dict(os.environ, TZ="UTC"))
            assert r.returncode == 0, r.stdout + r.stderr
        wait_for(lambda: abs((self.date() or 0) - unix) < 60, f"chronyd serves {text}", explain=self.process.explain)

    def date(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            try:
                s.connect((HOST, self.port))
                s.send(b"\x23" + bytes(39) + b"\1\2\3\4\5\6\7\x08")
                reply = s.recv(128)
            except OSError:
                return None
        good = len(reply) >= 48 and reply[0] & 7 == 4 and reply[0] >> 6 != 3 and 0 < reply[1] < 16
        return int.from_bytes(reply[40:44], "big") - 2208988800 if good else None

    def stop(self):
        if self.process.running():
            self.process.stop()


def denied(request):
    """The answer of a time server that wants to be asked no more."""
    return b"\xe4\0" + bytes(10) + b"DENY" + bytes(8) + request[40:48] + bytes(16)


# --- what the agent says and sends -------------------------------------------------------------------------------

@functools.cache
def _roomy_network():
    """A network namespace in which a thousand datagrams may wait at a unix socket, as a descriptor; None: it cannot be made (only root
    can). By default ten may wait, and a program that logs more while the test's thread waits for a processor loses the rest."""
    made = []

    def make():
        if LIBC.unshare(CLONE_NEWNET | CLONE_NEWNS):
            return
        # A container may have mounted /proc/sys read-only.
        if subprocess.run(["sh", "-c", "mount --make-rprivate / && mount -t proc proc /proc; echo 1000 >/proc/sys/net/unix/max_dgram_qlen"],
                          capture_output=True).returncode == 0:
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0] if made else None


def datagram_socket(path):
    """A unix socket at which many datagrams may wait, if that is possible. A path leads to it from each network."""
    roomy = _roomy_network()
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if roomy is not None and LIBC.setns(roomy, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "a network for the log's socket")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if roomy is not None and LIBC.setns(home, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "back from the network for the log's socket")
    os.close(home)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind(str(path))
    os.chmod(path, 0o666)
    return s


class Datagrams:
    """What programs send to a unix socket. What was sent before somebody asks is there: a command that has been answered has logged."""

    def __init__(self, path, read):
        self.read, self.all, self.lock, self.over = read, [], threading.Lock(), False
        self.socket = datagram_socket(path)
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def so_far(self):
        with self.lock, contextlib.suppress(OSError):       # none waits, or it is closed
            while packet := self.socket.recv(65536, socket.MSG_DONTWAIT):
                self.all.append(self.read(packet))
        return self.all

    def _collect(self):
        while not self.over:
            select.select([self.socket], [], [])
            self.so_far()

    def stop(self):
        self.over = True
        self.socket.shutdown(socket.SHUT_RDWR)      # which wakes the thread
        self.thread.join()
        self.socket.close()


class Syslog(Datagrams):
    def __init__(self, folder):
        self.path = str(Path(folder) / "log")
        super().__init__(self.path, lambda packet: packet.decode("utf-8", "replace"))

    @property
    def lines(self):
        return self.so_far()

    def mark(self):
        return len(self.lines)

    def find(self, pattern, since=0):
        return [line for line in self.lines[since:] if re.search(pattern, line)]

    def wait(self, pattern, since=0, seconds=PATIENCE):
        return wait_for(lambda: self.find(pattern, since), f"a log line like {pattern}", seconds, self.tail)[0]

    def tail(self):
        return "\n".join(self.lines[-25:])


class Tap:
    """Relays TCP to a port and keeps what the client sent: how many connections, first byte, size of each TLS record.

    What it sees needs no key: bytes of a document would have to pass here as records of type 23."""

    class Connection:
        def __init__(self):
            self.sent = b""
            self.received = 0
            self.at = time.monotonic()

        def records(self):
            """(type, length) of each TLS record that the client sent."""
            at, found = 0, []
            while at + 5 <= len(self.sent):
                length = int.from_bytes(self.sent[at + 3:at + 5], "big")
                found.append((self.sent[at], length))
                at += 5 + length
            return found

        def application_bytes(self):
            """Payload of encrypted records, without the client's Finished: that is one of at most 64 bytes, and an alert one
            of at most 32. A post is hundreds."""
            return sum(length for kind, length in self.records() if kind == 23 and length > 80)

    def __init__(self, target=None, respond=None):
        """target: the port to relay to. respond: instead, a function(connection's socket)."""
        self.connections = []
        self.target, self.respond = target, respond
        self.socket = socket.create_server((HOST, 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            connection = Tap.Connection()
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(client, connection), daemon=True).start()

    def _serve(self, client, connection):
        with client:
            client.settimeout(60)
            try:
                if self.respond:
                    self.respond(client, connection)
                    return
                with socket.create_connection((HOST, self.target), 10) as server:
                    server.settimeout(60)
                    back = threading.Thread(target=self._back, args=(server, client, connection), daemon=True)
                    back.start()
                    while data := client.recv(65536):
                        connection.sent += data
                        server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                    back.join(5)
            except OSError:
                pass

    @staticmethod
    def _back(server, client, connection):
        try:
            while data := server.recv(65536):
                connection.received += len(data)
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


# --- the agent ---------------------------------------------------------------------------------------------------

class Failed(AssertionError):
    """A command's exit status was not what was expected."""


class Agent:
    """sealpostd with its folders, and the sealpost command that talks to it."""

    obeys_unit = True   # runs under the system call rules of the unit that is installed

    def __init__(self, folder, log, settings=(), build=BUILD, wrap=(), env=None, name="agent", options=()):
        self.folder = Path(folder) / name
        self.folder.mkdir(exist_ok=True)
        self.log, self.build, self.wrap, self.options = log, build, list(wrap), list(options)
        self.config = self.folder / "sealpost.conf"
        self.control = self.folder / "control"
        self.state = self.folder / "state"
        self.env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.env.update({"ASAN_OPTIONS": "exitcode=99:detect_stack_use_after_return=1", "UBSAN_OPTIONS": "print_stacktrace=1",
                         "SEALPOST_SOCKET": str(self.control)})
        self.env.update(env or {})
        # What a short command leaks ends with it, and looking for that takes longer than all else it does.
        self.command_env = {**self.env, "ASAN_OPTIONS": self.env["ASAN_OPTIONS"] + ":detect_leaks=0"}
        self.process = None
        self.write_settings(settings)

    def write_settings(self, lines):
        self.config.write_text("".join(f"xConfiguration {line}\n" for line in lines))

    def launch(self):
        """Starts it and does not wait."""
        env = dict(self.env)
        if self.wrap:
            env["ASAN_OPTIONS"] += ":detect_leaks=0"    # leaks cannot be looked for under strace
        # strace could not do its work under these rules.
        rules = None if self.wrap or not self.obeys_unit else under_unit.rules(UNIT, SANITIZERS_CALLS)
        self.process = Process([*self.wrap, self.build / "sealpostd", "-c", self.config, "-s", self.state, "-S", self.control,
                                "-l", self.log.path, *self.options], self.folder, env, "sealpostd", rules)
        return self

    def start(self):
        self.launch()
        wait_for(lambda: not self.process.running() or self.answers(), "sealpostd answers on its control socket",
                 explain=self.process.explain)
        assert self.process.running(), self.process.explain() + self.log.tail()
        return self

    def answers(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            try:
                s.connect(str(self.control))
                return True
            except OSError:
                return False

    @property
    def pid(self):
        """sealpostd's own, also when strace stands in front."""
        if not self.wrap:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def stop(self):
        """Asks it to end; its exit status must be 0, and sanitizers must have nothing to say."""
        if not self.process:
            return
        if self.wrap and self.process.running():
            os.kill(self.pid, signal.SIGTERM)
            self.process.popen.wait(PATIENCE)
        status = self.process.stop()
        assert status == 0, f"sealpostd ended with {status}\n{self.process.said()[-6000:]}\n{self.log.tail()}"

    def kill(self):
        self.process.kill()

    def restart(self):
        self.stop()
        return self.start()

    # --- talking to it

    def call(self, *args, stdin="", seconds=PATIENCE):
        """One call of the command, as subprocess.run tells of it."""
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        r = subprocess.run([self.build / "sealpost", *args], input=data, capture_output=True, env=self.command_env, timeout=seconds)
        r.stdout, r.stderr = (text.decode("utf-8", "replace") for text in (r.stdout, r.stderr))
        return r

    def sealpost(self, *args, stdin="", expect=0, seconds=PATIENCE):
        """One call of the command; its output. expect: exit status, None for any."""
        r = self.call(*args, stdin=stdin, seconds=seconds)
        out = r.stdout + r.stderr
        if expect is not None and r.returncode != expect:
            raise Failed(f"sealpost {' '.join(map(str, args))} ended with {r.returncode}, expected {expect}:\n{out}\n"
                         f"{self.log.tail()}\n{self.process.explain() if self.process else ''}")
        return out

    def begin(self, *args, stdin=""):
        """One call that is left running: its subprocess.Popen."""
        p = subprocess.Popen([self.build / "sealpost", *args], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=self.env, preexec_fn=_die_with_parent)
        p.stdin.write(stdin.encode())
        p.stdin.close()
        return p

    def run(self, *lines, expect=0):
        """Lines as typed at the terminal."""
        return self.sealpost(stdin="".join(line + "\n" for line in lines), expect=expect)

    def get(self, path):
        """A setting's value, without quotes."""
        m = re.search(r"^\*c xConfiguration [^:\n]*: \"?(.*?)\"?\r?$", self.run(f"xConfiguration {path}"), re.M)
        assert m, f"no value of {path}"
        return m.group(1)

    def set(self, path, value, expect=0):
        return self.run(f'xConfiguration {path}: "{value}"', expect=expect)

    def status(self, path):
        """{path below: value} of xStatus."""
        out = self.run(f"xStatus {path}", expect=None)
        return {m.group(1): m.group(2) for m in re.finditer(r"^\*s (.*?): \"?(.*?)\"?\r?$", out, re.M)}

    def messages(self):
        """{number: {Type, Level, Description, References}} of xStatus Diagnostics Message."""
        found = {}
        for path, value in self.status("Diagnostics").items():
            _, _, number, name = path.split()
            found.setdefault(int(number), {})[name] = value
        return found

    def wait_date(self):
        wait_for(lambda: self.status("Time State")["Time State"] == "Synchronised", "the date is known", explain=self.log.tail)

    def window(self):
        """{name: value} of the change that waits to be confirmed."""
        return {k.split()[-1]: v for k, v in self.status("Configuration").items()}

    def wait_window(self, state, seconds=20):
        wait_for(lambda: self.window()["State"] == state, f"the window is {state}", seconds, lambda: f"{self.window()}\n{self.log.tail()}")

    def provision(self, expect=0):
        """An event to the manager now."""
        return self.run("xCommand Provisioning StartProvisioning", expect=expect)

    def upload(self, *certs, command="Add", expect=0):
        pem = "".join(c.pem if hasattr(c, "pem") else c for c in certs)
        return self.run(f"xCommand Security Certificates CA {command}", *pem.splitlines(), ".", expect=expect)

    def register(self, url, slot=1, expressions=("/Event/Test", "/Status/Test"), format="XML", expect=0):
        """In place of whoever has the slot."""
        wanted = " ".join(f'Expression[{i}]: "{x}"' for i, x in enumerate(expressions, 1))
        return self.run(f"xCommand HttpFeedback Register FeedbackSlot: {slot} ServerUrl: \"{url}\" Format: {format} "
                        f"Force: True {wanted}", expect=expect)

    def deregister(self, slot=1, expect=0):
        return self.run(f"xCommand HttpFeedback Deregister FeedbackSlot: {slot}", expect=expect)

    def wait_delivered(self, slot=1, seconds=PATIENCE):
        """Until the agent itself knows that nothing waits."""
        wait_for(lambda: self.status(f"HttpFeedback {slot} Queue Count") == {f"HttpFeedback {slot} Queue Count": "0"},
                 "an empty queue", seconds, self.log.tail)

    def publish(self, document, expect=0):
        """Returns once it is durable."""
        return self.sealpost("publish", stdin=document, expect=expect)

    def publish_event(self, text):
        return self.publish(event(text))


def event(text):
    return f'<Event><Test item="1"><Mark item="1">{text}</Mark></Test></Event>\n'


def servers(answer):
    """Service to {After, Before, Code, Hint, Host} of each server in the answer of a command that tries a change."""
    rows = {}
    for number, name, text in re.findall(r'^\*r \S+ Server (\d+) (\w+): "?(.*?)"?\r?$', answer, re.M):
        rows.setdefault(number, {})[name] = text
    return {r["Service"]: r for r in rows.values()}


def mark_of(post):
    """What event() put in."""
    m = re.search(rb"<Mark[^>]*>([^<]*)</Mark>", post.body)
    return m.group(1).decode() if m else None


class Site:
    """The usual world: names, time, one trusted server, an agent that knows its root."""

    def __init__(self, folder, pki, settings=(), start_ntp=True, **agent_options):
        self.folder, self.pki = Path(folder), pki
        self.stack = []
        self.log = self._keep(Syslog(folder))
        self.dns = self._keep(Dnsmasq(folder))
        self.ntp = self._keep(Chrony(folder)) if start_ntp else None
        self.receiver = self._keep(Receiver(folder))
        self.nginx = self._keep(Nginx(folder, self.receiver))
        ntp = [f"NetworkServices NTP Server 1 Address: {self.ntp.address}"] if self.ntp else []
        self.agent = self._keep(Agent(folder, self.log, [
            "NetworkServices NTP Mode: Manual", *ntp, f"Network 1 DNS Server 1 Address: {self.dns.address}",
            "SystemUnit Name: tested", *settings], **agent_options))

    def _keep(self, thing):
        self.stack.append(thing)
        return thing

    def keep(self, thing):
        return self._keep(thing)

    def serve(self, chain, **options):
        return self.nginx.site(chain, self.pki.bundle(chain), **options)

    def synchronised(self, since=0):
        return self.log.wait(r"clock: synchronised", since)

    def close(self):
        """Everything is stopped, whatever happens; the first failure is raised in the end."""
        first = None
        while self.stack:
            try:
                self.stack.pop().stop()
            except BaseException as e:      # noqa: B902 - the others must be stopped, too
                first = first or e
        if first:
            raise first
