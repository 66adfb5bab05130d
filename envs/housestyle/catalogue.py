"""The catalogue of matters on which houses differ, in groups.

In templates ``_`` is a blank at the edge and ``¶`` the end of a line.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from clgym.envs.housestyle.dimensions import Matter, is_term, matter, words
from clgym.envs.housestyle.figures import FIGURES
from clgym.envs.housestyle.glossary import terms
from clgym.text.english import capital

#: (first name, German oblique title, English title).
_PEOPLE = (
    ("Ana", "Frau", "Ms"),
    ("Tom", "Herrn", "Mr"),
    ("Ines", "Frau", "Ms"),
    ("Karl", "Herrn", "Mr"),
    ("Mira", "Frau", "Ms"),
    ("Omar", "Herrn", "Mr"),
    ("Lena", "Frau", "Ms"),
    ("Hugo", "Herrn", "Mr"),
    ("Ruth", "Frau", "Ms"),
    ("Paul", "Herrn", "Mr"),
)
_SURNAMES = "Bell Reed Frost Lane Moss Stone Park Wood Hale Marsh Dale Banks".split()

GOODS = "tea cake jam soup bread fruit juice cheese honey coffee rice salad".split()
GOODS_GERMAN = "Tee Kuchen Saft Suppe Brot Obst Wein Käse Honig Kaffee Reis Salat".split()


def _people() -> list[dict[str, str]]:
    return [
        {"title": title, "first": first, "last": last, "initial": first[0], "herr": german}
        for first, german, title in _PEOPLE
        for last in _SURNAMES
    ]


def _triples(english: list[str], german: list[str]) -> list[dict[str, str]]:
    return [
        {"a": english[one], "b": english[two], "c": english[three], "x": german[one], "y": german[two], "z": german[three]}
        for one, two, three in itertools.permutations(range(len(english)), 3)
    ]


def _spread(texts: str, name: str = "x") -> list[dict[str, str]]:
    return [{name: text.strip()} for text in texts.split(",")]


PEOPLE = (
    matter(
        "person",
        "People",
        _people,
        """
        plain | {title} {first} {last} | title and both names
        title | {title} {last} | title and surname
        full | {first} {last} | both names, no title
        initial | {initial}. {last} | the initial and the surname
        surname | {last} | the surname alone
        first | {first} | the first name alone
        reversed | {last}, {first} | the surname, a comma, the first name""",
        """
        plain | {herr} {first} {last}
        title | {herr} {last}
        full | {first} {last}
        initial | {initial}. {last}
        surname | {last}
        first | {first}
        reversed | {last}, {first}""",
        lossy="title, full, initial, surname, first, reversed",
    ),
    matter(
        "email",
        "Electronic addresses",
        lambda: [{"u": first.lower(), "h": last.lower()} for first, _, _ in _PEOPLE for last in _SURNAMES],
        """
        plain | {u}@{h}.org | as it is typed
        brackets | <{u}@{h}.org> | in angle brackets
        at | {u} at {h}.org | with a word instead of the sign
        mailto | mailto:{u}@{h}.org | with "mailto:" before it
        spaced | {u} @ {h}.org | with blanks around the sign""",
        """
        plain | {u}@{h}.org
        brackets | <{u}@{h}.org>
        mailto | mailto:{u}@{h}.org
        spaced | {u} @ {h}.org""",
    ),
    matter(
        "website",
        "Web addresses",
        lambda: [{"h": last.lower()} for last in _SURNAMES],
        """
        plain | www.{h}.org | with www
        bare | {h}.org | without www
        secure | https://{h}.org | with the protocol
        brackets | <{h}.org> | in angle brackets""",
        """
        plain | www.{h}.org
        bare | {h}.org
        secure | https://{h}.org
        brackets | <{h}.org>""",
    ),
    words(
        "served",
        "The people we serve",
        "customers",
        "guests, patrons, members, clients, visitors, friends, regulars, shoppers",
        "Kunden, Gäste, Gönner, Mitglieder, Klienten, Besucher, Freunde, Stammgäste, Käufer",
    ),
    words("employed", "The people who work here", "staff", "crew, colleagues, associates, partners, hands, workers"),
    words("gathering", "What we sit down to together", "meeting", "huddle, session, assembly, gathering, sitting, conference"),
    words("building", "The place where we work", "office", "studio, workshop, base, lodge, hub, headquarters"),
    words("leader", "Whoever is in charge", "manager", "lead, captain, chief, host, warden, director"),
    words("vehicle", "What brings the goods", "truck", "lorry, van, wagon, carrier, transporter"),
    words("payment", "What we ask people to settle", "invoice", "bill, account, statement, tab, note of charges"),
)

_NOTHING: Sequence[Mapping[str, str]] = ({},)

WORDS = (
    words("buy", "Acquiring things", "purchase", "buy, order, get, pick up, obtain"),
    words("use", "Working with things", "utilise", "use, employ, work with, make use of"),
    words("help", "Lending a hand", "assist", "help, support, aid, back"),
    words("begin", "How events open", "commences", "starts, begins, opens, kicks off"),
    words("finish", "How events close", "terminates", "ends, closes, finishes, wraps up"),
    words("inform", "Passing on news", "inform", "tell, notify, alert, brief"),
    words("repair", "Mending things", "repair", "fix, mend, restore, patch up"),
    words("soon", "Hurry", "as soon as possible", "asap, at once, without delay, promptly"),
    words("mail", "Electronic mail", "e-mail", "email, mail, electronic mail, message", "E-Mail, -, Mail, -, Nachricht"),
    words("because", "Reasons", "due to", "because of, owing to, thanks to, on account of"),
    matter(
        "example",
        "Examples",
        lambda: _NOTHING,
        """
        plain | _such as | two words, no comma
        for example | ,_for example | a comma and two words of which the second begins with "e"
        for instance | ,_for instance | a comma and two words of which the second begins with "i"
        short | ,_e.g. | a comma and an abbreviation
        like | _like | one word, no comma""",
        weight=2,
    ),
    words("thanks", "Thanking", "thank you", "thanks, many thanks, cheers, bless you"),
    words("must", "Duties", "you must", "you need to, you have to, you should, you are asked to"),
    words("dont", "Prohibitions", "do not", "don't, never, please do not, you may not"),
)

TONE = (
    matter(
        "please",
        "Requests",
        lambda: _NOTHING,
        """
        plain | | bare
        please | please_ | a polite word that begins with "p" comes first
        kindly | kindly_ | a polite word that begins with "k" comes first
        remember | remember to_ | they open with a reminder of two words that begins with "r"
        be sure | be sure to_ | they open with an expression of three words that begins with "b\"""",
        weight=0,
    ),
    matter(
        "very",
        "Strong words",
        lambda: _NOTHING,
        """
        plain | very_ | the usual intensifier
        none | | no intensifier at all
        truly | truly_ | an intensifier that begins with "t"
        most | most_ | an intensifier that begins with "m\"""",
        weight=0,
    ),
    matter(
        "hedge",
        "Doubt",
        lambda: _NOTHING,
        """
        plain | probably_ | the usual hedge
        none | | no hedge at all
        likely | likely_ | a hedge that begins with "l"
        perhaps | perhaps_ | a hedge that begins with "p", but not the one you were given""",
        weight=0,
    ),
    matter(
        "future",
        "What is to come",
        lambda: [{"third": f"{verb}s", "base": verb} for verb in "arrive leave return depart dock".split()],
        """
        plain | {third} | the present
        will | will {base} | with "will"
        going | is going to {base} | with "going to"
        to be | is to {base} | with "is to\"""",
    ),
    matter(
        "voice",
        "Who does what",
        lambda: [
            {"agent": agent, "third": verb[0], "part": verb[1], "base": verb[2], "ing": verb[3], "object": what}
            for agent in ("the team", "the night shift", "the caretaker", "the kitchen")
            for verb, what in (
                (("checks", "checked", "check", "checking"), "the doors"),
                (("washes", "washed", "wash", "washing"), "the floors"),
                (("counts", "counted", "count", "counting"), "the boxes"),
                (("paints", "painted", "paint", "painting"), "the tables"),
                (("moves", "moved", "move", "moving"), "the chairs"),
            )
        ],
        """
        plain | {object} are {part} by {agent} | the passive
        active | {agent} {third} {object} | the active
        continuous | {agent} is {ing} {object} | the active, and in progress
        duty | it is up to {agent} to {base} {object} | an opening with "it is up to\"""",
        weight=6,
    ),
    matter(
        "season",
        "When in a sentence",
        lambda: [
            {"x": x, "y": y}
            for x in ("in spring", "in summer", "in winter", "after lunch", "before dawn", "at night")
            for y in ("the gates open", "the tours begin", "the garden closes", "the band plays")
        ],
        """
        plain | {y} {x} | the time at the end
        first | {x} {y} | the time at the head, no comma
        comma | {x}, {y} | the time at the head, then a comma
        colon | {x}: {y} | the time at the head, then a colon""",
        weight=6,
    ),
    matter(
        "spelling",
        "Spelling",
        lambda: [
            {"i": i, "o": o, "p": p}
            for i in ("organi", "categori", "summari", "standardi")
            for o, p in (("colo", "rs"), ("flavo", "rs"), ("favo", "rites"))
        ],
        """
        plain | {i}se the {o}u{p} | British throughout
        American | {i}ze the {o}{p} | American throughout
        Oxford | {i}ze the {o}u{p} | British, but with z in the verb
        mixed | {i}se the {o}{p} | s in the verb, but the noun as in America""",
    ),
)

