"""The service of CL-Service-v0 as a service: status codes and headers, in process and over a socket."""

from __future__ import annotations

import functools
import http.client
import json
import socket

import pytest

from clgym.envs.service import Service as Family
from clgym.envs.service.conventions import CATALOGUE, KINDS, Conventions, plain
from clgym.envs.service.messages import Request, Unreadable, parse
from clgym.envs.service.records import draw_records
from clgym.envs.service.routing import Api
from clgym.envs.service.server import Service
from clgym.envs.service.spelling import Access, Spelling
from clgym.envs.service.wsgi import serving
from clgym.registry import make_world
from clgym.seeding import seed_of

ACCESS = Access("k1", "north")


@functools.cache
def api(**chosen: str) -> Api:
    """A service of plain REST but for the conventions given, with drawn data."""
    conventions = plain("Velo", 3)
    return Api(Spelling(Conventions("Velo", 3, {**conventions.chosen, **chosen})), draw_records(seed_of("http"), 3))


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
    assert last.status == 204 and dict(last.headers) == {"Allow": "GET, POST, HEAD, OPTIONS"} and not last.body


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
        ("GET /orders\nAuthorization: Bearer other", 401, ("WWW-Authenticate", 'Bearer realm="velo"')),
    ],
)
def test_errors_have_their_status(text, status, header):
    response = ask(Service(api(), ACCESS), text)
    assert response.status == status and "error" in json.loads(response.body), response
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


@pytest.mark.parametrize(("wait", "line"), [("repeat", ""), ("Prefer", "\nPrefer: wait=2"), ("X-Wait", "\nX-Wait: 2")])
def test_rate_limits_ask_to_wait(wait, line):
    service = Service(api(burst="3", wait=wait), ACCESS)
    assert [ask(service, "GET /orders").status for _ in range(3)] == [200] * 3
    refused = ask(service, "GET /orders")
    assert refused.status == 429 and ("Retry-After", "2") in refused.headers
    if line:
        assert ask(service, "GET /orders").status == 429, "asking again is not waiting here"
    assert ask(service, "GET /orders" + line).status == 200


@pytest.mark.parametrize("paging", ["page", "offset", "cursor", "link"])
@pytest.mark.parametrize("base", ["0", "1"])
def test_pages_cover_a_list_once(paging, base):
    service = Service(api(paging=paging, base=base), ACCESS)
    seen, target = [], "/customers"
    for page in range(1, 99):
        reply = ask(service, f"GET {target}")
        assert reply.status == 200, reply
        body = json.loads(reply.body)
        seen += [row["id"] for row in body["items"]]
        if len(seen) == body["total"]:
            break
        following = {
            "page": f"/customers?page={page + int(base)}",
            "offset": f"/customers?offset={page * 3}",
            "cursor": f"/customers?cursor={body.get('next')}",
        }
        target = following.get(paging) or dict(reply.headers)["Link"].split(">")[0][1:]
    assert seen == list(service.api.records["customer"])


@pytest.mark.parametrize("error", ["error", "message", "problem", "errors"])
def test_error_bodies(error):
    reply = ask(Service(api(error=error), ACCESS), "GET /nothing")
    said = {
        "error": {"error": "nothing at /nothing"},
        "message": {"code": 404, "message": "nothing at /nothing"},
        "problem": {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "nothing at /nothing"},
        "errors": {"errors": [{"detail": "nothing at /nothing"}]},
    }[error]
    assert json.loads(reply.body) == said
    assert dict(reply.headers)["Content-Type"] == ("application/problem+json" if error == "problem" else "application/json")


def test_every_convention_is_kept_by_writer_and_reader_alike():
    """Each option of the catalogue, alone in a plain service: what the speller writes, the service does."""
    world = make_world("CL-Service-v0", level=3)
    queries = [world.query("learn", index) for index in range(9)]
    for row in CATALOGUE:
        for option in row.options:
            spelling = api(**{row.key: option}).spelling
            for query in queries:
                goal = query.payload.goal
                service = Service(Api(spelling, world.records), ACCESS)
                op = goal.op
                for _ in range(2 if spelling.conventions["wait"] == "repeat" else 1):
                    draft = spelling.draft(op, ACCESS, revision=service.revision(op.kind, op.number) if op.number else "")
                    reply = service.handle(parse(draft.text))
                assert op in service.log, (row.key, option, draft.text, reply)


def test_requests_are_parsed_strictly_and_undressed():
    for text in (
        "GET /orders/17",
        " GET /orders/17 \n",
        "```http\nGET /orders/17\n```",
        "`GET /orders/17`",
        "GET /orders/17 HTTP/1.1",
    ):
        assert parse(text) == Request("GET", "/orders/17", "/orders/17", (), {}, "")
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


def test_the_catalogue():
    assert len([row for row in CATALOGUE if row.key not in KINDS]) >= 30
    assert all(len(row.options) >= 2 for row in CATALOGUE)
    for row in CATALOGUE:
        assert len(set(row.options.values())) == len(row.options), row.key
    nouns = [noun for row in CATALOGUE if row.key in KINDS for noun in row.options]
    assert len(set(nouns)) == len(nouns)
    assert [len(Family().world(seed_of("c"), level).rules()) for level in range(4)] == [7, 16, 29, 39]
