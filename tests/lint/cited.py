# SPDX-License-Identifier: MIT
"""Documents and source files that a text names exist, and so do the numbered sections of docs/wire-formats.md."""
import re

DOCUMENT = re.compile(r"(?<![\w*{}%/.-])((?:[\w-]+/)*[\w-]+\.md)\b(?:[ ,]+(\d+(?:\.\d+)?(?:(?:, | and )\d+(?:\.\d+)?)*))?")
SOURCE = re.compile(r"(?<![\w/.\"-])((?:src|include|docs|tests|fixtures|conf)/[\w./*-]*\w)")
SECTION = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.M)


def complaints(rel, text, root, exceptions=()):
    """(line, complaint) for each. CHANGELOG.md speaks of what once was."""
    if rel.name == "CHANGELOG.md" or rel.suffix in (".js", ".java") or str(rel) == "tests/lint/test_lint.py":
        return
    sections = None
    for number, line in enumerate(text.split("\n"), 1):
        for m in DOCUMENT.finditer(line):
            name, places = m.groups()
            found = [p for p in (root / name, root / "docs" / name, root / rel.parent / name) if p.is_file()]
            if not found and name not in exceptions:
                yield number, f"there is no document {name}"
            elif places and name.endswith("wire-formats.md"):
                sections = sections or set(SECTION.findall(found[0].read_text()))
                for place in re.findall(r"\d+(?:\.\d+)?", places):
                    if place not in sections:
                        yield number, f"{name} has no section {place}"
        if rel.suffix in (".md", ".c", ".h"):
            for m in SOURCE.finditer(line):
                name = m.group(1)
                if not any(list(root.glob(name + end)) for end in ("", ".c", ".h", "_*.c")) and name not in exceptions:
                    yield number, f"there is no {name}"
