"""What a colleague who knows the playbook says to an answer: verdict, diagnosis, correction.

A diagnosis names the clause that decides and the facts it rests on, and says where the agent's answer comes from. It says that something
is over a limit or within it, not how much the limit is; and on what terms a client is, not what a course means on them. It never says
which action, owner, deadline or code would have been right; where a clause is asked for, it never names that clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clgym.core import Feedback, Grade
from clgym.envs.playbook.cases import Facts
from clgym.envs.playbook.policy import Book, Condition, Path, paths
from clgym.envs.playbook.roster import CLIENT, FIRST, KINDS
from clgym.seeding import Draw
from clgym.text.answers import quoted
from clgym.text.english import listed
from clgym.text.phrases import Phrasing

_RIGHT = ("Right.", "Yes, that is how we do it.", "Correct.", "Exactly so.")
_WRONG = ("That is not how we do it.", "No, that is wrong.", "Not right.", "No, we do not do that here.")
_PARTLY = ("Partly right.", "Right in part.", "Not all of it is right.")
BASIS = ("Clause {code} decides here: {facts}.", "It follows from clause {code}: {facts}.", "This rests on clause {code}: {facts}.")
_SHOWN = ("It should be: {right}", "The right answer is: {right}", "We would have said: {right}")

DECIDES = (
    'You said "{said}", but clause {code} decides here, since {facts}, and it says something else.',
    '"{said}" is not what clause {code} says, and that is the clause that decides: {facts}.',
    'Clause {code} applies ({facts}), and it does not lead to "{said}".',
)
TERMS = (
    "The clause calls for {course}, and {client} is on {terms} terms.",
    "That means {course}, and what this is depends on the client: {client} is on {terms} terms.",
    "By this clause it is {course}; as for {client}, we deal on {terms} terms.",
    "So it is {course}, in the sense of the {terms} terms that we have with {client}.",
)
ELSEWHERE = (
    'Clause {code} leads to "{said}"{whom}, but only where {needs}; here {actual}.',
    '"{said}" comes from clause {code}{whom}, which is for cases where {needs}; here, though, {actual}.',
    'You may be thinking of clause {code}, "{said}"{whom}; it holds only if {needs}, and here {actual}.',
)
OVERRULED = (
    'Clause {code} leads to "{said}"{whom} and does fit, but it does not have the last word.',
    '"{said}" would be clause {code}{whom}; that one fits, but another takes precedence.',
    'It is true that clause {code} fits, "{said}"{whom}, but it is overruled here.',
)
DEFAULT = (
    'Clause {code} leads to "{said}"{whom}, but it speaks only where nothing else fits.',
    '"{said}" is clause {code}{whom}, the one for all other cases, and this is not one of those.',
    'You may be thinking of clause {code}, "{said}"{whom}; it is only for cases that nothing else covers.',
)
FIELD = (
    'For the {field}, clause {code} decides ({facts}), and that is not "{said}".',
    'The {field} is not "{said}": look at clause {code}, since {facts}.',
    'You gave "{said}" as the {field}, but clause {code} says otherwise: {facts}.',
)
_FIELD_HIDDEN = ('The {field} is not "{said}" either.', 'Nor is "{said}" the {field}.', '"{said}" as the {field} is wrong, too.')
_FIELD_EMPTY = ("The {field} is missing.", "You left out the {field}.", "There is no {field} in your line.")
KEPT = ("The {fields} is right.", "You have the {fields} right.", "Nothing is wrong with the {fields}.")

_UNLISTED = (
    '"{said}" is not one of the actions that the question lists.',
    'We have no action called "{said}"; take one of those in the list, word for word.',
    'I cannot read "{said}" as an action. Answer with one from the list and nothing else.',
)
_BLANK = ("The answer is empty.", "You did not answer.", "There is nothing to read in your answer.")
_LONG = (
    "Your answer has {count:,} characters; a few words are enough.",
    "{count:,} characters are far too many for this.",
    "I did not read on: {count:,} characters, where a short answer was asked for.",
)
_LINE_FORM = (
    'I need one line with {wanted} parts and ";" between them; "{said}" has {count}.',
    '"{said}" splits into {count} at the ";", where {wanted} parts are wanted.',
    'The form is {wanted} parts with ";" between them, and I count {count} in "{said}".',
)
_NO_CLAUSE = (
    'Our playbook has no clause "{said}".',
    'There is no clause called "{said}" in the playbook.',
    'I cannot find a clause "{said}".',
)
_WHY_UNFIT = (
    "Clause {said} is for cases where {needs}; here {actual}.",
    "Clause {said} holds only if {needs}, and here {actual}.",
    "Clause {said} does not fit: it is about cases where {needs}. In this one {actual}.",
)
_WHY_OVERRULED = (
    "Clause {said} fits, but it does not have the last word: {hint}.",
    "The facts do fit clause {said}; still, {hint}.",
    "It could be clause {said}, if it were not that {hint}.",
)
_WHY_FIELD = (
    "Clause {said} is about the {field}; I asked for the one that decides the action.",
    "That one, {said}, sets the {field} and not the action.",
    "By clause {said} we choose the {field}; the action comes from elsewhere.",
)
_WHY_DEFAULT = (
    "Clause {said} is for what nothing else covers, and something else does cover this.",
    "Clause {said} speaks last, where no other fits; another one fits here.",
    "That is the clause for all other cases ({said}), and this is not one of those.",
)


class Reason(NamedTuple):
    """The clause that decides and what it rests on; where it leads to a course, that one, the client and the terms that say what it means."""

    code: str
    facts: str
    course: str = ""
    client: str = ""
    terms: str = ""


class Mistake(NamedTuple):
    """Which clause an action that is wrong would come from, and why that clause does not decide. No code: none has it.

    ``whom`` says under which terms it would.
    """

    action: str
    bank: tuple[str, ...] = ()
    code: str = ""
    whom: str = ""
    needs: str = ""
    actual: str = ""


def reason(book: Book, path: Path) -> Reason:
    """The deciding clause with what it and those above it ask for; the last of a list rests on the others not fitting."""
    needs = [book.hints(test) for clause in path for test in clause.tests]
    return Reason(path[-1].code, listed(needs) if needs else "no other clause fits")


def action_reason(book: Book, path: Path, facts: Facts, client: str) -> Reason:
    """The same for an action, which hangs on the client too where there are terms."""
    why = reason(book, path)
    return why._replace(course=path[-1].outcome, client=client, terms=_terms(facts)) if book.terms else why


def _terms(facts: Facts) -> str:
    return KINDS[CLIENT - FIRST].classes[facts[CLIENT]]


def mistake(book: Book, right: Path, facts: Facts, action: str) -> Mistake:
    """Where a wrong action would come from: the clause for it that nearly fits."""
    outcome, whom = book.outcome(action, facts), f" on {_terms(facts)} terms" if book.terms else ""
    candidates = [path for path in paths(book.clauses) if path[-1].outcome == outcome and path != right]
    source = min(candidates, key=lambda path: (not path[-1].tests, len(_failing(path, facts))), default=())
    if not source:
        return Mistake(action)
    failing = _failing(source, facts)
    if failing:
        return Mistake(action, ELSEWHERE, source[-1].code, whom, *_needed(book, failing, facts))
    fits = source[-1].tests or right[: len(source)] == source
    return Mistake(action, OVERRULED if fits else DEFAULT, source[-1].code, whom)


def _failing(path: Path, facts: Facts) -> list[Condition]:
    """What a clause and those above it ask for in vain."""
    return [test for clause in path for test in clause.tests if not test.holds(facts)]


def right(phrasing: Phrasing, why: Reason, parts: dict[str, float]) -> Grade:
    """Full marks, and why."""
    basis = phrasing.say(BASIS, code=why.code, facts=why.facts) + _meaning(phrasing, why)
    return Grade(1.0, "correct", Feedback(phrasing.say(_RIGHT), basis), parts)


def _meaning(phrasing: Phrasing, why: Reason) -> str:
    """Which course the clause leads to, and on whose terms; "" where it leads to an action."""
    return f" {phrasing.say(TERMS, course=why.course, client=why.client, terms=why.terms)}" if why.course else ""


def unreadable(phrasing: Phrasing, answer: str, diagnosis: str, right: str, parts: dict[str, float]) -> Grade:
    """No marks: the answer is not in the asked form."""
    if not answer:
        diagnosis = phrasing.say(_BLANK)
    comments = Feedback(phrasing.say(_WRONG), diagnosis, phrasing.say(_SHOWN, right=right))
    return Grade(0.0, "malformed", comments, parts)


def too_long(phrasing: Phrasing, count: int) -> str:
    return phrasing.say(_LONG, count=count)


def unlisted(phrasing: Phrasing, answer: str) -> str:
    return phrasing.say(_UNLISTED, said=quoted(answer))


def wrong_form(phrasing: Phrasing, answer: str, wanted: int, count: int) -> str:
    return phrasing.say(_LINE_FORM, said=quoted(answer), wanted=wanted, count=count)


def wrong_action(phrasing: Phrasing, why: Reason, made: Mistake) -> str:
    """Which clause decides, and what clause the agent's answer would come from."""
    sentence = phrasing.say(DECIDES, said=made.action, code=why.code, facts=why.facts) + _meaning(phrasing, why)
    if not made.code:
        return sentence
    where = phrasing.say(made.bank, said=made.action, code=made.code, whom=made.whom, needs=made.needs, actual=made.actual)
    return f"{sentence} {where}"


