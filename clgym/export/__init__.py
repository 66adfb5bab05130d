"""Finished trials as data sets for training: chats, supervised pairs, preferences, prompts, Minari episodes.

    from clgym.export import rows, to_dataset
    to_dataset(["runs"], "dpo")          # a datasets.Dataset, as DPOTrainer takes it

``clgym export RUNS --format sft --output sft.jsonl`` writes the same. The learn stream alone is exported; held-out sets and private worlds are
refused unless they are asked for. docs/loops.md has the columns.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clgym.errors import InvalidSetting, UnknownName
from clgym.export.exchanges import Exchange, exchanges
from clgym.export.formats import FORMATS, Row
from clgym.records import find_trials, read_runs
from clgym.storage import writing_to

__all__ = ["FORMATS", "Exchange", "Exported", "MINARI", "exchanges", "export", "rows", "to_dataset"]

#: The format that is no lines of JSON: a data set of episodes in Minari's own store.
MINARI = "minari"


@dataclass
class Exported:
    """What became of the exchanges: counted while rows are made."""

    trials: int = 0
    unfinished: int = 0
    exchanges: int = 0
    failed: int = 0
    """Left out: their grader failed, so nothing was measured."""
    misled: int = 0
    """Whose feedback was somebody's mistake: no right answer is taken from them."""
    rows: int = 0


def rows(
    runs: Iterable[Path | str],
    format: str,
    *,
    sets: Sequence[str] = ("learn",),
    evaluate: bool = False,
    counts: Exported | None = None,
) -> Iterator[Row]:
    """The rows of every finished trial in or below these folders, in one of :data:`FORMATS`.

    ``sets`` beside ``learn`` (eval, guard, transfer/NAME, probe/ID) and worlds of the test split need ``evaluate``. Raises ``UnknownName``,
    ``InvalidSetting``, ``RecordsError``.
    """
    if format not in FORMATS:
        raise UnknownName("format of an export", format, [*FORMATS, MINARI])
    counts = counts if counts is not None else Exported()
    for row in FORMATS[format](counted(runs, sets, evaluate, counts)):
        counts.rows += 1
        yield row


def counted(runs: Iterable[Path | str], sets: Sequence[str], evaluate: bool, counts: Exported) -> Iterator[Exchange]:
    """The exchanges of all finished trials, counted."""
    runs = list(runs)
    finished = read_runs(runs)
    counts.unfinished = len(find_trials(runs)) - len(finished)
    for recorded in finished:
        counts.trials += 1
        for exchange in exchanges(recorded, sets, evaluate=evaluate):
            counts.exchanges += 1
            counts.failed += exchange.reward is None
            counts.misled += exchange.misled
            yield exchange


def export(
    runs: Iterable[Path | str], format: str, output: Path | str, *, sets: Sequence[str] = ("learn",), evaluate: bool = False
) -> Exported:
    """Write rows as lines of JSON; of ``minari``, ``output`` is the id of a data set in Minari's store (``clgym/playbook-v0``).

    The file appears when it is whole. Raises as :func:`rows`; ``InvalidSetting`` where nothing would be in it.
    """
    counts = Exported()
    if format == MINARI:
        from clgym.export.episodes import to_minari

        to_minari(counted(runs, sets, evaluate, counts), str(output), counts)
        return counts
    lines = (json.dumps(row, ensure_ascii=True) for row in rows(runs, format, sets=sets, evaluate=evaluate, counts=counts))
    target = Path(output)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with writing_to(target), open(draft, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        if not counts.rows:
            raise InvalidSetting(f"{format} has no row of these {counts.exchanges} exchanges. {_why(format)}")
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def to_dataset(runs: Iterable[Path | str], format: str, *, sets: Sequence[str] = ("learn",), evaluate: bool = False) -> Any:
    """The rows as a ``datasets.Dataset``. Raises as :func:`rows`, and ``MissingExtra``."""
    from clgym.integrations.frameworks import framework

    return framework("datasets", "trl").Dataset.from_list(list(rows(runs, format, sets=sets, evaluate=evaluate)))


def _why(format: str) -> str:
    """What a format needs of a trial."""
    if format in ("sft", "dpo"):
        return "It needs right answers: trials with --feedback correction tell them."
    return "All grades failed, or nothing was learned."
