"""How one job is measured, and how many are: side by side, each into a file of its own, so that what is done is kept."""

from __future__ import annotations

import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path
from statistics import fmean
from typing import Any

from clgym import registry
from clgym.agent import Agent, Conversation, Experience, StreamSettings, answers_of
from clgym.certify.plan import COPIED, OTHER_WORLDS, Job, checkpoints
from clgym.core import Query, World
from clgym.protocol.examination import Question, examine, sample_questions
from clgym.protocol.provenance import grader_hash
from clgym.protocol.stream import Stream
from clgym.records import Trial
from clgym.seeding import seed_of
from clgym.storage import SCHEMA, read_json, write_json

#: Twice in a row at least this, and a curve is finished.
PLATEAU = 0.995
#: Questions of each other pool, at the end of a curve.
OTHER_QUERIES = 64
#: A stretch of a text that is read: about a token.
_WORD = re.compile(r"\w+|[^\w\s]")
#: Share of env steps that are lied about, where that is measured.
NOISE = 0.2


def run(
    jobs: Sequence[Job], out: Path, *, workers: int = 1, done: Callable[[Job, dict[str, Any]], None] = lambda job, found: None
) -> None:
    """Measure what is not measured yet. A job that raises leaves its traceback in its file, is tried again next time, and stops nothing else."""
    out.mkdir(parents=True, exist_ok=True)
    left = [job for job in jobs if (known := result_of(job, out)) is None or "error" in known]
    if workers == 1:
        for job in left:
            done(job, _one(job, out))
        return
    with ProcessPoolExecutor(workers) as pool:
        try:
            waiting = {pool.submit(_one, job, out): job for job in left}
            for future in as_completed(waiting):
                done(waiting[future], future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def result_of(job: Job, out: Path) -> dict[str, Any] | None:
    """What was measured; ``None`` where nothing was, or other code of the family did."""
    file = out / job.file_name(_sources(job.env))
    return read_json(file) if file.exists() else None


_hashes: dict[str, str] = {}


def _sources(env: str) -> str:
    if env not in _hashes:
        _hashes[env] = grader_hash(env)
    return _hashes[env]


def _one(job: Job, out: Path) -> dict[str, Any]:
    try:
        found = MEASURES.get(job.kind, curve)(job)
    except Exception:  # a family's learner may be anybody's code
        found = {"error": traceback.format_exc(limit=-6)}
    found = {"schema": SCHEMA, **found}
    write_json(out / job.file_name(_sources(job.env)), found)
    return found


# -- a learner's curve --------------------------------------------------------------------------------------------------


def curve(job: Job, agent_name: str = "ideal") -> dict[str, Any]:
    """``eval`` over env steps, the words read until then, the other pools at the end, and what the learner makes of its own history.

    ``{"uncertified": ...}`` where the family brings no learner.
    """
    trial = _trial(job)
    agent = _agent(trial, agent_name)
    if agent is None:
        return {"uncertified": f"{job.env} brings no ideal learner at level {job.level}."}
    first = registry.make_world(job.env, level=job.level, split=job.split, world=job.world, breadth=job.breadth)
    after = first.drifted(_drift_seed(job)) if trial.drift_at else first
    began, points, lived = time.perf_counter(), [], list[Experience]()
    marks, words, stale = iter(checkpoints(job.steps)), 0, None
    mark: int | None = next(marks)
    step, cut = 0, False
    stream = _experiences(trial, lambda conversations: answers_of(agent, conversations))
    with closing(stream):
        while True:
            drifted = bool(trial.drift_at) and step >= trial.drift_at[0]
            if drifted and stale is None:
                stale = _exam(agent, after, "eval", job)
                points.append({"step": step, "words": words, "eval": stale, "drifted": True})
            while mark is not None and step >= mark:
                score = _exam(agent, after if drifted else first, "eval", job)
                points.append({"step": step, "words": words, "eval": score, "drifted": drifted})
                mark = next((m for m in marks if m > step), None)
            cut = time.perf_counter() - began > job.seconds
            if mark is None or cut or (not trial.drift_at and _finished(points)):
                break
            seen = next(stream)
            agent.learn(seen)
            lived += seen
            step += len(seen)
            words += sum(_words(one) for one in seen)
    world = after if trial.drift_at else first
    others = {pool: _exam(agent, world, pool, job, OTHER_QUERIES) for pool in world.pools if pool not in ("learn", "eval")}
    history = None if trial.drift_at or trial.noise else _history(agent, world, lived, job)
    floors = {pool: world.floor(pool) for pool in world.pools}
    return {
        "points": points,
        "pools": others,
        "floors": floors,
        "history": history,
        "stale": stale,
        "cut": cut,
        "seconds": round(time.perf_counter() - began, 2),
    }


def _finished(points: Sequence[dict[str, Any]]) -> bool:
    return len(points) > 1 and all(point["eval"] >= PLATEAU for point in points[-2:])


def _trial(job: Job) -> Trial:
    feedback = {"blind": "none", "score": "score", "diagnosis": "diagnosis", "gold": "gold"}.get(job.kind, "correction")
    return Trial(
        job.env,
        "ideal",
        level=job.level,
        breadth=job.breadth,
        split=job.split,
        world=job.world,
        seed=job.seed,
        steps=job.steps,
        feedback=feedback,
        noise=NOISE if job.kind == "noise" else 0.0,
        drift_at=(job.steps // 2,) if job.kind == "drift" else (),
        batch=1,
    )


def _agent(trial: Trial, name: str) -> Agent | None:
    """A fresh one, told which stream follows; ``None`` where the family brings no ideal learner."""
    if name == "ideal":
        family = registry.load_family(trial.env)
        told = {"breadth": trial.breadth, "noise": trial.noise, "drifts": trial.drift_at, "seed": trial.seed}
        return family.learner(trial.level, **told)  # type: ignore[arg-type]
    agent = registry.make_agent(name, seed=trial.seed)
    agent.prepare(StreamSettings(trial.env, trial.level, trial.breadth, trial.feedback, trial.noise, trial.drift_at))
    return agent


def _experiences(trial: Trial, act: Callable[[Sequence[Conversation]], Any]) -> Generator[list[Experience], None, None]:
    """What a learner sees, env step by env step: the protocol's own stream."""
    with closing(Stream(trial, 1, width=1)) as stream:
        for taken in stream.rounds(act):
            yield taken.experiences


def _exam(agent: Agent, world: World, pool: str, job: Job, size: int = 0) -> float:
    """The mean score over a sample of a pool, with a frozen agent."""
    return _mean_score(agent, sample_questions(world, "", pool, size or job.queries, job.seed, set=pool))


def _mean_score(agent: Agent, questions: Sequence[Question]) -> float:
    with agent.evaluating():
        records = examine(agent, questions, "checkpoint", 0, "none", lambda done: None)
    scores = [record.reward for record in records if record.reward is not None]
    return round(fmean(scores), 4) if scores else 0.0


def _history(agent: Agent, world: World, lived: Sequence[Experience], job: Job) -> float | None:
    """What the learner earns on queries that it has lived through, at most as many as an exam has; ``None`` where it lived through none."""
    there = {Query("learn", index, "").id: index for index in range(world.pools.get("learn", 0))}
    places = list(dict.fromkeys(there[one.query] for one in lived if one.query in there))
    asked = seed_of("history", job.seed).draw().sample(places, min(len(places), job.queries))
    return _mean_score(agent, [Question("learn", world, "", world.query("learn", place)) for place in asked]) if asked else None


def _words(experience: Experience) -> int:
    """Words and marks that were read in one env step: what was asked, answered and told."""
    told = experience.conversation[-1]["content"], experience.answer, experience.feedback
    return sum(len(_WORD.findall(text)) for text in told)


def _drift_seed(job: Job) -> Any:
    family = registry.load_family(job.env)
    return family.seed(job.level, job.split, job.world).child("drift", 1)


# -- what needs no ideal learner ------------------------------------------------------------------------------------------


def coverage(job: Job) -> dict[str, Any]:
    """Env steps until 90 % of the sampled ``eval`` queries have had everything that decides them shown once; ``None`` where it never is."""
    trial, world = _trial(job), registry.make_world(job.env, level=job.level, split=job.split, world=job.world, breadth=job.breadth)
    needed = [set(world.deciders(q.query)) for q in sample_questions(world, "", "eval", job.queries, job.seed, set="eval")]
    if not any(needed):
        return {"uncertified": f"{job.env} does not say what decides a query (World.deciders)."}
    shown, steps, pool = set[str](), 0, Stream.pool(world)
    walk = Stream.walk(world, trial, attempts=1)
    for _ in range(world.pools[pool]):
        while (index := walk.next(steps)) is None:
            walk.turn()
        query = world.query(pool, index)
        steps += world.turns(query)
        new = world.deciders(query) - shown
        shown |= new
        if new:
            needed = [rest for need in needed if (rest := need - shown)]
        if len(needed) <= 0.1 * job.queries:
            return {"steps": steps, "things": len(shown)}
    return {"steps": None, "things": len(shown), "never": len(needed)}


def copier(job: Job) -> dict[str, Any]:
    """What the generic learner earns after :data:`COPIED` env steps of corrections."""
    trial = _trial(job)
    agent = registry.make_agent("copier", seed=job.seed)
    world = registry.make_world(job.env, level=job.level, split=job.split, world=job.world, breadth=job.breadth)
    for number, seen in enumerate(_experiences(trial, lambda conversations: answers_of(agent, conversations)), start=1):
        agent.learn(seen)
        if number >= COPIED:
            break
    return {"eval": _exam(agent, world, "eval", job), "floor": world.floor("eval")}


def strangers(job: Job) -> dict[str, Any]:
    """What a policy earns that was trained on right answers of :data:`OTHER_WORLDS` train worlds, and on nothing of this one."""
    world = registry.make_world(job.env, level=job.level, split=job.split, world=job.world)
    return {"eval": _exam(_trained_elsewhere(job.env, job.level), world, "eval", job), "floor": world.floor("eval")}


#: By family and level, in this process.
_elsewhere: dict[tuple[str, int], Agent] = {}


def _trained_elsewhere(env: str, level: int) -> Agent:
    if (env, level) not in _elsewhere:
        agent = registry.make_agent("copier", memory=4 * OTHER_WORLDS)
        for index in range(OTHER_WORLDS):
            world = registry.make_world(env, level=level, split="train", world=index)
            for question in sample_questions(world, "", Stream.pool(world), 4, index, set="learn"):
                right = world.solve(question.query)
                conversation: Conversation = ({"role": "user", "content": question.query.prompt},)
                agent.learn([Experience(conversation, right, 1.0, "", True, "correct", "", options=question.query.options)])
        _elsewhere[env, level] = agent
    return _elsewhere[env, level]


def attacker(job: Job) -> dict[str, Any]:
    """What counting the words of prompts earns, without reward or feedback: the best of a few ways to prefer options by how often their
    words stand in the options of :data:`COPIED` learn prompts. The way is chosen on train worlds. ``None`` where prompts list no options.
    """
    world = registry.make_world(job.env, level=job.level, split=job.split, world=job.world)
    questions = sample_questions(world, "", "eval", job.queries, job.seed, set="eval")
    if not any(question.query.options for question in questions):
        return {"eval": None, "floor": world.floor("eval")}
    tuning = [registry.make_world(job.env, level=job.level, split="train", world=index) for index in range(4)]
    ways = [(sign, part) for sign in (1, -1) for part in ("first", "last", "all")]
    best = max(ways, key=lambda way: fmean(_counted(other, way, job) for other in tuning))
    return {
        "eval": _counted(world, best, job),
        "floor": world.floor("eval"),
        "way": f"{'common' if best[0] > 0 else 'rare'} {best[1]}",
    }


def _counted(world: World, way: tuple[int, str], job: Job) -> float:
    sign, part = way
    counts = Counter[str]()
    for question in sample_questions(world, "", Stream.pool(world), COPIED, job.seed, set="learn"):
        for option in question.query.options:
            counts.update(_parts(option, part))
    scores = []
    for question in sample_questions(world, "", "eval", job.queries, job.seed, set="eval"):
        options = question.query.options
        pick = max(options, key=lambda option: sign * fmean([counts[w] for w in _parts(option, part)] or [0])) if options else ""
        scores.append(world.grade(question.query, pick).reward)
    return round(fmean(scores), 4)


def _parts(option: str, part: str) -> list[str]:
    words = _WORD.findall(option.lower())
    return {"first": words[:1], "last": words[-1:], "all": words}[part]


def climber(job: Job) -> dict[str, Any]:
    """What the best constant answer earns that a climber on rewards finds: it keeps a change of the string where 16 learn queries pay more."""
    world = registry.make_world(job.env, level=job.level, split=job.split, world=job.world)
    draw = seed_of("climber", job.world).draw()
    asked = sample_questions(world, "", Stream.pool(world), 16, job.seed, set="learn")
    seeds = [world.sample_answer(question.query, draw) for question in asked]

    def paid(text: str) -> float:
        return fmean(_score(world, question.query, text) for question in asked)

    best = max(seeds, key=paid)
    earned = paid(best)
    for _ in range(200):
        words, other = best.split(" "), draw.choice(seeds).split(" ")
        place = draw.integer(0, len(words))
        changed = " ".join(draw.choice((words[:place] + other, [*words[:place], draw.choice(other), *words[place + 1 :]])))[:2_000]
        if (now := paid(changed)) > earned:
            best, earned = changed, now
    questions = sample_questions(world, "", "eval", job.queries, job.seed, set="eval")
    return {"eval": round(fmean(_score(world, q.query, best) for q in questions), 4), "floor": world.floor("eval"), "answer": best}


def _score(world: World, query: Query, text: str) -> float:
    episode, rewards = world.episode(query), []
    for _ in range(world.turns(query)):
        turn = episode.step(text)
        rewards.append(turn.grade.reward)
        if turn.done:
            break
    return episode.score(rewards)


MEASURES: dict[str, Callable[[Job], dict[str, Any]]] = {
    "coverage": coverage,
    "copier": copier,
    "strangers": strangers,
    "attacker": attacker,
    "climber": climber,
}
