"""The service of CL-Service-v0 as a service: status codes and headers, in process and over a socket."""

from __future__ import annotations

import functools
import http.client
import json
import socket

import pytest

from clgym.envs.service.messages import Request, Unreadable, parse
from clgym.envs.service.records import Records
from clgym.envs.service.routing import Api
from clgym.envs.service.rules import Resource, Rules
from clgym.envs.service.server import Service
from clgym.envs.service.spelling import Access, Op, Spelling
from clgym.envs.service.wsgi import serving
from clgym.registry import make_world
from clgym.seeding import seed_of

ACCESS = Access("k1", "north")


SCHEMA = {
    "order": Resource(("status", "customer id", "total amount", "due date", "ship city"), ("new", "open", "late", "closed")),
    "ticket": Resource(("status", "customer id", "short title", "hour count", "risk level"), ("new", "open", "held", "closed")),
    "customer": Resource(("status", "full name", "home city"), ("new", "open", "late", "closed")),
}


@functools.cache
def api(**chosen: str) -> Api:
    """A service of plain REST but for the rules given, with drawn data; "_" in a key stands for a blank, "__" for a slash."""
    keys = {key.replace("__", "/").replace("_", " "): option for key, option in chosen.items()}
    return Api(Spelling(Rules("Velo", 3, keys)), Records(seed_of("http"), 3, SCHEMA))


def ask(service: Service, text: str):
    request = parse(text)
    return service.handle(request._replace(headers={"authorization": "Bearer k1", **request.headers}))


def first(kind: str, service: Service) -> int:
    return next(iter(service.api.records[kind]))


JSON = "\nContent-Type: application/json\n\n"


def test_reading_listing_and_heads():
    service = Service(api(), ACCESS)
    number = first("order", service)
    whole = ask(service, f"GET /orders/{number}")
    assert whole.status == 200 and json.loads(whole.body)["id"] == number
    head = ask(service, f"HEAD /orders/{number}")
    assert (head.status, head.headers, head.body) == (200, whole.headers, "")
    assert dict(whole.headers)["Content-Length"] == str(len(whole.body.encode()))
    listed = json.loads(ask(service, "GET /orders?status=open").body)
    opened = [n for n, record in service.api.records["order"].items() if record["status"] == "open"]
    assert [row["id"] for row in listed["items"]] == opened[:3] and listed["total"] == len(opened)
    last = ask(service, "OPTIONS /orders")
    assert last.status == 200 and dict(last.headers)["Allow"] == "GET, POST, HEAD, OPTIONS"
    fields = json.loads(last.body)["fields"]
    assert list(fields) == ["status", "customerId", "totalAmount", "dueDate", "shipCity"]
    assert fields["status"] == "one of closed, late, new, open" and fields["totalAmount"] == "a number of euros"


@pytest.mark.parametrize(
    ("text", "status", "header"),
    [
        ("GET /nothing", 404, None),
        ("GET /orders/9999", 404, None),
        ("PUT /orders", 405, ("Allow", "GET, POST, HEAD, OPTIONS")),
        ("DELETE /orders", 405, ("Allow", "GET, POST, HEAD, OPTIONS")),
        ("GET /orders?status=odd", 400, None),
        ("GET /orders?colour=red", 400, None),
        ("GET /orders?page=1&page=2", 400, None),
        ("GET /orders\nAccept: text/html", 406, None),
        ("POST /orders\nContent-Type: text/plain\n\n{}", 415, None),
        ("POST /orders" + JSON + "{", 400, None),
        ("POST /orders" + JSON + '{"dueDate": "2026-01-02", "dueDate": "2026-01-02"}', 400, None),
        ("POST /orders" + JSON + '{"totalAmount": NaN}', 400, None),
        ("POST /orders" + JSON + '{"shipCity": "\\ud800"}', 400, None),
        ("POST /orders" + JSON + "[]", 422, None),
        ("POST /orders" + JSON + '{"colour": "red"}', 422, None),
        ("POST /orders" + JSON + '{"dueDate": "soon"}', 422, None),
        ("POST /orders" + JSON + '{"dueDate": "2026-01-02"}', 422, None),
        ("GET /orders\n\n{}", 400, None),
        ("GET /orders\nAuthorization: Bearer other", 401, ("WWW-Authenticate", 'Bearer realm="velo", header="Authorization"')),
        ("POST /orders" + JSON + '{"dueDate": "2026-02-31"}', 422, None),
    ],
)
def test_errors_have_their_status(text, status, header):
    response = ask(Service(api(), ACCESS), text)
    assert response.status == status and json.loads(response.body)["status"] == status, response
    assert header is None or header in response.headers


