# SPDX-License-Identifier: MIT
"""`make demo` does what it promises: within a minute, whoever runs it, and nothing of it is left."""
import os
import re
import subprocess
import time

from real import BUILD, ROOT, wait_for

DEMO = ROOT / "tests" / "integration" / "demo"


def run(tmp_path, **more):
    env = {**os.environ, "BUILD": str(BUILD), "TMPDIR": str(tmp_path), **more}
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
    cases = re.findall(r"^ +(\S.*?)  +(\S.*?)  +(\S.*?)  +ok$", text, re.M)
    assert len(cases) >= 14 and not re.search(r"DIFFERS", text)
    assert {c[0] for c in cases} >= {"NTP does not answer", "good", "expired", "not-yet-valid", "wrong-name", "unknown-issuer",
                                     "missing-intermediate", "self-signed", "wrong-purpose", "plain-http"}
    assert {c[0] for c in cases} >= {"Level 3: device", "Level 4: device", "phone book", "ticket"}
    assert all(expected == seen for _, expected, seen in cases)
    assert left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"]


def test_keep(tmp_path):
    """A world that is kept outlives the command, does what the command said, and goes without a trace when its lab is stopped."""
    demo = run(tmp_path, KEEP="1")
    try:
        assert demo.wait(180) == 0      # how long it may take is the other test's question
        text = (tmp_path / "out").read_text()
        assert "This world goes on" in text and left_behind(tmp_path), text[-3000:]
        orders = [line.strip()[2:] for line in text[text.index("This world goes on"):].splitlines() if line.startswith("  $ ")]
        status = subprocess.run([*orders[0].split(), "xStatus", "Time", "State"], text=True, capture_output=True, timeout=15)
        assert "Synchronised" in status.stdout, status
        assert subprocess.run(orders[-1].split(), timeout=15).returncode == 0 and orders[-1].endswith(" stop")
        wait_for(lambda: left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"], "everything is gone", 20)
    finally:
        demo.kill()
