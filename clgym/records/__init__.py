"""What a trial writes, and how it is read back.

A trial is one folder: ``trial.json`` (settings and versions, written first), ``records.jsonl`` (one JSON object a line,
appended, each with a checksum), ``times.jsonl`` (how long each of them took by the clock: the only thing that differs when the
same trial runs twice) and ``result.json`` (metrics, written last and atomically: its presence means that the trial is
finished). Every number of a report is a pure function of these files.
See docs/decisions/002-records.md for every field.
"""

from clgym.records.files import (
    RECORDS_FILE,
    RESULT_FILE,
    TIMES_FILE,
    TRIAL_FILE,
    RecordFile,
    RecordWriter,
    TrialRecords,
    find_trials,
    from_line,
    read_records,
    read_runs,
    read_times,
    read_trial,
    to_line,
    with_clock,
)
from clgym.records.kinds import (
    PROBE_PREFIX,
    TRANSFER_PREFIX,
    AnswerRecord,
    BlockRecord,
    DivergenceRecord,
    LearnRecord,
    LikelihoodRecord,
    Record,
    StepRecord,
    reward_or_none,
    seconds_of,
    timed,
    timeless,
)
from clgym.records.settings import CONDITIONS, Trial, env_settings

__all__ = [
    "AnswerRecord",
    "BlockRecord",
    "CONDITIONS",
    "DivergenceRecord",
    "LearnRecord",
    "LikelihoodRecord",
    "PROBE_PREFIX",
    "RECORDS_FILE",
    "RESULT_FILE",
    "Record",
    "RecordFile",
    "RecordWriter",
    "StepRecord",
    "TIMES_FILE",
    "TRANSFER_PREFIX",
    "TRIAL_FILE",
    "Trial",
    "TrialRecords",
    "env_settings",
    "find_trials",
    "from_line",
    "read_records",
    "read_runs",
    "read_times",
    "read_trial",
    "reward_or_none",
    "seconds_of",
    "timed",
    "timeless",
    "to_line",
    "with_clock",
]
