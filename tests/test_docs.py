"""What the documentation says is true: its code runs, and its pages can be made from the registry."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from clgym.agent import Agent
from clgym.registry.builtin import FAMILIES
from clgym.seeding import seed_of
from clgym.settings import settings_of

DOCS = Path(__file__).resolve().parents[1] / "docs"


def code_blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def docstrings() -> ModuleType:
    """docs/docstrings.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("docstrings", DOCS / "docstrings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_agent_of_the_page_learns_in_thirty_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agent_code, loop = code_blocks("write-your-own-agent.md")
    assert len([line for line in agent_code.splitlines() if line.strip()]) <= 30
    names: dict[str, object] = {"__name__": "page"}
    exec(agent_code, names)
    exec(loop, names)
    assert names["before"] <= 0.1
    assert names["after"] >= names["before"] + 0.4
    assert "after 200 env steps" in capsys.readouterr().out

    agent, twin = names["agent"], names["Phrasebook"]()
    agent.save(tmp_path)
    twin.load(tmp_path)
    question = [[{"role": "user", "content": "Translate into Zozir: the big river"}]]
    assert twin.act(question) == agent.act(question)
    assert twin.digest() == agent.digest()


def test_the_family_of_the_page_keeps_the_contract() -> None:
    (code,) = code_blocks("add-a-family.md")
    names: dict[str, object] = {"__name__": "page"}
    exec(code, names)
    family = names["Codenames"]()
    for level in family.levels:
        world = family.world(seed_of("page"), level)
        prompts = [world.query(pool, index).prompt for pool in world.pools for index in range(world.pools[pool])]
        assert len(set(prompts)) == len(prompts)
        for index in range(world.pools["eval"]):
            query = world.query("eval", index)
            assert world.name in query.prompt
            assert world.grade(query, world.solve(query)).reward == 1.0
            for hostile in ("", "\0", "🙂" * 1000, "a b", world.habit(query)):
                assert world.grade(query, hostile).reward == 0.0
            assert world.solve(query) in world.rulebook()


def test_the_quickstart_code_runs() -> None:
    blocks = [block for block in code_blocks("quickstart.md") if "make_agent" not in block]
    assert blocks
    for block in blocks:
        exec(block, {"__name__": "page"})


def test_the_readme_code_runs_with_a_model_that_knows_nothing() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", (DOCS.parent / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    short = code.replace('make_agent("lora-sft")', 'make_agent("lora-sft", model="tiny")').replace("range(200)", "range(5)")
    assert short.count("tiny") == short.count("range(5)") == 1
    names: dict[str, object] = {"__name__": "page"}
    exec(short, names)
    assert names["info"]["feedback"] and 0 <= names["reward"] <= 1


def test_every_row_is_reachable_from_an_index_that_is_generated() -> None:
    index = (DOCS / "index.md").read_text()
    for page in ("generated/envs/index", "generated/probes", "generated/baselines/index", "generated/wrappers/index"):
        assert page in index
    assert not [row.id for row in FAMILIES if (DOCS / f"{row.id}.md").exists()], "family pages are generated, not kept by hand"


def test_sections_become_headings_and_code_stays_code(docstrings: ModuleType) -> None:
    text = docstrings.markdown("""One line.

    Hidden rules:
        Words are ``drawn``; see :class:`~clgym.core.World`.

    Example:
        >>> 1 + 1
        2
    """)
    assert "## Hidden rules\n\nWords are `drawn`; see `World`." in text
    assert "```pycon\n>>> 1 + 1\n2\n```" in text


def test_the_docstring_under_a_field_is_found(docstrings: ModuleType) -> None:
    table = docstrings.settings_table(settings_of(Sample))
    assert "| `rank` | `int` | `8` | How wide the \\| adapter is. |" in table


class Sample(Agent):
    @dataclass(frozen=True)
    class Config:
        rank: int = 8
        """How wide the | adapter is."""


def test_every_link_between_hand_written_pages_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("generated/") or (page.parent / target).exists(), f"{page.name} links to {target}"
