"""Errors of the layers below in the words of this package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from specbind.bindings._runtime import ConnectError, DeadlineError, DecodeError, StatusError
from specbind.tiled.exceptions import HTTPStatusError, NotFoundError, status_error

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["nothing_sent", "told_as_foreign", "translated"]


_SPOKEN = frozenset({"application/json", "application/x-msgpack"})


@contextmanager
def translated() -> Generator[None, None, None]:
    """Raise an answer that is an error as one with `response`, and what the server said as its text.

    All other errors have the classes of the generated client already.
    """
    try:
        yield
    except HTTPStatusError:
        raise
    except StatusError as error:
        raise status_error(error) from error


@contextmanager
def told_as_foreign(api_uri: str) -> Generator[None, None, None]:
    """Say of the first answers of a site that they are not those of a Tiled server, where they are not."""
    try:
        yield
    except NotFoundError as error:
        kind = error.response.headers.get("Content-Type", error.response.headers.get("content-type", ""))
        if kind.partition(";")[0].strip().lower() in _SPOKEN:
            raise
        raise _foreign(api_uri, f"404 and {kind or 'no content type'}") from error
    except DecodeError as error:
        raise _foreign(api_uri, error.message, error.path) from error


def _foreign(api_uri: str, what: str, path: str = "") -> DecodeError:
    return DecodeError(
        f"{api_uri} is no Tiled server, or something else answers in front of it: {what}; check the address", path=path
    )


def nothing_sent(error: Exception) -> bool:
    """Whether it is certain that the server saw nothing of the request, so that sending it again cannot double it."""
    if isinstance(error, DeadlineError):
        return error.limit in ("connect", "pool")
    return isinstance(error, ConnectError)
