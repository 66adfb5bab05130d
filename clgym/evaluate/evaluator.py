"""The evaluator's side: agents that are strangers, on private worlds, with the frozen arm of their model beside them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from clgym import registry
from clgym.agent import Agent
from clgym.errors import InvalidSetting, SandboxUnavailable, UnknownName
from clgym.evaluate.held import HeldAgent
from clgym.evaluate.launch import Barriers, Cell, cell, own_folder, program_of, tried
from clgym.judges.cache import cache_file, key_file
from clgym.outside.wire import RemoteAgent
from clgym.protocol import TrialObserver, run_trial
from clgym.protocol.provenance import named_origin, unread_origin
from clgym.protocol.trial import build_agent
from clgym.records import AnswerRecord, Trial, TrialRecords
from clgym.records.standing import seal_trial
from clgym.registry import builtin, outside
from clgym.registry.making import without_strangers
from clgym.seeding import holding, test_salt
from clgym.sweep.plan import Spec, check_model, trial_folder

#: Where an agent answers: in the evaluator's own process (clgym's scripted and privileged rows, which see the worlds), in a process that
#: is held, or on another machine.
OWN, HELD, ELSEWHERE = "own", "held", "elsewhere"

FROZEN = "frozen"


@dataclass(frozen=True)
class Candidate:
    """An agent that is to be evaluated."""

    spec: Spec
    place: str
    entry_point: str
    """Where its code lies, for one from outside; "" for clgym's own and for addresses."""
    model: str


def candidate(spec: Spec, model: str = "") -> Candidate:
    """What an agent's name says of it; nothing of it is imported. ``model`` goes to agents that drive one.

    Raises ``UnknownName``, and ``InvalidSetting`` for a file that is not there, or not in a folder of its own.
    """
    own = {row.id: row for row in builtin.AGENTS}
    if spec.name in own:
        row = own[spec.name]
        place = OWN if {"scripted", "privileged"} & set(row.tags) else HELD
        return Candidate(spec, place, "", (model or registry.DEFAULT_MODEL) if row.model else "")
    scheme = registry.scheme_of("agent", spec.name)
    if scheme:
        return Candidate(spec, HELD if scheme == "exec:" else ELSEWHERE, "", "")
    points = outside.installed("clgym.agents").get(spec.name, ())
    if len(points) == 1:
        return Candidate(spec, HELD, outside.address_of(points[0]), model)
    if outside.NAMED.fullmatch(spec.name):
        file = Path(spec.name.rpartition(":")[0])
        if file.suffix == ".py" and not own_folder(file.resolve().parent).joinpath(file.name).is_file():
            raise InvalidSetting(f"{spec.name}: there is no file {file}.")
        return Candidate(spec, HELD, spec.name, model)
    raise UnknownName("agent", spec.name, own, also="module:Name, path/to/file.py:Name, exec:COMMAND or http://HOST")


def trials_for(suite: Sequence[Trial], candidates: Sequence[Candidate]) -> list[tuple[Trial, Candidate]]:
    """Every cell of a suite, drawn from the salt, for every candidate; and the frozen arm of each model under the same limits."""
    cells: dict[str, Trial] = {}
    for trial in suite:
        bare = replace(trial, agent="", settings={}, model="", split="test")
        cells.setdefault(str(sorted(bare.to_json().items())), bare)
    return [
        (replace(bare, agent=who.spec.name, settings=who.spec.settings, model=who.model), who)
        for bare in cells.values()
        for who in _with_frozen(candidates)
    ]


