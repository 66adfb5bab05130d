"""One contract, for every adapter and a family of each kind: whoever comes through it sees, earns and is refused what ``clgym run`` would."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
import drivers
from drivers import Job, solved

from clgym.agent import Agent, Answer
from clgym.core import Query, SingleTurn, failed
from clgym.errors import ClgymError
from clgym.protocol import run_trial
from clgym.records import StepRecord, Trial
from clgym.registry import make_world

CHOICE, TEXT, TURNS = "CL-Playbook-v0", "CL-Conlang-v0", "CL-Sparring-v0"
DRIVERS = (drivers.OpenEnv, drivers.TextArena, drivers.Inspect, drivers.TrlReward, drivers.TrlRollout, drivers.TrlEnvironment)
CASES = [(driver, env) for driver in DRIVERS for env in (CHOICE, TEXT, TURNS) if not (env == TURNS and hasattr(driver, "one_turn"))]
#: Eight fights of eight turns in bytes are long sequences for a trainer on a CPU.
LONG = (drivers.TrlRollout, drivers.TrlEnvironment)
adapters = pytest.mark.parametrize(
    ("driver", "env"),
    [
        pytest.param(driver, env, id=f"{driver.__name__}-{env}", marks=pytest.mark.slow if env == TURNS and driver in LONG else ())
        for driver, env in CASES
    ],
)


@pytest.fixture(autouse=True)
def there(driver):
    """Skip where the framework is not installed."""
    if not importlib.util.find_spec(driver.module):
        pytest.skip(f"{driver.module} is not installed: make integrations builds an environment for it")


@adapters
def test_the_oracle_earns_one_a_blank_the_floor_and_eight_at_once_do_not_mix(driver, env):
    jobs = [Job(index, solved(env, index)) for index in (3, 4, 5, 6)] + [Job(index, [""]) for index in (7, 8, 9, 10)]
    played = driver().play(env, jobs)
    assert [one.score for one in played[:4]] == [1.0] * 4
    assert sum(one.score for one in played[4:]) / 4 <= make_world(env).floor("learn")
    world = make_world(env)
    assert [one.said[0] for one in played] == [world.query("learn", job.index).prompt for job in jobs]


class Sayer(Agent):
    """The same two answers in turn to each query."""

    def act(self, conversations):
        return [Answer(SAID[min(sum(m["role"] == "assistant" for m in c), 1)]) for c in conversations]

    def learn(self, experiences):
        return None


SAID = ("nothing of the kind", "parry")


@functools.cache
def recorded(env: str, attempts: int, folder: str) -> dict[int, list[StepRecord]]:
    """Index -> the env steps of its query, as ``clgym run`` wrote them."""
    sizes = dict.fromkeys(("transfer_size", "guard_size", "probe_size", "control_size"), 0)
    trial = Trial(env, "sayer", steps=40, batch=1, eval_size=1, checkpoints=(), attempts=attempts, feedback="diagnosis", **sizes)
    places = {Query("learn", index, "").id: index for index in range(make_world(env).pools["learn"])}
    episodes: dict[int, list[StepRecord]] = {}
    for record in run_trial(trial, Path(folder), make=Sayer).of(StepRecord):
        episodes.setdefault(places[record.query], []).append(record)
    return {index: records for index, records in episodes.items() if records[-1].done}


@adapters
def test_messages_are_those_of_the_records_byte_for_byte(driver, env, tmp_path):
    attempts = 1 if hasattr(driver, "one_turn") else 2
    episodes = dict(list(recorded(env, attempts, str(tmp_path)).items())[:2])
    played = driver().play(env, [Job(index, SAID) for index in episodes], attempts=attempts, feedback="diagnosis")
    for one, records in zip(played, episodes.values()):
        assert one.said == [record.prompt for record in records]
        assert one.score == pytest.approx(records[-1].score)


@pytest.mark.parametrize("driver", DRIVERS, ids=[driver.__name__ for driver in DRIVERS])
def test_a_failed_grade_is_no_reward(driver, monkeypatch):
    whole = SingleTurn.step
    monkeypatch.setattr(
        SingleTurn,
        "step",
        lambda self, answer: (
            whole(self, answer)._replace(grade=failed("the sandbox died")) if answer == "break" else whole(self, answer)
        ),
    )
    played = driver().play(TEXT, [Job(3, solved(TEXT, 3)), Job(4, ["break"]), Job(5, solved(TEXT, 5))])
    assert [one.score for one in played] == [1.0, None, 1.0]


@pytest.mark.parametrize("driver", DRIVERS, ids=[driver.__name__ for driver in DRIVERS])
def test_held_out_pools_are_refused_unless_they_are_asked_for(driver):
    job = Job(3, solved(TEXT, 3, "eval"), "eval")
    with pytest.raises((ClgymError, RuntimeError), match="held out"):
        driver().play(TEXT, [job])
    (one,) = driver().play(TEXT, [job], evaluate=True)
    assert one.score == 1.0
