"""Matters of figures: dates, times, quantities, numbers. ``_`` is a blank at the edge of a template."""

from __future__ import annotations

from clgym.envs.housestyle.dimensions import matter

MONTHS = (
    ("January", "Jan", "Januar"),
    ("February", "Feb", "Februar"),
    ("March", "Mar", "März"),
    ("April", "Apr", "April"),
    ("June", "Jun", "Juni"),
    ("July", "Jul", "Juli"),
    ("August", "Aug", "August"),
    ("September", "Sep", "September"),
    ("October", "Oct", "Oktober"),
    ("November", "Nov", "November"),
    ("December", "Dec", "Dezember"),
)
_NUMBERS = {
    "January": 1,
    "February": 2,
    "March": 3,
    "April": 4,
    "June": 6,
    "July": 7,
    "August": 8,
    "September": 9,
    "October": 10,
    "November": 11,
    "December": 12,
}
DAYS = (
    ("Monday", "Montag"),
    ("Tuesday", "Dienstag"),
    ("Wednesday", "Mittwoch"),
    ("Thursday", "Donnerstag"),
    ("Friday", "Freitag"),
    ("Saturday", "Samstag"),
    ("Sunday", "Sonntag"),
)
DIGITS = "two three four five six seven eight nine".split()
_ZAHLEN = "zwei drei vier fünf sechs sieben acht neun".split()
_ROMAN = "II III IV V VI VII VIII IX".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth".split()


def _suffix(day: int) -> str:
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _dates() -> list[dict[str, str]]:
    return [
        {
            "d": str(day),
            "dd": f"{day:02}",
            "th": _suffix(day),
            "month": month,
            "mon": short,
            "m": str(_NUMBERS[month]),
            "mm": f"{_NUMBERS[month]:02}",
            "monat": german,
        }
        for month, short, german in MONTHS
        for day in range(2, 29)
    ]


def _times() -> list[dict[str, str]]:
    return [
        {"h": str((hour - 1) % 12 + 1), "ap": "am" if hour < 12 else "pm", "hour": str(hour), "hh": f"{hour:02}"}
        for hour in range(7, 22)
    ]


def _counted(low: int, high: int, step: int = 1) -> list[dict[str, str]]:
    return [{"n": str(number)} for number in range(low, high + 1, step)]


