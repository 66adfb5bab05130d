"""The phrasings of every kind of query, and the feedback's."""

from __future__ import annotations

#: Level 0: one line.
LINE = (
    "Put this into {name} house style: {draft}",
    "Rewrite in the house style of {name}: {draft}",
    "How would {name} print this line? {draft}",
    "Edit for {name}: {draft}",
    "{name} is about to print this. Correct it: {draft}",
    "Make this fit the {name} style: {draft}",
    "Type this up the way {name} does: {draft}",
    "This line goes to {name}. Adapt it: {draft}",
)
SHORT_KINDS = {"poster": "A poster for {name}. ", "reminder": "A reminder for {name}. ", "sign": "A sign for {name}. "}
SHORT_LINE = (
    "Put the line into house style: {draft}",
    "Rewrite it in house style: {draft}",
    "How should it read? {draft}",
    "Edit this: {draft}",
    "Correct this: {draft}",
    "Make this fit the house: {draft}",
    "Type this up properly: {draft}",
    "Adapt this line: {draft}",
)
GERMAN_LINE = (
    "Schreib das im Hausstil von {name}: {draft}",
    "Bring das in den Hausstil von {name}: {draft}",
    "Wie würde {name} diese Zeile drucken? {draft}",
    "Redigiere das für {name}: {draft}",
    "Passe das an den Stil von {name} an: {draft}",
    "Bei {name} geht das so nicht. Verbessere: {draft}",
    "Tippe das so ab, wie {name} es will: {draft}",
    "Diese Zeile geht an {name}. Bring sie in die richtige Form: {draft}",
)
#: Longer documents.
LONG = (
    "Write {a} {kind} in the house style of {name}.",
    "{name} needs {a} {kind}. Write it in house style.",
    "Please draft {a} {kind} as {name} would print it.",
    "Turn these facts into {a} {kind} for {name}, in its house style.",
    "We owe {name} {a} {kind}. Keep to its house style.",
    "Compose {a} {kind} that the editor of {name} would pass.",
    "{A} {kind} for {name}, please, ready to print in its house style.",
    "From these facts, make {a} {kind} that follows the house style of {name}.",
)
TERMS = (
    "Tell every fact, in whatever order and words, but in house style. Add nothing.",
    "Order and wording are yours, facts and style are not: leave no fact out and add none.",
    "One sentence a fact, in your own words or these, in house style. Add nothing.",
    "Say all of it, in your own order and words if you like; keep to the style and add nothing.",
)
#: ``{a}`` is the accusative of the article, ``{an}`` the nominative, ``{dem}`` the relative pronoun in the dative.
GERMAN_LONG = (
    "Schreib {a} {kind} im Hausstil von {name}.",
    "{name} braucht {a} {kind}. Schreib ganz im Hausstil.",
    "Setz bitte {a} {kind} so auf, wie {name} es drucken würde.",
    "Mach aus diesen Angaben {a} {kind} für {name}, im Hausstil.",
    "Für {name} fehlt noch {an} {kind}. Halte dich an den Hausstil.",
    "Verfasse {a} {kind}, an {dem} die Redaktion von {name} nichts ändern muss.",
    "Bitte {a} {kind} für {name}, druckfertig im Hausstil.",
    "Aus diesen Angaben soll {an} {kind} im Hausstil von {name} werden.",
)
GERMAN_TERMS = (
    "Reihenfolge und Wortlaut stehen dir frei, ein Satz je Angabe; halte dich an den Stil und füge nichts hinzu.",
    "Sag alles, in eigenen Worten oder diesen, in beliebiger Reihenfolge; nur der Stil steht fest.",
)
#: Kinds of German documents, each with the forms that go with its gender.
GERMAN_KINDS = {
    "Mitteilung": {"an": "eine", "a": "eine", "dem": "der"},
    "Aushang": {"an": "ein", "a": "einen", "dem": "dem"},
    "Rundbrief": {"an": "ein", "a": "einen", "dem": "dem"},
    "Merkblatt": {"an": "ein", "a": "ein", "dem": "dem"},
}
#: Guard: somebody else's wishes, told.
AUTHOR = (
    "{guest} is another author and wants it so. {rules} Rewrite for {guest}: {draft}",
    "This is for {guest}, not for us. {rules} Rewrite: {draft}",
    "{guest} has other habits. {rules} Put this in {guest}'s way: {draft}",
    "Not our style this time but that of {guest}. {rules} Edit: {draft}",
    "For {guest} only. {rules} Make this fit: {draft}",
    "A text by {guest}, who asks for this. {rules} Adapt: {draft}",
    "{guest} sets the rules here. {rules} Correct: {draft}",
    "Do as {guest} says. {rules} The text: {draft}",
)
VERBATIM = (
    "This is a quotation and stays as it is. Copy it exactly: {draft}",
    "Quote this letter for letter, untouched by any style: {draft}",
    "Repeat the quotation without changing a thing: {draft}",
    "No editing, please: it is quoted. Copy: {draft}",
    "Copy these words of a witness exactly as they stand: {draft}",
    "The following is cited from an old letter. Type it unchanged: {draft}",
    "Reproduce this citation to the letter: {draft}",
    "Quoted matter is never edited. Repeat it as it is: {draft}",
)

