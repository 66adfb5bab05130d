"""What is thought of one drawn language: a :class:`Language` that is filled in as it is learned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from clgym.envs.bilingual.meaning import ANIMATE, KINDS
from clgym.envs.conlang.catalogue import BY_NAME, rules_at
from clgym.envs.conlang.grammar import LIVING, MUTATING, Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.phonology import VOWELS, Affix, Sounds
from clgym.envs.conlang.undoing import possible_affixes, stems_of
from clgym.envs.conlang.vocabulary import SIZES

#: What stands where a word is not known.
UNKNOWN = "?"
#: A rule that is ahead by so many votes is settled; a teacher's sentence is worth so many.
_SETTLED, _TOLD = 3.0, 6.0
#: What a word says of an affix that many words may share.
_SHARED = 0.3
#: Forms of a word that are kept, and what is left of old evidence after a drift.
_KEPT, _STALE = 10, 0.25
#: What is left of a vote with each later one.
_FADING = 0.9


class _Words(dict):  # type: ignore[type-arg]
    """Words by name; a missing one is unknown."""

    def __missing__(self, key: object) -> str:
        return UNKNOWN


class Guessed(Language):
    """The language as it is thought to be. Every word may have another one for persons and animals, every kind of noun is a class of its own."""

    def fill(self, borrowed: Callable[[str], tuple[str, ...]]) -> None:
        """Begin: ``borrowed`` gives the stems of a lexeme that other languages suggest."""
        self.__dict__.update(memory={}, borrowed=borrowed)

    def change(self, **fields: object) -> None:
        """Think otherwise of something."""
        self.__dict__.update(fields)

    def lexeme(self, concept: str, kind: str) -> str:
        return concept + LIVING if self.level >= 2 and kind in ANIMATE and _splits(concept) else concept

    def stems(self, lexeme: str) -> tuple[str, ...]:
        other = lexeme.rstrip(LIVING) if lexeme.endswith(LIVING) else lexeme + LIVING
        for name in (lexeme, other):
            if name in self.roots:
                return self.roots[name]
        derivation, base = WORDS[lexeme.rstrip(LIVING)].derived or ("", "")
        if base in self.roots and f"derive/{derivation}" in self.affixes:
            return super().stems(lexeme.rstrip(LIVING))
        return self.__dict__["borrowed"](lexeme) or (UNKNOWN,)

    def inflected(self, lexeme: str, keys: Sequence[str]) -> tuple[str, ...]:
        remembered = self.__dict__["memory"].get((lexeme, tuple(keys)))
        if remembered:
            return (remembered,)
        return (UNKNOWN,) if self.stems(lexeme) == (UNKNOWN,) else super().inflected(lexeme, keys)

    @property
    def number_values(self) -> Mapping[tuple[str, ...], int]:  # type: ignore[override]
        numbers = {tuple(self.number_words(number)): number for number in range(1, self.largest + 1)}
        return {words: number for words, number in numbers.items() if UNKNOWN not in words}


def _splits(concept: str) -> bool:
    """Whether a language may have two words for a concept."""
    takes = set(WORDS[concept].takes)
    return bool(takes & set(ANIMATE)) and not takes <= set(ANIMATE)


class Guess:
    """The evidence for each rule, affix and word of one language, and the :class:`Guessed` that follows from it."""

    def __init__(self, name: str, level: int, borrowed: Callable[[str], tuple[str, ...]]):
        self.rules: dict[str, Counter[str]] = {rule.name: Counter() for rule in rules_at(level)}
        self.affixes: dict[str, Counter[Affix]] = defaultdict(Counter)
        self.words: dict[Hashable, Counter[str]] = defaultdict(Counter)
        self.observed: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self.owners: dict[str, set[str]] = defaultdict(set)
        self._met: Counter[str] = Counter()
        self._together: Counter[tuple[str, str]] = Counter()
        self._weighed: set[tuple[str, str]] = set()
        #: Counts up with whatever is learned.
        self.version = 0
        values = {name: BY_NAME[name].values[0] for name in self.rules}
        values |= {"harmony": "", "mutates": ""} if level >= 2 else {}
        if level:
            values["elision"] = "none"
        classes = dict(zip(KINDS, range(len(KINDS)))) if level >= 2 else {}
        self.language = Guessed(
            name, level, Sounds("", ""), values, {}, _Words(), {}, _Words(), SIZES[level].largest, classes, {}, True, (1, 2)
        )
        self.language.fill(borrowed)

    def meet(self, lexemes: Iterable[str], words: Iterable[str]) -> None:
        """These words were said for a meaning with these lexemes."""
        lexemes, words = set(lexemes), set(words)
        self._met.update(lexemes)
        self._met.update(words)
        self._together.update(product(lexemes, words))

    def nearness(self, lexeme: str, word: str) -> float:
        """How much a word and a lexeme go together, in [0, 1]: 2 · together / (times of the one + times of the other) (Dice 1945)."""
        return 2.0 * self._together[lexeme, word] / max(1, self._met[lexeme] + self._met[word])

    # -- rules --------------------------------------------------------------------------------------------------------

    def vote(self, name: str, value: str, weight: float = 1.0) -> None:
        """Evidence for a rule."""
        if name in self.rules and value in BY_NAME[name].values:
            self.rules[name][value] += weight  # type: ignore[assignment]
            self.assume({name: self.rules[name].most_common(1)[0][0]})
            self.version += 1

    def told_rule(self, name: str, value: str) -> None:
        """A teacher's sentence."""
        self.vote(name, value, _TOLD)

    def settled(self, name: str) -> bool:
        """Whether a rule needs no more evidence."""
        (first, second) = ([count for _, count in self.rules[name].most_common(2)] + [0.0, 0.0])[:2]
        return first - second >= _SETTLED

    def assume(self, rules: Mapping[str, str]) -> dict[str, str]:
        """Set some rules; gives what they were."""
        language = self.language
        before = {name: language.rules[name] for name in rules}
        language.rules.update(rules)  # type: ignore[attr-defined]
        if not {"elision", "harmony", "mutation"}.isdisjoint(rules):
            kept = {name: language.rules.get(name, "") for name in ("elision", "harmony", "mutation")}
            language.change(sounds=replace(language.sounds, **kept))
        return before

    # -- affixes and words --------------------------------------------------------------------------------------------

    def told_affix(self, key: str, affix: Affix, weight: float = _TOLD) -> None:
        """Evidence for an affix."""
        self.affixes[key][affix] += weight  # type: ignore[assignment]
        best = self.affixes[key].most_common(1)[0][0]
        if self.language.affixes.get(key) != best:
            self.language.affixes[key] = best  # type: ignore[index]
            self.version += 1
            self.restemmed(key)

    def told_word(self, lexeme: str, keys: tuple[str, ...], word: str) -> None:
        """A form of a word, seen where it is right."""
        if lexeme[0] in "#%":
            self._small(lexeme, word)
            return
        kept = self.observed[lexeme]
        kept.append((keys, word))
        del kept[:-_KEPT]
        best = self._counted((lexeme, keys), word)
        if self.language.__dict__["memory"].get((lexeme, keys)) != best:
            self.language.__dict__["memory"][lexeme, keys] = best
            self.version += 1
        self.owners[word].add(lexeme)
        self._restem(lexeme)
        self._learn_affix(lexeme, keys, word)

    def _counted(self, name: Hashable, word: str) -> str:
        """The word that was seen most for something, the latest times counting a little more."""
        counts = self.words[name]
        for other in counts:
            counts[other] *= _FADING  # type: ignore[assignment]
        counts[word] += 1
        return counts.most_common(1)[0][0]

    def _small(self, lexeme: str, word: str) -> None:
        best = self._counted(lexeme, word)
        table, key = (self.language.digits, int(lexeme[1:])) if lexeme[0] == "#" else (self.language.particles, lexeme[1:])
        if table[key] != best:  # type: ignore[index]
            table[key] = best  # type: ignore[index]
            self.version += 1
        self.owners[word].add(lexeme)

    def _affixes_of(self, keys: Iterable[str]) -> list[Affix]:
        return [self.language.affixes[key] for key in keys if key in self.language.affixes]

    def _unknown(self, keys: Iterable[str]) -> list[str]:
        """Features whose affix is not known, though there must be one."""
        rules = self.language.rules
        silent = {"negation"} if rules.get("negation") != "affix" else set()
        return [key for key in keys if key not in self.language.affixes and key not in silent]

    def _mutates(self, lexeme: str, keys: Iterable[str]) -> bool:
        trigger = self.language.rules.get("mutates", "")
        return trigger in keys and MUTATING[trigger] == WORDS[lexeme.rstrip(LIVING)].part

    def _restem(self, lexeme: str) -> None:
        """The stem that explains most of the forms that were seen, the newest first."""
        votes: Counter[str] = Counter()
        for age, (keys, word) in enumerate(reversed(self.observed[lexeme])):
            if not self._unknown(keys):
                found = stems_of(self.language.sounds, self._affixes_of(keys), word, self._mutates(lexeme, keys))
                for stem in found:
                    votes[stem] += (1.0 + (not keys)) * _FADING**age / len(found)  # type: ignore[assignment]
        if votes:
            best = max(sorted(votes), key=votes.__getitem__)
            if self.language.roots.get(lexeme) != (best,):
                self.language.roots[lexeme] = (best,)  # type: ignore[index]
                self.version += 1

    def _learn_affix(self, lexeme: str, keys: tuple[str, ...], word: str) -> None:
        """What the one affix of a form may be that is not sure: that which fits the stem, or where no form shows the stem bare, that which
        many words turn out to share.
        """
        unsure = [key for key in keys if not self._sure(key)]
        if len(unsure) != 1:
            return
        key, bare = unsure[0], self._was_bare(lexeme, unsure[0])
        if not bare and (key, word) in self._weighed:
            return
        self._weighed.add((key, word))
        stem = self.language.roots[lexeme][0] if bare else ""
        fitting = []
        for affix in possible_affixes(word):
            chosen = [
                affix if other == key else self.language.affixes[other]
                for other in keys
                if other == key or other in self.language.affixes
            ]
            found = stems_of(self.language.sounds, chosen, word, self._mutates(lexeme, keys))
            if stem in found or not stem and found:
                fitting.append(affix)
        for affix in fitting:
            self.told_affix(key, affix, 1.0 / len(fitting) if bare else _SHARED)

    def _sure(self, key: str) -> bool:
        if key == "negation" and self.language.rules.get("negation") != "affix":
            return True
        (first, second) = ([count for _, count in self.affixes[key].most_common(2)] + [0.0, 0.0])[:2]
        return first >= _SETTLED and first - second >= _SETTLED / 2

    def _was_bare(self, lexeme: str, key: str) -> bool:
        """Whether the stem of a word is known from a form without a feature, all of whose affixes are sure."""
        return lexeme in self.language.roots and any(
            key not in keys and all(map(self._sure, keys)) for keys, _ in self.observed[lexeme]
        )

    def restemmed(self, key: str = "") -> None:
        """Look at all forms again (those with a feature), after something was learned of the sounds or of an affix."""
        for lexeme, kept in self.observed.items():
            if not key or any(key in keys for keys, _ in kept):
                self._restem(lexeme)

    def age(self) -> None:
        """After a drift: what was seen may hold no longer."""
        every: list[Counter[Any]] = [*self.rules.values(), *self.affixes.values(), *self.words.values()]
        for counts in every:
            for value in counts:
                counts[value] *= _STALE  # type: ignore[assignment]
        self.owners.clear()
        self._weighed.clear()
        self.language.__dict__["memory"].clear()
        for kept in self.observed.values():
            del kept[:-1]

    def core(self, lexeme: str) -> str:
        """What is left of a word's stem in each of its forms; "" where it is unknown."""
        stem = self.language.stems(lexeme)[0] if lexeme[0] not in "#%" else UNKNOWN
        return "" if stem == UNKNOWN else (stem[1:-1] if stem[-1] in VOWELS else stem[1:])


def known_vocabulary(language: Language) -> dict[str, list[str]]:
    """The concepts that a language has words for, by part of speech."""
    made: dict[str, list[str]] = defaultdict(list)
    for lexeme in language.roots:
        concept = lexeme.rstrip(LIVING)
        made[WORDS[concept].part].append(concept)
    return {part: list(dict.fromkeys(ids)) for part, ids in made.items()}


def alternatives(guess: Guess, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Groups of rules that are tried together: what mutation does and where it is seen hang on one another."""
    pair = tuple(name for name in ("mutation", "mutates") if name in names)
    yield from ((name,) for name in names if name not in pair)
    if pair:
        yield pair
