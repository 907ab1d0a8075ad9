# SPDX-License-Identifier: MIT
"""The outbox and the courier, end to end: queues in the hand, gaps, windows, signatures, slots that do not wait for each other."""
import base64
import hashlib
import hmac
import re
import resource
import socket
import threading
import time

import pytest

import real
from pki import Pki

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"))
        self.root = self.pki.root("TestRoot")
        self.port = self.serve([self.pki.leaf("good.test", self.root)])
        self.strange = self.serve([self.pki.leaf("good.test", self.pki.root("Nobody"))])
        self.nginx.start()
        self.agent.start()
        self.agent.upload(self.root)
        self.synchronised()
        self.status = 200
        self.receiver.answer = self.answer

    def answer(self, post):
        post.status = self.status
        return post.status, {}, b""

    def url(self, path="/feed", port=None):
        return f"https://good.test:{port or self.port}{path}"

    def command(self, text, expect=0):
        return self.agent.run(f"xCommand HttpFeedback {text}", expect=expect)

    def publish(self, *marks):
        for m in marks:
            self.agent.publish_event(m)

    def refused(self, *marks):
        """Publishes what the server refuses for good, and waits until it is among the dead letters."""
        self.status = 422
        self.publish(*marks)
        real.wait_for(lambda: self.agent.status("HttpFeedback 1")["HttpFeedback 1 Delivery Dead"] == str(len(marks)), "the dead letters",
                      explain=self.log.tail)

    def delivered(self, path="/feed"):
        """Without those that were put off: one of them may come at any time, as long as it is answered so."""
        return [p for p in self.receiver.to(path) if getattr(p, "status", 200) != 503]

    def marks(self, path="/feed"):
        return [real.mark_of(p) for p in self.delivered(path)]


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    w.close()


def test_a_test_post_shows_verdict_and_answer(world):
    world.agent.register(world.url())
    out = world.command("Test FeedbackSlot: 1")
    assert "VerifyResult: \"0=OK\"" in out and "LastStatus: 200" in out, out
    post = world.receiver.wait("/feed")[0]
    assert b"<Test" in post.body and post.headers["webhook-id"].startswith("test-1-")
    world.status = 503
    assert "HTTP 503" in world.command("Test FeedbackSlot: 1", expect=None)
    world.agent.register(world.url(port=world.strange), slot=2)
    before = len(world.receiver.posts)
    assert "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY" in world.command("Test FeedbackSlot: 2", expect=None)
    assert len(world.receiver.posts) == before, "nothing is sent to a server that is not trusted"
    assert "not registered" in world.command("Test FeedbackSlot: 4", expect=None)


def test_dead_letters_are_kept_and_come_again_with_their_id(world):
    world.agent.register(world.url())
    world.refused("bad", "worse")
    ids = [p.headers["webhook-id"] for p in world.delivered()]
    out = world.command("DeadLetters List FeedbackSlot: 1")
    assert all(i in out for i in ids) and out.count("LastStatus: 422") == 2, out
    assert "worse" in world.command("DeadLetters Show FeedbackSlot: 1 Sequence: 2")
    world.agent.restart()
    world.status = 200
    world.receiver.posts.clear()
    assert "Count: 2" in world.command("DeadLetters Replay FeedbackSlot: 1")
    again = world.receiver.wait("/feed", 2, explain=world.log.tail)
    assert [p.headers["webhook-id"] for p in again] == ids
    assert "there are no dead letters" in world.command("DeadLetters Replay FeedbackSlot: 1", expect=None)


def test_a_dead_letter_that_is_older_than_all_else_comes_at_once(world):
    """What was delivered since, and what the agent has read ahead, lies behind it."""
    world.agent.register(world.url())
    world.refused("1")
    world.status = 200
    world.publish(*"2345")
    world.receiver.wait("/feed", 5, explain=world.log.tail)
    world.command("DeadLetters Replay FeedbackSlot: 1 Sequence: 1")
    assert [real.mark_of(p) for p in world.receiver.wait("/feed", 6, explain=world.log.tail)] == [*"123451"]


