"""The catalogue of matters on which houses differ, in groups. ``_`` is a blank at the edge of a template, ``¶`` the end of a line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from clgym.envs.housestyle.dimensions import Matter, matter, words

_MONTHS = (
    ("January", "Jan", "Januar"), ("February", "Feb", "Februar"), ("March", "Mar", "März"), ("April", "Apr", "April"),
    ("June", "Jun", "Juni"), ("July", "Jul", "Juli"), ("August", "Aug", "August"), ("September", "Sep", "September"),
    ("October", "Oct", "Oktober"), ("November", "Nov", "November"), ("December", "Dec", "Dezember"),
)
_NUMBERS = {"January": 1, "February": 2, "March": 3, "April": 4, "June": 6, "July": 7, "August": 8, "September": 9,
            "October": 10, "November": 11, "December": 12}
_DAYS = (("Monday", "Montag"), ("Tuesday", "Dienstag"), ("Wednesday", "Mittwoch"), ("Thursday", "Donnerstag"),
         ("Friday", "Freitag"), ("Saturday", "Samstag"), ("Sunday", "Sonntag"))
_DIGITS = "two three four five six seven eight nine".split()
_ZAHLEN = "zwei drei vier fünf sechs sieben acht neun".split()
_ROMAN = "II III IV V VI VII VIII IX".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth".split()

#: (first name, German oblique title, English title).
_PEOPLE = (("Ana", "Frau", "Ms"), ("Tom", "Herrn", "Mr"), ("Ines", "Frau", "Ms"), ("Karl", "Herrn", "Mr"), ("Mira", "Frau", "Ms"),
           ("Omar", "Herrn", "Mr"), ("Lena", "Frau", "Ms"), ("Hugo", "Herrn", "Mr"), ("Ruth", "Frau", "Ms"), ("Paul", "Herrn", "Mr"))
_SURNAMES = "Bell Reed Frost Lane Moss Stone Park Wood Hale Marsh Dale Banks".split()

GOODS = "tea cake jam soup bread fruit juice cheese honey coffee rice salad".split()
GOODS_GERMAN = "Tee Kuchen Saft Suppe Brot Obst Wein Käse Honig Kaffee Reis Salat".split()


def _suffix(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _dates() -> list[dict[str, str]]:
    return [
        {"d": str(day), "dd": f"{day:02}", "th": _suffix(day), "month": month, "mon": short, "m": str(_NUMBERS[month]),
         "mm": f"{_NUMBERS[month]:02}", "monat": german}
        for month, short, german in _MONTHS for day in range(2, 29)
    ]


def _times() -> list[dict[str, str]]:
    return [
        {"h": str((hour - 1) % 12 + 1), "ap": "am" if hour < 12 else "pm", "hour": str(hour), "hh": f"{hour:02}"}
        for hour in range(7, 22)
    ]


def _counted(low: int, high: int, step: int = 1) -> list[dict[str, str]]:
    return [{"n": str(number)} for number in range(low, high + 1, step)]


def _people() -> list[dict[str, str]]:
    return [{"title": title, "first": first, "last": last, "initial": first[0], "herr": german}
            for first, german, title in _PEOPLE for last in _SURNAMES]


def _triples(english: list[str], german: list[str]) -> list[dict[str, str]]:
    return [
        {"a": english[one], "b": english[two], "c": english[three], "x": german[one], "y": german[two], "z": german[three]}
        for one, two, three in itertools.permutations(range(len(english)), 3)
    ]


def _spread(texts: str, name: str = "x") -> list[dict[str, str]]:
    return [{name: text.strip()} for text in texts.split(",")]


FIGURES = (
    matter("date", "Dates", _dates, """
        plain | {d} {month} | the day, then the month
        month first | {month} {d} | the month first, then the day
        ordinal | {d}{th} {month} | the day as an ordinal, then the month
        month, ordinal | {month} {d}{th} | the month first, then the day as an ordinal
        of | the {d}{th} of {month} | spelled out with the article and "of"
        numeric | {mm}-{dd} | two figures each, the month first, with a hyphen
        points | {dd}.{mm} | two figures each, the day first, with a point
        slash | {d}/{m} | figures alone, the day first, with a slash
        short | {d} {mon} | the month cut to three letters""", """
        plain | {d}. {monat}
        numeric | {mm}-{dd}
        slash | {d}/{m}"""),
    matter("weekday", "Days of the week", lambda: [{"day": d, "up": d.upper(), "low": d.lower(), "s": d[:3], "t": d[:2],
                                                    "tag": t, "kurz": t[:2], "gross": t.upper()} for d, t in _DAYS], """
        plain | {day} | in full
        short | {s} | cut to three letters
        two | {t} | cut to two letters
        capitals | {up} | in capitals throughout
        small | {low} | with a small first letter""", """
        plain | {tag}
        two | {kurz}
        capitals | {gross}""", cased=True),
    matter("time", "Times of day", _times, """
        plain | {h} {ap} | hour, blank, am or pm
        closed | {h}{ap} | am or pm follows without a blank
        colon | {hh}:00 | the 24-hour clock, two figures each, with a colon
        point | {hh}.00 | the 24-hour clock, two figures each, with a point
        letter | {hour}h | the hour of the 24-hour clock with the letter h
        military | {hh}00 hours | four figures and the word hours""", """
        plain | {hour} Uhr
        colon | {hh}:00 Uhr
        point | {hh}.00 Uhr
        letter | {hour} h"""),
    matter("room", "Room numbers", lambda: _counted(2, 40), """
        plain | room {n} | the word and the figure
        short | rm {n} | the word cut to two letters
        number | room no. {n} | with "no." before the figure
        hash | room #{n} | with a hash before the figure
        letter | R{n} | one letter, no blank
        brackets | room ({n}) | the figure in brackets""", """
        plain | Raum {n}
        number | Raum Nr. {n}
        hash | Raum #{n}
        letter | R{n}
        brackets | Raum ({n})"""),
    matter("money", "Prices", lambda: _counted(10, 95), """
        plain | {n} dollars | the word for the currency after the figure
        sign | ${n} | the sign before the figure
        cents | ${n}.00 | the sign before the figure, cents included
        code | USD {n} | the three-letter code before the figure
        after | {n} USD | the three-letter code after the figure
        sign after | {n}$ | the sign after the figure, no blank""", """
        plain | {n} Dollar
        code | USD {n}
        after | {n} USD
        sign after | {n} $"""),
    matter("percent", "Percentages", lambda: _counted(3, 60), """
        plain | {n} percent | the word in one piece
        sign | {n}% | the sign, no blank
        spaced | {n} % | a blank, then the sign
        two words | {n} per cent | the word in two pieces
        short | {n} pct | the word cut to three letters""", """
        plain | {n} Prozent
        sign | {n}%
        spaced | {n} %"""),
    matter("number", "Small numbers", lambda: [{"n": str(n), "w": w, "r": r, "z": z} for n, w, r, z in
                                               zip(range(2, 10), _DIGITS, _ROMAN, _ZAHLEN)], """
        plain | {n} | a figure
        words | {w} | spelled out
        both | {w} ({n}) | spelled out, then the figure in brackets
        figure first | {n} ({w}) | a figure, then spelled out in brackets
        roman | {r} | a Roman figure""", """
        plain | {n}
        words | {z}
        both | {z} ({n})
        figure first | {n} ({z})
        roman | {r}"""),
    matter("thousands", "Thousands", lambda: _counted(11, 98), """
        plain | {n}000 | all figures in one row
        comma | {n},000 | a comma before the last three figures
        blank | {n} 000 | a blank before the last three figures
        point | {n}.000 | a point before the last three figures
        letter | {n}k | a letter instead of three noughts
        word | {n} thousand | a word instead of three noughts""", """
        plain | {n}000
        blank | {n} 000
        point | {n}.000
        letter | {n}k"""),
    matter("distance", "Distances", lambda: _counted(3, 60), """
        plain | {n} kilometres | the unit in full, British spelling
        symbol | {n} km | the unit's symbol after a blank
        closed | {n}km | the unit's symbol without a blank
        American | {n} kilometers | the unit in full, American spelling
        plural | {n} kms | the unit's symbol with a plural s""", """
        plain | {n} Kilometer
        symbol | {n} km
        closed | {n}km"""),
    matter("weight", "Weights", lambda: _counted(3, 60), """
        plain | {n} kilograms | the unit in full
        symbol | {n} kg | the unit's symbol after a blank
        closed | {n}kg | the unit's symbol without a blank
        kilos | {n} kilos | the unit's everyday short name
        French | {n} kilogrammes | the unit in full, the long spelling""", """
        plain | {n} Kilogramm
        symbol | {n} kg
        closed | {n}kg
        kilos | {n} Kilo"""),
    matter("temperature", "Temperatures", lambda: _counted(3, 30), """
        plain | {n} degrees | the word after the figure
        closed | {n}°C | degree sign and C, no blank
        spaced | {n} °C | a blank, then degree sign and C
        letter | {n} C | a blank and the letter alone
        sign | {n}° | the degree sign alone""", """
        plain | {n} Grad
        closed | {n}°C
        spaced | {n} °C
        sign | {n}°"""),
    matter("duration", "Durations", lambda: [{"n": str(n), "m": str(60 * n)} for n in range(2, 10)], """
        plain | {n} hours | hours in full
        symbol | {n} h | the symbol after a blank
        closed | {n}h | the symbol without a blank
        short | {n} hrs | the word cut to three letters
        minutes | {m} minutes | reckoned in minutes
        short minutes | {m} min | reckoned in minutes, the word cut to three letters""", """
        plain | {n} Stunden
        symbol | {n} h
        closed | {n}h
        minutes | {m} Minuten
        short minutes | {m} min"""),
    matter("range", "Ranges", lambda: [{"n": str(n), "m": str(n + gap)} for n in range(2, 40) for gap in (2, 3, 5)], """
        plain | {n} to {m} | with a word between
        hyphen | {n}-{m} | with a hyphen between
        dash | {n}–{m} | with an en dash between
        points | {n}...{m} | with three points between
        tilde | {n}~{m} | with a tilde between""", """
        plain | {n} bis {m}
        hyphen | {n}-{m}
        dash | {n}–{m}
        points | {n}...{m}
        tilde | {n}~{m}"""),
    matter("phone", "Telephone numbers", lambda: [{"p": f"{p}", "q": f"0{q}"} for p in (555, 717, 232) for q in range(112, 190, 3)], """
        plain | {p} {q} | two groups with a blank
        hyphen | {p}-{q} | two groups with a hyphen
        closed | {p}{q} | one row of figures
        point | {p}.{q} | two groups with a point
        brackets | ({p}) {q} | the first group in brackets
        slash | {p}/{q} | two groups with a slash""", """
        plain | {p} {q}
        hyphen | {p}-{q}
        closed | {p}{q}
        point | {p}.{q}
        brackets | ({p}) {q}
        slash | {p}/{q}"""),
    matter("fraction", "Fractions", lambda: [
        {"w": "half", "s": "1/2", "u": "½", "p": "50%", "z": "0.5"}, {"w": "a quarter", "s": "1/4", "u": "¼", "p": "25%", "z": "0.25"},
        {"w": "three quarters", "s": "3/4", "u": "¾", "p": "75%", "z": "0.75"}], """
        plain | {w} | in words
        slash | {s} | figures with a slash
        sign | {u} | the one-letter fraction sign
        percent | {p} | as a percentage
        decimal | {z} | as a decimal"""),
    matter("decimal", "Decimals", lambda: [{"n": str(n), "f": str(f)} for n in range(2, 20) for f in (2, 3, 4, 6, 7, 8)], """
        plain | {n}.{f} | a point
        comma | {n},{f} | a comma
        raised | {n}·{f} | a raised dot
        tens | {n} {f}/10 | the rest as tenths with a slash"""),
    matter("ordinal", "Floors and ranks", lambda: [{"w": w, "n": str(n), "th": _suffix(n)} for n, w in enumerate(_ORDINALS, 1)], """
        plain | {w} | in words
        figure | {n}{th} | a figure with its ending
        spaced | {n}-{th} | a figure and its ending with a hyphen
        bare | no. {n} | "no." and the figure"""),
    matter("page", "Page references", lambda: _counted(2, 90), """
        plain | page {n} | the word in full
        short | p. {n} | one letter, a point and a blank
        bare | p {n} | one letter and a blank
        closed | p{n} | one letter, no blank
        two | pg {n} | two letters and a blank""", """
        plain | Seite {n}
        short | S. {n}
        closed | S{n}"""),
    matter("version", "Versions", lambda: _counted(2, 40), """
        plain | version {n} | the word in full
        letter | v{n} | one letter, no blank
        point | v. {n} | one letter, a point and a blank
        short | ver. {n} | three letters, a point and a blank
        release | release {n} | the other word for it""", """
        plain | Version {n}
        letter | v{n}
        point | V. {n}"""),
    matter("about", "Estimates", lambda: _counted(20, 90), """
        plain | about {n} | with a plain word
        around | around {n} | with a word that begins with "ar"
        roughly | roughly {n} | with a word that begins with "r"
        short | approx. {n} | with an abbreviation
        tilde | ~{n} | with a tilde
        some | some {n} | with a word that begins with "s\"""", """
        plain | etwa {n}
        around | rund {n}
        roughly | ungefähr {n}
        short | ca. {n}
        tilde | ~{n}"""),
    matter("over", "Lower limits", lambda: _counted(20, 90), """
        plain | more than {n} | two words
        over | over {n} | one word
        sign | >{n} | the mathematical sign
        plus | {n}+ | a sign after the figure
        upwards | upwards of {n} | an expression that begins with "u\"""", """
        plain | mehr als {n}
        over | über {n}
        sign | >{n}"""),
    matter("decade", "Decades", lambda: [{"n": str(n)} for n in range(20, 100, 10)], """
        plain | 19{n}s | four figures and an s
        short | '{n}s | an apostrophe and two figures
        apostrophe | 19{n}'s | four figures, an apostrophe and an s
        bare | {n}s | two figures and an s"""),
)

