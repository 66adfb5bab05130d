"""``clgym play``: a person answers queries in the terminal and reads the feedback that an agent would get."""

from __future__ import annotations

import io
import math
import sys
from typing import Any

import gymnasium

from clgym import registry

_HELP = "Type an answer and press Enter (a line that ends in \\ goes on). :skip takes the next query, :quit leaves."


class _Quit(Exception):
    """The player wants to leave."""


class _Skip(Exception):
    """The player wants another query."""


def play(env_id: str, *, seed: int = 0, **settings: Any) -> None:
    """Play until ``:quit``, end of input or Ctrl-C. Raises the typed errors of ``gym.make`` for bad settings."""
    env = gymnasium.make(registry.gym_spec(env_id), **settings)
    rewards: list[float] = []
    if isinstance(sys.stdin, io.TextIOWrapper):  # bytes that are no text make a malformed answer, not a traceback
        sys.stdin.reconfigure(errors="surrogateescape")
    try:
        observation, info = env.reset(seed=seed)
        print(_HELP)
        while True:
            try:
                rewards.append(_one_query(env, observation, info))
            except _Skip:
                pass
            observation, info = env.reset()
    except (_Quit, EOFError, KeyboardInterrupt):
        graded = [reward for reward in rewards if not math.isnan(reward)]
        mean = f", mean reward {sum(graded) / len(graded):.2f}" if graded else ""
        print(f"\n{len(rewards)} answered{mean}. Bye.")
    finally:
        env.close()


def _one_query(env: gymnasium.Env[str, str], observation: str, info: dict[str, Any]) -> float:
    """Play one episode; returns its last reward."""
    print(f"\n[{info['world']} {info['query']}]")
    while True:
        print(observation)
        observation, reward, terminated, truncated, info = env.step(_answer())
        print(f"  {info['outcome']}: {info['feedback']}" if info["feedback"] else f"  {info['outcome']}")
        if terminated or truncated:
            return float(reward)


def _answer() -> str:
    """One answer from the terminal, over several lines where they end in a backslash."""
    lines = [input("> ")]
    if lines[0].strip() in (":quit", ":q"):
        raise _Quit
    if lines[0].strip() == ":skip":
        raise _Skip
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1]
        lines.append(input("... "))
    return "\n".join(lines)
