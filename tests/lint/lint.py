#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the tree that a machine can keep (docs/architecture.md, HACKING.md). Prints what breaks them; exit 1 if anything
does. Each rule is a function from a file's path and text to complaints, so that test_lint.py can hand it a probe."""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parent))
import c_code       # noqa: E402
import cited        # noqa: E402
import words        # noqa: E402
from exceptions import (CIRCLES, CITED, FILE_NAMES, FUNCTION_NAMES, LONG_FILES, LONG_FUNCTIONS, PRIVATE_HEADERS,    # noqa: E402
                        STATICS, UNUSED, WORDS)

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", "build"))

# The layers, the lowest first. A component includes headers of lower layers and its own; components of one layer do not know
# each other.
LAYERS = [
    {"base"},
    {"crypto"},
    {"loop", "doc", "schema", "date", "x509"},
    {"certstore"},
    {"trust"},
    {"confirm", "net", "settings", "wire", "store", "status"},
    {"service", "device"},
    {"accounts", "audit", "clock", "delivery", "inbound", "logging", "provisioning", "phonebook"},
    {"agent", "pki"},
    {"diagnostics"},
    {"command"},
    {"control", "lab"},
]
# Components that may include only what stands beside them, since codec software links libsealpost (client), and sshd starts the
# terminal program (cli), without the rest of the agent, and whoever breaks into sealpost-web (web) finds nothing of it.
ALONE = {"client": {"ctl"}, "cli": {"base", "ctl"}, "ctl": set(), "web": {"base", "crypto", "ctl"}}
# The components that a program's main file may include. sealpostd, which connects everything, may include all.
PROGRAMS = {"sealpost": {"base", "cli", "ctl"}, "sealpost-pki": {"base", "pki"}, "sealpost-lab": {"base", "date", "lab"},
            "sealpost-web": {"base", "web"}}

# Each library is known in one place: pattern of its headers -> beginnings of the paths of files that may include them.
LIBRARIES = {
    r"curl/": ["src/net/https"],
    r"ares\.h|ares_": ["src/net/dns"],
    r"openssl/": ["src/x509/", "include/x509/", "src/certstore/", "src/trust/", "src/crypto/", "src/lab/", "src/net/sntp_mac", "src/net/tls_stream", "src/net/nts_siv", "src/web/"],
    r"libxml/": ["src/wire/xml"],
    r"libpsl\.h": ["src/x509/names"],
    r"idn2\.h": ["src/schema/name"],
    r"event2/|event\.h": ["src/loop/", "src/lab/", "src/web/"],
    r"sqlite3\.h": ["src/store/"],
    r"(histedit|editline)": ["src/cli/"],
    r"jansson\.h": ["src/pki/", "src/web/"],
    r"wslay/": ["src/web/frames"],
    r"syslog\.h": ["src/base/log"],
}
BANNED = (
    "strcpy strcat sprintf vsprintf strtok atoi atol atof gets system popen tmpnam mktemp rand srand scanf sscanf "
    "gethostbyname getaddrinfo inet_addr inet_ntoa asctime ctime localtime gmtime alloca strncpy strncat setlocale"
).split()
# Documents that `sealpostd --print-docs` prints from the tables; in a file that has the marks begin and end, only what stands
# between them is compared.
GENERATED = {"settings": "docs/settings.md", "commands": "docs/commands.md", "man": "docs/man/sealpost.conf.5"}
# Files at the top level whose words are checked, as those of documents below docs are.
PLAIN = {"README.md", "HACKING.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile"}
TOP_LEVEL = {"Makefile", "README.md", "CHANGELOG.md", "LICENSE", ".ci", "src", "include", "conf", "tests", "fixtures",
             "docs", "debian", ".gitignore", ".gitattributes", ".clang-format", ".editorconfig", "HACKING.md", "CONTRIBUTING.md", "SECURITY.md"}
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
LONGEST_LINE = 110
AGENT_FILES = 15


def component_of(rel):
    """src/net/https.c, include/net/https.h: net. A program's main file has none."""
    return rel.parts[1] if rel.parts[0] in ("src", "include") and len(rel.parts) > 2 else None


