"""What the console and a colleague say to an answer. Nothing here holds a word of the right answer but ``correction``."""

from __future__ import annotations

from collections.abc import Mapping

from clgym.core import Feedback, Grade
from clgym.text import answers
from clgym.text.phrases import Phrasing

_VERDICTS = {
    "correct": ("Right.", "Yes, that works.", "Correct, it does what was asked for."),
    "partial": ("Partly right.", "Not quite.", "Close, but not right yet."),
    "wrong": ("That is not right.", "No, that does not work.", "Wrong, I am afraid."),
    "malformed": ("That could not be read as an answer.", "I could not read that.", "That is not code that I can run."),
}
_REVIEWED = {
    "correct": ("Right.", "Yes, that is the line.", "Correct, you found it."),
    "wrong": ("That is not right.", "No, it is another line.", "Wrong, I am afraid."),
}
_CORRECTIONS = ("It should be:\n{right}", "This works:\n{right}", "Here is how it is written:\n{right}")
_LINES = ("The bad line is number {right}.", "It is line {right}.", "Look at line {right}.")
_EMPTY = ("The answer is empty.", "Nothing was answered.", "There is no code to look at.")
_LONG = (
    "The answer has {count:,} characters; what was asked for is short.",
    "{count:,} characters are far too many for this.",
    "I stopped reading: {count:,} characters where a few lines would do.",
)
_STOPPED = ("It stops with:\n{trace}\n", "Running it gives:\n{trace}\n", "The console says:\n{trace}\n")
_UNREADABLE = (
    "Python cannot read {file}, line {line}: {message}.",
    "SyntaxError in {file}, line {line}: {message}.",
    "{file} does not load. Line {line}: {message}.",
)
_NO_FILE = (
    "I cannot tell which file this belongs to: {line}. Begin each file with a comment that names it, such as # app/views.py.",
    "Several files were asked for, each under a comment such as # app/views.py; before the first one stands: {line}.",
    "Which file is this in: {line}? A line such as # app/views.py has to stand above the code of each file.",
)
_KEPT = (
    "The app has its {file} already; an answer brings none.",
    "{file} is there and stays as it is: leave it out.",
    "Nobody asked for {file}, which the app has.",
)
_LOOKED = (
    "You looked around, and the answer is still to come. It prints:\n{printed}",
    "That is no answer yet, but here is what it prints:\n{printed}",
    "The console says, for next time:\n{printed}",
)
_LOOKED_NOTHING = (
    "You looked around, and nothing was printed; functions are not called when somebody looks around.",
    "That is no answer, and it prints nothing. What is looked up has to be printed outside of functions.",
    "Nothing was printed. Code that answers a task looks nothing up.",
)
_TABLE = (
    "{call} gives the right result, but the rows of {model} are not what they should be afterwards.",
    "The table of {model} is wrong after {call}, though the result is right.",
    "Right result, wrong table: after {call} the rows of {model} are others than they should be.",
)
_COLUMN_IS = (
    "By the way, {name} of {model} is the {column}, and nobody asked about that.",
    "{name} is the {column} of {model}, which the task is not about.",
    "In {model}, {name} holds the {column}; that is not what was asked about.",
)
_RULE = (
    "You overlook something about this framework. {rule}",
    "It would be right, were it not for one thing. {rule}",
    "This works in Django and not here. {rule}",
)
_NOT_ONE = (
    "One expression on one line was asked for, a single call on a model.",
    "I need a single call such as Model.something(...) and nothing around it.",
    "That is more or other than one call on a model; answer with the expression alone.",
)
_MODEL = (
    "It runs, but it asks {given}; the question is about another model.",
    "That works on {given}, and another model was meant.",
    "No error, but {given} is not the model that I asked about.",
)
_COLUMN = (
    "It runs, but on another column than the one that I asked about.",
    "No error, but the question names another column.",
    "That is another column than the one that was meant.",
)
_VALUE = (
    "It runs, but it looks for something else than I asked about.",
    "The value is not the one in the question, or there is more than was asked for.",
    "No error, but that is not what the question names.",
)
_VERB = (
    "It runs, but .{given}() does another thing than the one that I asked for.",
    "{house} knows .{given}(), for something else; that is not what was asked for.",
    "No error, but .{given}() is the wrong query here.",
)
_CASE = (
    "{call} gave {got}; expected was {wanted}.",
    "Expected {wanted} from {call}, got {got}.",
    "One case fails: {call} is {got} and should be {wanted}.",
)
_LIBRARY = (
    "I asked for a few functions; there is no use here for {count} others, {name} among them.",
    "{name} and {count} functions in all are never used; answer with what was asked for.",
    "That is a library ({count} functions that nothing uses, such as {name}), not an answer.",
)
_LIMITS = {
    "steps": ("{call} never came to an end.", "{call} went on and on and was stopped.", "It was stopped: {call} does not end."),
    "timeout": ("{call} took too long.", "{call} did not come back in time.", "The clock stopped {call}."),
    "memory": ("{call} ran out of memory.", "{call} asked for more memory than there is.", "No memory was left for {call}."),
    "output": (
        "What {call} gave cannot be written down: too large, or a reference to itself.",
        "{call} gave something with no end.",
        "The result of {call} has no plain form.",
    ),
    "missing": (
        "{file} defines no {name}.",
        "{name} is asked for, and {file} has none.",
        "I look for {name} in {file} and do not find it.",
    ),
    "by hand": (
        "The results are right, but rows are chosen or sorted in Python; the house wants a query to do that.",
        "It works, only not as the house wants it: choosing and sorting rows is the framework's business.",
        "Every case passes, yet app code here does by hand what a query should do.",
    ),
    "guesses": (
        "The results are right, but .{one} and .{other} are no words of {house}: app code does not try words out.",
        "It works by trying: {house} has neither .{one} nor .{other}, and app code writes only what there is.",
        "Every case passes, yet .{one} and .{other} are guesses that {house} does not know.",
    ),
    "crashed": ("{call} brought the interpreter down.", "The process died of {call}.", "{call} ended Python itself."),
}
_LINE = (
    "Line {given} is as the house wants it: look further.",
    "No, line {given} follows the rules of {house}.",
    "There is nothing wrong with line {given}; another one breaks a rule.",
)
_NO_LINE = (
    "Name one line by its number; {given} is none of them.",
    "{given} is no line number here. One number is enough.",
    "I need the number of one line, and {given} is not that.",
)
_NOTHING = (
    "It reads as Python, but not as the query that was asked for.",
    "I can read it; it asks for something else.",
    "No error, but this is another query.",
)

