"""What goes over the wire, for people: `record_history`, `show_logs`, `hide_logs`. Nothing secret is in any of it."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from specbind.bindings._runtime.redaction import redact_url, visible_headers

if TYPE_CHECKING:
    from collections.abc import Generator

    from specbind.bindings._runtime import Request, Response
    from specbind.bindings._runtime.options import Send

__all__ = ["History", "RecordedRequest", "RecordedResponse", "hide_logs", "observed", "record_history", "show_logs"]

_LOGGERS = ("specbind.tiled", "specbind.bindings.tiled")
_FORMAT = "%(asctime)s.%(msecs)03d %(message)s"
_RECORDING: list[History] = []


class _Shown(logging.Handler):
    """Writes to what is standard error then, also where a notebook or a test has put another in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


_SHOWN = _Shown()
_SHOWN.setFormatter(logging.Formatter(_FORMAT, "%H:%M:%S"))
_BEFORE: dict[str, int] = {}


class RecordedRequest(msgspec.Struct, frozen=True):
    """A request that was sent, each try for itself.

    Attributes:
        method: HTTP method.
        url: where it went, without secrets.
    """

    method: str
    url: str


class RecordedResponse(msgspec.Struct, frozen=True):
    """What came of a request.

    Attributes:
        request: the request.
        status_code: HTTP status, None where no answer came.
        seconds: until the answer's head was there; its body may come later.
        headers: headers of the answer that are no secrets.
        error: kind of the error where no answer came, "" otherwise.
    """

    request: RecordedRequest
    status_code: int | None
    seconds: float
    headers: dict[str, str] = {}
    error: str = ""

    @property
    def url(self) -> str:
        """Where the request went, without secrets."""
        return self.request.url


class History(NamedTuple):
    """What was sent, and what came back, in the order of both.

    Attributes:
        requests: each request as it was sent.
        responses: each answer as it came, also those that are errors.
    """

    requests: list[RecordedRequest]
    responses: list[RecordedResponse]


@contextmanager
def record_history() -> Generator[History, None, None]:
    """Collect the requests and answers of all clients of this process, of any thread, while it is open.

    What a login and the refresh of tokens send, the probe for https, the second try of a request whose token had ended,
    and streams of updates are not in it.

    with record_history() as history:
        client["a"].read()
    print(len(history.requests), sum(each.seconds for each in history.responses))
    """
    found = History([], [])
    _RECORDING.append(found)
    try:
        yield found
    finally:
        _RECORDING[:] = [each for each in _RECORDING if each is not found]


async def observed(request: Request, send: Send) -> Response:
    """Send a request, and tell whoever records."""
    if not _RECORDING:
        return await send(request)
    listening = list(_RECORDING)
    told = RecordedRequest(request.method, redact_url(request.url))
    for history in listening:
        history.requests.append(told)
    began = time.perf_counter()
    try:
        response = await send(request)
    except BaseException as error:
        lost = RecordedResponse(told, None, time.perf_counter() - began, error=type(error).__name__)
        for history in listening:
            history.responses.append(lost)
        raise
    seconds = time.perf_counter() - began
    came = RecordedResponse(told, response.status, seconds, dict(visible_headers(response.headers)))
    for history in listening:
        history.responses.append(came)
    return response


def show_logs() -> None:
    """Write every request and every further try to standard error, until `hide_logs`."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        _BEFORE.setdefault(name, logger.level)
        logger.setLevel(logging.DEBUG)
        if _SHOWN not in logger.handlers:
            logger.addHandler(_SHOWN)


def hide_logs() -> None:
    """Take back what `show_logs` did."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.removeHandler(_SHOWN)
        if name in _BEFORE:
            logger.setLevel(_BEFORE.pop(name))