def layer_of(component):
    for number, components in enumerate(LAYERS):
        if component in components:
            return number
    return None


# --- rules for one C file -----------------------------------------------------------------------------------------------------

def includes(rel, text):
    """Layers: what a component may include, and which library is known where."""
    if rel.parts[0] not in ("src", "include"):
        return
    component = component_of(rel)
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not m:
            continue
        kind, name = m.groups()
        if kind == "<":
            for pattern, homes in LIBRARIES.items():
                if re.match(pattern, name) and not any(str(rel).startswith(h) for h in homes):
                    yield number, f"<{name}> belongs in {' or '.join(homes)} only"
            continue
        if ".." in name and rel.name not in PRIVATE_HEADERS:
            yield number, f"{name}: a component's private headers are its own"
        if "/" not in name:
            continue
        other = name.split("/")[0]
        if component is None:
            only = PROGRAMS.get(rel.stem)
            if only and other not in only:
                yield number, f"{rel.stem} may include {', '.join(sorted(only))} only, not {name}"
        elif component in ALONE and other not in ALONE[component] | {component}:
            yield number, f"{component} stands alone and may not include {name}"
        elif component in ALONE:
            continue
        elif other != component and layer_of(other) is not None and layer_of(component) is None:
            yield number, f"{component} has no layer in tests/lint/lint.py"
        elif other != component and layer_of(other) is not None and layer_of(other) >= layer_of(component):
            yield number, f"{component} (layer {layer_of(component)}) may not include {name} (layer {layer_of(other)})"


def banned(rel, text):
    """Functions that have a safe form, and variables that make two agents in one process impossible."""
    code = c_code.code_only(text)
    for number, line in enumerate(code.splitlines(), 1):
        for m in re.finditer(r"\b(%s)\s*\(" % "|".join(BANNED), line):
            yield number, f"{m.group(1)} is banned"
    if rel.parts[0] in ("src", "include") and str(rel) != "src/base/log.c":
        for number, name, within in c_code.mutable_statics(code):
            if name in STATICS:
                continue
            where = "static variable within a function" if within else "file-scope variable"
            yield number, f"mutable {where} {name}: state belongs in a struct, so that there can be two"


def form(rel, text):
    """Lengths of files, functions and lines; blanks."""
    lines = text.count("\n")
    if rel.parts[0] in ("src", "include") and lines > LONGEST_FILE and rel.name not in LONG_FILES:
        yield 1, f"{lines} lines: more than {LONGEST_FILE}; is there a second job in it?"
    for f in c_code.functions(c_code.code_only(text)) if rel.parts[0] in ("src", "include") else ():
        if f.length > LONGEST_FUNCTION and f.name not in LONG_FUNCTIONS:
            yield f.line, f"{f.name} has {f.length} lines: more than {LONGEST_FUNCTION}"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
        if len(line.expandtabs(8)) > LONGEST_LINE and '"' not in line:
            yield number, f"longer than {LONGEST_LINE} columns"


def headers_of(rel, text):
    """The headers of its own component that a file includes, and sealpost.h."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, flags=re.M):
        header = PurePosixPath("include", name) if "/" in name or name == "sealpost.h" else PurePosixPath(rel.parent, name)
        if component_of(header) == component_of(rel) or name == "sealpost.h":
            yield header


def headers_below(rel, text, read):
    """The same, and those that these include."""
    seen, todo = {}, [(rel, text)]
    while todo:
        for header in headers_of(*todo.pop()):
            if header not in seen:
                seen[header] = read(header) or ""
                todo.append((header, seen[header]))
    return seen


def is_named_after(name, stem, component):
    """chains_leaf.c: chains_leaf_good, and shorter ones by its family: chains_good, chain_good. pki/pki_batch.c, base/err.c: batch_run
    and base_err_set serve as well."""
    short = stem.removeprefix(f"{component}_")
    family = stem.split("_")[0]
    allowed = {stem, short, family, f"{component}_{stem}"}
    allowed |= {s.removesuffix("s") for s in allowed}
    return any(name == s or name.startswith(s + "_") for s in allowed)


def function_names(rel, text, read):
    """A global function is named after its file: after the .c, or after the header that declares it (a contract may be kept by
    several .c files). read gives a header's text, or None. No function is named by a private word."""
    if rel.parts[0] != "src" or rel.suffix != ".c":
        return
    declared_in = {}
    for header, declarations in headers_below(rel, text, read).items():
        for name in c_code.declared(c_code.code_only(declarations)):
            declared_in[name] = header.stem
    for f in c_code.functions(c_code.code_only(text)):
        if f.name in FUNCTION_NAMES or f.name == "main":
            continue
        if words.name_is_private(f.name, component_of(rel) in words.JUDGED):
            yield f.line, f"{f.name}: say what it does, or what has happened (tests/lint/words.py)"
        stems = {rel.stem, declared_in.get(f.name, rel.stem)}
        if not f.is_static and not any(is_named_after(f.name, s, component_of(rel)) for s in stems):
            yield f.line, f"{f.name} is global and not named after {' or '.join(sorted(stems))}, its file"


