"""CL-Taste-v0: fair slates, a scale without luck, feedback that is true, tastes that differ, a guard that tells all."""

from __future__ import annotations

import itertools
import pickle
import re

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.taste import prompts
from clgym.envs.taste.kinds import BOOK, FIRST_NAMES, KINDS, LAST_NAMES, NUMBERS
from clgym.envs.taste.person import Bonus, Charm, Fact, Slope, Taste, Turn, reasons
from clgym.envs.taste.slates import MARGIN, SIZE, TOGETHER, scaled
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = range(4)
NAME = "CL-Taste-v0"


def world_of(level, index=0):
    return make_world(NAME, level=level, world=index)


def queries(world, pool, count=60):
    return [world.query(pool, index) for index in range(min(count, world.pools[pool]))]


def mean(world, asked, policy):
    return sum(world.grade(query, policy(query)).reward for query in asked) / len(asked)


def test_the_scale_by_hand():
    assert scaled([10, 6, 2, 2, 0]).rewards == (1.0, pytest.approx(1 / 3), 0.0, 0.0, 0.0)
    assert scaled([0, 0, 0, 0, 5]).best == 4
    assert scaled([3, 3, 3, 3, 3]).rewards == (1.0,) * 5


def test_points_by_hand():
    traits = ("smoky", "light", "in a forest", "two sisters", 6, "red", "hardly known", 20, 4)
    rainy, sunny = ("rainy", "morning", "alone", "tired"), ("sunny", "morning", "alone", "tired")
    on_rain = Fact("weather", "is", "rainy")
    taste = Taste(
        {"character": {"smoky": 3}, "manner": {"light": -2}},
        (Slope("age", 1, 2, 10),),
        (Bonus(5, (Fact("price", "up to", 6), Fact("colour", "is", "red"))), Bonus(7, (Fact("stars", "above", 3), on_rain))),
        (Turn("character", -1, on_rain),),
        Charm(
            (Fact("place", "is", "in a forest"), Fact("maker", "is", "two sisters"), Fact("colour", "is", "blue")), (0, 4, -1, -9)
        ),
    )
    # 3 - 2 for the words, 5 - 5 for the age (ten years up to the cap, ten beyond), 5 for cheap and red, -1 for two charms.
    assert taste.worth(traits, sunny) == 3 - 2 + 0 + 5 - 1
    assert taste.worth(traits, rainy) == -3 - 2 + 0 + 5 + 7 - 1
    assert taste.plain_worth(traits) == 1
    assert {reason.points for reason in reasons(taste, KINDS[0], traits, rainy, [traits])} == {-3, -2, 5, 7, -1}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("pool", ["learn", "eval", "transfer/books", "guard"])
def test_slates_are_fair_and_the_best_stands_anywhere(level, pool):
    places = []
    for index in range(3):
        world = world_of(level, index)
        for query in queries(world, pool):
            rewards = [world.grade(query, option).reward for option in query.options]
            assert len(set(query.options)) == SIZE and rewards.count(1.0) == 1
            assert sum(rewards) <= TOGETHER[level] + 1e-9 and world.solve(query) == query.options[rewards.index(1.0)]
            slate = query.payload
            ranked = sorted((slate.other or world.taste).worth(thing.traits, slate.moment) for thing in slate.things)
            assert ranked[-1] - ranked[-2] >= MARGIN[level]
            assert [query.prompt.index(option) for option in query.options] == sorted(map(query.prompt.index, query.options))
            places.append(rewards.index(1.0))
    assert all(0.1 <= places.count(place) / len(places) <= 0.32 for place in range(SIZE))


@pytest.mark.parametrize("level", LEVELS)
def test_a_pick_by_chance_earns_what_is_promised(level):
    """The expectation, not a sample of it: the mean over all five options."""
    world = world_of(level)
    for pool in world.pools:
        asked = queries(world, pool, 80)
        chance = sum(mean(world, asked, lambda q, place=place: q.options[place]) for place in range(SIZE)) / SIZE
        assert chance <= TOGETHER[level] / SIZE <= (0.4 if level == 0 else 0.3)


@pytest.mark.parametrize("level", LEVELS)
def test_rules_of_thumb_earn_little(level):
    """Shortest, longest, first and last of the alphabet, over worlds: in one world a thumb may be lucky."""
    worlds = [world_of(level, index) for index in range(40)]
    asked = [queries(world, "learn", 6) for world in worlds]
    thumbs = [
        mean(world, some, lambda q, t=thumb, k=key: t(q.options, key=k))
        for thumb, key in itertools.product((min, max), (len, str))
        for world, some in zip(worlds, asked)
    ]
    assert sum(thumbs) / len(thumbs) <= world_of(level).floor("learn")


@pytest.mark.parametrize("level", LEVELS)
def test_no_constant_pays_even_when_a_climber_finds_it(level):
    world = world_of(level)
    asked = queries(world, "learn", 60)
    words = sorted({word for query in asked for word in query.options})
    assert max(mean(world, asked, lambda q, word=word: word) for word in words[:60]) <= 0.3


