"""Findings on their way to Diagnostics: recorded by location, given lines and columns all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError

from .pointer import split
from .text import line_and_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specbind.generator.codes import Code
    from specbind.generator.diagnostics import Diagnostics

    from .error import ReadError
    from .model import Source
    from .workspace import Workspace

__all__ = ["Report", "locate"]

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

    def flush(self, workspace: Workspace) -> None:
        """Hand every finding on, with lines."""
        places = locate(workspace, (location for _, _, location in self._found))
        for (code, message, location), hint in self._found.items():
            severity = _SEVERITIES[code.weight]
            if code.weight is Weight.LOSS and self._allow_partial:
                severity = Severity.WARNING
            elif code.weight is Weight.LOSS and not hint:
                hint = "correct the spec, or allow partial output"  # noqa: PLW2901
            self._diagnostics.add(Diagnostic(str(code), severity, message, places[location], hint))
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


def locate(workspace: Workspace, locations: Iterable[str]) -> dict[str, Place]:
    """Files, lines and columns of many locations; line 0 in a file that was not read."""
    origins = {location: workspace.origin(location) for location in locations}
    by_file: dict[str, set[str]] = {}
    for origin in origins.values():
        file, pointer = split(origin)
        by_file.setdefault(file, set()).add(pointer)
    lines: dict[tuple[str, str], tuple[int, int]] = {}
    for file, pointers in by_file.items():
        source = workspace.source(file)
        if source is not None:
            lines.update({(file, pointer): found for pointer, found in source.locate_all(pointers).items()})
    places: dict[str, Place] = {}
    for location, origin in origins.items():
        file, pointer = split(origin)
        line, column = lines.get((file, pointer), (0, 0))
        places[location] = Place(workspace.name(file), line, column, f"#{pointer}")
    return places
