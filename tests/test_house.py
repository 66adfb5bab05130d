"""The house keeps its shape: what lies where, who imports whom, and that what is shipped works on its own."""

from __future__ import annotations

import ast
import configparser
import functools
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {"envs": ROOT / "envs", "wrappers": ROOT / "wrappers", "baselines": ROOT / "baselines"}
SHIPPED = {"clgym": ROOT / "clgym", **{f"clgym.{room}": folder for room, folder in ROOMS.items()}}

DRAWING = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]

#: The layers as docs/architecture.md draws them, the ground first: each with the modules of the package that belong to it. A module
#: imports from its own layer and those below; the three rooms, and the two halves of the top, are held apart by tests of their own.
LAYERS = {line.split()[0]: re.findall(r"\w+", line)[1:] for line in reversed(DRAWING.splitlines()) if line[:1].isalpha()}
LAYER_OF = {module: layer for layer, inside in LAYERS.items() for module in inside}

HEAVY = ("torch", "transformers", "peft", "stable_baselines3", "matplotlib", "scipy")


def settings() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return config


def listed(section: str, key: str) -> list[str]:
    return [line.strip() for line in settings()[section][key].splitlines() if line.strip()]


def tracked() -> list[Path]:
    """Every file of the project: what git tracks or would, or, outside a checkout, what lies there."""
    ask = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True)
    if git.returncode == 0:
        return [ROOT / name for name in git.stdout.splitlines() if (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted name (``clgym.envs.dialect``) and file of every module that is shipped."""
    for package, folder in SHIPPED.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join([package, *(part for part in parts if part != "__init__")]), path


@functools.cache
def imports(name: str, path: Path) -> tuple[tuple[str, bool], ...]:
    """Every imported dotted name of a module, and whether importing the module imports it at once."""
    return tuple(_imports(name, path))


def _imports(name: str, path: Path) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node, at_once in walk(tree, True):
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module) if part)
            yield from ((f"{source}.{alias.name}", at_once) for alias in node.names)


def walk(node: ast.AST, at_once: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) or is_type_checking(child)
        yield child, at_once
        yield from walk(child, at_once and not later)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def room_of(name: str) -> str:
    """``clgym.envs.dialect.words`` lies in ``envs``; ``clgym`` itself is on top of the ground it re-exports."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


MODULES = dict(modules())


def test_every_package_on_disk_is_listed_and_every_listed_one_is_there() -> None:
    on_disk = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    folders = {path.parent for path in MODULES.values()}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()
    assert sorted(listed("options", "packages")) == sorted(on_disk)


def test_every_data_file_is_shipped() -> None:
    patterns = [pattern.strip() for pattern in settings()["options.package_data"]["*"].split(",")]
    inside = [path for path in tracked() if any(path.is_relative_to(folder) for folder in SHIPPED.values())]
    data = [path for path in inside if path.suffix != ".py"]
    assert [str(path.relative_to(ROOT)) for path in data if not any(path.match(pattern) for pattern in patterns)] == []


def test_every_module_has_a_place_in_the_drawing_and_every_place_is_taken() -> None:
    assert list(LAYERS) == ["ground", "middle", "rooms", "measure", "report", "cli"]
    assert {room_of(name) for name in MODULES} - {""} == set(LAYER_OF)


def test_imports_point_downwards() -> None:
    """``from clgym import X`` re-exports the ground; ``from clgym.core import X`` names the module."""
    order, upwards = list(LAYERS), []
    for name, path in MODULES.items():
        own = LAYER_OF.get(room_of(name), "ground")
        for target, _ in imports(name, path):
            other = LAYER_OF.get(room_of(target), "ground") if target.startswith("clgym.") else "ground"
            sibling = own == other == "rooms" and room_of(target) != room_of(name)
            if order.index(other) > order.index(own) or sibling or target.split(".")[0] in ROOMS:
                upwards.append(f"{name} ({own}) imports {target} ({other})")
    assert upwards == []


#: Packages of the room of envs that several families may import.
SHARED = ("bilingual",)


def test_families_import_no_sibling() -> None:
    """What two families need lies in ``clgym.text`` or in a shared package; a family of families goes through the registry."""
    siblings = []
    for name, path in MODULES.items():
        own = name.split(".")[2] if name.startswith("clgym.envs.") else ""
        for target, _ in imports(name, path) if own else ():
            other = target.split(".")[2] if target.startswith("clgym.envs.") else own
            if other != own and (other not in SHARED or own in SHARED):
                siblings.append(f"{name} imports {target}")
    assert siblings == []


def test_importing_leaves_the_environment_as_it_was() -> None:
    code = (
        "import os, gymnasium; before = dict(os.environ); import clgym, clgym.baselines, clgym.cli, clgym.sweep; "
        "from clgym.registry import make_agent; make_agent('oracle'); assert dict(os.environ) == before, before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": "/usr/bin:/bin"})


def test_no_layer_but_the_command_line_imports_a_room() -> None:
    """Rooms are reached through the registry's string entry points."""
    for name, path in MODULES.items():
        if LAYER_OF.get(room_of(name), "ground") != "rooms":
            inside = [target for target, _ in imports(name, path) if target.startswith("clgym.")]
            assert [target for target in inside if room_of(target) in ROOMS] == [], name


def test_the_report_reads_records_and_numbers_only() -> None:
    allowed = {"report", "records", "metrics", "statistics", "errors", "_version"}
    for name, path in MODULES.items():
        if room_of(name) == "report":
            inside = {room_of(target) for target, _ in imports(name, path) if target.startswith("clgym.")}
            assert inside <= allowed | {"__version__"}, name


def test_heavy_packages_are_imported_where_they_are_used() -> None:
    outside = {name: path for name, path in MODULES.items() if room_of(name) != "baselines"}
    heavy = [
        f"{name} imports {target}"
        for name, path in outside.items()
        for target, at_once in imports(name, path)
        if at_once and target.split(".")[0] in HEAVY
    ]
    assert heavy == []


def test_importing_and_stepping_take_no_torch() -> None:
    code = (
        "import sys, gymnasium as gym, clgym\n"
        "env = gym.make('CL-Conlang-v0')\n"
        "env.reset(seed=0); env.step('hello')\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_program_started_beside_the_checkout_finds_the_package(tmp_path: Path) -> None:
    """The folder of a checkout is called ``clgym`` too, and the current folder comes before what is installed."""
    (tmp_path / "clgym").symlink_to(ROOT)
    code = (
        "import gymnasium, clgym, clgym.baselines.scripted\n"
        "from clgym import Agent\n"
        "from clgym.sweep.suite import suites\n"
        "gymnasium.make('CL-Taste-v0').reset(seed=0)\n"
        "assert suites()\n"
        "print(clgym.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert Path(done.stdout.strip()).resolve() == ROOT / "clgym" / "__init__.py", done.stderr


def test_the_version_is_written_once() -> None:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "clgym" / "_version.py").read_text()).group(1)
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".cfg", ".toml"}
        and path.name != "_version.py"
        and re.search(rf"version\S*\s*[:=]\s*[\"']?{re.escape(version)}\b", path.read_text(encoding="utf-8"))
    ]
    assert elsewhere == []
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_pin_in_the_ranges_that_users_install() -> None:
    assert [line for line in listed("options", "install_requires") if "==" in line.split(";")[0]] == []


