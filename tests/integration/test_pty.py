# SPDX-License-Identifier: MIT
"""sealpost on a pseudo-terminal: programs that ask for one and say "echo off", terminals of every kind, signals, and that no key
leads out of it."""
import contextlib
import os
import re
import signal
import socket

import pytest

import real
from person import Person

OK, UNAVAILABLE = 0, 69
ANSWER = r"\*s Time State: \w+\r\n\*\* end\r\n\r\nOK\r\n\r\n"
PROMPT = "sealpost> "


@pytest.fixture
def log(tmp_path):
    s = real.Syslog(tmp_path)
    yield s
    s.stop()


@pytest.fixture
def agent(tmp_path, log):
    a = real.Agent(tmp_path, log).start()
    yield a
    a.stop()


def at_prompt(agent, home, **how):
    p = Person(agent, home, **how)
    p.sees(r"Login successful\r\n\r\nOK\r\n")
    p.sees(PROMPT)
    return p


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_nothing_but_answers_after_echo_off(agent, tmp_path, end):
    p = at_prompt(agent, tmp_path, env={"TERM": "xterm-256color"})
    p.types(f"echo off{end}")
    p.sees(r"echo off\r\n\r\nOK\r\n\r\n")
    p.types(f"xStatus Time State{end}" * 3 + end + f"xFoo{end}")
    said = p.sees("ERROR\r\n\r\n")
    assert re.fullmatch(f"(?:{ANSWER})" + "{3}" + r"(?:[^\x1b>]+\r\n)+\r\nERROR\r\n\r\n", said), said
    # A long line, and a body.
    p.types(f'xConfiguration SystemUnit Name: "{"x" * 50}"{end}')
    assert p.sees("OK\r\n\r\n") == "** end\r\n\r\nOK\r\n\r\n"
    assert agent.get("SystemUnit Name") == "x" * 50
    p.types(f"xConfiguration SystemUnit Name: {'y' * 20000}{end}")
    p.sees("Illegal value")
    p.sees("ERROR\r\n\r\n")
    p.types(end.join(["xCommand Security Certificates CA Add", "no certificate", ".", ""]))
    assert "no certificate\r\n" not in p.sees("ERROR\r\n\r\n")
    # Feedback comes on lines of its own, between answers.
    p.types(f"xFeedback register /Configuration{end}")
    p.sees("OK\r\n\r\n")
    agent.set("SystemUnit Name", "elsewhere")
    assert p.sees(r"\*\* end\r\n") == '*c xConfiguration SystemUnit Name: "elsewhere"\r\n** end\r\n'
    # Backspace is taken as what it is, and Ctrl-C gives up what was typed so far.
    p.types(f"xStatus Time Foo\x03xStatus Time Stataö\x7f\x08e{end}")
    assert re.fullmatch(r"\s*" + ANSWER, p.sees(ANSWER))
    p.types(f"ECHO  on | resultId=7{end}")
    p.sees(r"OK\r\n\r\n" + PROMPT)
    p.types(f"echo of nothing{end}")        # is neither
    p.sees("ERROR.*\r\n\r\n" + PROMPT)
    p.types(f"xStatus Time State{end}")
    assert p.sees(r"OK\r\n\r\n" + PROMPT).count("xStatus Time State") == 1
    p.types(f"ec of{end}")
    p.sees(r"ec of\r\n\r\nOK\r\n\r\n")
    p.types(f"xStatus Time State{end}")
    assert re.fullmatch(ANSWER, p.sees(ANSWER))
    p.types("\x04")
    assert p.ended() == OK


def test_crlf_is_one_line_end(agent, tmp_path):
    p = at_prompt(agent, tmp_path, env={"TERM": "vt100"})
    for end in ("\r\n", "\r", "\n"):
        p.types(f"xStatus Time State{end}")
        p.sees(r"\*\* end\r\n\r\nOK\r\n\r\n" + PROMPT)
    p.types("xStatus Time State\r\nxFoo\r\n")     # had CRLF been two line ends, there was another prompt before the second line
    p.sees(r"\*\* end\r\n\r\nOK\r\n\r\n" + PROMPT)
    said = p.sees("xFoo\r\n")
    assert PROMPT not in said, said
    p.types("\x04")
    assert p.ended() == OK


