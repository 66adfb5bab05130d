"""A leaderboard that cannot be bought or broken: every way to stand higher than one is, or to take the page down, ends as refused."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

pytest.importorskip("jinja2")
pytest.importorskip("pydantic")

import clgym  # noqa: E402, F401
from clgym import metrics  # noqa: E402
from clgym.agent import Cost  # noqa: E402
from clgym.cli import main  # noqa: E402
from clgym.errors import ClgymError, InvalidSetting, RecordsError  # noqa: E402
from clgym.protocol import run_trial  # noqa: E402
from clgym.records import (  # noqa: E402
    RECORDS_FILE,
    RESULT_FILE,
    TIMES_FILE,
    TRIAL_FILE,
    AnswerRecord,
    BlockRecord,
    DivergenceRecord,
    LearnRecord,
    LikelihoodRecord,
    Trial,
    read_records,
    read_trial,
    to_line,
)
from clgym.seeding import SALT_VARIABLE, holding  # noqa: E402
from clgym.storage import SCHEMA, read_json, seal, sha256_of, write_json  # noqa: E402
from clgym.submission import limits, submit, verify  # noqa: E402
from clgym.submission.bundle import METADATA_FILE, hashes  # noqa: E402
from clgym.submission.declaration import declare  # noqa: E402
from clgym.submission.examiner import Examiner  # noqa: E402
from clgym.submission.known import strangers  # noqa: E402
from clgym.submission.leaderboard import theta_0_notes, write_leaderboard  # noqa: E402
from clgym.submission.plausible import impossible  # noqa: E402
from clgym.sweep import trial_folder  # noqa: E402
from clgym.sweep.plan import parse_spec  # noqa: E402

SMALL = {"steps": 16, "eval_size": 8, "transfer_size": 0, "guard_size": 0, "probe_size": 0, "control_size": 4, "checkpoints": (8,)}
SUITE = [Trial("CL-Taste-v0", "recommender", world=world, **SMALL) for world in (0, 1)]
SALT = bytes(range(7, 39))


def run(out: Path, agent: str = "recommender", **settings) -> Path:
    for trial in SUITE:
        made = replace(trial, agent=agent, **settings)
        run_trial(made, trial_folder(out, made))
    return out


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    """A bundle of an agent that ran the suite."""
    out = tmp_path_factory.mktemp("honest")
    submit([run(out / "runs")], out / "bundle", name="honest", attempts=2)
    return out / "bundle"


@pytest.fixture
def bundle(honest, tmp_path) -> Path:
    return Path(shutil.copytree(honest, tmp_path / "bundle"))


def trial_of(bundle: Path, world: int = 0) -> Path:
    (folder,) = (file.parent for file in bundle.rglob(TRIAL_FILE) if f"world{world}" in file.parent.parent.name)
    return folder


def reseal(bundle: Path, **changed) -> None:
    """Hash every file anew, as a forger would, and say something else in the manifest."""
    metadata = yaml.safe_load((bundle / METADATA_FILE).read_text(encoding="utf-8"))
    metadata |= {"files": hashes(bundle), **changed}
    (bundle / METADATA_FILE).write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")


def header(bundle: Path, **changed) -> None:
    for file in bundle.rglob(TRIAL_FILE):
        write_json(file, {**read_json(file), **changed})
    reseal(bundle)


def rewrite(folder: Path, change: Callable[[object], object | None]) -> None:
    """Write the records as ``change`` has them, the result of them, and as many times."""
    records = [made for record in read_records(folder / RECORDS_FILE) if (made := change(record)) is not None]
    (folder / RECORDS_FILE).write_bytes(seal({"schema": SCHEMA}) + b"".join(map(to_line, records)))
    (folder / TIMES_FILE).write_bytes(seal({"schema": SCHEMA}))
    result = {**read_json(folder / RESULT_FILE), "records": len(records)}
    write_json(folder / RESULT_FILE, result)
    made = metrics.to_json(metrics.measure(read_trial(folder, clock=False)))
    unchanged = all(record.digest for record in records if isinstance(record, BlockRecord))
    write_json(folder / RESULT_FILE, {**result, "metrics": made, "theta_proven_unchanged": unchanged})


def refused(bundle: Path, *words: str) -> None:
    """Verification names it, in a line or an error, with all these words."""
    try:
        lines = verify(bundle, suite=SUITE).differences
    except ClgymError as error:
        lines = (str(error),)
    assert any(all(word in line for word in words) for line in lines), lines


def test_the_honest_bundle_verifies_and_says_what_it_is(honest):
    verdict = verify(honest, suite=SUITE)
    assert verdict.differences == () and verdict.standing == "self-reported"


# -- claims of versions, agents and models ------------------------------------------------------------------------------

NOW = {"python": "3.11.7", "clgym": clgym.__version__, "gymnasium": "1.2.0", "numpy": "2.0.0"}


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({}, "has no python, clgym, gymnasium, numpy"),
        (dict.fromkeys(NOW, "99"), "is no version that is known here"),
        ({**NOW, "clgym": "0.0.1"}, "clgym 0.0.1"),
        ({**NOW, "python": "2.7"}, "3.10 and later"),
        ({**NOW, "numpy": "latest"}, "it is no version"),
        ({**NOW, "numpy": "1.2"}, "needs at least"),
        ({**NOW, "transformers": "6.0"}, "needs less than"),
        ({**NOW, "magic": "1.0"}, "which no trial names"),
    ],
)
def test_forged_versions(bundle, versions, words):
    header(bundle, versions=versions)
    refused(bundle, words)


def of(agent: str, model: str = "", identity=None, origin=None, versions=NOW):
    """A trial's header, as far as its claims go."""
    trial = replace(SUITE[0], agent=agent, model=model)
    return SimpleNamespace(trial=trial, header={"versions": versions, "agent": origin, "model": identity or {}}, of=lambda kind: [])


