# SPDX-License-Identifier: MIT
"""What stands in documents works: examples of the README, man pages, the public header."""
import os
import re
import shutil
import signal
import subprocess

import pytest

import real

ROOT = real.ROOT


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], text=True, capture_output=True, cwd=ROOT, timeout=300, **more)


def man_pages():
    return sorted((ROOT / "docs" / "man").glob("*.[1-8]"))


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_man_pages_lint():
    assert {p.name for p in man_pages()} >= {"sealpost.1", "sealpost-pki.1", "sealpostd.8", "sealpost-lab.1", "sealpost.conf.5", "libsealpost.3"}
    functions = sorted((real.BUILD / "man3").glob("*.3"))
    declared = set(re.findall(r"^\w.*\b(sealpost_\w+)\(", (ROOT / "include" / "sealpost.h").read_text(), re.M))
    assert {p.stem for p in functions} == declared, "a page for each function"
    r = run("mandoc", "-T", "lint", "-W", "warning", *man_pages(), *functions)
    assert r.stdout + r.stderr == "" and r.returncode == 0


def test_man_pages_name_every_option():
    for page, program, *words in (("sealpostd.8", "sealpostd"), ("sealpost.1", "sealpost"), ("sealpost-pki.1", "sealpost-pki", "verify")):
        text = (ROOT / "docs" / "man" / page).read_text()
        usage = run(real.BUILD / program, *words, "--help").stdout
        options = re.findall(r"--([a-z-]+)", usage)
        assert len(options) >= 3, usage
        plain = text.replace("\\-", "-")
        missing = [o for o in set(options) if o not in plain]
        assert missing == [], f"{page} says nothing of {missing}"


@pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not installed")
def test_public_header_is_cplusplus(tmp_path):
    source = tmp_path / "a.cc"
    source.write_text('#include "sealpost.h"\n#include "sealpost.h"\nint main() { return sealpost_new(0) == 0; }\n')
    r = run("g++", "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-Iinclude", source)
    assert r.returncode == 0, r.stderr


def test_public_header_is_c99(tmp_path):
    source = tmp_path / "a.c"
    source.write_text('#include "sealpost.h"\nint main(void) { return sealpost_new(0) == 0; }\n')
    r = run("gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-Iinclude", source)
    assert r.returncode == 0, r.stderr


def test_library_shows_only_what_the_header_names():
    libraries = [b / "libsealpost.so.0" for b in (real.BUILD, ROOT / "build") if (b / "libsealpost.so.0").exists()]
    assert libraries
    symbols = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", libraries[0]).stdout.splitlines()
               if " A " not in line}
    declared = set(re.findall(r"\b(sealpost_\w+)\(", (ROOT / "include" / "sealpost.h").read_text()))
    assert {s for s in symbols if not s.startswith("__")} == declared


def test_shipped_settings_file_is_right(tmp_path):
    conf = ROOT / "conf" / "sealpost.conf"
    assert run(real.BUILD / "sealpostd", "--check-config", conf).returncode == 0
    # Also with every example in it taken at its word.
    bare = tmp_path / "all.conf"
    bare.write_text(re.sub(r"^#(?=xConfiguration)", "", conf.read_text(), flags=re.M))
    assert bare.read_text() != conf.read_text()
    r = run(real.BUILD / "sealpostd", "--check-config", bare)
    assert r.returncode == 0, r.stderr


# --- the README's tour ------------------------------------------------------------------------------------------------

