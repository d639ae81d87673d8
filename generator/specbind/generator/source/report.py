"""Findings on their way to Diagnostics: recorded by location, given lines and columns all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError

from .pointer import split
from .text import line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.codes import Code
    from specbind.generator.diagnostics import Diagnostics

    from .error import ReadError
    from .model import Source

__all__ = ["Report"]

_SEVERITIES = {
    Weight.FATAL: Severity.ERROR,
    Weight.LOSS: Severity.ERROR,
    Weight.WARNING: Severity.WARNING,
    Weight.NOTE: Severity.NOTE,
}


class Report:
    """Collects findings; `flush` finds their lines and hands them on.

    `allow_partial` turns findings that leave something out from errors into warnings.
    """

    def __init__(self, diagnostics: Diagnostics, *, allow_partial: bool = False) -> None:
        self._diagnostics = diagnostics
        self._allow_partial = allow_partial
        self._found: dict[tuple[Code, str, str], str] = {}

    def add(self, code: Code, message: str, location: str, hint: str = "") -> None:
        """Record a finding at a location. The same finding at the same place counts once."""
        self._found.setdefault((code, message, location), hint)

    def flush(self, name: Callable[[str], str], source: Callable[[str], Source | None]) -> None:
        """Hand every finding on. `name` gives a file's name for people, `source` its source if it was read."""
        lines = self._lines(source)
        for (code, message, location), hint in self._found.items():
            file, pointer = split(location)
            line, column = lines.get(location, (0, 0))
            severity = _SEVERITIES[code.weight]
            if code.weight is Weight.LOSS and self._allow_partial:
                severity = Severity.WARNING
            elif code.weight is Weight.LOSS and not hint:
                hint = "correct the spec, or allow partial output"  # noqa: PLW2901
            place = Place(name(file), line, column, f"#{pointer}")
            self._diagnostics.add(Diagnostic(str(code), severity, message, place, hint))
        self._found.clear()

    def failure(self, failure: ReadError, name: str, source: Source | None) -> SpecError:
        """The error that a failure becomes; also recorded among the diagnostics."""
        line = column = 0
        if failure.offset >= 0:
            line, column = line_and_column(failure.text, failure.offset)
        elif source is not None:
            line, column = source.locate(failure.pointer)
        place = Place(name, line, column, f"#{failure.pointer}" if failure.pointer else "")
        diagnostic = Diagnostic(str(failure.code), Severity.ERROR, failure.message, place, failure.hint)
        self._diagnostics.add(diagnostic)
        return SpecError(diagnostic)

    def _lines(self, source: Callable[[str], Source | None]) -> dict[str, tuple[int, int]]:
        by_file: dict[str, list[tuple[str, str]]] = {}
        for _, _, location in self._found:
            file, pointer = split(location)
            by_file.setdefault(file, []).append((location, pointer))
        lines: dict[str, tuple[int, int]] = {}
        for file, places in by_file.items():
            read = source(file)
            if read is not None:
                located = read.locate_all({pointer for _, pointer in places})
                lines.update((location, located[pointer]) for location, pointer in places)
        return lines
