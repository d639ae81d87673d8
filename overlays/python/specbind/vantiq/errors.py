"""What went wrong: a code, a text with places such as `{0}`, and what stands in those places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from specbind.bindings._runtime.narrowing import is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VantiqError", "VantiqException", "errors_of", "told"]

_PLACE = re.compile(r"\{(\d{1,4})\}")
_SHOWN = 2000
_MOST = 1000


def told(message: str, params: Sequence[Any]) -> str:
    """Put the parameters into a text. What has no parameter, or no place, stays as it is: servers send both."""

    def fill(place: re.Match[str]) -> str:
        number = int(place[1])
        return str(params[number]) if number < len(params) else place[0]

    return _PLACE.sub(fill, message)


class VantiqError:
    """One error of an operation.

    Attributes:
        code: short text that names the error.
        message: text with places such as `{0}`.
        params: what stands in those places.
    """

    def __init__(self, code: str, message: str, params: list[Any]) -> None:
        self.code = code
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return f"VantiqError: code: {self.code}, message: {self.message}"

    def __repr__(self) -> str:
        return f"VantiqError(code={self.code}, message={self.message}, params={self.params})"


class VantiqException(RuntimeError):  # noqa: N818 - the name of the official client
    """An operation could not be done. The error of the layer below, if there is one, is its `__cause__`.

    Attributes:
        code: short text that names the error.
        message: text with places such as `{0}`.
        params: what stands in those places.
    """

    def __init__(self, code: str, message: str, params: list[Any]) -> None:
        super().__init__(told(message, params))
        self.code = code
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return f"VantiqException: code: {self.code}, message={told(self.message, self.params)}"

    def __repr__(self) -> str:
        return f"VantiqException(code={self.code}, message={self.message}, params={self.params})"

    def __reduce__(self) -> tuple[type[VantiqException], tuple[str, str, list[Any]]]:
        return type(self), (self.code, self.message, self.params)

    @classmethod
    def of(cls, error: VantiqError) -> VantiqException:
        """The same as an exception."""
        return cls(error.code, error.message, error.params)


def errors_of(status: int, content_type: str, content: bytes) -> list[VantiqError]:
    """Read the errors of an answer. There is always one: of what cannot be read, the text itself is told."""
    if content_type == "application/json":
        try:
            value: object = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return [_unread("parse.exception", "Error parsing error messages: {0}", _excerpt(content))]
        return errors_in(status, value)
    return [
        VantiqError("io.vantiq.python.nonjson.error", "Status: {0}, non-json error: {1}", [status, _excerpt(content)])
    ]


def errors_in(status: int, value: object) -> list[VantiqError]:
    """Read the errors of a JSON value: a list of them, one, or something else, which is told as it is."""
    if is_array(value) and value:
        return [_one(status, each) for each in value[:_MOST]]
    return [_one(status, value)]


def _one(status: int, value: object) -> VantiqError:
    if is_object(value):
        if "code" in value:
            params, message = value.get("params"), value.get("message")
            kept = list(params) if is_array(params) else ([] if params is None else [params])
            return VantiqError(str(value["code"]), "" if message is None else str(message), kept)
        if "error" in value:
            return VantiqError(str(status), str(value["error"]), [])
        return _unread("unknownerrorprops", "Received error in an unknown format: {0}", value)
    return _unread("unknownerrorformat", "Received error in an unknown format: {0}", value)


def _unread(code: str, message: str, value: object) -> VantiqError:
    return VantiqError(f"io.vantiq.python.{code}", message, [value])


def _excerpt(content: bytes) -> str:
    text = content[:_SHOWN].decode("utf-8", "replace")
    return text if len(content) <= _SHOWN else f"{text}..."
