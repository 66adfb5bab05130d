"""Data sets from finished trials: what was shown, what was right, what is kept back."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from clgym.agent import Agent, Answer, ProviderStop
from clgym.cli import main
from clgym.core import Query
from clgym.errors import InvalidSetting, RecordsError, UnknownName
from clgym.export import FORMATS, Exported, exchanges, export, rows
from clgym.protocol import run_trial
from clgym.protocol.provenance import CANARY
from clgym.records import RECORDS_FILE, Trial, read_trial
from clgym.registry import load_family, make_world

SIZES = dict.fromkeys(("transfer_size", "guard_size", "probe_size", "control_size"), 0)


class Sayer(Agent):
    """Says a few things in turn, and keeps what it was shown."""

    def __init__(self, texts=("nothing of the kind", "", "duck", "jab", "velo mira")):
        self.texts, self.shown, self.count = texts, [], 0

    def act(self, conversations):
        self.shown += [tuple(dict(message) for message in conversation) for conversation in conversations]
        self.count += len(conversations)
        return [self.answer(self.texts[(self.count + place) % len(self.texts)], c) for place, c in enumerate(conversations)]

    def answer(self, text, conversation):
        return Answer(text)


def lived(folder, env, agent=None, **settings):
    agent = agent or Sayer()
    given = {"steps": 24, "batch": 4, "eval_size": 4, "checkpoints": (), "split": "validation", **SIZES, **settings}
    return run_trial(Trial(env, "sayer", **given), folder, make=lambda: agent), agent


@pytest.mark.parametrize("env", ["CL-Conlang-v0", "CL-Sparring-v0"])
def test_conversations_are_those_that_the_agent_was_shown_episode_by_episode(env, tmp_path):
    recorded, agent = lived(tmp_path, env, attempts=2, feedback="diagnosis", batch=2, steps=40)
    told = list(exchanges(recorded))
    assert len(told) == 40 and all(tuple(map(dict, exchange.conversation)) in agent.shown for exchange in told)
    assert [exchange.episode for exchange in told] == sorted(exchange.episode for exchange in told)
    for before, after in zip(told, told[1:]):
        if before.episode == after.episode:
            assert after.conversation[: len(before.conversation)] == before.conversation
            assert after.conversation[len(before.conversation)]["content"] == before.answer
    again = [exchange for exchange in told if exchange.attempt]
    assert again and all(exchange.bare[0] == exchange.conversation[0] for exchange in again)
    assert all("Try again" not in message["content"] for exchange in again for message in exchange.bare)
    world = make_world(env, split="validation")
    for exchange in told:
        assert Query("learn", exchange.index, "").id == exchange.query
        assert world.query("learn", exchange.index).prompt == exchange.bare[0]["content"]


def test_right_answers_are_those_of_the_world_as_it_was_then(tmp_path):
    recorded, _ = lived(tmp_path, "CL-Playbook-v0", drift_at=(12,), feedback="correction")
    family = load_family("CL-Playbook-v0")
    before = make_world("CL-Playbook-v0", split="validation")
    after = before.drifted(family.seed(0, "validation", 0).child("drift", 1))
    changed = 0
    for exchange in exchanges(recorded):
        world = after if exchange.world.endswith("+1") else before
        assert exchange.right == world.solve(world.query("learn", exchange.index))
        changed += exchange.world.endswith("+1")
    assert 0 < changed < 24


def test_a_lie_is_never_taken_for_a_right_answer_nor_its_reward_for_the_true_one(tmp_path):
    world = make_world("CL-Playbook-v0", split="validation")
    said = Sayer(world.query("learn", 0).options)
    recorded, _ = lived(tmp_path, "CL-Playbook-v0", said, noise=0.5, steps=48, feedback="correction")
    told = list(exchanges(recorded))
    assert 10 < sum(exchange.misled for exchange in told) < 40
    for exchange in told:
        query = world.query("learn", exchange.index)
        assert exchange.right in ("", world.solve(query)) and (exchange.right or exchange.misled)
        assert exchange.reward == world.grade(query, exchange.answer).reward
    for row in rows([tmp_path], "dpo"):
        assert row["chosen"][0]["content"] != row["rejected"][0]["content"]


@pytest.mark.parametrize("format", [*FORMATS])
def test_every_row_has_the_canary_one_shape_and_only_the_learn_stream(format, tmp_path):
    recorded, _ = lived(tmp_path, "CL-Conlang-v0", attempts=2, feedback="correction")
    made = list(rows([tmp_path], format))
    assert made and all(row["canary"] == CANARY and row["set"] == "learn" for row in made)
    assert len({tuple(row) for row in made}) == 1
    world = make_world("CL-Conlang-v0", split="validation")
    held_out = {world.query("eval", index).prompt for index in range(world.pools["eval"])}
    assert not any(prompt in json.dumps(made) for prompt in held_out)
    if format in ("sft", "dpo"):
        for row in made:
            query = next(q for q in map(lambda i: world.query("learn", i), range(world.pools["learn"])) if q.id == row["query"])
            assert world.grade(query, row[{"sft": "completion", "dpo": "chosen"}[format]][0]["content"]).reward == 1.0
    if format == "dpo":
        assert all(world.grade(query, row["rejected"][0]["content"]).reward < 1 for row in made[-1:])


def test_held_out_sets_are_refused_unless_they_are_asked_for(tmp_path):
    lived(tmp_path, "CL-Sparring-v0", feedback="correction")
    with pytest.raises(InvalidSetting, match="held out.*evaluate"):
        list(rows([tmp_path], "chat", sets=("learn", "eval")))
    made = list(rows([tmp_path], "chat", sets=("eval",), evaluate=True))
    assert len(made) == 4 and {row["set"] for row in made} == {"eval"}
    assert all(len(row["messages"]) > 4 and row["messages"][-1]["role"] == "assistant" for row in made)
    with pytest.raises(UnknownName, match="guard"):
        list(rows([tmp_path], "chat", sets=("guard",), evaluate=True))
    with pytest.raises(UnknownName, match="Did you mean 'sft'"):
        list(rows([tmp_path], "stf"))


class Withholds(Sayer):
    """Every third answer is kept back by its provider, so that nothing is graded."""

    def answer(self, text, conversation):
        self.asked = getattr(self, "asked", 0) + 1
        return Answer(text, stop=ProviderStop("filter")) if self.asked % 3 == 0 else Answer(text)


def test_failed_grades_are_no_rows_and_are_counted(tmp_path):
    recorded, _ = lived(tmp_path, "CL-Conlang-v0", Withholds(), feedback="correction")
    failed = sum(exchange.reward is None for exchange in exchanges(recorded))
    assert failed > 2
    for format in FORMATS:
        counts = Exported()
        made = list(rows([tmp_path], format, counts=counts))
        assert (counts.failed, counts.exchanges, counts.rows) == (failed, 24, len(made))
        assert "grader failed" not in json.dumps(made)
    assert len(list(rows([tmp_path], "chat"))) == 24 - failed


def test_records_that_do_not_come_out_again_are_not_exported(tmp_path):
    lived(tmp_path, "CL-Conlang-v0")
    records = read_trial(tmp_path)
    step = next(record for record in records.records if record.kind == "step")
    forged = replace(records, records=[replace(r, reward=1.0) if r == step else r for r in records.records])
    with pytest.raises(RecordsError, match="reward of env step"):
        list(exchanges(forged))
    file = tmp_path / RECORDS_FILE
    file.write_bytes(re.sub(rb'"reward": ?0.0', b'"reward":1.0', file.read_bytes(), count=1))
    with pytest.raises(RecordsError):
        list(rows([tmp_path], "chat"))


def test_the_command_writes_whole_files_and_says_what_it_left_out(tmp_path, capsys):
    lived(tmp_path / "runs", "CL-Conlang-v0", Withholds(), feedback="correction")
    file = tmp_path / "pairs.jsonl"
    assert main(["export", str(tmp_path / "runs"), "--format", "dpo", "--output", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(file) and "failed grades left out" in said.err
    assert all({"prompt", "chosen", "rejected"} <= json.loads(line).keys() for line in file.read_text().splitlines())
    assert main(["export", str(tmp_path / "runs"), "--format", "dpo", "--output", str(file)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "runs"), "--format", "sft", "--sets", "eval", "--output", str(tmp_path / "x")]) == 2
    assert "--evaluate" in capsys.readouterr().err and not (tmp_path / "x").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs.jsonl", "runs"]


def test_a_format_that_a_trial_has_nothing_for_says_what_it_needs(tmp_path):
    lived(tmp_path / "runs", "CL-Conlang-v0", Sayer(("?",)), feedback="score")
    for format in ("sft", "dpo"):
        with pytest.raises(InvalidSetting, match="feedback correction"):
            export([tmp_path / "runs"], format, tmp_path / "rows.jsonl")
    assert not list(tmp_path.glob("*rows*"))


def test_lone_surrogates_of_answers_fit_into_files(tmp_path):
    lived(tmp_path / "runs", "CL-Conlang-v0", Sayer(("\ud800 what",)), feedback="correction")
    export([tmp_path / "runs"], "kto", tmp_path / "rows.jsonl")
    assert "? what" in (tmp_path / "rows.jsonl").read_text("utf-8")
