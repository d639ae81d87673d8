"""Decoders of declared types."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import msgspec

from .hooks import decode_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["made_for", "make_decoder"]

D = TypeVar("D")


def make_decoder(kind: object) -> msgspec.json.Decoder[Any]:
    """Make a decoder of JSON, also for types that refer to each other in a chain of thousands."""
    return made_for(kind, _make)


def made_for(kind: object, make: Callable[[object], D]) -> D:
    """Make a decoder with `make`.

    msgspec resolves references by recursion and remembers what it has resolved. Where its recursion is too deep, the
    types at the end of the chain go first.
    """
    try:
        return make(kind)
    except RecursionError:
        for struct in _leaves_first(kind):
            make(struct)
        return make(kind)


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
