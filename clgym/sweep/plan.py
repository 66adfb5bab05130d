"""Which trials a sweep is made of: environments x worlds x seeds x agents, as data, checked before anything runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium

from clgym import registry
from clgym.errors import InvalidSetting, NeedsWeights
from clgym.records import Trial
from clgym.settings import config_of

#: A longer range is a slip of the keyboard.
_MOST = 100_000


@dataclass(frozen=True)
class AgentSpec:
    """An agent and the fields of its ``Config`` that are set."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


def parse_agent(text: str) -> AgentSpec:
    """``lora-sft:lr=0.001,rank=16`` as an :class:`AgentSpec`. Values are JSON where they can be, else text.

    >>> parse_agent("lora-sft:lr=0.001,rank=16").settings
    {'lr': 0.001, 'rank': 16}
    """
    name, _, rest = text.partition(":")
    settings = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise InvalidSetting(f"agent {text!r}: settings are written NAME:key=value,key=value, and {part!r} is not key=value.")
        settings[key.strip()] = _value(value.strip())
    return AgentSpec(name, settings)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_numbers(text: str) -> list[int]:
    """``0-4,7`` as [0, 1, 2, 3, 4, 7]; ``""`` as []. Raises ``InvalidSetting``.

    >>> parse_numbers("0-4,7")
    [0, 1, 2, 3, 4, 7]
    """
    numbers: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InvalidSetting(f"{text!r} is not a list of numbers like 0-4,7.")
        if dash and int(last) < int(first):
            raise InvalidSetting(f"the range {part} runs backwards.")
        if int(last if dash else first) - int(first) >= _MOST:
            raise InvalidSetting(f"the range {part} has more than {_MOST:,} numbers.")
        numbers += range(int(first), int(last if dash else first) + 1)
    return list(dict.fromkeys(numbers))


def plan(
    envs: Sequence[str],
    agents: Sequence[AgentSpec],
    worlds: Iterable[int],
    seeds: Iterable[int],
    *,
    model: str = "",
    **settings: Any,
) -> list[Trial]:
    """Every combination, agents innermost: a first comparison is there as early as possible.

    ``model`` goes to the agents that drive one; ``settings`` are fields of :class:`~clgym.records.Trial`.
    """
    seeds, trials = list(seeds), []
    for world in worlds:
        for env in envs:
            for seed in seeds:
                for agent in agents:
                    row = registry.agent(agent.name)
                    trials.append(
                        Trial(env, agent.name, agent.settings, model=model if row.model else "", world=world, seed=seed, **settings)
                    )
    return trials


def check(trials: Sequence[Trial]) -> None:
    """Raise the typed error of whatever a trial would stumble over at its start, before the first one runs."""
    if not trials:
        raise InvalidSetting("there is nothing to run: a sweep needs at least one env, agent, world and seed.")
    seen: set[object] = set()
    for trial in trials:
        place = (trial.env, trial.level, trial.split, trial.world)
        if place not in seen:
            seen.add(place)
            gymnasium.make(
                registry.gym_spec(trial.env),
                level=trial.level,
                split=trial.split,
                world=trial.world,
                feedback=trial.feedback,
                attempts=trial.attempts or 1,
                noise=trial.noise,
                drift_at=trial.drift_at,
            ).close()
        if trial.model and (trial.model, trial.agent) not in seen:
            seen.add((trial.model, trial.agent))
            check_model(trial.model, trial.agent)
        if trial.label not in seen:
            seen.add(trial.label)
            check_agent(trial)


def check_agent(trial: Trial) -> None:
    """Raise ``UnknownName``, ``InvalidSetting`` or ``MissingExtra`` where the agent cannot be built."""
    config_of(registry.load(registry.agent(trial.agent)), trial.settings, trial.agent)


def check_model(spec: str, agent: str = "") -> None:
    """Raise the typed error of a spec that no row of the registry knows, or whose row refuses it or this agent. Loads nothing."""
    row = registry.model(spec)
    if row.check:
        registry.load(row)  # MissingExtra, in time
        registry.load_entry(row.check)(registry.address(row, spec))
    if agent and not row.weights and "weights" in registry.agent(agent).tags:
        raise NeedsWeights(
            f"{agent} trains weights, and {row.id} gives text alone: choose an agent that does not train (frozen, icl, ...), or a "
            "model on this machine (smollm2-135m, hf:ORG/NAME, path:DIR)."
        )


def trial_folder(out: Path, trial: Trial) -> Path:
    """Where a trial goes below ``out``: readable, and different for different settings."""
    settings = json.dumps({**trial.to_json(), "seed": None}, sort_keys=True)
    short = hashlib.sha256(settings.encode()).hexdigest()[:8]
    place = f"{trial.env}-level{trial.level}-{trial.split}-world{trial.world}"
    return Path(out) / place / f"{trial.agent}-{short}-seed{trial.seed}"
