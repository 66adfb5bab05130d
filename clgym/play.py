"""``clgym play``: a person answers queries in the terminal and reads the feedback that an agent would get."""

from __future__ import annotations

import io
import math
import shutil
import sys
import textwrap
from typing import Any

import gymnasium

from clgym import registry

_HELP = """Type an answer and press Enter; a line that ends in \\ goes on in the next one.
  :skip   take the next query        :solve  show what would have been right, and take the next query
  :rules  show the hidden rules      :score  show how it went so far
  :help   show this                  :quit   leave"""


class _Quit(Exception):
    """The player wants to leave."""


class _Skip(Exception):
    """The player wants another query."""


def play(env_id: str, *, seed: int = 0, **settings: Any) -> None:
    """Play until ``:quit``, end of input or Ctrl-C. Raises the typed errors of ``gym.make`` for bad settings."""
    env = gymnasium.make(registry.gym_spec(env_id), **settings)
    if isinstance(sys.stdin, io.TextIOWrapper):  # bytes that are no text make a malformed answer, not a traceback
        sys.stdin.reconfigure(errors="surrogateescape")
    game = _Game(env)
    try:
        observation, info = env.reset(seed=seed)
        _show(_HELP)
        while True:
            try:
                game.one_query(observation, info)
            except _Skip:
                pass
            observation, info = env.reset()
    except (_Quit, EOFError, KeyboardInterrupt):
        print(f"\n{game.score()}. Bye.")
    finally:
        env.close()


class _Game:
    """What a person has answered so far."""

    def __init__(self, env: gymnasium.Env[str, str]):
        self.env = env
        self.rewards: list[float] = []
        self.open = 0
        """Env steps of the query that is not answered yet."""

    def score(self) -> str:
        """How many queries were answered, what they earned, and what of the present one is played."""
        graded = [reward for reward in self.rewards if not math.isnan(reward)]
        mean = f", mean reward {sum(graded) / len(graded):.2f}" if graded else ""
        more = f", {self.open} env step{'s' * (self.open > 1)} into the next" if self.open else ""
        return f"{len(self.rewards)} answered{mean}{more}"

    def one_query(self, observation: str, info: dict[str, Any]) -> None:
        """Play one episode; its last reward counts."""
        print(f"\n[{info['world']} {info['query']}]")
        while True:
            _show(observation)
            observation, reward, terminated, truncated, info = self.env.step(self._answer())
            self.open += 1
            _show(f"  {info['outcome']}: {info['feedback']}" if info["feedback"] else f"  {info['outcome']}")
            if terminated or truncated:
                self.rewards.append(float(reward))
                self.open = 0
                return

    def _answer(self) -> str:
        """One answer from the terminal, over several lines where they end in a backslash."""
        while True:
            lines = [input("> ")]
            if lines[0].startswith(":"):
                self._command(lines[0].strip())
                continue
            while lines[-1].endswith("\\"):
                lines[-1] = lines[-1][:-1]
                lines.append(input("... "))
            return "\n".join(lines)

    def _command(self, word: str) -> None:
        """What a word with a colon asks for; it is no answer and costs no env step."""
        if word in (":quit", ":q"):
            raise _Quit
        if word in (":skip", ":solve"):
            if word == ":solve":
                asked = self.env.unwrapped
                _show(f"  Right would have been: {asked.world.solve(asked.query)}")  # type: ignore[attr-defined]
            self.open = 0
            raise _Skip
        if word == ":rules":
            _show(self.env.unwrapped.world.rulebook())  # type: ignore[attr-defined]
        elif word == ":score":
            print(self.score())
        else:
            _show(_HELP if word == ":help" else f"{word[:20]} is no command.\n{_HELP}")


def _show(text: str) -> None:
    """Lines that are wider than the terminal are broken between words."""
    width = shutil.get_terminal_size().columns
    for line in text.split("\n"):
        if not sys.stdout.isatty() or len(line) <= width:
            print(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        print(textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
