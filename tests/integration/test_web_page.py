# SPDX-License-Identifier: MIT
"""The device's page in a real Chromium: each task from log-in to result, without an error in the console, without a request to
anybody else, at 360 and 1920 pixels, light and dark, and without serious findings of axe-core."""

import json

import pytest

import real
from browser import Browser
from pki import Pki
from web_device import ADMIN, NAME, READER, Device, fingerprint

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
    assert page.run("return document.querySelectorAll('.timeline rect.good').length") >= 2
    assert page.run("return document.querySelectorAll('.timeline rect.warn').length") == 1
    assert page.run("return document.querySelectorAll('.plot polyline').length") == 2
    page.size(1280)
    page.picture("overview")
    page.size(360)
    page.picture("narrow")
    page.size(1920)
    page.is_clean()


def test_settings(world, page):
    page.view("Settings")
    page.fill("Search", "httpfeedback queue maxcount")
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
    page.wait_told("1 setting was changed")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "4321"
    page.wait_text("an administrator")
    page.fill("Search", "")
    page.field("Only what is not default").click()
    page.wait_text("sealpost.conf, line")
    page.field("Only what is not default").click()
    page.is_clean()


def test_change_that_waits(world, page):
    """Settings are sent with a time; what waits is shown in every view, and confirmed, or taken back."""
    agent = world.device.agent
    for answer, value in (("Confirm the change", "2222"), ("Take it back now", "3333")):
        before = agent.get("HttpFeedback Queue MaxCount")
        page.view("Overview")
        page.view("Settings")
        page.fill("Search", "httpfeedback queue maxcount")
        page.fill("HttpFeedback Queue MaxCount", value)
        page.fill("Once they are sent", "5")
        page.press("Send these changes")
        page.wait_text("A change waits to be confirmed", "it is taken back in", "Made by user admin")
        assert agent.get("HttpFeedback Queue MaxCount") == value
        page.view("Overview")
        page.press(answer)
        page.wait(lambda: "A change waits to be confirmed" not in page.text(), "nothing that waits")
        assert agent.get("HttpFeedback Queue MaxCount") == (value if answer.startswith("Confirm") else before)
    page.is_clean()


def upload(page, path, kind="roots"):
    page.fill("What it is for", kind)
    page.fill("File", path)
    page.press("Look at it")
    page.wait_text("Nothing has been changed yet")


