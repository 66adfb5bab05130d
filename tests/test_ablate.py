"""``clgym ablate``: planted agents that read only what a level says, of which the study must find exactly that; and the command."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from clgym.ablate import Estimate, estimate, found_in, varied
from clgym.agent import Answer, Cost, Experience
from clgym.baselines.scripted import Oracle, first_prompt
from clgym.cli import main
from clgym.errors import InvalidSetting, RecordsError, UnknownName
from clgym.metrics import Study, Undefined, studies
from clgym.protocol import run_trial
from clgym.records import Trial, read_runs
from clgym.storage import read_json, write_json
from clgym.sweep import trial_folder

#: One worker makes the planted trials for all tests here.
pytestmark = pytest.mark.xdist_group("ablate")

TASK = "CL-Playbook-v0"
LEVELS = ("none", "score", "diagnosis", "correction")
SMALL = {
    "split": "train",
    "steps": 12,
    "checkpoints": (),
    "eval_size": 16,
    "transfer_size": 0,
    "guard_size": 0,
    "probe_size": 0,
    "control_size": 0,
}


def words(feedback: str) -> str:
    """Feedback without the score."""
    return re.sub(r"^Score: \S+ of 1\.", "", feedback).strip()


class Planted(Oracle):
    """Says nothing of use until it has read what it can read, of the rules that are in force; then it is right on every second query."""

    reads: Callable[[Experience], bool]

    def __init__(self) -> None:
        self.read: dict[str, int] = {}
        self.rules = ""
        super().__init__(self.Config())

    def reveal(self, worlds):
        super().reveal(worlds)
        self.rules = worlds[0].rulebook() if worlds else ""

    def learn(self, experiences):
        self.read[self.rules] = self.read.get(self.rules, 0) + sum(type(self).reads(e) for e in experiences)
        return Cost()

    def act(self, conversations):
        return [Answer(self.say(conversation)) for conversation in conversations]

    def say(self, conversation) -> str:
        knows = self.read.get(self.rules, 0) > 0 and self.find(first_prompt(conversation)).query.index % 2
        return self._solve(conversation) if knows else "?"

    def digest(self):
        return json.dumps(self.read)


class Corrected(Planted):
    """Copies from corrections alone."""

    reads = staticmethod(lambda e: bool(e.correction))


class Judged(Planted):
    """Needs to be told in words how it went."""

    reads = staticmethod(lambda e: bool(words(e.feedback)))


class Rewarded(Planted):
    """Looks at the reward and reads nothing."""

    reads = staticmethod(lambda e: not math.isnan(e.reward))


class Formatted(Planted):
    """Learns from the diagnosis that the answer is one of the list, and nothing of the rules."""

    reads = staticmethod(lambda e: "one of those in the list" in e.feedback)

    def say(self, conversation):
        query = self.find(first_prompt(conversation)).query
        return query.options[query.index % len(query.options)] if sum(self.read.values()) else "?"


class Believer(Planted):
    """Right on as large a share of the queries as its corrections were true."""

    def __init__(self):
        self.heard: list[bool] = []
        super().__init__()

    def learn(self, experiences):
        self.heard += [e.correction == self.find(e.prompt).world.solve(self.find(e.prompt).query) for e in experiences]
        return Cost()

    def say(self, conversation):
        query = self.find(first_prompt(conversation)).query
        knows = bool(self.heard) and query.index % 12 < round(12 * sum(self.heard) / len(self.heard))
        return self._solve(conversation) if knows else "?"

    def digest(self):
        return json.dumps(self.heard)


def run(folder: Path, agents: dict[str, type[Planted]], factor: str, values, worlds: int, **settings) -> dict[str, Study]:
    """Real trials of each planted agent under each value; the studies by agent."""
    base = [Trial(TASK, name, world=world, **{**SMALL, **settings}) for world in range(worlds) for name in agents]
    for trial in varied(base, factor, values):
        run_trial(trial, trial_folder(folder, trial), make=agents[trial.agent])
    return {study.agent: study for study in studies(read_runs([folder]), factor)}


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ladder")


@pytest.fixture(scope="module")
def found(ladder: Path) -> dict[str, Study]:
    agents = {"corrected": Corrected, "judged": Judged, "rewarded": Rewarded, "formatted": Formatted}
    return run(ladder, agents, "feedback", LEVELS, 3, placebo=True)


def contrasts(study: Study) -> dict[str, float]:
    return {contrast.title: contrast.gain.estimate for contrast in study.contrasts}


def test_what_reads_corrections_alone_gains_from_corrections_alone(found):
    study = found["corrected"]
    *lower, correction = study.conditions
    assert [c.title for c in study.conditions] == list(LEVELS)
    assert [c.gain.estimate for c in lower] == [0.0] * 3 and 0.3 < correction.gain.estimate < 0.7 and correction.gain.low > 0
    told = {c.title: c for c in study.contrasts}
    # What it gains under correction is the whole difference, neighbours below are the same to the query.
    for title in ("score − none", "diagnosis − score"):
        assert told[title].gain.estimate == 0.0 and told[title].gain.error == 0.0
    for title in ("correction − diagnosis", "correction − none"):
        assert told[title].gain == correction.gain
    # All of it is knowledge: in the sister world it was taught other rules.
    assert correction.knowledge_gain == correction.gain


def test_what_needs_words_gains_from_the_diagnosis_on_and_pays_for_more(found):
    none, score, diagnosis, correction = found["judged"].conditions
    assert none.gain.estimate == score.gain.estimate == 0.0 < diagnosis.gain.low
    assert diagnosis.gain == correction.gain
    assert contrasts(found["judged"])["diagnosis − score"] == diagnosis.gain.estimate
    assert contrasts(found["judged"])["correction − diagnosis"] == 0.0
    # The same gain from more tokens is less of it for each of them.
    tokens = [c.feedback_tokens for c in (score, diagnosis, correction)]
    assert tokens == sorted(set(tokens))
    paid = [c.gain_per_1000_feedback_tokens.estimate for c in (diagnosis, correction)]
    assert paid[0] > paid[1]


def test_what_looks_at_the_reward_gains_from_the_score_on_and_under_none_is_told_nothing(found):
    study = found["rewarded"]
    none, *told = study.conditions
    assert none.gain.estimate == 0.0 and len({c.gain for c in told}) == 1 and told[0].gain.low > 0
    assert contrasts(study)["score − none"] == told[0].gain.estimate == contrasts(study)["correction − none"]
    assert none.feedback_tokens == 0 and none.gain_per_1000_feedback_tokens == Undefined("no feedback was given")
    # 12 env steps a trial in three worlds.
    assert none.env_steps == 36 and told[0].gain_per_100_steps.estimate == pytest.approx(told[0].gain.estimate / 12 * 100)


def test_a_format_that_a_diagnosis_teaches_is_gain_and_no_knowledge(found):
    *lower, diagnosis, correction = found["formatted"].conditions
    assert [c.gain.estimate for c in lower] == [0.0] * 2 and diagnosis.gain.estimate > 0.1
    assert diagnosis.knowledge_gain.estimate == correction.knowledge_gain.estimate == 0.0


def test_gain_falls_with_noise_for_whoever_believes_and_for_nobody_else(tmp_path):
    found = run(tmp_path, {"believer": Believer, "rewarded": Rewarded}, "noise", (1.0, 0.0, 0.5), 3)
    believer = found["believer"]
    assert [c.title for c in believer.conditions] == ["0", "0.5", "1"]
    clean, half, never = (c.gain.estimate for c in believer.conditions)
    assert clean == 1.0 and never == 0.0 and 0.25 < half < 0.75
    assert believer.slope.estimate == pytest.approx(-1.0) and believer.slope.high < 0
    assert found["rewarded"].slope.estimate == 0.0 and found["rewarded"].slope.error == 0.0


def test_the_command_writes_what_the_records_say_and_verify_makes_it_again(found, ladder, capsys):
    assert main(["ablate", "feedback", "--report-only", "--out", str(ladder)]) == 0
    shown = capsys.readouterr().out
    text = (ladder / "ablation-feedback.md").read_text(encoding="utf-8")
    gain = found["corrected"].conditions[-1].gain
    assert f"+{gain.estimate:.2f} [+{gain.low:.2f}, +{gain.high:.2f}]" in text
    assert "undefined: no feedback was given" in text and "undefined: no feedback was given." in shown
    assert "correction − diagnosis: more gain" in text and "diagnosis − score: not told apart (0.00 [−0." in text
    data = read_json(ladder / "ablation-feedback.json")
    assert [study["agent"] for study in data["studies"]] == sorted(found) and len(data["trials"]) == 48
    page = (ladder / "report.html").read_text(encoding="utf-8")
    assert "What more feedback buys" in page and "Gain by feedback, one line per agent" in page
    assert "corrected (diagnosis)" in page, "levels do not share a mean in the other tables"


def test_a_number_of_a_study_that_was_changed_does_not_verify(tmp_path, capsys):
    command = [
        "ablate",
        "feedback",
        "--env",
        TASK,
        "--agent",
        "random",
        "--split",
        "train",
        "--levels",
        "score,none",
        "--steps",
        "8",
        "--eval-size",
        "4",
        "--transfer-size",
        "0",
        "--guard-size",
        "0",
        "--probe-size",
        "0",
        "--control-size",
        "0",
        "--out",
        str(tmp_path),
    ]
    assert main([*command, "--estimate"]) == 0
    # Eval before and after, and 8 env steps, twice.
    assert "2 trials: about 32 answers to give, 16 of them env steps of learning." in capsys.readouterr().err
    assert main(command) == 0
    said = capsys.readouterr()
    assert "score − none" in said.out and str(tmp_path / "ablation-feedback.md") in said.out
    assert "score" in said.err and "none" in said.err, "each trial is told by its level"
    before = (tmp_path / "ablation-feedback.json").read_bytes()
    assert main(command) == 0
    assert "2 trials, all of them finished: nothing is run." in capsys.readouterr().err
    assert (tmp_path / "ablation-feedback.json").read_bytes() == before
    assert main(["verify", str(tmp_path)]) == 0
    data = read_json(tmp_path / "ablation-feedback.json")
    data["studies"][0]["conditions"][1]["feedback_tokens"] += 1
    write_json(tmp_path / "ablation-feedback.json", data)
    capsys.readouterr()
    assert main(["verify", str(tmp_path)]) == 1
    assert "ablation-feedback.json: studies[0].conditions[1].feedback_tokens is" in capsys.readouterr().out
    write_json(tmp_path / "ablation-feedback.json", {**data, "trials": None})
    assert main(["verify", str(tmp_path)]) == 1
    assert "does not say of which trials" in capsys.readouterr().out
    assert main([*command, "--fresh", "--yes", "--estimate"]) == 0
    assert "about 32 answers" in capsys.readouterr().err
    write_json(tmp_path / "ablation-feedback.json", data)
    next(tmp_path.rglob("result.json")).unlink()
    assert main(["verify", str(tmp_path)]) == 1
    assert "which cannot be read" in capsys.readouterr().out


def test_an_estimate_counts_the_placebo_arm_and_leaves_out_what_is_finished(tmp_path):
    trials = varied([Trial(TASK, "random", **{**SMALL, "placebo": True})], "feedback", ["score", "none"])
    # Eval (16 queries) before, after and after the placebo arm; 12 env steps in either arm.
    assert estimate(trials, tmp_path) == Estimate(2, 0, 48, 2 * (3 * 16 + 2 * 12))
    run_trial(trials[0], trial_folder(tmp_path, trials[0]))
    assert estimate(trials, tmp_path) == Estimate(2, 1, 24, 3 * 16 + 2 * 12)


@pytest.mark.parametrize(
    ("factor", "values", "settings", "error", "said"),
    [
        ("feedback", ["none", "praise"], {}, UnknownName, "praise"),
        ("feedback", ["none"], {}, InvalidSetting, "at least two"),
        ("feedback", ["none", "none"], {}, InvalidSetting, "at least two"),
        ("noise", [0.0, 1.5], {}, InvalidSetting, "0 to 1"),
        ("noise", [0.0, float("nan")], {}, InvalidSetting, "a number"),
        ("noise", [0.0, 0.5], {"feedback": "none"}, InvalidSetting, "nothing that noise could make wrong"),
    ],
)
def test_values_that_make_no_study_are_refused(factor, values, settings, error, said):
    with pytest.raises(error, match=said):
        varied([Trial(TASK, "random", **settings)], factor, values)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["feedback"], "--env is missing"),
        (["feedback", "--env", TASK], "--agent is missing"),
        (["noise", "--env", TASK, "--agent", "random", "--noise", "0,a"], "--noise takes shares"),
        (["feedback", "--report-only", "--out", "/nowhere/at/all"], "does not exist"),
    ],
)
def test_a_command_that_lacks_something_says_what(words, said, capsys):
    assert main(["ablate", *words]) == 2
    assert said in capsys.readouterr().err


def test_runs_that_hold_no_study_are_named(tmp_path, capsys):
    trial = Trial(TASK, "random", **SMALL)
    run_trial(trial, trial_folder(tmp_path, trial))
    with pytest.raises(RecordsError, match="differ in noise alone"):
        found_in(read_runs([tmp_path]), "noise")
    assert main(["ablate", "feedback", "--report-only", "--out", str(tmp_path)]) == 2
    assert "there is nothing to compare" in capsys.readouterr().err