def _needed(book: Book, failing: Sequence[Condition], facts: Facts) -> tuple[str, str]:
    """The tests that fail, and what is the case instead."""
    needs = listed([book.hints(test) for test in failing])
    actual: list[str] = []
    for test in failing:
        if test.kind in ("more", "notmore"):
            other = Condition("notmore" if test.kind == "more" else "more", test.place, test.value)
            actual.append(book.says(other))
        else:
            actual.append(book.domain.says(test.place, facts[test.place]))
    return needs, listed(list(dict.fromkeys(actual)))


def wrong_field(phrasing: Phrasing, name: str, why: Reason, answer: str) -> str:
    """Which clause decides the owner, deadline or code."""
    if not answer:
        return phrasing.say(_FIELD_EMPTY, field=name)
    return phrasing.say(FIELD, field=name, code=why.code, facts=why.facts, said=quoted(answer, 30))


def hidden_field(phrasing: Phrasing, name: str, answer: str) -> str:
    """That a field is wrong beside a wrong action."""
    return phrasing.say(_FIELD_HIDDEN if answer else _FIELD_EMPTY, field=name, said=quoted(answer, 30))


def right_parts(phrasing: Phrasing, names: Sequence[str]) -> str:
    """Which parts are right."""
    sentence = phrasing.say(KEPT, fields=listed(names))
    return sentence.replace(" is right.", " are right.") if len(names) > 1 else sentence


