"""German renderings of meanings: everything that a careful teacher of German would accept, canonical first.

``render(meaning)`` gives a noun phrase in the nominative ("der rote Hund") or a whole sentence ("Der Hund sieht den
Baum nicht."). Accepted beside the canonical rendering are Präteritum and Perfekt, contracted prepositions (im, in dem),
``von`` for a genitive, places before or after the object or in front of the verb, an object in front of the verb where
case or agreement still tells who acts, relative clauses moved behind the verb, a direction where a verb of motion allows one ("springt
aufs Bett"), and a place inside the relative clause that it stands behind.

Synonyms multiply: a long sentence has hundreds of thousands of right renderings. ``render(meaning, answer)`` therefore
takes the answer that is to be graded and says with *its* words what can be said with them: the answer is right if it
is in that list, which stays short. ``render(meaning)`` alone keeps to the first word of each concept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN, Forms
from clgym.envs.bilingual.meaning import PRONOUNS, Clause, Meaning, NounPhrase, Place, Relative, concepts_of
from clgym.text.english import capital

NOMINATIVE, ACCUSATIVE, DATIVE, GENITIVE = range(4)

# Rows are m, f, n and plural (p); columns are the cases in the order above.
_THE = {
    "m": "der den dem des".split(),
    "f": "die die der der".split(),
    "n": "das das dem des".split(),
    "p": "die die den der".split(),
}
_A = {"m": "ein einen einem eines".split(), "f": "eine eine einer einer".split(), "n": "ein ein einem eines".split()}
_NO = {**{gender: ["k" + form for form in forms] for gender, forms in _A.items()}, "p": "keine keine keinen keiner".split()}
_AFTER_THE = {"m": "e en en en".split(), "f": "e e en en".split(), "n": "e e en en".split(), "p": "en en en en".split()}
_AFTER_A = {"m": "er en en en".split(), "f": "e e en en".split(), "n": "es es en en".split(), "p": "en en en en".split()}
_AFTER_NOTHING = {"p": "e e en er".split()}

#: Every article, ``kein`` included.
ARTICLES = frozenset(form for table in (_THE, _A, _NO) for forms in table.values() for form in forms)

_UNITS = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_WHICH = {"m": "welcher", "f": "welche", "n": "welches", "p": "welche"}
#: Words of another turn of phrase: ``von`` for a genitive, ways to say "near", "both", the stiffer relative pronoun, verbs with a
#: preposition, "it" of something that is not neuter.
_TURNS = frozenset("von vom bei beim nahe nähe beiden welcher welche welches an am nach in ins er sie ihn zusammen".split())
_WORD = re.compile(r"\w+")
_CONTRACTED = {
    "in dem": "im",
    "bei dem": "beim",
    "von dem": "vom",
    "an dem": "am",
    "unter dem": "unterm",
    "hinter dem": "hinterm",
    "in das": "ins",
    "auf das": "aufs",
    "unter das": "unters",
    "hinter das": "hinters",
}
#: Of these, the first rendering is the contracted one; the others are everyday speech.
_USUAL = ("im", "beim", "vom", "ins", "am")
#: Verbs with which a place may be where something gets to: "springt auf das Bett" beside "springt auf dem Bett".
_MOVING = frozenset("run jump swim dance throw push pull bring carry send take lift hide hunt lead".split())
_TWO_WAY = ("in", "on", "under", "behind")
#: Verbs that also take their object with a preposition: "riecht an der Rose".
_REACHING = {"smell": ("an", DATIVE), "pull": ("an", DATIVE), "seek": ("nach", DATIVE), "bite": ("in", ACCUSATIVE)}
#: Pronouns in the first three cases.
_PRONOUN_FORMS = {
    "he": ("er", "ihn", "ihm"),
    "she": ("sie", "sie", "ihr"),
    "it": ("es", "es", "ihm"),
    "they": ("sie", "sie", "ihnen"),
    "who": ("wer", "wen", "wem"),
    "what": ("was", "was", "was"),
}


class _Phrase(NamedTuple):
    """A rendered noun phrase and the relative clause that follows it ("" or without its commas)."""

    core: str
    relative: str = ""

    def whole(self) -> str:
        return f"{self.core}, {self.relative}," if self.relative else self.core


class _Verb(NamedTuple):
    """The finite form, and what stands at the end of the clause ("" in the simple tenses, but the particle of "weckt auf").

    ``joint`` stands between the two where the finite form comes last: "gesehen hat", but "aufweckt".
    """

    finite: str
    final: str = ""
    joint: str = " "


def number_word(number: int) -> str:
    """0 to 99 in German: "sieben", "zweiundvierzig"."""
    if number < 20:
        return _UNITS[number]
    tens, ones = divmod(number, 10)
    unit = {0: "", 1: "einund"}.get(ones, f"{_UNITS[ones]}und")
    return unit + _TENS[tens - 2]


def render(meaning: Meaning, answer: str = "") -> list[str]:
    """The accepted German renderings, canonical first, none twice; ``answer`` brings in the synonyms that it uses.

    An answer is accepted if it equals one of ``render(meaning, answer)``, dressing aside. With an answer, turns of
    phrase that it has no word of (``von``, ``in der Nähe``) may be left out.
    """
    words = frozenset(_WORD.findall(unicodedata.normalize("NFC", answer).casefold()))
    return list(_render(meaning, words & _vocabulary(meaning)))


def pronoun_forms(pronoun: str) -> frozenset[str]:
    """Every form of a pronoun."""
    return frozenset(_PRONOUN_FORMS[pronoun])


def speaks(meaning: Meaning) -> bool:
    """Whether German has words here for all of it."""
    plain = isinstance(meaning, NounPhrase) or meaning.aspect == "plain"
    return plain and all(concept in GERMAN or concept in _PRONOUN_FORMS for concept in concepts_of(meaning))


def attachments(meaning: Meaning) -> Iterator[Meaning]:
    """The meaning, and what else its English may mean where a place stands behind a relative clause."""
    yield meaning
    if isinstance(meaning, Clause) and meaning.object is not None and meaning.object.relative is not None:
        inner, outer = meaning.object.relative.place, meaning.place
        if (inner is None) != (outer is None):
            relative = meaning.object.relative._replace(place=outer)
            yield replace(meaning, place=inner, object=replace(meaning.object, relative=relative))


def decline(phrase: NounPhrase, case: int) -> str:
    """The canonical form of a noun phrase in one case (``NOMINATIVE`` to ``GENITIVE``)."""
    return _punctuated(next(_Speaker(frozenset()).phrases(phrase, case)).whole())


@lru_cache(maxsize=4096)
def _render(meaning: Meaning, words: frozenset[str]) -> tuple[str, ...]:
    speaker = _Speaker(words)
    if isinstance(meaning, NounPhrase):
        renderings: Iterable[str] = (_punctuated(phrase.whole()) for phrase in speaker.phrases(meaning, NOMINATIVE))
    else:
        asks = bool(meaning.question or meaning.asks)
        readings = attachments(meaning)
        renderings = (_sentence(line, asks) for reading in readings for line in speaker.clauses(reading))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(renderings))


@lru_cache(maxsize=4096)
def _vocabulary(meaning: Meaning) -> frozenset[str]:
    """The words of an answer that can change how the meaning is rendered."""
    return _TURNS.union(*(_surfaces(concept) for concept in concepts_of(meaning)))


@cache
def _surfaces(concept: str) -> frozenset[str]:
    """Every inflected form of every German word for a concept, case folded."""
    if concept in PRONOUNS:
        return frozenset(_PRONOUN_FORMS[concept])
    return frozenset().union(*(_forms(forms) for forms in GERMAN[concept]))


def _forms(forms: Forms) -> frozenset[str]:
    """Every inflected form of one German word, case folded."""
    if "stem" in forms:
        return frozenset(forms["stem"] + ending for ending in ("e", "en", "er", "es", "em"))
    rest = [value for name, value in forms.items() if name not in ("gender", "auxiliary", "only", "particle", "governs")]
    return frozenset(word for value in rest for word in value.casefold().replace("/", " ").split())


def _sentence(line: str, question: bool) -> str:
    text = _punctuated(line)
    return capital(text) + ("?" if question else ".")


def _punctuated(line: str) -> str:
    """One comma where two clauses end together, none at the end."""
    return line.replace(",,", ",").rstrip(",")


class _Speaker:
    """Says meanings with the words of an answer where these fit, and with the canonical words otherwise."""

    def __init__(self, words: frozenset[str]):
        self._words = words

    def _lexemes(self, concept: str, kinds: Sequence[str] = ()) -> list[Forms]:
        """The German words for a concept to be used: those in the answer, or the canonical one.

        A word for a subject of this kind alone goes before the others: animals "fressen".
        """
        known = [forms for forms in GERMAN[concept] if forms.get("only", "") in ("", *kinds)]
        if len(kinds) == 1:
            known.sort(key=lambda forms: not forms.get("only", ""))
        return [forms for forms in known if _forms(forms) & self._words] or known[:1]

    def _turn(self, *words: str) -> bool:
        """Whether a turn of phrase is to be offered: always without an answer, else if the answer has a word of it."""
        return not self._words or not self._words.isdisjoint(words)

    # Noun phrases

    def phrases(self, phrase: NounPhrase, case: int, negated: bool = False) -> Iterator[_Phrase]:
        """All renderings in one case; ``negated`` puts ``kein`` where the article would be."""
        described = self._pronouns(phrase, case) if phrase.noun in PRONOUNS else self._described(phrase, case, negated)
        if phrase.also is None:
            yield from described
            return
        others = list(self.phrases(phrase.also, case, negated))
        yield from (_Phrase(f"{one.core} und {other.core}", other.relative) for one in described for other in others)

    def _pronouns(self, phrase: NounPhrase, case: int) -> Iterator[_Phrase]:
        """A pronoun; "it" is also what German calls something masculine or feminine."""
        yield _Phrase(_PRONOUN_FORMS[phrase.noun][case])
        for other in ("he", "she") if phrase.noun == "it" else ():
            if _PRONOUN_FORMS[other][case] in self._words:
                yield _Phrase(_PRONOUN_FORMS[other][case])

    def _described(self, phrase: NounPhrase, case: int, negated: bool) -> Iterator[_Phrase]:
        """A noun with all that belongs to it."""
        relatives = [] if phrase.relative is None else list(self._relatives(phrase.relative, phrase))
        owners = [""] if phrase.possessor is None else [f" {owner}" for owner in self._possessors(phrase.possessor)]
        adjectives = list(product(*([forms["stem"] for forms in self._lexemes(name)] for name in phrase.adjectives)))
        for forms in self._lexemes(phrase.noun):
            row = "p" if phrase.number == "plural" else forms["gender"]
            article, endings = _article(phrase, row, negated)
            counts = self._counts(phrase, article)
            for noun, stems, owner, count in product(_noun(forms, row, case), adjectives, owners, counts):
                words = [article[case]] if article else []
                words += [count] if count else []
                words += [stem + endings[row][case] for stem in stems]
                core = " ".join([*words, noun]) + owner
                pronoun = _WHICH[row] if _WHICH[row] in self._words else _THE[row][NOMINATIVE]
                yield from (_Phrase(core, f"{pronoun} {relative}") for relative in relatives) if relatives else (_Phrase(core),)

    def _counts(self, phrase: NounPhrase, article: Sequence[str]) -> list[str]:
        """The number word ("" for none); "die beiden" is as good as "die zwei"."""
        both = phrase.count == 2 and article is _THE["p"] and "beiden" in self._words
        return [number_word(phrase.count) if phrase.count else "", *(["beiden"] if both else [])]

    def _possessors(self, owner: NounPhrase) -> Iterator[str]:
        """A genitive after the noun, or ``von``. A plural whose genitive no article or adjective shows takes ``von`` alone."""
        bare = owner.number == "plural" and not owner.definite and owner.possessor is None
        has_genitive = not bare or bool(owner.adjectives and not owner.count)
        if has_genitive:
            yield from (phrase.whole() for phrase in self.phrases(owner, GENITIVE))
        if not has_genitive or self._turn("von", "vom"):
            yield from self._after("von", owner)

    def _after(self, preposition: str, ground: NounPhrase, case: int = DATIVE) -> Iterator[str]:
        """A preposition with its case, contracted with the article where German does so."""
        for phrase in self.phrases(ground, case):
            text = f"{preposition} {phrase.whole()}"
            for full, short in _CONTRACTED.items():
                if text.startswith(full + " "):
                    contracted = short + text[len(full) :]
                    yield from (contracted, text) if short in _USUAL else (text, contracted)
                    break
            else:
                yield text

    def _places(self, place: Place, verb: str) -> Iterator[str]:
        for forms in GERMAN[place.adposition]:
            yield from self._after(forms["word"], place.ground)
            if verb in _MOVING and place.adposition in _TWO_WAY:
                yield from self._after(forms["word"], place.ground, ACCUSATIVE)
        if place.adposition == "with" and self._turn("zusammen"):
            yield from (f"zusammen {text}" for text in self._after("mit", place.ground))
        if place.adposition == "near" and self._turn("bei", "beim"):
            for text in self._after("bei", place.ground):
                yield from (text, f"nahe {text}")
        if place.adposition == "near" and self._turn("an", "am"):
            yield from (f"nahe {text}" for text in self._after("an", place.ground))
        if place.adposition == "near" and self._turn("nähe"):
            yield from (f"in der Nähe {owner}" for owner in self._possessors(place.ground))

    def _relatives(self, relative: Relative, head: NounPhrase) -> Iterator[str]:
        """What follows the relative pronoun: the verb stands last, a clause inside the object before or behind it."""
        places = [""] if relative.place is None else list(self._places(relative.place, relative.verb))
        for forms in self._lexemes(relative.verb, _kinds_of(head)):
            verbs = list(self._conjugated(forms, relative.tense, head.many))
            for verb, phrase, place in product(verbs, self._affected(relative.verb, forms, relative.object), places):
                end = f"{verb.final}{verb.joint}{verb.finite}" if verb.final else verb.finite
                yield " ".join(filter(None, (phrase.whole(), place, end)))
                if place:
                    yield f"{place} {phrase.whole()} {end}"
                if phrase.relative:
                    yield " ".join(filter(None, (phrase.core, place, end))) + f", {phrase.relative}"

    # Clauses

    def _conjugated(self, forms: Forms, tense: str, plural: bool) -> Iterator[_Verb]:
        """All renderings of a verb in a tense, in the third person."""
        particle, number = forms.get("particle", ""), "_plural" if plural else ""
        if tense == "present":
            yield from (_Verb(form, particle, _joint(particle)) for form in forms["present" + number].split("/"))
        elif tense == "future":
            yield from (_Verb("werden" if plural else "wird", form) for form in forms["infinitive"].split("/"))
        else:
            yield from (_Verb(form, particle, _joint(particle)) for form in forms["preterite" + number].split("/"))
            for auxiliary, participle in product(forms["auxiliary"].split("/"), forms["participle"].split("/")):
                yield _Verb({"hat": "haben", "ist": "sind"}[auxiliary] if plural else auxiliary, participle)

    def clauses(self, clause: Clause) -> Iterator[str]:
        """All renderings of a clause, without capital and end mark; canonical first."""
        subjects = list(self.phrases(clause.subject, NOMINATIVE))
        places = [""] if clause.place is None else list(self._places(clause.place, clause.verb))
        for forms in self._lexemes(clause.verb, _kinds_of(clause.subject)):
            verbs = list(self._conjugated(forms, clause.tense, clause.subject.many))
            for object_, negation in self._objects(clause, forms):
                for verb, subject, place in product(verbs, subjects, places):
                    pieces = {
                        "S": subject,
                        "V": _Phrase(verb.finite),
                        "F": _Phrase(verb.final),
                        "O": object_,
                        "N": _Phrase(negation),
                        "P": _Phrase(place),
                    }
                    for order in _orders(clause, bool(negation), _tells_who_acts(clause, subject, object_)):
                        yield from _lines(order, pieces)

    def _objects(self, clause: Clause, forms: Forms) -> Iterator[tuple[_Phrase, str]]:
        """The object's renderings, each with the word for "not" that goes with it ("" where ``kein`` says it)."""
        negation = "nicht" if clause.negated else ""
        if clause.object is None:
            yield _Phrase(""), negation
            return
        named = clause.object.noun not in PRONOUNS
        with_no = named and clause.negated and not clause.object.definite and clause.object.possessor is None
        if not with_no or clause.object.count:
            yield from ((phrase, negation) for phrase in self._affected(clause.verb, forms, clause.object))
        if with_no:
            yield from ((phrase, "") for phrase in self.phrases(clause.object, _object_case(forms), negated=True))

    def _affected(self, verb: str, forms: Forms, target: NounPhrase) -> Iterator[_Phrase]:
        """The object of a verb, in its case or after its preposition."""
        yield from self.phrases(target, _object_case(forms))
        preposition, case = _REACHING.get(verb, ("", DATIVE))
        if preposition and target.noun not in PRONOUNS and self._turn(preposition, "am", "ins"):
            yield from map(_Phrase, self._after(preposition, target, case))


