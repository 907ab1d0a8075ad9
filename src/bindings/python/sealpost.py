# SPDX-License-Identifier: MIT
"""libsealpost for Python: publishes status and events to the sealpost agent, and asks it for settings and the phone book.

    import sealpost
    with sealpost.Sealpost() as s:
        s.publish("<Status><Audio><Volume>65</Volume></Audio></Status>")
        s.flush(5)

A handle belongs to one thread at a time; only wake() may be called from others. In a loop, wait until fileno() is readable and
call process(): with asyncio, loop.add_reader(s.fileno(), s.process). What a call refuses is raised as sealpost.Error, an OSError
with errno and the library's sentence. Times are in seconds; None is no limit. An exception in a function that is called back is
raised by the call that it came from, when that has done everything else."""
import ctypes
import os

__all__ = ["Sealpost", "Error", "Connection", "Found", "Entry", "Manager", "version",
           "CONNECTED", "LOST", "REFUSED", "OUTCOMES"]

CONNECTED, LOST, REFUSED = range(3)
OUTCOMES = ("Found", "NoMatch", "Unreachable", "TlsFailed", "AuthFailed", "BadResponse", "NotConfigured", "Failed")


class Error(OSError):
    """A call of the library that failed."""


class _Connection(ctypes.Structure):
    _fields_ = [("state", ctypes.c_int), ("error", ctypes.c_int), ("reason", ctypes.c_char_p)]


class _Query(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("text", ctypes.c_char_p), ("folder", ctypes.c_char_p), ("offset", ctypes.c_uint),
                ("limit", ctypes.c_uint), ("contacts_only", ctypes.c_int), ("folders_only", ctypes.c_int),
                ("allow_stale", ctypes.c_int), ("timeout_ms", ctypes.c_int)]


class _Number(ctypes.Structure):
    _fields_ = [("number", ctypes.c_char_p), ("protocol", ctypes.c_char_p)]


class _Entry(ctypes.Structure):
    _fields_ = [("is_folder", ctypes.c_int), ("id", ctypes.c_char_p), ("name", ctypes.c_char_p), ("n", ctypes.c_size_t),
                ("numbers", ctypes.POINTER(ctypes.POINTER(_Number)))]


class _Found(ctypes.Structure):
    _fields_ = [("outcome", ctypes.c_int), ("error", ctypes.c_int), ("verify_result", ctypes.c_long), ("reason", ctypes.c_char_p),
                ("n", ctypes.c_size_t), ("entries", ctypes.POINTER(ctypes.POINTER(_Entry))), ("total", ctypes.c_long),
                ("age_s", ctypes.c_long)]


class _Manager(ctypes.Structure):
    _fields_ = [("error", ctypes.c_int), ("status", ctypes.c_char_p), ("url", ctypes.c_char_p), ("reason", ctypes.c_char_p),
                ("last_event", ctypes.c_char_p), ("next_beat_s", ctypes.c_long), ("heartbeat_s", ctypes.c_long)]


class _Counters(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in ("sent", "sent_again", "acknowledged", "refused", "connections", "waiting",
                                                         "waiting_bytes", "questions")]


class _Record:
    """Values by name."""
    __slots__ = ()

    def __init__(self, *values):
        for name, value in zip(self.__slots__, values, strict=True):
            setattr(self, name, value)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__slots__)})"


class Connection(_Record):
    """state: CONNECTED, LOST or REFUSED; error: an errno or 0; reason: a sentence or ""."""
    __slots__ = ("state", "error", "reason")


class Entry(_Record):
    """numbers: a list of (number, protocol)."""
    __slots__ = ("is_folder", "id", "name", "numbers")


class Found(_Record):
    """outcome: one of OUTCOMES; total -1: the server does not say; age_s -1: a fresh answer."""
    __slots__ = ("outcome", "error", "verify_result", "reason", "entries", "total", "age_s")


class Manager(_Record):
    """error: an errno, 0 when the agent was asked. next_beat_s: seconds until the next heartbeat, -1: none is due; heartbeat_s:
    seconds between two heartbeats, -1: not known."""
    __slots__ = ("error", "status", "url", "reason", "last_event", "next_beat_s", "heartbeat_s")


_DURABLE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
_CHANGED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Connection))
_LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)
_SETTING = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
_FOUND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Found))
_MANAGER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Manager))

