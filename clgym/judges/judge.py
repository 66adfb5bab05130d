"""A language model as the grader: rubric in, score and feedback out, behind the contract of every other grader. Off by default.

    judge = Judge("openai:qwen3@http://localhost:8000/v1", rubric="10 for a polite refusal, 0 for anything else.")
    env = gym.make("CL-HouseStyle-v0", judge=judge)
    judge.over(world).grade(query, "I would rather not.")

An answer may try to talk to the judge. It is shown as one line, a JSON string in which nothing can end the string, begin a
chat turn or a tag, between marks whose code hangs on the answer itself; a verdict counts only if it repeats that code, which no
answer can know. How far a model then follows its rubric, and whom it obeys, is measured, not assumed: ``clgym judge ENV --model SPEC``
holds it against the rule-based grader (:mod:`clgym.agreement`).

A judge that is down gives the outcome ``failed``, never a score of 0. What the answer causes is a grade: where the judge can grade a blank
answer to the same query, and twice not this one (too long for its window, two verdicts, none), the answer is malformed and earns 0.

What was judged once is kept in ``judge.sqlite`` in the user's cache folder (or in ``CLGYM_CACHE``), by model (the hashes of its weights,
tokenizer and template), prompt, answer and version of this module. Of a model whose weights nobody has hashed, nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clgym import registry
from clgym.agent import ChatModel, Conversation, Cost, Decoding
from clgym.core import Episode, Feedback, Grade, Misled, Query, SingleTurn, Stage, World, failed, malformed
from clgym.errors import InvalidSetting
from clgym.judges.cache import ReplyCache, cache_file
from clgym.judges.verdict import BEST, JudgePrompt, Verdict, judge_prompt, read_verdict
from clgym.seeding import Draw, Seed

#: Goes up whenever the same reply would be asked for or read differently.
VERSION = 2

#: The longest feedback that is passed on, in characters.
_LONGEST_FEEDBACK = 600


#: What a model said, or why it said nothing.
Reply = str | Exception


class _Unjudgeable(Exception):
    """The judge is well, and gives this answer no verdict."""


class Judge:
    """A language model that grades answers by a rubric.

    Args:
        model: a loaded model, or its spec (loaded at the first answer).
        rubric: what earns how much, in plain English; "" takes the rulebook of the world.
        reference: whether the judge is shown the oracle's answer.
        max_chars: a longer answer is malformed.
        cache: the file of earlier judgements; ``None`` keeps none.
        max_new_tokens: the longest reply of the judge.
    """

    def __init__(
        self,
        model: ChatModel | str,
        rubric: str = "",
        *,
        reference: bool = True,
        max_chars: int = 8000,
        cache: Path | str | None = "default",
        max_new_tokens: int = 256,
    ):
        if max_chars < 1 or max_new_tokens < 1:
            raise InvalidSetting(f"max_chars and max_new_tokens must be at least 1, not {max_chars} and {max_new_tokens}.")
        self._spec = model if isinstance(model, str) else ""
        self._model: ChatModel | None = None if isinstance(model, str) else model
        self.rubric, self.reference, self.max_chars, self.max_new_tokens = rubric, reference, max_chars, max_new_tokens
        self._cache = ReplyCache(cache_file() if cache == "default" else Path(cache) if cache else None)
        self.generated = self.cached = 0
        """Replies that the model gave, and those that were in the cache."""
        self.cost = Cost()
        """What the model's replies cost."""

    @property
    def model(self) -> ChatModel:
        """The model. Raises what loading it raises."""
        if self._model is None:
            self._model = registry.load_model(self._spec)
        return self._model

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_model": None if self._spec else self._model}

    def over(self, world: World) -> World:
        """The same world with this judge for its grader. Raises ``InvalidSetting`` where a query takes several turns."""
        pool = next(iter(world.pools))
        if not isinstance(world.episode(world.query(pool, 0)), SingleTurn):
            raise InvalidSetting(f"{world.family} is played in several turns; a judge grades one answer to one prompt.")
        return JudgedWorld(world, self)

    def grades(self, world: World, answered: Sequence[tuple[Query, str]]) -> list[Grade]:
        """The grade of each answer, in order. Never raises on any answer: ``failed`` is what no answer to its query can be graded."""
        rights = [world.solve(query) for query, _ in answered]
        prompts = {
            place: self.prompt(world, query, answer, right)
            for place, ((query, answer), right) in enumerate(zip(answered, rights))
            if len(answer) <= self.max_chars
        }
        replies = dict(zip(prompts, self._replies(list(prompts.values()))))
        replies |= self._again(world, {place: (answered[place][0], rights[place]) for place in prompts}, prompts, replies)
        too_long = f"It is longer than the {self.max_chars:,} characters that are read."
        return [
            self._grade(replies[place], prompts[place].code, answer, right)
            if place in prompts
            else malformed(too_long, _correction(right))
            for place, ((_, answer), right) in enumerate(zip(answered, rights))
        ]

    def prompt(self, world: World, query: Query, answer: str, right: str) -> JudgePrompt:
        """What the judge is shown of an answer, where ``right`` is the oracle's."""
        return judge_prompt(self.rubric or world.rulebook(), query.prompt, answer, right if self.reference else None)

    def _again(
        self, world: World, asked: Mapping[int, tuple[Query, str]], prompts: Mapping[int, JudgePrompt], replies: Mapping[int, Reply]
    ) -> dict[int, Reply]:
        """Where a reply is no verdict: what a second try says; :class:`_Unjudgeable` where the judge is well and the answer is not."""
        silent = [place for place, reply in replies.items() if _verdict_of(reply, prompts[place]) is None]
        blanks = {asked[place][0].id: self.prompt(world, asked[place][0], "", asked[place][1]) for place in silent}
        heard = dict(zip(blanks, self._replies(list(blanks.values()))))
        well = [place for place in silent if _verdict_of(heard[asked[place][0].id], blanks[asked[place][0].id]) is not None]
        second = dict(zip(well, self._replies([prompts[place] for place in well])))
        return {
            place: reply if _verdict_of(reply, prompts[place]) is not None else _Unjudgeable(_why(reply))
            for place, reply in second.items()
        }

    def _replies(self, prompts: Sequence[JudgePrompt]) -> list[Reply]:
        """What the model says to each, or said earlier; the exception where it fails."""
        try:
            keys = [self._key(prompt.conversation) for prompt in prompts]
            cache = self._cache if self._is_known() else ReplyCache(None)
        except Exception as error:  # the model cannot even be loaded
            return [error] * len(prompts)
        known = {key: reply for key in set(keys) if (reply := cache.find(key)) is not None}
        self.cached += sum(key in known for key in keys)
        new = {key: prompt for key, prompt in zip(keys, prompts) if key not in known}
        replies: dict[str, Reply] = {**known, **self._generate(new)}
        return [replies[key] for key in keys]

    def _generate(self, prompts: Mapping[str, JudgePrompt]) -> dict[str, Reply]:
        """Ask the model, and keep what can be read: anything else may come out better another time."""
        if not prompts:
            return {}
        decoding = Decoding(max_new_tokens=self.max_new_tokens)
        try:
            answers = self.model.generate([prompt.conversation for prompt in prompts.values()], decoding)
        except Exception as error:
            if isinstance(error, InvalidSetting) and len(prompts) > 1:  # one that is too long spoils no other
                return {key: self._generate({key: prompt})[key] for key, prompt in prompts.items()}
            return dict.fromkeys(prompts, error)
        self.generated += len(answers)
        self.cost = sum((answer.cost for answer in answers), self.cost)
        for (key, prompt), answer in zip(prompts.items(), answers):
            if read_verdict(answer.text, prompt.code) is not None and self._is_known():
                self._cache.keep(key, answer.text)
        return {key: answer.text for key, answer in zip(prompts, answers)}

    def _is_known(self) -> bool:
        """Whether another model of the same name would have another key: by its weights' hash or commit, or an endpoint's settings."""
        return bool(getattr(self.model, "identity", {}))

    def _key(self, conversation: Conversation) -> str:
        identity = dict(getattr(self.model, "identity", {}))
        request = [VERSION, self.model.name, identity, self.max_new_tokens, list(conversation)]
        return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()

    def _grade(self, reply: Reply, code: str, answer: str, right: str) -> Grade:
        if isinstance(reply, _Unjudgeable):
            return malformed(f"The judge grades a blank answer to this, and twice not this one: {reply}", _correction(right))
        if isinstance(reply, Exception):
            return failed(f"The judge could not be asked: {type(reply).__name__}: {reply}")
        verdict = read_verdict(reply, code)
        if verdict is None:
            return failed(f"The judge's reply holds no verdict with the code of this answer: {_one_line(reply)[:200]!r}")
        reward = verdict.score / BEST
        place = 2 if reward == 1 else 0 if reward == 0 else 1
        outcome, finding = (("wrong", "wrong"), ("partial", "right in part"), ("correct", "right"))[place]
        hidden = reward == 1 or _gives_away(verdict.feedback, right, answer)
        diagnosis = "" if hidden else _one_line(verdict.feedback)[:_LONGEST_FEEDBACK]
        return Grade(reward, outcome, Feedback(f"A judge finds that {finding}.", diagnosis, _correction(right)), {"judge": reward})


