"""Tasks about whole numbers: digits, remainders, rounding, prices, bases."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import ints, span

NUMBERS = (
    Task(
        "sum_of_multiples",
        (
            Function.of(
                "f",
                "sumMultiples addMultiples multiplesTotal",
                "limit: number",
                "number",
                lambda draw, c: (draw.integer(3, 60),),
                lambda c: [(0,), (1,), (c["step"],), (c["step"] * c["skip"],)],
            ),
        ),
        phrasings("""
Write {f}(limit). It adds up the whole numbers from 1 to limit, limit included, that are divisible by {step} but not by {skip},
and returns the sum. For a limit of 0 the sum is 0.

I need a function {f} that takes a limit (0 or more). Look at every whole number from 1 up to and including the limit, keep the
multiples of {step}, leave out those that are also multiples of {skip}, and return the sum of what is left; 0 if nothing is
left.

{f}(limit) should return the sum of all numbers n with 1 <= n <= limit where n is a multiple of {step} and is not a multiple of
{skip}. When there is no such number, return 0.
"""),
        """
function {f}(limit) {
  let total = 0;
  for (let n = 1; n <= limit; n += 1) {
    if (n % {step} === 0 && n % {skip} !== 0) {
      total += n;
    }
  }
  return total;
}
""",
        {"step": (2, 3, 4), "skip": (5, 7, 9, 11)},
    ),
    Task(
        "clamp_and_scale",
        (
            Function.of(
                "f",
                "scaleReading adjustReading boundedReading",
                "reading: number",
                "number",
                lambda draw, c: (draw.integer(c["low"] - 4, c["high"] + 4),),
                lambda c: [(c["low"],), (c["low"] - 1,), (c["high"],), (c["high"] + 1,), (-40,)],
            ),
        ),
        phrasings("""
Write {f}(reading). A reading below {low} counts as {low} and a reading above {high} counts as {high}; after that correction
multiply by {factor} and return the result.

Our sensor sometimes overshoots. {f}(reading) first brings the reading into the range from {low} to {high} (values outside
become the nearer end of the range) and then returns {factor} times that value.

{f} takes one number called reading. Limit it to at least {low} and at most {high}, multiply the limited value by {factor}, and
return that.
"""),
        """
function {f}(reading) {
  const bounded = Math.min(Math.max(reading, {low}), {high});
  return bounded * {factor};
}
""",
        {"low": (-5, -3, 2, 4), "high": (20, 25, 30, 45), "factor": (3, 4, 6)},
    ),
    Task(
        "digit_sum_bonus",
        (
            Function.of(
                "f",
                "digitScore scoreDigits digitPoints",
                "amount: number",
                "number",
                lambda draw, c: (draw.integer(10, 9999),),
                lambda c: [(0,), (9,), (c["divisor"],), (1000,)],
            ),
        ),
        phrasings("""
Write {f}(amount) for a whole number that is 0 or greater. It adds up the decimal digits of amount. If that sum is divisible by
{divisor}, it adds {bonus} on top. It returns the outcome. A digit sum of 0 counts as divisible.

{f}(amount) gives points to a non-negative whole number: one point for each unit of its digit sum, and another {bonus} points
when the digit sum is a multiple of {divisor} (0 is a multiple too). Return the points.

Take the digit sum of amount, a whole number from 0 up. {f} returns this sum, increased by {bonus} whenever the sum divided by
{divisor} leaves no remainder (which includes a sum of 0).
"""),
        """
function {f}(amount) {
  let rest = amount;
  let sum = 0;
  while (rest > 0) {
    sum += rest % 10;
    rest = Math.floor(rest / 10);
  }
  if (sum % {divisor} === 0) {
    return sum + {bonus};
  }
  return sum;
}
""",
        {"divisor": (3, 4, 5, 6), "bonus": (10, 20, 25, 50)},
    ),
    Task(
        "halving_steps",
        (
            Function.of(
                "f",
                "countSteps stepsDown halvingSteps",
                "seed: number",
                "number",
                lambda draw, c: (draw.integer(2, 24),),
                lambda c: [(1,), (2,), (3,), (27,)],
            ),
        ),
        phrasings("""
Write {f}(seed) for a whole number of at least 1. Repeat: an even number is halved, an odd number is multiplied by 3 and
increased by 1. Return how many steps it takes to reach 1 (0 steps when seed is 1). Give up and return -1 if 1 has not been
reached after {cap} steps.

{f}(seed) counts steps. While the number is not 1, replace it by its half if it is even and by three times itself plus one if
it is odd; each replacement is one step. Return the number of steps, or -1 when {cap} steps were not enough. seed is 1 or more.

Starting from seed (a positive whole number), halve even numbers and turn every odd number n into 3n + 1 until you arrive at 1.
{f} returns the number of steps this takes, 0 for 1 itself, but -1 if more than {cap} steps would be needed.
"""),
        """
