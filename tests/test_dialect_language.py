"""The language of CL-Dialect-v0: rules, parser, printer, translation, compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import combinations

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.dialect import feedback as say
from clgym.envs.dialect.catalogue import GROUPS, KINDS
from clgym.envs.dialect.compiler import compile_source
from clgym.envs.dialect.feedback import COMPILER
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, draw_level, grammar_of
from clgym.envs.dialect.running import LIMITS
from clgym.envs.dialect.tasks import TASKS
from clgym.envs.dialect.translate import snake, translate
from clgym.sandbox import Call, Program, run
from clgym.seeding import seed_of
from clgym.text.phrases import Phrasing

DIALECTS = [
    grammar_of(f"D{level}{index}", draw_level(level, seed_of("dialects", level, index).draw()))
    for level in (1, 2, 3)
    for index in range(6)
]
SOURCES = [task.instance(seed_of("sources", task.name).draw()).source for task in TASKS]


def rules(*kinds: str, **choices: tuple[str, ...]) -> list[Rule]:
    return [Rule(kind, KINDS[kind].choices[0]) for kind in kinds] + [Rule(kind, choice) for kind, choice in choices.items()]


def printed(grammar, source: str) -> str:
    """What a program in a dialect prints when it is run for real."""
    result = run(Program("javascript", compile_source(grammar, source)[1].javascript, counted=True)).results[0]
    assert result.status == "ok", (result, source)
    return result.console


def complaint(grammar, source: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        compile_source(grammar, source)
    return caught.value


# -- the catalogue


def test_the_catalogue_has_at_least_24_kinds_in_six_groups():
    assert len(KINDS) >= 24
    assert set(Counter(kind.group for kind in KINDS.values())) == set(GROUPS) and len(GROUPS) == 6


@pytest.mark.parametrize(("level", "count"), [(1, 8), (2, 14), (3, 20)])
def test_worlds_have_as_many_rules_as_their_level_says_and_share_less_than_half(level, count):
    worlds = [set(draw_level(level, seed_of("share", index).draw())) for index in range(12)]
    assert all(len(world) == count for world in worlds)
    shared = [len(one & other) / count for one, other in combinations(worlds, 2)]
    assert sum(shared) / len(shared) < 0.5


def test_every_kind_is_drawn_somewhere():
    drawn = {
        rule.kind for level in (1, 2, 3) for index in range(80) for rule in draw_level(level, seed_of("all", level, index).draw())
    }
    assert drawn == set(KINDS)


# -- reading and writing


@pytest.mark.parametrize(
    "grammar",
    # Two dialects of each level, and four more of each.
    [JAVASCRIPT, *(pytest.param(one, marks=pytest.mark.slow if place % 6 > 1 else ()) for place, one in enumerate(DIALECTS))],
    ids=lambda grammar: grammar.name,
)
def test_what_is_printed_is_read_back_as_the_same_tree(grammar):
    for source in SOURCES:
        tree = translate(grammar, parse(JAVASCRIPT, source))
        text = show(grammar, tree)
        assert show(grammar, parse(grammar, text)) == text
        if "until" not in grammar.sugar:  # which turns conditions round: x < 3 is read back as not (x >= 3)
            assert parse(grammar, text) == tree, source


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(DIALECTS))
def test_any_text_is_read_or_refused_with_a_place(text, grammar):
    try:
        compile_source(grammar, text)
    except SourceError as error:
        assert 0 <= error.at <= len(text) and len(COMPILER[error.kind]) >= 3
        say.compiler_error(Phrasing(0), grammar, text, error)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                ";",
                ",",
                ".",
                "+",
                "-",
                "=>",
                "=",
                "x",
                "y",
                "1",
                "'a'",
                "if",
                "else",
                "for",
                "of",
                "while",
                "function",
                "return",
                "let",
                "const",
                "!",
                "?",
                ":",
                "&&",
                "...",
            ]
        ),
        max_size=25,
    )
)
def test_any_row_of_tokens_is_read_or_refused(words):
    try:
        compile_source(JAVASCRIPT, " ".join(words))
    except SourceError:
        pass


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "[" * 5000, "!" * 5000 + "x", "{" * 5000, "f(" * 3000, "x = " * 3000 + "1", "- " * 4000 + "1", "if (x) " * 4000],
)
def test_endless_nesting_is_refused(text):
    assert complaint(JAVASCRIPT, text).kind in ("deep", "end", "unclosed block")


@pytest.mark.parametrize(
    ("source", "kind", "line", "column"),
    [
        ("say(1)!\nlet x = 2!", "retired word", 2, 1),
        ("say(1)!\nsay(2 + 3)!", "retired mark", 2, 7),
        ("say(1)!\nsay(2)\nsay(3)!", "terminator", 2, 7),
        ("make x = 1!\n  say(x]!", "unexpected", 2, 8),
        ("say('abc)!", "unclosed", 1, 5),
        ("say(1 plus)!", "unexpected", 1, 11),
        ("if (yes) {\n  say(1)!\n", "unclosed block", 1, 10),
    ],
)
def test_errors_have_line_column_and_caret(source, kind, line, column):
    grammar = grammar_of("Velox", rules(print=("say",), let=("make",), terminator=("!",), plus=("plus",)))
    error = complaint(grammar, source)
    assert (error.kind, say.position(source, error.at)) == (kind, (line, column))
    excerpt = say.excerpt(source, error.at).split("\n")
    assert excerpt[0].strip() == source.split("\n")[line - 1].strip() and excerpt[1].index("^") == column + 1


# -- meaning


@pytest.mark.parametrize(
    ("kinds", "source", "expected"),
    [
        (["one_based"], "const xs = [5, 6]; xs[2] += 1; console.log(xs[1] * 100 + xs[2]); console.log('abc'[1]);", "507\na"),
        (["one_based"], "const o = {}; o[1] = 7; console.log(o[1]);", "7"),
        (["one_based"], "const g = [[1, 2], [3, 4]]; g[2][1] = 9; g[1][2]++; console.log(g);", "[ [ 1, 3 ], [ 9, 4 ] ]"),
        (["from_end"], "const xs = [5, 6]; xs[-1] = 8; console.log(xs[-1] + xs[0]);", "13"),
        (["deep_equals"], "console.log([1, { a: 2 }] === [1, { a: 2 }], [1] === [2], {} !== {});", "true false false"),
        (["floor_division"], "let x = 9; x /= 2; console.log(7 / 2, 7 per 2, x);", "3 3.5 4"),
        (["truthy_zero"], "console.log(0 ? 1 : 2, !'', null ? 1 : 2, 0 || 5, 0 && 5);", "1 false 2 0 5"),
        (["empty_false"], "console.log([] ? 1 : 2, [0] ? 1 : 2, !{}, [] || 5);", "2 1 true 5"),
        (["join"], "console.log(1, 'a', true);", "1-a-true"),
        (["sort"], "console.log([3, 10, 2].sort().join(' '), ['b', 'c', 'a'].sort().join(''));", "10 3 2 cba"),
        (["immutable"], "let a = 1; vary b = a; b += 1; console.log(a + b);", "3"),
        (["until"], "let i = 0; until (i >= 3) { i += 1; } console.log(i);", "3"),
        (["count"], "count i from 1 to 3 { console.log(i); }", "1\n2\n3"),
        (["unless"], "unless (1 > 2) { console.log('a'); } else { console.log('b'); }", "a"),
        (["postfix"], "function f(x) { return 0 when x < 0; return 1; } console.log(f(-1), f(1));", "0 1"),
        (["pipeline"], "const f = (x) => x + 1; const g = (x) => x * 2; f(3) |> g |> console.log;", "8"),
        (["kinds"], "function f(x) ->> list { return [x]; } console.log(f(1));", "[ 1 ]"),
    ],
)
def test_rules_mean_what_the_rulebook_says(kinds, source, expected):
    assert printed(grammar_of("Velox", rules(*kinds)), source) == expected


@pytest.mark.parametrize(
    ("kinds", "source", "kind"),
    [
        (["immutable"], "let a = 1; a = 2;", "constant"),
        (["immutable"], "function f(x) { x = 2; }", "constant"),
        ([], "const a = 1; a = 2;", "constant"),
        (["arity"], "function f(x) { return x; } f(1, 2);", "arity"),
        (["until"], "while (x) { }", "retired word"),
        (["count"], "for (let i = 0; i < 3; i += 1) { }", "no for"),
        (["unless"], "if (!x) { f(); }", "needs unless"),
        (["postfix"], "function f(x) { if (x) { return 1; } return 2; }", "needs postfix"),
        (["pipeline"], "f(g(x));", "needs pipe"),
        (["snake"], "const someThing = 1;", "name style"),
        (["long_names"], "const x = 1;", "short name"),
        (["kinds"], "function f(x) { return x; }", "no kind"),
        (["kinds"], "function f(x) ->> thing { return x; }", "bad kind"),
        (["no_increment"], "let i = 0; i++;", "no increment"),
        (["no_compound"], "let i = 0; i += 1;", "no compound"),
        (["no_arrow"], "const f = (x) => x;", "no arrow"),
        (["note"], "function f(x) { return x; }", "no note"),
        (["digits"], "f(1000);", "digits"),
        ([], "__step();", "outside"),
        ([], "import x from 'y';", "outside"),
        ([], "f(x);", "unknown name"),
    ],
)
def test_what_is_forbidden_is_refused(kinds, source, kind):
    assert complaint(grammar_of("Velox", rules(*kinds)), source).kind == kind
    assert len(set(COMPILER[kind])) >= 3


def test_errors_at_run_time_find_their_way_back_to_the_source():
    grammar = grammar_of("Velox", rules(blocks=("begin", "end"), print=("say",)))
    source = "// one\nfunction f(x)\nbegin\n  say(1);\n  if (x > 1)\n  begin\n    return x.a.b;\n  end\n  return 0;\nend\n"
    compiled = compile_source(grammar, source)[1]
    result = run(Program("javascript", compiled.javascript, counted=True), [Call("f", [2])]).results[0]
    assert result.error is not None
    assert say.position(source, compiled.offset(result.error.line))[0] == 7


def test_a_program_without_end_is_stopped_by_its_own_steps():
    compiled = compile_source(JAVASCRIPT, "function f() { while (true) { try { f(); } catch (e) { f(); } } }")[1]
    result = run(Program("javascript", compiled.javascript, counted=True), [Call("f", [])], LIMITS).results[0]
    assert result.status == "steps"


def test_names_are_respelled_in_snake_case():
    assert [snake(name) for name in ("runningTotals", "total", "htmlPage", "a")] == ["running_totals", "total", "html_page", "a"]


def test_variables_that_are_words_of_the_dialect_get_other_names():
    grammar = grammar_of("Velox", rules(plus=("plus",), blocks=("open", "close")))
    source = show(grammar, translate(grammar, parse(JAVASCRIPT, "const plus = 1; let open = plus + 1; console.log(open);")))
    assert printed(grammar, source) == "2"


def test_worlds_do_not_depend_on_the_hash_seed():
    code = (
        "import hashlib; from clgym.registry import make_world\n"
        "worlds = [make_world('CL-Dialect-v0', level=level, world=5) for level in range(4)]\n"
        "asked = [w.query(pool, 3) for w in worlds for pool in w.pools]\n"
        "texts = [q.prompt for q in asked] + [w.solve(w.query(pool, 3)) for w in worlds for pool in w.pools] + [w.rulebook() for w in worlds]\n"
        "print(hashlib.sha256('|'.join(texts).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
