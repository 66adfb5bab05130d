"""One trial: before, learn, after; see :mod:`clgym.protocol.trial`, and :mod:`clgym.protocol.schedule` for its order."""

from clgym.protocol.observers import ForwardingObserver, TrialInterrupted, TrialObserver
from clgym.protocol.runner import ThetaChanged
from clgym.protocol.schedule import Ask, Learn, checkpoint_steps, events_of, table
from clgym.protocol.trial import build_agent, run_trial
from clgym.records import Trial

__all__ = [
    "Ask",
    "ForwardingObserver",
    "Learn",
    "ThetaChanged",
    "Trial",
    "TrialInterrupted",
    "TrialObserver",
    "build_agent",
    "checkpoint_steps",
    "events_of",
    "run_trial",
    "table",
]
