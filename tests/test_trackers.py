"""Curves reach TensorBoard, Trackio and Weights & Biases as the records have them, once, from every engine; none of them can hurt a trial."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clgym.cli import main
from clgym.errors import ClgymError, MissingExtra, UnknownName
from clgym.protocol import Trial, TrialInterrupted, TrialObserver, run_trial
from clgym.records import RESULT_FILE, AnswerRecord, StepRecord, read_trial
from clgym.sweep import trial_folder
from clgym.sweep.tracking import RUN_FILE, parse_trackers, tracking

#: Two Ray clusters at once would find each other.
pytestmark = pytest.mark.xdist_group("ray")

TRIAL = Trial(
    "CL-Conlang-v0",
    "random",
    steps=80,
    eval_size=4,
    transfer_size=2,
    guard_size=2,
    probe_size=0,
    control_size=4,
    checkpoints=(32,),
    attempts=2,
    placebo=True,
    drift_at=(40,),
)
Points = dict[str, list[tuple[int, float]]]


class SweepObserver:
    """Stops a trial after so many answers, and remembers what was said."""

    def __init__(self, stop_after: float = float("inf")):
        self.left, self.notes = stop_after, []

    def observer(self, trial):
        board = self

        class Stopper(TrialObserver):
            def advance(self, answers, stage):
                board.left -= answers

            def stopping(self):
                return board.left <= 0

            def note(self, text):
                board.notes.append(text)

        return Stopper()

    def finished(self, trial, *, kept):
        pass

    def failed(self, trial, error, *, again):
        pass

    def stopped(self, trial):
        pass


def of_records(folder: Path) -> Points:
    """What the curves must show, from the records; rounds are of two."""
    records, points = read_trial(folder), {}
    for arm in ("learn", "placebo"):
        steps = [s for s in records.of(StepRecord) if s.arm == arm]
        width = 32 if not TRIAL.drift_at and TRIAL.attempts == 1 else TRIAL.batch
        for first in range(0, len(steps), width):
            part = steps[first : first + width]
            points.setdefault(f"{arm}/reward", []).append((part[-1].step, sum(s.reward for s in part) / len(part)))
            points.setdefault(f"{arm}/feedback_words", []).append((part[-1].step, sum(len(s.feedback.split()) for s in part)))
    blocks: dict[tuple[str, int, str], list[float]] = {}
    for a in records.of(AnswerRecord):
        before = f"{a.phase}/" if a.phase in ("control", "placebo") else ""
        first_world = a.phase == "before" and a.set == "eval" and "+" in a.world
        blocks.setdefault((f"{before}{a.set}{'+1' if first_world else ''}/reward", a.step, a.phase), []).append(a.reward)
    for (name, step, _), rewards in blocks.items():
        points.setdefault(name, []).append((step, sum(rewards) / len(rewards)))
    return points


def of_tensorboard(out: Path, folder: Path) -> Points:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    place = out / "tensorboard" / folder.relative_to(out)
    events = EventAccumulator(str(place), size_guidance={"scalars": 0}).Reload()
    assert json.loads(events.Tensors("trial")[0].tensor_proto.string_val[0])["agent"] == "random"
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def logged(path: Path) -> Iterator[bytes]:
    """The entries of a .wandb file: a LevelDB log, of blocks of 32 KiB, behind 7 bytes of its own."""
    data, place, entry = path.read_bytes(), 7, b""
    while place + 7 <= len(data):
        if 32768 - place % 32768 < 7:
            place += 32768 - place % 32768
            continue
        _, length, kind = struct.unpack("<IHB", data[place : place + 7])
        entry += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield entry
            entry = b""


def of_wandb(out: Path, folder: Path) -> Points:
    from wandb.proto import wandb_internal_pb2

    run, points = json.loads((folder / RUN_FILE).read_text())["run"], {}
    (path,) = (out / "wandb").glob(f"offline-run-*-{run}/run-{run}.wandb")  # one folder waits to be uploaded, and only one
    for entry in logged(path):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(entry)
        values = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
        for name, value in values.items():
            if name != "env_step" and not name.startswith("_"):
                points.setdefault(name, []).append((values["env_step"], value))
    return points


def of_trackio(out: Path, folder: Path) -> Points:
    from trackio.sqlite_storage import SQLiteStorage

    run, points = json.loads((folder / RUN_FILE).read_text())["run"], {}
    for row in SQLiteStorage.get_logs("clgym", f"{folder.relative_to(out).as_posix()}-{run[:6]}"):
        for name, value in row.items():
            if "/" in name:
                points.setdefault(name, []).append((row["step"], value))
    return points


READ = {"tensorboard": of_tensorboard, "wandb": of_wandb, "trackio": of_trackio}


@pytest.fixture(params=["tensorboard", "wandb:mode=offline", "trackio"])
def tracker(request, tmp_path, monkeypatch):
    name = request.param.partition(":")[0]
    if name == "trackio":
        monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip(name)
    return request.param


def same(found: Points, expected: Points) -> None:
    assert found.keys() == expected.keys()
    for name, points in expected.items():
        assert [step for step, _ in found[name]] == [step for step, _ in points], name
        assert [value for _, value in found[name]] == pytest.approx([value for _, value in points]), name


def attempt(out: Path, tracker: str, board: SweepObserver) -> Path:
    folder = trial_folder(out, TRIAL)
    with tracking(board, [tracker], out) as tracked:
        observer = tracked.observer(TRIAL)
        try:
            run_trial(TRIAL, folder, observer=observer, save_every=8)
            tracked.finished(TRIAL, kept=False)
        except TrialInterrupted:
            tracked.stopped(TRIAL)
    return folder


def test_an_interrupted_trial_goes_on_in_the_same_run_without_a_point_twice(tmp_path, tracker):
    for after in (30, 60, 45):
        folder = attempt(tmp_path, tracker, SweepObserver(after))
    assert not (folder / RESULT_FILE).exists()
    attempt(tmp_path, tracker, SweepObserver())
    expected = of_records(folder)
    assert {
        "learn/reward",
        "placebo/reward",
        "control/learn/reward",
        "eval/reward",
        "eval+1/reward",
        "placebo/eval/reward",
        "guard/reward",
    } <= expected.keys()
    same(READ[tracker.partition(":")[0]](tmp_path, folder), expected)


ARGUMENTS = [
    "run",
    "--env",
    "CL-Conlang-v0",
    "--agent",
    "random",
    "--worlds",
    "0-1",
    "--steps",
    "16",
    "--eval-size",
    "4",
    "--transfer-size",
    "2",
    "--guard-size",
    "2",
    "--probe-size",
    "0",
    "--control-size",
    "4",
    "--attempts",
    "2",
    "--drift-at",
    "8",
]


@pytest.mark.parametrize("engine", ["local", pytest.param("ray:address=local", marks=pytest.mark.slow), "slurm:cluster=local"])
def test_points_come_from_workers_on_every_engine(tmp_path, engine):
    assert main([*ARGUMENTS, "--out", str(tmp_path), "--workers", "2", "--engine", engine, "--track", "tensorboard"]) == 0
    folders = [path.parent for path in tmp_path.rglob(RESULT_FILE)]
    assert len(folders) == 2
    for folder in folders:
        same(of_tensorboard(tmp_path, folder), of_records(folder))


def test_a_fresh_start_is_a_new_run(tmp_path):
    arguments = [*ARGUMENTS, "--out", str(tmp_path), "--track", "tensorboard"]
    assert main(arguments) == 0
    first = {path: json.loads(path.read_text())["run"] for path in tmp_path.rglob(RUN_FILE)}
    assert main([*arguments, "--fresh", "--yes"]) == 0
    assert len(first) == 2 and not {json.loads(path.read_text())["run"] for path in first} & set(first.values())


def test_a_tracker_that_breaks_is_named_and_the_trial_goes_on(tmp_path):
    (tmp_path / "file").write_text("no folder")
    board = SweepObserver()
    folder = attempt(tmp_path, f"tensorboard:folder={tmp_path / 'file'}", board)
    assert (folder / RESULT_FILE).exists()
    assert [note for note in board.notes if "tensorboard is left out of this trial, which goes on" in note]


def test_what_trackers_say_does_not_depend_on_being_heard(tmp_path):
    folder = attempt(tmp_path / "tracked", "tensorboard", SweepObserver())
    run_trial(TRIAL, tmp_path / "alone")
    for name in ("records.jsonl", RESULT_FILE):
        assert (folder / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tensorbord", "Did you mean 'tensorboard'"),
        ("tensorboard:foldr=x", "Did you mean 'folder'"),
        ("tensorboard:folder=3", "is text"),
        ("tensorboard:folder", "key=value"),
    ],
)
def test_a_tracker_that_is_none_is_refused_before_anything_runs(tmp_path, capsys, text, said):
    with pytest.raises(ClgymError, match=said):
        parse_trackers([text])
    assert main([*ARGUMENTS, "--out", str(tmp_path), "--track", text]) == 2
    assert said in capsys.readouterr().err and not list(tmp_path.rglob("trial.json"))


def test_a_tracker_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, "clgym.sweep.wandb_tracker", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'clgym\[wandb\]'"):
        parse_trackers(["wandb"])
    with pytest.raises(UnknownName):
        parse_trackers(["wandb_"])
