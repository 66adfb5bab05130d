"""CL-Slang-v0: the bank keeps its secrets, answers are read strictly, the friend tells the truth and not too much."""

from __future__ import annotations

import re
from collections import Counter

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import Query
from clgym.envs.slang import prompts
from clgym.envs.slang.bank import nearness, ordinary, overlaps, senses, thesaurus
from clgym.envs.slang.slang import AFFIX_MEANINGS
from clgym.envs.slang.society import ANYBODY, KIND_OF, Limit
from clgym.envs.slang.tasks import Slot
from clgym.envs.slang.world import SlangWorld
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = (0, 1, 2, 3)


def world_of(level: int, index: int = 0) -> SlangWorld:
    world = make_world("CL-Slang-v0", level=level, world=index)
    assert isinstance(world, SlangWorld)
    return world


WORLDS = {level: world_of(level) for level in LEVELS}


def queries(world: SlangWorld, pool: str, kind: str = "") -> list[Query]:
    every = [world.query(pool, index) for index in range(world.pools[pool])]
    return [query for query in every if not kind or query.payload.kind == kind]


def word_forms(text: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", text.casefold()))


# The bank


def test_the_bank_is_as_large_as_it_says_and_no_word_stands_for_two_senses() -> None:
    assert len(senses()) >= 120 and len(ordinary()) >= 48
    words = [word for sense in senses().values() for word in sense.words]
    assert len(set(words)) == len(words)
    german = [word.casefold() for sense in senses().values() for word in sense.german]
    assert len(set(german)) == len(german)


@pytest.mark.parametrize("gloss", list(senses()))
def test_uses_show_a_sense_and_do_not_say_it(gloss: str) -> None:
    sense = senses()[gloss]
    assert len(set(sense.uses)) == 3 and all(use.count("~") == 1 for use in (*sense.uses, sense.german_use))
    for use in sense.uses:
        assert not word_forms(use) & set(sense.words), use
        assert not re.search(rf"\b{re.escape(gloss)}(s|es|ed|d|ing)?\b", use.casefold()), use
        assert " an ~" not in use  # every slang word begins with a consonant
        assert not word_forms(use) & set(ordinary()), use  # a real word that slang may take has no place in a use
    nouns = [word for word in sense.german if word.startswith(("der ", "die ", "das "))]
    assert nouns == (list(sense.german) if sense.part in "nmp" else [])
    assert all(word.split()[-1][0].isupper() == (sense.part in "nmp") for word in sense.german)
    assert not word_forms(sense.german_use) & {word.split()[-1].casefold() for word in sense.german}


def test_real_words_are_no_senses_and_stand_in_their_formal_sentences() -> None:
    for real in ordinary().values():
        assert not {real.form, real.gloss} & {word for sense in senses().values() for word in sense.words}
        assert real.form[0] not in "aeiou" and len(real.sentences) >= 2
        assert all(real.form in word_forms(sentence) for sentence in real.sentences)
    assert len({real.gloss for real in ordinary().values()}) == len(ordinary())


@pytest.mark.parametrize("bank", [name for name, bank in vars(prompts).items() if name.isupper() and isinstance(bank, tuple)])
def test_there_are_eight_phrasings_of_each_kind_and_all_name_the_slang(bank: str) -> None:
    phrasings = getattr(prompts, bank)
    if bank == "SENTENCES":
        assert all(len(set(sentences)) == 8 for sentences in phrasings[1:])
        return
    assert len(set(phrasings)) == len(phrasings) >= 8
    assert all(("{s}" in phrasing) == (bank != "SILENT") for phrasing in phrasings)


# Worlds


@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_of_query_is_asked_and_the_name_is_in_every_prompt(level: int) -> None:
    world = WORLDS[level]
    for pool in world.pools:
        every = queries(world, pool)
        assert len({query.prompt for query in every}) == len(every)
        if pool != "guard":
            assert all(world.name in query.prompt for query in every)
        else:  # half of the guard says nothing of any slang
            assert 0.4 < sum(world.name in query.prompt or "slang" in query.prompt for query in every) / len(every) < 0.6
    kinds = {query.payload.kind for query in queries(world, "learn")}
    more = {"odd", "fault", "paraphrase", "head", "booster"} if level else set()
    assert kinds >= {"meaning", "word"} | more
    if level:
        assert world.pools["learn"] >= 2000 and world.pools["eval"] >= 300


@pytest.mark.parametrize("level", LEVELS)
def test_eval_asks_about_the_words_of_learn_in_other_sentences(level: int) -> None:
    world = WORLDS[level]
    words = {
        pool: Counter(query.payload.form for query in queries(world, pool) if query.payload.kind in ("meaning", "word"))
        for pool in ("learn", "eval")
    }
    plain = {word.form for word in world.slang.words}
    assert plain <= set(words["learn"])
    assert level or min(words["learn"][form] for form in plain) >= 20
    assert {query.prompt for query in queries(world, "learn")}.isdisjoint(query.prompt for query in queries(world, "eval"))


@pytest.mark.parametrize("level", LEVELS)
def test_a_question_for_a_meaning_does_not_give_it_away(level: int) -> None:
    world = WORLDS[level]
    for query in queries(world, "learn", "meaning"):
        assert not word_forms(query.prompt) & set(senses()[query.payload.sense].words), query.prompt


@pytest.mark.parametrize("level", LEVELS)
def test_worlds_share_hardly_a_rule(level: int) -> None:
    rules = [world_of(level, index).rules() for index in range(4)]
    assert all(len(one & other) < 0.2 * min(len(one), len(other)) for place, one in enumerate(rules) for other in rules[:place])


def test_a_limit_says_who_may_speak_to_whom() -> None:
    never = Limit("to", "officials", "children")
    assert not never.allows("teacher", "judge") and never.allows("little boy", "judge") and never.allows("judge", "teacher")
    assert never.predicate() == "is never said to officials, unless children say it"
    only = Limit("only by", "sailors")
    assert only.allows("captain", "judge") and not only.allows("judge", "captain")
    assert only.predicate() == "is said only by sailors"
    assert len(ANYBODY) == len(set(ANYBODY)) == len(KIND_OF)


@pytest.mark.parametrize("level", (1, 2, 3))
def test_uses_have_just_the_fault_that_they_claim(level: int) -> None:
    world = WORLDS[level]
    labels = Counter()
    for query in queries(world, "learn", "fault") + queries(world, "learn", "odd"):
        for number, use in enumerate(query.payload.uses, 1):
            word = world.slang.by_form[use.form]
            right_people = word.limit is None or word.limit.allows(use.speaker, use.hearer)
            assert right_people == (use.fault != "register")
            assert (use.booster == word.booster) == (use.fault != "booster")
            of_sense = any(said.replace("~", use.form).lower() in use.text.lower() for said in senses()[use.sense].uses)
            assert of_sense == (use.fault != "sense"), use
            assert query.payload.kind == "fault" or (use.fault == "fine") == (str(number) != query.payload.right)
        labels[query.payload.right] += 1
    assert max(labels[label] for label in ("sense", "register", "booster", "fine")) < 110


# Grading by hand


def asked(world: SlangWorld, kind: str, pool: str = "learn", **about: str) -> Query:
    return next(query for query in queries(world, pool, kind) if all(getattr(query.payload, k) == v for k, v in about.items()))


@pytest.mark.parametrize("level", LEVELS)
def test_every_word_of_the_bank_is_right_for_its_sense(level: int) -> None:
    world = WORLDS[level]
    for query in queries(world, "eval", "meaning"):
        sense = senses()[query.payload.sense]
        for said in (*sense.words, sense.citation_form, f" {sense.gloss.upper()}. ", f'"{sense.gloss}"'):
            assert world.grade(query, said).reward == 1.0, said
        for said in (f"{sense.gloss} {sense.gloss}", f"not {sense.gloss}", f"{sense.gloss} or sleep", query.payload.form):
            assert world.grade(query, said).reward == 0.0, said


def test_a_slip_in_a_slang_word_earns_half_and_another_word_nothing() -> None:
    world = WORLDS[1]
    query = next(q for q in queries(world, "learn", "word") if q.payload.right not in ordinary())
    right = query.payload.right
    assert world.grade(query, right.upper() + ".").reward == 1.0
    assert world.grade(query, right[:-1] + "q").reward == world.grade(query, right[1:]).reward == 0.5
    assert world.grade(query, right[:-2] + "qq").reward == 0.0
    other = next(word.form for word in world.slang.words if word.form != right)
    assert world.grade(query, other).reward == 0.0
    assert f'"{other}"' in world.grade(query, other).feedback.diagnosis


def test_paraphrases_are_graded_slot_by_slot() -> None:
    world = WORLDS[2]
    for query in queries(world, "eval", "paraphrase"):
        right = query.payload.right
        slots = [part for part in query.payload.pattern if isinstance(part, Slot)]
        assert world.grade(query, right.upper()).reward == 1.0
        assert world.grade(query, query.payload.habit).reward == 0.0
        assert world.grade(query, right + " Indeed.").outcome == "malformed"
        assert world.grade(query, right.replace(right.split()[0], "Zoe", 1)).reward == 0.0
        half = right.replace(slots[0].right[0], "nothing", 1)
        assert world.grade(query, half).reward == pytest.approx(0.6 * (len(slots) - 1) / len(slots), abs=1e-3)


def test_compounds_the_wrong_way_round_earn_part() -> None:
    world = WORLDS[1]
    for query in queries(world, "transfer/compound")[:40]:
        kind, thing = query.payload.right.split()
        assert world.grade(query, f"a {kind} {thing}").reward == 1.0
        assert world.grade(query, f"{thing} {kind}").reward == 0.4
        assert world.grade(query, f"{kind} nonsense").reward == 0.3
        assert world.grade(query, "nonsense nonsense").reward == 0.0


def test_german_nouns_need_the_article_of_their_gender() -> None:
    world = WORLDS[3]
    for query in queries(world, "transfer/german", "german"):
        right = query.payload.right
        assert world.grade(query, right.upper()).reward == 1.0
        first, _, noun = right.partition(" ")
        if not noun:
            assert world.grade(query, f"das {right}").reward == 1.0 or right[0].isupper()
            continue
        for article in {"der", "die", "das"} - {first}:
            grade = world.grade(query, f"{article} {noun}")
            assert grade.reward == (1.0 if f"{article} {noun}" in query.payload.accepted else 0.5)
        assert world.grade(query, noun).reward == 0.5


def test_german_that_the_uses_call_for_is_accepted() -> None:
    for gloss, german in (
        ("eat", "fressen"),
        ("frightening", "beängstigend"),
        ("throw", "schmeißen"),
        ("exam", "das Examen"),
        ("broken", "beschädigt"),
    ):
        assert german in senses()[gloss].german


def test_the_guard_wants_the_ordinary_sense_and_offers_the_slang_one() -> None:
    for level in LEVELS:
        world = WORLDS[level]
        for query in queries(world, "guard"):
            assert query.payload.sense in query.options and len(set(query.options)) == 5
            assert world.grade(query, query.payload.sense).reward == 0.0
            assert query.payload.right == ordinary()[query.payload.form].gloss


def test_second_senses_hold_where_the_rulebook_says() -> None:
    world = WORLDS[3]
    doubles = [word for word in world.slang.words if word.double]
    assert len(doubles) >= 20
    met = Counter()
    for query in queries(world, "learn", "meaning"):
        word = world.slang.by_form[query.payload.form]
        if word.double:
            inside = f"({word.double.setting})" in query.prompt if word.double.setting else word.double.beside in query.prompt
            assert query.payload.sense == (word.double.sense if inside else word.sense), query.prompt
            met[inside] += 1
    assert min(met[True], met[False]) > 20


# Feedback


@pytest.mark.parametrize("level", LEVELS)
def test_only_the_correction_says_what_is_right(level: int) -> None:
    world = WORLDS[level]
    for pool in world.pools:
        for query in queries(world, pool)[:120]:
            right, payload = world.solve(query), query.payload
            for number in range(3):
                answer = world.sample_answer(query, seed_of("feedback", query.id, number).draw())
                grade = world.grade(query, answer)
                if grade.reward == 1.0:
                    continue
                assert right in grade.feedback.correction
                said = grade.feedback.verdict + " " + grade.feedback.diagnosis
                if payload.kind in ("meaning", "word", "german", "head") and right not in answer:
                    quoted = re.findall(r'"([^"]*)"', said)
                    assert right not in quoted and f"to {right}" not in quoted, (query.prompt, answer, said)
                if payload.kind == "odd":
                    assert not re.search(rf"\b{right}\b", said)


def test_the_friend_tells_what_a_given_word_means() -> None:
    world = WORLDS[0]
    query = queries(world, "learn", "word")[0]
    other = next(word for word in world.slang.words if word.sense != query.payload.sense)
    assert f'"{senses()[other.sense].citation_form}"' in world.grade(query, other.form).feedback.diagnosis
    asked_for = queries(world, "learn", "meaning")[0]
    foreign = next(word for word in world.slang.words if word.form != asked_for.payload.form)
    diagnosis = world.grade(asked_for, foreign.sense).feedback.diagnosis
    assert f'"{foreign.form}"' in diagnosis and f'"{foreign.sense}"' in diagnosis
    assert any(use.replace("~", asked_for.payload.form) in diagnosis for use in senses()[asked_for.payload.sense].uses[:-1])


def test_each_mistake_is_told_in_three_ways_or_more() -> None:
    world = WORLDS[1]
    told = {world.grade(query, "").feedback.diagnosis for query in queries(world, "eval", "meaning")}
    assert len(told) >= 3


# Drift


@pytest.mark.parametrize("level", LEVELS)
def test_after_a_drift_stale_answers_are_wrong_and_the_friend_speaks_of_the_new_rule(level: int) -> None:
    world = WORLDS[level]
    later = world.drifted(seed_of("drift"))
    assert later.rulebook() != world.rulebook() and later.name == world.name
    stale = 0
    for index in range(world.pools["eval"]):
        query, before = later.query("eval", index), world.solve(world.query("eval", index))
        grade = later.grade(query, before)
        if query.prompt == world.query("eval", index).prompt and before != later.solve(query):
            stale += 1
            assert grade.reward < 1.0 and later.solve(query) in grade.feedback.correction
    assert stale >= 0.1 * world.pools["eval"]


# Exploits


@pytest.mark.parametrize("level", LEVELS)
def test_the_best_answer_to_each_kind_of_question_stays_at_the_floor(level: int) -> None:
    for index in (0, 1, 2):
        world = world_of(level, index)
        for pool in world.pools:
            every = queries(world, pool)
            kinds = {query.payload.kind for query in every}
            rights = {kind: Counter(q.payload.right for q in every if q.payload.kind == kind) for kind in kinds}
            habits = {kind: counted.most_common(1)[0][0] for kind, counted in rights.items()}
            score = sum(world.grade(query, habits[query.payload.kind]).reward for query in every) / len(every)
            assert score <= world.floor(pool), (pool, score)
            first = sum(world.grade(query, query.options[0] if query.options else "").reward for query in every) / len(every)
            assert first <= world.floor(pool), (pool, first)


@pytest.mark.parametrize("level", LEVELS)
def test_everything_at_once_is_no_answer(level: int) -> None:
    world = WORLDS[level]
    for pool in world.pools:
        for query in queries(world, pool)[:60]:
            right = world.solve(query)
            essay = f"The answer is {right}, I think."
            for answer in (right * 2, f"{right} {right}", f"{right} or no", essay, " ".join(senses())):
                assert world.grade(query, answer).reward < 1.0, (query.prompt, answer)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LEVELS), st.integers(0, 10_000), st.text(max_size=40), st.integers(0, 60), st.integers(0, 8))
