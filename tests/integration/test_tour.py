# SPDX-License-Identifier: MIT
"""docs/tour.md can be made again, and what it shows is still so."""
import os
import re
import subprocess

import real


def outline(page):
    """Headings, what was typed, and the lines of the answers without what differs from run to run."""
    lines = [line for line in page.splitlines() if line.strip() and "Milliseconds" not in line]
    return [re.sub(r"\d+", "N", line) for line in lines if not re.search(r"\d{4,}|good for|valid on|ended|GMT|asmx|Fingerprint|Certificate \d+ SerialNumber|[0-9a-f]{40}|^    \S+$", line)]


def test_tour():
    r = subprocess.run([real.ROOT / "tests" / "integration" / "tour"], text=True, capture_output=True, timeout=180,
                       env={**os.environ, "BUILD": str(real.BUILD)})
    assert r.returncode == 0, r.stderr[-4000:]
    kept = (real.ROOT / "docs" / "tour.md").read_text()
    old, new = outline(kept), outline(r.stdout)
    assert (set(old) - set(new), set(new) - set(old)) == (set(), set()), "the page has aged: tests/integration/tour >docs/tour.md"
    assert re.findall("^    sealpost> .*", r.stdout, re.M) == re.findall("^    sealpost> .*", kept, re.M)
