"""Text observations as vectors of fixed length."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from clgym.hashing import choice_features, ngrams, signed_hash
from clgym.settings import checked


class HashText(gym.Wrapper[Any, Any, Any, Any], gym.utils.RecordConstructorArgs):
    """Observations are float32 vectors in [-1, 1]: signed feature hashing of the text (Weinberger et al. 2009, arXiv:0902.2206).

    The features are the word n-grams of the observation. Where the prompt lists options, the words that it says of each option
    are features once more, together with the option's place on the list: a linear policy can then tell which action names what.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import HashText
        >>> env = HashText(gym.make("CL-Taste-v0"), size=256)
        >>> observation, _ = env.reset(seed=0)
        >>> observation.shape, str(observation.dtype), observation in env.observation_space
        ((256,), 'float32', True)

    Args:
        env: the env whose observations are hashed.
        size: length of the vector.
        longest: n-grams of 1 to ``longest`` words.
        feedback: whether the n-grams of the last feedback are in it too, apart from the prompt's; it is carried over ``reset``,
            unless that has a seed.
    """

    def __init__(self, env: gym.Env[str, Any], size: int = 1024, longest: int = 1, feedback: bool = False):
        gym.utils.RecordConstructorArgs.__init__(self, size=size, longest=longest, feedback=feedback)
        super().__init__(env)
        self.size, self.longest = checked("size", size, int, low=1), checked("longest", longest, int, low=1)
        self.feedback = checked("feedback", feedback, bool)
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (self.size,), np.float32)
        self._last = ""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        text, info = self.env.reset(seed=seed, options=options)
        if seed is not None:
            self._last = ""
        return self._hashed(text, info), info

    def step(self, action: Any) -> tuple[npt.NDArray[np.float32], Any, bool, bool, dict[str, Any]]:
        text, reward, terminated, truncated, info = self.env.step(action)
        self._last = info["feedback"]
        return self._hashed(text, info), reward, terminated, truncated, info

    def _hashed(self, text: str, info: dict[str, Any]) -> npt.NDArray[np.float32]:
        features = list(choice_features(text, info.get("options", ()), self.longest))
        if self.feedback:
            features += [f"feedback\n{gram}" for gram in ngrams(self._last, self.longest)]
        return signed_hash(features, self.size)