def test_an_agent_that_nobody_knows_and_one_that_is_not_what_it_is_called(bundle):
    assert any("nothing says who" in line for line in strangers(of("no-such-agent")))
    assert any("its source has no hash" in line for line in strangers(of("no-such-agent", origin={"class": "a:B"})))
    assert strangers(of("mine", origin={"class": "a:B", "sha256": "0" * 64})) == []
    there = read_json(trial_of(bundle) / TRIAL_FILE)["agent"]
    assert strangers(of("recommender", origin=there)) == []
    for changed in (
        {"sha256": "0" * 64},
        {"class": "clgym.baselines.icl:InContext"},
        {"sources": {}},
        {"sources": {"os": "0" * 12}},
    ):
        assert any("is not the agent of that name" in line for line in strangers(of("recommender", origin={**there, **changed})))


def test_models_are_known_by_the_hash_of_their_weights():
    outsider = {"class": "a:B", "sha256": "0" * 64}
    assert any("no model that is known" in line for line in strangers(of("mine", "no-such-model", origin=outsider)))
    assert any("which weights" in line for line in strangers(of("mine", "path:/no/such/model", origin=outsider)))
    assert strangers(of("mine", "path:/no/such/model", {"weights": "0" * 64}, outsider)) == []
    assert any("other weights" in line for line in strangers(of("mine", "tiny", {"weights": "0" * 64}, outsider)))
    assert any("none is named" in line for line in strangers(of("icl", origin=outsider)))
    assert any("has no" in line and "torch" in line for line in strangers(of("icl", "tiny", origin=outsider)))


# -- records that no run can have written ---------------------------------------------------------------------------------


def test_one_theta_for_different_answers(bundle):
    """All hashes of θ the same, and yet it learned."""
    rewrite(trial_of(bundle), lambda r: replace(r, digest="a" * 64) if isinstance(r, BlockRecord) else r)
    reseal(bundle)
    refused(bundle, "one θ (by its hash) answers")


def test_a_learner_that_poses_as_one_that_never_learns(tmp_path):
    out = run(tmp_path / "runs", batch=16)
    folder = next(out.rglob(TRIAL_FILE)).parent
    rewrite(folder, lambda r: None if isinstance(r, LearnRecord) else r)
    found = verify(out).differences
    assert any("learns, and no lesson is recorded" in line for line in found)
    assert any("nothing was learned, and" in line for line in found)


