#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Puts a program under the system call rules of a systemd unit, without systemd: rules() and obey() for a test that starts one, and

    under_unit.py UNIT [--user UID:GID[,GID...]] PROGRAM ARGUMENT...

What SystemCallFilter= lists is expanded by `systemd-analyze syscall-filter` (which only prints), in systemd's order: a later line
without ~ allows again what an earlier one with ~ took away. Any other call kills the process, whatever SystemCallErrorNumber= says,
so that a test notices each. RestrictAddressFamilies=, MemoryDenyWriteExecute=, NoNewPrivileges= and LimitCORE= are applied as well."""
import ctypes
import functools
import os
import resource
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PROT_WRITE, PROT_EXEC = 2, 4
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def values(unit, key):
    """What the unit's lines KEY=... hold, in order, a list of words each."""
    lines = Path(unit).read_text().splitlines()
    return [line.split("=", 1)[1].split() for line in lines if line.startswith(key + "=")]


def members(name):
    """The system calls that a name of SystemCallFilter= stands for: itself, or those of its group and of the groups in it."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], text=True, capture_output=True, check=True, timeout=30).stdout
    words = [line.strip() for line in told.splitlines()[1:]]
    return set().union(*(members(word) for word in words if word and not word.startswith("#")))


def allowed(unit):
    calls = set()
    for words in values(unit, "SystemCallFilter"):
        forbids = words[0].startswith("~")
        named = set().union(*(members(word.lstrip("~")) for word in words))
        calls = calls - named if forbids else calls | named
    assert calls, f"{unit} has no SystemCallFilter"
    # Every process of systemd has these, whatever the unit says: systemd.exec(5).
    return calls | members("@default") | {"execve"}


@functools.cache
def rules(unit, further=()):
    """The rules as a program for the kernel, and further calls that a sanitizer makes in the process."""
    import seccomp      # only here: the demo has no need of it
    f = seccomp.SyscallFilter(defaction=seccomp.KILL_PROCESS)
    families = [word for words in values(unit, "RestrictAddressFamilies") for word in words]
    no_new_code = values(unit, "MemoryDenyWriteExecute") == [["yes"]]
    special = ({"socket"} if families else set()) | ({"mmap", "mprotect"} if no_new_code else set())
    for call in sorted((allowed(unit) | set(further)) - special):
        try:
            f.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass        # a call of another processor
    for family in families:
        f.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, getattr(socket, family)))
    if no_new_code:
        for bits in (0, PROT_WRITE):
            f.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, bits))
        f.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC))
        f.add_rule(seccomp.ALLOW, "mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0))
    with tempfile.TemporaryFile() as file:
        f.export_bpf(file)
        file.seek(0)
        return file.read()


def obey(program):
    """This process, and what it executes, obeys the rules from now on. Only system calls: it may run between fork and exec."""
    class Program(ctypes.Structure):
        _fields_ = [("n", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program) // 8, program))):
        raise OSError(ctypes.get_errno(), "the rules of the unit")


def main():
    unit, *rest = sys.argv[1:]
    loaded = rules(unit)        # while we are somebody who may read it
    if rest[0] == "--user":
        ids, groups = rest[1].split(":")
        groups = [int(g) for g in groups.split(",")]
        rest = rest[2:]
        os.setgroups(groups[1:])
        os.setresgid(groups[0], groups[0], groups[0])
        os.setresuid(int(ids), int(ids), int(ids))
    obey(loaded)
    os.execv(rest[0], rest)


if __name__ == "__main__":
    main()
