"""Grid machines as an agent meets them: operations, pools, grades, feedback, drift, siblings; nothing is earned for nothing."""

from __future__ import annotations

import functools
import itertools
import pickle

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.grid import feedback, prompts
from clgym.envs.grid.catalogue import CATALOGUE, COLOURS, GRID_KINDS, LOOKS, Colour, Grid, Lines, Move, Pair, Recolouring, moves_of
from clgym.envs.grid.judge import PARTIAL, grade
from clgym.envs.grid.machine import PROFILES, Operation, run
from clgym.envs.grid.signs import LETTERS, Unreadable, read, written
from clgym.envs.grid.tasks import Payload
from clgym.envs.grid.world import GridWorld
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = [0, 1, 2, 3]
POOLS = ("learn", "eval", "transfer/symbols", "transfer/size", "guard")
RED, BLUE, GREEN = range(3)


@functools.cache
def world_of(level: int, index: int = 0) -> GridWorld:
    return make_world("CL-Grid-v0", level=level, world=index)


def sampled(world: GridWorld, pool: str, count: int):
    size = world.pools[pool]
    return [world.query(pool, index) for index in seed_of("sample", pool).draw().sample(range(size), min(count, size))]


def mean(values) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def grid(text: str) -> Grid:
    """A grid from rows such as "RBG GGR"."""
    return read("\n".join(text.split()), LETTERS)


def packed(made: Grid) -> str:
    return " ".join("".join(LETTERS[cell] for cell in row) for row in made.rows())


# The catalogue

NEXT = Recolouring((1, 2, 3, 4, 5, 0))
WORKED = [
    ("turn", "RBG YYB", ("left and right change places",), "GBR BYY"),
    ("turn", "RBG YYB", ("top and bottom change places",), "YYB RBG"),
    ("turn", "RBG YYB", ("it stands on its head",), "BYY GBR"),
    ("roll", "RBGY", ("right", 1), "YRBG"),
    ("roll", "RBGY", ("left", 2), "GYRB"),
    ("roll", "R B G", ("up", 1), "B G R"),
    ("roll", "R B G", ("down", 1), "G R B"),
    ("push", "RBG RBG RBG", (Lines("second", "row"), "left"), "RBG BGR RBG"),
    ("push", "RBG RBG YYY", (Lines("last", "column"), "down"), "RBY RBG YYG"),
    ("push", "RBG RBG RBG", (Lines("odd", "row"), "right"), "GRB RBG GRB"),
    ("reverse", "RBG RBG RBG", (Lines("even", "row"),), "RBG GBR RBG"),
    ("reverse", "RB GY OO", (Lines("first", "column"),), "OB GY RO"),
    ("swap", "R B G Y", ("the second and the last", "row"), "R Y G B"),
    ("swap", "RBGY", ("the first and the second", "column"), "BRGY"),
    ("swap", "RBGY", ("the last two", "column"), "RBYG"),
    ("swap", "RBGY", ("the first and the last", "column"), "YBGR"),
    ("ring", "RBG YOP GGG", ("clockwise", 1), "YRB GOG GGP"),
    ("ring", "RBG YOP GGG", ("anticlockwise", 1), "BGP ROG YGG"),
    ("gather", "GRYB", (Pair(RED, BLUE), "left"), "RBGY"),
    ("gather", "GRYB", (Pair(RED, BLUE), "right"), "GYRB"),
    ("gather", "G R Y", (Pair(RED, BLUE), "upper"), "R G Y"),
    ("gather", "R G Y", (Pair(RED, BLUE), "lower"), "G Y R"),
    ("cycle", "RBG", (NEXT,), "BGY"),
    ("trade", "RBG", (Recolouring((1, 0, 3, 2, 5, 4)),), "BRY"),
    ("absorb", "RBYO", (Pair(RED, BLUE), Colour(GREEN)), "GGYO"),
    ("paint", "RB RB RB", (Lines("odd", "row"), Colour(GREEN)), "GG RB GG"),
    ("mark", "RBR BBB RBR", ("the four corners", Colour(GREEN)), "GBG BBB GBG"),
    ("mark", "RRR RRR", ("the diagonal that begins top left", Colour(GREEN)), "GRR RGR"),
    ("beside", "RYBY", (Pair(RED, BLUE), "to the left", Colour(GREEN)), "RGBG"),
    ("beside", "YRYB", (Pair(RED, BLUE), "to the right", Colour(GREEN)), "GRGB"),
    ("beside", "R Y Y", (Pair(RED, BLUE), "above", Colour(GREEN)), "R G Y"),
    ("beside", "Y Y R", (Pair(RED, BLUE), "below", Colour(GREEN)), "Y G R"),
    ("copy", "RB GY", ("the first row onto the last",), "RB RB"),
    ("copy", "RB GY", ("the second column onto the first",), "BB YY"),
    ("fold", "RBGY", ("left",), "RBBR"),
    ("fold", "RBGYO", ("right",), "OYGYO"),
    ("fold", "R B G", ("upper",), "R B R"),
    ("choosy", "RYG YYG", (Pair(RED, BLUE), "row", "reads from behind"), "GYR YYG"),
    ("choosy", "RYG YYG", (Pair(RED, BLUE), "row", "rolls one place forward"), "GRY YYG"),
    ("choosy", "RY YY GO", (Pair(RED, BLUE), "column", "rolls one place back"), "YY GY RO"),
    ("recast", "RBG", (NEXT, "moves the first cell to the end"), "GYB"),
    ("recast", "RBGY", (NEXT, "swaps the last two cells"), "BGPY"),
]


