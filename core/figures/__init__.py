"""Results as pictures: diagrams, maps, charts, and the colours and numbers they share. Data in, picture out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["diagram", "graphviz_diagram", "maps", "numbers", "strip", "theme"],
    submod_attrs={
        "diagram": ["Box", "Diagram", "Mark"],
        "graphviz_diagram": ["LayoutUnavailable", "operations"],
        "maps": ["encode_png", "map_grid"],
        "theme": ["plotly_template"],
    },
)