def test_any_answer_near_the_right_one_is_graded(level: int, index: int, noise: str, place: int, cut: int) -> None:
    world = WORLDS[level]
    for pool in world.pools:
        query = world.query(pool, index % world.pools[pool])
        right = world.solve(query)
        for answer in (noise, right[:place] + noise + right[place + cut :], right + noise):
            grade = world.grade(query, answer)
            assert 0.0 <= grade.reward <= 1.0 and grade.feedback.verdict
            assert grade == world.grade(query, answer)


def test_the_friend_knows_that_a_word_has_two_senses() -> None:
    world = WORLDS[3]
    for query in queries(world, "learn", "meaning"):
        word = world.slang.by_form[query.payload.form]
        if word.double and query.payload.sense == word.double.sense:
            diagnosis = world.grade(query, word.sense).feedback.diagnosis
            assert f'does not mean "{word.sense}"' not in diagnosis
            assert word.double.sense not in re.findall(r'"([^"]*)"', diagnosis)
            assert any(use.replace("~", word.form) in diagnosis for use in senses()[word.double.sense].uses[:-1])


def test_no_two_lines_of_an_odd_query_tell_the_same_story() -> None:
    for query in queries(WORLDS[3], "learn", "odd"):
        told = [re.sub(rf"\b{use.form}\b", "~", use.text.split('"')[1]) for use in query.payload.uses]
        stories = {
            sense.gloss
            for text in told
            for sense in senses().values()
            if any(text.lower().startswith(use.lower()) for use in sense.uses)
        }
        assert len(stories) == 5, query.prompt


