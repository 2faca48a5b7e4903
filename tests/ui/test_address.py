"""A run out of a fragment goes on under the session's address, not under the one that the browser still had."""

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from core.ui import address

    if st.session_state.get(
        "stale"
    ):  # what a fragment's clock has sent before the browser knew the new address
        st.session_state["stale"] = False
        address.rerun()
    st.text(st.query_params.get("node", ""))
    address.note()


def test_a_stale_address_is_put_right() -> None:
    app = AppTest.from_function(script)
    app.query_params["node"] = "new"
    app.run()
    app.query_params["node"] = "old"
    app.session_state["stale"] = True
    app.run()
    assert app.text[0].value == "new"
    assert app.query_params["node"] in ("new", ["new"])


def test_a_visitor_who_goes_back_is_followed() -> None:
    app = AppTest.from_function(script)
    app.query_params["node"] = "new"
    app.run()
    app.query_params["node"] = "old"
    app.run()
    assert app.text[0].value == "old"
