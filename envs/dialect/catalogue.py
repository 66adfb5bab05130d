"""The catalogue of rules by which a dialect differs from JavaScript, in six groups.

A :class:`Kind` is one entry: how it changes the settings of a :class:`~clgym.envs.dialect.grammar.Grammar`, which
parameters can be drawn for it, and what it says in English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from clgym.envs.dialect.grammar import Grammar

GROUPS = ("words", "marks", "literals and indexing", "statements", "semantics", "house conventions")

#: What a rule's parameters are: the spellings or settings that were drawn, in the kind's own order.
Choice = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """One entry of the catalogue."""

    name: str
    group: str
    choices: tuple[Choice, ...]
    """The parameters a draw picks from."""
    text: str
    """The rule in English; ``{0}``, ``{1}`` are its parameters."""
    apply: Callable[[Grammar, Choice], Grammar]
    forbids: frozenset[str] = frozenset()
    """Kinds that never go with it."""


def _words(*keys: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, words={**g.words, **dict(zip(keys, choice))})


def _marks(*keys: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, marks={**g.marks, **dict(zip(keys, choice))})


def _sugar(name: str, *keys: str) -> Callable[[Grammar, Choice], Grammar]:
    """A statement rule, its words and (for ``|>``) its mark."""
    return lambda g, choice: replace(g, sugar=g.sugar | {name}, words={**g.words, **dict(zip(keys, choice))})


def _means(name: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, semantics=g.semantics | {name})


def _house(name: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, conventions=g.conventions | {name})


def _counted(g: Grammar, choice: Choice) -> Grammar:
    sugar = g.sugar | {"count"} | ({"count_closed"} if choice[3] == "included" else set())
    return replace(g, sugar=sugar, words={**g.words, **dict(zip(("count", "from", "to"), choice))})


def _immutable(g: Grammar, choice: Choice) -> Grammar:
    return replace(g, semantics=g.semantics | {"immutable"}, words={**g.words, "mutable": choice[0]})


def _exact(g: Grammar, choice: Choice) -> Grammar:
    return replace(g, semantics=g.semantics | {"floor_division"}, marks={**g.marks, "over": choice[0]})


def _kinds(g: Grammar, choice: Choice) -> Grammar:
    return replace(g, conventions=g.conventions | {"kinds"}, marks={**g.marks, "kind": choice[0]})


def _pipes(g: Grammar, choice: Choice) -> Grammar:
    return replace(g, sugar=g.sugar | {"pipeline"}, marks={**g.marks, "|>": choice[0]})


def _each(*spellings: str) -> tuple[Choice, ...]:
    return tuple((spelling,) for spelling in spellings)


_PLAIN: tuple[Choice, ...] = ((),)
_ALL: tuple[Kind, ...] = (
    Kind(
        "print",
        "words",
        _each("say", "show", "tell", "speak", "emit", "shout", "write", "echo"),
        "`{0}` prints a line; there is no `console.log`.",
        _words("print"),
    ),
    Kind(
        "let",
        "words",
        _each("make", "put", "define", "keep", "hold", "bind", "store"),
        "`{0}` declares a variable; there is no `let`.",
        _words("let"),
    ),
    Kind(
        "const",
        "words",
        _each("fixed", "given", "always", "pin", "settle"),
        "`{0}` declares a constant; there is no `const`.",
        _words("const"),
    ),
    Kind(
        "function",
        "words",
        _each("fn", "def", "task", "recipe", "routine", "method"),
        "`{0}` begins a function; there is no `function`.",
        _words("function"),
    ),
    Kind(
        "return",
        "words",
        _each("give", "yields", "answer", "reply", "hand"),
        "`{0}` returns a value; there is no `return`.",
        _words("return"),
    ),
    Kind(
        "branch",
        "words",
        (("should", "otherwise"), ("whenever", "instead"), ("provided", "failing"), ("check", "differently")),
        "A branch is written `{0} (...) ... {1} ...`; there is no `if` and no `else`.",
        _words("if", "else"),
    ),
    Kind(
        "while",
        "words",
        _each("during", "whilst", "aslong", "repeat"),
        "`{0}` begins a loop with a condition; there is no `while`.",
        _words("while"),
        frozenset({"until"}),
    ),
    Kind(
        "for",
        "words",
        (("each", "along"), ("every", "among"), ("walk", "through"), ("visit", "inside")),
        "A loop is written `{0} (...)`, over a list `{0} (... {1} list)`; there is no `for` and no `of`.",
        _words("for", "of"),
    ),
    Kind(
        "truths",
        "words",
        (("yes", "no"), ("on", "off"), ("right", "wrong"), ("sure", "never"), ("aye", "nay")),
        "The truth values are `{0}` and `{1}`; there is no `true` and no `false`.",
        _words("true", "false"),
    ),
    Kind(
        "nothing",
        "words",
        (("none", "missing"), ("void0", "unset"), ("empty", "absent"), ("nil", "unknown")),
        "`{0}` is JavaScript's `null` and `{1}` its `undefined`; the old words are gone.",
        _words("null", "undefined"),
    ),
    Kind(
        "errors",
        "words",
        (("attempt", "rescue", "fail"), ("risk", "recover", "raise"), ("dare", "handle", "signal")),
        "`{0}`, `{1}` and `{2}` stand for `try`, `catch` and `throw`, which are gone.",
        _words("try", "catch", "throw"),
    ),
    Kind(
        "jumps",
        "words",
        (("leave", "skip"), ("stop", "next"), ("quit", "onward")),
        "`{0}` leaves a loop and `{1}` goes on with its next round; there is no `break` and no `continue`.",
        _words("break", "continue"),
    ),
    Kind(
        "terminator",
        "marks",
        _each("!", ";;", "@", "@@", "§"),
        "Every statement that JavaScript ends with `;` ends with `{0}`, which must not be left out. It also parts the head of a loop.",
        lambda g, c: replace(g, terminator=c[0]),
    ),
    Kind(
        "blocks",
        "marks",
        (("begin", "end"), ("start", "finish"), ("{:", ":}"), ("(:", ":)"), ("open", "close")),
        "A block of statements, the body of a class or of a `switch` stands between `{0}` and `{1}`, not between braces; object literals keep their braces.",
        lambda g, c: replace(g, blocks=(c[0], c[1])),
    ),
    Kind(
        "comment",
        "marks",
        _each("##", "%%", "<!"),
        "A comment begins with `{0}` and ends with the line; `//` begins none. `/* */` stays.",
        lambda g, c: replace(g, comment=c[0]),
    ),
    Kind(
        "plus", "marks", _each("plus", "add", "with", "and"), "Adding and joining is written `{0}`; there is no `+`.", _marks("+")
    ),
    Kind(
        "minus",
        "marks",
        _each("minus", "less", "without"),
        "Subtracting is written `{0}`; there is no `-`, before a number neither.",
        _marks("-"),
    ),
    Kind("times", "marks", _each("times", "by", "mul"), "Multiplying is written `{0}`; there is no `*`.", _marks("*")),
    Kind(
        "equals",
        "marks",
        _each("is", "same", "equals", "eq"),
        "Equality is written `{0}`; there is no `===` and no `==`.",
        _marks("==="),
    ),
    Kind(
        "unequal",
        "marks",
        _each("isnt", "differs", "<>", "ne"),
        "Inequality is written `{0}`; there is no `!==` and no `!=`.",
        _marks("!=="),
    ),
    Kind(
        "assign",
        "marks",
        _each(":=", "=:", "as", "becomes"),
        "Assigning (also in declarations) is written `{0}`; there is no `=`. `+=` and its like stay.",
        _marks("="),
    ),
    Kind(
        "greater",
        "marks",
        (("above", "below"), ("over", "under"), ("beyond", "within")),
        "Greater than is written `{0}`, less than `{1}`; there is no `>` and no `<`. `>=` and `<=` stay.",
        _marks(">", "<"),
    ),
    Kind(
        "logic",
        "marks",
        (("also", "or", "not"), ("both", "either", "non"), ("&&&", "|||", "not")),
        "`{0}`, `{1}` and `{2}` stand for `&&`, `||` and `!`, which are gone.",
        _marks("&&", "||", "!"),
    ),
    Kind(
        "choice",
        "marks",
        (("then", "orelse"), ("?>", "::"), ("pick", "rather")),
        "A choice of values is written `test {0} one {1} other`; there is no `? :`.",
        _marks("?", ":"),
    ),
    Kind(
        "member",
        "marks",
        _each("->", "~>", ".:"),
        "Properties and methods are reached with `{0}`; there is no `.` between names.",
        _marks("."),
    ),
    Kind(
        "arrow", "marks", _each("==>", "|->", "~~>"), "An arrow function is written `(x) {0} ...`; there is no `=>`.", _marks("=>")
    ),
    Kind(
        "quotes",
        "literals and indexing",
        _each("`", "@", "§", "¦"),
        "Strings stand between {0} and {0}, and ${{...}} is filled in within them; no other quotes are allowed.",
        lambda g, c: replace(g, quote=c[0]),
    ),
    Kind(
        "digits",
        "literals and indexing",
        _each("_", "'"),
        "Numbers from 1000 up must have `{0}` between each group of three digits.",
        lambda g, c: replace(g, digit_mark=c[0]),
    ),
    Kind(
        "one_based",
        "literals and indexing",
        _PLAIN,
        "Square-bracket indexes of lists and strings count from 1 (the first item is number 1). Methods still count from 0.",
        _means("one_based"),
    ),
    Kind(
        "from_end",
        "literals and indexing",
        _PLAIN,
        "A negative index counts from the end: -1 is the last item of a list or string, -2 the one before it.",
        _means("from_end"),
    ),
    Kind(
        "index",
        "literals and indexing",
        _each("@[", "#[", "^["),
        "An index begins with `{0}`, as in `list{0}i]`; a bare `[` begins a list.",
        lambda g, c: replace(g, index_open=c[0]),
    ),
    Kind(
        "lists",
        "literals and indexing",
        (("<|", "|>>"), ("(|", "|)"), ("[:", ":]")),
        "A list literal stands between `{0}` and `{1}`, as in `{0}1, 2{1}`.",
        lambda g, c: replace(g, array=(c[0], c[1])),
        frozenset({"index"}),
    ),
    Kind(
        "pairs",
        "literals and indexing",
        _each("=>>", ":::", "~:"),
        "In an object literal `{0}` stands between key and value, not `:`.",
        lambda g, c: replace(g, pair_mark=c[0]),
    ),
    Kind(
        "unless",
        "statements",
        _each("unless", "save", "barring"),
        "A condition must not begin with a negation: where JavaScript says if (!x), write `{0} (x)`.",
        _sugar("unless", "unless"),
    ),
    Kind(
        "until",
        "statements",
        _each("until", "till", "upto"),
        "The only loop with a condition is `{0} (c) ...`, which runs as long as c is false; there is no `while`.",
        _sugar("until", "until"),
    ),
    Kind(
        "count",
        "statements",
        tuple(
            (word, *ends, last)
            for word in ("count", "tally", "step")
            for ends in (("from", "to"), ("start", "upto"))
            for last in ("included", "left out")
        ),
        "There is no loop with three parts. Counting up by 1 is `{0} i {1} a {2} b ...`, the last value {3}; "
        "everything else is a loop with a condition.",
        _counted,
    ),
    Kind(
        "postfix",
        "statements",
        _each("when", "where", "given_that"),
        "A branch that only returns, throws, or leaves or skips a round, and has no else, must be one statement with the condition behind it: "
        "return x `{0}` test.",
        _sugar("postfix", "when"),
    ),
    Kind(
        "pipeline",
        "statements",
        _each("|>", "&>", "~>>"),
        "A plain function must not be called on another call's result alone: instead of f(g(x)) write `g(x) {0} f`, printing included.",
        _pipes,
    ),
    Kind(
        "deep_equals",
        "semantics",
        _PLAIN,
        "Equality and inequality compare lists and objects by what is in them.",
        _means("deep_equals"),
    ),
    Kind(
        "floor_division",
        "semantics",
        _each("per", "ratio", "div"),
        "`/` divides and rounds down to a whole number. `{0}` divides exactly.",
        _exact,
    ),
    Kind(
        "truthy_zero",
        "semantics",
        _PLAIN,
        "Numbers and strings always count as true in conditions and logic, 0 and the empty string included.",
        _means("truthy_zero"),
        frozenset({"empty_false"}),
    ),
    Kind(
        "empty_false",
        "semantics",
        _PLAIN,
        "An empty list and an object without keys count as false in conditions and logic.",
        _means("empty_false"),
    ),
    Kind(
        "immutable",
        "semantics",
        _each("vary", "changing", "mut", "fluid"),
        "A variable declared the usual way, and a parameter, can't be assigned again. `{0} x = ...` declares one that can.",
        _immutable,
        frozenset({"let"}),
    ),
    Kind(
        "arity",
        "semantics",
        _PLAIN,
        "A function of the program must be called with exactly as many values as it has parameters.",
        _means("arity"),
    ),
    Kind(
        "join",
        "semantics",
        _each("-", "/", "+", ""),
        'Printing several values at once puts "{0}" between them, not a blank.',
        lambda g, c: replace(g, semantics=g.semantics | {"join"}, joiner=c[0]),
    ),
    Kind(
        "sort",
        "semantics",
        _PLAIN,
        "`sort()` without a function orders numbers by size, the largest first, and strings backwards.",
        _means("sort"),
    ),
    Kind(
        "snake",
        "house conventions",
        _PLAIN,
        "Names that a program makes (variables, parameters, functions) are written in snake_case.",
        _house("snake"),
    ),
    Kind(
        "long_names",
        "house conventions",
        _PLAIN,
        "Names that a program makes have at least three characters.",
        _house("long_names"),
    ),
    Kind(
        "kinds",
        "house conventions",
        _each("->>", "gives", "::>"),
        "A function declaration says what it returns: `f(x) {0} kind`, where kind is number, text, truth, list, record, nothing or any. "
        "What is returned must be of that kind.",
        _kinds,
    ),
    Kind("no_increment", "house conventions", _PLAIN, "`++` and `--` are forbidden.", _house("no_increment")),
    Kind(
        "no_compound",
        "house conventions",
        _PLAIN,
        "`+=`, `-=`, `*=`, `/=` and `%=` are forbidden: the assignment is written out.",
        _house("no_compound"),
    ),
    Kind(
        "no_arrow",
        "house conventions",
        _PLAIN,
        "Arrow functions are forbidden: functions without a name are written out.",
        _house("no_arrow"),
        frozenset({"arrow"}),
    ),
    Kind("note", "house conventions", _PLAIN, "A comment stands directly above every function declaration.", _house("note")),
)

#: The catalogue, by name.
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
