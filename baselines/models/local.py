"""Models from this machine (``path:DIR``) or from the Hugging Face hub (``hf:ORG/NAME``, ``hf:ORG/NAME@REVISION``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoModelForCausalLM, AutoTokenizer

from clgym.baselines.models.attention import register
from clgym.baselines.models.hub import HubName, snapshot_of
from clgym.baselines.models.identity import of_folder
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.machine import choose_device, choose_dtype, enough_memory, quiet
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
    with enough_memory(name, "the number format (dtype=bfloat16) or take a smaller model"):
        try:
            with quiet():
                config = AutoConfig.from_pretrained(where, **options)
                tokenizer = AutoTokenizer.from_pretrained(where, **options)
                loaded: Any = AutoModelForCausalLM.from_pretrained(
                    where,
                    config=config,
                    dtype=choose_dtype(dtype, place),
                    attn_implementation=_attention(config),
                    output_loading_info=True,
                    **options,
                )
                network, report = loaded
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as cause:
            raise ModelUnavailable(
                f"{name} could not be loaded: {(str(cause).strip() or type(cause).__name__).splitlines()[0]}"
            ) from cause
        _check(name, network, tokenizer, report)
        return LanguageModel(network.to(place), tokenizer, name)


def _check(name: str, network: Any, tokenizer: Any, report: Mapping[str, Any]) -> None:
    """Raises ``ModelUnavailable`` where weights are missing, which transformers would draw at random, or words have no row in the head."""
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelUnavailable(
            f"{name} lacks weights ({missing[0]} and {len(missing) - 1} others): a file is missing, or it is no causal language model. "
            "Download it again."
        )
    rows = min(network.get_output_embeddings().weight.shape[0], network.get_input_embeddings().weight.shape[0])
    special = set(tokenizer.added_tokens_decoder)  # some are never written, such as Gemma's place of a picture
    words = 1 + max(place for place in tokenizer.get_vocab().values() if place not in special)
    if words > rows:
        raise ModelUnavailable(
            f"{name} has a tokenizer of {words} words and embeddings for {rows}: they do not belong together. Use the model's own tokenizer."
        )


def _attention(config: Any) -> str | None:
    """Our shared-prefix attention where every layer attends to everything, transformers' own choice elsewhere.

    Sliding windows and attention that caps its scores read a prefix differently from a plain softmax over all of it.
    """
    network = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    asks = getattr(network, "_supports_attention_backend", False)  # others, such as Bloom, have attention of their own
    config = config.get_text_config(decoder=True)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    special = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    capped = getattr(config, "attn_logit_softcapping", None)
    return register() if kinds == {"full_attention"} and asks and not special and not capped else None