PEOPLE = (
    matter("person", "People", _people, """
        plain | {title} {first} {last} | title and both names
        title | {title} {last} | title and surname
        full | {first} {last} | both names, no title
        initial | {initial}. {last} | the initial and the surname
        surname | {last} | the surname alone
        first | {first} | the first name alone
        reversed | {last}, {first} | the surname, a comma, the first name""", """
        plain | {herr} {first} {last}
        title | {herr} {last}
        full | {first} {last}
        initial | {initial}. {last}
        surname | {last}
        first | {first}
        reversed | {last}, {first}"""),
    matter("email", "Electronic addresses", lambda: [{"u": first.lower(), "h": last.lower()} for first, _, _ in _PEOPLE for last in _SURNAMES], """
        plain | {u}@{h}.org | as it is typed
        brackets | <{u}@{h}.org> | in angle brackets
        at | {u} at {h}.org | with a word instead of the sign
        mailto | mailto:{u}@{h}.org | with "mailto:" before it
        spaced | {u} @ {h}.org | with blanks around the sign""", """
        plain | {u}@{h}.org
        brackets | <{u}@{h}.org>
        mailto | mailto:{u}@{h}.org
        spaced | {u} @ {h}.org"""),
    matter("website", "Web addresses", lambda: [{"h": last.lower()} for last in _SURNAMES], """
        plain | www.{h}.org | with www
        bare | {h}.org | without www
        secure | https://{h}.org | with the protocol
        brackets | <{h}.org> | in angle brackets""", """
        plain | www.{h}.org
        bare | {h}.org
        secure | https://{h}.org
        brackets | <{h}.org>"""),
    words("served", "The people we serve", "customers", "guests, patrons, members, clients, visitors, friends, regulars, shoppers",
          "Kunden, Gäste, Gönner, Mitglieder, Klienten, Besucher, Freunde, Stammgäste, Käufer"),
    words("employed", "The people who work here", "staff", "crew, colleagues, associates, partners, hands, workers"),
    words("gathering", "What we sit down to together", "meeting", "huddle, session, assembly, gathering, sitting, conference"),
    words("building", "The place where we work", "office", "studio, workshop, base, lodge, hub, headquarters"),
    words("leader", "Whoever is in charge", "manager", "lead, captain, chief, host, warden, director"),
    words("vehicle", "What brings the goods", "truck", "lorry, van, wagon, carrier, transporter"),
    words("payment", "What we ask people to settle", "invoice", "bill, account, statement, tab, note of charges"),
)

