"""One function for each number: whoever shows it, shows the same. Records made by hand, read by every consumer."""

from __future__ import annotations

import importlib.util
import io
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from clgym.agent import Cost
from clgym.metrics import Undefined, measure, studies, summarize, to_json
from clgym.records import AnswerRecord, Trial, TrialRecords
from clgym.report.gather import gather

DOCS = Path(__file__).parents[1] / "docs"


def answers(phase: str, set: str, rewards: list[float | None], *, step: int = 0, world: str = "w") -> list[AnswerRecord]:
    """One answer for each reward, to queries set/0, set/1, ..."""
    outcomes = ["failed" if reward is None else "wrong" for reward in rewards]
    return [
        AnswerRecord(phase, step, set, world, f"{set}/{place}", "?", "!", reward, outcome, "", Cost(flops=1.0))
        for place, (reward, outcome) in enumerate(zip(rewards, outcomes))
    ]


def trial(agent: str, *answered: list[AnswerRecord], **settings) -> TrialRecords:
    settings = {"env": "E", "agent": agent, "steps": 100, **settings}
    made = Trial(**settings)
    folder = Path("t") / f"{agent}-{made.world}-{made.seed}-{made.feedback}"
    return TrialRecords(folder, made, {"versions": {"clgym": "1"}}, tuple(sum(answered, [])), None)


def forgetful(agent: str, first: float, probe: float) -> TrialRecords:
    """Gains nothing; 64 queries of one probe fall from 1 to ``first``, 16 of another from 1 to ``probe``; guard rises from 0."""
    return trial(
        agent,
        *(answers(phase, "eval", [0.0, 1.0]) for phase in ("before", "after")),
        answers("before", "guard", [0.0] * 64),
        answers("after", "guard", [1.0] * 64),
        answers("before", "probe/Probe-O-v0", [1.0] * 64),
        answers("after", "probe/Probe-O-v0", [first] * 64),
        answers("before", "probe/Probe-P-v0", [1.0] * 16),
        answers("after", "probe/Probe-P-v0", [probe] * 16),
    )


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """docs/table.py."""
    found = importlib.util.spec_from_file_location("docs_table", DOCS / "table.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def terminal(trials: list[TrialRecords]) -> str:
    from rich.console import Console

    from clgym.sweep.display import summary_tables

    console = Console(file=io.StringIO(), width=200)
    for shown in summary_tables(summarize(trials)):
        console.print(shown)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_retention_is_the_mean_over_sets_for_every_consumer(table: ModuleType) -> None:
    # "a" loses all of one probe and nothing of the other: (-1 + 0) / 2 = -.5; over all 80 queries it would be -.8, and guard would pay for half.
    # "b" loses .65 of both. One world tells nobody apart.
    pytest.importorskip("jinja2")
    from clgym.report import render
    from clgym.submission import leaderboard

    trials = [forgetful("a", 0.0, 1.0), forgetful("b", 0.35, 0.35)]
    assert to_json(measure(trials[0]))["retention"]["mean"] == -0.5
    a, b = summarize(trials)
    assert (a.retention.estimate, b.retention.estimate) == (-0.5, pytest.approx(-0.65))
    assert a.point.retention == -0.5 and a.dominated_by == () and b.dominated_by == ()
    # Nothing differs within a set. Both weigh alike, with 16 numbers each: b = 1 - .025^(1/32) = .10888.
    assert (a.retention.low, a.retention.high) == pytest.approx((-0.55444, -0.44556), abs=1e-5)
    (shown,) = gather(trials)
    assert shown.rows[0].retention == ("−0.50", "[−0.55, −0.45], this run alone", False)
    assert set(shown.frontier) == {"a", "b"}
    assert "-0.50" in terminal(trials)
    entry = leaderboard.Entry("ours", "ours.tar.gz", "a, b", "2026-01-01", "", "0" * 64, 2, "self-reported", 1)
    bundles = leaderboard.render([leaderboard.Submission(entry, tuple(trials))], {})
    for page in (render(trials), bundles, table.one_task(summarize(trials), True), terminal(trials)):
        page = re.sub(r"<svg.*?</svg>", "", page).replace("−", "-")  # ticks of an axis are no numbers of an agent
        assert "-0.80" not in page and "-0.50" in page


def test_retention_of_seeds_and_worlds_is_that_of_their_sets() -> None:
    # World 0, two seeds: one probe -1 and 0 (-.5), the other 0: -.25. World 1: 0 and -.5: -.25 as well.
    def one(seed: int, world: int, guard: float, probe: float) -> TrialRecords:
        return trial("a", *forgetful_records(guard, probe), seed=seed, world=world)

    def forgetful_records(guard: float, probe: float) -> list[list[AnswerRecord]]:
        return [
            answers("before", "probe/O", [1.0] * 4),
            answers("after", "probe/O", [guard] * 4),
            answers("before", "probe/P", [1.0]),
            answers("after", "probe/P", [probe]),
        ]

    (row,) = summarize([one(0, 0, 0.0, 1.0), one(1, 0, 1.0, 1.0), one(0, 1, 1.0, 0.5)])
    assert row.retention.estimate == -0.25
    assert {name: found.estimate for name, found in row.changes.items()} == {"probe/O": -0.25, "probe/P": -0.25}


def test_knowledge_gain_is_paired_by_query_in_a_trial_a_summary_and_a_study() -> None:
    # Query 1 was not graded before: gain is over queries 0 and 2, knowledge gain over all three: (.5 + 1 + 0) / 3.
    records = [
        answers("before", "eval", [0.0, None, 0.0]),
        answers("after", "eval", [1.0, 1.0, 0.0]),
        answers("placebo", "eval", [0.5, 0.0, 0.0]),
    ]
    found = trial("a", *records)
    assert measure(found).gain.knowledge_gain == 0.5 and measure(found).gain.gain == 0.5
    (row,) = summarize([found])
    assert row.knowledge_gain.estimate == 0.5 and row.gain.estimate == 0.5
    (study,) = studies([found, trial("a", *records, feedback="none")], "feedback")
    for condition in study.conditions:
        assert (condition.gain, condition.knowledge_gain) == (row.gain, row.knowledge_gain)
    (view,) = gather([found])
    numbers = {title: cells[0] for title, cells in view.every_number.rows}
    assert numbers["knowledge gain (less placebo)"] == view.rows[0].knowledge


def test_the_area_is_the_same_in_report_and_table(table: ModuleType) -> None:
    # Areas of five worlds: 0, 0, 0, 0, .5; their mean is .1, and the world that does otherwise shows.
    ends = [0.0, 0.0, 0.0, 0.0, 1.0]
    trials = [
        trial("a", answers("before", "eval", [0.0]), answers("after", "eval", [end], step=100), world=world)
        for world, end in enumerate(ends)
    ]
    (row,) = summarize(trials)
    assert row.area.estimate == pytest.approx(0.1)
    (view,) = gather(trials)
    assert view.rows[0].area.main == dict(view.every_number.rows)["area under normalized curve"][0].main == "0.10"
    columns, cells = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.one_task([row], True).splitlines()
        if line.startswith(("| agent", "| a "))
    )
    assert cells[columns.index("area")] == "+0.10"


