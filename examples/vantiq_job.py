"""A short job on a Vantiq server: records, a document, and an event.

python examples/vantiq_job.py --emulate                                            # against an emulated server
python examples/vantiq_job.py --server https://dev.vantiq.com --token "$TOKEN"     # leaves nothing behind
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specbind.vantiq import Vantiq, VantiqException, VantiqResources, sort, where

if TYPE_CHECKING:
    from collections.abc import Generator

TYPE = "SpecbindPump"
TOPIC = "/specbind/alarms"
DOCUMENT = "specbind/readings.csv"


def main() -> int:
    """Run the job; the exit status is 0 only when everything came back as it was sent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where_to = parser.add_mutually_exclusive_group(required=True)
    where_to.add_argument("--emulate", action="store_true", help="start an emulated server for the job")
    where_to.add_argument("--server", help="URL of a server")
    parser.add_argument("--token", default="", help="an access token for it")
    arguments = parser.parse_args()
    try:
        if not arguments.emulate:
            return asyncio.run(job(arguments.server, arguments.token))
        with emulator("token") as url:
            return asyncio.run(job(url, "token"))
    except VantiqException as error:
        print(f"The job failed: {error}", file=sys.stderr)
        return 1


async def job(server: str, token: str) -> int:
    """Do everything on one server."""
    start = time.monotonic()
    async with Vantiq(server) as client:
        await client.set_access_token(token)
        definition = {"name": TYPE, "naturalKey": ["id"], "properties": {"id": {"type": "String"}}}
        (await client.insert(VantiqResources.TYPES, definition)).raise_for_errors()
        try:
            good = await records(client) and await document(client) and await event(client)
        finally:
            await client.delete(TYPE, None)
            await client.delete_one(VantiqResources.TYPES, TYPE)
    print(f"Time        {time.monotonic() - start:.1f} s")
    return 0 if good else 1


async def records(client: Vantiq) -> bool:
    """Insert some pumps and find those that are too hot."""
    for number in range(20):
        pump = {"id": f"pump-{number}", "pressure": number / 2, "state": "hot" if number % 5 == 0 else "good"}
        (await client.insert(TYPE, pump)).raise_for_errors()
    wanted = (where.pressure > 7) | (where.state == "hot")
    found = [row["id"] async for row in client.records(TYPE, ["id"], wanted, sort("-pressure"), page_size=4)]
    print(f"Records     {(await client.count(TYPE)).count} inserted, {len(found)} to look after, first {found[0]}")
    return len(found) == 8


async def document(client: Vantiq) -> bool:
    """Upload a file and download it again."""
    with tempfile.TemporaryDirectory(prefix="vantiq-job-") as scratch:
        sent, received = Path(scratch) / "sent.csv", Path(scratch) / "received.csv"
        sent.write_text("".join(f"{number},{number * number}\n" for number in range(20_000)))
        answer = await client.upload(VantiqResources.DOCUMENTS, "text/csv", str(sent), DOCUMENT)
        uploaded = answer.raise_for_errors().body
        await client.download_to(uploaded["content"], received)
        same = hashlib.sha256(sent.read_bytes()).digest() == hashlib.sha256(received.read_bytes()).digest()
    await client.delete_one(VantiqResources.DOCUMENTS, DOCUMENT)
    print(f"Document    {uploaded['contentSize']:,} bytes up and down, SHA-256 {'the same' if same else 'CHANGED'}")
    return same


async def event(client: Vantiq) -> bool:
    """Listen to a topic and send a message to it."""
    frames: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def take(kind: str, frame: dict[str, Any]) -> None:
        await frames.put((kind, frame))

    await client.subscribe(VantiqResources.TOPICS, TOPIC, None, take)
    async with asyncio.timeout(30):
        connected, _ = await frames.get()
        await client.publish(VantiqResources.TOPICS, TOPIC, {"pump": "pump-19", "alarm": True})
        kind, frame = await frames.get()
    print(f"Event       {connected}, then {kind} at {frame['body']['path']}: {frame['body']['value']}")
    return kind == "message" and frame["body"]["value"]["pump"] == "pump-19"


@contextmanager
def emulator(token: str) -> Generator[str, None, None]:
    """An emulated server as a program of its own; gives its URL."""
    command = [sys.executable, "-m", "specbind.emulators.vantiq", "--port", "0", "--token", token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603 - our own program
        try:
            line = program.stdout.readline() if program.stdout else ""
            if not line:
                raise SystemExit("the emulator did not start")
            print(line.strip())
            yield line.split()[-1]
        finally:
            program.terminate()


if __name__ == "__main__":
    sys.exit(main())
