"""The contract of task families and probes: every pool of every level, on samples.

Each check is a function that yields what is wrong, in words for the family's author. Checks of a family and of one of its levels are
listed in :data:`FAMILY_CHECKS` and :data:`LEVEL_CHECKS`; a probe draws no rules and is spared :data:`RULE_CHECKS`.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

import gymnasium as gym
from gymnasium.utils.env_checker import check_env

from clgym.agent import Experience, Message, with_options
from clgym.breadth import BroadWorld, Shared
from clgym.core import FEEDBACK_LEVELS, MAX_TURNS, OUTCOMES, Episode, Family, Query, SingleTurn, World, play
from clgym.env import MAX_OBSERVATION
from clgym.errors import UnknownName
from clgym.registry import FamilyRow, draw_world, family, gym_spec, load_family
from clgym.seeding import seed_of
from clgym.testing.findings import Broken, Case, Skipped, cases_of, short
from clgym.text.answers import DRESSED, FORMS

#: Fewest distinct queries of a pool: at level 0, which small models have to learn, and above it.
FEWEST_LEARN, FEWEST_LEARN_AT_0 = 2000, 100
FEWEST_EVAL, FEWEST_EVAL_AT_0 = 300, 40
#: Fewest eval queries of a probe.
FEWEST_PROBE = 40
#: What a constant answer may earn: at level 0, and above it.
CONSTANT_MAY_EARN, CONSTANT_MAY_EARN_AT_0 = 0.3, 0.4
#: How far a mean over a sample may lie above what it should be.
SLACK, FLOOR_SLACK = 0.05, 0.02
#: Another world's right answers may earn this much above the floor.
STRANGER_MAY_EARN = 0.25
#: Two worlds share less than this part of their rules, on average.
MOST_SHARED = 0.5
#: After a drift, the old rules earn less than this.
STALE_MAY_EARN = 0.97
#: A right answer longer than this does not occur in honest sentences by chance.
TELLING_LENGTH = 6

SECTIONS = (
    "Description",
    "Hidden rules",
    "Observation",
    "Answer",
    "Reward",
    "Feedback",
    "Levels",
    "Pools",
    "Probes",
    "Floor and ceiling",
    "Origin",
)

#: Answers that graders have stumbled over.
HOSTILE = (
    "",
    " ",
    "\0",
    "\ud800",
    "\u202eabc\u202c",
    "🙂" * 500,
    "(" * 5000,
    "a " * 4000,
    "x" * 1_000_000,
    "```\n```",
    "'; DROP TABLE",
    "{}" * 300,
    "1+1" * 6000,
    "2**" * 6000 + "2",
    "a" + ".b" * 9000,
    "f" + "()" * 9000,
    "a" + "[0]" * 6000,
)

#: What reads each form of answer.
READER = {"words": "plain", "exact": "fitting", "text": "unwrap", "code": "code"}

#: From a query, its episode and the observation to an answer.
Policy = Callable[[Query, Episode, str], str]
Problems = Iterator[str]


class FamilySubject:
    """A family under test, and the worlds of it that are drawn so far. ``name`` is an id or ``module:Name``."""

    def __init__(self, name: str):
        self.name = name
        self.row: FamilyRow = family(name)
        self._worlds: dict[tuple[int, int], World] = {}

    @functools.cached_property
    def family(self) -> Family:
        return load_family(self.name)

    @property
    def is_probe(self) -> bool:
        return "probe" in self.row.tags

    @property
    def levels(self) -> range:
        return self.row.levels if self.row.levels is not None else self.family.levels

    def world(self, level: int, index: int = 0) -> World:
        """A train world, drawn once."""
        if (level, index) not in self._worlds:
            self._worlds[level, index] = self.draw(level, index)
        return self._worlds[level, index]

    def draw(self, level: int, index: int = 0) -> World:
        """A train world, drawn anew. Raises as :func:`clgym.registry.make_world`."""
        self.family.check_level(level)
        return draw_world(self.family, self.family.seed(level, "train", index), level)


def family_cases(name: str) -> list[Case]:
    """Every check of a family or a probe, for each of its levels. Imports what ``module:Name`` names, and nothing for an id of clgym's.

    Raises as :func:`clgym.registry.family`.
    """
    subject = FamilySubject(name)
    levels = subject.levels
    cases = cases_of(FAMILY_CHECKS, name, subject)
    for level in levels:
        of_rules = () if subject.is_probe else (check for check, at in RULE_CHECKS.items() if level in at(levels))
        cases += cases_of((*LEVEL_CHECKS, *of_rules), name, subject, level=level)
    return cases


# -- what is played ---------------------------------------------------------------------------------------------------


def sampled(world: World, pool: str, count: int = 16) -> Iterator[Query]:
    """Some queries of a pool, the same ones each time."""
    size = world.pools[pool]
    for index in seed_of("contract", world.family, pool).draw().sample(range(size), min(count, size)):
        yield world.query(pool, index)


def each_pool(world: World, count: int = 16) -> Iterator[tuple[str, list[Query]]]:
    for pool in world.pools:
        yield pool, list(sampled(world, pool, count))


def mean_score(world: World, queries: Sequence[Query], policy: Policy) -> float:
    """What a policy earns over whole episodes, in [0, 1]."""
    scores = []
    for query in queries:
        rollout = play(world, query, functools.partial(policy, query))
        broken = [turn.grade.feedback for turn in rollout.turns if turn.grade.outcome == "failed"]
        if broken:
            raise Broken(f"{query.id}: the grader failed, which is for infrastructure that breaks: {broken[0].diagnosis}")
        scores.append(rollout.score)
    return sum(scores) / len(scores)


def constant_score(world: World, queries: Sequence[Query], constant: str, most: float) -> float:
    """What one answer to every query earns; 0 as soon as it cannot earn more than ``most`` any longer, which spares running programs."""
    total = 0.0
    for asked, query in enumerate(queries, start=1):
        total += mean_score(world, [query], lambda query, episode, observation: constant)
        if total + len(queries) - asked <= most * len(queries):
            return 0.0
    return total / len(queries)


def oracle(query: Query, episode: Episode, observation: str) -> str:
    return episode.solve()


def oracle_answers(world: World, query: Query) -> list[str]:
    """What the oracle says from the first turn of an episode to its last."""
    if isinstance(world.episode(query), SingleTurn):  # nothing comes of it that would have to be graded
        return [world.solve(query)]
    answers: list[str] = []

    def policy(episode: Episode, observation: str) -> str:
        answers.append(episode.solve())
        return answers[-1]

    play(world, query, policy)
    return answers


def score_elsewhere(knower: World, query: Query, world: World) -> float:
    """What the oracle of another world earns in ``world`` with what it would say at the same place of its own."""
    own = knower.episode(knower.query(query.pool, query.index % knower.pools[query.pool]))

    def policy(query: Query, episode: Episode, observation: str) -> str:
        answer = own.solve()
        if not isinstance(own, SingleTurn):
            own.step(answer)
        return answer

    return mean_score(world, [query], policy)


# -- the family -------------------------------------------------------------------------------------------------------


def gymnasium_checker(subject: FamilySubject) -> Problems:
    """Its env passes gymnasium's own checker, and renders as text."""
    spec = gym_spec(subject.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of render modes and spaces that are no arrays
        check_env(gym.make(spec, level=subject.levels[0]).unwrapped, skip_render_check=True)
        env = gym.make(spec, level=subject.levels[0], render_mode="ansi")
    if env.unwrapped.render_mode != "ansi":
        yield 'gym.make(..., render_mode="ansi") gives an env without that render mode.'


def identity(subject: FamilySubject) -> Problems:
    """Name, version and levels are what its row says, and a level that it has not is a typed error."""
    made, named = subject.family, ":" not in subject.name
    if named and made.name != subject.name:
        yield f"the class has name = {made.name!r}, and its row or entry point says {subject.name!r}: make them equal."
    if not isinstance(made.version, int):
        yield f"version is {made.version!r}: a whole number, which goes up whenever the same seed would draw another world."
    if not isinstance(made.levels, range) or not made.levels:
        raise Broken(f"levels is {made.levels!r}: a range that is not empty, such as range(2).")
    if list(made.levels) != list(subject.levels):
        yield f"the class has levels = {made.levels}, and its row says {subject.levels}."
    try:
        made.check_level(made.levels.stop)
        yield f"check_level({made.levels.stop}) raises nothing, though there is no such level: it should raise UnknownName."
    except UnknownName as error:
        if "level" not in str(error):
            yield f"check_level({made.levels.stop}) raises {error}, which does not say that it is about a level."
    world = subject.world(made.levels[0])
    if (world.family, world.level) != (made.name, made.levels[0]):
        yield f"its world says family {world.family!r}, level {world.level!r}, not {made.name!r}, {made.levels[0]}."


def docstring(subject: FamilySubject) -> Problems:
    """The docstring of the class has the sections that become the family's page."""
    text = inspect.getdoc(type(subject.family)) or ""
    missing = [section for section in SECTIONS if section not in text]
    if missing:
        yield f"the docstring of {type(subject.family).__name__} lacks {', '.join(missing)}: a line or two of each."


# -- each level -------------------------------------------------------------------------------------------------------


def oracle_earns_everything(subject: FamilySubject, level: int) -> Problems:
    """The oracle earns 1.0 on every query."""
    for index in (0, 1):
        world = subject.world(level, index)
        for _, queries in each_pool(world):
            for query in queries:
                rollout = play(world, query, functools.partial(oracle, query))
                last = rollout.turns[-1]
                if rollout.score != 1.0 or not last.done or last.grade.outcome != "correct":
                    yield (
                        f"{query.id} of world {index}: the oracle earned {rollout.score:.2f} ({last.grade.outcome}"
                        f"{'' if last.done else ', and the episode did not end'}) with {short(oracle_answers(world, query)[-1])}; "
                        f"expected 1.00 (correct). What was said: {short(' '.join(last.grade.feedback), 200)}"
                    )
                if world.solve(query) != world.episode(query).solve():
                    yield f"{query.id} of world {index}: World.solve and the solve of a new episode differ."


def ignorance_stays_at_the_floor(subject: FamilySubject, level: int) -> Problems:
    """Who knows nothing of the world earns no more than its floor."""
    world = subject.world(level)
    draw = seed_of("ignorant").draw()
    for pool, queries in each_pool(world, 48):
        ignorant: dict[str, Policy] = {
            "an empty answer": lambda query, episode, observation: "",
            "the prompt itself": lambda query, episode, observation: observation,
            'the word "yes"': lambda query, episode, observation: "yes",
            "World.sample_answer": lambda query, episode, observation: world.sample_answer(query, draw),
        }
        if any(query.options for query in queries):
            ignorant["all options at once"] = lambda query, episode, observation: " ".join(query.options)
        if pool != "guard":  # the guard is where the plain habit is right
            ignorant["World.habit"] = lambda query, episode, observation: world.habit(query)
        for who, policy in ignorant.items():
            score = mean_score(world, queries, policy)
            if score > world.floor(pool) + FLOOR_SLACK:
                yield (
                    f"pool {pool}: {who} earns {score:.3f}, and floor({pool!r}) says {world.floor(pool):.3f}. Let the grader give it "
                    "less, or let floor say what knowing nothing earns."
                )


def constants_do_not_pay(subject: FamilySubject, level: int) -> Problems:
    """No right answer earns much when it is given to every query."""
    world = subject.world(level)
    limit = CONSTANT_MAY_EARN_AT_0 if level == 0 else CONSTANT_MAY_EARN
    for pool, queries in each_pool(world, 40):
        allowed = max(limit, world.floor(pool)) if subject.is_probe else limit
        for constant in sorted({answer for query in queries for answer in oracle_answers(world, query)})[:12]:
            score = constant_score(world, queries, constant, allowed + SLACK)
            if score > allowed + SLACK:
                yield (
                    f"pool {pool}: {short(constant)} for every query earns {score:.2f}; at most {allowed:.2f} is allowed. More different "
                    "right answers, or less partial credit, make guessing worthless."
                )


def prompts(subject: FamilySubject, level: int) -> Problems:
    """Prompts differ within a pool and between pools."""
    world = subject.world(level)
    pool_of: dict[str, str] = {}
    for pool, queries in each_pool(world, 200):
        for query in queries:
            if pool_of.setdefault(query.prompt, pool) != pool:
                yield f"pools {pool_of[query.prompt]} and {pool} share the prompt {short(query.prompt)}: what is examined is not taught."
            if not 0 < len(query.prompt) < MAX_OBSERVATION:
                yield f"{query.id}: a prompt of {len(query.prompt):,} characters; expected 1 to {MAX_OBSERVATION:,}."
        different = len({query.prompt for query in queries})
        if different != len(queries):
            yield f"pool {pool}: {len(queries)} queries have {different} different prompts. Say how many there are in World.pools."


def purity(subject: FamilySubject, level: int) -> Problems:
    """Worlds and queries survive pickling, and the same call gives the same query, answer and grade again."""
    world = subject.world(level)
    queries = [query for _, batch in each_pool(world, 3) for query in batch]
    first = [(query, world.solve(query), world.grade(query, "no")) for query in queries]
    twin = pickle.loads(pickle.dumps(world))
    for query, copy in zip(queries, pickle.loads(pickle.dumps(queries))):
        if query != copy:
            yield f"{query.id}: a pickled query is another one: its payload needs __eq__, as dataclasses and tuples have it."
    again = [(twin.query(q.pool, q.index), twin.solve(q), twin.grade(q, "no")) for q in reversed(queries)]
    for what, one, other in zip(("query", "solve", "grade"), zip(*first), zip(*again[::-1])):
        for query, before, after in zip(queries, one, other):
            if before != after:
                yield f"{query.id}: {what} of a pickled world gives {short(after)}, and gave {short(before)}: something is not of the seed."
    rulebooks = {world.rulebook(), twin.rulebook(), subject.draw(level).rulebook()}
    if len(rulebooks) > 1:
        yield "the same seed has different rulebooks: draw with seed.draw(...) alone, and iterate over no set."


def any_answer_is_graded(subject: FamilySubject, level: int) -> Problems:
    """Any string gets a grade, and a string that is no answer earns little."""
    world = subject.world(level)
    for pool, queries in each_pool(world, 1):
        most = max(0.4, world.floor(pool))
        for answer in HOSTILE:
            for turn in play(world, queries[0], lambda episode, observation, answer=answer: answer).turns:  # type: ignore[misc]
                grade = turn.grade
                if grade.outcome not in OUTCOMES or grade.outcome == "failed" or not 0.0 <= grade.reward <= most:
                    yield (
                        f"{queries[0].id}: {short(answer)} has outcome {grade.outcome!r}, reward {grade.reward:.2f}; expected at most "
                        f"{most:.2f}, and wrong or malformed."
                    )
                if not grade.feedback.verdict:
                    yield f"{queries[0].id}: {short(answer)} gets a grade without a verdict."
                if len(turn.observation) >= MAX_OBSERVATION:
                    yield f"{queries[0].id}: after {short(answer)} the observation has {len(turn.observation):,} characters."


def parts(subject: FamilySubject, level: int) -> Problems:
    """Every part that a grade has is named in ``World.parts``."""
    world = subject.world(level)
    for _, queries in each_pool(world, 3):
        for query in queries:
            for answer in ("", world.habit(query), world.solve(query)):
                undeclared = set(world.grade(query, answer).parts) - set(world.parts)
                if undeclared:
                    yield f"{query.id}: the grade of {short(answer)} has parts that World.parts lacks: {', '.join(sorted(undeclared))}."


def dressing(subject: FamilySubject, level: int) -> Problems:
    """The oracle's answer earns everything in any dress that is harmless for its form: a fence, quotes, bold, a full stop."""
    world = subject.world(level)
    for _, queries in each_pool(world, 3):
        for query in queries:
            form = world.form(query)
            if form not in FORMS:
                raise Broken(f"{query.id}: World.form gives {form!r}; expected one of {', '.join(FORMS)}.")
            for name, dress, forms in DRESSED:
                if form not in forms:
                    continue
                rollout = play(world, query, lambda episode, observation, dress=dress: dress(episode.solve()))  # type: ignore[misc]
                if rollout.score != 1.0:
                    yield (
                        f"{query.id}: the right answer with {name}, {short(dress(world.solve(query)))}, earned {rollout.score:.2f}, not "
                        f"1.00. clgym.text.answers takes dressing off ({READER[form]}); World.form says how much is dressing."
                    )


def feedback_ladder(subject: FamilySubject, level: int) -> Problems:
    """The correction says what is right, and no feedback below it does."""
    world = subject.world(level)
    draw = seed_of("ladder").draw()
    for _, queries in each_pool(world, 12):
        for query in queries:
            for answer in ("", world.sample_answer(query, draw), world.habit(query)):
                yield from _ladder_of(world, query, answer)


def _ladder_of(world: World, query: Query, answer: str) -> Problems:
    """Give one answer turn after turn; every turn's feedback must keep to the ladder."""
    episode, observed = world.episode(query), query.prompt
    for _ in range(MAX_TURNS):
        right = episode.solve()
        observation, grade, done = episode.step(answer)
        rungs = [grade.text(rung) for rung in FEEDBACK_LEVELS]
        if not all(more.startswith(less) for less, more in zip(rungs, rungs[1:])):
            yield f"{query.id}: a higher level of feedback does not begin with the lower one: {short(rungs, 300)}"
        if grade.outcome != "correct":
            if right not in rungs[-1]:
                yield f"{query.id}: after {short(answer)} the correction does not hold the right answer {short(right)}: {short(rungs[-1], 200)}"
            # Short answers ("die", "3", an option that the prompt lists) occur in honest sentences by chance.
            if len(right) > TELLING_LENGTH and right not in answer and right not in observed and right.lower() in rungs[-2].lower():
                yield f"{query.id}: verdict or diagnosis give the right answer {short(right)} away: {short(rungs[-2], 200)}"
        if done:
            return
        observed += observation
    yield f"{query.id}: the episode goes on after {MAX_TURNS} answers."


def pools(subject: FamilySubject, level: int) -> Problems:
    """Pools are large enough, ``learn`` is the first, and there is a ``guard``."""
    sizes = dict(subject.world(level).pools)
    if subject.is_probe:
        fewest = {"eval": FEWEST_PROBE}
    elif level == 0:
        fewest = {"learn": FEWEST_LEARN_AT_0, "eval": FEWEST_EVAL_AT_0, "guard": 1}
    else:
        fewest = {"learn": FEWEST_LEARN, "eval": FEWEST_EVAL, "guard": 1}
    for pool, least in fewest.items():
        if sizes.get(pool, 0) < least:
            yield f"pool {pool} has {sizes.get(pool, 0):,} queries; at least {least:,} distinct ones at level {level}."
    if not subject.is_probe and next(iter(sizes), "") != "learn":
        yield f"the first pool is {next(iter(sizes), 'missing')!r}: what is learned from comes first, and is called learn."


# -- the rules that are drawn -----------------------------------------------------------------------------------------


def drift(subject: FamilySubject, level: int) -> Problems:
    """A drift changes what is right, and the oracle knows it."""
    world = subject.world(level)
    later = world.drifted(seed_of("drift test"))
    stale = [
        score_elsewhere(world, later.query(query.pool, query.index % later.pools[query.pool]), later)
        for query in sampled(world, "eval", 60)
    ]
    if sum(stale) / len(stale) >= STALE_MAY_EARN:
        yield f"after a drift the old rules still earn {sum(stale) / len(stale):.2f} on eval: drifted has to change rules that are asked about."
    if later.rulebook() == world.rulebook():
        yield "the rulebook of a drifted world is the old one."
    for query in sampled(later, "eval"):
        score = mean_score(later, [query], oracle)
        if score != 1.0:
            yield f"{query.id} after a drift: the oracle earned {score:.2f}; expected 1.00."


def other_worlds(subject: FamilySubject, level: int) -> Problems:
    """What is right in one world is worth little in another."""
    worlds = [subject.world(level, index) for index in range(3)]
    for number, world in enumerate(worlds):
        most = world.floor("eval") + STRANGER_MAY_EARN
        for other, knower in enumerate(worlds):
            if number != other:
                scores = [score_elsewhere(knower, query, world) for query in sampled(world, "eval", 24)]
                if sum(scores) / len(scores) > most:
                    yield (
                        f"the right answers of world {other} earn {sum(scores) / len(scores):.2f} on eval of world {number}; at most "
                        f"{most:.2f} (the floor and {STRANGER_MAY_EARN}). More of what is asked has to be drawn."
                    )


def shared_rules(subject: FamilySubject, level: int) -> Problems:
    """Two worlds share less than half of their rules."""
    rules = [subject.world(level, index).rules() for index in range(6)]
    shares = [len(a & b) / max(1, min(len(a), len(b))) for place, a in enumerate(rules) for b in rules[place + 1 :]]
    if not all(rules):
        yield "World.rules() is empty: by default it is the lines of the rulebook."
    if sum(shares) / len(shares) >= MOST_SHARED:
        yield (
            f"two worlds share {sum(shares) / len(shares):.2f} of their rules; less than {MOST_SHARED} is expected. Where the rulebook "
            "explains what all worlds share, override World.rules to give what is drawn."
        )


def other_processes(subject: FamilySubject) -> Problems:
    """The same seed draws the same world in another process, whatever its hash seed."""
    here, there = fingerprints(subject.name), _fingerprints_under(subject.name, "4242")
    if len(set(here.values())) < len(here):
        yield "two levels, or a world before and after its drift, ask and answer the same."
    for what in here:
        if here[what] != there[what]:
            yield f"{what} differ in another process: a set or hash() decides something. Sort what comes out of a set before it is drawn from."


def fingerprints(name: str, levels: Iterable[int] | None = None) -> dict[str, str]:
    """A digest of what world 1 of these levels (of all) asks and answers, before and after a drift."""
    subject, digests = FamilySubject(name), {}
    for level in subject.levels if levels is None else sorted(levels):
        world = subject.draw(level, 1)
        worlds = {"": world} if subject.is_probe else {"": world, " after a drift": world.drifted(seed_of("digest"))}
        for when, drawn in worlds.items():
            text = "\n".join([drawn.rulebook(), *(line for pool in drawn.pools for line in _lines_of(drawn, pool))])
            digests[f"level {level}: worlds{when}"] = sha256(text.encode()).hexdigest()
    return digests


def _lines_of(world: World, pool: str) -> Iterator[str]:
    """What some queries of a pool ask and answer."""
    for query in sampled(world, pool, 3):
        yield f"{query.prompt}|{'|'.join(query.options)}|{world.solve(query)}"
        for answer in ("", "no", world.habit(query)):
            yield repr(world.episode(query).step(answer))


def _fingerprints_under(name: str, hash_seed: str) -> dict[str, str]:
    code = "import json, sys; from clgym.testing.families import fingerprints; print(json.dumps(fingerprints(sys.argv[1])))"
    around = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, env=around)
    if process.returncode:
        raise Broken(f"another process cannot make it: {process.stderr.strip().splitlines()[-1]}")
    digests: dict[str, str] = json.loads(process.stdout.splitlines()[-1])
    return digests


