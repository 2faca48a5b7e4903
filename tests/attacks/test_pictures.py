"""Pictures made to harm: nothing but ``ImageRejected`` comes out, soon and in little memory."""

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images import ImageLimits, ImageRejected, open_image
from core.images.containers import unpack_container
from tests.images.corpus import HEIGHT, WIDTH, corpus, encoded, png_chunk, scene, with_png_chunks

NAMES = sorted(corpus())
FUZZ = settings(deadline=None, suppress_health_check=list(HealthCheck))


def check_opens_or_refuses(data: bytes) -> None:
    """Any other exception, and any warning, fails the test."""
    try:
        image = open_image(data)
    except ImageRejected as rejection:
        message = str(rejection)
        assert message.endswith(".")
        assert "\n" not in message
        assert 20 < len(message) < 250
    else:
        assert image.mode == "RGB"
        assert min(image.size) >= 8
        assert np.asarray(image).shape == (image.height, image.width, 3)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A good file with bits flipped, bytes replaced, parts cut out, doubled, or spliced from another file."""
    data = bytearray(corpus()[draw(st.sampled_from(NAMES))])
    for _ in range(draw(st.integers(1, 6))):
        # Headers decide how the rest is read, so they get half of the changes.
        at = draw(st.integers(0, min(len(data) - 1, 120)) | st.integers(0, len(data) - 1))
        change = draw(st.sampled_from(["flip", "set", "number", "cut", "double", "splice", "end"]))
        if change == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif change == "set":
            data[at] = draw(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF]))
        elif change == "number":
            data[at : at + 4] = draw(
                st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\1\0\0"])
            )
        elif change == "cut":
            del data[at : at + draw(st.integers(1, 40))]
        elif change == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 40))]
        elif change == "splice":
            other = corpus()[draw(st.sampled_from(NAMES))]
            data[at:] = other[draw(st.integers(0, len(other))) :]
        else:
            del data[at:]
        if not data:
            break
    return bytes(data)


@given(mutants())
@settings(FUZZ, max_examples=400)
def test_mutants_open_or_are_refused(data: bytes) -> None:
    check_opens_or_refuses(data)


@pytest.mark.slow
@given(mutants())
@settings(FUZZ, max_examples=2000)
def test_many_more_mutants(data: bytes) -> None:
    check_opens_or_refuses(data)


@given(st.binary(max_size=200), st.sampled_from(NAMES))
@settings(FUZZ, max_examples=300)
def test_noise_behind_a_true_beginning(noise: bytes, name: str) -> None:
    check_opens_or_refuses(corpus()[name][:16] + noise)


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_anywhere(name: str) -> None:
    data = corpus()[name]
    for length in range(0, len(data), max(1, len(data) // 60)):
        check_opens_or_refuses(data[:length])


@pytest.mark.parametrize("name", ["jpeg", "jpeg progressive", "png", "gif", "webp", "tiff", "bmp", "avif"])
def test_half_a_file_is_refused(name: str) -> None:
    data = corpus()[name]
    with pytest.raises(ImageRejected, match="cut off or damaged"):
        open_image(data[: len(data) // 2])


@pytest.mark.parametrize("name", ["jpeg", "png", "gif"])
def test_a_missing_end_marker_is_refused(name: str) -> None:
    end = {"jpeg": 2, "png": 12, "gif": 2}[name]
    with pytest.raises(ImageRejected, match="cut off or damaged"):
        open_image(corpus()[name][:-end])


@pytest.mark.parametrize("name", NAMES)
def test_every_byte_of_the_header_at_its_extremes(name: str) -> None:
    data = corpus()[name]
    for at in range(min(len(data), 64)):
        for value in (0, 0xFF):
            check_opens_or_refuses(data[:at] + bytes((value,)) + data[at + 1 :])


def png_of_size(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", data or zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(corpus()["gif"])
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_of_size(width: int, height: int) -> bytes:
    data = bytearray(corpus()["bmp"])
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    data = bytearray(corpus()["webp animated"])
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def jpeg_of_size(width: int, height: int) -> bytes:
    data = bytearray(corpus()["jpeg"])
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("size", [(7100, 7100), (10000, 10000), (16000, 16000)])
@pytest.mark.parametrize("make", [png_of_size, gif_of_size, bmp_of_size, webp_of_size, jpeg_of_size])
def test_giants_are_refused_before_they_are_decoded(make: object, size: tuple[int, int]) -> None:
    with pytest.raises(ImageRejected, match=r"megapixels|cut off"):
        open_image(make(*size))


def test_a_bomb_of_pixels() -> None:
    data = png_of_size(60_000, 60_000, zlib.compress(bytes(10_000_000), 9))
    with pytest.raises(ImageRejected, match="megapixels"):
        open_image(data)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_bomb_of_text(name: bytes) -> None:
    packed = zlib.compress(bytes(60_000_000), 9)
    body = b"k\0" + {b"zTXt": b"\0", b"iTXt": b"\1\0\0\0", b"iCCP": b"\0"}[name] + packed
    with pytest.raises(ImageRejected, match="profiles or camera data"):
        open_image(with_png_chunks(corpus()["png"], png_chunk(name, body)))


def test_much_text_below_the_limit_is_dropped() -> None:
    chunk = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_500_000)))
    assert open_image(with_png_chunks(corpus()["png"], chunk, chunk)).size == (WIDTH, HEIGHT)


def jpeg_with_segments(segment: bytes, count: int) -> bytes:
    data = corpus()["jpeg"]
    return data[:2] + segment * count + data[2:]


def gif_with_comment(blocks: int) -> bytes:
    data = corpus()["gif animated"]
    start = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    return data[:start] + b"!\xfe" + (b"\1x" * blocks) + b"\0" + data[start:]


def tiff_with_greedy_tags(tags: int) -> bytes:
    """Every entry of the directory points at the same megabyte."""
    data = bytearray(corpus()["tiff"])
    blob = len(data)
    data += bytes(1_000_000)
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    entries = bytes(data[start + 2 : start + 2 + 12 * count])
    greedy = b"".join(struct.pack("<HHII", 60000 + i, 7, 1_000_000, blob) for i in range(tags))
    data[4:8] = struct.pack("<I", len(data))
    return bytes(data) + struct.pack("<H", count + tags) + entries + greedy + bytes(4)


def exif_with_greedy_tags() -> bytes:
    body = b"II*\0\x08\0\0\0" + struct.pack("<H", 5000)
    body += b"".join(struct.pack("<HHII", i + 1, 7, 60_000, 8) for i in range(5000)) + bytes(100)
    segment = b"Exif\0\0" + body
    return (
        corpus()["jpeg"][:2]
        + b"\xff\xe1"
        + struct.pack(">H", len(segment) + 2)
        + segment
        + corpus()["jpeg"][2:]
    )


def many_scans(scans: int, side: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encoded(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    starts = [i for i in range(len(data) - 1) if data[i : i + 2] == b"\xff\xda"]
    last = data[starts[-1] : -2]
    return data[:-2] + last * scans + b"\xff\xd9"


def harmful() -> Iterator[tuple[str, bytes]]:
    yield "a million empty comments", jpeg_with_segments(b"\xff\xfe\0\2", 1_000_000)
    yield "jpeg with 15 MB of comments", jpeg_with_segments(b"\xff\xfe\xff\xff" + bytes(65533), 230)
    yield "a million png chunks", with_png_chunks(corpus()["png"], png_chunk(b"teXt", b"") * 1_000_000)
    yield "a million empty idats", with_png_chunks(corpus()["png"], png_chunk(b"IDAT", b"") * 1_000_000)
    yield "gif comment in five million blocks", gif_with_comment(5_000_000)
    yield "tiff whose tags share a megabyte", tiff_with_greedy_tags(1000)
    yield "exif whose tags share 60 kB", exif_with_greedy_tags()
    yield "300 scans", many_scans(300, 256)
    yield "90 scans over 36 megapixels", many_scans(90, 6000)
    yield "19 MB of noise", b"\xff\xd8" + np.random.default_rng(0).bytes(19_000_000)
    yield "19 MB of markers", b"\xff\xd8" + b"\xff" * 19_000_000
    yield "riff in a million chunks", corpus()["webp"] + b"XXXX\0\0\0\0" * 1_000_000


@pytest.mark.parametrize("name", [name for name, _ in harmful()])
def test_files_built_to_be_slow(name: str) -> None:
    """Each would take many seconds or gigabytes where it is believed; the time limit of the test judges."""
    check_opens_or_refuses(dict(harmful())[name])


def test_many_scans_are_refused() -> None:
    for scans, side in ((300, 256), (90, 6000)):
        with pytest.raises(ImageRejected, match="passes"):
            open_image(many_scans(scans, side))
    assert open_image(many_scans(20, 256)).size == (256, 256)


def test_usual_progressive_jpegs_open() -> None:
    data = encoded(scene(4000, 3000), "JPEG", progressive=True)
    assert unpack_container(data, ImageLimits()).scans >= 5
    assert open_image(data).size == (4000, 3000)


def test_what_reaches_the_decoder_has_no_camera_data() -> None:
    for data in (exif_with_greedy_tags(), jpeg_with_segments(b"\xff\xed\0\x0cPhotoshop ", 3)):
        kept = unpack_container(data, ImageLimits()).data
        assert b"Exif" not in kept
        assert b"Photoshop" not in kept
    kept = unpack_container(tiff_with_greedy_tags(10), ImageLimits()).data
    with Image.open(io.BytesIO(kept)) as image:
        assert not [tag for tag in image.tag_v2 if tag >= 60000]


def test_files_of_several_kinds_at_once() -> None:
    """A zip or a web page behind a picture is a picture and no more."""
    for name in ("jpeg", "png", "gif", "bmp"):
        assert open_image(corpus()[name] + b"PK\3\4<script>alert(1)</script>").size == (WIDTH, HEIGHT)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read as Linux tells it")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_memory_of_the_largest_picture_allowed(kind: str) -> None:
    """50 megapixels are opened within 1 GB above what an empty process takes."""
    code = f"""
import io, sys
from pathlib import Path
from PIL import Image
from core.images import open_image
image = Image.effect_noise((7000, 7000), 20)
buffer = io.BytesIO()
image.save(buffer, {kind!r}, **({{"quality": 30}} if {kind!r} in ("JPEG", "WEBP") else {{}}))
data = buffer.getvalue()
del image, buffer
from core.images import ImageLimits
picture = open_image(data, limits=ImageLimits(max_bytes=100_000_000))
# Not ru_maxrss: a new process begins with its parent's.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024, *picture.size)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    megabytes, width, height = map(int, done.stdout.split())
    assert megabytes < 1000
    assert width == height == (3500 if kind == "JPEG" else 7000)
