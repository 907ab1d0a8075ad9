# SPDX-License-Identifier: MIT
"""Whatever a client begins and does not end is given up after a minute, and its place is free."""
import time

import real
from web_device import ADMIN, NAME, basic, everything, lines
from web_world import pytestmark, shared     # noqa: F401


def test_what_is_begun_and_not_ended(shared):       # noqa: F811
    """A body and a WebSocket message, of which something comes all the time."""
    body, w, other = shared.connect(), shared.websocket(), shared.websocket()
    body.sendall(f"POST /putxml HTTP/1.1\r\nHost: {NAME}\r\n{lines(basic(ADMIN))}Content-Length: {4 << 20}\r\n\r\n<Command>".encode())
    w.s.sendall(b"\x81\xff" + (5 << 20).to_bytes(8, "big") + bytes(4) + b"{")
    begun = time.monotonic()
    while time.monotonic() - begun < 55:
        w.s.sendall(b" ")
        body.sendall(b" ")
        assert other.result("xGet", Path=["Status", "Time", "State"])
        time.sleep(1)
    assert w.closed() == (1008, "a message took longer than a minute")
    assert everything(body) == b""
    assert other.result("xGet", Path=["Status", "Time", "State"])
    real.wait_for(lambda: shared.ask("POST", "/putxml", body="<Command>" + " " * (3 << 20) + "</Command>", user=ADMIN)[0] == 200, "nothing of it is counted",
                  explain=shared.log.tail)
    for thing in body, w, other:
        thing.close()
