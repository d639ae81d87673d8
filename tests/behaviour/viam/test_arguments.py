"""Arguments that make no sense: told by their name before anything is sent, and never with a key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.viam.platform import KEY, KEY_ID

from specbind.bindings._runtime.grpc.grpclib_errors import RpcBadRequestError, RpcConnectError, RpcLostError
from specbind.viam import DataClient, DialOptions, ViamClient, connect
from specbind.viam.proto.app.data import BinaryData, BinaryMetadata
from specbind.viam.proto.app.datasync import FileUploadResponse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform


def test_swapped_keys_are_not_shown() -> None:
    with pytest.raises(ValueError, match="swapped") as found:
        DialOptions.with_api_key(KEY_ID, KEY)
    assert KEY not in str(found.value)
    assert found.value.__suppress_context__


@pytest.mark.parametrize("wrong", [None, 3, b"x"])
def test_an_identifier_that_is_no_text_is_told(wrong: Any) -> None:
    with pytest.raises(TypeError, match="api_key_id is a str"):
        DialOptions.with_api_key(KEY, wrong)


async def test_a_key_that_is_no_text_is_not_shown() -> None:
    for keys in ((KEY.encode(), KEY_ID), (KEY_ID, KEY.encode())):
        with pytest.raises(TypeError, match="is a str, not bytes") as found:
            await connect(*keys)  # type: ignore[arg-type]
        assert KEY not in str(found.value)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"ts": 1_700_000_000_123_456_789}, "ts"),
        ({"a": {"b": [0, 2**53 + 1]}}, "a.b[1]"),
        ({"a": -(2**64) - 1}, "a"),
        ({"a": 10**400}, "a"),
    ],
)
async def test_integers_that_would_lose_digits_are_told_by_their_place(
    platform: Platform, client: DataClient, row: dict[str, Any], place: str
) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011 - the message is looked at below
        await client.tabular_data_capture_upload([{"n": 2**53}, row], "p", "c", "n", "m")
    assert str(found.value).startswith(f"tabular_data[1].{place} is an integer")
    assert "str" in str(found.value)
    assert "float" in str(found.value)
    assert platform.asked == []


async def test_integers_that_keep_their_digits_are_sent(platform: Platform, client: DataClient) -> None:
    await client.tabular_data_capture_upload([{"a": 2**60, "b": True, "c": [2**53, None]}], "p", "c", "n", "m")
    (request,) = platform.requests("data_capture_upload")
    assert request.sensor_contents[0].struct == {"a": 2.0**60, "b": True, "c": [2.0**53, None]}


@pytest.mark.parametrize(
    ("options", "kind", "name"),
    [
        ({"timeout": "3"}, TypeError, "timeout"),
        ({"timeout": True}, TypeError, "timeout"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"tls": "yes"}, TypeError, "tls"),
        ({"tls": None}, TypeError, "tls"),
        ({"host": "127.0.0.1:33"}, ValueError, "host"),
        ({"host": "app.viam.com:443"}, ValueError, "host"),
    ],
)
async def test_options_of_a_connection_that_make_no_sense(
    options: dict[str, Any], kind: type[Exception], name: str
) -> None:
    with pytest.raises(kind, match=name):
        await connect(KEY, KEY_ID, **options)


async def test_clients_of_nothing(client: DataClient) -> None:
    with pytest.raises(TypeError, match="channel is a Channel"):
        DataClient(None, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="metadata is a mapping"):
        DataClient(client._transport, None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="dial_options is a DialOptions"):
        await ViamClient.create_from_dial_options(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["ours", "metadata", "answer"])
async def test_results_name_their_data(platform: Platform, client: DataClient, kind: str) -> None:
    metadata = BinaryMetadata(binary_data_id="o/l/f")
    given: Any = {
        "ours": DataClient.BinaryData(b"", metadata),
        "metadata": metadata,
        "answer": BinaryData(metadata=metadata),
    }[kind]
    await client.binary_data_by_ids([given])
    (request,) = platform.requests("binary_data_by_ids")
    assert (request.binary_data_ids, request.binary_ids) == (["o/l/f"], [])


async def test_results_without_an_identifier_are_told(platform: Platform, client: DataClient) -> None:
    with pytest.raises(RpcBadRequestError, match="identifier"):
        await client.binary_data_by_ids([BinaryMetadata()])
    assert platform.asked == []


async def test_progress_that_cannot_be_called_is_told_before_anything_is_sent(
    platform: Platform, client: DataClient, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    wrong: Any = True
    for upload in (
        lambda: client.file_upload("p", b"x", progress=wrong),
        lambda: client.file_upload_from_path(tmp_path / "x", "p", progress=wrong),
        lambda: client.streaming_data_capture_upload(b"x", "p", ".x", progress=wrong),
    ):
        with pytest.raises(TypeError, match="progress is a function"):
            await upload()
    assert platform.asked == []


async def test_an_upload_that_is_stored_gives_its_identifier_whatever_the_progress_raises(
    platform: Platform, client: DataClient, caplog: pytest.LogCaptureFixture
) -> None:
    platform.script["file_upload"] = FileUploadResponse(file_id="f")

    def progress(done: int, total: int | None) -> None:
        if done == total:
            raise RuntimeError("of the caller")

    assert await client.file_upload("p", b"x", progress=progress) == "f"
    assert "of the caller" in caplog.text


async def test_in_the_clear_to_a_server_that_wants_tls_is_hinted() -> None:
    async def alert(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes.fromhex("15030100020246"))  # what a server of TLS says to anything else
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(alert, "127.0.0.1", 0)
    tls_port = server.sockets[0].getsockname()[1]
    with pytest.raises(RpcLostError, match="may want TLS"):
        await connect(KEY, KEY_ID, host="127.0.0.1", port=tls_port, tls=False, insecure=True, retries=None)
    server.close()


async def test_tls_to_a_server_that_speaks_none_is_told(platform: Platform) -> None:
    with pytest.raises(RpcConnectError, match="speaks no TLS"):
        await connect(KEY, KEY_ID, host="127.0.0.1", port=platform.port, retries=None)
