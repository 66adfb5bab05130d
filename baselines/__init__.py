"""The agents that the leaderboard starts with, one file each, and ``models``: the language models they drive."""

import os

# torch's OpenMP threads spin at every barrier unless told to sleep. Where another process wants the core (a sweep runs
# several trials side by side), one token of the embedded model then took 1.4 s instead of 0.04 s. The variable is read
# when torch is loaded, and this package is imported before any module of it loads torch.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