def synthetic(agent: str, *records, model: str = "tiny"):
    trial = replace(SUITE[0], agent=agent, model=model)
    return SimpleNamespace(
        trial=trial, header={"model": {}}, records=records, of=lambda kind: [r for r in records if isinstance(r, kind)]
    )


def answer(phase: str, text: str, cost: Cost, query: str = "eval/0", reward: float = 0.0) -> AnswerRecord:
    return AnswerRecord(phase, 0 if phase == "before" else 16, "eval", "w", query, "?", text, reward, "wrong", "", cost)


def block(phase: str, digest: str) -> BlockRecord:
    return BlockRecord(phase, 0 if phase == "before" else 16, 1, digest, False, 0.0, {})


READ = Cost(prompt_tokens=10, completion_tokens=2, flops=12e9)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Cost(prompt_tokens=10, completion_tokens=2, flops=1.0), "a token costs"),
        (Cost(prompt_tokens=10, completion_tokens=2), "no FLOPs"),
        (Cost(flops=12e9), "read or wrote no token"),
    ],
)
def test_forged_costs_of_a_language_model(after, words):
    """θ_0 dear and θ_N free: three of four axes are differences to θ_0."""
    dear = synthetic("icl", answer("before", "a", READ), block("before", "a"), answer("after", "b", after), block("after", "b"))
    assert any(words in line for line in impossible(dear)), impossible(dear)
    fair = synthetic("icl", answer("before", "a", READ), block("before", "a"), answer("after", "b", READ), block("after", "b"))
    assert not any("token" in line or "FLOP" in line for line in impossible(fair))


def test_a_theta_that_moved_for_nothing_and_one_that_did_not_and_is_far_away():
    lesson = LearnRecord("learn", 4, 4, Cost())
    before, after = [answer("before", "a", READ), block("before", "a")], [answer("after", "b", READ), block("after", "b")]
    assert "weights learned something, and learning it took no FLOPs" in impossible(synthetic("lora-sft", *before, lesson, *after))
    assert impossible(synthetic("lora-sft", *before, replace(lesson, cost=READ), *after)) == []
    assert impossible(synthetic("lora-rl", *before, lesson, before[0], block("after", "b"))) == []  # its random state moved
    there = [block("before", "a"), DivergenceRecord("after", 16, 3, 2.5), block("after", "a")]
    assert any("2.5 nats from where it began" in line for line in impossible(synthetic("icl", *there)))
    twice = [LikelihoodRecord(phase, 0, "probe/x", "w", "q", "ref", nats) for phase, nats in (("before", -3.0), ("after", -9.0))]
    same = [twice[0], block("before", "a"), twice[1], block("after", "a")]
    assert any("two likelihoods" in line for line in impossible(synthetic("icl", *same)))


def test_a_sandbagged_theta_0_is_shown_against_the_frozen_arm():
    """Blank answers until the first lesson: the frozen arm of the same weights answers the same questions."""
    own = [answer("before", "", READ), answer("after", "right", READ, reward=1.0)]
    arm = synthetic("frozen", answer("before", "b", READ, reward=0.5))
    (note,) = theta_0_notes([synthetic("icl", *own), arm])
    assert "earned 0.00 of eval, and the frozen arm of its model 0.50" in note
    (note,) = theta_0_notes([synthetic("icl", *own)])
    assert "its own word" in note
    assert theta_0_notes([synthetic("recommender", *own, model="")]) == []


# -- cells: copies, cherries, other sizes ---------------------------------------------------------------------------------


def test_copies_of_the_best_trial(bundle):
    shutil.copytree(trial_of(bundle), bundle / "trials" / "again" / "recommender-1")
    reseal(bundle)
    refused(bundle, "2 trials of", "one counts")


def test_worlds_that_are_left_out_and_settings_chosen_for_each_world(bundle, tmp_path):
    shutil.rmtree(trial_of(bundle, 1))
    reseal(bundle, planned=[{**yaml.safe_load((bundle / METADATA_FILE).read_text())["planned"][0], "worlds": [0]}])
    refused(bundle, "has no such trial", "train/1")
    for world, size in ((0, 64), (1, 128)):
        made = replace(SUITE[world], settings={"size": size})
        run_trial(made, trial_folder(tmp_path / "runs", made))
    found = verify(tmp_path / "runs", suite=SUITE).differences
    assert any("recommender:size=64 has no such trial" in line for line in found)


