"""Inspect AI: a task, its solver and its scorer (``pip install 'clgym[inspect]'``; Inspect finds them through clgym's entry point).

    inspect eval clgym/clgym_task -T env=CL-Sparring-v0 -T pool=eval -T evaluate=true -T limit=50 --model ...

The score is that of the last attempt, the mean over samples is the benchmark's number. A failed grade, or a conversation that was cut before an attempt
ended, is an unscored sample: Inspect counts it and leaves it out of the mean. Samples are independent: nothing is learned from one to the next.
"""

from __future__ import annotations

from typing import Any

from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout
from clgym.session import Session

framework("inspect_ai", "inspect", "inspect-ai")
dataset, models, scorers, solvers = (
    framework(f"inspect_ai.{name}", "inspect", "inspect-ai") for name in ("dataset", "model", "scorer", "solver")
)
inspect_ai = framework("inspect_ai", "inspect", "inspect-ai")

_SCORE, _FAILED, _FEEDBACK = "clgym_score", "clgym_failed", "clgym_feedback"


@inspect_ai.task  # type: ignore[untyped-decorator]
def clgym_task(env: str, pool: str | None = None, limit: int | None = None, system: str = "", **settings: Any) -> Any:
    """A task of ``limit`` queries of a pool, all where none is given. Pools other than the learn stream's need ``evaluate=True``.

    ``settings`` are those of :class:`clgym.Session`: level, breadth, split, world, feedback, attempts, evaluate.
    """
    with Session(env, **settings) as session:
        chosen = pool or next(iter(session.world.pools))
        session.start(0, chosen)  # refuses what is held out
        count = session.world.pools[chosen] if limit is None else min(limit, session.world.pools[chosen])
        queries = [session.world.query(chosen, index) for index in range(count)]
    head = [models.ChatMessageSystem(content=system)] if system else []
    samples = [
        dataset.Sample(
            input=[*head, models.ChatMessageUser(content=query.prompt)],
            id=query.id,
            metadata={"index": query.index, "pool": query.pool},
        )
        for query in queries
    ]
    return inspect_ai.Task(
        dataset=dataset.MemoryDataset(samples, name=env), solver=converse(env, **settings), scorer=graded(), name=f"clgym_{env}"
    )


@solvers.solver  # type: ignore[untyped-decorator]
def converse(env: str, **settings: Any) -> Any:
    """Plays the user: says what ``clgym run`` says, turn by turn, with feedback where a query is tried again."""

    async def solve(state: Any, generate: Any) -> Any:
        with Session(env, **settings) as session:
            played = Rollout(session, state.metadata["index"], state.metadata["pool"])
            while True:
                state = await generate(state)
                if state.completed:  # a limit of messages, tokens or time
                    break
                said = await played.asay(state.output.completion)
                if said.done:
                    break
                state.messages.append(models.ChatMessageUser(content=said.messages[-1]["content"]))
        for key, value in ((_SCORE, played.score), (_FAILED, played.failed), (_FEEDBACK, played.feedback)):
            state.store.set(key, value)
        return state

    return solve


@scorers.scorer(metrics=[scorers.mean(), scorers.stderr()])  # type: ignore[untyped-decorator]
def graded() -> Any:
    """What the env said, in [0, 1]."""

    async def score(state: Any, target: Any) -> Any:
        earned = state.store.get(_SCORE)
        if earned is None:
            cut = "the conversation was cut before an attempt came to its end"
            return scorers.Score.unscored(reason=state.store.get(_FEEDBACK) if state.store.get(_FAILED) else cut)
        return scorers.Score(value=earned, answer=state.output.completion, explanation=state.store.get(_FEEDBACK))

    return score
