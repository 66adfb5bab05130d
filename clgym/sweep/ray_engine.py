"""Trials as Ray tasks: on this machine, or on every node of a cluster.

    clgym run ... --engine ray --workers 16
    clgym run ... --engine ray:address=auto,num_gpus=0.5

A task that dies with its node is handed out again; what was finished is here already. Tasks report progress through an actor.
"""

from __future__ import annotations

import time
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from clgym.errors import UnknownName
from clgym.protocol import TrialObserver
from clgym.records import Trial
from clgym.sweep.remote import Report, check_portable, job_of, settle, tokened, work
from clgym.sweep.run import Sweep
from clgym.threads import sleep_while_waiting

#: How a task is asked for; the rest of the settings go to ``ray.init``.
_OF_TASK = ("num_cpus", "num_gpus")
_OF_INIT = ("address", "namespace", "log_to_driver")
#: Progress is fetched so often.
_SECONDS = 0.5


class Mailbox:
    """Collects messages of tasks: (task, method of ``TrialObserver``, arguments)."""

    def __init__(self) -> None:
        self._messages: list[tuple[int, str, tuple[Any, ...]]] = []

    def put(self, messages: list[tuple[int, str, tuple[Any, ...]]]) -> None:
        self._messages += messages

    def take(self) -> list[tuple[int, str, tuple[Any, ...]]]:
        taken, self._messages = self._messages, []
        return taken


def mailbox_here() -> Any:
    """A mailbox on this process's own node: elsewhere it would be lost with a node whose tasks can be handed out again."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    box: Any = ray.remote(Mailbox)
    return box.options(num_cpus=0, scheduling_strategy=here).remote()


def run_task(number: int, job: Any, mailbox: Any) -> Report:
    """On the node: one trial; progress goes out at most twice a second."""
    sleep_while_waiting()
    waiting: list[tuple[int, str, tuple[Any, ...]]] = []
    sent = time.monotonic()

    def note(kind: str, *rest: Any) -> None:
        nonlocal waiting, sent
        waiting.append((number, kind, rest))
        if time.monotonic() - sent > _SECONDS:
            mailbox.put.remote(waiting)
            waiting, sent = [], time.monotonic()

    report = work(job, note)
    ray.get(mailbox.put.remote(waiting))  # heard before the task is done
    return report


def run_ray(sweep: Sweep, count: int, settings: dict[str, Any]) -> None:
    """Keep ``count`` tasks going until nothing waits. Raises ``UnknownName`` for a setting that is none."""
    for name in settings:
        if name not in (*_OF_TASK, *_OF_INIT):
            raise UnknownName("setting of engine ray", name, (*_OF_TASK, *_OF_INIT))
    check_portable(sweep.waiting)
    began = not ray.is_initialized()
    if began:
        ray.init(**{"log_to_driver": False, **{name: settings[name] for name in _OF_INIT if name in settings}})
    resources = {"num_cpus": 1, **{name: settings[name] for name in _OF_TASK if name in settings}}
    task = ray.remote(**resources, max_retries=0)(run_task)
    mailbox = mailbox_here()
    try:
        with tokened(sweep.out) as token:
            _drive(sweep, count, lambda number, trial: task.remote(number, job_of(trial, sweep, token), mailbox), mailbox)
    finally:
        if began:
            ray.shutdown()


def _drive(sweep: Sweep, count: int, start: Any, mailbox: Any) -> None:
    running: dict[Any, tuple[int, Trial]] = {}
    watches: dict[int, TrialObserver] = {}
    while (sweep.waiting and not sweep.stop) or running:
        while sweep.waiting and len(running) < count and not sweep.stop:
            trial, number = sweep.waiting.pop(), len(watches)
            watches[number] = sweep.board.observer(trial)
            running[start(number, trial)] = (number, trial)
        if sweep.stop:
            for reference in running:
                ray.cancel(reference, force=False)
        done, _ = ray.wait(list(running), num_returns=1, timeout=_SECONDS)
        for number, kind, rest in ray.get(mailbox.take.remote()):
            getattr(watches[number], kind)(*rest)
        for reference in done:
            _, trial = running.pop(reference)
            settle(trial, sweep, _report(reference, bool(sweep.stop)))


def _report(reference: Any, stopping: bool) -> Report:
    try:
        report: Report = ray.get(reference)
        return report
    except RayError as error:  # the node or the worker is gone, or the task was cancelled
        return Report("stopped") if stopping else Report("lost", f"{type(error).__name__}: {error}")
