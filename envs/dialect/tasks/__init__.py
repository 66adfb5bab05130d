"""The task templates of CL-Dialect-v0 that are written by hand: what ``guard`` asks for in plain JavaScript."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Task
from clgym.envs.dialect.tasks.boards import BOARDS
from clgym.envs.dialect.tasks.composed import COMPOSED
from clgym.envs.dialect.tasks.lists import LISTS
from clgym.envs.dialect.tasks.numbers import NUMBERS
from clgym.envs.dialect.tasks.objects import OBJECTS
from clgym.envs.dialect.tasks.several import SEVERAL
from clgym.envs.dialect.tasks.simulation import SIMULATION
from clgym.envs.dialect.tasks.strings import STRINGS

TASKS: tuple[Task, ...] = NUMBERS + STRINGS + LISTS + OBJECTS + SIMULATION + SEVERAL + COMPOSED + BOARDS

__all__ = ["TASKS", "Task"]
