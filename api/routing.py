"""The route class of every router: checks text, and keeps the answers of idempotent creates.

Routers are made with `ApiRouter`, which is FastAPI's `APIRouter` with this class.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from api import idempotency
from api.text_safety import check_request

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route whose answer is complete before its transaction commits, and sent after."""

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's handler; function-scoped dependencies are still open when it returns."""
        handle = super().get_route_handler()

        async def handle_checked(request: Request) -> Response:
            await check_request(request)
            try:
                response = await handle(request)
            except idempotency.Replay as replay:
                return replay.response
            await idempotency.remember(request, response)
            return response

        return handle_checked


class ApiRouter(APIRouter):
    """A router of `ApiRoute`s."""

    def __init__(self, *, prefix: str = "", tags: list[str] | None = None) -> None:
        super().__init__(prefix=prefix, tags=list(tags or []), route_class=ApiRoute)