@pytest.mark.parametrize("term", ["vt100", "vt220", "dumb", "terminal", "no-such-terminal", "", None])
def test_terminals_without_colours(agent, tmp_path, term):
    """Control systems set TERM to all sorts of things: nothing is said about that, and nothing but text is written."""
    p = Person(agent, tmp_path, env={"TERM": term})
    said = p.sees(PROMPT)
    assert said.startswith("Welcome to"), said
    p.types("xStatus Foo\r\n")
    said = p.sees(r"\r\nERROR\r\n\r\n" + PROMPT)
    assert "\x1b" not in said, said
    p.types("bye\r")
    assert p.ended() == OK


def test_terminal_with_colours(agent, tmp_path):
    p = at_prompt(agent, tmp_path, env={"TERM": "xterm"})
    p.types("xStatus Foo\r")
    p.sees("\x1b\\[31mERROR\x1b\\[0m\r\n")
    p.types("bye\r")
    assert p.ended() == OK


@pytest.mark.parametrize("term", ["xterm", "vt100", "dumb"])
def test_feedback_stands_on_lines_of_its_own(agent, tmp_path, term):
    p = at_prompt(agent, tmp_path, env={"TERM": term})
    p.types("xFeedback register /Configuration\r")
    p.sees("OK\r\n\r\n" + PROMPT)
    p.types("xStatus Time Sta")
    p.sees("Sta")
    agent.set("SystemUnit Name", "elsewhere")
    said = p.sees(r'\n\*c xConfiguration SystemUnit Name: "elsewhere"\r\n\*\* end\r\n') + p.sees(PROMPT + "xStatus Time Sta")
    assert term == "xterm" or "\x1b" not in said, said
    p.types("te\r")
    p.sees(ANSWER)
    p.types("bye\r")
    assert p.ended() == OK


# --- signals ------------------------------------------------------------------------------------------------------

def test_window_is_resized(agent, tmp_path):
    p = at_prompt(agent, tmp_path)
    for columns in (40, 132, 20, 80):
        p.types("xStatus ")
        p.resize(30, columns)
        p.types("Time State\r")
        p.sees(ANSWER)
    os.kill(agent.pid, signal.SIGSTOP)      # while an answer is awaited, too
    try:
        p.types("xStatus Time State\r")
        p.sees("xStatus Time State\r\n")
        p.resize(24, 100)
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    p.sees(ANSWER)
    p.types("echo off\r")
    p.sees("OK\r\n\r\n")
    p.types("xStatus ")
    p.resize(30, 90)
    p.types("Time State\r")
    p.sees(ANSWER)
    p.types("bye\r")
    assert p.ended() == OK


def test_is_stopped_and_continued(agent, tmp_path):
    """Under a shell with job control, at the prompt, in the middle of a line, and after echo off."""
    shell = Person(agent, tmp_path, command=["bash", "--norc", "--noprofile", "-i"], argv0="bash", env={"PS1": "shell$ "})
    shell.sees(r"shell\$ ")
    shell.types(f"{agent.build}/sealpost\r")
    shell.sees(PROMPT)
    for typed, rest in (("", "xStatus Time State\r"), ("xStatus Ti", "me State\r"), ("echo off\r", "xStatus Time State\r")):
        shell.types(typed)
        shell.sees(re.escape(typed.rstrip("\r")))
        if typed.endswith("\r"):
            shell.sees("OK\r\n\r\n")
        shell.types("\x1a")
        shell.sees(r"Stopped")
        shell.sees(r"shell\$ ")
        shell.types("echo $((6 * 7))\r")
        shell.sees("42\r\n")        # the terminal is as the shell wants it
        shell.types("fg\r")
        shell.sees(r"sealpost\r\n")
        shell.types(rest)
        shell.sees(ANSWER)
    shell.types("bye\r")
    shell.sees(r"shell\$ ")
    shell.types("exit $?\r")
    assert shell.ended() == OK


