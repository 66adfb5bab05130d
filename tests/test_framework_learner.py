"""CL-Framework: prompts, programs and feedback are read back as they were written; what the ideal learner makes of them."""

from __future__ import annotations

import pytest

from clgym.envs.framework import level0
from clgym.envs.framework.apps import program
from clgym.envs.framework.catalogue import SLOT, SLOTS
from clgym.envs.framework.learner import FrameworkLearner
from clgym.envs.framework.reading import HELPS, read_feedback, read_guard, understand
from clgym.envs.framework.unwriting import unwrite
from clgym.envs.framework.world import FrameworkWorld
from clgym.learning import Seen
from clgym.registry import make_world
from clgym.seeding import seed_of

NAME = "CL-Framework-v0"


def world(level: int, index: int = 0) -> FrameworkWorld:
    made = make_world(NAME, level=level, world=index)
    assert isinstance(made, FrameworkWorld)
    return made


def choices(slot: str) -> tuple[str, ...]:
    return (*SLOT[slot].choices, SLOT[slot].django)


@pytest.mark.parametrize("level", range(4))
def test_prompts_are_read_back(level: int) -> None:
    for index in range(2):
        here = world(level, index)
        for pool in ("learn", "eval"):
            for number in range(60):
                query = here.query(pool, number)
                asked = understand(query.prompt)
                assert asked is not None and asked.house == here.name
                if level == 0:
                    assert asked.op == query.payload
                    continue
                spec = query.payload.spec
                if spec.plan.kind == "create":  # archived rows are no matter there
                    spec = spec._replace(plan=spec.plan._replace(archived=""))
                assert asked.spec == spec, query.prompt
        lines = understand(here.query("transfer/review", 3).prompt)
        assert lines is not None and lines.lines == here.query("transfer/review", 3).payload.lines and lines.house == here.name


def test_the_guards_prompts_are_read_back() -> None:
    here = world(2)
    for number in range(40):
        query = here.query("guard", number)
        assert read_guard(query.prompt) == query.payload.plan


@pytest.mark.parametrize("level", (1, 2, 3))
def test_a_right_answer_tells_what_its_house_is_like(level: int) -> None:
    here = world(level, 1)
    for number in range(6):
        task = here.query("learn", number).payload
        written = unwrite(task.solution.split("\n"), lambda house, spec=task.spec: program(house, spec), choices)
        assert written is not None
        assert all(task.here[slot] in fits for slot, fits in written.slots.items())
        assert written.columns and all(here.house.column(*key) == name for key, name in written.columns.items())
    assert unwrite(["def nothing():"], lambda house: program(house, task.spec), choices) is None


def test_feedback_is_read_back() -> None:
    here = world(3)
    query = here.query("learn", 0)
    house, model = here.house, query.payload.spec.plan.model
    shown = here.grade(query, f"# app/views.py\nhelp()\nhelp({model})\nhelp({model}.{house['objects']})").feedback.diagnosis
    told = read_feedback(shown)
    own = {house.column(model, column) for column in house.schema.own(model).columns}
    assert own <= told.names and told.words["objects"] == house["objects"] and told.words["filter"] == house["filter"]
    assert told.words["HttpResponse"] == house["HttpResponse"] and told.words["save"] == house["save"]
    for slot, helped in HELPS.items():
        thing = (
            f"{model}.{house['objects']}.{house[slot]}" if slot in ("filter", "order_by") else house[slot] if slot in SLOT else slot
        )
        lines = here.grade(query, f"# app/views.py\nhelp({thing})").feedback.diagnosis.split("\n")
        size = len(helped(house))
        read = [unwrite(lines[n : n + size], helped, choices) for n in range(len(lines))]
        assert any(one and all(house[name] in fits for name, fits in one.slots.items()) for one in read), (slot, lines)


def test_hints_name_a_column_and_what_it_holds() -> None:
    here = world(0)
    for number in range(20):
        query = here.query("learn", number)
        op, house = query.payload, here.house
        other = next(column for column in house.schema.own(op.model).columns if column != op.column)
        wrong = here.solve(query).replace(house.column(op.model, op.column), house.column(op.model, other))
        told = read_feedback(here.grade(query, wrong).feedback.diagnosis)
        assert (op.model, other, house.column(op.model, other)) in told.columns


