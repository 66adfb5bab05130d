"""Not part of the package: it stands in for it where this folder itself is found as ``clgym``.

A checkout is a folder ``clgym`` with the package ``clgym`` in it. Whoever starts Python in the folder that holds the checkout would
import the outer one, which has nothing in it. So the outer one puts the package in its place.
"""

import importlib.util
import sys
from pathlib import Path

if __name__ == "clgym":
    root = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "clgym", root / "clgym" / "__init__.py", submodule_search_locations=[str(root / "clgym"), str(root)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules["clgym"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["clgym"])
