"""What reading raises: a finding that ends reading, with its place as an offset into the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specbind.generator.codes import Code

__all__ = ["ReadError"]


class ReadError(Exception):
    """Reading cannot go on.

    The place is either an `offset` into `text` (characters, -1 where it is not known) with the `pointer` that stands
    there, or a location `place`. `file` is the name of a file that could not be read at all.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        offset: int = -1,
        text: str = "",
        pointer: str = "",
        place: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.text = text
        self.pointer = pointer
        self.place = place
        self.hint = hint
        self.file = ""
