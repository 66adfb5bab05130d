"""What this machine is good at: the device and the number format that ``--model`` gets unless told otherwise; and where it ends."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from huggingface_hub import logging as hub_logging
from transformers.utils import logging

from clgym.errors import ModelUnavailable, UnknownName

#: What torch says on a CPU where there is none.
NO_MEMORY = "can't allocate memory"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(device: str) -> torch.device:
    """``auto`` is CUDA where there is one, the CPU otherwise. Raises ``UnknownName`` for a device torch does not know."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(device)
    except RuntimeError:
        raise UnknownName("device", device, ["auto", "cpu", "cuda"]) from None


def choose_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """``auto`` is bfloat16 where the hardware multiplies it natively, float32 otherwise. Raises ``UnknownName``.

    Without AVX512-BF16 or AMX, bfloat16 on a CPU is emulated and slower than float32; with AVX512-BF16 a layer of the
    embedded model took 1.3 ms instead of 5.8 ms for 640 tokens (docs/decisions/004-models.md).
    """
    if dtype != "auto":
        if dtype not in DTYPES:
            raise UnknownName("dtype", dtype, ["auto", *DTYPES])
        return DTYPES[dtype]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if device.type == "cpu" and cpu_has_bfloat16() else torch.float32


@functools.cache
def cpu_has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware (AVX512-BF16 or AMX), as Linux reports it."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return False
    flags = next((line for line in info.read_text().splitlines() if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


@contextmanager
def enough_memory(name: str, lower: str) -> Iterator[None]:
    """Raises ``ModelUnavailable``, which says what to ``lower``, where the memory for what is done inside with ``name`` is not there."""
    try:
        yield
    except (MemoryError, RuntimeError) as cause:
        text = str(cause)
        if not isinstance(cause, (MemoryError, torch.OutOfMemoryError)) and NO_MEMORY not in text:
            raise
        raise ModelUnavailable(f"there is not enough memory for {name} ({text.splitlines()[0][:200]}): lower {lower}.") from cause


@contextmanager
def quiet() -> Iterator[None]:
    """transformers and the hub's library say errors alone inside and draw no progress bars: they would break into those of ``clgym run``.

    What it says of a model once, such as that a kernel for a GPU is not installed, is then said.
    """
    noisy, verbosity, spoken = logging.is_progress_bar_enabled(), logging.get_verbosity(), hub_logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    hub_logging.set_verbosity_error()
    try:
        yield
    finally:
        hub_logging.set_verbosity(spoken)
        logging.set_verbosity(verbosity)
        if noisy:
            logging.enable_progress_bar()
