"""The corner coach: how a move was, and what is true of this opponent. It never calls the move; :mod:`.reading` reads it back.

What is said is a list of :class:`Remark`; a mistaken coach (:func:`mistaken`) says remarks of the same kinds.
"""

from __future__ import annotations

from bisect import bisect
from typing import NamedTuple

from clgym.core import Feedback
from clgym.envs.sparring import words
from clgym.envs.sparring.fights import Fight
from clgym.envs.sparring.habits import LEVELS, OPENINGS, Habits, Situation
from clgym.envs.sparring.schools import CUES, HALF, HANDS, KINDS, MOODS, SCHOOLS, payoff
from clgym.text.answers import quoted
from clgym.text.english import capital
from clgym.text.phrases import Phrasing


class Remark(NamedTuple):
    """One statement of the coach.

    ==========  ============================================================================================
    ``never``   ``tell`` never comes before attack ``value``
    ``kind``    taken alone, ``tell`` comes before something of kind ``value``; ``hand`` likewise
    ``other``   the same of a tell that is not this exchange's, with its attack ``value``
    ``fixed``   nothing changes what follows ``tell``
    ``shift``   what a rule (``about``) adds (``value``); ``detail``: the exchange from which it holds, or its cue
    ``mood``    which mood leaves most open (``value``) and which least (``detail``)
    ==========  ============================================================================================
    """

    what: str
    tell: int = -1
    value: int = -1
    about: str = ""
    detail: int = -1


#: By what the move was: whether it was the best for the fight, and what it did about the attack (1, half, nothing).
VERDICTS = {
    ("correct", 1.0): ("Good read.", "That is the one.", "Exactly right."),
    ("correct", HALF): ("Rightly half a stop: the fight goes on.", "Well thought: half a stop and a better mood.", "Half a stop, and still the best."),
    ("correct", 0.0): ("Let it through, and rightly so.", "That one got through, and it was worth it.", "No stop, and still the best for what comes after."),
    ("partial", 1.0): ('"{said}" stops it, but the mood it leaves costs you more.', 'Stopped, yes, but "{said}" will cost you.', 'With "{said}" you win the exchange and lose what comes after.'),
    ("partial", HALF): ('"{said}" is half right.', 'With "{said}" you are half safe.', '"{said}" helps a little.'),
    ("wrong", 0.0): ('Not "{said}".', 'Your "{said}" is no answer there.', 'No, "{said}" is for something else.'),
}  # fmt: skip
UNREAD = ("I saw no move.", "That is not a move.", "I could not tell what you did.")
#: What is said before the rest to somebody who named no move.
ADVICE = {
    "something": (
        'Answer with one of the moves and nothing else, not "{said}".',
        'I read "{said}"; one move from the list is what I need.',
        '"{said}" is not on the list of moves.',
    ),
    "nothing": (
        "You said nothing; name one of the moves.",
        "An empty answer is no move at all.",
        "Say one of the moves, and only that.",
    ),
}
#: At level 0, where nothing changes what a tell means, and above it.
NEVER = ("{He} never {does} before the {attack}.", "When {he} {does}, it is not the {attack}.", "Not the {attack}: {he} {does} for something else.")  # fmt: skip
PLAIN = (
    "Remember: when {he} {does}, the {attack} follows.",
    "And whenever {he} {does}, look out for the {attack}.",
    "Keep in mind that {he} {does} before the {attack}.",
)
HALVES = (
    "With nothing else in play, when {he} {does}, something {part} follows.",
    "Taken alone, {he} {does} before something {part}.",
    "All else quiet, when {he} {does}, look out for something {part}.",
)
OTHERS = (
    "Remember: with nothing else in play, when {he} {does}, the {attack} follows.",
    "Keep in mind that, taken alone, {he} {does} before the {attack}.",
    "And all else quiet, whenever {he} {does}, look out for the {attack}.",
)
FIXED = (
    "That sign is fixed: {he} {does}, and nothing changes what follows.",
    "Whatever the hour or the mood, when {he} {does}, it means one and the same.",
    "When {he} {does}, no circumstance counts.",
)
MOODY = (
    "{He} leaves most open when {he} is {most}, least when {he} is {least}.",
    "You find most room when {he} is {most} and least when {he} is {least}.",
    "Mind the mood: {most}, {he} is wide open; {least}, {he} gives you next to nothing.",
)
#: When a rule holds. What it does follows.
CONDITIONS = {
    "tired": ("From exchange {n} on {he} is tired", "{He} tires: from exchange {n} on", "Tiredness tells from exchange {n} on"),
    "angry": ("When {he} is angry", "Anger changes {him}", "In a temper"),
    "close": ("At close range", "Close in it is another story", "When the two of you are close"),
    "feint": ("A sign that {he} gives {cue} is a feint", "{He} feints {cue}", "What {he} shows {cue} is a lie"),
    "read": ("After the same move twice running {he} has read you", "{He} reads whoever repeats a move", "Do the same thing twice and {he} is ready"),
}  # fmt: skip
JOINTS = (": {change}.", "; then {change}.", ", and {change}.")
#: Said in front at a level that has fixed signs.
BUT_FIXED = "Fixed signs apart: "
SHOWN = ('Best was "{right}".', 'The move was "{right}".', 'You wanted "{right}".')


