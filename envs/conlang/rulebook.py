"""The rules of a drawn language in plain English: enough for a perfect reader to answer every query."""

from __future__ import annotations

from collections.abc import Iterator

from clgym.envs.bilingual.english import number_word
from clgym.envs.conlang.analysis import lexemes
from clgym.envs.conlang.catalogue import PARTICLES, RULES
from clgym.envs.conlang.grammar import LIVING, Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.text.english import capital, listed

_AFFIX_ORDER = "A noun takes the plural before the case; an adjective its class before the case; a verb its tense, then is doing, then its agreement, then negation"
_VERSE = (
    "Verse: a vowel is a syllable; words are stressed on the {stress} syllable; between the stresses of two words lie {gaps} weak "
    "syllables; stems rhyme from their stressed vowel on"
)


def rulebook(language: Language) -> str:
    """All rules, then the lexicon."""
    rules = "\n".join(f"{number}. {capital(rule)}." for number, rule in enumerate(_rules(language), 1))
    return f"The rules of {language.name}\n\n{rules}\n\nThe words of {language.name}\n\n{_lexicon(language)}\n"


def _rules(language: Language) -> Iterator[str]:
    yield "there are no articles: 'the' and 'a' are not translated, and everything is written in small letters"
    yield from (rule.says[language.rules[rule.name]] for rule in RULES if rule.name in language.rules)
    yield from (language.says(key) for key in language.affixes)
    if language.affixes:
        yield _AFFIX_ORDER
    yield from (PARTICLES[key].format(word) for key, word in language.particles.items())
    if language.level:
        yield _numbers(language)
        gaps = listed([number_word(gap) for gap in language.gaps], "or")
        yield _VERSE.format(stress="last" if language.stress_last else "last but one", gaps=gaps)
    if language.irregular:
        yield "irregular stems: " + ", ".join(f"{key.replace('/', ' in the ')} {stem}" for key, stem in language.irregular.items())


def _numbers(language: Language) -> str:
    base = language.base
    larger = [number for number in (base + 2, 2 * base, 2 * base + 2) if number <= language.largest]
    examples = ", ".join(f"{number} is '{' '.join(language.number_words(number))}'" for number in larger)
    return f"numbers go up to {language.largest}; for example {examples}"


def _lexicon(language: Language) -> str:
    lines = []
    for lexeme in lexemes(language):
        entry = WORDS[lexeme.rstrip(LIVING)]
        kind = f" ({entry.kind})" if entry.part == "noun" and language.classes else ""
        said = " (of persons and animals)" if lexeme.endswith(LIVING) else ""
        derived = f", from {entry.derived[1]}" if entry.derived and lexeme not in language.roots else ""
        lines.append(f"{entry.id}{kind}{said} = {' or '.join(language.stems(lexeme))}{derived}")
    lines += [f"{number_word(number)} = {word}" for number, word in language.digits.items()]
    return "\n".join(lines)
