"""The workers behind the sandbox: lent, retired, killed, replaced; and what the host refuses."""

from __future__ import annotations

import math
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from clgym.errors import InvalidSetting, SandboxUnavailable, UnknownName
from clgym.sandbox import UNDEFINED, Call, Limits, Outcome, Program, Surroundings, pool, run, same

SUM = {
    "javascript": "function f(n) { let s = 0; for (let i = 1; i <= n; i++) s += i; return s; }",
    "typescript": "function f(n: number): number { let s = 0; for (let i = 1; i <= n; i++) s += i; return s; }",
    "python": "def f(n):\n    return sum(i for i in range(n + 1))",
}


@pytest.fixture(params=SUM)
def program(request: pytest.FixtureRequest) -> Program:
    return Program(request.param, SUM[request.param])


def children() -> set[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listing:
        return set(map(int, listing.read().split()))


def test_every_call_has_its_result_in_order(program: Program) -> None:
    outcome = run(program, [Call("f", [n]) for n in range(5)])
    assert isinstance(outcome, Outcome) and outcome.status == "ok"
    assert [result.value for result in outcome.results] == [0, 1, 3, 6, 10]


def test_results_can_be_pickled(program: Program) -> None:
    outcome = run(program, [Call("f", [3])])
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED


def test_threads_share_the_pool(program: Program) -> None:
    values: dict[int, object] = {}

    def work(n: int) -> None:
        values[n] = run(program, [Call("f", [n])]).results[0].value

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == {n: n * (n + 1) // 2 for n in range(6)}


def test_workers_that_were_killed_are_replaced(program: Program) -> None:
    """All of them, for a program is blamed when two die of it."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: run(program, [Call("f", [1])]), range(2)))
    for child in children():
        os.kill(child, signal.SIGKILL)
    assert run(program, [Call("f", [4])]).results[0].value == 10


def test_workers_are_retired_and_reaped(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "JOBS_PER_WORKER", 1)
    before = len(children())
    for _ in range(3):
        assert run(program, [Call("f", [2])]).results[0].value == 3
    assert len(children()) <= before


def test_workers_of_every_kind_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds that fill their places leave a third kind's worker where its next call finds it."""
    monkeypatch.setattr(pool.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(pool, "_current", None)
    javascript, python = Program("javascript", "console.log(1)"), Program("python", "print(1)")
    pytest.importorskip("django")
    django = Program("python", "print(1)", around=Surroundings(preload="django"))
    with ThreadPoolExecutor(4) as threads:
        for program in (javascript, python):
            list(threads.map(lambda _, program=program: run(program), range(4)))
    others = children()
    run(django)
    before = children()
    assert before > others
    for program in (django, javascript, python, django):
        assert run(program).status == "ok"
    assert children() == before
    pool._close()


def test_a_forked_process_has_workers_of_its_own(program: Program) -> None:
    run(program, [Call("f", [1])])
    child = os.fork()
    if child == 0:
        try:
            fine = run(program, [Call("f", [4])]).results[0].value == 10
        except BaseException:
            fine = False
        finally:
            pool._close()
            os._exit(0 if fine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert run(program, [Call("f", [3])]).results[0].value == 6


def test_no_process_outlives_the_interpreter() -> None:
    script = (
        "from clgym.sandbox import *\nrun(Program('javascript', '1'))\nrun(Program('python', '1'))\n"
        "import os\nprint(open(f'/proc/self/task/{os.getpid()}/children').read())"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert len(out) == 2
    assert not [pid for pid in out if os.path.exists(f"/proc/{pid}")]


def test_a_program_that_kills_its_worker_is_told_apart_from_a_broken_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    lend = pool._Pool._lend

    def deadly(self: pool._Pool, language: str, job: dict, count: int, **options: bool) -> list:
        if "deadly" in job["source"]:
            raise pool._Died
        return lend(self, language, job, count, **options)

    monkeypatch.setattr(pool._Pool, "_lend", deadly)
    assert run(Program("javascript", "deadly;")).status == "crashed"
    monkeypatch.setattr(pool._Pool, "_lend", lambda *_, **options: (_ for _ in ()).throw(pool._Died()))
    assert run(Program("javascript", "1;")).status == "failed"


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        {},
        {"status": "failed", "value": None, "error": None, "steps": 0, "console": "", "cut": False},
        {"status": "great", "value": None, "error": None, "steps": 0, "console": "", "cut": False},
        {"status": "ok", "value": None, "error": None, "steps": 0, "console": 5, "cut": False},
        {"status": "ok", "value": None, "error": {"name": "x"}, "steps": 0, "console": "", "cut": False},
    ],
)
def test_a_reply_of_another_form_is_no_reply(reply: object) -> None:
    with pytest.raises(pool.HangUp):
        pool._result(reply)


def test_what_the_host_refuses() -> None:
    with pytest.raises(UnknownName, match="typescript"):
        run(Program("typoscript", ""))
    with pytest.raises(InvalidSetting, match="above 0"):
        run(Program("javascript", ""), limits=Limits(steps=0))
    with pytest.raises(InvalidSetting, match="JSON"):
        run(Program("javascript", ""), [Call("f", [object()])])


def test_a_machine_without_the_lock_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pool, "_BOOT", pool._BOOT.replace("importlib.import_module", "sys.modules['pyseccomp'] = None\nimportlib.import_module")
    )
    monkeypatch.setattr(pool, "_current", None)
    with pytest.raises(SandboxUnavailable, match="apt-get install libseccomp2"):
        run(Program("python", "print(1)"))


def test_comparison_knows_its_types() -> None:
    assert same({"a": [1, 2.0, None]}, {"a": [1.0, 2, None]}) and same(math.nan, math.nan) and same(0.3, 0.1 + 0.2)
    assert not any(
        same(*pair)
        for pair in (
            (1, True),
            (0, False),
            (1, "1"),
            ([], {}),
            (None, UNDEFINED),
            ([1], [1, 1]),
            ({"a": 1}, {"b": 1}),
            (10**20, 10**20 + 1),
        )
    )
