# SPDX-License-Identifier: MIT
"""What `make install` leaves behind."""
import os
import subprocess

import pytest

import real


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    install(root)
    return root


def install(root):
    """make install under another PREFIX, of the programs that are there (without sanitizers)."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
    r = subprocess.run(["make", "-s", "-C", real.ROOT, f"DESTDIR={root}", "PREFIX=/opt/sealpost", "install"], text=True, capture_output=True,
                       timeout=300, env=env)
    assert r.returncode == 0, r.stdout + r.stderr


def test_the_unit_starts_the_program_that_was_installed(installed):
    unit = (installed / "opt/sealpost/lib/systemd/system/sealpostd.service").read_text()
    program = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=").split()[0]
    assert os.access(installed / program.lstrip("/"), os.X_OK), program


def test_every_file_that_the_settings_file_names_is_there(installed):
    assert "/usr/share/doc/sealpost/settings.md" in (installed / "etc/sealpost/sealpost.conf").read_text()
    assert (installed / "opt/sealpost/share/doc/sealpost/settings.md").stat().st_size > 1000


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