def _with_frozen(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, and behind them the model of each as it is, with those of its settings that a frozen model has."""
    known = (
        {field.name for field in fields(registry.load(registry.agent(FROZEN)).Config)}
        if any(c.model for c in candidates)
        else set()
    )
    found = list(candidates)
    for who in candidates:
        settings = {name: value for name, value in who.spec.settings.items() if name in known}
        arm = Candidate(Spec(FROZEN, settings), HELD, "", who.model)
        if who.model and arm not in found:
            found.append(arm)
    return found


def evaluate(
    candidates: Sequence[Candidate],
    suite: Sequence[Trial],
    salt: bytes,
    out: Path,
    *,
    salt_file: Path | None = None,
    network: bool = False,
    keep: Sequence[str] = (),
    heard: Callable[[str], None] = lambda line: None,
    observer: Callable[[Trial], TrialObserver | None] = lambda trial: None,
) -> Iterator[TrialRecords]:
    """Run every trial and seal it, one after another; finished ones are kept. ``heard`` is told what an agent could reach.

    Raises ``SandboxUnavailable`` where agents cannot be held, or one could reach the salt; what a trial raises.
    """
    for who in candidates:
        if who.model:  # a model from outside is refused: its code would say here who it is
            with without_strangers():
                check_model(who.model)
    planned = trials_for(suite, candidates)
    hide = [path for path in (salt_file, out, cache_file(), key_file(cache_file())) if path is not None]
    out.mkdir(parents=True, exist_ok=True)
    with cell(hide=hide, network=network, keep=keep) as held:
        barriers = _checked(tried(held, salt_file)) if any(who.place == HELD for _, who in planned) else None
        heard(_in_words(barriers, network))
        for trial, who in planned:
            with holding(salt), without_strangers():
                yield _one(trial, who, held, out, barriers, observer(trial))


def _one(
    trial: Trial, who: Candidate, held: Cell, out: Path, barriers: Barriers | None, observer: TrialObserver | None
) -> TrialRecords:
    folder = trial_folder(out, trial)
    records = run_trial(trial, folder, make=lambda: _agent(trial, who, held), observer=observer)
    facts: dict[str, Any] = {"agent": who.place}
    if who.place == HELD and barriers is not None:
        facts["network"] = barriers.network
    seal_trial(folder, facts)
    return records


def _agent(trial: Trial, who: Candidate, held: Cell) -> Agent:
    """A fresh agent, in a process of its own unless it is one of the evaluator's."""
    if who.place == OWN:
        return build_agent(trial)
    origin = unread_origin(trial.agent, who.entry_point) if who.entry_point else named_origin(trial.agent)
    exchange = held.exchange()
    remote = (
        build_agent(trial)
        if who.place == ELSEWHERE
        else RemoteAgent(program_of(trial, held, who.entry_point, exchange), trial.seed)
    )
    assert isinstance(remote, RemoteAgent)
    key = hmac.digest(test_salt(), f"clgym ids of {trial.label} on {trial.world_id}, seed {trial.seed}".encode(), hashlib.sha256)
    return HeldAgent(remote, exchange, origin, key)


def _checked(barriers: Barriers) -> Barriers:
    """Raise ``SandboxUnavailable`` where what was tried reached the salt, or a process that has it."""
    reached = [name for name in ("salt", "processes") if getattr(barriers, name)]
    if reached:
        raise SandboxUnavailable(
            f"a program that is held as the agent will be reaches {' and '.join(reached)}: nothing that it learned would count. Give the salt "
            "on standard input (--salt-file -), or evaluate on another machine."
        )
    return barriers


def _in_words(barriers: Barriers | None, wanted: bool) -> str:
    if barriers is None:
        return "No agent runs on this machine but the evaluator's own."
    network = "has the network, as you said" if wanted else "REACHES THE NETWORK" if barriers.network else "no network"
    return f"Tried with a program that is held as the agents will be: no salt, no other process, {network}."


class Row(NamedTuple):
    """One agent on one env: means over its trials of what eval earned. ``None`` where there is nothing to take a mean of."""

    agent: str
    env: str
    trials: int
    numbers: Mapping[str, float | None]
    """``frozen`` (θ_0 as the evaluator's frozen arm has it), ``own`` (as the agent had it), ``after`` and ``gain`` over the frozen arm,
    which is the agent's own where it drives no model."""


def rows_of(trials: Sequence[TrialRecords]) -> list[Row]:
    """The summary of an evaluation, the frozen arms last."""
    arms = {_cell_of(records.trial): records for records in trials if records.trial.agent == FROZEN}
    groups: dict[tuple[str, str, str], list[TrialRecords]] = {}
    for records in trials:
        groups.setdefault((records.trial.label, records.trial.model, records.trial.env), []).append(records)
    return [
        Row(label, env, len(members), _numbers(members, [arms.get(_cell_of(one.trial)) for one in members]))
        for (label, _, env), members in groups.items()
    ]


def _cell_of(trial: Trial) -> str:
    """The model and the cell of a trial, whatever answers there."""
    return str(sorted(replace(trial, agent="", settings={}).to_json().items()))


def _numbers(own: Sequence[TrialRecords], arms: Sequence[TrialRecords | None]) -> dict[str, float | None]:
    befores, afters = [_earned(one, "before") for one in own], [_earned(one, "after") for one in own]
    frozen = [_earned(arm, "before") for arm in arms if arm is not None]
    start = frozen if len(frozen) == len(own) else befores
    gains = [after - before for before, after in zip(start, afters) if after is not None and before is not None]
    return {"frozen": _mean(frozen), "own": _mean(befores), "after": _mean(afters), "gain": _mean(gains)}


def _earned(records: TrialRecords, phase: str) -> float | None:
    return _mean([r.reward for r in records.of(AnswerRecord) if r.phase == phase and r.set == "eval"])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
