"""A stand-in for CL-Bench's interface, which no package index has: the same names, in the same order, and no more. It is not CL-Bench."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel


@dataclass
class Observation:
    content: str
    instance_complete: bool = True
    metadata: dict[str, Any] | None = None


@dataclass
class Query:
    prompt: str
    response_schema: type[BaseModel]
    feedback: Observation | None = None
    instance_id: str | None = None
    instance_index: int | None = None
    metadata: dict[str, Any] | None = None


@dataclass
class Response:
    action: BaseModel
    metadata: dict[str, Any] | None = None


@dataclass
class InstanceOutcome:
    instance_id: str
    instance_index: int
    reward: float
    success: bool | None = None


@dataclass
class TaskResult:
    metrics: dict[str, Any]
    instance_outcomes: list[InstanceOutcome] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(o.reward for o in self.instance_outcomes) / max(1, len(self.instance_outcomes))


@dataclass
class TaskStepResult:
    observation: Observation
    next_query: Query | None
    done: bool
    instance_outcome: InstanceOutcome | None = None


def standard_evaluate(outcomes: list[InstanceOutcome], *, extra_metrics: dict[str, Any] | None = None) -> TaskResult:
    return TaskResult(dict(extra_metrics or {}), list(outcomes))


class ContinualLearningTask(ABC):
    r_max: float

    @property
    def description(self) -> str:
        return ""

    def reset(self) -> Query:
        self.build_canonical_run_state()
        self.select_run_instances(None)
        return self.build_current_query()

    def reset_baseline_instance(self, instance_index: int) -> Query:
        self.build_canonical_run_state()
        self.select_run_instances([instance_index])
        return self.build_current_query()

    @abstractmethod
    def build_canonical_run_state(self) -> None: ...

    @abstractmethod
    def build_current_query(self) -> Query: ...

    @abstractmethod
    def step(self, response: Response) -> TaskStepResult: ...

    def select_run_instances(self, instance_indices: list[int] | None) -> None:
        chosen = list(range(len(self.instances))) if instance_indices is None else list(instance_indices)
        self.instances = [self.instances[i] for i in chosen]
        self._selected_instance_indices, self.num_instances = chosen, len(chosen)

    def canonical_instance_index(self, local_index: int) -> int:
        return self._selected_instance_indices[local_index] if hasattr(self, "_selected_instance_indices") else local_index

    def get_instance_outcomes(self) -> list[InstanceOutcome]:
        return list(self._instance_outcomes)
