"""Tasks of several functions, helpers first: arithmetic, text and scores."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import ints, letters, sentence, shouted, span, words
from clgym.seeding import Draw

ANAGRAMS = ("tea", "eat", "arc", "car", "on", "no", "x")

SEVERAL = (
    Task(
        "prime_tally",
        (
            Function.of(
                "g",
                "isPrime checkPrime primeTest",
                "candidate: number",
                "boolean",
                lambda draw, c: (draw.choice((draw.choice((7, 11, 13, 17, 19, 23)), draw.integer(10, 60))),),
                lambda c: [(0,), (1,), (2,), (3,), (4,), (25,)],
            ),
            Function.of(
                "f",
                "primeTally scorePrimes weighPrimes",
                "entries: number[]",
                "number",
                lambda draw, c: (ints(draw, 0, 30, 2, 8),),
                lambda c: [([],), ([0, 1],), ([2, 2],), ([9, 7],)],
            ),
        ),
        phrasings("""
Write two functions. {g}(candidate) tells (true or false) whether a whole number of 0 or more is prime; 0 and 1 are not.
{f}(entries) adds {prime} for every prime in the list and subtracts {other} for every other number, and returns the total (0
for an empty list).

I need {g} and {f}. {g}(candidate) returns true if candidate, which is never negative, is a prime number, otherwise false.
{f}(entries) goes through a list of such numbers and scores {prime} points for each prime and minus {other} points for anything
else; it returns the score, which may be negative.

