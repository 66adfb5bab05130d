"""German renderings against forms written by hand, and the lexicon's own consistency."""

from __future__ import annotations

import pytest

from clgym.envs.bilingual.german import number_word, render
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN
from clgym.envs.bilingual.meaning import ANIMATE, DERIVATIONS, KINDS, Clause, NounPhrase, Place, Relative

N = NounPhrase
DOG, CAT, MAN, CHILD = N("dog"), N("cat"), N("man"), N("child")


def declined(phrase: NounPhrase, case: str) -> str:
    """The canonical form of a phrase in one case, cut out of what a user would read."""
    if case == "nominative":
        return render(phrase)[0]
    if case == "accusative":
        return render(Clause(N("woman"), "see", phrase))[0].removeprefix("Die Frau sieht ").removesuffix(".")
    if case == "dative":
        waiting = render(Clause(N("woman"), "wait", place=Place("with", phrase)))[0]
        return waiting.removeprefix("Die Frau wartet mit ").removesuffix(".")
    return render(N("cat", possessor=phrase))[0].removeprefix("die Katze ")


def a(noun: str, *adjectives: str) -> NounPhrase:
    return N(noun, adjectives, definite=False)


def the(noun: str, *adjectives: str) -> NounPhrase:
    return N(noun, adjectives)


def some(noun: str, *adjectives: str) -> NounPhrase:
    return N(noun, adjectives, "plural", False)


def these(noun: str, *adjectives: str) -> NounPhrase:
    return N(noun, adjectives, "plural")


# Nominative, accusative, dative, genitive. A bare plural has no genitive of its own: it takes "von".
DECLENSIONS = [
    (the("dog", "red"), "der rote Hund | den roten Hund | dem roten Hund | des roten Hundes"),
    (the("cat", "old"), "die alte Katze | die alte Katze | der alten Katze | der alten Katze"),
    (the("horse", "high"), "das hohe Pferd | das hohe Pferd | dem hohen Pferd | des hohen Pferdes"),
    (a("dog", "red"), "ein roter Hund | einen roten Hund | einem roten Hund | eines roten Hundes"),
    (a("cat", "tired"), "eine müde Katze | eine müde Katze | einer müden Katze | einer müden Katze"),
    (a("house", "dark"), "ein dunkles Haus | ein dunkles Haus | einem dunklen Haus | eines dunklen Hauses"),
    (these("dog", "small"), "die kleinen Hunde | die kleinen Hunde | den kleinen Hunden | der kleinen Hunde"),
    (some("dog", "small"), "kleine Hunde | kleine Hunde | kleinen Hunden | kleiner Hunde"),
    (these("car", "expensive"), "die teuren Autos | die teuren Autos | den teuren Autos | der teuren Autos"),
    (the("boy"), "der Junge | den Jungen | dem Jungen | des Jungen"),
    (a("bear", "hungry"), "ein hungriger Bär | einen hungrigen Bären | einem hungrigen Bären | eines hungrigen Bären"),
    (these("neighbour"), "die Nachbarn | die Nachbarn | den Nachbarn | der Nachbarn"),
    (the("secret"), "das Geheimnis | das Geheimnis | dem Geheimnis | des Geheimnisses"),
    (these("mother"), "die Mütter | die Mütter | den Müttern | der Mütter"),
    (a("girl", "clever"), "ein kluges Mädchen | ein kluges Mädchen | einem klugen Mädchen | eines klugen Mädchens"),
    (these("word"), "die Wörter | die Wörter | den Wörtern | der Wörter"),
    (the("lake", "cold"), "der kalte See | den kalten See | dem kalten See | des kalten Sees"),
    (these("island"), "die Inseln | die Inseln | den Inseln | der Inseln"),
    (these("egg", "white"), "die weißen Eier | die weißen Eier | den weißen Eiern | der weißen Eier"),
    (
        N("mouse", ("grey",), "plural", count=3),
        "die drei grauen Mäuse | die drei grauen Mäuse | den drei grauen Mäusen | der drei grauen Mäuse",
    ),
    (
        N("knife", ("new",), "plural", False, count=21),
        "einundzwanzig neue Messer | einundzwanzig neue Messer | einundzwanzig neuen Messern | von einundzwanzig neuen Messern",
    ),
]

