"""Tasks that play something through step by step: robots, accounts, queues, machines."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import ints, letters, words

SIMULATION = (
    Task(
        "robot_walk",
        (
            Function.of(
                "f",
                "robotWalk finalPosition walkRobot",
                "commands: string",
                "number[]",
                lambda draw, c: (letters(draw, "NNNEEESW", 3, 11),),
                lambda c: [("",), ("?",), ("NSEW",), ("E" * (c["wall"] + 2),), ("SSS",)],
            ),
        ),
        phrasings("""
A robot stands at x = 0, y = 0. Write {f}(commands), which reads a string of commands: N adds 1 to y, S subtracts 1, E adds 1
to x, W subtracts 1; other characters do nothing. There are walls: a move that would make x or y less than 0 or greater than
{wall} is not carried out. Return the final position as [x, y], with {scale} times the coordinates.

{f}(commands) steers a robot through a square room whose coordinates go from 0 to {wall} in both directions, starting at [0,
0]. E and W change x by +1 and -1, N and S change y by +1 and -1. Moves through a wall and unknown letters are ignored. The
result is the list of the last x and y, each multiplied by {scale}.

Follow the letters in commands one by one, starting at x = 0 and y = 0: N (y + 1), S (y - 1), E (x + 1), W (x - 1); skip
anything else, and skip every move that would leave the range from 0 to {wall}. {f} then returns [x, y] with both numbers
multiplied by {scale}.
"""),
        """
function {f}(commands) {
  let x = 0;
  let y = 0;
  for (const command of commands.split("")) {
    if (command === "N" && y < {wall}) {
      y += 1;
    } else if (command === "S" && y > 0) {
      y -= 1;
    } else if (command === "E" && x < {wall}) {
      x += 1;
    } else if (command === "W" && x > 0) {
      x -= 1;
    }
  }
  return [x * {scale}, y * {scale}];
}
""",
        {"wall": (2, 3, 4, 5), "scale": (2, 3, 5, 10)},
    ),
    Task(
        "account_balance",
        (
            Function.of(
                "f",
                "accountBalance bookPayments runAccount",
                "payments: number[]",
                "number[]",
                lambda draw, c: (ints(draw, -60, 50, 2, 7),),
                lambda c: [([],), ([0],), ([-c["overdraft"]],), ([-c["overdraft"] - 1],)],
            ),
        ),
        phrasings("""
Write {f}(payments). An account starts with 0. Each payment is added to it (negative ones are withdrawals), unless the balance
would fall below -{overdraft}; such a payment is refused and costs a fee of {fee}, which is deducted in any case. Return
[balance, number of refused payments].

{f}(payments) keeps an account that begins at 0 and may go down to -{overdraft}, but no payment may take it lower. Payments
that would do so are not booked; instead the bank takes a fee of {fee}, even if that goes beyond the limit. The result is a
list with the final balance and the count of payments that were turned down.

Book the payments in order, starting from a balance of 0. A payment goes through if the balance after it is at least
-{overdraft}. If it isn't, only a fee of {fee} is deducted (always, without any check), and the payment counts as refused. {f}
returns the balance and how many were refused, as a list of two numbers.
"""),
        """
function {f}(payments) {
  let balance = 0;
  let refused = 0;
  for (const payment of payments) {
    if (balance + payment >= -{overdraft}) {
      balance += payment;
    } else {
      balance -= {fee};
      refused += 1;
    }
  }
  return [balance, refused];
}
""",
        {"overdraft": (20, 30, 40, 50), "fee": (1, 2, 3, 5)},
    ),
    Task(
        "round_robin",
        (
            Function.of(
                "f",
                "finishOrder roundRobin runQueue",
                "jobs: { id: string; work: number }[]",
                "string[]",
                lambda draw, c: ([{"id": name, "work": draw.integer(0, 9)} for name in draw.sample("ABCDEF", draw.integer(2, 5))],),
                lambda c: [
                    ([],),
                    ([{"id": "A", "work": 0}],),
                    ([{"id": "A", "work": c["slice"] + 1}, {"id": "B", "work": c["slice"]}],),
                ],
            ),
        ),
        phrasings("""
