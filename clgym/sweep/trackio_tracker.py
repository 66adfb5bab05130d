"""Trackio: a local database and dashboard (``trackio show``), or a Hugging Face Space."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass

import trackio
from trackio import context_vars
from trackio.sqlite_storage import SQLiteStorage

from clgym.sweep.tracking import TrackedRun


class Trackio:
    """One run for each trial. In a Space, points from before an interruption come twice; locally they don't."""

    @dataclass(frozen=True)
    class Config:
        """Settings of ``--track trackio``."""

        project: str = "clgym"
        space: str = ""
        """``user/name`` of a Space; this machine by default."""

    def __init__(self, run: TrackedRun, config: Config):
        name = f"{run.name}-{run.id[:6]}"
        self.known = 0 if config.space else SQLiteStorage.get_log_count(config.project, name)
        context_vars.current_run.set(None)  # init would finish the run of a trial beside this one
        with redirect_stdout(sys.stderr):
            self._run = trackio.init(
                project=config.project,
                name=name,
                group=run.trial.env,
                space_id=config.space or None,
                config=run.trial.to_json(),
                resume="allow",
                embed=False,
                auto_log_cpu=False,
                auto_log_gpu=False,
            )

    def log(self, number: int, step: int, numbers: Mapping[str, float]) -> None:
        self._run.log(dict(numbers), step=step)

    def close(self, state: str) -> None:
        with redirect_stdout(sys.stderr):
            self._run.finish()
