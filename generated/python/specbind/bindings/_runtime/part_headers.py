"""Headers of single parts of a multipart body, given with the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BodyWithPartHeaders", "with_part_headers"]

B = TypeVar("B")


class BodyWithPartHeaders:
    """A multipart body and the headers of its parts, by the parts' wire names."""

    __slots__ = ("body", "headers")

    def __init__(self, body: object, headers: Mapping[str, Mapping[str, object]]) -> None:
        self.body = body
        self.headers = headers


def with_part_headers(body: B, headers: Mapping[str, Mapping[str, object]]) -> B:
    """Give headers to the parts of a multipart body.

    `await client.pets.add_pet(body=with_part_headers(models.NewPet(...), {"photo": {"X-Rate": 3}}))`

    Args:
        body: the body. What is returned is to be given as the argument `body`, and for nothing else.
        headers: for each part, by its wire name, values by header name. Declared headers are written as declared,
            others as text. Each item of a list is a part of its own and gets the same headers.
    """
    return cast("B", BodyWithPartHeaders(body, headers))
