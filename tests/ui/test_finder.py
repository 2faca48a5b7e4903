"""The search text of the find dialog: a year in it counts as one."""

import pytest

from core.architectures import catalogue
from core.ui.finder import without_year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resnet 2015", ("resnet", 2015)),
        ("2022", ("", 2022)),
        ("2014 vgg", ("vgg", 2014)),
        ("resnet50", ("resnet50", None)),
        ("regnet_y_2048", ("regnet_y_2048", None)),
        ("", ("", None)),
    ],
)
def test_year_is_taken_out(text: str, expected: tuple[str, int | None]) -> None:
    assert without_year(text) == expected


def test_a_family_and_a_year_find_its_networks() -> None:
    words, year = without_year("resnet 2015")
    found = catalogue.search(words, year=year)
    assert "resnet50" in {entry.name for entry in found}
    assert {entry.year for entry in found} == {2015}
