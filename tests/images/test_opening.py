"""Pictures of every format come out upright, in RGB, with Pillow's own values; what is no picture is refused."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from core.images import ImageLimits, ImageRejected, open_image
from core.images.samples import samples
from tests.images.corpus import HEIGHT, WIDTH, corpus, encoded, exif, grey_ramp, lab, scene, wide_grey_tiff

# Corners of the scene: red, green, blue and white quarters.
CORNERS = {(2, 2): (255, 0, 0), (21, 2): (0, 255, 0), (2, 13): (0, 0, 255), (21, 13): (255, 255, 255)}
COLOURED = [
    "jpeg",
    "jpeg progressive",
    "jpeg mpo",
    "png",
    "apng",
    "webp",
    "webp animated",
    "gif",
    "gif animated",
]
COLOURED += ["tiff", "tiff lzw", "tiff jpeg", "tiff deflate", "tiff cmyk", "tiff ycbcr", "tiff pages"]
COLOURED += ["bmp", "bmp palette", "avif", "jpeg cmyk"]


def check_scene(image: Image.Image, tolerance: int = 45) -> None:
    assert image.mode == "RGB"
    assert image.size == (WIDTH, HEIGHT)
    for place, colour in CORNERS.items():
        assert np.abs(np.subtract(image.getpixel(place), colour)).max() <= tolerance, place


@pytest.mark.parametrize("name", list(corpus()))
def test_every_kind_opens_as_rgb(name: str) -> None:
    image = open_image(corpus()[name])
    assert image.mode == "RGB"
    assert sorted(image.size) == [HEIGHT, WIDTH]


@pytest.mark.parametrize("name", COLOURED)
def test_colours_come_out_right(name: str) -> None:
    check_scene(open_image(corpus()[name]))


@pytest.mark.parametrize("name", [s.name for s in samples()])
def test_samples_open_and_their_data_equal_pillows(name: str) -> None:
    data = next(s for s in samples() if s.name == name).read()
    assert np.array_equal(
        np.asarray(open_image(data)), np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_equals_pillows(kind: str, orientation: int) -> None:
    data = encoded(scene(), kind, exif=exif(orientation))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    got = open_image(data)
    assert got.size == expected.size
    assert np.array_equal(np.asarray(got), np.asarray(expected))


def test_transparency_lies_on_white() -> None:
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, WIDTH, HEIGHT // 2))
    for kind in ("PNG", "WEBP", "TIFF"):
        got = open_image(encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {})))
        assert got.getpixel((2, 2)) == (0, 0, 0)
        assert got.getpixel((2, 13)) == (255, 255, 255)


def test_half_transparent_is_mixed_with_white() -> None:
    assert open_image(corpus()["png alpha"]).getpixel((2, 2)) == pytest.approx((255, 127, 127), abs=1)


def test_a_transparent_palette_entry_is_white() -> None:
    image = scene().quantize(8)
    index = image.getpixel((2, 2))
    for kind in ("PNG", "GIF"):
        got = open_image(encoded(image, kind, transparency=index))
        assert got.getpixel((2, 2)) == (255, 255, 255)
        assert got.getpixel((2, 13)) == (0, 0, 255)


def test_a_transparent_colour_is_white() -> None:
    got = open_image(encoded(scene(), "PNG", transparency=(255, 0, 0)))
    assert got.getpixel((2, 2)) == (255, 255, 255)
    assert got.getpixel((21, 2)) == (0, 255, 0)


def check_ramp(data: bytes, *, falling: bool = False) -> None:
    row = np.asarray(open_image(data))[0, :, 0].astype(int)
    expected = np.linspace(0, 255, WIDTH)
    assert np.abs(row - (expected[::-1] if falling else expected)).max() <= 1


def test_wide_greys_are_scaled_not_clipped() -> None:
    check_ramp(corpus()["png 16 bit"])
    check_ramp(corpus()["tiff 16 bit big endian"])
    check_ramp(corpus()["tiff 32 bit"])
    check_ramp(encoded(grey_ramp(np.uint16, 65535), "TIFF"))


def test_white_is_zero_is_turned_round() -> None:
    check_ramp(wide_grey_tiff("<", photometric=0), falling=True)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 5), (0, 255), (1000, 4000), (-3e38, 3e38)])
def test_floats_are_scaled(low: float, high: float) -> None:
    values = np.tile(np.linspace(low, high, WIDTH, dtype=np.float64), (HEIGHT, 1)).astype(np.float32)
    check_ramp(encoded(Image.fromarray(values), "TIFF"))


def test_floats_within_0_and_1_keep_their_brightness() -> None:
    image = Image.fromarray(np.full((HEIGHT, WIDTH), 0.5, dtype=np.float32))
    assert open_image(encoded(image, "TIFF")).getpixel((0, 0)) == (128, 128, 128)


def test_a_constant_beyond_1_is_mid_grey() -> None:
    image = Image.fromarray(np.full((HEIGHT, WIDTH), 7.0, dtype=np.float32))
    assert open_image(encoded(image, "TIFF")).getpixel((0, 0)) == (128, 128, 128)


def test_what_is_no_number_is_black_or_white() -> None:
    values = np.full((HEIGHT, WIDTH), 0.5, dtype=np.float32)
    values[0, :3] = [np.nan, np.inf, -np.inf]
    got = open_image(encoded(Image.fromarray(values), "TIFF"))
    assert [got.getpixel((x, 0))[0] for x in range(4)] == [0, 255, 0, 128]
    nothing = np.full((HEIGHT, WIDTH), np.nan, dtype=np.float32)
    assert open_image(encoded(Image.fromarray(nothing), "TIFF")).getpixel((5, 5)) == (0, 0, 0)


def test_lab_is_a_colour() -> None:
    # L* = 54, a* = 81, b* = 70 is sRGB's red.
    red, green, blue = open_image(encoded(lab(), "TIFF")).getpixel((3, 3))
    assert red > 240
    assert green < 40
    assert blue < 40


def test_a_colour_profile_is_applied() -> None:
    swapped = srgb().replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    other = swapped.replace("sRGB".encode("utf-16-be"), "BGRs".encode("utf-16-be"))
    for kind in ("PNG", "TIFF"):
        plain = open_image(encoded(scene(), kind, icc_profile=srgb()))
        changed = open_image(encoded(scene(), kind, icc_profile=other))
        check_scene(plain, tolerance=0)
        assert changed.getpixel((2, 2)) == pytest.approx((0, 0, 255), abs=2)
        assert changed.getpixel((2, 13)) == pytest.approx((255, 0, 0), abs=2)
        assert changed.getpixel((21, 13)) == pytest.approx((255, 255, 255), abs=2)


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", bytes(200), srgb()[:200], srgb().replace(b"sRGB", b"abcd")]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_broken_profile_is_ignored(profile: bytes, kind: str) -> None:
    check_scene(open_image(encoded(scene(), kind, icc_profile=profile)))


def test_a_grey_profile_on_a_colour_picture_is_ignored() -> None:
    lab_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    check_scene(open_image(encoded(scene(), "JPEG", quality=95, icc_profile=lab_profile)))


def test_the_first_frame_is_shown() -> None:
    for name in ("gif animated", "webp animated", "tiff pages", "apng"):
        check_scene(open_image(corpus()[name]))


def test_giant_jpegs_are_decoded_smaller() -> None:
    data = encoded(scene(400, 200), "JPEG")
    assert open_image(data, limits=ImageLimits(enough=100)).size == (200, 100)
    assert open_image(data, limits=ImageLimits(enough=101)).size == (400, 200)
    assert open_image(data).size == (400, 200)


def test_orientation_survives_the_smaller_decoding() -> None:
    data = encoded(scene(400, 200), "JPEG", exif=exif(6))
    image = open_image(data, limits=ImageLimits(enough=100))
    assert image.size == (100, 200)
    assert image.getpixel((90, 10))[0] > 200


def test_no_module_of_torch_is_needed() -> None:
    code = "import sys; from core.images import open_image; from core.images.samples import sample; "
    code += "open_image(sample('coffee').read()); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello, this is text", "no picture"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"PK\3\4 and so on", "zip"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic0000", "HEIC"),
        (encoded(scene(), "PPM"), "no picture"),
        (encoded(scene(7, 40), "PNG"), "7 × 40"),
        (encoded(scene(8, 1700), "PNG"), "200 times"),
    ],
)
def test_refusals_say_why(data: bytes, words: str) -> None:
    with pytest.raises(ImageRejected, match=words) as caught:
        open_image(data)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_limits_are_named() -> None:
    data = encoded(scene(40, 40), "PNG")
    with pytest.raises(ImageRejected, match=r"40 × 40 pixels, more than the 0.001 megapixels"):
        open_image(data, limits=ImageLimits(max_pixels=1000))
    with pytest.raises(ImageRejected, match=r"0\.0 MB, and pictures may have 1e-05 MB"):
        open_image(data, limits=ImageLimits(max_bytes=10))
