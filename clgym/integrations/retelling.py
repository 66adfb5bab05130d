"""The env steps of a trial that an outside loop walked, once more: each episode in a session of its own, with the recorded answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clgym.core import Query
from clgym.errors import InvalidSetting
from clgym.integrations.rollouts import Rollout
from clgym.records import StepRecord, Trial, TrialRecords, env_settings
from clgym.session import Said, Session

#: In the header of such a trial, beside who answered.
WALKED_BY = "walked_by"


def walked_outside(header: Mapping[str, Any]) -> bool:
    """Whether a trial's learn stream was somebody else's loop."""
    return (header.get("agent") or {}).get(WALKED_BY) == "outside"


class Retelling:
    """Steps of several episodes, interleaved as they were recorded."""

    def __init__(self, recorded: TrialRecords):
        self._trial, self._attempts = recorded.trial, int(recorded.header.get("attempts", 1))
        self._open: dict[int, Rollout] = {}
        self._free: list[Session] = []
        self._places: dict[str, int] = {}

    def step(self, record: StepRecord) -> tuple[Rollout, Said, StepRecord]:
        """The episode of a step, what comes of its answer, and the record as it comes out now."""
        rollout = self._open.get(record.episode)
        if rollout is None:
            session = self._free.pop() if self._free else self._session()
            rollout = self._open[record.episode] = Rollout(session, self._index(record.query, session))
        said = rollout.say(record.answer)
        made = replace(
            record,
            world=rollout.session.world_id,
            query=rollout.session.query.id,
            attempt=rollout.attempt,
            prompt=rollout.asked,
            answer=said.messages[0]["content"],
            reward=said.reward,
            outcome=said.outcome,
            feedback=said.feedback,
            done=said.done,
            score=said.score if said.attempt_done else None,
        )
        if said.done:
            self._free.append(self._open.pop(record.episode).session)
        return rollout, said, made

    def _session(self) -> Session:
        made = {name: value for name, value in env_settings(self._trial).items() if name not in NEEDS_OWN_STREAM}
        return Session(self._trial.env, **{**made, "attempts": self._attempts})

    def _index(self, query: str, session: Session) -> int:
        if not self._places:
            pool = next(iter(session.world.pools))
            self._places = {Query(pool, index, "").id: index for index in range(session.world.pools[pool])}
        return self._places[query]


#: Settings that only clgym's own stream can keep, with what they are where nothing is to be kept.
NEEDS_OWN_STREAM: Mapping[str, Any] = {"noise": 0.0, "drift_at": (), "placebo": False, "reference": False, "control_size": 0}


def check_kept(trial: Trial) -> None:
    """Raise ``InvalidSetting`` for a setting that an outside loop cannot keep."""
    for name, needless in NEEDS_OWN_STREAM.items():
        if getattr(trial, name) != needless:
            raise InvalidSetting(f"{name} needs clgym's own stream, and here another loop walks it: leave it at {needless!r}.")
