"""A grid of feature maps as one picture, of which one map can be chosen by pointer or keys."""

from core.ui.map_grid.map_grid import chosen, map_grid

__all__ = ["chosen", "map_grid"]
