"""Making a version: snapshot, archive, upload, map, commit, and the way back when one of them fails."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from specbind.bindings._runtime import StatusError
from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import ApiAnswerError, ApiStatusError, SuperviselyError
from specbind.supervisely.snapshot import pack

from . import _map, _transfer
from ._wire import TOO_MANY

if TYPE_CHECKING:
    from specbind.core.progress import Progress
    from specbind.supervisely.types import ProjectInfo, VersionInfo

    from ._codecs import Codec
    from .api import Api
    from .data_version import DataVersion

__all__ = ["Draft", "Made", "archive_path"]

_UNDO_SECONDS = 60.0


def archive_path(project_id: int) -> str:
    """A path that no other archive has: the time (UTC) and 64 random bits."""
    time = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    return f"{_map.folder_of(project_id)}/{time}_{secrets.token_hex(8)}.tar.zst"


class Made(NamedTuple):
    """A version that was committed."""

    version_id: int
    number: int
    versions: dict[str, Any]


class Draft:
    """A version between its reservation and its commit.

    Args:
        versions: the part of the API.
        api: the server.
        project: the project, as it was when it was asked for.
        codec: makes the snapshot.
        reserved: id and token of the reservation.
    """

    def __init__(
        self,
        versions: DataVersion,
        api: Api,
        project: ProjectInfo,
        codec: Codec,
        reserved: tuple[int, str],
    ) -> None:
        self._versions = versions
        self._api = api
        self._project = project
        self._codec = codec
        self._id, self._token = reserved
        self._archive: str | None = None
        self._file = 0
        self._entry: dict[str, Any] | None = None
        self._sent = False

    async def make(self, folder: Path, title: str | None, description: str | None, progress: Progress | None) -> Made:
        """Make the version; `folder` keeps the snapshot as `version.bin`.

        Raises:
            SuperviselyError: it was not made; the reservation is given up, and the map lacks it. Where that
                failed too, the error has a note.
        """
        made: Made | None = None
        try:
            known = await self._known()
            number = self._number(known)
            await self._store(folder, progress)
            made = Made(self._id, number, await self._write_map(known, number))
            await self._commit(title, description)
        except BaseException as error:
            given_up = await self._undone(error)
            if made is None or given_up:
                raise
            if not isinstance(error, SuperviselyError):
                error.add_note(f"version {self._id} of project {self._project.id} was made all the same")
                raise
            self._api.logger.warning(
                "the commit of version %d ended with %r, and was done all the same", self._id, error
            )
        return made

    async def _known(self) -> dict[int, VersionInfo]:
        found = await self._versions.get_list(self._project.id)
        return {version.id: version for version in found}

    def _number(self, known: dict[int, VersionInfo]) -> int:
        own = known.pop(self._id, None)
        if own is not None and own.version:
            return own.version
        return max((version.version or 0 for version in known.values()), default=0) + 1

    async def _store(self, folder: Path, progress: Progress | None) -> None:
        """Snapshot, archive, upload."""
        with tempfile.TemporaryDirectory(prefix="tables-", dir=folder) as tables:
            await self._codec.collect(self._api, self._project, Path(tables), folder / "version.bin")
        now = await self._api.project.get_info_by_id(self._project.id)
        if now is not None and now.updated_at != self._project.updated_at:
            self._api.logger.warning(
                "project %d was changed while version %d was made: it may have some of the changes and lack others",
                self._project.id,
                self._id,
            )
        packed = await in_thread(pack, folder / "version.bin", folder / "archive.tar.zst")
        self._archive = archive_path(self._project.id)
        sent = await _transfer.send(
            self._api._wire,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package
            folder / "archive.tar.zst",
            _map.team_of(self._project),
            self._archive,
            digest=packed.hash,
            progress=progress,
        )
        await in_thread((folder / "archive.tar.zst").unlink)
        if not isinstance(sent.id, int):
            raise ApiAnswerError("the server does not say which id the archive has, so the version cannot be committed")
        self._file = sent.id

    async def _write_map(self, known: dict[int, VersionInfo], number: int) -> dict[str, Any]:
        committed = {number for number, version in known.items() if version.team_file_id}
        entry = {
            "path": self._archive,
            "updated_at": self._project.updated_at,
            "number": number,
            "format": self._codec.format,
        }
        self._entry = entry

        def put(versions: dict[str, Any]) -> dict[str, Any]:
            kept = _map.without(versions, committed, self._codec.format)
            self._entry = {**entry, "previous": kept.get("latest")}
            return _map.put(kept, self._id, self._entry, self._codec.format)

        return await _map.change(self._api, self._project, put)

    async def _commit(self, title: str | None, description: str | None) -> None:
        updated = self._project.updated_at or ""
        self._sent = True
        network = self._api._wire.network  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - within this package
        wait = network.policy.backoff()
        failures = 0
        while True:
            try:
                await self._versions.commit(self._id, self._token, updated, self._file, title, description)
            except ApiStatusError as error:
                cause = error.__cause__
                failures += 1
                seconds = wait(failures, cause) if error.status != TOO_MANY and isinstance(cause, StatusError) else None
                if seconds is None:
                    raise
                await network.sleep(seconds)
                if await self._committed():
                    return
            else:
                return

    # the way back

    async def _undone(self, error: BaseException) -> bool:
        """Give the version up. False when it turns out that it was committed after all."""
        undo = asyncio.ensure_future(self._undo(error))
        try:
            done, _ = await asyncio.wait([undo], timeout=_UNDO_SECONDS)
        except asyncio.CancelledError:  # once more: then at once
            undo.cancel()
            raise
        if not done:
            undo.cancel()
            error.add_note(
                f"the reservation of version {self._id} may still stand; give it up on the web, in the tab Versions"
            )
            return True
        failure = undo.exception()
        if failure is not None:
            error.add_note(f"what was begun could not be taken back: {failure}")
            return True
        return undo.result()

    async def _undo(self, error: BaseException) -> bool:
        if self._sent and await self._committed():
            return False
        await self._forget(error)  # before the reservation ends: then others may write the map
        given_up = await self._cancel(error)
        if self._sent and await self._committed():  # the commit was on its way while it was given up
            await self._remember()
            return False
        if given_up and self._archive is not None:
            await self._remove(error)
        return True

    async def _forget(self, error: BaseException) -> None:
        """Take the version out of the map, where it was or may have been written."""
        if self._entry is None:
            return
        try:
            await _map.change(self._api, self._project, lambda versions: _map.dropped(versions, self._id))
        except (SuperviselyError, OSError) as failure:
            error.add_note(f"the map may still have version {self._id}: {failure}")

    async def _remember(self) -> None:
        """Put the version back into the map."""
        entry = self._entry or {}
        form = self._codec.format
        await _map.change(self._api, self._project, lambda versions: _map.put(versions, self._id, entry, form))

    async def _committed(self) -> bool:
        """Whether the server has the version with our archive; an answer that got lost says nothing."""
        found = await self._versions.get_info_by_id(self._project.id, self._id)
        return found is not None and bool(self._file) and found.team_file_id == self._file

    async def _cancel(self, error: BaseException) -> bool:
        try:
            done = await self._versions.cancel_reservation(self._id, self._token)
        except SuperviselyError as failure:
            error.add_note(f"the reservation of version {self._id} could not be given up: {failure}")
            return False
        if not done:
            error.add_note(f"the server did not give up version {self._id}; do it on the web, in the tab Versions")
        return done

    async def _remove(self, error: BaseException) -> None:
        try:
            await self._api.file.remove(_map.team_of(self._project), self._archive or "")
        except SuperviselyError as failure:
            error.add_note(f"the archive {self._archive} is left in the team files: {failure}")
