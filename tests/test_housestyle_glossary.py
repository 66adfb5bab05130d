"""The house's own names: arbitrary, many, met like 1/rank, and in the grade only with the whole of their fact."""

from __future__ import annotations

import random
import re
from collections import Counter
from statistics import mean

import pytest

from clgym.envs.housestyle import glossary
from clgym.envs.housestyle.catalogue import FRAME
from clgym.envs.housestyle.dimensions import is_term
from clgym.envs.housestyle.document import Document
from clgym.registry import make_world
from clgym.seeding import seed_of

NAME = "CL-HouseStyle-v0"


def world_of(level: int, index: int = 0, split: str = "train"):
    return make_world(NAME, level=level, split=split, world=index)


def entries_of(query) -> list[str]:
    document: Document = query.payload
    return [piece.matter.id for piece in document.pieces if piece.matter and is_term(piece.matter.id)]


def test_an_entry_has_twelve_names_that_are_no_name_of_a_paper():
    plain = {one.ways[one.plain].template for one in glossary.terms().values()}
    assert len(plain) == len(glossary.terms()) == 600
    for one in glossary.terms().values():
        names = [one.ways[way].template for way in one.choices]
        assert len(set(names)) == 12 and plain.isdisjoint(names)


@pytest.mark.parametrize("level, size", list(enumerate(glossary.SIZES)))
def test_a_house_has_as_many_entries_as_its_level_says_and_its_prompts_show_plain_names(level, size):
    world = world_of(level)
    assert len(world.style.entries) == size
    for index in range(12):
        query = world.query("learn", index)
        named = entries_of(query)
        assert set(named) <= set(world.style.entries) and len(set(named)) == len(named)
        assert all(glossary.terms()[name].ways["plain"].template in query.prompt for name in named)
        assert all(glossary.apart(one, other) for place, one in enumerate(named) for other in named[:place])
        if level == 3:
            assert all(sum(name in fact for name in plain_names(named)) == 2 for fact in query.payload.facts[: len(named) // 2])


def plain_names(entries: list[str]) -> list[str]:
    return [glossary.terms()[name].ways["plain"].template for name in entries]


def test_entries_are_met_like_one_by_rank_in_learn_and_in_eval():
    world = world_of(3)
    for pool, count in (("learn", 400), ("eval", 320)):
        met = Counter(name for index in range(count) for name in entries_of(world.query(pool, index)))
        ranks = {name: rank for rank, name in enumerate(world.style.entries, 1)}
        share = sum(times for name, times in met.items() if ranks[name] <= 24) / sum(met.values())
        assert 0.42 < share < 0.66  # (1 + 1/2 + ... + 1/24) / (1 + ... + 1/600) = 0.54
        assert len(met) > 250


def test_eval_speaks_of_entries_in_other_words_than_learn():
    world = world_of(2)
    shown, asked = (
        {re.sub(r"the \w+ \w+", "the _", fact.rpartition(" the ")[0][-12:]) for i in range(80) for fact in facts_of(world, pool, i)}
        for pool in ("learn", "eval")
    )
    assert not {tail[-9:] for tail in shown} & {tail[-9:] for tail in asked}


def facts_of(world, pool: str, index: int) -> list[str]:
    return [fact for fact in world.query(pool, index).payload.facts if " the " in fact]


def test_from_level_2_on_one_slip_costs_the_fact_and_no_more():
    world = world_of(3)
    query = world.query("eval", 1)
    document: Document = query.payload
    places = [place for place in document.slots if document.pieces[place].fact >= 0]
    facts = len({document.pieces[place].fact for place in document.slots})
    first = document.pieces[places[0]].fact
    for count in (1, 2):
        slips = [place for place in places if document.pieces[place].fact == first][:count]
        grade = world.grade(query, written(document, slips))
        assert grade.reward == pytest.approx(1 - 1 / facts), (slips, grade)
    other = next(place for place in places if document.pieces[place].fact != first)
    assert world.grade(query, written(document, [places[0], other])).reward == pytest.approx(1 - 2 / facts)


def written(document: Document, slips: list[int]) -> str:
    """The right text with the plain way in some slots."""
    texts = [piece.draft if place in slips else piece.right for place, piece in enumerate(document.pieces)]
    text = "".join(texts)
    return text[0].upper() + text[1:]


def test_the_editor_tells_a_name_of_the_house_and_where_it_holds():
    world = world_of(2)
    told = scoped = 0
    for index in range(40):
        query = world.query("learn", index)
        for place in query.payload.slots:
            piece = query.payload.pieces[place]
            if piece.matter and is_term(piece.matter.id):
                said = world.grade(query, written(query.payload, [place])).feedback.diagnosis
                plain = piece.matter.ways["plain"].template
                assert f'"{piece.right.strip()}"' in said and plain in said and said.endswith(".")
                assert world.solve(query) not in said
                told += 1
                scoped += f"in {'an' if piece.scope[:1] in 'aeiou' else 'a'} {piece.scope}" in said if piece.scope else 0
    assert told > 100 and scoped > 10


def test_names_change_for_half_of_the_entries_with_a_drift_and_prompts_stay():
    world = world_of(3)
    later = world.drifted(seed_of("drift"))
    before, after = set(world.style.glossary), set(later.style.glossary)
    assert 0.4 < len(before & after) / len(before) < 0.6
    stale = []
    for index in range(40):
        query, new = world.query("eval", index), later.query("eval", index)
        assert query.prompt == new.prompt and entries_of(query) == entries_of(new)
        stale.append(later.grade(new, world.solve(query)).reward)
    assert mean(stale) < 0.5


def test_a_sibling_is_another_house_with_half_of_the_names():
    world = world_of(3)
    sibling = world.sibling(seed_of("sibling", 1))
    same = set(world.style.glossary) & set(sibling.style.glossary)
    assert sibling.name != world.name and 0.3 < len(same) / len(world.style.glossary) < 0.7
    assert sibling.name in sibling.query("learn", 0).prompt
    assert {world.query("learn", i).prompt for i in range(30)}.isdisjoint({sibling.query("learn", i).prompt for i in range(30)})


@pytest.mark.parametrize("index", [8, 9])
def test_who_has_read_forty_solved_exchanges_of_level_3_earns_less_than_half(index):
    """Though every preference that was shown is known: what was not shown is written plainly."""
    world = world_of(3, index, "validation")
    read = random.Random(index).sample(range(world.pools["learn"]), 40)
    known = set().union(*(world.deciders(world.query("learn", number)) for number in read))
    rewards = []
    for number in range(40):
        document: Document = world.query("eval", number).payload
        unknown = [p for p in document.slots if decider(document.pieces[p]) not in known]
        rewards.append(world.grade(world.query("eval", number), written(document, unknown)).reward)
    assert mean(rewards) < 0.5


def decider(piece) -> str:
    return f"{piece.scope}/{piece.matter.id}: {piece.wanted}"


def test_names_in_any_dress_and_order_are_right_and_another_name_is_not():
    world = next(world for world in (world_of(1, number) for number in range(40)) if not set(FRAME) & set(world.style.matters))
    query = next(query for query in (world.query("eval", number) for number in range(40)) if len(entries_of(query)) == 3)
    right = world.solve(query)
    sentences = re.split(r"(?<=[.!?]) ", right)
    assert world.grade(query, f"```\n{right}\n```").reward == 1.0
    assert len(sentences) == len(query.payload.facts) and world.grade(query, " ".join(sentences[::-1])).reward == 1.0
    piece = next(p for p in query.payload.pieces if p.matter and is_term(p.matter.id))
    other = next(form.text for form in piece.forms if form.way not in ("plain", piece.wanted))
    assert world.grade(query, right.replace(piece.right, other)).reward < 1.0
    assert world.grade(query, right.replace(piece.right, "magic mirror")).reward < 1.0


def test_the_rulebook_lists_every_name():
    world = world_of(2)
    book = world.rulebook()
    for rule in world.style.glossary:
        assert glossary.terms()[rule.matter].topic in book and f'"{rule.way}"' in book
