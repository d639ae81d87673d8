"""The table of a run over the corpus: one row for each document, kept by the process that made it.

`make corpus` begins with an empty one; other runs renew the rows of the documents that they read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from specbind.generator.codes import Code

__all__ = ["FOLDER", "Row", "keep"]

FOLDER = Path(__file__).resolve().parents[2] / ".build" / "corpus"
_ROWS = FOLDER / "rows"


class Row(msgspec.Struct, kw_only=True):
    """What came out of a document. Seconds are those of the CPU, of the generator with its children."""

    document: str
    operations: int
    generated: int
    webhooks: int
    types: int
    files: int
    severities: dict[str, int]
    degradations: dict[str, int]
    seconds: float
    mebibytes: float
    modules: int
    import_seconds: float


def keep(row: Row) -> None:
    """Keep a row and write the table anew; rows come from several processes, so each is a file."""
    _ROWS.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(row.document.encode()).hexdigest()[:16]
    (_ROWS / f"{name}.json").write_bytes(msgspec.json.encode(row))
    written = FOLDER / f"{name}.md"
    written.write_text(_table(), encoding="utf-8")
    written.replace(FOLDER / "table.md")


def _table() -> str:
    rows = [msgspec.json.decode(path.read_bytes(), type=Row) for path in _ROWS.glob("*.json")]
    rows.sort(key=lambda row: row.document)
    lines = [
        (
            "| document | operations | generated | webhooks | types | files | errors | warnings | notes | degradations "
            "| CPU s | peak MiB | modules imported | import CPU s |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|",
    ]
    lines += [_line(row) for row in rows]
    whole = sum(row.generated == row.operations for row in rows)
    lines += [
        "",
        (
            f"{len(rows)} documents, {whole} of them whole; {sum(row.operations for row in rows)} operations, "
            f"{sum(row.generated for row in rows)} generated; {sum(sum(row.degradations.values()) for row in rows)} "
            f"degradations in {sum(bool(row.degradations) for row in rows)} documents; "
            f"{sum(row.seconds for row in rows):.1f} s of CPU, {max(row.mebibytes for row in rows):.0f} MiB at most."
        ),
        "",
    ]
    return "\n".join([*_explained(rows), *lines])


def _explained(rows: list[Row]) -> list[str]:
    """What each degradation is, and how often it comes."""
    lines = ["| code | meaning | found | in documents |", "|---|---|---:|---:|"]
    for code in Code:
        found = [row.degradations[code] for row in rows if code in row.degradations]
        if found:
            lines.append(f"| {code} | {code.meaning} | {sum(found)} | {len(found)} |")
    return [*lines, ""]


def _line(row: Row) -> str:
    degraded = ", ".join(f"{code}: {number}" for code, number in row.degradations.items()) or "-"
    cells = [
        row.document, row.operations, row.generated, row.webhooks, row.types, row.files,
        *(row.severities.get(severity, 0) for severity in ("error", "warning", "note")), degraded,
        f"{row.seconds:.2f}", f"{row.mebibytes:.0f}", row.modules, f"{row.import_seconds:.2f}",
    ]  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"
