"""Whole episodes, token by token: turns of a fight, retries with feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clgym.integrations.rollouts import Sessions, Watch
from clgym.integrations.trl.rewards import begin

#: Stands in for an answer while the text around it is found.
_MARK = "\u2402answer\u2403"


def rollout(env: str, *, trial: Watch | None = None, window: int | None = None, **settings: Any) -> Callable[..., dict[str, Any]]:
    """A rollout function for whole episodes: every turn of a fight, every retry with its feedback, in the words of ``clgym run``.

    What the model said is trained on, what the user said is masked (``env_mask``). ``window`` is the most tokens of a conversation; the model's own
    window where none is given. An episode that does not fit is cut: its score is that of the last attempt that ended, ``None`` where none did.
    """
    sessions = Sessions(env, **settings)

    def roll(prompts: Sequence[Any], trainer: Any) -> dict[str, Any]:
        tokenizer = getattr(trainer.processing_class, "tokenizer", trainer.processing_class)
        limit = window or trainer.model.config.max_position_embeddings
        plays = [begin(sessions, s, prompt, None, None, trial) for s, prompt in zip(sessions.first(len(prompts)), prompts)]
        heads = [tokenizer.apply_chat_template(p, add_generation_prompt=True, return_dict=False) for p in prompts]
        said: list[list[int]] = [[] for _ in prompts]
        mask: list[list[int]] = [[] for _ in prompts]
        logps: list[list[float]] = [[] for _ in prompts]
        active, known = list(range(len(prompts))), True
        while active:
            sampled, chances = trainer._generate_single_turn([heads[i] + said[i] for i in active], None, {}, 1)
            known = known and chances is not None
            going = []
            for place, (i, ids) in enumerate(zip(active, sampled)):
                _append(said[i], mask[i], logps[i], ids, chances[place] if chances else [0.0] * len(ids), 1)
                if plays[i].say(tokenizer.decode(ids, skip_special_tokens=True)).done:
                    continue
                between = glue(tokenizer, prompts[i], plays[i].messages[-1]["content"], ids[-1])
                if len(heads[i]) + len(said[i]) + len(between) + trainer.max_completion_length <= limit:
                    _append(said[i], mask[i], logps[i], between, [0.0] * len(between), 0)
                    going.append(i)
            active = going
        trainer._log_metric("clgym/cut", sum(play.cut for play in plays) / len(plays))
        scores = [play.score for play in plays]
        return {
            "prompt_ids": heads,
            "completion_ids": said,
            "logprobs": logps if known else None,
            "env_mask": mask,
            "clgym_score": scores,
        }

    return roll


def _append(said: list[int], mask: list[int], logps: list[float], ids: Sequence[int], chances: Sequence[float], own: int) -> None:
    said.extend(ids)
    mask.extend([own] * len(ids))
    logps.extend(chances)


def glue(tokenizer: Any, prompt: Sequence[Any], reply: str, last: int) -> list[int]:
    """The tokens between an answer that ended with the token ``last`` and the next one: the end of its turn, the user's reply, the head of a turn.

    A whole conversation is rendered, and what stands behind its answer is taken; no template is asked to render half of one.
    """
    conversation = [*prompt, {"role": "assistant", "content": _MARK}, {"role": "user", "content": reply}]
    text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True).rpartition(_MARK)[2]
    return tokenizer(text.removeprefix(tokenizer.decode([last])), add_special_tokens=False)["input_ids"]