Write {f}(jobs). Jobs wait in a queue, in the order of the list. The first one is worked on for up to {slice} units; if its
work is then used up, it is finished, otherwise it goes to the back of the queue with what is left. Repeat until all are
finished. Return their ids in the order of finishing, each with {mark} in front, and do not change jobs.

{f}(jobs) simulates a machine that gives each job {slice} units of time in turn. A job (id and work) that needs no more than
{slice} units finishes in its turn; one that needs more loses {slice} units and queues up again at the end. Return the list of
ids as they finish, with {mark} before each id. The argument must stay unchanged.

The machine takes the front job from the queue. With {slice} units of work or less it is done; with more, {slice} is subtracted
and it joins the end of the queue. Which job is done first, second and so on? {f} returns a list of strings, each made of
{mark} and the id, without altering the jobs it was given.
"""),
        """
function {f}(jobs) {
  const queue = jobs.map((job) => [job.id, job.work]);
  const finished = [];
  let next = 0;
  while (next < queue.length) {
    const job = queue[next];
    if (job[1] <= {slice}) {
      finished.push({mark} + job[0]);
    } else {
      queue.push([job[0], job[1] - {slice}]);
    }
    next += 1;
  }
  return finished;
}
""",
        {"slice": (2, 3, 4), "mark": ("#", "job ", "*", "ok:")},
        keeps=True,
    ),
    Task(
        "thermostat",
        (
            Function.of(
                "f",
                "heatingTime heaterMinutes countHeating",
                "temperatures: number[]",
                "number",
                lambda draw, c: ([draw.integer(c["low"] - 4, c["high"] + 4) for _ in range(draw.integer(3, 10))],),
                lambda c: [
                    ([],),
                    ([c["low"]],),
                    ([c["low"] - 1, c["high"]],),
                    ([c["low"] - 1, c["high"] + 1],),
                    ([c["low"] - 1] * 3,),
                ],
            ),
        ),
        phrasings("""
Write {f}(temperatures), one reading per minute. A heater is off at first. A reading below {low} switches it on, a reading
above {high} switches it off, any other reading leaves it as it is. Return for how many readings the heater was on once the
reading had been taken into account, times {cost}.

{f}(temperatures) works out the cost of heating. For each reading, in order: below {low} the heater goes on, above {high} it
goes off, otherwise nothing changes. If it is on after that, this minute costs {cost}. In the beginning it is off. Return the
sum.

A thermostat reacts to readings: under {low} degrees the heater is turned on, over {high} it is turned off, and exactly {low},
exactly {high} and everything between change nothing. Every reading after which the heater is running costs {cost}. {f} returns
the total cost for the list; the heater starts off.
"""),
        """
function {f}(temperatures) {
  let heating = false;
  let total = 0;
  for (const temperature of temperatures) {
    if (temperature < {low}) {
      heating = true;
    } else if (temperature > {high}) {
      heating = false;
    }
    if (heating) {
      total += {cost};
    }
  }
  return total;
}
""",
        {"low": (16, 17, 18), "high": (20, 21, 22), "cost": (2, 3, 5)},
    ),
    Task(
        "vending_machine",
        (
            Function.of(
                "f",
                "sellDrinks vendingMachine dispense",
                "coins: number[]",
                "number[]",
                lambda draw, c: ([draw.choice((5, 10, 20, 50, 1, 3)) for _ in range(draw.integer(1, 8))],),
                lambda c: [([],), ([c["price"] * 2],), ([2],), ([5, 1, 5],)],
            ),
        ),
        phrasings("""
Write {f}(coins). A vending machine takes coins of 5, 10, 20 and 50 and returns all others at once. As soon as the credit is at
least {price}, it sells one drink and deducts {price}; it goes on selling while the credit allows it, but has only {stock}
drinks. Return [drinks sold, credit left].

{f}(coins) puts coins into a drinks machine, one after the other. Only 5, 10, 20 and 50 are accepted and add to the credit.
After each coin the machine sells as many drinks as the credit pays for, at {price} each, as long as any of its {stock} drinks
are left. The result is a list of two numbers: how many drinks were sold and how much credit remains.

