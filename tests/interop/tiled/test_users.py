"""Logins, tokens and keys of a real server with users."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

import pytest
from tests.support.tiled_server import PASSWORD, USER

from specbind.tiled import (
    AuthenticationError,
    CannotRefreshAuthentication,
    PasswordRejected,
    UnauthorizedError,
    aio,
    from_uri,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.witness


def answers(*texts: str) -> object:
    left = list(texts)
    return lambda _text, _secret: left.pop(0)


async def logged_in(url: str, *, remember_me: bool = False) -> aio.Context:
    context = aio.Context(url)
    context.configure_auth(await context.password_grant(USER, PASSWORD), remember_me=remember_me)
    return context


async def test_a_login_is_kept_readable_by_its_owner_only_and_used_again(with_users: str, tmp_path: Path) -> None:
    async with aio.Context(with_users) as context:
        await context.authenticate(ask=answers(USER, "wrong", PASSWORD))  # type: ignore[arg-type]
        assert context.authenticated
        assert (await context.whoami() or {})["identities"][0]["id"] == USER
        assert context.tokens["access_token"] not in repr(context)
    files = list((tmp_path / "cache").rglob("*_token"))
    assert {path.name for path in files} == {"access_token", "refresh_token"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    async with aio.Context(with_users) as later:
        assert not later.authenticated
        root = await aio.from_context(later)
        assert later.authenticated
        assert await root.refresh() is root
        await later.logout()
        await later.logout()
        assert not later.authenticated
    assert not list((tmp_path / "cache").rglob("*_token"))


async def test_a_wrong_password_is_told(with_users: str) -> None:
    async with aio.Context(with_users) as context:
        with pytest.raises(PasswordRejected):
            await context.password_grant(USER, "wrong")
        with pytest.raises(PasswordRejected):
            await context.authenticate(ask=answers(USER, "a", "b", "c"))  # type: ignore[arg-type]


async def test_an_access_token_that_ended_is_renewed_once_for_all_calls(with_users: str) -> None:
    async with await logged_in(with_users) as context:
        session = context._connection.session
        session.tokens["access_token"] = "ended"
        found = await asyncio.gather(*(context.whoami() for _ in range(5)))
        assert all(found)
        assert session.tokens["access_token"] != "ended"
        # tokens of the same second are the same text
        assert (await context.force_auth_refresh()).keys() == {"access_token", "refresh_token"}


async def test_a_session_that_was_ended_elsewhere_is_told(with_users: str) -> None:
    async with await logged_in(with_users) as context, await logged_in(with_users) as other:
        other.configure_auth(dict(context.tokens), remember_me=False)
        await context.logout()
        other._connection.session.tokens["access_token"] = "ended"
        with pytest.raises(CannotRefreshAuthentication):
            await other.whoami()
        assert not other.authenticated


async def test_keys_are_made_limited_and_revoked(with_users: str) -> None:
    async with await logged_in(with_users) as context:
        made = await context.create_api_key(scopes=["read:metadata"], expires_in="1h 30m", note="for a test")
        async with aio.Context(with_users, api_key=made["secret"]) as limited:
            assert (await limited.which_api_key())["note"] == "for a test"
            root = await aio.from_context(limited)
            assert isinstance(root, aio.Container)
            # a missing scope is a 401, too: the error says so, and nobody is asked to log in
            with pytest.raises(UnauthorizedError, match="scope"):
                await root.create_container("a")
            with pytest.raises(AuthenticationError):
                await limited.authenticate()
            await context.revoke_api_key(made["first_eight"])
            with pytest.raises(UnauthorizedError) as caught:
                await root.refresh()
            assert made["secret"] not in str(caught.value)
        with pytest.raises(ValueError, match="duration"):
            await context.create_api_key(expires_in="soon")


async def test_an_administrator_sees_pages_of_users(with_users: str) -> None:
    async with await logged_in(with_users) as context:
        await context.admin.create_service_principal("user")
        everybody = await context.admin.list_principals()
        assert len(everybody) >= 2
        assert len(await context.admin.list_principals(limit=1)) == 1
        assert await context.admin.list_principals(offset=1) == everybody[1:]
        shown = await context.admin.show_principal(everybody[0]["uuid"])
        assert shown["uuid"] == everybody[0]["uuid"]


async def test_without_a_terminal_the_login_says_what_to_do(with_users: str) -> None:
    with pytest.raises(AuthenticationError, match="API key"):
        await aio.from_uri(with_users)


def test_the_synchronous_side_logs_in_as_well(with_users: str) -> None:
    client = from_uri(with_users, ask=answers(USER, PASSWORD), remember_me=False)  # type: ignore[arg-type]
    assert client.context.authenticated
    client.context.server_info.authentication.required  # noqa: B018 - it is a property that asks
    client.logout()
    assert not client.context.authenticated
    client.context.close()
