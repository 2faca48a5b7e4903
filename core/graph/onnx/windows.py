"""Windows of convolutions and pooling, and how resizing lays units on each other, as ONNX files tell them."""

from __future__ import annotations

from core.graph.onnx.call import Attributes, Call, Untold

_PLACES = {
    "half_pixel": "centres",
    "half_pixel_symmetric": "centres",
    "pytorch_half_pixel": "centres",
    "align_corners": "corners",
    "asymmetric": "edges",
    "tf_half_pixel_for_nn": "shifted",
}
_ROUNDINGS = {
    "round_prefer_floor": "half down",
    "round_prefer_ceil": "half up",
    "floor": "down",
    "ceil": "up",
}
_MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
_WIDEST = 100_000  # pixels: as many as a picture's side may have
_CLOSE = 1e-3  # scales are kept in 32 bits


def windowed(call: Call) -> Attributes:
    """The padding in front, where it is not the same as behind."""
    kernel = call.described.get("kernel")
    if not isinstance(kernel, tuple) or not call.rank == len(call.output) == len(kernel) + 2:
        raise Untold("its window is not told")
    ones = (1,) * len(kernel)
    stride, dilation = (call.listed(name, default=ones) for name in ("strides", "dilations"))
    pads = call.listed("pads", default=(0,) * (2 * len(kernel)))
    if not len(stride) == len(dilation) == len(pads) / 2 == len(kernel):
        raise Untold("its settings do not fit its window")
    if min(*kernel, *stride, *dilation) < 1 or call.listed("kernel_shape", default=kernel) != kernel:
        raise Untold("its settings do not fit its window")
    if max(*stride, *(d * k for k, d in zip(kernel, dilation, strict=True))) > _WIDEST:
        raise Untold("its window is larger than any picture")
    front = pads[: len(kernel)]
    automatic = call.text("auto_pad", "NOTSET") or "NOTSET"
    transposed = call.operation == "ConvTranspose"
    if automatic == "VALID":
        front = (0,) * len(kernel)
    elif automatic in ("SAME_UPPER", "SAME_LOWER") or (transposed and "output_shape" in call.settings):
        spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        totals = _totals(call, spans, stride)
        if transposed and any(total % 2 for total in totals):
            raise Untold("on which side it cuts is not told")
        front = tuple(total // 2 if automatic == "SAME_UPPER" else total - total // 2 for total in totals)
    elif automatic != "NOTSET":
        raise Untold("its padding is not told")
    return {} if front == call.described.get("padding") else {"front": front}


def _totals(call: Call, spans: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Padding in front and behind together, as follows from the sizes."""
    sides = list(zip(call.shape[2:], call.output[2:], spans, stride, strict=True))
    if call.operation != "ConvTranspose":
        return tuple(max(0, (after - 1) * s + span - before) for before, after, span, s in sides)
    more = call.listed("output_padding", default=(0,) * len(spans))
    if len(more) != len(spans):
        raise Untold("its settings do not fit its window")
    found = tuple(
        (before - 1) * s + span + extra - after
        for (before, after, span, s), extra in zip(sides, more, strict=True)
    )
    if min(found) < 0:
        raise Untold("its padding is not told")
    return found


def resized(call: Call) -> Attributes:
    """Which units lie on each other, and how many are read around a place."""
    before, after = call.shape, call.output
    mode = _MODES.get(call.text("mode", "nearest"))
    if mode is None or len(before) != len(after):
        raise Untold("how it resizes is not told")
    old = call.operation == "Upsample" or call.version < 11
    _check_scales(call, old=old)
    if old:
        if mode == "nearest" and any(b > a for b, a in zip(before, after, strict=True)):
            raise Untold("how it rounds is not told")
        return {"mode": mode, "places": "edges", "rounding": "down"}
    way = call.text("coordinate_transformation_mode", "half_pixel")
    rounding = _ROUNDINGS.get(call.text("nearest_mode", "round_prefer_floor"))
    single = any(a == 1 < b for b, a in zip(before, after, strict=True))
    if way not in _PLACES or rounding is None or (way == "pytorch_half_pixel" and single):
        raise Untold("how it resizes is not told")
    if call.whole("antialias", 0) or call.settings.get("cubic_coeff_a", -0.75) == 0:
        raise Untold("resizing with anti-aliasing cannot be followed")
    if call.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise Untold("how it resizes is not told")
    return {"mode": mode, "places": _PLACES[way], "rounding": rounding}


def _check_scales(call: Call, *, old: bool) -> None:
    """Follow scales only where they are what the sizes say: else units do not lie where these put them.

    Raises:
        Untold: neither scales nor sizes are known, or they do not fit.
    """
    place = 1 if old else 2
    scales = call.fractions(place, "scales")
    if not scales:
        if old or not call.numbers(3):
            raise Untold("to which size it resizes is not told")
        return
    axes = call.listed("axes", default=tuple(range(call.rank)))
    if len(axes) != len(scales):
        raise Untold("its scales do not fit its axes")
    for axis, scale in zip(axes, scales, strict=True):
        number = call.any_axis(axis)
        if not abs(call.shape[number] * scale - call.output[number]) < _CLOSE * call.output[number]:
            raise Untold("its scale gives no whole size")
