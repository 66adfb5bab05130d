"""``drill``: reinforcement finetuning on exercises of its own making, until the feedback no longer applies.

Every ``every`` env steps, for each query x that was answered wrong, with c the feedback as a demonstration (question, right
answer) where that was told and as the exchange as it happened below that:

    exercises    x, and variations x' that the model writes in the manner of the queries it has seen
    repeat       y ~ π_θ(· | x'), greedy: its own answer. Stop when the own answers to all exercises pass.
                 y ~ π_θ(· | c, x'): an answer given the feedback, where the right one was not told
                 train on (x', y) for every told y and every y that passes, by −log π_θ(y | x')   at most ``max_rounds`` times

This is rejection-sampling finetuning (Yuan et al. 2023, "RFT", arXiv 2308.01825, section 3.2; Zelikman et al. 2022, "STaR",
arXiv 2203.14465, algorithm 1, whose rationalization is the answer given the feedback), with the feedback as the verifier:

* where the right answer to an exercise was told (x itself, or a variation that happens to be an earlier query), an own answer
  passes if it is that, and the told answer is what is trained on;
* elsewhere by J(y) = 1/|y| · [log π_θ(y | c, x') − log π_θ(y | x')]: how much likelier the feedback makes the answer. An
  answer given the feedback passes if J ≥ ``margin`` (the feedback speaks for it), an own answer if J ≥ −``margin`` (the
  feedback does not speak against it, so that it no longer applies).

An own answer is trained on by the token ids that were drawn. The environment is not asked. Batches are filled up with what passed in earlier drills (x alone): a drill on one query would
overwrite the last. Variations that are of no use (empty, cut off, the query once more, much shorter or longer) are dropped;
the query itself remains.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.configs import DrillConfig
from clgym.baselines.guards import Example
from clgym.baselines.language_agent import LanguageAgent, longest_reply
from clgym.baselines.memory import exchange_of, flattened
from clgym.baselines.trainer import FineTuning, Trainer
from clgym.model import TextModel, text_size
from clgym.seeding import seed_of

#: How the model is asked for a variation; earlier queries follow as examples.
WRITE = "Write one more question of the same kind."
#: Earlier exchanges that examples are taken from.
PAST = 64


@dataclass
class Exercise:
    """A query or a variation of one, the feedback as turns that end with the assistant's, and the right answer or ""."""

    query: list[Message]
    feedback: list[Message]
    right: str


