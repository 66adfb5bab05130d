"""The syntax tree: what a program means, whatever its spelling.

Every dialect parses to these nodes; sugar (``unless``, pipelines, counted loops) becomes the JavaScript
that it stands for, so that two spellings of the same program are equal trees. ``at`` is the offset in the
source and takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any


def _at() -> Any:
    return field(default=0, compare=False, repr=False)


@dataclass
class Num:
    """A number; ``text`` is its canonical decimal spelling."""

    text: str
    at: int = _at()


@dataclass
class Str:
    """A string's value."""

    value: str
    at: int = _at()


@dataclass
class Const:
    """``true``, ``false``, ``null`` or ``undefined``."""

    name: str
    at: int = _at()


@dataclass
class Name:
    """A variable."""

    id: str
    at: int = _at()


@dataclass
class Template:
    """A template literal: ``raws`` stand around the ``values``, as JavaScript writes them; ``tag`` is a function that it is handed to."""

    raws: list[str]
    values: list[Expr]
    tag: Expr | None = None
    at: int = _at()


@dataclass
class Regex:
    """A regular expression as it is written."""

    text: str
    at: int = _at()


@dataclass
class Hole:
    """A place of an array that is left out."""

    at: int = _at()


@dataclass
class Array:
    """An array literal."""

    items: list[Expr]
    at: int = _at()


@dataclass
class Object:
    """An object literal or pattern: ``[(key, value), ...]``. A key may be an expression (``[k]: v``), a value a :class:`Method`.

    What is spread has ``""`` for a key.
    """

    pairs: list[tuple[Any, Any]]
    at: int = _at()


@dataclass
class Spread:
    """``...value`` in a call or an array."""

    value: Expr
    at: int = _at()


@dataclass
class Param:
    """A parameter; ``rest`` for ``...name``. One that is taken apart has a ``pattern`` and no name."""

    name: str
    rest: bool = False
    pattern: Expr | None = None
    default: Expr | None = None
    at: int = _at()


@dataclass
class Func:
    """A function: declaration (``name``, in a :class:`Define`), expression, or arrow."""

    name: str
    params: list[Param]
    body: Block | Expr
    arrow: bool = False
    kind: str = field(default="", compare=False)
    at: int = _at()
    generator: bool = False
    asynchronous: bool = False


@dataclass
class Method:
    """A method of a class or an object, or its getter or setter."""

    kind: str
    """``method``, ``get`` or ``set``."""
    function: Func
    at: int = _at()


@dataclass
class ClassMember:
    """What stands in a class: a :class:`Method`, a field (``value``, or none), or a ``static`` block where there is no key."""

    key: Any
    """A name, an expression, or ``None`` for a block."""
    value: Any
    static: bool = False
    at: int = _at()


@dataclass
class Class:
    """A class, declared (in a :class:`DefineClass`) or as a value."""

    name: str
    parent: Expr | None
    members: list[ClassMember]
    at: int = _at()


@dataclass
class Call:
    """``callee(arguments)``, ``callee?.(arguments)``, or ``new callee(arguments)``."""

    callee: Expr
    arguments: list[Expr]
    new: bool = False
    at: int = _at()
    optional: bool = False


@dataclass
class Member:
    """``value.name``"""

    value: Expr
    name: str
    at: int = _at()
    optional: bool = False


@dataclass
class Index:
    """``value[key]``"""

    value: Expr
    key: Expr
    at: int = _at()
    optional: bool = False


@dataclass
class Unary:
    """``-x``, ``!x``, ``typeof x``, ``await x``, ..."""

    op: str
    value: Expr
    at: int = _at()


@dataclass
class Binary:
    """Arithmetic, comparison and logic."""

    op: str
    left: Expr
    right: Expr
    at: int = _at()


@dataclass
class Cond:
    """``test ? then : other``"""

    test: Expr
    then: Expr
    other: Expr
    at: int = _at()


@dataclass
class Assign:
    """``target op value``: ``=``, ``+=``, ..."""

    op: str
    target: Expr
    value: Expr
    at: int = _at()


@dataclass
class Update:
    """``i++`` and ``++i``"""

    op: str
    target: Expr
    prefix: bool
    at: int = _at()


@dataclass
class Sequence:
    """``a, b``: the last is the value."""

    items: list[Expr]
    at: int = _at()


@dataclass
class Yield:
    """``yield value``; ``each`` for ``yield* value``."""

    value: Expr | None
    each: bool = False
    at: int = _at()


Expr = (
    Num
    | Str
    | Template
    | Regex
    | Hole
    | Const
    | Name
    | Array
    | Object
    | Spread
    | Func
    | Class
    | Call
    | Member
    | Index
    | Unary
    | Binary
    | Cond
    | Assign
    | Update
    | Sequence
    | Yield
)


