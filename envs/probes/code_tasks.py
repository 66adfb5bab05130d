"""Small programs to write: an English specification, hidden cases, a reference solution in each language.

A task is drawn by a template from a seed. Expected values are worked out here, on the host; the sandbox sees arguments
only. In specifications ``{list}`` and ``{none}`` are the language's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clgym.envs.probes.code_reads import WORDS
from clgym.seeding import Draw

Case = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Task:
    """A function to write. ``name`` is in camelCase, ``parameters`` are (name, TypeScript type) pairs.

    ``javascript`` and ``python`` are the bodies of the reference solution, or its expression where
    ``expression`` asks for one instead of a function. ``cases`` are (arguments, expected value) pairs.
    """

    name: str
    spec: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    javascript: str
    python: str
    cases: tuple[Case, ...]
    expression: bool = False


def _task(name: str, spec: str, parameters: str, returns: str, javascript: str, python: str,
          solve: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], expression: bool = False) -> Task:
    pairs = tuple((part.split(": ")[0], part.split(": ")[1]) for part in parameters.split("; "))
    cases = tuple((tuple(given), solve(*given)) for given in arguments)
    return Task(name, spec, pairs, returns, javascript, python, cases, expression)


def _lists(draw: Draw, count: int = 4, low: int = -9, high: int = 30) -> list[tuple[list[int]]]:
    """Argument tuples of one non-empty list each, of growing length."""
    return [([draw.integer(low, high) for _ in range(size)],) for size in (1, 3, 5, 8)[:count]]


def _ints(draw: Draw, count: int = 4, low: int = -20, high: int = 60) -> list[tuple[int]]:
    return [(n,) for n in draw.sample(range(low, high), count)]


def _words(draw: Draw, count: int = 4) -> list[tuple[str]]:
    return [(word,) for word in draw.sample(WORDS, count)]


# ---- level 0: expressions


def _last_item(draw: Draw) -> Task:
    x = draw.choice(("items", "numbers", "values", "scores"))
    return _task("answer", f"the last element of the {{list}} `{x}`", f"{x}: number[]", "number", f"{x}[{x}.length - 1]", f"{x}[-1]",
                 lambda v: v[-1], _lists(draw), True)


def _how_many(draw: Draw) -> Task:
    x = draw.choice(("items", "numbers", "values", "scores"))
    return _task("answer", f"the number of elements of the {{list}} `{x}`", f"{x}: number[]", "number", f"{x}.length", f"len({x})", len, _lists(draw), True)


def _plus(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "count", "price")), draw.integer(2, 30)
    return _task("answer", f"the number `{x}` plus {k}", f"{x}: number", "number", f"{x} + {k}", f"{x} + {k}", lambda v: v + k, _ints(draw), True)


def _remainder(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "count", "price")), draw.integer(3, 9)
    return _task("answer", f"the remainder of `{x}` divided by {k}", f"{x}: number", "number", f"{x} % {k}", f"{x} % {k}", lambda v: v % k,
                 _ints(draw, 4, 1, 90), True)


def _is_above(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "age", "price")), draw.integer(5, 40)
    return _task("answer", f"whether the number `{x}` is greater than {k}", f"{x}: number", "boolean", f"{x} > {k}", f"{x} > {k}", lambda v: v > k,
                 [(k - 1,), (k,), (k + 1,), (k + 20,)], True)


def _capital(draw: Draw) -> Task:
    x = draw.choice(("word", "name", "text", "title"))
    return _task("answer", f"the string `{x}` in upper case", f"{x}: string", "string", f"{x}.toUpperCase()", f"{x}.upper()", str.upper, _words(draw), True)


def _initial(draw: Draw) -> Task:
    x = draw.choice(("word", "name", "text", "title"))
    return _task("answer", f"the first character of the string `{x}`", f"{x}: string", "string", f"{x}[0]", f"{x}[0]", lambda v: v[0], _words(draw), True)


def _comma_list(draw: Draw) -> Task:
    x, mark = draw.choice(("words", "names", "parts")), draw.choice(("-", ", ", "/", "+"))
    return _task("answer", f'the strings of the {{list}} `{x}` joined with "{mark}"', f"{x}: string[]", "string", f'{x}.join("{mark}")', f'"{mark}".join({x})',
                 mark.join, [(draw.sample(WORDS, n),) for n in (1, 2, 4)], True)


# ---- level 0: functions


def _add_fixed(draw: Draw) -> Task:
    k = draw.integer(2, 60)
    return _task(draw.choice(("increase", "raiseScore", "addBonus")), f"returns n plus {k}", "n: number", "number", f"return n + {k};", f"return n + {k}",
                 lambda n: n + k, _ints(draw))


def _multiply(draw: Draw) -> Task:
    k = draw.integer(2, 30)
    return _task(draw.choice(("scale", "multiply", "priceOf")), f"returns n times {k}", "n: number", "number", f"return n * {k};", f"return n * {k}",
                 lambda n: n * k, _ints(draw))


def _greet(draw: Draw) -> Task:
    hello = draw.choice(("Hello", "Welcome", "Goodbye", "Hi", "Thanks"))
    return _task(draw.choice(("greet", "message", "sayTo")), f'returns "{hello}, " followed by the name', "name: string", "string", f'return "{hello}, " + name;',
                 f'return "{hello}, " + name', lambda name: f"{hello}, {name}", _words(draw))


def _is_multiple(draw: Draw) -> Task:
    k = draw.integer(2, 9)
    return _task(draw.choice(("isMultiple", "divides", "fits")), f"returns whether n is a multiple of {k}", "n: number", "boolean", f"return n % {k} === 0;",
                 f"return n % {k} == 0", lambda n: n % k == 0, [(k,), (k + 1,), (3 * k,), (5 * k - 1,)])


def _bigger(draw: Draw) -> Task:
    return _task(draw.choice(("larger", "bigger", "maximum")), "returns the larger of a and b", "a: number; b: number", "number", "return a > b ? a : b;",
                 "return a if a > b else b", max, [(1, 2), (5, 3), (-4, -9), (7, 7)])


def _total(draw: Draw) -> Task:
    return _task(draw.choice(("total", "addUp", "sumOf")), "returns the sum of the {list} numbers", "numbers: number[]", "number",
                 "let sum = 0;\nfor (const n of numbers) sum += n;\nreturn sum;", "return sum(numbers)", sum, [*_lists(draw), ([],)])


# ---- level 1: functions


def _count_rule(draw: Draw) -> Task:
    k, low = draw.integer(2, 5), draw.integer(0, 12)
    return _task(draw.choice(("countGood", "matching", "tally")), f"returns how many of the {{list}} numbers are multiples of {k} and greater than {low}",
                 "numbers: number[]", "number", f"return numbers.filter((n) => n % {k} === 0 && n > {low}).length;",
                 f"return len([n for n in numbers if n % {k} == 0 and n > {low}])", lambda v: sum(n % k == 0 and n > low for n in v), [*_lists(draw), ([],)])


def _rotate(draw: Draw) -> Task:
    k, side = draw.integer(2, 5), draw.choice(("left", "right"))
    sign = 1 if side == "left" else -1
    js = f"const n = items.length;\nif (n === 0) return [];\nconst k = ((({sign * k}) % n) + n) % n;\nreturn items.slice(k).concat(items.slice(0, k));"
    python = f"n = len(items)\nif n == 0:\n    return []\nk = ({sign * k}) % n\nreturn items[k:] + items[:k]"
    return _task(draw.choice(("rotate", "turn", "shiftRound")), f"returns a new {{list}} with the elements of items rotated {k} places to the {side}; items may be shorter than {k} or empty",
                 "items: number[]", "number[]", js, python, lambda v: v[sign * k % len(v):] + v[: sign * k % len(v)] if v else [], [*_lists(draw), ([],)])


def _running(draw: Draw) -> Task:
    cap = draw.integer(15, 40)

    def solve(v: list[int]) -> list[int]:
        out, total = [], 0
        for n in v:
            total = min(total + n, cap)
            out.append(total)
        return out

    return _task(draw.choice(("running", "cumulative", "levels")), f"returns the {{list}} of running totals of numbers, where the total starts at 0 and is cut to {cap} after each addition",
                 "numbers: number[]", "number[]", f"let total = 0;\nreturn numbers.map((n) => (total = Math.min(total + n, {cap})));",
                 f"out = []\ntotal = 0\nfor n in numbers:\n    total = min(total + n, {cap})\n    out.append(total)\nreturn out", solve, [*_lists(draw), ([],)])


def _caesar(draw: Draw) -> Task:
    k = draw.integer(2, 24)

    def solve(text: str) -> str:
        return "".join(chr((ord(c) - 97 + k) % 26 + 97) if "a" <= c <= "z" else c for c in text)

    js = f'return text.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + {k}) % 26) + 97));'
    python = f'return "".join(chr((ord(c) - 97 + {k}) % 26 + 97) if "a" <= c <= "z" else c for c in text)'
    return _task(draw.choice(("encode", "cipher", "shiftLetters")), f"returns text with each letter a to z moved {k} places on in the alphabet (after z comes a) and everything else unchanged",
                 "text: string", "string", js, python, solve, [("abc xyz",), ("Hello, World 9",), ("",), *_words(draw, 2)])


def _runs(draw: Draw) -> Task:
    mark = draw.choice(("", ":", "*"))

    def solve(text: str) -> str:
        out, i = "", 0
        while i < len(text):
            j = i
            while j < len(text) and text[j] == text[i]:
                j += 1
            out, i = out + text[i] + mark + str(j - i), j
        return out

    js = f'let out = "";\nfor (let i = 0; i < text.length; ) {{\n  let j = i;\n  while (j < text.length && text[j] === text[i]) j++;\n  out += text[i] + "{mark}" + (j - i);\n  i = j;\n}}\nreturn out;'
    python = f'out, i = "", 0\nwhile i < len(text):\n    j = i\n    while j < len(text) and text[j] == text[i]:\n        j += 1\n    out += text[i] + "{mark}" + str(j - i)\n    i = j\nreturn out'
    return _task(draw.choice(("compress", "runLengths", "packText")), f'returns text with every run of one character written as the character{" followed by " + repr(mark) if mark else ""} and the length of the run, so that "aab" becomes "a{mark}2b{mark}1"',
                 "text: string", "string", js, python, solve, [("aab",), ("",), ("abcd",), ("zzzzyyx" * 2,)])


def _top(draw: Draw) -> Task:
    k = draw.integer(2, 4)

    def solve(v: list[int]) -> int | None:
        distinct = sorted(set(v), reverse=True)
        return distinct[k - 1] if len(distinct) >= k else None

    return _task(draw.choice(("nthLargest", "ranked", "place")), f"returns the number that ranks {k} among the distinct values of numbers, largest first, or {{none}} when there are fewer than {k}",
                 "numbers: number[]", "number | null", f"const distinct = [...new Set(numbers)].sort((a, b) => b - a);\nreturn distinct.length < {k} ? null : distinct[{k - 1}];",
                 f"distinct = sorted(set(numbers), reverse=True)\nreturn None if len(distinct) < {k} else distinct[{k - 1}]", solve,
                 [*_lists(draw, low=0, high=9), ([],), ([3, 3, 3, 1],)])


def _brackets(draw: Draw) -> Task:
    opening, closing = draw.choice((("(", ")"), ("[", "]"), ("{", "}"), ("<", ">")))

    def solve(text: str) -> int:
        depth = best = 0
        for c in text:
            depth += (c == opening) - (c == closing)
            if depth < 0:
                return -1
            best = max(best, depth)
        return best if depth == 0 else -1

    js = f'let depth = 0, best = 0;\nfor (const c of text) {{\n  if (c === "{opening}") depth++;\n  if (c === "{closing}") depth--;\n  if (depth < 0) return -1;\n  best = Math.max(best, depth);\n}}\nreturn depth === 0 ? best : -1;'
    python = f'depth = best = 0\nfor c in text:\n    if c == "{opening}":\n        depth += 1\n    if c == "{closing}":\n        depth -= 1\n    if depth < 0:\n        return -1\n    best = max(best, depth)\nreturn best if depth == 0 else -1'
    cases = [(t.replace("(", opening).replace(")", closing),) for t in ("a(b)c", "((x)(y(z)))", ")(", "((", "", "plain")]
    return _task(draw.choice(("depth", "nesting", "deepest")), f'returns how deeply "{opening}" and "{closing}" are nested in text (0 without any), or -1 when they do not match up',
                 "text: string", "number", js, python, solve, cases)


def _digits(draw: Draw) -> Task:
    base, k = draw.integer(2, 9), draw.integer(2, 5)

    def solve(n: int) -> int:
        total = 0
        while n:
            n, digit = divmod(n, base)
            total += digit**2 if digit % 2 else k * digit
        return total

    js = f"let total = 0;\nwhile (n > 0) {{\n  const digit = n % {base};\n  total += digit % 2 ? digit * digit : {k} * digit;\n  n = Math.floor(n / {base});\n}}\nreturn total;"
    python = f"total = 0\nwhile n > 0:\n    n, digit = divmod(n, {base})\n    total += digit * digit if digit % 2 else {k} * digit\nreturn total"
    return _task(draw.choice(("digitScore", "weigh", "digitSum")), f"returns the sum, over the digits of n written in base {base}, of the square of each odd digit and {k} times each even digit",
                 "n: number", "number", js, python, solve, [(0,), (7,), *_ints(draw, 3, 50, 5000)])


def _groups(draw: Draw) -> Task:
    k = draw.integer(2, 4)

    def solve(v: list[int]) -> list[int]:
        return [max(v[i : i + k]) - min(v[i : i + k]) for i in range(0, len(v), k)]

    js = f"const out = [];\nfor (let i = 0; i < numbers.length; i += {k}) {{\n  const part = numbers.slice(i, i + {k});\n  out.push(Math.max(...part) - Math.min(...part));\n}}\nreturn out;"
    python = f"parts = [numbers[i:i + {k}] for i in range(0, len(numbers), {k})]\nreturn [max(part) - min(part) for part in parts]"
    return _task(draw.choice(("spreads", "ranges", "spans")), f"splits numbers into consecutive groups of {k} (the last may be shorter) and returns the {{list}} of the differences between the largest and the smallest number of each group",
                 "numbers: number[]", "number[]", js, python, solve, [*_lists(draw), ([],)])


def _common(draw: Draw) -> Task:
    order = draw.choice(("alphabetical order", "reverse alphabetical order"))
    back = order.startswith("reverse")
    js = f"return [...new Set(a)].filter((c) => b.includes(c)).sort(){'.reverse()' if back else ''}.join(\"\");"
    python = f'return "".join(sorted(set(a) & set(b){", reverse=True" if back else ""}))'
    return _task(draw.choice(("shared", "inBoth", "common")), f"returns a string of the distinct characters that occur in both a and b, in {order}", "a: string; b: string", "string", js, python,
                 lambda a, b: "".join(sorted(set(a) & set(b), reverse=back)), [("banana", "bandana"), ("abc", "xyz"), ("", "a"), tuple(draw.sample(WORDS, 2))])


def _merge(draw: Draw) -> Task:
    keep = draw.choice(("even", "odd"))
    rest = 0 if keep == "even" else 1
    js = f"return [...a, ...b].filter((n) => Math.abs(n % 2) === {rest}).sort((x, y) => x - y);"
    python = f"return sorted(n for n in a + b if n % 2 == {rest})"
    return _task(draw.choice(("merge", "combine", "gather")), f"returns a {{list}} of the {keep} numbers of a and b together, in increasing order", "a: number[]; b: number[]", "number[]", js, python,
                 lambda a, b: sorted(n for n in a + b if n % 2 == rest), [([], []), ([10, 9, -3], [2, 100, 7]), ([-4, 5], [5, -4]), (_lists(draw)[3][0], _lists(draw)[2][0])])


#: Templates by level.
TASKS: tuple[tuple[Callable[[Draw], Task], ...], ...] = (
    (_last_item, _how_many, _plus, _remainder, _is_above, _capital, _initial, _comma_list,
     _add_fixed, _multiply, _greet, _is_multiple, _bigger, _total),
    (_count_rule, _rotate, _running, _caesar, _runs, _top, _brackets, _digits, _groups, _common, _merge),
)
