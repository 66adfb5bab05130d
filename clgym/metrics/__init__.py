"""Records to numbers: one trial (:mod:`clgym.metrics.axes`), many trials (:mod:`clgym.metrics.summary`), and the same trials under
several conditions (:mod:`clgym.metrics.studies`)."""

from clgym.metrics.axes import (
    CostChange,
    CurvePoint,
    Efficiency,
    Gain,
    Pair,
    Retention,
    SampleEfficiency,
    Transfer,
    TrialMetrics,
    feedback_tokens,
    learning_curve,
    measure,
    pairs,
    to_json,
)
from clgym.metrics.numbers import Censored, Number, Threshold, Undefined
from clgym.metrics.recovery import Recovery
from clgym.metrics.sequences import Sequences, Stage
from clgym.metrics.studies import Condition, Contrast, Study, studies
from clgym.metrics.summary import Summary, summarize

__all__ = [
    "Censored",
    "Condition",
    "Contrast",
    "CostChange",
    "CurvePoint",
    "Efficiency",
    "Gain",
    "Number",
    "Pair",
    "Recovery",
    "Retention",
    "SampleEfficiency",
    "Sequences",
    "Stage",
    "Study",
    "Summary",
    "Threshold",
    "Transfer",
    "TrialMetrics",
    "Undefined",
    "feedback_tokens",
    "learning_curve",
    "measure",
    "pairs",
    "studies",
    "summarize",
    "to_json",
]
