# SPDX-License-Identifier: MIT
"""`make demo` does what it promises: within a minute, whoever runs it, and nothing of it is left."""
import os
import re
import subprocess
import time

from real import BUILD, ROOT, wait_for

DEMO = ROOT / "tests" / "integration" / "demo"


def run(tmp_path, **more):
    """Without Python's seccomp, which only the tests need."""
    (tmp_path.parent / "without").mkdir(exist_ok=True)
    (tmp_path.parent / "without" / "seccomp.py").write_text("raise ImportError('the demo must not need it')\n")
    env = {**os.environ, "BUILD": str(BUILD), "TMPDIR": str(tmp_path), "PYTHONPATH": str(tmp_path.parent / "without"), **more}
    env.pop("KEEP", None) if "KEEP" not in more else None
    out = (tmp_path / "out").open("wb")
    return subprocess.Popen([DEMO], env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


def left_behind(tmp_path):
    """Processes whose command line names the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read()
        except OSError:
            continue
        if str(tmp_path).encode() in line:
            found.append(line)
    return found


def test_demo(tmp_path):
    start = time.monotonic()
    demo = run(tmp_path)
    try:
        status = demo.wait(60)
    finally:
        demo.kill()
    text = (tmp_path / "out").read_text()
    assert status == 0 and time.monotonic() - start < 60, text[-3000:]
    assert "\033" not in text, "no colour where there is no terminal"
    assert max(map(len, text.splitlines())) <= 78 and len(text.splitlines()) < 75, text
    told = dict(re.findall(r"^  (\S.*?)  +(\S.*?)  +(?:\d+|-|ok)$", text[:text.index("== What was seen")], re.M))
    assert told["another host's certificate"] == "use a name that it carries" and told["server away, agent killed"].endswith("in order"), text
    assert told["its authority is unknown"] == "if you trust the other root, upload it" and told["it sends no intermediate"] == "let the server send the intermediate"
    cases = re.findall(r"^ +(\S.*?)  *(\S+|TLS fails|certificate validation error)  +ok$", text[text.index("== What was seen"):], re.M)
    assert len(cases) >= 14 and not re.search(r"DIFFERS", text)
    assert {c[0] for c in cases} >= {"NTP does not answer", "good", "expired", "not-yet-valid", "wrong-name", "unknown-issuer",
                                     "missing-intermediate", "self-signed", "wrong-purpose", "plain-http"}
    assert {c[0] for c in cases} >= {"Level 3: device", "Level 4: device", "phone book", "ticket"}
    seen = dict(cases)
    assert seen["expired"] == "10=CERT_HAS_EXPIRED" and seen["plain-http"] == "TLS fails", cases
    assert "What to try next" in text and "nothing is left behind" in text
    assert left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"]


def in_shell(text, command):
    """The command, in a shell that has read what the demo says that it should."""
    env = next(line.split()[2] for line in text.splitlines() if line.startswith("  $ . "))
    return subprocess.run(["sh", "-c", f". {env}; {command}"], text=True, capture_output=True, timeout=15)


def test_keep(tmp_path):
    """A world that is kept outlives the command, does what the command said, and goes without a trace when its lab is stopped. All log
    lines are shown on request, and fit, too."""
    demo = run(tmp_path, KEEP="1", VERBOSE="1")
    try:
        assert demo.wait(180) == 0      # how long it may take is the other test's question
        text = (tmp_path / "out").read_text()
        assert "This world goes on" in text and left_behind(tmp_path), text[-3000:]
        story = text[:text.index("== This world goes on")]
        assert "log | " in story and "server | " in story and max(map(len, story.splitlines())) <= 78, story
        orders = [line.strip()[2:].split("  ")[0] for line in text[text.index("This world goes on"):].splitlines() if line.startswith("  $ ")]
        assert "Synchronised" in in_shell(text, "sealpost xStatus Time State").stdout
        publish = next(o for o in orders if o.startswith("sealpost publish <"))
        assert in_shell(text, publish).returncode == 0
        wait_for(lambda: "button" in in_shell(text, "sealpost-lab posts").stdout, "the event that the demo leaves arrives")
        for order in ("sealpost-lab faults", "sealpost-lab set tls expired", "sealpost-lab set tls good"):
            assert order in orders and in_shell(text, order).returncode == 0
        assert orders[-1] == "sealpost-lab stop" and in_shell(text, orders[-1]).returncode == 0
        wait_for(lambda: left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"], "everything is gone", 20)
    finally:
        demo.kill()
