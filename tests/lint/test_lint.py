# SPDX-License-Identifier: MIT
"""Each rule of lint refuses a probe and accepts the right form. Run by `make lint`."""
import sys
from pathlib import Path, PurePosixPath

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import c_code       # noqa: E402
import cited        # noqa: E402
import lint         # noqa: E402
import words        # noqa: E402


@pytest.fixture(autouse=True)
def no_exceptions(monkeypatch):
    """The rules themselves are tested, and not what does not keep them yet."""
    for name in ("CIRCLES", "FILE_NAMES", "FUNCTION_NAMES", "LONG_FILES", "LONG_FUNCTIONS", "PRIVATE_HEADERS", "STATICS", "UNUSED"):
        monkeypatch.setattr(lint, name, set())
    monkeypatch.setattr(lint, "WORDS", {})


def said(complaints):
    return " | ".join(what for _, what in complaints)


def test_layers():
    def of(path, line):
        return said(lint.includes(PurePosixPath(path), line + "\n"))
    assert "may not include agent/agent.h" in of("src/net/https.c", '#include "agent/agent.h"')
    assert "may not include settings/settings.h" in of("src/wire/soap.c", '#include "settings/settings.h"')
    assert of("src/agent/agent.c", '#include "net/https.h"') == ""
    assert of("src/net/dns.c", '#include "dns_channel.h"') == ""
    assert "private headers are its own" in of("src/net/dns.c", '#include "../store/tx.h"')
    assert "has no layer" in of("src/novelty/novelty.c", '#include "net/https.h"')


def test_layers_hold_for_the_lab_the_terminal_program_and_libsealpost():
    def of(path, name):
        return said(lint.includes(PurePosixPath(path), f'#include "{name}"\n'))
    assert "may not include" in of("src/net/dns.c", "lab/lab.h")
    assert "may not include" in of("src/cli/shell.c", "net/https.h")
    assert "may not include" in of("src/cli/shell.c", "doc/doc.h")
    assert of("src/cli/shell.c", "base/buf.h") == ""
    assert of("src/cli/shell.c", "ctl/ctl.h") == ""
    assert "stands alone" in of("src/client/client.c", "base/buf.h")
    assert of("src/client/client.c", "ctl/ctl.h") == ""
    assert "stands alone" in of("src/ctl/ctl.c", "base/buf.h")
    assert "may include base, cli, ctl only" in of("src/sealpost.c", "agent/agent.h")
    assert of("src/sealpostd.c", "agent/agent.h") == ""


def test_libraries():
    def of(path, name):
        return said(lint.includes(PurePosixPath(path), f"#include <{name}>\n"))
    assert "belongs in" in of("src/agent/agent.c", "curl/curl.h")
    assert "belongs in" in of("src/cli/shell.c", "openssl/ssl.h")
    assert of("src/net/https.c", "curl/curl.h") == ""


@pytest.mark.parametrize("call", ["strcpy(a, b)", "x = atoi(s)", "setlocale(LC_ALL, \"\")"])
def test_banned_functions(call):
    assert "is banned" in said(lint.banned(PurePosixPath("src/net/x.c"), f"void f(void)\n{{\n\t{call};\n}}\n"))
    assert lint.banned.__name__ and said(lint.banned(PurePosixPath("src/net/x.c"), f"/* {call} */\n")) == ""


@pytest.mark.parametrize("line, refused", [
    ("static int count;", True), ("static const char *last;", True), ("static char buf[80];", True),
    ("static struct http_server *server = NULL;", True), ("static int64_t then, now;", True),
    ("static const int primes[] = { 2, 3 };", False), ("static const char *const names[] = { \"a\" };", False),
    ("static int add(int a, int b);", False), ("static inline int one(void)", False),
    ("static const struct {\n\tconst char *a;\n} rows[] = { { \"x\" } };", False)])
def test_no_state_that_can_change(line, refused):
    at_file_scope = said(lint.banned(PurePosixPath("src/net/x.c"), line + "\n"))
    assert bool("mutable file-scope variable" in at_file_scope) == refused
    if "inline" not in line:
        within = said(lint.banned(PurePosixPath("src/net/x.c"), f"void f(void)\n{{\n\t{line}\n}}\n"))
        assert bool("within a function" in within) == refused