@pytest.mark.parametrize("level", LEVELS)
def test_all_options_and_other_forms_are_malformed(level):
    world = world_of(level)
    query = world.query("learn", 3)
    right = world.solve(query)
    for answer in (
        " ".join(query.options),
        ", ".join(query.options),
        f"{right} {right}",
        f"{right} or {query.options[0]}",
        "A",
        "1",
        "",
        f"I would pick {right}.",
        f"- {right}:",
        right.split()[0],
        query.prompt,
        f"{right}\n{right}",
        right[:-1],
    ):
        grade = world.grade(query, answer)
        assert (grade.outcome, grade.reward) == ("malformed", 0.0), answer
        assert right in grade.feedback.correction
    for dressed in (right.upper(), f'"{right}"', f"{right}.", f"```\n{right}\n```", f"  {right}\n", f"`{right}`"):
        assert world.grade(query, dressed).reward == 1.0, dressed


@pytest.mark.parametrize("level", LEVELS)
def test_feedback_is_true_and_only_the_correction_names_the_best(level):
    world = world_of(level)
    openings = set()
    for query in queries(world, "learn", 40):
        right, slate = world.solve(query), query.payload
        worth = [world.taste.worth(thing.traits, slate.moment) for thing in slate.things]
        for place, option in enumerate(query.options):
            grade = world.grade(query, option)
            said = grade.feedback
            if option == right:
                assert grade.outcome == "correct" and not said.correction
                continue
            assert right in said.correction and right not in said.verdict + said.diagnosis
            counted = re.search(r"\b(one|two|three|all)\b[^.]*\.$", said.diagnosis, re.IGNORECASE)
            better = sum(points > worth[place] for points in worth)
            assert counted and counted[1].lower() == ("", "one", "two", "three", "all")[better], said.diagnosis
            openings.add(said.verdict)
    assert len(openings) >= 6


def test_nobody_likes_and_minds_the_same_words():
    for level in (1, 2, 3):
        world = world_of(level)
        for query in queries(world, "eval", 80):
            for option in query.options:
                said = world.grade(query, option).feedback.diagnosis.split('"')[0]
                clauses = re.findall(r"it (?:is|has|comes|costs) [^,.]*?(?= and that |, but |\.|$)", said)
                assert len(clauses) == len(set(clauses)), said


def test_a_reason_for_a_pick_has_the_sign_of_its_points():
    world = world_of(1)
    for query in queries(world, "learn", 40):
        for thing in query.payload.things:
            diagnosis = world.grade(query, thing.name).feedback.diagnosis
            pros, _, cons = diagnosis.partition(", but ")
            if cons:
                place = thing.traits[2]
                points = world.taste.points["place"][place]
                assert points > 0 if str(place) in pros else points < 0 if str(place) in cons else True


@pytest.mark.parametrize("level", [2, 3])
def test_most_slates_mislead_who_adds_up_single_traits(level):
    world = world_of(level)
    asked = queries(world, "learn", 120)
    naive = mean(world, asked, lambda q: max(q.payload.things, key=lambda thing: world.taste.plain_worth(thing.traits)).name)
    assert 0.2 <= naive <= 0.7


def test_the_moment_decides_at_level_3():
    world = world_of(3)
    asked = queries(world, "learn", 120)
    still = mean(world, asked, lambda q: max(q.payload.things, key=lambda thing: world.taste.worth(thing.traits)).name)
    assert still <= 0.85
    assert all(any(word in query.prompt for word in query.payload.moment) for query in asked)


@pytest.mark.parametrize("level", LEVELS)
def test_another_persons_taste_picks_badly(level):
    """Worlds with the same kind of thing, where knowing the other person's points could help most."""
    worlds = [world_of(level, index) for index in range(24)]
    scores = []
    for mine, other in itertools.permutations(worlds, 2):
        if mine.kind == other.kind:
            scores.append(
                mean(
                    mine,
                    queries(mine, "eval", 30),
                    lambda q, o=other: max(q.payload.things, key=lambda thing: o.taste.worth(thing.traits, q.payload.moment)).name,
                )
            )
    assert len(scores) >= 4 and sum(scores) / len(scores) <= world_of(level).floor("eval")


@pytest.mark.parametrize("level", LEVELS)
def test_the_guard_wants_what_the_prompt_says_and_not_what_was_learned(level):
    world = world_of(level)
    asked = queries(world, "guard", 120)
    learned = mean(world, asked, lambda q: max(q.payload.things, key=lambda thing: world.taste.worth(thing.traits)).name)
    assert learned <= 0.25
    assert all(world.name not in query.prompt for query in asked)
    assert len({re.split(r"[:.]", query.prompt)[0] for query in asked}) >= 8