@dataclass(frozen=True)
class JudgedWorld(World):
    """A world whose answers are graded by a judge; everything else is as it was. Made by :meth:`Judge.over`."""

    inner: World
    judge: Judge

    parts = ("judge",)

    def __post_init__(self) -> None:
        for name in ("name", "family", "level", "pools"):
            object.__setattr__(self, name, getattr(self.inner, name))

    def query(self, pool: str, index: int) -> Query:
        return self.inner.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        """What the judge makes of it. The same answer gets the same grade as long as the cache is kept."""
        return self.judge.grades(self.inner, [(query, answer)])[0]

    def solve(self, query: Query) -> str:
        """The oracle's answer. That the judge finds it right is not certain."""
        return self.inner.solve(query)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        return self.inner.mislead(query, answer, grade, right, draw)

    def rulebook(self) -> str:
        return self.inner.rulebook()

    def drifted(self, seed: Seed) -> World:
        return JudgedWorld(self.inner.drifted(seed), self.judge)

    def floor(self, pool: str) -> float:
        """That of the rule-based grader; a judge's own floor is what it gives a blank answer (``clgym judge``)."""
        return self.inner.floor(pool)

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return self.inner.sample_answer(query, draw)

    def habit(self, query: Query) -> str:
        return self.inner.habit(query)

    def episode(self, query: Query) -> Episode:
        return SingleTurn(self, query)

    def rules(self) -> frozenset[str]:
        return self.inner.rules()

    def order(self, pool: str, draw: Draw) -> list[int]:
        return self.inner.order(pool, draw)

    def sample(self, pool: str, size: int, draw: Draw) -> list[int]:
        return self.inner.sample(pool, size, draw)

    def stages(self) -> Sequence[Stage]:
        return self.inner.stages()

    def task(self, query: Query) -> str:
        return self.inner.task(query)

    def tasks(self) -> Mapping[str, World]:
        return self.inner.tasks()


def _verdict_of(reply: Reply, prompt: JudgePrompt) -> Verdict | None:
    return None if isinstance(reply, Exception) else read_verdict(reply, prompt.code)


def _why(reply: Reply) -> str:
    return f"{type(reply).__name__}: {reply}" if isinstance(reply, Exception) else f"it replied {_one_line(reply)[:200]!r}"


def _gives_away(feedback: str, right: str, answer: str) -> bool:
    """Whether feedback has the right answer in it, which the author did not write: a diagnosis must not."""
    if not right.strip():
        return False
    pattern = re.compile(rf"(?<!\w){re.escape(' '.join(right.split()))}(?!\w)", re.IGNORECASE)
    return bool(pattern.search(" ".join(feedback.split()))) and not pattern.search(" ".join(answer.split()))


def _correction(right: str) -> str:
    return f"A right answer is: {right}"


def _one_line(text: str) -> str:
    """On one line, without what cannot be seen."""
    return " ".join("".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C").split())