def siblings(subject: FamilySubject, level: int) -> Problems:
    """Siblings of a world have other names and some of its rules, and every prompt of a broad world names the sibling that it is from."""
    world = subject.world(level)
    if type(world).sibling is World.sibling:
        raise Skipped("its worlds have no siblings, so its breadth is 1.")
    broad = BroadWorld(world, seed_of("contract", subject.name, "broad"), 4)
    members = broad.members()
    for member in members[1:]:
        if dict(member.pools) != dict(world.pools):
            yield f"the sibling {member.name} has pools {dict(member.pools)}, its parent {dict(world.pools)}: expected the same sizes."
        if member.rules() and member.rules() == world.rules():
            yield f"the sibling {member.name} has all rules of its parent: expected about half of them."
    for pool, queries in each_pool(broad, 8):
        for query in queries:
            asked: Shared = query.payload
            member = members[asked.rank]
            if pool != "guard" and member.name not in query.prompt:  # a guard may speak of somebody else alone
                yield f"{query.id}: a prompt of {pool} does not name its sibling {member.name!r}: {short(query.prompt)}"
            score = play(broad, query, lambda episode, _: episode.solve()).score
            if score != 1.0:
                yield f"{query.id}: the oracle earned {score:.2f} in {pool} of the broad world; expected 1.00."


