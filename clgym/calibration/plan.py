"""Which trials a calibration is made of: for each family and level the agents, with context sizes that fit the model's window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from clgym import registry
from clgym.calibration.sizes import Sizes, measure_sizes
from clgym.core import FEEDBACK_LEVELS, World
from clgym.errors import InvalidSetting, MissingExtra, UnknownName
from clgym.model import TextModel
from clgym.records import Trial
from clgym.registry import DEFAULT_MODEL
from clgym.sweep.plan import Spec, check_agent, parse_spec, trial_folder

FROZEN, ICL, RULEBOOK, ORACLE, IDEAL = "frozen", "icl", "rulebook", "oracle", "ideal"
CONTROLS = (FROZEN, ICL, RULEBOOK)

#: Queries of the learn stream at once, where the context sizes allow it.
BATCH = 8
#: Tokens of the window that stay free.
SPARE = 8
#: Share of the window that is used where tokens are an estimate (endpoints).
GUESSED = 0.8


@dataclass(frozen=True)
class Settings:
    """What is calibrated, and on what."""

    model: str = DEFAULT_MODEL
    envs: tuple[str, ...] = ()
    """Ids of families; () for all."""
    given: tuple[str, ...] = ()
    """Settings of all agents in one family, where it needs some: ``CL-Sparring-v0:history=1``."""
    levels: tuple[int, ...] = (0, 1)
    split: str = "validation"
    worlds: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    queries: int = 32
    contexts: tuple[int, ...] = (8, 32, 128)
    """Exchanges in context."""
    feedback: tuple[str, ...] = ("correction",)
    """What is said to who learns; each is a cell of its own."""
    learners: tuple[str, ...] = ()
    """Agents beside ICL and the rulebook, as ``--agent`` takes them."""
    window: int | None = None
    """Tokens that a prompt may have; ``None``: as many as the model takes."""
    max_new_tokens: int | None = None
    """The longest answer; ``None``: a quarter more than the longest right one."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.levels or not self.worlds or not self.contexts or not self.feedback:
            raise InvalidSetting("a calibration needs at least one level, one world, one context size and one kind of feedback.")
        for feedback in self.feedback:
            if feedback not in (*FEEDBACK_LEVELS, "gold"):
                raise UnknownName("feedback", feedback, (*FEEDBACK_LEVELS, "gold"))
        if min(self.contexts) < 1:
            raise InvalidSetting("a context size counts exchanges, so it is at least 1; what 0 brings is the frozen model.")
        if self.queries < 1:
            raise InvalidSetting(f"queries must be at least 1, not {self.queries}.")
        for name in ("window", "max_new_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidSetting(f"{name} counts tokens, so it is at least 1, not {value}.")
        for text in self.learners:
            row = registry.agent(parse_spec(text).name)
            if not row.model or row.id in CONTROLS:
                raise InvalidSetting(
                    f"{row.id} is no learner to compare with: name one that drives the model and learns, like lora-sft."
                )

    @property
    def specs(self) -> list[Spec]:
        """The families with their settings. Raises ``UnknownName``, and ``InvalidSetting`` for what cannot be calibrated."""
        ids = self.envs or [row.id for row in registry.families() if not {"probe", "sequence"} & set(row.tags)]
        for env in ids:
            tags = registry.family(env).tags
            if "probe" in tags:
                raise InvalidSetting(f"{env} is a probe: it has no hidden rules to learn.")
            if "sequence" in tags:
                raise InvalidSetting(f"{env} is a sequence of other families: calibrate those.")
        settings: dict[str, dict[str, Any]] = {env: {} for env in ids}
        for spec in map(parse_spec, self.given):
            if spec.name not in settings:
                raise UnknownName("family of this calibration", spec.name, ids)
            settings[spec.name] |= spec.settings
        return [Spec(env, settings[env]) for env in ids]

    @property
    def updates_weights(self) -> bool:
        """Whether one of the learners does."""
        rows = [registry.agent(parse_spec(text).name) for text in self.learners]
        return any("weights" in row.tags for row in rows)


class PlannedAgent(NamedTuple):
    """One agent on all worlds of a cell, or the reason why it is not run."""

    name: str
    kind: str
    """frozen, icl, rulebook, oracle, ideal or learner."""
    trials: tuple[Trial, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Cell:
    """One family at one level."""

    env: str
    level: int
    feedback: str = "correction"
    floor: float = math.nan
    """Mean over the worlds of what an agent earns at most that knows nothing of them."""
    sizes: Sizes | None = None
    contexts: tuple[int, ...] = ()
    """Exchanges in context, cut to what the window holds."""
    max_new_tokens: int = 0
    agents: tuple[PlannedAgent, ...] = ()
    reason: str = ""
    """Why nothing is run here."""
    note: str = ""


def cells_of(settings: Settings, model: TextModel) -> list[Cell]:
    """Every family at every level, planned with the tokenizer of the loaded ``model``.

    A family that has no such level, whose packages are missing or whose prompts do not fit the window becomes a cell that says
    so. Raises ``UnknownName``, ``InvalidSetting`` and ``MissingSalt`` for what concerns everything, or where no cell is left.
    """
    for text in settings.learners:
        spec = parse_spec(text)
        check_agent(Trial("", spec.name, spec.settings))
    cells = [
        cell
        for spec in settings.specs
        for level in settings.levels
        for cell in _with_feedback(settings, spec, _cell(settings, spec, level, model))
    ]
    if all(cell.reason for cell in cells):
        raise InvalidSetting(
            "nothing can be calibrated. " + " ".join(f"{cell.env} level {cell.level}: {cell.reason}." for cell in cells)
        )
    return cells


def trials_of(cells: Sequence[Cell]) -> list[Trial]:
    """All trials, cell by cell and world by world, each once: what is not taught is the same under every feedback."""
    trials = (trial for cell in cells for row in zip(*(agent.trials for agent in cell.agents if agent.trials)) for trial in row)
    return list({trial_folder(Path(), trial): trial for trial in trials}.values())


def _with_feedback(settings: Settings, spec: Spec, cell: Cell) -> list[Cell]:
    """The cell under each feedback, with the ideal learner beside it: what can be known from it, without any model."""
    made = []
    for feedback in settings.feedback:
        agents = [agent._replace(trials=tuple(_taught(trial, feedback) for trial in agent.trials)) for agent in cell.agents]
        made.append(
            replace(cell, feedback=feedback, agents=(*agents, *(() if cell.reason else (_ideal(settings, spec, cell, feedback),))))
        )
    return made


def _taught(trial: Trial, feedback: str) -> Trial:
    return replace(trial, feedback=feedback) if trial.steps else trial


def _ideal(settings: Settings, spec: Spec, cell: Cell, feedback: str) -> PlannedAgent:
    if registry.load_family(spec.name).learner(cell.level) is None:
        return PlannedAgent(IDEAL, IDEAL, reason="the family brings no ideal learner")
    base = _trial(settings, spec, cell.level)
    return _planned(
        settings,
        IDEAL,
        IDEAL,
        replace(base, agent=IDEAL, settings={}, model="", steps=max(settings.contexts), batch=4, feedback=feedback),
    )


def _cell(settings: Settings, spec: Spec, level: int, model: TextModel) -> Cell:
    bare = Cell(spec.name, level)
    try:
        family = registry.load_family(spec.name)
        if level not in family.levels:
            return replace(bare, reason=f"the family has levels {', '.join(map(str, family.levels))}")
        worlds = [registry.make_world(spec.name, level=level, split=settings.split, world=world) for world in settings.worlds]
    except MissingExtra as error:
        return replace(bare, reason=str(error))
    frozen = registry.make_agent(FROZEN, model=model, **spec.settings)
    base = _trial(settings, spec, level)
    sizes = measure_sizes(frozen, worlds, base)
    limit = settings.max_new_tokens or spec.settings.get("max_new_tokens") or sizes.answer_limit
    cell = replace(bare, floor=_floor(worlds), sizes=sizes, max_new_tokens=limit)
    window = min(settings.window or math.inf, model.window)
    if not model.has_weights:
        window *= GUESSED
    free = window - sizes.with_answers(limit) - SPARE
    if free < 0:
        needs = f"a query with its answer takes up to {sizes.with_answers(limit) + SPARE:,} tokens"
        return replace(cell, reason=f"{needs}, and the window has {int(window):,}")
    return _with_agents(cell, settings, replace(base, settings={**spec.settings, "max_new_tokens": limit}), free)


def _with_agents(cell: Cell, settings: Settings, base: Trial, free: float) -> Cell:
    assert cell.sizes is not None
    sizes = cell.sizes
    contexts = cut(settings.contexts, sizes, free)
    most = max(settings.contexts)
    agents = [_planned(settings, FROZEN, FROZEN, base)]
    if contexts:
        note = "" if contexts[-1] == most else f"the window holds {contexts[-1]} of the {most} exchanges that were asked for"
        cell = replace(cell, contexts=contexts, note=note)
        room = {} if free == math.inf else {"window": int(free) + sizes.system}
        whole = math.gcd(*contexts)  # checkpoints fall on the ends of rounds
        batch = max(size for size in range(1, BATCH + 1) if whole % size == 0)
        stream = replace(
            base, agent=ICL, settings={**base.settings, **room}, steps=contexts[-1], checkpoints=contexts[:-1], batch=batch
        )
        agents.append(_planned(settings, ICL, ICL, stream))
    else:
        reason = f"an exchange takes up to {sizes.largest_exchange:,} tokens, and the window leaves {int(free):,}"
        agents.append(PlannedAgent(ICL, ICL, reason=reason))
    if sizes.rulebook <= free:
        agents.append(_planned(settings, RULEBOOK, RULEBOOK, replace(base, agent=RULEBOOK)))
    else:
        agents.append(
            PlannedAgent(
                RULEBOOK,
                RULEBOOK,
                reason=f"it has {sizes.rulebook:,} tokens, and the window leaves {int(free):,} beside query and answer",
            )
        )
    for text in settings.learners:
        spec = parse_spec(text)
        learner = replace(base, agent=spec.name, settings={**base.settings, **spec.settings}, steps=most, batch=4)
        agents.append(_planned(settings, text, "learner", learner))
    agents.append(_planned(settings, ORACLE, ORACLE, replace(base, agent=ORACLE, settings={}, model="")))
    return replace(cell, agents=tuple(agents))


def cut(contexts: Sequence[int], sizes: Sizes, free: float) -> tuple[int, ...]:
    """The context sizes that fit ``free`` tokens; those that do not become one, as many as fit (a multiple of 4 from 4 on)."""
    wanted = tuple(sorted(set(contexts)))
    if sizes.largest_exchange > free:
        return ()
    # A twentieth stays free: other queries of the stream may be longer than those of the sample.
    most = wanted[-1] if free == math.inf else max(1, int(0.95 * free / sizes.exchange))
    if most >= wanted[-1]:
        return wanted
    fits = [size for size in wanted if size <= most]
    last = most - most % 4 if most >= 4 else most
    return tuple(dict.fromkeys([*fits, *([last] if not fits or last > fits[-1] else [])]))


def _trial(settings: Settings, spec: Spec, level: int) -> Trial:
    return Trial(
        spec.name,
        FROZEN,
        dict(spec.settings),
        model=settings.model,
        level=level,
        split=settings.split,
        seed=settings.seed,
        steps=0,
        checkpoints=(),
        eval_size=settings.queries,
        transfer_size=0,
        guard_size=0,
        probe_size=0,
        control_size=0,
    )


def _planned(settings: Settings, name: str, kind: str, trial: Trial) -> PlannedAgent:
    return PlannedAgent(name, kind, tuple(replace(trial, world=world) for world in settings.worlds))


def _floor(worlds: Sequence[World]) -> float:
    return sum(world.floor("eval") for world in worlds) / len(worlds)
