"""Any text is graded: Hypothesis looks for an answer that a grader stumbles over, in every family, level and pool.

``make test`` tries a few hundred answers, the same ones every time; ``make fuzz`` sets CLGYM_FUZZ=10000 and draws new ones.
"""

from __future__ import annotations

import functools
import math
import os
import signal
from collections.abc import Iterator

import pytest

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clgym.core import FEEDBACK_LEVELS, OUTCOMES, Turn, World, play
from clgym.env import MAX_CHARS, MAX_OBSERVATION, grade_answer
from clgym.registry import make_world
from clgym.registry.builtin import FAMILIES

ANSWERS = int(os.environ.get("CLGYM_FUZZ", "0"))
EACH = max(20, math.ceil(ANSWERS / len(FAMILIES)))

#: One answer that takes longer than this is a hang, on any machine.
HANG_SECONDS = 120

CODE = (
    """function ( ) { } [ ] => = == === != + - * / % ** ; , . : ? ! && || "a" 'b' `c ${d}` 0 1 2.5 1e999 0x10 x y n i s f g this null undefined
true false None True False return let const var if else for while do of in new class def lambda pass import from as try except catch finally
throw raise yield await async say print console.log len range map filter reduce push length objects filter( GET POST PUT DELETE /items?id=1
HTTP/1.1 { "a": 1 } select where <a> </a> \\n \\u0041 \\ @ # $ & | ~ ^ < > ``` -- // /* */ \"\"\" __step() __step__""".split(" ")
    + ["\n", "\n    ", "\t", " "]
)

texts = st.text(max_size=200)
codes = st.lists(st.sampled_from(CODE), max_size=40).map(" ".join)
repeated = st.builds(
    lambda piece, times: piece * times,
    st.sampled_from(["(", "[", "{", "a ", "1+", "-", ".b", "f(", "{[", "\n", "ä", "🙂", "\0"]),
    st.integers(1, 6000),
)


@st.composite
def edits(draw: st.DrawFn):
    """A change of a right answer: from (that answer, the question) to another text."""
    kind = draw(st.sampled_from(["cut", "double", "insert", "replace", "case", "fence", "borrow", "swap", "quote"]))
    start, stop, other = draw(st.floats(0, 1)), draw(st.floats(0, 1)), draw(st.one_of(texts, codes))

    def edit(right: str, question: str) -> str:
        a, b = sorted((int(start * len(right)), int(stop * len(right))))
        words = right.split(" ")
        changed = {
            "cut": right[:a] + right[b:],
            "double": right[:b] + right[a:],
            "insert": right[:a] + other + right[a:],
            "replace": right[:a] + other + right[b:],
            "case": right[:a] + right[a:b].swapcase() + right[b:],
            "fence": f"```\n{right}\n```" if a % 2 else f"{other}\n```js\n{right}",
            "borrow": right[:a] + question[int(start * len(question)) :][:60] + right[b:],
            "swap": " ".join(words[::-1]),
            "quote": f'"{right}"' if a % 2 else f"The answer is {right}.",
        }
        return changed[kind]

    return edit


#: An answer as a function of the right one and the question; most of them near the right one, where graders have the most to read.
answers = st.one_of(
    st.lists(edits(), min_size=1, max_size=3).map(
        lambda some: lambda right, question: functools.reduce(lambda text, edit: edit(text, question), some, right)
    ),
    st.one_of(texts, codes, repeated).map(lambda text: lambda right, question: text),
)


@functools.cache
def world_of(name: str, level: int) -> World:
    return make_world(name, level=level, world=1)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A grader that never comes back ends with a traceback of where it is."""

    def hung(*_: object) -> None:
        raise TimeoutError(f"no grade after {HANG_SECONDS} s")

    before = signal.signal(signal.SIGALRM, hung)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def check(turn: Turn) -> None:
    grade, feedback = turn.grade, turn.grade.feedback
    assert grade.outcome in OUTCOMES and grade.outcome != "failed", grade
    assert 0.0 <= grade.reward <= 1.0
    assert feedback.verdict and len(turn.observation) < MAX_OBSERVATION
    said = [feedback.at(rung, grade.reward) for rung in FEEDBACK_LEVELS]
    assert all(more.startswith(less) for less, more in zip(said, said[1:]))
    (turn.observation + said[-1]).encode("utf-8")


@pytest.mark.parametrize("name", [row.id for row in FAMILIES])
def test_any_answer_gets_a_grade(name: str) -> None:
    levels = next(row.levels for row in FAMILIES if row.id == name)

    @settings(
        max_examples=EACH,
        deadline=None,
        derandomize=not ANSWERS,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if ANSWERS else [Phase.generate],
    )
    @given(level=st.sampled_from(list(levels)), data=st.data(), answer=answers)
    def grades(level: int, data: st.DataObject, answer) -> None:
        world = world_of(name, level)
        pool = data.draw(st.sampled_from(sorted(world.pools)))
        query = world.query(pool, data.draw(st.integers(0, world.pools[pool] - 1)))
        signal.alarm(HANG_SECONDS)
        # What is graded is what an agent's answer becomes: cut off where it is longer than an env reads.
        played = play(world, query, lambda episode, observation: answer(episode.solve(), observation)[:MAX_CHARS])
        signal.alarm(0)
        assert played.turns and 0.0 <= played.score <= 1.0
        for turn in played.turns:
            check(turn)

    grades()


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(text=st.text(st.characters(), max_size=50), times=st.sampled_from([1, 1000]))
def test_the_environment_reads_halves_of_characters_and_answers_that_are_too_long(text: str, times: int) -> None:
    world = world_of("CL-Conlang-v0", 0)
    query = world.query("eval", 0)
    check(grade_answer(query, world.episode(query), (text + "\ud800") * times))
