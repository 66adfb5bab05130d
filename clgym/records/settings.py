"""The settings of one trial: everything that decides its outcome, apart from code versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from clgym.errors import InvalidSetting, RecordsError


@dataclass(frozen=True)
class Trial:
    """The settings of one trial: everything that decides its outcome, apart from code versions."""

    env: str
    agent: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the agent's ``Config``."""
    model: str = ""
    """Spec of the language model; "" for agents that drive none."""
    level: int = 0
    split: str = "train"
    world: int = 0
    seed: int = 0
    steps: int = 200
    """Env steps of the learn stream; every attempt and every turn is one."""
    batch: int = 4
    """Queries acted on at once, and experiences per ``agent.learn``."""
    attempts: int | None = None
    """Tries per learning query; ``None``: as many as the agent asks for."""
    feedback: str = "correction"
    noise: float = 0.0
    drift_at: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] | None = None
    """Env steps at which ``eval`` is asked; ``None``: 8, 16, 32, ... The start and the end are always asked."""
    eval_size: int = 64
    transfer_size: int = 16
    guard_size: int = 16
    probe_size: int = 16
    control_size: int = 64
    """How many queries of the learn stream the frozen control answers."""
    placebo: bool = False
    """Also learn in a sister world, to tell knowledge of this world from habit of the task."""

    def __post_init__(self) -> None:
        for name in (
            "level",
            "world",
            "seed",
            "batch",
            "steps",
            "eval_size",
            "transfer_size",
            "guard_size",
            "probe_size",
            "control_size",
        ):
            if isinstance(getattr(self, name), bool) or not isinstance(getattr(self, name), int):
                raise InvalidSetting(f"{name} is a whole number, not {getattr(self, name)!r}.")
        for name in ("steps", "eval_size", "transfer_size", "guard_size", "probe_size", "control_size"):
            if getattr(self, name) < 0:
                raise InvalidSetting(f"{name} counts something, so it is 0 or more, not {getattr(self, name)}.")
        if self.attempts is not None and self.attempts < 1:
            raise InvalidSetting(f"attempts must be at least 1, not {self.attempts}.")
        if self.batch < 1:
            raise InvalidSetting(f"batch must be at least 1, not {self.batch}.")
        if self.eval_size < 1:
            raise InvalidSetting("eval_size must be at least 1: without eval queries there is no gain to measure.")

    @property
    def label(self) -> str:
        """The agent as ``--agent`` takes it: ``lora-sft:lr=0.001,rank=16``."""
        given = ",".join(
            f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in sorted(self.settings.items())
        )
        return f"{self.agent}:{given}" if given else self.agent

    @property
    def world_id(self) -> str:
        """The public id of the world, as ``info["world"]`` has it."""
        return f"{self.env}/level{self.level}/{self.split}/{self.world}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """Raises ``RecordsError`` on fields that this version does not know."""
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown:
            raise RecordsError(f"trial settings that this version of clgym does not know: {', '.join(unknown)}.")
        values = dict(data)
        for name in ("drift_at", "checkpoints"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cls(**values)
