"""Operations of ONNX's own set, where the rule is not that of their kind."""

from __future__ import annotations

from core.graph.fields.layout import NotFollowed
from core.graph.fields.rules.axes import expanded, permuted
from core.graph.fields.rules.pointwise import norm_over_named_axes, same_place
from core.graph.fields.rules.products import einstein_sum, linear, reduction
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.rules.windows import pixel_unshuffle
from core.graph.fields.sight import Sight
from core.graph.records import Node

_UNARY = """
Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitwiseNot Cast CastLike Ceil Celu Clip Cos Cosh
DequantizeLinear Dropout Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not
QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh
ThresholdedRelu
"""
_ELEMENTWISE = """
Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul
Or PRelu Pow Sub Sum Where Xor
"""
UNARY = tuple(_UNARY.split())
"""Operations that read the same place of their first operand."""
ELEMENTWISE = tuple(_ELEMENTWISE.split())
"""Operations that read the same place of all operands."""
REDUCING = (
    *("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"),
    *("ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax", "ArgMin"),
)
"""Operations that take the entries along axes together."""


def _named(*words: str) -> tuple[str, ...]:
    return tuple(f"ai.onnx.{word}" for word in words)


rule(*_named(*UNARY, *ELEMENTWISE))(same_place)
rule(*_named(*REDUCING))(reduction)
rule(*_named("Hardmax", "LpNormalization", "MeanVarianceNormalization"))(norm_over_named_axes)
rule(*_named("SpaceToDepth"))(pixel_unshuffle)
rule(*_named("Einsum"))(einstein_sum)


@rule(*_named("Transpose"))
def transpose(node: Node, operands: Operands) -> Sight:
    """The axes in another order."""
    axes = node.attributes.get("axes")
    if not isinstance(axes, tuple):
        raise NotFollowed("transposing")
    return permuted(operands.first, axes)


@rule(*_named("Expand"))
def expand(node: Node, operands: Operands) -> Sight:
    """Axes of size 1 repeated; a side of 1 in the shape that is asked for leaves an axis as it is."""
    return expanded(operands.first, node.output_shape)


@rule(*_named("Gemm"))
def general_product(node: Node, operands: Operands) -> Sight:
    """A linear layer, or a product of two matrices of which either may be transposed."""
    return einstein_sum(node, operands) if "equation" in node.attributes else linear(node, operands)
