"""All statistics of a large table: `python tests/bench/bench_statistics.py`.

10 agents, 10 families, 20 worlds, 64 queries, 10,000 resamples: for each agent and family the intervals of θ_0, θ_N, gain, placebo gain,
knowledge gain, retention, guard and three probes, what is detectable, ranks, and the probability of improvement of every pair of agents.
Simulated rewards; one process.
"""

from __future__ import annotations

import resource
import time

import numpy as np

from clgym.statistics import hierarchical_bootstrap, minimum_detectable, probability_of_improvement, rank_intervals

AGENTS, FAMILIES, WORLDS, QUERIES, RESAMPLES, NUMBERS = 10, 10, 20, 64, 10_000, 10


def main() -> None:
    generator = np.random.default_rng(0)
    began, cpu = time.perf_counter(), time.process_time()
    intervals = 0
    for _ in range(FAMILIES):
        gains, scores = {}, {}
        for agent in range(AGENTS):
            for number in range(NUMBERS):
                worlds = generator.normal(0.03 * agent, 0.1, size=(WORLDS, 1))
                table = np.sign(generator.normal(worlds, 0.5, size=(WORLDS, QUERIES))).tolist()
                interval = hierarchical_bootstrap(table, resamples=RESAMPLES, bounds=(-1.0, 1.0))
                intervals += 1
                if number == 0:
                    gains[str(agent)], scores[agent] = interval, [[sum(row) / QUERIES] for row in table]
                    minimum_detectable(interval.error, freedom=interval.groups - 1)
        rank_intervals(gains)
        for agent in range(AGENTS):
            for other in range(AGENTS):
                if agent != other:
                    probability_of_improvement(scores[agent], scores[other], resamples=RESAMPLES)
                    intervals += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{intervals} intervals of {RESAMPLES} resamples: {time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} s of one core, "
        f"{memory:.0f} MB at most"
    )
    # The worst case beside it: one world with all queries, and worlds that all have the same mean, take the queries' error.
    began = time.perf_counter()
    hierarchical_bootstrap([[0.0, 1.0] * (QUERIES // 2)] * WORLDS, resamples=RESAMPLES)
    print(f"one interval of worlds with the same mean: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
