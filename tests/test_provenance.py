"""A trial says whose code answered and whose graded; other code neither goes on with it nor is handed it, and what raises is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from outsiders import AGENT, FAMILY, HELPER, SMALL, install
from test_engines import Quiet

import clgym
from clgym import registry
from clgym.agent import Agent, Answer
from clgym.cli import main
from clgym.errors import AgentError, FamilyError, NotLoadable, RecordsError
from clgym.protocol import Trial, TrialInterrupted, TrialObserver, provenance, run_trial
from clgym.records import RESULT_FILE, TRIAL_FILE, AnswerRecord
from clgym.storage import read_json, write_json
from clgym.submission import verify
from clgym.submission.salt import commitments
from clgym.sweep import remote
from clgym.sweep.run import Sweep, run_sweep
from clgym.sweep.stopping import Stop

TRIAL = Trial("CL-Taste-v0", "mine", **SMALL)


class Says(Agent):
    """Always the same word."""

    def __init__(self, word):
        self.word = word
        self._made = object()

    def act(self, conversations):
        return [Answer(self.word) for _ in conversations]


class SaysToo(Says):
    """The same from another class."""


class Stopper(TrialObserver):
    """Stops a trial in its learn stream."""

    stop = False

    def advance(self, answers, stage):
        self.stop |= stage == "learning"

    def stopping(self):
        return self.stop


@pytest.mark.parametrize("finished", [True, False])
def test_a_trial_is_of_one_agent(tmp_path, finished):
    folder = tmp_path / "t"
    if finished:
        run_trial(TRIAL, folder, make=lambda: Says("one"))
    else:
        with pytest.raises(TrialInterrupted):
            run_trial(TRIAL, folder, make=lambda: Says("one"), observer=Stopper())
    for make, words in [
        (lambda: Says("two"), r"test_provenance:Says \(there\).*made with another word.*--fresh"),
        (lambda: SaysToo("one"), r"test_provenance:Says \(there\) and .*test_provenance:SaysToo"),
    ]:
        with pytest.raises(RecordsError, match=words):
            run_trial(TRIAL, folder, make=make)
    records = run_trial(TRIAL, folder, make=lambda: Says("one"))
    assert {record.answer for record in records.of(AnswerRecord)} == {"one"}
    origin = records.header["agent"]
    assert origin["entry_point"] is None and set(origin["made_with"]) == {"word"} and "one" not in str(origin["made_with"])


def test_what_a_closure_holds_tells_functions_apart():
    def reply(word):
        return lambda prompt: word

    assert provenance._made_with(reply("one")) == provenance._made_with(reply("one")) != provenance._made_with(reply("two"))


def test_a_header_without_an_agent_is_of_an_older_clgym_and_goes_on(tmp_path):
    run_trial(TRIAL, tmp_path, make=lambda: Says("one"))
    header = read_json(tmp_path / TRIAL_FILE)
    write_json(tmp_path / TRIAL_FILE, {name: value for name, value in header.items() if name != "agent"})
    assert run_trial(TRIAL, tmp_path, make=lambda: Says("two"))


def test_agents_of_clgym_are_named_with_their_source():
    origin = provenance.named_origin("icl")
    assert (origin["entry_point"], origin["distribution"], origin["version"]) == (
        "clgym.baselines.icl:InContext",
        "clgym",
        clgym.__version__,
    )
    assert {"clgym.baselines.icl", "clgym.baselines.language_agent"} <= set(origin["sources"])
    assert len(origin["sha256"]) == 64 and not any(name.startswith("clgym.baselines.lora") for name in origin["sources"])


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A folder of somebody's own with a family and an agent, installed as one package."""
    points = "[clgym.families]\nCL-Codenames-v0 = codenames:Codenames\n[clgym.agents]\nmy-notes = my_notes:Notes\n"
    site = install(tmp_path / "site", "codenames", points, codenames=FAMILY, my_notes=AGENT, notes_helper=HELPER)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    modules = set(sys.modules)
    yield site
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_who_answered_and_who_graded_is_in_the_record(outside, tmp_path):
    trial = Trial("CL-Codenames-v0", "my-notes", **SMALL)
    header = run_trial(trial, tmp_path / "t").header
    agent, family = header["agent"], header["families"]["CL-Codenames-v0"]
    assert (agent["entry_point"], agent["distribution"], agent["version"]) == ("my_notes:Notes", "codenames", "1.0")
    assert set(agent["sources"]) == {"my_notes", "notes_helper"} and "made_with" not in agent
    assert (family["entry_point"], family["distribution"], family["version"]) == ("codenames:Codenames", "codenames", "1.0")
    assert "codenames" in header["graders"] and "clgym.env" in header["graders"]
    verdict = verify(tmp_path)
    assert verdict.verified and verdict.outside == ("codenames 1.0 (codenames:Codenames)",)

    (outside / "notes_helper.py").write_text(HELPER.replace("?", "!"))
    with pytest.raises(RecordsError, match=r"another agent: my_notes:Notes of codenames 1.0.*the source of notes_helper differs"):
        run_trial(trial, tmp_path / "t")
    board = Quiet()
    outcome = run_sweep([trial], tmp_path / "runs", board)  # a folder of its own
    (outside / "notes_helper.py").write_text(HELPER)
    again = run_sweep([trial, replace(trial, world=1)], tmp_path / "runs", board)
    assert len(outcome.finished) == 1 and again.failed == outcome.finished and len(again.finished) == 1
    assert "the source of notes_helper differs" in board.errors[0]


