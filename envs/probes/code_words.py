"""The first page of a language: what a line prints, and which word does what.

A small chat model cannot yet write a program as it was asked to, but it can finish a sentence about the language. These
are the easy items of the code probes: the answer is a word or a number, alone or at the end of the sentence that the
prompt begins.
"""

from __future__ import annotations

from clgym.envs.probes.base import Item
from clgym.envs.probes.sentences import COMPLETE, finish
from clgym.seeding import Draw

#: What does what, by language: the beginning of a sentence and the word that ends it.
_JAVASCRIPT = (
    ("keyword that declares a function", "function"),
    ("keyword that declares a constant", "const"),
    ("keyword that gives a value back from a function", "return"),
    ("keyword that begins a condition", "if"),
    ("keyword that begins the other branch of a condition", "else"),
    ("keyword that declares a class", "class"),
    ("keyword that begins a loop with a condition", "while"),
    ("keyword that ends a loop early", "break"),
    ("keyword that goes on with the next round of a loop", "continue"),
    ("keyword that makes a new object of a class", "new"),
    ("keyword that handles an error after try", "catch"),
    ("keyword that raises an error", "throw"),
    ("keyword that waits for a promise", "await"),
    ("word for no value", "null"),
    ("property that gives the number of items of an array", "length"),
    ("array method that adds an item at the end", "push"),
    ("array method that removes the last item", "pop"),
    ("array method that joins the items into a string", "join"),
    ("string method that makes all letters capital", "toUpperCase"),
    ("method that writes to the console", "console.log"),
    ("sign that ends a statement", ";"),
)
_TYPESCRIPT = (
    ("type of a text", "string"),
    ("type of a whole number", "number"),
    ("type of the values true and false", "boolean"),
    ("keyword that declares an interface", "interface"),
    ("type of a function that returns nothing", "void"),
    ("type that allows every value", "any"),
    ("keyword that gives a type a name", "type"),
    ("keyword that declares an enumeration", "enum"),
    ("sign between a name and its type", ":"),
)
_PYTHON = (
    ("keyword that begins a function", "def"),
    ("keyword that gives a value back from a function", "return"),
    ("keyword that begins a condition", "if"),
    ("keyword that begins the other branch of a condition", "else"),
    ("keyword that begins a class", "class"),
    ("keyword that begins a loop over a list", "for"),
    ("keyword that begins a loop with a condition", "while"),
    ("keyword that ends a loop early", "break"),
    ("keyword that goes on with the next round of a loop", "continue"),
    ("keyword that loads a module", "import"),
    ("keyword that handles an error after try", "except"),
    ("keyword that raises an error", "raise"),
    ("keyword that waits for a coroutine", "await"),
    ("word for no value", "None"),
    ("function that gives the length of a list", "len"),
    ("function that writes to the screen", "print"),
    ("function that adds up a list of numbers", "sum"),
    ("function that gives the largest number of a list", "max"),
    ("function that gives a list in order", "sorted"),
    ("list method that adds an item at the end", "append"),
    ("sign that begins a comment", "#"),
)

WORDS = {"javascript": _JAVASCRIPT, "typescript": (*_TYPESCRIPT, *_TYPESCRIPT, *_JAVASCRIPT), "python": _PYTHON}
_PRINTED = {"javascript": "console.log({})", "typescript": "console.log({})", "python": "print({})"}


def word(draw: Draw, language: str, title: str) -> Item:
    """Which word of the language does this?"""
    what, answer = draw.choice(WORDS[language])
    called = ("function", "method")
    return finish(
        COMPLETE, f"The {title} {what} is", answer, (f"{answer}()",) if any(kind in what.split() for kind in called) else ()
    )


def printed(draw: Draw, language: str, title: str) -> Item:
    """What does this line print? Sums, differences and products of small numbers. The line itself shows the language."""
    a, b = draw.integer(2, 9), draw.integer(2, 9)
    expression, value = draw.choice(
        ((f"{a} + {b}", a + b), (f"{a} * {b}", a * b), (f"{10 * a} + {b}", 10 * a + b), (f"{a + b} - {b}", a))
    )
    return finish(COMPLETE, f"The output of {_PRINTED[language].format(expression)} is", str(value))
