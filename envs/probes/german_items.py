"""Templates of German exercises: everyday German (``EASY``) and a school grammar's (``HARD``).

Every template draws one :class:`~clgym.envs.probes.base.Item`. Its payload is an :class:`Exercise`: a hint for the feedback
and, for translations, the meaning whose German renderings are all accepted. Words and forms come from the lexicon of
CL-Conlang-v0; the other sentences were written for this suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from clgym.envs.bilingual import english
from clgym.envs.bilingual.german import ACCUSATIVE, DATIVE, GENITIVE, NOMINATIVE, decline, number_word
from clgym.envs.bilingual.german import render as render_german
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN, Forms
from clgym.envs.bilingual.meaning import NUMBERS, TENSES, Clause, NounPhrase
from clgym.envs.probes.base import Item
from clgym.envs.probes.german_words import ALSO, Exercise, first_word, known_word
from clgym.seeding import Draw
from clgym.text.english import capital

_NOUNS = (
    "man woman child boy girl king mother father brother sister son daughter friend dog cat horse cow bird mouse wolf bear "
    "tree flower apple egg potato book letter table chair lamp bed knife bottle key clock hat shoe car ship house church "
    "school village city garden forest kitchen room bridge mountain river island stone song story"
).split()
#: das Junge (a young animal), die Hut (a guard) and der Messer (a gauge) are German too.
_OF_ONE_GENDER = tuple(name for name in _NOUNS if name not in ("boy", "hat", "knife"))
#: Nouns that stay in the singular after a number word in some sense: sieben Mann (a crew of seven), drei Uhr (three o'clock).
_COUNTED_AS_ONE = ("man", "clock")
_PEOPLE, _LIVING = _NOUNS[:13], _NOUNS[:21]
_VERBS = (
    "see hear love find eat cook buy sell bring take carry throw lose wash build sleep run laugh sing dance swim dream work wait"
).split()
_ADJECTIVES = (
    "big small old new good bad beautiful red blue green yellow black white brown heavy wet dry warm cold dirty clean round "
    "long strong weak slow young tired hungry expensive cheap dark high"
).split()
#: Other German words that are as right for the English ones.
_ALSO_GERMAN = {
    "hat": ("Mütze", "die Mütze"),
    "table": ("Tabelle", "die Tabelle"),
    "key": ("Taste", "die Taste"),
    "chair": ("Sessel", "der Sessel"),
    "flower": ("Blüte", "die Blüte"),
    "man": ("Mensch", "der Mensch"),
    "girl": ("Mädel", "das Mädel"),
    "horse": ("Ross", "das Ross"),
    "clean": ("rein",),
    "January": ("Jänner", "der Jänner"),
    "thanks": ("dankeschön",),
}
#: Articles of the nouns below that are not masculine.
_NOT_MASCULINE = {"Wasser": "das", "Milch": "die", "Brot": "das", "Schule": "die"}
#: Words that stand in no lexicon of roots.
_EVERYDAY = dict(
    pair.split("/")
    for pair in (
        "Monday/Montag Tuesday/Dienstag Wednesday/Mittwoch Thursday/Donnerstag Friday/Freitag Sunday/Sonntag "
        "January/Januar February/Februar March/März May/Mai June/Juni July/Juli October/Oktober December/Dezember "
        "summer/Sommer winter/Winter water/Wasser milk/Milch bread/Brot day/Tag hello/hallo yes/ja no/nein today/heute "
        "thanks/danke please/bitte school/Schule"
    ).split()
)
#: A phrase with a gap, what fits, and two words with which it makes no sense.
_PHRASES = (
    ("Guten ___, wie geht es Ihnen?", "Tag", "Tisch", "Hund"),
    ("Gute ___, schlaf gut!", "Nacht", "Treppe", "Gabel"),
    ("Vielen ___ für das Geschenk!", "Dank", "Stuhl", "Regen"),
    ("Auf ___, bis morgen!", "Wiedersehen", "Frühstück", "Fenster"),
    ("Wie ___ es dir?", "geht", "isst", "kauft"),
    ("Ich ___ aus Deutschland.", "komme", "trinke", "wasche"),
    ("Wie ___ du? Ich heiße Anna.", "heißt", "kochst", "liest"),
    ("Herzlichen Glückwunsch zum ___!", "Geburtstag", "Löffel", "Bahnhof"),
    ("Frohe ___ und ein gutes neues Jahr!", "Weihnachten", "Kartoffeln", "Schuhe"),
    ("Ich trinke eine Tasse ___.", "Kaffee", "Brot", "Holz"),
    ("Ich lese ein ___.", "Buch", "Bier", "Bett"),
    ("Im Winter fällt ___.", "Schnee", "Suppe", "Sand"),
    ("Die Sonne ___ heute.", "scheint", "kauft", "schreibt"),
    ("Der Hund ___ laut.", "bellt", "liest", "kocht"),
    ("Ich habe ___ und möchte etwas essen.", "Hunger", "Himmel", "Haus"),
    ("Ich habe ___ und möchte etwas trinken.", "Durst", "Dorf", "Dach"),
    ("Am Abend gehe ich ins ___.", "Bett", "Brot", "Obst"),
    ("Der Zug fährt um acht Uhr vom ___ ab.", "Bahnhof", "Kuchen", "Spiegel"),
    ("Das Gegenteil von groß ist ___.", "klein", "grün", "laut"),
    ("Das Gegenteil von kalt ist ___.", "warm", "rund", "neu"),
    ("Eine Woche hat sieben ___.", "Tage", "Jahre", "Bäume"),
    ("Das Jahr hat zwölf ___.", "Monate", "Hände", "Türen"),
    ("Mit den Augen kann man ___.", "sehen", "essen", "kaufen"),
    ("Mit den Ohren kann man ___.", "hören", "trinken", "backen"),
    ("Die Mutter meiner Mutter ist meine ___.", "Großmutter", "Gabel", "Woche"),
    ("Der Himmel ist ___.", "blau", "müde", "hungrig"),
    ("Gras ist ___.", "grün", "traurig", "laut"),
    ("Wo ___ Sie? Ich wohne in Berlin.", "wohnen", "heißen", "regnen"),
    ("Es tut mir ___.", "leid", "rot", "Milch"),
    ("Entschuldigung, wie spät ist ___?", "es", "ihn", "und"),
    ("Zwei und zwei ist ___.", "vier", "blau", "Hunger"),
    ("Bern ist die Hauptstadt der ___.", "Schweiz", "Katze", "Kirche"),
    ("Der Bäcker backt ___.", "Brot", "Bücher", "Schuhe"),
    ("Ich fahre mit dem ___ zur Arbeit.", "Bus", "Apfel", "Berg"),
    ("Bitte mach die Tür ___!", "zu", "bei", "von"),
    ("Ich freue ___ auf das Wochenende.", "mich", "sie", "ihr"),
)
#: A verb, its present tense after ich, du, er and wir, and how a sentence with it goes on.
_PRESENT = {
    "sein": ("bin bist ist sind".split(), "heute sehr müde"),
    "haben": ("habe hast hat haben".split(), "ein Auto in Berlin"),
    "gehen": ("gehe gehst geht gehen".split(), "heute nach Hause"),
    "kommen": ("komme kommst kommt kommen".split(), "mit Anna aus Wien"),
    "essen": ("esse isst isst essen".split(), "einen Apfel mit Anna"),
    "lesen": ("lese liest liest lesen".split(), "ein Buch von Goethe"),
    "fahren": ("fahre fährst fährt fahren".split(), "mit Anna nach Berlin"),
    "sehen": ("sehe siehst sieht sehen".split(), "das Meer von hier"),
    "machen": ("mache machst macht machen".split(), "das Essen mit Anna"),
    "wohnen": ("wohne wohnst wohnt wohnen".split(), "mit Anna in Köln"),
    "trinken": ("trinke trinkst trinkt trinken".split(), "Wasser mit Anna"),
    "schlafen": ("schlafe schläfst schläft schlafen".split(), "gut in Berlin"),
}
_PERSONS = ("ich", "du", "er", "wir")
_GENDERS = {"m": "der", "f": "die", "n": "das"}
_CASES = {NOMINATIVE: "Das ist {}.", ACCUSATIVE: "Wir sehen {}.", DATIVE: "Wir erzählen von {}.", GENITIVE: "Das ist ein Bild {}."}
_ARTICLES = ("der", "die", "das", "den", "dem", "des")


def _german(concept: str) -> Forms:
    return GERMAN[concept][0]


def _gap(sentence: str, word: str) -> str:
    """The sentence with its first occurrence of a word left out."""
    words = sentence.split(" ")
    place = next(place for place, token in enumerate(words) if token.strip(".,?") == word)
    words[place] = words[place].replace(word, "___")
    return " ".join(words)


def _choose(draw: Draw, gapped: str, right: str, others: tuple[str, ...], hint: str) -> Item:
    options = tuple(draw.shuffled((right, *others)))
    template = draw.choice(
        (
            "Fill the gap in the German sentence with {options}:\n{gapped}\nAnswer with that word alone.",
            "Which word fits the gap, {options}?\n{gapped}\nWrite that word alone.",
        )
    )
    listed = ", ".join(options[:-1]) + f" or {options[-1]}"
    return Item(template.format(options=listed, gapped=gapped), right, options=options, payload=Exercise(hint))


def _word(question: str, right: str, accepted: Iterable[str], hint: str) -> Item:
    return Item(f"{question} Answer with one word.", right, tuple(accepted), payload=Exercise(hint))


_FAULTLESS = "Two sentences, one of them with a mistake:\n{0}\n{1}\nWrite the sentence without the mistake."
_SENSIBLE = "Two German sentences, only one of them makes sense:\n{0}\n{1}\nWrite the sentence that makes sense."
_TRUE = "Two sentences, only one of them is true:\n{0}\n{1}\nWrite the true sentence."


def _either(right: str, wrong: str, hint: str, template: str = _FAULTLESS) -> Item:
    """A choice between two sentences; :func:`balanced` decides which of them comes first."""
    return Item(template.format(right, wrong), right, options=(right, wrong), payload=Exercise(hint, template=template))


def balanced(items: Iterable[Item]) -> Iterator[Item]:
    """The same items; where two sentences are to choose from, the right one comes second every other time."""
    swap = False
    for item in items:
        if len(item.options) == 2 and swap:
            options = item.options[::-1]
            yield replace(item, prompt=item.payload.template.format(*options), options=options)
        else:
            yield item
        swap ^= len(item.options) == 2


# Everyday German. A small model knows little of it, but hears which of two sentences is German: most templates ask that.


def _article_heard(draw: Draw) -> Item:
    forms = _german(draw.choice(_OF_ONE_GENDER))
    right, word = _GENDERS[forms["gender"]], forms["nominative"]
    wrong = draw.choice([article for article in _GENDERS.values() if article != right])
    frame = draw.choice(("Das ist {} {} von Anna.", "Hier ist {} {} von Peter.", "Das ist {} {} von Maria."))
    return _either(frame.format(right, word), frame.format(wrong, word), f"the gender of {word}")


def _article(draw: Draw) -> Item:
    gender = draw.choice("mfn")
    word = draw.choice([forms["nominative"] for forms in map(_german, _OF_ONE_GENDER) if forms["gender"] == gender])
    template = draw.choice(
        (
            "Which article goes with the German noun {0}: der, die or das?",
            "Is it der {0}, die {0} or das {0} in German? Answer der, die or das.",
        )
    )
    hint = f"the gender of {word}"
    return Item(template.format(word), _GENDERS[gender], options=tuple(_GENDERS.values()), payload=Exercise(hint))


def _to_english(draw: Draw) -> Item:
    concept = draw.choice(_NOUNS + _VERBS + _ADJECTIVES)
    word, *_ = _german(concept).values()
    also = ALSO.get(concept, ())
    marks = {"noun": ("the ", "an " if concept[0] in "aeiou" else "a "), "verb": ("to ",)}.get(CONCEPTS[concept].part, ())
    accepted = (*also, *(mark + meant for mark in marks for meant in (concept, *also)))
    return _word(f'What does the German word "{word}" mean in English?', concept, accepted, f'what "{word}" means')


def _to_german(draw: Draw) -> Item:
    concept = draw.choice(_NOUNS + _VERBS + _ADJECTIVES)
    part = CONCEPTS[concept].part
    words = GERMAN[concept]
    accepted = [*_ALSO_GERMAN.get(concept, ()), *(next(iter(forms.values())) for forms in words[1:])]
    if part == "noun":
        accepted += [f"{_GENDERS[forms['gender']]} {forms['nominative']}" for forms in words]
    meaning = f"to {concept}" if part == "verb" else concept
    word = next(iter(words[0].values()))
    return _word(f'What is the German word for "{meaning}"?', word, accepted, f'the {part} for "{meaning}"')


def _everyday(draw: Draw) -> Item:
    meant, word = draw.choice(tuple(_EVERYDAY.items()))
    if draw.chance(0.5):
        named = (f"{_NOT_MASCULINE.get(word, 'der')} {word}",) if word[0].isupper() else ()
        accepted = (*named, *_ALSO_GERMAN.get(meant, ()))
        return _word(f'How does one say "{meant}" in German?', word, accepted, f'the word for "{meant}"')
    return _word(f'"{word}" is a German word. What is it in English?', meant, ALSO.get(meant, ()), f'what "{word}" means')


def _meaning(draw: Draw) -> Item:
    bank = draw.choice((_NOUNS, _NOUNS, _VERBS, _ADJECTIVES))
    concept, other = draw.sample(bank, 2)
    while other in ALSO.get(concept, ()) or concept in ALSO.get(other, ()):
        other = draw.choice([name for name in bank if name != concept])
    word = next(iter(_german(concept).values()))
    frame = draw.choice(('The German word "{}" means "{}".', 'In German, "{}" is the word for "{}".'))
    mark = "to " if bank is _VERBS else ""
    return _either(frame.format(word, mark + concept), frame.format(word, mark + other), f'what "{word}" means', _TRUE)


def _phrase(draw: Draw) -> Item:
    gapped, right, *others = draw.choice(_PHRASES)
    right, wrong = (gapped.replace("___", word) for word in (right, draw.choice(others)))
    return _either(right, wrong, "what people usually say", _SENSIBLE)


def _number(draw: Draw) -> Item:
    number, other = draw.sample(range(21), 2)
    if draw.chance(0.5):
        right, wrong = (f'The German word for {number} is "{number_word(value)}".' for value in (number, other))
        return _either(right, wrong, "the number words", _TRUE)
    word = number_word(number)
    return Item(
        f'Which number is the German word "{word}"? Answer with digits.',
        str(number),
        (english.number_word(number),),
        payload=Exercise("the number words"),
    )


def _present(draw: Draw) -> Item:
    infinitive = draw.choice(tuple(_PRESENT))
    forms, end = _PRESENT[infinitive]
    place = draw.integer(0, 3)
    # After "er" the form of "ich" would be a subjunctive.
    wrong = draw.choice([form for form in forms[place == 2 :] if form != forms[place]])
    right, wrong = (capital(f"{_PERSONS[place]} {form} {end}.") for form in (forms[place], wrong))
    return _either(right, wrong, f'the form of "{infinitive}" after "{_PERSONS[place]}"')


def _plain_agreement(draw: Draw) -> Item:
    concept, verb = draw.choice(_PEOPLE), draw.choice(_VERBS[15:])
    many = draw.chance(0.5)
    subject = NounPhrase(concept, number="plural" if many else "singular")
    start, end = capital(decline(subject, NOMINATIVE)), draw.choice(("heute bei Anna", "gern bei Peter", "am Abend in Berlin"))
    forms = _german(verb)
    right, wrong = (forms["infinitive"], forms["present"]) if many else (forms["present"], forms["infinitive"])
    return _either(f"{start} {right} {end}.", f"{start} {wrong} {end}.", "whether the subject is one or many")


def _plural_heard(draw: Draw) -> Item:
    names = [name for name in _NOUNS if _german(name)["nominative"] != _german(name)["plural"]]
    forms = _german(draw.choice([name for name in names if name not in _COUNTED_AS_ONE]))
    frame = draw.choice(("Das sind {} {} von Anna.", "Hier sind {} {} von Peter.", "Wir sehen {} {} in Berlin."))
    count = number_word(draw.integer(2, 9))
    plural = forms["plural"].split("/")[0]
    return _either(frame.format(count, plural), frame.format(count, forms["nominative"]), "the plural of the noun")


# A school grammar's German.


def _thing(draw: Draw, *, plain: bool = False) -> NounPhrase:
    """A noun phrase with an adjective that suits it (``plain``: without)."""
    noun = draw.choice(_NOUNS)
    fitting = [name for name in _ADJECTIVES if CONCEPTS[noun].kind in CONCEPTS[name].takes]
    many, definite = draw.chance(0.35), draw.chance(0.5)
    return NounPhrase(noun, () if plain else (draw.choice(fitting),), "plural" if many else "singular", definite)


def _ending(draw: Draw) -> Item:
    phrase, case = _thing(draw), draw.integer(NOMINATIVE, GENITIVE)
    declined = decline(phrase, case)
    sentence = _in_sentence(phrase, case)
    words = declined.split(" ")
    inflected = words[-2]
    predicate = _german(phrase.adjectives[0])["predicate"]
    prompt = f'Fill the gap with the right form of "{predicate}":\n{_gap(sentence, inflected)}\nAnswer with that word alone.'
    return Item(prompt, inflected, payload=Exercise(f'case, gender and number of "{words[-1]}" and the word before the gap'))


def _case_article(draw: Draw) -> Item:
    wanted = draw.choice(_ARTICLES)
    clear = [name for name in _OF_ONE_GENDER if _tells_number(name)]
    while True:
        phrase = NounPhrase(draw.choice(clear), number="plural" if draw.chance(0.35) else "singular")
        case = draw.integer(NOMINATIVE, GENITIVE)
        if decline(phrase, case).startswith(wanted + " "):
            break
    noun = decline(phrase, case).split(" ")[-1]
    others = tuple(article for article in _ARTICLES if article != wanted)
    gapped = _gap(_in_sentence(phrase, case), wanted)
    return _choose(draw, gapped, wanted, others, f'the case, and the gender and number of "{noun}"')


def _in_sentence(phrase: NounPhrase, case: int) -> str:
    """A sentence that asks for the case, with the phrase in it."""
    frame = "Das sind {}." if phrase.number == "plural" and case == NOMINATIVE else _CASES[case]
    return frame.format(decline(phrase, case))


def _tells_number(concept: str) -> bool:
    """Whether no singular form of the noun is also a plural one (as in das Messer, den Jungen)."""
    forms = _german(concept)
    many = {form for name in ("plural", "dative_plural") for form in forms[name].split("/")}
    return many.isdisjoint(form for name in ("nominative", "oblique", "genitive") for form in forms[name].split("/"))


def _plural(draw: Draw) -> Item:
    forms = _german(draw.choice(_NOUNS))
    plural, *others = forms["plural"].split("/")
    accepted = (*others, *(f"die {form}" for form in (plural, *others)))
    singular = f"{_GENDERS[forms['gender']]} {forms['nominative']}"
    return _word(f'What is the plural of the German noun "{singular}"?', plural, accepted, f'how "{singular}" forms its plural')


def _past_form(draw: Draw) -> Item:
    verb = draw.choice([name for name, concept in CONCEPTS.items() if concept.part == "verb"])
    forms = _german(verb)
    infinitive = forms["infinitive"]
    if draw.chance(0.5):
        right, *others = forms["participle"].split("/")
        question = f'What is the past participle (Partizip II) of the German verb "{infinitive}"?'
        accepted = [f"{auxiliary} {form}" for auxiliary in forms["auxiliary"].split("/") for form in (right, *others)]
    else:
        right, *others = forms["preterite"].split("/")
        question = f'Which form of the German verb "{infinitive}" follows "er" in the simple past (Präteritum)?'
        accepted = [f"er {form}" for form in (right, *others)]
    return _word(question, right, (*others, *accepted), f'whether "{infinitive}" is a strong verb')


def _relative(draw: Draw) -> Item:
    noun = draw.choice(_LIVING)
    forms = _german(noun)
    pronouns = {"m": ("der", "den", "dem"), "f": ("die", "die", "der"), "n": ("das", "das", "dem")}[forms["gender"]]
    place = draw.integer(0, 2)
    ending = ("hier schläft", "wir gesehen haben", "wir geholfen haben")[place]
    right = pronouns[place]
    others = tuple(form for form in ("der", "die", "das", "den", "dem") if form != right)
    start = capital(f"{_GENDERS[forms['gender']]} {forms['nominative']}")
    hint = "the gender of the noun and the case in the relative clause"
    return _choose(draw, f"{start}, ___ {ending}, kommt aus Berlin.", right, others, hint)


def _order(draw: Draw) -> Item:
    actor, other = draw.sample(_PEOPLE, 2)
    verb = _german(draw.choice("see hear find seek ask wash visit praise save".split()))
    subject, target = decline(NounPhrase(actor), NOMINATIVE), decline(NounPhrase(other), ACCUSATIVE)
    infinitive, present, participle = (verb[name] for name in ("infinitive", "present", "participle"))
    right, wrong, place = draw.choice(
        (
            (f"Heute {present} {subject} {target}.", f"Heute {subject} {present} {target}.", "verb in a main clause"),
            (f"Wir lachen, weil {subject} {target} {present}.", f"Wir lachen, weil {present} {subject} {target}.", "verb"),
            (f"Morgen will {subject} {target} {infinitive}.", f"Morgen will {subject} {infinitive} {target}.", "infinitive"),
            (f"Gestern hat {subject} {target} {participle}.", f"Gestern hat {subject} {participle} {target}.", "participle"),
            (f"Wir wissen, dass {subject} {target} {present}.", f"Wir wissen, dass {subject} {present} {target}.", "verb"),
        )
    )
    return _either(right, wrong, f"the place of the {place}")


def _object_case(draw: Draw) -> Item:
    noun = draw.choice([name for name in _LIVING if _german(name)["gender"] == "m" and _tells_number(name)])
    nominative, accusative, dative = (decline(NounPhrase(noun), case) for case in (NOMINATIVE, ACCUSATIVE, DATIVE))
    right, wrong, hint = draw.choice(
        (
            (f"Wir sehen {accusative}.", f"Wir sehen {nominative}.", 'the case that "sehen" governs'),
            (f"Wir helfen {dative}.", f"Wir helfen {accusative}.", 'the case that "helfen" governs'),
            (f"Wir kommen mit {dative}.", f"Wir kommen mit {accusative}.", 'the case that "mit" governs'),
            (f"Wir arbeiten für {accusative}.", f"Wir arbeiten für {dative}.", 'the case that "für" governs'),
            (f"Wir gehen ohne {accusative}.", f"Wir gehen ohne {dative}.", 'the case that "ohne" governs'),
            (f"Das kommt von {dative}.", f"Das kommt von {accusative}.", 'the case that "von" governs'),
        )
    )
    return _either(right, wrong, hint)


def _auxiliary(draw: Draw) -> Item:
    subject = draw.choice(_PEOPLE)
    alone = [name for name, concept in CONCEPTS.items() if concept.part == "verb" and not concept.takes]
    # What is sung or dreamed can be an object too: "ist geträumt" might be a passive.
    verb = _german(draw.choice([name for name in alone if name not in ("sing", "dream")]))
    if "/" in verb["auxiliary"]:
        verb = _german("run")
    right, wrong = ("ist", "hat") if verb["auxiliary"] == "ist" else ("hat", "ist")
    start = capital(decline(NounPhrase(subject), NOMINATIVE))
    return _either(
        f"{start} {right} {verb['participle']}.",
        f"{start} {wrong} {verb['participle']}.",
        f'the auxiliary that "{verb["infinitive"]}" takes',
    )


def _sentence(draw: Draw) -> Item:
    # To paint a thing is malen, bemalen, streichen or lackieren, as it is meant.
    verbs = [name for name, concept in CONCEPTS.items() if "thing" in concept.takes and concept.part == "verb"]
    verb = draw.choice([name for name in verbs if name != "paint"])
    target = draw.choice([name for name in _NOUNS if CONCEPTS[name].kind == "thing"])
    fitting = [name for name in _ADJECTIVES if "thing" in CONCEPTS[name].takes]
    adjectives = (draw.choice(fitting),) if draw.chance(0.5) else ()
    object_phrase = NounPhrase(target, adjectives, draw.choice(NUMBERS), draw.chance(0.6))
    actor = NounPhrase(draw.choice(_PEOPLE))
    clause = Clause(actor, verb, object_phrase, draw.choice(TENSES), draw.chance(0.3), draw.chance(0.25))
    meaning = english.render(clause, CONCEPTS)
    return Item(
        f"Translate into German: {meaning}\nAnswer with the German sentence alone.",
        render_german(clause)[0],
        payload=Exercise("word order, case and the form of the verb", clause),
    )


def _two_words(draw: Draw) -> Item:
    phrase = _thing(draw)
    meaning = english.render(phrase, CONCEPTS)
    return Item(
        f"Translate into German: {meaning}\nAnswer with the German words alone.",
        render_german(phrase)[0],
        payload=Exercise("the article, the ending of the adjective and the form of the noun", phrase),
    )


Template = Callable[[Draw], Item]

#: Everyday German to be recognized and to be produced.
RECOGNIZED: Mapping[str, Template] = MappingProxyType(
    {
        "article heard": _article_heard,
        "present": _present,
        "phrase": _phrase,
        "agreement": _plain_agreement,
        "plural heard": _plural_heard,
        "meaning": _meaning,
        "number": _number,
    }
)
PRODUCED: Mapping[str, Template] = MappingProxyType(
    {"article": _article, "to English": _to_english, "to German": _to_german, "everyday": _everyday}
)
#: Sentences to finish with a word of the first lessons: what a small model can produce.
FINISHED: Mapping[str, Template] = MappingProxyType({"first word": first_word, "known word": known_word})
EASY: Mapping[str, Template] = MappingProxyType({**RECOGNIZED, **PRODUCED, **FINISHED})

HARD: Mapping[str, Template] = MappingProxyType(
    {
        "adjective ending": _ending,
        "article by case": _case_article,
        "plural": _plural,
        "past": _past_form,
        "relative pronoun": _relative,
        "word order": _order,
        "governed case": _object_case,
        "auxiliary": _auxiliary,
        "sentence": _sentence,
        "phrase": _two_words,
    }
)