@pytest.mark.parametrize(("kind", "before", "arguments", "made"), WORKED, ids=lambda value: str(value)[:24])
def test_moves_do_what_their_english_says(kind, before, arguments, made):
    move = Move(kind, arguments)
    assert packed(move.apply(grid(before))) == made and move in moves_of(kind)
    assert "{" not in move.text and all(hint and hint != move.text for hint in move.hints)


def test_every_kind_was_worked_by_hand_and_there_are_many_moves():
    assert {row[0] for row in WORKED} == set(CATALOGUE)
    assert sum(len(moves_of(kind)) for kind in GRID_KINDS) >= 700 and len(GRID_KINDS) >= 15


def drawn_grid(number: int, height: int, width: int) -> Grid:
    draw = seed_of("any grid", number, height, width).draw()
    return Grid(width, tuple(draw.integer(0, len(COLOURS) - 1) for _ in range(height * width)))


@pytest.mark.parametrize("level", [0, 1])
def test_what_learn_shows_tells_all_moves_apart(level):
    grids = [drawn_grid(number, *size) for size in PROFILES[level].sizes for number in range(24)]
    moves = [move for kind in PROFILES[level].kinds for move in moves_of(kind)]
    assert len({tuple(move.apply(each) for each in grids) for move in moves}) == len(moves)


def halves_swapped(row):
    half = len(row) // 2
    return row[len(row) - half :] + row[half : len(row) - half] + row[:half]


