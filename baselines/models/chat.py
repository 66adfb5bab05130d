"""``Chat``: a conversation as token ids, by one rendering of the whole of it (docs/decisions/017-any-model.md).

What a chat template can do is found by rendering, never by a model's name: whether it has a system role, whether the same role may
speak twice, what ends a turn, how thoughts are switched on and off, and what stands between the beginning of a reply and its words.
No torch is loaded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from clgym.agent import Conversation, Message
from clgym.errors import InvalidSetting, ModelUnavailable
from clgym.text.thoughts import MARKS

#: Variables by which templates switch thoughts on and off.
SWITCHES = ("enable_thinking", "thinking", "think")
#: Two made-up texts that begin and end with different letters and tokens.
PROBES = ("Mice", "why")
#: Characters that no text holds (private use); one of them parts a special token within a message.
BREAKS = "\ue0c5\uf21d\U000f1ace"


class Chat:
    """Conversations in the chat format of a model.

    Args:
        tokenizer: with a chat template, else ``ModelUnavailable``, as where the template cannot render a question, its answer and
            another question.
        name: of the model, for errors.
        declared: tokens that end a turn by the model's own word.
        thinking: one of :data:`~clgym.agent.THINKING`. Raises ``InvalidSetting`` where thoughts cannot be switched on.
    """

    def __init__(self, tokenizer: Any, name: str, declared: Sequence[int] = (), thinking: str = "auto"):
        if not getattr(tokenizer, "chat_template", None):
            raise ModelUnavailable(
                f"{name} has no chat template, so its turns cannot be told apart: use an instruction-tuned model."
            )
        self.tokenizer, self.name, self.thinking, self._declared = tokenizer, name, thinking, tuple(declared)
        self._template = str(tokenizer.chat_template)
        self._added: dict[str, int] = tokenizer.get_added_vocab()
        self._special = self._special_texts()
        self._switch: Mapping[str, bool] = {}
        self._suffix = ""
        """What is written behind a rendering so that the reply begins as ``thinking`` has it, where no switch does."""
        self._parts = False
        self._read_template()
        self._set_thinking()
        self._opening = common_end(*(self._render([_user(probe)]) for probe in PROBES)) + self._suffix
        self._lead = self._between()
        self.stops = self._stops()
        self._front: tuple[object, list[int]] = (None, [])

    def with_thinking(self, thinking: str) -> Chat:
        """The same chat, its replies begun as ``thinking`` has it. Raises ``InvalidSetting`` where it cannot."""
        return Chat(self.tokenizer, self.name, self._declared, thinking)

    # -- what is asked of it ------------------------------------------------------------------------------------------

    def ids(self, conversation: Conversation) -> list[int]:
        """Token ids of a whole conversation that ends with the user's turn, up to where the reply begins.

        Special tokens within messages are the text that they are, and lone surrogates are "?". Raises ``InvalidSetting`` where the
        template refuses.
        """
        try:
            return self._encoded(self._adapted(conversation), lambda messages: self._render(messages) + self._suffix)
        except _Refusal as cause:
            raise InvalidSetting(f"the chat template of {self.name} refuses this conversation: {cause}") from cause

    def front(self, context: Conversation) -> list[int]:
        """Token ids that stand in front of the words of any query behind ``context``: what two queries have in common."""
        key = tuple((message["role"], message["content"]) for message in context)
        if self._front[0] != key:
            one, other = (self.ids([*context, _user(probe)]) for probe in PROBES)
            self._front = key, one[: common_length(one, other)]
        return self._front[1]

    def answer_ids(self, answer: str) -> list[int]:
        """Token ids of an answer as the model has to say it behind :meth:`ids`: thoughts passed over, its turn ended."""
        before = self._tokens(self._opening)
        whole = self._encoded(
            [Message(role="assistant", content=answer)], lambda said: self._opening + self._lead + said[0]["content"]
        )
        joined = whole[: len(before)] == before
        if not joined:  # the answer's first letters are one token with what stands before them
            whole = self._encoded([Message(role="assistant", content=answer)], lambda said: self._lead + said[0]["content"])
        return [*(whole[len(before) :] if joined else whole), self.stops[0]]

    @property
    def thinks(self) -> bool:
        """Whether a reply may begin with thoughts."""
        return self.thinking != "off" and (self.opened or (self._marked and self.marks.close not in self._opening))

    @property
    def opened(self) -> bool:
        """Whether a reply begins within thoughts."""
        open, close = (self._opening.rfind(mark) for mark in self.marks[:2])
        return open > close or bool(self._marked and self.marks.between and close < 0)

    def closes(self, tokens: Sequence[int]) -> bool:
        """Whether thoughts end with the last of these tokens."""
        if self._last_of_close is not None and tokens[-1] != self._last_of_close:
            return False
        return self.marks.close in self.decode(tokens[-len(self.marks.close.encode()) - 4 :])

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones and spaces as they are."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def answer_text(self, tokens: Sequence[int]) -> str:
        """The text of an answer's tokens, without special ones and spaces around it."""
        words = [token for token in tokens if token not in self.stops]
        return str(self.tokenizer.decode(words, skip_special_tokens=True)).strip()

    def thoughts_text(self, tokens: Sequence[int]) -> str:
        """The text of thoughts without their marks."""
        text = self.decode([token for token in tokens if token not in self.stops]).partition(self.marks.close)[0]
        if self.marks.between:
            text = text.replace(self.marks.between, "\n")
        return text.replace(self.marks.open, "").strip()

    # -- what is found out when it is made ----------------------------------------------------------------------------

    def _read_template(self) -> None:
        """Which conversations the template takes."""
        one, other = (_user(probe) for probe in PROBES)
        answer, system = Message(role="assistant", content="Because"), Message(role="system", content="Listen")
        turns = [one, answer, other]
        fault = self._fault(turns)
        if fault:
            self._parts = True
            if self._fault(turns):
                raise ModelUnavailable(
                    f"the chat template of {self.name} cannot render a question, its answer and another question: {fault}. "
                    "Use an instruction-tuned model whose template can."
                )
        self._has_system = not self._fault([system, one]) and not self._fault([system, *turns])
        self._repeats = not self._fault([one, other])

    def _fault(self, messages: Sequence[Message]) -> str:
        """Why a conversation cannot be rendered; "" where it can and all of its words are there."""
        try:
            text = self._render(messages)
        except _Refusal as cause:
            return str(cause)
        lost = [message["content"] for message in messages if message["content"] not in text]
        return f"it leaves out what the {messages[0]['role']} says" if lost else ""

    def _set_thinking(self) -> None:
        """Marks of thoughts, and the switch or the words by which a reply begins as ``thinking`` has it."""
        found = [marks for marks in MARKS if marks.close in self._template or marks.close in self._added]
        self.marks = found[0] if found else MARKS[0]
        self._marked = self.marks.close in self._template
        last = self._tokens(self.marks.close)[-1]
        self._last_of_close = last if last in self._added.values() else None
        begins = [self._render([_user(probe)]) for probe in PROBES]
        switch = next((name for name in SWITCHES if self._with(name, True) != self._with(name, False)), None)
        if switch and self.thinking == "auto":
            self._marked = self._marked and begins[0] != self._with(switch, False)
        elif switch:
            self._switch = {switch: self.thinking == "on"}
            begins = [self._render([_user(probe)]) for probe in PROBES]
        self._opening = common_end(*begins)
        if not switch:
            self._set_suffix(bool(found))

    def _set_suffix(self, found: bool) -> None:
        """Without a switch thoughts are opened and closed by their marks."""
        if self.thinking == "on" and not self.opened:
            if not found:
                raise InvalidSetting(
                    f"thinking=on: {self.name} has no thoughts to switch on (neither its chat template nor its vocabulary marks "
                    "any): set thinking to auto or off."
                )
            self._suffix, self._marked = f"{self.marks.open}\n", True
        elif self.thinking == "off" and (self.opened or (self._marked and self.marks.close not in self._opening)):
            self._suffix = self._closed()

    def _with(self, switch: str, value: bool) -> str:
        """A rendering with a switch of the template's, if it has one of this name."""
        self._switch = {switch: value}
        try:
            return self._render([_user(PROBES[0])])
        finally:
            self._switch = {}

    def _closed(self) -> str:
        """What ends thoughts that are open, or says that there are none."""
        if self.marks.between:
            return self.marks.close
        return f"\n{self.marks.close}\n\n" if self.opened else f"{self.marks.open}\n\n{self.marks.close}\n\n"

    def _between(self) -> str:
        """What stands between the beginning of a reply and the answer that the template writes there."""
        answer = PROBES[1]
        begun = self._render([_user(PROBES[0])]) + self._suffix
        try:
            whole = self._render([_user(PROBES[0]), Message(role="assistant", content=answer)], reply=False)
        except _Refusal:
            whole = ""
        if whole.startswith(begun) and answer in whole[len(begun) :]:
            return whole[len(begun) :].partition(answer)[0]
        return self._closed() if self.opened else ""

    def _stops(self) -> tuple[int, ...]:
        """Tokens that end a turn, first the one that the template writes behind an answer."""
        answers = [Message(role="assistant", content=probe) for probe in PROBES]
        question = _user(PROBES[0])
        try:
            behind = common_end(*(self._render([question, answer], reply=False) for answer in answers))
        except _Refusal:  # no conversation may end there
            whole = self._render([question, answers[1], question])
            behind = whole.rpartition(answers[1]["content"])[2]
        known = {*self._added.values(), *self._declared}
        written = [token for token in self._tokens(behind) if token in known][:1]
        stops = tuple(dict.fromkeys([*written, *self._declared]))
        if not stops:
            raise ModelUnavailable(f"the tokenizer of {self.name} names no end-of-turn token, so answers would never stop.")
        return stops

    def _special_texts(self) -> re.Pattern[str]:
        """Texts that would be control tokens within a message: special ones, and others that the template writes."""
        known = self.tokenizer.added_tokens_decoder.values()
        texts = {str(token) for token in known if token.special or (str(token).strip() and str(token) in self._template)}
        longest_first = sorted((text for text in texts if len(text) > 1), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    # -- the inner parts ----------------------------------------------------------------------------------------------

    def _adapted(self, conversation: Conversation) -> list[Message]:
        """The conversation as the template takes it: its system message in the first user turn, one turn after the other."""
        messages: list[Message] = []
        system: list[str] = []
        for message in conversation:
            role, text = message["role"], clean(message["content"])
            if role == "system" and not self._has_system:
                system.append(text)
                continue
            if role == "user" and system:
                text, system = "\n\n".join([*system, text]), []
            if messages and not self._repeats and messages[-1]["role"] == role:
                text = f"{messages.pop()['content']}\n\n{text}"
            messages.append(Message(role=role, content=text))
        return messages

    def _render(self, messages: Sequence[Message], *, reply: bool = True) -> str:
        """The template's own words. Raises ``_Refusal``."""
        shown: list[Any] = list(messages)
        if self._parts:
            shown = [{**message, "content": [{"type": "text", "text": message["content"]}]} for message in messages]
        try:
            return str(self.tokenizer.apply_chat_template(shown, tokenize=False, add_generation_prompt=reply, **self._switch))
        except Exception as cause:  # jinja2 templates raise whatever their authors liked
            raise _Refusal(str(cause) or type(cause).__name__) from cause

    def _encoded(self, messages: Sequence[Message], render: Callable[[Sequence[Message]], str]) -> list[int]:
        """Token ids of ``render(messages)``, special tokens within messages parted, so that they are text."""
        messages = [Message(role=message["role"], content=clean(message["content"])) for message in messages]
        if not any(self._special.search(message["content"]) for message in messages):
            return self._tokens(render(messages))
        inside = "".join(message["content"] for message in messages)
        ids: list[int] = []
        for mark in BREAKS:
            parted = [Message(role=one["role"], content=self._parted(one["content"], mark)) for one in messages]
            ids, whole = self._without(render(parted), mark)
            if mark not in inside and whole:
                break
        return ids

    def _parted(self, text: str, mark: str) -> str:
        while self._special.search(text):
            text = self._special.sub(lambda match: f"{match[0][0]}{mark}{match[0][1:]}", text)
        return text

    def _without(self, text: str, mark: str) -> tuple[list[int], bool]:
        """Token ids of a text without those of a mark in it, and whether the mark shares no token with the text."""
        if not self.tokenizer.is_fast:  # nobody says which tokens are the mark's: it stays, and is text
            return self._tokens(text), True
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        spans = [text[start:end] for start, end in encoded["offset_mapping"]]
        ids = [token for token, span in zip(encoded["input_ids"], spans) if span.strip(mark) or not span]
        return ids, all(mark not in span or not span.strip(mark) for span in spans)

    def _tokens(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


class Reply:
    """One reply as it is drawn, token by token: where its thoughts end, and whether it goes on.

    Args:
        chat: in whose format.
        max_new_tokens: of the answer, its end included.
        thought_tokens: of the thoughts before it, where there may be any, marks included.
    """

    def __init__(self, chat: Chat, max_new_tokens: int, thought_tokens: int):
        self._chat, self._answer_limit, self._thought_limit = chat, max_new_tokens, thought_tokens
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        """Of ``tokens``; empty where they were not drawn at random."""
        self.ended = False
        self._begins: int | None = None
        """Where the answer begins, once that is known."""
        self._thinking = chat.opened

    def add(self, token: int, log_probability: float | None = None) -> None:
        """The next token."""
        self.tokens.append(token)
        if log_probability is not None:
            self.log_probabilities.append(log_probability)
        if token in self._chat.stops:
            self.ended = True
            return
        if self._begins is None:
            self._look()
        self.ended = len(self.tokens) >= self._limit

    def _look(self) -> None:
        """Whether the tokens so far are thoughts, and whether those are over."""
        if not self._thinking:
            text, open = self._chat.decode(self.tokens).lstrip(), self._chat.marks.open
            self._thinking = text.startswith(open)
            if not self._thinking and not open.startswith(text):
                self._begins = 0
        if self._thinking and self._chat.closes(self.tokens):
            self._begins = len(self.tokens)

    @property
    def _limit(self) -> int:
        if not self._chat.thinks:
            return self._answer_limit
        if self._thinking and self._begins is None:
            return self._thought_limit
        return (self._begins or 0) + self._answer_limit

    @property
    def text(self) -> str:
        """The answer."""
        if self._begins is None and self._thinking:
            return ""
        return self._chat.answer_text(self.tokens[self._begins or 0 :])

    @property
    def thoughts(self) -> str:
        """What was thought before."""
        return self._chat.thoughts_text(self.tokens[: self._begins]) if self._thinking else ""

    @property
    def stop(self) -> str:
        """How it ended: one of :data:`~clgym.agent.STOPS`."""
        if self._begins is None and self._thinking:
            return "thoughts"
        return "end" if self.tokens and self.tokens[-1] in self._chat.stops else "length"


class _Refusal(Exception):
    """What a template said that raised."""


def clean(text: str) -> str:
    """Text that UTF-8 can carry: lone surrogates become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many first tokens two sequences have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other)))


def common_end(one: str, other: str) -> str:
    """The longest text that both end with."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(one), reversed(other))))
    return one[len(one) - same :]


def _user(text: str) -> Message:
    return Message(role="user", content=text)
