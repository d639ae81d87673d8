"""Awkward and ragged arrays: buffers in a zip that is not compressed, joined by a form."""

from __future__ import annotations

import asyncio
import io
import operator
import struct
import zipfile
import zlib
from types import EllipsisType
from typing import TYPE_CHECKING, Any, SupportsIndex, cast

import msgspec

from specbind.bindings._runtime import DecodeError
from specbind.tiled._libraries import load
from specbind.tiled._wire import Filling, Patience
from specbind.tiled.structures import AwkwardStructure, RaggedStructure, checked_dims, data_type_of

from .jobs import said
from .writable import check_writable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from specbind.tiled._libraries import Array
    from specbind.tiled._wire import Wire

__all__ = [
    "ZIP",
    "awkward_parts",
    "planned_awkward",
    "put_awkward",
    "put_ragged",
    "ragged_file",
    "ragged_structure",
    "read_awkward",
    "read_buffers",
    "read_ragged",
    "write_awkward",
    "write_ragged",
    "zipped",
]

ZIP = "application/zip"
_MEMBERS = 100_000
_LOCAL_HEADER = 30
_PLACES = frozenset({"offsets", "starts", "stops", "tags"})
_LENGTH = 8


async def read_awkward(wire: Wire, node: str, structure: AwkwardStructure, index: Any = ...) -> Any:  # noqa: ANN401
    """Read an awkward array, or some of it. Only the buffers that the index needs are asked for.

    Args:
        wire: the connection.
        node: path of the array, quoted.
        structure: its structure.
        index: whatever awkward takes: names of fields, slices, integers, masks.

    Raises:
        TypeError: no array of awkward is indexed with that; nothing was sent.
        IndexError: the index does not fit the form, or a position the length; nothing was sent.
        DecodeError: the answer does not fit the form.
    """
    _check(index, structure.length)
    form, keys = await asyncio.to_thread(_touched, structure, index)
    if not keys:
        return await asyncio.to_thread(_built, form, structure.length, {}, index)
    with said(lambda: f"the buffers of {len(keys)} parts of the form come in one answer; read fewer fields at once"):
        body, media_type = await wire.post_bytes(
            f"awkward/buffers/{node}", json=keys, accept=ZIP, filling=Filling(Patience(wire.patience), keeps=False)
        )
    buffers = await asyncio.to_thread(_members, body, media_type)
    return await asyncio.to_thread(_built, form, structure.length, buffers, index)


async def read_buffers(wire: Wire, node: str) -> dict[str, Array]:
    """Read all buffers of an awkward array as they are, by name.

    Raises:
        DecodeError: the answer has no such buffers.
    """
    body, media_type = await _whole(wire, f"awkward/full/{node}")
    return await asyncio.to_thread(_members, body, media_type)


async def write_awkward(wire: Wire, node: str, container: Mapping[str, Any]) -> None:
    """Write the buffers of an awkward array, as `awkward.to_buffers` gives them."""
    await put_awkward(wire, node, await asyncio.to_thread(zipped, container))


async def put_awkward(wire: Wire, node: str, body: bytes) -> None:
    """Send the content of an awkward array."""
    await wire.put(f"awkward/full/{node}", body=memoryview(body), content_type=ZIP)


async def planned_awkward(array: object) -> tuple[AwkwardStructure, bytes]:
    """Structure of an awkward array that is to be made, and its content.

    Raises:
        TypeError: awkward does not take it.
        ValueError: as TypeError.
    """

    def plan() -> tuple[AwkwardStructure, bytes]:
        structure, container = awkward_parts(array)
        return structure, zipped(container)

    return await asyncio.to_thread(plan)


def awkward_parts(array: object) -> tuple[AwkwardStructure, dict[str, Any]]:
    """Give structure and buffers of anything that awkward takes, without what it does not show."""
    awkward = load("awkward")
    packed = awkward.to_packed(awkward.Array(array))
    form, length, container = awkward.to_buffers(packed)
    return AwkwardStructure(int(length), form.to_dict()), dict(container)


async def read_ragged(wire: Wire, node: str, structure: RaggedStructure, index: object = None) -> Any:  # noqa: ANN401
    """Read an array with rows of different lengths as `awkward.Array`; slices are taken here.

    Raises:
        DecodeError: the answer is no such array.
    """
    del structure  # the answer says it again, for what was read
    body, media_type = await _whole(wire, f"ragged/full/{node}")
    return await asyncio.to_thread(_ragged, body, media_type, index)


async def _whole(wire: Wire, path: str) -> tuple[bytes | memoryview, str]:
    with said(lambda: "the array comes in one answer; export it to a file with resume=True"):
        return await wire.get_bytes(path, accept=ZIP, filling=Filling(Patience(wire.patience), keeps=False))


