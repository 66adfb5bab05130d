"""Settings of the agents whose own modules import torch: a setting that is not there is refused before torch is loaded.

``LoraSFTConfig`` is ``LoraSFT.Config``, and so on; :attr:`clgym.registry.AgentRow.config` leads here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from clgym.baselines.choice_agent import ChoosingConfig
from clgym.baselines.language_agent import LanguageConfig
from clgym.baselines.memory import MemoryConfig
from clgym.baselines.objectives import AVERAGES, ESTIMATORS
from clgym.baselines.rehearsal_prompts import EVERYDAY
from clgym.errors import InvalidSetting, UnknownName

#: What holds old knowledge; whose weights teach, and what the teacher sees; what later attempts see; what a night trains on.
GUARDS = ("replay", "ewc", "kl")
TEACHERS = ("ema", "current", "base")
SIGHTS = ("demonstration", "conversation")
HINTS = ("demonstration", "conversation", "none")
CONSOLIDATIONS = ("sft", "distill")


@dataclass(frozen=True)
class GuardConfig:
    """What holds old knowledge while an adapter is trained."""

    kind: str = ""
    """any of "replay", "ewc" and "kl", joined by "+"; "" for none"""
    replay_strength: float = 1.0
    """λ of replay: weight of its cross-entropy, in nats per token"""
    ewc_strength: float = 100.0
    """λ of ewc: weight of its penalty. 1 would be nats per token, were a diagonal second-order term the divergence itself; it
    was a hundredth of it where that was measured (docs/decisions/007-baselines.md)"""
    kl_strength: float = 1.0
    """λ of kl: weight of its divergence, in nats per token"""
    prompts: int = 48
    """how many neutral prompts are rehearsed (48 at most)"""
    batch: int = 8
    """how many of them in one update, for replay and kl"""
    tokens: int = 32
    """the longest rehearsed answer, in tokens"""
    ewc_every: int = 0
    """updates between two consolidations of ewc on the agent's own latest answers; 0: none, it holds θ_0 alone"""
    ewc_decay: float = 0.9
    """γ: what a consolidation leaves of the importance that was there"""

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in GUARDS:
                raise UnknownName("guard", kind, GUARDS)
        if min(self.replay_strength, self.ewc_strength, self.kl_strength, self.ewc_every) < 0 or not 0 <= self.ewc_decay <= 1:
            raise InvalidSetting("strengths of guards and guard.ewc_every must be at least 0, and guard.ewc_decay in [0, 1].")
        if not 1 <= self.batch <= self.prompts <= len(EVERYDAY) or self.tokens < 1:
            raise InvalidSetting(
                f"guards need 1 <= guard.batch <= guard.prompts <= {len(EVERYDAY)} and guard.tokens of at least 1, "
                f"not {self.batch}, {self.prompts} and {self.tokens}."
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The guards that are on."""
        return tuple(self.kind.split("+")) if self.kind else ()


@dataclass(frozen=True)
class TrainerConfig(LanguageConfig):
    """The adapter and its optimizer, and what guards old knowledge."""

    rank: int = 16
    """r of the adapter, over all linear maps in the layers"""
    alpha: float = 32.0
    """α: the adapter is scaled by α / r"""
    learning_rate: float = 2e-3
    """of AdamW; 0 is the control that does everything but learn"""
    max_grad_norm: float = 1.0
    """gradients are scaled down to this norm"""
    guard: GuardConfig = GuardConfig()
    """what holds old knowledge while the adapter is trained"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank < 1 or self.learning_rate < 0 or self.max_grad_norm <= 0:
            raise InvalidSetting(
                "rank and max_grad_norm must be positive and learning_rate at least 0 (the control), "
                f"not {self.rank}, {self.max_grad_norm}, {self.learning_rate}."
            )


@dataclass(frozen=True)
class FineTuningConfig(TrainerConfig):
    """Which examples are kept, and how AdamW goes through them."""

    warmup: int = 4
    """updates over which the learning rate rises to its value"""
    every: int = 4
    """env steps between updates"""
    updates: int = 1
    """AdamW steps each time"""
    batch_size: int = 16
    """examples in one AdamW step"""
    capacity: int = 4096
    """examples in the buffer; the oldest are overwritten"""
    max_tokens: int = 2048
    """an example longer than this is not learned from"""
    micro_tokens: int = 2048
    """a batch with more tokens than this (padded) goes through the model in parts; the update is the same"""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = ("every", "updates", "batch_size", "capacity", "max_tokens", "micro_tokens")
        small = {name: getattr(self, name) for name in names if getattr(self, name) < 1}
        if small:
            raise InvalidSetting(f"these have to be at least 1: {small}.")


@dataclass(frozen=True)
class TeacherConfig:
    """Who teaches, and what the teacher sees."""

    teacher: str = "ema"
    """weights of the teacher: "ema" (a slow average of the student's), "current" (the student's) or "base" (adapter off)"""
    teacher_rate: float = 0.05
    """"ema": how far the average moves towards the student after each AdamW step"""
    teacher_sees: str = "demonstration"
    """"demonstration" (the question, answered right, where that was told) or "conversation" (answer and feedback as it was)"""
    demonstrations: int = 4
    """how often the demonstration stands there: small models hardly copy what they have seen once"""

    def check_teacher(self) -> None:
        """Raises ``UnknownName`` or ``InvalidSetting``."""
        if self.teacher not in TEACHERS:
            raise UnknownName("teacher", self.teacher, TEACHERS)
        if self.teacher_sees not in SIGHTS:
            raise UnknownName("teacher_sees", self.teacher_sees, SIGHTS)
        if not 0 < self.teacher_rate <= 1 or self.demonstrations < 1:
            raise InvalidSetting(
                f"teacher_rate must be in (0, 1] and demonstrations at least 1, not {self.teacher_rate} and {self.demonstrations}."
            )


@dataclass(frozen=True)
class PolicyConfig(TrainerConfig):
    """How attempts are made and compared, and how the policy is trained on them."""

    temperature: float = 0.7
    """of the attempts; evaluation is greedy"""
    attempts: int = 4
    """tries at one query, each an env step; a right answer ends them"""
    estimator: str = "rloo"
    """advantage: "rloo" (less the others' mean), "grpo" (in standard deviations) or "reinforce" (less the running mean)"""
    average: str = "tokens"
    """over the batch: "tokens" (DAPO), "answers" (GRPO) or "constant" (Dr. GRPO)"""
    hint: str = "demonstration"
    """later attempts see: "demonstration" (the right answer, where told), "conversation" (as it happened) or "none" """
    samples: int = 16
    """attempts collected before an update"""
    epochs: int = 2
    """AdamW steps on each batch"""
    clip: float = 0.2
    """ε of the clipped surrogate"""
    floor: float = 1.0
    """lowest importance weight of an answer that was found with the help of feedback"""
    correction: float = 0.0
    """C: largest weight for the gap between the policy that draws answers and the one that is trained; 0 leaves it out"""
    kl: float = 0.02
    """β: weight of the KL to the model with its adapter off"""
    memory: float = 0.95
    """share of the running mean that each new reward leaves in place"""
    learning_rate: float = 1e-3
    """of AdamW"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting, choices in (("estimator", tuple(ESTIMATORS)), ("average", tuple(AVERAGES)), ("hint", HINTS)):
            if getattr(self, setting) not in choices:
                raise UnknownName(f"{setting} of lora-rl", getattr(self, setting), choices)
        if min(self.attempts, self.samples, self.epochs) < 1:
            raise InvalidSetting(
                f"attempts, samples and epochs must be at least 1, not {self.attempts}, {self.samples}, {self.epochs}."
            )
        if not (0 <= self.floor <= 1 and self.clip > 0 and self.kl >= 0 and 0 <= self.memory < 1):
            raise InvalidSetting("lora-rl needs floor in [0, 1], clip above 0, kl at least 0 and memory in [0, 1).")
        if not (self.correction == 0 or 1 <= self.correction < math.inf):
            raise InvalidSetting(
                f"correction is the largest weight of a token, so it is at least 1 (2 is usual), or 0 for none, not {self.correction}."
            )


@dataclass(frozen=True)
class LoraSFTConfig(FineTuningConfig):
    """Chosen on train worlds of both families at level 0 (docs/decisions/004-models.md)."""


@dataclass(frozen=True)
class LoraRLConfig(PolicyConfig):
    """Chosen on train worlds at level 0 (docs/decisions/004-models.md)."""


@dataclass(frozen=True)
class SelfDistillConfig(TrainerConfig, TeacherConfig):
    """What of this was measured on train worlds and what was not: docs/decisions/007-baselines.md."""

    temperature: float = 0.7
    """of the answers that are learned from; evaluation is greedy"""
    samples: int = 4
    """answers collected before an update"""
    rehearsed: int = 12
    """earlier questions that are answered anew for each update"""
    capacity: int = 1024
    """earlier questions kept; the oldest are overwritten"""
    epochs: int = 1
    """AdamW steps on each batch; after the first one the answers are no longer quite the student's own"""
    micro_batch: int = 8
    """answers that go through the model together; the update is the same, memory is that of so many"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_teacher()
        if min(self.samples, self.epochs, self.micro_batch, self.capacity) < 1 or self.rehearsed < 0:
            raise InvalidSetting(
                "self-distill needs samples, epochs, micro_batch and capacity of at least 1 and rehearsed of at least 0, "
                f"not {self.samples}, {self.epochs}, {self.micro_batch}, {self.capacity} and {self.rehearsed}."
            )


@dataclass(frozen=True)
class HybridConfig(PolicyConfig, TeacherConfig):
    """lora-rl's settings and self-distill's teacher; the weight was not tuned (docs/decisions/007-baselines.md)."""

    weight: float = 1.0
    """λ of the self-distillation"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_teacher()
        if self.weight < 0:
            raise InvalidSetting(f"the weight of the self-distillation must be at least 0, not {self.weight}.")


@dataclass(frozen=True)
class DrillConfig(FineTuningConfig):
    """Chosen on train worlds at level 0 (docs/decisions/007-baselines.md)."""

    every: int = 4
    """env steps whose feedback is drilled together"""
    max_rounds: int = 3
    """rounds of one drill"""
    variations: int = 0
    """variations of each query; 0 drills the queries alone"""
    shots: int = 4
    """earlier queries shown when a variation is written, and earlier exchanges shown before the feedback"""
    margin: float = 0.1
    """nats per token by which the feedback has to speak for or against an answer"""
    writing_temperature: float = 0.8
    """at which variations are drawn"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_rounds < 1 or min(self.variations, self.shots) < 0:
            raise InvalidSetting("drill needs max_rounds of at least 1, and variations and shots of at least 0.")
        if self.margin < 0 or self.writing_temperature <= 0:
            raise InvalidSetting("drill needs a margin of at least 0 and a writing_temperature above 0.")


@dataclass(frozen=True)
class SleepConfig(MemoryConfig, FineTuningConfig):
    """Chosen on train worlds at level 0 (docs/decisions/007-baselines.md)."""

    learning_rate: float = 2e-3
    """of AdamW; 0 is the control: nights change nothing (by day it learns in context all the same)"""
    every: int = 32
    """env steps between nights"""
    updates: int = 16
    """AdamW steps of one night"""
    consolidate: str = "sft"
    """what a night trains on: "sft" (right answers) or "distill" (what the model says behind the day's context)"""
    replay: float = 0.5
    """share of each batch that comes from earlier days, once there are some"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.consolidate not in CONSOLIDATIONS:
            raise UnknownName("consolidate of sleep", self.consolidate, CONSOLIDATIONS)
        if not 0 <= self.replay < 1:
            raise InvalidSetting(f"replay is a share of each batch, at least 0 and below 1, not {self.replay}.")


@dataclass(frozen=True)
class SB3Config(ChoosingConfig):
    """What all algorithms of stable-baselines3 are told."""

    choices: int = 5
    """actions; a candidate beyond them cannot be chosen, and an action without a candidate is a malformed answer"""
    hidden: int = 64
    """width of the hidden layer; 0 for a linear network"""
    learning_rate: float = 3e-3
    """of Adam; 0 is the control that does everything but learn"""
    batch_size: int = 32
    """transitions in one gradient step"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.choices < 2 or self.hidden < 0 or self.learning_rate < 0 or self.batch_size < 2:
            raise InvalidSetting(
                "choices and batch_size must be at least 2, hidden and learning_rate at least 0, "
                f"not {self.choices}, {self.batch_size}, {self.hidden}, {self.learning_rate}."
            )


@dataclass(frozen=True)
class PPOAgentConfig(SB3Config):
    """See docs/decisions/007-baselines.md; what is not named is stable-baselines3's default."""

    rollout: int = 64
    """env steps between updates (``n_steps``)"""
    epochs: int = 10
    """passes over them (``n_epochs``)"""
    entropy: float = 0.0
    """weight of the entropy bonus (``ent_coef``)"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rollout < 2 or self.epochs < 1 or self.entropy < 0:
            raise InvalidSetting(
                f"rollout must be at least 2, epochs 1 and entropy 0, not {self.rollout}, {self.epochs}, {self.entropy}."
            )


@dataclass(frozen=True)
class DQNAgentConfig(SB3Config):
    """See docs/decisions/007-baselines.md; what is not named is stable-baselines3's default."""

    capacity: int = 2048
    """transitions in the replay buffer (``buffer_size``)"""
    every: int = 4
    """transitions between updates (``train_freq``)"""
    gradient_steps: int = 4
    """gradient steps each time"""
    explore_steps: int = 200
    """env steps over which ε falls from 1"""
    epsilon: float = 0.05
    """ε from then on; evaluation takes 0"""

    def __post_init__(self) -> None:
        super().__post_init__()
        small = {
            name: getattr(self, name)
            for name in ("capacity", "every", "gradient_steps", "explore_steps")
            if getattr(self, name) < 1
        }
        if small or not 0 <= self.epsilon <= 1:
            raise InvalidSetting(f"these must be at least 1: {small}; and epsilon in [0, 1]: {self.epsilon}.")
