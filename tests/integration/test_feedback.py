# SPDX-License-Identifier: MIT
"""From a published document to the post that arrives: which expressions match, what the body is, what becomes of answers."""
import json
import re
import time
import xml.etree.ElementTree as ElementTree

import pytest

import real
from pki import Pki

IDENTITY = ["SystemName", "MACAddress", "IPAddress", "ProductType", "ProductID", "SWVersion", "SerialNumber"]


class World(real.Site):
    def __init__(self, folder):
        super().__init__(folder, Pki(folder / "pki"), settings=['SystemUnit Name: "Røom <4> & \\"co\\""'])
        self.root = self.pki.root("TestRoot")
        self.port = self.serve([self.pki.leaf("good.test", self.root)])
        self.url = f"https://good.test:{self.port}"
        self.hung = self.keep(real.Tap(respond=lambda client, c: client.recv(1) and time.sleep(30)))
        self.nginx.start()
        self.agent.start()
        self.agent.upload(self.root)
        self.synchronised()
        self.sentinel = 0

    def bodies(self, expressions, document, format="XML"):
        """What a slot with these expressions gets of the document."""
        self.sentinel += 1
        mark, path = f"end-{self.sentinel}", f"/{self.sentinel}"
        self.agent.register(self.url + path, expressions=(*expressions, "/Event/Test"), format=format)
        self.agent.publish(document)
        self.agent.publish_event(mark)
        real.wait_for(lambda: any(mark.encode() in p.body for p in self.receiver.to(path)), f"a post with {mark}",
                      explain=self.log.tail)
        self.agent.deregister()
        return [p for p in self.receiver.to(path) if mark.encode() not in p.body]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("feedback"))
    yield w
    w.close()


def test_a_status_after_a_restart(world):
    """The agent has forgotten it, so the same value is sent once more, and then no more; a ghost of what it does not know is not sent."""
    call = "<Status><Call item='3'><Status>Connected</Status></Call></Status>"
    gone = "<Status><Call item='3' ghost='True'/></Status>"
    assert len(world.bodies(["/Status/Call"], call)) == 1 and world.bodies(["/Status/Call"], call) == []
    world.agent.restart()
    world.synchronised()
    assert world.bodies(["/Status/Call"], gone) == [] and "No match" in world.agent.run("xStatus Call 3", expect=None)
    assert len(world.bodies(["/Status/Call"], call)) == 1 and world.bodies(["/Status/Call"], call) == []
    assert len(world.bodies(["/Status/Call"], gone)) == 1


def flat(body):
    """{path: text} of what a post says, without who says it. Items stand behind names: Call[24]/Status."""
    root = ElementTree.fromstring(body)
    assert [e.tag for e in root][0] == "Identification"
    found = {}

    def walk(node, path):
        item = node.get("item")
        path += f"/{node.tag}" + (f"[{item}]" if item and root.tag != "Event" else "")
        if node.get("ghost"):
            path += "(ghost)"
        if len(node):
            for child in node:
                walk(child, path)
        else:
            found[path] = (node.text or "").strip()
    for child in list(root)[1:]:
        walk(child, root.tag)
    return found


CALLS = ('<Status><Call item="24" maxOccurrence="n"><Status>{0}</Status><Protocol>sip-{0}</Protocol></Call>'
         '<Call item="25" maxOccurrence="n"><Status>{0}</Status></Call></Status>')
VOLUME = "<Status><Audio><Volume>{0}</Volume><Microphones><Mute>{0}</Mute></Microphones></Audio></Status>"

# expressions, document ({0}: a value that nobody published before), what arrives ({0} likewise; None: nothing)
MATCHES = [
    (["/Status/Audio/Volume"], VOLUME, {"Status/Audio/Volume": "{0}"}),
    (["/Status/Audio"], VOLUME, {"Status/Audio/Volume": "{0}", "Status/Audio/Microphones/Mute": "{0}"}),
    (["/Status/Test"], "<Status><Test><One>{0}</One><Two>{0}</Two></Test><Other>{0}</Other></Status>",
     {"Status/Test/One": "{0}", "Status/Test/Two": "{0}"}),
    (["/status/AUDIO/volume"], VOLUME, {"Status/Audio/Volume": "{0}"}),
    (["status/audio/volume"], VOLUME, {"Status/Audio/Volume": "{0}"}),
    (["Audio/Volume"], VOLUME, {"Status/Audio/Volume": "{0}"}),
    (["/Status/Audio/Volume", "/Status/Audio/Microphones/Mute"], VOLUME,
     {"Status/Audio/Volume": "{0}", "Status/Audio/Microphones/Mute": "{0}"}),
    (["/Status/Video"], VOLUME, None),
    (["/Event"], VOLUME, None),
    (["/Configuration"], VOLUME, None),
    (["/Status/Aud"], VOLUME, None),
    (["/Status/Call/Status"], CALLS, {"Status/Call[24]/Status": "{0}", "Status/Call[25]/Status": "{0}"}),
    (["/Status/Call/*/Status"], CALLS, {"Status/Call[24]/Status": "{0}", "Status/Call[25]/Status": "{0}"}),
    (["/Status/*/Protocol"], CALLS, {"Status/Call[24]/Protocol": "sip-{0}"}),
    (["/Status/Call[25]/Status"], CALLS, {"Status/Call[25]/Status": "{0}"}),
    (["/Status/Call[@item='24']/Protocol"], CALLS, {"Status/Call[24]/Protocol": "sip-{0}"}),
    (["/Status/Call[26]"], CALLS, None),
    (["/Event/CallDisconnect"], "<Event><CallDisconnect item=\"1\"><CauseValue item=\"1\">{0}</CauseValue></CallDisconnect></Event>",
     {"Event/CallDisconnect/CauseValue": "{0}"}),
    (["/Event/CallDisconnect"], "<Event><CallSuccessful><CallId>{0}</CallId></CallSuccessful></Event>", None),
    (["/Configuration/Audio"], "<Configuration><Audio><DefaultVolume>{0}</DefaultVolume></Audio></Configuration>",
     {"Configuration/Audio/DefaultVolume": "{0}"}),
]


