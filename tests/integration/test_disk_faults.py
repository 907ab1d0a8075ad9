# SPDX-License-Identifier: MIT
"""A failing disk under the whole agent: the n-th system call of a kind that touches the store fails (by strace), once or from then on.
The agent stays up, what it acknowledged is delivered in order once the disk is well again, and what it refused it said so.

SEALPOST_ROUNDS asks for more cases of the list (0: all), SEALPOST_SEED for others."""
import errno
import os
import random
import re
import shutil
import signal
import subprocess

import pytest

import real
from test_durability import World, check_deliveries

ROUNDS = int(os.environ.get("SEALPOST_ROUNDS", "5"))
SEED = int(os.environ.get("SEALPOST_SEED", "20100401"))
EVENTS = 12
FLAPS = 40

WRITES = ("pwrite64", "fdatasync", "ftruncate")
CASES = [(call, error, f"{n}{more}") for call in WRITES for error in ("ENOSPC", "EIO", "EROFS")
         for n in (1, 2, 3, 5, 8, 13, 21, 34, 55) for more in ("", "+")]
CASES += [(call, error, f"{n}{more}") for call, error in (("pread64", "EIO"), ("openat", "EIO"), ("openat", "EROFS"),
          ("openat", "EMFILE")) for n in (1, 2, 3, 5, 8) for more in ("", "+")]


def chosen():
    n = ROUNDS if ROUNDS else len(CASES)
    return random.Random(SEED).sample(CASES, min(n, len(CASES)))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("disk"))
    w.agent.register(w.url + "/feed")
    w.agent.stop()
    w.clean = w.folder / "clean"
    shutil.copytree(w.agent.state, w.clean)
    yield w
    w.close()


def on_a_bad_disk(agent, call, error, when):
    """The agent's command behind strace, which lets only calls on the store's files fail."""
    paths = [word for name in ("store.db", "store.db-wal", "store.db-marks") for word in ("-P", agent.state / name)]
    return [real.program("strace"), "-qq", "-o", os.devnull, *paths, "-e", f"trace={call}",
            "-e", f"inject={call}:error={error}:when={when}"]


def start_anew(world, *fault):
    agent = world.agent
    if agent.process.running():     # the case before failed
        agent.kill()
    shutil.rmtree(agent.state)
    shutil.copytree(world.clean, agent.state)
    world.receiver.posts.clear()
    agent.wrap = on_a_bad_disk(agent, *fault) if fault else []
    agent.start()


@pytest.mark.parametrize("call, error, when", chosen())
def test_what_was_acknowledged_outlives_a_bad_disk(world, call, error, when):
    agent, receiver = world.agent, world.receiver
    acknowledged, attempted = [], set()
    start_anew(world, call, error, when)
    for n in range(1, EVENTS + 1):
        attempted.add(f"a-{n}")
        said = agent.sealpost("publish", stdin=real.event(f"a-{n}"), expect=None)
        if said == "":
            acknowledged.append(f"a-{n}")
        else:
            assert "store" in said, said        # refused, and told why
    assert agent.process.running()
    agent.stop()
    agent.wrap = []
    agent.start()
    attempted.add("a-99")
    agent.publish(real.event("a-99"))
    agent.wait_delivered()
    repeats = check_deliveries(receiver.to("/feed"), [*acknowledged, "a-99"], attempted)
    assert repeats <= 1, "more was sent again than was under way"
    agent.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_disk_that_is_full_now_and_then(world):
    """What is refused is said to whoever published it, all else is delivered in order, and the log stays short."""
    agent, log = world.agent, world.log
    start_anew(world)
    agent.stop()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "sealpost-test", agent.state], check=True)
    try:
        shutil.copytree(world.clean, agent.state, dirs_exist_ok=True)
        agent.start()
        since, filler = log.mark(), agent.state / "filler"
        accepted, refused, attempted = [], 0, set()
        for n in range(1, 2 * FLAPS + 1):
            if n % 2:
                fill(filler)
            else:
                filler.unlink()
            attempted.add(f"a-{n}")
            said = agent.sealpost("publish", stdin=real.event(f"a-{n}").replace("<Mark ", "<Filler>" + "x" * 100_000 + "</Filler><Mark "),
                                  expect=None)
            refused += said != ""
            accepted += [f"a-{n}"] if said == "" else []
            assert said == "" or "store" in said, said
            assert said == "" or n % 2, f"refused though there is room: {said}"
        agent.wait_delivered()
        assert refused > FLAPS / 2 and len(accepted) >= FLAPS
        check_deliveries(world.receiver.to("/feed"), accepted, attempted)
        lines = log.find(".", since)
        assert 2 <= len(lines) <= 40, "\n".join(lines)
        # Who asks is told before anything could not be written.
        fill(filler)
        said = agent.call("doctor", seconds=2 * real.PATIENCE).stdout
        assert re.match(r"FAIL  Storage: Disk .*\n      Found: .*the disk is full: 0 bytes are free", said), said
        assert "State: Trouble" in agent.run("xCommand SystemUnit Storage Show")
        filler.unlink()
        assert "Storage" not in agent.call("doctor", seconds=2 * real.PATIENCE).stdout
        assert "State: Good" in agent.run("xCommand SystemUnit Storage Show")
        agent.stop()
    finally:
        subprocess.run(["umount", agent.state], check=True)


def fill(path):
    """Until not a byte more fits."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    for size in (1 << 20, 4096, 1):
        try:
            while True:
                os.write(fd, b"x" * size)
        except OSError as e:
            assert e.errno == errno.ENOSPC
    os.close(fd)


def test_deliveries_outlive_a_kill(world):
    """What was delivered is not posted again, though nothing was deleted from the database yet."""
    agent = world.agent
    start_anew(world)
    delivered = [f"a-{n}" for n in range(1, EVENTS + 1)]
    for mark in delivered:
        agent.publish(real.event(mark))
    agent.wait_delivered()
    os.kill(agent.pid, signal.SIGKILL)
    agent.process.popen.wait(real.PATIENCE)
    agent.wrap = []
    agent.start()
    agent.publish(real.event("a-99"))
    agent.wait_delivered()
    assert check_deliveries(world.receiver.to("/feed"), [*delivered, "a-99"], {*delivered, "a-99"}) == 0
    agent.stop()
