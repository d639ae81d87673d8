"""All binary data that passes a filter, into a folder."""

from __future__ import annotations

import os
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from specbind.core import arguments
from specbind.core.progress import Meter
from specbind.core.ranges import ranges_of
from specbind.core.tasks import in_thread

from ._binary import Binary
from ._names import numbered
from ._rows import binary_facts
from ._written import file_name, write_whole
from .filters import as_filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from specbind.bindings.viam.viam.app.data.v1 import BinaryMetadata
    from specbind.core.progress import Progress
    from specbind.core.ranges import Ranges

    from .filters import FilterLike

__all__ = ["Folders"]

_MOST = 16 << 20
_NAMES = 4096


class Folders(Binary):
    """Binary data in folders."""

    async def download_by_filter(
        self,
        filter: FilterLike,
        folder: str | os.PathLike[str],
        *,
        num_files: int = 0,
        progress: Progress | None = None,
        ranges: Ranges | None = None,
    ) -> int:
        """Download binary data that passes a filter into a folder, one file after the other; gives how many are there.

        No file is held in memory, unless the platform gives no address of it. Each gets its own name, with a number
        where that is taken, and beside it `<name>.json` with what is known about it. So the same call goes on after a
        failure: what is there with its JSON, its identifier and its size is not fetched again. Nothing else that is
        in the folder is replaced. Two calls at a time need two folders.

        Args:
            filter: which data, None for all.
            folder: made if it is not there.
            num_files: the most files, those that are there included; 0 for all of them.
            progress: told the bytes, those that were there included; their number in all is told at the end.
            ranges: connections and pieces of each file; one connection by default.

        Raises:
            TypeError, ValueError: an argument makes no sense; nothing was sent.
            RpcError, StatusError: the platform refuses. PageLoopError: its pages lead in a circle.
            RequestError, TransferError: as of `download_binary`.
            OSError: the folder cannot be made or written.
        """
        most = arguments.whole("num_files", num_files, least=0)
        arguments.callback("progress", progress)
        ranges_of(ranges)
        chosen = as_filter(filter)
        path = arguments.path("folder", folder)
        await in_thread(path.mkdir, parents=True, exist_ok=True)
        shelf = _Shelf(path)
        meter = Meter(progress)
        found = 0
        async with self._web() as web, aclosing(self._each(chosen, include=False, most=most)) as results:
            async for result in results:
                metadata = result.metadata
                target, there = await in_thread(shelf.place, metadata)
                begun = meter.done
                if not there:

                    async def told(done: int, _: int | None, begun: int = begun) -> None:
                        if meter.add(max(done + begun - meter.done, 0)):
                            await meter.report()

                    await in_thread(shelf.note, target, metadata)  # first, so that a killed program knows its file
                    try:
                        await self._store(web, metadata, target, progress=told, ranges=ranges)
                    except BaseException:
                        await in_thread(shelf.forget, target)
                        raise
                size = (await in_thread(target.stat)).st_size
                if meter.add(begun + size - meter.done):
                    await meter.report()
                found += 1
        await meter.finish()
        return found


class _Known(msgspec.Struct):
    """What tells an item by its JSON."""

    binary_data_id: str = ""
    id: str = ""


class _Shelf:
    """A folder in which each item has its place, also the next time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, tuple[Iterator[str], dict[str, str]]] = {}

    def place(self, metadata: BinaryMetadata) -> tuple[Path, bool]:
        """Give the path of an item, and whether it is there whole."""
        name = file_name(metadata)
        identifier = metadata.binary_data_id or metadata.id
        key = name.casefold()
        # what is known of a name only saves looking at its first numbers again: the folder is what counts
        rest, taken = self._names[key] = self._names.pop(key) if key in self._names else (numbered(name), {})
        if len(self._names) > _NAMES:
            self._names.pop(next(iter(self._names)))
        found = taken.pop(identifier, None)
        while found is None:
            each = next(rest)
            path = self._path / each
            beside = self._path / f"{each}.json"
            if not os.path.lexists(path) and not os.path.lexists(beside):
                found = each
            elif owner := _owner(beside):
                if owner == identifier:
                    found = each
                else:
                    taken[owner] = each
        path = self._path / found
        return path, bool(identifier) and _owner(self._path / f"{found}.json") == identifier and _whole(path, metadata)

    def note(self, path: Path, metadata: BinaryMetadata) -> None:
        """Write what is known about an item that is there."""
        facts: Mapping[str, object] = binary_facts(metadata)
        text = msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n"
        write_whole(path.with_name(f"{path.name}.json"), lambda file: file.write(text))

    def forget(self, path: Path) -> None:
        """Take away what is known about an item that could not be fetched."""
        if not os.path.lexists(path):
            path.with_name(f"{path.name}.json").unlink(missing_ok=True)


def _owner(path: Path) -> str:
    """The identifier of the item that a JSON beside a file tells of; empty where it tells of none."""
    try:
        if path.stat().st_size > _MOST:
            return ""
        known = msgspec.json.decode(path.read_bytes(), type=_Known)
    except (OSError, msgspec.DecodeError):
        return ""
    return known.binary_data_id or known.id


def _whole(path: Path, metadata: BinaryMetadata) -> bool:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return False
    return path.is_file() and size == (metadata.file_size_bytes or size)
