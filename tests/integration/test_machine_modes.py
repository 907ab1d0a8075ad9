# SPDX-License-Identifier: MIT
"""The output modes for programs, read as programs read them: JSON cut from the stream at the lines "{" and "}", XML by a real parser;
what codec software published, in each mode. All values are written by hand."""
import json
import re
import select
import socket
import xml.etree.ElementTree as ElementTree

import pytest

import real


@pytest.fixture
def agent(tmp_path):
    log = real.Syslog(tmp_path)
    a = real.Agent(tmp_path, log, ['NetworkServices NTP Mode: Off', 'SystemUnit Name: "Room <4>"']).start()
    yield a
    a.stop()
    log.stop()


def ask(agent, *lines):
    """All that one session answers to these lines."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(agent.control))
        s.sendall("".join(line + "\n" for line in lines).encode())
        s.shutdown(socket.SHUT_WR)
        said = b""
        while select.select([s], [], [], real.PATIENCE)[0]:
            more = s.recv(65536)
            if not more:
                return said.decode()
            said += more
    raise AssertionError(f"no end behind {said!r}")


def read_until(s, end):
    said = b""
    while not said.endswith(end):
        assert select.select([s], [], [], real.PATIENCE)[0], said
        more = s.recv(65536)
        assert more, said
        said += more
    return said


def publish(agent, xml):
    agent.sealpost("publish", stdin=xml)


def documents(text):
    """As drivers cut them: from a line { to a line }. Nothing may stand between them."""
    found, rest = [], text
    while rest:
        assert rest.startswith("{\n"), rest
        end = rest.index("\n}\n") + 3
        found.append(json.loads(rest[:end]))
        rest = rest[end:]
    return found


def in_json(agent, *lines):
    return documents(ask(agent, "xPreferences outputmode json", *lines))


def in_xml(agent, *lines):
    said = ask(agent, "xPreferences outputmode xml", *lines)
    assert said.startswith("\nOK\n\n"), said
    return [ElementTree.fromstring(d) for d in re.findall(r"<XmlDoc .*?</XmlDoc>", said, re.S)]


def tree(e):
    """An element as plain values: (name, attributes, text or children)."""
    return (e.tag, e.attrib, [tree(c) for c in e] if len(e) else e.text or "")


def test_json_documents(agent):
    assert in_json(agent, "xStatus Time State", 'xStatus Time State | resultId="a \\"b\\""', 'xConfiguration SystemUnit Name | resultId="2"',
                   'xConfiguration SystemUnit Name: "x" | resultId="3"', "xConfiguration SystemUnit Name: \"y\"",
                   "xCommand HttpFeedback Deregister FeedbackSlot: 3", 'xStatus Call | resultId="5"') == [
        {"Status": {"Time": {"State": {"Value": "Floor"}}}},
        {"Status": {"Time": {"State": {"Value": "Floor"}}}, "ResultId": "a \"b\""},
        {"Configuration": {"SystemUnit": {"Name": {"Value": "Room <4>"}}}, "ResultId": "2"},
        {"ResultId": "3"},
        {},
        {"CommandResponse": {"HttpFeedbackDeregisterResult": {"status": "Error", "Reason": {"Value": "feedback slot 3 is not registered"}}}},
        {"Status": {}, "ResultId": "5"},
    ]
    unknown, wrong, illegal = in_json(agent, "xCommand Dila", "xStatus Wrong", "xConfiguration HttpFeedback Queue MaxCount: 0")
    assert unknown["CommandResponse"]["Result"]["status"] == "Error"
    assert unknown["CommandResponse"]["Result"]["Reason"] == {"Value": "Unknown command"}
    assert wrong["Status"]["status"] == "Error" and wrong["Status"]["XPath"] == {"Value": "Status/Wrong"}
    leaf = illegal["Configuration"]["HttpFeedback"]["Queue"]["MaxCount"]
    assert (leaf["error"], leaf["Value"]) == ("True", "Illegal value")
    described, = in_json(agent, 'xDocument Path: "Configuration/SystemUnit/Name" Schema: True | resultId="d"')
    assert described["ResultId"] == "d"
    assert described["Configuration"]["SystemUnit"]["Name"]["ValueSpace"] == {"type": "String", "MinLength": "0", "MaxLength": "50"}
    described = ask(agent, "xPreferences outputmode xml", 'xDocument Path: "Configuration/SystemUnit/Name"')
    assert documents(described.removeprefix("\nOK\n\n")) == [{"Configuration": {"SystemUnit": {"Name": {"Value": "y"}}}}]
    helped, = in_json(agent, "xPreferences ?")
    assert helped["Text"]["Value"].startswith("xpreferences usage:\n")


def test_plain_in_every_mode(agent):
    """Lists are lines, and a change of the mode says nothing that a reader of the new mode could stumble over."""
    listed = "/Status/Audio\n/Status/Call\n** end\n\nOK\n\n"
    for mode, register in (("terminal", "** end\n\nOK\n\n"), ("xml", '<XmlDoc resultId="">\n</XmlDoc>\n'), ("json", "{\n}\n"), ("typed", "{\n}\n")):
        changed = "" if mode in ("json", "typed") else "\nOK\n\n"
        assert ask(agent, f"xPreferences outputmode {mode}", "xFeedback Register /Status/Call", "xFeedback Register /Status/Audio",
                   "xFeedback List") == changed + register + register + listed
        # What has nothing to say but OK, and a publication.
        nothing = "\nOK\n\n" if mode == "terminal" else register
        assert ask(agent, f"xPreferences outputmode {mode}", "echo off", "xPublish", "<Event><A/></Event>", ".") == changed + nothing + "OK\n"
        assert ask(agent, f"xPreferences outputmode {mode}", "xPreferences outputmode terminal") == changed + "\nOK\n\n"


def test_preferences_of_codecs_are_accepted(agent):
    """Scripts that fetch the documents of a codec begin so; there is nothing here that they could choose."""
    for line in ("xpref accessmode internal", "xPreferences AccessMode public", "xpreferences detaillevel 2"):
        assert ask(agent, line) == "\nOK\n\n" and ask(agent, "xPreferences outputmode json", line) == "", line
    for line in ("xpreferences accessmode", "xpreferences accessmode other", "xpreferences detaillevel 3", "xpreferences accessmode internal 1"):
        assert "usage: xpreferences" in ask(agent, line), line


def test_typed_feedback_with_a_tag(agent):
    """A program that listens for several things is told which of its expressions a change belongs to; those without a tag share."""
    register = ['xFeedback Register /Status/Call | resultId="1"', 'xFeedback Register /Status/Call | resultId="2"', "xFeedback Register /Status/Room",
                'xFeedback Register /Status/Room/Light | resultId="3"', "xFeedback Register /Status/Call"]
    publish = ["xPublish", "<Status><Call item='7'><Duration>4</Duration></Call><Room><Light>On</Light></Room></Status>", "."]
    said = ask(agent, "xPreferences outputmode typed", *register, *publish, 'xFeedback Deregister /Status/Call | resultId="2"',
               "xPublish", "<Status><Call item='7'><Duration>5</Duration></Call></Status>", ".",
               'xFeedback Deregister /Status/Room | resultId="9"')
    pushed = [json.loads(d) for d in re.findall(r"^\{\n.*?^\}\n", said, re.S | re.M) if '"Status":{' in d]
    call = {"Call": [{"id": 7, "Duration": 4}]}
    assert sorted(map(json.dumps, pushed[:4])) == sorted(map(json.dumps, [
        {"Status": call, "ResultId": "1"}, {"Status": call, "ResultId": "2"}, {"Status": {"Room": {"Light": "On"}}, "ResultId": "3"},
        {"Status": {**call, "Room": {"Light": "On"}}}]))
    assert sorted(d.get("ResultId", "-") for d in pushed[4:]) == ["-", "1"]
    assert "/Status/Room is not registered" in said


def test_xml_documents(agent):
    status, configuration, failed, result, unknown = in_xml(
        agent, 'xStatus Time State | resultId="a<b"', "xConfiguration SystemUnit Name", "xStatus Wrong",
        'xCommand HttpFeedback Deregister FeedbackSlot: 3 | resultId="r"', "xCommand Dila")
    assert tree(status) == ("XmlDoc", {"resultId": "a<b"}, [
        ("Status", {}, [("Time", {"item": "1"}, [("State", {"item": "1"}, "Floor")])])])
    assert tree(configuration) == ("XmlDoc", {"resultId": ""}, [
        ("Configuration", {}, [("SystemUnit", {"item": "1"}, [("Name", {"item": "1"}, "Room <4>")])])])
    assert failed[0].tag == "Status" and failed[0].attrib == {"status": "Error"} and failed.findtext("Status/XPath") == "Status/Wrong"
    assert tree(result) == ("XmlDoc", {"resultId": "r"}, [
        ("HttpFeedbackDeregisterResult", {"status": "Error"}, [("Reason", {}, "feedback slot 3 is not registered")])])
    assert unknown[0].tag == "Result" and unknown[0].attrib == {"status": "Error"} and unknown.findtext("Result/Reason") == "Unknown command"


def test_getxml(agent):
    """As XML in every mode; the root says which software it is from."""
    agent.sealpost('xConfiguration SystemUnit Identification ProductType: "Codec & co"')
    agent.sealpost('xConfiguration SystemUnit Identification SoftwareVersion: "ce9.1"')
    root = {"product": "Codec & co", "version": "ce9.1", "apiVersion": "4"}
    for mode in ("terminal", "xml", "json"):
        said = ask(agent, f"xPreferences outputmode {mode}", 'xGetxml /Status/Time/State', "xGetxml /Configuration/SystemUnit/Name", "xGetxml /Status/Call")
        docs = [tree(ElementTree.fromstring(d)) for d in re.findall(r"<XmlDoc .*?</XmlDoc>", said, re.S)]
        assert docs == [
            ("XmlDoc", {"resultId": ""}, [("Status", root, [("Time", {"item": "1"}, [("State", {"item": "1"}, "Floor")])])]),
            ("XmlDoc", {"resultId": ""}, [("Configuration", root, [("SystemUnit", {"item": "1"}, [("Name", {"item": "1"}, "Room <4>")])])]),
            ("XmlDoc", {"resultId": ""}, [("EmptyResult", {}, "")]),
        ], mode
    assert "usage: xGetxml /Configuration/" in ask(agent, "xGetxml")
    for path in ("/Status/Time/Stat", "/Time", "/Command/Dial"):
        assert "<EmptyResult/>" in ask(agent, f"xGetxml {path}")


def body(xml):
    """xPutxml with this document as its counted body."""
    text = f"xPutxml\n{xml}\n"
    return f"{{{len(text.encode())}}}\n{text[:-1]}"


def test_putxml(agent):
    """One answer each, in order; a Configuration document is set whole or not at all."""
    commands, wrong, good, after = in_xml(
        agent, body('<Command><HttpFeedback><Register command="True"><ServerUrl>https://a.test/x</ServerUrl><Expression item="1">/Status/Call'
                    '</Expression></Register><Deregister><FeedbackSlot>4</FeedbackSlot></Deregister><Dial/></HttpFeedback></Command>'),
        body("<Configuration><SystemUnit><Name>A</Name></SystemUnit><Provisioning><Mode>Maybe</Mode></Provisioning></Configuration>"),
        body("<Configuration><SystemUnit><Name>B &amp; b</Name></SystemUnit></Configuration>"), "xGetxml //SystemUnit/Name")
    assert tree(commands) == ("XmlDoc", {"resultId": ""}, [("Command", {}, [
        ("HttpFeedbackRegisterResult", {"status": "OK"}, [("FeedbackSlot", {}, "1")]),
        ("HttpFeedbackDeregisterResult", {"status": "Error"}, [("Reason", {}, "feedback slot 4 is not registered")]),
        ("Result", {"status": "Error"}, [("Reason", {}, "Unknown command"), ("XPath", {}, "/Command/HttpFeedback/Dial")])])])
    error, = wrong.findall("Configuration/Error")
    assert error.findtext("XPath") == "/Configuration/Provisioning/Mode" and 'got "Maybe"' in error.findtext("Reason")
    assert tree(good) == ("XmlDoc", {"resultId": ""}, [("Configuration", {}, [("Success", {}, "")])])
    assert after.findtext("Configuration/SystemUnit/Name") == "B & b"


def test_typed(agent):
    """JSON as codecs give it over WebSocket: numbers are numbers, what is text stays text, lists have numeric ids."""
    publish(agent, "<Status><Audio><Volume>45</Volume><VolumeMute>Off</VolumeMute></Audio><Video><Input><Source item='2'><Resolution>"
                   "<Height>1080</Height></Resolution></Source></Input></Video>"
                   "<Call item='1'><Status>Connected</Status><DisplayName>7</DisplayName><Duration>12</Duration></Call></Status>")
    said = ask(agent, "xPreferences outputmode typed", 'xStatus Audio | resultId="1"', "xStatus Call", "xStatus Video",
               'xConfiguration SystemUnit Name: "42"', "xConfiguration SystemUnit Name", "xConfiguration HttpFeedback Queue MaxCount: 5000",
               "xConfiguration HttpFeedback Queue MaxCount", "xConfiguration NetworkServices NTP Server 2 Address",
               "xConfiguration HttpFeedback Queue MaxCount: 0",
               "xCommand HttpFeedback Register ServerUrl: https://a.test Expression: /Status", "xCommand HttpFeedback Deregister FeedbackSlot: 3",
               "xStatus Wrong", "xGetxml /Status/Call/Duration", "xPreferences ?",
               body("<Command><HttpFeedback><Deregister><FeedbackSlot>1</FeedbackSlot></Deregister></HttpFeedback></Command>"),
               body("<Configuration><SystemUnit><Name>7</Name></SystemUnit></Configuration>"))
    audio, call, video, _, name, _, count, server, illegal, register, failed, wrong, part, helped, command, configuration = documents(said)
    assert audio == {"Status": {"Audio": {"Volume": 45, "VolumeMute": "Off"}}, "ResultId": "1"}
    assert call == {"Status": {"Call": [{"id": 1, "DisplayName": "7", "Duration": 12, "Status": "Connected"}]}}
    assert video == {"Status": {"Video": {"Input": {"Source": [{"id": 2, "Resolution": {"Height": 1080}}]}}}}
    assert name == {"Configuration": {"SystemUnit": {"Name": "42"}}}
    assert count == {"Configuration": {"HttpFeedback": {"Queue": {"MaxCount": 5000}}}}
    assert server == {"Configuration": {"NetworkServices": {"NTP": {"Server": [{"id": 2, "Address": ""}]}}}}
    leaf = illegal["Configuration"]["HttpFeedback"]["Queue"]["MaxCount"]
    assert (leaf["error"], leaf["Value"]) == ("True", "Illegal value")
    assert register == {"CommandResponse": {"HttpFeedbackRegisterResult": {"status": "OK", "FeedbackSlot": 1}}}
    assert failed == {"CommandResponse": {"HttpFeedbackDeregisterResult": {"status": "Error", "Reason": "feedback slot 3 is not registered"}}}
    assert wrong["Status"]["status"] == "Error" and wrong["Status"]["XPath"] == "Status/Wrong"
    assert part["Status"]["Call"] == [{"id": 1, "Duration": 12}] and part["Status"]["apiVersion"] == "4"
    assert helped["Text"].startswith("xpreferences usage:\n")
    assert command == {"Command": {"HttpFeedbackDeregisterResult": {"status": "OK", "FeedbackSlot": 1}}}
    assert configuration == {"Configuration": {"Success": {}}}


def compare_types(schema, value, path):
    """Each value below the path is a number exactly where its row is described as an Integer."""
    schema = schema[0] if isinstance(schema, list) else schema
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for name in item.keys() - {"id"}:
                compare_types(schema[name], item[name], f"{path}/{name}")
        else:
            assert isinstance(item, int) == (schema["ValueSpace"]["type"] == "Integer"), f"{path}: {item!r}"


def test_typed_values_have_the_types_of_their_rows(agent):
    status, described, configuration, settings = documents(ask(
        agent, "xPreferences outputmode typed", "xStatus", "xDocument Path: Status Schema: True",
        "xConfiguration", "xDocument Path: Configuration Schema: True"))
    compare_types(described["StatusSchema"], status["Status"], "Status")
    compare_types(settings["Configuration"], configuration["Configuration"], "Configuration")


def test_typed_feedback(agent):
    """A change, and an item that goes."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(agent.control))
        s.sendall(b"xPreferences outputmode typed\nxFeedback Register /Status/Call\n")
        said = read_until(s, b"{\n}\n")
        publish(agent, "<Status><Call item='3'><Duration>5</Duration></Call></Status>")
        said += read_until(s, b"5}]}\n}\n")
        publish(agent, "<Status><Call item='3' ghost='True'/></Status>")
        said += read_until(s, b"}]}\n}\n")
    assert documents(said.decode()) == [{}, {"Status": {"Call": [{"id": 3, "Duration": 5}]}},
                                        {"Status": {"Call": [{"id": 3, "ghost": "True"}]}}]


