"""``recommender``: LinUCB, the contextual bandit of news recommendation, on hashed features of query and candidate.

Li, Chu, Langford, Schapire 2010, "A Contextual-Bandit Approach to Personalized News Article Recommendation", arXiv:1003.0146,
Algorithm 1, with one ridge regression over features x_{t,a} of the pair (query, candidate) instead of one per arm, as in Chu, Li,
Reyzin, Schapire 2011, "Contextual Bandits with Linear Payoff Functions", Algorithm 1. Candidates come and go, so arms of their own
would never be seen twice; crossing a feature with the candidate's name gives each its own weights where it does come back
(Weinberger et al. 2009). For t = 1, 2, ...:

    θ̂ = A⁻¹ b
    p_{t,a} = θ̂ᵀ x_{t,a} + α √(x_{t,a}ᵀ A⁻¹ x_{t,a})        for every candidate a
    choose a_t = argmax_a p_{t,a}, observe the reward r_t
    A ← A + x xᵀ,   b ← b + r_t x                           with x = x_{t,a_t}

from A = λI, b = 0. A⁻¹ is kept and updated by the Sherman-Morrison formula, so a step costs the same for ever. x has two parts
of length 1: the words that the prompt says of the candidate, and the candidate's name crossed with every word of the prompt. Where
the prompt describes every candidate, beyond its name, there is only the first: such names are new each time.

The objective is the ridge regression's: Σ_t η (r_t − θᵀ x_t)² + λ‖θ‖², with weight η (``learning_rate``) for every observation.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clgym.agent import Answer, Cost, Experience
from clgym.baselines.choice_agent import ChoosingAgent, ChoosingConfig, observations, text_of
from clgym.errors import InvalidSetting
from clgym.hashing import cards, signed_hash, words


class Features(NamedTuple):
    """x_{t,a} without its zeros: their places and values."""

    places: npt.NDArray[np.intp]
    values: npt.NDArray[np.float64]


class Recommender(ChoosingAgent):
    """θ is A⁻¹ and b, and the answers known."""

    @dataclass(frozen=True)
    class Config(ChoosingConfig):
        """Compared on train worlds at level 0 (docs/decisions/007-baselines.md)."""

        alpha: float = 0.5
        """α: how much uncertainty is worth; evaluation takes 0"""
        ridge: float = 0.1
        """λ: A begins as λI"""
        learning_rate: float = 1.0
        """η: how much an observation weighs; 0 is the control that does everything but learn"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.ridge <= 0 or self.alpha < 0 or self.learning_rate < 0:
                raise InvalidSetting(
                    "ridge must be above 0, alpha and learning_rate at least 0, "
                    f"not {self.ridge}, {self.alpha}, {self.learning_rate}."
                )

    config: Config

    def __init__(self, config: Config, *, seed: int = 0):
        super().__init__(config, seed=seed)
        self._inverse: npt.NDArray[np.float64] = np.eye(config.size) / config.ridge
        self._b = np.zeros(config.size)
        self._theta = np.zeros(config.size)

    def choose(self, queries: Sequence[tuple[str, tuple[str, ...]]]) -> list[Answer]:
        """The candidate with the largest p, the first of equals; "" where there is none."""
        return [self._choose(text, candidates) for text, candidates in queries]

    def _choose(self, text: str, candidates: tuple[str, ...]) -> Answer:
        began = time.perf_counter()
        alpha = 0.0 if self.frozen else self.config.alpha
        scores, flops = [], 0.0
        for x in features(text, candidates, candidates, self.config.size):
            scores.append(float(self._theta[x.places] @ x.values) + (alpha * self._width(x) if alpha else 0.0))
            flops += 2 * len(x.values) + (2 * len(x.values) ** 2 if alpha else 0)
        best = candidates[int(np.argmax(scores))] if candidates else ""
        return Answer(best, Cost(flops=flops, seconds=time.perf_counter() - began))

    def _width(self, x: Features) -> float:
        """√(xᵀ A⁻¹ x)."""
        return float(np.sqrt(x.values @ self._inverse[np.ix_(x.places, x.places)] @ x.values))

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """One observation for the answer given and, where it is told, one for the right answer."""
        began, flops = time.perf_counter(), 0.0
        for experience in experiences:
            text, candidates = text_of(experience.conversation), self.candidates(experience.options)
            for answer, reward in observations(experience, self.config.corrections):
                (x,) = features(text, (answer,), candidates, self.config.size)
                flops += self._observe(x, reward)
        if self.config.learning_rate:
            self.remember(experiences)
        return Cost(flops=flops, seconds=time.perf_counter() - began)

    def _observe(self, x: Features, reward: float) -> float:
        """A ← A + η x xᵀ, b ← b + η r x, θ̂ = A⁻¹ b; returns the FLOPs: A⁻¹x over x's k places, an outer product, A⁻¹b."""
        rate = self.config.learning_rate
        moved = self._inverse[:, x.places] @ x.values
        self._inverse -= np.outer(moved, moved * (rate / (1.0 + rate * float(moved[x.places] @ x.values))))
        self._b[x.places] += rate * reward * x.values
        self._theta = self._inverse @ self._b
        size = self.config.size
        return 2.0 * size * len(x.values) + 2.0 * size**2 + 2.0 * size**2

    def state(self) -> dict[str, Any]:
        return {"inverse": _packed(self._inverse), "b": _packed(self._b)}

    def restore(self, state: Mapping[str, Any]) -> None:
        size = self.config.size
        self._inverse, self._b = _unpacked(state["inverse"]).reshape(size, size), _unpacked(state["b"])
        self._theta = self._inverse @ self._b

    def describe(self) -> Mapping[str, Any]:
        """Numbers that θ is made of, and answers known."""
        return {"parameters": self._inverse.size + self._b.size, "memory_items": len(self.known)}


def features(text: str, answers: Sequence[str], candidates: Sequence[str], size: int) -> list[Features]:
    """x_{t,a} for each answer: the words that the prompt says of it and, unless it describes all candidates, the crossed words."""
    descriptions = dict(zip(candidates, cards(text, candidates)))
    described = bool(descriptions) and all(len(words(card)) > len(words(name)) for name, card in descriptions.items())
    spoken = words(text)
    vectors = []
    for answer in answers:
        x = _unit(signed_hash((f"card\n{word}" for word in words(descriptions.get(answer, answer))), size))
        if not described:
            x += _unit(signed_hash((f"{answer}\n{word}" for word in spoken), size))
        places = np.flatnonzero(x)
        vectors.append(Features(places, x[places]))
    return vectors


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    exact = vector.astype(np.float64)
    return exact / max(float(np.sqrt(exact @ exact)), 1.0)


def _packed(array: npt.NDArray[np.float64]) -> str:
    """Every bit of an array, as text."""
    return base64.b64encode(array.astype("<f8").tobytes()).decode("ascii")


def _unpacked(text: str) -> npt.NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)
