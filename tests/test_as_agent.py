"""``as_agent``: functions and objects as agents, and what a first mistake is told."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

import clgym
from clgym import Agent, Answer, Cost, Experience, Message, MultipleChoice, as_agent, registry
from clgym.agent import answers_of
from clgym.errors import AgentError, UnknownName, WrongAnswer, WrongKind
from clgym.protocol import ThetaChanged, Trial, run_trial
from clgym.records import BlockRecord, LearnRecord, StepRecord

HELLO = [{"role": "user", "content": "hello"}]
RETRY = [*HELLO, {"role": "assistant", "content": "no"}, {"role": "user", "content": "Wrong.\n\nTry again: hello"}]
TRANSCRIPT = "User: hello\n\nAssistant: no\n\nUser: Wrong.\n\nTry again: hello"

TRIAL = Trial(
    "CL-Playbook-v0",
    "mine",
    steps=16,
    batch=2,
    eval_size=4,
    transfer_size=2,
    guard_size=2,
    probe_size=0,
    control_size=4,
    checkpoints=(8,),
)


def texts(agent: Agent, *conversations: Any) -> list[str]:
    return [answer.text for answer in answers_of(agent, conversations)]


def experience(prompt: str, correction: str) -> Experience:
    return Experience(({"role": "user", "content": prompt},), "", 0.0, "", True, "wrong", "learn/0", correction=correction)


# -- functions ------------------------------------------------------------------------------------------------------------


def by_annotation(text: str) -> str:
    return text.upper()


def by_optional_annotation(x: str | None, temperature: float = 0.0) -> str:
    return x.upper()


def by_name(question):
    return question.upper()


def messages_by_annotation(x: list[dict[str, str]]) -> str:
    return x[-1]["content"].upper() + str(len(x))


def messages_by_alias(x: clgym.Conversation) -> str:
    return messages_by_annotation(x)


def messages_of_message(x: list[Message]) -> str:
    return messages_by_annotation(x)


def messages_by_name(messages, *, temperature=0.0):
    return messages_by_annotation(messages)


def an_answer(prompt: str) -> Answer:
    return Answer(prompt.upper(), Cost(dollars=0.5))


async def awaited(prompt: str) -> str:
    await asyncio.sleep(0)
    return prompt.upper()


class Shouter:
    def reply(self, prompt: str) -> str:
        return prompt.upper()

    def __call__(self, prompt: str) -> str:
        return prompt.upper()


def with_prefix(prefix: str, prompt: str) -> str:
    return prefix + prompt.upper()


PROMPTS = [by_annotation, by_optional_annotation, by_name, an_answer, awaited, Shouter(), Shouter, Shouter().reply, str.upper]
CHATS = [messages_by_annotation, messages_by_alias, messages_of_message, messages_by_name]


@pytest.mark.parametrize("function", [*PROMPTS, functools.partial(with_prefix, "")])
def test_a_function_of_a_prompt_gets_the_query_and_later_the_whole_conversation(function):
    agent = as_agent(function)
    assert texts(agent, HELLO, RETRY) == ["HELLO", TRANSCRIPT.upper()]
    assert not agent.learns and not agent.saves


@pytest.mark.parametrize("function", CHATS)
def test_a_function_of_messages_gets_a_list_that_it_may_change(function):
    assert texts(as_agent(function), HELLO, RETRY) == ["HELLO1", "WRONG.\n\nTRY AGAIN: HELLO3"]

    def meddler(messages: list[dict]) -> str:
        messages.insert(0, {"role": "system", "content": "Be brief."})
        messages[-1]["content"] = "gone"
        return "done"

    conversation = [dict(message) for message in HELLO]
    assert texts(as_agent(meddler), conversation) == ["done"] and conversation == HELLO


def test_annotations_that_only_type_checkers_know_are_read_as_text():
    names: dict[str, Any] = {}
    code = (
        "from __future__ import annotations\ndef a(x: Sequence[Msg]) -> str: return x[0]['content']\ndef b(x: str) -> Msg: return x"
    )
    exec(code, names)
    assert texts(as_agent(names["a"]), HELLO) == texts(as_agent(names["b"]), HELLO) == ["hello"]


def test_an_answer_of_a_function_keeps_its_cost():
    (answer,) = as_agent(an_answer).act([HELLO])
    assert answer == Answer("HELLO", Cost(dollars=0.5))


def test_async_answers_of_a_batch_come_together_and_also_inside_a_running_loop():
    meeting = asyncio.Barrier(3) if hasattr(asyncio, "Barrier") else None
    threads, loops = set(), set()

    async def agent(prompt: str) -> str:
        threads.add(threading.current_thread())
        loops.add(asyncio.get_running_loop())
        if meeting is not None:
            await asyncio.wait_for(meeting.wait(), 20)
        return prompt

    made = as_agent(agent)
    batch = [[{"role": "user", "content": text}] for text in "abc"]

    async def notebook(agent: Agent) -> list[str]:
        return texts(agent, *batch)

    assert texts(made, *batch) == asyncio.run(notebook(made)) == ["a", "b", "c"]
    assert len(loops) == 1, "HTTP clients keep connections of the loop that they were first used in"
    (thread,) = threads
    assert thread.is_alive()
    del made
    thread.join(10)
    assert not thread.is_alive()


def test_an_error_in_one_async_answer_cancels_the_others():
    cancelled = threading.Event()

    async def agent(prompt: str) -> str:
        if prompt == "bad":
            raise ZeroDivisionError(prompt)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return prompt

    made = as_agent(agent)
    with pytest.raises(ZeroDivisionError, match="bad"):
        made.act([HELLO, [{"role": "user", "content": "bad"}]])
    assert cancelled.wait(10)


def no_argument() -> str:
    return ""


def two_arguments(prompt: str, history: list) -> str:
    return ""


def a_keyword(prompt: str, *, key: str) -> str:
    return ""


def either(x: str | list[dict]) -> str:
    return ""


def a_number(x: int) -> str:
    return ""


def a_batch(conversations):
    return []


def a_batch_of_prompts(prompts: list[str]) -> list[str]:
    return prompts


def a_batch_of_messages(x: list[list[dict]]) -> list[str]:
    return []


@pytest.mark.parametrize(
    "function", [no_argument, two_arguments, a_keyword, either, a_number, a_batch, a_batch_of_prompts, a_batch_of_messages]
)
def test_a_function_whose_argument_is_unclear_is_shown_the_right_shapes(function):
    with pytest.raises(
        WrongKind, match=rf"(?s){function.__name__}.*def agent\(prompt: str\).*def agent\(messages: list\[dict\]\).*def act"
    ):
        as_agent(function)


@pytest.mark.parametrize(
    "reply, named", [(None, "None"), (["a"], "a list"), (3, r"an int \(3\)"), (b"x", "a bytes"), (("a",), "a tuple")]
)
def test_a_function_that_returns_no_text_is_told_what_to_return(reply, named):
    with pytest.raises(WrongAnswer, match=rf"(?s)mine returned {named}.*expected a str.*def agent\(prompt: str\) -> str"):
        as_agent(lambda prompt: reply, name="mine").act([HELLO])


# -- objects --------------------------------------------------------------------------------------------------------------


class Memory:
    """Remembers corrections; one of everything that ``as_agent`` reads of an object."""

    attempts = 2
    frozen = False

    def __init__(self, seed: int = 0):
        self.seed, self.known, self.frozen_at_act = seed, {}, []

    def act(self, conversations):
        self.frozen_at_act.append(self.frozen)
        return [self.known.get(conversation[0]["content"], "") for conversation in conversations]

    def learn(self, experiences):
        self.known.update((experience.prompt, experience.correction) for experience in experiences)
        return Cost(flops=1.0)

    def flush(self):
        return None

    def save(self, folder):
        (folder / "known.json").write_text(json.dumps(self.known))

    def load(self, folder):
        self.known = json.loads((folder / "known.json").read_text())

    def describe(self):
        return {"memory_items": len(self.known)}


class AsyncMemory(Memory):
    async def act(self, conversations):
        return super().act(conversations)

    async def learn(self, experiences):
        return super().learn(experiences)


@pytest.mark.parametrize("kind", [Memory, AsyncMemory])
def test_an_object_is_an_agent_with_what_it_has(kind, tmp_path):
    inner = kind()
    agent = as_agent(inner)
    assert agent.learns and agent.saves and agent.attempts == 2
    with agent.evaluating():
        assert agent.frozen and inner.frozen and texts(agent, HELLO) == [""]
    assert agent.learn([experience("hello", "HELLO")]) == Cost(flops=1.0) and agent.flush() is None
    assert texts(agent, HELLO, RETRY) == ["HELLO", "HELLO"] and not inner.frozen
    assert inner.frozen_at_act == [True, False] and agent.describe() == {"memory_items": 1}
    agent.save(tmp_path)
    twin = as_agent(kind)
    twin.load(tmp_path)
    assert twin.digest() == agent.digest() != as_agent(kind).digest()


def test_an_object_without_more_than_act_is_enough_and_sees_options():
    class Chooser:
        def act(self, conversations):
            return [Answer(conversation.options[-1]) for conversation in conversations]

    agent = as_agent(Chooser())
    assert texts(agent, MultipleChoice(HELLO, ("yes", "no"))) == ["no"]
    assert not agent.learns and agent.describe() == {} and agent.attempts == 1 and agent.learn([]) == Cost()


def test_an_object_may_have_an_evaluating_of_its_own():
    class Careful(Memory):
        inside = False

        @contextmanager
        def evaluating(self):
            self.inside = True
            yield
            self.inside = False

    inner = Careful()
    with as_agent(inner).evaluating():
        assert inner.inside and inner.frozen
    assert not inner.inside and not inner.frozen


def test_classes_are_made_with_the_seed_and_agents_come_back_as_they_are():
    assert as_agent(Memory, seed=3).inner.seed == 3
    assert as_agent(functools.partial(Memory, 5)).inner.seed == 5
    agent = as_agent(Memory)
    assert as_agent(agent) is agent

    class Needy(Memory):
        def __init__(self, client):
            self.client = client

    with pytest.raises(WrongKind, match=r"(?s)Needy cannot be made: .*'client'.*instance"):
        as_agent(Needy)


class SaveAlone(Memory):
    load = None


class NoAttempts(Memory):
    attempts = 0


@pytest.mark.parametrize(
    "x, words",
    [
        (SaveAlone(), "has save and no load"),
        (NoAttempts(), "attempts of .* is 0"),
        ("frozen", r"a str \('frozen'\), not an agent"),
        (None, "None, not an agent"),
        (dict, "not an agent"),
        (Agent, "without act"),
    ],
)
def test_what_is_no_agent_is_refused(x, words):
    with pytest.raises(WrongKind, match=words):
        as_agent(x)


# -- first mistakes, in a trial ---------------------------------------------------------------------------------------------


class _Says:
    reply: Any = None

    def act(self, conversations):
        return self.reply(conversations)


async def _coroutine(conversations):
    return [Answer("x") for _ in conversations]


#: What act gives instead of answers, what the error says, and whether an object may give it all the same.
MISTAKES = {
    "a str": (lambda c: "yes", r"returned a str \('yes'\)", False),
    "a coroutine": (_coroutine, r"returned a coroutine .*as_agent", True),
    "None": (lambda c: None, "returned None", False),
    "too few": (lambda c: [Answer("x")] * (len(c) - 1), r"returned \d+ answers to \d+ conversations", False),
    "a list of str": (lambda c: ["x"] * len(c), r"returned a str \('x'\) as answer 0", True),
    "a generator": (lambda c: (Answer("x") for _ in c), "returned a generator", False),
    "Answer(None)": (lambda c: [Answer(None)] * len(c), r"returned Answer\(None\) as answer 0", False),
    "Answer(123)": (lambda c: [Answer(123)] * len(c), r"returned Answer\(123\) as answer 0", False),
    "a filter of its own": (lambda c: [Answer("x", stop="filter")] * len(c), 'returned an answer 0 with stop "filter"', False),
    "a cost of a number": (lambda c: [Answer("x", 0.5)] * len(c), r"returned an answer 0 whose cost is a float \(0.5\)", False),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("base", [Agent, object])
def test_a_wrong_act_gets_an_error_that_shows_the_right_shape(base, mistake, tmp_path):
    reply, words, right_for_objects = MISTAKES[mistake]
    kind = type("Mine", (_Says, base), {"reply": staticmethod(reply)})
    if base is object and right_for_objects:
        assert len(run_trial(TRIAL, tmp_path / "t", make=kind).of(StepRecord)) == 16
        return
    with pytest.raises(WrongAnswer, match=rf"(?s)Mine.act {words}"):
        run_trial(TRIAL, tmp_path / "t", make=kind)


@pytest.mark.parametrize("base", [Agent, object])
@pytest.mark.parametrize("returned", [0.5, {"loss": 1.0}, [Cost()]])
def test_a_learn_that_returns_no_cost_gets_an_error_that_shows_the_right_shape(base, returned, tmp_path):
    def act(self, conversations):
        return [Answer("x") for _ in conversations]

    kind = type("Mine", (base,), {"act": act, "learn": lambda self, experiences: returned})
    with pytest.raises(WrongAnswer, match=rf"(?s)Mine.learn returned a {type(returned).__name__} .*return Cost\("):
        run_trial(TRIAL, tmp_path / "t", make=kind)


# -- trials ---------------------------------------------------------------------------------------------------------------


def test_a_function_has_a_whole_trial(tmp_path):
    records = run_trial(TRIAL, tmp_path / "t", make=lambda: lambda prompt: prompt.rpartition(" ")[2].strip("."))
    assert len(records.of(StepRecord)) == 16 and not records.of(LearnRecord)
    assert all(0 < step.cost.seconds < 60 for step in records.of(StepRecord))
    assert records.result["theta_proven_unchanged"]


def test_an_object_has_a_whole_trial_and_learns_in_it(tmp_path):
    records = run_trial(TRIAL, tmp_path / "t", make=Memory)
    assert sum(record.experiences for record in records.of(LearnRecord)) == 16
    assert records.of(BlockRecord)[-1].describe["memory_items"] > 0
    assert records.result["theta_proven_unchanged"]


def test_of_an_object_that_learns_and_cannot_save_nothing_is_proven(tmp_path):
    class Forgetful(Memory):
        save = load = None

    records = run_trial(TRIAL, tmp_path / "t", make=Forgetful)
    assert {block.digest for block in records.of(BlockRecord)} == {""}
    assert not records.result["theta_proven_unchanged"]


def test_an_object_that_changes_while_it_is_evaluated_is_found_out(tmp_path):
    class Restless(Memory):
        def act(self, conversations):
            self.known[str(len(self.known))] = "seen"
            return super().act(conversations)

    with pytest.raises(ThetaChanged):
        run_trial(TRIAL, tmp_path / "t", make=Restless)


MODULE = """
import functools

