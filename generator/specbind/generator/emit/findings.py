"""What a target has to say about an Api: names that it could not give as wanted, and what it does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.codes import Code, Weight
from specbind.generator.diagnostics import Diagnostic, Place, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.diagnostics import Diagnostics

__all__ = ["Findings"]


class Findings:
    """Adds the findings of a target, each with the weight that its code has."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics

    def report(self, code: Code, message: str, pointer: str = "#", hint: str = "") -> None:
        """Add a finding: a warning or a note."""
        severity = Severity.WARNING if code.weight is Weight.WARNING else Severity.NOTE
        self._diagnostics.add(Diagnostic(str(code), severity, message, Place(pointer=pointer), hint))

    def collision(self, code: Code, subject: str, pointer: str = "#", hint: str = "") -> Callable[[str, str], None]:
        """What a NameScope tells of a name that `subject` (`a field of 'Pet'`) could not have."""

        def collided(wanted: str, given: str) -> None:
            self.report(code, f"{subject} is called {given}: {wanted} is taken", pointer, hint)

        return collided
