"""Fine-tunes the sentence model: `python -m scripts.fine_tuning` (about 20 minutes, two cores).

Reads data/ and the grammar beside this file, trains the upper layers of the packaged model to tell
the intents apart, three times over with other sentences and another order, averages the three
results (each alone has whims of its own), and writes results/fine_tuned.onnx. What comes next is
`python -m scripts.fine_tuning.quantize`.
"""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tokenizers
import yaml

from components.sentence_encoder import VOCABULARY
from scripts.fine_tuning.model import (
    PREFIX,
    WIDTH,
    Floats,
    SentenceModel,
    base_model,
    matrix_names,
    read_weights,
)
from scripts.fine_tuning.onnx_file import tensors
from scripts.fine_tuning.quantize import FINE_TUNED
from scripts.fine_tuning.sentences import Sentence, draw, misspell
from support.flow.labelled import MESSAGES, read_messages

SEEDS = (1, 2, 3)
COUNTS = {
    "request_human": 10000,
    "out_of_scope": 16000,
    "refuse_human": 1500,
    "ask_is_bot": 500,
    "insult_bot": 500,
    "ask_capabilities": 500,
    "greet": 500,
    "goodbye": 500,
    "thank": 500,
    "affirm": 500,
    "deny": 500,
}
FIRST_TRAINED_LAYER = 2
LEARNING_RATE, HEAD_LEARNING_RATE = 1e-4, 5e-3
BATCH, DROPOUT, SMOOTHING, MAX_TOKENS = 32, 0.1, 0.05, 64
# Unit vectors are stretched by this before the head, or its softmax could never be sure.
STRETCH = 12.0

Weighted = tuple[Sentence, float]
Batch = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], list[int], list[float]]


def training_sentences(rng: random.Random, seed: int) -> list[Weighted]:
    """All sentences with their weights, but none that the labelled test messages hold."""
    weighted = [
        (Sentence(misspell(s.text, rng), s.intent) if rng.random() < _spoilt(s.text) else s, 1.0)
        for s in draw(COUNTS, seed)
    ]
    for sentence in _examples():
        weighted.append((sentence, 2.0))
        spoilt = len(sentence.text) > 5 and rng.random() < 0.5
        text = misspell(sentence.text, rng) if spoilt else sentence.text
        weighted.append((Sentence(text, sentence.intent), 1.0))
    files = MESSAGES.parent.glob("*.txt")
    tested = {_key(item.text) for path in files for item in read_messages(path)}
    return [pair for pair in weighted if _key(pair[0].text) not in tested]


def batches(weighted: list[Weighted], intents: list[str], rng: random.Random) -> Iterator[Batch]:
    """Yields all sentences once, in batches of similar length."""
    tokenizer = tokenizers.BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    for batch in _groups(weighted, rng):
        encoded = tokenizer.encode_batch([sentence.text for sentence, _ in batch])
        yield (
            np.array([item.ids for item in encoded], np.int32),
            np.array([item.attention_mask for item in encoded], np.int32),
            [intents.index(sentence.intent) for sentence, _ in batch],
            [weight for _, weight in batch],
        )


class Trainer:
    """A sentence model with a linear head on top, and the two optimisers that train them."""

    def __init__(self, model: SentenceModel, intents: int, steps: int) -> None:
        """Sets up a run of `steps` batches; the learning rates rise first and then fall to 0."""
        self._model, self._intents, self._steps, self._done = model, intents, steps, 0
        self._head = tf.Variable(tf.random.normal([WIDTH, intents], stddev=0.05))
        self._bias = tf.Variable(tf.zeros([intents]))
        self._body_optimizer = tf.keras.optimizers.legacy.Adam(LEARNING_RATE)
        self._head_optimizer = tf.keras.optimizers.legacy.Adam(HEAD_LEARNING_RATE)
        number = tf.TensorSpec([None, None], tf.int32)
        self._step = tf.function(
            self._train,
            input_signature=[
                number,
                number,
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.float32),
            ],
        )

    def step(self, batch: Batch) -> float:
        """Trains on one batch; the loss."""
        self._done += 1
        share = min(1.0, 10 * self._done / self._steps) * (1 - (self._done - 1) / self._steps)
        self._body_optimizer.learning_rate = LEARNING_RATE * share
        self._head_optimizer.learning_rate = HEAD_LEARNING_RATE * share
        return float(self._step(*map(tf.constant, batch)))

    def _train(
        self, tokens: tf.Tensor, mask: tf.Tensor, intents: tf.Tensor, weights: tf.Tensor
    ) -> tf.Tensor:
        body, head = list(self._model.trained.values()), [self._head, self._bias]
        with tf.GradientTape() as tape:
            vectors = self._model(tokens, mask, DROPOUT)
            scores = tf.matmul(vectors * STRETCH, self._head) + self._bias
            wanted = tf.one_hot(intents, self._intents) * (1 - SMOOTHING)
            wanted += SMOOTHING / self._intents
            losses = tf.nn.softmax_cross_entropy_with_logits(wanted, scores)
            loss = tf.reduce_mean(weights * losses)
        slopes = tape.gradient(loss, body + head)
        # TensorFlow compiles this function and knows no strict zip.
        body_slopes, _ = tf.clip_by_global_norm(slopes[: len(body)], 1.0)
        self._body_optimizer.apply_gradients(zip(body_slopes, body))  # noqa: B905
        self._head_optimizer.apply_gradients(zip(slopes[len(body) :], head))  # noqa: B905
        return loss


