"""The effective receptive field: ours beside what people write, and how soon the first picture is there.

What people write: a pass through the whole network and one back for each picture, with every parameter asking for its
gradient. Ours ends at the node, goes back once for a batch, and asks for the picture's gradient alone. Both must find
the same pixels. Run: ``python -m benchmarks.effective``. One process, functions take turns; two threads.
"""

import numpy as np
import torch
import torchvision
from torch import Tensor, nn

from benchmarks.timing import interleave, report
from core.graph import trace
from core.probes import RunningField, effective_receptive_field

ROUNDS = 5
COUNT = 8
CASES = (("resnet18", "layer3"), ("resnet50", "layer3.2"))
CELL = (7, 7)


def by_hand(net: nn.Module, node: str, images: Tensor) -> np.ndarray:
    """Mean squared gradient of the cell's channels, added up, picture by picture."""
    kept: list[Tensor] = []
    handle = net.get_submodule(node).register_forward_hook(lambda _m, _i, out: kept.append(out.clone()))
    heat = np.zeros(tuple(images.shape[2:]))
    for image in images:
        x = image[None].clone().requires_grad_()
        net(x)
        kept.pop()[0, :, CELL[0], CELL[1]].sum().backward()
        heat += x.grad[0].double().square().sum(0).numpy()
        net.zero_grad()
    handle.remove()
    return heat / len(images)


def compare(name: str, node: str) -> None:
    """One network: the same pictures, to the same node."""
    net = torchvision.models.get_model(name).eval()
    graph = trace(net)
    images = torch.randn(COUNT, 3, 224, 224)

    def ours(batch: int = 4) -> np.ndarray:
        # Statistics stay as they are on both sides, so that the passes alone are compared.
        return effective_receptive_field(
            net, node, graph=graph, images=images, cell=CELL, batch=batch, calibration=0
        ).heat

    if not support_alike(ours(), by_hand(net, node, images)):
        raise SystemExit("The two ways do not find the same pixels.")
    functions = {
        "ours, batches of 4": ours,
        "ours, one by one": lambda: ours(batch=1),
        "whole pass, back one by one": lambda: by_hand(net, node, images),
    }
    samples = interleave(functions, ROUNDS)
    title = f"{name} to {node}, {COUNT} pictures of 224 px"
    report(title, samples, us="ours, batches of 4", peer="whole pass, back one by one", target=1.0)


def support_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two heats are zero at the same pixels, but for one in a thousand."""
    return bool(((one > 0) != (other > 0)).mean() < 1e-3)


def first_picture() -> None:
    """From a fresh ResNet-50 to a first picture: calibration of batch norm and one pass."""
    net = torchvision.models.resnet50()
    graph = trace(net)

    def begun() -> object:
        running = RunningField("layer3.2", graph=graph, calibration=4)
        running.add(net, 3)
        return running.result()

    samples = interleave({"calibrated, 3 pictures": begun}, ROUNDS)
    report("ResNet-50 to layer3.2: the first picture", samples, us="calibrated, 3 pictures", target=2.0)


if __name__ == "__main__":
    torch.set_num_threads(2)
    torch.manual_seed(0)
    for case in CASES:
        compare(*case)
    first_picture()
