# SPDX-License-Identifier: MIT
"""libsealpost with a real agent, as integrators use it: C in loops of each kind, C++ with exceptions, Python, Node; what is kept
when the agent goes, and how the library is built."""
import asyncio
import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

import real
from test_jsxapi import install_package

ROOT = real.ROOT
BINDING = ROOT / "src" / "bindings" / "python"
# Programs that load the library are built without sanitizers: so is what they load.
PLAIN = ROOT / "build"
LIBRARY = PLAIN / "libsealpost.so.0"
os.environ["SEALPOST_LIBRARY"] = str(LIBRARY)
sys.path.insert(0, str(BINDING))
import sealpost     # noqa: E402

VOLUME = "<Status><Audio><Volume>{}</Volume></Audio></Status>"


def compiled(source, folder, *words, compiler="gcc"):
    """The program, linked with the shared library."""
    target = folder / source.stem
    r = subprocess.run([compiler, "-g", "-O1", "-Wall", "-Wextra", "-D_GNU_SOURCE", f"-I{ROOT}/include", source, "-o", target,
                        f"-L{PLAIN}", "-lsealpost", f"-Wl,-rpath,{PLAIN}", *words], text=True, capture_output=True, timeout=120)
    assert r.returncode == 0, r.stderr
    return target


@pytest.fixture
def agent(tmp_path):
    log = real.Syslog(tmp_path)
    a = real.Agent(tmp_path, log).start()
    yield a
    a.stop()
    log.stop()


@pytest.fixture
def handle(agent):
    with sealpost.Sealpost(agent.control) as s:
        yield s


def volume(agent):
    return agent.status("Audio").get("Audio Volume")


# --- what is kept -----------------------------------------------------------------------------------------------------

def test_status_is_published_anew_when_the_agent_was_killed(agent, handle):
    """The agent does not keep status; whoever publishes it is told at each connection."""
    told = []

    def changed(c):
        told.append(c.state)
        if c.state == sealpost.CONNECTED:
            handle.publish(VOLUME.format(65))
    handle.on_connection(changed)
    while told != [sealpost.CONNECTED] or handle.pending:
        assert handle.wait(real.PATIENCE)
    assert volume(agent) == "65"
    agent.kill()
    real.wait_for(lambda: handle.wait(0.1) is None or sealpost.LOST in told, "the loss is told")
    agent.start()
    real.wait_for(lambda: handle.wait(0.1) is None or (told.count(sealpost.CONNECTED) == 2 and not handle.pending), "a new connection")
    assert volume(agent) == "65"


def test_a_refused_status_leaves_the_old_value(agent, handle):
    handle.publish(VOLUME.format(40))
    handle.flush(real.PATIENCE)
    handle.publish("<Status><Audio><Volume>70</Volume></Audio></Nonsense>")
    with pytest.raises(sealpost.Error) as e:
        handle.flush(real.PATIENCE)
    assert e.value.errno == errno.EINVAL and "not well-formed" in str(e.value)
    assert volume(agent) == "40"
    handle.flush(real.PATIENCE)     # told once


def test_what_is_too_long_for_a_post_is_told_apart_from_a_full_disk(agent, handle):
    agent.register("https://nobody.test/", expressions=["/Status/Test"])
    long = "".join(f'<Part item="{i}" maxOccurrence="n">{i:02000}</Part>' for i in range(1, 140))
    handle.publish(VOLUME.format(1))
    handle.publish(f"<Status><Test>{long}</Test></Status>")
    with pytest.raises(sealpost.Error) as e:
        handle.flush(real.PATIENCE)
    assert e.value.errno == errno.EMSGSIZE and "longer than a post may be" in str(e.value)
    with pytest.raises(sealpost.Error) as e:
        handle.publish(f"<Event><Test>{long}</Test></Event>")   # as a whole it would be a post
    assert e.value.errno == errno.EMSGSIZE and "262144" in str(e.value)
    assert agent.status("Test") == {}