def test_login_shell_cannot_be_stopped(agent, tmp_path):
    """There is nobody who could continue it."""
    p = at_prompt(agent, tmp_path, argv0="-sealpost")
    p.types("xStatus ")
    p.sees("xStatus ")
    p.types("\x1a")
    p.sees(PROMPT + "xStatus ")
    p.types("Time State\r")
    p.sees(ANSWER)
    p.types("bye\r")
    assert p.ended() == OK


def test_body_is_given_up(agent, tmp_path):
    p = at_prompt(agent, tmp_path)
    p.types("xCommand Security Certificates CA Add\r")
    p.sees(r"\| ")
    p.types("-----BEGIN CERTIFICATE-----\r")
    p.sees(r"\| ")
    p.types("MIIB\x03")
    p.sees(r"\^C\r\n")
    p.sees("the command was cancelled while its body was typed: it was not run")
    p.sees(PROMPT)
    p.types("xStatus Time State\r")
    p.sees(ANSWER)
    p.types("bye\r")
    assert p.ended() == OK


@pytest.mark.parametrize("how", [Person.hangs_up, signal.SIGHUP, signal.SIGTERM])
def test_history_outlives_a_lost_connection(agent, tmp_path, how):
    p = at_prompt(agent, tmp_path)
    p.types("xStatus Time State\r")
    p.sees(ANSWER)
    if isinstance(how, signal.Signals):
        os.kill(p.pid, how)
        p.ended()
    else:
        how(p)
    assert "xStatus\\040Time\\040State" in (tmp_path / ".sealpost_history").read_text()
    p = at_prompt(agent, tmp_path)
    p.types("\x1b[A\r")
    p.sees(ANSWER)
    p.types("bye\r")
    assert p.ended() == OK


# --- the way out --------------------------------------------------------------------------------------------------

def test_no_key_leads_out(agent, tmp_path):
    """Every key, alone and behind Esc and Ctrl-X, and what would follow it if it led to libedit's own commands: no program is run and
    no file read, whatever ~/.editrc and EDITRC ask for."""
    trace, ran = tmp_path / "trace", tmp_path / "ran"
    rc = "bind ^T ed-command\nbind ^G vi-histedit\nbind ^O ed-command\nbind -s ^Q \"xFoo\"\n"
    (tmp_path / ".editrc").write_text(rc)
    (tmp_path / "editrc").write_text(rc)
    p = Person(agent, tmp_path, argv0="strace", env={"EDITRC": str(tmp_path / "editrc"), "EDITOR": f"touch {ran}", "VISUAL": f"touch {ran}"},
               command=["strace", "--seccomp-bpf", "-f", "-q", "-o", trace, "-e", "trace=execve,execveat,clone,clone3,fork,vfork,open,openat",
                        agent.build / "sealpost"])
    p.sees(PROMPT)
    real.wait_for(lambda: "openat" in trace.read_text(), "strace writes")
    before = trace.read_text()
    # These end the line or the session, as they should; Ctrl-S is the terminal's own and holds the output back.
    others = [b for b in range(1, 256) if b not in (0x03, 0x04, 0x13, 0x1a, 0x1c)]
    keys = [lead + bytes([b]) for lead in (b"", b"\x1b", b"\x18", b"\x1b[", b"\x1bO") for b in others]
    harm = b"bind -v\r\x1bv:!touch " + str(ran).encode() + b"\r:q!\r"
    for n, key in enumerate(keys):
        p.types(b"a" + key + harm + b"\x07\x15\r")
        if n % 10 == 9:
            p.types(b"xMark%d\r" % n)
            p.sees(f"XPath: .xMark{n}\"")
    p.types("\x15xStatus Time State\r")
    p.sees(ANSWER)
    during = trace.read_text()[len(before):]
    p.types("\x15bye\r")
    assert p.ended() == OK
    assert during == "", during
    assert "editrc" not in before and trace.read_text().count("exec") == 1 and not ran.exists()


