"""Addresses that nobody would type: whatever they name in vain is said in one sentence, and nothing breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.ui.selection import parse
from core.ui.wording import plain, quoted
from tests.pages.conftest import APP, html, navigation_of_the_new_kind  # noqa: F401 - the latter is a fixture

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)


def at_runs(**query: str) -> AppTest:
    """The page that needs no graph, under an address."""
    app = AppTest.from_file(APP, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/runs.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


@given(ANY_TEXT)
def test_strangers_words_can_be_sent_and_stay_on_their_line(text: str) -> None:
    shown = quoted(text)
    assert shown.encode()
    assert shown.isprintable()
    assert len(shown) <= 62
    assert plain(shown) == shown


@given(st.dictionaries(st.sampled_from(["model", "weights", "size", "node", "photo"]), ANY_TEXT))
def test_what_is_said_of_an_address_is_one_short_sentence(query: dict[str, str]) -> None:
    _, dropped = parse(query)
    for sentence in dropped:
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 200


@pytest.mark.parametrize(
    "weights", ["../../etc/passwd", "/etc/passwd", "x.safetensors", "/tmp/x.safetensors", "<b>", "\0"]
)
def test_weights_by_path_are_named_and_not_opened(weights: str) -> None:
    app = at_runs(model="cifar_resnet20", weights=weights)
    assert not app.exception
    assert "CIFAR ResNet-20 has no weights called “" in html(app)
    assert "“Random, seed 0” is used." in html(app)
    assert app.sidebar.selectbox(key="sidebar.weights").value == "random"


def test_files_of_another_session_are_not_here() -> None:
    app = at_runs(model="cifar_resnet20", weights="own-0123456789ab", photo="own-0123456789ab")
    assert not app.exception
    assert "Weights files stay with the session" in html(app)
    assert "Own pictures stay with the session" in html(app)


@pytest.mark.parametrize(
    "photo", ["../../etc/passwd", "<img src=x onerror=alert(1)>", "chelsea\0", "a" * 5000]
)
def test_a_picture_that_is_none(photo: str) -> None:
    app = at_runs(model="cifar_resnet20", photo=photo)
    assert not app.exception
    assert "No picture is called “" in html(app)
    assert "<img src=x" not in html(app)


def test_a_sentence_about_the_address_stays_until_something_is_chosen() -> None:
    app = at_runs(model="nonesuch")
    for _ in range(3):
        app.run()
        assert "No architecture is called “nonesuch”" in html(app)
    app.sidebar.selectbox(key="sidebar.model").set_value("cifar_resnet20").run()
    assert "No architecture is called" not in html(app)
    assert app.query_params["model"] == ["cifar_resnet20"] or app.query_params["model"] == "cifar_resnet20"