#: Written for this test: words that anybody would accept for a sense.
SYNONYMS = """
crazy mad; lonely alone; rubbish waste; deceive cheat; job work; sad upset; brave heroic; funny humorous; follow chase; boss employer;
famous popular; stupid foolish; money funds; tired fatigued; hungry ravenous; rich loaded; poor broke; angry annoyed; happy pleased;
drunk wasted; sick ill; lazy idle; clever wise; ugly hideous; beautiful attractive; dirty unclean; clean spotless; expensive pricey;
cheap inexpensive; boring dull; frightening scary; shy reserved; jealous envious; nervous worried; strong sturdy; weak fragile;
fast swift; slow sluggish; loud noisy; quiet silent; cold chilly; hot burning; wet damp; empty vacant; broken busted; fake bogus;
late tardy; proud smug; greedy selfish; honest sincere; rude impolite; party celebration; car vehicle; house home; phone telephone;
fight brawl; mistake error; gift present; joke gag; exam test; lie falsehood; prison jail; photo picture; noise racket; food grub;
friend buddy; thief crook; doctor physician; baby infant; enemy foe; coward wimp; beginner newbie; sleep slumber; cry weep;
wait stay; work labor; talk speak; leave depart; escape flee; quarrel argue; complain whine; hurry rush; relax rest; boast brag;
vomit puke; steal rob; break smash; hide conceal; buy purchase; eat consume; repair fix; hate despise; insult offend; praise applaud;
wash clean; burn ignite; throw toss; carry haul; ignore disregard; vomit throw up; well known
"""
NARROWER = "window skylight; dance waltz; dream nightmare; cook bake; hide bury; beer stout; hat cap; rain drizzle; knife dagger"


