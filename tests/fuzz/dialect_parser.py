"""atheris on the parser of the dialects: any bytes are a program or a ``SourceError``, in grammars of every level.

    python tests/fuzz/dialect_parser.py -runs=20000 [-max_total_time=60] [CORPUS]

Coverage of the lexer and the parser leads the search, which begins at right programs; what follows on the command line are
libFuzzer's own options. It needs the extra ``fuzz`` (atheris has wheels for Linux). A crash is written to a file and
told with its traceback.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["clgym.envs.dialect.lexer", "clgym.envs.dialect.parser", "clgym.envs.dialect.expressions"]
):
    from clgym.envs.dialect import lexer, parser

from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import draw_level, grammar_of
from clgym.envs.dialect.tasks import TASKS
from clgym.envs.dialect.translate import translate
from clgym.seeding import seed_of

GRAMMARS = [
    JAVASCRIPT,
    *(
        grammar_of(f"D{level}{index}", draw_level(level, seed_of("fuzz", level, index).draw()))
        for level in (1, 2, 3)
        for index in range(5)
    ),
]


def read(data: bytes) -> None:
    """One input: a byte that picks the grammar, then the program."""
    if data:
        try:
            parser.parse(GRAMMARS[data[0] % len(GRAMMARS)], data[1:].decode("utf-8", "replace"))
        except lexer.SourceError:
            pass


def write_seeds(folder: Path) -> None:
    """Right programs of each grammar."""
    for place, grammar in enumerate(GRAMMARS):
        for task in TASKS[:12]:
            source = task.instance(seed_of("fuzz", task.name).draw()).source
            text = show(grammar, translate(grammar, parser.parse(JAVASCRIPT, source)))
            (folder / f"{place}-{task.name}").write_bytes(bytes([place]) + text.encode())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as seeds:
        write_seeds(Path(seeds))
        atheris.Setup([*sys.argv, seeds], read)
        atheris.Fuzz()
