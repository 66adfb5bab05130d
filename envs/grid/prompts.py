"""The phrasings of every kind of query.

``{what}`` is "row" or "grid", ``{grid}`` the input with the blank or line break before it, ``{legend}`` which sign stands for
which colour, ``{rule}`` another machine's rule in English.
"""

from __future__ import annotations

PASS = (
    "Pass this {what} through the {name} and answer with the new {what} only:{grid}",
    "What does the {name} make of this {what}? Answer with the {what} alone:{grid}",
    "Run this {what} through the {name} and give only the {what} that comes out:{grid}",
    "Put this {what} into the {name} and write down only what comes out:{grid}",
    "The {name} gets this {what}. Answer with the {what} it gives back:{grid}",
    "What comes out when this {what} goes through the {name}? Just the {what}:{grid}",
    "Write what the {name} turns this {what} into, and nothing else:{grid}",
    "Show what the {name} does to this {what}; reply with the {what} alone:{grid}",
    "Send this {what} through the {name} and reply with the result only:{grid}",
)
SYMBOLS = (
    "In what follows {legend}. Pass this {what} through the {name} and answer in the same signs:{grid}",
    "Today {legend}. What does the {name} make of this {what}? Answer in these signs:{grid}",
    "Read it like this: {legend}. Run the {what} through the {name} and answer in the same signs:{grid}",
    "Other signs, same colours: {legend}. Put this {what} into the {name} and write down what comes out, in these signs:{grid}",
    "For once {legend}. Give the {what} that comes out of the {name}, in the same signs:{grid}",
    "The colours are written differently here: {legend}. Send this {what} through the {name} and reply in these signs:{grid}",
    "Somebody else wrote this {what} down; {legend}. Write in the same signs what the {name} turns it into:{grid}",
    "On this sheet {legend}. Show in the same signs what the {name} does to this {what}:{grid}",
)
GUARD = (
    "The {other} is another machine than the {name}. {rule} Pass this {what} through the {other} and "
    "answer with the new {what} only:{grid}",
    "Leave the {name} aside and use the {other}. {rule} What does the {other} make of this {what}? Just the {what}:{grid}",
    "This one is for the {other}, not for the {name}. {rule} Give only the {what} that comes out of the {other}:{grid}",
    "Next to the {name} stands the {other}. {rule} Put this {what} into the {other} and write down only what comes out:{grid}",
    "The {name} is switched off; the {other} is running. {rule} Answer with the {what} that the {other} gives back:{grid}",
    "Forget the {name} for a moment. {rule} Write what the {other} turns this {what} into, and nothing else:{grid}",
    "The {other} does not work like the {name}. {rule} Run this {what} through the {other} and reply with the result only:{grid}",
    "You have a new machine, the {other}, instead of the {name}. {rule} Show what the {other} does to "
    "this {what}, nothing else:{grid}",
)
#: What a guard prompt says about the other machine.
RULE = "The {other} works like this: {rule}."
#: Said where grids may have empty cells and a rule is told.
EMPTY = " ({empty} is an empty cell.)"
