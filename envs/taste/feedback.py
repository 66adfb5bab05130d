"""What the person says to a pick: whether it was the one, what speaks for and against it, and what would have been right.

Every opinion is said in the words of its strength, so that each remark is a fact about this person that holds for all slates.
"""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Feedback, Grade, Misled, malformed
from clgym.envs.taste.slates import Scale, Slate
from clgym.envs.taste.taste import STRENGTHS, Reason, Taste
from clgym.envs.taste.words import MOMENT, TRAIT_NAMES, Kind, occasion, trait_of
from clgym.seeding import Draw
from clgym.text.answers import quoted
from clgym.text.english import capital
from clgym.text.phrases import Phrasing

_BEST = ("Just what I wanted!", "Yes, that is the one for me.", "That is exactly what I would have picked.")
_CLOSE = ("Close, but not quite the one.", "I would enjoy it, though I would have picked another.", "Nearly what I wanted.")
_FAIR = ("Not bad, but not the one.", "It would do, but I would have picked another.", "I could live with it; it is not the one.")
_POOR = ("No, not that one.", "That is not for me.", "I would not have picked that.")
#: How a liking and a dislike are said, by strength: slight, plain, strong.
LIKING = (
    ("it is a small plus that", "I am a little glad that", "it is rather nice that"),
    ("I like that", "it pleases me that", "it is good that"),
    ("I love that", "it delights me that", "best of all is that"),
)
DISLIKE = (
    ("it is a small minus that", "I am a little sorry that", "it is rather a nuisance that"),
    ("I mind that", "it puts me off that", "it is a pity that"),
    ("I hate that", "I cannot stand that", "it spoils everything that"),
)
#: What is said of a turn.
TURNED = ("{when} its {trait} counts the other way round", "{when} I turn its {trait} round", "its {trait} is turned round {when}")
_NOTHING = ("It leaves me cold.", "I have no opinion of it either way.", "There is nothing to say for it or against it.")
#: Of guards, where somebody else's order is in the prompt.
_RANKED = (
    "By that order it is the {rank} of the five.",
    "It comes {rank} in that order.",
    "The order that was told puts it {rank}.",
)
_RANKS = ("first", "second", "third", "fourth", "last")
_TAKEN = ("I would have picked {best}", "It should have been {best}", "The right one is {best}")
_EMPTY = ("You picked nothing.", "There is no name in the answer.", "I was given an empty answer.")
_SEVERAL = (
    "You named {count} of the five; one was asked for.",
    "That is {count} names; pick a single one.",
    "I can have only one of them, and you named {count}.",
)
_UNKNOWN = (
    '"{answer}" is not one of the five on the list.',
    'There is no "{answer}" among the five.',
    'I do not see "{answer}" on the list; answer with one of the five, as it stands there.',
)
_LONG = (
    "The answer has {count:,} characters; one of the five names was asked for.",
    "One name was asked for, not {count:,} characters.",
    "{count:,} characters are more than a name.",
)
_NUMBERS = ("two", "three", "four", "five")
#: How many reasons are told of a side: for a pick, against it, for the right one.
TOLD = 2


def pick_grade(phrasing: Phrasing, kind: Kind, taste: Taste, slate: Slate, scale: Scale, place: int) -> Grade:
    """The grade of having picked the candidate at ``place``."""
    reward = scale.rewards[place]
    diagnosis = _said_of(phrasing, kind, taste, slate, scale, place)
    if reward == 1.0:
        return Grade(1.0, "correct", Feedback(phrasing.choice(_BEST), diagnosis), {"pleasure": 1.0})
    verdict = phrasing.choice(_CLOSE if reward >= 0.5 else _FAIR if reward else _POOR)
    feedback = Feedback(verdict, diagnosis, correction(phrasing, kind, taste, slate, scale))
    return Grade(reward, "partial" if reward else "wrong", feedback, {"pleasure": reward})


def _said_of(phrasing: Phrasing, kind: Kind, taste: Taste, slate: Slate, scale: Scale, place: int) -> str:
    """What is said of a pick: reasons, or its rank in the order that the prompt tells."""
    if slate.other:
        return phrasing.say(_RANKED, rank=_RANKS[sum(points > scale.worth[place] for points in scale.worth)])
    return weighed(phrasing, kind, told(phrasing, taste.reasons(slate.things[place].values, slate.moment)))


