"""Who a request comes from: a session cookie or a bearer token, and the guard against forged requests.

A cookie is sent by the browser whoever made the page, so a change that comes with one must also carry
`X-CSRF-Token` (known only to our own pages) and must not come from another origin. A bearer token is
never sent by itself and needs neither.
"""

import hmac
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy.orm import Session

from kernel.errors import Forbidden, Unauthenticated
from kernel.settings import Platform, settings
from registry.permissions import Principal
from registry.sign_in import service as sign_in

SESSION_COOKIE = "forewarn_session"
CSRF_COOKIE = "forewarn_csrf"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfFailed(Forbidden):
    """This change did not come from our own page."""

    code = "csrf_failed"


def _is_secure() -> bool:
    return settings(Platform).public_url.lower().startswith("https://")


def session_cookie_name() -> str:
    """Return the cookie's name; over HTTPS with the prefix browsers guard."""
    return f"__Host-{SESSION_COOKIE}" if _is_secure() else SESSION_COOKIE


def set_cookies(response: Response, token: str, hours: int) -> None:
    """Give a browser its session, and the token its pages send with each change."""
    seconds = hours * 3600
    for name, value, hidden in (
        (session_cookie_name(), token, True),
        (CSRF_COOKIE, sign_in.csrf_token(token), False),
    ):
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=_is_secure(),
            httponly=hidden,
            samesite="lax",
        )


def clear_cookies(response: Response) -> None:
    """Take a browser's session away."""
    for name, hidden in ((session_cookie_name(), True), (CSRF_COOKIE, False)):
        response.delete_cookie(name, path="/", secure=_is_secure(), httponly=hidden, samesite="lax")


def check_origin(request: Request) -> None:
    """Refuse a change that a browser sends from another site's page.

    Raises:
        CsrfFailed: `Origin` is neither ours nor the host the request was sent to.
    """
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site") == "cross-site":
            raise CsrfFailed("the request comes from another site")
        return
    came_from = urlsplit(origin).netloc.lower()
    ours = urlsplit(settings(Platform).public_url).netloc.lower()
    if not came_from or came_from not in {ours, request.headers.get("host", "").lower()}:
        raise CsrfFailed("the request comes from another site", origin=origin[:200])


def _check_csrf(request: Request, token: str) -> None:
    check_origin(request)
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), sign_in.csrf_token(token).encode()):
        raise CsrfFailed("send the value of the cookie forewarn_csrf as X-CSRF-Token")


def authenticate(request: Request, session: Session) -> Principal:
    """Return who a request comes from; a bearer token wins over a cookie.

    Raises:
        Unauthenticated: neither is there, or what is there has ended.
        CsrfFailed: a change with a cookie, but not from our own page.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        principal = (
            sign_in.by_token(session, secret.strip()) if scheme.lower() == "bearer" else None
        )
        if principal is None:
            raise Unauthenticated("the bearer token is unknown, revoked or expired")
        return principal
    token = request.cookies.get(session_cookie_name())
    if not token:
        raise Unauthenticated("send a session cookie or a bearer token")
    found = sign_in.by_session(session, token)
    if found is None:
        raise Unauthenticated("the session has ended; sign in again")
    if request.method not in SAFE_METHODS:
        _check_csrf(request, token)
    request.state.sign_in_id = found.sign_in_id
    return found.principal


def client_address(request: Request) -> str:
    """Return where a request comes from; behind a trusted proxy, what the proxy says."""
    return request.client.host if request.client else "unknown"
