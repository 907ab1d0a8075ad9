# SPDX-License-Identifier: MIT
"""libsealpost over a long time: agents and publishers that are killed while 2,000 events a second are published, and threads under
valgrind's checks."""
import random
import struct
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

import real
from pki import Pki
from test_libsealpost import compiled

HERE = Path(__file__).resolve().parent
KILLS, RATE = 20, 2000


@pytest.fixture
def site(tmp_path):
    s = real.Site(tmp_path, Pki(tmp_path / "pki"), ["HttpFeedback Order: Window"])
    root = s.pki.root("TestRoot")
    port = s.serve([s.pki.leaf("good.test", root)])
    s.nginx.start()
    s.agent.start()
    s.agent.upload(root)
    s.synchronised()
    s.agent.register(f"https://good.test:{port}/feed", expressions=["/Event/Test"])
    yield s
    s.close()


def published_through_kills(site, folder, *words):
    """Publishes while the agent and the publisher are killed, until all is delivered. Returns how many events were acknowledged,
    what (acknowledged, published) was in the journal when a publisher was killed, and the marks that came under each id, in the
    order of the ids, which is that of the queue."""
    chance = random.Random(17)
    program = compiled(HERE / "journal.c", folder)
    journal, stop = folder / "acknowledged", folder / "stop"

    def start():
        return subprocess.Popen([program, journal, str(RATE), stop, *words], env=site.agent.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
    publisher, known = start(), []
    victims = ["agent"] * KILLS + ["publisher"] * KILLS
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(0.05 + chance.random() * 0.25)
        if victim == "agent":
            site.agent.kill()
            site.agent.start()
        else:
            assert publisher.poll() is None, publisher.stderr.read()
            publisher.kill()
            publisher.wait(real.PATIENCE)
            known.append(struct.unpack("qq", journal.read_bytes() or bytes(16)))
            publisher = start()
    stop.touch()
    said, errors = publisher.communicate(timeout=120)
    assert publisher.returncode == 0, errors
    acknowledged = int(said)
    assert acknowledged > RATE, "so few that the kills cannot have met any"
    site.agent.wait_delivered(seconds=600)
    came = {}
    for post in site.receiver.to("/feed"):
        came.setdefault(post.headers["webhook-id"], []).append(int(real.mark_of(post)))
    assert all(len(set(marks)) == 1 for marks in came.values()), "an id was used for two events"
    again = sum(len(marks) - 1 for marks in came.values())
    assert again <= 16 * KILLS, "posts came twice that were not in flight when the agent was killed: more than a window for each kill"
    # Posts of one window may overtake each other.
    marks = [m[0] for _, m in sorted(came.items(), key=lambda item: int(item[0].rsplit("-", 1)[1]))]
    return acknowledged, known, marks


def test_kills_of_agent_and_publisher(site, tmp_path):
    """None is lost, none is taken twice, and the order is kept; what comes twice at the server has the id that it had, and is what
    was in flight when the agent was killed."""
    acknowledged, _, marks = published_through_kills(site, tmp_path)
    # The last publisher may end before it comes to what one that was killed had published.
    assert len(marks) >= acknowledged
    assert marks == list(range(1, len(marks) + 1))


def test_kills_without_an_identity(site, tmp_path):
    """None is lost and the order is kept. What the agent takes twice is what was in flight when a publisher was killed: published,
    and not yet acknowledged. A kill of the agent repeats nothing."""
    acknowledged, known, marks = published_through_kills(site, tmp_path, "anonymous")
    firsts = list(dict.fromkeys(marks))
    assert len(firsts) >= acknowledged
    assert firsts == list(range(1, len(firsts) + 1))
    times = Counter(marks)
    in_flight = Counter(mark for done, published in known for mark in range(done + 1, published + 1))
    assert {mark: n for mark, n in times.items() if n - 1 > in_flight[mark]} == {}
    assert any(n > 1 for n in times.values()), "nothing was repeated: the kills have met nothing in flight"


@pytest.fixture
def agent(tmp_path):
    log = real.Syslog(tmp_path)
    a = real.Agent(tmp_path, log).start()
    yield a
    a.stop()
    log.stop()


@pytest.mark.parametrize("tool", [["--tool=memcheck", "--leak-check=full", "--errors-for-leak-kinds=all"], ["--tool=helgrind"]],
                         ids=["memcheck", "helgrind"])
def test_threads_under_valgrind(agent, tmp_path, tool):
    program = compiled(real.ROOT / "tests" / "integration" / "threads.c", tmp_path, "-pthread")
    r = subprocess.run([real.program("valgrind"), "-q", "--error-exitcode=9", *tool, program, "30"], env=agent.env, text=True,
                       capture_output=True, timeout=300)
    assert (r.returncode, r.stdout) == (0, "30 30 60 acknowledged, 0 failed\n"), r.stdout + r.stderr
