"""Readers and writers of CL-Service-v0 side by side, its ideal learner, siblings, and what mistaken colleagues say."""

from __future__ import annotations

import pytest

from clgym.agent import Experience
from clgym.core import play
from clgym.envs.service import ServiceLearner
from clgym.envs.service.conventions import CATALOGUE
from clgym.envs.service.episode import Course
from clgym.envs.service.messages import parse
from clgym.envs.service.reading import facts_in, shown_by, understand
from clgym.envs.service.rules import options_of, sentence
from clgym.envs.service.words import CODE_NAMES, FIELDS, KINDS
from clgym.envs.service.world import ServiceWorld
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = range(4)


def world(level: int, index: int = 0) -> ServiceWorld:
    found = make_world("CL-Service-v0", level=level, world=index)
    assert isinstance(found, ServiceWorld)
    return found


def test_word_lists_can_be_read_back():
    words = [word for name, field in FIELDS.items() for word in (name, *field.words)]
    assert len(set(words)) == len(words) and len(set(KINDS)) == len(KINDS) >= 120 and len(set(CODE_NAMES)) > 400
    assert all(len(word.words) == 4 for word in FIELDS.values())
    sentences = [text for row in CATALOGUE for text in row.options.values()]
    assert len(set(sentences)) == len(sentences) and all(len(row.options) >= 2 for row in CATALOGUE)


@pytest.mark.parametrize("level", LEVELS)
def test_sentences_are_read_back(level):
    rules = world(level, 2).conventions
    assert dict(facts_in(world(level, 2).rulebook().replace("\n", " "))) == dict(rules.chosen)
    for key in rules.chosen:
        for option in options_of(key)[:12]:
            said = f'To "GET /x" the service said 404. By the way: {sentence(key, option, rules.service)} So it is.'
            assert facts_in(said) == ((key, option),), said


@pytest.mark.parametrize("level", LEVELS)
def test_prompts_are_read_back(level):
    this = world(level)
    for pool in this.pools:
        for index in range(80):
            query = this.query(pool, index)
            asked = understand(query.prompt)
            assert asked is not None and asked.goal == query.payload.drawn.goal, query.prompt
            assert asked.program == (pool == "transfer/python") and asked.name == this.api(query.payload.other).rules.service
            if asked.documented is not None:
                assert asked.documented.items() <= this.api(query.payload.other).rules.chosen.items()


@pytest.mark.parametrize("level", LEVELS)
def test_right_requests_say_by_which_rules_they_were_written(level):
    shown_once: set[str] = set()
    for index in range(2):
        this = world(level, index)
        for place in range(120):
            course = Course(this.api(), this.access, this.query("learn", place).payload.drawn)
            for op in course.steps:
                text = course.spelling.draft(op, this.access, revision="3f2a", cursor="0a1b2", waiting=level == 3).text
                for key, options in shown_by(parse(text), op, this.access, level).items():
                    kind = key.partition(" ")[0]
                    shown_once.add(kind)
                    if kind == "code":
                        group, _, value = key.rpartition("/")
                        place_ = FIELDS[group.rpartition("/")[2]].values.index(value)
                        assert options == (this.conventions[group].split()[place_],)
                    else:
                        assert this.conventions[key] in options, (key, options, text)
    drawn = {key.partition(" ")[0] for key in world(level).conventions.chosen}
    assert drawn - shown_once <= {"burst", "gate"}, "what a sequence of requests shows, no single one does"


