"""``copier``: each of its tricks where it is the right one, and the answers of the one that guesses best."""

from __future__ import annotations

import pytest

from clgym.agent import Experience, MultipleChoice, with_options
from clgym.errors import InvalidSetting
from clgym.registry import make_agent


def shown(prompt: str, right: str, options: tuple[str, ...] = ()) -> Experience:
    conversation = with_options([{"role": "user", "content": prompt}], options)
    return Experience(conversation, "?", 0.0, "", True, "wrong", "q", correction=right, options=options)


def taught(*exchanges, **settings):
    agent = make_agent("copier", **settings)
    agent.learn([shown(*exchange) for exchange in exchanges])
    return agent


def test_words_of_the_prompt_are_put_where_those_of_the_nearest_prompt_stood():
    agent = taught(
        ("Ship the blue cup to Rome, please.", "SEND cup TO Rome"),
        ("Cancel order 12.", "CANCEL 12"),
        ("Cancel order 7.", "CANCEL 7"),
    )
    assert agent.guess("Ship the blue hat to Oslo, please.") == "SEND hat TO Oslo"
    assert agent.guess("Cancel order 31.") == "CANCEL 31"


def test_words_are_translated_by_what_goes_together():
    pairs = {"dog": "miru", "cat": "tasa", "bird": "poli", "fish": "venu"}
    colours = {"red": "ko", "blue": "la", "old": "ze"}
    exchanges = [
        (f"Translate: the {c} {a}", f"{pairs[a]} {colours[c]}")
        for c in colours
        for a in pairs
        if (c, a) not in (("red", "fish"), ("old", "dog"))
    ]
    agent = taught(*exchanges)
    assert agent.guess("Translate: the red fish") == "venu ko" and agent.guess("Translate: the old dog") == "miru ze"


def test_labels_follow_the_words_of_the_prompt():
    agent = taught(
        *[
            (f"Case {n}: the {'angry' if n % 2 else 'calm'} customer {n * 7} writes.", "Refund" if n % 2 else "Wait")
            for n in range(30)
        ]
    )
    assert agent.guess("Case 901: the angry customer 44 writes.") == "Refund"
    assert agent.guess("Case 902: the calm customer 45 writes.") == "Wait"


def test_options_are_liked_by_their_words():
    slates = [(("old tea", "new tea"), "new tea"), (("old cake", "new cake"), "new cake"), (("new pie", "old pie"), "new pie")]
    agent = taught(*[(f"Pick {n}: {', '.join(options)}.", right, options) for n, (options, right) in enumerate(slates)])
    (answer,) = agent.act([MultipleChoice([{"role": "user", "content": "Pick 9: old soup, new soup."}], ("old soup", "new soup"))])
    assert answer.text == "new soup"


def test_nothing_is_learned_where_nothing_is_told_and_the_oldest_are_forgotten():
    agent = make_agent("copier", memory=8)
    agent.learn([shown("Say a", "")])
    assert agent.guess("Say a") == "" and agent.describe() == {"memory_items": 0}
    agent.learn([shown(f"Say word {n}", f"w {n}") for n in range(20)])
    assert agent.describe()["memory_items"] <= 8 and agent.guess("Say word 19") == "w 19"
    with pytest.raises(InvalidSetting, match="memory counts exchanges"):
        make_agent("copier", memory=0)
