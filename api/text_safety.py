"""What no text may hold, whatever the field: control characters, lone surrogates, numbers JSON has not.

PostgreSQL refuses NUL, terminals obey escape sequences, and `NaN` is no JSON. Tabs and line ends are text.
Everything else, SQL and HTML included, is stored and returned as it came.
"""

import math
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

_ALLOWED = {"\t", "\n", "\r"}
DEPTH_MAX = 32


def is_clean(text: str) -> bool:
    """Tell whether a text holds nothing but characters that may be stored and shown."""
    if text.isprintable():  # almost always, and quick
        return True
    return not any(
        character not in _ALLOWED
        and (character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff")
        for character in text
    )


def faults(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the path and the code of everything in a JSON value that is not allowed."""
    if isinstance(value, str):
        if not is_clean(value):
            yield path, "control_character"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield path, "not_finite"
    elif isinstance(value, dict | list):
        if len(path) >= DEPTH_MAX:
            yield path, "too_deep"
            return
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str) and not is_clean(key):
                yield path, "control_character"
            yield from faults(item, (*path, key))


_MESSAGES = {
    "control_character": "Control characters are not allowed",
    "not_finite": "Must be a finite number",
    "too_deep": "Nested too deeply",
    "json_invalid": "Not valid JSON",
}


def _error(where: str, path: tuple[str | int, ...], code: str) -> dict[str, Any]:
    return {"type": code, "loc": (where, *path), "msg": _MESSAGES[code]}


async def check_request(request: Request) -> None:
    """Refuse a request with text that may not be stored.

    Raises:
        RequestValidationError: what is wrong, field by field.
    """
    errors = [
        _error(where, (name,), "control_character")
        for where, values in (
            ("path", request.path_params.items()),
            ("query", request.query_params.multi_items()),
        )
        for name, value in values
        if not (is_clean(str(value)) and is_clean(name))
    ]
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    if is_json and await request.body():
        try:
            # Starlette keeps what it parsed; FastAPI will not parse it again.
            body = await request.json()
        except (ValueError, RecursionError):
            raise RequestValidationError([_error("body", (), "json_invalid")]) from None
        errors += [_error("body", path, code) for path, code in faults(body)]
    if errors:
        raise RequestValidationError(errors[:100])
