"""What a calibration will cost, before it starts: answers, tokens, time, dollars, and the assumptions that they stand on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from clgym import flops, registry
from clgym.agent import Conversation, Decoding, Message
from clgym.calibration.plan import FROZEN, ICL, IDEAL, ORACLE, RULEBOOK, Cell, PlannedAgent, Settings
from clgym.calibration.sizes import Sizes
from clgym.model import TextModel
from clgym.protocol.examination import BATCH as WIDE
from clgym.protocol.examination import sample_questions
from clgym.records import RESULT_FILE, Trial
from clgym.sweep.plan import trial_folder

#: Conversations at once in a learn stream, about.
NARROW = 4
#: Tokens that the timing lets a model say.
_TIMED_TOKENS = 9
#: Seconds of one answer of an endpoint.
ENDPOINT_SECONDS = 2.0
#: Exchanges that a learner trains on for each env step: 16 of the replay every 4 env steps (lora-sft).
REPLAYED = 4


@dataclass(frozen=True)
class Load:
    """What some answers take. Prompt tokens include the cached ones."""

    answers: float = 0.0
    prompt_tokens: float = 0.0
    cached_tokens: float = 0.0
    completion_tokens: float = 0.0
    seconds: float = 0.0
    dollars: float = 0.0

    def __add__(self, other: Load) -> Load:
        return Load(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class AgentCost(NamedTuple):
    """One agent over all cells: its trials, how many are left to run, and what those take."""

    agent: str
    trials: int
    left: int
    load: Load


@dataclass(frozen=True)
class CalibrationCost:
    """What is left to run will cost, as estimated."""

    rows: tuple[AgentCost, ...]
    assumptions: tuple[str, ...]
    share: int = 1
    """Trials side by side that do not slow one another down."""

    @property
    def trials(self) -> int:
        """How many there are."""
        return sum(row.trials for row in self.rows)

    @property
    def left(self) -> int:
        """How many of them are not finished."""
        return sum(row.left for row in self.rows)

    @property
    def total(self) -> Load:
        """All rows together."""
        return sum((row.load for row in self.rows), Load())

    @property
    def seconds(self) -> float:
        """Until the last trial is done."""
        return self.total.seconds / self.share


class Speed(NamedTuple):
    """FLOPs a second while reading prompts and while writing answers, with so many conversations at once."""

    reading: float
    writing: float


def estimate(
    settings: Settings, cells: Sequence[Cell], out: Path, model: TextModel, *, workers: int = 1, engine: str = "local"
) -> CalibrationCost:
    """What the trials take that ``out`` does not hold yet. A model of this machine is timed, an endpoint is not asked."""
    left = [
        (cell, agent, [t for t in agent.trials if not (trial_folder(out, t) / RESULT_FILE).exists()])
        for cell, agent in _once(cells)
    ]
    local = bool(model.has_weights)
    timed = (
        [cell for cell, agent, trials in left if trials and agent.kind not in (ORACLE, IDEAL)]
        if model.flops_shape != flops.UNKNOWN
        else []
    )
    first = next(iter(timed), None)
    clock = _Clock(model, *(_speeds(model, first, settings) if local and first else ()))
    rows: dict[str, AgentCost] = {}
    for cell, agent, trials in left:
        row = rows.get(agent.name, AgentCost(agent.name, 0, 0, Load()))
        load = sum((_load(clock, cell, agent, trial) for trial in trials), Load())
        rows[agent.name] = AgentCost(agent.name, row.trials + len(agent.trials), row.left + len(trials), row.load + load)
    alone = local and engine.partition(":")[0] == "local"
    return CalibrationCost(
        tuple(rows.values()), tuple(_assumptions(local, alone, settings, first is not None)), 1 if alone else workers
    )


def _once(cells: Sequence[Cell]) -> Iterator[tuple[Cell, PlannedAgent]]:
    """Agents of cells, those whose trials another cell has already left out."""
    seen: set[Path] = set()
    for cell in cells:
        for agent in cell.agents:
            folders = {trial_folder(Path(), trial) for trial in agent.trials}
            if not folders or not folders <= seen:
                yield cell, agent
            seen |= folders


class _Clock:
    """What so many answers take of one model: eval queries come many at once, those of a stream a few."""

    def __init__(self, model: TextModel, wide: Speed | None = None, narrow: Speed | None = None):
        self.shape: flops.FlopsShape = model.flops_shape
        self._speeds = {True: wide, False: narrow}
        self._endpoint = getattr(model, "endpoint", None)

    def answering(self, sizes: Sizes, queries: float, spoken: float, *, behind: float = 0.0, wide: bool = True) -> Load:
        """``queries`` of them, each turn answered with ``spoken`` tokens, ``behind`` so many tokens of exchanges or rules."""
        answers = queries * sizes.turns
        prompt, held = round(sizes.prompt), round(behind)
        bare = Load(answers, answers * (prompt + held), answers * held, answers * spoken)
        speed = self._speeds[wide]
        if speed:
            read = answers * flops.forward(self.shape, prompt, held, head_rows=1)
            written = answers * flops.decode(self.shape, round(spoken), prompt + held)
            return bare + Load(seconds=read / speed.reading + written / speed.writing)
        return bare if self._endpoint is None else bare + _bought(bare, self._endpoint)

    def training(self, sizes: Sizes, steps: int) -> Load:
        """Forward and backward over the exchanges that a learner replays."""
        speed = self._speeds[False]
        length, count = round(sizes.prompt + sizes.answer), steps * REPLAYED
        tokens = float(count * length)
        seconds = (
            flops.lora_step(self.shape, flops.LoraShape(0), count, length, head_rows=round(count * sizes.answer)) / speed.reading
            if speed
            else 0.0
        )
        return Load(prompt_tokens=tokens, seconds=seconds)

    def reading(self, tokens: float) -> Load:
        """Exchanges whose keys are computed once; an endpoint keeps none for us."""
        speed = self._speeds[False]
        seconds = flops.forward(self.shape, round(tokens), head_rows=0) / speed.reading if speed else 0.0
        return Load(prompt_tokens=tokens, seconds=seconds) if speed else Load()


def _bought(load: Load, endpoint: Any) -> Load:
    """Time and money of answers that come from an endpoint."""
    dollars = (load.prompt_tokens * endpoint.price_in + load.completion_tokens * endpoint.price_out) / 1e6
    paces = [load.answers * ENDPOINT_SECONDS / endpoint.parallel]
    paces += [60 * load.answers / endpoint.rpm] if endpoint.rpm else []
    paces += [60 * (load.prompt_tokens + load.completion_tokens) / endpoint.tpm] if endpoint.tpm else []
    return Load(seconds=max(paces), dollars=dollars)


def _load(clock: _Clock, cell: Cell, agent: PlannedAgent, trial: Trial) -> Load:
    """One trial. Untaught models are taken to ramble up to their limit, others to answer as long as is right."""
    sizes, queries = cell.sizes, trial.eval_size
    assert sizes is not None
    untaught = clock.answering(sizes, queries, cell.max_new_tokens)
    stream = trial.steps / sizes.turns
    if agent.kind in (ORACLE, IDEAL):
        return Load()
    if agent.kind == FROZEN:
        return untaught
    if agent.kind == RULEBOOK:
        return clock.answering(sizes, queries, cell.max_new_tokens, behind=sizes.rulebook)
    if agent.kind == ICL:
        evals = (clock.answering(sizes, queries, sizes.answer, behind=size * sizes.exchange) for size in cell.contexts)
        learning = clock.answering(sizes, stream, sizes.answer, behind=trial.steps * sizes.exchange / 2, wide=False)
        return sum(evals, untaught) + learning + clock.reading(trial.steps * sizes.exchange)
    acting = clock.answering(sizes, stream, (sizes.answer + cell.max_new_tokens) / 2, wide=False)
    row = registry.agent(trial.agent)
    learning = clock.training(sizes, trial.steps) if "weights" in row.tags else acting
    return untaught + acting + learning + clock.answering(sizes, queries, sizes.answer)


def _speeds(model: TextModel, cell: Cell, settings: Settings) -> tuple[Speed, Speed]:
    """Timed on queries of this cell: as many at once as an evaluation asks, and as a stream does."""
    trial = cell.agents[0].trials[0]
    world = registry.make_world(cell.env, level=cell.level, split=settings.split, world=trial.world)
    frozen = registry.make_agent(FROZEN, model=model, **trial.settings)
    questions = sample_questions(world, "", "eval", min(WIDE, trial.eval_size), trial.seed, set="eval")
    context: list[Message] = frozen.context()  # type: ignore[attr-defined]
    conversations = [[*context, Message(role="user", content=question.query.prompt)] for question in questions]
    _time(model, conversations[:1], _TIMED_TOKENS)  # what is made once is made here
    return _speed(model, conversations), _speed(model, conversations[:NARROW])


def _speed(model: TextModel, conversations: Sequence[Conversation]) -> Speed:
    short, (first, _) = _time(model, conversations, 1)
    long, (read, written) = _time(model, conversations, _TIMED_TOKENS)
    reading = max(first, read) / max(short, 1e-9)
    # Where every answer is a single token there is nothing to time: a FLOP of writing is then taken to be ten times as slow.
    return Speed(reading, written / max(long - short, 1e-9) if written and long > short else reading / 10)


def _time(model: TextModel, conversations: Sequence[Conversation], tokens: int) -> tuple[float, tuple[float, float]]:
    """Seconds, and FLOPs of reading and of writing."""
    began = time.perf_counter()
    answers = model.generate(conversations, Decoding(max_new_tokens=tokens, batch=len(conversations)))
    seconds = time.perf_counter() - began
    costs = [answer.cost for answer in answers]
    read = math.fsum(flops.forward(model.flops_shape, cost.prompt_tokens, head_rows=1) for cost in costs)
    return seconds, (
        read,
        math.fsum(flops.decode(model.flops_shape, cost.completion_tokens - 1, cost.prompt_tokens) for cost in costs),
    )


def _assumptions(local: bool, alone: bool, settings: Settings, timed: bool) -> Iterable[str]:
    yield "prompts and answers as long as those of a sample, an untaught model's as long as the limit"
    if local and timed:
        yield "the model timed just now on this machine, its speed carried over to longer contexts by counting FLOPs"
    if not local:
        yield f"a token for four bytes; {ENDPOINT_SECONDS:g} s an answer, as many at once as ?parallel=, ?rpm= and ?tpm= allow"
        yield "dollars by ?price_in= and ?price_out=, nothing of a prompt cached by the server"
    if settings.learners:
        yield f"a learner that updates weights trains on {REPLAYED} exchanges for each env step, any other asks once more"
    if alone:
        yield "trials side by side on this machine share its cores, so they count as one after another"
