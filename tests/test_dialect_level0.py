"""CL-Dialect-v0, level 0: what one line earns, what is said about it, and what gives nothing away."""

from __future__ import annotations

import pickle

import pytest

from clgym.envs.dialect import lines
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.level0 import HABIT, PARTIAL, LineWorld
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.registry import make_world
from clgym.seeding import seed_of

WORLDS = [make_world("CL-Dialect-v0", level=0, world=index) for index in range(12)]
RULES = (Rule("print", ("say",)), Rule("terminator", ("!",)), Rule("let", ("make",)), Rule("plus", ("plus",)))
VELOX = LineWorld("Velox", RULES, seed_of("velox"))


def velox_query(javascript: str):
    """A query of the fixed world that asks for a given line."""
    query = VELOX.query("learn", 0)
    return type(query)("learn", 0, query.prompt, query.payload._replace(line=parse(JAVASCRIPT, javascript).body[0]))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_oracle_earns_everything_and_plain_javascript_next_to_nothing(world):
    for pool in world.pools:
        for index in range(0, world.pools[pool], 37):
            query = world.query(pool, index)
            assert world.grade(query, world.solve(query)).reward == 1.0
            if pool != "guard":
                assert world.grade(query, world.habit(query)).reward <= PARTIAL * HABIT + 1e-9


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_every_query_needs_at_least_two_of_the_four_rules(world):
    assert len(world.drawn) == 4
    for index in range(200):
        line = world.query("learn", index).payload.line
        assert sum(lines.applies(rule, line) for rule in world.drawn) >= 2


def test_learn_and_eval_are_large_and_share_nothing():
    world = WORLDS[0]
    assert world.pools["learn"] >= 2000 and world.pools["eval"] >= 300
    lines_of = {
        pool: {show(JAVASCRIPT, world.query(pool, i).payload.line) for i in range(world.pools[pool])} for pool in ("learn", "eval")
    }
    assert len(lines_of["learn"]) == world.pools["learn"] and len(lines_of["eval"]) == world.pools["eval"]
    assert not lines_of["learn"] & lines_of["eval"]


def test_each_rule_kept_earns_more():
    query = velox_query("console.log(total + 3);")
    ladder = ["console.log(total + 3);", "say(total + 3);", "say(total plus 3);", "say(total plus 3)!"]
    rewards = [VELOX.grade(query, answer).reward for answer in ladder]
    assert rewards == sorted(rewards) and len(set(rewards)) == 4
    assert rewards[0] == pytest.approx(0.075) and rewards[-2] < 0.8 and rewards[-1] == 1.0


def test_content_counts_and_closer_content_earns_more():
    query = velox_query("console.log(total + 3);")
    far, near, nearer = (
        VELOX.grade(query, answer).reward for answer in ("say(price)!", "say(price plus 4)!", "say(price plus 3)!")
    )
    assert far < near < nearer < 0.75


@pytest.mark.parametrize(
    "answer",
    [
        " say(total plus 3)! ",
        "```\nsay(total plus 3)!\n```",
        "```js\nsay(total plus 3)!\n```",
        "`say(total plus 3)!`",
        "say((total plus 3))!",
        "say( total  plus 3 ) !",
    ],
)
def test_harmless_dressing_is_forgiven(answer):
    assert VELOX.grade(velox_query("console.log(total + 3);"), answer).reward == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "say(total plus 3)! say(total plus 3)!",
        "The line is say(total plus 3)!",
        "say(total plus 3)!;",
        "say(total plus 3",
        "say total plus 3!",
    ],
)
def test_prose_repetition_and_rubble_are_not_answers(answer):
    grade = VELOX.grade(velox_query("console.log(total + 3);"), answer)
    assert grade.outcome == "malformed" and grade.reward == 0.0


def test_the_compiler_points_at_the_agents_own_word():
    grade = VELOX.grade(velox_query("let total = price + 3;"), "make total = price + 3!")
    assert "line 1, column 20" in grade.feedback.diagnosis and "`+`" in grade.feedback.diagnosis
    quoted, caret = grade.feedback.diagnosis.split("\n")[1:3]
    assert quoted[caret.index("^")] == "+"


