# SPDX-License-Identifier: MIT
"""The unit that `make install` installs, under a real systemd: it starts, serves, reloads, restarts and stops."""
import re

import pytest

import machine

pytestmark = pytest.mark.skipif(machine.why_not() is not None, reason=str(machine.why_not()))

LAB = "/var/lab"
WORDS = """
say() { printf '== %s\\n' "$*"; }
wait_for() { for i in $(seq 300); do eval "$1" >/dev/null 2>&1 && return; sleep 0.1; done; say "in vain: $1"; }
"""
CHECK = WORDS + f"""
logged() {{ journalctl -u sealpostd -o cat --no-pager; }}
sealpost-lab --dir {LAB} start >/var/log/lab 2>&1 &
wait_for 'test -e {LAB}/lab.json'
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
    assert re.search(r'audit: root SHA-256 .* added: .*process [0-9]+ "sealpost"', log), out
    assert "SIGSYS" not in log and "Operation not permitted" not in log and "core-dump" not in log, out


WEB = WORDS + """
state() { echo $(systemctl is-active sealpost-web.path sealpost-web.service) $(test -e /run/sealpost/https && echo file); }
listens() { (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; }
serves() { wait_for "listens $1"; wait_for 'sealpost xStatus NetworkServices HTTPS Server Status | grep -q Running'; }
pid() { systemctl show -p MainPID --value sealpost-web; }
systemctl start sealpostd
systemctl enable --now sealpost-web.path
say off $(state)
sealpost xConfiguration NetworkServices HTTPS Mode: On
serves 443
say on $(state) $(ps -o user:20=,group:20= -p $(pid))
first=$(pid)
systemctl restart sealpostd
serves 443
say agent-again $(state) $(test $first = $(pid) && echo same)
kill -9 $(pid)
wait_for "test $first != \\$(pid)"; serves 443
say killed $(state)
sealpost xConfiguration NetworkServices HTTPS Server Port: 8443
serves 8443
say port $(state) $(listens 443 || echo refused)
sealpost xConfiguration NetworkServices HTTPS Mode: Off
wait_for 'test $(systemctl is-active sealpost-web) = inactive'
say off-again $(state) $(systemctl show -p Result --value sealpost-web) $(listens 8443 || echo refused)
sealpost xConfiguration NetworkServices HTTPS Mode: On
serves 8443
say on-again $(state)
mkdir -p /run/systemd/system/sealpost-web.service.d
printf '[Service]\\nRestartSec=100ms\\n' > /run/systemd/system/sealpost-web.service.d/soon.conf
mv /usr/sbin/sealpost-web /usr/sbin/sealpost-web-away
systemctl daemon-reload
kill -9 $(pid)
wait_for 'test $(systemctl show -p NRestarts --value sealpost-web) -gt 15'
mv /usr/sbin/sealpost-web-away /usr/sbin/sealpost-web
serves 8443
say cause-gone $(state)
say failed $(systemctl --failed --plain --no-legend | grep -c sealpost)
systemd-analyze security sealpost-web.service | grep Overall
journalctl -u sealpost-web -u sealpostd -o cat --no-pager
"""


def test_the_mode_starts_and_ends_the_https_side(tmp_path):
    m = machine.Machine(tmp_path)
    m.install()
    out = m.boot(WEB)
    steps = dict(re.match(r"== (\S+) ?(.*)", line).groups() for line in out.splitlines() if line.startswith("== "))
    assert "in" not in steps, out
    assert steps["off"] == "active inactive", out
    assert steps["on"].split() == ["active", "active", "file", "sealpost-web", "sealpost"], out
    assert steps["agent-again"] == "active active file same", out
    assert steps["killed"] == "active active file", out
    assert steps["port"] == "active active file refused", out
    assert steps["off-again"] == "active inactive success refused", out
    assert steps["on-again"] == "active active file", out
    assert steps["cause-gone"] == "active active file", out
    assert steps["failed"] == "0", out
    assert float(re.search(r"Overall exposure level for sealpost-web.service: ([0-9.]+)", out)[1]) <= 1.5, out
    assert "SIGSYS" not in out and "Operation not permitted" not in out and "core-dump" not in out, out


def test_the_kernels_clock_can_be_asked(tmp_path):
    """Without NTP servers the kernel is asked whether its clock is synchronised: what the agent says of it is the kernel's answer,
    not that the unit's rules forbid to ask."""
    m = machine.Machine(tmp_path)
    m.install()
    out = m.boot("systemctl start sealpostd; systemctl is-active sealpostd; journalctl -u sealpostd -o cat --no-pager")
    assert "active" in out and re.search("no time from NTP.*the kernel says|synchronised by the kernel", out), out
    assert "adjtimex" not in out, out
