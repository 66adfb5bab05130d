"""A probe of arithmetic: can an agent still reckon after it learned something else?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clgym.core import Grade
from clgym.envs.probes.base import Item, Probe, generate
from clgym.seeding import Draw, Seed
from clgym.text.answers import undress

_COUNT = 360

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

_NUMBER_WORDS = frozenset(
    (*_SMALL, *_TENS, *(f"{ten}-{one}" for ten in _TENS for one in _SMALL[1:10]), "hundred", "thousand", "and")
)

#: What a sentence around an answer may hold beside the question's own words.
_LINKING = frozenset(
    "a an the is are was it its that this there in as of to has have makes gives equals answer result number "
    "word words digits written write comes".split()
)
_SENTENCE = 160
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)?|\d[\d,]*(?:\.\d+)?|[^\w\s]")
#: Signs that may stand between the words of a sentence or an equation.
_SIGNS = frozenset("+*/×÷=?.,:;\"'()%“”")

_PLUS = (
    "{0} + {1} = ?",
    "What is {0} plus {1}?",
    "Add {0} and {1}.",
    "What is the sum of {0} and {1}?",
    "Work out {0} + {1}.",
    "What does {0} + {1} make?",
    "How much is {0} plus {1}?",
    "Calculate {0} + {1}.",
)
_MINUS = (
    "{0} - {1} = ?",
    "What is {0} minus {1}?",
    "Take {1} away from {0}.",
    "Subtract {1} from {0}.",
    "Work out {0} - {1}.",
    "What is left of {0} when {1} is taken away?",
    "How much is {0} minus {1}?",
    "Calculate {0} - {1}.",
)
_TIMES = (
    "{0} * {1} = ?",
    "What is {0} times {1}?",
    "Multiply {0} by {1}.",
    "What is the product of {0} and {1}?",
    "Work out {0} × {1}.",
    "What does {0} multiplied by {1} make?",
    "How much is {0} times {1}?",
    "Calculate {0} * {1}.",
)
_OVER = (
    "{0} / {1} = ?",
    "What is {0} divided by {1}?",
    "Divide {0} by {1}.",
    "How many times does {1} go into {0}?",
    "Work out {0} / {1}.",
    "How much is {0} divided by {1}?",
    "Calculate {0} ÷ {1}.",
    "What is the quotient of {0} and {1}?",
)
_DIGITS = (
    'Write "{0}" in digits.',
    "Which number is {0}, in digits?",
    "Give {0} as digits.",
    "How is {0} written in digits?",
    "Turn {0} into digits.",
    "Put {0} in figures.",
    "In digits, what is {0}?",
    "Write the number {0} with digits.",
)
_WORDS = (
    "Write {0} in words.",
    "How is {0} written in words?",
    "Spell out the number {0}.",
    "Give {0} as words.",
    "Which word or words stand for {0}?",
    "Turn {0} into words.",
    "In words, what is {0}?",
    "Write out {0} in English.",
)
_LARGEST = (
    "Which is the largest: {0}?",
    "Which of these numbers is the largest: {0}?",
    "Name the largest of {0}.",
    "What is the greatest of these: {0}?",
    "Pick out the largest number: {0}.",
    "Of {0}, which is the greatest?",
    "Which number is the highest: {0}?",
    "Find the largest number among {0}.",
)
_SMALLEST = (
    "Which is the smallest: {0}?",
    "Which of these numbers is the smallest: {0}?",
    "Name the smallest of {0}.",
    "What is the least of these: {0}?",
    "Pick out the smallest number: {0}.",
    "Of {0}, which is the lowest?",
    "Which number is the lowest: {0}?",
    "Find the smallest number among {0}.",
)
_NEXT = (
    "Which number comes right after {0}?",
    "Count on: {2}, {1}, {0}, ...?",
    "What is the next whole number after {0}?",
    "You count {2}, {1}, {0}. What comes next?",
    "Continue with one number: {2}, {1}, {0}.",
    "Which whole number follows {0}?",
    "After {1} and {0}, which number do you say when you count?",
    "Counting by ones, what follows {0}?",
)
_COUNTED = (
    "How many words are there here: {0}?",
    "Count the words: {0}.",
    "How many words does this list have: {0}?",
    "Here is a list: {0}. How many words are in it?",
    "How long is this list, in words: {0}?",
    "Count the words that stand here: {0}.",
    "What is the number of words in this list: {0}?",
    "{0}: how many words is that?",
)
_LETTERS = (
    'How many times does the letter "{0}" occur in "{1}"?',
    'Count the letter "{0}" in "{1}".',
    'How often does "{0}" occur in the word "{1}"?',
    'How often do you need the letter "{0}" to spell "{1}"?',
    'In "{1}", how many of the letters are "{0}"?',
    'How many letters of the word "{1}" are "{0}"?',
    'Somebody spells out "{1}". How often is "{0}" said?',
    'What is the number of letters "{0}" in "{1}"?',
)
_SHARE = (
    "What is {0} percent of {1}?",
    "How much is {0}% of {1}?",
    "Work out {0} percent of {1}.",
    "Find {0}% of {1}.",
    "{0} percent of {1} is how much?",
    "Calculate {0}% of {1}.",
    "Take {0} percent of {1}. What do you get?",
    "Of {1}, how much is {0} percent?",
)
_REST = (
    "What is the remainder when {0} is divided by {1}?",
    "What is left over when {0} is divided by {1}?",
    "Divide {0} by {1}; what is the remainder?",
    "What is {0} modulo {1}?",
    "Work out {0} mod {1}.",
    "{0} things are packed in boxes of {1}. How many are left over?",
    "Give the remainder of {0} divided by {1}.",
    "When {0} is shared out among {1} people in whole numbers, what is left over?",
)
_MIXED = (
    "Work out {0}.",
    "What is {0}?",
    "Calculate {0}.",
    "{0} = ?",
    "How much is {0}?",
    "What does {0} come to?",
    "Find the value of {0}.",
    "Evaluate {0}.",
)
_STORIES = (
    "A baker packs {0} boxes with {1} rolls each and sells {2} rolls. How many rolls are left?",
    "A hall has {0} rows of {1} seats. {2} seats are taken. How many are free?",
    "A school buys {0} packets of {1} pencils and hands out {2} pencils. How many pencils remain?",
    "A train has {0} coaches with {1} seats each. If {2} seats are reserved, how many are not?",
    "A farmer fills {0} crates with {1} apples each, and {2} apples turn out to be bad. How many good apples are there?",
    "Each of {0} shelves holds {1} books. After {2} books are lent, how many are on the shelves?",
    "A printer makes {0} sheets a minute. After {1} minutes, {2} of the sheets are thrown away. How many sheets are kept?",
    "A tank holds {0} buckets of {1} litres, and {2} litres leak out. How many litres stay in it?",
)
_NOUNS = "cat tree shoe lamp fish cup bird book star ball door leaf".split()
_LONG = (
    "Mississippi banana strawberry parallel successfully nevertheless committee bookkeeper assessment international "
    "possessions encyclopedia millennium mathematics independence antidisestablishmentarianism"
).split()


class Arithmetic(Probe):
    """Whole numbers in one short answer: does learning something new push out reckoning?

    ## Description
    Sums, differences, products, number words, comparisons and counting, drawn from templates.

    ## Hidden rules
    None: arithmetic is the same everywhere.

    ## Observation
    A question, and the request for a number in digits (or in words, where that is the question).

    ## Answer
    The number alone. Case, dressing (a code fence, quotes, bold, ``\\boxed{}``, a full stop and the like) and commas between
    thousands are forgiven; so is an equation or a sentence that restates the question with the answer at its end and nothing else ("7 + 5 = 12.").

    ## Reward
    1 for the number, 0 otherwise: nearly right is wrong.

    ## Feedback
    That the answer is right or wrong; a correction names the right one.

    ## Levels
    0: sums up to 9 + 9 and up to 20 + 20, small differences and products, number words up to ninety-nine, the largest or
    smallest of four, the next number, counting words.
    1: numbers of several digits, divisions, remainders, percentages, order of operations, stories in two steps, letters in
    words.

    ## Pools
    ``eval``: 360 items, each kind equally often.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.08 (a constant, an echo, the answer to another question); the oracle earns 1.

    ## Origin
    Written for this suite; every item is generated.
    """

    name = "Probe-Arithmetic-v0"
    floors = (0.08, 0.08)
    longest = 90

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return generate(seed, _COUNT, _HARD if level else _EASY)

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        return super().judge(item, claim(item, answer), draw)


def claim(item: Item, answer: str) -> str:
    """The number that an answer states in a sentence or equation that restates the question; any other answer as it is.

    An equation and a sentence, each on a line of its own, are read as one where both state the same.

    >>> claim(_number("What is 7 plus 5?", 12), "7 + 5 = 13.")
    '13'
    >>> claim(_number("What is 7 plus 5?", 12), "The answer is 12, I guess.")
    'The answer is 12, I guess.'
    """
    text = undress(answer)
    if len(text) > _SENTENCE:
        return answer
    stated = {_stated(item, line) for line in text.splitlines() if line.strip()}
    return stated.pop() or answer if len(stated) == 1 else answer


def _stated(item: Item, line: str) -> str:
    """What stands at the end of a line that says the question's own words before it; "" where a line is no such thing."""
    tokens = _TOKEN.findall(line.casefold())
    while tokens and tokens[-1] in _SIGNS:
        tokens.pop()
    cut = len(tokens) - 1
    if not item.answer[:1].isdigit():
        while cut > 0 and tokens[cut - 1] in _NUMBER_WORDS:
            cut -= 1
    before, ending = tokens[:cut], tokens[cut:]
    known = {"-", *_TOKEN.findall(item.prompt.casefold()), *_LINKING, *_SIGNS}
    # A list of numbers is no sentence, and a minus belongs to the number behind it.
    sentence = any(token == "=" or token.isalpha() for token in before)
    return " ".join(ending) if sentence and before[-1] != "-" and known.issuperset(before) else ""


