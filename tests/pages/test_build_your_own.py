"""The form by which a visitor builds a network, through Streamlit's own harness with the real worker behind it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.architectures import recipes
from core.architectures.codec import decode, encode
from core.architectures.spec import NetSpec
from tests.architectures.nets import example
from tests.pages.conftest import html, settled

Visit = Callable[..., AppTest]
TEXT = encode(example())
RESNET18 = "1_stem_basic2x64_basic2x128s2_basic2x256s2_basic2x512s2"


def text(app: AppTest) -> str:
    return html(app).replace("\u00a0", " ")


def recipe(app: AppTest) -> str:
    value = app.query_params["recipe"]
    return value if isinstance(value, str) else value[0]


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return settled(app)


def from_menu(app: AppTest, place: int, action: str) -> AppTest:
    app.menu_button(key=f"builder_menu_{place}").click(action)
    return settled(app)


@pytest.fixture
def app(visit: Visit) -> AppTest:
    return visit("build_your_own", recipe=TEXT, model="resnet18")


class TestShown:
    def test_the_answer_and_what_each_row_costs(self, app: AppTest) -> None:
        assert not app.exception
        shown = text(app)
        assert "Twice as deep as ResNet-18, for less: 37 layers, 7.05 M parameters (60 %)" in shown
        for row in ("9,536", "148 k", "526 k", "1.70 M", "3.64 M", "1.02 M"):
            assert f">{row}</span>" in shown
        assert "19.6 times fewer, 60 % of ResNet-18" in shown

    def test_fields_show_the_recipe(self, app: AppTest) -> None:
        assert app.selectbox(key="builder_block_3").value == "grouped-bottleneck"
        assert [app.number_input(key=f"builder_out_{i}").value for i in range(4)] == [64, 128, 512, 1024]
        assert [app.number_input(key=f"builder_count_{i}").value for i in range(4)] == [2, 2, 6, 3]
        assert app.selectbox(key="builder_start").value == "now"

    @pytest.mark.parametrize(
        ("model", "starts"),
        [("vgg16", "1_vgg2x64s2"), ("timm/convnext_tiny", RESNET18), ("residual_mlp10", "1_in64")],
    )
    def test_begins_with_the_selected_net_where_it_is_one_of_ours(
        self, visit: Visit, model: str, starts: str
    ) -> None:
        app = visit("build_your_own", model=model)
        assert recipe(app).startswith(starts)
        assert not app.exception

    @pytest.mark.parametrize(
        "key", ["vgg16", "resnet50", "resnext50", "cifar_plain56", "cifar_pre56", "residual_mlp10"]
    )
    def test_every_start(self, app: AppTest, key: str) -> None:
        app.selectbox(key="builder_start").set_value(key)
        settled(app)
        assert not app.exception
        assert "This is " in text(app)
        app.number_input(key="builder_count_0").set_value(4)
        settled(app)
        assert not app.exception
        assert ", changed" in app.selectbox(key="builder_start").options[0]


class TestStages:
    def test_add_move_copy_remove(self, app: AppTest) -> None:
        press(app, "Add a stage")
        assert recipe(app) == f"{TEXT}_grouped3x1024"
        from_menu(app, 4, "Remove")
        assert recipe(app) == TEXT
        from_menu(app, 3, "Move up")
        assert recipe(app) == "1_stem_basic2x64_basic2x128s2_grouped3x1024s2_bottleneck6x512s2"
        from_menu(app, 2, "Move down")
        assert recipe(app) == TEXT
        from_menu(app, 0, "Copy")
        assert recipe(app).startswith("1_stem_basic2x64_basic2x64_basic2x128s2")
        assert app.number_input(key="builder_out_2").value == 128
        assert not app.exception

    def test_the_last_stage_stays(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe="1_basic2x64")
        from_menu(app, 0, "Remove")
        assert recipe(app) == "1_basic2x64"

    def test_every_field_changes_the_recipe(self, app: AppTest) -> None:
        app.selectbox(key="builder_block_2").set_value("pre-activation")
        app.number_input(key="builder_count_2").set_value(4)
        app.number_input(key="builder_out_2").set_value(256)
        app.segmented_control(key="builder_stride_2").set_value(1)
        app.toggle(key="builder_skip_2").set_value(False)
        settled(app)
        assert recipe(app).split("_")[4] == "pre4x256n"
        assert "Stage 3 has no skips." in text(app)
        assert not app.exception

    def test_stem_head_and_settings(self, app: AppTest) -> None:
        app.selectbox(key="builder_stem_kernel").set_value(3)
        app.toggle(key="builder_stem_pool").set_value(False)
        app.number_input(key="builder_classes").set_value(10)
        app.text_input(key="builder.hidden").set_value("64, 32")
        app.selectbox(key="builder_norm").set_value("group")
        app.number_input(key="builder_scale").set_value(0.5)
        app.number_input(key="builder_side").set_value(96)
        settled(app)
        spec = decode(recipe(app))
        assert spec.stem is not None
        assert (spec.stem.kernel, spec.stem.pool, spec.norm, spec.residual_scale) == (3, False, "group", 0.5)
        assert (spec.head.num_classes, spec.head.hidden, spec.input_size) == (10, (64, 32), (3, 96, 96))
        assert "3×3, stride 2, 64 channels" in text(app)
        assert not app.exception
        app.toggle(key="builder_stem").set_value(False)
        settled(app)
        assert "none: the first stage reads the input itself" in text(app)

    def test_widths_of_hidden_layers_that_are_none(self, app: AppTest) -> None:
        app.text_input(key="builder.hidden").set_value("64, many")
        settled(app)
        assert "Widths are up to 8 whole numbers" in text(app)
        assert app.text_input(key="builder.hidden").value == "64, many"
        assert recipe(app) == TEXT


class TestProblems:
    def test_a_width_that_does_not_split(self, app: AppTest) -> None:
        app.number_input(key="builder_out_3").set_value(1000)
        settled(app)
        shown = text(app)
        assert "1000 channels: the 3×3 inside has 500, which do not split into 32 groups." in shown
        assert "Figures and strip show the last valid width, 1024." in shown
        assert "7 × 7 × 1024" in shown
        assert next(b for b in app.button if b.label == "Use on all pages").disabled
        assert recipe(app).endswith("grouped3x1000s2")
        press(app, "Take 960")
        assert recipe(app).endswith("grouped3x960s2")
        assert "do not split" not in text(app)
        assert "7 × 7 × 960" in text(app)

    def test_typing_stays_while_another_field_changes(self, app: AppTest) -> None:
        app.number_input(key="builder_out_3").set_value(1000)
        settled(app)
        app.number_input(key="builder_count_0").set_value(5)
        settled(app)
        assert app.number_input(key="builder_out_3").value == 1000
        press(app, "Take 1024")
        assert recipe(app) == TEXT.replace("basic2x64", "basic5x64")
        assert "25.0" not in text(app)

    def test_an_address_with_a_draft_that_does_not_fit(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe=TEXT.replace("x1024", "x1000"))
        assert "which do not split into 32 groups" in text(app)
        assert "last valid width, 1024." in text(app)
        assert "7.05 M" in text(app)

    def test_problems_of_the_whole(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe="1_basic40x4096")
        assert "million parameters" in text(app)
        assert not app.exception

    def test_another_kind_of_block_in_a_stage_too_wide_for_it(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe="1_bottleneck1x8192")
        app.selectbox(key="builder_block_0").set_value("basic")
        settled(app)
        assert not app.exception
        assert recipe(app) == "1_basic1x8192"
        assert app.number_input(key="builder_out_0").value == 8192
        shown = text(app)
        assert shown.count("8192 channels: this kind of block puts out 1 to 4096.") == 1
        assert "<style>.st-key-builder_out_0 [data-testid" in shown
        press(app, "Take 4096")
        assert not app.exception
        assert recipe(app) == "1_basic1x4096"
        assert "this kind of block puts out" not in text(app)

    def test_a_width_that_no_field_takes_is_not_offered(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe="1_bottleneck1x16384_basic1x64_skipsA")
        assert not app.exception
        assert "cannot go from 16384 down to 64; take shortcut B." in text(app)
        assert not [button for button in app.button if button.label.startswith("Take ")]

    def test_what_was_said_of_an_address_is_gone_when_the_page_is_entered_again(self, visit: Visit) -> None:
        app = visit("build_your_own", recipe="nonsense")
        assert "The recipe in the address cannot be read." in text(app)
        app.switch_page("pages/architecture.py").run()
        app.query_params.clear()
        app.switch_page("pages/build_your_own.py").run()
        assert recipe(app) == RESNET18
        assert "in the address" not in text(app)
        app.switch_page("pages/architecture.py").run()
        app.query_params["recipe"] = "nonsense"  # as when going back to that address
        app.switch_page("pages/build_your_own.py").run()
        assert "The recipe in the address cannot be read." in text(app)

    def test_undo(self, app: AppTest) -> None:
        app.number_input(key="builder_out_3").set_value(1000)
        settled(app)
        press(app, "Add a stage")
        press(app, "Undo")
        assert app.number_input(key="builder_out_3").value == 1000
        press(app, "Undo")
        assert recipe(app) == TEXT
        assert next(b for b in app.button if b.label == "Undo").disabled


class TestFile:
    def test_a_kept_file_comes_back(self, app: AppTest) -> None:
        data = example().model_dump_json(indent=2).encode()
        app.selectbox(key="builder_start").set_value("vgg16")
        settled(app)
        app.file_uploader(key="builder.file").set_value([("net.json", data, "application/json")])
        settled(app)
        assert recipe(app) == TEXT
        app.number_input(key="builder_count_0").set_value(4)
        settled(app)
        assert recipe(app) == TEXT.replace("basic2x64", "basic4x64")


class TestUse:
    def test_then_other_pages_show_it(self, app: AppTest) -> None:
        press(app, "Use on all pages")
        name = recipes.name_of(example())
        assert app.query_params["model"] in (name, [name])
        box = app.sidebar.selectbox(key="sidebar.model")
        assert box.value == name
        assert box.options[0].replace("\u00a0", " ") == "Own net · 37 layers, 7.05 M, from ResNet-18"
        assert next(b for b in app.button if b.label == "In use on all pages").disabled
        app.switch_page("pages/feature_maps.py")
        settled(app)
        assert not app.exception
        assert "Own net has learned nothing yet: random weights, seed 0." in text(app)
        app.switch_page("pages/architecture.py")
        settled(app)
        assert "Every one of Own net’s 13 blocks is bridged by a skip." in text(app)
        app.switch_page("pages/speed.py")
        app.run()
        assert app.multiselect(key="speed.names").options[0].startswith("Own net")
        assert not app.exception

    def test_a_used_recipe_stays_in_the_lists(self, app: AppTest) -> None:
        press(app, "Use on all pages")
        app.sidebar.selectbox(key="sidebar.model").set_value("resnet18")
        settled(app)
        assert app.sidebar.selectbox(key="sidebar.model").options[0].startswith("Own net")
        assert next(b for b in app.button if b.label == "Use on all pages")

    def test_your_last(self, app: AppTest) -> None:
        press(app, "Use on all pages")
        app.selectbox(key="builder_start").set_value("vgg16")
        settled(app)
        app.selectbox(key="builder_start").set_value("last")
        settled(app)
        assert recipe(app) == TEXT

    def test_an_address_of_a_page_that_names_a_recipe(self, visit: Visit) -> None:
        app = visit("feature_maps", model=f"spec-{TEXT}", node="layer3.2")
        assert not app.exception
        assert "Own net has learned nothing yet" in text(app)
        assert "maps of layer3.2" in text(app)

    def test_a_recipe_that_does_not_fit_is_said(self, visit: Visit) -> None:
        app = visit("architecture", model="spec-1_grouped3x1000")
        assert not app.exception
        assert "The recipe in the address does not fit; this is resnet50." in text(app)


def test_the_kept_file_is_read_by_the_library() -> None:
    assert NetSpec.parse(example().model_dump_json(indent=2).encode()) == example()
