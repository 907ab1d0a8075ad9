# SPDX-License-Identifier: MIT
"""sealpost-lab fleet: many devices against the lab's server and against another one, and what they say of it. docs/test-your-server.md says
nothing that is not so."""
import json
import re
import shlex
import signal
import subprocess
import time
from collections import defaultdict

import pytest

import real
from pki import Pki
from world import Lab

PAGE = real.ROOT / "docs" / "test-your-server.md"
FLEET = [real.BUILD / "sealpost-lab"]
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SOON = ["--seconds", "4", "--ramp", "1", "--every", "1", "--beat", "1"]
BRIEFLY = ["--seconds", "3", *SOON[2:]]


@pytest.fixture
def lab(tmp_path):
    world = Lab(tmp_path)
    yield world
    world.stop()


def fleet(lab, *words, expect=0, seconds=60):
    """The report, and what else was said."""
    r = subprocess.run([*FLEET, "--dir", lab.folder, "fleet", *words, "--json"], text=True, capture_output=True, timeout=seconds)
    assert r.returncode == expect, f"{r.returncode}\n{r.stdout}{r.stderr}"
    return json.loads(r.stdout), r.stderr


def posts_by_id(lab):
    """Complete posts of feedback, by id, in order of arrival."""
    found = defaultdict(list)
    for p in lab.posts(service="feedback"):
        headers = dict(line.split(": ", 1) for line in p["headers"].splitlines()) if isinstance(p["headers"], str) else p["headers"]
        headers = {k.lower(): v for k, v in headers.items()}
        found[headers["webhook-id"]].append((int(headers["sealpost-sequence"]), p["body"]))
    return found


def test_devices_register_beat_and_post(lab):
    report, said = fleet(lab, "10", *SOON)
    assert report["devices"] == report["started"] == report["registered"] == 10 and "wrong:" not in said
    assert set(report["manager"]["codes"]) == set(report["feedback"]["codes"]) == {"200"}
    assert report["manager"]["codes"]["200"] > 10, "boots, and beats after them"
    assert sum(report["faults"].values()) == report["repeats"] == report["waiting"] == report["refused"] == 0
    assert 0 < report["manager"]["milliseconds"]["median"] <= report["manager"]["milliseconds"]["longest"]
    assert report["connections"] == 10, "each device keeps its connection, and has one for both URLs"
    arrived = posts_by_id(lab)
    assert len(arrived) == report["accepted"] and all(len(posts) == 1 for posts in arrived.values())
    devices = defaultdict(list)
    for name, posts in arrived.items():
        devices[name.rsplit("-", 1)[0]].append(posts[0][0])
        assert "<SystemName>fleet-0000" in posts[0][1] and f'<Value item="1">{posts[0][0]}</Value>' in posts[0][1]
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in devices.values())


def test_accidents_and_repeats(lab, tmp_path):
    """A lost answer makes a second post with the same id. A wrong signature that is taken is a finding: the lab takes all."""
    (tmp_path / "key").write_text(KEY + "\n")
    report, said = fleet(lab, "10", *SOON, "--faults", "100", "--secret-file", tmp_path / "key", expect=1)
    assert all(report["faults"].values()), report["faults"]
    assert report["forged_accepted"] > 0 and "posts with a wrong signature were accepted; expected 401" in said
    assert report["repeats"] == report["faults"]["answer_lost"] + report["faults"]["body_cut"] and report["waiting"] == 0
    arrived = posts_by_id(lab)
    genuine = {k: v for k, v in arrived.items() if not k.endswith("-forged")}
    assert len(genuine) == report["accepted"]
    assert sum(len(v) - 1 for v in genuine.values()) == report["faults"]["answer_lost"], "a post that was cut does not count"
    assert all(len({body for _, body in v}) == 1 for v in genuine.values())


@pytest.mark.parametrize("order, failure, words", [
    (("tls", "expired"), "not_trusted", "not trusted: 10, certificate has expired"),
    (("tls", "wrong-name"), "not_trusted", "hostname mismatch"),
    (("tls", "close"), "no_handshake", "never accepted"),
    (("tls", "tls1.1"), "no_handshake", "never accepted"),
    (("listen", "off"), "not_connected", "never accepted"),
    (("http", "reset"), "lost", "never accepted"),
], ids=lambda x: "-".join(x) if isinstance(x, tuple) else None)
def test_a_server_that_cannot_be_used(lab, order, failure, words):
    lab.set(*order)
    report, said = fleet(lab, "3", "--seconds", "2", "--every", "1", "--beat", "1", expect=1)
    assert report["registered"] == report["accepted"] == 0 and words in said, said
    assert report["manager"]["failures"][failure] > 0 and report["manager"]["codes"] == {}
    assert (report["connections"] == 0) == (failure == "not_connected")


def test_answers_that_a_manager_must_not_give(lab):
    lab.set("http", "wrong-type", "path", "/tms")
    report, said = fleet(lab, "3", *SOON, expect=1)
    assert report["unread_answers"] > 0 and "2xx without a PostEventResponse" in said and report["accepted"] > 0
    for never in ("400", "413", "422"):
        lab.set("http", never, "path", "/feedback", "for", "2")
        report, said = fleet(lab, "3", *BRIEFLY, expect=1)
        assert report["refused"] == 2 and "2 posts were refused for good" in said and report["feedback"]["codes"][never] == 2
    lab.set("http", "503", "path", "/feedback", "for", "3")
    report, said = fleet(lab, "3", *SOON)
    assert report["feedback"]["codes"]["503"] == 3 and report["repeats"] >= 3 and report["waiting"] == 0


