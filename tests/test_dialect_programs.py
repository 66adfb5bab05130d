"""CL-Dialect-v0, levels 1 to 3: programs that are run, what they earn, and what is said about them."""

from __future__ import annotations

import pickle

import pytest

from clgym.core import Query
from clgym.envs.dialect.programs import ProgramWorld
from clgym.envs.dialect.rules import Rule
from clgym.envs.dialect.tasks import TASKS
from clgym.registry import make_world
from clgym.seeding import seed_of

CELLS = [(level, index) for level in (1, 2, 3) for index in (0, 1)]
WORLDS = {cell: make_world("CL-Dialect-v0", level=cell[0], world=cell[1]) for cell in CELLS}
#: The second world of each level, and the level in the middle, are more of the same.
EACH = [
    pytest.param((level, index), id=f"level{level}-world{index}", marks=pytest.mark.slow if index or level == 2 else ())
    for level, index in CELLS
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
        if (len(task.functions) > 1) == (world.level == 3):
            instance = task.instance(draw)
            for pool in ("learn", "transfer/port"):
                query = Query(pool, 0, "prompt", instance)
                if pool == "learn" and "snake" in world.grammar.conventions:
                    continue  # names in the template's own spelling break the convention
                grade = world.grade(query, world.solve(query))
                assert grade.reward == 1.0, (task.name, pool, world.solve(query), grade.feedback.diagnosis)


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


@pytest.mark.parametrize("cell", EACH)
def test_pools_are_large_and_prompts_name_the_dialect(cell):
    world = WORLDS[cell]
    assert world.pools["learn"] >= 2000 and world.pools["eval"] >= 300
    sources = [
        (q.payload.prompt, q.payload.source)
        for pool in ("learn", "eval")
        for i in range(world.pools[pool])
        if world.name in (q := world.query(pool, i)).prompt
    ]
    assert len(set(sources)) == world.pools["learn"] + world.pools["eval"]
    programs = {
        pool: {world.query(pool, i).payload.source for i in range(world.pools[pool])} for pool in ("learn", "eval", "transfer/port")
    }
    assert not programs["eval"] & (programs["learn"] | programs["transfer/port"])
    assert len(programs["eval"]) == world.pools["eval"] and len(programs["transfer/port"]) == world.pools["transfer/port"]


@pytest.mark.parametrize("cell", EACH)
def test_reading_is_about_the_rules(cell):
    """Most programs print something else than plain JavaScript would; and no constant pays."""
    world = WORLDS[cell]
    answers = [world.solve(world.query("transfer/read", index)) for index in range(20)]
    assert all(answers) and max(map(answers.count, answers)) <= 6


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
    query = velox_query("resetting_totals", "transfer/port")
    answer = VELOX.solve(query)
    assert ": number[]" in answer and VELOX.grade(query, answer).reward == 1.0
    broken = VELOX.grade(query, answer.replace("{", "{ ] ", 1))
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
