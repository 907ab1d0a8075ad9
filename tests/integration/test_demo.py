"""`make demo` does what it promises: within a minute, whoever runs it, and nothing of it is left."""
import os
import re
import signal
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
    cases = re.findall(r"^  (\S.*?)  +(\S.*?)  +(\S.*?)  +ok$", text, re.M)
    assert len(cases) >= 14 and not re.search(r"DIFFERS", text)
    assert {c[0] for c in cases} >= {"NTP does not answer", "good", "expired", "not-yet-valid", "wrong-name", "unknown-issuer",
                                     "missing-intermediate", "self-signed", "wrong-purpose", "plain-http"}
    assert all(expected == seen for _, expected, seen in cases)
    assert left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"]


def test_keep(tmp_path):
    """A world that is kept lives until Ctrl-C."""
    demo = run(tmp_path, KEEP="1")
    try:
        wait_for(lambda: "This world is yours" in (tmp_path / "out").read_text() or demo.poll() is not None, "the kept world", 60)
        assert demo.poll() is None and left_behind(tmp_path), (tmp_path / "out").read_text()[-3000:]
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
        assert left_behind(tmp_path) == [] and [p.name for p in tmp_path.iterdir()] == ["out"]
    finally:
        demo.kill()
