"""`NetSpec`: what it accepts, and the one sentence that it says otherwise."""

import pytest
from pydantic import ValidationError

from core.architectures.presets import preset, preset_names
from core.architectures.records import UnknownArchitecture
from core.architectures.spec import NetSpec, SpecRejected, StageSpec

STAGE = {"block": "basic", "count": 2, "width": 16}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"stages": []}, "A network needs at least one stage, but stages is empty."),
        ({"stages": [STAGE], "input_size": [3, 8]}, "input_size has one number or three, not 2."),
        (
            {"stages": [STAGE], "input_size": [3, 9999, 8]},
            "too large: at most 4096 channels and 1024 pixels a side",
        ),
        ({"stages": [STAGE] * 300}, "All stages together may hold at most 512 blocks, not 600."),
        (
            {"stages": [{**STAGE, "width": 0}]},
            "input should be greater than or equal to 1 (it is 0)",
        ),
        ({"stages": [{**STAGE, "block": "dense"}]}, "stages.0.block does not fit"),
        ({"stages": [STAGE], "colour": "red"}, "colour does not fit: extra inputs are not permitted"),
        ({"stages": [STAGE], "residual_scale": float("nan")}, "residual_scale does not fit"),
        (
            {"stages": [{**STAGE, "width": 32}, STAGE], "shortcut": "A"},
            "cannot go from 32 down to 16; take shortcut B",
        ),
        (
            {"stages": [{**STAGE, "stride": 2}] * 5, "input_size": [3, 8, 8]},
            "shrink below two pixels before the last stage",
        ),
        ({"stages": [STAGE], "input_size": [8]}, "cannot add 8 features to 16; give equal widths"),
        (
            {"stages": [{**STAGE, "block": "bottleneck"}], "input_size": [16]},
            'made of "plain" or "basic" blocks, not "bottleneck"',
        ),
        (
            {"stages": [STAGE], "stem": {}, "input_size": [16]},
            "A network of vectors has no stem; leave stem out.",
        ),
        ({"stages": [{**STAGE, "stride": 2}], "input_size": [16]}, "has no stride, but a stage has 2"),
        ("{", "The network does not fit"),
        ([], "The network does not fit"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(data, sentence):
    with pytest.raises(SpecRejected) as caught:
        NetSpec.parse(data)
    message = str(caught.value)
    assert sentence in message
    assert message.endswith(".") and "\n" not in message


def test_specs_are_frozen_and_survive_json():
    for name in preset_names():
        spec = preset(name)
        assert NetSpec.parse(spec.model_dump_json()) == spec
        with pytest.raises(ValidationError, match="frozen"):
            spec.norm = "none"


@pytest.mark.parametrize("name", [name for name in preset_names() if not name.endswith(("mlp10", "mlp20"))])
def test_depth_is_the_number_in_the_name(name):
    digits = "".join(letter for letter in name.rpartition("/")[2] if letter.isdigit())
    assert preset(name).depth == int(digits)


def test_out_width_knows_the_bottlenecks_expansion():
    assert StageSpec(block="bottleneck", count=1, width=64).out_width == 256
    assert StageSpec(block="basic", count=1, width=64).out_width == 64


def test_unknown_presets_are_refused():
    with pytest.raises(UnknownArchitecture, match=r"no network of its own named 'own/vgg99'"):
        preset("own/vgg99")
