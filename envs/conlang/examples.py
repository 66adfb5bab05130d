"""Sentences with a word, for somebody who lacks it."""

from __future__ import annotations

from zlib import crc32

from clgym.envs.bilingual import english
from clgym.envs.bilingual.meaning import ANIMATE, Clause, Meaning, NounPhrase, Place
from clgym.envs.conlang.feedback import Example
from clgym.envs.conlang.grammar import LIVING, Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.render import render
from clgym.envs.conlang.sentences import GROUNDS
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Draw, QuickDraw

#: So many sentences there are with each word.
_VARIANTS = 5


class Examples:
    """Draws short sentences with a lexeme whose other words are common ones; the same few for each, as a textbook has them."""

    def __init__(self, language: Language, words: Vocabulary):
        self._language, self._words = language, words
        self._made: dict[tuple[str, int], Example] = {}

    def of(self, lexeme: str, right: str) -> Example:
        """A sentence that does not hold what was asked for."""
        first = crc32(f"{lexeme}/{right}".encode())
        variants = (self._variant(lexeme, (first + number) % _VARIANTS) for number in range(_VARIANTS))
        return next((example for example in variants if right not in example.text), self._variant(lexeme, 0))

    def _variant(self, lexeme: str, number: int) -> Example:
        key = (lexeme, number)
        if key not in self._made:
            concept, living = lexeme.rstrip(LIVING), lexeme.endswith(LIVING)
            part = "number" if lexeme.startswith("#") else WORDS[concept].part
            draw = QuickDraw(self._language.name, lexeme, number)
            meaning: Meaning = getattr(self, f"_of_{part}")(concept, living, draw)
            self._made[key] = Example(render(self._language, meaning).text, english.render(meaning, WORDS))
        return self._made[key]

    def _of_number(self, digit: str, living: bool, draw: Draw) -> Meaning:
        number = max(2, int(digit[1:]))
        if digit == "#1":  # said only as the rest of a larger number
            number = self._language.base + 1
        return NounPhrase(self._words.deck("nouns").pick(draw), number="plural", count=number)

    def _of_noun(self, noun: str, living: bool, draw: Draw) -> Meaning:
        deck = self._words.deck("adjectives", (WORDS[noun].kind,))
        if deck.items and draw.chance(0.7):
            return NounPhrase(noun, (deck.pick(draw),))
        return NounPhrase(noun, number="plural", count=draw.integer(2, min(5, self._words.largest)))

    def _of_adjective(self, adjective: str, living: bool, draw: Draw) -> Meaning:
        split = adjective + LIVING in self._language.roots
        kinds = tuple(kind for kind in WORDS[adjective].takes if not split or (kind in ANIMATE) == living)
        return NounPhrase(self._words.deck("nouns", kinds).pick(draw), (adjective,))

    def _of_verb(self, verb: str, living: bool, draw: Draw) -> Clause:
        split = verb + LIVING in self._language.roots
        kinds = tuple(kind for kind in WORDS[verb].takes if not split or (kind in ANIMATE) == living)
        subject = NounPhrase(self._words.deck("nouns", ANIMATE).pick(draw))
        return Clause(subject, verb, NounPhrase(self._words.deck("nouns", kinds).pick(draw)) if kinds else None)

    def _of_adposition(self, adposition: str, living: bool, draw: Draw) -> Meaning:
        clause = self._of_verb(self._words.deck("verbs").pick(draw), False, draw)
        return Clause(
            clause.subject,
            clause.verb,
            clause.object,
            place=Place(adposition, NounPhrase(self._words.deck("nouns", GROUNDS[adposition]).pick(draw))),
        )

    def _of_pronoun(self, pronoun: str, living: bool, draw: Draw) -> Meaning:
        clause = self._of_verb(self._words.deck("verbs").pick(draw), False, draw)
        named = NounPhrase(pronoun, number="plural" if pronoun in ("they", "we") else "singular")
        if pronoun in ("it", "what"):
            takes = [verb for verb in self._words.verbs if set(WORDS[verb].takes) - set(ANIMATE)]
            return Clause(clause.subject, takes[draw.integer(0, min(5, len(takes) - 1))], named)
        return Clause(named, clause.verb, clause.object)
