"""A long stream keeps nothing in memory that it does not need, and its records are read back a few at a time."""

from __future__ import annotations

import gc
import json
import tracemalloc
from pathlib import Path

import pytest

from clgym.agent import Agent, Answer, Cost
from clgym.errors import RecordsError
from clgym.metrics import measure
from clgym.protocol import Trial, TrialInterrupted, TrialObserver, run_trial
from clgym.records import RECORDS_FILE, AnswerRecord, LearnRecord, StepRecord, read_records, read_times, read_trial, timed
from clgym.report import render

#: The long trial is made once, by one worker.
pytestmark = pytest.mark.xdist_group("long")


class Counter(Agent):
    """Says one word and counts what it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def act(self, conversations):
        return [Answer("bala", Cost(prompt_tokens=30, completion_tokens=2, seconds=0.001)) for _ in conversations]

    def learn(self, experiences):
        self.seen += len(experiences)
        return Cost(flops=1.0, seconds=0.001)

    def save(self, folder: Path) -> None:
        (folder / "seen.json").write_text(json.dumps(self.seen))

    def load(self, folder: Path) -> None:
        self.seen = json.loads((folder / "seen.json").read_text())


def trial_of(steps: int) -> Trial:
    return Trial(
        "CL-Conlang-v0",
        "counter",
        steps=steps,
        eval_size=8,
        transfer_size=2,
        guard_size=2,
        probe_size=0,
        control_size=4,
        checkpoints=(steps // 2,),
        attempts=2,
    )


class Observer(TrialObserver):
    """Takes a measure at some env steps of learning; may stop the trial after so many."""

    def __init__(self, at: list[int], take, stop_at: float = float("inf")):
        self._at, self._take, self._stop_at, self.steps = list(at), take, stop_at, 0
        self.taken: list[int] = []

    def advance(self, answers, stage):
        self.steps += answers if stage == "learning" else 0
        if self._at and self.steps >= self._at[0]:
            self._at.pop(0)
            self.taken.append(self._take())

    def stopping(self):
        return self.steps >= self._stop_at


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, Observer]:
    """A trial of 3,000 env steps, and how many objects there were on the way."""
    folder, observer = tmp_path_factory.mktemp("long") / "t", Observer([2000, 2500, 2950], objects)
    run_trial(trial_of(3000), folder, make=Counter, observer=observer)
    return folder, observer


def test_learning_retains_no_objects(finished):
    first, *later = finished[1].taken
    assert len(later) == 2 and max(later) - first < 200, finished[1].taken


def test_records_are_the_same_read_lazily_or_at_once(finished):
    folder, _ = finished
    found, times = read_trial(folder), read_times(folder)
    whole = [timed(record, times.get(line, 0.0)) for line, record in enumerate(read_records(folder / RECORDS_FILE), start=1)]
    assert list(found.records) == whole and len(found.records) == len(whole)
    for kind in (StepRecord, LearnRecord, AnswerRecord):
        assert list(found.of(kind)) == [record for record in whole if isinstance(record, kind)]
    steps = found.of(StepRecord)
    assert len(steps) == 3000 and steps[-1] == [r for r in whole if isinstance(r, StepRecord)][-1]
    assert [step.step for step in steps[10:14]] == [11, 12, 13, 14] and list(steps) == list(steps)
    assert steps[0].cost.seconds == 0.001
    assert measure(found) == measure(type(found)(found.folder, found.trial, found.header, tuple(whole), found.result))
    assert "CL-Conlang-v0" in render([found])


def test_what_was_read_holds_a_fraction_of_the_file(finished):
    folder, _ = finished
    size = (folder / RECORDS_FILE).stat().st_size
    read_trial(folder)  # whatever is made once
    tracemalloc.start()
    try:
        found = read_trial(folder)
        held, peak = tracemalloc.get_traced_memory()
        for _ in found.of(StepRecord):
            pass
        walked = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < size / 2 and peak < size and walked < size / 2, (size, held, peak, walked)


def test_damage_that_comes_later_is_found_when_the_step_is_read(finished, tmp_path):
    folder, _ = finished
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    found = read_trial(tmp_path)
    data = (tmp_path / RECORDS_FILE).read_bytes()
    place = data.index(b'"kind":"step"') + 40
    (tmp_path / RECORDS_FILE).write_bytes(data[:place] + b"#" + data[place + 1 :])
    with pytest.raises(RecordsError, match="checksum"):
        list(found.of(StepRecord))


def test_a_long_trial_goes_on_to_the_same_bytes(finished, tmp_path):
    for stop_at in (1000, 2500):
        with pytest.raises(TrialInterrupted):
            run_trial(trial_of(3000), tmp_path / "t", make=Counter, observer=Observer([], objects, stop_at))
    run_trial(trial_of(3000), tmp_path / "t", make=Counter)
    assert (tmp_path / "t" / RECORDS_FILE).read_bytes() == (finished[0] / RECORDS_FILE).read_bytes()


@pytest.mark.slow
def test_twenty_thousand_env_steps_in_flat_memory(tmp_path):
    import psutil

    def resident() -> int:
        gc.collect()
        return psutil.Process().memory_info().rss

    observer = Observer([4000, 12000, 19900], resident)
    found = run_trial(trial_of(20_000), tmp_path / "t", make=Counter, observer=observer)
    first, *later = observer.taken
    assert max(later) - first < 8 << 20, observer.taken
    assert resident() - first < 48 << 20  # the numbers at the end take some
    assert len(found.of(StepRecord)) == 20_000
