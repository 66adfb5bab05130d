"""Many trials: planned as data (:mod:`clgym.sweep.plan`), run (:mod:`clgym.sweep.run`), shown (:mod:`clgym.sweep.display`)."""

from clgym.sweep.plan import Spec, check, parse_numbers, parse_spec, plan, trial_folder
from clgym.sweep.run import Outcome, run_sweep

__all__ = ["Spec", "Outcome", "check", "parse_spec", "parse_numbers", "plan", "run_sweep", "trial_folder"]
