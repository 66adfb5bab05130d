"""Probe-Grammar-v0: English minimal pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clgym.core import Grade
from clgym.envs.probes.base import Item, Probe, reading, wrong
from clgym.envs.probes.grammar_pairs import EASY, HARD, Pair, Phenomenon
from clgym.seeding import Draw, Seed
from clgym.text.answers import quoted, squeezed

_COUNT = 160

#: SmolLM2-135M takes these up; asked to find "the sentence without the mistake" it explains instead of answering.
_ASKED = (
    "Good English or bad English? Repeat the good sentence.\n{0}\n{1}",
    "Copy the sentence that is good English:\n{0}\n{1}",
    "Copy the English sentence that has no mistake:\n{0}\n{1}",
)
_CHOSEN = (
    'You chose "{sentence}" Look at {hint}.',
    'You picked "{sentence}" The point is {hint}.',
    'In "{sentence}" something is off: mind {hint}.',
)


class Grammar(Probe):
    """English minimal pairs: which of two sentences has no mistake.

    Description
        Two sentences differ in one place; one is English and the other is not. An agent that has been taught an invented
        language should still hear the difference. 160 pairs per world, drawn from templates.

    Hidden rules
        None: the grammar of standard English.

    Observation
        The question which of two sentences is good English, and the two, each on a line of its own.

    Answer
        That sentence, and nothing else. Case and dressing (a code fence, quotes, bold, a bullet, a full stop) are forgiven; anything but
        one of the two sentences is malformed. (A letter to choose by would measure whether a small model can play multiple
        choice: SmolLM2-135M always says A.)

    Reward
        1 for the correct sentence, else 0.

    Feedback
        The sentence that was chosen and the point of grammar to look at; the correction shows the right sentence.

    Levels
        0: sixteen local phenomena (agreement, determiners, articles, reflexives, pronoun case, irregular forms, comparison,
        questions, modals, negation, word order, countability). 1: nineteen that hang on something far away or on structure
        (agreement past an attractor or a clause, negative polarity and its scope, four kinds of islands, questions for a
        subject, inversion, tags, complements, raising, partitives, existentials, resumptive pronouns, passives, equality).

    Pools
        ``eval`` alone.

    Probes
        None; this is one.

    Floor and ceiling
        No sentence is the answer twice, so a constant earns next to nothing. Chance is 0.5: copying always the first or always
        the second sentence earns exactly that over a world, since the right one stands first in half of the pairs; with the
        luck of a draw of 40, hence a floor of 0.6. The oracle earns 1.
        SmolLM2-135M-Instruct (the frozen agent) earned 0.72 at level 0, above chance, and 0.33 at level 1, where half of its
        answers are neither sentence, on 64 items of the first training world.

    Origin
        Templates and words were written for this suite. The method of minimal pairs is that of Warstadt et al. 2020,
        "BLiMP: The Benchmark of Linguistic Minimal Pairs for English", of which nothing is copied.
    """

    name = "Probe-Grammar-v0"
    version = 3
    floors = (0.6, 0.6)

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return _balanced(seed, (EASY, HARD)[level])

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        grade = super().judge(item, answer, draw)
        if grade.outcome != "wrong":
            return grade
        given = squeezed(reading(item, answer))
        chosen = next(option for option in item.options if squeezed(option) == given)
        return wrong(item, answer, draw, draw.choice(_CHOSEN).format(sentence=quoted(chosen), hint=item.payload))


def _balanced(seed: Seed, phenomena: Mapping[str, Phenomenon]) -> list[Item]:
    """Pairs of all phenomena in turn; the right sentence changes its side with every pair of a phenomenon."""
    items: dict[str, Item] = {}
    seen: set[Pair] = set()
    turn = 0
    while len(items) < _COUNT:
        place, number = turn % len(phenomena), turn // len(phenomena)
        phenomenon = tuple(phenomena.values())[place]
        draw = seed.draw("pair", turn)
        pair = _fresh(phenomenon.pair, draw, seen)
        # Half of the phenomena begin with the right sentence, so that an odd number of rounds is balanced too.
        first = (place + number) % 2 == 0
        options = (pair.right, pair.wrong) if first else (pair.wrong, pair.right)
        prompt = draw.choice(_ASKED).format(*options)
        items[prompt] = Item(prompt, pair.right, options=options, payload=phenomenon.hint)
        turn += 1
    return seed.draw("order").shuffled(items.values())


def _fresh(template: Callable[[Draw], Pair], draw: Draw, seen: set[Pair]) -> Pair:
    """A pair that was not drawn before in this world."""
    while True:
        pair = template(draw)
        if pair not in seen:
            seen.add(pair)
            return pair