{f}(entries) values a list: each prime number is worth {prime}, each number that isn't prime costs {other}, and the sum of this
is returned. It should rely on {g}(candidate), a function that returns whether a whole number from 0 up is prime (0 and 1
aren't).
"""),
        """
function {g}(candidate) {
  if (candidate < 2) {
    return false;
  }
  for (let d = 2; d * d <= candidate; d += 1) {
    if (candidate % d === 0) {
      return false;
    }
  }
  return true;
}

function {f}(entries) {
  let total = 0;
  for (const entry of entries) {
    if ({g}(entry)) {
      total += {prime};
    } else {
      total -= {other};
    }
  }
  return total;
}
""",
        {"prime": (3, 4, 5, 7, 10), "other": (2, 3, 4)},
    ),
    Task(
        "reduced_fraction",
        (
            Function.of(
                "g",
                "commonDivisor greatestDivisor biggestDivisor",
                "a: number, b: number",
                "number",
                lambda draw, c: (draw.integer(1, 12) * draw.integer(1, 6), draw.integer(1, 12) * draw.integer(1, 6)),
                lambda c: [(0, 5), (5, 0), (0, 0), (7, 7), (12, 18)],
            ),
            Function.of(
                "f",
                "reduceFraction shortenFraction simplify",
                "top: number, bottom: number",
                "number[]",
                lambda draw, c: (draw.integer(0, 40), draw.integer(1, 12) * draw.choice((1, 2, 3))),
                lambda c: [(0, 4), (4, 0), (6, 6), (6, 4)],
            ),
        ),
        phrasings("""
Write {g}(a, b), which returns the greatest common divisor of two whole numbers of 0 or more (the divisor of 0 and b is b, that
of 0 and 0 is 0), and {f}(top, bottom), which multiplies top by {factor}, reduces the fraction to lowest terms and returns it
as [top, bottom]. For a bottom of 0, {f} returns [{error}, 0]; a fraction worth 0 becomes [0, 1].

Two functions, please. {g}(a, b): the greatest common divisor of two non-negative whole numbers, where {g}(0, b) is b and
{g}(a, 0) is a. {f}(top, bottom): {factor} times the fraction top/bottom as a list of the shortened numerator and denominator,
so 0/7 gives [0, 1]. If bottom is 0, the list is [{error}, 0].

{f}(top, bottom) returns {factor} times top over bottom in lowest terms, as a list of two whole numbers. Use a helper {g}(a, b)
for the greatest common divisor, which is the other number if one of the two is 0 (and 0 for two zeros). Zero is written [0,
1]; with 0 at the bottom the result is [{error}, 0]. No number is negative.
"""),
        """
function {g}(a, b) {
  let left = a;
  let right = b;
  while (right !== 0) {
    const rest = left % right;
    left = right;
    right = rest;
  }
  return left;
}

function {f}(top, bottom) {
  if (bottom === 0) {
    return [{error}, 0];
  }
  const scaled = top * {factor};
  const divisor = {g}(scaled, bottom);
  return [scaled / divisor, bottom / divisor];
}
""",
        {"factor": (2, 3, 4, 5), "error": (-1, 1, 99, 0)},
    ),
    Task(
        "digit_champion",
        (
            Function.of(
                "g",
                "digitSum sumDigits crossSum",
                "amount: number",
                "number",
                lambda draw, c: (draw.integer(10, 9999),),
                lambda c: [(0,), (9,), (10,), (999,)],
            ),
            Function.of(
                "f",
                "digitChampion bestByDigits richestNumber",
                "entries: number[]",
                "number",
                lambda draw, c: (ints(draw, 0, 300, 2, 6),),
                lambda c: [([],), ([0],), ([12, 21],), ([100, 1],), ([c["bound"] * 10],)],
            ),
        ),
        phrasings("""
Write {g}(amount) and {f}(entries). {g} returns the sum of the decimal digits of a whole number of 0 or more. {f} returns the
number in the list with the largest digit sum; on a tie, the first of them. Numbers above {bound} don't take part. If none
takes part, return {nobody}.

{g}(amount) is the digit sum of a non-negative whole number. {f}(entries) picks, among the entries that are at most {bound},
the one with the highest digit sum, the earliest one if there are several, and returns it (not its digit sum). When there is no
such entry, it returns {nobody}.

Which number in a list has the most in its digits? {f}(entries) ignores everything greater than {bound} and returns the entry
whose digit sum is largest (the first one when sums are equal), or {nobody} if nothing is left to choose from. A second
function, {g}(amount), returns the digit sum of one number, which is never negative.
"""),
        """
function {g}(amount) {
  let rest = amount;
  let sum = 0;
  while (rest > 0) {
    sum += rest % 10;
    rest = Math.floor(rest / 10);
  }
  return sum;
}

function {f}(entries) {
  let best = {nobody};
  let record = -1;
  for (const entry of entries) {
    if (entry <= {bound} && {g}(entry) > record) {
      best = entry;
      record = {g}(entry);
    }
  }
  return best;
}
""",
        {"bound": (150, 200, 250, 280), "nobody": (-1, -2, 500, 999)},
    ),
    Task(
        "anagram_groups",
        (
            Function.of(
                "g",
                "letterKey sortLetters wordKey",
                "word: string",
                "string",
                lambda draw, c: (shouted(draw, letters(draw, "abcde", 2, 6)),),
                lambda c: [("",), ("a",), ("bA",), ("noon",)],
            ),
            Function.of(
                "f",
                "anagramGroups countAnagrams groupCount",
                "entries: string[]",
                "number",
                lambda draw, c: ([shouted(draw, word) for word in words(draw, 5, 12, ANAGRAMS)],),
                lambda c: [([],), (["tea", "Eat"],), (["", "", ""],), (["on", "no", "on", "no"],)],
            ),
        ),
        phrasings("""
Write {g}(word), which returns the letters of word in lower case and alphabetical order, as a string with {sep} between them,
and {f}(entries), which counts how many groups of {least} or more entries there are that consist of the same letters (ignoring
case; repeated entries count each time).

Two words are anagrams if {g} gives the same for both. {g}(word): put the word into lower case, sort its letters from a to z,
and join them with {sep}. {f}(entries): the number of groups of anagrams in the list that have at least {least} members, where
the same word twice makes two members.

{f}(entries) tells in how many groups the entries fall if words with the same letters (in any order and either case) go
together and groups with fewer than {least} entries are not counted. Besides it, write {g}(word), which returns the lower-case
letters of a word in alphabetical order with {sep} between neighbours.
"""),
        """
function {g}(word) {
  const parts = word.toLowerCase().split("");
  parts.sort((a, b) => a < b ? -1 : a === b ? 0 : 1);
  return parts.join({sep});
}

function {f}(entries) {
  const counts = {};
  for (const entry of entries) {
    const key = {g}(entry);
    counts[key] = Object.keys(counts).includes(key) ? counts[key] + 1 : 1;
  }
  return Object.keys(counts).filter((key) => counts[key] >= {least}).length;
}
""",
        {"sep": ("-", ".", "", "+"), "least": (2, 3)},
    ),
    Task(
        "course_grade",
        (
            Function.of(
                "g",
                "limitScore clampScore validScore",
                "score: number",
                "number",
                lambda draw, c: (draw.integer(-6, c["full"] + 6),),
                lambda c: [(0,), (c["full"],), (c["full"] + 1,), (-1,)],
            ),
            Function.of(
                "f",
                "courseGrade finalGrade gradeFor",
                "scores: number[]",
                "number",
                lambda draw, c: (ints(draw, -5, c["full"] + 9, 2, 6),),
                lambda c: [([],), ([c["full"] + 5],), ([10, 0],), ([10, 10, 11],)],
            ),
        ),
        phrasings("""
Write {g}(score) and {f}(scores). {g} returns the score limited to the range from 0 to {full}. {f} limits all scores with {g},
drops the lowest one (only one of them, and only if there are at least two scores) and returns the average of the others,
rounded down. Without scores it returns {missing}.

{f}(scores) computes a grade. First every score is brought into the range 0 to {full} by a function {g}(score), which you write
as well. If there are two or more scores, one lowest score is left out. The grade is the mean of the rest, rounded down to a
whole number; for an empty list it is {missing}.

I need {g}(score), which turns scores below 0 into 0 and scores above {full} into {full}, and {f}(scores), which applies that
to each score and then averages them, without the single worst one if there is more than one. Round the average down. {f} of an
empty list is {missing}.
"""),
        """
function {g}(score) {
  return Math.max(0, Math.min({full}, score));
}

function {f}(scores) {
  if (scores.length === 0) {
    return {missing};
  }
  const limited = scores.map((score) => {g}(score)).sort((a, b) => b - a);
  const counted = limited.length > 1 ? limited.slice(0, limited.length - 1) : limited;
  const total = counted.reduce((sum, score) => sum + score, 0);
  return Math.floor(total / counted.length);
}
""",
        {"full": (15, 20, 30, 50), "missing": (-1, 0, 99, 1000)},
    ),
    Task(
        "total_time",
        (
            Function.of(
                "g",
                "toMinutes minutesOf parseTime",
                "time: string",
                "number",
                lambda draw, c: (_time(draw, c["sep"], 11),),
                lambda c: [(f"0{c['sep']}00",), (f"10{c['sep']}05",)],
            ),
            Function.of(
                "f",
                "totalTime sumTimes addTimes",
                "durations: string[]",
                "string",
                lambda draw, c: ([_time(draw, c["sep"], 3) for _ in range(draw.integer(1, 5))],),
                lambda c: [([],), ([f"0{c['sep']}59", f"0{c['sep']}01"],), ([f"0{c['sep']}05"],)],
            ),
        ),
        phrasings("""
Times are written as hours, {sep}, and two digits for the minutes, such as "1{sep!}05". Write {g}(time), which returns such a
time in minutes, and {f}(durations), which adds up a list of times plus a break of {pause} minutes after each but the last, and
returns the total in the same notation. No times give "0{sep!}00".

{g}(time) converts a time like "1{sep!}05" (hours {sep} minutes, the minutes always with two digits) to a number of minutes.
{f}(durations) returns the sum of all times as a string of the same form; between two times there are {pause} minutes of break,
which count too. For an empty list that is "0{sep!}00".

Write two functions for times such as "2{sep!}30", where {sep} stands between the hours and the two-digit minutes. {g}(time)
returns the minutes it amounts to. {f}(durations) returns, written in the same way, how long all times take one after the other
with pauses of {pause} minutes in between; "0{sep!}00" if there are none. Hours have no leading zero and may exceed 24.
"""),
        """
function {g}(time) {
  const parts = time.split({sep});
  return Number(parts[0]) * 60 + Number(parts[1]);
}

function {f}(durations) {
  let total = Math.max(durations.length - 1, 0) * {pause};
  for (const time of durations) {
    total += {g}(time);
  }
  const minutes = total % 60;
  const hours = Math.floor(total / 60);
  return String(hours) + {sep} + (minutes < 10 ? "0" : "") + String(minutes);
}
""",
        {"sep": (":", "h", "."), "pause": (5, 10, 15, 20)},
    ),
    Task(
        "password_check",
        (
            Function.of(
                "g",
                "countDigits digitCount digitsIn",
                "text: string",
                "number",
                lambda draw, c: (letters(draw, "abc0123456789", 1, 9),),
                lambda c: [("",), ("abc",), ("007",), ("-1",)],
            ),
            Function.of(
                "f",
                "passwordProblems checkPassword findProblems",
                "password: string",
                "string[]",
                lambda draw, c: (letters(draw, draw.choice(("abcAB1", "abc12345", "ABCDE9", "AbAbAb01")), 2, 12),),
                lambda c: [("",), ("a" * c["least"],), ("A1" * c["least"],), ("a1" * c["least"],)],
            ),
        ),
        phrasings("""
Write {g}(text), which returns how many characters of text are digits 0 to 9, and {f}(password), which returns a list of
problems in this order: {short} if there are fewer than {least} characters, {digits} if there are fewer than two digits, "case"
if the password is equal to its lower-case form. No problems give an empty list.

{f}(password) checks a password and returns what is wrong with it, as a list: first {short} (shorter than {least} characters),
then {digits} (not at least two digits), then "case" (there is no difference between it and the same in lower case), each only
if it applies. The digits are counted by {g}(text), a function of its own that returns how many of the characters 0 to 9 a text
contains.

There are two functions to write. {g}(text) returns the number of digits in a text. {f}(password) returns the list of
complaints: {short} when the password has less than {least} characters; {digits} when it has less than two digits; "case" when
turning it to lower case changes nothing. Keep that order; a good password gives [].
"""),
        """
function {g}(text) {
  return text.split("").filter((letter) => "0123456789".includes(letter)).length;
}

function {f}(password) {
  const problems = [];
  if (password.length < {least}) {
    problems.push({short});
  }
  if ({g}(password) < 2) {
    problems.push({digits});
  }
  if (password === password.toLowerCase()) {
    problems.push("case");
  }
  return problems;
}
""",
        {"least": (6, 7, 8), "short": ("short", "length", "too short"), "digits": ("digits", "numbers", "no digits")},
    ),
    Task(
        "sum_of_valid",
        (
            Function.of(
                "g",
                "readAmount parseAmount toAmount",
                "text: string",
                "number",
                lambda draw, c: (f"{draw.integer(1, 40)}{c['unit']}",),
                lambda c: [(f"0{c['unit']}",), (f"12{c['unit']}",)],
            ),
            Function.of(
                "f",
                "sumAmounts addAmounts totalAmount",
                "texts: string[]",
                "number[]",
                lambda draw, c: (
                    [f"{draw.integer(0, 30)}{draw.choice((c['unit'], c['unit'], '', 'x'))}" for _ in range(draw.integer(2, 6))],
                ),
                lambda c: [([],), (["5"],), (["0" + c["unit"]],), ([c["unit"]],), ([""],)],
            ),
        ),
        phrasings("""
An amount is written as a whole number directly followed by {unit}, for example "12{unit!}". Write {g}(text), which returns the
number, and throws an Error if the text doesn't end in {unit} or has nothing in front of it; and {f}(texts), which catches
these errors and returns [sum of the valid amounts, number of invalid texts times {fine}].

{g}(text) reads an amount such as "12{unit!}" and returns it as a number. Texts without {unit} at the end, and texts that
consist of {unit} alone, make it throw an Error. {f}(texts) calls {g} for every text and doesn't fail: it returns a list of two
numbers, the sum of all amounts that could be read, and {fine} for every text that could not.

Write a helper {g}(text) that takes the unit {unit} off the end of a text and returns the whole number before it, or throws an
Error when that unit isn't there or no number precedes it. The main function {f}(texts) sums up what {g} returns, skips texts
for which it throws, and returns the sum together with a penalty of {fine} per skipped text, as [sum, penalty]. What precedes
the unit is always digits.
"""),
        """
function {g}(text) {
  const size = text.length - {unit}.length;
  if (size <= 0 || text.slice(size) !== {unit}) {
    throw new Error("not an amount");
  }
  return Number(text.slice(0, size));
}

function {f}(texts) {
  let sum = 0;
  let penalty = 0;
  for (const text of texts) {
    try {
      sum += {g}(text);
    } catch (error) {
      penalty += {fine};
    }
  }
  return [sum, penalty];
}
""",
        {"unit": ("kg", "m", "l", "km", "g"), "fine": (1, 2, 5, 10)},
    ),
    Task(
        "coded_message",
        (
            Function.of(
                "g",
                "encodeWord codeWord hideWord",
                "word: string",
                "string",
                lambda draw, c: (letters(draw, "abcdefgh", 2, 7),),
                lambda c: [("",), ("a",), ("ab",), ("abc",)],
            ),
            Function.of(
                "f",
                "encodeMessage codeLine hideMessage",
                "message: string",
                "string",
                lambda draw, c: (sentence(draw, 1, 5),),
                lambda c: [("",), ("a",), ("at on",), ("a bee",)],
            ),
        ),
        phrasings("""
Write {g}(word): a word of {least} or more characters has its first character moved to the end and {tail} appended after that;
shorter words are returned unchanged. Then write {f}(message), which codes each word of a message in this way; words are
separated by one space in the message and by {sep} in the result.

{f}(message) puts a message into a secret language, word by word, with the help of {g}(word). {g} moves the first character to
the end of the word and adds {tail}, provided that the word has at least {least} characters; otherwise it returns the word as
it is. In the message there is a single space between words, in the result {sep}. An empty message stays empty.

I want two functions. The first, {g}(word), leaves words of fewer than {least} characters alone; from longer ones it takes the
first character off, puts it behind the last, and adds {tail}. The second, {f}(message), splits a message at its single spaces,
applies {g} to every word, and joins them with {sep}.
"""),
        """
function {g}(word) {
  if (word.length < {least}) {
    return word;
  }
  return word.slice(1) + word[0] + {tail};
}

function {f}(message) {
  return message.split(" ").map((word) => {g}(word)).join({sep});
}
""",
        {"least": (2, 3, 4), "tail": ("ay", "ix", "o"), "sep": ("-", "_", "/")},
    ),
    Task(
        "collatz_record",
        (
            Function.of(
                "g",
                "chainLength countChain chainSteps",
                "seed: number",
                "number",
                lambda draw, c: (draw.integer(2, 24),),
                lambda c: [(1,), (2,), (3,), (27,)],
            ),
            Function.of(
                "f",
                "longestChain chainRecord bestStart",
                "low: number, high: number",
                "number[]",
                lambda draw, c: span(draw, 1, 30, 0, 12),
                lambda c: [(1, 1), (5, 4), (12, 13), (1, 10)],
            ),
        ),
        phrasings("""
Write {g}(seed): from a whole number of at least 1, an even number n goes to n / 2 and an odd one to 3n + 1 until 1 comes up or
{cap} steps have been made; return the number of steps (0 for 1). Write {f}(low, high), which returns [n, steps] for the n from
low to high (both included) that takes the most steps, the smallest such n on a tie. If low is above high, return [0, 0].

Two functions: {g}(seed) counts the steps from seed (1 or more) to 1, when even numbers are halved and odd numbers are
multiplied by 3 and increased by 1; it stops counting at {cap}. {f}(low, high) finds which number in the range, ends included,
has the greatest count, and returns the number and its count in a list. The lower number wins when counts are equal, and an
empty range (low greater than high) gives [0, 0].

{f}(low, high) should return the starting number with the longest chain among low, low + 1, ..., high, and the length of this
chain, as a list; the smallest if there are several, and [0, 0] if there is no number. The length comes from {g}(seed): how
often you can replace n by n / 2 (n even) or 3 times n plus 1 (n odd) before reaching 1, at most {cap} times.
"""),
        """
function {g}(seed) {
  let n = seed;
  let steps = 0;
  while (n !== 1 && steps < {cap}) {
    if (n % 2 === 0) {
      n = n / 2;
    } else {
      n = n * 3 + 1;
    }
    steps += 1;
  }
  return steps;
}

function {f}(low, high) {
  let best = [0, 0];
  for (let n = low; n <= high; n += 1) {
    const steps = {g}(n);
    if (best[0] === 0 || steps > best[1]) {
      best = [n, steps];
    }
  }
  return best;
}
""",
        {"cap": (12, 14, 16, 18, 20, 25, 30)},
    ),
)


def _time(draw: Draw, sep: str, hours: int) -> str:
    return f"{draw.integer(0, hours)}{sep}{draw.integer(0, 59):02d}"
