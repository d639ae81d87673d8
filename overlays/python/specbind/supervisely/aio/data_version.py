"""Versions of projects."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from specbind.bindings._runtime import Error
from specbind.bindings.supervisely import models
from specbind.core import arguments
from specbind.core.tasks import in_thread
from specbind.supervisely.exceptions import ApiConnectionError, ApiStatusError, SuperviselyError, VersionError
from specbind.supervisely.fields import as_object

from . import _map
from ._codecs import codec_of
from ._create import Draft, Made
from ._given import flag
from ._reserve import Existing, reserve
from ._restores import Restores
from ._wire import TOO_MANY, translated

if TYPE_CHECKING:
    from specbind.core.progress import Progress
    from specbind.supervisely.types import ProjectInfo

__all__ = ["DataVersion"]

_WARNING_FILE = "/system/DO_NOT_DELETE_ANYTHING_HERE.txt"
_WARNING = b"This directory is managed by Supervisely. Do not modify its contents."
_UNKNOWN = 400  # as for a reservation that is not there
_PUBLIC = frozenset({"app.supervise.ly", "app.supervisely.com"})


class DataVersion(Restores):
    """The versions of projects: made, listed, restored, looked at.

    The attributes tell of the project that was asked for last; calls do not read them, so that calls for different
    projects may run at the same time.

    Args:
        api: the server.
    """

    async def create(
        self,
        project_info: ProjectInfo | int,
        version_title: str | None = None,
        version_description: str | None = None,
        enable_preview: bool = False,
        *,
        raise_errors: bool = True,
        progress_callback: Progress | None = None,
    ) -> int | None:
        """Make a version of a project.

        When it fails, the reservation is given up, the map is as it was, and the archive is removed.

        Args:
            project_info: the project, or its id.
            version_title: title of the version.
            version_description: its description.
            enable_preview: make the project in which it can be looked at.
            raise_errors: False logs what went wrong and gives None, as the official client does.
            progress_callback: told the bytes of the archive as they are sent.

        Returns:
            Id of the version; of the last one when nothing has changed since then; None when it could
            not be made and `raise_errors` is False.

        Raises:
            UnsupportedSnapshotError: no snapshots of this type are made here; nothing was reserved.
            VersionMapError: the map cannot be used; nothing was reserved.
            SuperviselyError: the version could not be made, or it was made and only its preview
                failed; then a note says so.
        """
        arguments.optional_text("version_title", version_title)
        arguments.optional_text("version_description", version_description)
        flag("enable_preview", enable_preview)
        flag("raise_errors", raise_errors)
        project = await self._project(project_info)
        codec = codec_of(project)
        self._show(project, await _map.read(self._api, project))  # whether it can be used; it is read again later
        with tempfile.TemporaryDirectory(prefix="supervisely-") as name:
            folder = Path(name)
            try:
                await self._allowed(project)
                await self._warn(project)
                reserved = await reserve(self._api, project.id)
                if isinstance(reserved, Existing):
                    return reserved.version_id or await self._latest(project)
                draft = Draft(self, self._api, project, codec, reserved)
                made = await draft.make(folder, version_title, version_description, progress_callback)
            except (SuperviselyError, OSError) as error:
                if raise_errors:
                    raise
                self._api.logger.error("version of project %d was not made: %s", project.id, told(error))  # noqa: TRY400 - the error is told whole
                return None
            self._show(project, made.versions)
            if enable_preview:
                await self._preview(project, made, folder / "version.bin")
        return made.version_id

    async def _latest(self, project: ProjectInfo) -> int | None:
        """The last version that was committed; where the server lists none, the one that the map names."""
        found = [version for version in await self.get_list(project.id) if version.team_file_id]
        if found:
            return max(found, key=lambda version: (version.version or 0, version.id)).id
        latest: object = (await _map.read(self._api, project)).get("latest")
        return latest if isinstance(latest, int) and not isinstance(latest, bool) else None

    async def _preview(self, project: ProjectInfo, made: Made, snapshot: Path) -> None:
        """The preview of a version that was just made, and its place in the map."""
        version_id, key = made.version_id, str(made.version_id)

        def linked(versions: dict[str, Any]) -> dict[str, Any]:
            return {**versions, key: {**as_object(versions.get(key, made.versions[key])), "preview": preview.id}}

        try:
            preview = await self.enable_preview(project, version_id, local_binary_path=str(snapshot))
            versions = await _map.change(self._api, project, linked)
        except Exception as error:
            error.add_note(
                f"version {version_id} of project {project.id} was made, only its preview was not; try again with "
                f"enable_preview({project.id}, {version_id}, overwrite=True)"
            )
            raise
        self._show(project, versions)

    async def _allowed(self, project: ProjectInfo) -> None:
        """Raise VersionError for a team of the public server that pays nothing."""
        if urlsplit(self._api.server_address).hostname not in _PUBLIC:
            return
        team = await self._api.team.get_info_by_id(_map.team_of(project))
        if team is not None and team.usage is not None and team.usage.plan == "free":
            raise VersionError("teams with the plan Free have no versions; the team needs another plan")

    async def _warn(self, project: ProjectInfo) -> None:
        """Put the file beside the versions that tells people to leave them alone, before the first version."""
        team = _map.team_of(project)
        if project.version is not None or await self._api.file.exists(team, _WARNING_FILE):
            return
        with tempfile.TemporaryDirectory(prefix="supervisely-") as folder:
            file = Path(folder) / "warning.txt"
            await in_thread(file.write_bytes, _WARNING)
            await self._api.file.upload(team, file, _WARNING_FILE)

    async def reserve(self, project_id: int, retries: int = 6) -> tuple[int | None, str | None]:
        """Begin a version.

        While somebody else makes one, this waits 2 seconds, then 4, 8 and so on, `retries` times: 126 s by default.

        Args:
            project_id: the project.
            retries: waits at most, 0 to 12.

        Returns:
            Id and token of the version; a pair of None when nothing has changed since the last one.

        Raises:
            ReservationBusyError: somebody else still makes a version.
            SuperviselyError: the call failed.
        """
        found = await reserve(self._api, project_id, retries)
        return (None, None) if isinstance(found, Existing) else found

    async def commit(
        self,
        version_id: int,
        commit_token: str,
        updated_at: str,
        file_id: int,
        title: str | None = None,
        description: str | None = None,
        preview_project_id: int | None = None,
    ) -> None:
        """Finish a version that was begun, whose archive and place in the map are stored.

        Args:
            version_id: its id.
            commit_token: its token.
            updated_at: time of the last change of the project.
            file_id: id of the archive in the team files.
            title: its title.
            description: its description.
            preview_project_id: the project in which it can be looked at.

        Raises:
            VersionError: the server did not do it.
            SuperviselyError: the call failed; it is sent once.
        """
        body = models.VersionCommit(
            id=arguments.whole("version_id", version_id, least=1),
            commit_token=_token(commit_token),
            project_updated_at=arguments.text("updated_at", updated_at) or None,
            team_file_id=arguments.whole("file_id", file_id, least=1),
        )
        if arguments.optional_text("title", title):
            body.title = title or ""
        if arguments.optional_text("description", description):
            body.description = description or ""
        if preview_project_id is not None:
            body.preview_project_id = arguments.whole("preview_project_id", preview_project_id, least=1)
        with translated():
            found = await self._wire.client().versions.commit(body=body)
        if found.success is not True:
            raise VersionError(f"the server did not commit version {version_id}; the reservation may have ended")

    async def cancel_reservation(self, version_id: int, commit_token: str) -> bool:
        """Give up a version that was begun. Gives whether that was done.

        The call is repeated after lost answers. A 400 on a repeated one means that an earlier one was done.

        Args:
            version_id: its id.
            commit_token: its token.
        """
        body = models.VersionCancel(
            id=arguments.whole("version_id", version_id, least=1), commit_token=_token(commit_token)
        )
        wait, tries = self._wire.network.policy.backoff(), 0
        while True:
            try:
                with translated():
                    found = await self._wire.client().versions.cancel(body=body)
            except (ApiStatusError, ApiConnectionError) as error:
                if tries and isinstance(error, ApiStatusError) and error.status == _UNKNOWN:
                    return True
                tries += 1
                again = (
                    wait(tries, error.__cause__)
                    if isinstance(error.__cause__, Error) and not _throttled(error)
                    else None
                )
                if again is None:
                    raise
                await self._wire.network.sleep(again)
            else:
                return found.success is True


def _throttled(error: SuperviselyError) -> bool:
    """Whether the call was repeated below already, until it was too often."""
    return isinstance(error, ApiStatusError) and error.status == TOO_MANY


def _token(text: str) -> str:
    if not arguments.text("commit_token", text):
        raise ValueError("commit_token is empty; reserve gives it")
    return text


def told(error: BaseException) -> str:
    """An error with its notes."""
    return "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
