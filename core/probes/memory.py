"""How much memory the activations of a pass take, known from the graph before the pass. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator

from core.graph.records import Graph, Node
from core.probes.records import TooLarge


def peak_bytes(graph: Graph, *, batch: int = 1, keep_all: bool = False) -> int:
    """Largest sum of the bytes of activations alive at one moment of a forward pass.

    An output lives from the operation that makes it to the last one that reads it; operations in place and
    views have no memory of their own and keep what they look at alive. As in eager PyTorch, the input of a
    module lives until the module's call ends, because its caller still holds it, and max pooling writes eight
    bytes a number beside its output, the places of the maxima. Weights and the work space of convolutions are
    not counted.

    Args:
        graph: of the network, at the input size of the pass.
        batch: pictures at once.
        keep_all: nothing is freed before the end, as in a pass that keeps what the gradient needs.
    """
    if keep_all:
        return batch * (graph.activation_bytes + sum(map(_indices, graph.nodes.values())))
    nodes = list(graph.nodes.values())
    owners = _owners(nodes)
    last = _last_uses(nodes, owners)
    dying: dict[int, list[str]] = {}
    for name, position in last.items():
        dying.setdefault(position, []).append(name)
    alive = peak = 0
    for position, node in enumerate(nodes):
        alive += node.activation_bytes
        peak = max(peak, alive + _indices(node))
        alive -= sum(graph.nodes[name].activation_bytes for name in dying.get(position, ()))
    return batch * peak


def require_memory(graph: Graph, limit: int, *, batch: int = 1, keep_all: bool = False) -> None:
    """Nothing, if the pass fits into ``limit`` bytes of activations.

    Raises:
        TooLarge: it does not.
    """
    needed = peak_bytes(graph, batch=batch, keep_all=keep_all)
    if needed > limit:
        raise TooLarge(
            f"This pass would need {_readable(needed)} of memory for its activations, and {_readable(limit)} "
            "are allowed; choose a smaller input, a smaller batch or a smaller network."
        )


def _readable(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def _indices(node: Node) -> int:
    return 2 * node.activation_bytes if node.kind == "max_pool" else 0


def _owners(nodes: list[Node]) -> dict[str, str]:
    """The node whose memory each node's output lies in: itself, unless it works in place or is a view."""
    owners: dict[str, str] = {}
    for node in nodes:
        shares = node.activation_bytes == 0 and node.inputs
        owners[node.name] = owners.get(node.inputs[0], node.inputs[0]) if shares else node.name
    return owners


def _last_uses(nodes: list[Node], owners: dict[str, str]) -> dict[str, int]:
    """Position at whose end each piece of memory is freed."""
    ends: dict[str, int] = {}
    for position, node in enumerate(nodes):
        for path in _ancestors(node.module_path):
            ends[path] = position
    last = {owner: position for position, owner in enumerate(owners.values())}
    paths = {node.name: node.module_path for node in nodes}
    for position, node in enumerate(nodes):
        for operand in node.inputs:
            held = [ends[p] for p in _ancestors(node.module_path) if not _within(paths[operand], p)]
            owner = owners[operand]
            last[owner] = max(last[owner], position, *held)
    for node in nodes:
        # The network's caller holds the picture, and gets the last output.
        if node.kind == "input" or node is nodes[-1]:
            last[owners[node.name]] = len(nodes) - 1
    return last


def _ancestors(path: str) -> Iterator[str]:
    """The module itself and those around it, without the root."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _within(path: str, module: str) -> bool:
    return path == module or path.startswith(module + ".")