class Shell:
    """A shell in which the tour is typed; everything that it and its background jobs say is collected."""

    def __init__(self, folder):
        self.output = folder / "said"
        with self.output.open("wb") as out:
            self.popen = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, cwd=ROOT,
                                          start_new_session=True)
        self.n = 0

    def said(self):
        return self.output.read_text(errors="replace")

    def type(self, line):
        """Its exit status."""
        self.n += 1
        self.popen.stdin.write(f'{line}\necho "status-{self.n}:$?"\n')
        self.popen.stdin.flush()
        found = real.wait_for(lambda: re.search(rf"status-{self.n}:(\d+)", self.said()), line, 30, self.said)
        return int(found.group(1))

    def close(self):
        """Its jobs are told to end, and it waits for them."""
        try:
            self.popen.communicate("kill $(jobs -p) 2>/dev/null; wait\n", timeout=real.PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
            raise AssertionError(f"the tour does not end:\n{self.said()}") from None


def tour():
    """(command, what is typed into it, expected lines) of the README's five minutes."""
    section = re.search(r"^## Five minutes\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S).group(1)
    for block in re.findall(r"(?:^    .*\n)+", section, re.M):
        lines = [line[4:] for line in block.splitlines()]
        if not any(line.startswith("$ ") for line in lines):
            yield from ((line, [], []) for line in lines if line != "make")      # the programs to be tested are there
            continue
        steps = []
        for line in lines:
            if line.startswith("$ "):
                steps.append((line[2:], [], []))
            else:
                steps[-1][1 if re.fullmatch(r"\S+/sealpost", steps[-1][0]) else 2].append(line)
        yield from steps


def like(line):
    """The pattern of an output line: "..." is anything, "bba12d..." any hexadecimal digits."""
    parts = re.split(r"(\b[0-9a-f]{6}\.\.\.|\.\.\.)", line)
    return "".join(r"[0-9a-f]+" if re.fullmatch(r"[0-9a-f]{6}\.\.\.", p) else ".*" if p == "..." else re.escape(p) for p in parts)


def test_the_first_block_of_the_tour_can_be_pasted(tmp_path):
    """All lines of the first block at once, as from a page: each waits for what it needs."""
    section = re.search(r"^## Five minutes\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S).group(1)
    block = re.search(r"(?:^    .*\n)+", section, re.M).group().replace("/tmp/tour", str(tmp_path / "tour"))
    assert block.startswith("    make\n"), "a fresh checkout has no programs yet"
    block = block.removeprefix("    make\n").replace("build/sealpost", f"{real.BUILD}/sealpost")
    shell = Shell(tmp_path)
    try:
        assert shell.type(f"{{\n{block}\n{real.BUILD}/sealpost xStatus Time State\n}}") == 0, shell.said()
        assert "Time State" in shell.said()
    finally:
        shell.close()


def test_tour_of_the_readme(tmp_path):
    """What the README says to type is typed, and what it says to see is seen."""
    def here(text):
        return text.replace("/tmp/tour", str(tmp_path / "tour")).replace("build/sealpost", f"{real.BUILD}/sealpost")
    shell = Shell(tmp_path)
    steps = list(tour())
    try:
        for command, typed, seen in steps:
            before = len(shell.said())
            body = "".join(line + "\n" for line in typed)
            status = shell.type(here(command) + (f" <<'.end'\n{body}.end" if typed else ""))
            assert status == 0, f"{command}: {status}\n{shell.said()}"
            for line in seen:
                real.wait_for(lambda: re.search(like(here(line)), shell.said()[before:]), f"{command}: {line}", explain=shell.said)
    finally:
        shell.close()
    assert len(steps) >= 12 and sum(len(seen) for _, _, seen in steps) >= 5


# What the README says is refused among the settings, and what beside it is taken, so that existing scripts run.
TAKEN = ["HTTP Mode: Off", "HTTP Mode: HTTPS", "Telnet Mode: Off", "FTP Mode: Off", "SNMP Mode: Off", "HTTPS Mode: On", "HTTPS Mode: Off"]
REFUSED = ["HTTP Mode: HTTP+HTTPS", "Telnet Mode: On", "FTP Mode: On", "SNMP Mode: ReadOnly", "HTTP Proxy Mode: WPAD"]


def test_services_that_are_refused(tmp_path):
    conf = tmp_path / "all.conf"
    conf.write_text("".join(f"NetworkServices {line}\n" for line in TAKEN + REFUSED))
    r = run(real.BUILD / "sealpostd", "--check-config", conf)
    assert r.returncode == 78
    assert [int(n) for n in re.findall(r"all\.conf:(\d+):", r.stderr)] == list(range(len(TAKEN) + 1, len(TAKEN + REFUSED) + 1)), r.stderr


# --- typical mistakes, with the exit statuses of the man pages -----------------------------------------------------------

MISTAKES = [
    # program, words, exit status, what standard error says: {here} is an empty folder, {bad} a settings file with a mistake
    ("sealpost", "--wrong", 64, "usage: sealpost "),
    ("sealpost", "-s {here}/none xStatus", 69, "{here}/none: no agent answers there; does sealpostd run?"),
    ("sealpost", "-s {here}/none publish", 66, "expected a document on standard input, which is empty"),
    ("sealpost", "-s {here}/none publish event.xml", 64, "publish event.xml: the document comes on standard input"),
    ("sealpostd", "--wrong", 64, "usage: sealpostd "),
    ("sealpost", "--socket= xStatus", 64, "--socket: expected a path, and the text is empty"),
    ("sealpost", "metrics a b", 64, "metrics: expected at most one FILE"),
    ("sealpostd", "more", 64, "more: expected no further arguments"),
    ("sealpostd", "--state= --config {bad}", 64, "--state: expected a path, and the text is empty"),
    ("sealpostd", "--state {bad}", 71, "{bad}: expected a folder, and this is a file"),
    ("sealpostd", "--state {here}/no/s", 71, "{here}/no/s: cannot be made, because the folder above it does not exist"),
    ("sealpostd", "--check-config {here}/none", 78, "{here}/none: no such file"),
    ("sealpostd", "--check-config {bad}", 78, '{bad}:1:12: there is no "Nmae" in SystemUnit; did you mean Name?'),
    # An agent that does not start says so to whoever typed the command, also where there is no syslog.
    ("sealpostd", "--log-socket {here}/log --state {here}/s --control {here}/c --config {bad}", 78, "does not start: {bad}: 1 mistake"),
    ("sealpostd", "--log-socket {here}/log --state {here}/s --control {here}/c --config {here}/none", 71, "does not start: {here}/none"),
    ("sealpostd", "--log-socket {here}/log --state {here}/s --control {here}/no/c", 71, "{here}/no/c: cannot listen there: its folder does not exist"),
    ("sealpostd", "--log-socket {here}/log --state {here}/s --control {here}/c --group nosuch", 78, "does not start: group nosuch"),
    ("sealpost-lab", "--dir {here}/none status", 69, "no lab runs in this folder"),
    ("sealpost-lab", "--dir={here}/none status", 69, "no lab runs in this folder: {here}/none"),
    ("sealpost-lab", "--dir", 64, "--dir: expected the lab's folder"),
    ("sealpost-lab", "--dir {here} start --ntp-port x", 64, "start --ntp-port: expected a whole number from 0 to 65535"),
    ("sealpost-lab", "--dir {here} start --date x", 64, "start --date: expected a date such as"),
    ("sealpost-lab", "--dir {here} start --wrong", 64, "sealpost-lab start: unrecognized option '--wrong'"),
    ("sealpost-lab", "--dir {here} posts 1", 64, "posts 1: expected [--since N] [--service NAME] [--json]"),
    ("sealpost-lab", "--dir {here} tail -5", 64, "tail -5: expected [--json]"),
    ("sealpost-lab", "faults --jsno", 64, "faults --jsno: expected nothing behind it but --json"),
    ("sealpost-lab", "fleet 5 --feedback https://a.example/ --roots {here}/none", 64, "--roots {here}/none: cannot read it: No such file"),
    ("sealpost-pki", "match {bad}", 64, "match: 1 word is given, expected KEY CERT"),
    ("sealpost-pki", "selfsigned name CN:a.example --days", 64, "--days needs a value"),
    ("sealpost-pki", "csr {here}/no/name CN:a.example", 66, "{here}/no/name.csr: cannot write it: its folder does not exist"),
    ("sealpost-pki", "convert {bad}", 64, "sealpost-pki convert: expected --to pem, der, p7b or p12"),
    ("sealpost-pki", "verify --profile x", 64, "--profile: expected guide or strict, not x"),
    ("sealpost-pki", "verify --time x", 64, "--time: expected a date such as"),
    ("sealpost-pki", "verify --roots {bad} --url https://a.example/", 65, "{bad}: there is no certificate in it"),
    ("sealpost-pki", "nothing", 64, "there is no command or option nothing"),
    ("sealpost-pki", "verify --roots {here}/none --chain {bad}", 66, "{here}/none: no such file"),
    ("sealpost-pki", "verify --roots {bad} --chain {bad}", 65, "there is no certificate in it"),
    ("sealpost-pki", "verify --roots {bad} --url http://a.example/", 64, "only HTTPS is spoken here, write https://a.example/"),
]


@pytest.mark.parametrize("program, words, status, says", MISTAKES, ids=[f"{m[0]} {m[1]}" for m in MISTAKES])
def test_a_mistake_is_told_to_whoever_made_it(program, words, status, says, tmp_path):
    bad = tmp_path / "bad.conf"
    bad.write_text("SystemUnit Nmae: x\n")
    here = {"here": tmp_path, "bad": bad}
    r = run(real.BUILD / program, *(word.format(**here) for word in words.split()), stdin=subprocess.DEVNULL)
    assert r.stderr.count(says.format(**here)) == 1 and r.returncode == status, (r.returncode, r.stderr)
    assert r.stdout == ""


def test_a_start_that_fails_stands_once_in_the_journal(tmp_path):
    """Where the journal reads standard error as well as syslog's socket, only one of them has the sentence."""
    log = real.Syslog(tmp_path)
    words = [real.BUILD / "sealpostd", "--log-socket", log.path, "--state", tmp_path / "s", "--control", tmp_path / "no/c"]
    with (tmp_path / "journal").open("w+") as journal:
        of = os.fstat(journal.fileno())
        for stream, times in ((f"{of.st_dev}:{of.st_ino}", 1), (f"{of.st_dev}:{of.st_ino + 1}", 2)):
            mark = log.mark()
            assert subprocess.run(words, stderr=journal, env={**os.environ, "JOURNAL_STREAM": stream}, timeout=30).returncode == 71
            log.wait("does not start: .*cannot listen", mark)
            journal.seek(0)
            assert journal.read().count("does not start") == times - 1
    log.stop()


# --- links ---------------------------------------------------------------------------------------------------------

def links(path):
    """(file, place in it) of each link within the tree; the file is empty if the place is on the same page."""
    for target, place in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", path.read_text()):
        if not re.match(r"[a-z]+:", target):
            yield target, place


def places(page):
    """The names that GitHub and other readers of Markdown give to a page's headings."""
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.M):
        yield re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading).lower()).replace(" ", "-")


def test_links_lead_somewhere_and_to_every_page():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert pages
    linked, broken = set(), []
    for page in pages:
        for target, place in links(page):
            there = (page.parent / target).resolve() if target else page
            linked |= {there} - {page}
            if not there.exists() or place and place not in places(there):
                broken.append(f"{page.name}: {target}#{place}")
    assert broken == []
    assert [p.name for p in pages if p not in linked] == ["README.md"]