@pytest.mark.parametrize(("level", "steps", "bar"), [(0, 25, 0.97), pytest.param(1, 400, 0.9, marks=pytest.mark.slow)])
def test_the_learner_learns_and_replies_alone_teach_it_nothing(level, steps, bar):
    import gymnasium as gym

    scores = {}
    for rung in ("correction", "none"):
        agent, taken = ServiceLearner(level), 0
        env = gym.make("CL-Service-v0", level=level, world=1, feedback=rung)
        observation, _ = env.reset(seed=0)
        while taken < steps:
            observation, _ = env.reset()
            conversation, done = [{"role": "user", "content": observation}], False
            while not done:
                answer = agent.act([conversation])[0].text
                observation, reward, done, _, info = env.step(answer)
                taken += 1
                told = float("nan") if rung == "none" else reward
                agent.learn(
                    [Experience(tuple(conversation), answer, told, info["feedback"], done, "", "", info.get("correction", ""))]
                )
                conversation += [
                    {"role": "assistant", "content": answer},
                    {"role": "user", "content": "\n\n".join(filter(None, (info["feedback"], observation)))},
                ]
        scores[rung] = examined(agent, world(level, 1), 60)
    assert scores["correction"] >= bar and scores["none"] <= world(level, 1).floor("eval") + 0.05, scores


def examined(agent: ServiceLearner, this: ServiceWorld, count: int) -> float:
    total = 0.0
    with agent.evaluating():
        for place in range(count):
            query = this.query("eval", place)
            conversation = [{"role": "user", "content": query.prompt}]

            def policy(episode, observation, conversation=conversation):
                if len(conversation) > 1:
                    conversation.append({"role": "user", "content": observation})
                answer = agent.act([conversation])[0].text
                conversation.append({"role": "assistant", "content": answer})
                return answer

            total += play(this, query, policy).score
    return total / count


@pytest.mark.parametrize("level", LEVELS)
def test_who_is_told_all_rules_earns_everything(level):
    agent = ServiceLearner(level)
    this = world(level)
    said = " ".join(text for _, text in this.conventions.described())
    prompt = this.query("learn", 0).prompt
    agent.learn([Experience(({"role": "user", "content": prompt},), "GET /", 0.0, f"Score: 0.00 of 1. {said}", False, "", "", "")])
    assert examined(agent, this, 60) == 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_siblings_share_about_half(level):
    parent = world(level)
    shared = []
    for number in range(6):
        sibling = parent.sibling(seed_of("sibling", number))
        assert sibling.name != parent.name
        both = parent.conventions.chosen.keys() & sibling.conventions.chosen.keys()
        same = sum(parent.conventions[key] == sibling.conventions[key] for key in both)
        shared.append(same / len(parent.conventions.chosen))
        query = sibling.query("learn", 3)
        assert sibling.name in query.prompt and play(sibling, query, lambda e, o: e.solve()).score == 1.0
    assert 0.3 < sum(shared) / len(shared) < 0.75


@pytest.mark.parametrize("level", LEVELS)
def test_mistaken_colleagues_speak_of_this_call_and_never_say_what_is_right(level):
    this, draw = world(level), seed_of("lies", level).draw()
    for place in range(40):
        query = this.query("learn", place)
        episode = this.episode(query)
        right = episode.solve()
        answer = draw.choice((right, this.habit(query), this.sample_answer(query, draw)))
        grade = episode.step(answer).grade
        lie = this.mislead(query, answer, grade, right, draw)
        blamed = grade.outcome in ("correct", "partial")
        assert (lie.right == answer) is not blamed and lie.right != right or answer == right and not blamed
        said = " ".join(lie.grade.feedback)
        assert right not in said or answer == right
        assert blamed is (lie.grade.outcome == "wrong") and lie.grade.reward == (1.0 if lie.grade.outcome == "correct" else 0.0)
        if blamed:
            ((key, option),) = facts_in(lie.grade.feedback.diagnosis)
            assert this.conventions[key] != option, "what a mistaken colleague states is not so"


@pytest.mark.parametrize("level", LEVELS)
def test_every_convention_decides_a_twentieth_of_eval(level):
    decided: dict[str, float] = {}
    count = 0
    for index in range(3):
        this = world(level, index)
        for place in seed_of("deciders").draw().sample(range(320), 160):
            count += 1
            for key in this.deciders(this.query("eval", place)):
                decided[key] = decided.get(key, 0) + 1
    for row in CATALOGUE:
        if row.level <= level and row.key not in ("burst", "wait"):  # shown by sequences of requests, not by single ones
            assert decided.get(row.key, 0) / count >= 0.05, (row.key, decided.get(row.key, 0) / count)
