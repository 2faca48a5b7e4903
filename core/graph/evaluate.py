"""Runs a traced program on shapes alone and writes down one node per operation.

Rules:
- An operation is a call that yields a tensor and reads the picture, directly or not. What is computed from weights
  alone belongs to the operation that reads it, unless it multiplies itself (a small network that makes a bias).
- Every piece of a split is a node of kind ``"slice"``; the split itself is none.
- What an operation changed in place is read from that operation by everything that comes later.
- A weight counts at the first operation that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import fx, nn

from core.graph import arguments, cost, operations
from core.graph.operations import Attribute, Operation
from core.graph.program import INPUT, Operations, Program, UniqueNames, first_tensor
from core.graph.records import Node, Shape
from core.graph.shapes import is_quick, quick_output
from core.graph.words import kind_of_module

# What fx writes down for arguments that it has replaced by their default values.
_CHECKS = (torch._assert, fx._symbolic_trace._assert_is_none)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a value comes from: the node that made it, and weights in it that no node has claimed yet."""

    node: str | None = None
    weights: tuple[nn.Parameter, ...] = ()
    split: _Call | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    """One call with its real arguments and what came out."""

    operation: Operation
    name: str
    path: str
    place: str
    module: nn.Module | None
    operands: tuple[fx.Node, ...]
    tensors: tuple[torch.Tensor, ...]
    result: Any
    mutated: tuple[torch.Tensor, ...]
    counted_macs: int | None
    layout: Mapping[str, Attribute]
    given: tuple[Sequence[Any], Mapping[str, Any]]


@torch.no_grad()
def evaluate(program: Program, picture: torch.Tensor) -> Operations:
    """The operations of a program on one picture: a meta tensor with its batch axis."""
    return _Evaluation(program).run(picture)


