"""Private test worlds, bundles of finished trials, and proof that their numbers are what they say.

salt.py         the evaluator's salt: made, committed to, revealed, checked
bundle.py       finished trials to one folder (or archive) with a manifest
replay.py       recorded answers through the graders again
verify.py       everything that can be checked of trials and bundles, each difference on a line
leaderboard.py  verified bundles to one page
"""

from clgym.submission.bundle import Bundle, opened, submit
from clgym.submission.replay import replay
from clgym.submission.verify import Verification, verify, verify_trial

__all__ = ["Bundle", "Verification", "opened", "replay", "submit", "verify", "verify_trial"]
