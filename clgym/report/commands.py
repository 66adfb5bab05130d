"""The command lines that would run the trials of a report again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from clgym.records import Trial, TrialRecords
from clgym.records.settings import SEVERAL, usual


def commands(trials: Sequence[TrialRecords]) -> list[str]:
    """One line for each set of settings, those at their default left out."""
    groups: dict[tuple[Any, ...], list[Trial]] = {}
    for records in trials:
        trial = records.trial
        shared = tuple(getattr(trial, f.name) for f in fields(Trial) if f.name not in SEVERAL)
        groups.setdefault(shared, []).append(trial)
    return [_command(group) for group in groups.values()]


def _command(trials: Sequence[Trial]) -> str:
    words = ["clgym", "run"]
    for name, values in (("env", [t.env for t in trials]), ("agent", [t.label for t in trials])):
        for value in dict.fromkeys(values):
            words += [f"--{name}", value]
    words += ["--worlds", _spans([t.world for t in trials]), "--seeds", _spans([t.seed for t in trials])]
    for f in fields(Trial):
        value = getattr(trials[0], f.name)
        if f.name in SEVERAL or value == f.default == usual(f):
            continue
        flag = f"--{f.name.replace('_', '-')}"
        words.append(flag)
        if value is not True:
            words.append(",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value))
    return shlex.join(words)


def _spans(numbers: Sequence[int]) -> str:
    """``0-4,7`` for 0, 1, 2, 3, 4, 7."""
    spans: list[list[int]] = []
    for value in sorted(set(numbers)):
        if spans and value == spans[-1][1] + 1:
            spans[-1][1] = value
        else:
            spans.append([value, value])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in spans)
