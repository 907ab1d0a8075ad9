# SPDX-License-Identifier: MIT
"""The device's page in a real Chromium: each task from log-in to result, without an error in the console, without a request to
anybody else, at 360 and 1920 pixels, light and dark, and without serious findings of axe-core."""

import io
import os
import re
import signal
import subprocess
import tarfile

import pytest

import real
from browser import ENTER, ESCAPE, SPACE, TAB
from pki import LEAF
from page_world import VERIFY, browser, page, world     # noqa: F401
from web_device import ADMIN, NAME, READER, fingerprint

pytestmark = pytest.mark.skipif(not (real.BUILD / "sealpost-web").exists(), reason="this build has no sealpost-web")


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
    for address, heading in (("constructor", "Overview"), ("diagnostics/readiness", "Diagnostics"), ("settings/NTP%20Server%201", "Settings"), ("%", "Overview")):
        browser.run("location.hash = arguments[0]", address)
        browser.wait(lambda: browser.run("return document.querySelector('h2').textContent") == heading, heading)
        if heading == "Diagnostics":
            assert browser.focused() == "Readiness"
        if heading == "Settings":
            browser.wait_text("NetworkServices NTP Server 1 Address")
            assert "HttpFeedback Queue" not in browser.text()
    listeners = browser.window_listeners()
    browser.press("Log out")
    browser.wait_told("logged out")
    browser.fill("Name", ADMIN[0])
    browser.fill("Password", ADMIN[1])
    browser.press("Log in")
    browser.wait_text("Security level")
    assert browser.window_listeners() == listeners, "each log-in adds listeners"
    browser.press("Log out")
    browser.wait_told("logged out")
    # A connection on which the status cannot be read is not left open.
    browser.run("""
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) {
          window.socket = this;
          if (data.includes('"SystemUnit"]')) throw new Error("not now");
          return send.call(this, data);
        };""")
    browser.fill("Password", ADMIN[1])
    browser.press("Log in")
    browser.wait_told("does not let you in")
    browser.wait(lambda: browser.run("return window.socket.readyState") == 3, "the connection is closed")
    browser.is_clean()


def one_waits(agent):
    """In slot 2, whose server is refused."""
    agent.run("xCommand HttpFeedback Queue Purge FeedbackSlot: 2", expect=None)
    agent.publish_event("one")


def test_overview(world, page):
    one_waits(world.device.agent)
    page.view("Overview")
    page.wait_text("Something is wrong", "is refused", "Level 3: HTTPS alone", "For level 4", "Example root", "364 days", "Trusted date",
                   "Slot 2", "1 wait", "refused: 20", "accepted", "in ")
    assert page.run("return document.querySelectorAll('.timeline rect.good').length") >= 2
    assert page.run("return document.querySelectorAll('.timeline rect.warn').length") == 1
    names = page.run("return [...document.querySelectorAll('.timeline text.name')].map((e) => e.firstChild.data.trim())")
    assert names == ["feedback.test", NAME, "Example root"], "what ends first stands first"
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
    page.wait_told("Nothing was changed: HttpFeedback Queue MaxCount: expected <1..1000000>, got")
    page.fill("HttpFeedback Queue MaxCount", "4321")
    page.view("Users")
    page.view("Settings")       # changes wait while another view is looked at
    page.wait_text("Changes")
    page.press("Check without changing anything")
    page.wait_text("1 would change", "trusted", "refused")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "100000"
    page.press("Send these changes")
    page.wait_told("1 setting was changed")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "4321"
    page.wait_text("an administrator")
    # What somebody else changes is shown; what one is typing into waits for that.
    agent = world.device.agent
    shown = lambda: page.run("return document.querySelector('[data-path=\"HttpFeedback Queue MaxCount\"]').value")    # noqa: E731
    agent.set("HttpFeedback Queue MaxCount", "5432")
    page.wait(lambda: shown() == "5432", "the value that another one has set")
    page.fill("HttpFeedback Queue MaxCount", "77")
    page.wait_text("Changes")
    agent.set("HttpFeedback Queue MaxCount", "6543")
    page.wait(lambda: page.run("return [...document.querySelectorAll('.changes td')].map((e) => e.textContent)") ==
              ["HttpFeedback Queue MaxCount", "6543", "77"], "what it would be changed from")
    assert shown() == "77" and page.focused() == "HttpFeedback Queue MaxCount"
    page.fill("Search", "httpfeedback queue max")
    page.field("HttpFeedback Queue MaxAge").click()
    agent.set("HttpFeedback Queue MaxCount", "7654")
    page.wait(lambda: "7654" in page.run("return document.querySelector('.changes').textContent"), "what it would be changed from")
    page.reach("HttpFeedback Queue MaxBytes")       # from field to field, while the list waits to be drawn anew
    page.run("return new Promise((done) => setTimeout(() => setTimeout(done)))")
    assert page.focused() == "HttpFeedback Queue MaxBytes"
    page.field("Search").click()
    page.press("Drop them")
    page.wait(lambda: shown() == "7654", "the value that another one has set")
    page.fill("Search", "httpfeedback queue maxcount")
    agent.set("HttpFeedback Queue MaxCount", "4321")
    page.wait(lambda: shown() == "4321", "the first value")
    page.fill("Search", "")
    page.run("scrollTo(0, 0)")      # what the page tells stays above what is scrolled below it
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
        page.fill("Once it is made", "5")
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
    page.press("Restore the previous roots")
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