def meaning_of(gloss: str) -> tuple[SlangWorld, Query]:
    """A world in which a word has that sense, and a query for it."""
    for level, index in ((1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4), (3, 5)):
        world = world_of(level, index)
        if any(word.sense == gloss for word in world.slang.words):
            found = [query for query in queries(world, "learn", "meaning") if query.payload.sense == gloss]
            if found:
                return world, found[0]
    raise AssertionError(gloss)


@pytest.mark.parametrize("pair", [pair.strip() for pair in SYNONYMS.split(";") if pair.strip() != "well known"])
def test_every_ordinary_synonym_is_right(pair: str) -> None:
    gloss, _, other = pair.partition(" ")
    world, query = meaning_of(gloss)
    assert world.grade(query, other).reward == 1.0


@pytest.mark.parametrize("pair", [pair.strip() for pair in NARROWER.split(";")])
def test_a_kind_of_the_thing_is_not_the_thing_and_is_told_so(pair: str) -> None:
    gloss, _, kind = pair.partition(" ")
    world, query = meaning_of(gloss)
    grade = world.grade(query, kind)
    assert grade.reward == 0.0 and f'"{kind}"' in grade.feedback.diagnosis
    asked = {q.prompt for w in WORLDS.values() for q in queries(w, "learn", "word")}
    assert not any(f'"a {kind}"' in prompt or f'"to {kind}"' in prompt for prompt in asked)


