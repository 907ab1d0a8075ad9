# SPDX-License-Identifier: MIT
"""JSch, the SSH library of codec management in Java, unmodified, as Debian has it, against a device as docs/ssh.md sets it up."""
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import real
from device import Device, skip_unless_possible

JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("jsch", "jzlib"))


@pytest.fixture
def log(tmp_path):
    s = real.Syslog(tmp_path)
    yield s
    s.stop()


def test_jsch(tmp_path, log):
    skip_unless_possible()
    device = Device(tmp_path, log)
    try:
        r = subprocess.run([real.program("java"), "-cp", JARS, Path(__file__).with_name("Jsch.java"), str(device.port), device.folder / "older_user"],
                           text=True, capture_output=True, timeout=120)
        assert r.returncode == 0, r.stdout + r.stderr
        *documents, line = [part for part in re.split(r"(?<=</XmlDoc>)\s*", r.stdout.replace("\r\n", "\n")) if part]
        state, _, name, wrong = [ElementTree.fromstring(d) for d in documents]
        assert state.findtext("./Status/Time/State") and name.findtext("./Configuration/SystemUnit/Name") == "set by JSch"
        assert wrong.find(".//*[@status='Error']") is not None or wrong.find(".//XPath") is not None
        assert device.agent.get("SystemUnit Name") == "set by JSch"
        assert re.fullmatch(r"\*s Time State: \w+\n", line)
        real.wait_for(lambda: not device.sessions(), "the session has ended")
    finally:
        device.stop()
