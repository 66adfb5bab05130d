"""The launcher of a program that must not learn anything: run as ``python confine.py PLAN COMMAND ...``.

Reached by its file and without the rest of clgym. It takes new namespaces (users, mounts, processes, IPC and, unless the plan
lets it out, network), builds a root of its own from the folders that the plan shows, drops every privilege, forbids the system calls by
which any of that could be undone, and becomes the command. Where the machine allows none of this, nothing is run: exit code 78, with the
reason on stderr.

PLAN is JSON: ``show`` (folders seen, read-only), ``write`` (folders that may be written), ``hide`` (files and folders below those that are empty
inside), ``network`` (whether it stays), ``root`` (an empty folder, which becomes the root), ``cwd``.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

#: Exit code where this machine cannot hold a program (EX_CONFIG).
UNHELD = 78

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
#: Flags that a mount keeps in a new user namespace: a remount that leaves one out is refused.
_LOCKED = 2 | 4 | 8 | 1024
_DETACH = 2
_SET_NO_NEW_PRIVS, _SET_PDEATHSIG = 38, 1
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

#: Inside, the program is this user: with none of root's privileges, whoever started it.
_USER = 1000
_DEVICES = ("null", "zero", "full", "random", "urandom")
#: By these a program could leave, or look into others.
_FORBIDDEN = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "mount", "umount2", "pivot_root", "chroot",
    "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "mount_setattr", "setns", "unshare", "keyctl", "add_key", "request_key",
    "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module", "kexec_load", "open_by_handle_at", "io_uring_setup",
)  # fmt: skip

_libc = ctypes.CDLL(None, use_errno=True)


class Unheld(Exception):
    """What this machine does not allow."""


def main(arguments: list[str]) -> NoReturn:
    plan, command = json.loads(arguments[0]), arguments[1:]
    try:
        lock = _lock()  # while the library that it needs can be found
        _leave(bool(plan["network"]))
        child = os.fork()  # the first process of the new process namespace: its end ends all others in it
        if child == 0:
            _die_with_parent()
            _build(plan)
            _call(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
            lock.load()
            os.execvp(command[0], command)
    except (Unheld, OSError) as cause:
        print(f"{command[0] if isinstance(cause, OSError) else 'this machine'}: {cause}", file=sys.stderr)
        os._exit(UNHELD)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _call(result: int, what: str) -> None:
    if result:
        raise Unheld(f"{what} is not allowed ({os.strerror(ctypes.get_errno())})")


def _leave(network: bool) -> None:
    """New namespaces, in which this process is nobody."""
    user, group = os.getuid(), os.getgid()
    flags = _NEWUSER | _NEWNS | _NEWPID | _NEWIPC | (0 if network else _NEWNET)
    _call(_libc.unshare(flags), "a namespace of users, mounts, processes and networks")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{_USER} {user} 1"), ("gid_map", f"{_USER} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _die_with_parent() -> None:
    _call(_libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")


def _mount(source: str | None, target: str, kind: str | None, flags: int, what: str, data: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _call(_libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]), what)


def _build(plan: Mapping[str, Any]) -> None:
    """A root with what the plan shows and nothing else; then the old one is gone."""
    root = plan["root"]
    _mount(None, "/", None, _REC | _PRIVATE, "mounting")
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "a file system in memory", "size=64m,mode=755")
    for name in ("tmp", "dev/shm"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
        _mount("tmpfs", f"{root}/{name}", "tmpfs", _NOSUID | _NODEV, "a file system in memory")
    for path in plan["show"]:
        _bind(path, root + path, writable=False)
    for path in plan["write"]:
        _bind(path, root + path, writable=True)
    for path in plan["hide"]:
        _hide(root + path)
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}", writable=True)
    _processes(root)
    _enter(root, plan["cwd"])


def _bind(source: str, target: str, *, writable: bool) -> None:
    """Show a file or folder at another place."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, None, _BIND | _REC, f"showing {source}")
    flags = os.statvfs(target).f_flag & _LOCKED
    if not writable:
        _mount(None, target, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | flags, f"showing {source} read-only")


def _hide(place: str) -> None:
    """Something empty over a file or folder that is shown with the one it lies in."""
    if os.path.isdir(place):
        _mount("tmpfs", place, "tmpfs", _RDONLY | _NOSUID | _NODEV, "a file system in memory")
    elif os.path.lexists(place):
        _mount("/dev/null", place, None, _BIND, "hiding a file")


def _processes(root: str) -> None:
    """/proc of the new processes alone; two files of it where the machine does not let us have one."""
    os.makedirs(f"{root}/proc", exist_ok=True)
    try:
        _mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC, "/proc")
    except Unheld:
        for name in ("cpuinfo", "meminfo"):
            _bind(f"/proc/{name}", f"{root}/proc/{name}", writable=False)


def _enter(root: str, cwd: str) -> None:
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise Unheld(f"changing the root of a process is not known on {os.uname().machine}")
    os.makedirs(f"{root}/.old", exist_ok=True)
    _call(_libc.syscall(number, os.fsencode(root), os.fsencode(f"{root}/.old")), "changing the root")
    os.chdir("/")
    _call(_libc.umount2(b"/.old", _DETACH), "leaving the old root")
    os.rmdir("/.old")
    _mount(None, "/", None, _REMOUNT | _RDONLY | _NOSUID | _NODEV, "a read-only root")
    os.chdir(cwd)


def _lock() -> Any:
    """The system calls that could undo all this. Becoming the command drops what privileges are left, for inside it is not root."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as cause:
        raise Unheld(f"libseccomp is needed: apt-get install libseccomp2 && pip install pyseccomp ({cause})") from cause
    lock = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in _FORBIDDEN:
        try:
            lock.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        except (ValueError, RuntimeError, OSError):  # a call that this kernel does not have
            continue
    lock.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _NEWUSER, _NEWUSER))
    lock.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags lie in memory; the C library then takes clone
    return lock


if __name__ == "__main__":
    main(sys.argv[1:])
