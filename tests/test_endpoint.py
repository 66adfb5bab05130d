"""Models behind an endpoint, over real sockets: what is sent and comes back, what goes wrong, what it costs, how it goes on."""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
import threading
from dataclasses import replace
from email.utils import formatdate

import pytest

pytest.importorskip("openai")
pytest.importorskip("torch")

from chat_server import ChatServer, break_off, completion, hang, hang_up, ok, raw, shout, status, trickle  # noqa: E402

from clgym import errors  # noqa: E402
from clgym.agent import STOPS, Decoding, Experience  # noqa: E402
from clgym.baselines.models.pacing import Booking, Pace  # noqa: E402
from clgym.cli import main  # noqa: E402
from clgym.metrics import Undefined, measure, summarize  # noqa: E402
from clgym.metrics.endings import in_words  # noqa: E402
from clgym.protocol import run_trial  # noqa: E402
from clgym.records import (
    RECORDS_FILE,
    RESULT_FILE,
    AnswerRecord,
    BlockRecord,
    StepRecord,
    Trial,
    from_line,
    read_runs,
    read_trial,
    to_line,
)  # noqa: E402
from clgym.registry import load_model, make_agent  # noqa: E402
from clgym.registry.builtin import AGENTS  # noqa: E402
from clgym.report import write_report  # noqa: E402
from clgym.retries import retry_after  # noqa: E402
from clgym.submission import verify_trial  # noqa: E402
from clgym.sweep.display import summary_tables  # noqa: E402
from clgym.sweep.plan import check  # noqa: E402

KEY = "sk-a-secret-that-nobody-may-see"
HELLO = [[{"role": "user", "content": "hello"}]]
TEXT_ALONE = [row for row in AGENTS if row.model and "weights" not in row.tags]
TRAINED = [row for row in AGENTS if row.model and "weights" in row.tags]
EXTRA_MODULES = {"icl-retrieval": "bm25s"}


def chats(*contents: str) -> list[list[dict[str, str]]]:
    return [[{"role": "user", "content": content}] for content in contents]


def texts(model, conversations, **decoding) -> list[str]:
    return [answer.text for answer in model.generate(conversations, Decoding(**decoding))]


# -- what is sent and what comes back ---------------------------------------------------------------------------------


def test_a_batch_is_answered_in_order_and_as_many_at_once_as_allowed(chat_server: ChatServer):
    together = threading.Barrier(3)

    def meet(handler, request):
        together.wait(30)  # three requests have to be here at once, or nobody is answered
        ok(handler, request)

    chat_server.always = meet
    asked = [f"word {number}" for number in range(12)]
    assert texts(load_model(chat_server.spec(parallel=3)), chats(*asked)) == [word.upper() for word in asked]
    assert chat_server.most == 3 and len(chat_server.requests) == 12


def test_a_request_says_what_the_decoding_says(chat_server: ChatServer):
    model = load_model(chat_server.spec())
    model.generate(HELLO, Decoding(max_new_tokens=7, thought_tokens=20))
    assert chat_server.requests[0] == {"model": "shouter", "messages": HELLO[0], "max_tokens": 7, "temperature": 0.0}
    load_model(chat_server.spec(seed=5)).generate(HELLO, Decoding())
    assert chat_server.requests[1]["seed"] == 5
    other = load_model(chat_server.spec(length="max_completion_tokens", without="temperature,seed", seed=5))
    other.generate(HELLO, Decoding(max_new_tokens=7, thought_tokens=0))
    assert chat_server.requests[2] == {"model": "shouter", "messages": HELLO[0], "max_completion_tokens": 7}


def test_thoughts_that_took_the_room_of_the_answer_get_room_of_their_own(chat_server: ChatServer):
    """Only where there were any: a model that does not think is asked once, and answers as briefly as it does elsewhere."""

    def thinks(handler, request):
        text = "<think>Let me see" if request["max_tokens"] < 20 else f"<think>Let me see.</think>{shout(request)}"
        handler.answer(request, text, completion_tokens=7)

    chat_server.always = thinks
    (answer,) = load_model(chat_server.spec()).generate(HELLO, Decoding(max_new_tokens=7, thought_tokens=20))
    assert (answer.text, answer.thoughts, answer.stop) == (shout({"messages": HELLO[0]}), "Let me see.", "end")
    assert [request["max_tokens"] for request in chat_server.requests] == [7, 27] and answer.cost.completion_tokens == 14
    chat_server.always = lambda handler, request: handler.answer(request, "on and on", completion_tokens=7)
    (answer,) = load_model(chat_server.spec()).generate(HELLO, Decoding(max_new_tokens=7, thought_tokens=20))
    assert (answer.text, len(chat_server.requests)) == ("on and on", 3)