class _Evaluation:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._modules = program.modules
        self._values: dict[fx.Node, Any] = {}
        self._origins: dict[fx.Node, _Origin] = {}
        self._position: dict[fx.Node, int] = {}
        self._writers: dict[int, tuple[int, str]] = {}
        self._claimed: set[nn.Parameter] = set()
        self._names = UniqueNames(self._modules)
        self._nodes: list[Node] = []
        self._places: dict[str, str] = {}
        self._made_by: dict[str, fx.Node] = {}
        self._read: dict[str, tuple[fx.Node, ...]] = {}

    def run(self, picture: torch.Tensor) -> Operations:
        for position, node in enumerate(self._program.graph.nodes):
            self._position[node] = position
            if node.op == "placeholder":
                self._place(node, picture)
            elif node.op == "get_attr":
                self._hold(node, _attribute(self._program.root, str(node.target)))
            elif node.op != "output" and node.target not in _CHECKS:
                self._step(node)
        return Operations(self._nodes, self._claimed, self._places, self._made_by, self._read)

    def _place(self, node: fx.Node, picture: torch.Tensor) -> None:
        if node is not self._program.picture:
            self._hold(node, self._program.values[node])
            return
        self._values[node] = picture
        shape = tuple(picture.shape)
        name = self._names.take(INPUT)
        self._origins[node] = _Origin(name)
        size = cost.activation_bytes(shape)
        self._nodes.append(Node(name, INPUT, "", INPUT, (), shape, 0, 0, size, ()))

    def _hold(self, node: fx.Node, value: object) -> None:
        """A value that does not come from the picture."""
        self._values[node] = value
        if isinstance(value, nn.Parameter):
            self._origins[node] = _Origin(weights=(value,))
        elif isinstance(value, torch.Tensor):
            self._origins[node] = _Origin()

    def _step(self, node: fx.Node) -> None:
        call = self._call(node)
        self._values[node] = call.result
        output = call.mutated[0] if call.mutated else first_tensor(call.result)
        if output is None:
            return
        if self._is_element(node, call):
            self._origins[node] = self._element(call)
        elif _is_split(call):
            self._origins[node] = _Origin(self._source(call.operands[0]), self._weights(call), split=call)
        else:
            self._origins[node] = self._record(call, output)
        written = self._origins[node].node
        if written is not None:
            self._made_by.setdefault(written, node)
        if call.mutated and written is not None:
            for tensor in call.mutated:
                self._writers[id(_base(tensor))] = (self._position[node], written)

    def _call(self, node: fx.Node) -> _Call:
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), self._values.__getitem__)
        operands = tuple(_operands(node))
        tensors = tuple(value for o in operands if isinstance(value := self._values[o], torch.Tensor))
        versions = [tensor._version for tensor in tensors]
        module, function = self._callee(node)
        operation = (
            operations.of_module(module) if module else operations.of_function(node.target, args, kwargs)
        )
        layout = (
            arguments.of_module(module, operation.kind, next(iter(tensors), None))
            if module
            else arguments.of_call(operation.word, operation.target, args, kwargs)
        )
        macs = None
        if is_quick(module, tensors):
            result = quick_output(module, tensors[0])
        elif operation.known:
            result = function(*args, **kwargs)
        else:
            with cost.MultiplyCounter() as counter:
                result = function(*args, **kwargs)
            macs = counter.macs
        mutated = tuple(t for t, version in zip(tensors, versions, strict=True) if t._version != version)
        stack = self._program.stacks.get(node, ())
        path = str(node.target) if module is not None else (stack[-1] if stack else "")
        name = self._name(operation, module, path)
        return _Call(
            operation, name, path, _place(stack), module, operands, tensors, result, mutated, macs, layout,
            (args, kwargs),
        )  # fmt: skip

    def _callee(self, node: fx.Node) -> tuple[nn.Module | None, Callable[..., Any]]:
        """The module called, if it is one, and what to call."""
        target: Any = node.target
        if node.op == "call_module":
            return self._modules[target], self._modules[target]
        return None, getattr(torch.Tensor, target) if node.op == "call_method" else target

    def _name(self, operation: Operation, module: nn.Module | None, path: str) -> str:
        """Path of the module called, or of the calling module with the function's word."""
        if module is not None:
            return path
        owner = self._modules.get(path)
        if owner is not None and path and kind_of_module(type(owner)) == operation.kind:
            return path
        return f"{path}.{operation.word}" if path else operation.word

    def _is_element(self, node: fx.Node, call: _Call) -> bool:
        """Whether the call takes one tensor out of several that another call gave."""
        return call.operation.word == "getitem" and not isinstance(
            self._values[call.operands[0]], torch.Tensor
        )

    def _element(self, call: _Call) -> _Origin:
        source = self._origins.get(call.operands[0], _Origin())
        if source.split is None:
            return source
        whole = source.split
        index = next((i for i, piece in enumerate(whole.result) if piece is call.result), None)
        part = {} if index is None else arguments.piece(whole.operation.word, *whole.given, index)
        return self._record(replace(whole, layout=part), call.result)

    def _record(self, call: _Call, output: torch.Tensor) -> _Origin:
        """A node for the call, or, where it reads weights alone and multiplies nothing, no more than its origin."""
        weights = self._weights(call)
        read = {operand: s for operand in call.operands if (s := self._source(operand)) is not None}
        operands = tuple(operand for operand in call.operands if operand in read)
        sources = tuple(read[operand] for operand in operands)
        shape = tuple(output.shape)
        macs = _macs(call, shape)
        if not sources and macs == 0:
            return _Origin(weights=weights)
        fresh = tuple(w for w in dict.fromkeys(weights) if w not in self._claimed)
        self._claimed.update(fresh)
        name = self._names.take(call.name)
        self._places[name] = call.place
        self._read[name] = operands
        in_place = bool(call.mutated)
        shares = in_place or _shares_memory(output, call.tensors)
        self._nodes.append(
            Node(
                name=name,
                kind=call.operation.kind,
                module_path=call.path,
                target=call.operation.target,
                input_shapes=tuple(tuple(tensor.shape) for tensor in call.tensors),
                output_shape=shape,
                parameters=sum(weight.numel() for weight in fresh),
                macs=macs,
                activation_bytes=0 if shares else cost.activation_bytes(shape),
                inputs=sources,
                attributes={
                    **_attributes(call, shape, in_place=in_place),
                    **call.layout,
                    **self._places_of(call, operands),
                    **operations.fixed(fresh),
                },
            )
        )
        return _Origin(name)

    def _places_of(self, call: _Call, read: Sequence[fx.Node]) -> dict[str, Attribute]:
        """Which of the tensor operands come from the picture, where some do not."""
        tensors = [o for o in call.operands if isinstance(self._values[o], torch.Tensor)]
        if len(tensors) == len(read):
            return {}
        places: list[int] = []
        for operand in read:
            start = places[-1] + 1 if places else 0
            if operand not in tensors[start:]:
                return {}
            places.append(tensors.index(operand, start))
        return {"operands": tuple(places)}

    def _source(self, operand: fx.Node) -> str | None:
        """The node to read an operand from: its maker, or a later operation that changed it in place."""
        origin = self._origins.get(operand)
        if origin is None:
            return None
        value = first_tensor(self._values[operand])
        position, writer = self._writers.get(id(_base(value)), (-1, "")) if value is not None else (-1, "")
        return writer if position > self._position[operand] else origin.node

    def _weights(self, call: _Call) -> tuple[nn.Parameter, ...]:
        owed = [weight for o in call.operands if o in self._origins for weight in self._origins[o].weights]
        return (*owed, *(call.module.parameters() if call.module is not None else ()))


