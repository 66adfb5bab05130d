"""What happened in finished trials, exchange by exchange, with what records leave out: the conversation and the right answer.

A record holds what an agent said and what it earned. Conversations, corrections and the world after a drift are made again by walking
the trial's schedule with the recorded answers, as ``clgym verify`` does; where something comes out otherwise than it was written, nothing is
exported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from clgym.agent import Answer, Conversation, Experience, Message
from clgym.core import Query
from clgym.errors import InvalidSetting, RecordsError, UnknownName
from clgym.integrations.retelling import Retelling, walked_outside
from clgym.protocol.examination import EvalEpisode, Question
from clgym.protocol.schedule import Ask, Learn, events_of
from clgym.protocol.stream import Stream
from clgym.records import AnswerRecord, LearnRecord, StepRecord, Trial, TrialRecords, reward_or_none
from clgym.submission.replay import recorded_attempts


@dataclass(frozen=True)
class Exchange:
    """One answer: what was shown, what was said, what it truly earned."""

    trial: Trial
    set: str
    """learn, eval, guard, ``transfer/NAME`` or ``probe/ID``."""
    world: str
    query: str
    index: int
    """Of the query in its pool."""
    episode: int
    """Place of the query in its set, from 0; its attempts and turns share it."""
    attempt: int
    turn: int
    """Of the attempt, from 0."""
    conversation: Conversation
    """All that the agent was shown when it answered: earlier attempts and feedback included."""
    bare: Conversation
    """The same without earlier attempts."""
    answer: str
    reward: float | None
    """The true one, in [0, 1]; ``None`` where the grader failed."""
    outcome: str
    feedback: str
    """As it was told; "" in examinations, where nobody is told anything."""
    right: str
    """The right answer as bare text, where it was told or given, and is true; else ""."""
    done: bool
    score: float | None
    """Of the whole attempt, on its last turn; else ``None``."""
    misled: bool = False
    """Whether the feedback was somebody's mistake (``noise``)."""


def exchanges(recorded: TrialRecords, sets: Sequence[str] = ("learn",), *, evaluate: bool = False) -> Iterator[Exchange]:
    """The exchanges of a finished trial, those of one episode one behind the other, in the order of the stream.

    Of the learn stream, those of the agent itself (no placebo). Raises ``InvalidSetting`` where held-out sets or private worlds are wanted and
    ``evaluate`` was not said, ``UnknownName`` for a set that the trial does not have, ``RecordsError`` where the records do not come out again.
    """
    check_sets(recorded.trial, sets, evaluate=evaluate)
    asked = {record.set for record in recorded.of(AnswerRecord) if record.phase == "after"}
    for name in sets:
        if name != "learn" and name not in asked:
            raise UnknownName("set of this trial", name, sorted({"learn", *asked}))
    if "learn" in sets:
        yield from _in_episodes(_retold(recorded) if walked_outside(recorded.header) else _lived(recorded))
    held_out = [name for name in sets if name != "learn"]
    if held_out:
        yield from _examined(recorded, held_out)


def check_sets(trial: Trial, sets: Sequence[str], *, evaluate: bool) -> None:
    """Raise ``InvalidSetting`` where what is wanted is kept for measuring, and nobody said that it may be had."""
    held_out = [name for name in sets if name != "learn"]
    if evaluate or not (held_out or trial.split == "test"):
        return
    what = f"{', '.join(held_out)} of {trial.world_id} is held out" if held_out else f"{trial.world_id} is a private world"
    raise InvalidSetting(
        f"{what}: what is trained on it cannot be measured with it. --evaluate (evaluate=True) exports it all the same."
    )


def _in_episodes(lived: Iterable[Exchange]) -> Iterator[Exchange]:
    """Slots of a stream take turns; here an episode's exchanges follow one another. Held in memory: those of the episodes under way."""
    waiting: dict[int, list[Exchange]] = {}
    ended: set[int] = set()
    first = 0
    for exchange in lived:
        waiting.setdefault(exchange.episode, []).append(exchange)
        if exchange.done:
            ended.add(exchange.episode)
        while first in ended:
            yield from waiting.pop(first)
            ended.discard(first)
            first += 1
    for episode in sorted(waiting):  # the stream ended in the middle of these
        yield from waiting[episode]


def _lived(recorded: TrialRecords) -> Iterator[Exchange]:
    """The learn stream once more, with the recorded answers in the agent's place."""
    trial, steps = recorded.trial, (record for record in recorded.of(StepRecord) if record.arm == "learn")
    learn = next(event for event in _events(recorded) if isinstance(event, Learn))
    coming: list[StepRecord] = []

    def answers(conversations: Sequence[Conversation]) -> list[Answer]:
        coming[:] = [record for _, record in zip(conversations, steps)]
        if len(coming) < len(conversations):
            raise RecordsError(f"{recorded.folder} ends in the middle of its learn stream.")
        return [record.given for record in coming]

    places, turns = _places(learn), dict[tuple[int, int], int]()
    with closing(Stream(learn.trial, learn.attempts, width=learn.width)) as stream:
        for taken in stream.rounds(answers):
            for lived, made, written in zip(taken.experiences, taken.records, coming):
                _same(recorded, written, made)
                key = (written.episode, written.attempt)
                turn = turns[key] = turns.get(key, -1) + 1
                misled = trial.noise > 0 and written.outcome != "failed" and lived.outcome not in ("", written.outcome)
                yield Exchange(
                    trial=trial,
                    set="learn",
                    world=written.world,
                    query=written.query,
                    index=places[written.query],
                    episode=written.episode,
                    attempt=written.attempt,
                    turn=turn,
                    conversation=lived.conversation,
                    bare=lived.bare,
                    answer=written.answer,
                    reward=written.reward,
                    outcome=written.outcome,
                    feedback=written.feedback,
                    right=written.answer if written.outcome == "correct" else "" if misled else lived.correction,
                    done=written.done,
                    score=written.score,
                    misled=misled,
                )


