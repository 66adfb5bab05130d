"""Families, agents and models are found inside and outside; what is broken there is named, and harms nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import gymnasium as gym
import pytest
from outsiders import AGENT, FAMILY, HELPER, install

import clgym
from clgym import registry
from clgym.cli.doctor import _outside
from clgym.errors import ClgymError, DuplicateName, InvalidSetting, NotLoadable, UnknownName, WrongKind
from clgym.registry.builtin import AGENT_SCHEMES, AGENTS, FAMILIES
from clgym.sweep.plan import Spec, folder_name, parse_spec


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path in which packages can be installed; afterwards gymnasium knows what it knew."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    envs, modules = dict(gym.registry), set(sys.modules)
    yield tmp_path / "site"
    gym.registry.clear()
    gym.registry.update(envs)
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_rows_of_an_installed_package_are_found_like_ours(site):
    points = "[clgym.families]\nCL-Codenames-v0 = codenames:Codenames\n[clgym.agents]\nmy-notes = my_notes:Notes\n"
    install(site, "codenames", points, codenames=FAMILY, my_notes=AGENT, notes_helper=HELPER)
    clgym.register_envs()
    row = registry.family("CL-Codenames-v0")
    assert (row.package, row.summary, row.levels) == ("codenames 1.0", "what an agency calls its people", range(2))
    assert row in registry.families() and registry.agent("my-notes") in registry.agents() and registry.broken() == []
    worlds = [
        registry.make_world("CL-Codenames-v0", level=1, world=3),
        registry.make_world("codenames:Codenames", level=1, world=3),
        gym.make("CL-Codenames-v0", level=1, world=3).unwrapped.world,
        gym.make("codenames:Codenames", level=1, world=3).unwrapped.world,
        gym.make(registry.gym_spec(f"{site}/codenames.py:Codenames"), level=1, world=3).unwrapped.world,
    ]
    assert len({(world.shift, world.level) for world in worlds}) == 1
    assert registry.make_agent("my_notes:Notes", size=3).config == registry.make_agent("my-notes", size=3).config


def test_a_module_of_the_current_folder_is_found_as_by_python_itself(site, tmp_path, monkeypatch):
    (tmp_path / "codenames_here.py").write_text(FAMILY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(tmp_path))])
    assert registry.load_family("codenames_here:Codenames").version == 1


def test_a_family_of_ours_by_its_module_keeps_its_probes():
    named = registry.family("clgym.envs.taste:Taste")
    assert (named.probes, named.levels) == (registry.family("CL-Taste-v0").probes, range(4)) and named.probes


def no_levels(change: str) -> str:
    return FAMILY.replace("version, levels = ", "version, nothing = ").replace("def world", f"{change}\n\n    def world", 1)


#: What is wrong -> the entry point, the text of the module, the error, its words.
BROKEN = {
    "no module": ("nowhere:Codenames", "", NotLoadable, ["ModuleNotFoundError"]),
    "raises": ("broken:Codenames", "import json\n\njson.loads('{')\n", NotLoadable, ["JSONDecodeError", "broken.py line 3"]),
    "exits": ("broken:Codenames", "import sys\nsys.exit('no licence')\n", NotLoadable, ["SystemExit: no licence", "line 2"]),
    "no Python": ("broken:Codenames", "class Codenames\n", NotLoadable, ["SyntaxError", "broken.py line 1"]),
    "no name": ("broken:Codename", FAMILY, UnknownName, ["Did you mean 'Codenames'?"]),
    "other kind": ("broken:Agency", FAMILY, WrongKind, ["the class Agency, not a task family", "broken.py line", "clgym.Family"]),
    "a number": ("broken:N", "N = 3\n", WrongKind, ["a int, not a task family"]),
    "abstract": ("broken:F", "import clgym\nclass F(clgym.Family):\n    pass\n", WrongKind, ["without world", "broken.py line 2"]),
    "no levels": ("broken:Codenames", no_levels(""), WrongKind, ["has no levels", "levels = range(2)"]),
    "levels are no range": ("broken:Codenames", no_levels("levels = 3"), WrongKind, ["has levels = 3"]),
    "one probe": ("broken:Codenames", no_levels("levels = range(1); probes = 'Probe-X'"), WrongKind, ["has probes = 'Probe-X'"]),
    "wants arguments": (
        "broken:Codenames",
        no_levels("levels = range(2)\n    def __init__(self, path): ..."),
        WrongKind,
        ["cannot be made without arguments", "'path'"],
    ),
    "no address": ("broken.Codenames", FAMILY, InvalidSetting, ["module:Name"]),
    "other row": ("broken:R", "import clgym\nR = clgym.AgentRow('x', 'x:y')\n", WrongKind, ["AgentRow", "FamilyRow"]),
    "row to nowhere": ("broken:R", "import clgym\nR = clgym.FamilyRow('x', 'nowhere:y')\n", NotLoadable, ["nowhere"]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_family_names_its_package_and_harms_no_other(site, fault):
    point, text, error, words = BROKEN[fault]
    install(site, "broken-package", f"[clgym.families]\nCL-Broken-v0 = {point}\n", broken=text)
    with pytest.raises(error) as raised:
        registry.load_family("CL-Broken-v0")
    for word in ["broken-package 1.0", *words]:
        assert word in str(raised.value)
    found = (
        registry.broken()
        if "wants" not in fault
        else [registry.Fault("environment", "CL-Broken-v0", "broken-package 1.0", raised.value)]
    )
    assert [(row.kind, row.id, row.package) for row in found] == [("environment", "CL-Broken-v0", "broken-package 1.0")]
    assert {row.id for row in FAMILIES} <= {row.id for row in registry.families()}
    assert registry.make_world("CL-Taste-v0").pools and registry.agents() == (*AGENTS, *AGENT_SCHEMES)


@pytest.mark.parametrize(
    "point, text, error, words",
    [
        ("broken:A", "from clgym import Agent\nclass A(Agent):\n    pass\n", WrongKind, ["without act", "broken.py line 2"]),
        ("broken:N", "N = 3\n", WrongKind, ["a int, not an agent"]),
        ("broken:Codenames", FAMILY, WrongKind, ["is a task family, not an agent"]),
    ],
)
def test_a_broken_agent_names_its_package(site, point, text, error, words):
    install(site, "broken-package", f"[clgym.agents]\nbroken-agent = {point}\n", broken=text)
    with pytest.raises(error) as raised:
        registry.make_agent("broken-agent")
    for word in ["broken-package 1.0", *words]:
        assert word in str(raised.value)
    assert [row.id for row in registry.broken()] == ["broken-agent"] and registry.agents() == (*AGENTS, *AGENT_SCHEMES)


def test_an_agent_whose_constructor_wants_more_is_shown_the_shape(site):
    text = AGENT.replace("config=None, *, seed=0", "path, config=None, *, seed=0")
    install(site, "other", "[clgym.agents]\nother = other_notes:Notes\n", other_notes=text, notes_helper=HELPER)
    with pytest.raises(WrongKind, match=r"'path'.*\n +def __init__\(self, config=None, \*, seed=0\)"):
        registry.make_agent("other")


def test_an_id_that_two_packages_claim_is_nobodys_until_one_says_which(site):
    points = "[clgym.families]\nCL-Codenames-v0 = {0}:Codenames\nCL-{0}-v0 = {0}:Codenames\n[clgym.agents]\nicl = {0}:Agency\n"
    for name in ("first", "second"):
        install(site, name, points.format(name), **{name: FAMILY})
    with pytest.raises(DuplicateName, match=r"first 1.0 \(first:Codenames\) and by second 1.0 \(second:Codenames\).*module:Name"):
        registry.family("CL-Codenames-v0")
    with pytest.raises(DuplicateName, match=r"clgym \(clgym.baselines.icl:InContext\)"):
        registry.agent("icl")
    assert registry.load_family("CL-first-v0") and registry.load_family("second:Codenames")
    clgym.register_envs()
    with pytest.raises(DuplicateName):
        gym.make("CL-Codenames-v0")


def test_metadata_that_cannot_be_read_costs_only_its_own_package(site):
    install(site, "scribble", "[clgym.families]\nthis is no entry point\n")
    install(site, "codenames", "[clgym.families]\nCL-Codenames-v0 = codenames:Codenames\n", codenames=FAMILY)
    assert registry.load_family("CL-Codenames-v0")
    assert "scribble" in registry.broken()[0].package


def test_the_program_lists_the_rest_and_says_what_is_broken(site, tmp_path):
    install(site, "broken-package", "[clgym.agents]\nbroken-agent = nowhere:Agent\n")
    found = [finding for finding in _outside() if finding.state == "fail"]
    assert (
        len(found) == 1
        and "broken-agent" in found[0].name
        and "broken-package 1.0" in found[0].name
        and "nowhere" in found[0].found
    )
    done = subprocess.run(
        [sys.executable, "-m", "clgym", "agents", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(site)},
    )
    assert done.returncode == 0 and [row["id"] for row in json.loads(done.stdout)] == [row.id for row in (*AGENTS, *AGENT_SCHEMES)]
    assert re.search(r"left out: agent broken-agent of broken-package 1\.0: .*No module named 'nowhere'", done.stderr)


def test_a_program_adds_rows_of_its_own(site):
    install(site, "rows", "", clgym_test_rows=FAMILY)
    row = registry.FamilyRow("CL-Row-v0", "clgym_test_rows:Codenames", levels=range(2))
    try:
        registry.register(row)
        registry.register(row)
        registry.register(registry.FamilyRow("CL-Row-v0", "clgym_test_rows:Codenames", "changed", levels=range(2)))
        assert registry.family("CL-Row-v0").summary == "changed"
        assert [r.id for r in registry.registered()] == ["CL-Row-v0"] and gym.make("CL-Row-v0").unwrapped.world.shift
        with pytest.raises(DuplicateName, match="clgym_test_rows"):
            registry.register(registry.FamilyRow("CL-Row-v0", "clgym_test_rows:Agency"))
    finally:
        registry.unregister(row)
    assert "CL-Row-v0" not in gym.registry
    with pytest.raises(UnknownName):
        registry.family("CL-Row-v0")


@pytest.mark.parametrize(
    "row, error",
    [
        (registry.FamilyRow("CL-Taste-v0", "mine:Taste"), DuplicateName),
        (registry.AgentRow("icl", "mine:Mine"), DuplicateName),
        (registry.FamilyRow("my family!", "mine:Mine"), InvalidSetting),
        (registry.FamilyRow("Taxi", "mine:Mine"), InvalidSetting),
        (registry.FamilyRow("CartPole-v1", "mine:Mine"), InvalidSetting),
        (registry.AgentRow("my:agent", "mine:Mine"), InvalidSetting),
        (registry.AgentRow("", "mine:Mine"), InvalidSetting),
        (registry.AgentRow("mine", "mine.Mine"), InvalidSetting),
        ("CL-Mine-v0", InvalidSetting),
    ],
)
def test_rows_that_cannot_be_added_are_refused_and_change_nothing(row, error):
    before = dict(gym.registry)
    with pytest.raises(error):
        registry.register(row)
    assert gym.registry == before and registry.registered() == []


def test_a_class_that_is_called_like_an_env_of_others_leaves_that_alone(site):
    taken = gym.registry["CartPole-v1"]
    install(site, "x", "", taxi=FAMILY.replace("class Codenames", "class CartPole").replace("Codenames.name", "CartPole.name"))
    assert registry.make_world("taxi:CartPole").pools and gym.registry["CartPole-v1"] is taken and "CartPole" not in gym.registry


@pytest.mark.parametrize(
    "text, spec",
    [
        ("icl", Spec("icl")),
        ("lora-sft:lr=0.001,target=all-linear", Spec("lora-sft", {"lr": 0.001, "target": "all-linear"})),
        ("mine:Notes", Spec("mine:Notes")),
        ("mine.agents:Notes:size=3,guard.kind=kl", Spec("mine.agents:Notes", {"size": 3, "guard.kind": "kl"})),
        ("my/agents.py:Notes:size=3", Spec("my/agents.py:Notes", {"size": 3})),
        ("a:b/agents.py:Notes:size=3", Spec("a:b/agents.py:Notes", {"size": 3})),
        ("icl:header=Rules:note=1", Spec("icl", {"header": "Rules:note=1"})),
    ],
)
def test_settings_follow_any_name(text, spec):
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    "name, words",
    [
        ("icl:rank", "is not key=value"),
        ("icl:", "is not key=value"),
        ("icll", "Did you mean 'icl'"),
        ("nowhere.py:Agent", "no file nowhere.py"),
        ("nowhere:Agent", "No module named 'nowhere'"),
        ("frozen-", "module:Name or path/to/file.py:Name"),
    ],
)
def test_names_of_no_agent_say_what_would_be_one(name, words):
    with pytest.raises(ClgymError, match=re.escape(words)):
        registry.agent(parse_spec(name).name)


@pytest.mark.parametrize(
    "name", ["../../mine.py:Mine", "/etc/x.py:Mine", "..", "exec:rm -rf /", "http://a/../b", "ns/Mine-v0", "a:B"]
)
def test_folders_of_trials_stay_where_they_belong(name):
    folder = folder_name(name)
    assert re.fullmatch(r"\w[\w.-]*", folder) and ".." not in folder
