"""One agent on its way through the schedule of a trial: it is asked, it learns, and everything is recorded.

Nothing is decided here: what happens, and when, stands in the events (:mod:`clgym.protocol.schedule`). What an earlier run left
in the ledger is taken from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from clgym import registry
from clgym.agent import Agent, Answer, Conversation, Cost, Experience, answers_of, flush_cost, learn_cost
from clgym.core import World
from clgym.errors import ClgymError
from clgym.protocol.examination import Question, divergence, examine, likelihoods
from clgym.protocol.ledger import Ledger
from clgym.protocol.observers import EndingWatch, TrialInterrupted, TrialObserver, block_numbers, round_numbers
from clgym.protocol.primer import primed, primer_of
from clgym.protocol.schedule import Ask, Event, Learn
from clgym.protocol.stream import Round, Stream
from clgym.records import AnswerRecord, BlockRecord, LearnRecord, LikelihoodRecord, Record, Trial
from clgym.registry import builtin

#: Env steps of learning between two savings of θ; steps that take no time are saved by the clock.
SAVE_EVERY, SAVE_SECONDS = 32, 1.0


class ThetaChanged(ClgymError, RuntimeError):
    """An agent's θ differs before and after an evaluation, so nothing measured there can be trusted."""


class Runner:
    """Takes one agent through the events of one arm (learn, placebo, or a reference)."""

    def __init__(
        self,
        trial: Trial,
        agent: Agent,
        arm: str,
        ledger: Ledger,
        observer: TrialObserver,
        *,
        watch: EndingWatch,
        save_every: int | None = None,
    ):
        self._trial, self._agent, self._arm, self._ledger, self._observer = trial, agent, arm, ledger, observer
        self._learns, self._watch = agent.learns, watch
        self._primer = primer_of(trial)
        self._safe_points = SafePoints(agent, arm, ledger, save_every)
        self._start = StartAnswers()
        self._taught: set[tuple[str, str]] = set()
        """(world id, query id) of every env step so far."""
        self._revealed: World | None = None
        self._sees_worlds = sees_worlds(trial, agent)

    def run(self, events: Iterable[Event]) -> None:
        """Those events that are of this arm.

        Raises ``ThetaChanged``, ``TrialInterrupted`` (the observer wants to stop) and whatever the agent raises.
        """
        self._agent.journal(self._ledger.journal)
        for event in events:
            if event.arm == self._arm:
                self._learn(event) if isinstance(event, Learn) else self._ask(event)

    # -- learning -----------------------------------------------------------------------------------------------------

    def _learn(self, learn: Learn) -> None:
        """Walk the learn stream round by round, with the checkpoints that come due."""
        last: Round | None = None
        self._reveal(learn.version_at(0).worlds)
        with closing(Stream(learn.trial, learn.attempts, width=learn.width, arm=self._arm, task=learn.task)) as stream:
            for taken in stream.rounds(self._act):
                self._live_through(taken)
                for ask in learn.due(last, taken):
                    self._ask(ask)
                self._reveal(learn.version_at(taken.step).worlds)
                last = taken
            self._flush(learn.steps)

    def _live_through(self, taken: Round) -> None:
        """Record a round, learn from it, and see whether it is time to save or to stop."""
        self._write_steps(taken)
        lesson = self._lesson(taken)
        self._ledger.sync()
        self._observer.measured(taken.step, round_numbers(taken.records, lesson))
        self._observer.advance(len(taken.records), "learning" if self._arm == "learn" else self._arm)
        if self._safe_points.due(taken.step) or self._observer.stopping():
            self._safe_points.save(taken.step)
        self._stop_if_wanted()

    def _act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """What was answered in an earlier run, or what the agent answers now."""
        recorded = self._ledger.next_steps(len(conversations))
        if recorded:
            return [record.given for record in recorded]
        self._safe_points.wake()
        return answers_of(self._agent, [primed(self._primer, conversation) for conversation in conversations])

    def _write_steps(self, taken: Round) -> None:
        for record in taken.records:
            self._ledger.write(record)
            self._watch.see(record)
            self._taught.add((record.world, record.query))
            if record.reward is not None and self._arm == "learn":
                self._observer.earned(record.reward)

    def _lesson(self, taken: Round) -> LearnRecord | None:
        """What was learned in an earlier run, or the agent learns now; none where it never does or no grade came."""
        usable = usable_experiences(taken)
        if not self._learns or not usable:
            return None
        record = self._ledger.recall(LearnRecord)
        if record is None:
            record = LearnRecord(self._arm, taken.step, len(usable), _timed(partial(learn_cost, self._agent, usable)))
            self._ledger.write(record)
        return record

    def _flush(self, step: int) -> None:
        """The stream has ended."""
        if self._learns and not self._ledger.recall(LearnRecord):
            self._safe_points.wake()
            self._ledger.write(LearnRecord(self._arm, step, 0, _timed(partial(flush_cost, self._agent))))

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(self, ask: Ask) -> None:
        """One evaluation block: as it was in an earlier run, or now."""
        self._reveal(ask.worlds)
        questions = ask.questions_after(self._taught)
        block = self._ledger.recall_block()
        if block:
            self._observer.advance(len(questions), ask.label)
        else:
            self._safe_points.before_block()
            block = self._block(ask, questions)
            for record in block:
                self._ledger.write(record)
                self._watch.see(record)
            self._safe_points.save()
        self._observer.measured(ask.step, block_numbers(block))
        if ask.step == 0:
            self._start.remember(block)

    def _block(self, ask: Ask, questions: Sequence[Question]) -> list[Record]:
        """The records of one block; the last one proves that θ stayed frozen."""
        began, digest = time.perf_counter(), theta_digest(self._agent)
        reused = not self._learns and self._arm == "learn" and self._start.has(questions, digest)
        if reused:
            records = self._start.again(ask, questions)
            self._observer.advance(len(questions), ask.label)
        else:
            records = self._examine(ask, questions)
        if ask.divergence:
            with self._agent.evaluating():
                records += divergence(self._agent, ask.step)
        if theta_digest(self._agent) != digest:
            raise ThetaChanged(
                f"{self._trial.label}: evaluation ({ask.phase}, env step {ask.step}) changed θ. Inside agent.evaluating(), "
                "act, log_likelihood and divergence must leave everything that save() writes as it was."
            )
        seconds = time.perf_counter() - began
        return [*records, BlockRecord(ask.phase, ask.step, len(questions), digest, reused, seconds, _description(self._agent))]

    def _examine(self, ask: Ask, questions: Sequence[Question]) -> list[Record]:
        records: list[Record] = []
        with self._agent.evaluating():
            advance = partial(self._advance, ask.label)
            records += examine(self._agent, questions, ask.phase, ask.step, self._trial.feedback, advance, self._primer)
            records += likelihoods(self._agent, ask.references, ask.phase, ask.step, self._primer)
        return records

    def _advance(self, label: str, answers: int) -> None:
        self._observer.advance(answers, label)
        self._stop_if_wanted()

    def _reveal(self, worlds: tuple[World, ...]) -> None:
        """Show a scripted agent the world as it is now; only when that changes, for it may search it anew."""
        if self._sees_worlds and worlds[0] is not self._revealed:
            self._revealed = worlds[0]
            self._agent.reveal(worlds)

    def _stop_if_wanted(self) -> None:
        if self._observer.stopping():
            raise TrialInterrupted("stopped after the step in flight; the same command goes on from here.")


