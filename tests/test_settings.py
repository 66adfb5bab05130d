"""Settings of agents: dotted names, types, what is refused and how, and the help that stands in the source."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from clgym.agent import Agent
from clgym.errors import InvalidSetting, UnknownName
from clgym.settings import Setting, config_of, settings_of


@dataclass(frozen=True)
class Inner:
    """A group."""

    kind: str = ""
    """which of them"""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise InvalidSetting("weight must be at least 0.")


@dataclass(frozen=True)
class Base:
    """What several agents have."""

    rank: int = 16
    """r of the adapter"""
    batch: int = 32
    """together"""


class Learner(Agent):
    @dataclass(frozen=True)
    class Config(Base):
        """Everything that a field can be."""

        batch: int = 8
        rate: float = 2e-3
        """of AdamW,
        in units of its own"""
        history: int | None = None
        steps: tuple[int, ...] = ()
        pair: tuple[str, float] = ("a", 1.0)
        style: Literal["short", "long"] = "short"
        on: bool = False
        names: list[str] = field(default_factory=list)
        folder: Path = Path(".")
        guard: Inner = Inner(kind="ewc")
        """not shown: its fields are"""

    def act(self, conversations):
        return []


def test_values_go_where_their_names_say_and_defaults_stay():
    config = config_of(
        Learner, {"rank": 4, "rate": 1, "history": 3, "steps": [1, 2], "pair": ["b", 2], "guard.weight": 2, "on": True}
    )
    assert config == Learner.Config(rank=4, rate=1, history=3, steps=(1, 2), pair=("b", 2), guard=Inner("ewc", 2), on=True)
    assert config_of(Learner, {}) == Learner.Config() and config_of(Agent, {}) == Agent.Config()
    assert config_of(Learner, {"history": None, "style": "long", "folder": Path("x")}).style == "long"


def test_a_group_may_be_given_whole_and_then_changed():
    assert config_of(Learner, {"guard": Inner("kl", 3.0)}).guard == Inner("kl", 3.0)
    assert config_of(Learner, {"guard": Inner("kl", 3.0), "guard.weight": 4.0}).guard == Inner("kl", 4.0)
    with pytest.raises(InvalidSetting, match=re.escape("guard is a group of settings, and 'ewc' (str) was given")):
        config_of(Learner, {"guard": "ewc"})


@pytest.mark.parametrize(
    "given, says",
    [
        ({"rank": "eight"}, "agent learner: rank should be a whole number (int), and 'eight' (str) was given."),
        ({"rank": 2.0}, "rank should be a whole number (int), and 2.0 (float)"),
        ({"rank": True}, "rank should be a whole number (int), and True (bool)"),
        ({"rate": False}, "rate should be a number (float), and False (bool)"),
        ({"rate": float("nan")}, "rate should be a number"),
        ({"on": 1}, "on should be true or false"),
        ({"history": "all"}, "history should be a whole number (int) or null"),
        ({"steps": 3}, "steps should be a list (tuple[int, ...])"),
        ({"steps": [1, "2"]}, "steps should be a list"),
        ({"pair": ["b"]}, "pair should be a list"),
        ({"style": "essay"}, "style should be one of 'short', 'long'"),
        ({"names": "ab"}, "names should be a list (list[str])"),
        ({"guard.kind": 3}, "guard.kind should be text (str), and 3 (int)"),
        ({"guard.weight": -1.0}, "weight must be at least 0"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_typed_error_that_names_it(given, says):
    with pytest.raises(InvalidSetting, match=re.escape(says)):
        config_of(Learner, given, "learner")


@pytest.mark.parametrize(
    "given, near", [("rnak", "rank"), ("guard.wieght", "guard.weight"), ("guards.kind", "guard.kind"), ("rank.x", "rank")]
)
def test_an_unknown_name_is_answered_with_the_nearest_one(given, near):
    with pytest.raises(UnknownName, match=rf"setting of agent learner '{given}'. Did you mean '{near}'") as caught:
        config_of(Learner, {given: 1}, "learner")
    assert "guard.kind" in caught.value.choices and "guard" not in caught.value.choices


def test_what_a_config_itself_refuses_is_typed_too():
    @dataclass(frozen=True)
    class Picky:
        needed: int
        odd: "NotToBeFound" = 0  # type: ignore[name-defined]  # noqa: F821, UP037

        def __post_init__(self) -> None:
            if self.needed < 0:
                raise ValueError("needed counts something")

    class Strict(Learner):
        Config = Picky

    assert config_of(Strict, {"needed": 1, "odd": "anything"}).odd == "anything"
    for given, says in ({"needed": -1}, "agent Strict: needed counts something."), ({}, "needed"):
        with pytest.raises(InvalidSetting, match=says):
            config_of(Strict, given)


@pytest.mark.parametrize("config", [None, dict, 3])
def test_an_agent_whose_config_is_no_dataclass_is_told_so(config):
    class Odd(Learner):
        Config: Any = config

    for call in (lambda: config_of(Odd, {}), lambda: settings_of(Odd)):
        with pytest.raises(InvalidSetting, match=r"@dataclass\(frozen=True\)"):
            call()


def test_every_setting_is_listed_with_the_help_below_its_field():
    listed = {setting.name: setting for setting in settings_of(Learner)}
    assert list(listed)[:3] == ["rank", "batch", "rate"] and list(listed)[-2:] == ["guard.kind", "guard.weight"]
    assert listed["rank"] == Setting("rank", "int", 16, "r of the adapter")
    assert listed["batch"] == Setting("batch", "int", 8, "together"), "the help of the class that it comes from"
    assert listed["rate"].help == "of AdamW, in units of its own"
    assert listed["guard.kind"] == Setting("guard.kind", "str", "ewc", "which of them")
    assert (listed["history"].type, listed["steps"].type, listed["pair"].help) == ("int | None", "tuple[int, ...]", "")
    assert settings_of(Agent) == []


def test_a_config_without_source_has_no_help_and_all_its_settings():
    space: dict[str, Any] = {"dataclass": dataclass, "Agent": Agent}
    exec("@dataclass(frozen=True)\nclass Config:\n    x: int\n    'help'\nclass A(Agent):\n    pass\nA.Config = Config", space)
    assert settings_of(space["A"]) == [Setting("x", "int", MISSING, "")]


REFUSED = """
import sys
from clgym import registry
from clgym.errors import UnknownName
from clgym.records import Trial
from clgym.sweep.plan import check
for row in registry.agents():
    if not row.id.endswith(":"):
        model = "smollm2-135m" if row.model else ""
        for refuse in (
            lambda: check([Trial("CL-Conlang-v0", row.id, model=model, settings={"rnk": 8})]),
            lambda: registry.make_agent(row.id, rnk=8),
        ):
            try:
                refuse()
                print(row.id, "takes it")
            except UnknownName:
                pass
        if "torch" in sys.modules:
            sys.exit(f"{row.id} has loaded torch")
"""


def test_a_setting_that_no_agent_has_is_refused_before_torch_is_loaded():
    done = subprocess.run([sys.executable, "-c", REFUSED], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
