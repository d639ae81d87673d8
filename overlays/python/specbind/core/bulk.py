"""Bodies that are received into memory of the download, without a copy in between, where the transport can do that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._link import Response

__all__ = ["Bulk", "bulk_of"]


class Bulk(Protocol):
    """The rest of a body of known length."""

    async def fill(self, view: memoryview, /) -> int:
        """Put the next bytes into `view`, all that fit or those that came within a moment; 0 at the end."""
        ...


def bulk_of(response: Response) -> Bulk | None:
    """Take over the connection of an answer; None where it has to be read by chunks."""
    take: Callable[[], Bulk | None] | None = getattr(response, "bulk", None)  # not every transport has it
    return None if take is None else take()
