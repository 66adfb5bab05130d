"""Records that no run can have written: one θ that answers in two ways, gains of a learner that never learned, tokens that were not read.

Replay sees what was asked and what it earned; these rules see what θ, its hash and its costs would have had to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from clgym.agent import Cost
from clgym.records import AnswerRecord, BlockRecord, DivergenceRecord, LearnRecord, LikelihoodRecord, StepRecord, TrialRecords
from clgym.submission.known import endpoint, own_row

#: FLOPs of a token that is read or written, of one model: attention grows with the context, but not like this.
_FLOPS_APART = 1000.0
#: Tags of agents that may have nothing to learn.
_NEVER_LEARN = {"scripted", "control", "privileged"}
#: What rounding adds to a divergence from itself, and to a log-likelihood worked out in another batch.
_NEARLY = 1e-2


def impossible(records: TrialRecords) -> list[str]:
    """What cannot be, a sentence each; each kind once."""
    found = [*_one_theta(records), *_learning(records), *_tokens(records)]
    return list(dict.fromkeys(found))


def _blocks(records: TrialRecords) -> Iterator[tuple[BlockRecord, list[AnswerRecord | LikelihoodRecord | DivergenceRecord]]]:
    """Each evaluation block with its answers and likelihoods."""
    inside: list[AnswerRecord | LikelihoodRecord | DivergenceRecord] = []
    for record in records.records:
        if isinstance(record, BlockRecord):
            yield record, inside
            inside = []
        elif isinstance(record, (AnswerRecord, LikelihoodRecord, DivergenceRecord)):
            inside.append(record)


def _one_theta(records: TrialRecords) -> Iterator[str]:
    """Frozen answers are a function of θ and question: the same hash, the same question, the same answer."""
    if endpoint(records.trial):
        return
    said: dict[tuple[str, ...], object] = {}
    start = ""
    for block, inside in _blocks(records):
        start = start or block.digest
        for record in inside if block.digest else ():
            if isinstance(record, DivergenceRecord):
                if block.digest == start and abs(record.nats) > _NEARLY:
                    yield f"θ has the hash that it began with, and lies {record.nats:g} nats from where it began"
                continue
            key = (block.digest, record.kind, record.set, record.world, record.query)
            value = record.nats if isinstance(record, LikelihoodRecord) else record.answers
            other = said.setdefault(key, value)
            if isinstance(value, float) and isinstance(other, float):
                if abs(value - other) > _NEARLY * (1 + abs(value)):
                    yield "one θ (by its hash) gives one reference two likelihoods"
            elif value != other:
                yield f"one θ (by its hash) answers {record.query} in two ways (env step {block.step}, {block.phase})"


def _learning(records: TrialRecords) -> Iterator[str]:
    """What can follow from lessons, and what cannot follow without."""
    lessons, steps = records.of(LearnRecord), records.of(StepRecord)
    row = own_row(records.trial)
    usable = any(step.outcome != "failed" for step in steps)
    if not lessons and row is not None and not _NEVER_LEARN & set(row.tags) and usable:
        yield f"{records.trial.label} learns, and no lesson is recorded"
    if not lessons:
        yield from _unmoved(records)
    if row is not None and "weights" in row.tags and "context" not in row.tags and lessons and not endpoint(records.trial):
        changed = next(_unmoved(records), "")  # its hash may move with a random state, its answers only with its weights
        if changed and not sum(lesson.cost.flops for lesson in lessons):
            yield "weights learned something, and learning it took no FLOPs"


def _unmoved(records: TrialRecords) -> Iterator[str]:
    """An agent that never learns answers a question as it did before."""
    first: dict[tuple[str, str, str], object] = {}
    for record in records.of(AnswerRecord):
        if record.phase in ("placebo", "reference"):
            continue
        before = first.setdefault((record.set, record.world, record.query), record.answers)
        if before != record.answers:
            yield f"nothing was learned, and {record.query} is answered in another way at env step {record.step} ({record.phase})"


def _tokens(records: TrialRecords) -> Iterator[str]:
    """What one of clgym's agents on a language model reads and writes is counted by the model; a server may not say what it counted."""
    row = own_row(records.trial)
    if row is None or not row.model:
        return
    per_token = []
    answers: list[AnswerRecord | StepRecord] = [*records.of(AnswerRecord), *records.of(StepRecord)]
    for record in answers:
        cost: Cost = record.cost
        if record.answer.strip() and not (cost.prompt_tokens and cost.completion_tokens) and not endpoint(records.trial):
            yield "a language model answered, and read or wrote no token"
            continue
        new = cost.prompt_tokens - cost.cached_tokens + cost.completion_tokens
        if new > 0 and not endpoint(records.trial):
            per_token.append(cost.flops / new)
    if per_token and min(per_token) <= 0:
        yield "a language model answered, and it took no FLOPs"
    elif per_token and max(max(per_token) / median(per_token), median(per_token) / min(per_token)) > _FLOPS_APART:
        yield f"a token costs {min(per_token):.3g} to {max(per_token):.3g} FLOPs in one trial of one model"
