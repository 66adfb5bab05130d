"""Solved exchanges of a sister world in front of every prompt: what lets θ_0 know the form of an answer, so that a gain is not form.

Every arm of a trial gets the same ones, learning or examined; what an agent learns from are the bare exchanges. Agents that drive no language model
(scripted ones, choosers) need no form and are asked as without.
"""

from __future__ import annotations

from collections.abc import Sequence

from clgym import registry
from clgym.agent import Conversation, Message, with_options
from clgym.core import MAX_TURNS, Query, World
from clgym.errors import ClgymError, InvalidSetting
from clgym.protocol.examination import sample_questions
from clgym.protocol.stream import Stream
from clgym.records import Trial

#: The sister world is this far away in the same split: not that of the placebo arm.
OFFSET = 2000


def primer_of(trial: Trial) -> tuple[Message, ...]:
    """The messages, oldest first; none where the trial wants none, or its agent drives no model.

    Raises ``InvalidSetting`` where the agent's settings would cut them off.
    """
    if not trial.primer or not _reads(trial):
        return ()
    if trial.settings.get("history") is not None:
        raise InvalidSetting(
            "history cuts a conversation down to its last turns, and a primer stands before them: give one of the two."
        )
    world = registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world + OFFSET, breadth=trial.breadth)
    questions = sample_questions(world, "", Stream.pool(world), trial.primer, trial.seed, set="learn")
    return tuple(message for question in questions for message in _solved(world, question.query))


def primed(primer: Sequence[Message], conversation: Conversation) -> Conversation:
    """The conversation as ``act`` gets it, behind the primer; its options stay."""
    return with_options((*primer, *conversation), getattr(conversation, "options", ())) if primer else conversation


def _reads(trial: Trial) -> bool:
    try:
        return bool(registry.agent(trial.agent).model)
    except ClgymError:  # one from outside, which reads what it is sent
        return True


def _solved(world: World, query: Query) -> list[Message]:
    """A query, and the oracle's turns up to its end."""
    episode, messages = world.episode(query), [Message(role="user", content=query.prompt)]
    for _ in range(MAX_TURNS):
        answer = episode.solve()
        messages.append(Message(role="assistant", content=answer))
        turn = episode.step(answer)
        if turn.done:
            break
        messages.append(Message(role="user", content=turn.observation))
    return messages
