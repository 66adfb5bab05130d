"""Many trials: planned as data (:mod:`clgym.sweep.plan`), run (:mod:`clgym.sweep.run`), shown (:mod:`clgym.sweep.display`)."""

from clgym.sweep.plan import AgentSpec, check, parse_agent, parse_numbers, plan, trial_folder
from clgym.sweep.run import Outcome, run_sweep

__all__ = ["AgentSpec", "Outcome", "check", "parse_agent", "parse_numbers", "plan", "run_sweep", "trial_folder"]
