"""CL-Sparring: what a move is worth, whom it is worth it against, and that nobody gets there without knowing the opponent."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable
from dataclasses import replace

import gymnasium as gym
import pytest

pytest.importorskip("hypothesis")

from hypothesis import given
from hypothesis import strategies as st

from clgym.core import Episode, Query, play
from clgym.envs.sparring import coach, schools, words
from clgym.envs.sparring.habits import Habits, Moment, State, odds
from clgym.envs.sparring.schools import BOXING, EXCHANGES, FENCING, SCHOOLS
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = pytest.mark.parametrize("level", range(4))
JAB, CROSS, HOOK, OVERHAND, UPPERCUT, BODY = range(6)


def world_of(level: int, index: int = 0):
    return make_world("CL-Sparring-v0", level=level, world=index)


def mean(level: int, pool: str, policy: Callable[[Query, Episode, str], str], fights: int = 48, worlds: int = 2) -> float:
    """The mean score of a policy over the first fights of a pool, in several worlds."""
    scores = []
    for world in (world_of(level, index) for index in range(worlds)):
        for place in range(fights):
            query = world.query(pool, place)
            scores.append(play(world, query, lambda episode, seen, asked=query: policy(asked, episode, seen)).score)
    return sum(scores) / len(scores)


# What there is


def test_the_catalogues_are_as_large_as_promised_and_say_nothing_twice():
    said = [wording for tell in schools.TELLS for wording in tell]
    assert len(schools.TELLS) >= 30 and len(set(said)) == 2 * len(schools.TELLS)
    for bank in (words.OPENINGS, words.FENCING_OPENINGS, words.GUARD_OPENINGS, words.LATER):
        assert len(set(bank)) >= 8
    for bank in (
        words.BEATEN,
        words.SOFTENED,
        words.LANDED,
        words.STILL,
        words.ENDS,
        *coach.REASONS.values(),
        *coach.VERDICTS.values(),
    ):
        assert len(set(bank)) >= 3
    assert all(len(set(bank)) >= 3 for bank in coach.UNREAD.values())


def test_tells_and_the_coach_name_no_move():
    moves = re.compile("|".join((*BOXING.moves, *FENCING.moves)))
    said = [text for bank in (*coach.REASONS.values(), *coach.UNREAD.values(), *coach.VERDICTS.values()) for text in bank]
    for text in (*said, *(wording for tell in schools.TELLS for wording in tell), *schools.CUES):
        assert not moves.search(text), text


@LEVELS
def test_prompts_are_short_and_name_the_opponent_and_every_move(level):
    world = world_of(level)
    for pool in world.pools:
        for index in range(0, world.pools[pool], 40):
            query = world.query(pool, index)
            assert (world.name in query.prompt) == (pool != "guard")
            assert all(move in query.prompt.lower() for move in query.options)
            assert not re.search(r"[{}]|  |\.\.|, \.", query.prompt), query.prompt
            if level == 0 and pool in ("learn", "eval"):
                assert len(query.prompt.split()) <= 52


# What a move is worth


def test_rewards_worked_out_by_hand():
    # Level 0: the hook 9 times in 10, else anything (1 in 60 for each attack). All moves alike would earn 1.5 / 6 = 0.25.
    found = odds(HOOK, HOOK, 0)
    assert found.expected[HOOK] == pytest.approx(0.9 + 0.1 * 0.25)
    assert found.expected[OVERHAND] == pytest.approx(0.45 + 0.1 * 0.25)
    assert found.expected[JAB] == pytest.approx(0.1 * 0.25)
    assert found.blind == pytest.approx(0.25)
    assert found.reward == pytest.approx((0, 0, 1, 1 / 3, 0, 0))


def test_who_follows_the_tell_alone_gets_a_little_when_something_overrides_it():
    # Level 3, an uppercut announced and a jab meant: 60 % jab, 28 % uppercut, 12 % anything.
    found = odds(JAB, UPPERCUT, 3)
    assert found.best == JAB
    assert found.reward == pytest.approx((1, (0.33 - 0.25) / 0.38, 0, 0, (0.31 - 0.25) / 0.38, 0))


def test_the_table_in_the_prompt_is_the_one_that_counts():
    world = world_of(0)
    query = world.query("learn", 0)
    assert (
        "parry beats the jab, slip the cross, duck the hook, step the overhand, lean the uppercut, block the body shot"
        in query.prompt.lower()
    )
    for moves in (BOXING.moves, FENCING.moves):
        assert [schools.payoff(move, attack) for attack in range(6) for move in range(6) if move == attack] == [1.0] * len(moves)


@LEVELS
def test_the_same_moves_earn_the_same_twice(level):
    world = world_of(level)
    for index in range(12):
        query = world.query("eval", index)

        def policy(episode: Episode, seen: str, asked: Query = query) -> str:
            return seed_of("policy", seen).draw().choice(asked.options)

        assert play(world, query, policy) == play(pickle.loads(pickle.dumps(world)), query, policy)


def test_no_luck_is_in_the_reward():
    world = world_of(0)
    told = 0
    for index in range(20):
        query = world.query("eval", index)
        lucky = replace(query, payload=replace(query.payload, luck=tuple(1 - luck for luck in query.payload.luck)))
        for move in BOXING.moves:
            one, other = (world.episode(asked).step(move) for asked in (query, lucky))
            assert one.grade == other.grade
            told += one.observation != other.observation
    assert told  # the attack that really comes is another one now and then


# The automaton, rule by rule

SWAP = (CROSS, JAB, OVERHAND, HOOK, BODY, UPPERCUT)
TURN = (HOOK, OVERHAND, UPPERCUT, BODY, JAB, CROSS)
FULL = Habits(
    3, {1: JAB, 2: HOOK}, (9,), follow=TURN, tired_from=5, tired={1: UPPERCUT}, close={1: BODY}, late_from=3, late={1: OVERHAND},
    cue=4, decoy=5, feint=SWAP, punish=TURN, temper=TURN, press=SWAP,
)  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "state", "rule", "attack"),
    [
        (Moment(1), State(0, 1, BODY), "plain", JAB),
        (Moment(1), State(3, 1, BODY), "plain", JAB),
        (Moment(1), State(4, 1, BODY), "tired", UPPERCUT),
        (Moment(1), State(4, 3, BODY), "late", OVERHAND),
        (Moment(1, close=True), State(4, 3, BODY), "close", BODY),
        (Moment(1, cue=4), State(0, 1, BODY), "feint", CROSS),
        (Moment(1, cue=5), State(0, 1, BODY), "plain", JAB),
        (Moment(1, cue=4), State(0, 1, BODY, counters=2), "temper", HOOK),
        (Moment(1), State(0, 1, BODY, counters=1), "plain", JAB),
        (Moment(9), State(0, 1, JAB), "follow", HOOK),
        (Moment(9, cue=4), State(0, 1, JAB, counters=5), "follow", HOOK),
        (Moment(9), State(1, 1, JAB, landed=True), "press", CROSS),
        (Moment(1), State(2, 1, JAB, moves=(CROSS, CROSS)), "punish", HOOK),
        (Moment(1, cue=4), State(2, 1, JAB, moves=(CROSS, CROSS)), "punish", OVERHAND),
        (Moment(1, cue=4), State(2, 1, JAB, counters=2, moves=(CROSS, CROSS)), "punish", UPPERCUT),
        (Moment(9), State(2, 1, JAB, moves=(CROSS, CROSS)), "punish", UPPERCUT),
        (Moment(1), State(2, 1, JAB, moves=(HOOK, CROSS)), "plain", JAB),
        (Moment(1), State(2, 1, JAB, moves=(-1, -1)), "plain", JAB),
    ],
)
def test_the_rules_of_an_opponent_and_their_order(moment, state, rule, attack):
    intent = FULL.intent(moment, state)
    assert (intent.steps[-1][0], intent.attack) == (rule, attack)


@LEVELS
def test_levels_have_the_rules_that_they_promise(level):
    rulebook = world_of(level).rulebook()
    expected = [("(a combination)", 1), ("is tired", 1), ("At close range", 2), ("From round", 2), ("is a feint", 2),
                ("is angry", 3), ("has read you", 3), ("landed past", 3)]  # fmt: skip
    assert [since <= level for _, since in expected] == [text.lower() in rulebook.lower() for text, _ in expected]


def test_at_level_3_the_next_turn_depends_on_what_you_did():
    world = world_of(3)
    changed = 0
    for index in range(40):
        bouts = [world.episode(world.query("eval", index)) for _ in range(2)]
        for _ in range(2):
            bouts[0].step("block")
        bouts[1].step("block"), bouts[1].step("parry")
        changed += bouts[0].solve() != bouts[1].solve()
    assert changed >= 25


# Who earns what


@LEVELS
@pytest.mark.parametrize("pool", ["learn", "eval", "transfer/fencing", "guard"])
def test_the_oracle_earns_everything_and_ignorance_the_floor(level, pool):
    floor = world_of(level).floor(pool)
    draw = seed_of("ignorant").draw()
    assert mean(level, pool, lambda query, bout, seen: bout.solve(), 10) == 1.0
    assert mean(level, pool, lambda query, bout, seen: draw.choice(query.options)) <= floor
    assert mean(level, pool, lambda query, bout, seen: query.options[len(seen) % 6]) <= floor
    assert mean(level, pool, lambda query, bout, seen: seen, 5, 1) == 0.0
    for place in range(6):
        assert mean(level, pool, lambda query, bout, seen, place=place: query.options[place]) <= 0.3


@LEVELS
def test_no_fixed_sequence_of_moves_pays(level):
    """A climber that may choose a move for each exchange, on 80 fights, with the grader in hand."""
    world = world_of(level)
    queries = [world.query("eval", index) for index in range(0, 320, 4)]

    def worth(sequence: list[str]) -> float:
        total = 0.0
        for query in queries:
            bout = world.episode(query)
            total += bout.score([bout.step(move).grade.reward for move in sequence])
        return total / len(queries)

    sequence = ["block"] * EXCHANGES
    for place in range(EXCHANGES):
        sequence = max(([*sequence[:place], move, *sequence[place + 1 :]] for move in BOXING.moves), key=worth)
    assert worth(sequence) <= 0.38  # some of it is chance: eight choices of six on 80 fights


def test_the_habits_of_one_opponent_fail_against_another_and_against_a_stranger():
    for level in range(4):
        one, other = world_of(level, 0), world_of(level, 1)
        assert len(one.rules() & other.rules()) < 0.5 * len(one.rules())
        habits = one.habits
        earned = []
        for index in range(60):
            query = one.query("guard", index)
            bout = one.episode(query)
            for exchange in range(EXCHANGES):
                earned.append(bout.step(BOXING.moves[habits.plain[query.payload.moments[exchange].tell]]).grade.reward)
        assert sum(earned) / len(earned) < 0.05


def test_the_guard_is_fought_from_its_prompt_alone():
    world = world_of(3)
    for index in range(24):
        query = world.query("guard", index)
        told = re.search(r"up to exchange 4, the (.+) at close range and the (.+) at long range, and from exchange 5 on the (.+) at "
                         r"close range and the (.+) at long range;", query.prompt)  # fmt: skip
        assert told
        bout, seen = world.episode(query), query.prompt
        for exchange in range(EXCHANGES):
            attack = told[1 + 2 * (exchange >= 4) + ("at long range" in seen.split("anything")[-1].lower())]
            turn = bout.step(BOXING.moves[BOXING.attacks.index(attack)])
            assert turn.grade.outcome == "correct"
            seen = turn.observation


def test_fencing_is_the_same_opponent_in_other_words():
    world = world_of(0)
    for index in range(48):
        query = world.query("transfer/fencing", index)
        fight = query.payload
        shown = fight.moments[0].tell
        assert schools.TELLS[shown][1].split("{")[0] in query.prompt
        assert FENCING.moves.index(world.solve(query)) == world.habits.plain[shown]
        assert world.grade(query, BOXING.moves[world.habits.plain[shown]]).outcome == "malformed"


# The coach


@LEVELS
def test_the_coach_is_right_and_does_not_give_the_move_away(level):
    world = world_of(level)
    for pool in world.pools:
        for index in range(40):
            query = world.query(pool, index)
            school, draw = SCHOOLS[query.payload.school], seed_of("coach", pool, index).draw()
            bout = world.episode(query)
            for _ in range(EXCHANGES):
                right, said = bout.solve(), draw.choice((*query.options, "", "whatever"))
                grade = bout.step(said).grade
                assert school.attacks[school.moves.index(right)] in grade.feedback.diagnosis, grade
                assert said in grade.feedback.verdict + grade.feedback.diagnosis or said == right, grade
                if said != right:
                    assert not re.search(rf"\b{right}\b", grade.feedback.verdict + grade.feedback.diagnosis, re.IGNORECASE), grade
                    assert right in grade.feedback.correction
                assert not re.search(r"[{}]|  |\ba [aeiou]", " ".join(grade.feedback)), grade


def test_after_a_drift_old_answers_are_wrong_and_the_coach_speaks_of_the_new_habit():
    for level in range(4):
        world = world_of(level)
        later = world.drifted(seed_of("drift"))
        changed = 0
        for index in range(60):
            query, asked = world.query("eval", index), later.query("eval", index)
            assert query.prompt == asked.prompt and later.grade(asked, later.solve(asked)).outcome == "correct"
            old, new = world.solve(query), later.solve(asked)
            if old != new:
                changed += 1
                grade = later.grade(asked, old)
                assert grade.outcome in ("wrong", "partial")
                assert BOXING.attacks[BOXING.moves.index(new)] in grade.feedback.diagnosis
        assert changed >= 10


# Reading answers


@pytest.mark.parametrize("dress", ["{}", " {}\n", "{}.", "`{}`", '"{}"', "```\n{}\n```", "“{}.”"])
def test_dressing_is_forgiven(dress):
    world = world_of(1)
    query = world.query("learn", 3)
    right = world.solve(query)
    for answer in (dress.format(right), dress.format(right.upper())):
        assert world.grade(query, answer).outcome == "correct", answer


@pytest.mark.parametrize(
    "form", ["I would {}", "{0} or {1}", "{0} {0}", "{0}{0}", "{0}, {1}", "{0}!?", "My move: {0}", "{0}\n{1}", "not {0}", ""]
)
def test_an_essay_is_no_move(form):
    world = world_of(1)
    query = world.query("learn", 3)
    right = world.solve(query)
    other = next(move for move in query.options if move != right)
    grade = world.grade(query, form.format(right, other))
    assert (grade.outcome, grade.reward) == ("malformed", 0.0)


@given(answers=st.lists(st.one_of(st.text(max_size=80), st.sampled_from(BOXING.moves)), min_size=EXCHANGES, max_size=EXCHANGES))
def test_any_answers_make_a_fight_of_eight_exchanges(answers):
    world = world_of(3)
    bout = world.episode(world.query("eval", 5))
    turns = [bout.step(answer) for answer in answers]
    assert [turn.done for turn in turns] == [False] * 7 + [True]
    assert all(0 <= turn.grade.reward <= 1 and turn.grade.feedback.verdict for turn in turns)
    assert 0 <= bout.score([turn.grade.reward for turn in turns]) <= 1


def test_a_fight_broken_off_earns_nothing_for_the_rest():
    env = gym.make("CL-Sparring-v0", feedback="correction")
    env.reset(seed=1)
    bout = env.unwrapped._episode
    rewards = []
    for answer in (bout.solve(), "x" * 30_000):
        _, reward, done, _, _ = env.step(answer)
        rewards.append(reward)
    assert done and rewards == [1.0, 0.0] and bout.score(rewards) == 1 / 8


def test_worlds_are_small_and_the_same_on_every_python():
    said = hashlib.sha256()
    for level in range(4):
        world = world_of(level)
        assert len(pickle.dumps(world)) < 2_000
        said.update(world.rulebook().encode())
        for pool in world.pools:
            query = world.query(pool, 7)
            for turn in play(world, query, lambda bout, seen: bout.solve() if len(seen) % 2 else "block").turns:
                said.update(f"{query.prompt}{turn}".encode())
    assert said.hexdigest()[:16] == "849a69b3bb15ef38"
