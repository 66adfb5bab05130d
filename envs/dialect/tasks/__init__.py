"""The task templates of CL-Dialect-v0: ``TASKS`` to be written, ``READS`` to be read."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Read, Task

TASKS: tuple[Task, ...] = ()
READS: tuple[Read, ...] = ()

__all__ = ["READS", "TASKS", "Read", "Task"]