#: Options of an address, ``thinking`` of an agent; the limit, and the fields that speak of thinking.
SWITCHES = [
    ({}, "auto", 7, {}),
    ({}, "on", 27, {"chat_template_kwargs": {"enable_thinking": True}}),
    ({}, "off", 7, {"chat_template_kwargs": {"enable_thinking": False}}),
    ({"thinking": "reasoning_effort"}, "auto", 7, {}),
    ({"thinking": "reasoning_effort"}, "on", 27, {"reasoning_effort": "medium"}),
    ({"thinking": "reasoning_effort", "reasoning_effort": "low"}, "auto", 27, {"reasoning_effort": "low"}),
    ({"thinking": "reasoning_effort", "reasoning_effort": "low"}, "on", 27, {"reasoning_effort": "low"}),
    ({"thinking": "reasoning_effort", "reasoning_effort": "low"}, "off", 7, {"reasoning_effort": "none"}),
    ({"extra_body": '{"top_k":20,"a":{"b":"c d"}}'}, "auto", 7, {"top_k": 20, "a": {"b": "c d"}}),
    (
        {"extra_body": '{"chat_template_kwargs":{"custom":1}}'},
        "off",
        7,
        {"chat_template_kwargs": {"custom": 1, "enable_thinking": False}},
    ),
]


@pytest.mark.parametrize("options, thinking, limit, fields", SWITCHES)
def test_thinking_is_switched_as_the_address_says(chat_server: ChatServer, options, thinking, limit, fields):
    decoding = Decoding(max_new_tokens=7, thinking=thinking, thought_tokens=20)
    load_model(chat_server.spec(**options)).generate(HELLO, decoding)
    plain = {"model": "shouter", "messages": HELLO[0], "temperature": 0.0}
    assert chat_server.requests == [{**plain, "max_tokens": limit, **fields}]


