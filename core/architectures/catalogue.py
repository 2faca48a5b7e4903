"""The catalogue: every architecture that can be picked, read from a snapshot in this package. No torch.

``make catalogue`` rebuilds the snapshot from the installed libraries. Rows stay plain lists until somebody
asks for one, so that listing and searching cost milliseconds.
"""

from __future__ import annotations

import difflib
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from core.architectures import installed, recipes
from core.architectures.records import Architecture, Preprocessing, PublishedWeights, UnknownArchitecture

SNAPSHOT_FILE = Path(__file__).with_name("snapshot.json.gz")
FORMAT = 1
_WORD = re.compile(r"[a-z]+|\d+")

# Positions in an architecture's row; the maker writes them in this order.
_NAME, _TITLE, _LIBRARY, _FAMILY, _DEPTH, _INPUT_SIZE, _NUM_CLASSES, _PARAMETERS, _WEIGHTS = range(9)
# Positions in a row of weights, which holds the fields of `PublishedWeights` in their order.
_TOP1, _WEIGHTS_INPUT_SIZE, _PREPROCESSING = 1, 7, 8


@dataclass(frozen=True)
class _Snapshot:
    libraries: Mapping[str, str]
    classes: tuple[str, ...]
    papers: Mapping[str, tuple[int, str, str]]
    preprocessings: tuple[Preprocessing, ...]
    rows: Mapping[str, list[Any]]

    @cached_property
    def index(self) -> tuple[_Entry, ...]:
        """What a search looks at, in the catalogue's order: torchvision's, ours, timm's; 18 before 101."""
        titles = {family: paper[1].lower() for family, paper in self.papers.items()}
        years = {family: paper[0] for family, paper in self.papers.items()}
        return tuple(
            _entry(row, years.get(row[_FAMILY]), titles.get(row[_FAMILY], "")) for row in self.rows.values()
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    squeezed: tuple[str, str, str]
    text: str
    family: str
    year: int | None
    parameters: int
    top1: float | None


def _squeeze(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _entry(row: list[Any], year: int | None, paper_title: str) -> _Entry:
    name, title, family = row[_NAME], row[_TITLE], row[_FAMILY]
    return _Entry(
        name=name,
        squeezed=(_squeeze(name.rpartition("/")[2]), _squeeze(title), _squeeze(name)),
        text=f"{name} {title} {family} {paper_title}".lower(),
        family=family,
        year=year,
        parameters=row[_PARAMETERS],
        top1=max((weights[_TOP1] for weights in row[_WEIGHTS] if weights[_TOP1] is not None), default=None),
    )


@cache
def _snapshot() -> _Snapshot:
    data = json.loads(gzip.decompress(SNAPSHOT_FILE.read_bytes()))
    return _Snapshot(
        libraries=data["libraries"],
        classes=tuple(data["classes"]),
        papers={family: tuple(paper) for family, paper in data["papers"].items()},
        preprocessings=tuple(_preprocessing(row) for row in data["preprocessings"]),
        rows={row[_NAME]: row for row in data["architectures"]},
    )


def _preprocessing(row: list[Any]) -> Preprocessing:
    resize, crop, interpolation, mean, std, mode = row
    return Preprocessing(resize, crop, interpolation, tuple(mean), tuple(std), mode)


def _published(row: list[Any], preprocessings: tuple[Preprocessing, ...]) -> PublishedWeights:
    values = list(row)
    values[_WEIGHTS_INPUT_SIZE] = tuple(values[_WEIGHTS_INPUT_SIZE])
    values[_PREPROCESSING] = preprocessings[values[_PREPROCESSING]]
    return PublishedWeights(*values)


def names() -> tuple[str, ...]:
    """All names: torchvision's (``"resnet50"``), ours (``"own/vgg16"``, ``"plain34"``), ``"timm/…"``."""
    return tuple(entry.name for entry in _snapshot().index)


def library_versions() -> Mapping[str, str]:
    """The library versions that the snapshot was made with, by name."""
    return _snapshot().libraries


def get(name: str) -> Architecture:
    """The entry of that name: of the snapshot, of an installed package (``"code/…"``), or of a recipe (``"spec-…"``).

    Raises:
        UnknownArchitecture: there is none; the message names the closest ones. Or the recipe does not fit; the message
            says why.
    """
    if recipes.is_recipe(name):
        return recipes.entry(name)
    return installed.get(name) if name.startswith(installed.PREFIX) else _listed(name)


@cache
def _listed(name: str) -> Architecture:
    snapshot = _snapshot()
    row = snapshot.rows.get(name)
    if row is None:
        raise UnknownArchitecture(_unknown(name))
    year, paper_title, paper_url = snapshot.papers.get(row[_FAMILY], (None, None, None))
    return Architecture(
        name=row[_NAME],
        title=row[_TITLE],
        library=row[_LIBRARY],
        family=row[_FAMILY],
        year=year,
        paper_title=paper_title,
        paper_url=paper_url,
        depth=row[_DEPTH],
        input_size=tuple(row[_INPUT_SIZE]),
        num_classes=row[_NUM_CLASSES],
        parameters=row[_PARAMETERS],
        weights=tuple(_published(weights, snapshot.preprocessings) for weights in row[_WEIGHTS]),
    )


def _unknown(name: str) -> str:
    shown = name if len(name) <= 60 else f"{name[:60]}…"
    close = list(
        dict.fromkeys([*_by_letters(name), *difflib.get_close_matches(name[:80], names(), n=3, cutoff=0.6)])
    )
    hint = f"; close to it: {', '.join(close[:3])}." if close else "; names() lists all of them."
    return f"There is no architecture named {shown!r}{hint}"


def _by_letters(name: str) -> list[str]:
    squeezed = _squeeze(name.rpartition("/")[2])
    return [entry.name for entry in _snapshot().index if squeezed and squeezed in entry.squeezed]


def families() -> tuple[str, ...]:
    """All families, as people write them, in alphabetical order."""
    return tuple(sorted({entry.family for entry in _snapshot().index}, key=str.casefold))


def search(
    text: str = "",
    *,
    family: str | None = None,
    year: int | None = None,
    max_parameters: int | None = None,
    min_top1: float | None = None,
    limit: int = 50,
) -> tuple[Architecture, ...]:
    """The architectures that fit, best first: exact names, then beginnings, then words, then parts of words.

    Among equals torchvision's come first, then ours, then timm's, each in natural order (18 before 101), but
    those with bundled weights before those without.

    Args:
        text: words of the name, title, family or paper; "" fits all. Case, hyphens and underscores do not
            matter.
        family: only this family.
        year: only of this year.
        max_parameters: at most so many parameters.
        min_top1: at least so many percent published ImageNet-1K top-1, with any of its weights.
        limit: at most so many results.
    """
    found: list[tuple[int, int, str]] = []
    wanted = _Wanted.of(text)
    for place, entry in enumerate(_snapshot().index):
        if family is not None and entry.family != family:
            continue
        if year is not None and entry.year != year:
            continue
        if max_parameters is not None and entry.parameters > max_parameters:
            continue
        if min_top1 is not None and (entry.top1 is None or entry.top1 < min_top1):
            continue
        rank = wanted.rank(entry)
        if rank is not None:
            found.append((rank, place, entry.name))
    return tuple(get(name) for _, _, name in sorted(found)[: max(limit, 0)])


@dataclass(frozen=True, slots=True)
class _Wanted:
    squeezed: str
    words: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Wanted:
        lower = text.lower().strip()[:200]
        return cls(_squeeze(lower), tuple(re.findall(_WORD, lower)), tuple(lower.split()))

    def rank(self, entry: _Entry) -> int | None:
        """How well the entry fits, or None where it does not.

        0 exact, 1 beginning, 2 every word begins a word, 3 every part is somewhere.
        """
        if not self.parts:
            return 0
        if self.squeezed and self.squeezed in entry.squeezed:
            return 0
        if self.squeezed and any(text.startswith(self.squeezed) for text in entry.squeezed):
            return 1
        # Only a text that holds every word somewhere is worth taking apart.
        if self.words and all(word in entry.text for word in self.words):
            have = re.findall(_WORD, entry.text)
            if all(any(one.startswith(word) for one in have) for word in self.words):
                return 2
        if all(part in entry.text for part in self.parts):
            return 3
        return None


def imagenet_classes() -> tuple[str, ...]:
    """The 1,000 class names of ImageNet-1K in the order of a network's outputs."""
    return _snapshot().classes
