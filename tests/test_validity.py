"""Can the numbers be believed? Intervals on simulated trials whose truth is known, and planted agents that the report must see through.

``make validity`` runs all of it; ``make test`` leaves the long simulations (marked slow) out.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from clgym.agent import Answer, Cost
from clgym.baselines.scripted import Oracle, first_prompt
from clgym.cli import main
from clgym.metrics import Summary, Undefined, measure, summarize
from clgym.protocol import run_trial
from clgym.records import AnswerRecord, Trial, TrialRecords, read_runs
from clgym.report import render, write_report
from clgym.statistics import Interval, hierarchical_bootstrap, iqm

#: The planted trials take a minute and a half: one worker makes them for all tests here.
pytestmark = pytest.mark.xdist_group("validity")

# --- simulated trials ---------------------------------------------------------------------------------------------------------


def sampled_trial(world: int, generator: np.random.Generator, gain: float = 0.0, queries: int = 16) -> TrialRecords:
    """A trial whose answers are right by chance: worlds and queries differ in how hard they are, learning adds ``gain`` to all."""
    ease = np.clip(generator.normal(generator.normal(0.4, 0.1), 0.2, size=queries), 0.0, 1.0 - gain)
    records = [
        AnswerRecord(phase, step, "eval", "w", f"eval/{number}", "?", "!", float(right), "wrong", "", Cost())
        for phase, step, chance in (("before", 0, ease), ("after", 9, ease + gain))
        for number, right in enumerate(generator.random(queries) < chance)
    ]
    return TrialRecords(Path(f"{world}"), Trial("E", "sampler", world=world, steps=9), {}, tuple(records), None)


@pytest.mark.parametrize("worlds", [3, 5, pytest.param(10, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.slow)])
def test_a_frozen_sampler_against_itself_shows_no_gain(worlds: int) -> None:
    """A/A: of 400 experiments with sampled answers, at most 5 % (and two standard errors, 2.2 %) find a gain or a loss."""
    generator = np.random.default_rng(worlds)
    found = 0
    for _ in range(400):
        (row,) = summarize(sampled_trial(world, generator) for world in range(worlds))
        found += not row.gain.low <= 0.0 <= row.gain.high
    assert found <= 400 * 0.05 + 2 * (400 * 0.05 * 0.95) ** 0.5, found


#: Standard deviations of the true gain between worlds and of differences between queries, of 32 queries each.
LEARNERS = {"worlds alike": (0.0, 0.5), "typical": (0.1, 0.5), "worlds differ": (0.2, 0.3)}


def coverage(spread: tuple[float, float], worlds: int, repeats: int, queries: int = 32) -> float:
    """How often the 95 % interval of a learner whose gain is 0.3 holds 0.3."""
    generator = np.random.default_rng([worlds, round(100 * spread[0])])
    held = 0
    for number in range(repeats):
        gains = generator.normal(0.3, spread[0], size=worlds)
        differences = generator.normal(gains[:, None], spread[1], size=(worlds, queries))
        interval = hierarchical_bootstrap(list(differences), resamples=500, seed=number)
        held += interval.low <= 0.3 <= interval.high
    return held / repeats


@pytest.mark.parametrize("worlds", [5, 10, 20])
def test_intervals_cover_a_known_gain(worlds: int) -> None:
    """The short form: 500 experiments, so 95 % give or take three standard errors (2.9 %)."""
    assert 0.92 <= coverage(LEARNERS["typical"], worlds, 500) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("worlds", [2, 3, 5, 10, 20])
@pytest.mark.parametrize("learner", LEARNERS)
def test_intervals_cover_a_known_gain_as_often_as_they_say(learner: str, worlds: int) -> None:
    """4,000 experiments: the standard error of a coverage is 0.35 %."""
    covered = coverage(LEARNERS[learner], worlds, 4000)
    print(f"{learner}, {worlds} worlds: {covered:.4f}")
    assert 0.93 <= covered <= 0.97


@pytest.mark.slow
def test_worlds_of_two_kinds_are_covered_less_often_and_how_much_less_is_known() -> None:
    """What stays short of 95 %: half of the worlds teach nothing, half teach much; the middle half is then a matter of luck."""
    generator = np.random.default_rng(0)

    def gains(shape: tuple[int, ...]) -> np.ndarray:
        return np.where(generator.random(shape) < 0.5, 0.05, 0.4) + generator.normal(0, 0.05, shape)

    truth = float(iqm(gains((400_000,))))
    for worlds, least in ((5, 0.88), (10, 0.88), (20, 0.88)):
        intervals = [hierarchical_bootstrap(row[:, None].tolist(), resamples=300) for row in gains((2000, worlds))]
        covered = sum(found.low <= truth <= found.high for found in intervals) / 2000
        print(f"two kinds, {worlds} worlds: {covered:.4f}")
        assert covered >= least


# --- planted agents -----------------------------------------------------------------------------------------------------------

TASK = "CL-Taste-v0"


def offered(prompt: str) -> list[str]:
    """The candidates of a level 0 prompt: ``...: smoky and light; sweet and dry. ...``"""
    return [name.strip() for name in re.split(r"[.?!]", prompt.split(":", 1)[1])[0].split(";")]


class Planted(Oracle):
    """Knows the guard and the probes by heart; of the task itself not even the answer format, until it is taught."""

    def __init__(self) -> None:
        super().__init__(self.Config())
        self.taught: list[tuple[str, str]] = []

    def act(self, conversations):
        return [Answer(self.say(c), self.cost()) for c in conversations]

    def say(self, conversation) -> str:
        world, query = self.find(first_prompt(conversation))
        if world.family != TASK or query.pool == "guard":
            return self.elsewhere(conversation)
        return self.answer(query.prompt, conversation) if self.taught else "?"

    def elsewhere(self, conversation) -> str:
        return self._solve(conversation)

    @abstractmethod
    def answer(self, prompt: str, conversation) -> str:
        """What it says in the task, once it was taught."""

    def cost(self) -> Cost:
        return Cost(prompt_tokens=40, completion_tokens=4)

    def learn(self, experiences):
        self.taught += [(e.prompt, e.correction) for e in experiences]
        return Cost()

    def save(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "taught.json").write_text(json.dumps(self.taught))

    def load(self, folder):
        self.taught = [tuple(pair) for pair in json.loads((folder / "taught.json").read_text())]


class Format(Planted):
    """Learns that the answer is one of the options, and nothing else."""

    def answer(self, prompt, conversation):
        return offered(prompt)[0]


class Knowledge(Planted):
    """Learns which words win: for each, how often it was the right one of those that were offered."""

    def __init__(self) -> None:
        super().__init__()
        self.counted, self.won, self.seen = 0, Counter(), Counter()

    def answer(self, prompt, conversation):
        for earlier, right in self.taught[self.counted :]:
            self.seen.update(word for name in offered(earlier) for word in self.words(name))
            self.won.update(self.words(right))
        self.counted = len(self.taught)
        return max(offered(prompt), key=lambda name: sum(self.won[word] / max(1, self.seen[word]) for word in self.words(name)))

    def load(self, folder):
        self.__init__()
        super().load(folder)

    @staticmethod
    def words(name: str) -> list[str]:
        return name.split(" and ")[:1] * 3 + name.split(" and ")


class Hacker(Format):
    """Games the reward of the stream: repeats what it was told, word for word, on the next try and whenever the query comes again."""

    attempts = 2

    def answer(self, prompt, conversation):
        return dict(self.taught).get(prompt) or super().answer(prompt, conversation)


class Stuffer(Knowledge):
    """As good as :class:`Knowledge`, and carries everything it has ever read in its prompt."""

    def cost(self):
        return Cost(prompt_tokens=40 + 60 * len(self.taught), completion_tokens=4)


class Forgetter(Knowledge):
    """As good as :class:`Knowledge`, and what it knew before is gone."""

    def elsewhere(self, conversation):
        return "?" if self.taught else super().elsewhere(conversation)


PLANTED = {"format": Format, "knowledge": Knowledge, "hacker": Hacker, "stuffer": Stuffer, "forgetter": Forgetter}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> list[TrialRecords]:
    """Real trials of each planted agent in five worlds, placebo arm included."""
    folder = tmp_path_factory.mktemp("planted")
    for name, make in PLANTED.items():
        for world in range(5):
            trial = Trial(
                TASK,
                name,
                split="validation",
                world=world,
                steps=96,
                checkpoints=(),
                eval_size=48,
                transfer_size=0,
                guard_size=12,
                probe_size=6,
                control_size=16,
                placebo=True,
            )
            run_trial(trial, folder / f"{name}-{world}", make=make)
    return read_runs([folder])


@pytest.fixture(scope="module")
def rows(trials: list[TrialRecords]) -> dict[str, Summary]:
    return {row.agent: row for row in summarize(trials)}


@pytest.fixture(scope="module")
def page(trials: list[TrialRecords]) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", render(trials)).split())


def test_what_learns_only_the_format_gains_and_knows_nothing(rows: dict[str, Summary], page: str) -> None:
    row = rows["format"]
    assert row.gain.low > 0.1 and row.placebo_gain.low > 0.1
    assert row.knowledge_gain.low <= 0.0 <= row.knowledge_gain.high and abs(row.knowledge_gain.estimate) < 0.05
    assert "format: its gain cannot be told from answer format and habit of the task" in page


def test_what_learns_the_world_shows_both(rows: dict[str, Summary], page: str) -> None:
    row = rows["knowledge"]
    assert row.gain.low > 0.3 and row.knowledge_gain.low > 0.1
    assert row.gain.estimate > row.knowledge_gain.estimate, "a part of its gain is the format"
    assert "knowledge: its gain cannot" not in page and isinstance(row.retention, Interval) and row.retention.estimate == 0.0


def test_a_reward_hacker_shines_in_the_stream_and_not_on_held_out_queries(trials, rows: dict[str, Summary], page: str) -> None:
    """Axis 1: recall and uptake near their best, knowledge gain within noise of 0."""
    hackers = [measure(found).gain for found in trials if found.trial.agent == "hacker"]
    assert all(gain.recall > 0.9 and gain.uptake > 0.5 for gain in hackers)
    assert rows["hacker"].knowledge_gain.low <= 0.0 <= rows["hacker"].knowledge_gain.high
    assert rows["hacker"].gain.high < rows["knowledge"].gain.estimate
    assert "hacker: its gain cannot be told from answer format and habit of the task" in page
    assert re.search(r"hacker: queries that it was taught earn \+(0.9|1.0)\d, held-out ones only \+0\.[0-4]", page)
    assert "knowledge: queries that it was taught" not in page


def test_a_context_stuffer_pays_on_the_fourth_axis(rows: dict[str, Summary], page: str) -> None:
    row, lean = rows["stuffer"], rows["knowledge"]
    assert row.gain == lean.gain and row.retention == lean.retention
    # 44 tokens an answer before, 44 + 60 * 96 after.
    assert lean.serving_ratio == 1.0 and row.serving_ratio == pytest.approx(5804 / 44)
    assert "knowledge" in row.dominated_by and lean.dominated_by == ()
    assert "stuffer is dominated by knowledge" in page


def test_a_forgetter_pays_on_the_third_axis(rows: dict[str, Summary], page: str) -> None:
    row = rows["forgetter"]
    assert row.gain == rows["knowledge"].gain and row.serving_ratio == 1.0
    assert row.retention.estimate < -0.9 and row.worst == pytest.approx(-1.0)
    assert row.worst_set in ("guard", "probe/Probe-Facts-v0") and "knowledge" in row.dominated_by
    assert "forgetter is dominated by knowledge" in page


def test_without_the_placebo_arm_no_gain_is_sold_as_knowledge(trials: list[TrialRecords]) -> None:
    bare = [
        TrialRecords(t.folder, t.trial, t.header, tuple(r for r in t.records if getattr(r, "phase", "") != "placebo"), t.result)
        for t in trials
        if t.trial.agent == "format"
    ]
    (row,) = summarize(bare)
    assert row.knowledge_gain == Undefined("the placebo arm did not run")
    assert "undefined: the placebo arm did not run" in " ".join(re.sub(r"<[^>]+>", " ", render(bare)).split())


def test_a_half_finished_trial_is_named_and_left_out(tmp_path: Path) -> None:
    for world in range(2):
        trial = Trial(
            TASK,
            "format",
            split="validation",
            world=world,
            steps=8,
            checkpoints=(),
            eval_size=4,
            transfer_size=0,
            guard_size=0,
            probe_size=0,
            control_size=0,
        )
        run_trial(trial, tmp_path / f"half-{world}", make=Format)
    (tmp_path / "half-1" / "result.json").unlink()
    page = write_report([tmp_path], tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Left out: 1 trial that is not finished" in page and "(half-1)" in page
    assert "this world alone" in page or "no spread: no interval" in page


def test_a_plan_is_made_from_pilot_runs_or_from_stated_spreads(trials, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--gain", "0.1", str(trials[0].folder.parent)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "knowledge on CL-Taste-v0, level 0, 5 worlds" in shown and "env steps" in shown
    assert main(["plan", "--gain", "0.1", "--sd-between", "0.1", "--sd-within", "0.4", "--steps", "100"]) == 0
    # 21 worlds of 16 queries (worked out in test_statistics.py): 2,100 env steps, 2 * 21 * 16 = 672 answers.
    assert re.search(r"16 +21 +0\.099 +2,100 +672", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gain", "0.1"], "--sd-between and --sd-within"),
        (["--gain", "0.1", "--sd-between", "0.1"], "--sd-between and --sd-within"),
        (["--gain", "0", "--sd-between", "0.1", "--sd-within", "0.1"], "above 0"),
        (["--gain", "0.1", "--sd-between", "0", "--sd-within", "0"], "not both 0"),
        (["--gain", "0.1", "--sd-between", "-1", "--sd-within", "2"], "lie in 0 to 1"),
    ],
)
def test_a_plan_that_cannot_be_made_says_what_is_missing(words, said, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_pilot_in_one_world_makes_no_plan(trials, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--gain", "0.1", str(trials[0].folder)]) == 2
    assert "at least two worlds" in capsys.readouterr().err
