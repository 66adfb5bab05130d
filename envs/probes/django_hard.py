"""The hard items of the Django probe: functions, forms, views, routes and templates of a few lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clgym.envs.probes.django_items import Drawn, ReadItem, Task, drawn, fields_of
from clgym.seeding import Draw

#: Arguments of the harness with the right result.
Cases = list[tuple[tuple[Any, ...], Any]]
#: Functions are named differently, so that two tasks of one kind differ.
_VERBS = ("find", "list", "collect", "look_up")


def _code(spec: str, solution: str, function: str, cases: Cases, fields: str = "") -> Task:
    name = re.match(r"(?:def|class)? ?(\w+)", solution)
    assert name is not None
    return Task(spec, solution, "code", function, tuple(cases), fields, name[1])


def _called(d: Drawn, name: str, arguments: list[list[Any]], right: Callable[..., Any]) -> Cases:
    """Cases of a function on a table."""
    return [(({d.model.name: rows}, name, given), right(rows, *given)) for rows in d.tables for given in arguments]


def _either(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"{draw.choice(_VERBS)}_{d.model.nouns}"
    spec = (
        f"a function {name}(group, bound) that returns a list of the {m.label} of all {m.nouns} whose {m.group} is `group` "
        f"or whose {m.number} is "
        f"greater than `bound`, sorted by {m.label}"
    )
    solution = (
        f"def {name}(group, bound):\n    found = {m.name}.objects.filter(models.Q({m.group}=group) | "
        f"models.Q({m.number}__gt=bound))\n"
        f'    return list(found.order_by("{m.label}").values_list("{m.label}", flat=True))'
    )
    return _code(
        spec,
        solution,
        "call",
        _called(
            d,
            name,
            [[d.group, d.bound], ["nobody", 5]],
            lambda rows, group, bound: sorted(row[0] for row in rows if row[1] == group or row[2] > bound),
        ),
        fields_of(m),
    )


def _average(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"total_{d.model.number}"
    spec = (
        f"a function {name}(group) that returns the sum of the {m.number} of all {m.nouns} whose {m.group} is `group`, and "
        "0 if there are none"
    )
    solution = (
        f"def {name}(group):\n    found = {m.name}.objects.filter({m.group}=group)\n"
        f'    return found.aggregate(total=models.Sum("{m.number}"))["total"] or 0'
    )
    return _code(
        spec,
        solution,
        "call",
        _called(d, name, [[d.group], ["nobody"]], lambda rows, group: sum(row[2] for row in rows if row[1] == group)),
        fields_of(m),
    )


def _grouped(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"count_{d.model.nouns}"
    spec = f"a function {name}() that returns a dict from each {m.group} to the number of its {m.nouns}"
    solution = (
        f'def {name}():\n    found = {m.name}.objects.values_list("{m.group}").annotate(models.Count("id")).order_by()\n    '
        "return dict(found)"
    )
    return _code(
        spec,
        solution,
        "call",
        _called(d, name, [[]], lambda rows: {row[1]: sum(other[1] == row[1] for other in rows) for row in rows}),
        fields_of(m),
    )


def _raised(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"raise_{d.model.number}"
    spec = (
        f"a function {name}(group, step) that adds `step` to the {m.number} of all {m.nouns} whose {m.group} is `group`, "
        "with a single query, and "
        "returns how many rows that were"
    )
    solution = (
        f"def {name}(group, step):\n    return "
        f'{m.name}.objects.filter({m.group}=group).update({m.number}=models.F("{m.number}") + step)'
    )
    cases = [
        (
            ({m.name: rows}, name, [d.group, 3], m.name),
            [
                sum(row[1] == d.group for row in rows),
                [[row[0], row[1], row[2] + 3 if row[1] == d.group else row[2]] for row in rows],
            ],
        )
        for rows in d.tables
    ]
    return _code(spec, solution, "call_and_table", cases, fields_of(m))


def _detail(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"show_{d.model.name.lower()}"
    spec = (
        f"a view {name}(request, key) that answers with JSON: an object with the {m.label} and the {m.number} of the "
        f"{m.name.lower()} with the primary "
        "key `key`, or with status 404 if there is none"
    )
    solution = (
        f"def {name}(request, key):\n    row = {m.name}.objects.filter(pk=key).first()\n    if row is None:\n"
        f'        return JsonResponse({{}}, status=404)\n    return JsonResponse({{"{m.label}": row.{m.label}, '
        f'"{m.number}": row.{m.number}}})'
    )
    cases: Cases = [
        (
            ({m.name: rows}, name, {}, [key]),
            [200, {m.label: rows[key - 1][0], m.number: rows[key - 1][2]}] if key < 7 else [404, None],
        )
        for rows, key in zip(d.tables * 2, (2, 5, 9, 6))
    ]
    return _code(spec, solution, "json_view", cases, fields_of(m))


def _searching(draw: Draw) -> Task:
    d = drawn(draw)
    m, name = d.model, f"search_{d.model.nouns}"
    spec = (
        f"a view {name}(request) that answers with JSON: an object with one key, found, whose value is the list of the "
        f"{m.label} of all {m.nouns} whose "
        f"{m.label} contains the query string's `q`, in whatever case, sorted by {m.label}; without `q` the list is empty"
    )
    solution = (
        f'def {name}(request):\n    part = request.GET.get("q", "")\n    found = '
        f"{m.name}.objects.filter({m.label}__icontains=part) if part else []\n"
        f'    return JsonResponse({{"found": sorted(row.{m.label} for row in found)}})'
    )
    cases: Cases = [
        (
            ({m.name: rows}, name, {"q": part} if part else {}, []),
            [200, {"found": sorted(row[0] for row in rows if part and part.lower() in row[0].lower())}],
        )
        for rows, part in zip(d.tables * 2, ("e", "O", "", "r"))
    ]
    return _code(spec, solution, "json_view", cases, fields_of(m))


def _form(draw: Draw) -> Task:
    kind, least = draw.choice((("Order", 1), ("Booking", 2), ("Signup", 18), ("Ticket", 5)))
    name, number = f"{kind}Form", {"Order": "amount", "Booking": "guests", "Signup": "age", "Ticket": "seat"}[kind]
    longest = draw.integer(5, 9)
    spec = (
        f"a form class {name} with a field name (a text of at most {longest} characters), a field {number} (a whole number "
        f"of at least {least}) and a "
        "field mail (an e-mail address that may be left out)"
    )
    solution = (
        f"class {name}(forms.Form):\n    name = forms.CharField(max_length={longest})\n    {number} = "
        f"forms.IntegerField(min_value={least})\n"
        "    mail = forms.EmailField(required=False)"
    )
    good = {"name": "Kim", number: str(least)}
    given = [
        (good, []),
        ({**good, "name": "x" * (longest + 1)}, ["name"]),
        ({**good, number: str(least - 1)}, [number]),
        ({**good, "mail": "kim"}, ["mail"]),
        ({}, sorted(["name", number])),
        ({**good, "mail": "kim@example.org", "name": "x" * longest}, []),
    ]
    return _code(spec, solution, "form_errors", [((name, data), wrong) for data, wrong in given])


def _routes(draw: Draw) -> Task:
    noun = draw.choice(("book", "song", "dog", "car", "photo", "recipe"))
    spec = (
        f'the list urlpatterns: "{noun}s/" goes to the view list_{noun}s, "{noun}s/" with a whole number `key` and a slash '
        f"behind it to show_{noun}, and "
        f'"{noun}s/" with a slug `slug`, a slash and "edit/" to edit_{noun} (all three views are imported)'
    )
    solution = (
        f'urlpatterns = [\n    path("{noun}s/", list_{noun}s),\n    path("{noun}s/<int:key>/", show_{noun}),\n'
        f'    path("{noun}s/<slug:slug>/edit/", edit_{noun}),\n]'
    )
    views = [f"list_{noun}s", f"show_{noun}", f"edit_{noun}"]
    cases = [
        (f"{noun}s/", [views[0], {}]),
        (f"{noun}s/42/", [views[1], {"key": 42}]),
        (f"{noun}s/red-one/edit/", [views[2], {"slug": "red-one"}]),
        (f"{noun}s/red-one/", None),
        (f"{noun}s/1.5/", None),
    ]
    return _code(spec, solution, "patterns", [((address, views), right) for address, right in cases])


def _loop(draw: Draw) -> Task:
    items, item, none = draw.choice(
        (("books", "book", "no books"), ("names", "name", "nobody"), ("tags", "tag", "no tags"), ("cities", "city", "nowhere"))
    )
    mark, work = draw.choice((("upper", str.upper), ("lower", str.lower), ("capfirst", str.capitalize)))
    spec = (
        f"the Django template code that shows every {item} of the list {items} through the filter {mark}, each with a "
        "semicolon behind it and nothing "
        f'else, and the text "{none}" where the list is empty'
    )
    solution = f"{{% for {item} in {items} %}}{{{{ {item}|{mark} }}}};{{% empty %}}{none}{{% endfor %}}"
    cases = [((({items: given}),), "".join(f"{work(text)};" for text in given) or none) for given in (["sea", "oak"], [], ["elm"])]
    return Task(spec, solution, "template", "render", tuple(cases))


def _conditional(draw: Draw) -> Task:
    name, bound = draw.choice(("count", "age", "score", "stock")), draw.integer(3, 18)
    low, high = draw.choice((("few", "many"), ("low", "high"), ("no", "yes"), ("small", "large")))
    spec = (
        f'the Django template code that shows the text "{high}" where the variable {name} is at least {bound}, the text '
        f'"{low}" where it is less, and nothing '
        "where it is missing"
    )
    solution = f"{{% if {name} is not None %}}{{% if {name} >= {bound} %}}{high}{{% else %}}{low}{{% endif %}}{{% endif %}}"
    cases = [(({name: value},), high if value >= bound else low) for value in (bound, bound - 1, bound + 2, 0)] + [(({},), "")]
    return Task(spec, solution, "template", "render", tuple(cases))


def _read_order(draw: Draw) -> ReadItem:
    names = draw.sample(("Ada", "Ben", "Eva", "Ida", "Kim", "Lee", "Max", "Tom"), 4)
    ages = draw.sample(range(20, 60), 4)
    stored = ", ".join(f"{name} ({age})" for name, age in zip(names, ages))
    left = [pair for pair in zip(ages, names) if pair[0] != min(ages)]
    place = draw.integer(0, 2)
    answer = sorted(left, reverse=True)[place][1]
    return ReadItem(
        f"Stored are these persons with their age: {stored}. What does "
        f'Person.objects.exclude(age={min(ages)}).order_by("-age")[{place}].name '
        "return in Django? Answer with the name only.",
        answer,
    )


def _read_chain(draw: Draw) -> ReadItem:
    numbers = draw.sample(range(1, 10), 5)
    low, high = sorted(draw.sample(range(2, 9), 2))
    answer = sum(low <= n < high for n in numbers)
    return ReadItem(
        f"Rows with the value {', '.join(map(str, numbers))} are stored. What does "
        f"Row.objects.filter(value__gte={low}).exclude(value__gte={high})"
        ".count() return in Django? Answer with the number only.",
        str(answer),
    )


#: Templates of the hard level.
HARD: tuple[Callable[[Draw], Task | ReadItem], ...] = (
    _either,
    _average,
    _grouped,
    _raised,
    _detail,
    _searching,
    _form,
    _routes,
    _loop,
    _conditional,
    _read_order,
    _read_chain,
)
