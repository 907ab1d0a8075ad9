# SPDX-License-Identifier: MIT
"""Debian's packages: lintian has nothing to say, and whatever is done with them under a real systemd, what an administrator wrote
stays and the agent runs."""
import re
import shutil
import subprocess

import pytest

import machine
import packages

pytestmark = pytest.mark.skipif(machine.why_not() is not None, reason=str(machine.why_not()))
LAB = "/var/lab"


@pytest.fixture(scope="module")
def built():
    return packages.build()


def test_lintian_says_nothing(built):
    changes = next(built.glob("*.changes"))
    r = subprocess.run(["lintian", "--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning", changes], text=True,
                       capture_output=True, timeout=600)
    assert r.returncode == 0 and not re.search("^[EW]: ", r.stdout, re.M), r.stdout + r.stderr


def test_each_file_is_in_its_package(built):
    def listed(name):
        return {line.split()[5].removeprefix(".") for line in packages.run("dpkg-deb", "-c", packages.package(built, name)).splitlines()}
    multiarch = packages.run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    lib = f"/usr/lib/{multiarch}"
    assert {"/usr/sbin/sealpostd", "/usr/bin/sealpost", "/usr/bin/xStatus", "/usr/bin/sealpost-pki", "/etc/sealpost/sealpost.conf",
            "/usr/lib/sysusers.d/sealpost.conf", "/usr/lib/tmpfiles.d/sealpost.conf"} <= listed("sealpost")
    assert {"/usr/sbin/sealpost-web", "/lib/systemd/system/sealpost-web.path", "/lib/systemd/system/sealpost-web.service",
            "/usr/lib/sysusers.d/sealpost-web.conf", "/usr/share/sealpost/web/index.html", "/usr/share/man/man8/sealpost-web.8.gz"} <= listed("sealpost-web")
    assert not [f for f in listed("sealpost") if "sealpost-web" in f or "/sealpost/web/" in f]
    assert {"/usr/bin/sealpost-lab", "/usr/share/man/man1/sealpost-lab.1.gz"} <= listed("sealpost-lab")
    assert f"{lib}/libsealpost.so.0" in listed("libsealpost0")
    assert {"/usr/include/sealpost.h", f"{lib}/libsealpost.so", f"{lib}/pkgconfig/libsealpost.pc",
            "/usr/share/man/man3/libsealpost.3.gz"} <= listed("libsealpost-dev")
    for name in ("sealpost", "sealpost-web", "sealpost-lab", "libsealpost0"):
        assert any(f.endswith(".debug") for f in listed(f"{name}-dbgsym")), name
    assert packages.run("dpkg-deb", "-I", packages.package(built, "sealpost"), "conffiles").split() == ["/etc/sealpost/sealpost.conf"]


LIFE = f"""
export DEBIAN_FRONTEND=noninteractive
say() {{ printf '== %s\\n' "$*"; }}
wait_for() {{ for i in $(seq 300); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; say "in vain: $1"; }}
n=0
# One more publication reaches the server, the settings are what was written, and the files what they were.
lives() {{
	n=$((n + 1))
	wait_for 'test $(systemctl is-active sealpostd) = active'
	wait_for 'sealpost xStatus Time State'
	echo "<Status><Audio><Volume>$n</Volume></Audio></Status>" | sealpost publish
	wait_for "sealpost-lab --dir {LAB} posts | grep -q Volume.$n"
	say $1 $(systemctl is-active sealpostd) $(systemctl is-enabled sealpostd) \\
		$(sealpost xConfiguration SystemUnit Name | tail -1 | tr ' ' _) \\
		$(sha256sum /etc/sealpost/sealpost.conf | cut -c1-8) $(sealpost-lab --dir {LAB} posts | grep -c Volume)
}}
dpkg -i /debs/libsealpost0_*.deb /debs/sealpost-lab_*.deb /debs/old.deb || say dpkg failed
wait_for 'test $(systemctl is-active sealpostd) = active'
say installed $(systemctl is-active sealpostd) $(systemctl is-enabled sealpostd) $(stat -c %U:%a /var/lib/sealpost)
say groups $(getent group sealpost sealpost-admin sealpost-publish | cut -d: -f1)
sealpost-lab --dir {LAB} start >/var/log/lab 2>&1 &
wait_for 'test -e {LAB}/lab.json'
. {LAB}/lab.env
grep ^xConfiguration {LAB}/sealpost.conf >> /etc/sealpost/sealpost.conf
mkdir -p /etc/sealpost/sealpost.conf.d; echo '# of this site' > /etc/sealpost/sealpost.conf.d/site.conf
systemctl reload sealpostd
sealpost xConfiguration SystemUnit Name: written-here
sealpost xCommand Security Certificates CA Add < {LAB}/root.pem
sealpost xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: $LAB_URL Expression: /Status/Audio
lives edited
dpkg -i --force-confold /debs/new.deb || say dpkg failed
say version $(dpkg-query -W -f '${{Version}}' sealpost) $(ls /etc/sealpost)
lives upgraded
dpkg -i --force-confold /debs/old.deb || say dpkg failed
lives downgraded
dpkg -r sealpost || say dpkg failed
say removed $(systemctl is-active sealpostd) $(test -e /usr/sbin/sealpostd || echo gone) $(sha256sum /etc/sealpost/sealpost.conf | cut -c1-8) $(ls /var/lib/sealpost)
dpkg -i --force-confold /debs/old.deb || say dpkg failed
lives again
dpkg -P sealpost || say dpkg failed
say purged $(systemctl is-active sealpostd) $(find /etc/sealpost /var/lib/sealpost /run/sealpost -type f 2>/dev/null)
say failed $(systemctl --failed --plain --no-legend | grep -c sealpost)
say end
"""


