"""What the pickers offer, as values and labels. No Streamlit here: lists in, lists out."""

from __future__ import annotations

from dataclasses import dataclass

from core.architectures import recipes
from core.architectures.records import Architecture, PublishedWeights
from core.figures.numbers import count, human, human_bytes
from core.graph.records import Graph
from core.service import requests
from core.ui import models

RANDOM = "random"
_USUAL_SIZES = (96, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512)
_LIBRARY = {
    "torchvision": "torchvision",
    "timm": "timm",
    "skipscope": "built here",
    "code": "installed here",
    "onnx": "ONNX file",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick: its value and what it is called."""

    value: str
    label: str


def model_label(name: str) -> str:
    """An architecture as the picker calls it: ``"ResNet-50 · torchvision"``, ``"Own net · 37 layers, 7.05 M, …"``."""
    entry = models.get(name)
    return f"{entry.title} · {_LIBRARY[entry.library] if entry.library != 'spec' else _recipe(entry)}"


def _recipe(entry: Architecture) -> str:
    """What tells a recipe from others: its size, and the net that it comes from."""
    start, same = recipes.origin(recipes.spec_of(entry.name))
    parts = [count(entry.depth or 0, "layer"), human(entry.parameters or 0)]
    if start is not None:
        parts.append(f"{'same as' if same else 'from'} {start.title}")
    return ", ".join(parts)


def short_label(name: str) -> str:
    """An architecture's title, with its library where torchvision has one of the same title."""
    entry = models.get(name)
    return entry.title if entry.library == "torchvision" else model_label(name)


def weights_options(architecture: Architecture) -> tuple[Option, ...]:
    """Random weights first, then every published set with its accuracy and whether it must be downloaded."""
    published = (Option(w.name, _weights_label(architecture, w)) for w in architecture.weights)
    return (Option(RANDOM, "Random, seed 0"), *published)


def _weights_label(architecture: Architecture, weights: PublishedWeights) -> str:
    parts = [weights.name.replace("_", " ") if not weights.bundled else "ImageNet, bundled"]
    if weights.top1 is not None:
        parts.append(f"{weights.top1:.1f} %")
    if not requests.weights_at_hand(architecture.name, weights.name):
        parts.append(
            f"download {human_bytes(weights.download_bytes)}" if weights.download_bytes else "download"
        )
    return " · ".join(parts)


def default_weights(architecture: Architecture) -> str:
    """The first published weights that need no download, else ``"random"``."""
    at_hand = (w.name for w in architecture.weights if requests.weights_at_hand(architecture.name, w.name))
    return next(at_hand, RANDOM)


def sizes(architecture: Architecture) -> tuple[int, ...]:
    """Input sizes to offer for pictures, in pixels; the architecture's own among them."""
    own = architecture.input_size[-1]
    usual: tuple[int, ...] = (32, 64, 96) if own <= 64 else _USUAL_SIZES
    if architecture.library == "code":  # nobody says which size it was made for
        usual = (32, 64, *_USUAL_SIZES)
    return tuple(sorted({own, *usual}))


def size_label(size: int) -> str:
    """``224`` → ``"224 × 224"``."""
    return f"{size} × {size}"


def nodes(graph: Graph, chosen: str) -> tuple[str, ...]:
    """Names of stages' blocks to offer, and the chosen node where it is none of these."""
    names = [block.name for stage in graph.fold.children for block in (stage.children or (stage,))]
    if chosen and chosen not in names:
        names.insert(0, chosen)
    return tuple(dict.fromkeys(names))


def default_node(graph: Graph) -> str:
    """A block a little past the middle: deep enough to be interesting, shallow enough to have a map."""
    blocks = [b for s in graph.fold.children if s.role == "stage" for b in (s.children or (s,))]
    blocks = blocks or [b for s in graph.fold.children for b in (s.children or (s,))]
    return blocks[int(0.6 * len(blocks))].name
