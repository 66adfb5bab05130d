"""``vf-eval clgym_vf`` for real: its own command line, its subprocess runtime, a scripted model behind a real server."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from chat_server import ChatServer, completion
from drivers import solved

from clgym.registry import make_world

pytestmark = [
    pytest.mark.skipif(not importlib.util.find_spec("verifiers"), reason="verifiers is not installed: make integrations"),
    pytest.mark.slow,
]


def streamed(request, text: str) -> bytes:
    """A chat completion as server-sent events."""
    whole = completion(request, text)
    whole["usage"]["total_tokens"] = sum(whole["usage"].values())
    common = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": request["model"]}
    said = {**common, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]}
    end = {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": whole["usage"]}
    return b"".join(f"data: {json.dumps(part)}\n\n".encode() for part in (said, end)) + b"data: [DONE]\n\n"


def evaluated(tmp_path: Path, env: str, say, *more: str, limit: int = 2) -> list[dict]:
    """The traces of a run in which ``say(messages)`` answers."""
    server = ChatServer()

    def always(handler, request):
        handler.send(200, streamed(request, say(request["messages"])), kind="text/event-stream")

    server.always = always
    bin = Path(sys.executable).parent
    around = {**os.environ, "OPENAI_API_KEY": "none", "PATH": f"{bin}:{os.environ['PATH']}"}
    command = [str(bin / "vf-eval"), "clgym_vf", "--env.taskset.env", env, "--env.player.runtime.type", "subprocess"]
    command += ["--env.player.harness.id", "null", "-m", "scripted", "--client.base-url", server.url, "--select.limit", str(limit)]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "out"), *more], env=around, cwd=tmp_path, capture_output=True, text=True, timeout=280
    )
    server.stop()
    files = list((tmp_path / "out").rglob("traces.jsonl"))
    assert files, done.stdout[-2000:] + done.stderr[-2000:]
    return [json.loads(line) for line in files[0].read_text().splitlines()]


def oracle(env: str, indices: range):
    """Answers by the first message and how many turns there were."""
    world = make_world(env)
    known = {world.query("learn", index).prompt: solved(env, index) for index in indices}
    return lambda messages: known[next(m["content"] for m in messages if m["role"] == "user")][
        sum(m["role"] == "assistant" for m in messages)
    ]


@pytest.mark.parametrize("env", ["CL-Conlang-v0", "CL-Sparring-v0"])
def test_the_oracle_earns_one(env, tmp_path):
    traces = evaluated(tmp_path, env, oracle(env, range(2)))
    text = json.dumps(traces)
    assert len(traces) == 2 and "ProviderError" not in text
    assert [rewards(trace) for trace in traces] == [{"clgym": 1.0}] * 2


def rewards(trace: dict) -> dict[str, float]:
    """Name -> value of the rewards of a trace, however it is nested."""
    found = trace.get("rewards") or next((t["rewards"] for t in trace.get("traces", []) if t.get("rewards")), {})
    if isinstance(found, list):
        return {one["name"]: one["value"] for one in found}
    return {name: value["value"] if isinstance(value, dict) else value for name, value in found.items()}


def test_held_out_pools_are_refused(tmp_path):
    with pytest.raises(AssertionError, match="held out"):
        evaluated(tmp_path, "CL-Conlang-v0", lambda messages: "", "--env.taskset.pool", "eval")


def test_a_fight_that_is_cut_has_no_reward_and_an_error(tmp_path):
    (trace,) = evaluated(tmp_path, "CL-Sparring-v0", lambda messages: "parry", "--env.player.max-turns", "3", limit=1)
    assert "cut" in json.dumps(trace) and not rewards(trace)
