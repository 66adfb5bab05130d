"""A small tokenizer, trained here, with the special tokens of a chat format."""

from __future__ import annotations

import functools

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from zoo.templates import FORMATS

TEXT = (
    "Answer with the answer only.",
    "Translate the sentence: the red dog sees the old house. velo mira tasa",
    "system user assistant model developer final analysis [INST] <think> say what is the price of the blue car\n\n",
)


@functools.cache
def _backend() -> str:
    """Byte-level BPE of a few hundred words' worth, as JSON."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=340, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXT * 4, trainer)
    return str(tokenizer.to_str())


def tokenizer_of(name: str) -> PreTrainedTokenizerFast:
    """The tokenizer of a format in ``FORMATS``, with its template."""
    form = FORMATS[name]
    tokenizer = Tokenizer.from_str(_backend())
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in form.special])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in form.added])
    begins = {"bos_token": form.special[0]} if form.special[0] in ("<bos>", "<s>") else {}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=form.eos, clean_up_tokenization_spaces=False, **begins)
    fast.chat_template = form.template
    return fast
