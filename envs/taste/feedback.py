"""What the person says to a pick: whether it was the one, what speaks for and against it, and what would have been right."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Feedback, Grade, malformed
from clgym.envs.taste.kinds import Kind
from clgym.envs.taste.person import Reason, Taste, reasons
from clgym.envs.taste.slates import Scale, Slate
from clgym.text.answers import quoted
from clgym.text.english import capital
from clgym.text.phrases import Phrasing

_BEST = ("Just what I wanted!", "Yes, that is the one for me.", "That is exactly what I would have picked.")
_CLOSE = ("Close, but not quite the one.", "I would enjoy it, though I would have picked another.", "Nearly what I wanted.")
_FAIR = ("Not bad, but not the one.", "It would do, but I would have picked another.", "I could live with it; it is not the one.")
_POOR = ("No, not that one.", "That is not for me.", "I would not have picked that.")
_LIKE = ("I like that", "it pleases me that", "it is good that")
_MIND = ("I mind that", "it puts me off that", "it is a pity that")
_MORE = (
    "{count} of the other four would please me more than {pick}.",
    "{pick} comes after {count} of the others.",
    "Of the other four I like {count} better than {pick}.",
)
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
_COUNTS = ("none", "one", "two", "three", "all")
_NUMBERS = ("two", "three", "four", "five")


def pick_grade(phrasing: Phrasing, kind: Kind, taste: Taste, slate: Slate, scale: Scale, place: int) -> Grade:
    """The grade of having picked the candidate at ``place``."""
    reward = scale.rewards[place]
    arguments = _reasons(taste, kind, slate, place)
    if reward == 1.0:
        return Grade(1.0, "correct", Feedback(phrasing.choice(_BEST), _weighed(phrasing, arguments)), {"pleasure": 1.0})
    better = sum(points > scale.worth[place] for points in scale.worth)
    count = phrasing.say(_MORE, count=_COUNTS[better], pick=f'"{slate.things[place].name}"')
    diagnosis = " ".join(filter(None, (_weighed(phrasing, arguments), capital(count))))
    verdict = phrasing.choice(_CLOSE if reward >= 0.5 else _FAIR if reward else _POOR)
    feedback = Feedback(verdict, diagnosis, correction(phrasing, kind, taste, slate, scale))
    return Grade(reward, "partial" if reward else "wrong", feedback, {"pleasure": reward})


def _reasons(taste: Taste, kind: Kind, slate: Slate, place: int) -> list[Reason]:
    return reasons(taste, kind, slate.things[place].traits, slate.moment, [thing.traits for thing in slate.things])


def _weighed(phrasing: Phrasing, arguments: list[Reason]) -> str:
    """The two weightiest reasons for a thing and the two weightiest against it."""
    liked = [reason.clause for reason in arguments if reason.points > 0][:2]
    minded = [reason.clause for reason in arguments if reason.points < 0][:2]
    sides = ((phrasing.choice(_LIKE), liked), (phrasing.choice(_MIND), minded))
    text = ", but ".join(f"{opening} {' and that '.join(side)}" for opening, side in sides if side)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def correction(phrasing: Phrasing, kind: Kind, taste: Taste, slate: Slate, scale: Scale) -> str:
    """The right pick, and what speaks for it."""
    best = slate.things[scale.best]
    liked = [reason.clause for reason in _reasons(taste, kind, slate, scale.best) if reason.points > 0][:2]
    why = f": {' and '.join(liked)}" if liked else ""
    return phrasing.say(_TAKEN, best=best.name) + why + "."


def unread(phrasing: Phrasing, text: str, names: Sequence[str], best: str) -> Grade:
    """The grade of an answer that is not one of the names."""
    right = phrasing.say(_TAKEN, best=best) + "."
    if not text:
        return malformed(phrasing.choice(_EMPTY), right)
    if len(text) > 400:
        return malformed(phrasing.say(_LONG, count=len(text)), right)
    named = 0
    for name in names:
        named += name in text
    if named > 1:
        return malformed(phrasing.say(_SEVERAL, count=_NUMBERS[named - 2]), right)
    return malformed(phrasing.say(_UNKNOWN, answer=quoted(text)), right)
