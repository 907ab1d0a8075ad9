# SPDX-License-Identifier: MIT
"""The private world of sealpost-lab for the tests and the demo, beside the real servers of real.py.

    lab = Lab(folder)                       a lab that runs, with its ports: lab.https, lab.dns, lab.ntp
    lab.set("tls", "expired")               any order of sealpost-lab
    lab.posts(), lab.wait_posts(3)          what has arrived, as dictionaries
    agent = lab.agent(folder, log)          an agent with the lab's settings, not started yet
    lab.upload_root(agent)                  the administrator's first step

Everything is ended by its own process id; a lab also goes when the test that started it dies."""
import json
import os
import subprocess
from pathlib import Path

from real import BUILD, PATIENCE, Agent, Process, wait_for

CUIL = "http://www.tandberg.com/XML/CUIL/2.0"     # namespace of the manager's configurations

NO_VERDICT = -1     # TLS ends before a certificate could be verified
NOT_TLS = -2        # has nothing to do with certificates


def faults(part=None, build=BUILD):
    """The rows of `sealpost-lab faults`: part, name, code, symbol, openssl, help."""
    text = subprocess.run([build / "sealpost-lab", "faults", "--json"], text=True, capture_output=True, check=True, timeout=30)
    return [f for f in json.loads(text.stdout) if part in (None, f["part"])]


class Lab:
    leaks_sought = set()    # orders that were looked at for leaks: that takes longer than all else they do, so once is enough

    def __init__(self, folder, *options, build=BUILD, name="lab"):
        self.folder = Path(folder) / name
        self.program = build / "sealpost-lab"
        self.process = Process([self.program, "--dir", self.folder, "start", *options], folder, name=name)
        ready = self.folder / "lab.json"
        try:
            wait_for(lambda: ready.exists() or not self.process.running(), "the lab is ready", explain=self.process.explain)
            assert self.process.running(), self.process.explain()
        except AssertionError:
            self.process.kill()
            raise
        self.facts = json.loads(ready.read_text())
        self.https, self.dns, self.ntp = (self.facts[f"{part}_PORT"] for part in ("HTTPS", "DNS", "NTP"))
        self.root, self.crl = self.folder / "root.pem", self.folder / "crl.pem"

    def order(self, *words, stdin=None, expect=0):
        """One call of sealpost-lab; its output."""
        seek = words[0] not in Lab.leaks_sought
        Lab.leaks_sought.add(words[0])
        env = os.environ if seek else {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        r = subprocess.run([self.program, "--dir", self.folder, *map(str, words)], input=stdin, text=True, capture_output=True,
                           timeout=PATIENCE, stdin=None if stdin is not None else subprocess.DEVNULL, env=env)
        assert r.returncode == expect, f"sealpost-lab {' '.join(map(str, words))}: {r.returncode}\n{r.stdout}{r.stderr}"
        return r.stdout + r.stderr

    def set(self, *words):
        self.order("set", *words)

    def reset(self):
        self.order("reset")

    def status(self):
        return json.loads(self.order("status", "--json"))

    def device(self, name):
        """What the management server knows of it, {} if nothing."""
        found = [json.loads(line) for line in self.order("devices", "--json").splitlines()]
        return next((d for d in found if d["name"] == name), {})

    def tickets(self, only_open=True):
        found = [json.loads(line) for line in self.order("tickets", "--json").splitlines()]
        return [t for t in found if t["open"] or not only_open]

    def posts(self, since=0, service=None):
        words = ["posts", "--json", "--since", since] + (["--service", service] if service else [])
        return [json.loads(line) for line in self.order(*words).splitlines()]

    def wait_posts(self, n, since=0, service=None, seconds=PATIENCE, explain=lambda: ""):
        """At least n posts that were answered with 2xx."""
        def enough():
            got = [p for p in self.posts(since, service) if 200 <= p["status"] < 300]
            return got if len(got) >= n else None
        return wait_for(enough, f"{n} delivered posts after number {since}", seconds, explain)

    def url(self, path="/feedback", host="feedback.sealpost.test"):
        return f"https://{host}:{self.https}{path}"

    def settings(self):
        """The lines of the lab's sealpost.conf, as Agent takes them."""
        lines = (self.folder / "sealpost.conf").read_text().splitlines()
        return [line.removeprefix("xConfiguration ") for line in lines if line.startswith("xConfiguration ")]

    def agent(self, folder, log, settings=(), **options):
        return Agent(folder, log, [*self.settings(), *settings], **options)

    def upload_root(self, agent):
        return agent.upload(self.root.read_text())

    def streams(self, agent):
        """The lab's server is the log server, too, and gives keys for NTS as far as the handshake goes; the date comes with a key."""
        agent.run(*(f"xConfiguration {line}" for line in (
            "NetworkServices NTP Server 1 Key: lab-key-two", "NetworkServices NTP Server 1 KeyId: 2",
            "NetworkServices NTP Server 1 KeyAlgorithm: SHA256", "NetworkServices NTP Server 2 Address: manager.sealpost.test",
            f"NetworkServices NTP Server 2 NTSPort: {self.https}", "NetworkServices NTP Server 2 NTS: On",
            "Logging External Server Address: manager.sealpost.test", f"Logging External Server Port: {self.https}",
            "Logging External Mode: On")))
        agent.wait_date()

    def push(self, agent, xml, space=CUIL):
        """The manager's settings for this device, and what the agent logs of them."""
        mark = agent.log.mark()
        self.order("offer", "configuration", "-", stdin=f'<Configuration xmlns="{space}">{xml}</Configuration>')
        agent.provision()
        agent.log.wait("manager: (configuration:|its configuration is refused|stays with|moves to)", mark)
        return "\n".join(agent.log.lines[mark:])

    def stop(self):
        if self.process.running():
            status = self.process.stop()
            assert status == 0, f"sealpost-lab ended with {status}\n{self.process.said()[-4000:]}"
            assert not (self.folder / "lab.sock").exists(), "the lab left its control socket"


def openssl(*words, stdin="", seconds=10):
    """Output of the openssl command; what it says when its server hangs is lost, and that is the answer."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SSL_", "OPENSSL_"))}
    try:
        r = subprocess.run(["openssl", *map(str, words)], input=stdin, text=True, errors="replace", capture_output=True,
                           timeout=seconds, env=env)
    except subprocess.TimeoutExpired:
        return ""
    return r.stdout + r.stderr