SENTENCES = [
    (Clause(DOG, "see", N("tree")), "Der Hund sieht den Baum."),
    (Clause(DOG, "see", N("tree"), negated=True), "Der Hund sieht den Baum nicht."),
    (Clause(DOG, "see", a("tree"), negated=True), "Der Hund sieht keinen Baum."),
    (Clause(DOG, "see", some("tree", "old"), negated=True), "Der Hund sieht keine alten Bäume."),
    (Clause(a("cat"), "bite", a("mouse")), "Eine Katze beißt eine Maus."),
    (Clause(these("child"), "eat", these("apple")), "Die Kinder essen die Äpfel."),
    (Clause(these("child"), "eat", these("apple"), "past"), "Die Kinder aßen die Äpfel."),
    (Clause(MAN, "lose", N("key"), "past"), "Der Mann verlor den Schlüssel."),
    (Clause(MAN, "lose", N("key"), "future"), "Der Mann wird den Schlüssel verlieren."),
    (Clause(these("man"), "lose", N("key"), "future", negated=True), "Die Männer werden den Schlüssel nicht verlieren."),
    (Clause(DOG, "sleep", question=True), "Schläft der Hund?"),
    (Clause(DOG, "hunt", CAT, "past", question=True), "Jagte der Hund die Katze?"),
    (Clause(these("dog"), "hunt", CAT, "future", question=True), "Werden die Hunde die Katze jagen?"),
    (Clause(CHILD, "ask", N("teacher"), negated=True, question=True), "Fragt das Kind den Lehrer nicht?"),
    (Clause(CAT, "sleep", place=Place("under", N("tree"))), "Die Katze schläft unter dem Baum."),
    (Clause(CAT, "sleep", place=Place("in", N("house"))), "Die Katze schläft im Haus."),
    (Clause(CAT, "sleep", place=Place("in", N("kitchen", ("warm",)))), "Die Katze schläft in der warmen Küche."),
    (Clause(CAT, "sleep", place=Place("on", a("bed", "soft"))), "Die Katze schläft auf einem weichen Bett."),
    (Clause(CAT, "sleep", place=Place("behind", these("house"))), "Die Katze schläft hinter den Häusern."),
    (Clause(CAT, "sleep", place=Place("near", N("river"))), "Die Katze schläft nahe dem Fluss."),
    (Clause(CAT, "sleep", negated=True, place=Place("in", N("garden"))), "Die Katze schläft nicht im Garten."),
    (Clause(N("dog", relative=Relative("see", CAT)), "sleep"), "Der Hund, der die Katze sieht, schläft."),
    (Clause(N("cat", relative=Relative("hunt", DOG, "past")), "sleep"), "Die Katze, die den Hund jagte, schläft."),
    (Clause(N("child", relative=Relative("love", a("dog"))), "laugh"), "Das Kind, das einen Hund liebt, lacht."),
    (
        Clause(these("dog"), "bite", N("man", relative=Relative("feed", CAT, "future"))),
        "Die Hunde beißen den Mann, der die Katze füttern wird.",
    ),
    (N("dog", possessor=N("king", ("old",))), "der Hund des alten Königs"),
    (N("dog", ("big",), "plural", possessor=a("woman")), "die großen Hunde einer Frau"),
    (N("dog", possessor=some("woman")), "der Hund von Frauen"),
    (N("hat", possessor=N("brother", possessor=N("prince"))), "der Hut des Bruders des Prinzen"),
    (Clause(N("farmer"), "see", N("soldier")), "Der Bauer sieht den Soldaten."),
    (Clause(these("swimmer"), "swim", tense="past", place=Place("in", N("lake"))), "Die Schwimmer schwammen im See."),
    (Clause(N("queen"), "steal", N("sword", possessor=N("giant")), "past"), "Die Königin stahl das Schwert des Riesen."),
    (Clause(N("monk"), "understand", N("story", ("strange",))), "Der Mönch versteht die seltsame Geschichte."),
    (Clause(N("puppy"), "find", N("calf", ("invisible",)), "past"), "Der Welpe fand das unsichtbare Kalb."),
]