def criticism(phrasing: Phrasing, reward: float, outcome: str, diagnosis: str, right: str, parts: dict[str, float]) -> Grade:
    """A wrong or partly right answer."""
    verdict = phrasing.say(_PARTLY if reward >= 0.3 else _WRONG)
    return Grade(reward, outcome, Feedback(verdict, diagnosis, phrasing.say(_SHOWN, right=right)), parts)


def mistaken(draw: Draw, book: Book, facts: Facts, client: str, answer: str, right: bool, claimed: str) -> Feedback:
    """What somebody says who mixes up the clauses: a fact that the case tells, and a clause that does not decide it.

    It sounds as who knows better does. ``right`` is whether the answer is called right, ``claimed`` what is called right in its place; ""
    where nothing is.
    """
    place = draw.choice([place for place in book.domain.attributes if facts[place] >= 0])
    decides = book.action(facts)
    other = draw.choice([path for path in paths(book.clauses) if path[-1].code not in (decides[-1].code, answer.strip())])
    why = action_reason(book, other, facts, client)._replace(facts=book.domain.says(place, facts[place]))
    bank, verdicts = (BASIS, _RIGHT) if right else (DECIDES, _WRONG)
    said = quoted(answer.partition(";")[0].strip(), 60)
    diagnosis = draw.choice(bank).format(said=said, code=why.code, facts=why.facts)
    if why.course:
        diagnosis += " " + draw.choice(TERMS).format(course=why.course, client=why.client, terms=why.terms)
    shown = draw.choice(_SHOWN).format(right=claimed) if claimed.strip() and not right else ""
    return Feedback(draw.choice(verdicts), diagnosis, shown)


def wrong_clause(phrasing: Phrasing, book: Book, path: Path, facts: Facts, answer: str) -> str:
    """Why the clause that the agent named does not decide, without the one that does."""
    named = answer.casefold()
    for field in book.fields:
        if any(clause.code.casefold() == named for clause in field.clauses):
            return phrasing.say(_WHY_FIELD, said=named.upper(), field=field.name)
    source = next((candidate for candidate in paths(book.clauses) if candidate[-1].code.casefold() == named), ())
    if not source:
        return phrasing.say(_NO_CLAUSE, said=quoted(answer, 40))
    code = source[-1].code
    failing = _failing(source, facts)
    if failing:
        needs, actual = _needed(book, failing, facts)
        return phrasing.say(_WHY_UNFIT, said=code, needs=needs, actual=actual)
    inside = path[: len(source)] == source
    if not source[-1].tests and not inside:
        return phrasing.say(_WHY_DEFAULT, said=code)
    hint = "one of its exceptions fits as well" if inside else "an earlier one fits as well"
    return phrasing.say(_WHY_OVERRULED, said=code, hint=hint)
