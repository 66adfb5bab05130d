"""What compilers and colleagues say: at least three phrasings per kind of mistake, drawn from query and answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clgym.core import Feedback, Grade
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.hints import described, meant
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import Entry
from clgym.envs.dialect.typecheck import TypeFault
from clgym.text.phrases import Phrasing

MAX_QUOTE = 60

#: What the compiler says, by kind of :class:`SourceError`; ``{d}`` is the dialect's name.
COMPILER: dict[str, tuple[str, ...]] = {
    "retired word": ("`{text}` is not a word of {d}.", "{d} does not know `{text}`.", "`{text}` is JavaScript, not {d}."),
    "retired mark": ("`{text}` is not a sign of {d}.", "{d} does not write `{text}`.", "the sign `{text}` is JavaScript, not {d}."),
    "outside": (
        "`{text}` has no place in {d}.",
        "{d} has no `{text}`.",
        "`{text}` belongs to a part of JavaScript that {d} leaves out.",
    ),
    "unknown name": (
        "nothing is called `{text}` here.",
        "`{text}` is declared nowhere.",
        "there is no `{text}` in this program, nor in {d} itself.",
    ),
    "unexpected": ("`{text}` stands where {d} expects {where}.", "expected {where}, found `{text}`.", "`{text}` is not {where}."),
    "end": ("the text ends where {d} expects {where}.", "expected {where}, found the end.", "{where} is missing at the end."),
    "terminator": (
        "this statement is not ended the way {d} ends one.",
        "{d} does not see the end of this statement.",
        "the mark that ends a statement in {d} is missing here.",
    ),
    "character": ("`{text}` means nothing in {d}.", "{d} cannot read `{text}`.", "stray `{text}`."),
    "unclosed": (
        "`{text}` opens no string of {d} that is closed on this line.",
        "the string that `{text}` opens is never closed.",
        "no closing `{text}` on this line.",
    ),
    "unclosed block": (
        "the block that `{text}` opens is never closed.",
        "`{text}` has no end.",
        "the end of the block that begins with `{text}` is missing.",
    ),
    "digits": (
        "`{text}` is not how {d} writes a number of that size.",
        "{d} groups digits differently from `{text}`.",
        "the digits of `{text}` are not grouped as {d} wants them.",
    ),
    "number": ("`{text}` is not a number.", "{d} cannot read the number `{text}`.", "`{text}` is no number that {d} can hold."),
    "target": (
        "only a name, a property or an indexed place can stand left of `{text}`.",
        "`{text}` has nothing to assign to.",
        "the left side of `{text}` cannot be assigned to.",
    ),
    "deep": ("nested too deeply.", "{d} gives up: too many levels of nesting.", "this nests deeper than {d} reads."),
    "long": (
        "the text is too long for one program.",
        "{d} stops reading here: too many tokens.",
        "a program of {d} is shorter than this.",
    ),
    "several": ("one statement was asked for.", "this is not one statement.", "{d} expected a single statement here."),
    "needs unless": (
        "{d} does not let a condition begin with a negation.",
        "a negated condition is said in another way in {d}.",
        "this condition starts with a negation, which {d} refuses.",
    ),
    "needs postfix": (
        "a branch that does nothing but `{text}` is written in another way in {d}.",
        "{d} refuses a branch around a lone `{text}`.",
        "`{text}` stands alone in this branch: {d} wants that said otherwise.",
    ),
    "needs pipe": (
        "{d} does not nest one call in another like this.",
        "a call is the only value of this call, which {d} writes in another way.",
        "calls are not nested like this in {d}.",
    ),
    "no for": (
        "`{text}` with three parts is not known in {d}.",
        "{d} has no loop with three parts.",
        "{d} counts in another way than `{text}` with three parts.",
    ),
    "no increment": (
        "counting with `{text}` is forbidden in this house.",
        "the house rules of {d} forbid to count with `{text}`.",
        "`{text}` goes against the conventions of {d}: a step is written with an assignment.",
    ),
    "no compound": (
        "`{text}` is forbidden in this house: the assignment is written out.",
        "the house rules of {d} forbid `{text}`; write the whole assignment.",
        "`{text}` goes against the conventions of {d}: the name stands on both sides.",
    ),
    "no arrow": (
        "functions with `{text}` are forbidden in this house.",
        "the house rules of {d} forbid functions with `{text}`.",
        "`{text}` goes against the conventions of {d}: functions are written out.",
    ),
    "no note": (
        "something is missing above `{text}`.",
        "`{text}` is not introduced the way this house wants it.",
        "this house wants a word or two above `{text}`.",
    ),
    "no kind": (
        "`{text}` does not say all that {d} wants to know of a function.",
        "the head of `{text}` is not complete.",
        "`{text}` doesn't declare what comes out of it.",
    ),
    "bad type": (
        "this value is not of type `{text}`.",
        "`{text}` is another type than that of the value.",
        "the value that stands here is no `{text}`.",
    ),
    "bad kind": ("`{text}` is not a kind that {d} knows.", "{d} has no kind `{text}`.", "`{text}` is no kind of value in {d}."),
    "name style": (
        "`{text}` is not spelled the way names are in this house.",
        "the house rules of {d} want another spelling of `{text}`.",
        "`{text}` goes against the naming convention of {d}.",
    ),
    "short name": (
        "`{text}` is too short for a name in this house.",
        "the house rules of {d} want a longer name than `{text}`.",
        "`{text}` says too little: names are longer in {d}.",
    ),
    "constant": (
        "`{text}` can't be assigned again.",
        "`{text}` was not declared as something that changes.",
        "{d} does not let `{text}` change.",
    ),
    "arity": (
        "`{text}` takes another number of values than {given}.",
        "this call gives {given} values, which is not what `{text}` takes.",
        "{d} counts arguments: `{text}` can't be called with {given}.",
    ),
}

#: What is said of a place at which a habit of JavaScript misleads, and what is the case there, by kind of rule.
HABIT = ("Mind line {line}: {fact}.", "Note on line {line}: {fact}.", "Look at line {line}; {fact}.")
FACTS = {
    "one_based": "an index in square brackets counts from 1 in {d}",
    "floor_division": "`/` rounds down in {d}",
    "truthy_zero": "0 and the empty string count as true in {d}",
    "empty_false": "an empty list counts as false in {d}",
    "join": "{d} prints several values with `{joiner}` between them",
    "count": "the counting stops {last} the last value in {d}",
    "sort": "without a function `sort` puts the largest first in {d}",
}

RIGHT = ("Right.", "Correct.", "Yes, exactly.", "That is it.")
_PARTLY = ("Partly right.", "Not quite.", "Some of it is right.", "Close, but not there.")
_WRONG = ("That is not right.", "No.", "Wrong, sorry.", "That is not it.")
_CORRECTION = ("The right answer is:\n{right}", "It should have been:\n{right}", "Correct would be:\n{right}")
_STILL = (
    "Of the {m} points where {d} differs here, still plain JavaScript: {k}.",
    "Still JavaScript in {k} of {m} places.",
    "Rules of {d} that count here: {m}; not kept: {k}.",
)
_CONTENT = (
    "This reads well but does not say the same as the line in the question",
    "The spelling is fine, the content is not that of the question",
    "This is a line of {d}, but another one than was asked for",
)
_READ = (
    "The line does not print `{output}`.",
    "`{output}` is not what appears on the console.",
    "Run for real, it prints something other than `{output}`.",
)
_CASE = (
    "{call} should give {expected} and gives {got}.",
    "For {call} the result is {got}; expected was {expected}.",
    "First failing case: {call}. Expected {expected}, got {got}.",
)
_PRINTED = (
    "{call} should print\n{expected}\nand prints\n{got}",
    "For {call} the console shows\n{got}\nwhere this was expected\n{expected}",
    "First failing case: {call}. Expected on the console:\n{expected}\nThere is:\n{got}",
)
_CHANGED = (
    "{call} leaves its arguments as {got}; they should be {expected} afterwards.",
    "After {call} the arguments are {got}, not {expected}.",
    "{call} changes its arguments in the wrong way: expected {expected}, got {got}.",
)
_ABSENT = (
    "There is no function `{name}` in the answer.",
    "The tests call `{name}`, which the answer does not define.",
    "`{name}` was asked for and is nowhere to be found.",
)
_UNREADABLE = ("The engine can't read this program: {fault}", "This does not even start: {fault}", "Nothing could be run. {fault}")
_THREW = ("{call} ends with an error: {fault}", "Running {call} fails: {fault}", "In {call}: {fault}")
_COUNT = ("{k} of {m} cases pass.", "Passing: {k} of {m}.", "{k} out of {m} test cases are right.")
STOPPED = {
    "steps": ("it takes too many steps and was stopped.", "it does not come to an end.", "it was stopped: too many steps."),
    "timeout": ("it takes too long and was stopped.", "it ran out of time.", "it was stopped: too slow."),
    "memory": ("it needs too much memory.", "it ran out of memory.", "it was stopped: too much memory."),
    "output": (
        "its result is too large or goes round in circles.",
        "its result can't be written down.",
        "its result is no plain value.",
    ),
    "crashed": ("it brings the engine down.", "the engine did not survive it.", "it was stopped: the engine broke down."),
}
MAX_VALUE, MAX_CONSOLE = 160, 400
_REFUSED = ("That does not compile.", "The compiler refuses it.", "It can't be compiled.")
_EMPTY = ("There is nothing in the answer.", "The answer is empty.", "Nothing was written.")


def verdict(phrasing: Phrasing, outcome: str) -> str:
    """How it went, in a few words."""
    return phrasing.choice({"correct": RIGHT, "partial": _PARTLY}.get(outcome, _WRONG))


def correction(phrasing: Phrasing, right: str) -> str:
    """The sentence that shows the right answer."""
    return phrasing.say(_CORRECTION, right=right)


def still(phrasing: Phrasing, dialect: str, broken: int, counted: int) -> str:
    """How many rules were not kept."""
    return phrasing.say(_STILL, d=dialect, k=broken, m=counted)


def content(phrasing: Phrasing, dialect: str, strange: Sequence[str]) -> str:
    """The line obeys the rules and says something else."""
    names = ", ".join(f"`{quote(name)}`" for name in strange[:3])
    return phrasing.say(_CONTENT, d=dialect) + (
        f" (which has no {names})." if names else ": something is missing or in another place."
    )


def printed(phrasing: Phrasing, text: str, right: str, correction: str) -> Grade:
    """The grade of what somebody says a program prints."""
    if text == right:
        return Grade(1.0, "correct", Feedback(verdict(phrasing, "correct")), {"output": 1.0})
    criticism = Feedback(verdict(phrasing, "wrong"), misread(phrasing, text, right), correction)
    return Grade(0.0, "wrong", criticism, {"output": 0.0})


def misread(phrasing: Phrasing, output: str, right: str) -> str:
    """A wrong output: what was said, and what kind of thing the console really shows."""
    shape = "a number" if right.lstrip("-").replace(".", "", 1).isdigit() else "text"
    first = phrasing.say(_READ, output=quote(output))
    lines = right.count("\n") + 1
    return f"{first} The console shows {shape}." if lines == 1 else f"{first} The console shows {lines} lines."


def absent(phrasing: Phrasing, name: str) -> str:
    """A function that was asked for is not in the answer."""
    return phrasing.say(_ABSENT, name=name)


def no_start(phrasing: Phrasing) -> str:
    """The verdict on a program that an engine refuses as a whole."""
    return phrasing.choice(_REFUSED)


def unreadable(phrasing: Phrasing, fault: str) -> str:
    """A program that the engine refuses as a whole."""
    return phrasing.say(_UNREADABLE, fault=shorten(fault, 2 * MAX_VALUE))


def shorten(text: str, limit: int = MAX_VALUE) -> str:
    """Text cut to a limit."""
    return text if len(text) <= limit else text[:limit] + "…"


def passing(phrasing: Phrasing, passed: int, count: int) -> str:
    """How many cases are right."""
    return phrasing.say(_COUNT, k=passed, m=count)


def wrong_case(phrasing: Phrasing, what: str, call: str, expected: str, got: str) -> str:
    """The first failing case; ``what`` is value, console or arguments."""
    phrases = {"value": _CASE, "console": _PRINTED, "arguments": _CHANGED}[what]
    limit = MAX_CONSOLE if what == "console" else MAX_VALUE
    return phrasing.say(phrases, call=shorten(call), expected=shorten(expected, limit), got=shorten(got, limit))


def broken_case(phrasing: Phrasing, call: str, fault: str) -> str:
    """A case that ended in an error or was stopped."""
    return phrasing.say(_THREW, call=shorten(call), fault=shorten(fault, 2 * MAX_VALUE))


#: What is said of other functions of the library, which were not asked for.
SEE_ALSO = (
    "See also `{signature}`: {english}.",
    "The library has `{signature}` too: {english}.",
    "By the way, `{signature}` gives {english}.",
)


_MISTYPED = (
    "It runs, but its types are wrong: line {line}, column {column}: {message}",
    "Every case passes. The type checker refuses line {line}, column {column}: {message}",
    "The results are right, the types are not. Line {line}, column {column}: {message}",
)


def mistyped(phrasing: Phrasing, source: str, fault: TypeFault) -> str:
    """What TypeScript's own compiler says of the types."""
    line = min(fault.line, source.count("\n") + 1)
    return phrasing.say(_MISTYPED, line=line, column=fault.column, message=shorten(fault.message, 2 * MAX_VALUE))