def test_a_dump_goes_back(agent):
    """In each mode; the secrets that it hides are kept, and the answer says which."""
    agent.sealpost('xConfiguration Provisioning Password: "Example-7"')
    dump = [line.removeprefix("*c ") for line in ask(agent, "xConfiguration").splitlines() if line.startswith("*c ")]
    assert 'xConfiguration Provisioning Password: "***"' in dump
    said = ask(agent, *dump)
    assert said.count("(status=Unchanged)") == 1 and "(error=True)" not in said
    assert "Password: \"Example-7\"" in next(agent.state.glob("settings*")).read_text()
    assert in_json(agent, 'xConfiguration Provisioning Password: "***" | resultId="p"') == [
        {"Configuration": {"Provisioning": {"Password": {"status": "Unchanged", "Value": "***", "reason":
            "*** stands for a secret that is not shown; the setting was not changed"}}}, "ResultId": "p"}]


def test_published(agent):
    """Terminal, JSON and XML of the same publication; then its list grows and goes."""
    publish(agent, "<Status><Standby><State>Off</State></Standby><Call item='1'><Status>Connected</Status><DisplayName>7</DisplayName></Call>"
                   "<Room><Lamp item='1'><On>True</On></Lamp></Room></Status>")
    assert ask(agent, "xStatus Standby", "xStatus Call", "xStatus Room") == (
        "*s Standby State: Off\n** end\n\nOK\n\n"
        "*s Call 1 DisplayName: \"7\"\n*s Call 1 Status: Connected\n** end\n\nOK\n\n"
        "*s Room Lamp On: True\n** end\n\nOK\n\n")
    assert in_json(agent, "xStatus Call", "xStatus Room") == [
        {"Status": {"Call": [{"id": "1", "DisplayName": {"Value": "7"}, "Status": {"Value": "Connected"}}]}},
        {"Status": {"Room": {"Lamp": {"id": "1", "On": {"Value": "True"}}}}}]
    assert tree(in_xml(agent, "xStatus Call")[0])[2] == [("Status", {}, [("Call", {"item": "1", "maxOccurrence": "n"}, [
        ("DisplayName", {"item": "1"}, "7"), ("Status", {"item": "1"}, "Connected")])])]
    publish(agent, "<Status><Room><Lamp item='2'><On>False</On></Lamp></Room></Status>")
    publish(agent, "<Status><Room><Lamp item='2' ghost='True'/></Room><Call item='1' ghost='True'/></Status>")
    assert ask(agent, "xStatus Room", "xStatus Call", "xStatus Call Status") == (
        "*s Room Lamp 1 On: True\n" + 3 * "** end\n\nOK\n\n")
    assert in_json(agent, "xStatus Room") == [{"Status": {"Room": {"Lamp": [{"id": "1", "On": {"Value": "True"}}]}}}]
    assert tree(in_xml(agent, "xStatus Call")[0])[2] == [("Status", {}, "")]
    assert "No match" in ask(agent, "xStatus Call 1")


