# SPDX-License-Identifier: MIT
"""The sealpost program against a running agent: scripts as administrators paste them, a person at a terminal, one line from a
shell, a login shell; honest exit statuses; who may do what."""
import contextlib
import grp
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import termios
import time
from pathlib import Path

import pytest

import real
from person import Person

GUIDE = real.ROOT / "fixtures" / "guide"
OK, USAGE, DATAERR, NOINPUT, UNAVAILABLE, NOPERM = 0, 64, 65, 66, 69, 77


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


def call(agent, *args, stdin="", env=None, argv0=None):
    """(exit status, standard output, standard error)"""
    r = subprocess.run([argv0 or agent.build / "sealpost", *args], executable=agent.build / "sealpost", input=stdin, text=True,
                       capture_output=True, env={**agent.env, **(env or {})}, timeout=120)
    return r.returncode, r.stdout, r.stderr


# --- scripts -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("script", sorted(p.stem for p in GUIDE.glob("*.txt")))
def test_guide_script(agent, log, script):
    """Pasted whole: every line is understood and taken, so that the script runs to its end."""
    status, out, err = call(agent, "--stop-on-error", stdin=(GUIDE / f"{script}.txt").read_text())
    assert (status, err) == (OK, "")
    wanted = (GUIDE / f"{script}.out").read_text().splitlines()
    # A setting that is newer than the guide is no fault of the answer.
    assert [line for line in out.splitlines() if not line.startswith("*c ") or line in wanted] == wanted
    assert "Unknown" not in out and "No match" not in out
    if "xcom boot" in (GUIDE / f"{script}.txt").read_text():
        log.wait("agent: sealpostd .* runs", since=1)
    real.wait_for(agent.answers, "the agent answers again")


def test_the_systems_network_is_shown_and_not_set(agent):
    """Where the device gets its address is looked at here, and decided by the operating system."""
    words = ["Address", "Assignment", "Gateway", "SubnetMask"]
    for asked in ("xconfiguration ip", "xconfiguration network 1 ipv4", "xConfiguration", "xGetxml /Configuration/Network"):
        out = agent.run(asked)
        for word in words:
            assert f"IPv4 {word}: " in out if "xml" not in asked else f"<{word}" in out, (asked, word)
    status = agent.status("Network")["Network 1 IPv4 Address"]
    assert agent.get("ip address") in (status, "") and agent.get("Network 1 IPv4 Assignment") in ("DHCP", "Static")
    lines = ["xconfig network 1 ipv4 address: 203.0.113.77", "xconfig ip gateway: 203.0.113.78"]
    if agent.get("Network 1 IPv4 Assignment") == "DHCP":
        lines.append("xconfig ip assignment: static")
    for line in lines:
        assert "the operating system sets the addresses of the device" in agent.run(line, expect=DATAERR)


def test_a_restart_cuts_nobody_off(agent, log):
    """Who connects while the agent starts itself anew waits, and is answered by the new one."""
    for line in ("xCommand SystemUnit Boot Action: Restart", "xCommand Boot Action:Restart", "xCommand SystemUnit Boot"):
        mark = log.mark()
        assert "(status=OK)" in agent.run(line)
        for _ in range(20):
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(real.PATIENCE)
                s.connect(str(agent.control))
                s.sendall(b"xStatus SystemUnit Software Name\n")
                s.shutdown(socket.SHUT_WR)
                said = b""
                while more := s.recv(65536):
                    said += more
                assert b'Name: "sealpost"' in said, said
        log.wait("agent: sealpostd .* runs", since=mark)