def test_lengths():
    path = PurePosixPath("src/net/x.c")
    assert "more than 450" in said(lint.form(path, "int a;\n" * 451))
    assert said(lint.form(path, "int a;\n" * 450)) == ""
    body = "static int f(void)\n{\n" + "\tg();\n" * 58 + "}\n"
    assert "f has 61 lines" in said(lint.form(path, body))
    assert said(lint.form(path, body.replace("\tg();\n", "", 1))) == ""
    assert "longer than 110" in said(lint.form(path, "/* " + "a" * 110 + " */\n"))
    assert said(lint.form(path, "\t" + "a" * 102 + "\n")) == ""
    assert "longer than 110" in said(lint.form(path, "\t" + "a" * 103 + "\n"))
    assert "blanks at the end" in said(lint.form(path, "int a; \n"))


def names(path, text, headers=None):
    return said(lint.function_names(PurePosixPath(path), text, lambda rel: (headers or {}).get(str(rel))))


def test_a_global_function_is_named_after_its_file():
    assert "open_it is global and not named after https" in names("src/net/https.c", "int open_it(int a)\n{\n}\n")
    assert names("src/net/https.c", "int https_open(int a,\n\t\tint b)\n{\n}\n") == ""
    assert names("src/net/https.c", "static int open_it(int a)\n{\n}\n") == ""
    header = {"include/net/https.h": "/* Opens. */\nint https_post(void);\n", "src/net/call.h": "int call_end(void);\n"}
    text = '#include "net/https.h"\n#include "call.h"\n\nint https_post(void)\n{\n}\n'
    assert names("src/net/sender.c", text, header) == ""
    assert "not named after" in names("src/net/sender.c", text)
    assert names("src/pki/pki_batch.c", "int batch_run(void)\n{\n}\n") == ""
    assert names("src/lab/chains_leaf.c", "int chain_good(void)\n{\n}\n") == ""
    assert "say what it does" in names("src/net/https.c", "static int came(void)\n{\n}\n")
    assert "say what it does" in names("src/net/https.c", "static int https_judge(void)\n{\n}\n")
    assert names("src/trust/verify.c", "static int judge(void)\n{\n}\n") == ""


def test_private_words():
    def of(path, text):
        return said(lint.private_words(PurePosixPath(path), text))
    assert "private word" in of("src/net/x.c", "/* The server is not believed. */\n")
    assert "private word" in of("src/net/x.c", 'log_error("the letters were buried");\n')
    assert "private word" in of("docs/x.md", "No other room sees it.\n")
    assert "private word" in of("conf/x.conf", "# the house rules\n")
    assert "private word" in of("src/net/x.c", "/* judges the answer */\n")
    assert of("src/trust/x.c", "/* judges the certificate */\n") == ""
    assert of("src/net/x.c", "int believed = judge(mute);\n") == ""          # code has rules of its own
    assert of("docs/x.md", "Dead letters of a meeting room; the gateway; there is no room for more.\n") == ""
    assert "says nothing" in said(lint.file_name(PurePosixPath("src/net/spot.c")))
    assert said(lint.file_name(PurePosixPath("src/net/https.c"))) == ""


def test_what_is_cited_exists():
    def of(text, path="src/net/x.c"):
        return said(cited.complaints(PurePosixPath(path), text, lint.ROOT))
    assert "there is no document docs/nowhere.md" in of("/* see docs/nowhere.md */\n")
    assert "there is no document nowhere.md" in of("see nowhere.md\n", "tests/unit/run")
    assert of("/* see docs/store.md, security.md, README.md */\n") == ""
    assert "has no section 4.9" in of("/* (wire-formats.md 4.1, 4.9) */\n")
    assert of("/* (wire-formats.md 1.2, 6.3 and 8) */\n") == ""
    assert "there is no src/net/nothing.c" in of("`src/net/nothing.c`\n", "docs/x.md")
    assert of("`src/base/err.c`, `src/base`, `tests/fuzz/seeds`, `docs/*.md`\n", "docs/x.md") == ""


