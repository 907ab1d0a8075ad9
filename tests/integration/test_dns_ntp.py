# SPDX-License-Identifier: MIT
"""dns and sntp alone against the programs that the world uses: dnsmasq, and chronyd with and without keys."""
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from real import free_port

ROOT = Path(__file__).resolve().parents[2]
PROBE = (ROOT / os.environ.get("BUILD", "build") / "probe").resolve()
HOST = "127.0.0.1"
SECRET = "0123456789abcdef" * 4
KEYS = f"1 SHA1 ASCII:a-password\n2 SHA256 HEX:{SECRET}\n3 SHA1 HEX:{SECRET}\n4 SHA256 plain\n"


def probe(*args):
    """What it printed, line by line and word by word."""
    r = subprocess.run([PROBE, *map(str, args)], text=True, capture_output=True, timeout=30)
    assert r.returncode == 0, r.stderr
    return [line.split() for line in r.stdout.splitlines()]


class Server:
    def __init__(self, folder, name, *options):
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert path, f"{name} is not installed: .ci/setup check"
        self.output = folder / f"{name}.out"
        with self.output.open("w") as out:
            self.process = subprocess.Popen([path, *options], stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def ready(self, ask):
        for _ in range(100):
            assert self.process.poll() is None, self.output.read_text()
            if ask():
                return
            time.sleep(0.05)
        raise AssertionError(self.output.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def ntp(tmp_path_factory):
    """chronyd that claims stratum 5 and leaves the system's clock alone (-x); its address."""
    folder = tmp_path_factory.mktemp("chrony")
    folder.chmod(0o700)
    port = free_port()
    (folder / "keys").write_text(KEYS)
    (folder / "keys").chmod(0o600)
    (folder / "conf").write_text(f"port {port}\nbindaddress {HOST}\nallow {HOST}\nlocal stratum 5\ncmdport 0\n"
                                 f"bindcmdaddress /\npidfile {folder}/pid\nkeyfile {folder}/keys\n")
    user = ["-u", "root"] if os.geteuid() == 0 else ["-U"]
    server = Server(folder, "chronyd", "-x", "-d", "-F", "0", *user, "-f", str(folder / "conf"))
    try:
        server.ready(lambda: probe("sntp", f"{HOST}:{port}", 200)[0][0] == "ok")
        yield f"{HOST}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="module")
def dns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dnsmasq")
    port = free_port()
    user = ["--user=root"] if os.geteuid() == 0 else []
    many = [f"--host-record=many.test,192.0.2.{i},2001:db8::{i}" for i in range(1, 41)]
    server = Server(folder, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", f"--port={port}",
                    "--no-resolv", "--no-hosts", f"--listen-address={HOST}", "--bind-interfaces", "--pid-file=", "--local=/test/", "--local-ttl=77", *user,
                    "--host-record=both.test,192.0.2.1,2001:db8::1", "--host-record=v4.test,192.0.2.4",
                    "--cname=alias.test,both.test", "--txt-record=empty.test,text", *many)
    try:
        server.ready(lambda: probe("dns", f"{HOST}:{port}", "", 200, "both.test")[0][0] == "ok")
        yield f"{HOST}:{port}"
    finally:
        server.stop()


# --- time ---

def expect_time(words):
    assert words[0] == "ok", " ".join(words)
    unix_us, distance_us, stratum = map(int, words[1:])
    assert abs(unix_us / 1e6 - time.time()) < 5
    assert 0 <= distance_us < 3000000
    assert stratum == 5


def test_chronyd_tells_the_time(ntp):
    expect_time(probe("sntp", ntp, 10000)[0])


@pytest.mark.parametrize("algorithm, number, key", [
    ("sha1", 1, "a-password"), ("sha1", 1, "ASCII:a-password"), ("sha256", 2, f"HEX:{SECRET}"), ("sha1", 3, f"HEX:{SECRET}"),
    ("sha256", 4, "plain")])
def test_chronyd_accepts_and_signs_with_our_keys(ntp, algorithm, number, key):
    expect_time(probe("sntp", ntp, 10000, algorithm, number, key)[0])


@pytest.mark.parametrize("algorithm, number, key", [
    ("sha1", 1, "a-Password"), ("sha256", 2, "HEX:00"), ("sha256", 1, "a-password"), ("sha1", 9, "a-password")])
def test_a_wrong_key_gives_no_time(ntp, algorithm, number, key):
    words = probe("sntp", ntp, 300, algorithm, number, key)[0]
    assert words[0] == "timeout", words


def test_a_closed_port_is_told_at_once():
    begin = time.monotonic()
    words = probe("sntp", f"{HOST}:{free_port()}", 20000)[0]
    assert words[0] == "net" and "refuse" in " ".join(words)
    assert time.monotonic() - begin < 15


# --- names ---

def test_dnsmasq_gives_both_families_and_its_time_to_live(dns):
    assert probe("dns", dns, "", 10000, "both.test") == [["ok", "both.test", "77", "fresh", "2001:db8::1", "192.0.2.1"]]


def test_an_alias_ends_at_its_target(dns):
    assert probe("dns", dns, "", 10000, "alias.test")[0][:2] == ["ok", "both.test"]


def test_a_name_without_a_dot_is_searched_in_the_domain(dns):
    assert probe("dns", dns, "test", 10000, "v4") == [["ok", "v4.test", "77", "fresh", "192.0.2.4"]]


def test_no_name_and_no_address(dns):
    lines = [" ".join(words) for words in probe("dns", dns, "", 10000, "other.test", "empty.test", "other.test")]
    assert lines[0] == lines[2] == "dns other.test: the DNS servers say that there is no such name"
    assert lines[1] == "dns empty.test: the DNS servers know the name, but no address for it"


def test_an_answer_too_long_for_a_packet_comes_over_tcp(dns):
    words = probe("dns", dns, "", 10000, "many.test")[0]
    assert words[:2] == ["ok", "many.test"] and len(words) == 4 + 16
    assert sum(":" in w for w in words[4:]) == 8


def test_a_second_question_is_answered_from_the_cache(dns):
    first, second = probe("dns", dns, "", 10000, "both.test", "BOTH.test.")
    assert second[4:] == first[4:] and second[0] == "ok"


def test_a_server_that_is_not_there(dns):
    words = probe("dns", f"{HOST}:{free_port()}", "", 3000, "both.test")[0]
    assert words[0] in ("dns", "timeout")


def test_what_the_hosts_file_says_does_not_matter(dns):
    words = probe("dns", dns, "", 10000, "localhost")[0]
    assert words[0] == "dns"
