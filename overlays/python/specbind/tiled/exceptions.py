"""What can go wrong.

    TiledError                      base of all, the `Error` of the generated client
    ├── HTTPStatusError             the server answered with an error; `response` has status and text
    │   ├── ClientError             4xx
    │   │   ├── BadRequestError 400, UnauthorizedError 401, ForbiddenError 403, NotFoundError 404
    │   │   ├── NotAcceptableError 406, ConflictError 409, GoneError 410
    │   │   └── UnprocessableError 422, RateLimitError 429
    │   └── ServerError             5xx
    ├── TransportError              no whole answer came: connection, time limit, an answer cut short
    ├── DecodeError                 an answer that cannot be read
    ├── LimitError                  an answer that is larger than allowed
    ├── RequestError                an argument does not fit; nothing was sent
    ├── AuthenticationError         also a RuntimeError
    │   ├── CannotRefreshAuthentication   the session has ended; log in again
    │   ├── PasswordRejected              wrong user name or password
    │   └── CannotPrompt                  a login wants to ask, and nobody can be asked
    ├── ProfileError                a profile cannot be used
    │   ├── ProfileExists           a profile of that name is there already
    │   └── ProfileNotFound         also a KeyError
    └── UnknownStructureFamily      also a KeyError: no client is known for what the server has there

A key that is not there is a plain KeyError, an index out of range an IndexError. The names of the official client mean
the same here; those of httpx do not exist, `ErrorResponse` has the same names for its parts.
"""

from __future__ import annotations

import http
from typing import Any, cast

import msgspec

from specbind.bindings._runtime import DecodeError, Error, LimitError, RequestError, StatusError, TransportError, errors

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "CannotPrompt",
    "CannotRefreshAuthentication",
    "ClientError",
    "ConflictError",
    "DecodeError",
    "ErrorResponse",
    "ForbiddenError",
    "GoneError",
    "HTTPStatusError",
    "LimitError",
    "NotAcceptableError",
    "NotFoundError",
    "PasswordRejected",
    "ProfileError",
    "ProfileExists",
    "ProfileNotFound",
    "RateLimitError",
    "RequestError",
    "ServerError",
    "TiledError",
    "TransportError",
    "UnauthorizedError",
    "UnknownStructureFamily",
    "UnprocessableError",
    "status_error",
]

TiledError = Error
_LONGEST = 2000
_HIDDEN = frozenset({"set-cookie", "authorization"})


class ErrorResponse(msgspec.Struct, frozen=True):
    """An answer that is an error, with the names that httpx has for its parts.

    Attributes:
        status_code: HTTP status.
        headers: headers of the answer.
        content: its body.
        method: method of the request.
        url: where the request went, without secrets.
    """

    status_code: int
    headers: dict[str, str] = {}
    content: bytes = b""
    method: str = ""
    url: str = ""

    @property
    def status(self) -> int:
        """HTTP status, as in the rest of this project."""
        return self.status_code

    @property
    def reason_phrase(self) -> str:
        """The usual words of the status, "" for an unknown one."""
        try:
            return http.HTTPStatus(self.status_code).phrase
        except ValueError:
            return ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def request_id(self) -> str:
        """The server's id of the request, "" if it gave none; administrators find the call by it."""
        return next((text for name, text in self.headers.items() if name.lower() == "x-tiled-request-id"), "")

    @property
    def detail(self) -> str:
        """What the server says went wrong, or else the body."""
        try:
            found: Any = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self.text
        detail = cast("dict[str, Any]", found).get("detail") if isinstance(found, dict) else None
        return detail if isinstance(detail, str) else self.text

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """The body as JSON. Raises ValueError where it is none."""
        return msgspec.json.decode(self.content)


class HTTPStatusError(StatusError):
    """The server answered with an error. `response` is the answer."""

    @property
    def response(self) -> ErrorResponse:
        """The answer, with the names that httpx has for its parts."""
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HIDDEN}
        return ErrorResponse(self.status, headers, self.content, self.method, self.url)


class ClientError(HTTPStatusError):
    """The server refuses the request (4xx)."""


class BadRequestError(ClientError, errors.BadRequestError):
    """400: the server cannot do that, as a query that its tree does not know."""


class UnauthorizedError(ClientError, errors.UnauthorizedError):
    """401: the credential is missing, not accepted, or lacks the scope for this."""


class ForbiddenError(ClientError, errors.ForbiddenError):
    """403: the credential does not allow this."""


class NotFoundError(ClientError, errors.NotFoundError):
    """404: there is no such entry, or it is of another family."""


class NotAcceptableError(ClientError, ValueError):
    """406: the format is not to be had; the text lists those that are. Also a ValueError."""


class ConflictError(ClientError, errors.ConflictError):
    """409: the state of the entry does not allow this."""


class GoneError(ClientError):
    """410: the link leads nowhere."""


class UnprocessableError(ClientError, errors.UnprocessableError):
    """422: the server reads the request and refuses its content."""


class RateLimitError(ClientError, errors.RateLimitError):
    """429: too many requests."""


class ServerError(HTTPStatusError, errors.ServerError):
    """500 to 599: the server failed. A 500 comes again, and is never tried again."""


_BY_STATUS: dict[int, type[HTTPStatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    406: NotAcceptableError,
    409: ConflictError,
    410: GoneError,
    422: UnprocessableError,
    429: RateLimitError,
}


def status_error(error: StatusError) -> HTTPStatusError:
    """The error of this package for an answer that is an error, in the server's own words."""
    by_range = ClientError if 400 <= error.status < 500 else ServerError if error.status >= 500 else HTTPStatusError
    kind = _BY_STATUS.get(error.status, by_range)
    found = kind("", status=error.status, headers=error.headers, body=error.body, content=error.content)
    for name in ("method", "url", "operation", "attempt"):
        setattr(found, name, getattr(error, name))
    response = found.response
    detail = " ".join(response.detail[:_LONGEST].split())
    found.message = f"{error.status}: {detail or response.reason_phrase}"
    if response.request_id:
        found.message += f" [request {response.request_id}]"
    if error.status == 401:
        found.message += " (a key or session without the scope for this is answered 401 as well)"
    found.args = (found.message,)
    return found


class AuthenticationError(Error, RuntimeError):
    """Base of what goes wrong with logins. Also a RuntimeError."""


class CannotRefreshAuthentication(AuthenticationError):  # noqa: N818 - name of the official client
    """The session has ended or was revoked. Call `authenticate` again."""


class PasswordRejected(AuthenticationError):  # noqa: N818 - name of the official client
    """The server did not accept user name and password, or none was given."""


class CannotPrompt(AuthenticationError):  # noqa: N818 - name of the official client
    """The server wants a login, and there is no terminal to ask at."""


class ProfileError(Error):
    """A profile cannot be used as it is written."""


class ProfileExists(ProfileError):  # noqa: N818 - name of the official client
    """There is a profile of that name already."""


class ProfileNotFound(ProfileError, KeyError):  # noqa: N818 - name of the official client
    """There is no profile of that name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnknownStructureFamily(Error, KeyError):  # noqa: N818 - name of the official client
    """No client is known for a structure family."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""
