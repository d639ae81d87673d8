"""Calls by path, for what has no method of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import msgspec
from multidict import CIMultiDict

from specbind.bindings._runtime import DecodeError, Request
from specbind.bindings._runtime.errors import status_error

from ._connection import time_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbind.bindings import nodeodx

__all__ = ["ask"]

_ACCEPTED = (200, 206, 403)  # as the official client has it; 403 is a login page of a proxy
_TOKEN = (("token",),)


async def ask(
    client: nodeodx.Client,
    method: str,
    path: str,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, object] | bytes | str | None = None,
    timeout: float,  # noqa: ASYNC109 - of each silence, not of the call
) -> Any:  # noqa: ANN401 - any JSON
    """Send one request with the node's token. Gives the JSON value of the answer, or its bytes where it is no JSON.

    Raises:
        StatusError: a status that is not accepted, or a JSON object with the member `error`.
        DecodeError: the answer says that it is JSON, and is not.
        TransportError: no answer.
    """
    text = urlencode(query or {})
    url = f"{client.base_url}/{path.removeprefix('/')}" + (f"?{text}" if text else "")
    sent = CIMultiDict(headers or {})
    body = data.encode() if isinstance(data, str) else data
    if body is not None and not isinstance(body, bytes):
        body = urlencode(body).encode()
        sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
    limits = time_limits(timeout)
    request = Request(method, url, sent, body, idempotent=method == "GET", timeout=limits, security=_TOKEN)
    response = await client.send(request)
    signed = response.request or request
    if response.status not in _ACCEPTED:
        raise status_error(signed, response.status, CIMultiDict(response.headers.items()), content=response.content)
    if "application/json" not in response.headers.get("Content-Type", ""):
        return response.content
    try:
        value: Any = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"the answer says that it is JSON, and is not: {error}").at(signed) from error
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if "error" in members:
        raise status_error(signed, response.status, CIMultiDict(response.headers.items()), content=response.content)
    return cast("object", value)
