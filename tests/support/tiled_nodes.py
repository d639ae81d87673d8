"""Arrays and tables behind the routes of a Tiled server, as far as reads and writes need them; and wires to them."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

import aiohttp
import numpy as np
import pyarrow as pa
from aiohttp import web
from yarl import URL

from specbind.bindings._runtime import NotFoundError, TruncatedError
from specbind.tiled._data.nested import zipped
from specbind.tiled.structures import ArrayStructure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from specbind.tiled._wire import Filling

OCTETS = "application/octet-stream"
ARROW = "application/vnd.apache.arrow.file"
Params = "Sequence[tuple[str, str]]"
SLICE = re.compile(r"(-?\d+)(?::(-?\d+):(\d+))?", re.ASCII)


def index_of(text: str) -> tuple[int | slice, ...]:
    """The server's grammar, as strict as the strictest server: nothing backwards."""
    found: list[int | slice] = []
    for part in text.split(",") if text else []:
        match = SLICE.fullmatch(part)
        assert match, f"no slice: {part!r}"
        start, stop, step = match.groups()
        assert int(start) >= 0
        found.append(int(start) if stop is None else slice(int(start), int(stop), int(step)))
    return tuple(found)


def arrow_file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@dataclass
class Nodes:
    """What the server has: arrays with their chunks, partitions of tables, buffers of awkward arrays."""

    arrays: dict[str, tuple[np.ndarray, tuple[tuple[int, ...], ...]]] = field(default_factory=dict)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    buffers: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def structure(self, name: str) -> ArrayStructure:
        array, chunks = self.arrays[name]
        return ArrayStructure.from_array(array, chunks=chunks)

    def answer(self, method: str, path: str, params: Sequence[tuple[str, str]], body: bytes = b"") -> tuple[bytes, str]:
        """Give body and content type, as the server would."""
        self.calls.append(f"{method} {path}?{urlencode(list(params), safe=',:')}")
        family, route, name = unquote(path).split("/", 2)
        given: dict[str, list[str]] = {}
        for key, value in params:
            given.setdefault(key, []).append(value)
        act: Callable[..., tuple[bytes, str]] = getattr(self, f"_{method.lower()}_{family}")
        return act(name, route, given, body)

    def _place(self, name: str, given: dict[str, list[str]]) -> tuple[slice, ...]:
        _, chunks = self.arrays[name]
        numbers = [int(number) for number in given["block"][0].split(",") if number]
        starts = [sum(row[:number]) for number, row in zip(numbers, chunks, strict=True)]
        ends = [start + row[number] for start, number, row in zip(starts, numbers, chunks, strict=True)]
        return tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))

    def _get_array(self, name: str, route: str, given: dict[str, list[str]], _body: bytes) -> tuple[bytes, str]:
        if name not in self.arrays:
            raise NotFoundError("no such entry", status=404)
        array, _ = self.arrays[name]
        if route == "block":
            array = array[self._place(name, given)]
        found = np.asarray(array[index_of(given.get("slice", [""])[0])])
        expected = ",".join(str(side) for side in found.shape) or "scalar"
        assert given.get("expected_shape", [expected]) == [expected]
        return found.tobytes(), OCTETS

    def _put_array(self, name: str, route: str, given: dict[str, list[str]], body: bytes) -> tuple[bytes, str]:
        array, _ = self.arrays[name]
        place = self._place(name, given) if route == "block" else ()
        array[place] = np.frombuffer(body, array.dtype).reshape(array[place].shape)
        return b"null", "application/json"

    def _get_table(self, name: str, route: str, given: dict[str, list[str]], _body: bytes) -> tuple[bytes, str]:
        assert route == "partition"
        table = self.tables[name][int(given["partition"][0])]
        if "column" in given:
            index = [name for name in table.schema.pandas_metadata["index_columns"] if isinstance(name, str)]
            table = table.select([*given["column"], *index])
        return arrow_file(table), ARROW

    def _post_table(self, name: str, route: str, given: dict[str, list[str]], body: bytes) -> tuple[bytes, str]:
        return self._get_table(name, route, {**given, "column": json.loads(body)}, b"")

    def _put_table(self, name: str, route: str, given: dict[str, list[str]], body: bytes) -> tuple[bytes, str]:
        number = int(given["partition"][0]) if route == "partition" else 0
        self.tables[name][number] = pa.ipc.open_file(pa.py_buffer(body)).read_all()
        return b"null", "application/json"

    def _post_awkward(self, name: str, route: str, _given: dict[str, list[str]], body: bytes) -> tuple[bytes, str]:
        assert route == "buffers"
        keys = set(json.loads(body))
        chosen = {key: buffer for key, buffer in self.buffers[name].items() if key.rpartition("-")[0] in keys}
        return zipped(chosen), "application/zip"


