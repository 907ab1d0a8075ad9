# SPDX-License-Identifier: MIT
"""A real Chromium that a test drives as a person does: by labels and the words on buttons."""
import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

import real
from test_jsxapi import install_package

AXE = "4.10.2"
SERIOUS = ("serious", "critical")
TAB, ENTER, SPACE, ESCAPE = "\ue004", "\ue007", " ", "\ue00c"      # as selenium has keys


def key_hash(pem):
    """The hash of the certificate's public key by which Chromium is told to accept it."""
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=pem.encode(), capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True, check=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Browser:
    def __init__(self, folder, url, host, certificates):
        webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed: .ci/setup check")
        from selenium.webdriver.chrome.service import Service
        self.folder, self.url = Path(folder), url
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()
        options = webdriver.ChromeOptions()
        options.binary_location = real.program("chromium")
        for option in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                       "disable-component-update", "disable-sync", "disable-dev-shm-usage", "no-proxy-server", f"user-data-dir={self.folder / 'profile'}",
                       f"host-resolver-rules=MAP {host} {real.HOST}",
                       "ignore-certificate-errors-spki-list=" + ",".join(key_hash(c.pem) for c in certificates)):
            options.add_argument("--" + option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads),
                                                  "profile.default_content_setting_values.automatic_downloads": 1})
        self.driver = webdriver.Chrome(service=Service(real.program("chromedriver")), options=options)
        self.requests, self.console = [], []
        self.driver.set_script_timeout(real.PATIENCE)
        self.driver.get("about:blank")
        self.driver.get_log("performance")      # what it has loaded of itself before

    def stop(self):
        self.driver.quit()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def module(self, name, expression):
        """The value of an expression with one of the page's own modules as m."""
        said = self.driver.execute_async_script("const done = arguments[1]; import(arguments[0]).then((m) => done({ value: eval_(m) }), (e) => done(String(e)));"
                                                .replace("eval_(m)", f"({expression})"), f"/{name}")
        assert isinstance(said, dict), said
        return said["value"]

    def devtools(self, method, **params):
        return self.driver.execute_cdp_cmd(method, params)

    def size(self, width, height=900):
        self.devtools("Emulation.setScrollbarsHidden", hidden=True)
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def open(self, path="/"):
        self.driver.get(self.url + path)

    def view(self, name):
        """Follows the link of that name in the navigation, and waits for its heading."""
        self.wait(lambda: self.run("""
            const link = [...document.querySelectorAll("nav a")].find((a) => a.textContent === arguments[0]);
            link?.click();
            return Boolean(link);""", name), f"a link {name}")
        self.wait(lambda: self.run("return document.querySelector('h2')?.textContent") == name, f"the view {name}")

    # --- finding things as a person does

    def wait(self, condition, what, seconds=real.PATIENCE):
        return real.wait_for(condition, what, seconds, lambda: self.text())

    def text(self):
        return self.run("return document.body.innerText")

    def wait_text(self, *texts):
        for text in texts:
            self.wait(lambda: text in self.text(), f"the page says {text!r}")

    def told(self):
        return self.run("return document.getElementById('told').textContent")

    def wait_told(self, text):
        self.wait(lambda: text in self.told(), f"the page tells {text!r}")

    def field(self, label, card=""):
        """The field with this label: of the first that is shown; card: within the card of this title."""
        return self.wait(lambda: self.run("""
            const label = [...document.querySelectorAll("label")].find((l) => l.textContent.trim() === arguments[0] && l.offsetParent &&
              (!arguments[1] || l.closest(".card").querySelector("h3").textContent === arguments[1]));
            return label ? document.getElementById(label.htmlFor) : null;""", label, card), f"a field {label}")

    def fill(self, label, value, card=""):
        """Emptying a field takes the focus from it, and the page may draw it anew then: the new one is filled."""
        from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException

        def is_filled():
            try:
                self._fill(self.field(label, card), value)
            except (ElementNotInteractableException, StaleElementReferenceException):
                return False
            return True
        self.wait(is_filled, f"the field {label} is filled")

    def _fill(self, control, value):
        if control.tag_name == "select":
            self.run("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"
                     "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))", control, value)
        elif control.get_attribute("type") == "file":
            control.send_keys(str(value))
        else:
            control.clear()
            control.send_keys(value)

    def press(self, text, within=""):
        """Presses the button with this text; within: of the smallest part of the page that holds that text, too."""
        def pressed():
            return self.run("""
                const buttons = [...document.querySelectorAll("button, summary")].filter((b) => b.textContent.trim() === arguments[0] && !b.disabled && b.offsetParent);
                const part = (b) => { for (let e = b; e; e = e.parentElement) if (e.textContent.includes(arguments[1])) return e.textContent.length; return Infinity; };
                buttons.sort((a, b) => part(a) - part(b));
                buttons[0]?.click();
                return buttons.length > 0;""", text, within)
        self.wait(pressed, f"a button {text}")

    def keys(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).send_keys(*keys).perform()

    def chord(self, held, key):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).key_down(held).send_keys(key).key_up(held).perform()

    # --- with the keyboard alone

    def focused(self):
        """The name of what has the focus: its label, its text, or what screen readers are told."""
        return self.run("""
            const e = document.activeElement;
            return (e.labels?.[0]?.textContent || e.getAttribute("aria-label") || e.textContent).trim();""")

    def reach(self, name, back=False):
        """Presses Tab until what has this name has the focus."""
        passed = []
        for _ in range(150):
            passed.append(self.focused())
            if passed[-1] == name:
                assert self.run("return document.activeElement.matches(':focus-visible')"), f"nobody sees that {name} has the focus"
                return
            # directly, since actions take a browser's driver long
            for kind in ("rawKeyDown", "keyUp"):
                self.devtools("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9, modifiers=8 if back else 0)
        raise AssertionError(f"Tab does not come to {name}: {[p[:60] for p in passed]}")

    def type(self, label, text):
        self.reach(label)
        self.chord("\ue009", "a")      # Control
        self.keys(text)

    def choose(self, label, text):
        """Goes down in a choice until the option that begins with this text."""
        self.reach(label)
        for _ in range(20):
            if self.run("return document.activeElement.selectedOptions[0].textContent").startswith(text):
                return
            self.keys("\ue015")         # the arrow down
        raise AssertionError(f"{label} does not have {text}")

    def enter(self, name, back=False):
        self.reach(name, back)
        self.keys(ENTER)

    def go(self, view):
        """To another view, whose heading has the focus then."""
        self.enter(view, back=True)
        self.wait(lambda: self.run("return document.querySelector('h2').textContent") == view and self.focused() == view, f"the view {view}")

    def log_in(self, user):
        self.open()
        self.fill("Name", user[0])
        self.fill("Password", user[1])
        self.press("Log in")
        self.wait(lambda: self.run("return document.querySelector('h2')?.textContent") == "Overview", "the overview")

    # --- what must hold wherever the person is

    def collect(self):
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self.requests.append(message["params"]["url"])
        self.console += [e["message"] for e in self.driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]

    def is_clean(self):
        """No error in the console, and no request to anybody else."""
        self.collect()
        assert not self.console, self.console
        here = (self.url, self.url.replace("https:", "wss:"), "data:", f"blob:{self.url}")
        assert self.requests and all(r.startswith(here) for r in self.requests), self.requests

    def forget_failures(self):
        """Drops what a browser says in its console when a device does not answer or lets nobody in. All else stays."""
        self.collect()
        self.console = [said for said in self.console if not ("WebSocket" in said or "icon.svg" in said)]

    def sockets(self):
        """How many WebSockets have been opened so far."""
        self.collect()
        return sum(r.startswith("wss:") for r in self.requests)

    def count_calls(self):
        """From now on the page's calls are noted; calls() gives them."""
        self.run("""
            window.calls = [];
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) { window.calls.push(data); return send.call(this, data); };""")

    def count_timers(self):
        """From now on the page's timers that go on are noted in window.timers."""
        self.run("""
            const [begin, end] = [setInterval, clearInterval];
            window.timers = new Set();
            window.setInterval = (...what) => { const id = begin(...what); window.timers.add(id); return id; };
            window.clearInterval = (id) => { window.timers.delete(id); end(id); };""")

    def calls(self):
        return [json.loads(data) for data in self.run("return window.calls")]

    def window_listeners(self):
        window = self.devtools("Runtime.evaluate", expression="window")["result"]["objectId"]
        return len(self.devtools("DOMDebugger.getEventListeners", objectId=window)["listeners"])

    def fits(self):
        """Nothing makes the page wider than its window."""
        wide = self.run("""
            const all = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, pre, caption, svg"));
            return document.documentElement.scrollWidth > innerWidth || all.length ? all.map((e) => e.outerHTML.slice(0, 200)) : null;""")
        assert wide is None, wide

    def is_accessible(self):
        source = (install_package("axe-core", AXE) / "node_modules/axe-core/axe.min.js").read_text()
        self.run(source + "\nwindow.axe = axe;")
        found = self.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        bad = [(v["id"], v["help"], [n["html"][:200] for n in v["nodes"]][:5]) for v in found["violations"] if v["impact"] in SERIOUS]
        assert not bad, json.dumps(bad, indent=1)

    def picture(self, name, part="html"):
        """A screenshot of the part of the page, at most 1,400 pixels high, where SEALPOST_SCREENSHOTS names a folder."""
        folder = os.environ.get("SEALPOST_SCREENSHOTS")
        if folder:
            self.run("scrollTo(0, 0)")
            x, y, width, height = self.run("const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.x, r.y, r.width, r.height]", part)
            clip = {"x": x, "y": y, "width": width, "height": min(height, 1400), "scale": 1}
            shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, format="png", clip=clip)
            to = Path(folder) / f"{name}.png"
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(base64.b64decode(shot["data"]))