@pytest.mark.parametrize(
    "accept", ["APPLICATION/JSON", "text/html, application/json;q=0.5", "*/*", "text/html,application/* ;q=0.1"]
)
def test_media_types_that_are_accepted_are_read_as_a_list_in_any_case(accept):
    assert ask(Service(api(), ACCESS), f"GET /orders\nAccept: {accept}").status == 200
    assert ask(Service(api(), ACCESS), "GET /orders\nAccept: application/jsonp").status == 406


def test_creating_changing_and_deleting():
    service = Service(api(), ACCESS)
    owner = first("customer", service)
    made = ask(service, "POST /orders" + JSON + json.dumps({"customerId": owner, "totalAmount": 12.5, "dueDate": "2026-01-02"}))
    where = dict(made.headers)["Location"]
    assert made.status == 201 and json.loads(made.body)["status"] == "new" and ask(service, f"GET {where}").body == made.body
    changed = ask(service, f"PATCH {where}" + JSON + '{"status": "closed"}')
    assert changed.status == 200 and json.loads(changed.body)["status"] == "closed"
    gone = ask(service, f"DELETE {where}")
    assert (gone.status, list(gone.headers), gone.body) == (204, [], "")
    assert ask(service, f"GET {where}").status == 404
    assert [op.verb for op in service.log] == ["create", "read", "update", "remove"]


