"""The jobs of CL-Service-v0: what they ask, what requests are worth, what the colleague says, and what does not pay."""

from __future__ import annotations

import functools
import re

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import FEEDBACK_LEVELS, play
from clgym.envs.service import feedback
from clgym.envs.service.episode import RequestEpisode
from clgym.envs.service.goals import CLAUSES, TASKS, Drawn, Goal
from clgym.envs.service.prompts import FRAMES
from clgym.envs.service.records import Records
from clgym.envs.service.routing import Api
from clgym.envs.service.rules import COUNTS, Resource, Rules
from clgym.envs.service.spelling import Access, Spelling
from clgym.envs.service.words import CUSTOMER
from clgym.envs.service.world import ServiceWorld
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = range(4)
#: By default the first two levels: a service of 120 kinds of record takes seconds a case.
CASES = [pytest.param(level, marks=pytest.mark.slow if level > 1 else ()) for level in LEVELS]


@functools.cache
def world(level: int, index: int = 0) -> ServiceWorld:
    found = make_world("CL-Service-v0", level=level, world=index)
    assert isinstance(found, ServiceWorld)
    return found


def some(level: int, pool: str, count: int = 20):
    size = world(level).pools[pool]
    return [world(level).query(pool, i) for i in seed_of("service", level, pool).draw().sample(range(size), count)]


STATES = ("new", "open", "late", "closed")
SCHEMA = {
    "order": Resource(("status", "total amount", "ship city"), STATES),
    "customer": Resource(("status", "full name", "home city"), STATES),
}


def velo(drawn: Drawn, level: int, **chosen: str) -> RequestEpisode:
    """An episode in a service that is plain REST but for the rules given."""
    rules = Rules("Velo", level, {key.replace("_", " "): option for key, option in chosen.items()})
    return RequestEpisode(Api(Spelling(rules), Records(seed_of("velo"), level, SCHEMA)), Access("k1", "north"), drawn, ("velo",))


READ = Drawn(Goal("read", "order", 17), "")
STRANGE = {"root": "/v2", "noun_order": "deals", "item": "colon", "filter": "only"}


def test_sizes_and_phrasings():
    for level in LEVELS:
        sizes = world(level).pools
        assert sizes["learn"] >= (10_000 if level == 3 else 2000) and sizes["eval"] >= 300
        assert list(sizes) == ["learn", "eval", "transfer/python", "guard"]
    assert len(FRAMES) >= 8 and all(len(set(clauses)) >= 3 for clauses in CLAUSES.values())
    assert {task for tasks in TASKS.values() for task in tasks} <= CLAUSES.keys()
    assert all(len(set(said)) >= 3 for said in feedback._SENTENCES.values())


@pytest.mark.parametrize("level", CASES)
def test_what_is_held_out_is_never_learned(level):
    learned, asked = ({q.payload.drawn.about for q in some(level, pool, 200)} for pool in ("learn", "eval"))
    assert learned.isdisjoint(asked)


@pytest.mark.parametrize("level", CASES)
def test_every_kind_of_goal_is_learned_before_it_is_asked(level):
    """A reader of eight exchanges of a level failed at creating, which none of the eight had shown."""
    tasks = [[query.payload.drawn.goal.task for query in some(level, pool, 240)] for pool in world(level).pools]
    assert all(set(asked) == set(TASKS[level]) for asked in tasks)
    assert all(tasks[0].count(task) >= 3 for task in TASKS[level])


