"""What the embedded model costs on this machine: answers alone and in batches, a shared prefix, one LoRA update.

    python tests/bench/bench_models.py

CPU seconds stand beside wall seconds: on a busy machine only the former compare. Goals follow from `make quickstart` at
level 0 (at most 10 minutes on two cores): 32 answers behind 48 examples in a few seconds and an update in about one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from clgym.agent import Agent, Conversation, Experience, Message
from clgym.baselines.adapter import Adapter
from clgym.baselines.models.language import Decoding, LanguageModel
from clgym.model import EMPTY
from clgym.registry import DEFAULT_MODEL, load_model, make_agent

DECODING = Decoding(max_new_tokens=16)
COLORS = ("red", "blue", "big", "old", "warm", "new", "dry", "long")
THINGS = ("dog", "house", "river", "stone", "bird", "cup", "tree", "hand")
PHRASES = tuple(f"Translate into Velan: the {color} {thing}" for color in COLORS for thing in THINGS)


class Spent(NamedTuple):
    """Seconds of one call."""

    wall: float
    cpu: float


def spent(action: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def show(what: str, action: Callable[[], object]) -> None:
    seconds = spent(action)
    print(f"{what:52} {seconds.wall:6.2f} s   cpu {seconds.cpu:6.2f} s")


def ask(count: int, before: list[Message] | None = None) -> list[Conversation]:
    return [[*(before or []), Message(role="user", content=phrase)] for phrase in PHRASES[-count:]]


def examples() -> list[Message]:
    """48 questions with their answers behind a system message."""
    turns = [(Message(role="user", content=phrase), Message(role="assistant", content="miru tasa")) for phrase in PHRASES[:48]]
    return [Message(role="system", content="Answer with the answer only."), *(message for turn in turns for message in turn)]


def one_update(model: LanguageModel) -> Callable[[], float]:
    adapter = Adapter(model, rank=16, alpha=32.0, learning_rate=2e-3, max_grad_norm=1.0, seed=0)
    batch = [(model.encode(conversation).ids, model.answer_tokens("miru tasa")) for conversation in ask(16)]
    adapter.backward([-model.score(batch, network=adapter.training)[0].mean()])  # the first call allocates
    adapter.step()

    def update() -> float:
        scored = model.score(batch, network=adapter.training)
        adapter.backward([-sum(row.mean() for row in scored)])
        norm = adapter.step()
        adapter.merged()
        return norm

    return update


def growing(model: LanguageModel) -> None:
    """What one more exchange and one answer cost behind short and long contexts, kept and written out anew."""
    for count in (12, 48):
        agent = make_agent("icl", model=model, max_new_tokens=16, window=4096)
        for phrase in PHRASES[:count]:
            agent.learn([lesson(phrase)])
        tokens, before = agent.describe()["prompt_tokens"], model.flops_spent

        def live(agent: Agent = agent) -> None:
            agent.learn([lesson(PHRASES[-1])])
            agent.act(ask(1))

        show(f"icl: an exchange and an answer behind {tokens} tokens", live)
        kept, before = model.flops_spent - before, model.flops_spent
        show("   the same, written out anew", lambda agent=agent: model.generate(ask(1, agent.context()), DECODING))
        print(f"   GFLOP: {kept / 1e9:.1f} kept, {(model.flops_spent - before) / 1e9:.1f} anew")


def lesson(phrase: str) -> Experience:
    return Experience([Message(role="user", content=phrase)], "", 0.0, "", True, "wrong", phrase, correction="miru tasa")


def main() -> None:
    model = load_model(DEFAULT_MODEL)
    print(f"{model.name}, {model.dtype}, {model.device}")
    show("load and verify", lambda: load_model(DEFAULT_MODEL))
    model.generate(ask(2), DECODING)
    for count in (1, 8, 32):
        show(f"{count} answers of up to 16 tokens", lambda count=count: model.generate(ask(count), DECODING))
    shown = examples()
    prefix = model.grow(EMPTY, shown)
    show(f"prefix of 48 examples ({prefix.length} tokens)", lambda: model.grow(EMPTY, shown))
    show("8 answers behind it, shared", lambda: model.generate(ask(8, shown), DECODING, prefix=prefix))
    show("32 answers behind it, shared", lambda: model.generate(ask(32, shown), DECODING, prefix=prefix))
    growing(model)
    show("one LoRA update, 16 examples, merged", one_update(model))


if __name__ == "__main__":
    main()
