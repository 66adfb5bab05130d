"""A bundle proves its numbers: every way to make them better than they are is caught, by name, on a line."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import clgym  # noqa: F401
from clgym import metrics
from clgym.agent import Agent, Answer, Cost
from clgym.cli import main
from clgym.core import Feedback, Grade
from clgym.errors import InvalidSetting, RecordsError
from clgym.protocol import Trial, build_agent, run_trial
from clgym.protocol.provenance import CANARY
from clgym.records import RECORDS_FILE, RESULT_FILE, TRIAL_FILE, read_records, read_trial, to_line
from clgym.seeding import SALT_VARIABLE
from clgym.storage import SCHEMA, read_json, seal, write_json
from clgym.submission import submit, verify
from clgym.submission.bundle import METADATA_FILE, hashes
from clgym.submission.verify import _against as against
from clgym.sweep import trial_folder
from clgym.sweep.suite import load_suite, suites

SMALL = {"steps": 16, "eval_size": 4, "transfer_size": 2, "guard_size": 2, "probe_size": 2, "control_size": 4, "checkpoints": (8,)}
HARD = {"attempts": 2, "noise": 0.3, "drift_at": (8,), "placebo": True}


def run(out: Path, env: str, agent: str, **settings) -> Path:
    trial = Trial(env, agent, **{**SMALL, **settings})
    run_trial(trial, folder := trial_folder(out, trial))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Two agents in one world, with everything that makes a stream hard to follow."""
    out = tmp_path_factory.mktemp("runs")
    for agent in ("oracle", "random"):
        run(out, "CL-Conlang-v0", agent, **HARD)
    return out


@pytest.fixture
def bundle(runs, tmp_path) -> Path:
    submit([runs], tmp_path / "bundle", name="mine")
    return tmp_path / "bundle"


def trial_of(bundle: Path, agent: str = "random") -> Path:
    (folder,) = (path.parent for path in bundle.rglob(TRIAL_FILE) if path.parent.name.startswith(agent))
    return folder


def rewrite(folder: Path, change) -> None:
    """Write the records anew, each as ``change(record)`` has it (none: left out), with checksums that fit, and the result too."""
    records = [made for record in read_records(folder / RECORDS_FILE) if (made := change(record)) is not None]
    (folder / RECORDS_FILE).write_bytes(seal({"schema": SCHEMA}) + b"".join(map(to_line, records)))
    result = read_json(folder / RESULT_FILE)
    write_json(folder / RESULT_FILE, {**result, "records": len(records)})
    made = metrics.to_json(metrics.measure(read_trial(folder, clock=False)))
    write_json(folder / RESULT_FILE, {**result, "records": len(records), "metrics": made})


def reseal(bundle: Path) -> None:
    """Hash every file of a bundle anew, as a forger would."""
    metadata = yaml.safe_load((bundle / METADATA_FILE).read_text(encoding="utf-8"))
    metadata["files"] = hashes(bundle)
    (bundle / METADATA_FILE).write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")


def first(folder: Path, **wanted):
    """The first record with these values."""
    return next(r for r in read_records(folder / RECORDS_FILE) if all(getattr(r, k, None) == v for k, v in wanted.items()))


def swap(old, new):
    return lambda record: new if record == old else record


def caught(bundle: Path, *words: str) -> str:
    """The differences, one of which has all these words."""
    found = verify(bundle).differences
    assert any(all(word in line for word in words) for line in found), found
    assert all("\n" not in line for line in found)
    return "\n".join(found)


def test_honest_runs_verify(runs, bundle, tmp_path, capsys):
    assert main(["verify", str(runs), str(bundle)]) == 0
    assert capsys.readouterr().out.count(": verified") == 2
    archive = tmp_path / "mine.tar.gz"
    assert main(["submit", str(runs), "--output", str(archive), "--contact", "someone@example.org"]) == 0
    told = capsys.readouterr().out
    assert main(["verify", str(archive)]) == 0
    assert told.split()[-1] in capsys.readouterr().out  # the bundle's name


