"""Forgetting guards: what any agent that trains an adapter can switch on to keep what the model knew before.

All three hold one quantity down, how far answers to neutral prompts x have moved from those of θ_0 (per token t of y):

    D(θ) = E_x E_{y ~ π_0(·|x)} KL(π_0(· | x, y_<t) ‖ π_θ(· | x, y_<t))

* ``kl``: D itself, exact over the vocabulary, the adapter-off model as the teacher. It is the old-task term of "Learning
  without Forgetting" (Li & Hoiem 2016, arXiv 1606.09282, equation 3 with T = 1, up to the entropy of π_0): the
  direction that covers modes.
* ``replay``: −log π_θ(y_t | x, y_<t), one sampled y for each x: D by Monte Carlo, up to that entropy. This is the
  pseudo-rehearsal of Robins 1995 ("Catastrophic forgetting, rehearsal and pseudorehearsal"): the model's own answers stand
  for data that nobody has. It protects *old* knowledge; own *experience* is what lora-sft, drill and sleep rehearse.
* ``ewc``: λ/2 · Σ_ij F_ij (W_ij − W*_ij)², D to second order ("Overcoming catastrophic forgetting in neural networks",
  Kirkpatrick et al. 2017, arXiv 1612.00796, equation 3). θ is the effective weight W_0 + (α/r)·B·A of every adapted map,
  not (A, B): at the start B = 0, so that the Fisher information of A is zero, and that of B holds only as long as A does not
  turn. F_ij is the expected square of ∂ log π_0(y | x) / ∂W_ij per token of y, y drawn from π_0 (the true Fisher
  information, not the empirical one). A map's F is kept as its row and column sums, F_ij ≈ R_i C_j / ΣR (the factors of
  Shazeer & Stern 2018, "Adafactor", arXiv 1804.04235, algorithm 2): rank r is then all that the penalty costs, and the
  memory is out + in numbers. With ``ewc_every`` it is online EWC (Schwarz et al. 2018, "Progress & Compress", arXiv
  1805.06370, section 3): F ← γF + F_new on what the agent was asked and said lately, W* ← W. Streams name no task
  boundaries, so updates are counted instead.

Prompts are those of ``rehearsal_prompts.py``, behind the agent's own system message. Answers are drawn once, before the first update.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from clgym.agent import Answer, Conversation, Cost, Decoding, Message
from clgym.baselines.adapter import Adapter
from clgym.baselines.configs import GuardConfig
from clgym.baselines.rehearsal_prompts import EVERYDAY
from clgym.errors import InvalidSetting
from clgym.model import WeightModel
from clgym.seeding import seed_of

#: A prompt and its answer, as token ids.
Example = tuple[list[int], list[int]]


class Importance(NamedTuple):
    """The diagonal Fisher information of one map W [out, in] by its sums: over each row [out] and each column [in]."""

    rows: Tensor
    columns: Tensor

    def plus(self, other: Importance, decay: float) -> Importance:
        """γ · this + other."""
        return Importance(decay * self.rows + other.rows, decay * self.columns + other.columns)


class Guards:
    """The guards of one agent: what they rehearse, how important each weight is, and what they have cost.

    Args:
        config: which guards, how strong.
        untaught: the model as it was, θ_0.
        adapter: what is trained.
        context: the messages in front of every prompt.
        batch: how many answers are drawn together.
        seed: draws answers and batches.
    """

    def __init__(
        self, config: GuardConfig, *, untaught: WeightModel, adapter: Adapter, context: Sequence[Message], batch: int, seed: int
    ):
        self.config, self.kinds, self.seed, self._batch = config, config.kinds, seed, batch
        self._untaught, self._adapter, self._context = untaught, adapter, list(context)
        if "ewc" in self.kinds and adapter.mixture:
            raise InvalidSetting(
                f"guard.kind=ewc measures how important each linear map is, and the experts of {untaught.name} are none: use kl or replay."
            )
        self._items: list[Example] = []
        self._recent: deque[tuple[list[Message], list[int]]] = deque(maxlen=config.prompts)
        self._importance: dict[str, Importance] = {}
        self._anchor: dict[str, tuple[Tensor, Tensor]] = {}
        self._cost = Cost()

    # -- what an agent calls ------------------------------------------------------------------------------------------

    def saw(self, conversations: Sequence[Conversation], answers: Sequence[Answer]) -> None:
        """What the agent was asked and said, for the consolidations of ewc."""
        if "ewc" in self.kinds and self.config.ewc_every:
            self._recent.extend((list(conversation), list(answer.tokens)) for conversation, answer in zip(conversations, answers))

    def prepare(self) -> None:
        """Before an update: draw the neutral answers and estimate F, the first time; consolidate, where that is due."""
        if not self.kinds:
            return
        with self.counted():
            if not self._items:
                self._items = self._rehearsals()
                if "ewc" in self.kinds:
                    self._importance = self.fisher(self._items)
            every, updates = self.config.ewc_every, self._adapter.updates
            if "ewc" in self.kinds and every and updates and updates % every == 0 and self._recent:
                self._consolidate()

    def losses(self) -> Iterator[Tensor]:
        """What the guards add to the loss of an update. Their passes are paid for inside :meth:`counted`."""
        if "replay" in self.kinds or "kl" in self.kinds:
            yield self._rehearse()
        if "ewc" in self.kinds:
            yield self.config.ewc_strength * self.penalty()
            # Two Gram matrices of every map forward and their gradients backward: no pass through the model, so by formula.
            width = self._adapter.rank * (2 if self._anchor else 1)
            self._cost += Cost(flops=6.0 * width * width / self._adapter.rank * self._adapter.adapter_shape.maps)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """FLOPs spent inside, by the model's meter, are the guards'. Their seconds are in those of the agent's update."""
        before = self._untaught.meter.spent
        yield
        self._cost += Cost(flops=self._untaught.meter.spent - before)

    def spent(self) -> Cost:
        """What guarding has cost since this was last asked."""
        cost, self._cost = self._cost, Cost()
        return cost

    # -- replay and kl ------------------------------------------------------------------------------------------------

    def _rehearsals(self) -> list[Example]:
        """The neutral prompts, each with an answer drawn from π_0."""
        prompts = [[*self._context, Message(role="user", content=prompt)] for prompt in EVERYDAY[: self.config.prompts]]
        draw = seed_of("guard", "answers", self.seed).draw().integer(0, 2**62)
        decoding = Decoding(self.config.tokens, temperature=1.0, batch=self._batch)
        answers = self._untaught.generate(prompts, decoding, seed=draw)
        self._cost += sum((Cost(a.cost.prompt_tokens, 0, a.cost.completion_tokens) for a in answers), Cost())
        return [self._example(conversation, answer) for conversation, answer in zip(prompts, answers)]

    def _example(self, conversation: Conversation, answer: Answer) -> Example:
        return self._untaught.encode(conversation).ids, list(answer.tokens)

    def _rehearse(self) -> Tensor:
        """λ_replay · cross-entropy + λ_kl · KL, means over the answer tokens of a batch."""
        draw = seed_of("guard", "batch", self.seed, self._adapter.updates).draw()
        batch = draw.sample(self._items, self.config.batch)
        self._cost += Cost(prompt_tokens=sum(len(prompt) + len(answer) for prompt, answer in batch))
        logits, targets = self._untaught.answer_logits(batch, network=self._adapter.training)
        loss = logits.new_zeros(())
        if "replay" in self.kinds:
            loss = loss + self.config.replay_strength * functional.cross_entropy(logits, targets)
        if "kl" in self.kinds:
            with torch.no_grad():
                old, _ = self._untaught.answer_logits(batch)
            loss = loss + self.config.kl_strength * divergence(old, logits).mean()
        return loss

    # -- ewc ----------------------------------------------------------------------------------------------------------

    def penalty(self) -> Tensor:
        """½ · Σ_ij F_ij (W_ij − W*_ij)² over all maps, with F_ij ≈ R_i C_j / ΣR."""
        total = torch.zeros((), device=self._untaught.device)
        for name, importance in self._importance.items():
            up, down = self._adapter.factors(name)
            if name in self._anchor:
                old_up, old_down = self._anchor[name]
                up, down = torch.cat([up, -old_up], dim=1), torch.cat([down, old_down])
            total = total + weighted_square(up, down, importance) / 2
        return total

    def fisher(self, examples: Sequence[Example]) -> dict[str, Importance]:
        """F of the present weights, by map: squares of each example's gradient of its log-likelihood, summed, per token."""
        sums: dict[str, Importance] = {}
        meter = self._untaught.meter
        hooks = [
            self._adapter.training.get_submodule(name).register_forward_hook(partial(_square, sums, name))
            for name in self._adapter.names
        ]
        try:
            for example in examples:
                likelihood = self._untaught.score([example], network=self._adapter.training)[0].sum()
                torch.autograd.grad(likelihood, list(self._adapter.parameters.values()))
                meter.backward()
                meter.spent += 2.0 * self._untaught.flops_shape.matrices * sum(map(len, example))  # G of each map
        finally:
            for hook in hooks:
                hook.remove()
        tokens = sum(len(answer) for _, answer in examples)
        self._cost += Cost(prompt_tokens=sum(len(prompt) for prompt, _ in examples) + tokens)
        return {name: Importance(one.rows / tokens, one.columns / tokens) for name, one in sums.items()}

    def _consolidate(self) -> None:
        """F ← γF + F of what was asked and said lately, W* ← W."""
        model = self._untaught
        recent = [(model.encode([*self._context, *talk]).ids, answer) for talk, answer in self._recent]
        new = self.fisher(recent)
        self._importance = {name: old.plus(new[name], self.config.ewc_decay) for name, old in self._importance.items()}
        with torch.no_grad():
            factors = {name: self._adapter.factors(name) for name in self._importance}
            self._anchor = {name: (up.clone(), down.clone()) for name, (up, down) in factors.items()}

    # -- what is kept -------------------------------------------------------------------------------------------------

    def describe(self) -> Mapping[str, Any]:
        """How many items are rehearsed, and the bytes of importance and anchors."""
        tensors = self._tensors().values()
        return {"guard_items": len(self._items), "guard_bytes": sum(t.numel() * t.element_size() for t in tensors)}

    def save(self, folder: Path) -> None:
        """``guards.json`` and ``guards.safetensors``; nothing where no guard is on."""
        if self.kinds:
            items = {"seed": self.seed, "items": self._items, "recent": list(self._recent)}
            (folder / "guards.json").write_text(json.dumps(items, ensure_ascii=True, sort_keys=True))
            save_file(self._tensors(), folder / "guards.safetensors")

    def load(self, folder: Path) -> None:
        """The inverse of :meth:`save`. Raises ``InvalidSetting`` where a file is missing or damaged."""
        if not self.kinds:
            return
        try:
            saved = json.loads((folder / "guards.json").read_text())
            tensors = load_file(folder / "guards.safetensors", device=str(self._untaught.device))
            self.seed, self._items = saved["seed"], [(prompt, answer) for prompt, answer in saved["items"]]
            self._recent = deque(((talk, answer) for talk, answer in saved["recent"]), maxlen=self.config.prompts)
        except Exception as cause:  # safetensors raises its own kinds
            raise InvalidSetting(f"the guards saved in {folder} cannot be read: {cause}") from cause
        important = {name.rpartition("/")[0] for name in tensors}
        known = [name for name in self._adapter.names if name in important]
        self._importance = {name: Importance(tensors[f"{name}/rows"], tensors[f"{name}/columns"]) for name in known}
        self._anchor = {n: (tensors[f"{n}/up"], tensors[f"{n}/down"]) for n in self._importance if f"{n}/up" in tensors}

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"{name}/{part}": tensor for name, one in self._importance.items() for part, tensor in one._asdict().items()}
        for name, (up, down) in self._anchor.items():
            tensors.update({f"{name}/up": up, f"{name}/down": down})
        return tensors