_PROTOTYPES = {
    "sealpost_version": (ctypes.c_char_p,),
    "sealpost_new": (ctypes.c_void_p, ctypes.c_char_p),
    "sealpost_free": (None, ctypes.c_void_p),
    "sealpost_error": (ctypes.c_char_p, ctypes.c_void_p),
    "sealpost_publish": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, _DURABLE, ctypes.c_void_p),
    "sealpost_identify": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_ulonglong),
    "sealpost_number": (ctypes.c_ulonglong, ctypes.c_void_p),
    "sealpost_pending": (ctypes.c_size_t, ctypes.c_void_p),
    "sealpost_fd": (ctypes.c_int, ctypes.c_void_p),
    "sealpost_process": (ctypes.c_int, ctypes.c_void_p),
    "sealpost_wake": (None, ctypes.c_void_p),
    "sealpost_wait": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
    "sealpost_flush": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
    "sealpost_on_connection": (ctypes.c_int, ctypes.c_void_p, _CHANGED, ctypes.c_void_p),
    "sealpost_on_log": (ctypes.c_int, ctypes.c_void_p, _LOG, ctypes.c_void_p),
    "sealpost_count": (ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Counters), ctypes.c_size_t),
    "sealpost_setting": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int),
    "sealpost_watch": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, _SETTING, ctypes.c_void_p),
    "sealpost_search": (ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_Query), _FOUND, ctypes.c_void_p),
    "sealpost_cancel": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
    "sealpost_ask_manager": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, _MANAGER, ctypes.c_void_p),
}
_VALUE_MAX = 64 << 10


def _load():
    lib = ctypes.CDLL(os.environ.get("SEALPOST_LIBRARY", "libsealpost.so.0"), use_errno=True)
    for name, (result, *arguments) in _PROTOTYPES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


_lib = _load()


def version():
    """Of the library."""
    return _lib.sealpost_version().decode()


def _ms(seconds):
    return -1 if seconds is None else max(0, min(int(seconds * 1000), 2**31 - 1))


def _question_ms(seconds):
    """A limit of a question in milliseconds: 0 would be the library's own default, not the shortest limit."""
    return _ms(seconds) or 1


def _text(value):
    return (value or b"").decode("utf-8", "replace")


def _bytes(value):
    return value.encode() if isinstance(value, str) else value


def _connection(p):
    c = p.contents
    return Connection(c.state, c.error, _text(c.reason))


def _found(p):
    f = p.contents
    entries = []
    for i in range(f.n):
        e = f.entries[i].contents
        numbers = [(_text(e.numbers[k].contents.number), _text(e.numbers[k].contents.protocol)) for k in range(e.n)]
        entries.append(Entry(bool(e.is_folder), _text(e.id), _text(e.name), numbers))
    return Found(OUTCOMES[f.outcome], f.error, f.verify_result, _text(f.reason), entries, f.total, f.age_s)


def _manager(p):
    m = p.contents
    return Manager(m.error, _text(m.status), _text(m.url), _text(m.reason), _text(m.last_event), m.next_beat_s, m.heartbeat_s)


