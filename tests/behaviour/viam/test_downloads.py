"""Files by the address in their metadata: whole, resumed by ranges, and the token to the platform alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from msgspec.structs import replace
from tests.behaviour.viam.platform import KEY, KEY_ID, listed

from specbind.bindings._runtime.errors import DeadlineError, NotFoundError, RequestError
from specbind.bindings._runtime.grpc.grpclib_errors import RpcBadRequestError, RpcNotFoundError, RpcRateLimitError
from specbind.bindings._runtime.grpc.status_messages import RetryInfo
from specbind.bindings._runtime.proto.wellknown import Any as AnyMessage
from specbind.bindings._runtime.proto.wellknown import Duration
from specbind.core.errors import TransferError
from specbind.core.ranges import Ranges
from specbind.viam.app.data_client import DataClient
from specbind.viam.proto.app.data import (
    BinaryData,
    BinaryDataByFilterResponse,
    BinaryDataByIDsResponse,
    BinaryID,
    BinaryMetadata,
    CreateBinaryDataSignedURLResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform

CONTENT = bytes(range(256)) * 2000


class Web:
    """Serves files, and notes what comes along.

    Attributes:
        tokens: the Authorization of each request.
        good: tokens that are taken, None for any.
    """

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.ranges: list[str] = []
        self.good: set[str] | None = None
        self.origin = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path != "/file":
            raise web.HTTPNotFound
        self.tokens.append(request.headers.get("Authorization", ""))
        self.ranges.append(request.headers.get("Range", ""))
        if self.good is not None and self.tokens[-1] not in self.good and request.query_string != "signature=s":
            raise web.HTTPUnauthorized
        headers = {"ETag": '"one"', "Accept-Ranges": "bytes"}
        if found := request.headers.get("Range"):
            start, end = found.removeprefix("bytes=").split("-")
            last = min(int(end or len(CONTENT) - 1), len(CONTENT) - 1)
            headers["Content-Range"] = f"bytes {start}-{last}/{len(CONTENT)}"
            return web.Response(status=206, body=CONTENT[int(start) : last + 1], headers=headers)
        return web.Response(body=CONTENT, headers=headers)


@pytest.fixture
async def site() -> AsyncIterator[Web]:
    found = Web()
    app = web.Application()
    app.router.add_get("/{path:.*}", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    found.origin = f"http://127.0.0.1:{place._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    yield found
    await runner.cleanup()


@pytest.fixture
def known(site: Web) -> BinaryMetadata:
    return BinaryMetadata(
        binary_data_id="id", uri=f"{site.origin}/file", file_name="name", file_ext=".bin", file_size_bytes=len(CONTENT)
    )


async def test_the_token_does_not_go_to_another_origin(
    site: Web, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    path = await logged_in.download_binary(known, tmp_path / "x", progress=lambda *each: told.append(each))
    assert path == tmp_path / "x"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert site.tokens == [""]


async def test_the_token_goes_to_the_platform_and_is_renewed(
    platform: Platform, site: Web, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    assert logged_in._site is not None
    logged_in._site = replace(logged_in._site, base_url=site.origin)
    await logged_in.download_binary(known, tmp_path / "x")
    assert platform.logins == 1
    site.good = {"Bearer nobody's"}
    with pytest.raises(Exception, match="401"):
        await logged_in.download_binary(known, tmp_path / "x")
    assert platform.logins == 2
    assert [bool(token) for token in site.tokens] == [True] * 3
    assert site.tokens[0] == site.tokens[1] != site.tokens[2]


async def test_another_origin_that_wants_a_token_is_asked_by_a_signed_address(
    platform: Platform, site: Web, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    site.good = set()
    signed = CreateBinaryDataSignedURLResponse(signed_url=f"{known.uri}?signature=s")
    platform.script["create_binary_data_signed_url"] = signed
    path = await logged_in.download_binary(known, tmp_path / "x")
    assert path.read_bytes() == CONTENT
    assert site.tokens == ["", ""]
    assert [request.binary_data_id for request in platform.requests("create_binary_data_signed_url")] == ["id"]


async def test_pieces_over_several_connections(
    site: Web, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    path = await logged_in.download_binary(known, tmp_path / "x", ranges=Ranges(connections=4, piece=64 * 1024))
    assert path.read_bytes() == CONTENT
    assert len(site.ranges) > 1


async def test_in_a_folder_it_gets_its_own_name(logged_in: DataClient, known: BinaryMetadata, tmp_path: Path) -> None:
    assert await logged_in.download_binary(known, str(tmp_path)) == tmp_path / "name.bin"


@pytest.mark.parametrize("binary", ["id", BinaryID(file_id="old"), DataClient.BinaryData(b"", BinaryMetadata())])
async def test_an_identifier_is_looked_up_and_bytes_come_in_one_message_without_an_address(
    platform: Platform, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path, binary: Any
) -> None:
    def answer(request: Any) -> BinaryDataByIDsResponse:
        content = b"bytes" if request.include_binary else b""
        return BinaryDataByIDsResponse(data=[BinaryData(binary=content, metadata=replace(known, uri=""))])

    platform.script["binary_data_by_ids"] = answer
    if isinstance(binary, DataClient.BinaryData):
        with pytest.raises(RpcBadRequestError, match="neither an address nor an identifier"):
            await logged_in.download_binary(binary, tmp_path / "x")
        return
    path = await logged_in.download_binary(binary, tmp_path / "x")
    assert path.read_bytes() == b"bytes"


async def test_bytes_that_are_there_are_not_asked_for_again(
    platform: Platform, site: Web, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    path = await logged_in.download_binary(DataClient.BinaryData(b"here", known), tmp_path / "x")
    assert path.read_bytes() == b"here"
    assert (platform.asked, site.tokens) == ([], [])


async def test_data_that_is_not_there(logged_in: DataClient, known: BinaryMetadata, tmp_path: Path) -> None:
    with pytest.raises(RpcNotFoundError):
        await logged_in.download_binary("id", tmp_path / "x")
    with pytest.raises(NotFoundError):
        await logged_in.download_binary(replace(known, uri=known.uri + "/none"), tmp_path / "x")
    with pytest.raises(TransferError):
        await logged_in.download_binary(replace(known, file_size_bytes=7), tmp_path / "x")
    assert listed(tmp_path) == []


@pytest.mark.parametrize(
    "uri", ["file:///etc/passwd", "ftp://host/x", "https://", "https://a:b@host/x", "/x", "http://["]
)
async def test_addresses_that_are_none(logged_in: DataClient, tmp_path: Path, uri: str) -> None:
    with pytest.raises(RequestError, match="address"):
        await logged_in.download_binary(BinaryMetadata(uri=uri), tmp_path / "x")


async def test_an_address_without_tls_is_refused_unless_the_connection_has_none_either(
    site: Web, client: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match="address"):
        await client.download_binary(known, tmp_path / "x")
    assert site.tokens == []


async def test_what_is_too_large_for_a_message_comes_from_its_address(
    platform: Platform, logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    def answer(kind: Any) -> Any:
        def one(request: Any) -> Any:
            if request.include_binary:
                raise GRPCError(Status.RESOURCE_EXHAUSTED, "larger than max")
            return kind(data=[BinaryData(metadata=known)])

        return one

    platform.script["binary_data_by_filter"] = answer(BinaryDataByFilterResponse)
    platform.script["binary_data_by_ids"] = answer(BinaryDataByIDsResponse)
    (found,) = await logged_in.binary_data_by_filter(dest=tmp_path)
    assert found.data == CONTENT
    assert (tmp_path / "name.bin").read_bytes() == CONTENT
    (found,) = await logged_in.binary_data_by_ids(["id"])
    assert found.data == CONTENT


async def test_without_an_address_what_is_too_large_comes_from_a_signed_one(
    platform: Platform, logged_in: DataClient, site: Web, tmp_path: Path
) -> None:
    def answer(request: Any) -> BinaryDataByIDsResponse:
        if request.include_binary:
            raise GRPCError(Status.RESOURCE_EXHAUSTED, "larger than max")
        return BinaryDataByIDsResponse(
            data=[BinaryData(metadata=BinaryMetadata(binary_data_id="b", file_name="f"))] * 2
        )

    platform.script["binary_data_by_ids"] = answer
    signed = CreateBinaryDataSignedURLResponse(signed_url=f"{site.origin}/file?signature=s")
    platform.script["create_binary_data_signed_url"] = lambda _: signed
    found = await logged_in.binary_data_by_ids(["b", "b"])
    assert [each.data for each in found] == [CONTENT, CONTENT]
    assert (await logged_in.download_binary("b", tmp_path / "x")).read_bytes() == CONTENT


async def test_a_rate_limit_is_no_size(platform: Platform, logged_in: DataClient) -> None:
    wait = AnyMessage.pack(RetryInfo(retry_delay=Duration(seconds=1)))
    platform.script["binary_data_by_ids"] = GRPCError(Status.RESOURCE_EXHAUSTED, "too many calls", [wait])
    with pytest.raises(RpcRateLimitError, match="too many calls"):
        await logged_in.binary_data_by_ids(["b"])
    assert len(platform.asked) == 1


async def test_a_missing_folder_is_told_by_its_name(client: DataClient, tmp_path: Path) -> None:
    path = tmp_path / "none" / "rows.jsonl"
    with pytest.raises(FileNotFoundError) as caught:
        await client.tabular_data_by_filter(dest=path)
    assert caught.value.filename == str(path.parent)


@pytest.mark.parametrize("answers", [False, True])
async def test_the_timeout_bounds_the_silence_of_a_server_of_files(
    platform: Platform, tmp_path: Path, answers: bool
) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if answers:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/file"
    async with await DataClient.from_api_key(
        KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True, timeout=0.2
    ) as client:
        with pytest.raises(DeadlineError):
            await asyncio.wait_for(client.download_binary(BinaryMetadata(uri=uri), tmp_path / "x"), 15)
    for writer in writers:
        writer.close()
    server.close()


async def test_into_a_folder_nothing_that_is_there_is_overwritten(
    logged_in: DataClient, known: BinaryMetadata, tmp_path: Path
) -> None:
    (tmp_path / "name.bin").write_bytes(b"of another item")
    paths = await asyncio.gather(*(logged_in.download_binary(known, tmp_path) for _ in range(3)))
    assert sorted(path.name for path in paths) == ["name_2.bin", "name_3.bin", "name_4.bin"]
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert (tmp_path / "name.bin").read_bytes() == b"of another item"
    assert listed(tmp_path) == ["name.bin", "name_2.bin", "name_3.bin", "name_4.bin"]


@pytest.mark.parametrize("wrong", [{"ranges": 4}, {"progress": True}])
async def test_arguments_that_are_wrong_are_told_before_anything_is_asked(
    platform: Platform, logged_in: DataClient, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=f"^{next(iter(wrong))} is "):
        await logged_in.download_binary("id", tmp_path, **wrong)
    with pytest.raises(TypeError, match=f"^{next(iter(wrong))} is "):
        await logged_in.download_by_filter(None, tmp_path, **wrong)
    assert platform.asked == []
