"""The dialect task templates: every reference runs, agrees with an independent solution, and can't be guessed."""

from __future__ import annotations

import itertools
import json
import math
import pickle
import re
import statistics
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import quickjs

from clgym.envs.dialect.tasks import TASKS
from clgym.envs.dialect.tasks.base import Task, TaskInstance
from clgym.seeding import seed_of

ROUNDS = 8

#: How a prompt may ask for arguments that stay as they are.
UNCHANGED = re.compile(
    r"(n[o']t|never|neither|no argument|without)[^.;:]* (chang|modif|alter)|unchanged|untouched|not be (chang|modif|alter)"
    r"|as it is|stays? the same|isn't changed|keeps its nulls|keep their prices|leaving \w+ itself alone",
    re.IGNORECASE,
)

HARNESS = """
let printed = [];
const console = { log(value) {
  if (typeof value !== "string" && typeof value !== "number") throw new Error("printed a " + typeof value);
  printed.push(String(value));
} };
function unstable(value) {
  if (value === undefined || typeof value === "function") return true;
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  return value !== null && typeof value === "object" && Object.values(value).some(unstable);
}
function check(f, given) {
  printed = [];
  const before = JSON.stringify(given);
  const result = f(...given);
  if (unstable(result)) throw new Error("unstable result " + result);
  if (f.length !== given.length) throw new Error("wrong number of arguments");
  return JSON.stringify({ result, printed, kept: JSON.stringify(given) === before });
}
"""


def instances(task: Task) -> list[TaskInstance]:
    return [task.instance(seed_of("tasks", task.name, turn).draw()) for turn in range(ROUNDS)]


@cache
def reports(name: str) -> list[list[tuple[str, tuple[Any, ...], dict[str, Any]]]]:
    """(function, arguments, report) of every test case, for each of a task's instances."""
    return [run(instance) for instance in instances(next(task for task in TASKS if task.name == name))]


def run(instance: TaskInstance) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    context = quickjs.Context()
    context.eval(HARNESS + instance.source)
    return [
        (name, arguments, json.loads(context.eval(f"check({name}, {json.dumps(arguments)})")))
        for name, arguments in instance.cases + instance.edges
    ]


@pytest.fixture(params=TASKS, ids=lambda task: task.name)
def task(request: pytest.FixtureRequest) -> Task:
    return request.param


def test_there_are_enough_templates_and_prompts():
    assert len({task.name for task in TASKS}) == len(TASKS) >= 66
    several = [task for task in TASKS if len(task.functions) > 1]
    assert len(several) >= 18
    assert sum(task.variants for task in several) >= 5_000
    assert sum(task.variants for task in TASKS if len(task.functions) == 1) >= 5_000
    assert min(task.variants for task in TASKS) >= 40


def test_references_run_keep_their_arguments_and_cannot_be_guessed(task: Task):
    shares: dict[str, list[float]] = {}
    for instance, ran in zip(instances(task), reports(task.name)):
        results: dict[str, list[str]] = {}
        for name, _, report in ran:
            assert report["kept"], f"{task.name} changes its arguments"
            assert task.prints or not report["printed"]
            results.setdefault(name, []).append(json.dumps([report["result"], report["printed"]]))
        for name, function in zip((f.name for f in instance.functions), task.functions):
            most_common = Counter(results[name]).most_common(1)[0][1]
            shares.setdefault(function.role, []).append(most_common / len(results[name]))
    for function in task.functions:
        limit = 0.75 if function.result == "boolean" else 0.5
        assert statistics.mean(shares[function.role]) <= limit, f"the best constant passes too often: {shares}"


def test_every_task_has_at_least_twenty_cases_over_a_few_variants(task: Task):
    for function in range(len(task.functions)):
        seen = {
            json.dumps(case.arguments)
            for instance in instances(task)
            for case in instance.cases + instance.edges
            if case.function == instance.functions[function].name
        }
        assert len(seen) >= 20


