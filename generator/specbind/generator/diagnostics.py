"""What a stage has to say about a spec: code, severity, place and a way out."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

__all__ = ["Diagnostic", "Diagnostics", "Place", "Severity", "SpecError", "printable"]


class Severity(Enum):
    """How bad a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(Struct, frozen=True):
    """Where in the input something stands.

    `line` and `column` count from 1; 0 means unknown. `pointer` is a JSON pointer as a fragment (`#/paths/~1pets`).
    """

    file: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        place = self.file or "<input>"
        if self.line:
            place += f":{self.line}:{self.column}"
        return place


class Diagnostic(Struct, frozen=True):
    """One finding. `code` is stable (`SB213`); `message` and `hint` are free of control characters when printed."""

    code: str
    severity: Severity
    message: str
    place: Place = Place()
    hint: str = ""

    def __str__(self) -> str:
        lines = [f"{self.place}  {self.severity.value} {self.code}  {printable(self.message)}"]
        if self.place.pointer:
            lines.append(f"    at {printable(_shortened(self.place.pointer))}")
        if self.hint:
            lines.append(f"    hint: {printable(self.hint)}")
        return "\n".join(lines)


class SpecError(Exception):
    """A stage cannot go on; carries the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class Diagnostics:
    """The findings of one run, in the order in which they were made.

    `file` is named by findings that do not name one themselves.
    """

    def __init__(self) -> None:
        self._items: dict[Diagnostic, None] = {}
        self._locators: dict[str, Callable[[Iterable[str]], Mapping[str, Place]]] = {}
        self._look: Callable[[str], object] | None = None
        self._absent: object = None
        self.file = ""

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a finding; the same finding at the same place is kept once."""
        if not diagnostic.place.file and diagnostic.place.pointer:
            diagnostic = replace(diagnostic, place=replace(diagnostic.place, file=self.file))
        self._items[diagnostic] = None

    def extend(self, others: Iterable[Diagnostic]) -> None:
        """Keep the findings of another run, places and all."""
        self._items.update(dict.fromkeys(others))

    def locate_with(self, file: str, locate: Callable[[Iterable[str]], Mapping[str, Place]]) -> None:
        """Say how findings of a file that know no line get one: `locate` leads from pointers to places."""
        self._locators[file] = locate

    def look_with(self, look: Callable[[str], object], absent: object) -> None:
        """Say how what stands at a pointer of the document is found; `look` gives `absent` where nothing does."""
        self._look = look
        self._absent = absent

    def value(self, pointer: str) -> object:
        """What stands at a pointer of the document; None where nothing does, see `holds`."""
        return self._look(pointer) if self._look is not None and self.holds(pointer) else None

    def holds(self, pointer: str) -> bool:
        """Whether anything stands at a pointer of the document; False for input that is no document."""
        return self._look is not None and self._look(pointer) is not self._absent

    def places(self, file: str, pointers: Iterable[str]) -> dict[str, Place]:
        """The places that pointers lead to; without a line in a file that was not read as a document."""
        wanted = set(pointers)
        if file in self._locators:
            return dict(self._locators[file](wanted))
        return {pointer: Place(file, pointer=pointer) for pointer in wanted}

    def fill_places(self) -> None:
        """Give lines to findings that have a pointer alone. Costs a scan of the file; call it before printing."""
        wanted: dict[str, set[str]] = {}
        for item in self._items:
            if not item.place.line and "#" in item.place.pointer and item.place.file in self._locators:
                wanted.setdefault(item.place.file, set()).add(item.place.pointer)
        if not wanted:
            return
        found = {file: self._locators[file](pointers) for file, pointers in wanted.items()}
        self._items = dict.fromkeys(
            replace(item, place=found[item.place.file][item.place.pointer])
            if not item.place.line and item.place.pointer in wanted.get(item.place.file, ())
            else item
            for item in self._items
        )

    def as_errors(self, codes: Container[str]) -> None:
        """Make errors of the findings that have one of these codes."""
        self._items = dict.fromkeys(
            replace(item, severity=Severity.ERROR) if item.code in codes else item for item in self._items
        )

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return any(item.severity is Severity.ERROR for item in self._items)


_SEGMENTS = 16  # of a pointer that is shown whole; real ones have about ten


def _shortened(pointer: str) -> str:
    """A pointer with its begin and its end; whoever nests hundreds of values can count them by the line."""
    segments = pointer.split("/")
    hidden = len(segments) - _SEGMENTS
    if hidden <= 0:
        return pointer
    half = _SEGMENTS // 2
    return "/".join([*segments[:half], f"... {hidden} more ...", *segments[-half:]])


def printable(text: str) -> str:
    """Text of a spec as one bounded line that cannot steer a terminal."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return shown if len(shown) <= 400 else shown[:397] + "..."
