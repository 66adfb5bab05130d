"""How else people write values."""

from __future__ import annotations

from collections.abc import Mapping

#: Other ways in which people write a value: they tell the fact, and no house asks for them.
ALSO: Mapping[str, str] = {
    "date": "{month} the {d}{th}|the {d}{th} {month}|{d}{th} of {month}|{d}{th} {mon}|{mon} {d}{th}|{mon} {d}|{mon}. {d}|{d} of {month}"
    "|{dd} {month}|{month} {dd}|{d}.{m}|{m}/{d}|{dd}/{mm}|{mm}/{dd}|{d}-{m}|the {d} of {month}|{d}. {month}|{d} {monat}",
    "weekday": "{day}s|{tag}s",
    "time": "{h}:00 {ap}|{h}.00 {ap}|{h}:00{ap}|{h}.00{ap}|{hour}:00|{hour}.00|{hh}h|{hh}h00|{hour} h|{hour}h00|{hh}:00h|{hh}:00 hours|{hour}:00 hours"
    "|{hh}00|{hour} o'clock|{h} o'clock|{hour} hours|{hh}00h|{hour} uhr|{hour}:00 uhr",
    "room": "rm. {n}|room number {n}|number {n}|no. {n}|r{n}|r {n}|r. {n}|room no {n}|raum nummer {n}|nr. {n}|zimmer {n}",
    "money": "{n} $|$ {n}|{n} bucks|{n}.00 dollars|{n} us dollars|usd{n}|{n}usd|{n} dollar|{n}-dollar|us${n}|${n},00|{n}.00 usd|usd {n}.00|{n},00 $",
    "percent": "{n} percentage points|{n} prozent|{n}-percent",
    "number": "{n}x",
    "thousands": "{n}'000|{n} k|{n} tausend|{n},000|{n}.000",
    "distance": "{n} kilometre|{n}-kilometre|{n}-kilometer|{n}-km|{n} k|{n}k|{n} kilometer",
    "weight": "{n} kgs|{n} kilogram|{n} kilo|{n}-kilogram|{n}-kilo|{n}kgs",
    "temperature": "{n} degrees celsius|{n} degrees centigrade|{n} degrees c|{n}c|{n} celsius|{n} °|{n}° c|{n} grad celsius",
    "duration": "{n}-hour|{n} hour|{n} hr|{n}hrs|{m} mins|{m}min|{n}-hours|{m}-minute|{n} std|{n} stunde",
    "range": "{n} - {m}|{n} – {m}|{n} and {m}|{n}..{m}|{n} through {m}|{n} until {m}|{n}—{m}|{n}/{m}|{n}-to-{m}",
    "phone": "({p})-{q}|{p} - {q}|+{p} {q}|({p}){q}",
    "fraction": "{p} percent|one half|one quarter|a half|three-quarters|one-half|one-quarter|{z}",
    "decimal": "{n}.{f}0",
    "ordinal": "{n}. |no. {n}",
    "page": "pg. {n}|pp. {n}|page no. {n}|p.{n}|pg{n}|page number {n}|seite {n}",
    "version": "v {n}|v.{n}|ver {n}|version no. {n}|version {n}.0|v{n}.0",
    "about": "approximately {n}|circa {n}|ca. {n}|ca {n}|c. {n}|c {n}|some {n} or so|{n} or so|approx {n}|nearly {n}|rund {n}|ungefähr {n}|an estimated {n}|{n}-ish",
    "over": "over {n}|above {n}|> {n}|{n} +|in excess of {n}|greater than {n}|{n} or more|{n}-plus|{n} plus|more than {n}",
    "decade": "nineteen-{n}s|{n}'s",
    "email": "{u} @{h}.org|{u}@{h} .org|{u} (at) {h}.org|({u}@{h}.org)",
    "website": "http://{h}.org|https://www.{h}.org|http://www.{h}.org|{h}.org/",
    "person": "{first}|{title} {first}|mr {last}|ms {last}|mrs {last}|{title}. {last}|{title}. {first} {last}|{initial} {last}|{last} {first}"
    "|frau {last}|herr {last}|herrn {last}|frau {first} {last}|herr {first} {last}",
}
#: Figures in words.
SPOKEN: Mapping[str, str] = {
    str(number): word
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
        "twenty".split(),
        2,
    )
}
