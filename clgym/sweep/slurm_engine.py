"""Trials as Slurm jobs, through submitit. The sweep's folder must be one that the nodes see.

    clgym run ... --engine slurm:slurm_partition=gpu,gpus_per_node=1,timeout_min=120 --workers 32
    clgym run ... --engine slurm:cluster=local        the same jobs as processes of this machine

Settings are submitit's parameters. Job scripts and logs are in the folder ``slurm`` of the sweep.
"""

from __future__ import annotations

import time
from typing import Any

import submitit
from submitit.core.utils import FailedJobError, UncompletedJobError

from clgym.errors import InvalidSetting
from clgym.protocol import TrialObserver
from clgym.records import Trial
from clgym.sweep.remote import Job, Report, check_portable, job_of, settle, tokened, work
from clgym.sweep.run import Sweep
from clgym.threads import sleep_while_waiting

#: Jobs are asked for their state so often.
_SECONDS = 0.5


def run_job(job: Job) -> Report:
    """On the node: one trial; the points of its curves come back with the report."""
    sleep_while_waiting()
    told: list[tuple[Any, ...]] = []
    report = work(job, lambda *message: told.append(message) if message[0] == "measured" else None)
    return report._replace(told=told)


def run_slurm(sweep: Sweep, count: int, settings: dict[str, Any]) -> None:
    """Keep ``count`` jobs queued until nothing waits. Raises ``InvalidSetting`` where submitit refuses a setting."""
    check_portable(sweep.waiting)
    settings = dict(settings)
    try:
        executor = submitit.AutoExecutor(folder=sweep.out / "slurm", cluster=settings.pop("cluster", None))
        executor.update_parameters(**{"name": "clgym", "timeout_min": 24 * 60, **settings})
    except (NameError, TypeError, ValueError, RuntimeError) as cause:
        raise InvalidSetting(f"engine slurm: {cause}") from cause
    running: list[tuple[Any, Trial, TrialObserver]] = []
    with tokened(sweep.out) as token:
        while (sweep.waiting and not sweep.stop) or running:
            while sweep.waiting and len(running) < count and not sweep.stop:
                trial = sweep.waiting.pop()
                observer = sweep.board.observer(trial)
                running.append((executor.submit(run_job, job_of(trial, sweep, token)._replace(files={})), trial, observer))
            if sweep.stop:
                for job, _, _ in running:
                    job.cancel()
            time.sleep(_SECONDS)
            for entry in [entry for entry in running if entry[0].done()]:
                running.remove(entry)
                job, trial, observer = entry
                report = _report(job, bool(sweep.stop))
                for kind, *rest in report.told:
                    getattr(observer, kind)(*rest)
                settle(trial, sweep, report)


def _report(job: Any, stopping: bool) -> Report:
    try:
        report: Report = job.result()
        return report
    except (FailedJobError, UncompletedJobError) as error:
        return Report("stopped") if stopping else Report("failed", f"{type(error).__name__}: {error}")
