"""Tasks about objects: orders, stock, settings, people, points."""

from __future__ import annotations

from typing import Any

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import NAMES, WORDS, amounts, few_words, words
from clgym.seeding import Draw

GOODS = ("tea", "rice", "salt", "oats", "beans")
SETTINGS = ("size", "mode", "tone")

OBJECTS = (
    Task(
        "order_total",
        (
            Function.of(
                "f",
                "orderTotal basketSum invoiceTotal",
                "order: { price: number; count: number }[]",
                "number",
                lambda draw, c: ([_line(draw) for _ in range(draw.integer(1, 5))],),
                lambda c: [
                    ([],),
                    ([{"price": 5, "count": 0}],),
                    ([{"price": c["free"], "count": 1}],),
                    ([{"price": c["free"] - 1, "count": 1}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(order). Each line of the order has a price and a count, both whole numbers. Return the sum of price times count over
all lines, plus {fee} for delivery; delivery is free when that sum is at least {free}, and also when the sum is 0.

{f}(order) returns what a customer has to pay. Add up price times count for every line. If the outcome is more than 0 but less
than {free}, add a fee of {fee}. An empty order costs 0.

An order is a list of objects with the keys price and count. {f}(order) computes the value of the goods (count pieces at price
each). Orders worth {free} or more, and orders worth nothing, are returned as they are; all others cost {fee} extra.
"""),
        """
function {f}(order) {
  let total = 0;
  for (const line of order) {
    total += line.price * line.count;
  }
  if (total > 0 && total < {free}) {
    total += {fee};
  }
  return total;
}
""",
        {"fee": (4, 5, 7, 9), "free": (40, 50, 60, 80)},
    ),
    Task(
        "group_numbers",
        (
            Function.of(
                "f",
                "groupNumbers sortIntoBins binNumbers",
                "entries: number[]",
                "{ {low!}: number[]; {middle!}: number[]; {high!}: number[] }",
                lambda draw, c: ([draw.integer(-5, 40) for _ in range(draw.integer(1, 7))],),
                lambda c: [([],), ([c["first"]],), ([c["second"]],), ([c["second"] - 1, c["first"] - 1],)],
            ),
        ),
        phrasings("""
Write {f}(entries). It returns an object with the three keys {low}, {middle} and {high}, each with a list of numbers: entries
below {first}, entries from {first} up to but not including {second}, and entries of {second} or more. Keep the order inside
the lists; a list may be empty.

{f}(entries) distributes numbers over the lists {low} (less than {first}), {middle} (at least {first}, less than {second}) and
{high} (everything else) of a new object. All three keys are always there, and each list has its numbers in the original order.

Return an object with three lists. Under {high} come the entries that are {second} or greater, under {low} those smaller than
{first}, and under {middle} the rest, always in the order in which they stand in entries. {f} of an empty list has three empty
lists.
"""),
        """
function {f}(entries) {
  const groups = { {low!}: [], {middle!}: [], {high!}: [] };
  for (const entry of entries) {
    if (entry < {first}) {
      groups.{low!}.push(entry);
    } else if (entry < {second}) {
      groups.{middle!}.push(entry);
    } else {
      groups.{high!}.push(entry);
    }
  }
  return groups;
}
""",
        {"low": ("low", "small"), "middle": ("mid", "normal"), "high": ("high", "large"), "first": (5, 8, 10), "second": (20, 25)},
    ),
    Task(
        "merge_stock",
        (
            Function.of(
                "f",
                "mergeStock addDelivery combineStock",
                "stock: Record<string, number>, delivery: Record<string, number>",
                "Record<string, number>",
                lambda draw, c: (amounts(draw, GOODS, 0, 12, 1), amounts(draw, GOODS, -12, 12, 1)),
                lambda c: [({}, {}), ({"tea": 0}, {}), ({}, {"tea": c["cap"] + 1}), ({"tea": 3, "rice": 1}, {"tea": -3})],
            ),
        ),
        phrasings("""
Write {f}(stock, delivery). Both are objects from product names to whole numbers. Return a new object with every product that
is in either of them and the sum of its two numbers (a missing one counts as 0). Sums above {cap} become {cap}; products whose
sum is 0 or less are left out. Neither argument may change.

{f}(stock, delivery) returns the new stock as an object of its own: for each product the old number plus the delivered one
(which can be negative), at most {cap}. Only products with more than 0 pieces are listed. A product that occurs in one object
only has 0 in the other one. Don't modify what you are given.

Add delivery to stock, product by product, without changing the two objects. No product can have more than {cap} pieces; what
exceeds that is lost. Products of which nothing is left (0 or below) don't appear in the result of {f}(stock, delivery).
"""),
        """
function {f}(stock, delivery) {
  const merged = {};
  for (const product of Object.keys(stock)) {
    merged[product] = stock[product];
  }
  for (const product of Object.keys(delivery)) {
    const before = Object.keys(stock).includes(product) ? stock[product] : 0;
    merged[product] = before + delivery[product];
  }
  const result = {};
  for (const product of Object.keys(merged)) {
    if (merged[product] > 0) {
      result[product] = Math.min(merged[product], {cap});
    }
  }
  return result;
}
""",
        {"cap": (8, 9, 10, 11, 12, 14, 15, 16)},
        keeps=True,
    ),
    Task(
        "with_default",
        (
            Function.of(
                "f",
                "withDefault settingOr chooseValue",
                "settings: Record<string, string | number | boolean | null>, key: string",
                "string | number | boolean",
                lambda draw, c: ({key: _setting(draw) for key in draw.sample(SETTINGS, 2)}, draw.choice(SETTINGS[:2])),
                lambda c: [
                    ({}, "size"),
                    ({"size": 0}, "size"),
                    ({"mode": ""}, "mode"),
                    ({"mode": False}, "mode"),
                    ({"mode": None}, "mode"),
                ],
            ),
        ),
        phrasings("""
Write {f}(settings, key). If the object settings has the key and its value is not null, return that value, even if it is 0, an
empty string or false. If the value is null, return {empty}; if there is no such key at all, return {missing}.

{f}(settings, key) returns the value stored under key. There are two special cases: {missing} is returned when settings has no
such key, and {empty} when the stored value is null. 0, false and "" are ordinary values and are returned as they are.

Look up key in settings. Return {missing} if it isn't one of the keys and {empty} if it is there with the value null; in every
other case {f}(settings, key) returns exactly what is stored, be it false, 0 or "".
"""),
        """
function {f}(settings, key) {
  if (!Object.keys(settings).includes(key)) {
    return {missing};
  }
  const value = settings[key];
  return value === null ? {empty} : value;
}
""",
        {"empty": ("empty", "blank", -1, "nothing"), "missing": ("missing", "absent", -2, 404)},
    ),
    Task(
        "count_words",
        (
            Function.of(
                "f",
                "countWords wordCounts tallyWords",
                "line: string",
                "Record<string, number>",
                lambda draw, c: (" ".join(few_words(draw, 2, 7, 3)),),
                lambda c: [("",), ("a",), ("Tea tea",), ("x" * c["least"] + " " + "y" * (c["least"] - 1),)],
            ),
        ),
        phrasings("""
Write {f}(line). The words in line are apart by single spaces. Return an object that says for each different word of at least
{least} characters how often it occurs. Upper and lower case count as the same; use lower case for the keys. Add the key
{total} with the number of all counted words together (possibly 0).

{f}(line) counts words and returns an object from word (in small letters) to count. Words shorter than {least} characters are
not counted, and "Tea" is the same as "tea". The object also has the entry {total}: the sum of all the counts, 0 for a line
without words that count. One space separates words.

How often does each word occur in line? {f} answers with an object whose keys are the words in lower case, except words with
fewer than {least} characters, and an extra key {total} that holds the sum of the counts. Words are separated by exactly one
space, and line may be empty.
"""),
        """
function {f}(line) {
  const counts = {};
  let total = 0;
  for (const word of line.toLowerCase().split(" ")) {
    if (word.length >= {least}) {
      counts[word] = Object.keys(counts).includes(word) ? counts[word] + 1 : 1;
      total += 1;
    }
  }
  counts.{total!} = total;
  return counts;
}
""",
        {"least": (2, 3, 4), "total": ("total", "sum", "all", "everything")},
    ),
    Task(
        "invert_object",
        (
            Function.of(
                "f",
                "invertObject groupByColor namesByColor",
                "colors: Record<string, string>",
                "Record<string, string[]>",
                lambda draw, c: ({n: draw.choice(("red", "blue", c["hidden"])) for n in draw.sample(NAMES, draw.integer(2, 6))},),
                lambda c: [({},), ({"Eva": c["hidden"]},), ({"Dan": "red", "Ada": "red"},), ({"Dan": ""},)],
            ),
        ),
        phrasings("""
The object colors maps names to favourite colours. Write {f}(colors), which returns an object from each colour to the
alphabetically sorted list of the names that have it. Leave out the colour {hidden}, and put {prefix} in front of each colour
in the result's keys.

{f}(colors) turns an object around: names with their colours become colours with their names. Each key of the result is
{prefix} followed by the colour, its value is the list of names in alphabetical order. Entries with the colour {hidden} are
ignored. Colours nobody has don't show up.

Who likes which colour? {f}(colors) takes an object with a colour for each name and returns an object with a list of names,
from A to Z, for each colour except {hidden}. In the keys of the result, {prefix} stands before the colour.
"""),
        """
function {f}(colors) {
  const groups = {};
  const names = Object.keys(colors).sort((a, b) => a < b ? -1 : 1);
  for (const name of names) {
    if (colors[name] !== {hidden}) {
      const key = {prefix} + colors[name];
      if (!Object.keys(groups).includes(key)) {
        groups[key] = [];
      }
      groups[key].push(name);
    }
  }
  return groups;
}
""",
        {"hidden": ("green", "black", "white", "pink"), "prefix": ("color-", "c_", "all ", "#")},
    ),
    Task(
        "best_player",
        (
            Function.of(
                "f",
                "bestPlayer pickWinner topPlayer",
                "players: { name: string; scores: number[] }[]",
                "string",
                lambda draw, c: ([_player(draw) for _ in range(draw.integer(2, 5))],),
                lambda c: [
                    ([],),
                    ([{"name": "Ada", "scores": []}],),
                    ([{"name": "Ben", "scores": [0] * c["least"]}, {"name": "Ada", "scores": [0] * c["least"]}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(players). Each player has a name and a list of scores. Only players with at least {least} scores take part. Return
the name of the one with the highest total of scores; on a tie the one who comes first in the list wins. If nobody takes part,
return {nobody}.

{f}(players) finds the winner. A player is an object with a name and scores (a list of numbers that may be negative); those
with fewer than {least} scores don't count. The largest sum of scores wins, the earlier player if sums are equal. Return the
winner's name, or {nobody} if there isn't any.

Return the name of the player whose scores add up to the most. Ignore players who have fewer than {least} scores, and prefer
the earlier one when two are level. {f} returns {nobody} when the list is empty or everybody was ignored.
"""),
        """
function {f}(players) {
  let winner = {nobody};
  let found = false;
  let best = 0;
  for (const player of players) {
    const total = player.scores.reduce((sum, score) => sum + score, 0);
    if (player.scores.length >= {least} && (!found || total > best)) {
      winner = player.name;
      best = total;
      found = true;
    }
  }
  return winner;
}
""",
        {"least": (2, 3), "nobody": ("nobody", "no one", "-", "tie", "?", "n/a")},
    ),
    Task(
        "adult_names",
        (
            Function.of(
                "f",
                "adultNames listGuests admitted",
                "people: { name: string; age: number; banned: boolean }[]",
                "string",
                lambda draw, c: (
                    [
                        {"name": name, "age": draw.integer(c["age"] - 3, c["age"] + 12), "banned": draw.chance(0.25)}
                        for name in draw.sample(NAMES, draw.integer(2, 6))
                    ],
                ),
                lambda c: [
                    ([],),
                    ([{"name": "Ada", "age": c["age"], "banned": False}],),
                    ([{"name": "Ada", "age": c["age"] - 1, "banned": False}],),
                    ([{"name": "Ben", "age": 80, "banned": True}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(people). It returns the names of all people who are at least {age} years old and not banned, in alphabetical order,
as one string with {sep} between the names. No two people have the same name. If nobody qualifies, the string is empty.

{f}(people) makes the guest list. Everyone aged {age} or over may come in, unless banned is true. Sort their names from A to Z
and join them with {sep}; nobody means "". Names are all different.

From a list of people (name, age, banned) pick those who are not banned and are {age} or older. {f} returns their names in
alphabetical order in a single string, separated by {sep}, or an empty string if none are left.
"""),
        """
function {f}(people) {
  const guests = people.filter((person) => person.age >= {age} && !person.banned);
  const names = guests.map((guest) => guest.name);
  names.sort((a, b) => a < b ? -1 : 1);
  return names.join({sep});
}
""",
        {"age": (16, 18, 21), "sep": (", ", "/", " and ", ";", " - ")},
    ),
    Task(
        "count_visits",
        (
            Function.of(
                "f",
                "countVisits visitsTo timesAt",
                "path: { x: number; y: number }[], home: { x: number; y: number }",
                "number",
                lambda draw, c: ([_point(draw) for _ in range(draw.integer(4, 9))], _point(draw)),
                lambda c: [
                    ([], {"x": 0, "y": 0}),
                    ([{"x": 0, "y": 1}], {"x": 1, "y": 0}),
                    ([{"x": 1, "y": 1}, {"x": 1, "y": 1}], {"x": 1, "y": 1}),
                ],
            ),
        ),
        phrasings("""
Write {f}(path, home). Both the points in the list path and home have the coordinates x and y. Return {first} if the path
begins at home, 0 if it doesn't, plus {each} for every later point of the path with the same coordinates as home. An empty path
gives {empty}.

{f}(path, home) scores a walk. Its points, like home, are objects with x and y; two points are the same if both coordinates are
equal. The score is {first} for starting at home and {each} for each time home is reached at a later point, so it can be 0. For
a path without points return {empty}.

A path is a list of points with x and y. For a first point equal to home you get {first}, for each of the other points that
equals home you get {each}, and points elsewhere give nothing. {f}(path, home) returns the sum; only the empty path is worth
{empty}.
"""),
        """
function {f}(path, home) {
  if (path.length === 0) {
    return {empty};
  }
  let score = 0;
  for (let i = 0; i < path.length; i += 1) {
    if (path[i].x === home.x && path[i].y === home.y) {
      score += i === 0 ? {first} : {each};
    }
  }
  return score;
}
""",
        {"first": (5, 10, 20), "each": (1, 2, 3), "empty": (-1, -5, 99)},
    ),
    Task(
        "print_receipt",
        (
            Function.of(
                "f",
                "printReceipt showReceipt receiptFor",
                "purchases: { name: string; price: number; count: number }[]",
                "number",
                lambda draw, c: ([{"name": draw.choice(WORDS), **_line(draw)} for _ in range(draw.integer(1, 4))],),
                lambda c: [([],), ([{"name": "tea", "price": 3, "count": 0}],), ([{"name": "", "price": 2, "count": 2}],)],
            ),
        ),
        phrasings("""
Write {f}(purchases). For every purchase whose count is not 0, print a line with its name, {gap} and its price times its count.
At the end print {label}, {gap} and the sum of all these amounts, also when there is nothing to add up, and return the sum.

{f}(purchases) prints a receipt: one line per purchase, consisting of the name, {gap} and the amount (price times count),
skipping purchases with a count of 0; then a last line with {label}, {gap} and the total. The total, which is 0 for an empty
list, is also the return value.

Print the name and the amount (price times count) of each purchase with {gap} between them, one purchase to a line; purchases
with count 0 get no line. Finish with a line made of {label}, {gap} and the total amount. {f} returns the total.
"""),
        """
function {f}(purchases) {
  let total = 0;
  for (const purchase of purchases) {
    if (purchase.count !== 0) {
      const amount = purchase.price * purchase.count;
      console.log(purchase.name + {gap} + String(amount));
      total += amount;
    }
  }
  console.log({label} + {gap} + String(total));
  return total;
}
""",
        {"gap": (": ", " = ", " - ", " ... "), "label": ("total", "Sum", "TO PAY", "all in all")},
        prints=True,
    ),
    Task(
        "raise_prices",
        (
            Function.of(
                "f",
                "raisePrices updatePrices newPriceList",
                "goods: { name: string; kind: string; price: number }[]",
                "{ name: string; kind: string; price: number }[]",
                lambda draw, c: (
                    [
                        {"name": name, "kind": draw.choice((c["kind"], "other")), "price": draw.integer(0, 30)}
                        for name in words(draw, 1, 4)
                    ],
                ),
                lambda c: [
                    ([],),
                    ([{"name": "tea", "kind": c["kind"], "price": 0}],),
                    ([{"name": c["kind"], "kind": "x", "price": 4}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(goods). It returns a new list of new objects with the same name and kind, in the same order. The price of goods of
the kind {kind} goes up by {rise}; all other prices stay. Neither the list nor its objects may be changed.

{f}(goods) makes a new price list. Each entry has name, kind and price. Where kind is {kind}, the copy costs {rise} more; where
it isn't, the copy costs the same. The originals must keep their prices.

Copy all goods (objects with name, kind and price) and add {rise} to the price of those copies whose kind is {kind}. {f}
returns the list of copies in the original order, and leaves the objects it was given unchanged.
"""),
        """
function {f}(goods) {
  const result = [];
  for (const good of goods) {
    const price = good.kind === {kind} ? good.price + {rise} : good.price;
    result.push({ name: good.name, kind: good.kind, price: price });
  }
  return result;
}
""",
        {"kind": ("fruit", "book", "toy", "drink"), "rise": (1, 2, 3, 5)},
        keeps=True,
    ),
    Task(
        "league_points",
        (
            Function.of(
                "f",
                "leagueTable teamPoints countPoints",
                "games: { home: string; away: string; goals: number[] }[]",
                "Record<string, number>",
                lambda draw, c: ([_game(draw) for _ in range(draw.integer(1, 5))],),
                lambda c: [
                    ([],),
                    ([{"home": "A", "away": "B", "goals": [0, 0]}],),
                    ([{"home": "A", "away": "B", "goals": [0, 1]}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(games). A game has a home team, an away team and goals, a list of two numbers: first the home team's, then the away
team's. A win brings {win} points, a draw {draw} for each team, a defeat none. Return an object with the points of every team
that has played, 0 included.

{f}(games) returns an object from team to points. In every game the team with more goals gets {win} points; if both have the
same number, each gets {draw}. The first number in goals is the home team's, the second the other team's. Teams that only lost
are listed with 0.

Work out the league table. For each game compare the two numbers in goals (home team first): the winner earns {win} points and
the loser 0, and when they are equal both earn {draw}. {f}(games) returns every team's sum of points as an object; no games
give an empty object.
"""),
        """
function {f}(games) {
  const points = {};
  for (const game of games) {
    if (!Object.keys(points).includes(game.home)) {
      points[game.home] = 0;
    }
    if (!Object.keys(points).includes(game.away)) {
      points[game.away] = 0;
    }
    if (game.goals[0] > game.goals[1]) {
      points[game.home] += {win};
    } else if (game.goals[0] < game.goals[1]) {
      points[game.away] += {win};
    } else {
      points[game.home] += {draw};
      points[game.away] += {draw};
    }
  }
  return points;
}
""",
        {"win": (3, 4, 5, 6), "draw": (1, 2)},
    ),
)


def _line(draw: Draw) -> dict[str, Any]:
    return {"price": draw.integer(1, 20), "count": draw.integer(0, 4)}


def _setting(draw: Draw) -> Any:
    return draw.choice((0, "", False, None, True, draw.integer(1, 50), draw.choice(WORDS)))


def _player(draw: Draw) -> dict[str, Any]:
    return {"name": draw.choice(NAMES), "scores": [draw.integer(-3, 9) for _ in range(draw.integer(1, 6))]}


def _point(draw: Draw) -> dict[str, int]:
    return {"x": draw.integer(0, 1), "y": draw.integer(0, 1)}


def _game(draw: Draw) -> dict[str, Any]:
    home, away = draw.sample(("Reds", "Blues", "Owls"), 2)
    return {"home": home, "away": away, "goals": [draw.integer(0, 3), draw.integer(0, 3)]}
