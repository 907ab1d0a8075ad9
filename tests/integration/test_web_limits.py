# SPDX-License-Identifier: MIT
"""The HTTPS side at its limits: each is met exactly, what is over it is refused with its status, and nothing of it is done."""
import select
import socket

import pytest

import real
from web_device import ADMIN, NAME, READER, Device, basic, everything, is_closed, lines, parse, read_answer
from web_world import log, pytestmark, shared

BODY_MAX = 4 << 20
EVIL = "<Configuration><SystemUnit><Name>evil</Name></SystemUnit></Configuration>"


def test_body_of_the_largest_size(shared):
    def document(size):
        return "<Command>" + " " * (size - 19) + "</Command>"
    assert "No action detected" in shared.put(document(BODY_MAX))
    status, headers, _ = shared.ask("POST", "/putxml", body=document(BODY_MAX + 1), user=ADMIN)
    assert (status, headers["Connection"]) == (413, "close")


@pytest.mark.parametrize("status, change", ((401, {"user": None}), (401, {"user": ("admin", "wrong")}), (403, {"headers": {"Origin": "https://evil.example"}}),
                                            (421, {"host": "evil.example"}), (405, {"path": "/nothing"}), (405, {"path": "/status.xml"}),
                                            (415, {"headers": {"Content-Type": "application/x-www-form-urlencoded"}})))
def test_the_body_of_what_is_refused_is_no_request(shared, status, change):
    """Whatever is refused before its body was read: the bytes of the body are not taken for the next request."""
    inner = f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\n{lines(basic(ADMIN))}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}"
    c = {"user": ADMIN, "headers": {}, "host": NAME, "path": "/putxml"} | change
    sent = {"Host": c["host"], **(basic(c["user"]) if c["user"] else {}), "Content-Length": len(inner), **c["headers"]}
    with shared.connect() as s:
        s.sendall(f"POST {c['path']} HTTP/1.1\r\n{lines(sent)}\r\n".encode())
        s.sendall(inner.encode())
        said = everything(s)
    assert parse(said)[0] == status and said.count(b"HTTP/1.1 ") == 1, said
    assert shared.agent.get("SystemUnit Name") == NAME


