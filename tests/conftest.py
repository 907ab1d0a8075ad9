# SPDX-License-Identifier: MIT
"""Order and honesty: the files that take longest begin first, so that no worker is left alone with one at the end; and a test that is
skipped for another reason than that this user is not root, or that /dev/net/tun is not there, fails the run, since nobody would notice
what is no longer tested."""
import os

import pytest

LONG = ["web_page", "pki_files", "doctor", "lab", "enforce", "manager", "nts", "terminal", "trust_services", "goes_on", "web", "trust_store",
        "log_server", "durability", "fleet", "network", "messages", "web_socket", "time", "secrets", "receivers", "demo", "hostile", "networks",
        "users", "libsealpost", "settings_sources", "ssh", "audit", "certificates", "secure_device", "footprint"]


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


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and not os.environ.get("SEALPOST_SKIPS_ALLOWED") and not all(excused(reason) for _, reason in skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield
    if not is_worker:
        last_lines(session.config.pluginmanager.get_plugin("terminalreporter"))


def last_lines(terminal):
    """Which tests were skipped, and how to run one of those that failed, which pytest has just listed."""
    terminal.write_line(f"{len(skipped)} tests skipped" + (":" if skipped else ""))
    for node, reason in skipped:
        terminal.write_line(f"  {node}: {reason}{'' if excused(reason) else ' (fails the run; SEALPOST_SKIPS_ALLOWED=1 allows it)'}")
    failed = terminal.stats.get("failed", []) + terminal.stats.get("error", [])
    if failed:
        env = "".join(f"{name}={os.environ[name]} " for name in ("BUILD", "PYTHONPATH") if name in os.environ)
        terminal.write_line(f"To run one that failed alone: {env}/usr/bin/python3 -m pytest -q -p no:cacheprovider '{failed[0].nodeid}'")
