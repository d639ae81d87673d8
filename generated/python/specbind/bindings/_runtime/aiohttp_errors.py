"""aiohttp's errors as errors of this package."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp

from .errors import ConnectError, DeadlineError, Error, ProtocolError, RequestError, TransportError, TruncatedError

if TYPE_CHECKING:
    from .timeout import Timeout

__all__ = ["cause_of", "translated"]

_QUERY = re.compile(r"(https?://[^\s?'\"]*)\?[^\s'\"]*", re.IGNORECASE)


def cause_of(error: Exception) -> BaseException | None:
    """Give what may stand behind an error in a traceback: the system's error, never aiohttp's with its URL."""
    return error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None


def translated(error: Exception, timeout: Timeout, *, in_body: bool = False) -> Exception:
    """Give the error of this package for one of aiohttp; `in_body` says that the answer had begun."""
    if isinstance(error, Error):
        return error
    # aiohttp's texts name the whole URL, query and all
    text = _QUERY.sub(r"\1?***", str(error))[:300] or type(error).__name__
    found = _of_connecting(error, timeout, text) or _of_answering(error, timeout, text)
    if found is not None:
        return found
    if isinstance(error, OSError):
        what = "the answer stopped before its end" if in_body else "the connection was lost before the answer"
        return TruncatedError(f"{what}: {text}")
    if isinstance(error, ValueError) and in_body:
        return ProtocolError(f"the answer is not HTTP: {text}")
    if isinstance(error, ValueError | RuntimeError):
        return RequestError(f"it cannot be sent: {text}")
    return TransportError(text)


def _of_connecting(error: Exception, timeout: Timeout, text: str) -> TransportError | None:
    match error:
        case aiohttp.ConnectionTimeoutError():
            if isinstance(error.__cause__, DeadlineError):
                return error.__cause__
            return DeadlineError(f"no connection within {timeout.connect} s", limit="connect")
        case aiohttp.ClientConnectorError():
            return ConnectError(f"no connection to {error.host}:{error.port}: {error.os_error or text}")
        case aiohttp.ServerFingerprintMismatch():
            return ConnectError(f"TLS failed: {text}")
        case aiohttp.ClientHttpProxyError():
            return ConnectError(f"the proxy refused: {error.status} {error.message[:100]}")
        case _:
            return None


def _of_answering(error: Exception, timeout: Timeout, text: str) -> Error | None:
    match error:
        case aiohttp.ServerTimeoutError() | TimeoutError():
            return DeadlineError(f"the server was silent for {timeout.read} s", limit="read")
        case aiohttp.ClientPayloadError():
            reason = " ".join(_QUERY.sub("", str(error.__cause__ or text)).split())
            return TruncatedError(f"the answer stopped before its end: {reason[:200]}")
        case aiohttp.ServerDisconnectedError():
            return TruncatedError("the server closed the connection before it answered")
        case aiohttp.ClientResponseError():
            return ProtocolError(f"the answer is not HTTP: {error.message[:300]}")
        case aiohttp.InvalidURL():
            return RequestError("the URL is not one")
        case _:
            return None
