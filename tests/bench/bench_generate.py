"""Answers of the embedded model beside ``transformers.generate``, and a step of lora-sft beside peft and a plain loop, in turn.

    python tests/bench/bench_generate.py [--dtype auto] [--rounds 3] [--batches 1,8,32] [--threads 2]

200 tokens in, 32 out, greedy; both say the same tokens, or the bench fails (in bfloat16 it says how many are the same: kernels sum in
another order, and where two words are as likely they part). Ratios are theirs / ours, medians of the rounds. Goals: 1.5 at
batch 1 and 8, 1.3 at 32, and 2 for the step (16 examples of 100 tokens).
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from clgym.threads import sleep_while_waiting

sleep_while_waiting()

import torch  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402

from clgym.agent import Conversation, Decoding, Message  # noqa: E402
from clgym.baselines.adapter import Adapter  # noqa: E402
from clgym.registry import DEFAULT_MODEL, load_model  # noqa: E402

TOKENS_IN, TOKENS_OUT = 200, 32
EXAMPLES, EXAMPLE_TOKENS, ANSWER_TOKENS = 16, 100, 8
GOALS = {1: 1.5, 8: 1.5, 32: 1.3}
STEP_GOAL = 2.0
WORDS = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you "
    "were all she there would their we him been has when who will more no if out so said what up its about into than them can only"
).split()


def prompt(model: Any, seed: int, tokens: int) -> Conversation:
    """A question of so many tokens, template included, that begins like no other one."""
    draw, words = random.Random(seed), []
    while model.size([Message(role="user", content=" ".join(words))]) < tokens:
        words.append(draw.choice(WORDS))
    return [Message(role="user", content=" ".join(words))]


def in_turn(rounds: int, *actions: Callable[[], Any]) -> list[float]:
    """Median seconds of each; the first round is not counted."""
    seconds: list[list[float]] = [[] for _ in actions]
    for turn in range(rounds + 1):
        for action, own in zip(actions, seconds):
            begun = time.perf_counter()
            action()
            if turn:
                own.append(time.perf_counter() - begun)
    return [statistics.median(own) for own in seconds]


def generation(model: Any, batch: int, rounds: int) -> None:
    conversations = [prompt(model, seed, TOKENS_IN) for seed in range(batch)]
    width = max(map(model.size, conversations))
    ids = torch.full((batch, width), model.stops[0])
    mask = torch.zeros_like(ids)
    for row, conversation in enumerate(conversations):
        encoded = model.encode(conversation).ids
        ids[row, width - len(encoded) :], mask[row, width - len(encoded) :] = torch.tensor(encoded), 1
    decoding = Decoding(max_new_tokens=TOKENS_OUT, batch=batch)

    def ours() -> list[list[int]]:
        return [list(answer.tokens) for answer in model.generate(conversations, decoding)]

    def theirs() -> list[list[int]]:
        said = model.network.generate(
            ids,
            attention_mask=mask,
            max_new_tokens=TOKENS_OUT,
            do_sample=False,
            pad_token_id=model.stops[0],
            eos_token_id=list(model.stops),
        )
        return [ended(row, model.stops) for row in said[:, width:].tolist()]

    one, other = ours(), theirs()
    same = sum(mine == yours for mine, yours in zip(one, other))
    if model.dtype == torch.float32:
        assert one == other, f"{same} of {batch} answers are the same"
    first, second = in_turn(rounds, ours, theirs)
    show(f"{batch} x {width} in, {max(map(len, one))} out", first, second, GOALS.get(batch), f"{same} of {batch} answers the same")


def ended(tokens: list[int], stops: Sequence[int]) -> list[int]:
    """Up to the end of the turn, which is kept."""
    end = next((place for place, token in enumerate(tokens) if token in stops), len(tokens))
    return tokens[: end + 1]


def training(model: Any, rounds: int) -> None:
    examples = [
        (model.encode(prompt(model, seed, EXAMPLE_TOKENS - ANSWER_TOKENS)).ids, [1000 + seed] * ANSWER_TOKENS)
        for seed in range(EXAMPLES)
    ]
    adapter = Adapter(model, rank=16, alpha=32.0, learning_rate=1e-4, max_grad_norm=1.0, seed=0)
    plain: Any = get_peft_model(
        model.clone().network, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    optimizer = torch.optim.AdamW([weight for weight in plain.parameters() if weight.requires_grad], lr=1e-4, weight_decay=0.0)
    width = max(len(question) + len(answer) for question, answer in examples)
    ids, labels = torch.full((EXAMPLES, width), model.stops[0]), torch.full((EXAMPLES, width), -100)
    mask = torch.zeros_like(ids)
    for row, (question, answer) in enumerate(examples):
        length = len(question) + len(answer)
        ids[row, :length], mask[row, :length] = torch.tensor(question + answer), 1
        labels[row, len(question) : length] = torch.tensor(answer)

    def ours() -> None:
        adapter.backward([-torch.cat(model.score(examples, network=adapter.training)).mean()])
        adapter.step()

    def theirs() -> None:
        plain(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    show(f"a step, {EXAMPLES} x {width} tokens", *in_turn(rounds, ours, theirs), STEP_GOAL)


def show(what: str, ours: float, theirs: float, goal: float | None, remark: str = "") -> None:
    ratio = theirs / ours
    verdict = "" if goal is None else f"goal {goal:.1f} {'met' if ratio >= goal else 'MISSED'}"
    print(f"{what:28} ours {ours:7.2f} s   theirs {theirs:7.2f} s   ratio {ratio:5.2f}   {verdict:16} {remark}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", default="1,8,32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-step", action="store_true", help="leave the step of lora-sft out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = load_model(DEFAULT_MODEL, dtype=options.dtype)
    print(f"{model.name}, {model.dtype}, {options.threads} threads")
    for batch in map(int, options.batches.split(",")):
        generation(model, batch, options.rounds)
    if not options.no_step:
        training(model, options.rounds)


if __name__ == "__main__":
    main()