@pytest.mark.parametrize("pool", ["learn", "transfer/read", "transfer/port"])
def test_verdict_and_diagnosis_never_give_the_answer_away(pool):
    draw = seed_of("leaks").draw()
    for world in WORLDS[:6]:
        for index in range(25):
            query = world.query(pool, index)
            right = world.solve(query)
            for answer in ("", world.habit(query), world.sample_answer(query, draw), right[:-2]):
                grade = world.grade(query, answer)
                if grade.outcome == "correct":  # guessed
                    continue
                feedback = grade.feedback
                if len(right) > 6 and right not in answer:
                    assert right not in feedback.verdict + feedback.diagnosis
                assert right in feedback.correction


def test_mistakes_are_told_in_several_ways():
    query = velox_query("console.log(total + 3);")
    said = {VELOX.grade(query, f"let total = {number};").feedback.diagnosis.split("\n")[0] for number in range(30)}
    assert len(said) >= 3


def test_typescript_may_carry_types_and_javascript_stays_javascript():
    port = next(q for i in range(300) if show(JAVASCRIPT, (q := VELOX.query("transfer/port", i)).payload.line).startswith("let "))
    assert VELOX.grade(port, VELOX.solve(port).replace(" = ", ": number = ", 1)).reward == 1.0
    guard = next(q for i in range(300) if VELOX.solve(q := VELOX.query("guard", i)).startswith("let "))
    for form in (VELOX.solve(guard), VELOX.solve(guard).replace("let ", "const ")):
        assert VELOX.grade(guard, form).reward == 1.0
    assert VELOX.grade(guard, VELOX.solve(guard).replace("let ", "")).reward < 0.75
    dialect = show(VELOX.grammar, guard.payload.line)
    assert VELOX.grade(guard, dialect).reward == 0.0


def test_drift_changes_a_rule_or_two_and_keeps_the_questions():
    for world in WORLDS:
        later = world.drifted(seed_of("drift"))
        assert sum(a != b for a, b in zip(world.drawn, later.drawn)) in (1, 2)
        assert later.query("learn", 5).prompt == world.query("learn", 5).prompt
        assert later.drifted(seed_of("drift")).drawn != later.drawn
        for index in range(20):
            query = later.query("learn", index)
            assert later.grade(query, later.solve(query)).reward == 1.0


def test_worlds_are_pure_and_can_be_pickled():
    world = WORLDS[3]
    twin = pickle.loads(pickle.dumps(make_world("CL-Dialect-v0", level=0, world=3)))
    for pool in world.pools:
        assert twin.query(pool, 11) == world.query(pool, 11)
        assert twin.grade(world.query(pool, 11), "say(1)!") == world.grade(world.query(pool, 11), "say(1)!")


def test_half_learned_dialects_are_all_read():
    for subset, grammar in lines.halfway("Velox", RULES):
        text = show(grammar, parse(JAVASCRIPT, "let total = price + 3;").body[0])
        assert lines.read_line(grammar, text) == parse(JAVASCRIPT, "let total = price + 3;"), subset


def test_one_line_is_one_statement():
    for text in ("", "say(1)! say(2)!", "  "):
        with pytest.raises(SourceError):
            lines.read_line(grammar_of("Velox", RULES), text)


def test_a_hill_climber_on_constant_answers_finds_nothing_that_pays():
    """Mutate one string for the highest mean reward over many queries: what a degenerate policy would converge to."""
    world, draw = WORLDS[1], seed_of("climber").draw()
    queries = [world.query("learn", index) for index in range(0, 480, 40)]
    words = [word for query in queries for word in world.solve(query).replace("(", " ( ").replace(")", " ) ").split()]

    def score(parts: list[str]) -> float:
        return sum(world.grade(query, " ".join(parts)).reward for query in queries) / len(queries)

    best = world.solve(queries[0]).replace("(", " ( ").replace(")", " ) ").split()
    reached = score(best)
    for _ in range(150):
        trial = list(best)
        place, word = draw.integer(0, len(trial) - 1), draw.choice(words)
        kind = draw.choice(("replace", "insert", "remove"))
        trial[place : place + (kind != "insert")] = [word] * (kind != "remove")
        if trial and (found := score(trial)) >= reached:
            best, reached = trial, found
    assert reached <= 0.4, (best, reached)
