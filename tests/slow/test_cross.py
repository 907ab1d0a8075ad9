# SPDX-License-Identifier: MIT
"""Other processors and another C library: what `make cross` and `make musl` build, with the commands of docs/image.md."""
import json
import os
import re
import shutil
import subprocess

import pytest

import machine

ROOT = machine.ROOT
PROGRAMS = ("sealpostd", "sealpost", "sealpost-pki", "sealpost-web", "sealpost-lab", "libsealpost.so.0")
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
    make("cross", f"ARCH={arch}", "GOAL=sbom")
    packages = json.loads(next((ROOT / "build" / arch).glob("*.spdx.json")).read_text())["packages"]
    assert [p["name"] for p in packages if "versionInfo" not in p] == ["wslay"]
    assert not subprocess.run(["dpkg-query", "-W", "-f", "${Package}\n", f"libc6:{arch}"], capture_output=True).stdout, "nothing is installed"


NOT_EMULATED = ROOT / "tests/unit/not_emulated"


def left_out():
    """Program -> why an emulator does not run it."""
    lines = [line for line in NOT_EMULATED.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("\t") for line in lines)


def test_the_unit_tests_of_arm64_pass_under_an_emulator():
    """All but those of a list with reasons; the programs that are on it exist. A busy machine has its time."""
    there = {p.stem for p in (ROOT / "tests/unit").glob("test_*.c")}
    assert set(left_out()) < there and all(len(why) > 20 for why in left_out().values())
    make("cross", "ARCH=arm64", "GOAL=tests")
    said = make("cross", "ARCH=arm64", "GOAL=unit", f"EMULATOR={emulator('arm64')}", seconds=5400, SEALPOST_SKIPS_ALLOWED="1")
    assert "== build/arm64/unit/test_courier" in said and ", 0 failed," in said.splitlines()[-1], said[-3000:]
    ran = set(re.findall(r"^== build/arm64/unit/(\w+)", said, re.M))
    assert ran == there - set(left_out())


def test_the_page_tells_the_sizes(tmp_path):
    """Kilobytes of the stripped programs, in docs/image.md: not far from those of this build."""
    rows = re.findall(r"^\| `(sealpost[a-z-]*|libsealpost\.so\.0)` \| (\d+) \| (\d+) \| (\d+) \|$", (ROOT / "docs/image.md").read_text(), re.M)
    assert {row[0] for row in rows} >= set(PROGRAMS)
    for name, *told in rows:
        for kilobytes, (folder, prefix) in zip(told, (("build", ""), ("build/arm64", "aarch64-linux-gnu-"), ("build/armhf", "arm-linux-gnueabihf-"))):
            subprocess.run([f"{prefix}strip", "-o", tmp_path / "stripped", ROOT / folder / name], check=True)
            size = (tmp_path / "stripped").stat().st_size / 1000
            assert abs(size - int(kilobytes)) <= max(20, 0.3 * size), f"{folder}/{name}: {size:.0f} KB, docs/image.md says {kilobytes}"


def test_every_source_compiles_with_the_headers_of_musl():
    shutil.rmtree(ROOT / "build/musl", ignore_errors=True)
    make("WERROR=1", "musl")
    sources = {p.relative_to(ROOT).with_suffix("") for p in (ROOT / "src").rglob("*.c")}
    assert {p.relative_to(ROOT / "build/musl").with_suffix("") for p in (ROOT / "build/musl/src").rglob("*.o")} == sources
