"""The conventions that a framework can differ from Django in: each a slot with Django's choice and the drawn ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Slot:
    """One convention. ``text`` is its sentence in a rulebook: {0} is the drawn choice, {1} Django's; or
    one sentence per choice."""

    name: str
    django: str
    choices: tuple[str, ...]
    text: str | Mapping[str, str]
    level: int
    group: str

    def sentence(self, choice: str) -> str:
        """The rule in plain English."""
        return self.text.format(choice, self.django) if isinstance(self.text, str) else self.text[choice]


class Setting(NamedTuple):
    """A setting of the app that switches one convention on; without it, that convention is Django's."""

    name: str
    slot: str
    choice: str


def _words(name: str, django: str, choices: str, what: str, level: int) -> Slot:
    return Slot(name, django, tuple(choices.split()), f"{what} is called {{0}} (in Django: {{1}}).", level, "words")


def _texts(name: str, django: str, level: int, group: str, **texts: str) -> Slot:
    return Slot(name, django, tuple(texts), texts, level, group)


#: How an answer's status is written, by the drawn choice. Django's are the numbers of HTTP.
STATUSES = {
    "numbers": {200: "200", 201: "201", 400: "400", 404: "404"},
    "words": {200: '"ok"', 201: '"made"', 400: '"refused"', 404: '"missing"'},
    "letters": {200: '"K"', 201: '"M"', 400: '"R"', 404: '"N"'},
    "tens": {200: "20", 201: "21", 400: "40", 404: "44"},
    "flags": {200: '"+"', 201: '"++"', 400: '"-"', 404: '"?"'},
}

#: The mark of a descending column: (before the name, behind it).
DESCENDING = {
    "-": ("-", ""),
    "desc": ("", " desc"),
    "down": ("", " down"),
    "tilde": ("~", ""),
    "bang": ("!", ""),
    "less": ("<", ""),
    "behind": ("", "-"),
}

#: How a part of a route that varies is written, as a template and as a regular expression for the library.
CONVERTERS = {
    "<int:no>": ("<{kind}:{name}>", r"<(?P<kind>\w+):(?P<name>\w+)>"),
    "braces": ("{{{name}:{kind}}}", r"\{(?P<name>\w+):(?P<kind>\w+)\}"),
    "square": ("[{kind} {name}]", r"\[(?P<kind>\w+) (?P<name>\w+)\]"),
    "flipped": ("<{name}:{kind}>", r"<(?P<name>\w+):(?P<kind>\w+)>"),
    "dollar": ("${kind}.{name}", r"\$(?P<kind>\w+)\.(?P<name>\w+)"),
    "equals": ("({name}={kind})", r"\((?P<name>\w+)=(?P<kind>\w+)\)"),
}

