"""What may stand in a header."""

from __future__ import annotations

import re

from .errors import RequestError

__all__ = ["header_name", "header_value"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUES = re.compile(r"[\r\n\0]")


def header_name(name: str) -> str:
    """Check a header's name; raises RequestError for one that is not a token of RFC 9110."""
    if _NAME.fullmatch(name) is None:
        raise RequestError(f"{name[:100]!r} cannot be the name of a header")
    return name


def header_value(name: str, text: str) -> str:
    """Check a header's text; raises RequestError for one that would end the header."""
    if _NOT_IN_VALUES.search(text) is not None:
        raise RequestError(f"header {name!r} must not have a line break or NUL in it")
    return text
