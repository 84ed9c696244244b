"""Turns sentences into vectors with a sentence-transformers model in ONNX format.

The project's own model lies beside this module: all-MiniLM-L6-v2, fine-tuned on the project's
sentences (scripts/fine_tuning) and quantised to one byte a weight. Nothing is downloaded. A model
is known by its checksum: what was trained with one file never runs with another.
"""

import contextlib
import ctypes
import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import tokenizers

DATA = Path(__file__).parent / "data"
WEIGHTS = DATA / "model.onnx"
WEIGHTS_SHA256 = "304d0925dd343719636524872896acf38ef83d6833a835dc5aae417e3c9fe257"
VOCABULARY = DATA / "vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

Vectors = npt.NDArray[np.float32]


class SentenceModelError(Exception):
    """The sentence model cannot be used."""


class SentenceModelMissing(SentenceModelError):
    """A file of the sentence model is not where it should be."""


class SentenceModelChanged(SentenceModelError):
    """A file of the sentence model is not the one that was expected."""


@dataclass(frozen=True)
class ModelFiles:
    """Where a sentence model lies, and how its token vectors become one sentence vector.

    `tokenizer` is a `tokenizer.json` or a WordPiece `vocab.txt`; `pooling` is "mean" (average over
    the tokens) or "cls" (the first token's vector).
    """

    weights: Path
    tokenizer: Path
    pooling: str = "mean"

    def checksum(self) -> str:
        """SHA-256 over both files and the pooling, in hexadecimal."""
        digest = hashlib.sha256(self.pooling.encode("ascii"))
        for path in (self.weights, self.tokenizer):
            digest.update(_sha256(path).encode("ascii"))
        return digest.hexdigest()


def own_model() -> ModelFiles:
    """The project's own model, checked against its known checksums.

    Raises:
        SentenceModelMissing: a file is not there.
        SentenceModelChanged: a file has another checksum than the known one.
    """
    require_checksum(WEIGHTS, WEIGHTS_SHA256)
    require_checksum(VOCABULARY, VOCABULARY_SHA256)
    return ModelFiles(WEIGHTS, VOCABULARY)


def folder_model(folder: Path) -> ModelFiles:
    """The files of a sentence-transformers ONNX export in `folder`.

    Expected are `model.onnx` or `onnx/model.onnx`, and `tokenizer.json` or `vocab.txt`; the pooling
    is read from `1_Pooling/config.json` if there is one and is the mean if not.

    Raises:
        SentenceModelMissing: one of the files is not there.
    """
    weights = _first_file(folder, "model.onnx", "onnx/model.onnx")
    tokenizer = _first_file(folder, "tokenizer.json", "vocab.txt")
    return ModelFiles(weights, tokenizer, _pooling(folder / "1_Pooling" / "config.json"))


def require_checksum(path: Path, expected: str) -> None:
    """Checks that a file is the one that is meant.

    Raises:
        SentenceModelMissing: it is not there.
        SentenceModelChanged: it has another SHA-256.
    """
    if not path.is_file():
        raise SentenceModelMissing(
            f"The file '{path.name}' of the sentence model is not in '{path.parent}'. Check the "
            "project out again, or install its locked requirements again ('make install')."
        )
    found = _sha256(path)
    if found != expected:
        raise SentenceModelChanged(
            f"The file '{path.name}' of the sentence model has the SHA-256 {found}, expected was "
            f"{expected}. Restore the file, or run 'make evaluate' and enter the new checksum."
        )


class SentenceEncoder:
    """A loaded model. `encode` may be called from several threads."""

    def __init__(self, files: ModelFiles, max_tokens: int, threads: int) -> None:
        """Loads the model (about 0.1 s).

        Args:
            files: the model.
            max_tokens: longer sentences are cut there.
            threads: how many threads one call may use.
        """
        self._pooling = files.pooling
        self._tokenizer = _load_tokenizer(files.tokenizer)
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The arena keeps the largest batch's memory for ever; without it a call costs the same.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(
            str(files.weights), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {item.name for item in self._session.get_inputs()}
        _give_back_memory()

    def encode(self, texts: list[str]) -> Vectors:
        """One vector of length 1 per text: shape (number of texts, dimensions), float32."""
        encodings = self._tokenizer.encode_batch(texts)
        mask = np.array([item.attention_mask for item in encodings], dtype=np.int64)
        given = {
            "input_ids": np.array([item.ids for item in encodings], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([item.type_ids for item in encodings], dtype=np.int64),
        }
        tokens = self._session.run(
            None, {name: value for name, value in given.items() if name in self._inputs}
        )[0]
        return _unit_length(_pool(tokens, mask, self._pooling))


@functools.lru_cache(maxsize=2)
def load_encoder(
    files: ModelFiles, checksum: str, max_tokens: int, threads: int
) -> SentenceEncoder:
    """The encoder for these files, loaded once per process.

    `checksum` is part of the key, so that a replaced file is loaded anew.
    """
    return SentenceEncoder(files, max_tokens, threads)


def _pool(tokens: Vectors, mask: npt.NDArray[np.int64], pooling: str) -> Vectors:
    if pooling == "cls":
        return tokens[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((tokens * weights).sum(axis=1) / weights.sum(axis=1), dtype=np.float32)


def _unit_length(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _pooling(path: Path) -> str:
    if not path.is_file():
        return "mean"
    settings = json.loads(path.read_text(encoding="utf-8"))
    return "cls" if settings.get("pooling_mode_cls_token") else "mean"


def _load_tokenizer(path: Path) -> tokenizers.Tokenizer:
    tokenizer: tokenizers.Tokenizer
    if path.suffix == ".json":
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    else:
        tokenizer = tokenizers.BertWordPieceTokenizer(str(path), lowercase=True)
    return tokenizer


def _first_file(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise SentenceModelMissing(
        f"The sentence model folder '{folder}' has no {' or '.join(names)}. Name a folder with a "
        "sentence-transformers model exported to ONNX, or leave 'model' out of config.yml."
    )


def _give_back_memory() -> None:
    """Hands freed memory back to the system: loading leaves 75 MB of it with glibc."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
