"""The screen's own scripts, styles and fonts, answered from memory: a page opens with a hundred small requests for them.

Streamlit reads each from disk in a thread of its own, which at a start has to wait for what is being imported.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import streamlit

Message = MutableMapping[str, Any]
Ask = Callable[[], Awaitable[Message]]
Tell = Callable[[Message], Awaitable[None]]
Site = Callable[[Message, Ask, Tell], Awaitable[None]]
FOLDER = Path(streamlit.__file__).with_name("static") / "static"
#: What every page draws first, and the browser would otherwise ask for only when it is to be drawn.
AHEAD = ("Html", "purify")
#: Their names hold a hash of what is in them.
FOR_GOOD = b"public, immutable, max-age=31536000"


class Assets:
    """ASGI middleware around ``site``: answers GET of what lies in ``folder`` (``/static/…``), everything else goes on.

    Only files that were there at the start are known, by their exact path; each is read once.
    """

    def __init__(self, site: Site, folder: Path = FOLDER) -> None:
        self._site = site
        self._files = {f"/static/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
        scripts = [path for path in self._files if path.startswith("/static/js/")]
        self._ahead = b", ".join(
            f"<{path}>; rel=modulepreload".encode() for path in scripts if path.rsplit("/", 1)[-1].split(".")[0] in AHEAD
        )
        self._read: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    def _answer(self, path: str) -> tuple[list[tuple[bytes, bytes]], bytes] | None:
        if path not in self._read and path in self._files:
            try:
                body = self._files[path].read_bytes()
            except OSError:  # replaced by an upgrade beneath the server: the site's own answer stands
                return None
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            kind += "; charset=utf-8" if kind.startswith("text/") else ""
            head = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), (b"cache-control", FOR_GOOD)]
            self._read[path] = (head, body)
        return self._read.get(path)

    async def __call__(self, scope: Message, receive: Ask, send: Tell) -> None:
        """One request. Parts of a file (``Range``) are the site's business."""
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET" and b"range" not in dict(scope["headers"]):
            answer = self._answer(scope["path"])
        if answer is None:
            await self._site(scope, receive, self._announcing(send) if scope["type"] == "http" else send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": answer[0]})
        await send({"type": "http.response.body", "body": answer[1]})

    def _announcing(self, send: Tell) -> Tell:
        """``send``, with a line on pages that says which scripts they will need."""

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start" and self._ahead:
                head = list(message.get("headers", []))
                if any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in head):
                    message = {**message, "headers": [*head, (b"link", self._ahead)]}
            await send(message)

        return tell
