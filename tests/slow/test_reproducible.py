# SPDX-License-Identifier: MIT
"""What `make dist` packs, built in two folders: the same bytes, the same date floor, and what was chosen is obeyed."""
import os
import re
import subprocess

import pytest

import machine

ROOT = machine.ROOT


def make(folder, *words, seconds=900, **env):
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    return subprocess.run(["make", "-s", "-C", folder, *words], text=True, errors="replace", capture_output=True, timeout=seconds,
                          env={**kept, "CCACHE_DISABLE": "1", **env})


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two folders of names that differ in length, each with a build of the packed sources."""
    assert make(ROOT, "dist").returncode == 0
    folders = []
    for name in ("a", "another-folder"):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(["tar", "-xzf", next((ROOT / "build").glob("sealpost-*.tar.gz")), "-C", folder, "--strip-components=1"], check=True)
        r = make(folder, "CFLAGS=-g -O1", "SYSCONFDIR=/opt/etc")
        assert r.returncode == 0, r.stderr[-3000:]
        folders.append(folder)
    return folders


def test_two_builds_are_the_same(built):
    one, other = built
    for name in ("sealpostd", "sealpost", "sealpost-pki", "sealpost-web", "sealpost-lab", "libsealpost.so.0"):
        assert (one / "build" / name).read_bytes() == (other / "build" / name).read_bytes(), name
        assert str(one).encode() not in (one / "build" / name).read_bytes(), name


def test_a_release_knows_its_date_and_a_copy_without_it_says_so(built):
    stands = (built[0] / ".release").read_text().split()[0]
    assert re.fullmatch(r"\d{10}", stands)
    assert (built[0] / "build/release").read_text().split()[0] == stands
    (built[1] / ".release").rename(built[1] / "release-away")
    r = make(built[1], "build/release")
    assert r.returncode == 0 and "no date before which no time is trusted" in r.stderr, r.stderr
    assert "no date before" not in make(built[1], "build/release", SOURCE_DATE_EPOCH="1764000000").stderr
    (built[1] / "release-away").rename(built[1] / ".release")


def test_what_was_chosen_is_obeyed(built, tmp_path):
    """By programs, units, manual pages and pkg-config's file alike."""
    places = ("PREFIX=/opt/sp", "SBINDIR=/opt/sp/libexec", "LIBDIR=/opt/sp/lib64", "SYSCONFDIR=/opt/etc", f"DESTDIR={tmp_path}")
    r = make(built[0], "CFLAGS=-g -O1", *places, "install-strip")
    assert r.returncode == 0, r.stderr[-3000:]
    files = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if not p.is_dir())
    assert all(f.startswith(("opt/sp/", "opt/etc/sealpost/")) for f in files), files
    prefix = tmp_path / "opt/sp"
    assert "ExecStart=/opt/sp/libexec/sealpostd " in (prefix / "lib/systemd/system/sealpostd.service").read_text()
    assert "d /opt/etc/sealpost " in (prefix / "lib/tmpfiles.d/sealpost.conf").read_text()
    assert "/opt/etc/sealpost/sealpost.conf" in (prefix / "share/man/man8/sealpostd.8").read_text()
    assert "libdir=/opt/sp/lib64\n" in (prefix / "lib64/pkgconfig/libsealpost.pc").read_text()
    told = subprocess.run([prefix / "libexec/sealpostd", "--help"], text=True, capture_output=True).stdout
    assert "settings file (/opt/etc/sealpost/sealpost.conf" in told
    for program in (prefix / "libexec/sealpostd", prefix / "lib64/libsealpost.so.0"):
        sections = subprocess.run(["readelf", "-SW", program], text=True, capture_output=True).stdout
        assert ".debug_info" not in sections and ".symtab" not in sections, program
    everywhere = "\n".join(p.read_text(errors="replace") for p in tmp_path.rglob("*") if p.is_file() and b"\0" not in p.read_bytes()[:4000])
    assert not re.search(r"/usr/s?bin/sealpost|(?<!/opt)/etc/sealpost|/usr/share/doc/sealpost", everywhere)
