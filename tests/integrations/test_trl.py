"""TRL for real: a trial of its trainer, what a group sees, what is cut, and data sets of exports that its trainers take."""

from __future__ import annotations

import importlib.util
import logging
import os

import pytest

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
pytestmark = pytest.mark.skipif(not importlib.util.find_spec("trl"), reason="trl is not installed: make integrations")

from clgym.errors import InvalidSetting, RecordsError
from clgym.protocol import run_trial
from clgym.records import AnswerRecord, BlockRecord, LearnRecord, StepRecord, Trial, read_trial
from clgym.registry import load_model, make_world

ENV = "CL-Playbook-v0"
SMALL = {"report_to": [], "use_cpu": True, "save_strategy": "no", "disable_tqdm": True, "logging_steps": 1}
SIZES = {"eval_size": 3, "guard_size": 2, "transfer_size": 1, "probe_size": 1}


def grpo(tmp_path, reward_funcs, dataset, *, steps=2, batch=8, generations=4, trainable=True, **more):
    from trl import GRPOConfig, GRPOTrainer

    model = load_model("tiny")
    model.network.requires_grad_(trainable)
    args = GRPOConfig(
        str(tmp_path / "out"),
        max_steps=steps,
        per_device_train_batch_size=batch,
        num_generations=generations,
        max_completion_length=6,
        **SMALL,
    )
    return GRPOTrainer(
        model.network, reward_funcs=reward_funcs, args=args, train_dataset=dataset, processing_class=model.tokenizer, **more
    )


def test_a_run_is_a_trial(tmp_path):
    from clgym.integrations.trl import TrialCallback, prompts, reward

    trial = TrialCallback(ENV, tmp_path / "trial", name="trl-grpo", every=1, **SIZES)
    held_out = prompts(ENV, count=2, pool="eval", evaluate=True, **trial.settings)
    both = reward(ENV, trial=trial, evaluate=True, **trial.settings)
    trainer = grpo(tmp_path, both, prompts(ENV, count=8, **trial.settings), callbacks=[trial], eval_dataset=held_out)
    trainer.args.per_device_eval_batch_size = 4
    trainer.train()
    trainer.evaluate()
    records = read_trial(tmp_path / "trial")
    steps = records.of(StepRecord)
    assert len(steps) == records.trial.steps == 16  # evaluations of the trainer are no env steps
    assert len({step.episode for step in steps}) == 16 and len({step.query for step in steps}) == 4
    assert [record.experiences for record in records.of(LearnRecord)] == [8, 8]
    assert [record.step for record in records.of(BlockRecord)] == [0, 8, 16]
    assert all(block.digest for block in records.of(BlockRecord))
    assert all(answer.cost.flops > 0 and answer.cost.prompt_tokens > 0 for answer in records.of(AnswerRecord))
    assert {record.set for record in records.of(AnswerRecord) if record.phase == "after"} > {"eval", "guard"}
    with pytest.raises(RecordsError, match="holds a trial already"):
        again = TrialCallback(ENV, tmp_path / "trial", **SIZES)
        grpo(
            tmp_path, reward(ENV, trial=again, **again.settings), prompts(ENV, count=8, **again.settings), callbacks=[again]
        ).train()


def test_the_reward_moves_weights_and_a_group_sees_one_query(tmp_path, monkeypatch):
    """A reward that differs within a group is learned from; the rows of a group are one."""
    from clgym.integrations.trl import prompts, reward

    world, seen = make_world(ENV), []
    inner = reward(ENV)

    def watched(prompts, completions, index, **columns):
        seen.extend(index)
        right = [
            [{"role": "assistant", "content": world.solve(world.query("learn", i)) if place % 2 else "?"}]
            for place, i in enumerate(index)
        ]
        return inner(prompts=prompts, completions=right, index=index, **columns)

    trainer = grpo(tmp_path, watched, prompts(ENV, count=8))
    before = {name: p.clone() for name, p in trainer.model.named_parameters()}
    trainer.train()
    assert seen and all(len(set(seen[at : at + 4])) == 1 for at in range(0, len(seen), 4))
    logged = trainer.state.log_history
    assert any(not p.equal(before[name]) for name, p in trainer.model.named_parameters()), logged


