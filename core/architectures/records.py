"""Catalogue entries as plain frozen records: readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Library = Literal["torchvision", "timm", "skipscope", "spec", "code", "onnx"]
ResizeMode = Literal["center", "squash", "border"]


class UnknownArchitecture(KeyError):
    """The catalogue has no architecture of that name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnknownWeights(KeyError):
    """The architecture has no published weights of that name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes a network's input, as numbers.

    Attributes:
        resize: length of the picture's shorter side after resizing, in pixels.
        crop: side of the square cut from the centre, in pixels.
        interpolation: ``"bilinear"`` or ``"bicubic"``, antialiased.
        mean: subtracted from each colour channel after scaling to 0…1 (red, green, blue).
        std: divides each colour channel afterwards.
        mode: ``"center"``: the aspect ratio is kept and the centre is cut out; ``"squash"``: both sides are
            resized to ``resize`` whatever the aspect ratio; ``"border"``: the longer side is resized and the
            rest is padded.
    """

    resize: int
    crop: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    mode: ResizeMode = "center"


IMAGENET_PREPROCESSING = Preprocessing(256, 224, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""What most published ImageNet networks expect; used where an architecture has no weights of its own."""


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """One set of trained weights and the figures its publisher gives for it.

    Attributes:
        name: unique within the architecture: ``"IMAGENET1K_V2"`` (torchvision), ``"a1_in1k"`` (timm's tag),
            ``"bundled"`` for weights that are installed with the app.
        top1: published accuracy on the validation set of ImageNet-1K in percent, or None where none is known
            to us.
        top5: share of pictures whose class is among the five best guesses, in percent, or None.
        dataset: what the outputs stand for (``"ImageNet-1K"``), or None where the publisher does not say.
        num_classes: number of outputs; 0 for weights without a head.
        parameters: published number of parameters, or None.
        macs: published multiply-adds for one picture of ``input_size``, or None.
        input_size: ``(channels, height, width)`` the weights were evaluated at.
        preprocessing: what to do to a picture first.
        source_url: where the file, or the page that offers it, is found.
        recipe_note: where the figures or the recipe come from, one sentence or an address; may be "".
        download_bytes: about how much is downloaded; 0 for bundled weights, None where unknown.
        bundled: installed with the app, no download needed.
        licence: as the publisher writes it (``"apache-2.0"``), or None where the library does not say.
        hub_id: repository on the Hugging Face hub that holds the file, or "" where ``source_url`` is the
            file.
    """

    name: str
    top1: float | None
    top5: float | None
    dataset: str | None
    num_classes: int
    parameters: int | None
    macs: int | None
    input_size: tuple[int, ...]
    preprocessing: Preprocessing
    source_url: str
    recipe_note: str
    download_bytes: int | None
    bundled: bool
    licence: str | None = None
    hub_id: str = ""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One entry of the catalogue.

    Attributes:
        name: unique: ``"resnet50"`` (torchvision), ``"timm/resnet50"``, ``"own/resnet50"``,
            ``"cifar_resnet56"``; ``"spec-…"`` for a recipe of the visitor's, ``"code/…"`` for a package installed
            here, ``"onnx-…"`` for a file.
        title: as people write it: ``"ResNet-50"``.
        library: where the code is: ``"torchvision"``, ``"timm"``, ``"skipscope"``; or what else it comes from:
            ``"spec"``, ``"code"``, ``"onnx"``.
        family: the group it belongs to, as people write it: ``"ResNet"``, ``"Vision Transformer"``.
        year: of the paper's first publication, or None where no paper is known to us.
        paper_title: the family's paper, or None.
        paper_url: its address, or None.
        depth: weighted layers as the paper counts them (ResNet-50: 50), or None.
        input_size: ``(channels, height, width)``, or ``(features,)`` for a network of vectors.
        num_classes: outputs that a build without weights has; 0 for a network without a head.
        parameters: scalars in all weights of a build without weights; None where only tracing tells.
        weights: published weights, the default one first; empty where only random weights exist.
    """

    name: str
    title: str
    library: Library
    family: str
    year: int | None
    paper_title: str | None
    paper_url: str | None
    depth: int | None
    input_size: tuple[int, ...]
    num_classes: int
    parameters: int | None
    weights: tuple[PublishedWeights, ...]

    def published(self, name: str) -> PublishedWeights:
        """The published weights of that name; ``"default"`` means the first.

        Raises:
            UnknownWeights: the architecture has none of that name.
        """
        if name == "default" and self.weights:
            return self.weights[0]
        for weights in self.weights:
            if weights.name == name:
                return weights
        if not self.weights:
            raise UnknownWeights(f"{self.title} has no published weights here, so {name!r} cannot be loaded.")
        known = ", ".join(weights.name for weights in self.weights[:6])
        raise UnknownWeights(f"{self.title} has no weights named {name!r}; there are: {known}.")

    @property
    def preprocessing(self) -> Preprocessing:
        """Of the default weights; for a network without any, the usual ImageNet one at its own input size."""
        if self.weights:
            return self.weights[0].preprocessing
        crop = self.input_size[-1]
        usual = IMAGENET_PREPROCESSING
        return Preprocessing(round(crop / 0.875), crop, usual.interpolation, usual.mean, usual.std)

    @property
    def top1(self) -> float | None:
        """The best published ImageNet-1K accuracy among its weights in percent, or None."""
        return max((weights.top1 for weights in self.weights if weights.top1 is not None), default=None)
