"""``hf:ORG/NAME@REVISION``: which commit a name of the Hugging Face hub stands for, with a network or without one. Takes no torch."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any, NamedTuple

from clgym.errors import ModelUnavailable

#: Seconds for the hub's first word. Its own library tries for a minute.
PATIENCE = 2.0

_COMMIT = re.compile("[0-9a-f]{40}")


class HubName(NamedTuple):
    """``ORG/NAME@REVISION``: a branch, a tag or a commit; ``main`` where none is given."""

    repository: str
    revision: str

    @classmethod
    def parse(cls, name: str) -> HubName:
        repository, _, revision = name.partition("@")
        return cls(repository, revision or "main")


class Snapshot(NamedTuple):
    """A commit of a repository, and whether the hub is there to give its files; else the cache on this machine has them."""

    commit: str
    online: bool


def snapshot_of(name: str) -> Snapshot:
    """The commit behind a name. The hub is asked once; where it does not answer, what was loaded last counts.

    Raises ``ModelUnavailable``: no such repository or revision, no access, or no network and nothing in the cache.
    """
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    asked, cached = HubName.parse(name), cached_commit(HubName.parse(name))
    if cached and _COMMIT.fullmatch(asked.revision):
        return Snapshot(cached, online=not constants.HF_HUB_OFFLINE and _failure(asked) is None)
    failure = ConnectionError("HF_HUB_OFFLINE is set") if constants.HF_HUB_OFFLINE else _failure(asked)
    if failure is None:
        try:  # remembers what the revision stands for, for the day without a network
            config = hf_hub_download(asked.repository, "config.json", revision=asked.revision)
        except (HfHubHTTPError, OSError) as cause:
            raise ModelUnavailable(f"hf:{name} could not be loaded: {_first_line(cause)}") from cause
        return Snapshot(Path(config).parent.name, online=True)
    if isinstance(failure, (HfHubHTTPError, ValueError)):
        raise ModelUnavailable(f"hf:{name} could not be loaded: {_first_line(failure)}") from failure
    if cached:
        return Snapshot(cached, online=False)
    raise ModelUnavailable(
        f"hf:{name}: {constants.ENDPOINT} cannot be reached ({_first_line(failure)}), and this machine has no copy. With a network the "
        "same command fetches one; without, path:DIR loads a folder."
    ) from failure


def cached_commit(name: HubName) -> str:
    """The commit of the copy in the hub's cache on this machine; "" where there is none."""
    from huggingface_hub import try_to_load_from_cache

    try:
        config = try_to_load_from_cache(name.repository, "config.json", revision=name.revision)
    except ValueError:  # no name that the hub could have
        return ""
    return Path(config).parent.name if isinstance(config, str) else ""


def _failure(name: HubName) -> Exception | None:
    """What asking the hub for a revision ends with, within :data:`PATIENCE`; ``None`` where it has it."""
    from huggingface_hub import HfApi

    result: list[Exception | None] = []

    def ask() -> None:
        try:
            HfApi().model_info(name.repository, revision=name.revision, timeout=PATIENCE)
        except Exception as error:  # the HTTP library's errors are not the hub's
            result.append(error)
        else:
            result.append(None)

    # Looking up a host name has no time limit of its own: the thread is left behind.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return result[0] if result else TimeoutError(f"no answer within {PATIENCE:g} s")


def _first_line(error: Any) -> str:
    return " ".join((str(error).strip() or type(error).__name__).splitlines()[0].split())
