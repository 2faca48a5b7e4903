"""From a name or a spec to a module: random or published weights, on any device, also on meta."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from core.architectures import own_code
from core.architectures.cache import is_file_path, local_file
from core.architectures.catalogue import get, library_versions
from core.architectures.downloads import download
from core.architectures.mlp import MLP
from core.architectures.presets import preset
from core.architectures.recipes import spec_of
from core.architectures.records import Architecture, PublishedWeights, UnknownArchitecture, UnknownWeights
from core.architectures.resnet import ResNet
from core.architectures.spec import NetSpec
from core.architectures.vgg import VGG
from core.architectures.weights import (
    WeightsRejected,
    load_safetensors,
    load_state,
    read_bundled,
    read_published,
    torchvision_state,
)

# Their published weights expect a picture normalised with ImageNet's mean and std, which the module undoes.
_TRANSFORM_INPUT = ("googlenet", "inception_v3")


def build(
    name: str,
    *,
    weights: str | os.PathLike[str] | None = None,
    num_classes: int | None = None,
    device: str | torch.device = "cpu",
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
) -> nn.Module:
    """A module of the catalogue, in eval mode.

    Args:
        name: in the catalogue: ``"resnet50"``, ``"timm/convnext_tiny"``, ``"own/vgg16"``,
            ``"cifar_resnet56"``; ``"spec-…"`` for a recipe (`recipes.name_of`); ``"code/my_net"`` where packages
            installed here count.
        weights: None for random ones; ``"default"`` or a published name (downloaded where it is not here
            yet); or a path to a ``.safetensors`` file.
        num_classes: outputs. None means as many as the weights have, without weights as many as the catalogue
            says (1,000 for nearly all). Another number than the weights have gives a head with random weights
            on a trained body.
        device: where the module shall be. On ``"meta"`` no memory is used, and nothing is downloaded or
            loaded: the weights only decide the shapes.
        seed: of the random weights; the same seed gives the same weights on every device, and torch's own
            random state stays as it is.
        folder: where downloads are kept; None means ``~/.cache/skipscope/weights``.

    Raises:
        UnknownArchitecture: no such name, or the installed library does not have it.
        UnknownWeights: the architecture has no such weights.
        WeightsUnavailable: they could not be downloaded.
        WeightsRejected: a file's names or shapes differ.
        OwnCodeFailed: the code of an installed package fails.
        ValueError: ``num_classes`` is not a positive number.
    """
    architecture = get(name)
    if num_classes is not None and num_classes < 1:
        raise ValueError(f"A classifier needs at least one class, not {num_classes}.")
    published = None if weights is None or is_file_path(weights) else architecture.published(str(weights))
    place = torch.device(device)
    if place.type == "meta":
        if architecture.library == "code":
            attempts = (place, ParametersOnMeta())
            with _seeded(seed):
                return own_code.make_on_meta(name, attempts, num_classes).eval()
        with _on_meta(architecture):
            module = _construct(architecture, published, num_classes)
        return module.to("meta").eval()
    # The file comes first: a failed download costs no build.
    file = None if published is None else download(name, published.name, folder=folder)
    with _seeded(seed):
        if (
            architecture.library == "timm"
            and file is not None
            and published is not None
            and not published.bundled
        ):
            return _timm_with_weights(architecture, published, file, num_classes).eval().to(place)
        module = _construct(architecture, published, num_classes)
    _load(module, architecture, published, weights, file, num_classes)
    return module.eval().to(place)


def from_spec(spec: NetSpec, *, device: str | torch.device = "cpu", seed: int = 0) -> nn.Module:
    """The network of a spec with random weights, in eval mode.

    Args:
        spec: what to build.
        device: where the module shall be; ``"meta"`` uses no memory.
        seed: of the random weights; torch's own random state stays as it is.
    """
    place = torch.device(device)
    if place.type == "meta":
        with place:
            return _own(spec).eval()
    with _seeded(seed):
        module = _own(spec)
    return module.eval().to(place)


def _own(spec: NetSpec) -> nn.Module:
    if spec.is_vector:
        return MLP(spec)
    if spec.stem is None and all(stage.block == "vgg" for stage in spec.stages):
        return VGG(spec)
    return ResNet(spec)


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seeds the CPU's generator for a while; no other is needed: modules are made on the CPU, then moved."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


class ParametersOnMeta(TorchFunctionMode):
    """Parameters, which layers make by ``torch.empty``, go to the meta device; other tensors stay real.

    torchvision's RegNets compute their widths with tensors while they are built, so those have to hold
    numbers.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        arguments = dict(kwargs or {})
        if func is torch.empty:
            arguments["device"] = "meta"
        return func(*args, **arguments)


