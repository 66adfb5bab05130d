"""The contract of agents: answers in order, evaluation that changes nothing, θ that is all in what ``save`` writes.

Agents run with their row's ``small`` settings in a world of eight letters; those that drive a language model get ``tiny``, which is
made in code. Checks that say nothing about an agent (it does not learn, it has no learning rate) are skipped, with the reason.
"""

from __future__ import annotations

import functools
import inspect
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from clgym import registry
from clgym.agent import Agent, Answer, Conversation, Cost, Experience, Message, StreamSettings
from clgym.core import World
from clgym.errors import ClgymError, UnknownName
from clgym.settings import settings_of
from clgym.testing.findings import Case, Skipped, cases_of, short
from clgym.testing.letters import Letters, ListedLetters, conversation, experience, stream

#: Rounds of two env steps before an agent is looked at.
ROUNDS = 4
#: What clgym's own agents save in: formats that run no code when they are read. Others may save in any but those that do.
PLAIN_SUFFIXES = {".json", ".safetensors"}
CODE_SUFFIXES = {".pkl", ".pickle", ".pt", ".pth", ".joblib"}

Problems = Iterator[str]


class AgentSubject:
    """An agent under test: ``name`` is an id, ``module:Name``, or whatever else ``--agent`` takes."""

    def __init__(self, name: str):
        self.name = name
        self.row = registry.agent(name)

    @functools.cached_property
    def model(self) -> Any:
        """The language model that it drives: ``tiny`` on the CPU. Raises ``MissingExtra``."""
        return registry.load_model("tiny", device="cpu")

    @functools.cached_property
    def target(self) -> Any:
        """What its row leads to: a class, a function or an object. Raises ``MissingExtra``."""
        return registry.load(self.row)

    @property
    def settings(self) -> set[str]:
        """The names of its settings."""
        return {setting.name for setting in settings_of(self.target)} if inspect.isclass(self.target) else set()

    @property
    def learns(self) -> bool:
        """Whether it says that it does: by its tags, or by what it can do."""
        if {"weights", "context", "choice"} & set(self.row.tags):
            return True
        return not {"scripted", "control", "privileged"} & set(self.row.tags) and self.agent().learns

    def demand_save(self) -> None:
        """Raises ``Skipped`` for an agent that learns and does not save: it may, and a trial of it that was stopped begins anew."""
        if self.learns and not self.agent().saves:
            raise Skipped("it learns and has no save, so what it learned can be neither seen nor gone on with after a stop.")

    @functools.cached_property
    def worlds(self) -> list[World]:
        """One whose queries list their answers, and one whose queries do not."""
        return [Letters(), ListedLetters()]

    def agent(self, seed: int = 0, **settings: Any) -> Agent:
        """A new one, that scripted agents' worlds are shown to."""
        model = {"model": self.model} if self.row.model else {}
        made = registry.make_agent(self.name, seed=seed, **model, **{**self.row.small, **settings})
        made.prepare(StreamSettings("clgym.testing.letters:LetterFamily"))
        made.reveal(self.worlds)
        return made

    def taught(self, rounds: int = ROUNDS, **settings: Any) -> Agent:
        """One that has lived through a stream."""
        agent = self.agent(**settings)
        for batch in stream(self.worlds, rounds):
            agent.act([batch[0].conversation])
            agent.learn(batch)
        return agent

    @property
    def questions(self) -> list[Conversation]:
        """Two queries of each world, none of which is learned from."""
        return [conversation(world, "eval", index) for world in self.worlds for index in range(2)]

    def answers(self, agent: Agent) -> list[str]:
        """What it says to the questions while it is evaluated."""
        with agent.evaluating():
            return [answer.text for answer in agent.act(self.questions)]


def agent_cases(name: str) -> list[Case]:
    """Every check of an agent. Imports what ``module:Name`` names, and nothing for an id of clgym's. Raises as :func:`clgym.registry.agent`."""
    return cases_of(CHECKS, name, AgentSubject(name))


def answers(subject: AgentSubject) -> Problems:
    """``act`` gives one Answer of text for each conversation, and none for none."""
    agent = subject.agent()
    for conversations in (subject.questions, subject.questions[:1], []):
        given = agent.act(conversations)
        if not isinstance(given, list) or not all(isinstance(answer, Answer) for answer in given):
            yield f"act gave {short(given)}: expected a list of clgym.Answer, one for each conversation."
        elif len(given) != len(conversations):
            yield f"act gave {len(given)} answers to {len(conversations)} conversations."
        elif not all(isinstance(answer.text, str) for answer in given):
            yield f"Answer.text is {short([answer.text for answer in given])}: expected str."
    pairs = [(question, "A") for question in subject.questions]
    for some in (pairs, []):
        likelihoods = agent.log_likelihood(some)
        if likelihoods is not None and len(likelihoods) != len(some):
            yield f"log_likelihood gave {len(likelihoods)} numbers for {len(some)} pairs; expected as many, or None."


