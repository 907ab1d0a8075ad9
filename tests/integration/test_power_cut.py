# SPDX-License-Identifier: MIT
"""What is answered with OK outlives a power cut: each kind of file that the agent keeps is written and synced, takes its place, and its
folder is synced, before the answer goes out (seen through strace). A sync that fails refuses the change, and what was before holds."""
import re
import shutil

import pytest

import real
from pki import Pki


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("power")
    log, pki = real.Syslog(folder), Pki(folder / "pki")
    root = pki.root("TestRoot", "ec")
    own = pki.leaf("device.test", root, kind="ec")
    agent = real.Agent(folder, log)
    yield agent, root, pki, own
    agent.stop()
    log.stop()


def changes(site):
    """(file, the line and its body, how the agent shows what it holds) of each kind"""
    agent, root, pki, own = site
    show = {"anchors": "xCommand Security Certificates CA Show", "crls": "xCommand Security Certificates CRL Show",
            "own": "xCommand Security Certificates Services Show", "settings": "xConfiguration SystemUnit Name"}
    pem = own.pem + real.Path(own.key).read_text()
    return [
        ("settings.conf", ["xConfiguration SystemUnit Name: changed"], show["settings"]),
        ("trust/anchors", ["xCommand Security Certificates CA Add", *root.pem.splitlines(), "."], show["anchors"]),
        ("trust/crls", ["xCommand Security Certificates CRL Add", *pki.crl(root).splitlines(), "."], show["crls"]),
        ("trust/own", ["xCommand Security Certificates Services Add", *pem.splitlines(), "."], show["own"]),
        ("admin-password", ["xCommand SystemUnit AdminPassword Set Password: \"a long Passw0rd\""], None),
    ]


def traced(agent, trace):
    return [real.program("strace"), "-qq", "-y", "-s", "4000", "-o", trace, "-e", "trace=write,pwrite64,fsync,fdatasync,rename,sendto"]


def test_written_synced_renamed_synced_answered(site, tmp_path):
    agent, trace = site[0], tmp_path / "trace"
    agent.wrap = traced(agent, trace)
    agent.start()
    for name, lines, _ in changes(site):
        before = len(trace.read_text().splitlines())
        agent.run(*lines)
        path = re.escape(str(agent.state / name))
        folder = re.escape(str((agent.state / name).parent))
        steps = [rf"write\(\d+<{path}\.new>", rf"fsync\(\d+<{path}\.new>\)\s+= 0", rf'rename\("{path}\.new", "{path}"\)\s+= 0',
                 rf"fsync\(\d+<{folder}>\)\s+= 0"]

        def wrong():
            """What is not as it must be, with the trace; strace may write of an answer later than it comes."""
            seen = trace.read_text().splitlines()[before:]
            at = [max((i for i, line in enumerate(seen) if re.search(step, line)), default=None) for step in steps]
            if None in at:
                return name, steps[at.index(None)], seen
            # Framing numbers the answers by lines, and the change was the last line.
            answers = [(int(m.group(1)), i) for i, line in enumerate(seen) for m in re.finditer(r"\\0360 (\d+)", line)]
            return None if at == sorted(at) and answers and max(answers)[1] > at[3] else (name, at, answers, seen)
        real.wait_for(lambda: not wrong(), "the order of what is written, and then answered", explain=lambda: str(wrong()))
    agent.stop()
    agent.wrap = []


@pytest.mark.parametrize("when", ["file", "folder"])
def test_a_sync_that_fails_refuses(site, when):
    """The sync of the new file, or of its folder, fails: the change is refused in words. If it was the file's, nothing has changed."""
    agent = site[0]
    for name, lines, show in changes(site):
        shutil.rmtree(agent.state, ignore_errors=True)
        agent.wrap = []
        agent.start()
        if name == "trust/crls":
            agent.upload(site[1])
        before = agent.run(show) if show else ""
        agent.stop()
        path = agent.state / name
        target = f"{path}.new" if when == "file" else path.parent
        agent.wrap = [real.program("strace"), "-qq", "-o", "/dev/null", "-P", target, "-e", "trace=fsync", "-e",
                      "inject=fsync:error=EIO:when=1+"]
        agent.start()
        said = agent.run(*lines, expect=None)
        assert "Input/output error" in said, (name, said)
        if show and when == "file":
            assert agent.run(show) == before, name
        agent.stop()
        agent.wrap = []
        if when == "file":
            assert not real.Path(f"{path}.new").exists()
            agent.start()
            if show:
                assert agent.run(show) == before, name
            agent.stop()
