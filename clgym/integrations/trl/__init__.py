"""TRL: queries as a data set, and answers as rewards, for ``GRPOTrainer`` and its kin (``pip install 'clgym[trl]'``).

    GRPOTrainer(model, reward_funcs=reward(ENV), train_dataset=prompts(ENV))                              # one turn
    GRPOTrainer(model, reward_funcs=reward(ENV), train_dataset=prompts(ENV), rollout_func=rollout(ENV))   # turns, retries with feedback
    GRPOTrainer(model, train_dataset=prompts(ENV), environment_factory=environment(ENV))                  # by calls of a tool

All of one run get the same ENV and settings. The reward is the score of the last attempt; a failed grade is ``None``, which TRL leaves out of its
group. Rollouts of one group see one query: rows name it. ``trial=TrialCallback(...)`` records each env step, asks eval, guard and probes, and puts
the trainer into ``clgym report``.
"""

from clgym.integrations.frameworks import framework

framework("trl", "trl")

from clgym.integrations.trl.environments import environment  # noqa: E402
from clgym.integrations.trl.rewards import prompts, reward  # noqa: E402
from clgym.integrations.trl.trial import TrialCallback  # noqa: E402
from clgym.integrations.trl.turns import rollout  # noqa: E402

__all__ = ["TrialCallback", "environment", "prompts", "reward", "rollout"]
