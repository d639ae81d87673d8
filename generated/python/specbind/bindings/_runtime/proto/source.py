"""Text of compiled functions.

Text comes only from literals of this package and from integers: `add` takes a literal and numbers to print into it. So
nothing that a spec or a server says can become code. Names of fields and types never stand in the text; the functions
reach values by position and types by number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import LiteralString

__all__ = ["Source"]


class Source:
    """Lines of one function, and the values that they name."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.level = 0
        self.slot = 0
        self.names: dict[str, object] = {}

    def add(self, text: LiteralString, *numbers: int) -> None:
        """Add a line; `%d` stands for a number, `#` for the slot of the field that is at hand."""
        line = text % tuple(map(int, numbers))
        self._lines.append(" " * self.level + line.replace("#", str(int(self.slot))))

    def block(self, lines: Iterable[LiteralString]) -> None:
        """Add several lines."""
        for text in lines:
            self.add(text)

    def bind(self, name: LiteralString, value: object) -> str:
        """Let the text name a value; give the name."""
        full = name.replace("#", str(int(self.slot)))
        self.names[full] = value
        return full

    def compile(self, label: str) -> Callable[..., object]:
        """Make the function `_f` of the text."""
        text = "\n".join(self._lines)
        exec(compile(text, f"<codec of {label}>", "exec"), self.names)  # noqa: S102 - literals and integers, see above
        return cast("Callable[..., object]", self.names["_f"])  # what the text defines is known here only
