# SPDX-License-Identifier: MIT
"""The device's page, beyond tests/integration/test_web_page.py: every view in both colours and at both widths, with what it has and with
an error, without serious findings of axe-core; and what takes time: a session that rests, a password that changes meanwhile."""
import pytest

import real
from browser import ENTER, TAB
from page_world import browser, page, world     # noqa: F401
from web_device import ADMIN

pytestmark = pytest.mark.skipif(not (real.BUILD / "sealpost-web").exists(), reason="this build has no sealpost-web")


@pytest.fixture(scope="module", autouse=True)
def filled(world):      # noqa: F811
    agent = world.device.agent
    agent.publish_event("one")
    agent.sealpost("xCommand", "Security", "Certificates", "CRL", "Add", stdin=world.device.pki.crl(world.root))


def certificates(page, world, tmp_path):    # noqa: F811
    page.wait_text("Example root")
    page.fill("File", world.other_root.path)
    page.fill("What it is for", "replace")
    page.press("Look at it")
    page.wait_text("Nothing has been changed yet")
    page.fill("Address of the server", world.broken + "/")
    page.press("Fetch")
    page.wait_text("neither sent nor uploaded")
    page.press("Create a request")
    page.press("Example root")
    yield
    page.press("Confirm")
    page.wait_told("is trusted now")


def feedback(page, world, tmp_path):        # noqa: F811
    page.press("Show the queue", "Slot 2")
    page.press("Show", "Slot 2")
    page.wait_text("<Mark item")
    page.press("Purge all", "Slot 2")
    yield
    page.press("Test", "Slot 2")
    page.wait_told("certificate verification failed")


def diagnostics(page, world, tmp_path):     # noqa: F811
    page.fill("Only lines with", "audit")
    page.press("Try it")
    page.wait_text("HttpFeedback 2: Certificate Chain")
    page.press("Try it with every server")
    page.wait_text("No server would be cut off")
    yield
    page.fill("What is tried", "ExternalManager")
    page.press("Try it")
    page.wait(lambda: "Fails" in page.text() or page.told(), "a failure")


def settings(page, world, tmp_path):        # noqa: F811
    page.fill("Search", "httpfeedback queue")
    page.fill("HttpFeedback Queue MaxCount", "0")
    yield
    page.press("Send these changes")
    page.wait_told("Nothing was changed")
    page.press("Drop them")


def users(page, world, tmp_path):           # noqa: F811
    page.press("Delete", "reader")
    yield
    page.fill("Name", "x y")
    page.fill("Password", "a")
    page.fill("Password again", "b")
    page.fill("Your own password", "c", "Add a user")
    page.press("Add a user")
    page.wait_told("not the same")


def api(page, world, tmp_path):             # noqa: F811
    page.fill("Below", "Time")
    page.press("Show")
    page.wait_text("Zone")
    yield
    page.fill("Below", "Nothing")
    page.press("Show")
    page.wait(page.told, "an error")


def overview(page, world, tmp_path):        # noqa: F811
    page.wait_text("Something is wrong")
    yield
    page.run("document.getElementById('told').className = 'bad'; document.getElementById('told').textContent = 'It has failed.'")


VIEWS = {"Overview": overview, "Certificates": certificates, "Feedback": feedback, "Diagnostics": diagnostics, "Settings": settings,
         "Users": users, "API": api}


def looks_right(page, name):                # noqa: F811
    for width in (360, 1920):
        page.size(width, 1000)
        page.fits()
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            page.is_accessible()
            page.picture(f"states/{name}-{width}-{scheme}")
    page.size(1920)
    page.scheme("light")


@pytest.mark.parametrize("name", VIEWS)
def test_every_view(name, page, world, tmp_path):       # noqa: F811
    page.view(name)
    steps = VIEWS[name](page, world, tmp_path)
    next(steps)
    looks_right(page, name.lower())
    assert next(steps, "end") == "end"
    looks_right(page, f"{name.lower()}-error")
    page.is_clean()


def test_while_a_change_waits(page, world):             # noqa: F811
    page.view("Settings")
    page.fill("Search", "httpfeedback queue maxcount")
    page.fill("HttpFeedback Queue MaxCount", "4321")
    page.fill("Once it is made", "5")
    page.press("Send these changes")
    page.wait_text("A change waits to be confirmed")
    looks_right(page, "waits")
    page.press("Take it back now")
    page.wait_told("taken back")
    page.is_clean()


def test_log_in(browser):                   # noqa: F811
    browser.open()
    browser.field("Name")
    looks_right(browser, "log-in")
    browser.is_clean()


