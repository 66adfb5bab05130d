"""Other weights under the same name are another model: for trials, judges and means; and what a name of the hub stands for."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
constants = pytest.importorskip("huggingface_hub.constants")

from hub_server import HubServer  # noqa: E402

from clgym import registry  # noqa: E402
from clgym.baselines.models import identity  # noqa: E402
from clgym.cli import main  # noqa: E402
from clgym.core import SingleTurn  # noqa: E402
from clgym.errors import ModelUnavailable, RecordsError  # noqa: E402
from clgym.judges import Judge  # noqa: E402
from clgym.metrics import summarize  # noqa: E402
from clgym.protocol import run_trial  # noqa: E402
from clgym.records import TRIAL_FILE, Trial, read_trial  # noqa: E402
from clgym.registry import load_model, make_world, model_identity  # noqa: E402

SMALL = dict(steps=0, eval_size=2, transfer_size=0, guard_size=0, probe_size=0, control_size=0)
OLD, NEW = "0123456789abcdef" * 2 + "01234567", "fedcba9876543210" * 2 + "fedcba98"


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """The tiny model as save_pretrained() writes it."""
    folder = tmp_path_factory.mktemp("saved")
    tiny = load_model("tiny", device="cpu")
    tiny.network.save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CLGYM_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copytree(saved, tmp_path / "m1"))


def other_weights(folder: Path) -> None:
    """One byte of the last tensor, with the size and the times of before."""
    file = folder / "model.safetensors"
    before, content = file.stat(), bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def edit(name: str, old: str, new: str):
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


CHANGES = {
    "weights": other_weights,
    "config": edit("config.json", '"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05'),
    "tokenizer": edit("tokenizer_config.json", "<|im_end|>", "<|im_start|>"),
    "template": edit("chat_template.jinja", "assistant", "Assistant"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_decides_an_answer_is_in_the_identity_and_is_named(folder, what):
    before = model_identity(f"path:{folder}")
    assert set(before) == {"weights", "tokenizer", "template"} and before == model_identity(f"path:{folder}")
    (folder / "README.md").write_text("a note")
    assert model_identity(f"path:{folder}") == before
    CHANGES[what](folder)
    after = model_identity(f"path:{folder}")
    assert {name for name in before if before[name] != after[name]} == {"weights" if what == "config" else what}


def test_a_template_inside_the_tokenizers_settings_counts_as_the_template(folder):
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": "{{ messages }}"}))
    before = model_identity(f"path:{folder}")
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": "{{ messages[0] }}"}))
    after = model_identity(f"path:{folder}")
    assert before["tokenizer"] == after["tokenizer"] and before["template"] != after["template"]


@pytest.mark.parametrize("size", [10, 1 << 20])
def test_a_file_is_read_once_and_again_when_it_changed(size, tmp_path, monkeypatch):
    monkeypatch.setenv("CLGYM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(identity, "_SETTLED_NS", 0)
    read = []
    monkeypatch.setattr(identity, "sha256", lambda path: read.append(path) or f"{len(read):064}")
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"0" * size)
    time.sleep(0.01)
    assert identity.file_hash(file) == identity.file_hash(file) == f"{1:064}"
    file.write_bytes(b"1" * size)
    assert identity.file_hash(file) == f"{2:064}"
    monkeypatch.setattr(identity, "_SETTLED_NS", 1 << 60)  # as if it had changed just now
    file.write_bytes(b"2" * size)
    assert [identity.file_hash(file), identity.file_hash(file)] == [f"{3:064}", f"{4:064}"]


def test_other_weights_are_run_anew_and_never_go_on_with_a_trial(folder, tmp_path, capsys):
    """``clgym run`` gives them a folder of their own; run_trial, which is told where, refuses, finished or not."""
    trial = Trial("CL-Conlang-v0", "frozen", {"max_new_tokens": 4}, model=f"path:{folder}", **SMALL)
    run = [
        "run",
        "--env",
        trial.env,
        "--agent",
        trial.label,
        "--model",
        trial.model,
        "--worlds",
        "0",
        "--out",
        str(tmp_path / "runs"),
    ]
    run += [word for name, size in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(size))]
    assert main(run) == 0
    first, half = run_trial(trial, tmp_path / "t"), tmp_path / "half"
    assert first.header["model"] == model_identity(trial.model)
    assert run_trial(trial, tmp_path / "t").records == first.records
    shutil.copytree(tmp_path / "t", half)
    (half / "result.json").unlink()
    other_weights(folder)
    with pytest.raises(
        RecordsError, match=r"t holds a trial of another model: path:.*has changed since, weights [0-9a-f]{12} \(there\)"
    ):
        run_trial(trial, tmp_path / "t")
    with pytest.raises(RecordsError, match="Choose another folder, or start it again with --fresh"):
        run_trial(trial, half)
    capsys.readouterr()
    assert main(run) == 0 and "kept" not in capsys.readouterr().err  # it runs anew, beside the first
    headers = [json.loads(path.read_text())["model"] for path in (tmp_path / "runs").rglob("trial.json")]
    assert len(headers) == 2 and headers[0] != headers[1]
    assert main(run) == 0 and "kept" in capsys.readouterr().err
    shutil.rmtree(folder)  # a finished trial needs no model
    assert run_trial(trial, tmp_path / "t").records == first.records


def test_different_models_under_one_name_make_no_mean(folder, tmp_path):
    trial = Trial("CL-Conlang-v0", "frozen", {"max_new_tokens": 4}, model=f"path:{folder}", **SMALL)
    run_trial(trial, tmp_path / "0")
    other_weights(folder)
    run_trial(replace(trial, world=1), tmp_path / "1")
    trials = [read_trial(tmp_path / name) for name in "01"]
    (row,) = summarize(trials)
    assert "different models under one name" in row.refused
    assert not summarize(trials[:1])[0].refused


def test_a_judge_of_other_weights_is_asked_again(folder, tmp_path):
    world = make_world("CL-Conlang-v0")
    query = world.query("eval", 0)
    assert isinstance(world.episode(query), SingleTurn)

    def grade(score: int) -> tuple[float, int, int]:
        """What a judge from the folder that gives every answer this score makes of one; replies asked for and remembered."""
        model = load_model(f"path:{folder}")
        plain = model.generate

        def generate(conversations, decoding):
            codes = [re.findall("<answer-([0-9a-f]+)>", chat[-1]["content"])[-1] for chat in conversations]
            verdicts = [json.dumps({"code": code, "score": score, "feedback": "So it is."}) for code in codes]
            return [replace(answer, text=text) for answer, text in zip(plain(conversations, decoding), verdicts)]

        model.generate = generate
        judge = Judge(model, rubric="any", cache=tmp_path / "judge.sqlite", max_new_tokens=2)
        return judge.over(world).grade(query, "an answer").reward, judge.generated, judge.cached

    assert grade(0) == (0.0, 1, 0)
    assert grade(10) == (0.0, 0, 1)  # the same model has judged already
    other_weights(folder)
    assert grade(10) == (1.0, 1, 0)


@pytest.fixture
def hub(folder, tmp_path, monkeypatch) -> Iterator[HubServer]:
    """A hub whose main is at OLD, and an empty cache."""
    server = HubServer("someone/tiny")
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    other_weights(changed)
    server.commits, server.branches = {OLD: folder, NEW: changed}, {"main": OLD, "v2": NEW}
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    there = {
        "ENDPOINT": server.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "HF_HUB_OFFLINE": False,
    }
    for name, value in there.items():
        monkeypatch.setattr(constants, name, value)
    yield server
    server.stop()


def test_a_name_of_the_hub_is_one_commit_with_and_without_a_network(hub, tmp_path):
    trial = Trial("CL-Conlang-v0", "frozen", {"max_new_tokens": 4}, model="hf:someone/tiny", **SMALL)
    assert model_identity(trial.model) == {}
    run_trial(trial, tmp_path / "t")
    assert json.loads((tmp_path / "t" / TRIAL_FILE).read_text())["model"] == {"commit": OLD}
    assert load_model("hf:someone/tiny@v2").identity == load_model(f"hf:someone/tiny@{NEW}").identity == {"commit": NEW}
    hub.branches["main"] = NEW
    assert load_model("hf:someone/tiny").identity == {"commit": NEW}
    with pytest.raises(RecordsError, match=f"commit {OLD[:12]} .there. and {NEW[:12]} .now."):
        run_trial(trial, tmp_path / "t")
    hub.silent = True
    began = time.monotonic()
    assert load_model(f"hf:someone/tiny@{OLD}").identity == {"commit": OLD} and load_model("hf:someone/tiny").identity == {
        "commit": NEW
    }
    assert time.monotonic() - began < 12


@pytest.mark.parametrize(
    "name, silent, said",
    [
        ("someone/else", False, "Repository Not Found|404"),
        ("someone/tiny@v9", False, "Revision Not Found|404"),
        ("someone/tiny", True, "cannot be reached .no answer within|timed out"),
        ("", False, "could not be loaded"),
        ("a/b/c", False, "could not be loaded"),
    ],
)
def test_what_the_hub_does_not_give_is_one_line_within_three_seconds(hub, name, silent, said, tmp_path, capsys):
    hub.silent = silent
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match=said) as caught:
        load_model(f"hf:{name}")
    assert time.monotonic() - began < 3 and "\n" not in str(caught.value)
    run = ["run", "--env", "CL-Conlang-v0", "--agent", "frozen", "--model", f"hf:{name}", "--out", str(tmp_path / "runs"), "--yes"]
    assert main(run) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said


def test_every_model_that_comes_with_clgym_has_an_identity(folder):
    for row in registry.models():
        assert bool(row.identity) == row.weights, row.id
    assert set(model_identity("tiny")) == {"weights"} and load_model("tiny", device="cpu").identity == model_identity("tiny")
    assert load_model(f"path:{folder}").clone().identity == model_identity(f"path:{folder}")
    assert model_identity(f"path:{folder / 'nowhere'}") == {}
