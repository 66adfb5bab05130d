"""A small family with nothing wrong, and heirs of it and of a small agent with one fault each: what clgym.testing has to find."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import gymnasium as gym

from clgym.agent import Agent, Answer, Cost
from clgym.core import Family, Feedback, Grade, Query, World
from clgym.text.answers import plain

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("lan", "mir", "nok", "ret", "sud", "vep")]
SLOTS = 12


class SayingsWorld(World):
    """Two numbers are said as two invented words."""

    name, family = "Sayings", "CL-Sayings-v0"

    def __init__(self, seed, level):
        self.level, self.words = level, seed.draw("words").sample(WORDS, SLOTS)
        self.pools = {"learn": 100, "eval": 40, "guard": 5}

    def query(self, pool, index):
        self.check_index(pool, index)
        if pool == "guard":
            return Query(pool, index, f"Say plainly: {index}", str(index))
        first, second = divmod(index + 100 * (pool == "eval"), SLOTS)
        return Query(pool, index, f"Say {first} {second} in Sayings.", f"{self.words[first]} {self.words[second]}")

    def grade(self, query, answer):
        if plain(answer) == query.payload:
            return Grade(1.0, "correct", Feedback("Right."))
        return Grade(0.0, "wrong", Feedback("Wrong.", "Another word.", f"It is {query.payload}."))

    def solve(self, query):
        return query.payload

    def rulebook(self):
        return "\n".join(f"{number} is {word}" for number, word in enumerate(self.words))

    def drifted(self, seed):
        return type(self)(seed, self.level)

    def floor(self, pool):
        return 0.05

    def sample_answer(self, query, draw):
        return " ".join(draw.sample(WORDS, 2))


class Sayings(Family):
    """Description, Hidden rules, Observation, Answer, Reward, Feedback, Levels, Pools, Probes, Floor and ceiling, Origin."""

    name, version, levels = "CL-Sayings-v0", 1, range(1)
    Drawn = SayingsWorld

    def world(self, seed, level):
        self.check_level(level)
        return self.Drawn(seed, level)


class Undocumented(Sayings):
    """One line."""


class DrawsFromASet(Sayings):
    class Drawn(SayingsWorld):
        def __init__(self, seed, level):
            super().__init__(seed, level)
            self.words = seed.draw("words").sample(set(WORDS), SLOTS)


class OracleIsWrong(Sayings):
    class Drawn(SayingsWorld):
        def solve(self, query):
            return "nothing"


class EmptyAnswersPay(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            return (
                super().grade(query, answer) if answer else Grade(0.5, "partial", Feedback("Well.", "", f"It is {query.payload}."))
            )


class OneAnswerFitsAll(Sayings):
    class Drawn(SayingsWorld):
        def query(self, pool, index):
            return replace(super().query(pool, index), payload="always")


class PoolsShareAPrompt(Sayings):
    class Drawn(SayingsWorld):
        def query(self, pool, index):
            self.check_index(pool, index)
            return replace(super().query("learn" if pool == "eval" else pool, index), pool=pool)


class Impure(Sayings):
    class Drawn(SayingsWorld):
        graded = 0

        def grade(self, query, answer):
            self.graded += 1
            return replace(super().grade(query, answer), parts={"count": self.graded})


class NotPicklable(Sayings):
    class Drawn(SayingsWorld):
        def __init__(self, seed, level):
            super().__init__(seed, level)
            self.helper = lambda: None


class GradeRaises(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            answer.encode()
            return super().grade(query, answer)


class UnnamedParts(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            return replace(super().grade(query, answer), parts={"spelling": 0.0})


class NoFences(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            return super().grade(query, answer.replace("```", "fence"))


class FeedbackTellsAll(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            grade = super().grade(query, answer)
            return replace(grade, feedback=grade.feedback._replace(diagnosis=f"Not {query.payload}."))


class CorrectionTellsNothing(Sayings):
    class Drawn(SayingsWorld):
        def grade(self, query, answer):
            return replace(super().grade(query, answer), feedback=Feedback("Wrong."))


class TooSmall(Sayings):
    class Drawn(SayingsWorld):
        def __init__(self, seed, level):
            super().__init__(seed, level)
            self.pools = {"eval": 12}


class NoDrift(Sayings):
    class Drawn(SayingsWorld):
        def drifted(self, seed):
            return self


class NothingIsDrawn(Sayings):
    class Drawn(SayingsWorld):
        def __init__(self, seed, level):
            super().__init__(seed, level)
            self.words = WORDS[:SLOTS]


class Parrot(Agent):
    """Says the last letter of the prompt, and remembers how much it has seen. Nothing is wrong with it."""

    def __init__(self):
        self.seen = 0

    def act(self, conversations):
        return [Answer(conversation[-1]["content"][-1:]) for conversation in conversations]

    def learn(self, experiences):
        self.seen += len(experiences)
        return Cost()

    def save(self, folder):
        Path(folder).mkdir(exist_ok=True)
        (Path(folder) / "seen.json").write_text(str(self.seen))

    def load(self, folder):
        self.seen = int((Path(folder) / "seen.json").read_text())


class OneAnswerForAll(Parrot):
    """An answer is missing."""

    def act(self, conversations):
        return super().act(conversations[:1])


class KnowsItsPlace(Parrot):
    """What it says depends on the rest of the batch."""

    def act(self, conversations):
        return [Answer(str(place)) for place, _ in enumerate(conversations)]


class LearnsFromExams(Parrot):
    """Evaluation changes it."""

    def act(self, conversations):
        self.seen += 1
        return super().act(conversations)


class RollsTheWorldsDice(Parrot):
    """Moves the global random generator."""

    def act(self, conversations):
        random.random()
        return super().act(conversations)


class SavesNothing(Parrot):
    """What it learns is not saved."""

    def save(self, folder):
        pass


class LoadsHalf(Parrot):
    """Goes on with something else than was saved."""

    def load(self, folder):
        super().load(folder)
        self.seen += 1


class SavesPickles(Parrot):
    """A file that runs code."""

    def save(self, folder):
        super().save(folder)
        (Path(folder) / "seen.pkl").write_bytes(b"")


class NeedsFeedback(Parrot):
    """Dies of an experience without feedback."""

    def learn(self, experiences):
        self.seen += sum(len(experience.feedback.split()[0]) for experience in experiences)
        return Cost()


class DescribesObjects(Parrot):
    """What it says of itself is no JSON."""

    def describe(self):
        return {"agent": self}


class DiesOfNothing(Parrot):
    """An empty prompt is an index out of range."""

    def act(self, conversations):
        return [Answer(conversation[-1]["content"][-1]) for conversation in conversations]


class Quiet(gym.Wrapper):
    """Removes what clgym says.

    Args:
        env: the env.
    """

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        info.pop("feedback")
        return observation, reward, terminated, truncated, info


class Noisy(gym.RewardWrapper):
    """Rewards of its own."""

    def reward(self, reward):
        return random.random()
