"""The rows that a benchmark prints, and what its command line takes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Report", "Row", "Run", "command_line"]


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result.

    Attributes:
        subject: the benchmark.
        name: what was measured.
        value: ours; a ratio where `unit` is "x".
        unit: of `value`, `promise` and `peer`.
        promise: the most that `value` may be; None where nothing is promised.
        peer: the same measure of the best peer in the same run.
        note: what the figures are made of.
    """

    subject: str
    name: str
    value: float
    unit: str = "x"
    promise: float | None = None
    peer: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the promise is met."""
        if self.promise is None:
            return ""
        return "met" if self.value <= self.promise else "NOT MET"

    def text(self) -> str:
        """One line."""
        promised = "" if self.promise is None else f"promised {self.promise:g} {self.unit}"
        peer = "" if self.peer is None else f"peer {self.peer:.2f} {self.unit}"
        figure = f"{self.value:.2f} {self.unit}"
        return f"{self.name:<46}{figure:>11}  {promised:<16}{self.verdict:<8}{peer:<15}{self.note}".rstrip()


class Skipped(msgspec.Struct, frozen=True):
    """A row that could not be measured, and why."""

    name: str
    reason: str


class _Table(msgspec.Struct):
    rows: list[Row]
    skipped: list[Skipped]


class Run(msgspec.Struct, frozen=True):
    """What the command line asks for.

    Attributes:
        quick: a short look: one round, small inputs, no peer that takes seconds.
        rounds: how often each contestant has its turn.
        json: where the rows go as JSON.
    """

    quick: bool
    rounds: int
    json: Path | None


def command_line(description: str, rounds: int, given: Sequence[str] | None = None) -> Run:
    """Read the options of a benchmark; `rounds` is its default."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short look: one round, small inputs")
    parser.add_argument("--rounds", type=int, default=0, help=f"turns of each contestant (default: {rounds})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    options = parser.parse_args(given)
    return Run(options.quick, options.rounds or (1 if options.quick else rounds), options.json)


class Report:
    """Prints rows as they come and keeps them."""

    def __init__(self, subject: str, run: Run) -> None:
        self._subject = subject
        self._run = run
        self._table = _Table([], [])
        _say(f"== {subject}")

    def row(
        self,
        name: str,
        value: float,
        unit: str = "x",
        *,
        promise: float | None = None,
        peer: float | None = None,
        note: str = "",
    ) -> None:
        """Add a result."""
        row = Row(subject=self._subject, name=name, value=value, unit=unit, promise=promise, peer=peer, note=note)
        self._table.rows.append(row)
        _say(row.text())

    def skip(self, name: str, reason: str) -> None:
        """Add a row that cannot be measured."""
        self._table.skipped.append(Skipped(name, reason))
        _say(f"{name:<46}skipped: {reason}")

    def close(self) -> None:
        """Count what was measured, met and skipped, and write the JSON."""
        rows, skipped = self._table.rows, self._table.skipped
        promised = [row for row in rows if row.promise is not None]
        met = sum(row.verdict == "met" for row in promised)
        _say(f"-- {len(rows)} rows, {met} of {len(promised)} promises met, {len(skipped)} skipped")
        if self._run.json is not None:
            self._run.json.write_bytes(msgspec.json.format(msgspec.json.encode(self._table)) + b"\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
