"""``oracle`` and ``random``: the ends of the scale.

Scripted agents are shown the worlds (:meth:`Agent.reveal`) and find the query behind a prompt by enumerating the worlds'
pools, which share no prompt. The oracle asks the world for the right answer; random draws a well-formed one, from the
listed options where the prompt lists them, else from the world's answer vocabulary.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from clgym.agent import Agent, AgentConfig, Answer, Conversation, Cost, Experience
from clgym.core import Query, World
from clgym.errors import InvalidSetting
from clgym.seeding import seed_of


class Target(NamedTuple):
    """A query and the world that asks it."""

    world: World
    query: Query


class Scripted(Agent):
    """Knows which query a prompt is. Revealing other worlds forgets the earlier ones."""

    def __init__(self, config: AgentConfig, *, seed: int = 0):
        self.config, self.seed = config, seed
        self.reveal(())

    def reveal(self, worlds: Sequence[World]) -> None:
        """The worlds asked about from now on; later ones win where prompts coincide (a world after its drift)."""
        self._known: dict[str, Target] = {}
        self._rest = _enumerate(tuple(reversed(worlds)))

    def find(self, prompt: str) -> Target:
        """The query behind a prompt. Raises ``InvalidSetting`` where no revealed world asks it."""
        if prompt not in self._known:
            for target in self._rest:
                self._known.setdefault(target.query.prompt, target)
                if target.query.prompt == prompt:
                    break
            else:
                raise InvalidSetting(f"no revealed world asks {prompt[:200]!r}: call reveal(worlds) first.")
        return self._known[prompt]


def _enumerate(worlds: Sequence[World]) -> Iterator[Target]:
    for world in worlds:
        for pool, size in world.pools.items():
            for index in range(size):
                yield Target(world, world.query(pool, index))


def first_prompt(conversation: Conversation) -> str:
    """The query itself: the first message of the user."""
    return next(message["content"] for message in conversation if message["role"] == "user")


class Oracle(Scripted):
    """Always right: replays its own earlier turns of a conversation in a fresh episode and asks that for the next."""

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        return [Answer(self._solve(conversation)) for conversation in conversations]

    def _solve(self, conversation: Conversation) -> str:
        world, query = self.find(first_prompt(conversation))
        episode = world.episode(query)
        for message in conversation:
            if message["role"] == "assistant" and episode.step(message["content"]).done:
                episode = world.episode(query)
        return episode.solve()


class Random(Scripted):
    """Well-formed and ignorant. Each draw depends on the seed, the conversation and, in the stream, the steps seen."""

    steps: int = 0

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        return [Answer(self._draw(conversation, place)) for place, conversation in enumerate(conversations)]

    def _draw(self, conversation: Conversation, place: int) -> str:
        world, query = self.find(first_prompt(conversation))
        when = ("evaluation",) if self.frozen else ("stream", self.steps, place)
        draw = seed_of("random agent", self.seed, *when, len(conversation), query.prompt).draw()
        return draw.choice(query.options) if query.options else world.sample_answer(query, draw)

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Learns nothing; counts, so that the same query is answered anew when it comes again."""
        self.steps += len(experiences)
        return Cost()

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "agent.json").write_text(json.dumps({"seed": self.seed, "steps": self.steps}))

    def load(self, folder: Path) -> None:
        saved = json.loads((folder / "agent.json").read_text())
        self.seed, self.steps = saved["seed"], saved["steps"]
