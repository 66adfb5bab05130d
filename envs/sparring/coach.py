"""The corner coach: how a move was, what the opponent does after which tell, which move was best."""

from __future__ import annotations

from clgym.core import Feedback
from clgym.envs.sparring import words
from clgym.envs.sparring.fights import Fight
from clgym.envs.sparring.habits import Habits, Intent, State
from clgym.envs.sparring.schools import CUES, SCHOOLS
from clgym.text.answers import quoted
from clgym.text.english import capital

VERDICTS = {
    "correct": ("Good read.", "That is the one.", "Exactly right."),
    "partial": ('"{said}" is half right.', 'With "{said}" you are half safe.', '"{said}" helps a little.'),
    "wrong": ('Not "{said}".', 'Your "{said}" is no answer there.', 'No, "{said}" is for something else.'),
    "malformed": ("I saw no move.", "That is not a move.", "I could not tell what you did."),
}
#: What is said before the reasons to somebody who named no move.
UNREAD = {
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
#: What each rule of an opponent does, by the name of the rule. The first rule of an exchange comes from the upper group.
REASONS = {
    "plain": (
        "When {he} {tell}, the {attack} follows.",
        "Whenever {he} {tell}, look out for the {attack}.",
        "{He} {tell}, and then comes the {attack}.",
    ),
    "tired": (
        "From exchange {tired_from} on {he} is tired, and when {he} {tell}, the {attack} follows.",
        "{He} tires: from exchange {tired_from} on, whenever {he} {tell}, look out for the {attack}.",
        "Once {he} is tired, from exchange {tired_from} on, {he} {tell} before the {attack}.",
    ),
    "close": (
        "At close range it is another story: {he} {tell}, and the {attack} follows.",
        "When {he} {tell} at close range, look out for the {attack}.",
        "Close in, {he} {tell} before the {attack}, whatever it means at long range.",
    ),
    "late": (
        "From round {late_from} on, when {he} {tell}, the {attack} follows.",
        "{He} changes late: from round {late_from} on {he} {tell} before the {attack}.",
        "In round {round} that is no longer the old sign: from round {late_from} on {he} {tell}, and the {attack} comes.",
    ),
    "follow": (
        "When {he} {tell}, {he} goes on from {his} last attack: after the {last} comes the {attack}.",
        "{He} {tell} in the middle of a combination: the {last} first, then the {attack}.",
        "That is a combination. {He} {tell} after the {last}, and the {attack} follows.",
    ),
    "press": (
        "{He} had just landed the {last}, and when {he} {tell} after that, the {attack} follows.",
        "The {last} landed, then {he} {tell}: look out for the {attack}.",
        "{He} presses when {he} lands: the {last} got through, {he} {tell}, and the {attack} comes.",
    ),
    "nothing": (
        "{name} has no habits, and what {he} shows is empty: at this point the {attack} is likeliest.",
        "Do not read {him}. You were told what comes half the time: here it is the {attack}.",
        "That sign means nothing with {name}; what counts is that the {attack} is commonest now.",
    ),
    "punish": (
        "But you made the same move twice running, and {he} has read you: not the {before}, the {attack} comes.",
        "Only, after the same move twice running, the {before} turns into the {attack}.",
        "But {he} saw you repeat yourself, and in place of the {before} comes the {attack}.",
    ),
    "feint": (
        "But {cue} it is a feint: not the {before}, the {attack} comes.",
        "Only, {cue} {he} is feinting, and the {before} turns into the {attack}.",
        "But {he} feints {cue}: in place of the {before} comes the {attack}.",
    ),
    "temper": (
        "But {he} has lost {his} temper, countered twice since {he} last landed: not the {before}, the {attack} comes.",
        "Only, {he} was angry, beaten twice since {he} last landed, and then the {before} turns into the {attack}.",
        "But two counters without an answer make {him} angry, and in place of the {before} comes the {attack}.",
    ),
}
SHOWN = ('Best was "{right}".', 'The move was "{right}".', 'You wanted "{right}".')


def speak(habits: Habits, fight: Fight, state: State, intent: Intent, outcome: str, answer: str, right: str) -> Feedback:
    """The coach's three sentences on one exchange."""
    style = fight.style[state.exchange] // 24  # what is left of it once observation and event have been phrased
    quotation = quoted(answer, 40)
    diagnosis = reason(habits, fight, state, intent, style // 3)
    if outcome == "malformed":
        unread = _pick(UNREAD["something" if quotation else "nothing"], style).format(said=quotation)
        diagnosis = f"{unread} {diagnosis}"
    correction = "" if outcome == "correct" else _pick(SHOWN, style // 9).format(right=right)
    return Feedback(_pick(VERDICTS[outcome], style // 27).format(said=quotation), diagnosis, correction)


def reason(habits: Habits, fight: Fight, state: State, intent: Intent, style: int) -> str:
    """Why the opponent did what it meant to do: one sentence for each rule that decided."""
    school, person = SCHOOLS[fight.school], fight.person
    moment = fight.moments[state.exchange]
    before, sentences = intent.attack, []
    for place, (rule, attack) in enumerate(intent.steps):
        sentences.append(
            person.fill(
                _pick(REASONS[rule], style + place),
                tell=words.tell(person, moment.tell, fight.school),
                cue=CUES[moment.cue].format(his=person.his),
                attack=school.attacks[attack],
                before=school.attacks[before],
                last=school.attacks[state.last],
                round=state.round,
                tired_from=habits.tired_from,
                late_from=habits.late_from,
            )
        )
        before = attack
    return capital(" ".join(sentences))


def _pick(bank: tuple[str, ...], style: int) -> str:
    return bank[style % len(bank)]
