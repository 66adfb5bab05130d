"""Killed anywhere, a trial goes on to the same bytes; what is damaged is named; only one process writes."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest

import clgym  # noqa: F401
from clgym import storage
from clgym.agent import Agent, Answer, Cost
from clgym.errors import RecordsError
from clgym.protocol import Trial, TrialInterrupted, TrialObserver, run_trial
from clgym.protocol.ledger import STATE_FILE
from clgym.records import RECORDS_FILE, RESULT_FILE, TIMES_FILE, TRIAL_FILE, read_trial
from clgym.registry.builtin import AGENTS
from clgym.seeding import Draw, seed_of
from clgym.storage import StorageFull

SAME = (RECORDS_FILE, RESULT_FILE)


class Gambler(Agent):
    """Answers with a word that it remembers or with chance, and has a random generator that every answer and lesson moves."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.drawn = 0
        self.frozen = False

    def act(self, conversations):
        return [Answer(self._say(c[-1]["content"]), Cost(prompt_tokens=len(c), seconds=0.01)) for c in conversations]

    def _say(self, prompt):
        if self.frozen:
            return self.words[len(prompt) % len(self.words)] if self.words else ""
        self.drawn += 1
        draw: Draw = seed_of("gambler", self.drawn).draw()
        return draw.choice(self.words) if self.words and draw.chance(0.7) else str(draw.integer(0, 99))

    def learn(self, experiences):
        self.words += [e.correction for e in experiences]
        return Cost(flops=float(len(self.words)))

    def evaluating(self):
        from contextlib import contextmanager

        @contextmanager
        def frozen():
            before, self.frozen = self.frozen, True
            yield
            self.frozen = before

        return frozen()

    def save(self, folder):
        (folder / "gambler.json").write_text(json.dumps([self.words, self.drawn]))

    def load(self, folder):
        self.words, self.drawn = json.loads((folder / "gambler.json").read_text())


def trial_of(**settings) -> Trial:
    return Trial(
        **{
            "env": "CL-Conlang-v0",
            "agent": "gambler",
            "steps": 40,
            "eval_size": 4,
            "transfer_size": 2,
            "guard_size": 2,
            "probe_size": 0,
            "control_size": 4,
            "checkpoints": (12, 24),
            "attempts": 2,
            "noise": 0.2,
            "drift_at": (20,),
            "placebo": True,
            **settings,
        }
    )


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