def test_older_systems_know_three_ids(agent):
    """FeedbackRegister without ID gives 1, 2 and 3, also while the third is kept for the manager, and no fourth."""
    agent.set("Provisioning ExternalManager Address", "manager.test")
    given = [re.search(r"^ID: (\d)$", agent.run(f"xcommand feedbackregister url:https://x.test/{n} expression.1:status/call"), re.M).group(1)
             for n in range(3)]
    assert given == ["1", "2", "3"]
    out = agent.run("xcommand feedbackregister url:https://x.test/4 expression.1:status/call", expect=None)
    assert re.search(r'^Cause: \d+$', out, re.M) and 'Description: "no feedback slot is vacant: deregister one"' in out
    for n in given:
        assert "(status=OK)" in agent.run(f"xcommand feedbackderegister id:{n}")
    known = "ServerUrl: https://x.test/4 Expression: /Status/Call Coalesce: Status"
    old = "xcommand feedbackregister url:https://x.test/4 expression.1:/Status/Call"
    agent.run(f"xCommand HttpFeedback Register FeedbackSlot: 4 {known}")
    assert "ID: 1" in agent.run(old), "slot 4 is unknown to those systems"
    agent.run("xCommand HttpFeedback Deregister FeedbackSlot: 1", "xCommand HttpFeedback Deregister FeedbackSlot: 4",
              f"xCommand HttpFeedback Register FeedbackSlot: 2 {known}")
    assert "ID: 2" in agent.run(old) and agent.status("HttpFeedback 2")["HttpFeedback 2 Coalesce"] == "Status"
    agent.run("xCommand HttpFeedback Deregister FeedbackSlot: 2")
    assert "FeedbackSlot: 1" in agent.run("xCommand HttpFeedback Register ServerUrl: https://x.test/")


def test_codecs_own_words_of_status(agent):
    """What health checks of codecs read: the manager's address, why it failed, the next try, the time."""
    agent.set("Provisioning ExternalManager Address", "manager.test:9")
    agent.provision(expect=None)
    real.wait_for(lambda: agent.status("Provisioning")["Provisioning Status"] == "Failed", "it failed")
    state = agent.status("")
    assert state["Provisioning Server"] == "manager.test:9"
    assert state["Provisioning Reason"] == state["Provisioning LastError"] != ""
    assert state["Provisioning NextRetry"] == state["Time SystemTime"] == state["Time TrustedDate"] == "", "the date is not known here"
    agent.run('xConfiguration Provisioning ExternalManager Address: ""')
    state = agent.status("Provisioning")
    assert state["Provisioning Server"] == "" and state["Provisioning Reason"] == "no address of a manager is set"


def test_admin_password(agent, log):
    """Kept as a salted hash, under root's eyes only, and shown nowhere."""
    secret = "superstrongpasswordhere"
    kept = agent.state / "admin-password"
    said = agent.sealpost("xCommand", "SystemUnit", "AdminPassword", "Set", "Password:", secret)
    first = kept.read_text()
    assert re.fullmatch(r"sealpost-trust 1 sha256 [0-9a-f]{64}\n\$scrypt\$ln=14,r=8,p=1\$[0-9a-f]{32}\$[0-9a-f]{64}\n", first) and kept.stat().st_mode & 0o777 == 0o600
    said += agent.sealpost("xCommand", "SystemUnit", "AdminPassword", "Set", "Password:", secret)
    assert kept.read_text() != first, "another salt each time"
    said += agent.sealpost("xStatus") + agent.sealpost("xConfiguration") + "\n".join(log.lines)
    assert secret not in said and first[-65:-1] not in said
    for f in agent.folder.rglob("*"):
        assert not f.is_file() or secret.encode() not in f.read_bytes(), f
    # MXP's words for it, and its rule.
    said = agent.run(f"xconfig systemunit password: {secret}", "xconfig systemunit password", "xConfiguration") + "\n".join(log.lines)
    third = kept.read_text()
    assert third != first and secret not in said
    for line in ("xconfig systemunit password: {}", "xCommand SystemUnit AdminPassword Set Password: {}"):
        agent.run(line.format("ÆØÅæøåÆØÅæøåÆØ"))
        agent.set("StrictPassword", "On")
        assert "at least 15 characters" in agent.run(line.format("ÆØÅæøåÆØÅæøåÆØ"), expect=DATAERR), "fourteen, of 28 bytes"
        before = kept.read_text()
        agent.run(line.format("ÆØÅæøåÆØÅæøåÆØÅ"))
        assert kept.read_text() != before
        agent.set("StrictPassword", "Off")
    assert secret.encode() not in b"".join(f.read_bytes() for f in agent.folder.rglob("*") if f.is_file())
    agent.sealpost("xCommand SystemUnit AdminPassword Set Password: \"\"")
    assert not kept.exists()


