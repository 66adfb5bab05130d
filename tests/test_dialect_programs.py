"""CL-Dialect-v0, levels 1 to 3: programs that are run, what they earn, and what is said about them."""

from __future__ import annotations

import os
import pickle
import re
from dataclasses import replace

import pytest

from clgym.core import Query
from clgym.envs.dialect import typecheck
from clgym.envs.dialect.compiler import Compiler, compile_source
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.programs import ProgramWorld, plain
from clgym.envs.dialect.rules import Rule
from clgym.envs.dialect.running import output
from clgym.envs.dialect.tasks import TASKS
from clgym.envs.dialect.translate import translate
from clgym.registry import make_world
from clgym.sandbox import Program
from clgym.seeding import seed_of

CELLS = [(level, index) for level in (1, 2, 3) for index in (0, 1)]
WORLDS = {cell: make_world("CL-Dialect-v0", level=cell[0], world=cell[1]) for cell in CELLS}
#: The second world of each level, and the level in the middle, are more of the same.
EACH = [
    pytest.param((level, index), id=f"level{level}-world{index}", marks=pytest.mark.slow if index or level == 2 else ())
    for level, index in CELLS
]
#: Of tests that render many references, those of level 3 are the slow ones.
FIRST = [
    param if param.id == "level1-world0" else pytest.param(*param.values, id=param.id, marks=pytest.mark.slow) for param in EACH
]
RULES = (
    Rule("print", ("say",)),
    Rule("function", ("fn",)),
    Rule("terminator", (";;",)),
    Rule("blocks", ("begin", "end")),
    Rule("one_based", ()),
    Rule("floor_division", ("per",)),
    Rule("immutable", ("vary",)),
    Rule("unless", ("unless",)),
)
VELOX = ProgramWorld("Velox", RULES, seed_of("velox"), 1)


def velox_query(name: str, pool: str = "learn") -> Query:
    """A query of the fixed world about the first variant of a task."""
    task = next(task for task in TASKS if task.name == name).variant(0, seed_of("case").draw())
    return Query(pool, 0, "prompt", task)


RUNNING = velox_query("resetting_totals")


@pytest.mark.parametrize("cell", EACH)
def test_the_oracle_solves_every_task(cell):
    world, draw = WORLDS[cell], seed_of("tasks", *cell).draw()
    for task in TASKS:
        if (len(task.functions) > 1) == (world.level == 3) and "snake" not in world.grammar.conventions:
            query = Query("learn", 0, "prompt", task.instance(draw))
            grade = world.grade(query, world.solve(query))
            assert grade.reward == 1.0, (task.name, world.solve(query), grade.feedback.diagnosis)


