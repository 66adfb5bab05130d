"""Device discipline, without an accelerator: how often anything waits for the device, and that nothing is made elsewhere.

On an accelerator each look at a value (``.item()``, ``.tolist()``, a mask whose true places are counted) waits until all that was
asked for is done, and a tensor made on the default device is a copy or an error. On the CPU both pass unseen: so every operation is
watched here, while the default device is one that holds no values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from clgym.agent import Agent, Decoding
from clgym.baselines.models.language import READ_EVERY, LanguageModel
from clgym.registry import load, load_model, make_agent
from clgym.registry.builtin import AGENTS
from clgym.testing.letters import Letters, experience

#: Looks at values in decoding: at each of so many tokens, at the two prefills (what all prompts begin with, and the rest), and one more
#: a token where prompts differ in length, by transformers: whether a mask hides anything.
PER_READ, PER_PREFILL, PER_PADDED_TOKEN = 2, 2, 1
#: Looks at values in one AdamW step, with what is scored for it: the norm of the gradient, the gap between sampler and trainer, and by
#: transformers twice a pass whether a mask hides anything. Most agents have fewer than three; three guards at once have six.
PER_STEP = 6

aten = torch.ops.aten
#: The operations that need a value outside of the device.
LOOKS = {
    *(aten.item, aten._local_scalar_dense, aten.is_nonzero, aten.equal, aten.allclose),
    *(aten.nonzero, aten.masked_select, aten._unique2, aten.unique_consecutive),
}
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_}
#: On the CPU these read memory without an operation.
READS = {torch.Tensor.tolist, torch.Tensor.numpy, torch.Tensor.__array__}


class Watch(TorchDispatchMode):
    """Inside, looks at values are counted, and tensors that nobody said the device of are seen: they hold no values."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.elsewhere: list[str] = []
        self._others = (torch.device("meta"), _Reads(self))

    def __enter__(self) -> Watch:
        for mode in self._others:
            mode.__enter__()
        return super().__enter__()

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        for mode in reversed(self._others):
            mode.__exit__(*raised)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kind, options = function.overloadpacket, kwargs or {}
        self.looks += kind in LOOKS
        self.looks += kind in INDEXING and any(place is not None and place.dtype == torch.bool for place in args[1])
        self.looks += kind is aten.repeat_interleave and options.get("output_size") is None
        made = function(*args, **options)
        if any(isinstance(leaf, torch.Tensor) and leaf.device.type == "meta" for leaf in tree_leaves(made)):
            self.elsewhere.append(str(function))
        return made


class _Reads(TorchFunctionMode):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._watch.looks += function in READS
        return function(*args, **(kwargs or {}))


def watched(work: Callable[[], Any]) -> Watch:
    """What was seen while ``work`` was done. A value that is wanted of a tensor made elsewhere is an error there."""
    watch = Watch()
    with watch:
        work()
    return watch


@pytest.fixture
def model() -> LanguageModel:
    """The tiny one, which reads what it has said as often as on an accelerator."""
    model = load_model("tiny", device="cpu").clone()
    model.read_every = READ_EVERY
    model.generate(asked("hello"), Decoding(2))  # weights are laid out for this machine once, the first time they are read
    return model


def asked(*questions: str) -> list[list[dict]]:
    return [[{"role": "user", "content": question}] for question in questions]


# -- decoding ---------------------------------------------------------------------------------------------------------


