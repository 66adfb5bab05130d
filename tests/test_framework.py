"""CL-Framework: conventions that are a real library, tasks and their cases, the oracle under every choice."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest

from clgym.envs.framework import domains, feedback, guard, level0, library, prompts, review, running, specs
from clgym.envs.framework.catalogue import SLOT, SLOTS, Setting
from clgym.envs.framework.house import DJANGO, House, draw_house
from clgym.envs.framework.library import modules
from clgym.envs.framework.tasks import Task
from clgym.envs.framework.world import FrameworkWorld
from clgym.registry import make_world
from clgym.sandbox import Call, Program, Result, Surroundings, run
from clgym.seeding import seed_of

NAME = "CL-Framework-v0"
STYLES = SLOT["style"].choices
BOOKS = [
    ["Publisher", [{"name": "Ace", "city": "Oslo", "archived": False}, {"name": "Bee", "city": "Kiel", "archived": False}]],
    [
        "Book",
        [
            {"title": "Dunes", "author": "Kim", "price": 10, "pages": 5, "publisher": 0, "archived": False},
            {"title": "Harbor", "author": "Lee", "price": 20, "pages": 5, "publisher": 0, "archived": False},
            {"title": "Winter", "author": "Kim", "price": 30, "pages": 4, "publisher": None, "archived": True},
        ],
    ],
]


def house(level: int = 3, **changed: str) -> House:
    """Tolva: a framework drawn once, with some of its choices replaced and columns that are called what they are about."""
    drawn = dict(draw_house(seed_of("test house", level).draw(), level).drawn)
    drawn = {slot: choice for slot, choice in drawn.items() if SLOT[slot].group != "semantics"} | changed
    return House("Tolva", tuple(sorted((slot, choice) for slot, choice in drawn.items() if choice != SLOT[slot].django)))


def world(level: int, index: int = 0) -> FrameworkWorld:
    made = make_world(NAME, level=level, world=index)
    assert isinstance(made, FrameworkWorld)
    return made


def executed(here: House, source: str, *calls: Call) -> tuple[Result, ...]:
    around = Surroundings(modules(here), "app/views.py", "app.models")
    return run(Program("python", source, around=around), calls, running.LIMITS).results


def value(here: House, expression: str, tables: Any = BOOKS) -> Any:
    call = Call("app.check:call", [tables, [], "app.views", "f", []])
    result = executed(here, f"def f():\n    return {expression}", call)[0]
    assert result.status == "ok", result
    return result.value[0]


def task(level: int, number: int, here: House | None = None) -> Task:
    seed = seed_of("task", level, number)
    here = here or draw_house(seed_of("tasks", level, number % 5).draw(), level)
    label = prompts.label_of(number * 1571 % prompts.LABELS)
    spec = specs.draw_spec(here, level, label, seed.draw(), held=bool(number % 2))
    return Task(here, spec, prompts.prompt_of(spec, here.name, label.phrasing), seed)


# The catalogue


def test_the_catalogue_is_large_and_its_words_are_apart() -> None:
    assert len(SLOTS) >= 60 and len({slot.name for slot in SLOTS}) == len(SLOTS)
    assert all(slot.django not in slot.choices for slot in SLOTS if slot.name != "style")
    words = [choice for slot in SLOTS if slot.group == "words" and slot.name != "sep" for choice in slot.choices]
    assert len(words) == len(set(words)) and all(word.isidentifier() for word in words)
    own = set(library.row_names(DJANGO))
    assert not set(words) & own, "a drawn word would hide a method that is Django's"
    for slot in SLOTS:
        assert all(slot.sentence(choice) for choice in slot.choices) and len(slot.choices) >= (1 if slot.group != "words" else 4)


@pytest.mark.parametrize(("level", "least"), [(0, 28), (1, 80), (2, 190), (3, 490)])
def test_a_world_has_as_many_names_as_its_level_says(level: int, least: int) -> None:
    here = world(level).house
    words = [slot for slot, _ in here.drawn if SLOT[slot].group == "words"]
    assert least <= len(words) + len(here.columns) <= 1.2 * least
    per_model: dict[str, set[str]] = {}
    for model, _, name in here.columns:
        assert name not in per_model.setdefault(model, set())
        per_model[model].add(name)


def test_models_have_columns_of_their_own() -> None:
    assert (
        len(domains.DOMAINS) == 70 == len({domain.model for domain in domains.DOMAINS}) == len({d.nouns for d in domains.DOMAINS})
    )
    for domain in domains.DOMAINS:
        assert len(set(domain.columns)) == len(domain.columns) == len(domain.kinds)


def test_every_kind_of_query_and_mistake_is_said_in_several_ways() -> None:
    assert {len(bank) for bank in (prompts.WRAPPERS, guard.PROMPTS, review.PROMPTS)} == {8}
    assert all(len(set(bank)) == 8 for bank in level0.PROMPTS.values())
    assert all(len(set(bank)) >= 3 for bank in feedback.BANKS.values())
    assert sum("{house}" not in prompt for prompt in guard.PROMPTS) == 4, "half of the guard's prompts do not name the house"


@pytest.mark.parametrize("level", range(4))
def test_two_worlds_share_less_than_half_of_their_rules(level: int) -> None:
    rules = [world(level, index).rules() for index in range(8)]
    shared = [len(one & other) / min(len(one), len(other)) for one, other in itertools.combinations(rules, 2)]
    assert sum(shared) / len(shared) < 0.35


@pytest.mark.parametrize("level", range(4))
def test_a_sibling_shares_about_half(level: int) -> None:
    here = world(level)
    other = here.sibling(seed_of("sibling", level))
    shared = len(here.rules() & other.rules()) / len(here.rules())
    assert 0.35 < shared < 0.65 and other.name != here.name


def test_the_rulebook_names_every_drawn_word() -> None:
    for level in range(4):
        here = world(level)
        book = here.rulebook()
        assert all(choice in book for slot, choice in here.house.drawn if SLOT[slot].group == "words")
        assert all(f"{name} is the {column}" in book for _, column, name in here.house.columns)
        assert not re.search(r"\{\w*\}\s", book) and all(setting.name in book for setting in here.house.settings)


# The library


@pytest.mark.parametrize("style", STYLES)
def test_conditions_in_every_style(style: str) -> None:
    changed = dict(objects="rows", filter="pick", gt="over", sep="_is_", values_list="pluck", desc="tilde", order_by="rank")
    here = house(1, style=style, **changed)
    written = {
        "pairs": '"price_is_over", 15',
        "flipped": '15, "price_is_over"',
        "table": '{"price_is_over": 15}',
        "tuples": '("price_is_over", 15)',
        "keywords": "price_is_over=15",
    }[style]
    assert value(here, f'Book.rows.pick({written}).rank("~title").pluck("title")') == ["Winter", "Harbor"]


WORDS = {
    "objects": "rows", "filter": "pick", "exclude": "drop", "get": "grab", "order_by": "rank", "values_list": "pluck", "first": "head",
    "gt": "over", "lt": "under", "sep": "_", "style": "keywords", "desc": "desc", "DoesNotExist": "Missing", "count": "size",
}  # fmt: skip
MEANINGS = [
    ("join", "or", 'Book.rows.pick(author="Lee", price_over=25).pluck("title")', [], ["Harbor", "Winter"]),
    ("over", "inclusive", "Book.rows.pick(price_over=20).size()", 1, 2),
    ("under", "inclusive", "Book.rows.pick(price_under=20).size()", 1, 2),
    ("empty", "blank", 'Book.rows.pick(author="Max").head()', None, {}),
    ("slice", "end", 'Book.rows.rank("price")[:1].pluck("title")', ["Dunes"], ["Dunes", "Harbor"]),
    ("slice", "one", 'Book.rows.rank("price")[2:3].pluck("title")', ["Winter"], ["Harbor"]),
    ("order", "newest", 'Book.rows.pluck("title")', ["Dunes", "Harbor", "Winter"], ["Winter", "Harbor", "Dunes"]),
    ("order", "title", 'Book.rows.pluck("price")', [10, 20, 30], [10, 20, 30]),
    ("hidden", "whole", "[Book.rows.size(), Book.rows.whole().size()]", None, [2, 3]),
    ("column", "distinct", 'Book.rows.pluck("author")', ["Kim", "Lee", "Kim"], ["Kim", "Lee"]),
    ("column", "sorted", 'Book.rows.rank("price desc").pluck("author")', ["Kim", "Lee", "Kim"], ["Kim", "Kim", "Lee"]),
    ("lead", "last", 'Book.rows.rank("pages", "price desc").pluck("price")', [30, 20, 10], [30, 20, 10]),
    ("lead", "last", 'Book.rows.rank("author", "price").pluck("price")', [10, 30, 20], [10, 20, 30]),
    ("one", "none", 'Book.rows.grab(author="Max")', "Missing", None),
    ("one", "blank", 'Book.rows.grab(author="Max")', "Missing", {}),
]


@pytest.mark.parametrize(("slot", "choice", "expression", "plain", "changed"), MEANINGS)
def test_a_convention_changes_what_a_query_means(slot: str, choice: str, expression: str, plain: object, changed: object) -> None:
    assert value(house(2, **{**WORDS, slot: choice}), expression) == changed
    if plain == "Missing":
        call = Call("app.check:call", [BOOKS, [], "app.views", "f", []])
        result = executed(house(2, **WORDS), f"def f():\n    return {expression}", call)[0]
        assert result.error and result.error.trace.endswith("app.models.Book.Missing: no row of Book fits")
    elif slot != "hidden":
        assert value(house(2, **WORDS), expression) == plain


def test_a_setting_switches_a_meaning_on() -> None:
    here = replace(house(3, **WORDS), settings=(Setting("QUIET", "over", "inclusive"),))
    assert value(here.switched(()), "Book.rows.pick(price_over=20).size()") == 1
    assert value(here.switched(["QUIET"]), "Book.rows.pick(price_over=20).size()") == 2
    assert "With QUIET = True" in "\n".join(here.sentences())


#: What simple Django code asks, written as in Django; {book} is what stands for the expression's rows.
DJANGO_CODE = """
list(Book.objects.filter(price__gte=20).values_list("title", flat=True))
list(Book.objects.filter(price__lte=20, author="Kim").values_list("title", "price"))
list(Book.objects.exclude(price__lt=20).order_by("-price").values("title", "price"))
list(Book.objects.filter(Q(author="Lee") | Q(price__gt=25)).order_by("title").values_list("title", flat=True))
list(Book.objects.filter(~Q(author="Kim")).values_list("title", flat=True))
list(Book.objects.filter(publisher__city="Oslo").order_by("publisher__city", "-price").values_list("title", flat=True))
list(Book.objects.filter(publisher__isnull=True).values_list("title", flat=True))
list(Book.objects.exclude(publisher__city="Oslo").values_list("title", flat=True))
list(Book.objects.filter(title__icontains="R").values_list("title", flat=True))
list(Book.objects.filter(title__iexact="dunes").values_list("title", flat=True))
list(Book.objects.filter(title__istartswith="w").values_list("title", flat=True))
list(Book.objects.filter(title__endswith="r", price__range=(5, 25)).values_list("title", flat=True))
list(Book.objects.filter(price__in=[10, 30]).values_list("title", flat=True))
list(Book.objects.filter(publisher__in=Publisher.objects.filter(city="Oslo")).values_list("title", flat=True))
list(Book.objects.filter(price__gt=F("pages") * 3).values_list("title", flat=True))
list(Book.objects.annotate(twice=F("price") * 2).order_by("-twice").values_list("twice", flat=True))
list(Book.objects.values("author").annotate(n=Count("id")).order_by("author").values_list("author", "n"))
list(Book.objects.values("author").annotate(total=Sum("price")).order_by("-total"))
list(Publisher.objects.annotate(n=Count("book")).order_by("name").values("name", "n"))
[p.book_set.count() for p in Publisher.objects.order_by("name")]
[b.publisher.city for b in Book.objects.filter(publisher__isnull=False).select_related("publisher")]
[b.publisher_id for b in Book.objects.order_by("id")]
Book.objects.aggregate(total=Sum("price"), least=Min("price"), most=Max("price"), mean=Avg("price"))
Book.objects.filter(author="Max").aggregate(total=Sum("price"))
Book.objects.aggregate(Count("id"))
Book.objects.count()
Book.objects.filter(author="Max").exists()
Book.objects.order_by("price").first().title
Book.objects.order_by("price").last().title
Book.objects.latest("price").title
Book.objects.earliest("price").title
[b.title for b in Book.objects.order_by("-price")[:2]]
Book.objects.order_by("-price")[1].title
list(Book.objects.order_by("price").reverse().values_list("title", flat=True))
list(Book.objects.order_by(F("price").desc()).values_list("title", flat=True))
list(Book.objects.values_list("author", flat=True).distinct().order_by("author"))
Book.objects.get(title="Dunes").price
Book.objects.get(pk=2).title
Book.objects.filter(author="Kim").update(price=F("price") + 1)
[Book.objects.filter(author="Kim").delete()[0], Book.objects.count()]
Book.objects.create(title="Tides", author="Max", price=1, pages=1).pk
[Book.objects.get_or_create(title="Dunes")[1], Book.objects.filter(title="Dunes").count()]
Book.objects.update_or_create(title="Dunes", defaults={"price": 99})[0].price
len(Book.objects.bulk_create([Book(title="A", author="B", price=1, pages=2), Book(title="C", author="D", price=1, pages=2)]))
sorted(Book.objects.in_bulk([1, 3]))
[bool(Book.objects.none()), len(Book.objects.all()), bool(Book.objects.filter(price__gt=5))]
list((Book.objects.filter(author="Lee") | Book.objects.filter(price=10)).order_by("id").values_list("title", flat=True))
list(Book.objects.filter(price__gt=5).filter(author="Kim").exclude(price=30).values_list("title", flat=True))
sum(b.price for b in Book.objects.filter(author="Kim"))
[str(b) for b in Book.objects.filter(author="Lee")]
""".strip().splitlines()


def test_a_house_without_rules_is_django() -> None:
    """Every one of these gives in the framework what it gives in the real Django, with an in-memory database."""
    pytest.importorskip("django")
    chosen = [domains.DOMAIN["Publisher"].cut(2, False), domains.DOMAIN["Book"]._replace(columns=("title", "author", "price", "pages", "publisher"), kinds=("label", "group", "amount", "bucket", "link"))]  # fmt: skip
    rows = [
        [{"id": n, **{k: v for k, v in row.items() if k not in ("archived", "publisher")}} for n, row in enumerate(some, 1)]
        for _, some in BOOKS
    ]
    for row, held in zip(rows[1], BOOKS[1][1]):
        row["publisher_id"] = None if held["publisher"] is None else held["publisher"] + 1
    around = Surroundings(guard._around(tuple(chosen)), "app/views.py", "app.models", "django")
    for line in DJANGO_CODE:
        source = f"def answer():\n    return {line}"
        real = run(Program("python", source, around=around), [Call("app.check:every", [[rows]])], guard.LIMITS).results[0]
        assert real.status == "ok", (line, real.error)
        call = Call("app.check:row_ids", [BOOKS, [], "app.views", "answer", []])
        assert executed(DJANGO, source, call)[0].value[0] == real.value[0][0], line
