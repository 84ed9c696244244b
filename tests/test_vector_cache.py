"""Sentence vectors that are kept: the same again, and no harm when the file is broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components import vector_cache
from components.vector_cache import VectorCache

VECTOR = np.arange(4, dtype=np.float32)


def test_gives_back_what_was_put_in_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "new" / "vectors.npz"
    cache = VectorCache(file)
    assert cache.get("naïve “text”") is None
    cache.put("naïve “text”", VECTOR)
    cache.save()
    found = VectorCache(file).get("naïve “text”")
    assert found is not None
    assert found.tolist() == VECTOR.tolist()


def test_keeps_the_newest_and_not_without_end(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "vectors.npz")
    for number in range(5):
        cache.put(str(number), VECTOR)
    original, vector_cache.MOST = vector_cache.MOST, 3
    try:
        cache.save()
    finally:
        vector_cache.MOST = original
    again = VectorCache(tmp_path / "vectors.npz")
    assert [again.get(str(number)) is not None for number in range(5)] == [False] * 2 + [True] * 3


def test_begins_again_when_the_file_is_broken_or_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    file.write_bytes(b"PK\x03\x04 broken")
    assert VectorCache(file).get("a") is None
    file.unlink()
    file.mkdir()
    cache = VectorCache(file)
    cache.put("a", VECTOR)
    cache.save()


def test_learns_only_where_it_is_told_to() -> None:
    assert not vector_cache.is_learning()
    with vector_cache.learning():
        assert vector_cache.is_learning()
    assert not vector_cache.is_learning()


def test_finds_what_another_process_has_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "FOLDER", tmp_path)
    monkeypatch.setattr(vector_cache, "_caches", {})
    ours = vector_cache.of_encoder("checksum", 128)
    another = VectorCache(tmp_path / "vectors-checksum-128.npz")
    another.put("a", VECTOR)
    another.save()
    assert not vector_cache.holds(["a"])
    vector_cache.refresh()
    assert ours.get("a") is not None
    assert vector_cache.holds(["a"])
    assert not vector_cache.holds(["a", "b"])