def test_roots_that_wait(world, page):
    """Roots are added for a time, and come back by themselves, or are confirmed."""
    agent = world.device.agent
    roots = lambda: page.run("return document.querySelector('.roots').innerText")      # noqa: E731
    for answer in ("Take it back now", "Confirm the change"):
        page.view("API")
        page.view("Certificates")
        page.wait_text("Example root")
        upload(page, world.other_root.path)
        page.fill("Once it is made", "10")
        page.press("Confirm")
        page.wait_told("It is taken back unless it is confirmed within 10 minutes")
        page.wait_text("A change waits to be confirmed")
        assert "Another root" in roots()
        page.press(answer)
        page.wait(lambda: "A change waits to be confirmed" not in page.text(), "nothing that waits")
        assert agent.status("Security Certificates CA Count").popitem()[1] == ("2" if answer.startswith("Confirm") else "1")
        # What the device did is shown, though it was not this view that did it.
        page.wait(lambda: ("Another root" in roots()) == answer.startswith("Confirm"), "the roots of now")
    page.press("Delete", "Example root")
    page.press("Yes")
    page.wait_told("is trusted now")
    page.press("No")
    # A question that waits is not taken away by a change meanwhile.
    page.press("Delete", "Another root")
    page.count_calls()
    agent.upload(world.next.issuer)
    page.wait(lambda: any(c["method"] == "xCommand/Security/Certificates/CSR/List" for c in page.calls()), "the certificates are read again")
    page.press("No")
    page.press("Delete", "Another root")
    page.press("Yes")
    page.wait_told("The root was deleted")
    assert "WebRoot" in roots()
    agent.upload(world.root, command="Upload")
    page.is_clean()


FOR_CLIENTS = [line.replace("serverAuth", "clientAuth") for line in LEAF]


