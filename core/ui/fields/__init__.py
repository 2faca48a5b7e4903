"""The parts of the page on receptive fields: the chosen cell, what is measured for it, what growth is compared with."""

from core.ui.fields.chosen import Chosen, choose_cell, choose_layer, chosen, require_fields

__all__ = ["Chosen", "choose_cell", "choose_layer", "chosen", "require_fields"]