def order(subject: AgentSubject) -> Problems:
    """Frozen, a batch is answered as its conversations one by one, in order."""
    agent = subject.taught()
    together = subject.answers(agent)
    with agent.evaluating():
        apart = [agent.act([question])[0].text for question in subject.questions]
        backwards = [answer.text for answer in agent.act(subject.questions[::-1])][::-1]
    for question, one, other, third in zip(subject.questions, together, apart, backwards):
        if not one == other == third:
            yield (
                f"{short(question[-1]['content'])} is answered {short(one)} in a batch, {short(other)} alone and {short(third)} in the "
                "batch turned round: inside evaluating() an answer may depend on θ and its conversation alone."
            )


def evaluation(subject: AgentSubject) -> Problems:
    """Evaluation changes nothing, not even a global random generator, and repeats itself."""
    agent = subject.taught()
    before, generators = agent.digest(), _generators()
    first = subject.answers(agent)
    agent.log_likelihood([(question, "A") for question in subject.questions])
    with agent.evaluating():
        agent.divergence([(question, "A") for question in subject.questions])
    second = subject.answers(agent)
    if second != first:
        yield f"the same questions were answered {short(first)}, then {short(second)}: inside evaluating(), act decodes greedily."
    if agent.digest() != before:
        yield "evaluating changed what save writes: inside evaluating() (agent.frozen is True) act must change nothing."
    for name, state in _generators().items():
        if state != generators.get(name, state):
            yield f"evaluating moved the global random generator of {name}: draw from one of the agent's own."


def going_on(subject: AgentSubject) -> Problems:
    """A saved and reloaded agent goes on bit for bit like the one that was saved."""
    subject.demand_save()
    warm = {"temperature": 1.0} if "temperature" in subject.settings else {}
    agent = subject.taught(ROUNDS - 1, **warm)
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved"
        if subject.row.package != "clgym":  # the harness makes the folder; clgym's own agents save wherever a user says
            saved.mkdir()
        agent.save(saved)
        suffixes = {path.suffix for path in saved.rglob("*") if path.is_file()}
        other = subject.agent(seed=7, **warm)
        other.load(saved)
    unread = suffixes - PLAIN_SUFFIXES if subject.row.package == "clgym" else suffixes & CODE_SUFFIXES
    if unread:
        yield f"save writes {', '.join(sorted(unread))}: JSON and safetensors run no code when they are read."
    if other.digest() != agent.digest():
        yield "what load restores is saved differently: digest() after load is another one."
    ours, theirs = _going_on(subject, agent), _going_on(subject, other)
    for what, one, another in zip(("answers in the stream", "answers when evaluated", "θ"), ours, theirs):
        if one != another:
            yield f"after load, {what} differ from those of the agent that was saved: save has to write all that learn and act need."


def _going_on(subject: AgentSubject, agent: Agent) -> tuple[list[str], list[str], str]:
    streamed = []
    for batch in stream(subject.worlds, ROUNDS):
        streamed += [answer.text for answer in agent.act([batch[0].conversation])]
        agent.learn(batch)
    agent.flush()
    return streamed, subject.answers(agent), agent.digest()


def learning(subject: AgentSubject) -> Problems:
    """Learning changes θ, what it took is counted, and the language model that was given stays as it was."""
    if not subject.learns:
        raise Skipped("it does not learn.")
    subject.demand_save()
    model = subject.model if subject.row.model else None
    weights = _weights(model)
    agent, bystander = subject.agent(), registry.make_agent("frozen", model=model, max_new_tokens=6) if model else None
    fresh, untaught = agent.digest(), subject.answers(bystander) if bystander else []
    cost = Cost()
    for batch in stream(subject.worlds, ROUNDS):
        agent.act([batch[0].conversation])
        cost += agent.learn(batch) or Cost()
    if agent.digest() == fresh:
        yield f"digest() is the same after {2 * ROUNDS} env steps: learn changed nothing, or save does not write what it changed."
    if model and not (cost.flops > 0 and cost.seconds > 0):
        yield f"learning took {cost}: count FLOPs and seconds into what learn returns."
    if any(not bool((weight == weights[name]).all()) for name, weight in _weights(model).items()):
        yield "learning changed the weights of the model that was given: other agents share it. Train a copy, or an adapter."
    if bystander and subject.answers(bystander) != untaught:
        yield "another agent with the same model answers differently after this one learned."