function {f}(seed) {
  let current = seed;
  let steps = 0;
  while (current !== 1) {
    if (steps === {cap}) {
      return -1;
    }
    if (current % 2 === 0) {
      current = current / 2;
    } else {
      current = current * 3 + 1;
    }
    steps += 1;
  }
  return steps;
}
""",
        {"cap": (12, 14, 15, 16, 18, 20, 22)},
    ),
    Task(
        "parcel_price",
        (
            Function.of(
                "f",
                "parcelPrice postageFor shippingCost",
                "grams: number",
                "number",
                lambda draw, c: (draw.integer(1, 9000),),
                lambda c: [(1,), (1000,), (1001,), (c["heavy"] * 1000,), (c["heavy"] * 1000 + 1,)],
            ),
        ),
        phrasings("""
Write {f}(grams) for a parcel of at least 1 gram. Sending it costs {base} cents plus {rate} cents for every kilogram, where a
started kilogram counts as a whole one. Parcels heavier than {heavy} kilograms cost 500 cents extra. Return the price in cents.

{f}(grams) returns what a parcel costs, in cents. The weight is rounded up to whole kilograms (1000 grams each). The price is
{base} plus {rate} per kilogram, and another 500 if the rounded-up weight is more than {heavy} kilograms.

Postage is {base} cents, and {rate} cents more per kilogram or part of a kilogram. If that makes more than {heavy} kilograms
after rounding up, 500 cents are added. Write {f}(grams), which returns the postage; grams is at least 1.
"""),
        """
function {f}(grams) {
  const kilos = Math.ceil(grams / 1000);
  let price = {base} + kilos * {rate};
  if (kilos > {heavy}) {
    price += 500;
  }
  return price;
}
""",
        {"base": (120, 150, 180, 240), "rate": (35, 45, 60), "heavy": (3, 4, 5)},
    ),
    Task(
        "coins_needed",
        (
            Function.of(
                "f",
                "coinsNeeded coinCount fewestCoins",
                "amount: number",
                "number",
                lambda draw, c: (draw.integer(1, 99),),
                lambda c: [(0,), (1,), (c["big"],), (c["big"] - 1,)],
            ),
        ),
        phrasings("""
Write {f}(amount). The till has coins of {big}, {middle} and 1. It pays a whole amount (0 or more) by using the largest coin
that still fits, again and again. Return how many coins that takes.

A machine pays out an amount with coins worth {big}, {middle} and 1: first as many of {big} as fit, then as many of {middle} as
fit, and ones for the rest. {f}(amount) returns the total number of coins; for 0 it is 0.

{f}(amount) tells how many coins a cashier hands over. The coins are {big}, {middle} and 1, and the cashier always takes the
biggest coin that is not more than what is still owed. The amount is a whole number, possibly 0.
"""),
        """
function {f}(amount) {
  let rest = amount;
  let coins = 0;
  for (const coin of [{big}, {middle}, 1]) {
    coins += Math.floor(rest / coin);
    rest = rest % coin;
  }
  return coins;
}
""",
        {"big": (20, 24, 25, 30), "middle": (4, 5, 6, 7, 9)},
    ),
    Task(
        "fair_shares",
        (
            Function.of(
                "f",
                "fairShares splitEvenly shareOut",
                "total: number, people: number",
                "number[]",
                lambda draw, c: (draw.integer(0, 200), draw.integer(1, 6)),
                lambda c: [(10, 0), (0, 3), (2, 4), (c["reserve"], 2), (c["reserve"] + 7, 3)],
            ),
        ),
        phrasings("""
Write {f}(total, people). Set {reserve} aside first (or the whole total, if it is smaller) and split the rest among the people
in whole units, as evenly as possible: those who get one unit more come first. Return the list of shares, one per person, and
an empty list for 0 people.

{f}(total, people) shares out whole units. {reserve} units stay in the kitty; if there are not more than that, everybody gets
0. The others are divided evenly, and whatever is left over goes one unit each to the first people. The result is the list of
everyone's share, and it is empty when people is 0.

After keeping back {reserve} units (never more than there are), divide what remains of total between the given number of
people. Everybody gets the same whole number, and the first few get one more until nothing remains. {f}(total, people) returns
the shares in order; with no people that is an empty list.
"""),
        """
function {f}(total, people) {
  const shares = [];
  if (people === 0) {
    return shares;
  }
  const rest = Math.max(total - {reserve}, 0);
  const each = Math.floor(rest / people);
  const extra = rest % people;
  for (let i = 0; i < people; i += 1) {
    shares.push(i < extra ? each + 1 : each);
  }
  return shares;
}
""",
        {"reserve": (3, 5, 8, 12, 15)},
    ),
    Task(
        "average_down",
        (
            Function.of(
                "f",
                "averageDown wholeAverage flatAverage",
                "scores: number[]",
                "number",
                lambda draw, c: (ints(draw, -20, 60, 1),),
                lambda c: [([],), ([0, 0],), ([-3, -4],), ([c["empty"]],), ([7, 8],)],
            ),
        ),
        phrasings("""
