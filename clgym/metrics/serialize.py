"""Numbers as plain JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from clgym.metrics.numbers import Censored, Undefined


def to_json(value: Any) -> Any:
    """Metrics as plain JSON data: ``{"undefined": reason}``, ``{"censored_at": limit}``, objects and lists."""
    if isinstance(value, Undefined):
        return {"undefined": value.reason}
    if isinstance(value, Censored):
        return {"censored_at": value.limit}
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_json(part) for name, part in zip(value._fields, value)}
    if isinstance(value, Mapping):
        return {key: to_json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(part) for part in value]
    return value