@pytest.mark.parametrize("level", CASES)
def test_kinds_of_record_are_met_like_one_over_rank(level):
    schema = world(level).schema
    kinds = [kind for kind in schema if kind != CUSTOMER]
    assert len(kinds) == COUNTS[level] == (3, 8, 30, 120)[level]
    met = [query.payload.drawn.goal.kind for query in some(level, "learn", 1000)]
    counts = [met.count(kind) for kind in kinds]
    share = sum(counts[: len(kinds) // 3]) / sum(counts)
    assert counts[0] > 1.3 * counts[1] > 1.3 * counts[-1] and 0.5 < share < 0.85, counts


def test_every_world_can_fill_its_pools():
    for level, index in ((level, index) for level in LEVELS for index in range(40, 52)):
        this = make_world("CL-Service-v0", level=level, world=index)
        for pool in ("eval", "guard"):
            this.query(pool, 0)


@pytest.mark.parametrize("level", CASES)
def test_prompts_name_the_service_and_what_is_needed(level):
    this = world(level)
    for pool in this.pools:
        for query in some(level, pool):
            assert (this.name in query.prompt) == (pool != "guard"), query.prompt
            job = query.prompt.split("\n")[-1]
            assert not re.search(r"[{}]|  |\ba [aeio]|\ban [^aeio]", job), job
            assert level == 0 or this.access.key in query.prompt


def test_level_0_by_hand():
    wrong = velo(READ, 0, **STRANGE)
    assert wrong.solve() == "GET /v2/deals:17"
    turn = wrong.step("GET /orders/17")
    assert (turn.grade.reward, turn.grade.outcome, turn.done) == (0.0, "wrong", False) and turn.observation.startswith(
        "HTTP/1.1 404"
    )
    turn = wrong.step("GET /v2/deals:17")
    assert (turn.grade.reward, turn.grade.outcome, turn.done) == (0.4, "correct", True) and '"id":17' in turn.observation
    right = velo(READ, 0, **STRANGE)
    assert right.step("```\nGET /v2/deals:17 HTTP/1.1\n```").grade.reward == 1.0


@pytest.mark.parametrize(
    ("last", "reward"),
    [
        ("GET /v2/deals:18", 0.2),
        ("GET /v2/deals/17", 0.2),
        ("GET /v2/orders:17", 0.2),
        ("GET /deals:17", 0.2),
        ("GET /orders:17", 0.1),
        ("GET /orders:18", 0.1),
        ("DELETE /v2/deals:17", 0.0),
        ("HEAD /v2/deals:17", 0.0),
        ("GET", 0.0),
        ("", 0.0),
        ("GET /v2/deals:17?x=1&y=2", 0.2),
        ("GET /nowhere?x=1", 0.0),
    ],
)
def test_level_0_pays_a_little_for_being_close_at_the_end(last, reward):
    episode = velo(READ, 0, **STRANGE)
    assert episode.step("GET /").grade.reward == 0.0
    assert episode.step(last).grade.reward == pytest.approx(reward)


def test_harm_ends_an_episode():
    turn = velo(READ, 0, **STRANGE).step("DELETE /v2/deals:18")
    assert (turn.grade.reward, turn.grade.outcome, turn.done) == (0.0, "wrong", True)
    assert "DELETE /v2/deals:18" in turn.grade.feedback.diagnosis


def several(**chosen: str) -> tuple[Goal, RequestEpisode, int]:
    number, record = next(iter(Records(seed_of("velo"), 2, SCHEMA)["customer"].items()))
    goal = Goal("named", "customer", changes=(("home city", "Graz"),), name=record["full name"])
    return goal, velo(Drawn(goal, "", number), 2, match="If-Match", **chosen), number


def test_several_requests_by_hand():
    goal, episode, number = several()
    key = "\nAuthorization: Bearer k1"
    name = goal.name.replace(" ", "%20")
    first = episode.step(f"GET /customers?name={name}{key}")
    assert (first.grade.reward, first.grade.outcome, first.done) == (0.0, "partial", False)
    second = episode.step(f"GET /customers/{number}{key}")
    tag = re.search(r"ETag: (\S+)", second.observation).group(1)
    change = 'Content-Type: application/json\n\n{"homeCity": "Graz"}'
    third = episode.step(f"PATCH /customers/{number}{key}\n{change}")
    assert third.observation.startswith("HTTP/1.1 428") and "header" in third.grade.feedback.diagnosis
    last = episode.step(f"PATCH /customers/{number}{key}\nIf-Match: {tag}\n{change}")
    assert last.done and last.grade.reward == pytest.approx(1 - 0.6 / 3) and last.grade.outcome == "correct"


def test_steps_that_lead_on_earn_a_little_when_calls_run_out():
    goal, episode, number = several()
    name = goal.name.replace(" ", "%20")
    turns = [episode.step(f"GET /customers?name={name}\nAuthorization: Bearer k1")]
    while not turns[-1].done:
        turns.append(episode.step("GET /"))
    assert len(turns) == 6 and turns[-1].grade.reward == pytest.approx(0.1)
    assert [turn.grade.reward for turn in turns[:-1]] == [0.0] * 5


@pytest.mark.parametrize("level", CASES)
def test_wasted_calls_cost_and_never_pay(level):
    this = world(level)
    for query in some(level, "learn", 12):
        scores = []
        for wasted in range(3 if level else 2):
            said = iter(["GET /nowhere"] * wasted)
            scores.append(play(this, query, lambda episode, _, said=said: next(said, None) or episode.solve()).score)
        assert scores[0] == 1.0 and scores == sorted(scores, reverse=True) and 0 < scores[1] < 1


@pytest.mark.parametrize("level", CASES)
def test_every_turns_feedback_is_honest_and_keeps_the_ladder(level):
    this, draw = world(level), seed_of("honest", level).draw()
    for pool in ("learn", "guard"):
        for query in some(level, pool, 15):
            episode, done = this.episode(query), False
            while not done:
                right = episode.solve()
                answer = draw.choice((right, this.habit(query), this.sample_answer(query, draw), broken(right, draw), ""))
                turn = episode.step(answer)
                grade, done = turn.grade, turn.done
                said = [grade.feedback.at(rung, grade.reward) for rung in FEEDBACK_LEVELS]
                assert all(more.startswith(less) for less, more in zip(said, said[1:]))
                if grade.outcome != "correct":
                    assert right in grade.feedback.correction
                    assert right == answer or right.lower() not in said[-2].lower(), (right, said[-2])
                    assert grade.feedback.diagnosis[0].isupper() or grade.feedback.diagnosis[0] in '"“', grade.feedback.diagnosis
                assert 0.0 <= grade.reward <= 1.0 and (done or grade.reward == 0.0)


def broken(text: str, draw) -> str:
    """A text with one character other than it was."""
    place = draw.integer(0, len(text) - 1)
    return text[:place] + draw.choice("xZ7/?:\n") + text[place + 1 :]


def test_the_colleague_names_what_is_wrong_and_the_rule_behind_the_first_of_it():
    """What a good colleague would say: each word of it can be learned from, and the whole request is not in it."""
    for answer, word, rule in (
        ("GET /orders/17", '"/orders"', 'All paths begin with "/v2".'),
        ("GET /v2/orders:17", '"orders"', 'In paths, orders are called "deals".'),
        ("GET /v2/deals/17", '"/v2/deals/17"', "One record is addressed as /NOUN:ID."),
    ):
        said = velo(READ, 0, **STRANGE).step(answer).grade.feedback.diagnosis
        assert word in said and "404" in said and said.count(rule) >= 1 and "/v2/deals:17" not in said, said


@pytest.mark.parametrize(
    ("chosen", "request_", "rule"),
    [
        ({"auth": "X-Auth:"}, "PATCH /orders/101", 'The key is sent in the header "X-Auth: KEY".'),
        ({"update": "POST edit"}, "PATCH /orders/101\nAuthorization: Bearer k1", "A record is updated with POST on its address"),
        ({"case": "snake"}, None, "Field names of several words are snake_case"),
        ({"field order/ship city": "goes to"}, None, 'The ship city of an order goes by the name "goes to".'),
        ({"wrap": "data"}, None, "Bodies of requests are wrapped"),
        ({"media": "text/json"}, None, 'Bodies of requests need the header "Content-Type: text/json".'),
    ],
)
def test_each_mistake_is_answered_with_its_rule(chosen, request_, rule):
    number = next(iter(Records(seed_of("velo"), 1, SCHEMA)["order"]))
    drawn = Drawn(Goal("update", "order", number, (("ship city", "Graz"),)), "")
    plain = f'PATCH /orders/{number}\nAuthorization: Bearer k1\nContent-Type: application/json\n\n{{"shipCity": "Graz"}}'
    said = velo(drawn, 1, **chosen).step((request_ or plain).replace("101", str(number))).grade.feedback.diagnosis
    assert rule in said, said


def test_what_may_be_written_either_way_is_not_called_wrong():
    drawn = Drawn(Goal("update", "order", 101, (("total amount", 50000), ("ship city", "Graz"))), "")
    other = "Content-Type: Application/JSON; charset=utf-8\nAuthorization: bearer k1"
    body = '{"shipCity": "Graz", "totalAmount": 500.0}'
    said = velo(drawn, 1, noun_order="deals").step(f"PATCH /orders/101\n{other}\n\n{body}").grade.feedback.diagnosis
    assert '"orders"' in said and "value" not in said and "Content-Type" not in said, said


@pytest.mark.parametrize("level", CASES)
def test_the_ignorant_stay_at_the_floor(level):
    this, draw = world(level), seed_of("ignorant", level).draw()
    for pool in this.pools:
        queries = some(level, pool, 40 if pool != "transfer/python" else 8)
        policies = {"blank": lambda q: "", "echo": lambda q: q.prompt, "random": lambda q: this.sample_answer(q, draw)}
        if pool != "guard":
            policies["habit"] = this.habit
        for name, policy in policies.items():
            score = sum(play(this, q, lambda e, o, q=q, policy=policy: policy(q)).score for q in queries) / len(queries)
            assert score <= this.floor(pool), (pool, name, score)


@pytest.mark.parametrize("level", [pytest.param(n, marks=pytest.mark.slow if n in LEVELS[1:-1] else ()) for n in LEVELS])
def test_no_constant_and_no_search_over_strings_pays(level):
    """A climb from right answers of other queries over changes of single tokens, with the grader in hand."""
    this, draw, limit = world(level), seed_of("climb", level).draw(), 0.3 if level else 0.4
    for pool in ("learn", "eval", "guard"):
        queries = some(level, pool, 40)
        stock = sorted({token for query in queries for token in re.findall(r"\w+|\W", this.solve(query))})

        def worth(answer, queries=queries):
            return sum(play(this, query, lambda episode, _: answer).score for query in queries) / len(queries)

        score, best = max((worth(this.solve(query)), this.solve(query)) for query in queries[:12])
        for _ in range(40):
            tokens = re.findall(r"\w+|\W", best)
            tokens[draw.integer(0, len(tokens) - 1)] = draw.choice(stock)
            found = worth("".join(tokens))
            score, best = max((score, best), (found, "".join(tokens)))
        assert score <= limit, (pool, best, score)


def test_programs_by_hand():
    this = world(2)
    query = next(q for q in some(2, "transfer/python", 60) if q.payload.drawn.goal.task == "of")
    right = this.solve(query)
    assert this.grade(query, f"```python\n{right}\n```").reward == 1.0
    assert this.grade(query, "print('hello')").feedback.diagnosis == "The program ended before the job was done."
    for program, said in (
        ("1 / 0", "ZeroDivisionError: division by zero (line 1)"),
        ("\n\nx = ", "SyntaxError"),
        ("while True: pass", "step"),
        ("request('GET')", "TypeError"),
        ("request('GET', 'nowhere')", "no path"),
        ("request(1, 2)", "must be text"),
    ):
        grade = this.grade(query, program)
        assert said in grade.feedback.diagnosis and grade.reward == 0.0, (program, grade)
    turn = this.episode(query).step("for i in range(50):\n    print(request('GET', '/').status)")
    assert turn.grade.reward == 0.0 and turn.observation.count("HTTP/1.1") == 2 + 3


def test_what_a_program_builds_can_be_written_down():
    """Half a character, which no encoding can carry, is written as an escape and so gets past the check of answers."""
    world = make_world("CL-Service-v0", level=0)
    for source in (r'request("GET", "/\ud800")', r'request("\ud800", "/")', r'print("\ud800"); request("GET", "/x")'):
        turn = world.episode(world.query("transfer/python", 0)).step(source)
        "".join((turn.observation, *turn.grade.feedback)).encode()


def test_a_program_cannot_see_the_conventions_or_forge_what_it_did():
    this = world(1)
    query = some(1, "transfer/python", 1)[0]
    assert this.conventions["root"] not in this.episode(query).step("print(dir(), globals(), request.__closure__)").observation
    for forged in (
        'print("\\n\\x1e" + "{}" + "\\x1e")',
        'print("\\n\\x1e[1,2,3,4]\\x1e")',
        'try:\n    request("GET", "/")\nexcept BaseException:\n    print("done")',
    ):
        assert this.grade(query, forged).reward == 0.0


@pytest.mark.parametrize("level", CASES)
def test_who_knows_what_was_right_before_a_drift_earns_about_half(level):
    old, scores = world(level), []
    for number in range(4):
        new = old.drifted(seed_of("drift", number))
        assert new.rules() != old.rules() and new.name == old.name
        for place in range(number * 20, number * 20 + 20):
            before, after = old.query("eval", place), new.query("eval", place)
            assert before.prompt == after.prompt
            known = old.episode(before)

            def stale(episode, observation, known=known, sent=[]):  # noqa: B006 - the last request of this episode
                if sent and observation.startswith("HTTP/1.1 2"):
                    known.step(sent[-1])
                sent.append(known.solve())
                return sent[-1]

            scores.append(play(new, after, functools.partial(stale, sent=[])).score)
            assert play(new, after, lambda e, o: e.solve()).score == 1.0
    assert 0.3 < sum(scores) / len(scores) < 0.7, sum(scores) / len(scores)


def test_worlds_differ_in_rules():
    for level in LEVELS:
        rules = [world(level, index).rules() for index in range(8)]
        shared = [len(a & b) / len(a) for a in rules for b in rules if a is not b]
        assert sum(shared) / len(shared) < 0.35


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.integers(0, 3), st.integers(0, 299))
def test_any_text_is_graded(text, level, index):
    this = world(level)
    query = this.query("learn", index)
    right = this.solve(query)
    for answer in (text, right + text, text + right, right.replace("/", text[:3] or "/", 1), right + "\n\n" + text):
        played = play(this, query, lambda episode, _, answer=answer: answer)
        assert 0.0 <= played.score <= 1.0
        assert all(turn.grade.feedback.verdict for turn in played.turns)
        "".join(turn.observation for turn in played.turns).encode()


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("GET /rest/kilo/17", "kilo"),
        ("GET /v9/kilo/17", "kilo"),
        ("GET /orders/17/edit", "orders"),
        ("GET /v2/kilo:17", "kilo"),
        ("GET /17", "/17"),
    ],
)
def test_the_word_that_is_called_wrong_is_the_one_that_stands_for_the_kind(answer, word):
    said = velo(READ, 0, **STRANGE).step(answer).grade.feedback.diagnosis
    assert f'"{word}" is not the word' in said or f'another word for orders than "{word}"' in said or f'go by "{word}"' in said, (
        said
    )