@pytest.mark.parametrize("cell", EACH)
def test_the_oracle_earns_everything_in_every_pool_and_habit_nothing(cell):
    world = WORLDS[cell]
    for pool in world.pools:
        for index in range(0, world.pools[pool], world.pools[pool] // 5):
            query = world.query(pool, index)
            assert world.grade(query, world.solve(query)).reward == 1.0, (query.prompt, world.solve(query))
            habit = world.grade(query, world.habit(query)).reward
            assert habit == (1.0 if pool == "guard" else 0.0), (query.prompt, world.habit(query))


@pytest.mark.parametrize("cell", EACH)
def test_the_dialect_fails_in_the_guard(cell):
    world = WORLDS[cell]
    for index in range(4):
        query = world.query("guard", index)
        assert world.grade(query, world.render(query.payload)).reward == 0.0


@pytest.mark.parametrize("cell", FIRST)
def test_pools_are_large_distinct_and_name_the_dialect(cell):
    world = WORLDS[cell]
    sizes = {"learn": (0, 2_000, 4_000, 10_000)[world.level], "eval": 300, "transfer/read": 300, "transfer/port": 300, "guard": 300}
    assert dict(world.pools) == sizes and next(iter(world.pools)) == "learn"
    step = 1 if world.level == 1 else 5
    queries = [world.query(pool, index) for pool in ("learn", "eval") for index in range(0, world.pools[pool], step)]
    assert len({query.prompt for query in queries}) == len(queries) and all(world.name in query.prompt for query in queries)


@pytest.mark.parametrize("cell", FIRST)
def test_eval_asks_for_templates_that_learn_never_shows(cell):
    world = WORLDS[cell]
    step = 1 if world.level == 1 else 3
    learned = {world.query("learn", index).payload.task for index in range(0, world.pools["learn"], step)}
    asked = {world.query("eval", index).payload.task for index in range(world.pools["eval"])}
    assert not learned & asked and len(learned) >= 150 and len(learned | asked) >= 200


@pytest.mark.parametrize("cell", FIRST)
def test_every_rule_matters_in_eval_and_is_shown_in_learn(cell):
    """Without a rule at least one in twenty references of ``eval`` would be written otherwise."""
    world = WORLDS[cell]
    for pool in ("eval", "learn"):
        tasks = [world.query(pool, index).payload for index in range(0, 300, 3)]
        for rule in world.drawn:
            without = replace(world, drawn=tuple(other for other in world.drawn if other != rule))
            changed = sum(world.render(task) != without.render(task) for task in tasks)
            assert changed >= 5, (rule, pool, changed)


@pytest.mark.parametrize("cell", FIRST)
def test_reading_is_never_as_in_javascript(cell):
    """Neither by plain JavaScript's meaning nor by a constant can what a program prints be told."""
    world = WORLDS[cell]
    queries = [world.query("transfer/read", index) for index in range(20)]
    answers = [world.solve(query) for query in queries]
    assert all(answers) and max(map(answers.count, answers)) <= 6
    plain = replace(world.grammar, semantics=frozenset(), joiner=" ")
    for query, answer in zip(queries, answers):
        if not any(f"{entry.name}" in query.payload.source for entry in world.library):
            tree = compile_source(world.grammar, query.payload.source)[0]
            assert output(Program("javascript", Compiler(plain).compile(tree).javascript, counted=True)).console.strip() != answer


@pytest.mark.parametrize("level", [1, 2, 3])
def test_drift_keeps_the_tasks_and_spoils_old_answers(level):
    world = WORLDS[level, 0]
    later = world.drifted(seed_of("drift"))
    assert later.drawn != world.drawn and later.rulebook() != world.rulebook() and len(later.drawn) == len(world.drawn)
    old = [later.grade(query := later.query("eval", i), world.solve(query)).reward for i in range(6)]
    new = [later.grade(query := later.query("eval", i), later.solve(query)).reward for i in range(6)]
    assert sum(old) < 6 and new == [1.0] * 6


def test_worlds_are_pure_and_can_be_pickled():
    world = WORLDS[2, 1]
    twin = pickle.loads(pickle.dumps(make_world("CL-Dialect-v0", level=2, world=1)))
    for pool in world.pools:
        query = world.query(pool, 7)
        assert twin.query(pool, 7) == query and twin.solve(query) == world.solve(query)
        assert twin.grade(query, "function f() {}") == world.grade(query, "function f() {}")


# -- one fixed world, written by hand

RIGHT = """
fn runningTotals(steps) begin
  const totals = [];;
  vary total = {start};;
  for (const step of steps) begin
    total += step;;
    if (total > {limit}) begin
      total = 0;;
    end
    totals.push(total);;
  end
  return totals;;
end
"""


def right(**changes: str) -> str:
    values = {"start": str(RUNNING.payload.constants["start"]), "limit": str(RUNNING.payload.constants["limit"]), **changes}
    text = RIGHT.replace("runningTotals", RUNNING.payload.functions[0].name)
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def test_a_program_written_by_hand_earns_everything():
    assert VELOX.grade(RUNNING, right()).reward == 1.0
    assert VELOX.grade(RUNNING, "```\n" + right() + "```").reward == 1.0


def test_more_cases_earn_more():
    worse = VELOX.grade(RUNNING, right(start="1000", limit="-1"))
    better = VELOX.grade(RUNNING, right(limit="17"))
    assert worse.reward <= better.reward < 0.75 and better.parts["cases"] >= worse.parts["cases"]


def test_the_first_failing_case_is_shown():
    said = VELOX.grade(RUNNING, right(limit="-1")).feedback.diagnosis
    assert RUNNING.payload.functions[0].name + "(" in said and "[" in said


def test_an_error_while_running_has_a_line_of_the_agents_program():
    said = VELOX.grade(RUNNING, right().replace("      total = 0", "      total = steps.part.more")).feedback.diagnosis
    assert "undefined" in said and "(line 7)" in said, said


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (right().replace("const totals", "let totals").replace("totals.push(total)", "totals = [total]"), "line 9, column 5: "),
        (right().removesuffix("end\n"), "line 1, column "),
        (right().replace("total += step;;", "total += step;"), "line 5, column 18: "),
        ("fn other() begin return 1;; end", RUNNING.payload.functions[0].name),
    ],
)
def test_mistakes_are_told_apart(answer, words):
    grade = VELOX.grade(RUNNING, answer)
    assert grade.reward == 0.0 and words in grade.feedback.diagnosis, grade.feedback.diagnosis
    assert VELOX.solve(RUNNING) in grade.feedback.correction and VELOX.solve(RUNNING) not in grade.feedback.diagnosis


@pytest.mark.parametrize(
    "body",
    [
        "while (true) begin end",
        "return NAME(steps);;",
        "const a = [];; while (true) begin a.push(a.concat(a));; end",
        "vary s = 'x';; while (true) begin s += s;; end",
        "throw new Error('no');;",
        "return steps.part.more;;",
        "return null.x;;",
        "const o = {};; o.o = o;; return o;;",
    ],
)
def test_programs_that_misbehave_are_graded_in_bounded_time(body):
    name = RUNNING.payload.functions[0].name
    grade = VELOX.grade(RUNNING, f"fn {name}(steps) begin {body.replace('NAME', name)} end")
    assert grade.outcome in ("wrong", "partial") and grade.reward < 0.1 and grade.feedback.diagnosis