Write {f}(scores). It returns the average of the scores, rounded down to a whole number (towards minus infinity, so -3.5
becomes -4) and then increased by {lift}. For an empty list it returns {empty}.

{f}(scores) takes a list of whole numbers. If the list is empty the answer is {empty}. Otherwise it is {lift} plus the mean of
the list, where the mean is rounded down to the next lower whole number, also when it is negative.

Compute the mean of scores, round it down (never towards zero: -0.5 gives -1), add {lift} and return that. A list without
scores gives {empty}. The function is called {f}.
"""),
        """
function {f}(scores) {
  if (scores.length === 0) {
    return {empty};
  }
  const total = scores.reduce((sum, score) => sum + score, 0);
  return Math.floor(total / scores.length) + {lift};
}
""",
        {"empty": (-1, 0, 99, 100), "lift": (2, 3, 5, 10)},
    ),
    Task(
        "festival_years",
        (
            Function.of(
                "f",
                "countFestivals festivalYears festivalCount",
                "first: number, last: number",
                "number",
                lambda draw, c: span(draw, 1, 400, 0, 90),
                lambda c: [(1, 1), (50, 49), (c["usual"], c["usual"]), (c["usual"] * c["except"], c["usual"] * c["except"])],
            ),
        ),
        phrasings("""
The festival takes place in every year that is divisible by {usual}, except in years that are divisible by {except}. Write
{f}(first, last), which returns how many festivals there are from year first to year last, both included. If last comes before
first, there are none.

{f}(first, last) counts festival years in the span from first to last, including both ends. A year has a festival when it is a
multiple of {usual} and not a multiple of {except}. When first is greater than last, return 0.

How many years from first up to and including last can be divided by {usual} without remainder, but not by {except}? {f}(first,
last) returns that number, which is 0 if first is after last.
"""),
        """
function {f}(first, last) {
  let count = 0;
  for (let year = first; year <= last; year += 1) {
    if (year % {usual} === 0 && year % {except} !== 0) {
      count += 1;
    }
  }
  return count;
}
""",
        {"usual": (3, 4, 5, 6), "except": (7, 11, 13, 25)},
    ),
    Task(
        "power_remainder",
        (
            Function.of(
                "f",
                "powerRemainder remainderOfPower powerLeft",
                "base: number, exponent: number",
                "number",
                lambda draw, c: (draw.integer(2, 30), draw.integer(1, 12)),
                lambda c: [(5, 0), (0, 3), (c["modulus"], 2), (2, 30)],
            ),
        ),
        phrasings("""
Write {f}(base, exponent) for whole numbers of 0 or more. It returns the remainder of base to the power of exponent when
divided by {modulus}. Any number to the power of 0 is 1. Results must be exact for exponents up to 30, so take the remainder
after every multiplication.

{f}(base, exponent) multiplies 1 by base exponent times, taking the remainder modulo {modulus} after each multiplication, and
returns what it has at the end. With exponent 0 that is 1. Neither argument is negative.

I would like {f}(base, exponent): raise base to exponent, both whole and not negative, and return what is left over after
division by {modulus}. Exponent 0 gives 1. The power itself may be too large for exact numbers, so reduce as you go.
"""),
        """
function {f}(base, exponent) {
  let result = 1;
  for (let i = 0; i < exponent; i += 1) {
    result = (result * base) % {modulus};
  }
  return result;
}
""",
        {"modulus": (17, 19, 23, 29, 31, 37, 41, 43, 47)},
    ),
    Task(
        "digits_in_base",
        (
            Function.of(
                "f",
                "toDigits digitsOf baseDigits",
                "amount: number",
                "number[]",
                lambda draw, c: (draw.integer(1, 500),),
                lambda c: [(0,), (c["base"],), (c["base"] - 1,), (c["base"] ** 3,)],
            ),
        ),
        phrasings("""
Write {f}(amount). It returns the digits of amount, a whole number of 0 or more, in base {base}, as a list of numbers with the
most significant digit first. For 0 the list is a single 0.

{f}(amount) converts a non-negative whole number to base {base} and returns its digits as a list, highest place first, without
leading zeros. The number 0 has one digit, 0.

Give me {f}(amount): the base {base} digits of a whole number (never negative), as a list of numbers from the highest place
down to the ones. 0 gives a list that holds just 0.
"""),
        """
