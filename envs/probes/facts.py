"""A probe of common knowledge: what an agent knew about the world before it learned something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from clgym.core import Grade
from clgym.envs.probes import facts_made
from clgym.envs.probes.base import Item, Probe, generate
from clgym.seeding import Draw, Seed
from clgym.text.answers import plain

_SECTIONS = ("easy", "hard")
#: How many questions are put together anew in every world, beside those of the list.
_MADE = (160, 240)
#: What a sentence needs beside the question's own words and the answer.
_LINKING = frozenset("a an the is are was were has have had of in on it its they there to by called located".split())
_SENTENCE = 160
#: Words of the question that make a sentence a restatement of it: "It is Paris" and "Paris, France" are not.
_RESTATED = 2


class Facts(Probe):
    """Common knowledge in one word: does learning something new push out what was known?

    ## Description
    Questions about geography, nature, language and history with one short answer each.

    ## Hidden rules
    None. The facts are the world's.

    ## Observation
    A question and the request for one word.

    ## Answer
    One word (a name of two words where the thing is called so). Case and dressing (a code fence, quotes, bold, a full stop and
    the like) are forgiven; numbers may be digits or words. So is one sentence that restates the question with the answer in it and
    nothing else ("A square has four sides."): what is left without the question's words must be the answer.

    ## Reward
    1 for the answer or an accepted synonym and no other, 0 otherwise.

    ## Feedback
    That the answer is right or wrong; a correction names the right one.

    ## Levels
    0: what a small model knows in part. 1: what large models know. At both a list of well-known questions, and more than as many that are
    put together in every world anew (two steps at level 1): no public list holds those.

    ## Pools
    ``eval``: every listed question of the level and 160 or 240 made ones, drawn by seed, in an order drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.05 (a constant, an echo, the answer to another question); the oracle earns 1.
    SmolLM2-135M-Instruct (the frozen agent) earned 0.33 and 0.09 on 64 items of the first training world of version 1.

    ## Origin
    Written for this suite from common knowledge.
    """

    name = "Probe-Facts-v0"
    floors = (0.05, 0.05)
    longest = 60
    version = 2

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        listed = _facts()[_SECTIONS[level]]
        made = generate(seed.child("made"), _MADE[level], (facts_made.hard if level else facts_made.easy,))
        known = {item.prompt for item in listed}
        return seed.draw("order").shuffled((*listed, *(item for item in made if item.prompt not in known)))

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        return super().judge(item, without_article(without_question(item, answer)), draw)


def without_question(item: Item, answer: str) -> str:
    """The answer inside one sentence that restates the question; any other text as it is.

    >>> without_question(Item("How many sides does a square have?", "four"), "A square has four sides.")
    'four'
    >>> without_question(Item("How many sides does a square have?", "four"), "A square has not four sides.")
    'A square has not four sides.'
    """
    if len(answer) > _SENTENCE or "\n" in answer.strip():
        return answer
    question_words, answer_words = set(_words(item.prompt)) - _LINKING, _words(answer)
    left = " ".join(word for word in answer_words if word not in question_words | _LINKING)
    needed = (
        1 if any(name.isdigit() for name in (item.answer, *item.accepted)) else _RESTATED
    )  # "24 hours" says the number and its unit
    restated = sum(word in question_words for word in answer_words) >= needed
    return left if restated and left in map(plain, (item.answer, *item.accepted)) else answer


def without_article(answer: str) -> str:
    """``The cow`` is as good as ``cow``.

    >>> without_article("the Pacific"), without_article("Theory")
    ('Pacific', 'Theory')
    """
    return re.sub(r"^(\W*)(?:an?|the)\s+(?=\w\w)", r"\1", answer, count=1, flags=re.I)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.casefold())


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
