"""Logging in: what goes where, when a token is renewed, what stays secret."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.behaviour.viam.platform import KEY, KEY_ID, jwt

from specbind.bindings._runtime.errors import RequestError, TokenError
from specbind.bindings._runtime.grpc.grpclib_errors import RpcConnectError, RpcUnauthorizedError
from specbind.viam import Credentials, DataClient, DialOptions, ViamClient, connect
from specbind.viam._login import lifetime
from specbind.viam.errors import InsecureConnectionError
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
    with pytest.raises(ValueError, match="nope is not a valid UUID"):
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