def test_each_line_has_its_own_reason(agent):
    """Answers that come in one piece are not mixed up in the summary."""
    script = "xFoo\nxStatus Bar\nxConfiguration SystemUnit Nmae: x\nxConfiguration HttpFeedback TlsVerify: x\nxStatus Time\n" * 200
    status, out, err = call(agent, stdin=script)
    lines = err.splitlines()
    assert status == USAGE and len(lines) == 800
    wanted = ["Unknown command: xFoo; help lists the words that are known", "No match on address expression: Status/Bar; ",
              "No match on address expression: Configuration/SystemUnit/Nmae; ", "expected <Off/On>"]
    for i, line in enumerate(lines):
        assert line.startswith(f"sealpost: line {i // 4 * 5 + i % 4 + 1}: ") and wanted[i % 4] in line, line
        assert i % 4 != 3 or "Configuration/" not in line and "Status/" not in line, line


def test_errors_name_their_line(agent):
    script = "# a remark\nxConfiguration SystemUnit Name: one\n\nxFoo\nxConfiguration SystemUnit Name: two"
    status, out, err = call(agent, stdin=script)
    assert status == USAGE
    assert err == "sealpost: line 4: Unknown command: xFoo; help lists the words that are known\n"
    assert agent.get("SystemUnit Name") == "two", "the last line counts without its line feed"
    agent.set("SystemUnit Name", "zero")
    status, out, err = call(agent, "--stop-on-error", stdin=script)
    assert status == USAGE and "line 4" in err
    assert agent.get("SystemUnit Name") == "one"


def test_script_that_ends_in_a_body(agent):
    status, out, err = call(agent, stdin="xCommand Security Certificates CA Add\n-----BEGIN CERTIFICATE-----\n")
    assert status == DATAERR and "not run" in err


def test_ten_thousand_lines_at_once(agent):
    n = 10000
    status, out, err = call(agent, stdin="".join(f'xStatus Time State | resultId="{i}"\n' for i in range(n)))
    assert status == OK
    assert re.findall(r'^\*\* resultId: "(\d+)"$', out, re.M) == [str(i) for i in range(n)]


# --- one line ----------------------------------------------------------------------------------------------------

