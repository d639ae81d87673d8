"""Parts of a frame that come in any order, joined in the end without all of them being there twice.

Every column of every part has memory of its own, so that what was received is free as soon as it is taken over, and
parts of a column are free as soon as that column is joined.
"""

from __future__ import annotations

from typing import Any

from specbind.tiled._libraries import load

__all__ = ["Frames"]


class Frames:
    """Parts of one frame.

    Args:
        count: how many there will be.
    """

    def __init__(self, count: int) -> None:
        self._columns: list[list[Any]] = []
        self._indexes: list[Any] = [None] * count
        self._labels: Any = None
        self._count = count
        self._single: Any = None

    def take(self, number: int, table: Any) -> None:  # noqa: ANN401 - pyarrow has no types
        """Take over a `pyarrow.Table` as part `number`."""
        if self._count == 1:
            self._single = table.to_pandas()
            return
        frame = _texts_apart(table).to_pandas(split_blocks=True)
        if not self._columns:
            self._columns = [[None] * self._count for _ in frame.columns]
            self._labels = frame.columns
        for at, parts in enumerate(self._columns):
            parts[number] = _own(frame.iloc[:, at])
        self._indexes[number] = frame.index.copy(deep=True)

    def joined(self) -> Any:  # noqa: ANN401 - pandas has no types
        """Give the frame; the parts are gone then."""
        if self._count == 1:
            single, self._single = self._single, None
            return single
        pandas = load("pandas")
        index = self._indexes[0].append(self._indexes[1:])
        columns: dict[int, Any] = {}
        for at, parts in enumerate(self._columns):
            columns[at] = _join(parts)
            parts.clear()
        frame = pandas.DataFrame(columns, index=index, copy=False)
        frame.columns = self._labels
        return frame


def _own(series: Any) -> Any:  # noqa: ANN401 - pandas has no types
    """Values in memory of their own: numpy's array where there is one, else a series."""
    numpy = load("numpy")
    if not isinstance(series.dtype, numpy.dtype):
        return series.reset_index(drop=True)
    values = series.to_numpy()
    root = values
    while isinstance(root.base, numpy.ndarray):
        root = root.base
    shared = root.base is not None or root.nbytes > values.nbytes  # another one's memory, or a part of a larger array
    return values.copy() if shared or not values.flags.writeable else values


def _join(parts: list[Any]) -> Any:  # noqa: ANN401 - pandas has no types
    pandas, numpy = load("pandas"), load("numpy")
    if all(isinstance(part, numpy.ndarray) for part in parts):
        return numpy.concatenate(parts)
    series = [pandas.Series(part) if isinstance(part, numpy.ndarray) else part for part in parts]
    if all(isinstance(part.dtype, pandas.CategoricalDtype) for part in series):
        return pandas.api.types.union_categoricals(series)
    return pandas.concat(series, ignore_index=True).array


def _texts_apart(table: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Copy texts: pandas keeps Arrow's own memory for them, and with it all that was received."""
    arrow = load("pyarrow")
    for at, field in enumerate(table.schema):
        kind = field.type
        if arrow.types.is_string(kind) or arrow.types.is_large_string(kind):
            parts = [*table.column(at).chunks, arrow.array([], kind)]
            # concatenating two arrays always copies
            table = table.set_column(at, field, arrow.chunked_array([arrow.concat_arrays([*parts, parts[-1]])]))
    return table