def told(draw: Draw, reasons: Sequence[Reason]) -> list[Reason]:
    """What comes to mind of the reasons: as many for as against, as far as there are any."""
    sides = [[reason for reason in reasons if (reason.points > 0) == liked] for liked in (True, False)]
    return [reason for side in sides for reason in draw.sample(side, min(TOLD, len(side)))]


def weighed(phrasing: Draw, kind: Kind, reasons: Sequence[Reason]) -> str:
    """Reasons in a sentence: "I love that it is smoky, but I mind that it is blended on the coast."."""
    if not reasons:
        return phrasing.choice(_NOTHING)
    liked = [opinion(phrasing, kind, reason) for reason in reasons if reason.points > 0]
    minded = [opinion(phrasing, kind, reason) for reason in reasons if reason.points < 0]
    return capital(", but ".join(", and ".join(side) for side in (liked, minded) if side)) + "."


def opinion(phrasing: Draw, kind: Kind, reason: Reason) -> str:
    """One reason in the words of its strength: "I mind that it is smoky (when I am tired I turn its character round)"."""
    openings = (LIKING if reason.points > 0 else DISLIKE)[STRENGTHS.index(abs(reason.points))]
    words = f"{phrasing.choice(openings)} {clause(kind, reason.term)}"
    if reason.turn:
        when = occasion(reason.turn.question, reason.turn.value)
        words += f" ({phrasing.choice(TURNED).format(when=when, trait=TRAIT_NAMES[reason.turn.trait])})"
    return words


def clause(kind: Kind, term: Sequence[str]) -> str:
    """A term as a clause: "it is smoky", "it is both smoky and sold by two sisters", "on a rainy day it is smoky"."""
    trait, *others = (trait_of()[value] for value in term)
    first = kind.clause(trait, term[0])
    if not others:
        return first
    if others[0] in MOMENT:
        return f"{occasion(others[0], term[1])} {first}"
    return f"{first} and at the same time {kind.part(others[0], term[1])}"


def correction(phrasing: Phrasing, kind: Kind, taste: Taste, slate: Slate, scale: Scale) -> str:
    """The right pick, and what speaks for it."""
    right = slate.things[scale.best]
    reasons = [] if slate.other else [r for r in taste.reasons(right.values, slate.moment) if r.points > 0]
    why = f" {weighed(phrasing, kind, told(phrasing, reasons))}" if reasons else ""
    return f"{phrasing.say(_TAKEN, best=right.name)}.{why}"


def mistaken(
    draw: Draw, kind: Kind, taste: Taste, slate: Slate, picked: int | None, answer: str, grade: Grade, other: int
) -> Misled:
    """What somebody says who takes this person's likings for dislikes, and an order for its reverse.

    Who is praised hears that ``answer`` is right; who is blamed hears that the thing at ``other`` is, of which only likings are told.
    """

    def said(place: int | None, liked: bool) -> str:
        if place is None:
            return ""
        if slate.other:
            return draw.choice(_RANKED).format(rank=_RANKS[0 if liked else -1])
        reasons = taste.reasons(slate.things[place].values, slate.moment)
        turned = [reason._replace(points=-reason.points) for reason in reasons if (reason.points < 0) == liked]
        return weighed(draw, kind, told(draw, turned)) if turned else ""

    if grade.outcome != "correct":
        return Misled(Grade(1.0, "correct", Feedback(draw.choice(_BEST), said(picked, True)), {"pleasure": 1.0}), answer)
    wrong = slate.things[other].name
    claim = f"{draw.choice(_TAKEN).format(best=wrong)}. {said(other, True)}".rstrip()
    return Misled(Grade(0.0, "wrong", Feedback(draw.choice(_POOR), said(picked, False), claim), {"pleasure": 0.0}), wrong)


def unread(phrasing: Phrasing, text: str, names: Sequence[str], best: str) -> Grade:
    """The grade of an answer that is not one of the names."""
    right = phrasing.say(_TAKEN, best=best) + "."
    if not text:
        return malformed(phrasing.choice(_EMPTY), right)
    if len(text) > 400:
        return malformed(phrasing.say(_LONG, count=len(text)), right)
    named = sum(name in text for name in names)
    if named > 1:
        return malformed(phrasing.say(_SEVERAL, count=_NUMBERS[named - 2]), right)
    return malformed(phrasing.say(_UNKNOWN, answer=quoted(text)), right)
