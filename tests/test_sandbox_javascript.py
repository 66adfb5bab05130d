"""JavaScript and TypeScript in the sandbox: what programs may do, and what comes back. Hostile ones are in test_attacks.py."""

from __future__ import annotations

import math

import pytest

from clgym.sandbox import UNDEFINED, Call, Limits, Program, Result, run, same

SHORT = Limits(steps=100_000, memory_bytes=16 << 20, output_chars=500, seconds=0.25)


def js(source: str, *calls: Call, limits: Limits = SHORT, counted: bool = False) -> Result:
    return run(Program("javascript", source, counted), calls, limits).results[0]


def ts(source: str, *calls: Call) -> Result:
    return run(Program("typescript", source), calls, SHORT).results[0]


def test_the_step_verdict_is_the_same_every_time() -> None:
    source = "function f(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }"
    for _ in range(3):
        fits, over = (js(source, Call("f", [n]), limits=Limits(steps=102)) for n in (100, 101))
        assert (fits.status, fits.value, fits.steps) == ("ok", 4950, 102)
        assert (over.status, over.value, over.steps) == ("steps", None, 102)


def test_a_limit_that_was_caught_still_counts() -> None:
    caught = js("function f() { try { for (;;); } catch (e) { return 'fine'; } }", Call("f"))
    overridden = js("function f() { try { for (;;); } finally { return 'fine'; } }", Call("f"))
    assert caught.status == overridden.status == "steps" and overridden.value is None


def test_the_counter_keeps_the_meaning_of_programs() -> None:
    source = """'use strict';
class A { #n = 1; constructor(n) { this.#n = n; } get n() { return this.#n; } static make(n) { return new A(n); } }
class B extends A { constructor(n) { super(n * 2); } }
function strict() { 'use strict'; return this === undefined; }
const f = x => ({ twice: x * 2 }), g = (a, b = () => a) => b();
function main() {
  const out = [];
  outer: for (const i of [1, 2, 3]) for (let j = 0; j < 3; j++) { if (j === i) continue outer; out.push(i * 10 + j); }
  let k = 0; do k++; while (k < 5)
  if (k === 5) for (const key in { a: 1 }) out.push(key); else out.push("never");
  while (k > 3) k--;
  return [out, k, B.make(4).n, new B(4).n, strict(), f(2), g(7), [...(function* () { yield* [1, 2]; })()]];
}"""
    assert js(source, Call("main")).value == [[10, 20, 21, 30, 31, 32, "a"], 3, 4, 8, True, {"twice": 4}, 7, [1, 2]]


def test_values_cross_as_what_they_are() -> None:
    source = (
        "const same = (x) => x;\nconst odd = () => [undefined, NaN, -0, Infinity, "
        "12345678901234567890n, { $: 'NaN', $$: 1 }, new Set([1])];"
    )
    given = [None, True, 1, 1.5, "ä\U0001f642\0", [1, [2]], {"a": {"$": "x"}}, -0.0]
    value = js(source, Call("same", [given])).value
    assert same(given, value) and math.copysign(1, value[-1]) < 0
    odd = js(source, Call("odd")).value
    assert odd[0] is UNDEFINED and math.isnan(odd[1]) and math.copysign(1, odd[2]) < 0
    assert odd[3:] == [math.inf, 12345678901234567890, {"$": "NaN", "$$": 1}, [1]]


@pytest.mark.parametrize(
    "trick",
    [
        "Object.prototype.toJSON = () => 'forged';",
        "Array.prototype.toJSON = Number.prototype.toJSON = () => 'forged';",
        'JSON.stringify = () => \'{"status":"ok","value":"forged"}\';',
        "String.prototype.slice = Reflect.apply = () => 'forged';",
        "Object.defineProperty(Array.prototype, '0', { set() { throw 1; }, get() { return 'forged'; } });",
        "Object.defineProperty(Object.prototype, 'status', { get() { return 'ok'; } });",
        "Object.keys = () => ['forged']; Array.isArray = () => false; Symbol.iterator = null;",
        "Function.prototype.call = Function.prototype.apply = () => 'forged';",
    ],
)
def test_a_program_cannot_forge_its_reply(trick: str) -> None:
    assert js(trick + "\nfunction f() { return { a: [1, 'b'] }; }", Call("f")).value == {"a": [1, "b"]}
    assert js(trick + "\nfunction f() { throw new TypeError('no'); }", Call("f")).status == "exception"


def test_proxies_and_getters_return_what_they_could_have_returned() -> None:
    assert js("function f() { return new Proxy({}, { ownKeys() { for (;;); } }); }", Call("f")).status == "steps"
    assert js("function f() { return { get a() { throw new Error('no'); } }; }", Call("f")).status == "exception"
    assert js("function f() { const a = []; a.push(a); return a; }", Call("f")).status == "output"


def test_nothing_is_left_for_the_next_call() -> None:
    source = (
        "let n = 0; Object.prototype.seen = 1; function f() { globalThis.left = (globalThis.left "
        "|| 0) + 1; return [++n, globalThis.left]; }"
    )
    results = run(Program("javascript", source), [Call("f"), Call("f")], SHORT).results
    assert [result.value for result in results] == [[1, 1], [1, 1]]
    assert js("function f() { return typeof left + typeof {}.seen; }", Call("f")).value == "undefinedundefined"