RIGHT = ("That can go to print.", "Right, nothing to mend.", "Good: facts and style are as they should be.", "Passed.")
PARTLY = ("Not ready for print yet.", "Some of it is right.", "Closer, but the red pencil is out.")
WRONG = ("That cannot go to print.", "No, this comes back to you.", "That will not do.")
CORRECTION = ("It should read: {right}", "Print it so: {right}", "The house writes: {right}")

BLANK = ("You handed in nothing.", "The page is empty.", "There is no text to edit.")
LONG_WINDED = (
    "{count:,} characters are far too many; give the text and nothing else.",
    "I stopped reading: your answer has {count:,} characters. The text alone, please.",
    "Your answer has {count:,} characters, which is much more than the facts fill.",
)
UNTOLD = ("This fact is not told: {fact}.", "I miss this fact: {fact}.", "Nobody who reads this learns that fact: {fact}.")
DAMAGED = (
    "This fact is told only in part: {fact}.",
    "Something of this fact is missing: {fact}.",
    "Not all of this fact arrives: {fact}.",
)
LOST = (
    "I miss what this fact is about, or one of its figures or words: {fact}.",
    "Not all that this fact needs is there: {fact}.",
    "This fact has lost its subject or one of its values: {fact}.",
)
DENIED = (
    "What is denied and what is not has got mixed up. The fact is: {fact}.",
    "You turn this fact into its opposite: {fact}.",
    "Your text and this fact do not agree on yes and no: {fact}.",
)
ALTERED = (
    "{given} changes this fact: {fact}.",
    "You wrote {given}, but the fact is: {fact}.",
    "With {given} it is another fact than this: {fact}.",
)
#: What is said of a fact by what is wrong with it.
FAULTS = {"denied": DENIED, "doubted": ALTERED, "alien": ALTERED, "opposed": ALTERED, "value": LOST, "subject": LOST}
JUMBLED = (
    "The words are there, but they make no sentences.",
    "I cannot read this: the words stand in no order.",
    "These are words and values, not sentences.",
)
FOREIGN = (
    "{given} is in no fact; leave it out.",
    "Nobody asked for {given}.",
    "You added {given}, which is neither fact nor style.",
)
STYLE = (
    "{given} is not how we do it. {topic}: {said}.",
    "You wrote {given}. {topic}: {said}.",
    "I strike out {given}. {topic}: {said}.",
)
#: A name of the house's own is told, as no one could guess it.
TERM = (
    "You wrote {given}. Our name for the {plain}{place} is {right}.",
    "You wrote {given}, and in this house the {plain} is {right}{place}.",
    "For {given} print {right}, our name for the {plain}{place}.",
)
LACKING = (
    "Something is lacking. {topic}: {said}.",
    "I looked in vain for our mark. {topic}: {said}.",
    "You left that out. {topic}: {said}.",
)
SURPLUS = (
    "{given} has no business there. {topic}: {said}.",
    "Strike {given}. {topic}: {said}.",
    "We do not print {given} there. {topic}: {said}.",
)
MISQUOTED = (
    "{given} is not what the quotation says.",
    "You wrote {given}; the witness did not.",
    "{given} is your editing: a quotation stays as it is.",
)
