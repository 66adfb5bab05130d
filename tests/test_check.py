"""``clgym check``: a line for each check, words for the author, and an exit code for a script."""

from __future__ import annotations

import json
import re

import pytest

from clgym.cli import main


def test_what_holds_is_a_line_each_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken_families:Sayings", "CountSteps"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"ok +\d+\.\d\d s  level 0: The oracle earns 1\.0 on every query\.", lines[4])
    assert re.fullmatch(r"CountSteps: 3 hold, in \d+\.\d s\.", last)


def test_what_does_not_hold_says_where_and_what_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken_families:TooSmall", "--only", "pools"]) == 1
    shown = capsys.readouterr().out
    assert "FAIL" in shown and "- pool learn has 0 queries; at least 100 distinct ones at level 0." in shown
    assert shown.splitlines()[-1].startswith("broken_families:TooSmall: 0 hold, 1 do not, in")


def test_what_says_nothing_of_an_agent_is_skipped_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "oracle", "--only", "learning"]) == 0
    assert "(skipped: it does not learn.)" in capsys.readouterr().out


def test_as_json_every_finding_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken_families:OneAnswerForAll", "--json"]) == 1
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {finding["subject"] for finding in findings} == {"broken_families:OneAnswerForAll"}
    (found,) = [finding for finding in findings if finding["check"] == "answers"]
    assert found["id"] == "broken_families:OneAnswerForAll-answers" and "act gave 1 answers" in found["problems"][0]


@pytest.mark.parametrize(
    "name, words",
    [
        ("CL-Tast-v0", "Did you mean 'CL-Taste-v0'"),
        ("no_such_module:X", "cannot be imported"),
        ("broken_families:Nothing", "unknown name in broken_families"),
        ("broken_families:WORDS", "expected a subclass of clgym.Family"),
        ("nowhere.py:X", "there is no file nowhere.py"),
    ],
)
def test_what_cannot_be_loaded_is_exit_code_2_and_the_others_are_checked(name: str, words: str, capsys) -> None:
    assert main(["check", name, "CountSteps"]) == 2
    shown = capsys.readouterr()
    assert words in shown.err and "CountSteps: 3 hold" in shown.out


def test_an_only_that_no_check_has_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "CountSteps", "--only", "level9"]) == 2
    assert "has no check 'level9'" in capsys.readouterr().err