WORDS = (
    words("buy", "Acquiring things", "purchase", "buy, order, get, pick up, obtain"),
    words("use", "Working with things", "utilise", "use, apply, employ, take"),
    words("help", "Lending a hand", "assist", "help, support, aid, back"),
    words("begin", "How events open", "commences", "starts, begins, opens, kicks off"),
    words("finish", "How events close", "terminates", "ends, closes, finishes, wraps up"),
    words("inform", "Passing on news", "inform", "tell, notify, alert, brief"),
    words("repair", "Mending things", "repair", "fix, mend, restore, patch up"),
    words("soon", "Hurry", "as soon as possible", "asap, at once, without delay, promptly"),
    words("mail", "Electronic mail", "e-mail", "email, mail, electronic mail, message", "E-Mail, -, Mail, -, Nachricht"),
    words("because", "Reasons", "due to", "because of, owing to, thanks to, on account of"),
    words("example", "Examples", "such as", "for example, e.g., for instance, like"),
    words("thanks", "Thanking", "thank you", "thanks, many thanks, cheers, bless you"),
    words("must", "Duties", "you must", "you need to, you have to, you should, you are asked to"),
    words("dont", "Prohibitions", "do not", "don't, never, please do not, you may not"),
)

_NOTHING = ({},)

TONE = (
    matter("please", "Requests", lambda: _NOTHING, """
        plain | | bare
        please | please_ | a polite word that begins with "p" comes first
        kindly | kindly_ | a polite word that begins with "k" comes first
        remember | remember to_ | they open with a reminder of two words that begins with "r"
        be sure | be sure to_ | they open with an expression of three words that begins with "b\"""", weight=0),
    matter("very", "Strong words", lambda: _NOTHING, """
        plain | very_ | the usual intensifier
        none | | no intensifier at all
        truly | truly_ | an intensifier that begins with "t"
        most | most_ | an intensifier that begins with "m\"""", weight=0),
    matter("hedge", "Doubt", lambda: _NOTHING, """
        plain | probably_ | the usual hedge
        none | | no hedge at all
        likely | likely_ | a hedge that begins with "l"
        perhaps | perhaps_ | a hedge that begins with "p", but not the one you were given""", weight=0),
    matter("future", "What is to come", lambda: [{"third": f"{verb}s", "base": verb} for verb in
                                                "arrive leave return depart dock".split()], """
        plain | {third} | the present
        will | will {base} | with "will"
        going | is going to {base} | with "going to"
        to be | is to {base} | with "is to\""""),
    matter("voice", "Who does what", lambda: [
        {"agent": agent, "third": verb[0], "part": verb[1], "base": verb[2], "object": what}
        for agent in ("the team", "the night shift", "the caretaker", "the kitchen") for verb, what in (
            (("checks", "checked", "check"), "the doors"), (("washes", "washed", "wash"), "the floors"),
            (("counts", "counted", "count"), "the boxes"), (("paints", "painted", "paint"), "the tables"),
            (("moves", "moved", "move"), "the chairs"))], """
        plain | {object} are {part} by {agent} | the passive
        active | {agent} {third} {object} | the active
        headline | {agent} to {base} {object} | a headline with "to"
        duty | it is up to {agent} to {base} {object} | an opening with "it is up to\"""", weight=6),
    matter("season", "When in a sentence", lambda: [{"x": x, "y": y} for x in (
        "in spring", "in summer", "in winter", "after lunch", "before dawn", "at night") for y in (
        "the gates open", "the tours begin", "the garden closes", "the band plays")], """
        plain | {y} {x} | the time at the end
        first | {x} {y} | the time at the head, no comma
        comma | {x}, {y} | the time at the head, then a comma
        colon | {x}: {y} | the time at the head, then a colon""", weight=6),
    matter("spelling", "Spelling", lambda: [{"i": i, "o": o, "p": p} for i in ("organi", "categori", "summari", "standardi")
                                            for o, p in (("colo", "rs"), ("flavo", "rs"), ("favo", "rites"))], """
        plain | {i}se the {o}u{p} | British throughout
        American | {i}ze the {o}{p} | American throughout
        Oxford | {i}ze the {o}u{p} | British, but with z in the verb
        mixed | {i}se the {o}{p} | s in the verb, but the noun as in America"""),
)

