"""One trial: before, learn, after; see :mod:`clgym.protocol.trial`."""

from clgym.protocol.observers import ForwardingObserver, TrialInterrupted, TrialObserver
from clgym.protocol.trial import ThetaChanged, build_agent, checkpoint_steps, run_trial
from clgym.records import Trial

__all__ = [
    "ForwardingObserver",
    "ThetaChanged",
    "Trial",
    "TrialInterrupted",
    "TrialObserver",
    "build_agent",
    "checkpoint_steps",
    "run_trial",
]