def test_feedback_in_json(agent):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(agent.control))
        s.settimeout(real.PATIENCE)
        heard = s.makefile("r", newline="\n")
        s.sendall(b"xPreferences outputmode json\nxFeedback Register /Status/Call\n")
        assert [heard.readline() for _ in range(2)] == ["{\n", "}\n"]
        publish(agent, "<Status><Call item='1'><Status>Idle</Status></Call></Status>")
        publish(agent, "<Status><Call item='1' ghost='True'/></Status>")
        got = "".join(heard.readline() for _ in range(6))
        assert documents(got) == [{"Status": {"Call": [{"id": "1", "Status": {"Value": "Idle"}}]}},
                                  {"Status": {"Call": [{"id": "1", "ghost": "True"}]}}]


def test_foreign_text(agent):
    """It writes no line of its own, turns none round, and is the same again for whoever reads it back."""
    name, status = "a\u202eb\u200b \"q\" \\ \u009b", "OK):\n*s Room Lock: Off"
    publish(agent, f"<Status><Room><Door status='{status}'>{name}</Door></Room></Status>".replace("\n", "&#10;"))
    said = ask(agent, "xStatus Room")
    assert said == ('*s Room Door (status="OK):\\n*s Room Lock: Off"): "a\\u202eb\\u200b \\"q\\" \\\\ \\u009b"\n** end\n\nOK\n\n')
    assert in_json(agent, "xStatus Room") == [{"Status": {"Room": {"Door": {"status": status, "Value": name}}}}]
    door = in_xml(agent, "xStatus Room")[0].find("Status/Room/Door")
    assert door.text == name and door.get("status") == status
    for mode in ("terminal", "xml", "json"):
        shown = ask(agent, f"xPreferences outputmode {mode}", "xStatus Room")
        assert not set("\u202e\u200b\u009b") & set(shown)
    assert "cannot be seen" in agent.sealpost("publish", stdin="<Status><A\u200d>1</A\u200d></Status>", expect=None)
