"""The sentence encoder: what its vectors are, and which files it refuses."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pytest

from components import sentence_encoder
from components.sentence_encoder import (
    FINE_TUNING,
    VOCABULARY,
    ModelFiles,
    SentenceEncoder,
    SentenceModelChanged,
    SentenceModelMissing,
    folder_model,
    load_encoder,
    packaged_model,
    packaged_weights,
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """The packaged model, as config.yml uses it."""
    return SentenceEncoder(packaged_model(), max_tokens=128, threads=1)


def likeness(encoder: SentenceEncoder, first: str, second: str) -> float:
    """The cosine of two sentences' vectors."""
    vectors = encoder.encode([first, second])
    return float(vectors[0] @ vectors[1])


def test_it_makes_one_unit_vector_per_text(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["hello", "I want to talk to an agent", "where is my order?"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)


def test_it_puts_what_means_the_same_close_together(encoder: SentenceEncoder) -> None:
    wanted = likeness(encoder, "let me speak to somebody", "get me a representative")
    unwanted = likeness(encoder, "let me speak to somebody", "the representative was kind")
    assert wanted > unwanted + 0.3


def test_it_gives_a_text_the_same_vector_alone_and_in_a_batch(encoder: SentenceEncoder) -> None:
    texts = ["hi", "my parcel was left in the rain and nobody answers the phone", "agent"]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_it_cuts_long_texts(encoder: SentenceEncoder) -> None:
    short = encoder.encode(["word " * 200])
    long = encoder.encode(["word " * 2000])
    np.testing.assert_allclose(short, long, atol=1e-5)


@pytest.mark.parametrize("text", [" ", "\u200b", "😀", "?", "\x00", "日本語", "a" * 5000])
def test_it_finds_a_vector_for_any_text(encoder: SentenceEncoder, text: str) -> None:
    vector = encoder.encode([text])
    assert vector.shape == (1, 384)
    assert np.isfinite(vector).all()


def test_it_does_not_depend_on_upper_case(encoder: SentenceEncoder) -> None:
    assert likeness(encoder, "GIVE ME AN AGENT", "give me an agent") == pytest.approx(1, abs=1e-5)


def test_it_is_loaded_once_for_the_same_files() -> None:
    files = packaged_model()
    assert load_encoder(files, files.checksum(), 64, 1) is load_encoder(
        files, files.checksum(), 64, 1
    )


def test_it_says_when_the_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_encoder, "DEFAULT_PACKAGE", "no-such-package")
    with pytest.raises(SentenceModelMissing, match=r"'no-such-package'.*make install"):
        packaged_model()


def test_it_says_when_the_package_has_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        files: tuple[importlib.metadata.PackagePath, ...] = ()

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Empty())
    with pytest.raises(SentenceModelMissing, match=r"holds no \.onnx file"):
        packaged_model()


@pytest.mark.parametrize(
    "constant, file_name",
    [
        ("DEFAULT_SHA256", "model.onnx"),
        ("VOCABULARY_SHA256", "vocab.txt"),
        ("FINE_TUNING_SHA256", "fine_tuning.npz"),
    ],
)
def test_it_refuses_a_file_with_another_checksum(
    monkeypatch: pytest.MonkeyPatch, constant: str, file_name: str
) -> None:
    monkeypatch.setattr(sentence_encoder, constant, "0" * 64)
    with pytest.raises(SentenceModelChanged, match=rf"'{file_name}'.*expected was 0000"):
        packaged_model()


def test_fine_tuning_changes_the_weights_and_nothing_else() -> None:
    published = packaged_weights().read_bytes()
    changed = packaged_model().read_weights()
    assert len(changed) == len(published)
    assert changed != published
    assert ModelFiles(packaged_weights(), VOCABULARY).read_weights() == published


def test_the_checksum_knows_every_file_and_the_pooling() -> None:
    weights = packaged_weights()
    several = {
        ModelFiles(weights, VOCABULARY).checksum(),
        ModelFiles(weights, VOCABULARY, "cls").checksum(),
        ModelFiles(weights, VOCABULARY, changes=FINE_TUNING).checksum(),
        ModelFiles(VOCABULARY, weights).checksum(),
    }
    assert len(several) == 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder as sentence-transformers exports it, made of the packaged model."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(packaged_weights().read_bytes())
    encoder = SentenceEncoder(packaged_model(), max_tokens=128, threads=1)
    encoder._tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_it_reads_a_folder(folder: Path) -> None:
    files = folder_model(folder)
    assert files.pooling == "mean"
    vectors = SentenceEncoder(files, max_tokens=32, threads=1).encode(["hello", "goodbye"])
    assert vectors.shape == (2, 384)


def test_it_reads_the_pooling_of_a_folder(folder: Path) -> None:
    mean = SentenceEncoder(folder_model(folder), max_tokens=32, threads=1).encode(["hello you"])
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    files = folder_model(folder)
    first = SentenceEncoder(files, max_tokens=32, threads=1).encode(["hello you"])
    assert files.pooling == "cls"
    assert not np.allclose(mean, first)


@pytest.mark.parametrize("lacking", ["onnx/model.onnx", "tokenizer.json"])
def test_it_says_which_file_a_folder_lacks(folder: Path, lacking: str) -> None:
    (folder / lacking).unlink()
    with pytest.raises(SentenceModelMissing, match=lacking):
        folder_model(folder)
