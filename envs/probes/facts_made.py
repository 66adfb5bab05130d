"""Facts that are put together when they are asked: two steps from a table of countries, sums of legs and sides, days and elements.

No public list holds them as they stand here, so an agent that met the well-known questions in training is still asked something new.
"""

from __future__ import annotations

from clgym.envs.bilingual.english import number_word
from clgym.envs.probes.base import Item
from clgym.seeding import Draw
from clgym.text.english import article

#: Country, capital, language, currency, continent, another city, something to see there, and what its currency is called by its country ("-" for
#: none: nobody says "French euro").
_COUNTRIES = tuple(
    tuple(part.strip() for part in line.split("|"))
    for line in """\
France | Paris | French | euro | Europe | Lyon | the Eiffel Tower | -
Germany | Berlin | German | euro | Europe | Hamburg | the Brandenburg Gate | -
Italy | Rome | Italian | euro | Europe | Naples | the Colosseum | -
Spain | Madrid | Spanish | euro | Europe | Seville | the Alhambra | -
Portugal | Lisbon | Portuguese | euro | Europe | Porto | the Belém Tower | -
Greece | Athens | Greek | euro | Europe | Thessaloniki | the Parthenon | -
Austria | Vienna | German | euro | Europe | Salzburg | Schönbrunn Palace | -
the Netherlands | Amsterdam | Dutch | euro | Europe | Rotterdam | the windmills of Kinderdijk | -
Poland | Warsaw | Polish | zloty | Europe | Gdańsk | Wawel Castle | Polish
Sweden | Stockholm | Swedish | krona | Europe | Gothenburg | the Vasa Museum | Swedish
Denmark | Copenhagen | Danish | krone | Europe | Aarhus | the Little Mermaid statue | Danish
Norway | Oslo | Norwegian | krone | Europe | Bergen | the Geirangerfjord | Norwegian
Hungary | Budapest | Hungarian | forint | Europe | Debrecen | Lake Balaton | Hungarian
the Czech Republic | Prague | Czech | koruna | Europe | Brno | the Charles Bridge | Czech
Russia | Moscow | Russian | rouble | Europe | Kazan | the Hermitage | Russian
the United Kingdom | London | English | pound | Europe | Manchester | Stonehenge | British
Ireland | Dublin | English | euro | Europe | Cork | the Cliffs of Moher | -
Egypt | Cairo | Arabic | pound | Africa | Alexandria | the Great Sphinx | Egyptian
Morocco | Rabat | Arabic | dirham | Africa | Casablanca | the Hassan II Mosque | Moroccan
Kenya | Nairobi | Swahili | shilling | Africa | Mombasa | the Maasai Mara | Kenyan
Tanzania | Dodoma | Swahili | shilling | Africa | Arusha | the Ngorongoro Crater | Tanzanian
Nigeria | Abuja | English | naira | Africa | Lagos | Zuma Rock | Nigerian
Ethiopia | Addis Ababa | Amharic | birr | Africa | Gondar | the rock churches of Lalibela | Ethiopian
Japan | Tokyo | Japanese | yen | Asia | Osaka | Mount Fuji | Japanese
China | Beijing | Chinese | yuan | Asia | Shanghai | the Terracotta Army | Chinese
India | New Delhi | Hindi | rupee | Asia | Mumbai | the Taj Mahal | Indian
Thailand | Bangkok | Thai | baht | Asia | Chiang Mai | Wat Arun | Thai
Vietnam | Hanoi | Vietnamese | dong | Asia | Da Nang | Ha Long Bay | Vietnamese
South Korea | Seoul | Korean | won | Asia | Busan | Gyeongbokgung Palace | Korean
Indonesia | Jakarta | Indonesian | rupiah | Asia | Surabaya | the temple of Borobudur | Indonesian
Cambodia | Phnom Penh | Khmer | riel | Asia | Siem Reap | Angkor Wat | Cambodian
Jordan | Amman | Arabic | dinar | Asia | Aqaba | the rock city of Petra | Jordanian
Iran | Tehran | Persian | rial | Asia | Isfahan | the ruins of Persepolis | Iranian
Israel | Jerusalem | Hebrew | shekel | Asia | Haifa | the fortress of Masada | Israeli
Mexico | Mexico City | Spanish | peso | North America | Guadalajara | the pyramids of Teotihuacán | Mexican
Canada | Ottawa | English | dollar | North America | Calgary | the CN Tower | Canadian
Cuba | Havana | Spanish | peso | North America | Santiago de Cuba | the Morro Castle of Havana | Cuban
Peru | Lima | Spanish | sol | South America | Cusco | Machu Picchu | Peruvian
Brazil | Brasília | Portuguese | real | South America | São Paulo | Sugarloaf Mountain | Brazilian
Argentina | Buenos Aires | Spanish | peso | South America | Rosario | the Perito Moreno Glacier | Argentine
Chile | Santiago | Spanish | peso | South America | Valparaíso | the statues of Easter Island | Chilean
Australia | Canberra | English | dollar | Oceania | Perth | the Sydney Opera House | Australian
New Zealand | Wellington | English | dollar | Oceania | Auckland | Milford Sound | New Zealand
""".splitlines()
)
#: What else is right: other spellings, other names, and further official languages.
_ALSO = {
    "Amsterdam": ("The Hague",), "New Delhi": ("Delhi",), "Brasília": ("Brasilia",), "rouble": ("ruble",), "Persian": ("Farsi",),
    "Chinese": ("Mandarin", "Mandarin Chinese", "Standard Chinese"), "yuan": ("renminbi",), "Swahili": ("Kiswahili",),
    "koruna": ("crown", "Czech crown"), "krona": ("crown", "kronor"), "krone": ("crown", "kroner"), "Spanish": ("Castilian",),
    "Oceania": ("Australia", "Australasia"), "Jerusalem": ("Tel Aviv",), "Hebrew": ("Modern Hebrew",), "shekel": ("new shekel",),
    "zloty": ("złoty",), "Santiago": ("Santiago de Chile",), "Indonesian": ("Bahasa", "Bahasa Indonesia"),
    "North America": ("America", "Central America"), "South America": ("America",), "Norwegian": ("Bokmål",), "sol": ("nuevo sol",),
    "pound": ("pound sterling",), "dong": ("đồng",),
}  # fmt: skip
#: Where more than one language is official, each of them counts.
_LANGUAGES = {
    "Canada": ("French",), "Ireland": ("Irish", "Irish Gaelic"), "New Zealand": ("Maori", "Māori"), "Israel": ("Arabic",), "Morocco": ("Berber", "Tamazight", "French"),
    "Peru": ("Quechua",), "Kenya": ("English",), "Tanzania": ("English",), "India": ("English",), "the Netherlands": ("Frisian",), "Norway": ("Sami",), "Ethiopia": ("Oromo",),
}  # fmt: skip
_LEGS = {
    "dog": 4,
    "cat": 4,
    "horse": 4,
    "spider": 8,
    "ant": 6,
    "bee": 6,
    "hen": 2,
    "duck": 2,
    "crab": 10,
    "cow": 4,
    "fly": 6,
    "snake": 0,
}
_SIDES = {"triangle": 3, "square": 4, "pentagon": 5, "hexagon": 6, "octagon": 8, "rectangle": 4, "heptagon": 7}
_WHEELS = {"bicycle": 2, "tricycle": 3, "car": 4, "unicycle": 1, "motorbike": 2}
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()
_PLANETS = "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split()
_ELEMENTS = (
    "hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium aluminium silicon phosphorus sulphur "
    "chlorine argon potassium calcium"
).split()
_ELEMENT_SPELLINGS = {"aluminium": "aluminum", "sulphur": "sulfur"}
_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_ASK = "Answer with one word."


