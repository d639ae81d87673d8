"""All errors that a client raises.

    Error
    ├── RequestError            the call cannot be sent as it is (also a ValueError)
    ├── TransportError          no whole answer came
    │   ├── ConnectError        no connection: name not found, refused, TLS
    │   ├── DeadlineError       a time limit was reached; `limit` says which (also a TimeoutError)
    │   ├── ProtocolError       what came is not HTTP
    │   ├── TruncatedError      the answer stopped before its end
    │   └── RedirectError       a redirect that is not followed
    ├── LimitError              the answer is larger than allowed
    ├── TokenError              no token for the call could be had from the authorization server
    ├── DecodeError             the answer is not what the operation declares; `path` is the JSON path
    └── StatusError             the server says no: `status`, `headers`, `body`, `content`
        ├── BadRequestError     400
        ├── UnauthorizedError   401
        ├── ForbiddenError      403
        ├── NotFoundError       404
        ├── ConflictError       409
        ├── UnprocessableError  422
        ├── RateLimitError      429
        └── ServerError         5xx

Every error has `method`, `url` (without secrets), `operation` and `attempt`. All can be pickled.
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from .redaction import redact_text, redact_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from .http import Headers, Request

__all__ = [
    "BadRequestError",
    "ConflictError",
    "ConnectError",
    "DeadlineError",
    "DecodeError",
    "Error",
    "ForbiddenError",
    "LimitError",
    "NotFoundError",
    "ProtocolError",
    "RateLimitError",
    "RedirectError",
    "RequestError",
    "ServerError",
    "StatusError",
    "TokenError",
    "TransportError",
    "TruncatedError",
    "UnauthorizedError",
    "UnprocessableError",
    "excerpt",
    "request_id",
    "retry_after",
    "status_error",
]

_EXCERPT = 500


def excerpt(content: bytes, secrets: tuple[str, ...] = ()) -> str:
    """Give the first 500 bytes of an answer as one line of text, without secrets."""
    # a secret that the cut would halve is hidden before the cut
    text = redact_text(content[: 4 * _EXCERPT].decode("utf-8", "replace"), secrets)
    line = " ".join(text[:_EXCERPT].split())
    return "".join(char if char.isprintable() else "\ufffd" for char in line)


class Error(Exception):
    """Base of all errors of a call.

    Attributes:
        message: what happened, without the call.
        method: HTTP method, "" if no request was made yet.
        url: where the request went, without secrets.
        operation: id of the operation, "" for a request made by hand.
        attempt: 1 for the first try.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.method = ""
        self.url = ""
        self.operation = ""
        self.attempt = 0

    def at(self, request: Request) -> Self:
        """Note which call it was; the first note stays."""
        if not self.method:
            self.method = request.method
            self.url = redact_url(request.url, request.secret_names())
            self.operation = request.operation_id
            self.attempt = request.attempt
        return self

    def __str__(self) -> str:
        if not self.method:
            return f"{self.operation}: {self.message}" if self.operation else self.message
        again = f"attempt {self.attempt}" if self.attempt > 1 else ""
        call = ", ".join(part for part in (self.operation, again) if part)
        return f"{self.method} {self.url}{f' ({call})' if call else ''}: {self.message}"


class RequestError(Error, ValueError):
    """The call cannot be sent as it is: an argument is missing or does not fit. Nothing was sent."""


class TransportError(Error):
    """No whole answer came.

    Attributes:
        last_event_id: of an event stream, the last id that came with a whole event, "" for none and for other answers.
            Send it as the header `Last-Event-ID` to go on behind that event.
    """

    last_event_id: str = ""


class ConnectError(TransportError):
    """No connection was made: the name is not known, nobody listens, or TLS failed. Nothing was sent."""


class DeadlineError(TransportError, TimeoutError):
    """A time limit was reached. `limit` is "total", "connect", "read" or "pool"."""

    def __init__(self, message: str = "", *, limit: str = "total") -> None:
        super().__init__(message)
        self.limit = limit


class ProtocolError(TransportError):
    """What came is not HTTP as it must be."""


class TruncatedError(TransportError):
    """The answer stopped before its end."""


class RedirectError(TransportError):
    """A redirect that is not followed. `hosts` lists where the call went."""

    def __init__(self, message: str = "", *, hosts: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.hosts = hosts


class LimitError(Error):
    """The answer is larger than allowed. `limit` is the number of bytes."""

    def __init__(self, message: str = "", *, limit: int = 0) -> None:
        super().__init__(message)
        self.limit = limit


class DecodeError(Error):
    """The answer is not what the operation declares.

    Attributes:
        path: JSON path of the member at fault, "" where there is none.
        media_type: media type of the answer.
        status: status of the answer.
        content: the raw bytes.
    """

    def __init__(
        self, message: str = "", *, path: str = "", media_type: str = "", status: int = 0, content: bytes = b""
    ) -> None:
        super().__init__(message)
        self.path = path
        self.media_type = media_type
        self.status = status
        self.content = content


class TokenError(Error):
    """The authorization server gave no token, so the call was not sent (RFC 6749, 5.2).

    Attributes:
        error: its code, as `invalid_client`; "" where it gave none.
        description: what it says, without secrets.
        uri: a page about it, "" if none.
        status: HTTP status of its answer, 0 if there was none.
        retry_after: seconds that it asks to wait, None if it does not say.
    """

    def __init__(
        self,
        message: str = "",
        *,
        error: str = "",
        description: str = "",
        uri: str = "",
        status: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.error = error
        self.description = description
        self.uri = uri
        self.status = status
        self.retry_after = retry_after


class StatusError(Error):
    """The server answered with an error.

    Attributes:
        status: HTTP status.
        headers: headers of the answer.
        body: the body as the declared type, None if there is none or it does not fit.
        content: the raw bytes.
        request_id: the server's id of this request, None if it gave none.
        retry_after: seconds that the server asks to wait, None if it does not say or says nonsense.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body
        self.content = content
        self.request_id = request_id(self.headers)
        self.retry_after = retry_after(self.headers)


class BadRequestError(StatusError):
    """400: the server cannot read the request."""


class UnauthorizedError(StatusError):
    """401: the credential is missing or not accepted."""


class ForbiddenError(StatusError):
    """403: the credential does not allow this."""


class NotFoundError(StatusError):
    """404: there is no such thing."""


class ConflictError(StatusError):
    """409: the state of the thing does not allow this."""


class UnprocessableError(StatusError):
    """422: the server reads the request and refuses its content."""


class RateLimitError(StatusError):
    """429: too many requests."""


class ServerError(StatusError):
    """500 to 599: the server failed."""


_BY_STATUS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    429: RateLimitError,
}


def status_error(
    request: Request, status: int, headers: Headers, *, body: object = None, content: bytes = b""
) -> StatusError:
    """Make the error that belongs to a status."""
    kind = _BY_STATUS.get(status) or (ServerError if 500 <= status <= 599 else StatusError)
    text = excerpt(content, request.secrets())
    message = f"the server answered {status}" + (f": {text}" if text else "")
    return kind(message, status=status, headers=headers.copy(), body=body, content=content).at(request)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Give the server's id of a request, from the usual headers."""
    for name in ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid"):
        if found := headers.get(name):
            return found
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as seconds, at least 0. A date counts from the server's own Date, if it sends one."""
    text = headers.get("Retry-After")
    if text is None:
        return None
    if text.strip().isdecimal() and text.isascii():
        return float(text[:20])
    try:
        until = parsedate_to_datetime(text).timestamp()
        sent = headers.get("Date")
        now = parsedate_to_datetime(sent).timestamp() if sent else time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, until - now)
