"""TensorBoard event files in the sweep's folder: ``tensorboard --logdir runs/tensorboard``. Takes neither torch nor TensorFlow."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from clgym.sweep.tracking import TrackedRun

_DT_STRING = 7


class TensorBoard:
    """One folder of events for each trial. A trial that goes on writes it anew, for event files can't be corrected."""

    @dataclass(frozen=True)
    class Config:
        """Settings of ``--track tensorboard``."""

        folder: str = ""
        """Where the events go; ``tensorboard`` in the sweep's folder by default."""

    known = 0

    def __init__(self, run: TrackedRun, config: Config):
        folder = (Path(config.folder) if config.folder else run.out / "tensorboard") / run.name
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._writer = EventFileWriter(str(folder))
        self._add(0, _text("trial", json.dumps(run.trial.to_json(), indent=1)))

    def log(self, number: int, step: int, numbers: Mapping[str, float]) -> None:
        self._add(step, Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]))

    def close(self, state: str) -> None:
        self._writer.close()

    def _add(self, step: int, summary: Summary) -> None:
        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))


def _text(tag: str, text: str) -> Summary:
    """Text as the text plugin shows it: Markdown, indented as code."""
    code = "\n".join(f"    {line}" for line in text.splitlines())
    tensor = TensorProto(dtype=_DT_STRING, string_val=[code.encode()], tensor_shape=TensorShapeProto())
    metadata = create_summary_metadata(display_name=tag, description="the settings of the trial")
    return Summary(value=[Summary.Value(tag=tag, metadata=metadata, tensor=tensor)])
