"""What the documentation says is true: its code runs, and its pages can be made from the registry."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from clgym import registry
from clgym.agent import Agent
from clgym.registry.builtin import FAMILIES
from clgym.scaffold import module_text
from clgym.settings import settings_of
from clgym.testing import check_agent, check_family, families

DOCS = Path(__file__).resolve().parents[1] / "docs"


def code_blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def page_module(name: str) -> ModuleType:
    """A module of docs/, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def docstrings() -> ModuleType:
    return page_module("docstrings")


def test_the_agent_of_the_page_learns_in_thirty_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agent_code, loop = code_blocks("write-your-own-agent.md")
    assert len([line for line in agent_code.splitlines() if line.strip()]) <= 30
    names: dict[str, object] = {"__name__": "page"}
    exec(agent_code, names)
    exec(loop, names)
    assert names["before"] <= 0.1
    assert names["after"] >= names["before"] + 0.4
    assert "after 200 env steps" in capsys.readouterr().out

    (tmp_path / "page_agent.py").write_text(agent_code, encoding="utf-8")
    check_agent(f"{tmp_path}/page_agent.py:Phrasebook")


def test_the_family_of_the_page_keeps_the_contract_in_120_lines(tmp_path: Path) -> None:
    (code,) = code_blocks("add-a-family.md")
    assert len(code.splitlines()) <= 120
    (tmp_path / "page_family.py").write_text(code, encoding="utf-8")
    check_family(f"{tmp_path}/page_family.py:Codenames")


def test_the_pages_show_what_clgym_new_writes() -> None:
    assert code_blocks("add-a-family.md")[0] == module_text("family", "codenames")
    assert code_blocks("write-your-own-agent.md")[0] == module_text("agent", "phrasebook")


def test_the_pages_name_the_pools_least_sizes() -> None:
    text = (DOCS / "add-a-family.md").read_text(encoding="utf-8")
    assert f"| level 0 | {families.FEWEST_LEARN_AT_0} | {families.FEWEST_EVAL_AT_0} | 1 |" in text
    assert f"| levels above | {families.FEWEST_LEARN:,} | {families.FEWEST_EVAL:,} | 1 |" in text
    assert f"| a probe (tag `probe`) | | {families.FEWEST_PROBE} | |" in text
    assert all(section in text for section in families.SECTIONS)


def commands(page: str) -> list[str]:
    blocks = re.findall(r"^```bash\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_a_stranger_follows_both_pages(tmp_path: Path) -> None:
    """In a folder of one's own, outside the repository: every command, in order, as it is printed."""
    site = tmp_path / "site"
    around = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1", "COLUMNS": "120"}
    python = f"{shlex.quote(sys.executable)} -m"
    offline = f"{python} pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index --target {site}"

    def follow(lines: list[str], folder: Path) -> str:
        text = "\n".join(lines).replace("pip install -e", offline)
        text = re.sub(r"^clgym ", lambda _: f"{python} clgym ", text, flags=re.MULTILINE)
        done = subprocess.run(["bash", "-e", "-c", text], cwd=folder, env=around, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "do not" not in follow(commands("add-a-family.md"), tmp_path)
    follow(["clgym new agent phrasebook"], tmp_path)
    (tmp_path / "clgym-phrasebook" / "codenames.py").write_text(code_blocks("add-a-family.md")[0], encoding="utf-8")
    shown = follow(commands("write-your-own-agent.md"), tmp_path / "clgym-phrasebook")
    assert "0.00 -> 1.00" in shown and "verified" in shown
    assert (tmp_path / "clgym-phrasebook" / "report.html").stat().st_size > 10_000


def test_the_gallery_has_an_exchange_of_every_family_and_names_who_brought_it() -> None:
    page = page_module("generate").gallery_page()
    for row in registry.families():
        assert row.id in page
    assert page.count("Brought by clgym.") == len(FAMILIES) == page.count("<dt>right</dt>")


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
    for page in (
        "generated/gallery",
        "generated/envs/index",
        "generated/probes",
        "generated/baselines/index",
        "generated/wrappers/index",
    ):
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
