"""The sandbox under attack: every hostile program gets a bounded verdict of a known kind, finds nothing, and hurts nobody after it."""

from __future__ import annotations

import contextlib
import math
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clgym.registry import make_world
from clgym.sandbox import STATUSES, Call, Limits, Program, Result, Surroundings, pool, run

FOLDER = Path(__file__).parent / "attacks"
JAVASCRIPT = runpy.run_path(str(FOLDER / "javascript.py"))["ATTACKS"]
PYTHON, DJANGO = (runpy.run_path(str(FOLDER / "python.py"))[name] for name in ("ATTACKS", "DJANGO"))
PLAIN, WITH_DJANGO = Surroundings(), Surroundings(preload="django")

#: What goes through Django's parent as well: its lock and its limits are its own.
BOTH = (
    "loops",
    "native loops",
    "list bombs",
    "forks and threads",
    "signals and limits",
    "sockets",
    "files",
    "forged replies",
    "environment",
    "the parent's memory",
)

LIMITS = {
    "javascript": Limits(steps=100_000, memory_bytes=16 << 20, output_chars=500, seconds=0.25),
    "python": Limits(steps=100_000, memory_bytes=32 << 20, output_chars=500, seconds=0.4),
}


def cases(attacks: dict[str, list[tuple[str, str]]], language: str, around: Surroundings = PLAIN) -> list:
    """Every program of a kind that is asked for, with a readable id; those after the first of a kind are tried by ``make test-slow``."""
    label = around.preload or language
    return [
        pytest.param(
            Program(language, source, around=around),
            set(ends.split()),
            id=f"{label}-{kind}-{number}".replace(" ", "-"),
            marks=pytest.mark.slow if number else (),
        )
        for kind, programs in attacks.items()
        for number, (source, ends) in enumerate(programs)
    ]


ATTACKS = [
    *cases(JAVASCRIPT, "javascript"),
    *cases(PYTHON, "python"),
    *cases(DJANGO, "python", WITH_DJANGO),
    *cases({kind: PYTHON[kind] for kind in BOTH}, "python", WITH_DJANGO),
]


def attack(program: Program) -> Result:
    calls = [Call("attack")] if "attack()" in program.source else []
    return run(program, calls, LIMITS[program.language]).results[0]


def next_value(program: Program) -> object:
    """What a harmless program returns where the hostile one ran before it."""
    source = "def f(n): return n + 1" if program.language == "python" else "function f(n) { return n + 1; }"
    return run(Program(program.language, source, around=program.around), [Call("f", [1])]).results[0].value


@pytest.mark.parametrize(("program", "ends"), ATTACKS)
def test_an_attack_ends_in_a_verdict_and_the_next_program_is_served(program: Program, ends: set[str]) -> None:
    result = attack(program)
    assert ends <= set(STATUSES) - {"failed"}
    assert result.status in ends, result
    assert len(result.console) <= LIMITS[program.language].output_chars
    assert "root:" not in f"{result.console}{result.error}{result.value}"
    assert next_value(program) == 2
    assert not os.path.exists("/tmp/clgym_attack")


def test_there_are_twenty_kinds_for_each_language() -> None:
    assert len(JAVASCRIPT) >= 20 and len(PYTHON) >= 20


def test_a_program_may_not_return_what_it_did_not_compute_in_its_seconds() -> None:
    """A built-in that does not look at the clock: its answer is late on a fast machine and on a slow one."""
    source = "function f() { return (2n ** 1000000n).toString().length; }"
    result = run(Program("javascript", source), [Call("f")], Limits(seconds=0.05)).results[0]
    assert (result.status, result.value) == ("timeout", None)


# ---- the same verdicts whoever else wants the machine


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Twice as many busy processes as there are cores."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def counted(param) -> bool:
    """Whether steps, or nothing at all, decide: no clock and no allocator has a say."""
    return param.values[1] <= {"steps", "syntax", "ok"} and len(param.values[1]) == 1


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_verdicts_are_the_same_with_all_cores_busy(every: int) -> None:
    programs = [param.values[0] for param in ATTACKS if counted(param)][::every]
    assert len(programs) > 60 // every
    idle = [attack(program) for program in programs]
    with busy_cores():
        assert [attack(program) for program in programs] == idle


WORK = {
    "javascript": "function attack() { let s = ''; for (let i = 0; i < 90000; i++) s += i; return s.length; }",
    "python": "def attack():\n    s = []\n    for i in range(90000): s.append(str(i))\n    return len(''.join(s))",
}


@pytest.mark.parametrize("language", WORK)
def test_honest_work_is_done_in_time_with_all_cores_busy(language: str) -> None:
    with busy_cores():
        result = attack(Program(language, WORK[language]))
    assert (result.status, result.value) == ("ok", sum(len(str(i)) for i in range(90_000)))


# ---- what is hidden stays hidden

#: Hunters are told the first four letters and a checksum of the rest: they hold no copy of what they look for.
CANARY = "CNRY" + "7f3a91c05be2"
CHECK = int(CANARY[4:], 16) % 1_000_003

