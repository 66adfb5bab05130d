"""Conlang worlds as an agent meets them: pools, grades, feedback, drift, and that nothing is earned for nothing."""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import subprocess
import sys
import time
from collections import Counter
from itertools import combinations

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.bilingual.meaning import ANIMATE, Clause, NounPhrase, concepts_of
from clgym.envs.conlang import prompts
from clgym.envs.conlang.compare import PARTIAL, Slot, compare, words_of
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.sentences import constructions_of, forms_of
from clgym.envs.conlang.world import ConlangWorld
from clgym.registry import load_family, make_world
from clgym.seeding import seed_of

LEVELS = [0, 1, 2, 3]
#: What takes long at level 3 is marked slow.
SHORT = [0, 1, 2, pytest.param(3, marks=pytest.mark.slow)]
POOLS = ("learn", "eval", "guard", "transfer/reverse", "transfer/german", "transfer/sums", "transfer/poetry")


@functools.cache
def world_of(level: int, index: int = 0) -> ConlangWorld:
    return make_world("CL-Conlang-v0", level=level, world=index)


def sampled(world: ConlangWorld, pool: str, count: int):
    size = world.pools[pool]
    return [world.query(pool, index) for index in seed_of("sample", pool).draw().sample(range(size), min(count, size))]


def mean(values) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


@pytest.mark.parametrize("level", SHORT)
def test_the_oracle_is_right_in_every_pool(level):
    for index in range(2):
        world = world_of(level, index)
        assert set(world.pools) == set(POOLS)
        for pool in POOLS:
            for query in sampled(world, pool, 4 if pool == "transfer/poetry" else 12):
                assert world.grade(query, world.solve(query)).reward == 1.0, (pool, query.prompt, world.solve(query))


@pytest.mark.parametrize("level", SHORT)
def test_ignorance_stays_at_the_floor(level):
    world, draw = world_of(level, 1), seed_of("floor", level).draw()
    for pool in POOLS:
        queries = sampled(world, pool, 48 if level < 2 else 12)
        answers = [(query, ("", query.prompt, world.habit(query), world.sample_answer(query, draw))) for query in queries]
        for who in range(4):
            slack = 0.05 if level == 0 else 0.02
            assert mean(world.grade(query, said[who]).reward for query, said in answers) <= world.floor(pool) + slack, (pool, who)


def test_level_0_crosses_nouns_and_modifiers_and_holds_out_a_third():
    world = world_of(0)
    learned, held_out = (
        {world.query(pool, index).payload.right for index in range(world.pools[pool])} for pool in ("learn", "eval")
    )
    assert not learned & held_out
    assert len(learned | held_out) == 11 * 13 and 0.3 < len(held_out) / (11 * 13) < 0.4
    words = {word for right in learned for word in right.split()}
    assert words == {word for right in held_out for word in right.split()} and len(words) == 24
    prompts_seen = [world.query("learn", index).prompt for index in range(world.pools["learn"])]
    assert len(set(prompts_seen)) == len(prompts_seen) >= 500


