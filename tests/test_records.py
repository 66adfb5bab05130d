"""What is written comes back the same, a torn end is survived, other damage is said."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given
from hypothesis import strategies as st

from clgym.agent import Answer, Cost
from clgym.errors import InvalidSetting, RecordsError
from clgym.metrics import Undefined, measure
from clgym.metrics.endings import in_words, measure_endings, total
from clgym.records import (
    CONDITIONS,
    AnswerRecord,
    BlockRecord,
    LearnRecord,
    LikelihoodRecord,
    RecordWriter,
    StepRecord,
    Trial,
    env_settings,
    find_trials,
    from_line,
    read_records,
    read_runs,
    read_trial,
    timeless,
    to_line,
)
from clgym.records.settings import ANSWERER, SEVERAL
from clgym.settings import helps_of
from clgym.storage import SCHEMA, read_json, seal, unseal, write_json

ANSWER = AnswerRecord("before", 0, "eval", "w", "eval/1", "ask", "say", 0.5, "partial", "no", Cost(1, 2, 3, 4.5, 5.5, 6.5), 2)
RECORDS = [
    ANSWER,
    StepRecord("learn", 1, 0, "w", "learn/1", 0, "ask", "say", None, "failed", "", True, Cost()),
    replace(ANSWER, said=("say", "so"), answer="say\nso", stops=("length", "filter"), thoughts=("", "hm \ud800")),
    StepRecord("learn", 2, 1, "w", "learn/2", 0, "ask", "say", 0.5, "partial", "", True, Cost(), stop="thoughts", thoughts="hm"),
    LearnRecord("learn", 4, 4, Cost(flops=1e30)),
    BlockRecord("after", 9, 3, "ab", True, 0.25, {"adapter_bytes": 7, "layers": ["q", "v"]}),
    LikelihoodRecord("after", 9, "guard", "w", "guard/1", "ref", -12.5),
]
TRIAL = Trial("CL-Conlang-v0", "lora-sft", {"lr": 0.001, "layers": "all"}, model="tiny", world=3, drift_at=(5, 9), checkpoints=(8,))


def written(folder, records=RECORDS, *, trial=TRIAL, finished=True):
    write_json(folder / "trial.json", {"schema": SCHEMA, "trial": trial.to_json(), "versions": {}})
    with RecordWriter(folder) as writer:
        for record in records:
            writer.write(record)
    if finished:
        write_json(folder / "result.json", {"schema": SCHEMA, "metrics": {}})
    return folder


@pytest.mark.parametrize("record", RECORDS, ids=[f"{place} {record.kind}" for place, record in enumerate(RECORDS)])
def test_every_record_comes_back_the_same(record):
    line = to_line(record)
    assert from_line(line) == timeless(record) and line.count(b"\n") == 1
    for name in ("stop", "stops", "thoughts"):  # the usual end takes no room
        assert (b'"%s"' % name.encode() in line) == (getattr(record, name, "end") not in ("end", "", ()))


def test_answers_come_back_turn_by_turn_with_how_they_ended():
    assert ANSWER.answers == (Answer("say"),)
    assert RECORDS[2].answers == (Answer("say", stop="length"), Answer("so", thoughts="hm \ud800", stop="filter"))
    assert RECORDS[3].given == Answer("say", Cost(), thoughts="hm", stop="thoughts")


def test_endings_are_counted_by_turn_and_said_in_words():
    steps = [RECORDS[1], RECORDS[3], replace(RECORDS[3], stop="length")]
    counted = measure_endings([ANSWER, RECORDS[2]], steps)
    assert counted == {"length": 2, "thoughts": 1, "filter": 1} and list(counted) == ["length", "thoughts", "filter"]
    assert total([counted, {"filter": 2}]) == {"length": 2, "thoughts": 1, "filter": 3}
    assert in_words(counted) == "2 answers cut by the limit, 1 empty, for the limit went into thoughts, 1 withheld by the provider"
    assert in_words({"refusal": 1}) == "1 answer refused by the model" and in_words({}) == ""


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=50))
def test_any_answer_survives_even_one_that_no_encoding_can_carry(text):
    record = LikelihoodRecord("after", 0, "guard", "w", "guard/1", text, -1.0)
    assert from_line(to_line(record)) == record and to_line(record).isascii()


def test_a_trial_comes_back_the_same(tmp_path):
    read = read_trial(written(tmp_path / "t"))
    assert read.trial == TRIAL and list(read.records) == RECORDS and read.finished
    assert read.of(AnswerRecord) == [RECORDS[0], RECORDS[2]]


def test_a_number_that_is_not_one_never_reaches_the_file():
    with pytest.raises(ValueError):
        to_line(LikelihoodRecord("after", 0, "guard", "w", "guard/1", "x", float("nan")))


def test_records_can_be_read_while_they_are_written(tmp_path):
    with RecordWriter(tmp_path) as writer:
        writer.write(ANSWER)
        writer.sync()
        assert list(read_records(tmp_path / "records.jsonl")) == [timeless(ANSWER)]


def test_a_torn_last_line_is_dropped(tmp_path):
    folder = written(tmp_path / "t", finished=False)
    whole = (folder / "records.jsonl").read_bytes()
    (folder / "records.jsonl").write_bytes(whole[:-20])
    assert list(read_trial(folder).records) == RECORDS[:-1]


@pytest.mark.parametrize(
    "damage",
    [
        b"{}\n",
        b"not json\n",
        seal({"kind": "answer"}),
        seal({"kind": "nonsense"}),
        b"[1]\n",
        b"\xff\xfe\n",
        to_line(ANSWER).replace(b'"say"', b'"said"'),
        to_line(replace(ANSWER, turns=1, stops=("bored",))),
        to_line(replace(ANSWER, turns=1, stops=("end", "length"))),
        to_line(replace(RECORDS[1], stop="bored")),
    ],
)
def test_damage_in_the_middle_names_file_and_line(tmp_path, damage):
    folder = written(tmp_path / "t")
    path = folder / "records.jsonl"
    path.write_bytes(seal({"schema": SCHEMA}) + to_line(ANSWER) + damage + to_line(ANSWER))
    with pytest.raises(RecordsError, match=r"records\.jsonl, line 3"):
        read_trial(folder)


def test_wall_times_are_kept_apart_and_put_back(tmp_path):
    folder = written(tmp_path / "t")
    assert b"5.5" not in (folder / "records.jsonl").read_bytes()
    assert list(read_trial(folder, clock=False).records) == [timeless(record) for record in RECORDS]
    assert isinstance(measure(read_trial(folder, clock=False)).efficiency.act_seconds_per_step, Undefined)


def test_trials_of_the_first_schema_are_still_read(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    trial = {"env": "CL-Conlang-v0", "agent": "icl", "settings": {}, "steps": 8}
    (folder / "trial.json").write_text(json.dumps({"schema": 1, "trial": trial}))
    line = (
        b'{"kind":"answer","phase":"before","step":0,"set":"eval","world":"w","query":"eval/1","prompt":"ask","answer":"say",'
        b'"reward":0.5,"outcome":"partial","feedback":"no","cost":{"prompt_tokens":1,"cached_tokens":2,"completion_tokens":3,'
        b'"flops":4.5,"seconds":5.5,"dollars":6.5},"turns":2}\n'
    )
    (folder / "records.jsonl").write_bytes(line + line[:40])
    (folder / "result.json").write_text('{"schema": 1, "metrics": {}}')
    read = read_trial(folder)
    assert list(read.records) == [ANSWER] and read.trial.agent == "icl" and read.finished


def test_a_sealed_line_shows_every_single_flipped_bit():
    line = to_line(ANSWER)
    for place in range(len(line) - 1):
        for bit in range(7):
            changed = bytearray(line)
            changed[place] ^= 1 << bit
            with pytest.raises(ValueError):
                unseal(bytes(changed))


@pytest.mark.parametrize(
    "header",
    [
        "{",
        "[]",
        '{"schema": 99, "trial": {}}',
        '{"schema": 1}',
        '{"schema": 2, "trial": {"env": "E", "agent": "a"}}',
        '{"schema": 2, "trial": {"env": "E", "agent": "a"}, "crc": "00000000"}',
        '{"schema": 1, "trial": {"env": "E", "agent": "a", "colour": 1}}',
    ],
)
def test_a_header_of_another_kind_is_refused(tmp_path, header):
    folder = written(tmp_path / "t")
    (folder / "trial.json").write_text(header)
    with pytest.raises(RecordsError):
        read_trial(folder)


def test_runs_are_found_below_any_folder_once_and_in_order(tmp_path):
    for name in ("x/b", "x/a", "y"):
        written(tmp_path / name)
    written(tmp_path / "x" / "open", finished=False)
    found = read_runs([tmp_path, tmp_path / "x"])
    assert [r.folder.relative_to(tmp_path).as_posix() for r in found] == ["x/a", "x/b", "y"]
    assert len(find_trials([tmp_path])) == 4


def test_a_folder_without_finished_trials_says_so(tmp_path):
    with pytest.raises(RecordsError, match="does not exist"):
        read_runs([tmp_path / "nowhere"])
    with pytest.raises(RecordsError, match="holds no trial"):
        read_runs([tmp_path])
    written(tmp_path / "t", finished=False)
    with pytest.raises(RecordsError, match="none of the 1"):
        read_runs([tmp_path])


def test_json_is_replaced_whole_and_leaves_no_draft(tmp_path):
    path = tmp_path / "deep" / "result.json"
    write_json(path, {"schema": SCHEMA, "a": 1})
    with pytest.raises(ValueError):
        write_json(path, {"schema": SCHEMA, "a": float("nan")})
    assert read_json(path) == {"schema": SCHEMA, "a": 1}
    assert [p.name for p in path.parent.iterdir()] == ["result.json"]


def test_the_label_is_what_the_command_line_takes():
    from clgym.sweep import parse_spec

    assert TRIAL.label == "lora-sft:layers=all,lr=0.001"
    trial = Trial("E", "a", {"on": True, "n": 3, "rate": 1e-05, "name": "x"})
    assert parse_spec(trial.label).settings == trial.settings


@pytest.mark.parametrize(
    "settings, says",
    [
        ({"steps": -1}, "steps should be at least 0, and -1 was given."),
        ({"batch": 0}, "batch should be at least 1"),
        ({"eval_size": 0}, "eval_size should be at least 1"),
        ({"probe_size": -2}, "probe_size should be at least 0"),
        ({"noise": 2}, "noise should be from 0 to 1, and 2 was given."),
        ({"noise": "x"}, "noise should be a number (float), and 'x' (str) was given."),
        ({"level": "1"}, "level should be a whole number (int), and '1' (str) was given."),
        ({"steps": 1.5}, "steps should be a whole number (int), and 1.5 (float)"),
        ({"seed": True}, "seed should be a whole number"),
        ({"placebo": "yes"}, "placebo should be true or false"),
        ({"feedback": 3}, "feedback should be text"),
        ({"drift_at": 100}, "drift_at should be a list"),
        ({"drift_at": [0]}, "drift_at should be at least 1"),
        ({"checkpoints": ["8"]}, "checkpoints should be a list"),
        ({"attempts": 0}, "attempts should be at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, says):
    with pytest.raises(InvalidSetting, match=re.escape(says)):
        Trial("E", "a", **settings)


def test_settings_are_kept_as_their_types_have_them():
    trial = Trial("E", "a", drift_at=[3, 5], noise=0, checkpoints=[8])
    assert trial == Trial("E", "a", drift_at=(3, 5), noise=0.0, checkpoints=(8,)) and json.dumps(trial.noise) == "0.0"


def test_what_readers_of_the_settings_take_from_the_one_list():
    trial = Trial("E", "a", level=1, split="train", world=2, feedback="none", noise=0.5, drift_at=(8,))
    settings = {
        "level": 1,
        "breadth": 1,
        "split": "train",
        "world": 2,
        "feedback": "none",
        "noise": 0.5,
        "drift_at": (8,),
        "attempts": 1,
    }
    assert env_settings(trial) == settings and env_settings(replace(trial, attempts=3)) == {**settings, "attempts": 3}
    assert set(CONDITIONS) == {"breadth", "feedback", "noise", "drift_at", "attempts", "batch", "primer"}
    assert (ANSWERER, SEVERAL) == (("agent", "settings", "model"), ("env", "agent", "settings", "world", "seed"))
    assert all(helps_of(Trial)[field.name] for field in fields(Trial))
