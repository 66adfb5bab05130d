"""A package of one's own, to begin with: a family, an agent or a probe that works as it stands (``clgym new``).

A package is one module, its entry point, a test that calls the contract and a README card. The templates lie beside this module; the
pages docs/add-a-family.md and docs/write-your-own-agent.md show what they give.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from importlib import resources
from pathlib import Path
from string import Template
from typing import NamedTuple

from clgym import registry
from clgym.errors import InvalidSetting, UnknownName

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*")


class _Kind(NamedTuple):
    """What is made: how its id is written, the entry-point group, the check that its test calls, the page that explains it, a first run."""

    id: str
    group: str
    check: str
    page: str
    article: str
    run: str


_KINDS = {
    "family": _Kind(
        "CL-{Name}-v0", "clgym.families", "check_family", "Add a family", "a task family", "clgym run --env {id} --agent random"
    ),
    "probe": _Kind("Probe-{Name}-v0", "clgym.families", "check_family", "Add a family", "a probe", "clgym play {id}"),
    "agent": _Kind(
        "{dashed}", "clgym.agents", "check_agent", "Write your own agent", "an agent", "clgym run --env CL-Conlang-v0 --agent {id}"
    ),
}
KINDS = tuple(_KINDS)

#: Which template becomes which file; ``{module}`` is filled in.
_FILES = {"pyproject.toml": "pyproject.toml", "README.md": "README.md", "test_{module}.py": "test.py"}


def new_package(kind: str, name: str, output: Path | None = None) -> list[Path]:
    """Write a package of the given kind into a new folder, ``clgym-NAME`` unless ``output`` says another; returns its files.

    Raises ``UnknownName`` (kind) and ``InvalidSetting``: the name is no identifier, or taken; the folder is there already.
    """
    words = _words(kind, name)
    folder = output if output is not None else Path(words["package"])
    if folder.exists():
        raise InvalidSetting(f"{folder} is there already, and nothing is overwritten: say --output with a folder that is not.")
    texts = {f"{words['module']}.py": rendered(f"{kind}.py", words)}
    texts |= {file.format(**words): rendered(template, words) for file, template in _FILES.items()}
    try:
        folder.mkdir(parents=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as cause:
        raise InvalidSetting(f"{folder} cannot be written: {cause.strerror}.") from cause
    return [folder / file for file in texts]


def module_text(kind: str, name: str) -> str:
    """The module that :func:`new_package` writes."""
    return rendered(f"{kind}.py", _names(kind, name))


def rendered(template: str, words: dict[str, str]) -> str:
    """A template of this folder with its words filled in."""
    text = resources.files(__name__).joinpath(f"{template}.tmpl").read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _names(kind: str, name: str) -> dict[str, str]:
    """Everything that is called after NAME."""
    if kind not in _KINDS:
        raise UnknownName("kind of package", kind, KINDS)
    parts = re.split("[_-]", name)
    made = _KINDS[kind]
    words = {"module": "_".join(parts).lower(), "Name": "".join(part[:1].upper() + part[1:] for part in parts)}
    words |= {"dashed": words["module"].replace("_", "-"), "check": made.check, "group": made.group, "page": made.page}
    words |= {"id": made.id.format(**words), "package": f"clgym-{words['dashed']}"}
    words |= {"article": made.article, "Article": made.article.capitalize(), "run": made.run.format(**words)}
    return words


def _words(kind: str, name: str) -> dict[str, str]:
    """As :func:`_names`, where the name can be taken."""
    if not _NAME.fullmatch(name):
        raise InvalidSetting(
            f"{name!r} cannot name a module and a class: letters and digits, parts joined by - or _, such as codenames or bird-calls."
        )
    words = _names(kind, name)
    module = words["module"]
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        raise InvalidSetting(f"{module} is a word of Python and cannot name a module. Take another name.")
    if module in sys.stdlib_module_names or importlib.util.find_spec(module) is not None:
        raise InvalidSetting(f"there is a module {module} already, which a new one would hide. Take another name.")
    taken = {row.id: row.package for rows in (registry.families(), registry.agents()) for row in rows}
    if words["id"] in taken:
        raise InvalidSetting(f"{words['id']} is taken by {taken[words['id']]}. Take another name.")
    return words
