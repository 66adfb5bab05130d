"""What several turns are worth, and what a learner is shown of them."""

from __future__ import annotations

import copy
import functools
import itertools
import pickle
from dataclasses import dataclass, replace

import pytest

from clgym.agent import Experience
from clgym.core import Episode, Feedback, Grade, LazySequence, LazyWorld, MultiTurnWorld, Query, Turn, play
from clgym.errors import InvalidSetting, UnknownName


class Countdown(Episode):
    """Say 3, then 2, then 1."""

    def __init__(self) -> None:
        self.left = 3

    def step(self, answer: str) -> Turn:
        right = answer == str(self.left)
        self.left -= 1
        grade = Grade(float(right), "correct" if right else "wrong", Feedback("Yes." if right else "No."))
        return Turn(f"{self.left} to go", grade, self.left == 0)

    def solve(self) -> str:
        return str(self.left)


class MeanCountdown(Countdown):
    def score(self, rewards):
        return sum(rewards) / len(rewards)


class World(MultiTurnWorld):
    name, family, level, pools = "Velo", "test", 0, {"learn": 1}
    kind = Countdown

    def query(self, pool, index):
        return Query(pool, index, "3 to go")

    def episode(self, query):
        return self.kind()

    def rulebook(self):
        return "In Velo one counts down.\nIt ends at 1."

    def drifted(self, seed):
        return self

    def floor(self, pool):
        return 0.0

    def sample_answer(self, query, draw):
        return str(draw.integer(1, 3))


class MeanWorld(World):
    kind = MeanCountdown


def experience(attempt: int, *contents: str) -> Experience:
    roles = ("user", "assistant") * len(contents)
    conversation = [{"role": role, "content": content} for role, content in zip(roles, contents)]
    return Experience(conversation, "?", 0.0, "", False, "wrong", "learn/0", attempt)


def test_an_episode_is_worth_its_last_turn_unless_it_says_otherwise():
    for world, expected in ((World(), 0.0), (MeanWorld(), 2 / 3)):
        answers = ["3", "2", "7"]
        played = play(world, world.query("learn", 0), lambda episode, observation, said=iter(answers): next(said))
        assert played.score == expected and [turn.grade.reward for turn in played.turns] == [1.0, 1.0, 0.0]
        assert play(world, world.query("learn", 0), lambda episode, _: episode.solve()).score == 1.0


def test_grade_and_solve_of_a_multi_turn_world_speak_of_the_first_answer():
    world = World()
    assert world.solve(world.query("learn", 0)) == "3" and world.grade(world.query("learn", 0), "2").outcome == "wrong"


def test_rules_leave_out_the_worlds_name():
    assert World().rules() == {"In  one counts down.", "It ends at 1."}


def test_a_bare_conversation_keeps_turns_and_drops_earlier_tries():
    first = experience(0, "3 to go", "3", "Yes.\n\n2 to go")
    assert [m["content"] for m in first.bare] == ["3 to go", "3", "Yes.\n\n2 to go"]
    retry = experience(1, "3 to go", "9", "No.\n\nTry again: 3 to go", "3", "Yes.\n\n2 to go")
    assert [m["content"] for m in retry.bare] == ["3 to go", "3", "Yes.\n\n2 to go"]
    assert [m["content"] for m in experience(1, "3 to go", "9", "No.\n\nTry again: 3 to go").bare] == ["3 to go"]


@dataclass(frozen=True)
class Times(LazyWorld):
    """How much is so many times a number? ``asked`` counts the queries that were made."""

    factor: int
    family, level, name = "test", 0, "Times"

    @functools.cached_property
    def pools(self):
        return {"learn": 1000, "eval": 10}

    @functools.cached_property
    def table(self):
        return [self.factor * number for number in range(100_000)]

    @functools.cached_property
    def asked(self):
        return itertools.count()

    def make_query(self, pool, index):
        next(self.asked)
        return Query(pool, index, f"{index} times {self.factor}?", self.table[index])

    def grade(self, query, answer):
        return Grade(1.0, "correct", Feedback("Yes.")) if answer == str(query.payload) else Grade(0.0, "wrong", Feedback("No."))

    def solve(self, query):
        return str(query.payload)

    def rulebook(self):
        return f"Multiply by {self.factor}."

    def drifted(self, seed):
        return replace(self, factor=self.factor + 1)

    def floor(self, pool):
        return 0.0

    def sample_answer(self, query, draw):
        return str(draw.integer(0, 9999))


def test_a_lazy_world_makes_each_query_once():
    world = Times(7)
    assert world.query("learn", 3) is world.query("learn", 3) and world.query("learn", 3).prompt == "3 times 7?"
    assert world.query("eval", 3).id.startswith("eval/") and next(world.asked) == 2


@pytest.mark.parametrize(
    "pool, index, error",
    [
        ("lern", 0, UnknownName),
        ("learn", 1000, InvalidSetting),
        ("learn", -1, InvalidSetting),
        ("eval", "0", InvalidSetting),
        ("eval", 1.0, InvalidSetting),
        ("eval", True, InvalidSetting),
        ("eval", [1], InvalidSetting),
    ],
)
def test_a_lazy_world_says_which_queries_it_has(pool, index, error):
    world = Times(7)
    for _ in range(2):
        with pytest.raises(error):
            world.query(pool, index)
        world.query("eval", 1)


def test_what_a_lazy_world_worked_out_stays_at_home():
    world, fresh = Times(7), len(pickle.dumps(Times(7)))
    query = world.query("learn", 999)
    assert len(pickle.dumps(world)) == fresh < 200
    for other in (pickle.loads(pickle.dumps(world)), copy.copy(world), copy.deepcopy(world)):
        assert other == world and hash(other) == hash(world) and next(other.asked) == 0
        assert other.query("learn", 999) == query
    assert world.drifted(None).query("learn", 999).payload == 8 * 999


def test_grown_items_are_made_in_order_and_once():
    made = []
    items = LazySequence(lambda: (made.append(number) or number**2 for number in range(6)))
    assert (items[3], items[1], made) == (9, 1, [0, 1, 2, 3])
    with pytest.raises(IndexError):
        items[6]
    assert (items[5], made) == (25, [0, 1, 2, 3, 4, 5])


def test_grown_items_survive_an_interruption():
    fuses = iter([True])

    def source():
        yield from "ab"
        if next(fuses, False):
            raise KeyboardInterrupt
        yield "c"

    items = LazySequence(source)
    with pytest.raises(KeyboardInterrupt):
        items[2]
    assert [items[2], items[0], items[1]] == ["c", "a", "b"]


def test_an_id_tells_no_place():
    ids = [Query("learn", index, "").id for index in range(2_000)]
    assert len(set(ids)) == 2_000 and all(id.startswith("learn/") and len(id) == 18 for id in ids)
    places = [int(id.removeprefix("learn/"), 16) for id in ids]
    rising = sum(one < other for one, other in zip(places, places[1:])) / len(places)
    assert 0.45 < rising < 0.55
