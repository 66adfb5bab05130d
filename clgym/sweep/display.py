"""A sweep in the terminal: progress with time left on stderr, the summary table at the end on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from clgym.errors import InvalidSetting
from clgym.metrics import SEQUENCE_NUMBERS, Estimate, Number, Summary, Undefined, summarize
from clgym.metrics.endings import in_words
from clgym.metrics.numbers import decimals, signed_decimals
from clgym.metrics.summary import conditions
from clgym.protocol import TrialObserver
from clgym.records import Trial, read_trial
from clgym.sweep.run import ERROR_FILE, run_sweep
from clgym.sweep.tracking import tracking


def title(trial: Trial) -> str:
    """One trial in one line: no two of a sweep share it."""
    under = conditions(trial, [trial, _USUAL])
    return f"{trial.label} · {trial.env} · level {trial.level} · world {trial.world} · seed {trial.seed}" + (
        f" · {under}" if under else ""
    )


_USUAL = Trial("", "")


class ProgressDisplay:
    """Bars with time left on a terminal, one line per trial elsewhere. Use as a context manager."""

    def __init__(self, trials: int, console: Console | None = None):
        self.console = console or Console(emoji=False, stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._all = self._progress.add_task(f"trials 0 of {trials}", total=None)
        self._trials, self._done, self._pending = trials, 0, trials
        self._tasks: dict[str, TaskID] = {}
        self._sizes: dict[str, int] = {}
        self._began: dict[str, float] = {}
        self._rewards: dict[str, tuple[float, int]] = {}
        self._failures = 0

    def __enter__(self) -> ProgressDisplay:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def observer(self, trial: Trial) -> TrialObserver:
        name = title(trial)
        self._began[name] = time.monotonic()
        self._tasks[name] = self._progress.add_task(name, total=None)
        if not self.console.is_terminal:
            self.say(f"started  {name}")
        return _Bar(self, name)

    def finished(self, trial: Trial, *, kept: bool) -> None:
        if kept:
            self._pending -= 1
            self.say(f"kept     {title(trial)} (finished before)")
        else:
            self.say(f"finished {title(trial)} in {time.monotonic() - self._began[title(trial)]:.0f} s")
        self._close(trial)

    def failed(self, trial: Trial, error: str, *, again: bool) -> None:
        what = "retried " if again else "FAILED  "
        self.say(f"{what} {title(trial)}: {error.strip().splitlines()[-1]}")
        self._failures += not again
        self._close(trial, done=not again)

    def stopped(self, trial: Trial) -> None:
        self.say(f"stopped  {title(trial)}; it goes on from here")
        self._close(trial, done=False)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _close(self, trial: Trial, *, done: bool = True) -> None:
        name = title(trial)
        self._done += done
        task = self._tasks.pop(name, None)
        if task is not None:
            bar = next(bar for bar in self._progress.tasks if bar.id == task)
            self._sizes[name] = int(bar.completed)
            self._progress.remove_task(task)
        failures = f", {self._failures} failed" if self._failures else ""
        self._progress.update(self._all, description=f"trials {self._done} of {self._trials}{failures}")
        self._estimate()

    def _start(self, name: str, total: int) -> None:
        self._progress.update(self._tasks[name], total=total)
        self._sizes[name] = total
        self._estimate()

    def _estimate(self) -> None:
        """Trials that have not begun are taken to be as long as those that have, on the average."""
        if self._sizes:
            waiting = self._pending - len(self._sizes)
            self._progress.update(self._all, total=round(sum(self._sizes.values()) * (1 + waiting / len(self._sizes))))

    def _advance(self, name: str, answers: int, stage: str) -> None:
        earned = self._rewards.get(name)
        reward = f" · reward {earned[0] / earned[1]:.2f}" if earned else ""
        self._progress.update(self._tasks[name], advance=answers, description=f"{name} · {stage}{reward}")
        self._progress.update(self._all, advance=answers)


class _Bar(TrialObserver):
    """One trial's line on the board."""

    def __init__(self, board: ProgressDisplay, name: str):
        self._board, self._name = board, name

    def start(self, total: int) -> None:
        self._board._start(self._name, total)

    def advance(self, answers: int, stage: str) -> None:
        self._board._advance(self._name, answers, stage)

    def earned(self, reward: float) -> None:
        total, count = self._board._rewards.get(self._name, (0.0, 0))
        self._board._rewards[self._name] = (total + reward, count + 1)

    def note(self, text: str) -> None:
        self._board.say(text)


