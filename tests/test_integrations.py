"""What adapters share: frameworks that are missing or too old, rollouts, and a trial that somebody else's loop lives through."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from importlib import metadata

import pytest

from clgym import Session
from clgym.agent import Agent, Answer
from clgym.cli import main
from clgym.errors import InvalidSetting, MissingExtra, OutdatedExtra, RecordsError, ResetNeeded
from clgym.export import exchanges
from clgym.integrations.frameworks import framework, least_version, numbers
from clgym.integrations.recorder import Recorder
from clgym.integrations.rollouts import Rollout, Sessions
from clgym.metrics import measure
from clgym.records import RECORDS_FILE, AnswerRecord, LearnRecord, StepRecord, Trial, read_trial
from clgym.submission.verify import verify

TEXT, TURNS = "CL-Conlang-v0", "CL-Sparring-v0"


# -- frameworks -----------------------------------------------------------------------------------------------------------


def test_a_framework_that_is_missing_or_too_old_names_the_command(monkeypatch):
    with pytest.raises(MissingExtra, match=r"pip install 'clgym\[openenv\]'"):
        framework("no_such_framework", "openenv")
    monkeypatch.setattr(metadata, "version", lambda name: "1.2.3")
    with pytest.raises(
        OutdatedExtra, match=r"needs trl 1\.\d+ or newer, and 1\.2\.3 is installed: pip install --upgrade 'clgym\[trl\]'"
    ):
        framework("trl", "trl")


def test_lowest_versions_come_from_the_metadata_alone():
    for extra, package in (
        ("trl", "trl"),
        ("openenv", "openenv"),
        ("verifiers", "verifiers"),
        ("inspect", "inspect-ai"),
        ("minari", "minari"),
    ):
        assert numbers(least_version(extra, package)) > (0,), package
    assert least_version("inspect", "inspect_ai") == least_version("inspect", "inspect-ai")
    assert numbers("1.16.0rc1") == (1, 16, 0) > numbers("1.9")
    assert least_version("trl", "no-such-package") == "0"


def test_importing_the_package_imports_no_framework():
    code = (
        "import sys, clgym, clgym.integrations, clgym.integrations.recorder, clgym.export, clgym.cli\n"
        "print(sorted({'trl', 'torch', 'transformers', 'datasets', 'openenv', 'verifiers', 'inspect_ai', 'ray', 'textarena', 'minari', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("module", ["trl", "openenv", "verifiers", "inspect_ai", "textarena"])
def test_every_adapter_says_what_to_install(module):
    """In an interpreter that has none of the frameworks."""
    code = (
        "import sys, importlib.abc\n"
        "class No(importlib.abc.MetaPathFinder):\n"
        f"    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in ('trl', 'openenv', 'verifiers', 'inspect_ai', 'textarena'): raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, No())\n"
        f"import clgym.integrations.{module}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "MissingExtra" in done.stderr and "pip install 'clgym[" in done.stderr


# -- rollouts -------------------------------------------------------------------------------------------------------------


def test_a_rollout_has_the_score_of_the_last_attempt_that_ended():
    session = Session(TEXT, attempts=2, feedback="correction")
    rollout = Rollout(session, 3)
    assert rollout.cut and rollout.score is None and not rollout.failed
    said = rollout.say("?")
    assert rollout.score == 0.0 and not rollout.done and not rollout.cut and rollout.attempt == 0
    rollout.say(said.correction)
    assert rollout.score == 1.0 and rollout.done and rollout.attempt == 1 and rollout.turns == 2
    with pytest.raises(ResetNeeded):
        rollout.say("again")
    fight = Rollout(Session(TURNS), 3)
    fight.say("parry")
    assert fight.cut and fight.score is None


def test_two_rollouts_of_one_session_do_not_grade_each_other_in_silence():
    session = Session(TEXT)
    first = Rollout(session, 3)
    second = Rollout(session, 4)
    with pytest.raises(InvalidSetting, match="another rollout"):
        first.say("?")
    assert second.say("?").done


def test_rows_of_other_settings_are_refused():
    sessions = Sessions(TEXT)
    (session,) = sessions.first(1)
    assert sessions.place_of(session.world.query("learn", 7).prompt) == ("learn", 7)
    with pytest.raises(InvalidSetting, match="other settings"):
        sessions.place_of(session.world.query("eval", 0).prompt)
    held_out = Sessions(TEXT, evaluate=True)
    assert held_out.place_of(session.world.query("eval", 5).prompt) == ("eval", 5)
    with pytest.raises(InvalidSetting, match="reward"):
        Sessions(TEXT, reward="score")


# -- a trial of an outside loop -------------------------------------------------------------------------------------------


class Learner(Agent):
    """Knows what it was told: what a loop has trained so far."""

    def __init__(self):
        self.known = {}

    def act(self, conversations):
        return [Answer(self.known.get(conversation[0]["content"], "?")) for conversation in conversations]

    def digest(self):
        return str(sorted(self.known.items()))


TRAINER = {"class": "mine:loop", "distribution": "mine", "version": "1"}
SIZES = {"eval_size": 4, "guard_size": 2, "transfer_size": 1, "probe_size": 1, "control_size": 0, "checkpoints": ()}


def lived(folder, env=TEXT, attempts=2, queries=4, **settings):
    """A loop that answers in four sessions at once, and is asked in the middle."""
    trial = Trial(env, "mine", steps=32, feedback="correction", attempts=attempts, **SIZES)
    agent, recorder = Learner(), Recorder(trial, folder, trainer=TRAINER)
    recorder.start(agent)
    sessions = [Session(env, attempts=attempts, feedback="correction", evaluate=True) for _ in range(queries)]
    rollouts = [Rollout(session, index, watch=recorder.step) for index, session in enumerate(sessions)]
    while unfinished := [rollout for rollout in rollouts if not rollout.done]:
        for rollout in unfinished:  # turns interleave
            said = rollout.say(agent.known.get(rollout.prompt, "?"))
            if said.correction:
                agent.known.setdefault(rollout.prompt, said.correction)
        recorder.lesson()
    recorder.checkpoint(agent)
    Rollout(sessions[0], 0, "eval", watch=recorder.step).say("an examination is no env step")
    return recorder, recorder.finish(agent)


def test_an_outside_loop_is_a_trial_on_all_axes_that_verifies_and_exports(tmp_path, capsys):
    recorder, numbers = lived(tmp_path / "runs" / "one")
    records = read_trial(tmp_path / "runs" / "one")
    steps = records.of(StepRecord)
    assert records.trial.steps == len(steps) == recorder.steps == 8
    assert [step.reward for step in steps] == [0.0] * 4 + [1.0] * 4 and {step.attempt for step in steps[4:]} == {1}
    assert sum(record.experiences for record in records.of(LearnRecord)) == 8
    assert {record.phase for record in records.of(AnswerRecord)} == {"before", "checkpoint", "after"}
    assert {record.set for record in records.of(AnswerRecord)} > {"eval", "guard"}
    assert numbers.gain.gain == 0.0 and numbers.gain.uptake == 1.0 and measure(records).gain.gain == 0.0
    assert records.header["agent"]["class"] == "mine:loop" and records.header["agent"]["walked_by"] == "outside"
    assert verify(tmp_path / "runs").verified
    assert main(["report", str(tmp_path / "runs"), "--output", str(tmp_path / "report.html")]) == 0
    assert "mine" in (tmp_path / "report.html").read_text()
    told = list(exchanges(records))
    assert len(told) == 8 and [one.episode for one in told] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(one.right for one in told) and told[1].conversation[1]["content"] == "?" and len(told[1].bare) == 1


def test_what_was_forged_in_an_outside_trial_is_found(tmp_path):
    lived(tmp_path / "runs" / "one")
    records = read_trial(tmp_path / "runs" / "one", clock=False)
    forged = [
        replace(r, reward=1.0, outcome="correct") if isinstance(r, StepRecord) and r.step == 2 else r for r in records.records
    ]
    from clgym.submission.replay import replay

    assert any("reward is 1.0, replayed 0.0" in line for line in replay(replace(records, records=forged)))
    missing = [r for r in records.records if not (isinstance(r, StepRecord) and r.step == 8)]
    assert replay(replace(records, records=missing))
    with pytest.raises(RecordsError, match="reward.*of env step 2"):
        list(exchanges(replace(records, records=forged)))


def test_what_an_outside_loop_cannot_keep_is_refused(tmp_path):
    base = {"steps": 8, "feedback": "score", **SIZES}
    for name, value in (("noise", 0.1), ("drift_at", (4,)), ("placebo", True), ("control_size", 4)):
        with pytest.raises(InvalidSetting, match=f"{name} needs clgym's own stream"):
            Recorder(Trial(TEXT, "mine", **{**base, name: value}), tmp_path / name, trainer=TRAINER)
    recorder = Recorder(Trial(TEXT, "mine", **base), tmp_path / "one", trainer=TRAINER)
    with pytest.raises(RecordsError, match="start"):
        Rollout(Session(TEXT, feedback="score"), 0, watch=recorder.step).say("?")
    recorder.start(Learner())
    for other in ({"feedback": "diagnosis"}, {"feedback": "score", "world": 1}):
        with pytest.raises(InvalidSetting, match="same settings"):
            Rollout(Session(TEXT, **other), 0, watch=recorder.step).say("?")
    with pytest.raises(RecordsError, match="holds a trial already"):
        Recorder(Trial(TEXT, "mine", **base), tmp_path / "one", trainer=TRAINER)
    assert (tmp_path / "one" / RECORDS_FILE).exists()


def test_serving_without_the_extra_says_what_to_install(capsys, monkeypatch):
    if importlib.util.find_spec("openenv"):
        pytest.skip("OpenEnv is installed")
    assert main(["serve", TEXT]) == 2
    assert "pip install 'clgym[openenv]'" in capsys.readouterr().err
