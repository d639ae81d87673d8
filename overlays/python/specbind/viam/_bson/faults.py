"""What is wrong with a document, and where."""

from __future__ import annotations

from specbind.bindings._runtime.errors import DecodeError
from specbind.bindings._runtime.proto.errors import EncodeError

__all__ = ["MAX_DEPTH", "BsonDecodeError", "BsonEncodeError", "Fault"]

MAX_DEPTH = 100
"""Levels of documents and arrays below the outermost one."""

_SHOWN = 60


class BsonDecodeError(DecodeError):
    """Bytes are no BSON document; `path` says which field is at fault, as `rows[2].price`."""


class BsonEncodeError(EncodeError):
    """A value has no form in BSON (also a ValueError); `path` says which, as `rows[2].price`."""


class Fault(Exception):  # noqa: N818 - it never leaves the reader and the writer
    """Something is wrong; every level that it leaves adds its key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.keys: list[str | int] = []

    @property
    def path(self) -> str:
        """Where it was, from the outermost document on."""
        steps: list[str] = []
        for key in reversed(self.keys):
            if isinstance(key, int):
                steps.append(f"[{key}]")
            elif key.isprintable() and key and len(key) <= _SHOWN and not set(key) & set(".[]'\" "):
                steps.append(f".{key}" if steps else key)
            else:
                steps.append(f"[{key[:_SHOWN]!a}]")
        return "".join(steps)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.keys else self.reason
