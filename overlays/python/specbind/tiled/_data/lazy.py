"""Arrays, tables and datasets of dask: graphs of reads that can be pickled and run in any process.

A graph has the connection in it as what it takes to open it again: address, settings, and who the requests are from.
Each process opens one connection for each read that it has tasks of, and reads through the event loop that all
synchronous calls share.
"""

from __future__ import annotations

import hashlib
import pickle
import secrets
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from specbind.bindings._runtime import get_portal
from specbind.tiled._libraries import load

from .arrays import read_array
from .datasets import Variable, dataset_of, read_wide
from .pieces import chunks_of
from .selection import Selection, select
from .tables import read_partition

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from specbind.tiled._libraries import Array, Dtype
    from specbind.tiled._wire import Wire
    from specbind.tiled.structures import ArrayStructure, TableStructure

__all__ = ["LazyArray", "LazyPartition", "Source", "dask_array", "dask_dataset", "dask_frame"]

T = TypeVar("T")

_KEPT = 16
_open: OrderedDict[str, Wire] = OrderedDict()
_lock = threading.Lock()
_SECRET = secrets.token_bytes(32)


class Source:
    """A connection that goes into a graph.

    Args:
        wire: the connection. One that cannot be pickled, as that of an application in this process, works here only.
        token: name under which processes keep what they have opened; by default one for place, settings and user.
    """

    def __init__(self, wire: Wire, token: str = "") -> None:
        self.token = token or _token(wire)
        self._wire = wire

    def __reduce__(self) -> tuple[type[Source], tuple[Wire, str]]:
        return Source, (self._wire, self.token)

    def __dask_tokenize__(self) -> str:
        return self.token

    def run(self, call: Callable[[Wire], Coroutine[object, object, T]]) -> T:
        """Make a call with a connection of this process, and wait for it.

        Raises:
            RuntimeError: called from the event loop of the synchronous calls.
        """
        return get_portal().run(call(self._opened()))

    def _opened(self) -> Wire:
        with _lock:
            found = _open.get(self.token)
            if found is None:
                found = _open[self.token] = _copy(self._wire)
                while len(_open) > _KEPT:
                    _open.popitem(last=False)
            _open.move_to_end(self.token)
            return found


def _token(wire: Wire) -> str:
    """The same for the same place, settings and user, so that all reads of a client share their connections."""
    try:
        content = pickle.dumps(wire)
    except (TypeError, AttributeError, pickle.PicklingError):
        return uuid.uuid4().hex
    return hashlib.blake2b(content, key=_SECRET, digest_size=16).hexdigest()  # a key may be in it


def _copy(wire: Wire) -> Wire:
    """Another connection to the same place: the one that was given may belong to another event loop."""
    try:
        found: Wire = pickle.loads(pickle.dumps(wire))  # noqa: S301 - our own object, not a byte from outside
    except (TypeError, AttributeError, pickle.PicklingError):
        return wire
    return found


