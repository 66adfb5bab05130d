"""One trial: before, learn, after; see :mod:`clgym.protocol.trial`."""

from clgym.protocol.trial import ThetaChanged, build_agent, checkpoint_steps, run_trial
from clgym.protocol.watch import Relay, TrialInterrupted, Watch
from clgym.records import Trial

__all__ = ["Relay", "ThetaChanged", "Trial", "TrialInterrupted", "Watch", "build_agent", "checkpoint_steps", "run_trial"]
