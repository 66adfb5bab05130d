"""A primer: solved exchanges of a sister world in front of every prompt of every arm, and nowhere in what is learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from clgym.agent import Agent, Answer, Cost
from clgym.errors import InvalidSetting
from clgym.protocol import run_trial
from clgym.protocol.primer import OFFSET, primer_of
from clgym.records import AnswerRecord, StepRecord, Trial, read_trial
from clgym.registry import make_world
from clgym.submission import verify


class Listener(Agent):
    """Remembers what it was asked and taught; answers with the form that it has seen last, and nothing where it saw none."""

    def __init__(self):
        self.asked, self.taught = [], []

    def act(self, conversations):
        self.asked += [[message["content"] for message in conversation] for conversation in conversations]
        said = [[m["content"] for m in conversation if m["role"] == "assistant"] for conversation in conversations]
        return [Answer(texts[-1] if texts else "?") for texts in said]

    def learn(self, experiences):
        self.taught += [experience.conversation for experience in experiences]
        return Cost()

    def save(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "n").write_text(str(len(self.taught)))

    def load(self, folder):
        pass


def trial_of(primer: int, **settings) -> Trial:
    sizes = {"eval_size": 8, "transfer_size": 0, "guard_size": 2, "probe_size": 2, "control_size": 2}
    return Trial("CL-Playbook-v0", "listener", steps=8, checkpoints=(), primer=primer, placebo=True, **{**sizes, **settings})


def test_every_prompt_of_every_arm_stands_behind_the_same_solved_exchanges(tmp_path: Path) -> None:
    made: list[Listener] = []
    trial = trial_of(3)
    records = run_trial(trial, tmp_path, make=lambda: made.append(Listener()) or made[-1])
    primer = [message["content"] for message in primer_of(trial)]
    sister = make_world("CL-Playbook-v0", world=OFFSET)
    queries = {(query := sister.query("learn", index)).prompt: query for index in range(sister.pools["learn"])}
    assert len(primer) == 6 and len(made) == 2  # the learner and the placebo's
    assert all(sister.grade(queries[prompt], answer).reward == 1.0 for prompt, answer in zip(primer[::2], primer[1::2]))
    assert all(asked[:6] == primer and len(asked) == 7 for agent in made for asked in agent.asked)
    assert all(len(conversation) == 1 for agent in made for conversation in agent.taught)
    recorded = {record.prompt for record in (*records.of(AnswerRecord), *records.of(StepRecord))}
    assert not recorded & set(primer), "records hold the query alone"
    assert verify(tmp_path).verified and read_trial(tmp_path).trial.primer == 3


def test_without_one_nothing_changes_and_old_settings_have_none() -> None:
    assert primer_of(trial_of(0)) == ()
    data = trial_of(0).to_json()
    del data["primer"]
    assert Trial.from_json(data).primer == 0


def test_who_drives_no_model_is_asked_as_without(tmp_path: Path) -> None:
    for agent in ("oracle", "random"):
        trial = Trial("CL-Playbook-v0", agent, steps=4, primer=2, eval_size=4, probe_size=0, guard_size=0, transfer_size=0)
        assert primer_of(trial) == ()
        run_trial(trial, tmp_path / agent)


def test_a_history_that_would_cut_it_off_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="give one of the two"):
        primer_of(Trial("CL-Playbook-v0", "icl", {"history": 1}, primer=2, steps=4))
