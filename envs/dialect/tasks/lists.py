"""Tasks about lists: positions, windows, chunks, order, repeats."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import few_words, ints
from clgym.seeding import Draw

LISTS = (
    Task(
        "resetting_totals",
        (
            Function.of(
                "f",
                "runningTotals resettingTotals totalsUpTo",
                "steps: number[]",
                "number[]",
                lambda draw, c: (ints(draw, 0, 14, 1, 8),),
                lambda c: [([],), ([0],), ([c["limit"]],), ([c["limit"] + 1, 1],)],
            ),
        ),
        phrasings("""
Write {f}(steps). Keep a running total that starts at {start} and add the steps one after the other. When the total is greater
than {limit} after an addition, it is set back to 0. Return the list of totals, one after each step (so a 0 where it was set
back).

{f}(steps) returns a list as long as steps. Its entries are the running totals, beginning from {start}, after each step, except
that a total above {limit} immediately becomes 0 (and is listed as 0); counting goes on from there. Exactly {limit} is still
allowed.

A counter shows {start}. For each number in steps it grows by that number, and if it then shows more than {limit}, it jumps to
0. {f} returns what the counter shows after each number, in order; without steps that is an empty list.
"""),
        """
function {f}(steps) {
  const totals = [];
  let total = {start};
  for (const step of steps) {
    total += step;
    if (total > {limit}) {
      total = 0;
    }
    totals.push(total);
  }
  return totals;
}
""",
        {"start": (0, 1, 2, 5), "limit": (15, 18, 20, 25)},
    ),
    Task(
        "rotate_left",
        (
            Function.of(
                "f",
                "rotateList turnList shiftAround",
                "queue: string[]",
                "string[]",
                lambda draw, c: (few_words(draw, 2, 8, 7),),
                lambda c: [([],), (["a"],), (["a", "b"],), (["a", "b", "c"],)],
            ),
        ),
        phrasings("""
Write {f}(queue). It returns a new list in which, {turns} times in a row, the front element has moved to the back; a list with
fewer elements than that simply goes around more than once. After that, {last} is appended. The queue you are given must not
change.

Imagine that {turns} times in a row the element at the front of queue goes to its end. {f}(queue) returns the resulting order
as a new list and adds {last} behind it. An empty queue gives a list with only {last}. Don't modify the argument.

{f}(queue) rotates a list to the left by {turns} places (with fewer elements than that, it just keeps turning), appends the
string {last} and returns this as a new list, leaving queue itself alone. If queue is empty, the result holds only {last}.
"""),
        """
function {f}(queue) {
  const size = queue.length;
  const result = [];
  for (let i = 0; i < size; i += 1) {
    result.push(queue[(i + {turns}) % size]);
  }
  result.push({last});
  return result;
}
""",
        {"turns": (2, 3, 4, 5, 6), "last": ("stop", "end", "x", "done")},
        keeps=True,
    ),
    Task(
        "chunk_list",
        (
            Function.of(
                "f",
                "chunkList inGroups cutList",
                "entries: number[]",
                "number[][]",
                lambda draw, c: (ints(draw, -9, 20, 1, 9),),
                lambda c: [([],), ([1],), (list(range(c["size"])),), (list(range(c["size"] * 2 + 1)),)],
            ),
        ),
        phrasings("""
Write {f}(entries). Cut the list into pieces of {size} elements, in order, and return the list of pieces. If the last piece is
shorter, fill it up with {fill} at its end. An empty list has no pieces, and entries itself stays as it is.

{f}(entries) groups a list: the first {size} elements form the first group, the next {size} the second, and so on. A last group
with too few elements is padded with {fill}. Return the list of groups (no groups for an empty list) and leave the argument
unchanged.

Return the entries as rows of exactly {size} numbers each, filled from left to right and from the first row to the last; free
places in the last row hold {fill}. For an empty list, {f} returns an empty list. The list passed in must not be altered.
"""),
        """