def summary_tables(rows: Sequence[Summary]) -> Iterator[Table]:
    """One table for each task, one row for each agent: what was gained, what was kept, what it costs."""
    columns: list[tuple[str, Callable[[Summary], str]]] = [
        ("agent", lambda row: row.agent),
        ("r_0 -> r_N", lambda row: f"{_middle(row.r_0)} -> {_middle(row.r_N)}"),
        ("gain (95 %)", lambda row: interval(row.gain)),
        ("above floor", lambda row: _middle(row.above_floor, signed_decimals)),
        ("knowledge", lambda row: _middle(row.knowledge_gain, signed_decimals)),
        ("detects", lambda row: number(row.minimum_detectable_gain)),
        ("retention", lambda row: _middle(row.retention, signed_decimals)),
        ("read x", lambda row: _middle(row.over_trials(attrgetter("efficiency.read.ratio")))),
        ("cost x", lambda row: _middle(row.serving_ratio)),
    ]
    for task in dict.fromkeys(row.task for row in rows):
        chosen = [row for row in rows if row.task == task]
        env, level, split, env_steps = task
        counts = sorted({len(row.worlds) for row in chosen})
        worlds = " to ".join(map(str, dict.fromkeys((counts[0], counts[-1]))))
        table = Table(
            title=f"{env} level {level}, {split}: {env_steps} env steps, worlds: {worlds}",
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, 1, 0, 0),
        )
        for name, _ in columns:
            table.add_column(name, overflow="fold", no_wrap=name != "agent")
        for row in chosen:
            table.add_row(*(cell(row) for _, cell in columns))
        floor = next((row.floor for row in chosen if not isinstance(row.floor, Undefined)), None)
        if floor is not None:
            table.add_row("(floor)", f"-> {_middle(floor)}", "", "+0.00", *[""] * (len(columns) - 4))
        dominated = [f"{row.agent} by {', '.join(row.dominated_by)}" for row in chosen if row.dominated_by]
        captions = [f"dominated in gain, retention and cost: {'; '.join(dominated)}"] if dominated else []
        captions += [f"{row.agent}: {in_words(row.endings)}" for row in chosen if row.endings]
        captions += [f"{row.agent}: {sequence_line(row)}" for row in chosen if row.of_several_tasks]
        table.caption = "\n".join(captions) or None
        table.caption_justify = "left"
        yield table


def sequence_line(row: Summary) -> str:
    """What became of the tasks of a stream, in one line: the numbers that there are, and what is missing."""
    estimates = {number.title: row.over_sequences(number) for number in SEQUENCE_NUMBERS}
    shown = [f"{title} {_middle(estimate)}" for title, estimate in estimates.items() if not isinstance(estimate, Undefined)]
    missing = sum(len(found.without_stage) for found in row.of_several_tasks)
    tasks = sum(len(found.tasks) for found in row.of_several_tasks)
    return ", ".join([*shown, f"{missing} of {tasks} tasks had no stage"] if missing else shown)


def interval(estimate: Estimate) -> str:
    """``+0.25 [+0.18, +0.31]``, or "undefined"; with how many worlds would decide where the interval leaves more than half open."""
    if isinstance(estimate, Undefined):
        return "undefined"
    if estimate.low == estimate.high:
        return signed_decimals(estimate.estimate)
    open_ = f" open: {estimate.needed:,} {estimate.unit} decide" if estimate.open else ""
    return f"{signed_decimals(estimate.estimate)} [{signed_decimals(estimate.low)}, {signed_decimals(estimate.high)}]{open_}"


def number(value: Number) -> str:
    """A number, or "undefined"."""
    return "undefined" if isinstance(value, Undefined) else decimals(value)


def _middle(estimate: Estimate, show: Callable[[float], str] = decimals) -> str:
    return "undefined" if isinstance(estimate, Undefined) else show(estimate.estimate)


def run_and_show(
    trials: Sequence[Trial],
    out: Path,
    *,
    workers: int = 1,
    engine: str = "local",
    track: Sequence[str] = (),
    save_every: int | None = None,
) -> int:
    """Run a sweep with progress, print the summary tables; returns the exit code (0, 1 a trial failed, 130 interrupted).

    Raises ``InvalidSetting`` where ``out`` cannot be a folder, and ``ModelUnavailable`` and the like.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise InvalidSetting(f"trials cannot be written to {out}: {cause.strerror}.") from cause
    with ProgressDisplay(len(trials)) as board, tracking(board, track, out) as tracked:
        outcome = run_sweep(trials, out, tracked, workers=workers, engine=engine, save_every=save_every)
    if outcome.finished:
        console = Console(emoji=False, width=None if sys.stdout.isatty() else 200)
        for table in summary_tables(summarize(map(read_trial, outcome.finished))):
            console.print(table)
    for folder in outcome.failed:
        board.say(f"Failed: see {folder / ERROR_FILE}")
    done = f"{len(outcome.finished)} of {len(trials)} trials are finished, in {out}."
    if outcome.interrupted:
        board.say(f"Interrupted. {done} The same command goes on with the rest.")
        return 130
    if outcome.failed:
        board.say(f"{done} {len(outcome.failed)} failed; the same command tries them again.")
        return 1
    return 0