def test_other_graders_are_named_by_module(outside, tmp_path):
    trial = Trial("CL-Codenames-v0", "my-notes", **SMALL)
    with pytest.raises(TrialInterrupted):
        run_trial(trial, tmp_path / "half", observer=Stopper())
    run_trial(trial, tmp_path / "runs")
    (outside / "codenames.py").write_text(FAMILY + "# a change\n")
    with pytest.raises(RecordsError, match=r"other code: grader_sha256 .* in codenames \(commit|in codenames\. Start"):
        run_trial(trial, tmp_path / "half")
    (line,) = verify(tmp_path / "runs").differences
    assert "what differs: codenames" in line


def test_a_family_that_is_missing_where_it_is_verified_says_what_to_install(outside, tmp_path, monkeypatch):
    run_trial(Trial("CL-Codenames-v0", "my-notes", **SMALL), tmp_path / "t")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(outside)])
    with pytest.raises(NotLoadable, match=r"pip install 'codenames==1\.0'"):
        verify(tmp_path / "t")


def test_code_that_came_with_a_bundle_is_not_run(outside, tmp_path):
    shutil.copy(outside / "codenames.py", "family.py")
    runs, bundle = tmp_path / "runs", tmp_path / "bundle"
    run_sweep([Trial("family.py:Codenames", "my-notes", **SMALL)], runs, Quiet())
    assert main(["submit", str(runs), "--output", str(bundle)]) == 0
    assert verify(bundle).verified
    line = verify(bundle, untrusted=[tmp_path]).differences[0]
    assert "family.py:Codenames, came with the bundle, and such code is not run" in line


def test_the_salt_commits_to_families_from_outside_too(outside, monkeypatch):
    monkeypatch.setenv("CLGYM_SALT", "ab" * 32)
    install(outside, "broken-package", "[clgym.families]\nCL-Broken-v0 = nowhere:F\n")
    monkeypatch.syspath_prepend(str(outside.parent))  # another path, so what is installed is looked up anew
    found, missing = commitments()
    assert {"CL-Codenames-v0/1", f"CL-Taste-v0/{registry.load_family('CL-Taste-v0').version}"} <= set(found) and any(
        "broken-package 1.0" in line for line in missing
    )


def test_the_graders_hash_has_the_modules_that_grade_and_no_others(tmp_path):
    """In a copy of everything: what voids a trial of Taste, and what does not."""
    shutil.copytree(Path(clgym.__file__).parent, tmp_path / "clgym", ignore=shutil.ignore_patterns("__pycache__"))
    for room in ("envs", "wrappers", "baselines"):
        shutil.copytree(str(resources.files(f"clgym.{room}")), tmp_path / "clgym" / room, dirs_exist_ok=True)
    code = """
import sys, clgym
from pathlib import Path
from clgym.protocol.provenance import grader_hash
root = Path(clgym.__file__).parent
first = {name: grader_hash(name) for name in ("CL-Taste-v0", "CL-Conlang-v0", "CL-Slang-v0", "CL-Dialect-v0", "CL-Stream-v0")}
for path in sys.argv[1:]:
    text = (root / path).read_bytes()
    (root / path).write_bytes(text + b"# a change\\n")
    print(path, *(name for name in first if grader_hash(name) != first[name]))
    (root / path).write_bytes(text)
"""
    rows = {
        "envs/conlang/poetry.py": ["CL-Conlang-v0", "CL-Stream-v0"],
        "envs/slang/senses.txt": ["CL-Slang-v0", "CL-Stream-v0"],
        "sandbox/js_prelude.js": ["CL-Dialect-v0", "CL-Stream-v0"],
        "env.py": ["CL-Taste-v0", "CL-Conlang-v0", "CL-Slang-v0", "CL-Dialect-v0", "CL-Stream-v0"],
        "core.py": ["CL-Taste-v0", "CL-Conlang-v0", "CL-Slang-v0", "CL-Dialect-v0", "CL-Stream-v0"],
        "envs/probes/facts.txt": [],
        "registry/builtin.py": [],
        "errors.py": [],
        "cli/__init__.py": [],
        "baselines/icl.py": [],
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *rows],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()} == rows


