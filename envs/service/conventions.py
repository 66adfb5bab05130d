"""The catalogue of conventions that services differ in.

A row says from which level on a convention is drawn, what the plain habit would be (which also holds below that level), and
what each option means in a sentence that documentation would use. Everything else reads the drawn values by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Convention(NamedTuple):
    """One thing that services do differently: option -> the sentence that documents it."""

    key: str
    level: int
    plain: str
    options: Mapping[str, str]


def _each(sentence: str, *options: str) -> dict[str, str]:
    """Options that the same sentence documents."""
    return {option: sentence.replace("{option}", option) for option in options}


CATALOGUE: tuple[Convention, ...] = (
    Convention(
        "root",
        0,
        "",
        _each('All paths begin with "{option}".', "/api", "/v2", "/rest", "/hub", "/svc", "/x1", "/core", "/data", "/app", "/pub"),
    ),
    Convention(
        "item",
        0,
        "path",
        {
            "path": "One record is addressed as /NOUN/ID.",
            "query": "One record is addressed as /NOUN?id=ID; what is done to it comes before the question mark.",
            "dash": "One record is addressed as /NOUN-ID.",
            "colon": "One record is addressed as /NOUN:ID.",
            "parentheses": "One record is addressed as /NOUN(ID).",
            "flipped": "One record is addressed with its number first: /ID/NOUN.",
            "word": "One record is addressed as /NOUN/id/ID.",
        },
    ),
    Convention(
        "filter",
        0,
        "status",
        {
            **_each(
                'Lists are narrowed to a status with the query parameter "{option}".',
                "state",
                "filter",
                "only",
                "is",
                "show",
                "where",
            ),
            "path": "Lists are narrowed to a status by a path segment after the noun: /NOUN/STATUS.",
        },
    ),
    Convention(
        "remove",
        1,
        "DELETE",
        {
            "DELETE": "A record is deleted with DELETE on its address.",
            "POST remove": "A record is deleted with POST on its address followed by /remove, without a body.",
            "POST void": "A record is deleted with POST on its address followed by /void, without a body.",
            "PUT trash": "A record is deleted with PUT on its address followed by /trash, without a body.",
            "flag": 'A record is deleted softly: it is updated with the field "deleted" set to true.',
        },
    ),
    Convention(
        "create",
        1,
        "POST",
        {
            "POST": "A record is created with POST on /NOUN.",
            "POST new": "A record is created with POST on /NOUN/new.",
            "PUT new": "A record is created with PUT on /NOUN/new.",
            "POST add": "A record is created with POST on /NOUN/add.",
        },
    ),
    Convention(
        "update",
        1,
        "PATCH",
        {
            "PATCH": "A record is updated with PATCH on its address; only changed fields are sent.",
            "POST edit": "A record is updated with POST on its address followed by /edit; only changed fields are sent.",
            "PATCH fields": "A record is updated with PATCH on its address followed by /fields; only changed fields are sent.",
            "POST": "A record is updated with POST on its address; only changed fields are sent.",
        },
    ),
    Convention(
        "auth",
        1,
        "Authorization: Bearer",
        _each(
            'The key is sent in the header "{option} KEY".',
            "Authorization: Bearer",
            "Authorization: Token",
            "Authorization: Key",
            "X-Api-Key:",
            "X-Auth:",
            "Api-Key:",
            "X-Token:",
        ),
    ),
    Convention(
        "case",
        1,
        "camel",
        {
            "camel": "Field names of several words are camelCase, like dueDate.",
            "snake": "Field names of several words are snake_case, like due_date.",
            "kebab": "Field names of several words are kebab-case, like due-date.",
            "pascal": "Field names are PascalCase, like DueDate and Status.",
        },
    ),
    Convention(
        "wrap",
        1,
        "bare",
        {
            "bare": "Bodies of requests are the bare object of fields.",
            **_each('Bodies of requests are wrapped: {"{option}": {...fields...}}.', "data", "attributes", "fields"),
            "kind": 'Bodies of requests are wrapped in the kind of record: {"order": {...fields...}}.',
        },
    ),
    Convention(
        "media",
        1,
        "application/json",
        {
            **_each(
                'Bodies of requests need the header "Content-Type: {option}".',
                "application/json",
                "text/json",
                "application/x-json",
            ),
            "vendor": 'Bodies of requests need the header "Content-Type: application/vnd.SERVICE+json".',
        },
    ),
    Convention(
        "status",
        0,
        "lower",
        {
            "lower": 'A status is written in lower case: "open".',
            "upper": 'A status is written in capitals: "OPEN".',
            "capital": 'A status is written with one capital: "Open".',
            "letter": 'A status is written as its first letter: "o" for open.',
        },
    ),
    Convention(
        "version",
        2,
        "none",
        _each(
            'Every request needs the header "{option}".',
            "X-Version: 3",
            "Api-Version: 2",
            "Version: 4",
            "Accept: application/vnd.api.v2+json",
        ),
    ),
    Convention(
        "id",
        2,
        "number",
        {
            "letter": "An ID is the first letter of the kind, a hyphen and the number: o-17 for order 17.",
            "joined": "An ID is the first letter of the kind and the number: o17 for order 17.",
            "padded": "An ID is the number padded to five digits: 00017 for order 17.",
            "kind": "An ID is the kind, a hyphen and the number: order-17.",
        },
    ),
    Convention(
        "match",
        2,
        "none",
        {
            "If-Match": "An update needs the header If-Match with the record's ETag, which a read of the record shows.",
            "X-Revision": 'An update needs the header X-Revision with the "revision" that a read of the record shows.',
            "revision": 'An update needs the query parameter "revision", with what a read of the record shows as that.',
        },
    ),
    Convention(
        "once",
        2,
        "none",
        _each(
            'Creating needs the header "{option}" with a token of at least four characters, new each time.',
            "Idempotency-Key",
            "X-Request-Id",
            "X-Once",
            "X-Idempotency",
        ),
    ),
    Convention(
        "act",
        2,
        "update",
        {
            "update": "A status is changed like any other field.",
            "POST status": "A status alone is changed with POST on the address followed by /status; the body has that field.",
            "PUT status": "A status alone is changed with PUT on the address followed by /status; the body has that field.",
            "POST mark": "A status is changed with POST on the address followed by /mark/STATUS, without a body.",
        },
    ),
    Convention(
        "owner",
        2,
        "nested",
        {
            "nested": "What belongs to a customer is listed below the customer's address, by noun.",
            **_each(
                'What belongs to a customer is listed with the query parameter "{option}" and the customer\'s ID.',
                "customer",
                "owner",
                "by",
                "for",
            ),
        },
    ),
    Convention(
        "paging",
        2,
        "page",
        {
            "page": "Lists come in pages of three; pages are numbered from 1.",
            "page0": "Lists come in pages of three; pages are numbered from 0.",
            "offset": "Lists come three at a time, chosen by how many records to leave out at the start.",
            "cursor": 'Lists come in pages of three; a page names the cursor of the next one in its field "next".',
        },
    ),
    Convention(
        "turner",
        2,
        "page",
        _each('The query parameter that turns pages is "{option}".', "page", "p", "part", "from", "after", "skip"),
    ),
    Convention(
        "search",
        2,
        "name",
        _each('Customers are searched by full name with the query parameter "{option}".', "q", "search", "find", "lookup", "name"),
    ),
    Convention(
        "override",
        2,
        "none",
        {
            **_each('What is above a limit is written with the header "{option}: yes".', "X-Override", "X-Force", "X-Approved"),
            **_each('What is above a limit is written with the query parameter "{option}=yes".', "force", "approve", "anyway"),
        },
    ),
    Convention(
        "burst", 3, "none", _each("Of {option} requests in a row the service answers all; the next one has to wait.", "2", "3")
    ),
    Convention(
        "wait",
        3,
        "X-Wait",
        {
            "Prefer": 'A request waits with the header "Prefer: wait=2".',
            **_each('A request waits with the header "{option}: 2".', "X-Wait", "X-Delay", "X-Patience"),
        },
    ),
    Convention(
        "sort", 3, "sort", _each('Lists are sorted with the query parameter "{option}".', "sort", "order", "by-field", "rank")
    ),
    Convention(
        "descending",
        3,
        "minus",
        {
            "minus": "Sorting from the largest down is written -FIELD.",
            "colon": "Sorting from the largest down is written FIELD:desc.",
            "comma": "Sorting from the largest down is written FIELD,desc.",
            "word": "Sorting from the largest down is written desc-FIELD.",
        },
    ),
    Convention(
        "date",
        3,
        "iso",
        {
            "iso": "Dates are written 2026-03-15.",
            "compact": "Dates are written 20260315.",
            "dotted": "Dates are written 15.03.2026.",
            "slashed": "Dates are written 03/15/2026.",
        },
    ),
    Convention(
        "money",
        3,
        "number",
        {
            "number": "Amounts are numbers of euros: 12.5.",
            "cents": "Amounts are whole cents: 1250.",
            "text": 'Amounts are text with two decimals: "12.50".',
            "object": 'Amounts are objects of cents and currency: {"value": 1250, "currency": "EUR"}.',
        },
    ),
    Convention(
        "tenant",
        3,
        "none",
        _each('Every request needs the header "{option}" with the tenant.', "X-Tenant", "X-Org", "X-Account", "X-Space"),
    ),
    Convention("slash", 3, "none", {"none": "Paths do not end in a slash.", "slash": "Every path ends in a slash."}),
    Convention(
        "clear",
        3,
        "null",
        {
            "null": "A field is emptied by updating it to null.",
            "text": 'A field is emptied by updating it to "".',
            "DELETE": "A field is emptied with DELETE on the record's address followed by / and the field's name.",
        },
    ),
    Convention(
        "client",
        3,
        "none",
        _each(
            'Every request needs the header "{option}" with a name of the caller, any name.',
            "X-Client",
            "X-App",
            "X-Caller",
            "X-Source",
        ),
    ),
)

BY_KEY: Mapping[str, Convention] = {row.key: row for row in CATALOGUE}
