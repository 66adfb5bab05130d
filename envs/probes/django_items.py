"""The items of the Django probe: templates with their data, the oracle's code and results worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clgym.seeding import Draw


class Model(NamedTuple):
    """A model of the probe's app: a text that names a row, a text that repeats, a number."""

    name: str
    label: str
    group: str
    number: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def nouns(self) -> str:
        """Several of them."""
        return self.name.lower() + "s"


class Task(NamedTuple):
    """Something to write. ``wrap`` is "expression", "template" or "code"; ``function`` is the harness's.

    ``cases`` are (arguments of the harness, right result); ``name`` is what code must define.
    """

    spec: str
    solution: str
    wrap: str
    function: str
    cases: tuple[tuple[tuple[Any, ...], Any], ...]
    fields: str = ""
    name: str = ""


class ReadItem(NamedTuple):
    """Something to know or to read: text compared with text."""

    prompt: str
    answer: str
    accepted: tuple[str, ...] = ()


MODELS = (
    Model(
        "Book",
        "title",
        "author",
        "price",
        ("Dunes", "Harbor", "Winter", "Echoes", "Lanterns", "Orchard", "Rivers"),
        ("Kim", "Lee", "Ada", "Max"),
    ),
    Model(
        "Song",
        "title",
        "singer",
        "length",
        ("Daylight", "Sparrow", "Thunder", "Velvet", "Mirrors", "Gravel", "Shore"),
        ("Eva", "Tom", "Ida", "Ben"),
    ),
    Model(
        "Dog",
        "name",
        "breed",
        "age",
        ("Rex", "Bella", "Milo", "Luna", "Oscar", "Ruby", "Coco"),
        ("boxer", "husky", "poodle", "collie"),
    ),
    Model(
        "Car",
        "plate",
        "brand",
        "price",
        ("Falcon", "Comet", "Ranger", "Pioneer", "Titan", "Meteor", "Nomad"),
        ("Ford", "Fiat", "Opel", "Seat"),
    ),
)

Row = list[Any]
Tables = dict[str, list[Row]]


def table(model: Model, draw: Draw, group: str) -> list[Row]:
    """Six rows (label, group, number), two of the group at least, numbers all different."""
    labels, numbers = draw.sample(model.labels, 6), draw.sample(range(2, 40), 6)
    groups = [group, group, *(draw.choice(model.groups) for _ in range(4))]
    return [[label, kind, number] for label, kind, number in zip(labels, draw.shuffled(groups), numbers)]


class Drawn(NamedTuple):
    """What a template draws: a model, one of its groups, a bound, and two tables."""

    model: Model
    group: str
    bound: int
    tables: tuple[list[Row], list[Row]]


def drawn(draw: Draw) -> Drawn:
    """A model with two tables; the bound is a number of the first, so that "greater than" and "at least" differ."""
    model = draw.choice(MODELS)
    group = draw.choice(model.groups)
    tables = table(model, draw, group), table(model, draw, group)
    return Drawn(model, group, sorted(row[2] for row in tables[0])[draw.integer(2, 3)], tables)


def query(spec: str, solution: str, d: Drawn, right: Callable[[list[Row]], Any], function: str = "rows") -> Task:
    """A task on one table, with both tables as cases."""
    cases = tuple((({d.model.name: rows},), right(rows)) for rows in d.tables)
    return Task(spec, solution, "expression", function, cases, fields_of(d.model))


def fields_of(model: Model) -> str:
    """The sentence that describes a model."""
    return f"The Django model {model.name} has the fields {model.label}, {model.group} and {model.number}."


def _labels(rows: list[Row]) -> list[str]:
    return sorted(row[0] for row in rows)


