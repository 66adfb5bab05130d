"""One trial: before, learn, after; see :mod:`clgym.protocol.trial`."""

from clgym.protocol.trial import ThetaChanged, Watch, build_agent, checkpoint_steps, run_trial
from clgym.records import Trial

__all__ = ["ThetaChanged", "Trial", "Watch", "build_agent", "checkpoint_steps", "run_trial"]
