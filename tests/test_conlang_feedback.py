"""What the teacher says to mistakes: true, to the point, and never the whole right answer; and what is right in other words."""

from __future__ import annotations

import functools

import pytest

from clgym.envs.bilingual import english, german
from clgym.envs.bilingual.meaning import Clause, NounPhrase, Place, Relative
from clgym.envs.conlang.compare import words_of
from clgym.envs.conlang.judge import grade
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.reading import read_feedback, understand
from clgym.envs.conlang.tasks import Payload
from clgym.envs.conlang.wording import english_slots
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
@pytest.mark.parametrize("level", [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_no_mutated_answer_is_told_the_right_one(level, pool):
    world, draw = world_of(level), seed_of("leaks", level, pool).draw()
    for index in draw.sample(range(world.pools[pool]), 20):
        query = world.query(pool, index)
        right = world.solve(query)
        for answer in mutations(right, world.vocabulary(query.payload.target), draw):
            graded = world.grade(query, answer)
            if graded.reward < 1.0:
                assert graded.feedback.diagnosis
                assert right not in graded.feedback.diagnosis, (query.prompt, answer, graded.feedback)
                assert graded.parts.keys() == {"lexicon", "morphology", "order"}


def told(meaning, answer: str) -> str:
    """The diagnosis of an answer to "say this in German"."""
    return judged(meaning, answer).feedback.diagnosis


def judged(meaning, answer: str):
    payload = Payload("German", german.render(meaning)[0], english.render(meaning, WORDS), "English", meaning)
    return grade(world_of(1).bench, payload, answer)


def into_english(meaning, answer: str):
    orders = tuple(english_slots(text, {}) for text in english.renderings(meaning, WORDS))
    return grade(world_of(1).bench, Payload("English", "", "miru", "Velan", meaning, orders=orders), answer)


DOG_SEES_TREE = Clause(N("dog"), "see", N("tree"), negated=True)
SLEEPING = Clause(N("dog", relative=Relative("see", N("cat"))), "sleep", tense="future", place=Place("in", N("house")))


@pytest.mark.parametrize(
    ("meaning", "answer", "wanted", "unwanted"),
    [
        (N("dog", ("red",)), "die rote Hund", ['"die"', "gender"], ["case"]),
        (N("dog", ("red",)), "den roten Hund", ['"den"', " case", '"roten"', "ending"], ["gender"]),
        (N("cat", ("old",)), "der alte Katze", ['"der"', "gender or case"], []),
        (N("dog", ("red",)), "ein roter Hund", ['"ein"', "kind (definite"], ["gender"]),
        (N("dog", ("red",)), "rote Hund", ["article", '"Hund"'], ["gender"]),
        (N("dog", ("red",)), "de rote Hund", ['"de"', "article"], []),
        (N("dog", ("red",)), "der rot Hund", ['"rot"', "ending"], ["article"]),
        (N("dog", ("red",)), "der Hund rote", ["order"], ["ending"]),
        (N("dog", ("red",)), "der rote Baum", ['"tree"', '"dog"'], []),
        (N("house", count=3, number="plural"), "die drei Haus", ['"Haus"', "number"], ["article"]),
        (N("house", count=3, number="plural"), "die drei Häusern", ['"Häusern"', "case"], []),
        (N("house", count=3, number="plural"), "das drei Häuser", ['"das"', "number"], ["gender"]),
        (DOG_SEES_TREE, "Der Hund sieht der Baum nicht.", ['"der"', "case", '"Baum"'], []),
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
    ("meaning", "answer"),
    [
        (N("knife", count=25, number="plural"), "die 25 Messer"),
        (N("girl", number="plural"), "die Mädels"),
        (Clause(N("pig"), "jump", tense="past", place=Place("on", N("bed"))), "Das Schwein sprang auf das Bett."),
    ],
)
def test_german_in_other_words_earns_everything(meaning, answer):
    assert judged(meaning, answer).reward == 1.0


@pytest.mark.parametrize(
    ("meaning", "answer"),
    [
        (N("neighbour"), "the neighbor"),
        (N("axe"), "the ax"),
        (N("dog", ("big",)), "the large dog"),
        (N("city", ("small",), "plural"), "the little towns"),
        (N("hen", ("impolite",)), "a rude chicken"),
        (N("rabbit", possessor=N("soldier")), "the soldier's bunny"),
        (N("knife", count=25, number="plural"), "the 25 knives"),
        (Clause(N("dog"), "cry", tense="past"), "The dog wept."),
        (Clause(N("dog", number="plural"), "cry"), "the dogs weep"),
        (Clause(N("dog"), "seek", N("ring")), "The dog looks for the ring."),
        (Clause(N("dog"), "seek", N("ring"), "past", aspect="progressive"), "The dog was looking for the ring"),
        (Clause(N("dog"), "repair", N("car"), "future"), "the dog will fix the automobile"),
        (Clause(N("he"), "run", negated=True, aspect="progressive"), "He isn't running."),
        (Clause(N("I"), "run", tense="future"), "I'll run."),
        (Clause(N("who"), "see", N("dog")), "Who sees the dog?"),
        (Clause(N("dog"), "see", N("who")), "Whom does the dog see?"),
        (Clause(N("dog", relative=Relative("see", N("cat"))), "sleep"), "The dog who sees the cat sleeps."),
        (Clause(N("dog"), "sleep", place=Place("in", N("forest"))), "In the wood the dog sleeps."),
    ],
)
def test_english_in_other_words_earns_everything(meaning, answer):
    assert into_english(meaning, answer).reward == 1.0


@pytest.mark.parametrize(
    ("meaning", "answer"),
    [
        (N("dog", ("big",)), "the small dog"),
        (Clause(N("dog"), "cry", tense="past"), "The dog weeps."),
        (Clause(N("dog"), "see", N("cat")), "The cat sees the dog."),
        (Clause(N("dog"), "see", N("cat"), negated=True), "The dog sees the cat."),
        (Clause(N("he"), "run"), "She runs."),
    ],
)
def test_what_says_something_else_does_not(meaning, answer):
    assert into_english(meaning, answer).reward < 0.6


# In the drawn language


def wrong(world, query, answer):
    graded = world.grade(query, answer)
    assert graded.reward < 0.56
    return graded


def queries(world, count=200, pool="learn"):
    return (world.query(pool, index) for index in range(count))


@pytest.mark.parametrize("level", [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_a_lacking_word_comes_with_another_sentence_that_has_it(level):
    world = world_of(level)
    for query in queries(world, 30):
        slots = query.payload.rendering.order
        place = next(place for place, slot in enumerate(slots) if not slot.lexeme.startswith("%"))
        answer = " ".join(slot.forms[0] for number, slot in enumerate(slots) if number != place)
        remark = read_feedback(wrong(world, query, answer).feedback.diagnosis)
        lexemes = [slot.lexeme for slot in slots if slot.lexeme == slots[place].lexeme]
        if len(lexemes) == 1 and answer:
            (example,) = remark.examples
            readings = [reading.lexeme for word in words_of(example.text) for reading in world.bench.analyser.readings(word)]
            assert slots[place].lexeme in readings, (query.prompt, answer, remark)
            assert world.solve(query) not in example.text


def test_a_wrong_order_is_told_with_the_rule_behind_it():
    world, found = world_of(2), set()
    for query in queries(world):
        order, pairs = query.payload.rendering
        for pair in pairs:
            words = [slot.forms[0] for slot in order]
            first, second = (next(n for n, slot in enumerate(order) if slot is each) for each in (pair.earlier, pair.later))
            if second == first + 1 and words[first] != words[second]:
                words[first], words[second] = words[second], words[first]
                graded = wrong(world, query, " ".join(words))
                told_rules = read_feedback(graded.feedback.diagnosis).rules
                assert told_rules, (query.prompt, graded.feedback.diagnosis)
                assert all(world.language.rules[name] == value for name, value in told_rules.items())
                assert graded.parts["lexicon"] == graded.parts["morphology"] == 1.0 > graded.parts["order"]
                found |= set(told_rules)
    assert found >= {"adjective", "number", "order", "owner", "adposition", "place", "and"}


@pytest.mark.parametrize("level", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_a_wrong_form_is_told_with_a_rule_that_is_true(level):
    world, found = world_of(level, 5), set()
    for query in queries(world, 80):
        slots = query.payload.rendering.order
        for place, slot in enumerate(slots):
            others = world.bench.analyser.forms(slot.lexeme) if slot.lexeme[0] not in "#%" else ()
            for form in [form for form in others if form not in slot.forms][:3]:
                words = [other.forms[0] for other in slots]
                words[place] = form
                graded = world.grade(query, " ".join(words))
                remark = read_feedback(graded.feedback.diagnosis)
                for key, shape in remark.affixes.items():
                    assert world.language.affixes[key] == shape
                for name, value in remark.rules.items():
                    assert world.language.rules[name] == value
                for key, kinds, shape in remark.classes:
                    (number,) = {world.language.classes[kind] for kind in kinds}
                    assert world.language.affixes[f"{key}/{number}"] == shape
                told_something = {*remark.affixes, *remark.rules, *(key for key, _, _ in remark.classes)}
                assert told_something, (query.prompt, form, slot, graded.feedback.diagnosis)
                assert graded.parts["lexicon"] == 1.0 > graded.parts["morphology"]
                found |= told_something
    assert len(found) >= (2, 6, 8)[level - 1], found


def test_a_german_prompt_is_not_called_english():
    world = world_of(1)
    for index in range(1, 60, 2):
        query = world.query("transfer/german", index)
        for answer in (query.payload.source, query.payload.source.upper(), query.payload.source.split()[-1]):
            said = world.grade(query, answer).feedback
            assert "English" not in f"{said.verdict} {said.diagnosis} {said.correction}".replace("means", ""), said


def test_answers_are_quoted_as_they_were_written():
    said = told(N("book", ("big",)), "Das Große Buch und Hund")
    assert '"Hund"' in said or '"und"' in said, said
    assert '"grosse"' not in told(N("book", ("big",)), "der große Buch"), "casefolding writes ss for ß"


@pytest.mark.parametrize("level", [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_prompts_are_read_back(level):
    world = world_of(level)
    for pool in world.pools:
        for index in range(0, 24, 3):
            query = world.query(pool, index)
            asked = understand(query.prompt)
            payload = query.payload
            assert asked.language == ("German" if pool == "guard" else world.name)
            if payload.target in ("drawn", "couplet") or pool == "guard":
                assert asked.meaning == (payload.meaning or N(payload.brief.subject))
            else:
                assert asked.text == payload.source
    with pytest.raises(ValueError, match="no prompt"):
        understand("What is the capital of France?")