def core_site(folder: Path) -> Path:
    """A folder with what ``pip install clgym`` would bring and nothing else: links into this environment."""
    folder.mkdir()
    waiting, seen = listed("options", "install_requires"), set()
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}) or requirement.name in seen:
            continue
        seen.add(requirement.name)
        distribution = metadata.distribution(requirement.name)
        waiting += distribution.requires or []
        for top in {Path(str(file)).parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(top))))
    return folder


@pytest.mark.broad
def test_the_wheel_works_in_a_fresh_environment(tmp_path: Path) -> None:
    """Built from a copy, installed beside nothing but the core's own requirements, used from another folder."""
    source = tmp_path / "source"
    for path in tracked():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run(build, check=True, timeout=120)
    (wheel,) = tmp_path.glob("clgym-*.whl")

    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=False, symlinks=True)
    (site,) = (fresh / "lib").glob("python*/site-packages")
    (site / "core.pth").write_text(f"{core_site(tmp_path / 'core')}\n")
    install = [*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, timeout=120)
    code = (
        "import clgym, clgym.registry, clgym.envs, clgym.wrappers, clgym.baselines, gymnasium, importlib.util\n"
        "for row in clgym.registry.families():\n"
        "    try:\n"
        "        clgym.make_world(row.id).pools\n"
        "        assert not row.extra, row\n"
        "    except clgym.errors.MissingExtra as error:\n"
        "        assert row.extra and row.extra in str(error), row\n"
        "env, world = gymnasium.make('CL-Conlang-v0', level=0), clgym.make_world('CL-Conlang-v0', level=0)\n"
        "env.reset(seed=0, options={'pool': 'eval', 'index': 3})\n"
        "assert env.step(world.solve(world.query('eval', 3)))[1] == 1.0\n"
        "assert importlib.util.find_spec('torch') is None and importlib.util.find_spec('envs') is None\n"
        "print(clgym.__file__)"
    )
    done = subprocess.run([fresh / "bin" / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(site)


@pytest.mark.parametrize("target", ["quickstart", "test", "test-slow", "validity", "lint", "docs", "bench", "results"])
def test_every_target_of_the_makefile_sets_up_what_it_needs(target: str, tmp_path: Path) -> None:
    """In a checkout without an environment, the commands of each target begin with making one."""
    plan = subprocess.run(
        ["make", "--dry-run", target, f"VENV={tmp_path}/venv"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert plan.returncode == 0, plan.stderr
    assert "-m venv" in plan.stdout and "-c constraints.txt -e" in plan.stdout


def test_the_commands_of_the_makefile_are_known_to_the_program() -> None:
    """`clgym run` and its friends take every flag that the Makefile gives them."""
    plan = subprocess.run(
        ["make", "--dry-run", "quickstart", "results"], cwd=ROOT, capture_output=True, text=True, timeout=60
    ).stdout
    commands = [line.split("/clgym ", 1)[1].split() for line in plan.replace("\\\n", " ").splitlines() if "/clgym " in line]
    assert {command[0] for command in commands} == {"fetch", "run", "report"}
    for name in {command[0] for command in commands}:
        known = subprocess.run([sys.executable, "-m", "clgym", name, "--help"], capture_output=True, text=True, timeout=60).stdout
        flags = {word for command in commands if command[0] == name for word in command if word.startswith("--")}
        assert {flag for flag in flags if flag not in known} == set()


def test_ci_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("make test")
