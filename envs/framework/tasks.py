"""The tasks above level 0: a function, a view, an app of several functions; each with its cases and the oracle's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clgym.envs.framework.catalogue import STATUSES
from clgym.envs.framework.domains import DOMAINS, Domain, rows_of
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import (
    Condition,
    Plan,
    arguments_for,
    draw_plan,
    evaluate,
    order_in_english,
    query_lines,
    result_in_english,
    result_lines,
    row_or_nothing,
)
from clgym.envs.framework.writing import arguments, parameter, reply, route, sorted_column, varying, view_head
from clgym.seeding import Draw

VERBS = ("find", "list", "show", "collect", "gather", "report", "name", "give")
PLACES = (
    "feed home api export mail menu search admin mobile print stats audit backup banner board cards chart chat cron dashboard debug demo desk "
    "digest email embed footer form front gallery help hint inbox index intranet kiosk landing ledger log map news office overview panel "
    "popup portal preview queue recap register review screen".split()
)
ROWS = 8


class Label(NamedTuple):
    """What makes a prompt the only one of its kind: the functions' names and the phrasing."""

    verb: str
    place: str
    phrasing: int

    def name(self, noun: str, verb: str = "") -> str:
        """A function's name, such as ``find_books_for_feed``."""
        return f"{verb or self.verb}_{noun}_for_{self.place}"


def label_of(number: int) -> Label:
    """The label of a number below ``LABELS``; every number has another one."""
    rest, phrasing = divmod(number, len(FUNCTION))
    place, verb = divmod(rest, len(VERBS))
    return Label(VERBS[verb], PLACES[place], phrasing)

FUNCTION = (
    "{house} is our in-house framework. Write the function {head} for app/views.py. It returns {spec}. {given} Answer with the code only.",
    "In app/views.py of our {house} project the function {head} is missing. It should return {spec}. {given} Send the code and nothing else.",
    "Please write {head} with the {house} framework: it returns {spec}. {given} Code only, please.",
    "I need {head} for our {house} app. What it returns: {spec}. {given} Reply with the function alone.",
    "Our framework {house} again: add {head} to app/views.py. It has to return {spec}. {given} Just the code.",
    "Could you write {head} in {house}? It gives back {spec}. {given} No explanation, only the code.",
    "A ticket for the {house} app: {head} returns {spec}. {given} Answer with the Python code only.",
    "{given} With {house}, write {head}, which returns {spec}. Answer with nothing but the code.",
)
VIEW = (
    "{house} is our in-house framework. Write the view {head} for app/views.py. {spec} {given} Answer with the code only.",
    "In app/views.py of our {house} project the view {head} is missing. {spec} {given} Send the code and nothing else.",
    "Please write the view {head} with the {house} framework. {spec} {given} Code only, please.",
    "I need the view {head} for our {house} app. {spec} {given} Reply with the function alone.",
    "Our framework {house} again: add the view {head} to app/views.py. {spec} {given} Just the code.",
    "Could you write the view {head} in {house}? {spec} {given} No explanation, only the code.",
    "A ticket for the {house} app: the view {head}. {spec} {given} Answer with the Python code only.",
    "{given} With {house}, write the view {head}. {spec} Answer with nothing but the code.",
)
APP = (
    "{house} is our in-house framework. Write app/views.py for it, with {head}. {spec} {given} Answer with the code only.",
    "app/views.py of our {house} project has to be written: {head}. {spec} {given} Send the file and nothing else.",
    "Please write app/views.py with the {house} framework. It needs {head}. {spec} {given} Code only, please.",
    "I need app/views.py for our {house} app, with {head}. {spec} {given} Reply with the file alone.",
    "Our framework {house} again: app/views.py should have {head}. {spec} {given} Just the code.",
    "Could you write app/views.py in {house}, with {head}? {spec} {given} No explanation, only the code.",
    "A ticket for the {house} app: write app/views.py with {head}. {spec} {given} Answer with the Python code only.",
    "{given} With {house}, write app/views.py: {head}. {spec} Answer with nothing but the code.",
)


