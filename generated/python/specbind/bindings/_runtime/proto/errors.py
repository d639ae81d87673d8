"""The errors of messages; they belong to the tree of the runtime's errors."""

from __future__ import annotations

from ..errors import DecodeError, RequestError

__all__ = ["DecodeError", "EncodeError"]


class EncodeError(RequestError):
    """A message cannot be written: a value does not fit its field (also a ValueError).

    Attributes:
        path: the field at fault, from the message that was to be written; "" where there is none.
    """

    def __init__(self, message: str = "", *, path: str = "") -> None:
        super().__init__(message)
        self.path = path