class Sealpost:
    """A handle. socket: the agent's control socket, else SEALPOST_SOCKET of the environment, else the default."""

    def __init__(self, socket=None):
        self._s = None
        self._raised = None
        self._once = {}         # functions that are called once, by the number that the library hands back
        self._keys = 0
        self._kept = []         # those that are called again and again, and what ctypes made of them
        self._log = self._on_connection = None
        self._durable = _DURABLE(self._on_durable)
        self._found = _FOUND(lambda key, f: self._call(self._take(key), lambda: _found(f)))
        self._told = _MANAGER(lambda key, m: self._call(self._take(key), lambda: _manager(m)))
        self._s = _lib.sealpost_new(_bytes(os.fspath(socket)) if socket is not None else None)
        if not self._s:
            raise self._error()

    # --- what the library calls back

    def _call(self, fn, *values):
        """Nothing may be raised through the library: it is kept until the library's call has returned."""
        try:
            if fn:
                fn(*(value() for value in values))
        except BaseException as e:      # noqa: B902 - also KeyboardInterrupt
            self._raised = self._raised or e

    def _keep(self, fn):
        self._keys += 1
        self._once[self._keys] = fn
        return self._keys

    def _take(self, key):
        return self._once.pop(key, None)

    def _on_durable(self, key, error):
        reason = _text(_lib.sealpost_error(self._s)) if error else ""
        self._call(self._take(key), lambda: Error(error, reason) if error else None)

    # --- calls

    def _error(self):
        code = ctypes.get_errno()
        return Error(code, _text(_lib.sealpost_error(self._s)) or os.strerror(code))

    def _handle(self):
        if not self._s:
            raise ValueError("the handle is closed")
        return self._s

    def _done(self, r, quiet=()):
        """What the call returned, after what was raised in a function that it called back."""
        error = self._error() if r < 0 else None
        raised, self._raised = self._raised, None
        if raised:
            raise raised
        if error and error.errno not in quiet:
            raise error
        return r

    def publish(self, document, on_durable=None):
        """Hands over an XML document, and returns its number. on_durable(None) is called when the agent has on disk what it has to
        deliver of it, on_durable(Error) when the agent refused it, or with ECANCELED by close()."""
        text = _bytes(document)
        key = self._keep(on_durable) if on_durable else None
        try:
            self._done(_lib.sealpost_publish(self._handle(), text, len(text), self._durable if on_durable else _DURABLE(), key))
        except OSError:
            self._once.pop(key, None)
            raise
        return self.number

    def identify(self, name, first):
        """Names the publisher; first is the number of the next event. What has been taken under this name and a number is not
        taken again, also after a restart of this program."""
        self._done(_lib.sealpost_identify(self._handle(), _bytes(name), first))

    @property
    def number(self):
        """Of the last publication."""
        return _lib.sealpost_number(self._handle())

    @property
    def pending(self):
        """How many publications the agent has not yet answered."""
        return _lib.sealpost_pending(self._handle())

    def fileno(self):
        """The descriptor to wait for, the same for the handle's life."""
        return _lib.sealpost_fd(self._handle())

    def process(self):
        """Sends, receives, and calls back. False: there is no connection just now, and it will be tried again."""
        import errno
        r = _lib.sealpost_process(self._handle())
        if r < 0 and ctypes.get_errno() not in (errno.EDEADLK, errno.ECHILD):
            self._done(0)
            return False
        self._done(r)
        return True

    def wake(self):
        """The only call for other threads, and for signal handlers."""
        _lib.sealpost_wake(self._handle())

    def wait(self, timeout=None):
        """False: nothing happened in that time."""
        import errno
        r = _lib.sealpost_wait(self._handle(), _ms(timeout))
        return self._done(r, quiet=(errno.ETIMEDOUT,)) == 0

    def flush(self, timeout=None):
        """Waits until the agent has answered all publications; raises Error for the first one that it refused meanwhile."""
        self._done(_lib.sealpost_flush(self._handle(), _ms(timeout)))

    def on_connection(self, changed):
        """changed(Connection) is called from now on when the connection changes. Publish all Status anew at each CONNECTED.
        None: no more."""
        c = _CHANGED(lambda _, p: self._call(changed, lambda: _connection(p))) if changed else _CHANGED()
        self._done(_lib.sealpost_on_connection(self._handle(), c, None))
        self._on_connection = c

    def on_log(self, line):
        """line(priority, text) is called with lines for the program's log; priority is one of syslog's. None: no more."""
        c = _LOG(lambda _, priority, text: self._call(line, lambda: priority, lambda: _text(text))) if line else _LOG()
        self._done(_lib.sealpost_on_log(self._handle(), c, None))
        self._log = c

    def counters(self):
        """A dict with the numbers of struct sealpost_counters, as sent and refused."""
        c = _Counters()
        self._done(_lib.sealpost_count(self._handle(), ctypes.byref(c), ctypes.sizeof(c)))
        return {name: getattr(c, name) for name, _ in c._fields_}

    def setting(self, path, timeout=None):
        """Waits for the value of one setting, as "SystemUnit Name"."""
        value = ctypes.create_string_buffer(_VALUE_MAX)
        self._done(_lib.sealpost_setting(self._handle(), _bytes(path), value, len(value), _ms(timeout)))
        return _text(value.value)

    def watch(self, path, changed):
        """changed(path, value): at each new connection, and when one of these settings changes. path: the first words of
        their names as the terminal shows them, not abbreviated; None: all. If there are none, on_log gets a line."""
        c = _SETTING(lambda _, p, v: self._call(changed, lambda: _text(p), lambda: _text(v)))
        self._done(_lib.sealpost_watch(self._handle(), _bytes(path) if path else None, c, None))
        self._kept.append(c)

    def search(self, found, text="", folder="", *, offset=0, limit=0, contacts_only=False, folders_only=False,
               allow_stale=False, timeout=10):
        """found(Found) is called once, after timeout seconds at the latest (None: no limit). Returns the question, for cancel()."""
        q = _Query(ctypes.sizeof(_Query), _bytes(text), _bytes(folder), offset, limit, contacts_only, folders_only, allow_stale,
                   _question_ms(timeout))
        return self._ask(lambda key: _lib.sealpost_search(self._handle(), ctypes.byref(q), self._found, key), found)

    def ask_manager(self, told, timeout=10):
        """told(Manager) is called once, after timeout seconds at the latest (None: no limit). Returns the question, for cancel()."""
        return self._ask(lambda key: _lib.sealpost_ask_manager(self._handle(), _question_ms(timeout), self._told, key), told)

    def _ask(self, call, fn):
        key = self._keep(fn)
        try:
            return self._done(call(key))
        except OSError:
            self._once.pop(key, None)
            raise

    def cancel(self, question):
        self._done(_lib.sealpost_cancel(self._handle(), question))

    def close(self):
        """What waits is called back with ECANCELED."""
        s = self._s
        if s:
            _lib.sealpost_free(s)
            self._s = None
            self._done(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if self._s and _lib:
            _lib.sealpost_free(self._s)
            self._s = None