function {f}(entries) {
  const pieces = [];
  for (let i = 0; i < entries.length; i += {size}) {
    const piece = entries.slice(i, i + {size});
    while (piece.length < {size}) {
      piece.push({fill});
    }
    pieces.push(piece);
  }
  return pieces;
}
""",
        {"size": (2, 3, 4), "fill": (0, -1, 99, 100)},
        keeps=True,
    ),
    Task(
        "second_largest",
        (
            Function.of(
                "f",
                "secondLargest runnerUp secondBest",
                "marks: number[]",
                "number",
                lambda draw, c: (ints(draw, -6, 15, 2, 7),),
                lambda c: [([],), ([4],), ([3, 3],), ([5, 5, 2],), ([-1, 0],)],
            ),
        ),
        phrasings("""
Write {f}(marks). It returns the second largest of the different values in marks, multiplied by {factor}; equal values count
once. If there are fewer than two different values, return {missing}.

{f}(marks) looks for the runner-up: the largest value that is smaller than the maximum of the list. Return {factor} times that
value, or {missing} if no value is smaller than the maximum, or the list is empty.

Leave out repeated values and take the second one from the top. {f}(marks) returns it times {factor}. With only one distinct
value, or none at all, it returns {missing}. The marks may be negative.
"""),
        """
function {f}(marks) {
  const sorted = marks.slice().sort((a, b) => b - a);
  for (const mark of sorted) {
    if (mark < sorted[0]) {
      return mark * {factor};
    }
  }
  return {missing};
}
""",
        {"factor": (2, 3, 5, 10), "missing": (-100, 0, 77, 1000)},
    ),
    Task(
        "distinct_pairs",
        (
            Function.of(
                "f",
                "distinctPairs uniquePairs dropRepeats",
                "pairs: number[][]",
                "number[][]",
                lambda draw, c: ([[draw.integer(0, 3), draw.integer(1, 4)] for _ in range(draw.integer(2, 7))],),
                lambda c: [([],), ([[1, 2], [2, 1]],), ([[0, c["least"]], [0, c["least"]]],), ([[0, 0]],)],
            ),
        ),
        phrasings("""
Write {f}(pairs). Every element of pairs is a list of two numbers. Return the pairs whose sum is at least {least}, each only
once: two pairs are the same when they have the same first and the same second number. Keep the order of first occurrence, and
put the pair {extra} at the end in any case.

{f}(pairs) cleans up a list of number pairs. Pairs with a sum below {least} go, and so does every pair that equals an earlier
one in both places ([1, 2] and [2, 1] differ). Return the remaining pairs in their order, followed by {extra}, which is added
without any check.

I have pairs of numbers such as [3, 1]. {f}(pairs) should return those that add up to {least} or more, without repetitions
(equal means equal number by number, in order), as they first come up, and finally {extra}, even if that pair is already there.
"""),
        """
function {f}(pairs) {
  const kept = [];
  for (const pair of pairs) {
    const same = kept.filter((other) => other[0] === pair[0] && other[1] === pair[1]);
    if (same.length === 0 && pair[0] + pair[1] >= {least}) {
      kept.push(pair);
    }
  }
  kept.push({extra});
  return kept;
}
""",
        {"least": (2, 3, 4), "extra": ([0, 0], [9, 9], [1, 2], [2, 3])},
    ),
    Task(
        "window_sums",
        (
            Function.of(
                "f",
                "windowSums slidingSums neighbourSums",
                "readings: number[]",
                "number[]",
                lambda draw, c: (ints(draw, -5, 12, 2, 8),),
                lambda c: [([],), ([1],), ([1] * c["size"],), ([2, -2] * c["size"],)],
            ),
        ),
        phrasings("""
Write {f}(readings). For each group of {size} neighbouring readings, from the left to the right end of the list and moving on
by one each time, compute the sum. Return the list of sums, but write {cap} for any sum greater than {cap}. With fewer than
{size} readings the list is empty.

{f}(readings) slides a window over the list that covers {size} readings at a time and advances by one. It returns the sum under
the window at each place, limited to at most {cap}; negative sums stay as they are. A list that is too short for one window
gives an empty list.

Return the sums of all stretches of exactly {size} consecutive readings, ordered by where they start. Sums above {cap} are
lowered to {cap}. If there are no such stretches, {f} returns an empty list.
"""),
        """
