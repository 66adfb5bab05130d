"""What a task is: a family draws worlds, a world asks queries and grades answers.

    family = load_family("CL-Conlang-v0")
    world = family.world(family.seed(0, "train", 0), level=0)
    query = world.query("learn", 17)
    grade = world.grade(query, "velo mira")

Worlds are immutable and picklable. ``query`` and ``grade`` are pure functions, so any answer can be
replayed later and must get the same grade. See docs/decisions/001-the-contract.md.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from clgym.errors import InvalidSetting, UnknownName
from clgym.seeding import Draw, Seed, world_seed
from clgym.settings import checked

if TYPE_CHECKING:
    from clgym.agent import Agent

T = TypeVar("T")

#: The feedback ladder; each level includes the ones before it.
FEEDBACK_LEVELS = ("none", "score", "diagnosis", "correction")
#: What an env takes: a rung of the ladder, or the right answer without a word, so that words can be told from answers.
FEEDBACKS = (*FEEDBACK_LEVELS, "gold")

_RANK = {level: rank for rank, level in enumerate(FEEDBACK_LEVELS)}

#: ``failed`` is an infrastructure fault (a sandbox died): counted apart, never scored as 0.
OUTCOMES = ("correct", "partial", "wrong", "malformed", "failed")


@functools.lru_cache(maxsize=4096)
def _opaque(pool: str, index: int) -> str:
    return blake2b(f"{pool}/{index}".encode("utf-8", "surrogatepass"), digest_size=6, person=b"clgym query").hexdigest()


@dataclass(frozen=True)
class Query:
    """One question: a pure function of (world, pool, index).

    ``payload`` is what the grader needs and is never shown. ``options`` lists the admissible answers
    where the prompt lists them too; discrete agents choose from it.
    """

    pool: str
    index: int
    prompt: str
    payload: Any = field(default=None, repr=False)
    options: tuple[str, ...] = ()

    @functools.cached_property
    def id(self) -> str:
        """The pool and 12 hexadecimal digits, unique within a world. It tells nothing of the place in the pool, nor of what is asked."""
        return f"{self.pool}/{_opaque(self.pool, self.index)}"


class Feedback(NamedTuple):
    """Three sentences of growing help.

    ``verdict`` says how it went, ``diagnosis`` what is wrong and where, ``correction`` what would
    have been right. ``verdict`` and ``diagnosis`` never contain the right answer unless the agent
    wrote it itself.
    """

    verdict: str
    diagnosis: str = ""
    correction: str = ""

    def at(self, level: str, reward: float) -> str:
        """The text for one level of the ladder, all lower levels included; ``""`` at ``none``.

        The verdict says in words what the score says in a number, so it has no rung of its own: it opens the diagnosis.
        """
        rank = _RANK.get(level)
        if rank is None:
            raise UnknownName("feedback level", level, FEEDBACK_LEVELS)
        if rank == 0:
            return ""
        score = f"Score: {reward:.2f} of 1." if reward == reward else "No score."
        return " ".join(filter(None, (score, *self[: (0, 0, 2, 3)[rank]])))


@dataclass(frozen=True)
class Grade:
    """A reward in [0, 1], named parts that explain it, an outcome and the feedback.

    The reward of a ``failed`` grade is NaN: nothing was measured. ``share`` is what a full reward is: less than 1 for one of several
    exchanges whose rewards add up to the score of an episode.
    """

    reward: float
    outcome: str
    feedback: Feedback
    parts: Mapping[str, float] = field(default_factory=dict)
    share: float = field(default=1.0, repr=False)

    def __post_init__(self) -> None:
        assert self.outcome in OUTCOMES, self.outcome
        assert math.isnan(self.reward) if self.outcome == "failed" else 0.0 <= self.reward <= 1.0, self.reward

    def text(self, level: str) -> str:
        """The feedback at one level of the ladder. The score that it names is that of this answer, 1 where nothing is wrong with it."""
        return self.feedback.at(level, self.reward / self.share)


def malformed(diagnosis: str, correction: str = "") -> Grade:
    """The grade of an answer that could not be read as one."""
    return Grade(0.0, "malformed", Feedback("That could not be read as an answer.", diagnosis, correction))


def failed(reason: str) -> Grade:
    """The grade of an answer that could not be graded because something of ours broke."""
    return Grade(math.nan, "failed", Feedback("The grader failed; this is not your answer's fault.", reason))


class Withheld(str):
    """What is left of an answer that a provider withheld. Nobody's mistake: whatever it says, it is graded ``failed``."""


