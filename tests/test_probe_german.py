"""Probe-German-v0: enough items, right answers in every accepted form, strict reading, feedback that points without telling."""

from __future__ import annotations

import pytest

from clgym.core import Query
from clgym.envs.bilingual.meaning import Clause, NounPhrase
from clgym.envs.probes.base import Item
from clgym.envs.probes.german import German
from clgym.envs.probes.german_items import EASY, HARD, Exercise
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = (0, 1)
PROBE = German()


def queries(level: int, world: int = 0):
    drawn = make_world("Probe-German-v0", level=level, world=world)
    return drawn, [drawn.query("eval", index) for index in range(drawn.pools["eval"])]


def drawn_items(bank, count=40):
    for name, template in bank.items():
        for number in range(count):
            yield name, template(seed_of("items", name).draw(number))


def item_of(bank, name, wanted):
    """The first drawn item of one template whose prompt holds the wanted text."""
    return next(item for kind, item in drawn_items({name: bank[name]}, 4000) if wanted in item.prompt)


def reward(item, answer: str) -> float:
    return PROBE.judge(item, answer, seed_of("judge").draw()).reward


@pytest.mark.parametrize("level", LEVELS)
def test_there_are_enough_items_and_none_twice(level):
    _, asked = queries(level)
    assert len(asked) >= 120 and len({query.prompt for query in asked}) == len(asked)


@pytest.mark.parametrize(("level", "index"), [(level, index) for level in LEVELS for index in range(3)])
def test_ignorance_stays_at_the_floor(level, index):
    world, asked = queries(level, index)
    draw = seed_of("guess").draw()
    floor = world.floor("eval")

    def mean(policy) -> float:
        return sum(world.grade(query, policy(query)).reward for query in asked) / len(asked)

    answers = [world.solve(query) for query in asked]
    commonest = max(sorted(set(answers)), key=answers.count)
    assert mean(lambda query: commonest) <= 0.15
    assert mean(lambda query: world.sample_answer(query, draw)) <= floor
    assert mean(lambda query: query.options[0] if query.options else "") <= floor
    assert mean(lambda query: query.prompt) == mean(lambda query: "der, die, das") == 0.0


@pytest.mark.parametrize("bank", [EASY, HARD], ids=["easy", "hard"])
def test_every_template_lists_its_options_and_hints_without_telling(bank):
    for name, item in drawn_items(bank):
        assert all(option in item.prompt for option in item.options), (name, item)
        assert not item.options or (item.answer in item.options and len(set(item.options)) == len(item.options))
        assert item.answer not in item.payload.hint.split() or item.answer in item.prompt, (name, item)
        assert "  " not in item.prompt and reward(item, item.answer) == 1.0
        for accepted in item.accepted:
            assert reward(item, accepted) == 1.0, (name, item, accepted)


@pytest.mark.parametrize(
    ("bank", "name", "wanted", "right", "wrong"),
    [
        (EASY, "article", "Haus", ["das", "Das.", '"das"'], ["der", "die", "das Haus", "der die das", ""]),
        (EASY, "article heard", "Katze von Anna", ["Das ist die Katze von Anna."], ["die", "Katze"]),
        (EASY, "to English", '"Hund"', ["dog", "the dog", "a dog", "Dog."], ["cat", "an dog", "dog or cat", "It means dog."]),
        (EASY, "to English", '"groß"', ["big", "large", "tall"], ["small", "to big"]),
        (EASY, "to German", '"dog"', ["Hund", "der Hund", "hund"], ["das Hund", "die Hunde", "dog"]),
        (EASY, "to German", '"child"', ["Kind", "das Kind"], ["die Kind", "Kinder"]),
        (EASY, "to German", '"to run"', ["laufen", "rennen"], ["läuft", "gehen"]),
        (EASY, "to German", '"car"', ["Auto", "Wagen", "der Wagen"], ["das Wagen"]),
        (EASY, "everyday", '"Monday"', ["Montag", "montag."], ["Mondtag", "Dienstag"]),
        (
            EASY,
            "first word",
            '"cat"',
            ["Katze", "die Katze", 'The German word for "cat" is "Katze."', 'The German word for "cat" is Katze'],
            ["der Katze", "The word is Katze", "Katze Katze", 'The German word for "cat" is not Katze', "Kater"],
        ),
        (EASY, "first word", '"three"', ["drei", "Drei.", 'The German word for "three" is "drei".'], ["3", "drei und vier"]),
        (
            EASY,
            "known word",
            'word "Katze"',
            ["cat", "a cat", 'The German word "Katze" means "cat" in English.', 'The German word "Katze" means cat'],
            [
                "Katze",
                "dog",
                "cat or dog",
                'The German word "Katze" means "cat" or "dog"',
                'The German word "Katze" means "katze" in German',
            ],
        ),
        (EASY, "number", 'word "sieben"?', ["7", "seven", "7."], ["8", "77"]),
        (HARD, "plural", '"das Haus"', ["Häuser", "die Häuser"], ["Hause", "das Häuser", "Häusern"]),
        (HARD, "past", '(Partizip II) of the German verb "sehen"', ["gesehen", "hat gesehen"], ["gesieht", "ist gesehen", "sah"]),
        (HARD, "past", '"er" in', ["{}", "er {}"], ["ich {}"]),
        (HARD, "adjective ending", "Wir sehen einen ___ Hund.", ["{}"], ["{}s", "einen {}"]),
    ],
)
def test_answers_by_hand(bank, name, wanted, right, wrong):
    item = item_of(bank, name, wanted)
    assert [answer for answer in right if reward(item, answer.format(item.answer)) != 1.0] == []
    assert [answer for answer in wrong if reward(item, answer.format(item.answer)) != 0.0] == []