def test_a_family_that_raises_is_named_with_its_line_and_the_trial_goes_on_once_it_no_longer_does(outside, tmp_path):
    """The fault comes from the machine, not from the code: the same code goes on when it is gone."""
    text = FAMILY.replace("        right = answer", "        open('licence').close()\n        right = answer")
    (tmp_path / "licensed.py").write_text(text)
    line = 1 + text.splitlines().index("        open('licence').close()")
    trial = Trial("licensed.py:Codenames", "my-notes", **SMALL)
    others = [Trial("CL-Codenames-v0", "my-notes", **SMALL)]
    board = Quiet()
    outcome = run_sweep([trial, *others], tmp_path / "runs", board)
    assert len(outcome.finished) == 1 and len(outcome.failed) == 1
    for words in ("FamilyError", "licensed.py", f"licensed.py line {line}", "FileNotFoundError", "licence"):
        assert words in board.errors[-1]
    (tmp_path / "licence").touch()
    assert len(run_sweep([trial, *others], tmp_path / "runs", board).finished) == 2


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("return Agency(seed", "return 3 or Agency(seed", "world\\(\\) gave a int"),
        ("return Agency(seed", "return 1 / 0 or Agency(seed", r"raised ZeroDivisionError.*codenames.py line 16"),
        ("        right = answer", "        return 1.0\n        right = answer", "gave a float: grade\\(\\) gives a clgym.Grade"),
        ("Grade(float(right)", "Grade(2.0", r"raised AssertionError: 2.0.*codenames.py line 32"),
        (
            "def solve(self, query):",
            "def solve(self, query):\n        raise KeyError('no key')",
            r"raised KeyError: 'no key'.*line",
        ),
    ],
)
def test_a_family_that_gives_nonsense_is_told_so(outside, tmp_path, old, new, words):
    (outside / "codenames.py").write_text(FAMILY.replace(old, new))
    with pytest.raises(FamilyError, match=words) as raised:
        run_trial(Trial("CL-Codenames-v0", "my-notes", **SMALL), tmp_path / "t")
    assert "world() gave" in str(raised.value) or "gave a float" in str(raised.value) or "codenames 1.0" in str(raised.value)


@pytest.mark.parametrize("method", ["act", "learn", "save", "__init__"])
def test_an_agent_that_raises_is_named_with_its_line(outside, tmp_path, method):
    text = AGENT.replace(
        f"def {method}(self", f"def {method}(self, *a, **k):\n        raise OSError('gone')\n\n    def _{method}(self"
    )
    (outside / "my_notes.py").write_text(text)
    line = 1 + text.splitlines().index("        raise OSError('gone')")
    with pytest.raises(
        AgentError, match=rf"agent my-notes.* \(brought by codenames 1.0\) raised OSError: gone, at .*my_notes.py line {line}"
    ):
        run_trial(Trial("CL-Codenames-v0", "my-notes", **SMALL), tmp_path / "t")


def test_workers_import_files_and_know_what_the_program_registered(outside, tmp_path):
    for name in ("codenames", "my_notes", "notes_helper"):
        shutil.copy(outside / f"{name}.py", tmp_path / f"{name}.py")
    row = registry.AgentRow("rowed", "my_notes:Notes")
    registry.register(row)
    trials = [Trial("codenames.py:Codenames", agent, {"size": 3}, **SMALL) for agent in ("my_notes.py:Notes", "rowed")]
    try:
        board = Quiet()
        outcome = run_sweep(trials, tmp_path / "runs", board, workers=2)
    finally:
        registry.unregister(row)
    assert len(outcome.finished) == 2, board.errors
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["codenames-Codenames-level0-train-world0"]


def test_jobs_of_ray_and_slurm_import_by_the_same_names(outside, tmp_path, monkeypatch):
    """What both do on a node: in another folder than the one in which the sweep began, or on a machine that does not see that."""
    shutil.copy(outside / "codenames.py", tmp_path / "family.py")
    row = registry.AgentRow("rowed", "my_notes:Notes")
    registry.register(row)
    trial = Trial("family.py:Codenames", "rowed", **SMALL)
    sweep = Sweep(tmp_path / "runs", Quiet(), Stop(), [])
    sweep.out.mkdir()
    with remote.tokened(sweep.out) as token:
        job = remote.job_of(trial, sweep, token)
        registry.unregister(row)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        blind = remote.work(job._replace(folder="/not/here", out=str(tmp_path / "blind")))
        report = remote.work(job)
    registry.unregister(row)
    assert (blind.kind, blind.final) == ("failed", True) and "NotLoadable: family.py:Codenames is a file that" in blind.error
    assert report.kind == "finished", report.error
    assert Path.cwd() == elsewhere and list(sweep.out.glob(f"*/*/{RESULT_FILE}"))


def test_what_only_the_program_has_is_not_sent_to_other_machines():
    with pytest.raises(NotLoadable, match="move it into a module"):
        remote.check_portable([Trial("CL-Taste-v0", "__main__:Mine")])
