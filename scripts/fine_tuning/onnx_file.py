"""Finds the weights in an ONNX file, so that some of them can be replaced where they lie.

An ONNX file is a protobuf message: the model's field 7 is the graph, the graph's field 5 is a
tensor, a tensor's fields 1, 2, 8 and 9 are its shape, its element type, its name and its bytes.
Only that much is read here; see onnx.proto of the ONNX project for the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GRAPH, INITIALIZER = 7, 5
SHAPE, TYPE, NAME, RAW = 1, 2, 8, 9
ELEMENTS: dict[int, np.dtype[np.generic]] = {
    1: np.dtype("<f4"),
    3: np.dtype("i1"),
    7: np.dtype("<i8"),
}


@dataclass(frozen=True)
class Tensor:
    """Where a tensor's bytes lie in the file: `size` bytes from `offset` on."""

    name: str
    shape: tuple[int, ...]
    element: np.dtype[np.generic]
    offset: int
    size: int

    def read(self, model: bytes) -> npt.NDArray[np.generic]:
        """The tensor's values."""
        stored = np.frombuffer(model, self.element, self.size // self.element.itemsize, self.offset)
        return stored.reshape(self.shape)


def tensors(model: bytes) -> dict[str, Tensor]:
    """The tensors stored in an ONNX model with their bytes in place, by name, in file order."""
    found = {}
    for number, start, end in _fields(model, 0, len(model)):
        if number != GRAPH:
            continue
        for inner, inner_start, inner_end in _fields(model, start, end):
            if inner == INITIALIZER:
                tensor = _tensor(model, inner_start, inner_end)
                found[tensor.name] = tensor
    return found


def _tensor(model: bytes, start: int, end: int) -> Tensor:
    name, element, offset, size = "", 1, 0, 0
    shape: list[int] = []
    for number, at, stop in _fields(model, start, end):
        if number == SHAPE and stop > at:
            # Shapes are written packed (several numbers in one field) or one field per number.
            while at < stop:
                value, at = _varint(model, at)
                shape.append(value)
        elif number == TYPE:
            element = _varint(model, at)[0]
        elif number == NAME:
            name = model[at:stop].decode("utf-8")
        elif number == RAW:
            offset, size = at, stop - at
    return Tensor(name, tuple(shape), ELEMENTS.get(element, np.dtype("u1")), offset, size)


def _fields(model: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yields (field number, start, end) of each field's content between `at` and `end`."""
    while at < end:
        key, at = _varint(model, at)
        kind = key & 7
        if kind == 0:
            stop = _varint(model, at)[1]
        elif kind == 2:
            length, at = _varint(model, at)
            stop = at + length
        else:
            stop = at + (8 if kind == 1 else 4)
        yield key >> 3, at, stop
        at = stop


def _varint(model: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = model[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