def test_translations_accept_every_right_german_sentence():
    clause = Clause(NounPhrase("brother"), "bring", NounPhrase("lamp"), "past", negated=True)
    item = Item("The brother did not bring the lamp.", "Der Bruder brachte die Lampe nicht.", payload=Exercise("", clause))
    verb_last, fronted = "Der Bruder hat die Lampe nicht gebracht.", "Die Lampe brachte der Bruder nicht."
    for right in (item.answer, verb_last, fronted):
        assert reward(item, right) == 1.0, right
    tense, twice, gender = (
        "Der Bruder bringt die Lampe nicht.",
        "Der Bruder brachte nicht die Lampe nicht.",
        "Der Bruder brachte den Lampe nicht.",
    )
    for wrong in (tense, twice, gender, "Bruder"):
        assert reward(item, wrong) == 0.0, wrong
    for _, translation in drawn_items({"sentence": HARD["sentence"], "phrase": HARD["phrase"]}, 60):
        assert reward(translation, translation.answer.rstrip(".")) == 1.0, translation


def test_gaps_have_one_right_answer():
    """Nouns whose forms would let two articles pass are not asked for."""
    for _, item in drawn_items({"article by case": HARD["article by case"], "governed case": HARD["governed case"]}, 150):
        assert not any(word in item.prompt for word in ("Jungen", "Mädchen", "Messer", "Zimmer", "Bären")), item


def test_the_question_asks_for_what_is_wrong():
    """A sentence without sense has no mistake of grammar, and a false one neither."""
    asked = {"phrase": "makes sense", "meaning": "true sentence", "number": "true sentence"}
    for name, item in drawn_items({name: EASY[name] for name in EASY if name not in ("article", "to English", "to German")}):
        if len(item.options) == 2:
            assert asked.get(name, "without the mistake") in item.prompt, item
            assert item.options[0] in item.prompt.split("\n"), item


def test_wrong_sentences_are_wrong_in_every_sense():
    """Seven men are "sieben Mann" in a crew, "der Messer" is a gauge, and no child is said to "schlafen mit" anybody."""
    for name, item in drawn_items(EASY, 150):
        assert name != "plural heard" or not any(f" {word} " in item.prompt for word in ("Mann", "Uhr")), item
        assert name not in ("article", "article heard") or not any(word in item.prompt for word in (" Messer", " Hut")), item
        assert name != "agreement" or " mit " not in item.prompt, item
    for _, item in drawn_items({name: HARD[name] for name in ("auxiliary", "sentence", "article by case")}, 150):
        assert not any(word in item.prompt for word in ("geträumt", "gesungen", "paint", " Hut.")), item


@pytest.mark.parametrize("level", LEVELS)
def test_feedback_quotes_and_varies_and_only_the_correction_tells(level):
    world, asked = queries(level)
    openings = set()
    for query in asked:
        right = world.solve(query)
        answer = next((option for option in query.options if option != right), "Quatsch")
        said = world.grade(query, answer).feedback
        assert answer.rstrip(".") in said.diagnosis and right in said.correction
        assert len(right) < 5 or right in query.prompt or right not in said.verdict + said.diagnosis
        openings.add(said.diagnosis.split('"')[0])
    assert len(openings) >= 3


@pytest.mark.parametrize("answer", ["", "\0", "🙂", "x" * 100_000, "\u202eder", "\ud800", "der\n" * 500])
def test_any_string_is_graded(answer):
    for level in LEVELS:
        world, asked = queries(level)
        for query in asked[:30]:
            assert isinstance(query, Query) and world.grade(query, answer).reward == 0.0
