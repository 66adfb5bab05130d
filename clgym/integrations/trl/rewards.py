"""Queries as rows, and what a single answer to each earns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clgym.errors import InvalidSetting
from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout, Sessions, Watch, other_prompt
from clgym.seeding import seed_of


def prompts(
    env: str, *, count: int | None = None, seed: int = 0, pool: str | None = None, system: str = "", **settings: Any
) -> Any:
    """A ``datasets.Dataset`` of queries: ``prompt`` (messages, as ``clgym run`` shows them), ``pool`` and ``index``.

    ``count`` of them in the order of ``seed``, all where none is given. Pools other than the learn stream's need ``evaluate=True``.
    """
    sessions = Sessions(env, **settings)
    (session,) = sessions.first(1)
    chosen = pool or next(iter(session.world.pools))
    session.start(0, chosen)  # refuses what is held out
    order = session.world.order(chosen, seed_of("order", seed).draw())[:count]
    head = [{"role": "system", "content": system}] if system else []
    rows = [
        {"prompt": [*head, {"role": "user", "content": session.world.query(chosen, index).prompt}], "pool": chosen, "index": index}
        for index in order
    ]
    return framework("datasets", "trl").Dataset.from_list(rows)


def begin(sessions: Sessions, session: Any, prompt: Any, index: int | None, pool: str | None, watch: Watch | None) -> Rollout:
    """The rollout of a row. Raises ``InvalidSetting`` where its prompt is not the one that the env asks."""
    text = prompt if isinstance(prompt, str) else prompt[-1]["content"]
    if index is None:
        pool, index = sessions.place_of(text)
    started = Rollout(session, index, pool, watch)
    if started.prompt != text:
        raise InvalidSetting(other_prompt(sessions.env, sessions.settings, text))
    return started


def reward(env: str, *, trial: Watch | None = None, **settings: Any) -> Callable[..., list[float | None]]:
    """A reward function: what each completion earns in its query, in [0, 1]; ``None`` where the grader failed.

    It answers once. Where ``rollout_func=rollout(env)`` has played the query already, it hands on that score. Raises ``InvalidSetting`` at the first
    query that takes several turns.
    """
    sessions = Sessions(env, **{**settings, "attempts": 1})

    def clgym(
        prompts: Sequence[Any],
        completions: Sequence[Any],
        index: Sequence[int] | None = None,
        pool: Sequence[str] | None = None,
        clgym_score: Sequence[float | None] | None = None,
        log_extra: Callable[[str, list[str]], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        if clgym_score is not None:
            return list(clgym_score)
        (session,) = sessions.first(1)
        rollouts = []
        for place, (prompt, completion) in enumerate(zip(prompts, completions)):
            at, where = index[place] if index else None, pool[place] if pool else None
            rollouts.append(begin(sessions, session, prompt, at, where, trial))
            rollouts[-1].say(_text(completion))
            if not rollouts[-1].done:
                raise InvalidSetting(
                    f"a query of {env} takes several turns: use rollout_func=rollout({env!r}) or environment({env!r})."
                )
        if log_extra is not None:
            log_extra("feedback", [rollout.feedback for rollout in rollouts])
        return [rollout.score for rollout in rollouts]

    return clgym


def _text(completion: Any) -> str:
    """What the model said: of messages, the last one of its own."""
    if isinstance(completion, str):
        return completion
    return next((m["content"] or "" for m in reversed(completion) if m["role"] == "assistant"), "")