def _retold(recorded: TrialRecords) -> Iterator[Exchange]:
    """The same of a trial that an outside loop walked, episode by episode. There is no noise in it."""
    again, turns = Retelling(recorded), dict[tuple[int, int], int]()
    for written in recorded.of(StepRecord):
        rollout, said, made = again.step(written)
        _same(recorded, written, made)
        key = (written.episode, written.attempt)
        turn = turns[key] = turns.get(key, -1) + 1
        conversation = tuple(rollout.messages[: len(rollout.messages) - len(said.messages)])
        lived = Experience(
            conversation, written.answer, said.reward or 0.0, said.feedback, said.done, said.outcome, written.query, written.attempt
        )
        yield Exchange(
            trial=recorded.trial,
            set="learn",
            world=written.world,
            query=written.query,
            index=rollout.session.query.index,
            episode=written.episode,
            attempt=written.attempt,
            turn=turn,
            conversation=conversation,
            bare=lived.bare,
            answer=written.answer,
            reward=written.reward,
            outcome=written.outcome,
            feedback=written.feedback,
            right=written.answer if written.outcome == "correct" else said.correction,
            done=written.done,
            score=written.score,
        )


def _places(learn: Learn) -> dict[str, int]:
    """The index of every query of the learn pool by its id, which tells it to nobody else."""
    pool = Stream.pool(learn.versions[0].world)
    return {Query(pool, index, "").id: index for index in range(max(version.world.pools[pool] for version in learn.versions))}


def _events(recorded: TrialRecords) -> list[Ask | Learn]:
    return events_of(recorded.trial, attempts=recorded_attempts(recorded), learns=bool(recorded.of(LearnRecord)))


def _same(recorded: TrialRecords, written: StepRecord, made: StepRecord) -> None:
    """Raise ``RecordsError`` where a step comes out otherwise than it was written."""
    names = ("query", "attempt", "prompt", "reward", "outcome", "feedback", "done")
    wrong = [name for name in names if getattr(written, name) != getattr(made, name)]
    if wrong:
        raise RecordsError(
            f"{recorded.folder} cannot be exported: {', '.join(wrong)} of env step {written.step} of its learn stream come out otherwise than written. "
            "The code or a package has changed since, or the records have: clgym verify says what differs."
        )


def _examined(recorded: TrialRecords, sets: Sequence[str]) -> Iterator[Exchange]:
    """What the θ that learning ended with answered in examinations."""
    after = [event for event in _events(recorded) if isinstance(event, Ask) and event.phase == "after"]
    questions = {(q.set, q.world_id, q.query.id): q for ask in after for q in ask.questions}
    counts = dict.fromkeys(sets, 0)
    for record in recorded.of(AnswerRecord):
        if record.phase == "after" and record.set in counts:
            yield from _answered(recorded, record, questions[record.set, record.world, record.query], counts[record.set])
            counts[record.set] += 1


def _answered(recorded: TrialRecords, record: AnswerRecord, question: Question, episode: int) -> Iterator[Exchange]:
    """The turns of one examined query."""
    asked = EvalEpisode(question, question.world.episode(question.query), [Message(role="user", content=question.query.prompt)])
    made: list[Exchange] = []
    for turn, answer in enumerate(record.answers):
        conversation, told = tuple(asked.conversation), recorded.trial.feedback in ("correction", "gold")
        right = asked.episode.solve() if told else ""
        asked.take(answer)
        assert asked.grade is not None  # it was just graded
        reward = reward_or_none(asked.grade.reward)
        exchange = Exchange(
            trial=recorded.trial,
            set=record.set,
            world=record.world,
            query=record.query,
            index=question.query.index,
            episode=episode,
            attempt=0,
            turn=turn,
            conversation=conversation,
            bare=conversation,
            answer=answer.text,
            reward=reward,
            outcome=asked.grade.outcome,
            feedback="",
            right=answer.text if asked.grade.outcome == "correct" else "" if asked.grade.outcome == "failed" else right,
            done=asked.done,
            score=record.reward if asked.done else None,
        )
        made.append(exchange)
    if asked.episode.score(asked.rewards) != record.reward and record.reward is not None:
        raise RecordsError(
            f"{recorded.folder} cannot be exported: {record.query} of {record.set} earns another reward now than was written."
        )
    yield from made