def test_rules_are_read_back_from_what_a_colleague_says() -> None:
    for slot in SLOTS:
        if slot.group == "semantics":
            for choice in slot.choices:
                assert read_feedback(f"This works in Django and not here. {slot.sentence(choice)}").rules[slot.name] == choice


def taught(here: FrameworkWorld, rung: str, steps: int) -> FrameworkLearner:
    learner = FrameworkLearner(here.level, seed=0)
    for index in here.order("learn", seed_of("order").draw())[:steps]:
        query = here.query("learn", index)
        answer = learner.reply([{"role": "user", "content": query.prompt}], ())
        grade, right = here.grade(query, answer), here.solve(query)
        feedback = grade.feedback.at("diagnosis", grade.reward) if rung in ("diagnosis", "correction") else ""
        correction = right if rung in ("gold", "correction") and answer != right else ""
        reward = None if rung in ("blind", "gold") else grade.reward
        conversation = ({"role": "user", "content": query.prompt},)
        learner._take(Seen(conversation, answer, reward, feedback, correction, (), 1, True))
    learner.frozen = True
    return learner


def right(here: FrameworkWorld, learner: FrameworkLearner, pool: str, count: int) -> float:
    """The share of queries that it answers as the oracle does."""
    queries = [here.query(pool, index) for index in range(count)]
    return sum(learner.reply([{"role": "user", "content": q.prompt}], ()) == here.solve(q) for q in queries) / count


@pytest.mark.parametrize(
    ("rung", "steps", "least"), [("blind", 60, 0.0), ("gold", 150, 0.9), ("diagnosis", 120, 0.9), ("correction", 100, 0.95)]
)
def test_level_0_is_learned_from_every_kind_of_feedback(rung: str, steps: int, least: float) -> None:
    here = world(0, 1)
    learner = taught(here, rung, steps)
    share = right(here, learner, "eval", 80)
    assert share >= least and (rung != "blind" or share <= 0.05)
    if rung == "correction":
        assert right(here, learner, "guard", 30) == 1.0
        for seen in learner.seen[-40:]:  # it answers its own history as it was corrected
            query = next(here.query("learn", n) for n in range(here.pools["learn"]) if here.query("learn", n).prompt == seen.prompt)
            assert here.grade(query, learner.reply(seen.conversation, ())).reward == 1.0


def test_level_1_is_learned_and_the_review_with_it() -> None:
    here = world(1)
    learner = taught(here, "correction", 220)
    assert right(here, learner, "eval", 60) >= 0.85 and right(here, learner, "transfer/review", 30) >= 0.9
    assert right(here, learner, "guard", 20) == 1.0


@pytest.mark.slow
def test_forty_exchanges_are_too_few_for_level_3() -> None:
    here = world(3)
    assert right(here, taught(here, "correction", 40), "eval", 100) < 0.5


def test_what_decides_an_answer_is_what_its_writer_reads() -> None:
    here = world(0)
    query = here.query("eval", 0)
    house = here.house
    assert f"objects={house['objects']}" in here.deciders(query)
    assert (
        f"{query.payload.model}.{query.payload.column}={house.column(query.payload.model, query.payload.column)}"
        in here.deciders(query)
    )
    assert level0.write(house, query.payload) == here.solve(query)
    assert not here.deciders(here.query("guard", 0))


@pytest.mark.slow
@pytest.mark.parametrize("level", range(4))
def test_every_drawn_rule_decides_one_in_twenty_of_the_answers(level: int) -> None:
    for index in range(3):
        here = world(level, index)
        seen = [here.deciders(here.query("eval", number)) for number in range(320)]
        drawn = [f"{slot}={choice}" for slot, choice in here.house.drawn if choice != SLOT[slot].django]
        shares = {rule: sum(rule in some for some in seen) / 320 for rule in drawn}
        assert min(shares.values()) >= 0.04, min(shares.items(), key=lambda pair: pair[1])
