"""A probe of reasoning: puzzles from reasoning-gym's own generators, scored by its own verifiers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from clgym.core import Grade, malformed
from clgym.envs.probes.base import Item, Probe, right, show, wrong
from clgym.errors import MissingExtra
from clgym.seeding import Draw, Seed
from clgym.text.answers import fitting, plain, quoted, readings, undress

#: Items of each kind in a world, and how many of them may have the same answer.
_EACH, _ALIKE = 16, 4
#: How many puzzles of a data set are looked through for them.
_MOST = 100 * _EACH
_NUMBER = r"-?\d+"
_WORD = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"
#: What a sentence that restates the question needs beside the question's own words.
_LINKING = frozenset("a an the is are was to of in on for and by answer final correct result given total number there".split())
_SENTENCE = 160


@dataclass(frozen=True)
class Kind:
    """One of reasoning-gym's data sets with a configuration.

    ``form`` is what a bare answer looks like, ``shape`` says so in words, ``needs`` names what the verifier reads of an
    entry's metadata. ``ask`` is appended to the question, ``shots`` solved puzzles of the kind come before it.
    """

    dataset: str
    config: Mapping[str, Any]
    form: str
    shape: str
    ask: str = ""
    needs: tuple[str, ...] = ()
    shots: int = 0

    def admits(self, answer: str) -> bool:
        """Whether an undressed answer is one bare answer and nothing around it."""
        return re.fullmatch(self.form, answer, re.IGNORECASE) is not None


_KINDS: tuple[tuple[Kind, ...], ...] = (
    (
        Kind("needle_haystack", {"min_num_statements": 1, "max_num_statements": 1}, _WORD, "one name", shots=2),
        Kind("needle_haystack", {"min_num_statements": 2, "max_num_statements": 2}, _WORD, "one name", shots=2),
        Kind("needle_haystack", {"min_num_statements": 3, "max_num_statements": 4}, _WORD, "one name", shots=2),
        Kind("letter_counting", {"min_words": 2, "max_words": 5}, _NUMBER, "one number", shots=2),
        Kind("chain_sum", {"min_terms": 2, "max_terms": 2, "max_digits": 1}, _NUMBER, "one number"),
        Kind("gcd", {"max_value": 12}, _NUMBER, "one number"),
    ),
    (
        Kind(
            "knights_knaves", {"n_people": 3}, r"\w+ is an? \w+(?:,? and \w+ is an? \w+|, \w+ is an? \w+)*",
            "a sentence that says of each inhabitant what they are",
        ),
        Kind("family_relationships", {"min_family_size": 8, "max_family_size": 11}, _WORD, "one word for a relation"),
        Kind("color_cube_rotation", {"min_rotations": 4, "max_rotations": 8}, _WORD, "one colour"),
        Kind(
            "shortest_path", {"min_rows": 6, "max_rows": 8, "min_cols": 6, "max_cols": 8, "p_blocked": 0.3},
            r"(?:up|down|left|right)(?: (?:up|down|left|right))*|infeasible", "a row of directions", needs=("matrix",),
        ),
        Kind("mini_sudoku", {"min_empty": 8, "max_empty": 10}, r"(?:[1-4] [1-4] [1-4] [1-4]\n?){4}", "four rows of four digits",
             needs=("solution",)),
        Kind("number_sequence", {"min_terms": 6, "max_terms": 8, "max_complexity": 3}, _NUMBER, "one number",
             "What comes in place of the question mark? Answer with the number only."),
        Kind("aiw", {"max_entities": 12}, _NUMBER, "one number", "Answer with the number only."),
    ),
)  # fmt: skip


class Reasoning(Probe):
    """Small puzzles: does learning something new cost the ability to work something out?

    ## Description
    Puzzles that the package reasoning-gym generates: at level 0 who in a short list is said to do something, letters to
    count, small sums and divisors; at level 1 liars and truth-tellers, families, a turned cube, shortest paths,
    small sudokus, harder sequences. It needs the extra ``probes``.

    ## Hidden rules
    None.

    ## Observation
    The package's own question; where that does not say how to answer, a line that does is added. At level 0 some kinds begin
    with two solved puzzles, as questions (Q:) and answers (A:).

    ## Answer
    What was asked for and nothing else: a number, a name, a row of directions, four rows of digits. Case and dressing
    (a code fence, quotes, bold, ``\\boxed{}``, a full stop and the like) are forgiven. So is one sentence that restates the question with the answer in it and nothing else
    ("The answer is 4."). After solved puzzles the first answer counts, and what is added to the list after it does not.

    ## Reward
    1 where the package's own verifier gives full marks to a bare answer, else 0. Its part marks, and the marks that some of
    its verifiers give to an answer with an essay around it, are not given here.

    ## Feedback
    That the answer is right or wrong, or has not the form of an answer; a correction shows a right one.

    ## Levels
    0: six kinds that a small model does in part. 1: seven kinds for large models.

    ## Pools
    ``eval``: 16 puzzles of each kind, in an order drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.12 and 0.08 (a constant, an echo, the answer to another puzzle); the oracle earns 1.

    ## Origin
    Generators and verifiers: Stojanovski et al. (2025), "Reasoning Gym: reasoning environments for reinforcement learning with
    verifiable rewards", used as a library. Only data sets that give the same puzzles on every Python, and whose verifiers
    evaluate no code, are asked from.
    """

    name = "Probe-Reasoning-v0"
    floors = (0.12, 0.08)

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return _items(seed, level)

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        kind: Kind = item.payload.kind
        text = fitting(readings(first_answer(answer) if kind.shots else answer), kind.admits)
        if not text or len(text) > self.longest:
            return super().judge(item, text, draw)
        if not kind.admits(text):
            text = restated(item.payload.question, text)
        if not kind.admits(text):
            return malformed(f'The answer should be {kind.shape} and nothing else, not "{quoted(text)}".', show(item, draw))
        solved = plain(text) == plain(item.answer) or item.payload.score(text) >= 1.0
        return right(draw) if solved else wrong(item, text, draw)


def first_answer(text: str) -> str:
    """The answer to the last question of a list, without what is written on to the list after it.

    >>> first_answer("A: Ann\\n\\nQ: Who sings?\\nA: Bob")
    'Ann'
    """
    return re.split(r"\n[QA]:", text.strip().removeprefix("A:"), maxsplit=1)[0].strip()


def restated(question: str, text: str) -> str:
    """The answer inside one sentence that restates the question and says nothing else; any other text as it is.

    >>> restated("How many legs has a spider?", "A spider has 8 legs")
    '8'
    >>> restated("How many legs has a spider?", "A spider has 8 legs, not 6")
    'A spider has 8 legs, not 6'
    >>> restated("What is 4 + 0?", "The answer is 4")
    '4'
    """
    if len(text) > _SENTENCE or "\n" in text:
        return text
    known, tokens = {_stem(word) for word in _words(question)} | _LINKING, _words(text)
    new = [word for word in tokens if _stem(word) not in known]
    if len(new) == 1 and len(tokens) > 2:
        return new[0]
    # The answer may be a word of the question: then it stands at the end, after "is".
    return tokens[-1] if tokens and not new and re.search(rf"(?:\bis|:|=) [\"'“]?{re.escape(tokens[-1])}\W*$", text) else text


def _words(text: str) -> list[str]:
    return re.findall(rf"{_NUMBER}|{_WORD}", text)


def _stem(word: str) -> str:
    """The word in small letters, without the s of a plural or a verb."""
    return word.casefold().removesuffix("s") if len(word) > 3 else word.casefold()


@dataclass(frozen=True)
class Entry:
    """What a verifier needs of one puzzle."""

    kind: Kind
    question: str
    answer: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def score(self, answer: str) -> float:
        """What reasoning-gym itself gives."""
        return float(_verifier(self.kind.dataset).score_answer(answer, {"answer": self.answer, "metadata": self.metadata}))


@lru_cache(maxsize=4)
def _items(seed: Seed, level: int) -> tuple[Item, ...]:
    """All puzzles of a world. Kept, because one and the same world is built many times over."""
    items: dict[str, Item] = {}
    for place, kind in enumerate(_KINDS[level]):
        wanted, answers = len(items) + _EACH, Counter[str]()
        for item in _puzzles(kind, seed.draw("puzzles", place).integer(0, 2**31 - 1)):
            if item.prompt not in items and answers[item.answer] < _ALIKE:
                items[item.prompt] = item
                answers[item.answer] += 1
            if len(items) == wanted:
                break
    return tuple(seed.draw("order").shuffled(items.values()))


def _puzzles(kind: Kind, seed: int) -> Iterator[Item]:
    """Puzzles of one kind, as many as it takes."""
    source = _dataset(kind.dataset, seed, **kind.config)
    for number in range(_MOST - kind.shots):
        puzzle = source[number]
        answer = str(puzzle["answer"])
        if not kind.admits(undress(answer)):
            continue
        prompt = "\n".join(filter(None, (puzzle["question"].strip(), kind.ask)))
        if kind.shots:
            solved = [source[(number * kind.shots + shot) % _MOST] for shot in range(1, kind.shots + 1)]
            shots = [f"Q: {one['question'].strip()}\nA: {one['answer']}" for one in solved]
            prompt = "\n\n".join([*shots, f"Q: {prompt}\nA:"])
        question = f"{puzzle['question'].strip().splitlines()[-1]} {kind.ask}"
        entry = Entry(kind, question, answer, {name: puzzle["metadata"][name] for name in kind.needs})
        yield Item(prompt, answer, payload=entry)


@lru_cache(maxsize=len(_KINDS[0]) + len(_KINDS[1]))
def _verifier(name: str) -> Any:
    """A data set of that name, for its ``score_answer`` alone."""
    return _dataset(name)


def _dataset(name: str, seed: int = 0, **config: Any) -> Any:
    """One of reasoning-gym's data sets. Raises ``MissingExtra``."""
    try:
        import reasoning_gym  # takes about a second of processor time: only where a probe is built or asked
    except ModuleNotFoundError as cause:
        raise MissingExtra("Probe-Reasoning-v0", "probes", cause) from cause
    return reasoning_gym.create_dataset(name, seed=seed, size=_MOST, **config)