def test_lost_updates_are_refused():
    service = Service(api(match="If-Match"), ACCESS)
    where = f"/orders/{first('order', service)}"
    tag = dict(ask(service, f"GET {where}").headers)["ETag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        assert ask(service, f"GET {where}\nIf-None-Match: {held}").status == 304
    change = JSON + '{"shipCity": "Graz"}'
    assert ask(service, f"PATCH {where}" + change).status == 428
    assert ask(service, f'PATCH {where}\nIf-Match: "zzzz"' + change).status == 412
    assert ask(service, f"PATCH {where}\nIf-Match: {tag}" + change).status == 200
    assert ask(service, f"PATCH {where}\nIf-Match: {tag}" + change).status == 412, "the tag is old now"
    assert ask(service, f"PATCH {where}\nIf-Match: *" + change).status == 200
    other = Service(api(match="X-Revision"), ACCESS)
    assert ask(other, f"PATCH {where}\nX-Revision: zzzz" + change).status == 409


def test_a_token_makes_creating_idempotent():
    service = Service(api(once="Idempotency-Key"), ACCESS)
    body = JSON + json.dumps({"customerId": first("customer", service)})
    assert ask(service, "POST /orders" + body).status == 400
    once = ask(service, "POST /orders\nIdempotency-Key: abcd" + body)
    assert once.status == 201 and ask(service, "POST /orders\nIdempotency-Key: abcd" + body) == once
    assert len(service.log) == 1
    assert ask(service, "POST /tickets\nIdempotency-Key: abcd" + body).status == 422


@pytest.mark.parametrize(("wait", "line"), [("Prefer", "\nPrefer: wait=2"), ("X-Wait", "\nX-Wait: 2")])
def test_rate_limits_ask_to_wait_and_say_how(wait, line):
    service = Service(api(burst="3", wait=wait), ACCESS)
    assert [ask(service, "GET /orders").status for _ in range(3)] == [200] * 3
    refused = ask(service, "GET /orders")
    assert refused.status == 429 and ("Retry-After", "2") in refused.headers
    assert line.strip() in json.loads(refused.body)["expected"]
    assert ask(service, "GET /orders").status == 429, "asking again is not waiting here"
    assert ask(service, "GET /orders" + line).status == 200


@pytest.mark.parametrize("paging", ["page", "page0", "offset", "cursor"])
def test_pages_cover_a_list_once(paging):
    service = Service(api(paging=paging, turner="p"), ACCESS)
    seen, target = [], "/customers"
    for page in range(1, 99):
        reply = ask(service, f"GET {target}")
        assert reply.status == 200, reply
        body = json.loads(reply.body)
        seen += [row["id"] for row in body["items"]]
        if len(seen) == body["total"]:
            break
        number = {"page": page + 1, "page0": page, "offset": page * 3, "cursor": body.get("next")}[paging]
        target = f"/customers?p={number}"
        assert dict(reply.headers)["Link"] == f'<{target}>; rel="next"', "Link names the next page in any style (RFC 8288)"
    assert seen == list(service.api.records["customer"])


@pytest.mark.parametrize(
    ("chosen", "text", "expected", "field"),
    [
        ({}, "GET /nothing", "one of the words that GET / lists", ""),
        ({"root": "/v2"}, "GET /orders", "a path that begins with /v2", ""),
        ({"item": "colon"}, "GET /orders/101", "a path like /orders:999 for one record, /orders for all", ""),
        ({"id": "letter"}, "GET /orders/o101", "an ID like o-999", ""),
        ({"remove": "POST void"}, "DELETE /orders/{order}", "one of GET, PATCH, HEAD, OPTIONS", ""),
        ({}, "GET /orders?status=odd", "one of closed, late, new, open", ""),
        ({"auth": "X-Auth:"}, "GET /orders", 'the key in the header "X-Auth: KEY"', ""),
        ({"tenant": "X-Org"}, "GET /orders", 'the header "X-Org: TENANT"', ""),
        ({"media": "text/json"}, "POST /orders" + JSON + "{}", "Content-Type: text/json", ""),
        ({"wrap": "data"}, "POST /orders" + JSON + "{}", 'a JSON object {"data": {...fields...}}', ""),
        ({}, "POST /orders" + JSON + '{"dueDay": 1}', "one of status, customerId, totalAmount, dueDate, shipCity", "dueDay"),
        ({"date": "dotted"}, "POST /orders" + JSON + '{"dueDate": "2026-03-01"}', "DD.MM.YYYY, or null to empty it", "dueDate"),
        ({"money": "cents"}, "POST /orders" + JSON + '{"totalAmount": 1.5}', "a whole number of cents", "totalAmount"),
        ({}, "POST /orders" + JSON + "{}", "a JSON object of fields", ""),
        ({}, "POST /orders" + JSON + '{"shipCity": "Graz"}', "the ID of a customer", "customerId"),
        (
            {"code_ticket__risk_level": "c3 a1 b2"},
            "POST /tickets" + JSON + '{"riskLevel": "low"}',
            "one of a1, b2, c3",
            "riskLevel",
        ),
        ({"match": "If-Match"}, "PATCH /orders/{order}" + JSON + "{}", 'the header "If-Match" with the ETag that a read', ""),
        ({"once": "X-Once"}, "POST /orders" + JSON + "{}", 'the header "X-Once" with a token of at least four', ""),
        ({"sort": "rank", "descending": "colon"}, "GET /orders?rank=dueDate", "one of totalAmount:desc, dueDate:desc", ""),
        ({}, "GET /orders/101/edit", "after the address, nothing", ""),
    ],
)
def test_problems_say_what_was_expected(chosen, text, expected, field):
    """RFC 9457: a problem document says what is wrong, what was expected in its place, and which field it is about."""
    service = Service(api(**chosen), ACCESS)
    reply = ask(service, text.replace("{order}", str(first("order", service))))
    problem = json.loads(reply.body)
    assert dict(reply.headers)["Content-Type"] == "application/problem+json" and problem["status"] == reply.status
    assert problem["expected"].startswith(expected) and problem.get("field", "") == field, problem


def test_an_index_lists_what_there_is():
    service = Service(api(root="/v2", noun_order="heron"), ACCESS)
    start = ask(service, "GET /")
    assert json.loads(start.body) == {"index": "/v2/"} and ("Link", '</v2/>; rel="index"') in start.headers
    listed = ask(service, "GET /v2/")
    assert json.loads(listed.body) == {"resources": {"customers": "customers", "heron": "orders", "tickets": "tickets"}, "total": 3}
    big = make_world("CL-Service-v0", level=3)
    page, found = f"GET {big.conventions['root']}/", {}
    while page:
        reply = Service(big.api(), big.access).handle(
            parse("\n".join([page, *(f"{n}: {v}" for n, v in big.api().spelling.standing(big.access))]))
        )
        found |= json.loads(reply.body)["resources"]
        page = next((f"GET {value[1:].split('>')[0]}" for name, value in reply.headers if name == "Link"), "")
    assert found == {big.api().spelling.noun(kind): kind + "s" for kind in big.schema}


def test_some_statuses_are_reached_from_one_alone():
    service = Service(api(gate_order__closed="late"), ACCESS)
    number = next(n for n, record in service.api.records["order"].items() if record["status"] == "open")
    refused = ask(service, f"PATCH /orders/{number}" + JSON + '{"status": "closed"}')
    assert refused.status == 409 and json.loads(refused.body)["expected"] == "late before this"
    for status in ("late", "closed", "closed"):
        assert ask(service, f"PATCH /orders/{number}" + JSON + json.dumps({"status": status})).status == 200


@pytest.mark.parametrize(("way", "line", "query"), [("X-Force", "\nX-Force: yes", ""), ("approve", "", "?approve=yes")])
def test_what_is_above_a_limit_has_to_be_approved_and_nothing_else(way, line, query):
    service = Service(api(override=way, quota_order__total_amount="30000"), ACCESS)
    number = first("order", service)

    def write(amount: float, approved: bool):
        more = (query, line) if approved else ("", "")
        return ask(service, f"PATCH /orders/{number}{more[0]}{more[1]}" + JSON + json.dumps({"totalAmount": amount}))

    assert write(300, False).status == 200 and write(300.01, True).status == 200
    refused = write(300.01, False)
    assert (
        refused.status == 403 and json.loads(refused.body)["field"] == "totalAmount" and way in json.loads(refused.body)["expected"]
    )
    assert write(300, True).status == 400, "approving what needs no approval is another request"


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ('{"customerId": "{owner}", "dueDate": "2026-01-02"}', {"due date": "2026-01-02"}),
        ('{"dueDate": "2026-01-02", "customerId": {owner}}', {"due date": "2026-01-02"}),
        (' {"customerId" : {owner} , "totalAmount": 12.50} \n', {"total amount": 1250}),
    ],
)
def test_what_may_be_written_in_another_way_means_the_same(body, change):
    service = Service(api(), ACCESS)
    owner = first("customer", service)
    made = ask(
        service,
        "POST https://velo.example/orders HTTP/1.1\ncontent-TYPE: application/json \n \n" + body.replace("{owner}", str(owner)),
    )
    assert made.status == 201, made
    assert service.log == [Op("create", "order", 0, (("customer id", owner), *change.items()))]


