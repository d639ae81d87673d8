"""Makes a catalog in this process, writes into it and lists it. Run with the Python of the server's environment."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tiled.catalog import in_memory
from tiled.server.app import build_app

from specbind.tiled import Context, aio, from_context


def application(folder: Path) -> Any:
    return build_app(in_memory(writable_storage=[str(folder)]))


async def run(folder: Path) -> dict[str, object]:
    async with await aio.Context.from_app(application(folder)) as context:
        root = await aio.from_context(context)
        assert isinstance(root, aio.Container)
        for key in ("a", "b"):
            await root.create_container(key)
        return {"keys": [key async for key in root], "authenticated": context.authenticated}


def synchronous(folder: Path) -> list[str]:
    with Context.from_app(application(folder)) as context:
        root: Any = from_context(context)
        for key in ("a", "b"):
            root.create_container(key)
        return list(root)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(run(Path(name)))
        found["synchronous"] = synchronous(Path(name))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