def _object_case(forms: Forms) -> int:
    return DATIVE if forms["governs"] == "dative" else ACCUSATIVE


def _joint(particle: str) -> str:
    """What stands between a particle and a finite verb behind it."""
    return "" if particle else " "


def _kinds_of(subject: NounPhrase) -> tuple[str, ...]:
    """The kinds that a subject may be of: of a pronoun one cannot tell."""
    return ("person", "animal") if subject.noun in PRONOUNS else (CONCEPTS[subject.noun].kind,)


def _article(phrase: NounPhrase, row: str, negated: bool) -> tuple[list[str], dict[str, list[str]]]:
    """The forms of the article by case, and the endings that adjectives take after it."""
    if phrase.definite or phrase.possessor is not None:
        return _THE[row], _AFTER_THE
    if negated:
        return _NO[row], _AFTER_A
    return (_A[row], _AFTER_A) if row != "p" else ([], _AFTER_NOTHING)


def article_fault(concept: str, noun: str, right: str, wrong: str) -> str:
    """What is wrong with an article before a form of a noun, where another is right; all words case folded."""
    table = next(table for table in (_THE, _A, _NO) if any(right in forms for forms in table.values()))
    if not any(wrong in forms for forms in table.values()):
        return "kind (definite, indefinite or negated)"
    rows = {row for forms in GERMAN[concept] for row in (forms["gender"], "p") if _row_has(forms, row, noun)} & set(table)
    cases = {case for row in rows for case, form in enumerate(table[row]) if form == right}
    other = any(forms[case] == wrong for row, forms in table.items() if row not in rows for case in cases)
    name = "number" if rows == {"p"} else "gender"
    if any(wrong in table[row] for row in rows):
        return f"{name} or case" if other else "case"
    return name if other else f"{name} and case"


