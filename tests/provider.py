"""A minimal OpenID Connect provider on this machine: it vouches for whoever ``who`` says, without a password."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "sqm", "a secret of this test alone"


@dataclass
class Provider:
    """``who``: the claims of whoever signs in next; ``asked``: the paths that were called."""

    url: str = ""
    who: dict = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"}))

    def metadata(self) -> dict:
        """What a client discovers."""
        return {"issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/jwks",
                "end_session_endpoint": f"{self.url}/leave", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"]}  # fmt: skip

    def token(self, form: dict[str, str], basic: str) -> dict:
        """The tokens for a code, once, to the client that asked for it."""
        asked = self.codes.pop(form["code"])
        shown = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert basic == f"{CLIENT}:{SECRET}" and shown == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked["nonce"], **self.who}
        return {"access_token": secrets.token_hex(8), "token_type": "Bearer", "expires_in": 600, "id_token": jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)}


@contextmanager
def serving() -> Iterator[Provider]:
    """The provider, for as long as the block takes."""
    provider = Provider()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            provider.asked.append(path)
            if path == "/authorize":
                code = secrets.token_hex(8)
                provider.codes[code] = query
                self.send(302, location=f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
            elif path == "/leave":
                self.send(302, location=query["post_logout_redirect_uri"])
            elif path == "/jwks":
                self.send(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self.send(200 if path == "/.well-known/openid-configuration" else 404, provider.metadata())

        def do_POST(self) -> None:
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
            basic = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            self.send(200, provider.token(form, basic))

        def send(self, status: int, body: dict | None = None, location: str = "") -> None:
            text = json.dumps(body or {}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield provider
        finally:
            server.shutdown()
