"""The schedule of one trial as data: what is asked, and what is learned in between.

    events = events_of(trial, attempts=1)
    print(table(events))

A pure function of the settings and of the tries per query. The runner (:mod:`clgym.protocol.runner`), the replayer of ``clgym
verify``, the estimate of a study and the progress bar are readers of this one list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple, Protocol

from clgym import registry
from clgym.core import Stage, World
from clgym.protocol.examination import BATCH, Question, sample_questions
from clgym.protocol.stream import Stream
from clgym.records import PROBE_PREFIX, TRANSFER_PREFIX, Trial
from clgym.seeding import world_id
from clgym.settings import config_of

#: A sister world is this far away in the same split: same family and level, other rules.
SISTER_OFFSET = 1000


@dataclass(frozen=True)
class Ask:
    """One evaluation block: a frozen θ answers these questions, without feedback."""

    phase: str
    """control, before, checkpoint, stage, after, placebo or reference; as :class:`clgym.records.AnswerRecord` has it."""
    step: int
    """Env steps that made this θ."""
    questions: tuple[Question, ...]
    worlds: tuple[World, ...]
    """What scripted agents see: the world as it is then, and the probes."""
    arm: str = "learn"
    """Whose θ it is; as :class:`Learn` has it."""
    if_taught: tuple[Question, ...] = ()
    """Asked after the others where the learn stream got to them; where a query takes one turn, it gets to all of them."""
    references: tuple[Question, ...] = ()
    """How likely is the oracle's answer to these?"""
    divergence: bool = False
    """Whether the agent says how far θ has moved on neutral exchanges."""

    @property
    def label(self) -> str:
        """What a progress bar calls it."""
        return f"eval at {self.step}" if self.phase == "checkpoint" else self.phase

    @property
    def answers(self) -> int:
        """How many at most."""
        return len(self.questions) + len(self.if_taught)

    def questions_after(self, taught: set[tuple[str, str]]) -> tuple[Question, ...]:
        """All that is asked where these pairs of world id and query id have been taught."""
        return (*self.questions, *(q for q in self.if_taught if (q.world_id, q.query.id) in taught))


class Progress(Protocol):
    """How far a learn stream is; a :class:`clgym.protocol.stream.Round` says it."""

    @property
    def step(self) -> int:
        """Env steps taken."""

    @property
    def stages(self) -> int:
        """Stages of a sequence of tasks that are behind."""


@dataclass(frozen=True)
class Version:
    """The world of a trial as it is from some env step on, until its next drift."""

    since: int
    world: World
    world_id: str
    """As ``info["world"]`` has it: after n drifts it ends in ``+n``."""
    worlds: tuple[World, ...]
    """What scripted agents see: this world and the probes."""
    evals: tuple[Question, ...] = ()
    """The sample of its ``eval`` pool; none for a sister world."""


