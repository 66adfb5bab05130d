"""What the registry has: all rows of a kind or one of them, as a table, as plain lines when piped, or as JSON."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import MISSING, asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from clgym import registry
from clgym.agent import Agent
from clgym.settings import settings_of

_ROWS = {"envs": registry.families, "agents": registry.agents, "models": registry.models, "wrappers": registry.wrappers}


def show(kind: str, *, as_json: bool) -> None:
    """Print the rows of one kind: envs, agents, models or wrappers; what should be there and cannot be loaded, on stderr."""
    for fault in registry.broken():
        print(f"clgym: left out: {fault.kind} {fault.id} of {fault.package}: {fault.error}", file=sys.stderr)
    rows = [_plain(row) for row in _ROWS[kind]()]
    if as_json:
        print(json.dumps(rows, indent=1))
    elif sys.stdout.isatty():
        Console(emoji=False).print(_table(rows))
    else:
        for row in rows:
            print("\t".join(_text(value) for value in _shown(row).values()))


def show_one(kind: str, name: str, *, as_json: bool) -> None:
    """Print all that is known of one row. Raises as the registry does where there is none, or where it cannot be loaded."""
    row = _ROW[kind](name)
    card, table = _CARDS[kind](row, name)
    facts = {**_shown(_plain(row)), "entry point": row.entry_point, **card}
    if as_json:
        print(json.dumps({**facts, **({"settings": table} if kind == "agents" else {})}, indent=1, default=str))
        return
    for key, value in ((key, value) for key, value in facts.items() if value not in ("", (), [])):
        print(f"{key}: {_text(value)}" if "\n" not in str(value) else f"{key}:\n{value}")
    if table and sys.stdout.isatty():
        Console().print(_table(table))
    elif table:
        print("\n".join("\t".join(_text(value) for value in line.values()) for line in table))


_ROW: dict[str, Callable[[str], registry.Row]] = {
    "envs": registry.family,
    "agents": registry.agent,
    "models": registry.model,
    "wrappers": registry.wrapper,
}

#: Facts beside those of the row, and the lines of a table.
Card = tuple[dict[str, Any], list[dict[str, Any]]]


def _family_card(row: registry.Row, name: str) -> Card:
    family = registry.load_family(name)
    level = min(family.levels)
    pools = registry.make_world(name, level=level).pools
    sizes = ", ".join(f"{pool} {size:,}" for pool, size in pools.items())
    return {f"queries at level {level}": sizes, "about": inspect.getdoc(type(family)) or ""}, []


def _agent_card(row: registry.Row, name: str) -> Card:
    """Its settings as ``--agent NAME:key=value`` takes them; what is no Agent of ours has none."""
    made = registry.load(row)
    if not (inspect.isclass(made) and issubclass(made, Agent)):
        return {}, []
    lines = [
        {
            "setting": setting.name,
            "type": setting.type,
            "default": "-" if setting.default is MISSING else json.dumps(setting.default, default=str),
            "help": setting.help.replace("``", ""),
        }
        for setting in settings_of(made)
    ]
    return {"about": inspect.getdoc(made) or ""}, lines


def _wrapper_card(row: registry.Row, name: str) -> Card:
    wrapper = registry.load(row)
    return {"import": f"from clgym.wrappers import {row.id}", "about": inspect.getdoc(wrapper) or ""}, []


_CARDS: dict[str, Callable[[registry.Row, str], Card]] = {
    "envs": _family_card,
    "agents": _agent_card,
    "models": lambda row, name: ({}, []),
    "wrappers": _wrapper_card,
}


def _plain(row: registry.Row) -> dict[str, Any]:
    """A row as JSON has it; levels are numbers."""
    data = asdict(row)
    if isinstance(row, registry.FamilyRow):
        data["levels"] = list(row.levels or ())
    return data


#: What is no cell of its own.
_INNER = ("entry_point", "cache", "check", "small", "package")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The cells of a row; who brought it stands last."""
    return {**{key: value for key, value in row.items() if key not in _INNER}, "package": row["package"]}


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table()
    for key in _shown(rows[0]):
        table.add_column(key, overflow="fold", no_wrap=key in ("id", "setting"))
    for row in rows:
        table.add_row(*(_text(value) for value in _shown(row).values()))
    return table