def test_agents_on_an_endpoint_need_no_torch(chat_server: ChatServer, tmp_path):
    agents = [
        word
        for name in ("frozen", "rulebook", "icl", "icl-window", "icl-retrieval", "notes")
        for word in ("--agent", f"{name}:temperature=0.5")
    ]
    small = "--steps 8 --eval-size 2 --transfer-size 0 --guard-size 2 --probe-size 0 --control-size 2".split()
    words = ["run", "--env", "CL-Taste-v0", "--model", chat_server.spec(), "--out", str(tmp_path), *agents, *small]
    program = (
        "import sys; sys.modules.update(torch=None, transformers=None); from clgym.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    shown = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0, shown.stderr
    assert len(read_runs([tmp_path])) == 6


def test_sampled_requests_carry_seeds_of_the_agent_and_evaluation_is_greedy(chat_server: ChatServer):
    def seeds(seed: int) -> list[int]:
        agent = make_agent("frozen", model=chat_server.spec(), seed=seed, temperature=0.7, top_p=0.9, system="")
        first = len(chat_server.requests)
        agent.act(chats("a", "b"))
        agent.act(chats("c"))
        sent = sorted(chat_server.requests[first:], key=lambda request: request["messages"][0]["content"])
        assert all(request["temperature"] == 0.7 and request["top_p"] == 0.9 for request in sent)
        return [request["seed"] for request in sent]

    assert seeds(1) == seeds(1) != seeds(2)
    assert len(set(seeds(1))) == 3
    agent = make_agent("frozen", model=chat_server.spec(), temperature=0.7)
    with agent.evaluating():
        agent.act(HELLO)
    assert chat_server.requests[-1]["temperature"] == 0 and "seed" not in chat_server.requests[-1]


def test_any_text_survives_the_way_there_and_back(chat_server: ChatServer):
    odd = 'ä \u202e "quoted" \\ \x00 \N{SNOWMAN} <|im_end|>'
    assert texts(load_model(chat_server.spec()), chats(odd)) == [odd.upper()]
    chat_server.always = lambda handler, request: handler.answer(request, "half \ud800")
    model = load_model(chat_server.spec())
    (half,) = texts(model, HELLO)
    assert half == "half \ud800"
    assert texts(model, chats(half)) == [half] and chat_server.requests[-1]["messages"][0]["content"] == "half ?"


def test_an_answer_without_content_or_tokens_is_none_of_the_models(chat_server: ChatServer):
    chat_server.always = lambda handler, request: handler.answer(request, None)
    (answer,) = load_model(chat_server.spec()).generate(HELLO, Decoding())
    assert (answer.text, answer.stop) == ("", "filter")


def test_a_prompt_that_the_provider_withholds_from_its_model_is_withheld(chat_server: ChatServer, caplog):
    chat_server.always = status(400, {"error": {"message": "filtered", "code": "content_filter"}})
    (answer,) = load_model(chat_server.spec()).generate(HELLO, Decoding())
    assert (answer.text, answer.stop) == ("", "filter") and len(chat_server.requests) == 1 and not caplog.records


def beside(handler, request):
    body = completion(request, shout(request), beside={"reasoning_content": "Let me see."}, completion_tokens=30)
    handler.send(200, json.dumps(body).encode())


def marked(handler, request):
    handler.answer(request, f"<think>Let me see.</think>\n\n{shout(request)}", completion_tokens=30)


def in_parts(handler, request):
    parts = [{"type": "thinking", "thinking": "Let me see."}, {"type": "text", "text": shout(request)}]
    handler.answer(request, parts, completion_tokens=30)


@pytest.mark.parametrize("reply", [beside, marked, in_parts])
def test_thoughts_are_cut_off_kept_and_paid_for(chat_server: ChatServer, reply, tmp_path):
    chat_server.always = reply
    model = load_model(chat_server.spec())
    model.journal(tmp_path / "asked.jsonl")
    (answer,) = model.generate(HELLO, Decoding())
    assert (answer.text, answer.thoughts, answer.stop) == ("HELLO", "Let me see.", "end")
    assert answer.cost.completion_tokens == 30
    model.journal(tmp_path / "asked.jsonl")  # as after a kill
    assert model.generate(HELLO, Decoding()) == [answer] and len(chat_server.requests) == 1


def test_tokens_prices_and_flops_are_counted(chat_server: ChatServer):
    details = {"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 600}}
    chat_server.always = lambda handler, request: handler.answer(request, "yes", **details)
    model = load_model(chat_server.spec(params=7e9, price_in=2, price_cached=0.5, price_out=10))
    cost = model.generate(HELLO, Decoding())[0].cost
    assert (cost.prompt_tokens, cost.cached_tokens, cost.completion_tokens) == (1000, 600, 50)
    assert cost.dollars == pytest.approx((400 * 2 + 600 * 0.5 + 50 * 10) / 1e6)
    # 400 new prompt tokens and the 49 answer tokens that are fed back, 2 FLOPs for each of 7e9 parameters.
    assert cost.flops == pytest.approx(2 * 7e9 * (400 + 49))
    assert cost.seconds > 0 and model.flops_spent == cost.flops
    assert load_model(chat_server.spec()).generate(HELLO, Decoding())[0].cost.flops == 0


def test_a_server_that_reports_no_tokens_has_none_counted_and_is_named(chat_server: ChatServer, caplog):
    chat_server.always = raw(json.dumps({"choices": [{"message": {"content": "hm"}}]}).encode())
    answer = load_model(chat_server.spec(price_in=1)).generate(HELLO, Decoding())[0]
    assert answer.text == "hm" and answer.cost.prompt_tokens == 0 and answer.cost.dollars == 0
    assert "reports no tokens" in caplog.text


# -- what goes wrong --------------------------------------------------------------------------------------------------

GARBAGE = {
    "no JSON": raw(b"<html>we are down for maintenance</html>", "text/html"),
    "empty": raw(b""),
    "null": raw(b"null"),
    "a list": raw(b"[1, 2]"),
    "no choices": raw(b'{"choices": []}'),
    "an error with status 200": raw(b'{"error": {"message": "overloaded"}}'),
    "content that is no text": raw(b'{"choices": [{"message": {"content": 7}}]}'),
    "tokens that are no number": raw(b'{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": "many"}}'),
    "deeply nested": raw(b"[" * 100_000),
    "not UTF-8": raw(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
}
TROUBLE = {
    "429": (status(429), errors.EndpointBusy),
    "429 with Retry-After": (status(429, Retry_After="0"), errors.EndpointBusy),
    "500": (status(500), errors.EndpointDown),
    "503 without a body": (lambda handler, request: handler.send(503, b""), errors.EndpointDown),
    "hang-up": (hang_up, errors.EndpointDown),
    "break-off": (break_off, errors.EndpointDown),
    **{name: (reply, errors.EndpointGarbled) for name, reply in GARBAGE.items()},
}


@pytest.mark.parametrize("name", TROUBLE)
def test_what_may_pass_is_tried_again(chat_server: ChatServer, name):
    reply, _ = TROUBLE[name]
    chat_server.script = [reply, reply]
    model = load_model(chat_server.spec(tries=3))
    assert texts(model, HELLO) == ["HELLO"]
    assert len(chat_server.requests) == 3
    assert (model.tally.answers, model.tally.failed_tries) == (1, 2)


@pytest.mark.parametrize("name", TROUBLE)
def test_what_does_not_pass_is_a_typed_error_that_says_what_was_heard_and_spent(chat_server: ChatServer, name):
    reply, kind = TROUBLE[name]
    model = load_model(chat_server.spec(tries=2, price_in=1000))
    model.generate(HELLO, Decoding())
    chat_server.always = reply
    with pytest.raises(kind, match=r"tried 2 times\)\. So far 1 answers, 10 tokens, \$0\.0050 in this process") as caught:
        model.generate(HELLO, Decoding())
    assert chat_server.url in str(caught.value)
    assert len(chat_server.requests) == 3


@pytest.mark.parametrize("reply", [hang, trickle])
def test_a_server_that_does_not_come_to_an_end_is_left(chat_server: ChatServer, reply):
    chat_server.always = reply
    with pytest.raises(errors.EndpointDown, match="within 0.3 s"):
        load_model(chat_server.spec(timeout=0.3, tries=2)).generate(HELLO, Decoding())
    assert len(chat_server.requests) == 2


@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 422])
def test_what_would_be_refused_again_is_not_tried_again(chat_server: ChatServer, code):
    chat_server.always = status(code)
    with pytest.raises(errors.EndpointRefused, match=f"answered {code}: no luck"):
        load_model(chat_server.spec()).generate(HELLO, Decoding())
    assert len(chat_server.requests) == 1


def test_a_spent_quota_is_no_rate_limit(chat_server: ChatServer):
    chat_server.always = status(429, {"error": {"message": "you have no credit", "type": "x", "code": "insufficient_quota"}})
    with pytest.raises(errors.EndpointRefused, match="no credit"):
        load_model(chat_server.spec()).generate(HELLO, Decoding())
    assert len(chat_server.requests) == 1


def test_a_server_that_wants_to_be_left_alone_for_an_hour_is_busy_at_once(chat_server: ChatServer):
    chat_server.always = status(429, Retry_After="3600")
    with pytest.raises(errors.EndpointBusy, match="asks to wait 3,600 s"):
        load_model(chat_server.spec()).generate(HELLO, Decoding())
    assert len(chat_server.requests) == 1


def test_nobody_there_is_a_typed_error(chat_server: ChatServer):
    spec = chat_server.spec(tries=2)
    chat_server.stop()
    with pytest.raises(errors.EndpointDown, match="cannot be reached"):
        load_model(spec).generate(HELLO, Decoding())


def test_one_refusal_ends_the_batch_without_asking_the_rest(chat_server: ChatServer):
    chat_server.script = [ok, status(404)]
    with pytest.raises(errors.EndpointRefused):
        load_model(chat_server.spec(parallel=1)).generate(chats(*"abcdefgh"), Decoding())
    assert len(chat_server.requests) <= 3  # the third may have left before the second's end was seen


@pytest.mark.parametrize(
    "name, error",
    [
        ("gpt", errors.InvalidSetting),
        ("gpt@ftp://host", errors.InvalidSetting),
        (f"gpt@http://user:{KEY}@host/v1", errors.InvalidSetting),
        (f"gpt@http://host/v1?api_key={KEY}", errors.InvalidSetting),
        ("gpt@http://host/v1?rmp=3", errors.UnknownName),
        ("gpt@http://host/v1?rpm=some", errors.InvalidSetting),
        ("gpt@http://host/v1?price_in=-1", errors.InvalidSetting),
        ("gpt@http://host/v1?tries=0", errors.InvalidSetting),
        ("gpt@http://host/v1?length=words", errors.UnknownName),
        ("gpt@http://host/v1?without=messages", errors.UnknownName),
        ("gpt@http://host/v1?thinking=loudly", errors.UnknownName),
        ("gpt@http://host/v1?extra_body=[1]", errors.InvalidSetting),
        ('gpt@http://host/v1?extra_body={"top_k":20', errors.InvalidSetting),
        ('gpt@http://host/v1?extra_body={"stream":true}', errors.InvalidSetting),
        (f'gpt@http://host/v1?extra_body={{"api_key":"{KEY}"}}', errors.InvalidSetting),
        ("gpt@http://host/v1?key_env=NOT_SET_ANYWHERE", errors.ModelUnavailable),
    ],
)
def test_a_name_that_makes_no_sense_is_refused_before_anything_runs(name, error, capsys, tmp_path):
    with pytest.raises(error) as caught:
        load_model(f"openai:{name}")
    assert KEY not in str(caught.value)
    run = ["run", "--env", "CL-Conlang-v0", "--agent", "frozen", "--model", f"openai:{name}", "--out", str(tmp_path / "runs")]
    assert main(run) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and KEY not in said
    assert not (tmp_path / "runs").exists()


# -- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_written_nowhere(chat_server: ChatServer, monkeypatch, tmp_path, caplog, capfd):
    """Even by servers that repeat it in answers and errors."""
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level(logging.DEBUG)

    def parrot(code: int):
        def reply(handler, request):
            said = f"you sent {handler.headers['Authorization']}"
            body = completion(request, said) if code == 200 else {"error": {"message": said}}
            handler.send(code, json.dumps(body).encode())

        return reply

    trial = small("frozen", chat_server.spec(key_env="MY_KEY"))
    chat_server.script = [parrot(500), parrot(429)]
    chat_server.always = parrot(200)
    records = run_trial(trial, tmp_path / "t")
    assert set(chat_server.keys) == {f"Bearer {KEY}"}
    assert records.of(AnswerRecord)[0].answer == "you sent Bearer ***"
    for name, reply in {"refused": parrot(401), "down": parrot(500), "garbled": raw(f"your key: {KEY}".encode())}.items():
        chat_server.always, out = reply, tmp_path / name
        run = ["run", "--env", trial.env, "--agent", "frozen", "--model", chat_server.spec(key_env="MY_KEY"), "--out", str(out)]
        assert main([*run, "--steps", "0", "--eval-size", "1"]) == 1
        (told,) = out.rglob("error.txt")
        assert f"Endpoint{name.capitalize()}: " in told.read_text() and "***" in told.read_text()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []
    assert KEY not in caplog.text + "".join(capfd.readouterr())


# -- pace -------------------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_no_minute_has_more_requests_or_tokens_than_allowed():
    clock = Clock()
    pace = Pace(requests=2, tokens=100, clock=clock)
    first = pace.book(60)
    assert isinstance(first, Booking)
    clock.now = 10
    assert pace.book(60) == 50  # 120 tokens in one minute
    first.tokens = 20  # it took less than it was held to take
    assert isinstance(pace.book(60), Booking)
    assert pace.book(1) == 50  # a third request
    clock.now = 60
    assert pace.book(60) == 10
    clock.now = 70
    assert isinstance(pace.book(1000), Booking)  # larger than the limit: alone
    pace.pause(100)
    clock.now = 131
    assert pace.book(1) == 39


def test_a_pause_is_read_as_seconds_milliseconds_or_a_date():
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "7", "retry-after-ms": "1500"}) == 1.5
    assert retry_after({"retry-after": formatdate(1_000_030, usegmt=True)}, now=1_000_000) == 30
    assert retry_after({"retry-after": formatdate(1, usegmt=True)}) == 0
    for nonsense in ({}, {"retry-after": "soon"}, {"retry-after": "-3"}, {"retry-after": "inf"}, {"retry-after": ""}):
        assert retry_after(nonsense) is None


