"""What each cell sees: photo, cells, numbers and growth as one figure that asks nothing while one points at it.

The geometry of all layers is sent once; what is measured for a choice is told apart from it, so that the figure stays
as the visitor left it. Names and numbers that come back are checked against what was sent.
"""

from core.ui.sight.figure import Choice, chosen_cell, controls, sight, tell_effect, tell_now

__all__ = ["Choice", "chosen_cell", "controls", "sight", "tell_effect", "tell_now"]