def test_an_easier_experiment(tmp_path):
    """World 7, another seed, 4 queries: not the suite's, so it is refused before anything is replayed."""
    made = replace(SUITE[0], world=7, seed=3, eval_size=4)
    run_trial(made, trial_folder(tmp_path / "runs", made))
    submit([tmp_path / "runs"], tmp_path / "bundle", name="easy")
    refused(tmp_path / "bundle", "the suite has no trial with these settings")


# -- files of strangers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [RECORDS_FILE, TIMES_FILE])
def test_junk_behind_the_last_record(bundle, file):
    with open(trial_of(bundle) / file, "ab") as records:
        records.write(b"x" * 100_000)
    reseal(bundle)
    refused(bundle, file, "100,000 bytes of no record follow")


def test_times_of_records_that_are_not_there(bundle):
    with open(trial_of(bundle) / TIMES_FILE, "ab") as times:
        times.write(b"".join(seal({"line": 10_000 + n, "seconds": 1.0}) for n in range(50)))
    reseal(bundle)
    refused(bundle, "times 50 records that are not there")


def line_of(folder: Path, kind: str, **changed) -> None:
    """Change a field of the first record of a kind, as a forger would, with a checksum that fits."""
    lines = (folder / RECORDS_FILE).read_bytes().splitlines(True)
    for place, line in enumerate(lines[1:], start=1):
        data = json.loads(line)
        if data["kind"] == kind:
            data.pop("crc")
            for name, value in changed.items():
                data[name] = {**data[name], **value} if name == "cost" and isinstance(value, dict) else value
            body = json.dumps(data, separators=(",", ":")).encode("ascii")
            lines[place] = body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body)
            break
    (folder / RECORDS_FILE).write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("block", {"describe": [1, 2]}, "describe"),
        ("block", {"describe": {"a": {"b": 1}}}, "plain values"),
        ("block", {"describe": {"estimated": "flops"}}, "estimated"),
        ("answer", {"reward": "1.0"}, "reward"),
        ("answer", {"reward": 1.5}, "reward is 1.5"),
        ("answer", {"reward": float("nan")}, "nan"),
        ("answer", {"outcome": "excellent"}, "outcome"),
        ("answer", {"cost": {"flops": -1.0}}, "flops is -1"),
        ("answer", {"cost": {"flops": 1e300}}, "flops is 1e+300"),
        ("answer", {"cost": {"prompt_tokens": 1.5}}, "prompt_tokens"),
        ("answer", {"cost": {"prompt_tokens": 3, "cached_tokens": 9}}, "were cached"),
        ("step", {"done": 1}, "done"),
        ("step", {"step": True}, "step"),
        ("answer", {"prompt": [[[]]]}, "prompt"),
        ("answer", {"answer": "x" * (5 << 20)}, "MiB"),
    ],
)
def test_fields_of_another_type_or_out_of_bounds(bundle, kind, changed, words):
    line_of(trial_of(bundle), kind, **changed)
    reseal(bundle)
    refused(bundle, RECORDS_FILE, words) if words != "nan" else refused(bundle, RECORDS_FILE)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"versions": ["1.0"]}, "versions"),
        ({"generators": {"CL-Taste-v0": "1"}}, "generators"),
        ({"machine": {"cores": [2]}}, "machine"),
        ({"payload": "x"}, "payload"),
        ({"agent": "me"}, "agent"),
        ({"sequence": [[]]}, "sequence"),
        ({"model": {"weights": 1}}, "model"),
        ({"attempts": 10**9}, "attempts"),
    ],
)
def test_a_header_of_another_form(bundle, changed, words):
    header(bundle, **changed)
    refused(bundle, "trial.json", words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {
                "planned": [
                    {
                        "env": "E",
                        "level": 0,
                        "split": "train",
                        "agents": ["a"] * 300,
                        "worlds": list(range(300)),
                        "seeds": [0] * 300,
                    }
                ]
            },
            "27,000,000 cells",
        ),
        ({"planned": "everything"}, "planned"),
        ({"versions": {"clgym": 1.0}}, "versions"),
        ({"name": ["a", "b"]}, "name"),
        ({"date": "yesterday"}, "date"),
        ({"attempts": "2"}, "attempts"),
        ({"attempts": 0}, "attempts"),
        ({"agents": [{"x": 1}]}, "agents"),
        ({"declaration": "0" * 64}, "declaration"),
        ({"rank": 1}, "rank"),
    ],
)
def test_a_manifest_of_another_form(bundle, changed, words):
    reseal(bundle, **changed)
    refused(bundle, words)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "alias"),
        ("name: !!python/object/apply:os.system [echo]\n", "tag"),
        ("name: " + "[" * 500 + "]" * 500, "within values"),
        ("a:\n" + "".join("  " * n + f"b{n}:\n" for n in range(1, 200)), "within values"),
        ("\0", "cannot be read"),
        ("- 1\n", "schema"),
        ("", "schema"),
    ],
    ids=["alias bomb", "python tag", "brackets", "mappings", "nul", "list", "empty"],
)
def test_yaml_that_would_take_the_machine(bundle, text, words):
    (bundle / METADATA_FILE).write_text(text)
    refused(bundle, words)


