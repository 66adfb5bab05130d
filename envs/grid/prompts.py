"""The phrasings of every kind of query.

``{steps}`` is "zug, then mip twice", ``{what}`` "row" or "grid", ``{grid}`` what goes in with the blank or line break before it,
``{legend}`` which sign stands for which colour, ``{rule}`` what the operations of another machine do.
"""

from __future__ import annotations

from collections.abc import Sequence

PASS = (
    "{name}: {steps}. Answer with the new {what} only:{grid}",
    "On the {name}, do {steps} to this {what} and give the result alone:{grid}",
    "Set the {name} to {steps}. What comes out of it? Just the {what}:{grid}",
    "The {name} does {steps} to this {what}. Write down only what comes out:{grid}",
    "This {what} goes into the {name} for {steps}. Answer with what it gives back, nothing else:{grid}",
    "What does the {name} make of this {what} with {steps}? The {what} alone:{grid}",
    "Run {steps} on the {name} and reply with the {what} that results:{grid}",
    "Write what this {what} turns into on the {name} by {steps}, and nothing else:{grid}",
)
SYMBOLS = (
    "Here {legend}. {name}: {steps}. Answer in the same signs:{grid}",
    "Today {legend}. On the {name}, do {steps} to this {what} and answer in these signs:{grid}",
    "Read it like this: {legend}. Set the {name} to {steps} and give what comes out, in the same signs:{grid}",
    "Other signs, same colours: {legend}. Write in these signs what the {name} makes of it with {steps}:{grid}",
    "For once {legend}. This {what} goes into the {name} for {steps}. Answer in the same signs:{grid}",
    "Somebody else wrote this {what} down; {legend}. Run {steps} on the {name} and reply in the same signs:{grid}",
    "The colours are written differently: {legend}. The {name} does {steps}; give what comes out, in these signs:{grid}",
    "On this sheet {legend}. Write in the same signs what it turns into on the {name} by {steps}:{grid}",
)
#: The first half says that the world's own machine is not meant, the second does not.
GUARD = (
    "Leave the {name} aside and use the {other}. {rule} {other}: {steps}. Just the {what}:{grid}",
    "This one is for the {other}, not for the {name}. {rule} Give only what comes out after {steps}:{grid}",
    "The {name} is switched off. {rule} Write what this {what} turns into on the {other} by {steps}, and nothing else:{grid}",
    "Forget the {name} for a moment. {rule} Run {steps} on the {other} and reply with the {what} that results:{grid}",
    "Next to the {name} stands the {other}. {rule} {other}: {steps}. Answer with the new {what} only:{grid}",
    "There is also the {other}, bought after the {name}. {rule} Do {steps} to this {what} there and give the result alone:{grid}",
    "From the hall of the {name} and the {other}. {rule} Set the {other} to {steps}. What comes out of it? Just the {what}:{grid}",
    "The {other} was built like the {name}. {rule} The {other} does {steps} to this {what}. Write down only what comes out:{grid}",
)
_TIMES = {1: "", 2: " twice", 3: " three times", 4: " four times"}


def as_steps(names: Sequence[str]) -> str:
    """Names of operations in the order in which they are done.

    >>> as_steps(["zug", "mip", "mip"])
    'zug, then mip twice'
    """
    runs: list[list[str]] = []
    for name in names:
        if runs and runs[-1][0] == name:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", then ".join(run[0] + _TIMES[len(run)] for run in runs)


def as_names(steps: str) -> tuple[str, ...]:
    """The inverse of :func:`as_steps`.

    >>> as_names("zug, then mip twice")
    ('zug', 'mip', 'mip')
    """
    times = {words.strip(): count for count, words in _TIMES.items()}
    parts = (part.partition(" ") for part in steps.split(", then "))
    return tuple(name for name, _, words in parts for _ in range(times[words]))