def test_a_server_that_wants_no_more_posts(lab):
    """410 for good; with Retry-After, until then, but for one last try at the end."""
    lab.set("http", "410", "path", "/feedback", "for", "1")
    report, said = fleet(lab, "1", *BRIEFLY)
    assert report["feedback"]["codes"] == {"410": 1} and report["waiting"] == 0, said
    lab.set("http", "503", "retry-after", "3600", "path", "/feedback", "for", "1")
    report, said = fleet(lab, "1", *SOON)
    assert report["feedback"]["codes"] == {"503": 1, "200": 1} and report["repeats"] == 1, said


def test_it_ends_when_it_is_told_and_reports(lab):
    process = subprocess.Popen([*FLEET, "--dir", lab.folder, "fleet", "5", "--seconds", "1000", "--every", "1", "--ramp", "0"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        real.wait_for(lambda: lab.status()["posts"] > 20, "the fleet is at work")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        assert process.returncode == 0 and out.startswith("devices   5, 5 started, 5 registered"), out
        assert max(map(len, out.splitlines())) < 110
    finally:
        process.kill()


def test_words_that_make_no_sense(lab, tmp_path):
    def refused(*words, folder=lab.folder):
        r = subprocess.run([*FLEET, "--dir", folder, "fleet", *map(str, words)], text=True, capture_output=True, timeout=30)
        return r.returncode, r.stderr
    (tmp_path / "key").write_text("no key\n")
    for words, why in (([], "number of devices"), (["0"], "number of devices"), (["many"], "number of devices"), (["5", "--nonsense"], "fleet --help"),
                       (["5", "--manager", "http://server.example.com/"], "expected https://host"), (["5", "--connect", "192.0.2.1"], "ADDRESS:PORT"),
                       (["5", "--faults", "101"], "100"), (["5", "--every", "0"], "at least one second"), (["5", "--secret-file", tmp_path / "key"], "whsec_"),
                       (["5", "--manager", "https://server.example.com/"], "--roots FILE"),
                       (["5", "--manager", "https://server.example.com/", "--roots", tmp_path / "key", "--connect", "127.0.0.1:1"], "certificates in PEM")):
        status, said = refused(*words)
        assert status == 64 and why in said, (words, said)
    assert refused("5", folder=tmp_path) == (64, f"sealpost-lab: no lab runs in {tmp_path}; expected --manager URL or --feedback URL\n")
    status, said = refused("5", "--manager", "https://no-such-host.invalid/", "--roots", lab.root)
    assert status == 69 and "--connect ADDRESS:PORT" in said, said
    status, said = refused("5", "--manager", f"https://{'n' * 64}.example.com/", "--roots", lab.root)      # no name: that is known at once
    assert status == 69 and "its address is not known" in said, said
    status, said = refused("100000", "--manager", "https://server.example.com/", "--feedback", "https://other.example.com/", "--roots", lab.root)
    assert status == 69 and "ulimit -Hn" in said or "address is not known" in said, said


# --- the page -----------------------------------------------------------------------------------------------------------------

ANSWER = ("<Envelope><Body><PostEventResponse><PostEventResult><Management/><HeartBeatInterval>1</HeartBeatInterval>"
          "</PostEventResult></PostEventResponse></Body></Envelope>")


@pytest.fixture
def server(tmp_path):
    """nginx as the server of somebody else: it says yes to everything."""
    pki = Pki(tmp_path / "pki")
    root = pki.root("root")
    receiver = real.Receiver(tmp_path)
    nginx = real.Nginx(tmp_path, receiver)
    leaf = [pki.leaf("server.example.com", root)]
    port = nginx.site(leaf, pki.bundle(leaf), extra=f"location /manager {{ default_type text/xml; return 200 '{ANSWER}'; }}")
    nginx.start()
    (tmp_path / "ca.pem").write_text(open(root.path).read())
    (tmp_path / "key").write_text(KEY + "\n")
    yield port
    nginx.stop()
    receiver.stop()


def commands():
    return re.findall(r"^    (sealpost-lab (?:start|fleet).*)$", PAGE.read_text(), re.M)


def test_the_page_is_so(lab, server, tmp_path):
    """Its commands in its order, with less time and fewer devices."""
    assert [c.split()[1] for c in commands()] == ["start", "fleet", "fleet", "fleet", "fleet"]
    said = ""  # of all runs together: one alone may have met no fault
    for command in commands()[1:]:
        words = shlex.split(command)[1:]
        words[1] = str(min(int(words[1]), 20))
        for option, most in (("--seconds", 3), ("--every", 1), ("--beat", 1), ("--ramp", 1)):
            if option in words:
                words[words.index(option) + 1] = str(most)
        own = "server.example.com" in command
        words += ["--connect", f"127.0.0.1:{server}", "--every", "1"] if own else []
        r = subprocess.run([*FLEET, "--dir", lab.folder, *words], text=True, capture_output=True, timeout=60, cwd=tmp_path)
        assert r.returncode == (1 if "--secret-file" in words else 0), (command, r)
        assert ("wrong: " in r.stdout) == ("--secret-file" in words) and "20 started" in r.stdout, r.stdout
        said += r.stdout
    page = PAGE.read_text()
    for line in re.findall(r"^    (devices|manager|feedback|posts|connected|fault) ", page, re.M):
        assert line in said
    options = set(re.findall(r"--[a-z-]+", subprocess.run([*FLEET, "fleet", "--help"], text=True, capture_output=True, check=True).stdout))
    assert set(re.findall(r"--[a-z][a-z-]+", page)) <= options
