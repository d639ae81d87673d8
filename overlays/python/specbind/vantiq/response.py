"""The answer of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

from specbind.bindings._runtime.narrowing import is_array

from .errors import VantiqError, VantiqException

if TYPE_CHECKING:
    from typing import Self

__all__ = ["VantiqResponse"]


class VantiqResponse:
    """The answer of an operation: `body` after a success, `errors` after a failure.

    Attributes:
        is_success: whether the operation succeeded.
        status_code: HTTP status; 400 too for what was refused before it was sent.
        content_type: media type of the answer, None without one.
        count: number of records, where the operation counts.
        errors: what went wrong; None after a success, at least one after a failure.
        body: what the operation gives: a list or dict, a text, bytes, or for a download an `aiohttp.StreamReader`.
    """

    body: Any
    count: int | None
    errors: list[VantiqError] | None

    def __init__(self, successful: bool, status_code: int, content_type: str | None) -> None:
        self.status_code = status_code
        self.content_type = content_type
        self.is_success = successful
        self.body = None
        self.count = None
        self.errors = None

    @classmethod
    def from_error(cls, err: VantiqError) -> Self:
        """The answer to what is refused before it is sent."""
        response = cls(successful=False, status_code=400, content_type=None)
        response.errors = [err]
        return response

    def raise_for_errors(self) -> Self:
        """Give this answer, or raise its first error as VantiqException."""
        if self.is_success:
            return self
        if self.errors:
            raise VantiqException.of(self.errors[0])
        raise VantiqException("io.vantiq.python.error", "The server answered with status {0}.", [self.status_code])

    def __str__(self) -> str:
        first = (
            f"VantiqResponse: successful: {self.is_success}, status_code: {self.status_code}, "
            f"content_type:{self.content_type}, count: {self.count})"
        )
        lines = [first]
        if not self.is_success:
            lines += [f"\t Error: {error}" for error in self.errors or ()]
        elif is_array(self.body):
            lines += [f"\t body: {item}" for item in self.body] or ["\t body: empty"]
        elif isinstance(self.body, aiohttp.StreamReader):
            lines.append("\t body: <<streaming body>>")
        else:
            lines.append(f"\t body: {self.body}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"VantiqResponse(successful={self.is_success}, status_code={self.status_code}, "
            f"content_type={self.content_type}) # count={self.count}, errors={self.errors}, body={self.body}"
        )
