"""The phrasings of the tasks above level 0, and the labels that keep their prompts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clgym.envs.framework.domains import DOMAIN
from clgym.envs.framework.english import a, action_in_english, result_in_english

if TYPE_CHECKING:
    from clgym.envs.framework.specs import Second, Spec

VERBS = ("find", "list", "show", "collect", "gather", "report", "name", "give")
PLACES = (
    "feed home api export mail menu search admin mobile print stats audit backup banner board cards chart chat cron "
    "dashboard debug demo desk "
    "digest email embed footer form front gallery help hint inbox index intranet kiosk landing ledger log map news office "
    "overview panel "
    "popup portal preview queue recap register review screen".split()
)


class Label(NamedTuple):
    """What makes a prompt the only one of its kind: the functions' names and the phrasing."""

    verb: str
    place: str
    phrasing: int

    def name(self, noun: str, verb: str = "") -> str:
        """A function's name, such as ``find_books_for_feed``."""
        return f"{verb or self.verb}_{noun}_for_{self.place}"


def label_of(number: int) -> Label:
    """The label of a number below ``LABELS``; every number has another one."""
    rest, phrasing = divmod(number, len(WRAPPERS))
    place, verb = divmod(rest, len(VERBS))
    return Label(VERBS[verb], PLACES[place], phrasing)


#: What stands around a task. ``{house}`` is the framework's name.
WRAPPERS = (
    "{house} is our in-house framework. {task} {given} Answer with the code only.",
    "This is for our {house} project. {task} {given} Send the code and nothing else.",
    "Please help with {house}, our framework. {task} {given} Code only, please.",
    "I need this for our {house} app. {task} {given} Reply with the code alone.",
    "Our framework {house} again. {task} {given} Just the code.",
    "Could you do this in {house}? {task} {given} No explanation, only the code.",
    "A ticket for the {house} app. {task} {given} Answer with the Python code only.",
    "{given} With {house} we need this. {task} Answer with nothing but the code.",
)
GIVEN = "The models and all of the framework are imported."
FILES = (
    "Every row also has `archived`, True or False. The models and all of the framework are imported in every file. Begin each file with a "
    "comment that names it, such as # app/views.py."
)
LABELS = len(WRAPPERS) * len(VERBS) * len(PLACES)


def prompt_of(spec: Spec, house: str, phrasing: int) -> str:
    """The whole prompt of a task. It depends on no rule of the house."""
    return WRAPPERS[phrasing].format(house=house, task=task_in_english(spec), given=FILES if spec.view else GIVEN)


def addresses(spec: Spec, second: Second) -> tuple[str, str]:
    """Where the two views are, the second one with NAME or NUMBER for what varies."""
    place = spec.place
    return f"{place}/all", {"open": f"{place}/NAME", "add": f"{place}/new", "change": f"{place}/change/NUMBER"}[second.kind]


def _does(spec: Spec) -> str:
    """What the function does: "returns the number of books ..."."""
    action, result = action_in_english(spec.plan), result_in_english(spec.plan)
    nothing = "" if not spec.missing else ", or None if there is none" if spec.view else ', or "none" if there is none'
    return f"{action} and returns {result}" if action else f"returns {result}{nothing}"


def task_in_english(spec: Spec) -> str:
    """What to write."""
    head = f"`def {spec.name}({', '.join(spec.plan.parameters)})`"
    if not spec.view:
        return f"Write the function {head} for app/views.py: it {_does(spec)}."
    second = spec.second
    sentences = [f"In app/queries.py the function {head} {_does(spec)}."]
    if second and second.kind != "open":
        sentences.append(_checks(second))
    sentences.append(
        f"In app/views.py the view {spec.view} calls it with {_given(spec)} and answers with status 200 and what comes back{_none(spec)}."
    )
    if second:
        first, other = addresses(spec, second)
        domain = DOMAIN[second.model]
        sentences.append(
            _SECOND[second.kind].format(
                **(second._asdict() | {"column": second.column.replace(" ", " and the ")}),
                noun=domain.noun,
                one=a(domain.noun),
                label=domain.label,
            )
        )
        sentences.append(
            f"In app/routes.py the list routes has {first} for {spec.view} and {other} for {second.view}{_EXCEPT[second.kind]}."
        )
    if spec.on:
        sentences.append("app/settings.py says " + " and ".join(f"{name} = {value}" for name, value in spec.on) + ".")
    return " ".join(sentences)


def _given(spec: Spec) -> str:
    """Where its arguments come from."""
    plan = spec.plan
    kinds = [f"`{name}` (a {'number' if plan.numeric(name) else 'text'})" for name in plan.parameters]
    return f"{' and '.join(kinds)} of the query string" if kinds else "nothing"


def _none(spec: Spec) -> str:
    return ', or with status 404 and the body "none" where that is None' if spec.missing else ""


def _checks(second: Second) -> str:
    label = DOMAIN[second.model].label
    text = f'In app/checks.py check_{second.column} refuses {a(second.column)} under {second.least} with the message "{second.column} too small"'
    if not second.letter:
        return f"{text} and is registered for {second.model}."
    return (
        f'{text}, check_{label} refuses {a(label)} that does not start with "{second.letter}" with the message "{label} unfit", and both are '
        f"registered for {second.model}; where both refuse, the message about the {second.column} is told."
    )


_SECOND = {
    "open": (
        "There the view {view} answers for a NAME with status 200 and a list of the {column} of the {noun}, archived or not, whose {label} is NAME, or with status 404 and "
        'the body "none" if there is none.'
    ),
    "add": (
        "There the view {view} adds {one} with the `{label}` and the `{column}` (a number) of the query string and answers with status 201 "
        "and its running number, or with status 400 and the message of the check that refuses it."
    ),
    "change": (
        "There the view {view} sets the {column} of the {noun}, archived or not, with the running number NUMBER to the `value` (a number) of the query string, "
        'stores it and answers with status 200 and its {label}, with status 404 and the body "none" if there is no such {noun}, or with status '
        "400 and the message of the check that refuses it."
    ),
}
_EXCEPT = {"open": " (any NAME but all)", "add": "", "change": ""}
