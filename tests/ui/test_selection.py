"""The selection in the address: reading, writing, and what a switch of pages does to it."""

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.architectures import catalogue
from core.graph.onnx.records import OnnxFile
from core.ui.own_onnx import MOST, OwnOnnx
from core.ui.selection import Selection, parse

texts = st.text(max_size=30)


def script() -> None:
    import streamlit as st

    from core.ui import selection

    page = st.session_state.get("page", "a")
    selection.sync(page)
    for sentence in selection.dropped():
        st.warning(sentence)
    st.text_input("node", key="typed", on_change=lambda: selection.select(node=st.session_state["typed"]))
    st.text_input("model", key="model", on_change=lambda: selection.select(model=st.session_state["model"]))
    st.text(repr(selection.current()))


def shown(app: AppTest) -> str:
    return app.text[0].value


class TestParse:
    def test_empty_address_is_the_default(self) -> None:
        assert parse({}) == (Selection(), ())

    @given(
        st.builds(
            Selection,
            model=st.sampled_from(catalogue.names()),
            weights=texts,
            size=st.sampled_from([0, 16, 224, 2048]),
            node=texts,
            photo=texts,
        )
    )
    def test_round_trip(self, selection: Selection) -> None:
        found, dropped = parse(selection.query())
        assert found == selection
        assert dropped == ()

    @given(
        st.dictionaries(
            st.sampled_from(["model", "weights", "size", "node", "photo", "other"]), st.text(max_size=300)
        )
    )
    def test_any_address_gives_a_valid_selection(self, query: dict[str, str]) -> None:
        found, _ = parse(query)
        assert found.model in catalogue.names()
        assert found.size == 0 or 16 <= found.size <= 2048
        assert len(found.node) <= 200

    def test_unknown_model_is_named_and_its_node_dropped(self) -> None:
        found, dropped = parse({"model": "resnet5000", "node": "layer1"})
        assert found == Selection()
        assert "resnet5000" in dropped[0]

    def test_size_that_is_none_is_named(self) -> None:
        found, dropped = parse({"size": "7"})
        assert found.size == 0
        assert "“7”" in dropped[0]


class TestVanished:
    """Of a session's ONNX files only the latest are kept, so what is selected may go."""

    def opened(self, **query: str) -> tuple[AppTest, OwnOnnx, str]:
        app, own = AppTest.from_function(script), OwnOnnx()
        name = self.add(own, 0)
        app.session_state["own_onnx"] = own
        for key, value in query.items():
            app.query_params[key] = value.format(name)
        app.run()
        assert name in shown(app)
        assert not app.warning
        return app, own, name

    def add(self, own: OwnOnnx, number: int) -> str:
        name = own.add(f"upload {number}", "net.onnx", lambda: b"%d" % number)
        own.accept(name, "net.onnx", OnnxFile((3, 64, 64), 10, 1234))
        return name

    def test_a_model_that_went_gives_way_to_the_default_and_is_said(self) -> None:
        for page in ("a", "b"):
            app, own, _ = self.opened(model="{}", node="conv", size="64")
            for number in range(1, MOST + 1):
                self.add(own, number)
            app.session_state["page"] = page
            for _ in range(2):  # it stays said
                app.run()
                assert not app.exception
                assert shown(app) == repr(Selection())
                assert [one.value for one in app.warning] == [
                    "ONNX files stay with the session that they were opened in; this is resnet50."
                ]

    def test_one_of_several_that_went_is_left_out(self) -> None:
        app, own, name = self.opened(model="vgg16", view="side", compare="resnet18,{}")
        for number in range(1, MOST + 1):
            self.add(own, number)
        app.run()
        assert not app.exception
        assert shown(app) == repr(Selection(model="vgg16", view="side", compare="resnet18"))
        assert [one.value for one in app.warning] == [f"No architecture is called “{name}”; it is left out."]


class TestSync:
    def test_address_is_read(self) -> None:
        app = AppTest.from_function(script)
        app.query_params["model"] = "vgg16"
        app.run()
        assert not app.exception
        assert "model='vgg16'" in shown(app)

    def test_choice_is_written(self) -> None:
        app = AppTest.from_function(script).run()
        app.text_input(key="typed").input("layer1.0").run()
        assert app.query_params["node"] == "layer1.0"
        assert app.query_params["model"] == "resnet50"
        assert "node='layer1.0'" in shown(app)

    def test_new_model_forgets_the_old_ones_node(self) -> None:
        app = AppTest.from_function(script).run()
        app.text_input(key="typed").input("layer1.0").run()
        app.text_input(key="model").input("vgg16").run()
        assert "node" not in app.query_params
        assert "node=''" in shown(app)

    def test_bare_address_on_another_page_is_filled_from_the_session(self) -> None:
        app = AppTest.from_function(script).run()
        app.text_input(key="typed").input("layer1.0").run()
        app.query_params.clear()
        app.session_state["page"] = "b"
        app.run()
        assert app.query_params["node"] == "layer1.0"

    def test_bare_address_on_the_same_page_is_left_alone(self) -> None:
        app = AppTest.from_function(script).run()
        app.text_input(key="typed").input("layer1.0").run()
        app.query_params.clear()
        app.run()
        assert "node" not in app.query_params
        assert "node='layer1.0'" in shown(app)

    def test_going_back_restores_what_was_there(self) -> None:
        app = AppTest.from_function(script).run()
        app.text_input(key="typed").input("layer1.0").run()
        app.text_input(key="typed").input("layer2.0").run()
        app.query_params["node"] = "layer1.0"
        app.run()
        assert "node='layer1.0'" in shown(app)

    def test_what_an_address_named_in_vain_is_said_until_something_is_chosen(self) -> None:
        app = AppTest.from_function(script)
        app.query_params["model"] = "nonesuch"
        app.run()
        assert "nonesuch" in app.warning[0].value
        app.run()
        assert "nonesuch" in app.warning[0].value
        app.text_input(key="typed").input("layer1.0").run()
        assert not app.warning
