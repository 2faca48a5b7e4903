import subprocess
import sys
import weakref

import pytest
import torch
import torchvision
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core.graph import trace
from core.probes import TooLarge, peak_bytes, require_memory


class Alive(TorchDispatchMode):
    """Bytes of the storages that operations made and that are still referenced, and their largest sum."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: set[int] = set()

    def add(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._known:
            self._known.add(storage._cdata)
            self.now += storage.nbytes()
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._freed, storage._cdata, storage.nbytes())

    def _freed(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self.add(tensor)
        return result


@pytest.mark.parametrize(
    "name", ["resnet18", "vgg11", "densenet121", "mobilenet_v2", "googlenet", "squeezenet1_1"]
)
def test_prediction_against_what_is_alive_in_a_real_pass(name: str) -> None:
    options = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    net = torchvision.models.get_model(name, weights=None, **options).eval()
    x = torch.randn(2, 3, 96, 96)
    weights = {t.untyped_storage()._cdata for t in (*net.parameters(), *net.buffers())}
    with torch.no_grad(), Alive() as alive:
        alive._known |= weights
        alive.add(x)
        net(x)
    predicted = peak_bytes(trace(net, (3, 96, 96)), batch=2)
    # What a forward keeps in variables longer than it needs (DenseNet does) is not in the graph.
    assert 0.8 <= predicted / alive.peak <= 1.25, (predicted, alive.peak)


def test_by_hand() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(inplace=True), nn.Conv2d(8, 2, 1), nn.Flatten())
    graph = trace(net, (3, 10, 10))
    # Two convolutions' outputs and the picture, which the caller holds.
    assert peak_bytes(graph) == 4 * 100 * (3 + 8 + 2)
    assert peak_bytes(graph, batch=5) == 5 * peak_bytes(graph)
    assert peak_bytes(graph, keep_all=True) == 4 * 100 * (3 + 8 + 2)


def test_keeping_everything_takes_more() -> None:
    graph = trace(torchvision.models.resnet18(), (3, 224, 224))
    indices = 2 * graph.at("maxpool").activation_bytes
    assert peak_bytes(graph) < peak_bytes(graph, keep_all=True) == graph.activation_bytes + indices


def test_too_large_is_refused_with_both_numbers() -> None:
    graph = trace(torchvision.models.resnet18(), (3, 224, 224))
    needed = peak_bytes(graph)
    require_memory(graph, needed)
    with pytest.raises(TooLarge, match=r"would need .* MB .*, and 1 MB are allowed"):
        require_memory(graph, 1_000_000)
    with pytest.raises(TooLarge):
        require_memory(graph, needed, batch=2)


def test_neither_memory_nor_records_import_torch() -> None:
    code = "import sys, core.probes, core.probes.memory, core.probes.records; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
