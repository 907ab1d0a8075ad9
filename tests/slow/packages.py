# SPDX-License-Identifier: MIT
"""Debian's packages of what `make dist` packs, built once for all tests of a run."""
import functools
import os
import subprocess
import tempfile
from pathlib import Path

import machine

ROOT = machine.ROOT


def run(*command, cwd=ROOT, seconds=900, **env):
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD", "PYTHONPATH")}
    r = subprocess.run([*map(str, command)], cwd=cwd, text=True, errors="replace", capture_output=True, timeout=seconds, env={**kept, **env})
    assert r.returncode == 0, f"{command}: {r.returncode}\n{r.stdout[-4000:]}{r.stderr[-4000:]}"
    return r.stdout


@functools.cache
def build():
    """Their folder: sealpost_VERSION_ARCH.deb and the others, and the .changes."""
    folder = ROOT / "build" / "packages"
    run("make", "-s", "dist")
    run("rm", "-rf", folder)
    source = folder / "sealpost"
    source.mkdir(parents=True)
    run("tar", "-xzf", next((ROOT / "build").glob("sealpost-*.tar.gz")), "-C", source, "--strip-components=1")
    run("dpkg-buildpackage", "-us", "-uc", cwd=source, DEB_BUILD_OPTIONS="nocheck")
    return folder


def package(folder, name):
    return next(folder.glob(f"{name}_*.deb"))


def next_version(deb, folder, version):
    """The same package under another version, which needs others of that version; its settings file, if it has one, has another comment."""
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work) / "tree"
        run("dpkg-deb", "-R", deb, tree)
        control = tree / "DEBIAN/control"
        before = deb.name.split("_")[1]
        lines = [f"Version: {version}" if line.startswith("Version: ") else line.replace(f"(= {before})", f"(= {version})")
                 for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        settings = tree / "etc/sealpost/sealpost.conf"
        if settings.exists():
            settings.write_text(settings.read_text() + "# A later version says more.\n")
        to = Path(folder) / deb.name.replace(before, version)
        run("dpkg-deb", "-b", "--root-owner-group", tree, to)
        return to
