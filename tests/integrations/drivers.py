"""Each framework, driven through its adapter by scripts: what the contract's test needs of it. Real frameworks, scripted models, no network."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from clgym.core import play
from clgym.registry import make_world

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")


class Job(NamedTuple):
    """A query, and what is said to it turn by turn; the last text again and again."""

    index: int
    script: Sequence[str]
    pool: str | None = None

    def text(self, turn: int) -> str:
        return self.script[min(turn, len(self.script) - 1)]


class Played(NamedTuple):
    """What a framework showed and what it made of the episode: ``None`` where it has no reward."""

    said: list[str]
    score: float | None


def solved(env: str, index: int, pool: str = "learn") -> list[str]:
    """What the oracle says, turn by turn."""
    world, said = make_world(env), []

    def policy(episode, observation):
        said.append(episode.solve())
        return said[-1]

    play(world, world.query(pool, index), policy)
    return said


class OpenEnv:
    """Server and client over real sockets, a connection for each job."""

    module = "openenv"
    fails_with = RuntimeError

    def play(self, env: str, jobs: Sequence[Job], **settings: Any) -> list[Played]:
        import uvicorn
        from openenv import GenericEnvClient

        from clgym.integrations.openenv import app

        server = uvicorn.Server(uvicorn.Config(app(env, **settings), port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]

        def one(job: Job) -> Played:
            with GenericEnvClient(base_url=f"http://127.0.0.1:{port}").sync() as client:
                result = client.reset(index=job.index, **({"pool": job.pool} if job.pool else {}))
                said, total = [result.observation["text"]], 0.0
                while not result.done:
                    try:
                        result = client.step({"text": job.text(len(said) - 1)})
                    except RuntimeError as error:
                        if "nothing was measured" not in str(error):
                            raise
                        return Played(said, None)
                    total += result.reward
                    said.append(result.observation["text"])
                return Played(said[:-1], total)

        try:
            return in_threads(one, jobs)
        finally:
            server.should_exit = True
            thread.join(10)


def in_threads(one: Callable[[Job], Played], jobs: Sequence[Job]) -> list[Played]:
    """All at once, in order; what one raises is raised."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


class TextArena:
    """A game for each job, in threads."""

    module = "textarena"

    def play(self, env: str, jobs: Sequence[Job], **settings: Any) -> list[Played]:
        from clgym.integrations.textarena import ClgymGame

        def one(job: Job) -> Played:
            game, said, done = ClgymGame(env, **settings), [], False
            game.reset(num_players=1, index=job.index, pool=job.pool)
            while not done:
                _, messages = game.get_observation()
                said.append(messages[-1][1])
                done, _ = game.step(job.text(len(said) - 1))
            rewards, info = game.close()
            assert bool(rewards) != info[0]["failed"]
            return Played(said, rewards.get(0))

        return in_threads(one, jobs)


class Inspect:
    """``inspect_ai.eval`` with a model of its own, all samples at once."""

    module = "inspect_ai"
    scripts: dict[str, Job] = {}

    def play(self, env: str, jobs: Sequence[Job], **settings: Any) -> list[Played]:
        import tempfile

        from inspect_ai import eval
        from inspect_ai.dataset import MemoryDataset, Sample
        from inspect_ai.model import ChatMessageUser, ModelAPI, ModelOutput, modelapi

        from clgym import Session
        from clgym.integrations.inspect_ai import clgym_task

        if not self.scripts:  # Inspect keeps its models: one, told anew what to say

            @modelapi(name="scripted")
            def scripted() -> type[ModelAPI]:
                class Scripted(ModelAPI):
                    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
                        await asyncio.sleep(0)
                        job = Inspect.scripts[input[0].text]
                        return ModelOutput.from_content("scripted", job.text(sum(m.role == "assistant" for m in input)))

                return Scripted

        pool = jobs[0].pool
        task = clgym_task(env, pool=pool, limit=1, **settings)
        with Session(env, **settings) as session:
            queries = [session.world.query(job.pool or next(iter(session.world.pools)), job.index) for job in jobs]
        self.scripts.update({query.prompt: job for query, job in zip(queries, jobs)})
        samples = [
            Sample(input=[ChatMessageUser(content=q.prompt)], id=number, metadata={"index": q.index, "pool": q.pool})
            for number, q in enumerate(queries)
        ]
        task.dataset = MemoryDataset(samples)
        with tempfile.TemporaryDirectory() as folder:
            (log,) = eval(task, model="scripted/x", display="none", log_dir=folder, max_samples=8)
            assert log.status == "success", log.error
            played = []
            for sample in sorted(log.samples, key=lambda sample: sample.id):
                value = sample.scores["graded"].value
                said = [message.text for message in sample.messages if message.role == "user"]
                played.append(Played(said, None if value != value else float(value)))
        assert log.results.scores[0].unscored_samples == sum(one.score is None for one in played)
        return played


