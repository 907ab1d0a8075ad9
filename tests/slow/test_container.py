# SPDX-License-Identifier: MIT
"""The container of docs/image.md: its commands are run as they stand there, with a folder of this test's in place of theirs."""
import re
import shutil
import subprocess

import pytest

import machine
import packages

pytestmark = pytest.mark.skipif(machine.why_not() is not None, reason=str(machine.why_not()))
PAGE = machine.ROOT / "docs/image.md"


def commands():
    section = re.search(r"^## In a container\n(.*?)^## ", PAGE.read_text(), re.M | re.S).group(1)
    return "".join(line[4:] for line in section.splitlines(keepends=True) if line.startswith("    "))


def test_the_agent_runs_in_a_container(tmp_path):
    """Made from Debian's packages and sealpost's own, and started by the entry point as the user that stands in the image."""
    for file in (machine.ROOT / "conf/Containerfile", *packages.build().glob("sealpost_*.deb")):
        shutil.copy(file, tmp_path)
    make = re.search(r"(.*)^podman run", commands(), re.M | re.S).group(1)
    make = make.replace(" bookworm root", f" bookworm root {machine.mirror()}").replace("podman build", "buildah build --isolation chroot --storage-driver vfs")
    store = ["--root", tmp_path / "store", "--runroot", tmp_path / "run"]
    make = make.replace("buildah build", " ".join(map(str, ["buildah", *store, "build"])))
    packages.run("bash", "-ec", make, cwd=tmp_path)
    buildah = ["buildah", "--storage-driver", "vfs", *map(str, store)]
    container = packages.run(*buildah, "from", "sealpost").strip()
    try:
        root = packages.run(*buildah, "mount", container).strip()
        said = packages.run(*buildah, "inspect", "--type", "image", "sealpost")
        assert '"/usr/sbin/sealpostd"' in said and '"--log-stderr"' in said and '"User": "sealpost"' in said
        started = subprocess.Popen([*buildah, "run", "--isolation", "chroot", "--user", "sealpost", container, "--", "/usr/sbin/sealpostd",
                                    "--log-stderr"], stderr=subprocess.PIPE, text=True)
        lines = []
        for line in started.stderr:
            lines.append(line)
            if re.search("sealpostd .* runs", line):
                break
        else:
            raise AssertionError("".join(lines))
        status = subprocess.run([*buildah, "run", "--isolation", "chroot", container, "--", "sealpost", "xStatus", "Time", "State"],
                                text=True, capture_output=True, timeout=60)
        assert "*s Time State: " in status.stdout, status
        subprocess.run(["pkill", "-TERM", "-P", str(started.pid)], check=False)
        started.terminate()
        started.wait(30)
        assert root
    finally:
        subprocess.run([*buildah, "rm", container], check=False, capture_output=True)
