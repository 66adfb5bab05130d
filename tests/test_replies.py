"""What a chat completion says: answers, thoughts, refusals and ends in every way that servers write them. No torch, no network."""

from __future__ import annotations

import json

import pytest

from clgym.baselines.models.reply import Usage, read_reply
from clgym.text.thoughts import without_thoughts


def body(message: dict, finish_reason: str | None = "stop", usage: dict | None = None) -> bytes:
    counts = {"prompt_tokens": 9, "completion_tokens": 5} if usage is None else usage
    return json.dumps({"choices": [{"message": message, "finish_reason": finish_reason}], "usage": counts}).encode()


LONG = {"prompt_tokens": 9, "completion_tokens": 64}
HIDDEN = {**LONG, "completion_tokens_details": {"reasoning_tokens": 60}}
NOTHING = {"prompt_tokens": 9, "completion_tokens": 0}
#: A message, how it finished, its usage; the answer, the thoughts and the stop.
REPLIES = {
    "plain": ({"content": "yes"}, "stop", None, ("yes", "", "end")),
    "no reason": ({"content": "yes"}, None, None, ("yes", "", "end")),
    "cut": ({"content": "yes and"}, "length", None, ("yes and", "", "length")),
    "nothing said": ({"content": ""}, "stop", None, ("", "", "end")),
    "no tokens": ({"content": None}, "stop", NOTHING, ("", "", "filter")),
    "one token": ({"content": None}, "stop", {**NOTHING, "completion_tokens": 1}, ("", "", "end")),
    "withheld": ({"content": "The way to"}, "content_filter", None, ("The way to", "", "filter")),
    "withheld whole": ({"content": None}, "content_filter", NOTHING, ("", "", "filter")),
    "refused": ({"content": None, "refusal": "I'm sorry."}, "stop", None, ("I'm sorry.", "", "refusal")),
    "beside": ({"content": "yes", "reasoning_content": "4 is even"}, "stop", None, ("yes", "4 is even", "end")),
    "beside, otherwise": ({"content": "yes", "reasoning": "4 is even"}, "stop", None, ("yes", "4 is even", "end")),
    "beside, no answer": ({"content": None, "reasoning_content": "4 is"}, "length", LONG, ("", "4 is", "thoughts")),
    "beside, given up": ({"content": None, "reasoning_content": "4 is"}, "stop", LONG, ("", "4 is", "thoughts")),
    "hidden": ({"content": "yes"}, "stop", HIDDEN, ("yes", "", "end")),
    "hidden, no answer": ({"content": None}, "length", LONG, ("", "", "thoughts")),
    "hidden, given up": ({"content": None}, "stop", HIDDEN, ("", "", "thoughts")),
    "hidden, empty": ({"content": ""}, "length", HIDDEN, ("", "", "thoughts")),
    "marked": ({"content": "<think>4 is even</think>\n\nyes"}, "stop", None, ("yes", "4 is even", "end")),
    "marked, cut": ({"content": "<think>4 is even</think>\n\nyes and"}, "length", None, ("yes and", "4 is even", "length")),
    "marked, no answer": ({"content": "<think>4 is"}, "length", LONG, ("", "4 is", "thoughts")),
    "marked, empty": ({"content": "<think>\n\n</think>\n\nyes"}, "stop", None, ("yes", "", "end")),
    "begun in the prompt": ({"content": "4 is even</think>yes"}, "stop", None, ("yes", "4 is even", "end")),
    "other marks": ({"content": "[THINK]4 is even[/THINK]yes"}, "stop", None, ("yes", "4 is even", "end")),
    "channels": (
        {"content": "<|channel|>analysis<|message|>4 is even<|end|><|start|>assistant<|channel|>final<|message|>yes"},
        "stop",
        None,
        ("yes", "4 is even<|end|><|start|>assistant", "end"),
    ),
    "twice": ({"content": "<think>4</think>y<think>even</think>es"}, "stop", None, ("yes", "4\neven", "end")),
    "marks in the answer": ({"content": "write <think> first"}, "stop", None, ("write <think> first", "", "end")),
    "parts": ({"content": [{"type": "text", "text": "y"}, {"type": "text", "text": "es"}]}, "stop", None, ("yes", "", "end")),
    "parts that are texts": ({"content": ["y", "es"]}, "stop", None, ("yes", "", "end")),
    "thinking parts": (
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "even"}]}, {"type": "text", "text": "yes"}]},
        "stop",
        None,
        ("yes", "even", "end"),
    ),
    "a refusing part": ({"content": [{"type": "refusal", "refusal": "No."}]}, "stop", None, ("No.", "", "refusal")),
    "no parts": ({"content": []}, "stop", None, ("", "", "end")),
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_read_as_its_server_means_it(name):
    message, finish_reason, usage, expected = REPLIES[name]
    reply = read_reply(body(message, finish_reason, usage))
    assert (reply.text, reply.thoughts, reply.stop) == expected


@pytest.mark.parametrize(
    "message",
    [{"content": 7}, {"content": [7]}, {"content": [{"type": "text", "text": None}]}, {"content": [{}]}, {"refusal": [1]}, None],
)
def test_what_is_no_message_is_refused(message):
    with pytest.raises((TypeError, KeyError, AttributeError)):
        read_reply(body(message))


def test_a_choice_that_ended_with_an_error_is_no_answer():
    with pytest.raises(ValueError, match="ended with an error"):
        read_reply(body({"content": "half"}, "error"))


def test_thoughts_are_counted_wherever_the_server_counts_them():
    within = {
        "prompt_tokens": 10,
        "completion_tokens": 50,
        "total_tokens": 60,
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    assert read_reply(body({"content": "a"}, usage=within)).usage == Usage(10, 0, 50, 40)
    assert read_reply(body({"content": "a"}, usage={**within, "total_tokens": 100})).usage == Usage(10, 0, 90, 40)
    assert read_reply(body({"content": "a"}, usage={})).usage == Usage()


def test_an_answer_without_marks_stays_as_it_is():
    for text in ("yes", "", " a < b ", "x [THINK", "1 > 0"):
        assert without_thoughts(text) == ("", text.strip())
