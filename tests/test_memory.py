"""Memory stays flat: every learner takes 5,000 env steps with the tiny model, each in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("psutil")

import psutil

from clgym.agent import Agent, Experience
from clgym.registry import agent as agent_row
from clgym.registry import agents, load, make_agent, make_world
from clgym.settings import settings_of

STEPS, BATCH = 5_000, 8
#: Caches, buffers and the optimizer are filled by then.
SETTLED = 2_000


class Taken(NamedTuple):
    """What a process holds: bytes of resident memory, objects that the garbage collector knows, and bytes that ``save`` writes."""

    resident: int
    objects: int
    saved: int


#: What may be more at the end: less than one object per two env steps, which leaves none to remember each by. Allocators keep
#: tens of megabytes or give them back as they like.
GROWTH = Taken(resident=40_000_000, objects=1_500, saved=20_000)
#: Beside the row's small settings, where an agent has them: what would take an hour otherwise, and buffers that are full before
#: memory is looked at.
LONG = {"max_new_tokens": 4, "every": 64, "window": 512, "capacity": 500}
LEARNERS = [row.id for row in agents() if {"weights", "context", "choice"} & set(row.tags)]


def taken(agent: Agent) -> Taken:
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        agent.save(Path(folder))
        saved = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return Taken(psutil.Process().memory_info().rss, len(gc.get_objects()), saved)


def lived(name: str) -> tuple[Taken, Taken]:
    """What is held after ``SETTLED`` env steps, and after all of them."""
    row = agent_row(name)
    world = make_world("CL-Playbook-v0")
    pool = [world.query("learn", place) for place in range(256)]  # worlds keep what they have made
    known = {setting.name for setting in settings_of(load(row))}
    long = {setting: value for setting, value in LONG.items() if setting in known}
    agent = make_agent(name, **({"model": "tiny"} if row.model else {}), **{**row.small, **long})
    held = []
    for start in range(0, STEPS, BATCH):
        queries = [pool[place % len(pool)] for place in range(start, start + BATCH)]
        conversations = [[{"role": "user", "content": query.prompt}] for query in queries]
        experiences = []
        for query, conversation, answer in zip(queries, conversations, agent.act(conversations)):
            grade = world.grade(query, answer.text)
            told = f"{grade.feedback.verdict} {grade.feedback.correction}"
            experiences.append(
                Experience(
                    conversation,
                    answer.text,
                    grade.reward,
                    told,
                    True,
                    grade.outcome,
                    f"{query.id}-{start}",
                    correction=world.solve(query),
                    world="a",
                    options=query.options,
                )
            )
        agent.learn(experiences)
        if start in (SETTLED, STEPS - BATCH):
            held.append(taken(agent))
    return held[0], held[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNERS)
def test_memory_stays_flat_over_5000_env_steps(name):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        settled, end = process.submit(lived, name).result()
    grown = {what: (now - before, most) for what, now, before, most in zip(Taken._fields, end, settled, GROWTH)}
    assert all(more < most for more, most in grown.values()), (grown, settled, end)