ALSO = [
    (Clause(DOG, "see", N("tree"), "past"), "Der Hund hat den Baum gesehen."),
    (Clause(DOG, "see", N("tree")), "Den Baum sieht der Hund."),
    (Clause(CAT, "see", these("mouse")), "Die Mäuse sieht die Katze."),
    (Clause(CAT, "run", tense="past"), "Die Katze ist gelaufen."),
    (Clause(these("cat"), "run", tense="past"), "Die Katzen sind gerannt."),
    (Clause(CAT, "sleep", place=Place("in", N("house"))), "Im Haus schläft die Katze."),
    (Clause(CAT, "sleep", place=Place("in", N("house"))), "Die Katze schläft in dem Haus."),
    (Clause(CAT, "hunt", N("mouse"), place=Place("near", N("house"))), "Die Katze jagt beim Haus die Maus."),
    (Clause(CAT, "hunt", N("mouse"), place=Place("near", N("house"))), "Die Katze jagt die Maus in der Nähe des Hauses."),
    (
        Clause(DOG, "see", N("bird", relative=Relative("bite", CAT)), negated=True),
        "Der Hund sieht den Vogel nicht, der die Katze beißt.",
    ),
    (
        Clause(DOG, "see", N("bird", relative=Relative("bite", CAT, "past")), "past"),
        "Der Hund hat den Vogel gesehen, der die Katze gebissen hat.",
    ),
    (Clause(N("child", relative=Relative("see", CAT)), "sleep"), "Das Kind, welches die Katze sieht, schläft."),
    (N("hat", possessor=N("king")), "der Hut vom König"),
    (N("hat", possessor=N("dog")), "der Hut des Hunds"),
    (N("doctor", ("brave",)), "die tapfere Ärztin"),
    (N("hat", possessor=N("frog")), "der Hut des Froschs"),
    (N("box", ("dirty",), "plural"), "die dreckigen Schachteln"),
    (Clause(N("lion"), "eat", N("sausage")), "Der Löwe frisst die Wurst."),
    (Clause(N("baker"), "bake", N("cake"), "past"), "Die Bäckerin hat die Torte gebacken."),
    # a place that is where a verb of motion gets to
    (Clause(MAN, "jump", tense="past", place=Place("on", these("sword"))), "Der Mann sprang auf die Schwerter."),
    (Clause(MAN, "jump", tense="past", place=Place("on", N("bed"))), "Der Mann ist aufs Bett gesprungen."),
    (Clause(MAN, "run", place=Place("under", N("bridge"))), "Der Mann läuft unter die Brücke."),
    (Clause(MAN, "push", N("bed"), place=Place("in", N("garden"))), "Der Mann schiebt das Bett in den Garten."),
    (Clause(MAN, "throw", N("hat"), place=Place("behind", N("house"))), "Der Mann wirft den Hut hinters Haus."),
    (Clause(MAN, "pull", N("horse"), place=Place("in", N("house"))), "Der Mann zieht das Pferd ins Haus."),
    (Clause(CAT, "sleep", place=Place("under", N("tree"))), "Die Katze schläft unterm Baum."),
    (Clause(CAT, "sleep", place=Place("near", N("river"))), "Die Katze schläft nahe am Fluss."),
    # a place behind a relative clause
    (
        Clause(N("woman"), "meet", N("pig", relative=Relative("push", N("bed"))), place=Place("with", these("rose"))),
        "Die Frau trifft das Schwein, das das Bett mit den Rosen schiebt.",
    ),
    (
        Clause(N("woman"), "meet", N("pig", relative=Relative("push", N("bed"))), place=Place("with", these("rose"))),
        "Die Frau trifft mit den Rosen das Schwein, das das Bett schiebt.",
    ),
    # other verbs and spellings
    (Clause(DOG, "smell", N("bee")), "Der Hund riecht an der Biene."),
    (Clause(DOG, "pull", N("rope")), "Der Hund zieht am Seil."),
    (Clause(DOG, "seek", N("bird")), "Der Hund sucht nach dem Vogel."),
    (Clause(DOG, "bite", N("sausage")), "Der Hund beißt in die Wurst."),
    (Clause(DOG, "meet", N("bird")), "Der Hund begegnet dem Vogel."),
    (Clause(DOG, "meet", N("bird"), "past"), "Der Hund ist dem Vogel begegnet."),
    (Clause(DOG, "watch", N("bird")), "Der Hund sieht dem Vogel zu."),
    (Clause(DOG, "watch", N("bird")), "Der Hund schaut den Vogel an."),
    (Clause(DOG, "break", N("lamp"), "past"), "Der Hund hat die Lampe kaputt gemacht."),
    (Clause(DOG, "break", N("lamp"), "past"), "Der Hund hat die Lampe kaputtgemacht."),
    (Clause(DOG, "break", N("lamp"), "future"), "Der Hund wird die Lampe kaputt machen."),
    (these("girl"), "die Mädels"),
    (
        Clause(N("pig", relative=Relative("see", CAT)), "bring", N("ring"), "future"),
        "Das Schwein wird den Ring bringen, das die Katze sieht.",
    ),
    # pronouns, coordination, questions for somebody
    (Clause(N("he"), "see", N("she")), "Er sieht sie."),
    (Clause(N("they", number="plural"), "see", N("he"), "past", negated=True), "Sie haben ihn nicht gesehen."),
    (Clause(N("he"), "eat", N("it")), "Er isst ihn."),
    (Clause(N("it"), "eat", N("apple")), "Es frisst den Apfel."),
    (Clause(DOG, "see", N("it"), question=True), "Sieht es der Hund?"),
    (Clause(N("dog", also=CAT), "sleep"), "Der Hund und die Katze schlafen."),
    (Clause(MAN, "see", N("dog", ("old",), also=CAT)), "Den alten Hund und die Katze sieht der Mann."),
    (Clause(N("who"), "see", DOG), "Wer sieht den Hund?"),
    (Clause(DOG, "see", N("who"), "past", negated=True), "Wen sah der Hund nicht?"),
    (Clause(these("dog"), "see", N("what"), "future"), "Was werden die Hunde sehen?"),
]

