"""What administrators do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ._api_keys import api_key_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._connection import Connection

__all__ = ["Admin"]


class Admin:
    """Users, services and their keys, for those who have the scopes `read:principals`, `write:principals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list_principals(self, offset: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Users and services.

        Args:
            offset: how many are left out at the front, from 0 on.
            limit: how many are given at most, 1 to 300.
        """
        params = [("page[offset]", str(offset)), ("page[limit]", str(limit))]
        found = await self._connection.get_json("auth/principal", params=params)
        return cast("list[dict[str, Any]]", found)

    async def show_principal(self, uuid: str) -> dict[str, Any]:
        """One of them."""
        return cast("dict[str, Any]", await self._connection.get_json(_path(uuid)))

    async def create_service_principal(self, role: str) -> dict[str, Any]:
        """Make an account for a service, with a role such as `user` or `admin`."""
        found = await self._connection.send_json("POST", "auth/principal", params=[("role", role)])
        return cast("dict[str, Any]", found)

    async def create_api_key(
        self,
        uuid: str,
        scopes: Iterable[str] | None = None,
        expires_in: int | str | None = None,
        note: str | None = None,
        access_tags: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """Make a key for somebody else. Arguments are those of `Context.create_api_key`."""
        body = api_key_request(scopes, expires_in, note, access_tags)
        return cast("dict[str, Any]", await self._connection.post_json(f"{_path(uuid)}/apikey", body))

    async def revoke_api_key(self, uuid: str, first_eight: str) -> None:
        """Make a key of somebody else useless."""
        params = [("first_eight", first_eight[:8])]
        await self._connection.send_json("DELETE", f"{_path(uuid)}/apikey", params=params, safe=True)


def _path(uuid: str) -> str:
    return f"auth/principal/{quote(uuid, safe='')}"
