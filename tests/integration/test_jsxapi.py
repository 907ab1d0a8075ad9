"""The vendor's own JavaScript client (npm: jsxapi), unmodified: over a stream to `sealpost --welcome`, and over SSH with a real
OpenSSH server whose account `admin` has sealpost as its login shell. And that account as people use it."""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

import real
from pki import Pki

VERSIONS = ["6.0.0", "5.1.1"]       # the newest of each of its lines; the first over SSH, too
HERE = Path(__file__).resolve().parent
ADMIN, GROUP, ADMINS = 64990, 64991, 64992
PARTS = ["ready", "status", "config", "lists", "commands", "bodies", "feedback", "document", "thousand", "closed"]


def install(version):
    """The folder in which npm has put the client; under build/, and there only once."""
    folder = real.ROOT / "build" / "npm" / version
    done = folder / "node_modules" / "jsxapi" / "package.json"
    if not done.exists() or json.loads(done.read_text())["version"] != version:
        npm = real.program("npm")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"name": "sealpost-test", "private": true}\n')
        r = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--fetch-retries=1",
                            f"jsxapi@{version}"], cwd=folder, text=True, capture_output=True, timeout=180)
        said = r.stdout + r.stderr
        if r.returncode and re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|network", said):
            pytest.skip(f"the npm registry cannot be reached:\n{said[-500:]}")
        assert r.returncode == 0, said
    return folder


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


# --- a login shell ------------------------------------------------------------------------------------------------

class Device:
    """Agent and OpenSSH server that know an account admin of their own: /etc/passwd, shadow and group of a private mount namespace."""

    def __init__(self, folder, log):
        self.folder = folder / "device"
        self.folder.mkdir()
        for f in [self.folder, *self.folder.parents]:
            if f.owner() == "root" and f.stat().st_mode & 0o5 != 0o5:
                f.chmod(f.stat().st_mode | 0o055)
        self.agent = real.Agent(folder, log)
        self.agent.folder.chmod(0o755)
        self.accounts()
        self.ssh_keys()
        self.agent.process = real.Process([*self.inside(), self.agent.build / "sealpostd", "-c", self.agent.config, "-s", self.agent.state,
                                           "-S", self.agent.control, "-l", log.path, "-g", "sealpost"], self.agent.folder, self.agent.env,
                                          "sealpostd")
        real.wait_for(self.agent.answers, "the agent answers", explain=self.agent.process.explain)
        self.sshd = real.Process([*self.inside(), real.program("sshd"), "-D", "-e", "-f", self.folder / "sshd_config"], self.folder)
        real.wait_for(lambda: real.accepts(self.port), "sshd listens", explain=self.sshd.explain)

    def accounts(self):
        home, shell = self.folder / "home", self.agent.build / "sealpost"
        home.mkdir()
        os.chown(home, ADMIN, GROUP)
        keep = {name: [line for line in Path("/etc", name).read_text().splitlines() if not line.startswith(("admin:", "sealpost"))]
                for name in ("passwd", "shadow", "group")}
        if not any(line.startswith("sshd:") for line in keep["passwd"]):
            keep["passwd"].append("sshd:x:64989:65534::/run/sshd:/usr/sbin/nologin")
        keep["passwd"].append(f"admin:x:{ADMIN}:{GROUP}::{home}:{shell}")
        keep["shadow"].append("admin:*:19000:0:99999:7:::")
        keep["group"] += [f"sealpost:x:{GROUP}:admin", f"sealpost-admin:x:{ADMINS}:admin"]
        for name, lines in keep.items():
            (self.folder / name).write_text("\n".join(lines) + "\n")

    def inside(self):
        mounts = "".join(f"mount --bind {self.folder / n} /etc/{n} && " for n in ("passwd", "shadow", "group"))
        return ["unshare", "--mount", "sh", "-c", f'{mounts} mount -t tmpfs tmpfs /run/ -o mode=755 && mkdir /run/sshd && exec "$@"', "--"]

    def ssh_keys(self):
        self.port = real.free_port()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        (self.folder / "keys").write_text((self.folder / "user.pub").read_text())
        env = " ".join(f'"{k}={self.agent.env[k]}"' for k in ("SEALPOST_SOCKET",))
        (self.folder / "sshd_config").write_text(f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder / 'host'}
PidFile none
UsePAM no
PrintMotd no
PrintLastLog no
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile {self.folder / 'keys'}
SetEnv {env} ASAN_OPTIONS=detect_leaks=0:exitcode=99
""")

    def ssh(self, *words, stdin="", pty=False):
        r = subprocess.run(["ssh", "-F", "none", "-i", self.folder / "user", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
                            "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-p", str(self.port), *(["-tt"] if pty else []),
                            "admin@127.0.0.1", *words], input=stdin, text=True, capture_output=True, timeout=real.PATIENCE)
        return r.returncode, r.stdout, r.stderr

    def stop(self):
        self.sshd.kill()
        self.agent.stop()


@pytest.fixture
def device(tmp_path, log):
    if os.geteuid() != 0:
        pytest.skip("only root can run an OpenSSH server with accounts of its own")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no mount namespaces")
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


def test_ssh_people(device):
    """One line as sshd hands it to the shell; a script; a terminal."""
    status, out, err = device.ssh("xStatus Time State")
    assert status == 0 and re.fullmatch(r"\*s Time State: \w+\n", out), (out, err)
    status, out, err = device.ssh("xConfiguration SystemUnit Name: \"over ssh\"")
    assert status == 0 and device.agent.get("SystemUnit Name") == "over ssh", err
    status, out, err = device.ssh("xFoo")
    assert status == 64 and "Unknown command" in err
    status, out, err = device.ssh(stdin="xStatus Time State\nbye\n")
    assert status == 0 and out.startswith("Welcome to over ssh\n") and "*r Login successful\n\nOK\n" in out, (out, err)
    assert re.search(r"^\*s Time State: \w+$", out, re.M)
    status, out, err = device.ssh(stdin="xsta\tTi\tSta\t\rbye\r", pty=True)
    assert status == 0 and re.search(r"\*s Time State: \w+\n", out) and "sealpost> " in out, (out, err)
    # A shell it is not.
    for attempt in ("sh -c id", "; id", "$(id)"):
        status, out, err = device.ssh(attempt)
        assert status != 0 and "uid=" not in out + err