class Crash:
    """Ends the process at its n-th write to the disk, half of the bytes written."""

    def __init__(self, monkeypatch, at: int):
        self.left = at
        sync, whole = storage.Appender.sync, storage.write_json
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # slow, and the machine keeps its power

        def torn_sync(appender):
            if appender._waiting and self._now():
                block = b"".join(appender._waiting)
                appender._waiting = []
                os.write(appender._file.fileno(), block[: len(block) // 2])
                raise Killed
            sync(appender)

        def no_json(path, data):
            if self._now():
                raise Killed
            whole(path, data)

        monkeypatch.setattr(storage.Appender, "sync", torn_sync)
        for module in ("clgym.protocol.ledger", "clgym.protocol.trial"):
            monkeypatch.setattr(sys.modules[module], "write_json", no_json)

    def _now(self) -> bool:
        self.left -= 1
        return self.left == 0


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SAME}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "t"
    run_trial(trial_of(), folder, make=Gambler, save_every=8)
    assert not [path.name for path in folder.iterdir() if path.name.startswith("theta-") or path.name == STATE_FILE]
    return bytes_of(folder)


@pytest.mark.parametrize("every", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_a_trial_that_dies_at_any_write_goes_on_to_the_same_bytes(tmp_path, undisturbed, every):
    deaths, at = 0, 1 - every
    while True:
        at += every
        folder = tmp_path / str(at)
        with pytest.MonkeyPatch.context() as patch:
            Crash(patch, at)
            try:
                run_trial(trial_of(), folder, make=Gambler, save_every=8)
                break
            except Killed:
                deaths += 1
        run_trial(trial_of(), folder, make=Gambler, save_every=8)
        assert bytes_of(folder) == undisturbed, at
    assert deaths > 30 // every
    assert bytes_of(folder) == undisturbed


def test_one_that_dies_again_and_again_gets_there_too(tmp_path, undisturbed):
    folder, deaths = tmp_path / "t", 0
    for at in [9, 4, 7, 5, 11, 6, 8, 3, 13, 10, 12] * 4:
        with pytest.MonkeyPatch.context() as patch:
            Crash(patch, at)
            try:
                run_trial(trial_of(), folder, make=Gambler, save_every=8)
            except Killed:
                deaths += 1
    run_trial(trial_of(), folder, make=Gambler, save_every=8)
    assert deaths > 5 and bytes_of(folder) == undisturbed


class Stopper(TrialObserver):
    """Asks to stop after so many answers."""

    def __init__(self, after: int):
        self.left, self.notes = after, []

    def advance(self, answers, stage):
        self.left -= answers

    def stopping(self):
        return self.left <= 0

    def note(self, text):
        self.notes.append(text)


def test_a_trial_that_is_asked_to_stop_finishes_its_step_and_says_how_to_go_on(tmp_path, undisturbed):
    for after in (1, 20, 45, 60, 90):
        folder = tmp_path / str(after)
        with pytest.raises(TrialInterrupted, match="the same command goes on"):
            run_trial(trial_of(), folder, make=Gambler, observer=Stopper(after), save_every=8)
        again = Stopper(10**6)
        run_trial(trial_of(), folder, make=Gambler, observer=again, save_every=8)
        assert bytes_of(folder) == undisturbed
        assert after == 1 or "goes on after" in again.notes[0]


def interrupted(folder: Path) -> Path:
    with pytest.raises(TrialInterrupted):
        run_trial(trial_of(), folder, make=Gambler, observer=Stopper(60), save_every=8)
    return folder


def test_other_settings_or_other_code_are_refused_with_the_difference(tmp_path):
    folder = interrupted(tmp_path / "t")
    with pytest.raises(RecordsError, match=r"steps 40 \(there\) and 44 \(asked for\)"):
        run_trial(trial_of(steps=44), folder, make=Gambler)
    header = storage.read_json(folder / TRIAL_FILE)
    storage.write_json(folder / TRIAL_FILE, {**header, "grader_sha256": "0" * 64})
    with pytest.raises(RecordsError, match="other code: grader_sha256"):
        run_trial(trial_of(), folder, make=Gambler)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", [RECORDS_FILE, TIMES_FILE, RESULT_FILE, TRIAL_FILE])
def test_a_flipped_byte_anywhere_in_a_finished_trial_is_found_and_named(tmp_path, name):
    folder = tmp_path / "t"
    run_trial(trial_of(steps=8, placebo=False, drift_at=()), folder, make=Gambler)
    whole = (folder / name).read_bytes()
    blank = json.loads(whole) if name in (RESULT_FILE, TRIAL_FILE) else None
    for place in random.Random(name).sample(range(len(whole)), 60):
        flip(folder / name, place)
        try:
            harmless = blank is not None and json.loads((folder / name).read_bytes()) == blank  # white space between values
        except ValueError:
            harmless = False
        if not harmless:
            with pytest.raises(RecordsError, match=name.replace(".", r"\.")):
                read_trial(folder)
        (folder / name).write_bytes(whole)
    assert read_trial(folder).finished


def test_a_finished_trial_that_lost_its_end_is_refused(tmp_path):
    folder = tmp_path / "t"
    run_trial(trial_of(steps=8, placebo=False, drift_at=()), folder, make=Gambler)
    whole = (folder / RECORDS_FILE).read_bytes()
    for cut in (whole[:-7], b"".join(whole.splitlines(keepends=True)[:-1])):
        (folder / RECORDS_FILE).write_bytes(cut)
        with pytest.raises(RecordsError, match="whole lines; result.json was made from"):
            read_trial(folder)


def test_damage_to_what_an_unfinished_trial_goes_on_from_is_named(tmp_path):
    for victim in ("theta", STATE_FILE, RECORDS_FILE):
        folder = interrupted(tmp_path / victim)
        path = next(folder.glob("theta-*/*")) if victim == "theta" else folder / victim
        flip(path, len(path.read_bytes()) // 3)
        with pytest.raises(RecordsError, match=str(folder)):
            run_trial(trial_of(), folder, make=Gambler)


def test_a_second_writer_is_refused_while_the_first_one_writes(tmp_path):
    folder = tmp_path / "t"
    with storage.only_writer(folder), pytest.raises(RecordsError, match="being written by another process"):
        run_trial(trial_of(), folder, make=Gambler)
    run_trial(trial_of(), folder, make=Gambler)


def test_a_full_disk_is_named():
    file = storage.Appender(Path("/dev/full"))
    file.append(b"{}\n")
    with pytest.raises(StorageFull, match="the disk is full. Free some space, then give the same command again"):
        file.sync()


def test_a_disk_that_fills_up_costs_nothing_that_was_safe(tmp_path, undisturbed):
    calls, fsync = [], os.fsync

    def fill(descriptor):
        calls.append(descriptor)
        if len(calls) == 15:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fill)
        with pytest.raises(StorageFull):
            run_trial(trial_of(), tmp_path / "t", make=Gambler, save_every=8)
    run_trial(trial_of(), tmp_path / "t", make=Gambler, save_every=8)
    assert bytes_of(tmp_path / "t") == undisturbed


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageFull, match="cannot be written .*--out"):
        run_trial(trial_of(), tmp_path / "file" / "t", make=Gambler)


RUNNER = """
import sys
from pathlib import Path
import clgym
from clgym.protocol import run_trial
from clgym.records import Trial
import json
run_trial(Trial.from_json(json.loads(sys.argv[1])), Path(sys.argv[2]), save_every=4)
"""


#: What must make no difference: those of the undisturbed run, and those of the killed one.
ORDINARY = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
OTHER = {"PYTHONHASHSEED": "4242", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}


def start(trial: Trial, folder: Path, surroundings: dict[str, str] = OTHER) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, json.dumps(trial.to_json()), str(folder)],
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", **surroundings},
    )


