"""CL-Playbook-v0 as a user meets it: cases in prose, answers, and a colleague's words."""

from __future__ import annotations

import functools
import re
from collections import Counter

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import Query, World
from clgym.envs.playbook import feedback, prompts
from clgym.envs.playbook.cases import _ARTICLES, DOMAINS, Domain, domain, tell
from clgym.envs.playbook.policy import Book, Clause, Condition, Field, decide, rule_lines
from clgym.envs.playbook.tasks import Payload, payload_for
from clgym.registry import make_world
from clgym.seeding import seed_of

NAME = "CL-Playbook-v0"
LEVELS = range(4)


@functools.cache
def world_of(level: int, index: int = 0) -> World:
    return make_world(NAME, level=level, world=index)


def queries(world: World, pool: str, count: int = 60) -> list[Query]:
    return [world.query(pool, index) for index in range(count)]


# What cases are made of


@pytest.mark.parametrize("key", DOMAINS)
def test_every_kind_of_case_is_rich_enough(key):
    about = domain(key)
    assert len(about.actions) >= 8 and len(about.owners) >= 5 and len(about.items) == len(set(about.items)) == 22
    assert len(about.attributes) == 5 and len(about.quantities) == 3
    for fact in about.facts:
        assert len(fact.says) == (5 if fact.is_quantity else 4)
        assert all(len(wordings) >= 3 for wordings in fact.sentences["en"])
        assert all(len(wordings) >= 2 for wordings in fact.sentences["de"])
    for language in ("en", "de"):
        assert len(set(about.opens[language])) == 8


def test_no_two_facts_are_told_in_the_same_words():
    for key in DOMAINS:
        for language in ("en", "de"):
            sentences = [text for fact in domain(key).facts for wordings in fact.sentences[language] for text in wordings]
            assert len(sentences) == len(set(sentences)), Counter(sentences).most_common(2)


def test_every_kind_of_query_has_eight_phrasings_and_every_mistake_three():
    for bank in (prompts.DECIDE, prompts.LINE, prompts.WHY, prompts.GERMAN, prompts.GUARD):
        assert len(set(bank)) >= 8
    banks = [bank for name, bank in vars(feedback).items() if name.startswith("_") and name.isupper()]
    assert len(banks) >= 15 and all(len(set(bank)) >= 3 for bank in banks)


#: The gender of every German noun, written down a second time.
GENDERS = {
    "m": "Wasserkocher Rucksack Spiegel Koffer Teppich Mantel Stuhl Tisch Schreibtisch Topf Helm Gürtel Regenschirm Kalender "
    "Export Editor Timer Posteingang Dateiupload Mailserver Buchungsdienst Suchindex Dateiserver Bildspeicher Berichtsgenerator "
    "Anmeldedienst Webshop Druckserver Kartendienst Bildschirm Flug Router Beamer Taschenrechner Stadtplan Parkausweis",
    "f": "Lampe Jacke Decke Tasche Pfanne Vase Suche Anmeldeseite Rechtschreibprüfung Datensicherung Karte Benutzerliste "
    "Passwortrücksetzung Startseite Nachrichtenwarteschlange Kundendatenbank Preisliste Telefonanlage Lagerdatenbank Stechuhr "
    "Türsteuerung Fahrkarte Tastatur Schreibtischlampe Webcam Handyhülle Softwarelizenz Fußstütze",
    "n": "Zelt Hemd Regal Dashboard Adressbuch Druckermenü Diagramm Formular Archiv Fotoalbum Glossar Zahlungsportal Intranet "
    "Ticketsystem Videoarchiv Videoportal Headset Lehrbuch Busticket Whiteboard Notizbuch Ladegerät Mikrofon",
}


def test_german_nouns_have_their_gender():
    right = {noun: gender for gender, nouns in GENDERS.items() for noun in nouns.split()}
    assert {noun: gender for key in DOMAINS for _, gender, noun in domain(key).items} == right


def test_german_articles_by_case():
    assert [_ARTICLES[g]["einen"] for g in "mfn"] == ["einen", "eine", "ein"]
    assert [_ARTICLES[g]["dem"] for g in "mfn"] == ["dem", "der", "dem"]
    assert [_ARTICLES[g]["den"] for g in "mfn"] == ["den", "die", "das"]
    assert [_ARTICLES[g]["der"] for g in "mfn"] == ["der", "die", "das"]
    assert [_ARTICLES[g]["ein"] for g in "mfn"] == ["ein", "eine", "ein"]