REFUSED = [
    (Clause(CAT, "see", N("mouse")), "Die Maus sieht die Katze."),  # reads as the mouse acting
    (Clause(DOG, "see", N("tree")), "Der Hund sieht der Baum."),
    (Clause(DOG, "see", N("tree")), "Der Hund den Baum sieht."),
    (Clause(DOG, "see", a("tree"), negated=True), "Der Hund sieht nicht einen Baum."),
    (Clause(DOG, "see", N("tree"), "past"), "Der Hund sieht den Baum."),
    (Clause(MAN, "eat", N("sausage")), "Der Mann frisst die Wurst."),
    (Clause(CAT, "run", tense="past"), "Die Katze hat gelaufen."),
    (N("doctor", ("brave",)), "der tapfere Ärztin"),
    (N("girl", ("small",)), "die kleine Mädchen"),
    (N("dog", ("red",), definite=False), "ein rote Hund"),
    (Clause(CAT, "sleep", place=Place("under", N("tree"))), "Die Katze schläft unter den Baum."),
    (Clause(DOG, "meet", N("bird")), "Der Hund begegnet den Vogel."),
    (Clause(DOG, "smell", N("bee")), "Der Hund riecht an die Biene."),
    (Clause(N("he"), "see", N("she")), "Ihn sieht sie."),
    (Clause(N("dog", also=CAT), "sleep"), "Der Hund und die Katze schläft."),
    (Clause(MAN, "eat", N("it")), "Der Mann frisst es."),
]


@pytest.mark.parametrize(("phrase", "forms"), DECLENSIONS, ids=[forms for _, forms in DECLENSIONS])
def test_phrases_are_declined_as_written_by_hand(phrase, forms):
    cases = ("nominative", "accusative", "dative", "genitive")
    assert [declined(phrase, case) for case in cases] == forms.split(" | ")


@pytest.mark.parametrize(("meaning", "german"), SENTENCES, ids=[german for _, german in SENTENCES])
def test_canonical_renderings_are_as_written_by_hand(meaning, german):
    assert render(meaning)[0] == german


@pytest.mark.parametrize(("meaning", "german"), ALSO, ids=[german for _, german in ALSO])
def test_other_right_renderings_are_accepted(meaning, german):
    assert german in render(meaning, german)


@pytest.mark.parametrize(("meaning", "german"), REFUSED, ids=[german for _, german in REFUSED])
def test_wrong_german_is_refused(meaning, german):
    assert german not in render(meaning, german)


LONG = Clause(
    N("hunter", ("brave",), relative=Relative("protect", N("rabbit", ("clever",)), "past")),
    "send",
    N("box", ("dirty",), possessor=N("doctor")),
    "past",
    True,
    True,
    Place("near", N("castle")),
)


def test_every_rendering_is_clean_and_accepted_when_given_as_the_answer():
    listed = render(LONG)
    assert len(set(listed)) == len(listed) > 100
    for german in listed:
        assert not any(slip in german for slip in ("  ", ",,", " ,", ",?")) and german.endswith("?") and german[0].isupper()
        assert german in render(LONG, german)


def test_a_long_answer_in_other_words_keeps_the_list_short():
    answer = (
        "Hat die tapfere Jägerin, die den schlauen Hasen beschützt hat, die dreckige Schachtel der Ärztin nicht in der "
        "Nähe vom Schloss gesandt?"
    )
    assert answer in render(LONG, answer)
    assert len(render(LONG, answer)) < 500