@pytest.mark.parametrize(
    ("env", "agent", "settings"),
    [
        ("CL-Sparring-v0", "random", {"attempts": 2, "noise": 0.3}),
        ("CL-Taste-v0", "oracle", {"drift_at": (6, 10), "noise": 0.3}),
        ("CL-Taste-v0", "random", {"attempts": 3, "batch": 1, "feedback": "none"}),
        ("CL-Stream-v0", "random", {"checkpoints": None}),
        ("CL-Dialect-v0", "random", {"attempts": 2}),
    ],
)
def test_turns_drift_noise_sequences_and_sandboxes_are_replayed(tmp_path, env, agent, settings):
    run(tmp_path, env, agent, **settings)
    assert verify(tmp_path).differences == ()


def test_the_canary_is_in_every_trial_and_bundle(runs, bundle):
    assert all(json.loads(path.read_text())["canary"] == CANARY for path in runs.rglob(TRIAL_FILE))
    assert CANARY in (bundle / METADATA_FILE).read_text()


def test_the_manifest_says_what_it_is(bundle):
    metadata = yaml.safe_load((bundle / METADATA_FILE).read_text())
    assert metadata["agents"] == ["oracle", "random"] and metadata["name"] == "mine" and metadata["date"]
    assert metadata["planned"] == [
        {"env": "CL-Conlang-v0", "level": 0, "split": "train", "agents": ["oracle", "random"], "worlds": [0], "seeds": [0]}
    ]
    assert len(metadata["files"]) == 8


@pytest.mark.parametrize("kind", ["step", "answer"])
def test_a_tampered_reward_with_repaired_checksums(bundle, kind):
    folder = trial_of(bundle)
    old = first(folder, kind=kind, reward=0.0)
    rewrite(folder, swap(old, replace(old, reward=1.0)))
    reseal(bundle)
    caught(bundle, kind, old.query, "reward is 1.0, replayed 0.0")
    assert main(["verify", str(bundle)]) == 1


def test_a_bad_answer_passed_off_as_a_failure_of_the_grader(bundle):
    folder = trial_of(bundle)
    old = first(folder, kind="answer", phase="after", reward=0.0)
    rewrite(folder, swap(old, replace(old, reward=None, outcome="failed")))
    reseal(bundle)
    caught(bundle, "outcome is 'failed'")


def test_an_edited_answer(bundle):
    folder = trial_of(bundle)
    old = first(folder, kind="answer", phase="after", set="eval", reward=0.0)
    right = first(trial_of(bundle, "oracle"), kind="answer", phase="after", world=old.world, query=old.query)
    rewrite(folder, swap(old, replace(old, answer=right.answer)))
    reseal(bundle)
    caught(bundle, old.query, "reward is 0.0, replayed 1.0")


def test_an_easier_question(bundle):
    folder = trial_of(bundle)
    old = first(folder, kind="answer", phase="after", set="eval")
    rewrite(folder, swap(old, replace(old, query="eval/0" if old.query != "eval/0" else "eval/1")))
    reseal(bundle)
    caught(bundle, "should come here")


def test_an_answer_that_is_left_out(bundle):
    folder = trial_of(bundle)
    old = first(folder, kind="answer", phase="after", set="eval", reward=0.0)
    rewrite(folder, lambda record: None if record == old else record)
    reseal(bundle)
    caught(bundle, "should come here")


def test_an_edited_result(bundle):
    folder = trial_of(bundle)
    result = read_json(folder / RESULT_FILE)
    result["metrics"]["gain"]["gain"] = 0.9
    write_json(folder / RESULT_FILE, result)
    reseal(bundle)
    assert "metrics.gain.gain is 0.9, recomputed" in caught(bundle, RESULT_FILE)


def test_a_damaged_file_and_a_strange_one(bundle):
    folder = trial_of(bundle)
    data = (folder / RECORDS_FILE).read_bytes()
    (folder / RECORDS_FILE).write_bytes(data.replace(b'"reward":0.0', b'"reward":1.0', 1))
    (folder / "notes.txt").write_text("hello")
    caught(bundle, "is not the file that was submitted", RECORDS_FILE)
    caught(bundle, "damaged", "line")
    caught(bundle, "notes.txt is not listed")


def test_a_dropped_trial(bundle):
    shutil.rmtree(trial_of(bundle))
    caught(bundle, "is listed in metadata.yaml and is not there")
    reseal(bundle)
    caught(bundle, "missing: random on CL-Conlang-v0 level 0 train, world 0, seed 0")


