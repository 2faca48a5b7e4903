"""Titles as people write them ("ResNet-50", "ViT-B/16"), and depths as papers count them."""

from __future__ import annotations

import re

from core.architectures.families import family_of

_SPECIAL = {
    "timm/tf_efficientnet_lite0": "EfficientNet-Lite0",
    "timm/efficientnet_lite0": "EfficientNet-Lite0, symmetric padding",
    "alexnet": "AlexNet",
    "googlenet": "GoogLeNet",
}

_PATTERNS: tuple[tuple[str, str], ...] = (
    # A pattern for the whole name (without library) and the title made of its groups; the first that fits
    # decides.
    (r"vgg(\d+)", r"VGG-\1"),
    (r"vgg(\d+)_bn", r"VGG-\1 with batch norm"),
    (r"resnet(\d+)", r"ResNet-\1"),
    (r"wide_resnet(\d+)_2", r"Wide ResNet-\1-2"),
    (r"resnext(\d+)_(\d+)x(\d+)d", r"ResNeXt-\1 \2×\3d"),
    (r"seresnext(\d+)_(\d+)x(\d+)d", r"SE-ResNeXt-\1 \2×\3d"),
    (r"densenet(\d+)", r"DenseNet-\1"),
    (r"efficientnet_b(\d)", r"EfficientNet-B\1"),
    (r"efficientnet_lite(\d)", r"EfficientNet-Lite\1"),
    (r"efficientnet_?v2_(s|m|l|xl|b\d)", r"EfficientNetV2-\U\1"),
    (r"inception_v(\d)", r"Inception-v\1"),
    (r"inception_resnet_v2", r"Inception-ResNet-v2"),
    (r"mnasnet(\d)_(\d+)", r"MNASNet \1.\2"),
    (r"mobilenet_v2", r"MobileNetV2"),
    (r"mobilenet_v3_(large|small)", r"MobileNetV3 \C\1"),
    (r"regnet_([xy])_(\d+)_(\d+)gf", r"RegNet\U\1\E-\2.\3GF"),
    (r"regnet_([xy])_(\d+)(gf|mf)", r"RegNet\U\1\E-\2\U\3"),
    (r"regnet([xy])_00(\d)", r"RegNet\U\1\E-\{2}00MF"),
    (r"regnet([xy])_0(\d)0", r"RegNet\U\1\E-\2GF"),
    (r"regnet([xy])_0(\d)(\d)", r"RegNet\U\1\E-\2.\3GF"),
    (r"regnet([xy])_(\d+)0", r"RegNet\U\1\E-\2GF"),
    (r"shufflenet_v2_x(\d)_(\d)", r"ShuffleNetV2 \1.\2×"),
    (r"squeezenet(\d)_(\d)", r"SqueezeNet \1.\2"),
    (r"swin_([tsb])", r"Swin-\U\1"),
    (r"swin_v2_([tsb])", r"Swin V2-\U\1"),
    (r"maxvit_t", r"MaxViT-T"),
    (r"vit_([blh])_(\d+)", r"ViT-\U\1\E/\2"),
    (r"convnext_(tiny|small|base|large)", r"ConvNeXt \C\1"),
    (r"plain(\d+)", r"Plain-\1"),
    (r"cifar_resnet(\d+)", r"CIFAR ResNet-\1"),
    (r"cifar_plain(\d+)", r"CIFAR plain-\1"),
    (r"plain_mlp(\d+)", r"Plain MLP-\1"),
    (r"residual_mlp(\d+)", r"Residual MLP-\1"),
)

_WORDS = {
    "vit": "ViT",
    "tf": "TensorFlow",
    "bn": "batch norm",
    "gn": "group norm",
    "bit": "BiT",
    "clip": "CLIP",
    "siglip": "SigLIP",
    "dinov2": "DINOv2",
    "dinov3": "DINOv3",
    "rope": "RoPE",
    "swinv2": "Swin V2",
    "swin": "Swin",
    "s3": "S3",
    "caformer": "CAFormer",
    "convformer": "ConvFormer",
    "deit3": "DeiT III",
    "efficientvit": "EfficientViT",
    "cs3darknet": "CS3Darknet",
    "cspdarknet53": "CSPDarknet-53",
    "cspresnet50": "CSPResNet-50",
    "cspresnext50": "CSPResNeXt-50",
    "gernet": "GENet",
    "nfnet": "NFNet",
    "maxxvit": "MaxxViT",
    "maxxvitv2": "MaxxViTv2",
    "resnetv2": "ResNetV2",
    "gap": "average pooled",
    "distilled": "distilled",
    "x": "X",
    "xx": "XX",
    "s": "S",
    "m": "M",
    "l": "L",
    "b": "B",
    "t": "T",
}
_SIZES = (
    "tiny",
    "small",
    "base",
    "large",
    "huge",
    "giant",
    "medium",
    "nano",
    "pico",
    "femto",
    "atto",
    "xlarge",
)
_NUMBERED = re.compile(
    r"((?:legacy_)?(?:se|sk|eca|nf_|nf_se|nf_eca)?(?:resnet|resnext|resnest|res2net|dpn|dla))(\d.*)"
)
_WRITTEN = {
    "resnet": "ResNet",
    "resnext": "ResNeXt",
    "resnest": "ResNeSt",
    "res2net": "Res2Net",
    "dpn": "DPN",
    "dla": "DLA",
}
_ATTENTION = {
    "se": "SE-",
    "sk": "SK-",
    "eca": "ECA-",
    "nf_": "NF-",
    "nf_se": "NF-SE-",
    "nf_eca": "NF-ECA-",
    "": "",
}