def test_control_c_gives_up_what_runs(agent, tmp_path):
    """The agent ends the work, and the session goes on with all that was set in it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:       # a name server that never answers
        silent.bind(("127.0.0.1", 0))
        agent.set("Network 1 DNS Server 1 Address", f"127.0.0.1:{silent.getsockname()[1]}")
        p = at_prompt(agent, tmp_path)
        p.types("xFeedback register /Configuration\r")
        p.sees(PROMPT)
        p.types("xCommand Diagnostics Connection Url: https://nowhere.test/\r")
        silent.recvfrom(512)
        p.types("\x03")
        p.sees(r"\^C\r\n")
        p.sees(r"the command was given up before it had its answer")
        p.sees(PROMPT)
        p.types("xStatus Time State\r")
        p.sees(ANSWER)
        p.sees(PROMPT)
        agent.set("SystemUnit Name", "still told")
        p.sees("SystemUnit Name: \"still told\"")
        silent.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while silent.recvfrom(512):         # questions that were repeated
                pass
        silent.settimeout(None)
        p.types("doctor https://elsewhere.test/\r")
        silent.recvfrom(512)
        p.types("\x03")
        p.sees("given up")
        p.sees(PROMPT)
        p.types("bye\r")
        assert p.ended() == OK


@pytest.mark.parametrize("end", ["\x04", ".\r"])
@pytest.mark.parametrize("quiet", [False, True])
def test_what_ends_a_body(agent, tmp_path, end, quiet):
    p = at_prompt(agent, tmp_path)
    if quiet:
        p.types("echo off\r")
        p.sees("OK\r\n")
    p.types("xCommand Security Certificates CA Add\r")
    if not quiet:
        p.sees(r"\| ")
    p.types("no certificate\r")
    if not quiet:
        p.sees(r"\| ")
    p.types(end)
    p.sees("there is no certificate in it")
    p.types("xStatus Time State\r")
    p.sees(ANSWER)
    p.types("quit\r")
    assert p.ended() == OK


@pytest.mark.parametrize("end", ["\x04", ".\r"])
def test_what_ends_the_body_of_one_line(agent, tmp_path, end):
    p = Person(agent, tmp_path, command=[agent.build / "sealpost", "xCommand", "Security", "Certificates", "CA", "Add"])
    p.sees("Type the body")
    p.types("no certificate\r")
    p.types(end)
    p.sees("there is no certificate in it")
    assert p.ended() == 65


def test_answers_break_between_words(agent, tmp_path):
    p = at_prompt(agent, tmp_path)
    p.resize(24, 60)
    p.types("xStatus Diagnostics ??\r")
    shown = p.sees(r"OK\r\n").split("\r\n")[1:]
    plain = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in shown]
    assert all(len(line) <= 60 or " " not in line.strip() for line in plain), "longer words are left whole"
    assert any(line.startswith(" " * 9) and line.strip() for line in shown), "a line that goes on is indented"
    piped = agent.sealpost("xStatus Diagnostics ??")
    assert any(len(line) > 60 for line in piped.splitlines()), "nothing is broken where nobody sees lines"
    said = " ".join(line.strip() for line in plain)
    assert all(" ".join(line.split()) in " ".join(said.split()) for line in piped.splitlines())
    p.types("xPreferences outputmode json\r")
    p.sees(PROMPT)
    p.types("xStatus Diagnostics ??\r")
    assert any(len(line) > 60 for line in p.sees(r"\r\n}\r\n").split("\r\n")), "documents are left as they are"
    p.types("logout\r")
    assert p.ended() == OK


def test_help_and_guesses(agent):
    for line, said in (("help xStatus", "xStatus [path]"), ("help tlsverify", "xConfiguration HttpFeedback TlsVerify"),
                       ("xCommand //csr", "*? xCommand Security Certificates CSR Create"), ("xCommand", "User Commands"),
                       ("xcommand//Queue", "*? xCommand HttpFeedback Queue List")):
        assert said in agent.sealpost(line), line
    for line, said in (("xconfg", "did you mean xConfiguration?"), ("xComandd", "did you mean xCommand?"), ("help zzz", 'no command'),
                       ("xCommand //zzz", "no command has")):
        assert said in agent.sealpost(line, expect=64), line
    assert agent.sealpost("! a comment, as in dumps of codecs") == ""
    for word in ("exit", "quit", "logout", "bye"):
        assert agent.sealpost(stdin=f"{word}\nxStatus Time State\n").count("Time State") == 0
