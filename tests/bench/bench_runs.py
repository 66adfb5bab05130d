"""What running trials costs beside the agent: `python tests/bench/bench_runs.py [--scripted]`.

Harness µs per env step and the start of a resumed trial take a scripted agent; the share of a trial with the embedded model and the
speed of a sweep take torch. CPU time is printed where it says more than the clock on a busy machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium

import clgym  # noqa: F401
from clgym.agent import Agent, Answer, Cost, Experience
from clgym.protocol import TrialInterrupted, TrialObserver, build_agent, run_trial
from clgym.records import Trial
from clgym.registry import load_model

SMALL = {"eval_size": 4, "transfer_size": 0, "guard_size": 0, "probe_size": 0, "control_size": 0, "checkpoints": ()}


class Scripted(Agent):
    """Says one word and counts what it has seen."""

    def __init__(self, first: Callable[[], None] = lambda: None):
        self.seen, self._first, self._acted = 0, first, False

    def act(self, conversations):
        if not self._acted:
            self._acted = True
            self._first()
        return [Answer("bala", Cost(prompt_tokens=30, completion_tokens=2, flops=1e9, seconds=1e-3)) for _ in conversations]

    def learn(self, experiences):
        self.seen += len(experiences)
        return Cost(flops=1.0, seconds=1e-3)

    def save(self, folder):
        (folder / "seen.json").write_text(json.dumps(self.seen))

    def load(self, folder):
        self.seen = json.loads((folder / "seen.json").read_text())


class Stopper(TrialObserver):
    """Stops a trial after so many answers."""

    def __init__(self, after: int):
        self.left = after

    def advance(self, answers, stage):
        self.left -= answers

    def stopping(self):
        return self.left <= 0


def scripted(steps: int) -> Trial:
    return Trial("CL-Conlang-v0", "random", steps=steps, **SMALL)


def cpu_of(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def bare(steps: int) -> None:
    """The same stream without the harness: one env, one agent, nothing written."""
    env, agent = gymnasium.make("CL-Conlang-v0", feedback="correction"), Scripted()
    for index in range(steps):
        prompt, _ = env.reset(options={"index": index % 200, "pool": "learn"})
        conversation = [{"role": "user", "content": prompt}]
        answer = agent.act([conversation])[0]
        _, reward, done, _, info = env.step(answer.text)
        agent.learn([Experience(tuple(conversation), answer.text, reward, info["feedback"], done, info["outcome"], info["query"])])


def per_step(count: int = 2000, repeats: int = 3) -> None:
    """Harness CPU per env step: two lengths, so that what a trial costs once drops out; the least of a few."""
    with tempfile.TemporaryDirectory() as folder:

        def trial(steps: int, number: int) -> float:
            return cpu_of(lambda: run_trial(scripted(steps), Path(folder) / f"{steps}-{number}", make=Scripted))

        trial(64, 0), bare(64)
        short, long = (min(trial(steps, number) for number in range(repeats)) for steps in (count, 2 * count))
        alone = min(cpu_of(lambda: bare(count)) for _ in range(repeats))
    print(
        f"harness beside a scripted agent: {((long - short) - alone) / count * 1e6:6.1f} µs CPU per env step (goal: 150); "
        f"env and agent {alone / count * 1e6:.1f}"
    )


RESUME = """
import os, sys, time
sys.path.insert(0, {here!r})
import bench_runs
from pathlib import Path
def first():
    print(time.time(), time.process_time(), flush=True)
    os._exit(0)
bench_runs.run_trial(bench_runs.scripted({steps}), Path({folder!r}), make=lambda: bench_runs.Scripted(first))
"""


def resume(steps: int = 2000) -> None:
    """From the start of the process to the first live step of a trial that was stopped near its end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "t"
        try:
            run_trial(scripted(steps), folder, make=Scripted, observer=Stopper(steps - 100))
        except TrialInterrupted:
            pass
        code = RESUME.format(here=str(Path(__file__).parent), steps=steps, folder=str(folder))
        began = time.time()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    at, cpu = map(float, done.stdout.split())
    print(f"resume after {steps - 100:,} env steps: {at - began:.2f} s to the first live step, {cpu:.2f} s of CPU (goal: 5)")


def metered(agent: Agent, spent: list[float]) -> Agent:
    """The agent, whose calls append the seconds that they took."""
    for name in ("act", "learn", "flush", "log_likelihood", "divergence"):

        def call(*arguments, whole=getattr(agent, name)):
            began = time.perf_counter()
            try:
                return whole(*arguments)
            finally:
                spent.append(time.perf_counter() - began)

        setattr(agent, name, call)
    return agent


def share_of_a_trial(agent: str = "lora-sft") -> None:
    """What of a trial with the embedded model is spent outside the model."""
    trial = Trial(
        "CL-Conlang-v0",
        agent,
        {"max_new_tokens": 16},
        model="smollm2-135m",
        steps=32,
        eval_size=16,
        transfer_size=0,
        guard_size=4,
        probe_size=0,
        control_size=4,
        checkpoints=(),
    )
    model, spent = load_model(trial.model), []
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run_trial(trial, Path(folder) / "t", make=lambda: metered(build_agent(trial, model), spent))
        whole = time.perf_counter() - began
    share = 100 * (1 - sum(spent) / whole)
    print(f"harness in a trial of {agent} with {trial.model}: {share:.1f} % of {whole:.1f} s (goal: 5 %)")


def sweep(trials: int = 8, agent: str = "lora-sft:max_new_tokens=8", steps: int = 256) -> None:
    """Trials with the tiny model through the command line, start of the processes included, with one worker and with two."""
    command = [
        sys.executable,
        "-m",
        "clgym",
        "run",
        "--env",
        "CL-Conlang-v0",
        "--agent",
        agent,
        "--model",
        "tiny",
        "--worlds",
        f"0-{trials - 1}",
        "--steps",
        str(steps),
        "--checkpoints",
        "",
        "--eval-size",
        "32",
    ]
    command += [word for name in ("transfer", "guard", "probe", "control") for word in (f"--{name}-size", "0")]
    seconds = []
    for workers in ("1", "2"):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run([*command, "--out", folder, "--workers", workers], capture_output=True, check=True)
            seconds.append(time.perf_counter() - began)
    print(
        f"{trials} trials with the tiny model: {seconds[0]:.1f} s with one worker, {seconds[1]:.1f} s with two, "
        f"{seconds[0] / seconds[1]:.2f} times the throughput (goal: 1.8)"
    )


if __name__ == "__main__":
    per_step()
    resume()
    if "--scripted" not in sys.argv:
        share_of_a_trial()
        sweep()
