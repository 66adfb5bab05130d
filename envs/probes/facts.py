"""A probe of common knowledge: what an agent knew about the world before it learned something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from clgym.envs.probes.base import Item, Probe

from clgym.seeding import Seed

_SECTIONS = ("easy", "hard")


class Facts(Probe):
    """Common knowledge in one word: does learning something new push out what was known?

    ## Description
    Questions about geography, nature, language and history with one short answer each.

    ## Hidden rules
    None. The facts are the world's.

    ## Observation
    A question and the request for one word.

    ## Answer
    One word (a name of two words where the thing is called so). Case, a final full stop, quotes and a code fence are
    forgiven; numbers may be digits or words.

    ## Reward
    1 for the answer or an accepted synonym and nothing else, 0 otherwise.

    ## Feedback
    That the answer is right or wrong; a correction names the right one.

    ## Levels
    0: what a small model knows in part. 1: what large models know.

    ## Pools
    ``eval``: every question of the level, in an order drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.05 (a constant, an echo, the answer to another question); the oracle earns 1.

    ## Origin
    Written for this suite from common knowledge.
    """

    name = "Probe-Facts-v0"
    floors = (0.05, 0.05)
    longest = 60

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return seed.draw("order").shuffled(_facts()[_SECTIONS[level]])


@lru_cache(maxsize=1)
def _facts() -> Mapping[str, list[Item]]:
    sections: dict[str, list[Item]] = {name: [] for name in _SECTIONS}
    section = ""
    for line in Path(__file__).with_name("facts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            question, answer, *others = (part.strip() for part in line.split("|"))
            accepted = tuple(other.strip() for other in others[0].split(",")) if others else ()
            sections[section].append(Item(f"{question} Answer with one word.", answer, accepted))
    return sections
