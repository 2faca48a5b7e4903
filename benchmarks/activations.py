"""Ours beside a plain forward pass, plain hooks and TorchLens, and the way from a photo to its maps.

Run: ``python -m benchmarks.activations``. One process, functions take turns; two threads.
"""

import warnings

import torch
import torchlens
import torchvision
from torch import Tensor, nn

from benchmarks.timing import interleave, report
from core.graph import trace
from core.images import open_image, prepare
from core.images.samples import sample
from core.probes import activations, feature_maps, optimised

ROUNDS = 15
NODE = "layer3.5"


class Preprocessing:
    """ImageNet's usual numbers."""

    resize, crop, interpolation, mode = 256, 224, "bilinear", "center"
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class UpTo(nn.Module):
    """A ResNet that is cut off behind its third stage: the plain pass that ends at the node asked for."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        names = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3")
        self.parts = nn.Sequential(*(getattr(net, name) for name in names))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, height, width)`` → the third stage's output."""
        return self.parts(x)


@torch.no_grad()
def by_hooks(net: nn.Module, x: Tensor, node: str) -> Tensor:
    """What people write: a hook and a pass to the end."""
    kept: list[Tensor] = []
    handle = net.get_submodule(node).register_forward_hook(lambda _m, _i, out: kept.append(out.clone()))
    net(x)
    handle.remove()
    return kept[0]


@torch.no_grad()
def by_torchlens(net: nn.Module, x: Tensor, node: str) -> object:
    """TorchLens, told to keep one module's output."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torchlens.trace(net, x, save=torchlens.module(node))


def compare_captures() -> None:
    """One node of ResNet-50, one picture."""
    net, x = torchvision.models.resnet50().eval(), torch.randn(1, 3, 224, 224)
    cut = UpTo(net).eval()

    @torch.no_grad()
    def plain() -> Tensor:
        return cut(x)

    ours = torch.from_numpy(activations(net, x, at=[NODE])[NODE])
    if not torch.equal(ours, plain()):
        raise SystemExit("The captured output is not the plain one.")
    functions = {
        "ours": lambda: activations(net, x, at=[NODE]),
        "ours, function node": lambda: activations(net, x, at=["layer3.5.add"]),
        "plain forward to the node": plain,
        "plain hook, whole forward": lambda: by_hooks(net, x, NODE),
    }
    samples = interleave(functions, ROUNDS, warmups=3)
    for us in ("ours", "ours, function node"):
        report(
            f"ResNet-50 to {NODE}, 1 picture", samples, us=us, peer="plain forward to the node", target=1.05
        )
    report("The same, beside a hook", samples, us="ours", peer="plain hook, whole forward")


def photo_to_maps() -> None:
    """ResNet-18: bytes of a photo → maps, with the faster twin and without."""
    net = torchvision.models.resnet18().eval()
    both = optimised(net, trace(net))
    data = sample("coffee").read()

    def show(module: nn.Module) -> object:
        prepared = prepare(open_image(data), Preprocessing())
        return feature_maps(module, prepared.tensor, "layer4.1", count=64)

    functions = {"folded, channels last": lambda: show(both.fast), "as it is": lambda: show(both.plain)}
    samples = interleave(functions, ROUNDS, warmups=3)
    report("ResNet-18, photo to maps of its last block", samples, us="folded, channels last", target=0.4)
    report("The same", samples, us="folded, channels last", peer="as it is")


def beside_torchlens() -> None:
    """Last, because TorchLens leaves torch's functions wrapped; ours then pays for that too."""
    net, x = torchvision.models.resnet50().eval(), torch.randn(1, 3, 224, 224)
    functions = {
        "ours": lambda: activations(net, x, at=[NODE]),
        "TorchLens": lambda: by_torchlens(net, x, NODE),
    }
    report("The same, beside TorchLens", interleave(functions, 5), us="ours", peer="TorchLens")


if __name__ == "__main__":
    torch.set_num_threads(2)
    torch.manual_seed(0)
    compare_captures()
    photo_to_maps()
    beside_torchlens()
