"""The whole of ES2020 can be written in a dialect: what JavaScript does, the dialect's compiler does too, with positions."""

from __future__ import annotations

from pathlib import Path

import pytest

from clgym.envs.dialect import feedback as say
from clgym.envs.dialect.catalogue import KINDS
from clgym.envs.dialect.compiler import compile_source
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.envs.dialect.running import LIMITS
from clgym.envs.dialect.translate import translate
from clgym.sandbox import Program, run

PROGRAMS = (Path(__file__).parent / "javascript_features.txt").read_text(encoding="utf-8").split("\n---\n")
#: Rules that respell and change nothing else: any program can be carried over.
RESPELLED = {
    kind: list(KINDS[kind].choices)
    for kind in (
        "print",
        "let",
        "const",
        "function",
        "return",
        "branch",
        "while",
        "truths",
        "errors",
        "jumps",
        "terminator",
        "blocks",
    )
} | {
    kind: list(KINDS[kind].choices)
    for kind in ("comment", "plus", "minus", "times", "greater", "logic", "choice", "member", "arrow", "quotes", "lists", "pairs")
}


def shown(source: str, counted: bool = False) -> tuple[str, str]:
    result = run(Program("javascript", source, counted=counted)).results[0]
    return result.status, result.console


@pytest.mark.parametrize("source", PROGRAMS)
def test_a_program_does_what_the_engine_does_with_it(source: str) -> None:
    status, console = shown(source)
    assert status == "ok"
    assert shown(compile_source(JAVASCRIPT, source)[1].javascript, counted=True) == (status, console)
    printed = show(JAVASCRIPT, parse(JAVASCRIPT, source))
    assert show(JAVASCRIPT, parse(JAVASCRIPT, printed)) == printed and shown(printed) == (status, console)


@pytest.mark.parametrize("turn", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_a_program_can_be_respelled(turn: int) -> None:
    rules = [Rule(kind, choices[turn % len(choices)]) for kind, choices in RESPELLED.items()]
    grammar = grammar_of("Velox", rules)
    for source in PROGRAMS:
        text = show(grammar, translate(grammar, parse(JAVASCRIPT, source)))
        compiled = compile_source(grammar, text)[1]
        if "[Function" not in shown(source)[1]:
            assert shown(compiled.javascript, counted=True) == shown(source), text


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("const f = (x) => {\n  const y = 1;\n  return x.a.b;\n};\nf({});", 3),
        ("class A {\n  m(v) {\n    return v.a.b;\n  }\n}\nnew A().m({});", 3),
        ("const o = {\n  get a() {\n    return undefined.x;\n  },\n};\no.a;", 3),
        ("switch (1) {\n  case 1:\n    null.x;\n}", 3),
        ("function* g() {\n  yield 1;\n  null.x;\n}\n[...g()];", 3),
        ("try {\n  null.x;\n} finally {\n  console.log(1);\n}", 2),
        ("[1].map((v) => {\n  return v.a.b;\n});", 2),
    ],
)
def test_an_error_has_the_line_of_the_source_wherever_it_is(source: str, line: int) -> None:
    compiled = compile_source(JAVASCRIPT, source)[1]
    fault = run(Program("javascript", compiled.javascript, counted=True)).results[0].error
    assert fault is not None
    place = compiled.offset(fault.line)
    assert place is not None and say.position(source, place)[0] == line


#: Ways in which the new syntax could run for ever: each through the dialect's own compiler.
HOSTILE = [
    "class A { get x() { return this.x; } }\nfor (;;) { try { new A().x; } catch { } }",
    "class A { static { for (;;); } }",
    "class A { static x = (() => { for (;;); })(); }",
    "const o = { get [Symbol.toPrimitive]() { for (;;); } };\n`${o}`;",
    "new Proxy({}, { get() { for (;;); } }).x;",
    "function* g() { for (;;) yield 1; }\nfor (const x of g());",
    "function* g() { try { yield 1; } finally { for (;;); } }\nfor (const x of g()) break;",
    "const t = (s) => { for (;;); };\nt`a${1}b`;",
    "(async () => { for (;;) await 0; })();",
    "do { } while (true);",
    "a: for (;;) { for (;;) continue a; }",
    "for (const k in { a: 1 }) { switch (1) { default: for (;;); } }",
    "const { x } = { get x() { for (;;); } };",
    "const f = ({ a = (() => { for (;;); })() } = {}) => a;\nf();",
    "try { } finally { for (;;); }",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_new_syntax_cannot_run_for_ever(source: str) -> None:
    compiled = compile_source(JAVASCRIPT, source)[1]
    assert run(Program("javascript", compiled.javascript, counted=True), (), LIMITS).results[0].status == "steps"


@pytest.mark.parametrize(
    "text",
    ["`${" * 400 + "1" + "}`" * 400, "/(" * 500, "class A { " * 300, "[" * 300 + "] = 1", "a?." * 5000 + "b", "({ get " * 200],
)
def test_endless_syntax_is_read_or_refused(text: str) -> None:
    try:
        compile_source(JAVASCRIPT, text)
    except SourceError:
        pass
