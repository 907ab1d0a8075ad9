# SPDX-License-Identifier: MIT
"""kill -9 at any moment: nothing that was acknowledged is lost, order is kept, duplicates are recognisable.

SEALPOST_ROUNDS asks for more rounds, SEALPOST_SEED for another course of events."""
import os
import random
import re
import socket
import threading
import time

import pytest

import real
from pki import Pki

ROUNDS = int(os.environ.get("SEALPOST_ROUNDS", "24"))
SEED = int(os.environ.get("SEALPOST_SEED", "20100401"))


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"))
        self.root = self.pki.root("TestRoot")
        self.port = self.serve([self.pki.leaf("good.test", self.root)])
        self.url = f"https://good.test:{self.port}"
        self.nginx.start()
        self.agent.start()
        self.agent.upload(self.root)
        self.synchronised()

    def queued(self):
        status = self.agent.status("HttpFeedback")
        return {name: int(value) for name, value in status.items() if name.endswith("Queue Count")}


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


class Worker:
    """Repeats an action until it fails: what was acknowledged, and what was under way when it did."""

    def __init__(self, action):
        self.action = action
        self.acknowledged, self.pending, self.trouble = [], None, None
        self.enough = False
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self):
        while not self.enough:
            item = self.action.begin()
            self.pending = item
            try:
                self.action.do(item)
            except AssertionError as e:     # the agent is dead: expected
                self.trouble = e
                return
            self.acknowledged.append(item)
            self.pending = None

    def join(self):
        self.enough = True
        self.action.give_up()
        self.thread.join(real.PATIENCE)
        assert not self.thread.is_alive(), "a command hangs although the agent is dead"


def let_work(chance, *workers):
    """Until none, one or a few of their actions have been acknowledged, however long that takes on a busy machine, and then some."""
    some = chance.randrange(4)
    real.wait_for(lambda: sum(len(w.acknowledged) for w in workers) >= some, "acknowledgements", 60)
    time.sleep(chance.random() * 0.3)


class Publish:
    """Events with numbers that rise, one publisher's after the other."""

    def __init__(self, agent, publisher):
        self.agent, self.publisher, self.next = agent, publisher, 0
        self.over, self.process = False, None

    def begin(self):
        self.next += 1
        return f"{self.publisher}-{self.next}"

    def do(self, item):
        self.process = self.agent.begin("publish", stdin=real.event(item))
        if self.over:
            self.process.kill()
        assert self.process.wait(real.PATIENCE) == 0

    def give_up(self):
        """`sealpost publish` would wait for the agent to come back, and hand its event over once more."""
        self.over = True
        if self.process and self.process.poll() is None:
            self.process.kill()


def check_deliveries(posts, acknowledged, attempted):
    """By the posts of one slot in order of arrival."""
    first, ids, last_sequence = [], {}, 0
    for p in posts:
        mark = real.mark_of(p)
        assert mark in attempted, f"nobody published {mark}"
        if mark in ids:
            assert p.headers["webhook-id"] == ids[mark], f"{mark} came again under another id"
        else:
            assert p.headers["webhook-id"] not in ids.values(), "two events under one id"
            sequence = int(p.headers["Sealpost-Sequence"])
            assert sequence > last_sequence, f"{mark} came out of order"
            last_sequence = sequence
            ids[mark] = p.headers["webhook-id"]
            first.append(mark)
    assert [m for m in acknowledged if m not in ids] == [], "acknowledged and lost"
    for publisher in {m.split("-")[0] for m in first}:
        numbers = [int(m.split("-")[1]) for m in first if m.split("-")[0] == publisher]
        assert numbers == sorted(numbers), f"order of {publisher}'s events"
    return len(posts) - len(first)


