"""Download published weights, as a job: it can be watched, cancelled, and outlives a page switch."""

from __future__ import annotations

from collections.abc import Iterator

from core.architectures.catalogue import get
from core.architectures.downloads import download
from core.engine.errors import Refused
from core.engine.progress import say
from core.engine.settings import settings
from core.experiments.records import Progress


def download_weights(architecture: str, weights: str) -> Iterator[Progress]:
    """Yield the start and the end of a download; how far it is goes to the job's note.

    Args:
        architecture: name in the catalogue.
        weights: published name.

    Raises:
        Refused: the settings forbid downloads.
        UnknownArchitecture, UnknownWeights: nothing has that name.
        WeightsUnavailable: no network, no room, or a file that is not what was published.
    """
    if not settings().allows_downloads():
        raise Refused("Downloads of weights are switched off on this server.")
    entry = get(architecture)
    what = f"{entry.title}, {entry.published(weights).name}"
    yield Progress(0, 1, f"downloading {what}")

    def tell(done: int, total: int) -> None:
        say(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB")

    download(architecture, weights, progress=tell, folder=settings().weights_path())
    yield Progress(1, 1, f"{what} is on this machine")
