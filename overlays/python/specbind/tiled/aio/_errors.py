"""Errors of the layers below in the words of this package."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from specbind.bindings._runtime import ConnectError, DeadlineError, StatusError
from specbind.tiled.exceptions import HTTPStatusError, status_error

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["nothing_sent", "translated"]


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


def nothing_sent(error: Exception) -> bool:
    """Whether it is certain that the server saw nothing of the request, so that sending it again cannot double it."""
    if isinstance(error, DeadlineError):
        return error.limit in ("connect", "pool")
    return isinstance(error, ConnectError)
