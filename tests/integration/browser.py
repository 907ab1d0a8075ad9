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

    def field(self, label):
        """The field with this label: of the first that is shown."""
        return self.wait(lambda: self.run("""
            const label = [...document.querySelectorAll("label")].find((l) => l.textContent.trim() === arguments[0] && l.offsetParent);
            return label ? document.getElementById(label.htmlFor) : null;""", label), f"a field {label}")

    def fill(self, label, value):
        control = self.field(label)
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