SLOTS: tuple[Slot, ...] = (
    # Words of queries
    _words("objects", "objects", "rows records shelf items stock vault entries pool", "The manager of a model", 0),
    _words("filter", "filter", "pick where keep match having winnow choose take", "The query that keeps the rows that fit", 0),
    _words("exclude", "exclude", "drop without skip omit reject leave lose bar", "The query that leaves out the rows that fit", 0),
    _words("get", "get", "one single fetch the need grab", "The query for exactly one row", 0),
    _words("order_by", "order_by", "arrange sort rank queue lineup align", "Sorting", 0),
    Slot(
        "values_list",
        "values_list",
        ("column", "pluck", "gather", "each", "extract", "strip"),
        'The list of one column\'s values is .{0}("price") (in Django: values_list("price", flat=True)).',
        0,
        "words",
    ),
    _words("create", "create", "make insert put push plant admit", "Adding a row", 0),
    _texts(
        "style",
        "keywords",
        0,
        "arguments",
        pairs='Conditions and new values are written as a name and then a value: ("author", "Kim").',
        flipped='Conditions and new values are written as a value and then the name: ("Kim", "author").',
        table='Conditions and new values are written as one dict: ({"author": "Kim"}).',
        tuples='Conditions and new values are written as tuples: (("author", "Kim")).',
        keywords="Conditions and new values are keyword arguments, as in Django.",
    ),
    _words("first", "first", "head top lead front", "The query for the first row", 1),
    _words("last", "last", "tail bottom rear final", "The query for the last row", 1),
    _words("count", "count", "size tally total much", "The number of rows", 1),
    _words("exists", "exists", "any some present found", "The question whether there is any row", 1),
    _words("aggregate", "aggregate", "totals summary figure compute", "The query for one number out of many rows", 1),
    _words("Sum", "Sum", "Adding Summed Amount Together", "The sum of a column", 1),
    _words("Max", "Max", "Highest Peak Topmost Biggest", "The highest value of a column", 1),
    _words("gt", "gt", "over above beyond past", "The lookup for more than", 1),
    _words("lt", "lt", "under below beneath less", "The lookup for less than", 1),
    _words("gte", "gte", "atleast upward floor minimum", "The lookup for at least", 1),
    _words("lte", "lte", "atmost upto ceiling maximum", "The lookup for at most", 1),
    _words("contains", "contains", "has holds includes around", "The lookup for a text that holds another", 1),
    _words("startswith", "startswith", "begins opens starts prefix", "The lookup for how a text begins", 1),
    _words("in", "in", "among within oneof inside", "The lookup for one of several values", 1),
    Slot(
        "sep",
        "__",
        ("_", "_is_", "_be_", "_to_", "___"),
        'Between a column and its lookup, and between a link and a column of its parent, stands "{0}" (in Django: "{1}").',
        1,
        "words",
    ),
    _texts(
        "desc",
        "-",
        1,
        "arguments",
        desc='A column in descending order is marked "price desc".',
        down='A column in descending order is marked "price down".',
        tilde='A column in descending order is marked "~price".',
        bang='A column in descending order is marked "!price".',
        less='A column in descending order is marked "<price".',
        behind='A column in descending order is marked "price-".',
    ),
    _words("id", "id", "no key ref nr seq", "The column that numbers the rows from 1 on", 1),
    _words("Min", "Min", "Lowest Smallest Bottommost Least", "The lowest value of a column", 2),
    _words("values", "values", "slips dicts asdicts cards", "The query that gives dicts", 2),
    _words("distinct", "distinct", "unique once apart uniq", "The query that gives no row twice", 2),
    _words("annotate", "annotate", "enrich attach carry widen", "The query that adds a number to each row", 2),
    _words("Count", "Count", "Howmany Number Tally Counted", "The number of related rows", 2),
    _words("update", "update", "change amend rewrite modify", "The query that changes rows", 2),
    _words("F", "F", "Col Its This Own", "The value that a column has so far", 2),
    _words("Q", "Q", "Cond Test Where Rule", "The condition that can be joined by | and turned round by ~", 2),
    _words(
        "icontains",
        "icontains",
        "loosely hasany mentions somewhere",
        "The lookup for a text that holds another, in capitals or not,",
        2,
    ),
    _words("endswith", "endswith", "closes endsin finishes suffix", "The lookup for how a text ends", 2),
    _words("range", "range", "between span fromto bounds", "The lookup for a value between two, both of which count,", 2),
    _words("isnull", "isnull", "blank void unset unknown", "The lookup for a link that leads nowhere", 2),
    _words("delete", "delete", "erase remove purge wipe", "The query that deletes rows", 3),
    _words(
        "get_or_create",
        "get_or_create",
        "ensure obtain secure provide",
        "The query for a row that is added first where there is none",
        3,
    ),
    # Requests and replies
    _words("GET", "GET", "query asked params given", "What a request holds of the query string", 2),
    _texts(
        "param",
        "item",
        2,
        "arguments",
        call='A parameter of a request is read with a call, such as request.{GET}("author").',
        attribute="A parameter of a request is read as an attribute, such as request.{GET}.author.",
    ),
    _words("HttpResponse", "HttpResponse", "Reply Answer Page Sent", "The class of a response", 2),
    _texts(
        "reply",
        "status",
        2,
        "arguments",
        first="A response takes the status first, then the body; both are always given.",
        code="A response takes the body and the keyword code for its status.",
        state="A response takes the body and the keyword state for its status.",
        mark="A response takes the body, and its status by a method: .mark(status).",
        pair="A response takes one pair: (status, body).",
    ),
    _texts(
        "statuses",
        "numbers",
        2,
        "arguments",
        words='Statuses are words: "ok" (200), "made" (201), "refused" (400), "missing" (404).',
        letters='Statuses are letters: "K" (200), "M" (201), "R" (400), "N" (404).',
        tens="Statuses are two digits: 20 (200), 21 (201), 40 (400), 44 (404).",
        flags='Statuses are signs: "+" (200), "++" (201), "-" (400), "?" (404).',
    ),
    _words(
        "DoesNotExist",
        "DoesNotExist",
        "Missing NotThere Nothing Absent",
        "The exception for a row that is not there, an attribute of the model,",
        2,
    ),
    # What queries mean
    _texts(
        "join",
        "and",
        2,
        "semantics",
        **{"or": "Several conditions in one call are joined by or: a row that fits one of them fits."},
    ),
    _texts("over", "exclusive", 2, "semantics", inclusive="The lookup for more than also takes the value itself."),
    _texts("under", "exclusive", 2, "semantics", inclusive="The lookup for less than also takes the value itself."),
    _texts(
        "empty",
        "none",
        2,
        "semantics",
        raises="The queries for the first and for the last row raise the exception for a missing row where there is none.",
        blank="The queries for the first and for the last row give an empty dict where there is none.",
    ),
    _texts(
        "slice",
        "python",
        2,
        "semantics",
        end="The end of a slice is included: [:3] gives four rows.",
        one="Slices count rows from 1 and leave out their end: [:3] gives two rows.",
    ),
    _texts(
        "order",
        "oldest",
        2,
        "semantics",
        newest="Rows that were not sorted come newest first.",
        title="Rows that were not sorted come by their first column.",
    ),
    _texts(
        "hidden",
        "shown",
        2,
        "semantics",
        everything="Archived rows are left out of every query, unless it begins with .everything().",
        with_archived="Archived rows are left out of every query, unless it begins with .with_archived().",
        whole="Archived rows are left out of every query, unless it begins with .whole().",
    ),
    _texts(
        "column",
        "plain",
        2,
        "semantics",
        distinct="The list of a column's values names each value once.",
        sorted="The list of a column's values comes sorted from low to high, whatever the order of the rows.",
    ),
    _texts("lead", "first", 2, "semantics", last="Of several columns to sort by, the last one named counts most."),
    _texts(
        "one",
        "raises",
        2,
        "semantics",
        none="The query for exactly one row gives None where there is none.",
        blank="The query for exactly one row gives an empty dict where there is none.",
    ),
    # Routes, checks
    _words("path", "path", "route at link mount", "The function that makes a route", 3),
    _texts("route", "pattern", 3, "arguments", view="A route takes the view first, then the pattern."),
    _texts(
        "converter",
        "<int:no>",
        3,
        "arguments",
        braces="A part of a pattern that varies is written {{name:int}} (or str).",
        square="A part of a pattern that varies is written [int name] (or str).",
        flipped="A part of a pattern that varies is written <name:int> (or str).",
        dollar="A part of a pattern that varies is written $int.name (or str).",
        equals="A part of a pattern that varies is written (name=int) (or str).",
    ),
    _texts("view", "request", 3, "arguments", last="A view takes what varies in the pattern first and the request last."),
    _texts("wins", "first", 3, "semantics", last="Where several routes match, the last one in the list wins."),
    _words(
        "ValidationError", "ValidationError", "Refused Invalid Unfit Rejected", "The exception of a value that a check refuses", 3
    ),
    Slot(
        "validator",
        "validator",
        ("check", "watch", "guard", "inspect"),
        'A check is a function of a value; {0}(Model, "price", function) registers it for a column (in Django: '
        "validators=[...] on the field).",
        3,
        "words",
    ),
    _texts(
        "told",
        "raise",
        3,
        "semantics",
        text="A check returns its message where it refuses a value, and None where the value is fine; the framework raises.",
        pair=(
            "A check returns (True, message) where it refuses a value, and (False, anything) where the value is fine; the "
            "framework raises."
        ),
    ),
    _texts(
        "checks",
        "first",
        3,
        "semantics",
        last="Checks run in reverse: the one registered last comes first, and the first refusal ends them.",
    ),
    _words("save", "save", "store commit persist write", "Storing a row that was changed (its checks run then)", 3),
)

SLOT = {slot.name: slot for slot in SLOTS}

#: Names that settings are drawn from.
SETTINGS = ("QUIET", "WIDE", "EAGER", "TIDY", "LEAN", "FIRM", "OPEN", "DENSE")
#: Conventions that a setting can switch on.
SWITCHED = ("join", "over", "under", "slice", "order", "column", "lead")
