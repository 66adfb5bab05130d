"""All statistics of a large table, from records: `python tests/bench/bench_statistics.py [FAMILIES]`.

10 agents, 10 families, 20 worlds, 64 eval queries at θ_0, at θ_N and after the placebo, 16 queries of guard and of each of four probes: every number
of every row, who dominates whom, ranks, and the probability of improvement of every pair of agents. Simulated rewards; one process.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

from clgym.agent import Cost
from clgym.metrics import summarize
from clgym.metrics.frontier import gain_ranks
from clgym.records import AnswerRecord, Trial, TrialRecords
from clgym.statistics import probability_of_improvement

AGENTS, WORLDS = 10, 20
SETS = {"eval": 64, "guard": 16, **{f"probe/P{number}": 16 for number in range(4)}}


def made(agent: int, family: int, world: int, generator: np.random.Generator) -> TrialRecords:
    cost, answers = Cost(prompt_tokens=100 + agent, completion_tokens=4), []
    for phase in ("before", "after", "placebo"):
        for name, size in SETS.items():
            if phase == "placebo" and name != "eval":
                continue
            rights = generator.random(size) < (0.3 if phase == "before" else 0.5 + 0.03 * agent)
            answers += [
                AnswerRecord(phase, 0, name, f"{name}{world}", f"{name}/{n}", "?", "!", float(right), "wrong", "", cost)
                for n, right in enumerate(rights)
            ]
    trial = Trial(f"E{family}", f"agent{agent}", model="m", world=world, steps=9)
    header = {"model": {"sha256": "one"}, "floors": dict.fromkeys(SETS, 0.1)}
    return TrialRecords(Path(f"{family}/{agent}/{world}"), trial, header, tuple(answers), None)


def main(families: int = 10) -> None:
    generator = np.random.default_rng(0)
    took = 0.0
    for family in range(families):
        trials = [made(agent, family, world, generator) for agent in range(AGENTS) for world in range(WORLDS)]
        began = time.process_time()
        rows = summarize(trials)
        gain_ranks(rows)
        gains = [[[trial.metrics.gain.gain] for trial in row.measured] for row in rows]
        for ours in gains:
            for theirs in gains:
                if ours is not theirs:
                    probability_of_improvement(ours, theirs)
        took += time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{AGENTS} agents, {families} families, {WORLDS} worlds: {took:.1f} s of one core, {memory:.0f} MB at most")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
