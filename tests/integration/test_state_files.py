# SPDX-License-Identifier: MIT
"""What lies in the state folder may be anything, and may go while the agent runs: it is named, nothing waits, nothing is promised."""
import os
import signal
import re
import shutil
import socket
import subprocess

import pytest

import real
from pki import Pki

KINDS = {"FIFO": "a FIFO", "socket": "a socket", "folder": "a folder", "link": "a link to a file that is not there"}
# What stops the start, since nobody knows what the agent is to do without it, and what does not.
NEEDED = ["settings.conf", "store.db", "store.db-wal", "trust/anchors", "trust/crls", "trust/own"]
OTHERS = ["store.db-marks", "results", "admin-password"]


@pytest.fixture
def log(tmp_path):
    log = real.Syslog(tmp_path)
    yield log
    log.stop()


@pytest.fixture
def agent(tmp_path, log):
    a = real.Agent(tmp_path, log)
    yield a
    a.stop()


def put(path, kind):
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as s:
            os.chdir(path.parent)       # the whole path may be too long for an address
            s.bind(path.name)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.parent / "nowhere")


def test_damaged_files_are_told_a_line_each(agent, log, tmp_path):
    pki = Pki(tmp_path / "pki")
    agent.start()
    agent.upload(pki.root("TestRoot", "ec"))
    agent.stop()
    for name in ("anchors", "crls"):
        (agent.state / "trust" / name).write_text("damaged")
    since = log.mark()
    agent.start()
    for name in ("anchors", "crls"):
        path = agent.state / "trust" / name
        log.wait(rf"trust: {path} was damaged and is set aside as {path}\.damaged; set its content again$", since=since)


def test_the_passwords_file_of_other_versions(agent, log):
    """An older one is brought to the form of today; a newer one is told, stays, and is kept when another password is set."""
    agent.start()
    kept, set_it = agent.state / "admin-password", "xCommand SystemUnit AdminPassword Set Password: \"a long Passw0rd\""
    agent.run(set_it)
    head, digest, line = re.fullmatch(r"(sealpost-trust 1 sha256 )([0-9a-f]{64})\n(\$scrypt\$.*)\n", kept.read_text()).groups()
    agent.stop()
    kept.write_text(line)
    agent.start()
    assert kept.read_text() == f"{head}{digest}\n{line}\n"
    agent.stop()
    newer = kept.read_text().replace("trust 1 ", "trust 3 ")
    kept.write_text(newer)
    since = log.mark()
    agent.start()
    log.wait(f"security: {kept} was written by a newer sealpost .format 3; this one knows 2.: it stays as it is", since=since)
    assert kept.read_text() == newer
    agent.run(set_it)
    assert kept.with_name("admin-password.newer").read_text() == newer and kept.read_text().startswith(head)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_named(agent, log, tmp_path, kind):
    here = os.getcwd()
    pki = Pki(tmp_path / "pki")
    agent.start()
    agent.upload(pki.root("TestRoot", "ec"))
    agent.sealpost("xConfiguration", "SystemUnit", "Name:", "before")
    agent.stop()
    for name in NEEDED:
        path, kept = agent.state / name, tmp_path / "kept"
        was_there = path.is_file()
        if was_there:
            shutil.copy(path, kept)
        since = log.mark()
        put(path, kind)
        os.chdir(here)
        agent.launch()
        line = log.wait(f"agent: does not start: .*{name}: expected a regular file, and this is {KINDS[kind]}", since=since)
        assert line
        assert agent.process.popen.wait(real.PATIENCE) == 78
        agent.process = None
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if was_there:
            shutil.copy(kept, path)
    for name in OTHERS:
        put(agent.state / name, kind)
    os.chdir(here)
    since = log.mark()
    agent.start()
    for name in OTHERS:
        log.wait(f"{name}: expected a regular file, and this is {KINDS[kind]}", since=since)
    assert agent.get("SystemUnit Name") == "before"


def test_a_state_folder_that_is_deleted(agent, log):
    """Nothing is acknowledged that nobody would find again: not publications, nor settings. Put back, all goes on."""
    agent.start()
    agent.register("https://feedback.test/")
    event = "<Event><Test><A>1</A></Test></Event>"
    agent.publish(event)
    moved = agent.state.with_name("moved")
    agent.state.rename(moved)
    since = log.mark()
    for _ in range(2):
        assert "store.db: was deleted or moved while the agent runs" in agent.sealpost("publish", stdin=event, expect=74)
    log.wait("store: publications could not be stored, and their publishers were told: .*store.db: was deleted or moved", since=since)
    assert "the folder above it does not exist" in agent.sealpost("xConfiguration", "SystemUnit", "Name:", "x", expect=74)
    assert agent.get("SystemUnit Name") == ""
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "1"
    moved.rename(agent.state)
    agent.publish(event)
    log.wait("store: publications can be stored again", since=since)
    agent.restart()
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "2"
    shutil.rmtree(agent.state)
    agent.sealpost("publish", stdin=event, expect=74)


def test_a_publication_that_is_not_answered(agent, log):
    """Whoever waited in vain is told the number under which the document is taken once: by the agent that was slow, and after its restart."""
    agent.start()
    agent.register("https://feedback.test/")
    event = "<Event><Test><A>1</A></Test></Event>"
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        said = agent.sealpost("publish", "--timeout", "1", stdin=event, expect=69)
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    assert "the agent may have taken it, or take it yet" in said
    number = re.search("sealpost publish ([0-9a-f]{32}-1)$", said.strip())[1]
    agent.sealpost("publish", number, stdin=event)
    agent.restart()
    agent.sealpost("publish", number, stdin=event)
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "1"
    agent.sealpost("publish", stdin=event)
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "2"
    assert "the document comes on standard input" in agent.sealpost("publish", number[:-1] + "x", stdin=event, expect=64)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_that_was_read_only_at_the_start(agent, log):
    """It is named, what is there is shown, nothing is acknowledged; once it can be written all goes on, without a restart."""
    agent.start()
    agent.register("https://feedback.test/")
    event = "<Event><Test><A>1</A></Test></Event>"
    agent.publish(event)
    agent.stop()
    # In a mount namespace of its own, which sees the state folder read-only; the socket and the log lie beside it.
    agent.wrap = ["unshare", "-m", "sh", "-c", f'mount --bind "{agent.state}" "{agent.state}" && mount -o remount,bind,ro "{agent.state}" && '
                  '"$@" & wait', "sh"]
    since = log.mark()
    agent.start()
    shell = int(open(f"/proc/{agent.process.pid}/task/{agent.process.pid}/children", encoding="ascii").read().split()[0])
    line = log.wait(r"store: .*store.db: its file system is mounted read-only", since=since)
    assert "nothing new can be stored" in line
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "1"
    assert "mounted read-only" in agent.sealpost("publish", stdin=event, expect=74)
    subprocess.run(["nsenter", "-t", str(shell), "-m", "mount", "-o", "remount,bind,rw", agent.state], check=True)
    log.wait("store: it can be written again", since=since)
    agent.publish(event)
    assert agent.status("HttpFeedback 1")["HttpFeedback 1 Queue Count"] == "2"