def test_lists_and_keys(world, page, tmp_path):
    """A revocation list; an own certificate as PKCS#12; one whose key lies under a passphrase, which is locked again after a restart."""
    agent, pki = world.device.agent, world.device.pki
    page.view("Certificates")
    crl = tmp_path / "list.crl"
    crl.write_text(pki.crl(world.root))
    page.fill("File", crl)
    page.fill("What it is for", "lists")
    page.press("Look at it")
    page.wait_text("A newer list takes the place of an older one")
    page.press("Confirm")
    page.wait_told("It was added")
    page.wait_text("revocation list of /CN=Example root, 0 certificates", ": added")       # what the terminal's answer reports
    lists = lambda: page.run("return document.querySelector('.lists').innerText")      # noqa: E731
    page.wait(lambda: "Example root" in lists() and "UTC" in lists(), "the list with its next update")
    page.press("Delete", "Next update")
    page.press("Yes")
    page.wait_told("The list was deleted")
    assert "There are none" in lists()
    # A bundle of key and certificate under a password.
    leaf = pki.leaf("bundled.example", world.device.root)
    p12, password = tmp_path / "own.p12", "käse 1"
    subprocess.run(["openssl", "pkcs12", "-export", "-in", leaf.path, "-inkey", leaf.key, "-out", p12, "-passout", f"pass:{password}"], check=True)
    page.fill("File", p12)
    page.fill("What it is for", "HTTPS")
    page.fill("Passphrase of its key", "wrong")
    page.press("Look at it")
    page.wait(lambda: page.run("return document.getElementById('told').className") == "bad", "a wrong passphrase is told")
    page.fill("Passphrase of its key", password)        # what was refused can be corrected
    page.press("Look at it")
    page.wait_text("bundled.example", "Nothing has been changed yet")
    page.press("Confirm")
    page.wait_told("It was added")
    own = lambda: page.run("return document.querySelector('.own').innerText")          # noqa: E731
    page.wait(lambda: "bundled.example" in own(), "the certificate of the bundle")
    page.press("Delete", "bundled.example")
    page.press("Yes")
    page.wait_told("The certificate and its key were deleted")
    # A key that stays under its passphrase.
    locked, encrypted = pki.leaf("locked.example", world.device.root, extensions=FOR_CLIENTS), tmp_path / "locked.pem"
    key = subprocess.run(["openssl", "pkcs8", "-topk8", "-in", locked.key, "-passout", "pass:open sesame"], capture_output=True, text=True, check=True).stdout
    encrypted.write_text(locked.pem + key)
    page.fill("File", encrypted)
    page.fill("What it is for", "HttpClient")
    page.fill("Passphrase of its key", "open sesame")
    page.press("Look at it")
    page.wait_text("Nothing has been changed yet")
    page.press("Confirm")
    page.wait_told("It was added")
    page.wait(lambda: "Key: Locked" in own(), "a locked key")
    page.press("Use for HttpClient", "locked.example")
    page.fill("Passphrase of its key", "wrong")
    page.press("Yes")
    page.wait(lambda: page.run("return document.getElementById('told').className") == "bad", "a wrong passphrase is told")
    page.fill("Passphrase of its key", "open sesame")
    page.press("Yes")
    page.wait_told("It serves HttpClient now")
    page.wait(lambda: "Key: Encrypted" in own(), "a key that is not locked")
    agent.restart()
    page.wait(lambda: "connected again" in page.told() or page.run("return Boolean(document.querySelector('.login'))"), "the page is back, or asks")
    log_in_again(page)      # where the agent takes long to start
    page.wait(lambda: page.run("return Boolean(document.querySelector('.own'))"), "the certificates")
    page.wait(lambda: "Key: Locked" in own(), "a locked key")
    page.press("Unlock its key")
    page.fill("Passphrase of its key", "open sesame")
    page.press("Yes")
    page.wait_told("The key is unlocked")
    page.wait(lambda: "Key: Encrypted" in own(), "a key that is not locked")
    page.press("Delete", "locked.example")
    page.press("Yes")
    page.wait_told("The certificate and its key were deleted")
    page.forget_failures()
    page.is_clean()


def log_in_again(page, user=ADMIN):
    """At the form of a page that was open before, which knows the name; nothing where there is no form. The device may need a second log-in
    after a restart."""
    def is_in():
        if page.run("return !document.querySelector('.login')"):
            return True
        if page.told() != "Logging in ...":
            page.fill("Name", user[0])
            page.fill("Password", user[1])
            page.press("Log in")
        return False
    page.wait(is_in, "the page is logged in")


