"""How long a run will take is said before it starts: from its schedule, and from answers that are timed."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")

from clgym.cli import main
from clgym.protocol import run_trial
from clgym.records import AnswerRecord, BlockRecord, StepRecord, Trial
from clgym.sweep import duration
from clgym.sweep.plan import trial_folder

SMALL = {"steps": 8, "eval_size": 4, "transfer_size": 2, "guard_size": 2, "probe_size": 2, "control_size": 2, "checkpoints": (4,)}
TRIAL = Trial("CL-Conlang-v0", "frozen", {"max_new_tokens": 4}, model="tiny", **SMALL)


@pytest.mark.parametrize("agent", ["frozen", "icl"])
def test_so_many_answers_are_asked_for_as_the_estimate_counts(agent, tmp_path):
    """A frozen agent's answers to what it was asked before are reused, and cost nothing."""
    trial = replace(TRIAL, agent=agent)
    records = run_trial(trial, tmp_path / "t")
    asked = sum(block.answers for block in records.of(BlockRecord) if not block.reused) + len(records.of(StepRecord))
    assert duration._asked(trial) == asked <= len(records.of(AnswerRecord)) + len(records.of(StepRecord))


def test_time_is_answers_and_training_shared_by_workers(monkeypatch, tmp_path):
    monkeypatch.setattr(duration, "_timed", lambda model, trial, limit: (1.0, 0.5))
    trains = replace(TRIAL, agent="lora-sft")
    alone = duration.seconds_here([trains], None)
    assert alone == duration._asked(trains) * 1.0 + TRIAL.steps * 0.5 * duration.READ_FOR_A_STEP
    assert duration.seconds_here([TRIAL, trains], None, workers=2) == (alone + duration._asked(TRIAL)) / 2
    assert duration.seconds_here([Trial("CL-Conlang-v0", "random", **SMALL)], None) is None
    run_trial(TRIAL, trial_folder(tmp_path, TRIAL))
    assert duration.seconds_here([TRIAL], tmp_path) == 0.0


def test_the_command_says_minutes_and_runs_nothing(tmp_path, capsys):
    words = [
        "run",
        "--env",
        TRIAL.env,
        "--agent",
        "frozen:max_new_tokens=4",
        "--model",
        "tiny",
        "--steps",
        "8",
        "--out",
        str(tmp_path),
    ]
    assert main([*words, "--estimate", "--timed"]) == 0
    assert "minutes here" in capsys.readouterr().err and not list(tmp_path.iterdir())