def change(value: int, school: str) -> str:
    """What a shift does, in words."""
    kinds, hands = SCHOOLS[school].kinds, value % HANDS
    step = value % KINDS
    if not step:
        return "the kind stays and the hand is the other one"
    turns = ", ".join(f"{kind} turns {kinds[(place + step) % KINDS]}" for place, kind in enumerate(kinds))
    return f"{turns}, {'with the other hand' if hands else 'the hand stays'}"


def sentence(remark: Remark, habits: Habits, fight: Fight, phrasing: Phrasing) -> str:
    """A remark in words."""
    person, sport = fight.person, SCHOOLS[fight.school]
    does = words.tell(person, remark.tell, fight.school) if remark.tell >= 0 else ""
    if remark.what == "shift":
        text = phrasing.choice(CONDITIONS[remark.about]) + phrasing.choice(JOINTS)
        cue = words.cue(person, remark.detail).strip() if remark.about == "feint" else ""
        text = person.fill(text, n=remark.detail, cue=cue, change=change(remark.value, fight.school))
        return f"{BUT_FIXED}{text[0].lower()}{text[1:]}" if LEVELS[habits.level].fixed else text
    if remark.what == "mood":
        return person.fill(phrasing.choice(MOODY), most=MOODS[remark.value], least=MOODS[remark.detail])
    if remark.what == "kind":
        return person.fill(phrasing.choice(HALVES), does=does, part=sport.kinds[remark.value])
    if remark.what == "hand":
        return person.fill(phrasing.choice(HALVES), does=does, part=f"from the {sport.hands[remark.value]}")
    bank = {"never": NEVER, "fixed": FIXED, "other": PLAIN if habits.level == 0 else OTHERS}[remark.what]
    return person.fill(phrasing.choice(bank), does=does, attack=sport.attacks[remark.value])


def speak(habits: Habits, fight: Fight, situation: Situation, move: int, outcome: str, answer: str, right: int) -> Feedback:
    """The coach's three sentences on one exchange; ``move`` is -1 where the answer was none, ``right`` the best one."""
    phrasing = Phrasing(fight.person.name, fight.pool, fight.index, situation.exchange, answer)
    attack = fight.plan[situation.exchange] if fight.plan else habits.attack(situation)
    said = quoted(answer, 40)
    verdict = phrasing.choice(UNREAD if move < 0 else VERDICTS[outcome, payoff(move, attack)])
    diagnosis = phrasing.say(ADVICE["something" if said else "nothing"], said=said) if move < 0 else ""
    remarks = [] if fight.plan else remarks_on(habits, situation, right == attack, phrasing)
    spoken = [sentence(remark, habits, fight, phrasing) for remark in remarks]
    if fight.plan:
        spoken = [phrasing.say(HABITLESS, name=fight.person.name)]
    best = SCHOOLS[fight.school].moves[right]
    correction = "" if outcome == "correct" else phrasing.say(SHOWN, right=best)
    return Feedback(verdict.replace("{said}", said), capital(" ".join(filter(None, (diagnosis, *spoken)))), correction)


HABITLESS = (
    "{name} has no habits: go by what you were told comes half the time.",
    "There is nothing to read in {name}; you were told what comes oftenest.",
    "What {name} shows is empty. You know what half of it is, and when.",
)


def remarks_on(habits: Habits, situation: Situation, beats: bool, phrasing: Phrasing) -> list[Remark]:
    """What the coach says of one exchange: half of what its tell means, one rule that counted, and now and then another habit.

    ``beats``: whether the best move is the one that beats the attack; where it is not, the moods are what has to be explained.
    """
    tell = situation.moment.tell
    found = [_half(tell, habits.meanings[tell], habits.level, phrasing)]
    if habits.shifts:
        about = [Remark("fixed", tell)] if tell in habits.fixed else [_shift(habits, rule) for rule in habits.active(situation)]
        ranked = sorted(range(len(MOODS)), key=lambda mood: -habits.openings[mood])
        found.append(
            phrasing.choice([*about, Remark("mood", value=ranked[0], detail=ranked[-1])])
            if beats
            else Remark("mood", value=ranked[0], detail=ranked[-1])
        )
    if phrasing.chance(LEVELS[habits.level].other):
        other = another(habits, tell, phrasing)
        found.append(Remark("other", other, habits.meanings[other]))
    return found


def another(habits: Habits, tell: int, phrasing: Phrasing) -> int:
    """A tell that is not this one, the commoner ones oftener."""
    while (other := habits.tells[min(bisect(habits.shares, phrasing.uniform()), len(habits.tells) - 1)]) == tell:
        pass
    return other


def _half(tell: int, meaning: int, level: int, phrasing: Phrasing) -> Remark:
    """Kind or hand of what a tell means; at level 0, which has no hands, what it does not mean."""
    if LEVELS[level].attacks == KINDS:
        return Remark("never", tell, (meaning + phrasing.integer(1, 2)) % KINDS)
    return Remark("kind", tell, meaning % KINDS) if phrasing.chance(0.5) else Remark("hand", tell, meaning % HANDS)


def _shift(habits: Habits, rule: str) -> Remark:
    detail = {"tired": habits.tired_from, "feint": habits.cues[0]}.get(rule, -1)
    return Remark("shift", value=habits.shifts[rule], about=rule, detail=detail)


assert len(OPENINGS) == len(MOODS) and len(CUES) > 2
