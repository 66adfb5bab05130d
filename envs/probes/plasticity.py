"""A probe of learning in context itself: every prompt brings a small world of its own, and asks something that only it can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from clgym.envs.probes.base import Item, Probe, generate
from clgym.seeding import Draw, Seed

_COUNT = 330
_STARTS = "b br d dr f fl g gl k kr l m n p pl r s sk st t tr v w z".split()
_VOWELS = "a e i o u".split()
_ENDS = "b d g k l m n p r sk t x z".split()
#: No e: "tape" and "fine" are words already.
_LAST = "a i o u".split()
_REAL = frozenset(
    "data soda tuba visa mini taxi solo logo menu kilo disco mama papa pita puma lama lima nina diva gala koala gaga dodo polo trio zebu "
    "emu sumo tofu memo demo limo silo halo hero zero veto mono pogo bingo pizza tibia sari safari kali mali togo peru lego".split()
)

_ANIMALS = "dog cat horse cow pig sheep goat lion bear wolf fox rabbit duck owl frog hen".split()
_TOOLS = "hammer saw spade drill axe rake chisel file pliers wrench brush shovel".split()
_FOODS = "bread cheese rice soup honey butter jam cake noodles beans porridge pancakes".split()
_CLOTHES = "shirt coat hat scarf glove sock boot skirt jacket jumper belt cap".split()
_KINDS = (_ANIMALS, _TOOLS, _FOODS, _CLOTHES)
_COLOURS = "red blue green yellow black white grey brown".split()
_SHORT = "cup pen map net fan jar log tin rug pot hut bag key box van lid bus gate lamp rope".split()


class Plasticity(Probe):
    """Learning in context: can an agent that has learned much still pick up something new from what it reads?

    ## Description
    Each question shows a small invented world by a few examples: words and what they mean, labels for kinds of thing, a game with
    letters or numbers, orders in an invented language, or somebody who was told what was wrong with earlier answers. Then it asks for
    one more.

    ## Hidden rules
    None that stay: each prompt has a world of its own, drawn anew, and no two prompts share one.

    ## Observation
    Four to ten examples, then the question.

    ## Answer
    One word, number or short phrase. Case and dressing are forgiven.

    ## Reward
    1 for the answer that the examples determine, else 0.

    ## Feedback
    That the answer is right or wrong; a correction names the right one.

    ## Levels
    0: look up a word among the examples, label one more thing of a kind (one of four labels), play a game with letters. 1: translate a
    phrase whose words were shown apart, follow two mappings one after the other, find the rule of a sum, keep to a rule with its
    exception, and answer as earlier feedback taught.

    ## Pools
    ``eval``: 330 questions, drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.15 (one of four labels is right by chance) and 0.1; the oracle earns 1.
    @MEASURED@

    ## Origin
    Written for this suite. Learning in context as an ability of its own, which fine-tuning can cost: Brown et al. (2020), "Language
    Models are Few-Shot Learners"; loss of plasticity: Dohare et al. (2024), "Loss of plasticity in deep continual learning".
    """

    name = "Probe-Plasticity-v0"
    floors = (0.15, 0.1)

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return generate(seed, _COUNT, _HARD if level else _EASY)


def coined(draw: Draw, count: int) -> list[str]:
    """So many different invented words of two syllables."""
    words: list[str] = []
    while len(words) < count:
        word = draw.choice(_STARTS) + draw.choice(_VOWELS) + draw.choice(_ENDS) + draw.choice(_LAST)
        if word not in words and word not in _REAL:
            words.append(word)
    return words


def _shown(lines: Sequence[str], question: str, draw: Draw) -> str:
    head = draw.choice(
        ("", "Here are some examples.\n", "Look at these examples first.\n", "Read this and go on in the same way.\n")
    )
    return head + "\n".join((*lines, question))


# Level 0


def _lookup(draw: Draw) -> Item:
    """The word that was shown, in either direction."""
    things = draw.sample([name for kind in _KINDS for name in kind], draw.integer(4, 7))
    words = coined(draw, len(things))
    lines = [f"{word} means {thing}." for word, thing in zip(words, things)]
    place = draw.integer(0, len(things) - 1)
    if draw.chance(0.5):
        return Item(_shown(lines, f"What does {words[place]} mean? Answer with one word.", draw), things[place])
    return Item(_shown(lines, f"Which word means {things[place]}? Answer with one word.", draw), words[place])


def _label(draw: Draw) -> Item:
    """A label for each of four kinds, and one more thing of one of them."""
    labels = coined(draw, len(_KINDS))
    members = [draw.sample(kind, 3) for kind in _KINDS]
    shown = draw.shuffled([(name, label) for kind, label in zip(members, labels) for name in kind[:2]])
    which = draw.integer(0, len(_KINDS) - 1)
    lines = [f"{name} -> {label}" for name, label in shown]
    return Item(_shown(lines, f"{members[which][2]} ->", draw), labels[which])


_GAMES: Sequence[Callable[[str, str], str]] = (
    lambda word, extra: word + word,
    lambda word, extra: word + extra,
    lambda word, extra: extra + word,
    lambda word, extra: word[::-1],
    lambda word, extra: word[0] + extra + word[1:],
    lambda word, extra: word[1:] + word[0],
    lambda word, extra: word + word[0],
    lambda word, extra: word[-1] + word,
)


def _letters(draw: Draw) -> Item:
    """One game with letters for all examples."""
    game, extra = draw.choice(_GAMES), draw.choice(_STARTS)[0] + draw.choice(_VOWELS)
    words = draw.sample(_SHORT, 5)
    lines = [f"{word} -> {game(word, extra)}" for word in words[:4]]
    return Item(_shown(lines, f"{words[4]} ->", draw), game(words[4], extra))


# Level 1


def _phrase(draw: Draw) -> Item:
    """Colour, thing and number were each shown in other phrases; their order is the language's."""
    colours, things = draw.sample(_COLOURS, 3), draw.sample(_ANIMALS, 3)
    numbers = ("two", "three", "four")
    words = dict(zip((*colours, *things, *numbers), coined(draw, 9)))
    order = draw.choice(((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)))
    english = list(product(numbers, colours, things))
    *seen, asked = draw.sample(english, 8)
    while not all(word in {w for phrase in seen for w in phrase} for word in asked) or not _told_apart(seen):
        *seen, asked = draw.sample(english, 8)
    theirs = lambda phrase: " ".join(words[phrase[place]] for place in order)  # noqa: E731
    lines = [f"{_plural(phrase)}: {theirs(phrase)}" for phrase in seen]
    return Item(_shown(lines, f"{_plural(asked)}:", draw), theirs(asked))