def test_json_that_is_too_deep(bundle):
    file = trial_of(bundle) / TRIAL_FILE
    file.write_text(file.read_text().replace('"canary"', '"x": ' + "[" * 100_000 + "]" * 100_000 + ', "canary"'))
    reseal(bundle)
    refused(bundle, "trial.json", "within values")
    limits.check_depth(json.dumps({"prompt": "[{" * 5000 + '"\\'}).encode(), "x")  # brackets of a text count for nothing
    for unclosed in (b'["' + b'\\"' * 200_000, b'["' + b"[" * 200_000 + b"\\"):
        limits.check_depth(unclosed, "x")


# -- archives -----------------------------------------------------------------------------------------------------------------


def archive(path: Path, *entries: tuple[str, bytes, bytes], longer: int = 0) -> Path:
    """A .tar.gz with entries of any name, type and content, after which ``longer`` zeros follow."""
    with gzip.open(path, "wb", compresslevel=1) as zipped:
        for name, kind, data in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(data), "/etc/hostname" if kind in (b"1", b"2") else ""
            zipped.write(entry.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * (-len(data) % 512))
        zipped.write(b"\0" * 1024)
        for _ in range(longer >> 20):
            zipped.write(b"\0" * (1 << 20))
    return path


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("metadata.yaml", b"2", b"")], "no plain file"),
        ([("metadata.yaml", b"1", b"")], "no plain file"),
        ([("dev", b"3", b"")], "no plain file"),
        ([("../out", b"0", b"x")], "no plain file"),
        ([("/etc/out", b"0", b"x")], "no plain file"),
        ([("a\\b", b"0", b"x")], "no plain file"),
        ([("a/b/c/d/e/f/g/h/i", b"0", b"x")], "no plain file"),
        ([("a", b"0", b"x"), ("a", b"0", b"y")], "cannot be unpacked"),
        ([("a", b"0", b"x"), ("a/b", b"0", b"y")], "cannot be unpacked"),
        ([("././@LongLink", b"L", b"x" * 100_000)], "no plain file"),
        ([("x", b"x", b"y" * 100_000)], "no plain file"),
        ([("x", b"g", b"y")], "no plain file"),
        ([("x", b"S", b"y")], "no plain file"),
    ],
)
def test_archives_hold_plain_files_at_plain_places(tmp_path, entries, words):
    with pytest.raises(RecordsError, match=words):
        verify(archive(tmp_path / "x.tar.gz", *entries))
    assert not (tmp_path.parent / "out").exists()