def test_feedback(world, page):
    one_waits(world.device.agent)
    page.view("Feedback")
    page.wait_text("Slot 1", "Slot 2", "1 wait")
    page.press("Test", "Slot 1")
    page.wait_told("accepted and has answered 200")
    page.press("Test", "Slot 2")
    page.wait_told("certificate verification failed")
    page.press("Show the queue", "Slot 2")
    page.press("Show", "Slot 2")
    page.wait_text("<Mark item")
    page.press("Purge all", "Slot 2")
    page.press("Yes")
    page.wait_text("The queue is empty")
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
    world.device.put("<Configuration><SystemUnit><Name>other</Name></SystemUnit></Configuration>")
    world.device.put(f"<Configuration><SystemUnit><Name>{NAME}</Name></SystemUnit></Configuration>")
    page.view("Diagnostics")
    page.wait_text("of 4 is reached", "PlainServices")
    page.fill("What is tried", "url")
    page.fill("Address", world.broken + "/")
    page.press("Try it")
    page.wait_text("Fails: Certificate Chain", "To do: let the server send /", "TCP 127.0.0.1")
    page.fill("What is tried", "HttpFeedback 1")
    page.press("Try it")
    page.wait_text("All is well", "Application")
    for name in "Logging", "NTS 2":
        page.fill("What is tried", name)
        page.press("Try it")
        page.wait_text("Fails:", "Logging External" if name == "Logging" else "NTP Server Address, and NTS: On")
    page.fill("What is tried", "all")
    page.press("Try it")
    page.wait_text("HttpFeedback 2: Certificate Chain")
    page.wait_text("SSL: socklib_sslHandshake", "by \"admin\"")
    page.fill("Only lines with", "VerifyResult=20")
    page.wait(lambda: "https: serves" not in page.run("return document.querySelector('.log').innerText") and
              "VerifyResult=20" in page.run("return document.querySelector('.log').innerText"), "lines with that text")
    page.press("Save as a file", "VerifyResult=20")
    page.wait(lambda: (page.downloads / "log.txt").exists(), "the log as a file")
    page.is_clean()


def test_bundle(world, page):
    """The page's bundle has the members of `sealpost bundle`, and its report the same sections; no secret is in it."""
    world.device.agent.register(f"{world.broken}/hook/0123456789abcdef0123?token=Geheimnis", 4)
    world.device.agent.publish_event("waits")
    page.view("Diagnostics")
    page.field("With the bodies of the posts that wait, which may hold names of people").click()
    page.press("Download the bundle")
    page.wait_told("The bundle was saved")
    saved = page.downloads / "sealpost-bundle.tar"
    page.wait(saved.exists, "the bundle")
    agent = world.device.agent
    wanted = tarfile.open(fileobj=io.BytesIO(subprocess.run([agent.build / "sealpost", "bundle", "--bodies"], env={**agent.env, **agent.command_env},
                                                           capture_output=True, check=True).stdout))
    got = tarfile.open(saved)
    assert got.getnames() and sorted(got.getnames()) == sorted(wanted.getnames())
    assert {m.mode for m in got.getmembers()} == {0o600}
    text = {m.name: got.extractfile(m).read().decode() for m in got.getmembers()}
    assert subprocess.run(["tar", "-tf", saved], capture_output=True, text=True, check=True).stdout.split() == got.getnames()
    report, other = text["sealpost-bundle/report.txt"], wanted.extractfile("sealpost-bundle/report.txt").read().decode()
    headings = re.compile(r"^(.+)\n(?:-+|=+)\n(.*)\n", re.M)
    assert headings.findall(report) == headings.findall(other)
    assert "\nMissing:" not in report and "Details 1 SubjectName: /CN=Example root" in report
    assert "*s Time State: \"Synchronised\"" in text["sealpost-bundle/status.txt"]
    assert any("<Mark item" in body for name, body in text.items() if "/bodies/" in name)
    for name, body in text.items():
        assert not re.search("Geheimnis|0123456789abcdef0123|" + ADMIN[1], body), name
    assert "hook/***?token=***" in report
    world.device.agent.run("xCommand HttpFeedback Deregister FeedbackSlot: 4")
    page.is_clean()


