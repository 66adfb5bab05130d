"""The tasks of level 3: several views, checks and routes, under the settings of the app."""

from __future__ import annotations

from typing import Any

from clgym.envs.framework.domains import DOMAINS, Domain
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import (
    Condition,
    Plan,
    draw_plan,
    evaluate,
    order_in_english,
    result_in_english,
    result_lines,
    row_or_nothing,
)
from clgym.envs.framework.prompts import APP, Label
from clgym.envs.framework.tasks import (
    ROWS,
    Case,
    Task,
    answered,
    drawn_rows,
    drawn_sets,
    function_task,
    imported,
    marked,
    query_string,
    query_text,
    status_of,
    tables_of,
    view_body,
    view_task,
)
from clgym.envs.framework.writing import arguments, parameter, reply, route, sorted_column, varying, view_head
from clgym.seeding import Draw

# Level 3


def app_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """Several functions: views, routes and checks, under the settings of the app."""
    on = tuple(setting.name for setting in house.settings if draw.chance(0.5))
    here = house.switched(on)
    stated = " and ".join(f"{setting.name} = {setting.name in on}" for setting in house.settings)
    settings = f"app/settings.py says {stated}." if house.settings else ""
    make = draw.choice((_browse, _browse, _admit, _amend))
    head, spec, blocks, cases, names = make(here, domain, label, draw)
    prompt = APP[label.phrasing].format(
        house=house.name, head=head, spec=spec, given=imported(domain, house, f" already; {settings}").removesuffix(".")
    )
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
    answer_column, nouns = draw.choice((domain.group, domain.amount)), domain.nouns
    special = draw.choice(("best", "next", "chosen"))
    names = (label.name(nouns), label.name(domain.noun, special), label.name(domain.noun, "open"))
    spec = (
        f"The address {nouns} goes to {names[0]}: status 200 and {result_in_english(plan, marked)}. {query_string(plan)} "
        f"The address {nouns}/{special} goes to {names[1]}: status 200 and the {domain.label} of the {top.result} of all "
        f"{nouns}{_archived(plan)}, "
        f"{order_in_english(top)}. Any other address {nouns}/NAME goes to {names[2]}: status 200 and the {answer_column} of the "
        f"{domain.noun} "
        f'whose {domain.label} is NAME{_archived(plan)}, or status 404 and the body "none" if there is none.'
    )
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if plan.archived == "all" else "")
    order = [sorted_column(house, column, down) for column, down in top.order]
    top_lines = [
        f"found = {start}.{house['order_by']}({', '.join(order)})",
        *result_lines(top, house, lambda value: f"return {reply(house, value)}", none),
    ]
    one = row_or_nothing(
        house, f"{start}.{house['get']}({arguments(house, [(domain.label, 'label')])})", domain, house["one"] == "raises", none
    )
    blocks = [
        _block(view_head(house, names[0]), view_body(plan, house)),
        _block(view_head(house, names[1]), top_lines),
        _block(view_head(house, names[2], "label"), [*one, f"return {reply(house, f'row.{answer_column}')}"]),
        _routes(
            [
                route(house, nouns, names[0]),
                route(house, f"{nouns}/{special}", names[1]),
                route(house, f"{nouns}/{varying(house, 'str', 'label')}", names[2]),
            ],
            house,
        ),
    ]
    cases = []
    for number, (rows, given) in enumerate(drawn_sets(plan, house, draw)):
        there = [row for row in rows if not (plan.archived == "live" and row["archived"])]
        wanted = draw.choice(there)[domain.label] if number != 1 else "Nobody"
        listed = [nouns, {name: str(value) for name, value in given.items()}]
        steps: list[list[Any]] = [listed] if number == 0 else [[f"{nouns}/{special}", {}], [f"{nouns}/{wanted}", {}], listed]
        single = next((row[answer_column] for row in there if row[domain.label] == wanted), None)
        right = {nouns: evaluate(plan, rows, given), f"{nouns}/{special}": evaluate(top, rows, {}), f"{nouns}/{wanted}": single}
        expected = [answered(house, right[address]) for address, _ in steps]
        cases.append(Case("visit", (tables_of(domain, rows), steps), expected, _addresses(steps)))
    return f"three views ({', '.join(names)}) and the list `routes`", spec, blocks, cases, (*names, "routes")