def decoding_looks(tokens: int, padded: bool) -> int:
    return PER_READ * -(-tokens // READ_EVERY) + PER_PREFILL + PER_PADDED_TOKEN * padded * tokens


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("questions", [("hello", "hallo"), ("hello", "x", "the red dog")], ids=["one length", "padded"])
def test_decoding_looks_at_values_as_often_as_stated_and_makes_all_on_its_device(questions, temperature, model):
    watch = watched(lambda: model.generate(asked(*questions), Decoding(24, temperature=temperature), seed=1))
    assert watch.elsewhere == []
    assert 0 < watch.looks <= decoding_looks(24, padded=len(questions) == 3)


FAULTS = {
    "a look at each token": lambda logits: float(logits[0, 0]),
    "a list of each token": lambda logits: logits[:, 0].tolist(),
    "a decision on each token": lambda logits: 1 if logits[0, 0] > 0 else 2,
    "a mask": lambda logits: logits[logits > 0],
    "places": lambda logits: torch.nonzero(logits),
    "a comparison": lambda logits: torch.equal(logits, logits),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_look_at_each_token_is_seen(fault, model, monkeypatch):
    head = LanguageModel._head
    monkeypatch.setattr(LanguageModel, "_head", lambda self, hidden, *more: (x := head(self, hidden, *more), FAULTS[fault](x))[0])
    watch = watched(lambda: model.generate(asked("hello", "hallo"), Decoding(24)))
    assert watch.looks > decoding_looks(24, padded=False)


@pytest.mark.parametrize("make", [lambda: torch.arange(3), lambda: torch.tensor([1.0]), lambda: torch.zeros(2)])
def test_a_tensor_made_elsewhere_is_seen(make, model, monkeypatch):
    head = LanguageModel._head
    monkeypatch.setattr(LanguageModel, "_head", lambda self, hidden, *more: (head(self, hidden, *more), make())[0])
    assert watched(lambda: model.generate(asked("hello"), Decoding(4))).elsewhere


# -- updates ----------------------------------------------------------------------------------------------------------


#: An agent and whether it has settings of its own; the others are tried in the slow lane.
QUICK = (("lora-sft", False), ("lora-rl", True))


def trainers() -> list[Any]:
    """Every agent that trains weights, and what guards them."""
    rows = [row for row in AGENTS if row.model and "learning_rate" in {field.name for field in fields(load(row).Config)}]
    guarded = [(row, {"guard.kind": "kl+replay+ewc"}) for row in rows if row.id == "lora-sft"]
    corrected = [(row, {"correction": 2.0, "floor": 0.5}) for row in rows if row.id == "lora-rl"]
    cases = [*((row, {}) for row in rows), *guarded, *corrected]
    return [
        pytest.param(row, more, id=" ".join([row.id, *more]), marks=() if (row.id, bool(more)) in QUICK else pytest.mark.slow)
        for row, more in cases
    ]


def live(agent: Agent) -> None:
    """Four env steps, two of them second attempts, and all updates that they bring."""
    world = Letters()
    for place in range(2):
        for attempt, answer in enumerate(("no", world.solve(world.query("learn", place)))):
            step = experience(world, place, answer, attempt, done=attempt == 1)
            said = agent.act([step.conversation])[0]
            agent.learn([replace(step, tokens=said.tokens, log_probabilities=said.log_probabilities)])
    agent.flush()


def update(row: Any, settings: dict[str, Any], model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> tuple[Watch, int]:
    """What was seen in an agent's later updates, looks in decoding apart, and how many AdamW steps there were.

    torch keeps the steps that AdamW has taken on the CPU, wherever the weights are: they are made before, and their reading is no look.
    """
    agent: Any = make_agent(row.id, model=model, **{**row.small, **settings})
    live(agent)
    before, watch, generate = agent.describe()["updates"], Watch(), LanguageModel.generate
    step = agent.trainer.adapter.optimizer.step

    def uncounted(work: Callable[..., Any]) -> Callable[..., Any]:
        def counted_elsewhere(*args: Any, **options: Any) -> Any:
            looks = watch.looks
            try:
                return work(*args, **options)
            finally:
                watch.looks = looks

        return counted_elsewhere

    monkeypatch.setattr(LanguageModel, "generate", uncounted(generate))
    monkeypatch.setattr(agent.trainer.adapter.optimizer, "step", uncounted(step))
    with watch:
        live(agent)
    return watch, agent.describe()["updates"] - before


@pytest.mark.parametrize("row, settings", trainers())
def test_an_update_looks_at_values_as_often_as_stated_and_makes_all_on_its_device(row, settings, model, monkeypatch):
    watch, steps = update(row, settings, model, monkeypatch)
    assert watch.elsewhere == []
    assert steps <= watch.looks <= PER_STEP * steps, "the norm of each gradient is looked at"


def test_a_look_at_each_weight_in_an_update_is_seen(model, monkeypatch):
    (row,) = [row for row in AGENTS if row.id == "lora-rl"]
    merged = load(row)._losses
    monkeypatch.setattr(
        load(row),
        "_losses",
        lambda agent, batch: (
            [float(weight.detach().norm()) for weight in agent.trainer.adapter.parameters.values()],
            merged(agent, batch),
        )[1],
    )
    watch, steps = update(row, {}, model, monkeypatch)
    assert watch.looks > PER_STEP * steps > 0
