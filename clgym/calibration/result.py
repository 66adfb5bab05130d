"""From finished trials to the numbers and the verdict of every cell, as plain JSON data."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clgym.calibration.plan import FROZEN, ICL, IDEAL, ORACLE, RULEBOOK, Cell, PlannedAgent, Settings
from clgym.calibration.verdict import (
    ERROR,
    LEEWAY,
    UNDECIDED,
    CellVerdict,
    Evidence,
    Scores,
    decide,
    falls_short,
    further,
    measured,
)
from clgym.metrics.endings import in_words, measure_endings, total
from clgym.metrics.summary import mixtures, refusal
from clgym.protocol.provenance import versions
from clgym.records import RESULT_FILE, AnswerRecord, BlockRecord, StepRecord, Trial, TrialRecords, read_trial
from clgym.sweep.plan import trial_folder
from clgym.sweep.run import ERROR_FILE

SCHEMA = 1


class MeasuredAgent(NamedTuple):
    """One agent, or one context size of ICL, as it was measured."""

    name: str
    kind: str
    exchanges: int | None
    scores: Scores
    failed: int = 0
    """Answers that could not be graded."""
    held: tuple[int, int] | None = None
    """The fewest and the most exchanges that were in the context."""
    reason: str = ""
    """Why there are no scores."""


def calibration(settings: Settings, cells: Sequence[Cell], out: Path, *, trainable: bool) -> dict[str, Any]:
    """Everything that the page says. ``trainable``: the model has weights here that a learner could have updated."""
    return {
        "schema": SCHEMA,
        "model": settings.model,
        "split": settings.split,
        "worlds": list(settings.worlds),
        "queries": settings.queries,
        "contexts": list(settings.contexts),
        "window": settings.window,
        "learners": list(settings.learners),
        "feedback": list(settings.feedback),
        "leeway": LEEWAY,
        "error": ERROR,
        "command": command(settings),
        "versions": versions(),
        "cells": [_cell(settings, cell, out, trainable) for cell in cells],
    }


def command(settings: Settings) -> str:
    """The command line that runs this calibration again."""
    default = Settings()
    words = ["clgym", "calibrate", "--model", settings.model]
    words += [word for env in settings.envs for word in ("--env", env)]
    words += [word for given in settings.given for word in ("--with", given)]
    words += ["--levels", _list(settings.levels), "--split", settings.split, "--worlds", _list(settings.worlds)]
    words += ["--queries", str(settings.queries), "--contexts", _list(settings.contexts)]
    words += ["--feedback", ",".join(settings.feedback)]
    words += [word for learner in settings.learners or ("none",) for word in ("--learner", learner)]
    for name in ("window", "max_new_tokens", "seed"):
        if getattr(settings, name) != getattr(default, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(settings, name))]
    return shlex.join(words)


def _list(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _cell(settings: Settings, cell: Cell, out: Path, trainable: bool) -> dict[str, Any]:
    head = {"env": cell.env, "level": cell.level, "feedback": cell.feedback}
    if cell.reason:
        why = f"it was not run: {cell.reason}"
        return {**head, "verdict": UNDECIDED, "why": why, "arms": [], "falls_short": False, "further": [], "notes": []}
    trials: list[TrialRecords] = []
    agents = [one for planned in cell.agents for one in _read(planned, cell, out, trials)]
    refused = refusal(trials)
    evidence = _evidence(settings, cell, agents, trainable)
    if refused or isinstance(evidence, str):
        verdict, short, ahead = CellVerdict(UNDECIDED, refused or str(evidence)), False, list[str]()
    else:
        verdict, short, ahead = decide(evidence), falls_short(evidence), further(evidence)
    return {
        **head,
        "verdict": verdict.name,
        "why": verdict.why,
        "floor": cell.floor,
        "max_new_tokens": cell.max_new_tokens,
        "arms": [_as_json(one) for one in agents],
        "falls_short": short,
        "further": ahead,
        "notes": [note for note in (cell.note, *_notes(trials, agents)) if note],
    }


def _read(planned: PlannedAgent, cell: Cell, out: Path, trials: list[TrialRecords]) -> list[MeasuredAgent]:
    """The agent's scores, ICL's at each context size; what was read is added to ``trials``."""
    sizes: Sequence[int | None] = cell.contexts if planned.kind == ICL and cell.contexts else (None,)
    names = [planned.name if size is None else f"ICL {size}" for size in sizes]
    reason = planned.reason or next((_missing(out, trial) for trial in planned.trials if _missing(out, trial)), "")
    if reason:
        return [MeasuredAgent(name, planned.kind, size, {}, reason=reason) for name, size in zip(names, sizes)]
    finished = [read_trial(trial_folder(out, trial)) for trial in planned.trials]
    trials += finished
    return [_measured(name, planned.kind, size, finished) for name, size in zip(names, sizes)]


def _missing(out: Path, trial: Trial) -> str:
    """Why a trial has no result; "" where it has one."""
    folder = trial_folder(out, trial)
    if (folder / ERROR_FILE).exists():  # beside a result, too: that of another agent or model
        lines = (folder / ERROR_FILE).read_text(encoding="utf-8").strip().splitlines()
        return f"world {trial.world} failed: {lines[-1] if lines else 'no reason was written'}"
    if (folder / RESULT_FILE).exists():
        return ""
    return f"world {trial.world} is not finished"


def _measured(name: str, kind: str, size: int | None, trials: Sequence[TrialRecords]) -> MeasuredAgent:
    scores: dict[tuple[int, str], float] = {}
    failed, held = 0, []
    for records in trials:
        trial = records.trial
        phase = "checkpoint" if size is not None and size < trial.steps else "after"
        step = trial.steps if size is None else size
        for answer in records.of(AnswerRecord):
            if answer.set == "eval" and (answer.phase, answer.step) == (phase, step):
                failed += answer.reward is None
                if answer.reward is not None:
                    scores[trial.world, answer.query] = answer.reward
        held += [
            int(block.describe["memory_items"])
            for block in records.of(BlockRecord)
            if size is not None and (block.phase, block.step) == (phase, step)
        ]
    reason = "" if scores else "no answer could be graded"
    return MeasuredAgent(name, kind, size, scores, failed, (min(held), max(held)) if held else None, reason)


def _evidence(settings: Settings, cell: Cell, agents: Sequence[MeasuredAgent], trainable: bool) -> Evidence | str:
    """What the verdict stands on, or why there is none."""
    known = {one.name: one.scores for one in agents if one.scores}
    for name in (FROZEN, ORACLE):
        if name not in known:
            reason = next((one.reason for one in agents if one.kind == name), "it was not run")
            return f"{name}: {reason}"
    untaught = known[FROZEN]
    paired = [one for one in agents if one.scores and set(one.scores) & set(untaught)]
    references = {one.name: one.scores for one in paired if one.kind in (RULEBOOK, "learner")}
    everything = all(one.name in known for one in agents if one.kind != IDEAL)
    return Evidence(
        floor=cell.floor,
        ceiling=measured(known[ORACLE]).estimate,
        frozen=untaught,
        icl={int(one.exchanges or 0): one.scores for one in paired if one.kind == ICL},
        without_icl=next(
            (one.reason for one in agents if one.kind == ICL and one.reason), "no query was graded both with it and without"
        ),
        references=references,
        complete=everything and (settings.updates_weights or not trainable),
    )


def _as_json(agent: MeasuredAgent) -> dict[str, Any]:
    data: dict[str, Any] = {"arm": agent.name, "kind": agent.kind}
    if agent.exchanges is not None:
        data |= {"exchanges": agent.exchanges, "held": agent.held}
    if not agent.scores:
        return {**data, "undefined": agent.reason}
    interval = measured(agent.scores)
    return {
        **data,
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "worlds": interval.groups,
        "answers": len(agent.scores),
        "failed_grades": agent.failed,
    }


def _notes(trials: Sequence[TrialRecords], agents: Sequence[MeasuredAgent]) -> list[str]:
    mixed = mixtures(trials)
    failed = sum(one.failed for one in agents)
    ended = total(measure_endings(records.of(AnswerRecord), records.of(StepRecord)) for records in trials)
    return [
        *([f"its trials were made with different versions: {'; '.join(mixed)}"] if mixed else []),
        *([f"{failed} answers could not be graded and are left out"] if failed else []),
        *([in_words(ended)] if ended else []),
    ]
