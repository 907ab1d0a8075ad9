# SPDX-License-Identifier: MIT
"""What the tests of the device's page share: a device with servers, a browser, and somebody who has logged in."""
import pytest

import real
from browser import Browser
from pki import Pki
from web_device import ADMIN, NAME, Device

VERIFY = "NetworkServices HTTPS VerifyServerCertificate"


class World:
    """A device with two feedback servers: one is right, one sends no intermediate."""

    def __init__(self, folder):
        self.folder, self.stack = folder, []
        self.log = self.keep(real.Syslog(folder))
        dns, ntp = self.keep(real.Dnsmasq(folder)), self.keep(real.Chrony(folder))
        self.receiver = self.keep(real.Receiver(folder))
        nginx = self.keep(real.Nginx(folder, self.receiver))
        pki = Pki(folder / "servers")
        self.root = pki.root("Example root", days=(-1, 3000))
        issuing = pki.intermediate("Example issuing", self.root)
        server = pki.leaf("feedback.test", issuing, days=(-60, 25))
        self.other_root = pki.root("Another root")
        right = nginx.site([server, issuing], pki.bundle([server, issuing]))
        broken = nginx.site([server], pki.bundle([server]))
        nginx.start()
        self.right, self.broken = f"https://feedback.test:{right}", f"https://feedback.test:{broken}"
        self.device = self.keep(Device(folder, self.log, ["NetworkServices NTP Mode: Manual", f"NetworkServices NTP Server 1 Address: {ntp.address}",
                                                         f"Network 1 DNS Server 1 Address: {dns.address}"])).start()
        self.device.add_reader()
        self.log.wait(r"clock: synchronised")
        self.next = self.device.pki.leaf(NAME, self.device.root)
        self.device.agent.upload(self.root)
        self.device.agent.register(self.right + "/a", 1)
        self.device.agent.register(self.broken + "/b", 2)

    def keep(self, thing):
        self.stack.append(thing)
        return thing

    def stop(self):
        while self.stack:
            self.stack.pop().stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("page"))
    yield w
    w.stop()


@pytest.fixture(scope="module")
def browser(world, tmp_path_factory):
    b = Browser(tmp_path_factory.mktemp("browser"), f"https://{NAME}:{world.device.port}", NAME, [world.device.leaf, world.next])
    b.size(1920, 1080)
    yield b
    b.stop()


@pytest.fixture
def page(browser):
    """Logged in as administrator: once for all tasks, and again when the page asks for it."""
    if browser.run("return document.querySelector('h2')?.textContent ?? 'Log in'") == "Log in":
        browser.forget_failures()
        browser.log_in(ADMIN)
    return browser