class Drill(LanguageAgent):
    """θ is the adapter and its optimizer, what was drilled, the queries to drill next, and the newest exchanges."""

    Config = DrillConfig
    config: DrillConfig

    def __init__(self, config: DrillConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.tuning = FineTuning(config, self.trainer)
        self.serving, self.parts = self.trainer.serving, [self.trainer]
        self._steps = 0
        self._waiting: list[Exercise] = []
        self._past: deque[Exercise] = deque(maxlen=PAST)
        self._spent = Cost()

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Note what was told; drill whenever ``every`` env steps have passed."""
        cost = Cost()
        for experience in experiences:
            self._steps += 1
            query, right = list(self.view(experience.bare)), experience.right_answer
            exercise = Exercise(query, exchange_of(experience, "demonstration"), right)
            if experience.outcome != "correct" and (right or experience.feedback):
                self._waiting.append(exercise)
            else:
                if right:
                    self.tuning.keep(self.tuning.example(query, right))
                self._past.append(exercise)
            if self._steps % self.config.every == 0:
                cost += self.flush()
        return cost

    def flush(self) -> Cost:
        """Drill what waits."""
        if not self._waiting:
            return Cost()
        began = time.perf_counter()
        drilled, self._waiting, self._spent = self._waiting, [], Cost()
        exercises = [*drilled, *(variation for one in drilled for variation in self._variations(one))]
        learned = [self.trainer.serving.answer_tokens(one.right) if one.right else [] for one in drilled]
        for _ in range(self.config.max_rounds):
            own = self._answers(exercises, [[] for _ in exercises])
            judged = self._judged(exercises, own, -self.config.margin)
            passing = self._passing(exercises, [place for place, passed in enumerate(judged) if not passed])
            if not passing:
                break
            learned = [passing.get(place, answer) for place, answer in enumerate(learned)]
            examples = [(self.tuning.prompt(exercises[place].query), answer) for place, answer in passing.items()]
            examples = list(filter(self.tuning.fits, examples))
            if not examples:
                break
            self._spent += self.tuning.fit(self._filled(examples))
            self.weights_changed()
        for one, answer in zip(drilled, learned):
            if answer:
                self.tuning.keep((self.tuning.prompt(one.query), answer))
            self._past.append(one)
        return replace(self._spent, seconds=time.perf_counter() - began)

    # -- exercises ----------------------------------------------------------------------------------------------------

    def _variations(self, exercise: Exercise) -> list[Exercise]:
        """Questions in the manner of this one, written by the model; none for a later turn of an episode."""
        count, text = self.config.variations, exercise.query[-1]["content"]
        conversation = [*self._manner(), Message(role="user", content=text)]
        thoughts = longest_reply(self.config, self.serving) - self.config.max_new_tokens
        limit = 2 * text_size(self.serving, text)
        if not count or len(exercise.query) > 1 or self.serving.size(conversation) + limit + thoughts > self.serving.window:
            return []
        draw = seed_of("drill", self.seed, self._steps, text).draw().integer(0, 2**62)
        decoding = replace(self.decoding(), max_new_tokens=limit, temperature=self.config.writing_temperature, top_p=1.0)
        answers = self.serving.generate([conversation] * count, decoding, seed=draw)
        self._spent += sum((answer.cost for answer in answers), Cost())
        rights = {past.query[0]["content"]: past.right for past in self._past if len(past.query) == 1}
        texts = dict.fromkeys(a.text for a in answers if a.stop != "length" and useful(a.text, text))
        return [Exercise([Message(role="user", content=new)], exercise.feedback, rights.get(new, "")) for new in texts]

    def _manner(self) -> list[Message]:
        """What is asked for, and the newest earlier queries, each as a variation of the one before."""
        written = [past.query[0]["content"] for past in self._past if len(past.query) == 1][-self.config.shots - 1 :]
        conversation = [Message(role="system", content=WRITE)]
        for one, other in zip(written, written[1:]):
            conversation += [Message(role="user", content=one), Message(role="assistant", content=other)]
        return conversation

    def _helped(self, exercise: Exercise) -> list[Message]:
        """The newest earlier exchanges and the feedback: what the window holds of them, the feedback first."""
        exchanges = [
            *([past.feedback for past in self._past][-self.config.shots :] if self.config.shots else []),
            exercise.feedback,
        ]
        room = self.serving.window - longest_reply(self.config, self.serving)
        while exchanges:
            context = flattened(exchanges)
            if self.serving.size([*self.start_context(), *context, *exercise.query]) <= room:
                return context
            exchanges = exchanges[1:]
        return []

    # -- answers and verdicts -----------------------------------------------------------------------------------------

    def _answers(self, exercises: Sequence[Exercise], contexts: Sequence[Conversation]) -> list[Answer]:
        """The model's greedy answer to each exercise behind a context."""
        prompts = [[*self.start_context(), *context, *exercise.query] for exercise, context in zip(exercises, contexts)]
        answers = self.serving.generate(prompts, replace(self.decoding(), temperature=0.0))
        self._spent += sum((answer.cost for answer in answers), Cost())
        return answers

    def _passing(self, exercises: Sequence[Exercise], failed: Sequence[int]) -> dict[int, list[int]]:
        """For exercises whose own answer failed: the told answer, or the one given the feedback if that passes, by place.

        As token ids: of an answer of its own, those that were drawn.
        """
        unknown = [place for place in failed if not exercises[place].right]
        chosen = [exercises[place] for place in unknown]
        answers = self._answers(chosen, [self._helped(exercise) for exercise in chosen])
        judged = self._judged(chosen, answers, self.config.margin)
        passing = {place: list(answer.tokens) for place, answer, passed in zip(unknown, answers, judged) if passed}
        told = {place: exercises[place].right for place in failed if exercises[place].right}
        return {**passing, **{place: self.trainer.serving.answer_tokens(right) for place, right in told.items()}}

    def _judged(self, exercises: Sequence[Exercise], answers: Sequence[Answer], least: float) -> list[bool]:
        """Whether each answer is the told one, or, where none was told, J is at least ``least``."""
        unknown = [place for place, exercise in enumerate(exercises) if not exercise.right]
        gains = dict(zip(unknown, self._gains([exercises[i] for i in unknown], [answers[i].text for i in unknown])))
        return [
            gains[place] >= least if place in gains else answers[place].text.strip() == exercise.right.strip()
            for place, exercise in enumerate(exercises)
        ]

    def _gains(self, exercises: Sequence[Exercise], answers: Sequence[str]) -> list[float]:
        """J of each answer, in nats per token: how much likelier the feedback makes it."""
        model, start, likelihoods = self.trainer.serving, self.start_context(), []
        bare: list[list[Message]] = [[] for _ in exercises]
        for contexts in ([self._helped(exercise) for exercise in exercises], bare):
            pairs = [([*start, *c, *e.query], answer) for c, e, answer in zip(contexts, exercises, answers)]
            likelihoods.append(model.log_likelihood(pairs, batch=self.config.batch))
            sizes = [(model.size(prompt), len(model.answer_tokens(answer))) for prompt, answer in pairs]
            spent = sum(flops.forward(model.flops_shape, prompt + rows, head_rows=rows) for prompt, rows in sizes)
            self._spent += Cost(prompt_tokens=sum(prompt + rows for prompt, rows in sizes), flops=spent)
        lengths = [len(model.answer_tokens(answer)) for answer in answers]
        return [(helped - bare) / length for helped, bare, length in zip(*likelihoods, lengths)]

    # -- training -----------------------------------------------------------------------------------------------------

    def _filled(self, examples: Sequence[Example]) -> Iterator[list[Example]]:
        """``updates`` times all examples, at most half a batch of them at a time, each batch filled up from earlier drills."""
        half, buffer = max(1, self.config.batch_size // 2), self.tuning.buffer
        for first in [*range(0, len(examples), half)] * self.config.updates:
            own = list(examples[first : first + half])
            draw = seed_of("replay", self.seed, self.trainer.updates).draw()
            others = draw.sample(range(len(buffer)), min(len(buffer), self.config.batch_size - len(own)))
            yield [*own, *(buffer[place] for place in others)]

    # -- what is kept -------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        exercises = {"waiting": [asdict(one) for one in self._waiting], "past": [asdict(one) for one in self._past]}
        return {"buffer": self.tuning.buffer.state(), "steps": self._steps, **exercises}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.tuning.buffer.restore(state["buffer"])
        self._steps = state["steps"]
        self._waiting = [Exercise(**one) for one in state["waiting"]]
        self._past = deque((Exercise(**one) for one in state["past"]), maxlen=PAST)

    def describe(self) -> Mapping[str, Any]:
        """The adapter, and the examples in the buffer."""
        return {**super().describe(), "memory_items": len(self.tuning.buffer)}


def useful(variation: str, query: str) -> bool:
    """Whether a text can be a variation of a query: not empty, not the query itself, about as long."""
    return variation.strip() != query.strip() and 0.5 * len(query) <= len(variation.strip()) <= 2 * len(query)
