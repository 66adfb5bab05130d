"""`python -m clgym.statistics [EXPERIMENTS]`: how often intervals hold the truth."""

import sys

from clgym.statistics.coverage import QUERIES, grid

experiments = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
print(f"95 % intervals that hold the mean over all worlds, %; {QUERIES} queries a world, {experiments:,} experiments a cell.\n")
print(grid(experiments))