A drink costs {price} and there are {stock} of them. Coins that are not 5, 10, 20 or 50 fall through and count nothing; the
others are added to a credit. Whenever the credit covers a drink and one is left, it is sold and paid from the credit.
{f}(coins) returns the number of drinks sold and the final credit as a list.
"""),
        """
function {f}(coins) {
  let credit = 0;
  let sold = 0;
  for (const coin of coins) {
    if ([5, 10, 20, 50].includes(coin)) {
      credit += coin;
    }
    while (credit >= {price} && sold < {stock}) {
      credit -= {price};
      sold += 1;
    }
  }
  return [sold, credit];
}
""",
        {"price": (15, 25, 30, 35), "stock": (2, 3, 4, 5)},
    ),
    Task(
        "elevator_trip",
        (
            Function.of(
                "f",
                "elevatorTime liftSeconds rideTime",
                "floors: number[]",
                "number",
                lambda draw, c: (ints(draw, -2, 9, 1, 6),),
                lambda c: [([],), ([0],), ([3, 3],), ([-2, 0],)],
            ),
        ),
        phrasings("""
Write {f}(floors). An elevator starts on floor 0 and visits the floors in the given order (some may be below 0). Going up takes
{up} seconds per floor, going down {down}, and each stop takes {halt} more. If it is already on the requested floor, that costs
nothing at all. Return the total number of seconds.

{f}(floors) returns how many seconds a lift needs to serve its list of calls. It begins at floor 0. For a call to another
floor, add {up} for each floor upwards or {down} for each floor downwards, plus {halt} for the stop. A call to the floor it is
on takes no time. Floors can be negative.

Starting on floor 0, a lift goes to each floor in floors, one after the other. One floor up is {up} seconds, one floor down is
{down} seconds, and opening the doors on arrival is {halt} seconds, except that a call from where the lift stands is ignored.
{f} returns the sum of all this.
"""),
        """
function {f}(floors) {
  let current = 0;
  let seconds = 0;
  for (const floor of floors) {
    if (floor > current) {
      seconds += (floor - current) * {up} + {halt};
    } else if (floor < current) {
      seconds += (current - floor) * {down} + {halt};
    }
    current = floor;
  }
  return seconds;
}
""",
        {"up": (4, 5, 6), "down": (2, 3), "halt": (8, 9, 10)},
    ),
    Task(
        "stack_machine",
        (
            Function.of(
                "f",
                "runStack stackMachine evaluate",
                "tokens: string[]",
                "number",
                lambda draw, c: (words(draw, 4, 9, ("1", "2", "4", "7", "-3", "0", "add", "sub", c["twice"])),),
                lambda c: [([],), (["add"],), (["5", c["twice"]],), (["5", "3", "sub"],), (["0"],)],
            ),
        ),
        phrasings("""
Write {f}(tokens) for a machine with a stack of numbers, empty at first. "add" and "sub" remove the top two numbers and push
their sum or difference (the lower one minus the top one), {twice} doubles the top number; all other tokens are integers and
are pushed. An instruction that finds too few numbers is skipped. Return the top number at the end, or {empty} if the stack is
empty.

{f}(tokens) runs a tiny program. A token is "add" (replace the top two numbers by their sum), "sub" (replace them by the one
below the top minus the top), {twice} (double the top number) or a number in decimal, which is pushed onto the stack. Where the
stack is too short for an instruction, nothing happens. The result is what lies on top in the end, {empty} for an empty stack.

Go through tokens with a stack. Push numbers such as "7" or "-3" as numbers. On "add" take two numbers off and push their sum;
on "sub" push the second from the top minus the top one; on {twice} multiply the top number by 2. Ignore instructions for which
there aren't enough numbers. {f} returns the last top of the stack, or {empty} when there is none.
"""),
        """
