"""Operations of `pets` as data: what is sent and how the answer is read, without I/O."""

from __future__ import annotations

from .. import models
from .._runtime import ByteStream
from .._runtime.operation import Binary, Body, Cookie, Header, Json, Multipart, Operation, Part, Path, Query, Reply

__all__ = ["ADD_PET", "DOWNLOAD_PHOTO", "GET_PET"]

GET_PET: Operation[models.Pet] = Operation(
    "getPet",
    "GET",
    ("/pets/", Path("petId", lambda: int), "/info"),
    query=(
        Query("with_output", lambda: int),
        Query("ids", lambda: list[int], explode=False),  # styles: form spaceDelimited pipeDelimited deepObject
        Query("filter", lambda: dict[str, str], media="application/json"),
    ),
    headers=(Header("X-Trace", lambda: str),),
    cookies=(Cookie("session", lambda: str),),
    replies=(
        Reply(
            "200",
            Json("application/json", lambda: models.Pet, failure=lambda: models.Problem, failure_members=("error",)),
        ),
        Reply("404", Json("application/json", lambda: models.Problem), error=True),
        Reply("default", Json("application/json", lambda: models.Problem), error=True),
    ),
    security=(("token",),),  # alternatives; each a tuple of scheme ids; () anonymous allowed; () outer = none stated
    idempotent=True,
    safe=True,
)
"""`GET /pets/{petId}/info`"""

ADD_PET: Operation[models.Pet | None] = Operation(
    "addPet",
    "POST",
    ("/pets",),
    body=Body(
        Multipart(
            "multipart/form-data",
            lambda: models.NewPet,
            parts=(Part("photo", media="image/jpeg"), Part("extra", media="application/json")),
        ),
        Json("application/json", lambda: models.NewPet),
        required=True,
    ),
    replies=(Reply("201", Json("application/json", lambda: models.Pet)), Reply("204")),
)

DOWNLOAD_PHOTO: Operation[ByteStream] = Operation(
    "downloadPhoto",
    "GET",
    ("/pets/", Path("petId", lambda: int), "/photo"),
    replies=(Reply("200", Binary("image/jpeg")),),
    idempotent=True,
    safe=True,
)