# -- whole trials -----------------------------------------------------------------------------------------------------


def small(agent: str, model: str, **settings) -> Trial:
    if agent == "notes":
        settings = {"every": 4, **settings}
    settings = {"max_new_tokens": 16, **settings}
    return Trial(
        "CL-Conlang-v0",
        agent,
        settings,
        model=model,
        steps=12,
        eval_size=4,
        transfer_size=1,
        guard_size=2,
        probe_size=2,
        control_size=2,
        checkpoints=(8,),
        placebo=True,
    )


@pytest.mark.parametrize("row", TEXT_ALONE, ids=lambda row: row.id)
def test_every_agent_that_does_not_train_runs_on_an_endpoint(chat_server: ChatServer, row, tmp_path):
    if row.id in EXTRA_MODULES and importlib.util.find_spec(EXTRA_MODULES[row.id]) is None:
        pytest.skip(f"{EXTRA_MODULES[row.id]} is not installed")
    trial = small(row.id, chat_server.spec(params=7e9, price_in=1, price_out=2))
    check([trial])
    records = run_trial(trial, tmp_path / "t")
    numbers = measure(records)
    assert numbers.retention.log_likelihood == {} and isinstance(numbers.retention.divergence, Undefined)
    assert "cannot compare" in numbers.retention.divergence.reason
    assert records.of(BlockRecord)[0].describe["estimated"] == ["flops"]
    assert numbers.efficiency.flops.after > 0 and numbers.efficiency.dollars.after > 0
    assert numbers.dollars == pytest.approx(sum(record.cost.dollars for record in records.records if hasattr(record, "cost")))
    write_report([tmp_path], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "FLOPs are an estimate" in page and "dollars for a trial" in page and ">estimate<" in page


@pytest.mark.parametrize("row", TRAINED, ids=lambda row: row.id)
def test_agents_that_train_say_that_weights_are_missing(chat_server: ChatServer, row):
    with pytest.raises(errors.NeedsWeights, match=f"{row.id} trains weights"):
        check([Trial("CL-Conlang-v0", row.id, model=chat_server.spec())])
    with pytest.raises(errors.NeedsWeights, match="needs a model on this machine"):
        make_agent(row.id, model=chat_server.spec())
    assert chat_server.requests == []


def test_log_probabilities_of_an_endpoint_are_refused_by_name(chat_server: ChatServer):
    agent = make_agent("frozen", model=chat_server.spec())
    with pytest.raises(errors.NeedsWeights, match="log_likelihood"):
        agent.log_likelihood([(HELLO[0], "hi")])
    assert not hasattr(agent.serving, "network") and not hasattr(agent.serving, "_anything")


def test_icl_shows_an_endpoint_what_it_learned(chat_server: ChatServer):
    agent = make_agent("icl", model=chat_server.spec(), system="Be brief.")
    agent.learn([Experience(tuple(chats("say a")[0]), "no", 0.0, "No.", True, "wrong", "learn/0", correction="A")])
    agent.act(chats("say b"))
    assert [message["content"] for message in chat_server.requests[-1]["messages"]] == ["Be brief.", "say a", "A", "say b"]


def test_a_model_that_thinks_earns_what_it_earns_without_thoughts(chat_server: ChatServer, tmp_path):
    """Even answers that a grader would have read something out of."""
    trial = replace(small("icl", chat_server.spec(parallel=1)), env="CL-Taste-v0", placebo=False, probe_size=0)
    chat_server.always = lambda handler, request: handler.answer(request, the_first(request))
    plain = run_trial(trial, tmp_path / "plain")
    chat_server.always = lambda handler, request: handler.answer(request, f"<think>B, or C?</think>{the_first(request)}")
    thinking = run_trial(trial, tmp_path / "thinking")
    for kind in (AnswerRecord, StepRecord):
        before, after = plain.of(kind), thinking.of(kind)
        assert [(r.answer, r.reward, r.outcome) for r in before] == [(r.answer, r.reward, r.outcome) for r in after]
        assert any(r.reward for r in before) and all(r.thoughts in ("B, or C?", ("B, or C?",)) for r in after)
    assert measure(thinking).endings == {} and verify_trial(read_trial(tmp_path / "thinking", clock=False)) == []


def the_first(request):
    """The first item that the last message lists, as it is written there; a word where it lists none."""
    return request["messages"][-1]["content"].partition(": ")[2].partition(";")[0] or "none"


def test_what_a_provider_withholds_is_nobodys_mistake_and_is_named_everywhere(chat_server: ChatServer, tmp_path, caplog, capsys):
    """Three answers withheld, one empty for its thoughts, one cut, one refused: none but the withheld is kept from the grader."""

    def odd(handler, request):
        text = request["messages"][-1]["content"]
        kind = sum(text.encode()) % 5
        finish = ("content_filter", "length", "length", "stop", "stop")[kind]
        said = (None, None, "half", None, shout(request))[kind]
        extra = ({}, {"reasoning": "hm"}, {}, {"refusal": "I would rather not."}, {})[kind]
        handler.send(200, json.dumps(completion(request, said, finish=finish, beside=extra)).encode())

    chat_server.always = odd
    trial = replace(small("icl", chat_server.spec(parallel=1)), placebo=False, steps=24)
    records = run_trial(trial, tmp_path / "t")
    graded = [*records.of(StepRecord), *records.of(AnswerRecord)]
    stops = [record.stop if isinstance(record, StepRecord) else (record.stops or ("end",))[0] for record in graded]
    assert set(stops) == set(STOPS)
    for record, stop in zip(graded, stops):
        assert (record.outcome == "failed") == (record.reward is None) == (stop == "filter")
    assert {record.outcome for record in graded[:24]} >= {"failed", "wrong"}  # while learning too
    metrics = measure(records)
    assert metrics.endings == {stop: stops.count(stop) for stop in STOPS if stop != "end"}
    assert metrics.failed_grades == stops.count("filter") and records.result["metrics"]["endings"] == metrics.endings
    assert caplog.text.count("an answer was") == 1 and "counted in the tables" in caplog.text
    assert verify_trial(read_trial(tmp_path / "t", clock=False)) == []
    words = in_words(metrics.endings)
    write_report([tmp_path], tmp_path / "report.html")
    assert words in (tmp_path / "report.html").read_text()
    (table,) = summary_tables(summarize([records]))
    assert table.caption == f"icl: {words}"


def test_a_withheld_answer_that_is_said_to_have_been_given_does_not_verify(chat_server: ChatServer, tmp_path):
    chat_server.always = lambda handler, request: handler.answer(request, "", finish="content_filter")
    run_trial(replace(small("frozen", chat_server.spec()), placebo=False, steps=0), tmp_path / "t")
    file = tmp_path / "t" / RECORDS_FILE
    lines = file.read_bytes().splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if b'"stops":["filter"]' in line)
    lines[place] = to_line(replace(from_line(lines[place]), stops=()))
    file.write_bytes(b"".join(lines))
    found = verify_trial(read_trial(tmp_path / "t", clock=False))
    assert any("reward is None, replayed 0.0" in line for line in found)
    assert any("outcome is 'failed', replayed 'malformed'" in line for line in found)