def spelled(number: int) -> str:
    """A number up to 999,999 in words.

    >>> spelled(40_312)
    'forty thousand three hundred and twelve'
    """
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    high, low = divmod(number, size)
    joint = " and " if 0 < low < 100 else " " if low else ""
    return f"{spelled(high)} {name}{joint}{spelled(low) if low else ''}"


def _number(question: str, value: int) -> Item:
    """An item whose answer is a number in digits."""
    accepted = (f"{value:,}",) if value >= 1000 else ()
    return Item(f"{question} Answer with the number alone.", str(value), accepted)


def _spelling(question: str, value: int) -> Item:
    """An item whose answer is a number in words."""
    right = spelled(value)
    others = {right.replace("-", " "), right.replace(" and ", " "), right.replace(" and ", " ").replace("-", " ")} - {right}
    return Item(f"{question} Answer in words alone.", right, tuple(sorted(others)))


def _easiest_sum(draw: Draw) -> Item:
    a, b = draw.integer(1, 9), draw.integer(1, 9)
    return _number(draw.choice(_PLUS).format(a, b), a + b)


def _easy_sum(draw: Draw) -> Item:
    a, b = draw.integer(2, 20), draw.integer(2, 20)
    return _number(draw.choice(_PLUS).format(a, b), a + b)


