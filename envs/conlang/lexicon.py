"""Every concept that a drawn language may have a word for: those of the bilingual lexicon, pronouns, and English words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from types import MappingProxyType

from clgym.envs.bilingual.inflection import gerund, past, plural
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import ASKING, KINDS, PRONOUNS, Concept

#: What a pronoun stands for, where that matters: "it" for anything but persons.
_PRONOUN_KINDS = {"it": "thing", "what": "thing"}


def _entries() -> Iterator[tuple[str, str, list[str]]]:
    """Part of speech, kinds and forms of each word of words.txt."""
    text = resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            part, kinds, *words = line.split()
            yield from ((part, kinds, word.split("/")) for word in words)


def _concept(part: str, kinds: str, forms: list[str]) -> Concept:
    word, *others = forms
    if part == "noun":
        return Concept(word, part, kind=kinds, plural=others[0] if others else plural(word))
    takes = {"any": KINDS, "-": ()}.get(kinds) or tuple(kind for kind in kinds.split(",") if kind != "-")
    if part == "adjective":
        return Concept(word, part, takes=takes)
    before, participle = others or (past(word), past(word))
    return Concept(word, part, third=plural(word), past=before, participle=participle, takes=takes, gerund=gerund(word))


def _pronoun(name: str) -> Concept:
    return Concept(name, "pronoun", kind=_PRONOUN_KINDS.get(name, "person"), plural=name)


#: Concept id -> concept: the bilingual ones first.
WORDS: Mapping[str, Concept] = MappingProxyType(
    {
        **CONCEPTS,
        **{name: _pronoun(name) for name in PRONOUNS},
        **{forms[0]: _concept(part, kinds, forms) for part, kinds, forms in _entries()},
    }
)

#: Pronouns that stand for somebody or something, in the order in which they come with the levels.
PERSONAL = tuple(name for name in ("he", "she", "they", "it", "I", "you", "we") if name not in ASKING)