BANKS = {
    "empty": _EMPTY,
    "long": _LONG,
    "stopped": _STOPPED,
    "unreadable": _UNREADABLE,
    "not one": _NOT_ONE,
    "model": _MODEL,
    "column": _COLUMN,
    "value": _VALUE,
    "verb": _VERB,
    "case": _CASE,
    "no file": _NO_FILE,
    "kept": _KEPT,
    "looked": _LOOKED,
    "looked, nothing": _LOOKED_NOTHING,
    "table": _TABLE,
    "column is": _COLUMN_IS,
    "rule": _RULE,
    "library": _LIBRARY,
    "line": _LINE,
    "no line": _NO_LINE,
    "nothing": _NOTHING,
    **_LIMITS,
}

#: Longer words of an agent are cut.
MAX_QUOTE = 90


def quoted(text: object) -> str:
    """An agent's own words, on one line and cut."""
    return answers.quoted(str(text), MAX_QUOTE)


def say(draw: Phrasing, kind: str, **words: object) -> str:
    """One phrasing of a kind of mistake."""
    return draw.say(BANKS[kind], **words)


def correct(draw: Phrasing, parts: dict[str, float]) -> Grade:
    """Full marks."""
    return Grade(1.0, "correct", Feedback(draw.choice(_VERDICTS["correct"])), parts)


def wrong(draw: Phrasing, reward: float, diagnosis: str, right: str, parts: Mapping[str, float]) -> Grade:
    """A wrong or half-right answer."""
    outcome = "partial" if reward >= 0.25 else "wrong"
    return Grade(
        reward, outcome, Feedback(draw.choice(_VERDICTS[outcome]), diagnosis, draw.say(_CORRECTIONS, right=right)), dict(parts)
    )


def reviewed(draw: Phrasing, diagnosis: str, right: str) -> Grade:
    """The grade of a line that was named in a review; ``diagnosis`` is empty where it is the one."""
    outcome = "wrong" if diagnosis else "correct"
    correction = draw.say(_LINES, right=right) if diagnosis else ""
    return Grade(
        0.0 if diagnosis else 1.0,
        outcome,
        Feedback(draw.choice(_REVIEWED[outcome]), diagnosis, correction),
        {"line": 0.0 if diagnosis else 1.0},
    )


def unread(draw: Phrasing, diagnosis: str, right: str) -> Grade:
    """An answer that is none."""
    return Grade(0.0, "malformed", Feedback(draw.choice(_VERDICTS["malformed"]), diagnosis, draw.say(_CORRECTIONS, right=right)))