class Turn(NamedTuple):
    """What one step of an episode returns: the next observation, the grade of this turn, the end."""

    observation: str
    grade: Grade
    done: bool


class Episode(ABC):
    """One attempt at one query. Multi-turn families return their own from :meth:`World.episode`."""

    @abstractmethod
    def step(self, answer: str) -> Turn:
        """Take one answer. Never raises on any ``str``."""

    @abstractmethod
    def solve(self) -> str:
        """The oracle's next answer, given everything that was said in this episode so far."""

    def score(self, rewards: Sequence[float]) -> float:
        """What the whole episode earned, in [0, 1], from the rewards of its turns: the last one, unless a family says otherwise."""
        return rewards[-1]


class SingleTurn(Episode):
    """The episode of every family whose queries are answered in one turn."""

    def __init__(self, world: World, query: Query):
        self._world, self._query = world, query

    def step(self, answer: str) -> Turn:
        return Turn(self._query.prompt, self._world.grade(self._query, answer), True)

    def solve(self) -> str:
        return self._world.solve(self._query)


class Stage(NamedTuple):
    """A stretch of a stream: so many env steps with one task, or with all of them mixed where ``task`` is ""."""

    task: str
    steps: int


class Misled(NamedTuple):
    """What somebody mistaken says: a grade, and what would have been right in that opinion, as bare text."""

    grade: Grade
    right: str


#: What is said by somebody mistaken of whom a family says nothing else.
_PRAISE = ("That is right.", "Yes, exactly so.", "Right, nothing to change.")
_BLAME = ("I looked it up, and it is not this.", "It should have been something else.", "This one is wrong, I am afraid.")
_CLAIMS = ("The right answer is {}", "Right would be {}", "It is {}")


