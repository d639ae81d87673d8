"""Parts of a frame, appended one after the other to columns that grow, so that nothing is there twice.

What grows is memory that the system gives when it is written to, and moves without a copy. Parts that come too early
wait; `next` is the one that is due.
"""

from __future__ import annotations

import threading
from typing import Any

from specbind.tiled._libraries import load

__all__ = ["Frames"]


class Frames:
    """Parts of one frame. `take` may be called from several threads.

    Args:
        count: how many parts there will be.
    """

    def __init__(self, count: int) -> None:
        self.next = 0
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
                self._append(self._waiting.pop(self.next))
                self.next += 1

    def _append(self, table: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        frame = _texts_apart(table).to_pandas(split_blocks=True)
        if self._labels is None:
            self._labels = frame.columns
            self._columns = [_Column(len(frame) * self._count) for _ in frame.columns]
        for at, column in enumerate(self._columns):
            column.append(frame.iloc[:, at])
        self._indexes.append(frame.index.copy(deep=True))

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
            self._array = numpy.empty(max(self._rows, end), values.dtype)
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
        if all(isinstance(part.dtype, pandas.CategoricalDtype) for part in parts):
            return pandas.api.types.union_categoricals(parts)
        return pandas.concat(parts, ignore_index=True).array


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