function {f}(amount) {
  if (amount === 0) {
    return [0];
  }
  const digits = [];
  let place = 1;
  while (place * {base} <= amount) {
    place *= {base};
  }
  while (place >= 1) {
    digits.push(Math.floor(amount / place) % {base});
    place = place / {base};
  }
  return digits;
}
""",
        {"base": (2, 3, 4, 5, 6, 7)},
    ),
    Task(
        "median_value",
        (
            Function.of(
                "f",
                "middleValue medianOf findMedian",
                "samples: number[]",
                "number",
                lambda draw, c: (ints(draw, -10, 40, 1),),
                lambda c: [([],), ([5],), ([9, 2],), ([100, 20, 3],), ([4, 1, 4, 2],)],
            ),
        ),
        phrasings("""
Write {f}(samples). It returns the median: the middle one of the sorted samples, or the average of the two in the middle (which
may end in .5) when their number is even. Return {empty} for an empty list, and do not change the order of the list you are
given.

{f}(samples) returns the median of a list of whole numbers. With an odd number of samples that is the middle one by size; with
an even number it is exactly halfway between the two middle ones, not rounded. No samples: {empty}. Leave the argument as it
is.

Sort a copy of samples by size (the argument must stay unchanged) and return the value in the middle. If there are two middle
values, return their mean without rounding; if the list is empty, return {empty}. Call the function {f}.
"""),
        """
function {f}(samples) {
  if (samples.length === 0) {
    return {empty};
  }
  const sorted = samples.slice().sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) {
    return sorted[middle];
  }
  return (sorted[middle - 1] + sorted[middle]) / 2;
}
""",
        {"empty": (-1, 0, -100, 50, 77, 500)},
        keeps=True,
    ),
    Task(
        "primes_ending_in",
        (
            Function.of(
                "f",
                "primesEnding endingPrimes pickPrimes",
                "low: number, high: number",
                "number[]",
                lambda draw, c: span(draw, 2, 80, 20, 70),
                lambda c: [(2, 2), (0, 3), (c["digit"], c["digit"]), (30, 20), (c["digit"] + 10, c["digit"] + 10)],
            ),
        ),
        phrasings("""
Write {f}(low, high). It returns the list of the prime numbers from low to high, both included, whose last decimal digit is
{digit} or {other}, in ascending order, but only the smallest {most} of them if there are more. 0 and 1 are not prime. If low
is greater than high, the list is empty.

{f}(low, high) lists, from small to large, the primes between low and high (the ends count) that end in {digit} or in {other},
and stops after {most} of them. Neither bound is negative; 0 and 1 are no primes. An upside-down range gives an empty list.

Which primes p with low <= p <= high end in the digit {digit} or {other}? {f}(low, high) returns the {most} smallest of them
(or all, if there are fewer) in rising order, and an empty list if there are none. Remember that 0 and 1 are not primes.
"""),
        """
function {f}(low, high) {
  const found = [];
  for (let n = Math.max(low, 2); n <= high; n += 1) {
    const last = n % 10;
    if (last === {digit} || last === {other}) {
      let prime = true;
      for (let d = 2; d * d <= n; d += 1) {
        if (n % d === 0) {
          prime = false;
          break;
        }
      }
      if (prime && found.length < {most}) {
        found.push(n);
      }
    }
  }
  return found;
}
""",
        {"digit": (1, 7), "other": (3, 9), "most": (3, 4, 5)},
    ),
    Task(
        "climbing_snail",
        (
            Function.of(
                "f",
                "daysToClimb snailDays climbWall",
                "height: number",
                "number",
                lambda draw, c: (draw.integer(3, 60),),
                lambda c: [(0,), (c["up"],), (c["up"] + 1,), (100,)],
            ),
        ),
        phrasings("""
A snail climbs a wall. It climbs {up} centimetres each day and slides back {down} each night. Write {f}(height), which returns
on which day it first reaches the given height (or more) during the day; the first day is number 1. For a height of 0 return 0,
and for a height it hasn't reached after {limit} days return -1.

{f}(height) tells how many days a snail needs: every day it rises by {up}, every following night it drops by {down}. It has
arrived as soon as it is at height or above at the end of a day. A height of 0 needs 0 days; if {limit} days aren't enough, the
result is -1.

Starting from the ground, a snail gains {up} by day and loses {down} by night, again and again. On what day (1 for the first)
is it at least at the given height in the evening? {f} returns this number, but 0 if height is 0 and -1 if it would take more
than {limit} days.
"""),
        """
function {f}(height) {
  if (height === 0) {
    return 0;
  }
  let position = 0;
  for (let day = 1; day <= {limit}; day += 1) {
    position += {up};
    if (position >= height) {
      return day;
    }
    position -= {down};
  }
  return -1;
}
""",
        {"up": (6, 7, 8), "down": (2, 3, 4), "limit": (12, 15, 20)},
    ),
)
