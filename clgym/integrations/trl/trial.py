"""A trainer's run as a trial of clgym: eval, guard and probes before, on the way and after, every env step recorded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from clgym.agent import Cost
from clgym.errors import InvalidSetting
from clgym.integrations.frameworks import framework
from clgym.integrations.recorder import Recorder
from clgym.integrations.retelling import check_kept
from clgym.integrations.rollouts import Rollout
from clgym.integrations.trl.learner import Trained
from clgym.records import Trial, env_settings
from clgym.session import Said

transformers, trl = framework("transformers", "trl"), framework("trl", "trl")


class TrialCallback(transformers.TrainerCallback):  # type: ignore[misc, name-defined]
    """A callback of a trainer that writes clgym's records, so that its run stands in ``clgym report`` beside any agent's.

        trial = TrialCallback("CL-Playbook-v0", "runs/trl/world-0", world=0, eval_size=48)
        GRPOTrainer(model, reward_funcs=reward(ENV, trial=trial, **trial.settings), train_dataset=prompts(ENV, **trial.settings),
                    callbacks=[trial], ...)

    Args:
        env, folder: what is asked about, and where its records go: a new folder.
        name: what reports call the trainer.
        every: trainer steps between two examinations on the way; 0 for none.
        max_new_tokens: the longest answer in examinations; that of training where none is given.
        system: the system message in examinations, where prompts have one.
        settings: those of :class:`clgym.records.Trial`: level, world, split, feedback, attempts, eval_size, guard_size, probe_size, ... Feedback is
            "score" where none is said: that is what a reward function tells.

    An env step is an answer that the trainer had graded, so a group of eight takes eight. Examinations decode greedily and are counted by the dense
    formulas of :mod:`clgym.flops`; learning is timed. Raises ``InvalidSetting`` for several processes and for runs that go on from a checkpoint.
    """

    def __init__(
        self,
        env: str,
        folder: Path | str,
        *,
        name: str = "",
        every: int = 0,
        max_new_tokens: int = 0,
        system: str = "",
        **settings: Any,
    ):
        self._folder, self._every, self._limit, self._system = folder, every, max_new_tokens, system
        self._name = name
        self._trial = Trial(
            env, name or "trl", **{"feedback": "score", "steps": 0, "checkpoints": (), "control_size": 0, **settings}
        )
        check_kept(self._trial)
        self.settings = {k: v for k, v in env_settings(self._trial).items() if k not in ("noise", "drift_at")}
        """For ``prompts``, ``reward``, ``environment`` and ``rollout``, so that they ask what is measured."""
        self._recorder: Recorder | None = None
        self._agent: Trained | None = None
        self._began = 0.0

    def __call__(self, rollout: Rollout, said: Said) -> None:
        """An answer was graded. What ``trial=`` of rewards, environments and rollouts calls."""
        if self._recorder is None:
            raise InvalidSetting(
                "an answer was graded before training began: hand the trial to the trainer too, callbacks=[trial]."
            )
        self._recorder.step(rollout, said)

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, processing_class: Any = None, **_: Any
    ) -> None:
        """Ask θ_0 everything."""
        if args.world_size > 1:
            raise InvalidSetting("TrialCallback records one process: each of several would see a part of the env steps.")
        if state.global_step:
            raise InvalidSetting("TrialCallback begins with the training: a run that goes on from a checkpoint has no θ_0 to ask.")
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise InvalidSetting(
                "no parameter of this model is trainable, so nothing would be learned: model.requires_grad_(True), or an adapter."
            )
        each = args.per_device_train_batch_size * args.gradient_accumulation_steps
        limit = self._limit or getattr(args, "max_completion_length", None) or 64
        tokenizer = getattr(processing_class, "tokenizer", processing_class)
        self._agent = Trained(model, tokenizer, system=self._system, max_new_tokens=limit)
        given = {
            **self._trial.to_json(),
            "steps": state.max_steps * each,
            "batch": each,
            "model": self._trial.model or _name_of(model),
        }
        trainer = {"class": f"trl:{self._name or 'trainer'}", "distribution": "trl", "version": trl.__version__}
        self._recorder = Recorder(Trial(**given), self._folder, trainer=trainer)
        self._recorder.start(self._agent)
        self._began = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The trainer has learned; eval where it is due."""
        assert self._recorder is not None and self._agent is not None  # training has begun
        self._recorder.lesson(Cost(seconds=time.perf_counter() - self._began))
        if self._every and state.global_step % self._every == 0 and state.global_step < state.max_steps:
            self._recorder.checkpoint(self._agent)
        self._began = time.perf_counter()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Ask everything again, and close the records."""
        assert self._recorder is not None and self._agent is not None  # training has begun
        self._recorder.finish(self._agent)


def _name_of(model: Any) -> str:
    """What the model's config says that it is called."""
    return str(getattr(model.config, "_name_or_path", "") or type(model).__name__)