function {f}(tokens) {
  const stack = [];
  for (const token of tokens) {
    if (token === "add" || token === "sub") {
      if (stack.length >= 2) {
        const top = stack.pop();
        const below = stack.pop();
        stack.push(token === "add" ? below + top : below - top);
      }
    } else if (token === {twice}) {
      if (stack.length >= 1) {
        stack.push(stack.pop() * 2);
      }
    } else {
      stack.push(Number(token));
    }
  }
  return stack.length === 0 ? {empty} : stack[stack.length - 1];
}
""",
        {"twice": ("double", "dup", "twice", "x2"), "empty": (-1, 0, 99, 1000)},
    ),
    Task(
        "bouncing_ball",
        (
            Function.of(
                "f",
                "ballPosition bounceBall trackBall",
                "moves: number",
                "number[]",
                lambda draw, c: (draw.integer(1, 30),),
                lambda c: [(0,), (1,), (c["width"],), (c["width"] * 2,)],
            ),
        ),
        phrasings("""
A ball sits at position {start} of a strip with the positions 0 to {width} and moves upwards by 1 at each move. When it arrives
at {width}, it turns round and moves down by 1 each time; when it arrives at 0, it turns round again. Write {f}(moves), which
returns [position, number of turns] after that many moves (a turn counts on arrival).

{f}(moves) follows a ball that bounces between 0 and {width}. It starts at {start}, moving towards {width}, and covers 1 per
move. On reaching either end it reverses its direction, and that counts as one turn at once. Return a list of the position and
the number of turns after the given number of moves (0 or more).

After a number of moves, where is the ball and how often has it turned? It begins at {start} and goes up one position per move;
reaching {width} or 0 makes it change direction, starting with the next move, and is counted right away. {f}(moves) returns the
two numbers, position first, as a list.
"""),
        """
function {f}(moves) {
  let position = {start};
  let direction = 1;
  let turns = 0;
  for (let i = 0; i < moves; i += 1) {
    position += direction;
    if (position === 0 || position === {width}) {
      direction = -direction;
      turns += 1;
    }
  }
  return [position, turns];
}
""",
        {"start": (1, 2, 3), "width": (4, 5, 6, 7, 8)},
    ),
    Task(
        "car_park",
        (
            Function.of(
                "f",
                "carPark parkCars parkingReport",
                "events: string[]",
                "{ parked: string[]; refused: number }",
                lambda draw, c: ([draw.choice("++-") + draw.choice("ABCDE") for _ in range(draw.integer(4, 10))],),
                lambda c: [([],), (["-A"],), (["+A", "+A"],), (["+" + n for n in "ABCDE"],)],
            ),
        ),
        phrasings("""
Write {f}(events). "+A" means that car A wants in, "-A" that it leaves (the rest of the string after the sign is the car). A
car comes in unless it is inside already or {spaces} cars are; in those two cases it is refused. Leaving without being inside
does nothing. Return an object with parked, the cars inside in order of arrival with {tag} in front of each, and refused, the
number of refusals.

{f}(events) watches a car park with {spaces} spaces. Each event is a sign and a car: + for arriving, - for leaving. Arriving
cars are refused if the park is full or if they are already in it; departures of unknown cars are ignored. Return { parked,
refused }: the list of cars still inside, first arrival first, each with the prefix {tag}, and how many arrivals were refused.

There is room for {spaces} cars. Handle the events in order: an arrival such as "+B" adds the car at the end of the list of
parked cars, or counts as refused when that car is on the list already or the list is full; a departure such as "-B" takes it
off the list if it is there. The result of {f} has two keys, parked (the list, {tag} put before every car) and refused (the
count).
"""),
        """
function {f}(events) {
  let inside = [];
  let refused = 0;
  for (const event of events) {
    const car = event.slice(1);
    if (event[0] === "+") {
      if (inside.includes(car) || inside.length === {spaces}) {
        refused += 1;
      } else {
        inside.push(car);
      }
    } else {
      inside = inside.filter((other) => other !== car);
    }
  }
  return { parked: inside.map((car) => {tag} + car), refused: refused };
}
""",
        {"spaces": (2, 3), "tag": ("car ", "#", "no. ", "*", "p:")},
    ),
    Task(
        "print_counting",
        (
            Function.of(
                "f",
                "printCounting countAloud playRound",
                "last: number",
                "number",
                lambda draw, c: (draw.integer(3, 20),),
                lambda c: [(0,), (1,), (c["first"],), (c["first"] * c["second"],)],
            ),
        ),
        phrasings("""