def easy(draw: Draw) -> Item:
    """One step: a day, a month, legs of one kind, a city's country, a country's continent or money."""
    return draw.choice((_day, _month, _legs_of_one, _city, _money, _planet))(draw)


def hard(draw: Draw) -> Item:
    """Two steps: the country is not named, several kinds are counted together, an element is found by its place."""
    return draw.choice((_capital, _spoken, _paid, _capital, _counted, _element, _weeks))(draw)


def _item(question: str, answer: str, *others: str) -> Item:
    return Item(f"{question} {_ASK}", answer, (*others, *_ALSO.get(answer, ())))


def _number(question: str, number: int) -> Item:
    return _item(question, str(number), number_word(number))


def _day(draw: Draw) -> Item:
    place, days = draw.integer(0, 6), draw.integer(2, 6)
    which = draw.choice(("If today is {0}, which day is it in {1} days?", "Which day comes {1} days after {0}?"))
    return _item(which.format(_DAYS[place], _COUNTED[days]), _DAYS[(place + days) % 7])


def _month(draw: Draw) -> Item:
    place, months = draw.integer(0, 11), draw.integer(2, 5)
    which = draw.choice(("Which month comes {1} months after {0}?", "It is {0}. Which month will it be in {1} months?"))
    return _item(which.format(_MONTHS[place], _COUNTED[months]), _MONTHS[(place + months) % 12])