def _place(stack: Sequence[str]) -> str:
    """The innermost module of the call stack that lies within all modules before it."""
    place = ""
    for path in stack:
        if place and not path.startswith(place + "."):
            break
        place = path
    return place


def _macs(call: _Call, output: Shape) -> int:
    if call.counted_macs is not None:
        return call.counted_macs
    kind, tensors = call.operation.kind, call.tensors
    if kind in ("conv", "conv_transpose"):
        weight: Any = call.module.weight if call.module is not None else tensors[1]
        transposed = kind == "conv_transpose"
        return cost.convolution(weight.shape, tensors[0].shape, output, transposed=transposed)
    if kind == "linear":
        return cost.linear(tensors[0].shape[-1], output)
    if kind == "recurrent" and call.module is not None:
        return cost.recurrent([weight.shape for weight in call.module.parameters()], tensors[0].shape)
    if kind == "matmul":
        left = tensors[1] if call.operation.word in ("addmm", "baddbmm") else tensors[0]
        return cost.matrix_product(left.shape, output)
    return 0


def _attributes(call: _Call, output: Shape, *, in_place: bool) -> dict[str, Attribute]:
    attributes = dict(call.operation.attributes)
    if in_place:
        attributes["in_place"] = True
    if "kernel" in attributes and call.tensors and _pads_itself(attributes, call.tensors[0].shape, output):
        attributes["padding"] = "same"
    return attributes


def _pads_itself(attributes: Mapping[str, Attribute], inputs: Sequence[int], outputs: Sequence[int]) -> bool:
    """Whether a layer pads more than it declares, as TensorFlow's "same" padding does within ``forward``."""
    kernel, stride, padding = attributes["kernel"], attributes["stride"], attributes["padding"]
    if not isinstance(kernel, tuple) or not isinstance(stride, tuple) or not isinstance(padding, tuple):
        return False
    if (
        attributes.get("ceil_mode")
        or "dilation" not in attributes
        or not isinstance(attributes["dilation"], tuple)
    ):
        return False
    sides = zip(
        inputs[-len(kernel) :],
        outputs[-len(kernel) :],
        kernel,
        stride,
        padding,
        attributes["dilation"],
        strict=True,
    )
    return any(
        out == -(-size // s) != (size + 2 * p - d * (k - 1) - 1) // s + 1 for size, out, k, s, p, d in sides
    )


def _operands(node: fx.Node) -> Iterator[fx.Node]:
    """Nodes among the arguments in order, one read twice named twice."""
    found: list[fx.Node] = []
    fx.node.map_arg((node.args, node.kwargs), found.append)
    return iter(found)


def _is_split(call: _Call) -> bool:
    """Whether the result is several views of one operand, as ``chunk`` and ``unbind`` give."""
    pieces = call.result
    if call.module is not None or not isinstance(pieces, (tuple, list)) or not pieces or not call.tensors:
        return False
    return all(isinstance(p, torch.Tensor) and _shares_memory(p, call.tensors[:1]) for p in pieces)


def _shares_memory(output: torch.Tensor, operands: Sequence[torch.Tensor]) -> bool:
    base = _base(output)
    return any(base is _base(operand) for operand in operands)


def _base(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor._base is None else tensor._base


def _attribute(root: nn.Module, path: str) -> object:
    value: object = root
    for name in path.split("."):
        value = getattr(value, name)
    return value
