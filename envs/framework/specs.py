"""What a task above level 0 asks for: a query in a function, a view that hands on what it gives, an app with routes and checks."""

from __future__ import annotations

from typing import NamedTuple

from clgym.envs.framework.domains import AMOUNT, LABELS
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import KINDS, Plan, draw_plan, related
from clgym.envs.framework.prompts import Label
from clgym.seeding import Draw

#: The files of an app, in the order in which the oracle writes them.
QUERIES, CHECKS, VIEWS, ROUTES = "app/queries.py", "app/checks.py", "app/views.py", "app/routes.py"


class Second(NamedTuple):
    """Another view of an app. ``kind``: "open" shows two columns of a row by its label, "add" stores a new one, "change" writes a column of one.

    ``column`` is what it shows (two) or writes; a check refuses less than ``least`` in it, another one labels that begin otherwise than with
    ``letter``.
    """

    kind: str
    view: str
    model: str
    column: str
    least: int = 0
    letter: str = ""


class Spec(NamedTuple):
    """A task. ``view`` is "" where a function alone is asked for, ``second`` is there in an app with routes; ``on`` says how settings are."""

    plan: Plan
    name: str
    view: str = ""
    second: Second | None = None
    on: tuple[tuple[str, bool], ...] = ()

    @property
    def place(self) -> str:
        """The place that the names end with: where the app's addresses begin."""
        return self.name.rpartition("_for_")[2]

    @property
    def missing(self) -> bool:
        """Whether the function may find no row to give."""
        return self.plan.kind in ("first", "last", "get")

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """What an answer must define: (file, name)."""
        if not self.view:
            return ((VIEWS, self.name),)
        if self.second is None:
            return (QUERIES, self.name), (VIEWS, self.view)
        checks = ((CHECKS, check_name(self.second.column)),) if self.second.kind != "open" else ()
        return (QUERIES, self.name), *checks, (VIEWS, self.view), (VIEWS, self.second.view), (ROUTES, "routes")


def check_name(column: str) -> str:
    return f"check_{column}"


def kinds_of(level: int) -> list[str]:
    """The kinds of queries of a level, lists twice. At level 3 the second view adds rows."""
    kinds = [kind for kind, since in KINDS.items() if since <= level and not (level == 3 and kind == "create")]
    return [*kinds, "column"]


def draw_spec(house: House, level: int, kind: str, label: Label, draw: Draw, held: bool) -> Spec:
    """A task of a level about a kind of query; ``held`` asks for the templates that are kept for ``eval``."""
    plan = draw_plan(house.schema, draw, level, kind, held=held, given="any" if level == 1 else "plain")
    noun = plan.domain.nouns
    name = label.name(noun)
    if level == 1:
        return Spec(plan, name)
    view = f"{name}_view"
    on = tuple((setting.name, draw.chance(0.5)) for setting in house.settings)
    return Spec(plan, name, view, _second(house, plan, label, draw) if level == 3 else None, on)


def _second(house: House, plan: Plan, label: Label, draw: Draw) -> Second:
    """A view of another model, for level 3."""
    near = {domain.model for domain in related(plan)}
    domain = house.schema.domain(draw, lambda domain: domain.model not in near)
    kind = draw.choice(("open", "add", "change"))
    view = label.name(domain.noun, kind)
    if kind == "open":
        others = [column for column in domain.columns if column not in (domain.label, domain.link)]
        first = house.schema.column(domain, draw, others)
        second = house.schema.column(domain, draw, [column for column in others if column != first])
        return Second(kind, view, domain.model, f"{first} {second}")
    column = next(c for c in domain.columns if domain.kind(c) == AMOUNT)
    return Second(kind, view, domain.model, column, draw.integer(5, 30), draw.choice(LABELS)[0] if kind == "add" else "")
