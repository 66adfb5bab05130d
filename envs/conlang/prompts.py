"""The phrasings of every kind of query. Level 0 uses the first eight of each bank, every other level all of them."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.envs.bilingual.english import number_word
from clgym.text.english import listed

#: Into the drawn language (learn, eval) or into German (guard).
TRANSLATE = (
    "Translate into {language}: {said}",
    "Say it in {language}: {said}",
    "Put into {language}: {said}",
    "How does one say this in {language}, translation only? {said}",
    "Give just the {language} translation of: {said}",
    "Write in {language} and add nothing: {said}",
    "The {language} for the following, please, and no comment: {said}",
    "Somebody who reads only {language} needs this, word for word: {said}",
    "Reply with the {language} translation alone: {said}",
    "What would a speaker of {language} write for this? Answer with that only: {said}",
)
REVERSE = (
    "Translate from {language} into English: {said}",
    "Say in English what this {language} means: {said}",
    "Put this {language} into English: {said}",
    "What does this {language} mean in English, translation only? {said}",
    "Give just the English translation of this {language}: {said}",
    "A speaker of {language} wrote this; write it in English and add nothing: {said}",
    "The English for this {language}, please, and no comment: {said}",
    "Reply with the English translation of this {language} alone: {said}",
)
TO_GERMAN = (
    "Translate from {language} into German, with definite articles: {said}",
    "Say in German, with definite articles, what this {language} means: {said}",
    "Put this {language} into German, with definite articles: {said}",
    "What does this {language} mean in German? Use definite articles and answer with the translation only: {said}",
    "Give just the German translation of this {language}, with definite articles: {said}",
    "A speaker of {language} wrote this; write it in German with definite articles: {said}",
    "The German for this {language}, please, with definite articles and no comment: {said}",
    "Reply with the German translation of this {language} alone, with definite articles: {said}",
)
FROM_GERMAN = (
    "Übersetze aus dem Deutschen in die Sprache {language}: {said}",
    "Sag es auf {language}: {said}",
    "Wie heißt das auf {language}? {said}",
    "Bitte nur die Übersetzung in die Sprache {language}: {said}",
    "Schreib das auf {language} und füge nichts hinzu: {said}",
    "Wer nur {language} versteht, soll das lesen können: {said}",
    "Antworte nur mit der Übersetzung in die Sprache {language}: {said}",
    "Was würde jemand dafür schreiben, der {language} spricht? Antworte nur damit: {said}",
)
SUMS = (
    "How much is {said}? Answer in {language} number words.",
    "Work out {said} and say the result in {language}.",
    "{said}: what is that in {language}?",
    "These are {language} number words: {said}. Give the result as one.",
    "A {language} child learns sums: {said} makes what? Reply in {language}.",
    "Calculate {said}. Only the {language} number, in words.",
    "Give the result of {said} in {language} number words, nothing else.",
    "In {language}, what does {said} come to?",
)
#: ``{line}`` says what a line is at this level, ``{metre}`` how it sounds.
COUPLET = (
    "Write a rhyming couplet in {language} about {said}: two lines, each {line} of {syllables} syllables.{metre}",
    "A couplet in {language} on {said}, please: two rhyming lines, each {line} of {syllables} syllables.{metre}",
    "Compose two rhyming lines in {language} about {said}, each {line} of {syllables} syllables.{metre}",
    "Two lines of {language} verse about {said}. They rhyme, and each is {line} of {syllables} syllables.{metre}",
    "Make a {language} couplet about {said}: each line is {line}, has {syllables} syllables and rhymes with the other.{metre}",
    "{said} in {language} verse, two lines: they rhyme, and each is {line} of {syllables} syllables.{metre}",
    "Give me a {language} couplet on {said} and nothing else: two rhyming lines, each {line} of {syllables} syllables.{metre}",
    "For a {language} songbook: a couplet about {said}, each line {line} of {syllables} syllables, both rhyming.{metre}",
)
LINES = ("a phrase of two words", "a sentence", "a sentence", "a sentence")
METRE = (
    " Both lines speak of it, and they share fewer than half of their words. Words are stressed on the {stress} syllable; between the stresses of "
    "two words lie {gaps} weak syllables. Endings do not count for the rhyme, which begins at the stressed vowel of the bare word."
)
STRESS = ("last but one", "last")


def bank_at(bank: Sequence[str], level: int) -> Sequence[str]:
    """The phrasings that a level uses."""
    return bank[:8] if level == 0 else bank


def metre(last: bool, gaps: Sequence[int]) -> str:
    """What a prompt says of the metre."""
    return METRE.format(stress=STRESS[last], gaps=listed([number_word(gap) for gap in gaps], "or"))