def test_prompts_name_every_function_and_constant_and_are_distinct(task: Task):
    total = min(task.variants, 400)
    prompts = {task.variant(index, seed_of("prompt").draw()).prompt for index in range(total)}
    assert len(prompts) == total
    for phrasing in task.specification:
        assert len(task.specification) >= 3
        for name in (*(function.role for function in task.functions), *task.constants):
            assert re.search(rf"\{{{name}!?\}}", phrasing), f"{task.name}: a phrasing without {name}"
        for function in task.functions:
            signature = f"{{{function.role}}}({', '.join(parameter.name for parameter in function.parameters)})"
            assert len(function.parameters) == 1 or signature in phrasing, "the order of the parameters is not said"
    for instance in instances(task):
        assert not re.search(r"\{[A-Za-z]\w*!?\}", instance.prompt + instance.source)
        assert not re.search(r"\) \{|=>|\breturn \w+;|===", instance.prompt), "the prompt shows code"
        assert instance.prints == bool(re.search(r"\b(print|console)", instance.prompt, re.IGNORECASE))
        assert not instance.keeps or re.search(UNCHANGED, instance.prompt), instance.prompt


def test_parameters_fit_every_naming_convention(task: Task):
    for function in task.functions:
        assert len(function.names) == len(set(function.names)) >= 3
        assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name) for name in function.names)
        assert all(re.fullmatch(r"[a-z]+", parameter.name) for parameter in function.parameters)
    helper_names = [set(function.names) for function in task.functions]
    assert all(not left & right for left, right in itertools.combinations(helper_names, 2))


def test_instances_are_plain_data_and_follow_from_the_draw(task: Task):
    one, two = (task.instance(seed_of("same", task.name).draw()) for _ in range(2))
    assert one == two == pickle.loads(pickle.dumps(one))
    spelled = task.instance(seed_of("same", task.name).draw(), spell=lambda name: name + "_x")
    assert all(function.name.endswith("_x") and function.name in spelled.prompt for function in spelled.functions)
    assert {case.function for case in spelled.cases} == {function.name for function in spelled.functions}


def test_references_keep_to_the_subset(task: Task):
    code = re.sub(r'"[^"\n]*"', '""', task.instance(seed_of("subset").draw()).source)
    assert not re.search(r"`|\.\.\.|\+\+|--|//|/\*|\b(var|class|switch|undefined|typeof|do|new (?!Error))\b", code)
    assert "==" not in code.replace("!==", "").replace("===", ""), "loose equality"
    allowed = {
        "length",
        "push",
        "pop",
        "slice",
        "includes",
        "indexOf",
        "join",
        "split",
        "toUpperCase",
        "toLowerCase",
        "trim",
        "sort",
        "map",
        "filter",
        "reduce",
        "keys",
        "floor",
        "ceil",
        "abs",
        "min",
        "max",
        "log",
    }
    fields = set(re.findall(r"(\w+): ", " ".join(p.type for f in task.functions for p in f.parameters)))
    fields |= {str(choice) for choices in task.constants.values() for choice in choices}
    assert set(re.findall(r"\.([a-zA-Z]\w*)", code)) <= allowed | fields


def _initials(c, title):
    return c["sep"].join(word[0].upper() for word in title.split()) + c["tail"] if title else ""


def _shift(c, message):
    return "".join(chr((ord(x) - 97 + c["shift"]) % 26 + 97) if "a" <= x <= "z" else x for x in message)


def _runs(c, text):
    groups = [(letter, len(list(group))) for letter, group in itertools.groupby(text)]
    return "".join(f"{x}{c['sep']}{n}" if n >= c["least"] else x * n for x, n in groups)


def _coins(c, amount):
    big, rest = divmod(amount, c["big"])
    return big + sum(divmod(rest, c["middle"]))


