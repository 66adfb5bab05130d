"""The probe of reasoning: reasoning-gym's puzzles, the same everywhere, and no mark for anything but the bare answer."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given
from hypothesis import strategies as st

from clgym.core import World
from clgym.envs.probes import reasoning
from clgym.errors import MissingExtra
from clgym.registry import make_world
from clgym.seeding import seed_of


@pytest.fixture(params=[0, 1], ids=["easy", "hard"])
def world(request: pytest.FixtureRequest) -> World:
    return make_world("Probe-Reasoning-v0", level=request.param)


def questions(world: World) -> list:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def of(world: World, kind: str) -> list:
    return [query for query in questions(world) if query.payload.payload.kind.dataset == kind]


def test_every_kind_has_its_puzzles_and_no_answer_is_common(world: World) -> None:
    kinds = Counter(str(query.payload.payload.kind) for query in questions(world))
    assert len(kinds) >= 6 and set(kinds.values()) == {16}
    answers = Counter(world.solve(query) for query in questions(world))
    assert max(answers.values()) / world.pools["eval"] <= world.floor("eval")


def test_the_oracle_is_right_dressed_or_not_and_never_with_an_essay(world: World) -> None:
    for query in questions(world):
        right = world.solve(query)
        for dressed in (right, f"```\n{right}\n```", f"  {right}\n", f'"{right}"', f"\\boxed{{{right}}}"):
            assert world.grade(query, dressed).reward == 1.0, dressed
        for essay in (f"{right} or not", f"{right}\n{right}", f"I think that {right}", f"{right} because I say so", f"not {right}",
                      f"{right} {right}", f"\\boxed{{{right}}} \\boxed{{{right}}}", f"The answer is {right} or {right}", f"The answer is {right}. I am sure."):  # fmt: skip
            assert world.grade(query, essay).reward == 0.0, essay


def test_a_sentence_that_restates_the_question_is_an_answer() -> None:
    world = make_world("Probe-Reasoning-v0", level=0)
    for query in of(world, "needle_haystack"):
        told = query.payload.payload.question.removeprefix("Who ").split("?")[0]
        right = world.solve(query)
        assert world.grade(query, f"The answer is: {right}.").outcome == "correct"
        assert world.grade(query, f"{right} {told}.").outcome == "correct"
        other = next(name for name in map(world.solve, of(world, "needle_haystack")) if name != right)
        assert world.grade(query, f"{other} {told}.").outcome == "wrong"
        assert world.grade(query, f"{right} or {other} {told}.").outcome == "malformed"
        assert world.grade(query, f"{right} does not, as {other} {told}.").outcome == "malformed"
    for query in of(world, "chain_sum"):
        assert world.grade(query, f"The answer to the given arithmetic problem is {world.solve(query)}.").outcome == "correct"


def test_after_solved_puzzles_the_first_answer_counts_and_no_other() -> None:
    world = make_world("Probe-Reasoning-v0", level=0)
    shown = [query for query in questions(world) if query.prompt.startswith("Q: ")]
    assert len(shown) >= 48
    for query in shown:
        right, other = world.solve(query), next(world.solve(one) for one in shown if world.solve(one) != world.solve(query))
        assert query.prompt.endswith("\nA:") and query.prompt.count("Q: ") == 3
        assert world.grade(query, f"A: {right}\n\nQ: Who else?\nA: {other}").outcome == "correct"
        assert world.grade(query, f"{right}\nA: {other}").outcome == "correct"
        assert world.grade(query, f"{other}\nA: {right}").reward == 0.0
        assert world.grade(query, f"{other}, {right}").reward == 0.0


def test_other_right_answers_are_right_where_the_verifier_says_so() -> None:
    world = make_world("Probe-Reasoning-v0", level=1)
    query = of(world, "knights_knaves")[0]
    first, *rest = world.solve(query).rstrip(".").split(", ")
    turned = ", ".join([*(part.removeprefix("and ") for part in rest), f"and {first}"])
    assert world.grade(query, turned).outcome == "correct"
    # The verifier itself is content with words around these; the probe is not.
    spoken = f"so {turned} quite surely"
    assert query.payload.payload.score(turned) == 1.0
    assert world.grade(query, spoken).outcome == "malformed"


def test_a_path_is_checked_on_its_grid() -> None:
    world = make_world("Probe-Reasoning-v0", level=1)
    for query in of(world, "shortest_path"):
        right = world.solve(query)
        if right == "infeasible":
            continue
        back = {"up": "down", "down": "up", "left": "right", "right": "left"}[right.split()[-1]]
        longer = f"{right} {back} {right.split()[-1]}"
        assert world.grade(query, longer).outcome == "wrong"
        assert world.grade(query, "up " * 30).outcome in ("wrong", "malformed")


def test_part_marks_are_not_given() -> None:
    world = make_world("Probe-Reasoning-v0", level=1)
    query = of(world, "mini_sudoku")[0]
    right = world.solve(query)
    other = right[:-1] + ("1" if right[-1] != "1" else "2")
    assert 0 < query.payload.payload.score(other) < 1
    assert (world.grade(query, other).outcome, world.grade(query, other).reward) == ("wrong", 0.0)
    assert world.grade(query, right.replace(" ", "")).outcome == "malformed"


@given(answer=st.text(max_size=120), place=st.integers(0, 95))
def test_any_text_is_graded(answer: str, place: int) -> None:
    world = make_world("Probe-Reasoning-v0", level=0)
    grade = world.grade(world.query("eval", place), answer)
    assert grade.reward in (0.0, 1.0) and grade.feedback.verdict


def test_long_answers_are_read_at_once(world: World) -> None:
    for query in questions(world)[:12]:
        for answer in ("\n" * 20_000, "\nQ" * 20_000, "a-" * 20_000, "1 " * 20_000, "is " * 50, "a-" * 100, "up " * 66):
            began = time.process_time()
            assert world.grade(query, answer).reward == 0.0
            assert time.process_time() - began < 0.5


def test_ignorance_earns_the_floor(world: World) -> None:
    draw = seed_of("ignorant").draw()
    drawn = [world.grade(query, world.sample_answer(query, draw)).reward for query in questions(world) for _ in range(4)]
    assert sum(drawn) / len(drawn) <= world.floor("eval")


def test_the_puzzles_are_the_same_on_every_python(world: World) -> None:
    said = hashlib.sha256("\n".join(f"{query.prompt}{world.solve(query)}" for query in questions(world)).encode())
    assert said.hexdigest()[:12] == {0: "7af5894521c5", 1: "03076884666e"}[world.level]


def test_nothing_is_imported_before_it_is_needed() -> None:
    code = "import sys; from clgym.registry import load_family; load_family('Probe-Reasoning-v0'); print('reasoning_gym' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    reasoning._items.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'clgym\[probes\]'"):
        make_world("Probe-Reasoning-v0", world=97)  # which nobody has drawn yet: worlds are shared
