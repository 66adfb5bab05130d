"""How a slate is put into words."""

from __future__ import annotations

from clgym.envs.taste.kinds import POSITION, SHOWN, TRAITS, Kind, Thing
from clgym.envs.taste.person import Moment
from clgym.seeding import Draw
from clgym.text.english import article, capital

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
OTHERS_SHORT = (
    "{other} likes {plural} in this order: {order}. Which one is for {other}: {list}?",
    "For {other}, best first: {order}. Which {noun} would {other} pick: {list}?",
    "This is for {other}, who ranks {plural} like this: {order}. Options: {list}.",
    "{other}'s order of {plural} is {order}. Pick one for {other}: {list}.",
    "Not for everybody, but for {other}, who likes {order} {plural}, in that order. Which one: {list}?",
    "From best to worst, {other} likes {order}. Choose a {noun} for {other}: {list}.",
    "{other} goes by the first word: {order}, best first. Which {noun} will it be: {list}?",
    "What would {other} take, whose order is {order}? Options: {list}.",
)
OTHERS_LONG = (
    "This {noun} is for {other}. {wish}\n{list}\nWhich one would {other} pick? Answer with its name.",
    "{other} is looking for a {noun}. {wish} These are on offer:\n{list}\nJust the name, please.",
    "My friend {other} wants a {noun}. {wish}\n{list}\nWhich of them is the one for {other}? Give its name only.",
    "I would like to surprise {other} with a {noun}. {wish} Here is what I found:\n{list}\nTell me the name of the best one.",
    "Please choose a {noun} for {other}. {wish}\n{list}\nOnly the name, please.",
    "{wish} {other} can have one of these {plural}:\n{list}\nName the one that {other} would pick.",
    "{wish} What would {other} choose? The list of {plural}:\n{list}\nReply with one name.",
    "We need a {noun} for {other}. {wish} The candidates:\n{list}\nWhich one? The name is enough.",
)
_MOMENTS = (
    "It is a {weather} {time}; {name} is {company} and {mood}. ",
    "A {weather} {time}: {name} is {company} and rather {mood}. ",
    "{name} is {company} and {mood} on this {weather} {time}. ",
    "Today is {weather}, it is {time}, and {name} is {company} and {mood}. ",
)
_CARDS = {
    1: (
        "{Base}, {place} and {maker}, at {price}.",
        "{Base} for {price}, {maker} and {place}.",
        "{Base}, {maker}, {place}; it costs {price}.",
    ),
    2: (
        "{Base}, {place} and {maker}, {colour}. It is {fame}, it {age} and it costs {price}.",
        "{Base} {colour}, {maker} and {place}, at {price}. It {age} and is {fame}.",
        "{Base}, {maker}, {place}, {colour}; {fame}. It costs {price} and {age}.",
    ),
    3: (
        "{Base}, {place} and {maker}, {colour}. It is {fame}, it {age}, it has {stars} and it costs {price}.",
        "{Base} {colour}, {maker} and {place}, at {price}. It {age}, has {stars} and is {fame}.",
        "{Base} with {stars}, {maker}, {place}, {colour}; {fame}. It costs {price} and {age}.",
    ),
}


def card(draw: Draw, kind: Kind, thing: Thing, level: int) -> str:
    """One candidate in prose: "- Copper Mist: A light, smoky tea, blended on the coast and sold by two sisters, at £6 a tin."""
    traits = {trait: thing.traits[POSITION[trait]] for trait in TRAITS[: SHOWN[level]]}
    manner = str(traits["manner"])
    phrases = {
        "Base": f"{capital(article(manner))} {manner}, {traits['character']} {kind.noun}",
        "place": f"{kind.made} {traits['place']}",
        "maker": f"{kind.by} {traits['maker']}",
        "price": f"£{traits['price']} {kind.price}",
    }
    if level >= 2:
        phrases |= {
            "colour": kind.holder.format(traits["colour"]),
            "fame": str(traits["fame"]),
            "age": kind.aged.format(traits["age"]),
        }
    if level == 3:
        phrases["stars"] = f"{traits['stars']} star{'s' if traits['stars'] != 1 else ''}"
    return f"- {thing.name}: {draw.choice(_CARDS[level]).format(**phrases)}"


def listed(draw: Draw, kind: Kind, things: tuple[Thing, ...], level: int) -> str:
    """The candidates as they stand in the prompt."""
    if level == 0:
        return "; ".join(thing.name for thing in things)
    return "\n".join(card(draw, kind, thing, level) for thing in things)


def moment_sentence(draw: Draw, name: str, moment: Moment) -> str:
    """The moment in a sentence, or nothing."""
    if not moment:
        return ""
    weather, time, company, mood = moment
    return draw.choice(_MOMENTS).format(name=name, weather=weather, time=time, company=company, mood=mood)
