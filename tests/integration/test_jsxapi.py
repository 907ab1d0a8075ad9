# SPDX-License-Identifier: MIT
"""The vendor's own JavaScript client (npm: jsxapi), unmodified: over a stream to `sealpost --welcome`, and over SSH with a real
OpenSSH server whose account `admin` has sealpost as its login shell."""
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import real
from device import Device, skip_unless_possible
from pki import Pki

VERSIONS = ["6.0.0", "5.1.1"]       # the newest of each of its lines; the first over SSH, too
HERE = Path(__file__).resolve().parent
PARTS = ["ready", "status", "config", "lists", "commands", "bodies", "feedback", "document", "thousand", "closed"]


def install_package(name, version):
    """The folder in which npm has put the package; under build/, and there only once."""
    folder = real.ROOT / "build" / "npm" / (version if name == "jsxapi" else f"{name}-{version}")
    done = folder / "node_modules" / name / "package.json"
    if not done.exists() or json.loads(done.read_text())["version"] != version:
        npm = real.program("npm")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"name": "sealpost-test", "private": true}\n')
        r = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--fetch-retries=1",
                            f"{name}@{version}"], cwd=folder, text=True, capture_output=True, timeout=180)
        said = r.stdout + r.stderr
        if r.returncode and re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|network", said):
            pytest.skip(f"the npm registry cannot be reached:\n{said[-500:]}")
        assert r.returncode == 0, said
    return folder


def install(version):
    return install_package("jsxapi", version)


@pytest.fixture
def log(tmp_path):
    s = real.Syslog(tmp_path)
    yield s
    s.stop()


def talk(version, agent, url, folder, env=None, **more):
    """Runs the script with that client; what it has said."""
    pem = Path(Pki(folder).root("root").path).read_text()
    world = {"sealpost": str(agent.build / "sealpost"), "pem": pem, **more}
    r = subprocess.run([real.program("node"), HERE / "jsxapi.js", url, json.dumps(world)], text=True, capture_output=True, timeout=120,
                       env={**agent.env, "NODE_PATH": str(install(version) / "node_modules"), **(env or {})})
    assert r.returncode == 0 and r.stdout.split() == PARTS, f"{r.returncode}\n{r.stdout}{r.stderr}"


@pytest.mark.parametrize("version", VERSIONS)
def test_stream(version, log, tmp_path):
    """Its own way to a stream: a program named tsh."""
    agent = real.Agent(tmp_path, log).start()
    try:
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "tsh").write_text(f"#!/bin/sh\nexec {shlex.quote(str(agent.build / 'sealpost'))} --welcome\n")
        (tools / "tsh").chmod(0o755)
        talk(version, agent, "tsh://localhost", tmp_path, {"PATH": f"{tools}:{os.environ['PATH']}"})
    finally:
        agent.stop()


@pytest.fixture
def device(tmp_path, log):
    skip_unless_possible()
    d = Device(tmp_path, log)
    yield d
    d.stop()


def test_ssh_client(device, tmp_path):
    agent_socket = device.folder / "agent"
    keeper = real.Process(["ssh-agent", "-D", "-a", agent_socket], device.folder)
    try:
        real.wait_for(agent_socket.exists, "ssh-agent listens", explain=keeper.explain)
        env = {"SSH_AUTH_SOCK": str(agent_socket)}
        subprocess.run(["ssh-add", "-q", device.folder / "user"], check=True, env={**os.environ, **env}, capture_output=True)
        talk(VERSIONS[0], device.agent, f"ssh://127.0.0.1:{device.port}", tmp_path, env, username="admin")
    finally:
        keeper.kill()
