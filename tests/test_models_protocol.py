"""The two Protocols of models: who keeps which, and what somebody hears who takes text for weights."""

from __future__ import annotations

import inspect

import pytest

from clgym.errors import InvalidSetting, NeedsWeights
from clgym.model import WEIGHTS_ALONE, TextModel, WeightModel, members, with_weights
from clgym.registry import load_model, make_agent

pytest.importorskip("openai")
ENDPOINT = "openai:someone/model@http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def models() -> dict[type, TextModel]:
    return {TextModel: load_model(ENDPOINT), WeightModel: load_model("tiny", device="cpu")}


@pytest.mark.parametrize("protocol", [TextModel, WeightModel])
def test_a_model_has_every_member_of_its_protocol_and_takes_the_same_arguments(protocol, models):
    model = models[protocol]
    assert protocol in type(model).__mro__
    names = members(protocol)
    assert {"name", "window", "generate", "grow", "journal"} <= names
    for name in names:
        declared = getattr(protocol, name, None)
        own = getattr(model, name)  # a variable that nobody set raises
        if inspect.isfunction(declared):
            assert getattr(type(model), name) is not declared, f"{name} is only declared"
            wanted = {name: one.kind for name, one in inspect.signature(declared).parameters.items() if name != "self"}
            assert {name: one.kind for name, one in inspect.signature(own).parameters.items()} == wanted


def test_what_needs_weights_follows_from_the_protocols_and_is_refused_by_name(models):
    assert {"log_likelihood", "score", "clone", "encode", "network"} <= WEIGHTS_ALONE and not WEIGHTS_ALONE & members(TextModel)
    for name in WEIGHTS_ALONE:
        with pytest.raises(NeedsWeights, match=f"{ENDPOINT}.*'{name}' needs a model on this machine"):
            getattr(models[TextModel], name)
    for name in ("_private", "nonsense"):
        with pytest.raises(AttributeError) as caught:
            getattr(models[TextModel], name)
        assert not isinstance(caught.value, NeedsWeights)
    with pytest.raises(NeedsWeights, match="training"):
        with_weights(models[TextModel], "training")
    assert with_weights(models[WeightModel], "training") is models[WeightModel]


def test_an_agent_on_text_alone_says_what_it_cannot_give(models):
    agent = make_agent("frozen", model=models[TextModel])
    pairs = [([{"role": "user", "content": "hello"}], "hi")]
    for call in (agent.log_likelihood, agent.divergence, agent.log_probabilities):
        with pytest.raises(NeedsWeights, match="gives text alone"):
            call(pairs)
    assert agent.log_likelihood([]) == [] and not issubclass(NeedsWeights, InvalidSetting)
