# SPDX-License-Identifier: MIT
"""Reads C as far as lint needs it: text without comments and strings, functions, variables, and what is included."""
import re

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_only(text):
    """The same lines and columns, with blanks where comments, strings and characters stood."""
    return COMMENT_OR_STRING.sub(blank, text)


def prose_only(text):
    """The opposite: comments and strings at their lines and columns, blanks where code stood."""
    kept = [" " if c != "\n" else c for c in text]
    for m in COMMENT_OR_STRING.finditer(text):
        if m.group()[0] != "'":
            kept[m.start():m.end()] = m.group()
    return "".join(kept)


class Function:
    """A function that is defined: its name, its first line, how many lines it has, and whether it is static."""

    def __init__(self, name, line, length, is_static):
        self.name, self.line, self.length, self.is_static = name, line, length, is_static


def functions(code):
    """All that are defined in the text, which code_only has gone over. The brace of a body stands at the beginning of a line."""
    lines = code.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith("{"):
            continue
        first = at
        while first and lines[first - 1].strip() and not re.match(r"[}#]", lines[first - 1]) and not lines[first - 1].rstrip().endswith(";"):
            first -= 1
        signature = " ".join(lines[first:at])
        name = re.search(r"\b(\w+)\s*\(", signature)
        if not name:
            continue
        last = at
        while last + 1 < len(lines) and not lines[last].startswith("}"):
            last += 1
        yield Function(name.group(1), first + 1, last - first + 1, bool(re.search(r"\bstatic\b", signature)))


def mutable_statics(code):
    """(line, name, indented) of each static variable that can change: at file scope, and within functions (indented)."""
    for m in re.finditer(r"^([ \t]*)static\s+([^;={}()]*?)\b(\w+)((?:\s*\[[^\]]*\])*)\s*(?=[=;,])", code, flags=re.M):
        indent, type_and_stars, name, _ = m.groups()
        if re.search(r"\b(inline|_Thread_local)\b", type_and_stars):
            continue
        # Of a pointer the last const counts, of anything else the only one.
        behind_the_star = type_and_stars[type_and_stars.rfind("*") + 1:]
        if not re.search(r"\bconst\b", behind_the_star):
            yield code.count("\n", 0, m.start()) + 1, name, bool(indent)


def declared(code):
    """Names of the functions that a header declares."""
    code = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", code, flags=re.M)
    names = set()
    for statement in re.split(r"[;{}]", code):
        m = re.match(r"\s*(?!typedef\b|return\b)[\w\s*]*?\b(\w+)\s*\(", statement)
        if m:
            names.add(m.group(1))
    return names