def _legs_of_one(draw: Draw) -> Item:
    table, part = draw.choice(((_LEGS, "legs"), (_WHEELS, "wheels"), (_SIDES, "sides")))
    name, count = draw.choice([name for name in table if table[name]]), draw.integer(2, 5)
    return _number(f"How many {part} do {_COUNTED[count]} {_plural(name)} have altogether?", table[name] * count)


def _city(draw: Draw) -> Item:
    country, *_, city, sight, _ = draw.choice(_COUNTRIES)
    which = draw.choice((f"In which country is the city of {city}?", f"In which country would you find {sight}?"))
    named = country.removeprefix("the ")
    also = {
        "United Kingdom": ("UK", "England", "Great Britain", "Britain"),
        "Czech Republic": ("Czechia",),
        "Netherlands": ("Holland",),
    }
    return _item(which, named, *also.get(named, ()))


def _money(draw: Draw) -> Item:
    country, _, _, currency, continent, *_, whose = draw.choice(_COUNTRIES)
    if draw.chance(0.3) and country != "Russia":
        return _item(f"On which continent is {country}?", continent)
    return _item(f"What is the currency of {country} called?", currency, f"{currency}s", *_of(whose, currency))


def _planet(draw: Draw) -> Item:
    place = draw.integer(0, 7)
    return _item(f"Which planet is the {_ORDINALS[place]} from the Sun?", _PLANETS[place])


def _capital(draw: Draw) -> Item:
    country, capital, *_, city, sight, _ = draw.choice(_COUNTRIES)
    which = draw.choice(
        (
            f"What is the capital of the country in which the city of {city} lies?",
            f"What is the capital of the country that is home to {sight}?",
            f"Somebody has just seen {sight}. What is the capital of the country they are in?",
        )
    )
    return _item(which, capital)


def _spoken(draw: Draw) -> Item:
    country, capital, language, *_, city, sight, _ = draw.choice(_COUNTRIES)
    which = draw.choice(
        (
            f"What is an official language of the country whose capital is {capital}?",
            f"Which official language would you hear most often in {city}?",
            f"Which official language do most people speak in the country that is home to {sight}?",
        )
    )
    others = _LANGUAGES.get(country, ()) if "an official" in which else ()
    return _item(which, language, *others)


def _paid(draw: Draw) -> Item:
    country, capital, _, currency, *_, city, sight, whose = draw.choice(_COUNTRIES)
    which = draw.choice(
        (
            f"With which currency would you pay in {city}?",
            f"What is the currency of the country whose capital is {capital}?",
            f"A ticket to see {sight} is paid for in which local currency?",
        )
    )
    return _item(which, currency, f"{currency}s", *_of(whose, currency))


def _counted(draw: Draw) -> Item:
    table, part = draw.choice(((_LEGS, "legs"), (_LEGS, "legs"), (_SIDES, "sides"), (_WHEELS, "wheels")))
    names = draw.sample(list(table), 3)
    counts = [draw.integer(1, 4) for _ in names]
    total = sum(table[name] * count for name, count in zip(names, counts))
    parts = [
        f"{article(name)} {name}" if count == 1 else f"{_COUNTED[count]} {_plural(name)}" for name, count in zip(names, counts)
    ]
    return _number(f"How many {part} do {parts[0]}, {parts[1]} and {parts[2]} have altogether?", total)


def _element(draw: Draw) -> Item:
    place, more = draw.integer(0, 15), draw.integer(1, 4)
    known, found = _ELEMENTS[place], _ELEMENTS[place + more]
    few = f"{_COUNTED[more]} more proton{'s' * (more > 1)}"
    others = (_ELEMENT_SPELLINGS[found],) if found in _ELEMENT_SPELLINGS else ()
    return _item(f"Which element has {few} in its nucleus than {known}?", found, *others)


def _weeks(draw: Draw) -> Item:
    place, days = draw.integer(0, 6), draw.integer(9, 40)
    return _item(f"If the 1st of a month is a {_DAYS[place]}, which day is it {days} days later?", _DAYS[(place + days) % 7])


def _of(whose: str, currency: str) -> tuple[str, ...]:
    return () if whose == "-" else (f"{whose} {currency}",)


def _plural(name: str) -> str:
    return {"fly": "flies"}.get(name, f"{name}s")
