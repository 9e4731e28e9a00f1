"""The MiniLM forward pass in plain numpy, straight from the weights: what the ONNX graph has to equal."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from knowledge.embeddings import wheel_folder

HEADS, LAYERS = 12, 6


@cache
def weights() -> dict[str, Any]:
    raw = load_file(wheel_folder() / "model.safetensors")
    return {name: value.astype(np.float32) for name, value in raw.items() if value.dtype.kind == "f"}


def encode(text: str, max_tokens: int = 128) -> Any:
    w = weights()
    tokenizer = Tokenizer.from_file(str(wheel_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids

    def linear(x: Any, layer: str) -> Any:
        return x @ w[f"{layer}.weight"].T + w[f"{layer}.bias"]

    def norm(x: Any, layer: str) -> Any:
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return (x - x.mean(-1, keepdims=True)) / spread * w[f"{layer}.weight"] + w[f"{layer}.bias"]

    def heads(x: Any) -> Any:
        return x.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        query, key, value = (heads(linear(x, f"{layer}attention.self.{part}")) for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        attention = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (attention / attention.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(linear(mixed, f"{layer}attention.output.dense") + x, f"{layer}attention.output.LayerNorm")
        inner = linear(x, f"{layer}intermediate.dense")
        gelu = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = norm(linear(gelu, f"{layer}output.dense") + x, f"{layer}output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def erf(x: Any) -> Any:
    """Abramowitz and Stegun 7.1.26: off by at most 1.5e-7."""
    sign, x = np.sign(x), np.abs(x)
    t = 1 / (1 + 0.3275911 * x)
    sum_ = ((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592
    return sign * (1 - sum_ * t * np.exp(-x * x))
