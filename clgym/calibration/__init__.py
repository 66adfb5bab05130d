"""What there is to learn for a model, and whether in-context learning is enough.

Planned (:mod:`clgym.calibration.plan`), priced (:mod:`clgym.calibration.cost`), run as any sweep, read
(:mod:`clgym.calibration.result`), judged (:mod:`clgym.calibration.verdict`) and written down (:mod:`clgym.calibration.page`).
The rule and its reasons: docs/decisions/008-calibration.md.
"""

from clgym.calibration.cost import CalibrationCost, estimate
from clgym.calibration.page import render
from clgym.calibration.plan import Cell, PlannedAgent, Settings, cells_of, trials_of
from clgym.calibration.result import calibration
from clgym.calibration.verdict import CellVerdict, Evidence, decide

__all__ = [
    "CalibrationCost",
    "Cell",
    "CellVerdict",
    "Evidence",
    "PlannedAgent",
    "Settings",
    "calibration",
    "cells_of",
    "decide",
    "estimate",
    "render",
    "trials_of",
]
