"""The files of a node as the server keeps them."""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from specbind.bindings._runtime import DecodeError
from specbind.core.filenames import safe_filename
from specbind.core.tasks import in_thread
from specbind.tiled._data.jobs import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ._connection import Connection

__all__ = ["raw_files"]


async def raw_files(
    connection: Connection, path: str, sources: Iterable[Mapping[str, Any]], folder: Path, limit: int
) -> list[Path]:
    """Download all files of some data sources below `folder`, at most `limit` at once, and give their paths.

    Each stands there whole or not at all.

    Raises:
        DecodeError: the server names a file outside of its folder.
    """
    wanted: dict[Path, list[tuple[str, str]]] = {}
    for source in sources:
        for asset in source.get("assets") or ():
            for name, params in await _files(connection, path, asset):
                wanted.setdefault(folder.joinpath(*name.parts), params)

    async def fetch(target: Path, params: list[tuple[str, str]]) -> None:
        await in_thread(partial(target.parent.mkdir, parents=True, exist_ok=True))
        await connection.save(f"asset/bytes/{path}", target, params=params)

    await side_by_side((partial(fetch, target, params) for target, params in wanted.items()), limit)
    return list(wanted)


async def _files(
    connection: Connection, path: str, asset: Mapping[str, Any]
) -> list[tuple[PurePosixPath, list[tuple[str, str]]]]:
    """Names of the files of an asset, and what they are asked for by."""
    number = [("id", str(int(asset["id"])))]
    place = unquote(urlsplit(str(asset["data_uri"])).path).rstrip("/")
    own = safe_filename(place.rpartition("/")[2], default=f"asset-{int(asset['id'])}")
    if not asset.get("is_directory"):
        return [(PurePosixPath(own), number)]
    # Tiled 0.2.20 answers 500 to a question for MessagePack here
    answer = await connection.get_json(f"asset/manifest/{path}", params=number, packed=False)
    listed: object = cast("dict[str, Any]", answer).get("manifest") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise DecodeError("the server lists no files of a folder", path="manifest")
    found: list[tuple[PurePosixPath, list[tuple[str, str]]]] = []
    for text in cast("list[object]", listed):
        inner = _below(str(text), place)
        found.append((PurePosixPath(own) / inner, [*number, ("relative_path", str(inner))]))
    return found


def _below(text: str, folder: str) -> PurePosixPath:
    """The path of a file below its folder; servers list whole paths, and take those below it only."""
    inner = PurePosixPath(text.removeprefix(f"{folder}/"))
    plain = (part.removeprefix(".") for part in inner.parts)  # Zarr has files such as .zarray
    if inner.is_absolute() or not inner.parts or not all(part and safe_filename(part) == part for part in plain):
        raise DecodeError(f"the server names a file {text!r:.200} that is not below its folder", path="manifest")
    return inner