def _easy_difference(draw: Draw) -> Item:
    a, b = draw.integer(1, 9), draw.integer(1, 5)
    return _number(draw.choice(_MINUS).format(a + b, b), a)


def _easy_product(draw: Draw) -> Item:
    a, b = draw.integer(2, 10), draw.integer(2, 5)
    return _number(draw.choice(_TIMES).format(a, b), a * b)


def _easy_digits(draw: Draw) -> Item:
    value = draw.integer(3, 99)
    return _number(draw.choice(_DIGITS).format(spelled(value)), value)


def _easy_words(draw: Draw) -> Item:
    value = draw.integer(3, 20)
    return _spelling(draw.choice(_WORDS).format(value), value)


def _easy_extreme(draw: Draw) -> Item:
    return _extreme(draw, draw.sample(range(2, 100), 4))


def _extreme(draw: Draw, numbers: list[int]) -> Item:
    bank, value = (_LARGEST, max(numbers)) if draw.chance(0.5) else (_SMALLEST, min(numbers))
    return _number(draw.choice(bank).format(", ".join(map(str, numbers))), value)


def _easy_next(draw: Draw) -> Item:
    value = draw.integer(4, 98)
    return _number(draw.choice(_NEXT).format(value, value - 1, value - 2), value + 1)


def _easy_count(draw: Draw) -> Item:
    words = [draw.choice(_NOUNS) for _ in range(draw.integer(2, 7))]
    return _number(draw.choice(_COUNTED).format(" ".join(words)), len(words))


