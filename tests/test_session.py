"""A session shows what ``clgym run`` shows, byte for byte, and the wrappers for loops that sum rewards."""

from __future__ import annotations

import asyncio
import math

import gymnasium as gym
import pytest

import clgym
from clgym import Session
from clgym.agent import Agent, Answer
from clgym.core import Turn, failed
from clgym.errors import GraderFailed, InvalidAnswer, InvalidSetting, ResetNeeded, UnknownName
from clgym.protocol import run_trial
from clgym.records import AnswerRecord, StepRecord, Trial
from clgym.wrappers import DropFailed, FeedbackInObservation, ScoreAsReward

TEXT, TURNS, CODE = "CL-Conlang-v0", "CL-Sparring-v0", "CL-Dialect-v0"


def solved(session: Session, index: int, pool: str | None = None) -> list[clgym.Said]:
    """The oracle's answers, through the session."""
    session.start(index, pool)
    episode, said = session._inner.world.episode(session._inner.query), []
    while not session.done:
        right = episode.solve()
        episode.step(right)
        said.append(session.say(right))
    return said


@pytest.mark.parametrize("env", [TEXT, TURNS, CODE])
def test_the_oracle_earns_everything_and_a_blank_the_floor_at_most(env):
    session = Session(env, evaluate=True)
    for pool in ("learn", "eval"):
        said = solved(session, 3, pool)
        assert said[-1].score == 1.0 and said[-1].done and not said[-1].failed
    session.start(4)
    while not session.done:
        last = session.say("")
    assert last.score <= session._inner.world.floor("learn")


class Sayer(Agent):
    """Says the same few things in turn, and keeps what it was shown."""

    texts = ("nothing of the kind", "", "duck", "jab", "velo mira")

    def __init__(self):
        self.shown, self.count = [], 0

    def act(self, conversations):
        self.shown += [[dict(m) for m in conversation] for conversation in conversations]
        answers = []
        for _ in conversations:
            answers.append(Answer(self.texts[self.count % len(self.texts)]))
            self.count += 1
        return answers


@pytest.mark.parametrize("env", [TEXT, TURNS])
@pytest.mark.parametrize("feedback", ["score", "diagnosis", "correction"])
def test_messages_are_those_of_a_trial_byte_for_byte(env, feedback, tmp_path):
    agent = Sayer()
    settings = {"feedback": feedback, "attempts": 2, "split": "validation"}
    sizes = dict.fromkeys(("transfer_size", "guard_size", "probe_size", "control_size"), 0)
    trial = Trial(env, "sayer", steps=24, batch=1, eval_size=2, checkpoints=(), **settings, **sizes)
    records = run_trial(trial, tmp_path / "trial", make=lambda: agent)
    session = Session(env, **settings, evaluate=True)
    there = {clgym.Query("learn", index, "").id: index for index in range(session._inner.world.pools["learn"])}
    said, messages, asked = [], [], [record for record in records.of(StepRecord) if record.arm == "learn"]
    for record in asked:
        if session.done:
            messages = session.start(there[record.query])
        assert messages[-1]["content"] == record.prompt
        assert messages in agent.shown
        said.append(session.say(record.answer))
        assert (said[-1].reward, said[-1].feedback, said[-1].outcome) == (record.reward, record.feedback, record.outcome)
        messages = [*messages, *said[-1].messages]
    assert session.env_steps == len(asked) == 24
    examined = records.of(AnswerRecord)[0]
    evals = {clgym.Query("eval", index, "").id: index for index in range(session._inner.world.pools["eval"])}
    messages = session.start(evals[examined.query], "eval")
    for answer in examined.said or (examined.answer,):
        assert messages in agent.shown
        last = session.say(answer)
        messages = [*messages, *last.messages]
    assert last.done and last.score == examined.reward


def test_held_out_pools_are_refused_unless_they_are_asked_for():
    for pool in ("eval", "guard"):
        with pytest.raises(InvalidSetting, match="evaluate=True"):
            Session(TEXT).start(0, pool)
    session = Session(TEXT, evaluate=True, attempts=3)
    session.start(0, "eval")
    said = session.say("?")
    assert said.done and len(said.messages) == 1  # asked once
    with pytest.raises(InvalidSetting, match="needs an index"):
        session.start(pool="eval")


def test_what_is_no_setting_no_query_and_no_answer_is_said():
    for wrong, error in (
        ({"reward": "sum"}, UnknownName),
        ({"pool": "eval"}, InvalidSetting),
        ({"evaluate": "yes"}, InvalidSetting),
    ):
        with pytest.raises(error):
            Session(TEXT, **wrong)
    session = Session(TEXT)
    with pytest.raises(ResetNeeded, match="start"):
        session.say("?")
    with pytest.raises(InvalidSetting):
        session.start(10**9)
    with pytest.raises(UnknownName):
        session.start(0, "evla")
    session.start(0)
    with pytest.raises(InvalidAnswer):
        session.say(None)
    session.say("?")
    with pytest.raises(ResetNeeded):
        session.say("again")


