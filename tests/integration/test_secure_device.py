# SPDX-License-Identifier: MIT
"""The management server calls in: it reads a device over HTTPS, verifies its certificate, enforces its settings; and the steps of the
guide's round that are done in a browser, by the requests that a browser makes."""
import os
import pwd
import re
import socket
import ssl
import urllib.error
import urllib.request

import pytest

import real
from real import Agent, Syslog, wait_for
from world import Lab

DEVICE, DOMAIN = "rm204-bld5", "sealpost.test"
NAME = f"{DEVICE}.{DOMAIN}"
PASSWORD = "a password of the round"

pytestmark = pytest.mark.skipif(not (real.BUILD / "sealpost-web").exists(), reason="sealpost-web is not built")


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.log = Syslog(folder)
        self.lab = Lab(folder)
        self.port = real.free_port()
        self.agent = Agent(folder, self.log, [f"NetworkServices HTTPS Server Port: {self.port}"],
                           options=["-w", pwd.getpwuid(os.geteuid()).pw_name]).start()
        self.password = folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.web = None
        # What the guide has an administrator paste, and the password for the browser.
        self.agent.run("xconfig networkservices https mode: on", "xconfig networkservices https verifyservercertificate: off",
                       f"xconfig systemunit name: {DEVICE}", f"xconfig network 1 dns domain name: {DOMAIN}", "xconfig networkservices ntp mode: on",
                       f"xconfig network 1 dns server 1 address: 127.0.0.1:{self.lab.dns}",
                       f"xconfig networkservices ntp address: 127.0.0.1:{self.lab.ntp}",
                       f"xconfig provisioning externalmanager address: manager.{DOMAIN}:{self.lab.https}",
                       f'xCommand SystemUnit AdminPassword Set Password: "{PASSWORD}"')

    def serve(self):
        self.web = real.Process([real.BUILD / "sealpost-web", "-S", self.agent.control, "-p", real.ROOT / "src/web/pages", "-l", self.log.path],
                                self.folder, self.agent.env)
        wait_for(lambda: not self.web.running() or real.accepts(self.port), "sealpost-web listens", explain=self.web.explain)
        return self

    def add(self, *more, expect=0):
        return self.lab.order("add", DEVICE, "--at", f"127.0.0.1:{self.port}", "--user", "admin", "--password-file", self.password, *more,
                              expect=expect)

    def kinds(self):
        return [t["kind"] for t in self.lab.tickets()]

    def browser(self, path, body=None, user=PASSWORD, cookie=None, root=None):
        """One request as a browser sends it: the answer. root None: the warning was clicked away."""
        context = ssl.create_default_context(cafile=root)
        if not root:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        manager.add_password(None, f"https://127.0.0.1:{self.port}", "admin", user)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.HTTPBasicAuthHandler(manager))
        headers = {"Host": DEVICE, **({"Content-Type": "text/xml"} if body else {}), **({"Cookie": cookie} if cookie else {})}
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", data=body and body.encode() or (b"" if body == "" else None),
                                         headers=headers)
        return opener.open(request, timeout=real.PATIENCE)

    def look(self):
        """Opens https://device with the lab's root, as the guide's last step does: the certificate that it shows."""
        context = ssl.create_default_context(cafile=self.lab.root)
        with socket.create_connection(("127.0.0.1", self.port), real.PATIENCE) as raw, context.wrap_socket(raw, server_hostname=NAME) as s:
            return s.getpeercert()

    def upload_certificate(self):
        """Log in, upload a certificate of the lab's root by putxml, activate it, end the session."""
        self.lab.order("cert", NAME)
        pem = (self.lab.folder / f"{NAME}.crt").read_text() + (self.lab.folder / f"{NAME}.key").read_text()
        with self.browser("/xmlapi/session/begin", "") as answer:
            assert answer.status == 204
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        assert cookie.startswith("SecureSessionId=")
        with self.browser("/putxml", "<Command><Security><Certificates><Services><Add><body>" + pem +
                          "</body></Add></Services></Certificates></Security></Command>", cookie=cookie) as answer:
            said = answer.read().decode()
        fingerprint = re.search(r"<Fingerprint[^>]*>(\w+)<", said)
        assert 'status="OK"' in said and fingerprint, said
        with self.browser("/putxml", "<Command><Security><Certificates><Services><Activate><Purpose>HTTPS</Purpose>"
                          f"<Fingerprint>{fingerprint[1]}</Fingerprint></Activate></Services></Certificates></Security></Command>",
                          cookie=cookie) as answer:
            said = answer.read().decode()
        assert 'status="OK"' in said, said

    def is_shown(self):
        try:
            return self.look()
        except (ssl.SSLError, OSError):
            return None

    def close(self):
        try:
            self.agent.stop()
        finally:
            for process in (self.web, self.agent.process):
                if process and process.running():
                    process.kill()
            self.lab.stop()
            self.log.stop()


@pytest.fixture
def site(tmp_path):
    s = Site(tmp_path)
    yield s
    s.close()


