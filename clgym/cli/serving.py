"""``clgym serve``: its arguments, and the server."""

from __future__ import annotations

import argparse
from typing import Any

from clgym.cli.parsing import command
from clgym.seeding import SPLITS
from clgym.settings import checked, from_text


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    serve = command(
        commands,
        "serve",
        "an env behind an OpenEnv server, for training loops elsewhere",
        example="clgym serve CL-Sparring-v0 --port 8000 --feedback diagnosis",
        description="Serve an env by the protocol of OpenEnv. Each WebSocket connection has an episode of its own; an episode pays its score at its "
        "end. Only the learn stream is asked, unless --evaluate is given. Needs pip install 'clgym[openenv]'.",
    )
    serve.add_argument("env", metavar="ENV", help="NAME, module:Name or path/to/file.py:Name")
    serve.add_argument("--host", default="127.0.0.1", help="the address that is listened on")
    serve.add_argument("--port", type=from_text, default=8000, metavar="N", help="its port")
    serve.add_argument("--sessions", type=from_text, default=64, metavar="N", help="connections at once")
    serve.add_argument("--level", type=from_text, default=0, metavar="N", help="difficulty, 0 (the easiest) upwards")
    serve.add_argument("--breadth", type=from_text, default=1, metavar="N", help="sibling worlds in one stream")
    serve.add_argument("--split", default="train", help=", ".join(SPLITS))
    serve.add_argument("--world", type=from_text, default=0, metavar="N", help="index of the world")
    serve.add_argument("--feedback", default="diagnosis", help="none < score < diagnosis < correction, or gold")
    serve.add_argument("--attempts", type=from_text, default=1, metavar="N", help="tries per query")
    serve.add_argument("--evaluate", action="store_true", help="let held-out pools be asked, once and without feedback")
    serve.set_defaults(command=_serve)


def _serve(options: argparse.Namespace) -> int:
    from clgym.integrations.frameworks import framework
    from clgym.integrations.openenv import app

    port = checked("port", options.port, int, low=0, high=65535)
    sessions = checked("sessions", options.sessions, int, low=1)
    names = ("level", "breadth", "split", "world", "feedback", "attempts", "evaluate")
    made = app(options.env, sessions=sessions, **{name: getattr(options, name) for name in names})
    print(f"{options.env} at http://{options.host}:{port} (Ctrl-C ends it)", flush=True)
    framework("uvicorn", "openenv").run(made, host=options.host, port=port, log_level="warning")
    return 0
