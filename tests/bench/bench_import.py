"""How long `import clgym` takes in a fresh interpreter, and what it drags in. Goal: under 0.5 s, no torch."""

from __future__ import annotations

import subprocess
import sys

REPEATS = 5
CODE = """
import sys, time
start = time.perf_counter()
import clgym
seconds = time.perf_counter() - start
print(seconds, "torch" in sys.modules)
"""


def main() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(REPEATS)
    ]
    best = min(float(seconds) for seconds, _ in runs)
    print(f"import clgym: {best:.3f} s (best of {REPEATS}, goal 0.5 s); torch imported: {runs[0][1]}")


if __name__ == "__main__":
    main()