def test_levels_3_and_4_with_the_browsers_steps(site):
    lab, agent = site.lab, site.agent
    site.serve()
    # Level 3: the device shows the certificate that it made itself. The server is told to trust it, as it is.
    shown = ssl.get_server_certificate(("127.0.0.1", site.port))
    own = site.folder / "own.pem"
    own.write_text(shown)
    said = site.add("--root", own)
    assert f"{DEVICE}: " in said and "its certificate is good" in said and not site.kinds()
    assert lab.device(DEVICE)["added"] and lab.device(DEVICE)["software"]
    lab.set("secure-only", "level3")
    assert "its settings are as they must be" in lab.order("enforce", DEVICE)
    assert lab.device(DEVICE)["state"] == "Verified"
    assert agent.get("NetworkServices HTTPS VerifyServerCertificate") == "Off"
    assert "code.aspx" in agent.run("xStatus HttpFeedback 3 URL")
    # Level 4: log in, upload the certificate and the root; every connection is verified from then on.
    site.upload_certificate()
    wait_for(site.is_shown, "the uploaded certificate is shown", explain=site.log.tail)
    lab.upload_root(agent)
    assert "its certificate is good" in site.add()
    lab.set("secure-only", "level4")
    assert "its settings are as they must be" in lab.order("enforce", DEVICE)
    assert agent.get("NetworkServices HTTPS VerifyServerCertificate") == "On"
    assert not site.kinds()
    # The guide's last step: https://device, and a look at its certificate.
    names = site.look()["subjectAltName"]
    assert ("DNS", NAME) in names
    with site.browser("/", root=None) as page:
        assert page.status == 200 and b"<html" in page.read().lower()


def test_what_is_wrong_with_the_device_is_a_ticket(site):
    lab = site.lab
    # Nobody listens yet.
    assert "No HTTPS response" in site.add(expect=1)
    assert site.kinds() == ["No HTTPS response"] and lab.device(DEVICE)["added"]
    # It shows a certificate that the lab's root has not issued.
    site.serve()
    said = lab.order("add", DEVICE, expect=1)
    assert "certificate validation error of the device" in said and site.kinds() == ["certificate validation error of the device"]
    # The right certificate for another name.
    site.upload_certificate()
    wait_for(site.is_shown, "the uploaded certificate is shown", explain=site.log.tail)
    assert "its certificate is good" in lab.order("add", DEVICE) and not site.kinds()
    at = ["--at", f"127.0.0.1:{site.port}", "--password-file", site.password]
    assert "certificate validation error" in lab.order("add", "another-name", *at, expect=1)
    # A password that is none.
    wrong = site.folder / "wrong"
    wrong.write_text("wrong\n")
    said = lab.order("add", DEVICE, "--at", f"127.0.0.1:{site.port}", "--password-file", wrong, expect=1)
    assert "log-in refused by the device" in said and "log-in refused by the device" in site.kinds()
    site.add()
    assert [t["device"] for t in lab.tickets()] == ["another-name"]
    # HTTPS is switched off: its configuration says so, and its silence is no further ticket.
    lab.set("heartbeat", 10)
    site.agent.provision()
    wait_for(lambda: lab.device(DEVICE).get("mac"), "an event", explain=site.log.tail)
    site.agent.run("xconfig networkservices https mode: off")
    lab.order("offer", "documents", "/Configuration", lab.url("/tms/public/feedback/postdocument.aspx", f"manager.{DOMAIN}"))
    site.agent.provision()
    wait_for(lambda: "HTTPS off at the device" in site.kinds(), "the ticket", explain=lambda: lab.order("tickets") + site.log.tail())
    wait_for(lambda: not site.web.running(), "sealpost-web has ended")
    lab.order("add", DEVICE, expect=1)
    assert [t["kind"] for t in lab.tickets() if t["device"] == DEVICE] == ["HTTPS off at the device"]
    # On again.
    site.agent.run("xconfig networkservices https mode: on")
    site.serve()
    site.add()
    assert not [t for t in lab.tickets() if t["device"] == DEVICE]


def test_orders_say_what_they_want(site):
    lab = site.lab
    for words, why in ((["add"], "host name"), (["add", "x", "--at"], "a value"), (["add", "x", "--nonsense", "1"], "--at"),
                       (["add", "x", "--at", "nowhere", "--password-file", site.password], "an address"),
                       (["add", "x", "--at", "127.0.0.1:0", "--password-file", site.password], "an address"),
                       (["add", "x", "--user", "u"], "beside the others"), (["add", "x", "--at", "127.0.0.1:1", "--password-file", "/none"], "/none"),
                       (["enforce"], "host name"), (["enforce", DEVICE], "secure-only")):
        assert why in lab.order(*words, expect=64), words
    lab.set("secure-only", "level3")
    assert "added with its address" in lab.order("enforce", DEVICE, expect=64)
    assert "expected certificates" in site.add("--root", site.password, expect=64)
    # The password is in no argument, log or answer.
    assert PASSWORD not in lab.order("status") + lab.order("devices", "--json") + lab.process.said()


def test_plain_http_is_answered_403(site):
    port = site.lab.facts["HTTP_PORT"]
    for data in (None, b"<x/>"):
        with pytest.raises(urllib.error.HTTPError) as e:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/tms/public", data=data, timeout=real.PATIENCE)
        assert e.value.code == 403 and b"HTTPS" in e.value.read()
    assert f"127.0.0.1:{port}, everything is answered 403; 2 requests" in site.lab.order("status")
