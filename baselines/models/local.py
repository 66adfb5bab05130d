"""Models from this machine (``path:DIR``) or from the Hugging Face hub (``hf:ORG/NAME``, ``hf:ORG/NAME@REVISION``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import logging as hub_logging
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from clgym.baselines.models.attention import register
from clgym.baselines.models.hub import HubName, snapshot_of
from clgym.baselines.models.identity import of_folder
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.machine import choose_device, choose_dtype
from clgym.errors import ModelUnavailable


def load_path(name: str, *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """The model in a folder with ``config.json``, safetensors and a tokenizer. Raises ``ModelUnavailable``."""
    folder = Path(name).expanduser()
    if not name or not (folder / "config.json").is_file():
        fault = "is not a folder" if not folder.is_dir() else "holds no config.json"
        raise ModelUnavailable(f"path:{name}: {folder.resolve()} {fault}; expected what save_pretrained() writes.")
    return load_folder(folder, f"path:{name}", device=device, dtype=dtype)


def load_folder(folder: Path, name: str, *, device: str, dtype: str) -> LanguageModel:
    """A model folder under the name that ``--model`` gave it. No network is used."""
    made = _load(str(folder), name, device, dtype, local_files_only=True)
    made.identity = of_folder(folder)
    return made


def load_hub(name: str, *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """A model of the Hugging Face hub at one commit, downloaded by transformers into its own cache. Raises ``ModelUnavailable``."""
    with quiet():
        snapshot = snapshot_of(name)
    place = HubName.parse(name).repository
    made = _load(place, f"hf:{name}", device, dtype, revision=snapshot.commit, local_files_only=not snapshot.online)
    made.identity = {"commit": snapshot.commit}
    return made


def _load(where: str, name: str, device: str, dtype: str, **options: Any) -> LanguageModel:
    place = choose_device(device)
    try:
        with quiet():
            config = AutoConfig.from_pretrained(where, **options)
            tokenizer = AutoTokenizer.from_pretrained(where, **options)
            network: Any = AutoModelForCausalLM.from_pretrained(
                where, config=config, dtype=choose_dtype(dtype, place), attn_implementation=_attention(config), **options
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as cause:
        raise ModelUnavailable(
            f"{name} could not be loaded: {(str(cause).strip() or type(cause).__name__).splitlines()[0]}"
        ) from cause
    return LanguageModel(network.to(place), tokenizer, name)


def _attention(config: Any) -> str | None:
    """Our shared-prefix attention where every layer attends to everything, transformers' own choice elsewhere.

    Sliding windows and attention that caps its scores read a prefix differently from a plain softmax over all of it.
    """
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    special = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    capped = getattr(config, "attn_logit_softcapping", None)
    return register() if kinds == {"full_attention"} and not special and not capped else None


@contextmanager
def quiet() -> Iterator[None]:
    """transformers draws no progress bars inside, which would break into those of ``clgym run``, and the hub's library says errors alone."""
    noisy, spoken = transformers_logging.is_progress_bar_enabled(), hub_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    hub_logging.set_verbosity_error()
    try:
        yield
    finally:
        hub_logging.set_verbosity(spoken)
        if noisy:
            transformers_logging.enable_progress_bar()
