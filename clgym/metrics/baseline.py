"""θ_0 from the evaluator's frozen arm: what the same hashed weights answer where nobody learns.

A learner says itself what its θ_0 answers and costs, and three of four axes are differences to that. Where a frozen trial of the same weights asked
the same queries, its answers stand in their place, and what the learner's own say otherwise is shown as a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clgym.metrics.numbers import signed_decimals
from clgym.records import AnswerRecord, TrialRecords

#: The agent that never learns, and what its answers are that count as θ_0.
FROZEN, START = "frozen", ("before", "control")

#: Env, level, breadth, split, world, seed, primer, the model's name, how the world was drawn, and the weights.
_Place = tuple[Any, ...]


def weights_of(records: TrialRecords) -> str:
    """What tells the weights of a trial from others: the hashes in its header; "" where it drives no model, or nobody hashed it."""
    identity = records.header.get("model")
    return json.dumps(identity, sort_keys=True) if identity else ""


def base_of(records: TrialRecords) -> str:
    """Within what agents compare: the weights, the model's name where they were not hashed; "" for agents that drive no model."""
    return weights_of(records) or records.trial.model


def limit_of(records: TrialRecords) -> int | None:
    """The most tokens of an answer, where the agent's settings say it: what an untaught model's cost depends on."""
    limit = records.trial.settings.get("max_new_tokens")
    return limit if isinstance(limit, int) else None


class FrozenArms:
    """The frozen trials among some trials, by what they answered with and where."""

    def __init__(self, trials: Iterable[TrialRecords]):
        self._arms: dict[_Place, list[TrialRecords]] = {}
        for records in trials:
            if records.trial.agent == FROZEN and weights_of(records):
                self._arms.setdefault(_place(records), []).append(records)

    def answers_for(self, records: TrialRecords) -> Mapping[tuple[str, str, str], AnswerRecord]:
        """(set, world, query) -> the frozen arm's answer; empty where there is none, or ``records`` is one itself.

        Of several, one with the same limit of tokens is taken before others.
        """
        if records.trial.agent == FROZEN or not weights_of(records):
            return {}
        arms = sorted(self._arms.get(_place(records), ()), key=lambda arm: limit_of(arm) != limit_of(records))
        found: dict[tuple[str, str, str], AnswerRecord] = {}
        for arm in arms[:1]:
            for answer in arm.of(AnswerRecord):
                if answer.phase in START:
                    found[answer.set, answer.world, answer.query] = answer
        return found


def _place(records: TrialRecords) -> _Place:
    t, header = records.trial, records.header
    drawn = (header.get("generators") or {}).get(t.env), header.get("commitment")
    return t.env, t.level, t.breadth, t.split, t.world, t.seed, t.primer, t.model, *map(str, drawn), weights_of(records)


def from_frozen(answers: Sequence[AnswerRecord], frozen: Mapping[tuple[str, str, str], AnswerRecord]) -> Sequence[AnswerRecord]:
    """The answers with those of θ_0 taken from the frozen arm where it was asked the same."""
    if not frozen:
        return answers
    return [_started(answer, frozen.get((answer.set, answer.world, answer.query))) for answer in answers]


def _started(answer: AnswerRecord, known: AnswerRecord | None) -> AnswerRecord:
    return answer if known is None or answer.phase not in START else replace(known, phase=answer.phase, step=answer.step)


def own_start(answers: Sequence[AnswerRecord], frozen: Mapping[tuple[str, str, str], AnswerRecord]) -> str:
    """Where the learner's own θ_0 earned something else on eval than the frozen arm of the same weights; "" where it did not."""
    own = [a for a in answers if a.phase == "before" and a.set == "eval" and a.reward is not None]
    pairs = [(a.reward, other.reward) for a in own if (other := frozen.get((a.set, a.world, a.query))) and other.reward is not None]
    if not any(mine != theirs for mine, theirs in pairs):
        return ""
    mine, theirs = (sum(side) / len(pairs) for side in zip(*pairs))  # type: ignore[arg-type]
    return f"its own θ_0 earned {signed_decimals(mine - theirs)} more than the frozen arm of the same weights, which is what counts"
