"""What the registry has, as a table, as plain lines when piped, or as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from clgym import registry

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


def _plain(row: registry.Row) -> dict[str, Any]:
    """A row as JSON has it; levels are numbers."""
    data = asdict(row)
    if isinstance(row, registry.FamilyRow):
        data["levels"] = list(row.levels or ())
    return data


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """The cells of a row; who brought it stands last."""
    hidden = ("entry_point", "cache", "check", "small", "package")
    return {**{key: value for key, value in row.items() if key not in hidden}, "package": row["package"]}


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table()
    for key in _shown(rows[0]):
        table.add_column(key, overflow="fold", no_wrap=key == "id")
    for row in rows:
        table.add_row(*(_text(value) for value in _shown(row).values()))
    return table
