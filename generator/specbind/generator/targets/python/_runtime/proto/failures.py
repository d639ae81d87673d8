"""What the codecs raise inside. `diagnosis`, or the entry point of JSON, turns it into the errors that callers see."""

from __future__ import annotations

__all__ = ["Fault", "Malformed", "Unencodable"]


class Malformed(Exception):  # noqa: N818 - it never reaches a caller
    """The bytes are no message of this type."""


class Unencodable(Exception):  # noqa: N818 - it never reaches a caller
    """The message holds something that has no encoding."""


class Fault(Exception):  # noqa: N818 - it never reaches a caller
    """What is wrong in JSON, or keeps a message from it; the names on the way to it are added while it rises."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.names: list[str] = []

    @classmethod
    def at(cls, error: Exception, name: str) -> Fault:
        """Make a fault of any error, and say that it is below this name."""
        fault = error if isinstance(error, cls) else cls(str(error))
        fault.names.append(name)
        return fault

    def path(self) -> str:
        """Where it is wrong, from the outermost message inwards."""
        return ".".join(reversed(self.names)).replace(".[", "[")