MARKS = (
    matter(
        "dash",
        "Breaks inside a sentence",
        lambda: _NOTHING,
        """
        plain | _-_ | a hyphen between blanks
        em | — | an em dash without blanks
        spaced em | _—_ | an em dash between blanks
        en | _–_ | an en dash between blanks
        colon | :_ | a colon
        points | ..._ | three points
        slash | _/_ | a slash between blanks
        semicolon | ;_ | a semicolon""",
        """
        plain | _-_
        em | —
        spaced em | _—_
        en | _–_
        points | ..._
        slash | _/_
        semicolon | ;_""",
        weight=0,
    ),
    matter(
        "series",
        "Lists of three in a sentence",
        lambda: _triples(GOODS, GOODS_GERMAN),
        """
        plain | {a}, {b} and {c} | no comma before "and"
        serial | {a}, {b}, and {c} | a comma before "and"
        ampersand | {a}, {b} & {c} | an ampersand before the last
        chain | {a} and {b} and {c} | "and" between all of them
        slashes | {a} / {b} / {c} | slashes between blanks
        signs | {a} + {b} + {c} | plus signs between blanks""",
        """
        plain | {x}, {y} und {z}
        ampersand | {x}, {y} & {z}
        chain | {x} und {y} und {z}
        slashes | {x} / {y} / {z}
        signs | {x} + {y} + {z}""",
    ),
    matter(
        "pair",
        "Pairs",
        lambda: [
            {"a": a, "b": b, "x": GOODS_GERMAN[GOODS.index(a)], "y": GOODS_GERMAN[GOODS.index(b)]}
            for a in GOODS[:6]
            for b in GOODS[6:]
        ],
        """
        plain | {a} and {b} | "and" between the two
        ampersand | {a} & {b} | an ampersand between blanks
        slash | {a}/{b} | a slash without blanks
        sign | {a} + {b} | a plus sign between blanks
        with | {a} with {b} | the second goes with the first""",
        """
        plain | {x} und {y}
        ampersand | {x} & {y}
        slash | {x}/{y}
        sign | {x} + {y}
        with | {x} mit {y}""",
    ),
    matter(
        "quotes",
        "Titles of works",
        lambda: _spread("Night Train, Red Harbour, The Long Road, Salt, Green Fields, Winter Light"),
        """
        plain | "{x}" | straight double quotation marks
        curly | “{x}” | curly double quotation marks
        single | ‘{x}’ | curly single quotation marks
        angles | «{x}» | angle quotation marks
        stars | *{x}* | asterisks
        low | „{x}“ | low and high quotation marks""",
        """
        plain | "{x}"
        single | ‘{x}’
        angles | «{x}»
        stars | *{x}*
        low | „{x}“""",
    ),
    matter(
        "aside",
        "Asides",
        lambda: _spread("rain or shine, if all goes well, as last year, weather permitting, with a break"),
        """
        plain | ({x}) | round brackets
        square | [{x}] | square brackets
        dashes | – {x} – | en dashes between blanks
        slashes | /{x}/ | slashes
        braces | {{{x}}} | curly brackets""",
    ),
    matter(
        "emphasis",
        "Words that matter",
        lambda: [{"x": x, "up": x.upper()} for x in ("urgent", "free", "new", "final")],
        """
        plain | {x} | no mark at all
        capitals | {up} | capitals throughout
        stars | *{x}* | one asterisk on each side
        double | **{x}** | two asterisks on each side
        tildes | ~{x}~ | a tilde on each side""",
        cased=True,
    ),
    matter(
        "emoji",
        "Good-bye signs",
        lambda: _NOTHING,
        """
        plain | | none
        tick | _✅ | a tick at the very end
        pin | _📌 | a pin at the very end
        star | _⭐ | a star at the very end
        bell | _🔔 | a bell at the very end""",
        """
        plain |
        tick | _✅
        pin | _📌
        star | _⭐
        bell | _🔔""",
        weight=0,
    ),
    matter(
        "ending",
        "The last sentence's mark",
        lambda: _NOTHING,
        """
        plain | . | a full stop
        bang | ! | an exclamation mark
        points | ... | three points
        none | | no mark
        slashes | _// | two slashes after a blank""",
        """
        plain | .
        bang | !
        points | ...
        none |
        slashes | _//""",
        weight=0,
    ),
    matter(
        "joiner",
        "Between sentences",
        lambda: _NOTHING,
        """
        plain | ._ | a full stop
        semicolon | ;_ | a semicolon
        line | .¶ | a full stop and a new line
        slash | _/_ | a slash between blanks
        bar | _\N{BROKEN BAR}_ | a broken bar between blanks""",
        """
        plain | ._
        semicolon | ;_
        line | .¶
        slash | _/_
        bar | _\N{BROKEN BAR}_""",
        weight=0,
    ),
)


