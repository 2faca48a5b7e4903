"""Small kernels, large fields: a stack that can be built, beside the single kernel of the same field."""

from core.ui.stacks.page_part import draw

__all__ = ["draw"]