def test_a_long_script_lets_others_in(agent):
    """Each setting is on disk before it is answered, which may take long; a session does not wait for a whole batch of another one's."""
    count, got, answered = 300, b"", []
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as other:
        for s in (busy, other):
            s.connect(str(agent.control))
            s.settimeout(real.PATIENCE)
        busy.sendall(b"".join(b"xConfiguration SystemUnit Name: n%d\n" % n for n in range(count)))
        busy.setblocking(False)
        while got.count(b"OK\n") < count:
            other.sendall(b"xStatus Time State\n")
            while b"OK\n\n" not in other.recv(65536):
                pass
            before = got.count(b"OK\n")
            try:
                got += busy.recv(65536)
            except BlockingIOError:
                pass
            answered.append(got.count(b"OK\n") - before)
    # Now and then this test itself may have waited for a processor.
    assert sorted(answered)[len(answered) // 2] <= count / 15, f"settings that were answered between two lines of the other session: {answered}"


def test_one_line(agent):
    assert call(agent, "xConfiguration", "SystemUnit", "Name:", 'Möte "4" \\ & more') == (OK, "", "")
    assert call(agent, "xConfiguration", "systemunit", "name") == \
        (OK, '*c xConfiguration SystemUnit Name: "Möte \\"4\\" \\\\ & more"\n', "")
    assert call(agent, 'xConfiguration SystemUnit Name: "whole line"') == (OK, "", "")
    assert agent.get("SystemUnit Name") == "whole line"
    assert call(agent, "-c", "xConfiguration SystemUnit Name")[1] == '*c xConfiguration SystemUnit Name: "whole line"\n'


def test_several_lines_in_one_word(agent):
    """As plink -m and ssh host "$(cat file)" hand over a file of lines: a script, whatever ends them."""
    for name, end in (("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r")):
        lines = ["echo off", f'xConfiguration SystemUnit Name: "{name}"', "xStatus Time State", "bye", "xFoo"]
        status, out, err = call(agent, "-c", end.join(lines))
        assert (status, err) == (OK, "") and re.search(r"^\*s Time State: \w+\n\*\* end\n\nOK\n", out, re.M), (out, err)
        assert agent.get("SystemUnit Name") == name
    status, out, err = call(agent, "xFoo\nxStatus Time State\n")
    assert status == USAGE and "sealpost: line 1: Unknown command" in err and "*s Time State: " in out
    assert call(agent, "-c", "xConfiguration SystemUnit Name: one\r\n") == (OK, "", ""), "one line is no script"
    # As long as it may be in one word of a command line; and a body in it.
    lines = "".join(f"xStatus Time State | resultId={i}\n" for i in range(3000))
    status, out, err = call(agent, "-c", lines)
    assert status == OK and out.count("** resultId: ") == 3000
    status, out, err = call(agent, "-c", "xCommand Security Certificates CA Add\nno certificate\n.\nxStatus Time State")
    assert status == DATAERR and "line 1: " in err and "there is no certificate in it" in err and "*s Time State: " in out


def test_paths_are_no_commands(agent):
    """What file copies and management tools hand to a login shell. Their protocol expects nothing on standard output."""
    for line in ("/bin/sh -c 'echo ~ && sleep 0'", "/usr/lib/openssh/sftp-server", "/bin/sh", "internal-sftp", "scp -t /tmp/x", "//"):
        status, out, err = call(agent, "-c", line)
        assert (status, out) == (USAGE, "") and "Unknown command" in err, (line, out, err)


def test_exit_statuses(agent):
    cases = [
        (["xFoo"], USAGE, "Unknown command"),
        (["xStatus", "Foo"], USAGE, "No match on address expression: Status/Foo"),
        (["xConfiguration", "SystemUnit", "Nmae:", "x"], USAGE, "did you mean Name?"),
        (["xConfiguration", "NetworkServices", "HTTPS", "VerifyServerCertificate:", "maybe"], DATAERR, "<Off/On>"),
        (["xCommand", "HttpFeedback", "Register", "ServerUrl:", "http://a/b"], DATAERR, "https"),
        (["xCommand", "HttpFeedback", "Enable", "FeedbackSlot:", "4"], DATAERR, "not registered"),
        (["--socket", "/nonexistent/control", "xStatus"], UNAVAILABLE, "does sealpostd run?"),
        (["--nonsense"], USAGE, "usage"),
    ]
    for words, wanted, said in cases:
        status, out, err = call(agent, *words)
        assert (status, out) == (wanted, ""), (words, err)
        assert said in err, (words, err)


def test_broken_streams(agent):
    """What cannot be written or read is told; a missing stream is not taken by the agent's socket."""
    program = str(agent.build / "sealpost")
    name = agent.get("SystemUnit Name")
    for command, wanted in ((f"{program} xConfiguration > /dev/full", 74), (f"{program} < /", NOINPUT), (f"{program} xConfiguration >&-", OK),
                            (f"{program} xConfiguration | head -c 1 > /dev/null", OK)):
        r = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=agent.env, timeout=real.PATIENCE)
        assert r.returncode == wanted and (r.stderr.startswith("sealpost: standard ") if wanted else not r.stderr), (command, r)
    assert agent.get("SystemUnit Name") == name


def test_names(agent, tmp_path):
    for name, words, wanted in [("xStatus", ["Time", "State"], r"^\*s Time State: \w+$"),
                                ("/usr/bin/xConfiguration", ["SystemUnit", "Name"], r'^\*c xConfiguration SystemUnit Name: ""$'),
                                ("xStatus", ["Time State"], r"^\*s Time State: \w+$"),
                                ("xCommand", ["?"], "HttpFeedback"), ("xFeedback", ["List"], "^$"),
                                ("xGetxml", ["/Status/Time/State"], "<XmlDoc")]:
        status, out, err = call(agent, *words, argv0=name)
        assert status == OK and re.search(wanted, out, re.M), (name, out, err)


