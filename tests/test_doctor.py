"""`clgym doctor` says how a machine stands and what to do; it notices what is broken."""

from __future__ import annotations

import json
import os
import sys

import pytest

from clgym.cli import attacks, doctor, main
from clgym.cli.attacks import ATTACKS, CANARY, CANARY_VARIABLE, Attack
from clgym.sandbox import Fault, Outcome, Result


def findings(capsys, *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    code = main(["doctor", "--json", *arguments])
    return code, {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


@pytest.fixture(autouse=True)
def without_torch(monkeypatch):
    """It takes seconds to import, and a test of its own."""
    monkeypatch.setitem(sys.modules, "torch", None)


def test_every_line_says_how_it_stands_and_what_to_do(capsys, tmp_path):
    code, found = findings(capsys, "--out", str(tmp_path / "not" / "there"))
    assert {"Python", "torch", "model smollm2-135m", "sandbox, javascript", "sandbox, python", "disk"} <= found.keys()
    assert {finding["state"] for finding in found.values()} <= {"ok", "warn", "fail"}
    assert all(finding["todo"] for finding in found.values() if finding["state"] != "ok")
    assert code == int(any(finding["state"] == "fail" for finding in found.values()))
    assert found["sandbox, javascript"]["state"] == found["sandbox, typescript"]["state"] == "ok"
    assert found["torch"]["state"] == "warn" and "clgym[models]" in found["torch"]["todo"]
    assert str(tmp_path) in found["disk"]["found"] and "GB free" in found["disk"]["found"]
    assert list(tmp_path.iterdir()) == [] and CANARY_VARIABLE not in os.environ


def test_the_same_lines_for_people(capsys, tmp_path):
    main(["doctor", "--out", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("ok ") and "sandbox, javascript: held against" in line]


def test_a_damaged_model_and_one_that_is_not_there(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CLGYM_CACHE", str(tmp_path))
    _, found = findings(capsys)
    assert found["model smollm2-135m"]["state"] == "warn" and "not fetched yet" in found["model smollm2-135m"]["found"]
    folder = tmp_path / "models" / "smollm2-135m"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"xyz")
    (folder / "manifest.json").write_text(json.dumps({"files": {"weights": {"size": 3, "sha256": "0" * 64}}}))
    _, found = findings(capsys)
    assert "is damaged" in found["model smollm2-135m"]["found"] and "clgym fetch" in found["model smollm2-135m"]["todo"]


def test_a_disk_without_room_or_that_cannot_be_written_fails(capsys, tmp_path, monkeypatch):
    used = doctor.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: used._replace(free=1000))
    code, found = findings(capsys, "--out", str(tmp_path))
    assert code == 1 and found["disk"]["state"] == "fail" and "Free some space" in found["disk"]["todo"]
    monkeypatch.undo()
    (tmp_path / "file").write_text("no folder")
    assert [finding.state for finding in doctor._disk(tmp_path / "file" / "x")] == ["fail"]


@pytest.mark.parametrize(
    ("hole", "language"),
    [
        (Attack("says that it got out", "javascript", "console.log('ESC' + 'APED')"), "javascript"),
        (Attack("prints the canary", "python", f"print({CANARY!r})"), "python"),
        (Attack("ends well though it should not end", "javascript", "1", ("steps",)), "javascript"),
    ],
)
def test_a_sandbox_that_does_not_hold_fails_and_names_the_program(capsys, monkeypatch, hole, language):
    monkeypatch.setattr(doctor, "ATTACKS", (*ATTACKS, hole))
    code, found = findings(capsys)
    assert code == 1 and found[f"sandbox, {language}"]["state"] == "fail" and hole.name in found[f"sandbox, {language}"]["found"]


def test_every_attack_would_be_noticed():
    """No attack is held by a program that could not be read, or that died before it began."""
    for attack in ATTACKS:
        assert not attack.held(Outcome((Result("ok", console="ESCAPED"),)))
        assert not attack.held(Outcome((Result("failed", error=Fault("", "no worker")),)))
        compile(attack.source, attack.name, "exec") if attack.language == "python" else None
        outcome = doctor.run(attack.program, (), doctor._LIMITS)
        assert attack.held(outcome) and outcome.results[0].status != "syntax", (attack.name, outcome)
    assert attacks.honest("typescript").source.count("number") == 1


def test_full_imports_what_is_optional(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "clgym.sweep.ray_engine", raising=False)
    found = {finding.name: finding for finding in doctor._entry_points()}
    assert found["engine local"].state == "ok" and found["agent oracle"].state == "ok"
    assert found["engine ray"].state == "warn" and "clgym[ray]" in found["engine ray"].todo


def test_torch_that_cannot_be_imported_fails(monkeypatch):
    def broken(name):
        raise OSError("libtorch.so: cannot open shared object file")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    (finding,) = doctor._torch()
    assert finding.state == "fail" and "libtorch.so" in finding.found and "force-reinstall" in finding.todo


@pytest.mark.torch
def test_torch_says_how_fast_it_is(monkeypatch):
    monkeypatch.undo()
    pytest.importorskip("torch")
    first, *devices = doctor._torch()
    assert first.state == "ok" and "float32" in first.found and "bfloat16" in first.found and "GFLOP/s" in first.found
    assert devices and all(finding.name == "device" for finding in devices)
