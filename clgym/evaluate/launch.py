"""Where an agent under evaluation runs: what it sees, what it is started with, and whether that holds on this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_dir

from clgym import registry
from clgym.errors import InvalidSetting, SandboxUnavailable
from clgym.evaluate import confine
from clgym.outside.program import Program
from clgym.records import Trial

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt")
_SETTINGS = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "passwd",
    "group",
    "nsswitch.conf",
    "alternatives",
    "mime.types",
)
#: What a program that may use the network needs besides.
_NETWORK = ("ssl", "pki", "ca-certificates", "resolv.conf", "hosts")
#: What the agent's environment has of ours.
_PASSED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "PYTHONHASHSEED",
)

#: Opened, connected to and read by a program that is held as the agent will be; says which of them it could.
_ATTEMPT = """
import json, os, socket, sys
salt, port, host = sys.argv[1:]
def tried(do):
    try:
        return bool(do())
    except OSError:
        return False
print(json.dumps({
    "salt": bool(salt) and tried(lambda: open(salt, "rb").read(1)),
    "processes": tried(lambda: open(f"/proc/{host}/maps", "rb").read(1)) or tried(lambda: os.kill(int(host), 0) is None),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", int(port)), 2)),
}))
"""


class Barriers(NamedTuple):
    """What an agent's process could reach when it was tried."""

    salt: bool
    processes: bool
    network: bool


@dataclass(frozen=True)
class Cell:
    """Folders in which one evaluation holds its agents."""

    scratch: Path
    hide: tuple[Path, ...]
    """What no agent may see, wherever it lies: the salt's file, the trials, what judges remember."""
    network: bool = False
    keep: tuple[str, ...] = ()
    """Variables of the environment that agents get, such as keys of endpoints."""

    def exchange(self) -> Path:
        """A new folder that one agent may write to: what it leaves there, no other one finds, nor itself in another trial."""
        made = self.scratch / f"exchange-{secrets.token_hex(8)}"
        made.mkdir()
        return made

    def launcher(self, folders: Sequence[Path], exchange: Path, cwd: Path | None = None) -> list[str]:
        """The command in front of an agent's: it sees these folders, and Python's."""
        shown = _outermost([*_system(self.network), *_python(), *folders])
        inside = cwd if cwd is not None and any(cwd.is_relative_to(path) for path in shown) else exchange
        plan = {
            "show": [str(path) for path in shown],
            "write": [str(exchange)],
            "hide": [str(path) for path in self.hide if any(path.is_relative_to(folder) for folder in shown) and path.exists()],
            "network": self.network,
            "root": str(self.scratch / "root"),
            "cwd": str(inside),
        }
        return [sys.executable, "-I", confine.__file__, json.dumps(plan)]

    def environment(self, paths: Sequence[Path] = ()) -> dict[str, str]:
        """All that an agent's environment has; ``paths`` are where it finds modules."""
        own = {name: os.environ[name] for name in (*_PASSED, *self.keep) if name in os.environ}
        places = {"HOME": "/tmp", "TMPDIR": "/tmp", "CLGYM_CACHE": str(cache()), "HF_HOME": str(_hub())}
        offline = {} if self.network else {"HF_HUB_OFFLINE": "1"}
        modules = {"PYTHONPATH": os.pathsep.join(map(str, paths))} if paths else {}
        return {**own, **places, **offline, **modules, "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def cell(*, hide: Sequence[Path], network: bool = False, keep: Sequence[str] = ()) -> Iterator[Cell]:
    """Folders for one evaluation, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="clgym-held-") as scratch:
        made = Cell(Path(scratch).resolve(), tuple(path.resolve() for path in hide), network, tuple(keep))
        (made.scratch / "root").mkdir()
        yield made


def tried(held: Cell, salt: Path | None) -> Barriers:
    """What a program that is held like an agent can reach, found by trying. Raises ``SandboxUnavailable`` where nothing can be held."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        folders = [salt.parent.resolve()] if salt else []  # as if the agent lay beside it
        command = [
            *held.launcher(folders, held.exchange()),
            sys.executable,
            "-I",
            "-c",
            _ATTEMPT,
            str(salt.resolve() if salt else ""),
            str(port),
        ]
        command.append(str(os.getpid()))
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=held.environment())
            return Barriers(**json.loads(ran.stdout))
        except (OSError, ValueError, TypeError, subprocess.SubprocessError) as cause:
            reason = cause if isinstance(cause, subprocess.SubprocessError) else ran.stderr.strip() or cause
            raise SandboxUnavailable(
                f"an agent cannot be held here: {reason}. Evaluate on Linux with user namespaces and libseccomp, or an agent that runs on "
                "another machine (http:)."
            ) from cause


