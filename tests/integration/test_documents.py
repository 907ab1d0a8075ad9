"""What stands in documents works: examples of the README, man pages, the public header, the other compiler."""
import os
import re
import shutil
import subprocess

import pytest

import real

ROOT = real.ROOT


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], text=True, capture_output=True, cwd=ROOT, timeout=300, **more)


def man_pages():
    return sorted((ROOT / "docs" / "man").glob("*.[1-8]"))


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_man_pages_lint():
    assert {p.name for p in man_pages()} >= {"sealpost.1", "sealpostd.8", "sealpost-lab.1", "sealpost.conf.5", "libsealpost.3"}
    r = run("mandoc", "-T", "lint", "-W", "warning", *man_pages())
    assert r.stdout + r.stderr == "" and r.returncode == 0


def test_man_pages_name_every_option():
    for page, program in (("sealpostd.8", "sealpostd"), ("sealpost.1", "sealpost")):
        text = (ROOT / "docs" / "man" / page).read_text()
        usage = run(real.BUILD / program, "--help").stdout
        options = re.findall(r"--([a-z-]+)", usage)
        assert len(options) >= 3, usage
        plain = text.replace("\\-", "-")
        missing = [o for o in set(options) if o not in plain]
        assert missing == [], f"{page} says nothing of {missing}"


@pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not installed")
def test_public_header_is_cplusplus(tmp_path):
    source = tmp_path / "a.cc"
    source.write_text('#include "sealpost.h"\n#include "sealpost.h"\nint main() { return sealpost_new(0) == 0; }\n')
    r = run("g++", "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-Iinclude", source)
    assert r.returncode == 0, r.stderr


def test_public_header_is_c99(tmp_path):
    source = tmp_path / "a.c"
    source.write_text('#include "sealpost.h"\nint main(void) { return sealpost_new(0) == 0; }\n')
    r = run("gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-Iinclude", source)
    assert r.returncode == 0, r.stderr


def test_library_shows_only_what_the_header_names():
    libraries = [b / "libsealpost.so.0" for b in (real.BUILD, ROOT / "build") if (b / "libsealpost.so.0").exists()]
    assert libraries
    symbols = {line.split()[-1] for line in run("nm", "-D", "--defined-only", libraries[0]).stdout.splitlines()}
    declared = set(re.findall(r"\b(sealpost_\w+)\(", (ROOT / "include" / "sealpost.h").read_text()))
    assert {s for s in symbols if not s.startswith("__")} == declared


@pytest.mark.skipif(not shutil.which("clang"), reason="clang is not installed")
def test_clang_builds_without_warnings():
    env = {k: v for k, v in os.environ.items() if k not in ("BUILD", "SAN", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    r = run("make", "-j2", "CC=clang", "BUILD=build/clang", "programs", env=env)
    assert r.returncode == 0, (r.stdout + r.stderr)[-4000:]
    assert "warning:" not in r.stdout + r.stderr


def test_shipped_settings_file_is_right(tmp_path):
    conf = ROOT / "conf" / "sealpost.conf"
    assert run(real.BUILD / "sealpostd", "--check-config", conf).returncode == 0
    # Also with every example in it taken at its word.
    bare = tmp_path / "all.conf"
    bare.write_text(re.sub(r"^#(?=xConfiguration)", "", conf.read_text(), flags=re.M))
    assert bare.read_text() != conf.read_text()
    r = run(real.BUILD / "sealpostd", "--check-config", bare)
    assert r.returncode == 0, r.stderr


def links(path):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
        if not re.match(r"[a-z]+:", target):
            yield target


def test_links_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert pages
    broken = [f"{p.name}: {t}" for p in pages for t in links(p) if not (p.parent / t).exists()]
    assert broken == []
