"""The probes of JavaScript, TypeScript and Python: items are right, solvable and not to be had for nothing."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest

from clgym.core import Query, World
from clgym.registry import make_world
from clgym.sandbox import Program, run
from clgym.seeding import seed_of

LANGUAGES = {"javascript": "JavaScript", "typescript": "TypeScript", "python": "Python"}


def world_of(language: str, level: int = 0, world: int = 0) -> World:
    return make_world(f"Probe-{LANGUAGES[language]}-v0", level=level, world=world)


@pytest.fixture(params=[(language, level) for language in LANGUAGES for level in (0, 1)], ids=lambda pair: f"{pair[0]}-{pair[1]}")
def world(request: pytest.FixtureRequest) -> World:
    return world_of(*request.param)


def queries(world: World) -> list[Query]:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def asked(world: World, words: str) -> Query:
    """The first query whose prompt has these words."""
    return next(query for query in queries(world) if words in query.prompt)


def is_reading(query: Query) -> bool:
    return query.prompt.startswith("What does this")


def test_there_are_enough_items_and_none_twice(world: World) -> None:
    prompts = [query.prompt for query in queries(world)]
    assert len(set(prompts)) == len(prompts) >= 60
    assert max(map(len, prompts)) < 700


def test_the_oracle_is_always_right(world: World) -> None:
    wrong = [query.prompt for query in queries(world) if world.grade(query, world.solve(query)).reward != 1]
    assert not wrong


def test_what_programs_print_is_what_the_items_say(world: World) -> None:
    language = world.name.split("-")[1].lower()
    for query in filter(is_reading, queries(world)):
        source = query.prompt.split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
        assert run(Program(language, source)).results[0].console == world.solve(query), source


def test_nothing_is_to_be_had_for_nothing(world: World) -> None:
    asked_here = queries(world)[::3]
    common = [answer for answer, _ in Counter(world.solve(query) for query in asked_here).most_common(2)]
    for answer in ("", "0", "return 1;", "\0", "\u202e🙂", *common):
        mean = sum(world.grade(query, answer).reward for query in asked_here) / len(asked_here)
        assert mean <= world.floor("eval"), answer
    for say in (
        lambda query: query.prompt,
        world.habit,
        lambda query: world.sample_answer(query, seed_of("random", query.id).draw()),
    ):
        assert sum(world.grade(query, say(query)).reward for query in asked_here) / len(asked_here) <= world.floor("eval")


@pytest.mark.parametrize("language", LANGUAGES)
def test_worlds_differ_repeat_and_travel(language: str) -> None:
    first, again, other = world_of(language), world_of(language), world_of(language, world=1)
    assert [query.prompt for query in queries(first)] == [query.prompt for query in queries(again)]
    assert {query.prompt for query in queries(first)} != {query.prompt for query in queries(other)}
    copy = pickle.loads(pickle.dumps(first))
    query = copy.query("eval", 0)
    assert copy.grade(query, copy.solve(query)).reward == 1


@pytest.mark.parametrize(
    ("language", "expression"),
    [("javascript", "WORD.toUpperCase()"), ("typescript", "(WORD as string).toUpperCase();"), ("python", "WORD.upper()")],
)
def test_an_expression_may_wear_a_fence(language: str, expression: str) -> None:
    world = world_of(language)
    query = asked(world, "in upper case")
    code = expression.replace("WORD", query.prompt.split("`")[1])
    assert world.grade(query, f"```{language}\n{code}\n```").reward == world.grade(query, code).reward == 1
    assert world.grade(query, f"The expression is {code}").reward == 0
    assert world.grade(query, f"{code}\n{code} #").reward == 0


def test_a_function_in_another_style_is_as_good() -> None:
    world = world_of("javascript")
    query = asked(world, "plus")
    task = query.payload.payload
    if not task.expression:
        k = query.prompt.rsplit("plus ", 1)[1].split(".")[0]
        assert (
            world.grade(
                query, f"const {task.name} = (value) => {{ let r = value; for (let i = 0; i < {k}; i++) r++; return r; }};"
            ).reward
            == 1
        )


def test_typescript_without_types_is_half_right() -> None:
    world = world_of("typescript")
    query = next(query for query in queries(world) if query.payload.payload and not query.payload.payload.expression)
    solution = world.solve(query)
    bare = solution.replace(
        solution[: solution.index("{")],
        f"function {query.payload.payload.name}({', '.join(name for name, _ in query.payload.payload.parameters)}) ",
    )
    grade = world.grade(query, bare)
    assert (grade.reward, grade.outcome) == (0.5, "partial") and "type" in grade.feedback.diagnosis


@pytest.mark.parametrize(
    ("language", "programs"),
    [
        (
            "javascript",
            {
                "return n +;": ("malformed", "line 2"),
                "while (true) {}": ("wrong", "increase"),
                "throw new TypeError('no');": ("wrong", "TypeError: no"),
                "return n;": ("wrong", "xpected"),
            },
        ),
        (
            "python",
            {
                "return n +": ("malformed", "line 2"),
                "while True: pass": ("wrong", "increase"),
                "raise TypeError('no')": ("wrong", "TypeError: no"),
                "return n": ("wrong", "xpected"),
            },
        ),
    ],
)
def test_feedback_says_what_went_wrong_and_where(language: str, programs: dict[str, tuple[str, str]]) -> None:
    from clgym.envs.probes import code, code_tasks

    family = {"javascript": code.JavaScript, "python": code.Python}[language]()
    task = next(task for task in (code_tasks._add_fixed(seed_of(n).draw()) for n in range(99)) if task.name == "increase")
    item = family._task_item(lambda draw: task, seed_of(0).draw())
    for body, (outcome, words) in programs.items():
        source = f"function increase(n) {{\n{body}\n}}" if language == "javascript" else f"def increase(n):\n    {body}"
        grade = family.judge(item, source, seed_of(source).draw())
        assert (grade.outcome, grade.reward) == (outcome, 0)
        assert words in grade.feedback.diagnosis or "should be" in grade.feedback.diagnosis, grade.feedback
        assert item.answer not in grade.feedback.diagnosis and item.answer in grade.feedback.correction


@pytest.mark.parametrize(
    "answer", ["x" * 100_000, "\0", "\u202e\u2066", "🙂" * 500, "```", "``````", "while (true) {}", "((((" * 5000]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_text_is_graded(language: str, answer: str) -> None:
    world = world_of(language)
    for words in ("What does this", "expression", "function"):
        grade = world.grade(asked(world, words), answer)
        assert grade.reward == 0 and grade.feedback.diagnosis


def test_a_library_of_every_answer_is_no_answer(world: World) -> None:
    library = {
        query.prompt.partition("`")[2].partition("(")[0]: world.solve(query) for query in queries(world) if "`" in query.prompt
    }
    everything = "\n".join(library.values())
    assert len(library) > 10
    assert not any(world.grade(query, everything).reward for query in queries(world))
    assert "others" in world.grade(asked(world, "function `"), everything).feedback.diagnosis


def test_helpers_and_an_example_are_welcome() -> None:
    world = world_of("python", 1)
    query = asked(world, "function `")
    name = query.prompt.partition("`")[2].partition("(")[0]
    helped = world.solve(query).replace(f"def {name}(", "def helper(") + f"\ndef {name}(*given):\n    return helper(*given)\n"
    example = "def main():\n    print('an example')\nif __name__ == '__main__':\n    main()\n"
    assert world.grade(query, helped + example).reward == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_to_finish_takes_its_end_or_the_whole_of_it(language: str) -> None:
    world = world_of(language)
    finished = [query for query in queries(world) if query.payload.payload is None and not is_reading(query)]
    assert len(finished) >= 40
    for query in finished:
        end, whole = world.solve(query), next(said for said in query.payload.accepted if " is " in said)
        assert whole.endswith(end) and whole.removesuffix(end).strip() in query.prompt
        for right in (
            end,
            f"`{end}`",
            whole,
            f"{whole}.",
            whole.removesuffix(end) + f"`{end}`.",
            whole.removesuffix(end) + f'"{end}."',
        ):
            assert world.grade(query, right).reward == 1, right
        for wrong in (
            f"It is {end}",
            f"{whole} {end}",
            f"{whole}\n{end}",
            f"{whole} or not",
            whole.removesuffix(end),
            f"{end} {end}",
        ):
            assert world.grade(query, wrong).reward == 0, wrong


def test_lines_print_what_the_sentences_say() -> None:
    for language in ("javascript", "python"):
        for query in queries(world_of(language)):
            shown = query.payload.accepted[0].partition("The output of ")[2].partition(" is ")[0] if query.payload.accepted else ""
            if shown:
                assert run(Program(language, shown)).results[0].console == query.payload.answer
