# SPDX-License-Identifier: MIT
"""A certificate's whole life beside a service that goes on: nginx stands before the lab, demands a client certificate, and lets nobody
else through. The request is made on the device, signed, added, activated; it is renewed with the old key, and the old one goes; then the
server's root is rotated with overlap. No heartbeat is refused and no event is lost, from the first certificate on."""
import re
import subprocess

import pytest

from real import HOST, Process, Syslog, accepts, free_port, program, wait_for
from test_certificates import SERVICES, Authority, activate, certificates, own, requests
from test_trust_store import value
from world import Lab

HOSTS = ["manager.sealpost.test", "feedback.sealpost.test", "phonebook.sealpost.test"]


class Front:
    """nginx with TLS and a demand before the lab."""

    def __init__(self, folder, lab, clients):
        self.folder, self.lab, self.clients = folder / "front", lab, clients
        self.folder.mkdir()
        self.port = free_port()
        self.process = None

    def serve(self, authority):
        """From now on with a certificate of this authority; connections of before end."""
        key, request = self.folder / "server.key", self.folder / "server.csr"
        names = ",".join(f"DNS:{h}" for h in HOSTS)
        subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=front",
                        "-addext", f"subjectAltName={names}"], check=True, capture_output=True, timeout=60)
        (self.folder / "server.pem").write_text(authority.sign(request.read_text(), "serverAuth"))
        f = self.folder
        temp = "".join(f"{kind}_temp_path {f}/temp;\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (f / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {f}/pid; error_log {f}/error.log info;\nevents {{ worker_connections 64; }}\nhttp {{\n{temp}"
            f"log_format plain '$status $ssl_client_verify $ssl_client_s_dn $request'; access_log {f}/access.log plain;\n"
            f"server {{ listen {HOST}:{self.port} ssl; ssl_certificate {f}/server.pem; ssl_certificate_key {key};\n"
            f"ssl_client_certificate {self.clients.pem}; ssl_verify_client on; ssl_session_tickets off;\n"
            "error_page 495 496 =503 @nobody; location @nobody { return 503; }\n"   # 400 would end what waits
            f"location / {{ proxy_pass https://{HOST}:{self.lab.https}; proxy_ssl_verify off; proxy_set_header Host $host:{self.lab.https};\n"
            "proxy_http_version 1.1; } } }\n")
        if self.process:
            self.process.kill()
        self.process = Process([program("nginx"), "-p", f, "-c", f / "nginx.conf", "-e", f / "error.log"], f)
        wait_for(lambda: not self.process.running() or accepts(self.port), "nginx answers", explain=self.process.explain)
        assert self.process.running(), self.process.explain()

    def requests(self):
        log = self.folder / "access.log"
        return log.read_text().splitlines() if log.exists() else []

    def stop(self):
        if self.process:
            self.process.kill()


class World:
    def __init__(self, folder):
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.lab.set("heartbeat", 10)
        self.clients, self.old, self.new = Authority(folder, "clients"), Authority(folder, "old-root"), Authority(folder, "new-root")
        self.front = Front(folder, self.lab, self.clients)
        self.front.serve(self.old)
        settings = [line.replace(f":{self.lab.https}", f":{self.front.port}") for line in self.lab.settings()]
        self.agent = self.lab.agent(folder, self.log, settings)
        self.sent = 0

    def event(self, n=1):
        for _ in range(n):
            self.sent += 1
            self.agent.publish_event(f"number-{self.sent}")

    def arrived(self):
        bodies = "".join(p["body"] for p in self.lab.posts(service="feedback") if 200 <= p["status"] < 300)
        return [int(n) for n in re.findall("number-([0-9]+)", bodies)]

    def all_arrived(self):
        wait_for(lambda: self.arrived() == list(range(1, self.sent + 1)), f"{self.sent} events, each once and in order", 60,
                 lambda: f"{self.arrived()}\n{self.log.tail()}")

    def beat(self):
        """A heartbeat now, and its arrival."""
        before = len(self.lab.posts(service="manager"))
        self.agent.run("xCommand Provisioning StartProvisioning")
        wait_for(lambda: len(self.lab.posts(service="manager")) > before, "a heartbeat", 30, self.log.tail)

    def close(self):
        self.agent.kill()
        self.front.stop()
        self.lab.stop()
        self.log.stop()


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def create(world, name, *words):
    return value(certificates(world.agent, ["Certificates", "CSR", "Create", "Name:", name, *words]), "PEM")


