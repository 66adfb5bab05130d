"""Records to numbers: one trial (:mod:`clgym.metrics.trial`), many trials (:mod:`clgym.metrics.summary`), and the same trials under
several conditions (:mod:`clgym.metrics.studies`). Numbers of paired queries are defined once, in :mod:`clgym.metrics.paired`."""

from clgym.metrics.efficiency import CostChange, Efficiency
from clgym.metrics.gain import Gain, Transfer
from clgym.metrics.numbers import Censored, Estimate, Number, Threshold, Undefined
from clgym.metrics.paired import Pair, QueryPairs, pairs
from clgym.metrics.recovery import Recovery
from clgym.metrics.retention import Retention
from clgym.metrics.sample_efficiency import CurvePoint, SampleEfficiency, feedback_tokens, learning_curve
from clgym.metrics.sequences import SEQUENCE_NUMBERS, Return, Sequences, Stage
from clgym.metrics.serialize import to_json
from clgym.metrics.studies import Condition, Contrast, Study, studies
from clgym.metrics.summary import Summary, summarize
from clgym.metrics.trial import TrialMetrics, measure

__all__ = [
    "SEQUENCE_NUMBERS",
    "Censored",
    "Condition",
    "Contrast",
    "CostChange",
    "CurvePoint",
    "Efficiency",
    "Estimate",
    "Gain",
    "Number",
    "Pair",
    "QueryPairs",
    "Recovery",
    "Retention",
    "Return",
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