def _archived(plan: Plan) -> str:
    return {"": "", "all": " (archived ones included)", "live": " (archived ones left out)"}[plan.archived]


def _addresses(steps: list[list[Any]]) -> str:
    return "visiting " + ", ".join(address + (query_text(params) if params else "") for address, params in steps)


def _checks(house: House, domain: Domain, limits: tuple[int, str], names: tuple[str, str]) -> list[str]:
    """Two checks and their registration; the amount's comes first in effect."""

    def refuse(message: str) -> list[str]:
        if house["told"] == "raise":
            return [f'raise {house["ValidationError"]}("{message}")']
        return [f'return "{message}"' if house["told"] == "text" else f'return True, "{message}"']

    fine = {"raise": [], "text": ["return None"], "pair": ['return False, ""']}[house["told"]]
    tests = (f"value < {limits[0]}", f'not value.startswith("{limits[1]}")')
    columns, messages = (domain.amount, domain.label), (f"{domain.amount} too small", f"{domain.label} unfit")
    blocks = [
        _block(f"def {name}(value):", [f"if {test}:", *(f"    {line}" for line in refuse(message)), *fine])
        for name, test, message in zip(names, tests, messages)
    ]
    registered = [f'{house["validator"]}({domain.model}, "{column}", {name})' for column, name in zip(columns, names)]
    return [*blocks, "\n".join(registered if house["checks"] == "first" else registered[::-1])]


def _admit(house: House, domain: Domain, label: Label, draw: Draw) -> Parts:
    """A view that adds a row under two checks, and one that counts."""
    least, letter = draw.integer(5, 30), draw.choice(domain.labels)[0]
    checks, views = (
        (f"check_{domain.amount}", f"check_{domain.label}"),
        (label.name(domain.noun, "add"), label.name(domain.nouns)),
    )
    counted = Plan(
        domain,
        (Condition(draw.chance(0.5), domain.amount, draw.choice(("gt", "lt")), "bound", True),),
        (),
        0,
        "count",
        "",
        "all" if house["hidden"] != "shown" else "",
    )
    spec = (
        f'{checks[0]} refuses a {domain.amount} under {least} with the message "{domain.amount} too small"; {checks[1]} '
        f"refuses a {domain.label} that "
        f'does not start with "{letter}" with the message "{domain.label} unfit"; both are registered for {domain.model}, '
        "and where both refuse, "
        f"the message about the {domain.amount} is told. The address add goes to {views[0]}: it adds a {domain.noun} with "
        f"the `{domain.label}` and the "
        f"`{domain.amount}` (a number) of the query string and answers with status 201 and its running number, "
        f"or with status 400 and the message. The address count goes to {views[1]}: status 200 and "
        f"{result_in_english(counted, marked)}. "
        f"{query_string(counted)}"
    )
    new = arguments(
        house, [(domain.label, parameter(house, domain.label)), (domain.amount, f"int({parameter(house, domain.amount)})")]
    )
    lines = [
        "try:",
        f"    row = {domain.model}.{house['objects']}.{house['create']}({new})",
        f"except {house['ValidationError']} as refusal:",
        f"    return {reply(house, 'str(refusal)', 400)}",
        f"return {reply(house, 'row.' + house['id'], 201)}",
    ]
    blocks = [
        *_checks(house, domain, (least, letter), checks),
        _block(view_head(house, views[0]), lines),
        _block(view_head(house, views[1]), view_body(counted, house)),
        _routes([route(house, "add", views[0]), route(house, "count", views[1])], house),
    ]
    cases = []
    for number in range(4):
        rows = drawn_rows(domain, house, draw)
        small, unfit = number in (1, 3), number in (2, 3)
        amount = draw.integer(1, least - 1) if small else draw.integer(least, 70)
        others = [label for label in domain.labels if not label.startswith(letter)]
        fresh = draw.choice(others) if unfit else letter + "orin"
        bound = draw.choice(rows)[domain.amount]
        full = [*rows] if small or unfit else [*rows, {domain.label: fresh, domain.amount: amount, "archived": False}]
        added = (
            [status_of(house, 400), f"{domain.amount} too small" if small else f"{domain.label} unfit"]
            if small or unfit
            else [status_of(house, 201), len(rows) + 1]
        )
        steps = [["add", {domain.label: fresh, domain.amount: str(amount)}], ["count", {"bound": str(bound)}]]
        cases.append(
            Case(
                "visit",
                (tables_of(domain, rows), steps),
                [added, answered(house, evaluate(counted, full, {"bound": bound}))],
                _addresses(steps),
            )
        )
    return (
        f"two checks ({checks[0]}, {checks[1]}), two views ({views[0]}, {views[1]}) and the list `routes`",
        spec,
        blocks,
        cases,
        (*checks, *views, "routes"),
    )


