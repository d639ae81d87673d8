"""Logging in: what goes where, when a token is renewed, what stays secret."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.behaviour.viam.platform import KEY, KEY_ID, jwt

from specbind.bindings._runtime.errors import RequestError, TokenError
from specbind.bindings._runtime.grpc.credentials import RpcToken
from specbind.bindings._runtime.grpc.grpclib_channel import OwnChannel
from specbind.bindings._runtime.grpc.grpclib_errors import (
    RpcConnectError,
    RpcLimitError,
    RpcLostError,
    RpcUnauthorizedError,
)
from specbind.bindings._runtime.grpc.grpclib_transport import GrpclibTransport
from specbind.viam import ApiKeyLogin, Credentials, DataClient, DialOptions, ViamClient, connect
from specbind.viam._login import lifetime
from specbind.viam.errors import InsecureConnectionError
from specbind.viam.proto.app.data import TagsByFilterResponse
from specbind.viam.proto.rpc.auth import AuthenticateResponse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.viam.platform import Platform


def options(**changes: Any) -> DialOptions:
    found = DialOptions.with_api_key(KEY, KEY_ID)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


async def test_every_call_has_the_token_of_one_login(platform: Platform, logged_in: DataClient) -> None:
    await asyncio.gather(*(logged_in.tags_by_filter() for _ in range(3)))
    await logged_in.file_upload("part", b"x")
    assert platform.logins == 1
    assert {headers["authorization"] for headers in platform.headers} == {f"Bearer {jwt(1)}"}


async def test_a_token_that_is_refused_is_renewed_once_for_all_calls(platform: Platform, logged_in: DataClient) -> None:
    platform.good = set()
    await asyncio.gather(*(logged_in.tags_by_filter() for _ in range(5)))
    assert platform.logins == 2


@pytest.mark.parametrize("kind", ["bytes", "path", "pieces"])
async def test_an_upload_whose_token_is_refused_goes_again_where_it_can(
    platform: Platform, logged_in: DataClient, tmp_path: Path, kind: str
) -> None:
    platform.good = set()
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    told: list[tuple[int, int | None]] = []
    content: Any = {"bytes": path.read_bytes(), "path": path, "pieces": iter([b"x"])}[kind]
    upload = logged_in.file_upload("part", content, progress=lambda *each: told.append(each))
    if kind == "pieces":
        with pytest.raises(RpcUnauthorizedError):
            await upload
        return
    await upload
    assert platform.logins == 2
    assert told[-1] == (100_000, 100_000)
    assert sorted(told) == told


async def test_a_token_is_renewed_before_it_ends(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    monkeypatch.setattr("specbind.bindings._runtime.credentials.time.monotonic", lambda: seconds)
    async with await connect(KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True) as client:
        await client.tags_by_filter()
        assert platform.logins == 1
        seconds = 3599.0
        await asyncio.gather(*(client.tags_by_filter() for _ in range(3)))
        assert platform.logins == 2
    assert platform.headers[-1]["authorization"] == f"Bearer {jwt(2)}"


async def test_a_wrong_key_is_told_at_once(platform: Platform) -> None:
    with pytest.raises(RpcUnauthorizedError, match="no such key") as caught:
        await connect("wrong-secret", KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True)
    assert "wrong-secret" not in f"{caught.value!r} {caught.value}"
    assert platform.logins == 1


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "gr\u00fc\u00dfe"])
async def test_a_token_that_cannot_be_sent_is_an_error(
    platform: Platform, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "_login", lambda _: AuthenticateResponse(access_token=token))
    with pytest.raises(TokenError):
        await connect(KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True)


async def test_a_key_never_goes_in_the_clear_unless_that_is_allowed(platform: Platform) -> None:
    with pytest.raises(ValueError, match="insecure=True"):
        await DataClient.from_api_key(KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False)
    assert platform.logins == 0


@pytest.mark.parametrize(
    "wrong", [{"host": "https://app.viam.com"}, {"host": ""}, {"port": 0}, {"port": "443"}, {"api_key": ""}]
)
async def test_wrong_arguments_are_told_by_name(wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"api_key": KEY, "api_key_id": KEY_ID} | wrong
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong)).replace("api_key", "API key")):
        await DataClient.from_api_key(**given)


async def test_the_key_can_stand_in_the_environment(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIAM_API_KEY", raising=False)
    monkeypatch.delenv("VIAM_API_KEY_ID", raising=False)
    with pytest.raises(ValueError, match="VIAM_API_KEY"):
        await DataClient.from_env_vars()
    monkeypatch.setenv("VIAM_API_KEY", KEY)
    with pytest.raises(ValueError, match="VIAM_API_KEY_ID"):
        await ViamClient.create_from_env_vars()
    monkeypatch.setenv("VIAM_API_KEY_ID", KEY_ID)
    where: dict[str, Any] = {"host": "127.0.0.1", "port": platform.port, "tls": False, "insecure": True}
    for client in (await DataClient.from_env_vars(**where), await connect(**where)):
        async with client:
            assert await client.tags_by_filter() == []
    mine = DialOptions(insecure=True)
    found = await ViamClient.create_from_env_vars(mine, f"127.0.0.1:{platform.port}")
    found.close()
    assert mine.credentials is None  # the caller's object stays as it is
    assert platform.logins == 3


async def test_a_client_of_the_official_kind(platform: Platform) -> None:
    client = await ViamClient.create_from_dial_options(options(insecure=True), f"http://127.0.0.1:{platform.port}")
    assert await client.data_client.tags_by_filter() == []
    client.close()
    client.close()
    with pytest.raises(RequestError, match="closed"):
        await client.data_client.tags_by_filter()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (DialOptions(auth_entity=KEY_ID), "credentials cannot be None"),
        (DialOptions(credentials=Credentials("robot-secret", "s"), auth_entity="e"), "robot-secret"),
        (DialOptions(credentials=Credentials("api-key", "s")), "auth_entity cannot be None"),
    ],
)
async def test_options_that_lack_something(given: DialOptions, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        await ViamClient.create_from_dial_options(given)


def test_the_identifier_of_a_key_is_a_uuid() -> None:
    with pytest.raises(ValueError, match="not a valid UUID"):
        DialOptions.with_api_key(KEY, "nope")
    found = DialOptions.with_api_key(KEY, KEY_ID)
    assert (found.auth_entity, found.credentials) == (KEY_ID, Credentials("api-key", KEY))
    assert KEY not in repr(found.credentials)


async def test_a_server_without_tls_gets_the_key_only_where_that_is_allowed(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"127.0.0.1:{platform.port}"
    with pytest.raises(InsecureConnectionError, match="no TLS"):
        await ViamClient.create_from_dial_options(options(), url)
    with pytest.raises(InsecureConnectionError):  # that is for connections without credentials
        await ViamClient.create_from_dial_options(options(allow_insecure_downgrade=True), url)
    assert platform.logins == 0
    with caplog.at_level(logging.WARNING, "specbind.viam"):
        client = await ViamClient.create_from_dial_options(options(allow_insecure_with_creds_downgrade=True), url)
    assert "in the clear" in caplog.text
    assert KEY not in caplog.text
    client.close()
    assert platform.logins == 1


async def test_nobody_there() -> None:
    with pytest.raises(RpcConnectError):
        await ViamClient.create_from_dial_options(
            options(insecure=True, initial_connection_attempts=1, timeout=5), "http://127.0.0.1:1"
        )


def token(payload: bytes) -> str:
    return f"h.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.s"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (jwt(1, 3600), 3600),
        (jwt(1, None), None),
        (jwt(1, 5), None),  # every call would log in
        (jwt(1, -5), None),
        (jwt(1, 1e12), 30 * 86_400),
        (token(b'{"exp": 5000, "nbf": 1000}'), 4000),
        (token(b'{"exp": 5000}'), None),
        (token(b'{"exp": "soon", "iat": 1}'), None),
        (token(b'{"exp": NaN, "iat": 1}'), None),
        (token(b"[]"), None),
        (token(b"x" * 100_000), None),
        ("h.\u00fc.s", None),
        ("opaque", None),
        ("", None),
    ],
)
def test_what_a_token_says_of_its_time(given: str, seconds: float | None) -> None:
    assert lifetime(given) == seconds


@pytest.mark.parametrize("ways", [1, 3])
async def test_connecting_is_tried_as_often_as_the_options_say(monkeypatch: pytest.MonkeyPatch, ways: int) -> None:
    opened = 0
    usual = OwnChannel._create_connection

    async def counted(self: OwnChannel) -> Any:
        nonlocal opened
        opened += 1
        return await usual(self)

    monkeypatch.setattr(OwnChannel, "_create_connection", counted)
    with pytest.raises(RpcConnectError):
        await ViamClient.create_from_dial_options(
            options(insecure=True, initial_connection_attempts=ways), "http://127.0.0.1:1"
        )
    assert opened == ways


@pytest.mark.parametrize("way", ["connect", "dial"])
async def test_a_login_that_is_unavailable_for_a_moment_is_repeated(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    usual, failures = platform._login, [GRPCError(Status.UNAVAILABLE, "soon")]

    def once(request: Any) -> Any:
        if failures:
            raise failures.pop()
        return usual(request)

    monkeypatch.setattr(platform, "_login", once)
    if way == "connect":
        async with await connect(KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True):
            pass
    else:
        (await ViamClient.create_from_dial_options(options(insecure=True), f"127.0.0.1:{platform.port}")).close()
    assert platform.logins == 1


async def test_an_unknown_option_is_told(platform: Platform) -> None:
    wrong: Any = {"keep_alive": 3}
    with pytest.raises(TypeError, match="keep_alive"):
        await connect(KEY, KEY_ID, host="127.0.0.1", port=platform.port, tls=False, insecure=True, **wrong)
    with pytest.raises(ValueError, match="keepalive"):
        await connect(KEY, KEY_ID, keepalive=0)


async def test_options_of_the_calls_reach_the_transport(platform: Platform) -> None:
    platform.script["tags_by_filter"] = TagsByFilterResponse(tags=["x" * 200])
    where: Any = {"host": "127.0.0.1", "port": platform.port, "tls": False, "insecure": True}
    async with await connect(KEY, KEY_ID, max_receive_size=100, retries=None, compression="gzip", **where) as client:
        with pytest.raises(RpcLimitError):
            await client.tags_by_filter()
    found = await ViamClient.create_from_dial_options(
        options(insecure=True), f"127.0.0.1:{platform.port}", max_receive_size=100
    )
    with pytest.raises(RpcLimitError):
        await found.data_client.tags_by_filter()
    found.close()


async def test_a_transport_can_be_made_by_hand(platform: Platform) -> None:
    plain = GrpclibTransport("127.0.0.1", platform.port, tls=False)
    token = RpcToken(ApiKeyLogin(plain, KEY, KEY_ID))
    async with plain, GrpclibTransport("127.0.0.1", platform.port, tls=False, credentials=token) as transport:
        assert await DataClient(transport, {}).tags_by_filter() == []
    assert platform.headers[0]["authorization"] == f"Bearer {jwt(1)}"


class Wire:
    """Stands between a client and the platform; what it holds is silent, as a server that was stopped."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.silent: set[int] = set()
        self.connections = 0
        self.pumps: set[asyncio.Task[None]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self.pumps.add(asyncio.create_task(self.pump(self.connections, source, target)))

    async def pump(self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while found := await source.read(65536):
                if number not in self.silent:
                    target.write(found)
        target.close()


async def test_a_server_that_has_gone_silent_is_noticed_and_the_next_call_connects_again(platform: Platform) -> None:
    wire = Wire(platform.port)
    server = await asyncio.start_server(wire, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with await connect(
        KEY, KEY_ID, host="127.0.0.1", port=port, tls=False, insecure=True, keepalive=0.2, retries=None
    ) as client:
        await client.tags_by_filter()
        wire.silent.add(1)
        with pytest.raises(RpcLostError, match="did not answer to a ping"):
            await asyncio.wait_for(client.tags_by_filter(), 10)
        assert await asyncio.wait_for(client.tags_by_filter(), 10) == []
        assert wire.connections == 2
    server.close()
    await asyncio.wait(wire.pumps, timeout=5)
