#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The house rules that a machine can keep (docs/architecture.md). Prints what breaks them; exit 1 if anything does."""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", "build"))

# Floors from the ground up; rooms of one floor are strangers to each other.
FLOORS = [
    {"base"},
    {"crypto"},
    {"loop", "doc", "schema", "date", "cli", "x509"},
    {"certstore"},
    {"trust"},
    {"net", "settings", "wire", "store"},
    {"service"},
    {"clock", "delivery", "provisioning", "phonebook"},
    {"agent", "pki"},
    {"diagnostics"},
    {"command"},
    {"control"},
]
# What does not keep the rule yet, each with the work that takes it out (issue Architecture).
EXCEPTIONS = {("src/certstore/anchors.c", "trust/fitness.h"), ("src/certstore/crls.c", "trust/fitness.h"),  # C1
              ("src/certstore/own.c", "trust/fitness.h"),  # C1
              ("src/command/commands.c", "control/control.h"), ("src/command/markdown.c", "control/control.h")}  # A
# The client library stands on its own: codec software links it without the house.
ALONE = {"client"}

# One library, one place: header pattern -> files that may include it.
LIBRARIES = {
    r"curl/": ["src/net/https"],
    r"ares\.h|ares_": ["src/net/dns"],
    r"openssl/": ["src/x509/", "include/x509/", "src/certstore/", "src/trust/", "src/crypto/", "src/lab/", "src/net/sntp_mac"],
    r"libxml/": ["src/wire/xml"],
    r"libpsl\.h": ["src/x509/names"],
    r"idn2\.h": ["src/schema/name"],
    r"event2/|event\.h": ["src/loop/", "src/lab/"],
    r"sqlite3\.h": ["src/store/"],
    r"(histedit|editline)": ["src/cli/"],
    r"jansson\.h": ["src/pki/"],
    r"syslog\.h": ["src/base/log"],
}
BANNED = (
    "strcpy strcat sprintf vsprintf strtok atoi atol atof gets system popen tmpnam mktemp rand srand scanf sscanf "
    "gethostbyname getaddrinfo inet_addr inet_ntoa asctime ctime localtime gmtime alloca strncpy strncat setlocale"
).split()
TOP_LEVEL = {"Makefile", "README.md", "CHANGELOG.md", "LICENSE", ".ci", "src", "include", "conf", "tests", "fixtures",
             "docs", "debian", ".gitignore", ".gitattributes", ".clang-format", ".editorconfig", "HACKING.md", "CONTRIBUTING.md", "SECURITY.md"}
LONGEST_FILE = 520
LONGEST_LINE = 140

complaints = []


def complain(where, what):
    complaints.append(f"{where}: {what}")


def floor_of(room):
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    return None


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True, capture_output=True)
    return [ROOT / p for p in out.stdout.splitlines() if (ROOT / p).is_file()]


def strip_comments_and_strings(text):
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def check_includes(path, text):
    rel = path.relative_to(ROOT)
    parts = rel.parts
    if parts[0] not in ("src", "include"):
        return
    room = parts[1] if len(parts) > 2 else None
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not m:
            continue
        kind, name = m.groups()
        where = f"{rel}:{number}"
        if kind == "<":
            for pattern, homes in LIBRARIES.items():
                if re.match(pattern, name) and not any(str(rel).startswith(h) for h in homes):
                    complain(where, f"<{name}> belongs in {' or '.join(homes)} only")
            continue
        if "/" not in name or room is None or room == "lab" or (str(rel), name) in EXCEPTIONS:
            continue
        other = name.split("/")[0]
        if room in ALONE:
            complain(where, f"{room} stands alone and may not include {name}")
        elif other != room and floor_of(other) is not None and floor_of(other) >= floor_of(room):
            complain(where, f"{room} (floor {floor_of(room)}) may not include {name} (floor {floor_of(other)})")


def check_banned(path, text):
    rel = path.relative_to(ROOT)
    code = strip_comments_and_strings(text)
    for number, line in enumerate(code.splitlines(), 1):
        for m in re.finditer(r"\b(%s)\s*\(" % "|".join(BANNED), line):
            complain(f"{rel}:{number}", f"{m.group(1)} is banned")
        m = re.match(r"static\s+(?!const\b|inline\b|_Thread_local\b)[^()]*?\b(\w+)(\[[^\]]*\])*\s*(=.*)?;", line)
        if m and rel.parts[0] == "src" and "const" not in line and rel.name != "log.c":
            complain(f"{rel}:{number}", f"mutable file-scope variable {m.group(1)}")


def check_form(path, text):
    rel = path.relative_to(ROOT)
    lines = text.count("\n")
    if rel.parts[0] in ("src", "include") and lines > LONGEST_FILE:
        complain(rel, f"{lines} lines: more than {LONGEST_FILE}; is there a second job in it?")
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            complain(f"{rel}:{number}", "blanks at the end of the line")
        if len(line.expandtabs(8)) > LONGEST_LINE:
            complain(f"{rel}:{number}", f"longer than {LONGEST_LINE} columns")


def check_licence(path):
    """Every source file and script says its licence in its first lines, in the form that tools read."""
    text = path.read_text(errors="replace")
    source = path.suffix in (".c", ".h", ".py", ".js", ".java", ".bash") or text.startswith("#!") or path.name == "Makefile"
    if source and "SPDX-License-Identifier: MIT" not in "\n".join(text.splitlines()[:2]):
        complain(path.relative_to(ROOT), "has no SPDX-License-Identifier: MIT in its first two lines")


def header_alone(path):
    rel = str(path.relative_to(ROOT))
    private = ["-I" + str(path.parent)] if rel.startswith("src/") else []
    r = subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-Iinclude", *private, "-fsyntax-only", "-x", "c", rel],
                       cwd=ROOT, text=True, capture_output=True)
    return None if r.returncode == 0 else (rel, "does not stand alone: " + r.stderr.strip().splitlines()[0])


def check_generated():
    daemon = ROOT / BUILD / "sealpostd"
    if not daemon.exists():
        return
    for what in ("settings", "commands"):
        fresh = subprocess.run([daemon, "--print-docs", what], text=True, capture_output=True)
        kept = ROOT / "docs" / f"{what}.md"
        if fresh.returncode or not kept.exists() or kept.read_text() != fresh.stdout:
            complain(f"docs/{what}.md", "differs from the tables: run `make docs`")


def main():
    files = tracked()
    for top in sorted({f.relative_to(ROOT).parts[0] for f in files} - TOP_LEVEL):
        complain(top, "does not belong at the top level")
    for f in files:
        if f.relative_to(ROOT).parts[0] in ("src", "include", "tests", ".ci", "conf", "Makefile"):
            if "seeds" not in f.parts:
                check_licence(f)
    code = [f for f in files if f.suffix in (".c", ".h")]
    for f in code:
        text = f.read_text()
        check_includes(f, text)
        check_banned(f, text)
        check_form(f, text)
    with ThreadPoolExecutor(2) as pool:
        for bad in pool.map(header_alone, [f for f in code if f.suffix == ".h"]):
            if bad:
                complain(*bad)
    check_generated()
    codes = subprocess.run([sys.executable, ROOT / "tests/lint/codes.py"], text=True, capture_output=True)
    complaints.extend((codes.stdout + codes.stderr).splitlines())
    for c in complaints:
        print(c)
    print(f"lint: {len(code)} source files, {len(complaints)} complaints")
    return 1 if complaints else 0


sys.exit(main())