def _ragged(body: bytes | memoryview, media_type: str, index: Any) -> Any:  # noqa: ANN401 - awkward's
    members = _members(body, media_type)
    try:
        text = msgspec.json.decode(bytes(members.pop("form")))
        length = bytes(members.pop("length"))
    except (KeyError, msgspec.DecodeError) as error:
        raise DecodeError(f"a ragged array has a form and a length: {error}", media_type=ZIP) from error
    if len(length) != _LENGTH:
        raise DecodeError("the length of a ragged array has 8 bytes", media_type=ZIP)
    found = _built(_form(text), int.from_bytes(length, "big"), members, ...)
    return found if index is None else found[index]


async def write_ragged(wire: Wire, node: str, array: object, *, persist: bool = True) -> None:
    """Write an array with rows of different lengths."""
    await put_ragged(wire, node, await asyncio.to_thread(ragged_file, array), persist=persist)


async def put_ragged(wire: Wire, node: str, body: bytes, *, persist: bool = True) -> None:
    """Send the content of an array with rows of different lengths."""
    params = [] if persist else [("persist", "false")]
    await wire.put(f"ragged/full/{node}", params=params, body=memoryview(body), content_type=ZIP)


def ragged_structure(array: object, dims: Sequence[str] | None = None) -> RaggedStructure:
    """Describe lists in lists of numbers, whose lengths differ."""
    awkward = load("awkward")
    found = awkward.to_packed(awkward.Array(array))
    flat = awkward.to_numpy(awkward.flatten(found, axis=None), allow_missing=False)
    check_writable(flat.dtype)
    rest = [None] * (found.ndim - 1)
    names = checked_dims(dims, found.ndim)
    return RaggedStructure(data_type_of(flat.dtype), (len(found), *rest), len(flat), ((len(found),), *rest), names)


def ragged_file(array: object) -> bytes:
    """Give the content of an array with rows of different lengths."""
    awkward = load("awkward")
    form, length, container = awkward.to_buffers(awkward.to_packed(awkward.Array(array)))
    said = {"length": int(length).to_bytes(_LENGTH, "big"), "form": msgspec.json.encode(form.to_json())}
    return zipped({**container, **said})


def zipped(container: Mapping[str, Any]) -> bytes:
    """Give a zip of buffers, not compressed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, buffer in container.items():
            content = buffer if isinstance(buffer, bytes) else load("numpy").ascontiguousarray(buffer)
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(content if isinstance(content, bytes) else memoryview(content.reshape(-1).view("u1")))
    return sink.getvalue()


def _form(raw: object) -> Any:  # noqa: ANN401 - awkward's form
    """Awkward's form.

    Raises:
        DecodeError: it is none.
    """
    forms = load("awkward.forms")
    try:
        return forms.from_json(raw) if isinstance(raw, str) else forms.from_dict(raw)
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise DecodeError(f"awkward cannot read the form: {error}", path="form") from error


def _check(index: object, length: int) -> None:
    """Find out before anything is sent what no array of awkward takes.

    Raises:
        TypeError: an item of the index is of another kind.
        IndexError: a position lies outside.
    """
    items = cast("tuple[object, ...]", index) if isinstance(index, tuple) else (index,)
    for item in items:
        if not _is_item(item):
            raise TypeError(
                "an awkward array is indexed with names of fields, integers, slices of integers, '...', None, and lists"
                f" or arrays of names, integers or booleans, not with {item!r:.80}"
            )
    first = next((item for item in items if not (isinstance(item, str) or _names(item))), None)
    if hasattr(first, "__index__") and getattr(first, "ndim", 0) == 0:
        position = operator.index(cast("SupportsIndex", first))
        if not -length <= position < length:
            raise IndexError(f"position {position} lies outside of the array, which has {length}")


def _is_item(item: object) -> bool:
    if isinstance(item, bool | bytes):
        return False
    if isinstance(item, slice):
        parts = cast("slice[object, object, object]", item)
        return all(part is None or hasattr(part, "__index__") for part in (parts.start, parts.stop, parts.step))
    if item is None or isinstance(item, str | EllipsisType | list):
        return True
    return hasattr(item, "__index__") or hasattr(item, "__array__") or hasattr(item, "__arrow_array__")


def _names(item: object) -> bool:
    return isinstance(item, list) and all(isinstance(name, str) for name in cast("list[object]", item))


def _touched(structure: AwkwardStructure, index: object) -> tuple[Any, list[str]]:
    """Form, and keys of the nodes that an index needs, in order."""
    form = _form(structure.form)
    try:
        return form, _trace(form, index)
    except TypeError:
        items = cast("tuple[object, ...]", index) if isinstance(index, tuple) else ()
        fields = tuple(item for item in items if isinstance(item, str) or _names(item))
        rest = [item for item in items if not (isinstance(item, str) or _names(item))]
        if not items or any(isinstance(item, list) or getattr(item, "ndim", 0) for item in rest):
            raise
    # the tracer takes no index down to a single element: the buffers of its fields are enough
    return form, _trace(form, fields or ...)


def _trace(form: Any, index: object) -> list[str]:  # noqa: ANN401 - awkward's form
    tracer = load("awkward.typetracer")
    layout, report = tracer.typetracer_with_report(form)
    tracer.touch_data(load("awkward").Array(layout)[index])
    return sorted(set(report.data_touched))


class _Body(io.RawIOBase):
    """What was received, as a file without a copy."""

    def __init__(self, body: bytes | memoryview) -> None:
        super().__init__()
        self._view = memoryview(body)
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning")
        self._at = start + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._view) if size is None or size < 0 else self._at + size
        found = bytes(self._view[self._at : end])
        self._at += len(found)
        return found


def _members(body: bytes | memoryview, media_type: str) -> dict[str, Array]:
    """Members of a zip, none of which may be compressed: together they are no larger than the answer.

    Raises:
        DecodeError: it is none, has compressed members, or some that share their bytes.
    """
    if media_type.partition(";")[0].strip() != ZIP:
        raise DecodeError(f"{ZIP} was due, and {media_type!r:.60} came", media_type=media_type)
    try:
        with zipfile.ZipFile(_Body(body)) as archive:
            entries = archive.infolist()
        if len(entries) > _MEMBERS or sum(entry.file_size for entry in entries) > len(body):
            raise DecodeError("an answer has more buffers, or larger ones, than can be in it", media_type=media_type)
        return {entry.filename: _member(memoryview(body), entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, struct.error) as error:
        raise DecodeError(f"the buffers cannot be read: {error}", media_type=media_type) from error


def _member(body: memoryview, entry: zipfile.ZipInfo) -> Array:
    """The bytes of a member, in memory of their own: that of the answer goes, and may not be aligned."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size or entry.flag_bits & 1:
        raise DecodeError(f"buffer {entry.filename!r:.60} is compressed or encrypted, and must not be", media_type=ZIP)
    signature, name, extra = struct.unpack_from("<4s22xHH", body, entry.header_offset)
    begin = entry.header_offset + _LOCAL_HEADER + name + extra
    found = body[begin : begin + entry.file_size]
    if signature != b"PK\x03\x04" or len(found) != entry.file_size or zlib.crc32(found) != entry.CRC:
        raise DecodeError(f"buffer {entry.filename!r:.60} is damaged", media_type=ZIP)
    numpy = load("numpy")
    values: Array = numpy.frombuffer(found, "u1").copy()
    return values