@pytest.mark.parametrize("answer", ["", "\0", "ß" * 10_000, "\u202edog", "🙂 Hund"])
def test_any_answer_gives_the_canonical_rendering_something_to_be_compared_with(answer):
    assert render(Clause(DOG, "see", CAT), answer)[0] == "Der Hund sieht die Katze."


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0, "null"),
        (1, "eins"),
        (6, "sechs"),
        (7, "sieben"),
        (11, "elf"),
        (12, "zwölf"),
        (16, "sechzehn"),
        (17, "siebzehn"),
        (20, "zwanzig"),
        (21, "einundzwanzig"),
        (30, "dreißig"),
        (66, "sechsundsechzig"),
        (70, "siebzig"),
        (99, "neunundneunzig"),
    ],
)
def test_number_words(number, word):
    assert number_word(number) == word


def test_the_lexicon_is_as_large_as_the_family_needs():
    parts = [concept.part for concept in CONCEPTS.values()]
    assert len(parts) >= 240
    assert (parts.count("noun") >= 120, parts.count("verb") >= 60, parts.count("adjective") >= 50) == (True, True, True)
    adpositions = [name for name, concept in CONCEPTS.items() if concept.part == "adposition"]
    assert adpositions == ["in", "on", "under", "behind", "near", "with"]


def test_no_two_concepts_share_an_english_form_or_a_german_word():
    english = [form for c in CONCEPTS.values() for form in {c.id, c.plural, c.third, c.past} - {""}]
    assert sorted(form for form in english if english.count(form) > 1) == []
    german = [next(iter(forms.values())) for words in GERMAN.values() for forms in words]
    assert sorted(word for word in german if german.count(word) > 1) == []


def test_english_forms_tell_number_and_tense():
    for concept in CONCEPTS.values():
        if concept.part == "noun":
            assert concept.kind in KINDS and concept.plural not in ("", concept.id), concept
        if concept.part == "verb":
            assert concept.id != concept.past and concept.third.startswith(concept.id[:-1]), concept


def test_verbs_find_objects_and_adjectives_find_nouns():
    kinds = {concept.kind for concept in CONCEPTS.values() if concept.part == "noun"}
    verbs = [concept for concept in CONCEPTS.values() if concept.part == "verb"]
    assert sum(bool(verb.takes) for verb in verbs) >= 50 and sum(not verb.takes for verb in verbs) >= 10
    assert all(set(concept.takes) <= kinds for concept in CONCEPTS.values())
    assert all(concept.takes for concept in CONCEPTS.values() if concept.part == "adjective")


def test_derived_concepts_stand_on_concepts_of_the_right_part():
    base = {"agent": "verb", "opposite": "adjective", "young": "noun"}
    derived = [concept for concept in CONCEPTS.values() if concept.derived]
    for concept in derived:
        derivation, root = concept.derived
        assert CONCEPTS[root].part == base[derivation] and CONCEPTS[root].derived is None
        assert concept.part != "noun" or concept.kind in ANIMATE
    found = [concept.derived[0] for concept in derived]
    assert [found.count(kind) for kind in DERIVATIONS] == [12, 8, 8]


def test_german_nouns_keep_the_rules_that_endings_promise():
    """Genders and plurals that follow from an ending without exception."""
    for words in GERMAN.values():
        for forms in words:
            if "gender" not in forms:
                continue
            word, gender, plural = forms["nominative"], forms["gender"], forms["plural"]
            assert word[0].isupper() and gender in "mfn"
            if word.endswith(("chen", "lein")) and word != "Kuchen":
                assert (gender, plural) == ("n", word), forms
            if word.endswith("in") and len(word) > 4 and gender == "f":
                assert plural == word + "nen", forms
            if word.endswith(("ung", "heit", "keit", "schaft")):
                assert (gender, plural) == ("f", word + "en"), forms
            if gender == "f":
                assert forms["oblique"] == forms["genitive"] == word
                assert plural != word, "a feminine whose plural looks like its singular would hide the number"
            if word.endswith("e") and gender == "f":
                assert plural == word + "n", forms
            if word.endswith("e") and gender == "m" and word not in ("See", "Buchstabe"):
                assert forms["oblique"] == forms["genitive"] == plural.split("/")[0] == word + "n", forms
            assert all(form.endswith(("n", "s")) for form in forms["dative_plural"].split("/"))
