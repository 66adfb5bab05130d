"""What tests install for real: packages of strangers, as folders on the path, with entry points."""

from __future__ import annotations

from pathlib import Path

FAMILY = '''
"""Names of an agency."""
from dataclasses import dataclass

import clgym
from clgym import Feedback, Grade, Query, World


class Codenames(clgym.Family):
    """what an agency calls its people"""

    name, version, levels = "CL-Codenames-v0", 1, range(2)

    def world(self, seed, level):
        self.check_level(level)
        return Agency(seed.draw("shift").integer(1, 25), level)


@dataclass(frozen=True)
class Agency(World):
    shift: int
    level: int
    family, name = Codenames.name, "the agency"
    pools = {"learn": 60, "eval": 30, "guard": 10}

    def query(self, pool, index):
        self.check_index(pool, index)
        return Query(pool, index, f"What is {pool} {index} called?", index)

    def grade(self, query, answer):
        right = answer == self.solve(query)
        return Grade(float(right), "correct" if right else "wrong", Feedback("Right." if right else "Wrong.", "", self.solve(query)))

    def solve(self, query):
        return str((query.index + self.shift) % 26)

    def rulebook(self):
        return f"Add {self.shift}."

    def drifted(self, seed):
        return Agency(self.shift % 25 + 1, self.level)

    def floor(self, pool):
        return 0.1

    def sample_answer(self, query, draw):
        return str(draw.integer(0, 25))
'''

AGENT = '''
"""Remembers what it is told."""
import json
from dataclasses import dataclass

from clgym import Agent, Answer, Cost
from notes_helper import unknown


class Notes(Agent):
    """remembers corrections"""

    @dataclass(frozen=True)
    class Config:
        size: int = 9

    def __init__(self, config=None, *, seed=0):
        self.config, self.notes = config or self.Config(), {}

    def act(self, conversations):
        return [Answer(self.notes.get(c[-1]["content"], unknown())) for c in conversations]

    def learn(self, experiences):
        self.notes.update({e.prompt: e.correction for e in experiences})
        return Cost()

    def save(self, folder):
        (folder / "notes.json").write_text(json.dumps(self.notes))

    def load(self, folder):
        self.notes = json.loads((folder / "notes.json").read_text())
'''

HELPER = "def unknown():\n    return '?'\n"

#: The smallest trial that has all phases.
SMALL = {"steps": 8, "eval_size": 4, "transfer_size": 0, "guard_size": 2, "probe_size": 0, "control_size": 2, "checkpoints": ()}


def install(site: Path, name: str, entry_points: str, version: str = "1.0", **modules: str) -> Path:
    """An installed distribution in a folder that belongs onto the path: metadata, entry points, modules."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(entry_points)
    (info / "top_level.txt").write_text("".join(f"{module}\n" for module in modules))
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)
    return site
