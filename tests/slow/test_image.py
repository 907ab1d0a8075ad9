# SPDX-License-Identifier: MIT
"""What docs/image.md says of an image: parts that are left out, and a read-only root without systemd, for which its commands run as they
stand there, in a Debian of this test's own."""
import os
import re
import subprocess

import pytest

import machine
import packages

PAGE = machine.ROOT / "docs/image.md"

CHECK = """
wait_for() { for i in $(seq 300); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; say "in vain: $1"; }
say() { printf '== %s\\n' "$*"; }
touch /etc/sealpost/x 2>/dev/null && say writable root
set -f
. /start
wait_for 'sealpost xStatus Time State'
process() { echo $(ps -o user:20=,group:20= -p $1) $(sed -n 's/^CapEff:.*0\\([0-9a-f]\\)$/\\1/p; s/^CapBnd:[^0-9]*//p; s/^NoNewPrivs:.//p' /proc/$1/status); }
say agent $(process $(pgrep -x sealpostd)) $(stat -c %U:%a /run/sealpost/control /var/lib/sealpost)
sealpost xConfiguration SystemUnit Name: kept
sealpost xConfiguration NetworkServices HTTPS Mode: On
serves() { wait_for "(exec 3<>/dev/tcp/127.0.0.1/443)"; wait_for 'sealpost xStatus NetworkServices HTTPS Server Status | grep -q Running'; }
serves
say web $(process $(pgrep -x sealpost-web))
kill -9 $(pgrep -x sealpostd)
wait_for 'sealpost xStatus Time State'
serves
say again $(sealpost xConfiguration SystemUnit Name | head -1)
sealpost xConfiguration NetworkServices HTTPS Mode: Off
wait_for '! pgrep -x sealpost-web'
say off
"""

BOX = """
ip link set lo up
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t proc none "$1/proc"
mount -t tmpfs none "$1/run"
mount -t tmpfs none "$1/var/lib/sealpost"
exec chroot "$1" bash /check
"""


@pytest.mark.skipif(machine.why_not() is not None, reason=str(machine.why_not()))
def test_without_systemd_in_a_read_only_root(tmp_path):
    section = re.search(r"^## Without systemd\n(.*?)^## ", PAGE.read_text(), re.M | re.S).group(1)
    users, start = re.findall(r"(?:^    .*\n)+", section, re.M)
    m = machine.Machine(tmp_path)
    m.install()
    subprocess.run(users.replace("/path/of/the/image", str(m.root)), shell=True, check=True, capture_output=True)
    (m.root / "var/lib/sealpost").mkdir()
    m.write("/start", start)
    m.write("/check", CHECK)
    r = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "bash", "-ec", BOX, "box", m.root],
                       text=True, capture_output=True, timeout=300)
    steps = dict(re.match(r"== (\S+) ?(.*)", line).groups() for line in r.stdout.splitlines() if line.startswith("== "))
    assert "off" in steps and "in" not in steps and "writable" not in steps, r.stdout + r.stderr
    assert steps["agent"] == "sealpost sealpost 0 0000000000000000 1 sealpost:660 sealpost:700", r.stdout
    assert steps["web"] == "sealpost-web sealpost 0 0000000000000400 1", r.stdout
    assert steps["again"] == '*c xConfiguration SystemUnit Name: "kept"', r.stdout


def test_programs_that_are_left_out(tmp_path):
    """Nothing of them is installed, no link leads nowhere, and they can be had afterwards in the same folder of results."""
    def install(programs, folder):
        packages.run("make", "-s", f"-j{os.cpu_count()}", f"PROGRAMS={programs}", f"BUILD={tmp_path / 'build'}", "CFLAGS=-O0",
                     f"DESTDIR={tmp_path / folder}", "install-strip")
        files = [p for p in (tmp_path / folder).rglob("*") if not p.is_dir()]
        assert [p for p in files if not p.exists()] == []
        return {str(p.relative_to(tmp_path / folder)) for p in files}
    agent, terminal = install("sealpostd", "agent"), install("sealpostd sealpost", "terminal")
    of_programs = {f for f in agent if re.search("/(bin|sbin|man1|man8|completions|vendor-completions|system)/", f)}
    assert of_programs == {"usr/sbin/sealpostd", "usr/share/man/man8/sealpostd.8", "usr/lib/systemd/system/sealpostd.service"}
    assert {"usr/bin/sealpost", "usr/bin/xStatus", "usr/share/man/man1/xStatus.1"} < terminal - agent
    assert not [f for f in terminal if re.search("sealpost-(pki|web|lab)", f)]
