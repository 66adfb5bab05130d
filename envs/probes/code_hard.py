"""The harder programs to write: loops, edge cases, small algorithms. See clgym.envs.probes.code_tasks."""

from __future__ import annotations

from collections.abc import Callable

from clgym.envs.probes.code_reads import WORDS
from clgym.envs.probes.code_tasks import Task, make_task, some_ints, some_lists, some_words
from clgym.seeding import Draw


def _count_rule(draw: Draw) -> Task:
    k, low = draw.integer(2, 5), draw.integer(0, 12)
    return make_task(
        draw.choice(("countGood", "matching", "tally")),
        f"returns how many of the {{list}} numbers are multiples of {k} and greater than {low}",
        "numbers: number[]",
        "number",
        f"return numbers.filter((n) => n % {k} === 0 && n > {low}).length;",
        f"return len([n for n in numbers if n % {k} == 0 and n > {low}])",
        lambda v: sum(n % k == 0 and n > low for n in v),
        [*some_lists(draw), ([],)],
    )


def _rotate(draw: Draw) -> Task:
    k, side = draw.integer(2, 5), draw.choice(("left", "right"))
    sign = 1 if side == "left" else -1
    js = (
        f"const n = items.length;\nif (n === 0) return [];\nconst k = ((({sign * k}) % n) + n) % n;\n"
        "return items.slice(k).concat(items.slice(0, k));"
    )
    python = f"n = len(items)\nif n == 0:\n    return []\nk = ({sign * k}) % n\nreturn items[k:] + items[:k]"
    return make_task(
        draw.choice(("rotate", "turn", "shiftRound")),
        f"returns a new {{list}} with the elements of items rotated {k} places "
        f"to the {side}; items may be shorter than {k} or empty",
        "items: number[]",
        "number[]",
        js,
        python,
        lambda v: v[sign * k % len(v) :] + v[: sign * k % len(v)] if v else [],
        [*some_lists(draw), ([],)],
    )


def _running(draw: Draw) -> Task:
    cap = draw.integer(15, 40)

    def solve(v: list[int]) -> list[int]:
        out, total = [], 0
        for n in v:
            total = min(total + n, cap)
            out.append(total)
        return out

    return make_task(
        draw.choice(("running", "cumulative", "levels")),
        f"returns the {{list}} of running totals of numbers, where the total starts at 0 and is cut to {cap} after each addition",
        "numbers: number[]",
        "number[]",
        f"let total = 0;\nreturn numbers.map((n) => (total = Math.min(total + n, {cap})));",
        f"out = []\ntotal = 0\nfor n in numbers:\n    total = min(total + n, {cap})\n    out.append(total)\nreturn out",
        solve,
        [*some_lists(draw), ([],)],
    )


def _caesar(draw: Draw) -> Task:
    k = draw.integer(2, 24)

    def solve(text: str) -> str:
        return "".join(chr((ord(c) - 97 + k) % 26 + 97) if "a" <= c <= "z" else c for c in text)

    js = f"return text.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + {k}) % 26) + 97));"
    python = f'return "".join(chr((ord(c) - 97 + {k}) % 26 + 97) if "a" <= c <= "z" else c for c in text)'
    return make_task(
        draw.choice(("encode", "cipher", "shiftLetters")),
        f"returns text with each letter a to z moved {k} places on in the alphabet (after z comes a) and everything else unchanged",
        "text: string",
        "string",
        js,
        python,
        solve,
        [("abc xyz",), ("Hello, World 9",), ("",), *some_words(draw, 2)],
    )


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

    js = (
        f'let out = "";\nfor (let i = 0; i < text.length; ) {{\n  let j = i;\n  while '
        f'(j < text.length && text[j] === text[i]) j++;\n  out += text[i] + "{mark}" + (j - i);\n  i = j;\n}}\nreturn out;'
    )
    python = (
        'out, i = "", 0\nwhile i < len(text):\n    j = i\n    while j < len(text) and text[j] == text[i]:\n        j += 1\n'
        f'    out += text[i] + "{mark}" + str(j - i)\n    i = j\nreturn out'
    )
    return make_task(
        draw.choice(("compress", "runLengths", "packText")),
        "returns text with every run of one character written as the "
        f"character{' followed by ' + repr(mark) if mark else ''} and the length "
        f'of the run, so that "aab" becomes "a{mark}2b{mark}1"',
        "text: string",
        "string",
        js,
        python,
        solve,
        [("aab",), ("",), ("abcd",), ("zzzzyyx" * 2,)],
    )


