"""The cost on the Architecture page, as a visitor sets it."""

import pytest

from core.ui.anatomy import colour, cost
from tests.pages.conftest import html


@pytest.mark.parametrize("choice", cost.CHOICES)
def test_every_quantity_can_be_shown(visit, choice):
    app = visit(model="cifar_resnet20")
    app.selectbox(key="cost.top").set_value(choice).run()
    assert not app.exception
    assert [box for box in app.selectbox if box.key == "cost.batch"] or not cost.quantity(choice).in_bytes


def test_the_source_says_what_is_counted(visit):
    app = visit(model="cifar_resnet20")
    assert "Parameters: scalars in all weights" in html(app)
    app.selectbox(key="cost.bottom").set_value("Training memory, Adam").run()
    app.selectbox(key="cost.batch").set_value(128).run()
    assert not app.exception
    assert "what autograd keeps for the backward pass" in html(app)


@pytest.mark.parametrize("choice", colour.CHOICES)
@pytest.mark.parametrize("detail", ["Stages", "Operations"])
def test_every_colour_at_every_detail(visit, choice, detail):
    app = visit(model="cifar_resnet20")
    app.segmented_control(key="detail").set_value(detail).run()
    app.selectbox(key="colour").set_value(choice).run()
    assert not app.exception


def test_choices_are_quantities_at_a_batch():
    assert cost.quantity("Training memory, Adam", 64).optimiser == "Adam"
    assert cost.quantity("Activations", 64).batch == 64
    assert cost.quantity("nonesuch", 64) == cost.PARAMETERS
