"""Docstrings as MyST markdown, and settings of agents as tables."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Sequence
from dataclasses import MISSING

from clgym.settings import Setting
from clgym.testing.families import SECTIONS

#: Sections of a family's page, as every family's docstring has them, and of other classes.
TITLES = (*SECTIONS, "Args", "Arguments", "Returns", "Raises", "Example", "Examples", "Settings", "Notes", "Sources")
_TITLE = re.compile(rf"^(?:#+\s*|\*\*)?({'|'.join(TITLES)})(?:\*\*)?\s*:?\s*$", re.IGNORECASE)
_LEAD = re.compile(rf"^(?:\*\*)?({'|'.join(TITLES)})(?:\*\*)?[:.]\s+(?=\S)", re.IGNORECASE)


def markdown(docstring: str | None, level: int = 2) -> str:
    """Markdown of a docstring: its section titles become headings of that level, code stays code."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    out: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        title, lead = _TITLE.match(line), _LEAD.match(line)
        if title:
            out += ["", f"{'#' * level} {title.group(1).capitalize()}", ""]
            below = lines[place + 1] if place + 1 < len(lines) else ""
            place += 2 if re.fullmatch(r"[-=~^]{3,}", below.strip()) else 1
            body, place = _indented(lines, place)
            out += textwrap.dedent("\n".join(body)).splitlines()
            continue
        if lead:
            out += ["", f"{'#' * level} {lead.group(1).capitalize()}", ""]
            line = line[lead.end() :]
            body, after = _indented(lines, place + 1)
            out += [line, *textwrap.dedent("\n".join(body)).splitlines()]
            place = after
            continue
        out.append(line)
        place += 1
    return _inline(_doctests("\n".join(out)))


def summary(docstring: str | None) -> str:
    """The first paragraph on one line."""
    return " ".join(_inline(inspect.cleandoc(docstring or "")).split("\n\n")[0].split())


def arguments(docstring: str | None) -> dict[str, str]:
    """Name -> what it is, from a docstring's ``Args:`` section."""
    found: dict[str, str] = {}
    inside, name = False, ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if re.match(r"^Args:\s*$", line):
            inside = True
        elif inside and line and not line.startswith(" "):
            break
        elif inside and (entry := re.match(r"^ {4}(\w+)(?: \([^)]*\))?: (.*)", line)):
            name = entry.group(1)
            found[name] = entry.group(2)
        elif inside and name:
            found[name] += " " + line.strip()
    return {key: _inline(text.strip()) for key, text in found.items()}


def settings_table(settings: Sequence[Setting]) -> str:
    """A table of an agent's settings: name, type, default, and the docstring that stands with it."""
    rows = ["| setting | type | default | |", "|---|---|---|---|"]
    for setting in settings:
        default = "" if setting.default is MISSING else f"`{_cell(repr(setting.default))}`"
        rows.append(f"| `{setting.name}` | `{_cell(setting.type)}` | {default} | {_cell(_inline(setting.help))} |")
    return "\n".join(rows)


def _indented(lines: list[str], place: int) -> tuple[list[str], int]:
    """The lines from ``place`` on that are indented or blank, and where they end."""
    start = place
    while place < len(lines) and (not lines[place].strip() or lines[place].startswith(" ")):
        place += 1
    return lines[start:place], place


def _doctests(text: str) -> str:
    """Doctest blocks fenced, so that markdown does not take ``>>>`` for a quotation; ``::`` blocks too."""
    out: list[str] = []
    inside = False
    for line in text.splitlines():
        if not inside and line.lstrip().startswith(">>> "):
            inside = True
            out.append("```pycon")
        elif inside and not line.strip():
            inside = False
            out.append("```")
        out.append(line.strip() if inside else line)
    if inside:
        out.append("```")
    return re.sub(r"::$", ":", "\n".join(out), flags=re.MULTILINE)


def _inline(text: str) -> str:
    text = re.sub(r":\w+:`~?\.?(?:[\w.]+\.)?(\w+)`", r"`\1`", text)
    return re.sub(r"(?<!`)``([^`\n]+)``(?!`)", r"`\1`", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