def _on_meta(architecture: Architecture) -> contextlib.AbstractContextManager[Any]:
    if architecture.library == "torchvision" and architecture.family == "RegNet":
        return ParametersOnMeta()
    return torch.device("meta")


def _construct(
    architecture: Architecture, published: PublishedWeights | None, num_classes: int | None
) -> nn.Module:
    classes = num_classes if num_classes is not None or published is None else published.num_classes
    if architecture.library == "torchvision":
        return _torchvision(architecture, published, classes)
    if architecture.library == "timm":
        return _timm(architecture, published, classes)
    if architecture.library == "code":
        return own_code.make(architecture.name, classes)
    spec = spec_of(architecture.name) if architecture.library == "spec" else preset(architecture.name)
    if classes is not None:
        spec = spec.model_copy(update={"head": spec.head.model_copy(update={"num_classes": classes})})
    return _own(spec)


def _torchvision(
    architecture: Architecture, published: PublishedWeights | None, classes: int | None
) -> nn.Module:
    from torchvision.models import get_model

    options: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    if architecture.name in _TRANSFORM_INPUT:
        options |= {"transform_input": published is not None, "init_weights": published is None}
    if architecture.name == "googlenet":
        options["aux_logits"] = False  # as published: 6,624,904 parameters
    if architecture.family == "Vision Transformer" and published is not None:
        options["image_size"] = published.input_size[1]
    try:
        return get_model(architecture.name, weights=None, **options)  # type: ignore[no-any-return]
    except ValueError as error:
        raise UnknownArchitecture(_not_installed(architecture)) from error


def _timm(
    architecture: Architecture, published: PublishedWeights | None, classes: int | None, **options: Any
) -> nn.Module:
    import timm

    bare = architecture.name.removeprefix("timm/")
    if not timm.is_model(bare):
        raise UnknownArchitecture(_not_installed(architecture))
    tagged = bare if published is None or published.bundled else f"{bare}.{published.name}"
    if tagged != bare and not timm.is_model_pretrained(tagged):
        raise UnknownWeights(f"The installed timm does not have the weights {tagged}.")
    if classes is not None:
        options["num_classes"] = classes
    return timm.create_model(tagged, **options)  # type: ignore[no-any-return]


def _not_installed(architecture: Architecture) -> str:
    made_with = library_versions()[architecture.library]
    return (
        f"The installed {architecture.library} does not have {architecture.name.removeprefix('timm/')}; "
        f"the catalogue was made with version {made_with}."
    )


def _timm_with_weights(
    architecture: Architecture, published: PublishedWeights, file: Path, num_classes: int | None
) -> nn.Module:
    """A timm module with a file's weights, loaded by timm: it renames and reshapes many files by own rules."""
    options = {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": read_published(file)}}
    try:
        return _timm(architecture, published, num_classes, **options)
    except (RuntimeError, KeyError) as error:
        raise WeightsRejected(
            f"The file {file.name} does not fit {architecture.title}; "
            f"delete {file.parent} and download it again."
        ) from error


def _load(
    module: nn.Module,
    architecture: Architecture,
    published: PublishedWeights | None,
    weights: str | os.PathLike[str] | None,
    file: Path | None,
    num_classes: int | None,
) -> None:
    if weights is None:
        return
    have = architecture.num_classes if published is None else published.num_classes
    head = None if num_classes is None or num_classes == have else (have, num_classes)
    if published is None:
        load_safetensors(module, Path(weights), title=architecture.title, head=head)
    elif published.bundled:
        bundled = local_file(architecture, published)
        load_state(module, read_bundled(bundled), title=architecture.title, file=bundled.name, head=head)
    elif file is not None:
        state = torchvision_state(architecture.name, read_published(file))
        load_state(module, state, title=architecture.title, file=file.name, head=head)
