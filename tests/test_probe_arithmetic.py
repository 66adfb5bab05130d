"""Probe-Arithmetic-v0: every answer is recomputed here from the prompt alone, and graders are strict."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from clgym.envs.probes import arithmetic
from clgym.envs.probes.arithmetic import spelled
from clgym.registry import make_world
from clgym.seeding import seed_of

NAME = "Probe-Arithmetic-v0"
UNITS = {word: value for value, word in enumerate(arithmetic._SMALL)} | {
    word: 10 * value for value, word in enumerate(arithmetic._TENS, 2)
}


def items(level: int):
    world = make_world(NAME, level=level)
    return world, [world.query("eval", index) for index in range(world.pools["eval"])]


def value_of(words: str) -> int:
    """A number in words, read from left to right."""
    total = part = 0
    for word in words.replace("-", " ").replace(" and ", " ").split():
        if word == "thousand":
            total, part = 1000 * part, 0
        elif word == "hundred":
            part *= 100
        else:
            part += UNITS[word]
    return total + part


def numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


def recomputed(question: str) -> int | None:
    """The answer, worked out from the question's own words; None where this reader does not know the kind."""
    low, found = question.lower(), numbers(question)
    if word := re.search(r"letter|often (?:does|is|do)|of the word", low) and re.findall(r'"([A-Za-z]+)"', question):
        letter, long = sorted(word, key=len)
        return long.lower().count(letter)
    if re.search(r"\bwords?\b|list", low) and not found and ("in words" not in low):
        listed = re.search(rf"(?::|^) ?((?:(?:{'|'.join(arithmetic._NOUNS)}) ?)+)", low)
        return len(listed[1].split()) if listed else None
    if "percent" in low or "%" in low:
        return found[0] * found[1] // 100
    if any(word in low for word in ("remainder", "left over", "mod")):
        return found[0] % found[1]
    if any(word in low for word in ("largest", "greatest", "highest")):
        return max(found)
    if any(word in low for word in ("smallest", "least", "lowest")):
        return min(found)
    if len(found) == 4 or ("(" in question and found):
        return int(eval(re.search(r"[\d(][\d+*() -]*[\d)]", question)[0]))  # noqa: S307 - digits, brackets and signs alone
    if len(found) == 3 and any(word in low for word in ("each", "rows", "packets", "shelves", "sheets", "buckets")):
        return found[0] * found[1] - found[2]
    if re.search(r"next|after|follow|count|continue", low) and found:
        return max(found) + 1
    if len(found) == 2:
        first, second = found
        if re.search(r"\+|plus|add |sum", low):
            return first + second
        if re.search(r" - |minus|away|subtract", low):
            return abs(first - second)
        if re.search(r"\*|×|multipl|product|\d times", low):
            return first * second
        return max(found) // min(found)
    return None


@pytest.mark.parametrize("level", [0, 1])
def test_every_answer_is_right_by_a_second_reckoning(level):
    world, queries = items(level)
    known = 0
    for query in queries:
        right = world.solve(query)
        question = query.prompt.rpartition(" Answer ")[0]
        if not right.isdigit():
            assert value_of(right) == numbers(question)[0], (question, right)
        elif "digits" in question or "figures" in question:
            stripped = re.sub(r"[^a-z -]", " ", question.lower())
            spoken = {*UNITS, "hundred", "thousand", "and"}
            inside = [word for word in stripped.replace("-", " ").split() if word in spoken]
            assert value_of(" ".join(inside)) == int(right), (question, right)
        else:
            mine = recomputed(question)
            assert mine is None or mine == int(right), (question, right, mine)
            known += mine is not None
    assert known > 0.6 * len(queries)


def test_number_words():
    assert [spelled(n) for n in (7, 13, 40, 42, 100, 105, 999, 1000, 1006, 12_345, 40_312, 999_999)] == [
        "seven",
        "thirteen",
        "forty",
        "forty-two",
        "one hundred",
        "one hundred and five",
        "nine hundred and ninety-nine",
        "one thousand",
        "one thousand and six",
        "twelve thousand three hundred and forty-five",
        "forty thousand three hundred and twelve",
        "nine hundred and ninety-nine thousand nine hundred and ninety-nine",
    ]


@pytest.mark.parametrize("level", [0, 1])
def test_there_are_many_items_of_every_kind_and_no_constant_pays(level):
    world, queries = items(level)
    assert len(queries) == 360 and len({query.prompt for query in queries}) == 360
    answers = Counter(world.solve(query) for query in queries)
    assert max(answers.values()) / 360 <= world.floor("eval")


def test_every_kind_has_eight_phrasings():
    banks = [bank for name, bank in vars(arithmetic).items() if re.fullmatch("_[A-Z]+", name) and "{0}" in str(bank)]
    assert len(banks) >= 14 and all(len(set(bank)) >= 8 for bank in banks)


@pytest.mark.parametrize(
    ("prompt", "right", "answer", "reward"),
    [
        ("4 * 9 = ?", 36, "4 * 9 = 36.", 1.0),
        ("What is 7 minus 2?", 5, "7 - 2 = 5", 1.0),
        ("What is 7 minus 2?", 5, "7 - 2 = -5", 0.0),
        ("Name the smallest of 24, 27, 60, 31.", 24, "The smallest of 24, 27, 60, 31 is 24.", 1.0),
        ("Name the smallest of 60, 27, 24, 31.", 31, "60, 27, 24, 31", 0.0),
        ("Which number is thirty-three, in digits?", 33, "The number thirty-three is 33.", 1.0),
        ("What is 2 plus 10?", 12, "The answer is 12, I guess.", 0.0),
        ("What is 2 plus 10?", 12, "It is not 12", 0.0),
        ("What is 2 plus 10?", 12, "2 + 10 = 12\n\nThe answer is 12.", 1.0),
        ("What is 2 plus 10?", 12, "2 + 10 = 12\n\nThe answer is 13.", 0.0),
        ("What is 2 plus 10?", 12, "11\n12", 0.0),
        ("What is 2 plus 10?", 12, "11 or 12", 0.0),
    ],
)
def test_a_sentence_may_restate_the_question(prompt, right, answer, reward):
    assert graded(prompt, right, answer) == reward


def graded(prompt: str, right: int, answer: str) -> float:
    item = arithmetic._number(prompt, right)
    return arithmetic.Arithmetic().judge(item, answer, seed_of("a").draw()).reward


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("12345", 1.0),
        ("12,345", 1.0),
        ("12345.", 1.0),
        ("12000 + 345 = 12345", 1.0),
        ("```\n12345\n```", 1.0),
        ("12346", 0.0),
        ("12345 or 12346", 0.0),
        ("1234 5", 0.0),
        ("12345 12345", 0.0),
        ("12000 + 345 = 12346", 0.0),
        ("", 0.0),
        ("-12345", 0.0),
        ("012345", 0.0),
        ("12345.0", 0.0),
    ],
)
def test_nearly_right_is_wrong(answer, reward):
    assert graded("What is 12000 plus 345?" if "=" not in answer else "12000 + 345 = ?", 12345, answer) == reward
