"""Short programs to be read: each prints one number or string of at most 40 characters."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Read

_LISTS = ([4, 7, 2, 9], [3, 8, 5, 1, 6], [10, 4, 6], [2, 2, 5, 7], [9, 1, 8, 3, 4], [6, 5, 12, 7], [1, 11, 3], [8, 0, 2, 13, 5])
_LINES = (
    "tea and two cups",
    "one more red boat",
    "the old mill road",
    "a fox in the barn",
    "six bees near home",
    "paper moon over sea",
)
_WORDS = ("window", "orange", "stone", "umbrella", "river", "kettle", "garden", "planet", "table", "mirror")

READS = (
    Read(
        "pick_two",
        """
const values = {values};
const first = values[{place}];
const second = values[{other}];
console.log(first * {factor} + second);
""",
        {"values": _LISTS, "place": (0, 1, 2), "other": (0, 1, 2), "factor": (2, 3, 10)},
    ),
    Read(
        "whole_quotient",
        """
const total = {total};
const boxes = Math.floor(total / {size});
const rest = total % {size};
console.log(boxes * 100 + rest);
""",
        {"total": range(20, 90), "size": (3, 4, 6, 7, 8)},
    ),
    Read(
        "half_way",
        """
const low = {low};
const high = {high};
const middle = (low + high) / 2;
console.log(middle);
""",
        {"low": range(1, 16), "high": range(20, 46)},
    ),
    Read(
        "sum_of_even",
        """
let total = 0;
for (const value of {values}) {
  if (value % {divisor} === 0) {
    total += value;
  } else {
    total += {step};
  }
}
console.log(total);
""",
        {"values": _LISTS, "divisor": (2, 3, 4), "step": (1, 2, 5)},
    ),
    Read(
        "loop_until",
        """
let amount = {start};
let rounds = 0;
while (amount < {limit}) {
  amount += {step};
  rounds += 1;
}
console.log(amount * 10 + rounds);
""",
        {"start": range(1, 9), "limit": range(20, 40, 3), "step": (3, 4, 6, 7)},
    ),
    Read(
        "initial_letters",
        """
const words = {line}.split(" ");
let result = "";
for (const word of words) {
  result += word[{place}].toUpperCase();
}
console.log(result + {tail});
""",
        {
            "line": ("tea cups two", "one more red boat", "the old mill road", "fox near the barn", "six bees are home"),
            "place": (0, 1),
            "tail": ("!", "?", ".", "-x"),
        },
    ),
    Read(
        "backwards",
        """
const word = {word};
let result = "";
for (let i = word.length - 1; i >= {stop}; i -= 1) {
  result += word[i];
}
console.log(result);
""",
        {"word": _WORDS, "stop": (0, 1, 2, 3)},
    ),
    Read(
        "zero_is_a_value",
        """
const entries = {entries};
let filled = "";
for (const entry of entries) {
  filled += entry === null ? {mark} : String(entry);
}
console.log(filled);
""",
        {
            "entries": ([0, None, 3], [None, 0, 0], [1, 0, None, 2], [None, None, 4], [0, 5, None], [7, None, 0, None]),
            "mark": ("-", "x", "?", "_", "n"),
        },
    ),
    Read(
        "empty_or_not",
        """
const names = {names};
const used = names.filter((name) => name !== "");
console.log(used.join({sep}) + {sep} + String(names.length));
""",
        {
            "names": (
                ["ink", "", "tea"],
                ["", "", "oak"],
                ["sun", "sea", ""],
                ["", "kite"],
                ["bee", "owl", "fox"],
                ["", "jar", "", "pin"],
            ),
            "sep": ("-", "/", "+", ":", "."),
        },
    ),
    Read(
        "pair_search",
        """
const pairs = {pairs};
let found = 0;
for (const pair of pairs) {
  if (pair[0] === {left} && pair[1] === {right}) {
    found += {weight};
  } else {
    found += pair[0];
  }
}
console.log(found);
""",
        {
            "pairs": ([[1, 2], [2, 1], [1, 2]], [[3, 1], [1, 2]], [[2, 2], [1, 1], [2, 1]], [[4, 2], [1, 1], [5, 2]]),
            "left": (1, 2),
            "right": (1, 2),
            "weight": (20, 30, 50, 70),
        },
    ),
    Read(
        "copy_and_push",
        """
const original = {values};
const copy = original.slice();
copy.push({extra});
copy[0] = {first};
console.log(original[0] * 100 + copy[0] * 10 + copy.length);
""",
        {"values": _LISTS, "extra": (5, 8), "first": (1, 2, 3, 6)},
    ),
    Read(
        "sorted_place",
        """
const values = {values};
const sorted = values.slice().sort((a, b) => {order!});
console.log(sorted[{place}] * 10 + values[{place}]);
""",
        {"values": _LISTS, "order": ("a - b", "b - a"), "place": (0, 1, 2)},
    ),
    Read(
        "map_and_join",
        """
const values = {values};
const changed = values.map((value) => value * {factor} + {plus});
console.log(changed.join({sep}));
""",
        {"values": _LISTS, "factor": (2, 3), "plus": (0, 1, 5), "sep": ("-", " ", "/")},
    ),
    Read(
        "filter_and_add",
        """
const values = {values};
const large = values.filter((value) => value > {limit});
const total = large.reduce((sum, value) => sum + value, {start});
console.log(total);
""",
        {"values": _LISTS, "limit": (2, 4, 5, 6), "start": (0, 10, 100, 7)},
    ),
    Read(
        "power_and_rest",
        """
