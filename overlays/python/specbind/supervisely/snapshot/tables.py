"""Parquet tables, a bounded number of rows in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from specbind.core.tasks import raise_if_cancelled
from specbind.supervisely.exceptions import SnapshotError

from .libraries import arrow, parquet
from .schema import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .limits import SnapshotLimits

__all__ = ["TableWriter", "read_rows"]

_ROWS = 5000
_BYTES = 4 << 20
_BATCH = 2 << 20  # bytes that are read at a time
R = TypeVar("R", bound=msgspec.Struct)


class TableWriter:
    """Appends rows to a table. A table without rows gets no file.

    Args:
        path: the file.
        row: the class of its rows.
    """

    def __init__(self, path: Path, row: type[Any]) -> None:
        self.path = path
        self.rows = 0
        self._arrow = arrow()
        self._schema = columns(row, self._arrow)
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._writer: Any = None

    def add(self, row: msgspec.Struct) -> None:
        """Append a row; it is written with others, 5000 or about 4 MiB at a time."""
        values = msgspec.structs.asdict(row)
        self._waiting.append(values)
        self._bytes += sum(len(value) for value in values.values() if isinstance(value, str))
        if len(self._waiting) >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        raise_if_cancelled()
        if self._writer is None:
            self._writer = parquet().ParquetWriter(str(self.path), self._schema, compression="zstd")
        self._writer.write_table(self._arrow.Table.from_pylist(self._waiting, schema=self._schema))
        self.rows += len(self._waiting)
        self._waiting = []
        self._bytes = 0

    def close(self) -> int:
        """Write what is left. Gives the number of rows."""
        self._flush()
        self.abandon()
        return self.rows

    def abandon(self) -> None:
        """Close the file as it is."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def read_rows(path: Path, row: type[R], limits: SnapshotLimits) -> Iterator[R]:
    """Rows of a table. Columns that are not known are passed over, and those that miss are null.

    Raises:
        SnapshotError: it is no Parquet file, passes a limit, or has values of other types.
    """
    failure: type[Exception] = arrow().ArrowException
    try:
        yield from _read(path, row, limits)
    except (failure, OSError, msgspec.ValidationError, UnicodeDecodeError) as error:
        message = f"the table {path.name} of the snapshot cannot be read: {str(error)[:300]}"
        raise SnapshotError(message) from error


def _read(path: Path, row: type[R], limits: SnapshotLimits) -> Iterator[R]:
    with parquet().ParquetFile(str(path)) as file:
        wanted = [field.name for field in msgspec.structs.fields(row)]
        present = [name for name in wanted if name in set(file.schema_arrow.names)]
        average = _check(path, file.metadata, limits)
        size = max(1, min(_ROWS, _BATCH // average))
        for group in range(file.metadata.num_row_groups):  # over all at once, what was read would be kept
            for batch in file.iter_batches(batch_size=size, row_groups=[group], columns=present):
                raise_if_cancelled()
                for values in batch.to_pylist():
                    yield msgspec.convert(values, row)


def _check(path: Path, metadata: Any, limits: SnapshotLimits) -> int:  # noqa: ANN401 - pyarrow is not known to checkers
    """Bytes of a row on the average, from 1 on."""
    sizes: list[int] = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    rows = int(metadata.num_rows)
    largest = max(sizes, default=0)
    if rows > limits.rows or largest > limits.row_group:
        message = (
            f"the table {path.name} of the snapshot has {rows} rows and row groups of up to {largest} bytes; "
            f"allowed are {limits.rows} rows and {limits.row_group} bytes (SnapshotLimits)"
        )
        raise SnapshotError(message)
    return max(1, sum(sizes) // max(1, rows))