FIGURES = (
    matter(
        "date",
        "Dates",
        _dates,
        """
        plain | {d} {month} | the day, then the month
        month first | {month} {d} | the month first, then the day
        ordinal | {d}{th} {month} | the day as an ordinal, then the month
        month, ordinal | {month} {d}{th} | the month first, then the day as an ordinal
        of | the {d}{th} of {month} | spelled out with the article and "of"
        numeric | {mm}-{dd} | two figures each, the month first, with a hyphen
        points | {dd}.{mm} | two figures each, the day first, with a point
        slash | {d}/{m} | figures alone, the day first, with a slash
        short | {d} {mon} | the month cut to three letters""",
        """
        plain | {d}. {monat}
        numeric | {mm}-{dd}
        slash | {d}/{m}""",
        lossy="numeric, points, slash",
    ),
    matter(
        "weekday",
        "Days of the week",
        lambda: [
            {"day": d, "up": d.upper(), "low": d.lower(), "s": d[:3], "t": d[:2], "tag": t, "kurz": t[:2], "gross": t.upper()}
            for d, t in DAYS
        ],
        """
        plain | {day} | in full
        short | {s} | cut to three letters
        two | {t} | cut to two letters
        capitals | {up} | in capitals throughout
        small | {low} | with a small first letter""",
        """
        plain | {tag}
        two | {kurz}
        capitals | {gross}""",
        cased=True,
    ),
    matter(
        "time",
        "Times of day",
        _times,
        """
        plain | {h} {ap} | hour, blank, am or pm
        closed | {h}{ap} | am or pm follows without a blank
        colon | {hh}:00 | the 24-hour clock, two figures each, with a colon
        point | {hh}.00 | the 24-hour clock, two figures each, with a point
        letter | {hour}h | the hour of the 24-hour clock with the letter h
        military | {hh}00 hours | four figures and the word hours""",
        """
        plain | {hour} Uhr
        colon | {hh}:00 Uhr
        point | {hh}.00 Uhr
        letter | {hour} h""",
    ),
    matter(
        "room",
        "Room numbers",
        lambda: _counted(2, 40),
        """
        plain | room {n} | the word and the figure
        short | rm {n} | the word cut to two letters
        number | room no. {n} | with "no." before the figure
        hash | room #{n} | with a hash before the figure
        letter | R{n} | one letter, no blank
        brackets | room ({n}) | the figure in brackets""",
        """
        plain | Raum {n}
        number | Raum Nr. {n}
        hash | Raum #{n}
        letter | R{n}
        brackets | Raum ({n})""",
    ),
    matter(
        "money",
        "Prices",
        lambda: _counted(10, 95),
        """
        plain | {n} dollars | the word for the currency after the figure
        sign | ${n} | the sign before the figure
        cents | ${n}.00 | the sign before the figure, cents included
        code | USD {n} | the three-letter code before the figure
        after | {n} USD | the three-letter code after the figure
        sign after | {n}$ | the sign after the figure, no blank""",
        """
        plain | {n} Dollar
        code | USD {n}
        after | {n} USD
        sign after | {n} $""",
    ),
    matter(
        "percent",
        "Percentages",
        lambda: _counted(3, 60),
        """
        plain | {n} percent | the word in one piece
        sign | {n}% | the sign, no blank
        spaced | {n} % | a blank, then the sign
        two words | {n} per cent | the word in two pieces
        short | {n} pct | the word cut to three letters""",
        """
        plain | {n} Prozent
        sign | {n}%
        spaced | {n} %""",
    ),
    matter(
        "number",
        "Small numbers",
        lambda: [{"n": str(n), "w": w, "r": r, "z": z} for n, w, r, z in zip(range(2, 10), DIGITS, _ROMAN, _ZAHLEN)],
        """
        plain | {n} | a figure
        words | {w} | spelled out
        both | {w} ({n}) | spelled out, then the figure in brackets
        figure first | {n} ({w}) | a figure, then spelled out in brackets
        roman | {r} | a Roman figure""",
        """
        plain | {n}
        words | {z}
        both | {z} ({n})
        figure first | {n} ({z})
        roman | {r}""",
    ),
    matter(
        "thousands",
        "Thousands",
        lambda: _counted(11, 98),
        """
        plain | {n}000 | all figures in one row
        comma | {n},000 | a comma before the last three figures
        blank | {n} 000 | a blank before the last three figures
        point | {n}.000 | a point before the last three figures
        letter | {n}k | a letter instead of three noughts
        word | {n} thousand | a word instead of three noughts""",
        """
        plain | {n}000
        blank | {n} 000
        point | {n}.000
        letter | {n}k""",
    ),
    matter(
        "distance",
        "Distances",
        lambda: _counted(3, 60),
        """
        plain | {n} kilometres | the unit in full, British spelling
        symbol | {n} km | the unit's symbol after a blank
        closed | {n}km | the unit's symbol without a blank
        American | {n} kilometers | the unit in full, American spelling
        plural | {n} kms | the unit's symbol with a plural s""",
        """
        plain | {n} Kilometer
        symbol | {n} km
        closed | {n}km""",
    ),
    matter(
        "weight",
        "Weights",
        lambda: _counted(3, 60),
        """
        plain | {n} kilograms | the unit in full
        symbol | {n} kg | the unit's symbol after a blank
        closed | {n}kg | the unit's symbol without a blank
        kilos | {n} kilos | the unit's everyday short name
        French | {n} kilogrammes | the unit in full, the long spelling""",
        """
        plain | {n} Kilogramm
        symbol | {n} kg
        closed | {n}kg
        kilos | {n} Kilo""",
    ),
    matter(
        "temperature",
        "Temperatures",
        lambda: _counted(3, 30),
        """
        plain | {n} degrees | the word after the figure
        closed | {n}°C | degree sign and C, no blank
        spaced | {n} °C | a blank, then degree sign and C
        letter | {n} C | a blank and the letter alone
        sign | {n}° | the degree sign alone""",
        """
        plain | {n} Grad
        closed | {n}°C
        spaced | {n} °C
        sign | {n}°""",
    ),
    matter(
        "duration",
        "Durations",
        lambda: [{"n": str(n), "m": str(60 * n)} for n in range(2, 10)],
        """
        plain | {n} hours | hours in full
        symbol | {n} h | the symbol after a blank
        closed | {n}h | the symbol without a blank
        short | {n} hrs | the word cut to three letters
        minutes | {m} minutes | reckoned in minutes
        short minutes | {m} min | reckoned in minutes, the word cut to three letters""",
        """
        plain | {n} Stunden
        symbol | {n} h
        closed | {n}h
        minutes | {m} Minuten
        short minutes | {m} min""",
    ),
    matter(
        "range",
        "Ranges",
        lambda: [{"n": str(n), "m": str(n + gap)} for n in range(2, 40) for gap in (2, 3, 5)],
        """
        plain | {n} to {m} | with a word between
        hyphen | {n}-{m} | with a hyphen between
        dash | {n}–{m} | with an en dash between
        points | {n}...{m} | with three points between
        tilde | {n}~{m} | with a tilde between""",
        """
        plain | {n} bis {m}
        hyphen | {n}-{m}
        dash | {n}–{m}
        points | {n}...{m}
        tilde | {n}~{m}""",
    ),
    matter(
        "phone",
        "Telephone numbers",
        lambda: [{"p": str(p), "q": f"0{q}"} for p in (555, 717, 232) for q in range(112, 190, 3)],
        """
        plain | {p} {q} | two groups with a blank
        hyphen | {p}-{q} | two groups with a hyphen
        closed | {p}{q} | one row of figures
        point | {p}.{q} | two groups with a point
        brackets | ({p}) {q} | the first group in brackets
        slash | {p}/{q} | two groups with a slash""",
        """
        plain | {p} {q}
        hyphen | {p}-{q}
        closed | {p}{q}
        point | {p}.{q}
        brackets | ({p}) {q}
        slash | {p}/{q}""",
    ),
    matter(
        "fraction",
        "Fractions",
        lambda: [
            {"w": "half", "s": "1/2", "u": "½", "p": "50%", "z": "0.5"},
            {"w": "a quarter", "s": "1/4", "u": "¼", "p": "25%", "z": "0.25"},
            {"w": "three quarters", "s": "3/4", "u": "¾", "p": "75%", "z": "0.75"},
        ],
        """
        plain | {w} | in words
        slash | {s} | figures with a slash
        sign | {u} | the one-letter fraction sign
        percent | {p} | as a percentage
        decimal | {z} | as a decimal""",
    ),
    matter(
        "decimal",
        "Decimals",
        lambda: [{"n": str(n), "f": str(f)} for n in range(2, 20) for f in (2, 3, 4, 6, 7, 8)],
        """
        plain | {n}.{f} | a point
        comma | {n},{f} | a comma
        raised | {n}·{f} | a raised dot
        tens | {n} {f}/10 | the rest as tenths with a slash""",
    ),
    matter(
        "ordinal",
        "Floors and ranks",
        lambda: [{"w": w, "n": str(n), "th": _suffix(n)} for n, w in enumerate(ORDINALS, 1)],
        """
        plain | {w} | in words
        figure | {n}{th} | a figure with its ending
        spaced | {n}-{th} | a figure and its ending with a hyphen""",
    ),
    matter(
        "page",
        "Page references",
        lambda: _counted(2, 90),
        """
        plain | page {n} | the word in full
        short | p. {n} | one letter, a point and a blank
        bare | p {n} | one letter and a blank
        closed | p{n} | one letter, no blank
        two | pg {n} | two letters and a blank""",
        """
        plain | Seite {n}
        short | S. {n}
        closed | S{n}""",
    ),
    matter(
        "version",
        "Versions",
        lambda: _counted(2, 40),
        """
        plain | version {n} | the word in full
        letter | v{n} | one letter, no blank
        point | v. {n} | one letter, a point and a blank
        short | ver. {n} | three letters, a point and a blank
        release | release {n} | the other word for it""",
        """
        plain | Version {n}
        letter | v{n}
        point | V. {n}""",
    ),
    matter(
        "about",
        "Estimates",
        lambda: _counted(20, 90),
        """
        plain | about {n} | with a plain word
        around | around {n} | with a word that begins with "ar"
        roughly | roughly {n} | with a word that begins with "r"
        short | approx. {n} | with an abbreviation that begins with "a"
        tilde | ~{n} | with a tilde
        some | some {n} | with a word that begins with "s\"""",
        """
        plain | etwa {n}
        short | ca. {n}
        tilde | ~{n}""",
    ),
    matter(
        "over",
        "Lower limits",
        lambda: _counted(20, 90),
        """
        plain | more than {n} | two words
        over | over {n} | one word
        sign | >{n} | the mathematical sign
        plus | {n}+ | a sign after the figure
        upwards | upwards of {n} | an expression that begins with "u\"""",
        """
        plain | mehr als {n}
        over | über {n}
        sign | >{n}""",
    ),
    matter(
        "decade",
        "Decades",
        lambda: [{"n": str(n)} for n in range(20, 100, 10)],
        """
        plain | 19{n}s | four figures and an s
        short | '{n}s | an apostrophe and two figures
        apostrophe | 19{n}'s | four figures, an apostrophe and an s
        bare | {n}s | two figures and an s""",
        lossy="short, bare",
    ),
)