@dataclass
class Declare:
    """``let name = value``, or a ``pattern`` for the name; ``mutable`` where a dialect asks for a word that says so."""

    word: str
    """``let``, ``const`` or ``var``."""
    name: str
    value: Expr | None
    mutable: bool = field(default=True, compare=False)
    at: int = _at()
    pattern: Expr | None = None


@dataclass
class Several:
    """``let a = 1, b = 2``"""

    items: list[Declare]
    at: int = _at()


@dataclass
class Define:
    """A function declaration; ``note`` is the comment above it."""

    function: Func
    note: str = field(default="", compare=False)
    at: int = _at()


@dataclass
class DefineClass:
    """A class declaration."""

    value: Class
    at: int = _at()


@dataclass
class Empty:
    """A lone semicolon."""

    at: int = _at()


@dataclass
class Run:
    """An expression as a statement."""

    value: Expr
    at: int = _at()


@dataclass
class Block:
    """``{ ... }``"""

    body: list[Stmt]
    at: int = _at()


@dataclass
class If:
    """``if (test) then else other``"""

    test: Expr
    then: Stmt
    other: Stmt | None = None
    at: int = _at()


@dataclass
class While:
    """``while (test) body``; ``after`` for ``do body while (test)``."""

    test: Expr
    body: Stmt
    at: int = _at()
    after: bool = False


@dataclass
class For:
    """``for (first; test; update) body``; ``counted`` where the source is a dialect's loop that counts up."""

    first: Stmt | None
    test: Expr | None
    update: Expr | None
    body: Stmt
    counted: bool = field(default=False, compare=False)
    at: int = _at()


@dataclass
class ForOf:
    """``for (const name of items) body``; without a word, ``pattern`` is assigned to. ``keys`` for ``in``, ``waits`` for ``for await``."""

    word: str
    name: str
    items: Expr
    body: Stmt
    at: int = _at()
    pattern: Expr | None = None
    keys: bool = False
    waits: bool = False


@dataclass
class Return:
    """``return value``"""

    value: Expr | None
    at: int = _at()


@dataclass
class Jump:
    """``break`` or ``continue``, with a label or without."""

    word: str
    at: int = _at()
    label: str = ""


@dataclass
class Label:
    """``label: statement``"""

    name: str
    body: Stmt
    at: int = _at()


@dataclass
class Case:
    """``case test:`` or, without a test, ``default:``, and what follows."""

    test: Expr | None
    body: list[Stmt]
    at: int = _at()


@dataclass
class Switch:
    """``switch (value) { cases }``"""

    value: Expr
    cases: list[Case]
    at: int = _at()


@dataclass
class Throw:
    """``throw value``"""

    value: Expr
    at: int = _at()


@dataclass
class Try:
    """``try body catch (name) handler finally final``; one of the two may lack."""

    body: Block
    name: str
    handler: Block | None
    at: int = _at()
    final: Block | None = None
    pattern: Expr | None = None


Stmt = (
    Declare
    | Several
    | Define
    | DefineClass
    | Empty
    | Run
    | Block
    | If
    | While
    | For
    | ForOf
    | Return
    | Jump
    | Label
    | Switch
    | Throw
    | Try
)


@dataclass
class Program:
    """A whole source text."""

    body: list[Stmt]


PRINT = Member(Name("console"), "log")


def is_print(node: Any) -> bool:
    """Whether a node is the function that prints."""
    return type(node) is Member and node == PRINT


def children(node: Any) -> Iterator[Any]:
    """The nodes directly inside a node, in source order."""
    for part in fields(node):
        yield from _nodes(getattr(node, part.name))


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)
    elif hasattr(value, "__dataclass_fields__"):
        yield value


def bound(pattern: Any) -> Iterator[Name]:
    """The names that a pattern binds, in source order."""
    if isinstance(pattern, Name):
        yield pattern
    elif isinstance(pattern, Assign):
        yield from bound(pattern.target)
    elif isinstance(pattern, Spread):
        yield from bound(pattern.value)
    elif isinstance(pattern, Array):
        for item in pattern.items:
            yield from bound(item)
    elif isinstance(pattern, Object):
        for _, value in pattern.pairs:
            yield from bound(value)


def named(node: Declare | Param | ForOf | Try) -> Iterator[Name]:
    """The names that a declaration, parameter, loop or handler makes."""
    if node.pattern is not None:
        yield from bound(node.pattern)
    elif node.name:
        yield Name(node.name, node.at)


def walk(node: Any) -> Iterator[Any]:
    """A node and everything inside it, in source order."""
    yield node
    for child in children(node):
        yield from walk(child)


def deeper_than(node: Any, limit: int) -> bool:
    """Whether a tree has more than ``limit`` levels; itself without recursion."""
    level = [node]
    for _ in range(limit):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return False
    return True


def rebuild(node: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of ``node`` whose direct children went through ``change``."""
    return replace(node, **{part.name: _changed(getattr(node, part.name), change) for part in fields(node)})


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    return change(value) if hasattr(value, "__dataclass_fields__") else value
