# SPDX-License-Identifier: MIT
"""A Debian of its own, booted under a real systemd in a container that shares nothing with this machine but its kernel.

    m = Machine(folder)                 a copy of a fresh Debian 12; made once under build/debian, with what sealpost links
    m.install()                         what `make install` installs
    out = m.boot("commands")            boots it, runs them as root once the system is up, powers off: their output

systemd-nspawn keeps its processes, mounts and network away from the machine's; nothing of the machine's own systemd is asked."""
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "build" / "debian"
PACKAGES = ["systemd", "systemd-sysv", "dbus", "libcurl4", "libc-ares2", "libxml2", "libpsl5", "libidn2-0", "libevent-core-2.1-7",
            "libevent-extra-2.1-7", "libevent-openssl-2.1-7", "libsqlite3-0", "libedit2", "libjansson4", "libwslay1", "procps"]
# nspawn itself forbids to ask the clock; a device's kernel does not.
CLOCK = "--system-call-filter=adjtimex clock_adjtime clock_adjtime64"
BOOT_SECONDS = 180

UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /check
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/check.out
StandardError=inherit
"""


def mirror():
    """Where this machine's apt has its packages from."""
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)"], text=True, capture_output=True, check=True, timeout=60)
    return told.stdout.split()[0]


def base():
    """The fresh Debian, made if it is not there yet."""
    BASE.parent.mkdir(exist_ok=True)
    with open(BASE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = BASE.with_suffix(".ready")
        if not ready.exists() or ready.read_text() != " ".join(PACKAGES):
            shutil.rmtree(BASE, ignore_errors=True)
            r = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "bookworm", BASE, mirror()],
                               text=True, capture_output=True, timeout=900)
            assert r.returncode == 0, r.stdout[-3000:] + r.stderr[-3000:]
            ready.write_text(" ".join(PACKAGES))
    return BASE


class Machine:
    def __init__(self, folder):
        self.root = Path(folder) / "root"
        subprocess.run(["cp", "-a", base(), self.root], check=True, timeout=300)

    def install(self, *variables):
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "SAN", "BUILD")}
        subprocess.run(["make", "-s", "-C", ROOT, f"DESTDIR={self.root}", *variables, "install"], check=True, timeout=600,
                       capture_output=True, env=env)

    def write(self, path, text, mode=0o644):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def read(self, path):
        return (self.root / path.lstrip("/")).read_text()

    def enable(self, unit, folder="/usr/lib/systemd/system"):
        wants = self.root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        link = wants / unit
        link.unlink(missing_ok=True)
        link.symlink_to(f"{folder}/{unit}")

    def boot(self, commands):
        """Boots, runs the commands by bash, powers off. What they printed; the machine's journal is printed when it goes wrong."""
        self.write("/check", commands)
        self.write("/etc/systemd/system/check.service", UNIT)
        self.enable("check.service", "/etc/systemd/system")
        (self.root / "check.out").unlink(missing_ok=True)
        r = subprocess.run(["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--private-network", CLOCK, "-b"],
                           stdin=subprocess.DEVNULL, text=True, errors="replace", capture_output=True, timeout=BOOT_SECONDS)
        assert (self.root / "check.out").exists(), r.stdout[-5000:] + r.stderr[-2000:]
        return self.read("/check.out")


def why_not():
    """Why such a machine cannot be had here, or None."""
    if os.geteuid() != 0:
        return "only root can boot a container"
    missing = [p for p in ("debootstrap", "systemd-nspawn") if not shutil.which(p)]
    return f"not installed: {' '.join(missing)}" if missing else None
