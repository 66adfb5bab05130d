"""What a friend who talks the slang says to an answer. Right answers come with the correction only."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.envs.slang.bank import GROUPS, citation_form, english, key, nearness, ordinary, senses, thesaurus
from clgym.envs.slang.slang import Slang, Word
from clgym.envs.slang.tasks import Payload, Slot
from clgym.text.answers import quoted
from clgym.text.phrases import Phrasing

_RIGHT = ("Right.", "That is it.", "Yes, exactly.")
_WRONG = ("No, that is not it.", "That is not right.", "Wrong, I am afraid.")
_PARTLY = ("Partly right.", "Some of that is right.", "Not quite.")
_UNREAD = ("That could not be read as an answer.", "I cannot take that as an answer.", "That is no answer to what was asked.")
_BLANK = ("The answer is empty.", "You said nothing.", "There is no word in your answer.")
_LONG = (
    "You wrote {count:,} characters; a few words were asked for.",
    "{count:,} characters are far too many for this.",
    "I stopped reading: {count:,} characters where a few words would do.",
)
_MANY = (
    '"{text}" is more than {wanted}.',
    'Give {wanted} and nothing else; you wrote "{text}".',
    'I asked for {wanted}, not for "{text}".',
)
_OPTION = (
    '"{text}" is not one of {options}.',
    'You wrote "{text}". Choose one of {options}.',
    'Only {options} are answers here, not "{text}".',
)
_CORRECTION = ("The right answer: {right}", "It should be: {right}", "Right would be: {right}")
_SHAPE = (
    "I expected {wanted} words and read {count}: replace the slang and leave the rest.",
    "Your sentence has {count} words instead of {wanted}. One ordinary word for each word of slang, please.",
    "That has {count} words; with one word for each word of slang it would have {wanted}.",
)
_COUNT = (
    'You wrote "{text}"; I asked for {wanted}.',
    '"{text}" is not {wanted}, which is what I asked for.',
    'Answer with {wanted}; "{text}" is something else.',
)
_MOVED = (
    'Leave the rest of the sentence as it is: "{word}" does not stand there.',
    'Only the slang was to be replaced, and "{word}" is new.',
    'You changed more than the slang, for instance with "{word}".',
)
_SWAPPED = (
    'Both words are right, but in "{text}" they stand the wrong way round.',
    'You mixed up the thing and its kind in "{text}".',
    'Right words in the wrong order: "{text}" is another thing.',
)
_ORDINARY = (
    '"{said}" is what "{form}" means in standard English; in {s} it is slang for something else.',
    'That is the ordinary "{form}". Speakers of {s} slang mean something other than "{said}".',
    '"{said}" would be right in a dictionary, but not for "{form}" in {s} slang.',
)
_ECHO = (
    '"{form}" is the slang itself; say what it means.',
    'You repeated "{form}". An ordinary word is wanted.',
    '"{form}" is {s} slang already; give plain English for it.',
)
_TAKEN = (
    'For "{said}" they say "{other}" in {s}, not "{form}".',
    '"{said}" would be "{other}" in {s} slang; "{form}" is another matter.',
    '"{form}" is not "{said}": that is "{other}".',
)
_NOT = (
    '"{said}" is not the word I had in mind for "{form}".',
    'For "{form}" I was after another word than "{said}".',
    'With "{said}" I cannot tell that you know what "{form}" means here.',
)
_NARROW = (
    '"{said}" says too much: it is only a kind of what "{form}" means.',
    'That is close, but "{said}" is narrower than "{form}".',
    '"{form}" is the wider word; not all of it is "{said}".',
)
_CLUE = ('People say, for instance: "{use}"', 'Think of how it is used: "{use}"', 'You may hear: "{use}"')
_CLUE_HERE = (
    'Where it is said and what stands beside it matter; here it is used as in: "{use}"',
    'In this place and company the sense is another. Think of: "{use}"',
    'Said like this it has its other sense, as in: "{use}"',
)
_ELSEWHERE = (
    '"{form}" can mean "{said}", but not here.',
    'Elsewhere "{form}" is "{said}"; look at where it is said and what stands beside it.',
    'Not every "{form}" is "{said}": this one is not.',
)
_IS_SLANG = (
    '"{said}" means "{gloss}" in {s}.',
    'In {s} slang "{said}" stands for "{gloss}".',
    'They use "{said}" for "{gloss}" in {s}.',
)
_NO_SLANG = ('"{said}" is not a word of {s} slang.', 'Nobody says "{said}" in {s} slang.', 'There is no "{said}" in {s} slang.')
_PLAIN = (
    '"{said}" is plain English; the {s} word is wanted.',
    'I know that it is "{said}" in English. What is it in {s} slang?',
    '"{said}" is no slang.',
)
_BEGINS = (
    'The word begins with "{letter}".',
    'Look for a word in "{letter}".',
    'It starts with "{letter}" and has {count} letters.',
)
_BASE = ('"{said}" is only a part of it.', '"{said}" says half of what was asked for.', 'Something has to be added to "{said}".')
_SLIP = ('"{said}" is nearly it: check the spelling.', 'One letter of "{said}" is wrong.', 'Almost; "{said}" is misspelt.')
_FINE_USE = (
    'In number {number} "{form}" is used as {s} speakers use it.',
    'Number {number} is fine: sense, people and booster of "{form}" are right.',
    'There is nothing odd about "{form}" in number {number}.',
)
_LOOK = (
    "Look for a word that is said in a wrong sense, to the wrong people or with a wrong booster.",
    "Check for each line what the slang word means, who says it to whom and what strengthens it.",
    "Sense, people, booster: in one of the other lines one of these is off.",
)
_SENSE_OK = (
    'The sense is right: "{form}" does mean "{gloss}" there.',
    '"{form}" fits what is said, for it means "{gloss}" there.',
    'Nothing is wrong with the sense of "{form}", which is "{gloss}" there.',
)
_REGISTER_OK = (
    '{Speaker} may well say "{form}" to {hearer}.',
    'Nobody would mind {speaker} saying "{form}" to {hearer}.',
    '"{form}" may be said by {speaker} to {hearer}.',
)
_BOOSTER_OK = (
    '"{booster}" does strengthen "{form}".',
    'The booster is right: "{form}" goes with "{booster}".',
    '"{booster}" is what {s} speakers put with "{form}".',
)
_NOT_FINE = (
    'Something is wrong with "{form}" there.',
    'A speaker of {s} slang would stumble over "{form}" there.',
    'It is not fine: one thing about "{form}" is off.',
)
_READ_OTHERWISE = (
    'I read the slang in it otherwise than "{said}".',
    '"{said}" is not how I understand the sentence.',
    'Ask again what was said: I do not think that it was "{said}".',
)
_NOT_HERE = (
    'I hear nothing of the kind in this use of "{form}".',
    '"{said}" is not what is the matter with "{form}" there.',
    'Listen again: with "{form}" it is not "{said}".',
)
_BOOSTER = (
    '"{said}" does not strengthen "{form}" in {s}.',
    'Nobody says "{said}" with "{form}" in {s} slang.',
    '"{form}" does not go with "{said}".',
)
_HEAD = (
    'In "{form}" the part "{said}" says what kind, not what thing.',
    '"{said}" is only the kind in "{form}".',
    'The thing itself is the other part of "{form}", not "{said}".',
)
_FORMAL = (
    'In formal English "{form}" has nothing to do with "{said}".',
    '"{said}" does not fit that sentence; read "{form}" as a dictionary does.',
    'A clerk would not replace "{form}" by "{said}".',
)
_FORMAL_SLANG = (
    '"{said}" is what "{form}" means in {s} slang, and this is formal English.',
    'That is the slang. In formal English "{form}" is not "{said}".',
    'Among {s} speakers, yes; but here "{form}" keeps its ordinary sense.',
)
_AFFIX = (
    'The part "{form}" does not add "{said}".',
    '"{said}" is not what "{form}" adds to a word.',
    'In {s} slang "{form}" changes the word in another way than "{said}".',
)
_ARTICLE = (
    'The noun is right, but look at its article in "{said}".',
    'In "{said}" the article is missing or wrong.',
    'Right noun; give it the article of its gender: "{said}" has not got it.',
)
_GERMAN = (
    'I had another German word in mind for "{form}" than "{said}".',
    '"{said}" is not the German that I was after for "{form}".',
    'For "{form}" I would not have said "{said}" in German.',
)


def praise(phrasing: Phrasing) -> str:
    """What is said to a right answer."""
    return phrasing.say(_RIGHT)


def verdict(phrasing: Phrasing, reward: float) -> str:
    """How a wrong answer went."""
    return phrasing.say(_PARTLY if reward else _WRONG)


def unread(phrasing: Phrasing) -> str:
    """The verdict on what could not be read."""
    return phrasing.say(_UNREAD)


def correction(phrasing: Phrasing, payload: Payload) -> str:
    """What would have been right."""
    return phrasing.say(_CORRECTION, right=payload.right)


def claim(phrasing: Phrasing, claimed: str) -> str:
    """What would be right, in the opinion of somebody mistaken."""
    return phrasing.say(_CORRECTION, right=claimed)


def mistaken(phrasing: Phrasing, slang: Slang, payload: Payload, text: str) -> str:
    """What somebody mistaken says to a right answer, in the words in which a friend says it to a wrong one."""
    about = {"form": payload.form, "said": quoted(text), "s": slang.name}
    if payload.kind in ("odd", "fault", "guard", "head", "booster"):
        if payload.kind == "odd" and text.isdigit() and 1 <= int(text) <= len(payload.uses):
            return phrasing.say(_FINE_USE, number=text, form=payload.uses[int(text) - 1].form, s=slang.name)
        bank = {"guard": _FORMAL, "head": _HEAD, "booster": _BOOSTER}.get(payload.kind, _NOT_HERE)
        return phrasing.say(bank, **about)
    if payload.kind == "word":
        other = phrasing.choice([gloss for gloss in slang.senses_by_group[_group(payload)] if gloss != payload.sense])
        return phrasing.say(_IS_SLANG, said=quoted(text), gloss=other, s=slang.name)
    if payload.kind == "german":
        return phrasing.say(_GERMAN, said=quoted(text), form=payload.form)
    return phrasing.say(_NOT if payload.form else _READ_OTHERWISE, said=quoted(text), form=payload.form)


def _group(payload: Payload) -> str:
    return GROUPS[senses()[payload.sense].part]


def blank(phrasing: Phrasing) -> str:
    """To an answer without a word."""
    return phrasing.say(_BLANK)


def too_long(phrasing: Phrasing, count: int) -> str:
    """To an answer that is not read for its length."""
    return phrasing.say(_LONG, count=count)


def many_words(phrasing: Phrasing, text: str, wanted: str) -> str:
    """To an answer of too many words."""
    return phrasing.say(_MANY, text=quoted(text), wanted=wanted)


def no_option(phrasing: Phrasing, text: str, payload: Payload) -> str:
    """To an answer that is none of the options."""
    return phrasing.say(_OPTION, text=quoted(text), options=", ".join(payload.options))


def shape(phrasing: Phrasing, text: str, payload: Payload, count: int) -> str:
    """To a reading of too many or too few words."""
    if payload.kind == "paraphrase":
        return phrasing.say(_SHAPE, wanted=len(payload.pattern), count=count)
    return phrasing.say(_COUNT, text=quoted(text), wanted="two words" if len(payload.pattern) > 1 else "one ordinary word")


def moved(phrasing: Phrasing, word: str) -> str:
    """To a paraphrase that changes more than the slang."""
    return phrasing.say(_MOVED, word=quoted(word))


def swapped(phrasing: Phrasing, text: str) -> str:
    """To a compound read the wrong way round."""
    return phrasing.say(_SWAPPED, text=quoted(text))


def of_pattern(phrasing: Phrasing, slang: Slang, payload: Payload, missed: Sequence[tuple[Slot, str]]) -> str:
    """Which slang words were misread, and a use of the first of them."""
    sentences = [_misread(phrasing, slang, slot, word) for slot, word in missed[:3]]
    first = next((slot for slot, _ in missed if slot.sense in senses()), None)
    if first:
        use = phrasing.say(senses()[first.sense].uses[:-1]).replace("~", first.form)
        known = slang.by_form.get(first.form)
        sentences.append(phrasing.say(_CLUE_HERE if known and known.sense != first.sense else _CLUE, use=use))
    return " ".join(sentences)


def _misread(phrasing: Phrasing, slang: Slang, slot: Slot, word: str) -> str:
    quotation, about = quoted(word), {"form": slot.form, "s": slang.name}
    if slot.sense not in senses():
        return phrasing.say(_AFFIX, said=quotation, **about)
    if word == slot.form:
        return phrasing.say(_ECHO, **about)
    real = ordinary().get(slot.form)
    if real and real.gloss == word:
        return phrasing.say(_ORDINARY, said=quotation, **about)
    known = slang.by_form.get(slot.form)
    if known and known.double and any(nearness(word, gloss) for gloss in known.senses):
        return phrasing.say(_ELSEWHERE, said=quotation, **about)
    if key(word) in thesaurus()[slot.sense].narrower:
        return phrasing.say(_NARROW, said=quotation, **about)
    other = None if nearness(word, slot.sense) else _word_for(slang, word)
    if other and other.form != slot.form:
        return phrasing.say(_TAKEN, said=quotation, other=other.form, **about)
    return phrasing.say(_NOT, said=quotation, **about)


def _word_for(slang: Slang, english: str) -> Word | None:
    """The slang word whose first sense an English word names."""
    gloss = slang.sense_of(english)
    return next((word for word in slang.words if word.sense == gloss), None) if gloss else None


def of_word(phrasing: Phrasing, slang: Slang, payload: Payload, text: str, slip: bool) -> str:
    """To a slang word that is not the one asked for."""
    quotation, s = quoted(text), slang.name
    if slip:
        return phrasing.say(_SLIP, said=quotation)
    known = slang.by_form.get(text)
    if known and known.sense != payload.sense:
        return phrasing.say(_IS_SLANG, said=quotation, gloss=citation_form(known.sense, known.part), s=s)
    if known:
        return phrasing.say(_BASE, said=quotation)
    bank = _PLAIN if key(text) in english() else _NO_SLANG
    return f"{phrasing.say(bank, said=quotation, s=s)} {phrasing.say(_BEGINS, letter=payload.right[0], count=len(payload.right))}"


def of_german(phrasing: Phrasing, slang: Slang, payload: Payload, text: str, named: bool) -> str:
    """To a German word that is not right, or has not got its article."""
    if named:
        return phrasing.say(_ARTICLE, said=quoted(text))
    use = phrasing.say(senses()[payload.sense].uses[:-1]).replace("~", payload.form)
    return f"{phrasing.say(_GERMAN, said=quoted(text), form=payload.form)} {phrasing.say(_CLUE, use=use)}"


def of_choice(phrasing: Phrasing, slang: Slang, payload: Payload, text: str) -> str:
    """To the wrong one of the options."""
    about = {"form": payload.form, "said": quoted(text), "s": slang.name}
    if payload.kind == "odd":
        use = payload.uses[int(text) - 1]
        return f"{phrasing.say(_FINE_USE, number=text, form=use.form, s=slang.name)} {phrasing.say(_LOOK)}"
    if payload.kind == "fault":
        return _of_fault(phrasing, slang, payload, text)
    if payload.kind == "guard":
        return phrasing.say(_FORMAL_SLANG if text == payload.sense else _FORMAL, **about)
    return phrasing.say(_HEAD if payload.kind == "head" else _BOOSTER, **about)


def _of_fault(phrasing: Phrasing, slang: Slang, payload: Payload, text: str) -> str:
    use = payload.uses[0]
    if text == "fine":
        return phrasing.say(_NOT_FINE, form=use.form, s=slang.name)
    if text == "sense":
        return phrasing.say(_SENSE_OK, form=use.form, gloss=use.sense)
    if text == "booster":
        return phrasing.say(_BOOSTER_OK, form=use.form, booster=use.booster, s=slang.name)
    speaker, hearer = citation_form(use.speaker, "p"), citation_form(use.hearer, "p")
    return phrasing.say(_REGISTER_OK, form=use.form, speaker=speaker, Speaker=speaker.capitalize(), hearer=hearer)
