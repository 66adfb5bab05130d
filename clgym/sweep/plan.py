"""Which trials a sweep is made of: environments x worlds x seeds x agents, as data, checked before anything runs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium

from clgym import registry
from clgym.agent import Agent
from clgym.errors import InvalidSetting, NeedsWeights, UnknownName
from clgym.records import Trial, env_settings
from clgym.settings import config_of, from_text

#: A longer range is a slip of the keyboard.
_MOST = 100_000


@dataclass(frozen=True)
class Spec:
    """An agent, an engine or a tracker by its name, and its settings."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


#: Where the settings of a spec begin: the first colon behind which a name and "=" stand. Values may hold colons.
_SETTINGS = re.compile(r"(?P<name>.*?):(?P<settings>[ \t]*[^\W\d]\w*(?:\.\w+)*[ \t]*=.*)", re.DOTALL)


def parse_spec(text: str, kind: str = "agent") -> Spec:
    """``NAME`` or ``NAME:key=value,key=value`` as a :class:`Spec`. Values are JSON where they can be, else text.

    ``NAME`` is an id, ``module:Name`` or ``path/to/file.py:Name``; settings of a group have dotted keys. An address behind a scheme
    (``exec:``, ``http:``) is taken as it is, without settings. ``kind`` is "agent", "engine" or "tracker".

    >>> parse_spec("lora-sft:lr=0.001,rank=16").settings
    {'lr': 0.001, 'rank': 16}
    >>> parse_spec("my/agents.py:Notes:size=3")
    Spec(name='my/agents.py:Notes', settings={'size': 3})
    """
    match = None if registry.scheme_of(kind, text) else _SETTINGS.fullmatch(text)
    if match is None:
        return Spec(text)
    settings = {}
    for part in filter(None, match["settings"].split(",")):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise InvalidSetting(f"{kind} {text!r}: settings are written NAME:key=value,key=value, and {part!r} is not key=value.")
        settings[key.strip()] = from_text(value.strip())
    return Spec(match["name"], settings)


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
    envs: Sequence[str], agents: Sequence[Spec], worlds: Iterable[int], seeds: Iterable[int], *, model: str = "", **settings: Any
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


def check(trials: Sequence[Trial]) -> list[str]:
    """Raise the typed error of whatever a trial would stumble over at its start, before the first one runs.

    Returns what is accepted and does less than it says, a sentence each.
    """
    if not trials:
        raise InvalidSetting("there is nothing to run: a sweep needs at least one env, agent, world and seed.")
    seen: set[object] = set()
    remarks: dict[str, None] = {}
    for trial in trials:
        place = (trial.env, trial.level, trial.split, trial.world)
        if place not in seen:
            seen.add(place)
            registry.load_family(trial.env)  # its errors as they are; gymnasium words them anew
            env = gymnasium.make(registry.gym_spec(trial.env), **env_settings(trial))
            remarks.update(dict.fromkeys(_remarks(trial, env.unwrapped.world.pools)))  # type: ignore[attr-defined]
            env.close()
        if trial.probe_size and (probed := f"probes of {trial.env}") not in seen:
            seen.add(probed)
            for probe in registry.family(trial.env).probes:
                registry.family(probe)
        if trial.label not in seen:
            seen.add(trial.label)
            check_agent(trial)
        if trial.model and (trial.model, trial.agent) not in seen:
            seen.add((trial.model, trial.agent))
            check_model(trial.model, trial.agent)
    return list(remarks)


def _remarks(trial: Trial, pools: Mapping[str, int]) -> Iterator[str]:
    """What of a trial goes beyond its world's queries or its env steps."""
    for pool, size in (("eval", trial.eval_size), ("guard", trial.guard_size)):
        if pool in pools and size > pools[pool]:
            yield f"{pool}_size is {size:,}: {trial.env} at level {trial.level} has {pools[pool]:,} such queries, and all are asked."
    late = {
        "drift_at has {}, and there are {:,} env steps: the rules do not change there.": [
            s for s in trial.drift_at if s >= trial.steps
        ],
        "checkpoints has {}, and there are {:,} env steps: nothing is asked there.": [
            s for s in trial.checkpoints or () if s > trial.steps
        ],
    }
    yield from (text.format(", ".join(map(str, steps)), trial.steps) for text, steps in late.items() if steps)


def check_agent(trial: Trial) -> None:
    """Raise ``UnknownName``, ``InvalidSetting`` or ``MissingExtra`` where the agent cannot be built."""
    row = registry.agent(trial.agent)
    registry.check_settings(row, trial.settings)
    target = registry.load(row)
    if not (isinstance(target, type) and issubclass(target, Agent)):
        if trial.settings:
            raise UnknownName(
                f"setting of agent {trial.agent}, which is no subclass of clgym.Agent,", next(iter(trial.settings)), []
            )
        return
    config_of(target, trial.settings, trial.agent)


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


def trial_folder(out: Path, trial: Trial, identity: Mapping[str, str] | None = None) -> Path:
    """Where a trial goes below ``out``: readable, and different for different settings.

    Other weights in the same folder of this machine (``path:DIR``) are another model: its trials go elsewhere. ``identity`` is that of
    the model that answered; by default that of what lies there now.
    """
    told_apart = {}
    if registry.scheme_of("model", trial.model) == "path:":
        told_apart = {"identity": dict(registry.model_identity(trial.model) if identity is None else identity)}
    settings = json.dumps({**trial.to_json(), "seed": None, **told_apart}, sort_keys=True)
    short = hashlib.sha256(settings.encode()).hexdigest()[:8]
    place = f"{folder_name(trial.env)}-level{trial.level}-{trial.split}-world{trial.world}"
    return Path(out) / place / f"{folder_name(trial.agent)}-{short}-seed{trial.seed}"


def folder_name(spec: str) -> str:
    """A plain id as it is; of an address, what a folder can be called. Two that look alike are told apart by the folder's hash.

    >>> folder_name("CL-Taste-v0"), folder_name("../mine/taste.py:Taste"), folder_name("exec:./agent --fast")
    ('CL-Taste-v0', 'taste-Taste', 'exec-agent-fast')
    """
    if re.fullmatch(r"\w[\w.-]*", spec):
        return spec
    short = re.sub(r"(^|:)[^:\s]*/", r"\1", spec).replace(".py:", ":")
    return re.sub(r"[^\w.]+", "-", short).strip("-.")[:60] or "spec"
