"""One set of colours: the theme's file, the variables and the files that stand alone agree."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import plotly.graph_objects as go
import pytest

from core.figures.diagram import LEGEND_ORDER, diagram_css
from core.figures.legend import legend
from core.figures.theme import (
    DARK,
    LIGHT,
    STREAMLIT_VARIABLES,
    css_variables,
    literal_colours,
    plotly_template,
    variable_colours,
)

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def config_key(variable: str) -> str:
    """``--st-blue-text-color`` → ``blueTextColor``."""
    head, *rest = variable.removeprefix("--st-").split("-")
    return head + "".join(word.capitalize() for word in rest)


@pytest.mark.parametrize(("name", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_streamlits_theme_has_the_same_colours(name, palette):
    theme = CONFIG["theme"][name]
    for role, variable in STREAMLIT_VARIABLES.items():
        assert theme[config_key(variable)] == getattr(palette, role), role
    assert theme["primaryColor"] == palette.ink
    assert theme["sidebar"]["backgroundColor"] == palette.sidebar


def test_the_fonts_are_served_by_the_app():
    assert CONFIG["server"]["enableStaticServing"]
    for face in CONFIG["theme"]["fontFaces"]:
        assert face["url"].startswith("app/static/")
        assert (ROOT / face["url"].removeprefix("app/")).read_bytes()[:4] == b"wOF2"
    assert "SIL Open Font License" in (ROOT / "static" / "inter-LICENSE.txt").read_text()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_can_be_read(palette):
    for role in ("ink", "ink_2", "ink_3", "main_text", "skip_text", "branch_text", "second_text", "notice"):
        assert contrast(getattr(palette, role), palette.background) >= 4.5, role
        assert contrast(getattr(palette, role), palette.sidebar) >= 4.5, role
    for role in ("main", "skip", "branch"):
        assert contrast(getattr(palette, role), palette.background) >= 3, role


def test_every_class_takes_its_colour_from_a_role():
    css = diagram_css(variable_colours())
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", css))
    assert used <= {role.replace("_", "-") for role in asdict(LIGHT)}
    declared = set(re.findall(r"^--([a-z0-9-]+):", css_variables(), re.MULTILINE))
    assert used <= declared
    assert "var(" not in diagram_css(literal_colours(dark=True))


def test_the_key_has_words_for_every_sign_but_pools():
    entries = legend(LEGEND_ORDER)
    assert len(entries) == len(LEGEND_ORDER) - 1
    assert all(sign.startswith("<svg") and words for sign, words in entries)


@pytest.mark.parametrize("dark", [False, True])
def test_plotly_takes_the_template(dark):
    figure = go.Figure(go.Scatter(x=[1, 2], y=[1, 2]), layout={"template": plotly_template(dark)})
    layout = figure.layout.template.layout
    assert layout.font.family.startswith("Inter")
    assert layout.xaxis.gridcolor == (DARK if dark else LIGHT).hairline
    assert layout.colorway[0] == (DARK if dark else LIGHT).main
