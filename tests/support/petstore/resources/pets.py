"""Resource `pets`, asynchronous and synchronous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._runtime import UNSET, Resource, SyncResource, as_raw, as_raw_sync
from ..operations import pets as operations

if TYPE_CHECKING:
    from .. import models
    from .._runtime import ByteStream, HeadersLike, QueryLike, SyncByteStream, Timeout, UnsetType

__all__ = ["Pets", "SyncPets"]


class Pets(Resource):
    """Everything about pets."""

    @property
    def with_raw_response(self) -> PetsWithRawResponse:
        """The same methods, returning status, headers and body unparsed."""
        return PetsWithRawResponse(self._raw())

    async def get_pet(
        self,
        pet_id: int,
        *,
        with_output: int | UnsetType = UNSET,
        ids: list[int] | UnsetType = UNSET,
        filter: dict[str, str] | UnsetType = UNSET,
        x_trace: str | UnsetType = UNSET,
        session: str | UnsetType = UNSET,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Pet:
        """One pet.  `GET /pets/{petId}/info`

        Args:
            pet_id: ...

        Raises:
            NotFoundError: ... body is a models.Problem
        """
        return await self._call(
            operations.GET_PET,
            (pet_id, with_output, ids, filter, x_trace, session),
            extra_headers,
            extra_query,
            timeout,
        )

    async def add_pet(
        self,
        *,
        body: models.NewPet,
        content_type: str | UnsetType = UNSET,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Pet | None:
        # order of the argument tuple: path, query, headers, cookies, body, content_type (content_type only where a body has several media types)
        return await self._call(operations.ADD_PET, (body, content_type), extra_headers, extra_query, timeout)

    async def download_photo(
        self,
        pet_id: int,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> ByteStream:
        return await self._call(operations.DOWNLOAD_PHOTO, (pet_id,), extra_headers, extra_query, timeout)


class PetsWithRawResponse:
    """The methods of `Pets`, each giving a RawResponse."""

    def __init__(self, raw: Pets) -> None:  # made by Pets._raw(): same class, but _call gives a RawResponse
        self.get_pet = as_raw(raw.get_pet)  # Callable[P, Awaitable[T]] -> Callable[P, Awaitable[RawResponse[T]]]
        self.add_pet = as_raw(raw.add_pet)
        self.download_photo = as_raw(raw.download_photo)


class SyncPets(SyncResource):
    """Everything about pets."""

    @property
    def with_raw_response(self) -> SyncPetsWithRawResponse:
        return SyncPetsWithRawResponse(self._raw())

    def get_pet(
        self,
        pet_id: int,
        *,
        with_output: int | UnsetType = UNSET,
        ids: list[int] | UnsetType = UNSET,
        filter: dict[str, str] | UnsetType = UNSET,
        x_trace: str | UnsetType = UNSET,
        session: str | UnsetType = UNSET,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> models.Pet:
        return self._call(
            operations.GET_PET,
            (pet_id, with_output, ids, filter, x_trace, session),
            extra_headers,
            extra_query,
            timeout,
        )

    def download_photo(
        self,
        pet_id: int,
        *,
        extra_headers: HeadersLike | None = None,
        extra_query: QueryLike | None = None,
        timeout: Timeout | float | UnsetType | None = UNSET,
    ) -> SyncByteStream:
        return self._call_stream(
            operations.DOWNLOAD_PHOTO, (pet_id,), extra_headers, extra_query, timeout
        )  # Operation[ByteStream] -> SyncByteStream


class SyncPetsWithRawResponse:
    """The methods of `SyncPets`, each giving a SyncRawResponse."""

    def __init__(self, raw: SyncPets) -> None:
        self.get_pet = as_raw_sync(raw.get_pet)  # Callable[P, T] -> Callable[P, SyncRawResponse[T]]
        self.download_photo = as_raw_sync(raw.download_photo)
