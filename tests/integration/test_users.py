# SPDX-License-Identifier: MIT
"""Users who log in from the network, and what a program in sealpost-web's place can do at the control socket."""
import json
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import pytest

import real
from pki import Pki

WEB_USER, OTHER_USER = "daemon", "bin"      # they are on every Debian, and no program here runs as them
DENIED, OK = 77, 0
PASSWORD = 'correct "horse" \\ battery'


class Session:
    """A session at the control socket by a process of this user, in typed mode."""

    def __init__(self, folder, user):
        uid = int(subprocess.run(["id", "-u", user], capture_output=True, text=True, check=True).stdout)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(real.PATIENCE)
        os.seteuid(uid)         # the kernel tells the agent who connected
        try:
            self.socket.connect(str(folder / "control"))
        finally:
            os.seteuid(0)
        self.file = self.socket.makefile("rwb")
        self.ask("xPreferences framing on")
        self.ask("xPreferences outputmode typed")

    def send(self, line):
        self.file.write(line.encode() + b"\n")
        self.file.flush()

    def read(self):
        """(status, answer)"""
        answer = b""
        while True:
            line = self.file.readline()
            if not line:
                return None, answer.decode()
            if re.match(rb"\x1e\d+ \d+", line):
                return int(line[1:].split()[0]), answer.decode()
            if not line.startswith(b"\x1e"):
                answer += line

    def ask(self, line):
        self.send(line)
        return self.read()

    def result(self, line):
        self.send(line)
        return self.answer()

    def answer(self):
        status, answer = self.read()
        return next(iter(json.loads(answer)["CommandResponse"].values())) | {"exit": status}

    def log_in(self, name, password, address):
        quoted = password.replace("\\", "\\\\").replace('"', '\\"')
        return self.result(f'xLogin Name: "{name}" Passphrase: "{quoted}" Address: "{address}"')

    def is_over(self):
        return self.read()[0] is None

    def close(self):
        self.file.close()
        self.socket.close()


class World:
    def __init__(self, folder):
        self.log = real.Syslog(folder)
        self.place = Path(tempfile.mkdtemp(prefix="sealpost-users-"))       # a folder that other users can enter
        self.place.chmod(0o755)
        self.agent = real.Agent(folder, self.log, options=["--web-user", WEB_USER, "-e"])
        self.agent.control = self.place / "control"
        self.agent.env["SEALPOST_SOCKET"] = self.agent.command_env["SEALPOST_SOCKET"] = str(self.agent.control)
        self.marker = self.place / "https"
        self.sessions = []
        self.start()

    def start(self):
        self.agent.start()
        self.agent.control.chmod(0o666)

    def restart(self):
        self.agent.stop()
        self.start()

    def session(self, user=WEB_USER):
        self.sessions.append(Session(self.place, user))
        return self.sessions[-1]

    def state(self):
        """What stands in the state folder, but for the audit and what the passing of time alone changes."""
        return {f.relative_to(self.agent.state): f.read_bytes() for f in self.agent.state.rglob("*")
                if f.is_file() and not f.name.startswith(("store.db", "audit"))}

    def close(self):
        for s in self.sessions:
            s.close()
        self.agent.stop()
        self.log.stop()
        shutil.rmtree(self.place)


