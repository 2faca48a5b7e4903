"""The outputs of chosen operations of one forward pass, and nothing else."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from core.graph.records import Graph, TraceFailed
from core.graph.standin import stand_in
from core.graph.words import kind_of_word, names_of
from core.probes.naming import INPUT, FunctionCall, ModuleCall, Target, find_target, same_word, unknown

T = TypeVar("T")
_Key = tuple[tuple[int, ...], tuple[int, ...]]
# How often each module of a network is called, by network, its parts and the input's shape.
_CALLS: weakref.WeakKeyDictionary[nn.Module, dict[_Key, Counter[str]]] = weakref.WeakKeyDictionary()


class _PassEnded(BaseException):
    """Everything asked for has been seen. No ``except Exception`` of a network may swallow it."""


def activations(
    module: nn.Module, x: Tensor, *, at: Iterable[str], graph: Graph | None = None
) -> dict[str, npt.NDArray[np.float32]]:
    """Outputs of the chosen operations as float32 arrays on the CPU, by the names asked for.

    One pass in eval mode without gradients, which ends as soon as the last operation asked for is done.
    Outputs are copied on the spot, so that what a later operation does in place is not seen. Where an
    operation gives several tensors, the first is taken. Hooks are gone and every mode is as found
    afterwards, also after an exception.

    Args:
        module: network on any device.
        x: its input with the batch axis; it is brought to the network's device.
        at: names as ``core.graph`` gives them: module paths (a reused module: its last call), operations
            such as ``"layer1.0.add"``, ``"input"``, ``""`` for the network's own output; names of groups
            with ``graph``.
        graph: graph of this network; needed for the names of groups, and for the few operations that leave no
            trace while a network runs.

    How often a reused module is called is counted once for a network and an input shape, in a pass on
    shapes alone.

    Raises:
        UnknownNode: the pass has no such operation.
    """
    with eval_mode(module), torch.no_grad():
        return _outputs(module, x.to(_device(module, x)), list(dict.fromkeys(at)), graph, keep=_copied)


def output_at(module: nn.Module, x: Tensor, node: str, *, graph: Graph | None = None) -> Tensor:
    """The output of one operation with what its gradient needs, in one pass that ends there.

    Modes and gradients are as the caller has set them. What a later operation does in place is not seen.

    Args:
        module: network on any device.
        x: its input with the batch axis, on that device.
        node: name as in `activations`.
        graph: of this network; needed for the names of groups.

    Raises:
        UnknownNode: the pass has no such operation.
    """
    return _outputs(module, x, [node], graph, keep=_cloned)[node]


def _outputs(
    module: nn.Module, x: Tensor, names: list[str], graph: Graph | None, *, keep: Callable[[Tensor], T]
) -> dict[str, T]:
    """What ``keep`` makes of the output of each name, taken on the spot in one pass."""
    paths = dict(module.named_modules(remove_duplicate=False))
    found: dict[str, tuple[tuple[int, ...], T]] = {}
    targets: dict[str, Target] = {}
    for name in names:
        if name == INPUT and name not in paths:
            found[name] = tuple(x.shape), keep(x)
        else:
            targets[name] = find_target(name, paths, graph)
    watched = _Watched(targets, _call_counts(module, x, paths, targets), found, keep)
    if targets:
        _watch(module, x, paths, watched)
    for name in names:
        if name not in found or _is_other(name, found[name][0], targets, graph):
            raise unknown(name, graph)
    return {name: found[name][1] for name in names}


def _is_other(name: str, shape: tuple[int, ...], targets: dict[str, Target], graph: Graph | None) -> bool:
    """Whether a function's output cannot be the node's: a closed box hid or added calls of the same name."""
    if graph is None or name not in graph.nodes or not isinstance(targets.get(name), FunctionCall):
        return False
    return shape[1:] != graph.nodes[name].output_shape[1:] and shape[0] == 1


class _Watched(Generic[T]):
    """What is looked for in one pass and what has been found."""

    def __init__(
        self,
        targets: dict[str, Target],
        calls: Counter[str] | None,
        found: dict[str, tuple[tuple[int, ...], T]],
        keep: Callable[[Tensor], T],
    ) -> None:
        self._names: dict[Target, list[str]] = {}
        for name, target in targets.items():
            self._names.setdefault(target, []).append(name)
        self._calls = calls
        self._seen: Counter[ModuleCall | tuple[str, str]] = Counter()
        self._open = set(self._names)
        self._found = found
        self._keep = keep

    @property
    def modules(self) -> set[str]:
        return {target.path for target in self._names if isinstance(target, ModuleCall)}

    @property
    def functions(self) -> dict[str, set[str]]:
        """Words looked for, by the path of the module that calls them."""
        words: dict[str, set[str]] = {}
        for target in self._names:
            if isinstance(target, FunctionCall):
                words.setdefault(target.path, set()).add(target.word)
        return words

    def module_called(self, path: str, output: Any) -> None:
        number = self._seen[ModuleCall(path, None)]
        self._seen[ModuleCall(path, None)] += 1
        self._take(ModuleCall(path, number), output)
        # Without a count the pass goes to the end, and the last call overwrites those before.
        last = self._calls is not None and number + 1 >= self._calls[path]
        self._take(ModuleCall(path, None), output, done=last)

    def function_called(self, path: str, word: str, output: Any) -> None:
        number = self._seen[path, word]
        self._seen[path, word] += 1
        self._take(FunctionCall(path, word, number), output)

    def _take(self, target: Target, output: Any, *, done: bool = True) -> None:
        if target not in self._names:
            return
        tensor = _first_tensor(output)
        if tensor is not None and (done or self._calls is None):
            kept = tuple(tensor.shape), self._keep(tensor)
            for name in self._names[target]:
                self._found[name] = kept
        if done:
            self._open.discard(target)
            if not self._open:
                raise _PassEnded


def _watch(module: nn.Module, x: Tensor, paths: dict[str, nn.Module], watched: _Watched[T]) -> None:
    """One pass that tells ``watched`` of every call it looks for."""
    with ExitStack() as stack:
        if watched.functions:
            calls = _FunctionCalls(module, paths, watched)
            stack.callback(calls.stop)
            for handle in calls.handles():
                stack.callback(handle.remove)
        for path in watched.modules:
            handle = paths[path].register_forward_hook(_reporter(watched, path))
            stack.callback(handle.remove)
        try:
            module(x)
        except _PassEnded:
            return


def _reporter(watched: _Watched[T], path: str) -> Callable[[nn.Module, Any, Any], None]:
    def report(_module: nn.Module, _inputs: Any, output: Any) -> None:
        watched.module_called(path, output)

    return report


class _FunctionCalls(TorchFunctionMode, Generic[T]):
    """Reports functions that the watched modules call themselves, not within a module that they call.

    It listens only while a watched module runs, because every call of a function is slower meanwhile.
    """

    def __init__(self, root: nn.Module, paths: dict[str, nn.Module], watched: _Watched[T]) -> None:
        super().__init__()
        self._watched = watched
        self._words = watched.functions
        self._owners = {paths[path]: path for path in self._words}
        self._within = {part for owner in self._owners for part in owner.modules()}
        self._stack: list[nn.Module] = []
        self._listening = 0
        self._mode = ExitStack()
        # What is computed from weights alone is no operation of the graph; kept alive, so that ids stay unique.
        self._constants: dict[int, Tensor] = {id(t): t for t in (*root.parameters(), *root.buffers())}

    def handles(self) -> Iterator[RemovableHandle]:
        """Hooks that say which module is running, yet to be removed."""
        for part in self._within:
            yield part.register_forward_pre_hook(self._enter, prepend=True)
            yield part.register_forward_hook(self._leave)

    def _enter(self, module: nn.Module, _inputs: Any) -> None:
        self._stack.append(module)
        if module in self._owners:
            if self._listening == 0:
                self._mode.enter_context(self)
            self._listening += 1

    def _leave(self, module: nn.Module, _inputs: Any, _output: Any) -> None:
        self._stack.pop()
        if module in self._owners:
            self._listening -= 1
            if self._listening == 0:
                self._mode.close()

    def stop(self) -> None:
        """Listens no longer, also where the pass was left in the middle of a module."""
        self._listening = 0
        self._mode.close()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """The function's own result; the watched modules' own calls are reported on the way."""
        result = func(*args, **(kwargs or {}))
        path = self._owners.get(self._stack[-1]) if self._stack else None
        if path is None or _first_tensor(result) is None:
            return result
        operands = list(_tensors((args, kwargs or {})))
        if all(id(operand) in self._constants for operand in operands):
            self._constants |= {id(tensor): tensor for tensor in _tensors(result)}
            return result
        word = same_word(names_of(func)[0])
        if word in self._words[path]:
            pieces = _tensors(result) if kind_of_word(word) == "slice" else (result,)
            for piece in pieces:
                self._watched.function_called(path, word, piece)
        return result


def _call_counts(
    module: nn.Module, x: Tensor, paths: dict[str, nn.Module], targets: dict[str, Target]
) -> Counter[str] | None:
    """How often each module is called in a pass; None where only the pass itself can tell."""
    wanted = {t.path for t in targets.values() if isinstance(t, ModuleCall) and t.call is None and t.path}
    if not wanted:
        return Counter()
    key = (tuple(map(id, paths.values())), tuple(x.shape))
    kept = _CALLS.setdefault(module, {})
    if key not in kept:
        counted = _count_on_shapes(module, x)
        if counted is None:
            return None
        kept.clear()
        kept[key] = counted
    return kept[key]


def _count_on_shapes(module: nn.Module, x: Tensor) -> Counter[str] | None:
    """Calls of each module in a pass of a copy without memory; None where the network needs numbers to
    run."""
    try:
        twin = stand_in(module)
    except TraceFailed:
        return None
    calls: Counter[str] = Counter()
    for path, part in twin.named_modules(remove_duplicate=False):
        part.register_forward_pre_hook(lambda _m, _i, path=path: calls.update((path,)))
    try:
        with torch.no_grad(), torch.device("meta"):
            # Floating-point weights of the copy are float32, whatever the network's are.
            twin(
                torch.empty_like(x, device="meta", dtype=torch.float32 if x.is_floating_point() else x.dtype)
            )
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        return None
    return calls


@contextmanager
def eval_mode(module: nn.Module) -> Iterator[None]:
    """The module and all its parts in eval mode; each part's own mode comes back afterwards."""
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


def _device(module: nn.Module, x: Tensor) -> torch.device:
    return next((p.device for p in module.parameters()), x.device)


def _copied(tensor: Tensor) -> npt.NDArray[np.float32]:
    # What is done here is no call of the network's, so a mode that watches functions must not see it.
    with torch._C.DisableTorchFunction():
        copy = tensor.detach().to("cpu", torch.float32, copy=True).contiguous()
        array: npt.NDArray[np.float32] = copy.numpy()
    return array


def _cloned(tensor: Tensor) -> Tensor:
    with torch._C.DisableTorchFunction():
        return tensor.clone()


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors in a value that may be nested in tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _tensors(item)


def _first_tensor(value: Any) -> Tensor | None:
    return next(_tensors(value), None)
