"""From a form back to the stems that it may be made of: the inverse of ``Language.inflected`` and of affixing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clgym.envs.conlang.phonology import MUTATIONS, VOWELS, Affix, Sounds


def detached(sounds: Sounds, affix: Affix, form: str) -> Iterator[str]:
    """Every stem that gives the form with the affix."""
    if affix.side == "copy":
        if form[:2] == form[2:4]:
            yield form[2:]
        return
    size = len(affix.text)
    if affix.side == "prefix":
        candidates = [form[size:]]
    else:
        candidates = [form[:-size], form[: 1 - size] if size > 1 else form]
        if affix.text[0] in VOWELS and sounds.elision == "stem":
            candidates += [form[:-size] + vowel for vowel in VOWELS]
    for stem in dict.fromkeys(candidates):
        if len(stem) > 2 and any(letter in VOWELS for letter in stem) and sounds.attach(affix, stem) == form:
            yield stem


def unmutated(sounds: Sounds, form: str) -> Iterator[str]:
    """Every stem whose mutated form this is."""
    changes = MUTATIONS.get(sounds.mutation, {})
    if form[0] not in changes:
        yield form
    yield from (first + form[1:] for first, other in changes.items() if other == form[0])


def stems_of(sounds: Sounds, affixes: Sequence[Affix], form: str, mutates: bool) -> set[str]:
    """Every stem that gives the form with these affixes, which have joined in this order."""
    found = {form}
    for affix in reversed(affixes):
        found = {stem for whole in found for stem in detached(sounds, affix, whole)}
    return {stem for whole in found for stem in unmutated(sounds, whole)} if mutates else found


def possible_affixes(form: str) -> Iterator[Affix]:
    """Every affix that may be in a form: its letters with any vowel, as harmony and elision may have changed or dropped that."""
    yield Affix("", "copy")
    for place, letter in enumerate(form):
        if letter not in VOWELS:
            if place == 0:
                yield from (Affix(letter + vowel, "prefix") for vowel in VOWELS)
            if place >= len(form) - 4:
                yield from (Affix(letter + vowel, "suffix") for vowel in VOWELS)
                yield from (Affix(vowel + letter, "suffix") for vowel in VOWELS)
