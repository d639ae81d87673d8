"""Calls on the database of an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.bindings.viam.viam.app.data.v1 import ConfigureDatabaseUserRequest, GetDatabaseConnectionRequest
from specbind.bindings.viam.viam.app.data.v1.services import (
    DATA_SERVICE_CONFIGURE_DATABASE_USER,
    DATA_SERVICE_GET_DATABASE_CONNECTION,
)
from specbind.core import arguments

from ._calls import Calls

if TYPE_CHECKING:
    from specbind.bindings.viam.viam.app.data.v1 import GetDatabaseConnectionResponse

__all__ = ["Database"]


class Database(Calls):
    """The database in which tabular data can be queried by its own protocol."""

    async def get_database_connection(self, organization_id: str) -> str:
        """Name of the host on which the database of an organization is reached.

        Raises:
            RpcError: the platform refuses.
        """
        return (await self.get_database_connection_details(organization_id)).hostname

    async def get_database_connection_details(self, organization_id: str) -> GetDatabaseConnectionResponse:
        """How the database of an organization is reached: `hostname`, `mongodb_uri` and `has_database_user`.

        Raises:
            RpcError: the platform refuses.
        """
        request = GetDatabaseConnectionRequest(organization_id=arguments.text("organization_id", organization_id))
        return await self._ask(DATA_SERVICE_GET_DATABASE_CONNECTION, request)

    async def configure_database_user(self, organization_id: str, password: str) -> None:
        """Make the database user of an organization, or give it another password.

        Raises:
            RpcError: the platform refuses.
        """
        request = ConfigureDatabaseUserRequest(
            organization_id=arguments.text("organization_id", organization_id),
            password=arguments.text("password", password),
        )
        await self._ask(DATA_SERVICE_CONFIGURE_DATABASE_USER, request)
