"""What CL-Dialect's prompts and compilers say is read back, and its ideal learner learns from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clgym.envs.dialect import feedback as say
from clgym.envs.dialect.compiler import compile_source
from clgym.envs.dialect.features import may_show, touched
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.hints import meant
from clgym.envs.dialect.inference import collect
from clgym.envs.dialect.learner import DialectLearner
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import by_concept, catalogue, draw_library
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.programs import plain, signatures
from clgym.envs.dialect.reading import Remark, read_feedback, understand
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.envs.dialect.tasks.chains import NOTES, templates
from clgym.envs.dialect.translate import translate
from clgym.envs.dialect.typescript import parse_typescript
from clgym.learning import Seen
from clgym.registry import make_world
from clgym.seeding import Draw, seed_of
from clgym.text.phrases import Phrasing

WORLDS = [make_world("CL-Dialect-v0", level=level, world=3) for level in range(4)]


def without_note(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if line.removeprefix("// ") not in NOTES)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"level{world.level}")
def test_prompts_are_read_back(world):
    for pool in world.pools:
        for index in range(0, world.pools[pool], world.pools[pool] // 12):
            query = world.query(pool, index)
            asked = understand(query.prompt)
            assert asked.dialect == world.name and asked.pool == ("write" if pool in ("learn", "eval") else pool)
            if asked.task:
                task = query.payload
                assert plain(asked.task.source) == plain(without_note(task.source))
                assert (asked.task.functions, asked.task.concepts) == (task.functions, task.concepts)


@pytest.mark.parametrize("kind", say.COMPILER)
def test_every_complaint_is_read_back_in_every_phrasing(kind):
    grammar = grammar_of("Velox", [Rule("let", ("make",))])
    error = SourceError(kind, 4, text="let", where="a value", given="2", word="make", takes="1", pipe="|>")
    seen = {say.compiler_error(Phrasing("x", str(turn)), grammar, "f(); let x", error) for turn in range(24)}
    remarks = {read_feedback(f"Score: 0.00 of 1. It can't be compiled. {text}") for text in seen}
    assert {(remark.kind, remark.line, remark.column) for remark in remarks} == {(kind, 1, 5)}
    assert len({remark.meant for remark in remarks}) == 1


def test_habits_and_functions_are_read_back():
    entry = draw_library(1, seed_of("library").draw())[0]
    for turn in range(12):
        phrasing = Phrasing("x", str(turn))
        text = f"Passing: 3 of 9. {say.habit(phrasing, JAVASCRIPT, 3, 'sort')}{say.see_also(phrasing, [entry])}"
        remark = read_feedback(text)
        english = catalogue()[entry.concept].english.format(x="list", k="count")
        assert (remark.habit, remark.told) == ("sort", ((entry.signature, english),))


def test_praise_is_read_back():
    assert all(read_feedback(f"Score: 1.00 of 1. {text}").correct for text in say.RIGHT)
    assert read_feedback("Score: 0.00 of 1. That is not right.") == Remark()


@pytest.mark.parametrize("world", WORLDS[1:], ids=lambda world: f"level{world.level}")
def test_what_a_program_shows_is_what_rendering_changes(world):
    """The features by which rules are drawn are those in which references differ without them."""
    for index in range(0, 60, 6):
        task = world.query("learn", index).payload
        tree = parse_typescript(task.source)
        shown = may_show(touched(tree, collect(tree, signatures(task))))
        right = world.render(task)
        for rule in world.drawn:
            without = replace(world, drawn=tuple(other for other in world.drawn if other != rule))
            if without.render(task) != right:
                assert rule.kind in shown, (rule, task.source)


def stream(world, learner, steps, rung):
    """Exchanges of a stream: what the learner is shown at a rung."""
    for index in Draw(7).sample(range(world.pools["learn"]), steps):
        query = world.query("learn", index)
        messages = ({"role": "user", "content": query.prompt},)
        answer = learner.reply(messages, ())
        grade = world.grade(query, answer)
        right = world.solve(query) if rung == "correction" else ""
        learner._take(Seen(messages, answer, grade.reward, grade.feedback.at(rung, grade.reward), right, (), 0, True))


def accuracy(world, learner, count=16):
    learner.frozen = True
    queries = [world.query("eval", index) for index in range(0, world.pools["eval"], world.pools["eval"] // count)]
    return sum(world.grade(q, learner.reply(({"role": "user", "content": q.prompt},), ())).reward == 1.0 for q in queries) / len(
        queries
    )


@pytest.mark.parametrize("rung", ["diagnosis", "correction"])
def test_level_0_is_learned(rung):
    learner = DialectLearner(0)
    stream(WORLDS[0], learner, 60, rung)
    assert accuracy(WORLDS[0], learner) >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("rung", ["diagnosis", "correction"])
def test_level_1_is_learned(rung):
    learner = DialectLearner(1)
    stream(WORLDS[1], learner, 120, rung)
    assert accuracy(WORLDS[1], learner) >= 0.9


def test_nothing_is_known_from_prompts_alone():
    learner = DialectLearner(1)
    for index in range(40):
        messages = ({"role": "user", "content": WORLDS[1].query("learn", index).prompt},)
        learner._take(Seen(messages, learner.reply(messages, ()), None, "", "", (), 0, True))
    assert accuracy(WORLDS[1], learner, 6) == 0.0


# -- the catalogue of functions and the templates


def test_the_library_is_large_and_its_functions_differ():
    assert len(catalogue()) >= 400 and len({concept.english for concept in catalogue().values()}) == len(catalogue())
    for level, size in enumerate((0, 12, 80, 400)):
        library = draw_library(level, seed_of("library", level).draw())
        assert len(library) == len({entry.name for entry in library}) == len(by_concept(library)) == size
    assert all(len(templates(level)) >= 200 for level in (1, 2, 3))


def test_a_function_that_is_called_by_what_it_does_is_named():
    world = WORLDS[1]
    entry = world.library[0]
    bare = replace(world.grammar, library=())
    text = show(bare, translate(bare, parse(JAVASCRIPT, f"const found = {entry.concept}([]);")))
    with pytest.raises(SourceError) as caught:
        compile_source(world.grammar, text)
    assert caught.value.kind == "unknown name"
    assert meant(world.grammar, text, caught.value) == entry.signature
