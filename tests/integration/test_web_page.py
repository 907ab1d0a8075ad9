# SPDX-License-Identifier: MIT
"""The device's page in a real Chromium: each task from log-in to result, without an error in the console, without a request to
anybody else, at 360 and 1920 pixels, light and dark, and without serious findings of axe-core."""

import pytest

import real
from browser import Browser
from pki import Pki
from web_device import ADMIN, NAME, READER, Device

pytestmark = pytest.mark.skipif(not (real.BUILD / "sealpost-web").exists(), reason="this build has no sealpost-web")


class World:
    """A device with two feedback servers: one is right, one sends no intermediate."""

    def __init__(self, folder):
        self.folder, self.stack = folder, []
        self.log = self.keep(real.Syslog(folder))
        dns, ntp = self.keep(real.Dnsmasq(folder)), self.keep(real.Chrony(folder))
        self.receiver = self.keep(real.Receiver(folder))
        nginx = self.keep(real.Nginx(folder, self.receiver))
        pki = Pki(folder / "servers")
        self.root = pki.root("Example root")
        issuing = pki.intermediate("Example issuing", self.root)
        server = pki.leaf("feedback.test", issuing)
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


@pytest.fixture(scope="module")
def page(browser):
    """Logged in as administrator, once for all tasks."""
    browser.log_in(ADMIN)
    return browser


def test_log_in(browser):
    browser.open()
    browser.fill("Name", ADMIN[0])
    browser.fill("Password", "wrong")
    browser.press("Log in")
    browser.wait_told("does not let you in")
    browser.collect()
    assert len(browser.console) == 1 and "WebSocket" in browser.console.pop()  # that is all a browser says of it
    browser.is_accessible()
    browser.log_in(ADMIN)
    browser.press("Log out")
    browser.wait_told("logged out")
    browser.is_clean()


def test_overview(world, page):
    agent = world.device.agent
    agent.upload(world.root)
    agent.register(world.right + "/a", 1)
    agent.register(world.broken + "/b", 2)
    agent.publish_event("one")
    page.view("Overview")
    page.wait_text("Something is wrong", "is refused", "Level 3: HTTPS alone", "For level 4", "Example root", "364 days", "Trusted date",
                   "Slot 2", "1 wait", "refused: 20", "accepted", "in ")
    assert page.run("return document.querySelectorAll('.timeline rect.good').length") >= 3
    assert page.run("return document.querySelectorAll('.plot polyline').length") == 2
    page.is_clean()


def test_settings(world, page):
    page.view("Settings")
    page.fill("Search", "queue maxcount")
    page.wait_text("1 of ", "Undelivered posts that are kept", "a whole number from 1 to 1000000", "default: 100000")
    page.fill("HttpFeedback Queue MaxCount", "0")
    page.wait_text("Changes")
    page.press("Send these changes")
    page.wait_told("Nothing was changed")
    page.fill("HttpFeedback Queue MaxCount", "4321")
    page.press("Check without changing anything")
    page.wait_text("1 would change")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "100000"
    page.press("Send these changes")
    page.wait_told("1 settings were changed")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "4321"
    page.wait_text("an administrator")
    page.fill("Search", "")
    page.field("Only what is not default").click()
    page.wait_text("sealpost.conf, line")
    page.field("Only what is not default").click()
    page.is_clean()


def test_keyboard_alone(browser):
    from selenium.webdriver.common.keys import Keys
    browser.open()
    browser.field("Name")
    browser.keys(ADMIN[0], Keys.TAB, ADMIN[1], Keys.ENTER)
    browser.wait_text("Health")
    browser.run("document.getElementById('device').scrollIntoView(); document.activeElement.blur()")
    for _ in range(20):
        browser.keys(Keys.TAB)
        if browser.run("return document.activeElement.textContent") == "Settings":
            break
    browser.keys(Keys.ENTER)
    browser.wait(lambda: browser.run("return document.querySelector('h2').textContent") == "Settings", "the settings")
    browser.is_clean()


VIEWS = ["Overview", "Settings"]


@pytest.mark.parametrize("name", VIEWS)
def test_every_view(name, page):
    page.view(name)
    if name == "Settings":
        page.fill("Search", "NTP Server 1")     # all of them take axe-core long
    for width in (360, 1920):
        page.size(width, 1000)
        page.wait_text(name)
        page.fits()
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            if (width, scheme) in ((360, "dark"), (1920, "light")):     # each width and each set of colours
                page.is_accessible()
            page.picture(f"{name.lower()}-{width}-{scheme}")
    page.scheme("light")
    page.is_clean()