RIVALS = {
    "halves swapped": halves_swapped,
    "rolled by two": lambda row: row[2:] + row[:2],
    "cells 1 and 4 swapped": lambda row: [row[3], *row[1:3], row[0], *row[4:]] if len(row) > 3 else row,
    "cells 3 and 4 swapped": lambda row: [*row[:2], row[3], row[2], *row[4:]] if len(row) > 3 else row,
    "middle two swapped": lambda row: [
        *row[: len(row) // 2 - 1],
        *row[len(row) // 2 - 1 : len(row) // 2 + 1][::-1],
        *row[len(row) // 2 + 1 :],
    ],
    "rolled by all but two": lambda row: row[-2:] + row[:-2],
}


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_a_rival_that_fits_all_rows_of_learn_fits_the_longer_ones_too(rival):
    """On rows of four alone "rolled by two" is "halves swapped"; rows of several lengths tell them apart."""
    moves = {order: Move("recast", (Recolouring(tuple(range(6))), order)) for _, order in CATALOGUE["recast"].members[:8]}
    assert len(moves) == 8

    def fits(move, sizes):
        return all(
            list(move.apply(Grid(w, tuple(range(w)[:6]) + (0,) * (w - 6))).cells) == rival([*range(w)[:6], *[0] * (w - 6)])
            for _, w in sizes
        )

    for move in moves.values():
        assert fits(move, PROFILES[0].larger) or not fits(move, PROFILES[0].sizes)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GRID_KINDS), st.integers(2, 7), st.integers(2, 7), st.integers(0, 10**9))
def test_moves_take_any_grid_and_keep_its_size(kind, height, width, number):
    before = drawn_grid(number, height, width)
    made = moves_of(kind)[number % len(moves_of(kind))].apply(before)
    assert made.width == width and made.height == height and set(made.cells) <= set(range(6))


def test_looks_see_what_they_are_called():
    before = grid("RBG YYO")
    assert {look: COLOURS[see(before.cells, before.width)] for look, see in LOOKS.items()} == {
        "the top left corner": "red",
        "the top right corner": "green",
        "the bottom left corner": "yellow",
        "the bottom right corner": "orange",
        "the second cell of the first row": "blue",
        "the commonest colour (of equals, the one that comes first)": "yellow",
    }


MIRROR = Move("turn", ("left and right change places",))
FLIP = Move("turn", ("top and bottom change places",))
ZUG = Operation("zug", (MIRROR, FLIP), "the top left corner", (RED,))
MIP = Operation("mip", (Move("cycle", (NEXT,)),), rank=1)


def test_operations_go_by_what_they_see_in_what_they_get():
    assert packed(run([ZUG], grid("RB GY"))[-1].made) == "GY RB"
    assert packed(run([ZUG], grid("BR GY"))[-1].made) == "RB YG"
    # Behind mip the corner is blue, so zug does what it usually does.
    assert packed(run([MIP, ZUG], grid("RB GY"))[-1].made) == "GB PY"
    assert ZUG.text() == (
        "zug turns the whole grid so that left and right change places. It goes by the top left corner: "
        "if that is red, it turns the whole grid so that top and bottom change places"
    )


def test_phrasings_are_many():
    for bank in (prompts.PASS, prompts.SYMBOLS, prompts.GUARD):
        assert len(set(bank)) >= 8
    banks = [value for value in vars(feedback).values() if isinstance(value, tuple)]
    assert len(banks) > 15 and all(len(set(bank)) >= 3 for bank in banks)


# Worlds


@pytest.mark.parametrize("level", LEVELS)
def test_worlds_share_few_rules_and_have_as_many_operations_as_promised(level):
    worlds = [world_of(level, index) for index in range(4)]
    for one, other in itertools.combinations([world.rules() for world in worlds], 2):
        assert level == 0 or len(one & other) / min(len(one), len(other)) < 0.1
    for world in worlds:
        assert len({operation.name for operation in world.operations}) == (1, 8, 40, 150)[level]
        assert all(len(set(each.moves)) == len(each.moves) == len(each.exceptions) + 1 for each in world.operations)


@pytest.mark.parametrize("level", LEVELS)
def test_prompts_hang_on_nothing_that_is_hidden(level):
    """Another machine of the same name and seed, all of whose operations do something else, asks the same."""
    world = world_of(level)
    other = world.sibling(seed_of("other"))
    strangers = tuple(
        theirs.__class__(own.name, theirs.moves, theirs.look, theirs.exceptions, own.rank)
        for own, theirs in zip(world.operations, world_of(level, 1).operations)
    )
    twin = GridWorld(world.seed, level, world.name, strangers)
    assert other.name != world.name and twin.rulebook() != world.rulebook()
    for pool in ("learn", "eval", "transfer/symbols", "transfer/size"):
        assert all(query.prompt == twin.query(pool, query.index).prompt for query in sampled(world, pool, 40))


@pytest.mark.parametrize("level", LEVELS)
def test_pools_are_as_large_as_promised(level):
    world = world_of(level)
    assert tuple(world.pools) == POOLS and world.pools["eval"] == 320
    assert world.pools["learn"] == (1360, 2400, 2400, 10_000)[level]
    inputs = {pool: {query.payload.grid for query in sampled(world, pool, 300)} for pool in ("learn", "eval")}
    assert not inputs["learn"] & inputs["eval"]
    for pool in POOLS:
        asked = [query.prompt for query in sampled(world, pool, 320)]
        assert len(set(asked)) == len(asked) and all(world.name in prompt for prompt in asked)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_eval_composes_what_learn_shows_apart(level):
    world = world_of(level)

    def pairs(query):
        names = [operation.name for operation in query.payload.operations]
        return set(zip(names, names[1:]))

    learned = set().union(*(pairs(world.query("learn", index)) for index in range(world.pools["learn"])))
    assert all(pairs(world.query("eval", index)) - learned for index in range(320))
    lengths = {len(query.payload.operations) for query in sampled(world, "learn", 300)}
    assert lengths == set(range(1, len(PROFILES[level].lengths) + 1))
    shown = {
        operation.name for index in range(world.pools["learn"]) for operation in world.query("learn", index).payload.operations
    }
    assert shown == {operation.name for operation in world.operations}


@pytest.mark.parametrize("level", [1, 2, 3])
def test_operations_are_met_like_1_by_rank(level):
    world = world_of(level)
    ranks = [operation.rank for index in range(2000) for operation in world.query("learn", index).payload.operations]
    expected = 1 / sum(1 / rank for rank in range(1, len(world.operations) + 1))
    assert ranks.count(0) / len(ranks) == pytest.approx(expected, rel=0.25)
    assert ranks.count(3) / len(ranks) == pytest.approx(expected / 4, rel=0.35)


def test_a_sibling_at_level_0_keeps_the_colours_or_the_order():
    world = world_of(0)
    ((colours, order),) = [operation.moves[0].arguments for operation in world.operations]
    kept = set()
    for number in range(12):
        ((new_colours, new_order),) = [each.moves[0].arguments for each in world.sibling(seed_of("sibling", number)).operations]
        assert (new_colours == colours) != (new_order == order)
        kept.add(new_order == order)
    assert kept == {True, False}


def test_deciders_are_the_operations_and_the_exceptions_that_apply():
    world = world_of(2)
    for query in sampled(world, "eval", 40):
        named = {operation.name for operation in query.payload.operations}
        deciders = world.deciders(query)
        assert {decider.partition(",")[0] for decider in deciders} == named
        for step in query.payload.steps:
            exceptional = step.colour in step.operation.exceptions
            assert (f"{step.operation.name}, {COLOURS[step.colour]}" in deciders) == exceptional
    assert world.deciders(world.query("guard", 0)) == frozenset()


@pytest.mark.parametrize("level", LEVELS)
def test_rulebook_and_prompts_are_whole_sentences(level):
    book = world_of(level).rulebook()
    assert world_of(level).name in book and "{" not in book and ".." not in book
    assert all(line.endswith(".") for line in book.splitlines())
    for pool in POOLS:
        for query in sampled(world_of(level), pool, 30):
            assert "{" not in query.prompt and "  " not in query.prompt and "None" not in query.prompt
    if level == 0:
        assert max(len(query.prompt.split()) for query in sampled(world_of(0), "learn", 100)) < 40


# Reading and grades


@pytest.mark.parametrize(
    "answer",
    ["R B\nO G", "rb\nog", "```\nR B\nO G\n```", '"R B\nO G"', "R, B\nO, G", "R B \n\n O G.", "R|B\nO|G\n", "**R B\nO G**"],
)
def test_harmless_dressing_is_forgiven(answer):
    assert read(answer, LETTERS) == Grid(2, (0, 1, 5, 2))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("R B\nG", "ragged"),
        ("R X", "foreign"),
        ("Here it is: R B", "foreign"),
        ("R" * 5000, "long"),
    ],
)
def test_what_is_no_grid_is_unreadable(answer, reason):
    with pytest.raises(Unreadable) as caught:
        read(answer, LETTERS)
    assert caught.value.reason == reason


