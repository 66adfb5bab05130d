"""``--fresh``: what trials have left is deleted once somebody has agreed to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clgym.errors import InvalidSetting
from clgym.records import Trial


def delete(trials: Sequence[Trial], out: Path, *, asked: bool) -> None:
    """Delete what these trials left, once somebody has agreed to it."""
    import shutil

    from clgym.storage import only_writer, writing_to
    from clgym.sweep.plan import trial_folder

    folders = [folder for folder in (trial_folder(out, trial) for trial in trials) if folder.exists()]
    if not folders:
        return
    if not asked:
        try:
            answer = input(f"Delete {len(folders)} of these trials in {out}, finished ones too? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            raise InvalidSetting("nothing was deleted and nothing was run. Without --fresh, trials go on where they stopped.")
    for folder in folders:
        with only_writer(folder), writing_to(folder):
            shutil.rmtree(folder)
