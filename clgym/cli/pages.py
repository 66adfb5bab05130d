"""Where pages are written: what may be written over, and what the disk says, in one line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clgym.errors import InvalidSetting

#: Stands near the top of every page that clgym writes.
_MARK = b'<meta name="generator" content="clgym'


def add_output(parser: argparse.ArgumentParser, usual: str) -> None:
    """Give a command that writes a page the options of where it goes."""
    parser.add_argument("--output", type=Path, default=Path(usual), metavar="PAGE.html", help="the page that is written")
    parser.add_argument("--force", action="store_true", help="write over a file that clgym did not write")


@contextmanager
def writing(page: Path, *, force: bool = False) -> Iterator[None]:
    """Around the reading of records and the writing of a page.

    Raises ``InvalidSetting`` before where the name is not that of a page or stands for somebody else's file, and after where a file
    could not be read or written.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise InvalidSetting(f"the page is HTML, so its name ends in .html, and {page} was given.")
    try:
        if not force and page.exists() and _MARK not in page.read_bytes()[:2000]:
            raise InvalidSetting(f"{page} is there and was not written by clgym: choose another --output, or say --force.")
        yield
    except OSError as cause:
        place = Path(cause.filename) if cause.filename else page
        verb = "written" if place in (page, *page.parents) else "read"
        raise InvalidSetting(f"no page is written: {place} cannot be {verb}: {cause.strerror}.") from cause
