# SPDX-License-Identifier: MIT
"""Somebody, or some program, at a pseudo-terminal."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

import real


class Person:
    """Types at a pseudo-terminal and reads what is on it."""

    def __init__(self, agent, home, argv0="sealpost", env=None, command=None):
        # libedit never frees the names of functions added to it, and LeakSanitizer would end the program with that.
        env = {**agent.env, "HOME": str(home), "TERM": "xterm", "ASAN_OPTIONS": "detect_leaks=0:exitcode=99", **(env or {})}
        command = [str(c) for c in command] if command else [agent.build / "sealpost"]
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], [argv0, *command[1:]], {k: v for k, v in env.items() if v is not None})
        self.pid, self.text = pid, ""

    def sees(self, pattern, seconds=real.PATIENCE):
        """What stood on the screen up to the pattern, taken away."""
        end = time.monotonic() + seconds
        while not (m := re.search(pattern, self.text)):
            left = end - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], f"waited for {pattern}:\n{self.text[-2000:]}"
            try:
                self.text += os.read(self.fd, 65536).decode("utf-8", "replace")
            except OSError:     # the other end is closed
                raise AssertionError(f"ended before {pattern}:\n{self.text[-2000:]}") from None
        before, self.text = self.text[:m.end()], self.text[m.end():]
        return before

    def types(self, keys):
        os.write(self.fd, keys if isinstance(keys, bytes) else keys.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def ended(self):
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.close(self.fd)
        return self.status()

    def hangs_up(self):
        """The terminal is gone, as when a connection drops."""
        os.close(self.fd)
        return self.status()

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
