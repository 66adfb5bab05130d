"""Agents that are strangers, run by whoever holds the salt: ``clgym evaluate``.

confine.py      the launcher: namespaces, a root of its own, no privileges, fewer system calls
launch.py       what an agent sees and is started with, and a program that tries whether that holds
serving.py      an agent of the registry behind the wire protocol, in the process that is held
held.py         the evaluator's end of it: opaque ids, the evaluator's clock, θ as data of a stranger
evaluator.py    a suite's cells on private worlds, the frozen arm beside them, every trial sealed
"""

from clgym.evaluate.evaluator import Candidate, candidate, evaluate

__all__ = ["Candidate", "candidate", "evaluate"]
