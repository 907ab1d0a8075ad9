# SPDX-License-Identifier: MIT
"""sealpost-pki beside sealpost: what the terminal program loads, and how `sealpost verify` finds the other program."""
import os
import re
import shutil
import subprocess
import time

import pytest

import real
from pki import Pki

SANITIZERS = {"libasan", "libubsan", "libm", "libgcc_s", "libstdc++"}        # of a build with SAN=1 only


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A root, and a certificate of it for one host."""
    pki = Pki(tmp_path_factory.mktemp("pki"))
    root = pki.root("Program Root")
    return root, pki.leaf("device.sealpost.test", root)


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], text=True, capture_output=True, timeout=60, **more)


def both(*words, **more):
    """The answer of `sealpost verify` and of `sealpost-pki verify`, which has to be the same."""
    a, b = (run(real.BUILD / program, "verify", *words, **more) for program in ("sealpost", "sealpost-pki"))
    assert (a.returncode, a.stdout, a.stderr) == (b.returncode, b.stdout, b.stderr)
    return a


def test_verify_is_the_same_by_both_programs(chain):
    root, leaf = chain
    files = ["--roots", root.path, "--chain", leaf.path, "--time", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())]
    accepted = both(*files, "--name", "device.sealpost.test")
    assert accepted.returncode == 0 and "VerifyResult=0=OK" in accepted.stdout
    refused = both(*files, "--name", "other.sealpost.test", "--json")
    assert refused.returncode == 1 and '"symbol": "HOSTNAME_MISMATCH"' in refused.stdout
    assert both("--help").returncode == 0
    assert both("--nonsense").returncode == 64
    assert both("--roots", "/nonexistent", "--chain", leaf.path).returncode == 66
    batch = both("--batch", input='{"id": 7}\n')
    assert batch.returncode == 65 and '"id":7' in batch.stdout


def libraries(program):
    """Names of all libraries that the dynamic linker loads for the program, without versions."""
    lines = run("ldd", program).stdout.splitlines()
    return {os.path.basename(line.split()[0]).split(".so")[0] for line in lines}


def test_sealpost_loads_libc_and_libedit_alone():
    wanted = {"libedit", "libtinfo", "libbsd", "libmd", "libc", "linux-vdso", "ld-linux-x86-64", "ld-linux-aarch64"}
    found = libraries(real.BUILD / "sealpost")
    assert {"libc", "libedit"} <= found
    assert found - wanted - SANITIZERS == set()
    needed = run("readelf", "-d", real.BUILD / "sealpost").stdout
    direct = {n.split(".so")[0] for n in re.findall(r"\(NEEDED\).*\[(.*)\]", needed)}
    assert direct - SANITIZERS == {"libc", "libedit", "libtinfo"}
    assert "libcrypto" in libraries(real.BUILD / "sealpost-pki")        # the check above can see such a library


def test_it_is_found_beside_sealpost_and_never_by_path(tmp_path):
    here, elsewhere = tmp_path / "bin", tmp_path / "path"
    here.mkdir()
    elsewhere.mkdir()
    shutil.copy(real.BUILD / "sealpost", here)
    fake = elsewhere / "sealpost-pki"
    fake.write_text("#!/bin/sh\necho the wrong program\n")
    fake.chmod(0o755)
    env = dict(os.environ, PATH=f"{elsewhere}:{os.environ['PATH']}")
    link = elsewhere / "sealpost"
    link.symlink_to(here / "sealpost")
    for program in (here / "sealpost", link, "sealpost"):
        r = run(program, "verify", "--help", env=env, cwd=elsewhere)
        assert r.returncode == 69 and r.stdout == ""
        assert f"`sealpost verify` needs the program {here}/sealpost-pki, which is not installed" in r.stderr
    shutil.copy(fake, here)
    (here / "sealpost-pki").chmod(0o644)
    r = run(here / "sealpost", "verify", "--help", env=env)
    assert r.returncode == 69 and "could not be started: Permission denied" in r.stderr
    (here / "sealpost-pki").unlink()
    (here / "sealpost-pki").symlink_to(real.BUILD / "sealpost-pki")
    for program in (here / "sealpost", link, "sealpost"):
        r = run(program, "verify", "--help", env=env, cwd=elsewhere)
        assert r.returncode == 0 and "--roots FILE" in r.stdout


def test_commands_help_and_version():
    program = real.BUILD / "sealpost-pki"
    r = run(program, "--help")
    assert r.returncode == 0 and re.search(r"^  verify CERT BUNDLE \[CA\] +verifies", r.stdout, re.M) and r.stderr == ""
    for words in ([], ["nonsense"], ["--nonsense"], ["ver"]):
        r = run(program, *words)
        assert r.returncode == 64 and "usage: sealpost-pki COMMAND" in r.stderr and r.stdout == ""
        assert not words or f"there is no command or option {words[0]}" in r.stderr
    assert run(program, "--version").stdout == run(real.BUILD / "sealpost", "--version").stdout.replace("sealpost", "sealpost-pki")


def test_completion_knows_every_option_of_verify():
    usage = run(real.BUILD / "sealpost-pki", "verify", "--help").stdout
    options = set(re.findall(r"--[a-z-]+", usage)) | {"--help"}
    zsh = (real.ROOT / "conf/completion/_sealpost").read_text()
    assert set(re.search(r"compadd -- (--roots.*?) ;;", zsh).group(1).split()) == options
    script = 'source conf/completion/sealpost.bash; COMP_WORDS=({words} ""); COMP_CWORD={n}; {function}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    for words, function in (("sealpost verify", "_sealpost"), ("sealpost-pki verify", "_sealpost_pki"), ("sealpost pki verify", "_sealpost")):
        r = run("bash", "-c", script.format(words=words, n=len(words.split()), function=function), cwd=real.ROOT)
        assert set(r.stdout.split()) == options, r.stderr


def test_completion_knows_the_options_of_every_command(tmp_path):
    usage = run(real.BUILD / "sealpost-pki", "--help").stdout
    commands = re.findall(r"^  ([a-z0-9-]+) ", usage, re.M)
    assert len(commands) == 11
    zsh = (real.ROOT / "conf/completion/_sealpost").read_text()
    bash = real.ROOT / "conf/completion/sealpost.bash"
    for command in commands:
        options = set(re.findall(r"^  (--[a-z0-9-]+)", run(real.BUILD / "sealpost-pki", command, "--help").stdout, re.M)) | {"--help"}
        if command == "verify":
            continue
        r = run("bash", "-c", f'source {bash}; COMP_WORDS=(sealpost-pki {command} --); COMP_CWORD=2; _sealpost_pki; printf "%s\\n" "${{COMPREPLY[@]}}"',
                cwd=tmp_path)
        assert set(r.stdout.split()) == options, command
        m = re.search(rf"^\t(?:\S*\|)?{command}(?:\|\S*)?\) compadd -- (.*) ;;", zsh, re.M)
        assert options == ({"--help"} if not m else set(m.group(1).split())), command
