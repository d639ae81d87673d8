"""What the compiled codecs raise inside. `diagnosis` turns it into the errors that callers see."""

from __future__ import annotations

__all__ = ["Malformed", "Unencodable"]


class Malformed(Exception):  # noqa: N818 - it never reaches a caller
    """The bytes are no message of this type."""


class Unencodable(Exception):  # noqa: N818 - it never reaches a caller
    """The message holds something that has no encoding."""
