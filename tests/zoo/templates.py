"""Chat templates with the features that those of the open families have, written for these tests.

Each is a ``Format``: the template and the special tokens it writes. ``FORMATS`` is the one list of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A chat template, the tokens that it needs, and what of them ends a turn."""

    template: str
    special: tuple[str, ...]
    """tokens that are control"""
    end: str
    """what is written behind an answer: the one to train on"""
    eos: str
    """what the tokenizer declares, which need not be the same"""
    added: tuple[str, ...] = ()
    """tokens of their own that are not control"""


_PLAIN = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""

#: Thoughts vanish from earlier turns, the last answer gets an empty block, and a variable closes thoughts before they begin.
_SWITCH = """\
{%- set spot = namespace(last=-1) -%}
{%- for message in messages -%}{%- if message.role == 'user' -%}{%- set spot.last = loop.index0 -%}{%- endif -%}{%- endfor -%}
{%- for message in messages -%}
{%- set words = message.content -%}
{%- if message.role == 'assistant' and '</think>' in words -%}{%- set words = words.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}
<|im_start|>{{ message.role }}
{% if message.role == 'assistant' and loop.index0 > spot.last -%}
<think>

</think>

{% endif -%}
{{ words }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking -%}
<think>

</think>

{% endif -%}
{%- endif -%}
"""

#: As before, but a question has to be there, words are trimmed, and a reply begins within thoughts.
_DEMANDING = """\
{%- set spot = namespace(last=-1) -%}
{%- for message in messages -%}{%- if message.role == 'user' -%}{%- set spot.last = loop.index0 -%}{%- endif -%}{%- endfor -%}
{%- if spot.last < 0 -%}{{ raise_exception('there is no question of the user') }}{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'system' and not loop.first -%}{{ raise_exception('system comes first') }}{%- endif -%}
<|im_start|>{{ message.role }}
{% if message.role == 'assistant' and loop.index0 > spot.last -%}
<think>

</think>

{% endif -%}
{{ message.content | trim }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
<think>
{% if enable_thinking is defined and not enable_thinking %}
</think>

{% endif -%}
{%- endif -%}
"""

#: No system role, turns that alternate, another name for the assistant, and an end of turn that is not the tokenizer's.
_NO_SYSTEM = """\
{{- bos_token -}}
{%- if messages[0].role == 'system' -%}{{ raise_exception('no system role') }}{%- endif -%}
{%- for message in messages -%}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('turns must alternate') }}{%- endif -%}
<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ message.content | trim }}<end_of_turn>
{% endfor -%}
{%- if add_generation_prompt -%}
<start_of_turn>model
{% endif -%}
"""

#: The system message is put into the first user turn by the template itself.
_FOLDING = """\
{{- bos_token -}}
{%- set first = messages[0].content + '\\n\\n' if messages[0].role == 'system' else '' -%}
{%- set turns = messages[1:] if first else messages -%}
{%- for message in turns -%}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('turns must alternate') }}{%- endif -%}
<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ first if loop.first }}{{ message.content | trim }}<end_of_turn>
{% endfor -%}
{%- if add_generation_prompt -%}
<start_of_turn>model
{% endif -%}
"""

#: Alternating turns without a name, the system message in the last of them, no words that begin a reply.
_ALTERNATING = """\
{{- bos_token -}}
{%- set rules = messages[0].content + '\\n\\n' if messages[0].role == 'system' else '' -%}
{%- set turns = messages[1:] if rules else messages -%}
{%- for message in turns -%}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('turns must alternate') }}{%- endif -%}
{%- if message.role == 'user' -%}
[INST] {{ rules if loop.last }}{{ message.content }}[/INST]
{%- else %} {{ message.content }}{{ eos_token }}{%- endif -%}
{%- endfor -%}
"""

#: Where no reply is asked for, an end of text follows the last turn.
_TRAILING = """\
{%- for message in messages -%}
<|{{ message.role }}|>
{{ message.content }}<|end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|assistant|>
{% else -%}
{{ eos_token }}
{%- endif -%}
"""

#: Channels for thoughts and answers, a rule of its own in front, and another end behind the last answer than behind earlier ones.
_CHANNELS = """\
{{- '<|start|>system<|message|>Channels: analysis, final.<|end|>' -}}
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
<|start|>assistant<|channel|>final<|message|>{{ message.content }}{{ '<|return|>' if loop.last else '<|end|>' }}
{%- else -%}
<|start|>{{ 'developer' if message.role == 'system' else message.role }}<|message|>{{ message.content }}<|end|>
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|start|>assistant{%- endif -%}
"""

_CHATML = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
_TURNS = ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>")

FORMATS = {
    "lfm2": Format(_PLAIN, _CHATML, "<|im_end|>", "<|im_end|>"),
    "qwen3": Format(_SWITCH, _CHATML, "<|im_end|>", "<|im_end|>", ("<think>", "</think>")),
    "qwen3.5": Format(_DEMANDING, _CHATML, "<|im_end|>", "<|im_end|>", ("<think>", "</think>")),
    "gemma2": Format(_NO_SYSTEM, _TURNS, "<end_of_turn>", "<eos>"),
    "gemma3": Format(_FOLDING, _TURNS, "<end_of_turn>", "<eos>"),
    "mistral": Format(_ALTERNATING, ("<s>", "</s>", "[INST]", "[/INST]"), "</s>", "</s>"),
    "phi": Format(_TRAILING, ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"), "<|end|>", "<|endoftext|>"),
    "gpt-oss": Format(
        _CHANNELS, ("<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|return|>", "<|endoftext|>"), "<|return|>", "<|return|>"
    ),
}