def test_users(world, page):
    page.view("Users")
    page.wait_text("admin", READER[0], "Sessions", "127.0.0.1")
    page.fill("Name", "anna")
    page.fill("Role", "Admin")
    page.fill("Password", "a long enough password")
    page.fill("Password again", "another")
    page.fill("Your own password", "not mine", "Add a user")
    page.press("Add a user")
    page.wait_told("not the same")
    page.fill("Password again", "a long enough password")
    page.press("Add a user")
    page.wait_told("YourPassphrase is not the password of the user admin")
    page.fill("Your own password", ADMIN[1], "Add a user")
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
    assert w.close_code() == 4001
    page.press("Deactivate", "anna")
    page.fill("Your own password", ADMIN[1])
    page.press("Yes")
    page.wait_text("inactive: cannot log in")
    assert world.device.websocket(("anna", "quite another password")).status == 403
    page.press("Activate", "anna")
    page.press("Yes")
    page.wait_told("YourPassphrase is not the password of the user admin")
    page.fill("Your own password", ADMIN[1])
    page.press("Yes")
    page.wait_told("anna can log in again")
    page.press("Delete", "anna")
    page.press("Yes")
    page.wait_told("anna was deleted")
    page.is_clean()


def test_enforce(world, page):
    """The step to Level 3 and back to Level 4: tried with every server first, and refused while one would be cut off."""
    agent = world.device.agent
    page.view("Overview")
    page.wait_text("Change the level")
    page.run("[...document.querySelectorAll('a')].find((a) => a.textContent === 'Change the level').click()")
    page.wait_text("Step to")
    page.fill("Step to", "3")
    page.press("Try it with every server")
    page.wait_text("No server would be cut off", "not verified", "Nothing has been changed yet")
    assert agent.get(VERIFY) == "On"
    page.press("Make the step to Level 3")
    page.wait_told("The step to Level 3 is made.")
    assert agent.get(VERIFY) == "Off"
    page.fill("Step to", "4")
    page.press("Try it with every server")
    page.wait_text("1 server would be cut off", "not verified", "refused", "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "let the server send /")
    assert agent.get(VERIFY) == "Off"
    rows = page.run("return [...document.querySelectorAll('[aria-labelledby=card-change-the-level] tbody tr')].map((r) => [...r.children].map((c) => c.textContent))")
    assert [r[2:4] for r in rows] == [["✓\u00a0trusted", "✓\u00a0trusted"], ["!\u00a0not verified", "✗\u00a0refused"]], rows
    page.size(1280)
    page.picture("level", "[aria-labelledby=card-change-the-level]")
    page.size(1920)
    page.press("Make the step to Level 4")
    page.wait_told("Nothing was changed: 1 server would be cut off")
    assert agent.get(VERIFY) == "Off"
    page.field("Also if a server is then cut off").click()
    page.fill("Once it is made", "10")
    page.press("Make the step to Level 4")
    page.wait_told("The step to Level 4 is made. It is taken back unless it is confirmed within 10 minutes")
    page.wait_text("A change waits to be confirmed", "VerifyServerCertificate")
    assert agent.get(VERIFY) == "On"
    page.press("Confirm the change")
    page.wait_told("The change stays")
    assert agent.get(VERIFY) == "On"
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
    browser.wait_text("needs the role Admin", "Change your password")
    assert "Add a user" not in browser.text() and "Sessions" not in browser.text()
    browser.view("Diagnostics")
    browser.wait_text("needs the role Admin")
    browser.is_clean()


@pytest.mark.parametrize("user", (READER, ADMIN), ids=("user", "admin"))
def test_own_password(browser, user):
    """Every user changes his own password, shows that it is he, and logs in with the new one."""
    other = (user[0], "a password that is quite new")
    for before, after in ((user, other), (other, user)):
        browser.log_in(before)
        browser.view("Users")
        browser.wait_text("Who may log in")
        browser.fill("Your password now", "not mine")
        browser.fill("Your new password", after[1])
        browser.fill("Your new password again", after[1])
        browser.press("Change your password")
        browser.wait_told(f"OldPassphrase is not the password of the user {user[0]}")
        browser.fill("Your password now", before[1])
        browser.press("Change your password")
        browser.wait_told("Your password was changed")
        assert browser.run("return document.querySelector('h2').textContent") == "Log in"
    browser.is_clean()


def test_ended_session(world, browser):
    """Whose session the device has ended is asked to log in, and is logged in by nobody else."""
    browser.log_in(ADMIN)
    browser.view("Users")
    browser.wait_text("Sessions", "127.0.0.1")
    sockets = browser.sockets()
    browser.press("End", "admin")
    browser.press("Yes")
    browser.wait_told("The device has ended your session")
    assert browser.run("return document.querySelector('h2').textContent") == "Log in"
    assert browser.run("return document.querySelector('[name=username]').value") == ADMIN[0] and browser.focused() == "Password"
    assert browser.sockets() == sockets
    log_in_again(browser)
    browser.wait_text("Sessions")
    assert browser.sockets() == sockets + 1
    browser.is_clean()


def test_lost_connection(world, browser):
    """A page whose connection is lost logs in once the device answers again; what was typed is still there."""
    browser.log_in(ADMIN)
    browser.view("Users")
    browser.fill("Your own password", "half typed")
    sockets = browser.sockets()
    assert world.device.web.stop() == 0
    browser.wait_told("The connection to the device is lost")
    world.device.start()
    browser.wait_told("connected again")
    assert browser.field("Your own password").get_attribute("value") == "half typed"
    assert browser.sockets() == sockets + 1, "it is tried once, when the device answers"
    browser.view("Overview")
    browser.wait_text("Trusted date")
    browser.forget_failures()
    browser.is_clean()


def test_a_device_that_falls_silent(world, browser):
    """Without a network nobody closes the connection: the page notices, says so, gives no answer for the device, and comes back by itself."""
    browser.log_in(ADMIN)
    browser.wait_text("Trusted date")
    sockets, web = browser.sockets(), world.device.web
    os.kill(web.pid, signal.SIGSTOP)
    try:
        browser.wait(lambda: "The connection to the device is lost" in browser.told(), "the page notices", 60)
    finally:
        os.kill(web.pid, signal.SIGCONT)
    browser.wait_told("connected again")
    assert browser.sockets() == sockets + 1
    browser.view("Certificates")
    browser.wait_text("Example root")
    browser.forget_failures()
    browser.is_clean()


def test_texts_of_others(world, browser):
    """What a certificate, a server or a user says is text, whatever it looks like; what turns the direction of writing is shown."""
    agent, name = world.device.agent, "<img src=x onerror=alert(1)>"
    agent.upload(world.device.pki.root(name))
    browser.log_in(ADMIN)
    browser.wait_text(name[:20])
    browser.view("Certificates")
    browser.wait_text(name)
    browser.press("Delete", name)
    browser.wait_text(f"Delete {name}?")
    browser.press("Yes")
    browser.wait_told("The root was deleted")
    assert browser.run("return document.querySelectorAll('main img, main script, main style').length") == 0
    shown = browser.module("dom.js", """((e) => [e.title, e.innerHTML])(m.h("p", {title: "<b>"}, "<i>", ["\u202e", 7]))""")
    assert shown == ["<b>", "&lt;i&gt;\\u202e7"]
    browser.is_clean()


def test_words(browser):
    """How values are shown: what their parts say is checked without a device that happens to have them."""
    def words(expression):
        return browser.module("words.js", expression)
    browser.open()
    assert words('[m.days(-1.5), m.days(0.4), m.days(1), m.days(29.9), m.days(4000)]') == [
        "ended 2 days ago", "0 days left", "1 day left", "29 days left", "11 years left"]
    assert words('[m.urgency(-1), m.urgency(7), m.urgency(8), m.urgency(30), m.urgency(31)]') == ["bad", "bad", "warn", "warn", "good"]
    assert words('[m.seconds(59), m.seconds(60), m.seconds(7200), m.seconds(172800)]') == ["59 s", "1 min", "2 h", "2 days"]
    assert words('[m.bytes(1023), m.bytes(1536), m.bytes(3145728)]') == ["1023 bytes", "1.5 KB", "3.0 MB"]
    assert words('[m.verdict("0=OK"), m.verdict("10=CERT_HAS_EXPIRED"), m.verdict("")].map((v) => [v.isGood, v.isKnown, v.text])') == [
        [True, True, "accepted"], [False, True, "refused: 10, cert has expired"], [False, False, "not verified yet"]]
    assert words('[m.nameOf("/O=Example/CN=root"), m.nameOf("/O=Example"), m.nameOf(undefined)]') == ["root", "/O=Example", ""]
    assert words(r'["a\u061cb", "\u202e", "\u{e0041}", "\u00ad\u2066", "öß€😀"].map(m.visible)') == [r"a\u061cb", r"\u202e", r"\ue0041", r"\u00ad\u2066", "öß€😀"]
    assert words('[m.list(undefined), m.list({a: 1}), m.list([1])]') == [[], [{"a": 1}], [1]]


def test_nothing_is_asked_of_a_view_that_was_left(world, browser):
    browser.log_in(ADMIN)
    browser.view("Overview")
    browser.wait_text("Example root")
    browser.count_timers()
    browser.view("Diagnostics")
    browser.wait_text("Audit", "logged in")
    assert browser.run("return window.timers.size") == 2, "the log and the audit lines follow what comes"
    browser.view("API")
    assert browser.run("return window.timers.size") == 0
    browser.count_calls()
    for n, certificate in enumerate((world.other_root, world.next.issuer), 1):          # the overview would read certificates anew
        world.device.agent.upload(certificate)
        browser.wait(lambda: sum(c.get("params") == {"Path": ["Status", "Time"]} for c in browser.calls()) >= n, "the status is read")
    asked = {c["method"] for c in browser.calls()}
    assert asked == {"xGet", "xCommand/Security/Readiness/Show"}, asked
    world.device.agent.upload(world.root, command="Upload")
    browser.is_clean()


def test_keyboard_alone(world, browser):
    """From log-in to results without a mouse. What has the focus can be seen, and it is never lost. tests/slow has the other views."""
    browser.open()
    browser.type("Name", ADMIN[0])
    browser.keys(TAB, ADMIN[1], ENTER)
    browser.wait_text("Health")
    assert browser.focused() == "Overview"
    browser.enter("Skip to content", back=True)
    assert browser.run("return document.activeElement.id") == "content"
    # Settings
    browser.go("Settings")
    browser.type("Search", "httpfeedback queue maxcount")
    browser.wait_text("1 of ")
    browser.type("HttpFeedback Queue MaxCount", "777")
    browser.reach("Send these changes", back=True)
    browser.keys(SPACE)
    browser.wait_told("1 setting was changed")
    assert world.device.agent.get("HttpFeedback Queue MaxCount") == "777"
    # Users
    browser.go("Users")
    browser.type("Name", "berta")
    browser.keys(TAB, TAB, ADMIN[1], TAB, "quite long 12345", TAB, "quite long 12345", ENTER)
    browser.wait_told("berta was added")
    browser.run("document.querySelector('h2').focus()")
    browser.reach("Delete")
    while "berta" not in browser.run("return document.activeElement.closest('tr').textContent"):
        browser.keys(TAB)
        browser.reach("Delete")
    browser.keys(ENTER)
    assert browser.focused() == "Yes"
    browser.keys(ESCAPE)
    assert browser.focused() == "Delete"
    browser.keys(ENTER, ENTER)
    browser.wait_told("berta was deleted")
    browser.wait(lambda: browser.focused() == "Who may log in", "the focus at the heading of the table")
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
