"""How cases are put to the agent: eight phrasings of each kind of query."""

from __future__ import annotations

#: What companies are called: a beginning, a middle and an end.
NAME_PARTS = (
    "Bel Bren Cor Dal Fen Gar Hal Jor Kel Lan Mar Nor Ond Per Quel Ros Sal Tam Ul Vel Wen Yar Zan Tor".split(),
    "a e i o u av er il on ur".split(),
    "da dor ga ko lin mar mo na no ra ro ta tek va vo".split(),
)

#: Which action? The actions are listed.
DECIDE = (
    "{company}, {desk}. {case} What do we do? One of: {options}.",
    "{company}: {case} Which action is right? Choose from: {options}.",
    "How does {company} decide this? {case} Answer with one of: {options}.",
    "New at the {desk} of {company}: {case} The action is one of: {options}.",
    "{case} What does {company} do in such a case? Options: {options}.",
    "You are at the {desk} of {company}. {case} Reply with one action: {options}.",
    "{company} needs a decision. {case} Give one action: {options}.",
    "For the {desk} of {company}: {case} Pick one: {options}.",
)

#: Action and fields in one line. The choices follow.
LINE = (
    "{company}, {desk}. {case} What do we do? Answer in one line: {form}. {choices}",
    "{company}: {case} Write the decision as one line, {form}. {choices}",
    "How does {company} handle this? {case} Give one line of the form {form}. {choices}",
    "New at the {desk} of {company}: {case} Fill in one line: {form}. {choices}",
    "{case} What does {company} do in such a case? Reply with a single line, {form}. {choices}",
    "You are at the {desk} of {company}. {case} Put down one line: {form}. {choices}",
    "{company} needs a decision. {case} It is entered as one line: {form}. {choices}",
    "For the {desk} of {company}: {case} Note it as {form}, all in one line. {choices}",
)

#: Which clause?
WHY = (
    "Which clause of {company}'s playbook decides the action here? {case} Answer with the clause's code alone.",
    "{company}, {desk}. {case} Name the clause that settles which action is taken; just its code.",
    "{case} Under which clause does {company} choose its action in this case? Give only the code.",
    "Somebody asks {company} why this was decided as it was. {case} Cite the clause that decides the action, by its code.",
    "For the files of {company}: {case} Which clause or exception sets the action? Its code is enough.",
    "{company} wants a reason for every decision. {case} Reply with the code of the clause that decides the action.",
    "You are auditing the {desk} of {company}. {case} Give the code of the clause that the action rests on.",
    "{company}'s playbook has a clause for this. {case} Which clause decides the action? Code only, please.",
)

#: The cases in German; the company's own words stay as they are.
GERMAN = (
    "{company} braucht eine Entscheidung. {case} Was ist zu tun? {answer}",
    "Ein neuer Fall bei {company}: {case} Wie wird entschieden? {answer}",
    "Wie geht {company} hier vor? {case} {answer}",
    "{company}: {case} Welche Aktion ist richtig? {answer}",
    "{case} Was macht {company} in einem solchen Fall? {answer}",
    "Du arbeitest bei {company}. {case} Was tust du? {answer}",
    "Für {company} ist zu entscheiden: {case} {answer}",
    "Bei {company} liegt dieser Fall auf dem Tisch: {case} Wie lautet die Entscheidung? {answer}",
)
GERMAN_ACTION = (
    "Antworte mit einem dieser Wörter: {options}.",
    "Wähle eine Aktion: {options}.",
    "Nenne genau eine Aktion aus dieser Liste: {options}.",
)
GERMAN_LINE = (
    "Antworte in einer einzigen Zeile: {form}. {choices}",
    "Schreibe die Entscheidung in eine Zeile: {form}. {choices}",
    "Gib nur eine Zeile der Form {form} an. {choices}",
)

#: Another company, with all of its rules. What is asked for follows.
GUARD = (
    "{rival} is not {company} and has a playbook of its own:\n{rules}\nA case for its {desk}: {case} {ask}",
    "This is how {rival} decides:\n{rules}\n{case} What does {rival} do? {ask}",
    "You now work for {rival}. Its rules are:\n{rules}\nA case has come in: {case} {ask}",
    "{rival} has written down its rules:\n{rules}\nApply them. {case} {ask}",
    "Here is the playbook of {rival}, complete:\n{rules}\n{case} Decide as {rival} would. {ask}",
    "Forget what other companies do; at {rival} these rules hold:\n{rules}\n{case} {ask}",
    "A case for {rival}. {case}\nThe rules of {rival}:\n{rules}\n{ask}",
    "At the {desk} of {rival}, this is the policy:\n{rules}\nNow decide. {case} {ask}",
)
GUARD_ACTION = ("Answer with one action: {options}.", "Choose one of: {options}.", "Reply with one of these: {options}.")
GUARD_LINE = (
    "Answer in one line: {form}. {choices}",
    "Write one line of the form {form}. {choices}",
    "Put the decision into a single line, {form}. {choices}",
)

#: How rules are read, for a rulebook and for the guard.
HOW_TO_READ = "The first clause that fits decides; where an exception to it fits, the exception decides instead."
