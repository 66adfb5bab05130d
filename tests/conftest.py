"""Before any test imports torch: its threads sleep while they wait, or tests crawl when another process wants a core."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")