def test_json(agent):
    for words in (["xStatus"], ["xConfiguration"], ["xStatus", "Time"], ["xCommand", "Security", "Certificates", "CA", "Show"],
                  ["xCommand", "??"], ["xFoo"]):
        status, out, err = call(agent, "--json", *words)
        assert out.startswith("{\n") and out.endswith("\n}\n") and json.loads(out)
        assert err == ""
    assert json.loads(call(agent, "-j", "xConfiguration", "NetworkServices", "HTTPS")[1])["Configuration"]["NetworkServices"][
        "HTTPS"]["VerifyServerCertificate"]["Value"] == "On"


def test_body_from_standard_input(agent):
    status, out, err = call(agent, "xCommand", "Security", "Certificates", "CA", "Add", stdin="no certificate\n.\nat all\n")
    assert status == DATAERR and "there is no certificate in it" in err
    status, out, err = call(agent, "xCommand", "Security", "Certificates", "CA", "Add")
    assert status == NOINPUT and "standard input is empty: give the body on standard input" in err
    status, out, err = call(agent, stdin="xCommand Security Certificates CA Add\nno certificate\n")
    assert status == DATAERR and "it was not run (a body ends with a line that is only a full stop)" in err, err


def test_publish(agent):
    assert call(agent, "publish", stdin="<Status><Room><Light>On</Light></Room></Status>") == (OK, "", "")
    assert agent.status("Room") == {"Room Light": "On"}
    status, out, err = call(agent, "publish", stdin="<Status><Room>")
    assert status == DATAERR and "not published" in err
    assert call(agent, "publish", stdin="<Command/>")[0] == DATAERR
    status, out, err = call(agent, "publish")
    assert (status, out) == (NOINPUT, "") and "standard input, which is empty" in err


def test_follow(agent):
    p = subprocess.Popen([agent.build / "sealpost", "--follow", "xFeedback", "Register", "/Configuration/SystemUnit"],
                         stdout=subprocess.PIPE, text=True, env=agent.env)
    try:
        agent.set("SystemUnit Name", "first")       # the session may not have registered yet
        real.wait_for(lambda: agent.set("SystemUnit Name", str(time.monotonic())) and select.select([p.stdout], [], [], 0)[0],
                      "feedback arrives")
        assert p.stdout.readline().startswith("*c xConfiguration SystemUnit Name: ")
        assert p.stdout.readline() == "** end\n"
    finally:
        p.terminate()       # what began in the background of a shell may ignore SIGINT
        p.wait(real.PATIENCE)
        p.stdout.close()


# --- a person at a terminal --------------------------------------------------------------------------------------

def test_person(agent, tmp_path):
    p = Person(agent, tmp_path)
    p.sees(r"\*r Login successful\r\n\r\nOK\r\n")
    p.sees("sealpost> ")
    p.types("xsta\tTi\tSta\t\r")
    p.sees(r"\*s Time State: \w+\r\n")
    p.types("xconfig networks https verifys: ?\r")
    p.sees(re.escape("*? xConfiguration NetworkServices HTTPS VerifyServerCertificate: <Off/On>"))
    p.types("xConfiguration SystemUnit Name: given up\x03")
    p.sees(r"\^C\r\n")
    p.sees("sealpost> ")
    p.types("xCommand HttpFeedback \t")
    p.sees(r"Deregister\s+Enable\s+Queue")
    p.types("\x15xFeedback register /Configuration\r")
    p.sees(r"\*\* end\r\n\r\nOK\r\n")
    p.sees("sealpost> ")
    p.types("xConfiguration SystemUnit Na")
    p.sees("SystemUnit Na")
    agent.set("SystemUnit Name", "from elsewhere")
    p.sees(r'\*c xConfiguration SystemUnit Name: "from elsewhere"\r\n')     # above what is being typed
    p.sees("SystemUnit Na")
    p.types("me: Möte\r")
    p.sees(r"\*\* end\r\n\r\nOK\r\n")
    assert agent.get("SystemUnit Name") == "Möte"
    p.types("xconfig networkservices ntp server 1 key: hunter2\r")
    p.sees("OK\r\n")
    p.types('xconfig provisioning password: "hunter3\r')
    p.sees("the quote is never closed")
    p.types("xcom systemunit adminpasword set password: hunter4\r")
    p.sees("Unknown command")
    p.types("xcom sec cert services add privatekeypassword: hunter5\r.\r")
    p.sees("expected a certificate and its key as the body")
    p.types("xcom sec cert ca add\r")
    p.sees(r"\| ")
    p.types("rubbish\r.\r")
    p.sees("\x1b\\[31m\\*r CAAddResult .status=Error.*\r\n.*there is no certificate in it")
    p.types("xFoo\r")
    p.sees("Unknown command")
    p.types("bye\r")
    assert p.ended() == OK
    kept = (tmp_path / ".sealpost_history").read_text()
    assert "xFoo" in kept and "xcom\\040sec\\040cert\\040ca\\040add" in kept
    assert "hunter" not in kept and "rubbish" not in kept
    assert os.stat(tmp_path / ".sealpost_history").st_mode & 0o777 == 0o600


