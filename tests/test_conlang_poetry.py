"""Couplets in drawn languages: what earns, what does not, and what is said about it."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import pytest

from clgym.envs.conlang.phonology import rime, stressed, syllables
from clgym.envs.conlang.poetry import Line, lines_of, rhymes, shared, stumbles
from clgym.registry import make_world

LEVELS = [1, 2, pytest.param(3, marks=pytest.mark.slow)]


@functools.cache
def world_of(level: int, index: int = 0):
    return make_world("CL-Conlang-v0", level=level, world=index)


def couplets(level: int, count: int = 6):
    world = world_of(level)
    for index in range(count):
        query = world.query("transfer/poetry", index)
        yield world, query, world.solve(query).split("\n")


def test_syllables_stress_and_rime():
    assert [syllables(word) for word in ("miru", "tasokan", "vn", "", "aia")] == [2, 3, 0, 0, 3]
    assert [stressed("tasokan", last) for last in (False, True)] == [1, 2]
    assert [rime("tasokan", last) for last in (False, True)] == ["okan", "an"]


@pytest.mark.parametrize(
    ("last", "first", "second", "rhyme"),
    [
        (False, ("mirukan", "a"), ("gelukan", "b"), True),
        (False, ("mirukan", "a"), ("gelokan", "b"), False),
        (True, ("mirukan", "a"), ("gelokan", "b"), True),
        (True, ("mirukan", "a"), ("mirukan", "a"), False),
        (True, ("miruka", "a"), ("gelokan", "b"), False),
    ],
)
def test_stems_rhyme_from_the_stressed_vowel_on(last, first, second, rhyme):
    language = replace(world_of(1).language, stress_last=last)
    one, other = (Line("x", stem=stem, lexeme=lexeme) for stem, lexeme in (first, second))
    assert rhymes(one, other, language) is rhymes(other, one, language) is rhyme


def test_endings_do_not_make_a_rhyme():
    """The same word in two forms is one word, and two words with the same ending rhyme only where their stems do."""
    for world, query, (first, _) in couplets(2):
        meanings = world.bench.analyser.readings(first.split()[-1])
        (lexeme, *_) = [reading.lexeme for reading in meanings]
        if lexeme[0] not in "#%":
            for form in world.bench.analyser.forms(lexeme):
                graded = world.grade(query, f"{first}\n{' '.join([*first.split()[:-1], form])}")
                assert graded.parts["rhyme"] == 0.0


@pytest.mark.parametrize(
    ("gaps", "line", "fault"),
    [
        # stress on the last but one: MIru taSOka, DEvi
        ((1, 2), "miru tasoka devi", None),
        ((2, 3), "miru tasoka devi", ("devi", 1)),
        ((1, 2), "miru tasokamena", ("tasokamena", 4)),
        ((1, 2), "miru", None),
    ],
)
def test_the_metre_counts_weak_syllables_between_stresses(gaps, line, fault):
    language = replace(world_of(1).language, stress_last=False, gaps=gaps)
    assert stumbles(line, language) == fault


@pytest.mark.parametrize("level", LEVELS)
def test_a_perfect_couplet_earns_one_in_any_harmless_dress(level):
    for world, query, (first, second) in couplets(level):
        plain = f"{first}\n{second}"
        dressed = (
            plain,
            f"{first.capitalize()},\n{second}.",
            f"```\n{plain}\n```",
            f'"{first} / {second}"',
            f"{first}\r\n\r\n{second}\n",
        )
        assert {world.grade(query, answer).reward for answer in dressed} == {1.0}
        assert world.grade(query, f"{second}\n{first}").reward == 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_one_word_swapped_is_no_couplet(level):
    for world, query, (first, _) in couplets(level):
        words = first.split()
        others = list(itertools.islice(world.language.roots.values(), 20))
        for place, (root, *_) in itertools.product(range(len(words)), others):
            swapped = " ".join([*words[:place], root, *words[place + 1 :]])
            assert world.grade(query, f"{first}\n{swapped}").reward <= 0.2, (first, swapped)
        assert world.grade(query, f"{first}\n{first}").reward <= 0.2


@pytest.mark.parametrize("level", LEVELS)
def test_what_retrieval_of_learned_lines_earns_is_the_floor(level):
    """The best two of 300 learned sentences, with the grader in hand for every pair that speaks of the subject."""
    world = world_of(level)
    learned = [query.payload for query in (world.query("learn", index) for index in range(300)) if "?" not in query.payload.source]
    earned = []
    for _, query, _ in couplets(level, 8):
        brief = query.payload.brief
        about = [each.right for each in learned if any(slot.lexeme == brief.subject for slot in each.rendering.order)]
        near = sorted(about, key=lambda line: (abs(syllables(line) - brief.syllables), line))[:8]
        answers = ["\n".join(pair) for pair in itertools.combinations(near, 2)] or ["miru"]
        earned.append(max(world.grade(query, answer).reward for answer in answers))
    assert sum(earned) / len(earned) <= world.floor("transfer/poetry") <= 0.2


@pytest.mark.parametrize("level", LEVELS)
def test_each_fault_costs_and_is_named_with_the_line_quoted(level):
    for world, query, (first, second) in couplets(level):
        brief = query.payload.brief
        foreign = world.grade(query, f"{first}\nhello world")
        assert foreign.parts["parsed"] == 0.5 and '"hello world"' in foreign.feedback.diagnosis
        alike = world.grade(query, f"{first}\n{first}")
        assert alike.parts["difference"] == alike.parts["rhyme"] == 0.0 and str(shared(first, first)) in alike.feedback.diagnosis
        other = next(each for _, each_query, each in couplets(level) if each_query.payload.brief.subject != brief.subject)
        off = world.grade(query, f"{first}\n{other[0]}")
        if brief.subject not in {
            slot for word in other[0].split() for slot in (r.lexeme for r in world.bench.analyser.readings(word))
        }:
            assert off.parts["subject"] == 0.5 and f'"{brief.subject}"' in off.feedback.diagnosis
        longer = world.grade(
            replace(query, payload=query.payload._replace(brief=replace(brief, syllables=brief.syllables + 1))),
            f"{first}\n{second}",
        )
        assert longer.parts["metre"] == 0.0 and str(brief.syllables + 1) in longer.feedback.diagnosis
        for graded in (foreign, alike, off, longer):
            assert 0.0 < graded.reward <= 0.2


def test_reward_never_falls_when_a_part_rises():
    world, query, _ = next(couplets(2))
    lines = [line for _, _, pair in couplets(2) for line in pair] + ["nonsense here", "miru"]
    seen = [world.grade(query, f"{first}\n{second}") for first, second in itertools.product(lines, repeat=2)]
    for one, other in itertools.product(seen, repeat=2):
        if all(one.parts[name] <= other.parts[name] for name in one.parts):
            assert one.reward <= other.reward + 1e-9
    assert all((graded.reward == 1.0) == (min(graded.parts.values()) == 1.0) for graded in seen)


def test_one_line_is_half_a_couplet_and_three_are_none():
    world, query, (first, second) = next(couplets(1))
    assert 0.0 < world.grade(query, first).reward < 0.2
    three = world.grade(query, f"{first}\n{second}\n{first}")
    assert three.reward == 0.0 and "3 lines" in three.feedback.diagnosis


@pytest.mark.parametrize(
    "answer",
    ["", "\n\n", "\0", "🙂\n🙂", "\u202eabc", "a" * 100_000, "a\n" * 50_000, "```", "/ / /", "\ud800", "..."],
    ids=range(11),
)
def test_any_string_is_graded(answer):
    world, query, _ = next(couplets(1))
    graded = world.grade(query, answer)
    assert graded.reward == 0.0 and graded.feedback.diagnosis and len(graded.feedback.diagnosis) < 1_000


def test_lines_are_read_without_dressing():
    assert lines_of("  'Miru  bado' ;\n\n kelo geli!") == ["miru bado", "kelo geli"]
