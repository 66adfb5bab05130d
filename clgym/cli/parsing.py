"""How command lines are read: one-line errors, help with defaults, and the options that are settings of trials."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field
from typing import Any, NoReturn

from clgym.records import Trial
from clgym.records.settings import facts_of, is_list, options, usual
from clgym.registry import DEFAULT_MODEL
from clgym.settings import from_text, helps_of

_EXAMPLE = "example:\n  "


class Help(argparse.HelpFormatter):
    """Help with the defaults that say something, and examples as they are typed."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_EXAMPLE) else super()._fill_text(text, width, indent)

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        empty = action.default in (None, "", [], False) or action.default is argparse.SUPPRESS
        return text if empty or not action.option_strings else f"{text} (default: %(default)s)"


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and name the command that they are errors of."""

    def __init__(self, *arguments: Any, **settings: Any):
        super().__init__(*arguments, **{"formatter_class": Help, **settings})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}{'' if message[-1] in '.?' else '.'} See `{self.prog} --help`.\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Options that are unknown are an error here: a command's own parser knows what was meant."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            near = difflib.get_close_matches(unknown[0], self._option_string_actions, n=1)
            self.error(f"unknown: {' '.join(unknown)}" + (f"; did you mean {near[0]}?" if near else ""))
        return namespace, unknown


def command(commands: Any, name: str, text: str, *, description: str = "", example: str = "", **settings: Any) -> Parser:
    """Add a command to the program's subparsers: ``text`` is its line in the list of commands."""
    about = description or f"{text[0].upper()}{text[1:]}."
    epilog = f"{_EXAMPLE}{example}" if example else None
    made: Parser = commands.add_parser(name, help=text, description=about, epilog=epilog, **settings)
    return made


def add_settings(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Give a parser the settings of a trial as options. What is not said is not in the namespace."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    texts = helps_of(Trial)
    for name, setting in options().items():
        title = facts_of(setting).group
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        default = DEFAULT_MODEL if name == "model" else _written(usual(setting))
        text = texts[setting.name].replace("``", "").removesuffix(".")
        text = (text[0].lower() if text[1].islower() else text[0]) + text[1:] + (f" (default: {default})" if default else "")
        needed: dict[str, Any] = {"required": required} if usual(setting) is MISSING else {}
        flag = f"--{name.replace('_', '-')}"
        groups[title].add_argument(flag, default=argparse.SUPPRESS, help=text.replace("%", "%%"), **needed, **_how(setting))


def given(options_: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of trials that a command line says, as an entry of a suite."""
    return {name: options_[name] for name in options() if name in options_}


def _how(setting: Field[Any]) -> dict[str, Any]:
    """How argparse reads a setting. Values of the wrong type pass: the trial's own check has the better words."""
    facts = facts_of(setting)
    if setting.type == "bool":
        return {"action": "store_true"}
    how: dict[str, Any] = {"metavar": facts.metavar or setting.name.upper()}
    if is_list(setting) or setting.type == "str":
        return {**how, "action": "append"} if facts.several and not is_list(setting) else how
    return {**how, "type": from_text}


def _written(value: Any) -> str:
    return "" if value in ("", ()) or any(value is nothing for nothing in (None, False, MISSING)) else str(value)
