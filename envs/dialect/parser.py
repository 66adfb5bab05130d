"""Tokens to syntax tree, for any dialect; a recursive-descent parser."""

from __future__ import annotations

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.expressions import ExpressionParser
from clgym.envs.dialect.grammar import RESERVED, Grammar
from clgym.envs.dialect.lexer import SourceError, Token, tokens


def parse(grammar: Grammar, source: str) -> n.Program:
    """The syntax tree of a program. Raises :class:`SourceError`, and nothing else, on any text."""
    return Parser(grammar, tokens(grammar, source)).program()


class Parser(ExpressionParser):
    """Reads statements."""

    def program(self) -> n.Program:
        body = []
        while self.token.kind != "eof":
            body.append(self.statement())
        return n.Program(body)

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
                statement: n.Stmt = method()
                return statement
        if self.is_op(self.begin):
            return self.block()
        if token.text in ("{", "}") and self.begin == "begin":
            self.unexpected("a statement", self.g.blocks[token.text == "}"])
        if token.text == (self.g.terminator or ";"):
            return n.Empty(self.advance().at)
        if self.is_modifier("async") and self.ahead().value == "function":
            note = self.advance().note
            function = self.function_tail(True, True)
            return n.Define(function, note, function.at)
        if token.kind == "name" and token.value not in RESERVED and self.ahead().text == ":":
            self.advance()
            self.advance()
            return n.Label(token.value, self.statement(), token.at)
        value = self.sequence()
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

    def _let(self) -> n.Stmt:
        statement = self._declaration()
        self.finish()
        return statement

    _const = _mutable = _var = _let

    def _declaration(self) -> n.Declare | n.Several:
        word = self.advance()
        items = [self.declarator(word)]
        while self.take_op(","):
            items.append(self.declarator(word))
        return items[0] if len(items) == 1 else n.Several(items, word.at)

    def declarator(self, word: Token) -> n.Declare:
        at = word.at
        name, pattern = self.binding("a name")
        self.annotation()
        value = self.expression() if self.take_op("=") else None
        if value is None and (word.value == "const" or pattern is not None):
            self.unexpected("a value")
        kind = "let" if word.value == "mutable" else word.value
        mutable = word.value == "mutable" or "immutable" not in self.g.semantics
        return n.Declare(kind, name, value, mutable, at, pattern)

    def _class(self) -> n.Stmt:
        value = self.class_tail(named=True)
        return n.DefineClass(value, value.at)

    def _function(self) -> n.Stmt:
        note = self.token.note
        function = self.function_tail(named=True)
        return n.Define(function, note, function.at)

    def _if(self) -> n.Stmt:
        at = self.advance().at
        test = self.condition()
        if "unless" in self.g.sugar and isinstance(test, n.Unary) and test.op == "!":
            raise SourceError("needs unless", at, word=self.g.word("unless"))
        then = self.statement()
        other = None
        if self.is_word("else"):
            self.advance()
            other = self.statement()
        statement = n.If(test, then, other, at)
        if "postfix" in self.g.sugar and other is None and is_guard(then):
            raise SourceError("needs postfix", at, text=self.g.word(jump_word(then)), word=self.g.word("when"))
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
        test = self.sequence()
        self.need_op(")", "the end of the condition")
        return test

    def _while(self) -> n.Stmt:
        token = self.advance()
        if "until" in self.g.sugar:
            raise SourceError("retired word", token.at, text=token.text)
        at = token.at
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
        return n.For(
            n.Declare("let", name, first, True, at),
            n.Binary(op, counter, last, at),
            n.Assign("+=", n.Name(name, at), n.Num("1"), at),
            self.statement(),
            True,
            at,
        )

    def need_word(self, value: str, where: str) -> None:
        if not self.is_word(value):
            self.unexpected(where, self.g.word(value))
        self.advance()

    def _do(self) -> n.Stmt:
        at = self.advance().at
        body = self.statement()
        word = "until" if "until" in self.g.sugar else "while"
        self.need_word(word, f"`{self.g.word(word)}` and the condition of the loop")
        test = self.condition()
        if self.token.text == (self.g.terminator or ";"):
            self.advance()
        elif self.g.terminator:
            self.finish()
        return n.While(n.Unary("!", test, at) if word == "until" else test, body, at, True)

    def _for(self) -> n.Stmt:
        at = self.advance().at
        waits = self.is_word("await") and bool(self.advance())
        self.need_op("(", "the head of the loop")
        first: n.Stmt | None = None
        if self.token.kind == "word" and self.token.value in ("let", "const", "mutable", "var"):
            start, word = self.place, self.advance()
            name, pattern = self.binding("a name")
            if self.is_word("of") or self.is_word("in"):
                kind = "let" if word.value == "mutable" else word.value
                return self.each(n.ForOf(kind, name, n.Hole(), n.Empty(), at, pattern, False, waits))
            self.refuse_three_parts(at)
            self.place, self.token = start, self.tokens[start]
            first = self._declaration()
        elif self.token.text != (self.g.terminator or ";"):
            value = self.sequence()
            if isinstance(value, n.Binary) and value.op == "in" and self.is_op(")"):
                self.advance()
                return n.ForOf("", "", value.right, self.statement(), at, value.left, True, False)
            if self.is_word("of"):
                self.need_pattern(value, at)
                return self.each(n.ForOf("", "", n.Hole(), n.Empty(), at, value, False, waits))
            first = n.Run(value, at)
        self.refuse_three_parts(at)
        self.part_end()
        test = None if self.at_part_end() else self.sequence()
        self.part_end()
        update = None if self.is_op(")") else self.sequence()
        self.need_op(")", "the end of the loop's head")
        return n.For(first, test, update, self.statement(), False, at)

    def each(self, loop: n.ForOf) -> n.ForOf:
        """The rest of a loop over items or keys, from its ``of`` or ``in`` on."""
        loop.keys = self.advance().value == "in"
        loop.items = self.sequence()
        self.need_op(")", "the end of the loop's head")
        loop.body = self.statement()
        return loop

    def refuse_three_parts(self, at: int) -> None:
        if "count" in self.g.sugar:
            raise SourceError("no for", at, text=self.g.word("for"), word=self.g.word("count"))

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
        value = None if ends or self.is_op(self.end) or self.is_word("when") else self.sequence()
        return self.jump_end(n.Return(value, at))

    def _break(self) -> n.Stmt:
        token = self.advance()
        label = self.advance().value if self.is_name() and not self.token.line_before else ""
        return self.jump_end(n.Jump(token.value, token.at, label))

    _continue = _break

    def _throw(self) -> n.Stmt:
        at = self.advance().at
        return self.jump_end(n.Throw(self.sequence(), at))

    def _try(self) -> n.Stmt:
        at = self.advance().at
        statement = n.Try(self.block(), "", None, at)
        if not self.is_word("finally"):
            self.need_word("catch", f"`{self.g.word('catch')}`, what to do with the error,")
            if self.take_op("("):
                statement.name, statement.pattern = self.binding("the error's name")
                self.annotation()
                self.need_op(")", "a closing parenthesis")
            statement.handler = self.block()
        if self.is_word("finally"):
            self.advance()
            statement.final = self.block()
        return statement

    def _switch(self) -> n.Stmt:
        at = self.advance().at
        value = self.condition()
        self.need_op(self.begin, "the cases")
        cases: list[n.Case] = []
        while not self.take_op(self.end):
            if self.is_word("default"):
                cases.append(n.Case(None, [], self.advance().at))
            else:
                self.need_word("case", "a case")
                cases.append(n.Case(self.sequence(), [], self.token.at))
            if self.token.text != ":":
                self.unexpected("`:` behind the case")
            self.advance()
            while not (self.is_word("case") or self.is_word("default") or self.is_op(self.end)):
                if self.token.kind == "eof":
                    raise SourceError("unclosed block", at, text=self.g.blocks[0])
                cases[-1].body.append(self.statement())
        return n.Switch(value, cases, at)


STATEMENT_WORDS = frozenset(
    {
        "let",
        "const",
        "mutable",
        "function",
        "if",
        "unless",
        "while",
        "until",
        "count",
        "for",
        "return",
        "break",
        "continue",
        "throw",
        "try",
        "do",
        "switch",
        "class",
        "var",
    }
)


def is_guard(then: n.Stmt) -> bool:
    """Whether a branch is one lone ``return``, ``throw``, ``break`` or ``continue``."""
    inner = then.body[0] if isinstance(then, n.Block) and len(then.body) == 1 else then
    return isinstance(inner, (n.Return, n.Jump, n.Throw))


def jump_word(then: n.Stmt) -> str:
    """The keyword of the lone jump in a branch."""
    inner = then.body[0] if isinstance(then, n.Block) else then
    return inner.word if isinstance(inner, n.Jump) else "throw" if isinstance(inner, n.Throw) else "return"