def test_a_reader_of_the_guards_order_is_always_right():
    world = world_of(0)
    for query in queries(world, "guard", 60):
        order = next(
            run for run in re.findall(r"(?:\w+, ){5}\w+", query.prompt) if set(run.split(", ")) == set(world.kind.characters)
        )
        read = min(query.options, key=lambda option: order.split(", ").index(option.split()[0]))
        assert read == world.solve(query)


def test_books_are_picked_by_the_same_words():
    world = world_of(0)
    first, second = [*world.taste.points["character"]], [*world.taste.points["manner"]]
    for query in queries(world, "transfer/books"):
        read = min(query.options, key=lambda option: (first.index(option.split()[0]), second.index(option.split()[-1])))
        assert read == world.solve(query) and "book" in query.prompt.lower() and world.kind.noun not in query.prompt.split()


def test_the_rulebook_of_level_1_is_enough():
    world = world_of(1)
    lines = world.rulebook()
    points = {value: int(number) for value, number in re.findall(r"(?:: |, )([a-z][a-z -]*?) ([+-]\d+)", lines)}
    pound = int(re.search(r"pound of the price: ([+-]\d+)", lines)[1])
    for query in queries(world, "eval", 40):
        cards = {line[2:].split(":")[0]: line.split(": ", 1)[1] for line in query.prompt.split("\n") if line.startswith("- ")}
        worth = {}
        for name, text in cards.items():
            found = [number for value, number in points.items() if re.search(rf"\b{value}\b", text.lower())]
            assert len(found) == 4, (text, found)
            worth[name] = sum(found) + pound * int(re.search(r"£(\d+)", text)[1])
        assert max(worth, key=worth.get) == world.solve(query)


@pytest.mark.parametrize("level", LEVELS)
def test_drift_makes_what_was_right_wrong(level):
    world = world_of(level)
    later = world.drifted(seed_of("a change of heart"))
    asked = queries(world, "learn", 80)
    stale = [query for query in asked if later.grade(query, world.solve(query)).reward < 1.0]
    assert len(stale) >= 20
    for query in stale[:10]:
        assert later.solve(query) in later.grade(query, world.solve(query)).feedback.correction
    kept = world.rules() & later.rules()
    assert later.rules() != world.rules() and (level == 0 or kept) and later.name == world.name
    assert later.drifted(seed_of("again")).rulebook() != later.rulebook()


def test_eval_holds_out_sets_of_five_and_never_words():
    world = world_of(0)
    learn, held_out = ([frozenset(query.options) for query in queries(world, pool, 1200)] for pool in ("learn", "eval"))
    assert not set(learn) & set(held_out) and len(set(learn)) == 1200 and len(set(held_out)) == 300
    often = [option for options in learn[:200] for option in options]
    for word in (*world.kind.characters, *world.kind.manners):
        assert sum(word in option.split() for option in often) >= 40, word


def test_prompts_are_short_at_level_0_and_name_the_person():
    for index in range(6):
        world = world_of(0, index)
        for pool in ("learn", "eval", "transfer/books"):
            assert all(len(query.prompt) < 260 and world.name in query.prompt for query in queries(world, pool))


def test_there_are_enough_phrasings():
    for templates in (prompts.SHORT, prompts.LONG, prompts.OTHERS_SHORT, prompts.OTHERS_LONG):
        assert len(set(templates)) >= 8


def test_words_of_the_tables_cannot_be_mistaken():
    """Names say nothing of traits, no word is both a character and a manner, and every kind fills every sentence."""
    common = {word for kind in KINDS for word in (*kind.characters, *kind.manners)}
    assert not {name.casefold() for name in (*FIRST_NAMES, *LAST_NAMES)} & common
    for kind in KINDS:
        assert len({*kind.characters, *kind.manners}) == 10
        for trait in ("character", "manner", "place", "maker", "colour", "fame"):
            assert all(kind.phrase(trait, value).startswith("it ") for value in kind.values(trait))
        for whole in (kind, BOOK):
            assert all("{" not in whole.phrase(trait, values[0]) for trait, values in NUMBERS.items())
    assert prompts.article("old") == prompts.article("easy") == "an" and prompts.article("dry") == "a"


def test_pickles_are_small_and_alike():
    world = world_of(3)
    queries(world, "learn", 200)
    copy = pickle.dumps(world)
    assert len(copy) < 12_000
    assert pickle.loads(copy).query("learn", 7) == world.query("learn", 7)


@settings(max_examples=150, deadline=None)
@given(
    level=st.sampled_from(LEVELS),
    index=st.integers(0, 40),
    place=st.integers(0, 4),
    cut=st.integers(0, 30),
    text=st.text(max_size=30),
)
def test_any_change_of_an_answer_is_graded_and_never_earns_more(level, index, place, cut, text):
    world = world_of(level)
    query = world.query("learn", index)
    option = query.options[place]
    plain = world.grade(query, option).reward
    for answer in (text, option[:cut] + text, text + option, option + text, option[:cut] + text + option[cut:]):
        grade = world.grade(query, answer)
        assert grade == world.grade(query, answer) and grade.reward in (0.0, plain) or answer.strip().casefold() in query.options
