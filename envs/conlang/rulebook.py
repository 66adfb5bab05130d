"""The rules of a drawn language in plain English: enough for a perfect reader to answer every query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clgym.envs.bilingual.english import number_word
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.conlang.grammar import Affix, Language, Particle
from clgym.envs.conlang.render import speakable

_ROLE = {"S": "subject", "V": "verb", "O": "object"}
_WHERE = {
    "before": "directly before the verb",
    "after": "directly after the verb",
    "start": "at the very start of the sentence",
    "end": "at the very end of the sentence",
}
_DERIVED = {
    "agent": "the one who does something (hunt, hunter)",
    "opposite": "the opposite of a quality (happy, unhappy)",
    "young": "the young of an animal (dog, puppy)",
}


def rulebook(language: Language) -> str:
    """All rules, then the lexicon."""
    rules = "\n".join(f"{number}. {rule}" for number, rule in enumerate(_rules(language), 1))
    return f"The rules of {language.name}\n\n{rules}\n\nThe words of {language.name}\n\n{_lexicon(language)}\n"


def _rules(language: Language) -> Iterator[str]:
    yield "There are no articles: 'the' and 'a' are not translated. Everything is written in small letters."
    side = _beside(language.adjective_first)
    if language.level == 0:
        yield f"An adjective or a number word stands {side} its noun. Words do not change their form; there is no plural."
        yield "Couplets: two lines rhyme if their last words differ and agree from the last vowel on; each vowel is a syllable."
        return
    yield f"A sentence has the order {', '.join(_ROLE[part] for part in language.order)}; without an object the order stays."
    yield f"An adjective stands {side} its noun, a number word {_beside(language.number_first)} noun and adjective."
    yield from _cases(language)
    yield _numbers(language)
    yield from _nouns(language)
    yield from _verbs(language)
    yield from _sentences(language)
    yield "Couplets: two lines rhyme if their last words differ and agree from the last vowel on; each vowel is a syllable."


def _beside(first: bool) -> str:
    return "before" if first else "after"


def _shape(affix: Affix) -> str:
    if affix.side == "copy":
        return "by repeating its first syllable in front"
    return f"with {affix.text}-" if affix.side == "prefix" else f"with -{affix.text}"


def _cases(language: Language) -> Iterator[str]:
    yield f"Subjects are in the plain form. Objects take the object form: the noun {_shape(language.cases['object'])}."
    if "owner" in language.cases:
        yield (
            f"An owner ('the woman's') takes the owner form, {_shape(language.cases['owner'])}, and stands "
            f"{_beside(language.possessor_first)} what is owned."
        )
    yield f"Adjectives {'take the same case affix as their noun' if language.concord else 'do not change with the case'}."


def _numbers(language: Language) -> str:
    digits = ", ".join(f"{number} {word}" for number, word in sorted(language.digits.items()))
    base = language.base
    parts = [f"how often {base} goes into it (unless once)", f"the word for {base}", "the rest, if there is one"]
    order = ", then ".join(parts if language.big_first else parts[::-1])
    larger = [number for number in (language.base + 2, 2 * language.base, 2 * language.base + 2) if number <= language.largest]
    examples = ", ".join(f"{number} is '{' '.join(language.number_words(number))}'" for number in larger)
    rule = f"Numbers count in {language.base}s, from 1 to {language.largest}: {digits}."
    if larger:
        rule += f" A larger number says {order}: {examples}."
    return rule if language.plural is not None else rule + " Nouns do not change after them."


def _nouns(language: Language) -> Iterator[str]:
    if language.plural is None:
        return
    after = "in the plural" if language.plural_after_number else "in the singular"
    yield f"The plural of a noun is made {_shape(language.plural)}, before any case affix."
    yield f"After a number word a noun is {after}."
    classes = _by_class(language, dict(enumerate(language.class_affixes)))
    yield f"Nouns fall into classes, and an adjective shows its noun's class (before any case affix): {classes}."
    if language.harmony:
        yield _harmony(language)
    yield from _irregular(language, "plural", "Irregular plurals (case affixes still join them)")
    for kind, affix in language.derivations.items():
        yield f"Derived words: {_DERIVED[kind]} is made {_shape(affix)}."


def _by_class(language: Language, affixes: Mapping[int, Affix]) -> str:
    return "; ".join(f"{language.class_name(number)}: {_shape(affix)}" for number, affix in affixes.items())


def _irregular(language: Language, what: str, heading: str) -> Iterator[str]:
    stems = [f"{concept} {stem}" for (concept, kind), stem in language.irregular.items() if kind == what]
    if stems:
        yield f"{heading}: {', '.join(stems)}."


def _harmony(language: Language) -> str:
    sounds = language.phonology
    changes = [f"{vowel} becomes {sounds.harmonize(vowel, sounds.front[0])}" for vowel in sounds.back]
    changes += [f"{vowel} becomes {sounds.harmonize(vowel, sounds.back[0])}" for vowel in sounds.front]
    return (
        f"Vowel harmony: {_letters(sounds.front)} and {_letters(sounds.back)} are two groups of vowels. The vowel of an "
        "affix must be of the group of the nearest vowel of the word it joins (the last for a suffix, the first for a "
        f"prefix); otherwise it changes: {', '.join(changes)}. A repeated syllable does not change."
    )


def _letters(vowels: str) -> str:
    return "(" + ", ".join(vowels) + ")"


def _verbs(language: Language) -> Iterator[str]:
    if not language.tenses:
        return
    made = [f"the {tense} is made {_shape(affix)}" for tense, affix in language.tenses.items()]
    yield f"The present is unmarked; {'; '.join(made)}."
    if language.agreement == "number":
        shape = _shape(language.agreement_affixes["plural"])
        yield f"With a plural subject (also one with a number word) the verb is marked {shape}, after the tense was added."
    else:
        affixes = {int(key): affix for key, affix in language.agreement_affixes.items()}
        yield f"The verb shows the class of its subject, after the tense was added: {_by_class(language, affixes)}."
    yield from _irregular(language, "past", "Irregular past stems (instead of stem and past affix)")


def _sentences(language: Language) -> Iterator[str]:
    if isinstance(language.negation, Particle):
        yield f"'Not' is {language.negation.word}, {_WHERE[language.negation.place]}."
    elif language.negation is not None:
        yield f"'Not' is said on the verb, {_shape(language.negation)}, joined last of all."
    if language.question is not None:
        yield f"A question has {language.question.word}, {_WHERE[language.question.place]}; the order stays."
        yield "Where 'not' has the same place, the question word is farther from the verb."
    if "in" in language.roots:
        freely = ", or on the other side, as one likes" if language.place_free else ""
        yield (
            f"Words like 'under' stand {_beside(not language.postpositions)} their noun phrase, which is in the "
            f"{language.place_case} form."
        )
        yield f"The place stands {_beside(language.place_first)} subject, verb and object{freely}."
    if language.relativizer:
        verb_first = language.order.index("V") < language.order.index("O")
        order = "the verb and its object" if verb_first else "the object and its verb"
        yield (
            f"A relative clause stands {_beside(language.relative_first)} the whole phrase it belongs to: "
            f"{language.relativizer} ('that'), then {order}. The verb agrees with the noun that the clause belongs to."
        )


def _lexicon(language: Language) -> str:
    lines = []
    for concept in speakable(language):
        entry = CONCEPTS[concept]
        kind = f" ({entry.kind})" if entry.part == "noun" and language.classes else ""
        derived = f", from {entry.derived[1]}" if entry.derived else ""
        lines.append(f"{concept}{kind} = {' or '.join(language.stems(concept))}{derived}")
    if language.level == 0:
        lines += [f"{number_word(number)} = {word}" for number, word in language.digits.items()]
    return "\n".join(lines)
