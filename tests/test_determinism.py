"""The same trial gives the same bytes: whatever the hash seed, the locale, the time zone, the folder and the number of workers.

One that learns is held to it in test_resume.py, where it is killed as well.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clgym.records import RECORDS_FILE, RESULT_FILE
from clgym.registry import families
from clgym.registry.builtin import FAMILIES
from clgym.testing.families import fingerprints

ORDINARY = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

#: Two families, one of which runs code; answers at random and answers that are right.
SCRIPTED = [
    "--env",
    "CL-Conlang-v0",
    "--env",
    "CL-Dialect-v0",
    "--agent",
    "random",
    "--agent",
    "oracle",
    "--worlds",
    "0",
    "--steps",
    "12",
    "--eval-size",
    "4",
    "--transfer-size",
    "2",
    "--guard-size",
    "2",
    "--probe-size",
    "0",
    "--control-size",
    "4",
    "--noise",
    "0.3",
    "--attempts",
    "2",
]
SWEEP = ["--env", "CL-Conlang-v0", "--agent", "random", "--worlds", "0-2", *SCRIPTED[10:]]


@functools.cache
def locales() -> tuple[str, ...]:
    """A plain one, and a German one where the machine has it: commas in numbers, another order of letters."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    return "C", *[name for name in known if name.lower().startswith("de_de")][:1]


def run_clgym(settings: list[str], out: Path, folder: Path, changes: dict[str, str]) -> dict[str, bytes]:
    """``clgym run`` as a process of its own; the files of its trials that must not differ."""
    environment = {**os.environ, **ORDINARY, "OMP_NUM_THREADS": "1", **changes}
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "clgym", "run", *settings, "--out", str(out)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    files = {
        path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.name in (RECORDS_FILE, RESULT_FILE)
    }
    assert files and all(files.values())
    return files


def difference(ones: dict[str, bytes], others: dict[str, bytes]) -> str:
    """The first place where two sets of files differ, for whoever has to find out why."""
    if ones.keys() != others.keys():
        return f"files differ: {sorted(ones.keys() ^ others.keys())}"
    for name, one in ones.items():
        for number, lines in enumerate(zip(one.splitlines(), others[name].splitlines()), 1):
            if lines[0] != lines[1]:
                return f"{name}, line {number}:\n{lines[0].decode()[:2000]}\n{lines[1].decode()[:2000]}"
    return "" if ones == others else "one file is longer"


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("ordinary")
    return run_clgym(SCRIPTED, out / "runs", out, {})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, marks=pytest.mark.slow),
        {
            "TZ": "America/St_Johns",
            "PYTHONHASHSEED": "4242",
            "COLUMNS": "40",
            **dict.fromkeys(("LC_ALL", "LANG", "LANGUAGE"), locales()[-1]),
        },
    ],
    ids=["again", "hash seed, time zone, locale and width"],
)
def test_a_trial_gives_the_same_bytes_in_other_surroundings(ordinary, tmp_path, changes) -> None:
    assert not difference(ordinary, run_clgym(SCRIPTED, tmp_path / "runs", tmp_path / "ä folder", changes))


def test_two_workers_write_what_one_does(tmp_path) -> None:
    one = run_clgym(SWEEP, tmp_path / "one", tmp_path, {})
    two = run_clgym([*SWEEP, "--workers", "2"], tmp_path / "two", tmp_path, {"PYTHONHASHSEED": "7"})
    assert len(one) == 6 and not difference(one, two)


def digests(levels: str) -> dict[str, str]:
    """A digest of each family, at its first level or at all."""
    return {
        f"{row.id} {what}": digest
        for row in families()
        for what, digest in fingerprints(row.id, row.levels[:1] if levels == "first" else row.levels).items()
    }


def digests_elsewhere(levels: str) -> dict[str, str]:
    """The same in a process whose hash seed is another than this one's."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") == "4242" else "4242"
    code = "import json, sys, test_determinism; json.dump(test_determinism.digests(sys.argv[1]), sys.stdout)"
    around = {**os.environ, **ORDINARY, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.run(
        [sys.executable, "-c", code, levels], env=around, stdout=subprocess.PIPE, text=True, timeout=3000, check=True
    )
    return json.loads(process.stdout)


@pytest.mark.parametrize("levels", ["first", pytest.param("all", marks=pytest.mark.slow)])
def test_worlds_and_grades_of_every_family_are_the_same_under_two_hash_seeds(levels: str) -> None:
    one, two = digests(levels), digests_elsewhere(levels)
    counts = [1 if levels == "first" else len(row.levels) for row in FAMILIES]
    assert len(one) == sum(count * (1 if "probe" in row.tags else 2) for row, count in zip(FAMILIES, counts))
    assert [cell for cell in one if one[cell] != two[cell]] == []
    assert len(set(one.values())) == len(one)
