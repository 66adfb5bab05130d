"""A trial whose learner is somebody else's loop: it is asked what any trial asks, and its env steps are written down as they come.

    recorder = Recorder(Trial("CL-Playbook-v0", "mine", steps=512), "runs/mine")
    recorder.start(agent)                       # before: eval, guard, transfer sets, probes
    rollout = Rollout(session, index, watch=recorder.step)
    recorder.lesson(seconds=2.5)                # the loop has learned from what it did since the last time
    recorder.checkpoint(agent)                  # eval
    recorder.finish(agent)                      # everything again; then the folder stands in `clgym report`

``agent`` answers with what the loop has trained so far. Which queries the loop asks, in which order and how often, is its own affair: a step
counts wherever it comes from. So ``clgym verify`` grades these records query by query, and cannot say that the stream was walked as a trial's is.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym import metrics
from clgym.agent import Agent, Cost
from clgym.errors import InvalidSetting, RecordsError
from clgym.integrations.retelling import WALKED_BY, check_kept
from clgym.integrations.rollouts import Rollout
from clgym.protocol.examination import divergence, examine, likelihoods
from clgym.protocol.provenance import header_of
from clgym.protocol.runner import ThetaChanged, theta_digest
from clgym.protocol.schedule import Ask, Learn, events_of
from clgym.protocol.sources import combined, sources
from clgym.records import RESULT_FILE, TRIAL_FILE, BlockRecord, LearnRecord, RecordWriter, StepRecord, Trial, read_trial
from clgym.session import Said
from clgym.storage import SCHEMA, write_json


class Recorder:
    """Writes the records of a trial that an outside loop lives through.

    Args:
        trial: its settings; ``steps`` are those that are expected, and become those that came. ``checkpoints`` are asked as they are passed.
        folder: a new one.
        trainer: who learns, as ``trial.json`` has it: ``class``, ``distribution``, ``version``.
        model: what is trained.

    Raises ``InvalidSetting`` for settings that only clgym's own stream can keep (noise, drifts, placebo, reference, the control of the stream), ``RecordsError`` where the folder
    holds a trial.
    """

    def __init__(self, trial: Trial, folder: Path | str, *, trainer: Mapping[str, Any], model: Mapping[str, str] | None = None):
        check_kept(trial)
        self.trial, self.folder = trial, Path(folder)
        if (self.folder / TRIAL_FILE).exists():
            raise RecordsError(f"{self.folder} holds a trial already: an outside loop begins a new one. Choose another folder.")
        self._trainer, self._model = (
            {"entry_point": None, **_source_of(trainer), WALKED_BY: "outside", **trainer},
            dict(model or {}),
        )
        self._provenance = header_of(trial)
        self._events = events_of(trial, attempts=trial.attempts or 1)
        self._writer: RecordWriter | None = None
        self._episodes = 0
        self.steps = 0
        """Env steps so far."""
        self._learned, self._began = 0, 0.0

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Env steps after which ``eval`` is asked."""
        return next(event.checkpoints for event in self._events if isinstance(event, Learn))

    def start(self, agent: Agent) -> None:
        """Open the folder, and ask θ_0 everything."""
        self._began = time.perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_header()
        self._writer = RecordWriter(self.folder)
        for event in self._events:
            if isinstance(event, Ask) and event.phase == "before":
                self._ask(event, agent)

    def step(self, rollout: Rollout, said: Said, cost: Cost = Cost()) -> None:
        """An answer was given: one env step. A rollout's ``watch``."""
        self.steps += 1
        if rollout.episode is None:
            rollout.episode, self._episodes = self._episodes, self._episodes + 1
        world, query = rollout.session.world_id, rollout.session.query
        self._check(world, rollout.session.feedback)
        self._records.write(
            StepRecord(
                arm="learn",
                step=self.steps,
                episode=rollout.episode,
                world=world,
                query=query.id,
                attempt=rollout.attempt,
                prompt=rollout.asked,
                answer=said.messages[0]["content"],
                reward=said.reward,
                outcome=said.outcome,
                feedback=said.feedback,
                done=said.done,
                cost=cost,
                score=said.score if said.attempt_done else None,
                thoughts=said.thoughts,
            )
        )

    def _check(self, world: str, feedback: str) -> None:
        """Raise ``InvalidSetting`` where an env step is of another trial."""
        there, here = (self.trial.world_id, self.trial.feedback), (world, feedback)
        if there != here:
            raise InvalidSetting(
                f"an env step of {here[0]} with feedback {here[1]!r} does not belong to the trial of {there[0]} with feedback {there[1]!r}: "
                "give both the same settings."
            )

    def lesson(self, cost: Cost = Cost()) -> None:
        """The loop has learned from the env steps since the last lesson; what that cost."""
        if self.steps > self._learned:
            self._records.write(LearnRecord("learn", self.steps, self.steps - self._learned, cost))
            self._learned = self.steps
        self._records.sync()

    def checkpoint(self, agent: Agent) -> None:
        """Ask ``eval``, as after so many env steps."""
        learn = next(event for event in self._events if isinstance(event, Learn))
        self._ask(learn.checkpoint(self.steps), agent)

    def finish(self, agent: Agent) -> metrics.TrialMetrics:
        """Ask everything again, and close the folder: ``steps`` of its settings are those that came."""
        self.trial = replace(self.trial, steps=self.steps)
        for event in self._events:
            if isinstance(event, Ask) and event.phase == "after":
                self._ask(replace(event, step=self.steps), agent)
        self._records.total(time.perf_counter() - self._began)
        self._records.close()
        self._write_header()
        records = read_trial(self.folder, clock=False)
        numbers = metrics.measure(records)
        proven = all(block.digest for block in records.of(BlockRecord))
        result = {
            "schema": SCHEMA,
            "records": len(records.records),
            "theta_proven_unchanged": proven,
            "metrics": metrics.to_json(numbers),
        }
        write_json(self.folder / RESULT_FILE, json.loads(json.dumps(result)))
        return numbers

    @property
    def _records(self) -> RecordWriter:
        if self._writer is None:
            raise RecordsError(f"{self.folder} is not open: start(agent) comes before the first env step.")
        return self._writer

    def _write_header(self) -> None:
        settings = {"schema": SCHEMA, "trial": self.trial.to_json(), "attempts": self.trial.attempts or 1}
        write_json(self.folder / TRIAL_FILE, {**settings, **self._provenance, "agent": self._trainer, "model": self._model})

    def _ask(self, ask: Ask, agent: Agent) -> None:
        """One evaluation block; its last record proves that θ stayed as it was."""
        began, digest = time.perf_counter(), theta_digest(agent)
        questions = ask.questions
        with agent.evaluating():
            records = [*examine(agent, questions, ask.phase, ask.step, self.trial.feedback, lambda _: None)]
            beside = [
                *likelihoods(agent, ask.references, ask.phase, ask.step),
                *(divergence(agent, ask.step) if ask.divergence else ()),
            ]
        if theta_digest(agent) != digest:
            raise ThetaChanged(f"{self.trial.label}: evaluation ({ask.phase}, env step {ask.step}) changed θ.")
        for record in (*records, *beside):
            self._records.write(record)
        seconds = time.perf_counter() - began
        self._records.write(BlockRecord(ask.phase, ask.step, len(questions), digest, False, seconds, dict(agent.describe())))
        self._records.settle()


def _source_of(trainer: Mapping[str, Any]) -> dict[str, Any]:
    """The hash of the program that drives the loop; in an interpreter, which has no file, that of the trainer's name and version."""
    hashes = sources(["__main__"], lambda name: False)
    named = f"{trainer.get('distribution')}=={trainer.get('version')}"
    whole = combined(hashes) if hashes else hashlib.sha256(named.encode()).hexdigest()
    return {"sha256": whole, "sources": {name: sha[:12] for name, sha in sorted(hashes.items())}}
