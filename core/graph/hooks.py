"""Follows a forward pass by hooks on its modules: the last resort, for code that decides by what it sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils.weak import WeakIdKeyDictionary

from core.graph import cost, operations
from core.graph.program import INPUT, Operations, UniqueNames, first_tensor
from core.graph.records import Node
from core.graph.words import kind_of_module

LOST = (
    "Only calls of modules could be seen: additions, concatenations and all other functions between them "
    "are missing, and with them the skip connections."
)


def watch(module: nn.Module, picture: torch.Tensor) -> Operations:
    """The calls of a module's innermost modules during one forward pass, each as one operation.

    An operation whose input came out of a function is linked to the operation before it. The module comes back
    as it was: hooks removed, training flags restored, also after an exception.

    Raises:
        Exception: whatever ``forward`` raises.
    """
    recorder = _Recorder(module, picture)
    with ExitStack() as stack:
        stack.enter_context(evaluation_mode(module))
        stack.enter_context(torch.no_grad())
        for path, part in module.named_modules():
            if path and (kind_of_module(type(part)) or not any(True for _ in part.children())):
                before, after = recorder.hooks(path)
                stack.callback(part.register_forward_pre_hook(before).remove)
                stack.callback(part.register_forward_hook(after, with_kwargs=True).remove)
        with recorder.counter:
            module(picture)
    return Operations(recorder.nodes, recorder.weights, {})


@contextmanager
def evaluation_mode(module: nn.Module) -> Iterator[None]:
    """The module in eval mode; afterwards every part has the training flag that it had."""
    flags = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, flag in flags:
            part.training = flag


class _Recorder:
    def __init__(self, module: nn.Module, picture: torch.Tensor) -> None:
        shape = tuple(picture.shape)
        size = cost.activation_bytes(shape)
        self.nodes = [Node(INPUT, INPUT, "", INPUT, (), shape, 0, 0, size, ())]
        self.weights: set[nn.Parameter] = set()
        self.counter = cost.MultiplyCounter()
        self._names = UniqueNames(dict(module.named_modules()))
        self._names.take(INPUT)
        self._makers: WeakIdKeyDictionary = WeakIdKeyDictionary()
        self._makers[picture] = INPUT
        self._counted: list[int] = []

    def hooks(self, path: str) -> tuple[Any, Any]:
        """Hooks for the module at ``path``: one for before its forward pass, one for after."""

        def before(_module: nn.Module, _args: tuple[Any, ...]) -> None:
            self._counted.append(self.counter.macs)

        def after(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
            self._record(
                path, module, (*args, *kwargs.values()), output, self.counter.macs - self._counted.pop()
            )

        return before, after

    def _record(self, path: str, module: nn.Module, operands: Sequence[Any], output: Any, macs: int) -> None:
        result = first_tensor(output)
        if result is None:
            return
        operation = operations.of_module(module)
        tensors = [operand for operand in operands if isinstance(operand, torch.Tensor)]
        fresh = [weight for weight in module.parameters() if weight not in self.weights]
        self.weights.update(fresh)
        inputs = tuple(
            self._makers[tensor] if tensor in self._makers else self.nodes[-1].name for tensor in tensors
        )
        in_place = any(tensor is result for tensor in tensors)
        name = self._names.take(path)
        self._makers[result] = name
        self.nodes.append(
            Node(
                name=name,
                kind=operation.kind,
                module_path=path,
                target=operation.target,
                input_shapes=tuple(tuple(tensor.shape) for tensor in tensors),
                output_shape=tuple(result.shape),
                parameters=sum(weight.numel() for weight in fresh),
                macs=macs,
                activation_bytes=0 if in_place else cost.activation_bytes(result.shape),
                inputs=inputs,
                attributes={**operation.attributes, **operations.fixed(fresh)},
            )
        )