def test_strangers_in_all(shared):
    """256 connections on which nobody has logged in, of whatever addresses; those who log in have theirs all the same."""
    strangers = []
    with shared.connect() as s:     # it is there, and logs in when all places are taken
        try:
            for i in range(5):
                for _ in range(60):
                    strangers.append(socket.create_connection((real.HOST, shared.port), real.PATIENCE, source_address=(f"127.0.2.{i + 1}", 0)))
            real.wait_for(lambda: sum(map(is_closed, strangers)) >= 300 - 256, "those over the bound are closed", explain=shared.log.tail)
            assert sum(map(is_closed, strangers)) <= 300 - 256 + 2
            s.sendall(f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\n{lines(basic(ADMIN))}\r\n".encode())
            assert parse(read_answer(s))[0] == 200
        finally:
            for stranger in strangers:
                stranger.close()
    real.wait_for(lambda: len(shared.raw(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())) > 0, "their places are free", explain=shared.log.tail)


def test_sessions(tmp_path, log):
    """As many as the settings allow; further log-ins are answered with 503 until one has ended."""
    device = Device(tmp_path, log, ["Security Session MaxSessionsPerUser: 2", "Security Session MaxTotalSessions: 3"]).start()
    try:
        device.add_reader()

        def begin(user):
            status, headers, _ = device.ask("POST", "/xmlapi/session/begin", user=user)
            return status, {"Cookie": headers.get("Set-Cookie", "").split(";")[0]}, headers
        first, second = begin(ADMIN), begin(ADMIN)
        assert first[0] == second[0] == 204
        status, _, headers = begin(ADMIN)
        assert status == 503 and int(headers["Retry-After"]) > 0
        assert device.websocket().status == 503 and device.ask("GET", "/status.xml", user=ADMIN)[0] == 503
        assert device.ask("GET", "/getxml?location=/Status/Time", first[1])[0] == 200      # those that are open stay
        reader = device.websocket(READER)
        assert reader.status == 101 and begin(READER)[0] == 503
        assert device.ask("POST", "/xmlapi/session/end", first[1])[0] == 204
        real.wait_for(lambda: begin(READER)[0] == 204, "a place is free", explain=log.tail)
        reader.close()
        real.wait_for(lambda: begin(ADMIN)[0] == 204, "a place is free", explain=log.tail)
        # The cookie of one session is no log-in for another.
        assert device.ask("POST", "/xmlapi/session/begin", second[1])[0] == 401
    finally:
        device.stop()


def test_bodies_together(shared):
    """64 MiB of bodies may be received at a time, 16 MiB from one address: one client cannot take the memory of all."""
    cookie = shared.ask("POST", "/xmlapi/session/begin", user=ADMIN)[1]["Set-Cookie"].split(";")[0]
    head = f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\nCookie: {cookie}\r\nExpect: 100-continue\r\nContent-Length: "
    begun = []
    try:
        for n in range(64 // 4):
            if n % 4 == 0 and n:
                assert shared.ask("POST", "/putxml", {"Cookie": cookie}, "<Command/>", source=source)[0] == 503
            source = f"127.0.0.{n // 4 + 1}"
            s = shared.connect(source)
            s.sendall(f"{head}{BODY_MAX}\r\n\r\n".encode())
            assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            begun.append(s)
        with shared.connect("127.0.0.9") as s:
            s.sendall(f"{head}10\r\n\r\n".encode())
            assert parse(read_answer(s))[0] == 503
        begun.pop(1).close()
        real.wait_for(lambda: shared.ask("POST", "/putxml", {"Cookie": cookie}, "<Command/>")[0] == 200, "there is room", explain=shared.log.tail)
        begun[0].sendall(b"<Command>" + b" " * (BODY_MAX - 19) + b"</Command>")
        assert parse(read_answer(begun[0]))[0] == 200
    finally:
        for s in begun:
            s.close()


def test_as_many_sessions_as_may_be_set(tmp_path, log):
    """Nothing ends sooner than the largest limit that can be set; what is over it is answered with 503, and the sessions that are there go on."""
    most = 200
    device = Device(tmp_path, log, [f"Security Session MaxSessionsPerUser: {most}", f"Security Session MaxTotalSessions: {most}"]).start()
    begin = f"POST /xmlapi/session/begin HTTP/1.1\r\nHost: {NAME}\r\n{lines(basic(ADMIN))}\r\n".encode()
    try:
        cookies = []
        with device.connect() as s:
            for _ in range(most + 1):
                s.sendall(begin)
                status, headers, _ = parse(read_answer(s))
                cookies.append(headers.get("Set-Cookie", "").split(";")[0])
                assert status == (204 if len(cookies) <= most else 503), (len(cookies), status)
        assert int(headers["Retry-After"]) > 0 and len(set(cookies)) == most + 1
        for cookie in cookies[0], cookies[most - 1]:
            assert device.ask("GET", "/getxml?location=/Status/Time", {"Cookie": cookie})[0] == 200
        assert device.ask("POST", "/xmlapi/session/end", {"Cookie": cookies[7]})[0] == 204
        real.wait_for(lambda: device.ask("POST", "/xmlapi/session/begin", user=ADMIN)[0] == 204, "a place is free", explain=log.tail)
    finally:
        device.stop()


def test_log_ins_that_wait(shared):
    """30 wrong passwords of an address wait to be checked; the answer to more of them is 503 at once, and others do not wait for them."""
    guess = f"GET /status.xml HTTP/1.1\r\nHost: {NAME}\r\n{lines(basic(('admin', 'a guess')))}\r\n".encode()
    guesses = [shared.connect("127.0.0.77") for _ in range(40)]
    try:
        for s in guesses:
            s.sendall(guess)
        refused = []
        while len(refused) < 5:     # ten, but for each second that it took to read all of them one more waits
            ready = select.select([s for s in guesses if s not in refused], [], [], real.PATIENCE)[0]
            assert ready, "those who found 30 before them are answered at once"
            for s in ready:
                status, headers, _ = parse(read_answer(s))
                assert status in (401, 503)
                if status == 503:
                    assert int(headers["Retry-After"]) > 0
                    refused.append(s)
                else:
                    guesses.remove(s)
        assert len(guesses) > 30, "the others wait"
        assert shared.ask("GET", "/getxml?location=/Status/Time", user=ADMIN)[0] == 200
    finally:
        for s in guesses:
            s.close()


def test_long_messages_together(shared):
    """They count like bodies, from their first byte: as many as there is room for; one more is closed with 1013, and short ones are always read."""
    most = 5 << 20
    short, others, held = shared.websocket(), shared.websocket(source="127.0.0.78"), []

    def begin(source="127.0.0.1"):
        w = shared.websocket(source=source)
        w.s.sendall(b"\x81\xff" + most.to_bytes(8, "big") + bytes(4) + b"{")
        return w
    try:
        held += [begin() for _ in range(3)]
        real.wait_for(lambda: shared.ask("POST", "/putxml", body="<Command>" + " " * (2 << 20) + "</Command>", user=ADMIN)[0] == 503, "they are counted",
                      explain=shared.log.tail)
        more = begin()
        assert more.closed() == (1013, "too many long messages are received at the same time")
        more.close()
        assert short.result("xGet", Path=["Status", "Time", "State"])
        assert others.error("xCommand/Security/Certificates/CA/Add", body="x" * (3 << 20))["code"] in (1, -32602)
        assert others.result("xGet", Path=["Status", "Time", "State"])
        held.pop().close()
        real.wait_for(lambda: shared.put("<Command>" + " " * (2 << 20) + "</Command>"), "there is room", explain=shared.log.tail)
        rest = b' "jsonrpc": "2.0", "id": 8, "method": "xGet", "params": {"Path": ["Status", "Time", "State"]}}'
        held[0].s.sendall(b" " * (most - 1 - len(rest)) + rest)
        assert held[0].message()["id"] == 8
        # What was received is not counted any longer.
        real.wait_for(lambda: shared.put("<Command>" + " " * ((4 << 20) - 19) + "</Command>"), "the whole limit is free", explain=shared.log.tail)
    finally:
        for w in [short, others, *held]:
            w.close()


def test_rate_of_a_session(tmp_path, log):
    """What waits in a session is bounded, apart from other sessions; each that waited is answered in its time."""
    device = Device(tmp_path, log, ["NetworkServices HTTPS RateLimit Session Rate: 1", "NetworkServices HTTPS RateLimit Session Queue: 3"]).start()
    waiting = []
    try:
        cookies = [device.ask("POST", "/xmlapi/session/begin", user=ADMIN)[1]["Set-Cookie"].split(";")[0] for _ in range(2)]
        waiting += [device.connect() for _ in range(12)]
        for s in waiting:
            s.sendall(f"GET /getxml?location=/Status/Time HTTP/1.1\r\nHost: {NAME}\r\nCookie: {cookies[0]}\r\n\r\n".encode())
        assert device.ask("GET", "/getxml?location=/Status/Time", {"Cookie": cookies[1]})[0] == 200
        assert len(select.select(waiting, [], [], 0)[0]) < len(waiting), "some of the first session still wait for their turn"
        answers = [parse(read_answer(s)) for s in waiting]
        refused = [a for a in answers if a[0] == 503]   # eight; for each second that it took to send all, one more finds a place
        assert 4 < len(refused) <= 8 and all(int(a[1]["Retry-After"]) > 0 for a in refused)
        assert all(a[0] == 200 for a in answers if a not in refused)
    finally:
        for s in waiting:
            s.close()
        device.stop()