def test_archives_of_a_gigabyte_of_a_million_files_and_of_sizes_that_lie(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 8 << 20)
    monkeypatch.setattr(limits, "MOST_FILES", 1000)
    with pytest.raises(RecordsError, match="unpacks to more than 8 MiB"):
        verify(archive(tmp_path / "bomb.tar.gz", ("a", b"0", b"x"), longer=64 << 20))
    with pytest.raises(RecordsError, match="more than 1,000 files"):
        verify(archive(tmp_path / "many.tar.gz", *((str(n), b"0", b"") for n in range(2000))))
    lying = tarfile.TarInfo("a")
    lying.size = 1 << 40
    (tmp_path / "lie.tar.gz").write_bytes(gzip.compress(lying.tobuf(tarfile.GNU_FORMAT)))
    with pytest.raises(RecordsError, match="ends before"):
        verify(tmp_path / "lie.tar.gz")
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(1100):
        (folder / str(number)).touch()
    (folder / METADATA_FILE).write_text("a: 1\n")
    with pytest.raises(RecordsError, match="more than 1,000 files"):
        verify(folder)


def test_links_in_a_folder_are_not_followed(bundle, tmp_path):
    (tmp_path / "secret.txt").write_text("the evaluator's")
    (bundle / "notes.txt").symlink_to(tmp_path / "secret.txt")
    refused(bundle, "notes.txt is a link")
    (bundle / "notes.txt").unlink()
    os.mkfifo(bundle / "pipe")
    refused(bundle, "pipe is a link or no plain file")


# -- code that comes with a bundle -----------------------------------------------------------------------------------------------


def test_no_code_of_a_bundle_is_run_by_reading_it(bundle, tmp_path):
    """Not the agent's, not the family's, not where the settings leave something to be asked of it."""
    evil = bundle / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    trial = read_json(trial_of(bundle) / TRIAL_FILE)["trial"]
    for changed in (
        {"agent": f"{evil}:Agent", "attempts": None},
        {"env": f"{evil}:Family"},
        {"env": f"{evil}:Family", "steps": None},
        {"model": f"{evil}:Model"},
    ):
        for file in bundle.rglob(TRIAL_FILE):
            header_ = {key: value for key, value in read_json(file).items() if key != "attempts"}
            write_json(file, {**header_, "trial": {**trial, **changed}})
        reseal(bundle)
        for suite in ([], SUITE):
            try:
                assert not verify(bundle, suite=suite).verified
            except ClgymError:
                pass
        assert not (tmp_path / "ran").exists(), changed


# -- the page ---------------------------------------------------------------------------------------------------------------------