def any_experience(subject: AgentSubject) -> Problems:
    """``learn`` takes any experience: failed grades, unreadable answers, no feedback, none at all."""
    agent, plain = subject.agent(), experience(subject.worlds[0], 0)
    strange: dict[str, list[Experience]] = {
        "no experience": [],
        "a failed grade (its reward is NaN)": [
            replace(plain, reward=float("nan"), outcome="failed", feedback="No score.", correction="")
        ],
        "a malformed answer": [replace(plain, answer="", reward=0.0, outcome="malformed")],
        "no feedback": [replace(plain, feedback="", correction="")],
        "a lone surrogate and NUL": [replace(plain, answer="\ud800\0", outcome="malformed")],
        "an answer of 20,000 characters": [replace(plain, answer="no " * 6_666)],
        "an episode that goes on, and is broken off": [replace(plain, done=False)],
        "several at once": [experience(world, index) for world in subject.worlds for index in range(2)],
    }
    for what, batch in strange.items():
        cost = agent.learn(batch)
        if cost is not None and not isinstance(cost, Cost):
            yield f"learn gave {short(cost)} for {what}: expected a clgym.Cost."
    agent.flush()
    subject.answers(agent)


def learning_rate_0(subject: AgentSubject) -> Problems:
    """With a learning rate of 0 it answers after learning as before it: nothing but training changes its weights."""
    if "learning_rate" not in subject.settings or not subject.row.model:
        raise Skipped("it has no learning rate.")
    agent = subject.agent(learning_rate=0)
    before = subject.answers(agent)
    for batch in stream(subject.worlds, ROUNDS):
        agent.learn(batch)
    agent.flush()
    after = subject.answers(agent)
    if after != before:
        yield f"it answered {short(before)}, and {short(after)} after learning with learning_rate=0."


def description(subject: AgentSubject) -> Problems:
    """What it says of itself goes into the records: ``describe`` is JSON, and so are its settings."""
    agent = subject.taught(1)
    try:
        json.dumps(dict(agent.describe()), allow_nan=False)
    except (TypeError, ValueError) as error:
        yield f"describe() gave {short(agent.describe())}, which is no JSON: {error}."
    if not inspect.getdoc(subject.target):
        yield "it has no docstring: its first line is its summary in listings."


def settings(subject: AgentSubject) -> Problems:
    """Settings are fields of a frozen dataclass ``Config``, each explained; an unknown one is a typed error."""
    if not subject.settings:
        raise Skipped("it has no settings.")
    config = subject.target.Config
    if subject.row.config and registry.load_entry(subject.row.config) is not config:
        yield f"its row says that its Config is {subject.row.config}, and it is {config.__module__}:{config.__qualname__}."
    if not config.__dataclass_params__.frozen:
        yield f"{config.__qualname__} is not frozen: @dataclass(frozen=True)."
    if not config.__doc__ or config.__doc__.startswith(f"{config.__name__}("):
        yield f"{config.__qualname__} has no docstring."
    mute = [setting.name for setting in settings_of(subject.target) if not setting.help]
    if mute:
        yield f"nothing says what {', '.join(mute)} {'is' if len(mute) == 1 else 'are'}: a string literal below the field does."
    unknown = set(subject.row.small) - subject.settings
    if unknown:
        yield f"small names {', '.join(sorted(unknown))}, which Config does not have."
    try:
        subject.agent(no_such_setting=1)
        yield "an unknown setting raises nothing."
    except UnknownName:
        pass


def hostile_conversations(subject: AgentSubject) -> Problems:
    """Any conversation gets an answer of text or a typed error: empty, huge, unencodable, with a system message."""
    first = subject.questions[0][0]["content"]
    strange: dict[str, list[Message]] = {
        "an empty message": [Message(role="user", content="")],
        "200,000 characters": [Message(role="user", content="x" * 200_000)],
        "10,000 words": [Message(role="user", content="a " * 10_000)],
        "a lone surrogate and NUL": [Message(role="user", content="\ud800\0")],
        "a system message": [Message(role="system", content="Be brief."), Message(role="user", content=first)],
        "a second turn": [
            Message(role="user", content=first),
            Message(role="assistant", content=""),
            Message(role="user", content="```\n" * 50),
        ],
    }
    for what, messages in strange.items():
        agent = subject.agent()
        with agent.evaluating():
            try:
                given = agent.act([tuple(messages)])
            except ClgymError:
                continue
            except Exception as error:
                yield f"{what} raises {type(error).__name__}: {short(str(error), 200)}. Expected an answer, or an error of clgym.errors."
                continue
        if [type(answer.text) for answer in given] != [str]:
            yield f"{what} is answered {short(given)}: expected one Answer of text."


def _weights(model: Any) -> dict[str, Any]:
    """Copies of a local model's weights; none where there is no model."""
    network = getattr(model, "network", None)
    return {name: value.clone() for name, value in network.state_dict().items()} if network is not None else {}


def _generators() -> dict[str, Any]:
    """The states of the global random generators, where they are loaded."""
    states: dict[str, Any] = {"random": random.getstate(), "numpy": repr(numpy.random.get_state())}
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = torch.random.get_rng_state().tolist()
    return states


CHECKS: Sequence[Callable[..., Problems]] = (
    answers,
    order,
    evaluation,
    going_on,
    learning,
    any_experience,
    learning_rate_0,
    description,
    settings,
    hostile_conversations,
)
