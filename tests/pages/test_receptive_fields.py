"""The Receptive fields page, as a visitor asks it."""

from time import sleep

from tests.pages.conftest import html

PAGE = "receptive_fields"
SMALL = {"model": "cifar_resnet20", "growth": "none", "photo": "coffee"}


def test_the_answer_names_layer_field_and_skips(visit):
    app = visit(PAGE, **SMALL, node="layer2.1")
    assert not app.exception
    text = html(app)
    assert "This cell of layer2.1 can see 29\u00a0×\u00a029 pixels" in text
    assert "Through the skips alone it would see 3\u00a0×\u00a03." in text
    assert "distill.pub" in text
    assert "Save the growth (CSV)" in [button.label for button in app.get("download_button")]


def test_a_layer_without_cells_is_explained_and_an_earlier_one_shown(visit):
    app = visit(PAGE, **SMALL, node="fc")
    assert not app.exception
    assert "This cell of layer3.2" in html(app)
    assert "this is layer3.2." in html(app)


def test_what_the_address_names_in_vain_is_said(visit):
    app = visit(PAGE, **{**SMALL, "growth": "nonesuch"}, spot="<b>here</b>")
    assert not app.exception
    assert "“&lt;b&gt;here&lt;/b&gt;” is no place on the picture" in html(app)
    assert "No architecture is called “nonesuch”" in html(app)


def test_a_network_of_numbers_sees_no_picture(visit):
    app = visit(PAGE, model="plain_mlp10")
    assert not app.exception
    assert "takes 64 numbers and no picture" in html(app)


def test_growth_is_compared_with_what_is_chosen(visit):
    app = visit(PAGE, **{**SMALL, "growth": "cifar_plain20"})
    assert not app.exception
    box = next(box for box in app.multiselect if box.key == "fields.growth")
    assert box.value == ["cifar_plain20"]
    box.set_value([]).run()
    assert not app.exception
    assert app.query_params["growth"] == "none"


def test_what_was_measured_can_be_taken_away(visit):
    app = visit(PAGE, **SMALL, node="layer1.0")
    for _ in range(200):
        if any(button.label == "Save the measures (CSV)" for button in app.get("download_button")):
            break
        sleep(0.1)
        app.run()
    labels = [button.label for button in app.get("download_button")]
    assert "Save the measures (CSV)" in labels
    assert "Save the effect of each pixel (CSV)" in labels
