"""The outermost layer of every request: its id, its size, its headers, its count, and the last resort.

Written as plain ASGI, so that streams pass through it unbuffered.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics, problems
from api.settings import ApiSettings
from kernel.settings import Platform, settings

CONTENT_SECURITY_POLICY = "; ".join(  # noqa: FLY002 - one directive a line
    (
        "default-src 'self'",
        "script-src 'self'",
        # The component library sets styles on elements; scripts stay strict.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}

# How long an answer takes that is sent for hours says nothing of this process.
_AS_LONG_AS_THE_CLIENT_LIKES = ("/events", "/export", "/live")

_HSTS = "max-age=31536000"


class Rim:
    """Gives a request its id, answers what nobody foresaw, and counts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope["forewarn.request_id"] = request_id
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if status:  # too late to say anything else
                raise
            response = problems.unexpected(Request(scope), error)
            await response(scope, receive, send_with_headers)
        finally:
            _count(scope, status, time.perf_counter() - began)


def _add_headers(scope: Scope, headers: MutableHeaders, request_id: str) -> None:
    headers["X-Request-Id"] = request_id
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if settings(Platform).public_url.lower().startswith("https://"):
        headers.setdefault("Strict-Transport-Security", _HSTS)
    if scope["path"].startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")


def _count(scope: Scope, status: int, seconds: float) -> None:
    app = scope.get("app")
    templates = app.state.route_templates if app is not None else {}
    route = templates.get(scope.get("endpoint"), "other")
    metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
    if not route.endswith(_AS_LONG_AS_THE_CLIENT_LIKES):
        metrics.SECONDS.labels(scope["method"], route).observe(seconds)


class BodyLimit:
    """Refuses a body that is too large: at once when its length is declared, else when it gets there."""

    DRAIN_SECONDS_MAX = 2.0

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = _limit_of(headers)
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        await self._app(scope, receive_counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        response = problems.of_error(
            problems.TooLarge(_too_large(limit), bytes_max=limit), scope["forewarn.request_id"]
        )
        response.headers["Connection"] = "close"
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": response.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        # Closing while the client is still sending resets the connection, and the answer may be lost
        # with it: take in what comes for a moment, and keep none of it.
        try:
            async with asyncio.timeout(self.DRAIN_SECONDS_MAX):
                while (message := await receive()).get("more_body", False):
                    del message
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _limit_of(headers: Headers) -> int:
    limits = settings(ApiSettings)
    if headers.get("content-type", "").startswith("multipart/form-data"):
        return limits.upload_bytes_max
    return limits.json_bytes_max


def _too_large(limit: int) -> str:
    return f"at most {limit:,} bytes are taken"
