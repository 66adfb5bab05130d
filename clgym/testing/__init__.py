"""The contract that families, agents and wrappers keep, for whoever writes one:

    from clgym.testing import check_family

    def test_my_family():
        check_family("codenames.py:Codenames")

Ids, ``module:Name`` and ``path/to/file.py:Name`` are all taken. ``clgym check`` shows the same checks a line each, and the tests of
clgym itself run them over every row of the registry, a case per check and level: :func:`cases_for`. Nothing here needs pytest, and
families need no torch. See docs/decisions/015-the-contract-is-shipped.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clgym.errors import ContractError
from clgym.testing.agents import agent_cases
from clgym.testing.families import family_cases
from clgym.testing.findings import Case, Finding, raise_all
from clgym.testing.kinds import KINDS, kind_of
from clgym.testing.wrappers import wrapper_cases

__all__ = [
    "KINDS",
    "Case",
    "ContractError",
    "Finding",
    "agent_cases",
    "cases_for",
    "check_agent",
    "check_family",
    "check_wrapper",
    "family_cases",
    "findings",
    "kind_of",
    "wrapper_cases",
]


def check_family(name: str) -> None:
    """Run every check of a family or a probe, at each of its levels.

    Raises ``ContractError`` with all that fails, and as :func:`clgym.registry.family` where there is no such family.
    """
    raise_all(case.run() for case in family_cases(name))


def check_agent(name: str) -> None:
    """Run every check of an agent, with its row's ``small`` settings and, where it drives a model, the model ``tiny``. No network is used.

    Raises ``ContractError`` with all that fails, and as :func:`clgym.registry.agent` where there is no such agent.
    """
    raise_all(case.run() for case in agent_cases(name))


def check_wrapper(name: str, **arguments: Any) -> None:
    """Run every check of a wrapper: an id or ``module:Name``, made with ``arguments`` besides the env.

    Raises ``ContractError`` with all that fails, and as :func:`clgym.registry.wrapper` where there is no such wrapper.
    """
    raise_all(case.run() for case in wrapper_cases(name, **arguments))


def cases_for(name: str) -> list[Case]:
    """The checks of whatever a name stands for, one by one. Raises ``UnknownName``, ``WrongKind`` or ``NotLoadable``."""
    cases = {"agent": agent_cases, "wrapper": wrapper_cases}.get(kind_of(name), family_cases)
    return cases(name)


def findings(name: str) -> Iterator[Finding]:
    """Run the checks of whatever a name stands for, and give what each finds."""
    for case in cases_for(name):
        yield case.run()
