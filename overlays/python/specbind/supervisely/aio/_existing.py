"""Which images of a snapshot the server can still have, for restores that leave the others out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from specbind.bindings._runtime import Error, Request, Timeout
from specbind.core.tasks import all_or_first, in_thread

from ._wire import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from specbind.supervisely.snapshot import Staged
    from specbind.supervisely.snapshot.schema import ImageRow

    from .api import Api

__all__ = ["Existing"]

_HASHES = 900
_LINKS = 100
_PARALLEL = 20


class Existing:
    """Asks the server for hashes, and the web for addresses. Nothing of the key goes to the web.

    Args:
        api: the server.
        staged: the snapshot.
    """

    def __init__(self, api: Api, staged: Staged) -> None:
        self._api = api
        self._staged = staged
        self._gone: set[str] = set()

    def has(self, image: ImageRow) -> bool:
        """Whether the image can be had."""
        return (image.link or image.hash or "") not in self._gone

    async def look(self, team_id: int | None) -> None:
        """Find out what is gone. Addresses of cloud storages (`s3://` and others) are taken to be there.

        Args:
            team_id: the team that gets the project.
        """
        self._api.logger.debug("looking for the images of a snapshot for team %s", team_id)
        client = self._api._wire.client()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package
        after = ""
        while hashes := await in_thread(self._staged.sources, "hashes", after, _HASHES):
            after = hashes[-1]
            with translated():
                self._gone.update(set(hashes) - set(await client.images.known_hashes(body=hashes)))
        after = ""
        while links := await in_thread(self._staged.sources, "links", after, _LINKS):
            after = links[-1]
            await self._try(iter(links))

    async def _try(self, links: Iterator[str]) -> None:
        stranger = self._api._wire.client().with_options(auth=None, headers={})  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
        limits = Timeout(total=30.0, connect=10.0, read=10.0)

        async def work() -> None:
            for link in links:
                if urlsplit(link).scheme not in ("http", "https"):
                    continue
                try:
                    answer = await stranger.send(Request("HEAD", link, idempotent=True, timeout=limits))
                except Error as error:
                    self._api.logger.warning("an image at an address cannot be had: %s", error)
                    self._gone.add(link)
                    continue
                if answer.status != 200:
                    self._gone.add(link)

        await all_or_first([work() for _ in range(_PARALLEL)])
