"""Colours, type and spacing of every picture: the one place that knows them.

Colour means role. The skip (and the residual net) is vermillion, the main path (and the plain net) blue, the
residual branch green, a second comparison purple; the hues are those of Okabe and Ito (2008, "Color Universal
Design"), told apart by colour-blind eyes. Selection is ink, never a hue. `.streamlit/config.toml` repeats the values
for Streamlit, which hands them to components as ``--st-…`` variables; so a picture follows a switch of the theme
without a rerun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

FONT = "Inter, 'Source Sans', 'Source Sans 3', system-ui, sans-serif"
BODY_SIZE, SMALL_SIZE = 14, 12
"""The sizes of type in pictures, in px."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme as ``#RRGGBB``; a field's name with ``-`` for ``_`` is its CSS variable."""

    background: str
    sidebar: str
    ink: str
    ink_2: str
    ink_3: str
    hairline: str
    control: str
    fill: str
    pressed: str
    main: str
    skip: str
    branch: str
    second: str
    main_text: str
    skip_text: str
    branch_text: str
    second_text: str
    main_pale: str
    branch_pale: str
    on_branch: str
    on_main: str
    positive: str
    negative: str
    notice: str


LIGHT = Palette(
    background="#FFFFFF",
    sidebar="#F7F8F9",
    ink="#1B1F24",
    ink_2="#57606A",
    ink_3="#66707A",
    hairline="#E2E5E9",
    control="#C9CFD6",
    fill="#F3F5F7",
    pressed="#E9ECEF",
    main="#0072B2",
    skip="#D55E00",
    branch="#009E73",
    second="#CC79A7",
    main_text="#005F94",
    skip_text="#B04A00",
    branch_text="#007556",
    second_text="#9C4B78",
    main_pale="#D9E9F3",
    branch_pale="#D9EFE8",
    on_branch="#06120E",
    on_main="#FFFFFF",
    positive="#C92A3A",
    negative="#0072B2",
    notice="#8A5A00",
)
DARK = Palette(
    background="#14171B",
    sidebar="#191D22",
    ink="#E9ECEF",
    ink_2="#A9B2BC",
    ink_3="#8B95A0",
    hairline="#2A3037",
    control="#414954",
    fill="#1D2228",
    pressed="#272D34",
    main="#56B4E9",
    skip="#FF8533",
    branch="#2DBF95",
    second="#E09CC4",
    main_text="#7CC6F0",
    skip_text="#FF9C5C",
    branch_text="#4FD0AB",
    second_text="#E9B3D2",
    main_pale="#15313F",
    branch_pale="#17382F",
    on_branch="#06120E",
    on_main="#0C1216",
    positive="#F06560",
    negative="#56B4E9",
    notice="#E2B04A",
)

STREAMLIT_VARIABLES: Mapping[str, str] = {
    "background": "--st-background-color",
    "ink": "--st-text-color",
    "ink_2": "--st-gray-text-color",
    "ink_3": "--st-gray-color",
    "hairline": "--st-dataframe-border-color",
    "control": "--st-border-color",
    "fill": "--st-secondary-background-color",
    "pressed": "--st-gray-background-color",
    "main": "--st-blue-color",
    "skip": "--st-orange-color",
    "branch": "--st-green-color",
    "second": "--st-violet-color",
    "main_text": "--st-blue-text-color",
    "skip_text": "--st-orange-text-color",
    "branch_text": "--st-green-text-color",
    "second_text": "--st-violet-text-color",
    "main_pale": "--st-blue-background-color",
    "branch_pale": "--st-green-background-color",
    "positive": "--st-red-color",
    "negative": "--st-blue-color",
    "notice": "--st-yellow-color",
}
"""Which of Streamlit's variables carries which role (set by the theme in ``.streamlit/config.toml``)."""


def palette(dark: bool = False) -> Palette:
    """The colours of the light or of the dark theme."""
    return DARK if dark else LIGHT


def literal_colours(dark: bool = False) -> dict[str, str]:
    """Role → ``#RRGGBB``, for files that must stand on their own."""
    return asdict(palette(dark))


def variable_colours() -> dict[str, str]:
    """Role → ``var(--role)``, for markup inside a component whose style begins with `css_variables`."""
    return {role: f"var(--{role.replace('_', '-')})" for role in asdict(LIGHT)}


@cache
def css_variables() -> str:
    """CSS declarations of every role, to be put in a component's ``:host`` rule.

    Each takes Streamlit's variable where there is one, so that a switch of the theme needs no rerun, and the
    light value where Streamlit gives none.
    """
    lines = [f"--font: var(--st-font, {FONT});"]
    for role, colour in asdict(LIGHT).items():
        source = STREAMLIT_VARIABLES.get(role)
        value = f"var({source}, {colour})" if source else colour
        lines.append(f"--{role.replace('_', '-')}: {value};")
    return "\n".join(lines)


def plotly_template(dark: bool = False) -> dict[str, Any]:
    """Plotly template: Inter, hairline grid, no frame, colours by role.

    Returns a plain dict for ``figure.update_layout(template=…)``; lines are labelled at their ends by whoever
    draws them, so the legend is off.
    """
    colours = palette(dark)
    axis = {
        "showline": False,
        "zeroline": False,
        "gridcolor": colours.hairline,
        "gridwidth": 1,
        "ticks": "",
        "tickfont": {"size": SMALL_SIZE, "color": colours.ink_2},
        "title": {"font": {"size": SMALL_SIZE, "color": colours.ink_2}, "standoff": 8},
        "automargin": True,
    }
    layout = {
        "font": {"family": FONT, "size": SMALL_SIZE, "color": colours.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": [colours.main, colours.skip, colours.branch, colours.second, colours.ink_2],
        "colorscale": {"sequential": "Viridis", "diverging": signed_stops(dark)},
        "margin": {"l": 48, "r": 12, "t": 8, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": colours.background,
            "bordercolor": colours.control,
            "font": {"family": FONT, "size": SMALL_SIZE, "color": colours.ink},
        },
        "xaxis": axis,
        "yaxis": axis,
    }
    return {"layout": layout}


def signed_stops(dark: bool = False) -> list[list[float | str]]:
    """Colour stops of the signed map, 0 … 1: negative blue, zero the background, positive red."""
    colours = palette(dark)
    return [[0.0, colours.negative], [0.5, colours.background], [1.0, colours.positive]]