def _told_apart(seen: Sequence[tuple[str, ...]]) -> bool:
    """No two words of a language always stand together in what was shown: each can be found."""
    places: dict[str, frozenset[int]] = {}
    for word in {word for phrase in seen for word in phrase}:
        places[word] = frozenset(number for number, phrase in enumerate(seen) if word in phrase)
    return len(set(places.values())) == len(places)


def _plural(phrase: Sequence[str]) -> str:
    number, colour, thing = phrase
    plural = {"sheep": "sheep", "wolf": "wolves", "fox": "foxes"}.get(thing, f"{thing}s")
    return f"{number} {colour} {plural}"


def _chain(draw: Draw) -> Item:
    """From a person to a place, from the place to a thing."""
    names = draw.sample("Ana Tom Ines Karl Mira Omar Lena Hugo Ruth Paul Emma Noah".split(), 5)
    places, things = coined(draw, 5), draw.sample([name for kind in _KINDS for name in kind], 5)
    lines = [f"{name} lives in {place.capitalize()}." for name, place in zip(names, places)]
    lines += [
        f"In {place.capitalize()} everybody has {'some' if thing in _FOODS else 'a'} {thing}."
        for place, thing in zip(places, things)
    ]
    lines = [line.replace(" a axe", " an axe").replace(" a owl", " an owl") for line in lines]
    which = draw.integer(0, 4)
    return Item(_shown(draw.shuffled(lines), f"What does {names[which]} have? Answer with one word.", draw), things[which])


def _sum(draw: Draw) -> Item:
    """a x + b y + c of two numbers, told by as many examples as leave one rule of the sort."""
    sign = draw.choice(("@", "#", "%", "~", "&"))
    a, b, c = draw.choice(
        ((1, 2, 0), (2, 1, 0), (2, 2, 0), (1, 1, 1), (1, 1, 3), (3, 1, 0), (1, 3, 0), (2, 1, 1), (1, 2, 5), (1, 1, 10))
    )
    pairs = draw.sample(list(product(range(1, 10), repeat=2)), 6)
    lines = [f"{x} {sign} {y} = {a * x + b * y + c}" for x, y in pairs[:5]]
    x, y = pairs[5]
    return Item(_shown(lines, f"{x} {sign} {y} =", draw), str(a * x + b * y + c))


def _exception(draw: Draw) -> Item:
    """Four kinds have labels, and whatever is of one colour has another, whichever its kind."""
    *labels, special = coined(draw, len(_KINDS) + 1)
    colour, *plain = draw.sample(_COLOURS, 4)
    members = [draw.sample(kind, 4) for kind in _KINDS]
    rows = [(f"{draw.choice(plain)} {name}", label) for kind, label in zip(members, labels) for name in kind[:2]]
    rows += [(f"{colour} {kind[2]}", special) for kind in draw.sample(members, 2)]
    which = draw.integer(0, len(_KINDS) - 1)
    odd = draw.chance(0.35)
    asked = f"{colour if odd else draw.choice(plain)} {members[which][3]}"
    lines = [f"{thing} -> {label}" for thing, label in draw.shuffled(rows)]
    return Item(_shown(lines, f"{asked} ->", draw), special if odd else labels[which])


def _taught(draw: Draw) -> Item:
    """Somebody answered wrongly and was told why: what was said, and not what was answered, is what counts."""
    clerk, *codes = coined(draw, 5)
    limits = sorted(draw.sample(range(20, 200, 10), 3))
    wrong = draw.shuffled(codes)
    amounts = [draw.integer(low, high - 1) for low, high in zip((1, *limits), (*limits, 300))]
    lines = []
    for place in draw.shuffled(range(4)):
        low, high = ((0, *limits)[place], (*limits, 0)[place])
        span = f"below {high}" if not low else f"of {low} or more" if not high else f"from {low} up to but not including {high}"
        said = next(code for code in wrong if code != codes[place])
        lines += [
            f"Question: An order of {amounts[place]} coins at {clerk.capitalize()}. Which code?",
            f"Answer: {said}",
            f"Feedback: No, orders {span} get {codes[place]}.",
        ]
    which = draw.integer(0, 3)
    low, high = ((1, *limits)[which], (*limits, 300)[which])
    fresh = [amount for amount in range(low, high) if amount not in amounts]
    return Item(
        _shown([*lines, f"Question: An order of {draw.choice(fresh)} coins at {clerk.capitalize()}. Which code?"], "Answer:", draw),
        codes[which],
    )


_EASY = (_lookup, _label, _letters)
_HARD = (_phrase, _chain, _sum, _exception, _taught)