class Trl:
    """``GRPOTrainer``, one step of it, with a random model whose answers are scripted; the rest is TRL's own."""

    module = "trl"

    def play(self, env: str, jobs: Sequence[Job], **settings: Any) -> list[Played]:
        trainer = self.trainer(env, jobs, **settings)
        trainer.train()
        return trainer.played

    def trainer(self, env: str, jobs: Sequence[Job], **settings: Any) -> Any:
        import tempfile

        from datasets import Dataset
        from trl import GRPOConfig, GRPOTrainer

        from clgym import Session
        from clgym.integrations.trl import prompts
        from clgym.registry import load_model

        model = load_model("tiny")
        prompts(env, count=1, pool=jobs[0].pool, **settings)  # refuses what is held out
        with Session(env, **settings) as session:
            pool = next(iter(session.world.pools))
            rows = [
                {
                    "prompt": [{"role": "user", "content": session.world.query(job.pool or pool, job.index).prompt}],
                    "pool": job.pool or pool,
                    "index": job.index,
                }
                for job in jobs
                for _ in range(2)
            ]
        driver = self

        class Scripted(GRPOTrainer):
            """Each second rollout of a group says the same: groups have at least two."""

            turn = 0

            def _generate_single_turn(self, prompt_ids: Any, *_: Any, **__: Any) -> Any:
                heads = [self._tokenizer.decode(ids) for ids in prompt_ids]
                texts = []
                for head in heads:
                    job = next(
                        job for job, row in zip((j for j in jobs for _ in range(2)), rows) if row["prompt"][0]["content"] in head
                    )
                    texts.append(driver.wire(job.text(head.count("<|im_start|>assistant") - 1), head))
                return [self._tokenizer(text)["input_ids"] + [self._tokenizer.eos_token_id] for text in texts], None

            def _calculate_rewards(self, inputs: Any, *rest: Any) -> Any:
                rewards = super()._calculate_rewards(inputs, *rest)
                self.played = driver.heard(self, inputs, rest, rewards[:, 0].tolist())[::2]
                return rewards

        args = GRPOConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=len(rows),
            num_generations=2,
            max_completion_length=8192,
            max_steps=1,
            report_to=[],
            use_cpu=True,
            save_strategy="no",
            shuffle_dataset=False,
            disable_tqdm=True,
        )
        model.tokenizer.chat_template = self.template(model.tokenizer)
        model.network.config.max_position_embeddings = 65_536
        how = self.how(env, **settings)
        return Scripted(
            model.network, args=args, train_dataset=Dataset.from_list(rows[::2]), processing_class=model.tokenizer, **how
        )

    def template(self, tokenizer: Any) -> str:
        return tokenizer.chat_template

    def wire(self, text: str, head: str) -> str:
        """A scripted answer as the model would write it behind what it has seen."""
        return text


class TrlReward(Trl):
    """``reward_funcs``: one answer."""

    one_turn = True

    def how(self, env: str, **settings: Any) -> dict[str, Any]:
        from clgym.integrations.trl import reward

        return {"reward_funcs": reward(env, **settings)}

    def heard(self, trainer: Any, inputs: Any, rest: Any, rewards: list[float]) -> list[Played]:
        shown = [example["prompt"][-1]["content"] for example in inputs]
        return [Played([text], None if earned != earned else earned) for text, earned in zip(shown, rewards)]


class TrlRollout(Trl):
    """``rollout_func``: every turn, every retry."""

    def how(self, env: str, **settings: Any) -> dict[str, Any]:
        from clgym.integrations.trl import reward, rollout

        return {"reward_funcs": reward(env, **settings), "rollout_func": rollout(env, window=65_536, **settings)}

    def heard(self, trainer: Any, inputs: Any, rest: Any, rewards: list[float]) -> list[Played]:
        played = []
        for example, ids, earned in zip(inputs, rest[2], rewards):
            turns = trainer._tokenizer.decode(ids).split("<|im_start|>user\n")[1:]
            said = [example["prompt"][-1]["content"], *(turn.split("<|im_end|>")[0] for turn in turns)]
            played.append(Played(said, None if earned != earned else earned))
        return played


#: What the tool says once there is nothing to answer any more.
ENDED = "The episode has ended: no further"


class TrlEnvironment(Trl):
    """``environment_factory``: calls of a tool, in the template of a model that makes them."""

    def how(self, env: str, **settings: Any) -> dict[str, Any]:
        from clgym.integrations.trl import environment

        return {"environment_factory": environment(env, **settings)}

    def template(self, tokenizer: Any) -> str:
        from importlib.resources import files

        return files("trl").joinpath("chat_templates/qwen2_5.jinja").read_text()

    def wire(self, text: str, head: str) -> str:
        import json

        return (
            "done" if ENDED in head else f"<tool_call>\n{json.dumps({'name': 'answer', 'arguments': {'text': text}})}\n</tool_call>"
        )

    def heard(self, trainer: Any, inputs: Any, rest: Any, rewards: list[float]) -> list[Played]:
        played = []
        for example, completion, earned in zip(inputs, rest[1], rewards):
            said = [
                example["prompt"][-1]["content"],
                *(m["content"] for m in completion if m["role"] == "tool" and not m["content"].startswith(ENDED)),
            ]
            played.append(Played(said[:-1], None if earned != earned else earned))
        return played
