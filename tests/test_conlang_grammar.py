"""The drawn languages: every rule does what the rulebook says, checked on languages set up by hand; what is said is read back."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from clgym.envs.bilingual import english, german
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import KINDS, Clause, NounPhrase, Place, Relative
from clgym.envs.conlang.analysis import Analyser, Reading
from clgym.envs.conlang.catalogue import ORDERS, RULES, rules_at
from clgym.envs.conlang.english_reader import read_english
from clgym.envs.conlang.german_reader import read_german
from clgym.envs.conlang.grammar import Language, drawn_rules, rules_of
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.phonology import MUTATIONS, Affix, Sounds
from clgym.envs.conlang.render import render
from clgym.envs.conlang.undoing import stems_of
from clgym.registry import make_world
from clgym.seeding import seed_of

N = NounPhrase
ROOTS = {
    "dog": "miru", "cat": "tasa", "woman": "belo", "tree": "koda", "red": "nukam", "see": "vami", "sleep": "rofu", "under": "sute",
    "happy": "lapo", "hunt": "pigu", "he": "zugo", "they": "fena", "who": "dosi", "what": "kalu",
}  # fmt: skip
PLAIN = {
    "adjective": "before", "number": "before", "order": "SVO", "marking": "object", "concord": "no", "and": "between", "base": "5",
    "larger": "first", "question": "end", "elision": "none", "counted": "plural", "owner": "before", "adposition": "before",
    "place": "after", "ground": "plain", "negation": "before", "asking": "place", "agreement": "number", "mutation": "voicing",
    "mutates": "none", "relative": "after", "harmony": "",
}  # fmt: skip
AFFIXES = {
    "case": "-ka", "owner": "-po", "plural": "-ne", "past": "-du", "future": "fi-", "progressive": "-ga", "agreement/plural": "-so",
    "derive/agent": "-ro", "derive/opposite": "mu-", "derive/young": "-ti",
}  # fmt: skip


def affix(text: str) -> Affix:
    return Affix(text.strip("-"), "copy" if not text else "suffix" if text.startswith("-") else "prefix")


def language(affixes=(), roots=(), sounds=(), classes=(), irregular=(), **rules) -> Language:
    """A level-3 language whose words are known; every rule that a test does not set is the plainest."""
    chosen = PLAIN | rules
    return Language(
        "Velan", 3, replace(Sounds("mt", "n", chosen["elision"], chosen["harmony"], chosen["mutation"]), **dict(sounds)), chosen,
        {key: affix(text) for key, text in (AFFIXES | dict(affixes)).items()},
        {"and": "wa", "question": "ki", "negation": "zo", "that": "ja"},
        {concept: (root,) for concept, root in (ROOTS | dict(roots)).items()}, {1: "ba", 2: "be", 3: "bi", 4: "bo", 5: "bu"}, 24,
        dict(classes), dict(irregular), False, (1, 2),
    )  # fmt: skip


def said(meaning, **changes) -> str:
    return render(language(**changes), meaning).text


DOG, CAT, TREE, DOGS = N("dog"), N("cat"), N("tree"), N("dog", number="plural")
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


FORMS = [
    (N("dog", ("red",)), {}, "nukam miru"),
    (N("dog", ("red",)), {"adjective": "after"}, "miru nukam"),
    (N("dog", ("red",), "plural", count=3), {}, "bi nukam mirune"),
    (N("dog", ("red",), "plural", count=3), {"number": "after", "counted": "singular"}, "nukam miru bi"),
    (DOGS, {"affixes": {"plural": ""}}, "mimiru"),
    (DOGS, {"affixes": {"plural": "ne-"}}, "nemiru"),
    (DOGS, {"irregular": {"dog/plural": "gapu"}}, "gapu"),
    (N("dog", possessor=N("woman")), {}, "belopo miru"),
    (N("dog", possessor=N("woman")), {"owner": "after"}, "miru belopo"),
    (N("dog", relative=Relative("see", CAT, "past")), {}, "miru ja vamidu tasaka"),
    (N("dog", relative=Relative("see", CAT)), {"order": "SOV", "relative": "before"}, "ja tasaka vami miru"),
    (Clause(DOG, "see", N("cat", ("red",))), {"concord": "yes"}, "miru vami nukamka tasaka"),
    (Clause(DOGS, "see", CAT, "past"), {}, "mirune vamiduso tasaka"),
    (Clause(DOG, "see", CAT, "future"), {}, "miru fivami tasaka"),
    (Clause(DOG, "hunt", CAT, "past", aspect="progressive"), {}, "miru piguduga tasaka"),
    (Clause(DOG, "see", CAT, "past"), {"irregular": {"see/past": "gapu"}}, "miru gapu tasaka"),
    (Clause(DOG, "see", CAT, negated=True), {}, "miru zo vami tasaka"),
    (Clause(DOG, "see", CAT, negated=True), {"negation": "end"}, "miru vami tasaka zo"),
    (Clause(DOG, "see", CAT, negated=True), {"negation": "affix", "affixes": {"negation": "zo-"}}, "miru zovami tasaka"),
    (Clause(DOG, "sleep", question=True), {}, "miru rofu ki"),
    (Clause(DOG, "sleep", question=True, negated=True), {"negation": "end"}, "miru rofu zo ki"),
    (Clause(DOG, "sleep", question=True, negated=True), {"negation": "after", "question": "after"}, "miru rofu zo ki"),
    (Clause(DOG, "sleep", question=True), {"question": "start"}, "ki miru rofu"),
    (Clause(DOG, "sleep", place=Place("under", TREE)), {}, "miru rofu sute koda"),
    (
        Clause(DOG, "sleep", place=Place("under", TREE)),
        {"adposition": "after", "ground": "owner", "place": "before"},
        "kodapo sute miru rofu",
    ),
    # case systems
    (SEES, {"marking": "actor"}, "miruka vami tasa"),
    (Clause(DOG, "sleep"), {"marking": "actor"}, "miru rofu"),
    (SEES, {"marking": "living"}, "miru vami tasaka"),
    (Clause(DOG, "see", TREE), {"marking": "living"}, "miru vami koda"),
    # pronouns, coordination, questions for somebody
    (Clause(N("he"), "see", N("they", number="plural")), {}, "zugo vami fenaka"),
    (Clause(N("dog", also=CAT), "sleep"), {}, "miru wa tasa rofuso"),
    (Clause(DOG, "see", N("cat", also=TREE)), {"and": "last"}, "miru vami tasaka kodaka wa"),
    (Clause(DOG, "see", N("what")), {}, "miru vami kaluka"),
    (Clause(DOG, "see", N("what")), {"asking": "front"}, "kaluka miru vami"),
    (Clause(N("who"), "see", CAT), {"asking": "front", "order": "VSO"}, "dosi vami tasaka"),
    # allomorphy
    (SEES, {"affixes": {"case": "-ik"}, "elision": "stem"}, "miru vami tasik"),
    (SEES, {"affixes": {"case": "-ik"}, "elision": "affix"}, "miru vami tasak"),
    (SEES, {"affixes": {"case": "-ik"}}, "miru vami tasaik"),
    (N("dog", number="plural"), {"harmony": "ei", "affixes": {"plural": "-ne"}}, "miruna"),
    (Clause(DOG, "see", CAT), {"mutates": "case"}, "miru vami dasaka"),
    (Clause(N("woman"), "hunt", CAT, "past"), {"mutates": "past", "mutation": "nasal"}, "belo migudu tasaka"),
    # two words for one of ours, derived words
    (N("dog", ("happy",)), {"roots": {"happy+": "seko"}}, "seko miru"),
    (N("hunter"), {}, "piguro"),
    (N("puppy", ("unhappy",)), {}, "mulapo miruti"),
]


@pytest.mark.parametrize(("meaning", "changes", "expected"), FORMS, ids=[expected for _, _, expected in FORMS])
def test_rules_of_form_and_place(meaning, changes, expected):
    assert said(meaning, **changes) == expected


@pytest.mark.parametrize(("meaning", "changes", "expected"), FORMS, ids=[expected for _, _, expected in FORMS])
def test_what_is_said_is_read_back(meaning, changes, expected):
    tongue = language(**changes)
    assert meaning in list(parse(tongue, Analyser(tongue), expected))


def test_classes_show_on_adjectives_and_verbs():
    rules = {
        "classes": {kind: int(kind != "animal") for kind in KINDS},
        "affixes": {"class/0": "-la", "class/1": "-gi", "agreement/0": "-re", "agreement/1": "-su"},
    }
    assert said(N("dog", ("red",)), **rules) == "nukamla miru"
    assert said(N("tree", ("red",)), **rules) == "nukamgi koda"
    assert said(SEES, agreement="class", **rules) == "miru vamire tasaka"
    assert said(Clause(DOG, "see", N("tree")), agreement="object", **rules) == "miru vamisu kodaka"
    assert said(Clause(N("woman"), "sleep"), agreement="object", **rules) == "belo rofusu"


@pytest.mark.parametrize(
    ("larger", "expected"),
    [
        ("first", {4: "bo", 5: "bu", 7: "bu be", 10: "be bu", 13: "be bu bi"}),
        ("last", {4: "bo", 5: "bu", 7: "be bu", 10: "bu be", 13: "bi bu be"}),
    ],
)
def test_number_words(larger, expected):
    tongue = language(larger=larger)
    assert {number: " ".join(tongue.number_words(number)) for number in expected} == expected
    assert len(tongue.number_values) == 24


@pytest.mark.parametrize("elision", ["stem", "affix", "none"])
@pytest.mark.parametrize("harmony", ["", "ei", "ou"])
@pytest.mark.parametrize("mutation", list(MUTATIONS))
def test_whatever_is_joined_comes_apart_again(elision, harmony, mutation):
    sounds = Sounds("mt", "n", elision, harmony, mutation)
    for stem in ("miru", "tasokan", "pegi"):
        for chain in (["-ka"], ["-ik"], ["fi-", "-ot"], ["", "-en"], ["-so", "-ap", "ru-"]):
            affixes = [affix(text) for text in chain]
            form = sounds.mutated(stem)
            for each in affixes:
                form = sounds.attach(each, form)
            assert stem in stems_of(sounds, affixes, form, True), form


@functools.cache
def world_of(level: int, index: int = 1):
    return make_world("CL-Conlang-v0", level=level, world=index)


@pytest.mark.parametrize("level", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_every_word_of_a_right_answer_is_taken_apart_as_it_was_put_together(level):
    world = world_of(level)
    for index in range(40):
        for slot in world.query("eval", index).payload.rendering.order:
            keys = tuple(key for key in slot.keys if key in world.language.affixes or key == "negation")
            assert Reading(slot.lexeme, keys) in world.bench.analyser.readings(slot.forms[0])


@pytest.mark.parametrize("level", [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_what_prompts_say_is_read_back(level):
    world = world_of(level, 2)
    for index in range(60):
        meaning = world.query("eval", index).payload.meaning
        assert read_english(english.render(meaning, WORDS)) == meaning
        meaning = world.query("guard", index).payload.meaning
        assert read_german(german.render(meaning)[0]) == meaning
    for reader in (read_english, read_german):
        with pytest.raises(ValueError, match="CL-Conlang"):
            reader("the dog the the")


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        (N("woman", ("red",), "plural", count=42), "the forty-two red women"),
        (N("dog", possessor=N("woman")), "the woman's dog"),
        (N("egg", definite=False), "an egg"),
        (N("man", ("honest",), definite=False), "an honest man"),
        (N("hat", possessor=N("princess")), "the princess's hat"),
        (N("hat", possessor=N("king", number="plural")), "the kings' hat"),
        (Clause(DOG, "see", CAT, "past", negated=True, place=Place("under", TREE)), "The dog did not see the cat under the tree."),
        (Clause(DOGS, "see", CAT, question=True), "Do the dogs see the cat?"),
        (Clause(N("dog", relative=Relative("see", CAT, "past")), "sleep", tense="future"), "The dog that saw the cat will sleep."),
        (Clause(DOG, "hunt", CAT, aspect="progressive"), "The dog is hunting the cat."),
        (Clause(N("I"), "hunt", N("they", number="plural"), "past", True, aspect="progressive"), "I was not hunting them."),
        (Clause(N("I"), "hunt", CAT, question=True, aspect="progressive"), "Am I hunting the cat?"),
        (Clause(N("you"), "run", tense="future", aspect="progressive"), "You will be running."),
        (Clause(N("dog", also=N("he")), "run", aspect="progressive"), "The dog and he are running."),
        (Clause(N("who"), "see", CAT, negated=True), "Who does not see the cat?"),
        (Clause(DOGS, "see", N("what"), "past"), "What did the dogs see?"),
        # a place behind a relative clause would seem to be in it
        (
            Clause(DOG, "see", N("cat", relative=Relative("hunt", DOG)), place=Place("under", TREE)),
            "Under the tree the dog sees the cat that hunts the dog.",
        ),
    ],
)
def test_english(meaning, expected):
    assert english.render(meaning, CONCEPTS | {name: WORDS[name] for name in ("I", "you", "he", "they", "who", "what")}) == expected


def test_every_value_of_every_rule_is_drawn_and_worlds_differ_in_most():
    drawn = [drawn_rules(seed_of("drawn", number).draw(), rules_at(3)) for number in range(300)]
    for rule in RULES:
        assert {rules[rule.name] for rules in drawn} == set(rule.values), rule.name
    rules = [dict(rules_of(world_of(2, index).language)) for index in range(3)]
    for place, first in enumerate(rules):
        for second in rules[place + 1 :]:
            assert sum(first[name] == second[name] for name in first.keys() & second.keys()) < len(first) / 5


@pytest.mark.parametrize(("level", "roots"), [(0, 24), (1, 150), (2, 800), (3, 3000)])
def test_roots_are_as_many_as_promised_and_distinct(level, roots):
    world = world_of(level)
    tongue, twins = world.language, {second for _, second in world.words.merged}
    words = [root for lexeme, synonyms in tongue.roots.items() if lexeme not in twins for root in synonyms]
    words += [*tongue.digits.values(), *tongue.particles.values()]
    assert 0.97 * roots <= len(words) <= 1.06 * roots
    assert len(set(words)) == len(words)
    assert not set(words) & set(WORDS)


def test_siblings_share_about_half_of_words_affixes_and_rules():
    world = world_of(2)
    other = world.sibling(seed_of("sibling"))
    assert other.name != world.name and other.pools == world.pools
    for group in ("roots", "affixes", "rules"):
        mine, theirs = getattr(world.language, group), getattr(other.language, group)
        common = mine.keys() & theirs.keys()
        assert 0.35 <= sum(mine[key] == theirs[key] for key in common) / len(common) <= 0.85, group
    texts = {str(affix) for affix in other.language.affixes.values()}
    assert len(texts) == len(other.language.affixes)
