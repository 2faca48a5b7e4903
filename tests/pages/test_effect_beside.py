"""The effect on a cell beside that in the plain twin: measured when chosen, told from the numbers, refused with why."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import html


def measured(app: AppTest, what: str) -> str:
    """Run until ``what`` is said; at most a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        app.run()
        assert not app.exception
        if what in html(app):
            return html(app).replace("\u00a0", " ")
        time.sleep(0.2)
    raise AssertionError(f"{what!r} is not said: {html(app)[-800:]}")


def test_a_network_beside_its_plain_twin(visit):
    app = visit("receptive_fields", model="cifar_resnet20", node="layer2.0", size="32")
    assert "plain twin:" not in html(app)
    assert app.segmented_control(key="fields.beside").options == ["Its plain twin"]
    assert "There are no trained weights of CIFAR ResNet-20 to compare with." in html(app)
    app.segmented_control(key="fields.beside").set_value("Its plain twin")
    said = measured(app, "What differs:")
    assert "of the box in CIFAR ResNet-20 and" in said
    assert "its plain twin really uses more of what it can see." in said
    assert "The skips shrink the effective field here" in said


def test_a_network_without_skips_is_told_so(visit):
    app = visit("receptive_fields", model="own/vgg11", node="features.0", size="32")
    measured(app, "has no skips that could be taken out.")
    assert "fields.beside" not in [control.key for control in app.segmented_control]