@dataclass
class MemoryWire:
    """A wire to nodes in this process.

    Attributes:
        nodes: what is there.
        cuts: answers that break off, by their number among all that are larger than `spare` bytes.
        changed: what to make of an answer before it is given.
    """

    nodes: Nodes
    connections: int = 16
    patience: float = 45
    cuts: set[int] = field(default_factory=set)
    spare: int = 0
    changed: Callable[[bytes, str], tuple[bytes, str]] | None = None
    sent: int = 0
    running: int = 0
    most: int = 0

    async def _ask(self, method: str, path: str, params: Sequence[tuple[str, str]], body: bytes) -> tuple[bytes, str]:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        found, kind = self.nodes.answer(method, path, params, body)
        if len(found) > self.spare:
            self.sent += 1
            if self.sent in self.cuts:
                raise TruncatedError("cut off")
        return self.changed(found, kind) if self.changed else (found, kind)

    async def get_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        accept: str,
        into: memoryview | None = None,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        if filling is not None:
            filling.came = 0
        body, kind = await self._ask("GET", path, params, accept.encode())
        if into is None or len(into) != len(body):
            return body, kind
        into[:] = body
        return into, kind

    async def post_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: object = None,
        accept: str,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        del accept, filling
        return await self._ask("POST", path, params, _json(json))

    async def put(
        self, path: str, *, params: Sequence[tuple[str, str]] = (), body: bytes | memoryview, content_type: str
    ) -> object:
        del content_type
        return json.loads((await self._ask("PUT", path, params, bytes(body)))[0])

    async def patch(
        self, path: str, *, params: Sequence[tuple[str, str]] = (), body: bytes | memoryview, content_type: str
    ) -> object:
        del content_type
        return json.loads((await self._ask("PATCH", path, params, bytes(body)))[0])

    async def get_json(self, path: str, *, params: Sequence[tuple[str, str]] = ()) -> object:
        return json.loads((await self._ask("GET", path, params, b""))[0])

    async def post_json(self, path: str, body: object, *, params: Sequence[tuple[str, str]] = ()) -> object:
        return json.loads((await self._ask("POST", path, params, _json(body)))[0])


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


class HttpWire:
    """A wire over HTTP that can be pickled, for reads in other processes. A connection for each read is enough here."""

    connections = 4
    patience = 45.0

    def __init__(self, base: str) -> None:
        self.base = base

    async def get_bytes(
        self,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        accept: str,
        into: memoryview | None = None,
        filling: Filling | None = None,
    ) -> tuple[bytes | memoryview, str]:
        del filling
        url = URL(f"{self.base}/{path}?{urlencode(list(params))}", encoded=True)
        async with (
            aiohttp.ClientSession(headers={"Accept": accept}) as session,
            session.get(url, raise_for_status=True) as answer,
        ):
            body, kind = await answer.read(), answer.headers["Content-Type"]
        if into is not None:
            into[:] = body
            return into, kind
        return body, kind


@asynccontextmanager
async def served(nodes: Nodes) -> AsyncIterator[str]:
    """Serve the nodes on a free port; gives the address of the API."""

    async def respond(request: web.Request) -> web.Response:
        path = request.rel_url.raw_path.removeprefix("/api/v1/")
        params = list(request.rel_url.query.items())
        body, kind = nodes.answer(request.method, path, params, await request.read())
        return web.Response(body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    finally:
        await runner.cleanup()
