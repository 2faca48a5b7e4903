"""The lines of Python that give the same graph or network again."""

from __future__ import annotations

from collections.abc import Sequence

from core.architectures.records import Architecture


def trace_lines(architecture: Architecture, input_size: Sequence[int]) -> str:
    """Three lines that give the graph with Skipscope; "" for what is no network in Python (a file)."""
    if architecture.library == "onnx":
        return ""
    size = tuple(int(side) for side in input_size)
    return (
        "from core.architectures import build\n"
        "from core.graph import trace\n"
        f'graph = trace(build({architecture.name!r}, device="meta"), {size!r})\n'
    )


def native_lines(architecture: Architecture) -> str:
    """Two lines that give the network with the library that it comes from, with random weights; "" for our own."""
    if architecture.library == "torchvision":
        return (
            f"import torchvision\nmodel = torchvision.models.get_model({architecture.name!r}, weights=None)\n"
        )
    if architecture.library == "timm":
        name = architecture.name.removeprefix("timm/")
        return f"import timm\nmodel = timm.create_model({name!r}, pretrained=False)\n"
    return ""
