"""CL-Service-v0: an undocumented HTTP service whose conventions are learned from its replies and from a colleague."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Family
from clgym.envs.service.learner import ServiceLearner
from clgym.envs.service.world import ServiceWorld, draw_world
from clgym.seeding import Seed


class Service(Family):
    """Getting things done with a service that nobody documented.

    Description
        Every world is an HTTP service of its own with real semantics and drawn rules: where things are, what they are called, how one
        gets in, how lists are narrowed, paged and sorted, how records are made, changed and deleted, and 3, 8, 30 or 120 kinds of record
        with fields, enumerations, statuses and limits of their own. The agent sends one request per turn and sees the reply.
        ``clgym.envs.service.wsgi`` serves the same handler over WSGI.

    Hidden rules
        Up to 31 conventions (``clgym.envs.service.conventions``): root, address of a record, status filter, how a status is written;
        ways to delete, create and update, header and scheme of the key, case of field names, wrapping of bodies, media type; version
        header, form of IDs, paging and its parameter, revisions that updates must name, idempotency tokens, how a status is changed,
        how a customer's records are listed, search, how a limit is overridden; sorting and its direction, rate limit and the way to
        wait, dates, amounts, tenant header, trailing slashes, emptying a field, caller header. Particulars of each kind, met like
        1/rank: its word in paths, the name of each field, the codes of each enumeration, from which status alone another is reached,
        the most that a number may be without an override.

    Observation
        The job in one sentence that names the service, with the key (and tenant) from level 1 on; after a request the reply:
        status line, headers (``Allow``, ``Link``, ``Retry-After``, ``WWW-Authenticate``), a blank line, the body. Of an error the body
        is left out: it is words, and comes with the feedback from ``diagnosis`` on. ``GET /`` and the root list the words for kinds of
        record, a page at a time, from level 1 on with what they stand for; ``OPTIONS`` shows methods and, from level 1 on, fields and
        what each takes. Both cost a call.

    Answer
        One HTTP request: "GET /v2/orders/17", then headers, a blank line and a JSON body where needed. A whole URL, " HTTP/1.1" after
        the path, a code fence, outer blank space, the case of header names and the order of fields do not matter; whole numbers and IDs
        may stand in quotes. In ``transfer/python`` a Python program.

    Reward
        Turns before the last earn 0. The last earns 1 if the job is done, less 0.6 times the share of the spare calls that were
        wasted. If the job is not done: 0.3 times the share of the steps that lead there, 0 if something else was changed
        or deleted (which ends the episode). At level 0 a last request with the right method that differs in one part from
        the right one earns 0.2, in two parts 0.1. The parts are ``reached``, ``progress`` and ``wasted``.

    Feedback
        The service's own problem documents (RFC 9457), which say what was wrong, what was expected and for which field; a colleague who
        says which of the agent's words are not how the service does it (up to three) and states the rule behind the first, and who adds
        a rule about this kind of record, another one or all requests. The correction is the request that a knower would send now.

    Levels
        0: root, address, filter and status form, and a word for each of 3 kinds; one request, two calls. Two thirds of the jobs are
        about single records, one third about lists.
        1: 11 conventions, 8 kinds; one request with headers and often a body, three calls.
        2: 21, 30 kinds and customers; up to four requests and three calls to spare: find a customer, read a revision, pass through
        a status, turn pages.
        3: all 31, 120 kinds; up to five requests: rate limits, sorting, other notations of dates and amounts, the largest record of a
        customer.

    Pools
        ``learn`` and ``eval``: ``eval`` asks for combinations of record, status, field and value that ``learn`` never asks for; each
        kind of goal occurs in every pool. ``transfer/python``: the same jobs as a program that calls ``request(method, target, headers,
        body)``, run in the sandbox against the service. ``guard``: the same jobs in other services whose documentation stands in the
        prompt. 2,000, 2,400, 2,400 and 10,000 ``learn`` queries by level, 320 in the other pools.

    Probes
        Probe-JSON-v0, Probe-Python-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank and random answers, the prompt and plain REST (GET /orders/17) earn at most 0.1 at level 0
        and nothing above it; the floor is 0.12 and 0.05. The rules of one world earn 0.05 in another at level 0 and nothing above.

    Origin
        Written for clgym. Semantics of HTTP: RFC 9110, RFC 9112; 428 and 429: RFC 6585; problem documents: RFC 9457; ``Prefer: wait``:
        RFC 7240; ``Link``: RFC 8288.
    """

    name = "CL-Service-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> ServiceWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> ServiceLearner:
        return ServiceLearner(level, noise=noise, drifts=drifts, seed=seed)
