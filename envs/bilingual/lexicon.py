"""The bilingual lexicon: every concept of the drawn languages with its English and German forms.

``CONCEPTS`` maps a concept id (the English lemma) to its :class:`~clgym.envs.bilingual.meaning.Concept`. The words were
written for this suite and lie in three tables beside this module (nouns.txt, verbs.txt, adjectives.txt), in a form that
a reader who knows German can proofread.

Names of German forms in ``Concept.german``:

* nouns: ``nominative``, ``oblique`` (accusative and dative singular), ``genitive``, ``plural``, ``dative_plural``,
  ``gender`` (m, f, n);
* verbs: ``infinitive``, ``present``, ``preterite`` (third person singular), ``present_plural``, ``preterite_plural``,
  ``participle``, ``auxiliary`` (hat, ist), ``only`` (the kind of subject that a synonym is restricted to, or ""), ``governs``
  ("dative" where the object is in the dative: begegnen); separable ones also ``particle`` and ``joined`` (the finite forms at the end of a relative clause: aufweckt);
* adjectives: ``predicate``, ``stem`` (before an ending: hoch, but hoh-);
* adpositions: ``word``; all six govern the dative where they say a place.

A form with "/" lists alternatives, the canonical one first. English verbs whose plural past looks like the present
(cut, hit, read) and nouns whose plural looks like the singular (sheep, fish) are left out: a sentence must say its tense
and number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import resources
from types import MappingProxyType

from clgym.envs.bilingual.inflection import gerund
from clgym.envs.bilingual.meaning import KINDS, Concept

Forms = dict[str, str]

#: Verbs that English does not use in the progressive.
STATES = frozenset("see hear love hate know need understand fear admire forget smell lose find".split())

_SIBILANTS = ("s", "ß", "x", "z")
#: Particles that may also stand apart from their verb (Duden has both): kaputtgemacht, kaputt gemacht.
_APART = ("kaputt",)
_ADPOSITIONS = (("in", "in"), ("on", "auf"), ("under", "unter"), ("behind", "hinter"), ("near", "nahe"), ("with", "mit"))


def _rows(name: str) -> Iterator[list[str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split()


def _noun_forms(nominative: str, gender: str, genitive: str, plural: str) -> Forms:
    oblique, dative_plural = nominative, "/".join(_dative_plural(form) for form in plural.split("/"))
    weak = plural.split("/")[0]
    if genitive == "weak":
        oblique = singular_genitive = weak
    elif genitive == "weak/s":
        oblique, singular_genitive = f"{weak}/{nominative}", f"{weak}/{nominative}s"
    elif genitive == "ns":
        oblique, singular_genitive = weak, f"{weak}s"
    elif genitive == "es":
        short = "" if nominative.endswith(_SIBILANTS) else f"/{nominative}s"
        singular_genitive = f"{nominative}es{short}"
    else:
        singular_genitive = nominative + genitive.strip("-")
    return {
        "nominative": nominative,
        "oblique": oblique,
        "genitive": singular_genitive,
        "plural": plural,
        "dative_plural": dative_plural,
        "gender": gender,
    }


def _dative_plural(plural: str) -> str:
    return plural if plural.endswith(("n", "s")) else plural + "n"


def _verb_forms(infinitive: str, present: str, preterite: str, participle: str, auxiliary: str, only: str = "") -> Forms:
    particle, _, stem = infinitive.rpartition("|")
    plural = "/".join(form + ("n" if form.endswith("e") else "en") for form in preterite.split("/"))
    joints = ("", " ") if particle in _APART else ("",)
    if len(joints) > 1:
        participle = "/".join(particle + joint + participle.removeprefix(particle) for joint in joints)
    forms = {
        "infinitive": "/".join(particle + joint + stem for joint in joints),
        "present": present,
        "preterite": preterite,
        "present_plural": stem,
        "preterite_plural": plural,
        "participle": participle,
        "auxiliary": auxiliary,
        "only": only if only in KINDS else "",
        "governs": "" if only in KINDS else only,
    }
    if particle:
        finite = "/".join((present, stem, preterite, plural)).split("/")
        forms |= {"particle": particle, "joined": "/".join(particle + joint + form for joint in joints for form in finite)}
    return forms


def _adjective_forms(predicate: str, stem: str) -> Forms:
    return {"predicate": predicate, "stem": stem}


def _kinds(column: str) -> tuple[str, ...]:
    kinds = () if column == "-" else KINDS if column == "any" else tuple(column.split(","))
    assert set(kinds) <= set(KINDS), column
    return kinds


def _derived(columns: list[str]) -> tuple[str, str] | None:
    return (columns[0], columns[1]) if columns else None


def _load() -> tuple[dict[str, Concept], dict[str, tuple[Forms, ...]]]:
    concepts: dict[str, Concept] = {}
    words: dict[str, list[Forms]] = {}

    def add(concept: Concept) -> None:
        assert concept.id not in concepts, concept.id
        concepts[concept.id] = concept
        words[concept.id] = [concept.german]

    for first, *row in _rows("nouns.txt"):
        if first == "=":
            words[next(reversed(words))].append(_noun_forms(*row))
        else:
            add(Concept(first, "noun", kind=row[1], plural=row[0], derived=_derived(row[6:]), german=_noun_forms(*row[2:6])))
    for first, *row in _rows("verbs.txt"):
        if first == "=":
            words[next(reversed(words))].append(_verb_forms(*row))
        else:
            add(
                Concept(
                    first,
                    "verb",
                    third=row[0],
                    past=row[1],
                    participle=row[2],
                    gerund="" if first in STATES else gerund(first),
                    takes=_kinds(row[8]),
                    german=_verb_forms(*row[3:8]),
                )
            )
    for first, *row in _rows("adjectives.txt"):
        if first == "=":
            words[next(reversed(words))].append(_adjective_forms(*row))
        else:
            add(Concept(first, "adjective", takes=_kinds(row[2]), derived=_derived(row[3:]), german=_adjective_forms(*row[:2])))
    for name, german in _ADPOSITIONS:
        add(Concept(name, "adposition", german={"word": german}))
    for name, *synonyms in _rows("synonyms.txt"):
        concepts[name] = replace(concepts[name], synonyms=tuple(synonyms))
    return concepts, {name: tuple(forms) for name, forms in words.items()}


_CONCEPTS, _WORDS = _load()

#: Concept id -> concept, in the order of the tables. ``takes`` of an adjective lists the kinds of noun that it suits.
CONCEPTS: Mapping[str, Concept] = MappingProxyType(_CONCEPTS)

#: Concept id -> the forms of every German word that is accepted for it, the canonical one first.
GERMAN: Mapping[str, tuple[Forms, ...]] = MappingProxyType(_WORDS)
