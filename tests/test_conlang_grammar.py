"""The drawn languages: every rule does what the rulebook says, checked on languages set up by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clgym.envs.bilingual import english
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import KINDS, Clause, NounPhrase, Place, Relative
from clgym.envs.conlang.compare import words_of
from clgym.envs.conlang.grammar import ORDERS, Affix, Particle, rules_of
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.render import canonical, readings, render
from clgym.registry import make_world
from clgym.seeding import seed_of

ROOTS = {
    "dog": "miru",
    "cat": "tasa",
    "woman": "belo",
    "tree": "koda",
    "red": "nuka",
    "see": "vami",
    "sleep": "rofu",
    "under": "sute",
    "happy": "lapo",
    "hunt": "pigu",
}


def language(**changes):
    """A level-3 language whose words are known; every rule that a test does not set is off or the plainest."""
    drawn = make_world("CL-Conlang-v0", level=3).language
    plain = {
        "roots": {concept: (root,) for concept, root in ROOTS.items()},
        "digits": {1: "ba", 2: "be", 3: "bi", 4: "bo", 5: "bu"},
        "base": 5,
        "largest": 24,
        "big_first": True,
        "order": "SVO",
        "adjective_first": True,
        "number_first": True,
        "possessor_first": True,
        "relative_first": False,
        "postpositions": False,
        "place_first": False,
        "place_free": False,
        "place_case": "plain",
        "concord": False,
        "cases": {"object": Affix("ka", "suffix"), "owner": Affix("po", "suffix")},
        "plural": Affix("ne", "suffix"),
        "plural_after_number": True,
        "tenses": {"past": Affix("du", "suffix"), "future": Affix("fi", "prefix")},
        "agreement": "number",
        "agreement_affixes": {"plural": Affix("so", "suffix")},
        "classes": {},
        "class_affixes": (),
        "negation": Particle("zo", "before"),
        "question": Particle("ki", "end"),
        "relativizer": "ja",
        "harmony": False,
        "irregular": {},
        "derivations": {"agent": Affix("ro", "suffix"), "opposite": Affix("mu", "prefix"), "young": Affix("ti", "suffix")},
    }
    return replace(drawn, **{**plain, **changes})


def said(meaning, **changes) -> str:
    return canonical(render(language(**changes), meaning)[0])


DOG, CAT, TREE = NounPhrase("dog"), NounPhrase("cat"), NounPhrase("tree")
SEES = Clause(DOG, "see", CAT)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("SOV", "miru tasaka vami"),
        ("SVO", "miru vami tasaka"),
        ("VSO", "vami miru tasaka"),
        ("VOS", "vami tasaka miru"),
        ("OVS", "tasaka vami miru"),
        ("OSV", "tasaka miru vami"),
    ],
)
def test_the_six_word_orders(order, sentence):
    assert order in ORDERS
    assert said(SEES, order=order) == sentence


@pytest.mark.parametrize(
    ("meaning", "changes", "expected"),
    [
        (NounPhrase("dog", ("red",)), {}, "nuka miru"),
        (NounPhrase("dog", ("red",)), {"adjective_first": False}, "miru nuka"),
        (NounPhrase("dog", ("red",), "plural", count=3), {}, "bi nuka mirune"),
        (NounPhrase("dog", ("red",), "plural", count=3), {"number_first": False, "plural_after_number": False}, "nuka miru bi"),
        (NounPhrase("dog", number="plural"), {"plural": Affix("", "copy")}, "mimiru"),
        (NounPhrase("dog", number="plural"), {"plural": Affix("ne", "prefix")}, "nemiru"),
        (NounPhrase("dog", number="plural"), {"irregular": {("dog", "plural"): "gapu"}}, "gapu"),
        (NounPhrase("dog", possessor=NounPhrase("woman")), {}, "belopo miru"),
        (NounPhrase("dog", possessor=NounPhrase("woman")), {"possessor_first": False}, "miru belopo"),
        (NounPhrase("dog", relative=Relative("see", CAT, "past")), {}, "miru ja vamidu tasaka"),
        (NounPhrase("dog", relative=Relative("see", CAT)), {"order": "SOV", "relative_first": True}, "ja tasaka vami miru"),
        (Clause(DOG, "see", NounPhrase("cat", ("red",))), {"concord": True}, "miru vami nukaka tasaka"),
        (Clause(NounPhrase("dog", number="plural"), "see", CAT, "past"), {}, "mirune vamiduso tasaka"),
        (Clause(DOG, "see", CAT, "future"), {}, "miru fivami tasaka"),
        (Clause(DOG, "see", CAT, "past"), {"irregular": {("see", "past"): "gapu"}}, "miru gapu tasaka"),
        (Clause(DOG, "see", CAT, negated=True), {}, "miru zo vami tasaka"),
        (Clause(DOG, "see", CAT, negated=True), {"negation": Particle("zo", "end")}, "miru vami tasaka zo"),
        (Clause(DOG, "see", CAT, negated=True), {"negation": Affix("zo", "prefix")}, "miru zovami tasaka"),
        (Clause(DOG, "sleep", question=True), {}, "miru rofu ki"),
        (Clause(DOG, "sleep", question=True, negated=True), {"negation": Particle("zo", "end")}, "miru rofu zo ki"),
        (Clause(DOG, "sleep", question=True), {"question": Particle("ki", "start")}, "ki miru rofu"),
        (Clause(DOG, "sleep", place=Place("under", TREE)), {}, "miru rofu sute koda"),
        (
            Clause(DOG, "sleep", place=Place("under", TREE)),
            {"postpositions": True, "place_case": "owner", "place_first": True},
            "kodapo sute miru rofu",
        ),
        (NounPhrase("hunter"), {}, "piguro"),
        (NounPhrase("puppy", ("unhappy",)), {}, "mulapo miruti"),
    ],
)
def test_rules_of_form_and_place(meaning, changes, expected):
    assert said(meaning, **changes) == expected


def test_classes_show_on_adjectives_and_verbs():
    rules = {
        "classes": {kind: int(kind != "animal") for kind in KINDS},
        "agreement": "class",
        "class_affixes": (Affix("la", "suffix"), Affix("gi", "suffix")),
        "agreement_affixes": {"0": Affix("re", "suffix"), "1": Affix("su", "suffix")},
    }
    assert said(NounPhrase("dog", ("red",)), **rules) == "nukala miru"
    assert said(NounPhrase("tree", ("red",)), **rules) == "nukagi koda"
    assert said(SEES, **rules) == "miru vamire tasaka"
    assert said(Clause(NounPhrase("woman"), "see", CAT), **rules) == "belo vamisu tasaka"


def test_harmony_changes_the_vowels_of_affixes_and_not_of_stems():
    base = language(harmony=True)
    sounds = replace(base.phonology, front="ei", back="aou")
    assert canonical(render(replace(base, phonology=sounds), SEES)[0]) == "miru vami tasaka"
    case = {"object": Affix("ki", "suffix"), "owner": Affix("po", "suffix")}
    assert canonical(render(replace(base, phonology=sounds, cases=case), SEES)[0]) == "miru vami tasako"


def test_both_places_are_accepted_where_the_language_leaves_it_free():
    orders = render(language(place_free=True), Clause(DOG, "sleep", place=Place("under", TREE)))
    assert {canonical(order) for order in orders} == {"miru rofu sute koda", "sute koda miru rofu"}


@pytest.mark.parametrize(
    ("big_first", "expected"),
    [
        (True, {4: "bo", 5: "bu", 7: "bu be", 10: "be bu", 13: "be bu bi"}),
        (False, {4: "bo", 5: "bu", 7: "be bu", 10: "bu be", 13: "bi bu be"}),
    ],
)
def test_number_words(big_first, expected):
    tongue = language(big_first=big_first)
    assert {number: " ".join(tongue.number_words(number)) for number in expected} == expected
    assert len({tuple(tongue.number_words(number)) for number in range(1, 25)}) == 24


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (NounPhrase("woman", ("red",), "plural", count=42), "the forty-two red women"),
        (NounPhrase("dog", possessor=NounPhrase("woman")), "the woman's dog"),
        (NounPhrase("egg", definite=False), "an egg"),
        (NounPhrase("man", ("honest",), definite=False), "an honest man"),
        (NounPhrase("hat", possessor=NounPhrase("princess")), "the princess's hat"),
        (NounPhrase("hat", possessor=NounPhrase("king", number="plural")), "the kings' hat"),
        (NounPhrase("hat", possessor=NounPhrase("woman", number="plural")), "the women's hat"),
        (Clause(DOG, "see", CAT, "past", negated=True, place=Place("under", TREE)), "The dog did not see the cat under the tree."),
        (Clause(NounPhrase("dog", number="plural"), "see", CAT, question=True), "Do the dogs see the cat?"),
        (
            Clause(NounPhrase("dog", relative=Relative("see", CAT, "past")), "sleep", tense="future"),
            "The dog that saw the cat will sleep.",
        ),
    ],
)
def test_english(meaning, expected):
    assert english.render(meaning, CONCEPTS) == expected
    assert english.renderings(meaning, CONCEPTS)[0] == expected


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("index", [0, 1])
def test_every_line_that_a_couplet_may_have_is_parsed(level, index):
    world = make_world("CL-Conlang-v0", level=level, world=index)
    known = readings(world.language)
    for place in seed_of("parse", level).draw().sample(range(world.pools["transfer/poetry"]), 12):
        for line in world.solve(world.query("transfer/poetry", place)).split("\n"):
            meaning = parse(world.language, known, line)
            assert meaning is not None, line
            assert any(words_of(line) == words_of(canonical(order)) for order in render(world.language, meaning))
            assert parse(world.language, known, " ".join(reversed(line.split()))) != meaning
            assert parse(world.language, known, line + " " + line) is None


def test_worlds_draw_all_word_orders_and_differ_in_most_rules():
    worlds = [make_world("CL-Conlang-v0", level=3, world=index) for index in range(30)]
    assert {world.language.order for world in worlds} == set(ORDERS)
    rules = [dict(rules_of(world.language)) for world in worlds[:6]]
    for place, first in enumerate(rules):
        for second in rules[place + 1 :]:
            names = first.keys() & second.keys()
            assert sum(first[name] == second[name] for name in names) < len(names) / 2


@pytest.mark.parametrize(("level", "roots"), [(0, 22), (1, 76), (2, 142), (3, 206)])
def test_roots_are_many_and_distinct(level, roots):
    tongue = make_world("CL-Conlang-v0", level=level, world=5).language
    words = [root for synonyms in tongue.roots.values() for root in synonyms] + list(tongue.digits.values())
    assert len(tongue.roots) >= roots
    assert len(set(words)) == len(words)
    assert not set(words) & set(CONCEPTS)
