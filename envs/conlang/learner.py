"""The ideal learner of CL-Conlang: a language that is filled in from right sentences and from what the teacher says.

It knows the catalogue of rules, English, German and how prompts and feedback are worded; of a language it has what it is shown. A right
sentence (a correction, an example, an answer of its own that was right) is laid beside what it thinks that the language says: rules that are
not settled are tried in all their values, and the value under which most words fit gets a vote; the words that stand in the same place under
all that fit best are learned, their stems by undoing what affixes and sounds do. What the teacher says of a rule or an ending counts as
several votes. Votes instead of exclusion: a lie or a drift must not leave it without a hypothesis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from clgym.agent import Conversation
from clgym.envs.bilingual import english, german
from clgym.envs.bilingual.meaning import Meaning, NounPhrase
from clgym.envs.conlang import poetry
from clgym.envs.conlang.analysis import Analyser
from clgym.envs.conlang.catalogue import BY_NAME
from clgym.envs.conlang.compare import Slot, words_of
from clgym.envs.conlang.guess import UNKNOWN, Guess, alternatives, known_vocabulary
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.reading import Asked, Shown, read_feedback, understand
from clgym.envs.conlang.render import gloss_of, render
from clgym.envs.conlang.sentences import Sentences
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.learning import Learner, Seen
from clgym.seeding import seed_of

#: What a word of a rendering is worth that fits, that has the right stem, that is another word.
_FITS, _STEM, _ALIEN = 3.0, 1.5, -2.0
#: So often all unsettled rules are tried on one text, and so many sentences for a couplet.
_SWEEPS = 2
_LINES = 4000


class _Way(NamedTuple):
    """One way of laying a text beside a rendering: how well it fits, and which word stands for which slot."""

    score: float
    words: Mapping[tuple[str, tuple[str, ...], int], str]


class ConlangLearner(Learner):
    """θ is what was seen; of each language, a :class:`Guess`."""

    def __init__(self, level: int, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._level, self._noise, self._drifts = level, noise, tuple(drifts)
        self._guesses: dict[str, Guess] = {}
        self._analysers: dict[str, tuple[int, Analyser]] = {}

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            for guess in self._guesses.values():
                guess.age()
        asked = understand(seen.prompt)
        if asked.task != "into" or asked.meaning is None:
            return
        guess = self._guess(asked.language)
        remark = read_feedback(seen.feedback) if seen.feedback else None
        if remark is not None:
            for name, value in remark.rules.items():
                guess.told_rule(name, value)
            for key, affix in remark.affixes.items():
                guess.told_affix(key, affix)
            for key, kinds, affix in remark.classes:
                for kind in kinds:
                    guess.told_affix(f"{key}/{guess.language.classes[kind]}", affix)
            for key, word in remark.particles.items():
                guess.told_word(f"%{key}", (), word)
            if not {"elision", "harmony", "mutation", "mutates"}.isdisjoint(remark.rules):
                guess.restemmed()
        right = seen.correction or (seen.answer if seen.reward == 1.0 else "")
        # Where somebody may be mistaken, praise says nothing: it is what is said of wrong answers, and right ones are known.
        believed = right and not (self._noise and words_of(right) == words_of(seen.answer))
        shown = [Shown(right, asked.meaning)] if believed else []
        for pair in [*shown, *(remark.examples if remark is not None else ())]:
            self._study(guess, pair)

    def _guess(self, name: str) -> Guess:
        if name not in self._guesses:
            self._guesses[name] = Guess(name, self._level, lambda lexeme: self._borrowed(name, lexeme))
        return self._guesses[name]

    def _borrowed(self, name: str, lexeme: str) -> tuple[str, ...]:
        """The stem that most other languages have for a lexeme."""
        found = Counter(
            guess.language.roots[lexeme][0]
            for other, guess in self._guesses.items()
            if other != name and lexeme in guess.language.roots
        )
        return (found.most_common(1)[0][0],) if found else ()

    def _study(self, guess: Guess, shown: Shown) -> None:
        """Learn from a text of which it is known what it says."""
        words = words_of(shown.text)
        guess.meet((slot.lexeme for slot in render(guess.language, shown.meaning).order), words)
        names = [name for name in self._relevant(guess, shown.meaning) if not guess.settled(name)]
        for _ in range(_SWEEPS if names else 0):
            changed = False
            for group in alternatives(guess, names):
                found = self._tried(guess, group, shown.meaning, words)
                top = max((way.score for _, way in found), default=None)
                if top is None:
                    continue
                winners = [(values, way) for values, way in found if way.score >= top - 1e-9]
                current = tuple(guess.language.rules[name] for name in group)
                if current not in [values for values, _ in winners]:
                    guess.assume(dict(zip(group, winners[0][0])))
                    changed = True
            if not changed:
                break
        self._vote(guess, names, shown.meaning, words)
        self._learn_words(guess, shown.meaning, words)

    def _vote(self, guess: Guess, names: Sequence[str], meaning: Meaning, words: Sequence[str]) -> None:
        """A vote for each value that fits better than all others."""
        for group in alternatives(guess, names):
            found = sorted(self._tried(guess, group, meaning, words), key=lambda each: -each[1].score)
            if not found or len(found) > 1 and found[1][1].score >= found[0][1].score - 1e-9:
                continue
            for name, value in zip(group, found[0][0]):
                guess.vote(name, value)

    def _tried(
        self, guess: Guess, group: Sequence[str], meaning: Meaning, words: Sequence[str]
    ) -> list[tuple[tuple[str, ...], _Way]]:
        """The ways of laying the words beside the rendering, for each value of some rules."""
        found = []
        before = {name: guess.language.rules[name] for name in group}
        for values in product(*(BY_NAME[name].values for name in group)):
            guess.assume(dict(zip(group, values)))
            way = self._way(guess, meaning, words)
            if way is not None:
                found.append((values, way))
        guess.assume(before)
        return found

    def _relevant(self, guess: Guess, meaning: Meaning) -> Iterator[str]:
        """The rules that may show in what is said for a meaning."""
        rendering = render(guess.language, meaning)
        placed = {pair.rule for pair in rendering.pairs}
        features = {key.partition("/")[0] for slot in rendering.order for key in slot.keys}
        counted = any(slot.lexeme.startswith("#") for slot in rendering.order)
        for name in guess.rules:
            if name in placed or name in (
                "marking",
                "concord",
                "ground",
                "agreement",
                "counted",
                "elision",
                "mutation",
                "mutates",
                "harmony",
            ):
                yield name
            elif name in ("base", "larger") and counted or name == "negation" and "negation" in features:
                yield name
            elif name == "asking" and any(slot.lexeme in ("who", "what") for slot in rendering.order):
                yield name
            elif name == "question" and any(slot.lexeme == "%question" for slot in rendering.order):
                yield name

    def _way(self, guess: Guess, meaning: Meaning, words: Sequence[str]) -> _Way | None:
        """The words beside the rendering, one for one; ``None`` where there are more or fewer of them."""
        order = render(guess.language, meaning).order
        if len(order) != len(words):
            return None
        times: Counter[tuple[str, tuple[str, ...]]] = Counter()
        laid = {}
        for slot, word in zip(order, words):
            key = (slot.lexeme, slot.keys)
            place = (*key, times[key])
            laid[place] = word
            times[key] += 1
        return _Way(sum(self._fit(guess, slot, word) for slot, word in zip(order, words)), laid)

    def _fit(self, guess: Guess, slot: Slot, word: str) -> float:
        """How well a word fits a slot."""
        if word in slot.forms:
            return _FITS
        owners = guess.owners.get(word)
        core = guess.core(slot.lexeme)
        if core and core in word:
            return _STEM
        if slot.forms[0] == UNKNOWN or slot.lexeme[0] not in "#%" and not core:
            return _ALIEN if owners and slot.lexeme not in owners else guess.nearness(slot.lexeme, word)
        return _ALIEN

    def _learn_words(self, guess: Guess, meaning: Meaning, words: Sequence[str]) -> None:
        """Learn the words that stand in the same place under all values of unsettled rules that fit as well as the best."""
        best = self._way(guess, meaning, words)
        if best is None:
            return
        doubtful = [best]
        for group in alternatives(guess, [name for name in self._relevant(guess, meaning) if not guess.settled(name)]):
            doubtful += [way for _, way in self._tried(guess, group, meaning, words) if way.score >= best.score - 1e-9]
        for (lexeme, keys, time), word in best.words.items():
            if all(_same_word(way, lexeme, time, word) for way in doubtful):
                guess.told_word(lexeme, keys, word)

    # -- answering ----------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        asked = understand(next(message["content"] for message in conversation if message["role"] == "user"))
        if asked.task == "guard":
            assert asked.meaning is not None
            return german.render(asked.meaning)[0]
        guess = self._guess(asked.language)
        if asked.task == "into":
            assert asked.meaning is not None
            slots = render(guess.language, asked.meaning).order
            return " ".join(gloss_of(slot.lexeme) if slot.forms[0] == UNKNOWN else slot.forms[0] for slot in slots)
        if asked.task == "sums":
            return self._sum(guess, asked.text)
        return self._couplet(guess, asked) if asked.task == "couplet" else self._translation(guess, asked)

    def _analyser(self, guess: Guess) -> Analyser:
        name = guess.language.name
        if name not in self._analysers or self._analysers[name][0] != guess.version:
            self._analysers[name] = guess.version, Analyser(guess.language)
        return self._analysers[name][1]

    def _translation(self, guess: Guess, asked: Asked) -> str:
        """What a text of the language says, in English or German; word for word where it cannot be read as a whole."""
        analyser = self._analyser(guess)
        for meaning in islice(parse(guess.language, analyser, asked.text), 4):
            if asked.task == "English":
                return english.render(meaning, WORDS)
            if german.speaks(meaning):
                return german.render(meaning)[0]
        readings = [analyser.readings(word) for word in words_of(asked.text)]
        return " ".join(gloss_of(found[0].lexeme) for found in readings if found) or UNKNOWN

    def _sum(self, guess: Guess, text: str) -> str:
        values = guess.language.number_values
        for name, sign in (("plus", 1), ("minus", -1), ("times", 0)):
            first, found, second = text.partition(f" {name} ")
            one, other = values.get(tuple(first.split())), values.get(tuple(second.split()))
            if found and one is not None and other is not None:
                result = one * other if sign == 0 else one + sign * other
                return " ".join(guess.language.number_words(result)) if result > 0 else UNKNOWN
        return UNKNOWN

    def _couplet(self, guess: Guess, asked: Asked) -> str:
        """Two lines of words that it knows."""
        assert isinstance(asked.meaning, NounPhrase)
        subject = asked.meaning.noun
        guess.language.change(stress_last=asked.stress_last, gaps=asked.gaps)
        if guess.language.stems(subject) == (UNKNOWN,):
            return UNKNOWN
        lines = islice(self._lines(guess, subject), _LINES)
        found = poetry.find_couplet(guess.language, lines, subject, self._level > 0, asked.syllables, _LINES)
        return "\n".join(found) if found else UNKNOWN

    def _lines(self, guess: Guess, subject: str) -> Iterator[Meaning]:
        """Sentences about a subject in words that are all known."""
        known = known_vocabulary(guess.language)
        parts = (tuple(known.get(part, ())) for part in ("noun", "adjective", "verb", "adposition", "pronoun"))
        nouns, adjectives, verbs, adpositions, pronouns = parts
        words = Vocabulary(nouns, adjectives, verbs, adpositions, pronouns, largest=5)
        draw = seed_of("verse", self.seed, guess.language.name, subject).draw()
        if self._level == 0:
            drawn: Iterator[Meaning] = iter(_phrases(words))
        elif words.nouns and words.verbs:
            sentences = Sentences(seed_of("learner"), self._level, words)
            drawn = _drawn(sentences, subject, draw)
        else:
            return
        for meaning in drawn:
            if all(slot.forms[0] != UNKNOWN for slot in render(guess.language, meaning).order):
                yield meaning


def _drawn(sentences: Sentences, subject: str, draw: object) -> Iterator[Meaning]:
    while True:
        try:
            yield sentences.line(subject, draw)  # type: ignore[arg-type]
        except IndexError:  # it knows no verb for that, or no object
            return


def _phrases(words: Vocabulary) -> Iterator[Meaning]:
    for noun in words.nouns:
        yield from (NounPhrase(noun, (adjective,)) for adjective in words.adjectives)
        yield from (NounPhrase(noun, number="plural", count=count) for count in range(2, 6))


def _same_word(way: _Way, lexeme: str, time: int, word: str) -> bool:
    """Whether a word stands for the same lexeme there, whatever the features."""
    return any(found == word for (other, _, number), found in way.words.items() if other == lexeme and number == time)
