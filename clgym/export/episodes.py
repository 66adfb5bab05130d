"""Finished trials as a Minari data set: what offline reinforcement learning reads."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from clgym.env import MAX_CHARS
from clgym.errors import InvalidSetting
from clgym.export.exchanges import Exchange
from clgym.export.formats import in_unicode
from clgym.integrations.frameworks import framework
from clgym.protocol.provenance import CANARY
from clgym.spaces import UnicodeText

if TYPE_CHECKING:
    from clgym.export import Exported


def to_minari(exchanges: Iterable[Exchange], dataset_id: str, counts: Exported) -> Any:
    """Make a data set of that id (``clgym/playbook-v0``) in Minari's store, one episode for each episode, and return it.

    Observations are what the user said (prompt, or feedback and what followed), actions are answers, rewards the true ones. Minari records the
    texts of env infos beside them: ``feedback``, ``outcome`` and ``correction`` of each step, "" at reset. Episodes with a failed grade are left out.
    Raises ``MissingExtra``, and ``InvalidSetting`` where there is such a data set or nothing to put into it.
    """
    minari = framework("minari", "minari")
    buffers: list[Any] = []
    for _, group in groupby(exchanges, key=lambda exchange: (exchange.trial, exchange.set, exchange.episode)):
        episode = list(group)
        if all(exchange.reward is not None for exchange in episode):
            buffers.append(_buffer(minari, len(buffers), episode))
    if not buffers:
        raise InvalidSetting(
            f"no episode of these {counts.exchanges} exchanges was graded: there is nothing to make a data set of."
        )
    if dataset_id in minari.list_local_datasets():
        raise InvalidSetting(f"Minari has a data set {dataset_id!r} already: choose another id, or `minari delete {dataset_id}`.")
    counts.rows = len(buffers)
    space = UnicodeText(MAX_CHARS)
    return minari.create_dataset_from_buffers(
        dataset_id,
        buffers,
        action_space=space,
        observation_space=space,
        algorithm_name=f"{counts.trials} trials of clgym",
        description=f"Answers to queries of clgym, with feedback in words. {CANARY}",
    )


def _buffer(minari: Any, number: int, episode: list[Exchange]) -> Any:
    steps = len(episode)
    texts = {
        "feedback": [exchange.feedback for exchange in episode],
        "outcome": [exchange.outcome for exchange in episode],
        "correction": [exchange.right for exchange in episode],
    }
    return minari.data_collector.EpisodeBuffer(
        id=number,
        observations=[*(in_unicode(exchange.conversation[-1]["content"]) for exchange in episode), ""],
        actions=[in_unicode(exchange.answer) for exchange in episode],
        rewards=[exchange.reward for exchange in episode],
        terminations=[*[False] * (steps - 1), episode[-1].done],
        truncations=[*[False] * (steps - 1), not episode[-1].done],
        infos={name: ["", *map(in_unicode, values)] for name, values in texts.items()},
    )
