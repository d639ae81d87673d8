"""JSON decoders of declared types."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from .hooks import decode_hook

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["make_decoder"]


def make_decoder(kind: object) -> msgspec.json.Decoder[Any]:
    """Make a decoder, also for types that refer to each other in a chain of thousands.

    msgspec resolves references by recursion and remembers what it has resolved. Where its recursion is too deep, the
    types at the end of the chain go first.
    """
    try:
        return _make(kind)
    except RecursionError:
        for struct in _leaves_first(kind):
            _make(struct)
        return _make(kind)


def _make(kind: object) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("type[Any]", kind), dec_hook=decode_hook)


def _struct(kind: object) -> type[msgspec.Struct] | None:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return None


def _leaves_first(kind: object) -> Iterator[type[msgspec.Struct]]:
    """Give all Structs that a type mentions, each after those that it mentions itself."""
    seen: set[type] = set()
    waiting: list[tuple[object, bool]] = [(kind, False)]
    while waiting:
        found, done = waiting.pop()
        struct = _struct(found)
        if struct is None:
            waiting += [(part, False) for part in get_args(found)]
        elif done:
            yield struct
        elif struct not in seen:
            seen.add(struct)
            waiting.append((struct, True))
            waiting += [(part, False) for part in typing.get_type_hints(struct).values()]