def test_a_longer_budget(bundle):
    """More env steps were taken than the settings say."""
    folder = trial_of(bundle)
    header = read_json(folder / TRIAL_FILE)
    header["trial"]["steps"] = 12
    write_json(folder / TRIAL_FILE, header)
    reseal(bundle)
    caught(bundle, "env step 13", "should come here")
    caught(bundle, "trials differ in steps (16, 12)")


def test_a_floor_that_the_world_does_not_have(bundle):
    """A floor of 0 would sell the form of an answer as knowledge of the world."""
    folder = next(bundle.rglob(TRIAL_FILE)).parent
    header = read_json(folder / TRIAL_FILE)
    assert header["floors"]["eval"] > 0
    header["floors"]["eval"] = 0.0
    write_json(folder / TRIAL_FILE, header)
    reseal(bundle)
    caught(bundle, "floors is")


def test_more_steps_than_the_others(runs, tmp_path):
    shutil.copytree(runs, tmp_path / "runs")
    run(tmp_path / "runs", "CL-Conlang-v0", "oracle", **{**HARD, "steps": 20}, seed=1)
    run(tmp_path / "runs", "CL-Conlang-v0", "random", **{**HARD, "steps": 16}, seed=1)
    with pytest.raises(RecordsError, match=r"trials differ in steps \((16, 20|20, 16)\)"):
        submit([tmp_path / "runs"], tmp_path / "bundle", name="x")
    plan = [Trial("CL-Conlang-v0", "frozen", **SMALL, **HARD)]
    assert verify(runs, suite=plan).differences == ()
    found = verify(tmp_path / "runs", suite=[*plan, replace(plan[0], world=7)]).differences
    assert any("oracle" in line and "seed 1, 20 steps" in line and "no trial with these settings" in line for line in found)
    assert any("train/7" in line and "random has no such trial" in line for line in found)


def test_a_swapped_grader(bundle, tmp_path, monkeypatch):
    """Named in the header, and a gentle one that the header does not name."""
    folder = trial_of(bundle)
    header = read_json(folder / TRIAL_FILE)
    write_json(folder / TRIAL_FILE, {**header, "grader_sha256": "0" * 64})
    reseal(bundle)
    caught(bundle, "grader_sha256 is 000", "where it ran")

    world = type(clgym.make_world("CL-Conlang-v0"))
    with monkeypatch.context() as gentle:
        gentle.setattr(world, "grade", lambda self, query, answer: Grade(1.0, "correct", Feedback("Right.")))
        run(tmp_path / "gentle", "CL-Conlang-v0", "random", **HARD)
    assert any("reward is 1.0, replayed" in line for line in verify(tmp_path / "gentle").differences)


def test_what_was_learned_is_counted(bundle):
    folder = trial_of(bundle)
    old = first(folder, kind="learn")
    rewrite(folder, swap(old, replace(old, experiences=old.experiences + 4)))
    reseal(bundle)
    caught(bundle, "experiences is 8, replayed 4")


def test_records_behind_the_last_one(bundle):
    folder = trial_of(bundle)
    last = list(read_records(folder / RECORDS_FILE))[-1]
    (folder / RECORDS_FILE).write_bytes((folder / RECORDS_FILE).read_bytes() + to_line(last))
    write_json(folder / RESULT_FILE, {**read_json(folder / RESULT_FILE), "records": len(read_trial_lines(folder))})
    reseal(bundle)
    caught(bundle, "1 records follow after the last one")


def read_trial_lines(folder: Path) -> list[object]:
    return list(read_records(folder / RECORDS_FILE))


def set_attempts(folder: Path, *attempts: object) -> None:
    header = {name: value for name, value in read_json(folder / TRIAL_FILE).items() if name != "attempts"}
    write_json(folder / TRIAL_FILE, {**header, **({"attempts": attempts[0]} if attempts else {})})


def test_tries_that_an_agent_wants_are_in_the_header(tmp_path):
    """An oracle that would try three times is right at its first: only the header can say so."""
    trial = Trial("CL-Taste-v0", "oracle", **{**SMALL, "control_size": 16})

    def patient() -> Agent:
        agent = build_agent(trial)
        agent.attempts = 3
        return agent

    run_trial(trial, folder := tmp_path / "t", make=patient)
    assert read_json(folder / TRIAL_FILE)["attempts"] == 3 and verify(folder).verified
    set_attempts(folder, 1)
    caught(folder, "control", "should")
    for nonsense in ("many", 0, True, None):
        set_attempts(folder, nonsense)
        caught(folder, "cannot be replayed: attempts in trial.json are a whole number", repr(nonsense))


