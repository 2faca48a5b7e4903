"""The rules by which receptive fields are computed, by kind of operation; importing this package registers them."""

from core.graph.fields.rules import axes, closed, onnx, pointwise, products, windows
from core.graph.fields.rules.registry import Operands, Rule, find, rule

__all__ = ["Operands", "Rule", "axes", "closed", "find", "onnx", "pointwise", "products", "rule", "windows"]