def test_a_purge_is_told_as_a_gap(world):
    world.agent.register(world.url())
    world.status = 503
    world.publish("1", "2", "3", "4")
    out = world.command("Queue List FeedbackSlot: 1")
    assert out.count(" Id: ") == 4, out
    assert "<Mark" in world.command("Queue Show FeedbackSlot: 1 Sequence: 3")
    world.command("Queue Purge FeedbackSlot: 1 Sequence: 2")
    world.command("Queue Purge FeedbackSlot: 1 Sequence: 3")
    assert "no such post" in world.command("Queue Show FeedbackSlot: 1 Sequence: 3", expect=None)
    world.status = 200
    world.command("Queue Replay FeedbackSlot: 1")
    world.agent.wait_delivered()
    posts = world.delivered()
    gaps = [p for p in posts if p.headers["Sealpost-Gap"]]
    assert [real.mark_of(p) for p in posts if p not in gaps] == ["1", "4"]
    assert len(gaps) == 1 and gaps[0].headers["Sealpost-Gap"] == "3"
    told = {n: v for n, v in re.findall(rb"<(\w+) item=\"1\">(\d+)</", gaps[0].body)}
    assert told == {b"FeedbackSlot": b"1", b"Dropped": b"2", b"FirstSequence": b"2", b"LastSequence": b"3"}


def test_purged_dead_letters_and_slots_given_up_are_told(world):
    """What is gone for good is told to its server: dead letters that a person purges, and all that a slot had when it was given up, once
    the same server has it again, in whatever spelling of its URL."""
    def gaps():
        return [tuple(int(x) for x in re.search(rb"<Dropped item=\"1\">(\d+)</.*<FirstSequence item=\"1\">(\d+)</.*"
                                                rb"<LastSequence item=\"1\">(\d+)</", p.body, re.S).groups())
                for p in world.delivered() if p.headers["Sealpost-Gap"]]
    world.agent.register(world.url())
    world.refused("1", "2")
    world.status = 200
    world.publish("3")
    world.receiver.wait("/feed", 3, explain=world.log.tail)
    assert not gaps(), "they are kept, and may come again"
    world.command("DeadLetters Purge FeedbackSlot: 1 Sequence: 2")
    real.wait_for(gaps, "the gap", explain=world.log.tail)
    assert gaps() == [(1, 2, 2)]
    world.status = 503
    world.publish("4", "5")
    world.agent.deregister()
    world.status = 200
    world.receiver.posts.clear()
    world.agent.restart()
    world.agent.register(world.url("/other"))
    world.publish("6")
    assert [real.mark_of(p) for p in world.receiver.wait("/other")] == ["6"], "another server hears nothing of them"
    world.status = 503
    world.publish("7")
    world.receiver.wait("/other", 2, explain=world.log.tail)       # its attempt, so that it is not taken for a later one
    world.agent.deregister()
    world.status = 200
    world.receiver.posts.clear()
    world.agent.register(world.url("/other").replace("good.test", "Good.TEST"))
    world.publish("8")
    posts = world.receiver.wait("/other", 2, explain=world.log.tail)
    assert posts[0].headers["Sealpost-Gap"] == "7" and real.mark_of(posts[1]) == "8"