Write {f}(last). Print one line for each whole number from 1 to last: {word} if it is divisible by {first}, {other} if it is
divisible by {second}, {word} directly followed by {other} if by both, and the number itself if by neither. Return how many
lines were plain numbers. For last = 0 nothing is printed.

{f}(last) plays a counting game in the console, from 1 up to and including last, one line each. Multiples of {first} are
replaced by {word}, multiples of {second} by {other}, multiples of both by the two words without a space ({word} first). The
function returns the number of numbers that were not replaced, which is 0 when last is 0.

Count from 1 to last and print every number on its own line, but {word} instead of multiples of {first}, {other} instead of
multiples of {second}, and both words in this order, written as one, for common multiples. {f} returns how often it printed an
actual number. If last is 0, it prints nothing and returns 0.
"""),
        """
function {f}(last) {
  let plain = 0;
  for (let n = 1; n <= last; n += 1) {
    let line = "";
    if (n % {first} === 0) {
      line += {word};
    }
    if (n % {second} === 0) {
      line += {other};
    }
    if (line === "") {
      line = String(n);
      plain += 1;
    }
    console.log(line);
  }
  return plain;
}
""",
        {"first": (2, 3, 4), "second": (5, 7), "word": ("ping", "hop"), "other": ("pong", "hey")},
        prints=True,
    ),
    Task(
        "battery_log",
        (
            Function.of(
                "f",
                "batteryLevel chargeLog batteryAfter",
                "events: number[]",
                "number[]",
                lambda draw, c: (ints(draw, -45, 40, 2, 7),),
                lambda c: [([],), ([-50],), ([-51],), ([80],), ([0],)],
            ),
        ),
        phrasings("""
Write {f}(events). A battery starts at 50. A positive event charges it by that amount, to no more than {full}; a negative one
drains it, to no less than 0. Return [final level, number of events after which it was at or below {low}].

{f}(events) follows a battery that begins at 50. Each event is added to its level, which then is limited to the range from 0 to
{full}. Return two numbers in a list: the level at the end, and how many events left the battery at {low} or less.

The battery level is 50 in the beginning and always between 0 and {full}: add each event to it (they can be negative) and cut
off whatever is beyond these ends. Count the events that end in a level of {low} or lower. {f} returns a list of the last level
and this count.
"""),
        """
function {f}(events) {
  let level = 50;
  let warnings = 0;
  for (const event of events) {
    level = Math.max(0, Math.min({full}, level + event));
    if (level <= {low}) {
      warnings += 1;
    }
  }
  return [level, warnings];
}
""",
        {"full": (60, 70, 80, 100), "low": (10, 15, 20, 25)},
    ),
    Task(
        "counting_out",
        (
            Function.of(
                "f",
                "countOut lastOne countingOut",
                "players: string[]",
                "string[]",
                lambda draw, c: (draw.sample("ABCDEFGH", draw.integer(2, 7)),),
                lambda c: [([],), (["A"],), (["A", "B"],), (["C", "B", "A"],)],
            ),
        ),
        phrasings("""
Write {f}(players). The players stand in a circle in the order of the list. Counting starts with the first one, and every time
the count reaches {step}, that player leaves and counting begins again at 1 with the next one still there. Stop when {left} or
fewer players remain, and return these in list order. The list passed in must stay as it is.

{f}(players) plays a counting-out game: count the players round the circle, beginning with the first in the list, and remove
the one who is number {step}; go on with the player after them, from 1 again. As soon as no more than {left} are in the game,
return them in the order of the original list, without having changed that list.

In a circle of players, whoever is number {step} in the count is out; the count starts at the head of the list, goes round as
often as needed and restarts at 1 behind whoever has left. When {left} or fewer are still in, {f} returns their names in
original order. It doesn't modify its argument.
"""),
        """
function {f}(players) {
  let circle = players.slice();
  let place = 0;
  while (circle.length > {left}) {
    place = (place + {step} - 1) % circle.length;
    const loser = circle[place];
    circle = circle.filter((player) => player !== loser);
  }
  return circle;
}
""",
        {"step": (2, 3, 4, 5, 6, 7), "left": (2, 3)},
        keeps=True,
    ),
)
