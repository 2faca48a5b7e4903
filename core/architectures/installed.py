"""Architectures that packages installed beside Skipscope bring, through the entry-point group of this name. No torch.

    [project.entry-points."skipscope.architectures"]
    my_net = "my_package.nets:my_net"

The names are read from the packages' metadata; nothing of a package is imported here, that is done in `own_code`.
Off until `permit` says otherwise: a server that strangers reach must not run what happens to be installed on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from core.architectures.records import Architecture, UnknownArchitecture

GROUP = "skipscope.architectures"
PREFIX = "code/"
INPUT_SIZE = (3, 224, 224)
CLASSES = 1000
_permitted: Callable[[], bool] = bool  # bool() is False


def permit(allowed: Callable[[], bool]) -> None:
    """Have `allowed` say, whenever a name is looked up in this process, whether installed packages count."""
    global _permitted
    _permitted = allowed


def names() -> tuple[str, ...]:
    """``"code/NAME"`` for every entry point of the group, in alphabetical order; nothing where that is not allowed."""
    return tuple(_entry_points()) if _permitted() else ()


def get(name: str) -> Architecture:
    """The entry of an installed package; what it holds only building and tracing tell.

    Raises:
        UnknownArchitecture: no installed package has it, or installed packages do not count here.
    """
    _ = entry_point(name)
    return Architecture(
        name=name,
        title=name.removeprefix(PREFIX),
        library="code",
        family="Installed here",
        year=None,
        paper_title=None,
        paper_url=None,
        depth=None,
        input_size=INPUT_SIZE,
        num_classes=CLASSES,
        parameters=None,
        weights=(),
    )


def entry_point(name: str) -> EntryPoint:
    """Where the code of an installed architecture is.

    Raises:
        UnknownArchitecture: no installed package has it, or installed packages do not count here.
    """
    found = _entry_points().get(name) if _permitted() else None
    if found is None:
        raise UnknownArchitecture(f"No package installed here has an architecture named {name[:60]!r}.")
    return found


def origin(name: str) -> str:
    """Package and function of an installed architecture, to stand in a sentence: ``my-package, my_package.nets:net``.

    Raises:
        UnknownArchitecture: as `entry_point`.
    """
    point = entry_point(name)
    package = point.dist.name if point.dist is not None else point.module.partition(".")[0]
    return f"{package}, {point.value}"


@cache
def _entry_points() -> Mapping[str, EntryPoint]:
    """Read once a process: what is installed later counts from the next start on."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name.casefold())
    return {f"{PREFIX}{point.name}": point for point in found if point.name.isprintable()}
