"""The teacher of self-distillation: the model itself, told what the student was not told.

The student sees the question. The teacher is the same model behind a longer prompt, which holds what came of the student's
answer, and with weights of its own: those of this moment, a slow average of them, or the model with its adapter off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from clgym.agent import Conversation, Experience, Message
from clgym.baselines.adapter import Adapter
from clgym.baselines.configs import TeacherConfig
from clgym.baselines.language_agent import Part
from clgym.errors import InvalidSetting

FILE = "teacher.safetensors"


class Teacher(Part):
    """The weights φ that teach; "ema": φ ← φ + rate · (θ − φ) after each AdamW step, from φ = θ_0 on."""

    def __init__(self, config: TeacherConfig, adapter: Adapter):
        self._kind, self._rate, self._adapter = config.teacher, config.teacher_rate, adapter
        self._average = {name: weight.detach().clone() for name, weight in self._own().items()}

    def _own(self) -> dict[str, torch.nn.Parameter]:
        """The student's parameters that the teacher keeps an average of."""
        return dict(self._adapter.parameters) if self._kind == "ema" else {}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Inside, ``adapter.training`` is the teacher; no gradient is kept."""
        with torch.no_grad():
            if self._kind == "base":
                with self._adapter.disabled():
                    yield
                return
            own = self._own()
            students = {name: weight.data for name, weight in own.items()}
            for name, weight in own.items():
                weight.data = self._average[name]
            try:
                yield
            finally:
                for name, weight in own.items():
                    weight.data = students[name]

    @torch.no_grad()
    def follow(self) -> None:
        """The student has taken a step."""
        for name, weight in self._own().items():
            self._average[name].lerp_(weight, self._rate)

    def save(self, folder: Path) -> None:
        """``teacher.safetensors``, where the teacher has weights of its own."""
        if self._average:
            save_file({name: weight.contiguous() for name, weight in self._average.items()}, folder / FILE)

    def load(self, folder: Path) -> None:
        """Restore what :meth:`save` wrote. Raises ``InvalidSetting`` where it is damaged or does not fit the adapter."""
        if not self._average:
            return
        try:
            saved = load_file(folder / FILE)
        except Exception as cause:  # safetensors raises its own kinds and OSError
            raise InvalidSetting(f"the teacher in {folder} cannot be read: {cause}") from cause
        if {name: weight.shape for name, weight in saved.items()} != {n: w.shape for n, w in self._average.items()}:
            raise InvalidSetting(
                f"the teacher in {folder} does not fit this adapter: use the model and the rank it was trained with."
            )
        for name, weight in self._average.items():
            weight.copy_(saved[name])


def taught(bare: Conversation, experience: Experience, config: TeacherConfig) -> Conversation:
    """What the teacher sees in place of ``bare``, the question as the student saw it; empty where nothing was told.

    The right answer as a turn of its own, and the question again: the embedded model can use that, and cannot use a
    sentence that names the right answer. Where no right answer is known, the exchange as it happened.
    """
    question = bare[-1]
    right = experience.right_answer
    if right and config.teacher_sees == "demonstration":
        return [*bare, *config.demonstrations * [Message(role="assistant", content=right), question]]
    if not experience.feedback:
        return []
    again = Message(role="user", content=f"{experience.feedback}\n\nTry again: {question['content']}")
    return [*bare, Message(role="assistant", content=experience.answer), again]
