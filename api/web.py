"""The built web app: hashed files cached for good, every other path gets the app's page."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"

NOT_BUILT = """\
Forewarn is running, but its web app is not built.

Start it with ./forewarn, which builds web/ when needed, or build it by hand:
    cd web && npm ci && npm run build

The API is here: /api/v1/openapi.json
"""


def install(app: FastAPI, web_dir: Path) -> None:
    """Serve the web app at every path that nothing else serves; call it last."""

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def web_app(path: str, request: Request) -> Response:
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, f"nothing is served at /{path}")
        page = web_dir / "index.html"
        if not page.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503)
        found = _file(web_dir, path)
        if found is not None:
            hashed = path.startswith("assets/")
            return FileResponse(found, headers={"Cache-Control": FOR_GOOD if hashed else ASK_FIRST})
        if "." in path.rpartition("/")[2] or not _takes_pages(request):
            # A missing script must not be answered with a page: the browser would try to run it.
            raise HTTPException(404, f"nothing is served at /{path}")
        return FileResponse(page, headers={"Cache-Control": ASK_FIRST})


def _takes_pages(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted


def _file(web_dir: Path, path: str) -> Path | None:
    """Return the file a path names, if it is one inside the directory."""
    if not path or "\0" in path:
        return None
    root = web_dir.resolve()
    found = (root / path).resolve()
    return found if found.is_relative_to(root) and found.is_file() else None
