"""Recording every step as a line of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

import gymnasium as gym

from clgym.errors import InvalidSetting


class RecordSteps(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Appends one JSON line per step: prompt, answer, reward, feedback and the rest of ``info``.

    A line is written and flushed before ``step`` returns, so a killed run loses at most the step in
    flight. A NaN reward (the grader failed) is written as null.

    Example:
        >>> import gymnasium as gym, clgym, json, tempfile, pathlib
        >>> from clgym.wrappers import RecordSteps
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "steps.jsonl"
        >>> env = RecordSteps(gym.make("CL-Conlang-v0"), path)
        >>> _ = env.reset(seed=0)
        >>> _ = env.step("?")
        >>> env.close()
        >>> json.loads(path.read_text())["answer"]
        '?'

    Args:
        env: the env whose steps are recorded.
        path: the JSONL file; its folder is made, and an existing file is appended to.
    """

    def __init__(self, env: gym.Env[str, str], path: str | Path):
        if not isinstance(path, (str, Path)):
            raise InvalidSetting(f"path should be a file's name, and {path!r} was given.")
        gym.utils.RecordConstructorArgs.__init__(self, path=str(path))
        super().__init__(env)
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace")
        except OSError as cause:
            raise InvalidSetting(f"steps cannot be recorded in {path}: {cause.strerror}.") from cause
        self._observation = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self._observation, info = self.env.reset(seed=seed, options=options)
        return self._observation, info

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        prompt = self._observation
        self._observation, reward, terminated, truncated, info = self.env.step(action)
        line = {"observation": prompt, "answer": action, "reward": reward, "terminated": terminated, "truncated": truncated, **info}
        self._file.write(json.dumps(_plain(line), ensure_ascii=False, default=str, allow_nan=False) + "\n")
        self._file.flush()
        return self._observation, reward, terminated, truncated, info

    def close(self) -> None:
        self._file.close()
        super().close()


def _plain(value: Any) -> Any:
    """Numbers that JSON does not have (NaN: not measured) as null."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return None if isinstance(value, Real) and not math.isfinite(value) else value
