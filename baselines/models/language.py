"""``LanguageModel``: a causal language model that answers chats in batches.

Everything an agent needs of a model is here: greedy and sampled generation, log-likelihood, a shared
prefix whose keys and values are computed once, and what each call cost. It is a thin layer over a transformers network;
which weights are in it is the loaders' business (embedded.py, local.py, tiny.py).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import DynamicCache

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Decoding
from clgym.baselines.models.attention import grown
from clgym.baselines.models.chat import Chat, Reply
from clgym.baselines.models.head import chosen_log_probabilities
from clgym.baselines.models.layout import Layout, decoder, held, new_cache, read_layout, scaled, select
from clgym.baselines.models.machine import enough_memory
from clgym.baselines.models.packed import Kernels, PackedDecoder
from clgym.errors import InvalidSetting, ModelUnavailable
from clgym.model import EMPTY, Encoded, Prefix, WeightModel

#: Beginnings shorter than this are computed in every row: the detour would cost more than it saves.
WORTH_SHARING = 8
#: On an accelerator; see :class:`LanguageModel`.
READ_EVERY = 8
#: Stands for a token where the logits were no numbers.
NO_NUMBER = -1


class LanguageModel(WeightModel):
    """A network, its tokenizer, and the calls that agents make: a :class:`~clgym.model.WeightModel`.

    Args:
        network: a transformers causal language model, on its device, in evaluation mode.
        tokenizer: its tokenizer, with a chat template (else ``ModelUnavailable``).
        name: what ``--model`` called it.

    Prompts are padded on the left. Generation stops at the end of a turn or after ``max_new_tokens``; rows that have
    ended leave the batch. ``flops_shape`` declares what the analytic meters need.
    """

    has_weights = True
    estimated = ()
    #: Set by loaders, which know the files.
    identity: Mapping[str, str] = {}

    def __init__(self, network: Any, tokenizer: Any, name: str, meter: flops.Meter | None = None, layout: Layout | None = None):
        self.network, self.tokenizer, self.name = network.eval().requires_grad_(False), tokenizer, name
        self.device: torch.device = network.device
        self.dtype: torch.dtype = network.dtype
        self.layout = layout or read_layout(network, name)
        self.window, self.flops_shape = self.layout.window, self.layout.flops_shape
        self.meter = meter or flops.Meter()
        self.chat = Chat(tokenizer, name, _declared_stops(network, tokenizer))
        self._bare_head = self.layout.scale == 1.0 and not self.layout.cap
        #: Tokens between two looks at what was said. A look waits for an accelerator; rows that have ended idle until then.
        self.read_every = 1 if self.device.type == "cpu" else READ_EVERY
        self.shares_prefixes = self.layout.shares_prefixes
        self._packed = PackedDecoder(network, Kernels()) if PackedDecoder.fits(network) else None

    def clone(self) -> LanguageModel:
        """A second model over the same weights: modules are new, tensors are shared until replaced."""
        tensors = [*self.network.parameters(), *self.network.buffers()]
        network = copy.deepcopy(self.network, {id(tensor): tensor for tensor in tensors})
        model = copy.copy(self)  # what was found out of template and layout holds for it too
        model.network = network
        model._packed = self._packed and self._packed.over(network)
        return model

    def with_thinking(self, thinking: str) -> LanguageModel:
        """The same network, told to think as ``thinking`` has it. Raises ``InvalidSetting`` where it cannot."""
        if thinking == self.chat.thinking:
            return self
        model = copy.copy(self)
        model.chat = self.chat.with_thinking(thinking)
        return model

    @property
    def stops(self) -> tuple[int, ...]:
        """Tokens that end a turn; the first is the one that the chat template writes, and is trained on."""
        return self.chat.stops

    @property
    def thinks(self) -> bool:
        """Whether replies may begin with thoughts."""
        return self.chat.thinks

    @property
    def flops_spent(self) -> float:
        """FLOPs that this model and its clones have spent since it was loaded, by their declared shape."""
        return self.meter.spent

    def journal(self, file: Path) -> None:
        """As :meth:`clgym.agent.Agent.journal`. What this machine answers costs no money: nothing is kept."""

    # -- text ---------------------------------------------------------------------------------------------------------

    def size(self, conversation: Conversation) -> int:
        """Tokens of a prompt; of a context, those in front of the next query's words. Raises as :meth:`encode`."""
        if conversation and conversation[-1]["role"] == "user":
            return len(self.chat.ids(conversation))
        return len(self.chat.front(conversation))

    def encode(self, conversation: Conversation, prefix: Prefix = EMPTY) -> Encoded:
        """Token ids of a conversation, rendered whole, and how many of the first ``prefix`` holds: all of its tokens, or none.

        Raises ``InvalidSetting`` where the chat template refuses the conversation.
        """
        ids = self.chat.ids(conversation)
        return Encoded(ids, prefix.length if prefix.begins(ids) else 0)

    def answer_tokens(self, answer: str) -> list[int]:
        """Token ids of an answer as the model would have to say it, its turn ended: what it is trained to say and scored on."""
        return self.chat.answer_ids(answer)

    # -- shared prefix ------------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def grow(self, prefix: Prefix, conversation: Conversation) -> Prefix:
        """What stands in front of any query behind ``conversation``: only tokens that ``prefix`` has not are computed."""
        if not self.shares_prefixes:
            return prefix
        ids = self.chat.front(conversation)
        kept = prefix.first(prefix.shared(ids))
        piece = tuple(ids[kept.length :])
        return self._grown(kept, piece) if piece else kept

    # -- answering ----------------------------------------------------------------------------------------------------

    def generate(
        self, conversations: Sequence[Conversation], decoding: Decoding, *, prefix: Prefix = EMPTY, seed: int = 0
    ) -> list[Answer]:
        """Answer each conversation, in order; ``seed`` decides what is sampled.

        Conversations of similar length are answered together, ``decoding.batch`` at a time, those that do not begin with the
        tokens of ``prefix`` without it. Raises ``InvalidSetting`` where a prompt does not leave room for an answer, and for
        thoughts where there may be some, in the model's window.
        """
        if decoding.thinking not in ("auto", self.chat.thinking):
            return self.with_thinking(decoding.thinking).generate(conversations, decoding, prefix=prefix, seed=seed)
        encoded = [self.encode(conversation, prefix) for conversation in conversations]
        self._check_room(encoded, decoding)
        answers: dict[int, Answer] = {}
        generator = torch.Generator().manual_seed(seed)
        limits = f"batch (now {decoding.batch}), max_new_tokens (now {decoding.max_new_tokens}) or the context"
        for rows in _batches(encoded, decoding.batch):
            began, cached = time.perf_counter(), encoded[rows[0]].cached
            prompts = [encoded[i].ids[cached:] for i in rows]
            with enough_memory(self.name, limits), self._asked_for(len(encoded)):
                replies = self._decode(prompts, prefix if cached else EMPTY, decoding, generator)
            seconds = (time.perf_counter() - began) / len(rows)
            for i, reply in zip(rows, replies):
                cost = self._cost(encoded[i], len(reply.tokens), seconds)
                drawn = tuple(reply.tokens), reply.thoughts, reply.stop, tuple(reply.log_probabilities)
                answers[i] = Answer(reply.text, cost, *drawn)
        return [answers[i] for i in range(len(encoded))]

    @torch.inference_mode()
    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]], *, prefix: Prefix = EMPTY, batch: int = 32) -> list[float]:
        """Log-probability in nats of each answer, end of turn included, summed over its tokens."""
        encoded = [(self.encode(conversation).ids, self.answer_tokens(answer)) for conversation, answer in pairs]
        totals: dict[int, float] = {}
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i][0]) + len(encoded[i][1]))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            with enough_memory(self.name, f"batch (now {batch}) or the context"):
                scored = self.score([encoded[i] for i in rows], prefix=prefix)
            totals.update(zip(rows, torch.stack([row.sum() for row in scored]).tolist()))
        if any(map(math.isnan, totals.values())):
            raise self._no_numbers()
        return [totals[i] for i in range(len(encoded))]

    def score(
        self,
        sequences: Sequence[tuple[list[int], list[int]]],
        *,
        prefix: Prefix = EMPTY,
        network: Any = None,
        temperature: float = 1.0,
    ) -> list[torch.Tensor]:
        """Log-probability of every answer token of (prompt ids, answer ids), one tensor per sequence, with gradient.

        It is that of softmax(logits / ``temperature``).

        Only the rows of the hidden states that predict answer tokens reach the head, a few at a time: logits over the whole
        vocabulary would dominate time and memory.
        """
        hidden, targets = self._answer_states(sequences, prefix, network)
        chosen = chosen_log_probabilities(hidden, self._output(network), targets, temperature) if self._bare_head else None
        if chosen is None:
            chosen = -nn.functional.cross_entropy(self._head(hidden, network) / temperature, targets, reduction="none")
        else:
            self._meter_head(hidden, network)
        return list(chosen.split([len(answer) for _, answer in sequences]))

    def answer_logits(
        self, sequences: Sequence[tuple[list[int], list[int]]], *, prefix: Prefix = EMPTY, network: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [answer tokens of all sequences, vocabulary] in float32, and the tokens they should predict."""
        hidden, targets = self._answer_states(sequences, prefix, network)
        return self._head(hidden, network), targets

    @torch.inference_mode()
    def log_probabilities(self, pairs: Sequence[tuple[Conversation, str]], *, prefix: Prefix = EMPTY) -> torch.Tensor:
        """[answer tokens of all pairs, vocabulary]: log-probabilities of every word at each token of the answers, in nats."""
        sequences = [(self.encode(conversation).ids, self.answer_tokens(answer)) for conversation, answer in pairs]
        logits, _ = self.answer_logits(sequences, prefix=prefix)
        return torch.log_softmax(logits, -1)

    # -- the inner parts ----------------------------------------------------------------------------------------------

    def _answer_states(
        self, sequences: Sequence[tuple[list[int], list[int]]], prefix: Prefix, network: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden states [answer tokens of all sequences, width] that predict them, and these tokens."""
        targets = torch.tensor([token for _, answer in sequences for token in answer], device=self.device)
        behind = [place for place, (prompt, _) in enumerate(sequences) if prefix.length and prefix.begins(prompt)]
        others = [place for place in range(len(sequences)) if place not in set(behind)]
        rest = [(sequences[place][0][prefix.length :], sequences[place][1]) for place in behind]
        if not others:
            return self._behind(rest, prefix, network), targets
        plain = [sequences[place] for place in others]
        if not behind:
            return self._behind(plain, EMPTY, network), targets
        states: dict[int, torch.Tensor] = {}
        for places, part, front in ((behind, rest, prefix), (others, plain, EMPTY)):
            hidden = self._behind(part, front, network)
            states.update(zip(places, hidden.split([len(answer) for _, answer in part])))
        return torch.cat([states[place] for place in range(len(sequences))]), targets

    def _behind(self, sequences: Sequence[tuple[list[int], list[int]]], prefix: Prefix, network: Any) -> torch.Tensor:
        """Hidden states [answer tokens of all sequences, width] that predict them; prompts go on where ``prefix`` ends."""
        common = self._common([prompt for prompt, _ in sequences])
        if common:
            prefix = self._grown(prefix, tuple(sequences[0][0][:common]), network)
        rest = [(prompt[common:], answer) for prompt, answer in sequences]
        groups = [] if self.layout.recurrent else _groups([prompt for prompt, _ in rest])
        return self._grouped_hidden(rest, groups, prefix, network) if groups else self._answer_hidden(rest, prefix, network)

    def _answer_hidden(self, sequences: Sequence[tuple[list[int], list[int]]], prefix: Prefix, network: Any) -> torch.Tensor:
        """Hidden states [answer tokens of all sequences, width] that predict them."""
        ids, mask = self._pad([prompt + answer for prompt, answer in sequences])
        width = ids.shape[1]
        hidden = self._hidden(ids, mask, prefix, None, network)
        rows = [i * width + place for i, (_, answer) in enumerate(sequences) for place in range(width - len(answer) - 1, width - 1)]
        return hidden.reshape(-1, hidden.shape[-1])[torch.tensor(rows, device=self.device)]

    def _grouped_hidden(
        self, sequences: Sequence[tuple[list[int], list[int]]], groups: list[int], prefix: Prefix, network: Any
    ) -> torch.Tensor:
        """The same where answers share prompts: each prompt is computed once, and gradients flow back through what its
        answers read of it. Answers are padded on the right, where causal attention needs no mask."""
        group = torch.tensor(groups, device=self.device)
        ids, mask = self._pad(_distinct([prompt for prompt, _ in sequences]))
        cache = new_cache(self.network)
        ends = self._hidden(ids, mask, prefix, cache, network)[:, -1][group]
        select(cache, group)
        fed = [answer[:-1] for _, answer in sequences]
        longest = max(map(len, fed))
        if longest == 0:
            return ends
        answers = torch.tensor([row + [self.stops[0]] * (longest - len(row)) for row in fed], device=self.device)
        if mask is not None:
            mask = torch.cat([mask[group], mask.new_ones(answers.shape)], dim=1)
        hidden = torch.cat([ends[:, None], self._hidden(answers, mask, prefix, cache, network)], dim=1)
        rows = [i * (longest + 1) + place for i, row in enumerate(fed) for place in range(len(row) + 1)]
        return hidden.reshape(-1, hidden.shape[-1])[torch.tensor(rows, device=self.device)]

    def _grown(self, prefix: Prefix, piece: tuple[int, ...], network: Any = None) -> Prefix:
        """``prefix`` with the keys and values of ``piece`` behind it; gradients flow through them where they are on."""
        cache = new_cache(self.network)
        self._hidden(torch.tensor([piece], device=self.device), None, prefix, cache, network)
        return grown(prefix, piece, cache)

    def _common(self, prompts: Sequence[list[int]]) -> int:
        """How many first tokens all rows of a batch have in common, where computing them once is worth it; one stays."""
        if len(prompts) < 2 or not self.shares_prefixes:
            return 0
        shortest = min(map(len, prompts)) - 1
        common = next((i for i in range(shortest) if len({row[i] for row in prompts}) > 1), shortest)
        return common if common >= WORTH_SHARING else 0

    def _pad(self, sequences: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Left-padded ids and, where any row is shorter than the longest, the mask [batch, length] of real tokens."""
        width = max(map(len, sequences))
        ids = torch.tensor([[self.stops[0]] * (width - len(row)) + row for row in sequences], device=self.device)
        if all(len(row) == width for row in sequences):
            return ids, None
        lengths = torch.tensor([len(row) for row in sequences], device=self.device)
        return ids, torch.arange(width, device=self.device)[None] >= width - lengths[:, None]

    def _hidden(
        self, ids: torch.Tensor, mask: torch.Tensor | None, prefix: Prefix, cache: DynamicCache | None, network: Any = None
    ) -> torch.Tensor:
        """Last hidden states [batch, new, width]; ``mask`` covers what the cache holds and the new tokens."""
        new = ids.shape[1]
        before = held(cache) if cache is not None else 0
        if mask is None:
            positions = torch.arange(before, before + new, device=self.device)[None].expand(ids.shape[0], -1)
        else:
            positions = (mask.long().cumsum(1) - 1).clamp(min=0)[:, -new:]
        shared = {"shared_prefix": prefix} if prefix.keys else {}
        adapter = getattr(network, "adapter_shape", None)
        training = network is not None and torch.is_grad_enabled()
        self.meter.layers(self.flops_shape, ids.shape[0], new, prefix.length + before, adapter=adapter, training=training)
        if packed := self._unless_trained(network):
            return packed(ids, mask, positions + prefix.length, cache, prefix)
        body = decoder(network or self.network)
        return body(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions + prefix.length,
            use_cache=cache is not None,
            **{self.layout.cache_keyword: cache},
            **shared,
        ).last_hidden_state

    def _head(self, hidden: torch.Tensor, network: Any = None) -> torch.Tensor:
        """Logits in float32, scaled and capped as the architecture does it."""
        self._meter_head(hidden, network)
        packed = self._unless_trained(network)
        logits = packed.head(hidden)[0] if packed else self._output(network)(hidden)
        return scaled(logits.float(), self.layout.scale, self.layout.cap)

    def _unless_trained(self, network: Any) -> PackedDecoder | None:
        """The layers without their modules, where there are such and no gradient is wanted."""
        return None if network is not None or torch.is_grad_enabled() else self._packed

    def _asked_for(self, answers: int) -> AbstractContextManager[None]:
        return self._packed.kernels.asked_for(answers) if self._packed else nullcontext()

    def _output(self, network: Any) -> nn.Module:
        head: nn.Module = (network or self.network).get_output_embeddings()
        return head

    def _meter_head(self, hidden: torch.Tensor, network: Any) -> None:
        self.meter.head(self.flops_shape, hidden.shape[0], training=network is not None and torch.is_grad_enabled())

    @torch.inference_mode()
    def _decode(self, prompts: Sequence[list[int]], prefix: Prefix, decoding: Decoding, generator: torch.Generator) -> list[Reply]:
        """What is replied to each prompt, the end of turn included where it was reached."""
        replies = [Reply(self.chat, decoding.max_new_tokens, decoding.thought_tokens) for _ in prompts]
        live, unread, likely = list(range(len(prompts))), [], []
        steps = self._longest_reply(decoding)
        # On the CPU, for all tokens there may be: a seed means the same anywhere, and no step waits.
        draws = torch.rand(steps, len(prompts), dtype=torch.float64, generator=generator, device=generator.device).to(self.device)
        prefix, cache, mask, hidden = self._prefill(prompts, prefix)
        for left in reversed(range(steps)):
            logits = self._head(hidden)
            tokens = choose(logits, decoding, draws[left])
            if decoding.temperature:
                likely.append(log_probability(logits, tokens, decoding.temperature))
            unread.append(tokens.masked_fill(hidden.isnan().any(-1), NO_NUMBER))
            if not left or len(unread) == self.read_every:
                keep = self._read(replies, live, unread, likely)
                if not keep or not left:
                    break
                unread, likely = [], []
                if len(keep) < len(live):
                    chosen = torch.tensor(keep, device=self.device)
                    select(cache, chosen)
                    tokens, draws, mask = tokens[chosen], draws[:, chosen], None if mask is None else mask[chosen]
                    live = [live[i] for i in keep]
            if mask is not None:
                mask = torch.cat([mask, mask.new_ones(len(live), 1)], dim=1)
            hidden = self._hidden(tokens[:, None], mask, prefix, cache)[:, -1]
        return replies

    def _prefill(
        self, prompts: Sequence[list[int]], prefix: Prefix
    ) -> tuple[Prefix, DynamicCache, torch.Tensor | None, torch.Tensor]:
        """What all prompts begin with, the keys and values of the rest, its mask, and the last hidden states [batch, width]."""
        common = self._common(prompts)
        if common:
            prefix = self._grown(prefix, tuple(prompts[0][:common]))
        rest = [prompt[common:] for prompt in prompts]
        groups = _groups(rest)
        ids, mask = self._pad(_distinct(rest) if groups else rest)
        cache = new_cache(self.network)
        hidden = self._hidden(ids, mask, prefix, cache)[:, -1]
        if groups:
            group = torch.tensor(groups, device=self.device)
            select(cache, group)
            hidden, mask = hidden[group], None if mask is None else mask[group]
        return prefix, cache, mask, hidden

    def _read(
        self, replies: list[Reply], live: Sequence[int], unread: Sequence[torch.Tensor], likely: Sequence[torch.Tensor]
    ) -> list[int]:
        """Write down the tokens of the rows that are live and what is known of their log-probabilities, each up to its end.

        Returns which rows go on.
        """
        values = torch.stack(list(likely), 1).tolist() if likely else [[None] * len(unread)] * len(live)
        for row, tokens, known in zip(live, torch.stack(list(unread), 1).tolist(), values):
            for token, value in zip(tokens, known):
                if not replies[row].ended and token == NO_NUMBER:
                    raise self._no_numbers()
                if not replies[row].ended:
                    replies[row].add(token, value)
        return [place for place, row in enumerate(live) if not replies[row].ended]

    def _no_numbers(self) -> ModelUnavailable:
        return ModelUnavailable(
            f"{self.name} computes logits that are no numbers (NaN) in {str(self.dtype).removeprefix('torch.')}: use another number "
            "format (dtype=bfloat16 or float32), or, where it was trained, a lower learning_rate."
        )

    def _longest_reply(self, decoding: Decoding) -> int:
        return decoding.max_new_tokens + (max(1, decoding.thought_tokens) if self.thinks else 0)

    def _cost(self, encoded: Encoded, completion: int, seconds: float) -> Cost:
        new = len(encoded.ids) - encoded.cached
        spent = flops.generate(self.flops_shape, new, completion, encoded.cached)
        return Cost(len(encoded.ids), encoded.cached, completion, spent, seconds)

    def _check_room(self, encoded: Sequence[Encoded], decoding: Decoding) -> None:
        longest, reply = max((len(item.ids) for item in encoded), default=0), self._longest_reply(decoding)
        if longest + reply > self.window:
            what, lower = ("a reply", "max_new_tokens or thought_tokens") if self.thinks else ("an answer", "max_new_tokens")
            raise InvalidSetting(
                f"a prompt of {longest} tokens and {what} of up to {reply} do not fit the window of "
                f"{self.window} tokens of {self.name}: lower {lower} or use a model with a longer window."
            )


def choose(logits: torch.Tensor, decoding: Decoding, draws: torch.Tensor) -> torch.Tensor:
    """The next token of each row [batch]: the most likely, or where the row's draw from [0, 1) meets the distribution function.

    One draw a row, where ``torch.multinomial`` takes one for each word of the vocabulary.
    """
    if decoding.temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits / decoding.temperature, -1)
    if decoding.top_p < 1:
        ranked, places = probabilities.sort(descending=True)
        outside = ranked.cumsum(-1) - ranked >= decoding.top_p
        probabilities = probabilities.scatter(-1, places, ranked.masked_fill(outside, 0.0))
    reached = probabilities.cumsum(-1, dtype=torch.float64)
    met = torch.searchsorted(reached, draws[:, None] * reached[:, -1:], right=True)[:, 0]
    return met.clamp(max=logits.shape[-1] - 1)


def log_probability(logits: torch.Tensor, tokens: torch.Tensor, temperature: float) -> torch.Tensor:
    """log softmax(logits / T) of each row's token [batch], in nats."""
    scaled = logits / temperature
    return scaled.gather(1, tokens[:, None])[:, 0] - scaled.logsumexp(-1)


def _batches(encoded: Sequence[Encoded], size: int) -> Iterator[list[int]]:
    """Places of prompts that are answered together: all of them behind the shared prefix or none, of similar length."""
    order = sorted(range(len(encoded)), key=lambda place: (encoded[place].cached, len(encoded[place].ids)))
    for _, group in groupby(order, key=lambda place: encoded[place].cached):
        rows = list(group)
        yield from (rows[start : start + size] for start in range(0, len(rows), size))


def _distinct(prompts: Sequence[list[int]]) -> list[list[int]]:
    """Each prompt once, in order of first appearance."""
    return [list(prompt) for prompt in dict.fromkeys(map(tuple, prompts))]


def _groups(prompts: Sequence[list[int]]) -> list[int]:
    """For each prompt, its place among the distinct ones; empty where too few are the same for sharing to pay."""
    places = {prompt: place for place, prompt in enumerate(dict.fromkeys(map(tuple, prompts)))}
    return [places[tuple(prompt)] for prompt in prompts] if 2 * len(places) <= len(prompts) else []


def _declared_stops(network: Any, tokenizer: Any) -> tuple[int, ...]:
    """Tokens that end a turn by the word of the tokenizer and of the generation config."""
    declared = getattr(network.generation_config, "eos_token_id", None)
    others = declared if isinstance(declared, (list, tuple)) else [declared]
    return tuple(dict.fromkeys(token for token in (tokenizer.eos_token_id, *others) if token is not None))