def test_person_without_colours_leaves_by_control_d(agent, tmp_path):
    p = Person(agent, tmp_path, env={"NO_COLOR": "1"})
    p.sees("sealpost> ")
    p.types("xFoo\r")
    assert "\x1b[31m" not in p.sees("ERROR\r\n")
    p.sees("sealpost> ")
    p.types("\x04")
    assert p.ended() == OK


@contextlib.contextmanager
def waiting(agent, tmp_path):
    """Somebody who waits for the agent's answer as long as this lasts."""
    p = Person(agent, tmp_path)
    p.sees("sealpost> ")
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        p.types("xStatus\r")
        p.sees("xStatus\r\n")
        # For an instant after a line libedit has the driver echo (src/cli/editor.c); then the program sleeps.
        real.wait_for(lambda: Path(f"/proc/{p.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S" and
                      not termios.tcgetattr(p.fd)[3] & termios.ECHO, "it waits for the answer")
        yield p
    finally:
        os.kill(agent.pid, signal.SIGCONT)


def test_person_does_not_want_to_wait(agent, tmp_path):
    with waiting(agent, tmp_path) as p:
        p.types("\x03")
        assert p.ended() == UNAVAILABLE


def test_person_types_ahead(agent, tmp_path):
    """What is typed before the prompt is there is neither lost nor echoed twice, Ctrl-D included."""
    with waiting(agent, tmp_path) as p:
        p.types("xStatus Time State\r\x04")
        time.sleep(0.2)
    said = p.sees(r"\*s Time State: \w+\r\n\*\* end")
    assert said.count("xStatus Time State") == 1
    assert p.ended() == OK


def test_person_sees_the_agent_go(agent, tmp_path):
    p = Person(agent, tmp_path)
    p.sees("sealpost> ")
    agent.run("xCommand SystemUnit Boot")
    p.sees("Connection closed: the agent ends or starts anew")
    assert p.ended() == UNAVAILABLE


def test_login_shell(agent, tmp_path):
    """As sshd runs it: with a terminal, with a pipe (the banner's OK is what clients wait for), with one command."""
    status, out, err = call(agent, argv0="-sealpost", stdin="echo off\nxpreferences outputmode json\nxStatus Time | resultId=\"1\"\n")
    assert status == OK and err == ""
    assert re.match(r"Welcome to .*\nsealpost .*\n\*r Login successful\n\nOK\n\n\nOK\n\n\{\n", out)
    assert json.loads(out[out.index("{\n"):])["ResultId"] == "1"
    p = Person(agent, tmp_path, argv0="-sealpost")
    p.sees("Login successful")
    p.types("bye\r")
    assert p.ended() == OK


# --- the socket --------------------------------------------------------------------------------------------------

def test_hang_up_in_the_middle_of_everything(agent):
    for half in ("xConfiguration SystemUnit Name: gone", "xCommand Security Certificates CA Add\nAAA\n", "{100}\nxCom", "{5", ""):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(agent.control))
            s.sendall(half.encode())
    assert agent.get("SystemUnit Name") == ""


