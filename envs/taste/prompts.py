"""How a slate is put into words."""

from __future__ import annotations

from clgym.envs.taste.slates import Wish
from clgym.envs.taste.taste import Moment
from clgym.envs.taste.words import OTHERS, TRAIT_NAMES, Kind, Thing, traits_of
from clgym.seeding import Draw
from clgym.text.english import article, capital
from clgym.text.english import listed as enumerated

#: Level 0 fits on one line.
SHORT = (
    "Which {noun} would {name} pick: {list}?",
    "{name} picks a {noun}. Options: {list}. Which one?",
    "Pick a {noun} for {name}: {list}.",
    "{name} has the choice of these {plural}: {list}. Which one will it be?",
    "One {noun} for {name}, please: {list}.",
    "What would {name} choose? {plural_cap}: {list}.",
    "Choose the {noun} that {name} likes best: {list}.",
    "Five {plural} are on offer: {list}. Which is for {name}?",
)
LONG = (
    "{moment}Which {noun} would {name} pick?\n{list}\nAnswer with its name.",
    "{moment}{name} is looking for a {noun}. These are on offer:\n{list}\nWhich one should it be? Just the name, please.",
    "{moment}Five {plural} to choose from:\n{list}\nWhich of them is the one for {name}? Give its name only.",
    "{moment}I would like to surprise {name} with a {noun}. Here is what I found:\n{list}\nTell me the name of the best one.",
    "{moment}Please choose a {noun} for {name}:\n{list}\nOnly the name, please.",
    "{moment}{name} can have one of these {plural}:\n{list}\nName the one that {name} would enjoy most.",
    "{moment}What would {name} choose? The list of {plural}:\n{list}\nReply with one name.",
    "{moment}We need a {noun} that {name} will like. The candidates:\n{list}\nWhich one? The name is enough.",
)
#: Whom a guard is about. Every second one says that this person is not the world's.
WISHES = (
    "This time it is not about {name} but about {other}, who goes by the {trait} and nothing else, best first: {order}. ",
    "{name} needs a {noun} for {other}, who ranks {plural} by their {trait}, from best to worst: {order}. ",
    "{other} has another taste than {name} and looks at the {trait} only; best first: {order}. ",
    "{name} will give {other} a {noun}. All that counts there is the {trait}: {order}, in that order. ",
    "Forget what {name} likes: for {other} the {trait} decides, from best to worst {order}. ",
    "{name} asks on behalf of {other}: first choice {order}, in this order, and nothing counts but the {trait}. ",
)
_FOR_OTHER_SHORT = ("Which {noun} would {other} pick: {list}?", "Options for {other}: {list}.", "One {noun} for {other}: {list}.")
_FOR_OTHER_LONG = (
    "{moment}Which {noun} would {other} pick?\n{list}\nAnswer with its name.",
    "{moment}These are on offer for {other}:\n{list}\nWhich one should it be? Just the name, please.",
    "{moment}{other} can have one of these {plural}:\n{list}\nName the one that {other} would enjoy most.",
)
_MOMENTS = (
    "It is a {weather} day{hour}; {name} is {company}. ",
    "A {weather} day{hour}: {name} is {company}. ",
    "{name} is {company} on this {weather} day{hour}. ",
    "Today is a {weather} day, and {name} is {company}{hour}. ",
)
_CARDS = ("{base}, {parts}.", "{base}: {parts}.", "{base} that is {parts}.")


def card(draw: Draw, kind: Kind, thing: Thing, level: int) -> str:
    """One candidate in prose: "- Copper Mist: A light, smoky tea, blended on the coast and sold by two sisters."."""
    described = dict(zip(traits_of(level), thing.values))
    words = ", ".join(described.pop(trait) for trait in ("manner", "character") if trait in described)
    parts = draw.shuffled(kind.part(trait, value) for trait, value in described.items())
    base = f"{capital(article(words))} {words} {kind.noun}"
    return f"- {thing.name}: {draw.choice(_CARDS).format(base=base, parts=enumerated(parts))}"


def listed(draw: Draw, kind: Kind, things: tuple[Thing, ...], level: int) -> str:
    """The candidates as they stand in the prompt."""
    if level == 0:
        return "; ".join(thing.name for thing in things)
    return "\n".join(card(draw, kind, thing, level) for thing in things)


def moment_sentence(draw: Draw, name: str, moment: Moment) -> str:
    """The moment in a sentence, or nothing."""
    if not moment:
        return ""
    weather, hour, *rest = moment
    return draw.choice(_MOMENTS).format(name=name, weather=weather, hour=f" {hour}", company=" and ".join(rest))


def prompt(draw: Draw, kind: Kind, name: str, level: int, things: tuple[Thing, ...], moment: Moment) -> str:
    """A question about the world's person."""
    return draw.choice(LONG if level else SHORT).format(
        noun=kind.noun,
        plural=kind.plural,
        plural_cap=capital(kind.plural),
        name=name,
        moment=moment_sentence(draw, name, moment),
        list=listed(draw, kind, things, level),
    )


def guard_prompt(draw: Draw, kind: Kind, name: str, level: int, wish: Wish, things: tuple[Thing, ...], moment: Moment) -> str:
    """A question about somebody else, whose taste it tells."""
    other = draw.choice(OTHERS)
    words = {"noun": kind.noun, "plural": kind.plural, "name": name, "other": other}
    told = draw.choice(WISHES).format(**words, trait=TRAIT_NAMES[wish.trait], order=", ".join(wish.order))
    asked = draw.choice(_FOR_OTHER_LONG if level else _FOR_OTHER_SHORT)
    return told + asked.format(
        **words, moment=moment_sentence(draw, other, moment), list=listed(draw, kind, things, level)
    )  # fmt: skip
