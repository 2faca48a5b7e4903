"""A first pass over a file's bytes: counts what is there and copies it without the weights' numbers.

An ONNX file is a protocol buffer: fields of (number, type, content), where a content may hold fields again. A few bytes
can stand for a large object, and a list in a list for a deep one, so that a parser may be made to use any amount of
memory. This pass reads the fields alone. It copies those that the tables below name, leaves out all others, replaces
the content of large tensors by nothing, and stops at the first limit that is passed; so the parser proper gets a file
that is small, shallow and without a word on where else weights may lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.graph.onnx.records import KEPT_NUMBERS, MOST_DEPTH, MOST_FIELDS, MOST_NODES, OnnxRejected

UNREADABLE = "The file is not a readable ONNX file: {}."
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_MOST_KEPT = 32_000_000  # bytes besides weights: ten times what a network in use has
_ABOUT_MODULES = (
    b"pkg.torch.onnx.name_scopes",
    b"pkg.torch.onnx.class_hierarchy",
)  # the remarks that are read

# What a field holds: a number, text, or one of the messages below. The numbers are those of onnx.proto.
_TABLES: Mapping[str, Mapping[int, str]] = {
    "model": {1: "number", 2: "text", 7: "graph", 8: "opset", 25: "function"},
    "opset": {1: "text", 2: "number"},
    "graph": {1: "node", 2: "text", 5: "tensor", 11: "value", 12: "value", 13: "value"},
    "function": {1: "text", 4: "text", 5: "text", 7: "node", 9: "opset", 10: "text", 13: "text"},
    "node": {1: "text", 2: "text", 3: "text", 4: "text", 5: "attribute", 7: "text", 8: "text", 9: "entry"},
    "entry": {1: "text", 2: "text"},
    "attribute": {
        1: "text", 2: "number", 3: "number", 4: "bytes", 5: "tensor", 6: "graph", 7: "number", 8: "number",
        9: "bytes", 11: "graph", 20: "number", 21: "text",
    },
    "tensor": {1: "number", 2: "number", 4: "data", 5: "data", 7: "data", 8: "text", 9: "data", 10: "data",
               11: "data", 13: "elsewhere", 14: "number"},
    "value": {1: "text", 2: "type"},
    "type": {1: "tensor_type"},
    "tensor_type": {1: "number", 2: "shape"},
    "shape": {1: "dimension"},
    "dimension": {1: "number", 2: "text"},
}  # fmt: skip


@dataclass(slots=True)
class Outline:
    """A file without its weights' numbers.

    Attributes:
        model: what is left, as a protocol buffer.
        held: bytes of numbers in each initializer of the main graph, in order; -1 where they lie in another file.
    """

    model: bytes
    held: list[int] = field(default_factory=list)


def outline(data: bytes) -> Outline:
    """The file without its weights' numbers.

    Raises:
        OnnxRejected: it is no protocol buffer of this kind, or has more in it than is read.
    """
    return _Pass(data).outline()


class _Pass:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._fields = self._nodes = self._kept = 0
        self._held: list[int] = []

    def outline(self) -> Outline:
        if not self._data:
            raise OnnxRejected(UNREADABLE.format("it is empty"))
        return Outline(bytes(self._message("model", 0, len(self._data), 0)), self._held)

    def _message(self, kind: str, at: int, end: int, depth: int) -> bytearray:
        """The message between two places, copied with what its table names."""
        table, out = _TABLES[kind], bytearray()
        numbers_kept: list[tuple[int, int]] = []
        numbers, elsewhere = 0, False
        while at < end:
            start = at
            tag, at = self._varint(at, end)
            wire = tag & 7
            begin, at = self._content(wire, at, end)
            what = table.get(tag >> 3)
            if what is None:
                continue
            if what == "data":
                numbers += at - begin
                numbers_kept.append((start, at))
            elif what == "elsewhere":
                elsewhere = True
            elif what in _TABLES:
                self._append(out, tag, wire, what, begin, at, depth)
            else:
                self._check(what, wire, begin, at)
                out += self._data[start:at]
                self._keep(at - start)
        if kind == "tensor":
            if elsewhere:
                numbers = -1
            self._numbers(out, numbers, numbers_kept)
            if depth == 2:  # model, graph, tensor: an initializer of the main graph
                self._held.append(numbers)
        return out

    def _keep(self, size: int) -> None:
        self._kept += size
        if self._kept > _MOST_KEPT:
            raise OnnxRejected(
                "The file holds more besides weights than is read; no network in use comes near."
            )

    def _append(
        self, out: bytearray, tag: int, wire: int, kind: str, begin: int, end: int, depth: int
    ) -> None:
        if wire != _BYTES:
            raise OnnxRejected(UNREADABLE.format("a part of it has the wrong type"))
        if kind == "node":
            self._nodes += 1
            if self._nodes > MOST_NODES:
                raise OnnxRejected(
                    f"The file has more than {MOST_NODES:,} operations, which is more than is read."
                )
        if depth > 3 * MOST_DEPTH:
            raise OnnxRejected("The file has graphs within graphs, deeper than is read.")
        if kind == "entry" and not any(name in self._data[begin:end] for name in _ABOUT_MODULES):
            return
        inner = self._message(kind, begin, end, depth + 1)
        out += _encoded(tag) + _encoded(len(inner)) + inner

    def _numbers(self, out: bytearray, size: int, kept: list[tuple[int, int]]) -> None:
        """The numbers of a small tensor, which may be a shape."""
        if 0 <= size <= KEPT_NUMBERS:
            for start, end in kept:
                out += self._data[start:end]
                self._keep(end - start)

    def _check(self, what: str, wire: int, begin: int, end: int) -> None:
        if what == "text":
            if wire != _BYTES:
                raise OnnxRejected(UNREADABLE.format("a name in it is no text"))
            try:
                self._data[begin:end].decode()
            except UnicodeDecodeError as error:
                raise OnnxRejected(UNREADABLE.format("a name in it is no text")) from error

    def _content(self, wire: int, at: int, end: int) -> tuple[int, int]:
        """Begin and end of a field's content."""
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise OnnxRejected("The file has more parts than are read; no network in use comes near.")
        begin = at
        if wire == _VARINT:
            _, at = self._varint(at, end)
        elif wire == _BYTES:
            length, begin = self._varint(at, end)
            at = begin + length
        elif wire in (_EIGHT, _FOUR):
            at += 8 if wire == _EIGHT else 4
        else:
            raise OnnxRejected(UNREADABLE.format("it is no protocol buffer"))
        if at > end:
            raise OnnxRejected(UNREADABLE.format("it ends in the middle, or is no ONNX file"))
        return begin, at

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """A whole number of variable length, and the place after it."""
        value = shift = 0
        data = self._data
        while at < end and shift < 70:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
            shift += 7
        raise OnnxRejected(UNREADABLE.format("it ends in the middle, or is no ONNX file"))


def _encoded(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