def test_another_server_gets_nothing_of_the_one_before(world):
    """Register with Force for another URL is a Deregister and a Register: of posts, dead letters and gap nothing is left."""
    world.agent.register(world.url())
    world.refused("1")
    world.status = 503
    world.publish("2", "3")
    world.command("Queue Purge FeedbackSlot: 1 Sequence: 2")
    real.wait_for(lambda: world.receiver.to("/feed")[-1].headers["Sealpost-Gap"] == "2", "the gap's attempt", explain=world.log.tail)
    same = world.url().replace("good.test", "GOOD.test")
    world.command(f'Register FeedbackSlot: 1 ServerUrl: "{same}" Expression[1]: "/Event/Test"')
    assert "Sequence: 3" in world.command("Queue List FeedbackSlot: 1"), "the same server in another spelling"
    out = world.command(f'Register FeedbackSlot: 1 ServerUrl: "{world.url("/other")}"', expect=None)
    assert "belongs to" in out, out
    world.agent.register(world.url("/other"))
    world.status = 200
    world.publish("4")
    posts = world.receiver.wait("/other", explain=world.log.tail)
    assert [real.mark_of(p) for p in posts] == ["4"] and not posts[0].headers["Sealpost-Gap"], posts
    assert "there are no dead letters" in world.command("DeadLetters Replay FeedbackSlot: 1", expect=None)


def test_bounds_drop_the_oldest_and_say_so(world):
    world.agent.set("HttpFeedback Queue MaxCount", 3)
    world.agent.register(world.url())
    world.status = 503
    world.publish(*"abcdefg")
    assert world.agent.status("HttpFeedback 1")["HttpFeedback 1 Delivery Dropped"] == "4"
    world.status = 200
    world.command("Enable FeedbackSlot: 1")
    world.agent.wait_delivered()
    real.wait_for(lambda: world.marks()[-3:] == ["e", "f", "g"], "the three newest", explain=lambda: str(world.marks()))
    gap = next(p for p in world.delivered() if p.headers["Sealpost-Gap"])
    assert b"<Dropped item=\"1\">4</Dropped>" in gap.body


