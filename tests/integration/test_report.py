# SPDX-License-Identifier: MIT
"""The report for an auditor and the bundle for support: what is in them, that nothing in them can run or steer, who may read what, and that
a report's signature is one that OpenSSL accepts."""
import os
import re
import shutil
import subprocess
import tarfile
from html.parser import HTMLParser

import pytest

from test_audit import STRANGER, World, fingerprint
from world import openssl

HEADINGS = ["Program", "Device", "Date", "Readiness", "Servers", "Verdicts in the log", "Settings that differ from their defaults",
            "Roots and pins", "Revocation lists", "Own certificates", "Users", "External manager", "Feedback", "Log server", "Messages",
            "Audit"]
HOSTILE = "<script>\"x\"</script>&amp;"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("report")).start()
    w.lab.upload_root(w.agent)
    w.agent.register(w.lab.url())
    w.agent.publish_event("one")
    w.agent.wait_delivered()
    w.agent.run('xConfiguration SystemUnit Name: "%s"' % HOSTILE.replace('"', '\\"'))
    yield w
    w.close()


def run(world, *words, user=None, expect=0, stdin=b""):
    """Standard output and standard error of one call of sealpost. Another user runs a copy: the checkout may lie where only its owner comes."""
    program = shutil.copy(world.agent.build / "sealpost", world.open) if user else world.agent.build / "sealpost"
    r = subprocess.run([program, *map(str, words)], input=stdin, capture_output=True, env=world.agent.command_env,
                       timeout=60, user=user)
    assert r.returncode == expect, r
    return r.stdout, r.stderr.decode()


class Page(HTMLParser):
    """Elements, their nesting, and the text of each heading, cell and line."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.texts = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert tag in "html head meta title style body h1 h2 p table tbody tr th td pre".split(), tag
        assert {name for name, _ in attrs} <= {"lang", "charset", "http-equiv", "content", "scope"}, attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip("\n")))

    def of(self, tag):
        return [text for t, text in self.texts if t == tag]


def test_it_has_what_an_auditor_asks_for(world):
    said = run(world, "report")[0].decode()
    lines = said.splitlines()
    assert [lines[i - 1] for i, line in enumerate(lines) if re.fullmatch("-+", line)] == HEADINGS
    build = subprocess.run([world.agent.build / "sealpostd", "-V", "-v"], capture_output=True, text=True, check=True).stdout
    assert build in said, "what sealpostd -V -v prints"
    assert re.search(rf"^Details 1 FingerprintSHA256: {fingerprint(world.lab.root)}$", said, re.M)
    assert re.search(r'^Security Server \d SafeSince: 20\d\d-.*T.*Z$', said, re.M) and re.search(r"^Security Server \d VerifyResult: 0=OK$", said, re.M)
    assert re.search(r"^20\S+ SSL: socklib_sslHandshake: VerifyResult=0=OK", said, re.M)
    assert re.search(r'^Provisioning Mode: "TMS" +# File .*agent/sealpost.conf:\d+; default "Auto"$', said, re.M)
    assert re.search(r"^Item \d+ Name: Roots\nItem \d+ Outcome: Pass$", said, re.M)
    assert re.search(r'^20\S+ root SHA-256 .* added: .*; by "root" \(uid 0\), administrator', said, re.M)
    assert re.search(r"^Logging External Status: Off$", said, re.M)
    assert "Missing" not in said


def test_the_page_holds_nothing_that_runs(world):
    said = run(world, "report", "--html")[0].decode()
    page = Page(said)
    assert page.of("h2") == HEADINGS and "script>" not in said and "javascript" not in said.lower()
    assert page.of("title")[0].endswith(HOSTILE) and page.of("h1")[0] == page.of("title")[0]
    text = run(world, "report")[0].decode()
    rows = dict(zip(page.of("th"), page.of("td"))) if len(page.of("th")) == len(page.of("td")) else {}
    assert text.splitlines()[0].endswith(HOSTILE) and (not rows or rows["Details 1 FingerprintSHA256"] == fingerprint(world.lab.root))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_what_one_may_not_read_is_missing(world):
    said, errors = run(world, "report", user=STRANGER, expect=77)
    lines = said.decode().splitlines()
    assert "the agent refused a part of it" in errors
    assert lines[lines.index("Audit") + 4].startswith("Missing: ") and "audit" not in said.decode().split("\nAudit\n")[1].split("Missing")[1].lower()
    assert "sealpostd " in said.decode()


def test_openssl_accepts_the_signature(world, tmp_path):
    key, cert, signature = tmp_path / "auditor.key", tmp_path / "auditor.pem", tmp_path / "report.p7s"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=auditor")

    def verify(report, signed):
        return subprocess.run(["openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", signed, "-content", report, "-CAfile", cert,
                               "-purpose", "any", "-out", "/dev/null"], capture_output=True).returncode == 0

    report = tmp_path / "report.html"
    report.write_bytes(run(world, "report", "--html", "--sign", key, cert, signature)[0])
    Page(report.read_text())
    assert verify(report, signature) and "PRIVATE KEY" not in signature.read_text()
    changed = tmp_path / "changed.html"
    changed.write_bytes(report.read_bytes().replace(b"VerifyResult</th><td>0=OK", b"VerifyResult</th><td>0=ok"))
    assert changed.read_bytes() != report.read_bytes() and not verify(changed, signature)
    # Of a report that came over SSH, where the key is.
    fetched = tmp_path / "fetched.txt"
    fetched.write_bytes(run(world, "-c", "report")[0])
    run(world, "pki", "cms-sign", fetched, key, cert)
    assert verify(fetched, f"{fetched}.p7s")
    # A signature that is there is not overwritten, and no report comes out without the signature that was asked for.
    assert run(world, "report", "--sign", key, cert, signature, expect=73)[0] == b""
    other = tmp_path / "other.key"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other)
    said, errors = run(world, "report", "--sign", other, cert, tmp_path / "other.p7s", expect=65)
    assert said == b"" and "is not that of the key" in errors and not (tmp_path / "other.p7s").exists()


def test_a_typed_line_writes_to_standard_output_only(world, tmp_path):
    assert run(world, "-c", "report --html")[0].startswith(b"<!DOCTYPE html>")
    said, errors = run(world, "-c", f"report --sign {tmp_path}/k {tmp_path}/c {tmp_path}/s", expect=64)
    assert said == b"" and "cms-sign" in errors and not list(tmp_path.iterdir())
    assert run(world, "report", "--pdf", expect=64)[0] == b""
    assert run(world, "-c", f"report {'--html ' * 20}--pdf", expect=64)[0] == b"", "no word is passed over"


def unpack(world, folder, *words, **how):
    """The bundle's members by name, as tar itself unpacks them."""
    archive = folder / "bundle.tar"
    archive.write_bytes(run(world, *words, **how)[0])
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True, capture_output=True)
    with tarfile.open(archive, "r:") as tar:        # uncompressed
        assert all(m.isfile() and m.mode == 0o600 and m.name.startswith("sealpost-bundle/") for m in tar)
    return {str(p.relative_to(folder / "sealpost-bundle")): p.read_text() for p in (folder / "sealpost-bundle").rglob("*") if p.is_file()}


