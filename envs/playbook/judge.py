"""Grades: from an answer and what was asked to a reward and a colleague's words. Pure functions that never raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clgym.core import Grade
from clgym.envs.playbook import feedback
from clgym.envs.playbook.tasks import GERMAN_NAMES, Payload
from clgym.text.answers import plain, undress, unnamed
from clgym.text.phrases import Phrasing

#: Longer answers are not read: no right one has a fifth of it.
MAX_CHARS = 400
#: What a right action earns in a line with everything else wrong, and what the other parts share if the action is wrong.
ACTION_WORTH, REST_WORTH = 0.4, 0.05


def grade(key: str, payload: Payload, answer: str) -> Grade:
    """Grade any string. ``key`` names the query, so that phrasings differ between queries."""
    phrasing = Phrasing(key, payload.company, answer)
    if len(answer) > MAX_CHARS:
        text = answer.strip()
        return feedback.unreadable(phrasing, text[:1], feedback.too_long(phrasing, len(answer)), payload.right, {"action": 0.0})
    return _GRADERS[payload.kind](phrasing, payload, answer)


def _action(phrasing: Phrasing, payload: Payload, answer: str) -> Grade:
    action = plain(answer.rstrip().removesuffix(";"), ("action", "aktion"))
    if action == payload.right.casefold():
        return feedback.right(phrasing, payload.why, {"action": 1.0})
    for made in payload.mistakes:
        if action == made.action.casefold():
            diagnosis = feedback.wrong_action(phrasing, payload.why, made)
            return feedback.criticism(phrasing, 0.0, "wrong", diagnosis, payload.right, {"action": 0.0})
    return feedback.unreadable(phrasing, action, feedback.unlisted(phrasing, undress(answer)), payload.right, {"action": 0.0})


def _clause(phrasing: Phrasing, payload: Payload, answer: str) -> Grade:
    text = " ".join(undress(answer, ("clause", "code")).split()).removesuffix(";").rstrip()
    code = text[7:] if text.casefold().startswith("clause ") else text
    if code.casefold() == payload.right.casefold():
        return feedback.right(phrasing, payload.why, {"clause": 1.0})
    diagnosis = feedback.wrong_clause(phrasing, payload.book, payload.book.action(payload.facts), payload.facts, code)
    if not code:
        return feedback.unreadable(phrasing, code, diagnosis, payload.right, {"clause": 0.0})
    return feedback.criticism(phrasing, 0.0, "wrong", diagnosis, payload.right, {"clause": 0.0})


def _line(phrasing: Phrasing, payload: Payload, answer: str) -> Grade:
    text = undress(answer)
    names, wanted = payload.names, payload.wanted
    fields = (*names, *GERMAN_NAMES)
    given = [" ".join(unnamed(part.strip(), fields).split()) for part in text.split(";")]
    if len(given) == len(wanted) + 1 and not given[-1]:
        given.pop()  # a ";" behind the last part
    if len(given) != len(wanted) or "\n" in text:
        form = feedback.wrong_form(phrasing, text, len(wanted), len(given)) if text else ""
        return feedback.unreadable(phrasing, text, form, payload.right, dict.fromkeys(names, 0.0))
    parts = {name: float(value.casefold() == right) for name, value, right in zip(names, given, wanted)}
    right = sum(parts.values())
    if right == len(wanted):
        return feedback.right(phrasing, payload.why, parts)
    share = (right - parts["action"]) / (len(wanted) - 1)
    reward = ACTION_WORTH + (1.0 - ACTION_WORTH) * share if parts["action"] else REST_WORTH * share
    diagnosis = _line_diagnosis(phrasing, payload, given, parts)
    return feedback.criticism(phrasing, reward, "partial" if reward else "wrong", diagnosis, payload.right, parts)


def _line_diagnosis(phrasing: Phrasing, payload: Payload, given: list[str], parts: dict[str, float]) -> str:
    """The parts of a line one after another. Beside a wrong action the other parts' clauses stay unsaid: one may name it."""
    sentences: list[str] = []
    right = [name for name, worth in parts.items() if worth]
    if right:
        sentences.append(feedback.right_parts(phrasing, right))
    if not parts["action"]:
        action = given[0].casefold()
        made = next((made for made in payload.mistakes if made.action.casefold() == action), None)
        sentences.append(feedback.wrong_action(phrasing, payload.why, made) if made else feedback.unlisted(phrasing, given[0]))
    for field, why, answer in zip(payload.book.fields, payload.reasons, given[1:]):
        if not parts[field.name]:
            sentences.append(
                feedback.wrong_field(phrasing, field.name, why, answer)
                if parts["action"]
                else feedback.hidden_field(phrasing, field.name, answer)
            )
    return " ".join(sentences)


_GRADERS: Mapping[str, Callable[[Phrasing, Payload, str], Grade]] = {"action": _action, "line": _line, "clause": _clause}