function {f}(readings) {
  const sums = [];
  for (let start = 0; start + {size} <= readings.length; start += 1) {
    let sum = 0;
    for (let i = start; i < start + {size}; i += 1) {
      sum += readings[i];
    }
    sums.push(Math.min(sum, {cap}));
  }
  return sums;
}
""",
        {"size": (2, 3, 4), "cap": (8, 10, 12, 15, 18)},
    ),
    Task(
        "count_jumps",
        (
            Function.of(
                "f",
                "countJumps bigChanges jumpCount",
                "levels: number[]",
                "number",
                lambda draw, c: (ints(draw, 0, 12, 2, 9),),
                lambda c: [([],), ([5],), ([0, c["gap"]],), ([0, c["gap"] + 1, 0],), ([c["gap"] + 1, 0],)],
            ),
        ),
        phrasings("""
Write {f}(levels). It counts how often two neighbouring levels differ by more than {gap}, up or down, and returns that count. A
jump upwards counts {up} instead of 1. Fewer than two levels have no jumps.

{f}(levels) compares each level with the one before it. If it is higher by more than {gap}, that scores {up}; if it is lower by
more than {gap}, that scores 1; smaller changes score nothing. Return the total score, which is 0 for lists of length 0 or 1.

Add up a score over all steps from one entry of levels to the next: {up} for a rise of more than {gap}, 1 for a fall of more
than {gap}, and 0 for anything else, including a change of exactly {gap}. {f} returns the sum.
"""),
        """
function {f}(levels) {
  let score = 0;
  for (let i = 1; i < levels.length; i += 1) {
    const change = levels[i] - levels[i - 1];
    if (change > {gap}) {
      score += {up};
    } else if (change < -{gap}) {
      score += 1;
    }
  }
  return score;
}
""",
        {"gap": (2, 3, 4, 5), "up": (2, 3, 5)},
    ),
    Task(
        "split_by_limit",
        (
            Function.of(
                "f",
                "splitBy splitList partition",
                "amounts: number[]",
                "number[][]",
                lambda draw, c: (ints(draw, 0, 20, 1, 8),),
                lambda c: [([],), ([c["limit"]],), ([c["banned"]],), ([c["limit"] - 1, c["limit"], c["limit"] + 1],)],
            ),
        ),
        phrasings("""
Write {f}(amounts). It returns a list of two lists: first the amounts below {limit}, then those of {limit} and more, both in
the original order. The value {banned} is left out everywhere. Both inner lists may be empty.

{f}(amounts) sorts numbers into two bins and returns [small, large]. Small are those less than {limit}, all others are large;
inside a bin the order is that of the input. Every {banned} is dropped before that.

Drop all occurrences of {banned} from amounts; then return two lists inside one: what is smaller than {limit}, and what is at
least {limit}, without changing the order. {f} of an empty list is two empty lists.
"""),
        """
function {f}(amounts) {
  const small = amounts.filter((amount) => amount < {limit} && amount !== {banned});
  const large = amounts.filter((amount) => amount >= {limit} && amount !== {banned});
  return [small, large];
}
""",
        {"limit": (7, 9, 10, 12), "banned": (0, 3, 5, 13)},
    ),
    Task(
        "merge_sorted",
        (
            Function.of(
                "f",
                "mergeLists mergeSorted joinSorted",
                "mine: number[], yours: number[]",
                "number[]",
                lambda draw, c: (sorted(ints(draw, 0, 20, 0, 6)), sorted(ints(draw, 0, 20, 1, 6))),
                lambda c: [([], []), ([1], []), ([2, 2], [2]), ([-3, 0], [-3, c["skip"]])],
            ),
        ),
        phrasings("""
Both lists that {f}(mine, yours) takes are sorted in ascending order. Return one ascending list with all their elements,
repeated ones included, except the number {skip}, which is left out. If the result has more than {most} elements, return only
the smallest {most}. Don't change the arguments.

{f}(mine, yours) merges two ascending lists into a new ascending list. Elements equal to {skip} are dropped, other duplicates
are kept, and the result is cut off after its first {most} elements. The two lists passed in stay untouched.