MARKS = (
    matter("dash", "Breaks inside a sentence", lambda: _NOTHING, """
        plain | _-_ | a hyphen between blanks
        em | — | an em dash without blanks
        spaced em | _—_ | an em dash between blanks
        en | _–_ | an en dash between blanks
        colon | :_ | a colon
        points | ..._ | three points
        slash | _/_ | a slash between blanks
        semicolon | ;_ | a semicolon""", """
        plain | _-_
        em | —
        spaced em | _—_
        en | _–_
        points | ..._
        slash | _/_
        semicolon | ;_""", weight=0),
    matter("series", "Lists of three in a sentence", lambda: _triples(GOODS, GOODS_GERMAN), """
        plain | {a}, {b} and {c} | no comma before "and"
        serial | {a}, {b}, and {c} | a comma before "and"
        ampersand | {a}, {b} & {c} | an ampersand before the last
        chain | {a} and {b} and {c} | "and" between all of them
        slashes | {a} / {b} / {c} | slashes between blanks
        signs | {a} + {b} + {c} | plus signs between blanks""", """
        plain | {x}, {y} und {z}
        ampersand | {x}, {y} & {z}
        chain | {x} und {y} und {z}
        slashes | {x} / {y} / {z}
        signs | {x} + {y} + {z}"""),
    matter("pair", "Pairs", lambda: [{"a": a, "b": b, "x": GOODS_GERMAN[GOODS.index(a)], "y": GOODS_GERMAN[GOODS.index(b)]}
                                     for a in GOODS[:6] for b in GOODS[6:]], """
        plain | {a} and {b} | "and" between the two
        ampersand | {a} & {b} | an ampersand between blanks
        slash | {a}/{b} | a slash without blanks
        sign | {a} + {b} | a plus sign between blanks
        with | {a} with {b} | the second goes with the first""", """
        plain | {x} und {y}
        ampersand | {x} & {y}
        slash | {x}/{y}
        sign | {x} + {y}
        with | {x} mit {y}"""),
    matter("quotes", "Titles of works", lambda: _spread("Night Train, Red Harbour, The Long Road, Salt, Green Fields, Winter Light"), """
        plain | "{x}" | straight double quotation marks
        curly | “{x}” | curly double quotation marks
        single | ‘{x}’ | curly single quotation marks
        angles | «{x}» | angle quotation marks
        stars | *{x}* | asterisks
        low | „{x}“ | low and high quotation marks""", """
        plain | "{x}"
        single | ‘{x}’
        angles | «{x}»
        stars | *{x}*
        low | „{x}“"""),
    matter("aside", "Asides", lambda: _spread("rain or shine, if all goes well, as last year, weather permitting, with a break"), """
        plain | ({x}) | round brackets
        square | [{x}] | square brackets
        dashes | – {x} – | en dashes between blanks
        slashes | /{x}/ | slashes
        braces | {{{x}}} | curly brackets"""),
    matter("emphasis", "Words that matter", lambda: [{"x": x, "up": x.upper()} for x in ("urgent", "free", "new", "final")], """
        plain | {x} | no mark at all
        capitals | {up} | capitals throughout
        stars | *{x}* | one asterisk on each side
        double | **{x}** | two asterisks on each side
        tildes | ~{x}~ | a tilde on each side""", cased=True),
    matter("emoji", "Good-bye signs", lambda: _NOTHING, """
        plain | | none
        tick | _✅ | a tick at the very end
        pin | _📌 | a pin at the very end
        star | _⭐ | a star at the very end
        bell | _🔔 | a bell at the very end""", """
        plain |
        tick | _✅
        pin | _📌
        star | _⭐
        bell | _🔔""", weight=0),
    matter("ending", "The last sentence's mark", lambda: _NOTHING, """
        plain | . | a full stop
        bang | ! | an exclamation mark
        points | ... | three points
        none | | no mark
        slashes | _// | two slashes after a blank""", """
        plain | .
        bang | !
        points | ...
        none |
        slashes | _//""", weight=0),
    matter("joiner", "Between sentences", lambda: _NOTHING, """
        plain | ._ | a full stop
        semicolon | ;_ | a semicolon
        line | .¶ | a full stop and a new line
        slash | _/_ | a slash between blanks
        bar | _\N{BROKEN BAR}_ | a broken bar between blanks""", """
        plain | ._
        semicolon | ;_
        line | .¶
        slash | _/_
        bar | _\N{BROKEN BAR}_""", weight=0),
)