def learners(subject: FamilySubject, level: int) -> Problems:
    """The ideal learner reads what an agent is shown: with other ids, outcomes and pools around it, it answers the same."""
    if subject.family.learner(level) is None:
        raise Skipped("it brings no ideal learner, so its worlds are not certified.")
    world = subject.world(level)
    ours, theirs = subject.family.learner(level), subject.family.learner(level)
    assert ours is not None and theirs is not None  # one was made above
    pool = next(iter(world.pools))
    for number, query in enumerate(sampled(world, pool, 12)):
        conversation = with_options([Message(role="user", content=query.prompt)], query.options)
        given = ours.act([conversation])[0].text
        if given != theirs.act([conversation])[0].text:
            yield f"{query.id}: two learners of one seed that were shown the same answer differently."
            return
        episode = world.episode(query)
        right, turn = episode.solve(), episode.step(given)
        told = turn.grade.text("correction")
        shown = Experience(
            tuple(conversation), given, turn.grade.reward, told, turn.done, turn.grade.outcome, query.id, correction=right
        )
        shown = replace(shown, options=query.options)
        ours.learn([shown])
        theirs.learn([replace(shown, outcome="", query=f"q{number}", pool="", world="")])
    with ours.evaluating(), theirs.evaluating():
        for query in sampled(world, pool, 12):
            conversation = with_options([Message(role="user", content=query.prompt)], query.options)
            if ours.act([conversation])[0].text != theirs.act([conversation])[0].text:
                yield f"{query.id}: the ideal learner answers otherwise where ids, outcomes and pools are hidden: it reads more than is shown."


FAMILY_CHECKS: tuple[Callable[..., Problems], ...] = (gymnasium_checker, identity, docstring, other_processes)
LEVEL_CHECKS: tuple[Callable[..., Problems], ...] = (
    oracle_earns_everything,
    ignorance_stays_at_the_floor,
    constants_do_not_pay,
    prompts,
    purity,
    any_answer_is_graded,
    parts,
    dressing,
    feedback_ladder,
    pools,
)
#: And at which of a family's levels each is run.
RULE_CHECKS: dict[Callable[..., Problems], Callable[[range], Iterable[int]]] = {
    drift: lambda levels: levels[:2],
    other_worlds: lambda levels: {*levels[:2], *levels[-1:]},
    shared_rules: lambda levels: levels,
    siblings: lambda levels: {*levels[:1], *levels[-1:]},
    learners: lambda levels: levels[:2],
}
