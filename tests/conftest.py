# SPDX-License-Identifier: MIT
"""Order and honesty: the files that take longest begin first, so that no worker is left alone with one at the end; and a test that is
skipped for another reason than that this user is not root, or that /dev/net/tun is not there, fails the run, since nobody would notice
what is no longer tested."""
import os

import pytest

LONG = ["documents", "durability", "manager", "lab", "delivery", "feedback", "demo", "hostile", "handshakes", "time", "secure_only",
        "phonebook", "ssh", "pty"]


def pytest_collection_modifyitems(items):
    rank = {f"test_{name}": i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.module.__name__, len(LONG)))


skipped = []


def excused(reason):
    if "/dev/net/tun" in reason:        # containers rarely have it; what has it is tested
        return not os.path.exists("/dev/net/tun")
    return os.geteuid() != 0 and ("only root" in reason or "ordinary user" in reason or "is for root" in reason)


def pytest_runtest_logreport(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped.append((report.nodeid, reason))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    unexcused = [s for s in skipped if not excused(s[1])]
    if unexcused and not os.environ.get("SEALPOST_SKIPS_ALLOWED") and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    terminalreporter.line(f"{len(skipped)} tests skipped" + (":" if skipped else ""))
    for node, reason in skipped:
        terminalreporter.line(f"  {node}: {reason}{'' if excused(reason) else ' (fails the run; SEALPOST_SKIPS_ALLOWED=1 allows it)'}")
