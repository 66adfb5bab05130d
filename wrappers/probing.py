"""Probing for forgetting while an agent learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym

from clgym import registry
from clgym.agent import Agent, Conversation, answers_of, with_options
from clgym.core import Query, World
from clgym.errors import InvalidSetting
from clgym.seeding import seed_of
from clgym.settings import checked

#: A policy answers conversations with texts; an :class:`~clgym.agent.Agent` is one too.
Policy = Callable[[Sequence[Conversation]], Sequence[str]]


class ProbeForgetting(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Every ``every`` env steps asks the policy some probes; what it lost goes into ``info``.

    The first reset asks the probes once for the baseline. From then on every ``every``-th step carries
    ``info["forgetting"]``, probe id -> mean reward now minus mean reward at first (so a loss is
    negative), and ``info["probe_scores"]`` with the scores themselves. Items whose grader failed are left
    out on both sides. Probing is no env step, gives no feedback, and an agent is frozen meanwhile.

    Args:
        env: the env that is learned from.
        policy: an agent, or a function from conversations to texts. It is given, not owned: the wrapper
            asks the policy as it is at that moment.
        every: env steps between probings.
        probes: probe ids; ``None`` takes those that the family's registry row names.
        items: queries asked of each probe.
        level: level of the probes, 0 (easy) or 1 (hard).
    """

    def __init__(
        self,
        env: gym.Env[str, str],
        policy: Agent | Policy,
        every: int = 50,
        probes: Sequence[str] | None = None,
        items: int = 32,
        level: int = 0,
    ):
        gym.utils.RecordConstructorArgs.__init__(self, policy=policy, every=every, probes=probes, items=items, level=level)
        super().__init__(env)
        every, items = checked("every", every, int, low=1), checked("items", items, int, low=1)
        if not callable(policy) and not isinstance(policy, Agent):
            raise InvalidSetting(f"policy should be an Agent or a function from conversations to texts, and {policy!r} was given.")
        self.policy, self.every = policy, every
        if probes is None:
            probes = registry.family(env.get_wrapper_attr("family")).probes
        elif isinstance(probes, str):
            raise InvalidSetting(f"probes should be a list of ids, and {probes!r} was given: say [{probes!r}].")
        self._items = {probe: _draw_items(probe, level, items) for probe in probes}
        self._baseline: dict[str, list[float]] = {}
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        if not self._baseline:
            self._baseline = self._rewards()
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, self._noted(info, {})

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._steps += 1
        now = self._rewards() if self._steps % self.every == 0 else {}
        return observation, reward, terminated, truncated, self._noted(info, now)

    def _noted(self, info: dict[str, Any], now: dict[str, list[float]]) -> dict[str, Any]:
        """With every probe's score; NaN where it was not asked now."""
        scores = {probe: _paired_means(self._baseline[probe], now.get(probe, [])) for probe in self._items}
        return {
            **info,
            "forgetting": {probe: after - before for probe, (before, after) in scores.items()},
            "probe_scores": {probe: after for probe, (_, after) in scores.items()},
        }

    def _rewards(self) -> dict[str, list[float]]:
        return {
            probe: [world.grade(query, text).reward for query, text in zip(queries, self._answers(queries))]
            for probe, (world, queries) in self._items.items()
        }

    def _answers(self, queries: Sequence[Query]) -> Sequence[str]:
        conversations = [with_options([{"role": "user", "content": query.prompt}], query.options) for query in queries]
        if isinstance(self.policy, Agent):
            with self.policy.evaluating():
                return [answer.text for answer in answers_of(self.policy, conversations)]
        return self.policy(conversations)


def _draw_items(probe: str, level: int, items: int) -> tuple[World, list[Query]]:
    world = registry.make_world(probe, level=level)
    size = world.pools["eval"]
    chosen = seed_of("probe items", probe).draw().sample(range(size), min(items, size))
    return world, [world.query("eval", index) for index in chosen]


def _paired_means(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Mean rewards before and after over the items that were graded both times (NaN is an item that was not)."""
    pairs = [(b, a) for b, a in zip(before, after) if b == b and a == a]
    if not pairs:
        return float("nan"), float("nan")
    return sum(b for b, _ in pairs) / len(pairs), sum(a for _, a in pairs) / len(pairs)
