"""Parts of a frame, appended one after the other to columns that grow, so that nothing is there twice.

What grows is memory that the system gives when it is written to, and moves without a copy. Parts that come too early
wait; `next` is the one that is due. A part that is `alone` is not copied at all.
"""

from __future__ import annotations

import threading
from typing import Any

from specbind.bindings._runtime import DecodeError
from specbind.tiled._libraries import load

__all__ = ["Frames", "alone"]

_RESERVE = 64 * 1024 * 1024
"""Bytes of a column that are reserved beyond what came, or as many again if those are more."""


class Frames:
    """Parts of one frame. `take` may be called from several threads.

    Args:
        count: how many parts there will be.
    """

    def __init__(self, count: int) -> None:
        self.next = 0
        self.nbytes = 0
        self._count = count
        self._waiting: dict[int, Any] = {}
        self._columns: list[_Column] = []
        self._indexes: list[Any] = []
        self._labels: Any = None
        self._lock = threading.Lock()

    def take(self, number: int, table: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        """Take over a `pyarrow.Table` as part `number`."""
        with self._lock:
            self._waiting[number] = table
            del table
            while self.next in self._waiting:
                part = self._waiting.pop(self.next)
                self.nbytes += part.nbytes
                self._append(part)
                del part
                self.next += 1

    def _append(self, table: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        frame = _texts_apart(table).to_pandas(split_blocks=True)
        if self._labels is None:
            self._labels = frame.columns
            self._columns = [_Column(len(frame) * self._count) for _ in frame.columns]
        elif not frame.columns.equals(self._labels):
            frame = self._ordered(frame)
        for column, (_, series) in zip(self._columns, frame.items(), strict=True):
            column.append(series)
        self._indexes.append(frame.index.copy(deep=True))

    def _ordered(self, frame: Any) -> Any:  # noqa: ANN401 - pandas has no types
        """The columns of a later part in the order of the first.

        Raises:
            DecodeError: it has others.
        """
        first, later = list(self._labels), list(frame.columns)
        if len(set(later)) != len(later) or set(later) != set(first):
            odd = sorted(map(str, set(first) ^ set(later)))
            raise DecodeError(
                f"partition {self.next} has other columns than those before it: {odd[:5]}; "
                "read each of them with read_partition"
            )
        return frame[first]

    def joined(self) -> Any:  # noqa: ANN401 - pandas has no types
        """Give the frame; the parts are gone then."""
        first, *others = self._indexes
        index = first.append(others) if others else first
        columns = {at: column.joined() for at, column in enumerate(self._columns)}
        self._columns = []
        frame = load("pandas").DataFrame(columns, index=index, copy=False)
        frame.columns = self._labels
        return frame


class _Column:
    """A column that grows: an array while all parts are of one type of numpy's, else a list of parts."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._array: Any = None
        self._used = 0
        self._parts: list[Any] = []

    def append(self, series: Any) -> None:  # noqa: ANN401 - pandas has no types
        numpy = load("numpy")
        plain = isinstance(series.dtype, numpy.dtype) and series.dtype.kind != "O"
        if plain and not self._parts and (self._array is None or self._array.dtype == series.dtype):
            self._grow(series.to_numpy())
            return
        if self._array is not None:
            self._parts.append(load("pandas").Series(self._shrunk()))
        # a copy of its own, unless it has one: what was received is to go
        self._parts.append(series.copy() if plain else series.reset_index(drop=True))

    def _grow(self, values: Any) -> None:  # noqa: ANN401 - numpy's
        numpy = load("numpy")
        end = self._used + len(values)
        if self._array is None:
            # what is not used costs nothing; how much there will be is only the server's word
            spare = max(end, _RESERVE // max(1, values.dtype.itemsize))
            self._array = numpy.empty(max(end, min(self._rows, end + spare)), values.dtype)
        elif end > len(self._array):
            self._array.resize(end + end // 2, refcheck=False)
        self._array[self._used : end] = values
        self._used = end

    def _shrunk(self) -> Any:  # noqa: ANN401 - numpy's
        array, self._array = self._array, None
        array.resize(self._used, refcheck=False)
        return array

    def joined(self) -> Any:  # noqa: ANN401 - an array of numpy or pandas
        if self._array is not None:
            return self._shrunk()
        pandas = load("pandas")
        parts, self._parts = self._parts, []
        kinds = [part.dtype for part in parts]
        categories = all(isinstance(kind, pandas.CategoricalDtype) for kind in kinds)
        if categories and (kinds.count(kinds[0]) == len(kinds) or not any(kind.ordered for kind in kinds)):
            return pandas.api.types.union_categoricals(parts)
        return pandas.concat(parts, ignore_index=True).array


def alone(table: Any, body: bytes | memoryview) -> Any:  # noqa: ANN401 - pyarrow and pandas have no types
    """Give the frame of a table that is all there is: in the memory that was received, where that fits.

    That memory then stays as long as one of its columns, as the single block of a frame does. What has to be converted
    is there beside it; a table of which that is more than half is copied, and the memory goes.

    Args:
        table: what is in the body.
        body: what was received. Its columns can be changed in place where it can.
    """
    if isinstance(body, bytes) or 2 * sum(map(_fitting, table.columns)) < table.nbytes:
        frames = Frames(1)
        frames.take(0, table)
        return frames.joined()
    frame = table.to_pandas(split_blocks=True)
    labels, index = frame.columns, frame.index
    columns = {at: _changeable(series, body) for at, (_, series) in enumerate(frame.items())}
    found = load("pandas").DataFrame(columns, index=index, copy=False)
    found.columns = labels
    return found


def _fitting(column: Any) -> int:  # noqa: ANN401 - pyarrow has no types
    """Bytes of a column that pandas can use as they are."""
    types, kind = load("pyarrow").types, column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return int(column.nbytes)
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_timestamp(kind) or types.is_duration(kind)
    return int(column.nbytes) if number and column.num_chunks == 1 and not column.null_count else 0


def _changeable(series: Any, body: memoryview) -> Any:  # noqa: ANN401 - pandas has no types
    """The values of a column, not as the constants that Arrow makes of them."""
    numpy = load("numpy")
    if not isinstance(series.dtype, numpy.dtype):
        text = isinstance(series.dtype, load("pandas").StringDtype)  # Arrow's own, which is replaced when it is changed
        return series.array if text else series.array.copy()
    values = series.to_numpy()
    if values.flags.writeable:
        return values
    offset = values.__array_interface__["data"][0] - numpy.frombuffer(body, "u1").__array_interface__["data"][0]
    inside = 0 <= offset <= len(body) - values.nbytes and values.flags.c_contiguous
    return numpy.frombuffer(body, values.dtype, len(values), offset) if inside and values.nbytes else values.copy()


def _texts_apart(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Copy texts: pandas keeps Arrow's own memory for them, and with it all that was received."""
    arrow = load("pyarrow")
    for at, field in enumerate(table.schema):
        kind = field.type
        if arrow.types.is_string(kind) or arrow.types.is_large_string(kind):
            empty = arrow.array([], kind)
            # concatenating several arrays always copies
            copied = arrow.concat_arrays([*table.column(at).chunks, empty, empty])
            table = table.set_column(at, field, arrow.chunked_array([copied]))
    return table
