"""What is computed once: features of a text, and whatever follows from a taxonomy's digest alone."""

from __future__ import annotations

import json
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from agents.intents.embedding import Embedder

T = TypeVar("T")
FEW: Final = 8  # a page compares two taxonomies, some of them several times


class Latest(Generic[T]):
    """The last few results, by what they follow from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        if (known := self._kept.get(key)) is not None:
            return known
        made = make()
        self._kept[key] = made
        while len(self._kept) > FEW:
            self._kept.popitem(last=False)
        return made


class Remembering:
    def __init__(self, source: Embedder) -> None:
        self.source = source
        self._known: dict[str, npt.NDArray[np.float32]] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """All at once, which is several times faster than one by one."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self.source.features(new), strict=True))

    def features(self, texts: list[str], /) -> npt.NDArray[np.float32]:
        self.learn(texts)
        return np.stack([self._known[text] for text in texts])

    def recall(self, path: Path) -> None:
        """What `keep` left there, if anything."""
        if path.exists():
            with np.load(path, allow_pickle=False) as kept:
                self._known.update(zip(json.loads(kept["texts"].tobytes()), kept["rows"], strict=True))

    def keep(self, path: Path, texts: Iterable[str]) -> None:
        said = list(dict.fromkeys(texts))
        write(path, texts=np.frombuffer(json.dumps(said).encode(), np.uint8), rows=self.features(said))


def write(path: Path, **arrays: npt.NDArray[np.generic]) -> None:
    """Whole or not at all: another worker may be reading the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub takes the names for its own flags
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
