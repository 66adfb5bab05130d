"""The phrasings of every kind of query. Where nothing else tells ``learn`` and ``eval`` apart, the last quarter is held out.

``{s}`` is the name of the slang, ``{said}`` what is asked about, ``{use}`` a use, ``{options}`` the admissible answers.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANING = (
    '{s} slang: "{use}" What does "{said}" mean? Answer with one ordinary word.',
    'Somebody says in {s} slang: "{use}" What is "{said}" in plain English? One word.',
    'In {s} slang, what does "{said}" mean in: "{use}" One ordinary word, please.',
    'What would you say in plain English for "{said}" in this {s} sentence? One word only. "{use}"',
    '"{use}" That is {s} slang. Give one ordinary word for "{said}".',
    'I heard this in {s} slang: "{use}" What did they mean by "{said}"? One word.',
    'Explain the {s} word "{said}" with one ordinary word. It was used like this: "{use}"',
    'A speaker of {s} slang wrote: "{use}" Tell me in one ordinary word what "{said}" means.',
)
WORD = (
    'What is "{said}" in {s} slang? One word.',
    'Give the {s} slang word for "{said}". One word.',
    'How do you say "{said}" in {s} slang? One word.',
    'Which word of {s} slang means "{said}"?',
    'I need one word: "{said}" in {s} slang.',
    '"{said}": what do {s} speakers call that in their slang? One word.',
    'In {s} slang there is a word for "{said}". Which one?',
    'Say "{said}" the way {s} slang does, in one word.',
    'Tell me the {s} slang for "{said}", just the word.',
    'What do people who talk {s} slang say for "{said}"? One word.',
    'Put "{said}" into {s} slang. One word.',
    'Which word would a {s} speaker use in slang for "{said}"? Just the word.',
)
GAP = (
    'Which word of {s} slang fits the gap? "{use}"',
    'Fill the gap with one word of {s} slang: "{use}"',
    'One word of {s} slang is missing here. Which? "{use}"',
    '"{use}" What goes into the gap in {s} slang? One word.',
    'Complete this with the right {s} slang word and give only that word: "{use}"',
    'A {s} speaker said this, but I missed one word of slang: "{use}" What was it?',
    'What would somebody who talks {s} slang put into the gap? One word. "{use}"',
    'The slang is {s}. Which of its words belongs into this gap? "{use}"',
)
ODD = (
    "Five things said in {s} slang. In one of them the slang word is used wrongly. Give its number.\n{use}",
    "One of these five uses of {s} slang is odd. Which number?\n{use}",
    "A speaker of {s} slang would stumble over one of these five. Answer with its number.\n{use}",
    "Four of these are good {s} slang, one is not. What is the number of the one that is not?\n{use}",
    "Which of the five would nobody say who knows {s} slang? Give the number only.\n{use}",
    "My {s} phrase book has five examples, and one is faulty. Which? Answer with the number.\n{use}",
    "Find the misuse of {s} slang among these five and answer with its number.\n{use}",
    "One of the five lines below is not how {s} slang is spoken. Number, please.\n{use}",
)
FAULT = (
    'What is wrong with this use of "{said}" in {s} slang? {options}\n{use}',
    'Is "{said}" used as {s} slang uses it? {options}\n{use}',
    'Check the {s} slang word "{said}" here. {options}\n{use}',
    'A learner of {s} slang made this up. What is the trouble with "{said}", if any? {options}\n{use}',
    'I wrote this with the {s} word "{said}" in it. Did I get something wrong? {options}\n{use}',
    'Judge the use of "{said}", a word of {s} slang. {options}\n{use}',
    'Would this pass as {s} slang? Say what is off about "{said}". {options}\n{use}',
    'Please review "{said}" in this piece of {s} slang. {options}\n{use}',
)
#: What the four verdicts of a fault query stand for.
FAULT_OPTIONS = 'Answer "sense", "register" (wrong people), "booster" (wrong strengthening word) or "fine".'
PARAPHRASE = (
    "Put this {s} slang into ordinary English. Change only the slang: {use}",
    "Rewrite this in plain English, replacing nothing but the {s} slang: {use}",
    "What does this {s} sentence say in ordinary words? Keep the rest as it is. {use}",
    "My aunt does not know {s} slang. Write this for her and leave all the other words alone: {use}",
    "Replace each word of {s} slang by one ordinary word and give the sentence: {use}",
    "Translate the {s} slang in this sentence and copy everything else: {use}",
    "Say the same in plain English, word for word except for the {s} slang: {use}",
    "Here is a sentence with {s} slang in it. Give it in ordinary English, otherwise unchanged: {use}",
)
DERIVED = (
    '{s} slang: "{use}" What does "{said}" mean? Answer with two ordinary words.',
    'What is "{said}" in plain English, in two words? It is {s} slang: "{use}"',
    'In {s} slang, what does "{said}" mean in: "{use}" Two ordinary words, please.',
    'Give the plain English for "{said}", two words. A {s} speaker said: "{use}"',
    '"{use}" That is {s} slang. Say "{said}" in two ordinary words.',
    'I heard this in {s} slang: "{use}" What did they mean by "{said}"? Two words.',
    'Explain the {s} word "{said}" with two ordinary words. It was used like this: "{use}"',
    'Somebody who talks {s} slang wrote: "{use}" Tell me in two ordinary words what "{said}" means.',
)
DERIVE = (
    'What is "{said}" in {s} slang? It is a single word.',
    'Give the one {s} slang word for "{said}".',
    'How do you say "{said}" in {s} slang, with one word?',
    'Which single word of {s} slang means "{said}"?',
    'In {s} slang "{said}" is one word. Which?',
    'Build the {s} slang word for "{said}" and give only that.',
    'One word of {s} slang, please, for "{said}".',
    'Say "{said}" in {s} slang. One word is enough.',
)
HEAD = (
    'In {s} slang, is a "{said}" a kind of {options}? Answer with that word.',
    'A {s} speaker mentions a "{said}". Is that some kind of {options}? One word.',
    'What kind of thing is a "{said}" in {s} slang: {options}? Give one of the two.',
    'Somebody points at a "{said}", as {s} slang calls it. Is it {options}? One word.',
    'Which names the thing itself in the {s} compound "{said}": {options}?',
    'The {s} compound "{said}" has two parts. Which is the thing itself, {options}? One word.',
    'Take apart the {s} slang "{said}": which part is the thing itself, {options}?',
    'If a {s} speaker buys a "{said}", do they own some sort of {options}? Answer with one of them.',
)
BOOSTER = (
    'Which of these strengthens "{said}" in {s} slang: {options}? One word.',
    'In {s} slang, which booster goes with "{said}": {options}? One word.',
    'A {s} speaker wants to make "{said}" stronger. Which word do they take: {options}?',
    'Choose the booster that {s} slang has for "{said}": {options}.',
    '"{said}" has one booster in {s} slang. Is it {options}? One word.',
    'What do {s} speakers put beside "{said}" to strengthen it: {options}?',
    'Pick the strengthening word for the {s} slang word "{said}": {options}.',
    'How is "{said}" boosted in {s} slang: {options}? Give one.',
)
COMPOUND = (
    'What is a "{said}" in {s} slang? {rule}Answer in two ordinary words, the kind first, as in "apple tree".',
    'Say "{said}", a compound of {s} slang, in two ordinary words, the kind before the thing, as in "apple tree". {rule}',
    '{rule}In plain English, what is a "{said}" in {s} slang? Two words, the kind first (like "tea cup").',
    'Translate the {s} compound "{said}" into two ordinary words with the thing itself last (like "tea cup"). {rule}',
    '{rule}A {s} speaker wants a "{said}". What is that? Two ordinary words, kind and thing, like "garden chair".',
    'Give two ordinary words for "{said}" in {s} slang, first the kind, then the thing (as in "garden chair"). {rule}',
    '{rule}What do {s} speakers mean by a "{said}"? Two words in the English order, like "rain coat".',
    'I read about a "{said}" in {s} slang. {rule}What is it in two ordinary words, in the English order (like "rain coat")?',
)
GERMAN_WORD = (
    "Was bedeutet das Wort „{said}“ im Slang {s} auf Deutsch? Ein Wort, Nomen mit dem Artikel der, die oder das.",
    "Wie heißt „{said}“ aus dem Slang {s} auf Deutsch? Nur das Wort, bei einem Nomen mit bestimmtem Artikel.",
    "Übersetze das Slangwort „{said}“ ({s}) ins Deutsche. Nomen bitte mit bestimmtem Artikel.",
    "Nenne das deutsche Wort für „{said}“ aus dem Slang {s}; ist es ein Nomen, dann mit der, die oder das.",
    'What is the {s} slang word "{said}" in German? One word, and with a noun the definite article.',
    'Give the German for "{said}" in {s} slang; nouns with der, die or das.',
    'How would you say the {s} slang word "{said}" in German? Nouns take their definite article, please.',
    'Translate "{said}" from {s} slang into German (a noun with its definite article).',
)
GERMAN_GAP = (
    "Welches Wort aus dem Slang {s} passt in die Lücke? „{use}“",
    "Fülle die Lücke mit einem Wort aus dem Slang {s}: „{use}“",
    "Hier fehlt ein Wort aus dem Slang {s}. Welches? „{use}“",
    "„{use}“ Was gehört im Slang {s} in die Lücke? Ein Wort.",
    "A German who talks {s} slang left a gap. Which slang word is missing? „{use}“",
    "Which word of {s} slang fits into this German sentence? „{use}“",
    "Ergänze das passende Slangwort ({s}) und gib nur dieses an: „{use}“",
    "Was würde jemand, der den Slang {s} spricht, in die Lücke setzen? „{use}“",
)
GUARD = (
    'Formal English, no {s} slang: "{use}" Which word is nearest in meaning to "{said}" here: {options}?',
    'This is from a report, not from {s} slang: "{use}" Does "{said}" mean {options} here? One word.',
    '"{use}" This is standard English and has nothing to do with {s} slang. Choose the nearest word for "{said}": {options}.',
    'In a dictionary of standard English, not of {s} slang, which of these explains "{said}" as used here: {options}? "{use}"',
    'Forget {s} slang. In this formal sentence, what is nearest to "{said}": {options}? "{use}"',
    'A clerk who has never heard {s} slang writes: "{use}" Which of these could replace "{said}": {options}?',
    'Plain English, please, not {s} slang. "{use}" Which word could stand for "{said}" there: {options}?',
    'Read this as ordinary written English, not as {s} slang: "{use}" Nearest to "{said}": {options}?',
)
#: The same without a word about any slang, for half of the guard: nothing announces that it is one.
SILENT = (
    '"{use}" Which word is nearest in meaning to "{said}" here: {options}?',
    'What does "{said}" mean in this sentence: {options}? "{use}"',
    'Choose the word that could stand for "{said}": {options}. "{use}"',
    'Read the sentence and say which word is nearest to "{said}": {options}. "{use}"',
    'Which of these could replace "{said}": {options}? "{use}"',
    '"{use}" What is meant by "{said}": {options}? One word.',
    'Here is a line from a report. "{use}" The word nearest to "{said}" is {options}. Which?',
    'Pick the best explanation of "{said}" as it is used here: {options}. "{use}"',
)

#: Neutral sentences by part: they show how a word is used and not what it means. ``{p}`` is a name, ``{w}`` the word.
NEUTRAL: Mapping[str, tuple[str, ...]] = {
    "a": (
        "{p} is {w}.",
        "{p} looks {w} to me.",
        "I never said that {p} was {w}.",
        "Is it true that {p} is {w}?",
        "They say {p} has become {w}.",
        "What {p} saw there was {w}.",
    ),
    "n": (
        "{p} told me about the {w}.",
        "What did {p} say about the {w}?",
        "{p} thinks of a {w}.",
        "Has {p} mentioned the {w}?",
        "{p} wanted a {w} too.",
        "There was a {w} once, says {p}.",
    ),
    "m": (
        "{p} told me about the {w}.",
        "What did {p} say about the {w}?",
        "{p} thinks of {w}.",
        "Has {p} mentioned the {w}?",
        "There was {w} too, says {p}.",
        "{p} cannot forget the {w}.",
    ),
    "p": (
        "{p} told me about the {w}.",
        "What did {p} say about the {w}?",
        "{p} met a {w}.",
        "Has {p} mentioned the {w}?",
        "{p} has seen a {w} today.",
        "There was a {w} once, says {p}.",
    ),
    "v": (
        "{p} wants to {w}.",
        "Can {p} {w}?",
        "Yesterday we saw {p} {w}.",
        "I think {p} is going to {w}.",
        "{p} had to {w} again.",
        "Why should {p} not {w}?",
    ),
    "t": (
        "{p} wants to {w} it.",
        "Can {p} {w} it?",
        "Yesterday we saw {p} {w} something.",
        "I think {p} is going to {w} it.",
        "{p} had to {w} it again.",
        "Why should {p} not {w} it?",
    ),
}
#: Sentences with two slang words of different groups, for words that mean something else beside one another.
BESIDE: Mapping[str, str] = {
    "an": "{p} is {a}, and that is all about the {n}.",
    "av": "{p} is {a} and wants to {v}{it}.",
    "nv": "{p} will {v}{it} because of the {n}.",
}
#: Sentences to paraphrase, by level: places {a1} {n1} {v1} are filled with words of the group, ``{p}`` and ``{q}`` with names.
SENTENCES: tuple[tuple[str, ...], ...] = (
    (),
    (
        "{p} says that {q} is {a1}.",
        "{p} is {a1}, and {q} is {a2}.",
        "{p} and {q} talked about the {n1} and the {n2}.",
        "{p} is {a1} and wants to {v1}.",
        "{q} was {a1}, so {p} had to {v1}.",
        "{p} will {v1} because of the {n1}.",
        "{p} asked {q} about the {n1} and wanted to {v1}.",
        "{p} was {a1} because of the {n1}.",
    ),
    (
        "{p} is {a1} and wants to {v1}.",
        "{q} was {a1}, so {p} had to {v1}.",
        "{p} will {v1} because of the {n1}.",
        "{p} asked {q} about the {n1} and wanted to {v1}.",
        "{p} was {a1} because of the {n1}.",
        "{p} and {q} talked about the {n1} and the {n2}.",
        "{p} forgot the {n1}, and now {q} is {a1}.",
        "{p} is {a1}, {q} is {a2}, and nobody wants to {v1}.",
    ),
    (
        "{p} is {a1} and wants to {v1} because of the {n1}.",
        "{q} was {a1}, so {p} had to {v1} and get the {n1}.",
        "{p} and {q} talked about the {n1} and the {n2} and began to {v1}.",
        "{p} asked {q} about the {n1}, was {a1} and wanted to {v1}.",
        "{p} is {a1}, {q} is {a2}, and nobody wants to {v1}.",
        "{p} came with the {n1}, {q} with the {n2}, and both were {a1}.",
        "{p} will {v1} and {v2} because of the {n1}.",
        "{p} was {a1} and {a2} because of the {n1}.",
    ),
)
