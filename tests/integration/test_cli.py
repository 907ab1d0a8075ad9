# SPDX-License-Identifier: MIT
"""The program sealpost against an agent that the test plays: answers of any length, a set-up that is refused, an agent that goes."""
import contextlib
import os
import socket
import subprocess
import threading

import real


class PlayedAgent:
    """Listens on a control socket. Every line of a session is answered by the next of `answers`, which gets the line's number;
    None closes the connection. What was read is kept in `lines`."""

    def __init__(self, folder, answers):
        self.path, self.answers, self.lines = folder / "control", answers, []
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(self.path))
        self.door.listen(4)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            session, _ = self.door.accept()
            with session, session.makefile("rb") as lines:
                for number, line in enumerate(lines, 1):
                    self.lines.append(line.decode().rstrip("\n"))
                    answer = self.answers[min(number, len(self.answers)) - 1]
                    if answer is None:
                        return
                    session.sendall(answer(number))
                session.sendall(b"\x1e. 0\n")

    def run(self, *words, **more):
        return subprocess.run([real.BUILD / "sealpost", "-s", self.path, *words], text=True, capture_output=True, timeout=60, **more)

    def close(self):
        self.door.close()
        self.thread.join(timeout=real.PATIENCE)
        assert not self.thread.is_alive()


def ok(number):
    return b"\nOK\n\n\x1e0 %d\n" % number


LINE = b'*s Call 1 DisplayName: "' + b"x" * 200 + b'"\n'
COUNT = 90000           # 20 MB, more than the program keeps of an answer


def long_answer(number):
    return LINE * COUNT + b"** end\n\nOK\n\n\x1e0 %d\n" % number


def unknown(number):
    return b'*r Result (status=Error):\n*r Result Reason: "Unknown command"\n** end\n\nERROR\n\n\x1e64 %d\n' % number


def test_a_mistyped_word_of_the_program_gets_a_guess(tmp_path):
    """The agent does not know these words. Its own ones begin with x, and for them it has guesses itself."""
    for word, guess in (("doctro", "doctor"), ("aply", "apply"), ("quux", None), ("xconfig", None)):
        folder = tmp_path / word
        folder.mkdir()
        agent = PlayedAgent(folder, [ok, unknown])
        r = agent.run(word)
        assert r.returncode == 64 and r.stdout == "", (word, r)
        assert r.stderr == "sealpost: Unknown command\n" + (f"sealpost: did you mean sealpost {guess}?\n" if guess else ""), (word, r.stderr)
        agent.close()


def test_one_line_has_an_answer_of_any_length(tmp_path):
    agent = PlayedAgent(tmp_path, [ok, long_answer])
    r = agent.run("xStatus", "Call")
    assert (r.returncode, r.stderr) == (0, "")
    assert r.stdout == LINE.decode() * COUNT
    assert agent.lines == ["xPreferences framing on", "xStatus Call"]
    agent.close()


def test_a_script_goes_on_behind_an_answer_of_any_length(tmp_path):
    agent = PlayedAgent(tmp_path, [ok, long_answer, ok])
    r = agent.run(input="xStatus Call\necho off\n")
    assert (r.returncode, r.stderr) == (0, "")
    assert r.stdout == LINE.decode() * COUNT + "** end\n\nOK\n\n\nOK\n\n"
    agent.close()


def test_a_login_shell_that_could_publish_does_not_begin(tmp_path):
    """Where the agent does not take away what the account shall not have, no line is sent."""
    agent = PlayedAgent(tmp_path, [ok, lambda n: b'*r Result (status=Error):\n*r Result Reason: "what is that"\n** end\n\nERROR\n\n\x1e64 %d\n' % n])
    r = agent.run("-c", "xStatus Call")
    assert r.returncode == 69 and r.stdout == ""
    assert "the agent refuses the lines with which this program begins a session: what is that" in r.stderr
    agent.close()
    assert agent.lines == ["xPreferences framing on", "xPreferences publish off"]


def test_an_agent_that_goes(tmp_path):
    for i, (answers, said) in enumerate((([None], "the agent accepts no more sessions"), ([ok, None], "the agent closed the connection"))):
        folder = tmp_path / str(i)
        folder.mkdir()
        agent = PlayedAgent(folder, answers)
        r = agent.run("xStatus", "Call")
        assert r.returncode == 69 and r.stdout == "" and said in r.stderr
        agent.close()


def test_what_is_no_answer_of_an_agent_ends_the_program(tmp_path):
    agent = PlayedAgent(tmp_path, [ok, lambda n: b"text\x1e" + b"0" * 1000])
    r = agent.run("xStatus", "Call")
    assert r.returncode == 69 and "the agent closed the connection" in r.stderr
    agent.close()


def test_a_terminal_shows_an_answer_of_any_length_before_the_next_prompt(tmp_path):
    agent = PlayedAgent(tmp_path, [ok, ok, long_answer, None])
    screen, terminal = os.openpty()
    env = {"TERM": "dumb", "HOME": str(tmp_path), "ASAN_OPTIONS": "detect_leaks=0:exitcode=99"}     # leaks: see person.py
    shell = subprocess.Popen([real.BUILD / "sealpost", "-s", agent.path], stdin=terminal, stdout=terminal, stderr=terminal,
                             env={**os.environ, **env}, start_new_session=True)
    os.close(terminal)
    os.write(screen, b"xStatus Call\rbye\r")
    seen = bytearray()
    with contextlib.suppress(OSError):          # that is how a terminal ends whose program has ended
        while piece := os.read(screen, 1 << 20):
            seen += piece
    os.close(screen)
    assert shell.wait(timeout=real.PATIENCE) == 69      # the played agent closes the connection at the last line
    agent.close()
    lines = seen.replace(b"\r\n", b"\n")
    first, last = lines.index(LINE), lines.rindex(LINE)
    assert lines[first:last + len(LINE)] == LINE * COUNT
