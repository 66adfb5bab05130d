"""How long trials of a model on this machine will take, about: a few answers are timed, and the schedule says how many there are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym import registry
from clgym.agent import Decoding, Message
from clgym.protocol import Ask, events_of
from clgym.protocol.schedule import declared_attempts
from clgym.records import RESULT_FILE, Trial
from clgym.sweep.plan import trial_folder

#: So many queries are timed.
TIMED = 4
#: What an agent that trains does for each env step, in prompts read: four examples there and back again, which is three times there.
READ_FOR_A_STEP = 12


def seconds_here(trials: Sequence[Trial], out: Path | None, *, workers: int = 1) -> float | None:
    """Until the last trial is done, about; ``None`` where a trial's model is not on this machine. Loads the models.

    Trials that are finished in ``out`` take none. Answers are timed on the first env of a model, untaught models are taken to ramble
    up to their limit, and workers not to slow one another down. Raises what making the worlds and loading the models raises.
    """
    left = [trial for trial in trials if out is None or not (trial_folder(out, trial) / RESULT_FILE).exists()]
    if not all(trial.model and registry.model(trial.model).weights for trial in left):
        return None
    models = {spec: registry.load_model(spec) for spec in dict.fromkeys(trial.model for trial in left)}
    clocks: dict[tuple[str, int], tuple[float, float]] = {}
    total = 0.0
    for trial in left:
        limit = int(trial.settings.get("max_new_tokens", Decoding.max_new_tokens))
        key = (trial.model, limit)
        if key not in clocks:
            clocks[key] = _timed(models[trial.model], trial, limit)
        answering, reading = clocks[key]
        trains = "weights" in registry.agent(trial.agent).tags
        total += _asked(trial) * answering + trial.steps * (1 + trial.placebo) * reading * READ_FOR_A_STEP * trains
    return total / min(workers, max(1, len(left)))


def _timed(model: Any, trial: Trial, limit: int) -> tuple[float, float]:
    """Seconds for an answer of as many tokens as may be, and for reading a prompt."""
    world = registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world)
    pool = next(iter(world.pools))
    asked = [[Message(role="user", content=world.query(pool, index).prompt)] for index in range(TIMED)]
    seconds = []
    for tokens in (1, 1, limit):  # the first call warms up
        began = time.perf_counter()
        model.generate(asked, replace(Decoding(), max_new_tokens=tokens))
        seconds.append((time.perf_counter() - began) / TIMED)
    return seconds[2], seconds[1]


def _asked(trial: Trial) -> int:
    """Answers of a trial. One whose agent never learns is asked the same once."""
    events = events_of(trial, attempts=declared_attempts(trial))
    if "control" in registry.agent(trial.agent).tags:
        once = [event for event in events if isinstance(event, Ask) and event.phase in ("control", "before")]
        return sum(event.answers for event in once) + trial.steps
    return sum(event.answers for event in events)
