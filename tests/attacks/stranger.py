"""A visitor without a browser, who speaks Streamlit's protocol and sends what no widget would."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

from streamlit.components.v2.bidi_component.main import _make_trigger_id as make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

Value = Any


class Stranger:
    """One session with a running server; use it in a ``with``.

    Attributes:
        elements: what stands on the page, by place.
        query: the address's query as the app last wrote it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.elements: dict[tuple[int, ...], Any] = {}
        self.query = ""
        self.session = ""
        self.pages: dict[str, str] = {}
        self._page = ""
        self._cache: dict[str, ForwardMsg] = {}
        self._socket = connect(
            address.replace("http", "ws") + "/_stcore/stream", max_size=None, ping_interval=None
        )

    def __enter__(self) -> Stranger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def visit(
        self,
        query: str = "",
        *states: WidgetState,
        page: str = "",
        seconds: float = 60,
        wait: bool = True,
    ) -> Stranger:
        """Run the page with widget values, and follow until no figure is awaited."""
        self.send(query, *states, page=page)
        self.follow(seconds)
        deadline = time.monotonic() + seconds
        while wait and self.awaits() and time.monotonic() < deadline:
            time.sleep(0.3)
            self.send(self.query or query, page=page)
            self.follow(seconds)
        return self

    def send(self, query: str = "", *states: WidgetState, page: str = "") -> None:
        """Ask for a run and do not wait for it."""
        message = BackMsg()
        run = message.rerun_script
        run.query_string = query
        if page:
            run.page_name = page
        elif self._page:
            run.page_script_hash = self._page
        run.context_info.timezone = "UTC"
        run.widget_states.widgets.extend(states)
        self._socket.send(message.SerializeToString())

    def follow(self, seconds: float = 60) -> None:
        """Take messages until a run is over."""
        deadline = time.monotonic() + seconds
        while True:
            data = self._socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            message = ForwardMsg.FromString(data)  # type: ignore[arg-type]
            if self._take(self._whole(message)):
                return

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        if message.WhichOneof("type") == "ref_hash":
            kept = ForwardMsg()
            kept.CopyFrom(self._cache[message.ref_hash])
            kept.metadata.CopyFrom(message.metadata)
            return kept
        self._cache[message.hash] = message
        return message

    def _take(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.elements = {}
            self.session = message.new_session.initialize.session_id
            self._page = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.elements[tuple(message.metadata.delta_path)] = message.delta.new_element
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        return kind == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def awaits(self) -> bool:
        """Whether a figure is awaited."""
        return any('class="sk-awaiting"' in one and "Nothing measured" not in one for one in self._html())

    def _html(self) -> list[str]:
        return [e.html.body for e in self.elements.values() if e.WhichOneof("type") == "html"]

    def text(self) -> str:
        """All markup of the page, entities resolved."""
        return unescape("\n".join(self._html()))

    def markup(self) -> str:
        """All markup of the page as it was sent."""
        return "\n".join(self._html())

    def notices(self) -> list[str]:
        """What the page says is wrong."""
        return [unescape(one) for one in self._html() if 'class="sk-notice"' in one]

    def exceptions(self) -> list[str]:
        """Errors that reached the visitor."""
        found = [e.exception for e in self.elements.values() if e.WhichOneof("type") == "exception"]
        return [f"{one.type}: {one.message}" for one in found]

    def of(self, kind: str) -> list[Any]:
        """All elements of a kind (``"selectbox"``, ``"bidi_component"``)."""
        return [getattr(e, kind) for e in self.elements.values() if e.WhichOneof("type") == kind]

    def widget(self, key: str) -> str:
        """The id of the widget with this key.

        Raises: AssertionError when the page has none.
        """
        ids = []
        for element in self.elements.values():
            part = getattr(element, element.WhichOneof("type"))
            name = getattr(part, "id", "")
            ids.append(name)
            if isinstance(name, str) and name.endswith(f"-{key}"):
                return name
        raise AssertionError(f"No widget {key!r} among {ids}")

    def says(self, key: str, **value: Value) -> WidgetState:
        """A widget's value: ``says("sidebar.model", string_value="x")``; lists fill arrays."""
        return state(self.widget(key), **value)

    def triggers(self, key: str, event: str, value: Value, *, raw: str | None = None) -> WidgetState:
        """A component's trigger as the browser would send it; or ``raw`` text instead of JSON."""
        text = json.dumps([{"event": event, "value": value}]) if raw is None else raw
        return state(make_trigger_id(self.widget(key), "events"), json_trigger_value=text)

    def upload(self, key: str, name: str, data: bytes) -> WidgetState:
        """Send a file to the server, and return the value that its uploader would have then."""
        file_id = str(uuid.uuid4())
        address = f"{self.address}/_stcore/upload_file/{self.session}/{file_id}"
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode("utf-8", "surrogatepass")
        body = head + data + f"\r\n--{boundary}--\r\n".encode()
        with urlopen(f"{self.address}/_stcore/health", timeout=10) as answer:
            cookie = (answer.headers.get("Set-Cookie") or "").split(";")[0]
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
        }
        with urlopen(Request(address, body, headers, method="PUT"), timeout=60) as answer:
            assert answer.status in (200, 204)
        made = state(self.widget(key))
        info = made.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = file_id, name, len(data)
        info.file_urls.file_id = file_id
        return made


def state(widget: str, **value: Value) -> WidgetState:
    """A widget's value as Streamlit's browser side would send it, of any kind."""
    made = WidgetState(id=widget)
    for kind, content in value.items():
        if isinstance(content, list):
            getattr(made, kind).data.extend(content)
        elif isinstance(content, Mapping):
            getattr(made, kind).data = content["data"]
        else:
            setattr(made, kind, content)
    return made