def test_certificates(world, page, tmp_path):
    agent, device = world.device.agent, world.device
    page.view("Certificates")
    page.wait_text("Example root", "codec.example", "HTTPS")
    # A file is looked at first, and says what it would change for each server; only what is confirmed counts.
    upload(page, world.other_root.path, "replace")
    page.wait_text("Another root", "refused", "HttpFeedback 1")
    assert agent.status("Security Certificates CA Count") == {"Security Certificates CA Count": "1"}
    page.press("Confirm")
    page.wait_told("is trusted now and would not be")
    page.press("Leave it")
    binary = tmp_path / "root.der"
    binary.write_bytes(world.other_root.der)
    upload(page, binary)
    page.press("Confirm")
    page.wait_told("It was added")
    page.wait(lambda: "Another root" in page.run("return document.querySelector('.roots').innerText"), "the second root")
    page.press("Restore the roots before the last change")
    page.press("Yes")
    page.wait_told("as they were before")
    assert "Another root" not in page.run("return document.querySelector('.roots').innerText")
    # Dragging a file there is the same as choosing it.
    page.run("""
        const files = new DataTransfer();
        files.items.add(new File([arguments[0]], "dragged.pem"));
        document.querySelector(".drop").dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));""", world.other_root.pem)
    page.wait_text("dragged.pem: what it would do", "Another root", "Nothing has been changed yet")
    page.press("Leave it")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nothing")
    page.fill("File", nonsense)
    page.press("Look at it")
    page.wait_told("there is no certificate in it")
    # A request, its download, the authority's answer, and its use.
    page.press("Create a request")
    page.fill("Name of the request", "renewal")
    page.fill("Common name", NAME)
    page.press("Create the request")
    page.wait_told("was created")
    page.press("Download", "renewal")
    csr = page.downloads / "renewal.csr"
    page.wait(lambda: csr.exists() and "END CERTIFICATE REQUEST" in csr.read_text(), "the request as a file")
    own = tmp_path / "own.pem"
    own.write_text(world.next.pem + world.next.key.read_text())
    upload(page, own, "HTTPS")
    page.press("Confirm")
    page.wait_told("It was added")
    page.wait(lambda: page.run("return document.querySelectorAll('.own tbody tr').length") == 2, "both own certificates")
    page.press("Use for HTTPS", "nothing")
    page.press("Yes")
    # This ends the page's own connection, which comes back with the new certificate.
    page.wait(lambda: agent.status("NetworkServices HTTPS Server Certificate Fingerprint").popitem()[1] == fingerprint(world.next.pem).lower(), "the new certificate")
    page.wait_told("connected again")
    page.wait(lambda: page.run("return document.querySelector('.own tbody')?.innerText.split('Use for HTTPS').length") == 2, "one that serves HTTPS")
    # What a server sends, with what is wrong at its place.
    page.fill("Address of the server", world.broken + "/")
    page.press("Fetch")
    page.wait_text("The server is refused: 20", "the server sent no intermediate", "neither sent nor uploaded")
    assert page.run("return [...document.querySelectorAll('.chain li')].map((l) => l.className)") == ["bad", "missing"]
    page.size(1280)
    page.picture("certificates", ".server")
    page.size(1920)
    page.fill("Address of the server", world.right + "/")
    page.press("Fetch")
    page.wait_text("The server is trusted", "uploaded root")
    page.is_clean()


def test_feedback(world, page):
    page.view("Feedback")
    page.wait_text("Slot 1", "Slot 2", "1 wait")
    page.press("Test", "Slot 1")
    page.wait_told("accepted and has answered 200")
    page.press("Test", "Slot 2")
    page.wait_told("certificate verification failed")
    page.press("Show what waits", "Slot 2")
    page.press("Look", "Slot 2")
    page.wait_text("<Mark item")
    page.press("Purge all", "Slot 2")
    page.press("Yes")
    page.wait_text("Nothing waits")
    # A dead letter, and its way back.
    world.receiver.answer = lambda post: (400, {}, b"")
    world.device.agent.publish_event("two")
    page.wait_text("1 dead")
    page.press("Show dead letters", "Slot 1")
    page.wait_text("the server answered HTTP 400")
    world.receiver.answer = lambda post: (200, {}, b"")
    page.press("Replay", "HTTP 400")
    page.wait_text("There are no dead letters")
    # Registration and its end.
    page.fill("Address of the server", world.right + "/c")
    page.fill("Expressions", "/Status/Call\n/Event/CallDisconnect")
    page.press("Register")
    page.wait_told("is registered in slot 3")
    page.wait_text("/Event/CallDisconnect")
    page.press("Deregister", "/Event/CallDisconnect")
    page.press("Yes")
    page.wait(lambda: page.run("return document.querySelectorAll('.settings-list > .card').length") == 2, "two slots")
    page.is_clean()


def test_diagnostics(world, page):
    page.view("Diagnostics")
    page.wait_text("of 4 is reached", "PlainServices")
    page.fill("What is tried", "url")
    page.fill("Address", world.broken + "/")
    page.press("Try it")
    page.wait_text("Fails: Certificate Chain", "To do: let the server send its intermediates", "TCP 127.0.0.1")
    page.fill("What is tried", "HttpFeedback 1")
    page.press("Try it")
    page.wait_text("All is well", "Application")
    page.fill("What is tried", "all")
    page.press("Try it")
    page.wait_text("HttpFeedback 2: Certificate Chain")
    page.wait_text("SSL: socklib_sslHandshake", "by \"admin\"")
    page.fill("Only lines with", "VerifyResult=20")
    page.wait(lambda: "https: serves" not in page.run("return document.querySelector('.log').innerText") and
              "VerifyResult=20" in page.run("return document.querySelector('.log').innerText"), "lines with that text")
    page.press("Save as a file", "VerifyResult=20")
    page.wait(lambda: (page.downloads / "log.txt").exists(), "the log as a file")
    page.press("Save a file for support")
    page.wait_told("The file was saved")
    saved = page.downloads / "support.json"
    page.wait(saved.exists, "the file for support")
    parts = json.loads(saved.read_text())
    assert parts["Status"]["Time"] and parts["Security Audit Show"]["Line"] and not [name for name, part in parts.items() if "error" in part]
    assert ADMIN[1] not in saved.read_text()
    page.is_clean()