def test_an_identity_survives_the_crash_of_its_program(agent, tmp_path):
    """What was published before the crash and is published again from a journal is taken once."""
    agent.register("https://nobody.test/")
    script = ("import os, sealpost; s = sealpost.Sealpost(); s.identify('journal', 1)\n"
              "for i in (1, 2, 3): s.publish(f'<Event><Test><Mark>{i}</Mark></Test></Event>')\n"
              "s.publish('<Nonsense/>')\n"
              "for i in (5, 6): s.publish(f'<Event><Test><Mark>{i}</Mark></Test></Event>')\n"
              "while s.pending: s.wait(30)\n"
              "os.kill(os.getpid(), 9)\n")
    env = {**agent.env, "PYTHONPATH": str(BINDING)}
    assert subprocess.run([sys.executable, "-c", script], env=env, timeout=30).returncode == -signal.SIGKILL
    agent.kill()
    agent.start()
    with sealpost.Sealpost(agent.control) as s:
        s.identify("journal", 1)
        for i in (1, 2, 3, 4, 5, 6, 7):
            s.publish(f"<Event><Test><Mark>{i}</Mark></Test></Event>")
        s.flush(real.PATIENCE)
    queued = agent.run("xCommand HttpFeedback Queue List FeedbackSlot: 1")
    assert queued.count(" Id: ") == 7, queued       # 4 is new, since what was refused was not taken
    with sealpost.Sealpost(agent.control) as s:      # another program's numbers are its own
        s.identify("another", 1)
        s.publish("<Event><Test><Mark>1</Mark></Test></Event>")
        s.flush(real.PATIENCE)
    assert agent.run("xCommand HttpFeedback Queue List FeedbackSlot: 1").count(" Id: ") == 8


# --- loops --------------------------------------------------------------------------------------------------------------

EVENTS = 200


async def with_asyncio(agent, events, half):
    """The same as loops.c."""
    said, state = [], {"published": 0, "acknowledged": 0}
    ended = asyncio.Event()
    s = sealpost.Sealpost(agent.control)

    def changed(c):
        said.append(("connected", "lost", "refused")[c.state])
        if c.state == sealpost.CONNECTED:
            s.publish(VOLUME.format(65))

    def durable(error):
        assert error is None
        state["acknowledged"] += 1

    def readable():
        s.process()
        if state["acknowledged"] < state["published"]:
            return
        if state["published"] == events:
            if not s.pending:
                ended.set()
            return
        if state["published"] >= events // 2 and "half" not in said:
            said.append("half")
            half()
        for _ in range(min(7, events - state["published"])):
            state["published"] += 1
            s.publish(f"<Event><Test><Mark>{state['published']}</Mark></Test></Event>", durable)
    s.on_connection(changed)
    asyncio.get_running_loop().add_reader(s.fileno(), readable)
    await asyncio.wait_for(ended.wait(), real.PATIENCE)
    asyncio.get_running_loop().remove_reader(s.fileno())
    s.close()
    return [*said, f"acknowledged {state['acknowledged']} of {state['published']}"]


def glib():
    r = subprocess.run(["pkg-config", "--cflags", "--libs", "glib-2.0"], text=True, capture_output=True)
    assert r.returncode == 0, "libglib2.0-dev is not installed: .ci/setup check"
    return ["-DWITH_GLIB", *r.stdout.split()]