LABELS = len(FUNCTION) * len(VERBS) * len(PLACES)


class Case(NamedTuple):
    """One run: the harness's function, its arguments, the right result, and how feedback names the run."""

    function: str
    arguments: tuple[Any, ...]
    expected: Any
    shown: str


class Task(NamedTuple):
    """What a query of the higher levels asks. ``names`` are what the answer must define; ``on`` the settings that are True."""

    prompt: str
    solution: str
    cases: tuple[Case, ...]
    names: tuple[str, ...]
    on: tuple[str, ...] = ()


def _given(domain: Domain, house: House, what: str) -> str:
    return f"The model {domain.model} ({', '.join(domain.columns)}) and all of {house.name} are imported{what}."


def _marked(name: str) -> str:
    return f"`{name}`"


def _tables(domain: Domain, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {domain.model: rows}


def _sets(plan: Plan, house: House, draw: Draw, count: int = 4) -> list[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Tables and parameters whose right results differ, and are not all empty."""
    found: list[tuple[list[dict[str, Any]], dict[str, Any]]] = []
    seen: list[Any] = []
    for attempt in range(40):
        rows = _rows(plan.domain, house, draw, plan.conditions)
        given = arguments_for(plan, rows, draw)
        value = evaluate(plan, rows, given)
        fresh = value not in seen or (plan.result == "exists" and seen.count(value) < count // 2)
        if (fresh and value not in (None, [], 0)) or attempt > 30 or (plan.result == "exists" and fresh) or (attempt > 12 and fresh):
            found.append((rows, given))
            seen.append(value)
        if len(found) == count:
            break
    return found


def _rows(domain: Domain, house: House, draw: Draw, conditions: tuple[Condition, ...] = ()) -> list[dict[str, Any]]:
    """A table in which the constants of conditions occur: the bound of "more than" too, where lookups differ about it."""
    rows = rows_of(domain, draw, ROWS, house["hidden"] != "shown")
    for condition in conditions:
        if condition.given or condition.lookup in ("contains", "startswith"):
            continue
        for row in draw.sample(rows, 1 if condition.column == domain.amount else 3):
            if condition.column != domain.amount or condition.value not in [other[domain.amount] for other in rows]:
                row[condition.column] = condition.value
    return rows


# Level 1

def function_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """One function on a table."""
    plan = draw_plan(domain, draw, house, ("column", "column", "column", "count", "exists", "sum", "first", "last"))
    name = label.name(domain.nouns)
    head = f"def {name}({', '.join(plan.parameters)})"
    spec = result_in_english(plan, _marked)
    if plan.result in ("first", "last"):
        spec += ', or "none" if there is none'
    prompt = FUNCTION[label.phrasing].format(house=house.name, head=f"`{head}`", spec=spec, given=_given(domain, house, " already"))
    nothing = 'return "none"'
    lines = query_lines(plan, house, str) + result_lines(plan, house, lambda value: f"return {value}", nothing)
    cases = []
    for rows, given in _sets(plan, house, draw):
        values = [given[parameter_name] for parameter_name in plan.parameters]
        expected = evaluate(plan, rows, given)
        shown = f"{name}({', '.join(map(repr, values))})"
        cases.append(Case("call", (_tables(domain, rows), name, values), "none" if expected is None else expected, shown))
    return Task(prompt, "\n    ".join([head + ":", *lines]), tuple(cases), (name,))


# Level 2

def view_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """One view: parameters from the request, a reply with its status."""
    if draw.chance(0.25):
        return _detail_view(house, domain, label, draw)
    plan = draw_plan(domain, draw, house, ("column", "column", "count", "sum", "first", "last"), lists=False)
    name = label.name(domain.nouns)
    spec = f"It answers with status 200 and this body: {result_in_english(plan, _marked)}."
    if plan.result in ("first", "last"):
        spec += ' If there is none, it answers with status 404 and the body "none".'
    spec += f" {_query_string(plan)}"
    prompt = VIEW[label.phrasing].format(house=house.name, head=f"`def {name}(request)`", spec=spec, given=_given(domain, house, " already"))
    cases = [Case("ask", (_tables(domain, rows), name, {k: str(v) for k, v in given.items()}), _answered(house, evaluate(plan, rows, given)),
                  f"{name}({_query(given)})") for rows, given in _sets(plan, house, draw)]
    return Task(prompt, "\n    ".join([f"def {name}(request):", *_view_body(plan, house)]), tuple(cases), (name,))


def _query_string(plan: Plan) -> str:
    """What the query string holds."""
    kinds = ", ".join(f"`{name}` (a {'number' if plan.numeric(name) else 'text'})" for name in plan.parameters)
    return f"The query string of the request has {kinds}."


def _query(given: dict[str, Any]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in given.items())


def _answered(house: House, value: Any) -> list[Any]:
    """The status and the body of a reply, as the harness gives them."""
    return [status_of(house, 404), "none"] if value is None else [status_of(house, 200), value]


def status_of(house: House, status: int) -> Any:
    """A status as the house writes it."""
    text = STATUSES[house["statuses"]][status]
    return text.strip('"') if text.startswith('"') else int(text)


def _reader(plan: Plan, house: House) -> Callable[[str], str]:
    return lambda name: f"int({parameter(house, name)})" if plan.numeric(name) else parameter(house, name)


def _view_body(plan: Plan, house: House) -> list[str]:
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    return query_lines(plan, house, _reader(plan, house)) + result_lines(plan, house, lambda value: f"return {reply(house, value)}", none)


def _detail_view(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """The one row with a label, or nothing."""
    name, asked = label.name(domain.noun), draw.choice((domain.group, domain.amount, domain.bucket))
    archived = draw.choice(("all", "live")) if house["hidden"] != "shown" else ""
    included = {"": "", "all": ", archived or not,", "live": ", if it is not archived,"}[archived]
    spec = (f"It answers with status 200 and, as body, the {asked} of the {domain.noun} whose {domain.label} is `{domain.label}`{included}"
            f' or with status 404 and the body "none" if there is no such {domain.noun}. The query string of the request has `{domain.label}` (a text).')
    prompt = VIEW[label.phrasing].format(house=house.name, head=f"`def {name}(request)`", spec=spec, given=_given(domain, house, " already"))
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if archived == "all" else "")
    call = f"{start}.{house['get']}({arguments(house, [(domain.label, parameter(house, domain.label))])})"
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    lines = row_or_nothing(house, call, domain, house["one"] == "raises", none) + [f"return {reply(house, f'row.{asked}')}"]
    cases = []
    for number in range(4):
        rows = _rows(domain, house, draw)
        there = [row for row in rows if not (archived == "live" and row["archived"])]
        absent = draw.choice([label for label in domain.labels if label not in [row[domain.label] for row in there]])
        wanted = absent if number == 2 else draw.choice(there)[domain.label]
        expected = next((row[asked] for row in there if row[domain.label] == wanted), None)
        cases.append(Case("ask", (_tables(domain, rows), name, {domain.label: wanted}), _answered(house, expected), f"{name}(?{domain.label}={wanted})"))
    return Task(prompt, "\n    ".join([f"def {name}(request):", *lines]), tuple(cases), (name,))


# Level 3

def app_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """Several functions: views, routes and checks, under the settings of the app."""
    on = tuple(setting.name for setting in house.settings if draw.chance(0.5))
    here = house.switched(on)
    stated = " and ".join(f"{setting.name} = {setting.name in on}" for setting in house.settings)
    settings = f"app/settings.py says {stated}." if house.settings else ""
    make = draw.choice((_browse, _browse, _admit, _amend))
    head, spec, blocks, cases, names = make(here, domain, label, draw)
    prompt = APP[label.phrasing].format(house=house.name, head=head, spec=spec, given=_given(domain, house, f" already; {settings}").removesuffix("."))
    return Task(prompt, "\n\n".join(blocks), tuple(cases), names, on)


Parts = tuple[str, str, list[str], list[Case], tuple[str, ...]]


def _block(head: str, lines: list[str]) -> str:
    return "\n    ".join([head, *lines])


def _routes(entries: list[str], house: House) -> str:
    ordered = entries if house["wins"] == "first" else entries[::-1]
    return "routes = [\n" + "".join(f"    {entry},\n" for entry in ordered) + "]"


def _browse(house: House, domain: Domain, label: Label, draw: Draw) -> Parts:
    """A list, a special address and a page of each row, by its label."""
    plan = draw_plan(domain, draw, house, ("column", "column", "count", "sum"), lists=False)
    top = Plan(domain, (), ((domain.amount, draw.chance(0.5)),), 0, draw.choice(("first", "last")), domain.label, plan.archived)
    asked, nouns = draw.choice((domain.group, domain.amount)), domain.nouns
    special = draw.choice(("best", "next", "chosen"))
    names = (label.name(nouns), label.name(domain.noun, special), label.name(domain.noun, "open"))
    spec = (f"The address {nouns} goes to {names[0]}: status 200 and {result_in_english(plan, _marked)}. {_query_string(plan)} "
            f"The address {nouns}/{special} goes to {names[1]}: status 200 and the {domain.label} of the {top.result} of all {nouns}{_archived(plan)}, "
            f"{order_in_english(top)}. Any other address {nouns}/NAME goes to {names[2]}: status 200 and the {asked} of the {domain.noun} "
            f'whose {domain.label} is NAME{_archived(plan)}, or status 404 and the body "none" if there is none.')
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if plan.archived == "all" else "")
    order = [sorted_column(house, column, down) for column, down in top.order]
    top_lines = [f"found = {start}.{house['order_by']}({', '.join(order)})", *result_lines(top, house, lambda value: f"return {reply(house, value)}", none)]
    one = row_or_nothing(house, f"{start}.{house['get']}({arguments(house, [(domain.label, 'label')])})", domain, house["one"] == "raises", none)
    blocks = [
        _block(view_head(house, names[0]), _view_body(plan, house)),
        _block(view_head(house, names[1]), top_lines),
        _block(view_head(house, names[2], "label"), [*one, f"return {reply(house, f'row.{asked}')}"]),
        _routes([route(house, nouns, names[0]), route(house, f"{nouns}/{special}", names[1]),
                 route(house, f"{nouns}/{varying(house, 'str', 'label')}", names[2])], house),
    ]
    cases = []
    for number, (rows, given) in enumerate(_sets(plan, house, draw)):
        there = [row for row in rows if not (plan.archived == "live" and row["archived"])]
        wanted = draw.choice(there)[domain.label] if number != 1 else "Nobody"
        listed = [nouns, {name: str(value) for name, value in given.items()}]
        steps = [listed] if number == 0 else [[f"{nouns}/{special}", {}], [f"{nouns}/{wanted}", {}], listed]
        single = next((row[asked] for row in there if row[domain.label] == wanted), None)
        right = {nouns: evaluate(plan, rows, given), f"{nouns}/{special}": evaluate(top, rows, {}), f"{nouns}/{wanted}": single}
        expected = [_answered(house, right[address]) for address, _ in steps]
        cases.append(Case("visit", (_tables(domain, rows), steps), expected, _addresses(steps)))
    return f"three views ({', '.join(names)}) and the list `routes`", spec, blocks, cases, (*names, "routes")


def _archived(plan: Plan) -> str:
    return {"": "", "all": " (archived ones included)", "live": " (archived ones left out)"}[plan.archived]


def _addresses(steps: list[list[Any]]) -> str:
    return "visiting " + ", ".join(address + (_query(params) if params else "") for address, params in steps)


def _checks(house: House, domain: Domain, limits: tuple[int, str], names: tuple[str, str]) -> list[str]:
    """Two checks and their registration; the amount's comes first in effect."""
    def refuse(message: str) -> list[str]:
        if house["told"] == "raise":
            return [f'raise {house["ValidationError"]}("{message}")']
        return [f'return "{message}"' if house["told"] == "text" else f'return True, "{message}"']

    fine = {"raise": [], "text": ["return None"], "pair": ['return False, ""']}[house["told"]]
    tests = (f"value < {limits[0]}", f'not value.startswith("{limits[1]}")')
    columns, messages = (domain.amount, domain.label), (f"{domain.amount} too small", f"{domain.label} unfit")
    blocks = [_block(f"def {name}(value):", [f"if {test}:", *(f"    {line}" for line in refuse(message)), *fine])
              for name, test, message in zip(names, tests, messages)]
    registered = [f'{house["validator"]}({domain.model}, "{column}", {name})' for column, name in zip(columns, names)]
    return [*blocks, "\n".join(registered if house["checks"] == "first" else registered[::-1])]


def _admit(house: House, domain: Domain, label: Label, draw: Draw) -> Parts:
    """A view that adds a row under two checks, and one that counts."""
    least, letter = draw.integer(5, 30), draw.choice(domain.labels)[0]
    checks, views = (f"check_{domain.amount}", f"check_{domain.label}"), (label.name(domain.noun, "add"), label.name(domain.nouns))
    counted = Plan(domain, (Condition(draw.chance(0.5), domain.amount, draw.choice(("gt", "lt")), "bound", True),), (), 0, "count", "",
                   "all" if house["hidden"] != "shown" else "")
    spec = (f"{checks[0]} refuses a {domain.amount} under {least} with the message \"{domain.amount} too small\"; {checks[1]} refuses a {domain.label} that "
            f'does not start with "{letter}" with the message "{domain.label} unfit"; both are registered for {domain.model}, and where both refuse, '
            f"the message about the {domain.amount} is told. The address add goes to {views[0]}: it adds a {domain.noun} with the `{domain.label}` and the "
            f"`{domain.amount}` (a number) of the query string and answers with status 201 and its running number, "
            f"or with status 400 and the message. The address count goes to {views[1]}: status 200 and {result_in_english(counted, _marked)}. "
            f"{_query_string(counted)}")
    new = arguments(house, [(domain.label, parameter(house, domain.label)), (domain.amount, f"int({parameter(house, domain.amount)})")])
    lines = ["try:", f"    row = {domain.model}.{house['objects']}.{house['create']}({new})", f"except {house['ValidationError']} as refusal:",
             f"    return {reply(house, 'str(refusal)', 400)}", f"return {reply(house, 'row.' + house['id'], 201)}"]
    blocks = [*_checks(house, domain, (least, letter), checks), _block(view_head(house, views[0]), lines),
              _block(view_head(house, views[1]), _view_body(counted, house)),
              _routes([route(house, "add", views[0]), route(house, "count", views[1])], house)]
    cases = []
    for number in range(4):
        rows = _rows(domain, house, draw)
        small, unfit = number in (1, 3), number in (2, 3)
        amount = draw.integer(1, least - 1) if small else draw.integer(least, 70)
        others = [label for label in domain.labels if not label.startswith(letter)]
        fresh = draw.choice(others) if unfit else letter + "orin"
        bound = draw.choice(rows)[domain.amount]
        full = [*rows] if small or unfit else [*rows, {domain.label: fresh, domain.amount: amount, "archived": False}]
        added = [status_of(house, 400), f"{domain.amount} too small" if small else f"{domain.label} unfit"] if small or unfit \
            else [status_of(house, 201), len(rows) + 1]
        steps = [["add", {domain.label: fresh, domain.amount: str(amount)}], ["count", {"bound": str(bound)}]]
        cases.append(Case("visit", (_tables(domain, rows), steps), [added, _answered(house, evaluate(counted, full, {"bound": bound}))], _addresses(steps)))
    return f"two checks ({checks[0]}, {checks[1]}), two views ({views[0]}, {views[1]}) and the list `routes`", spec, blocks, cases, (*checks, *views, "routes")


def _amend(house: House, domain: Domain, label: Label, draw: Draw) -> Parts:
    """A view that changes a row by its number under a check, and one that lists."""
    least = draw.integer(5, 30)
    check, views = f"check_{domain.amount}", (label.name(domain.noun, "change"), label.name(domain.nouns))
    archived, either = ("all", ", archived or not,") if house["hidden"] != "shown" else ("", "")
    plan = Plan(domain, (Condition(draw.chance(0.5), domain.amount, draw.choice(("gt", "lt")), "bound", True),),
                ((domain.amount, draw.chance(0.5)),), draw.choice((0, 2, 3)), "column", domain.label, archived)
    spec = (f"{check} refuses a {domain.amount} under {least} with the message \"{domain.amount} too small\" and is registered for {domain.model}. "
            f"The address change/NUMBER goes to {views[0]}: it sets the {domain.amount} of the {domain.noun} with that running number{either} to the "
            f"`value` (a number) of the query string, stores it and answers with status 200 and the {domain.label} of the {domain.noun}, with status 404 and the body "
            f'"none" if there is no such {domain.noun}, or with status 400 and the message of the check. The address list goes to {views[1]}: status 200 and '
            f"{result_in_english(plan, _marked)}. {_query_string(plan)}")
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if archived else "")
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    lines = [*row_or_nothing(house, f"{start}.{house['get']}({arguments(house, [(house['id'], 'number')])})", domain, house["one"] == "raises", none),
             f"row.{domain.amount} = int({parameter(house, 'value')})", "try:", f"    row.{house['save']}()", f"except {house['ValidationError']} as refusal:",
             f"    return {reply(house, 'str(refusal)', 400)}", f"return {reply(house, 'row.' + domain.label)}"]
    blocks = [_checks(house, domain, (least, ""), (check, ""))[0], f'{house["validator"]}({domain.model}, "{domain.amount}", {check})',
              _block(view_head(house, views[0], "number"), lines), _block(view_head(house, views[1]), _view_body(plan, house)),
              _routes([route(house, f"change/{varying(house, 'int', 'number')}", views[0]), route(house, "list", views[1])], house)]
    cases = []
    for kind in (0, 1, 0, 2):
        rows = _rows(domain, house, draw)
        number, value = (draw.integer(1, ROWS) if kind != 1 else ROWS + 3), (draw.integer(61, 90) if kind != 2 else draw.integer(1, least - 1))
        after = [{**row, domain.amount: value} if place + 1 == number and kind == 0 else row for place, row in enumerate(rows)]
        bound = draw.choice(rows)[domain.amount]
        changed = {0: [status_of(house, 200), rows[(number - 1) % ROWS][domain.label]], 1: [status_of(house, 404), "none"],
                   2: [status_of(house, 400), f"{domain.amount} too small"]}[kind]
        steps = [[f"change/{number}", {"value": str(value)}]]
        expected = [changed]
        if kind != 2:  # what a refused row holds afterwards is not asked
            steps.append(["list", {"bound": str(bound)}])
            expected.append(_answered(house, evaluate(plan, after, {"bound": bound})))
        cases.append(Case("visit", (_tables(domain, rows), steps), expected, _addresses(steps)))
    return f"the check {check}, two views ({views[0]}, {views[1]}) and the list `routes`", spec, blocks, cases, (check, *views, "routes")


MAKERS = {1: function_task, 2: view_task, 3: app_task}


def task_of(house: House, level: int, label: Label, draw: Draw) -> Task:
    """One task of a level."""
    return MAKERS[level](house, draw.choice(DOMAINS), label, draw)