def test_there_is_no_clock_and_chance_repeats() -> None:
    source = """function f() { return [typeof Date, typeof performance, typeof setTimeout, Math.random(), Math.random()]; }
function leak() { class D extends Date {}; return Object.getPrototypeOf(D).now(); }"""
    first, second = run(Program("javascript", source), [Call("f"), Call("f")], SHORT).results
    assert first.value == second.value and first.value[:3] == ["undefined"] * 3
    assert 0 <= first.value[3] < 1 and first.value[3] != first.value[4]
    assert js(source, Call("leak")).status == "exception"


def test_the_console_prints_as_node_does() -> None:
    result = js("console.log([1, 'a', [2]], 'b', { x: { y: [] }, 'k-k': null }, -0, undefined, new Map([['a', 1]]), class A {});")
    assert result.console == "[ 1, 'a', [ 2 ] ] b { x: { y: [] }, 'k-k': null } -0 undefined Map(1) { 'a' => 1 } [class A]"


def test_the_console_is_cut_and_says_so() -> None:
    result = js("for (let i = 0; i < 1000; i++) console.log('line', i);", limits=Limits(output_chars=100))
    assert result.status == "ok" and result.cut and len(result.console) == 100 and result.console.startswith("line 0\nline 1\n")


def test_errors_have_their_place_in_the_program_as_given() -> None:
    thrown = js("const f = (n) => {\n  while (true) { if (n) throw new RangeError('too far'); }\n};", Call("f", [1]))
    assert thrown.error and (thrown.error.name, thrown.error.message, thrown.error.line) == ("RangeError", "too far", 2)
    assert thrown.error.column == 35
    unread = js("let a = 1;\nlet b = ;")
    assert unread.status == "syntax" and unread.error and (unread.error.line, unread.error.column) == (2, 9)
    assert js("function f() {}", Call("g")).error.name == "ReferenceError"


def test_promises_are_waited_for() -> None:
    assert js("async function f(n) { await null; return n + 1; }", Call("f", [1])).value == 2
    assert js("async function f() { await null; throw new Error('late'); }", Call("f")).error.message == "late"
    assert js("function f() { return new Promise(() => {}); }", Call("f")).status == "exception"


def test_a_compiled_program_counts_its_own_steps() -> None:
    assert js("function f(n) { __step(); while (n > 0) { __step(); n--; } return n; }", Call("f", [5]), counted=True).steps == 7
    assert js("function f() { for (;;) { __step(); } }", Call("f"), counted=True).status == "steps"


TYPED = """interface Point { x: number; y?: string }
type Id<T> = { a: T } | null;
enum Color { Red, Green = 5, Blue, Sky = "sky" }
declare const nothing: number;
abstract class Base<T> implements Point {
  readonly x: number = 1; y!: string; declare z: number; [key: string]: any;
  constructor(private a: T, public b = 2) {}
  abstract area(): number;
  get(this: Base<T>, key?: string): T | undefined { return this.a as T; }
}
class Square extends Base<number> {
  constructor(public side: number) { super(7); }
  override area(): number { return this.side ** 2; }
}
function over(a: string): string;
function over(a: any, ...rest: Array<Map<string, number[]>>): string { return String(a)!; }
const id = <T,>(x: T): T => x;
function main(n: number, f: (m: number) => number = (m) => m): unknown {
  const s = new Square(n);
  return [s.area(), s.get()!, s.b, over("q"), <number>id<number>(f(n)), Color.Blue, Color[0], Color.Sky, (n satisfies number)];
}"""


def test_typescript_runs_without_its_types() -> None:
    assert ts(TYPED, Call("main", [3])).value == [9, 7, 2, "q", 3, 6, "Red", "sky", 3]


def test_typescript_errors_keep_their_place() -> None:
    thrown = ts("function f(a: { b?: { c: number } }): number {\n  const n: number = a.b.c;\n  return n;\n}", Call("f", [{}]))
    assert thrown.error and (thrown.error.name, thrown.error.line) == ("TypeError", 2)
    unread = ts("function f(a: number): number {\n  return a +;\n}")
    assert unread.status == "syntax" and unread.error and unread.error.line == 2
    assert ts("namespace A { export const b = 1; }").status == "syntax"


def test_javascript_does_not_take_types() -> None:
    assert js("function f(a: number): number { return a; }").status == "syntax"


def test_large_results_and_odd_last_expressions_are_no_trouble() -> None:
    value = js(
        "function f() { let s = 'x'.repeat(20000); s += 'y' + s; return [s, Array.from({ length: 5000 }, (_, i) => i)]; }",
        Call("f"),
    ).value
    assert len(value[0]) == 40001 and value[1][-1] == 4999
    assert [js(source).status for source in ("let s = 'x'.repeat(20000); s + 'y' + s", "'\\ud800'", "Symbol()", "10n")] == [
        "ok"
    ] * 4


def test_half_a_surrogate_pair_never_leaves_the_sandbox() -> None:
    program = Program("javascript", "const f = () => ['\\ud83d', '🙂', {'\\ude42$': 1}];")
    assert run(program, [Call("f")]).results[0].value == ["\ufffd", "🙂", {"\ufffd$": 1}]
