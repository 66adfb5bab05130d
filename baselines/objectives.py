"""What agents that learn from their own answers minimize, as plain functions: advantages, policy gradients, distillation.

Notation: r_1 ... r_G are the rewards of the attempts at one query, b a running mean of earlier rewards, A the advantage of
an answer, π_θ the policy, π_old the policy before the first step on a batch, π_ref the model with its adapter off, π_sampler what
drew the answers: the same policy with its adapter merged into weights of fewer digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the names of what is here are checked before torch is loaded
    import torch


#: Keeps the division by a standard deviation finite where all rewards of a group are equal.
TINY = 1e-4

#: From the rewards of one group and the running mean b to the advantage of each.
Estimator = Callable[[Sequence[float], float], list[float]]


def reinforce(rewards: Sequence[float], running_mean: float) -> list[float]:
    """A_i = r_i − b (Williams 1992, "Simple statistical gradient-following algorithms", with a reinforcement baseline)."""
    return [reward - running_mean for reward in rewards]


def rloo(rewards: Sequence[float], running_mean: float) -> list[float]:
    """A_i = r_i − 1/(G − 1) Σ_{j≠i} r_j (Kool et al. 2019; Ahmadian et al. 2024, "Back to Basics", section 3.2)."""
    if len(rewards) < 2:
        return reinforce(rewards, running_mean)
    others = [[*rewards[:i], *rewards[i + 1 :]] for i in range(len(rewards))]
    return [reward - sum(rest) / len(rest) for reward, rest in zip(rewards, others)]


def grpo(rewards: Sequence[float], running_mean: float) -> list[float]:
    """A_i = (r_i − mean(r)) / std(r) (Shao et al. 2024, "DeepSeekMath", arXiv 2402.03300, section 4.1.2).

    The standard deviation is that of a sample (G − 1), as the common implementations have it; the paper leaves it open.
    """
    if len(rewards) < 2:
        return reinforce(rewards, running_mean)
    mean, deviation = fmean(rewards), stdev(rewards)
    return [(reward - mean) / (deviation + TINY) for reward in rewards]


#: A lone attempt has no others to be compared with: all estimators then compare it with the running mean.
ESTIMATORS: Mapping[str, Estimator] = {"reinforce": reinforce, "rloo": rloo, "grpo": grpo}


def clipped_surrogate(ratio: torch.Tensor, advantage: torch.Tensor, clip: float) -> torch.Tensor:
    """min(ρ A, clip(ρ, 1 − ε, 1 + ε) A) of each token, to be maximized (Schulman et al. 2017, "PPO", equation 7)."""
    return (ratio * advantage).minimum(ratio.clamp(1 - clip, 1 + clip) * advantage)


def kl_to_reference(new: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """π_ref/π_θ − log π_ref/π_θ − 1 of each token, from log-probabilities: the estimator k3 of KL(π_θ ‖ π_ref).

    Schulman 2020, "Approximating KL divergence"; Shao et al. 2024, equation 4. The log-ratio is cut at 20 nats, where exp
    would drown everything else.
    """
    away = (reference - new).clamp(max=20.0)
    return away.exp() - away - 1


def truncated_weight(old: torch.Tensor, sampler: torch.Tensor, most: float) -> torch.Tensor:
    """min(π_old/π_sampler, C) of each token, from log-probabilities: truncated importance sampling between sampler and trainer.

    Yao et al. 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training"; truncated as in Espeholt et al. 2018,
    "IMPALA", equation 1.
    """
    return (old - sampler).clamp(max=math.log(most)).exp()


def reverse_kl(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """KL(student ‖ teacher) = Σ_v p_v (log p_v − log q_v) of each token, in nats, over the whole vocabulary.

    Args:
        student: logits [tokens, vocabulary], with gradient.
        teacher: logits [tokens, vocabulary]; no gradient flows into them.
    """
    log_p, log_q = student.log_softmax(-1), teacher.detach().log_softmax(-1)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


#: From the losses of all tokens of a batch, the number of tokens of each answer and the longest answer allowed to one number.
Average = Callable[["torch.Tensor", Sequence[int], int], "torch.Tensor"]


def over_tokens(losses: torch.Tensor, sizes: Sequence[int], longest: int) -> torch.Tensor:
    """1/Σ|o_i| Σ_i Σ_t: every token counts the same (Yu et al. 2025, "DAPO", equation 12)."""
    return losses.mean()


def over_answers(losses: torch.Tensor, sizes: Sequence[int], longest: int) -> torch.Tensor:
    """1/G Σ_i 1/|o_i| Σ_t: every answer counts the same (GRPO: Shao et al. 2024, equation 3)."""
    import torch

    return torch.stack([answer.mean() for answer in losses.split(list(sizes))]).mean()


def over_constant(losses: torch.Tensor, sizes: Sequence[int], longest: int) -> torch.Tensor:
    """1/(G L) Σ_i Σ_t with L the longest answer allowed: no bias for length (Liu et al. 2025, "Dr. GRPO")."""
    return losses.sum() / (len(sizes) * longest)


AVERAGES: Mapping[str, Average] = {"tokens": over_tokens, "answers": over_answers, "constant": over_constant}
