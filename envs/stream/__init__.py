"""CL-Stream: worlds of several tasks for one θ, in four orders: blocks, interleaved, compositional, and unrelated as its control."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent
from clgym.core import Family
from clgym.envs.stream.learner import stream_learner
from clgym.envs.stream.roster import VERSION, members, related
from clgym.envs.stream.world import RETURNS, STAGE, TASKS, StreamWorld
from clgym.seeding import Draw, Seed, world_seed

#: Stages that are drawn, more than any level has room for.
_STAGES = 100


class TaskSequence(Family):
    """Several tasks one after another, with returns: what does learning the next one do to those before?

    Description
        A world is a sequence: three to six worlds of different families, and the order in which they come. One θ has to
        learn them all. A task comes for a stretch of env steps (a stage), then another one, and earlier ones come back.

    Hidden rules
        Those of the member worlds. Members are drawn from a list of families that is frozen for each version, each family at most
        once, at this level; the order of the stages is drawn too: first every task once, then returns, each task as often as the others,
        never the same one twice in a row. The interleaved stream of the same world number has the same tasks.

    Observation
        The prompt of the member world, which names that world. Levels 0 and 1 announce the task, returns too: "Task 2 of 3." stands in
        front. Levels 2 and 3 do not.

    Answer
        What the member's prompt asks for. Members may take several turns (tool use, sparring).

    Reward
        The member's own, such that an episode returns at most 1: an exchange of a fight earns its share of the fight.

    Feedback
        The member's own.

    Levels
        0: three tasks in stages of 40 env steps. 1: four tasks, 96 env steps. 2: five tasks, 192 env steps, boundaries not announced.
        3: six tasks, 400 env steps, boundaries not announced. Members have the level of the sequence. A trial has 200, 576, 1,344 or
        3,200 env steps where nobody says how many: every task and two returns.

    Pools
        ``learn``: the sequence. Its order is part of the task: a seed shuffles the queries inside a stage, never the stages.
        ``eval`` and ``guard``: those of all members, in turn. A trial asks as many of each task before learning and at the end of every
        stage, which gives R[i, j]: the score on task j after stage i, and from it accuracy, backward and forward
        transfer, forgetting and savings at a return (``clgym.metrics.sequences``).

    Probes
        Probe-Facts-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. The floor of a pool is the highest one among its members; R[i, j] stands above each task's own.

    Origin
        Written for clgym. R[i, j]: Lopez-Paz and Ranzato (2017), "Gradient Episodic Memory for Continual Learning"; tasks that
        come back: Stojanov et al. (2019), "Incremental Object Learning from Contiguous Views".
    """

    name = "CL-Stream-v0"
    version = VERSION
    levels = range(4)
    steps = tuple((tasks + RETURNS) * stage for tasks, stage in zip(TASKS, STAGE))

    def seed(self, level: int, split: str, index: int) -> Seed:
        """One for all four families: world 3 of one is world 3 of another in another order."""
        return world_seed(TaskSequence.name, self.version, level, split, index)

    def world(self, seed: Seed, level: int) -> StreamWorld:
        self.check_level(level)
        families = _different(seed, level)
        return StreamWorld(seed, level, self.name, families, _visits(seed, len(families)))

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent | None:
        """The members' learners, each for the prompts that it understands; ``None`` where a member brings none."""
        return stream_learner(members(level), level, breadth=1, noise=noise, drifts=drifts, seed=seed)


