"""Records to numbers: one trial (:mod:`clgym.metrics.axes`), many trials (:mod:`clgym.metrics.summary`)."""

from clgym.metrics.axes import (
    Censored,
    CostChange,
    CurvePoint,
    Efficiency,
    Gain,
    Pair,
    Retention,
    SampleEfficiency,
    Threshold,
    Transfer,
    TrialMetrics,
    learning_curve,
    measure,
    pairs,
    to_json,
)
from clgym.metrics.numbers import Number, Undefined
from clgym.metrics.sequences import Sequences, Stage
from clgym.metrics.summary import Summary, summarize

__all__ = [
    "Censored",
    "CostChange",
    "CurvePoint",
    "Efficiency",
    "Gain",
    "Number",
    "Pair",
    "Retention",
    "SampleEfficiency",
    "Sequences",
    "Stage",
    "Summary",
    "Threshold",
    "Transfer",
    "TrialMetrics",
    "Undefined",
    "learning_curve",
    "measure",
    "pairs",
    "summarize",
    "to_json",
]