def sees_worlds(trial: Trial, agent: Agent) -> bool:
    """Whether an agent is shown the worlds: those alone whose row says so, ``scripted`` or ``privileged``.

    What a program made itself and has no row counts as the agent of clgym that it is a kind of.
    """
    kinds = {f"{kind.__module__}:{kind.__qualname__}" for kind in type(agent).__mro__}
    try:
        rows = [registry.agent(trial.agent)]
    except ClgymError:  # a name that only a program knows
        rows = [row for row in builtin.AGENTS if row.entry_point in kinds]
    return any({"scripted", "privileged"} & set(row.tags) for row in rows)


class SafePoints:
    """The moments of one arm from which an interrupted trial goes on: when θ is saved, and when it is loaded again."""

    def __init__(self, agent: Agent, arm: str, ledger: Ledger, save_every: int | None):
        self._agent, self._arm, self._ledger, self._save_every = agent, arm, ledger, save_every
        self._can_be_saved = agent.saves or not agent.learns
        self._moved = False
        """Whether θ may have moved since it was saved."""
        self._saved_step, self._saved_at = 0, time.monotonic()

    def wake(self) -> None:
        """The agent is about to do something that may move θ."""
        self._ledger.wake(self._agent, self._arm)
        self._moved = True

    def before_block(self) -> None:
        """The agent is about to be asked, which leaves θ as it is."""
        self._ledger.wake(self._agent, self._arm)
        if self._moved:
            self.save()

    def due(self, step: int) -> bool:
        """Whether θ should be saved after this env step."""
        steps = step - self._saved_step
        if self._save_every is not None:
            return steps >= self._save_every
        return steps >= SAVE_EVERY and time.monotonic() - self._saved_at >= SAVE_SECONDS

    def save(self, step: int | None = None) -> None:
        """From here the trial can go on, ``step`` where it is within the stream; an agent that learns but cannot be saved has to
        begin again.
        """
        if self._can_be_saved:
            self._ledger.safe(self._arm, self._agent if self._moved and self._agent.saves else None)
            self._moved = False
            self._agent.journal(self._ledger.journal)
        self._saved_step = self._saved_step if step is None else step
        self._saved_at = time.monotonic()


