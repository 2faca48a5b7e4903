"""The numbers in which two to four networks differ, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.architectures.records import PublishedWeights
from core.figures.comparison import Compared
from core.figures.numbers import human_bytes, hundredths
from core.figures.statements import weighted_layers

_FLOAT32 = 4  # bytes
_PLAIN_RECIPES = ("IMAGENET1K_V1", "IMAGENET1K_V2")  # before those of other sizes and data


def table(networks: Sequence[Compared]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Headings, and rows of a label and one value for each network; rows that say nothing here are left out."""
    rows: list[tuple[str, Callable[[Compared], str]]] = [("Weighted layers", _layers)]
    if any(one.depth != len(weighted_layers(one.graph)[0]) for one in networks):
        rows.append(("On the longest path", lambda one: str(one.depth)))
    rows += [
        ("Parameters", lambda one: hundredths(one.graph.parameters)),
        ("Multiply-adds", lambda one: hundredths(one.graph.macs)),
        ("Weights, float32", lambda one: human_bytes(_FLOAT32 * one.graph.parameters)),
        ("Activations, one picture", lambda one: human_bytes(one.graph.activation_bytes)),
        ("Skips", _skips),
    ]
    if any(one.skips.gates for one in networks):
        rows.append(("Gates", lambda one: str(one.skips.gates) if one.skips.gates else "none"))
    if len({one.graph.input_size for one in networks}) > 1:
        rows.append(("Input", lambda one: _input(one.graph.input_size)))
    found = [(label, *(value(one) for one in networks)) for label, value in rows]
    found += [_accuracies(networks, recipe) for recipe in _common_recipes(networks)[:1]]
    return ("", *(one.title for one in networks)), tuple(found)


def caption(networks: Sequence[Compared]) -> str:
    """What the table's numbers are, and where they come from."""
    told = ["Counted by tracing"]
    shortcuts = [len(weighted_layers(one.graph)[1]) for one in networks]
    if any(shortcuts):
        told[0] += f"; + {next(filter(None, shortcuts))}: layers on skips"
    told[0] += "."
    told.append("Activations: all outputs of one forward pass, float32; in-place operations add none.")
    if _common_recipes(networks):
        told.append(f"Accuracy on ImageNet-1K as {networks[0].architecture.library} publishes it.")
    return " ".join(told)


def papers(networks: Sequence[Compared]) -> str:
    """The papers of the networks, each once, the oldest first."""
    known = {
        (one.architecture.year or 0, one.architecture.paper_title, one.architecture.paper_url)
        for one in networks
        if one.architecture.paper_title
    }
    return " ".join(f"{title} ({year}), {url}." for year, title, url in sorted(known, key=str))


def _layers(one: Compared) -> str:
    main, shortcuts = weighted_layers(one.graph)
    return f"{len(main)} + {len(shortcuts)}" if shortcuts else str(len(main))


def _skips(one: Compared) -> str:
    skips = one.skips
    words = ((skips.projection, "proj."), (skips.padded, "padded"), (skips.dense, "concat."))
    parts = [str(skips.identity)] if skips.identity else []
    parts += [f"{number} {word}" for number, word in words if number]
    return " + ".join(parts) or "none"


def _input(size: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in size[-2:]) if len(size) == 3 else f"{size[0]} numbers"


def _published(one: Compared) -> dict[str, PublishedWeights]:
    """The weights with an accuracy, by recipe; a recipe is a library's name for it."""
    return {weights.name: weights for weights in one.architecture.weights if weights.top1 is not None}


def _common_recipes(networks: Sequence[Compared]) -> list[str]:
    """Recipes that all networks were trained by; figures of different ones do not compare."""
    if len({one.architecture.library for one in networks}) > 1:
        return []
    common = set.intersection(*(set(_published(one)) for one in networks))
    return sorted(common, key=lambda name: (name not in _PLAIN_RECIPES, name))


def _accuracies(networks: Sequence[Compared], recipe: str) -> tuple[str, ...]:
    name = recipe.removeprefix("IMAGENET1K_")
    return (f"Top-1, {name} weights", *(f"{_published(one)[recipe].top1:.1f}\u00a0%" for one in networks))