ASKED = Payload("Ostrel press", LETTERS, grid("RBG BGY"), (ZUG, MIP))  # red in the corner: BGY RBG, then GYP BGY


@pytest.mark.parametrize(
    ("answer", "reward", "outcome"),
    [
        ("G Y P\nB G Y", 1.0, "correct"),
        # Of six cells, the input has three right (the second row): half. Five right are 5/6, four 4/6.
        ("G Y P\nB G R", PARTIAL * (5 / 6 - 3 / 6) / (3 / 6), "partial"),
        ("G Y P\nB R R", PARTIAL * (4 / 6 - 3 / 6) / (3 / 6), "partial"),
        ("R B G\nB G Y", 0.0, "wrong"),
        ("G G G\nG G G", 0.0, "wrong"),
        ("G Y P", 0.0, "wrong"),
        ("G Y P\nB G Y\nR R R", 0.0, "wrong"),
        ("G Y P\nB G", 0.0, "malformed"),
        ("G Y P\nB G Y\nThat is it.", 0.0, "malformed"),
    ],
)
def test_grades_worked_by_hand(answer, reward, outcome):
    graded = grade(ASKED, answer)
    assert ASKED.text == "G Y P\nB G Y"
    assert graded.reward == pytest.approx(reward) and graded.outcome == outcome


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("R B G\nB G Y", ("went in", "gave me back", "from before")),
        ("B G Y\nR B G", ("forgot mip", "without mip", "left out mip")),
        ("B G Y\nG Y P", ("forgot zug", "without zug", "left out zug")),
        ("Y G B\nP Y G", ("zug what it does in another case", "zug does that too", "As for zug")),
        ("Y G B\nP Y G", ("the top left corner",)),
        ("Y G B\nP Y G", ("red",)),
        ("G Y P\nB G R", ("row 2", "Row 2")),
        ("G Y P\nB G R", ("cell 3",)),
        ("G Y P\nB G R", ("5 of all 6", "5 of 6", "5 right cells of 6")),
        ("G Y P", ("2 rows of 3 cells",)),
        ("G Y P\nB G Q", ('"Q"',)),
    ],
)
def test_diagnoses_name_the_mistake(answer, told):
    words = grade(ASKED, answer).feedback
    assert any(part in words.diagnosis for part in told), words
    assert ASKED.text in words.correction


