"""What several turns are worth, and what a learner is shown of them."""

from __future__ import annotations

from clgym.agent import Experience
from clgym.core import Episode, Feedback, Grade, MultiTurnWorld, Query, Turn, play


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