def test_a_header_of_an_older_clgym_leaves_the_tries_to_the_settings_and_to_the_agent(tmp_path):
    for settings in ({}, {"attempts": 2}):
        folder = run(tmp_path, "CL-Taste-v0", "random", **settings)
        set_attempts(folder)
        assert verify(folder).verified
    set_attempts(folder, 3)
    caught(folder, "attempts in trial.json are 3, and 2 in its settings")


def test_unfinished_trials_are_named(runs, tmp_path):
    shutil.copytree(runs, tmp_path / "runs")
    folder = trial_of(tmp_path / "runs")
    (folder / RESULT_FILE).unlink()
    with pytest.raises(RecordsError, match=f"{folder.name} is not finished"):
        submit([tmp_path / "runs"], tmp_path / "bundle", name="x")
    assert any("not finished" in line for line in verify(tmp_path / "runs").differences)
    (folder / RECORDS_FILE).write_bytes(b"x" + (folder / RECORDS_FILE).read_bytes())
    shutil.copy(trial_of(tmp_path / "runs", "oracle") / RESULT_FILE, folder / RESULT_FILE)
    with pytest.raises(RecordsError, match="line 1"):
        submit([tmp_path / "runs"], tmp_path / "bundle", name="x")
    assert not (tmp_path / "bundle").exists()


def test_other_versions_and_holes_are_named(runs, tmp_path):
    shutil.copytree(runs, tmp_path / "runs")
    folder = trial_of(tmp_path / "runs")
    header = read_json(folder / TRIAL_FILE)
    write_json(folder / TRIAL_FILE, {**header, "versions": {**header["versions"], "clgym": "0.0.9"}})
    run(tmp_path / "runs", "CL-Conlang-v0", "random", **HARD, world=1)
    with pytest.raises(RecordsError) as error:
        submit([tmp_path / "runs"], tmp_path / "bundle", name="x")
    assert "version of clgym" in str(error.value) and "0.0.9" in str(error.value)
    assert "missing: oracle on CL-Conlang-v0 level 0 train, world 1" in str(error.value)


def test_private_worlds_need_the_same_salt(tmp_path, monkeypatch):
    private = {"split": "test", "probe_size": 0}
    monkeypatch.setenv(SALT_VARIABLE, "ab" * 32)
    run(tmp_path / "runs", "CL-Taste-v0", "random", **private)
    submit([tmp_path / "runs"], tmp_path / "bundle", name="x")
    assert verify(tmp_path / "bundle").differences == ()
    assert yaml.safe_load((tmp_path / "bundle" / METADATA_FILE).read_text())["commitments"]["CL-Taste-v0"]
    monkeypatch.setenv(SALT_VARIABLE, "cd" * 32)
    caught(tmp_path / "bundle", "commitment is")
    run(tmp_path / "runs", "CL-Taste-v0", "random", **private, seed=1)
    with pytest.raises(RecordsError, match="salt of CL-Taste-v0"):
        submit([tmp_path / "runs"], tmp_path / "mixed", name="x")
    monkeypatch.delenv(SALT_VARIABLE)
    assert main(["verify", str(tmp_path / "bundle")]) == 2


def test_archives_are_the_same_bytes_and_strangers_are_not_trusted(runs, tmp_path):
    for name in ("a.tar.gz", "b.tar.gz"):
        submit([runs], tmp_path / name, name="x", date="2026-01-01")
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    with pytest.raises(InvalidSetting, match="exists"):
        submit([runs], tmp_path / "a.tar.gz", name="x")
    for place, kind in (("../escaped.txt", tarfile.REGTYPE), ("/tmp/escaped.txt", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)):
        with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
            entry = tarfile.TarInfo(place)
            entry.type, entry.linkname = kind, "/etc/hostname"
            archive.addfile(entry, BytesIO())
        with pytest.raises(RecordsError, match="no plain file"):
            verify(tmp_path / "bad.tar.gz")
    (tmp_path / "torn.tar.gz").write_bytes((tmp_path / "a.tar.gz").read_bytes()[:2000])
    assert main(["verify", str(tmp_path / "torn.tar.gz")]) == 2
    assert main(["verify", str(tmp_path / "nowhere.tar.gz")]) == 2
    assert not (tmp_path.parent / "escaped.txt").exists()


