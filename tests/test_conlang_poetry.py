"""Couplets in a toy language: what earns, what does not, and what is said about it."""

from __future__ import annotations

import itertools

import pytest

from clgym.envs.bilingual.meaning import NounPhrase
from clgym.envs.conlang.poetry import CoupletBrief, count_syllables, find_couplet, grade_couplet, lines_of, rhymes

VOWELS = "aeiou"
NOUNS = {"miru": "dog", "kelo": "cat", "tasoka": "tree", "vun": "house"}
ADJECTIVES = {"bado": "red", "geli": "old", "ponika": "small", "sun": "new"}
BRIEF = CoupletBrief("dog", 4)


def parse(line: str) -> NounPhrase | None:
    words = line.split()
    if len(words) == 2 and words[0] in NOUNS and words[1] in ADJECTIVES:
        return NounPhrase(NOUNS[words[0]], (ADJECTIVES[words[1]],))
    return None


CANDIDATES = [(parse(f"{noun} {adjective}"), f"{noun} {adjective}") for noun, adjective in itertools.product(NOUNS, ADJECTIVES)]


def grade(answer: str, brief: CoupletBrief = BRIEF):
    return grade_couplet(answer, brief, VOWELS, parse)


def test_syllables_are_vowel_letters():
    assert [count_syllables(line, VOWELS) for line in ("miru bado", "Tasoka Ponika", "vn", "", "aia")] == [4, 6, 0, 0, 3]


@pytest.mark.parametrize(
    ("first", "second", "rhyme"),
    [
        ("miru bado", "bela kelo", True),
        ("miru bado", "kelo bado", False),
        ("x vun", "y sun", True),
        ("vun", "tun", True),
        ("bado", "geli", False),
        ("bado.", "KELO!", True),
        ("", "", False),
        ("xx", "yy", False),
        ("sun", "su", False),
    ],
)
def test_rhyme_is_agreement_from_the_last_vowel_on_between_different_words(first, second, rhyme):
    assert rhymes(first, second, VOWELS) is rhyme
    assert rhymes(second, first, VOWELS) is rhyme


def test_a_perfect_couplet_earns_one_in_any_harmless_dress():
    brief = CoupletBrief("cat", 3)

    def read(line: str) -> NounPhrase | None:
        return NounPhrase("house") if line == "velakun" else parse(line)

    plain = "kelo sun\nvelakun"
    for answer in (plain, "Kelo sun,\nvelakun.", f"```\n{plain}\n```", '"kelo sun / velakun"', "kelo sun\r\n\r\nvelakun\n"):
        result = grade_couplet(answer, brief, VOWELS, read)
        assert result.reward == 1.0 and set(result.parts.values()) == {1.0} and result.diagnosis == "", answer


def test_reward_is_one_only_for_a_perfect_couplet_and_never_falls_when_a_part_rises():
    lines = [line for _, line in CANDIDATES] + ["nonsense here", "miru", "miru miru bado"]
    seen = [grade(f"{first}\n{second}") for first, second in itertools.product(lines, repeat=2)]
    for one, other in itertools.product(seen, repeat=2):
        if all(one.parts[name] <= other.parts[name] for name in one.parts):
            assert one.reward <= other.reward
    for result in seen:
        assert 0.0 <= result.reward <= 1.0
        assert (result.reward == 1.0) == (min(result.parts.values()) == 1.0) == (result.diagnosis == "")


def test_form_without_content_earns_nothing():
    sound = grade("lilo lalo\nlule lulo")
    assert sound.reward == 0.0 and set(sound.parts.values()) == {0.0}
    off_subject = grade("kelo bado\nkelo geli", CoupletBrief("tree", 4))
    assert off_subject.parts["subject"] == 0.0 and off_subject.reward <= 0.1


def test_each_fault_costs_and_is_named_with_the_line_quoted():
    metre = grade("tasoka bado\nmiru bado")
    assert metre.parts["metre"] == 0.75 and '"tasoka bado"' in metre.diagnosis and "5" in metre.diagnosis
    foreign = grade("miru bado\nhello world")
    assert foreign.parts["parsed"] == 0.5 and '"hello world"' in foreign.diagnosis and foreign.parts["rhyme"] == 0.0
    subject = grade("kelo bado\nkelo geli")
    assert '"dog"' in subject.diagnosis
    rhyme = grade("miru bado\nmiru geli")
    assert '"bado"' in rhyme.diagnosis and '"geli"' in rhyme.diagnosis and rhyme.parts["rhyme"] == 0.0
    assert 0.0 < foreign.reward < rhyme.reward < 1.0


def test_one_line_is_half_a_couplet_and_three_are_none():
    assert 0.0 < grade("miru bado").reward < 0.5
    assert grade("miru bado\nkelo geli\nmiru bado").reward == 0.0
    assert "3 lines" in grade("miru bado\nkelo geli\nmiru bado").diagnosis


def test_no_diagnosis_names_a_word_that_the_answer_has_not():
    words = set(NOUNS) | set(ADJECTIVES)
    for answer in ("miru bado\nkelo geli", "hello\nworld", "kelo geli\nkelo geli"):
        said = grade(answer).diagnosis
        assert not {word for word in words if word in said} - set(answer.split())


def test_the_oracle_finds_a_couplet_that_is_graded_perfect_and_always_the_same():
    extra = [(NounPhrase("cat"), "kelo nado")]

    def read(line: str) -> NounPhrase | None:
        return NounPhrase("cat") if line == "kelo nado" else parse(line)

    found = find_couplet([*CANDIDATES, *extra], BRIEF, VOWELS)
    assert found == find_couplet([*CANDIDATES, *extra], BRIEF, VOWELS) == ("miru bado", "kelo nado")
    assert grade_couplet("\n".join(found), BRIEF, VOWELS, read).reward == 1.0
    assert find_couplet(CANDIDATES, CoupletBrief("dog", 17), VOWELS) is None
    assert find_couplet(CANDIDATES, CoupletBrief("river", 4), VOWELS) is None


@pytest.mark.parametrize(
    "answer",
    ["", "\n\n", "\0", "🙂\n🙂", "\u202eabc", "a" * 100_000, "a\n" * 50_000, "```", "/ / /", "\ud800", "..."],
    ids=range(11),
)
def test_any_string_is_graded(answer):
    result = grade(answer)
    assert result.reward == 0.0 and result.diagnosis and len(result.diagnosis) < 1_000


def test_lines_are_read_without_dressing():
    assert lines_of("  'Miru  bado' ;\n\n kelo geli!") == ["miru bado", "kelo geli"]