def kill_and_go_on(trial: Trial, tmp_path: Path, kills: int, draw: random.Random) -> None:
    """Runs the trial undisturbed, then again in other surroundings with kills at random moments of its working time."""
    began = time.monotonic()
    whole = start(trial, tmp_path / "whole", ORDINARY)
    assert whole.wait(300) == 0, whole.stderr.read()
    length = time.monotonic() - began
    folder, killed, tries = tmp_path / "killed", 0, 0
    while killed < kills:
        tries += 1
        process = start(trial, folder)
        time.sleep(length * draw.uniform(0.3, 1.0))
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            killed += 1
        else:
            length *= 0.7  # it ended before the kill: the machine has become faster meanwhile
        if (folder / RESULT_FILE).exists():
            assert bytes_of(folder) == bytes_of(tmp_path / "whole")
            folder = tmp_path / f"killed{tries}"
    last = start(trial, folder)
    assert last.wait(300) == 0, last.stderr.read()
    assert bytes_of(folder) == bytes_of(tmp_path / "whole")


def small(agent: str, model: bool) -> Trial:
    settings = {"max_new_tokens": 4} if model else {}
    return Trial(
        "CL-Conlang-v0",
        agent,
        settings,
        model="tiny" if model else "",
        steps=16,
        eval_size=4,
        transfer_size=0,
        guard_size=2,
        probe_size=0,
        control_size=2,
        checkpoints=(8,),
        attempts=2,
    )


#: By default one that trains without torch, which takes a process seconds to load.
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.id, marks=() if row.id == "copier" else pytest.mark.slow) for row in AGENTS]
)
def test_an_agent_killed_at_random_moments_goes_on_to_the_same_bytes(tmp_path, row):
    kills = 2 if row.id == "copier" else -(-50 // len(AGENTS))
    kill_and_go_on(small(row.id, row.model), tmp_path, kills, random.Random(row.id))


def test_the_graders_hash_is_that_of_any_place_where_clgym_is_installed(tmp_path):
    from clgym.protocol import provenance

    package = Path(clgym.__file__).parent
    shutil.copytree(package, tmp_path / "clgym")
    for room in ("envs", "wrappers", "baselines"):  # in a checkout they lie beside clgym, in an installation inside it
        shutil.copytree(Path(str(resources.files(f"clgym.{room}"))), tmp_path / "clgym" / room, dirs_exist_ok=True)
    (tmp_path / "clgym" / "envs" / "conlang" / ".cache").mkdir()
    (tmp_path / "clgym" / "envs" / "conlang" / ".cache" / "left").write_text("by a tool")
    code = "import clgym; from clgym.protocol import provenance; print(clgym.__file__, provenance.grader_hash('CL-Conlang-v0'))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    assert done.stdout.split() == [str(tmp_path / "clgym" / "__init__.py"), provenance.grader_hash("CL-Conlang-v0")], done.stderr


def test_versions_do_not_hang_on_what_a_process_has_loaded():
    """Workers that ran other trials before have other packages loaded; a trial must go on in any of them."""
    code = (
        "import sys, clgym; from clgym.protocol.provenance import versions; first = versions()\n"
        "assert 'rapidfuzz' in first and 'rapidfuzz' not in sys.modules\n"
        "clgym.make_world('CL-Conlang-v0'); import rapidfuzz; assert versions() == first"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
