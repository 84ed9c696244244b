"""The sentence encoder: what its vectors are, and which files it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tokenizers

from components import sentence_encoder
from components.sentence_encoder import (
    VOCABULARY,
    WEIGHTS,
    ModelFiles,
    SentenceEncoder,
    SentenceModelChanged,
    SentenceModelMissing,
    folder_model,
    load_encoder,
    own_model,
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """The project's own model, as config.yml uses it."""
    return SentenceEncoder(own_model(), max_tokens=128, threads=1)


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


def test_it_gives_a_text_nearly_the_same_vector_in_a_batch(encoder: SentenceEncoder) -> None:
    # Nearly: whole-number arithmetic takes its scale from all texts of a batch.
    texts = ["hi", "my parcel was left in the rain and nobody answers the phone", "agent"]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.95


def test_it_gives_a_text_the_same_vector_every_time(encoder: SentenceEncoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["an agent"]), encoder.encode(["an agent"]))


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
    files = own_model()
    assert load_encoder(files, files.checksum(), 64, 1) is load_encoder(
        files, files.checksum(), 64, 1
    )


@pytest.mark.parametrize(
    "constant, file_name",
    [("WEIGHTS_SHA256", "model.onnx"), ("VOCABULARY_SHA256", "vocab.txt")],
)
def test_it_refuses_a_file_with_another_checksum(
    monkeypatch: pytest.MonkeyPatch, constant: str, file_name: str
) -> None:
    monkeypatch.setattr(sentence_encoder, constant, "0" * 64)
    with pytest.raises(SentenceModelChanged, match=rf"'{file_name}'.*expected was 0000"):
        own_model()


@pytest.mark.parametrize("constant", ["WEIGHTS", "VOCABULARY"])
def test_it_says_when_a_file_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, constant: str
) -> None:
    monkeypatch.setattr(sentence_encoder, constant, tmp_path / "gone.bin")
    with pytest.raises(SentenceModelMissing, match=r"'gone\.bin'"):
        own_model()


def test_the_notice_names_the_checksums_of_the_files() -> None:
    notice = (VOCABULARY.parent / "NOTICE.md").read_text(encoding="utf-8")
    assert sentence_encoder.WEIGHTS_SHA256 in notice
    assert sentence_encoder.VOCABULARY_SHA256 in notice


def test_the_checksum_knows_every_file_and_the_pooling() -> None:
    several = {
        ModelFiles(WEIGHTS, VOCABULARY).checksum(),
        ModelFiles(WEIGHTS, VOCABULARY, "cls").checksum(),
        ModelFiles(WEIGHTS, WEIGHTS).checksum(),
        ModelFiles(VOCABULARY, WEIGHTS).checksum(),
    }
    assert len(several) == 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder as sentence-transformers exports it, made of the project's own model."""
    (tmp_path / "onnx").mkdir()
    shutil.copy(WEIGHTS, tmp_path / "onnx" / "model.onnx")
    tokenizer = tokenizers.BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_it_takes_a_vocabulary_where_there_is_no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    shutil.copy(VOCABULARY, folder / "vocab.txt")
    assert folder_model(folder).tokenizer == folder / "vocab.txt"


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
