"""Weights & Biases: online with a login, or ``--track wandb:mode=offline`` without an account."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import wandb

from clgym.errors import UnknownName
from clgym.sweep.tracking import TrackedRun

_MODES = ("online", "offline", "disabled")


class WeightsAndBiases:
    """One run for each trial. Points are numbered, and the x axis is ``env_step``."""

    @dataclass(frozen=True)
    class Config:
        """Settings of ``--track wandb``. Raises ``UnknownName`` for a mode that is none."""

        project: str = "clgym"
        entity: str = ""
        group: str = ""
        """Runs of one group are shown together; the env by default."""
        mode: str = ""
        """online, offline or disabled; as WANDB_MODE says by default."""

        def __post_init__(self) -> None:
            if self.mode not in ("", *_MODES):
                raise UnknownName("mode of tracker wandb", self.mode, _MODES)

    def __init__(self, run: TrackedRun, config: Config):
        earlier = set((run.out / "wandb").glob(f"offline-run-*-{run.id}"))
        self._run = wandb.init(
            project=config.project,
            entity=config.entity or None,
            group=config.group or run.trial.env,
            mode=cast(Any, config.mode or None),
            dir=str(run.out),
            id=run.id,
            name=run.name,
            config=run.trial.to_json(),
            resume="allow",
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off", x_disable_stats=True),
        )
        self.known = int(self._run.step)
        if self._run.offline:  # what waits to be uploaded from before an interruption is said again here, all of it
            for folder in earlier - {Path(self._run.dir).parent}:
                shutil.rmtree(folder)
        self._run.define_metric("env_step", hidden=True)
        self._run.define_metric("*", step_metric="env_step")

    def log(self, number: int, step: int, numbers: Mapping[str, float]) -> None:
        self._run.log({"env_step": step, **numbers}, step=number)

    def close(self, state: str) -> None:
        self._run.finish(exit_code=int(state != "finished"))
