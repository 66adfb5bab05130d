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
        Every world is an HTTP service of its own with real semantics and drawn conventions: where things are, what they are
        called, how one gets in, how lists are narrowed, paged and sorted, how records are made, changed and deleted. The agent
        sends one request per turn and sees the reply. ``clgym.envs.service.wsgi`` serves the same handler over WSGI.

    Hidden rules
        Up to 39 drawn conventions (``clgym.envs.service.conventions``): the root of all paths, the noun for each kind of
        record, how a record is addressed, the status filter; the ways to delete, create and update, the header and scheme of
        the key, the case of field names, the wrapping of bodies and of replies, the media type, how a status is written;
        version header, form of IDs, paging and its parameter and base, the field of lists, revisions that updates must name,
        idempotency tokens, how a status is changed, how a customer's records are listed, search, the form of errors; sorting
        and its direction, rate limit and the way to wait, dates, amounts, tenant header, trailing slashes, emptying a field,
        caller header.

    Observation
        The job in one sentence that names the service, with the key (and tenant) from level 1 on; after a request the reply:
        status line, headers, a blank line, the body.

    Answer
        One HTTP request: "GET /v2/orders/17", then headers, a blank line and a JSON body where needed. " HTTP/1.1" after the
        path, a code fence and outer blank space do not matter. In ``transfer/python`` a Python program.

    Reward
        Turns before the last earn 0. The last earns 1 if the job is done, less 0.4 times the share of the spare calls that were
        wasted. If the job is not done: 0.3 times the share of the steps that lead there, 0 if something else was changed
        or deleted (which ends the episode). At level 0 a last request with the right method that differs in one part from
        the right one earns 0.2, in two parts 0.1. The parts are ``reached``, ``progress`` and ``wasted``.

    Feedback
        The service's own status codes and messages, and a colleague who says which of the agent's words are not how the service
        does it (up to three), without saying what would be. The correction is the request that a knower would send now.

    Levels
        0: the root, a noun for each of four kinds, the address of records and the filter; one request, two calls. Two thirds
        of the jobs are about single records, one third about lists.
        1: 16 conventions; one request with headers and often a body, three calls.
        2: 29; up to five requests and three calls to spare: find a customer, read a revision, turn pages.
        3: all 39; up to ten calls: rate limits, sorting, other notations of dates and amounts, a customer's largest order.

    Pools
        ``learn`` and ``eval``: ``eval`` asks for combinations of record, status and value that ``learn`` never asks for.
        ``transfer/python``: the same jobs as a program that calls ``request(method, target, headers, body)``, run in the
        sandbox against the service. ``guard``: the same jobs in other services whose documentation stands in the prompt.
        Level 0 has 2,000 ``learn`` and 300 ``eval`` queries, other levels 2,400 and 400.

    Probes
        Probe-JSON-v0, Probe-Python-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank and random answers, the prompt and plain REST (GET /orders/17) earn at most 0.08 at level 0
        and nothing above it; the floor is 0.12 and 0.05. The best constant that a search with the grader in hand found earns
        0.23 at level 0 and 0.12 above. The conventions of one world earn 0.05 in another at level 0 and nothing above.

    Origin
        Written for clgym. Semantics of HTTP: RFC 9110; 428 and 429: RFC 6585; problem documents: RFC 9457; ``Prefer: wait``:
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
