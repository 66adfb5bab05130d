"""``openai:NAME@URL``: a model behind any server that speaks chat completions (vLLM, llama.cpp, ``transformers serve``, ...).

    openai:Qwen/Qwen3-8B@http://localhost:8000/v1?params=8e9&parallel=16
    openai:gpt-4.1-mini@https://api.openai.com/v1?price_in=0.4&price_out=1.6&rpm=500&key_env=MY_KEY
    openai:gpt-5-mini@https://api.openai.com/v1?length=max_completion_tokens&reasoning_effort=low&thinking=reasoning_effort

Thoughts are cut off, wherever a server puts them. With ``thinking=on`` the limit that is sent leaves room for ``thought_tokens`` beside
the ``max_new_tokens`` of the answer; with ``auto`` it does once a reply has shown that its thoughts took the room of the answer, which is
then asked for again (both are paid for), so that a model that does not think answers as briefly as it does elsewhere. It answers chats and nothing else: agents that train, and measures that need log-probabilities, say what is missing. The key
comes from the environment and is written nowhere. This module takes no torch.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openai

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Decoding, ProviderStop
from clgym.baselines.models.address import Endpoint
from clgym.baselines.models.journal import Journal
from clgym.baselines.models.pacing import Booking, Pace
from clgym.baselines.models.reply import WITHHELD, Reply, read_reply
from clgym.errors import EndpointBusy, EndpointDown, EndpointError, EndpointGarbled, EndpointRefused
from clgym.model import EMPTY, WEIGHTS_ALONE, Prefix, TextModel, needs_weights
from clgym.retries import retry_after, wait_before
from clgym.seeding import seed_of

#: Without a tokenizer: UTF-8 bytes to a token, about right for English and code in current vocabularies.
BYTES_PER_TOKEN = 4
#: A reply with more bytes than this is no chat completion.
LONGEST_REPLY = 8 << 20
#: A server that asks for a longer pause is busy: the run can go on later.
LONGEST_PAUSE = 180.0
#: Shorter keys are placeholders ("none") and may well be words of an answer.
_SHORTEST_KEY = 8

#: Options of an address that the server's answers hang on.
_ANSWERING = ("seed", "without", "thinking", "reasoning_effort", "extra_body")

logger = logging.getLogger("clgym")


def check(name: str) -> None:
    """Raise the typed error of a name that :func:`load` would refuse; asks nothing of the server."""
    Endpoint.parse(name).key()


def load(name: str, *, device: str = "auto", dtype: str = "auto") -> EndpointModel:
    """The model that a server has: NAME@URL?option=value. The server is first asked when an agent acts."""
    return EndpointModel(Endpoint.parse(name))


class _Trouble(Exception):
    """A try that gave nothing: what to raise in the end, whether to try again, and the wait that the server asked for."""

    def __init__(self, kind: type[EndpointError], what: str, *, again: bool, pause: float | None = None):
        super().__init__(what)
        self.kind, self.again, self.pause = kind, again, pause


class _Abandoned(Exception):
    """Another request of the batch has failed for good."""


@dataclass
class Tally:
    """What this process has asked of an endpoint so far."""

    answers: int = 0
    failed_tries: int = 0
    cost: Cost = field(default_factory=Cost)


class EndpointModel(TextModel):
    """The calls that agents make of a language model, as far as text alone can serve them.

    ``size`` is an estimate (one token for four bytes): it sizes contexts. Costs carry the tokens that the
    server reports, and none where it reports none.
    """

    has_weights = False
    thinks = False
    """What a server lets its model think is its own business; no window is kept free for it."""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.name = f"openai:{endpoint.model}@{endpoint.url}"
        self.window = endpoint.window
        self.flops_shape = flops.FlopsShape(layers=0, attention=0, matrices=round(endpoint.params), head=0)
        self.estimated = ("flops",) if endpoint.params else ()
        self.tally = Tally()
        self.identity = {"options": json.dumps({name: getattr(endpoint, name) for name in _ANSWERING}, sort_keys=True)}
        self._key = endpoint.key()
        self._pace = Pace(endpoint.rpm, endpoint.tpm)
        self._journal = Journal()
        self._lock = threading.Lock()
        self._client = openai.OpenAI(
            base_url=endpoint.url, api_key=self._key or "none", organization="", project="", max_retries=0, timeout=endpoint.timeout
        )

    def __getattr__(self, name: str) -> Any:
        """Whoever takes this for a model with weights is told so."""
        if name in WEIGHTS_ALONE:
            raise needs_weights(self, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def flops_spent(self) -> float:
        """Estimated FLOPs of all answers so far; 0 where no parameters were declared."""
        return self.tally.cost.flops

    def journal(self, file: Path) -> None:
        """Keep answers in ``file`` from now on, and take those that are in it for answers."""
        self._journal.close()
        self._journal = Journal(file)

    # -- text ---------------------------------------------------------------------------------------------------------

    def with_thinking(self, thinking: str) -> EndpointModel:
        """The model as it is: each request says whether it is to think."""
        return self

    def size(self, conversation: Conversation) -> int:
        """Tokens of a conversation by estimate: its bytes, in about the words that a chat template puts around messages."""
        text = "".join(f"<{message['role']}>\n{message['content']}\n\n" for message in conversation)
        return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)

    def grow(self, prefix: Prefix, conversation: Conversation) -> Prefix:
        """The prefix as it is: keys and values are the server's business."""
        return prefix

    # -- answering ----------------------------------------------------------------------------------------------------

    def generate(
        self, conversations: Sequence[Conversation], decoding: Decoding, *, prefix: Prefix = EMPTY, seed: int = 0
    ) -> list[Answer]:
        """Answer each conversation, in order, ``parallel`` at once. ``seed`` gives sampled ones their seeds.

        Raises the :class:`~clgym.errors.EndpointError` of the first request that failed for good; the others' answers are kept.
        """
        seeds = self._seeds(len(conversations), decoding, seed)
        requests = [self._request(conversation, decoding, seed) for conversation, seed in zip(conversations, seeds)]
        ids = [self._journal.number(request) for request in requests]
        stop = threading.Event()
        with ThreadPoolExecutor(self.endpoint.parallel, thread_name_prefix="endpoint") as pool:
            more = decoding.thought_tokens if decoding.thinking == "auto" and not self._thinks(decoding) else 0
            futures = [pool.submit(self._answer, request, id, stop, more) for request, id in zip(requests, ids)]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                if not all(future.done() for future in futures):  # those in flight are let finish: they will be paid for
                    stop.set()
        failed = [error for future in futures if (error := future.exception()) and not isinstance(error, _Abandoned)]
        if failed:
            raise failed[0]
        return [future.result() for future in futures]

    def _seeds(self, count: int, decoding: Decoding, seed: int) -> list[int | None]:
        if decoding.temperature == 0:
            return [self.endpoint.seed] * count
        draw = seed_of("endpoint", seed).draw()
        return [draw.integer(0, 2**31 - 2) for _ in range(count)]

    def _request(self, conversation: Conversation, decoding: Decoding, seed: int | None) -> dict[str, Any]:
        messages = [{name: _clean(str(text)) for name, text in message.items()} for message in conversation]
        body: dict[str, Any] = {"model": self.endpoint.model, "messages": messages, "temperature": decoding.temperature}
        body[self.endpoint.length] = decoding.max_new_tokens + (decoding.thought_tokens if self._thinks(decoding) else 0)
        body |= {"top_p": decoding.top_p} if decoding.temperature and decoding.top_p < 1 else {}
        body |= {} if seed is None else {"seed": seed}
        body = {name: value for name, value in body.items() if name not in self.endpoint.without}
        return body | self.endpoint.switched(decoding.thinking)

    def _thinks(self, decoding: Decoding) -> bool:
        """Whether thoughts are to be expected, by what was set."""
        return decoding.thinking == "on" or (decoding.thinking == "auto" and bool(self.endpoint.reasoning_effort))

    def _answer(self, request: Mapping[str, Any], id: str, stop: threading.Event, more: int) -> Answer:
        """What was answered before, or is answered now; with ``more`` tokens for thoughts where there were some and they left too few."""
        known = self._journal.find(id)
        if known is not None:
            return known
        answer = self._asked(request, stop)
        if more and (answer.stop == "thoughts" or (answer.stop == "length" and answer.thoughts)):
            longer = self._asked({**request, self.endpoint.length: request[self.endpoint.length] + more}, stop)
            answer = replace(longer, cost=answer.cost + longer.cost)
        self._journal.add(id, answer)
        return answer

    def _asked(self, request: Mapping[str, Any], stop: threading.Event) -> Answer:
        """The reply to a request, tried as often as makes sense."""
        for attempt in range(1, self.endpoint.tries + 1):
            booking = self._wait_for_turn(request, stop)
            began = time.perf_counter()
            try:
                reply = self._try(request, began)
            except _Trouble as trouble:
                with self._lock:
                    self.tally.failed_tries += 1
                self._go_on_or_raise(trouble, attempt, stop)
                continue
            return self._counted(reply, time.perf_counter() - began, booking)
        raise AssertionError("the last try answers or raises")

    def _wait_for_turn(self, request: Mapping[str, Any], stop: threading.Event) -> Booking:
        size = self.size(request["messages"]) + request[self.endpoint.length]
        while not isinstance(booking := self._pace.book(size), Booking):
            if stop.wait(booking):
                break
        if stop.is_set():
            raise _Abandoned
        assert isinstance(booking, Booking)
        return booking

    def _go_on_or_raise(self, trouble: _Trouble, attempt: int, stop: threading.Event) -> None:
        """Wait for another try, or raise what the user sees."""
        patient = trouble.pause is None or trouble.pause <= LONGEST_PAUSE
        if trouble.again and patient and attempt < self.endpoint.tries:
            logger.debug("%s: %s; trying again", self.name, self._hidden(str(trouble)))
            if trouble.pause is not None:
                self._pace.pause(trouble.pause)
            if stop.wait(trouble.pause if trouble.pause is not None else wait_before(attempt, self.endpoint.wait)):
                raise _Abandoned
            return
        tried = f" (tried {attempt} times)" if attempt > 1 else ""
        pause = "" if patient else f" and asks to wait {trouble.pause:,.0f} s"
        spent = self.tally.cost
        # No cause: its traceback would show what the server said, and that may repeat the key.
        raise trouble.kind(
            f"{self.name} {self._hidden(str(trouble))}{pause}{tried}. So far {self.tally.answers} answers, "
            f"{spent.prompt_tokens + spent.completion_tokens:,} tokens, ${spent.dollars:.4f} in this process. What a trial was "
            "answered is kept: the same command goes on."
        ) from None

    # -- one try ------------------------------------------------------------------------------------------------------

    def _try(self, request: Mapping[str, Any], began: float) -> Reply:
        try:
            body = self._fetch(request, began + self.endpoint.timeout)
        except openai.APIStatusError as error:
            if error.status_code == 400 and getattr(error, "code", None) == "content_filter":  # the prompt was withheld
                return WITHHELD
            raise _trouble_of(error) from None
        except openai.APITimeoutError:
            raise _Trouble(EndpointDown, f"did not answer within {self.endpoint.timeout:g} s", again=True) from None
        except openai.APIConnectionError as error:
            raise _Trouble(EndpointDown, f"cannot be reached, or hung up ({_reason(error)})", again=True) from None
        except Exception as error:
            if not type(error).__module__.startswith("http"):  # openai passes on what its HTTP library raises within a reply
                raise
            raise _Trouble(EndpointDown, f"broke off its reply ({type(error).__name__})", again=True) from None
        return self._read(body)

    def _fetch(self, request: Mapping[str, Any], deadline: float) -> bytes:
        """The bytes of the reply, however slowly they come, up to the deadline."""
        body = bytearray()
        fields = {name: value for name, value in request.items() if name not in ("model", "messages")}
        create = self._client.chat.completions.with_streaming_response.create
        with create(model=request["model"], messages=request["messages"], extra_body=fields) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LONGEST_REPLY:
                    raise _Trouble(EndpointGarbled, f"replied with more than {LONGEST_REPLY:,} bytes", again=True)
                if time.perf_counter() > deadline:
                    raise _Trouble(EndpointDown, f"did not finish its reply within {self.endpoint.timeout:g} s", again=True)
        return bytes(body)

    def _read(self, body: bytes) -> Reply:
        try:
            reply = read_reply(body)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            start = repr(body[:80])[1:] if body else "nothing"
            what = f"replied with something that is no chat completion: {start} ({error!r})"
            raise _Trouble(EndpointGarbled, what, again=True) from None
        return reply._replace(text=self._hidden(reply.text.strip()), thoughts=self._hidden(reply.thoughts))

    def _counted(self, reply: Reply, seconds: float, booking: Booking) -> Answer:
        """The answer with what it cost, which the tally and the pace hear of too."""
        place, usage = self.endpoint, reply.usage
        new = usage.prompt - usage.cached
        cached_price = place.price_in if place.price_cached is None else place.price_cached
        dollars = (new * place.price_in + usage.cached * cached_price + usage.completion * place.price_out) / 1e6
        spent = flops.generate(self.flops_shape, new, usage.completion, usage.cached) if usage.prompt else 0.0
        cost = Cost(usage.prompt, usage.cached, usage.completion, spent, seconds, dollars)
        with self._lock:
            if usage.prompt:
                booking.tokens = usage.prompt + usage.completion
            elif not self.tally.answers and reply is not WITHHELD:
                logger.warning("%s reports no tokens, so neither tokens nor their price are counted.", self.name)
            self.tally = replace(self.tally, answers=self.tally.answers + 1, cost=self.tally.cost + cost)
        return Answer(reply.text, cost, thoughts=reply.thoughts, stop=ProviderStop(reply.stop))

    def _hidden(self, text: str) -> str:
        """The text without the key, should a server repeat it."""
        return text.replace(self._key, "***") if len(self._key) >= _SHORTEST_KEY else text


