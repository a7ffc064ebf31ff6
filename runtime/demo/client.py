"""The demo's way in: the same HTTP API that people and other systems use, nothing behind it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from kernel.errors import ForewarnError, Unavailable

# While a process is being restarted the API may be away, or answer that something behind it is.
_AWAY = frozenset({502, 503, 504})
_AWAY_SECONDS_MAX = 60.0


class Refused(ForewarnError):
    """The platform refused a request of the demo."""

    code = "demo_refused"


class ApiClient:
    """Somebody signed in to the platform.

    Requests are repeated while the API cannot be reached; creates carry an idempotency key, so that a
    repeated one is not done twice.
    """

    def __init__(self, base_url: str, email: str, password: str) -> None:
        self.email = email
        self._password = password
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=20)
        self._sign_in()

    def _sign_in(self) -> None:
        self._exchange("POST", "/session", {"email": self.email, "password": self._password}, {})

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a path; `query` without what is None."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._exchange("GET", path, None, {}, given).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Create or do something, once even when the request has to be repeated."""
        headers = {"Idempotency-Key": uuid4().hex}
        response = self._exchange("POST", path, body or {}, headers)
        return response.json() if response.content else None

    def wait_for(
        self,
        what: str,
        ask: Callable[[], Any],
        *,
        timeout_seconds: float,
        every_seconds: float = 0.25,
    ) -> Any:
        """Ask until the answer is truthy and return it.

        Raises:
            Unavailable: it did not come in time; `what` names it.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            answer = ask()
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise Unavailable(f"{what}: not within {timeout_seconds:.0f} s")
            time.sleep(every_seconds)

    def _exchange(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str],
        query: dict[str, Any] | None = None,
    ) -> httpx.Response:
        deadline = time.monotonic() + _AWAY_SECONDS_MAX
        while True:
            reason: str
            try:
                csrf = self._http.cookies.get("forewarn_csrf")
                response = self._http.request(
                    method,
                    path,
                    json=body,
                    params=query,
                    headers={**headers, **({"X-CSRF-Token": csrf} if csrf else {})},
                )
            except httpx.TransportError as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                if response.status_code not in _AWAY:
                    return _checked(method, path, response)
                reason = f"HTTP {response.status_code}"
            if time.monotonic() > deadline:
                raise Unavailable(f"{method} {path}: {reason} for {_AWAY_SECONDS_MAX:.0f} s")
            time.sleep(0.25)


def _checked(method: str, path: str, response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    try:
        problem = response.json()
    except ValueError:
        problem = {"detail": response.text[:300]}
    raise Refused(
        f"{method} {path}: HTTP {response.status_code} {problem.get('code', '')} "
        f"{problem.get('detail', '')} {problem.get('errors', '')}".strip(),
        status=response.status_code,
        problem=problem,
    )