def test_two_hundred_sessions(agent):
    people = []
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(agent.control))
        people.append(s)
    for s in people:
        s.sendall(b"xStatus Time State\n")
    for s in people:
        said = b""
        while b"\nOK\n" not in said:
            said += s.recv(4096)
        assert said.startswith(b"*s Time State: ")
        s.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_roles(tmp_path, log):
    """Who is in the socket's group reads and publishes; nobody else opens it; settings are the administrator's."""
    group = grp.getgrgid(os.stat("/").st_gid + 1).gr_gid
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.owner() == "root" and folder.stat().st_mode & 0o7 == 0:
            folder.chmod(folder.stat().st_mode | 0o755)
    agent = real.Agent(tmp_path, log, name="roles")
    agent.folder.chmod(0o755)
    sealpost = shutil.copy(agent.build / "sealpost", agent.folder)      # the checkout may lie where only its owner comes
    real_launch = real.Process

    def as_user(words, groups, stdin=""):
        def become():
            os.setgroups(groups)
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        r = subprocess.run([sealpost, *words], input=stdin, text=True, capture_output=True, env=agent.env, cwd=agent.folder,
                           timeout=real.PATIENCE, preexec_fn=become)
        return r.returncode, r.stdout + r.stderr

    agent.process = real_launch([agent.build / "sealpostd", "-c", agent.config, "-s", agent.state, "-S", agent.control, "-l", log.path,
                                 "-g", grp.getgrgid(group).gr_name], agent.folder, agent.env, "sealpostd")
    try:
        real.wait_for(agent.answers, "it answers", explain=agent.process.explain)
        status, said = as_user(["xStatus", "Time"], [])
        assert status == NOPERM and "members of the group sealpost may" in said
        assert as_user(["xStatus", "Time", "State"], [group])[0] == OK
        assert as_user(["publish"], [group], stdin="<Event><Test><A>1</A></Test></Event>")[0] == OK
        for words in (["xConfiguration", "SystemUnit", "Name:", "x"], ["syslog", "on"], ["xCommand", "SystemUnit", "Boot"],
                      ["certificate", "del", "root"]):
            status, said = as_user(words, [group])
            assert status == NOPERM and "Access denied" in said, (words, said)
        assert agent.get("SystemUnit Name") == ""
    finally:
        agent.stop()


def test_bash_completion(agent):
    script = f"""source {real.ROOT}/conf/completion/sealpost.bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sealpost; printf '%s\\n' "${{COMPREPLY[@]}}" """
    for words, wanted in (
            (["sealpost", "xCo"], ["xCommand", "xConfiguration"]),
            (["sealpost", "pub"], ["publish"]),
            (["sealpost", "--js"], ["--json"]),
            (["sealpost", "--json", "xSta"], ["xStatus"]),
            (["sealpost", "xConfiguration", "NetworkServices", "NTP", "Mode", ":", ""], ["Auto", "Manual", "Off"]),
            (["xStatus", "Time", ""], ["State", "SystemTime", "TrustedDate"]),
            (["xCommand", "HttpFeedback", "Register", "FeedbackSlot", ":", "1", "F"], ["Format:", "Force:"])):
        r = subprocess.run(["bash", "-c", script, "-", *words], text=True, capture_output=True, timeout=real.PATIENCE,
                           env={**agent.env, "PATH": f"{agent.build}:{os.environ['PATH']}"})
        assert r.stdout.split() == wanted, (words, r.stderr)


def test_an_agent_that_cannot_start_says_why(tmp_path):
    """On standard error, too: who typed the command may have no log to look into."""
    config = tmp_path / "sealpost.conf"
    config.write_text("xConfiguration SystemUnit Name: x\nxConfiguration NetworkServices NTP Mode: Never\nxConfiguration Nothing: 1\n")
    r = subprocess.run([real.BUILD / "sealpostd", "--config", config, "--state", tmp_path / "state", "--control", tmp_path / "control"],
                       capture_output=True, text=True, timeout=real.PATIENCE)
    assert r.returncode == 78
    for said in (":2:", ":3:", "does not start"):
        assert said in r.stderr, r.stderr
