#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/certificates.md is true: every command on it is run, in a folder of its own with a lab and an agent, and answers what the page shows.
`tests/integration/test_certificates_page.py --write` writes the answers anew."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import real                                             # noqa: E402
from world import Lab                                   # noqa: E402

PAGE = real.ROOT / "docs" / "certificates.md"
PROMPT = "    $ "


def blocks(page):
    """(command, the lines of the answer) in order of the page; text between is passed over."""
    found, lines = [], page.splitlines()
    for line in lines:
        if line.startswith(PROMPT):
            found.append((line[len(PROMPT):], []))
        elif line.startswith("    ") and found and found[-1] is not None:
            found[-1][1].append(line[4:])
        else:
            found.append(None)
    return [f for f in found if f]


def steady(text):
    """What does not differ from run to run."""
    text = re.sub(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT", "DAY", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "DAY", text)
    text = re.sub(r"\b(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}\b|\b[0-9a-fA-F]{32,}\b", "HEX", text)
    return re.sub(r"\d+ days left", "N days left", re.sub(r"^[A-Za-z0-9+/=]{24,}$", "BASE64", text))


class World:
    """A folder in which the page's commands run, with a lab and an agent that trusts it."""

    def __init__(self, folder):
        self.folder = Path(folder) / "page"
        self.folder.mkdir()
        (self.folder / "lab").symlink_to(Path(folder) / "lab")
        (self.folder / "passphrase").write_text("correct horse battery\n")
        self.log = real.Syslog(folder)
        self.lab = Lab(folder)
        self.agent = self.lab.agent(folder, self.log).start()
        self.lab.upload_root(self.agent)
        self.agent.wait_date()
        self.env = {**os.environ, **self.agent.command_env, "SEALPOST_LAB": str(self.lab.folder),
                    "PATH": f"{real.BUILD.resolve()}:{os.environ['PATH']}"}

    def run(self, command):
        r = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env, text=True, capture_output=True, timeout=60)
        assert r.returncode == 0, f"{command}: {r.returncode} {r.stdout} {r.stderr}"
        return (r.stdout + r.stderr).rstrip("\n")

    def end(self):
        self.agent.stop()
        self.lab.stop()
        self.log.stop()


def write():
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        kept = [line for line in PAGE.read_text().splitlines()]
        out, skipping = [], False
        for line in kept:
            if line.startswith(PROMPT):
                skipping = True
                answer = world.run(line[len(PROMPT):])
                out += [line, *(("    " + a).rstrip() for a in answer.splitlines() if a.strip())]
            elif not (skipping and line.startswith("    ")):
                skipping = False
                out.append(line)
        world.end()
    PAGE.write_text("\n".join(out) + "\n")


def test_every_command_answers_what_the_page_shows(tmp_path):
    world = World(tmp_path)
    try:
        commands = blocks(PAGE.read_text())
        assert len(commands) > 20
        for command, shown in commands:
            answer = world.run(command)
            wanted = [steady(line.rstrip()) for line in shown]
            got = [steady(line.rstrip()) for line in answer.splitlines() if line.strip() or line in shown]
            assert [w for w in wanted if w] == [g for g in got if g], f"{command}: the page has aged, see the head of this file"
    finally:
        world.end()


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()