@dataclass(frozen=True)
class Learn:
    """The learn stream of one arm, and the ``eval`` questions that frozen copies answer on the way."""

    arm: str
    """learn, placebo for the sister world, or ``reference TASK`` for one task of a sequence alone."""
    trial: Trial
    """Whose stream it is: for the placebo, the trial of the sister world."""
    attempts: int
    """Tries per query."""
    width: int
    """Queries acted on at once."""
    versions: tuple[Version, ...]
    checkpoints: tuple[int, ...] = ()
    """Env steps after which ``eval`` is asked."""
    stages: tuple[Stage, ...] = ()
    """Those that begin before the last env step. ``eval`` is asked where one ends; but for the last one: there everything is asked."""
    task: str = ""
    """The task that is learned, where it is one of a sequence alone."""

    @property
    def steps(self) -> int:
        return self.trial.steps

    @property
    def answers(self) -> int:
        """Env steps and eval answers; at most, for where queries take several env steps a stage may end before what was due in it."""
        asks = [self.checkpoint(step) for step in self.checkpoints]
        for number, ended in enumerate(accumulate(stage.steps for stage in self.stages)):
            asks += [self.underway(number, step) for step in self.within(number)]
            asks += [self.checkpoint(ended)] if ended < self.steps else []
        return self.steps + sum(ask.answers for ask in asks)

    def version_at(self, step: int) -> Version:
        """The world after so many env steps."""
        return next(version for version in reversed(self.versions) if version.since <= step)

    def due(self, last: Progress | None, now: Progress) -> list[Ask]:
        """What is asked between two rounds of the stream; ``last`` is None in front of the first."""
        step, stages = (last.step, last.stages) if last else (0, 0)
        asks = [self.checkpoint(at) for at in self.checkpoints if step < at <= now.step]
        if stages < len(self.stages):
            asks += [self.underway(stages, now.step) for at in self.within(stages) if step < at <= now.step]
            if stages < now.stages and now.step < self.steps:
                asks.append(self.checkpoint(now.step))
        return asks

    def checkpoint(self, step: int) -> Ask:
        """``eval`` of the world as it is after so many env steps; of one task where it is learned alone."""
        version = self.version_at(step)
        if self.task:
            return self._ask("reference", step, self.task)
        return Ask("checkpoint", step, version.evals, version.worlds)

    def underway(self, number: int, step: int) -> Ask:
        """``eval`` of the task of a stage alone, while the stage goes on."""
        return self._ask("reference" if self.task else "stage", step, self.stages[number].task)

    def within(self, number: int) -> list[int]:
        """Env steps at which the task of a stage is asked on the way: 8, 16, 32, ... into it, rounded up to whole rounds."""
        stage, begun, batch = self.stages[number], sum(stage.steps for stage in self.stages[:number]), self.trial.batch
        if not stage.task or self.trial.checkpoints is not None:
            return []
        rounded = {begun + -(-at // batch) * batch for at in doubling(0, stage.steps)}
        return sorted(at for at in rounded if at < begun + stage.steps)

    def _ask(self, phase: str, step: int, task: str) -> Ask:
        version = self.version_at(step)
        questions = tuple(question for question in version.evals if question.world.task(question.query) == task)
        return Ask(phase, step, questions, version.worlds, arm=self.arm)


Event = Ask | Learn


def events_of(trial: Trial, *, attempts: int, learns: bool = True) -> list[Event]:
    """Everything that happens in a trial, in order.

    ``attempts`` are tries per query (:func:`attempts_of`); ``learns`` is false for agents whose θ never moves: their stream is
    walked more queries at once where nothing can tell. Raises what making the worlds raises.
    """
    probes = _probes(trial)
    versions = _versions(trial, probes)
    first, last = versions[0], versions[-1]
    control = _control(trial, attempts, first)
    others = (*_held_out(trial, last), *_probe_questions(trial, probes))
    references = tuple(question for question in others if not question.set.startswith(TRANSFER_PREFIX))
    drifted = len(versions) > 1

    events: list[Event] = [Ask("control", 0, control, first.worlds)]
    events += [Ask("before", 0, version.evals, version.worlds) for version in versions[:-1]]
    events += [Ask("before", 0, (*last.evals, *others), last.worlds, references=references)]
    width = _width(trial, attempts, learns)
    stages = stages_of(trial, first.world)
    events += [Learn("learn", trial, attempts, width, versions, _checkpoints(trial, first.world), stages)]
    after = Ask("after", trial.steps, (*last.evals, *others), last.worlds, references=references, divergence=True)
    if drifted:
        events += [after, *([Ask("after", trial.steps, (), first.worlds, if_taught=control)] if control else [])]
    else:
        events += [replace(after, if_taught=control)]
    if trial.placebo:
        sister = replace(trial, world=trial.world + SISTER_OFFSET)
        events += [Learn("placebo", sister, attempts, width, _versions(sister, probes, asked_about=False))]
        events += [Ask("placebo", trial.steps, last.evals, last.worlds, arm="placebo")]
    if trial.reference and not drifted:
        events += _references(trial, attempts, width, first, stages)
    return events


def _references(trial: Trial, attempts: int, width: int, version: Version, stages: Sequence[Stage]) -> Iterator[Ask | Learn]:
    """Each task of a sequence alone, for as many env steps as the trial's stages give it, asked as it is there."""
    for task in dict.fromkeys(stage.task for stage in stages if stage.task):
        own = tuple(stage for stage in stages if stage.task == task)
        alone = replace(trial, steps=sum(stage.steps for stage in own), checkpoints=None)
        learn = Learn(f"reference {task}", alone, attempts, width, (version,), stages=own, task=task)
        yield from (learn, learn.checkpoint(alone.steps))


def answer_count(events: Iterable[Event]) -> int:
    """How many answers a trial takes: evaluation answers and env steps."""
    return sum(event.answers for event in events)


def attempts_of(trial: Trial, wanted: int) -> int:
    """Tries per learning query: what the trial says, or else as many as its agent wants."""
    return trial.attempts or max(1, wanted)


def declared_attempts(trial: Trial) -> int:
    """:func:`attempts_of` without making the agent (and loading its model): its settings or its class say what it wants.

    An agent that is no class of ours (a function, a program) says nothing, and tries once.
    """
    if trial.attempts:
        return trial.attempts
    made = registry.load(registry.agent(trial.agent))
    config = config_of(made, trial.settings, trial.agent) if hasattr(made, "Config") else None
    return attempts_of(trial, getattr(config, "attempts", getattr(made, "attempts", 1)))


def checkpoint_steps(trial: Trial) -> list[int]:
    """Env steps strictly between 0 and N at which ``eval`` is asked, rounded up to whole rounds."""
    steps: Iterator[int] | Sequence[int] = _usual_checkpoints(trial) if trial.checkpoints is None else trial.checkpoints
    rounded = {-(-step // trial.batch) * trial.batch for step in steps}
    return sorted(step for step in rounded if 0 < step < trial.steps)


def doubling(start: int, end: int) -> Iterator[int]:
    """8, 16, 32, ... env steps after ``start``, before ``end``."""
    step = 8
    while start + step < end:
        yield start + step
        step *= 2


def _usual_checkpoints(trial: Trial) -> Iterator[int]:
    """8, 16, 32, ... env steps after the start and after each drift; and right before and right after a drift, to see what it took."""
    drifts = _drifts(trial)
    for start, end in zip([0, *drifts], [*drifts, trial.steps]):
        yield from doubling(start, end)
    for at in drifts:
        yield from (at - trial.batch, at)


def _checkpoints(trial: Trial, world: World) -> tuple[int, ...]:
    """A sequence of tasks is asked where each of its stages ends; further checkpoints only if they are wanted."""
    staged = bool(world.stages())
    return () if staged and trial.checkpoints is None else tuple(checkpoint_steps(trial))


def stages_of(trial: Trial, world: World) -> tuple[Stage, ...]:
    """The stages that begin before the last env step; the last one of them has as many as are left."""
    stages, begun = world.stages(), 0
    found: list[Stage] = []
    while stages and begun < trial.steps:
        stage = stages[len(found) % len(stages)]
        found.append(Stage(stage.task, min(stage.steps, trial.steps - begun)))
        begun += stage.steps
    return tuple(found)


def _drifts(trial: Trial) -> list[int]:
    """The drifts that show: those at or after the last env step never do."""
    return sorted(at for at in trial.drift_at if at < trial.steps)


def _width(trial: Trial, attempts: int, learns: bool) -> int:
    """Queries at once: ``batch``, or more where neither learning nor the order of the stream can notice."""
    unnoticed = not learns and attempts == 1 and not trial.drift_at
    return max(trial.batch, BATCH) if unnoticed else trial.batch


class Probe(NamedTuple):
    """One probe at one of its levels, with items drawn for the trial's world: other worlds ask other items."""

    set: str
    world: World
    world_id: str


def _probes(trial: Trial) -> tuple[Probe, ...]:
    """Every probe of the family at every level that it has."""
    if not trial.probe_size:
        return ()
    levels = [(name, level) for name in registry.family(trial.env).probes for level in registry.load_family(name).levels]
    worlds = [(level, registry.make_world(name, level=level, split=trial.split, world=trial.world)) for name, level in levels]
    return tuple(
        Probe(
            PROBE_PREFIX + world.family + (f"/level{level}" if level else ""),
            world,
            world_id(world.family, level, 1, trial.split, trial.world),
        )
        for level, world in worlds
    )


def _versions(trial: Trial, probes: tuple[Probe, ...], *, asked_about: bool = True) -> tuple[Version, ...]:
    """The world as drawn, then as it is after each drift: what ``ContinualEnv`` makes of it."""
    family = registry.load_family(trial.env)
    seed = family.seed(trial.level, trial.split, trial.world)
    world = registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world, breadth=trial.breadth)
    versions = []
    for number, since in enumerate([0, *_drifts(trial)]):
        if number:
            world = world.drifted(seed.child("drift", number))
        drifted_id = trial.world_id + (f"+{number}" if number else "")
        evals = sample_questions(world, drifted_id, "eval", trial.eval_size, trial.seed, set="eval") if asked_about else []
        versions.append(Version(since, world, drifted_id, (world, *(probe.world for probe in probes)), tuple(evals)))
    return tuple(versions)


def _held_out(trial: Trial, version: Version) -> Iterator[Question]:
    """guard and ``transfer/*``."""
    pools = version.world.pools
    sizes = {"guard": trial.guard_size, **{pool: trial.transfer_size for pool in pools if pool.startswith(TRANSFER_PREFIX)}}
    for pool, size in sizes.items():
        if pool in pools:
            yield from sample_questions(version.world, version.world_id, pool, size, trial.seed, set=pool)


def _probe_questions(trial: Trial, probes: Iterable[Probe]) -> Iterator[Question]:
    for probe in probes:
        yield from sample_questions(probe.world, probe.world_id, "eval", trial.probe_size, trial.seed, set=probe.set)


def floors_of(trial: Trial) -> dict[str, float]:
    """By query set that the trial asks, what somebody earns at most who knows nothing of the world; rules that drift leave it as it is."""
    world = registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world, breadth=trial.breadth)
    own = [pool for pool in world.pools if pool in ("eval", "guard") or pool.startswith(TRANSFER_PREFIX)]
    return {pool: world.floor(pool) for pool in own} | {probe.set: probe.world.floor("eval") for probe in _probes(trial)}


def _control(trial: Trial, attempts: int, version: Version) -> tuple[Question, ...]:
    """An even sample of the queries that come first in the learn stream, before any drift: as many as its env steps are sure to
    reach, however many tries and turns each takes.
    """
    world, pool = version.world, Stream.pool(version.world)
    reached = list(_reached(trial, attempts, world))
    size = min(trial.control_size, len(reached))
    indices = [reached[place * len(reached) // size] for place in range(size)]
    return tuple(Question("learn", world, version.world_id, world.query(pool, index)) for index in indices)


def _reached(trial: Trial, attempts: int, world: World) -> Iterator[int]:
    """Indices of the learn queries that a stream comes to before any drift, though each takes as long as it can."""
    pool, walk = Stream.pool(world), Stream.walk(world, trial, attempts)
    ends = list(accumulate(stage.steps for stage in stages_of(trial, world)))
    limit, step = min([trial.steps, *trial.drift_at]), 0
    for _ in range(world.pools[pool]):
        while (index := walk.next(step)) is None:
            step = ends[walk.stage]
            walk.turn()
            if step >= limit:
                return
        step += attempts * world.turns(world.query(pool, index))
        if step > limit:
            return
        yield index


def table(events: Iterable[Event]) -> str:
    """The schedule for a reader: env steps, event, answers, and what is asked."""
    lines = [("env steps", "event", "answers", "of")]
    for event in events:
        lines += [_ask_line(event)] if isinstance(event, Ask) else _learn_lines(event)
    return "\n".join(f"{steps:>9}  {event:<14} {answers:>7}  {details}".rstrip() for steps, event, answers, details in lines)


def _ask_line(ask: Ask) -> tuple[str, str, str, str]:
    counts = Counter(map(_set_name, (*ask.questions, *ask.if_taught)))
    return str(ask.step), f"ask {ask.phase}", str(ask.answers), ", ".join(f"{name} {count}" for name, count in counts.items())


def _set_name(question: Question) -> str:
    """``eval``, and ``eval+2`` where the world has drifted twice."""
    _, drifted, number = question.world_id.rpartition("+")
    return f"{question.set}+{number}" if drifted else question.set


def _learn_lines(learn: Learn) -> Iterator[tuple[str, str, str, str]]:
    details = [f"{learn.versions[0].world_id} in batches of {learn.width}, tries per query: {learn.attempts}"]
    details += [f"drifts after {version.since}" for version in learn.versions[1:]]
    yield f"1-{learn.steps}", "learn" if learn.arm == "learn" else f"learn {learn.arm}", str(learn.steps), "; ".join(details)
    for step in learn.checkpoints:
        yield _ask_line(learn.checkpoint(step))
    for number, end in enumerate(accumulate(stage.steps for stage in learn.stages), start=1):
        for step in learn.within(number - 1):
            yield _ask_line(learn.underway(number - 1, step))
        if end < learn.steps:
            asked = _ask_line(learn.checkpoint(end))
            yield *asked[:3], f"{asked[3]}, as stage {number} ends: {learn.stages[number - 1].task or 'all tasks'}"