@pytest.mark.parametrize("expressions, document, expected", MATCHES, ids=[f"{' '.join(m[0])}-{i}" for i, m in enumerate(MATCHES)])
def test_match(world, expressions, document, expected):
    value = f"v{world.sentinel}"
    posts = world.bodies(expressions, document.format(value))
    if expected is None:
        assert [p.body for p in posts] == []
    else:
        assert [flat(p.body) for p in posts] == [{path: text.format(value) for path, text in expected.items()}]


def test_only_what_changed_is_told(world):
    world.bodies(["/Status"], VOLUME.format("same"))
    assert world.bodies(["/Status/Audio"], VOLUME.format("same")) == []
    changed = VOLUME.format("same").replace("<Mute>same", "<Mute>other")
    assert [flat(p.body) for p in world.bodies(["/Status/Audio"], changed)] == [{"Status/Audio/Microphones/Mute": "other"}]


def test_ghost(world):
    world.bodies(["/Status/Call"], CALLS.format("Connected"))
    gone = '<Status><Call item="24" maxOccurrence="n" ghost="True"/></Status>'
    posts = world.bodies(["/Status/Call"], gone)
    assert [flat(p.body) for p in posts] == [{"Status/Call[24](ghost)": ""}]
    assert b'<Call ghost="True" item="24" maxOccurrence="n"/>' in posts[0].body
    assert world.bodies(["/Status/Call"], gone) == [], "it is gone already"


def test_body_of_an_event(world):
    """Identification first and in its order, item="1" on every element, no declaration, no namespace; text as it was."""
    text = "5 < 6 & \"quoted\" 'too' é€😀"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    post = world.bodies(["/Event"], f"<Event><Message><Text>{escaped}</Text><Empty/></Message></Event>")[0]
    body = post.body.decode()
    assert body.startswith("<Event>") and "xmlns" not in body and "<?xml" not in body
    root = ElementTree.fromstring(body)
    assert [e.tag for e in root[0] if e.tag != "IPAddressV6"] == IDENTITY
    assert root[0].find("SystemName").text == 'Røom <4> & "co"'
    assert all(e.get("item") == "1" for e in root[1].iter()) and not root[0].get("item")
    assert root.find("Message/Text").text == text
    assert post.headers["Content-Type"] == "text/xml; charset=utf-8" and post.method == "POST"
    assert re.fullmatch(r"\S{8,}", post.headers["webhook-id"]) and abs(int(post.headers["webhook-timestamp"]) - time.time()) < 60


def test_body_in_json(world):
    post = world.bodies(["/Status/Call"], CALLS.format('said "hi"\\'), format="JSON")[0]
    said = json.loads(post.body)["Status"]
    assert said["Identification"]["SystemName"] == {"Value": 'Røom <4> & "co"'}
    assert said["Call"][0]["id"] == "24" and said["Call"][0]["Status"] == {"Value": 'said "hi"\\'}
    assert post.headers["Content-Type"].startswith("application/json")


def test_own_changes_are_published(world):
    world.agent.register(world.url + "/own", expressions=("/Configuration/NetworkServices",))
    world.agent.set("NetworkServices NTP Server 3 Address", "127.0.0.9")
    post = world.receiver.wait("/own", explain=world.log.tail)[0]
    assert flat(post.body) == {"Configuration/NetworkServices/NTP/Server[3]/Address": "127.0.0.9"}
    world.agent.set("NetworkServices NTP Server 3 Address", "")
    world.receiver.wait("/own", 2, explain=world.log.tail)
    world.agent.deregister()


# --- answers -----------------------------------------------------------------------------------------------------

