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
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym import metrics, registry
from clgym.agent import Agent
from clgym.errors import RecordsError
from clgym.protocol.ledger import Ledger
from clgym.protocol.observers import TrialObserver
from clgym.protocol.provenance import header_of
from clgym.protocol.runner import Runner, never_learns
from clgym.protocol.schedule import answers_of, attempts_of, events_of
from clgym.records import RESULT_FILE, TRIAL_FILE, BlockRecord, Trial, TrialRecords, read_trial, with_clock
from clgym.storage import SCHEMA, only_writer, read_json, write_json


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
    θ is saved every ``save_every`` env steps of learning (32, but at most once a second) and before every evaluation; an
    interrupted trial goes on from there and ends with the same records, byte for byte, as one that was left alone.

    Raises ``ThetaChanged``, ``TrialInterrupted`` (``observer`` wants to stop), ``RecordsError`` (the folder is locked, damaged or
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
        attempts = attempts_of(trial, agent.attempts)
        _open_folder(trial, attempts, folder)
        events = events_of(trial, attempts=attempts, learns=not never_learns(agent))
        with Ledger(folder) as ledger:
            if ledger.recalled or ledger.dropped:
                dropped = f"; {ledger.dropped} come again" if ledger.dropped else ""
                observer.note(f"{folder} goes on after {ledger.recalled} records{dropped}.")
            observer.start(answers_of(events))
            Runner(trial, agent, "learn", ledger, observer, save_every=save_every).run(events)
            if trial.placebo:
                Runner(trial, make(), "placebo", ledger, observer, save_every=save_every).run(events)
            ledger.close(time.perf_counter() - began)
            records = _close_folder(folder)
            ledger.forget()
    return with_clock(records)


def _open_folder(trial: Trial, attempts: int, folder: Path) -> None:
    """Write the header, or check that the one that is there is of this trial and these versions."""
    header = {"schema": SCHEMA, "trial": trial.to_json(), "attempts": attempts, **header_of(trial)}
    if (folder / TRIAL_FILE).exists():
        recorded = read_json(folder / TRIAL_FILE)
        refuse_other(recorded, trial.to_json(), folder)
        changed = differences(_fixed(recorded, header), _fixed(header, recorded))
        if changed:
            raise RecordsError(f"{folder} was begun with other code: {changed}. Start it again with --fresh.")
    else:
        write_json(folder / TRIAL_FILE, header)


def _fixed(header: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """What must not change in the middle of a trial. A package, or ``attempts``, that only one of the two knows of is no change."""
    fixed = {name: header.get(name) for name in ("schema", "generators", "grader_sha256", "commitment")}
    attempts = {"attempts": header["attempts"]} if "attempts" in header and "attempts" in other else {}
    versions, others = header.get("versions") or {}, other.get("versions") or {}
    return {**fixed, **attempts, **{name: version for name, version in versions.items() if name in others}}


def refuse_other(header: Mapping[str, Any], trial: Mapping[str, Any], folder: Path) -> None:
    """Raise ``RecordsError`` with the differences where a folder holds a trial with other settings."""
    changed = differences(header.get("trial") or {}, json.loads(json.dumps(trial)))
    if changed:
        raise RecordsError(f"{folder} holds a trial with other settings: {changed}. Choose another folder, or --fresh.")


def differences(recorded: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """``steps 64 (there) and 96 (asked for)``, for every name whose values differ."""
    names = [name for name in {**recorded, **wanted} if recorded.get(name) != wanted.get(name)]
    return ", ".join(f"{name} {recorded.get(name)!r} (there) and {wanted.get(name)!r} (asked for)" for name in names)


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