def test_a_word_that_is_in_no_list_is_not_said_to_be_wrong() -> None:
    for level in LEVELS:
        world = WORLDS[level]
        for query in queries(world, "learn", "meaning")[:60]:
            said = world.grade(query, "quixotic").feedback.diagnosis
            assert "does not mean" not in said and "No " not in said and "not what" not in said, said


def test_a_word_nearer_to_another_sense_of_the_slang_is_not_right() -> None:
    for word, gloss in (("mad", "angry"), ("mad", "crazy"), ("upset", "sad")):
        assert nearness(word, gloss) > 0
    world = next(w for w in (world_of(3, i) for i in range(8)) if {"poor", "broken"} <= set(w.slang.senses_by_group["a"]))
    assert not world.slang.means("broken", "poor") and world.slang.means("broke", "poor")


def test_paraphrases_may_keep_the_bracket_and_use_expressions() -> None:
    world = WORLDS[3]
    for query in queries(world, "eval", "paraphrase"):
        lead = query.payload.lead
        assert lead and lead in query.prompt
        assert world.grade(query, f"{lead} {world.solve(query)}").reward == 1.0
        assert world.grade(query, f"(on the moon) {world.solve(query)}").reward < 1.0
    slang = next(w for w in (world_of(3, i) for i in range(8)) if "vomit" in w.slang.senses_by_group["v"])
    found = [q for q in queries(slang, "learn", "paraphrase") if "vomit" in q.payload.right.split()]
    assert found and all(slang.grade(q, q.payload.right.replace("vomit", "throw up")).reward == 1.0 for q in found)