HUNT_PYTHON = f"""
os = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__
loaded = os['sys'].modules
gc, ctypes = loaded['gc'], loaded['ctypes']
def matches(text):
    found = 0
    for piece in text.split(b'CN' + b'RY')[1:]:
        try:
            found += int(piece[:12], 16) % 1_000_003 == {CHECK}
        except ValueError:
            pass
    return found
def graph():
    seen, waiting, found = set(), [os['sys']._getframe(), loaded, *gc.get_objects()], 0
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, (str, bytes, bytearray)):
            found += matches(thing.encode('utf-8', 'replace') if isinstance(thing, str) else bytes(thing))
        elif len(seen) < 10 ** 6:
            waiting += gc.get_referents(thing)
    return seen, found
def memory(things):
    pages = sorted({{thing & ~4095 for thing in things}})
    return len(pages), sum(matches(ctypes.string_at(page, 4096)) for page in pages)
def attack(given=''):
    things, named = graph()
    pages, raw = memory(things)
    return [len(things) > 10_000, pages > 1_000, named + raw + matches(repr(dict(os['environ'])).encode())]
"""

HUNT_JAVASCRIPT = f"""
function attack(given = '') {{
  const seen = new Set(), waiting = [globalThis, given, new Error('x').stack, attack.toString(), console];
  let things = 0, found = 0;
  while (waiting.length) {{
    const thing = waiting.pop();
    things++;
    if (typeof thing === 'string')
      for (const piece of thing.split('CN' + 'RY').slice(1)) found += parseInt(piece.slice(0, 12), 16) % 1000003 === {CHECK};
    if ((typeof thing !== 'object' && typeof thing !== 'function') || thing === null || seen.has(thing)) continue;
    seen.add(thing);
    if (typeof thing === 'function') waiting.push(Function.prototype.toString.call(thing));
    waiting.push(Object.getPrototypeOf(thing));
    for (const key of Reflect.ownKeys(thing)) {{
      waiting.push(String(key));
      try {{ waiting.push(thing[key]); }} catch {{}}
    }}
  }}
  const raw = new Uint8Array(4e6);
  return [things > 1000, raw.every((byte) => byte === 0), found];
}}
"""

HUNTERS = {
    "javascript": Program("javascript", HUNT_JAVASCRIPT.replace("Function.prototype", "Object.getPrototypeOf(attack)")),
    "python": Program("python", HUNT_PYTHON),
    "django": Program("python", HUNT_PYTHON, around=WITH_DJANGO),
}
ROOMY = Limits(steps=10**7, memory_bytes=512 << 20, seconds=20.0)


@pytest.mark.parametrize("who", HUNTERS)
def test_canaries_are_not_found(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in the environment before any worker starts, one in this process's memory, one as the expected answer."""
    monkeypatch.setenv("CLGYM_CANARY", CANARY)
    monkeypatch.setattr(pool, "_current", None)  # workers that start under this environment
    remembered, expected = [CANARY.encode() * 100], CANARY
    try:
        result = run(HUNTERS[who], [Call("attack")], ROOMY).results[0]
        assert (result.status, result.value) == ("ok", [True, True, 0]), (result, remembered[0][:4])
        assert result.value[2] != expected
        # The same hunter does find what it is given: it is not blind.
        assert run(HUNTERS[who], [Call("attack", [CANARY])], ROOMY).results[0].value[2] >= 1
    finally:
        pool._close()


# ---- a worker that dies


@contextlib.contextmanager
def nobody_survives() -> Iterator[None]:
    """Every child of this process is killed as soon as it is seen."""
    over = threading.Event()

    def hunt() -> None:
        while not over.is_set():
            with open(f"/proc/self/task/{main}/children", encoding="ascii") as listing:
                for child in listing.read().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGKILL)
            time.sleep(0.001)

    main = threading.main_thread().native_id
    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        yield
    finally:
        over.set()
        hunter.join()


@pytest.mark.parametrize(
    ("name", "level"), [("Probe-JavaScript-v0", 0), ("Probe-Python-v0", 0), ("Probe-Django-v0", 0), ("CL-Dialect-v0", 1)]
)
def test_a_worker_that_dies_is_our_fault_and_not_the_answers(name: str, level: int) -> None:
    """Every worker is killed while right answers are graded: none is scored as wrong, and afterwards all are right."""
    for program in (*map(Program, LIMITS, ("1", "1")), Program("python", "1", around=WITH_DJANGO)):
        assert run(program).status == "ok"
    world = make_world(name, level=level)
    queries, grades = [world.query("eval", index) for index in range(24)], []
    with nobody_survives():
        for query in queries:
            grades.append(world.grade(query, world.solve(query)))
            if grades[-1].outcome == "failed":
                break
    assert grades[-1].outcome == "failed" and math.isnan(grades[-1].reward), grades
    assert all(grade.outcome == "correct" for grade in grades[:-1])
    for query in queries[: len(grades)]:
        assert world.grade(query, world.solve(query)).reward == 1.0
