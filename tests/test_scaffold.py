"""``clgym new``: what it writes works as it stands, and what it cannot write is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clgym.cli import main
from clgym.errors import InvalidSetting, UnknownName
from clgym.scaffold import KINDS, new_package
from clgym.testing import cases_for

ROOT = Path(__file__).resolve().parents[1]
MADE = {"family": ("bird-calls", "BirdCalls"), "agent": ("note_taker", "NoteTaker"), "probe": ("backwards", "Backwards")}
IDS = {"family": "CL-MyBirdCalls-v0", "agent": "my-note-taker", "probe": "Probe-MyBackwards-v0"}


def test_the_examples_are_of_every_kind() -> None:
    assert set(MADE) == set(KINDS)


@pytest.mark.parametrize("kind", MADE)
def test_what_it_writes_keeps_the_contract(kind: str, tmp_path: Path) -> None:
    name, class_name = MADE[kind]
    files = new_package(kind, name, tmp_path / "made")
    findings = [case.run() for case in cases_for(f"{files[0]}:{class_name}")]
    assert [finding for finding in findings if finding.problems] == []
    for ruff in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *ruff, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_installed_packages_are_there_by_their_ids_and_their_tests_pass(tmp_path: Path) -> None:
    """Three real packages, installed by pip without a network, in programs of their own."""
    packages = [new_package(kind, f"my-{name}", tmp_path / name)[0].parent for kind, (name, _) in MADE.items()]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps", "--no-index"]
    target = tmp_path / "site"
    install = [*pip, "--no-build-isolation", "--target", str(target), *map(str, packages)]
    subprocess.run(install, check=True, timeout=300)
    around = {**os.environ, "PYTHONPATH": str(target)}

    def run(*command: str, folder: Path = tmp_path) -> str:
        done = subprocess.run([sys.executable, "-m", *command], cwd=folder, env=around, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert IDS["family"] in (listing := run("clgym", "envs")) and IDS["probe"] in listing and IDS["agent"] in run("clgym", "agents")
    assert "clgym-my-bird-calls 0.1.0" in run("clgym", "envs", "--json")
    run("clgym", "check", "--only", "identity", IDS["family"], IDS["probe"])
    run("pytest", "-q", *(str(file) for package in packages for file in package.glob("test_*.py")))


@pytest.mark.parametrize("name", ["", "two words", "9lives", "a.b", "../up", "ä", "class", "match", "json", "clgym", "-x", "x-"])
def test_names_that_cannot_be_taken_are_typed_errors(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="name"):
        new_package("family", name, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="CL-Taste-v0 is taken by clgym"):
        new_package("family", "taste", tmp_path / "made")
    with pytest.raises(UnknownName, match="kind"):
        new_package("model", "mine", tmp_path / "made")


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    assert main(["new", "agent", "untouched", "--output", str(folder)]) == 0
    assert f"clgym check {folder}/untouched.py:Untouched" in capsys.readouterr().out
    (folder / "untouched.py").write_text("x = 1\n")
    assert main(["new", "agent", "untouched", "--output", str(folder)]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err and (folder / "untouched.py").read_text() == "x = 1\n"
    (tmp_path / "file").write_text("")
    assert main(["new", "agent", "untouched", "--output", str(tmp_path / "file" / "below")]) == 2
