"""Probe-German-v0: everyday German and school grammar."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Grade
from clgym.envs.bilingual.german import render
from clgym.envs.probes.base import Item, Probe, generate, right, wrong
from clgym.envs.probes.german_items import FINISHED, HARD, PRODUCED, RECOGNIZED, balanced
from clgym.seeding import Draw, Seed
from clgym.text.answers import among, quoted, squeezed, undress

#: Items by level.
_COUNTS = (120, 160)
#: How often each sentence to finish takes another turn: what a German word means is what a small model knows and can lose.
_FINISHED = {"first word": 7, "known word": 44}

_HINTS = (
    'You answered "{answer}"; mind {hint}.',
    '"{answer}" is not what a German would say here. Think of {hint}.',
    'I read "{answer}". Look again at {hint}.',
)


class German(Probe):
    """Everyday German, and the grammar that German is feared for.

    Description
        Short exercises as in a language course. An agent that has been taught an invented language through English and
        German should still know its German. 120 easy or 160 hard items per world, drawn from templates.

    Hidden rules
        None: standard German.

    Observation
        One question in English about German, or a sentence about a German word to finish. Where words or sentences are offered
        to choose from, these are the options.

    Answer
        The word, the number or the sentence that is asked for, and nothing else; a sentence to finish may be repeated whole.
        Case and dressing (a code fence, quotes, bold, a bullet, a full stop and the like) are forgiven; so is an article before a
        noun or "to" before a verb, if it is the right one.

    Reward
        1 for a right answer, else 0. Every German rendering of a sentence to be translated is accepted: synonyms, Perfekt
        and Präteritum, legal word orders.

    Feedback
        The answer quoted and what to think of (gender, case, the verb form, ...); the correction shows the right answer.

    Levels
        0: words of the first lessons, mostly what they mean as the end of a sentence; articles, plurals, the
        present tense, agreement, everyday phrases and number words, mostly as a choice between two sentences.
        1: adjective endings, articles by case, plurals, strong verbs, relative pronouns, word order, governed cases,
        auxiliaries, and phrases and sentences to translate.

    Pools
        ``eval`` alone.

    Probes
        None; this is one.

    Floor and ceiling
        An eighth of the level-0 items and half of the others offer two or more options; choosing at random earns about 0.06 and
        0.19, at most the stated floor. The oracle earns 1.
        SmolLM2-135M-Instruct (the frozen agent) earned 0.30 on 64 items of the first training world at level 0: it knows what
        every third of the German words means and next to none the other way round. At level 1 it earned 0.08.

    Origin
        Written for this suite; words and forms are those of the lexicon of CL-Conlang-v0.
    """

    name = "Probe-German-v0"
    version = 3
    floors = (0.2, 0.3)

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        easy = (
            *RECOGNIZED.values(),
            *PRODUCED.values(),
            *(FINISHED[name] for name, turns in _FINISHED.items() for _ in range(turns)),
        )
        templates = easy if level == 0 else tuple(HARD.values())
        return tuple(balanced(generate(seed, _COUNTS[level], templates)))

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        grade = super().judge(item, answer, draw)
        if grade.outcome != "wrong":
            return grade
        text, exercise = undress(answer), item.payload
        if exercise.meaning is not None and among(answer, set(map(squeezed, render(exercise.meaning, answer)))):
            return right(draw)
        return wrong(item, answer, draw, draw.choice(_HINTS).format(answer=quoted(text), hint=exercise.hint))