class StartAnswers:
    """What θ_0 answered before anything was learned: what an agent that never learns would answer again."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], AnswerRecord] = {}
        self._likelihoods: list[LikelihoodRecord] = []
        self._digest: str | None = None

    def remember(self, block: Sequence[Record]) -> None:
        for record in block:
            if isinstance(record, AnswerRecord):
                self._answers[record.set, record.world, record.query] = record
            elif isinstance(record, LikelihoodRecord):
                self._likelihoods.append(record)
            elif isinstance(record, BlockRecord):
                self._digest = record.digest

    def has(self, questions: Sequence[Question], digest: str) -> bool:
        """Whether this θ has answered all of them."""
        return digest == self._digest and all(_key(question) in self._answers for question in questions)

    def again(self, ask: Ask, questions: Sequence[Question]) -> list[Record]:
        """The same answers, and likelihoods where the block has some, as records of another block."""
        earlier = [*(self._answers[_key(question)] for question in questions), *(self._likelihoods if ask.references else ())]
        return [replace(record, phase=ask.phase, step=ask.step) for record in earlier]


def _key(question: Question) -> tuple[str, str, str]:
    return question.set, question.world_id, question.query.id


def usable_experiences(taken: Round) -> list[Experience]:
    """What can be learned from: not where the grader failed."""
    return [experience for experience in taken.experiences if experience.outcome != "failed"]


def theta_digest(agent: Agent) -> str:
    """``agent.digest()``; "" for an agent that learns but has neither ``save`` nor ``digest``: nothing can be proven of it."""
    blind = agent.learns and not agent.saves and type(agent).digest is Agent.digest
    return "" if blind else agent.digest()


def _description(agent: Agent) -> dict[str, object]:
    """What θ is made of, and which of its counts are declared."""
    return {**agent.describe(), **({"estimated": list(agent.estimated)} if agent.estimated else {})}


def _timed(work: Callable[[], Cost | None]) -> Cost:
    """What the work says it cost; wall time where it does not say."""
    began = time.perf_counter()
    cost = work() or Cost()
    return cost if cost.seconds else replace(cost, seconds=time.perf_counter() - began)
