"""Downloads in a format of the server's choice."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._connection import Connection

__all__ = ["export"]


async def export(
    connection: Connection,
    route: str,
    params: Sequence[tuple[str, str]],
    target: str | os.PathLike[str] | BinaryIO,
    format: str | None,
) -> None:
    """Download to a path, which gets its content when all has come, or into an open binary file.

    Raises:
        ValueError: no format is given, and the path has no ending.
    """
    wanted = format.removeprefix(".") if format else None
    if isinstance(target, str | os.PathLike):
        path = Path(target)
        wanted = wanted or "".join(path.suffixes).removeprefix(".")
    else:
        path = None
    if not wanted:
        raise ValueError("give a format: it cannot be told from the ending of a file name")
    asked = [*params, ("format", wanted)]
    if path is None:
        await _copy(connection, route, asked, cast("BinaryIO", target))
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            await _copy(connection, route, asked, file)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


async def _copy(connection: Connection, route: str, params: Sequence[tuple[str, str]], file: BinaryIO) -> None:
    async for piece in connection.stream(route, params=params):
        await asyncio.to_thread(file.write, piece)
