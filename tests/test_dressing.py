"""What dressing is and what is none. That a right answer is right in any dress in every family is a check of clgym.testing."""

from __future__ import annotations

import pytest

from clgym.text import answers


@pytest.mark.parametrize(
    "answer",
    [
        "approve or refuse",
        "approveapprove",
        "approve approve",
        "The answer is approve, I think.",
        '"approve" or "refuse"',
        "**approve** or **refuse**",
        "$approve$ or $refuse$",
        "\\boxed{approve} \\boxed{refuse}",
        "- approve\n- refuse",
        "1. approve\n2. refuse",
        "Here it is:\n```\napprove\n```",
        "```\napprove\n```\nThat is my answer.",
        "```\napprove\n```\n```\nrefuse\n```",
        "Action: approve\nAction: refuse",
        "not approve",
        "~approve~",
        "approve...",
    ],
)
def test_what_is_no_dressing_stays(answer):
    assert answers.plain(answer, ("action",)) != "approve"


@pytest.mark.parametrize(
    "code",
    [
        "- 1",
        "+ x",
        "* rest",
        "1. + 2",
        "1.",
        "$x$",
        "$",
        "*a*",
        "**kwargs**",
        '"a" + "b"',
        "'x'",
        "`a${b}`",
        "_x_",
        "__name__",
        "\\text{a}",
        "answer: while (true) {}",
        "{'answer': 1}",
        "  x = 1\n  y = 2",
        "x = '\u200b'",
    ],
)
def test_what_may_be_code_stays(code):
    assert answers.code(code) == code
    assert answers.code(f"```python\n{code}\n```") == code.rstrip()


def test_a_fence_holds_the_whole_answer_or_is_none():
    assert answers.unfence("````md\n```\nx\n```\n````") == "```\nx\n```"
    assert answers.unfence("~~~\nx\n~~~") == "x"
    for text in ("```x``` or ```y```", "x ```y```", "``````", "```", "``x``", "`" * 5):
        assert answers.unfence(text) == text


def test_only_the_names_of_fields_come_off():
    assert answers.plain("Action: Park", ("action",)) == "park"
    assert answers.plain("Action: Park") == "action: park"
    assert answers.plain("**Final answer:** Park") == answers.plain("Answer : Park") == "park"
    assert answers.plain("Answer") == "answer" and answers.plain("9:30") == "9:30"


def test_dressing_that_lies_in_dressing_comes_off_to_a_depth():
    assert answers.plain('- **"Answer: `$\\boxed{\\text{Park}}$`."**') == "park"
    assert len(answers.plain('"' * 1000 + "x" + '"' * 1000)) > 1900
    assert answers.plain("") == answers.plain("```\n```") == answers.plain("\u200b") == ""


def test_texts_keep_their_own_marks():
    assert answers.unwrap("- milk\n- tea.") == "- milk\n- tea."
    assert answers.unwrap("```\n- milk\n- tea.\n```") == "- milk\n- tea."
    assert answers.unwrap("**Dear Ann,**\nhello.") == "**Dear Ann,**\nhello."
