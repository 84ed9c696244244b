"""Sentence vectors of training examples, kept from one training to the next.

Encoding three thousand sentences takes fifteen seconds of a core; after that a training that adds
ten phrases encodes ten. Only examples and test messages are kept, nothing that visitors say.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from support.config import PROJECT

logger = logging.getLogger(__name__)

FOLDER = PROJECT / ".cache"
MOST = 30_000
Vector = npt.NDArray[np.float32]
_caches: dict[str, VectorCache] = {}
_learning: ContextVar[bool] = ContextVar("learning", default=False)


@contextlib.contextmanager
def learning() -> Iterator[None]:
    """What is encoded inside is kept."""
    token = _learning.set(True)
    try:
        yield
    finally:
        _learning.reset(token)


def is_learning() -> bool:
    """Whether what is encoded now is to be kept."""
    return _learning.get()


class VectorCache:
    """Vectors by text, of one encoder. Any thread may use it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._vectors = _read(file)
        self._saved = len(self._vectors)

    def get(self, text: str) -> Vector | None:
        """The text's vector, if it has been encoded before."""
        return self._vectors.get(text)

    def put(self, text: str, vector: Vector) -> None:
        """Keep a text's vector."""
        self._vectors[text] = vector

    def refresh(self) -> None:
        """Read what another process has written down since."""
        for text, vector in _read(self._file).items():
            self._vectors.setdefault(text, vector)

    def save(self) -> None:
        """Write down what is new; a folder that cannot be written costs time only."""
        vectors = dict(list(self._vectors.items())[-MOST:])
        if len(vectors) == self._saved or not vectors:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._file.with_suffix(f".{os.getpid()}.npz")
            texts = np.frombuffer(json.dumps(list(vectors)).encode(), dtype=np.uint8)
            np.savez(unfinished, texts=texts, vectors=np.stack(list(vectors.values())))
            unfinished.replace(self._file)
        except OSError as error:
            logger.warning("Sentence vectors cannot be kept: %s", error)
        else:
            self._saved = len(vectors)


def of_encoder(checksum: str, max_tokens: int) -> VectorCache:
    """The vectors made by the encoder with this checksum."""
    name = f"vectors-{checksum[:16]}-{max_tokens}.npz"
    if name not in _caches:
        _caches[name] = VectorCache(FOLDER / name)
    return _caches[name]


def save() -> None:
    """Write down what is new in every cache of this process."""
    for cache in list(_caches.values()):
        cache.save()


def holds(texts: Iterable[str]) -> bool:
    """Whether the vectors of all these are kept, by one of this process's encoders."""
    wanted = list(texts)
    return any(all(cache.get(t) is not None for t in wanted) for cache in list(_caches.values()))


def refresh() -> None:
    """Read what other processes have written down since, for every cache of this one."""
    for cache in list(_caches.values()):
        cache.refresh()


def _read(file: Path) -> dict[str, Vector]:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            texts = json.loads(stored["texts"].tobytes())
            return dict(zip(texts, stored["vectors"], strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        logger.warning("Kept sentence vectors cannot be read: %s", error)
        return {}
