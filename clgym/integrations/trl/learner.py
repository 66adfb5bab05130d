"""What a trainer has trained so far, as an agent that can be asked: greedily, with the chat template of its tokenizer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from clgym import flops
from clgym.agent import Agent, Answer, Conversation, Cost
from clgym.integrations.frameworks import framework
from clgym.text.thoughts import without_thoughts

torch = framework("torch", "trl")

#: Of a mixture of experts a token takes a part alone, which this module does not count.
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


class Trained(Agent):
    """θ is the model's trainable parameters. FLOPs are those of the dense formulas (:mod:`clgym.flops`), on the numbers of its config."""

    estimated = ("flops",)

    def __init__(self, model: Any, tokenizer: Any, *, system: str = "", max_new_tokens: int = 64, batch: int = 16):
        self._model, self._tokenizer, self._system = model, tokenizer, system
        self._limit, self._batch = max_new_tokens, batch
        self.flops_shape = shape_of(model)

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        with self._answering():
            return [answer for part in _parts(conversations, self._batch) for answer in self._generate(part)]

    def digest(self) -> str:
        """A hash of the trainable parameters."""
        total = hashlib.blake2b(digest_size=16)
        for name, parameter in self._model.named_parameters():
            if parameter.requires_grad:
                total.update(name.encode())
                total.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
        return total.hexdigest()

    def describe(self) -> Mapping[str, Any]:
        trained = sum(p.numel() * p.element_size() for p in self._model.parameters() if p.requires_grad)
        return {"trained_bytes": trained, "estimated": list(self.estimated)}

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """In evaluation mode, and as it was afterwards."""
        training = self._model.training
        self._model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._model.train(training)

    def _generate(self, conversations: Sequence[Conversation]) -> list[Answer]:
        head = [{"role": "system", "content": self._system}] if self._system else []
        texts = [
            self._tokenizer.apply_chat_template([*head, *conversation], tokenize=False, add_generation_prompt=True)
            for conversation in conversations
        ]
        asked = self._tokenizer(texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False).to(
            self._model.device
        )
        asked.pop("token_type_ids", None)
        greedy = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, "use_cache": True}
        pad = self._tokenizer.pad_token_id
        made = self._model.generate(**asked, max_new_tokens=self._limit, pad_token_id=pad, **greedy)
        ends = self._model.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends]) | {self._tokenizer.eos_token_id}
        answers = []
        for mask, ids in zip(asked["attention_mask"].tolist(), made[:, asked["input_ids"].shape[1] :].tolist()):
            length = next((place + 1 for place, token in enumerate(ids) if token in ends), len(ids))
            cost = Cost(sum(mask), 0, length, flops.generate(self.flops_shape, sum(mask), length))
            stop = "end" if ids[length - 1] in ends else "length"
            thoughts, text = without_thoughts(self._tokenizer.decode(ids[:length], skip_special_tokens=True))
            answers.append(Answer(text, cost, tuple(ids[:length]), thoughts, stop))
        return answers


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]


def shape_of(model: Any) -> flops.FlopsShape:
    """What the dense formulas need of a causal language model; unknown for a mixture of experts."""
    config = model.config.get_text_config()
    if any(getattr(config, name, None) for name in _EXPERTS):
        return flops.UNKNOWN
    head = config.vocab_size * config.hidden_size
    tables = head * (1 if config.tie_word_embeddings else 2)
    matrices = sum(p.numel() for name, p in model.named_parameters() if "lora_" not in name) - tables
    return flops.FlopsShape(layers=config.num_hidden_layers, attention=config.hidden_size, matrices=matrices, head=head)