def publish_all(world, documents):
    """On one connection, as codec software does; all of them are durable afterwards."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect(str(world.agent.control))
        s.settimeout(real.PATIENCE)
        said = b"xPreferences framing on\n"
        for document in documents:
            unit = b"xPublish\n" + document.encode()
            said += b"{%d}\n%s" % (len(unit), unit)
        threading.Thread(target=s.sendall, args=(said,), daemon=True).start()
        heard = b""
        while heard.count(b"\x1e") <= len(documents):
            heard += s.recv(65536)
    assert set(re.findall(rb"\x1e(\d+)", heard)) == {b"0"}


def begin_an_outage(world):
    """A server that wants its status merged is away, and the agent has found out by an event."""
    world.command(f'Register FeedbackSlot: 1 ServerUrl: "{world.url()}" Expression: /Event/Test Expression: /Status/Audio '
                  "Coalesce: Status")
    world.status = 503
    world.publish("first")
    real.wait_for(lambda: world.agent.status("HttpFeedback 1")["HttpFeedback 1 Status"] == "Failed", "a failure")


def test_a_flood_of_status_is_merged_while_the_server_is_away(world):
    begin_an_outage(world)
    documents, leaves = [], ("Volume", "Mute", "Gain")
    for i in range(1, 1001):
        documents.append(f"<Status><Audio><{leaves[i % 3]}>{i}</{leaves[i % 3]}></Audio></Status>")
        if i % 200 == 100:
            documents.append(real.event(f"event {i}"))
    publish_all(world, documents)
    status = world.agent.status("HttpFeedback 1")
    assert status["HttpFeedback 1 Coalesce"] == "Status"
    assert status["HttpFeedback 1 Queue Count"] == "7" and status["HttpFeedback 1 Delivery Coalesced"] == "999", status
    assert "Coalesced: 999" in world.command("Queue Show FeedbackSlot: 1 Sequence: 1006")
    world.status = 200
    world.command("Enable FeedbackSlot: 1")
    world.agent.wait_delivered()
    posts = world.delivered()
    assert world.marks() == ["first", *(f"event {i}" for i in range(100, 1000, 200)), None]
    assert dict(re.findall(rb"<(Volume|Mute|Gain)>(\d+)<", posts[-1].body)) == {b"Gain": b"998", b"Volume": b"999", b"Mute": b"1000"}
    # Every sequence has come, or is told of.
    sequences = [int(p.headers["Sealpost-Sequence"]) for p in posts]
    assert sequences == [1, 102, 303, 504, 705, 906, 1006]
    assert [p.headers["Sealpost-Coalesced"] for p in posts] == [None] * 6 + ["first=2, count=999"]
    assert len(set(range(2, 1006)) - set(sequences)) == 999
    # With the server back each change is a post of its own again.
    publish_all(world, ["<Status><Audio><Volume>1</Volume></Audio></Status>", "<Status><Audio><Volume>2</Volume></Audio></Status>"])
    world.agent.wait_delivered()
    assert [int(p.headers["Sealpost-Sequence"]) for p in world.delivered()[7:]] == [1007, 1008]


def test_what_was_read_ahead_is_not_sent_when_it_was_merged(world):
    begin_an_outage(world)
    volume = "<Status><Audio><Volume>{}</Volume></Audio></Status>".format
    publish_all(world, [volume(1)])
    reached, go_on = threading.Event(), threading.Event()

    def hold(post):
        reached.set()
        go_on.wait(real.PATIENCE)
        return 200, {}, b""
    world.receiver.answer = hold
    world.command("Enable FeedbackSlot: 1")
    assert reached.wait(real.PATIENCE)
    publish_all(world, [volume(2)])
    publish_all(world, [volume(3)])
    go_on.set()
    world.agent.wait_delivered()
    posts = world.delivered()
    assert [(p.headers["Sealpost-Sequence"], p.headers["Sealpost-Coalesced"]) for p in posts] == \
        [("1", None), ("4", "first=2, count=2")]
    assert b"<Volume>3</Volume>" in posts[1].body


def test_a_window_delivers_everything_and_the_sequence_orders_it(world):
    world.agent.run("xConfiguration HttpFeedback Order: Window", "xConfiguration HttpFeedback Window: 8")
    world.agent.register(world.url())
    busy, most, lock = [0], [0], threading.Lock()

    def slow(post):
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        time.sleep(0.05)
        with lock:
            busy[0] -= 1
        return 200, {}, b""
    world.receiver.answer = slow
    world.agent.sealpost("publish", stdin="".join(real.event(str(i)) for i in range(1, 2)))
    for i in range(2, 41):
        world.agent.begin("publish", stdin=real.event(str(i)))
    posts = world.receiver.wait("/feed", 40, explain=world.log.tail)
    assert sorted(int(p.headers["Sealpost-Sequence"]) for p in posts) == list(range(1, 41))
    assert 2 <= most[0] <= 8, f"{most[0]} posts at once"


def test_a_crash_repeats_no_more_than_the_window(world):
    world.agent.run("xConfiguration HttpFeedback Order: Window", "xConfiguration HttpFeedback Window: 8")
    world.agent.register(world.url())
    world.status = 503
    world.publish(*map(str, range(60)))

    def slow(post):
        time.sleep(0.03)
        return 200, {}, b""
    world.receiver.posts.clear()
    world.receiver.answer = slow
    world.agent.kill()
    for wait in (0.4, 0.3, 0.5):
        world.agent.start()
        world.receiver.wait("/feed", explain=world.log.tail)
        time.sleep(wait / 10)
        world.agent.kill()
    kills = 3
    world.agent.start()
    world.agent.wait_delivered()
    ids = [p.headers["webhook-id"] for p in world.delivered()]
    assert {real.mark_of(p) for p in world.delivered()} == {str(i) for i in range(60)}
    assert len(ids) - len(set(ids)) <= kills * 8, f"{len(ids) - len(set(ids))} repeats"


def test_posts_are_signed(world):
    world.agent.set("HttpFeedback Slot 1 Secret", SECRET)
    world.agent.register(world.url())
    world.publish("signed")
    world.receiver.wait("/feed")
    # What tests the slot is signed, too: a receiver that wants signatures would refuse it otherwise.
    world.command("Test FeedbackSlot: 1")
    world.agent.run("xCommand Diagnostics Connection Service: HttpFeedback FeedbackSlot: 1")
    posts = world.receiver.wait("/feed", 3)
    assert [p.headers["webhook-id"].startswith("test-1-") for p in posts] == [False, True, True]
    for post in posts:
        assert is_signed(post)
    assert SECRET not in world.agent.run("xConfiguration HttpFeedback")
    out = world.agent.set("HttpFeedback Slot 1 Secret", "password", expect=None)
    assert "whsec_" in out


def is_signed(post):
    text = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode() + post.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return post.headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def test_slots_do_not_wait_for_each_other(world):
    """One server never answers, one answers a byte a second, one is not trusted: the fourth does not notice."""
    ended = threading.Event()

    def crawl(post, write):
        if post.path == "/silent":
            ended.wait(60)
        elif post.path == "/crawl":
            for c in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                write(bytes([c]))
                if ended.wait(1):
                    return
        else:
            write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    world.receiver.stream = crawl

    def rate(n):
        begun = time.monotonic()
        for i in range(n):
            world.publish(str(i))
        world.agent.wait_delivered(1)
        return n / (time.monotonic() - begun)
    others = {2: world.url("/silent"), 3: world.url("/crawl"), 4: world.url(port=world.strange)}
    ratios = []
    try:
        world.agent.register(world.url())
        rate(5)
        # Others use this machine, too, so one of some pairs counts: make bench measures the exact ratio.
        while not ratios or (len(ratios) < 6 and max(ratios) <= 0.5):
            alone = rate(15)
            for slot, url in others.items():
                world.agent.register(url, slot=slot)
            ratios.append(rate(15) / alone)
            real.wait_for(lambda: world.agent.status("HttpFeedback 4")["HttpFeedback 4 Status"] == "Failed", "the fourth is not trusted",
                          explain=world.log.tail)
            for slot in others:
                world.agent.deregister(slot)
    finally:
        ended.set()
    assert world.marks().count("14") == 2 * len(ratios)
    assert max(ratios) > 0.5, ratios


def test_a_stop_lets_posts_land(world):
    world.agent.register(world.url())

    def slow(post):
        time.sleep(1)
        return 200, {}, b""
    world.receiver.answer = slow
    world.publish("1", "2")
    world.receiver.wait("/feed", 1)
    world.agent.stop()
    world.receiver.answer = lambda post: (200, {}, b"")
    world.agent.start()
    world.agent.wait_delivered()
    assert world.marks() == ["1", "2"], "what was in flight landed, the rest came after the start, nothing twice"


def test_the_same_registration_again_writes_nothing(world):
    """Some programs register every few minutes, which must not wear out a flash disk."""
    def register(path):
        world.command(f'Register FeedbackSlot: 1 ServerUrl: "{world.url()}" Expression[1]: "{path}"')
        return {f.name: (f.stat().st_mtime_ns, f.stat().st_size) for f in world.agent.state.glob("store.db*")}
    first = register("/Event/Test")
    assert [register("/Event/Test") for _ in range(3)] == [first] * 3
    assert register("/Event") != first
    world.publish("1")
    world.agent.wait_delivered()
    assert world.marks() == ["1"]


def test_a_limit_of_the_size_of_files_is_no_end(world):
    """ulimit -f, LimitFSIZE=: the kernel sends a signal, by which programs end unless they ignore it."""
    world.agent.register(world.url())
    limits = resource.prlimit(world.agent.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    assert "not published" in world.agent.publish(real.event("1"), expect=None)
    resource.prlimit(world.agent.process.pid, resource.RLIMIT_FSIZE, limits)
    world.publish("2")
    world.agent.wait_delivered()
    assert world.marks() == ["2"]
