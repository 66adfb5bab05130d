"""Language models as graders. How far they agree with the rules: :mod:`clgym.agreement`."""

from clgym.judges.cache import ReplyCache, cache_file
from clgym.judges.judge import Judge, JudgedWorld
from clgym.judges.verdict import JudgePrompt, Verdict, quoted, read_verdict

__all__ = ["Judge", "JudgePrompt", "JudgedWorld", "ReplyCache", "Verdict", "cache_file", "quoted", "read_verdict"]
