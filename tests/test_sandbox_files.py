"""Programs of several files in the sandbox: imports between them, and Python's own "Did you mean"."""

from __future__ import annotations

import pytest

from clgym.sandbox import Call, Program, Result, Surroundings, run
from clgym.sandbox.py_names import nearest

MODELS = ("app/models.py", "class Book:\n    def filter(self):\n        return 7\n")


def ran(source: str, *files: tuple[str, str], function: str = "f") -> Result:
    around = Surroundings((MODELS,), "app/views.py", "app.models", files=files)
    return run(Program("python", source, around=around), [Call(function)]).results[0]


@pytest.mark.parametrize(
    "line",
    [
        "from .queries import q",
        "from app.queries import q",
        "from . import queries\nq = queries.q",
        "import app.queries\nq = app.queries.q",
    ],
)
def test_a_file_imports_another_in_every_way(line: str) -> None:
    assert (
        ran(
            f"{line}\ndef f():\n    return q()",
            ("app/queries.py", "from .models import Book\ndef q():\n    return Book().filter()"),
        ).value
        == 7
    )


def test_files_run_once_in_the_order_of_their_imports() -> None:
    files = (("app/a.py", "from .b import N\nN.append(1)"), ("app/b.py", "N = []"))
    assert ran("from .b import N\nfrom . import a\nimport app.a\ndef f():\n    return N", *files).value == [1]
    assert ran("X = 1\ndef f():\n    return X", ("app/a.py", "from .views import X\nassert X == 1")).value == 1


def test_what_is_no_file_of_the_program_is_not_there() -> None:
    for line in ("from . import os", "from .. import app", "import sys", "from .nothing import x", "import app.check"):
        result = ran(f"{line}\ndef f():\n    return 1")
        assert result.status == "exception" and result.error and result.error.name == "ImportError", line


def test_a_traceback_goes_through_the_files() -> None:
    result = ran("from .queries import q\ndef f():\n    return q()", ("app/queries.py", "def q():\n    return Book().filtr()"))
    assert result.error and 'File "app/queries.py", line 2, in q\n    return Book().filtr()' in result.error.trace
    assert result.error.trace.endswith("AttributeError: 'Book' object has no attribute 'filtr'. Did you mean: 'filter'?")
    assert ran("def f():\n    return Bok").error.trace.endswith("NameError: name 'Bok' is not defined. Did you mean: 'Book'?")
    broken = ran("def f():\n    return 1", ("app/queries.py", "def q(:"))
    assert broken.status == "syntax"


def test_the_nearest_name_is_pythons() -> None:
    assert nearest("filtr", ["filter", "first"]) == "filter" and nearest("objects", ["shelf", "Missing"]) == ""
    assert nearest("Filter", ["filter"]) == "filter" and nearest("items", ["_items"]) == ""