def _shares(c, total, people):
    rest = max(total - c["reserve"], 0)
    return [rest // people + (i < rest % people) for i in range(people)]


def _digits(c, amount):
    return [*_digits(c, amount // c["base"]), amount % c["base"]] if amount >= c["base"] else [amount]


def _streak(c, results):
    runs = [(len(list(group)), value) for value, group in itertools.groupby(results)]
    length, value = max(runs, key=lambda run: run[0], default=(-c["bonus"], c["nobody"]))
    return [value, length + c["bonus"]]


def _frequent(c, votes):
    counts = Counter(votes)
    ranked = sorted(counts, key=lambda vote: (-counts[vote], vote))
    return [vote for vote in ranked if counts[vote] >= c["least"]][: c["most"]]


def _snail(c, height):
    net = c["up"] - c["down"]
    day = 0 if height == 0 else max(math.ceil((height - c["up"]) / net), 0) + 1
    return day if day <= c["limit"] else -1


def _ball(c, moves):
    there = c["start"] + moves
    place = there % (2 * c["width"])
    return [min(place, 2 * c["width"] - place), there // c["width"]]


def _counting_out(c, players):
    circle = list(players)
    while len(circle) > c["left"]:
        turns = (c["step"] - 1) % len(circle)
        circle = circle[turns + 1 :] + circle[:turns]
    return sorted(circle, key=players.index)


def _round_robin(c, jobs):
    rounds = [(max(math.ceil(job["work"] / c["slice"]), 1), place) for place, job in enumerate(jobs)]
    return [c["mark"] + jobs[place]["id"] for _, place in sorted(rounds)]


def _stock(c, stock, delivery):
    sums = Counter(stock)
    sums.update(delivery)
    return {product: min(count, c["cap"]) for product, count in sums.items() if count > 0}


def _words(c, line):
    counts = Counter(word for word in line.lower().split() if len(word) >= c["least"])
    return {**counts, c["total"]: sum(counts.values())}


def _table(c, games):
    points = Counter()
    for game in games:
        home, away = game["goals"]
        points[game["home"]] += c["win"] if home > away else c["draw"] if home == away else 0
        points[game["away"]] += c["win"] if away > home else c["draw"] if home == away else 0
    return dict(points)


def _fraction(c, top, bottom):
    if bottom == 0:
        return [c["error"], 0]
    divisor = math.gcd(top * c["factor"], bottom)
    return [top * c["factor"] // divisor, bottom // divisor]


def _times(c, times):
    pairs = [time.split(c["sep"]) for time in times]
    total = sum(int(h) * 60 + int(m) for h, m in pairs) + c["pause"] * max(len(times) - 1, 0)
    return f"{total // 60}{c['sep']}{total % 60:02d}"


def _grade(c, scores):
    limited = sorted(min(max(score, 0), c["full"]) for score in scores)
    counted = limited[1:] or limited
    return sum(counted) // len(counted) if counted else c["missing"]


def _spans(c, spans):
    covered = {point for start, end in spans for point in range(start, end + 1)}
    for left, right in itertools.product(covered.copy(), repeat=2):
        if 0 < right - left <= c["gap"]:
            covered.update(range(left, right))
    ordered = sorted(covered)
    starts = [x for x in ordered if x - 1 not in covered or not _bridged(spans, x - 1, c["gap"])]
    ends = [x for x in ordered if x + 1 not in covered or not _bridged(spans, x, c["gap"])]
    return [[a, b] for a, b in zip(starts, ends) if b - a >= c["least"]]


def _bridged(spans, point, gap):
    """Whether a span, or a gap that may be closed, covers the step from ``point`` to ``point + 1``."""
    before = [end for _, end in spans if end <= point]
    after = [start for start, _ in spans if start > point]
    inside = any(start <= point < end for start, end in spans)
    return inside or bool(before and after and min(after) - max(before) <= gap)


def _workdays(c, start, effort):
    free = (c["off"], c["week"] - 1)
    working = (day for day in itertools.count(start) if day % c["week"] not in free)
    return list(itertools.islice(working, effort))[-1] if effort else start


def _cells(c, cells, rounds):
    for _ in range(rounds):
        framed = [0, *cells, 0]
        cells = [int(framed[i] + framed[i + 2] == c["rule"]) for i in range(len(cells))]
    return sum(cells) * c["points"]


ORACLES: dict[str, Callable[..., Any]] = {
    "sum_of_multiples": lambda c, n: sum(x for x in range(n + 1) if x % c["step"] == 0 and x % c["skip"]),
    "clamp_and_scale": lambda c, x: sorted((c["low"], x, c["high"]))[1] * c["factor"],
    "digit_sum_bonus": lambda c, n: (s := sum(map(int, str(n)))) + (0 if s % c["divisor"] else c["bonus"]),
    "parcel_price": lambda c, g: c["base"] + (k := -(-g // 1000)) * c["rate"] + (500 if k > c["heavy"] else 0),
    "coins_needed": _coins,
    "fair_shares": _shares,
    "average_down": lambda c, xs: sum(xs) // len(xs) + c["lift"] if xs else c["empty"],
    "festival_years": lambda c, a, b: sum(y % c["usual"] == 0 and y % c["except"] > 0 for y in range(a, b + 1)),
    "power_remainder": lambda c, base, exponent: pow(base, exponent, c["modulus"]),
    "digits_in_base": _digits,
    "median_value": lambda c, xs: statistics.median(xs) if xs else c["empty"],
    "climbing_snail": _snail,
    "initials": _initials,
    "shift_letters": _shift,
    "count_letters": lambda c, text: c["weight"] * len(re.findall(f"[{c['wanted']}]", text.lower())),
    "compress_runs": _runs,
    "mask_text": lambda c, s: c["mark"] * max(len(s) - c["shown"], 0) + s[-c["shown"] :],
    "slug": lambda c, s: c["sep"].join(s.lower().split()[: c["most"]]),
    "mirror_check": lambda c, w: w + c["mark"] if w == w[::-1] else c["other"] + w[::-1],
    "weave_texts": lambda c, a, b: "".join(x + y for x, y in itertools.zip_longest(a, b, fillvalue=c["blank"])) + c["tail"],
    "pad_columns": lambda c, cells: c["bar"].join(x[: c["width"]].rjust(c["width"], c["fill"]) for x in cells),
    "rotate_left": lambda c, q: [*(q[(k := c["turns"] % len(q)) :] + q[:k] if q else []), c["last"]],
    "chunk_list": lambda c, xs: [
        (xs[i : i + c["size"]] + [c["fill"]] * c["size"])[: c["size"]] for i in range(0, len(xs), c["size"])
    ],
    "second_largest": lambda c, xs: sorted(set(xs))[-2] * c["factor"] if len(set(xs)) > 1 else c["missing"],
    "window_sums": lambda c, xs: [min(sum(xs[i : i + c["size"]]), c["cap"]) for i in range(len(xs) - c["size"] + 1)],
    "split_by_limit": lambda c, xs: [[x for x in xs if x != c["banned"] and (x >= c["limit"]) == large] for large in (False, True)],
    "merge_sorted": lambda c, a, b: [x for x in sorted(a + b) if x != c["skip"]][: c["most"]],
    "most_frequent": _frequent,
    "longest_streak": _streak,
    "every_nth": lambda c, xs: [2 * x for x in xs[c["first"] :: c["step"]]],
    "merge_stock": _stock,
    "with_default": lambda c, s, k: c["missing"] if k not in s else c["empty"] if s[k] is None else s[k],
    "count_words": _words,
    "league_points": _table,
    "round_robin": _round_robin,
    "bouncing_ball": _ball,
    "counting_out": _counting_out,
    "reduced_fraction": _fraction,
    "total_time": _times,
    "course_grade": _grade,
    "merge_intervals": _spans,
    "count_workdays": _workdays,
    "cell_generations": _cells,
}


@pytest.mark.parametrize("name", ORACLES)
def test_references_agree_with_an_independent_solution(name: str):
    task = next(task for task in TASKS if task.name == name)
    for instance, ran in zip(instances(task), reports(name)):
        for function, arguments, report in ran:
            if function == instance.functions[-1].name:
                assert report["result"] == ORACLES[name](instance.constants, *arguments), (instance.prompt, arguments)