def test_circles_of_includes():
    three = {PurePosixPath(f"src/novel/{a}.c"): f'#include "{b}.h"\n' for a, b in ("ab", "bc", "ca")}
    assert "a circle of includes: a, b, c" in said(lint.circles(three))
    two = {PurePosixPath(f"src/novel/{a}.c"): f'#include "{b}.h"\n' for a, b in ("ab", "ba", "ca")}
    assert said(lint.circles(two)) == ""
    contract = {PurePosixPath("src/novel/a.c"): '#include "novel/a.h"\n#include "b.h"\n', PurePosixPath("src/novel/b.c"): '#include "b.h"\n',
                PurePosixPath("src/novel/b.h"): '#include "c.h"\n', PurePosixPath("src/novel/c.h"): '#include "novel/a.h"\n',
                PurePosixPath("include/novel/a.h"): ""}
    assert said(lint.circles(contract)) == ""


def test_functions_that_only_tests_call():
    two = {PurePosixPath("src/base/a.c"): "int a_one(void)\n{\n}\n\nint a_two(void)\n{\n\treturn a_three();\n}\n\nint a_three(void)\n{\n}\n",
           PurePosixPath("src/base/b.c"): "static int g(void)\n{\n\treturn a_two();\n}\n",
           PurePosixPath("tests/unit/test_a.c"): "int main(void)\n{\n\treturn a_one();\n}\n"}
    assert said(lint.unused(two)) == "a_one is called by nothing but tests: it goes, or gets a caller"
    two[PurePosixPath("include/sealpost.h")] = "int a_one(void);\n"
    assert said(lint.unused(two)) == ""


def test_a_merge_is_finished():
    mark = "<" * 7
    assert "not finished" in said(lint.conflicts(PurePosixPath("docs/x.md"), f"a\n{mark} HEAD\nb\n"))
    assert said(lint.conflicts(PurePosixPath("docs/x.md"), f"a\n    {mark} HEAD\n<<<\n")) == ""


def test_licence():
    assert "SPDX" in said(lint.licence(PurePosixPath("src/a.c"), "int a;\n"))
    assert "SPDX" in said(lint.licence(PurePosixPath("tests/run"), "#!/bin/sh\nexit 0\n"))
    assert said(lint.licence(PurePosixPath("tests/run"), "#!/bin/sh\n# SPDX-License-Identifier: MIT\nexit 0\n")) == ""


def test_formatting(tmp_path):
    bad, good = tmp_path / "bad.c", tmp_path / "good.c"
    (tmp_path / ".clang-format").write_text((lint.ROOT / ".clang-format").read_text())
    bad.write_text("int f( void )\n{\n  return 1;\n}\n")
    good.write_text("int f(void)\n{\n\treturn 1;\n}\n")
    assert "is not formatted" in said(lint.formatted([bad]))
    assert said(lint.formatted([good])) == ""


def test_generated_documents(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/settings.md").write_text("as before\n")
    daemon = tmp_path / "sealpostd"
    daemon.write_text("#!/bin/sh\necho as before\n")
    daemon.chmod(0o755)
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    monkeypatch.setattr(lint, "BUILD", tmp_path)
    monkeypatch.setattr(lint, "GENERATED", {"settings": "docs/settings.md"})
    assert said(lint.generated()) == ""
    daemon.write_text("#!/bin/sh\necho something else\n")
    assert "run `make docs`" in said(lint.generated())
    page = tmp_path / "docs/settings.md"
    page.write_text('.Sh SETTINGS\n.\\" settings: begin (x)\nsomething else\n.\\" settings: end\n.Sh FILES\n')
    assert said(lint.generated()) == ""
    page.write_text(page.read_text().replace("something", "anything"))
    assert "run `make docs`" in said(lint.generated())


def test_a_function_is_found_with_its_length():
    text = "struct a {\n\tint b;\n};\n\nstatic int first(int a,\n\t\tint b)\n{\n\treturn 1;\n}\n\nstruct a *second(void)\n{\n}\n"
    found = [(f.name, f.line, f.length, f.is_static) for f in c_code.functions(c_code.code_only(text))]
    assert found == [("first", 5, 5, True), ("second", 11, 3, False)]


def test_words_that_are_right_where_they_stand():
    assert not list(words.private_words("No dead letters; a meeting room; *.rooms.example.com", may_judge=False))
    assert [w for _, w, _ in words.private_words("judged", may_judge=False)] == ["judged"]