def test_a_learning_curve_is_the_same_in_numbers_and_in_the_figure() -> None:
    # θ_0 also answers what the world drifts to (.5): the curve starts in the world as it was (.25). At step 50 a query failed.
    trials = [
        trial(
            "a",
            answers("before", "eval", [0.0, 0.5]),
            answers("before", "eval", [0.5, 0.5], world="w+1"),
            answers("checkpoint", "eval", [0.5, None], step=50),
            answers("after", "eval", [1.0, 1.0], step=100, world="w+1"),
            world=world,
        )
        for world in range(2)
    ]
    points = measure(trials[0]).sample_efficiency.curve
    assert [(point.step, point.mean) for point in points] == [(0, 0.25), (50, 0.5), (100, 1.0)]
    (view,) = gather(trials)
    for place, mean in ((0, "0.25"), (50, "0.50"), (100, "1.00")):
        assert f"a, {place} env steps: {mean} [" in view.curves


def test_bands_of_rewards_stay_where_rewards_are() -> None:
    # Two worlds at .1 and .9: with one degree of freedom the interval would reach from -4.6 to 5.6.
    trials = [
        trial("a", answers("before", "eval", [0.5] * 4), answers("after", "eval", [end] * 4, step=100), world=world)
        for world, end in enumerate((0.1, 0.9))
    ]
    (row,) = summarize(trials)
    (view,) = gather(trials)
    assert (row.r_N.low, row.r_N.high) == (0.0, 1.0)
    assert "a, 100 env steps: 0.50 [0.00, 1.00]" in view.curves


def test_equal_numbers_have_one_interval_everywhere(table: ModuleType) -> None:
    # 12 of 12 right, before and after, in one world: reward [.025^(1/12), 1] = [.74, 1]; nothing can be gained, and .26 lost.
    found = trial("a", answers("before", "eval", [1.0] * 12), answers("after", "eval", [1.0] * 12))
    (view,) = gather([found])
    assert view.rows[0].r_N == ("1.00", "[0.74, 1.00], this run alone", False)
    assert view.rows[0].gain == ("0.00", "[−0.26, 0.00], this run alone", False)
    assert "0.00 [-0.26, 0.00]" in terminal([found]) and "-0.00" not in terminal([found])
    assert "[0.74, 1.00]".replace(" ", "\xa0") in table.one_task(summarize([found]), True)
    from clgym.calibration.verdict import measured

    scores = {(0, f"eval/{place}"): 1.0 for place in range(12)}
    (row,) = summarize([found])
    assert measured(scores) == row.r_N
    json.dumps(to_json(row.r_N), allow_nan=False)


def test_trials_whose_worlds_differ_have_no_mean_of_any_number() -> None:
    from dataclasses import replace

    def made(world: int, generator: int) -> TrialRecords:
        found = trial("a", answers("before", "eval", [0.0]), answers("after", "eval", [1.0], step=100), world=world)
        return replace(found, header={"generators": {"E": generator}})

    (row,) = summarize([made(0, 1), made(1, 2)])
    for estimate in (row.gain, row.retention, row.area, row.over_trials(lambda metrics: metrics.gain.gain)):
        assert isinstance(estimate, Undefined) and "several versions of the generator" in estimate.reason
