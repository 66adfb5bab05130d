"""Tasks of several functions, helpers first: points, carts, rankings, schedules, stock."""

from __future__ import annotations

from typing import Any

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import NAMES, amounts, few_words, letters, shouted, words
from clgym.seeding import Draw

FRUIT = ("apples", "pears", "plums", "figs")

COMPOSED = (
    Task(
        "nearest_point",
        (
            Function.of(
                "g",
                "walkingDistance stepsBetween gridDistance",
                "a: number[], b: number[]",
                "number",
                lambda draw, c: (_spot(draw), _spot(draw)),
                lambda c: [([0, 0], [0, 0]), ([-1, 2], [1, -2]), ([0, 1], [1, 0])],
            ),
            Function.of(
                "f",
                "nearestPoint closestSpot findNearest",
                "spots: number[][], home: number[]",
                "number[]",
                lambda draw, c: ([_spot(draw) for _ in range(draw.integer(2, 5))], _spot(draw)),
                lambda c: [([], [0, 0]), ([[0, 1], [1, 0]], [0, 0]), ([[c["reach"], 0]], [0, 0]), ([[c["reach"] + 1, 0]], [0, 0])],
            ),
        ),
        phrasings("""
A point is a list [x, y]. Write {g}(a, b), which returns the distance of two points as the difference of their x plus {weight}
times the difference of their y, both taken without sign, and {f}(spots, home), which returns the spot with the smallest
distance from home; the first on a tie. If there is no spot at a distance of at most {reach}, return an empty list.

{g}(a, b) measures how far two points [x, y] are apart: one for each unit in x and {weight} for each unit in y, never negative.
{f}(spots, home) returns the point of the list that is closest to home by this measure, provided it is not farther than
{reach}; otherwise it returns []. If two are equally close, the one that comes first is returned.

Which of the spots is nearest to home? {f}(spots, home) returns it as [x, y], preferring the earlier one among equals; spots
farther than {reach} away are out of the question, and if none are left the answer is the empty list. The distance, which
{g}(a, b) returns for any two points, is the absolute difference in x plus {weight} times the absolute difference in y.
"""),
        """
function {g}(a, b) {
  return Math.abs(a[0] - b[0]) + {weight} * Math.abs(a[1] - b[1]);
}

function {f}(spots, home) {
  let nearest = [];
  let record = {reach} + 1;
  for (const spot of spots) {
    const distance = {g}(spot, home);
    if (distance < record) {
      record = distance;
      nearest = spot;
    }
  }
  return nearest;
}
""",
        {"weight": (2, 3, 4), "reach": (8, 9, 10, 12)},
    ),
    Task(
        "cart_price",
        (
            Function.of(
                "g",
                "linePrice itemCost rowPrice",
                "price: number, pieces: number",
                "number",
                lambda draw, c: (draw.integer(1, 20), draw.integer(0, c["bulk"] + 4)),
                lambda c: [(5, 0), (0, 3), (3, c["bulk"]), (3, c["bulk"] - 1)],
            ),
            Function.of(
                "f",
                "cartPrice cartTotal checkout",
                "cart: { price: number; count: number }[]",
                "number",
                lambda draw, c: ([_cart_line(draw) for _ in range(draw.integer(1, 4))],),
                lambda c: [([],), ([{"price": 9, "count": 0}],), ([{"price": 1, "count": c["bulk"]}],)],
            ),
        ),
        phrasings("""
Write {g}(price, pieces), which returns price times pieces, less {rebate} if pieces is {bulk} or more (but never less than 0),
and {f}(cart), which adds up {g} for all lines of a cart (objects with price and count) and adds {shipping} for shipping,
unless the cart is empty or all counts are 0; then it returns 0.

Our shop charges {g}(price, pieces) for one line: the price times the number of pieces, and from {bulk} pieces on {rebate} off,
though the result can't be negative. {f}(cart) charges for a whole list of lines with price and count. It sums them and adds
{shipping} for shipping. If no piece at all is ordered, it costs 0.

{f}(cart) returns the sum of the line prices plus a flat {shipping}, or 0 if the counts of all lines add up to 0. Lines are
objects { price, count }. The price of a line is computed by a second function, {g}(price, pieces): multiply the two, and for
{bulk} or more pieces take {rebate} off, down to 0 at most.
"""),
        """
function {g}(price, pieces) {
  const full = price * pieces;
  if (pieces >= {bulk}) {
    return Math.max(full - {rebate}, 0);
  }
  return full;
}

function {f}(cart) {
  let total = 0;
  let pieces = 0;
  for (const line of cart) {
    total += {g}(line.price, line.count);
    pieces += line.count;
  }
  return pieces === 0 ? 0 : total + {shipping};
}
""",
        {"rebate": (4, 5, 6), "bulk": (3, 4), "shipping": (7, 8, 9, 12)},
    ),
    Task(
        "leaderboard",
        (
            Function.of(
                "g",
                "ranksBefore comesFirst isBetter",
                "a: { name: string; points: number }, b: { name: string; points: number }",
                "boolean",
                lambda draw, c: (_scorer(draw), _scorer(draw)),
                lambda c: [
                    ({"name": "Ada", "points": 0}, {"name": "Ben", "points": 0}),
                    ({"name": "Ben", "points": 2}, {"name": "Ada", "points": 2}),
                ],
            ),
            Function.of(
                "f",
                "leaderboard topNames rankPlayers",
                "players: { name: string; points: number }[]",
                "string[]",
                lambda draw, c: ([{**_scorer(draw), "name": name} for name in draw.sample(NAMES, draw.integer(2, 6))],),
                lambda c: [
                    ([],),
                    ([{"name": "Ada", "points": 0}],),
                    ([{"name": "Ben", "points": 1}, {"name": "Ada", "points": 1}],),
                ],
            ),
        ),
        phrasings("""
Players have a name and points. Write {g}(a, b), which returns true if player a ranks before player b: more points, or the same
points and a name that comes earlier in the alphabet. Write {f}(players), which returns the best {most} players (or fewer, if
there are not as many) in this ranking as strings of the place (1 for the first), {dot} and the name. Don't change the list
that is passed in.

{f}(players) makes a leaderboard: sort by points, most first, and by name from A to Z where points are equal; keep the first
{most}; return texts like "1{dot!}Ada", that is place, {dot}, name. All names differ. The comparison belongs in {g}(a, b),
which is true when a has to stand above b and false if not. players must stay unchanged.

Two functions are needed. {g}(a, b) says whether a is ahead of b, which is so if a has more points, or as many points and the
alphabetically smaller name. {f}(players) leaves its argument unchanged, orders a copy of the list accordingly and returns a
list of at most {most} strings, each the place counted from 1, followed by {dot} and the player's name.
"""),
        """
function {g}(a, b) {
  if (a.points !== b.points) {
    return a.points > b.points;
  }
  return a.name < b.name;
}

function {f}(players) {
  const sorted = players.slice().sort((a, b) => {g}(a, b) ? -1 : 1);
  const lines = [];
  for (const player of sorted.slice(0, {most})) {
    lines.push(String(lines.length + 1) + {dot} + player.name);
  }
  return lines;
}
""",
        {"most": (2, 3, 4), "dot": (". ", ") ", ": ", "-")},
        keeps=True,
    ),
    Task(
        "merge_intervals",
        (
            Function.of(
                "g",
                "areClose overlaps touches",
                "a: number[], b: number[]",
                "boolean",
                lambda draw, c: (_span(draw), _span(draw)),
                lambda c: [([0, 1], [1, 2]), ([0, 1], [1 + c["gap"], 9]), ([5, 6], [0, 1]), ([3 + c["gap"], 9], [0, 2])],
            ),
            Function.of(
                "f",
                "mergeSpans joinSpans busyTimes",
                "spans: number[][]",
                "number[][]",
                lambda draw, c: ([_span(draw) for _ in range(draw.integer(1, 5))],),
                lambda c: [([],), ([[4, 4]],), ([[0, 9], [2, 3]],), ([[6, 7], [0, 1]],)],
            ),
        ),
        phrasings("""
A span is a list [start, end] with start <= end. Write {g}(a, b), which is true if two spans overlap or the gap between them is
at most {gap} (the later start minus the earlier span's end), in whichever order they are given. Write {f}(spans), which joins
all spans for which this holds into bigger ones and returns these sorted by start, without changing its argument. Joined spans
shorter than {least} (end minus start) are left out.

{g}(a, b) tells whether two spans [start, end] belong together: they do when they have a point in common or lie no more than
{gap} apart. {f}(spans) merges whatever belongs together, again and again, until all remaining spans are more than {gap} apart;
it returns those with end minus start of at least {least}, in ascending order. The spans can come in any order and must not be
modified.

For a list of spans [start, end], {f}(spans) returns the merged spans in rising order: spans that overlap or are separated by
{gap} or less become one, from the smallest start to the largest end, and in the end spans of a length (end - start) below
{least} are dropped. Don't modify the list or the spans in it. {g}(a, b) is a function of its own and returns whether two spans
(in any order) are to be merged.
"""),
        """
function {g}(a, b) {
  return a[0] - b[1] <= {gap} && b[0] - a[1] <= {gap};
}

function {f}(spans) {
  const sorted = spans.slice().sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const span of sorted) {
    const last = merged.length - 1;
    if (last >= 0 && {g}(merged[last], span)) {
      merged[last] = [merged[last][0], Math.max(merged[last][1], span[1])];
    } else {
      merged.push(span.slice());
    }
  }
  return merged.filter((span) => span[1] - span[0] >= {least});
}
""",
        {"gap": (1, 2, 3), "least": (2, 3, 4, 5)},
        keeps=True,
    ),
    Task(
        "count_workdays",
        (
            Function.of(
                "g",
                "isFree isDayOff isHoliday",
                "day: number",
                "boolean",
                lambda draw, c: (draw.integer(0, 4) * c["week"] + draw.choice((c["off"], c["week"] - 1, 0, 4)),),
                lambda c: [(0,), (c["off"],), (c["week"] - 1,), (c["week"],)],
            ),
            Function.of(
                "f",
                "finishDay projectEnd readyOn",
                "kickoff: number, effort: number",
                "number",
                lambda draw, c: (draw.integer(0, 20), draw.integer(1, 12)),
                lambda c: [(0, 0), (c["off"], 0), (c["off"], 1), (c["week"] - 1, 1)],
            ),
        ),
        phrasings("""
On this planet a week has {week} days, numbered 0, 1, 2 and so on through the weeks; day 0 begins a week. The last day of each
week is free, and so is the day with number {off} inside each week (the first day of the week being number 0). Write {g}(day),
which tells whether a day is free, and {f}(kickoff, effort), which returns the day on which a project is finished that begins
on day kickoff and takes effort working days (free days are skipped). With an effort of 0 return kickoff.

{g}(day): is this day off? Days are counted 0, 1, 2, ... without end, and every {week} days make a week, starting with day 0.
Off are day {off} of each week (if its first day is called 0) and the last day of each week. {f}(kickoff, effort): starting on
day kickoff, one unit of effort is done on every day that isn't off; return the day on which the last unit is done, or kickoff
itself if effort is 0.

Write a function {g}(day) that returns true for days off and false for working days. Day numbers start at 0 and run on across
weeks of {week} days each; within the week, places are counted from 0, and places {off} and {week} minus 1 are off. Then write
{f}(kickoff, effort): the number of the working day on which the job is completed if it starts on day kickoff (that day counts
if it is no day off) and needs that many working days; kickoff if effort is 0.
"""),
        """
function {g}(day) {
  const place = day % {week};
  return place === {off} || place === {week} - 1;
}

function {f}(kickoff, effort) {
  let day = kickoff;
  let rest = effort;
  while (rest > 0) {
    if (!{g}(day)) {
      rest -= 1;
    }
    if (rest > 0) {
      day += 1;
    }
  }
  return day;
}
""",
        {"week": (5, 6, 8, 9), "off": (1, 2, 3)},
    ),
    Task(
        "serve_orders",
        (
            Function.of(
                "g",
                "takeFrom removeStock lowerStock",
                "stock: Record<string, number>, product: string, pieces: number",
                "Record<string, number>",
                lambda draw, c: ({**amounts(draw, FRUIT, 0, 9), "figs": draw.integer(8, 12)}, "figs", draw.integer(0, 4)),
                lambda c: [({"figs": c["reserve"]}, "figs", 0), ({"figs": 9, "pears": 0}, "figs", 9 - c["reserve"])],
            ),
            Function.of(
                "f",
                "serveOrders fillOrders handleOrders",
                "stock: Record<string, number>, orders: { product: string; count: number }[]",
                "{ stock: Record<string, number>; refused: string[] }",
                lambda draw, c: (
                    amounts(draw, FRUIT, 3, 12, 2),
                    [{"product": draw.choice(FRUIT), "count": draw.integer(0, 5)} for _ in range(draw.integer(1, 5))],
                ),
                lambda c: [
                    ({}, []),
                    ({}, [{"product": "figs", "count": 0}]),
                    ({"figs": c["reserve"] + 1}, [{"product": "figs", "count": 1}] * 2),
                ],
            ),
        ),
        phrasings("""
Write {g}(stock, product, pieces), which returns a new stock (an object from product to number) with that many pieces of the
product less. If the product isn't in stock or fewer than {reserve} pieces of it would be left, it throws an Error. Write
{f}(stock, orders), which serves orders (product and count) one after the other with {g} and returns { stock, refused }: the
stock in the end and the list of the products of failed orders, each after {mark}. The stock passed in never changes.

{g}(stock, product, pieces) takes pieces out of a stock, an object with a number per product, and returns the result as a new
object; it throws an Error when there is no such product or when less than {reserve} of it would remain. {f}(stock, orders)
does this for a list of orders with product and count. It returns an object with the keys stock, what remains after all orders
that were possible, and refused, a list with {mark} followed by the product for each order that threw, in order. Leave all
arguments unchanged.

The main function is {f}(stock, orders). Each order, { product, count }, is taken from the stock if possible; otherwise it is
skipped and {mark} plus its product is noted. Return an object whose keys are stock (the remaining one) and refused (the list
of notes). Let {g}(stock, product, pieces) do a single withdrawal: it returns a changed copy of the stock, or throws an Error
if the product is unknown or if after it the number would be below {reserve}. No argument may be modified.
"""),
        """
function {g}(stock, product, pieces) {
  if (!Object.keys(stock).includes(product) || stock[product] - pieces < {reserve}) {
    throw new Error("not enough " + product);
  }
  const result = {};
  for (const key of Object.keys(stock)) {
    result[key] = key === product ? stock[key] - pieces : stock[key];
  }
  return result;
}

function {f}(stock, orders) {
  let current = stock;
  const refused = [];
  for (const order of orders) {
    try {
      current = {g}(current, order.product, order.count);
    } catch (error) {
      refused.push({mark} + order.product);
    }
  }
  return { stock: current, refused: refused };
}
""",
        {"reserve": (2, 3, 4), "mark": ("no ", "sorry: ", "-", "! ")},
        keeps=True,
    ),
    Task(
        "shelf_labels",
        (
            Function.of(
                "g",
                "cleanName tidyName plainName",
                "raw: string",
                "string",
                lambda draw, c: (" " * draw.integer(0, 2) + letters(draw, "abcDEF" + c["junk"], 3, 9) + " ",),
                lambda c: [("",), ("  ",), (c["junk"],), ("aB",)],
            ),
            Function.of(
                "f",
                "labelCounts shelfLabels countLabels",
                "names: string[]",
                "Record<string, number>",
                lambda draw, c: (words(draw, 2, 7, ("Tea", " tea", f"te{c['junk']}a", "rice", "RICE ", c["junk"])),),
                lambda c: [([],), ([""],), (["Tea", "tea "],), ([c["junk"] + " "],)],
            ),
        ),
        phrasings("""
Write {g}(raw), which first removes the spaces at both ends of raw, then every {junk} in it, and returns the rest in lower
case. Write {f}(names), which cleans all names with {g} and returns an object that says how often each cleaned name occurs.
Names that are cleaned to nothing are counted under {blank}.

{g}(raw) tidies up a name: trim the spaces at the start and the end, then drop every {junk}, and return it in small letters.
{f}(names) counts names after tidying them up and returns the counts as an object, with {blank} as the key for names of which
nothing remains. The object of an empty list is empty.

How often is each name in the list, if spaces around it, capitals and every {junk} in it are ignored? {f}(names) answers with
an object from name to count, where the empty name is called {blank}. The name without all that is what {g}(raw) returns: first
trimmed, then freed of {junk}, in lower case (it may be "").
"""),
        """
function {g}(raw) {
  return raw.trim().toLowerCase().split({junk}).join("");
}

function {f}(names) {
  const counts = {};
  for (const name of names) {
    const clean = {g}(name);
    const key = clean === "" ? {blank} : clean;
    counts[key] = Object.keys(counts).includes(key) ? counts[key] + 1 : 1;
  }
  return counts;
}
""",
        {"junk": ("-", "_", ".", "!"), "blank": ("blank", "unnamed", "nothing")},
    ),
    Task(
        "word_scores",
        (
            Function.of(
                "g",
                "letterValue letterWorth letterPoints",
                "letter: string",
                "number",
                lambda draw, c: (draw.choice("abcdeghikoqstuxyzAEIQXZMR-1"),),
                lambda c: [("a",), ("Q",), ("b",), ("7",), ("Z",)],
            ),
            Function.of(
                "h",
                "wordValue scoreWord wordPoints",
                "word: string",
                "number",
                lambda draw, c: (shouted(draw, draw.choice(few_words(draw, 3, 3, 3))),),
                lambda c: [("",), ("quiz",), ("a-b",)],
            ),
            Function.of(
                "f",
                "bestWord topWord winningWord",
                "entries: string[]",
                "string",
                lambda draw, c: (words(draw, 2, 5),),
                lambda c: [([],), ([""],), (["on", "no"],), (["bcd", "box"],)],
            ),
        ),
        phrasings("""
Write three functions. {g}(letter) returns {vowel} for a, e, i, o and u, {rare} for q, x and z, 1 for every other letter from a
to z, and 0 for any other character; capitals are worth the same. {h}(word) returns the sum of these values over a word.
{f}(entries) returns the word with the highest value, the first one on a tie, and an empty string for an empty list.

In our word game, the vowels a, e, i, o, u score {vowel}, the letters q, x, z score {rare}, all other letters score 1, in
either case, and other characters score 0: that is {g}(letter). {h}(word) adds up the scores of the characters of a word, and
{f}(entries) finds the best of several words. If several are best, it returns the one that comes first; if there are none, "".

{f}(entries) returns the entry for which {h} is greatest (the earliest of them; "" when entries is empty). {h}(word) is the sum
of {g} over all characters of the word. {g}(letter), finally, is {rare} for one of q, x, z, {vowel} for one of a, e, i, o, u, 1
for the other letters of the alphabet and 0 for everything else, no matter if the letter is a capital.
"""),
        """
function {g}(letter) {
  const small = letter.toLowerCase();
  if ("aeiou".includes(small)) {
    return {vowel};
  }
  if ("qxz".includes(small)) {
    return {rare};
  }
  return "abcdefghijklmnopqrstuvwxyz".includes(small) ? 1 : 0;
}

function {h}(word) {
  let total = 0;
  for (const letter of word.split("")) {
    total += {g}(letter);
  }
  return total;
}

function {f}(entries) {
  let best = "";
  let record = -1;
  for (const entry of entries) {
    const value = {h}(entry);
    if (value > record) {
      best = entry;
      record = value;
    }
  }
  return best;
}
""",
        {"vowel": (2, 3, 4), "rare": (5, 8, 10)},
    ),
)


def _spot(draw: Draw) -> list[int]:
    return [draw.integer(-4, 4), draw.integer(-3, 3)]


def _cart_line(draw: Draw) -> dict[str, int]:
    return {"price": draw.integer(1, 15), "count": draw.integer(0, 6)}


def _scorer(draw: Draw) -> dict[str, Any]:
    return {"name": draw.choice(NAMES), "points": draw.integer(0, 3)}


def _span(draw: Draw) -> list[int]:
    start = draw.integer(0, 14)
    return [start, start + draw.integer(1, 7)]