def dry_run(world, text):
    answer = certificates(world.agent, [*SERVICES, "Add", "DryRun:", "True"], stdin=text)
    return {value(s, "Service").split()[0]: value(s, "ClientCertificate") for s in answer["Server"]}


def test_from_the_first_request_to_a_new_root(world):
    agent = world.agent
    agent.start()
    world.log.wait("clock: synchronised")
    agent.upload(world.old.pem.read_text())
    agent.sealpost("xCommand", "HttpFeedback", "Register", "FeedbackSlot:", "1", "ServerUrl:",
                   f"https://feedback.sealpost.test:{world.front.port}/feedback", "Expression:", "/Event", expect=None)
    world.event()
    wait_for(lambda: any(r.startswith("503 NONE") for r in world.front.requests()), "the server demands a certificate", explain=world.log.tail)
    assert world.arrived() == [] and world.lab.posts(service="manager") == []

    # the first certificate
    answer = world.clients.sign(create(world, "first", "CommonName:", "codec.sealpost.test"))
    assert set(dry_run(world, answer).values()) == {"Accepted"}
    first = value(certificates(agent, ["Certificates", "CSR", "Link"], stdin=answer), "Fingerprint")
    assert requests(agent) == []
    activate(agent, first)
    world.all_arrived()
    world.beat()
    counted = len(world.front.requests())

    # renewed by a request with the old key, while posts go on
    world.event(3)
    renewal = create(world, "renewal", "Fingerprint:", first)
    world.event(3)
    again = world.clients.sign(renewal)
    keys = [subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=t, text=True, check=True, capture_output=True).stdout
            for t in (answer, again)]
    assert keys[0] == keys[1] and set(dry_run(world, again).values()) == {"Accepted"}
    second = value(certificates(agent, [*SERVICES, "Add"], stdin=again), "Fingerprint")
    world.event(3)
    assert first in value(activate(agent, second), "Replaced")
    world.event(3)
    certificates(agent, [*SERVICES, "Delete", "Fingerprint:", first])
    world.event(3)
    world.beat()
    world.all_arrived()
    assert [value(d, "Fingerprint") for d in own(agent)] == [second]

    # the server's root is rotated: the new one comes beside the old one, then the server changes, then the old one goes
    certificates(agent, ["Certificates", "CA", "Add"], stdin=world.new.pem.read_text())
    world.event(3)
    world.beat()
    old = next(d for d in certificates(agent, ["Certificates", "CA", "Show"])["Details"] if value(d, "SubjectName") == "/CN=old-root")
    delete = ["Certificates", "CA", "Delete", "Fingerprint:", value(old, "Fingerprint")]
    assert "is trusted now and would not be" in value(certificates(agent, delete, expect=None), "Reason")   # too early
    world.front.serve(world.new)
    world.event(3)
    world.beat()
    certificates(agent, delete)
    world.event(3)
    world.beat()
    world.all_arrived()
    agent.restart()     # and all of it is what a restart finds
    world.event(3)
    world.beat()
    world.all_arrived()

    # nothing was refused from the first certificate on
    assert [r for r in world.front.requests()[counted:] if not re.match("2.. SUCCESS", r) and "HEAD /" not in r] == []
    assert agent.status("Provisioning")["Provisioning Status"] == "Provisioned"
