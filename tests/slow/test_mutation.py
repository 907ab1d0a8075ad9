# SPDX-License-Identifier: MIT
"""The unit test of spoiled certificates with 20,000 of them."""
import os
import subprocess

from real import BUILD


def test_20000_spoiled_certificates():
    r = subprocess.run([BUILD / "unit/test_mutation"], env={**os.environ, "MUTATION_ROUNDS": "20000"}, text=True, capture_output=True, timeout=900)
    assert r.returncode == 0 and "20000 rounds" in r.stderr, r.stdout + r.stderr
