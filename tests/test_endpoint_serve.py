"""A model behind ``transformers serve`` on loopback answers as it does here."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("openai")
pytest.importorskip("torch")

from clgym import errors  # noqa: E402
from clgym.agent import Decoding  # noqa: E402
from clgym.metrics import measure  # noqa: E402
from clgym.protocol import run_trial  # noqa: E402
from clgym.records import Trial  # noqa: E402
from clgym.registry import load_model  # noqa: E402


@contextmanager
def served(folder: Path, dtype: str, log: Path) -> Iterator[str]:
    """The URL of ``transformers serve`` with the model of a folder."""
    pytest.importorskip("fastapi")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    where = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", dtype]
    with open(log, "wb") as sink:
        command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), *where]
        server = subprocess.Popen(command, stdout=sink, stderr=sink)
    try:
        deadline = time.monotonic() + 240
        while True:
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


SUMS = [
    [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": f"{a} plus {b} is"}]
    for a, b in ((1, 2), (2, 2), (5, 5))
]


def run_on(spec: str, folder: Path, **agents) -> None:
    sizes = {"steps": 4, "eval_size": 2, "transfer_size": 0, "guard_size": 0, "probe_size": 0, "control_size": 0}
    for agent, settings in agents.items():
        trial = Trial("CL-Dialect-v0", agent, {"max_new_tokens": 16, **settings}, model=spec, checkpoints=(), **sizes)
        numbers = measure(run_trial(trial, folder / agent))
        assert numbers.efficiency.tokens.after > 0 and numbers.efficiency.flops.after > 0


@pytest.mark.slow
def test_a_model_behind_transformers_serve_answers_as_it_does_here(tmp_path):
    here = load_model("tiny", device="cpu")
    folder = tmp_path / "tiny"
    here.network.save_pretrained(folder)
    here.tokenizer.save_pretrained(folder)
    with served(folder, "float32", tmp_path / "server.log") as url:
        there = load_model(f"openai:{folder}@{url}?parallel=2&timeout=240&params=1e4")
        answers = there.generate(SUMS, Decoding(max_new_tokens=12))
        local = here.generate(SUMS, Decoding(max_new_tokens=12))
        assert [answer.text for answer in answers] == [answer.text for answer in local]
        for ours, theirs in zip(local, answers):
            assert theirs.cost.prompt_tokens == ours.cost.prompt_tokens
            assert theirs.cost.completion_tokens == ours.cost.completion_tokens
        run_on(f"openai:{folder}@{url}?params=1e4&timeout=240", tmp_path, icl={})
        with pytest.raises(errors.EndpointError):
            load_model(f"openai:nowhere/nothing@{url}?tries=1&timeout=60").generate(SUMS, Decoding())


@pytest.mark.slow
@pytest.mark.model
def test_the_embedded_model_behind_transformers_serve_answers_as_it_does_here(tmp_path):
    from clgym.baselines.models.embedded import cache_folder

    here = load_model("smollm2-135m", device="cpu")
    folder = cache_folder() / "smollm2-135m"
    with served(folder, str(here.dtype).removeprefix("torch."), tmp_path / "server.log") as url:
        spec = f"openai:{folder}@{url}?params=1.35e8&parallel=1&timeout=240"
        answers = load_model(spec).generate(SUMS, Decoding(max_new_tokens=12))
        local = here.generate(SUMS, Decoding(max_new_tokens=12))
        assert [answer.cost.prompt_tokens for answer in answers] == [answer.cost.prompt_tokens for answer in local]
        assert sum(a.text == b.text for a, b in zip(answers, local)) >= 2  # bfloat16: a tie may fall either way
        run_on(spec, tmp_path, icl={}, notes={"every": 4, "max_note_tokens": 48})
