"""Tokens to expressions, for any dialect: precedence climbing over what a :class:`Grammar` allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import OUTSIDE, RESERVED, Grammar
from clgym.envs.dialect.lexer import SourceError, Token

#: Binding power of binary operators; ``**`` binds to the right.
POWER = {
    op: power
    for power, ops in enumerate(
        (
            ("||", "??"),
            ("&&",),
            ("|",),
            ("^",),
            ("&",),
            ("===", "!==", "==", "!="),
            ("<", "<=", ">", ">=", "in", "instanceof"),
            ("<<", ">>", ">>>"),
            ("+", "-"),
            ("*", "/", "%", "over"),
            (),
            ("**",),
        ),
        1,
    )
    for op in ops
}
PIPE, UNARY = "|>", 11
ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??="))
#: Operators that are words in JavaScript, before a value and between two.
PREFIX_WORDS, INFIX_WORDS = frozenset({"typeof", "void", "delete", "await"}), frozenset({"in", "instanceof"})
MAX_DEPTH = 60
MAX_TOKENS = 20_000


class ExpressionParser:
    """One pass over one source text: tokens, functions and expressions. Statements are a subclass's."""

    def __init__(self, grammar: Grammar, tokens: list[Token]):
        if len(tokens) > MAX_TOKENS:
            raise SourceError("long", tokens[MAX_TOKENS].at)
        self.g, self.tokens, self.place, self.depth = grammar, tokens, 0, 0
        self.token = tokens[0]
        self.closers: dict[int, int] | None = None
        plain = grammar.blocks == ("{", "}")
        self.begin, self.end = ("{", "}") if plain else ("begin", "end")
        self.index = "[" if grammar.index_open == "[" else "index"
        self.array = ("[", "]") if grammar.array == ("[", "]") else ("array", "array end")
        self.pair = ":" if grammar.pair_mark == grammar.mark(":") == ":" else "pair"

    # -- tokens

    def advance(self) -> Token:
        token = self.token
        self.place += 1
        self.token = self.tokens[min(self.place, len(self.tokens) - 1)]
        return token

    def ahead(self, count: int = 1) -> Token:
        return self.tokens[min(self.place + count, len(self.tokens) - 1)]

    def is_op(self, value: str) -> bool:
        return self.token.kind == "op" and self.token.value == value

    def is_word(self, value: str) -> bool:
        return self.token.kind == "word" and self.token.value == value

    def take_op(self, value: str) -> bool:
        taken = self.is_op(value)
        if taken:
            self.advance()
        return taken

    def need_op(self, value: str, where: str) -> Token:
        if not self.is_op(value):
            self.unexpected(where, self.spelled(value))
        return self.advance()

    def spelled(self, value: str) -> str:
        """How a sign is written here."""
        here = {
            "begin": self.g.blocks[0],
            "end": self.g.blocks[1],
            "index": self.g.index_open,
            "array": self.g.array[0],
            "array end": self.g.array[1],
            "pair": self.g.pair_mark,
        }
        return here.get(value) or self.g.mark(value)

    def is_name(self) -> bool:
        """Whether a name stands here; ``of`` is one where it is no word of a loop."""
        token = self.token
        return (token.kind == "name" and token.value not in RESERVED) or (token.kind == "word" and token.value == "of")

    def need_name(self, where: str) -> Token:
        if not self.is_name() or self.token.text.startswith("#"):
            self.unexpected(where)
        return self.advance()

    def unexpected(self, where: str, wanted: str = "") -> NoReturn:
        token = self.token
        if token.kind == "name" and token.value in RESERVED:
            self.retired(token)
        raise SourceError("end" if token.kind == "eof" else "unexpected", token.at, text=token.text, where=where, wanted=wanted)

    def retired(self, token: Token) -> NoReturn:
        """A word of JavaScript that is no word here."""
        raise SourceError("outside" if token.text in OUTSIDE else "retired word", token.at, text=token.text)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SourceError("deep", self.token.at)

    # -- functions

    def statement(self) -> n.Stmt:
        """One statement; blocks are made of them."""
        raise AssertionError("statements are read by Parser")

    def block(self) -> n.Block:
        at = self.need_op(self.begin, "the beginning of a block").at
        body = []
        while not self.is_op(self.end):
            if self.token.kind == "eof":
                raise SourceError("unclosed block", at, text=self.g.blocks[0])
            body.append(self.statement())
        self.advance()
        return n.Block(body, at)

    def annotation(self) -> None:
        """Plain programs may carry no types; TypeScript is read by a subclass."""

    def function_tail(self, named: bool, asynchronous: bool = False) -> n.Func:
        at = self.advance().at
        generator = self.take_op("*")
        name = self.need_name("the function's name").value if named or self.is_name() else ""
        return self.function_rest(n.Func(name, [], n.Block([]), at=at, generator=generator, asynchronous=asynchronous))

    def function_rest(self, function: n.Func) -> n.Func:
        """Parameters, kind and body of a function."""
        function.params = self.parameters()
        function.kind = self.kind()
        function.body = self.block()
        return function

    def parameters(self) -> list[n.Param]:
        self.need_op("(", "the parameters")
        params: list[n.Param] = []
        while not self.take_op(")"):
            if params:
                self.need_op(",", "a comma or the end of the parameters")
                if self.take_op(")"):
                    break
            at = self.token.at
            rest = self.take_op("...")
            name, pattern = self.binding("a parameter")
            self.annotation()
            default = self.expression() if self.take_op("=") else None
            params.append(n.Param(name, rest, pattern, default, at))
        return params

    def binding(self, where: str) -> tuple[str, n.Expr | None]:
        """A name, or a pattern that takes a value apart."""
        if self.is_op(self.array[0]) or self.is_op("{"):
            at = self.token.at
            pattern = self.primary()
            self.need_pattern(pattern, at)
            return "", pattern
        return self.need_name(where).value, None

    def need_pattern(self, node: n.Expr, at: int) -> None:
        """Refuse what nothing can be assigned to."""
        if isinstance(node, (n.Name, n.Member, n.Index, n.Hole)):
            return None
        if isinstance(node, n.Assign) and node.op == "=":
            return self.need_pattern(node.target, at)
        if isinstance(node, n.Spread):
            return self.need_pattern(node.value, at)
        if not isinstance(node, (n.Array, n.Object)):
            raise SourceError("target", at, text=self.g.mark("="))
        for part in node.items if isinstance(node, n.Array) else [value for _, value in node.pairs]:
            self.need_pattern(part, at)
        return None

    def kind(self) -> str:
        """The declared kind of what a function returns, where the house wants one."""
        if "kinds" not in self.g.conventions or not self.is_op("kind"):
            return ""
        self.advance()
        token = self.need_name("the kind of what the function returns") if self.token.kind == "name" else self.advance()
        return token.text

    # -- expressions

    def expression(self) -> n.Expr:
        """One expression; a comma ends it."""
        self.enter()
        try:
            return self._assignment()
        finally:
            self.depth -= 1

    def sequence(self) -> n.Expr:
        """Expressions with commas between."""
        first = self.expression()
        if not self.is_op(","):
            return first
        items = [first]
        while self.take_op(","):
            items.append(self.expression())
        return n.Sequence(items, getattr(first, "at", 0))

    def _assignment(self) -> n.Expr:
        if self.is_word("yield"):
            return self._yield()
        arrow = self._arrow()
        if arrow is not None:
            return arrow
        at = self.token.at
        left = self._piped()
        token = self.token
        if token.kind == "op" and token.value in ASSIGNMENTS:
            if isinstance(left, (n.Array, n.Object)) and token.value == "=":
                self.need_pattern(left, at)
            elif not isinstance(left, (n.Name, n.Member, n.Index)):
                raise SourceError("target", token.at, text=token.text)
            self.advance()
            return n.Assign(token.value, left, self.expression(), token.at)
        return left

    def _yield(self) -> n.Yield:
        at = self.advance().at
        each = self.take_op("*")
        ends = self.token.kind == "eof" or self.token.line_before or self.token.text == self.g.terminator
        ends = ends or (self.token.kind == "op" and self.token.value in (")", "]", "}", ",", ";", ":", self.end))
        return n.Yield(None if ends and not each else self.expression(), each, at)

    def _arrow(self) -> n.Func | None:
        token = self.token
        waits = token.kind == "name" and token.value == "async" and not self.ahead().line_before
        start = self.place + waits
        first, second = self.tokens[min(start, len(self.tokens) - 1)], self.tokens[min(start + 1, len(self.tokens) - 1)]
        if first.kind in ("name", "word") and second.kind == "op" and second.value == "=>":
            self.place, self.token = start, first
            params = [n.Param(self.need_name("a parameter").value, at=first.at)]
        elif first.kind == "op" and first.value == "(" and self._is_arrow_head(start):
            self.place, self.token = start, first
            params = self.parameters()
        else:
            return None
        self.kind()
        at = self.need_op("=>", "an arrow").at
        body = self.block() if self.is_op(self.begin) else self.expression()
        return n.Func("", params, body, True, "", at, False, waits)

    def _is_arrow_head(self, place: int) -> bool:
        """Whether the parenthesis at ``place`` is closed in front of an arrow."""
        if self.closers is None:
            self.closers = _closers(self.tokens)
        close = self.closers.get(place)
        return close is not None and self._arrow_follows(close + 1)

    def _arrow_follows(self, place: int) -> bool:
        return self.tokens[place].kind == "op" and self.tokens[place].value == "=>"

    def _piped(self) -> n.Expr:
        value = self._conditional()
        while self.is_op(PIPE):
            at = self.advance().at
            value = n.Call(self.postfix(), [value], False, at)
        return value

    def _conditional(self) -> n.Expr:
        test = self.binary(0)
        if not self.is_op("?"):
            return test
        at = self.advance().at
        then = self.expression()
        self.need_op(":", "the other value of the choice")
        return n.Cond(test, then, self.expression(), at)

    def binary(self, least: int) -> n.Expr:
        left = self.unary()
        while True:
            token = self.token
            infix = token.kind == "op" or (token.kind == "word" and token.value in INFIX_WORDS)
            power = POWER.get(token.value, 0) if infix else 0
            if power <= least or token.text == self.g.terminator:
                return left
            self.enter()
            self.advance()
            right = self.binary(power - 1 if token.value == "**" else power)
            self.depth -= 1
            left = n.Binary(token.value, left, right, token.at)

    def unary(self) -> n.Expr:
        token = self.token
        signs = token.kind == "op" and token.value in ("-", "!", "+", "~", "++", "--")
        if signs or (token.kind == "word" and token.value in PREFIX_WORDS):
            self.enter()
            self.advance()
            value = self.unary()
            self.depth -= 1
            if token.value in ("++", "--"):
                return self.update(value, token, True)
            return n.Unary(token.value, value, token.at)
        value = self.postfix()
        if self.token.kind == "op" and self.token.value in ("++", "--") and not self.token.line_before:
            return self.update(value, self.advance(), False)
        return value

    def update(self, value: n.Expr, token: Token, prefix: bool) -> n.Update:
        if "no_increment" in self.g.conventions:
            raise SourceError("no increment", token.at, text=token.text)
        if not isinstance(value, (n.Name, n.Member, n.Index)):
            raise SourceError("target", token.at, text=token.text)
        return n.Update(token.value, value, prefix, token.at)

    def postfix(self) -> n.Expr:
        value = self.primary()
        while self.token.kind == "op" or (self.token.template and not self.token.line_before):
            token = self.token
            if token.text == self.g.terminator:
                return value
            if token.template:
                value = self.template(self.advance(), value)
            elif token.value == "(":
                value = self.call(value)
            elif token.value == ".":
                self.advance()
                value = n.Member(value, self.property_name(), token.at)
            elif token.value == "?.":
                value = self.chained(value)
            elif token.value == self.index:
                value = self.indexed(value, token.at)
            else:
                return value
        return value

    def property_name(self) -> str:
        """What stands behind a dot: any word."""
        text = self.token.text
        if not text or not (text[0].isalpha() or text[0] in "_$#"):
            self.unexpected("a property's name")
        return self.advance().text

    def chained(self, value: n.Expr) -> n.Expr:
        """``value?.name``, ``value?.[key]`` or ``value?.(arguments)``."""
        at = self.advance().at
        if self.is_op("("):
            return n.Call(value, self.arguments(), False, at, True)
        if self.is_op(self.index):
            return replace(self.indexed(value, at), optional=True)
        return n.Member(value, self.property_name(), at, True)

    def indexed(self, value: n.Expr, at: int) -> n.Index:
        self.advance()
        key = self.sequence()
        self.need_op("]", "the end of the index")
        return n.Index(value, key, at)

    def template(self, token: Token, tag: n.Expr | None = None) -> n.Template:
        """A template literal, whose expressions are parsed one by one."""
        assert token.template is not None
        values = []
        for inner in token.template.inner:
            outer = self.tokens, self.place, self.token, self.closers
            self.tokens, self.place, self.token, self.closers = inner, 0, inner[0], None
            values.append(self.sequence())
            if self.token.kind != "eof":
                self.unexpected("the end of what is filled in")
            self.tokens, self.place, self.token, self.closers = outer
        return n.Template(list(token.template.raws), values, tag, token.at)

    def call(self, callee: n.Expr) -> n.Call:
        at = self.token.at
        arguments = self.arguments()
        if "pipeline" in self.g.sugar and len(arguments) == 1 and isinstance(callee, (n.Name, n.Member)):
            inner = arguments[0]
            if isinstance(inner, n.Call) and not inner.new and (n.is_print(callee) or isinstance(callee, n.Name)):
                raise SourceError("needs pipe", at, pipe=self.g.mark(PIPE))
        return n.Call(callee, arguments, False, at)

    def arguments(self) -> list[n.Expr]:
        self.need_op("(", "the arguments")
        return self.items(")", "a comma or the end of the arguments")

    def items(self, closing: str, where: str) -> list[n.Expr]:
        items: list[n.Expr] = []
        while not self.take_op(closing):
            at = self.token.at
            if closing != ")" and self.is_op(","):
                self.advance()
                items.append(n.Hole(at))
                continue
            items.append(n.Spread(self.expression(), at) if self.take_op("...") else self.expression())
            if not self.is_op(closing):
                self.need_op(",", where)
        return items

    def primary(self) -> n.Expr:
        token = self.token
        if token.kind == "num":
            return n.Num(self.advance().value, token.at)
        if token.kind == "str":
            return n.Str(self.advance().value, token.at)
        if token.kind == "regex":
            return n.Regex(self.advance().value, token.at)
        if token.kind == "template":
            return self.template(self.advance())
        if token.kind == "name":
            return self.name()
        if token.kind == "word":
            return self.keyword()
        if self.take_op("("):
            value = self.sequence()
            self.need_op(")", "a closing parenthesis")
            return value
        if self.take_op(self.array[0]):
            return n.Array(self.items(self.array[1], "a comma or the end of the list"), token.at)
        if self.is_op("{"):
            return self.object()
        self.unexpected("a value")
        return None

    def name(self) -> n.Expr:
        token = self.token
        if token.value in RESERVED or (token.value == "console" and "print" in self.g.words):
            self.retired(token)
        if token.value == "async" and self.ahead().kind == "word" and self.ahead().value == "function":
            self.advance()
            return self.function_tail(False, True)
        return n.Name(self.advance().value, token.at)

    def keyword(self) -> n.Expr:
        token = self.token
        if token.value in ("true", "false", "null", "undefined"):
            return n.Const(self.advance().value, token.at)
        if token.value == "print":
            self.advance()
            return n.Member(n.Name("console", token.at), "log", token.at)
        if token.value == "function":
            return self.function_tail(named=False)
        if token.value == "new":
            return self.new()
        if token.value == "class":
            return self.class_tail(named=False)
        if token.value in ("this", "super", "of"):
            return n.Name(self.advance().value, token.at)
        self.unexpected("a value")
        return None

    def new(self) -> n.Expr:
        """``new callee(arguments)`` or ``new.target``."""
        at = self.advance().at
        if self.take_op("."):
            return n.Member(n.Name("new", at), self.property_name(), at)
        callee = self.primary()
        while self.is_op(".") or self.is_op(self.index):
            token = self.token
            if token.value == ".":
                self.advance()
                callee = n.Member(callee, self.property_name(), token.at)
            else:
                callee = self.indexed(callee, token.at)
        return n.Call(callee, self.arguments() if self.is_op("(") else [], True, at)

    # -- objects and classes

    def object(self) -> n.Object:
        at = self.advance().at
        pairs: list[tuple[Any, Any]] = []
        while not self.take_op("}"):
            if pairs:
                self.need_op(",", "a comma or the end of the record")
                if self.take_op("}"):
                    break
            pairs.append(self.pair_of())
        return n.Object(pairs, at)

    def pair_of(self) -> tuple[Any, Any]:
        """One entry of an object: a value, a method, a getter, what is spread, or a name that is key and value."""
        at = self.token.at
        if self.take_op("..."):
            return "", n.Spread(self.expression(), at)
        plain = self.token
        method, key = self.method()
        if method is not None:
            return key, method
        short = isinstance(key, str) and plain.kind in ("name", "word") and not self.is_op(self.pair)
        if short and (self.is_op(",") or self.is_op("}") or self.is_op("=")):
            if plain.value in RESERVED and plain.value != "of":
                self.retired(plain)
            name = n.Name(plain.text, plain.at)
            return key, n.Assign("=", name, self.expression(), at) if self.take_op("=") else name
        self.need_op(self.pair, "the value of the key")
        return key, self.expression()

    def method(self) -> tuple[n.Method | None, Any]:
        """A method with its key, or no method and the key alone, which the parser then stands behind."""
        at, kind, waits, generator = self.token.at, "method", False, False
        if self.is_modifier("async"):
            self.advance()
            waits = True
        if self.take_op("*"):
            generator = True
        elif not waits and (self.is_modifier("get") or self.is_modifier("set")):
            kind = self.advance().value
        key = self.key()
        if not self.is_op("(") and not (waits or generator or kind != "method"):
            return None, key
        function = n.Func("", [], n.Block([]), at=at, generator=generator, asynchronous=waits)
        return n.Method(kind, self.function_rest(function), at), key

    def is_modifier(self, word: str) -> bool:
        """Whether a word stands here that says something of the member behind it, and is not its name."""
        after = self.ahead()
        named = after.kind in ("name", "word", "str", "num") or (after.kind == "op" and after.value in ("*", self.array[0]))
        member = after.kind == "op" and after.text[:1].isalpha()
        return self.token.kind == "name" and self.token.value == word and (named or member) and not after.line_before

    def key(self) -> Any:
        """The key of an entry or member: text, or an expression in brackets."""
        if self.take_op(self.array[0]):
            key = self.expression()
            self.need_op(self.array[1], "the end of the key")
            return key
        token = self.token
        if token.kind in ("str", "num"):
            return self.advance().value
        if token.kind not in ("name", "word") and not token.text[:1].isalpha():
            self.unexpected("a key")
        return self.advance().text

    def class_tail(self, named: bool) -> n.Class:
        at = self.advance().at
        name = self.need_name("the class's name").value if named or self.is_name() else ""
        parent = None
        if self.is_word("extends"):
            self.advance()
            parent = self.postfix()
        self.need_op(self.begin, "the members of the class")
        members = []
        while not self.take_op(self.end):
            if self.token.kind == "eof":
                raise SourceError("unclosed block", at, text=self.g.blocks[0])
            if self.token.text == (self.g.terminator or ";"):
                self.advance()
            else:
                members.append(self.member())
        return n.Class(name, parent, members, at)

    def member(self) -> n.ClassMember:
        at = self.token.at
        following = self.ahead()
        static = (
            self.token.value == "static"
            and self.token.kind == "name"
            and not (following.kind == "op" and following.value in ("(", "=", ";"))
        )
        if static:
            self.advance()
            if self.is_op(self.begin):
                return n.ClassMember(None, self.block(), True, at)
        method, key = self.method()
        if method is not None:
            return n.ClassMember(key, method, static, at)
        self.annotation()
        value = self.expression() if self.take_op("=") else None
        self.finish()
        return n.ClassMember(key, value, static, at)

    def finish(self) -> None:
        """The end of a simple statement."""
        raise AssertionError("statements are read by Parser")


def _closers(tokens: list[Token]) -> dict[int, int]:
    """Place of an opening parenthesis -> place of the one that closes it."""
    opened: list[int] = []
    closers: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.kind == "op" and token.value == "(":
            opened.append(place)
        elif token.kind == "op" and token.value == ")" and opened:
            closers[opened.pop()] = place
    return closers