def _titles() -> list[dict[str, str]]:
    return [{"x": x, "cap": capital(x), "up": x.upper(), "title": x.title()} for x in ("the spring fair",)]


LAYOUT = (
    matter(
        "heading",
        "Headings",
        _titles,
        """
        plain | {cap}¶ | like a sentence
        title | {title}¶ | a capital for every word
        capitals | {up}¶ | capitals throughout
        colon | {cap}:¶ | like a sentence, with a colon
        hash | # {cap}¶ | a hash before it
        stars | **{cap}**¶ | two asterisks on each side""",
        cased=True,
    ),
    matter(
        "greeting",
        "Greetings",
        _people,
        """
        plain | Hello {first} {last},¶ | "Hello" and both names
        dear | Dear {first},¶ | a warm old word that begins with "D" and the first name
        formal | Dear {title} {last}:¶ | a warm old word that begins with "D", title and surname, a colon
        hi | Hi {first}!¶ | the shortest word, the first name, an exclamation mark
        day | Good day, {first} {last}.¶ | "Good day" and both names, a full stop
        name | {first} -¶ | the first name and a hyphen""",
    ),
    matter(
        "signoff",
        "Sign-offs",
        _people,
        """
        plain | ¶Regards,¶{first} {last} | "Regards" and both names
        yours | ¶Yours,¶{first} {last} | a word of belonging and both names
        best | ¶Best,¶{first} | a word of four letters and the first name
        thanks | ¶Thanks,¶{first} | gratitude and the first name
        name | ¶- {first} | a hyphen and the first name
        team | ¶{last}, for the team | the surname, "for the team\"""",
    ),
    matter(
        "bullet",
        "Items of a list",
        lambda: [{"n": str(n), "l": "abc"[n - 1]} for n in (1, 2, 3)],
        """
        plain | ¶-_ | a hyphen before each
        star | ¶*_ | an asterisk before each
        number | ¶{n}._ | a number and a point before each
        letter | ¶{l})_ | a letter and a bracket before each
        dot | ¶•_ | a dot in mid-line before each
        arrow | ¶>_ | an angle before each""",
        """
        plain | ¶-_
        star | ¶*_
        number | ¶{n}._
        letter | ¶{l})_
        dot | ¶•_
        arrow | ¶>_""",
        weight=0,
    ),
)

MATTERS: Mapping[str, Matter] = {one.id: one for group in (FIGURES, PEOPLE, WORDS, TONE, MARKS, LAYOUT) for one in group}
#: Matters that stand around the facts rather than in a clause.
FRAME = ("heading", "greeting", "signoff", "bullet", "emoji", "ending", "joiner")


def matter_of(name: str) -> Matter:
    """A matter by its name, whether it is one of the catalogue or an entry of a glossary."""
    return terms()[name] if is_term(name) else MATTERS[name]
