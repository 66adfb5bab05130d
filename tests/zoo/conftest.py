"""The members of the zoo, each made and loaded once a session, when it is asked for."""

import functools
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """name -> :class:`~clgym.baselines.models.language.LanguageModel`, in float32."""
    from zoo.models import load_member

    return functools.cache(lambda name: load_member(name, tmp_path_factory.mktemp(name)))
