"""lora-rl against TRL's GRPOTrainer, side by side: seconds for one step of GRPO with a KL to the model with its adapter off.

    python tests/bench/bench_grpo.py [--steps 3] [--model smollm2-135m]

The same model, weights in the same format, the same rank-16 adapter over all linear maps, 8 prompts x 4 sampled answers of up to
32 tokens, one AdamW step on them. The contenders take turns, so that a busy machine is as busy for both; the first step
of each is not counted. Goal: at least 4 times as fast. TRL needs `pip install 'clgym[bench]'`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterator

import torch

from clgym.agent import Experience, Message
from clgym.registry import DEFAULT_MODEL, load_model, make_agent

PROMPTS, ANSWERS, TOKENS = 8, 4, 32
RANK, ALPHA, LEARNING_RATE, KL = 16, 32, 1e-5, 0.04
SYSTEM = "You are a patient storyteller who never stops early."
PLACES = ("a harbour", "a mill", "a lighthouse", "a station", "an orchard", "a quarry", "a library", "a bridge")
ASKED = tuple(
    f"Tell me a long story about {place} in winter, and about everybody who works there, from the first to the last hour of the day."
    for place in PLACES
)


def earned(text: str) -> float:
    """A reward that differs between answers; what it means does not matter here."""
    return zlib.crc32(text.encode()) % 1000 / 1000


def ours(name: str, steps: int) -> Iterator[tuple[float, float]]:
    """Seconds and answer tokens of each step."""
    agent = make_agent(
        "lora-rl",
        model=load_model(name),
        system=SYSTEM,
        max_new_tokens=TOKENS,
        temperature=1.0,
        batch=PROMPTS * ANSWERS,
        estimator="grpo",
        samples=PROMPTS * ANSWERS,
        epochs=1,
        kl=KL,
        rank=RANK,
        alpha=ALPHA,
        learning_rate=LEARNING_RATE,
    )
    conversations = [[Message(role="user", content=prompt)] for prompt in ASKED for _ in range(ANSWERS)]
    for step in range(steps + 1):
        began = time.perf_counter()
        answers = agent.act(conversations)
        agent.learn(
            [
                Experience(
                    conversation,
                    answer.text,
                    earned(answer.text),
                    "",
                    number % ANSWERS == ANSWERS - 1,
                    "partial",
                    f"{step}/{conversation[0]['content']}",
                )
                for number, (conversation, answer) in enumerate(zip(conversations, answers))
            ]
        )
        yield time.perf_counter() - began, sum(answer.cost.completion_tokens for answer in answers) / len(answers)


def theirs(name: str, steps: int, folder: str) -> Iterator[tuple[float, float]]:
    """The same of ``trl.GRPOTrainer``, which is driven one optimizer step at a time."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    model = load_model(name)
    lengths: list[float] = []

    def reward(completion_ids: list[list[int]], completions: list[list[Message]], **rest: object) -> list[float]:
        lengths.append(sum(map(len, completion_ids)) / len(completion_ids))
        return [earned(completion[-1]["content"]) for completion in completions]

    class Clock(TrainerCallback):
        """When each step ended."""

        def __init__(self) -> None:
            self.ended = [time.perf_counter()]

        def on_step_end(self, *rest: object, **others: object) -> None:
            self.ended.append(time.perf_counter())

    rows = [{"prompt": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]} for prompt in ASKED]
    settings = GRPOConfig(
        output_dir=folder,
        per_device_train_batch_size=PROMPTS * ANSWERS,
        num_generations=ANSWERS,
        max_completion_length=TOKENS,
        temperature=1.0,
        beta=KL,
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="constant",
        max_steps=steps + 1,
        num_iterations=1,
        gradient_checkpointing=False,
        bf16=False,
        fp16=False,
        use_cpu=model.device.type == "cpu",
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        seed=0,
    )
    lora = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM")
    clock = Clock()
    trainer = GRPOTrainer(
        model=model.clone().network,
        reward_funcs=reward,
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=model.tokenizer,
        peft_config=lora,
        callbacks=[clock],
    )
    clock.ended = [time.perf_counter()]
    trainer.train()
    yield from zip((late - early for early, late in zip(clock.ended, clock.ended[1:])), lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    model, steps = load_model(options.model), options.steps
    print(
        f"{model.name} on {model.device}, {str(model.dtype).removeprefix('torch.')}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    )
    halves = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            for name, contender in (("clgym", ours(options.model, steps)), ("TRL", theirs(options.model, steps, folder))):
                halves += [(name, seconds, tokens) for place, (seconds, tokens) in enumerate(contender) if place]
    medians = {}
    for name in ("clgym", "TRL"):
        seconds = [s for one, s, _ in halves if one == name]
        medians[name] = statistics.median(seconds)
        tokens = statistics.mean(t for one, _, t in halves if one == name)
        print(f"{name:6} {medians[name]:7.2f} s a step (median of {len(seconds)}), {tokens:.1f} tokens an answer")
    print(f"TRL takes {medians['TRL'] / medians['clgym']:.2f} x as long (goal: 4)")


if __name__ == "__main__":
    main()