def title_of(name: str) -> str:
    """The title of a catalogue name. Distinct names of one library get distinct titles."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    bare = name.removeprefix("timm/").removeprefix("own/")
    plain = bare.removeprefix("tf_")
    title = _by_pattern(plain) or _numbered(plain) or _by_family(plain)
    if bare != plain:
        return f"{title}, TensorFlow padding"
    return f"{title}, our own code" if name.startswith("own/") else title


def _by_pattern(name: str) -> str | None:
    for pattern, template in _PATTERNS:
        match = re.fullmatch(pattern, name)
        if match:
            return _fill(template, match)
    return None


def _fill(template: str, match: re.Match[str]) -> str:
    # \U\1\E puts a group in upper case, \C\1 starts it with a capital; \E may be left out at the end. Braces,
    # as in \{2}, keep a group's number apart from digits that follow.
    text = re.sub(r"\\U\\(\d)(\\E)?", lambda use: match[int(use[1])].upper(), template)
    text = re.sub(r"\\C\\(\d)", lambda use: match[int(use[1])].capitalize(), text)
    return re.sub(r"\\\{?(\d)\}?", lambda use: match[int(use[1])], text)


def _numbered(name: str) -> str | None:
    match = _NUMBERED.fullmatch(name)
    if not match:
        return None
    stem, rest = match[1], match[2]
    legacy, stem = stem.startswith("legacy_"), stem.removeprefix("legacy_")
    base = next(word for word in _WRITTEN if stem.endswith(word))
    first, *others = rest.split("_")
    title = f"{_ATTENTION[stem.removesuffix(base)]}{_WRITTEN[base]}-{first}"
    words = " ".join([title, *(re.sub(r"^(\d+)x(\d+)d$", r"\1×\2d", word) for word in others)])
    return f"{words}, older code" if legacy else words


def _by_family(name: str) -> str:
    family = family_of(name)
    squeezed = re.sub(r"[^a-z0-9]", "", family.lower())
    taken = _prefix_that_squeezes_to(name, squeezed)
    if taken:
        return _words(family, name[len(taken) :].strip("_"))
    first, _, rest = name.partition("_")
    return _words(_WORDS.get(first, first), rest)


def _prefix_that_squeezes_to(name: str, squeezed: str) -> str:
    for end in range(len(name), 0, -1):
        if name[:end].replace("_", "") == squeezed:
            return name[:end]
    return ""


def _words(start: str, rest: str) -> str:
    words = [_word(word) for word in rest.split("_") if word]
    return " ".join([start, *words])


def _word(word: str) -> str:
    if word in _SIZES:
        return word.capitalize()
    if word in _WORDS:
        return _WORDS[word]
    return re.sub(r"^patch(\d+)$", r"patch \1", word)


_DEPTHS: tuple[tuple[str, int | None], ...] = (
    # Where the paper's own name carries its depth, the first group is it.
    (r"(?:own/|timm/)?vgg(\d+)(?:_bn)?", None),
    (r"(?:own/|timm/)?resnet(18|34|50|101|152)", None),
    (r"(?:timm/)?resnetv2_(18|34|50|101|152)", None),
    (r"(?:timm/)?(?:legacy_)?seresnet(18|34|50|101|152)", None),
    (r"(?:timm/)?(?:legacy_)?(?:se)?resnext(50|101)_\d+x\d+d", None),
    (r"(?:timm/)?wide_resnet(50|101)_2", None),
    (r"(?:timm/)?densenet(121|161|169|201)", None),
    (r"alexnet", 8),
    (r"googlenet", 22),
)


def depth_of(name: str) -> int | None:
    """Weighted layers as the paper counts them, where the name or the paper says so; else None.

    Variants with a deeper stem ("resnet50d") are left out: their names keep the number but not the count.
    """
    for pattern, depth in _DEPTHS:
        match = re.fullmatch(pattern, name)
        if match:
            return depth or int(match[1])
    return None
