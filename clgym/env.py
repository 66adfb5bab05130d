"""``ContinualEnv``: the one gymnasium.Env of the suite, for single-turn and multi-turn families alike."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from clgym.core import FEEDBACKS, Episode, Grade, Query, Turn, Withheld, World, failed, malformed
from clgym.errors import ClgymError, FamilyError, InvalidAnswer, InvalidSetting, ResetNeeded, UnknownName, UnknownRenderMode
from clgym.registry import load_family, shared_world
from clgym.registry.outside import fault_of
from clgym.seeding import Draw, seed_of, world_id
from clgym.settings import checked
from clgym.spaces import UnicodeText, is_encodable

if TYPE_CHECKING:
    from clgym.judges import Judge

#: A longer answer is malformed, unless an env is made with another ``max_chars``.
MAX_CHARS = 20_000
#: Observations are prompts and replies; no family writes longer ones.
MAX_OBSERVATION = 50_000
#: An attempt of several turns with this score is not tried again: the best there is, as floating point adds it up.
SOLVED = 1.0 - 1e-9
#: Where the right answer is told as bare text too.
_WITH_CORRECTION = ("correction", "gold")


def grade_answer(query: Query, episode: Episode, answer: str, max_chars: int = MAX_CHARS) -> Turn:
    """One answer to an episode; what no grader should see (overlong, undecodable) is malformed and ends it, and so does what was
    :class:`~clgym.core.Withheld`, whose grade is ``failed``.

    Raises ``FamilyError`` where the grader raises, or gives back what is no grade.
    """
    if isinstance(answer, Withheld):
        return Turn(query.prompt, failed("The provider of the model withheld the answer."), True)
    if len(answer) > max_chars:
        return Turn(query.prompt, malformed(f"The answer has {len(answer):,} characters; at most {max_chars:,} are read."), True)
    if not is_encodable(answer):
        return Turn(query.prompt, malformed("The answer holds lone surrogates, which no encoding can carry."), True)
    try:
        turn = episode.step(answer)
    except ClgymError:
        raise
    except Exception as cause:
        graded_by = type(getattr(episode, "_world", episode)).__module__.partition(".")[0]
        raise fault_of(FamilyError, f"grading {query.id}", cause, [graded_by]) from cause
    if not (isinstance(turn, Turn) and isinstance(turn.grade, Grade)):
        given = type(turn.grade if isinstance(turn, Turn) else turn).__name__
        raise FamilyError(f"grading {query.id} gave a {given}: grade() gives a clgym.Grade, and an episode's step() a clgym.Turn.")
    return turn


def _drift_steps(drift_at: Any) -> list[int]:
    """The env steps at which rules change, in order. Raises ``InvalidSetting``."""
    if isinstance(drift_at, Iterable) and not isinstance(drift_at, str):
        drift_at = tuple(drift_at)
    return sorted(checked("drift_at", drift_at, tuple[int, ...], low=1))


class Walk:
    """A way through the queries of a pool, query by query and stage by stage; after the last one it begins again.

    Args:
        world: whose stages are walked, where ``pool`` is its first one.
        pool: which queries.
        draw: decides their order, as far as the world leaves it open.
        attempts: tries per query.
        task: of a sequence, the one task whose stages are walked; "" for all.

    A query is begun only where its env steps fit into what is left of the stage, unless it is the first one: what is begun is finished.
    """

    def __init__(self, world: World, pool: str, draw: Draw, attempts: int, task: str = ""):
        self._world, self._pool, self._attempts = world, pool, attempts
        stages = world.stages() if pool == next(iter(world.pools)) else ()
        ends = list(accumulate(stage.steps for stage in stages))
        self.order = world.order(pool, draw)
        """The indices of the pool."""
        if task:
            self.order = [i for stage, end in zip(stages, ends) if stage.task == task for i in self.order[end - stage.steps : end]]
            ends = list(accumulate(stage.steps for stage in stages if stage.task == task))
        self._ends = ends
        self.stage = 0
        """How many stages are behind."""
        self._place = 0

    def next(self, env_steps: int, reserved: int = 0) -> int | None:
        """The next index of the stage that is walked; ``None`` where the stage has room for no other.

        ``env_steps`` are those taken so far, ``reserved`` those that queries under way may still take.
        """
        index = self.order[self._place % len(self.order)]
        if self._ends:
            begun, end = self._bound(self.stage - 1), self._bound(self.stage)
            first = self._place == begun
            if self._place >= end or not (first or env_steps + reserved + self.needs(index) <= end):
                return None
        self._place += 1
        return index

    def needs(self, index: int) -> int:
        """The most env steps that a query can take; 1 where there are no stages, and nobody needs to know."""
        return self._attempts * self._world.turns(self._world.query(self._pool, index)) if self._ends else 1

    def turn(self) -> None:
        """Go on to the next stage."""
        self._place = self._bound(self.stage)
        self.stage += 1

    def over(self, env_steps: int) -> bool:
        """Whether the stage has room for no other query, where none is under way."""
        place, index = self._place, self.next(env_steps)
        self._place = place
        return index is None

    def _bound(self, stage: int) -> int:
        """The env step at which a stage ends; 0 for the one before the first."""
        laps, place = divmod(stage, len(self._ends))
        return laps * self._ends[-1] + self._ends[place] if stage >= 0 else 0


class QueryOrder:
    """Where a run through the queries of one pool stands: order, env steps, noise.

    Slots of a vector env share one, so that together they walk one order and one clock.
    """

    def __init__(self) -> None:
        self.env_steps = 0
        self.noise = seed_of("noise", 0).draw()
        self._walk: Walk | None = None
        self._began = 0

    @property
    def started(self) -> bool:
        """Whether there is an order."""
        return self._walk is not None

    def start(self, seed: int, world: World, pool: str, attempts: int) -> None:
        """Fix the order of a pool's indices; env steps go on counting."""
        self._walk = Walk(world, pool, seed_of("order", seed).draw(), attempts)
        self.noise = seed_of("noise", seed).draw()
        self._began = self.env_steps

    def next(self) -> int:
        """The next index; after the last one the order begins again."""
        assert self._walk is not None  # it was started
        while (index := self._walk.next(self.env_steps - self._began)) is None:
            self._walk.turn()
        return index