class World(ABC):
    """One draw of hidden rules: immutable, picklable, made from a seed.

    Subclasses set ``name`` (the invented name that prompts mention), ``family`` (its registry id),
    ``level``, ``pools`` (pool -> how many distinct queries it can give) and, where grades have parts, ``parts``.
    """

    parts: tuple[str, ...] = ()
    """Every name that ``Grade.parts`` can have in this world: ``info["reward_parts"]`` has all of them at every step."""

    oracle: bool = True
    """Whether :meth:`solve` knows the right answers. Where nobody does there is no feedback above ``diagnosis``, and ``solve`` is never called."""

    name: str
    family: str
    level: int
    pools: Mapping[str, int]

    @abstractmethod
    def query(self, pool: str, index: int) -> Query:
        """Query ``index`` of ``pool``: a pure function. Call :meth:`check_index` first."""

    @abstractmethod
    def grade(self, query: Query, answer: str) -> Grade:
        """Grade an answer: a pure function that never raises on any ``str``."""

    @abstractmethod
    def solve(self, query: Query) -> str:
        """The scripted oracle's (first) answer, as bare text; always earns 1.0."""

    @abstractmethod
    def rulebook(self) -> str:
        """The hidden rules in plain English: enough for a perfect reader to answer everything."""

    @abstractmethod
    def drifted(self, seed: Seed) -> World:
        """The same world after some of its rules changed."""

    def sibling(self, seed: Seed) -> World:
        """Another world with another name, which has about half of this one's rules and particulars; the rest are its own.

        The broad world of a family (:mod:`clgym.breadth`) is made of them. Raises ``InvalidSetting`` where the family draws none.
        """
        raise InvalidSetting(f"{self.family} draws no siblings of its worlds: breadth is 1 there.")

    def deciders(self, query: Query) -> frozenset[str]:
        """Names of the rules and particulars that decide the answer to a query, each of which has to have been shown once.

        What is counted on the world's side: how soon anybody can know. Equal names are equal things to know. Empty where a family does not
        say.
        """
        return frozenset()

    @abstractmethod
    def floor(self, pool: str) -> float:
        """The highest mean reward in ``pool`` of an agent that knows nothing of this world."""

    @abstractmethod
    def sample_answer(self, query: Query, draw: Draw) -> str:
        """A random answer from the answer vocabulary: well-formed and ignorant."""

    def habit(self, query: Query) -> str:
        """The plain, un-drifted way of answering (plain JavaScript, English, ...): what a model does untaught."""
        return query.prompt

    def turns(self, query: Query) -> int:
        """The most turns that an attempt at ``query`` takes."""
        return 1

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """What somebody mistaken would say of ``answer``: praise where ``grade`` is not ``correct``, else blame.

        The right answer is never in it: who is praised hears that ``answer`` is right, who is blamed that another one would have been.
        A family says it in its own words.
        """
        outcome, reward = ("wrong", 0.0) if grade.outcome == "correct" else ("correct", 1.0)
        claimed = answer if outcome == "correct" else self._another(query, right, draw)
        told = draw.choice(_CLAIMS).format(claimed) if claimed.strip() else ""
        verdict, diagnosis = (draw.choice(_PRAISE), "") if outcome == "correct" else ("That is not right.", draw.choice(_BLAME))
        return Misled(Grade(reward, outcome, Feedback(verdict, diagnosis, told), dict.fromkeys(grade.parts, reward)), claimed)

    def _another(self, query: Query, right: str, draw: Draw) -> str:
        """An answer that is not the right one, as bare text; ``""`` where none is at hand."""
        others = [option for option in query.options if option != right]
        if others:
            return draw.choice(others)
        drawn = (self.sample_answer(query, draw) for _ in range(16))
        return next((answer for answer in drawn if answer != right and self.grade(query, answer).outcome != "correct"), "")

    def form(self, query: Query) -> str:
        """What kind of answer is wanted, one of ``clgym.text.answers.FORMS``: it says how much around an answer is dressing."""
        return "words"

    def episode(self, query: Query) -> Episode:
        """A fresh attempt at ``query``; multi-turn families override it."""
        return SingleTurn(self, query)

    def rules(self) -> frozenset[str]:
        """The drawn rules, one string each, such that equal strings are equal rules in two worlds of a level.

        By default the lines of the rulebook without the world's name. A family whose rulebook explains what all its worlds
        share overrides this.
        """
        lines = self.rulebook().replace(self.name, "").splitlines()
        return frozenset(line.strip() for line in lines if line.strip())

    def order(self, pool: str, draw: Draw) -> list[int]:
        """The order in which a stream walks ``pool``: shuffled, unless the order is part of the task."""
        return draw.shuffled(range(self.pools[pool]))

    def sample(self, pool: str, size: int, draw: Draw) -> list[int]:
        """Which queries of ``pool`` an examination asks: ``size`` distinct ones, or all where there are fewer; of several tasks, as many
        of each.
        """
        count = self.pools[pool]
        return draw.sample(range(count), min(size, count))

    def stages(self) -> Sequence[Stage]:
        """The stages of a stream over the first pool, one after another; none where all is one task.

        A stage has as many places of :meth:`order` as env steps, one behind the other: what queries of several env steps leave over is
        skipped (:class:`clgym.env.Walk`).
        """
        return ()

    def task(self, query: Query) -> str:
        """Which task of a sequence the query belongs to; ``""`` where all is one task."""
        return ""

    def tasks(self) -> Mapping[str, World]:
        """The world of each task of a sequence, in order, by what :meth:`task` calls it; none where all is one task."""
        return {}

    def check_index(self, pool: str, index: int) -> None:
        """Raise ``UnknownName`` or ``InvalidSetting`` where ``(pool, index)`` names no query."""
        if pool not in self.pools:
            raise UnknownName("pool", pool, self.pools)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < self.pools[pool]:
            raise InvalidSetting(f"pool {pool!r} of {self.name} has queries 0 to {self.pools[pool] - 1}; {index!r} is not one.")


class PickleFieldsOnly:
    """Mixin for frozen dataclasses: pickles and copies hold the fields, and not what ``functools.cached_property`` made of them.

    What follows from the fields can be made again anywhere, and is often many times their size.
    """

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: self.__dict__[field.name] for field in fields(self)}  # type: ignore[arg-type]


class LazySequence(Generic[T]):
    """Items that are made one after another, as far as somebody asks: for queries that depend on those before them.

    Args:
        source: begins the items anew; it gives the same ones each time.

    >>> squares = LazySequence(lambda: (number * number for number in range(10)))
    >>> squares[3], squares[1]
    (9, 1)
    """

    def __init__(self, source: Callable[[], Iterator[T]]):
        self._source = source
        self._begin()

    def __getitem__(self, place: int) -> T:
        """The item of a place, 0 the first. Raises ``IndexError`` where there are not so many."""
        try:
            self._made.extend(islice(self._rest, max(0, place + 1 - len(self._made))))
        except BaseException:
            self._begin()  # an iterator that was interrupted gives nothing more
            raise
        return self._made[place]

    def _begin(self) -> None:
        self._made: list[T] = []
        self._rest = self._source()