def test_an_order_that_was_not_kept_is_named():
    roll = Operation("lor", (Move("roll", ("right", 1)),))
    asked = Payload("Ostrel press", LETTERS, grid("RBG BGY OOP"), (Operation("zug", (MIRROR,)), roll))
    graded = grade(asked, written(run((roll, Operation("zug", (MIRROR,))), asked.grid)[-1].made, LETTERS))
    assert any(part in graded.feedback.diagnosis for part in ("keep the order: zug", "when zug is done", "order, zug"))


@pytest.mark.parametrize("level", LEVELS)
def test_every_answer_but_the_right_one_hears_something_true_and_never_the_whole(level):
    world, draw = world_of(level, 1), seed_of("true", level).draw()
    for query in sampled(world, "learn", 40):
        payload = query.payload
        for answer in (
            world.sample_answer(query, draw),
            world.habit(query),
            *(written(made, payload.signs) for made in payload.slips),
        ):
            if answer == payload.text:  # once in a while nothing changes
                continue
            graded = world.grade(query, answer)
            words = graded.feedback.diagnosis
            assert graded.outcome != "correct" and payload.text not in words
            assert any(hint in words and step.operation.name in words for step in payload.steps for hint in step.move.hints)
            fits = [one == other for one, other in zip(read(answer, payload.signs).cells, payload.right.cells)]
            if level:
                assert f"row {fits.index(False) // payload.grid.width + 1}" in words.lower()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.sampled_from(POOLS), st.integers(0, 10**6), st.data())
def test_closer_answers_never_earn_less(level, pool, number, data):
    world = world_of(level)
    query = world.query(pool, number % world.pools[pool])
    right, signs = query.payload.right, query.payload.signs
    places = data.draw(st.lists(st.sampled_from(range(len(right.cells))), unique=True, min_size=1, max_size=8))
    cells, last = list(right.cells), 1.0
    for place in places:
        cells[place] = (cells[place] + 1) % len(signs)
        graded = world.grade(query, written(Grid(right.width, tuple(cells)), signs))
        assert graded.reward <= min(last, PARTIAL) and graded.outcome != "correct"
        last = graded.reward


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.sampled_from(POOLS), st.integers(0, 10**6), st.text(max_size=60))
def test_any_text_gets_a_low_grade(level, pool, number, text):
    world = world_of(level)
    query = world.query(pool, number % world.pools[pool])
    for answer in (text, text + world.solve(query), world.solve(query) + "\n" + text, world.solve(query)[: len(text)]):
        graded = world.grade(query, answer)
        assert 0 <= graded.reward <= 1 and graded.feedback.verdict
        if graded.outcome == "correct":
            assert read(answer, query.payload.signs) == query.payload.right


# Nothing for nothing


@pytest.mark.parametrize("level", LEVELS)
def test_ignorance_stays_at_the_floor_in_several_worlds(level):
    for index in (1, 2):
        world, draw = world_of(level, index), seed_of("floor", level, index).draw()
        for pool in POOLS:
            queries = sampled(world, pool, 60)
            answers = {
                "echo": [query.prompt for query in queries],
                "last line": [query.prompt.splitlines()[-1] for query in queries],
                "input": [world.habit(query) for query in queries],
                "stuffed": [" ".join(query.payload.signs) for query in queries],
                "random": [world.sample_answer(query, draw) for query in queries],
                "one colour": [
                    written(Grid(q.payload.grid.width, (q.payload.grid.cells[0],) * len(q.payload.grid.cells)), q.payload.signs)
                    for q in queries
                ],
                "right twice": [world.solve(query) + "\n" + world.solve(query) for query in queries],
                "right in a sentence": [f"The answer is {world.solve(query)}" for query in queries],
            }
            for who, texts in answers.items():
                earned = mean(world.grade(query, answer).reward for query, answer in zip(queries, texts))
                assert earned <= world.floor(pool), (pool, who, earned)


