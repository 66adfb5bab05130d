"""How a drawn language says a meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clgym.envs.bilingual.english import number_word
from clgym.envs.bilingual.meaning import ANIMATE, PRONOUNS, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.compare import Slot
from clgym.envs.conlang.grammar import LIVING, Language
from clgym.envs.conlang.lexicon import WORDS

#: Grammatical words weigh less than words with a meaning of their own.
_SMALL = 0.5


#: The rule that gives a noun its case, by its role.
_WHY = {"ground": "ground", "owner": "owner", "": ""}


class Pair(NamedTuple):
    """Two words of a rendering, the earlier one first, and the rule of order that has put them so."""

    rule: str
    earlier: Slot
    later: Slot


class Rendering(NamedTuple):
    """The words in their order, synonyms in the slots, and why they stand so."""

    order: tuple[Slot, ...]
    pairs: tuple[Pair, ...] = ()

    @property
    def text(self) -> str:
        """The rendering with the first form of every word."""
        return " ".join(slot.forms[0] for slot in self.order)


def render(language: Language, meaning: Meaning) -> Rendering:
    """What the language says for a meaning. Raises ``KeyError`` where it has no word for part of it."""
    speaker = _Speaker(language)
    words = speaker.phrase(meaning, "") if isinstance(meaning, NounPhrase) else speaker.clause(meaning)
    return Rendering(tuple(words), tuple(speaker.pairs))


def noun_keys(language: Language, phrase: NounPhrase, role: str) -> tuple[str, ...]:
    """What a noun is inflected for. ``role`` is "subject", "actor", "object", "ground", "owner" or "" for a phrase alone."""
    keys = []
    counted = phrase.count and language.rules.get("counted") == "singular"
    if phrase.number == "plural" and not counted and "plural" in language.affixes and phrase.noun not in PRONOUNS:
        keys.append("plural")
    case = _case(language, phrase.noun, role)
    return (*keys, case) if case else tuple(keys)


def _case(language: Language, concept: str, role: str) -> str:
    """The case of a noun in a role: "case", "owner" or "" for none."""
    if role == "owner":
        return "owner"
    if role == "ground":
        return language.rules["ground"].replace("plain", "")
    marking = language.rules.get("marking")
    marked = marking == role or marking == "living" and role == "object" and WORDS[concept].kind in ANIMATE
    return "case" if marked else ""


def verb_keys(language: Language, clause: Clause) -> tuple[str, ...]:
    """What the verb of a clause is inflected for."""
    if language.level < 2:
        return ()
    keys = [clause.tense] if clause.tense != "present" else []
    keys += ["progressive"] if clause.aspect == "progressive" else []
    agreement = language.rules["agreement"]
    if agreement == "number":
        keys += ["agreement/plural"] if clause.subject.many else []
    else:
        agreeing = clause.object if agreement == "object" and clause.object is not None else clause.subject
        keys.append(f"agreement/{language.class_of(agreeing.noun)}")
    return (*keys, "negation") if clause.negated else tuple(keys)


class _Speaker:
    """Says one meaning, and notes which rule has put which word before which."""

    def __init__(self, language: Language):
        self._language, self._rules = language, language.rules
        self.pairs: list[Pair] = []

    def phrase(self, phrase: NounPhrase, role: str) -> list[Slot]:
        """A noun phrase, coordinated ones joined."""
        words = self._described(phrase, role)
        if phrase.also is None:
            return words
        joint, other = self._particle("and"), self.phrase(phrase.also, role)
        if self._rules["and"] == "between":
            self._note("and", joint, other)
            return words + joint + other
        self._note("and", other, joint)
        return words + other + joint

    def _described(self, phrase: NounPhrase, role: str) -> list[Slot]:
        keys = noun_keys(self._language, phrase, role)
        words = [self._word(phrase.noun, phrase.noun, keys, _WHY.get(role, "marking"))]
        kind = WORDS[phrase.noun].kind
        shown: tuple[str, ...] = (f"class/{self._language.class_of(phrase.noun)}",) if self._language.classes else ()
        if self._rules.get("concord") == "yes" and "case" in keys:
            shown += ("case",)
        adjectives = [self._word(name, self._language.lexeme(name, kind), shown, "concord") for name in phrase.adjectives]
        words = self._beside("adjective", adjectives, words)
        words = self._beside("number", self._numeral(phrase.count), words)
        if phrase.possessor is not None:
            words = self._beside("owner", self.phrase(phrase.possessor, "owner"), words)
        if phrase.relative is not None:
            words = self._beside("relative", self._relative(phrase, phrase.relative), words)
        return words

    def _relative(self, head: NounPhrase, relative: Relative) -> list[Slot]:
        clause = Clause(head, relative.verb, relative.object, relative.tense, place=relative.place)
        verb, affected = [self._verb(clause)], self.phrase(relative.object, "object")
        order = self._rules["order"]
        verb_first = order.index("V") < order.index("O")
        self._note("order", *((verb, affected) if verb_first else (affected, verb)))
        words = verb + affected if verb_first else affected + verb
        if relative.place is not None:
            words = self._beside("place", self._place(relative.place), words)
        return self._particle("that") + words

    def clause(self, clause: Clause) -> list[Slot]:
        """A sentence."""
        transitive = clause.object is not None
        parts = {
            "S": self.phrase(clause.subject, "actor" if transitive else "subject"),
            "V": self._acting(clause),
            "O": self.phrase(clause.object, "object") if clause.object is not None else [],
        }
        asking = {"subject": "S", "object": "O"}.get(clause.asks, "") if self._rules.get("asking") == "front" else ""
        asked = parts.pop(asking, [])
        order = [parts[part] for part in self._rules["order"] if parts.get(part)]
        for place, first in enumerate(order):
            for second in order[place + 1 :]:
                self._note("order", first, second)
        words = [slot for part in order for slot in part]
        if clause.place is not None:
            words = self._beside("place", self._place(clause.place), words)
        if clause.negated and self._rules.get("negation") == "end":
            words = self._noted("negation", words, self._particle("negation"))
        if clause.question and self._rules["question"] != "after":
            particle = self._particle("question")
            start = self._rules["question"] == "start"
            words = self._noted("question", *((particle, words) if start else (words, particle)))
        return self._noted("asking", asked, words) if asked else words

    def _acting(self, clause: Clause) -> list[Slot]:
        """The verb with the small words that stand next to it; "not" is nearer to it than the question word."""
        words = [self._verb(clause)]
        side = self._rules.get("negation")
        if clause.negated and side in ("before", "after"):
            particle = self._particle("negation")
            words = self._noted("negation", *((particle, words) if side == "before" else (words, particle)))
        if clause.question and self._rules["question"] == "after":
            words = self._noted("question", words, self._particle("question"))
        return words

    def _verb(self, clause: Clause) -> Slot:
        kind = WORDS[clause.object.noun].kind if clause.object is not None else ""
        return self._word(clause.verb, self._language.lexeme(clause.verb, kind), verb_keys(self._language, clause))

    def _place(self, place: Place) -> list[Slot]:
        ground = self.phrase(place.ground, "ground")
        return self._beside("adposition", [self._word(place.adposition, place.adposition, ())], ground)

    def _numeral(self, number: int) -> list[Slot]:
        """The words of a number; none for 0."""
        if not number:
            return []
        digits, whole = self._language.number_digits(number), number_word(number)
        names = [number_word(digit) if len(digits) == 1 else f"{number_word(digit)} (of {whole})" for digit in digits]
        return [Slot((self._language.digits[digit],), name, 1.0, f"#{digit}") for digit, name in zip(digits, names)]

    def _particle(self, key: str) -> list[Slot]:
        return [Slot((self._language.particles[key],), PARTICLE_NAMES[key], _SMALL, f"%{key}")]

    def _word(self, gloss: str, lexeme: str, keys: Sequence[str], why: str = "") -> Slot:
        return Slot(self._language.inflected(lexeme, keys), gloss, 1.0, lexeme, tuple(keys), why)

    def _beside(self, rule: str, addition: list[Slot], words: list[Slot]) -> list[Slot]:
        if not addition:
            return words
        first = self._rules[rule] == "before"
        return self._noted(rule, *((addition, words) if first else (words, addition)))

    def _noted(self, rule: str, first: list[Slot], second: list[Slot]) -> list[Slot]:
        self._note(rule, first, second)
        return first + second

    def _note(self, rule: str, first: Sequence[Slot], second: Sequence[Slot]) -> None:
        self.pairs.append(Pair(rule, first[-1], second[0]))


#: What the teacher calls small words.
PARTICLE_NAMES = {"and": "and", "question": "the question word", "negation": "not", "that": "that"}


def gloss_of(lexeme: str) -> str:
    """What a lexeme, a digit ("#7") or a small word ("%and") is called."""
    if lexeme.startswith("#"):
        return number_word(int(lexeme[1:]))
    if lexeme.startswith("%"):
        return PARTICLE_NAMES[lexeme[1:]]
    return lexeme.rstrip(LIVING)
