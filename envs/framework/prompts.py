"""The phrasings of the tasks above level 0, and the labels that keep their prompts apart."""

from __future__ import annotations

from typing import NamedTuple

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
    rest, phrasing = divmod(number, len(FUNCTION))
    place, verb = divmod(rest, len(VERBS))
    return Label(VERBS[verb], PLACES[place], phrasing)


FUNCTION = (
    "{house} is our in-house framework. Write the function {head} for app/views.py. It returns {spec}. {given} Answer with "
    "the code only.",
    "In app/views.py of our {house} project the function {head} is missing. It should return {spec}. {given} Send the code "
    "and nothing else.",
    "Please write {head} with the {house} framework: it returns {spec}. {given} Code only, please.",
    "I need {head} for our {house} app. What it returns: {spec}. {given} Reply with the function alone.",
    "Our framework {house} again: add {head} to app/views.py. It has to return {spec}. {given} Just the code.",
    "Could you write {head} in {house}? It gives back {spec}. {given} No explanation, only the code.",
    "A ticket for the {house} app: {head} returns {spec}. {given} Answer with the Python code only.",
    "{given} With {house}, write {head}, which returns {spec}. Answer with nothing but the code.",
)
VIEW = (
    "{house} is our in-house framework. Write the view {head} for app/views.py. {spec} {given} Answer with the code only.",
    "In app/views.py of our {house} project the view {head} is missing. {spec} {given} Send the code and nothing else.",
    "Please write the view {head} with the {house} framework. {spec} {given} Code only, please.",
    "I need the view {head} for our {house} app. {spec} {given} Reply with the function alone.",
    "Our framework {house} again: add the view {head} to app/views.py. {spec} {given} Just the code.",
    "Could you write the view {head} in {house}? {spec} {given} No explanation, only the code.",
    "A ticket for the {house} app: the view {head}. {spec} {given} Answer with the Python code only.",
    "{given} With {house}, write the view {head}. {spec} Answer with nothing but the code.",
)
APP = (
    "{house} is our in-house framework. Write app/views.py for it, with {head}. {spec} {given} Answer with the code only.",
    "app/views.py of our {house} project has to be written: {head}. {spec} {given} Send the file and nothing else.",
    "Please write app/views.py with the {house} framework. It needs {head}. {spec} {given} Code only, please.",
    "I need app/views.py for our {house} app, with {head}. {spec} {given} Reply with the file alone.",
    "Our framework {house} again: app/views.py should have {head}. {spec} {given} Just the code.",
    "Could you write app/views.py in {house}, with {head}? {spec} {given} No explanation, only the code.",
    "A ticket for the {house} app: write app/views.py with {head}. {spec} {given} Answer with the Python code only.",
    "{given} With {house}, write app/views.py: {head}. {spec} Answer with nothing but the code.",
)


LABELS = len(FUNCTION) * len(VERBS) * len(PLACES)
