"""How the sentence model was fine-tuned: the sentences, the ONNX file, and what is written."""

from __future__ import annotations

import random
import warnings
from collections import Counter

import numpy as np
import pytest
import yaml

from components.sentence_encoder import (
    VOCABULARY,
    ModelFiles,
    SentenceEncoder,
    SentenceModelChanged,
    SentenceModelMissing,
)
from scripts.fine_tuning.onnx_file import tensors
from scripts.fine_tuning.sentences import GRAMMAR, PLACEHOLDER, draw, misspell

with warnings.catch_warnings():
    # TensorFlow's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    import tensorflow as tf
    import tokenizers

    from scripts.fine_tuning import model
    from scripts.fine_tuning.__main__ import pack
    from scripts.fine_tuning.model import SentenceModel, base_model, matrix_names, read_weights


@pytest.fixture(scope="module")
def onnx() -> bytes:
    """The published model."""
    return base_model().read_bytes()


def test_it_draws_the_same_sentences_with_the_same_seed() -> None:
    counts = {"request_human": 30, "refuse_human": 20}
    assert draw(counts, 1) == draw(counts, 1)
    assert draw(counts, 1) != draw(counts, 2)


def test_it_draws_as_many_different_sentences_as_asked_for() -> None:
    drawn = draw({"request_human": 300, "out_of_scope": 200}, 1)
    assert Counter(s.intent for s in drawn) == {"request_human": 300, "out_of_scope": 200}
    assert len({s.text for s in drawn}) == 500


def test_it_leaves_no_placeholder_in_a_sentence() -> None:
    intents = yaml.safe_load(GRAMMAR.read_text(encoding="utf-8"))["templates"]
    drawn = draw(dict.fromkeys(intents, 200), 1)
    assert [s.text for s in drawn if PLACEHOLDER.search(s.text) or not s.text] == []


def test_every_word_list_of_the_grammar_is_used_and_holds_texts() -> None:
    grammar = yaml.safe_load(GRAMMAR.read_text(encoding="utf-8"))
    lists = [*grammar["words"].values(), *grammar["templates"].values()]
    entries = [entry for entries in lists for entry in entries if entry is not None]
    assert all(isinstance(entry, str) for entry in entries)
    used = {name for entry in entries for name in PLACEHOLDER.findall(entry)}
    assert used - {"any"} == set(grammar["words"])


def test_it_misspells_but_keeps_most_of_the_text() -> None:
    rng = random.Random(1)
    text = "connect me to an agent because it is urgent"
    spoilt = [misspell(text, rng) for _ in range(50)]
    assert sum(each != text for each in spoilt) > 40
    assert all(abs(len(each) - len(text)) < 15 for each in spoilt)


@pytest.mark.parametrize("text", ["", "a", "?", "4711", "👍"])
def test_it_bears_texts_with_nothing_to_misspell(text: str) -> None:
    rng = random.Random(1)
    assert {misspell(text, rng) for _ in range(20)} == {text}


def test_it_finds_every_tensor_of_the_model_in_the_file(onnx: bytes) -> None:
    found = tensors(onnx)
    words = found["inner.embeddings.word_embeddings.weight_q"]
    assert words.shape == (30522, 384)
    assert all(np.prod(t.shape) * t.element.itemsize == t.size for t in found.values())


def test_it_finds_six_matrices_per_layer_in_their_shapes(onnx: bytes) -> None:
    shapes = {n: tensors(onnx)[f"{s}_q"].shape for n, s in matrix_names(onnx).items()}
    assert len(shapes) == 36
    assert shapes["encoder.layer.5.attention.self.value.weight"] == (384, 384)
    assert shapes["encoder.layer.5.intermediate.dense.weight"] == (384, 1536)
    assert shapes["encoder.layer.5.output.dense.weight"] == (1536, 384)


def test_its_model_gives_the_vectors_of_the_onnx_model(onnx: bytes) -> None:
    texts = ["hello", "I'd rather talk to a person than to a machine"]
    tokenizer = tokenizers.BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(texts)
    vectors = SentenceModel(read_weights(onnx), first_trained=2)(
        tf.constant([item.ids for item in encoded]),
        tf.constant([item.attention_mask for item in encoded]),
        dropout=0.0,
    )
    files = ModelFiles(base_model(), VOCABULARY)
    expected = SentenceEncoder(files, max_tokens=64, threads=1).encode(texts)
    np.testing.assert_allclose(vectors.numpy(), expected, atol=1e-5)


def test_it_writes_an_untrained_model_back_as_it_was(onnx: bytes) -> None:
    untrained = SentenceModel(read_weights(onnx), first_trained=4)
    weights = {name: variable.numpy() for name, variable in untrained.trained.items()}
    assert pack(weights, onnx) == onnx


def test_it_writes_trained_weights_where_they_are_read_from(onnx: bytes) -> None:
    name = "encoder.layer.5.output.dense.weight"
    changed = read_weights(onnx)[name] * 2
    written = read_weights(pack({name: changed}, onnx))
    np.testing.assert_allclose(written[name], changed, atol=0.01)
    other = "encoder.layer.4.output.dense.weight"
    np.testing.assert_array_equal(written[other], read_weights(onnx)[other])


def test_it_says_when_the_published_model_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model, "BASE_PACKAGE", "no-such-package")
    with pytest.raises(SentenceModelMissing, match=r"'no-such-package'.*make install"):
        base_model()


def test_it_refuses_a_published_model_with_another_checksum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model, "BASE_SHA256", "0" * 64)
    with pytest.raises(SentenceModelChanged, match="expected was 0000"):
        base_model()