class InterleavedTasks(TaskSequence):
    """Several tasks at once, shuffled: the same tasks as in CL-Stream-v0, and nothing to forget in between.

    Description
        A world has the tasks of the CL-Stream-v0 world of the same number. Any query may be of any task, so that a θ that does worse on
        the sequence has lost it by the order alone.

    Hidden rules
        Those of the member worlds.

    Observation
        The prompt of the member world, which names that world; at levels 0 and 1 behind "Task 2 of 3."

    Answer
        What the member's prompt asks for.

    Reward
        The member's own, such that an episode returns at most 1.

    Feedback
        The member's own.

    Levels
        As in CL-Stream-v0.

    Pools
        ``learn``: all tasks shuffled, each with as many env steps. ``eval`` and ``guard`` as in CL-Stream-v0. A trial asks as many of each
        task before learning and as often as there; what ends a stage there (backward transfer, forgetting) is undefined here.

    Probes
        Probe-Facts-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. The floor of a pool is the highest one among its members.

    Origin
        Written for clgym: the joint training that continual learning is held against.
    """

    name = "CL-Stream-Interleaved-v0"

    def world(self, seed: Seed, level: int) -> StreamWorld:
        self.check_level(level)
        return StreamWorld(seed, level, self.name, _different(seed, level), ())


class CompositionalTasks(TaskSequence):
    """Related tasks one after another: later ones reuse rules of the first. Does knowing it help?

    Description
        A world is a sequence of worlds of one family. The first is drawn; every later one is its sibling: it has another name, about
        half of the first one's rules and particulars, and its own for the rest. What is shared can be reused, and what is not
        interferes. CL-Stream-Unrelated-v0 is the control.

    Hidden rules
        Those of the member worlds. The family is drawn from those members of CL-Stream-v0 whose worlds have siblings.

    Observation
        The prompt of the member world, which names that world; at levels 0 and 1 behind "Task 2 of 3."

    Answer
        What the member's prompt asks for.

    Reward
        The member's own.

    Feedback
        The member's own.

    Levels
        As in CL-Stream-v0.

    Pools
        As in CL-Stream-v0.

    Probes
        Probe-Facts-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. The floor of a pool is the highest one among its members.

    Origin
        Written for clgym.
    """

    name = "CL-Stream-Compositional-v0"
    siblings = True
    """Whether later tasks are siblings of the first one, or drawn afresh."""

    def world(self, seed: Seed, level: int) -> StreamWorld:
        self.check_level(level)
        family = seed.draw("family").choice(related(level)).name
        return StreamWorld(seed, level, self.name, (family,) * TASKS[level], _visits(seed, TASKS[level]), siblings=self.siblings)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent | None:
        return stream_learner(related(level), level, breadth=TASKS[level], noise=noise, drifts=drifts, seed=seed)


class UnrelatedTasks(CompositionalTasks):
    """The control of CL-Stream-Compositional-v0: as many tasks of the same family, which share no rules by design.

    Description
        A world has the first task and the order of the CL-Stream-Compositional-v0 world of the same number; its later tasks are drawn
        afresh. What somebody gains there over here is reuse.

    Hidden rules
        Those of the member worlds.

    Observation
        The prompt of the member world, which names that world; at levels 0 and 1 behind "Task 2 of 3."

    Answer
        What the member's prompt asks for.

    Reward
        The member's own.

    Feedback
        The member's own.

    Levels
        As in CL-Stream-v0.

    Pools
        As in CL-Stream-v0.

    Probes
        Probe-Facts-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. The floor of a pool is the highest one among its members.

    Origin
        Written for clgym.
    """

    name = "CL-Stream-Unrelated-v0"
    siblings = False


def _different(seed: Seed, level: int) -> tuple[str, ...]:
    """The families of the tasks: different ones."""
    names = [family.name for family in members(level)]
    return tuple(seed.draw("sequence").sample(names, min(TASKS[level], len(names))))


def _visits(seed: Seed, count: int) -> tuple[int, ...]:
    """The task of each stage: every task once, then all of them again in another order, and so on; never one twice in a row."""
    order, draw = list(range(count)), seed.draw("visits")
    while len(order) < _STAGES:
        order += _again(count, order[-1], draw)
    return tuple(order)


def _again(count: int, last: int, draw: Draw) -> list[int]:
    """All tasks in a drawn order that does not begin with the last one."""
    first = draw.choice([task for task in range(count) if task != last])
    return [first, *draw.shuffled(task for task in range(count) if task != first)]