@pytest.mark.parametrize("level", (2, 3))
def test_adverbs_may_stand_on_either_side(level: int) -> None:
    world = WORLDS[level]
    swapped = Counter()
    for query in queries(world, "learn", "derived"):
        one, two = world.solve(query).split()
        adverb = query.payload.pattern[1].sense in AFFIX_MEANINGS["v"]
        swapped[adverb] += 1
        assert (world.grade(query, f"{two} {one}").reward == 1.0) == adverb
    assert swapped[True] and swapped[False]


def test_what_is_near_a_sense_is_written_once() -> None:
    for gloss, near in thesaurus().items():
        assert not near.narrower & set(near.synonyms), gloss


@pytest.mark.parametrize("level", (1, 2, 3))
def test_a_word_said_in_a_wrong_sense_is_out_of_place_there(level: int) -> None:
    for index in range(4):
        world = world_of(level, index)
        for query in queries(world, "learn", "fault") + queries(world, "learn", "odd"):
            for use in query.payload.uses:
                if use.fault == "sense":
                    said = next(
                        s.gloss
                        for s in senses().values()
                        for line in s.uses
                        if line.replace("~", use.form).lower() in use.text.lower()
                    )
                    assert use.sense not in overlaps()[said] and said != use.sense, use.text


def test_overlaps_are_senses_of_one_part() -> None:
    assert set(overlaps()) == set(senses())
    for gloss, others in overlaps().items():
        mates = {sense.gloss for sense in senses().values() if sense.part == senses()[gloss].part}
        assert others < mates, (gloss, others - mates)


@pytest.mark.parametrize("level", LEVELS)
def test_a_mistaken_friend_never_says_what_is_right(level: int) -> None:
    world, draw = WORLDS[level], seed_of("mislead").draw()
    for pool in world.pools:
        for query in queries(world, pool)[:60]:
            right = world.solve(query)
            misled = world.mislead(query, right, world.grade(query, right), right, draw)
            assert misled.grade.reward == 0.0 and misled.right != right
            assert not misled.right or world.grade(query, misled.right).reward < 1.0
            wrong = world.sample_answer(query, draw)
            grade = world.grade(query, wrong)
            if grade.outcome != "correct":
                assert world.mislead(query, wrong, grade, right, draw).grade.reward == 1.0
