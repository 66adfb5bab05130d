"""Playbook reads what it writes, and its ideal learner learns from what an agent is shown."""

from __future__ import annotations

import pytest

from clgym import make_world
from clgym.certify.plan import Job
from clgym.certify.run import curve
from clgym.envs.playbook.feedback import reason
from clgym.envs.playbook.induction import apply, covering
from clgym.envs.playbook.policy import paths
from clgym.envs.playbook.reading import LIMIT, company, meant, read, rules_in, understand
from clgym.envs.playbook.roster import CLIENT, FIRST

ENV = "CL-Playbook-v0"
LEVELS = range(4)


@pytest.mark.parametrize("level", LEVELS)
def test_every_prompt_reads_back_as_its_case(level):
    for index in range(3):
        world = make_world(ENV, level=level, world=index)
        for pool in world.pools:
            for place in range(40):
                query = world.query(pool, place)
                asked, payload = understand(query.prompt, query.options), query.payload
                assert asked is not None and (asked.key, asked.facts) == (payload.book.key, payload.facts[:FIRST]), query.prompt
                assert pool == "guard" or asked.names == payload.mentions
                assert asked.clause == (payload.kind == "clause")
                assert pool == "guard" or company(query.prompt) == world.name
                if payload.kind == "line":
                    assert asked.choices == (
                        ("action", payload.book.actions),
                        *((field.name, field.choices) for field in payload.book.fields),
                    )


@pytest.mark.parametrize("level", LEVELS)
def test_remarks_name_the_clause_that_decides_and_what_it_rests_on(level):
    world = make_world(ENV, level=level, world=1)
    for place in range(120):
        query = world.query("learn", place)
        book, facts = query.payload.book, query.payload.facts
        path = book.action(facts)
        for answer in (world.solve(query), *(action for action in book.actions if level < 2)):
            said = read(world.grade(query, answer).feedback.diagnosis, book.key, book.actions)
            named = next(one for one in said if one.whole)
            assert named.code == path[-1].code == reason(book, path).code
            needed = {test for clause in path for test in clause.tests}
            assert set(named.tests or ()) == {t._replace(value=LIMIT) if t.kind in ("over", "upto") else t for t in needed}
            told = meant(world.grade(query, answer).feedback.diagnosis)
            client = (path[-1].outcome, query.payload.mentions[0], facts[CLIENT])
            assert told == (client if book.terms else None)


@pytest.mark.parametrize("level", LEVELS)
def test_the_rules_that_a_guard_shows_read_back(level):
    world = make_world(ENV, level=level, world=2)
    for place in range(12):
        query = world.query("guard", place)
        book = query.payload.book
        lists = (("action", book.clauses), *((field.name, field.clauses) for field in book.fields))
        wanted = [
            (part, path[-1].code, set(path[-1].tests), path[-1].outcome) for part, clauses in lists for path in paths(clauses)
        ]
        found = rules_in(query.prompt, book.key, book.actions)
        assert [(part, code, set(tests), outcome) for part, code, tests, outcome in found] == wanted
    assert rules_in(world.query("learn", 0).prompt, book.key, book.actions) == []


def test_a_text_that_is_no_case_is_none():
    for text in ("", "What is the capital of France?", "x" * 100_000, "\ud800 {name} {n}"):
        assert understand(text) is None and read(text, "refunds") == [] and company(text) == ""


def test_a_list_is_made_of_cases_by_sequential_covering():
    cases = [((a, b, -1, -1, -1, -1, -1, -1), "x" if a == 0 else "y" if b == 1 else "z") for a in range(3) for b in range(3)] * 2
    made = covering(cases, "expenses")
    assert all(apply(made, facts) == right for facts, right in cases)


@pytest.mark.parametrize(
    ("level", "steps"),
    [(0, 60), (1, 500), pytest.param(2, 2_000, marks=pytest.mark.slow), pytest.param(3, 6_000, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("kind", ["correction", "diagnosis"])
def test_the_learner_learns_every_pool_and_keeps_its_own_history(level, steps, kind):
    found = curve(Job(ENV, level, 1, kind, 3, steps, 48, "train", 250.0))
    assert found["points"][-1]["eval"] >= (0.97 if kind == "correction" else 0.9)
    assert min(found["pools"].values()) >= 0.9 and found["history"] >= 0.99


def test_prompts_alone_teach_nothing_and_words_more_than_the_reward():
    ends = {
        kind: curve(Job(ENV, 1, 1, kind, 4, 48, 96, "train", 60.0))["points"][-1]["eval"]
        for kind in ("blind", "score", "diagnosis")
    }
    assert ends["blind"] <= make_world(ENV, level=1, world=4).floor("eval") + 0.05
    assert ends["score"] < ends["diagnosis"]
