# SPDX-License-Identifier: MIT
"""What `make check` says last when a test fails: which one, and a command that runs it alone. Run by `make lint`."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PROBE = '''
import pytest
def test_good(): pass
def test_bad(): assert 1 == 2, "one is two"
def test_skipped(): pytest.skip("there is no registry")
'''


def run(folder, *words, ci=False):
    """Where the variable CI is set, pytest prints the whole reason of a failure in its summary; elsewhere its first line."""
    env = {k: v for k, v in os.environ.items() if k not in ("SEALPOST_SKIPS_ALLOWED", "CI", "BUILD_NUMBER")}
    env |= {"BUILD": "build/probe", "PYTHONPATH": str(TESTS), **({"CI": "true"} if ci else {})}
    r = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", "test_probe.py", *words],
                       cwd=folder, env=env, text=True, capture_output=True)
    return r.returncode, r.stdout


@pytest.mark.parametrize("ci", [False, True], ids=["by hand", "in CI"])
def test_integration(tmp_path, ci):
    (tmp_path / "test_probe.py").write_text(PROBE)
    status, said = run(tmp_path, "-n", "2", "--dist", "loadfile", ci=ci)
    assert status == 1
    assert re.search("""FAILED test_probe.py::test_bad - .*one is two
(?:assert 1 == 2
)?1 failed, 1 passed, 1 skipped in .*
1 tests skipped:
  test_probe.py::test_skipped: Skipped: there is no registry .fails the run; .*
To run one that failed alone: BUILD=build/probe PYTHONPATH=.* -m pytest .*'test_probe.py::test_bad'
$""", said), said
    status, said = run(tmp_path, "-k", "good")
    assert status == 0 and said.endswith("0 tests skipped\n"), said
    assert run(tmp_path, "-k", "skipped")[0] == 1


def test_unit(tmp_path):
    program = tmp_path / "test_some"
    program.write_text("#!/bin/sh\necho '[  PASSED  ] 3 test(s).'; echo '[  FAILED  ] test_thing'; exit 1\n")
    program.chmod(0o755)
    r = subprocess.run([TESTS / "unit" / "run", program], text=True, capture_output=True)
    assert r.returncode == 1 and r.stdout.endswith(
        f"failed: {program}: test_thing\nunit: 3 passed, 1 failed, 0 skipped\nTo run what failed alone: {program}\n"), r.stdout
