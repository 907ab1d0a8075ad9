# SPDX-License-Identifier: MIT
"""The unit that `make install` installs, under a real systemd: it starts, serves, reloads, restarts and stops."""
import re

import pytest

import machine

pytestmark = pytest.mark.skipif(machine.why_not() is not None, reason=str(machine.why_not()))

LAB = "/var/lab"
CHECK = f"""
say() {{ printf '== %s\\n' "$*"; }}
wait_for() {{ for i in $(seq 300); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; say "in vain: $1"; }}
logged() {{ journalctl -u sealpostd -o cat --no-pager; }}
sealpost-lab --dir {LAB} start >/var/log/lab 2>&1 &
wait_for 'test -e {LAB}/sealpost.conf'
grep ^xConfiguration {LAB}/sealpost.conf > /etc/sealpost/sealpost.conf
systemctl start sealpostd; say started $(systemctl is-active sealpostd)
stat -c '== socket %U %G %a' /run/sealpost/control
stat -c '== state %U %a' /var/lib/sealpost
sealpost xCommand Security Certificates CA Add < {LAB}/root.pem
. {LAB}/lab.env
sealpost xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: $LAB_URL Expression: /Status/Audio
echo '<Status><Audio><Volume>1</Volume></Audio></Status>' | sealpost publish
wait_for 'sealpost-lab --dir {LAB} posts | grep -q Volume.1'
say posts $(sealpost-lab --dir {LAB} posts | grep -c feedback)
before=$(systemctl show -p MainPID sealpostd)
systemctl reload sealpostd; say reloaded $(systemctl is-active sealpostd) $(test "$before" = "$(systemctl show -p MainPID sealpostd)" && echo same)
sealpost xCommand Boot; wait_for 'test $(journalctl -u sealpostd -o cat | grep -c "sealpostd .* runs") = 2'
say booted $(systemctl show -p NRestarts --value sealpostd)
kill -9 $(systemctl show -p MainPID --value sealpostd); wait_for 'test $(systemctl show -p NRestarts --value sealpostd) = 1 && systemctl is-active sealpostd'
echo '<Status><Audio><Volume>2</Volume></Audio></Status>' | sealpost publish; say published $?
systemctl restart sealpostd; say restarted $(systemctl is-active sealpostd)
wait_for 'test "$(sealpost xStatus Provisioning Status)" = "*s Provisioning Status: Provisioned"'
say provisioned "$(sealpost xStatus Provisioning Status)"
systemctl stop sealpostd; say stopped $(systemctl is-active sealpostd) $(systemctl show -p Result --value sealpostd)
sealpost-lab --dir {LAB} stop
say log; logged
"""


def test_starts_serves_reloads_restarts_stops(tmp_path):
    m = machine.Machine(tmp_path)
    m.install()
    out = m.boot(CHECK)
    said, log = out.split("== log\n")
    steps = dict(re.match(r"== (\w+) ?(.*)", line).groups() for line in said.splitlines() if line.startswith("== "))
    assert "in" not in steps, out
    assert steps["started"] == "active", out
    assert steps["socket"] == "sealpost sealpost 660", out
    assert steps["state"] == "sealpost 700", out
    assert int(steps["posts"]) >= 1, out
    assert steps["reloaded"] == "active same", out
    assert steps["booted"] == "0", out
    assert steps["published"] == "0", out
    assert steps["restarted"] == "active", out
    assert "Provisioned" in steps["provisioned"], out
    assert steps["stopped"] == "inactive success", out
    assert "agent: settings reloaded" in log and "clock: synchronised" in log, out
    assert "SIGSYS" not in log and "Operation not permitted" not in log and "core-dump" not in log, out


def test_the_kernels_clock_can_be_asked(tmp_path):
    """Without NTP servers the kernel is asked whether its clock is synchronised: what the agent says of it is the kernel's answer,
    not that the unit's rules forbid to ask."""
    m = machine.Machine(tmp_path)
    m.install()
    out = m.boot("systemctl start sealpostd; systemctl is-active sealpostd; journalctl -u sealpostd -o cat --no-pager")
    assert "active" in out and re.search("no time from NTP.*the kernel says|synchronised by the kernel", out), out
    assert "adjtimex" not in out, out