def _amend(house: House, domain: Domain, label: Label, draw: Draw) -> Parts:
    """A view that changes a row by its number under a check, and one that lists."""
    least = draw.integer(5, 30)
    check, views = f"check_{domain.amount}", (label.name(domain.noun, "change"), label.name(domain.nouns))
    archived, either = ("all", ", archived or not,") if house["hidden"] != "shown" else ("", "")
    plan = Plan(
        domain,
        (Condition(draw.chance(0.5), domain.amount, draw.choice(("gt", "lt")), "bound", True),),
        ((domain.amount, draw.chance(0.5)),),
        draw.choice((0, 2, 3)),
        "column",
        domain.label,
        archived,
    )
    spec = (
        f'{check} refuses a {domain.amount} under {least} with the message "{domain.amount} too small" and is registered '
        f"for {domain.model}. "
        f"The address change/NUMBER goes to {views[0]}: it sets the {domain.amount} of the {domain.noun} with that running "
        f"number{either} to the "
        f"`value` (a number) of the query string, stores it and answers with status 200 and the {domain.label} of the "
        f"{domain.noun}, with status 404 and the body "
        f'"none" if there is no such {domain.noun}, or with status 400 and the message of the check. The address list goes '
        f"to {views[1]}: status 200 and "
        f"{result_in_english(plan, marked)}. {query_string(plan)}"
    )
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if archived else "")
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    lines = [
        *row_or_nothing(
            house, f"{start}.{house['get']}({arguments(house, [(house['id'], 'number')])})", domain, house["one"] == "raises", none
        ),
        f"row.{domain.amount} = int({parameter(house, 'value')})",
        "try:",
        f"    row.{house['save']}()",
        f"except {house['ValidationError']} as refusal:",
        f"    return {reply(house, 'str(refusal)', 400)}",
        f"return {reply(house, 'row.' + domain.label)}",
    ]
    blocks = [
        _checks(house, domain, (least, ""), (check, ""))[0],
        f'{house["validator"]}({domain.model}, "{domain.amount}", {check})',
        _block(view_head(house, views[0], "number"), lines),
        _block(view_head(house, views[1]), view_body(plan, house)),
        _routes([route(house, f"change/{varying(house, 'int', 'number')}", views[0]), route(house, "list", views[1])], house),
    ]
    cases = []
    for kind in (0, 1, 0, 2):
        rows = drawn_rows(domain, house, draw)
        number, value = (
            (draw.integer(1, ROWS) if kind != 1 else ROWS + 3),
            (draw.integer(61, 90) if kind != 2 else draw.integer(1, least - 1)),
        )
        after = [{**row, domain.amount: value} if place + 1 == number and kind == 0 else row for place, row in enumerate(rows)]
        bound = draw.choice(rows)[domain.amount]
        changed = {
            0: [status_of(house, 200), rows[(number - 1) % ROWS][domain.label]],
            1: [status_of(house, 404), "none"],
            2: [status_of(house, 400), f"{domain.amount} too small"],
        }[kind]
        steps = [[f"change/{number}", {"value": str(value)}]]
        expected = [changed]
        if kind != 2:  # what a refused row holds afterwards is not asked
            steps.append(["list", {"bound": str(bound)}])
            expected.append(answered(house, evaluate(plan, after, {"bound": bound})))
        cases.append(Case("visit", (tables_of(domain, rows), steps), expected, _addresses(steps)))
    return (
        f"the check {check}, two views ({views[0]}, {views[1]}) and the list `routes`",
        spec,
        blocks,
        cases,
        (check, *views, "routes"),
    )


MAKERS = {1: function_task, 2: view_task, 3: app_task}


def task_of(house: House, level: int, label: Label, draw: Draw) -> Task:
    """One task of a level."""
    return MAKERS[level](house, draw.choice(DOMAINS), label, draw)
