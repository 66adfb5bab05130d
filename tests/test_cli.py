"""``clgym`` as a user meets it: lists, sweeps, play, and errors in one line."""

from __future__ import annotations

import builtins
import dataclasses
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

from clgym import registry
from clgym.agent import Agent, Answer
from clgym.cli import main
from clgym.errors import InvalidSetting
from clgym.protocol import TrialObserver
from clgym.records import AnswerRecord, Trial, read_runs
from clgym.registry import make_world
from clgym.settings import checked
from clgym.sweep import parse_numbers, parse_spec, plan, run_sweep, trial_folder

ENV = "CL-Conlang-v0"
SMALL = [
    "--env",
    ENV,
    "--steps",
    "12",
    "--eval-size",
    "8",
    "--transfer-size",
    "2",
    "--guard-size",
    "2",
    "--probe-size",
    "0",
    "--control-size",
    "4",
]


@pytest.fixture
def agents(monkeypatch):
    """Two more agents in the registry: one that raises while it learns, one that waits."""

    class Breaks(Agent):
        @dataclass(frozen=True)
        class Config:
            when: int = 1

            def __post_init__(self):
                if self.when < 0:
                    raise ValueError("when is negative")

        def __init__(self, config, *, seed):
            self.config, self.seed = config, seed

        def act(self, conversations):
            return [Answer("no") for _ in conversations]

        def learn(self, experiences):
            raise RuntimeError(f"learning broke for world {experiences[0].world}")

        def save(self, folder):
            pass

    module = types.ModuleType("clgym_test_agents")
    module.Breaks = Breaks
    monkeypatch.setitem(sys.modules, module.__name__, module)
    row = registry.AgentRow("breaks", "clgym_test_agents:Breaks", "breaks")
    registry.register(row)
    yield
    registry.unregister(row)