def test_keyboard_alone(world, browser):    # noqa: F811
    """A task of each view without a mouse, but those that tests/integration/test_web_page.py does so."""
    browser.open()
    browser.type("Name", ADMIN[0])
    browser.keys(TAB, ADMIN[1], ENTER)
    browser.wait_text("Health")
    browser.enter("Readiness checklist")
    browser.wait(lambda: browser.focused() == "Readiness", "the checklist")
    # Diagnostics
    browser.go("Diagnostics")
    browser.choose("What is tried", "An address")
    browser.type("Address", world.right + "/")
    browser.keys(ENTER)
    browser.wait_text("All is well", "Application")
    browser.enter("Save as a file")
    # Feedback
    browser.go("Feedback")
    browser.type("Address of the server", world.right + "/k")
    browser.choose("Slot", "4")
    browser.type("Expressions", "/Status/Audio")
    browser.enter("Register")
    browser.wait_told("is registered in slot 4")
    # Certificates: the file is chosen in a window of the system, which a test cannot see.
    browser.go("Certificates")
    browser.reach("File")
    browser.field("File").send_keys(str(world.other_root.path))
    browser.choose("What it is for", "Roots: to")
    browser.enter("Look at it")
    browser.wait_text("Nothing has been changed yet")
    browser.wait(lambda: browser.focused() == "Confirm", "the focus at the next step")
    browser.keys(ENTER)
    browser.wait_told("It was added")
    browser.type("Address of the server", world.right + "/")
    browser.keys(ENTER)
    browser.wait_text("The server is trusted")
    # API
    browser.go("API")
    browser.choose("Document", "Status")
    browser.type("Below", "Time")
    browser.keys(ENTER)
    browser.wait_text('"TrustedDate"')
    browser.enter("Log out", back=True)
    browser.wait_told("You are logged out")
    world.device.agent.upload(world.root, command="Upload")
    world.device.agent.deregister(4)
    browser.is_clean()


def test_rest(browser, world):              # noqa: F811
    """Where sessions end without input, a page that nobody touches asks for nothing; once it is touched it goes on."""
    browser.log_in(ADMIN)
    browser.wait_text("Something is wrong")
    world.device.agent.run("xConfiguration Security Session InactivityTimeout: 30")
    browser.view("Settings")        # once these are shown, the page knows of it
    browser.fill("Search", "InactivityTimeout")
    browser.wait_text("1 of")
    browser.wait(lambda: browser.field("Security Session InactivityTimeout").get_attribute("value") == "30", "the new value")
    browser.view("Overview")
    browser.run("const now = Date.now; Date.now = () => now() + 61000")
    browser.count_calls()
    world.device.agent.upload(world.other_root)
    real.wait_for(lambda: browser.run("return performance.now()") > browser.run("return window.begun ??= performance.now()") + 6000, "two rounds")
    assert browser.calls() == []
    browser.keys("x")
    browser.wait(browser.calls, "it asks again")
    world.device.agent.run("xConfiguration Security Session InactivityTimeout: 0")
    browser.is_clean()


def test_password_that_changes_meanwhile(browser, world):           # noqa: F811
    """The page tries the password that it knows twice, and no more: more would lock the account."""
    agent = world.device.agent
    failed = lambda: int(agent.status("Security Session Logins Failed").popitem()[1])       # noqa: E731
    browser.log_in(ADMIN)
    before, sockets = failed(), browser.sockets()
    assert world.device.web.stop() == 0
    agent.run('xCommand SystemUnit AdminPassword Set Password: "quite another 1"')
    world.device.start()
    browser.wait_told("did not let this page in again")
    assert browser.run("return document.querySelector('h2').textContent") == "Log in"
    assert (failed(), browser.sockets()) == (before + 2, sockets + 2)
    agent.run(f'xCommand SystemUnit AdminPassword Set Password: "{ADMIN[1]}"')
    browser.forget_failures()
    browser.is_clean()


def test_device_that_does_not_come_back(browser, world):            # noqa: F811
    browser.log_in(ADMIN)
    assert world.device.web.stop() == 0
    browser.wait_told("Trying again")
    browser.press("Log out")
    browser.wait_told("You are logged out")
    browser.fill("Password", ADMIN[1])
    browser.press("Log in")
    browser.wait_told("The device does not answer.")
    world.device.start()
    browser.fill("Password", ADMIN[1])
    browser.press("Log in")
    browser.wait_text("Health")
    browser.forget_failures()
    browser.is_clean()
