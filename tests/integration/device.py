# SPDX-License-Identifier: MIT
"""A device as docs/ssh.md sets it up: an agent and a real OpenSSH server, accounts whose login shell is sealpost. What that page says
is carried out word for word, in folders and a mount namespace of the test's own."""
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import real

PAGE = real.ROOT / "docs" / "ssh.md"
FIRST_UID = 64990
GROUPS = {"sealpost": 64980, "sealpost-admin": 64981, "sealpost-publish": 64982}
# The devices' older clients know neither Ed25519 nor OpenSSH's own form of keys.
KEYS = {"user": ["-t", "ed25519"], "host": ["-t", "ed25519"], "older_user": ["-t", "ecdsa", "-m", "PEM"], "older_host": ["-t", "ecdsa", "-m", "PEM"]}


class Device:
    def __init__(self, folder, log, *, motd="", hushed=True, groups=tuple(GROUPS)):
        self.folder = folder / "device"
        self.etc = self.folder / "etc"
        self.etc.mkdir(parents=True)
        for f in [self.folder, *self.folder.parents]:
            if f.owner() == "root" and f.stat().st_mode & 0o5 != 0o5:
                f.chmod(f.stat().st_mode | 0o055)
        self.agent = real.Agent(folder, log)
        self.agent.folder.chmod(0o755)
        self.shell = shutil.copy(self.agent.build / "sealpost", self.folder)     # the checkout may lie where only its owner comes
        self.page = PAGE.read_text()
        self.accounts(hushed, groups)
        (self.etc / "motd").write_text(motd)
        self.ssh_files()
        self.agent.process = real.Process([*self.inside(), self.agent.build / "sealpostd", "-c", self.agent.config, "-s", self.agent.state,
                                           "-S", self.agent.control, "-l", log.path, "-g", "sealpost"], self.agent.folder, self.agent.env,
                                          "sealpostd")
        real.wait_for(self.agent.answers, "the agent answers", explain=self.agent.process.explain)
        self.sshd = real.Process([*self.inside(), real.program("sshd"), "-D", "-e", "-f", self.folder / "sshd_config"], self.folder)
        real.wait_for(lambda: real.accepts(self.port), "sshd listens", explain=self.sshd.explain)

    def accounts(self, hushed, groups):
        """The page's useradd lines, in a copy of the system's files."""
        for name in ("passwd", "shadow", "group", "gshadow"):
            kept = [line for line in Path("/etc", name).read_text().splitlines() if not line.startswith(("admin:", "reader:", "sealpost"))]
            if name == "passwd" and not any(line.startswith("sshd:") for line in kept):
                kept.append("sshd:x:64989:65534::/run/sshd:/usr/sbin/nologin")
            if name == "group":
                kept += [f"{group}:x:{GROUPS[group]}:" for group in groups]
            (self.etc / name).write_text("\n".join(kept) + "\n")
            (self.etc / name).chmod(Path("/etc", name).stat().st_mode & 0o777)
        lines = re.findall(r"^    (useradd .*)$", self.page, re.M)
        assert len(lines) == 2
        for n, line in enumerate(lines):
            *options, name = shlex.split(line.replace("/usr/bin/sealpost", str(self.shell)))[1:]
            options.remove("--create-home")
            home = self.folder / "home" / name
            subprocess.run(["useradd", "--prefix", self.folder, "--home-dir", home, "--uid", str(FIRST_UID + n), *options, name], check=True,
                           capture_output=True)
            home.mkdir(parents=True)
            if hushed:
                (home / ".hushlogin").touch()

    def inside(self):
        mounts = "".join(f"mount --bind {f} /etc/{f.name} && " for f in self.etc.iterdir() if Path("/etc", f.name).exists())
        return ["unshare", "--mount", "sh", "-c", f'{mounts} mount -t tmpfs tmpfs /run/ -o mode=755 && mkdir /run/sshd && exec "$@"', "--"]

    def ssh_files(self):
        self.port = real.free_port()
        for name, kind in KEYS.items():
            subprocess.run(["ssh-keygen", "-q", *kind, "-N", "", "-f", self.folder / name], check=True)
        keys = self.folder / "keys"
        keys.mkdir()
        for name in ("admin", "reader"):
            (keys / name).write_text((self.folder / "user.pub").read_text() + (self.folder / "older_user.pub").read_text())
        block = re.search(r"^    Match User .*\n(?:     .*\n)+", self.page, re.M)[0].replace("/etc/ssh/keys", str(keys))
        (self.folder / "sshd_config").write_text(f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder / 'host'}
HostKey {self.folder / 'older_host'}
PidFile none
UsePAM no
PrintLastLog no
StrictModes no
PasswordAuthentication no
Subsystem sftp /usr/lib/openssh/sftp-server
SetEnv SEALPOST_SOCKET={self.agent.env['SEALPOST_SOCKET']} ASAN_OPTIONS=detect_leaks=0:exitcode=99
{block}""")

    def options(self):
        return ["-F", "none", "-i", self.folder / "user", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]

    def ssh(self, *words, stdin="", pty=False, user="admin"):
        r = subprocess.run(["ssh", *self.options(), "-p", str(self.port), *(["-tt"] if pty else []), f"{user}@127.0.0.1", *words], input=stdin,
                           text=True, capture_output=True, timeout=real.PATIENCE)
        assert r.returncode != 255, f"ssh itself failed: {r.stderr}\n{self.sshd.explain()}"
        return r.returncode, r.stdout, r.stderr

    def sessions(self):
        """Login shells that run."""
        found = []
        for p in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(p / "exe") == str(self.shell) and (p / "status").read_text().split("Uid:")[1].split()[0] == str(FIRST_UID):
                    found.append(p)
            except OSError:
                pass        # it has ended meanwhile, or has no executable
        return found

    def stop(self):
        self.sshd.kill()
        self.agent.stop()


def skip_unless_possible():
    if os.geteuid() != 0:
        pytest.skip("only root can run an OpenSSH server with accounts of its own")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no mount namespaces")