def bad(bundles: Path, honest: Path) -> dict[str, str]:
    """Twelve bundles that must not stand on the page, and a word of why not."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(honest, bundles / name))

    def lines(name: str, kind: str, **changed) -> None:
        line_of(trial_of(copy(name)), kind, **changed)
        reseal(bundles / name)

    lines("list", "block", describe=[1])
    lines("strings", "answer", reward="1")
    lines("nan", "answer", cost={"flops": float("inf")})
    header(copy("versions"), versions=["1"])
    header(copy("ninety-nine"), versions=dict.fromkeys(NOW, "99"))
    (copy("bomb") / METADATA_FILE).write_text(BOMB)
    reseal(
        copy("grid"),
        planned=[{"env": "E", "level": 0, "split": "train", "agents": ["a"] * 999, "worlds": [0] * 999, "seeds": [0] * 999}],
    )
    shutil.copytree(trial_of(copy("copies")), bundles / "copies" / "trials" / "again" / "x")
    reseal(bundles / "copies")
    (copy("link") / "notes").symlink_to("/etc/hostname")
    with open(trial_of(copy("junk")) / RECORDS_FILE, "ab") as file:
        file.write(b"\\0" * 1_000_000)
    reseal(bundles / "junk")
    shutil.rmtree(trial_of(copy("cherry"), 1))
    reseal(bundles / "cherry")
    archive(bundles / "outside.tar.gz", ("../../out", b"0", b"x"))
    return {
        "list": "describe", "strings": "reward", "nan": "JSON", "versions": "versions", "ninety-nine": "version", "bomb": "alias",
        "grid": "cells", "copies": "one counts", "link": "is a link", "junk": "behind the last", "cherry": "missing", "outside.tar.gz": "plain file",
    }  # fmt: skip


def test_a_page_of_three_good_bundles_and_twelve_bad_ones_stands(honest, tmp_path):
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    shutil.copytree(honest, bundles / "good")
    submit([run(tmp_path / "random", "random")], bundles / "good.tar.gz", name="<b>random</b>", attempts=1)
    submit([run(tmp_path / "larger", settings={"size": 64})], bundles / "larger", name="larger")
    why = bad(bundles, honest)
    shown, refused_ = write_leaderboard(bundles, tmp_path / "page.html", suite=SUITE)
    page = (tmp_path / "page.html").read_text()
    assert shown == 3 and {path.name for path in refused_} == set(why)
    for path, lines in refused_.items():
        assert any(why[path.name] in line for line in lines), (path.name, lines)
        assert f"<b>{path.name}</b> is refused" in page
    assert "<b>random</b>" not in page and "&lt;b&gt;random" in page
    assert page.count("rank by gain") == 2  # the third does not say how often it was tried
    assert "re-run;" not in page and page.count("self-reported; 2 worlds") == 3


def test_a_bundle_that_hangs_or_dies_is_refused_alone(honest, tmp_path, monkeypatch):
    with Examiner(SUITE, [], None, seconds=60) as examiner:
        assert examiner.examine(honest).verified
        examiner._seconds = 0.0
        assert "not verified within 0 s" in examiner.examine(honest)
        examiner._seconds = 60
        examiner._start()
        examiner._process.kill()  # as the kernel does where memory ends
        examiner._process.join()
        assert "ended the process" in examiner.examine(honest)
        assert examiner.examine(honest).verified
        assert "holds no trial" in examiner.examine(tmp_path)


def test_a_leaderboard_is_of_one_suite(honest, tmp_path, capsys):
    with pytest.raises(InvalidSetting, match="of one suite"):
        write_leaderboard(honest.parent, tmp_path / "page.html", suite=[])
    with pytest.raises(SystemExit):
        main(["leaderboard", str(honest.parent)])
    assert "--suite" in capsys.readouterr().err


# -- before and after the salt is published -----------------------------------------------------------------------------------------


@pytest.fixture
def private(tmp_path, monkeypatch) -> Path:
    """A self-reported bundle of private worlds, made once the salt was known; and what was declared before."""
    (tmp_path / "declared").mkdir()
    declare(tmp_path / "declared" / "mine.json", [parse_spec("recommender")], model="", name="mine", attempts=3)
    with holding(SALT):
        run(tmp_path / "runs", split="test")
        submit([tmp_path / "runs"], tmp_path / "bundles" / "late", name="late", attempts=1)
        submit([tmp_path / "runs"], tmp_path / "bundles" / "mine", name="mine", declaration=tmp_path / "declared" / "mine.json")
        run(tmp_path / "other", split="test", settings={"size": 64})
        submit([tmp_path / "other"], tmp_path / "bundles" / "other", name="other", declaration=tmp_path / "declared" / "mine.json")
    monkeypatch.setenv(SALT_VARIABLE, SALT.hex())
    assert main(["salt", "reveal", "--declared", str(tmp_path / "declared"), "--output", str(tmp_path / "reveal.json")]) == 0
    monkeypatch.delenv(SALT_VARIABLE)
    return tmp_path


@pytest.mark.slow
def test_settings_are_declared_before_the_salt_is_published(private):
    shown, refused_ = write_leaderboard(
        private / "bundles", private / "page.html", suite=SUITE, salt=SALT, revealed=private / "reveal.json"
    )
    assert shown == 1 and {path.name: lines[0] for path, lines in refused_.items()}.keys() == {"late", "other"}
    why = {path.name: lines[0] for path, lines in refused_.items()}
    assert "not declared before the salt" in why["late"] and "recommender:size=64 is not an agent that was declared" in why["other"]
    assert '<td class="number">3</td>' in (private / "page.html").read_text()
    shown, _ = write_leaderboard(private / "bundles", private / "page.html", suite=SUITE, salt=SALT)
    assert shown == 0  # nothing says what came before
    assert sha256_of(private / "declared" / "mine.json") in read_json(private / "reveal.json")["declared"]