def test_install_edit_upgrade_downgrade_remove_purge(built, tmp_path):
    m = machine.Machine(tmp_path)
    debs = m.root / "debs"
    debs.mkdir()
    for name in ("libsealpost0", "sealpost-lab"):
        shutil.copy(packages.package(built, name), debs)
    shutil.copy(packages.package(built, "sealpost"), debs / "old.deb")
    packages.next_version(packages.package(built, "sealpost"), tmp_path, "0.1.1").rename(debs / "new.deb")
    out = m.boot(LIFE)
    steps = dict(re.match(r"== (\w+) ?(.*)", line).groups() for line in out.splitlines() if line.startswith("== "))
    assert "end" in steps and "in" not in steps and "dpkg" not in steps, out
    assert steps["installed"] == "active enabled sealpost:700", out
    assert steps["groups"].split() == ["sealpost", "sealpost-admin", "sealpost-publish"], out
    written = steps["edited"].split()
    assert written[:3] == ["active", "enabled", '*c_xConfiguration_SystemUnit_Name:_"written-here"'] and written[-1] == "1", out
    for n, step in enumerate(("upgraded", "downgraded", "again"), 2):
        assert steps[step].split() == [*written[:-1], str(n)], (step, out)
    assert steps["version"].split()[0] == "0.1.1" and "sealpost.conf.dpkg-dist" in steps["version"], out
    assert steps["removed"].startswith(f"inactive gone {written[3]} ") and "settings.conf" in steps["removed"], out
    assert steps["purged"] == "inactive /etc/sealpost/sealpost.conf.d/site.conf", out
    assert steps["failed"] == "0", out


WEB_LIFE = """
export DEBIAN_FRONTEND=noninteractive
say() { printf '== %s\\n' "$*"; }
wait_for() { for i in $(seq 300); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; say "in vain: $1"; }
state() { echo $(systemctl is-active sealpost-web.path sealpost-web.service) $(systemctl is-enabled sealpost-web.path); }
pid() { systemctl show -p MainPID --value sealpost-web; }
serves() { wait_for "(exec 3<>/dev/tcp/127.0.0.1/443)"; wait_for 'sealpost xStatus NetworkServices HTTPS Server Status | grep -q Running'; }
dpkg -i /debs/old/sealpost_*.deb || say dpkg failed
wait_for 'sealpost xStatus Time State'
sealpost xConfiguration NetworkServices HTTPS Mode: On
say without $(sealpost xStatus NetworkServices HTTPS Server Status | head -1 | tr ' ' _) $(getent passwd sealpost-web)
# The agent runs already, and was started when there was no such user.
dpkg -i /debs/old/sealpost-web_*.deb || say dpkg failed
serves
say installed $(state) $(ps -o user:20= -p $(pid)) $(pid)
serves_anew() { wait_for "test $1 != \\$(pid)"; serves; case $(readlink /proc/$(pid)/exe) in *deleted*) say in vain: the new program;; esac; }
before=$(pid)
dpkg -i --force-confold /debs/new/*.deb || say dpkg failed
serves_anew $before
say upgraded $(state) $(dpkg-query -W -f '${Version}' sealpost-web)
before=$(pid)
dpkg -i --force-confold /debs/old/*.deb || say dpkg failed
serves_anew $before
say downgraded $(state) $(dpkg-query -W -f '${Version}' sealpost-web)
dpkg -r sealpost-web || say dpkg failed
say removed $(systemctl is-active sealpost-web.path sealpost-web.service sealpostd) $(pgrep -x sealpost-web) $(ls /usr/sbin/sealpost-web /usr/share/sealpost/web 2>/dev/null)
dpkg -i /debs/old/sealpost-web_*.deb || say dpkg failed
serves
say again $(state)
sealpost xConfiguration NetworkServices HTTPS Mode: Off
wait_for 'test $(systemctl is-active sealpost-web) = inactive'
say off $(state)
dpkg -P sealpost-web || say dpkg failed
say purged $(systemctl is-active sealpost-web.path sealpost-web.service sealpostd) $(find / -xdev -name '*sealpost-web*' -not -path '/proc/*' -not -path '/debs/*' 2>/dev/null)
say failed $(systemctl --failed --plain --no-legend | grep -c sealpost)
say end
"""


def test_the_https_sides_package(built, tmp_path):
    """It may come after the agent, goes with it through other versions, each of which serves at once, and leaves nothing behind."""
    m = machine.Machine(tmp_path)
    for version in ("old", "new"):
        (m.root / "debs" / version).mkdir(parents=True)
    for name in ("sealpost", "sealpost-web"):
        deb = packages.package(built, name)
        shutil.copy(deb, m.root / "debs" / "old")
        packages.next_version(deb, tmp_path, "0.1.1").rename(m.root / "debs" / "new" / f"{name}_new.deb")
    out = m.boot(WEB_LIFE)
    steps = dict(re.match(r"== (\S+) ?(.*)", line).groups() for line in out.splitlines() if line.startswith("== "))
    runs = "active active enabled"
    assert "end" in steps and "in" not in steps and "dpkg" not in steps, out
    assert steps["without"] == '*s_NetworkServices_HTTPS_Server_Status:_NotRunning', out
    assert steps["installed"].startswith(f"{runs} sealpost-web "), out
    assert steps["upgraded"] == f"{runs} 0.1.1", out
    assert steps["downgraded"].startswith(runs) and not steps["downgraded"].endswith("0.1.1"), out
    assert steps["removed"] == "inactive inactive active", out
    assert steps["again"] == runs and steps["off"] == "active inactive enabled", out
    assert steps["purged"] == "inactive inactive active", out
    assert steps["failed"] == "0", out
