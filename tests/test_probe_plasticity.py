"""Probe-Plasticity-v0: a world in every prompt, told by its examples, known to nobody beforehand."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from clgym.core import World
from clgym.registry import make_world
from clgym.seeding import seed_of


@pytest.fixture(params=[0, 1], ids=["easy", "hard"])
def world(request: pytest.FixtureRequest) -> World:
    return make_world("Probe-Plasticity-v0", level=request.param)


def questions(world: World) -> list:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def test_there_are_enough_and_two_worlds_share_none(world: World) -> None:
    mine = {query.prompt for query in questions(world)}
    assert len(mine) == world.pools["eval"] >= 300
    assert not mine & {query.prompt for query in questions(make_world("Probe-Plasticity-v0", level=world.level, world=1))}


def test_the_oracle_is_right_and_nothing_else_pays(world: World) -> None:
    asked = questions(world)
    assert all(world.grade(query, world.solve(query)).reward == 1 for query in asked)
    answers = Counter(world.solve(query) for query in asked)
    assert max(answers.values()) / len(asked) <= 0.05
    for number in range(3):
        draw = seed_of("guess", number).draw()
        assert sum(world.grade(query, world.sample_answer(query, draw)).reward for query in asked) / len(asked) <= world.floor(
            "eval"
        )
        # A word of the prompt at random is what somebody says who reads and does not learn.
        found = [world.grade(query, draw.choice(re.findall(r"\w+", query.prompt))).reward for query in asked]
        assert sum(found) / len(asked) <= world.floor("eval")


def test_an_answer_that_is_looked_up_is_in_the_prompt_and_a_made_one_is_not() -> None:
    world = make_world("Probe-Plasticity-v0", level=0)
    for query in questions(world):
        if " means " in query.prompt:
            assert query.prompt.count(world.solve(query)) >= 1


def read_labels(prompt: str) -> dict[str, str]:
    return dict(re.findall(r"^(.+) -> (\w+)$", prompt, re.M))


def test_examples_tell_which_label_is_right() -> None:
    """A reader who knows animals from tools finds every label; so does one who knows the colour that overrules."""
    from clgym.envs.probes.plasticity import _KINDS

    kind_of = {name: number for number, kind in enumerate(_KINDS) for name in kind}
    for level in (0, 1):
        world = make_world("Probe-Plasticity-v0", level=level)
        seen = 0
        for query in questions(world):
            asked = re.search(r"^(?:(\w+) )?(\w+) ->$", query.prompt, re.M)
            labels = read_labels(query.prompt)
            if not asked or asked[2] not in kind_of or not all(name.split()[-1] in kind_of for name in labels):
                continue
            seen += 1
            by_kind: dict[int, Counter] = {}
            colours: dict[str, set[str]] = {}
            for name, label in labels.items():
                *colour, thing = name.split()
                by_kind.setdefault(kind_of[thing], Counter())[label] += 1
                for each in colour:
                    colours.setdefault(each, set()).add(label)
            usual = {kind: found.most_common(1)[0][0] for kind, found in by_kind.items()}
            special = {label for name, label in labels.items() if label not in usual.values()}
            overrules = [colour for colour, found in colours.items() if found <= special]
            answer = special.copy().pop() if asked[1] in overrules else usual[kind_of[asked[2]]]
            assert world.solve(query) == answer, query.prompt
        assert seen > 40


def test_sums_have_one_rule_only() -> None:
    world = make_world("Probe-Plasticity-v0", level=1)
    for query in questions(world):
        rows = [tuple(map(int, row)) for row in re.findall(r"^(\d+) [@#%~&] (\d+) = (\d+)$", query.prompt, re.M)]
        if rows:
            x, y = map(int, re.search(r"(\d+) [@#%~&] (\d+) =$", query.prompt).groups())
            fits = {
                a * x + b * y + c
                for a in range(5)
                for b in range(5)
                for c in range(12)
                if all(a * one + b * two + c == result for one, two, result in rows)
            }
            assert fits == {int(world.solve(query))}, query.prompt


def test_codes_are_those_that_the_feedback_names() -> None:
    world = make_world("Probe-Plasticity-v0", level=1)
    for query in questions(world):
        spans = re.findall(r"orders (below|of|from) (\d+)(?: or more| up to but not including (\d+))? get (\w+)", query.prompt)
        if spans:
            amount = int(re.findall(r"An order of (\d+) coins", query.prompt)[-1])
            (code,) = [
                code
                for kind, one, two, code in spans
                if (amount < int(one) if kind == "below" else amount >= int(one) and (not two or amount < int(two)))
            ]
            assert world.solve(query) == code