def test_requests_are_parsed_strictly_and_undressed():
    for text in (
        "GET /orders/17",
        " GET /orders/17 \n",
        "```http\nGET /orders/17\n```",
        "`GET /orders/17`",
        "GET /orders/17 HTTP/1.1",
        "GET /orders/17 HTTP/2",
        "GET https://velo.example:8080/orders/17",
        "GET /orders/17  \n \n",
    ):
        assert parse(text) == Request("GET", "/orders/17", "/orders/17", (), {}, ""), text
    dressed = parse("```\nPOST /a?b=c%20d HTTP/1.1\r\nX-Key:  v \r\n\r\n{}\n```")
    assert dressed == Request("POST", "/a?b=c%20d", "/a", (("b", "c d"),), {"x-key": "v"}, "{}")
    for text in (
        "",
        "GET",
        "get /orders",
        "GET orders",
        "GET /a /b",
        "FETCH /a",
        "GET /a#b",
        "GET /ä",
        "Sure: GET /a\nGET /a",
        "GET /a\nno header",
        "GET /a\nX-A: 1\nx-a: 2",
        "GET /a\nX A: 1",
        "POST /a\n{}",
        "GET https:/a",
        "GET /a\nX: \0",
        "GET /a\nX: ä",
    ):
        with pytest.raises(Unreadable):
            parse(text)


@pytest.mark.parametrize("level", range(4))
def test_a_real_client_gets_the_same_bytes(level):
    world = make_world("CL-Service-v0", level=level, world=level)
    twin = Service(world.api(), world.access)
    with serving(world) as address:
        client = http.client.HTTPConnection(*address)
        for index in range(40):
            query = world.query("learn", index)
            request = parse(world.solve(query) if index % 3 else world.habit(query))
            request = request._replace(method={7: "HEAD", 11: "OPTIONS"}.get(index % 12, request.method))
            expected = twin.handle(request)
            client.request(request.method, request.target, request.body.encode() or None, dict(request.headers))
            reply = client.getresponse()
            assert reply.read().decode() == expected.body
            assert (reply.status, reply.getheaders()) == (expected.status, list(expected.headers))
        client.close()


def test_the_bytes_on_the_wire_are_the_reply():
    world = make_world("CL-Service-v0", level=0)
    request = parse(world.solve(world.query("learn", 0)))
    expected = Service(world.api(), world.access).handle(request).text
    head, blank, body = expected.partition("\n\n")
    with serving(world) as address:
        assert (
            raw(address, f"{request.line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            == head.replace("\n", "\r\n") + "\r\n\r\n" + body
        )
        assert raw(address, "BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
            "HTTP/1.1 501 Not Implemented\r\n"
        )
        assert raw(address, "GET /pöt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith("HTTP/1.1 4")


def raw(address: tuple[str, int], text: str) -> str:
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(text.encode("latin-1"))
        parts = []
        while part := line.recv(4096):
            parts.append(part)
    return b"".join(parts).decode()
