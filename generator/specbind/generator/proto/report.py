"""Findings about protos: they know their file and line at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity, SpecError

if TYPE_CHECKING:
    from specbind.generator.codes import Code
    from specbind.generator.diagnostics import Diagnostics

__all__ = ["Report"]

_SEVERITIES = {
    Weight.FATAL: Severity.ERROR,
    Weight.LOSS: Severity.ERROR,
    Weight.WARNING: Severity.WARNING,
    Weight.NOTE: Severity.NOTE,
}


class Report:
    """Hands findings on. `allow_partial` turns those that leave something out from errors into warnings."""

    def __init__(self, diagnostics: Diagnostics, *, allow_partial: bool = False) -> None:
        self._diagnostics = diagnostics
        self._allow_partial = allow_partial

    def add(self, code: Code, message: str, place: Place, hint: str = "") -> None:
        """Record a finding."""
        severity = _SEVERITIES[code.weight]
        if code.weight is Weight.LOSS and self._allow_partial:
            severity = Severity.WARNING
        self._diagnostics.add(Diagnostic(str(code), severity, message, place, hint))

    def failure(self, code: Code, message: str, place: Place, hint: str = "") -> SpecError:
        """Record a finding that ends reading; gives the error to raise."""
        diagnostic = Diagnostic(str(code), Severity.ERROR, message, place, hint)
        self._diagnostics.add(diagnostic)
        return SpecError(diagnostic)
