"""docs/loops.md is true: each block runs as it is printed, with a model that knows nothing and few steps, where its framework is installed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "loops.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def block(*words: str) -> str:
    """The one block with all of these words."""
    (found,) = [code for code in BLOCKS if all(word in code for word in words)]
    return found


def needs(module: str) -> None:
    if not importlib.util.find_spec(module):
        pytest.skip(f"{module} is not installed: make integrations builds an environment for it")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")


def small(code: str) -> str:
    """The same with a random model of bytes and two steps on the CPU."""
    code = code.replace('"smollm2-135m"', '"tiny"').replace("max_steps=60", "max_steps=2, use_cpu=True, save_strategy='no'")
    code = re.sub(r"eval_size=\d+", "eval_size=3, guard_size=2, probe_size=1, transfer_size=1", code)
    code = re.sub(r"num_generations=\d+", "num_generations=2", code)
    code = re.sub(r"max_completion_length=\d+", "max_completion_length=6", code)
    return re.sub(r"per_device_train_batch_size=\d+", "per_device_train_batch_size=4", code)


def run(code: str) -> dict[str, object]:
    names: dict[str, object] = {"__name__": "page"}
    exec(code, names)
    return names


def test_every_block_of_the_page_has_a_test():
    assert len(BLOCKS) == 9 and len(re.findall(r"^```", TEXT, re.MULTILINE)) == 2 * (len(BLOCKS) + 1)


def test_a_trl_run_stands_in_the_report_and_verifies(tmp_path):
    needs("trl")
    names = run(small(block("TrialCallback")))
    assert names["trainer"].state.global_step == 2
    for command in (["report", "runs", "--output", "report.html"], ["verify", "runs"], ["export", "runs", "--format", "chat"]):
        done = subprocess.run([sys.executable, "-m", "clgym", *command], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    page = Path("report.html").read_text()
    assert "trl-grpo" in page
    assert len(Path("chat.jsonl").read_text().splitlines()) == 8


def test_trl_plays_several_turns():
    needs("trl")
    names = run(small(block("rollout_func")))
    logged = names["trainer"].state.log_history[-1]
    assert names["trainer"].state.global_step == 2 and "train_loss" in logged


def test_the_server_serves(capsys):
    needs("openenv")
    import uvicorn

    from clgym.integrations.openenv import app

    server = uvicorn.Server(uvicorn.Config(app("CL-Sparring-v0", feedback="diagnosis"), port=0, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    run(block("GenericEnvClient").replace(":8000", f":{port}"))
    server.should_exit = True
    shown = capsys.readouterr().out
    assert shown.count("Exchange") + shown.count("exchange") >= 7 and "score 0." in shown


def test_inspect_evaluates():
    needs("inspect_ai")
    from inspect_ai.model import ModelAPI, ModelOutput, modelapi

    @modelapi(name="parrying")
    def parrying():
        class Parrying(ModelAPI):
            async def generate(self, input, tools, tool_choice, config):
                return ModelOutput.from_content("parrying", "parry")

        return Parrying

    log = run(block("clgym_task").replace("openai/MODEL", "parrying/x"))["log"]
    assert log.status == "success" and 0 < log.results.scores[0].metrics["mean"].value < 1 and len(log.samples) == 4


def test_the_vector_env_takes_one_step_an_episode():
    envs = run(block("AutoresetMode"))["envs"]
    envs.reset(seed=0)
    for _ in range(4):
        *_, terminated, _, infos = envs.step(envs.action_space.sample())
        assert terminated.all() and "final_info" in infos


@pytest.mark.slow
def test_ppo_in_one_file_learns():
    needs("torch")
    spec = importlib.util.spec_from_file_location("ppo", PAGE.parent / "loops" / "ppo.py")
    spec.loader.exec_module(ppo := importlib.util.module_from_spec(spec))
    agent, curve = ppo.train("CL-Playbook-v0", 1024)
    assert curve[-1] > curve[0] + 0.2


def test_rllib_trains():
    needs("ray.rllib") if importlib.util.find_spec("ray") else pytest.skip("ray is not installed")
    pytest.importorskip("dm_tree" if not importlib.util.find_spec("tree") else "tree")
    run(block("PPOConfig").replace("range(4)", "range(2)"))


def test_a_game_is_played(capsys):
    needs("textarena")
    names = run(block("ClgymGame"))
    assert 0 < names["rewards"][0] < 1 and names["done"]


def test_a_family_is_a_task_of_cl_bench(monkeypatch):
    needs("pydantic")
    spec = importlib.util.spec_from_file_location("src.interface", Path(__file__).parent / "clbench_interface.py")
    src, interface = types.ModuleType("src"), importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "src", src)
    monkeypatch.setitem(sys.modules, "src.interface", interface)
    spec.loader.exec_module(interface)
    src.interface = interface
    assert run(block("task_class"))["result"].instance_outcome.reward < 1


def test_records_become_pairs(capsys):
    needs("datasets")
    pairs = run(block("to_dataset"))["pairs"]
    assert len(pairs) > 10 and {"prompt", "chosen", "rejected"} <= set(pairs.column_names)


def test_the_table_of_versions_names_every_extra():
    table = TEXT.partition("## Versions")[2]
    for name in (
        "trl",
        "openenv",
        "verifiers",
        "inspect-ai",
        "ray",
        "textarena",
        "minari",
        "stable-baselines3",
        "datasets",
        "gymnasium",
    ):
        assert re.search(rf"^\| {name} \| [\d.]+", table, re.MULTILINE), name
