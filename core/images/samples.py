"""The bundled pictures, with who made them and under which licence. Imports neither Pillow nor torch.

The files lie in ``core/images/pictures/``; ``LICENCES.md`` beside them says the same in prose.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).with_name("pictures")
_CC0 = ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
_PUBLIC_DOMAIN = ("Public domain", "https://creativecommons.org/publicdomain/mark/1.0/")
_CC_BY = ("CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/")
_SKIMAGE = "https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data."


class UnknownSample(KeyError):
    """No bundled picture has that name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled picture.

    Attributes:
        name: key used in the URL (``"chelsea"``).
        title: what is seen, for people (``"Chelsea the cat"``).
        file: name of the JPEG within ``core/images/pictures/``.
        author: whom to credit.
        licence: short name of the licence.
        licence_url: where its text is.
        source: page where the picture was taken from.
    """

    name: str
    title: str
    file: str
    author: str
    licence: str
    licence_url: str
    source: str

    @property
    def credit(self) -> str:
        """The line to print under the picture: ``"Photo: Rachel Michetti, CC0 1.0"``."""
        return f"Photo: {self.author}, {self.licence}"

    def read(self) -> bytes:
        """The JPEG file's bytes."""
        return (_FOLDER / self.file).read_bytes()


_SAMPLES = (
    Sample("chelsea", "Chelsea the cat", "chelsea.jpg", "Stefan van der Walt", *_CC0, f"{_SKIMAGE}chelsea"),
    Sample("coffee", "A cup of coffee", "coffee.jpg", "Rachel Michetti", *_CC0, f"{_SKIMAGE}coffee"),
    Sample(
        "astronaut",
        "Astronaut Eileen Collins",
        "astronaut.jpg",
        "NASA",
        *_PUBLIC_DOMAIN,
        "https://flic.kr/p/r9qvLn",
    ),
    Sample(
        "rocket",
        "Launch of a Falcon 9",
        "rocket.jpg",
        "SpaceX",
        *_PUBLIC_DOMAIN,
        "https://www.flickr.com/photos/spacexphotos/16511594820/",
    ),
    Sample("camera", "Man with a camera", "camera.jpg", "Lav Varshney", *_CC0, f"{_SKIMAGE}camera"),
    Sample(
        "china",
        "A pavilion by a lake in China",
        "china.jpg",
        "danielbuechele",
        *_CC_BY,
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
    ),
    Sample(
        "flower",
        "A dahlia",
        "flower.jpg",
        "vultilion",
        *_CC_BY,
        "https://www.flickr.com/photos/vultilion/6056698931/",
    ),
)


def samples() -> tuple[Sample, ...]:
    """All bundled pictures, in the order in which they are offered."""
    return _SAMPLES


def sample(name: str) -> Sample:
    """The bundled picture of that name.

    Raises:
        UnknownSample: there is none.
    """
    for candidate in _SAMPLES:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in _SAMPLES)
    raise UnknownSample(f"There is no bundled picture {name!r}; choose one of {known}.")
