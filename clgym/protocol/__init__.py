"""One trial: before, learn, after; see :mod:`clgym.protocol.trial`."""

from clgym.protocol.trial import ThetaChanged, build_agent, checkpoint_steps, run_trial
from clgym.protocol.watch import TrialInterrupted, Watch
from clgym.records import Trial

__all__ = ["ThetaChanged", "Trial", "TrialInterrupted", "Watch", "build_agent", "checkpoint_steps", "run_trial"]