def test_misuse_is_named(tmp_path):
    from clgym.integrations.trl import TrialCallback, environment, prompts, reward, rollout

    turns = "CL-Sparring-v0"
    row = prompts(turns, count=1)[0]
    with pytest.raises(InvalidSetting, match="rollout_func"):
        reward(turns)(prompts=[row["prompt"]], completions=["parry"], index=[row["index"]])
    other = prompts(ENV, count=1, world=1)[0]
    with pytest.raises(InvalidSetting, match="other settings"):
        reward(ENV)(prompts=[other["prompt"]], completions=["x"], index=[other["index"]])
    with pytest.raises(InvalidSetting, match="held out"):
        prompts(ENV, pool="eval")
    with pytest.raises(InvalidSetting, match="train_dataset"):
        environment(ENV)().reset()
    trial = TrialCallback(ENV, tmp_path / "trial", **SIZES)
    mine = prompts(ENV, count=1, **trial.settings)[0]
    with pytest.raises(InvalidSetting, match="callbacks"):
        reward(ENV, trial=trial, **trial.settings)(prompts=[mine["prompt"]], completions=["x"], index=[mine["index"]])
    with pytest.raises(InvalidSetting, match="noise"):
        TrialCallback(ENV, tmp_path / "noisy", noise=0.5, **SIZES)
    still = TrialCallback(ENV, tmp_path / "still", **SIZES)
    rows = prompts(ENV, count=8, **still.settings)
    with pytest.raises(InvalidSetting, match="no parameter of this model is trainable"):
        grpo(tmp_path, reward(ENV, trial=still, **still.settings), rows, callbacks=[still], trainable=False).train()
    with pytest.raises(InvalidSetting, match="attempts"):
        rollout(ENV, attempts=0)


def test_a_model_that_calls_no_tool_is_warned_of_and_a_cut_fight_has_no_reward(caplog):
    from clgym.integrations.trl import environment, prompts
    from clgym.integrations.trl.environments import SILENT

    made = environment("CL-Sparring-v0")()
    row = prompts("CL-Sparring-v0", count=1)[0]
    with caplog.at_level(logging.WARNING):
        for _ in range(SILENT):
            made.reset(**row)
            assert made.get_reward() == 0.0
    assert caplog.text.count("does not call tools") == 1
    made.reset(**row)
    made.answer("parry")
    assert made.get_reward() is None
    while "ended" not in made.answer("parry"):
        pass
    assert 0 <= made.get_reward() <= 1


def test_conversations_are_glued_as_the_template_writes_them():
    from clgym.integrations.trl.turns import glue

    tokenizer = load_model("tiny").tokenizer
    prompt = [{"role": "user", "content": "one?"}]
    whole = [*prompt, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three?"}]
    said = tokenizer("two", add_special_tokens=False)["input_ids"]
    for sampled in (said, [*said, tokenizer.eos_token_id]):
        ids = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False) + sampled
        ids += glue(tokenizer, prompt, "three?", ids[-1])
        assert ids == tokenizer.apply_chat_template(whole, add_generation_prompt=True, return_dict=False)


@pytest.mark.parametrize("format", ["sft", "dpo", "kto"])
def test_exports_train(format, tmp_path):
    import trl
    from datasets import load_dataset
    from peft import LoraConfig

    from clgym.export import export, to_dataset

    trial = Trial("CL-Conlang-v0", "random", steps=32, attempts=2, feedback="correction", **SIZES, control_size=0)
    run_trial(trial, tmp_path / "runs")
    counts = export([tmp_path / "runs"], format, tmp_path / "rows.jsonl")
    rows = load_dataset("json", data_files=str(tmp_path / "rows.jsonl"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == counts.rows and rows.column_names == to_dataset([tmp_path / "runs"], format).column_names
    model = load_model("tiny")
    config, trainer = {
        "sft": (trl.SFTConfig, trl.SFTTrainer),
        "dpo": (trl.DPOConfig, trl.DPOTrainer),
        "kto": (trl.KTOConfig, trl.KTOTrainer),
    }[format]
    args = config(str(tmp_path / "out"), max_steps=2, per_device_train_batch_size=2, **SMALL)
    lora = LoraConfig(
        r=2, target_modules="all-linear", task_type="CAUSAL_LM"
    )  # with its adapter off, the model is its own reference
    made = trainer(model=model.network, args=args, train_dataset=rows, processing_class=model.tokenizer, peft_config=lora)
    made.train()
    assert made.state.global_step == 2 and made.state.log_history[-1]["train_loss"] > 0


@pytest.mark.skipif(not importlib.util.find_spec("minari"), reason="minari is not installed: make integrations")
def test_exports_are_minari_episodes(tmp_path, monkeypatch):
    import minari

    from clgym.export import export
    from clgym.protocol.provenance import CANARY

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "store"))
    trial = Trial("CL-Sparring-v0", "random", steps=32, batch=2, feedback="diagnosis", **SIZES, control_size=0)
    run_trial(trial, tmp_path / "runs")
    counts = export([tmp_path / "runs"], "minari", "clgym/fights-v0")
    dataset = minari.load_dataset("clgym/fights-v0")
    assert dataset.total_episodes == counts.rows == 4 and CANARY in str(dataset.storage.metadata)
    episode = next(iter(dataset.iterate_episodes()))
    assert len(episode.rewards) == 8 and len(episode.observations) == 9 and episode.terminations[-1]
    assert all(text for text in list(episode.infos["feedback"])[1:])
    with pytest.raises(InvalidSetting, match="already"):
        export([tmp_path / "runs"], "minari", "clgym/fights-v0")
