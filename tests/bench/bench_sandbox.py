"""What isolation costs: the same compiled program in the raw engine and through the sandbox's pool, side by side.

    python tests/bench/bench_sandbox.py

Raw is the engine in this process: a fresh context, a step counter of its own, the program, one call, its result as JSON.
The sandbox does the same in a worker, takes the clock and the rest away first, and checks the reply. The two are measured in
turn; the lower quartile of each is shown, for a busy machine stretches the rest. The goal is a ratio of at most 1.3
from 3 ms up.
"""

from __future__ import annotations

import json
import statistics
import time

import quickjs

from clgym.sandbox import Call, Limits, Program, run

ROUNDS = 60
GOAL = 1.3

#: As a dialect's compiler writes it: counted at every loop and function.
SOURCE = """
function primes(n) {
  __step();
  const found = [];
  for (let i = 2; i < n; i++) {
    __step();
    let prime = true;
    for (let j = 0; j < found.length && found[j] * found[j] <= i; j++) {
      __step();
      if (i % found[j] === 0) { prime = false; break; }
    }
    if (prime) found.push(i);
  }
  return found.slice(-20);
}
"""
COUNTER = "let left = {steps}; function __step() {{ if (--left < 0) throw new RangeError('step limit reached'); }}"


def raw(n: int, limits: Limits) -> object:
    """One call in the engine itself."""
    context = quickjs.Context()
    context.set_memory_limit(limits.memory_bytes)
    context.set_time_limit(limits.seconds)
    context.eval(COUNTER.format(steps=limits.steps))
    context.eval(SOURCE)
    return json.loads(context.eval(f"JSON.stringify(primes({n}))"))


def boxed(n: int, limits: Limits) -> object:
    """The same call through the pool."""
    return run(Program("javascript", SOURCE, counted=True), [Call("primes", [n])], limits).results[0].value


def quartile_ms(n: int, limits: Limits) -> tuple[float, float]:
    """Milliseconds, lower quartile, of the raw engine and of the sandbox."""
    times: dict[str, list[float]] = {"raw": [], "boxed": []}
    assert raw(n, limits) == boxed(n, limits)
    for _ in range(ROUNDS):
        for name, function in (("raw", raw), ("boxed", boxed)):
            begun = time.perf_counter()
            function(n, limits)
            times[name].append((time.perf_counter() - begun) * 1e3)
    return statistics.quantiles(times["raw"])[0], statistics.quantiles(times["boxed"])[0]


def main() -> None:
    """Print the table."""
    limits = Limits(steps=10_000_000, seconds=5.0)
    print(f"JavaScript, one call, lower quartile of {ROUNDS}, measured in turn (goal: at most {GOAL} from 3 ms up)")
    print(f"{'program':>14} {'raw engine':>12} {'sandbox':>12} {'ratio':>7}")
    for n in (50, 1000, 2500, 6000):
        engine, sandbox = quartile_ms(n, limits)
        verdict = "" if engine < 3 else "  met" if sandbox / engine <= GOAL else "  MISSED"
        print(f"{f'primes({n})':>14} {engine:>9.2f} ms {sandbox:>9.2f} ms {sandbox / engine:>7.2f}{verdict}")


if __name__ == "__main__":
    main()