def _row_has(forms: Forms, row: str, noun: str) -> bool:
    return any(noun == form.casefold() for case in range(4) for form in _noun(forms, row, case))


def _noun(forms: Forms, row: str, case: int) -> list[str]:
    if row == "p":
        name = "dative_plural" if case == DATIVE else "plural"
    else:
        name = ("nominative", "oblique", "oblique", "genitive")[case]
    return forms[name].split("/")


def _tells_who_acts(clause: Clause, subject: _Phrase, object_: _Phrase) -> bool:
    """Whether the object may stand in front: case or agreement must still show which of the two is the subject."""
    if clause.object is None:
        return False
    agreement = clause.subject.many != clause.object.many
    return agreement or subject.core.startswith("der ") or object_.core.startswith(("den ", "einen ", "keinen "))


def _orders(clause: Clause, negated: bool, fronted: bool) -> Sequence[str]:
    """Legal orders of Subject, finite Verb, Object, Negation, Place and Final verb form, as strings of marks."""
    if clause.asks == "object":
        orders = ["OVSPF"]
    elif clause.asks == "subject":
        orders = ["SVOPF", "SVPOF"]
    elif clause.question:
        orders = ["VSOPF", "VSPOF", *(["VOSPF"] if clause.object is not None and clause.object.noun in PRONOUNS else [])]
    else:
        orders = ["SVOPF", "SVPOF", "PVSOF", *(["OVSPF"] if fronted else [])]
    if clause.place is None:
        orders = [order for order in orders if order[0] != "P" and "PO" not in order]
    if not negated:
        return orders
    return [placed for order in orders for placed in _negations(order, clause.place is not None)]


def _negations(order: str, place: bool) -> Iterator[str]:
    """Where "nicht" may stand: before the place at the end, and in any case behind everything but the final verb form."""
    if place and order.endswith("PF"):
        yield order[:-2] + "NPF"
    yield order[:-1] + "NF"


def _lines(order: str, pieces: Mapping[str, _Phrase]) -> Iterator[str]:
    """The pieces in a row; the last relative clause may also move behind the words that would otherwise close the sentence."""
    marks = [mark for mark in order if pieces[mark].core]
    words = [pieces[mark].whole() for mark in marks]
    yield " ".join(words)
    before = max((place for place, mark in enumerate(marks) if pieces[mark].relative), default=-1)
    if 0 <= before < len(marks) - 1:
        last = pieces[marks[before]]
        yield " ".join([*words[:before], last.core, *words[before + 1 :]]) + f", {last.relative}"
