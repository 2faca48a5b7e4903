"""Results as pictures: diagrams, maps, charts, and the colours and numbers they share. Pure."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "arcs",
        "canvas",
        "descriptions",
        "diagram",
        "folded",
        "frame",
        "glyphs",
        "graphviz_diagram",
        "items",
        "layout_program",
        "legend",
        "links",
        "maps",
        "numbers",
        "overlay",
        "seen",
        "speed",
        "statements",
        "strip_layout",
        "structure",
        "svg",
        "theme",
        "thumbnail",
        "units",
    ],
    submod_attrs={
        "diagram": ["Box", "Diagram", "Mark"],
        "graphviz_diagram": ["LayoutUnavailable", "operations"],
        "maps": ["colour_map", "encode_png", "map_grid"],
        "strip_layout": ["strip"],
        "theme": ["plotly_template"],
    },
)