Write {f}(mine, yours) for two lists of numbers in rising order. It combines them into one list in rising order without any
{skip}, and returns the first {most} numbers of it (or all, if there are fewer). Equal numbers are kept as often as they come.
The arguments must not be modified.
"""),
        """
function {f}(mine, yours) {
  const merged = mine.slice();
  for (const entry of yours) {
    merged.push(entry);
  }
  merged.sort((a, b) => a - b);
  return merged.filter((entry) => entry !== {skip}).slice(0, {most});
}
""",
        {"skip": (0, 4, 7, 10), "most": (4, 5, 6, 7)},
        keeps=True,
    ),
    Task(
        "most_frequent",
        (
            Function.of(
                "f",
                "mostFrequent topValues commonOnes",
                "votes: number[]",
                "number[]",
                lambda draw, c: (ints(draw, 0, 3, 5, 11),),
                lambda c: [([],), ([4],), ([2, 1],), ([0, 0, 3, 3, 1],)],
            ),
        ),
        phrasings("""
Write {f}(votes). It returns the different numbers in votes ordered by how often they occur, the most frequent one first; of
two that occur equally often the smaller one comes first. Return at most {most} numbers, and leave out numbers that occur fewer
than {least} times.

{f}(votes) ranks numbers by frequency. Only those with {least} or more occurrences take part. Sort them by number of
occurrences, high to low, and ties by the number itself, low to high; return the first {most} of them, or all of them if there
are not as many.

Which numbers were voted for most? {f}(votes) lists them from most to least votes, with ties in ascending order of the number.
Numbers with fewer than {least} votes don't appear, and the list stops after {most} entries.
"""),
        """
function {f}(votes) {
  const distinct = [];
  for (const vote of votes) {
    if (!distinct.includes(vote)) {
      distinct.push(vote);
    }
  }
  const counted = distinct.map((vote) => [vote, votes.filter((other) => other === vote).length]);
  const ranked = counted.filter((entry) => entry[1] >= {least});
  ranked.sort((a, b) => a[1] === b[1] ? a[0] - b[0] : b[1] - a[1]);
  return ranked.slice(0, {most}).map((entry) => entry[0]);
}
""",
        {"most": (2, 3, 4), "least": (2, 3)},
    ),
    Task(
        "column_totals",
        (
            Function.of(
                "f",
                "columnTotals sumColumns columnSums",
                "rows: number[][]",
                "number[]",
                lambda draw, c: (_rows(draw),),
                lambda c: [([],), ([[1]],), ([[0, 0], [0, 0]],), ([[1, 2], [3, -2]],)],
            ),
        ),
        phrasings("""
Write {f}(rows). All rows are lists of numbers of the same length (at least 1). Return the list of column sums, from the first
column to the last. In columns where the sum is 0, give {zero} instead. All other sums are multiplied by {factor}. No rows give
an empty list.

{f}(rows) adds up a table column by column. The result has one number per column: {factor} times the sum of the column, or
{zero} if this sum is 0. The table has no ragged rows; without any row the result is empty.

For a table given as a list of equally long rows, {f}(rows) returns one entry for each column. That is {zero} when the numbers
in the column add up to 0, and otherwise their sum times {factor}. An empty table gives an empty list.
"""),
        """
function {f}(rows) {
  const totals = [];
  if (rows.length === 0) {
    return totals;
  }
  for (let column = 0; column < rows[0].length; column += 1) {
    let total = 0;
    for (const row of rows) {
      total += row[column];
    }
    totals.push(total === 0 ? {zero} : total * {factor});
  }
  return totals;
}
""",
        {"zero": (-1, 1, 50, 99), "factor": (2, 3, 10)},
    ),
    Task(
        "longest_streak",
        (
            Function.of(
                "f",
                "longestStreak longestRun bestStreak",
                "results: string[]",
                "(string | number)[]",
                lambda draw, c: (few_words(draw, 3, 9, 2),),
                lambda c: [([],), ([""],), (["a", "b"],), (["a", "b", "b", "a", "a"],)],
            ),
        ),
        phrasings("""
Write {f}(results). Find the longest stretch of equal neighbouring strings and return the list [string, length + {bonus}]. If
several are equally long, take the first. For an empty list return [{nobody}, 0]. The empty string is a result like any other.