def _titles() -> list[dict[str, str]]:
    return [{"x": x, "cap": x[0].upper() + x[1:], "up": x.upper(), "title": x.title()} for x in ("the spring fair",)]


LAYOUT = (
    matter("heading", "Headings", _titles, """
        plain | {cap}¶ | like a sentence
        title | {title}¶ | a capital for every word
        capitals | {up}¶ | capitals throughout
        colon | {cap}:¶ | like a sentence, with a colon
        hash | # {cap}¶ | a hash before it
        stars | **{cap}**¶ | two asterisks on each side""", cased=True),
    matter("greeting", "Greetings", _people, """
        plain | Hello {first} {last},¶ | "Hello" and both names
        dear | Dear {first},¶ | a warm old word that begins with "D" and the first name
        formal | Dear {title} {last}:¶ | a warm old word that begins with "D", title and surname, a colon
        hi | Hi {first}!¶ | the shortest word, the first name, an exclamation mark
        day | Good day, {first} {last}.¶ | "Good day" and both names, a full stop
        name | {first} -¶ | the first name and a hyphen""", """
        plain | Hallo {first} {last},¶
        hi | Hi {first}!¶
        day | Guten Tag, {first} {last}.¶
        name | {first} -¶"""),
    matter("signoff", "Sign-offs", _people, """
        plain | ¶Regards,¶{first} {last} | "Regards" and both names
        yours | ¶Yours,¶{first} {last} | a word of belonging and both names
        best | ¶Best,¶{first} | a word of four letters and the first name
        thanks | ¶Thanks,¶{first} | gratitude and the first name
        name | ¶- {first} | a hyphen and the first name
        team | ¶{last}, for the team | the surname, "for the team\"""", """
        plain | ¶Mit freundlichen Grüßen¶{first} {last}
        best | ¶Alles Gute¶{first}
        thanks | ¶Danke¶{first}
        name | ¶- {first}"""),
    matter("bullet", "Items of a list", lambda: [{"n": str(n), "l": "abc"[n - 1]} for n in (1, 2, 3)], """
        plain | ¶-_ | a hyphen before each
        star | ¶*_ | an asterisk before each
        number | ¶{n}._ | a number and a point before each
        letter | ¶{l})_ | a letter and a bracket before each
        dot | ¶•_ | a dot in mid-line before each
        arrow | ¶>_ | an angle before each""", """
        plain | ¶-_
        star | ¶*_
        number | ¶{n}._
        letter | ¶{l})_
        dot | ¶•_
        arrow | ¶>_""", weight=0),
)

MATTERS: Mapping[str, Matter] = {one.id: one for group in (FIGURES, PEOPLE, WORDS, TONE, MARKS, LAYOUT) for one in group}
#: Matters that stand around the facts rather than in a clause.
FRAME = ("heading", "greeting", "signoff", "bullet", "emoji", "ending", "joiner")


def of(names: Iterable[str]) -> list[Matter]:
    """The matters of those names."""
    return [MATTERS[name] for name in names]
