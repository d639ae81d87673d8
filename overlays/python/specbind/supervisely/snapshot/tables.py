"""Parquet tables, a bounded number of rows in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from specbind.core.tasks import raise_if_cancelled
from specbind.supervisely.exceptions import SnapshotError

from .libraries import arrow, arrow_compute, parquet
from .schema import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .limits import SnapshotLimits

__all__ = ["TableWriter", "read_rows"]

_ROWS = 5000
_BYTES = 4 << 20
_BATCH = 2 << 20  # bytes that are read at a time
_ROW = 64  # bytes that are counted for a row without its texts
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
    wanted = [field.name for field in msgspec.structs.fields(row)]
    with parquet().ParquetFile(str(path)) as file:
        names = set(file.schema_arrow.names)
        average = _check(path, file.metadata, limits)
    present = [name for name in wanted if name in names]
    usual = max(1, min(_ROWS, _BATCH // average))
    total = 0
    # texts stay references to a dictionary: a value that stands in a file once may be in many rows. Values that are
    # written as what differs from the one before are not read so by pyarrow, and refused
    with parquet().ParquetFile(str(path), read_dictionary=present) as file:
        for group in range(file.metadata.num_row_groups):  # over all at once, what was read would be kept
            for batch in file.iter_batches(batch_size=usual, row_groups=[group], columns=present):
                for part, used in _parts(path, batch, limits):
                    raise_if_cancelled()
                    total += used
                    if total > limits.table:
                        message = f"the table {path.name} of the snapshot has more than {limits.table} bytes"
                        raise SnapshotError(f"{message} (SnapshotLimits)")
                    for values in part.to_pylist():
                        yield msgspec.convert(values, row)


def _parts(path: Path, batch: Any, limits: SnapshotLimits) -> Iterator[tuple[Any, int]]:  # noqa: ANN401 - see above
    """A batch in pieces of a few MiB, each with the bytes of its texts and some for the rest of its rows."""
    sizes = _sizes(path, batch, limits)
    start = used = 0
    for number, size in enumerate(sizes):
        if used and used + size > _BATCH:
            yield batch.slice(start, number - start), used
            start, used = number, 0
        used += size
    if used:
        yield batch.slice(start), used


def _sizes(path: Path, batch: Any, limits: SnapshotLimits) -> list[int]:  # noqa: ANN401 - see above
    """Bytes of the rows of a batch. Raises SnapshotError for a value that passes the limit."""
    compute = arrow_compute()
    kinds = arrow().types
    sizes = [_ROW] * batch.num_rows
    for column in batch.columns:
        if kinds.is_dictionary(column.type):
            lengths = compute.binary_length(column.dictionary)
            if (compute.max(lengths).as_py() or 0) > limits.value:
                message = f"the table {path.name} of the snapshot has a value of more than {limits.value} bytes"
                raise SnapshotError(f"{message} (SnapshotLimits)")
            found = lengths.take(column.indices).to_pylist()
            sizes = [size + (length or 0) for size, length in zip(sizes, found, strict=True)]
    return sizes


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