class Clerk(Agent):
    """Takes the first thing on offer, at a price."""

    def __init__(self, tokens: int):
        self.tokens = tokens

    def act(self, conversations):
        return [
            Answer(c[0]["content"].partition(": ")[2].partition(";")[0], Cost(prompt_tokens=self.tokens)) for c in conversations
        ]


def suite_file(folder: Path, env: str, agents: list[str], **settings) -> Path:
    """The same settings as those of :func:`run`, in a file."""
    data = {
        "defaults": {"split": "train", "worlds": 0, "placebo": False},
        "trials": [{"env": env, "agent": agents, **SMALL, **settings}],
    }
    text = json.loads(json.dumps(data))
    (folder / "suite.yaml").write_text(yaml.safe_dump(text))
    return folder / "suite.yaml"


def test_the_leaderboard_shows_the_frontier_with_intervals(tmp_path):
    pytest.importorskip("jinja2")
    for name in ("clerk", "other"):
        trial = Trial("CL-Taste-v0", name, **{**SMALL, "eval_size": 24})
        run_trial(trial, tmp_path / "runs" / name / "one", make=lambda: Clerk(7))
        submit([tmp_path / "runs" / name], tmp_path / "bundles" / name, name=f"by {name}", attempts=1)
    page, suite = tmp_path / "page.html", suite_file(tmp_path, "CL-Taste-v0", ["random"], eval_size=24)
    assert main(["leaderboard", str(tmp_path / "bundles"), "--output", str(page), "--suite", str(suite)]) == 0
    text = page.read_text(encoding="utf-8")
    assert all(
        re.search(rf"<b>{name} \(by {name}\)</b> (is dominated by nobody|has no place)", text) for name in ("clerk", "other")
    )
    assert re.search(r"\[0\.\d\d, [01]\.\d\d\]", text) and "self-reported; 1 world" in text and "re-run; " not in text


def test_the_leaderboard_has_verified_bundles_only(runs, bundle, tmp_path, capsys):
    pytest.importorskip("jinja2")
    folder = tmp_path / "bundles"
    folder.mkdir()
    submit([runs], folder / "good.tar.gz", name="good one", contact="<script>alert(1)</script>")
    submit([trial_of(runs, "oracle")], folder / "again.tar.gz", name="good one")
    old = first(trial_of(bundle), kind="answer", phase="after", reward=0.0)
    rewrite(trial_of(bundle), swap(old, replace(old, reward=1.0)))
    reseal(bundle)
    shutil.copytree(bundle, folder / "forged")
    page, suite = tmp_path / "page.html", suite_file(tmp_path, "CL-Conlang-v0", ["oracle", "random"], **HARD)
    assert main(["leaderboard", str(folder), "--output", str(page), "--suite", str(suite)]) == 1
    assert "forged is left out" in capsys.readouterr().err
    text = page.read_text(encoding="utf-8")
    assert "oracle (good one)" in text and "oracle (good one #2)" in text and "random (good one" in text
    assert "Pareto frontier" in text and "has no place: undefined" in text  # scripted agents cost nothing
    assert "<script>" not in text and "(mine)" not in text
    assert "byte for byte, those of good one" in text and "not declared, so not ranked" in text and "rank by gain" not in text


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n == "baselines-full" else ()) for n in suites()])
def test_the_trials_of_each_suite_are_what_the_suite_asks_for(name):
    trials = load_suite(name).trials
    done = [SimpleNamespace(trial=trial) for trial in trials]
    assert against(trials, done) == []
    (missed,) = against(trials, done[:-1])
    assert f"{trials[-1].label} has no such trial" in missed
    mine = [replace(trial, agent="mine", model="m", settings={"history": 1}) for trial in trials]
    other = [SimpleNamespace(trial=trial) for trial in {repr(trial): trial for trial in mine}.values()]
    assert against(trials, other) == []
    (copy,) = against(trials, [*other, other[0]])
    assert "2 trials of this cell, and one counts" in copy
    assert (
        len(against(trials, other[:1]))
        == len({json.dumps({**t.to_json(), "agent": 0, "settings": 0, "model": 0}) for t in trials}) - 1
    )