def see_also(phrasing: Phrasing, entries: Iterable[Entry]) -> str:
    """Functions of the library that somebody may need another time."""
    return "".join(" " + phrasing.say(SEE_ALSO, signature=entry.signature, english=described(entry)) for entry in entries)


def habit(phrasing: Phrasing, grammar: Grammar, line: int, kind: str) -> str:
    """Where a program relies on what is otherwise in JavaScript."""
    return phrasing.say(
        HABIT,
        line=line,
        fact=FACTS[kind].format(d=grammar.name, joiner=grammar.joiner, last="at" if "count_closed" in grammar.sugar else "before"),
    )


def empty(phrasing: Phrasing) -> str:
    """What is said to a blank answer."""
    return phrasing.choice(_EMPTY)


def quote(text: str) -> str:
    """The agent's own words, shortened and made printable."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= MAX_QUOTE else text[:MAX_QUOTE] + "…"


def position(source: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset."""
    at = min(max(at, 0), len(source))
    return source.count("\n", 0, at) + 1, at - (source.rfind("\n", 0, at) + 1) + 1


def excerpt(source: str, at: int) -> str:
    """The line of an offset with a caret under it."""
    line, column = position(source, at)
    text = source.split("\n")[line - 1]
    start = max(0, column - 1 - MAX_QUOTE // 2)
    fragment = "".join(char if char.isprintable() else " " for char in quote(text[start : start + MAX_QUOTE]))
    return f"  {fragment}\n  {' ' * (column - 1 - start)}^"


def refused(phrasing: Phrasing, grammar: Grammar, source: str, error: SourceError, right: str, more: str = "") -> Grade:
    """The grade of something that does not compile. ``right`` is the correction, ``more`` goes behind the complaint."""
    said = compiler_error(phrasing, grammar, source, error) + more
    return Grade(0.0, "malformed", Feedback(phrasing.choice(_REFUSED), said, right))


#: What is said of the word that was meant.
MEANT = ("Did you mean `{meant}`?", "Perhaps `{meant}`?", "Here it would be `{meant}`.")


def compiler_error(phrasing: Phrasing, grammar: Grammar, source: str, error: SourceError) -> str:
    """A compiler's message: line, column, what is wrong, the nearest word, the line and a caret."""
    line, column = position(source, error.at)
    details = {key: quote(value) for key, value in error.details.items()}
    message = phrasing.say(COMPILER[error.kind], d=grammar.name, **details)
    word = meant(grammar, source, error)
    message += " " + phrasing.say(MEANT, meant=word) if word else ""
    return f"{grammar.name}, line {line}, column {column}: {message}\n{excerpt(source, error.at)}\n"