@pytest.mark.parametrize("kind", ["poll", "level", "edge", "glib", "asyncio"])
def test_every_loop_delivers_the_same(agent, tmp_path, kind):
    """With an agent that is killed in between: the same is seen, acknowledged and queued, in order."""
    agent.register("https://nobody.test/", expressions=["/Event/Test"])

    def half():
        agent.kill()
        agent.start()
    if kind == "asyncio":
        said = asyncio.run(with_asyncio(agent, EVENTS, half))
    else:
        program = compiled(ROOT / "tests" / "integration" / "loops.c", tmp_path, *glib())
        p = subprocess.Popen([program, kind, str(EVENTS)], env=agent.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = []
        while "half" not in said:
            said.append(p.stdout.readline().strip())
            assert said[-1], f"{kind} ended: {said}"
        half()
        rest, _ = p.communicate("\n", timeout=real.PATIENCE)
        assert p.returncode == 0
        said += rest.split("\n")[:-1]
    assert [line for line in said if line != "refused"] == ["connected", "half", "lost", "connected", f"acknowledged {EVENTS} of {EVENTS}"]
    assert volume(agent) == "65"
    agent.stop()
    marks = subprocess.run(["python3", "-c", "import sqlite3, sys, re; print(*(re.search(rb'<Mark[^>]*>(\\d+)', bytes(b)).group(1).decode()"
                            " for b, in sqlite3.connect(sys.argv[1]).execute('select body from post_1 order by sequence')))",
                            agent.state / "store.db"], text=True, capture_output=True)
    assert marks.stdout.split() == [str(i) for i in range(1, EVENTS + 1)], marks.stderr
    agent.start()


# --- callbacks ------------------------------------------------------------------------------------------------------------

def test_exceptions_of_cplusplus_pass_through(agent, tmp_path):
    program = compiled(ROOT / "tests" / "integration" / "throws.cc", tmp_path, "-fsanitize=address,undefined", compiler="g++")
    r = subprocess.run([program], env={**agent.env, "UBSAN_OPTIONS": "halt_on_error=1"}, text=True, capture_output=True, timeout=60)
    assert r.returncode == 0, r.stdout + r.stderr
    assert r.stdout.splitlines() == ["publications: 100 called, 50 thrown", "others: 4 called, 4 thrown", "flush: 1 called, 1 thrown",
                                     "flush again: 0, pending 0", "freed: 1 called, 1 thrown"]


def test_exceptions_of_python_reach_the_caller(agent, handle):
    called = []

    def durable(error):
        called.append(error)
        if len(called) == 1:
            raise KeyError("mine")
    handle.publish(VOLUME.format(1), durable)
    handle.publish(VOLUME.format(2), durable)
    with pytest.raises(KeyError, match="mine"):
        handle.flush(real.PATIENCE)
    handle.flush(real.PATIENCE)
    assert called == [None, None]
    handle.publish("<Nonsense/>", called.append)
    with pytest.raises(sealpost.Error):
        handle.flush(real.PATIENCE)
    assert called[2].errno == errno.EINVAL and "Nonsense" in str(called[2])


def test_python_asks_and_is_told(agent, handle):
    found, told, names, lines = [], [], [], []
    handle.on_log(lambda priority, text: lines.append(text))
    agent.set("SystemUnit Name", "first")
    assert handle.setting("SystemUnit Name", 5) == "first"
    with pytest.raises(sealpost.Error) as e:
        handle.setting("SystemUnit Nonsense", 5)
    assert e.value.errno == errno.ENOENT
    handle.watch("SystemUnit Name", lambda path, value: names.append((path, value)))
    handle.search(found.append, "ada")
    handle.ask_manager(told.append)
    withdrawn = handle.search(found.append, "nobody")
    handle.cancel(withdrawn)
    while not (found and told and names):
        assert handle.wait(real.PATIENCE)
    assert found[0].outcome in ("NotConfigured", "Unreachable", "Failed") and found[0].reason and found[0].entries == []
    assert told[0].error == 0 and told[0].status == "Idle" and names == [("SystemUnit Name", "first")]
    agent.set("SystemUnit Name", "second")
    while len(names) < 2:
        assert handle.wait(real.PATIENCE)
    assert names[1] == ("SystemUnit Name", "second") and len(found) == 1
    assert "connected to the agent" in lines[0]
    handle.on_log(None)
    assert handle.counters()["questions"] == 0 and sealpost.version() == "0.1.0"
    agent.kill()
    handle.ask_manager(told.append, timeout=0)
    while len(told) < 2:
        handle.wait(real.PATIENCE)
    assert told[1].error == errno.ETIMEDOUT, "a limit of 0 is the shortest one, not the library's default"
    late = []
    handle.publish(VOLUME.format(3), late.append)
    assert handle.process() is False
    handle.close()
    assert late[0].errno == errno.ECANCELED
    assert len(lines) == 1, "nobody wants more lines"
    agent.start()


def test_a_handle_in_a_forked_process_is_refused(agent, handle):
    """And the parent's goes on, with nothing lost and nothing taken twice."""
    agent.register("https://nobody.test/")
    handle.publish(real.event("before"))
    pid = os.fork()
    if pid == 0:
        try:
            handle.publish(real.event("child"))
            os._exit(1)
        except sealpost.Error as e:
            os._exit(0 if e.errno == errno.ECHILD else 2)
    assert os.waitpid(pid, 0)[1] == 0
    handle.publish(real.event("after"))
    handle.flush(real.PATIENCE)
    assert agent.run("xCommand HttpFeedback Queue List FeedbackSlot: 1").count(" Id: ") == 2


def test_node(agent):
    """The example in src/bindings/node, by koffi of npm."""
    folder = install_package("koffi", "3.3.4")
    # The example stands elsewhere, and npm's folder is found beside what requires it.
    shutil.copy(ROOT / "src" / "bindings" / "node" / "publish.mjs", folder / "publish.mjs")
    documents = [VOLUME.format(5).strip(), "<Nonsense/>", real.event("node").strip()]
    r = subprocess.run([real.program("node"), folder / "publish.mjs"], input="\n".join(documents) + "\n", text=True, capture_output=True,
                       timeout=60, env={**agent.env, "SEALPOST_LIBRARY": str(LIBRARY)})
    assert r.returncode == 1, r.stderr
    assert re.fullmatch("connected\n1 acknowledged\n2 refused: <Nonsense>: expected .*\n3 acknowledged\n", r.stdout) or \
        sorted(line.split(":")[0] for line in r.stdout.splitlines()) == ["1 acknowledged", "2 refused", "3 acknowledged", "connected"], r.stdout
    assert volume(agent) == "5"


# --- no silence ------------------------------------------------------------------------------------------------------------

def test_publish_says_what_it_waits_for(agent):
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        said = agent.sealpost("publish", "--timeout", "1", stdin=real.event("late"), expect=69)
        assert re.search("no answer within 1 s: .*; the agent may have taken it, or take it yet", said), said
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    agent.stop()
    said = agent.sealpost("publish", "--timeout=1", stdin=real.event("nobody"), expect=69)
    assert "no connection to the agent" in said and "no answer within 1 s" in said, said
    for bad in (["--timeout"], ["--timeout", "x"], ["--timeout=0"], ["--timeout", "1", "file.xml"]):
        agent.sealpost("publish", *bad, stdin=real.event("x"), expect=64)
    agent.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_open_the_socket_is_told_at_once(agent):
    """Without waiting for the time that was given."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        result = 1
        try:
            s = sealpost.Sealpost(agent.control)
            s.publish(VOLUME.format(1))
            s.flush(None)
        except sealpost.Error as e:
            result = 0 if e.errno == errno.EACCES and "may not open" in str(e) else 2
        finally:
            os._exit(result)
    assert os.waitpid(pid, 0)[1] == 0


# --- how it is built ---------------------------------------------------------------------------------------------------------

def output(*argv):
    return subprocess.run([str(a) for a in argv], text=True, capture_output=True, check=True, timeout=60).stdout


def declared():
    return set(re.findall(r"^\w.*\b(sealpost_\w+)\(", (ROOT / "include" / "sealpost.h").read_text(), re.M))


def test_symbols_have_a_version():
    symbols = dict(line.split()[-1].split("@@") for line in output("nm", "-D", "--defined-only", "--with-symbol-versions", LIBRARY).splitlines()
                   if "@@" in line)
    assert set(symbols) - {"SEALPOST_0.1"} == declared() and set(symbols.values()) == {"SEALPOST_0.1"}


def test_the_static_library_shows_nothing_else(agent, tmp_path):
    shown = {line.split()[-1] for line in output("nm", "-g", "--defined-only", PLAIN / "libsealpost.a").splitlines() if " " in line}
    assert shown == declared()
    program = tmp_path / "static"
    page = (ROOT / "docs" / "libsealpost.md").read_text()
    source = tmp_path / "one.c"
    # A program with functions of the same names as the library's own.
    source.write_text(re.search(r"^```c\n(.*?)^```", page, re.M | re.S).group(1) +
                      "void client_run(void) { }\nint ctl_connect(void) { return 7; }\n")
    output("gcc", f"-I{ROOT}/include", source, PLAIN / "libsealpost.a", "-o", program)
    assert "libsealpost" not in output("ldd", program)
    subprocess.run([program], env=agent.env, check=True, timeout=30)
    assert volume(agent) == "65"


def test_versions_agree():
    header = (ROOT / "include" / "sealpost.h").read_text()
    numbers = [re.search(rf"SEALPOST_VERSION_{part} +(\d+)", header).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
    wanted = ".".join(numbers)
    assert re.search(r'#define SEALPOST_VERSION +"(.*)"', header).group(1) == wanted == sealpost.version()
    assert f'#define VERSION "{wanted}"' in (ROOT / "include" / "base" / "version.h").read_text()
    pc = (ROOT / "conf" / "libsealpost.pc").read_text()
    assert "Version: @VERSION@\n" in pc        # which the installation takes from include/base/version.h


def example(language, part, folder):
    """How to run the program of docs/libsealpost.md that has this in it, built as its reader does."""
    page = (ROOT / "docs" / "libsealpost.md").read_text()
    source = folder / f"example.{language[:2]}"
    source.write_text(next(text for text in re.findall(rf"^```{language}\n(.*?)^```", page, re.M | re.S) if part in text))
    return [sys.executable, source] if language == "python" else [compiled(source, folder)]


@pytest.mark.parametrize("language", ["c", "python"])
def test_the_program_that_survives_restarts_of_both_sides(agent, tmp_path, language):
    """docs/libsealpost.md: run, killed agent, run again from its journal: 20 events, each once; its status is there."""
    agent.register("https://nobody.test/", expressions=["/Event/Tick"])
    program = example(language, "identify(", tmp_path)
    env = {**agent.env, "PYTHONPATH": str(BINDING)}
    for journal, wanted in (("journal", "11"), ("journal", "21")):
        p = subprocess.Popen([*program, journal], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
        _, said = p.communicate(timeout=real.PATIENCE)
        assert p.returncode == 0, said
        assert (tmp_path / journal).read_text().strip() == wanted
        assert volume(agent) == "65"
        agent.kill()
        agent.start()
    (tmp_path / "journal").write_text("15\n")       # as if it had been killed before it wrote the last ones
    subprocess.run([*program, "journal"], cwd=tmp_path, env=env, check=True, timeout=30)
    queued = agent.status("HttpFeedback 1 Queue Count")
    assert list(queued.values()) == ["24"], "15 to 20 are known, 21 to 24 are new"


# --- threads ----------------------------------------------------------------------------------------------------------------

def test_threads(agent, tmp_path):
    """A handle in each of two threads, and one under a mutex, under ThreadSanitizer."""
    sources = [*(ROOT / "src" / "client").glob("*.c"), *(ROOT / "src" / "ctl").glob("*.c"), ROOT / "tests" / "integration" / "threads.c"]
    output("gcc", "-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-fexceptions", "-fsanitize=thread", f"-I{ROOT}/include", *sources, "-o",
           tmp_path / "threads", "-pthread")
    r = subprocess.run(["setarch", "-R", tmp_path / "threads", "100"], env={**agent.env, "TSAN_OPTIONS": "halt_on_error=1"}, text=True,
                       capture_output=True, timeout=100)
    assert (r.returncode, r.stdout) == (0, "100 100 200 acknowledged, 0 failed\n"), r.stdout + r.stderr