@pytest.mark.parametrize("level", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_eval_asks_for_forms_and_constructions_that_learn_never_shows(level):
    world, sentences = world_of(level), world_of(level)._tasks.sentences
    learned = [world.query("learn", index).payload.meaning for index in range(400)]
    asked = [world.query("eval", index).payload.meaning for index in range(200)]
    assert not any(map(sentences.is_held_out, learned)) and all(map(sentences.is_held_out, asked))
    forms = {form for meaning in learned for form in forms_of(meaning)}
    assert any(form not in forms for meaning in asked for form in forms_of(meaning))
    pairs = {pair for meaning in learned for pair in combinations(sorted(constructions_of(meaning)), 2)}
    new = {pair for meaning in asked for pair in combinations(sorted(constructions_of(meaning)), 2)} - pairs
    assert new, "no construction of two is new"
    assert set().union(*map(constructions_of, asked)) <= set().union(*map(constructions_of, learned))
    shown = [world.query("learn", index).prompt for index in range(400)]
    assert len(set(shown)) >= 0.97 * len(shown)
    assert world.pools["learn"] >= (4000, 6000, 20_000)[level - 1] and world.pools["eval"] >= 300


def test_words_are_met_like_one_over_their_rank():
    """Of 150 roots nearly all of what eval needs is in the first thousand; the first noun is met about twice as often as the second."""
    world = world_of(1)
    learned = Counter(concept for index in range(1000) for concept in concepts_of(world.query("learn", index).payload.meaning))
    asked = [set(concepts_of(world.query("eval", index).payload.meaning)) for index in range(320)]
    assert mean(needed <= learned.keys() for needed in asked) > 0.95
    ranks = [learned[noun] for noun in world.words.nouns]
    assert sum(ranks[:7]) > 1.5 * sum(ranks[7:14]) > 0 and sum(ranks[35:]) < 0.25 * sum(ranks)


def test_only_what_can_act_acts_and_places_are_where_things_can_be():
    """In relative clauses as in main ones: no mushroom that cooks the potato, nobody in the donkey."""
    world = world_of(3)
    for index in range(300):
        meaning = world.query("learn", index).payload.meaning
        for part in (meaning,) if isinstance(meaning, NounPhrase) else (meaning.subject, meaning.object):
            assert part is None or part.relative is None or WORDS[part.noun].kind in ANIMATE, part
        if isinstance(meaning, Clause) and meaning.place is not None and meaning.place.adposition == "in":
            assert WORDS[meaning.place.ground.noun].kind == "place"


@pytest.mark.parametrize(("level", "most"), [(1, 0.4), (2, 0.4), (3, 0.4)])
def test_a_dictionary_word_by_word_earns_little(level, most):
    """All words known and nothing of grammar: the words of the English, uninflected, in its order."""
    world, earned = world_of(level), []
    for index in range(120):
        query = world.query("eval", index)
        order = sorted(
            query.payload.rendering.order, key=lambda slot: query.payload.source.casefold().find(slot.gloss[:3].casefold())
        )
        bare = [slot.forms[0] if slot.lexeme[0] in "#%" else world.language.stems(slot.lexeme)[0] for slot in order]
        earned.append(world.grade(query, " ".join(bare)).reward)
    assert mean(earned) <= most and mean(reward == 1.0 for reward in earned) <= 0.05


@pytest.mark.parametrize("level", LEVELS)
def test_a_world_and_its_first_query_are_soon_there(level):
    family = load_family("CL-Conlang-v0")
    family.world(family.seed(level, "train", 40), level).query("learn", 3)
    began = time.process_time()
    for index in (41, 42, 43):
        family.world(family.seed(level, "train", index), level).query("learn", 3)
    assert time.process_time() - began < 3 * 0.2


@pytest.mark.parametrize("level", SHORT)
def test_a_mistaken_teacher_blames_what_is_right_and_praises_what_is_wrong(level):
    world = world_of(level)
    for query in sampled(world, "learn", 8):
        right = world.solve(query)
        blamed = world.mislead(query, right, world.grade(query, right), right, seed_of("lie").draw())
        assert blamed.grade.outcome != "correct" and blamed.grade.reward < 1.0 and right not in str(blamed)
        praised = world.mislead(query, "miru", world.grade(query, "miru"), right, seed_of("lie").draw())
        assert praised.grade.reward == 1.0 and right not in str(praised)


def test_level_0_prompts_are_short():
    world = world_of(0)
    assert max(len(world.query("learn", index).prompt.split()) for index in range(378)) <= 15


@pytest.mark.parametrize("name", ["TRANSLATE", "REVERSE", "TO_GERMAN", "FROM_GERMAN", "SUMS", "COUPLET"])
def test_every_kind_of_query_has_eight_phrasings(name):
    assert len(set(getattr(prompts, name))) >= 8


@pytest.mark.parametrize("kind", ["dressing", "case", "fence", "quotes"])
def test_harmless_dressing_is_forgiven(kind):
    for pool in ("learn", "transfer/reverse", "guard", "transfer/poetry"):
        world = world_of(1)
        query = world.query(pool, 6)
        right = world.solve(query)
        dressed = {"dressing": f"  {right}. \n", "case": right.upper(), "fence": f"```\n{right}\n```", "quotes": f'"{right}"'}
        assert world.grade(query, dressed[kind]).reward == 1.0, (pool, dressed[kind])


@pytest.mark.parametrize("level", SHORT)
def test_answers_around_the_right_one_are_not_the_right_one(level):
    world = world_of(level)
    for pool in POOLS:
        for query in sampled(world, pool, 6):
            right = world.solve(query)
            dressed = "{0} {0}", "The answer is {0}", "{0} or something else", "{0}\n\nI hope this helps!"
            for padded in (form.format(right) for form in dressed):
                assert world.grade(query, padded).reward < 1.0, (pool, padded)


words = st.lists(st.text("abcdmrtu", min_size=1, max_size=6), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(words, words, st.integers(0, 5))
def test_making_a_word_right_never_costs(answer, target, place):
    slots = [[Slot((word,)) for word in target]]
    place %= min(len(answer), len(target))
    wrong = ["zzzzzzz" if position == place else word for position, word in enumerate(answer)]
    better = [target[position] if position == place else word for position, word in enumerate(answer)]
    assert compare(wrong, slots).score <= compare(better, slots).score + 1e-9 <= PARTIAL + 2e-9


@pytest.mark.parametrize("level", SHORT)
def test_partial_credit_grows_word_by_word(level):
    world, draw = world_of(level, 1), seed_of("monotone").draw()
    for pool in ("learn", "transfer/reverse", "guard"):
        for query in sampled(world, pool, 15):
            right = words_of(world.solve(query))
            answer, last = ["xxxxxxxx"] * len(right), 0.0
            for place in draw.shuffled(range(len(right))):
                answer[place] = right[place]
                reward = world.grade(query, " ".join(answer)).reward
                assert reward >= last - 1e-9, (pool, right, answer)
                last = reward
            assert last == 1.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(POOLS), st.sampled_from(LEVELS))
def test_any_string_is_graded_the_same_twice(answer, pool, level):
    world = world_of(level)
    query = world.query(pool, 3)
    grade = world.grade(query, answer)
    assert 0.0 <= grade.reward <= 1.0 and grade.feedback.verdict
    assert grade == world.grade(query, answer)


def test_the_best_constant_that_a_climber_finds_earns_little():
    """A hill climber on word lists, trained against the grader itself, for every pool that is answered in words."""
    for level, limit in ((0, 0.4), (2, 0.3)):
        world, draw = world_of(level), seed_of("climb", level).draw()
        for pool in POOLS:
            queries = sampled(world, pool, 48 if level == 0 and pool in ("transfer/sums", "transfer/poetry") else 16)
            stock = sorted({word for query in queries for word in world.solve(query).split(" ")})
            best, score = draw.choice([world.solve(query) for query in queries]), 0.0
            for _ in range(40):
                tried = best.split(" ")
                tried[draw.integer(0, len(tried) - 1)] = draw.choice(stock)
                tried += [draw.choice(stock)] if draw.chance(0.2) else []
                earned = mean(world.grade(query, " ".join(tried)).reward for query in queries)
                if earned > score:
                    best, score = " ".join(tried), earned
            assert score <= limit, (level, pool, best, score)


@pytest.mark.parametrize("level", SHORT)
def test_another_language_does_not_help(level):
    asked, knower = world_of(level, 0), world_of(level, 1)
    assert asked.name != knower.name
    for pool in ("eval", "transfer/sums"):
        rewards = []
        for query in sampled(asked, pool, 60):
            same = knower.query(pool, query.index % knower.pools[pool])
            rewards.append(asked.grade(query, knower.solve(same)).reward)
        assert mean(rewards) <= asked.floor(pool)


@pytest.mark.parametrize("level", SHORT)
def test_drift_changes_some_words_and_rules_and_keeps_the_rest(level):
    world = world_of(level)
    later = world.drifted(seed_of("later"))
    assert later.name == world.name and later.rulebook() != world.rulebook()
    kept = [concept for concept, root in world.language.roots.items() if later.language.roots[concept] == root]
    assert 0.55 < len(kept) / len(world.language.roots) < 0.9
    queries = [later.query("eval", index) for index in range(40)]
    stale = mean(later.grade(query, world.solve(world.query("eval", query.index))).reward for query in queries)
    assert later.floor("eval") < stale < 0.7
    assert all(later.grade(query, later.solve(query)).reward == 1.0 for query in queries)


@pytest.mark.parametrize("level", SHORT)
def test_the_rulebook_lists_every_word(level):
    world = world_of(level)
    text = world.rulebook()
    for synonyms in world.language.roots.values():
        assert all(root in text for root in synonyms)
    assert all(word in text for word in world.language.digits.values())
    assert all(stem in text for stem in world.language.irregular.values())


def test_pickles_are_small_and_leave_caches_behind():
    world = make_world("CL-Conlang-v0", level=3)
    before = len(pickle.dumps(world))
    for pool in POOLS:
        world.grade(world.query(pool, 0), "miru")
    assert len(pickle.dumps(world)) == before < 100_000
    assert pickle.loads(pickle.dumps(world)) == world


DIGEST = """
import hashlib
from clgym.registry import make_world
total = hashlib.sha256()
for level in (0, 1, 2):
    world = make_world("CL-Conlang-v0", level=level, world=3)
    total.update(world.rulebook().encode())
    for pool in world.pools:
        for index in (0, 7):
            query = world.query(pool, index)
            total.update(f"{query.prompt}|{world.solve(query)}|{world.grade(query, 'miru tasa')}".encode())
print(total.hexdigest())
"""


def test_the_same_worlds_whatever_the_hash_seed():
    digests = set()
    for seed in ("0", "1234"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        told = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True)
        digests.add(told.stdout)
    assert len(digests) == 1 and len(digests.pop().strip()) == hashlib.sha256().digest_size * 2