def test_typescript_is_run_with_its_types():
    world = WORLDS[1, 0]
    query = world.query("transfer/port", 0)
    answer = world.solve(query)
    assert "[]): " in answer and world.grade(query, answer).reward == 1.0
    broken = world.grade(query, answer.replace("{", "{ ] ", 1))
    assert broken.outcome == "malformed" and broken.reward == 0.0


def test_arguments_that_must_stay_are_checked():
    keeping = [task for task in TASKS if task.keeps]
    assert keeping
    query = velox_query("rotate_left")
    name, source = query.payload.functions[0].name, VELOX.solve(query)
    spoiled = source.replace(
        f"fn {name}(queue) begin", f"fn {name}(queue) begin queue.push('z');; queue.pop();; queue.reverse();; queue.reverse();;"
    )
    assert spoiled != source and VELOX.grade(query, spoiled).reward == 1.0
    ruined = source.replace(
        f"fn {name}(queue) begin",
        "fn helper(queue, f) begin const r = f(queue);; queue.push('z');; return r;; end fn inner(queue) begin",
    )
    grade = VELOX.grade(query, ruined + f"\nfn {name}(queue) begin return helper(queue, inner);; end")
    assert grade.reward < 1.0 and "arguments" in grade.feedback.diagnosis


def test_rulebooks_say_every_rule():
    for world in WORLDS.values():
        assert world.rulebook().count("\n") > len(world.drawn) and all(rule.text in world.rulebook() for rule in world.drawn)


# -- the real TypeScript compiler, where it is installed

typed = pytest.mark.skipif(
    not os.environ.get("CLGYM_TYPESCRIPT"), reason="CLGYM_TYPESCRIPT names no folder with the TypeScript compiler"
)


@typed
def test_references_in_typescript_pass_its_strict_compiler_and_plain_javascript_does_not():
    world = WORLDS[1, 0]
    for index in range(0, 300, 60):
        query = world.query("transfer/port", index)
        assert world.grade(query, world.solve(query)).reward == 1.0
        untyped = world.grade(query, plain(query.payload.source))
        assert untyped.reward == 0.75 and "implicitly" in untyped.feedback.diagnosis


@typed
def test_wrong_types_are_told():
    world = WORLDS[1, 0]
    query = world.query("transfer/port", 1)
    kind = "number[]" if "number[]" in world.solve(query) else "string[]"
    wrong = world.grade(query, world.solve(query).replace(f": {kind}", ": boolean", 1))
    assert wrong.reward == 0.75 and "TS" in wrong.feedback.diagnosis


def test_without_the_compiler_it_is_said_once(monkeypatch):
    monkeypatch.setenv("PATH", "")
    typecheck.compiler.cache_clear()
    with pytest.warns(RuntimeWarning, match="npm install typescript"):
        assert typecheck.Checker().check("let x: string = 1;") is None
    typecheck.compiler.cache_clear()


# -- right in another way, and what is not right


def test_another_style_is_right():
    name, values = RUNNING.payload.functions[0].name, RUNNING.payload.constants
    arrow = (
        f"const {name} = (steps) => begin vary t = {values['start']};; "
        f"return steps.map((s) => begin t = t + s;; t = t > {values['limit']} ? 0 : t;; return t;; end);; end;;"
    )
    classy = (
        f"class Counter begin static count(steps) begin vary t = {values['start']};; const all = [];; "
        f"for (const [, s] of steps.entries()) begin t += s;; unless (t <= {values['limit']}) begin t = 0;; end all.push(t);; end "
        f"return [...all];; end end fn {name}(steps) begin return Counter.count(steps);; end"
    )
    for answer in (arrow, classy):
        grade = VELOX.grade(RUNNING, answer)
        assert grade.reward == 1.0, grade.feedback.diagnosis


@pytest.mark.parametrize("level", [1, 3])
def test_special_cases_printed_results_and_changed_arguments_are_graded_as_what_they_are(level):
    world = WORLDS[level, 0]
    query = next(q for q in (world.query("learn", index) for index in range(50)) if not q.payload.prints)
    right, task = plain(query.payload.source), query.payload
    name, parameter = task.functions[0].name, task.functions[0].parameters[0].name
    by_hand = f"function {name}({parameter}) {{ if ({parameter}.length === 0) {{ return []; }} return 0; }}"
    mutating = right.replace(f"({parameter}) {{", f"({parameter}) {{ {parameter}.push({parameter}.shift());", 1)
    printing = re.sub(r"return (.+);", r"console.log(\1);", right)
    for wrong in (by_hand, printing, mutating):
        grade = replace(world, drawn=()).grade(query, _library_names(world, wrong))
        assert grade.reward < 1.0 and grade.outcome in ("partial", "wrong"), (wrong, grade.feedback.diagnosis)


def _library_names(world, source):
    """A plain program with the functions of the library under the names that they have in a world."""
    grammar = replace(JAVASCRIPT, library=world.library)
    return show(grammar, translate(grammar, parse(JAVASCRIPT, source)))