def test_users(world, page):
    page.view("Users")
    page.wait_text("admin", READER[0], "Sessions", "127.0.0.1")
    page.fill("Name", "anna")
    page.fill("Role", "Admin")
    page.fill("Password", "a long enough password")
    page.fill("Password again", "another")
    page.press("Add a user")
    page.wait_told("not the same")
    page.fill("Password again", "a long enough password")
    page.press("Add a user")
    page.wait_told("anna was added")
    assert world.device.websocket(("anna", "a long enough password")).status == 101
    page.fill("User", "anna")
    page.fill("Your own password", "not mine")
    page.fill("New password", "quite another password")
    page.fill("New password again", "quite another password")
    page.press("Set a password")
    page.wait_told("YourPassphrase is not the password of the user admin")
    page.fill("Your own password", ADMIN[1])        # what was refused can be corrected: the other fields are as they were
    page.press("Set a password")
    page.wait_told("anna has a new password")
    w = world.device.websocket(("anna", "quite another password"))
    assert w.status == 101
    page.view("API")
    page.view("Users")
    page.wait(lambda: "anna" in page.run("return [...document.querySelectorAll('.body > .card')].at(-1).innerText"), "anna's session")
    page.press("End", "anna")
    page.press("Yes")
    page.wait_told("The session was ended")
    assert w.close_code() == 1001
    page.press("Deactivate", "anna")
    page.press("Yes")
    page.wait_text("inactive: cannot log in")
    assert world.device.websocket(("anna", "quite another password")).status == 403
    page.press("Activate", "anna")
    page.wait_told("anna can log in again")
    page.press("Delete", "anna")
    page.press("Yes")
    page.wait_told("anna was deleted")
    page.is_clean()


def test_api(page):
    page.view("API")
    page.wait_text("getxml?location=", "curl --cacert root.pem", "wss://")
    page.fill("Document", "Command")
    page.fill("Below", "HttpFeedback Register")
    page.press("Show")
    page.wait_text('"ServerUrl"')
    page.press("Download")
    page.wait(lambda: (page.downloads / "Command.json").exists(), "the schema as a file")
    page.is_clean()


def test_reader(browser):
    """Who may only read sees what is; what changes something is refused in words."""
    browser.log_in(READER)
    browser.wait_text("Health", "Example root")
    browser.view("Users")
    browser.wait_told("needs the role Admin")
    browser.view("Diagnostics")
    browser.wait_text("needs the role Admin")
    browser.is_clean()


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


VIEWS = ["Overview", "Certificates", "Feedback", "Diagnostics", "Settings", "Users", "API"]


@pytest.mark.parametrize("name", VIEWS)
def test_every_view(name, page):
    page.view(name)
    # All lines and settings take axe-core long.
    if name == "Settings":
        page.fill("Search", "NTP Server 1")
    if name == "Diagnostics":
        page.fill("Only lines with", "Diagnostics")
        page.wait(lambda: page.run("return document.querySelectorAll('.log tbody tr').length") < 90, "fewer lines")
    for width in (360, 1920):
        page.size(width, 1000)
        page.wait_text(name)
        page.fits()
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            if (width, scheme) in ((360, "dark"), (1920, "light")):     # each width and each set of colours
                page.is_accessible()
            page.picture(f"views/{name.lower()}-{width}-{scheme}")
    page.scheme("light")
    page.is_clean()
