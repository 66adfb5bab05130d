"""``copier``: what can be earned without understanding anything: the same few tricks in every family, no language model.

Four of them guess the right answer of a query from those that were told before (``Experience.right_answer``):

* ``copied``: the answer to the nearest prompt, and where that prompt has other words than this one, these words in their place.
* ``translated``: the same, where words of a prompt have others in their answers: the pairs that go together most (Dice 1945),
  2 · together / (times in prompts + times in answers).
* ``label``: naive Bayes, argmax over answers a of log P(a) + Σ log P(w | a) over the prompt's words w, each probability with one added count.
* ``liked``: where a prompt lists options, naive Bayes on their words: Σ log ((times in right options + 1) / (times in others + 1)).

Whatever is learned is guessed first by each of them; the one that has guessed best so far answers (the earlier one of equals). It is the
yardstick of worlds that are to be learned and not copied: above level 0 it should earn little, however much it is shown.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Cost, Experience
from clgym.errors import InvalidSetting

#: Words, numbers, every other sign by itself, and what stands between them: joined, they are the text again.
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
#: Answers that are labels rather than texts: the most frequent ones, and no more.
_LABELS = 64
#: Prompts that share rare words with this one and are compared whole.
_NEAR = 16


@dataclass(frozen=True)
class Shown:
    """A query and its right answer."""

    prompt: str
    answer: str
    options: tuple[str, ...] = ()


class Copier(Agent):
    """θ is what was shown, the counts that follow from it, and how often each trick guessed right."""

    @dataclass(frozen=True)
    class Config:
        """How much is kept."""

        memory: int = 4096
        """exchanges that are kept, the newest ones"""

        def __post_init__(self) -> None:
            if self.memory < 1:
                raise InvalidSetting(f"memory counts exchanges, so it is at least 1, not {self.memory}.")

    config: Config

    def __init__(self, config: Config, *, seed: int = 0):
        self.config, self.seed = config, seed
        self.shown: list[Shown] = []
        self.hits: Counter[str] = Counter()
        self._forget()

    @property
    def _tricks(self) -> dict[str, Callable[[str, tuple[str, ...]], str]]:
        return {"copied": self._copied, "translated": self._translated, "label": self._label, "liked": self._liked}

    # -- the Agent interface ------------------------------------------------------------------------------------------

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Each by the trick that has guessed best so far."""
        answers = []
        for conversation in conversations:
            began = time.perf_counter()
            text = self.guess(conversation[-1]["content"], getattr(conversation, "options", ()))
            answers.append(Answer(text, Cost(seconds=time.perf_counter() - began)))
        return answers

    def guess(self, prompt: str, options: tuple[str, ...] = ()) -> str:
        """The right answer, as the best trick has it; "" where nothing was shown yet."""
        if not self.shown:
            return ""
        ranked = sorted(self._tricks, key=lambda name: -self.hits[name])
        return next((text for name in ranked if (text := self._tricks[name](prompt, options))), "")

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Guess, see who was right, and keep the exchange; nothing is learned where the right answer is not told."""
        began = time.perf_counter()
        for experience in experiences:
            right = experience.right_answer
            if not right:
                continue
            shown = Shown(experience.conversation[-1]["content"], right, tuple(experience.options))
            if self.shown:
                self.hits.update(name for name, trick in self._tricks.items() if trick(shown.prompt, shown.options) == right)
            self.shown.append(shown)
            self._count(shown)
        if len(self.shown) > self.config.memory:
            self.shown = self.shown[-self.config.memory * 3 // 4 :]
            self._forget()
            for shown in self.shown:
                self._count(shown)
        return Cost(seconds=time.perf_counter() - began)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "config": asdict(self.config),
            "seed": self.seed,
            "hits": dict(self.hits),
            "shown": [asdict(s) for s in self.shown],
        }
        (folder / "agent.json").write_text(json.dumps(state, sort_keys=True))

    def load(self, folder: Path) -> None:
        """Restore. Raises ``InvalidSetting`` where the folder holds no such agent or one with another config."""
        try:
            saved = json.loads((Path(folder) / "agent.json").read_text())
            shown = [Shown(s["prompt"], s["answer"], tuple(s["options"])) for s in saved["shown"]]
            config, self.seed, self.hits = saved["config"], saved["seed"], Counter(saved["hits"])
        except (OSError, LookupError, TypeError, ValueError) as cause:
            raise InvalidSetting(f"{folder} holds no saved copier: {cause!r}") from cause
        if config != asdict(self.config):
            raise InvalidSetting(f"{folder} was saved with config {config}; this agent has {asdict(self.config)}.")
        self.shown = shown
        self._forget()
        for each in shown:
            self._count(each)

    def describe(self) -> Mapping[str, Any]:
        """Exchanges kept."""
        return {"memory_items": len(self.shown)}

    # -- counts -------------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)
        """Word -> the places of prompts that have it."""
        self._tokens: list[list[str]] = []
        self._prompts: list[frozenset[str]] = []
        self._together: dict[str, Counter[str]] = defaultdict(Counter)
        self._in_answers: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._said: dict[str, Counter[str]] = defaultdict(Counter)
        self._right_words: Counter[str] = Counter()
        self._other_words: Counter[str] = Counter()

    def _count(self, shown: Shown) -> None:
        tokens = _TOKEN.findall(shown.prompt)
        words, given = _words(tokens), _words(_TOKEN.findall(shown.answer))
        place = len(self._prompts)
        for word in sorted(words):
            self._places[word].append(place)
            self._together[word].update(given)
            self._said[shown.answer][word] += 1
        self._tokens.append(tokens)
        self._prompts.append(words)
        self._in_answers.update(given)
        self._answers[shown.answer] += 1
        for option in shown.options:
            (self._right_words if option == shown.answer else self._other_words).update(_words(_TOKEN.findall(option)))

    # -- the tricks ---------------------------------------------------------------------------------------------------

    def _copied(self, prompt: str, options: tuple[str, ...]) -> str:
        return self._from_nearest(prompt, lambda word: word)

    def _translated(self, prompt: str, options: tuple[str, ...]) -> str:
        return self._from_nearest(prompt, self._translation)

    def _from_nearest(self, prompt: str, said: Callable[[str], str]) -> str:
        """The answer to the nearest prompt, with what is ``said`` for this prompt's words in the place of what was said for its own."""
        tokens = _TOKEN.findall(prompt)
        place = self._nearest(_words(tokens))
        old, answer = self._tokens[place], self.shown[place].answer
        swaps: dict[str, str] = {}
        for kind, a, b, c, d in SequenceMatcher(None, old, tokens, autojunk=False).get_opcodes():
            if kind == "replace":
                before, after = ([token for token in part if not token.isspace()] for part in (old[a:b], tokens[c:d]))
                if len(before) == len(after):
                    swaps.update({said(one): said(other) for one, other in zip(before, after) if said(one)})
        return "".join(swaps.get(token, token) for token in _TOKEN.findall(answer))

    def _nearest(self, words: frozenset[str]) -> int:
        """The place of the prompt with the largest share of words in common, rare ones first; the newest of equals."""
        count = len(self._prompts)
        weights = {word: math.log((count + 1) / (len(self._places.get(word, ())) + 0.5)) for word in words}
        shared: dict[int, float] = defaultdict(float)
        for word in sorted(words):
            if 2 * len(self._places.get(word, ())) <= count + 1:
                for place in self._places.get(word, ()):
                    shared[place] += weights[word]
        near = [place for place, _ in sorted(shared.items(), key=lambda item: (-item[1], -item[0]))[:_NEAR]] or [count - 1]
        return max(near, key=lambda place: (len(words & self._prompts[place]) / len(words | self._prompts[place]), place))

    def _translation(self, word: str) -> str:
        """The word of answers that goes together most with a word of prompts; "" where none does."""
        best, score = "", 0.0
        for other, together in self._together.get(word, Counter()).items():
            dice = 2 * together / (len(self._places[word]) + self._in_answers[other])
            if (dice, other) > (score, best):
                best, score = other, dice
        return best

    def _label(self, prompt: str, options: tuple[str, ...]) -> str:
        known = [answer for answer, _ in self._answers.most_common(_LABELS) if not options or answer in options]
        words = sorted(_words(_TOKEN.findall(prompt)))

        def likelihood(answer: str) -> float:
            times = self._answers[answer]
            return math.log(times) + sum(math.log((self._said[answer][word] + 1) / (times + 2)) for word in words)

        return max(known, key=likelihood, default="")

    def _liked(self, prompt: str, options: tuple[str, ...]) -> str:
        def liking(option: str) -> float:
            return sum(
                math.log((self._right_words[word] + 1) / (self._other_words[word] + 1))
                for word in sorted(_words(_TOKEN.findall(option)))
            )

        return max(options, key=liking, default="")


def _words(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(token for token in tokens if not token.isspace())
