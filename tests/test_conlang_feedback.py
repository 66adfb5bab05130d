"""What the teacher says to mistakes: true, to the point, and no right word before the correction."""

from __future__ import annotations

import functools
import re

import pytest

from clgym.envs.bilingual import english
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import Clause, NounPhrase, Place, Relative, concepts_of
from clgym.envs.conlang.compare import words_of
from clgym.envs.conlang.judge import grade
from clgym.envs.conlang.tasks import Tasks
from clgym.registry import make_world
from clgym.seeding import seed_of

N = NounPhrase
POOLS = ("learn", "guard", "transfer/german", "transfer/reverse")


@functools.cache
def world_of(level: int, index: int = 4):
    return make_world("CL-Conlang-v0", level=level, world=index)


def mutations(right: str, vocabulary, draw):
    """One word wrong, two swapped, one missing, an ending missing, one too many."""
    words = right.rstrip(".?").split(" ")
    place = draw.integer(0, len(words) - 1)
    before, word, after = words[:place], words[place], words[place + 1 :]
    swapped = [*words[:-2], words[-1], words[-2]] if len(words) > 1 else words
    made = (
        [*before, draw.choice(vocabulary), *after],
        swapped,
        before + after,
        [*before, word[:-1], *after],
        [*before, draw.choice(vocabulary), word, *after],
    )
    return [" ".join(made_words) for made_words in made]


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("level", range(4))
def test_no_mutated_answer_gets_a_right_word_told(level, pool):
    world, draw = world_of(level), seed_of("leaks", level, pool).draw()
    for index in draw.sample(range(world.pools[pool]), 40):
        query = world.query(pool, index)
        right = world.solve(query)
        for answer in mutations(right, world.vocabulary(query.payload.target), draw):
            said = world.grade(query, answer).feedback
            named = {part for text in re.findall(r'"(.*?)"', f"{said.verdict} {said.diagnosis}") for part in words_of(text)}
            hidden = set(words_of(right)) - set(words_of(answer)) - set(words_of(query.prompt))
            if query.payload.target == "English":
                assert not set(concepts_of(query.payload.meaning)) & hidden & named, (query.prompt, answer, said)
            assert not hidden & named, (query.prompt, answer, said)


def told(meaning, answer: str) -> str:
    """The diagnosis of an answer to "say this in German"."""
    world = speaking(frozenset(concepts_of(meaning)))
    asked = Tasks._into_german(meaning, english.render(meaning, CONCEPTS))
    return grade(world.language, world.readings, asked, answer).feedback.diagnosis


@functools.cache
def speaking(concepts: frozenset[str]):
    """A world that has words for these."""
    return next(w for w in map(functools.partial(world_of, 3), range(4000)) if concepts <= set(w.words.all))


DOG_SEES_TREE = Clause(N("dog"), "see", N("tree"), negated=True)
SLEEPING = Clause(N("dog", relative=Relative("see", N("cat"))), "sleep", tense="future", place=Place("in", N("house")))


@pytest.mark.parametrize(
    ("meaning", "answer", "wanted", "unwanted"),
    [
        (N("dog", ("red",)), "die rote Hund", ['"die"', "gender"], ["case"]),
        (N("dog", ("red",)), "den roten Hund", ['"den"', " case", '"roten"', "ending"], ["gender"]),
        (N("cat", ("old",)), "der alte Katze", ['"der"', "gender or case"], []),
        (N("dog", ("red",)), "ein roter Hund", ['"ein"', "kind (definite"], ["gender"]),
        (N("dog", ("red",)), "rote Hund", ["article", '"hund"'], ["gender"]),
        (N("dog", ("red",)), "de rote Hund", ['"de"', "article"], []),
        (N("dog", ("red",)), "der rot Hund", ['"rot"', "ending"], ["article"]),
        (N("dog", ("red",)), "der Hund rote", ["order"], ["ending"]),
        (N("dog", ("red",)), "der rote Baum", ['"tree"', '"dog"'], []),
        (N("house", count=3, number="plural"), "die drei Haus", ['"haus"', "number"], ["article"]),
        (N("house", count=3, number="plural"), "die drei Häusern", ['"häusern"', "case"], []),
        (N("house", count=3, number="plural"), "das drei Häuser", ['"das"', "number"], ["gender"]),
        (DOG_SEES_TREE, "Der Hund sieht der Baum nicht.", ['"der"', "case", '"baum"'], []),
        (DOG_SEES_TREE, "Der Hund sieht den Baum.", ["negat"], ["order"]),
        (DOG_SEES_TREE, "Der Hund sehen den Baum nicht.", ['"sehen"', "form"], ["negat", "too many"]),
        (DOG_SEES_TREE, "Der Hund sah den Baum nicht.", ['"sah"', "tense"], ["negat"]),
        (SLEEPING, "Der Hund, die die Katze sieht, wird im Haus schlafen.", ["relative"], ["order"]),
        (SLEEPING, "Der Hund, der die Katze sieht, wird schlafen im Haus.", ["order"], ['"house"']),
        (SLEEPING, "Der Hund, der die Katze sieht, wird auf dem Haus schlafen.", ['"in"', '"on"'], []),
        (SLEEPING, "Der Hund, der die Katze sieht, im Haus schlafen.", ["helping verb"], ['"in"']),
        (N("hammer"), "Hammer", ["article"], ["what I gave you"]),
        (N("hammer"), "the hammer", ["German"], ["article"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_german_mistake_is_called_by_its_name(meaning, answer, wanted, unwanted):
    said = told(meaning, answer).replace("arranges", "order")
    assert [word for word in wanted if word not in said] == [], said
    assert [word for word in unwanted if word in said] == [], said


@pytest.mark.parametrize(
    ("mutate", "wanted"),
    [
        (lambda right, noun: right.replace(CONCEPTS[noun].plural, noun), "number"),
        (lambda right, noun: right.replace(plural := CONCEPTS[noun].plural, plural[:2] + plural[3:]), "letter"),
    ],
)
def test_an_english_mistake_is_told_by_the_word_that_was_shown(mutate, wanted):
    world = world_of(0)
    for index in range(70):
        query = world.query("transfer/reverse", index)
        meaning = query.payload.meaning
        if meaning.count and len(meaning.noun) > 4:
            said = world.grade(query, mutate(world.solve(query), meaning.noun)).feedback.diagnosis
            root = world.language.roots[meaning.noun][0]
            assert wanted in said.replace("spelt", "letter") and f'"{root}"' in said, said


@pytest.mark.parametrize(
    ("noun", "answer"), [("neighbour", "the neighbor"), ("neighbour", "the neighbour"), ("axe", "the ax"), ("dwarf", "the dwarf")]
)
def test_spellings_of_both_sides_of_the_atlantic_are_right(noun, answer):
    world = speaking(frozenset((noun,)))
    asked = Tasks._into_english(world._tasks, N(noun))
    assert grade(world.language, world.readings, asked, answer).reward == 1.0


def test_a_couplet_that_is_half_understood_is_not_said_to_miss_its_subject():
    world = world_of(1)
    query = world.query("transfer/poetry", 6)
    first, second = world.solve(query).split("\n")
    said = world.grade(query, f"{first[:-1]}\n{second}").feedback.diagnosis
    assert f'"{first[:-1]}"' in said and f'"{query.payload.source}"' not in said