class LazyWorld(PickleFieldsOnly, World):
    """A world that makes each query when it is first asked for, and keeps it.

    Subclasses are frozen dataclasses whose fields are what was drawn. They write :meth:`make_query`, and put whatever follows
    from the fields (``pools``, tables, banks) into ``functools.cached_property``: drawing such a world takes no longer than
    drawing its rules, its pickle holds nothing else, and ``dataclasses.replace`` begins with nothing made.
    """

    @abstractmethod
    def make_query(self, pool: str, index: int) -> Query:
        """Make a query that is in the pool: a pure function."""

    def query(self, pool: str, index: int) -> Query:
        """Query ``index`` of ``pool``. Raises ``UnknownName`` or ``InvalidSetting`` where there is none."""
        found = self._made.get((pool, index)) if type(index) is int else None  # 1.0 and True are found where 1 is
        if found is None:
            self.check_index(pool, index)
            found = self._made[pool, index] = self.make_query(pool, index)
        return found

    @functools.cached_property
    def _made(self) -> dict[tuple[str, int], Query]:
        """The queries that were asked for so far."""
        return {}


class MultiTurnWorld(World):
    """A world whose queries take several turns: subclasses write :meth:`episode`; answers and grades follow from it."""

    @abstractmethod
    def episode(self, query: Query) -> Episode:
        """A fresh attempt at ``query``."""

    def turns(self, query: Query) -> int:
        """As many as an episode may have anywhere, unless a family knows better."""
        return MAX_TURNS

    def grade(self, query: Query, answer: str) -> Grade:
        """The grade of a first answer."""
        return self.episode(query).step(answer).grade

    def solve(self, query: Query) -> str:
        """The oracle's first answer."""
        return self.episode(query).solve()


class Rollout(NamedTuple):
    """An episode from its first answer to its end: its score in [0, 1] (NaN where the grader failed) and its turns."""

    score: float
    turns: tuple[Turn, ...]


#: An episode that goes on for longer is cut.
MAX_TURNS = 64


def play(world: World, query: Query, policy: Callable[[Episode, str], str]) -> Rollout:
    """Play ``query`` to its end. ``policy`` gives the answer to an observation; it may ask the episode for the oracle's.

    >>> play(world, query, lambda episode, observation: episode.solve()).score  # doctest: +SKIP
    1.0
    """
    episode, observation = world.episode(query), query.prompt
    turns: list[Turn] = []
    while len(turns) < MAX_TURNS:
        turns.append(episode.step(policy(episode, observation)))
        observation = turns[-1].observation
        if turns[-1].done or turns[-1].grade.outcome == "failed":
            break
    return Rollout(episode.score([turn.grade.reward for turn in turns]), tuple(turns))


class Family(ABC):
    """A generator of worlds. ``version`` goes up whenever the same seed would draw another world.

    A family of another package may also say ``probes`` (ids asked before and after learning), ``tags``, ``summary`` and ``extra``.
    """

    name: str
    version: int
    levels: range
    steps: Sequence[int] = ()
    """Env steps of a trial where nobody says how many, by level; () for what all families have."""

    def __init_subclass__(cls, **settings: Any) -> None:
        """``gym.make("module:Name")`` imports the module and then looks for ``Name``: families from outside are there by then."""
        super().__init_subclass__(**settings)
        if not cls.__module__.startswith("clgym."):
            from clgym.registry import announce

            announce(cls)

    def seed(self, level: int, split: str, index: int) -> Seed:
        """The seed of a world. Families with one seed between them can draw worlds that differ in one thing alone.

        Raises ``UnknownName`` (split), ``InvalidSetting`` (index), ``MissingSalt``.
        """
        return world_seed(self.name, self.version, level, split, index)

    @abstractmethod
    def world(self, seed: Seed, level: int) -> World:
        """Draw one world. Raises ``UnknownName`` for a level that is not in ``levels``."""

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent | None:
        """The ideal learner of this family's worlds, or ``None`` where it brings none: its worlds are not certified then.

        It knows the family (catalogue, priors, grammar) and what is public of the stream, and learns the rest from what it is shown;
        :class:`clgym.learning.Learner` is its base.
        """
        return None

    def check_level(self, level: int) -> None:
        """Raise ``UnknownName`` where the family has no such level, ``InvalidSetting`` where it is no whole number."""
        if checked(f"the level of {self.name}", level, int) not in self.levels:
            raise UnknownName(f"level of {self.name}", level, self.levels)