@pytest.mark.parametrize("level", LEVELS)
def test_a_hill_climber_with_the_grader_in_hand_finds_no_paying_constant(level):
    world, draw = world_of(level, 2), seed_of("climb", level).draw()
    queries = sampled(world, "learn", 60)

    def worth(made):
        return mean(world.grade(query, written(made, query.payload.signs)).reward for query in queries)

    best, made = max((worth(query.payload.right), query.payload.right) for query in queries[:20])
    for _ in range(60):
        cells = list(made.cells)
        cells[draw.integer(0, len(cells) - 1)] = draw.integer(0, 5)
        best, made = max((best, made), (worth(Grid(made.width, tuple(cells))), Grid(made.width, tuple(cells))))
    assert best <= world.floor("learn"), best


@pytest.mark.parametrize("level", LEVELS)
def test_the_learned_operations_earn_little_in_the_guard(level):
    world = world_of(level, 1)
    own = {operation.name: operation for operation in world.operations}
    queries = sampled(world, "guard", 60)
    habits = [run([own[each.name] for each in query.payload.operations], query.payload.grid)[-1].made for query in queries]
    earned = mean(world.grade(query, written(made, query.payload.signs)).reward for query, made in zip(queries, habits))
    assert earned <= world.floor("guard") + 0.1
    plain = [query for query in queries if any(word in query.prompt for word in ("Leave", "not for", "switched off", "Forget"))]
    assert 0.3 < len(plain) / len(queries) < 0.7


@pytest.mark.parametrize("level", LEVELS)
def test_larger_grids_are_larger(level):
    world = world_of(level)
    largest = max(query.payload.grid.width for query in sampled(world, "learn", 60))
    assert all(query.payload.grid.width > largest for query in sampled(world, "transfer/size", 60))


# Drift, siblings, mistaken colleagues, purity


@pytest.mark.parametrize("level", LEVELS)
def test_after_a_drift_stale_answers_earn_about_half(level):
    earned = []
    for index in range(4):
        world = world_of(level, index)
        later = world.drifted(seed_of("drift", index))
        assert later.name == world.name and later.rulebook() != world.rulebook() and later.pools == world.pools
        queries = sampled(world, "eval", 160)
        assert all(query.prompt == later.query("eval", query.index).prompt for query in queries)
        assert all(
            later.grade(later.query("eval", q.index), later.solve(later.query("eval", q.index))).reward == 1 for q in queries[:20]
        )
        earned.append(mean(later.grade(later.query("eval", query.index), world.solve(query)).reward for query in queries))
    assert 0.35 <= mean(earned) <= 0.65, earned


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_sibling_shares_the_names_and_half_of_what_they_mean(level):
    world = world_of(level)
    sibling = world.sibling(seed_of("sibling"))
    assert sibling.name != world.name and sibling.sibling(seed_of("another")).name not in (world.name, sibling.name)
    assert [each.name for each in sibling.operations] == [each.name for each in world.operations]
    assert sum(one == other for one, other in zip(world.operations, sibling.operations)) == len(world.operations) // 2
    query = sibling.query("eval", 0)
    assert sibling.grade(query, sibling.solve(query)).reward == 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_a_mistaken_colleague_agrees_with_himself_and_never_gives_the_right_answer(level):
    world, draw = world_of(level), seed_of("lie", level).draw()
    for query in sampled(world, "learn", 25):
        right = world.solve(query)
        for answer in (right, world.habit(query), world.sample_answer(query, draw), "no grid"):
            truth = world.grade(query, answer)
            lie = world.mislead(query, answer, truth, right, draw)
            assert lie.right != right and right not in lie.grade.feedback.diagnosis + lie.grade.feedback.correction
            if truth.outcome == "correct":
                assert lie.grade.reward < 1 and lie.grade.outcome != "correct" and lie.right in lie.grade.feedback.correction
                assert any(operation.name in lie.grade.feedback.diagnosis for operation in query.payload.operations)
            elif truth.outcome != "malformed":
                assert lie.grade.reward == 1.0 and lie.right == answer


def test_pickles_are_small_and_carry_no_cache():
    world = make_world("CL-Grid-v0", level=1)
    for query in [world.query("learn", index) for index in range(200)]:
        world.grade(query, "R")
    assert len(pickle.dumps(world)) < 12_000
    assert pickle.loads(pickle.dumps(world)).query("eval", 3) == world.query("eval", 3)
