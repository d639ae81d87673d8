"""The files of a node as the server keeps them."""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import msgspec

from specbind.bindings._runtime import DecodeError
from specbind.core import arguments
from specbind.core.filenames import safe_filename
from specbind.core.tasks import in_thread
from specbind.tiled._data.jobs import side_by_side

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from ._connection import Connection

__all__ = ["destination_of", "exported", "manifest_in"]


class _File(msgspec.Struct, frozen=True):
    """A file: where it goes below the destination, and what it is asked for by."""

    name: PurePosixPath
    params: list[tuple[str, str]]


class _Asset(msgspec.Struct, frozen=True):
    id: int
    data_uri: str
    is_directory: bool | None = False


async def exported(
    connection: Connection,
    path: str,
    sources: Iterable[Mapping[str, Any]],
    destination: str | os.PathLike[str] | MutableMapping[str, io.BytesIO] | None,
    limit: int,
) -> list[Path] | list[str]:
    """Download all files of some data sources, at most `limit` at once, to a folder or into a mapping.

    Each stands there whole or not at all.

    Raises:
        TypeError: the destination is neither a path nor a mapping.
        DecodeError: the server names a file outside of its folder, or two alike.
    """
    mapping = destination if isinstance(destination, MutableMapping) else None
    folder = None if mapping is not None else arguments.path("destination", destination or ".")
    files = await _all_files(connection, path, sources)

    async def fetch(file: _File) -> None:
        if mapping is not None:
            content, _ = await connection.get_bytes(f"asset/bytes/{path}", params=file.params, accept="*/*")
            mapping[str(file.name)] = io.BytesIO(content)
        if folder is not None:
            target = folder.joinpath(*file.name.parts)
            await in_thread(partial(target.parent.mkdir, parents=True, exist_ok=True))
            await connection.save(f"asset/bytes/{path}", target, params=file.params)

    await side_by_side((partial(fetch, file) for file in files), limit)
    if folder is None:
        return [str(file.name) for file in files]
    return [folder.joinpath(*file.name.parts) for file in files]


def destination_of(destination: object, directory: object) -> Any:  # noqa: ANN401 - checked where it is used
    """The destination by either of its names. Raises TypeError for both."""
    if directory is None:
        return destination
    if destination is not None:
        raise TypeError("destination_directory is an older name of destination: give one of them")
    warnings.warn("destination_directory is now destination", DeprecationWarning, stacklevel=3)
    return directory


async def _all_files(connection: Connection, path: str, sources: Iterable[Mapping[str, Any]]) -> list[_File]:
    """All files, each with a name of its own: below the id of their asset where there are several assets."""
    try:
        listed = msgspec.convert([each for source in sources for each in source.get("assets") or ()], list[_Asset])
        assets = {asset.id: asset for asset in listed}
        places = {number: unquote(urlsplit(asset.data_uri).path).rstrip("/") for number, asset in assets.items()}
    except (TypeError, ValueError) as error:
        raise DecodeError(f"the server tells of files what cannot be read: {error}", path="data_sources") from error
    found: list[_File] = []
    for asset in assets.values():
        files = await _files(connection, path, asset, places[asset.id])
        above = PurePosixPath(str(asset.id)) if len(assets) > 1 else PurePosixPath()
        found += [_File(above / file.name, file.params) for file in files]
    _check_names(found)
    return found


async def _files(connection: Connection, path: str, asset: _Asset, place: str) -> list[_File]:
    """The files of an asset."""
    number = [("id", str(asset.id))]
    own = safe_filename(place.rpartition("/")[2], default=f"asset-{asset.id}")
    if not asset.is_directory:
        return [_File(PurePosixPath(own), number)]
    # Tiled 0.2.20 answers 500 to a question for MessagePack here
    answer = await connection.get_json(f"asset/manifest/{path}", params=number, packed=False)
    found: dict[PurePosixPath, _File] = {}
    for text in manifest_in(answer):
        inner = _below(text, place)
        found[inner] = _File(PurePosixPath(own) / inner, [*number, ("relative_path", str(inner))])
    return list(found.values())


def manifest_in(answer: object) -> list[str]:
    """The files that the server lists of a folder. Raises DecodeError where it lists none."""
    listed: object = cast("dict[str, Any]", answer).get("manifest") if isinstance(answer, dict) else None
    try:
        return msgspec.convert(listed, list[str])
    except msgspec.ValidationError as error:
        raise DecodeError(f"the server lists no files of a folder: {error}", path="manifest") from None


def _check_names(files: Iterable[_File]) -> None:
    """Raise DecodeError where one file would take the place of another, on file systems without case, too."""
    taken: dict[str, PurePosixPath] = {}
    for file in files:
        other = taken.setdefault(unicodedata.normalize("NFC", str(file.name)).casefold(), file.name)
        if other is not file.name:
            raise DecodeError(f"the server names two files alike: {str(other)!r:.200} and {str(file.name)!r:.200}")


def _below(text: str, folder: str) -> PurePosixPath:
    """The path of a file below its folder; servers list whole paths, and take those below it only."""
    inner = PurePosixPath(text.removeprefix(f"{folder}/"))
    plain = (part.removeprefix(".") for part in inner.parts)  # Zarr has files such as .zarray
    if inner.is_absolute() or not inner.parts or not all(part and safe_filename(part) == part for part in plain):
        raise DecodeError(f"the server names a file {text!r:.200} that is not below its folder", path="manifest")
    return inner
