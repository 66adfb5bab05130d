"""Not one word of transformers, peft, torch or huggingface_hub reaches whoever runs clgym with a model on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from clgym.registry import load_model  # noqa: E402

AGENTS = ("frozen", "icl", "lora-sft", "lora-rl")
SMALL = "--steps 4 --checkpoints 4 --eval-size 2 --transfer-size 0 --guard-size 0 --probe-size 0 --control-size 0".split()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a model that loads as those of the hub do."""
    home = tmp_path_factory.mktemp("home")
    tiny = load_model("tiny", device="cpu")
    tiny.network.save_pretrained(home / "model")
    tiny.tokenizer.save_pretrained(home / "model")
    return home


def heard(home: Path, *words: str) -> list[str]:
    """What clgym says on stderr when Python shows every warning, less its own lines."""
    settings = {**os.environ, "CLGYM_CACHE": str(home / "cache")}
    command = [sys.executable, "-W", "always", "-m", "clgym", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=home, env=settings, timeout=280)
    before, unable, _ = done.stderr.partition("clgym: no answer could be judged")  # a random judge reaches no verdict
    assert done.returncode == (1 if unable else 0), done.stderr
    own = re.compile(
        r"started |finished |(frozen|icl|rulebook|lora-\w+)(:\S+)?( on CL-\S+)?: "
    )  # the last: how answers of a trial ended
    return [line for line in before.splitlines() if line.strip() and not own.match(line)]


def run(home: Path, *agents: str) -> list[str]:
    chosen = [word for agent in agents for word in ("--agent", f"{agent}:max_new_tokens=4")]
    return heard(home, "run", "--env", "CL-Conlang-v0", "--worlds", "0", "--model", "path:model", *SMALL, *chosen, "--out", "runs")


@pytest.mark.parametrize("agents", [("icl", "lora-sft"), pytest.param(AGENTS, marks=pytest.mark.slow)], ids=["two", "all"])
def test_a_run_of_every_kind_of_agent_is_silent(home, agents):
    assert run(home, *agents) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("judge", "CL-Conlang-v0", "--model", "path:model", "--queries", "2"),
        (
            "calibrate",
            "--model",
            "path:model",
            "--env",
            "CL-Conlang-v0",
            "--worlds",
            "0",
            "--queries",
            "2",
            "--contexts",
            "4",
            "--yes",
        ),
        ("run", "--env", "CL-Conlang-v0", "--model", "path:model", *SMALL, "--agent", "icl", "--worlds", "0-1", "--workers", "2"),
    ],
    ids=lambda words: words[0],
)
def test_whatever_asks_a_model_is_silent(home, words):
    assert heard(home, *words) == []


@pytest.mark.slow
def test_a_report_is_silent(home):
    run(home, "frozen")
    assert [line for line in heard(home, "report", "runs") if "report" not in line] == []
