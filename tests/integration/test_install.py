# SPDX-License-Identifier: MIT
"""What `make install` leaves behind, and how a build names what it lacks."""
import os
import re
import subprocess
import sys

import pytest

import real


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    install(root)
    return root


def make(*words, **env):
    """Of the programs that are there (without sanitizers)."""
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    return subprocess.run(["make", "-s", "-C", real.ROOT, *words], text=True, capture_output=True, timeout=300, env={**kept, **env})


def install(root):
    """make install under another PREFIX."""
    r = make(f"DESTDIR={root}", "PREFIX=/opt/sealpost", "LIBDIR=/opt/sealpost/lib/x", "install")
    assert r.returncode == 0, r.stdout + r.stderr


def test_the_unit_starts_the_program_that_was_installed(installed):
    unit = (installed / "opt/sealpost/lib/systemd/system/sealpostd.service").read_text()
    program = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=").split()[0]
    assert os.access(installed / program.lstrip("/"), os.X_OK), program


def test_every_file_that_the_settings_file_names_is_there(installed):
    named = re.findall(r"/\S+\.md", (installed / "etc/sealpost/sealpost.conf").read_text())
    assert named == ["/opt/sealpost/share/doc/sealpost/settings.md"]
    assert (installed / named[0].lstrip("/")).stat().st_size > 1000


def test_links_of_the_documents_lead_somewhere(installed):
    folder = installed / "opt/sealpost/share/doc/sealpost"
    links = [(d.name, target) for d in folder.glob("*.md") for target in re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", d.read_text())]
    assert len(links) > 40
    assert [x for x in links if not (folder / x[1]).is_file()] == []
    readme = (folder / "README.md").read_text()
    for page in set(re.findall(r"\(([a-z.-]+\([1-8]\))\)", readme)):
        name, section = page.rstrip(")").split("(")
        assert (installed / f"opt/sealpost/share/man/man{section}/{name}.{section}").is_file(), page


def test_settings_are_never_overwritten(installed):
    settings = installed / "etc/sealpost/sealpost.conf"
    settings.write_text("xConfiguration SystemUnit Name: mine\n")
    install(installed)
    assert settings.read_text() == "xConfiguration SystemUnit Name: mine\n"


def test_sealpost_verify_finds_its_program(installed):
    r = subprocess.run([installed / "opt/sealpost/bin/sealpost", "verify", "--help"], text=True, capture_output=True)
    assert r.returncode == 0 and "--roots FILE" in r.stdout
    assert (installed / "opt/sealpost/share/man/man1/sealpost-pki.1").exists()


def test_nothing_else_is_written(installed):
    assert sorted(p.name for p in installed.iterdir()) == ["etc", "opt"]


def test_a_build_names_what_is_missing_and_installs_nothing(tmp_path):
    """Without libraries, without pkg-config, without a compiler. The first commands of PATH would betray a call of apt or sudo."""
    for name in ("apt-get", "sudo"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/was-called\n")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BUILD": str(tmp_path / "build")}
    r = make("all", PKG_CONFIG_LIBDIR=str(tmp_path), **path)
    assert r.returncode != 0 and "the library libcurl, with its headers" in r.stderr, r.stderr
    assert re.search("apt-get install --no-install-recommends .*libcurl4-openssl-dev.* libssl-dev", r.stderr), r.stderr
    r = make("all", "PKG_CONFIG=no-such-pkg-config", **path)
    assert r.returncode != 0 and "pkg-config (no-such-pkg-config)" in r.stderr, r.stderr
    r = make("all", "CROSS_COMPILE=no-such-", **path)
    assert r.returncode != 0 and "a C compiler (no-such-gcc" in r.stderr, r.stderr
    assert not (tmp_path / "was-called").exists() and not list((tmp_path / "build").rglob("*.o"))


def test_sealpost_web_is_left_out_where_wslay_is_not(tmp_path):
    compiler = tmp_path / "gcc-without-wslay"
    compiler.write_text('#!/bin/sh\ncase "$*" in *wslay*) exit 1 ;; esac\nexec gcc "$@"\n')
    compiler.chmod(0o755)
    r = make("needs", CC=str(compiler), BUILD=str(tmp_path / "build"))
    assert r.returncode == 0 and "sealpost-web is left out" in r.stdout, r
    assert "left out" not in make("needs", BUILD=str(tmp_path / "build")).stdout


def test_the_page_says_which_program_needs_which_library():
    """The table "What it needs" of docs/image.md, and what the programs are linked with."""
    rows = re.findall(r"^\| ((?:lib|openssl|wslay|sqlite|jansson)[^|]*) \|[^|]*\|[^|]*\| ([a-z, -]+) \|", (real.ROOT / "docs/image.md").read_text(), re.M)
    other = {"libxml-2.0": "libxml2", "openssl": "libssl"}
    told = {(program, other.get(name, name if name.startswith("lib") else f"lib{name}"))
            for names, programs in rows for name in names.split(", ") for program in programs.split(", ")}
    linked = set()
    for program in ("sealpostd", "sealpost", "sealpost-pki", "sealpost-web", "sealpost-lab"):
        said = subprocess.run(["readelf", "-d", real.ROOT / "build" / program], text=True, capture_output=True, check=True).stdout
        linked |= {(program, re.sub(r"(-2\.1)?\.so.*", "", so)) for so in re.findall(r"\(NEEDED\).*\[(.*)\]", said)}
    assert told == {(program, so) for program, so in linked if so not in ("libc", "libgcc_s", "libcrypto")}


def test_a_build_needs_only_what_its_programs_need(tmp_path):
    """The table "What may be left out" of docs/image.md, with no library there: the last two rows need nothing that it says they do not."""
    def missing(programs):
        r = make("needs", f"PROGRAMS={programs}", PKG_CONFIG_LIBDIR=str(tmp_path), BUILD=str(tmp_path / "build"))
        assert r.returncode != 0 and "left out" not in r.stdout, r
        return set(re.findall(r"the library ([^\s,]+),", r.stderr))
    rows = re.findall(r"^\| `sealpost[a-z-]*` \| `PROGRAMS=\"?([a-z -]+)\"?` \| no ([^;]+);", (real.ROOT / "docs/image.md").read_text(), re.M)
    without = [set(names.split(", ")) for _, names in rows]
    assert without == [{"libevent_extra"}, {"libevent_openssl", "wslay"}, {"jansson"}, {"libedit", "tinfo"}]
    with_terminal = missing(rows[2][0])
    assert without[3] < with_terminal and not with_terminal & (without[0] | without[1] | without[2])
    assert missing(rows[3][0]) == with_terminal - without[3]


# --- the library, as other people's programs use it ---------------------------------------------------------------------------

@pytest.fixture
def agent(tmp_path):
    log = real.Syslog(tmp_path)
    a = real.Agent(tmp_path, log, ["SystemUnit Name: \"Room 4\""]).start()
    yield a
    a.stop()
    log.stop()


def test_debian_is_told_of_each_function_of_the_library(installed):
    """dpkg finds by debian/libsealpost0.symbols which version of the library a program needs."""
    said = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", installed / "opt/sealpost/lib/x/libsealpost.so.0"],
                          text=True, capture_output=True, check=True).stdout
    exported = {line.split()[2].replace("@@", "@") for line in said.splitlines()}
    head, field, *rows = (real.ROOT / "debian/libsealpost0.symbols").read_text().splitlines()
    assert head == "libsealpost.so.0 libsealpost0 #MINVER#" and field == "* Build-Depends-Package: libsealpost-dev"
    assert {row.split()[0] for row in rows if "@" in row and not row.startswith(" SEALPOST_")} == {n for n in exported if n.startswith("sealpost_")}
    assert all(re.fullmatch(r" [\w.]+@SEALPOST_\d+\.\d+ \d+\.\d+\.\d+", row) for row in rows)