def shout(prompt: str) -> str:
    return prompt.upper()

class Memory:
    def __init__(self, size=1, seed=0):
        self.size, self.seed = size, seed
    def act(self, conversations):
        return [str(self.size)] * len(conversations)
    def learn(self, experiences):
        self.size += 1

class Caller:
    def __call__(self, messages):
        return "yes"

caller = Caller()
shared = Memory()
made = functools.partial(Memory, 7)
"""


def test_the_registry_makes_agents_of_functions_and_classes_and_refuses_what_trials_would_share(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(MODULE)
    assert texts(registry.make_agent(f"{file}:shout"), HELLO) == ["HELLO"]
    first, second = (registry.make_agent(f"{file}:made", seed=4) for _ in range(2))
    first.learn([])
    assert texts(first, HELLO) == ["8"] and texts(second, HELLO) == ["7"] and second.inner.seed == 4
    with pytest.raises(WrongKind, match=r"(?s)mine.py:shared is one Memory that learns.*partial"):
        registry.make_agent(f"{file}:shared")
    with pytest.raises(UnknownName, match="unknown setting of agent .* 'size'"):
        registry.make_agent(f"{file}:Memory", size=3)


@pytest.mark.parametrize("name", ["shout", "made", "Memory", "caller"])
def test_a_trial_by_name_is_found_finished_by_the_same_name(name, tmp_path):
    (tmp_path / "mine.py").write_text(MODULE)
    trial = replace(TRIAL, agent=f"{tmp_path}/mine.py:{name}")
    finished = run_trial(trial, tmp_path / "t")
    assert run_trial(trial, tmp_path / "t").records == finished.records


def test_a_class_that_cannot_be_made_is_named_with_its_line(tmp_path):
    (tmp_path / "broken.py").write_text(
        "class Mine:\n    def __init__(self):\n        1 / 0\n    def act(self, conversations): ...\n"
    )
    with pytest.raises(AgentError, match=r"(?s)making it.* ZeroDivisionError.*broken.py line 3"):
        registry.make_agent(f"{tmp_path}/broken.py:Mine")
