# SPDX-License-Identifier: MIT
"""sealpost as the login shell of accounts that docs/ssh.md describes, behind a real OpenSSH server: people, file copies, and drivers
of codecs that log in over SSH."""
import re
import subprocess
import time

import pytest

import real
from device import Device, skip_unless_possible

OK, USAGE, NOPERM = 0, 64, 77


@pytest.fixture
def log(tmp_path):
    s = real.Syslog(tmp_path)
    yield s
    s.stop()


@pytest.fixture
def device(tmp_path, log):
    skip_unless_possible()
    d = Device(tmp_path, log)
    yield d
    d.stop()


def test_people(device):
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


def test_message_of_the_day(tmp_path, log):
    """Clients want the banner first: what the system says at a log-in is kept away by .hushlogin, as the page says."""
    skip_unless_possible()
    for hushed in (True, False):
        folder = tmp_path / str(hushed)
        folder.mkdir()
        d = Device(folder, log, motd="The message of the day\n", hushed=hushed)
        try:
            status, out, err = d.ssh(stdin="bye\r", pty=True)
            before, banner, _ = out.partition("Welcome to ")
            assert status == OK and banner and ("The message of the day" in before) == (not hushed), out
        finally:
            d.stop()


def test_file_copies_are_refused(device, tmp_path):
    """sftp and scp end at once, with a failure, and bring nothing."""
    target = tmp_path / "copy"
    server = "admin@127.0.0.1"
    how = [*device.options(), "-P", str(device.port)]
    for command, said in ((["sftp", *how, f"{server}:/etc/passwd", target], "Connection closed"),
                          (["scp", *how, f"{server}:/etc/passwd", target], "Connection closed"),
                          (["scp", "-O", *how, f"{server}:/etc/passwd", target], "Unknown command"),
                          (["scp", "-O", *how, "/etc/hostname", f"{server}:/tmp/"], "Unknown command")):
        r = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, capture_output=True, timeout=real.PATIENCE)
        assert r.returncode != 0 and said in r.stderr and r.stdout == "", r
        assert not target.exists()


@pytest.mark.parametrize("groups", [("sealpost", "sealpost-admin"), ("sealpost", "sealpost-admin", "sealpost-publish")], ids=len)
def test_account_for_reading_only(tmp_path, log, groups):
    """Who is in the group sealpost and in no other reads, changes nothing and publishes nothing, be there a group for publishing or not."""
    skip_unless_possible()
    event = "<Event><Test><A>1</A></Test></Event>"
    device = Device(tmp_path, log, groups=groups)
    try:
        status, out, err = device.ssh("xStatus Time State", user="reader")
        assert status == OK and out.startswith("*s Time State: "), err
        for line in ("xConfiguration SystemUnit Name: x", "xCommand SystemUnit Boot", "syslog on", "xPublish"):
            status, out, err = device.ssh(line, stdin=event, user="reader")
            assert (status, out) == (NOPERM, "") and "Access denied" in err, (line, out, err)
        assert "through SSH only as administrators" in err, err
        for lines in (f"xPublish\n{event}\n.\n", f"xPreferences publish on\nxPublish\n{event}\n.\n"):
            said = device.ssh(stdin=f"{lines}bye\n", user="reader")[1] + device.ssh(lines, user="reader")[1]
            assert said.count('Reason: "Access denied"') == 2, said
        assert device.agent.get("SystemUnit Name") == "" and "Test" not in device.agent.sealpost("xEvent")
        status, out, err = device.ssh("xPublish", stdin=event)
        assert status == OK and "Test" in device.agent.sealpost("xEvent"), err
    finally:
        device.stop()


def timed(call, *args, seconds=8, **kwargs):
    """What the call gives, and that it did not wait for something that never came."""
    start = time.monotonic()
    r = call(*args, **kwargs)
    assert time.monotonic() - start < seconds, (call, args)
    return r


def test_netmiko(device):
    """netmiko's driver for codecs, unmodified, as Debian has it."""
    netmiko = pytest.importorskip("netmiko")
    codec = timed(netmiko.ConnectHandler, device_type="cisco_tp", host="127.0.0.1", port=device.port, username="admin", use_keys=True,
                  key_file=str(device.folder / "user"), allow_agent=False, timeout=60)
    try:
        said = timed(codec.send_command, "xStatus Time State")
        assert re.match(r"\*s Time State: \w+\n\*\* end\n\nOK\n", said), said
        said = timed(codec.send_command, "xStatus Foo")
        assert '*r Status XPath: "Status/Foo"' in said and "\nERROR\n" in said and "\x1b" not in said, said
        said = timed(codec.send_command, "xFoo")
        assert "Command not recognized." in said or "Unknown command" in said
        said = timed(codec.send_command, "xConfiguration SystemUnit Name: \"set by netmiko\"")
        assert "status=Error" not in said and device.agent.get("SystemUnit Name") == "set by netmiko", said
        said = timed(codec.send_command, "xConfiguration SystemUnit Name")
        assert '*c xConfiguration SystemUnit Name: "set by netmiko"' in said, said
        many = timed(codec.send_command, "xConfiguration")
        assert many.startswith(device.agent.sealpost("xConfiguration") + "** end\n\nOK\n"), many
    finally:
        timed(codec.disconnect)
    real.wait_for(lambda: not device.sessions(), "the session has ended")
