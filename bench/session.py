"""A browser's conversation with a running app, without the browser: ask for a run, take messages until it is over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol


@dataclass
class Run:
    """One run of a page: seconds from the request to the end, and the messages in order."""

    seconds: float
    messages: list[ForwardMsg]

    @property
    def failed(self) -> str:
        """The text of the exception on screen, or an empty string."""
        for message in self.messages:
            if message.HasField("delta") and message.delta.new_element.HasField("exception"):
                return message.delta.new_element.exception.message
        return ""


class Session:
    """One tab. ``page``: the page's path without the slash, "" for the first page. Use as a context manager."""

    def __init__(self, url: str, page: str = "", query: str = "") -> None:
        self._url = url.replace("http://", "ws://") + "/_stcore/stream"
        self.page, self.query = page, query
        self._hash = ""
        self._cached: dict[str, ForwardMsg] = {}

    def __enter__(self) -> Session:
        protocols = [Subprotocol("streamlit")]
        self._socket = connect(self._url, subprotocols=protocols, max_size=None, proxy=None, origin=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def run(self) -> Run:
        """Runs the page once, as the browser does after a widget was touched; the first call opens it."""
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        ask.rerun_script.page_script_hash = self._hash
        if not self._hash:
            ask.rerun_script.page_name = self.page
        ask.rerun_script.context_info.locale = "en-GB"
        ask.rerun_script.context_info.timezone = "UTC"
        messages: list[ForwardMsg] = []
        began = time.perf_counter()
        self._socket.send(ask.SerializeToString())
        while True:
            message = ForwardMsg()
            data = self._socket.recv(timeout=120)
            message.ParseFromString(data)
            messages.append(message)
            # The page that was opened tells its own hash; that of the new session is of the first page.
            if message.HasField("navigation"):
                self._hash = message.navigation.page_script_hash
            if message.HasField("script_finished") and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):
                return Run(time.perf_counter() - began, messages)
