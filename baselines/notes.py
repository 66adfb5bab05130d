"""``notes``: the model writes down what feedback taught it, in its own words, and reads that before every query.

Reflexion (Shinn et al. 2023, arXiv 2303.11366): a language model turns feedback into text that stands in front of its next
tries. ACE (Zhang et al. 2025, arXiv 2510.04618): such a text is a playbook that a stream of tasks is answered with. θ is the
notes.

    every ``every`` env steps:   notes ← M(instruction, notes, the last exchanges with their feedback)
    answer:                      M(system, notes, x)

``style="rewrite"`` replaces the notes by what the model writes: short, and each rewriting may lose what was there (ACE calls it
context collapse). ``style="append"`` is ACE's remedy: what is written are new lines, added to the old ones without repeating
any; where they become too long, the oldest go. Rewriting is greedy and counts as learning. Where nothing is written (a reply that is
empty, refused, withheld or ended in its thoughts) the notes stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym import flops
from clgym.agent import Cost, Decoding, Experience, Message
from clgym.baselines.language_agent import LanguageAgent, LanguageConfig, longest_reply, system_message
from clgym.baselines.memory import check_room
from clgym.errors import InvalidSetting, UnknownName
from clgym.model import TextModel, text_size

STYLES = ("rewrite", "append")

INSTRUCTION = "You write down rules. You are shown questions, the answers that were given, and what was said about them."
REWRITE = "Write the notes anew: short lines, each a rule that helps to answer such questions right. Keep what still holds."
APPEND = "Write only what is new: short lines, each a rule that helps to answer such questions right."
HEADING = "Notes from experience:"


class Notes(LanguageAgent):
    """System message with the notes in it, then the query."""

    @dataclass(frozen=True)
    class Config(LanguageConfig):
        """When notes are taken, and how long they may be."""

        every: int = 8
        """env steps between rewritings; the exchanges since the last one are what is written from"""
        max_note_tokens: int = 256
        """the longest notes; one rewriting writes at most this much"""
        style: str = "rewrite"
        """"rewrite" (the whole notes) or "append" (new lines to the old ones)"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.style not in STYLES:
                raise UnknownName("style of notes", self.style, STYLES)
            if self.every < 1 or self.max_note_tokens < 1:
                raise InvalidSetting(f"every and max_note_tokens must be at least 1, not {self.every} and {self.max_note_tokens}.")

    config: Config

    def __init__(self, config: Config, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.notes = ""
        self._pending: list[str] = []
        """What happened since the notes were last written."""
        self._rewritings = 0
        least = self.serving.size(self._request([])) + self._longest_notes + config.max_note_tokens
        check_room(least, "old notes, new notes and the request to write them", model.window)

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Keep what happened; write the notes whenever ``every`` env steps have gathered."""
        cost = Cost()
        for experience in experiences:
            self._pending.append(account(experience))
            if len(self._pending) >= self.config.every:
                cost += self._rewrite()
        return cost

    def flush(self) -> Cost:
        """Write down what came since the last time."""
        return self._rewrite() if self._pending else Cost()

    def context(self) -> list[Message]:
        """One system message: the usual one, and the notes below it."""
        notes = f"{HEADING}\n{self.notes}" if self.notes else ""
        return system_message("\n\n".join(part for part in (self.config.system, notes) if part))

    def state(self) -> dict[str, Any]:
        return {"notes": self.notes, "pending": self._pending, "rewritings": self._rewritings}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.notes, self._pending, self._rewritings = state["notes"], list(state["pending"]), state["rewritings"]

    def describe(self) -> Mapping[str, Any]:
        """Lines of notes, and the tokens that stand in front of every query."""
        return {**super().describe(), "memory_items": len(self.notes.splitlines()), "rewritings": self._rewritings}

    def _rewrite(self) -> Cost:
        request = self._request(self._newest_that_fit())
        self._pending = []
        limit = self.config.max_note_tokens
        decoding = Decoding(limit, thinking=self.config.thinking, thought_tokens=self.config.thought_tokens)
        written = self.serving.generate([request], decoding)[0]
        # What was cut by the limit ends in the middle of a line.
        lines = lines_of(written.text, whole=written.stop != "length") if written.stop in ("end", "length") else []
        if not lines:  # nothing, a refusal, thoughts alone or words that were withheld are no notes
            return written.cost
        if self.config.style == "append":
            lines = [*self.notes.splitlines(), *lines]
        lines = list(dict.fromkeys(lines))
        while len(lines) > 1 and text_size(self.serving, "\n".join(lines)) > limit:
            del lines[0]
        self.notes = "\n".join(lines)
        self._rewritings += 1
        computed = self.prefix(self.context()).length  # a model that keeps no keys computes the notes when it answers
        if not computed:
            return written.cost
        return written.cost + Cost(prompt_tokens=computed, flops=flops.forward(self.serving.flops_shape, computed, head_rows=0))

    def _newest_that_fit(self) -> list[str]:
        """The newest of what happened that fit the model's window."""
        room = self.serving.window - self._longest_notes
        accounts = list(self._pending)
        while accounts and self.serving.size(self._request(accounts)) > room:
            del accounts[0]
        if not accounts:
            size = self.serving.size(self._request(self._pending[-1:]))
            check_room(size, "the request to write notes and one exchange", room)
        return accounts

    @property
    def _longest_notes(self) -> int:
        """Tokens of what is written at most, thoughts included."""
        return longest_reply(self.config, self.serving) - self.config.max_new_tokens + self.config.max_note_tokens

    def _request(self, accounts: Sequence[str]) -> list[Message]:
        wanted = REWRITE if self.config.style == "rewrite" else APPEND
        parts = [f"Notes so far:\n{self.notes or '(none)'}", "What happened since:", *accounts, wanted]
        return [*system_message(INSTRUCTION), Message(role="user", content="\n\n".join(parts))]


def account(experience: Experience) -> str:
    """One env step in words."""
    lines = [f"Question: {experience.conversation[-1]['content']}", f"Answer given: {experience.answer}"]
    if experience.feedback:
        lines.append(f"Feedback: {experience.feedback}")
    if experience.correction and experience.outcome != "correct":
        lines.append(f"Right answer: {experience.correction}")
    return "\n".join(lines)


def lines_of(text: str, *, whole: bool) -> list[str]:
    """The lines that say something; without the last one where that was cut off (unless it is all there is)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if whole or len(lines) < 2 else lines[:-1]
