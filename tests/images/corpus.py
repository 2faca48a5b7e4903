"""Small pictures in every format and mode that ``open_image`` reads, made by Pillow and by hand."""

import functools
import io
import struct
import zlib

import numpy as np
from PIL import Image, TiffImagePlugin

WIDTH, HEIGHT = 24, 16


def scene(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture whose four corners differ: red, green, blue and white quarters."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def grey_ramp(dtype: type, top: float) -> Image.Image:
    """Columns from 0 to ``top``."""
    values = np.linspace(0, top, WIDTH).astype(dtype)
    return Image.fromarray(np.tile(values, (HEIGHT, 1)))


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_png_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The chunks put in behind the header."""
    return png[:33] + b"".join(chunks) + png[33:]


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    return data


@functools.cache
def corpus() -> dict[str, bytes]:
    """One small file of every kind, by a name for messages."""
    rgb = scene()
    rgba = rgb.copy()
    rgba.putalpha(128)
    palette = rgb.quantize(8)
    tiff = {"compression": "tiff_lzw"}
    return {
        "jpeg": encoded(rgb, "JPEG", quality=95),
        "jpeg progressive": encoded(rgb, "JPEG", progressive=True),
        "jpeg grey": encoded(rgb.convert("L"), "JPEG"),
        "jpeg cmyk": encoded(rgb.convert("CMYK"), "JPEG", quality=95),
        "jpeg exif": encoded(rgb, "JPEG", exif=exif(6), comment=b"a comment"),
        "jpeg mpo": encoded(rgb, "MPO", save_all=True, append_images=[rgb]),
        "png": encoded(rgb, "PNG", pnginfo=None),
        "png alpha": encoded(rgba, "PNG"),
        "png la": encoded(rgba.convert("LA"), "PNG"),
        "png palette": encoded(palette, "PNG", transparency=b"\0\x80"),
        "png 1 bit": encoded(rgb.convert("1"), "PNG"),
        "png 16 bit": encoded(grey_ramp(np.uint16, 65535), "PNG"),
        "apng": encoded(rgb, "PNG", save_all=True, append_images=[rgb.convert("RGB")]),
        "webp": encoded(rgb, "WEBP"),
        "webp lossless alpha": encoded(rgba, "WEBP", lossless=True, exif=exif(3)),
        "webp animated": encoded(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        "gif": encoded(palette, "GIF", comment=b"a comment"),
        "gif animated": encoded(rgb, "GIF", save_all=True, append_images=[rgb.rotate(180)]),
        "tiff": encoded(rgb, "TIFF"),
        "tiff lzw": encoded(rgb, "TIFF", **tiff),
        "tiff jpeg": encoded(rgb, "TIFF", compression="jpeg"),
        "tiff deflate": encoded(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "tiff 1 bit g4": encoded(rgb.convert("1"), "TIFF", compression="group4"),
        "tiff float": encoded(grey_ramp(np.float32, 1), "TIFF"),
        "tiff 32 bit": encoded(grey_ramp(np.int32, 100_000), "TIFF"),
        "tiff 16 bit big endian": wide_grey_tiff(),
        "tiff cmyk": encoded(rgb.convert("CMYK"), "TIFF", **tiff),
        "tiff lab": encoded(lab(), "TIFF"),
        "tiff ycbcr": encoded(rgb.convert("YCbCr"), "TIFF"),
        "tiff pages": encoded(rgb, "TIFF", save_all=True, append_images=[rgb.rotate(180)]),
        "bmp": encoded(rgb, "BMP"),
        "bmp palette": encoded(palette, "BMP"),
        "bmp run length": run_length_bmp(),
        "avif": encoded(rgb, "AVIF"),
        "avif alpha": encoded(rgba, "AVIF", exif=exif(8)),
    }


def lab() -> Image.Image:
    return Image.merge("LAB", [Image.new("L", (WIDTH, HEIGHT), value) for value in (138, 128 + 81, 128 + 70)])


def wide_grey_tiff(order: str = ">", photometric: int = 1) -> bytes:
    """16-bit grey, columns from 0 to 65535, in Motorola (``">"``) or Intel order."""
    pixels = np.tile(np.linspace(0, 65535, WIDTH).astype(order + "u2"), (HEIGHT, 1)).tobytes()
    header = {">": b"MM\0*\0\0\0\x08", "<": b"II*\0\x08\0\0\0"}[order]
    directory = TiffImagePlugin.ImageFileDirectory_v2(header)
    for tag, value in {
        256: WIDTH,
        257: HEIGHT,
        258: 16,
        259: 1,
        262: photometric,
        277: 1,
        278: HEIGHT,
    }.items():
        directory[tag] = value
    # Pillow adds where the directory ends.
    directory[273], directory[279] = 0, len(pixels)
    return header + directory.tobytes(8) + pixels


def run_length_bmp() -> bytes:
    """Eight-bit rows, each one run of one colour, below a palette of greys."""
    palette = b"".join(bytes((i, i, i, 0)) for i in range(256))
    rows = b"".join(bytes((WIDTH, 10 * row, 0, 0)) for row in range(HEIGHT)) + b"\0\1"
    start = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, 1, len(rows), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + palette + rows
