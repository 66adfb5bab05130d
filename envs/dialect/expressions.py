"""Tokens to expressions, for any dialect: precedence climbing over what a :class:`Grammar` allows."""

from __future__ import annotations

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import RESERVED, Grammar
from clgym.envs.dialect.lexer import SourceError, Token

#: Binding power of binary operators; ``**`` binds to the right.
POWER = {
    "||": 1,
    "&&": 2,
    "===": 3,
    "!==": 3,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
    "over": 6,
    "**": 8,
}
PIPE, UNARY = "|>", 7
ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%="})
SAME = {"==": "===", "!=": "!=="}
MAX_DEPTH = 60
MAX_TOKENS = 20_000


class ExpressionParser:
    """One pass over one source text: tokens, functions and expressions. Statements are a subclass's."""

    def __init__(self, grammar: Grammar, tokens: list[Token]):
        if len(tokens) > MAX_TOKENS:
            raise SourceError("long", tokens[MAX_TOKENS].at)
        self.g, self.tokens, self.place, self.depth = grammar, tokens, 0, 0
        self.token = tokens[0]
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
            self.unexpected(where)
        return self.advance()

    def need_name(self, where: str) -> Token:
        if self.token.kind != "name" or self.token.value in RESERVED:
            self.unexpected(where)
        return self.advance()

    def unexpected(self, where: str) -> None:
        kind = "end" if self.token.kind == "eof" else "unexpected"
        raise SourceError(kind, self.token.at, text=self.token.text, where=where)

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

    def function_tail(self, named: bool) -> n.Func:
        at = self.advance().at
        name = self.need_name("the function's name").value if named or self.token.kind == "name" else ""
        params = self.parameters()
        kind = self.kind()
        return n.Func(name, params, self.block(), False, kind, at)

    def parameters(self) -> list[n.Param]:
        self.need_op("(", "the parameters")
        params: list[n.Param] = []
        while not self.take_op(")"):
            if params:
                self.need_op(",", "a comma or the end of the parameters")
            rest = self.take_op("...")
            token = self.need_name("a parameter")
            self.annotation()
            params.append(n.Param(token.value, rest, token.at))
        return params

    def kind(self) -> str:
        """The declared kind of what a function returns, where the house wants one."""
        if "kinds" not in self.g.conventions or not self.is_op("kind"):
            return ""
        self.advance()
        token = self.need_name("the kind of what the function returns") if self.token.kind == "name" else self.advance()
        return token.text

    # -- expressions

    def expression(self) -> n.Expr:
        self.enter()
        try:
            return self._assignment()
        finally:
            self.depth -= 1

    def _assignment(self) -> n.Expr:
        arrow = self._arrow()
        if arrow is not None:
            return arrow
        left = self._piped()
        token = self.token
        if token.kind == "op" and token.value in ASSIGNMENTS:
            if not isinstance(left, (n.Name, n.Member, n.Index)):
                raise SourceError("target", token.at, text=token.text)
            self.advance()
            return n.Assign(token.value, left, self.expression(), token.at)
        return left

    def _arrow(self) -> n.Func | None:
        token = self.token
        if token.kind == "name" and self.ahead().kind == "op" and self.ahead().value == "=>":
            params = [n.Param(self.need_name("a parameter").value, False, token.at)]
        elif self.is_op("(") and self._is_arrow_head():
            params = self.parameters()
        else:
            return None
        self.kind()
        at = self.need_op("=>", "an arrow").at
        body = self.block() if self.is_op(self.begin) else self.expression()
        return n.Func("", params, body, True, "", at)

    def _is_arrow_head(self) -> bool:
        depth, place = 0, self.place
        while place < len(self.tokens):
            token = self.tokens[place]
            if token.kind == "op" and token.value == "(":
                depth += 1
            elif token.kind == "op" and token.value == ")":
                depth -= 1
                if not depth:
                    return self._arrow_follows(place + 1)
            elif token.kind not in ("name",) and not (token.kind == "op" and token.value in (",", "...")):
                return False
            place += 1
        return False

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
            power = POWER.get(token.value, 0) if token.kind == "op" else 0
            if power <= least or token.text == self.g.terminator:
                return left
            self.enter()
            self.advance()
            right = self.binary(power - 1 if token.value == "**" else power)
            self.depth -= 1
            left = n.Binary(SAME.get(token.value, token.value), left, right, token.at)

    def unary(self) -> n.Expr:
        token = self.token
        if token.kind == "op" and token.value in ("-", "!", "+", "++", "--"):
            self.enter()
            self.advance()
            value = self.unary()
            self.depth -= 1
            if token.value in ("++", "--"):
                return self.update(value, token, True)
            return n.Unary(token.value, value, token.at)
        if self.is_word("typeof"):
            self.advance()
            return n.Unary("typeof", self.unary(), token.at)
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
        while self.token.kind == "op":
            token = self.token
            if token.text == self.g.terminator:
                return value
            if token.value == "(":
                value = self.call(value)
            elif token.value == ".":
                self.advance()
                if not self.token.text or not (self.token.text[0].isalpha() or self.token.text[0] in "_$"):
                    self.unexpected("a property's name")
                value = n.Member(value, self.advance().text, token.at)
            elif token.value == self.index and not (self.index == "[" and token.line_before):
                self.advance()
                key = self.expression()
                self.need_op("]", "the end of the index")
                value = n.Index(value, key, token.at)
            else:
                return value
        return value

    def call(self, callee: n.Expr) -> n.Call:
        at = self.token.at
        arguments = self.arguments()
        if "pipeline" in self.g.sugar and len(arguments) == 1 and isinstance(callee, (n.Name, n.Member)):
            inner = arguments[0]
            if isinstance(inner, n.Call) and not inner.new and (n.is_print(callee) or isinstance(callee, n.Name)):
                raise SourceError("needs pipe", at)
        return n.Call(callee, arguments, False, at)

    def arguments(self) -> list[n.Expr]:
        self.need_op("(", "the arguments")
        return self.items(")", "a comma or the end of the arguments")

    def items(self, closing: str, where: str) -> list[n.Expr]:
        items: list[n.Expr] = []
        while not self.take_op(closing):
            if items:
                self.need_op(",", where)
                if closing != ")" and self.take_op(closing):
                    break
            at = self.token.at
            items.append(n.Spread(self.expression(), at) if self.take_op("...") else self.expression())
        return items

    def primary(self) -> n.Expr:
        token = self.token
        if token.kind == "num":
            return n.Num(self.advance().value, token.at)
        if token.kind == "str":
            return n.Str(self.advance().value, token.at)
        if token.kind == "name":
            if token.value in RESERVED:
                raise SourceError("outside", token.at, text=token.text)
            return n.Name(self.advance().value, token.at)
        if token.kind == "word":
            return self.keyword()
        if self.take_op("("):
            value = self.expression()
            self.need_op(")", "a closing parenthesis")
            return value
        if self.take_op(self.array[0]):
            return n.Array(self.items(self.array[1], "a comma or the end of the list"), token.at)
        if self.is_op("{"):
            return self.object()
        self.unexpected("a value")
        raise AssertionError

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
            self.advance()
            name = n.Name(self.need_name("what to make").value, token.at)
            return n.Call(name, self.arguments() if self.is_op("(") else [], True, token.at)
        self.unexpected("a value")
        raise AssertionError

    def object(self) -> n.Object:
        at = self.advance().at
        pairs: list[tuple[str, n.Expr]] = []
        while not self.take_op("}"):
            if pairs:
                self.need_op(",", "a comma or the end of the record")
                if self.take_op("}"):
                    break
            key = self.advance()
            if key.kind not in ("name", "str", "num", "word") and not key.text[:1].isalpha():
                raise SourceError("unexpected", key.at, text=key.text, where="a key")
            name = key.value if key.kind in ("str", "num") else key.text
            if key.kind == "name" and (self.is_op(",") or self.is_op("}")):
                pairs.append((name, n.Name(name, key.at)))
                continue
            self.need_op(self.pair, "the value of the key")
            pairs.append((name, self.expression()))
        return n.Object(pairs, at)