def train(onnx: bytes, seed: int) -> dict[str, Floats]:
    """The weights that one run changes, by name; prints the loss as it goes."""
    rng = random.Random(seed)  # noqa: S311 - a seed is wanted, not secrecy
    tf.random.set_seed(seed)
    weighted = training_sentences(rng, seed)
    intents = sorted({sentence.intent for sentence, _ in weighted})
    model = SentenceModel(read_weights(onnx), FIRST_TRAINED_LAYER)
    steps = -(-len(weighted) // BATCH)
    trainer, losses, start = Trainer(model, len(intents), steps), [], time.monotonic()
    for batch in batches(weighted, intents, rng):
        losses.append(trainer.step(batch))
        if len(losses) % 100 == 0:
            loss, seconds = np.mean(losses[-100:]), time.monotonic() - start
            print(f"{seed}: {len(losses)}/{steps}  {loss:.3f}  {seconds:.0f} s", flush=True)
    return {name: variable.numpy() for name, variable in model.trained.items()}


def pack(weights: dict[str, Floats], onnx: bytes) -> bytes:
    """The ONNX model with these weights in the places of its own."""
    stored, names = tensors(onnx), matrix_names(onnx)
    packed = bytearray(onnx)
    for name, value in weights.items():
        changed = {f"{PREFIX}{name}": value.astype("<f4")}
        if name in names:
            scale = np.abs(value).max(axis=0, keepdims=True) / 127
            changed = {
                f"{names[name]}_scale": scale.astype("<f4"),
                f"{names[name]}_q": np.round(value / scale).astype(np.int8),
            }
        for tensor_name, block in changed.items():
            tensor = stored[tensor_name]
            packed[tensor.offset : tensor.offset + tensor.size] = block.tobytes()
    return bytes(packed)


def main() -> None:
    """Trains, averages and writes."""
    onnx = base_model().read_bytes()
    runs = [train(onnx, seed) for seed in SEEDS]
    average = {name: np.mean([run[name] for run in runs], axis=0) for name in runs[0]}
    FINE_TUNED.parent.mkdir(exist_ok=True)
    FINE_TUNED.write_bytes(pack(average, onnx))
    print(f"written to {FINE_TUNED}")


def _groups(weighted: list[Weighted], rng: random.Random) -> list[list[Weighted]]:
    mixed = rng.sample(weighted, len(weighted))
    groups = []
    for start in range(0, len(mixed), BATCH * 20):
        part = sorted(mixed[start : start + BATCH * 20], key=lambda pair: len(pair[0].text))
        groups += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
    return rng.sample(groups, len(groups))


def _examples() -> list[Sentence]:
    sentences = []
    for path in [Path("data/nlu.yml"), *sorted(Path("data/nlu").glob("*.yml"))]:
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = block["examples"].splitlines()
            sentences += [Sentence(line.removeprefix("- "), block["intent"]) for line in lines]
    return sentences


def _spoilt(text: str) -> float:
    """The share of sentences that are misspelt: in a short one there is less to go by."""
    return 0.4 if len(text.split()) <= 3 else 0.2


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip() or text


if __name__ == "__main__":
    main()