def status(world, slot=1):
    prefix = f"HttpFeedback {slot} "
    return {k[len(prefix):]: v for k, v in world.agent.status("HttpFeedback").items() if k.startswith(prefix)}


@pytest.mark.parametrize("code", [400, 413, 422])
def test_unwanted_posts_go_to_the_dead_letters(world, code):
    """The server will never take it: it makes way for the next."""
    world.receiver.answer = lambda post: (code if b"bad" in post.body else 200, {}, b"")
    world.agent.register(f"{world.url}/dead{code}")
    before = status(world)
    world.agent.publish_event("bad")
    world.agent.publish_event("good")
    world.receiver.wait(f"/dead{code}", 2, explain=world.log.tail)
    world.agent.wait_delivered()
    after = status(world)
    assert [int(after[n]) - int(before[n]) for n in ("Delivery Dead", "Delivery Delivered", "Delivery Dropped")] == [1, 1, 0]
    # One that is refused with nothing behind it is told by its number and reason, not as a server that fails.
    world.agent.publish_event("bad again")
    real.wait_for(lambda: status(world)["Delivery Dead"] == str(int(after["Delivery Dead"]) + 1), "the dead letter")
    after = status(world)
    assert after["Status"] == "OK" and after["Queue Count"] == "0" and f"HTTP {code}" in after["Delivery LastError"]
    world.agent.deregister()


@pytest.mark.parametrize("code", [401, 403, 404, 408, 425, 429, 500, 502, 503, 504])
def test_posts_that_fail_stay_queued(world, code):
    """And are delivered once the server takes them."""
    world.receiver.answer = lambda post: (code, {"Retry-After": "30"} if code in (429, 503) else {}, b"")
    since = world.log.mark()
    world.agent.register(f"{world.url}/stay{code}")
    world.agent.publish_event("stays")
    assert f"HTTP {code}" in world.log.wait("not delivered", since)
    s = status(world)
    assert s["Status"] == "Failed" and s["Queue Count"] == "1" and s["Delivery LastStatus"] == str(code)
    if code in (429, 503):
        assert int(s["Delivery NextAttempt"]) >= 20, "Retry-After is not obeyed"
    world.receiver.answer = lambda post: (200, {}, b"")
    world.agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    world.agent.wait_delivered()
    first, again = world.receiver.to(f"/stay{code}")[0], world.receiver.to(f"/stay{code}")[-1]
    assert first.headers["webhook-id"] == again.headers["webhook-id"] and first.body == again.body
    assert status(world)["Status"] == "OK"
    world.agent.deregister()


def test_gone_parks_the_slot(world):
    world.receiver.answer = lambda post: (410, {}, b"")
    since = world.log.mark()
    world.agent.register(world.url + "/gone")
    world.agent.publish_event("1")
    world.log.wait("410.*parked", since)
    world.receiver.answer = lambda post: (200, {}, b"")
    world.agent.register(world.url + "/beside", slot=2)
    world.agent.publish_event("2")
    world.receiver.wait("/beside", explain=world.log.tail)
    assert len(world.receiver.to("/gone")) == 1 and status(world)["Queue Count"] == "2"
    # Neither a person who wants the queue tried nor a restart tries it again: the next post of slot 2 comes after both.
    assert "Enable" in world.agent.run("xCommand HttpFeedback Queue Replay FeedbackSlot: 1", expect=None)
    world.agent.restart()
    real.wait_for(lambda: status(world)["Delivery Parked"] == "True", "it is still parked when deliveries have begun")
    assert status(world)["Status"] == "Failed"
    world.agent.publish_event("3")
    world.receiver.wait("/beside", 2, explain=world.log.tail)
    assert len(world.receiver.to("/gone")) == 1 and status(world)["Queue Count"] == "3"
    world.agent.run("xCommand HttpFeedback Enable FeedbackSlot: 1")
    world.receiver.wait("/gone", 4, explain=world.log.tail)
    world.agent.wait_delivered()
    assert status(world)["Delivery Parked"] == "False" and status(world)["Status"] == "OK"
    world.agent.deregister()
    world.agent.deregister(2)


def test_dead_server_delays_no_other(world):
    """One slot's server takes the connection and says nothing; the others get their posts at once, the terminal answers."""
    world.receiver.answer = lambda post: (200, {}, b"")
    world.agent.register(f"https://good.test:{world.hung.port}/hung")
    world.agent.register(world.url + "/alive", slot=2)
    world.agent.publish_event("0")
    real.wait_for(lambda: world.hung.connections, "a call to the silent server")
    took = []
    for i in range(20):
        published = time.monotonic()
        world.agent.publish_event(str(i + 1))
        posts = world.receiver.wait("/alive", i + 2, explain=world.log.tail)
        took.append(posts[-1].at - published)
    assert [real.mark_of(p) for p in posts] == [str(i) for i in range(21)]
    assert sorted(took)[10] < 3, took       # the silent server is waited for for longer
    world.agent.deregister(1)
    world.agent.deregister(2)
