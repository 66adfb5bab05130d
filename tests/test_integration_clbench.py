"""CL-Bench both ways, against a stand-in of its interface (it is on no package index)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import gymnasium as gym
import pytest

pytest.importorskip("pydantic")
from pydantic import BaseModel

import clgym
from clgym.agent import Agent, Answer
from clgym.core import play
from clgym.errors import FamilyError, InvalidSetting
from clgym.integrations.clbench import family_from, task_class
from clgym.protocol import run_trial
from clgym.records import AnswerRecord, StepRecord, Trial
from clgym.submission.verify import verify


def standin():
    file = Path(__file__).parent / "integrations" / "clbench_interface.py"
    spec = importlib.util.spec_from_file_location("clbench_interface", file)
    sys.modules["clbench_interface"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


interface = standin()


# -- ours as its task -----------------------------------------------------------------------------------------------------


def run(task, answers):
    """The loop of its runner: the prompts that were shown."""
    query, shown = task.reset(), []
    while query is not None:
        shown.append(query)
        result = task.step(interface.Response(query.response_schema(answer=answers(query))))
        query = None if result.done else result.next_query
    return shown


@pytest.mark.parametrize("env", ["CL-Conlang-v0", "CL-Sparring-v0"])
def test_the_oracle_scores_one_and_a_blank_the_floor(env):
    task = task_class(interface, env, feedback="diagnosis")(num_instances=4)
    world = task._session.world

    class Oracle:
        played, turns = None, None

        def __call__(self, query):
            if query.instance_id != self.played:
                asked = next(world.query("learn", i) for i in task.instances if world.query("learn", i).id == query.instance_id)
                self.played, self.turns = query.instance_id, world.episode(asked)
            answer = self.turns.solve()
            self.turns.step(answer)
            return answer

    shown = run(task, Oracle())
    assert task.evaluate().score == 1.0 and len(task.get_instance_outcomes()) == 4
    assert len({query.instance_id for query in shown}) == 4 and [q.instance_index for q in shown] == sorted(
        q.instance_index for q in shown
    )
    run(task, lambda query: "")
    assert task.evaluate().score <= world.floor("learn")


def test_one_instance_alone_is_the_same_as_in_the_run_and_retries_show_feedback():
    made = task_class(interface, "CL-Conlang-v0", attempts=2, feedback="diagnosis")
    whole, alone = made(num_instances=5), made(num_instances=5)
    shown = run(whole, lambda query: "?")
    first = {}
    for query in shown:
        first.setdefault(query.instance_index, query)
    for index in range(5):
        query = alone.reset_baseline_instance(index)
        assert (query.prompt, query.instance_id, query.instance_index) == (first[index].prompt, first[index].instance_id, index)
    assert (
        shown[1].prompt == f"{shown[1].feedback.content}\n\nTry again: {shown[0].prompt}"
        and not shown[1].feedback.instance_complete
    )
    with pytest.raises(InvalidSetting):
        made(num_instances=1)._session.start(0, "eval")


# -- its task as ours -----------------------------------------------------------------------------------------------------


class Bet(BaseModel):
    stake: int
    side: str


class CoinTask(interface.ContinualLearningTask):
    """Bets on coins whose bias is to be learned; a bet may lose."""

    r_max = 10.0
    name = "coins"

    def __init__(self, num_instances: int = 10, seed: int = 0):
        self.num_instances, self.seed = num_instances, seed

    def build_canonical_run_state(self):
        self.instances = [(self.seed + 7 * n) % 10 for n in range(self.num_instances)]
        self._instance_outcomes, self._place, self._asked = [], 0, False

    def build_current_query(self):
        index = self.canonical_instance_index(self._place)
        return interface.Query(
            f"Coin {self.instances[self._place]}, throw {index}: your bet?", Bet, instance_id=f"c{index}", instance_index=index
        )

    def step(self, response):
        if not self._asked:
            self._asked = True
            sure = interface.Observation("Are you sure?", instance_complete=False)
            return interface.TaskStepResult(sure, self.build_current_query(), False)
        won = (response.action.side == "heads") == (self.instances[self._place] > 4)
        reward = float(response.action.stake if won else -response.action.stake)
        outcome = interface.InstanceOutcome(f"c{self._place}", self._place, reward)
        self._instance_outcomes.append(outcome)
        return interface.TaskStepResult(interface.Observation("You won." if won else "You lost."), None, True, outcome)


class Greedy(Agent):
    def act(self, conversations):
        coins = [int(c[0]["content"].split()[1].rstrip(",")) for c in conversations]
        return [Answer(f'I bet {{"stake": 10, "side": "{"heads" if coin > 4 else "tails"}"}}') for coin in coins]


Coins = family_from(CoinTask, low=-10.0, instances=30)


def test_rewards_of_another_scale_are_mapped_and_said():
    world = Coins().world(Coins().seed(0, "train", 0), 0)
    assert dict(world.pools) == {"learn": 20, "eval": 10}
    prompts = {world.query(pool, index).prompt for pool in world.pools for index in range(world.pools[pool])}
    assert len(prompts) == 30
    query = world.query("learn", 0)
    for answer, reward, outcome in (
        ('{"stake": 10, "side": "%s"}', None, None),
        ('{"stake": 0, "side": "heads"}', 0.5, "partial"),
        ("?", 0.0, "malformed"),
    ):
        for side in ("heads", "tails"):
            rollout = play(world, query, lambda episode, _: answer % side if "%" in answer else answer)
            grade = rollout.turns[-1].grade
            if reward is None:
                assert rollout.score in (0.0, 1.0) and f"paid {20 * rollout.score - 10:g}" in grade.feedback.verdict
            else:
                assert rollout.score == reward and grade.outcome == outcome
    with pytest.raises(FamilyError, match="low="):
        play(world, query, lambda episode, _: '{"stake": 11, "side": "heads"}')
    with pytest.raises(InvalidSetting):
        family_from(CoinTask, low=10.0)


def test_a_trial_on_it_never_asks_for_an_oracle_and_verifies(tmp_path):
    file = tmp_path / "coins.py"
    here = Path(__file__)
    file.write_text(
        f"import sys; sys.path[:0] = [{str(here.parent / 'integrations')!r}, {str(here.parent)!r}]\n"
        "from test_integration_clbench import Coins\n"
    )
    env = f"{file}:Coins"
    with pytest.raises(InvalidSetting, match="no oracle.*diagnosis"):
        gym.make(clgym.gym_spec(env), feedback="correction")
    with pytest.raises(InvalidSetting, match="no oracle"):
        gym.make(clgym.gym_spec(env), noise=0.1)
    trial = Trial(env, "greedy", feedback="diagnosis", steps=64, eval_size=5, checkpoints=(), split="validation")
    records = run_trial(trial, tmp_path / "runs" / "one", make=Greedy)
    assert {record.reward for record in records.of(AnswerRecord) if record.set == "eval"} == {1.0}
    assert [record.score for record in records.of(StepRecord) if record.done] == [1.0] * 32
    assert verify(tmp_path / "runs").verified
