"""Headers of answers as declared types, read from raw responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar, cast

import msgspec

from .errors import DecodeError
from .parsing import BadValueError, parse_header
from .resources import RawResponse, SyncRawResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .http import Response
    from .operation import Operation
    from .parameters import Header
    from .portal import Portal

__all__ = ["RawResponseWith", "SyncRawResponseWith", "as_raw_sync_with_headers", "as_raw_with_headers", "read_headers"]

T = TypeVar("T")
H = TypeVar("H", bound=msgspec.Struct)
P = ParamSpec("P")


def read_headers(operation: Operation[T], response: Response, kind: type[H]) -> H:
    """Read the declared headers of an answer.

    Args:
        operation: what was called.
        response: the answer.
        kind: a Struct whose wire names are names of headers; all its fields have defaults, which stand for headers that
            did not come.

    Raises:
        DecodeError: a header is not what is declared; it is named.
    """
    declared = operation.reply_headers(response.status)
    found: dict[str, object] = {}
    for name, wire in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        header = declared.get(wire.lower())
        texts = response.headers.getall(wire, [])
        if header is None or not texts:
            continue
        try:
            found[name] = _value(header, texts)
        except BadValueError as error:
            problem = DecodeError(
                f"the answer's header {wire!r} does not fit: {str(error).partition(': ')[2]}", status=response.status
            )
            raise (problem.at(response.request) if response.request is not None else problem) from None
    return kind(**found)


def _value(header: Header, texts: list[str]) -> object:
    # RFC 9110, 5.3: lines of one name are one list, but for Set-Cookie, whose dates have commas
    if header.name.lower() == "set-cookie":
        kind = header.type()
        return parse_header(header, texts[0]) if kind is str else texts
    return parse_header(header, ", ".join(texts))


class RawResponseWith(RawResponse[T], Generic[T, H]):
    """An answer before it is parsed, of an operation that declares headers."""

    def __init__(self, operation: Operation[T], response: Response, kind: Callable[[], type[H]]) -> None:
        super().__init__(operation, response)
        self._kind = kind

    @property
    def typed_headers(self) -> H:
        """The declared headers, UNSET where one did not come; raises DecodeError for one that does not fit."""
        return read_headers(self.operation, self.response, self._kind())


class SyncRawResponseWith(SyncRawResponse[T], Generic[T, H]):
    """The same of a synchronous client."""

    def __init__(
        self, operation: Operation[T], response: Response, portal: Portal, kind: Callable[[], type[H]]
    ) -> None:
        super().__init__(operation, response, portal)
        self._kind = kind

    @property
    def typed_headers(self) -> H:
        """The declared headers, UNSET where one did not come; raises DecodeError for one that does not fit."""
        return read_headers(self.operation, self.response, self._kind())


def as_raw_with_headers(
    method: Callable[P, Awaitable[T]], kind: Callable[[], type[H]]
) -> Callable[P, Awaitable[RawResponseWith[T, H]]]:
    """Give a method that answers raw with typed headers, from a method whose resource answers raw.

    Args:
        method: the method.
        kind: gives the Struct of the operation's headers.
    """

    async def call(*args: P.args, **kwargs: P.kwargs) -> RawResponseWith[T, H]:
        raw = cast("RawResponse[T]", await method(*args, **kwargs))
        return RawResponseWith(raw.operation, raw.response, kind)

    return call


def as_raw_sync_with_headers(
    method: Callable[P, T], kind: Callable[[], type[H]]
) -> Callable[P, SyncRawResponseWith[T, H]]:
    """The same for a synchronous method."""

    def call(*args: P.args, **kwargs: P.kwargs) -> SyncRawResponseWith[T, H]:
        raw = cast("SyncRawResponse[T]", method(*args, **kwargs))
        return SyncRawResponseWith(raw.operation, raw.response, raw.portal, kind)

    return call
