"""The one door for pictures that strangers send: bytes in, an upright RGB picture out, or one sentence.

Call it in the worker. What is checked before the pixels are decoded: the file's size, its outer structure
(``containers``), its width and height.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image

from core.images.colours import to_rgb
from core.images.containers import FORMATS, ORIENTATION, Container, cut_off, unpack_container
from core.images.limits import ImageLimits, ImageRejected

# What undoes each of EXIF's orientations.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders let out on malformed files, besides the OSError that they document.
_MALFORMED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)
_DEFAULT_LIMITS = ImageLimits()


def open_image(data: bytes, *, limits: ImageLimits = _DEFAULT_LIMITS) -> Image.Image:
    """The picture as people see it: upright, 8-bit RGB, first frame, transparency on white.

    JPEG, PNG, WebP, GIF, TIFF, BMP and AVIF. How wider number types become 8 bit: ``colours.to_rgb``. A JPEG
    far larger than any net looks at comes out at a half, a quarter or an eighth (``ImageLimits.enough``).

    Raises:
        ImageRejected: with one sentence that can be shown to the visitor; nothing else comes out, whatever
            the bytes are.
    """
    _check_length(len(data), limits)
    container = unpack_container(bytes(data), limits)
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd metadata and of sizes; the sizes are checked here.
            warnings.simplefilter("ignore")
            return _decode(container, limits)
    except ImageRejected:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(limits) from error
    except MemoryError as error:
        raise ImageRejected(
            "There is not enough memory to open this picture now; make it smaller and send it again."
        ) from error
    except _MALFORMED as error:
        raise cut_off(container.format) from error


def _decode(container: Container, limits: ImageLimits) -> Image.Image:
    with Image.open(io.BytesIO(container.data), formats=[container.format]) as image:
        _check_size(*image.size, limits)
        _check_work(container, image.width * image.height, limits)
        if container.format == "JPEG":
            image.draft(None, (limits.enough, limits.enough))
        image.load()
        # An old GIF or TIFF may say its true size only when it is decoded.
        _check_size(*image.size, limits)
        picture = to_rgb(image)
    if container.format == "AVIF":
        # Its rotation stands in the container, not in EXIF; Pillow hands it on in EXIF's form.
        return _upright(picture, image.getexif().get(ORIENTATION, 1))
    return _upright(picture, container.orientation)


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _check_length(length: int, limits: ImageLimits) -> None:
    if length == 0:
        raise ImageRejected(f"The file is empty; choose a {FORMATS} picture.")
    if length > limits.max_bytes:
        raise ImageRejected(
            f"The file has {length / 1e6:.1f} MB, and pictures may have {limits.max_bytes / 1e6:g} MB; "
            "make the picture smaller."
        )


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if min(width, height) < limits.min_side:
        raise ImageRejected(
            f"The picture has {width} × {height} pixels, and each side must have at least {limits.min_side}; "
            "choose a larger one."
        )
    if width * height > limits.max_pixels:
        raise _too_large(limits, f"{width} × {height} pixels")
    if max(width, height) > limits.max_aspect * min(width, height):
        raise ImageRejected(
            f"The picture has {width} × {height} pixels, and one side may be at most "
            f"{limits.max_aspect} times the other; cut it to the part that matters."
        )


def _check_work(container: Container, pixels: int, limits: ImageLimits) -> None:
    if container.scans > 1 and container.scans * pixels > limits.max_scan_pixels:
        raise ImageRejected(
            f"This progressive JPEG is stored in {container.scans} passes over {pixels / 1e6:.0f} "
            "megapixels, too much to open here; save it again as a plain JPEG."
        )


def _too_large(limits: ImageLimits, size: str = "too many pixels") -> ImageRejected:
    return ImageRejected(
        f"The picture has {size}, more than the {limits.max_pixels / 1e6:g} megapixels that can be "
        "opened here; make it smaller."
    )
