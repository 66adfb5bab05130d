"""One trial: before, learn, after.

    trial = Trial("CL-Conlang-v0", "icl", model="smollm2-135m", world=3, steps=200)
    records = run_trial(trial, Path("runs/one"))
    measure(records).gain.gain

Before: θ_0 answers ``eval``, ``guard``, every ``transfer/*``, every probe of the family and a sample of the learn
stream (the control). Learn: ``steps`` env steps through ``gym.make``, one ``agent.learn`` after each round; frozen
copies answer ``eval`` at checkpoints. After: θ_N answers everything again, query by query.
Evaluation gives no feedback, is not counted in env steps, and is proven to leave θ as it was.

The order of all this is data (:func:`clgym.protocol.schedule.events_of`); :mod:`clgym.protocol.runner` takes an agent through it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym import metrics, registry
from clgym.agent import Agent, StreamSettings
from clgym.outside import as_agent
from clgym.protocol.ledger import Ledger
from clgym.protocol.observers import EndingWatch, TrialObserver
from clgym.protocol.provenance import (
    agent_origin,
    answering_model,
    blaming,
    flops_shape_of,
    header_of,
    refuse_finished_by_another,
    refuse_other,
    refuse_other_agent,
    refuse_other_code,
    refuse_other_model,
)
from clgym.protocol.runner import Runner, sees_worlds
from clgym.protocol.schedule import answer_count, attempts_of, events_of
from clgym.records import RESULT_FILE, TRIAL_FILE, BlockRecord, Trial, TrialRecords, read_trial, with_clock
from clgym.storage import SCHEMA, only_writer, read_json, write_json


def run_trial(
    trial: Trial,
    folder: Path,
    *,
    make: Callable[[], Any] | None = None,
    observer: TrialObserver | None = None,
    save_every: int | None = None,
) -> TrialRecords:
    """Run one trial into ``folder`` and return its records; a finished one is read back, a half-finished one goes on.

    ``make`` builds a fresh agent, or anything that ``as_agent`` takes, for each arm (``trial.placebo``, ``trial.reference``); the default looks
    ``trial.agent`` up in the registry.
    θ is saved every ``save_every`` env steps of learning (32, but at most once a second) and before every evaluation; an
    interrupted trial goes on from there and ends with the same records, byte for byte, as one that was left alone.

    Raises ``ThetaChanged``, ``TrialInterrupted`` (``observer`` wants to stop), ``RecordsError`` (the folder is locked, damaged or
    holds another trial, or one of another agent), ``StorageFull``, and ``AgentError`` or ``FamilyError`` for what code from outside raises.
    """
    observer = observer or TrialObserver()
    folder = Path(folder)
    with only_writer(folder):
        if (folder / RESULT_FILE).exists():
            known = read_json(folder / TRIAL_FILE)
            refuse_other(known, trial.to_json(), folder)
            refuse_finished_by_another(known, trial, make, folder)
            return read_trial(folder)
        began = time.perf_counter()
        make = make or (lambda: build_agent(trial))
        agent = as_agent(make())  # before the header, which says who it is
        attempts = attempts_of(trial, agent.attempts)
        prepared(agent, trial, attempts)
        _open_folder(trial, attempts, agent, folder)
        with blaming(trial, agent), Ledger(folder) as ledger:
            events = events_of(trial, attempts=attempts, learns=agent.learns)
            if ledger.recalled or ledger.dropped:
                dropped = f"; {ledger.dropped} come again" if ledger.dropped else ""
                observer.note(f"{folder} goes on after {ledger.recalled} records{dropped}.")
            observer.start(answer_count(events))
            watch = EndingWatch(trial)
            for arm in dict.fromkeys(event.arm for event in events):
                learner = agent if arm == "learn" else prepared(as_agent(make()), trial, attempts)
                Runner(trial, learner, arm, ledger, observer, watch=watch, save_every=save_every).run(events)
            ledger.close(time.perf_counter() - began)
            records = _close_folder(folder)
            ledger.forget()
    return with_clock(records)


def _open_folder(trial: Trial, attempts: int, agent: Agent, folder: Path) -> None:
    """Write the header, or check that the one that is there is of this trial, this agent and these versions."""
    origin = agent_origin(trial, agent)
    header = {
        "schema": SCHEMA,
        "trial": trial.to_json(),
        "attempts": attempts,
        "revealed": sees_worlds(trial, agent),
        **header_of(trial),
        "agent": origin,
        "model": answering_model(trial),
        "flops_shape": flops_shape_of(agent),
    }
    if (folder / TRIAL_FILE).exists():
        recorded = read_json(folder / TRIAL_FILE)
        refuse_other(recorded, trial.to_json(), folder)
        refuse_other_agent(recorded, origin, folder)
        refuse_other_model(recorded, trial, folder)
        refuse_other_code(recorded, header, folder)
    else:
        write_json(folder / TRIAL_FILE, header)


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


def prepared(agent: Agent, trial: Trial, attempts: int) -> Agent:
    """The agent, told which stream will follow."""
    agent.prepare(
        StreamSettings(
            family=trial.env,
            level=trial.level,
            breadth=trial.breadth,
            feedback=trial.feedback,
            noise=trial.noise,
            drift_at=trial.drift_at,
            attempts=attempts,
        )
    )
    return agent


def build_agent(trial: Trial, model: Any = None) -> Agent:
    """A fresh agent of the registry; ``model`` is a loaded one that trials share, else ``trial.model`` names it."""
    return registry.make_agent(trial.agent, model=model or trial.model or None, seed=trial.seed, **trial.settings)
