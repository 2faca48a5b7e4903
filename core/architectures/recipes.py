"""Recipes as architectures: the name ``"spec-…"`` holds a whole network, so it needs no list to stand in. No torch."""

from __future__ import annotations

from functools import lru_cache

from core.architectures.codec import LONGEST, decode, encode
from core.architectures.counting import parameters
from core.architectures.records import Architecture, UnknownArchitecture
from core.architectures.spec import NetSpec, SpecRejected
from core.architectures.starts import Start, nearest

PREFIX = "spec-"
LONGEST_NAME = len(PREFIX) + LONGEST
TITLE, FAMILY = "Own net", "Own nets"


def is_recipe(name: str) -> bool:
    """Whether a name is meant as a recipe."""
    return name.startswith(PREFIX)


def name_of(spec: NetSpec) -> str:
    """The one name of a network as an architecture."""
    return PREFIX + encode(spec)


def spec_of(name: str) -> NetSpec:
    """The network of a name.

    Raises:
        UnknownArchitecture: the name is no recipe, or its numbers do not fit together; one sentence.
    """
    try:
        return decode(name.removeprefix(PREFIX))
    except SpecRejected as error:
        raise UnknownArchitecture(str(error)) from error


@lru_cache(maxsize=256)
def entry(name: str) -> Architecture:
    """The catalogue entry of a recipe; of two spellings of one network the entry's name is `name_of`.

    Raises:
        UnknownArchitecture: as `spec_of`.
    """
    spec = spec_of(name)
    return Architecture(
        name=name_of(spec),
        title=TITLE,
        library="spec",
        family=FAMILY,
        year=None,
        paper_title=None,
        paper_url=None,
        depth=spec.depth,
        input_size=spec.input_size,
        num_classes=spec.head.num_classes,
        parameters=parameters(spec),
        weights=(),
    )


def origin(spec: NetSpec) -> tuple[Start | None, bool]:
    """The known network that a recipe was most likely made from, and whether it is that network.

    None where less than half of its rows are those of a known network.
    """
    start, changed = nearest(spec)
    rows = len(spec.stages) + 2  # stem and head
    return (start if 2 * changed <= rows else None), changed == 0
