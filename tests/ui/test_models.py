"""What a visitor can pick: the catalogue's, and the recipes of their session before it."""

from streamlit.testing.v1 import AppTest

from core.architectures import catalogue, recipes
from core.ui import choices, models, own_recipes
from tests.architectures.nets import example

NAME = recipes.name_of(example())


def script() -> None:
    import streamlit as st

    from core.ui import models, own_recipes

    for name in st.session_state.get("used", ()):
        own_recipes.remember(name)
    st.text("|".join(models.own()))
    st.text(str(len(models.names())))
    st.text("|".join(entry.title for entry in models.search(st.session_state.get("text", ""), limit=3)))
    st.text(models.families()[0])


def shown(*used: str, text: str = "") -> list[str]:
    app = AppTest.from_function(script)
    app.session_state["used"], app.session_state["text"] = used, text
    app.run()
    assert not app.exception
    return [one.value for one in app.text]


def test_without_recipes_it_is_the_catalogue() -> None:
    own, number, _, family = shown("resnet50")
    assert (own, number, family) == ("", str(len(catalogue.names())), catalogue.families()[0])


def test_recipes_come_first_and_once() -> None:
    own, number, found, family = shown(NAME, "vgg16", NAME, text="own net")
    assert own == NAME
    assert number == str(len(catalogue.names()) + 1)
    assert found.split("|")[0] == "Own net"
    assert family == recipes.FAMILY


def test_only_the_latest_dozen_stays_in_the_lists() -> None:
    names = [f"spec-1_basic{count}x8" for count in range(1, 20)]
    assert shown(*names)[0].split("|") == names[: -own_recipes.MOST - 1 : -1]


def test_recipes_are_known_where_they_fit() -> None:
    assert models.known(NAME)
    assert models.known("vgg16")
    assert not models.known("spec-1_grouped3x1000")
    assert not models.known("vgg1600")
    assert models.get(NAME).parameters == 7_049_256


def test_labels_tell_recipes_apart() -> None:
    label = choices.model_label(NAME).replace("\u00a0", " ")
    assert label == "Own net · 37 layers, 7.05 M, from ResNet-18"
    assert choices.short_label(NAME) == choices.model_label(NAME)
    same = recipes.name_of(recipes.spec_of("spec-1_stem_basic2x64_basic2x128s2_basic2x256s2_basic2x512s2"))
    assert choices.model_label(same).endswith("same as ResNet-18")
