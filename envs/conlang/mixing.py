"""Languages that are partly another language: what a drift leaves, and siblings that share about half."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from clgym.envs.conlang.catalogue import BY_NAME
from clgym.envs.conlang.grammar import LIVING, Language, draw_language
from clgym.envs.conlang.phonology import Affix
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Draw, Seed

#: By level: rules that a drift changes, and of how many words one is another, so that about half of what is asked stays as it was.
_DRIFTING = (("adjective",), ("order",), ("order", "adjective"), ("order", "owner"))
_ONE_OF = (3, 5, 7, 7)


def drifted(language: Language, words: Vocabulary, seed: Seed) -> Language:
    """The language after a drift: name, sounds and most words stay; some words and some rules are others."""
    draw = seed.draw("drift")
    newer = draw_language(seed, words, language.level)
    rules = dict(newer.rules)
    for name in _DRIFTING[language.level]:
        rules[name] = draw.choice([value for value in BY_NAME[name].values if value != language.rules[name]])
    new = frozenset(_one_in(draw, words.all, _ONE_OF[language.level])) | frozenset(_DRIFTING[language.level]) | frozenset({"past"})
    return mixed(words, language, replace(newer, rules=rules), lambda group, name: name.rstrip(LIVING) in new and group != "digits")


def sibling(language: Language, words: Vocabulary, seed: Seed) -> Language:
    """A language of another name that has about half of everything from this one."""
    draw = seed.draw("sibling")
    newer = draw_language(seed, words, language.level)
    own = frozenset(_one_in(draw, words.all, 2))
    coins: dict[str, bool] = {}

    def is_own(group: str, name: str) -> bool:
        if group == "roots":
            return name.rstrip(LIVING) in own
        key = f"{group}/{name}"
        if key not in coins:
            coins[key] = seed.draw("coin", key).chance(0.5)
        return coins[key]

    return replace(mixed(words, language, newer, is_own), name=newer.name, stress_last=newer.stress_last, gaps=newer.gaps)


def _one_in(draw: Draw, items: Sequence[str], count: int) -> Iterator[str]:
    """One of each so many neighbours: of frequent and of rare words alike."""
    for start in range(0, len(items), count):
        yield draw.choice(items[start : start + count])


def mixed(words: Vocabulary, old: Language, new: Language, is_new: Callable[[str, str], bool]) -> Language:
    """The old language with what is new of the new one: ``is_new`` is asked with a group ("rules", "roots", ...) and a name in it."""
    rules = {name: new.rules[name] if is_new("rules", name) else value for name, value in old.rules.items()}
    sounds = replace(
        old.sounds, elision=rules.get("elision", "none"), harmony=rules.get("harmony", ""), mutation=rules.get("mutation", "")
    )
    taken = {form for forms in old.roots.values() for form in forms} | set(old.digits.values()) | set(old.particles.values())

    def chosen(group: str, mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
        return {name: theirs[name] if is_new(group, name) and theirs[name] not in taken else word for name, word in mine.items()}

    roots = {}
    for lexeme, forms in old.roots.items():
        others = new.roots.get(lexeme, ())
        roots[lexeme] = others if others and is_new("roots", lexeme) and taken.isdisjoint(others) else forms
    for first, second in words.merged:
        roots[second] = roots[first]
    if "base" in rules:
        rules["base"] = old.rules["base"]
    digits = _digits(old, new, taken) if is_new("digits", "") else old.digits
    return replace(
        old,
        sounds=sounds,
        rules=rules,
        affixes=_affixes(old, new, rules, is_new),
        particles=chosen("particles", old.particles, new.particles),
        roots=roots,
        digits=digits,
        irregular=chosen("irregular", old.irregular, new.irregular),
    )


def _digits(old: Language, new: Language, taken: set[str]) -> Mapping[int, str]:
    """The digits of the new language as far as it has as many and none is a word already."""
    words = {number: new.digits.get(number, word) for number, word in old.digits.items()}
    return words if taken.isdisjoint(words.values()) and len(set(words.values())) == len(words) else old.digits


def _affixes(old: Language, new: Language, rules: Mapping[str, str], is_new: Callable[[str, str], bool]) -> dict[str, Affix]:
    """An affix for each feature that the rules ask for; none is that of another feature."""
    keys = [key for key in old.affixes if not key.startswith("agreement/") and key != "negation"]
    numbers = [f"agreement/{number}" for number in sorted(set(old.classes.values()))]
    if "agreement" in rules:
        keys += ["agreement/plural"] if rules["agreement"] == "number" else numbers
    if rules.get("negation") == "affix":
        keys.append("negation")
    made: dict[str, Affix] = {}
    for key in keys:
        candidates = [old.affixes.get(key), new.affixes.get(key)]
        if is_new("affixes", key):
            candidates.reverse()
        candidates += [affix for name, affix in new.affixes.items() if name not in old.affixes and affix.side != "copy"]
        consonants = {_consonant(affix) for affix in made.values()} | {
            _consonant(old.affixes[name]) for name in keys if name in old.affixes and name not in made
        }
        free = [
            affix
            for affix in candidates
            if affix is not None and (_consonant(affix) not in consonants or affix == old.affixes.get(key))
        ]
        made[key] = free[0] if free else _fresh(old, consonants)
    return made


def _consonant(affix: Affix) -> str:
    return affix.text.strip("aeiou") or affix.side


def _fresh(language: Language, consonants: set[str]) -> Affix:
    """An affix with a consonant that no other affix has, if there is one."""
    letter = next((letter for letter in "bdfgklmnprstvz" if letter not in consonants), language.sounds.consonants[0])
    return Affix(letter + "a", "suffix")
