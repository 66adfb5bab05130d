"""Programs to read: what does this print? One template, three languages, the output worked out by the template itself.

TypeScript's types stand between ‹ and ›: TypeScript keeps what is inside, JavaScript drops it. The tests run every
program and compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from clgym.seeding import Draw

WORDS = (
    "apple",
    "bread",
    "cloud",
    "dance",
    "eagle",
    "flame",
    "grape",
    "house",
    "island",
    "juice",
    "knife",
    "lemon",
    "mouse",
    "night",
    "ocean",
    "piano",
    "queen",
    "river",
    "stone",
    "table",
    "uncle",
    "voice",
    "water",
    "zebra",
)
NAMES = ("total", "count", "value", "score", "price", "level", "amount", "size")
LISTS = ("items", "numbers", "values", "scores", "prices", "points")


class Read(NamedTuple):
    """A program in each language and the line that it prints."""

    typed: str
    python: str
    output: str

    def source(self, language: str) -> str:
        """The program in "javascript", "typescript" or "python"."""
        if language == "python":
            return self.python
        return re.sub("‹.*?›", "", self.typed) if language == "javascript" else re.sub("[‹›]", "", self.typed)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _numbers(draw: Draw, count: int, high: int = 20) -> list[int]:
    return draw.sample(range(1, high + 1), count)


def _sum(draw: Draw) -> Read:
    name, a, b = draw.choice(NAMES), draw.integer(2, 60), draw.integer(2, 60)
    return Read(f"const {name}‹: number› = {a};\nconsole.log({name} + {b});", f"{name} = {a}\nprint({name} + {b})", str(a + b))


def _product(draw: Draw) -> Read:
    name, a, b = draw.choice(NAMES), draw.integer(2, 12), draw.integer(2, 12)
    return Read(f"const {name}‹: number› = {a};\nconsole.log({name} * {b});", f"{name} = {a}\nprint({name} * {b})", str(a * b))


def _joined(draw: Draw) -> Read:
    a, b = draw.sample(WORDS, 2)
    return Read(f'const first‹: string› = "{a}";\nconsole.log(first + "{b}");', f'first = "{a}"\nprint(first + "{b}")', a + b)


def _upper(draw: Draw) -> Read:
    word = draw.choice(WORDS)
    return Read(
        f'const word‹: string› = "{word}";\nconsole.log(word.toUpperCase());', f'word = "{word}"\nprint(word.upper())', word.upper()
    )


def _count(draw: Draw) -> Read:
    name, numbers = draw.choice(LISTS), _numbers(draw, draw.integer(2, 9))
    return Read(
        f"const {name}‹: number[]› = {numbers};\nconsole.log({name}.length);",
        f"{name} = {numbers}\nprint(len({name}))",
        str(len(numbers)),
    )


def _item(draw: Draw) -> Read:
    name, numbers, at = draw.choice(LISTS), _numbers(draw, 4, 90), draw.integer(0, 3)
    return Read(
        f"const {name}‹: number[]› = {numbers};\nconsole.log({name}[{at}]);",
        f"{name} = {numbers}\nprint({name}[{at}])",
        str(numbers[at]),
    )


def _letters(draw: Draw) -> Read:
    word, end = draw.choice(WORDS), draw.integer(2, 4)
    return Read(
        f'const word‹: string› = "{word}";\nconsole.log(word.slice(0, {end}));',
        f'word = "{word}"\nprint(word[0:{end}])',
        word[:end],
    )


def _largest(draw: Draw) -> Read:
    a, b, c = _numbers(draw, 3, 90)
    return Read(
        f"const top‹: number› = Math.max({a}, {b}, {c});\nconsole.log(top);",
        f"top = max({a}, {b}, {c})\nprint(top)",
        str(max(a, b, c)),
    )


def _rest(draw: Draw) -> Read:
    a, b = draw.integer(10, 60), draw.integer(3, 9)
    return Read(f"const rest‹: number› = {a} % {b};\nconsole.log(rest);", f"rest = {a} % {b}\nprint(rest)", str(a % b))


def _compared(draw: Draw) -> Read:
    a, b = draw.integer(1, 90), draw.integer(1, 90)
    return Read(f"const bigger‹: boolean› = {a} > {b};\nconsole.log(bigger);", f"bigger = {a} > {b}\nprint(bigger)", _truth(a > b))


def _dashed(draw: Draw) -> Read:
    words = draw.sample(WORDS, 3)
    literal = "[" + ", ".join(f'"{word}"' for word in words) + "]"
    return Read(
        f'const words‹: string[]› = {literal};\nconsole.log(words.join("-"));',
        f'words = {literal}\nprint("-".join(words))',
        "-".join(words),
    )


def _filtered(draw: Draw) -> Read:
    numbers, k, f = _numbers(draw, 7, 30), draw.integer(2, 4), draw.integer(2, 5)
    products = [f * n for n in numbers if n % k == 0]
    return Read(
        f"const numbers‹: number[]› = {numbers};\nconst kept = numbers.filter((n‹: "
        f"number›) => n % {k} === 0).map((n‹: number›) => n * {f});\n"
        f"console.log(kept.length, kept.reduce((a‹: number›, b‹: number›) => a + b, 0));",
        f"numbers = {numbers}\nkept = [n * {f} for n in numbers if n % {k} == 0]\nprint(len(kept), sum(kept))",
        f"{len(products)} {sum(products)}",
    )


def _skipping(draw: Draw) -> Read:
    high, skip, stop = draw.integer(12, 30), draw.integer(2, 4), draw.integer(25, 90)
    total = 0
    for i in range(1, high):
        if i % skip == 0:
            continue
        total += i
        if total > stop:
            break
    return Read(
        f"let total‹: number› = 0;\nfor (let i = 1; i < {high}; i++) {{\n  if (i % {skip} === 0) continue;\n"
        f"  total += i;\n  if (total > {stop}) break;\n}}\nconsole.log(total);",
        f"total = 0\nfor i in range(1, {high}):\n    if i % {skip} == 0:\n        continue\n    total += i\n"
        f"    if total > {stop}:\n        break\nprint(total)",
        str(total),
    )


def _counter(draw: Draw) -> Read:
    start, step, calls = draw.integer(1, 20), draw.integer(2, 9), draw.integer(2, 4)
    js = " + ".join(["next()"] * calls)
    output = sum(start + step * i for i in range(1, calls + 1))
    return Read(
        f"function counter(start‹: number›)‹: () => number› {{\n  let n = start;\n  return () => {{\n    n += {step};\n"
        f"    return n;\n  }};\n}}\nconst next = counter({start});\nconsole.log({js});",
        f"def counter(start):\n    n = start\n    def next_one():\n        nonlocal n\n        n += {step}\n"
        f"        return n\n    return next_one\n\nnext_one = counter({start})\n"
        f"print({js.replace('next()', 'next_one()')})",
        str(output),
    )


def _swapped(draw: Draw) -> Read:
    a, b, c = _numbers(draw, 3, 40)
    k = draw.integer(2, 5)
    x, y, z = a, b, c
    for _ in range(k):
        x, y, z = y, z, x + y
    return Read(
        f"let [x, y, z]‹: number[]› = [{a}, {b}, {c}];\nfor (let i = 0; i < {k}; i++) {{\n  [x, y, z] = [y, z, x + y];\n"
        f"}}\nconsole.log(x, y, z);",
        f"x, y, z = {a}, {b}, {c}\nfor i in range({k}):\n    x, y, z = y, z, x + y\nprint(x, y, z)",
        f"{x} {y} {z}",
    )


def _tally(draw: Draw) -> Read:
    text = "".join(draw.choice("abc") for _ in range(draw.integer(8, 12)))
    counts = [text.count(letter) for letter in "abc"]
    return Read(
        f'const counts‹: Record<string, number>› = {{ a: 0, b: 0, c: 0 }};\nfor (const letter of "{text}") {{\n'
        f"  counts[letter] += 1;\n}}\nconsole.log(counts.a, counts.b, counts.c);",
        f'counts = {{"a": 0, "b": 0, "c": 0}}\nfor letter in "{text}":\n    counts[letter] += 1\n'
        'print(counts["a"], counts["b"], counts["c"])',
        " ".join(map(str, counts)),
    )


def _recursive(draw: Draw) -> Read:
    n, base, k = draw.integer(5, 9), draw.integer(1, 4), draw.integer(2, 3)

    def f(m: int) -> int:
        return base if m < k else f(m - 1) + f(m - k)

    return Read(
        f"function f(n‹: number›)‹: number› {{\n  return n < {k} ? {base} : f(n - 1) + f(n - {k});\n}}\nconsole.log(f({n}));",
        f"def f(n):\n    return {base} if n < {k} else f(n - 1) + f(n - {k})\n\nprint(f({n}))",
        str(f(n)),
    )


def _nested(draw: Draw) -> Read:
    rows, k, shift = draw.integer(3, 6), draw.integer(2, 4), draw.integer(1, 5)
    total = sum(i * j + shift for i in range(1, rows) for j in range(i) if (i + j) % k)
    return Read(
        f"let sum‹: number› = 0;\nfor (let i = 1; i < {rows}; i++) {{\n  for (let j = 0; j < i; j++) {{\n"
        f"    if ((i + j) % {k} !== 0) sum += i * j + {shift};\n  }}\n}}\nconsole.log(sum);",
        f"total = 0\nfor i in range(1, {rows}):\n    for j in range(i):\n        if (i + j) % {k} != 0:\n"
        f"            total += i * j + {shift}\nprint(total)",
        str(total),
    )


def _backwards(draw: Draw) -> Read:
    word, k = draw.choice(WORDS) + draw.choice(WORDS), draw.integer(2, 3)
    return Read(
        f'const word‹: string› = "{word}";\nlet out‹: string› = "";\nfor (let i = word.length - 1; i >= 0; i -= {k}) {{\n'
        f"  out += word[i];\n}}\nconsole.log(out);",
        f'word = "{word}"\nout = ""\nfor i in range(len(word) - 1, -1, -{k}):\n    out += word[i]\nprint(out)',
        word[::-1][::k],
    )


def _by_length(draw: Draw) -> Read:
    words = [word[: draw.integer(2, 6)] + "s" * draw.integer(0, 2) for word in draw.sample(WORDS, 4)]
    literal = "[" + ", ".join(f'"{word}"' for word in words) + "]"
    return Read(
        f"const words‹: string[]› = {literal};\nwords.sort((a‹: string›, b‹: string›) "
        '=> b.length - a.length || (a < b ? -1 : 1));\nconsole.log(words.join(" "));',
        f'words = {literal}\nwords.sort(key=lambda w: (-len(w), w))\nprint(" ".join(words))',
        " ".join(sorted(words, key=lambda w: (-len(w), w))),
    )


#: Templates by level.
READS: tuple[tuple[Callable[[Draw], Read], ...], ...] = (
    (_sum, _product, _joined, _upper, _count, _item, _letters, _largest, _rest, _compared, _dashed),
    (_filtered, _skipping, _counter, _swapped, _tally, _recursive, _nested, _backwards, _by_length),
)