def test_the_bundle_has_what_support_asks_for(world, tmp_path):
    world.lab.set("http", "status", "503")
    try:
        for i in range(103):
            world.agent.publish_event(f"content {i}")
        files = unpack(world, tmp_path, "-c", "bundle")
        assert set(files) == {"report.txt", "report.html", "log.txt", "audit.txt", "status.txt", "storage.txt", "queue-1.txt"}
        assert "sealpostd 0." in files["log.txt"] and "root SHA-256" in files["audit.txt"]
        assert "StorageShowResult State: Good" in files["storage.txt"] and re.search(r"File 1 Name: \"store.db\"", files["storage.txt"])
        assert re.search(r"FreeBytes: \d+", files["storage.txt"]) and "*s HttpFeedback 1 Queue Count: 103" in files["status.txt"]
        assert len(re.findall(r" Sequence: \d+$", files["queue-1.txt"], re.M)) == 103 and "content 7" not in "".join(files.values())
        Page(files["report.html"])
        bodies = tmp_path / "bodies"
        bodies.mkdir()
        files = unpack(world, bodies, "bundle", "--bodies")
        shown = [text for name, text in files.items() if name.startswith("bodies/queue-1-")]
        assert len(shown) == 103 and sum("content 7<" in text for text in shown) == 1
    finally:
        world.lab.reset()
    world.agent.run("xCommand HttpFeedback Queue Purge FeedbackSlot: 1")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_reader_gets_a_bundle_that_says_what_is_missing(world, tmp_path):
    files = unpack(world, tmp_path, "bundle", user=STRANGER, expect=77)
    assert "Access denied" in files["audit.txt"] and "*s Time State" in files["status.txt"]


def test_no_archive_goes_to_a_terminal(world):
    main, terminal = os.openpty()
    r = subprocess.run([world.agent.build / "sealpost", "bundle"], stdout=terminal, stderr=subprocess.PIPE, env=world.agent.command_env, timeout=60)
    os.close(terminal)
    os.close(main)
    assert r.returncode == 64 and b"> bundle.tar" in r.stderr