def test_kill_while_publishing_and_delivering(world):
    chance = random.Random(SEED)
    agent, receiver = world.agent, world.receiver
    agent.register(world.url + "/feed")

    moods = random.Random(SEED + 4)     # of other threads, which must not change the course of this one

    def moody(post):
        time.sleep(moods.random() * 0.03)
        kind = moods.random()
        if kind < 0.1:
            return 503, {}, b"later"
        if kind < 0.2:
            raise ConnectionError("the answer is lost")
        return 200, {}, b""
    publishers = [Publish(agent, name) for name in "ab"]
    acknowledged, attempted = [], set()
    for _ in range(max(ROUNDS * 5 // 8, 1)):
        receiver.answer = moody
        for p in publishers:
            p.over = False
        workers = [Worker(p) for p in publishers]
        let_work(chance, *workers)
        agent.kill()
        for w in workers:
            w.join()
            acknowledged += w.acknowledged
            attempted.update(w.acknowledged + [w.pending])
        agent.launch()
        if chance.random() < 0.2:       # killed while it starts, too
            time.sleep(chance.random() * 0.2)
            agent.kill()
        real.wait_for(lambda: not agent.process.running() or agent.answers(), "a start")
        if not agent.process.running():
            agent.start()
    receiver.answer = lambda post: (200, {}, b"")
    agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    real.wait_for(lambda: not sum(world.queued().values()), "an empty queue", 60, world.log.tail)
    assert len(acknowledged) >= ROUNDS // 2, "hardly anything was acknowledged: the test tests nothing"
    check_deliveries(receiver.to("/feed"), acknowledged, attempted)


class DeafRelay:
    """Stands before the control socket and keeps the agent's answers to itself, until it may hear."""

    def __init__(self, folder, control):
        self.path, self.control, self.hears, self.over = folder / "relay", control, False, False
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            agent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                agent.connect(str(self.control))
            except OSError:         # it is dead just now
                client.close()
                continue
            for a, b, is_answer in ((client, agent, False), (agent, client, True)):
                threading.Thread(target=self._pass, args=(a, b, is_answer), daemon=True).start()

    def _pass(self, a, b, is_answer):
        try:
            while data := a.recv(65536):
                if self.hears or not is_answer:
                    b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def test_killed_between_commit_and_acknowledgement(world):
    """The event is on disk, even delivered, and its publisher never heard of it: it says it again, and nothing comes twice."""
    agent = world.agent
    agent.register(world.url + "/feed")
    relay = DeafRelay(world.folder, agent.control)
    try:
        waiting = agent.begin("--socket", relay.path, "publish", stdin=real.event("once"))
        world.receiver.wait("/feed", explain=world.log.tail)
        assert waiting.poll() is None, "nobody has told it"
        agent.kill()
        relay.hears = True
        agent.start()
        assert waiting.wait(real.PATIENCE) == 0
    finally:
        relay.close()
    agent.publish_event("after")
    agent.wait_delivered()
    posts = world.receiver.to("/feed")
    # The delivery may be said again, under its id, when death came before its mark; the event has one id.
    assert {real.mark_of(p): p.headers["webhook-id"] for p in posts}.keys() == {"once", "after"}
    assert len({p.headers["webhook-id"] for p in posts}) == 2, "the event was posted a second time"


def test_publishers_outlive_the_agent(world):
    """Killed at random while programs publish, which go on until they are told: each event has one id, none is missing."""
    chance = random.Random(SEED + 3)
    agent, marks = world.agent, []
    agent.register(world.url + "/feed")
    for n in range(max(ROUNDS // 20, 1)):
        waiting = []
        for i in range(6):
            marks.append(f"{n}-{i}")
            waiting.append(agent.begin("publish", stdin=real.event(marks[-1])))
        time.sleep(chance.random() * 0.15)
        agent.kill()
        agent.start()
        assert [p.wait(real.PATIENCE) for p in waiting] == [0] * len(waiting)
    real.wait_for(lambda: not sum(world.queued().values()), "an empty queue", 60, world.log.tail)
    ids = {}
    for p in world.receiver.to("/feed"):
        ids.setdefault(real.mark_of(p), set()).add(p.headers["webhook-id"])
    assert sorted(ids) == sorted(marks)
    assert [m for m in marks if len(ids[m]) != 1] == [], "posted twice"


class Register:
    """Registers and deregisters slot 2 in turn; an item is the URL that should be there afterwards."""

    def __init__(self, world, chance):
        self.world, self.chance, self.next, self.current = world, chance, 0, None

    def begin(self):
        self.next += 1
        return None if self.current and self.chance.random() < 0.4 else f"{self.world.url}/slot/{self.next}"

    def do(self, item):
        if item:
            if self.current:
                self.world.agent.deregister(2)
                self.current = None
            self.world.agent.register(item, slot=2, expressions=("/Event/Other",))
        else:
            self.world.agent.deregister(2)
        self.current = item

    def give_up(self):
        pass


def test_kill_while_registering(world):
    chance = random.Random(SEED + 1)
    action = Register(world, chance)
    done = 0
    for _ in range(max(ROUNDS // 5, 1)):
        before = action.current
        w = Worker(action)
        let_work(chance, w)
        world.agent.kill()
        w.join()
        done += len(w.acknowledged)
        world.agent.start()
        now = world.agent.status("HttpFeedback").get("HttpFeedback 2 URL")
        expected = w.acknowledged[-1] if w.acknowledged else before
        # Of what was under way either all or nothing happened; a change of URL is two steps.
        possible = {expected} | ({w.pending, None} if w.trouble else set())
        assert now in possible, f"found {now}, expected one of {possible}"
        action.current = now
    assert done > 0


class Configure:
    def __init__(self, agent):
        self.agent, self.next = agent, 0

    def begin(self):
        self.next += 1
        return f"name {self.next}"

    def do(self, item):
        self.agent.set("SystemUnit Name", item)

    def give_up(self):
        pass


def test_kill_while_setting(world):
    chance = random.Random(SEED + 2)
    action, done, last = Configure(world.agent), 0, "tested"
    for _ in range(max(ROUNDS // 5, 1)):
        w = Worker(action)
        let_work(chance, w)
        world.agent.kill()
        w.join()
        done += len(w.acknowledged)
        world.agent.start()
        now = world.agent.get("SystemUnit Name")
        expected = w.acknowledged[-1] if w.acknowledged else last
        assert now in (expected, w.pending), f"found {now}, expected {expected} or {w.pending}"
        last = now
    assert done > 0
    assert not list(world.agent.state.glob("*.damaged"))


def test_kill_while_uploading(world):
    """The trust store is the old one or the new one, whole."""
    chance = random.Random(SEED + 3)
    roots = [world.pki.root(f"Root {i}") for i in range(8)]
    count = 1
    for root in roots:
        uploaded = threading.Event()

        def upload():
            try:
                world.agent.upload(root)
                uploaded.set()
            except AssertionError:
                pass
        t = threading.Thread(target=upload)
        t.start()
        time.sleep(chance.random() * 0.15)
        world.agent.kill()
        t.join(real.PATIENCE)
        world.agent.start()
        now = int(world.agent.status("Security")["Security Certificates CA Count"])
        assert now in ((count + 1,) if uploaded.is_set() else (count, count + 1))
        count = now
    assert not world.log.find("damaged|set aside")


def test_publisher_waits_for_the_agent(world):
    """Codec software that publishes while the agent starts anew loses nothing: libsealpost goes on trying."""
    world.agent.register(world.url + "/feed")
    world.agent.stop()
    waiting = world.agent.begin("publish", stdin=real.event("patient"))
    time.sleep(0.3)
    assert waiting.poll() is None
    world.agent.start()
    assert waiting.wait(real.PATIENCE) == 0
    assert real.mark_of(world.receiver.wait("/feed", explain=world.log.tail)[0]) == "patient"
    world.agent.stop()
    assert "agent" in world.agent.sealpost("xStatus", expect=69)


def test_outage_with_reboots(world):
    """The server is down; the agent is stopped, started and killed in between; everything comes in the end, in order."""
    agent = world.agent
    agent.register(world.url + "/feed")
    agent.register(world.url + "/json", slot=2, format="JSON")
    world.nginx.stop()
    marks = [f"a-{i}" for i in range(1, 13)]
    for i, mark in enumerate(marks):
        agent.publish_event(mark)
        if i % 4 == 1:
            agent.restart()
        elif i % 4 == 3:
            agent.kill()
            agent.start()
    assert world.queued() == {"HttpFeedback 1 Queue Count": 12, "HttpFeedback 2 Queue Count": 12}
    world.nginx.start()
    agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1", "xCommand HttpFeedback Enable FeedbackSlot: 2")
    world.receiver.wait("/feed", 12, 30, world.log.tail)
    posts = world.receiver.wait("/json", 12, 30, world.log.tail)
    check_deliveries(world.receiver.to("/feed"), marks, set(marks))
    assert [re.search(rb"a-\d+", p.body).group().decode() for p in posts] == marks
    assert posts[0].headers["Content-Type"].startswith("application/json")


def test_boot_restarts_in_the_same_process(world):
    pid, since = world.agent.pid, world.log.mark()
    world.agent.register(world.url + "/feed")
    world.agent.run("xCommand Boot", expect=None)
    world.log.wait(r"sealpostd .* runs", since)
    real.wait_for(world.agent.answers, "the control socket again")
    assert world.agent.process.running() and world.agent.pid == pid
    world.agent.publish_event("after")
    world.receiver.wait("/feed", explain=world.log.tail)


def test_second_agent_is_refused(world):
    second = real.Agent(world.folder, world.log, build=world.agent.build, name="second")
    second.config, second.control = world.agent.config, world.agent.control
    second.launch()
    assert real.wait_for(lambda: second.process.popen.poll(), "the second agent gives up") == 75, second.process.said()
    world.agent.set("SystemUnit Name", "still here")
    assert world.agent.get("SystemUnit Name") == "still here"


def test_damaged_files_are_set_aside(world):
    """Neither garbage in the store nor in the agent's own settings is a reason to stay down."""
    agent = world.agent
    agent.set("SystemUnit Name", "from the terminal")
    agent.register(world.url + "/feed")
    agent.stop()
    (agent.state / "store.db").write_bytes(os.urandom(8192))
    for more in agent.state.glob("store.db-*"):
        more.unlink()
    (agent.state / "settings.conf").write_bytes(b"xConfiguration SystemUnit \xff\xfe: }{\n" * 3)
    since = world.log.mark()
    agent.start()
    assert world.log.find("(?i)store.*(set aside|damaged)", since) and world.log.find("(?i)settings.*", since)
    assert agent.get("SystemUnit Name") == "tested", "the administrator's file holds"
    agent.register(world.url + "/feed")
    agent.publish_event("goes on")
    world.receiver.wait("/feed", explain=world.log.tail)


def test_damaged_settings_come_back_with_one_command(world):
    """The log and a message name the file and the command; what had been set meanwhile is set anew, secrets too; the message goes with the file."""
    agent, asked = world.agent, "xStatus Diagnostics Message"
    agent.run('xConfiguration SystemUnit Name: "Room 7"', "xConfiguration Provisioning Password: Example-7")
    agent.stop()
    own = agent.state / "settings.conf"
    own.write_text(re.sub(r"(?m)^(# sha256.*: )..", r"\1--", own.read_text()))
    since = world.log.mark()
    agent.start()
    assert agent.get("SystemUnit Name") == "tested"
    command = world.log.wait(r"settings\.conf.*damaged and set aside as .* with: sealpost apply", since).split("sealpost ")[1].split()
    real.wait_for(lambda: f"sealpost {' '.join(command)}" in agent.run(asked), "a message", explain=lambda: agent.run(asked))
    agent.sealpost(*command, expect=2)      # something was changed
    assert agent.get("SystemUnit Name") == "Room 7" and "Example-7" in own.read_text()
    os.unlink(command[1])
    real.wait_for(lambda: "SettingsDamaged" not in agent.run(asked), "the message goes", explain=lambda: agent.run(asked))