class ContinualEnv(gym.Env[str, str]):
    """A stream of queries from one world; an episode is one query.

    Args:
        family: registry id, filled in by ``gym.make("CL-Dialect-v0")``.
        level: difficulty, 0 (learnable by a 135M model) upwards: how much there is to know in one world.
        breadth: how many sibling worlds one stream asks about, each prompt naming its own (:mod:`clgym.breadth`); 1 is the world alone.
        split: "train", "validation" (public worlds) or "test" (private ones, needs the salt).
        world: index of the draw within the split.
        pool: which queries ``reset`` walks through; ``None`` is "learn" where the world has it.
        feedback: none < score < diagnosis < correction, each of which includes the ones before; or ``gold``: the right answer without a word.
        attempts: how often one query may be tried. A right answer ends the episode at once.
        noise: share of steps whose feedback is somebody's mistake, with a reward that agrees with it (:meth:`clgym.World.mislead`).
        drift_at: env steps after which some rules change; applied at the next reset.
        max_chars: a longer answer is malformed.
        judge: a language model that grades in place of the rules (:class:`clgym.judges.Judge`); ``None``: the rules do.
        render_mode: None or "ansi".

    ``info`` has the same keys with values of the same types on every reset and step: ``feedback``, ``outcome`` ("" after reset),
    ``reward_parts`` (every part that grades of this world can have; 0.0 where this one has none of it), ``query``, ``pool``, ``world``,
    ``attempt``, ``options`` (() where the prompt lists none), ``score`` and ``attempt_done``. The score is what the attempt has earned so
    far, 0.0 after reset; on the step that ends the attempt (``attempt_done``) it is what the whole attempt earned: the reward in
    single-turn families, what the episode makes of all its turns' rewards in others. At ``feedback="correction"`` there is also
    ``correction``, the right answer as bare text ("" after reset).

    The reward is in [0, 1]. It is NaN, with ``truncated`` and outcome "failed", when the grader itself broke:
    nothing was measured, and a made-up 0 would be learned from.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}

    def __init__(
        self,
        family: str,
        level: int = 0,
        breadth: int = 1,
        split: str = "train",
        world: int = 0,
        pool: str | None = None,
        feedback: str = "diagnosis",
        attempts: int = 1,
        noise: float = 0.0,
        drift_at: Iterable[int] = (),
        max_chars: int = MAX_CHARS,
        judge: Judge | None = None,
        render_mode: str | None = None,
        **unknown: Any,
    ):
        if unknown:
            raise UnknownName("setting of an env", next(iter(unknown)), [*inspect.signature(ContinualEnv).parameters][1:-1])
        if feedback not in FEEDBACKS:
            raise UnknownName("feedback level", feedback, FEEDBACKS)
        noise = checked("noise", noise, float, low=0, high=1)
        if render_mode not in (None, "ansi"):
            raise UnknownRenderMode(f"unknown render mode {render_mode!r}. Choices: ansi, or None.")
        attempts, max_chars = (checked(n, v, int, low=1) for n, v in (("attempts", attempts), ("max_chars", max_chars)))
        level, world = checked("level", level, int), checked("world", world, int)
        if judge is not None and not hasattr(judge, "over"):
            raise InvalidSetting(f"judge should be a clgym.judges.Judge or None, and {judge!r} was given.")
        source = load_family(family)
        source.check_level(level)
        self._seed = source.seed(level, split, world)
        drawn = shared_world(source, self._seed, level, breadth)
        self.world: World = drawn if judge is None else judge.over(drawn)
        self.pool = pool if pool is not None else next(iter(self.world.pools))
        if self.pool not in tuple(self.world.pools):
            raise UnknownName(f"pool of {family}", self.pool, self.world.pools)
        if not self.world.oracle and (feedback in _WITH_CORRECTION or noise):
            what = f"feedback={feedback!r}" if feedback in _WITH_CORRECTION else "noise"
            raise InvalidSetting(
                f"{family} has no oracle, and {what} needs one that knows the right answer: say feedback='diagnosis', and no noise."
            )
        self.family = family
        self.world_id = world_id(family, level, breadth, split, world)
        self.feedback, self.attempts, self.noise = feedback, attempts, noise
        self.max_chars, self.render_mode = max_chars, render_mode
        self.observation_space = UnicodeText(MAX_OBSERVATION)
        self.action_space = UnicodeText(max_chars)
        self._no_parts = dict.fromkeys(self.world.parts, 0.0)
        self.order = QueryOrder()
        self._drifts = _drift_steps(drift_at)
        self._drifted = 0
        #: What is being asked, with what the grader needs: for evaluators. An agent is shown ``info``.
        self.query: Query | None = None
        self._episode: Episode | None = None
        self._attempt = 0
        self._exchange: list[str] = []
        self._rewards: list[float] = []
        self._true_rewards: list[float] = []
        #: The true grade of the last answer and the true score of its attempt: what is handed out may be somebody's mistake.
        self.graded: Grade | None = None
        self.true_score = 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Ask the next query. ``seed`` fixes the order; ``options={"index": i, "pool": p}`` asks for one."""
        if seed is not None:
            seed = checked("seed", seed, int, low=0)
        super().reset(seed=seed)
        if seed is not None or not self.order.started:
            chosen = seed if seed is not None else int(self.np_random.integers(2**31))
            self.order.start(chosen, self.world, self.pool, self.attempts)
        self._apply_drift()
        # A drifted world may have fewer queries than the one whose indices were shuffled.
        pool, index = self._pick(options) if options else (self.pool, self.order.next() % self.world.pools[self.pool])
        self.query = self.world.query(pool, index)
        self._episode = self.world.episode(self.query)
        self._attempt = 0
        self._rewards, self._true_rewards = [], []
        self.graded, self.true_score = None, 0.0
        self._exchange = [f"> {self.query.prompt}"]
        return self.query.prompt, self._info(None, "", "")

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Grade one answer."""
        if self._episode is None or self.query is None:
            raise ResetNeeded("call reset() before step(): the episode has ended or none has begun.")
        if not isinstance(action, str):
            raise InvalidAnswer(f"an answer is a str, not {type(action).__name__}.")
        self.order.env_steps += 1
        right = self._episode.solve() if self.feedback in _WITH_CORRECTION or self.noise else ""
        turn = grade_answer(self.query, self._episode, action, self.max_chars)
        self.graded = turn.grade
        self._true_rewards.append(turn.grade.reward)
        grade, right = self._judged(turn.grade, action, right)
        self._rewards.append(grade.reward)
        broken, score = grade.outcome == "failed", self._episode.score(self._rewards)
        self.true_score = self._episode.score(self._true_rewards)
        text = self._say(grade, right)
        info = self._info(grade, text, "" if broken else right)
        info["score"], info["attempt_done"] = score, turn.done
        # One turn is right or not; several are judged by what they earned together.
        solved = grade.outcome == "correct" if len(self._rewards) == 1 else score >= SOLVED
        if turn.done:
            self._rewards, self._true_rewards = [], []
        observation, terminated = turn.observation, turn.done
        if turn.done and not solved and not broken and self._attempt + 1 < self.attempts:
            self._attempt += 1
            self._episode = self.world.episode(self.query)
            observation, terminated = self.query.prompt, False
        elif turn.done or broken:
            self._episode = None
        self._exchange += [f"< {action}", text]
        return observation, grade.reward, terminated and not broken, broken, info

    @property
    def env_steps(self) -> int:
        """Env steps taken since this env (or the vector env it is a slot of) was made."""
        return self.order.env_steps

    def render(self) -> str | None:
        """The exchange so far, as text."""
        return "\n".join(line for line in self._exchange if line) if self.render_mode == "ansi" else None

    def _apply_drift(self) -> None:
        while self._drifted < len(self._drifts) and self.env_steps >= self._drifts[self._drifted]:
            self._drifted += 1
            self.world = self.world.drifted(self._seed.child("drift", self._drifted))

    def _pick(self, options: dict[str, Any]) -> tuple[str, int]:
        if not isinstance(options, Mapping):
            raise InvalidSetting(f"options of reset are a dict such as {{'pool': 'eval', 'index': 3}}, and {options!r} was given.")
        unknown = set(options) - {"index", "pool"}
        if unknown:
            raise UnknownName("reset option", sorted(unknown)[0], ["index", "pool"])
        pool = options.get("pool", self.pool)
        if "index" not in options:
            if pool != self.pool:
                raise InvalidSetting("reset(options={'pool': ...}) also needs 'index'.")
            return pool, self.order.next() % self.world.pools[pool]
        index = checked("the index of a query", options["index"], int)
        self.world.check_index(pool, index)
        return pool, index

    def _info(self, grade: Grade | None, feedback: str, correction: str) -> dict[str, Any]:
        assert self.query is not None
        info: dict[str, Any] = {
            "feedback": feedback,
            "outcome": grade.outcome if grade else "",
            "reward_parts": {**self._no_parts, **(grade.parts if grade else {})},
            "query": self.query.id,
            "pool": self.query.pool,
            "world": self.world_id + (f"+{self._drifted}" if self._drifted else ""),
            "attempt": self._attempt,
            "options": self.query.options,
            "score": 0.0,
            "attempt_done": False,
        }
        if self.feedback in _WITH_CORRECTION:
            info["correction"] = correction
        return info

    def _judged(self, grade: Grade, action: str, right: str) -> tuple[Grade, str]:
        """The grade that is handed out and what it says is right: the true ones, or on a seeded share of the steps somebody's mistake."""
        if grade.outcome == "failed" or not self.noise or not self.order.noise.chance(self.noise):
            return grade, right
        assert self.query is not None
        return self.world.mislead(self.query, action, grade, right, self.order.noise)

    def _say(self, grade: Grade, right: str) -> str:
        """The feedback text of this step."""
        if self.feedback == "gold":
            return "" if grade.outcome == "failed" else right
        return grade.text(self.feedback)