def _hard_sum(draw: Draw) -> Item:
    a, b = draw.integer(1_000, 99_999), draw.integer(1_000, 99_999)
    return _number(draw.choice(_PLUS).format(a, b), a + b)


def _hard_difference(draw: Draw) -> Item:
    a, b = draw.integer(1_000, 49_999), draw.integer(1_000, 49_999)
    return _number(draw.choice(_MINUS).format(a + b, b), a)


def _hard_product(draw: Draw) -> Item:
    a, b = draw.integer(12, 99), draw.integer(112, 999)
    return _number(draw.choice(_TIMES).format(a, b), a * b)


def _hard_quotient(draw: Draw) -> Item:
    a, b = draw.integer(112, 999), draw.integer(6, 49)
    return _number(draw.choice(_OVER).format(a * b, b), a)


def _hard_digits(draw: Draw) -> Item:
    value = draw.integer(1_001, 999_999)
    return _number(draw.choice(_DIGITS).format(spelled(value)), value)


def _hard_words(draw: Draw) -> Item:
    value = draw.integer(1_001, 99_999)
    return _spelling(draw.choice(_WORDS).format(value), value)


def _hard_extreme(draw: Draw) -> Item:
    base = draw.integer(10_000, 90_000)
    return _extreme(draw, [base + offset for offset in draw.sample(range(1, 9_999), 7)])


def _hard_letters(draw: Draw) -> Item:
    word = draw.choice(_LONG)
    letter = draw.choice(sorted(set(word.lower())))
    return _number(draw.choice(_LETTERS).format(letter, word), word.lower().count(letter))


def _hard_share(draw: Draw) -> Item:
    percent, hundreds = draw.choice((4, 6, 8, 12, 15, 35, 45, 65, 85)), draw.integer(12, 99)
    return _number(draw.choice(_SHARE).format(percent, hundreds * 100), percent * hundreds)


def _hard_rest(draw: Draw) -> Item:
    a, b = draw.integer(200, 9_999), draw.integer(11, 49)
    return _number(draw.choice(_REST).format(a, b), a % b)


def _hard_mixed(draw: Draw) -> Item:
    a, b, c, d = draw.integer(11, 99), draw.integer(3, 12), draw.integer(11, 99), draw.integer(2, 10)
    shapes = (
        (f"{a} + {b} * {c} - {d}", a + b * c - d),
        (f"({a} + {b}) * {d} + {c}", (a + b) * d + c),
        (f"{b} * ({a} + {c}) - {d}", b * (a + c) - d),
        (f"{a} * {b} + {c} * {d}", a * b + c * d),
    )
    question, value = draw.choice(shapes)
    return _number(draw.choice(_MIXED).format(question), value)


def _hard_story(draw: Draw) -> Item:
    a, b = draw.integer(12, 60), draw.integer(12, 60)
    gone = draw.integer(11, a * b // 2)
    return _number(draw.choice(_STORIES).format(a, b, gone), a * b - gone)


_EASY = (
    _easiest_sum,
    _easy_sum,
    _easy_difference,
    _easy_product,
    _easy_digits,
    _easy_words,
    _easy_extreme,
    _easy_next,
    _easy_count,
)
_HARD = (
    _hard_sum,
    _hard_difference,
    _hard_product,
    _hard_quotient,
    _hard_digits,
    _hard_words,
    _hard_extreme,
    _hard_letters,
    _hard_share,
    _hard_rest,
    _hard_mixed,
    _hard_story,
)
