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
    "Tell every fact in this order and these words; change only what the style asks for.",
    "Use these facts, in this order and wording, one sentence each; alter nothing but the style.",
    "One sentence a fact, in this order, in these words, but in house style. Add nothing.",
    "Keep the order and the words of the facts, one sentence each; only the style is yours to change.",
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
    "Behalte Reihenfolge und Wortlaut bei, ein Satz je Angabe; ändere nur, was der Stil verlangt.",
    "Jede Angabe ein Satz, in dieser Reihenfolge und mit diesen Worten; nur der Stil darf sich ändern.",
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
    "This fact is told only in part or out of order: {fact}.",
    "Words of this fact are missing or stand in the wrong place: {fact}.",
    "Not all of this fact arrives: {fact}.",
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