def _trouble_of(error: openai.APIStatusError) -> _Trouble:
    """What a status other than 200 means."""
    status, code = error.status_code, getattr(error, "code", None)
    what = f"answered {status}: {_reason(error)}"
    pause = retry_after(error.response.headers)
    if status == 429 and code != "insufficient_quota":
        return _Trouble(EndpointBusy, what, again=True, pause=pause)
    if status in (408, 409, 425) or status >= 500:
        return _Trouble(EndpointDown, what, again=True, pause=pause)
    if status in (401, 403):
        what += " (the key comes from OPENAI_API_KEY, or from the variable that ?key_env= names)"
    if status == 404:
        what += " (is that the name of the model there, and does the URL end where the API begins, as in /v1?)"
    if status == 413:
        what += " (the prompt is longer than the server takes: agents shorten theirs to ?window=TOKENS)"
    if status in (400, 422):
        what += (
            " (fields that a server refuses can be left out: ?without=seed,temperature; or ?length=max_completion_tokens; thinking=auto "
            "sends no switch for thinking, and ?thinking=reasoning_effort another one)"
        )
    return _Trouble(EndpointRefused, what, again=False)


def _reason(error: openai.APIError) -> str:
    """What the server (or the system) said, on one line."""
    body = error.body.get("message") if isinstance(error.body, dict) else error.body
    text = body if isinstance(body, str) and body else str(error.__cause__ or error.message)
    return " ".join(text.split())[:300]


def _clean(text: str) -> str:
    """Text that JSON in UTF-8 can carry: lone surrogates become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")