@pytest.mark.parametrize(
    "kind, rows",
    [
        ("envs", registry.families()),
        ("agents", registry.agents()),
        ("models", registry.models()),
        ("wrappers", registry.wrappers()),
    ],
)
def test_lists_follow_the_registry(capsys, kind, rows):
    assert main([kind]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == [row.id for row in rows]
    assert main([kind, "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == [row.id for row in rows]


@pytest.mark.broad
def test_python_m_clgym_is_the_same_program_and_ends_quietly_in_a_pipe():
    shown = subprocess.run([sys.executable, "-m", "clgym", "--version"], capture_output=True, text=True, timeout=60)
    assert shown.stdout.startswith("clgym ") and shown.returncode == 0
    for words in "envs --json", "plan --gain 0.1 --sd-between 0.1 --sd-within 0.3":
        command = f"set -o pipefail; {sys.executable} -m clgym {words} | true"
        piped = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
        assert (piped.returncode, piped.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "--env", "CL-Conlng-v0", "--agent", "oracle"], "Did you mean 'CL-Conlang-v0'?"),
        (["run", "--env", ENV, "--agent", "oracel"], "Did you mean 'oracle'?"),
        (["run", "--env", ENV, "--agent", "oracle:speed=9"], "unknown setting of agent oracle 'speed'"),
        (["run", "--env", ENV, "--agent", "oracle:speed"], "is not key=value"),
        (["run", "--env", ENV, "--agent", "frozen", "--model", "smollm2-153m"], "Did you mean 'smollm2-135m'?"),
        (["run", "--env", ENV, "--agent", "oracle", "--level", "9"], "unknown level"),
        (["run", "--env", ENV, "--agent", "oracle", "--split", "dev"], "unknown split"),
        (["run", "--env", ENV, "--agent", "oracle", "--split", "test"], "CLGYM_SALT"),
        (["run", "--env", ENV, "--agent", "oracle", "--feedback", "lots"], "unknown feedback level"),
        (["run", "--env", ENV, "--agent", "oracle", "--worlds", "a-b"], "not a list of numbers"),
        (["run", "--env", ENV, "--agent", "oracle", "--worlds", "4-2"], "backwards"),
        (["run", "--env", ENV, "--agent", "oracle", "--worlds", ""], "nothing to run"),
        (["run", "--env", ENV, "--agent", "oracle", "--steps", "-1"], "steps"),
        (["run", "--env", ENV, "--agent", "oracle", "--attempts", "0"], "attempts"),
        (["run", "--env", ENV, "--agent", "oracle", "--worlds", "0-999999999999"], "more than 100,000"),
        (["run", "--env", ENV, "--agent", "oracle", "--out", "/dev/null/x"], "cannot be written"),
        (["run", "--env", ENV, "--agent", "oracle", "--noise", "2"], "noise"),
        (["play", "CL-Dialekt-v0"], "Did you mean 'CL-Dialect-v0'?"),
        (["run", "--env", ENV, "--agent", "oracle", "--model", "smollm2-153m"], "Did you mean 'smollm2-135m'?"),
        (["run", "--env", ENV, "--agent", "oracle", "--workers", "0"], "workers"),
        (["sweep", "baseline"], "Did you mean 'baselines'?"),
        (["sweep", "probes", "--workers", "0"], "workers should be at least 1"),
        (["run", "--env", ENV, "--agent", "oracle", "--level", "x"], "level should be a whole number (int), and 'x' (str)"),
        (
            ["run", "--env", ENV, "--agent", "oracle", "--eval-size", "1.5"],
            "eval_size should be a whole number (int), and 1.5 (float)",
        ),
        (["run", "--env", ENV, "--agent", "oracle", "--eval-size", "0"], "eval_size should be at least 1"),
        (["run", "--env", ENV, "--agent", "oracle", "--noise", "x"], "noise should be a number (float), and 'x' (str)"),
        (["run", "--env", ENV, "--agent", "oracle", "--drift-at", "0"], "drift_at should be at least 1"),
        (["run", "--env", ENV, "--agent", "oracle", "--workers", "two"], "workers should be a whole number (int), and 'two' (str)"),
        (
            ["run", "--env", ENV, "--agent", "recommender:alpha=x"],
            "agent recommender: alpha should be a number (float), and 'x' (str)",
        ),
        (["run", "--env", ENV, "--agent", "recommender:alhpa=1"], "Did you mean 'alpha'?"),
        pytest.param(
            ["run", "--env", ENV, "--agent", "lora-sft:rank=eight"], "rank should be a whole number (int)", marks=pytest.mark.torch
        ),
        pytest.param(
            ["run", "--env", ENV, "--agent", "lora-sft:rank=-3"], "rank and max_grad_norm must be positive", marks=pytest.mark.torch
        ),
        pytest.param(
            ["run", "--env", ENV, "--agent", "sleep:learning_rate=-1"], "learning_rate at least 0", marks=pytest.mark.torch
        ),
        pytest.param(
            ["run", "--env", ENV, "--agent", "lora-sft:guard.knd=ewc"], "Did you mean 'guard.kind'?", marks=pytest.mark.torch
        ),
        (["agents", "recomender"], "Did you mean 'recommender'?"),
        (["wrappers", "CountStep"], "Did you mean 'CountSteps'?"),
        (["play", ENV, "--level", "x"], "should be a whole number (int), and 'x' (str)"),
        (["play", ENV, "--pool", "larn"], "unknown pool"),
        (["play", ENV, "--seed", "-1"], "seed should be at least 0"),
        (["report", "no/such/folder"], "does not exist"),
        (["report", "no/such/folder", "--output", "page.csv"], "its name ends in .html"),
        (["leaderboard", "no/such/folder", "--suite", "families", "--output", "page.pdf"], "its name ends in .html"),
        (["fetch", "gpt-9"], "unknown model"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line_and_exit_code_2(capsys, monkeypatch, tmp_path, arguments, said):
    monkeypatch.delenv("CLGYM_SALT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1 and said in shown.err
    assert list(tmp_path.iterdir()) == []


def test_settings_that_the_agent_refuses_are_one_line_too(capsys, agents, tmp_path):
    assert main(["run", *SMALL, "--agent", "breaks:when=-1", "--out", str(tmp_path)]) == 2
    assert "when is negative" in capsys.readouterr().err


@pytest.mark.broad
def test_a_sweep_is_summarized_and_goes_on_where_it_was(capsys, tmp_path):
    def command(seeds):
        words = f"--agent oracle --agent random --worlds 0-1 --seeds {seeds} --out".split()
        return main(["run", *SMALL, *words, str(tmp_path)])

    assert command("0") == 0
    shown = capsys.readouterr()
    assert shown.err.count("finished ") == 4
    line = next(line for line in shown.out.splitlines() if "oracle" in line)
    assert "1.00 -> 1.00" in line and " 0.00 [-0.84, 0.00]" in line  # two worlds alike: 1 - .025^(1/2), and no gain above 1
    assert command("0-1") == 0
    again = capsys.readouterr()
    assert again.err.count("(finished before)") == 4 and again.err.count("started ") == 4
    trials = [r.trial for r in read_runs([tmp_path])]
    expected = [(agent, world, seed) for agent in ("oracle", "random") for world in (0, 1) for seed in (0, 1)]
    assert sorted((t.agent, t.world, t.seed) for t in trials) == expected


def test_what_is_said_beside_a_suite_goes_before_what_it_says_even_where_it_is_the_default(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("two.yaml").write_text(
        f"out: here\nworkers: 2\ntrials: [{{env: {ENV}, agent: [oracle, random], steps: 4, eval_size: 2, probe_size: 0}}]"
    )
    used = []
    monkeypatch.setattr(
        "clgym.sweep.display.run_and_show", lambda trials, out, **where: used.append((str(out), where["workers"])) or 0
    )
    for said in [], ["--workers", "1"], ["--out", "runs"], ["--out", "there", "--workers", "3"]:
        assert main(["sweep", "two.yaml", *said]) == 0
    assert used == [("here", 2), ("here", 1), ("runs", 2), ("there", 3)]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "--env", ENV], "clgym run: the following arguments are required: --agent."),
        (["run", "--env", ENV, "--agent", "oracle", "--stepz", "4"], "clgym run: unknown: --stepz 4; did you mean --steps?"),
        (["sweep", "families", "--eval-size", "3"], "clgym sweep: unknown: --eval-size 3"),
        (["run", "--env", ENV, "--agent", "oracle", "--suite", "families"], "clgym run: unknown: --suite families"),
        (["ablate", "noise", "--worlds"], "clgym ablate noise: argument --worlds: expected one argument."),
        (["nonsense"], "clgym: argument COMMAND: invalid choice: 'nonsense'"),
        ([], "clgym: the following arguments are required: COMMAND."),
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_line_of_the_command_that_it_is_for(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    shown = capsys.readouterr().err
    assert stopped.value.code == 2 and shown.count("\n") == 1 and shown.startswith(said) and "--help`." in shown


@pytest.mark.parametrize("name", ["run", "sweep", "report", "plan", "play", "ablate noise", "calibrate", "submit", "judge"])
def test_help_says_what_a_command_does_with_an_example_and_no_default_that_is_none(capsys, name):
    with pytest.raises(SystemExit) as stopped:
        main([*name.split(), "--help"])
    shown = capsys.readouterr().out
    assert stopped.value.code == 0 and f"example:\n  clgym {name}" in shown
    assert not any(f"(default: {nothing})" in shown for nothing in ("None", "[]", "", "False", "()"))


def test_every_setting_of_a_trial_is_an_option_of_run(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "--eval-size N queries of eval: without any there is no gain to measure (default: 64)" in shown
    for field in dataclasses.fields(Trial):
        name = {"settings": "agent", "world": "worlds", "seed": "seeds"}.get(field.name, field.name)
        assert f"[--{name.replace('_', '-')}" in shown or f" --{name} {name.upper()}" in shown, field.name


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["agents", "recommender"], "alpha\tfloat\t0.5\tα: how much uncertainty is worth; evaluation takes 0\n"),
        (["envs", "CL-Taste-v0"], "queries at level 0: learn 1,200, eval 300, transfer/books 300, guard 300\n"),
        (["wrappers", "CountSteps"], "import: from clgym.wrappers import CountSteps\n"),
        (["models", "tiny"], "package: clgym\n"),
    ],
)
def test_one_row_is_shown_with_all_that_is_known_of_it(capsys, arguments, said):
    assert main(arguments) == 0
    assert said in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == arguments[1]


def test_what_is_accepted_and_does_less_than_it_says_is_said(capsys, tmp_path):
    """And an estimate runs nothing."""
    beyond = ["--eval-size", "999", "--drift-at", "4,300", "--checkpoints", "8,12,13", "--out", str(tmp_path), "--estimate"]
    assert main(["run", *SMALL, "--agent", "oracle", *beyond]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert (
        lines[0]
        == f"clgym: eval_size is 999: {ENV} at level 0 has {make_world(ENV).pools['eval']} such queries, and all are asked."
    )
    assert lines[1] == "clgym: drift_at has 300, and there are 12 env steps: the rules do not change there."
    assert lines[2] == "clgym: checkpoints has 13, and there are 12 env steps: nothing is asked there."
    assert lines[3].startswith("1 trials: about ") and len(lines) == 4 and not list(tmp_path.iterdir())


def test_a_page_is_written_over_only_where_clgym_wrote_it(capsys, tmp_path):
    pytest.importorskip("jinja2")
    runs, page = tmp_path / "runs", tmp_path / "page.html"
    assert main(["run", *SMALL, "--agent", "oracle", "--out", str(runs)]) == 0
    page.write_text("<p>my notes</p>")
    command = ["report", str(runs), "--output", str(page)]
    assert main(command) == 2 and page.read_text() == "<p>my notes</p>"
    assert "was not written by clgym: choose another --output, or say --force" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0 and "clgym report" in page.read_text()
    assert main(command) == 0


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads everything")
def test_what_cannot_be_read_is_not_called_unwritable(tmp_path):
    assert main(["run", *SMALL, "--agent", "oracle", "--out", str(tmp_path / "runs")]) == 0
    records = next((tmp_path / "runs").rglob("records.jsonl"))
    records.chmod(0)
    as_anybody = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [
        *as_anybody,
        sys.executable,
        "-m",
        "clgym",
        "report",
        str(tmp_path / "runs"),
        "--output",
        str(tmp_path / "page.html"),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (shown.returncode, shown.stderr) == (2, f"clgym: no page is written: {records} cannot be read: Permission denied.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_output_is_one_line():
    with open("/dev/full", "w") as full:
        shown = subprocess.run([sys.executable, "-m", "clgym", "envs"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (shown.returncode, shown.stderr) == (2, "clgym: what is printed cannot be written: No space left on device.\n")


def test_what_can_never_succeed_is_not_tried_again(capsys, agents, monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules["clgym_test_agents"].Breaks, "learn", lambda self, experiences: checked("rank", -3, int, low=1))
    assert main(["run", *SMALL, "--agent", "breaks", "--out", str(tmp_path)]) == 1
    shown = capsys.readouterr().err
    assert "retried" not in shown and "FAILED" in shown and "InvalidSetting: rank should be at least 1, and -3 was given." in shown


def test_a_failing_trial_is_reported_and_stops_nobody(capsys, agents, tmp_path):
    assert main(["run", *SMALL, "--agent", "breaks", "--agent", "oracle", "--worlds", "0-1", "--out", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    failures = [line for line in shown.err.splitlines() if "RuntimeError: learning broke" in line]
    assert [line.split()[0] for line in failures].count("FAILED") == 2 and len(failures) == 4, "each is tried twice"
    assert "2 of 4 trials are finished" in shown.err
    assert "Traceback" not in shown.err
    assert [r.trial.agent for r in read_runs([tmp_path])] == ["oracle", "oracle"]
    errors = sorted(tmp_path.rglob("error.txt"))
    assert len(errors) == 2 and all("Traceback" in path.read_text() for path in errors)


@pytest.mark.broad
def test_worker_processes_give_the_same_records(tmp_path):
    trials = plan([ENV], [parse_spec("oracle"), parse_spec("random")], [0], [0], steps=8, eval_size=4, probe_size=0)
    for workers in (1, 2):
        outcome = run_sweep(trials, tmp_path / str(workers), Silent(), workers=workers)
        assert len(outcome.finished) == 2 and not outcome.failed
    alone, together = (
        [(r.trial, [(a.query, a.answer, a.reward) for a in r.of(AnswerRecord)]) for r in read_runs([tmp_path / str(workers)])]
        for workers in (1, 2)
    )
    assert alone == together


class Silent:
    """A board that shows nothing."""

    def observer(self, trial):
        return TrialObserver()

    def finished(self, trial, *, kept):
        pass

    def failed(self, trial, error, *, again):
        pass

    def stopped(self, trial):
        pass


class Killer(Silent):
    """Kills the worker that is handed the first trial."""

    def __init__(self):
        self.errors = []

    def observer(self, trial):
        if trial.world == 0:
            for child in multiprocessing.active_children():
                child.kill()
                child.join()
        return TrialObserver()

    def failed(self, trial, error, *, again):
        self.errors.append((trial.world, error, again))


@pytest.mark.broad
def test_a_worker_that_dies_is_replaced_and_its_trial_tried_again(tmp_path):
    trials = plan([ENV], [parse_spec("oracle")], range(4), [0], steps=8, eval_size=4, probe_size=0)
    board = Killer()
    outcome = run_sweep(trials, tmp_path, board, workers=2)
    assert all("died" in error for _, error, _ in board.errors) and 0 in [world for world, _, _ in board.errors]
    assert len(outcome.finished) + len(outcome.failed) == 4 and len(outcome.finished) >= 3


def test_ctrl_c_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "clgym", "run", *SMALL, "--agent", "random", "--steps", "1000000", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("started")
    while not list(tmp_path.rglob("records.jsonl")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted. 0 of 1 trials are finished" in said and "The same command goes on" in said and "Traceback" not in said


@pytest.mark.broad
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_sigterm_ends_after_the_step_in_flight_and_the_rest_comes_out_the_same(tmp_path, workers):
    arguments = [
        "run",
        *SMALL,
        "--agent",
        "random",
        "--worlds",
        "0-1",
        "--steps",
        "800",
        "--workers",
        workers,
        "--save-every",
        "40",
    ]
    assert main([*arguments, "--out", str(tmp_path / "whole")]) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "clgym", *arguments, "--out", str(tmp_path / "cut")], stderr=subprocess.PIPE, text=True
    )
    while not list((tmp_path / "cut").rglob("state.json")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "it goes on from here" in said and "Traceback" not in said
    assert main([*arguments, "--out", str(tmp_path / "cut")]) == 0
    whole, cut = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("re*.json*")}
        for name in ("whole", "cut")
    )
    assert whole == cut and len(whole) == 4


def test_agents_are_saved_every_so_many_steps_and_never_less(capsys, tmp_path):
    assert main(["run", *SMALL, "--agent", "oracle", "--save-every", "0", "--out", str(tmp_path)]) == 2
    assert "save_every should be at least 1" in capsys.readouterr().err


def test_fresh_asks_before_it_deletes(capsys, monkeypatch, tmp_path):
    arguments = ["run", *SMALL, "--agent", "oracle", "--out", str(tmp_path)]
    assert main(arguments) == 0
    times = next(tmp_path.rglob("times.jsonl"))
    before = times.read_bytes()
    typed(monkeypatch, "no")
    assert main([*arguments, "--fresh"]) == 2
    assert "nothing was deleted" in capsys.readouterr().err and times.read_bytes() == before
    typed(monkeypatch, "y")
    assert main([*arguments, "--fresh"]) == 0
    assert "finished oracle" in capsys.readouterr().err
    assert main([*arguments, "--fresh", "--yes"]) == 0


def typed(monkeypatch, *lines):
    """Answers as a player would type them, then the end of input."""
    waiting = iter(lines)

    def read(prompt=""):
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(builtins, "input", read)


def test_play_asks_grades_and_leaves_politely(capsys, monkeypatch):
    typed(monkeypatch, "not it", ":skip", "\ud800 🙂 \0", "first \\", "second", ":quit", "never read")
    assert main(["play", ENV, "--attempts", "2", "--feedback", "diagnosis"]) == 0
    shown = capsys.readouterr().out
    assert "[CL-Conlang-v0/level0/train/0 learn/" in shown and "Score: 0.00 of 1." in shown
    assert "1 answered, mean reward 0.00. Bye." in shown


def test_play_has_words_that_are_no_answers_and_cost_nothing(capsys, monkeypatch):
    typed(monkeypatch, ":help", ":hlep", "not it", ":score", ":rules", ":solve", ":score", ":quit")
    assert main(["play", ENV, "--attempts", "2"]) == 0
    shown = capsys.readouterr().out
    world = make_world(ENV)
    assert shown.count(":skip   take the next query") == 3 and ":hlep is no command." in shown
    assert "0 answered, 1 env step into the next" in shown and "0 answered. Bye." in shown
    assert world.rulebook() in shown and shown.count("[CL-Conlang-v0/level0/train/0 learn/") == 2
    (right,) = re.findall("Right would have been: (.*)", shown)
    assert right in {world.solve(world.query("learn", index)) for index in range(world.pools["learn"])}


def test_play_breaks_long_lines_between_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    typed(monkeypatch, ":rules", ":quit")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["play", ENV]) == 0
    rules, shown = make_world(ENV).rulebook(), capsys.readouterr().out
    assert " ".join(rules.split()) in " ".join(shown.split())
    assert max(len(line) for line in shown.splitlines() if " " in line and not line.startswith("[")) <= 40


def test_play_survives_bytes_that_are_no_text_and_terminals_that_show_ascii_only():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    command = [sys.executable, "-m", "clgym", "play", ENV, "--pool", "guard", "--attempts", "1", "--feedback", "correction"]
    played = subprocess.run(command, input=b"\xff\xfe\nnot it\n" * 4, capture_output=True, timeout=60, env=environment)
    assert (played.returncode, played.stderr) == (0, b"")
    assert b"surrogates" in played.stdout and b"8 answered" in played.stdout


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_play_ends_at_the_end_of_input_and_at_ctrl_c(capsys, monkeypatch, end):
    def read(prompt=""):
        raise end

    monkeypatch.setattr(builtins, "input", read)
    assert main(["play", ENV]) == 0
    assert "0 answered. Bye." in capsys.readouterr().out


@pytest.mark.parametrize("text, expected", [("", []), ("3", [3]), ("0-4,7", [0, 1, 2, 3, 4, 7]), (" 1 , 1,0-1", [1, 0])])
def test_lists_of_numbers(text, expected):
    assert parse_numbers(text) == expected


@pytest.mark.parametrize("text", ["-1", "1-", "1-2-3", "one", "1.5", "²"])
def test_lists_of_numbers_that_are_none(text):
    with pytest.raises(InvalidSetting):
        parse_numbers(text)


def test_agent_settings_are_typed():
    spec = parse_spec("lora-sft:lr=0.001,rank=16,target=all-linear,merge=true")
    assert (spec.name, spec.settings) == ("lora-sft", {"lr": 0.001, "rank": 16, "target": "all-linear", "merge": True})


def test_other_settings_are_another_folder(tmp_path):
    base = Trial(ENV, "icl")
    others = [Trial(ENV, "icl", seed=1), Trial(ENV, "icl", steps=7), Trial(ENV, "icl", {"a": 1}), Trial(ENV, "icl", world=1)]
    assert len({trial_folder(tmp_path, trial) for trial in [base, *others]}) == 5
    assert trial_folder(tmp_path, base) == trial_folder(tmp_path, Trial(ENV, "icl"))
