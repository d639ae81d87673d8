"""Server skeleton of Petstore: one typed method per operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._runtime import UNSET
from ._runtime.server import BaseServer, Content, Endpoint
from .auth import BearerAuth, Login, Token
from .operations import pets as pets_operations

if TYPE_CHECKING:
    from . import models
    from ._runtime import UnsetType

__all__ = ["Server"]


class Server(BaseServer):
    """Server of Petstore. Subclass it and write the methods; `application()` gives the aiohttp application."""

    base_path = "/v1"  # path of the first server, "" if it has none
    schemes = (Token, BearerAuth, Login)
    endpoints = (
        # keyword names of query, header and cookie parameters, then of the body, in the order of the argument tuple;
        # path parameters are positional; content_type is not given to servers
        Endpoint("get_pet", pets_operations.GET_PET, ("with_output", "ids", "filter", "x_trace", "session")),
        Endpoint("add_pet", pets_operations.ADD_PET, ("body",)),
        Endpoint("download_photo", pets_operations.DOWNLOAD_PHOTO),
    )

    async def get_pet(
        self,
        pet_id: int,
        *,
        with_output: int | UnsetType = UNSET,
        ids: list[int] | UnsetType = UNSET,
        filter: dict[str, str] | UnsetType = UNSET,
        x_trace: str | UnsetType = UNSET,
        session: str | UnsetType = UNSET,
    ) -> models.Pet:
        """One pet.  `GET /pets/{petId}/info`"""
        raise self.not_implemented("getPet")  # answers 501

    async def add_pet(self, *, body: models.NewPet) -> models.Pet | None:
        """`POST /pets`"""
        raise self.not_implemented("addPet")

    async def download_photo(self, pet_id: int) -> Content:
        """`GET /pets/{petId}/photo`"""
        raise self.not_implemented("downloadPhoto")


# A request that does not fit goes to the hook `async def reject(self, problem: BadRequest) -> Rejection`, one without an
# operation to `miss(method, path, allowed)`, an unexpected error to `fail(operation, error)` (logged before), credentials
# to `async def authenticate(self, operation, credentials: Mapping[str, str]) -> None`. Errors: `raise Rejection(status,
# body, headers)`; a failure-typed answer is `raise Rejection(200, models.Problem(error="..."))`.
