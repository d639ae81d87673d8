"""What reading raises: a finding that ends reading, with its place as an offset into the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specbind.generator.codes import Code

__all__ = ["ReadError"]


class ReadError(Exception):
    """Reading cannot go on. `offset` counts characters of `text`, -1 where no place is known."""

    def __init__(
        self, code: Code, message: str, *, offset: int = -1, text: str = "", pointer: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.text = text
        self.pointer = pointer
        self.hint = hint
