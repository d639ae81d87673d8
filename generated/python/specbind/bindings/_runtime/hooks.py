"""What msgspec asks about the types of this package that it does not know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .duration_text import DurationText, convert_duration_text
from .enums import OpenFloat
from .files import File
from .int_text import Int64Text, convert_int_text
from .open_model import OpenModel, convert_open, encode_open
from .unions import UnknownVariant, convert_union, is_union

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compose_path", "decode_hook", "encode_hook", "text_hook"]

_PATH = re.compile(r" - at `(?:key in )?(\$[^`]*)`$")


def encode_hook(value: object) -> object:
    """Turn a value into what msgspec can encode; for `enc_hook`."""
    if isinstance(value, UnknownVariant):
        return value.value
    if isinstance(value, OpenFloat):
        return float(value)
    if isinstance(value, OpenModel):
        return encode_open(value)
    if isinstance(value, Int64Text):
        return str(int(value))
    if isinstance(value, DurationText):
        return str(value)
    if isinstance(value, File):
        raise TypeError("a File can be sent as a binary or multipart body only, never inside JSON or a parameter")
    raise TypeError(f"a value of type {type(value).__name__} cannot be sent")


def _hook(*, strict: bool) -> Callable[[type, object], object]:
    def hook(kind: type, value: object) -> object:
        if is_union(kind):
            return convert_union(kind, value, strict=strict, hook=hook)
        if issubclass(kind, OpenModel):
            return convert_open(kind, value, strict=strict, hook=hook)
        if issubclass(kind, Int64Text):
            return convert_int_text(kind, value)
        if issubclass(kind, DurationText):
            return convert_duration_text(kind, value)
        if issubclass(kind, OpenFloat):
            if isinstance(value, str) and not strict:
                return kind(float(value))
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"Expected `float`, got `{type(value).__name__}`")  # noqa: TRY004 - msgspec adds the path
            return kind(float(value))
        if kind is File and isinstance(value, File):
            return value
        raise ValueError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")

    return hook


decode_hook = _hook(strict=True)
"""For `dec_hook` where JSON types are kept apart."""
text_hook = _hook(strict=False)
"""For `dec_hook` where values come as text (parameters and forms)."""


def compose_path(message: str) -> tuple[str, str]:
    """Split a ValidationError's message into its text and one JSON path.

    A hook loses the outer path and msgspec appends it behind the inner one: `... - at `$.x` - at `$.a[0]`` means
    `$.a[0].x`.
    """
    path = ""
    while (found := _PATH.search(message)) is not None:
        path += found[1][1:]
        message = message[: found.start()]
    return message, "$" + path