def program_of(trial: Trial, held: Cell, entry_point: str, exchange: Path) -> Program:
    """The process that answers in a trial: the program itself where it is one, else ours around an agent.

    ``entry_point`` is where the code of one from outside lies, "" for clgym's own; ``exchange``, the folder that it may write to.
    """
    if registry.scheme_of("agent", trial.agent) == "exec:":
        words = [
            str(Path(word).absolute()) if Path(word).is_file() else word for word in shlex.split(trial.agent.removeprefix("exec:"))
        ]
        files = [place for word in words if Path(word).is_file() for place in (Path(word), Path(word).resolve())]
        folders = [own_folder(file.parent) for file in files if not any(file.is_relative_to(path) for path in _python())]
        launcher = held.launcher(folders, exchange, Path.cwd())
        return Program(shlex.join(words), launcher=launcher, environment=held.environment(), name=trial.agent)
    spec = {"agent": trial.agent, "settings": dict(trial.settings), "model": trial.model}
    folders, paths = _code_of(entry_point) if entry_point else ([], [])
    launcher = held.launcher([*folders, *_models(trial.model)], exchange, Path.cwd())
    command = shlex.join([sys.executable, "-m", "clgym.evaluate.serving", json.dumps(spec)])
    return Program(command, launcher=launcher, environment=held.environment(paths), name=trial.agent)


def _code_of(entry_point: str) -> tuple[list[Path], list[Path]]:
    """Folders that hold an agent's code, and where Python looks for it. Nothing of it is run."""
    module = entry_point.rpartition(":")[0]
    if module.endswith(".py"):
        return [own_folder(Path(module).resolve().parent)], []
    top = importlib.util.find_spec(module.partition(".")[0])
    places = [Path(place).resolve() for place in (top.submodule_search_locations or ())] if top else []
    if top and top.origin and not places:
        places = [Path(top.origin).resolve()]
    return places, [place.parent for place in places if not any(place.is_relative_to(path) for path in _python())]


def own_folder(folder: Path) -> Path:
    """A folder that an agent is shown because its code lies there. Raises ``InvalidSetting`` where more than its code does."""
    if folder in (Path("/"), Path("/tmp"), Path.home(), Path.home().parent):
        raise InvalidSetting(f"the agent lies in {folder}, and sees the whole folder that it lies in: move it into one of its own.")
    return folder


def _system(network: bool) -> list[Path]:
    names = (*_SETTINGS, *(_NETWORK if network else ()))
    devices = list(Path("/dev").glob("nvidia*"))
    return [path for path in (*map(Path, _SYSTEM), *(Path("/etc") / name for name in names), *devices) if path.exists()]


def _python() -> list[Path]:
    """The interpreter, what is installed, and this package wherever it lies."""
    names = ("clgym", "clgym.envs", "clgym.baselines", "clgym.wrappers")
    own = [place for name in names if (spec := importlib.util.find_spec(name)) for place in spec.submodule_search_locations or ()]
    installed = [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    return [Path(path).resolve() for path in (sys.prefix, sys.base_prefix, *installed, *own) if Path(path).exists()]


def _models(spec: str) -> list[Path]:
    """Where the weights of a model lie, as far as they lie here."""
    scheme, _, name = spec.partition(":")
    places = [cache(), _hub(), *([Path(name).expanduser()] if scheme in ("path", "gguf") else [])]
    return [place.resolve() for place in places if place.exists()]


def cache() -> Path:
    """The user's cache of clgym."""
    return Path(os.environ.get("CLGYM_CACHE") or user_cache_dir("clgym"))


def _hub() -> Path:
    return Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """Each path once, without those that lie below another one; links beside what they lead to."""
    chosen: list[Path] = []
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in chosen):
            chosen.append(path)
    return chosen