def _of_group(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    return query(
        f"all {m.nouns} whose {m.group} is {d.group}",
        f'{m.name}.objects.filter({m.group}="{d.group}")',
        d,
        lambda rows: _labels([row for row in rows if row[1] == d.group]),
    )


def _not_of_group(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    return query(
        f"all {m.nouns} whose {m.group} is not {d.group}",
        f'{m.name}.objects.exclude({m.group}="{d.group}")',
        d,
        lambda rows: _labels([row for row in rows if row[1] != d.group]),
    )


def _over(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    return query(
        f"all {m.nouns} whose {m.number} is greater than {d.bound}",
        f"{m.name}.objects.filter({m.number}__gt={d.bound})",
        d,
        lambda rows: _labels([row for row in rows if row[2] > d.bound]),
    )


def _under(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    return query(
        f"all {m.nouns} whose {m.number} is less than {d.bound}",
        f"{m.name}.objects.filter({m.number}__lt={d.bound})",
        d,
        lambda rows: _labels([row for row in rows if row[2] < d.bound]),
    )


def _starting(draw: Draw) -> Task:
    d = drawn(draw)
    m, letter = d.model, draw.choice(d.model.labels)[0]
    return query(
        f'all {m.nouns} whose {m.label} starts with "{letter}"',
        f'{m.name}.objects.filter({m.label}__startswith="{letter}")',
        d,
        lambda rows: _labels([row for row in rows if row[0].startswith(letter)]),
    )


def _sorted(draw: Draw) -> Task:
    d = drawn(draw)
    m, down = d.model, draw.chance(0.5)
    mark, ordering = ("-", ", the highest first") if down else ("", "")
    return query(
        f"all {m.nouns} sorted by {m.number}{ordering}",
        f'{m.name}.objects.order_by("{mark}{m.number}")',
        d,
        lambda rows: [row[0] for row in sorted(rows, key=lambda row: row[2], reverse=down)],
        "ordered",
    )


def _counted(draw: Draw) -> Task:
    d = drawn(draw)
    m, one = d.model, draw.chance(0.5)
    if one:
        return query(
            f"the number of {m.nouns} whose {m.group} is {d.group}",
            f'{m.name}.objects.filter({m.group}="{d.group}").count()',
            d,
            lambda rows: sum(row[1] == d.group for row in rows),
        )
    return query(
        f"the number of {m.nouns} whose {m.number} is greater than {d.bound}",
        f"{m.name}.objects.filter({m.number}__gt={d.bound}).count()",
        d,
        lambda rows: sum(row[2] > d.bound for row in rows),
    )


def _single(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    label = draw.choice([row[0] for row in d.tables[0] if row[0] in [other[0] for other in d.tables[1]]])
    cases = tuple((({m.name: rows},), ["row", next(row for row in rows if row[0] == label)]) for rows in d.tables)
    return Task(
        f"the one {m.name.lower()} whose {m.label} is {label}",
        f'{m.name}.objects.get({m.label}="{label}")',
        "expression",
        "full",
        cases,
        fields_of(m),
    )


def _first(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    cases = tuple((({m.name: rows},), ["row", min(rows, key=lambda row: row[2])]) for rows in d.tables)
    return Task(
        f"the {m.name.lower()} with the lowest {m.number}",
        f'{m.name}.objects.order_by("{m.number}").first()',
        "expression",
        "full",
        cases,
        fields_of(m),
    )


def _created(draw: Draw) -> Task:
    d = drawn(draw)
    m, number = d.model, draw.integer(3, 30)
    cases = tuple((({m.name: rows}, m.name), [*rows, ["Novel", d.group, number]]) for rows in d.tables)
    return Task(
        f'the call that saves a new {m.name.lower()} with the {m.label} "Novel", the {m.group} "{d.group}" and the '
        f"{m.number} {number}",
        f'{m.name}.objects.create({m.label}="Novel", {m.group}="{d.group}", {m.number}={number})',
        "expression",
        "table",
        cases,
        fields_of(m),
    )


def _removed(draw: Draw) -> Task:
    d = drawn(draw)
    m = d.model
    cases = tuple((({m.name: rows}, m.name), [row for row in rows if row[1] != d.group]) for rows in d.tables)
    return Task(
        f"the call that deletes all {m.nouns} whose {m.group} is {d.group}",
        f'{m.name}.objects.filter({m.group}="{d.group}").delete()',
        "expression",
        "table",
        cases,
        fields_of(m),
    )


def _field(draw: Draw) -> Task:
    size = draw.integer(2, 9) * 10
    spec, solution, right = draw.choice(
        (
            ("a whole number", "models.IntegerField()", ["IntegerField", None, False]),
            (f"a short text of at most {size} characters", f"models.CharField(max_length={size})", ["CharField", size, False]),
            ("True or False", "models.BooleanField()", ["BooleanField", None, False]),
            ("a date", "models.DateField()", ["DateField", None, False]),
            ("a long text", "models.TextField()", ["TextField", None, False]),
            ("a date and a time", "models.DateTimeField()", ["DateTimeField", None, False]),
            ("a whole number that may be missing (NULL)", "models.IntegerField(null=True)", ["IntegerField", None, True]),
        )
    )
    name = draw.choice(("value", "entry", "detail", "note", "item"))
    return Task(
        f"the Django model field `{name}` for {spec}, as the expression behind `{name} =`",
        solution,
        "expression",
        "field",
        (((), right),),
    )


_FILTERS = (
    ("in upper case", "upper", str.upper),
    ("in lower case", "lower", str.lower),
    ("with its first letter in upper case", "capfirst", str.capitalize),
    ("as its length in characters", "length", lambda text: str(len(text))),
)


def _filtered_variable(draw: Draw) -> Task:
    effect, name, work = draw.choice(_FILTERS)
    variable = draw.choice(("name", "title", "city", "word", "label"))
    cases = tuple((({variable: text},), work(text)) for text in ("river", "oldTOWN" if name != "capfirst" else "sea"))
    return Task(
        f"the Django template code that shows the variable {variable} {effect}",
        f"{{{{ {variable}|{name} }}}}",
        "template",
        "render",
        cases,
    )


def _route(draw: Draw) -> Task:
    address = draw.choice(("books", "songs", "news", "about", "contact", "help", "cart"))
    name = f"{address}_view"
    return Task(
        f'the Django path() that sends "{address}/" to the view {name}',
        f'path("{address}/", {name})',
        "expression",
        "resolve",
        (((f"{address}/", name), [name, {}]), ((f"{address}x/", name), None)),
    )


def _read_count(draw: Draw) -> ReadItem:
    numbers = sorted(draw.sample(range(1, 9), draw.integer(3, 5)))
    bound, lookup = draw.integer(2, 7) * 10, draw.choice(("gt", "lt"))
    answer = sum(n * 10 > bound if lookup == "gt" else n * 10 < bound for n in numbers)
    prices = ", ".join(str(n * 10) for n in numbers)
    return ReadItem(
        f"Books with the prices {prices} are stored. What does Book.objects.filter(price__{lookup}={bound}).count() return in "
        "Django? "
        "Answer with the number only.",
        str(answer),
    )


_NAMES = (
    ("keeps only the rows that match", "filter"),
    ("leaves out the rows that match", "exclude"),
    ("returns exactly one row", "get"),
    ("sorts the rows", "order_by"),
    ("returns the number of rows", "count"),
    ("tells whether there is any row", "exists"),
    ("saves a new row and returns it", "create"),
    ("deletes all rows of the query set", "delete"),
    ("changes fields of all rows at once", "update"),
    ("returns the first row", "first"),
    ("returns the last row", "last"),
    ("returns rows as dictionaries", "values"),
    ("removes repeated rows", "distinct"),
    ("sums a column over all rows", "aggregate"),
    ("adds a computed column to every row", "annotate"),
    ("turns the order of the rows around", "reverse"),
)


def _name(draw: Draw) -> ReadItem:
    what, name = draw.choice(_NAMES)
    return ReadItem(
        f"Which method of Django's ORM {what}? Answer with the method's name only.", name, (f"{name}()", f".{name}()", f".{name}")
    )


_SETTINGS = (
    ("Which file of a Django project usually holds INSTALLED_APPS?", "settings.py", ("settings",)),
    ("Which file of a Django app usually holds its models?", "models.py", ("models",)),
    ("Which file of a Django app usually holds its views?", "views.py", ("views",)),
    ("Which file of a Django project usually holds its URL patterns?", "urls.py", ("urls",)),
    ("Which file of a Django app registers models for the admin site?", "admin.py", ("admin",)),
    (
        "Which command of manage.py starts the development server?",
        "runserver",
        ("python manage.py runserver", "manage.py runserver"),
    ),
    (
        "Which command of manage.py writes new migrations?",
        "makemigrations",
        ("python manage.py makemigrations", "manage.py makemigrations"),
    ),
    ("Which command of manage.py applies migrations?", "migrate", ("python manage.py migrate", "manage.py migrate")),
    ("Which command of manage.py opens a Python shell?", "shell", ("python manage.py shell", "manage.py shell")),
    ("Which setting of Django must be False in production?", "DEBUG", ()),
)


def _setting(draw: Draw) -> ReadItem:
    prompt, answer, accepted = draw.choice(_SETTINGS)
    return ReadItem(f"{prompt} Answer with its name only.", answer, accepted)


def _status(draw: Draw) -> ReadItem:
    code, name = draw.choice(
        (
            (404, "HttpResponse(status=404)"),
            (404, "HttpResponseNotFound()"),
            (403, "HttpResponseForbidden()"),
            (200, "HttpResponse()"),
            (302, 'HttpResponseRedirect("/")'),
            (400, "HttpResponseBadRequest()"),
            (405, 'HttpResponseNotAllowed(["GET"])'),
            (500, "HttpResponseServerError()"),
            (200, 'JsonResponse({"a": 1})'),
            (301, 'HttpResponsePermanentRedirect("/")'),
        )
    )
    return ReadItem(f"What is {name}.status_code in Django? Answer with the number only.", str(code))


#: Templates of the easy level.
EASY: tuple[Callable[[Draw], Task | ReadItem], ...] = (
    _of_group,
    _not_of_group,
    _over,
    _under,
    _starting,
    _sorted,
    _counted,
    _single,
    _first,
    _created,
    _removed,
    _field,
    _filtered_variable,
    _route,
    _read_count,
    _name,
    _setting,
    _status,
)
