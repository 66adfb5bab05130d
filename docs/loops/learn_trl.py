"""Does a language model learn through TRL? The form of an answer from other worlds first (SFT on exported trials), then GRPO on the reward alone.

    python docs/loops/learn_trl.py --out runs/learn-trl

The embedded model, CL-Playbook at level 0, one thread. A cold start would have no signal: this model answers no case in form, so that all rewards of
a group are 0. So it sees solved cases of `train` worlds, whose rules are others than those of the `validation` world that GRPO learns: what it earns
before GRPO is chance, and what it gains is knowledge of that world. The run stands in `clgym report OUT`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from clgym.baselines.models.embedded import cache_folder, fetch
from clgym.export import to_dataset
from clgym.integrations.trl import TrialCallback, prompts, reward
from clgym.protocol import run_trial
from clgym.records import Trial

ENV = "CL-Playbook-v0"
#: Explicit, because the template of this model puts words of its own in its place.
SYSTEM = "Answer with the answer only."
SMALL = {"eval_size": 1, "guard_size": 0, "transfer_size": 0, "probe_size": 0, "control_size": 0, "checkpoints": ()}
LORA = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
#: float32: bfloat16 is several times slower on a CPU without instructions for it.
COMMON = {
    "report_to": [],
    "use_cpu": True,
    "bf16": False,
    "save_strategy": "no",
    "logging_steps": 1,
    "gradient_checkpointing": False,
}


def form(out: Path, worlds: int, steps: int):
    """Solved cases of other worlds, as rows for SFT."""
    for world in range(100, 100 + worlds):
        run_trial(Trial(ENV, "oracle", world=world, steps=steps, feedback="correction", **SMALL), out / f"world-{world}")
    rows = to_dataset([out], "sft")
    head = [{"role": "system", "content": SYSTEM}]
    return rows.map(lambda row: {"prompt": head + row["prompt"]}).select_columns(["prompt", "completion"]).shuffle(seed=0)


def warmed(model, tokenizer, rows, out: Path, steps: int):
    """The model after supervised steps on the form, its adapter merged."""
    args = SFTConfig(output_dir=str(out), max_steps=steps, per_device_train_batch_size=8, learning_rate=1e-3, **COMMON)
    trainer = SFTTrainer(model, args=args, train_dataset=rows, processing_class=tokenizer, peft_config=LORA)
    trainer.train()
    return trainer.model.merge_and_unload()


def learned(model, tokenizer, out: Path, steps: int, rate: float) -> TrialCallback:
    """GRPO on one world: 4 cases x 4 answers a step."""
    sizes = {"eval_size": 32, "guard_size": 4, "transfer_size": 0, "probe_size": 1}
    trial = TrialCallback(
        ENV,
        out / "trial",
        name="trl-grpo",
        every=10,
        max_new_tokens=8,
        system=SYSTEM,
        split="validation",
        world=0,
        model="smollm2-135m",
        **sizes,
    )
    args = GRPOConfig(
        output_dir=str(out / "grpo"),
        max_steps=steps,
        per_device_train_batch_size=16,
        num_generations=4,
        max_completion_length=8,
        learning_rate=rate,
        lr_scheduler_type="constant",
        beta=0.0,
        temperature=1.0,
        **COMMON,
    )
    trainer = GRPOTrainer(
        model,
        reward_funcs=reward(ENV, trial=trial, **trial.settings),
        args=args,
        train_dataset=prompts(ENV, system=SYSTEM, **trial.settings),
        processing_class=tokenizer,
        peft_config=LORA,
        callbacks=[trial],
    )
    trainer.train()
    return trial


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/learn-trl"))
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--sft-steps", type=int, default=8)
    parser.add_argument("--grpo-steps", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    folder = fetch(cache_folder() / "smollm2-135m")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    rows = form(options.out / "form", options.worlds, 16)
    model = warmed(model, tokenizer, rows, options.out / "sft", options.sft_steps)
    learned(model, tokenizer, options.out, options.grpo_steps, options.learning_rate)


if __name__ == "__main__":
    main()