@pytest.fixture
def world(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can connect as other users")
    w = World(tmp_path)
    yield w
    w.close()


def listening(pid):
    """Inodes of the process's sockets that listen on a network."""
    tables = "".join(Path(f"/proc/{pid}/net/{t}").read_text() for t in ("tcp", "tcp6"))
    own = {os.readlink(f) for f in Path(f"/proc/{pid}/fd").iterdir()}
    return [line for line in tables.splitlines() if line.split()[3:4] == ["0A"] and f"socket:[{line.split()[9]}]" in own]


def test_secrets_in_addresses_are_shown_to_administrators_only(world):
    """A user who can only read sees the addresses of servers, without tokens and queries, also where they change."""
    agent, hook, query = world.agent, "t0ken-of-a-webhook-0123", "query-s3cret"
    agent.stop()
    agent.write_settings([f"Phonebook Server 1 URL: https://192.0.2.8/{hook}?key={query}"])
    world.start()
    agent.run('xCommand UserManagement User Add Username: tom Passphrase: "a password for tom" Role: User')
    user = world.session()
    assert user.log_in("tom", "a password for tom", "192.0.2.1")["exit"] == OK
    agent.run(f'xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: "https://192.0.2.7/{hook}?key={query}" Expression: /Event/Test')
    user.ask("xFeedback Register /Configuration/Phonebook")
    agent.set("Phonebook Server 1 URL", f"https://192.0.2.9/{hook}?key={query}")
    told = user.ask("xStatus Time State")[1]
    assert "192.0.2.9" in told and hook not in told and query not in told, told
    questions = ("xStatus HttpFeedback", "xStatus HttpFeedback 1 URL", "xGetxml /Status/HttpFeedback", "xGetxml //URL", "xDocument Path: Status",
                 "xConfiguration Phonebook", "xConfiguration Phonebook ?", "xConfiguration", "xGetxml /Configuration", "xDocument Path: Configuration",
                 "xCommand Configuration Diff", "xCommand Configuration Origin Get Path: Phonebook", "xCommand Security Readiness Show")
    for mode in ("terminal", "xml", "json", "typed"):
        user.ask(f"xPreferences outputmode {mode}")
        for question in questions:
            answer = user.ask(question)[1]
            assert "192.0.2." in answer and "***" in answer, (mode, question, answer)
            assert hook not in answer and query not in answer, (mode, question, answer)
    for question in questions[:-1]:
        assert query in agent.run(question), question


def test_unfinished_input_of_one_person_leaves_the_others_room(world):
    """Whoever has logged in through sealpost-web has 16 MiB, as each user on the device has, and not all of them together."""
    whole = b"xPutxml\n<Command><None/></Command>" + (b" " * 60000 + b"\n") * 68
    for name in ("tom", "bob", "ann"):
        world.agent.run(f'xCommand UserManagement User Add Username: {name} Passphrase: "a password of {name}" Role: User')

    def begin(name):
        s = world.session()
        assert s.log_in(name, f"a password of {name}", "192.0.2.1")["exit"] == OK
        return s

    def wait_with_most(name):
        """A session that has sent all but the end of a long document."""
        s = begin(name)
        s.file.write(b"{%d}\n" % (len(whole) + 10) + whole)
        s.file.flush()
    ann = begin("ann")
    for name in ("tom", "tom", "tom", "bob"):
        wait_with_most(name)
    ann.file.write(b"{%d}\n" % len(whole) + whole)
    ann.file.flush()
    status, answer = ann.read()
    assert status is not None and "None" in answer, (status, answer[:500])
    ended = "control: .*the unfinished commands in all sessions of this user take more than 16 MiB together"
    assert not world.log.find(ended)
    with pytest.raises(OSError):
        for _ in range(3):
            wait_with_most("tom")
    world.log.wait(ended)


def test_off_is_as_if_there_were_none(world):
    """No file, no process, no socket, no key."""
    pid = world.agent.pid
    assert not world.marker.exists() and not listening(pid)
    assert not Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert world.agent.get("NetworkServices HTTPS Mode") == "Off"
    before = set(world.state())
    told = world.session().result("xWeb Get Generation: 0")
    assert told["Mode"] == "Off" and set(told) == {"status", "exit", "Generation", "Mode"}
    world.agent.set("NetworkServices HTTPS Mode", "On")
    assert world.marker.exists() and world.agent.status("NetworkServices HTTPS Server")["NetworkServices HTTPS Server Status"] == "NotRunning"
    world.log.wait("https: clients are shown a self-signed certificate")
    assert not listening(pid), "the agent itself never listens"
    world.agent.set("NetworkServices HTTPS Mode", "Off")
    assert not world.marker.exists()
    world.marker.touch()
    world.restart()
    assert not world.marker.exists(), "one that was left behind is removed at the next start"
    assert {f.name for f in before} >= {f.name for f in world.state()} - {"https-self-signed", "settings.conf"}


LINES = ["xStatus", "xConfiguration", "xConfiguration SystemUnit Name: broken", "xCommand SystemUnit Boot", "xEvent", "xGetxml /Configuration",
         "xFeedback Register /Status", "syslog on", "certificate list", "certificate del root", "pki list", "xMetrics", "xDocument Path: Command",
         "xPublish\n<Event><Broken/></Event>\n.", "xPutxml\n<Configuration><SystemUnit><Name>broken</Name></SystemUnit></Configuration>\n.",
         "xCommand UserManagement User Add Username: broken Passphrase: broken Role: Admin",
         "xCommand SystemUnit AdminPassword Set Password: broken", "xCommand Security Session List",
         'xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: "https://broken.test/" Expression: /Status',
         'xConfiguration NetworkServices HTTPS Mode: Off']


def test_a_hostile_program_in_its_place(world):
    """Without a password it reads the key and its own settings, and changes nothing. Nobody else gets the key."""
    world.agent.set("NetworkServices HTTPS Mode", "On")
    world.agent.run("xCommand UserManagement User Add Username: anna Role: Admin")
    before, settings = world.state(), world.agent.run("xConfiguration", "xStatus HttpFeedback")
    s = world.session()
    assert "PRIVATE KEY" in s.result("xWeb Get Generation: 0")["Key"]
    for line in LINES:
        status, answer = s.ask(line)
        assert status == DENIED and "Access denied" in answer, line
    for word in set(re.findall(r"\b[a-zA-Z]+\b", world.agent.run("help"))) - {"bye", "help"}:
        assert s.ask(f"{word} x")[0] != OK, word
    for name in ("admin", "anna", "root", WEB_USER, ""):
        assert world.session().log_in(name, "", f"10.0.0.{len(world.sessions)}")["exit"] == DENIED
    assert world.state() == before and world.agent.run("xConfiguration", "xStatus HttpFeedback") == settings
    for user in (OTHER_USER, "root"):
        status, answer = world.session(user).ask("xWeb Get Generation: 0")
        assert status == DENIED and "PRIVATE" not in answer
        assert world.session(user).log_in("admin", "x", "10.0.0.1")["exit"] == DENIED
    said = "\n".join(world.log.lines) + world.agent.process.said()
    assert "PRIVATE KEY" not in said and before[Path("https-self-signed")].decode().splitlines()[-2] not in said


def test_log_in(world):
    """From then on a session has the rights of its user; each log-in, failure and lock-out is in the log, and no password."""
    agent, log = world.agent, world.log
    quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    agent.run(f'xCommand SystemUnit AdminPassword Set Password: "{quoted}"',
              f'xCommand UserManagement User Add Username: ben Passphrase: "{quoted}2"')
    reader, admin = world.session(), world.session()
    assert reader.log_in("ben", PASSWORD, "192.0.2.1")["exit"] == DENIED
    assert reader.log_in("BEN", PASSWORD + "2", "192.0.2.2") == {"status": "OK", "exit": OK, "Name": "ben", "Roles": "User"}
    assert admin.log_in("admin", PASSWORD, "2001:db8::7") == {"status": "OK", "exit": OK, "Name": "admin", "Roles": "Admin User"}
    assert reader.ask("xStatus SystemUnit")[0] == OK and reader.ask("xConfiguration SystemUnit Name")[0] == OK
    assert reader.ask("xConfiguration SystemUnit Name: x")[0] == DENIED and reader.ask("xCommand Security Session List")[0] == DENIED
    assert admin.ask("xConfiguration SystemUnit Name: by-admin")[0] == OK and agent.get("SystemUnit Name") == "by-admin"
    assert reader.ask("xConfiguration NetworkServices HTTPS Mode: On")[0] == DENIED
    assert "the role Admin" in reader.ask("xCommand Security Session List")[1]      # groups of the device's users do not help him
    log.wait("audit: .*NetworkServices HTTPS Mode.*ben.*192.0.2.2")      # who tried it, and from where
    status, answer = admin.ask("xPublish\n<Status><A>1</A></Status>\n.")
    assert status == DENIED and "nobody publishes from the network" in answer and "sealpost-publish" not in answer, answer
    assert admin.ask("xWeb Get Generation: 0")[0] == DENIED
    listed = admin.result("xCommand Security Session List")["Session"]
    assert [(s["Username"], s["Role"], s["Address"]) for s in listed] == [("ben", "User", "192.0.2.2"), ("admin", "Admin", "2001:db8::7")]
    agent.run(f"xCommand Security Session Terminate SessionId: {listed[0]['Id']}")
    assert reader.is_over() and admin.ask("xStatus SystemUnit Uptime")[0] == OK
    for line in ('audit: a log-in failed: user "ben" from "192.0.2.1": wrong password', 'audit: user ben has logged in from "192.0.2.2"',
                 'audit: user admin has logged in from "2001:db8::7"', "audit: session 1 of user ben from 192.0.2.2 is terminated"):
        log.wait(re.escape(line))

    # A lock-out holds neither at the terminal nor for sessions that are open.
    agent.set("Security Session MaxFailedLogins", "2")
    for i in (3, 4):
        assert world.session().log_in("admin", "wrong", f"192.0.2.{i}")["exit"] == DENIED
    log.wait('audit: user admin is locked for 60 minutes after 2 failed log-ins, the last one from "192.0.2.4"')
    assert world.session().log_in("admin", PASSWORD, "192.0.2.5")["exit"] == DENIED
    assert world.session().log_in("admin", PASSWORD, "2001:db8::7")["exit"] == DENIED
    assert admin.ask("xStatus SystemUnit Uptime")[0] == OK and agent.run("xStatus SystemUnit Uptime")
    assert agent.status("Security Session")["Security Session UsersLocked"] == "1"
    agent.run("xCommand UserManagement User Unblock Username: admin")
    assert world.session().log_in("admin", PASSWORD, "192.0.2.5")["exit"] == OK

    # So many sessions and no more; a new password ends them.
    agent.set("Security Session MaxSessionsPerUser", "2")
    full = world.session().log_in("admin", PASSWORD, "192.0.2.5")
    assert full["status"] == "Error" and "MaxSessionsPerUser" in full["Reason"]
    log.wait("audit: user admin from 192.0.2.5 was not let in: .* MaxSessionsPerUser")
    agent.run("xCommand UserManagement User Passphrase Set Username: admin NewPassphrase: other")
    assert admin.is_over()
    assert world.session().log_in("admin", PASSWORD, "192.0.2.6")["exit"] == DENIED
    assert not log.find("refused: xLogin"), "one line says that a log-in failed, and whose"

    # Who has logged in shows that it is still he who sets a password; an inactive user is not let in, and whoever is there goes.
    admin = world.session()
    assert admin.log_in("admin", "other", "192.0.2.7")["exit"] == OK
    change = "xCommand UserManagement User Passphrase Set Username: ben NewPassphrase: \"by admin\""
    assert "YourPassphrase" in admin.ask(change)[1]
    status, said = admin.ask(f"{change} YourPassphrase: wrong")
    assert status != OK and "is not the password of the user admin" in said
    assert admin.ask(f"{change} YourPassphrase: other")[0] == OK
    document = ("<Command><UserManagement><User><Passphrase><Set><Username>ben</Username><NewPassphrase>by putxml</NewPassphrase>"
                "</Set></Passphrase></User></UserManagement></Command>")
    assert "YourPassphrase" in admin.ask(f"xPutxml\n{document}\n.")[1]
    for line in ('xCommand SystemUnit AdminPassword Set Password: "taken over"',
                 'xCommand SystemUnit AdminPassword Set Password: "taken over" YourPassphrase: wrong',
                 'xConfiguration SystemUnit Password: "taken over"'):
        status, said = admin.ask(line)
        assert status != OK and "YourPassphrase" in said, line
    assert world.session().log_in("admin", "taken over", "192.0.2.11")["exit"] == DENIED
    mine = "xCommand SystemUnit AdminPassword Set Password: other YourPassphrase: other"
    assert admin.ask(mine)[0] != OK, "the wrong passwords have locked the user"
    agent.run("xCommand UserManagement User Unblock Username: admin")
    assert admin.ask(mine)[0] == OK and admin.is_over()

    # Every user can change his own password, if he knows it.
    change = 'xCommand UserManagement User Passphrase Change NewPassphrase: "by ben" OldPassphrase:'
    assert "has logged in from the network" in agent.run(f'{change} "by admin"', expect=None)
    ben = world.session()
    assert ben.log_in("ben", "by admin", "192.0.2.8")["exit"] == OK
    status, said = ben.ask(f"{change} wrong")
    assert status != OK and "OldPassphrase is not the password of the user ben" in said
    assert ben.ask(f'{change} "by admin"')[0] == OK and ben.is_over()
    log.wait("audit: user ben: from User, .*by .ben., reader, from 192.0.2.8")
    agent.run('xCommand UserManagement User Passphrase Set Username: ben NewPassphrase: "by admin"')
    ben = world.session()
    assert ben.log_in("ben", "by admin", "192.0.2.8")["exit"] == OK
    agent.run("xCommand UserManagement User Modify Username: ben Active: False")
    assert ben.is_over()
    assert world.session().log_in("ben", "by admin", "192.0.2.9")["exit"] == DENIED
    log.wait('audit: a log-in failed: user "ben" from "192.0.2.9": the user is not active')
    agent.run("xCommand UserManagement User Modify Username: ben Active: True AddRole: Admin")
    ben = world.session()
    assert ben.log_in("ben", "by admin", "192.0.2.10")["Roles"] == "Admin User"
    agent.run("xCommand UserManagement User Modify Username: ben RemoveRole: Admin")
    assert ben.is_over()

    # Users survive a restart; passwords are nowhere but in hashes.
    agent.run("xCommand UserManagement User Passphrase Set Username: ben NewPassphrase: \"after restart\"")
    world.restart()
    assert world.session().log_in("ben", "after restart", "192.0.2.1")["exit"] == OK
    said = "\n".join(log.lines).encode() + b"".join(f.read_bytes() for f in agent.folder.rglob("*") if f.is_file())
    for secret in (PASSWORD, quoted, "after restart"):
        assert secret.encode() not in said
    assert agent.state.joinpath("accounts").stat().st_mode & 0o777 == 0o600


def take_answers(sessions, answered):
    """Reads what has been answered; how many were refused without a check."""
    waiting = [s.socket for s in sessions if s.socket not in answered]
    for ready in select.select(waiting, [], [], 0)[0]:
        answered[ready] = next(s for s in sessions if s.socket is ready).answer()["exit"]
    return sum(status == 75 for status in answered.values())


def test_guessing_leaves_the_terminal_alone(world):
    """While one password after the other is checked, the agent answers; a flood waits, and then is refused."""
    agent = world.agent
    agent.run("xCommand SystemUnit AdminPassword Set Password: right")
    guessers = [world.session() for _ in range(40)]
    for g in guessers:
        g.send('xLogin Name: admin Passphrase: wrong Address: "192.0.2.1"')
    for _ in range(5):
        assert agent.run("xStatus SystemUnit Uptime")
    world.log.wait("a log-in was not checked, since too many wait")
    answered = {}
    # Ten, but for each second that it took to send all of them one more waits.
    real.wait_for(lambda: take_answers(guessers, answered) >= 5, "those who found 30 before them are refused", explain=lambda: str(answered))
    assert world.session().log_in("admin", "right", "192.0.2.2")["exit"] == OK, "another address does not wait"


def test_who_lets_others_in_shows_that_it_is_he(world):
    """From the network, whatever lets somebody in or gives him more rights needs the password of the user who does it, as on codecs."""
    agent, log = world.agent, world.log
    agent.run("xCommand SystemUnit AdminPassword Set Password: mine", "xCommand UserManagement User Add Username: eve Passphrase: eve Active: False")
    admin = world.session()
    assert admin.log_in("admin", "mine", "192.0.2.1")["exit"] == OK
    users = "xCommand UserManagement User"
    for line in (f"{users} Add Username: ann Passphrase: ann Role: Admin", f"{users} Modify Username: eve Active: True",
                 f"{users} Modify Username: eve AddRole: Admin"):
        before = agent.run(f"{users} List")
        status, said = admin.ask(line)
        assert status != OK and "YourPassphrase: expected your own password" in said, line
        status, said = admin.ask(f"{line} YourPassphrase: wrong")
        assert status != OK and "YourPassphrase is not the password of the user admin" in said, line
        assert agent.run(f"{users} List").replace("FailedLogins: 1", "FailedLogins: 0") == before, line
        assert admin.ask(f"{line} YourPassphrase: mine")[0] == OK, line
    log.wait('audit: the check of a user\'s own password failed: user "admin" from "192.0.2.1": wrong password')
    assert len([line for line in log.lines if "user admin has logged in" in line]) == 1
    document = "<Command><UserManagement><User><Add><Username>zoe</Username><Passphrase>zoe</Passphrase></Add></User></UserManagement></Command>"
    assert "YourPassphrase" in admin.ask(f"xPutxml\n{document}\n.")[1]
    # What lets nobody in does not need it; where it is given, it has to be right.
    for line in (f"{users} Unblock Username: eve", f"{users} Delete Username: ann"):
        status, said = admin.ask(f"{line} YourPassphrase: wrong")
        assert status != OK and "YourPassphrase is not" in said, line
        assert admin.ask(f"{line} YourPassphrase: mine")[0] == OK, line
    assert admin.ask(f"{users} Delete Username: eve")[0] == OK


def test_a_role_that_is_taken_while_the_password_is_checked(world):
    """What was asked for by an administrator is not done for one who is none any more."""
    agent = world.agent
    agent.run("xCommand SystemUnit AdminPassword Set Password: mine", "xCommand UserManagement User Add Username: eve Passphrase: eve Role: Admin")
    eve, guessers = world.session(), [world.session() for _ in range(4)]
    assert eve.log_in("eve", "eve", "192.0.2.1")["exit"] == OK
    agent.run("xCommand UserManagement User Add Username: tom Passphrase: tom", "xCommand UserManagement User Delete Username: tom")   # no password is remembered now
    for g in guessers:
        g.send('xLogin Name: nobody Passphrase: wrong Address: "192.0.2.1"')
    real.wait_for(lambda: world.log.find('a log-in failed: user "nobody"'), "the next ones wait a second each", explain=world.log.tail)
    eve.send("xCommand UserManagement User Passphrase Set Username: admin NewPassphrase: hers YourPassphrase: eve")
    agent.run("xStatus SystemUnit Uptime", "xCommand UserManagement User Modify Username: eve RemoveRole: Admin")
    status, said = eve.read()
    assert status == DENIED and "the role Admin was taken" in said, (status, said)
    assert eve.is_over()
    assert world.session().log_in("admin", "mine", "192.0.2.2")["exit"] == OK


def message(agent, kind):
    """Waits for a message of this type."""
    return real.wait_for(lambda: kind in agent.status("Diagnostics Message").values(), f"a message {kind}", explain=agent.log.tail)


def test_the_certificate_that_is_shown(world, tmp_path):
    """What changes is told to who waits; a key under a passphrase is locked after a restart, and a self-signed one is shown meanwhile."""
    agent, pki = world.agent, Pki(tmp_path / "pki")
    leaf = pki.leaf("room-1.example.com", pki.root("Root"))
    agent.set("SystemUnit Name", "room-1")
    agent.set("NetworkServices HTTPS Mode", "On")
    s = world.session()
    told = s.result("xWeb Get Generation: 0")
    assert told["SelfSigned"] == "True"
    message(agent, "SelfSignedHttps")
    message(agent, "HttpsNotRunning")
    s.send(f"xWeb Get Generation: {told['Generation']}")
    real.wait_for(lambda: agent.status("NetworkServices HTTPS Server").get("NetworkServices HTTPS Server Status") == "Running", "it waits")
    locked = subprocess.run(["openssl", "pkey", "-in", leaf.key, "-aes256", "-passout", "pass:secret words"], capture_output=True, text=True,
                            check=True).stdout
    added = agent.sealpost("xCommand", "Security", "Certificates", "Services", "Add", "PrivateKeyPassword:", "secret words",
                           stdin=leaf.pem + locked)
    fingerprint = re.search(r'Fingerprint: "(\w+)"', added)[1]
    agent.run(f'xCommand Security Certificates Services Activate Fingerprint: {fingerprint} Purpose: HTTPS PrivateKeyPassword: "secret words"')
    told = s.answer()
    assert told["SelfSigned"] == "False" and "room-1" in told["Names"].split()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = tmp_path / "pair.pem"
    pair.write_text(told["Certificate"] + told["Key"])
    context.load_cert_chain(pair)       # they belong together
    assert ssl.PEM_cert_to_DER_cert(told["Certificate"][:told["Certificate"].index("-----END") + 26]) == leaf.der
    world.restart()
    status = agent.status("NetworkServices HTTPS Server Certificate")
    assert status["NetworkServices HTTPS Server Certificate KeyLocked"] == "True"
    message(agent, "HttpsKeyLocked")
    world.log.wait("self-signed certificate .* since the key of the certificate for HTTPS is locked")
    s = world.session()
    told = s.result("xWeb Get Generation: 0")
    assert told["SelfSigned"] == "True"
    s.send(f"xWeb Get Generation: {told['Generation']}")
    agent.run(f'xCommand Security Certificates Services Unlock Fingerprint: {fingerprint} PrivateKeyPassword: "secret words"')
    assert s.answer()["SelfSigned"] == "False"
    assert agent.status("NetworkServices HTTPS Server Certificate")["NetworkServices HTTPS Server Certificate Fingerprint"] == fingerprint