def _check_lists(form: Any, buffers: Mapping[str, Array]) -> None:  # noqa: ANN401 - awkward's form
    """Find out whether the lists of an array lie one behind the other: an index that hits other places is not told.

    Raises:
        DecodeError: one begins before the first element, or ends before it begins.
    """
    for key, dtype in form.expected_from_buffers().items():
        kind = key.rpartition("-")[2]
        if key not in buffers or kind not in _PLACES or buffers[key].nbytes % dtype.itemsize:
            continue  # what is no whole number of them is told below
        values = buffers[key].view(dtype)
        wrong = len(values) and values.min() < 0
        if kind == "offsets":
            wrong = wrong or bool((values[1:] < values[:-1]).any())
        if kind == "stops" and (starts := buffers.get(key.removesuffix("stops") + "starts")) is not None:
            begins = starts.view(dtype) if starts.nbytes % dtype.itemsize == 0 else values[:0]
            both = min(len(begins), len(values))  # more of one are not looked at
            wrong = wrong or bool((values[:both] < begins[:both]).any())
        if wrong:
            raise DecodeError(f"the buffers do not fit each other: {key!r:.60} leads outside", media_type=ZIP)


def _built(form: Any, length: int, buffers: Mapping[str, Array], index: Any) -> Any:  # noqa: ANN401 - awkward's
    """The array, from buffers that are there and others that nobody asks for."""
    awkward = load("awkward")
    _check_lists(form, buffers)

    def missing() -> Any:  # noqa: ANN401 - never gives anything
        raise DecodeError("the server left out a buffer that the index needs", media_type=ZIP)

    expected = cast("Mapping[str, Any]", form.expected_from_buffers())
    container = {key: buffers.get(key, missing) for key in expected}
    try:
        whole = awkward.from_buffers(form, length, container, allow_noncanonical_form=True)
        found = whole[index]
        problem = awkward.validity_error(found) if isinstance(found, awkward.Array) else ""
    except (ValueError, TypeError) as error:
        raise DecodeError(f"the buffers do not fit the form: {error}", media_type=ZIP) from error
    if problem:
        raise DecodeError(f"the buffers do not fit each other: {problem}", media_type=ZIP)
    return found