def _top(draw: Draw) -> Task:
    k = draw.integer(2, 4)

    def solve(v: list[int]) -> int | None:
        distinct = sorted(set(v), reverse=True)
        return distinct[k - 1] if len(distinct) >= k else None

    return make_task(
        draw.choice(("nthLargest", "ranked", "place")),
        f"returns the number that ranks {k} among the distinct values of numbers, "
        f"largest first, or {{none}} when there are fewer than {k}",
        "numbers: number[]",
        "number | null",
        f"const distinct = [...new Set(numbers)].sort((a, b) => b - a);\nreturn distinct.length < {k} ? null : distinct[{k - 1}];",
        f"distinct = sorted(set(numbers), reverse=True)\nreturn None if len(distinct) < {k} else distinct[{k - 1}]",
        solve,
        [*some_lists(draw, low=0, high=9), ([],), ([3, 3, 3, 1],)],
    )


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

    js = (
        f'let depth = 0, best = 0;\nfor (const c of text) {{\n  if (c === "{opening}") depth++;\n'
        f'  if (c === "{closing}") depth--;\n  if (depth < 0) return -1;\n  best = Math.max(best, depth);\n}}\n'
        "return depth === 0 ? best : -1;"
    )
    python = (
        f'depth = best = 0\nfor c in text:\n    if c == "{opening}":\n        depth += 1\n    if c == "{closing}":\n'
        "        depth -= 1\n    if depth < 0:\n        return -1\n    best = max(best, depth)\n"
        "return best if depth == 0 else -1"
    )
    cases = [(t.replace("(", opening).replace(")", closing),) for t in ("a(b)c", "((x)(y(z)))", ")(", "((", "", "plain")]
    return make_task(
        draw.choice(("depth", "nesting", "deepest")),
        f'returns how deeply "{opening}" and "{closing}" are nested in text (0 without any), or -1 when they do not match up',
        "text: string",
        "number",
        js,
        python,
        solve,
        cases,
    )


def _digits(draw: Draw) -> Task:
    base, k = draw.integer(2, 9), draw.integer(2, 5)

    def solve(n: int) -> int:
        total = 0
        while n:
            n, digit = divmod(n, base)
            total += digit**2 if digit % 2 else k * digit
        return total

    js = (
        f"let total = 0;\nwhile (n > 0) {{\n  const digit = n % {base};\n  total += digit % 2 ? digit * digit : {k} * digit;\n"
        f"  n = Math.floor(n / {base});\n}}\nreturn total;"
    )
    python = (
        f"total = 0\nwhile n > 0:\n    n, digit = divmod(n, {base})\n    total += "
        f"digit * digit if digit % 2 else {k} * digit\nreturn total"
    )
    return make_task(
        draw.choice(("digitScore", "weigh", "digitSum")),
        f"returns the sum, over the digits of n written in base {base}, of the "
        f"square of each odd digit and {k} times each even digit",
        "n: number",
        "number",
        js,
        python,
        solve,
        [(0,), (7,), *some_ints(draw, 3, 50, 5000)],
    )


def _groups(draw: Draw) -> Task:
    k = draw.integer(2, 4)

    def solve(v: list[int]) -> list[int]:
        return [max(v[i : i + k]) - min(v[i : i + k]) for i in range(0, len(v), k)]

    js = (
        f"const out = [];\nfor (let i = 0; i < numbers.length; i += {k}) {{\n  const part = numbers.slice(i, i + {k});\n"
        f"  out.push(Math.max(...part) - Math.min(...part));\n}}\nreturn out;"
    )
    python = f"parts = [numbers[i:i + {k}] for i in range(0, len(numbers), {k})]\nreturn [max(part) - min(part) for part in parts]"
    return make_task(
        draw.choice(("spreads", "ranges", "spans")),
        f"splits numbers into consecutive groups of {k} (the last may be shorter) "
        f"and returns the {{list}} of the differences between the largest and the smallest number of each group",
        "numbers: number[]",
        "number[]",
        js,
        python,
        solve,
        [*some_lists(draw), ([],)],
    )


def _common(draw: Draw) -> Task:
    order = draw.choice(("alphabetical order", "reverse alphabetical order"))
    back = order.startswith("reverse")
    js = f'return [...new Set(a)].filter((c) => b.includes(c)).sort(){".reverse()" if back else ""}.join("");'
    python = f'return "".join(sorted(set(a) & set(b){", reverse=True" if back else ""}))'
    return make_task(
        draw.choice(("shared", "inBoth", "common")),
        f"returns a string of the distinct characters that occur in both a and b, in {order}",
        "a: string; b: string",
        "string",
        js,
        python,
        lambda a, b: "".join(sorted(set(a) & set(b), reverse=back)),
        [("banana", "bandana"), ("abc", "xyz"), ("", "a"), tuple(draw.sample(WORDS, 2))],
    )


def _merge(draw: Draw) -> Task:
    keep = draw.choice(("even", "odd"))
    rest = 0 if keep == "even" else 1
    js = f"return [...a, ...b].filter((n) => Math.abs(n % 2) === {rest}).sort((x, y) => x - y);"
    python = f"return sorted(n for n in a + b if n % 2 == {rest})"
    return make_task(
        draw.choice(("merge", "combine", "gather")),
        f"returns a {{list}} of the {keep} numbers of a and b together, in increasing order",
        "a: number[]; b: number[]",
        "number[]",
        js,
        python,
        lambda a, b: sorted(n for n in a + b if n % 2 == rest),
        [([], []), ([10, 9, -3], [2, 100, 7]), ([-4, 5], [5, -4]), (some_lists(draw)[3][0], some_lists(draw)[2][0])],
    )


#: Templates of level 1.
HARD: tuple[Callable[[Draw], Task], ...] = (
    _count_rule,
    _rotate,
    _running,
    _caesar,
    _runs,
    _top,
    _brackets,
    _digits,
    _groups,
    _common,
    _merge,
)
