"""What is harmless around a right answer is harmless everywhere: every family, level and pool against every dressing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from clgym.core import Query, World, play
from clgym.registry import make_world
from clgym.registry.builtin import FAMILIES
from clgym.seeding import seed_of
from clgym.text import answers
from clgym.text.answers import DRESSED, FORMS

CELLS = [pytest.param(row.id, level, id=f"{row.id}-level{level}") for row in FAMILIES for level in row.levels]
#: Queries of each pool that are answered in every dress.
SAMPLE = 3


def check_dressing(world: World, queries: Iterable[Query]) -> None:
    """The oracle's answers earn 1.0 in every dress that is harmless for their form (:meth:`clgym.core.World.form`)."""
    for query in queries:
        form = world.form(query)
        assert form in FORMS, (query.id, form)
        for dressing in DRESSED:
            if form in dressing.forms:
                played = play(world, query, lambda episode, observation, dress=dressing.dress: dress(episode.solve()))
                last = played.turns[-1].grade
                assert played.score == 1.0, (dressing.name, form, query, dressing.dress(world.solve(query)), last)


@pytest.mark.parametrize(("name", "level"), CELLS)
def test_a_right_answer_is_right_in_any_dress(name, level):
    world = make_world(name, level=level)
    for pool, size in world.pools.items():
        chosen = seed_of("dressing", name, pool).draw().sample(range(size), min(SAMPLE, size))
        check_dressing(world, [world.query(pool, index) for index in chosen])


@pytest.mark.parametrize(
    "answer",
    [
        "approve or refuse",
        "approveapprove",
        "approve approve",
        "The answer is approve, I think.",
        '"approve" or "refuse"',
        "**approve** or **refuse**",
        "$approve$ or $refuse$",
        "\\boxed{approve} \\boxed{refuse}",
        "- approve\n- refuse",
        "1. approve\n2. refuse",
        "Here it is:\n```\napprove\n```",
        "```\napprove\n```\nThat is my answer.",
        "```\napprove\n```\n```\nrefuse\n```",
        "Action: approve\nAction: refuse",
        "not approve",
        "~approve~",
        "approve...",
    ],
)
def test_what_is_no_dressing_stays(answer):
    assert answers.plain(answer, ("action",)) != "approve"


@pytest.mark.parametrize(
    "code",
    [
        "- 1",
        "+ x",
        "* rest",
        "1. + 2",
        "1.",
        "$x$",
        "$",
        "*a*",
        "**kwargs**",
        '"a" + "b"',
        "'x'",
        "`a${b}`",
        "_x_",
        "__name__",
        "\\text{a}",
        "answer: while (true) {}",
        "{'answer': 1}",
        "  x = 1\n  y = 2",
        "x = '\u200b'",
    ],
)
def test_what_may_be_code_stays(code):
    assert answers.code(code) == code
    assert answers.code(f"```python\n{code}\n```") == code.rstrip()


def test_a_fence_holds_the_whole_answer_or_is_none():
    assert answers.unfence("````md\n```\nx\n```\n````") == "```\nx\n```"
    assert answers.unfence("~~~\nx\n~~~") == "x"
    for text in ("```x``` or ```y```", "x ```y```", "``````", "```", "``x``", "`" * 5):
        assert answers.unfence(text) == text


def test_only_the_names_of_fields_come_off():
    assert answers.plain("Action: Park", ("action",)) == "park"
    assert answers.plain("Action: Park") == "action: park"
    assert answers.plain("**Final answer:** Park") == answers.plain("Answer : Park") == "park"
    assert answers.plain("Answer") == "answer" and answers.plain("9:30") == "9:30"


def test_dressing_that_lies_in_dressing_comes_off_to_a_depth():
    assert answers.plain('- **"Answer: `$\\boxed{\\text{Park}}$`."**') == "park"
    assert len(answers.plain('"' * 1000 + "x" + '"' * 1000)) > 1900
    assert answers.plain("") == answers.plain("```\n```") == answers.plain("\u200b") == ""


def test_texts_keep_their_own_marks():
    assert answers.unwrap("- milk\n- tea.") == "- milk\n- tea."
    assert answers.unwrap("```\n- milk\n- tea.\n```") == "- milk\n- tea."
    assert answers.unwrap("**Dear Ann,**\nhello.") == "**Dear Ann,**\nhello."
