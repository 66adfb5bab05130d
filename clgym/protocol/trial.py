"""One trial: before, learn, after.

    trial = Trial("CL-Conlang-v0", "icl", model="smollm2-135m", world=3, steps=200)
    records = run_trial(trial, Path("runs/one"))
    measure(records).gain.gain

Before: θ_0 answers ``eval``, ``guard``, every ``transfer/*``, every probe of the family and a sample of the learn
stream (the control). Learn: ``steps`` env steps through ``gym.make``, one ``agent.learn`` after each round; frozen
copies answer ``eval`` at checkpoints. After: θ_N answers everything again, query by query.
Evaluation gives no feedback, is not counted in env steps, and is proven to leave θ as it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from clgym import metrics, registry
from clgym.agent import Agent, Answer, Conversation, Cost, Experience
from clgym.core import World
from clgym.errors import ClgymError, RecordsError
from clgym.protocol.examination import BATCH, Question, divergence, examine, likelihoods, sample_questions
from clgym.protocol.ledger import Ledger
from clgym.protocol.observers import TrialInterrupted, TrialObserver, block_numbers, round_numbers
from clgym.protocol.provenance import header_of
from clgym.protocol.stream import Stream
from clgym.records import (
    PROBE_PREFIX,
    RESULT_FILE,
    TRANSFER_PREFIX,
    TRIAL_FILE,
    AnswerRecord,
    BlockRecord,
    LearnRecord,
    LikelihoodRecord,
    Record,
    Trial,
    TrialRecords,
    read_trial,
    with_clock,
)
from clgym.seeding import world_seed
from clgym.storage import SCHEMA, only_writer, read_json, write_json

#: Env steps of learning between two savings of θ; steps that take no time are saved by the clock.
SAVE_EVERY, SAVE_SECONDS = 32, 1.0

#: A sister world is this far away in the same split: same family and level, other rules.
SISTER_OFFSET = 1000


class ThetaChanged(ClgymError, RuntimeError):
    """An agent's θ differs before and after an evaluation, so nothing measured there can be trusted."""


def run_trial(
    trial: Trial,
    folder: Path,
    *,
    make: Callable[[], Agent] | None = None,
    observer: TrialObserver | None = None,
    save_every: int | None = None,
) -> TrialRecords:
    """Run one trial into ``folder`` and return its records; a finished one is read back, a half-finished one goes on.

    ``make`` builds a fresh agent (twice where ``trial.placebo``); the default looks ``trial.agent`` up in the registry.
    θ is saved every ``save_every`` env steps of learning (32, but at most once a second) and before every evaluation; an interrupted trial goes on from there and
    ends with the same records, byte for byte, as one that was left alone.

    Raises ``ThetaChanged``, ``TrialInterrupted`` (``watch`` asked to stop), ``RecordsError`` (the folder is locked, damaged or
    holds another trial), ``StorageFull`` and whatever the agent raises.
    """
    observer = observer or TrialObserver()
    make = make or (lambda: build_agent(trial))
    folder = Path(folder)
    with only_writer(folder):
        if (folder / RESULT_FILE).exists():
            refuse_other(read_json(folder / TRIAL_FILE), trial.to_json(), folder)
            return read_trial(folder)
        began = time.perf_counter()
        agent = make()  # before the header, which names the versions of what is loaded
        _open_folder(trial, folder)
        with Ledger(folder) as ledger:
            if ledger.recalled or ledger.dropped:
                dropped = f"; {ledger.dropped} come again" if ledger.dropped else ""
                observer.note(f"{folder} goes on after {ledger.recalled} records{dropped}.")
            agent.journal(ledger.journal)
            arm = Arm(trial, agent, ledger, observer, save_every)
            observer.start(arm.plan())
            arm.run()
            if trial.placebo:
                other = make()
                other.journal(ledger.journal)
                arm.run_placebo(other)
            ledger.close(time.perf_counter() - began)
            records = _close_folder(folder)
            ledger.forget()
    return with_clock(records)


def _open_folder(trial: Trial, folder: Path) -> None:
    """Write the header, or check that the one that is there is of this trial and these versions."""
    header = {"schema": SCHEMA, "trial": trial.to_json(), **header_of(trial)}
    if (folder / TRIAL_FILE).exists():
        known = read_json(folder / TRIAL_FILE)
        refuse_other(known, trial.to_json(), folder)
        changed = differences(_bare(known, header), _bare(header, known))
        if changed:
            raise RecordsError(f"{folder} was begun with other code: {changed}. Start it again with --fresh.")
    else:
        write_json(folder / TRIAL_FILE, header)