@pytest.mark.parametrize("key", DOMAINS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_cases_are_told_in_whole_sentences(key, language):
    about, draw = domain(key), seed_of("told").draw()
    texts = set()
    for number in range(400):
        facts = tuple(draw.integer(fact.low, fact.high) if fact.is_quantity else number % 4 for fact in about.facts)
        text = tell(about, facts, language, number, draw)
        assert not re.search(r"[{}]|\s\s|\.\.|(?<!\.) [.,]", text) and text[-1] == ".", text
        assert all(sentence[0].isupper() or sentence[0].isdigit() for sentence in re.split(r"(?<=\.) ", text)), text
        assert "an e" in text or not re.search(r"\ba [aeiou]", text), text
        assert not re.search(r"\b(von|für|mit|bei|dem) Herr\b", text, re.IGNORECASE), text
        texts.add(text)
    assert len(texts) == 400


def test_a_german_case_word_for_word():
    about: Domain = domain("refunds")
    facts = (1, -1, -1, -1, -1, 340, -1, -1)
    told = {tell(about, facts, "de", number, seed_of(number).draw()) for number in (2, 3, 4, 1, 7, 12)}
    assert told == {
        "Frau Jovanovic möchte einen Spiegel zurückgeben. Frau Jovanovic besitzt unsere Goldkarte. Der Preis betrug 340 Euro.",
        "Herr Jansen bittet uns, einen Koffer zurückzunehmen. Herr Jansen besitzt unsere Goldkarte. Der Preis betrug 340 Euro.",
        "Uns liegt eine Rückgabe von Frau Kimura vor: ein Hemd. Das Hemd hat 340 Euro gekostet. Frau Kimura besitzt unsere Goldkarte.",
        "Herr Bauer hat eine Jacke zurückgeschickt und möchte sein Geld zurück. Der Preis betrug 340 Euro. Er ist Goldmitglied.",
        "Herr Fontana schickt den Topf zurück und fragt, wie es nun weitergeht. Der Preis betrug 340 Euro. Er ist Goldmitglied.",
        "Uns liegt eine Rückgabe von Herrn Demir vor: eine Decke. Die Decke hat 340 Euro gekostet. Er ist Goldmitglied.",
    }


def test_cases_mention_the_client_the_supplier_and_the_office_behind_the_rest():
    about, names = domain("refunds"), ("Malarson", "Oaketex", "Norwick")
    facts = (1, -1, -1, -1, -1, 340, -1, -1, 1, 2, 3)
    assert tell(about, facts, "en", 6, seed_of(6).draw(), 9, names) == (
        "A parcel with a bag has come back from Ms Virtanen. The price was 340 euros. She is a gold member. The office in charge is Norwick. "
        "The supplier in this case is Oaketex. It concerns the client Malarson."
    )


# How cases are decided


TIER, CHANNEL, PRICE, AGE, PERIOD = 0, 1, 5, 6, 7
HAND = Book(
    "refunds",
    ((TIER, (0, 1, 2, 3)), (CHANNEL, (0, 1, 2, 3)), (PRICE, (12, 900)), (AGE, (2, 120)), (PERIOD, (2, 120))),
    ("Voucher", "Repair", "Decline", "Inspect"),
    (
        Clause(
            "K2",
            (Condition("is", TIER, 1),),
            "Voucher",
            (
                Clause(
                    "K2a", (Condition("over", PRICE, 200),), "Repair", (Clause("K2a1", (Condition("is", CHANNEL, 2),), "Decline"),)
                ),
            ),
        ),
        Clause("K5", (Condition("more", AGE, PERIOD),), "Decline"),
        Clause("K9", (), "Inspect"),
    ),
    (
        Field(
            "owner",
            ("Finance", "Legal", "Sales", "Support"),
            (Clause("K11", (Condition("is", -1, 2),), "Legal"), Clause("K14", (), "Finance")),
        ),
    ),
    4,
    0,
)


def facts(tier: int, channel: int, price: int, age: int, period: int) -> tuple[int, ...]:
    return (tier, channel, -1, -1, -1, price, age, period)


@pytest.mark.parametrize(
    ("case", "code", "line"),
    [
        (facts(1, 0, 200, 5, 9), "K2", "Voucher; Finance"),
        (facts(1, 0, 201, 5, 9), "K2a", "Repair; Finance"),
        (facts(1, 2, 201, 5, 9), "K2a1", "Decline; Legal"),
        (facts(1, 2, 200, 50, 9), "K2", "Voucher; Finance"),
        (facts(0, 2, 201, 10, 9), "K5", "Decline; Legal"),
        (facts(0, 2, 201, 9, 9), "K9", "Inspect; Finance"),
    ],
)
def test_exceptions_override_and_so_do_theirs(case, code, line):
    assert decide(HAND.clauses, case)[-1].code == code
    assert payload_for("line", "Velmora", HAND, case).right == line
    assert payload_for("clause", "Velmora", HAND, case).right == code


def test_the_rules_read_as_plain_english():
    assert rule_lines(HAND) == [
        "K2: if the customer is a gold member: Voucher.",
        "  K2a, an exception to K2: if the price is over 200 euros: Repair.",
        "    K2a1, an exception to K2a: if it was bought by phone: Decline.",
        "K5: if the purchase is older than the promised return period: Decline.",
        "K9: in every other case: Inspect.",
        "The owner, by the first clause that fits:",
        "K11: if the action is Decline: Legal.",
        "K14: in every other case: Finance.",
    ]


def read(lines: list[str], true: set[str]) -> dict[str, str]:
    """A reader who knows the rules by their text alone: the answers for a case in which these conditions are true."""
    answers: dict[str, str] = {}
    heading, depth, settled = "action", 0, False
    for line in lines:
        if title := re.fullmatch(r"The (\w+), by the first clause that fits:", line):
            heading, depth, settled = title[1], 0, False
            continue
        indent = (len(line) - len(line.lstrip())) // 2
        found = re.fullmatch(r"\w+(?:, an exception to \w+)?: (?:if (.*)|in every other case): (.+)\.", line.strip())
        assert found, line
        settled = settled or indent < depth
        payload = [part for part in re.split(r" and (?=it |the |there |more |at most |nobody |a )", found[1] or "") if part]
        known = {*true, f"the action is {answers.get('action')}"}
        if not settled and indent == depth and known.issuperset(payload):
            answers[heading], depth = found[2], indent + 1
    return answers


@pytest.mark.parametrize("level", LEVELS)
def test_who_reads_the_rules_shown_to_a_guard_answers_everything(level):
    world = world_of(level, 3)
    for query in queries(world, "guard", 80):
        payload: Payload = query.payload
        book = payload.book
        clauses = [*book.clauses, *(clause for field in book.fields for clause in field.clauses)]
        tests = {test for clause in clauses for one in (clause, *clause.exceptions) for test in one.tests if test.place >= 0}
        true = {book.says(test) for test in tests if test.holds(payload.facts)}
        lines = [line for line in query.prompt.split("\n") if re.match(r"\s*[A-Z]\d+\w*[:,]|The \w+, by the first", line)]
        assert "; ".join(read(lines, true).values()) == world.solve(query), query.prompt
        assert payload.company in query.prompt and payload.company != world.name


# Worlds


@pytest.mark.parametrize("level", LEVELS)
def test_sizes_and_balance_before_and_after_a_drift(level):
    world = world_of(level, 2)
    assert dict(world.pools) == {
        "learn": (2400, 2400, 4800, 12000)[level],
        "eval": 320,
        "transfer/german": 320,
        "transfer/why": 320,
        "guard": 320,
    }
    for place in (world, world.drifted(seed_of("balance"))):
        for pool in place.pools:
            payload = queries(place, pool, 320)
            answers = Counter(place.solve(query).split("; ")[0] for query in payload)
            assert max(answers.values()) / 320 <= (0.35 if level == 0 else 0.32), (pool, answers)


def test_no_change_of_policy_leaves_one_action_to_most_cases():
    for index in range(8):
        later = world_of(1, index).drifted(seed_of("balance", index))
        answers = Counter(later.solve(query) for query in queries(later, "eval", 320))
        assert max(answers.values()) <= 0.3 * 320, (index, answers)


@pytest.mark.parametrize("level", LEVELS)
def test_eval_holds_out_combinations_but_no_fact(level):
    world = world_of(level, 1)

    def told(pool: str, count: int) -> set[tuple]:
        asked = [query.payload for query in queries(world, pool, count)]
        return {(of.book.key, of.mentions[0], *(of.facts[place] for place in of.book.deciding)) for of in asked}

    learned, held_out = told("learn", 2400), told("eval", 200)
    assert not learned & held_out
    atoms = [{(one[0], place, value) for one in side for place, value in enumerate(one[2:])} for side in (learned, held_out)]
    assert atoms[1] <= atoms[0]
    if level < 3:  # where learn is longer than what is looked at here
        clients = [{one[1] for one in side} for side in (learned, held_out)]
        assert len(clients[1] - clients[0]) <= 0.02 * len(clients[1])


def test_eval_asks_for_combinations_of_what_decides_that_learn_never_shows():
    for index in range(6):
        world = world_of(0, index)

        def decided(pool: str, world=world) -> set[tuple]:
            return {tuple(q.payload.facts[place] for place in q.payload.book.deciding) for q in queries(world, pool, 320)}

        assert not decided("learn") & decided("eval") and len(decided("eval")) >= 2


@pytest.mark.parametrize("level", LEVELS)
def test_no_block_of_indices_holds_each_action_once(level):
    world = world_of(level, 3)
    actions = [world.solve(query).split("; ")[0] for query in queries(world, "learn", 200)]
    count = len(set(actions))
    even = sum(len(set(actions[start : start + count])) == count for start in range(0, 200 - count, count))
    assert even / (200 // count) < 0.4  # all blocks, where each holds every action once


@pytest.mark.parametrize("level", LEVELS)
def test_what_was_right_before_a_drift_earns_about_half_after_it_and_prompts_stay(level):
    earned = []
    for index in range(6):
        world = world_of(level, index)
        later = world.drifted(seed_of("stale", index))
        pairs = [(world.query("eval", place), later.query("eval", place)) for place in range(60)]
        assert all(one.prompt == other.prompt for one, other in pairs)
        earned += [later.grade(other, world.solve(one)).reward for one, other in pairs]
    assert 0.35 <= sum(earned) / len(earned) <= 0.65


@pytest.mark.parametrize("level", LEVELS)
def test_a_mistaken_colleague_says_what_is_in_the_case_and_never_what_is_right(level):
    world = world_of(level, 2)
    for pool in world.pools:
        for query in queries(world, pool, 12):
            right, payload, draw = world.solve(query), query.payload, seed_of("lies", query.id).draw()
            facts = [payload.book.domain.says(place, value) for place, value in enumerate(payload.facts) if value >= 0]
            for answer in (right, world.sample_answer(query, draw), "no idea"):
                grade = world.grade(query, answer)
                said = world.mislead(query, answer, grade, right, draw)
                assert (said.grade.reward == 1.0) == (grade.outcome != "correct")
                assert any(fact in said.grade.feedback.diagnosis for fact in facts)
                if answer != right:
                    assert said.right != right and f'"{right}"' not in " ".join(said.grade.feedback)
                else:
                    assert (
                        said.right != right and said.grade.feedback.correction.removesuffix(right) == said.grade.feedback.correction
                    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_sibling_has_other_clauses_about_half_of_the_time(level):
    shared = []
    for index in range(12 if level == 0 else 6):
        world = world_of(level, index)
        sibling = world.sibling(seed_of("sibling", index))
        assert sibling.name != world.name and sibling.company.books[0].actions == world.company.books[0].actions
        shared.append(len(sibling.rules() & world.rules()) / len(world.rules()))
        assert all(sibling.grade(q, sibling.solve(q)).reward == 1.0 for pool in sibling.pools for q in queries(sibling, pool, 8))
        assert all(world.deciders(q) for q in queries(world, "eval", 8)) and not any(
            world.deciders(q) for q in queries(world, "guard", 8)
        )
        assert shared[-1] < 1
    assert 0.3 < sum(shared) / len(shared) < 0.75


@pytest.mark.parametrize("level", [0, 1])
def test_discrete_agents_always_have_the_same_choices(level):
    world = world_of(level)
    choices = {query.options for pool in ("learn", "eval", "transfer/german", "guard") for query in queries(world, pool)}
    assert len(choices) == 1
    (options,) = choices
    assert len(options) == (4 if level == 0 else 5)
    for query in queries(world, "learn"):
        assert ", ".join(options) in query.prompt and world.solve(query) in options


def test_prompts_of_level_0_are_short():
    lengths = [len(query.prompt.split()) for index in range(4) for query in queries(world_of(0, index), "learn")]
    assert max(lengths) <= 65 and sum(lengths) / len(lengths) < 45


@pytest.mark.parametrize("level", LEVELS)
def test_a_change_of_policy_changes_answers_and_not_prompts(level):
    world = world_of(level)
    later = world.drifted(seed_of("change"))
    changed = 0
    for before, after in zip(queries(world, "eval"), queries(later, "eval")):
        assert before.prompt == after.prompt
        stale = later.grade(after, world.solve(before))
        if world.solve(before) != later.solve(after):
            changed += 1
            assert stale.reward < 1 and later.solve(after) in stale.feedback.correction
    assert changed >= 15


@pytest.mark.parametrize("level", LEVELS)
def test_what_was_learned_is_wrong_in_the_guard(level):
    world = world_of(level)
    for query in queries(world, "guard"):
        payload: Payload = query.payload
        own = next(book for book in world.company.books if book.key == payload.book.key)
        habit = payload_for(payload.kind, world.name, own, payload.facts).right
        assert world.grade(query, habit).reward <= 0.05


# Grades


def hand(kind: str, case: tuple[int, ...]) -> Payload:
    return payload_for(kind, "Velmora", HAND, case)


def graded(payload: Payload, answer: str):
    return world_of(0).grade(Query("learn", 0, "", payload), answer)


@pytest.mark.parametrize(
    ("answer", "reward", "outcome"),
    [
        ("Voucher", 1.0, "correct"),
        (" voucher. ", 1.0, "correct"),
        ('"VOUCHER"', 1.0, "correct"),
        ("```\nVoucher\n```", 1.0, "correct"),
        ("Repair", 0.0, "wrong"),
        ("Voucher or Repair", 0.0, "malformed"),
        ("VoucherVoucher", 0.0, "malformed"),
        ("", 0.0, "malformed"),
        ("Voucher Voucher", 0.0, "malformed"),
        ("The right action is Voucher", 0.0, "malformed"),
        ("Voucher, Repair", 0.0, "malformed"),
    ],
)
def test_an_action_is_said_once_and_alone(answer, reward, outcome):
    grade = graded(hand("action", facts(1, 0, 100, 5, 9)), answer)
    assert (grade.reward, grade.outcome) == (reward, outcome)


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("Voucher; Finance", 1.0),
        ("voucher;finance.", 1.0),
        ("Voucher; Legal", 0.4),
        ("Repair; Finance", 0.05),
        ("Repair; Legal", 0.0),
        ("Voucher", 0.0),
        ("Voucher;", 0.4),
        ("Voucher; Finance; Legal", 0.0),
        ("Voucher; Finance Legal", 0.4),
        (";", 0.0),
        ("Finance; Voucher", 0.0),
    ],
)
def test_the_action_comes_first_in_a_line(answer, reward):
    assert graded(hand("line", facts(1, 0, 100, 5, 9)), answer).reward == pytest.approx(reward)


@pytest.mark.parametrize(
    ("answer", "reward"), [("K2a", 1.0), ("clause k2a.", 1.0), ("K2", 0.0), ("K2 K2a", 0.0), ("K9", 0.0), ("", 0.0)]
)
def test_a_clause_is_named_by_its_code(answer, reward):
    assert graded(hand("clause", facts(1, 0, 300, 5, 9)), answer).reward == reward


def test_making_any_part_of_a_line_right_never_lowers_its_score():
    for level in (2, 3):
        world = world_of(level)
        draw = seed_of("monotone").draw()
        for query in queries(world, "eval", 30):
            right = world.solve(query).split("; ")
            parts, score = world.sample_answer(query, draw).split("; "), -1.0
            for place in draw.shuffled(range(4)):
                parts[place] = right[place]
                better = world.grade(query, "; ".join(parts)).reward
                assert better >= score
                score = better
            assert score == 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_short_of_a_correction_says_what_is_right(level):
    draw = seed_of("leaks").draw()
    for index in (0, 1):
        world = world_of(level, index)
        for pool in world.pools:
            for query in queries(world, pool, 50):
                for answer in ("", "I do not know", world.sample_answer(query, draw), world.habit(query), "a; b; c; d"):
                    grade = world.grade(query, answer)
                    said = f"{grade.feedback.verdict} {grade.feedback.diagnosis}"
                    for right in world.solve(query).split("; "):
                        if grade.outcome != "correct" and right not in answer:
                            assert not re.search(rf"\b{re.escape(right)}\b", said), (answer, right, said)
                    if grade.outcome != "correct":
                        assert world.solve(query) in grade.feedback.correction


def test_a_diagnosis_names_the_clause_and_the_facts_and_why_the_answer_does_not_hold():
    case = facts(0, 1, 100, 5, 9)
    said = graded(hand("action", case), "Voucher").feedback.diagnosis
    assert "K9" in said and "no other clause fits" in said
    assert "K2" in said and "the customer is a gold member" in said and "the customer is new" in said
    said = graded(hand("action", facts(1, 1, 300, 5, 9)), "Voucher").feedback.diagnosis
    assert "K2a" in said and "the price is over the limit" in said and "200" not in said and "fit" in said
    said = graded(hand("action", facts(1, 1, 100, 50, 9)), "Decline").feedback.diagnosis
    assert "K2" in said and "K5" in said and "does fit" in said or "fits" in said
    said = graded(hand("clause", facts(1, 1, 300, 5, 9)), "K2").feedback.diagnosis
    assert "K2" in said and "one of its exceptions" in said and "K2a" not in said
    said = graded(hand("clause", facts(1, 1, 300, 5, 9)), "K11").feedback.diagnosis
    assert "owner" in said
    said = graded(hand("clause", case), "Z99").feedback.diagnosis
    assert "no clause" in said or "cannot find" in said


def test_what_is_missing_from_a_line_is_not_quoted():
    for answer in ("Voucher; ", "Repair; "):
        said = graded(hand("line", facts(1, 0, 100, 5, 9)), answer).feedback.diagnosis
        assert '""' not in said and "owner" in said


def test_a_right_answer_is_told_its_reason():
    grade = graded(hand("action", facts(1, 1, 300, 5, 9)), "Repair")
    assert "K2a" in grade.feedback.diagnosis and "the price is over the limit" in grade.feedback.diagnosis


# Holes


@pytest.mark.parametrize("level", LEVELS)
def test_a_search_over_constant_answers_finds_nothing(level):
    world = world_of(level, 1)
    for pool in world.pools:
        payload, draw = queries(world, pool, 80), seed_of("climb", pool).draw()

        def worth(parts: list[str]) -> float:
            return sum(world.grade(query, "; ".join(parts)).reward for query in payload) / len(payload)  # noqa: B023

        stock = sorted({part for query in payload for part in (world.solve(query), *world.solve(query).split("; "))})
        best = world.solve(payload[0]).split("; ")
        score = worth(best)
        for _ in range(60):
            other = list(best)
            other[draw.integer(0, len(other) - 1)] = draw.choice(stock)
            if draw.chance(0.1):
                other.append(draw.choice(stock))
            if worth(other) > score:
                best, score = other, worth(other)
        assert score <= max(world.floor(pool), 0.3), (pool, best, score)


ASKED = [query for level in (0, 2) for pool in ("learn", "transfer/why") for query in queries(world_of(level), pool, 2)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ASKED), st.text(max_size=500))
def test_any_string_is_graded(query, answer):
    grade = world_of(0).grade(query, answer)
    assert 0.0 <= grade.reward <= 1.0 and grade.feedback.verdict


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ASKED),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from(["", ";", " ", "\n", "Voucher", "; ", "\0", "\ud800", "ß"]),
)
def test_a_mutated_answer_never_earns_more_than_the_right_one(query, start, length, new):
    right = query.payload.right
    answer = right[:start] + new + right[start + length :]
    grade = world_of(0).grade(query, answer)
    read, wanted = (" ".join(text.casefold().replace(";", " ; ").split()) for text in (answer, right))
    same = read.rstrip(" .;") == wanted
    assert (grade.reward == 1.0) == same
