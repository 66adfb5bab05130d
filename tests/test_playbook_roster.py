"""The roster of CL-Playbook: clients, suppliers and offices whose arrangements stand in no prompt."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from clgym import make_world
from clgym.envs.playbook.beliefs import Desk, Known, Limit, order, parent, root
from clgym.envs.playbook.cases import limit_span
from clgym.envs.playbook.drawing import draw_terms
from clgym.envs.playbook.induction import Case, induce
from clgym.envs.playbook.policy import Condition, paths
from clgym.envs.playbook.reading import LIMIT, class_of, read, right_parts
from clgym.envs.playbook.roster import CLIENT, FIRST, KINDS, OFFICE, SUPPLIER, class_says, draw_roster, sibling_roster
from clgym.seeding import seed_of

ENV = "CL-Playbook-v0"
SIZES = ((0, 0, 0), (40, 0, 0), (100, 75, 75), (480, 360, 360))


@pytest.mark.parametrize(("level", "sizes"), list(enumerate(SIZES)))
def test_a_company_has_so_many_particulars_with_names_and_classes_of_their_own(level, sizes):
    roster = make_world(ENV, level=level, world=1).company.roster
    assert tuple(len(entries.names) for entries in roster.kinds) == sizes and sum(sizes) == (0, 40, 250, 1200)[level]
    for entries in roster.kinds:
        assert len(set(entries.names)) == len(entries.names)
        counts = Counter(entries.classes)
        assert not counts or (len(counts) == 4 and max(counts.values()) - min(counts.values()) <= 1)


def test_particulars_are_met_like_1_by_rank():
    roster, draw = draw_roster(seed_of("zipf").draw(), SIZES[2]), seed_of("met").draw()
    met = Counter(roster.pick(draw).names[0] for _ in range(20_000))
    first, tenth = (met[roster.kinds[0].names[rank]] / 20_000 for rank in (0, 9))
    whole = sum(1 / rank for rank in range(1, 101))
    assert first == pytest.approx(1 / whole, rel=0.1) and tenth == pytest.approx(0.1 / whole, rel=0.2)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_prompts_name_particulars_and_never_their_classes(level):
    world = make_world(ENV, level=level, world=2)
    words = {word for kind in KINDS for word in kind.classes}
    for pool in ("learn", "eval", "transfer/german", "transfer/why", "guard"):
        for index in range(30):
            query = world.query(pool, index)
            names = [name for name in query.payload.mentions if name]
            assert len(names) == sum(map(bool, SIZES[level])) and all(query.prompt.count(name) == 1 for name in names)
            assert not words & set(re.findall(r"\w+", query.prompt)) and not re.search(r"course \d", query.prompt)


def test_no_course_is_the_same_action_on_two_kinds_of_terms():
    for level in (1, 2, 3):
        for index in range(4):
            for book in make_world(ENV, level=level, world=index).company.books:
                rows = [row for _, row in book.terms]
                assert len(rows) == 4 and all(sorted(row) == sorted(book.actions) for row in rows)
                assert all(len(set(column)) == 4 for column in zip(*rows))


def test_terms_that_are_drawn_anew_change_in_every_course():
    actions = ("Park", "Merge", "Close", "Credit", "Remind")
    for number in range(30):
        draw = seed_of("terms", number).draw()
        old = dict(draw_terms(draw, actions, dict.fromkeys((1, 4, 5, 9), ())))
        new = dict(draw_terms(draw, actions, old, own=(4, 9)))
        assert [new[value] == old[value] for value in (1, 4, 5, 9)] == [True, False, True, False]
        assert all(one != other for value in (4, 9) for one, other in zip(old[value], new[value]))


def test_a_sibling_has_half_of_the_roster_to_itself():
    roster = draw_roster(seed_of("parent").draw(), SIZES[2])
    sibling = sibling_roster(roster, seed_of("sibling").draw())
    for one, other in zip(roster.kinds, sibling.kinds):
        assert one.names == other.names and set(other.classes) <= set(one.classes)
        assert sum(a != b for a, b in zip(one.classes, other.classes)) == len(one.names) // 2


@pytest.mark.parametrize("level", [1, 2, 3])
def test_no_remark_tells_a_limit_or_what_a_course_means(level):
    world = make_world(ENV, level=level, world=3)
    for index in range(60):
        query = world.query("learn", index)
        payload = query.payload
        numbers = {str(value) for value in payload.facts[5:8] if value >= 0}
        for action in payload.book.actions:
            answer = "; ".join((action, *(field.choices[0] for field in payload.book.fields)))
            grade = world.grade(query, answer)
            said = re.sub(r'"[^"]*"|[A-Z]\d+\w*|course \d|[A-Z]{2}-\d\d', "", grade.feedback.diagnosis)
            assert set(re.findall(r"\d+", said)) <= numbers, said
            if not grade.parts["action"]:
                assert world.solve(query).split("; ")[0] not in grade.feedback.diagnosis


@pytest.mark.parametrize("level", [1, 2, 3])
def test_remarks_tell_the_terms_of_the_client_and_the_classes_of_the_others(level):
    world = make_world(ENV, level=level, world=4)
    roster = world.company.roster
    known = [dict(zip(entries.names, entries.classes)) for entries in roster.kinds]
    told = set()
    for index in range(150):
        query = world.query("learn", index)
        book, names = query.payload.book, query.payload.mentions
        right = world.solve(query).split("; ")
        wrong = "; ".join((right[0], *(next(c for c in f.choices if c != r) for f, r in zip(book.fields, right[1:]))))
        for named in read(world.grade(query, wrong).feedback.diagnosis, book.key, book.actions):
            for test in named.tests or ():
                if test.place >= FIRST:
                    assert known[test.place - FIRST][names[test.place - FIRST]] == test.value
                    told.add(test.place)
    assert told == (set() if level == 1 else {SUPPLIER, OFFICE})


def test_the_parts_that_are_right_read_back():
    world = make_world(ENV, level=2, world=1)
    for index in range(60):
        query = world.query("learn", index)
        answer = world.sample_answer(query, seed_of("parts", index).draw())
        grade = world.grade(query, answer)
        if grade.outcome != "correct":
            assert sorted(right_parts(grade.feedback.diagnosis)) == sorted(name for name, worth in grade.parts.items() if worth)
    assert right_parts("Nothing of this is about a line.") == []


def test_what_decides_is_the_clause_the_course_and_those_whose_class_is_asked_for():
    world = make_world(ENV, level=3, world=1)
    for index in range(60):
        query = world.query("eval", index)
        client, supplier, office = query.payload.mentions
        found = world.deciders(query)
        assert f"client {client}" in found and any(" on terms " in name for name in found)
        # A list whose first clause, on the action, decides has no need of the class.
        for field, name in (("owner", f"office {office}"), ("deadline", f"supplier {supplier}")):
            way = query.payload.book.field(next(f for f in query.payload.book.fields if f.name == field), query.payload.facts)
            assert (name in found) == (way[0].tests[0].place >= FIRST)


def test_a_client_is_held_out_with_what_decides():
    world = make_world(ENV, level=1, world=5)
    seen = {}
    for pool in ("learn", "eval"):
        asked = [world.query(pool, index).payload for index in range(world.pools[pool])]
        seen[pool] = {(p.mentions[0], *(p.facts[place] for place in p.book.deciding)) for p in asked}
    assert not seen["learn"] & seen["eval"]
    assert {client for client, *_ in seen["eval"]} <= {client for client, *_ in seen["learn"]}


@pytest.mark.parametrize(("level", "count"), [(0, 2_400), (1, 2_400), (2, 2_400), pytest.param(3, 12_000, marks=pytest.mark.slow)])
def test_learn_prompts_are_distinct(level, count):
    world = make_world(ENV, level=level, world=6)
    assert world.pools["learn"] >= count
    assert len({world.query("learn", index).prompt for index in range(count)}) == count


# What the learner makes of it --------------------------------------------------------------------------------------------


def test_a_limit_is_bracketed_and_one_lie_does_not_move_it_far():
    limit = Limit(20, 600)
    assert limit.between() == (20, 601) and 20 <= limit.guess() < 601
    for amount, over in ((30, False), (400, True), (60, False), (90, True)):
        limit.note(amount, over)
    assert limit.between() == (60, 90) and 60 <= limit.guess() < 90
    limit.note(500, False)
    assert limit.between() == (60, 400)


def test_codes_come_in_the_order_of_the_playbook():
    codes = ["K12", "K4a1", "K4", "K12a", "K4a"]
    assert sorted(codes, key=order) == ["K4", "K4a", "K4a1", "K12", "K12a"]
    assert [parent(code) for code in codes] == ["", "K4a", "", "K12", "K4"]
    assert [root(code) for code in codes] == ["K12", "K4", "K4", "K12", "K4"]


def test_classes_read_back():
    for place in (CLIENT, SUPPLIER, OFFICE):
        for value, word in enumerate(KINDS[place - FIRST].classes):
            assert class_of(place, word) == value and word in class_says(place, value)
            assert read(f"Clause K4 decides here: {class_says(place, value)}.", "refunds")[0].tests == (
                Condition("is", place, value),
            )


def test_terms_follow_from_right_answers_alone():
    """Two kinds of terms, three courses by one attribute, planted: who gets what is found without a word."""
    rows = ({0: "a", 1: "b", 2: "c"}, {0: "b", 1: "c", 2: "a"})
    draw = seed_of("induce").draw()
    cases = []
    for _ in range(240):
        client, value = draw.integer(0, 7), draw.integer(0, 2)
        facts = (value, draw.integer(0, 3), -1, -1, -1, -1, -1, -1)
        cases.append(Case(facts, f"client {client}", rows[client % 2][value]))
    made = induce(cases, "refunds")
    for client in range(8):
        for value in range(3):
            assert made.answer((value, 1, -1, -1, -1, -1, -1, -1), f"client {client}") == rows[client % 2][value]


def test_limits_lie_where_the_learner_looks_for_them():
    for index in range(6):
        for book in make_world(ENV, level=3, world=index).company.books:
            for path in paths(book.clauses):
                for test in path[-1].tests:
                    if test.kind in ("over", "upto"):
                        low, high = limit_span(book.domain.facts[test.place])
                        assert low <= test.value <= high


def test_a_limit_of_an_exception_is_bracketed_from_above_where_its_clause_decides():
    desk = Desk("tickets")
    part = desk.parts["action"]
    over, upto = Condition("over", 5, LIMIT), Condition("upto", 6, LIMIT)
    part.known("K4").said[frozenset((over,))] = 1
    part.known("K4a").said[frozenset((over, upto))] = 1
    desk.note_passed_over("action", "K4", (0, 0, 0, 0, 0, 200, 40, -1))
    assert desk.limits["K4", 6].over == [40] and ("K4", 5) not in desk.limits


def test_what_was_said_against_an_outcome_counts_as_much_as_what_was_said_for_it():
    known = Known()
    known.leads["SP-36"] += 1
    assert known.outcome == "SP-36"
    known.not_to["SP-36"] += 1
    assert known.outcome == ""
    known.leads["ZD-81"] += 1
    assert known.outcome == "ZD-81"