def _bare(header: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """What must not change in the middle of a trial. A package that only one of the two knows of is no change."""
    kept = {name: header.get(name) for name in ("schema", "generators", "grader_sha256", "commitment")}
    theirs = other.get("versions") or {}
    return {**kept, **{name: version for name, version in (header.get("versions") or {}).items() if name in theirs}}


def refuse_other(header: Mapping[str, Any], trial: Mapping[str, Any], folder: Path) -> None:
    """Raise ``RecordsError`` with the differences where a folder holds a trial with other settings."""
    changed = differences(header.get("trial") or {}, json.loads(json.dumps(trial)))
    if changed:
        raise RecordsError(f"{folder} holds a trial with other settings: {changed}. Choose another folder, or --fresh.")


def differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """``steps 64 (there) and 96 (asked for)``, for every name whose values differ."""
    names = [name for name in {**there, **asked} if there.get(name) != asked.get(name)]
    return ", ".join(f"{name} {there.get(name)!r} (there) and {asked.get(name)!r} (asked for)" for name in names)


def _close_folder(folder: Path) -> TrialRecords:
    """Write the result: metrics from the records alone, without the clock, so that the same trial gives the same file."""
    records = read_trial(folder, clock=False)
    result = {
        "schema": SCHEMA,
        "records": len(records.records),
        "theta_proven_unchanged": all(block.digest for block in records.of(BlockRecord)),
        "metrics": metrics.to_json(metrics.measure(records)),
    }
    write_json(folder / RESULT_FILE, result)
    return replace(records, result=json.loads(json.dumps(result)))


def build_agent(trial: Trial, model: Any = None) -> Agent:
    """A fresh agent of the registry; ``model`` is a loaded one that trials share, else ``trial.model`` names it."""
    return registry.make_agent(trial.agent, model=model or trial.model or None, seed=trial.seed, **trial.settings)


def checkpoint_steps(trial: Trial) -> list[int]:
    """Env steps strictly between 0 and N at which ``eval`` is asked, rounded up to whole rounds."""
    asked: Iterator[int] | Sequence[int] = _doubling(trial) if trial.checkpoints is None else trial.checkpoints
    rounded = {-(-step // trial.batch) * trial.batch for step in asked}
    return sorted(step for step in rounded if 0 < step < trial.steps)


def _doubling(trial: Trial) -> Iterator[int]:
    """8, 16, 32, ... env steps after the start and after each drift; and right before and right after a drift, to see what it took."""
    drifts = sorted(at for at in trial.drift_at if at < trial.steps)
    for start, end in zip([0, *drifts], [*drifts, trial.steps]):
        step = 8
        while start + step < end:
            yield start + step
            step *= 2
    for at in drifts:
        yield from (at - trial.batch, at)


def versions_of(trial: Trial) -> list[World]:
    """The world as drawn, then as it is after each drift that the trial reaches: what ``ContinualEnv`` makes of it."""
    family = registry.load_family(trial.env)
    seed = world_seed(family.name, family.version, trial.level, trial.split, trial.world)
    worlds = [registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world)]
    for number in range(1, 1 + sum(at < trial.steps for at in trial.drift_at)):
        worlds.append(worlds[-1].drifted(seed.child("drift", number)))
    return worlds


@dataclass(frozen=True)
class _Exam:
    """All questions of a trial, drawn once from its seed, so that every θ and every agent is asked the same."""

    evals: tuple[tuple[Question, ...], ...]
    """One sample of ``eval`` for each version of the world."""
    others: tuple[Question, ...]
    """guard, ``transfer/*`` and probes."""

    @classmethod
    def of(cls, trial: Trial, versions: Sequence[World], probes: Sequence[World]) -> _Exam:
        last, last_id = versions[-1], version_id(trial, len(versions) - 1)
        pools = [("guard", trial.guard_size)] + [
            (pool, trial.transfer_size) for pool in last.pools if pool.startswith(TRANSFER_PREFIX)
        ]
        others = [
            question
            for pool, size in pools
            if pool in last.pools
            for question in sample_questions(last, last_id, pool, size, trial.seed, set=pool)
        ]
        for probe in probes:
            others += sample_questions(
                probe,
                f"{probe.family}/level0/{trial.split}/0",
                "eval",
                trial.probe_size,
                trial.seed,
                set=PROBE_PREFIX + probe.family,
            )
        evals = tuple(
            tuple(sample_questions(world, version_id(trial, number), "eval", trial.eval_size, trial.seed, set="eval"))
            for number, world in enumerate(versions)
        )
        return cls(evals, tuple(others))


def version_id(trial: Trial, number: int) -> str:
    """The public id of the world after so many drifts, as ``info["world"]`` has it."""
    return trial.world_id + (f"+{number}" if number else "")


class Arm:
    """A trial under way: the agent, the questions, and where the records go."""

    def __init__(self, trial: Trial, agent: Agent, ledger: Ledger, observer: TrialObserver, save_every: int | None):
        self.trial, self.agent, self.ledger, self.observer, self.save_every = trial, agent, ledger, observer, save_every
        self.attempts = trial.attempts or max(1, agent.attempts)
        self.versions = versions_of(trial)
        row = registry.family(trial.env)
        self.probes = [registry.make_world(name, split=trial.split) for name in row.probes] if trial.probe_size else []
        # A sequence of tasks is asked where each of its stages ends; further checkpoints only if they are wanted.
        staged = bool(self.versions[0].stage_ends()) and trial.checkpoints is None
        self.checkpoints = [] if staged else checkpoint_steps(trial)
        self.exam = _Exam.of(trial, self.versions, self.probes)
        self.control = self._control_questions()
        self._start: dict[tuple[str, str, str], AnswerRecord] = {}
        self._start_likelihoods: list[LikelihoodRecord] = []
        self._start_digest: str | None = None
        self._moved = False
        """Whether θ may have moved since it was saved."""
        self._saved_at = time.monotonic()
        self._revealed: tuple[Agent, World] | None = None

    def plan(self) -> int:
        """How many answers the whole trial takes."""
        before = sum(map(len, self.exam.evals)) + len(self.exam.others) + len(self.control)
        asked = [*self.checkpoints, *(end for end in self.versions[0].stage_ends() if end < self.trial.steps)]
        between = sum(len(self.exam.evals[self._version_at(step)]) for step in asked)
        after = len(self.exam.evals[-1]) + len(self.exam.others) + len(self.control)
        placebo = self.trial.steps + len(self.exam.evals[-1]) if self.trial.placebo else 0
        return before + between + self.trial.steps + after + placebo

    def run(self) -> None:
        """Before, learn, after."""
        self._reveal(self.agent, self.versions[0])
        self._block(self.agent, "control", 0, self.control)
        for number, questions in enumerate(self.exam.evals[:-1]):
            self._reveal(self.agent, self.versions[number])
            self._block(self.agent, "before", 0, questions)
        self._reveal(self.agent, self.versions[-1])
        self._block(self.agent, "before", 0, [*self.exam.evals[-1], *self.exam.others], compare=True)
        learned = self._learn(self.agent, self.trial, "learn", self.versions, self.checkpoints)
        self._reveal(self.agent, self.versions[-1])
        seen = [q for q in self.control if (q.world_id, q.query.id) in learned]
        asked = [*self.exam.evals[-1], *self.exam.others, *(seen if len(self.versions) == 1 else [])]
        self._block(self.agent, "after", self.trial.steps, asked, compare=True)
        if seen and len(self.versions) > 1:  # they are of the world before its drifts, which scripted agents have to see
            self._reveal(self.agent, self.versions[0])
            self._block(self.agent, "after", self.trial.steps, seen)

    def run_placebo(self, agent: Agent) -> None:
        """The same number of steps in a sister world, then ``eval`` of this one."""
        sister = replace(self.trial, world=self.trial.world + SISTER_OFFSET)
        self._learn(agent, sister, "placebo", versions_of(sister), [])
        self._reveal(agent, self.versions[-1])
        self._block(agent, "placebo", self.trial.steps, self.exam.evals[-1])

    def _control_questions(self) -> list[Question]:
        """An even sample of those queries of the learn stream that are reached whatever the agent answers."""
        world, trial = self.versions[0], self.trial
        stream = Stream.order(world, trial)
        before_drift = min((at for at in trial.drift_at), default=trial.steps)
        reached = min(len(stream), min(trial.steps, before_drift) // self.attempts)
        size = min(trial.control_size, reached)
        return [
            Question("learn", world, version_id(trial, 0), world.query(Stream.pool(world), stream[place * reached // size]))
            for place in range(size)
        ]

    def _version_at(self, step: int) -> int:
        """How often the world has drifted when so many env steps are done (drifts at or after the last one never show)."""
        return sum(at <= step and at < self.trial.steps for at in self.trial.drift_at)

    def _reveal(self, agent: Agent, world: World) -> None:
        """Show a scripted agent the world as it is now; only when that changes, for it may search it anew."""
        last = self._revealed
        if last is None or last[0] is not agent or last[1] is not world:
            self._revealed = (agent, world)
            agent.reveal([world, *self.probes])

    def _learn(
        self, agent: Agent, trial: Trial, arm: str, versions: Sequence[World], checkpoints: Sequence[int]
    ) -> set[tuple[str, str]]:
        """The learn stream; returns (world, query) of everything that was taught."""
        taught: set[tuple[str, str]] = set()
        due, stages, saved = list(checkpoints), 0, 0
        self._reveal(agent, versions[0])
        stream = Stream(trial, self.attempts, width=self._width(agent))
        try:
            for step, stages_done, experiences, records in stream.rounds(partial(self._act, agent, arm)):
                taken = records if arm == "learn" else [replace(record, arm=arm) for record in records]
                for record in taken:
                    self.ledger.write(record)
                    taught.add((record.world, record.query))
                    if record.reward is not None and arm == "learn":
                        self.observer.earned(record.reward)
                usable = [e for e in experiences if e.outcome != "failed"]
                learned = self._lesson(agent, arm, step, usable) if usable else None
                self.ledger.sync()
                self.observer.measured(step, round_numbers(taken, learned))
                self.observer.advance(len(records), "learning" if arm == "learn" else "placebo")
                if self._due(step - saved) or self.observer.stopping():
                    self._make_safe(agent, arm)
                    saved = step
                self._stop_if_asked()
                while due and due[0] <= step:
                    self._checkpoint(agent, versions, due.pop(0))
                if stages_done > stages and step < trial.steps and arm == "learn":
                    stages = stages_done
                    self._checkpoint(agent, versions, step)
                self._reveal(agent, versions[self._version_at(step)])
            if not never_learns(agent) and not self.ledger.recall(LearnRecord):
                self._wake(agent, arm)
                self.ledger.write(LearnRecord(arm, trial.steps, 0, _timed(agent.flush)))
        finally:
            stream.close()
        return taught

    def _lesson(self, agent: Agent, arm: str, step: int, usable: Sequence[Experience]) -> LearnRecord | None:
        """What was learned in an earlier run, or the agent learns now; none where it never does."""
        if never_learns(agent):
            return None
        record = self.ledger.recall(LearnRecord)
        if record is None:
            record = LearnRecord(arm, step, len(usable), _timed(partial(agent.learn, usable)))
            self.ledger.write(record)
        return record

    def _act(self, agent: Agent, arm: str, conversations: Sequence[Conversation]) -> list[Answer]:
        """What was answered in an earlier run, or what the agent answers now."""
        known = self.ledger.next_steps(len(conversations))
        if known:
            return [Answer(record.answer, record.cost) for record in known]
        self._wake(agent, arm)
        return agent.act(conversations)

    def _wake(self, agent: Agent, arm: str) -> None:
        """The agent is about to do something that may move θ."""
        self.ledger.wake(agent, arm)
        self._moved = True

    def _due(self, steps: int) -> bool:
        """Whether θ should be saved so many env steps after the last time."""
        if self.save_every is not None:
            return steps >= self.save_every
        return steps >= SAVE_EVERY and time.monotonic() - self._saved_at >= SAVE_SECONDS

    def _make_safe(self, agent: Agent, arm: str) -> None:
        """From here the trial can go on; an agent that learns but cannot be saved has to begin again."""
        blind = not never_learns(agent) and type(agent).save is Agent.save
        if not blind:
            self.ledger.safe(arm, agent if self._moved and type(agent).save is not Agent.save else None)
            self._moved = False
            agent.journal(self.ledger.journal)
        self._saved_at = time.monotonic()

    def _stop_if_asked(self) -> None:
        if self.observer.stopping():
            raise TrialInterrupted("stopped after the step in flight; the same command goes on from here.")

    def _checkpoint(self, agent: Agent, versions: Sequence[World], step: int) -> None:
        number = self._version_at(step)
        self._reveal(agent, versions[number])
        self._block(agent, "checkpoint", step, self.exam.evals[number])

    def _width(self, agent: Agent) -> int:
        """Queries at once: ``batch``, or more where neither learning nor the order of the stream can notice."""
        unnoticed = never_learns(agent) and self.attempts == 1 and not self.trial.drift_at
        return max(self.trial.batch, BATCH) if unnoticed else self.trial.batch

    def _block(self, agent: Agent, phase: str, step: int, questions: Sequence[Question], *, compare: bool = False) -> None:
        """Ask a frozen θ, prove that it stayed frozen, write the answers. ``compare`` adds log-likelihoods."""
        arm = "placebo" if phase == "placebo" else "learn"
        stage = f"eval at {step}" if phase == "checkpoint" else phase
        block = self.ledger.recall_block()
        if block:
            self.observer.advance(len(questions), stage)
        else:
            self.ledger.wake(agent, arm)
            if self._moved:
                self._make_safe(agent, arm)
            block = self._ask(agent, phase, step, questions, stage, compare)
            for record in block:
                self.ledger.write(record)
            self._make_safe(agent, arm)
        self.observer.measured(step, block_numbers(block))
        if step == 0:
            answers = [record for record in block if isinstance(record, AnswerRecord)]
            self._start.update({(a.set, a.world, a.query): a for a in answers})
            self._start_likelihoods += [record for record in block if isinstance(record, LikelihoodRecord)]
            self._start_digest = next(record.digest for record in block if isinstance(record, BlockRecord))

    def _ask(self, agent: Agent, phase: str, step: int, questions: Sequence[Question], stage: str, compare: bool) -> list[Record]:
        """The records of one block, its proof last."""
        began, digest = time.perf_counter(), theta_digest(agent)
        reused = (
            never_learns(agent)
            and digest == self._start_digest
            and phase != "placebo"
            and all(self._key(question) in self._start for question in questions)
        )
        block: list[Record] = []
        if reused:
            block += [replace(self._start[self._key(question)], phase=phase, step=step) for question in questions]
            self.observer.advance(len(questions), stage)
        else:
            with agent.evaluating():
                block += examine(agent, questions, phase, step, self.trial.feedback, partial(self._heard, stage))
        if compare:
            block += self._likelihoods(agent, phase, step, reused)
        if phase == "after" and compare:
            with agent.evaluating():
                block += divergence(agent, step)
        if theta_digest(agent) != digest:
            raise ThetaChanged(
                f"{self.trial.label}: evaluation ({phase}, env step {step}) changed θ. Inside agent.evaluating(), "
                "act, log_likelihood and divergence must leave everything that save() writes as it was."
            )
        seconds = time.perf_counter() - began
        theta = {**agent.describe(), **({"estimated": list(agent.estimated)} if agent.estimated else {})}
        return [*block, BlockRecord(phase, step, len(questions), digest, reused, seconds, theta)]

    def _heard(self, stage: str, answers: int) -> None:
        self.observer.advance(answers, stage)
        self._stop_if_asked()

    def _likelihoods(self, agent: Agent, phase: str, step: int, reused: bool) -> list[LikelihoodRecord]:
        if reused:
            return [replace(record, phase=phase, step=step) for record in self._start_likelihoods]
        with agent.evaluating():
            return likelihoods(agent, self.exam.others, phase, step)

    @staticmethod
    def _key(question: Question) -> tuple[str, str, str]:
        return question.set, question.world_id, question.query.id


def never_learns(agent: Agent) -> bool:
    """Whether the agent inherits ``learn`` and ``flush``, which do nothing."""
    return type(agent).learn is Agent.learn and type(agent).flush is Agent.flush


def theta_digest(agent: Agent) -> str:
    """``agent.digest()``; "" for an agent that learns but has neither ``save`` nor ``digest``: nothing can be proven of it."""
    blind = type(agent).save is Agent.save and type(agent).digest is Agent.digest
    return "" if blind and not never_learns(agent) else agent.digest()


def _timed(work: Callable[[], Cost | None]) -> Cost:
    """What the work says it cost; wall time where it does not say."""
    began = time.perf_counter()
    cost = work() or Cost()
    return cost if cost.seconds else replace(cost, seconds=time.perf_counter() - began)
