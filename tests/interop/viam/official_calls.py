"""Call a server with the official client, one call of each kind, and print what came as JSON.

    python official_calls.py PORT

It runs in the official client's environment and needs nothing else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from grpclib.client import Channel
from grpclib.exceptions import GRPCError
from viam.app.data_client import DataClient
from viam.utils import create_filter


async def calls(client: DataClient) -> dict[str, Any]:
    rows = await client.export_tabular_data("part", "sensor", "rdk:component:sensor", "Readings")
    page, count, last = await client.tabular_data_by_filter()
    found: dict[str, Any] = {
        "unary": list(await client.tags_by_filter(create_filter(component_name="cam", tags=["dusk", "fog"]))),
        "server stream": [[row.payload, row.time_captured.isoformat()] for row in rows],
        "page": [[row.data for row in page], count, last],
        "client stream": await client.file_upload("part", b"x" * 100_000, file_name="f", file_extension=".bin"),
    }
    try:
        await client.delete_tabular_data("organization", 0)
    except GRPCError as error:
        found["failure"] = [error.status.name, error.message]
    return found


async def main() -> None:
    channel = Channel("127.0.0.1", int(sys.argv[1]))
    try:
        json.dump(await calls(DataClient(channel, {"authorization": "Bearer token"})), sys.stdout)
    finally:
        channel.close()


asyncio.run(main())
