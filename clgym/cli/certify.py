"""``clgym certify``: what can be known of worlds, from what, and how soon."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from clgym.cli.parsing import command
from clgym.seeding import SPLITS


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    text = "what can be known of worlds, from what, and how soon: measured with each family's ideal learner"
    certify = command(commands, "certify", text, example="clgym certify CL-Playbook-v0 --quick")
    certify.add_argument(
        "envs",
        nargs="*",
        metavar="ENV",
        help="NAME, module:Name or path/to/file.py:Name; every family that has one where none is given",
    )
    certify.add_argument("--levels", default="", metavar="0-3", help="which levels (all of a family)")
    certify.add_argument("--breadths", default="1", metavar="1,4,16", help="how many sibling worlds in one stream")
    certify.add_argument("--worlds", default="", metavar="0-7", help="indices of the worlds (0-7; 0,1 where quick)")
    certify.add_argument("--queries", type=int, default=None, help="held-out queries at each checkpoint (320; 64 where quick)")
    certify.add_argument("--split", default="validation", choices=SPLITS, help=", ".join(SPLITS))
    certify.add_argument("--quick", action="store_true", help="a look in two minutes: few worlds, short curves")
    certify.add_argument("--seconds", type=float, default=None, help="a curve that takes longer is cut (600; 5 where quick)")
    certify.add_argument("--workers", type=int, default=1, help="curves side by side")
    certify.add_argument(
        "--out", type=Path, default=Path("runs/certificate"), help="folder of what is measured; what is there is kept"
    )
    certify.add_argument(
        "--output", type=Path, default=None, metavar="PAGE.md", help="the page; figures and JSON beside it (OUT/certificate.md)"
    )
    certify.set_defaults(command=_certify)


def _certify(options: argparse.Namespace) -> int:
    from clgym import certify, registry
    from clgym.sweep.plan import parse_numbers

    quick = options.quick
    envs = tuple(options.envs) or tuple(row.id for row in registry.families() if "probe" not in row.tags)
    settings = certify.Settings(
        envs,
        tuple(parse_numbers(options.levels)) if options.levels else (),
        tuple(parse_numbers(options.breadths)),
        worlds=tuple(parse_numbers(options.worlds or ("0,1" if quick else "0-7"))),
        queries=options.queries or (64 if quick else 320),
        quick=quick,
        split=options.split,
        seconds=options.seconds or (5.0 if quick else 600.0),
    )
    jobs = certify.plan(settings)
    done = [0]

    def show(job: Any, found: dict[str, Any]) -> None:
        done[0] += 1
        note = "failed" if "error" in found else found.get("uncertified", "")
        print(
            f"\r{done[0]} {job.env} level {job.level} x{job.breadth} {job.kind} world {job.world} {note}".ljust(100),
            end="",
            file=sys.stderr,
            flush=True,
        )

    certify.run(jobs, options.out, workers=options.workers, done=show)
    print(file=sys.stderr)
    data = {**certify.certificate(jobs, options.out), "command": "clgym certify " + " ".join(sys.argv[2:])}
    return _write(data, options.output or options.out / "certificate.md")


def _write(data: dict[str, Any], output: Path) -> int:
    """The page, a figure for each family, the JSON; the promises to the terminal. 1 where a learner failed."""
    from clgym import certify

    output.parent.mkdir(parents=True, exist_ok=True)
    text = certify.page(data)
    output.write_text(text, encoding="utf-8")
    output.with_suffix(".json").write_text(json.dumps(_finite(data), indent=1), encoding="utf-8")
    for env in dict.fromkeys(row["env"] for row in data["rows"]):
        svg = certify.figure([row for row in data["rows"] if row["env"] == env])
        (output.parent / f"{output.stem}-{env.replace('/', '_').replace(':', '_')}.svg").write_text(svg, encoding="utf-8")
    print(text)
    print(f"{output}")
    return 1 if any(row["errors"] for row in data["rows"]) else 0


def _finite(value: Any) -> Any:
    """JSON has no infinity: ``null`` is what never came."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value
