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
from clgym.statistics import Interval, mean_over, mean_over_worlds
from clgym.statistics.coverage import SHAPES, WORLDS, grid, simulate

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
    for _ in range(repeats):
        gains = generator.normal(0.3, spread[0], size=worlds)
        differences = generator.normal(gains[:, None], spread[1], size=(worlds, queries))
        interval = mean_over(list(differences))
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
    assert 0.93 <= covered <= 0.98


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("worlds", WORLDS)
def test_intervals_hold_the_mean_of_worlds_near_the_bounds(name: str, worlds: int) -> None:
    """The short form: 60 experiments, so 93 % less three standard errors (9.9 %)."""
    assert simulate(SHAPES[name], worlds, 60).held >= 0.83


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("worlds", WORLDS)
def test_intervals_hold_the_mean_as_often_as_they_say(name: str, worlds: int) -> None:
    """93 to 98 %; more only where the interval is the exact bound of so many worlds, which holds for whatever was not seen."""
    found = simulate(SHAPES[name], worlds, 2000)
    print(f"{name}, {worlds} worlds: {found.held:.4f}, {found.open:.2f} undefined")
    assert found.held >= 0.93
    exact = 2 * (1 - 0.025 ** (1 / worlds)) >= 1 or name.startswith(("alike", "15 %", "20 %", "5 %", "Beta"))
    assert found.held <= 0.98 or found.open > 0.4 or exact


def test_the_grid_is_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    lines = grid(10).splitlines()
    assert len(lines) == 1 + len(SHAPES) and all("undefined" in line for line in lines[1:])


@pytest.mark.parametrize(("worlds", "items"), [(3, 8), (5, 8), pytest.param(10, 8, marks=pytest.mark.slow), (5, 64)])
def test_intervals_of_retention_hold_where_all_worlds_ask_the_same_items(worlds: int, items: int) -> None:
    """Records of an older clgym: one item in five is fragile, and a world deviates in one answer of ten. Coverage was 67 % with 5 worlds of 8."""
    generator, held = np.random.default_rng([worlds, items]), 0
    for _ in range(300):
        fragile = generator.random(items) < 0.2
        lost = np.where(generator.random((worlds, items)) < 0.1, ~fragile, fragile)
        interval = mean_over_worlds(
            [[[row.tolist()]] for row in -lost.astype(float)], bounds=(-1.0, 0.0), items=[[[list(range(items))]]] * worlds
        )
        held += interval.low <= -(0.2 * 0.9 + 0.8 * 0.1) <= interval.high
    assert held / 300 >= 0.92


# --- agents that are the same -------------------------------------------------------------------------------------------------


def same_agent(name: str, world: int, generator: np.random.Generator) -> TrialRecords:
    """One of several agents with the same true gain, retention and cost: 24 eval queries, 16 of a probe."""
    before = generator.random(40) < 0.4
    after = np.concatenate([generator.random(24) < 0.7, before[24:] & (generator.random(16) < 0.9)])
    cost = Cost(prompt_tokens=int(generator.integers(90, 110)), completion_tokens=4)
    records = [
        AnswerRecord(phase, step, *place, "?", "!", float(right), "wrong", "", cost)
        for phase, step, rights in (("before", 0, before), ("after", 9, after))
        for place, right in zip(
            [*(("eval", f"w{world}", f"eval/{n}") for n in range(24)), *(("probe/P", f"p{world}", f"eval/{n}") for n in range(16))],
            rights,
        )
    ]
    header = {"model": {"sha256": "same"}}
    return TrialRecords(Path(f"{name}{world}"), Trial("E", name, model="m", world=world, steps=9), header, tuple(records), None)


@pytest.mark.parametrize(
    ("agents", "worlds", "experiments"),
    [(2, 3, 40), (5, 3, 20), *(pytest.param(n, w, 200, marks=pytest.mark.slow) for n in (2, 5, 10) for w in (3, 6))],
)
def test_of_agents_that_are_the_same_hardly_one_is_called_dominated(agents: int, worlds: int, experiments: int) -> None:
    """59 % of 5 and 75 % of 10 were, by their points. At most 5 % of agents, and in the short form three standard errors."""
    generator, called = np.random.default_rng([agents, worlds]), 0
    for _ in range(experiments):
        rows = summarize(same_agent(f"a{n}", world, generator) for n in range(agents) for world in range(worlds))
        called += sum(bool(row.dominated_by) for row in rows)
    share, most = called / (agents * experiments), 0.05
    print(f"{agents} agents, {worlds} worlds: {share:.3f} called dominated")
    assert share <= most + 3 * (most * 0.95 / (agents * experiments)) ** 0.5


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


class FormForgetter(Forgetter):
    """The same, but guard it gets right once it was taught the form of an answer, and before nothing: what must not pay for the rest."""

    def say(self, conversation):
        world, query = self.find(first_prompt(conversation))
        if world.family == TASK and query.pool == "guard":
            return self._solve(conversation) if self.taught else "?"
        return super().say(conversation)


PLANTED = {
    "format": Format,
    "knowledge": Knowledge,
    "hacker": Hacker,
    "stuffer": Stuffer,
    "forgetter": Forgetter,
    "form-forgetter": FormForgetter,
}


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
    assert (
        row.above_floor.low <= 0.0 <= row.above_floor.high and row.above_floor.estimate < 0.02 < rows["knowledge"].above_floor.low
    )
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
    assert lean.serving_ratio.estimate == 1.0 and row.serving_ratio.estimate == pytest.approx(5804 / 44)
    read = row.over_trials(lambda metrics: metrics.efficiency.read.ratio)
    assert read.estimate == pytest.approx(5800 / 40) and "×145 5,800; at most 5,804" in page
    assert row.dominated_by == ("knowledge",) and lean.dominated_by == ()
    assert "stuffer is dominated by knowledge" in page


def test_a_forgetter_pays_on_the_third_axis(rows: dict[str, Summary], page: str) -> None:
    row = rows["forgetter"]
    assert row.gain == rows["knowledge"].gain and row.serving_ratio.estimate == 1.0
    assert row.retention.estimate == -1.0 and row.retention.high < 0 and row.worst.estimate == -1.0
    assert row.worst_set.startswith("probe/Probe-Facts-v0") and "knowledge" in row.dominated_by
    assert "forgetter is dominated by knowledge" in page


def test_learning_the_form_does_not_pay_for_forgetting(rows: dict[str, Summary]) -> None:
    row = rows["form-forgetter"]
    assert row.retention == rows["forgetter"].retention and row.retention.estimate == -1.0
    assert isinstance(row.overgeneralization, Undefined) and "at its floor" in row.overgeneralization.reason


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
    assert "this run alone" in page


def test_a_plan_is_made_from_pilot_runs_or_from_stated_spreads(trials, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--gain", "0.1", str(trials[0].folder.parent)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "knowledge on CL-Taste-v0, level 0, 5 worlds" in shown and "env steps" in shown
    assert main(["plan", "--gain", "0.1", "--sd-between", "0.1", "--sd-within", "0.4", "--steps", "100"]) == 0
    # 18 worlds of 16 queries (worked out in test_statistics.py): 1,800 env steps, 2 * 18 * 16 = 576 answers.
    assert re.search(r"16 +18 +0\.099 +1,800 +576", capsys.readouterr().out)


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
