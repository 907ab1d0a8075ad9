# SPDX-License-Identifier: MIT
"""WebSocket: the vendor's own client over wss, and JSON-RPC message by message; closing, limits, what is not read."""
import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import real
import test_jsxapi
from web_device import ADMIN, NAME, READER, Device, basic, lines
from web_world import log, pytestmark, shared



@pytest.fixture
def ws(shared):
    w = shared.websocket()
    assert w.status == 101
    yield w
    w.close()


@pytest.mark.parametrize("version", test_jsxapi.VERSIONS)
def test_vendors_client(version, tmp_path, log):
    device = Device(tmp_path, log).start()
    try:
        test_jsxapi.talk(version, device.agent, f"wss://127.0.0.1:{device.port}", tmp_path, username=ADMIN[0], password=ADMIN[1])
    finally:
        device.stop()


def test_handshake(shared):
    for more in ({}, {"subprotocol": True}, {"path": "/ws/"}):
        w = shared.websocket(**more)
        assert w.status == 101 and w.headers.get("Sec-WebSocket-Protocol") == w.sent.get("Sec-WebSocket-Protocol")
        assert w.result("xGet", Path=["Status", "Time", "State"])
        w.close()
    # With both, and among others: what was asked for is repeated, and nothing else.
    asked = {"Sec-WebSocket-Protocol": "chat, auth-" + "YWRtaW46eA"}
    assert shared.websocket(headers=asked).status == 403
    w = shared.websocket(headers={"Sec-WebSocket-Protocol": "chat"})     # beside Authorization
    assert w.status == 101 and "Sec-WebSocket-Protocol" not in w.headers
    w.close()
    assert "Sec-WebSocket-Extensions" not in shared.websocket(headers={"Sec-WebSocket-Extensions": "permessage-deflate"}).headers
    assert shared.websocket(("admin", "wrong")).status == 403
    assert shared.websocket(("admin", "wrong"), subprotocol=True).status == 403
    assert shared.websocket(None).status == 401
    for headers, status in (({"Sec-WebSocket-Version": "8"}, 426), ({"Sec-WebSocket-Key": "short"}, 400), ({"Upgrade": "h2c"}, 426),
                            ({"Connection": "keep-alive"}, 426), ({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403)):
        w = shared.websocket(headers=headers)
        assert w.status == status, headers
        if status == 426:
            assert "Upgrade" in w.headers["Connection"].split(", ") and w.headers["Upgrade"] == "websocket"
    w = shared.websocket(headers={"Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"})
    assert w.status == 101
    w.close()


def test_reading(ws):
    assert ws.result("xGet", Path=["Status", "SystemUnit", "Software", "Name"]) == "sealpost"
    assert isinstance(ws.result("xGet", Path=["Configuration", "HttpFeedback", "Queue", "MaxCount"]), int)
    assert ws.result("xQuery", Query=["status", "**", "software"])["Status"]["SystemUnit"]["Software"]["Name"] == "sealpost"
    servers = ws.result("xGet", Path=["Configuration", "NetworkServices", "NTP", "Server"])
    assert [s["id"] for s in servers] == [1, 2, 3]
    assert ws.error("xGet", Path=["Status", "Nothing"])["code"] == -32601
    described = ws.result("xDoc", Path=["Configuration", "SystemUnit", "Name"], Type="Schema")
    assert described["ValueSpace"]["type"] == "String"
    for bad in ([], ["Status", "a b"], ["Status", {}], "Status", ["Status", "x|y"]):
        assert ws.error("xGet", Path=bad)["code"] == -32602


def test_writing(ws, shared):
    assert ws.result("xSet", Path=["Configuration", "HttpFeedback", "Queue", "MaxCount"], Value=778) is True
    assert ws.result("xGet", Path=["Configuration", "HttpFeedback", "Queue", "MaxCount"]) == 778
    assert ws.error("xSet", Path=["Configuration", "HttpFeedback", "Queue", "MaxCount"], Value=0)["code"] == -32602
    made = ws.result("xCommand/HttpFeedback/Register", FeedbackSlot=2, ServerUrl="https://a.example/", Expression=["/Status/Call", "/Event"])
    assert made["status"] == "OK" and made["FeedbackSlot"] == 2
    refused = ws.error("xCommand/HttpFeedback/Register", ServerUrl="http://a.example/")
    assert refused["code"] == 1 and "https" in refused["message"]
    assert ws.error("xCommand/HttpFeedback/Register")["code"] == -32602
    assert ws.error("xCommand/Dila", Number="1")["code"] == -32601 and ws.error("xNothing")["code"] == -32601
    assert ws.result("xCommand/HttpFeedback/Deregister", FeedbackSlot=2)["status"] == "OK"
    pem = Path(shared.root.path).read_text()
    assert ws.result("xCommand/Security/Certificates/CA/Add", DryRun=True, body=pem)["status"] == "OK"
    # Nothing of a value gets out of its place.
    nasty = 'a" | resultId="x" \n.\n{5}\nxCommand Boot'
    assert ws.error("xCommand/HttpFeedback/Register", FeedbackSlot=1, ServerUrl=nasty)["code"] in (1, -32602)
    assert ws.result("xGet", Path=["Status", "Time", "State"])


def test_a_command_without_its_body(ws):
    """It is refused; the next requests are not its body, and get their own answers."""
    for command in ("Security/Certificates/CA/Add", "Security/Certificates/CRL/Add", "Security/Certificates/Services/Add",
                    "Configuration/Try"):
        for body in ({}, {"body": ""}, {"body": 5}, {"body": None}, {"body": ["x"]}):
            assert ws.error(f"xCommand/{command}", **body)["code"] == -32602, (command, body)
    assert "result" in ws.call("xCommand/Configuration/Apply") and "result" in ws.call("xCommand/Configuration/Apply", body="")
    name = ws.result("xGet", Path=["Configuration", "SystemUnit", "Name"])
    refused = ws.error("xCommand/Security/Certificates/CA/Add", body="x\n.\nxConfiguration SystemUnit Name: other\n")
    assert refused["code"] in (1, -32602) and ws.result("xGet", Path=["Configuration", "SystemUnit", "Name"]) == name


def test_a_body_that_is_too_long(ws):
    """It is refused before it was read to its end; the next request need not wait for anything but that."""
    assert "4194304" in ws.error("xCommand/Security/Certificates/CA/Add", body="x" * ((5 << 20) - 200))["message"]
    ws.s.settimeout(15)     # the ping, after which it would go on in any case, comes after 30 s
    assert ws.result("xGet", Path=["Status", "Time", "State"])


def test_checks_that_fail(ws):
    """A check that finds something wrong was carried out: its result says what, and it is no error."""
    shown = ws.result("xCommand/Security/Readiness/Show")
    assert (shown["status"], shown["Outcome"]) == ("OK", "Fail") and shown["FirstFailure"] and shown["Item"][0]["id"] == 1
    tried = ws.result("xCommand/Diagnostics/Connection", Url="https://nobody.invalid/")
    assert tried["Outcome"] == "Fail" and tried["Step"]


def test_readiness_with_a_certificate_for_https(ws):
    """It need not be a client's certificate."""
    items = {i["Name"]: i for i in ws.result("xCommand/Security/Readiness/Show")["Item"]}
    assert items["OwnCertificate"]["Outcome"] == "Pass", items["OwnCertificate"]


def test_dry_run_for_https(ws, shared):
    """A certificate that only servers may have is looked at for HTTPS; for the device's own requests it is refused."""
    leaf = shared.pki.leaf(NAME, shared.root)
    pem = leaf.pem + leaf.key.read_text()
    before = ws.result("xCommand/Security/Certificates/Services/Show")
    looked = ws.result("xCommand/Security/Certificates/Services/Add", DryRun="True", Purpose="HTTPS", body=pem)
    assert NAME in looked["Certificate"][0]["Value"] and "Server" not in looked
    assert "HttpClient" in ws.error("xCommand/Security/Certificates/Services/Add", DryRun="True", body=pem)["message"]
    assert ws.result("xCommand/Security/Certificates/Services/Show") == before


def test_roles(shared):
    w = shared.websocket(READER, subprotocol=True)
    assert w.result("xGet", Path=["Status", "Time", "State"])
    assert w.error("xSet", Path=["Configuration", "SystemUnit", "Name"], Value="x")["code"] == -31999
    assert w.error("xCommand/HttpFeedback/Deregister", FeedbackSlot=1)["code"] == -31999
    w.close()


def test_ids_and_faults(ws):
    ws.send('{"jsonrpc":"2.0","id":"words","method":"xGet","params":{"Path":["Status","Time","State"]}}')
    assert ws.message()["id"] == "words"
    # What has no id is a notification, to which nothing is ever answered, whatever is wrong with it.
    for method, params in (("xGet", {"Path": ["Status", "Time"]}), ("xGet", {"Path": ["Status", "Nothing"]}), ("xNothing", {}), ("xCommand/Nothing", {}),
                           ("xFeedback/Unsubscribe", {"Id": 99}), ("xFeedback/Subscribe", {"Query": ["Status", *["A" * 60] * 15]})):
        ws.send({"jsonrpc": "2.0", "method": method, "params": params})
    for text, code in (("{", -32700), ("[]", -32600), ('{"jsonrpc":"2.0","id":4}', -32600), ('{"a":1,"a":2}', -32700)):
        ws.send(text)
        m = ws.message()
        assert m["error"]["code"] == code and m["id"] == (4 if '"id":4' in text else None)


def test_feedback(ws, shared):
    call = ws.result("xFeedback/Subscribe", Query=["Status", "Call"])["Id"]
    again = ws.result("xFeedback/Subscribe", Query=["Status", "Call"])["Id"]
    assert (call, again) == (1, 2)
    shared.agent.publish('<Status><Call item="7"><Duration>4</Duration><Status>Ringing</Status></Call></Status>')
    events = sorted((ws.event() for _ in range(2)), key=lambda e: e["Id"])
    assert events == [{"Id": i, "Status": {"Call": [{"id": 7, "Duration": 4, "Status": "Ringing"}]}} for i in (1, 2)]
    assert ws.result("xFeedback/Unsubscribe", Id=again) is True
    assert ws.error("xFeedback/Unsubscribe", Id=again)["code"] == -32602
    shared.agent.publish('<Status><Call item="7" ghost="True"/></Status>')
    gone = ws.event()
    assert gone["Id"] == call and gone["Status"]["Call"][0]["ghost"] == "True"
    name = ws.result("xFeedback/Subscribe", Query=["Configuration", "HttpFeedback"], NotifyCurrentValue=True)["Id"]
    now = ws.event()        # after the answer that has its Id
    assert now["Id"] == name and "Queue" in now["Configuration"]["HttpFeedback"]
    event = ws.result("xFeedback/Subscribe", Query=["Event"])["Id"]
    shared.agent.publish_event("x")
    assert ws.event() == {"Id": event, "Event": {"Test": {"Mark": "x"}}}
    for _ in range(60):     # what is refused takes no place
        assert ws.error("xFeedback/Subscribe", Query=["Status", *["A" * 60] * 15])["code"] == -32602
    for _ in range(47):
        ws.result("xFeedback/Subscribe", Query=["Status", "Audio"])
    assert ws.error("xFeedback/Subscribe", Query=["Status", "Audio"])["code"] == -31998


def test_closing(shared):
    for opcode, data, more, code in (
            (8, b"\x03\xe8", {}, 1000), (8, b"\x03", {}, 1002), (8, b"", {}, 1000), (2, b"binary", {}, 1003), (1, b"\xff", {}, 1007), (1, b"x", {"reserved": 4}, 1002),
            (3, b"x", {}, 1002), (9, b"x", {"fin": False}, 1002)):
        w = shared.websocket()
        w.frame(opcode, data, **more)
        assert w.close_code() == code, (opcode, data)
        w.close()
    w = shared.websocket()
    w.s.sendall(b"\x81\x05hello")       # not masked
    assert w.close_code() == 1002
    w = shared.websocket()
    w.s.sendall(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + bytes(4) + b"x")
    assert w.close_code() == 1009
    w = shared.websocket()
    w.frame(1, b"a", fin=False)
    for _ in range(1100):
        w.frame(0, b"", fin=False)
    assert w.close_code() == 1008
    w = shared.websocket()
    for _ in range(1100):       # the frames of one message are counted, not those of all
        w.send("{")
    for _ in range(1100):
        assert w.message()["error"]["code"] == -32700
    for data in (b"are you there", b"\x88\0"):
        w.frame(9, data)
        assert w.receive() == (10, data)
    w.frame(1, b'{"jsonrpc":"2.0","id":1,"method":"xGet",', fin=False)
    w.frame(9, b"")
    w.frame(0, b'"params":{"Path":["Status","Time","State"]}}')
    assert w.receive() == (10, b"") and w.message()["id"] == 1
    w.close()


def test_one_that_does_not_answer_a_close_frame(shared):
    """Whoever goes on sending after the device has closed is not kept: nothing of it is read, and the connection ends."""
    w = shared.websocket()
    w.frame(2, b"binary")
    assert w.close_code() == 1003
    w.s.settimeout(2)
    try:
        for _ in range(40):
            w.frame(9, b"still there")
            if w.s.recv(100) == b"":
                break
        else:
            pytest.fail("it is still read")
    except OSError as e:
        assert not isinstance(e, TimeoutError), "it is neither answered nor ended"
    w.close()


def test_a_session_that_is_ended(shared):
    """Whoever has to log in again is told so by a code of its own."""
    ended = (4001, "the agent has ended the session")
    admin, reader, other = shared.websocket(), shared.websocket(READER), shared.websocket(READER)
    sessions = admin.result("xCommand/Security/Session/List")["Session"]
    mine = [s["Id"] for s in sessions if s["Username"] == READER[0]]
    assert len(mine) == 2
    assert admin.result("xCommand/Security/Session/Terminate", SessionId=mine[0])["status"] == "OK"
    assert reader.closed() == ended
    assert other.result("xGet", Path=["Status", "Time", "State"])
    admin.result("xCommand/UserManagement/User/Passphrase/Set", Username=READER[0], NewPassphrase=READER[1], YourPassphrase=ADMIN[1])
    assert other.closed() == ended
    # One that ends its own session is answered first.
    own = [s["Id"] for s in admin.result("xCommand/Security/Session/List")["Session"]]
    assert len(own) == 1 and admin.result("xCommand/Security/Session/Terminate", SessionId=own[0])["status"] == "OK"
    assert admin.closed() == ended


def test_settings_change_during_the_log_in(tmp_path, log):
    """A WebSocket that was asked for under settings that count no more is closed, although it was not open when they changed."""
    device = Device(tmp_path, log, ["NetworkServices HTTPS RateLimit Basic Rate: 1"]).start()
    request = f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\n" + lines(basic(ADMIN)) + "\r\n"
    waiting = [device.connect() for _ in range(9)]
    try:
        for s in waiting:
            s.sendall(request.encode())
        with ThreadPoolExecutor() as pool:
            late = pool.submit(device.websocket)        # waits for some seconds
            real.wait_for(lambda: len(re.findall("clients are shown", device.logged())) > 0, "it runs", explain=log.tail)
            time.sleep(1)
            device.agent.set("NetworkServices HTTPS Server MinimumTLSVersion", "TLSv1.3")
            log.wait("has taken over new settings")
            assert not late.done()
            w = late.result(real.PATIENCE)
        assert w.status == 101 and w.closed() == (1001, "the device's settings for HTTPS have changed")
        w.close()
    finally:
        for s in waiting:
            s.close()
        device.stop()


def test_the_agent_ends_while_requests_wait(tmp_path, log):
    """So many requests wait that the client is not read; it is not blamed for that (1008) when the session ends."""
    device = Device(tmp_path, log).start()
    try:
        w = device.websocket()
        os.kill(device.agent.pid, signal.SIGSTOP)
        for i in range(100):
            w.send({"jsonrpc": "2.0", "id": i, "method": "xGet", "params": {"Path": ["Status", "Time", "State"]}})
        assert device.ask("GET", "/")[0] == 200     # sealpost-web has read them meanwhile
        device.agent.kill()
        assert w.close_code() == 1001
        w.close()
        device.agent.start()
    finally:
        device.stop()


def test_one_that_does_not_read(shared):
    """It is closed with 1008 when it reads on; meanwhile others are answered, and nothing grows without a bound."""
    stuck, other = shared.websocket(receive_buffer=1 << 16), shared.websocket()
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "xGet", "params": {"Path": ["Configuration"]}}).encode()
    unsent = 3000 * stuck.framed(1, asked)
    stuck.s.settimeout(0.1)
    end = time.monotonic() + 120
    taken = time.monotonic()
    # The device looks every 5 s: it notices its last progress up to 5 s late, and that 10 s have gone by since then up to 5 s late.
    while time.monotonic() - taken < 22:
        assert time.monotonic() < end, f"the device still reads: {len(unsent)} bytes are left"
        try:
            unsent = unsent[stuck.s.send(unsent[:4096]):]
            taken = time.monotonic() if unsent else taken
        except TimeoutError:
            pass
        assert other.result("xGet", Path=["Status", "Time", "State"])
    stuck.s.settimeout(real.PATIENCE)
    assert stuck.close_code() == 1008
    stuck.close()
    other.close()
