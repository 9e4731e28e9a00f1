"""The embedder: the same numbers as the reference, one graph for many processes, one embedder for many threads."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from knowledge import embeddings, minilm
from tests.knowledge import reference

SENTENCES = [
    "where is my parcel?",
    "You have 14 days from delivery to return an item; premium members have 30.",
    "word " * 200,  # longer than the model reads
]


def test_the_graph_equals_the_reference_to_1e_5() -> None:
    for sentence, vector in zip(SENTENCES, embeddings.encode(SENTENCES), strict=True):
        assert np.abs(vector - reference.encode(sentence)).max() < 1e-5


def test_vectors_have_unit_length_and_do_not_depend_on_their_batch() -> None:
    together, alone = embeddings.encode(SENTENCES), [embeddings.encode([text])[0] for text in SENTENCES]
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert np.allclose(together, alone, atol=1e-6)


def test_features_begin_with_the_embedding_and_add_the_words_and_the_middle() -> None:
    features = embeddings.features(["late parcel", "parcel late"])
    assert features.shape == (2, 3 * 384)
    assert np.allclose(features[:, :384], embeddings.encode(["late parcel", "parcel late"]), atol=1e-6)
    blocks = np.split(features[0], 3)
    assert all(abs(float(np.linalg.norm(block)) - 1) < 1e-5 for block in blocks)
    assert not any(np.allclose(blocks[0], other, atol=1e-2) for other in blocks[1:])


def test_no_texts_give_no_vectors() -> None:
    assert embeddings.encode([]).shape == (0, 384)


def test_of_a_long_text_either_end_is_kept() -> None:
    start, end = "The teapot is green. ", "My refund is late."
    long = start + "and so on " * 200 + end
    first, last = embeddings.encode([long])[0], embeddings.encode([long], keep_end=True)[0]
    about_end = embeddings.encode([end])[0]
    assert last @ about_end > first @ about_end


def test_texts_near_in_meaning_are_near() -> None:
    asked, same, other = embeddings.encode(
        ["where is my parcel?", "Tracking a package that is late.", "The capital of France is Paris."]
    )
    assert asked @ same > asked @ other + 0.2


def test_processes_that_start_together_build_the_graph_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []

    def build(wheel: Path, path: Path) -> None:
        built.append(path)
        path.write_bytes(b"graph")

    monkeypatch.setattr(minilm, "build", build)
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(embeddings.ensure_graph(tmp_path / "models"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert found == [built[0]] * 8


def test_threads_share_one_embedder() -> None:
    found: list[embeddings.Embedder] = []
    threads = [threading.Thread(target=lambda: found.append(embeddings.embedder())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


def test_a_message_that_several_read_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    real = embeddings.Embedder.features

    def counted(self: embeddings.Embedder, texts: list[str]) -> embeddings.Vectors:
        asked.append(list(texts))
        return real(self, texts)

    monkeypatch.setattr(embeddings.Embedder, "features", counted)
    monkeypatch.setattr(embeddings, "_recent", embeddings.Recent(2))
    first = embeddings.features(["a parcel", "a lamp"])
    assert np.array_equal(embeddings.encode(["a lamp"])[0], first[1, :384])
    assert np.array_equal(embeddings.features(["a lamp", "a parcel", "a lamp"]), first[[1, 0, 1]])
    assert asked == [["a parcel", "a lamp"]]
    embeddings.features(["a kettle"])  # the oldest goes
    embeddings.features(["a lamp"])
    assert asked[1:] == [["a kettle"], ["a lamp"]]
    assert embeddings.features([]).shape == (0, 1152)


def test_of_a_long_text_the_wanted_end_is_read() -> None:
    text = "the red kettle is late. " * 40 + "my lamp is broken"
    assert not np.allclose(embeddings.encode([text]), embeddings.encode([text], keep_end=True), atol=1e-3)