def test_thoughts_are_cut_off_before_grading():
    session = Session(TEXT, feedback="correction")
    session.start(5)
    right = session.say("?").correction
    session.start(5)
    said = session.say(f"<think>is it blue?</think>\n\n{right}")
    assert said.score == 1.0 and said.messages[0]["content"] == right
    session.start(5)
    assert session.say("<think>I never come to an end").outcome == "malformed"


def test_a_score_as_reward_sums_to_the_score():
    turns, whole = Session(TURNS), Session(TURNS, reward="score")
    paid = [said.reward for said in solved(whole, 2)]
    assert sum(paid) == 1.0 and paid[:-1] == [0.0] * (len(paid) - 1)
    assert len(solved(turns, 2)) == len(paid)


def test_the_stream_is_walked_once_and_seeds_order_it():
    def first(seed):
        session = Session(TEXT, seed=seed)
        return [session.start()[0]["content"] for _ in range(20)]

    assert first(0) == first(0) != first(1)
    assert len(set(first(0))) == 20


def test_eight_at_once_do_not_mix():
    async def one(index):
        session = Session(TURNS if index % 2 else TEXT, feedback="correction")
        messages = await session.astart(index)
        while not session.done:
            said = await session.asay(f"answer {index}")
            messages += said.messages
        return index, messages, said

    async def all_of_them():
        return await asyncio.gather(*(one(index) for index in range(8)))

    for index, messages, said in asyncio.run(all_of_them()):
        alone = Session(TURNS if index % 2 else TEXT, feedback="correction")
        expected = alone.start(index)
        while not alone.done:
            last = alone.say(f"answer {index}")
            expected += last.messages
        assert messages == expected and said == last


class Flaky:
    """A world whose grader fails every so often."""

    def __init__(self, env, when):
        self.count, world = 0, env.unwrapped.world
        outer = self

        class Episode:
            def __init__(self, inner):
                self.inner, self.score = inner, inner.score

            def step(self, answer):
                outer.count += 1
                return Turn("", failed("the sandbox died"), True) if when(outer.count) else self.inner.step(answer)

            def solve(self):
                return self.inner.solve()

        env.unwrapped.world = _With(world, lambda query: Episode(type(world).episode(world, query)))


class _With:
    def __init__(self, world, episode):
        self._world, self.episode = world, episode

    def __getattr__(self, name):
        return getattr(self._world, name)


def test_failed_grades_are_none_in_a_session_and_dropped_by_the_wrapper():
    session = Session(TEXT)
    Flaky(session._env, lambda count: count == 1)
    session.start(0)
    said = session.say("?")
    assert said.failed and said.reward is None and said.score is None and said.done
    env = DropFailed(gym.make(TEXT))
    Flaky(env, lambda count: count % 3 == 0)
    prompt, _ = env.reset(seed=0)
    rewards = []
    for number in range(1, 13):
        observation, reward, terminated, truncated, info = env.step("?")
        rewards.append(reward)
        assert info["dropped"] == number // 3 and not truncated
        assert terminated == bool(number % 3) and (number % 3 or observation != prompt)
        prompt = env.reset()[0] if terminated else observation
    assert not any(math.isnan(reward) for reward in rewards)
    env = DropFailed(gym.make(TEXT), in_a_row=2)
    Flaky(env, lambda count: True)
    env.reset(seed=0)
    env.step("?")
    with pytest.raises(GraderFailed, match="sandbox died"):
        env.step("?")


def test_score_as_reward_pays_once_whatever_the_attempts():
    env = ScoreAsReward(gym.make(TURNS, attempts=2))
    env.reset(seed=0)
    paid, done, scores = [], False, []
    while not done:
        _, reward, terminated, truncated, info = env.step("nothing")
        paid.append(reward)
        done = terminated or truncated
        if info["attempt_done"]:
            scores.append(info["score"])
    assert len(scores) == 2 and sum(paid) == paid[-1] == scores[-1]


def test_observations_with_feedback_read_as_retries_do():
    env = FeedbackInObservation(gym.make(TEXT, attempts=3))
    prompt, _ = env.reset(seed=0)
    observation, *_, info = env.step("?")
    session = Session(TEXT, attempts=3)
    session.start(env.unwrapped.query.index)
    assert session.say("?").messages[-1]["content"] == observation == f"{info['feedback']}\n\nTry again: {prompt}"