def private_words(rel, text):
    """Comments, messages and documents use words that a stranger knows (tests/lint/words.py)."""
    in_c = rel.suffix in (".c", ".h")
    if rel.parts[0] not in ("src", "include", "docs", "conf", "tests") and str(rel) not in PLAIN or rel.parts[:2] == ("tests", "lint"):
        return
    may_judge = component_of(rel) in words.JUDGED or rel.name in words.JUDGED_DOCUMENTS or bool(words.JUDGED_TESTS.search(rel.name))
    for number, word, instead in words.private_words(c_code.prose_only(text) if in_c else text, may_judge):
        if word not in WORDS.get(rel.name, ()):
            yield number, f"\"{word}\" is a private word: {instead}"


def file_name(rel):
    if rel.parts[0] in ("src", "include") and rel.stem in words.FILES - FILE_NAMES:
        yield 1, f"the name \"{rel.stem}\" says nothing to a stranger"


def licence(rel, text):
    """Every source file and script says its licence in its first lines, in the form that tools read."""
    source = rel.suffix in (".c", ".h", ".py", ".js", ".java", ".bash") or text.startswith("#!") or rel.name == "Makefile"
    if source and "SPDX-License-Identifier: MIT" not in "\n".join(text.splitlines()[:2]):
        yield 1, "has no SPDX-License-Identifier: MIT in its first two lines"


def conflicts(rel, text):
    """No mark of a merge that was not finished."""
    for m in re.finditer(r"^(<{7}|>{7}) ", text, flags=re.M):
        yield text.count("\n", 0, m.start()) + 1, "a merge that was not finished"


# --- rules for the tree ---------------------------------------------------------------------------------------------------------

def circles(files):
    """Circles of includes within a component. files: path -> text. A .c and its private header are one module, a public header
    stands for itself, since it holds a contract and no code. Two modules may know each other, three may not."""
    def node(rel):
        return str(rel) if rel.parts[0] == "include" else str(rel.with_suffix(""))
    edges = {}
    for rel, text in files.items():
        if component_of(rel):
            others = {node(h) for h in headers_of(rel, text)} - {node(rel)}
            edges.setdefault(component_of(rel), {}).setdefault(node(rel), set()).update(others)
    for component, graph in edges.items():
        for circle in strongly_connected(graph):
            if len(circle) > 2 and component not in CIRCLES:
                yield f"src/{component}", f"a circle of includes: {', '.join(sorted(PurePosixPath(m).stem for m in circle))}"