@dataclass(frozen=True, eq=False)
class LazyArray:
    """An array that is read when it is indexed. Dask asks it for chunks, or for less where less is wanted.

    Attributes:
        source: the connection.
        node: path of the array, quoted.
        structure: its structure.
        selection: what of it there is to read, forwards.
    """

    source: Source
    node: str
    structure: ArrayStructure
    selection: Selection

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each dimension."""
        return self.selection.shape

    @property
    def dtype(self) -> Dtype:
        """Type of an element."""
        return self.structure.data_type.to_numpy_dtype()

    @property
    def ndim(self) -> int:
        """How many dimensions."""
        return len(self.selection.shape)

    def __getitem__(self, index: object) -> Array:
        wanted = self.selection.within(index)
        return self.source.run(lambda wire: read_array(wire, self.node, self.structure, wanted))


def dask_array(source: Source, node: str, structure: ArrayStructure, index: object = None) -> Any:  # noqa: ANN401
    """Give the `dask.array.Array` of an array, or of some of it; nothing is read yet.

    Raises:
        IndexError: the index does not fit.
    """
    selection = select(index, structure.shape)
    lazy = LazyArray(source, node, structure, selection)
    whole = load("dask.array").from_array(
        lazy,
        chunks=chunks_of(selection, structure.chunks),
        name=f"tiled-{source.token}-{uuid.uuid4().hex}",
        asarray=False,
        fancy=False,
        meta=load("numpy").empty((0,) * lazy.ndim, lazy.dtype),
    )
    return whole if selection.turns is None else whole[selection.turns]


@dataclass(frozen=True, eq=False)
class LazyPartition:
    """Reads partitions of a table. Dask gives it the columns that are wanted.

    Attributes:
        source: the connection.
        node: path of the table, quoted.
        structure: its structure.
    """

    source: Source
    node: str
    structure: TableStructure

    def __call__(self, partition: int, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - pandas'
        """Read one as a frame of pandas."""
        chosen = None if columns is None else list(columns)
        if chosen == []:  # only the index is wanted
            return self(partition, list(self.structure.columns[:1]))[[]]
        read = self.source.run(lambda wire: read_partition(wire, self.node, self.structure, partition, chosen))
        return read.to_pandas()


def dask_frame(
    source: Source,
    node: str,
    structure: TableStructure,
    columns: Sequence[str] | None = None,
    partitions: Sequence[int] | None = None,
) -> Any:  # noqa: ANN401 - dask's frames have no types
    """Give the `dask.dataframe.DataFrame` of a table, or of some partitions; nothing is read yet.

    Raises:
        KeyError: there is no such column.
        IndexError: there is no such partition.
    """
    meta = structure.meta
    chosen = [columns] if isinstance(columns, str) else None if columns is None else list(columns)
    for name in chosen or ():
        if name not in structure.columns:
            raise KeyError(name)
    numbers = range(structure.npartitions) if partitions is None else list(partitions)
    for number in numbers:
        if not 0 <= number < structure.npartitions:
            raise IndexError(f"partition {number} lies outside of the table, which has {structure.npartitions}")
    frame = load("dask.dataframe").from_map(
        LazyPartition(source, node, structure),
        numbers,
        meta=meta,
        label=f"tiled-{source.token}-{uuid.uuid4().hex}",
        enforce_metadata=False,
    )
    return frame if chosen is None else frame[chosen]


class _Columns:
    """Columns that come together as one table, read once in each process."""

    def __init__(self, source: Source, node: str, group: Sequence[Variable]) -> None:
        self._source, self._node, self._group = source, node, list(group)

    def __call__(self) -> dict[str, Array]:
        found = self._source.run(lambda wire: read_wide(wire, self._node, self._group))
        for variable in self._group:
            if variable.name not in found:
                everything = select(None, variable.structure.shape)
                found[variable.name] = LazyArray(self._source, variable.node, variable.structure, everything)[...]
        return found


def _pick(columns: Mapping[str, Array], name: str) -> Array:
    return columns[name]


def dask_dataset(
    source: Source,
    node: str,
    variables: Sequence[Variable],
    attrs: Mapping[str, Any],
    groups: Sequence[Sequence[Variable]] = (),
    known: Mapping[str, Array] | None = None,
) -> Any:  # noqa: ANN401 - xarray's types need xarray
    """Give an `xarray.Dataset` over dask. Nothing is read yet but coordinates of an index that are not given.

    Args:
        source: the connection.
        node: path of the container, quoted.
        variables: what is in it.
        attrs: attributes of the dataset.
        groups: variables whose values come together.
        known: values that are there already; xarray wants those of an index at once.
    """
    dask, dask_arrays = load("dask"), load("dask.array")
    values: dict[str, Any] = dict(known or {})
    for group in groups:
        table = dask.delayed(_Columns(source, node, group), pure=False)()
        for variable in group:
            picked = dask.delayed(_pick)(table, variable.name)
            dtype = variable.structure.data_type.to_numpy_dtype()
            values[variable.name] = dask_arrays.from_delayed(picked, variable.structure.shape, dtype)
    for variable in variables:
        if variable.name not in values:
            values[variable.name] = dask_array(source, variable.node, variable.structure)
    return dataset_of(variables, values, attrs)
