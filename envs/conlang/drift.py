"""How a drawn language changes: a third of its roots are new, and some of its rules are another language's."""

from __future__ import annotations

from dataclasses import replace

from clgym.envs.conlang.grammar import ORDERS, Language, draw_language
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Seed


def drifted(language: Language, words: Vocabulary, seed: Seed) -> Language:
    """The language after a drift: name, sounds and most words stay, some words and rules change."""
    draw = seed.draw("drift")
    newer = draw_language(seed, words, language.level)
    taken = {form for forms in language.roots.values() for form in forms} | set(language.digits.values())
    roots = dict(language.roots)
    for concept in draw.sample(roots, len(roots) // 3):
        if taken.isdisjoint(newer.roots[concept]):
            roots[concept] = newer.roots[concept]
    changed = replace(language, roots=roots, adjective_first=not language.adjective_first)
    if language.level == 0:
        return replace(changed, number_first=changed.adjective_first)
    order = draw.choice([order for order in ORDERS if order != language.order])
    return replace(changed, order=order, concord=not language.concord)