const power = {base} ** {exponent};
const rest = power % {modulus};
console.log(rest + {plus});
""",
        {"base": (2, 3, 4, 5, 7), "exponent": (2, 3, 4, 5), "modulus": (11, 13, 17, 50), "plus": (0, 1, 2)},
    ),
    Read(
        "call_twice",
        """
function change(value) {
  if (value > {limit}) {
    return value - {minus};
  }
  return value * {factor};
}

console.log(change(change({start})));
""",
        {"limit": (10, 12, 15), "minus": (3, 5, 7), "factor": (2, 3, 4), "start": range(2, 20)},
    ),
    Read(
        "early_return",
        """
function firstAbove(values) {
  for (const value of values) {
    if (value > {limit}) {
      return value;
    }
  }
  return {missing};
}

console.log(firstAbove({values}) + firstAbove({others}));
""",
        {"limit": (5, 6, 7, 9), "missing": (-1, 20, 100), "values": _LISTS, "others": ([1, 2, 3], [4, 12, 8], [7, 10])},
    ),
    Read(
        "object_update",
        """
const stock = { tea: {tea}, rice: {rice}, salt: {salt} };
stock.{product!} = stock.{product!} + {more};
console.log(stock.tea * 100 + stock.rice * 10 + stock.salt);
""",
        {"tea": (1, 2, 4), "rice": (0, 3, 5), "salt": (1, 2), "product": ("tea", "rice", "salt"), "more": (2, 3, 4)},
    ),
    Read(
        "count_letters",
        """
const line = {line};
let count = 0;
for (const letter of line.split("")) {
  if ({letters}.includes(letter)) {
    count += {weight};
  }
}
console.log(count);
""",
        {"line": _LINES, "letters": ("ae", "or", "aeiou", "t", "ne"), "weight": (1, 2, 3, 10)},
    ),
    Read(
        "grid_cell",
        """
const grid = {grid};
const row = grid[{row}];
console.log(row[{column}] * 10 + grid[{column}][{row}]);
""",
        {
            "grid": (
                [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
                [[3, 1, 4], [1, 5, 9], [2, 6, 5]],
                [[2, 7, 1], [8, 3, 8], [1, 6, 4]],
                [[9, 5, 2], [3, 1, 7], [6, 8, 4]],
            ),
            "row": (0, 1, 2),
            "column": (0, 1, 2),
        },
    ),
    Read(
        "stop_early",
        """
let total = 0;
for (let n = {start}; n < 30; n += {step}) {
  if (n % {divisor} === 0) {
    break;
  }
  total += n;
}
console.log(total + {plus});
""",
        {"start": range(1, 8), "step": (2, 3, 5), "divisor": (7, 9, 11), "plus": (0, 100)},
    ),
    Read(
        "skip_some",
        """
let line = "";
for (let n = 1; n <= {last}; n += 1) {
  if (n === {skip} || n % {divisor} === 0) {
    continue;
  }
  line += String(n);
}
console.log(line);
""",
        {"last": (6, 7, 8, 9), "skip": (1, 2, 5, 7), "divisor": (2, 3, 4)},
    ),
    Read(
        "choose_label",
        """
const score = {score};
const label = score > {high} ? "high" : score > {low} ? "mid" : "low";
console.log(label + String(score - {low}));
""",
        {"score": range(1, 40), "high": (25, 28, 30), "low": (10, 12, 15)},
    ),
    Read(
        "slice_word",
        """
const word = {word};
const part = word.slice({from}, {to});
console.log(part + {sep} + word[{from}].toUpperCase());
""",
        {"word": _WORDS, "from": (0, 1, 2), "to": (3, 4, 5), "sep": ("-", ":", "")},
    ),
    Read(
        "caught_error",
        """
function share(total, people) {
  if (people === 0) {
    throw new Error("nobody");
  }
  return Math.floor(total / people);
}

let result = {start};
try {
  result += share({total}, {people});
} catch (error) {
  result -= {fine};
}
console.log(result);
""",
        {"start": (10, 20, 30), "total": (17, 23, 29, 40), "people": (0, 2, 3, 5), "fine": (1, 4, 7)},
    ),
    Read(
        "negative_values",
        """
const value = {value};
const lower = Math.floor(value / {divisor});
const upper = Math.ceil(value / {divisor});
console.log(lower * 10 + upper);
""",
        {"value": (*range(-40, -10), *range(11, 40)), "divisor": (3, 4, 7)},
    ),
    Read(
        "word_lengths",
        """
const words = {line}.split(" ");
const lengths = words.map((word) => word.length + {plus});
console.log(lengths.join({sep}));
""",
        {"line": _LINES, "plus": (0, 1, 2), "sep": ("", "-", "+", ",")},
    ),
    Read(
        "index_or_missing",
        """
const names = {names};
const wanted = {wanted};
let answer = {missing};
if (names.includes(wanted)) {
  answer = names.indexOf(wanted) * {step};
}
console.log(answer);
""",
        {
            "names": (["ink", "tea", "oak"], ["oak", "sun", "tea", "sea"], ["fox", "oak", "owl", "tea"]),
            "wanted": ("tea", "oak", "sea", "ink"),
            "missing": (-5, 50, 99),
            "step": (3, 4, 10),
        },
    ),
)