SAME = (RECORDS_FILE, RESULT_FILE)
RUNNER = """
import sys, json
from pathlib import Path
import clgym
from clgym.protocol import run_trial
from clgym.records import Trial
run_trial(Trial.from_json(json.loads(sys.argv[1])), Path(sys.argv[2]))
"""


def test_a_sweep_does_not_try_a_refused_trial_again(chat_server: ChatServer, tmp_path, capsys):
    chat_server.always = status(401)
    spec = chat_server.spec(parallel=1)
    code = main(["run", "--env", "CL-Conlang-v0", "--agent", "frozen", "--model", spec, "--steps", "4", "--out", str(tmp_path)])
    asked = [request["messages"][-1]["content"] for request in chat_server.requests]
    assert code == 1 and len(asked) == len(set(asked)), asked
    assert "EndpointRefused" in next(tmp_path.rglob("error.txt")).read_text()


@pytest.mark.parametrize(
    "agent, settings, at", [("frozen", {}, 5), pytest.param("icl", {"temperature": 1.0}, 24, marks=pytest.mark.slow)]
)
def test_a_killed_trial_asks_for_nothing_that_it_was_answered(chat_server: ChatServer, tmp_path, agent, settings, at):
    """SIGKILL while the server holds request ``at``: that one is asked again, and no other."""
    trial = small(agent, chat_server.spec(parallel=1, price_in=1), **settings)
    whole = run_trial(trial, tmp_path / "whole")
    asked, chat_server.requests = chat_server.requests, []
    chat_server.answered.clear()
    arrived = threading.Event()

    def hold(handler, request):
        arrived.set()
        hang(handler, request)

    chat_server.script = [ok] * at + [hold]
    process = subprocess.Popen([sys.executable, "-c", RUNNER, json.dumps(trial.to_json()), str(tmp_path / "killed")])
    assert arrived.wait(120)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed" / RESULT_FILE).exists()
    again = run_trial(trial, tmp_path / "killed")
    assert len(chat_server.requests) == len(asked) + 1
    assert chat_server.requests[at] == chat_server.requests[at + 1]
    assert chat_server.requests[:at] + chat_server.requests[at + 1 :] == asked
    assert all((tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes() for name in SAME)
    assert measure(again).dollars == measure(whole).dollars
    assert not list((tmp_path / "killed").glob("asked-*"))


def test_a_trial_whose_server_goes_away_goes_on_when_it_is_back(chat_server: ChatServer, tmp_path):
    trial = small("notes", chat_server.spec(parallel=4))
    run_trial(trial, tmp_path / "whole")
    count = len(chat_server.requests)
    chat_server.requests, tries = [], 0
    while True:
        tries += 1
        chat_server.script = [ok] * 9 + [status(500)] * 40
        try:
            run_trial(trial, tmp_path / "t")
            break
        except errors.EndpointDown as error:
            assert "the same command goes on" in str(error)
            chat_server.script = []
    assert tries > 3
    assert sum(chat_server.answered.values()) == 2 * count
    assert all((tmp_path / "t" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes() for name in SAME)


FATAL = {
    "null": raw(b"null"),
    "401": status(401),
    "404": status(404),
    "413": status(413),
    "429 without a date": status(429),
    "half a body": break_off,
    "after ten minutes": hang,
}


@pytest.mark.parametrize("name", FATAL)
def test_a_trial_goes_on_from_whatever_a_server_said(chat_server: ChatServer, tmp_path, name):
    trial = replace(small("frozen", chat_server.spec(parallel=1, tries=1, timeout=0.5)), placebo=False, steps=0)
    chat_server.script, chat_server.always = [ok] * 3, FATAL[name]
    with pytest.raises(errors.EndpointError, match=f"{chat_server.url}.*the same command goes on"):
        run_trial(trial, tmp_path / "t")
    chat_server.always = ok
    records = run_trial(trial, tmp_path / "t")
    assert len(records.of(AnswerRecord)) > 4 and max(chat_server.answered.values()) == 1


def test_a_damaged_journal_costs_no_more_than_its_answers(chat_server: ChatServer, tmp_path):
    model = load_model(chat_server.spec(parallel=1))
    model.journal(tmp_path / "asked.jsonl")
    model.generate(chats("a", "b", "a"), Decoding())
    lines = (tmp_path / "asked.jsonl").read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    (tmp_path / "asked.jsonl").write_bytes(lines[0].replace(b"A", b"Z") + lines[1] + lines[2][:20])
    model.journal(tmp_path / "asked.jsonl")
    chat_server.requests.clear()
    assert texts(model, chats("a", "b", "a", "b")) == ["A", "B", "A", "B"]
    assert [request["messages"][0]["content"] for request in chat_server.requests] == ["a", "a", "b"]
    model.journal(tmp_path / "asked.jsonl")
    chat_server.requests.clear()
    assert texts(model, chats("b", "b", "b")) == ["B"] * 3
    assert len(chat_server.requests) == 1
