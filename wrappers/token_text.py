"""Text observations as token ids of fixed length."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from clgym.errors import MissingExtra
from clgym.hashing import word_ids
from clgym.settings import checked


class Tokenizer(Protocol):
    """What is used of a tokenizer; every transformers tokenizer has it."""

    def __len__(self) -> int: ...

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...


class TokenText(gym.Wrapper[Any, Any, Any, Any], gym.utils.RecordConstructorArgs):
    """Observations are ``MultiDiscrete``: one token id per place, in the order of the text, with 0 behind its end.

    Unlike :class:`~clgym.wrappers.hash_text.HashText` this keeps the order of all words. By default a token is a word or a
    punctuation mark, and its id is its hash, 1 to ``vocabulary`` - 1: nothing has to be fitted, and two words may share an id. With
    ``tokenizer`` the ids are that tokenizer's plus 1, for policies with embeddings of their own. (stable-baselines3 turns ids into
    one-hot vectors: ``length`` × ``vocabulary`` inputs.) Of a text that is too long the beginning is cut: what is asked last stays.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import TokenText
        >>> env = TokenText(gym.make("CL-Taste-v0"), length=48, vocabulary=256)
        >>> observation, _ = env.reset(seed=0)
        >>> observation.shape, observation in env.observation_space, int(observation[-1])
        ((48,), True, 0)

    Args:
        env: the env whose observations are tokenized.
        length: tokens of an observation.
        vocabulary: ids of the built-in tokenizer, padding included; not used with ``tokenizer``.
        tokenizer: a transformers tokenizer, or the name or folder of one.
    """

    def __init__(self, env: gym.Env[str, Any], length: int = 64, vocabulary: int = 512, tokenizer: Tokenizer | str | None = None):
        gym.utils.RecordConstructorArgs.__init__(self, length=length, vocabulary=vocabulary, tokenizer=tokenizer)
        super().__init__(env)
        self.length, vocabulary = checked("length", length, int, low=1), checked("vocabulary", vocabulary, int, low=2)
        self.tokenizer = _load(tokenizer) if isinstance(tokenizer, str) else tokenizer
        self.vocabulary = vocabulary if self.tokenizer is None else len(self.tokenizer) + 1
        self.observation_space = gym.spaces.MultiDiscrete(np.full(self.length, self.vocabulary))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.int64], dict[str, Any]]:
        text, info = self.env.reset(seed=seed, options=options)
        return self._tokens(text), info

    def step(self, action: Any) -> tuple[npt.NDArray[np.int64], Any, bool, bool, dict[str, Any]]:
        text, reward, terminated, truncated, info = self.env.step(action)
        return self._tokens(text), reward, terminated, truncated, info

    def _tokens(self, text: str) -> npt.NDArray[np.int64]:
        if self.tokenizer is None:
            ids = [1 + number for number in word_ids(text, self.vocabulary - 1)]
        else:
            ids = [1 + number for number in self.tokenizer.encode(text, add_special_tokens=False)]
        ids = ids[-self.length :]
        return np.array(ids + [0] * (self.length - len(ids)), dtype=np.int64)


def _load(name: str) -> Tokenizer:
    try:
        from transformers import AutoTokenizer
    except ImportError as cause:
        raise MissingExtra("TokenText with a named tokenizer", "models", cause) from cause
    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(name)
    return tokenizer