def first_example():
    return re.search(r"^```c\n(.*?)^```", (real.ROOT / "docs/libsealpost.md").read_text(), re.M | re.S).group(1)


@pytest.mark.parametrize("compiler, name", [(["gcc", "-std=c11"], "example.c"), (["g++", "-std=c++11"], "example.cc")], ids=["C", "C++"])
def test_a_program_links_with_the_installed_library(installed, agent, tmp_path, compiler, name):
    """The first example of docs/libsealpost.md, with what pkg-config says of the library, publishes."""
    lib = installed / "opt/sealpost/lib/x"
    env = {**os.environ, "PKG_CONFIG_PATH": str(lib / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(installed)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libsealpost"], env=env, text=True, capture_output=True, check=True).stdout.split()
    (tmp_path / name).write_text(first_example())
    subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", tmp_path / name, *flags, "-o", tmp_path / "example"], check=True)
    r = subprocess.run([tmp_path / "example"], env={**agent.command_env, "LD_LIBRARY_PATH": str(lib)}, text=True, capture_output=True, timeout=30)
    assert r.returncode == 0, r.stderr
    assert agent.status("Audio Volume") == {"Audio Volume": "65"}


PYTHON = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.sealpost_new.restype = ctypes.c_void_p
library.sealpost_new.argtypes = [ctypes.c_char_p]
library.sealpost_publish.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
library.sealpost_flush.argtypes = [ctypes.c_void_p, ctypes.c_int]
library.sealpost_setting.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
library.sealpost_free.argtypes = [ctypes.c_void_p]
agent = library.sealpost_new(None)
document = b"<Status><Audio><Volume>66</Volume></Audio></Status>"
assert library.sealpost_publish(agent, document, len(document), None, None) == 0
assert library.sealpost_flush(agent, 5000) == 0
name = ctypes.create_string_buffer(100)
assert library.sealpost_setting(agent, b"SystemUnit Name", name, len(name), 5000) == 0
print(name.value.decode())
library.sealpost_free(agent)
"""


def test_python_calls_the_installed_library(installed, agent):
    r = subprocess.run([sys.executable, "-c", PYTHON, installed / "opt/sealpost/lib/x/libsealpost.so.0"], env=agent.command_env, text=True,
                       capture_output=True, timeout=30)
    assert (r.returncode, r.stdout) == (0, "Room 4\n"), r.stderr
    assert agent.status("Audio Volume") == {"Audio Volume": "66"}