def divergence(old: Tensor, new: Tensor) -> Tensor:
    """KL(old ‖ new) in nats [rows], of logits [rows, vocabulary]."""
    log_old, log_new = torch.log_softmax(old, -1), torch.log_softmax(new, -1)
    return functional.kl_div(log_new, log_old, reduction="none", log_target=True).sum(-1)


def weighted_square(up: Tensor, down: Tensor, importance: Importance) -> Tensor:
    """Σ_ij R_i C_j / ΣR · (U V)_ij² for U [out, r] and V [r, in], without making U V: the trace of (Uᵀ R U)(V C Vᵀ) / ΣR."""
    rows, columns = importance
    left, right = up.T @ (rows[:, None] * up), (down * columns) @ down.T
    return (left * right).sum() / rows.sum().clamp(min=torch.finfo(rows.dtype).tiny)


def _square(sums: dict[str, Importance], name: str, module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    """Forward hook: when the gradient of the output comes, square that of W, G = Σ_positions g xᵀ, and add its sums."""
    read = inputs[0].detach().flatten(0, -2)

    def arrived(gradient: Tensor) -> None:
        square = (gradient.flatten(0, -2).T @ read).float().square()
        own = Importance(square.sum(1), square.sum(0))
        sums[name] = sums[name].plus(own, 1.0) if name in sums else own

    output.register_hook(arrived)
