# SPDX-License-Identifier: MIT
"""Other processors and another C library: what `make cross` and `make musl` build, with the commands of docs/image.md."""
import os
import re
import shutil
import subprocess

import pytest

import machine

ROOT = machine.ROOT
PROGRAMS = ("sealpostd", "sealpost", "sealpost-pki", "sealpost-lab", "libsealpost.so.0")
MACHINES = {"arm64": ("AArch64", "qemu-aarch64-static"), "armhf": ("ARM", "qemu-arm-static")}


def make(*words, seconds=1800, **env):
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    r = subprocess.run(["make", "-s", "-C", ROOT, *map(str, words)], text=True, errors="replace", capture_output=True, timeout=seconds,
                       env={**kept, **env})
    assert r.returncode == 0, r.stdout[-5000:] + r.stderr[-5000:]
    return r.stdout


def emulator(arch):
    return f"{MACHINES[arch][1]} -L {ROOT}/build/sysroot/{arch}"


@pytest.mark.parametrize("arch", MACHINES)
def test_it_builds_for(arch):
    make("WERROR=1", "cross", f"ARCH={arch}")
    for name in PROGRAMS:
        head = subprocess.run(["readelf", "-h", ROOT / "build" / arch / name], text=True, capture_output=True, check=True).stdout
        assert re.search(r"Machine: +(.*)", head).group(1) == MACHINES[arch][0], name
    said = subprocess.run([*emulator(arch).split(), ROOT / "build" / arch / "sealpostd", "--check-config", ROOT / "conf/sealpost.conf"],
                          text=True, capture_output=True, timeout=60)
    assert said.returncode == 0 and said.stdout.endswith(": OK\n"), said
    assert not subprocess.run(["dpkg-query", "-W", "-f", "${Package}\n", f"libc6:{arch}"], capture_output=True).stdout, "nothing is installed"


def test_every_source_compiles_with_the_headers_of_musl():
    shutil.rmtree(ROOT / "build/musl", ignore_errors=True)
    make("WERROR=1", "musl")
    assert len(list((ROOT / "build/musl/src").rglob("*.o"))) > 100
