"""Tokens to syntax tree, for any dialect; a recursive-descent parser with precedence climbing."""

from __future__ import annotations

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import RESERVED, Grammar
from clgym.envs.dialect.lexer import SourceError, Token, tokens

#: Binding power of binary operators; ``**`` binds to the right.
POWER = {
    "||": 1, "&&": 2, "===": 3, "!==": 3, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "over": 6, "**": 8,
}
PIPE, UNARY = "|>", 7
ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%="})
SAME = {"==": "===", "!=": "!=="}
MAX_DEPTH = 60
MAX_TOKENS = 20_000


def parse(grammar: Grammar, source: str) -> n.Program:
    """The syntax tree of a program. Raises :class:`SourceError`, and nothing else, on any text."""
    parser = Parser(grammar, tokens(grammar, source))
    body = []
    while parser.token.kind != "eof":
        body.append(parser.statement())
    return n.Program(body)


class Parser:
    """One pass over one source text."""

    def __init__(self, grammar: Grammar, found: list[Token]):
        if len(found) > MAX_TOKENS:
            raise SourceError("long", found[MAX_TOKENS].at)
        self.g, self.tokens, self.place, self.depth = grammar, found, 0, 0
        self.token = found[0]
        plain = grammar.blocks == ("{", "}")
        self.begin, self.end = ("{", "}") if plain else ("begin", "end")
        self.index = "[" if grammar.index_open == "[" else "index"
        self.array = ("[", "]") if grammar.array == ("[", "]") else ("array", "array end")
        self.pair = ":" if grammar.pair_mark == ":" else "pair"

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
        found = self.is_op(value)
        if found:
            self.advance()
        return found

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

    # -- statements

    def statement(self) -> n.Stmt:
        self.enter()
        try:
            return self._statement()
        finally:
            self.depth -= 1

    def _statement(self) -> n.Stmt:
        token = self.token
        if token.kind == "word":
            method = getattr(self, "_" + token.value, None) if token.value in STATEMENT_WORDS else None
            if method is not None:
                found: n.Stmt = method()
                return found
        if self.is_op(self.begin):
            return self.block()
        if token.text == self.g.terminator or (not self.g.terminator and self.is_op(";")):
            self.unexpected("a statement")
        if token.kind == "name" and token.value in RESERVED:
            raise SourceError("outside", token.at, text=token.text)
        value = self.expression()
        return self.jump_end(n.Run(value, token.at))

    def finish(self) -> None:
        """The end of a simple statement."""
        if self.g.terminator:
            if self.token.text != self.g.terminator:
                raise SourceError("terminator", self._end_of_last(), text=self.token.text)
            self.advance()
        elif not self.take_op(";") and not (self.token.kind == "eof" or self.token.line_before or self.is_op(self.end)):
            self.unexpected("the end of the statement")

    def _end_of_last(self) -> int:
        last = self.tokens[max(self.place - 1, 0)]
        return last.at + len(last.text)

    def jump_end(self, statement: n.Stmt) -> n.Stmt:
        """A statement's end, or the condition that a postfix guard puts there."""
        guards = "postfix" in self.g.sugar and isinstance(statement, (n.Return, n.Jump, n.Throw))
        if guards and self.is_word("when"):
            self.advance()
            test = self.expression()
            self.finish()
            return n.If(test, n.Block([statement]), None, statement.at)
        self.finish()
        return statement

    def block(self) -> n.Block:
        at = self.need_op(self.begin, "the beginning of a block").at
        body = []
        while not self.is_op(self.end):
            if self.token.kind == "eof":
                raise SourceError("unclosed block", at, text=self.g.blocks[0])
            body.append(self.statement())
        self.advance()
        return n.Block(body, at)

    def _let(self) -> n.Stmt:
        statement = self._declaration()
        self.finish()
        return statement

    _const = _mutable = _let

    def _declaration(self) -> n.Declare:
        token = self.advance()
        name = self.need_name("a name").value
        self.annotation()
        value = self.expression() if self.take_op("=") else None
        if value is None and token.value == "const":
            self.unexpected("a value")
        mutable = token.value == "mutable" or "immutable" not in self.g.semantics
        return n.Declare("const" if token.value == "const" else "let", name, value, mutable, token.at)

    def annotation(self) -> None:
        """Plain programs may carry no types; TypeScript is read by a subclass."""

    def _function(self) -> n.Stmt:
        note = self.token.note
        function = self.function_tail(named=True)
        return n.Define(function, note, function.at)

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

    def _if(self) -> n.Stmt:
        at = self.advance().at
        test = self.condition()
        if "unless" in self.g.sugar and isinstance(test, n.Unary) and test.op == "!":
            raise SourceError("needs unless", at)
        then = self.statement()
        other = None
        if self.is_word("else"):
            self.advance()
            other = self.statement()
        statement = n.If(test, then, other, at)
        if "postfix" in self.g.sugar and other is None and is_guard(then):
            raise SourceError("needs postfix", at, text=self.g.word(jump_word(then)))
        return statement

    def _unless(self) -> n.Stmt:
        at = self.advance().at
        test = n.Unary("!", self.condition(), at)
        then = self.statement()
        other = None
        if self.is_word("else"):
            self.advance()
            other = self.statement()
        return n.If(test, then, other, at)

    def condition(self) -> n.Expr:
        self.need_op("(", "a condition in parentheses")
        test = self.expression()
        self.need_op(")", "the end of the condition")
        return test

    def _while(self) -> n.Stmt:
        at = self.advance().at
        return n.While(self.condition(), self.statement(), at)

    def _until(self) -> n.Stmt:
        at = self.advance().at
        return n.While(n.Unary("!", self.condition(), at), self.statement(), at)

    def _count(self) -> n.Stmt:
        """``count i from a to b { }``"""
        at = self.advance().at
        name = self.need_name("the counter's name").value
        self.need_word("from", "where the counting begins")
        first = self.expression()
        self.need_word("to", "where the counting ends")
        last = self.expression()
        op = "<=" if "count_closed" in self.g.sugar else "<"
        counter = n.Name(name, at)
        return n.For(n.Declare("let", name, first, True, at), n.Binary(op, counter, last, at),
                     n.Assign("+=", n.Name(name, at), n.Num("1"), at), self.statement(), at)

    def need_word(self, value: str, where: str) -> None:
        if not self.is_word(value):
            self.unexpected(where)
        self.advance()

    def _for(self) -> n.Stmt:
        at = self.advance().at
        self.need_op("(", "the head of the loop")
        if self.token.kind == "word" and self.token.value in ("let", "const", "mutable") and self.ahead(2).value == "of":
            word, name = self.advance(), self.need_name("a name").value
            self.advance()
            items = self.expression()
            self.need_op(")", "the end of the loop's head")
            return n.ForOf("let" if word.value == "mutable" else word.value, name, items, self.statement(), at)
        if "count" in self.g.sugar:
            raise SourceError("no for", at, text=self.tokens[self.place - 2].text)
        first: n.Stmt | None = None
        if self.token.kind == "word" and self.token.value in ("let", "const", "mutable"):
            first = self._declaration()
        elif not self.is_op(";"):
            first = n.Run(self.expression(), self.token.at)
        self.part_end()
        test = None if self.at_part_end() else self.expression()
        self.part_end()
        update = None if self.is_op(")") else self.expression()
        self.need_op(")", "the end of the loop's head")
        return n.For(first, test, update, self.statement(), at)

    def at_part_end(self) -> bool:
        return self.token.text == (self.g.terminator or ";")

    def part_end(self) -> None:
        if not self.at_part_end():
            self.unexpected("the next part of the loop's head")
        self.advance()

    def _return(self) -> n.Stmt:
        at = self.advance().at
        token = self.token
        ends = token.text == self.g.terminator if self.g.terminator else self.is_op(";") or token.line_before or token.kind == "eof"
        value = None if ends or self.is_op(self.end) or self.is_word("when") else self.expression()
        return self.jump_end(n.Return(value, at))

    def _break(self) -> n.Stmt:
        token = self.advance()
        return self.jump_end(n.Jump(token.value, token.at))

    _continue = _break

    def _throw(self) -> n.Stmt:
        at = self.advance().at
        return self.jump_end(n.Throw(self.expression(), at))

    def _try(self) -> n.Stmt:
        at = self.advance().at
        body = self.block()
        self.need_word("catch", "what to do with the error")
        name = ""
        if self.take_op("("):
            name = self.need_name("the error's name").value
            self.annotation()
            self.need_op(")", "a closing parenthesis")
        return n.Try(body, name, self.block(), at)

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
            self.advance()
            right = self.binary(power - 1 if token.value == "**" else power)
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
        found: list[n.Expr] = []
        while not self.take_op(closing):
            if found:
                self.need_op(",", where)
                if closing != ")" and self.take_op(closing):
                    break
            at = self.token.at
            found.append(n.Spread(self.expression(), at) if self.take_op("...") else self.expression())
        return found

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


STATEMENT_WORDS = frozenset({
    "let", "const", "mutable", "function", "if", "unless", "while", "until", "count", "for", "return", "break", "continue", "throw", "try",
})


def is_guard(then: n.Stmt) -> bool:
    """Whether a branch is one lone ``return``, ``throw``, ``break`` or ``continue``."""
    inner = then.body[0] if isinstance(then, n.Block) and len(then.body) == 1 else then
    return isinstance(inner, (n.Return, n.Jump, n.Throw))


def jump_word(then: n.Stmt) -> str:
    """The keyword of the lone jump in a branch."""
    inner = then.body[0] if isinstance(then, n.Block) else then
    return inner.word if isinstance(inner, n.Jump) else "throw" if isinstance(inner, n.Throw) else "return"
