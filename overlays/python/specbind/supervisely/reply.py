"""An answer of the server to a call by name."""

from __future__ import annotations

from typing import Any

import msgspec

from .exceptions import ApiAnswerError

__all__ = ["Reply"]


class Reply(msgspec.Struct, frozen=True):
    """An answer with a status below 400."""

    status_code: int
    """HTTP status."""
    headers: dict[str, str]
    """Headers."""
    content: bytes
    """The bytes."""

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """The JSON value. Raises ApiAnswerError where it is none."""
        try:
            return msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiAnswerError(f"the answer is no JSON: {error}") from error
