"""A calibration as a page in Markdown: the table of cells, and the certificate "naive in-context learning is not enough"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clgym.calibration.verdict import ENOUGH, LEARNABLE, OUT_OF_REACH, TRIVIAL, UNDECIDED

Data = Mapping[str, Any]

_MEANINGS = {
    TRIVIAL: "the untaught model is at the ceiling already",
    ENOUGH: "corrections in the prompt bring it to the ceiling",
    LEARNABLE: "in-context learning falls short, and something that was run lifts the model",
    OUT_OF_REACH: "nothing that was run lifts it",
    UNDECIDED: "the intervals leave it open; more worlds or queries may close it",
}


def render(data: Data) -> str:
    """The page, from what :func:`clgym.calibration.calibration` returned."""
    parts = [
        f"## What there is to learn for {data['model']}",
        _how(data),
        _table(data["cells"]),
        _legend(data["cells"]),
        *_whys(data["cells"]),
    ]
    parts += [
        f"## Certificate: naive in-context learning is not enough for {data['model']}",
        *_certificate(data),
        "## How it was run",
        *_run(data),
    ]
    return "\n\n".join(parts) + "\n"


def _how(data: Data) -> str:
    worlds = data["worlds"]
    some = f"{len(worlds)} worlds" if len(worlds) > 1 else "one world, of which alone everything here speaks"
    return (
        f"Mean reward on held-out queries of the split `{data['split']}` ({some}; {data['queries']} queries each, the same for "
        "every arm) with 95 % intervals. ICL: so many exchanges with feedback in front of the query. The floor is what somebody earns at "
        "most who knows nothing of the world."
        + (f" {', '.join(data['learners'])}: after {max(data['contexts'])} env steps." if data["learners"] else "")
    )


def _table(cells: Sequence[Data]) -> str:
    most = max((len(_of(cell, "icl")) for cell in cells), default=0)
    learners = list(dict.fromkeys(arm["arm"] for cell in cells for arm in _of(cell, "learner")))
    ideal = any(_of(cell, "ideal") for cell in cells)
    columns = [
        "floor",
        "frozen",
        *(["ICL, by exchanges"] if most else []),
        "rulebook",
        *learners,
        *(["ideal learner"] if ideal else []),
    ]
    columns.append("verdict")
    lines = [f"| | level | {' | '.join(columns)} |", "|---|---:|---:|" + "---|" * (len(columns) - 1)]
    for cell in cells:
        floor = f"{cell['floor']:.2f}" if "floor" in cell else ""
        one = [_numbers(_of(cell, "frozen"))]
        one += ["<br>".join(_sized(arm) for arm in _of(cell, "icl"))] if most else []
        one += [
            _numbers(_of(cell, "rulebook")),
            *(_numbers([a for a in _of(cell, "learner") if a["arm"] == name]) for name in learners),
            *([_numbers(_of(cell, "ideal"))] if ideal else []),
        ]
        lines.append(f"| {cell['env']}{_told(cell)} | {cell['level']} | {floor} | {' | '.join(one)} | **{cell['verdict']}** |")
    return "\n".join(lines)


def _legend(cells: Sequence[Data]) -> str:
    verdicts = {cell["verdict"] for cell in cells}
    return "\n".join(f"* **{name}**: {meaning}." for name, meaning in _MEANINGS.items() if name in verdicts)


def _whys(cells: Sequence[Data]) -> list[str]:
    lines = []
    for cell in cells:
        missing = [f"{arm['arm']} was not measured ({arm['undefined']})" for arm in cell["arms"] if "undefined" in arm]
        reasons = "; ".join([cell["why"], *cell["notes"], *dict.fromkeys(missing)])
        lines.append(f"* {_name(cell)}, {cell['verdict']}: {reasons}.")
    return ["Why:", "\n".join(lines)]


def _certificate(data: Data) -> list[str]:
    cells, model = data["cells"], data["model"]
    short = [cell for cell in cells if cell["falls_short"]]
    proven = [cell for cell in short if cell["further"]]
    alone = [cell for cell in short if not cell["further"]]
    rest = [cell for cell in cells if not cell["falls_short"]]
    parts = [
        "Naive in-context learning appends every correction to the prompt and answers greedily. What follows is said of that, "
        "of the sizes that were run, and of this model; not of retrieval, reflection or better prompts, nor of other models. A "
        "cell is listed if at every size, none included, the 95 % interval ends below the ceiling by more than a tenth of the "
        "way from the floor."
    ]
    parts += _list(f"**Not enough, and something else gets further** in {len(proven)} of {len(cells)} cells:", proven, model)
    parts += _list(
        f"**Not enough, and nothing that was run provably gets further** in {len(alone)}, so hard for this model either way:",
        alone,
        model,
    )
    if not short:
        parts.append(f"**Nothing is certified of {model}**: no cell qualifies.")
    if rest:
        named = ", ".join(f"{_name(cell)} ({cell['verdict']})" for cell in rest)
        parts.append(f"Not certified: {named}.")
    parts.append(f"About {data['error']:.0%} of statements like these are wrong by chance, each by itself.")
    return parts


def _list(title: str, cells: Sequence[Data], model: str) -> list[str]:
    return [title, "\n".join(f"* {_sentence(cell, model)}" for cell in cells)] if cells else []


def _sentence(cell: Data, model: str) -> str:
    """ "Naive ICL is not enough at level L of F for M": what it reaches, the ceiling, what the others reach."""
    sizes = ", ".join(f"with {_held(arm)} {_interval(arm)}" for arm in _of(cell, "icl"))
    (frozen,) = _of(cell, "frozen")
    ahead = [f"{name} reaches {_interval(arm)}" for name in cell["further"] for arm in cell["arms"] if arm["arm"] == name]
    others = [
        arm for arm in (*_of(cell, "rulebook"), *_of(cell, "learner")) if arm["arm"] not in cell["further"] and "estimate" in arm
    ]
    behind = [f"{arm['arm']} {_interval(arm)}" for arm in others]
    known = [
        f"the ideal learner, who reads the same feedback without any model, {_interval(arm)}"
        for arm in _of(cell, "ideal")
        if "estimate" in arm
    ]
    (ceiling,) = _of(cell, "oracle")
    return (
        f"{_name(cell)}, {model}: with no exchanges in context it earns {_interval(frozen)}, {sizes}; the ceiling is "
        f"{ceiling['estimate']:.2f}, the floor {cell['floor']:.2f}"
        + (f"; {', '.join(ahead)}" if ahead else "")
        + (f"; not provably further: {', '.join(behind)}" if behind else "")
        + (f"; {known[0]}" if known else "")
        + "."
    )


def _run(data: Data) -> list[str]:
    window = (
        f"Prompt and answer together had {data['window']:,} tokens at most. "
        if data["window"]
        else "Prompts had the whole window of the model. "
    )
    known = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    rules = "The rule behind the verdicts, and what it leaves out: decision 008."
    return [f"```bash\n{data['command']}\n```", f"{window}{rules}", f"Versions: {known}."]


def _of(cell: Data, kind: str) -> list[Data]:
    return [arm for arm in cell["arms"] if arm["kind"] == kind]


def _name(cell: Data) -> str:
    return f"{cell['env']}{_told(cell)} level {cell['level']}"


def _told(cell: Data) -> str:
    """What is said to who learns, where it is not the correction."""
    feedback = cell.get("feedback", "correction")
    return "" if feedback == "correction" else f" ({feedback})"


def _sized(arm: Data) -> str:
    return f"{_held(arm)}: {_interval(arm)}" if "estimate" in arm else ""


def _held(arm: Data) -> str:
    """``32``, or ``128 (61 to 70 held)`` where the context dropped some."""
    size, held = arm["exchanges"], arm.get("held")
    if not held or tuple(held) == (size, size):
        return str(size)
    low, high = held
    return f"{size} ({low if low == high else f'{low} to {high}'} held)"


def _numbers(arms: Sequence[Data]) -> str:
    return "<br>".join(_interval(arm) for arm in arms if "estimate" in arm)


def _interval(arm: Data) -> str:
    return f"{arm['estimate']:.2f} [{arm['low']:.2f}, {arm['high']:.2f}]".replace(" ", "\xa0")
