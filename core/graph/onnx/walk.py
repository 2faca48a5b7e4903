"""Follows a picture through an ONNX network, operation by operation, on shapes alone.

The rules are those of `core.graph.evaluate`:

- An operation is what reads the picture, directly or not. What is computed from weights or shapes alone belongs to the
  operation that reads it.
- A tensor that the file stores is a weight if its numbers are floating-point ones, or the small whole ones of a
  quantised layer, if it has an axis at all, and if its operand is not one of settings or statistics (the mean and
  variance of a batch norm, the limits of a clip). So whole numbers that describe shapes do not count, nor do single
  numbers that are written into the graph.
- A weight counts at the first operation that reads it. A copy that an exporter made of equal weights is no weight more.
- A matrix product with a matrix of weights is a linear layer, and a sum with a vector right after it is its bias.
- Every piece of a split is an operation of kind "slice".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import onnx

from core.graph.onnx import constants, kinds, shapes
from core.graph.onnx.call import Call, Operand
from core.graph.onnx.constants import Numbers
from core.graph.onnx.document import OWN_DOMAINS, Document, names_read, subgraphs
from core.graph.onnx.drafts import (
    PICTURE,
    Draft,
    Value,
    Walked,
    attributes,
    declared,
    given_as_operands,
    of_numbers,
    places,
)
from core.graph.onnx.kinds import Attribute
from core.graph.onnx.layout import layout
from core.graph.onnx.records import LARGEST, MOST_OPERATIONS, OnnxRejected
from core.graph.onnx.shapes import Entrance, Typed
from core.graph.records import Shape

_FLOATING = frozenset(
    {1, 10, 11, 16, 17, 18, 19, 20, 23, 24}
)  # ONNX's codes: float32, float16, double, bfloat16, …
_QUANTISED = frozenset({2, 3, 21, 22})  # uint8, int8, uint4, int4
_LEAST_BITS = 2  # of a number in a file: four fit into a byte
_JOINING = frozenset({"add", "subtract", "multiply", "divide", "concatenate", "matmul", "attention"})


def walk(document: Document, way_in: Entrance) -> Walked:
    """The operations that the picture meets.

    Raises:
        OnnxRejected: sizes do not fit, or a value is read that nothing makes; one sentence.
    """
    return _Walk(document, way_in).walked()


class _Walk:
    def __init__(self, document: Document, way_in: Entrance) -> None:
        self._document = document
        self._in = way_in
        self._values: dict[str, Value] = {}
        self._drafts: list[Draft] = []
        self._weights: dict[str, int] = {}
        self._claimed: set[str] = set()
        self._settings: set[str] = set()
        self._unknown = self._closed = 0
        graph = document.graph
        self._readers = Counter(name for node in document.nodes for name in names_read(node))
        self._readers.update(value.name for value in graph.output)
        self._declared = {value.name: value for value in (*graph.value_info, *graph.output)}

    def walked(self) -> Walked:
        graph = self._document.graph
        held: Sequence[int | None] = self._document.held
        if len(held) != len(graph.initializer):
            held = [None] * len(graph.initializer)
        for value in graph.input:
            self._values[value.name] = Value(declared(value))
        self._values[self._in.name] = Value(Typed(self._in.number, self._in.shape), draft=PICTURE)
        for tensor, size in zip(graph.initializer, held, strict=True):
            self._values[tensor.name] = self._stored(tensor, tensor.name, size)
        for node in self._document.nodes:
            self._step(node)
        if not self._drafts:
            raise OnnxRejected(
                "Nothing in the file's network reads the picture, so there is no graph to show."
            )
        weights = {
            n: size for n, size in self._weights.items() if n in self._claimed or n not in self._settings
        }
        outputs = [self._values[value.name] for value in graph.output if value.name in self._values]
        return Walked(
            self._drafts,
            weights,
            tuple(name for name in weights if name not in self._claimed),
            self._unknown,
            self._closed,
            self._of_one(outputs[0]) if outputs else None,
        )

    def _stored(self, tensor: onnx.TensorProto, name: str, held: int | None = None) -> Value:
        """A tensor that the file stores."""
        shape = tuple(tensor.dims)
        size = prod(shape)
        if any(side < 0 for side in shape) or size > LARGEST:
            raise OnnxRejected("A weight in the file has an impossible shape, so the file is damaged.")
        if held is not None and held >= 0 and size * _LEAST_BITS > 8 * held:
            raise OnnxRejected(
                "A weight in the file has fewer numbers than its shape says, so the file is damaged."
            )
        single = size == 1 if held is None else not shape
        if not single and (tensor.data_type in _FLOATING or (tensor.data_type in _QUANTISED and size > 1)):
            self._weights[name] = size
        weights = (name,) if name in self._weights else ()
        return Value(Typed(tensor.data_type, shape), weights=weights, numbers=constants.held(tensor))

    def _step(self, node: onnx.NodeProto) -> None:
        settings = attributes(node)
        if node.op_type == "Constant" and not node.input and node.output:
            self._values[node.output[0]] = self._constant(node, settings)
            return
        names = names_read(node)
        reads = [self._value(name) for name in names]
        for place, read in zip(places(node, len(reads)), reads, strict=True):
            if not kinds.is_weight(node.op_type, place):
                self._settings.update(read.weights)
        numbers = self._evaluated(node, settings)
        typed = {} if numbers is not None else self._typed(node, dict(zip(names, reads, strict=True)))
        if numbers is not None or all(read.draft is None for read in reads):
            self._aside(node, reads, typed, numbers)
        elif not self._is_bias(node, reads, typed):
            self._record(node, reads, settings, typed)

    def _value(self, name: str) -> Value:
        if name not in self._values:
            raise OnnxRejected(
                "An operation in the file reads a value that nothing makes, so the file is damaged."
            )
        return self._values[name]

    def _constant(self, node: onnx.NodeProto, settings: Mapping[str, Any]) -> Value:
        """What the file has written into an operation of its own instead of storing it with the weights."""
        tensor = settings.get("value")
        if isinstance(tensor, onnx.TensorProto):
            return self._stored(tensor, node.output[0])
        numbers = next(
            (np.asarray(value) for name, value in settings.items() if name != "value_string"), None
        )
        if numbers is None or numbers.dtype.kind not in "if" or numbers.size > constants.MOST:
            return Value(Typed(0, None))
        return of_numbers(numbers.astype(np.float32) if numbers.dtype.kind == "f" else numbers)

    def _evaluated(self, node: onnx.NodeProto, settings: Mapping[str, Any]) -> Numbers | None:
        """The numbers that an operation gives if these describe shapes."""
        operands = [self._values[name] if name else None for name in node.input]
        if len(node.output) != 1 or node.domain or not operands:
            return None
        if node.op_type in ("Shape", "Size") and operands[0] is not None:
            shape = operands[0].typed.shape
            if shape is None:
                return None
            cut = shape[kinds.whole(settings, "start", 0) : kinds.whole(settings, "end", len(shape))]
            return np.asarray(cut if node.op_type == "Shape" else prod(shape), np.int64)
        if any(one is not None and one.numbers is None for one in operands):
            return None
        numbers = [None if one is None else one.numbers for one in operands]
        return constants.evaluated(node.op_type, numbers, settings)

    def _typed(self, node: onnx.NodeProto, reads: Mapping[str, Value]) -> Mapping[str, Typed]:
        """Types of the outputs, as far as they are known."""
        if any(True for _ in subgraphs(node)):
            return {}
        inputs = {name: read.typed for name, read in reads.items()}
        numbers = {name: read.numbers for name, read in reads.items() if read.numbers is not None}
        found = shapes.made(node, self._document.versions.get(node.domain), inputs, numbers)
        if found is None:
            if not self._in.own:
                raise OnnxRejected(self._unfit(node))
            return {}
        return found

    def _unfit(self, node: onnx.NodeProto) -> str:
        size = " × ".join(map(str, self._in.input_size[-2:]))
        return (
            f"The network in the file does not take an input of {size}: the sizes no longer fit at a {node.op_type} "
            "operation; choose the file's own input size."
        )

    def _aside(
        self,
        node: onnx.NodeProto,
        reads: Sequence[Value],
        typed: Mapping[str, Typed],
        numbers: Numbers | None,
    ) -> None:
        """Values that come from weights and shapes alone: they are part of what reads them."""
        weights = self._weights_of(node, reads)
        for name in filter(None, node.output):
            if numbers is not None:
                self._values[name] = of_numbers(numbers, weights)
            else:
                self._values[name] = Value(typed.get(name, Typed(0, None)), weights=weights)

    def _weights_of(self, node: onnx.NodeProto, reads: Sequence[Value]) -> tuple[str, ...]:
        own = [
            name
            for place, read in zip(places(node, len(reads)), reads, strict=True)
            if kinds.is_weight(node.op_type, place)
            for name in read.weights
        ]
        return tuple(dict.fromkeys((*own, *self._weights_within(node))))

    def _weights_within(self, node: onnx.NodeProto) -> list[str]:
        """Weights that the graphs within an operation bring with them."""
        found: list[str] = []
        for graph in subgraphs(node):
            for tensor in graph.initializer:
                found += self._stored(
                    tensor, f"{node.output[0] if node.output else ''}/{tensor.name}"
                ).weights
            for inner in graph.node:
                found += self._weights_within(inner)
        return found

    def _claim(self, weights: Sequence[str]) -> int:
        """Scalars in those of the weights that no operation before has claimed."""
        fresh = [name for name in weights if name not in self._claimed]
        self._claimed.update(fresh)
        return sum(self._weights[name] for name in fresh)

    def _is_bias(self, node: onnx.NodeProto, reads: Sequence[Value], typed: Mapping[str, Typed]) -> bool:
        """Take a sum with a vector of weights as part of the linear layer right before it, if it is that."""
        if node.op_type != "Add" or len(reads) != 2:
            return False
        (layer, read, name), (bias, _, _) = sorted(
            ((one.draft, one, name) for one, name in zip(reads, node.input, strict=True)),
            key=lambda t: t[0] is None,
        )
        weights = self._weights_of(node, reads)
        if layer is None or layer == PICTURE or bias is not None or self._readers[name] > 1 or not weights:
            return False
        draft = self._drafts[layer]
        if (
            draft.kind != "linear"
            or draft.attributes.get("bias", True)
            or sum(self._weights[w] for w in weights) != draft.attributes["out_channels"]
        ):
            return False
        draft.parameters += self._claim(weights)
        draft.attributes["bias"] = True
        self._values[node.output[0]] = Value(typed.get(node.output[0], read.typed), draft=layer)
        return True

    def _record(
        self,
        node: onnx.NodeProto,
        reads: Sequence[Value],
        settings: dict[str, Any],
        typed: Mapping[str, Typed],
    ) -> None:
        """A draft for the operation, or for each used piece of a split."""
        settings = settings | given_as_operands(node, reads)
        matrix = len(reads) > 1 and reads[1].draft is None and len(reads[1].typed.shape or ()) == 2
        kind = kinds.kind_of(node.op_type, settings, weighted=matrix and bool(reads[1].weights))
        sizes = [self._of_one(read) for read in reads]
        described = kinds.described(node.op_type, kind, settings, sizes)
        if not settings.get("transA"):
            self._check_fit(node, described, sizes[0])
        self._closed += any(True for _ in subgraphs(node))
        used = [name for name in node.output if name and self._readers[name]]
        picture = [place for place, read in enumerate(reads) if read.draft is not None]
        own = {"operands": tuple(picture)} if kind in _JOINING and len(picture) < len(reads) else {}
        for name in (used if node.op_type == "Split" else []) or node.output[:1]:
            before = self._unknown
            output = self._output(name, typed, described, reads)
            moves = layout(
                self._call(node, reads, settings, typed, kind=kind, described=described, output=output,
                           guessed=self._unknown > before, piece=list(node.output).index(name))
            )  # fmt: skip
            if len(self._drafts) >= MOST_OPERATIONS:
                raise OnnxRejected(
                    f"More than {MOST_OPERATIONS:,} operations read the picture, too many to show."
                )
            self._drafts.append(
                Draft(
                    node=node,
                    kind=kind,
                    inputs=tuple(read.draft for read in reads if read.draft is not None),
                    input_shapes=tuple(
                        size or ()
                        for size, read in zip(sizes, reads, strict=True)
                        if read.draft is not None or kind in _JOINING
                    ),
                    output_shape=shapes.checked(output, node.op_type),
                    parameters=self._claim(self._weights_of(node, reads)),
                    macs=kinds.macs(node.op_type, kind, settings, sizes, output),
                    attributes={**described, **moves, **own},
                )
            )
        for name in filter(None, node.output):
            self._values.setdefault(name, Value(typed.get(name, Typed(0, None)), draft=len(self._drafts) - 1))

    def _call(
        self,
        node: onnx.NodeProto,
        reads: Sequence[Value],
        settings: Mapping[str, Any],
        typed: Mapping[str, Typed],
        *,
        kind: str,
        described: Mapping[str, Attribute],
        output: Shape,
        guessed: bool,
        piece: int,
    ) -> Call:
        """The operation with all that is known of it."""
        operands: list[Operand | None] = [None] * len(node.input)
        for place, read in zip(places(node, len(reads)), reads, strict=True):
            operands[place : place + 1] = [self._operand(read)]
        return Call(
            operation=node.op_type,
            word=kinds.on_one_line(node.op_type),
            own=node.domain in OWN_DOMAINS,
            version=max(self._document.versions.get("", 0), 0),
            kind=kind,
            settings=settings,
            described=described,
            operands=operands,
            output=output,
            guessed=guessed,
            outputs=[typed[name].shape if name in typed else None for name in node.output],
            piece=piece,
        )

    def _operand(self, read: Value) -> Operand:
        shape = self._of_one(read)
        stands_for = (1, *self._in.shape[1:])
        if read.draft is not None and read.draft != PICTURE:
            stands_for = self._drafts[read.draft].output_shape
        return Operand(shape, read.typed.shape, read.numbers, read.draft is not None, shape == stands_for)

    def _output(
        self, name: str, typed: Mapping[str, Typed], described: Mapping[str, Any], reads: Sequence[Value]
    ) -> Shape:
        """Shape of an output: by ONNX's rules, else as the file declares it, else that of what is read."""
        known = typed.get(name, Typed(0, None))
        if known.shape is None and self._in.own and name in self._declared:
            known = declared(self._declared[name])
        if known.shape is None:
            self._unknown += 1
            read = next(read.typed for read in reads if read.draft is not None)
            known = Typed(read.number, _widened(read.shape or (), described))
        self._values[name] = Value(known, draft=len(self._drafts))
        return self._of_one(self._values[name]) or ()

    def _check_fit(self, node: onnx.NodeProto, described: Mapping[str, Any], shape: Shape | None) -> None:
        """Refuse a layer that would get another number of channels, or of axes, than its weights take."""
        wanted, kernel = described.get("in_channels"), described.get("kernel")
        if shape is None or not isinstance(wanted, int):
            return
        if len(shape) != len(kernel) + 2 if isinstance(kernel, tuple) else not shape:
            raise OnnxRejected(
                f"A {node.op_type} layer in the file would get a value with {len(shape)} axes."
            )
        got = shape[1] if kernel else shape[-1]
        if got != wanted and not self._unknown:
            raise OnnxRejected(
                f"A {node.op_type} layer in the file would get {got:,} channels where its weights take {wanted:,}; "
                "choose the file's own input size."
            )

    def _of_one(self, value: Value) -> Shape | None:
        """The shape for one picture, where the file takes several at once."""
        shape, batch = value.typed.shape, self._in.batch
        if shape and value.draft is not None and batch > 1 and shape[0] % batch == 0:
            return (shape[0] // batch, *shape[1:])
        return shape


def _widened(shape: Shape, described: Mapping[str, Any]) -> Shape:
    """The shape with the channels that a layer gives, as far as it is a layer."""
    width = described.get("out_channels")
    if not isinstance(width, int):
        return shape
    return (shape[0], width, *shape[2:]) if "kernel" in described else (*shape[:-1], width)