{f}(results) returns two things in one list: the string that has the longest streak (the same string several times in direct
succession), and the length of this streak plus {bonus}. The earliest streak wins a tie. An empty list gives {nobody} and 0.

What is the longest unbroken series of the same string in results? Return it as [the string, its length increased by {bonus}],
taking the leftmost series among equals. Where results is empty, {f} returns [{nobody}, 0]; "" counts as a string.
"""),
        """
function {f}(results) {
  if (results.length === 0) {
    return [{nobody}, 0];
  }
  let best = results[0];
  let record = 0;
  let length = 0;
  for (let i = 0; i < results.length; i += 1) {
    length = i > 0 && results[i] === results[i - 1] ? length + 1 : 1;
    if (length > record) {
      record = length;
      best = results[i];
    }
  }
  return [best, record + {bonus}];
}
""",
        {"nobody": ("nobody", "none", "", "-"), "bonus": (1, 2, 5, 10)},
    ),
    Task(
        "fill_gaps",
        (
            Function.of(
                "f",
                "fillGaps repairSeries patchReadings",
                "series: (number | null)[]",
                "number[]",
                lambda draw, c: ([draw.choice((None, 0, draw.integer(1, 20))) for _ in range(draw.integer(2, 7))],),
                lambda c: [([],), ([None],), ([0, None],), ([None, None, 3],), ([c["start"], None, None],)],
            ),
        ),
        phrasings("""
Write {f}(series). Some entries of series are null. Return a new list in which each null is replaced by the entry before it in
the new list, minus {loss}; a null at the very beginning becomes {start}. A 0 is a reading like any other, not a gap. Don't
change series.

{f}(series) fills the gaps (null) in a list of readings. A gap takes the value to its left, which may itself be a filled gap,
less {loss}. If the gap is the first entry, it becomes {start}. Readings of 0 are kept. Return a new list and leave the old one
as it is.

Copy the list from left to right. Numbers, 0 included, are copied as they are; where there is null, write {start} if it is the
first entry, otherwise what you wrote last, reduced by {loss}. {f} returns the copy, and series keeps its nulls.
"""),
        """
function {f}(series) {
  const filled = [];
  for (let i = 0; i < series.length; i += 1) {
    if (series[i] !== null) {
      filled.push(series[i]);
    } else if (i === 0) {
      filled.push({start});
    } else {
      filled.push(filled[i - 1] - {loss});
    }
  }
  return filled;
}
""",
        {"start": (10, 20, 50, 7), "loss": (1, 2, 3)},
        keeps=True,
    ),
    Task(
        "every_nth",
        (
            Function.of(
                "f",
                "everyNth pickEvery sampleList",
                "samples: number[]",
                "number[]",
                lambda draw, c: (ints(draw, -9, 30, 3, 10),),
                lambda c: [([],), ([1],), ([0, 0, 0, 0, 0, 0, 0],), ([7, 8, 9, 10],)],
            ),
        ),
        phrasings("""
Positions are counted from 0 here. Write {f}(samples), which returns the entries at the positions {first}, {first} + {step},
{first} + 2 times {step} and so on, as long as the list has such positions, in this order. Each entry is returned doubled.

{f}(samples) thins out a list. Counting the first entry as number 0, it takes entry number {first} and after it every entry
that is {step} further on, until the list ends, and returns twice each value taken. If the list is too short, nothing is taken
and the result is an empty list.

Return a list with the doubled values of samples at position {first} and then after every {step} more positions, up to the end.
The very first element has position 0. When there is no element at position {first}, {f} returns an empty list.
"""),
        """
function {f}(samples) {
  const picked = [];
  for (let i = {first}; i < samples.length; i += {step}) {
    picked.push(samples[i] * 2);
  }
  return picked;
}
""",
        {"first": (1, 2), "step": (2, 3, 4)},
    ),
)


def _rows(draw: Draw) -> list[list[int]]:
    width = draw.integer(1, 4)
    return [[draw.integer(-3, 5) for _ in range(width)] for _ in range(draw.integer(1, 4))]
