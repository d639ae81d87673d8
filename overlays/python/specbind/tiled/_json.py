"""JSON of metadata: scalars and arrays of numpy become numbers and lists."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import msgspec

__all__ = ["json_text"]


def json_text(value: object) -> bytes:
    """JSON of a value.

    Raises:
        TypeError: something in it has no JSON form.
    """
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: object) -> object:
    anything: Any = value
    if isinstance(value, Mapping):
        return dict[Any, Any](anything)
    if isinstance(value, Set):
        return list[Any](anything)
    tolist = getattr(value, "tolist", None)  # arrays and scalars of numpy
    if callable(tolist):
        return tolist()
    raise TypeError(f"{value!r:.80} cannot be sent: it has no JSON form")