def strongly_connected(graph):
    """Sets of nodes each of which reaches all others of its set."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for n in graph.get(todo.pop(), ()):
                if n not in seen:
                    seen.add(n)
                    todo.append(n)
        return seen
    reached = {n: reach(n) for n in graph}
    done = set()
    for n in graph:
        if n not in done and n in reached[n]:
            circle = {m for m in reached[n] if n in reached.get(m, ())}
            done |= circle
            yield circle


def unused(files):
    """A global function is called in the program, and not only by tests. files: path -> text. sealpost.h is for other programs."""
    words_of = {f: re.findall(r"\b\w+\b", c_code.code_only(t)) for f, t in files.items() if f.parts[0] in ("src", "include")}
    count = {}
    for f, found in words_of.items():
        for name in set(found) if f.suffix == ".c" else ():
            count[name] = count.get(name, 0) + min(2, found.count(name))
    library = set(words_of.get(PurePosixPath("include/sealpost.h"), ()))
    for f, text in files.items():
        if f.parts[0] != "src" or f.suffix != ".c":
            continue
        for function in c_code.functions(c_code.code_only(text)):
            if not function.is_static and count[function.name] == 1 and function.name not in library | UNUSED | {"main"}:
                yield f"{f}:{function.line}", f"{function.name} is called by nothing but tests: it goes, or gets a caller"


def agent_files(files):
    n = sum(1 for f in files if f.parts[:2] == ("src", "agent") and f.suffix == ".c")
    if n > AGENT_FILES and "agent" not in CIRCLES:
        yield "src/agent", f"{n} .c files: more than {AGENT_FILES}; the agent connects the components and holds none of their logic"


def header_alone(rel):
    private = ["-I" + str(rel.parent)] if rel.parts[0] == "src" else []
    r = subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-Iinclude", *private, "-fsyntax-only", "-x", "c", str(rel)],
                       cwd=ROOT, text=True, capture_output=True)
    return None if r.returncode == 0 else (rel, "does not stand alone: " + r.stderr.strip().splitlines()[0])


def formatted(files):
    """The tree obeys .clang-format."""
    r = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, files)], cwd=ROOT, text=True, capture_output=True)
    for path in sorted(set(re.findall(r"^([^\s:]+):\d+:\d+: error:", r.stderr, flags=re.M))):
        yield path, f"is not formatted: run clang-format -i {path}"
    if r.returncode and "error:" not in r.stderr:
        yield "clang-format", r.stderr.strip() or "failed"


def between_marks(text):
    marked = re.search(r'^\.\\" \w+: begin[^\n]*\n(.*)^\.\\" \w+: end', text, flags=re.M | re.S)
    return marked.group(1) if marked else text


def generated():
    daemon = ROOT / BUILD / "sealpostd"
    if not daemon.exists():
        return
    for what, kept in GENERATED.items():
        fresh = subprocess.run([daemon, "--print-docs", what], text=True, capture_output=True)
        if fresh.returncode or not (ROOT / kept).exists() or between_marks((ROOT / kept).read_text()) != fresh.stdout:
            yield kept, "differs from the tables: run `make docs`"


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True, capture_output=True)
    return [PurePosixPath(p) for p in out.stdout.splitlines() if (ROOT / p).is_file()]


def read(rel):
    path = ROOT / rel
    return path.read_text(errors="replace") if path.is_file() else None


def all_complaints():
    files = tracked()
    for top in sorted({f.parts[0] for f in files} - TOP_LEVEL):
        yield top, "does not belong at the top level"
    texts = {f: read(f) for f in files if f.parts[0] != "fixtures" and "seeds" not in f.parts}
    code = {f: t for f, t in texts.items() if f.suffix in (".c", ".h")}
    found = []
    for f, text in texts.items():
        found += [(f, c) for c in licence(f, text)] if f.parts[0] not in ("docs", "debian") else []
        found += [(f, c) for c in private_words(f, text)] + [(f, c) for c in conflicts(f, text)]
        found += [(f, c) for c in cited.complaints(f, text, ROOT, CITED)]
    for f, text in code.items():
        for rule in (includes, banned, form):
            found += [(f, c) for c in rule(f, text)]
        found += [(f, c) for c in function_names(f, text, read)] + [(f, c) for c in file_name(f)]
    for f, (number, what) in found:
        yield f"{f}:{number}", what
    yield from circles(code)
    yield from agent_files(code)
    yield from unused(code)
    with ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(header_alone, [f for f in code if f.suffix == ".h"]))
    yield from formatted(code)
    yield from generated()
    codes = subprocess.run([sys.executable, ROOT / "tests/lint/codes.py"], text=True, capture_output=True)
    for line in (codes.stdout + codes.stderr).splitlines():
        yield "tests/lint/codes.py", line


def main():
    complaints = [f"{where}: {what}" for where, what in all_complaints()]
    print("\n".join([*complaints, f"lint: {len(complaints)} complaints"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
