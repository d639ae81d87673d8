"""Writing a snapshot of images."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Any, Self

import msgspec

from .schema import FORMAT, MANIFEST, META, PROJECT, TABLES, AlphaRow, DatasetRow, FigureRow, ImageRow, TagRow
from .tables import TableWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SnapshotWriter"]

_NAMES = {
    DatasetRow: "datasets",
    ImageRow: "images",
    FigureRow: "figures",
    AlphaRow: "alpha_geometries",
    TagRow: "tags",
}


class SnapshotWriter:
    """Collects rows in files of a folder and packs them at the end. Use it in a `with` statement.

    Args:
        folder: an empty folder for the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables = {name: TableWriter(folder / f"{name}.parquet", row) for name, row in TABLES.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for table in self._tables.values():
            table.abandon()

    def describe(self, project: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        """Write what is told of the project, and its classes and tags."""
        self._document(PROJECT, project)
        self._document(META, meta)

    def add(self, rows: list[DatasetRow | ImageRow | FigureRow | AlphaRow | TagRow]) -> None:
        """Append rows to their tables."""
        for row in rows:
            self._tables[_NAMES[type(row)]].add(row)

    def finish(self, target: Path) -> None:
        """Write the snapshot: a tar, since the tables in it are compressed."""
        tables: list[dict[str, object]] = []
        for name, table in self._tables.items():
            if count := table.close():
                tables.append({"name": name, "path": table.path.name, "row_count": count})
        self._document(MANIFEST, {"schema_version": FORMAT, "tables": tables})
        with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(self._folder.iterdir()):
                entry = tarfile.TarInfo(f"./{path.name}")
                entry.size = path.stat().st_size
                with path.open("rb") as file:
                    tar.addfile(entry, file)

    def _document(self, name: str, value: Mapping[str, Any]) -> None:
        (self._folder / name).write_bytes(msgspec.json.encode(value))
